#include "firmware/format/ubifs-image.h"

#include <string.h>
#include <zlib.h>

#include "firmware/format/words.h"

#define MAGIC 0x06101831
#define HEADER_SIZE 24
#define SUPER_SIZE 4096
#define MASTER_SIZE 512
#define INDEX_HEADER 28
#define BRANCH_SIZE 20 /* with a key of 8 bytes; digests may follow */
#define KEY_AT HEADER_SIZE
#define MAX_LEVELS 64 /* with the least fanout of 3 far more than fit */
#define MIN_BLOCK (15u << 10)
#define MAX_BLOCK (16u << 20)
#define MAX_NODE (16u << 10) /* the largest that is read here is an index node */
#define FILLING 0xce
enum {
  PAD_NODE = 5,
  SUPER_NODE = 6,
  MASTER_NODE = 7,
  REF_NODE = 8,
  INDEX_NODE = 9,
  COMMIT_NODE = 10
};
enum { FIRST_MASTER = 1, FIRST_LOG = AK_UBIFS_FIRST_LOG };
enum { MASTER_DIRTY = 1 };

typedef struct {
  guint32 size;
  guint8 type;
  guint64 sequence;
} Node;

/* CRC-32 begun with all ones and not inverted at the end; over all behind itself. */
static bool read_node(const guint8 *data, gsize size, gsize at, Node *out) {
  AkWords words = ak_words_init(data, size, at, false);
  guint32 magic = ak_words_u32(&words), crc = ak_words_u32(&words);
  *out = (Node){.sequence = ak_words_u64(&words)};
  out->size = ak_words_u32(&words);
  out->type = ak_words_u8(&words);
  return !words.failed && magic == MAGIC && out->size >= HEADER_SIZE && out->size <= size - at &&
         out->size <= MAX_NODE && crc == ~(guint32)crc32_z(0, data + at + 8, out->size - 8);
}

bool ak_ubifs_init(AkUbifs *self, const guint8 *data, gsize size, GError **error) {
  Node node;
  *self = (AkUbifs){.data = data, .size = size};
  if (!read_node(data, size, 0, &node) || node.type != SUPER_NODE || node.size != SUPER_SIZE)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged superblock");
  AkWords words = ak_words_init(data, size, 26, false);
  ak_words_skip(&words, 1);
  guint8 key_format = ak_words_u8(&words);
  self->flags = ak_words_u32(&words);
  self->page = ak_words_u32(&words);
  self->block_size = ak_words_u32(&words);
  self->block_count = ak_words_u32(&words);
  ak_words_skip(&words, 12);
  self->log_blocks = ak_words_u32(&words);
  guint32 space_blocks = ak_words_u32(&words);
  self->orphan_blocks = ak_words_u32(&words);
  guint64 first = (guint64)FIRST_LOG + self->log_blocks + space_blocks + self->orphan_blocks;
  if (key_format != 0 || self->block_size < MIN_BLOCK || self->block_size > MAX_BLOCK ||
      self->block_size % 8 != 0 || self->page < 8 || self->page > self->block_size ||
      first >= self->block_count)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "sizes that do not fit together");
  self->first_main = (guint32)first;
  self->size = (gsize)MIN(size, (guint64)self->block_count * self->block_size);
  return true;
}

void ak_ubifs_clear(AkUbifs *self) {
  g_clear_pointer(&self->items, g_array_unref);
  g_clear_pointer(&self->buds, g_array_unref);
  g_clear_pointer(&self->is_known, g_free);
}

static bool place_of(const AkUbifs *self, guint32 block, guint32 offset, gsize *at) {
  if (block >= self->block_count || offset >= self->block_size || offset % 8 != 0)
    return false;
  guint64 place = (guint64)block * self->block_size + offset;
  *at = (gsize)place;
  return place < self->size;
}

/* --- the master node ---------------------------------------------------------------------------
 */

typedef struct {
  guint64 commit;
  guint32 flags, log, root_block, root_offset, root_size;
} Master;

/* It is written again and again behind itself, in two blocks: the last one of either counts. */
static bool find_master(const AkUbifs *self, Master *out) {
  bool found = false;
  guint64 newest = 0;
  for (guint32 i = 0; i < 2 * (self->block_size / MASTER_SIZE); i++) {
    gsize at = 0;
    Node node;
    guint32 half = self->block_size / MASTER_SIZE;
    if (!place_of(self, FIRST_MASTER + i / half, i % half * MASTER_SIZE, &at) ||
        !read_node(self->data, self->size, at, &node) || node.type != MASTER_NODE ||
        node.size != MASTER_SIZE || (found && node.sequence < newest))
      continue;
    AkWords words = ak_words_init(self->data, self->size, at + HEADER_SIZE + 8, false);
    *out = (Master){.commit = ak_words_u64(&words)};
    out->flags = ak_words_u32(&words);
    out->log = ak_words_u32(&words);
    out->root_block = ak_words_u32(&words);
    out->root_offset = ak_words_u32(&words);
    out->root_size = ak_words_u32(&words);
    newest = node.sequence;
    found = true;
  }
  return found;
}

/* --- the journal -------------------------------------------------------------------------------
 */

/* True if something was written behind the place from which on a block is a journal. */
static bool is_written(const AkUbifs *self, guint32 block, guint32 offset) {
  gsize at = 0;
  Node node;
  return place_of(self, block, offset, &at) && read_node(self->data, self->size, at, &node) &&
         node.type != PAD_NODE;
}

/* One block of the log: the blocks that it names, each once. */
static void add_buds(AkUbifs *self, guint32 block, guint8 *is_named) {
  gsize at = 0;
  Node node;
  for (guint32 offset = 0; place_of(self, block, offset, &at); offset += 8) {
    if (!read_node(self->data, self->size, at, &node) || node.type != REF_NODE ||
        node.sequence < self->commit)
      continue;
    AkWords words = ak_words_init(self->data, self->size, at + HEADER_SIZE, false);
    AkUbifsBud bud = {.block = ak_words_u32(&words)};
    bud.offset = ak_words_u32(&words);
    if (!is_written(self, bud.block, bud.offset) || is_named[bud.block])
      continue;
    is_named[bud.block] = 1;
    g_array_append_val(self->buds, bud);
  }
}

/* The log begins with the number of the commit that the master node tells, and names the blocks in
 * which changes stand that the index does not have. It goes round in its blocks, to an empty one,
 * or one that is older than the commit. */
static const char *read_journal(AkUbifs *self, const Master *master) {
  gsize at = 0;
  Node node;
  guint32 block = master->log;
  if (block < FIRST_LOG || block >= FIRST_LOG + self->log_blocks ||
      !place_of(self, block, 0, &at) || !read_node(self->data, self->size, at, &node) ||
      node.type != COMMIT_NODE)
    return "its log is damaged";
  AkWords words = ak_words_init(self->data, self->size, at + HEADER_SIZE, false);
  if (ak_words_u64(&words) != master->commit)
    return "its log is of another commit";
  self->commit = node.sequence;
  g_autofree guint8 *is_named = g_malloc0(self->size / self->block_size + 1);
  for (guint32 i = 0; i < self->log_blocks && node.sequence >= self->commit; i++) {
    add_buds(self, block, is_named);
    block = block + 1 < FIRST_LOG + self->log_blocks ? block + 1 : FIRST_LOG;
    if (!place_of(self, block, 0, &at) || !read_node(self->data, self->size, at, &node))
      return NULL;
  }
  return NULL;
}

/* --- the index ---------------------------------------------------------------------------------
 */

static bool know(AkUbifs *self, gsize at) {
  gsize step = at / 8;
  guint8 bit = (guint8)(1u << step % 8);
  bool is_new = (self->is_known[step / 8] & bit) == 0;
  self->is_known[step / 8] |= bit;
  return is_new;
}

/* A leaf: its own key says the same. */
static bool take_leaf(AkUbifs *self, gsize at, const Node *node, const guint8 *key) {
  static const guint8 types[] = {
      [AK_UBIFS_INODE] = 0, [AK_UBIFS_DATA] = 1, [AK_UBIFS_ENTRY] = 2, [AK_UBIFS_XATTR] = 3};
  AkWords words = ak_words_init(key, 8, 0, false);
  AkUbifsItem item = {.inode = ak_words_u32(&words), .at = at, .size = node->size};
  guint32 second = ak_words_u32(&words);
  guint kind = second >> 29;
  if (kind >= G_N_ELEMENTS(types) || node->type != types[kind] || node->size < KEY_AT + 8 ||
      memcmp(self->data + at + KEY_AT, key, 8) != 0)
    return false;
  item.kind = kind;
  item.place = second & 0x1fffffff;
  g_array_append_val(self->items, item);
  return true;
}

static bool walk(AkUbifs *self, gsize at, const Node *node, guint level, GError **error);

static bool walk_branch(AkUbifs *self, AkWords *words, guint level, GError **error) {
  guint32 block = ak_words_u32(words), offset = ak_words_u32(words), size = ak_words_u32(words);
  const guint8 *key = ak_words_bytes(words, 8);
  gsize at = 0;
  Node node;
  if (key == NULL || !place_of(self, block, offset, &at) ||
      !read_node(self->data, self->size, at, &node) || node.size != size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a damaged node at block %u, %u", block,
                        offset);
  if (!know(self, at))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a node that the index has twice");
  if (level > 0)
    return walk(self, at, &node, level - 1, error);
  return take_leaf(self, at, &node, key) ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "a node that its key does not fit");
}

/* Digests behind a key make branches longer: all branches are equally long. A damaged branch ends
 * itself alone; the first is told. */
static bool walk(AkUbifs *self, gsize at, const Node *node, guint level, GError **error) {
  AkWords words = ak_words_init(self->data, self->size, at + HEADER_SIZE, false);
  guint16 count = ak_words_u16(&words), own_level = ak_words_u16(&words);
  guint32 room = node->size - MIN(node->size, INDEX_HEADER);
  guint32 step = count > 0 ? room / count : 0;
  g_autoptr(GError) first = NULL;
  if (node->type != INDEX_NODE || own_level != level || count == 0 || step < BRANCH_SIZE)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a damaged index node");
  for (guint i = 0; i < count; i++) {
    AkWords branch =
        ak_words_init(self->data, self->size, at + INDEX_HEADER + (gsize)i * step, false);
    walk_branch(self, &branch, level, first == NULL ? &first : NULL);
  }
  bool ok = first == NULL;
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&first));
  return ok;
}

gint ak_ubifs_by_key(gconstpointer left, gconstpointer right) {
  const AkUbifsItem *a = left, *b = right;
  if (a->inode != b->inode)
    return a->inode < b->inode ? -1 : 1;
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  if (a->place != b->place)
    return a->place < b->place ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

bool ak_ubifs_read_index(AkUbifs *self, GError **error) {
  Master master = {0};
  gsize at = 0;
  Node node;
  self->items = g_array_new(FALSE, FALSE, sizeof(AkUbifsItem));
  self->buds = g_array_new(FALSE, FALSE, sizeof(AkUbifsBud));
  self->is_known = g_try_malloc0(self->size / 64 + 1);
  if (self->is_known == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  if (!find_master(self, &master))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "its master node is damaged");
  self->state = read_journal(self, &master);
  if (!place_of(self, master.root_block, master.root_offset, &at) ||
      !read_node(self->data, self->size, at, &node) || node.type != INDEX_NODE ||
      node.size != master.root_size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the root of its index is damaged");
  know(self, at);
  AkWords words = ak_words_init(self->data, self->size, at + HEADER_SIZE + 2, false);
  guint16 level = ak_words_u16(&words);
  if (level > MAX_LEVELS)
    return ak_error_set(error, AK_ERROR_LIMIT, "an index of %u levels", level);
  bool ok = walk(self, at, &node, level, error);
  if (ok && self->state == NULL)
    self->state = ak_ubifs_replay(self);
  if (self->state == NULL && self->buds->len == 0 && (master.flags & MASTER_DIRTY) != 0)
    self->state = "it was not put away cleanly";
  g_array_sort(self->items, ak_ubifs_by_key);
  return ok;
}

guint ak_ubifs_find(const AkUbifs *self, guint32 inode, AkUbifsKind kind) {
  guint from = 0, to = self->items->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    const AkUbifsItem *item = &g_array_index(self->items, AkUbifsItem, middle);
    if (item->inode < inode || (item->inode == inode && item->kind < kind))
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

/* --- the account -------------------------------------------------------------------------------
 */

static bool is_filling(const guint8 *data, gsize from, gsize to) {
  for (gsize i = from; i < to; i++)
    if (data[i] != 0xff && data[i] != 0x00 && data[i] != FILLING)
      return false;
  return true;
}

bool ak_ubifs_next_node(const AkUbifs *self, gsize from, gsize end, AkUbifsFound *out) {
  gsize odd = end;
  for (gsize at = from; at < end; at += 8) {
    Node node;
    bool is_node = read_node(self->data, end, at, &node);
    if (is_node && node.type != PAD_NODE) {
      *out = (AkUbifsFound){.odd = MIN(odd, at),
                            .at = at,
                            .size = node.size,
                            .type = node.type,
                            .sequence = node.sequence};
      return true;
    }
    if (is_node)
      at += 24; /* 28 bytes: a header, and how long the filling behind it is */
    else if (!is_filling(self->data, at, MIN(end, at + 8)))
      odd = MIN(odd, at);
  }
  *out = (AkUbifsFound){.odd = odd, .at = end};
  return false;
}
