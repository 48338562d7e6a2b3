/* Memory that is given back all at once: blocks that grow, out of which nodes and their texts are cut one behind the other. */
#pragma once

#include <glib.h>

typedef struct _AkYamlBlock AkYamlBlock;
typedef struct {
  AkYamlBlock *block; /* the newest; NULL in one that is empty */
} AkYamlArena;

/* Zeroed, aligned for any node; lives until the arena is emptied or freed. */
gpointer ak_yaml_arena_new(AkYamlArena *self, gsize size);
/* A copy of `length` bytes with a NUL behind them. */
char *ak_yaml_arena_text(AkYamlArena *self, const char *text, gsize length);
/* All that was cut is gone; the largest block stays for what comes next. */
void ak_yaml_arena_empty(AkYamlArena *self);
void ak_yaml_arena_clear(AkYamlArena *self);
