/* What a person reads instead of an identifier: properties and tests by what their descriptors say,
 * other names by the texts word.GROUP.NAME. The identifier itself where nothing is known. */
#pragma once

#include "core/test.h"
#include "util/text.h"

/* "accepted versions (tls.versions)"; caller frees. */
char *ak_words_property(AkLang lang, const char *property);
/* "accepted versions": without the identifier; borrowed. */
const char *ak_words_of_property(AkLang lang, const char *property);
/* "TLS (probe.tls)"; caller frees. */
char *ak_words_test(AkLang lang, const char *id);
/* The text word.GROUP.NAME, or `name`; borrowed. */
const char *ak_words_name(AkLang lang, const char *group, const char *name);
/* "1024 bits": a number with its unit's word, or alone where it has none; caller frees. */
char *ak_words_quantity(AkLang lang, gint64 number, const char *unit);
