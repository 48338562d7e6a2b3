/* UBI and UBIFS by the real tools, and what happens to them on a device: blocks that were moved, a
 * journal that was not replayed. */
#include "firmware/unpack/test-tree.h"

#define UBIFS "mkfs.ubifs -m 512 -e 15872 -c 200 -r root "
#define BLOCK (16u << 10) /* erase blocks of 16 KiB, pages of 512 bytes */
#define DATA 1024         /* where a block's content begins */
#define UBINIZE                                                                                    \
  "printf '[a]\\nmode=ubi\\nimage=inner\\nvol_id=0\\nvol_type=TYPE\\nvol_name=root\\n' >ini; "

static const TreePacking packings[] = {
    {"ubifs", "mkfs.ubifs", UBIFS "-o image", .step = 1999},
    {"ubifs-zlib", "mkfs.ubifs", UBIFS "-x zlib -o image", .step = 4999},
    {"ubifs-zstd", "mkfs.ubifs", UBIFS "-x zstd -o image"},
    {"ubifs-plain", "mkfs.ubifs", UBIFS "-x none -o image"},
    {"ubifs-both", "mkfs.ubifs", UBIFS "-x favor_lzo -f 16 -k test -o image"},
    {"ubifs-nand", "mkfs.ubifs", "mkfs.ubifs -m 2048 -e 124KiB -c 100 -F -r root -o image"},
    {"ubi", "mkfs.ubifs,ubinize",
     "mkfs.ubifs -m 512 -e 15360 -c 200 -r root -o inner; " UBINIZE
     "sed -i s/TYPE/dynamic/ ini; ubinize -Q 7 -p 16KiB -m 512 -o image ini",
     .step = 4999},
    {"ubi-subpages", "mkfs.ubifs,ubinize",
     UBIFS "-o inner; " UBINIZE
           "sed -i s/TYPE/dynamic/ ini; ubinize -p 16KiB -m 512 -s 256 -o image ini"},
    {"ubi-static", "ubinize,mksquashfs",
     "mksquashfs root inner -noappend -no-progress -no-xattrs -comp gzip >/dev/null; " UBINIZE
     "sed -i s/TYPE/static/ ini; ubinize -p 128KiB -m 2048 -o image ini"},
};

static void test_whole(TreeFixture *self, gconstpointer data) {
  tree_check(self, data);
}

static void test_damage(TreeFixture *self, gconstpointer data) {
  tree_damage(self, data);
}

/* --- UBI ---------------------------------------------------------------------------------------
 */

static guint32 crc_of(const guint8 *data, gsize size) {
  return ~(guint32)crc32(0, data, (uInt)size);
}

static void put_u32be(guint8 *at, guint32 value) {
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> (24 - 8 * i));
}

/* A volume of 40,000 bytes in erase blocks of 16 KiB: blocks 0 and 1 are the table, 2 to 4 the
 * volume. NULL where the tools are missing. */
static guint8 *make_ubi(TreeFixture *self, const char *type, gsize *size) {
  g_autoptr(GBytes) inner = image_noise(40000, 5);
  TreePacking packing = {"", "ubinize", NULL};
  g_autofree char *command = g_strdup_printf(
      UBINIZE "sed -i s/TYPE/%s/ ini; ubinize -Q 7 -p 16KiB -m 512 -o image ini", type);
  packing.command = command;
  image_put(self->top, "inner", g_bytes_get_data(inner, NULL), 40000);
  if (!tree_pack(self, &packing))
    return NULL;
  g_autoptr(GBytes) image = image_load(self->image);
  *size = g_bytes_get_size(image);
  g_assert_cmpuint(*size, ==, 5 * BLOCK);
  return g_memdup2(g_bytes_get_data(image, NULL), *size);
}

static void assert_volume(AkFirmwareTree *tree, gsize size, guint8 first) {
  const AkNode *volume = image_find(tree, "#root");
  gsize got = 0;
  g_assert_nonnull(volume);
  const guint8 *bytes = g_bytes_get_data(volume->bytes, &got);
  g_assert_cmpuint(got, ==, size);
  g_assert_cmpuint(bytes[0], ==, first);
}

static AkFirmwareTree *open_bytes(const guint8 *data, gsize size) {
  g_autoptr(GBytes) image = g_bytes_new(data, size);
  return image_open(image, NULL);
}

/* A block written again counts, and the older one is no content; a copy that was broken off does
 * not count. */
static void test_moved(TreeFixture *self, gconstpointer data) {
  gsize size = 0;
  g_autofree guint8 *image = make_ubi(self, "dynamic", &size);
  if (image == NULL)
    return;
  guint8 old = image[2 * BLOCK + DATA];
  g_autofree guint8 *more = g_malloc(size + BLOCK);
  memcpy(more, image, size);
  memcpy(more + size, image + 2 * BLOCK, BLOCK);
  guint8 *header = more + size + 512;
  more[size + DATA] = (guint8)(old + 1);
  header[47] = 9; /* the sequence number */
  put_u32be(header + 60, crc_of(header, 60));
  g_autoptr(AkFirmwareTree) newer = open_bytes(more, size + BLOCK);
  assert_volume(newer, 3 * (BLOCK - DATA), (guint8)(old + 1));
  g_assert_nonnull(image_find(newer, "#old@33792"));
  g_assert_false(image_is_clean(newer));
  header[6] = 1; /* a copy, with a checksum that its content does not have */
  put_u32be(header + 20, BLOCK - DATA);
  put_u32be(header + 60, crc_of(header, 60));
  g_autoptr(AkFirmwareTree) broken = open_bytes(more, size + BLOCK);
  assert_volume(broken, 3 * (BLOCK - DATA), old);
  put_u32be(header + 32, crc_of(more + size + DATA, BLOCK - DATA));
  put_u32be(header + 60, crc_of(header, 60));
  g_autoptr(AkFirmwareTree) copied = open_bytes(more, size + BLOCK);
  assert_volume(copied, 3 * (BLOCK - DATA), (guint8)(old + 1));
}

/* Damage in each part, and what is said of it; NULL: it is mended. */
static void test_ubi_parts(TreeFixture *self, gconstpointer data) {
  static const struct {
    const char *what;
    gsize at;
    const char *reason;
  } rows[] = {
      {"an erase block's header", 3 * BLOCK + 10, "has no header"},
      {"a volume header", 3 * BLOCK + 512 + 10, "a damaged header"},
      {"between the headers", 3 * BLOCK + 100, "a damaged header"},
      {"static content", 3 * BLOCK + DATA + 5, "another checksum"},
      {"one table of volumes", DATA + 20, NULL},
  };
  gsize size = 0;
  g_autofree guint8 *image = make_ubi(self, "static", &size);
  for (gsize i = 0; image != NULL && i < G_N_ELEMENTS(rows); i++) {
    image[rows[i].at] ^= 0x10;
    g_autoptr(AkFirmwareTree) tree = open_bytes(image, size);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s: %s", rows[i].what, cuts);
    g_assert_cmpint(image_has_cut(tree), ==, rows[i].reason != NULL);
    g_assert_true(rows[i].reason == NULL || strstr(cuts, rows[i].reason) != NULL);
    image[rows[i].at] ^= 0x10;
  }
}

/* Missing blocks of a static volume are seen; those of a dynamic one read as erased. */
static void test_missing(TreeFixture *self, gconstpointer data) {
  for (guint is_static = 0; is_static < 2; is_static++) {
    gsize size = 0;
    g_autofree guint8 *image = make_ubi(self, is_static ? "static" : "dynamic", &size);
    if (image == NULL)
      return;
    memset(image + 2 * BLOCK + 512, 0xff, BLOCK - 512);
    g_autoptr(AkFirmwareTree) tree = open_bytes(image, size);
    assert_volume(tree, is_static ? 40000 : 3 * (BLOCK - DATA), 0xff);
    g_assert_cmpint(image_has_cut(tree), ==, is_static);
  }
}

static void test_ubi_limits(TreeFixture *self, gconstpointer data) {
  gsize size = 0;
  g_autofree guint8 *image = make_ubi(self, "dynamic", &size);
  if (image == NULL)
    return;
  guint8 *header = image + 4 * BLOCK + 512;
  put_u32be(header + 12, 0x7ffffffe); /* its number in the volume */
  put_u32be(header + 60, crc_of(header, 60));
  g_autoptr(AkFirmwareTree) tree = open_bytes(image, size);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_nonnull(strstr(cuts, "a volume of"));
}

/* Two images side by side are two, whether they are numbered or not. */
static void test_two_images(TreeFixture *self, gconstpointer data) {
  gsize size = 0;
  g_autofree guint8 *image = make_ubi(self, "dynamic", &size);
  if (image == NULL)
    return;
  g_autofree guint8 *both = g_malloc(2 * size);
  memcpy(both, image, size);
  memcpy(both + size, image, size);
  g_autoptr(AkFirmwareTree) tree = open_bytes(both, 2 * size);
  guint volumes = 0;
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    volumes += strcmp(ak_firmware_tree_node(tree, i)->path, "#root") == 0;
  g_assert_cmpuint(volumes, ==, 2);
  g_assert_false(image_has_cut(tree));
}

/* --- UBIFS -------------------------------------------------------------------------------------
 */

static guint32 get_u32le(const guint8 *at) {
  return (guint32)at[0] | (guint32)at[1] << 8 | (guint32)at[2] << 16 | (guint32)at[3] << 24;
}

static bool is_node(const guint8 *at, guint8 type) {
  return memcmp(at, "\x31\x18\x10\x06", 4) == 0 && at[20] == type;
}

/* The first node of a type from an offset on. */
static guint8 *find_node(guint8 *image, gsize size, gsize from, guint8 type) {
  for (gsize at = from; at + 24 < size; at += 8)
    if (is_node(image + at, type))
      return image + at;
  return NULL;
}

enum { ENTRY_NODE = 2, REF_NODE = 8, LEB = 15872 };

static void put_u32le(guint8 *at, guint32 value) {
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8)(value >> 8 * i);
}

static void seal(guint8 *node) {
  put_u32le(node + 4, crc_of(node + 8, get_u32le(node + 16) - 8));
}

/* A node in a block that the log names is a change that the index does not have: the log gets a
 * reference to the end of the first entry's block, and that an entry. */
static void test_journal(TreeFixture *self, gconstpointer data) {
  image_put_text(self->root, "etc/hello", "hello\n");
  if (!tree_pack(self, &packings[0]))
    return;
  g_autoptr(GBytes) bytes = image_load(self->image);
  gsize size = 0;
  guint8 *image = (guint8 *)g_bytes_get_data(bytes, &size), *ref = image + 3 * LEB + 512;
  guint8 *entry = find_node(image, size, 3 * LEB, ENTRY_NODE);
  g_assert_nonnull(entry);
  guint32 bud = (guint32)((gsize)(entry - image) / LEB);
  memcpy(ref, image + 3 * LEB, 24); /* the header of the commit's node */
  memset(ref + 24, 0, 40);
  put_u32le(ref + 16, 64);
  ref[20] = REF_NODE;
  put_u32le(ref + 24, bud);
  put_u32le(ref + 28, LEB - 512);
  seal(ref);
  g_autoptr(AkFirmwareTree) empty = image_open(bytes, NULL);
  g_assert_true(image_is_clean(empty));
  memcpy(image + (gsize)(bud + 1) * LEB - 512, entry, get_u32le(entry + 16));
  g_autoptr(AkFirmwareTree) tree = image_open(bytes, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_test_message("%s", cuts);
  g_assert_nonnull(strstr(cuts, "journal was not replayed"));
  g_assert_nonnull(image_find(tree, "/etc/hello"));
}

/* --- a journal -----------------------------------------------------------------------------------
 * What a device wrote after the last commit and never committed: an unclean end. Nodes by Linux,
 * fs/ubifs/ubifs-media.h. */

enum { INODE_NODE = 0, DATA_NODE = 1, CUT_NODE = 4, BUD_ROOM = 4096 };

typedef struct {
  guint8 *image, *at, *end; /* where the next node goes */
  gsize size;
  guint32 sequence;
} Journal;

static guint32 last_sequence(const guint8 *image, gsize size) {
  guint32 last = 0;
  for (gsize at = 0; at + 24 <= size; at += 8)
    if (memcmp(image + at, "\x31\x18\x10\x06", 4) == 0)
      last = MAX(last, get_u32le(image + at + 8));
  return last;
}

/* The log names the last pages of the block that holds the first entry. */
static Journal journal_begin(guint8 *image, gsize size) {
  Journal self = {.image = image, .size = size, .sequence = last_sequence(image, size)};
  guint8 *ref = image + 3 * LEB + 512, *entry = find_node(image, size, 3 * LEB, ENTRY_NODE);
  guint32 bud = (guint32)((gsize)(entry - image) / LEB);
  self.end = image + (gsize)(bud + 1) * LEB;
  self.at = self.end - BUD_ROOM;
  memcpy(ref, image + 3 * LEB, 24);
  memset(ref + 24, 0, 40);
  put_u32le(ref + 8, ++self.sequence);
  put_u32le(ref + 16, 64);
  ref[20] = REF_NODE;
  put_u32le(ref + 24, bud);
  put_u32le(ref + 28, LEB - BUD_ROOM);
  seal(ref);
  return self;
}

/* A node of `size` bytes with a key; its fields are then set, and it is sealed. */
static guint8 *journal_node(Journal *self, guint8 type, guint32 inode, guint32 second,
                            guint32 size) {
  guint8 *node = self->at;
  g_assert_true(size <= (gsize)(self->end - node));
  memset(node, 0, size);
  memcpy(node, "\x31\x18\x10\x06", 4);
  put_u32le(node + 8, ++self->sequence);
  put_u32le(node + 16, size);
  node[20] = type;
  put_u32le(node + 24, inode);
  put_u32le(node + 28, second);
  self->at += (size + 7) / 8 * 8;
  return node;
}

static void journal_inode(Journal *self, guint32 inode, guint32 mode, guint32 size, guint32 links) {
  guint8 *node = journal_node(self, INODE_NODE, inode, 0, 160);
  put_u32le(node + 48, size);
  put_u32le(node + 92, links);
  put_u32le(node + 104, mode);
  seal(node);
}

static void journal_entry(Journal *self, guint32 folder, guint32 hash, const char *name,
                          guint32 inode) {
  guint32 length = (guint32)strlen(name);
  guint8 *node = journal_node(self, ENTRY_NODE, folder, 2u << 29 | hash, 56 + length + 1);
  put_u32le(node + 40, inode);
  node[50] = (guint8)length;
  memcpy(node + 56, name, length);
  seal(node);
}

static void journal_data(Journal *self, guint32 inode, guint32 block, const char *text) {
  guint32 length = (guint32)strlen(text);
  guint8 *node = journal_node(self, DATA_NODE, inode, 1u << 29 | block, 48 + length);
  put_u32le(node + 40, length);
  memcpy(node + 48, text, length);
  seal(node);
}

static void journal_cut(Journal *self, guint32 inode, guint32 from, guint32 to) {
  guint8 *node = journal_node(self, CUT_NODE, inode, 0, 56);
  memset(node + 24, 0, 32);
  put_u32le(node + 24, inode);
  put_u32le(node + 40, from);
  put_u32le(node + 48, to);
  seal(node);
}

/* The folder, the hash and the inode of the entry `name`. */
static void find_entry(const Journal *self, const char *name, guint32 *folder, guint32 *hash,
                       guint32 *inode) {
  gsize length = strlen(name);
  for (guint8 *node = find_node(self->image, self->size, 0, ENTRY_NODE); node != NULL;
       node = find_node(self->image, self->size, (gsize)(node - self->image) + 8, ENTRY_NODE)) {
    if (node[50] != length || memcmp(node + 56, name, length) != 0)
      continue;
    *folder = get_u32le(node + 24);
    *hash = get_u32le(node + 28) & 0x1fffffff;
    *inode = get_u32le(node + 40);
    return;
  }
  g_error("%s is not there", name);
}

static void assert_text(const AkFirmwareTree *tree, const char *path, const char *text,
                        gsize size) {
  const AkNode *node = image_find(tree, path);
  gsize got = 0;
  if (node == NULL || node->bytes == NULL || node->cut != NULL)
    g_error("%s is not there", path);
  const void *bytes = g_bytes_get_data(node->bytes, &got);
  g_assert_cmpmem(bytes, got, text, size);
}

/* A new file, a removed one, one that was written over, a renamed one, one that was cut and grew
 * again. */
static void write_journal(Journal *journal) {
  guint32 etc = 0, hash = 0, inode = 0;
  find_entry(journal, "gone", &etc, &hash, &inode);
  journal_entry(journal, etc, hash, "gone", 0);
  journal_inode(journal, inode, S_IFREG | 0644, 5, 0);
  journal_entry(journal, etc, 0x1234, "new", 500);
  journal_data(journal, 500, 0, "fresh\n");
  journal_inode(journal, 500, S_IFREG | 0600, 6, 1);
  find_entry(journal, "changed", &etc, &hash, &inode);
  journal_data(journal, inode, 0, "first");
  journal_data(journal, inode, 0, "after");
  journal_inode(journal, inode, S_IFREG | 0644, 5, 1);
  find_entry(journal, "before", &etc, &hash, &inode);
  journal_entry(journal, etc, 0x1234, "behind", inode); /* the hash of another one */
  journal_entry(journal, etc, hash, "before", 0);
  find_entry(journal, "long", &etc, &hash, &inode);
  journal_cut(journal, inode, 9000, 0);
  journal_data(journal, inode, 0, "short");
  journal_inode(journal, inode, S_IFREG | 0644, 8192, 1);
}

static GBytes *replay_image(TreeFixture *self) {
  g_autofree char *many = g_strnfill(9000, 'x');
  image_put_text(self->root, "etc/gone", "going");
  image_put_text(self->root, "etc/changed", "before");
  image_put_text(self->root, "etc/before", "the same\n");
  image_put_text(self->root, "etc/long", many);
  return tree_pack(self, &packings[3]) ? image_load(self->image) : NULL;
}

static void test_replay(TreeFixture *self, gconstpointer data) {
  g_autoptr(GBytes) bytes = replay_image(self);
  gsize size = 0;
  if (bytes == NULL)
    return;
  guint8 *image = (guint8 *)g_bytes_get_data(bytes, &size);
  Journal journal = journal_begin(image, size);
  write_journal(&journal);
  g_autofree char *zeros = g_malloc0(8192);
  memcpy(zeros, "short", 5);
  g_autoptr(AkFirmwareTree) tree = image_open(bytes, NULL);
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    if (*ak_firmware_tree_node(tree, i)->path != '#')
      g_assert_cmpstr(ak_firmware_tree_node(tree, i)->cut, ==, NULL);
  assert_text(tree, "/etc/new", "fresh\n", 6);
  g_assert_cmpuint(image_find(tree, "/etc/new")->mode, ==, 0600);
  assert_text(tree, "/etc/changed", "after", 5);
  assert_text(tree, "/etc/behind", "the same\n", 9);
  assert_text(tree, "/etc/long", zeros, 8192);
  g_assert_null(image_find(tree, "/etc/gone"));
  g_assert_null(image_find(tree, "/etc/before"));
  g_assert_false(image_is_clean(tree)); /* what went is there still: older content */
}

/* Wherever the journal breaks off: the index's files are there, and it is said. */
static void test_broken_replay(TreeFixture *self, gconstpointer data) {
  g_autoptr(GBytes) bytes = replay_image(self);
  gsize size = 0;
  if (bytes == NULL)
    return;
  guint8 *image = (guint8 *)g_bytes_get_data(bytes, &size);
  Journal journal = journal_begin(image, size);
  guint8 *first = journal.at;
  write_journal(&journal);
  for (guint8 *at = first; at < journal.at; at += 5) {
    guint8 held = *at;
    *at ^= 0x40;
    g_autoptr(AkFirmwareTree) tree = image_open(bytes, NULL);
    g_assert_false(image_is_clean(tree));
    g_assert_true(image_find(tree, "/etc/gone") == NULL || image_has_cut(tree));
    *at = held;
  }
}

/* Fields out of range behind checksums that hold. */
static void test_ubifs_fields(TreeFixture *self, gconstpointer data) {
  static const struct {
    guint8 type;
    gsize at;
    guint8 value;
    const char *reason;
  } rows[] = {
      {0, 55, 0x40, "larger than the limit"}, /* an inode's size; the first is not the root's */
      {2, 43, 0x40, "stands nowhere"},        /* the inode of an entry */
      {2, 49, 6, "calls it something else"},  /* its type */
      {1, 44, 77, "does not unpack"},         /* a compression */
      {9, 26, 5, "damaged index node"},       /* a level */
      {6, 37, 0, "does not open"},            /* the size of blocks */
      {7, 57, 0xff, "root of its index"},     /* where the index is long */
      {10, 24, 9, "another commit"},
  };
  g_autoptr(GBytes) noise = image_noise(5000, 1);
  image_put(self->root, "etc/hello", g_bytes_get_data(noise, NULL), 5000);
  if (!tree_pack(self, &packings[0]))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) bytes = image_load(self->image);
    gsize size = 0;
    guint8 *image = (guint8 *)g_bytes_get_data(bytes, &size);
    for (guint8 *node = find_node(image, size, 0, rows[i].type); node != NULL;
         node = find_node(image, size, (gsize)(node - image) + 8, rows[i].type)) {
      if (rows[i].type == 0 && node[105] != 0x81) /* of inodes the file's: mode 0100644 */
        continue;
      node[rows[i].at] = rows[i].value;
      seal(node);
    }
    g_autoptr(AkFirmwareTree) tree = image_open(bytes, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%u: %s", rows[i].type, cuts);
    g_assert_nonnull(strstr(cuts, rows[i].reason));
    g_assert_false(image_is_clean(tree));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(TreeFixture *, gconstpointer);
  } tests[] = {
      {"/ubi/moved", test_moved},           {"/ubi/parts", test_ubi_parts},
      {"/ubi/missing", test_missing},       {"/ubi/limits", test_ubi_limits},
      {"/ubi/two-images", test_two_images}, {"/ubifs/journal", test_journal},
      {"/ubifs/replay", test_replay},       {"/ubifs/broken-replay", test_broken_replay},
      {"/ubifs/fields", test_ubifs_fields},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, TreeFixture, NULL, tree_set_up, tests[i].run, tree_tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *whole = g_strconcat("/ubi/whole/", packings[i].name, NULL);
    g_autofree char *damaged = g_strconcat("/ubi/damage/", packings[i].name, NULL);
    g_test_add(whole, TreeFixture, &packings[i], tree_set_up, test_whole, tree_tear_down);
    if (packings[i].step > 0)
      g_test_add(damaged, TreeFixture, &packings[i], tree_set_up, test_damage, tree_tear_down);
  }
  return g_test_run();
}
