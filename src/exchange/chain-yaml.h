/* chain.yaml: a value chain. Format: docs/formats/chain-file.md, whose tables are made from
 * ak_chain_fields. */
#pragma once

#include "core/chain.h"
#include "exchange/schema.h"

extern const AkField ak_chain_fields[]; /* ends with a NULL name */
extern const AkYamlLimits ak_chain_yaml_limits;
extern const char *const ak_chain_yaml_lists[]; /* for AkYamlItems; ends with NULL */

/* Takes what a checked document says of all but elements and relations into a chain that has them: name, attackers,
 * acceptances, impacts. `find` gives the number of an element, or AK_CHAIN_NO_ELEMENT (for NULL too). */
void ak_chain_take_document(AkChain *chain, json_t *document, guint32 (*find)(const char *id, gpointer data),
                            gpointer data);

/* From bytes; `problems` (of AkProblem, empty before) gets all problems, by place, for showing them
 * in the reader's language; empty where the error is one of YAML, which ends the reading. The
 * caller's; NULL with INVALID_DATA (all problems, one a line, "WHERE:LINE:COLUMN: …") or LIMIT. */
AkChain *ak_chain_check(const char *data, gsize size, const char *where, GPtrArray *problems,
                        GError **error);

bool ak_exchange_chain_yaml_fuzz(const guint8 *data, gsize size);
