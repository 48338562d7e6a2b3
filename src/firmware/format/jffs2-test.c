/* JFFS2 by the real tools, and by a writer of our own for what they never write: versions,
 * removals, the compressions of old and of OpenWrt. */
#include <lzma.h>

#include "firmware/format/jffs2-codec.h"
#include "firmware/unpack/test-tree.h"

static const TreePacking packings[] = {
    {"little", "mkfs.jffs2", "mkfs.jffs2 -l -r root -o image", .has_no_end = true},
    {"big", "mkfs.jffs2", "mkfs.jffs2 -b -r root -o image", .has_no_end = true},
    {"no-markers", "mkfs.jffs2", "mkfs.jffs2 -n -r root -o image", .has_no_end = true},
    {"plain", "mkfs.jffs2", "mkfs.jffs2 -m none -r root -o image", .has_no_end = true},
    {"rtime", "mkfs.jffs2", "mkfs.jffs2 -x zlib -r root -o image", .has_no_end = true},
    {"lzo", "mkfs.jffs2", "mkfs.jffs2 -x zlib -x rtime -X lzo -r root -o image",
     .has_no_end = true},
    {"small-blocks", "mkfs.jffs2", "mkfs.jffs2 -b -e 8KiB -r root -o image", .has_no_end = true},
    {"pages", "mkfs.jffs2", "mkfs.jffs2 -s 16384 -r root -o image", .has_no_end = true},
    {"padded", "mkfs.jffs2", "mkfs.jffs2 -e 8KiB --pad=16384 -r root -o image", .step = 97,
     .has_no_end = true},
    {"summary", "mkfs.jffs2,sumtool",
     "mkfs.jffs2 -n -e 8KiB -r root -o plain; sumtool -n -e 8KiB -i plain -o image", .step = 97,
     .has_no_end = true},
};

static void test_whole(TreeFixture *self, gconstpointer data) {
  tree_check(self, data);
}

static void test_damage(TreeFixture *self, gconstpointer data) {
  tree_damage(self, data);
}

/* --- a writer ----------------------------------------------------------------------------------
 * Source: Linux, include/uapi/linux/jffs2.h. */

typedef struct {
  AkWriter *out;
  bool is_big;
} Flash;

static void put16(AkWriter *out, bool is_big, guint16 value) {
  if (is_big)
    ak_writer_u16be(out, value);
  else
    ak_writer_u16le(out, value);
}

static void put32(AkWriter *out, bool is_big, guint32 value) {
  if (is_big)
    ak_writer_u32be(out, value);
  else
    ak_writer_u32le(out, value);
}

static guint32 crc_of(const void *data, gsize size) {
  return ~(guint32)crc32(0xffffffffu, data, (uInt)size);
}

/* `body` without the two CRCs; the first covers header and body, the second `tail`. */
static void put_node(Flash *self, guint16 type, AkWriter *body, bool crc_of_tail_first,
                     const void *tail, gsize tail_size) {
  g_autoptr(GBytes) fields = ak_writer_end(body, NULL);
  gsize size = g_bytes_get_size(fields), total = 12 + size + 8 + tail_size;
  g_autoptr(AkWriter) head = ak_writer_new(256);
  put16(head, self->is_big, 0x1985);
  put16(head, self->is_big, type);
  put32(head, self->is_big, (guint32)total);
  g_autoptr(GBytes) begin = ak_writer_end(head, NULL);
  g_autoptr(GByteArray) node = g_byte_array_new();
  guint32 crc = crc_of(g_bytes_get_data(begin, NULL), 8);
  g_autoptr(AkWriter) word = ak_writer_new(4);
  put32(word, self->is_big, crc);
  g_autoptr(GBytes) sealed = ak_writer_end(word, NULL);
  g_byte_array_append(node, g_bytes_get_data(begin, NULL), 8);
  g_byte_array_append(node, g_bytes_get_data(sealed, NULL), 4);
  g_byte_array_append(node, g_bytes_get_data(fields, NULL), (guint)size);
  guint32 own = crc_of(node->data, node->len), of_tail = crc_of(tail, tail_size);
  ak_writer_bytes(self->out, node->data, node->len);
  put32(self->out, self->is_big, crc_of_tail_first ? of_tail : own);
  put32(self->out, self->is_big, crc_of_tail_first ? own : of_tail);
  ak_writer_bytes(self->out, tail, tail_size);
  while (ak_writer_size(self->out) % 4 != 0)
    ak_writer_u8(self->out, 0xff);
}

static void put_name(Flash *self, guint32 parent, guint32 version, guint32 inode, guint8 type,
                     const char *name) {
  AkWriter *body = ak_writer_new(256);
  put32(body, self->is_big, parent);
  put32(body, self->is_big, version);
  put32(body, self->is_big, inode);
  put32(body, self->is_big, 1700000000);
  ak_writer_u8(body, (guint8)strlen(name));
  ak_writer_u8(body, type);
  ak_writer_u16le(body, 0);
  put_node(self, 0xe001, body, false, name, strlen(name));
  ak_writer_free(body);
}

typedef struct {
  guint32 inode, version, mode, size, offset, unpacked;
  guint8 compression;
} State;

static void put_state(Flash *self, State state, const void *packed, gsize packed_size) {
  AkWriter *body = ak_writer_new(256);
  put32(body, self->is_big, state.inode);
  put32(body, self->is_big, state.version);
  put32(body, self->is_big, state.mode);
  put16(body, self->is_big, 7);
  put16(body, self->is_big, 8);
  put32(body, self->is_big, state.size);
  for (guint i = 0; i < 3; i++)
    put32(body, self->is_big, 1700000000);
  put32(body, self->is_big, state.offset);
  put32(body, self->is_big, (guint32)packed_size);
  put32(body, self->is_big, state.unpacked);
  ak_writer_u8(body, state.compression);
  ak_writer_u8(body, 0);
  put16(body, self->is_big, 0);
  put_node(self, 0xe002, body, true, packed, packed_size);
  ak_writer_free(body);
}

static Flash flash_new(bool is_big) {
  return (Flash){.out = ak_writer_new(1 << 20), .is_big = is_big};
}

static AkFirmwareTree *flash_open(Flash *self) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) image = ak_writer_end(self->out, &error);
  g_assert_no_error(error);
  ak_writer_free(self->out);
  return image_open(image, NULL);
}

static void assert_text(const AkFirmwareTree *tree, const char *path, const char *text) {
  const AkNode *node = image_find(tree, path);
  if (node == NULL)
    g_error("%s is not there", path);
  gsize size = 0;
  const void *data = g_bytes_get_data(node->bytes, &size);
  g_assert_cmpmem(data, size, text, strlen(text));
}

#define FILE_MODE (S_IFREG | 0640)

static void put_text(Flash *self, guint32 inode, guint32 version, const char *text) {
  guint32 size = (guint32)strlen(text);
  put_state(self, (State){inode, version, FILE_MODE, size, 0, size, AK_JFFS2_PLAIN}, text, size);
}

/* A file renamed, one changed in the middle and cut short, one removed; in either byte order. */
static void test_versions(TreeFixture *self, gconstpointer data) {
  for (guint is_big = 0; is_big < 2; is_big++) {
    Flash flash = flash_new(is_big);
    put_text(&flash, 2, 1, "renamed");
    put_name(&flash, 1, 1, 2, 8, "before");
    put_name(&flash, 1, 3, 2, 8, "after");
    put_name(&flash, 1, 4, 0, 8, "before");
    put_state(&flash, (State){3, 2, FILE_MODE, 12, 6, 3, AK_JFFS2_PLAIN}, "NEW", 3);
    put_state(&flash, (State){3, 1, FILE_MODE, 12, 0, 12, AK_JFFS2_PLAIN}, "hello world\n", 12);
    put_state(&flash, (State){3, 3, S_IFREG | 0600, 9, 0, 0, AK_JFFS2_PLAIN}, "", 0);
    put_name(&flash, 1, 5, 3, 8, "changed");
    put_text(&flash, 4, 1, damage_shadow);
    put_name(&flash, 1, 6, 4, 8, "removed");
    put_name(&flash, 1, 7, 0, 8, "removed");
    g_autoptr(AkFirmwareTree) tree = flash_open(&flash);
    assert_text(tree, "/after", "renamed");
    assert_text(tree, "/changed", "hello NEW");
    g_assert_cmpuint(image_find(tree, "/changed")->mode, ==, 0600);
    g_assert_cmpuint(image_find(tree, "/changed")->gid, ==, 8);
    g_assert_null(image_find(tree, "/before"));
    g_assert_null(image_find(tree, "/removed"));
    g_assert_false(image_has_cut(tree));
    g_assert_true(damage_finds_hash(tree)); /* what was removed is looked at */
    g_assert_false(image_is_clean(tree));   /* and known to be no file of the filesystem */
  }
}

/* --- compressions ------------------------------------------------------------------------------
 */

/* The encoder of compr_rubin.c's description: bits by their chances, a byte's low ones first. */
typedef struct {
  guint8 *out;
  gsize bit;
  guint32 low, range;
} Rubin;

static void rubin_put(Rubin *self, guint bit) {
  self->out[self->bit / 8] |= (guint8)(bit << (7 - self->bit % 8));
  self->bit++;
}

static gsize rubin_pack(const guint8 *data, gsize size, const guint16 ones[8], guint whole,
                        guint8 *out) {
  Rubin self = {.out = out, .range = 0x10000};
  for (gsize i = 0; i < size * 8; i++) {
    while (self.low >= 0x8000 || self.low + self.range <= 0x8000) {
      rubin_put(&self, self.low >> 15);
      self.low = (self.low & 0x7fff) * 2;
      self.range *= 2;
    }
    guint32 zeros = (whole - ones[i % 8]) * self.range / whole;
    zeros = CLAMP(zeros, 1, self.range - 1);
    bool is_one = (data[i / 8] >> i % 8 & 1) != 0;
    self.low += is_one ? zeros : 0;
    self.range = is_one ? self.range - zeros : zeros;
  }
  for (guint i = 0; i < 16; i++, self.low = (self.low & 0x7fff) * 2)
    rubin_put(&self, self.low >> 15);
  return (self.bit + 7) / 8;
}

static gsize pack_lzma(const guint8 *data, gsize size, guint8 *out, gsize room) {
  lzma_options_lzma options = {.dict_size = 8192};
  g_assert_false(lzma_lzma_preset(&options, 9));
  options.lc = options.lp = options.pb = 0;
  options.ext_size_low = (guint32)size;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  gsize at = 0;
  g_assert_cmpint(lzma_raw_buffer_encode(filters, NULL, data, size, out, &at, room), ==, LZMA_OK);
  return at;
}

/* What the tools do not write: rubin with fixed and with told chances, LZMA, copies, zeros. */
static void test_compressions(TreeFixture *self, gconstpointer data) {
  static const guint16 mips[8] = {277, 249, 290, 267, 229, 341, 212, 241};
  static const guint16 told[8] = {100, 120, 90, 30, 220, 250, 200, 1};
  g_autoptr(GString) text = g_string_new(NULL);
  while (text->len < 4000)
    g_string_append_printf(text, "option number %" G_GSIZE_FORMAT "\n", text->len);
  guint32 size = (guint32)text->len;
  const guint8 *bytes = (const guint8 *)text->str;
  Flash flash = flash_new(true);
  guint8 packed[16384] = {0};
  gsize got = rubin_pack(bytes, size, mips, 1043, packed);
  put_state(&flash, (State){2, 1, FILE_MODE, size, 0, size, AK_JFFS2_RUBINMIPS}, packed, got);
  memset(packed, 0, sizeof packed);
  for (guint i = 0; i < 8; i++)
    packed[i] = (guint8)told[i];
  got = 8 + rubin_pack(bytes, size, told, 256, packed + 8);
  put_state(&flash, (State){3, 1, FILE_MODE, size, 0, size, AK_JFFS2_DYNRUBIN}, packed, got);
  got = pack_lzma(bytes, size, packed, sizeof packed);
  put_state(&flash, (State){4, 1, FILE_MODE, size, 0, size, AK_JFFS2_LZMA}, packed, got);
  put_state(&flash, (State){5, 1, FILE_MODE, size, 0, size, AK_JFFS2_COPY}, bytes, size);
  put_state(&flash, (State){6, 1, FILE_MODE, 5000, 0, 5000, AK_JFFS2_ZERO}, "", 0);
  for (guint32 i = 2; i <= 6; i++) {
    g_autofree char *name = g_strdup_printf("file-%u", i);
    put_name(&flash, 1, i, i, 8, name);
  }
  g_autoptr(AkFirmwareTree) tree = flash_open(&flash);
  for (guint32 i = 2; i <= 5; i++) {
    g_autofree char *path = g_strdup_printf("/file-%u", i);
    assert_text(tree, path, text->str);
  }
  g_assert_cmpuint(g_bytes_get_size(image_find(tree, "/file-6")->bytes), ==, 5000);
  g_assert_true(image_is_clean(tree));
}

/* Pairs of rtime by hand: a byte, and how many follow as they followed its last occurrence. */
static void test_rtime(TreeFixture *self, gconstpointer data) {
  static const struct {
    const char *packed;
    gsize size;
    const char *content;
    gsize want;
    bool ok;
  } rows[] = {
      {"a\0b\0c\0a\2", 8, "abcabc", 6, true},
      {"a\0a\4", 4, "aaaaaa", 6, true},
      {"a\0b\0c\0a\2", 8, "", 7, false},
      {"a\0b\0c\0a\2", 8, "", 5, false},
      {"a\1", 2, "aa", 2, true},
      {"a", 1, "", 1, false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint8 out[16];
    bool ok = ak_jffs2_codec(AK_JFFS2_RTIME)((const guint8 *)rows[i].packed, rows[i].size, out,
                                             rows[i].want);
    g_assert_cmpint(ok, ==, rows[i].ok);
    if (ok)
      g_assert_cmpmem(out, rows[i].want, rows[i].content, strlen(rows[i].content));
  }
}

/* --- what is not as it should be ---------------------------------------------------------------
 */

typedef void (*Spoil)(Flash *flash);

static void spoil_hole(Flash *flash) {
  put_state(flash, (State){2, 1, FILE_MODE, 10, 0, 5, AK_JFFS2_PLAIN}, "hello", 5);
  put_name(flash, 1, 1, 2, 8, "file");
}
static void spoil_compression(Flash *flash) {
  put_state(flash, (State){2, 1, FILE_MODE, 5, 0, 5, 99}, "hello", 5);
  put_name(flash, 1, 1, 2, 8, "file");
}
static void spoil_length(Flash *flash) {
  put_state(flash, (State){2, 1, FILE_MODE, 6, 0, 6, AK_JFFS2_PLAIN}, "hello", 5);
  put_name(flash, 1, 1, 2, 8, "file");
}
static void spoil_size(Flash *flash) {
  put_state(flash, (State){2, 1, FILE_MODE, 0xfffffff0, 0, 5, AK_JFFS2_PLAIN}, "hello", 5);
  put_name(flash, 1, 1, 2, 8, "file");
}
static void spoil_inode(Flash *flash) {
  put_name(flash, 1, 1, 2, 8, "file");
}
static void spoil_folder(Flash *flash) {
  put_text(flash, 2, 1, "hello");
  put_name(flash, 9, 1, 2, 8, "file");
}
static void spoil_type(Flash *flash) {
  put_text(flash, 2, 1, "hello");
  put_name(flash, 1, 1, 2, 10, "file");
}
static void spoil_loop(Flash *flash) {
  put_state(flash, (State){2, 1, S_IFDIR | 0755, 0, 0, 0, 0}, "", 0);
  put_name(flash, 1, 1, 2, 4, "folder");
  put_name(flash, 2, 1, 2, 4, "inner");
}
static void spoil_name(Flash *flash) {
  put_text(flash, 2, 1, "hello");
  put_name(flash, 1, 1, 2, 8, "..");
}
static void spoil_between(Flash *flash) {
  put_text(flash, 2, 1, "hello");
  ak_writer_bytes(flash->out, "something else..", 16);
  put_name(flash, 1, 1, 2, 8, "file");
}

static void test_spoiled(TreeFixture *self, gconstpointer data) {
  static const struct {
    Spoil spoil;
    const char *reason;
  } rows[] = {
      {spoil_hole, "stands nowhere"},
      {spoil_compression, "compression"},
      {spoil_length, "does not unpack"},
      {spoil_size, "larger than the limit"},
      {spoil_inode, "inode 2 stands nowhere"},
      {spoil_folder, "folder that stands nowhere"},
      {spoil_type, "calls it something else"},
      {spoil_loop, "more than one place"},
      {spoil_name, "no name"},
      {spoil_between, "no node"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    Flash flash = flash_new(i % 2 == 0);
    put_text(&flash, 100, 1, "other");
    put_name(&flash, 1, 100, 100, 8, "other");
    rows[i].spoil(&flash);
    g_autoptr(AkFirmwareTree) tree = flash_open(&flash);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s", cuts);
    g_assert_nonnull(strstr(cuts, rows[i].reason));
    g_assert_false(image_is_clean(tree));
    assert_text(tree, "/other", "other");
  }
}

/* Two partitions side by side count their inodes each for itself; OpenWrt's mark of the end is no
 * content. */
static void test_two(TreeFixture *self, gconstpointer data) {
  Flash flash = flash_new(true);
  for (guint i = 0; i < 2; i++) {
    put_name(&flash, 1, 0, 2, 8, i == 0 ? "first" : "second");
    put_text(&flash, 2, 1, i == 0 ? "one" : "two");
    while (ak_writer_size(flash.out) % 8192 != 0)
      put32(flash.out, true, 0xffffffff);
  }
  put32(flash.out, true, 0xdeadc0de);
  g_autoptr(AkFirmwareTree) tree = flash_open(&flash);
  assert_text(tree, "/first", "one");
  assert_text(tree, "/second", "two");
  g_assert_false(image_has_cut(tree));
  g_assert_true(image_is_clean(tree));
}

/* Two nodes of one version side by side are no two filesystems. */
static void test_twice(TreeFixture *self, gconstpointer data) {
  Flash flash = flash_new(false);
  put_text(&flash, 2, 1, "one");
  put_text(&flash, 2, 1, "two");
  put_name(&flash, 1, 1, 2, 8, "file");
  g_autoptr(AkFirmwareTree) tree = flash_open(&flash);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_nonnull(strstr(cuts, "another node has already"));
  g_assert_false(image_is_clean(tree));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(TreeFixture *, gconstpointer);
  } tests[] = {
      {"/jffs2/versions", test_versions}, {"/jffs2/compressions", test_compressions},
      {"/jffs2/rtime", test_rtime},       {"/jffs2/spoiled", test_spoiled},
      {"/jffs2/two", test_two},           {"/jffs2/twice", test_twice},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, TreeFixture, NULL, tree_set_up, tests[i].run, tree_tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *whole = g_strconcat("/jffs2/whole/", packings[i].name, NULL);
    g_autofree char *damaged = g_strconcat("/jffs2/damage/", packings[i].name, NULL);
    g_test_add(whole, TreeFixture, &packings[i], tree_set_up, test_whole, tree_tear_down);
    g_test_add(damaged, TreeFixture, &packings[i], tree_set_up, test_damage, tree_tear_down);
  }
  return g_test_run();
}
