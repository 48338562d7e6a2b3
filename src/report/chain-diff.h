/* What differs between two value chains, as a document. */
#pragma once

#include "doc/doc.h"
#include "util/json.h"

/* `diff`: docs/formats/chain-diff.md. `most`: rows of a list; the rest is counted. */
void ak_report_chain_add_diff(AkDocNode *section, const json_t *diff, guint most, AkLang lang);
