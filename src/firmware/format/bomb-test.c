/* Small images that tell of much: each look ends within the limits and says what it left out. */
#include "firmware/format/test-container.h"

/* --- a gzip file that unpacks to itself ------------------------------------------------------ */

/* Two operations of five bytes each: print the next bytes (a stored block), and repeat the last
 * ones (a block of the fixed codes). Source: the idea, R. Cox, "Zip Files All The Way Down" (2010);
 * the bits, RFC 1951, 3.2.4 to 3.2.6. */
typedef struct {
  GByteArray *bytes;
  guint bit; /* of the last byte, from the least significant on; 0: a new one begins */
} Bits;

static void put_bits(Bits *self, guint value, guint count) {
  for (guint i = 0; i < count; i++, self->bit = (self->bit + 1) % 8) {
    guint8 zero = 0;
    if (self->bit == 0)
      g_byte_array_append(self->bytes, &zero, 1);
    self->bytes->data[self->bytes->len - 1] |= (guint8)((value >> i & 1u) << self->bit);
  }
}

/* Codes of Huffman begin with their most significant bit. */
static void put_code(Bits *self, guint code, guint count) {
  for (guint i = count; i-- > 0;)
    put_bits(self, code >> i & 1u, 1);
}

static void put_print(GByteArray *out, guint size) {
  const guint8 block[] = {0, (guint8)size, (guint8)(size >> 8), (guint8)~size,
                          (guint8)(~size >> 8)};
  g_byte_array_append(out, block, sizeof block);
}

/* From `size` (17 … 20) back, `size` bytes in two matches of 3 … 10: 3 + 2 * (7 + 5 + 3) + 7 bits.
 */
static void put_repeat(GByteArray *out, guint size) {
  g_autoptr(GByteArray) block = g_byte_array_new();
  Bits bits = {block, 0};
  put_bits(&bits, 0, 1);
  put_bits(&bits, 1, 2);
  for (guint i = 0; i < 2; i++) {
    put_code(&bits, (i == 0 ? 10 : size - 10) - 2, 7); /* 257 is a length of 3 */
    put_code(&bits, 8, 5);                             /* 17 … 24 */
    put_bits(&bits, size - 17, 3);
  }
  put_code(&bits, 0, 7);
  g_assert_cmpuint(block->len, ==, 5);
  g_byte_array_append(out, block->data, block->len);
}

/* "P5" prints 5 bytes, "R5" repeats 5; "<" is the file's begin, ">" its end, which are no
 * operations. */
static GByteArray *assemble(const char *const *words, const guint8 *front, guint front_size,
                            const guint8 *back, guint back_size) {
  GByteArray *out = g_byte_array_new();
  for (; *words != NULL; words++) {
    guint size = (guint)g_ascii_strtoull(*words + 1, NULL, 10);
    if (**words == '<')
      g_byte_array_append(out, front, front_size);
    else if (**words == '>')
      g_byte_array_append(out, back, back_size);
    else if (**words == 'P')
      put_print(out, size);
    else
      put_repeat(out, size);
  }
  return out;
}

/* The front has 12 bytes, the back 13: the operation that prints either prints one more with it. */
static const char *const quine_words[] = {
    "<",  "P17", "<",   "P17", "R17", "P5",  "R17", "P5",  "P5",  "P20", "R17", "P5",
    "P5", "P20", "R20", "P20", "R20", "P20", "R20", "P20", "R20", "P20", "R20", "P0",
    "P0", "P18", "R20", "P0",  "P0",  "P18", "R18", ">",   "R18", ">",   NULL};

static GByteArray *quine_with(guint32 crc, guint32 time, guint32 size) {
  guint8 front[12] = {0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 'q', 0};
  guint8 back[13] = {1, 0, 0, 0xff, 0xff};
  for (guint i = 0; i < 4; i++) {
    front[4 + i] = (guint8)(time >> 8 * i);
    back[5 + i] = (guint8)(crc >> 8 * i);
    back[9 + i] = (guint8)(size >> 8 * i);
  }
  return assemble(quine_words, front, sizeof front, back, sizeof back);
}

static guint32 crc_with(guint32 crc, guint32 time, guint32 size) {
  g_autoptr(GByteArray) file = quine_with(crc, time, size);
  return (guint32)crc32(0, file->data, file->len);
}

/* The file's checksum stands in it: 32 equations with 32 unknowns of one bit. False: no solution.
 */
static bool solve(guint32 time, guint32 size, guint32 *crc) {
  guint32 zero = crc_with(0, time, size), left[32], right[32], bits = 0;
  for (guint row = 0; row < 32; row++)
    right[row] = zero >> row & 1u, left[row] = 1u << row;
  for (guint column = 0; column < 32; column++) {
    guint32 change = crc_with(1u << column, time, size) ^ zero;
    for (guint row = 0; row < 32; row++)
      left[row] ^= (change >> row & 1u) << column;
  }
  for (guint column = 0; column < 32; column++) {
    guint pivot = column;
    while (pivot < 32 && (left[pivot] >> column & 1u) == 0)
      pivot++;
    if (pivot == 32)
      return false;
    guint32 l = left[pivot], r = right[pivot];
    left[pivot] = left[column], right[pivot] = right[column];
    left[column] = l, right[column] = r;
    for (guint row = 0; row < 32; row++)
      if (row != column && (left[row] >> column & 1u) != 0)
        left[row] ^= l, right[row] ^= r;
  }
  for (guint row = 0; row < 32; row++)
    bits |= right[row] << row;
  *crc = bits;
  return crc_with(bits, time, size) == bits;
}

static GBytes *quine(void) {
  g_autoptr(GByteArray) draft = quine_with(0, 0, 0);
  guint32 crc = 0, time = 1;
  while (!solve(time, draft->len, &crc))
    time++;
  g_autoptr(GByteArray) file = quine_with(crc, time, draft->len);
  return g_bytes_new(file->data, file->len);
}

static void test_quine(void) {
  g_autoptr(GBytes) image = quine();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(image, &size);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
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
  g_test_add_func("/bomb/quine", test_quine);
  g_test_add_func("/bomb/zip-in-zip", test_zip_in_zip);
  g_test_add_func("/bomb/sparse-ext", test_sparse_ext);
  for (guint i = 0; i < G_N_ELEMENTS(claims); i++) {
    g_autofree char *path = g_strconcat("/bomb/claims/", claims[i].name, NULL);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_claim);
  }
  return g_test_run();
}
