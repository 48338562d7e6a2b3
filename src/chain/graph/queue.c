#include "chain/graph/queue.h"

enum { NEAR = 1024, WORD_BITS = 64, LEVELS = 6 /* of 64 each: more than atoms have numbers */ };

struct _AkChainQueue {
  guint64 effort;        /* at hand */
  guint64 *bits[LEVELS]; /* those of the effort at hand; above, a bit a word that is not 0 */
  guint levels;
  GArray *near[NEAR];            /* of guint32, by effort modulo NEAR; NULL: never was one */
  guint64 filled[NEAR / WORD_BITS]; /* a bit a list that is not empty */
  GArray *far;                   /* a heap */
};

AkChainQueue *ak_chain_queue_new(guint32 atoms) {
  AkChainQueue *self = g_new0(AkChainQueue, 1);
  gsize words = (gsize)atoms / WORD_BITS + 1;
  do {
    self->bits[self->levels++] = g_new0(guint64, words);
    words = (words - 1) / WORD_BITS + 1;
  } while (words > 1 && self->levels < LEVELS - 1);
  self->bits[self->levels++] = g_new0(guint64, words);
  self->far = g_array_new(FALSE, FALSE, sizeof(AkChainHeapEntry));
  return self;
}

void ak_chain_queue_free(AkChainQueue *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->levels; i++)
    g_free(self->bits[i]);
  for (guint i = 0; i < NEAR; i++)
    if (self->near[i] != NULL)
      g_array_unref(self->near[i]);
  g_array_unref(self->far);
  g_free(self);
}

/* --- the effort at hand ----------------------------------------------------------------------------------------- */

static void set_bit(AkChainQueue *self, guint32 atom) {
  guint64 place = atom;
  for (guint level = 0; level < self->levels; level++, place /= WORD_BITS) {
    guint64 *word = &self->bits[level][place / WORD_BITS];
    bool had_some = *word != 0;
    *word |= (guint64)1 << place % WORD_BITS;
    if (had_some)
      return;
  }
}

static void clear_bit(AkChainQueue *self, guint32 atom) {
  guint64 place = atom;
  for (guint level = 0; level < self->levels; level++, place /= WORD_BITS) {
    guint64 *word = &self->bits[level][place / WORD_BITS];
    *word &= ~((guint64)1 << place % WORD_BITS);
    if (*word != 0)
      return;
  }
}

static bool take_lowest(AkChainQueue *self, guint32 *atom) {
  guint64 place = 0;
  if (self->bits[self->levels - 1][0] == 0)
    return false;
  for (guint level = self->levels; level-- > 0;)
    place = place * WORD_BITS + (guint64)__builtin_ctzll(self->bits[level][place]);
  *atom = (guint32)place;
  clear_bit(self, *atom);
  return true;
}

/* --- later ones ------------------------------------------------------------------------------------------------- */

void ak_chain_queue_add(AkChainQueue *self, guint64 effort, guint32 atom) {
  guint at = (guint)(effort % NEAR);
  if (effort == self->effort) {
    set_bit(self, atom);
    return;
  }
  if (effort - self->effort >= NEAR) {
    ak_chain_heap_add(self->far, effort, atom);
    return;
  }
  if (self->near[at] == NULL)
    self->near[at] = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_array_append_val(self->near[at], atom);
  self->filled[at / WORD_BITS] |= (guint64)1 << at % WORD_BITS;
}

/* How far it is to the next list that is not empty; NEAR: there is none. */
static guint distance_of(const AkChainQueue *self) {
  guint begin = (guint)(self->effort % NEAR), distance = 1;
  while (distance < NEAR) {
    guint at = (begin + distance) % NEAR;
    guint64 word = self->filled[at / WORD_BITS] >> at % WORD_BITS;
    if (word != 0)
      return MIN(distance + (guint)__builtin_ctzll(word), NEAR);
    distance += WORD_BITS - at % WORD_BITS;
  }
  return NEAR;
}

/* The list of the effort at hand becomes bits; so do those of the heap. */
static void take_over(AkChainQueue *self) {
  guint at = (guint)(self->effort % NEAR);
  GArray *list = self->filled[at / WORD_BITS] >> at % WORD_BITS & 1 ? self->near[at] : NULL;
  for (guint i = 0; list != NULL && i < list->len; i++)
    set_bit(self, g_array_index(list, guint32, i));
  if (list != NULL)
    g_array_set_size(list, 0);
  self->filled[at / WORD_BITS] &= ~((guint64)1 << at % WORD_BITS);
  while (self->far->len > 0 && g_array_index(self->far, AkChainHeapEntry, 0).key == self->effort)
    set_bit(self, ak_chain_heap_take(self->far).atom);
}

static bool go_on(AkChainQueue *self) {
  guint distance = distance_of(self);
  guint64 far = self->far->len > 0 ? g_array_index(self->far, AkChainHeapEntry, 0).key - self->effort : G_MAXUINT64;
  if (distance == NEAR && self->far->len == 0)
    return false;
  self->effort += distance < NEAR ? MIN(distance, far) : far;
  take_over(self);
  return true;
}

bool ak_chain_queue_take(AkChainQueue *self, guint64 *effort, guint32 *atom) {
  while (!take_lowest(self, atom))
    if (!go_on(self))
      return false;
  *effort = self->effort;
  return true;
}
