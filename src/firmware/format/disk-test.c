/* Partition tables by sfdisk and parted, with known contents in the partitions; a boot EEPROM built
 * here from its description. */
#include "firmware/format/test-container.h"

typedef struct {
  char *top, *image;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->image = g_build_filename(self->top, "image", NULL);
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->image);
}

/* A disk of `sectors` that sfdisk divided by `script`; NULL: not installed. */
static GBytes *disk_of(const Fixture *self, guint sectors, const char *options,
                       const char *script) {
  if (!image_has("sfdisk"))
    return NULL;
  image_put_text(self->top, "script", script);
  g_assert_true(image_run(self->top,
                          "sh -c 'rm -f image; truncate -s %u image; PATH=$PATH:/usr/sbin:/sbin "
                          "sfdisk -q --no-reread --no-tell-kernel %s image <script'",
                          sectors * 512, options));
  return image_load(self->image);
}

/* Puts archives of a file NAME into the disk: each is found again in its partition. */
static void put_archive(GBytes *image, gsize offset, const char *name, const char *text) {
  g_autoptr(GBytes) archive = container_cpio(name, text);
  gsize size = g_bytes_get_size(archive);
  g_autoptr(GBytes) packed = image_gzip(g_bytes_get_data(archive, NULL), size);
  guint8 *data = (guint8 *)g_bytes_get_data(image, NULL);
  memcpy(data + offset, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
}

static void assert_region(GBytes *image, const char *wanted) {
  g_autofree char *regions = container_regions(image);
  if (strstr(regions, wanted) == NULL)
    g_error("%s is not in\n%s", wanted, regions);
}

static void test_mbr(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = disk_of(self, 512, "",
                                    "label: dos\n"
                                    "start=16, size=16, type=c, bootable\n"
                                    "start=64, size=400, type=5\n"
                                    "start=480, size=32, type=83\n"
                                    "start=80, size=16, type=83\n"
                                    "start=160, size=32, type=83\n"
                                    "start=240, size=16, type=83\n");
  if (image == NULL)
    return;
  put_archive(image, 16 * 512, "etc/one", "1");
  put_archive(image, 480 * 512, "etc/two", "2");
  put_archive(image, 80 * 512, "etc/shadow", CONTAINER_HASH);
  put_archive(image, 160 * 512, "etc/four", "4");
  put_archive(image, 240 * 512, "etc/five", "5");
  container_expect_whole(image, "mbr");
  assert_region(image, "#1 8192+");
  assert_region(image, "#3 245760+");
  assert_region(image, "#5 40960+");
  assert_region(image, "#6 81920+");
  assert_region(image, "#7 122880+");
  container_expect_cut(image, 0, 1021);
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, NULL);
  memcpy(bytes + 100, "a program to start", 18);
  g_assert_true(container_is_cut_for(image, "#gap@0: bytes that no format explains"));
  memset(bytes + 100, 0, 18);
  bytes[64 * 512 + 511] = 0; /* the first further table */
  g_assert_true(container_is_cut_for(image, "damaged table of partition 5"));
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(container_has_hash(tree)); /* what nothing tells of any more is still looked at */
}

/* A chain that leads back to its own start. */
static void test_mbr_loop(Fixture *self, gconstpointer data) {
  guint8 *bytes = g_malloc0(8192);
  memcpy(bytes + 446, "\0\0\0\0\5\0\0\0\1\0\0\0\x0a\0\0\0", 16);
  memcpy(bytes + 510, "\x55\xaa", 2);
  memcpy(bytes + 512 + 446, "\0\0\0\0\x83\0\0\0\1\0\0\0\1\0\0\0", 16);
  memcpy(bytes + 512 + 462, "\0\0\0\0\5\0\0\0\0\0\0\0\1\0\0\0", 16);
  memcpy(bytes + 512 + 510, "\x55\xaa", 2);
  g_autoptr(GBytes) image = g_bytes_new_take(bytes, 8192);
  g_assert_false(container_is_cut_for(image, "leads back"));
  bytes[512 + 462 + 8] = 0x0b; /* beyond the extended partition */
  g_assert_true(container_is_cut_for(image, "leads back or out"));
  bytes[446 + 4] = 0xee;
  g_assert_true(container_is_cut_for(image, "a GPT whose header is damaged"));
}

static void test_gpt(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = disk_of(self, 256, "",
                                    "label: gpt\nfirst-lba: 34\n"
                                    "start=40, size=16, name=boot\n"
                                    "start=64, size=64, name=rootfs\n");
  if (image == NULL)
    return;
  put_archive(image, 40 * 512, "etc/one", "1");
  put_archive(image, 64 * 512, "etc/shadow", CONTAINER_HASH);
  container_expect_whole(image, "gpt");
  assert_region(image, "#1-boot 20480+");
  assert_region(image, "#2-rootfs 32768+");
  container_expect_cut(image, 256 * 512, 1021);
  container_expect_guarded(image, 512, 512 + 92, 509); /* the first header */
  container_expect_guarded(image, 1024, 1024 + 256, 4093);
  container_expect_guarded(image, 255 * 512, 255 * 512 + 92, 4093);
  container_put_le(image, 446 + 16 + 4, 0x83);
  g_assert_true(container_is_cut_for(image, "the MBR lists partitions of its own"));
}

/* A header for the sector `self`. Source: UEFI 2.10, table 5.5. */
static void gpt_header(guint8 *disk, guint32 self, guint32 other, guint32 entries, gsize sector) {
  guint8 *at = disk + self * sector;
  g_autoptr(GBytes) words = g_bytes_new_static(at, 92);
  memcpy(at, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
  const guint32 fields[][2] = {{24, self},    {32, other}, {40, 4},   {48, 5},
                               {72, entries}, {80, 4},     {84, 128}, {88, 0}};
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    container_put_le(words, fields[i][0], fields[i][1]);
  container_put_le(words, 88, (guint32)crc32_z(0, disk + entries * sector, 512));
  container_put_le(words, 16, 0);
  container_put_le(words, 16, (guint32)crc32_z(0, at, 92));
}

static void test_gpt_4096(Fixture *self, gconstpointer data) {
  gsize sector = 4096;
  guint8 *disk = g_malloc0(8 * sector);
  g_autoptr(GBytes) image = g_bytes_new_take(disk, 8 * sector);
  memcpy(disk + 446, "\0\0\2\0\xee\0\0\0\1\0\0\0\7\0\0\0", 16);
  memcpy(disk + 510, "\x55\xaa", 2);
  for (gsize at = 2 * sector; at <= 6 * sector; at += 4 * sector) {
    memset(disk + at, 1, 32);
    container_put_le(image, at + 32, 4);
    container_put_le(image, at + 40, 5);
    memcpy(disk + at + 56, "r\0o\0o\0t", 7);
  }
  put_archive(image, 4 * sector, "etc/shadow", CONTAINER_HASH);
  gpt_header(disk, 1, 7, 2, sector);
  gpt_header(disk, 7, 1, 6, sector);
  container_expect_whole(image, "gpt");
  assert_region(image, "#1-root 16384+");
  container_put_le(image, 2 * sector + 40, 9);
  gpt_header(disk, 1, 7, 2, sector);
  g_assert_true(container_is_cut_for(image, "1-root: its place cannot be"));
}

static void test_parted(Fixture *self, gconstpointer data) {
  static const char *const labels[] = {"gpt", "msdos"};
  if (!image_has("parted"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
    g_assert_true(image_run(self->top,
                            "sh -c 'rm -f image; truncate -s 1M image; PATH=$PATH:/usr/sbin:/sbin "
                            "parted -s -a none image mklabel %s unit s mkpart %s 64 127'",
                            labels[i], i == 0 ? "root" : "primary"));
    g_autoptr(GBytes) image = image_load(self->image);
    put_archive(image, 64 * 512, "etc/shadow", CONTAINER_HASH);
    /* parted puts its own program into the first sector: unknown, and said to be */
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, i == 0 ? "gpt" : "mbr");
    g_assert_null(ak_firmware_tree_node(tree, 0)->cut);
    g_assert_true(container_has_hash(tree));
    assert_region(image, i == 0 ? "#1-root 32768+" : "#1 32768+");
  }
}

/* --- the boot EEPROM of a Raspberry Pi ----------------------------------------------------------
 */

static void put_section(GByteArray *out, guint32 magic, const char *name, const void *data,
                        gsize size) {
  guint32 words[] = {GUINT32_TO_BE(magic),
                     GUINT32_TO_BE((guint32)(size + (name != NULL ? 16 : 0)))};
  char room[16] = {0};
  static const guint8 erased[8] = {255, 255, 255, 255, 255, 255, 255, 255};
  g_byte_array_append(out, (const guint8 *)words, sizeof words);
  if (name != NULL) {
    memcpy(room, name, strlen(name));
    g_byte_array_append(out, (const guint8 *)room, sizeof room);
  }
  g_byte_array_append(out, data, (guint)size);
  g_byte_array_append(out, erased, (8 - out->len % 8) % 8);
}

static void test_eeprom(Fixture *self, gconstpointer data) {
  static const char config[] = "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf41\n";
  g_autoptr(GBytes) payload = container_payload();
  GByteArray *out = g_byte_array_new();
  guint8 erased[300];
  memset(erased, 0xff, sizeof erased);
  put_section(out, 0x55aaf00f, NULL, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  put_section(out, 0x55aafeef, NULL, erased, 77);
  put_section(out, 0x55aaf11f, "bootconf.txt", config, sizeof config - 1);
  put_section(out, 0x55aaf11f, "pubkey.bin", "key", 3);
  gsize end = out->len;
  g_byte_array_append(out, erased, sizeof erased);
  g_autoptr(GBytes) image = g_byte_array_free_to_bytes(out);
  container_expect_whole(image, "rpi-eeprom");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *file = image_find(tree, "/bootconf.txt");
  g_assert_nonnull(file);
  gsize size = 0;
  const char *text = g_bytes_get_data(file->bytes, &size);
  g_assert_cmpmem(text, size, config, sizeof config - 1);
  g_assert_nonnull(image_find(tree, "/pubkey.bin"));
  container_expect_cut(image, 0, 1);
  container_expect_guarded(image, 0, 4, 1);
  for (gsize length = 600; length < end - 5; length++) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    g_autoptr(AkFirmwareTree) cut = image_open(part, NULL);
    g_assert_true(image_find(cut, "/pubkey.bin") == NULL || image_has_cut(cut));
  }
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, NULL);
  gsize padding = (8 + g_bytes_get_size(payload) + 7) / 8 * 8;
  memcpy(bytes + padding + 20, "hidden", 6);
  g_assert_true(container_is_cut_for(image, "bytes that no format explains"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
  } tests[] = {
      {"/disk/mbr", test_mbr},       {"/disk/mbr/loop", test_mbr_loop},
      {"/disk/gpt", test_gpt},       {"/disk/gpt/4096", test_gpt_4096},
      {"/disk/parted", test_parted}, {"/disk/rpi-eeprom", test_eeprom},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run();
}
