#include "firmware/format/jffs2-image.h"

#include <string.h>
#include <zlib.h>

#include "firmware/format/words.h"

#define MAGIC 0x1985
#define ACCURATE 0x2000 /* cleared: the node is obsolete */
#define INCOMPATIBLE 0xc000
#define ENTRY_SIZE 40
#define PIECE_SIZE 68
#define XATTR_SIZE 32
#define XREF_SIZE 28
#define SUMMARY_SIZE 32
#define MAX_GAP (128u << 10) /* damaged bytes that nodes may still follow: an erase block */
#define MIN_SIZE (4u << 10)  /* of a filesystem that another one follows: an erase block */
#define END_MARK "\xde\xad\xc0\xde"
enum {
  ENTRY = 0xe001,
  PIECE = 0xe002,
  CLEAN_MARKER = 0x2003,
  PADDING = 0x2004,
  SUMMARY = 0x2006,
  XATTR = 0xe008,
  XREF = 0xe009,
};

typedef struct {
  gsize at;
  guint16 type; /* with ACCURATE */
  guint32 size;
  bool is_obsolete;
} Node;

/* CRC-32 as Linux's crc32(0, …): neither begun nor ended with an inversion. */
static guint32 crc_of(const guint8 *data, gsize size) {
  return ~(guint32)crc32_z(0xffffffffu, data, size);
}

static bool read_header(const guint8 *data, gsize size, gsize at, bool is_big, Node *out) {
  AkWords words = ak_words_init(data, size, at, is_big);
  guint16 magic = ak_words_u16(&words), type = ak_words_u16(&words);
  *out = (Node){.at = at, .type = type | ACCURATE, .is_obsolete = (type & ACCURATE) == 0};
  out->size = ak_words_u32(&words);
  guint32 crc = ak_words_u32(&words);
  if (words.failed || magic != MAGIC || out->size < AK_JFFS2_HEADER_SIZE || out->size > size - at)
    return false;
  guint8 header[8];
  memcpy(header, data + at, sizeof header);
  header[is_big ? 2 : 3] |= ACCURATE >> 8;
  return crc == crc_of(header, sizeof header);
}

/* How many bytes of each kind of node the CRC at their end covers, and where that stands. */
static const struct {
  guint16 type;
  guint8 size, covered, crc_at;
} kinds[] = {
    {ENTRY, ENTRY_SIZE, 32, 32}, {PIECE, PIECE_SIZE, 60, 64},     {CLEAN_MARKER, 12, 0, 0},
    {PADDING, 12, 0, 0},         {SUMMARY, SUMMARY_SIZE, 24, 28}, {XATTR, XATTR_SIZE, 28, 28},
    {XREF, XREF_SIZE, 24, 24},
};

/* -1: of no known kind; 0: damaged; 1: sound. */
static int check_node(const guint8 *data, const Node *node, bool is_big) {
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    if (kinds[i].type != node->type)
      continue;
    AkWords words = ak_words_init(data + node->at, node->size, kinds[i].crc_at, is_big);
    if (node->size < kinds[i].size)
      return 0;
    guint8 covered[PIECE_SIZE];
    memcpy(covered, data + node->at, kinds[i].covered);
    covered[is_big ? 2 : 3] |= ACCURATE >> 8;
    return kinds[i].covered == 0 || ak_words_u32(&words) == crc_of(covered, kinds[i].covered);
  }
  return -1;
}

guint ak_jffs2_first_node(const guint8 *data, gsize size, bool *is_big) {
  Node node;
  if (size < AK_JFFS2_HEADER_SIZE)
    return 0;
  *is_big = data[0] == MAGIC >> 8;
  if (!read_header(data, size, 0, *is_big, &node) || check_node(data, &node, *is_big) <= 0)
    return 0;
  return node.type == CLEAN_MARKER || node.type == PADDING ? 48 : 80;
}

/* --- tables ------------------------------------------------------------------------------------
 */

static void damage(AkJffs2 *self, const char *what, gsize at) {
  if (self->damage == NULL) {
    self->damage = g_strdup_printf("%s at %" G_GSIZE_FORMAT, what, at);
    self->damage_at = at;
  }
}

static void take_entry(AkJffs2 *self, const guint8 *data, const Node *node) {
  AkWords words = ak_words_init(data + node->at, node->size, AK_JFFS2_HEADER_SIZE, self->is_big);
  AkJffs2Entry entry = {.at = node->at};
  entry.parent = ak_words_u32(&words);
  entry.version = ak_words_u32(&words);
  entry.inode = ak_words_u32(&words);
  ak_words_skip(&words, 4);
  entry.name_size = ak_words_u8(&words);
  entry.type = ak_words_u8(&words);
  ak_words_skip(&words, 6);
  guint32 crc = ak_words_u32(&words);
  entry.name = ak_words_bytes(&words, entry.name_size);
  if (entry.name == NULL || crc != crc_of(entry.name, entry.name_size))
    damage(self, "a name with another checksum", node->at);
  else if (!node->is_obsolete)
    g_array_append_val(self->entries, entry);
}

static void take_piece(AkJffs2 *self, const guint8 *data, const Node *node) {
  AkWords words = ak_words_init(data + node->at, node->size, AK_JFFS2_HEADER_SIZE, self->is_big);
  AkJffs2Piece piece = {.at = node->at, .is_obsolete = node->is_obsolete};
  piece.inode = ak_words_u32(&words);
  piece.version = ak_words_u32(&words);
  piece.mode = ak_words_u32(&words);
  piece.uid = ak_words_u16(&words);
  piece.gid = ak_words_u16(&words);
  piece.size = ak_words_u32(&words);
  ak_words_skip(&words, 12);
  piece.offset = ak_words_u32(&words);
  piece.packed_size = ak_words_u32(&words);
  piece.unpacked = ak_words_u32(&words);
  piece.compression = ak_words_u8(&words);
  ak_words_skip(&words, 3);
  guint32 crc = ak_words_u32(&words);
  ak_words_skip(&words, 4);
  piece.packed = ak_words_bytes(&words, piece.packed_size);
  if (piece.packed == NULL || crc != crc_of(piece.packed, piece.packed_size))
    damage(self, "data with another checksum", node->at);
  else
    g_array_append_val(self->pieces, piece);
}

/* A summary says again what its block's nodes say; its second CRC covers that. */
static void check_summary(AkJffs2 *self, const guint8 *data, const Node *node) {
  AkWords words = ak_words_init(data + node->at, node->size, 24, self->is_big);
  guint32 crc = ak_words_u32(&words);
  if (crc != crc_of(data + node->at + SUMMARY_SIZE, node->size - SUMMARY_SIZE))
    damage(self, "a summary with another checksum", node->at);
}

static bool is_erased(const guint8 *data, gsize from, gsize to) {
  for (gsize i = from; i < to; i++)
    if (data[i] != 0x00 && data[i] != 0xff)
      return false;
  return true;
}

static void take_node(AkJffs2 *self, const guint8 *data, const Node *node) {
  int state = check_node(data, node, self->is_big);
  if (state == 0) {
    damage(self, "a node with another checksum", node->at);
  } else if (state < 0 && (node->type & INCOMPATIBLE) == INCOMPATIBLE) {
    damage(self, "a node of an unknown kind", node->at);
  } else if (node->type == ENTRY) {
    take_entry(self, data, node);
  } else if (node->type == PIECE) {
    take_piece(self, data, node);
  } else if (node->type == SUMMARY) {
    check_summary(self, data, node);
  } else if (node->type != XATTR && node->type != XREF &&
             !is_erased(data, node->at + AK_JFFS2_HEADER_SIZE, node->at + node->size)) {
    damage(self, "something in a node that should be empty", node->at);
  }
}

/* --- the scan ----------------------------------------------------------------------------------
 */

static gsize filled_up(gsize offset) {
  return (offset + 3) / 4 * 4;
}

/* Over erased flash and marks of the end. */
static gsize skip_empty(const guint8 *data, gsize size, gsize at) {
  while (at < size) {
    gsize step = MIN(size - at, 4);
    bool is_mark = step == 4 && memcmp(data + at, END_MARK, 4) == 0;
    if (!is_mark && !is_erased(data, at, at + step))
      return at;
    at += step;
  }
  return size;
}

/* The next node behind something that is none, or false. */
static bool find_node(const AkJffs2 *self, const guint8 *data, gsize size, gsize at, Node *node) {
  gsize end = at + MIN(size - at, MAX_GAP);
  for (gsize next = filled_up(at + 1); next < end; next += 4)
    if (read_header(data, size, next, self->is_big, node))
      return true;
  return false;
}

static void collect(AkJffs2 *self, const guint8 *data, gsize size) {
  Node node;
  for (gsize at = 0; (at = skip_empty(data, size, at)) < size;) {
    if (!read_header(data, size, at, self->is_big, &node)) {
      if (!find_node(self, data, size, at, &node))
        return;
      damage(self, "something that is no node", at);
    }
    take_node(self, data, &node);
    self->end = node.at + node.size;
    at = MIN(filled_up(self->end), size);
    if (!is_erased(data, self->end, at))
      damage(self, "something between nodes", self->end);
    self->end = at;
  }
}

static gint compare(guint64 a, guint64 b) {
  return a < b ? -1 : a > b;
}

static gint by_name(gconstpointer left, gconstpointer right) {
  const AkJffs2Entry *a = left, *b = right;
  gint order = compare(a->parent, b->parent);
  if (order == 0)
    order = memcmp(a->name, b->name, MIN(a->name_size, b->name_size));
  if (order == 0)
    order = compare(a->name_size, b->name_size);
  if (order == 0)
    order = compare(a->version, b->version);
  return order != 0 ? order : compare(a->at, b->at);
}

static gint by_entry_version(gconstpointer left, gconstpointer right) {
  const AkJffs2Entry *a = left, *b = right;
  gint order = compare(a->parent, b->parent);
  if (order == 0)
    order = compare(a->version, b->version);
  return order != 0 ? order : compare(a->at, b->at);
}

static gint by_inode(gconstpointer left, gconstpointer right) {
  const AkJffs2Piece *a = left, *b = right;
  gint order = compare(a->inode, b->inode);
  if (order == 0)
    order = compare(a->version, b->version);
  return order != 0 ? order : compare(a->at, b->at);
}

bool ak_jffs2_same_name(const AkJffs2Entry *a, const AkJffs2Entry *b) {
  return a->parent == b->parent && a->name_size == b->name_size &&
         memcmp(a->name, b->name, a->name_size) == 0;
}

static bool same_piece(const AkJffs2Piece *a, const AkJffs2Piece *b) {
  return a->mode == b->mode && a->size == b->size && a->offset == b->offset &&
         a->unpacked == b->unpacked && a->compression == b->compression &&
         a->packed_size == b->packed_size && memcmp(a->packed, b->packed, a->packed_size) == 0;
}

/* Versions are given once in a folder or file. The first node that has one again, and says
 * something else, belongs to another filesystem behind this one. */
static gsize find_other(AkJffs2 *self) {
  gsize other = G_MAXSIZE;
  g_array_sort(self->entries, by_entry_version);
  for (guint i = 1; i < self->entries->len; i++) {
    const AkJffs2Entry *a = &g_array_index(self->entries, AkJffs2Entry, i - 1), *b = a + 1;
    if (a->parent == b->parent && a->version == b->version &&
        (!ak_jffs2_same_name(a, b) || a->inode != b->inode))
      other = MIN(other, b->at);
  }
  g_array_sort(self->pieces, by_inode);
  for (guint i = 1; i < self->pieces->len; i++) {
    const AkJffs2Piece *a = &g_array_index(self->pieces, AkJffs2Piece, i - 1), *b = a + 1;
    if (a->inode == b->inode && a->version == b->version && !a->is_obsolete && !b->is_obsolete &&
        !same_piece(a, b))
      other = MIN(other, b->at);
  }
  return other;
}

static void drop_from(AkJffs2 *self, gsize other) {
  guint kept = 0;
  for (guint i = 0; i < self->entries->len; i++) {
    AkJffs2Entry entry = g_array_index(self->entries, AkJffs2Entry, i);
    if (entry.at < other)
      g_array_index(self->entries, AkJffs2Entry, kept++) = entry;
  }
  g_array_set_size(self->entries, kept);
  kept = 0;
  for (guint i = 0; i < self->pieces->len; i++) {
    AkJffs2Piece piece = g_array_index(self->pieces, AkJffs2Piece, i);
    if (piece.at < other)
      g_array_index(self->pieces, AkJffs2Piece, kept++) = piece;
  }
  g_array_set_size(self->pieces, kept);
  self->end = MIN(self->end, other);
  if (self->damage_at >= other)
    g_clear_pointer(&self->damage, g_free);
}

bool ak_jffs2_scan(AkJffs2 *self, const guint8 *data, gsize size) {
  *self = (AkJffs2){0};
  if (ak_jffs2_first_node(data, size, &self->is_big) == 0)
    return false;
  self->entries = g_array_new(FALSE, FALSE, sizeof(AkJffs2Entry));
  self->pieces = g_array_new(FALSE, FALSE, sizeof(AkJffs2Piece));
  collect(self, data, size);
  gsize other = find_other(self);
  if (other >= MIN_SIZE)
    drop_from(self, other);
  else
    damage(self, "a version that another node has already", other);
  g_array_sort(self->entries, by_name);
  return true;
}

void ak_jffs2_clear(AkJffs2 *self) {
  g_clear_pointer(&self->entries, g_array_unref);
  g_clear_pointer(&self->pieces, g_array_unref);
  g_clear_pointer(&self->damage, g_free);
}

guint ak_jffs2_find_folder(const AkJffs2 *self, guint32 parent) {
  guint from = 0, to = self->entries->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    if (g_array_index(self->entries, AkJffs2Entry, middle).parent < parent)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

guint ak_jffs2_find_inode(const AkJffs2 *self, guint32 inode) {
  guint from = 0, to = self->pieces->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    if (g_array_index(self->pieces, AkJffs2Piece, middle).inode < inode)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}
