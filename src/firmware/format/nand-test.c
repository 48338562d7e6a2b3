/* YAFFS2 by a writer of our own, and dumps of NAND in which spare bytes stand between the pages. */
#include "firmware/unpack/test-tree.h"

/* --- a writer of YAFFS2 ------------------------------------------------------------------------
 * Source: yaffs2, yaffs_guts.h and yaffs_packedtags2.c. */

typedef struct {
  GByteArray *out;
  guint page, spare, tag;
  bool is_big, has_extras; /* extras: a header's tag says type, parent and size too */
  guint32 sequence;
} Flash;

static void put32(guint8 *at, bool is_big, guint32 value) {
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> (is_big ? 24 - 8 * i : 8 * i));
}

static void put_page(Flash *self, guint32 object, guint32 chunk, const void *data, guint32 size,
                     guint32 told) {
  guint at = self->out->len, step = self->page + self->spare;
  g_byte_array_set_size(self->out, at + step);
  guint8 *page = self->out->data + at, *tag = page + self->page + self->tag;
  memset(page, 0xff, step);
  memcpy(page, data, size);
  put32(tag, self->is_big, self->sequence);
  put32(tag + 4, self->is_big, object);
  put32(tag + 8, self->is_big, chunk);
  put32(tag + 12, self->is_big, told);
}

typedef struct {
  guint32 object, type, parent, mode, size, same, device;
  const char *name, *alias;
} Object;

static void put_header(Flash *self, Object object) {
  guint8 header[512];
  memset(header, 0xff, sizeof header);
  put32(header, self->is_big, object.type);
  put32(header + 4, self->is_big, object.parent);
  memset(header + 10, 0, 256);
  memcpy(header + 10, object.name, strlen(object.name));
  put32(header + 268, self->is_big, object.mode);
  put32(header + 272, self->is_big, 1000);
  put32(header + 276, self->is_big, 5);
  put32(header + 292, self->is_big, object.size);
  put32(header + 296, self->is_big, object.same);
  memset(header + 300, 0, 160);
  if (object.alias != NULL)
    memcpy(header + 300, object.alias, strlen(object.alias));
  put32(header + 460, self->is_big, object.device);
  if (self->has_extras)
    put_page(self, object.object | object.type << 28, 0x80000000u | object.parent, header,
             sizeof header, object.size);
  else
    put_page(self, object.object, 0, header, sizeof header, 0xffff);
}

static void put_file(Flash *self, guint32 object, guint32 parent, const char *name,
                     const guint8 *data, guint32 size) {
  for (guint32 at = 0, chunk = 1; at < size; at += self->page, chunk++)
    put_page(self, object, chunk, data + at, MIN(size - at, self->page),
             MIN(size - at, self->page));
  put_header(self, (Object){object, 1, parent, S_IFREG | 0640, size, 0, 0, name, NULL});
}

typedef struct {
  const char *name;
  guint page, spare, tag;
  bool is_big, has_extras;
} Kind;

static const Kind kinds[] = {
    {"2048", 2048, 64, 0, false, false},     {"2048-mtd", 2048, 64, 2, false, true},
    {"2048-big", 2048, 64, 2, true, true},   {"512", 512, 16, 0, false, false},
    {"4096-big", 4096, 128, 0, true, false}, {"4096", 4096, 128, 2, false, true},
};

static Flash flash_new(const Kind *kind) {
  Flash self = {g_byte_array_new(), kind->page,       kind->spare, kind->tag,
                kind->is_big,       kind->has_extras, 0x1000};
  put_header(&self, (Object){1, 3, 1, S_IFDIR | 0755, 0, 0, 0, "", NULL});
  return self;
}

static GBytes *flash_end(Flash *self) {
  return g_byte_array_free_to_bytes(self->out);
}

static void fill(Flash *self, GBytes *noise) {
  guint32 shadow = (guint32)strlen(damage_shadow);
  put_header(self, (Object){257, 3, 1, S_IFDIR | 0711, 0, 0, 0, "etc", NULL});
  put_file(self, 258, 257, "shadow", (const guint8 *)damage_shadow, shadow);
  put_file(self, 259, 1, "large", g_bytes_get_data(noise, NULL), (guint32)g_bytes_get_size(noise));
  put_file(self, 260, 1, "empty", NULL, 0);
  put_header(self, (Object){261, 2, 1, S_IFLNK | 0777, 0, 0, 0, "link", "etc/shadow"});
  put_header(self, (Object){262, 4, 1, 0, 0, 258, 0, "hard", NULL});
  put_header(self, (Object){263, 5, 1, S_IFCHR | 0600, 0, 0, 5 << 8 | 1, "console", NULL});
}

static void assert_bytes(const AkFirmwareTree *tree, const char *path, const void *data,
                         gsize size) {
  const AkNode *node = image_find(tree, path);
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  g_assert_cmpmem(g_bytes_get_data(node->bytes, NULL), g_bytes_get_size(node->bytes), data, size);
  g_assert_cmpuint(node->mode, ==, 0640);
  g_assert_cmpuint(node->uid, ==, 1000);
  g_assert_cmpuint(node->gid, ==, 5);
}

static void test_whole(TreeFixture *self, gconstpointer data) {
  Flash flash = flash_new(data);
  g_autoptr(GBytes) noise = image_noise(9000, 4);
  fill(&flash, noise);
  g_autoptr(GBytes) image = flash_end(&flash);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "yaffs2");
  assert_bytes(tree, "/etc/shadow", damage_shadow, strlen(damage_shadow));
  assert_bytes(tree, "/hard", damage_shadow, strlen(damage_shadow));
  assert_bytes(tree, "/large", g_bytes_get_data(noise, NULL), 9000);
  assert_bytes(tree, "/empty", "", 0);
  g_assert_cmpuint(image_find(tree, "/etc")->mode, ==, 0711);
  g_assert_cmpstr(image_find(tree, "/link")->target, ==, "etc/shadow");
  g_assert_cmpstr(image_find(tree, "/console")->target, ==, "char 5:1");
  g_assert_true(image_is_clean(tree));
}

/* A file written again, one cut short, one renamed, one removed. */
static void test_versions(TreeFixture *self, gconstpointer data) {
  Flash flash = flash_new(data);
  g_autoptr(GBytes) noise = image_noise(9000, 4);
  const guint8 *bytes = g_bytes_get_data(noise, NULL);
  put_file(&flash, 257, 1, "again", (const guint8 *)"older", 5);
  put_file(&flash, 258, 1, "before", (const guint8 *)"renamed", 7);
  put_file(&flash, 259, 1, "removed", (const guint8 *)damage_shadow,
           (guint32)strlen(damage_shadow));
  flash.sequence++;
  put_page(&flash, 257, 1, "newer", 5, 5);
  put_header(&flash, (Object){258, 1, 1, S_IFREG | 0640, 7, 0, 0, "after", NULL});
  put_header(&flash, (Object){259, 1, 4, S_IFREG | 0640, 0, 0, 0, "deleted", NULL});
  put_file(&flash, 260, 1, "other", bytes, 100);
  g_autoptr(GBytes) image = flash_end(&flash);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_test_message("%s", cuts);
  assert_bytes(tree, "/again", "newer", 5);
  assert_bytes(tree, "/after", "renamed", 7);
  g_assert_null(image_find(tree, "/before"));
  g_assert_null(image_find(tree, "/removed"));
  g_assert_nonnull(strstr(cuts, "#old@"));
  g_assert_nonnull(strstr(cuts, "#removed@"));
  g_assert_true(damage_finds_hash(tree));
  g_assert_false(image_has_cut(tree));
  g_assert_false(image_is_clean(tree));
}

/* A hash behind a file's last piece and one behind a header: of no file, and yet found. */
static void test_slack(TreeFixture *self, gconstpointer data) {
  gsize room = strlen(damage_shadow);
  for (guint i = 0; i < 2; i++) {
    Flash flash = flash_new(&kinds[0]);
    put_file(&flash, 257, 1, "short", (const guint8 *)"hello", 5);
    const guint8 *bytes = flash.out->data;
    gsize header = (gsize)((const guint8 *)memmem(bytes, flash.out->len, "short", 5) - bytes) - 10;
    gsize piece = (gsize)((const guint8 *)memmem(bytes, flash.out->len, "hello", 5) - bytes);
    memcpy(flash.out->data + (i == 0 ? header + 1024 : piece + 100), damage_shadow, room);
    g_autoptr(GBytes) image = flash_end(&flash);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *name =
        g_strdup_printf("#slack@%" G_GSIZE_FORMAT, i == 0 ? header + 512 : piece + 5);
    assert_bytes(tree, "/short", "hello", 5);
    g_assert_nonnull(image_find(tree, name));
    g_assert_true(damage_finds_hash(tree));
    g_assert_false(image_is_clean(tree));
  }
}

/* What is missing or cannot be is said. */
static void test_spoiled(TreeFixture *self, gconstpointer data) {
  static const Object objects[] = {
      {257, 1, 1, S_IFREG | 0644, 5000, 0, 0, "file", NULL},
      {257, 1, 900, S_IFREG | 0644, 0, 0, 0, "file", NULL},
      {257, 4, 1, 0, 0, 900, 0, "hard", NULL},
      {257, 1, 1, S_IFREG | 0644, 0, 0, 0, "..", NULL},
      {257, 1, 1, S_IFREG | 0644, 0xfffffff0, 0, 0, "file", NULL},
  };
  static const char *const reasons[] = {"missing", "stands nowhere", "link to nothing", "no name",
                                        "larger than the limit"};
  for (gsize i = 0; i < G_N_ELEMENTS(objects); i++) {
    Flash flash = flash_new(&kinds[i % G_N_ELEMENTS(kinds)]);
    put_file(&flash, 300, 1, "other", NULL, 0);
    put_header(&flash, objects[i]);
    g_autoptr(GBytes) image = flash_end(&flash);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s", cuts);
    g_assert_nonnull(strstr(cuts, reasons[i]));
    g_assert_nonnull(image_find(tree, "/other"));
  }
}

/* Cut at each byte: what is there is as it was, or something is said to be cut or unknown. */
static void test_cut(TreeFixture *self, gconstpointer data) {
  Flash flash = flash_new(data);
  put_file(&flash, 258, 1, "shadow", (const guint8 *)damage_shadow, (guint32)strlen(damage_shadow));
  put_file(&flash, 259, 1, "hello", (const guint8 *)"hello\n", 6);
  g_autoptr(GBytes) image = flash_end(&flash);
  g_autoptr(AkFirmwareTree) whole = image_open(image, NULL);
  g_assert_true(image_is_clean(whole));
  tree_cut_between(image, whole, 7);
}

/* --- dumps -------------------------------------------------------------------------------------
 */

/* Spare bytes behind each page: the mark, then what stands for checksums. */
static GBytes *with_spare(GBytes *image, guint page, guint spare) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(image, &size);
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_autoptr(GBytes) noise = image_noise(4096, 6);
  for (gsize at = 0; at < size; at += page) {
    g_autofree guint8 *whole = g_malloc(page + spare);
    memset(whole, 0xff, page + spare);
    memcpy(whole, data + at, MIN(size - at, page));
    bool is_blank = memcmp(whole, whole + 1, page - 1) == 0 && whole[0] == 0xff;
    if (!is_blank)
      memcpy(whole + page + spare / 2,
             (const guint8 *)g_bytes_get_data(noise, NULL) + at / page % 1000, spare / 2);
    g_byte_array_append(out, whole, page + spare);
  }
  return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static const struct {
  guint page, spare;
} chips[] = {{2048, 64}, {512, 16}, {4096, 128}, {4096, 224}, {2048, 128}};

static void assert_dump(const TreeFixture *self, GBytes *image) {
  for (gsize i = 0; i < G_N_ELEMENTS(chips); i++) {
    g_autoptr(GBytes) dump = with_spare(image, chips[i].page, chips[i].spare);
    g_autoptr(AkFirmwareTree) tree = image_open(dump, NULL);
    g_autofree char *inner = g_strdup_printf("#pages-%u+%u", chips[i].page, chips[i].spare);
    g_test_message("%s", inner);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "nand");
    g_assert_nonnull(image_find(tree, inner));
    tree_assert(self, tree, 0);
  }
}

static const TreePacking packings[] = {
    {"squashfs", "mksquashfs",
     "mksquashfs root image -noappend -no-progress -no-xattrs -comp gzip >/dev/null"},
    {"jffs2", "mkfs.jffs2", "mkfs.jffs2 -n -e 128KiB -p -r root -o image"},
    {"ubi", "mkfs.ubifs,ubinize",
     "mkfs.ubifs -m 2048 -e 126976 -c 100 -r root -o inner; "
     "printf '[a]\\nmode=ubi\\nimage=inner\\nvol_id=0\\nvol_type=dynamic\\nvol_name=root\\n' >ini; "
     "ubinize -p 128KiB -m 2048 -o image ini"},
};

static void test_dump(TreeFixture *self, gconstpointer data) {
  tree_fill(self);
  if (!tree_pack(self, data))
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  assert_dump(self, image);
}

/* Marks alone are no dump: where nothing verifies without the spare bytes, it is said. */
static void test_nothing(TreeFixture *self, gconstpointer data) {
  g_autoptr(GBytes) noise = image_noise(2048 * 64, 3);
  g_autoptr(GBytes) dump = with_spare(noise, 2048, 64);
  g_autoptr(AkFirmwareTree) tree = image_open(dump, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_nonnull(strstr(cuts, "nothing verifies"));
  g_assert_false(image_is_clean(tree));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *whole = g_strconcat("/yaffs2/whole/", kinds[i].name, NULL);
    g_autofree char *versions = g_strconcat("/yaffs2/versions/", kinds[i].name, NULL);
    g_test_add(whole, TreeFixture, &kinds[i], tree_set_up, test_whole, tree_tear_down);
    g_test_add(versions, TreeFixture, &kinds[i], tree_set_up, test_versions, tree_tear_down);
  }
  g_test_add("/yaffs2/slack", TreeFixture, NULL, tree_set_up, test_slack, tree_tear_down);
  g_test_add("/yaffs2/spoiled", TreeFixture, NULL, tree_set_up, test_spoiled, tree_tear_down);
  g_test_add("/yaffs2/cut", TreeFixture, &kinds[3], tree_set_up, test_cut, tree_tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *path = g_strconcat("/nand/", packings[i].name, NULL);
    g_test_add(path, TreeFixture, &packings[i], tree_set_up, test_dump, tree_tear_down);
  }
  g_test_add("/nand/nothing", TreeFixture, NULL, tree_set_up, test_nothing, tree_tear_down);
  return g_test_run();
}
