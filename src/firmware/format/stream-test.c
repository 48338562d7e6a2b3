/* Compressions without a container of their own, or of lzop: what the tools pack comes back, and
 * what is damaged is not taken for whole. */
#include <lzma.h>
#include <zstd.h>

#include "firmware/format/lzo.h"
#include "firmware/unpack/test-damage.h"

typedef struct {
  char *top;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-stream-XXXXXX", NULL);
  g_assert_nonnull(self->top);
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
}

static GBytes *load(const Fixture *self, const char *name) {
  g_autofree char *path = g_build_filename(self->top, name, NULL);
  return image_load(path);
}

/* Text that packs well, then noise, then zeros. */
static GBytes *mixture(gsize text, gsize noise, gsize zeros) {
  g_autoptr(GByteArray) all = g_byte_array_new();
  g_autoptr(GBytes) random = image_noise(noise, 7);
  for (guint i = 0; all->len < text; i++) {
    g_autofree char *line =
        g_strdup_printf("line %u of a configuration, value=%u\n", i, i * i % 977);
    g_byte_array_append(all, (const guint8 *)line, (guint)strlen(line));
  }
  g_byte_array_append(all, g_bytes_get_data(random, NULL), (guint)noise);
  guint end = all->len;
  g_byte_array_set_size(all, end + (guint)zeros);
  memset(all->data + end, 0, zeros);
  return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

/* The one payload of `image`, opened by `format` from its first byte to its last. */
static void assert_unpacks(GBytes *image, const char *format, GBytes *content) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *root = ak_firmware_tree_node(tree, 0);
  g_assert_cmpstr(root->format, ==, format);
  g_assert_null(root->cut);
  g_assert_cmpuint(root->used, ==, g_bytes_get_size(image));
  g_assert_true(g_bytes_equal(ak_firmware_tree_node(tree, 1)->bytes, content));
}

/* --- lzop --------------------------------------------------------------------------------------
 */

static const struct {
  gsize text, noise, zeros;
} mixtures[] = {{1, 0, 0},
                {40, 0, 0},
                {0, 300, 0},
                {5000, 300, 3000},
                {0, 0, 1 << 20},
                {700000, 0, 5000},
                {3000, 400000, 100},
                {300000, 10, 300000},
                {17, 3, 18},
                {100000, 70000, 1},
                {0, 4, 0}};

static void test_lzop(Fixture *self, gconstpointer data) {
  static const char *const options[] = {"-1", "-3", "-7", "-9", "-3 -F", "-3 --crc32"};
  if (!image_has("lzop"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS(mixtures) * G_N_ELEMENTS(options); i++) {
    guint which = i / G_N_ELEMENTS(options);
    g_autoptr(GBytes) content =
        mixture(mixtures[which].text, mixtures[which].noise, mixtures[which].zeros);
    image_put(self->top, "plain", g_bytes_get_data(content, NULL), g_bytes_get_size(content));
    image_run(self->top, "lzop -q -f %s -o packed plain", options[i % G_N_ELEMENTS(options)]);
    g_autoptr(GBytes) packed = load(self, "packed");
    assert_unpacks(packed, "lzop", content);
  }
}

/* Whatever bit changes: the header is none, the content is said to be damaged, or it is the same
 * (two distances may copy the same bytes). */
static void test_lzop_damage(Fixture *self, gconstpointer data) {
  if (!image_has("lzop"))
    return;
  g_autoptr(GBytes) content = mixture(400, 10, 10);
  image_put(self->top, "plain", g_bytes_get_data(content, NULL), g_bytes_get_size(content));
  image_run(self->top, "lzop -q -o packed plain");
  g_autoptr(GBytes) packed = load(self, "packed");
  gsize size = g_bytes_get_size(packed);
  for (gsize bit = 0; bit < size * 8; bit++) {
    g_autoptr(GBytes) copy = image_slice(packed, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[bit / 8] ^= (guint8)(1u << bit % 8);
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    const AkNode *root = ak_firmware_tree_node(tree, 0);
    if (g_strcmp0(root->format, "lzop") == 0 && root->cut == NULL && root->used == size &&
        !g_bytes_equal(ak_firmware_tree_node(tree, 1)->bytes, content))
      g_error("bit %" G_GSIZE_FORMAT ": damage is not seen", bit);
  }
  for (gsize length = 0; length < size; length++) {
    g_autoptr(GBytes) part = image_slice(packed, 0, length);
    g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
    const AkNode *root = ak_firmware_tree_node(tree, 0);
    g_assert_true(g_strcmp0(root->format, "lzop") != 0 || root->cut != NULL);
  }
}

/* Streams by hand. Source: Linux, Documentation/staging/lzo.rst. */
static void test_lzo_by_hand(Fixture *self, gconstpointer data) {
  static const struct {
    const char *packed;
    gsize size;
    const char *content; /* NULL: refused */
  } rows[] = {
      {"\x11\0\0", 3, ""},
      {"\x15"
       "abcd\x11\0\0",
       8, "abcd"},
      {"\x14"
       "abc\x11\0\0",
       7, "abc"},
      {"\x15"
       "abcd\x2a\x0c\0\x11\0\0",
       11, "abcdabcdabcdabcd"}, /* 10 + 2 bytes from 4 back */
      {"\x15"
       "abcd\x4c\0\x11\0\0",
       10, "abcdabc"}, /* 010 011 00: 3 bytes, 4 back */
      {"\x15"
       "abcd\x4c\x01\x11\0\0",
       10, NULL}, /* 12 back: before the beginning */
      {"\x15"
       "abcd\x11\0",
       7, NULL}, /* half a mark */
      {"\x15"
       "abc",
       4, NULL},
      {"\0", 1, NULL},
      {"", 0, NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint8 out[64];
    gsize got = 0, used = 0;
    g_test_message("row %" G_GSIZE_FORMAT, i);
    bool ok = ak_lzo_unpack((const guint8 *)rows[i].packed, rows[i].size, out, sizeof out, &got,
                            &used, NULL);
    g_assert_cmpint(ok, ==, rows[i].content != NULL);
    if (ok) {
      g_assert_cmpmem(out, got, rows[i].content, strlen(rows[i].content));
      g_assert_cmpuint(used, ==, rows[i].size);
      g_assert_false(got > 0 && ak_lzo_unpack((const guint8 *)rows[i].packed, rows[i].size, out,
                                              got - 1, &got, &used, NULL));
    }
  }
}

/* --- zlib and deflate --------------------------------------------------------------------------
 */

static GBytes *deflated_by(GBytes *content, int level, int window, int strategy) {
  z_stream stream = {0};
  gsize size = g_bytes_get_size(content);
  g_assert_cmpint(deflateInit2(&stream, level, Z_DEFLATED, window, 8, strategy), ==, Z_OK);
  gsize room = deflateBound(&stream, size) + 32;
  guint8 *out = g_malloc(room);
  stream.next_in = (Bytef *)g_bytes_get_data(content, NULL);
  stream.avail_in = (uInt)size;
  stream.next_out = out;
  stream.avail_out = (uInt)room;
  g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
  gsize length = stream.total_out;
  deflateEnd(&stream);
  return g_bytes_new_take(out, length);
}

static GBytes *deflated(GBytes *content, int level, int window) {
  return deflated_by(content, level, window, Z_DEFAULT_STRATEGY);
}

static void test_zlib(Fixture *self, gconstpointer data) {
  for (int level = 0; level <= 9; level += 3)
    for (int window = 9; window <= 15; window += 3) {
      g_autoptr(GBytes) content = mixture(5000, 500, 500);
      g_autoptr(GBytes) packed = deflated(content, level, window);
      assert_unpacks(packed, "zlib", content);
    }
}

/* Anywhere, but short ones only whole: bytes behind two that look like a header are no stream. */
static void test_zlib_anywhere(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(500, 50, 5), noise = image_noise(1001, 3);
  g_autoptr(GBytes) packed = deflated(content, 9, 15);
  g_autoptr(GBytes) image = image_join(noise, packed);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *payload = image_find(tree, "#zlib");
  g_assert_nonnull(payload);
  g_assert_true(g_bytes_equal(payload->bytes, content));
  g_assert_false(image_has_cut(tree));
  for (gsize length = 1; length < g_bytes_get_size(packed); length++) {
    g_autoptr(GBytes) part = image_slice(packed, 0, length);
    g_autoptr(AkFirmwareTree) cut = image_open(part, NULL);
    g_assert_null(ak_firmware_tree_node(cut, 0)->format);
    g_assert_cmpuint(ak_firmware_tree_unknown_bytes(cut) + 1, >=, length - 1);
  }
  for (gsize at = 0; at < g_bytes_get_size(packed); at++) {
    g_autoptr(GBytes) copy = image_slice(packed, 0, g_bytes_get_size(packed));
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= 1;
    g_autoptr(AkFirmwareTree) flipped = image_open(copy, NULL);
    g_assert_null(ak_firmware_tree_node(flipped, 0)->format);
  }
}

/* Of long ones the beginning speaks, and what is damaged further on is said. */
static void test_zlib_long(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(200000, 50000, 5);
  for (int level = 0; level <= 9; level += 9) {
    g_autoptr(GBytes) packed = deflated(content, level, 15);
    gsize size = g_bytes_get_size(packed), middle = size / 2;
    assert_unpacks(packed, "zlib", content);
    ((guint8 *)g_bytes_get_data(packed, NULL))[middle] ^= 0x10;
    g_autoptr(AkFirmwareTree) damaged = image_open(packed, NULL);
    g_assert_nonnull(ak_firmware_tree_node(damaged, 0)->cut);
  }
}

/* Bytes of a font: two like a header, an empty block, then a stored block of 64 KiB. What is stored says nothing; a stream that
 * goes on behind it is one. */
static void test_zlib_stored_second(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(90000, 500, 500), packed = deflated(content, 9, -15), noise = image_noise(80000, 3);
  for (guint sound = 0; sound < 2; sound++) {
    g_autoptr(AkWriter) w = ak_writer_new(300000);
    /* 3 bits of 0 1 0 and the end 0000000 of the empty block, 3 bits of a stored one, padding, 65535 and its complement */
    ak_writer_bytes(w, "a font\x78\x01\x02\x00\xff\xff\0\0", 14);
    ak_writer_bytes(w, g_bytes_get_data(noise, NULL), 65535);
    ak_writer_bytes(w, g_bytes_get_data(sound == 1 ? packed : noise, NULL), sound == 1 ? g_bytes_get_size(packed) : 80000);
    g_autoptr(GBytes) image = ak_writer_end(w, NULL);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpint(image_find(tree, "#zlib") != NULL, ==, sound == 1);
    g_assert_cmpint(image_has_cut(tree), ==, sound == 1); /* no Adler-32 of the whole */
  }
}

/* Text in which a stream with the fixed code seems to begin is no stream that breaks off; the text is looked at. One of which the bytes
 * look packed, or that has a code of its own, is. */
static void test_inflate_chance(Fixture *self, gconstpointer data) {
  static const char *const heads[] = {"boot=", "x^c"}; /* of deflate, of zlib: both with the fixed code */
  for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
    gsize length = strlen(heads[i]);
    g_autofree guint8 *text = g_malloc(33000);
    memset(text, 'a', 33000);
    memcpy(text, heads[i], length);
    g_autoptr(GBytes) image = g_bytes_new(text, 33000);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_false(image_has_cut(tree));
    g_assert_null(ak_firmware_tree_node(tree, 0)->format);
    g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, 33000);
  }
  static const int strategies[] = {Z_FIXED, Z_DEFAULT_STRATEGY};
  g_autoptr(GBytes) content = mixture(200000, 300, 7);
  for (gsize i = 0; i < G_N_ELEMENTS(strategies); i++)
    for (int window = -15; window <= 15; window += 30) {
      g_autoptr(GBytes) packed = deflated_by(content, 9, window, strategies[i]);
      g_autoptr(GBytes) part = image_slice(packed, 0, g_bytes_get_size(packed) / 2);
      g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
      g_assert_nonnull(ak_firmware_tree_node(tree, 0)->cut);
    }
}

/* A picture's stream is none that is unpacked, in one chunk or in two, and no damage. */
static void test_zlib_picture(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(200000, 50000, 5), packed = deflated(content, 9, 15);
  gsize size = g_bytes_get_size(packed), middle = size / 2;
  g_autoptr(GBytes) head = g_bytes_new_static("\x89PNG\r\n\x1a\n\0\0\0\0IDAT", 16);
  g_autoptr(GBytes) front = image_slice(packed, 0, middle);
  g_autoptr(GBytes) chunk = g_bytes_new_static("\1\2\3\4\0\0\x20\0IDAT", 12);
  g_autoptr(GBytes) back = image_slice(packed, middle, size - middle);
  g_autoptr(GBytes) begun = image_join(front, chunk), broken = image_join(begun, back);
  GBytes *streams[] = {packed, broken};
  for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
    g_autoptr(GBytes) picture = image_join(head, streams[i]);
    g_autoptr(AkFirmwareTree) tree = image_open(picture, NULL);
    g_assert_false(image_has_cut(tree));
    g_assert_null(image_find(tree, "#zlib"));
    g_assert_nonnull(image_find(tree, "#data@16"));
  }
}

static void test_deflate(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(5000, 20, 500), padding = mixture(0, 0, 77);
  g_autoptr(GBytes) packed = deflated(content, 9, -15);
  g_autoptr(GBytes) padded = image_join(packed, padding), noise = image_noise(20, 3);
  g_autoptr(GBytes) followed = image_join(packed, noise);
  assert_unpacks(packed, "deflate", content);
  g_autoptr(AkFirmwareTree) tree = image_open(padded, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "deflate");
  g_assert_true(ak_firmware_tree_is_leaf(tree, 0)); /* it is looked at as it is, too */
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, g_bytes_get_size(packed));
  g_autoptr(AkFirmwareTree) other = image_open(followed, NULL);
  g_assert_null(ak_firmware_tree_node(other, 0)->format);
  for (gsize length = 1; length < g_bytes_get_size(packed); length++) {
    g_autoptr(GBytes) part = image_slice(packed, 0, length);
    g_autoptr(AkFirmwareTree) cut = image_open(part, NULL);
    const AkNode *root = ak_firmware_tree_node(cut, 0);
    g_assert_true(root->format == NULL || root->cut != NULL);
  }
}

/* --- LZMA without a size ------------------------------------------------------------------------
 */

/* lc 1, lp 2, pb 2 and 4 MiB, as CFE's are packed; the size is left out of the header. */
static GBytes *short_lzma(GBytes *content, bool is_ended) {
  lzma_options_lzma options = {.dict_size = 4 << 20};
  g_assert_false(lzma_lzma_preset(&options, 6));
  options.lc = 1;
  options.lp = 2;
  options.ext_size_low = (guint32)g_bytes_get_size(content);
  lzma_filter filters[] = {{is_ended ? LZMA_FILTER_LZMA1 : LZMA_FILTER_LZMA1EXT, &options},
                           {LZMA_VLI_UNKNOWN, NULL}};
  gsize room = g_bytes_get_size(content) + 4096, at = 5;
  guint8 *out = g_malloc(room);
  memcpy(out, "\x6d\0\0\x80\0", 5); /* (2 * 5 + 2) * 9 + 1; the preset's 8 MiB */
  g_assert_cmpint(lzma_raw_buffer_encode(filters, NULL, g_bytes_get_data(content, NULL),
                                         g_bytes_get_size(content), out, &at, room),
                  ==, LZMA_OK);
  return g_bytes_new_take(out, at);
}

static void test_lzma_short(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(150000, 20000, 500), padding = mixture(0, 0, 30);
  g_autoptr(GBytes) ended = short_lzma(content, true), open = short_lzma(content, false);
  assert_unpacks(ended, "lzma-short", content);
  g_autoptr(GBytes) padded = image_join(ended, padding);
  g_autoptr(AkFirmwareTree) tree = image_open(padded, NULL);
  g_assert_false(image_has_cut(tree));
  g_autoptr(AkFirmwareTree) endless = image_open(open, NULL);
  const AkNode *root = ak_firmware_tree_node(endless, 0);
  const AkNode *payload = ak_firmware_tree_node(endless, 1);
  g_assert_cmpstr(root->format, ==, "lzma-short");
  g_assert_nonnull(strstr(root->cut, "where it ends"));
  g_assert_cmpuint(g_bytes_get_size(payload->bytes), >=, g_bytes_get_size(content));
  g_assert_cmpmem(g_bytes_get_data(payload->bytes, NULL), g_bytes_get_size(content),
                  g_bytes_get_data(content, NULL), g_bytes_get_size(content));
}

/* What packs well at its beginning, as an archive of small files does, is unpacked further before it is believed. */
static void test_lzma_short_dense(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) front = mixture(0, 0, 100000), back = mixture(150000, 20000, 500);
  g_autoptr(GBytes) content = image_join(front, back), packed = short_lzma(content, true);
  assert_unpacks(packed, "lzma-short", content);
}

/* Headers that none writes, and what is broken off before 64 KiB came out. */
static void test_lzma_short_refused(Fixture *self, gconstpointer data) {
  static const struct {
    gsize at;
    guint8 byte;
  } rows[] = {{0, 0xe1}, {1, 1}, {3, 0x50}, {4, 0x60}, {5, 1}};
  g_autoptr(GBytes) content = mixture(150000, 20000, 500);
  g_autoptr(GBytes) packed = short_lzma(content, true);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) copy = image_slice(packed, 0, g_bytes_get_size(packed));
    ((guint8 *)g_bytes_get_data(copy, NULL))[rows[i].at] = rows[i].byte;
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, !=, "lzma-short");
  }
  for (gsize length = 1; length < g_bytes_get_size(packed); length += 1 + length / 50) {
    g_autoptr(GBytes) part = image_slice(packed, 0, length);
    g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
    const AkNode *root = ak_firmware_tree_node(tree, 0);
    g_assert_true(root->format == NULL || root->cut != NULL);
  }
  g_autoptr(GBytes) zeros = mixture(0, 0, 3000000);
  g_autoptr(GBytes) header = g_bytes_new_static("\x5d\0\0\x80\0\0\0\0\0\1", 10);
  g_autoptr(GBytes) chance = image_join(header, zeros);
  g_autoptr(AkFirmwareTree) tree = image_open(chance, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, !=, "lzma-short");
}

/* --- limits ------------------------------------------------------------------------------------
 */

static void test_bombs(Fixture *self, gconstpointer data) {
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 1 << 20;
  g_autoptr(GBytes) zeros = mixture(0, 0, 32 << 20), text = mixture(64 << 10, 8 << 10, 32 << 20);
  GBytes *images[] = {deflated(zeros, 9, 15), deflated(text, 9, -15), short_lzma(text, true), NULL};
  if (image_has("lzop")) {
    image_put(self->top, "plain", g_bytes_get_data(zeros, NULL), 32 << 20);
    image_run(self->top, "lzop -q -o packed plain");
    images[3] = load(self, "packed");
  }
  for (gsize i = 0; i < G_N_ELEMENTS(images) && images[i] != NULL; i++) {
    g_autoptr(AkFirmwareTree) tree = image_open(images[i], &limits);
    const AkNode *root = ak_firmware_tree_node(tree, 0);
    g_test_message("%s: %s", root->format, root->cut);
    g_assert_nonnull(root->format);
    g_assert_nonnull(root->cut);
    for (guint k = 1; k < ak_firmware_tree_length(tree); k++)
      g_assert_cmpuint(g_bytes_get_size(ak_firmware_tree_node(tree, k)->bytes), <=, 1 << 20);
    g_bytes_unref(images[i]);
  }
}

/* --- Brotli ------------------------------------------------------------------------------------
 */

/* "line 0 of a page that a server hands out\n" and 39 more, by the reference encoder 1.0.9. */
static const guint8 brotli_page[] = {
    0x13, 0x85, 0x06, 0x00, 0x44, 0xa5, 0x33, 0x9f, 0x50, 0x00, 0x9b, 0xf4, 0x37, 0x3c, 0x99, 0x9e,
    0x6c, 0x0c, 0x06, 0x07, 0x40, 0x87, 0x23, 0x3c, 0xe8, 0x60, 0x8b, 0x2d, 0x30, 0x78, 0xc8, 0xd6,
    0x9f, 0x99, 0xa2, 0x68, 0x4a, 0x3d, 0x30, 0xdc, 0x17, 0x07, 0x9f, 0xa1, 0x73, 0x90, 0xd6, 0x03,
    0x6a, 0xef, 0xff, 0x3d, 0x66, 0x42, 0x22, 0xe2, 0x24, 0x48, 0x92, 0x22, 0x4d, 0x86, 0xec, 0x13,
    0xeb, 0xf9, 0x21, 0x46, 0xc6, 0x4d, 0x98, 0x34, 0x65, 0xda, 0x0c, 0xd9, 0x1c, 0x99, 0xa1, 0x91,
    0x71, 0x13, 0x26, 0x4d, 0x99, 0x36, 0x43, 0x36, 0xc7, 0xcd, 0xd0, 0xc8, 0xb8, 0x09, 0x93, 0xa6,
    0x4c, 0x9b, 0x89, 0x2e};

static void test_brotli(Fixture *self, gconstpointer data) {
  g_autoptr(GString) page = g_string_new(NULL);
  for (guint i = 0; i < 40; i++)
    g_string_append_printf(page, "line %u of a page that a server hands out\n", i);
  g_autoptr(GBytes) content = g_bytes_new(page->str, page->len), more = g_bytes_new_static("x", 1),
                    packed = g_bytes_new_static(brotli_page, sizeof brotli_page), longer = image_join(packed, more);
  assert_unpacks(packed, "brotli", content);
  g_autoptr(AkFirmwareTree) tree = image_open(longer, NULL);
  g_assert_null(ak_firmware_tree_node(tree, 0)->format); /* something is behind it */
  for (gsize length = 0; length < sizeof brotli_page; length++) {
    g_autoptr(GBytes) part = image_slice(packed, 0, length);
    g_autoptr(AkFirmwareTree) cut = image_open(part, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(cut, 0)->format, !=, "brotli");
  }
}

/* By the tool itself, where it is there: contents of all kinds, and one that unpacks to more than may be. */
static void test_brotli_tool(Fixture *self, gconstpointer data) {
  if (!image_has("brotli"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS(mixtures); i++) {
    g_autoptr(GBytes) content = mixture(mixtures[i].text, mixtures[i].noise, mixtures[i].zeros);
    image_put(self->top, "plain", g_bytes_get_data(content, NULL), g_bytes_get_size(content));
    image_run(self->top, "brotli -f -o packed plain");
    g_autoptr(GBytes) packed = load(self, "packed");
    gsize size = g_bytes_get_size(packed), whole = g_bytes_get_size(content);
    if (size >= 64 && whole > size + size / 8 && whole <= size * 200)
      assert_unpacks(packed, "brotli", content);
  }
}

static void test_brotli_limit(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) packed = g_bytes_new_static(brotli_page, sizeof brotli_page);
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 1000;
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(packed, "i", &limits, NULL);
  g_assert_nonnull(strstr(ak_firmware_tree_node(tree, 0)->cut, "more than"));
}

/* What is needed is told, where a header says it; what it says is not relied on. */
static void test_limit_needs(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) content = mixture(150000, 20000, 500);
  gsize size = g_bytes_get_size(content), room = ZSTD_compressBound(size);
  guint8 *out = g_malloc(room);
  gsize length = ZSTD_compress(out, room, g_bytes_get_data(content, NULL), size, 3);
  g_autoptr(GBytes) packed = g_bytes_new_take(out, length);
  g_autofree char *told = g_strdup_printf("bytes, needs %" G_GSIZE_FORMAT, size);
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 100000;
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(packed, "i", &limits, NULL);
  const char *cut = ak_firmware_tree_node(tree, 0)->cut;
  g_assert_true(g_str_has_prefix(cut, "zstd: unpacks to more than ") && g_str_has_suffix(cut, told));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
  } tests[] = {
      {"/stream/limit/needs", test_limit_needs},
      {"/stream/lzop", test_lzop},
      {"/stream/lzop/damage", test_lzop_damage},
      {"/stream/lzo", test_lzo_by_hand},
      {"/stream/zlib", test_zlib},
      {"/stream/zlib/anywhere", test_zlib_anywhere},
      {"/stream/zlib/long", test_zlib_long},
      {"/stream/zlib/stored-second", test_zlib_stored_second},
      {"/stream/zlib/picture", test_zlib_picture},
      {"/stream/lzma-short/dense", test_lzma_short_dense},
      {"/stream/inflate/chance", test_inflate_chance},
      {"/stream/deflate", test_deflate},
      {"/stream/lzma-short", test_lzma_short},
      {"/stream/lzma-short/refused", test_lzma_short_refused},
      {"/stream/bombs", test_bombs},
      {"/stream/brotli", test_brotli},
      {"/stream/brotli/tool", test_brotli_tool},
      {"/stream/brotli/limit", test_brotli_limit},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run();
}
