/* A corpus in akashi's own form: lines of JSON, the first about the corpus, each other a case.
 * Format: docs/formats/corpus.md. */
#pragma once

#include "core/effect.h"

#define AK_CORPUS_CASE_BYTES (128 * 1024 * 1024) /* of one case */
#define AK_CORPUS_MAX_CASES 1000000
#define AK_CORPUS_MAX_BYTES (G_GINT64_CONSTANT(4) << 30) /* of a file */

/* The corpus of `size` bytes, closed; the caller's. INVALID_DATA "WHERE:LINE: reason" for what
 * breaks the form, for cases that do not give the digest of the first line, CONFLICT for an id that
 * stands twice; LIMIT above the limits. */
AkEffectCorpus *ak_corpus_parse(const char *data, gsize size, const char *where, GError **error);
AkEffectCorpus *ak_corpus_read(const char *path, GError **error);

/* Writes the file whole or not at all, a case at a time; the corpus must be closed. */
bool ak_corpus_write(const AkEffectCorpus *self, const char *path, GError **error);

bool ak_exchange_corpus_fuzz(const guint8 *data, gsize size);
