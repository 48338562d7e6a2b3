/* What a chain names of the knowledge and the knowledge does not hold, told by where it stands. */
#pragma once

#include "chain/knowledge/knowledge.h"
#include "util/text.h"

/* Functions, requirements, incidents and risk sources of a chain file that can be read; `problems` (of AkProblem) gets those that
 * there are not. */
void ak_app_chain_names_check(const AkChainKnowledge *knowledge, const char *text, gsize size, GPtrArray *problems);
/* The same of a file, or of a folder of tables, read once more: `problems` gets those of a file; those of tables are the error's text,
 * in the given language. False with INVALID_DATA where there is one; true too where there is none, or it cannot be read any more. */
bool ak_app_chain_names_find(const AkChainKnowledge *knowledge, const char *path, AkLang lang, GPtrArray *problems, GError **error);
