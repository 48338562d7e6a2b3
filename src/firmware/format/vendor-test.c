/* Headers of vendors: images built here field by field from the descriptions, and by mkenvimage. */
#include "firmware/format/test-container.h"

static guint32 crc_of(const guint8 *data, gsize size) {
  return (guint32)crc32_z(0, data, size);
}

/* --- TRX ----------------------------------------------------------------------------------------
 */

static void trx_seal(GBytes *image, gsize length) {
  const guint8 *data = g_bytes_get_data(image, NULL);
  container_put_le(image, 8, ~crc_of(data + 12, length - 12));
}

/* "loader" as the first partition, the payload as the second. */
static GBytes *trx_of(guint version) {
  g_autoptr(GBytes) payload = container_payload();
  gsize header = version == 2 ? 32 : 28, size = g_bytes_get_size(payload);
  g_autoptr(AkWriter) w = ak_writer_new(4096);
  ak_writer_bytes(w, "HDR0", 4);
  ak_writer_u32le(w, (guint32)(header + 8 + size));
  ak_writer_u32le(w, 0);
  ak_writer_u16le(w, 0);
  ak_writer_u16le(w, (guint16)version);
  ak_writer_u32le(w, (guint32)header);
  ak_writer_u32le(w, (guint32)header + 8);
  for (gsize at = 24; at < header; at += 4)
    ak_writer_u32le(w, 0);
  ak_writer_bytes(w, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  ak_writer_bytes(w, g_bytes_get_data(payload, NULL), size);
  GBytes *image = ak_writer_end(w, NULL);
  trx_seal(image, header + 8 + size);
  return image;
}

static void test_trx(gconstpointer data) {
  guint version = GPOINTER_TO_UINT(data);
  gsize header = version == 2 ? 32 : 28;
  g_autoptr(GBytes) image = trx_of(version);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "trx");
  g_autofree char *regions = container_regions(image);
  g_autofree char *wanted = g_strdup_printf("#0 %u+8\n#1 %u+%u\n", (guint)header, (guint)header + 8,
                                            (guint)(size - header - 8));
  g_assert_cmpstr(regions, ==, wanted);
  container_expect_cut(image, size, 1);
  container_expect_guarded(image, 0, size, 1);
}

static void test_trx_fields(void) {
  g_autoptr(GBytes) image = trx_of(1);
  gsize size = g_bytes_get_size(image);
  container_put_le(image, 16, 36); /* the partitions in the wrong order */
  container_put_le(image, 20, 28);
  trx_seal(image, size);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, !=, "trx");
  g_assert_false(container_is_clean(tree));
}

/* --- CHK ----------------------------------------------------------------------------------------
 */

/* The sum as its description says it, byte by byte with 64 bits. */
static guint32 chk_sum(const guint8 *data, gsize size) {
  guint64 plain = 0, running = 0;
  for (gsize i = 0; i < size; i++) {
    plain = (plain + data[i]) & 0xffffffff;
    running = (running + plain) & 0xffffffff;
  }
  guint64 sums[] = {plain, running};
  for (gsize i = 0; i < 2; i++) {
    sums[i] = (sums[i] & 0xffff) + (sums[i] >> 16);
    sums[i] = ((sums[i] >> 16) + sums[i]) & 0xffff;
  }
  return (guint32)(sums[1] << 16 | sums[0]);
}

static GBytes *chk_image(void) {
  static const char board[] = "U12H072T00_NETGEAR";
  g_autoptr(GBytes) kernel = container_payload();
  g_autoptr(GBytes) root = container_cpio("etc/motd", "welcome\n");
  g_autoptr(GBytes) both = image_join(kernel, root);
  gsize size = g_bytes_get_size(both), kernel_size = g_bytes_get_size(kernel);
  const guint8 *data = g_bytes_get_data(both, NULL);
  g_autoptr(AkWriter) w = ak_writer_new(4096);
  ak_writer_u32be(w, 0x2a23245e);
  ak_writer_u32be(w, 40 + sizeof board - 1);
  ak_writer_bytes(w, "\1cccccc\1", 8);
  ak_writer_u32be(w, chk_sum(data, kernel_size));
  ak_writer_u32be(w, chk_sum(data + kernel_size, size - kernel_size));
  ak_writer_u32be(w, (guint32)kernel_size);
  ak_writer_u32be(w, (guint32)(size - kernel_size));
  ak_writer_u32be(w, chk_sum(data, size));
  ak_writer_u32be(w, 0);
  ak_writer_bytes(w, board, sizeof board - 1);
  ak_writer_bytes(w, data, size);
  GBytes *image = ak_writer_end(w, NULL);
  container_put_be(image, 36, chk_sum(g_bytes_get_data(image, NULL), 40 + sizeof board - 1));
  return image;
}

static void test_chk(void) {
  g_autoptr(GBytes) image = chk_image();
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "chk");
  container_expect_cut(image, size, 1);
  container_expect_guarded(image, 0, size, 1);
}

/* --- TP-Link ------------------------------------------------------------------------------------
 */

static const struct {
  guint8 version;
  guint texts[2], digest, length, mark;
  const char *salt;
} tplink_kinds[] = {
    {1, {4, 28}, 76, 124, 0, "\xdc\xd7\x3a\xa5\xc3\x95\x98\xfb\xdd\xf9\xe7\xf4\x0e\xae\x47\x38"},
    {2, {4, 4}, 64, 112, 140, "\xdc\xd7\x3a\xa5\xc3\x95\x98\xfb\xdc\xf9\xe7\xf4\x0e\xae\x47\x37"},
    {3, {4, 4}, 64, 112, 140, "\xdc\xd7\x3a\xa5\xc3\x95\x98\xfb\xdc\xf9\xe7\xf4\x0e\xae\x47\x37"},
};

static void tplink_seal(GBytes *image, guint row) {
  guint8 *data = (guint8 *)g_bytes_get_data(image, NULL);
  gsize length = 16;
  memcpy(data + tplink_kinds[row].digest, tplink_kinds[row].salt, 16);
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
  g_checksum_update(sum, data, (gssize)g_bytes_get_size(image));
  g_checksum_get_digest(sum, data + tplink_kinds[row].digest, &length);
}

/* Kernel, padding, filesystem; `spare` bytes more in flash than in the file. */
static GBytes *tplink_image(guint row, guint32 spare) {
  g_autoptr(GBytes) kernel = container_cpio("etc/motd", "welcome\n");
  g_autoptr(GBytes) root = container_payload();
  gsize kernel_size = g_bytes_get_size(kernel), root_size = g_bytes_get_size(root);
  gsize root_at = (512 + kernel_size + 63) / 64 * 64, size = root_at + root_size;
  guint8 *data = g_malloc(size);
  memset(data, 0xff, size);
  memset(data, 0, 512);
  data[0] = tplink_kinds[row].version;
  memcpy(data + tplink_kinds[row].texts[1], "ver. 1.0", 9);
  if (row == 0)
    memcpy(data + 4, "TP-LINK Technologies", 21);
  else
    memcpy(data + tplink_kinds[row].mark, "\x55\xaa\1\0\xa5", 5);
  memcpy(data + 512, g_bytes_get_data(kernel, NULL), kernel_size);
  memcpy(data + root_at, g_bytes_get_data(root, NULL), root_size);
  GBytes *image = g_bytes_new_take(data, size);
  guint32 numbers[] = {(guint32)size + spare, 512, (guint32)kernel_size, (guint32)root_at,
                       (guint32)root_size};
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    container_put_be(image, tplink_kinds[row].length + 4 * i, numbers[i]);
  tplink_seal(image, row);
  return image;
}

static void test_tplink(gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  g_autoptr(GBytes) image = tplink_image(row, 0), stripped = tplink_image(row, 4096);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "tplink");
  container_expect_whole(stripped, "tplink");
  container_expect_cut(image, size, 1);
  container_expect_guarded(image, 0, size, 1);
}

static void test_tplink_fields(void) {
  g_autoptr(GBytes) image = tplink_image(0, 0);
  container_put_be(image, 136, 520); /* the filesystem within the kernel */
  tplink_seal(image, 0);
  g_assert_true(container_is_cut_for(image, "rootfs overlaps"));
  container_put_be(image, 136, 0x7fffffff);
  tplink_seal(image, 0);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, !=, "tplink");
  g_assert_false(container_is_clean(tree));
}

/* --- SEAMA --------------------------------------------------------------------------------------
 */

static void seama_entity(AkWriter *w, const char *meta, GBytes *image) {
  gsize size = image != NULL ? g_bytes_get_size(image) : 0, meta_size = strlen(meta) + 1;
  guint8 digest[16];
  gsize length = sizeof digest;
  ak_writer_u32be(w, 0x5ea3a417);
  ak_writer_u16be(w, 0);
  ak_writer_u16be(w, (guint16)((meta_size + 3) / 4 * 4));
  ak_writer_u32be(w, (guint32)size);
  if (image != NULL) {
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
    g_checksum_update(sum, g_bytes_get_data(image, NULL), (gssize)size);
    g_checksum_get_digest(sum, digest, &length);
    ak_writer_bytes(w, digest, sizeof digest);
  }
  ak_writer_bytes(w, meta, meta_size);
  ak_writer_bytes(w, "\0\0\0", (4 - meta_size % 4) % 4);
  if (image != NULL)
    ak_writer_bytes(w, g_bytes_get_data(image, NULL), size);
}

static GBytes *seama_image(void) {
  g_autoptr(GBytes) payload = container_payload();
  g_autoptr(GBytes) other = container_cpio("etc/motd", "welcome\n");
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  seama_entity(w, "signature=wrgac49_dlink.2015", NULL);
  seama_entity(w, "dev=/dev/mtdblock/1", payload);
  seama_entity(w, "dev=/dev/mtdblock/2", other);
  return ak_writer_end(w, NULL);
}

static void test_seama(void) {
  g_autoptr(GBytes) image = seama_image();
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "seama");
  g_autofree char *regions = container_regions(image);
  g_assert_true(g_str_has_prefix(regions, "#0 92+"));
  g_assert_nonnull(strstr(regions, "\n#1 "));
  container_expect_cut(image, 92, 1); /* what stands behind may be an image of one entity */
  container_expect_guarded(image, 56, 60, 1);
  guint8 *data = (guint8 *)g_bytes_get_data(image, NULL);
  data[size - 200] ^= 1;
  g_assert_true(container_is_cut_for(image, "entity 1 has another digest"));
}

static void test_seama_cut_within(void) {
  g_autoptr(GBytes) image = seama_image();
  for (gsize length = 93; length < g_bytes_get_size(image); length++) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    g_autofree char *regions = container_regions(part);
    g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
    /* whole only where it ends with its first entity */
    const char *second = strstr(regions, "#1 "), *tail = strstr(regions, "#tail");
    if (container_is_clean(tree))
      g_assert_true(second == NULL && tail == NULL);
  }
}

/* --- SHRS ---------------------------------------------------------------------------------------
 */

static GBytes *shrs_image(bool is_other_order) {
  g_autoptr(GBytes) noise = image_noise(96, 5);
  guint8 *data = g_malloc0(1756 + 96 + 5);
  gsize length = 64;
  memcpy(data, "SHRS", 4);
  memcpy(data + 1756, g_bytes_get_data(noise, NULL), 96);
  memcpy(data + 1756 + 96, "\0\0\0\0\x30", 5);
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA512);
  g_checksum_update(sum, data + 1756, 96);
  g_checksum_get_digest(sum, data + 0x9c, &length);
  GBytes *image = g_bytes_new_take(data, 1756 + 96 + 5);
  container_put_be(image, is_other_order ? 8 : 4, 90);
  container_put_be(image, is_other_order ? 4 : 8, 96);
  return image;
}

static void test_shrs(void) {
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GBytes) image = shrs_image(i == 1);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "shrs");
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->cut, ==, "shrs: encrypted");
    g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, 1756 + 96 + 5);
    container_expect_cut(image, g_bytes_get_size(image), 1);
    ((guint8 *)g_bytes_get_data(image, NULL))[1760] ^= 4;
    g_assert_true(container_is_cut_for(image, "another digest"));
    container_put_be(image, 4, 1000); /* lengths that do not fit each other */
    g_autoptr(AkFirmwareTree) other = image_open(image, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(other, 0)->format, !=, "shrs");
  }
}

/* --- U-Boot environments ------------------------------------------------------------------------
 */

static const char variables[] = "bootargs=console=ttyS0,115200 root=/dev/mtdblock2\0"
                                "bootcmd=bootm 0x9f050000\0"
                                "ethaddr=00:11:22:33:44:55\0";

static GBytes *environment_of(gsize size, bool is_big, bool is_redundant, guint8 padding) {
  gsize header = is_redundant ? 5 : 4;
  guint8 *data = g_malloc(size);
  memset(data, padding, size);
  data[4] = 1;
  memcpy(data + header, variables, sizeof variables);
  GBytes *image = g_bytes_new_take(data, size);
  guint32 crc = crc_of(data + header, size - header);
  (is_big ? container_put_be : container_put_le)(image, 0, crc);
  return image;
}

static void assert_environment(GBytes *image, gsize used) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *root = ak_firmware_tree_node(tree, 0), *text = image_find(tree, "/u-boot-env.txt");
  gsize size = 0;
  g_assert_cmpstr(root->format, ==, "uboot-env");
  g_assert_null(root->cut);
  g_assert_cmpuint(root->used, ==, used);
  g_assert_nonnull(text);
  const char *lines = g_bytes_get_data(text->bytes, &size);
  g_assert_cmpmem(lines, size,
                  "bootargs=console=ttyS0,115200 root=/dev/mtdblock2\n"
                  "bootcmd=bootm 0x9f050000\nethaddr=00:11:22:33:44:55\n",
                  sizeof variables - 1);
  g_assert_true(container_is_clean(tree));
}

static void test_environment(void) {
  for (guint i = 0; i < 8; i++) {
    gsize size = i < 6 ? 0x1000 : 300;
    g_autoptr(GBytes) image = environment_of(size, i & 1, i & 2, i & 4 ? 0xff : 0x00);
    assert_environment(image, size);
  }
  g_autoptr(GBytes) image = environment_of(0x400, false, true, 0xff);
  container_expect_cut(image, 0x400, 1);
  for (gsize at = 0; at < 0x400; at++) {
    if (at == 4)
      continue; /* the flag is not under the checksum */
    g_autoptr(GBytes) copy = image_slice(image, 0, 0x400);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= 0x20;
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    g_assert_false(container_is_clean(tree));
  }
}

/* Two copies, as a board with a redundant environment has them, at an offset in the image. */
static void test_environment_pair(void) {
  g_autoptr(GBytes) one = environment_of(0x800, false, true, 0x00);
  g_autoptr(GBytes) pair = image_join(one, one);
  guint8 padding[512];
  memset(padding, 0xff, sizeof padding);
  g_autoptr(GBytes) front = g_bytes_new(padding, sizeof padding);
  g_autoptr(GBytes) image = image_join(front, pair);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  guint count = 0;
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    count += strcmp(ak_firmware_tree_node(tree, i)->path, "/u-boot-env.txt") == 0;
  g_assert_cmpuint(count, ==, 2);
  g_assert_true(container_is_clean(tree));
}

/* What an older environment left behind the end of the newer one is looked at too. */
static void test_environment_rest(void) {
  g_autoptr(GBytes) image = environment_of(0x400, false, false, 0x00);
  guint8 *data = (guint8 *)g_bytes_get_data(image, NULL);
  memcpy(data + 0x200, CONTAINER_HASH, strlen(CONTAINER_HASH));
  container_put_le(image, 0, crc_of(data + 4, 0x3fc));
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(container_has_hash(tree));
}

/* A variable of nearly 32 KiB is one. A longer text is none, and what a NUL ends far behind is not looked for at each place. */
static void test_environment_long(void) {
  static const gsize lengths[] = {32767, 32768};
  for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autofree guint8 *data = g_malloc0(0x10000);
    g_autoptr(GBytes) image = NULL;
    memcpy(data + 4, "boot=", 5);
    memset(data + 9, 'a', lengths[i]);
    image = g_bytes_new_take(g_steal_pointer(&data), 0x10000);
    container_put_le(image, 0, crc_of((const guint8 *)g_bytes_get_data(image, NULL) + 4, 0xfffc));
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, i == 0 ? "uboot-env" : NULL);
    g_assert_cmpint(container_is_clean(tree), ==, i == 0);
  }
}

static void test_mkenvimage(void) {
  static const char *const options[] = {"-s 0x1000", "-s 0x2000 -b", "-s 0x1000 -r -p 0x00"};
  static const gsize sizes[] = {0x1000, 0x2000, 0x1000};
  if (!image_has("mkenvimage"))
    return;
  g_autofree char *top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  image_put_text(top, "text",
                 "bootargs=console=ttyS0,115200 root=/dev/mtdblock2\n"
                 "bootcmd=bootm 0x9f050000\nethaddr=00:11:22:33:44:55\n");
  for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
    g_assert_true(image_run(top, "mkenvimage %s -o image text", options[i]));
    g_autoptr(GBytes) image = image_load(path);
    assert_environment(image, sizes[i]);
  }
  image_remove_tree(top);
}

/* Several parts in a uImage, as mkimage packs them: each with its bytes, the last filled up. */
static void test_uimage_multi(void) {
  if (!image_has("mkimage"))
    return;
  g_autofree char *top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  g_autoptr(GBytes) payload = container_payload();
  g_autoptr(GBytes) archive = container_cpio("etc/motd", "welcome\n");
  image_put(top, "first", g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  image_put(top, "second", g_bytes_get_data(archive, NULL), g_bytes_get_size(archive));
  g_assert_true(image_run(top, "mkimage -q -A arm -O linux -T multi -C none -n t "
                               "-d second:first:second image"));
  g_autoptr(GBytes) image = image_load(path);
  image_remove_tree(top);
  container_expect_whole(image, "uimage");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  GBytes *const parts[] = {archive, payload, archive};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *name = g_strdup_printf("#%u", i);
    const AkNode *node = image_find(tree, name);
    g_assert_nonnull(node);
    gsize size = g_bytes_get_size(parts[i]);
    g_assert_cmpuint(node->used, ==, size);
    g_assert_cmpmem(g_bytes_get_data(node->bytes, NULL), size, g_bytes_get_data(parts[i], NULL),
                    size);
  }
  container_expect_guarded(image, 0, g_bytes_get_size(image), 1);
}

/* A script has the same list of sizes; it is a text, or what stands behind it is looked at. */
static void test_uimage_script(void) {
  if (!image_has("mkimage"))
    return;
  g_autofree char *top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  g_autoptr(GBytes) archive = container_cpio("etc/motd", "welcome\n");
  image_put_text(top, "boot.cmd", "setenv bootargs quiet\nbootm\n");
  image_put(top, "archive", g_bytes_get_data(archive, NULL), g_bytes_get_size(archive));
  for (guint i = 0; i < 2; i++) {
    g_assert_true(image_run(top, "mkimage -q -A arm -T script -C none -n t -d %s image", i == 0 ? "boot.cmd" : "archive"));
    g_autoptr(GBytes) image = image_load(path);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_true(ak_firmware_tree_is_complete(tree));
    g_assert_nonnull(image_find(tree, i == 0 ? "/script-0.txt" : "/etc/motd"));
  }
  image_remove_tree(top);
}

/* --- images of another packer: tests/firmware/vendor/README.md ------------------------------- */

static const struct {
  const char *name, *format;
  bool has_rootfs;
} others[] = {
    {"tplink-1", "tplink", true}, {"tplink-2", "tplink", true}, {"tplink-3", "tplink", true},
    {"chk", "chk", true},         {"trx-1", "trx", true},       {"otrx", "trx", true},
    {"seama", "seama", false},    {"oseama", "seama", true},
};

static GBytes *load_other(const char *name) {
  g_autofree char *path =
      g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"), "tests/firmware/vendor", name, NULL);
  return image_load(path);
}

static void test_other_packer(gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  g_autoptr(GBytes) image = load_other(others[row].name);
  container_expect_whole(image, others[row].format);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true((image_find(tree, "/etc/motd") != NULL) == others[row].has_rootfs);
}

/* Version 2: four parts of which two are no filesystems, counters that the checksum leaves out. */
static void test_other_trx(void) {
  g_autoptr(GBytes) image = load_other("trx-2");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "trx");
  g_assert_false(image_has_cut(tree));
  g_assert_true(container_has_hash(tree));
  g_assert_nonnull(image_find(tree, "/etc/motd"));
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, NULL);
  bytes[0x32c + 22] = 3; /* the boot loader counts */
  g_autoptr(AkFirmwareTree) counted = image_open(image, NULL);
  g_assert_false(image_has_cut(counted));
  bytes[0x32c + 30] ^= 1;
  g_assert_true(container_is_cut_for(image, "another checksum"));
}

static void test_other_shrs(void) {
  g_autoptr(GBytes) image = load_other("sge");
  g_assert_true(container_is_cut_for(image, "shrs: encrypted"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/vendor/trx/1", GUINT_TO_POINTER(1), test_trx);
  g_test_add_data_func("/vendor/trx/2", GUINT_TO_POINTER(2), test_trx);
  g_test_add_func("/vendor/trx/fields", test_trx_fields);
  g_test_add_func("/vendor/other-packer/trx-2", test_other_trx);
  g_test_add_func("/vendor/other-packer/sge", test_other_shrs);
  for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
    g_autofree char *path = g_strconcat("/vendor/other-packer/", others[i].name, NULL);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_other_packer);
  }
  g_test_add_func("/vendor/chk", test_chk);
  g_test_add_data_func("/vendor/tplink/1", GUINT_TO_POINTER(0), test_tplink);
  g_test_add_data_func("/vendor/tplink/2", GUINT_TO_POINTER(1), test_tplink);
  g_test_add_data_func("/vendor/tplink/3", GUINT_TO_POINTER(2), test_tplink);
  g_test_add_func("/vendor/tplink/fields", test_tplink_fields);
  g_test_add_func("/vendor/seama", test_seama);
  g_test_add_func("/vendor/seama/cut", test_seama_cut_within);
  g_test_add_func("/vendor/shrs", test_shrs);
  g_test_add_func("/vendor/uimage/script", test_uimage_script);
  g_test_add_func("/vendor/uimage/multi", test_uimage_multi);
  g_test_add_func("/vendor/uboot-env", test_environment);
  g_test_add_func("/vendor/uboot-env/pair", test_environment_pair);
  g_test_add_func("/vendor/uboot-env/rest", test_environment_rest);
  g_test_add_func("/vendor/uboot-env/long", test_environment_long);
  g_test_add_func("/vendor/uboot-env/mkenvimage", test_mkenvimage);
  return g_test_run();
}
