/* cramfs and romfs by the real tools. */
#include "firmware/unpack/test-tree.h"

static const TreePacking packings[] = {
    {"cramfs", "mkfs.cramfs", "mkfs.cramfs -N little root image", 0},
    {"cramfs-big", "mkfs.cramfs", "mkfs.cramfs -N big root image", 0},
    {"cramfs-holes", "mkfs.cramfs", "mkfs.cramfs -z root image", 0},
    {"cramfs-padded", "mkfs.cramfs", "mkfs.cramfs -p -N big root image", 0},
    {"cramfs-blocks", "mkfs.cramfs", "mkfs.cramfs -b 16384 root image", 0},
    {"romfs", "genromfs", "genromfs -d root -f image -V name", TREE_NO_OWNERS | TREE_NO_MODES,
     true},
};

static void test_whole(TreeFixture *self, gconstpointer data) {
  tree_check(self, data);
}

static void test_damage(TreeFixture *self, gconstpointer data) {
  tree_damage(self, data);
}

static GBytes *pack(TreeFixture *self, guint row) {
  image_put_text(self->root, "sub/one", "one");
  image_put_text(self->root, "two", "two");
  return tree_pack(self, &packings[row]) ? image_load(self->image) : NULL;
}

/* A field of cramfs's superblock or first inode that is out of range. */
static void test_cramfs_fields(TreeFixture *self, gconstpointer data) {
  static const struct {
    gsize at;
    guint8 mask;
    const char *cut; /* NULL: it is no cramfs */
  } rows[] = {
      {0, 0x01, NULL},
      {5, 0x30, "ends before"}, /* the size: 4096 becomes 8192 */
      {5, 0x10, NULL},          /* 0 */
      {9, 0x80, NULL},          /* a feature that is not known */
      {16, 0x20, NULL},
      {32, 0xaa, "another checksum"},
      {44, 0x01, "another checksum"},
      {75, 0xff, "folder beyond the end"}, /* where the root's entries begin */
  };
  g_autoptr(GBytes) image = pack(self, 0);
  for (gsize i = 0; image != NULL && i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) copy = image_slice(image, 0, g_bytes_get_size(image));
    ((guint8 *)g_bytes_get_data(copy, NULL))[rows[i].at] ^= rows[i].mask;
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    const AkNode *root = ak_firmware_tree_node(tree, 0);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%" G_GSIZE_FORMAT ": %s", i, cuts);
    g_assert_false(image_is_clean(tree));
    g_assert_cmpint(g_strcmp0(root->format, "cramfs") == 0, ==, rows[i].cut != NULL);
    g_assert_true(rows[i].cut == NULL || strstr(cuts, rows[i].cut) != NULL);
  }
}

static void put_u32le(guint8 *at, guint32 value) {
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> 8 * i);
}

static guint32 get_u32be(const guint8 *at) {
  return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

/* Gives a changed image the checksum that it asks for. */
static void seal_cramfs(guint8 *bytes, gsize size) {
  put_u32le(bytes + 32, 0);
  put_u32le(bytes + 32, (guint32)crc32(0, bytes, (uInt)size));
}

/* Folders that lead to themselves end, whatever the checksum says. */
static void test_cramfs_loop(TreeFixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = pack(self, 0);
  if (image == NULL)
    return;
  gsize size = 0;
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
  guint8 *name = memmem(bytes, size, "sub\0", 4);
  g_assert_nonnull(name);
  memcpy(name - 8, bytes + 68, 4); /* as long as the root */
  bytes[72] = name[-4];            /* keeps its name's length; the offset is the root's */
  put_u32le(name - 4, (guint32)(76 / 4) << 6 | 1);
  seal_cramfs(bytes, size);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_nonnull(strstr(cuts, "more than one place"));
}

/* Pointers of the newer kind: a block stored as it is, and one that stands elsewhere with its size
 * before it. No tool here writes them. Source: Linux, fs/cramfs/README. */
static void test_cramfs_pointers(TreeFixture *self, gconstpointer data) {
  static const char text[] = "stored as it is, twenty-eight";
  guint8 packed[200], bytes[512] = {0};
  uLongf size = sizeof packed;
  g_assert_cmpint(compress(packed, &size, (const guint8 *)text, 28), ==, Z_OK);
  memcpy(bytes, "\x45\x3d\xcd\x28", 4);
  put_u32le(bytes + 4, sizeof bytes);
  put_u32le(bytes + 8, 0x801); /* checksum, pointers with flags */
  memcpy(bytes + 16, "Compressed ROMFS", 16);
  put_u32le(bytes + 44, 3);
  put_u32le(bytes + 64, S_IFDIR | 0755);
  put_u32le(bytes + 68, 32); /* two entries of 16 bytes */
  put_u32le(bytes + 72, 76 / 4 << 6);
  for (guint i = 0; i < 2; i++) {
    guint8 *entry = bytes + 76 + i * 16;
    guint32 at = 200 + i * 100;
    put_u32le(entry, S_IFREG | 0644);
    put_u32le(entry + 4, 28);
    put_u32le(entry + 8, at / 4 << 6 | 1);
    entry[12] = (guint8)('a' + i);
  }
  put_u32le(bytes + 200, 1u << 31 | (204 + 28));
  memcpy(bytes + 204, text, 28);
  put_u32le(bytes + 300, 1u << 30 | 400 / 4);
  bytes[400] = (guint8)size;
  memcpy(bytes + 402, packed, size);
  seal_cramfs(bytes, sizeof bytes);
  g_autoptr(GBytes) image = g_bytes_new(bytes, sizeof bytes);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  for (guint i = 0; i < 2; i++) {
    const AkNode *node = image_find(tree, i == 0 ? "/a" : "/b");
    g_assert_nonnull(node);
    g_assert_cmpmem(g_bytes_get_data(node->bytes, NULL), g_bytes_get_size(node->bytes), text, 28);
  }
}

/* OpenWrt's mark behind a filesystem is explained; the same bytes before something else are not. */
static void test_openwrt_mark(TreeFixture *self, gconstpointer data) {
  static const char *const commands[] = {"", "printf more >>image"};
  image_put_text(self->root, "hello", "hello\n");
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
    g_autofree char *command = g_strdup_printf(
        "mkfs.cramfs root image; truncate -s 64K image; printf '\\336\\255\\300\\336' >>image; %s",
        commands[i]);
    TreePacking packing = {"mark", "mkfs.cramfs", command};
    if (!tree_pack(self, &packing))
      return;
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpint(image_is_clean(tree), ==, i == 0);
  }
}

static void seal_romfs(guint8 *header, gsize size) {
  guint32 sum = 0;
  memset(header + 12, 0, 4);
  for (gsize i = 0; i < size; i += 4)
    sum -= get_u32be(header + i);
  for (guint i = 0; i < 4; i++)
    header[12 + i] = (guint8)(sum >> (24 - 8 * i));
}

/* An entry whose next one is itself; a link to itself; a size beyond the end. */
static void test_romfs_fields(TreeFixture *self, gconstpointer data) {
  static const char *const reasons[] = {"more than one place", "link to nothing", "ends within"};
  for (guint i = 0; i < G_N_ELEMENTS(reasons); i++) {
    g_autoptr(GBytes) image = pack(self, 5);
    if (image == NULL)
      return;
    gsize size = 0;
    guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
    guint8 *name = memmem(bytes, size, "two\0", 4);
    g_assert_nonnull(name);
    guint8 *header = name - 16;
    gsize at = (gsize)(header - bytes);
    guint8 place[4] = {0, 0, (guint8)(at >> 8), (guint8)at};
    if (i == 0)
      memcpy(header, (guint8[4]){0, 0, place[2], (guint8)(place[3] | 2)}, 4);
    if (i == 1) {
      header[3] &= 0xf0;
      memcpy(header + 4, place, 4);
    }
    if (i == 2)
      header[8] = 1;
    seal_romfs(header, 32);
    seal_romfs(bytes, MIN(get_u32be(bytes + 8), 512));
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s", cuts);
    g_assert_nonnull(strstr(cuts, reasons[i]));
    g_assert_false(image_is_clean(tree));
  }
}

static void test_limits(TreeFixture *self, gconstpointer data) {
  AkFirmwareLimits limits = ak_firmware_default_limits;
  g_autofree guint8 *zeros = g_malloc0(4 << 20);
  limits.total_bytes = 1 << 20;
  for (guint row = 0; row < G_N_ELEMENTS(packings); row += 5) {
    image_put(self->root, "large", zeros, 4 << 20);
    g_autoptr(GBytes) image = pack(self, row);
    if (image == NULL)
      return;
    g_autoptr(AkFirmwareTree) tree = image_open(image, &limits);
    g_assert_true(image_has_cut(tree));
    g_assert_false(image_is_clean(tree));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *whole = g_strconcat("/rom/whole/", packings[i].name, NULL);
    g_autofree char *damaged = g_strconcat("/rom/damage/", packings[i].name, NULL);
    g_test_add(whole, TreeFixture, &packings[i], tree_set_up, test_whole, tree_tear_down);
    g_test_add(damaged, TreeFixture, &packings[i], tree_set_up, test_damage, tree_tear_down);
  }
  g_test_add("/rom/cramfs/fields", TreeFixture, NULL, tree_set_up, test_cramfs_fields,
             tree_tear_down);
  g_test_add("/rom/cramfs/loop", TreeFixture, NULL, tree_set_up, test_cramfs_loop, tree_tear_down);
  g_test_add("/rom/cramfs/pointers", TreeFixture, NULL, tree_set_up, test_cramfs_pointers,
             tree_tear_down);
  g_test_add("/rom/openwrt-mark", TreeFixture, NULL, tree_set_up, test_openwrt_mark,
             tree_tear_down);
  g_test_add("/rom/romfs/fields", TreeFixture, NULL, tree_set_up, test_romfs_fields,
             tree_tear_down);
  g_test_add("/rom/limits", TreeFixture, NULL, tree_set_up, test_limits, tree_tear_down);
  return g_test_run();
}
