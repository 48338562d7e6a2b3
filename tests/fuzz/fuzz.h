/* What the fuzz driver runs: one target a parser, the table made from the folders' `parsers` lists.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  const char *name; /* "proof/note" */
  /* True if the input was accepted. Must not crash, hang, or use memory out of proportion. */
  bool (*run)(const guint8 *data, gsize size);
} AkFuzzTarget;

extern const AkFuzzTarget ak_fuzz_table[]; /* generated; ends with a NULL name */
