/* A rule's expression as a sentence, made from texts by id (data/text/LANG/say.po). */
#pragma once

#include "catalog/catalog.h"
#include "util/text.h"

/* Caller frees. The raw expression stays beside it, as the detail that decides. */
char *ak_say(AkLang lang, const AkExpression *expression, const AkCatalog *catalog);
