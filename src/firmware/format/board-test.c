/* Images for phones and small chips: by the tools that make them, and built here from the
 * descriptions. */
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

static void put_bytes(const Fixture *self, const char *name, GBytes *bytes) {
  image_put(self->top, name, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static guint32 crc_of(const guint8 *data, gsize size) {
  return (guint32)crc32_z(0, data, size);
}

/* The content of the node `path`, which must be there. */
static GBytes *content_of(AkFirmwareTree *tree, const char *path) {
  const AkNode *node = image_find(tree, path);
  if (node == NULL)
    g_error("%s is not there", path);
  return g_bytes_ref(node->bytes);
}

/* --- sparse images ------------------------------------------------------------------------------
 */

/* Blocks of 64 bytes: the payload, two filled, three left out, and a checksum. */
static GBytes *sparse_image(bool counts_holes) {
  g_autoptr(GBytes) payload = container_payload();
  guint32 stored = (guint32)((g_bytes_get_size(payload) + 63) / 64), total = stored + 5;
  g_autofree guint8 *content = g_malloc0(64 * total);
  memcpy(content, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  memset(content + 64 * stored, 0xff, 128);
  guint32 crc = crc_of(content, 64 * (counts_holes ? total : total - 3));
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  ak_writer_u32le(w, 0xed26ff3a);
  ak_writer_u16le(w, 1);
  ak_writer_u16le(w, 0);
  ak_writer_u16le(w, 28);
  ak_writer_u16le(w, 12);
  ak_writer_u32le(w, 64);
  ak_writer_u32le(w, total);
  ak_writer_u32le(w, 4);
  ak_writer_u32le(w, 0);
  const struct {
    guint16 type;
    guint32 blocks, size;
  } chunks[] = {{0xcac1, stored, 64 * stored}, {0xcac2, 2, 4}, {0xcac3, 3, 0}, {0xcac4, 0, 4}};
  for (gsize i = 0; i < G_N_ELEMENTS(chunks); i++) {
    ak_writer_u16le(w, chunks[i].type);
    ak_writer_u16le(w, 0);
    ak_writer_u32le(w, chunks[i].blocks);
    ak_writer_u32le(w, 12 + chunks[i].size);
    if (i == 0)
      ak_writer_bytes(w, content, chunks[i].size);
    if (i == 1)
      ak_writer_u32le(w, 0xffffffff);
    if (i == 3)
      ak_writer_u32le(w, crc);
  }
  return ak_writer_end(w, NULL);
}

static void test_sparse(Fixture *self, gconstpointer data) {
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GBytes) image = sparse_image(i == 1);
    gsize size = g_bytes_get_size(image);
    container_expect_whole(image, "sparse");
    container_expect_cut(image, size, 1);
    container_expect_guarded(image, 28 + 12, size - 16 - 12, 1);
    container_put_le(image, size - 4, 1);
    g_assert_true(container_is_cut_for(image, "sparse: another checksum"));
    container_put_le(image, 16, 5); /* blocks in all */
    g_assert_true(container_is_cut_for(image, "more blocks than the header counts"));
  }
}

/* A few bytes that stand for 16 GiB. */
static void test_sparse_bomb(Fixture *self, gconstpointer data) {
  g_autoptr(AkWriter) w = ak_writer_new(1024);
  ak_writer_bytes(w, "\x3a\xff\x26\xed\1\0\0\0\x1c\0\x0c\0", 12);
  ak_writer_u32le(w, 4096);
  ak_writer_u32le(w, 1 << 22);
  ak_writer_u32le(w, 1);
  ak_writer_u32le(w, 0);
  ak_writer_bytes(w, "\xc2\xca\0\0", 4);
  ak_writer_u32le(w, 1 << 22);
  ak_writer_u32le(w, 16);
  ak_writer_bytes(w, "fill", 4);
  g_autoptr(GBytes) image = ak_writer_end(w, NULL);
  g_assert_true(container_is_cut_for(image, "unpacks to more than"));
}

static void test_img2simg(Fixture *self, gconstpointer data) {
  if (!image_has("img2simg,simg2img"))
    return;
  g_autoptr(GBytes) payload = container_payload();
  g_autofree guint8 *raw = g_malloc0(64 * 4096);
  memcpy(raw, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  memset(raw + 8 * 4096, 0x5a, 3 * 4096);
  image_put(self->top, "raw", raw, 64 * 4096);
  g_assert_true(image_run(self->top, "img2simg raw image"));
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "sparse");
  g_autoptr(GBytes) content = content_of(tree, "#sparse");
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(content, &size);
  g_assert_cmpmem(bytes, size, raw, 64 * 4096);
  g_assert_true(container_has_hash(tree));
  g_assert_false(image_has_cut(tree));
}

/* --- Android boot images ------------------------------------------------------------------------
 */

static void assert_boot(GBytes *image, const char *wanted, const char *line) {
  g_autofree char *regions = container_regions(image);
  g_auto(GStrv) names = g_strsplit(wanted, ",", -1);
  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree char *begin = g_strdup_printf("#%s ", names[i]);
    if (strstr(regions, begin) == NULL)
      g_error("%s is not in %s", names[i], regions);
  }
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autoptr(GBytes) text = content_of(tree, "/cmdline.txt");
  gsize size = 0;
  const char *got = g_bytes_get_data(text, &size);
  g_assert_cmpmem(got, size, line, strlen(line));
}

static const struct {
  const char *options, *parts;
  bool has_digest;
} boot_kinds[] = {
    {"--header_version 0 --second other", "kernel,ramdisk,second", true},
    {"--header_version 1 --second other", "kernel,ramdisk,second", true},
    {"--header_version 2 --dtb other --pagesize 4096", "kernel,ramdisk,dtb", true},
    {"--header_version 3", "kernel,ramdisk", false},
};

static void test_mkbootimg(Fixture *self, gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  if (!image_has("mkbootimg"))
    return;
  g_autoptr(GBytes) ramdisk = container_payload();
  g_autoptr(GBytes) kernel = container_cpio("kernel", "x");
  g_autoptr(GBytes) other = container_cpio("other", "x");
  put_bytes(self, "ramdisk", ramdisk);
  put_bytes(self, "kernel", kernel);
  put_bytes(self, "other", other);
  g_assert_true(image_run(self->top,
                          "mkbootimg --kernel kernel --ramdisk ramdisk --cmdline "
                          "'console=ttyS0 quiet' %s -o image",
                          boot_kinds[row].options));
  g_autoptr(GBytes) image = image_load(self->image);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "android-boot");
  assert_boot(image, boot_kinds[row].parts, "console=ttyS0 quiet");
  container_expect_cut(image, 0, 13);
  container_expect_guarded(image, 0, boot_kinds[row].has_digest ? 8 : 0, 61);
  guint8 *bytes = memmem(g_bytes_get_data(image, NULL), size, "070701", 6);
  bytes[40] ^= 1; /* a mode in the kernel's archive */
  if (boot_kinds[row].has_digest)
    g_assert_true(container_is_cut_for(image, "android-boot: another digest"));
}

/* Appends `part` and fills up to a page. */
static void put_page(GByteArray *image, GBytes *part) {
  static const guint8 zeros[4096];
  if (part != NULL)
    g_byte_array_append(image, g_bytes_get_data(part, NULL), (guint)g_bytes_get_size(part));
  g_byte_array_append(image, zeros, (4096 - image->len % 4096) % 4096);
}

/* Version 4, with a signature; as a vendor's with a device tree, a table and settings. */
static GBytes *boot_four(bool is_vendor) {
  g_autoptr(GBytes) ramdisk = container_payload();
  g_autoptr(GBytes) other = container_cpio("other", "x");
  g_autoptr(GBytes) table = image_noise(108, 3);
  g_autoptr(GBytes) config = g_bytes_new_static("androidboot.mode=normal\n", 24);
  guint32 size = (guint32)g_bytes_get_size(ramdisk), more = (guint32)g_bytes_get_size(other);
  const guint32 boot[][2] = {{8, more}, {12, size}, {20, 1584}, {40, 4}, {1580, 108}};
  const guint32 vendor[][2] = {{8, 4},      {12, 4096}, {24, size},  {2096, 2128}, {2100, more},
                               {2112, 108}, {2116, 1},  {2120, 108}, {2124, 24}};
  GByteArray *image = g_byte_array_new();
  put_page(image, NULL);
  g_byte_array_set_size(image, is_vendor ? 2128 : 1584);
  memset(image->data, 0, image->len);
  memcpy(image->data, is_vendor ? "VNDRBOOT" : "ANDROID!", 8);
  memcpy(image->data + (is_vendor ? 28 : 44), "quiet", 5);
  for (gsize i = 0; i < (is_vendor ? G_N_ELEMENTS(vendor) : G_N_ELEMENTS(boot)); i++) {
    const guint32 *field = is_vendor ? vendor[i] : boot[i];
    guint32 value = GUINT32_TO_LE(field[1]);
    memcpy(image->data + field[0], &value, 4);
  }
  put_page(image, NULL);
  put_page(image, is_vendor ? ramdisk : other);
  put_page(image, is_vendor ? other : ramdisk);
  put_page(image, table);
  if (is_vendor)
    put_page(image, config);
  return g_byte_array_free_to_bytes(image);
}

static void test_boot_four(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = boot_four(false), vendor = boot_four(true);
  container_expect_whole(image, "android-boot");
  container_expect_whole(vendor, "android-boot");
  assert_boot(image, "kernel,ramdisk", "quiet");
  assert_boot(vendor, "ramdisk,dtb", "quiet");
  container_expect_cut(vendor, 0, 17);
  container_expect_guarded(vendor, 0, 8, 61);
  g_autoptr(AkFirmwareTree) tree = image_open(vendor, NULL);
  g_autoptr(GBytes) config = content_of(tree, "/bootconfig.txt");
  gsize size = 0;
  const char *text = g_bytes_get_data(config, &size);
  g_assert_cmpmem(text, size, "androidboot.mode=normal\n", 24);
}

static void test_abootimg(Fixture *self, gconstpointer data) {
  if (!image_has("abootimg"))
    return;
  g_autoptr(GBytes) ramdisk = container_payload();
  g_autoptr(GBytes) kernel = container_cpio("kernel", "x");
  put_bytes(self, "ramdisk", ramdisk);
  put_bytes(self, "kernel", kernel);
  g_assert_true(image_run(self->top, "abootimg --create image -c 'cmdline=quiet' -k kernel "
                                     "-r ramdisk"));
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "android-boot");
  assert_boot(image, "kernel,ramdisk", "quiet");
  g_assert_true(container_has_hash(tree));
}

static void test_boot_fields(Fixture *self, gconstpointer data) {
  guint8 *bytes = g_malloc0(4096);
  memcpy(bytes, "ANDROID!", 8);
  g_autoptr(GBytes) image = g_bytes_new_take(bytes, 4096);
  container_put_le(image, 8, 100);
  container_put_le(image, 36, 2049); /* no page has this size */
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_null(ak_firmware_tree_node(tree, 0)->format);
  container_put_le(image, 36, 2048);
  container_put_le(image, 8, 0x7fffffff);
  g_assert_true(container_is_cut_for(image, "kernel: the bytes end before it does"));
}

/* --- DFU ----------------------------------------------------------------------------------------
 */

static void test_dfu(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) payload = container_payload();
  gsize size = g_bytes_get_size(payload);
  guint8 *bytes = g_malloc0(size + 16);
  memcpy(bytes, g_bytes_get_data(payload, NULL), size);
  memcpy(bytes + size, "\1\0\2\0\3\0\0\1UFD\x10", 12);
  g_autoptr(GBytes) image = g_bytes_new_take(bytes, size + 16);
  container_put_le(image, size + 12, ~crc_of(bytes, size + 12));
  container_expect_whole(image, "dfu");
  container_expect_cut(image, size, 1);
  container_expect_guarded(image, 0, size + 16, 1);
}

static void test_dfu_suffix(Fixture *self, gconstpointer data) {
  if (!image_has("dfu-suffix"))
    return;
  g_autoptr(GBytes) payload = container_payload();
  g_autoptr(GBytes) outer = image_uimage(payload, 7, 0); /* goes before what begins with it */
  put_bytes(self, "image", outer);
  g_assert_true(image_run(self->top, "dfu-suffix -v 1234 -p 5678 -d 9 -a image"));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, "dfu");
}

/* --- records ------------------------------------------------------------------------------------
 */

static void assert_segment(AkFirmwareTree *tree, const char *path, const void *wanted,
                           gsize wanted_size) {
  g_autoptr(GBytes) content = content_of(tree, path);
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(content, &size);
  g_assert_cmpmem(bytes, size, wanted, wanted_size);
}

static const char ihex[] = ":020000040800F2\n"
                           ":0400000061626364"
                           "72\n"
                           ":04000400656667685E\n"
                           ":04010000776F726B"
                           "38\n"
                           ":0400000508000000EF\n"
                           ":00000001FF\n";
static const char srec[] = "S00600004844521B\r\n"
                           "S1070000616263646E\r\n"
                           "S107000465666768"
                           "5A\r\n"
                           "S1070100776F726B"
                           "34\r\n"
                           "S5030003F9\r\n"
                           "S9030000FC\r\n";

static void test_records(Fixture *self, gconstpointer data) {
  const char *text = data == NULL ? ihex : srec;
  const char *first = data == NULL ? "#segment@08000000" : "#segment@00000000";
  const char *second = data == NULL ? "#segment@08000100" : "#segment@00000100";
  gsize size = strlen(text);
  g_autoptr(GBytes) image = g_bytes_new(text, size);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, data == NULL ? "ihex" : "srec");
  g_assert_false(image_has_cut(tree));
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, size);
  assert_segment(tree, first, "abcdefgh", 8);
  assert_segment(tree, second, "work", 4);
  for (gsize at = 0; at < size; at++) { /* no damage leaves it whole */
    g_autoptr(GBytes) copy = image_slice(image, 0, size), part = image_slice(image, 0, at);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= 1;
    g_autoptr(AkFirmwareTree) damaged = image_open(copy, NULL), cut = image_open(part, NULL);
    bool is_end = text[at] == '\n' || text[at] == '\r';
    if (!is_end && at < size - 14) {
      const AkNode *root = ak_firmware_tree_node(damaged, 0);
      g_assert_true(image_has_cut(damaged) || root->format == NULL ||
                    ak_firmware_tree_unknown_bytes(damaged) > 12);
      root = ak_firmware_tree_node(cut, 0);
      g_assert_true(image_has_cut(cut) || root->format == NULL || root->format[0] == 'p');
    }
  }
}

static void test_records_overlap(Fixture *self, gconstpointer data) {
  static const char same[] = ":04000000616263647"
                             "2\n:02000200636435\n:00000001FF\n";
  static const char other[] = ":04000000616263647"
                              "2\n:020002006364"
                              "35\n:01000000629D\n"
                              ":00000001FF\n";
  g_autoptr(GBytes) first = g_bytes_new_static(same, sizeof same - 1);
  g_autoptr(GBytes) second = g_bytes_new_static(other, sizeof other - 1);
  g_autoptr(AkFirmwareTree) tree = image_open(first, NULL);
  g_assert_false(image_has_cut(tree));
  assert_segment(tree, "#segment@00000000", "abcd", 4);
  g_assert_true(container_is_cut_for(second, "ihex: pieces overlap with other bytes"));
}

/* The real tools' files, of a payload at two addresses: every byte comes back, the hash is found.
 */
static void test_objcopy(Fixture *self, gconstpointer data) {
  const char *kind = data;
  if (!image_has("objcopy"))
    return;
  g_autoptr(GBytes) payload = container_payload();
  put_bytes(self, "raw", payload);
  g_assert_true(image_run(self->top,
                          "objcopy -I binary -O %s --change-addresses 0x9d001234 raw "
                          "image",
                          kind));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, kind);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_segment(tree, "#segment@9d001234", g_bytes_get_data(payload, NULL),
                 g_bytes_get_size(payload));
  container_expect_cut(image, 0, 1);
  container_expect_guarded(image, 0, 0, 1);
}

/* Segmented addresses (8086), which wrap, by SRecord. */
static void test_srecord(Fixture *self, gconstpointer data) {
  static const char *const outputs[] = {"-intel -address-length=3", "-motorola -address-length=3"};
  if (!image_has("srec_cat"))
    return;
  g_autoptr(GBytes) noise = image_noise(70000, 3);
  put_bytes(self, "raw", noise);
  for (gsize i = 0; i < G_N_ELEMENTS(outputs); i++) {
    g_assert_true(
        image_run(self->top, "srec_cat raw -binary -offset 0x1000 -o image %s", outputs[i]));
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_false(image_has_cut(tree));
    assert_segment(tree, "#segment@00001000", g_bytes_get_data(noise, NULL), 70000);
  }
}

/* --- UF2 ----------------------------------------------------------------------------------------
 */

static void uf2_block(AkWriter *w, guint32 flags, guint32 address, guint32 number, guint32 count,
                      guint32 family, const guint8 *data, gsize size) {
  guint8 content[476] = {0};
  memcpy(content, data, size);
  ak_writer_u32le(w, 0x0a324655);
  ak_writer_u32le(w, 0x9e5d5157);
  ak_writer_u32le(w, flags);
  ak_writer_u32le(w, address);
  ak_writer_u32le(w, (guint32)size);
  ak_writer_u32le(w, number);
  ak_writer_u32le(w, count);
  ak_writer_u32le(w, family);
  ak_writer_bytes(w, content, sizeof content);
  ak_writer_u32le(w, 0x0ab16f30);
}

/* The payload for one family in blocks of 256 bytes, "abcd" with a gap behind for another. */
static GBytes *uf2_image(guint32 second_number) {
  g_autoptr(GBytes) payload = container_payload();
  gsize size = g_bytes_get_size(payload);
  const guint8 *data = g_bytes_get_data(payload, NULL);
  guint32 count = (guint32)((size + 255) / 256);
  g_autoptr(AkWriter) w = ak_writer_new(1 << 16);
  uf2_block(w, 0x2000, 0x2000, 0, 2, 0xada52840, (const guint8 *)"abcd", 4);
  for (guint32 i = 0; i < count; i++)
    uf2_block(w, 0x2000, 0x10000000 + 256 * i, i, count, 0xe48bff56, data + 256 * i,
              MIN(256, size - 256 * i));
  uf2_block(w, 0x2000, 0x3000, second_number, 2, 0xada52840, (const guint8 *)"070701", 6);
  return ak_writer_end(w, NULL);
}

static void test_uf2(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = uf2_image(1), twice = uf2_image(0);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "uf2");
  g_assert_null(ak_firmware_tree_node(tree, 0)->cut);
  assert_segment(tree, "#ada52840@00002000", "abcd", 4);
  assert_segment(tree, "#ada52840@00003000", "070701", 6);
  g_assert_nonnull(image_find(tree, "#e48bff56@10000000"));
  g_assert_true(container_has_hash(tree));
  g_assert_true(container_is_cut_for(twice, "uf2: 1 of 2 blocks of family ada52840"));
  for (gsize length = 512; length < g_bytes_get_size(image); length += 37) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    g_autoptr(AkFirmwareTree) cut = image_open(part, NULL);
    g_assert_nonnull(ak_firmware_tree_node(cut, 0)->cut);
  }
  ((guint8 *)g_bytes_get_data(image, NULL))[300] = 1;
  g_assert_true(container_is_cut_for(image, "something else behind its content"));
}

/* --- Espressif ----------------------------------------------------------------------------------
 */

/* Two segments; the second is the payload. */
static GBytes *esp_image(bool has_digest) {
  g_autoptr(GBytes) payload = container_payload();
  gsize size = (g_bytes_get_size(payload) + 3) / 4 * 4;
  guint8 first[8] = "esp\0app";
  g_autofree guint8 *second = g_malloc0(size);
  memcpy(second, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  ak_writer_bytes(w, "\xe9\2\2\x20", 4);
  ak_writer_u32le(w, 0x40081214);
  ak_writer_bytes(w, "\xee\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
  ak_writer_u8(w, has_digest);
  ak_writer_u32le(w, 0x3f400020);
  ak_writer_u32le(w, sizeof first);
  ak_writer_bytes(w, first, sizeof first);
  ak_writer_u32le(w, 0x40080000);
  ak_writer_u32le(w, (guint32)size);
  ak_writer_bytes(w, second, size);
  guint8 sum = 0xef;
  for (gsize i = 0; i < sizeof first; i++)
    sum ^= first[i];
  for (gsize i = 0; i < size; i++)
    sum ^= second[i];
  gsize written = 24 + 8 + sizeof first + 8 + size;
  for (; written % 16 != 15; written++)
    ak_writer_u8(w, 0);
  ak_writer_u8(w, sum);
  g_autoptr(GBytes) bare = ak_writer_end(w, NULL);
  if (!has_digest)
    return g_steal_pointer(&bare);
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(hash, g_bytes_get_data(bare, NULL), (gssize)g_bytes_get_size(bare));
  g_checksum_get_digest(hash, digest, &length);
  g_autoptr(GBytes) tail = g_bytes_new(digest, sizeof digest);
  return image_join(bare, tail);
}

static void test_esp_image(Fixture *self, gconstpointer data) {
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GBytes) image = esp_image(i == 1);
    gsize size = g_bytes_get_size(image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "esp-image");
    g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, size);
    g_assert_false(image_has_cut(tree));
    g_assert_nonnull(image_find(tree, "#segment@40080000"));
    g_assert_true(container_has_hash(tree));
    for (gsize at = 0; at < size; at++) {
      g_autoptr(GBytes) copy = image_slice(image, 0, size), part = image_slice(image, 0, at);
      ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= 2;
      g_autoptr(AkFirmwareTree) damaged = image_open(copy, NULL), cut = image_open(part, NULL);
      g_assert_cmpstr(ak_firmware_tree_node(cut, 0)->format, !=, "esp-image");
      bool is_covered = i == 1 || at >= 48; /* without a digest the headers are not */
      if (is_covered)
        g_assert_true(image_has_cut(damaged) ||
                      g_strcmp0(ak_firmware_tree_node(damaged, 0)->format, "esp-image") != 0);
    }
  }
}

static void esp_entry(guint8 *at, guint8 type, guint32 offset, guint32 size, const char *label) {
  guint32 numbers[] = {GUINT32_TO_LE(offset), GUINT32_TO_LE(size)};
  memcpy(at, "\xaa\x50", 2);
  at[2] = type;
  memcpy(at + 4, numbers, 8);
  memset(at + 12, 0, 20);
  memcpy(at + 12, label, strlen(label));
}

/* A whole flash: boot loader at `loader`, a table, a partition of settings and one with an
 * application. */
static GBytes *esp_flash(gsize loader, gsize start) {
  g_autoptr(GBytes) app = esp_image(true), boot = esp_image(false);
  gsize size = 0x12000;
  guint8 *data = g_malloc(size);
  memset(data, 0xff, size);
  memcpy(data + loader, g_bytes_get_data(boot, NULL), g_bytes_get_size(boot));
  memcpy(data + 0x10000, g_bytes_get_data(app, NULL), g_bytes_get_size(app));
  esp_entry(data + 0x8000, 1, 0x9000, 0x6000, "nvs");
  esp_entry(data + 0x8020, 0, 0x10000, 0x2000, "factory");
  gsize length = 16;
  g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_MD5);
  g_checksum_update(hash, data + 0x8000, 0x40);
  memcpy(data + 0x8040, "\xeb\xeb", 2);
  g_checksum_get_digest(hash, data + 0x8050, &length);
  GBytes *image = g_bytes_new(data + start, size - start);
  g_free(data);
  return image;
}

static void test_esp_flash(Fixture *self, gconstpointer data) {
  static const gsize starts[][2] = {{0x1000, 0}, {0, 0}, {0x1000, 0x1000}};
  for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
    g_autoptr(GBytes) image = esp_flash(starts[i][0], starts[i][1]);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    const AkNode *loader = image_find(tree, "#bootloader"), *app = image_find(tree, "#factory");
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "esp-flash");
    g_assert_null(ak_firmware_tree_node(tree, 0)->cut);
    g_assert_nonnull(loader);
    g_assert_cmpuint(loader->offset + starts[i][1], ==, starts[i][0]);
    g_assert_cmpstr(loader->format, ==, "esp-image");
    g_assert_nonnull(image_find(tree, "#nvs"));
    g_assert_cmpuint(app->offset + starts[i][1], ==, 0x10000);
    g_assert_cmpstr(app->format, ==, "esp-image");
    g_assert_true(container_has_hash(tree));
    gsize table = 0x8000 - starts[i][1];
    for (gsize at = table; at < table + 0x60; at++) {
      g_autoptr(GBytes) copy = image_slice(image, 0, g_bytes_get_size(image));
      ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= 2;
      g_autoptr(AkFirmwareTree) damaged = image_open(copy, NULL);
      const AkNode *root = ak_firmware_tree_node(damaged, 0);
      bool is_filler = at >= table + 0x42 && at < table + 0x50;
      g_assert_true(is_filler || root->cut != NULL || g_strcmp0(root->format, "esp-flash") != 0);
    }
    g_autoptr(GBytes) part = image_slice(image, 0, g_bytes_get_size(image) - 0x1800);
    g_assert_true(container_is_cut_for(part, "factory: the bytes end before it does"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
    const char *data;
  } tests[] = {
      {"/board/sparse", test_sparse},
      {"/board/sparse/bomb", test_sparse_bomb},
      {"/board/sparse/img2simg", test_img2simg},
      {"/board/android-boot/four", test_boot_four},
      {"/board/android-boot/abootimg", test_abootimg},
      {"/board/android-boot/fields", test_boot_fields},
      {"/board/dfu", test_dfu},
      {"/board/dfu/dfu-suffix", test_dfu_suffix},
      {"/board/ihex", test_records},
      {"/board/srec", test_records, "srec"},
      {"/board/ihex/overlap", test_records_overlap},
      {"/board/ihex/objcopy", test_objcopy, "ihex"},
      {"/board/srec/objcopy", test_objcopy, "srec"},
      {"/board/srec/srec_cat", test_srecord},
      {"/board/uf2", test_uf2},
      {"/board/esp-image", test_esp_image},
      {"/board/esp-flash", test_esp_flash},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, tests[i].data, set_up, tests[i].run, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS(boot_kinds); i++) {
    g_autofree char *path = g_strdup_printf("/board/android-boot/mkbootimg/%u", i);
    g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_mkbootimg, tear_down);
  }
  return g_test_run();
}
