/* The starter corpora for HTTP. Both are closed and the caller's; `document` is a file of
 * data/effect. */
#pragma once

#include "core/effect.h"
#include "util/json.h"

/* Attacks: each seed as it is, and `variants` of its other spellings (0 … 8), chosen by `seed`. */
AkEffectCorpus *ak_starter_attacks(const json_t *document, guint variants, guint64 seed,
                                   GError **error);

/* Harmless work: texts in forms, searches and JSON, pages, files, addresses; Japanese and English.
 */
AkEffectCorpus *ak_starter_work(const json_t *document, guint64 seed, GError **error);
