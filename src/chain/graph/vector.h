/* 32-bit numbers that grow at the end; fewer than 2^32 of them. A vector of zero bytes is empty. */
#pragma once

#include "util/error.h"
#include "util/large.h"

typedef struct {
  guint32 *data;
  guint32 count, room;
} AkChainVector;

/* False where memory or numbers end. */
bool ak_chain_vector_grow(AkChainVector *self);

/* Room for `more` numbers at the end. */
bool ak_chain_vector_reserve(AkChainVector *self, guint32 more);

static inline bool ak_chain_vector_add(AkChainVector *self, guint32 value) {
  if (self->count == self->room && !ak_chain_vector_grow(self))
    return false;
  self->data[self->count++] = value;
  return true;
}

static inline void ak_chain_vector_clear(AkChainVector *self) {
  g_clear_pointer(&self->data, ak_large_free);
  self->count = self->room = 0;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainVector, ak_chain_vector_clear)

/* Hands over the numbers, in no more memory than they need; never NULL. To be freed by ak_large_free. */
guint32 *ak_chain_vector_steal(AkChainVector *self);
