#include "exchange/yaml-arena.h"

#include <string.h>

enum { FIRST_BYTES = 4 << 10, MOST_BYTES = 1 << 20, ALIGNED = 8 };

struct _AkYamlBlock {
  AkYamlBlock *older;
  gsize size, used; /* bytes of `bytes` */
  _Alignas(ALIGNED) char bytes[];
};

static void grow(AkYamlArena *self, gsize size) {
  gsize wanted = self->block != NULL ? MIN(2 * self->block->size, MOST_BYTES) : FIRST_BYTES;
  wanted = MAX(wanted, size);
  AkYamlBlock *block = g_malloc(sizeof *block + wanted);
  block->older = self->block;
  block->size = wanted;
  block->used = 0;
  self->block = block;
}

static gpointer cut(AkYamlArena *self, gsize size) {
  size = (size + ALIGNED - 1) & ~(gsize)(ALIGNED - 1);
  if (self->block == NULL || self->block->size - self->block->used < size)
    grow(self, size);
  gpointer out = self->block->bytes + self->block->used;
  self->block->used += size;
  return out;
}

gpointer ak_yaml_arena_new(AkYamlArena *self, gsize size) {
  return memset(cut(self, size), 0, size);
}

char *ak_yaml_arena_text(AkYamlArena *self, const char *text, gsize length) {
  char *out = cut(self, length + 1);
  memcpy(out, text, length);
  out[length] = '\0';
  return out;
}

static void free_blocks(AkYamlBlock *block) {
  while (block != NULL) {
    AkYamlBlock *older = block->older;
    g_free(block);
    block = older;
  }
}

/* The newest block is the largest but for one item's own: a block of more than the usual is not
 * kept. */
void ak_yaml_arena_empty(AkYamlArena *self) {
  if (self->block == NULL)
    return;
  free_blocks(g_steal_pointer(&self->block->older));
  self->block->used = 0;
  if (self->block->size > MOST_BYTES)
    ak_yaml_arena_clear(self);
}

void ak_yaml_arena_clear(AkYamlArena *self) {
  free_blocks(g_steal_pointer(&self->block));
}
