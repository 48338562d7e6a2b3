#include <string.h>

#include "firmware/format/ubifs-image.h"
#include "firmware/format/words.h"

#define MAX_CUTS_OF_FILES 1000u
#define NOT_REPLAYED "its journal was not replayed: files may be older than what was written last; "
enum { INODE_NODE, DATA_NODE, ENTRY_NODE, XATTR_NODE, CUT_NODE };
enum {
  KEY_AT = 24,
  LINKS_AT = 92,
  TARGET_AT = 40,
  NAME_SIZE_AT = 50,
  NAME_AT = 56,
  NEW_SIZE_AT = 48
};

/* A file was made shorter: blocks from `from` on that were written before went. */
typedef struct {
  guint32 inode;
  guint64 from, sequence;
} Cut;

typedef struct {
  AkUbifs *image;
  GArray *items, *cuts; /* of AkUbifsItem, Cut */
} Replay;

static AkWords words_at(const Replay *self, const AkUbifsItem *item, gsize offset) {
  return ak_words_init(self->image->data + item->at, item->size, offset, false);
}

static bool is_entry(const AkUbifsItem *item) {
  return item->kind == AK_UBIFS_ENTRY || item->kind == AK_UBIFS_XATTR;
}

/* An entry to no inode, an inode without links. */
static bool is_removal(const Replay *self, const AkUbifsItem *item) {
  AkWords words = words_at(self, item, is_entry(item) ? TARGET_AT : LINKS_AT);
  if (item->sequence == 0 || item->kind == AK_UBIFS_DATA)
    return false;
  return (is_entry(item) ? ak_words_u64(&words) : ak_words_u32(&words)) == 0;
}

/* --- what stands in the journal -------------------------------------------------------------- */

static bool take_cut(Replay *self, const AkUbifsFound *found) {
  AkWords words = ak_words_init(self->image->data + found->at, found->size, KEY_AT, false);
  Cut cut = {.inode = ak_words_u32(&words), .sequence = found->sequence};
  ak_words_skip(&words, NEW_SIZE_AT - KEY_AT - 4);
  guint64 size = ak_words_u64(&words);
  cut.from = size / AK_UBIFS_BLOCK_SIZE + (size % AK_UBIFS_BLOCK_SIZE != 0);
  if (words.failed || self->cuts->len >= MAX_CUTS_OF_FILES)
    return false;
  g_array_append_val(self->cuts, cut);
  return true;
}

static bool take_item(Replay *self, const AkUbifsFound *found) {
  static const guint8 types[] = {[AK_UBIFS_INODE] = INODE_NODE,
                                 [AK_UBIFS_DATA] = DATA_NODE,
                                 [AK_UBIFS_ENTRY] = ENTRY_NODE,
                                 [AK_UBIFS_XATTR] = XATTR_NODE};
  AkWords words = ak_words_init(self->image->data + found->at, found->size, KEY_AT, false);
  AkUbifsItem item = {.inode = ak_words_u32(&words),
                      .at = found->at,
                      .size = found->size,
                      .sequence = found->sequence};
  guint32 second = ak_words_u32(&words), kind = second >> 29;
  if (words.failed || kind >= G_N_ELEMENTS(types) || types[kind] != found->type)
    return false;
  item.kind = kind;
  item.place = second & 0x1fffffff;
  g_array_append_val(self->items, item);
  return true;
}

static const char *read_bud(Replay *self, const AkUbifsBud *bud) {
  const AkUbifs *image = self->image;
  guint64 block = (guint64)bud->block * image->block_size;
  gsize end = (gsize)MIN(block + image->block_size, image->size);
  AkUbifsFound found;
  for (gsize from = (gsize)block + bud->offset; from < end;
       from = found.at + (found.size + 7) / 8 * 8) {
    bool more = ak_ubifs_next_node(image, from, end, &found);
    if (found.odd < found.at)
      return NOT_REPLAYED "it is damaged";
    if (!more)
      return NULL;
    if (found.sequence <= image->commit)
      return NOT_REPLAYED "it names what is older than its index";
    if (found.type <= CUT_NODE &&
        !(found.type == CUT_NODE ? take_cut(self, &found) : take_item(self, &found)))
      return NOT_REPLAYED "it holds what is not understood";
  }
  return NULL;
}

/* --- what comes of it ------------------------------------------------------------------------ */

static const guint8 *name_of(const AkUbifs *image, const AkUbifsItem *item, gsize *size) {
  AkWords words = ak_words_init(image->data + item->at, item->size, NAME_SIZE_AT, false);
  *size = ak_words_u16(&words);
  ak_words_skip(&words, NAME_AT - NAME_SIZE_AT - 2);
  const guint8 *name = ak_words_bytes(&words, (guint32)*size);
  *size = name != NULL ? *size : 0;
  return name;
}

/* Entries of one hash are told apart by their names. */
static gint by_thing(const AkUbifs *image, const AkUbifsItem *a, const AkUbifsItem *b) {
  gsize left = 0, right = 0;
  if (a->inode != b->inode)
    return a->inode < b->inode ? -1 : 1;
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  if (a->place != b->place)
    return a->place < b->place ? -1 : 1;
  if (!is_entry(a))
    return 0;
  const guint8 *one = name_of(image, a, &left), *other = name_of(image, b, &right);
  gint order = MIN(left, right) > 0 ? memcmp(one, other, MIN(left, right)) : 0;
  return order != 0 ? order : left < right ? -1 : left > right;
}

static gint by_thing_and_time(gconstpointer left, gconstpointer right, gpointer image) {
  const AkUbifsItem *a = left, *b = right;
  gint order = by_thing(image, a, b);
  if (order != 0)
    return order;
  if (a->sequence != b->sequence)
    return a->sequence < b->sequence ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

static void set_known(AkUbifs *image, gsize at, bool is_known) {
  guint8 bit = (guint8)(1u << at / 8 % 8);
  if (is_known)
    image->is_known[at / 64] |= bit;
  else
    image->is_known[at / 64] &= (guint8)~bit;
}

static bool is_cut_off(const Replay *self, const AkUbifsItem *item) {
  for (guint i = 0; item->kind == AK_UBIFS_DATA && i < self->cuts->len; i++) {
    const Cut *cut = &g_array_index(self->cuts, Cut, i);
    if (cut->inode == item->inode && item->place >= cut->from && item->sequence < cut->sequence)
      return true;
  }
  return false;
}

/* Of each thing the last one, unless it or its inode was removed since. */
static void apply(Replay *self) {
  AkUbifs *image = self->image;
  GArray *kept = g_array_new(FALSE, FALSE, sizeof(AkUbifsItem));
  guint64 removed = 0; /* when the inode was last */
  guint32 inode = 0;
  g_array_sort_with_data(self->items, by_thing_and_time, image);
  for (guint i = 0; i < self->items->len; i++) {
    const AkUbifsItem *item = &g_array_index(self->items, AkUbifsItem, i);
    const AkUbifsItem *next = i + 1 < self->items->len ? item + 1 : NULL;
    if (i == 0 || item->inode != inode)
      removed = 0;
    inode = item->inode;
    if (item->kind == AK_UBIFS_INODE && is_removal(self, item))
      removed = item->sequence;
    bool is_last = next == NULL || by_thing(image, item, next) != 0;
    bool is_gone = is_removal(self, item) || (removed > 0 && item->sequence <= removed);
    bool stays = is_last && !is_gone && !is_cut_off(self, item);
    if (stays)
      g_array_append_val(kept, *item);
    /* a removed entry holds a name alone, which was applied */
    set_known(image, item->at, stays || (is_entry(item) && is_removal(self, item)));
  }
  g_array_unref(image->items);
  image->items = kept;
}

const char *ak_ubifs_replay(AkUbifs *self) {
  g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(AkUbifsItem));
  g_autoptr(GArray) cuts = g_array_new(FALSE, FALSE, sizeof(Cut));
  Replay replay = {.image = self, .items = items, .cuts = cuts};
  if (self->buds->len == 0)
    return NULL;
  for (guint i = 0; i < self->buds->len; i++) {
    const char *failure = read_bud(&replay, &g_array_index(self->buds, AkUbifsBud, i));
    if (failure != NULL)
      return failure;
  }
  g_array_append_vals(items, self->items->data, self->items->len);
  apply(&replay);
  return NULL;
}
