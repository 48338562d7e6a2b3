/* Small images that tell of much: each look ends within the limits and says what it left out. */
#include "firmware/format/test-container.h"
#include "firmware/format/test-quine.h"

/* --- files that hold themselves --------------------------------------------------------------- */

static const struct {
  const char *name;
  GBytes *(*build)(void);
} quines[] = {{"gzip", quine_gzip}, {"zip", quine_zip}};

static void test_quine(gconstpointer data_row) {
  guint row = GPOINTER_TO_UINT(data_row);
  g_autoptr(GBytes) image = quines[row].build();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(image, &size);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, quines[row].name);
  g_assert_cmpuint(ak_firmware_tree_length(tree), ==, ak_firmware_default_limits.depth + 1);
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    g_assert_cmpmem(g_bytes_get_data(ak_firmware_tree_node(tree, i)->bytes, NULL), size, data,
                    size);
  g_assert_nonnull(strstr(cuts, "nest too deep: more than 8"));
  g_assert_false(ak_firmware_tree_is_complete(tree));
}

/* --- nests ----------------------------------------------------------------------------------- */

static void put(GByteArray *out, guint64 value, guint size) {
  for (guint i = 0; i < size; i++) {
    guint8 byte = (guint8)(value >> 8 * i);
    g_byte_array_append(out, &byte, 1);
  }
}

/* A stored entry "a" that tells a size of its own. Source:
 * APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16, 4.5.3. */
static GBytes *zip_telling(GBytes *content, guint64 told) {
  GByteArray *out = g_byte_array_new();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(content, &size);
  guint32 crc = (guint32)crc32(0, data, (uInt)size);
  bool is_large = told > G_MAXUINT32;
  guint32 place = 0;
  for (guint i = 0; i < 2; i++) {
    if (i == 1)
      place = out->len;
    put(out, i == 0 ? 0x04034b50 : 0x02014b50, 4);
    put(out, 20, i == 0 ? 2 : 4);
    put(out, 0, 8);
    put(out, crc, 4);
    put(out, is_large ? G_MAXUINT32 : told, 4);
    put(out, is_large ? G_MAXUINT32 : told, 4);
    put(out, 1, 2);
    put(out, is_large ? 20 : 0, i == 0 ? 2 : 4);
    put(out, 0, i == 0 ? 0 : 12);
    put(out, 'a', 1);
    if (is_large) {
      put(out, 16 << 16 | 1, 4);
      put(out, told, 8);
      put(out, told, 8);
    }
    if (i == 0)
      g_byte_array_append(out, data, (guint)size);
  }
  guint32 length = out->len - place;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, 1 << 16 | 1, 4);
  put(out, length, 4);
  put(out, place, 4);
  put(out, 0, 2);
  return g_byte_array_free_to_bytes(out);
}

static void test_zip_in_zip(void) {
  GBytes *image = g_bytes_new_static(CONTAINER_HASH, strlen(CONTAINER_HASH));
  for (guint i = 0; i < 60; i++) {
    GBytes *outer = zip_telling(image, g_bytes_get_size(image));
    g_bytes_unref(image);
    image = outer;
    if (i == 0)
      container_expect_whole(image, "zip");
  }
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpuint(ak_firmware_tree_length(tree), ==, ak_firmware_default_limits.depth + 1);
  g_assert_nonnull(strstr(cuts, "nest too deep: more than 8"));
  g_assert_false(ak_firmware_tree_is_complete(tree));
  g_bytes_unref(image);
}

/* A thousand gzip streams, each in the next: as many are unpacked as the depth allows. */
static void test_gzip_in_gzip(void) {
  GBytes *image = g_bytes_new_static(CONTAINER_HASH, strlen(CONTAINER_HASH));
  for (guint i = 0; i < 1000; i++) {
    GBytes *outer = image_gzip(g_bytes_get_data(image, NULL), g_bytes_get_size(image));
    g_bytes_unref(image);
    image = outer;
  }
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpuint(ak_firmware_tree_length(tree), ==, ak_firmware_default_limits.depth + 1);
  g_assert_nonnull(strstr(cuts, "nest too deep: more than 8"));
  g_bytes_unref(image);
}

/* --- claims ---------------------------------------------------------------------------------- */

static GBytes *telling_zip(void) {
  g_autoptr(GBytes) content = g_bytes_new_static("hello\n", 6);
  return zip_telling(content, 1ull << 50);
}

static GBytes *telling_zip_4(void) {
  g_autoptr(GBytes) content = g_bytes_new_static("hello\n", 6);
  return zip_telling(content, 0xfffffff0);
}

/* ustar with a size in base 256: 2^50. Source: POSIX pax, "ustar Interchange Format"; GNU tar
 * manual, "Basic Tar Format". */
static GBytes *telling_tar(void) {
  GByteArray *out = g_byte_array_new();
  guint sum = 0;
  put(out, 0, 512);
  memcpy(out->data, "a", 1);
  memcpy(out->data + 100, "0000644", 7);
  out->data[124] = 0x80;
  out->data[129] = 4;
  memset(out->data + 148, ' ', 8);
  out->data[156] = '0';
  memcpy(out->data + 257, "ustar\00000", 8);
  for (guint i = 0; i < 512; i++)
    sum += out->data[i];
  g_autofree char *text = g_strdup_printf("%06o", sum);
  memcpy(out->data + 148, text, 7);
  put(out, 0, 512);
  return g_byte_array_free_to_bytes(out);
}

static GBytes *telling_cpio(void) {
  GBytes *image = container_cpio("a", "hello\n");
  memcpy((guint8 *)g_bytes_get_data(image, NULL) + 54, "FFFFFFFF", 8); /* c_filesize */
  return image;
}

static GBytes *telling_ar(void) {
  static const char text[] =
      "!<arch>\na/              0           0     0     100644  9999999999`\nhello\n";
  return g_bytes_new_static(text, sizeof text - 1);
}

static GBytes *telling_uimage(void) {
  g_autoptr(GBytes) payload = g_bytes_new_static("hello\n", 6);
  GBytes *image = image_uimage(payload, 2, 0);
  guint8 *data = (guint8 *)g_bytes_get_data(image, NULL);
  container_put_be(image, 12, 0xfffffff0);
  container_put_be(image, 4, 0);
  container_put_be(image, 4, (guint32)crc32(0, data, 64));
  return image;
}

static const struct {
  const char *name, *format;
  GBytes *(*build)(void);
} claims[] = {
    {"zip", "zip", telling_zip}, {"zip-4", "zip", telling_zip_4},
    {"tar", "tar", telling_tar}, {"cpio", "cpio", telling_cpio},
    {"ar", "ar", telling_ar},    {"uimage", "uimage", telling_uimage},
};

/* Four gigabytes and more, told of in a kilobyte: nothing is set aside for them, and the look is
 * cut. */
static void test_claim(gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  g_autoptr(GBytes) image = claims[row].build();
  g_assert_cmpuint(g_bytes_get_size(image), <=, 1024);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  guint64 total = 0;
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, claims[row].format);
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    total += ak_firmware_tree_node(tree, i)->bytes != NULL
                 ? g_bytes_get_size(ak_firmware_tree_node(tree, i)->bytes)
                 : 0;
  g_assert_cmpuint(total, <=, 4096);
  g_assert_true(image_has_cut(tree));
}

/* A file of 2^45 bytes that are nowhere stored, in a filesystem of 256 KiB. */
static void test_sparse_ext(void) {
  g_autofree char *top = g_dir_make_tmp("akashi-bomb-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  if (!image_has("mke2fs,debugfs")) {
    image_remove_tree(top);
    return;
  }
  image_put_text(top, "root/etc/shadow", CONTAINER_HASH);
  image_put_text(top, "root/big", "x");
  image_run(top, "sh -c 'PATH=$PATH:/usr/sbin; truncate -s 256K image; mke2fs -q -F -t ext4 -O "
                 "^has_journal,^metadata_csum -b 4096 -N 16 -d root image; "
                 "debugfs -w -R \"sif /big size 0x200000000000\" image'");
  g_autoptr(GBytes) image = image_load(path);
  image_remove_tree(top);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *big = image_find(tree, "/big"), *hash = image_find(tree, "/etc/shadow");
  g_assert_true(hash != NULL && hash->cut == NULL);
  g_assert_true(big != NULL && big->cut != NULL);
  g_assert_true(big->bytes == NULL || g_bytes_get_size(big->bytes) < 1 << 20);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(quines); i++) {
    g_autofree char *path = g_strconcat("/bomb/quine/", quines[i].name, NULL);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_quine);
  }
  g_test_add_func("/bomb/gzip-in-gzip", test_gzip_in_gzip);
  g_test_add_func("/bomb/zip-in-zip", test_zip_in_zip);
  g_test_add_func("/bomb/sparse-ext", test_sparse_ext);
  for (guint i = 0; i < G_N_ELEMENTS(claims); i++) {
    g_autofree char *path = g_strconcat("/bomb/claims/", claims[i].name, NULL);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_claim);
  }
  return g_test_run();
}
