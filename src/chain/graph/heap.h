/* Atoms by a number, the least first; of equal numbers the lower atom, so that equal inputs give equal answers. A GArray of
 * AkChainHeapEntry, empty at first. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 key;
  guint32 atom;
} AkChainHeapEntry;

static inline gboolean ak_chain_heap_is_before(const AkChainHeapEntry *a, const AkChainHeapEntry *b) {
  return a->key < b->key || (a->key == b->key && a->atom < b->atom);
}

static inline void ak_chain_heap_add(GArray *heap, guint64 key, guint32 atom) {
  AkChainHeapEntry added = {key, atom};
  g_array_append_val(heap, added);
  AkChainHeapEntry *entries = (gpointer)heap->data;
  guint at = heap->len - 1;
  for (; at > 0 && ak_chain_heap_is_before(&added, &entries[(at - 1) / 2]); at = (at - 1) / 2)
    entries[at] = entries[(at - 1) / 2];
  entries[at] = added;
}

/* The heap must not be empty. */
static inline AkChainHeapEntry ak_chain_heap_take(GArray *heap) {
  AkChainHeapEntry *entries = (gpointer)heap->data;
  AkChainHeapEntry least = entries[0], last = entries[heap->len - 1];
  guint count = heap->len - 1, at = 0;
  while (at * 2 + 1 < count) {
    guint child = at * 2 + 1;
    if (child + 1 < count && ak_chain_heap_is_before(&entries[child + 1], &entries[child]))
      child++;
    if (!ak_chain_heap_is_before(&entries[child], &last))
      break;
    entries[at] = entries[child];
    at = child;
  }
  entries[at] = last; /* where none is left, behind the end */
  g_array_set_size(heap, count);
  return least;
}
