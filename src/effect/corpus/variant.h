/* Ways to write the same value otherwise, so that a rule that knows one spelling is seen to know
 * one. */
#pragma once

#include "effect/corpus/draft.h"

/* Names of all ways; ends with NULL. */
extern const char *const ak_variant_names[];

/* The value in another spelling, and in `style` how the request is written; caller frees. The same
 * `seed` gives the same spelling. NULL: the value has no such other spelling. CONFIG for a name
 * that is none. */
GString *ak_variant_make(const char *name, const char *value, gsize size, guint64 seed,
                         AkDraftStyle *style, GError **error);
