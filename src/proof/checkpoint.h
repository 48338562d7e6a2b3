/* The body of a log's checkpoint: which log, how many leaves, which root. Source: C2SP
 * tlog-checkpoint v1.0.0. Pure. */
#pragma once

#include "proof/note.h"

typedef struct {
  char *origin;     /* not empty, one line */
  guint64 size;     /* leaves */
  AkDigest root;    /* RFC 9162 */
  GStrv extensions; /* opaque, non-empty lines; NULL-terminated, never NULL */
} AkCheckpoint;

/* The text of a note: at least three non-empty lines. Refuses any other spelling than
 * ak_checkpoint_format's; errors name the line. */
AkCheckpoint *ak_checkpoint_parse(const char *text, GError **error);
/* Caller frees. `extensions` may be NULL. */
char *ak_checkpoint_format(const char *origin, guint64 size, const AkDigest *root,
                           const char *const *extensions);
void ak_checkpoint_free(AkCheckpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCheckpoint, ak_checkpoint_free)

/* Parses a signed checkpoint of `size` bytes and verifies the line of `key`, whose name must be the
 * origin. INVALID_DATA or NOT_FOUND with what does not hold. `note` (may be NULL) gets the note. */
AkCheckpoint *ak_checkpoint_open(const char *data, gsize size, const AkNoteKey *key, AkNote **note,
                                 GError **error);
