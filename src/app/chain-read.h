/* A value chain from where it is kept: a file, or a folder of tables. */
#pragma once

#include "core/chain.h"
#include "exchange/chain-tables.h"
#include "exchange/problem.h"
#include "util/digest.h"

/* `path`: chain.yaml, or a folder that holds tables by their names (docs/formats/chain-csv.md). `digest` is that of the
 * file; of tables, that of a line "DIGEST  NAME" for each, by name. `problems` (of AkProblem, empty before) gets what is wrong
 * with a file; of tables, the error tells it in the given language. The caller's; NULL with INVALID_DATA, NOT_FOUND, LIMIT or IO. */
AkChain *ak_app_chain_read(const char *path, AkLang lang, AkDigest *digest, GPtrArray *problems, GError **error);

/* The whole document of a chain that was read from `path`, elements and relations too: of tables it is made now, from the same
 * bytes (`digest`). The caller's; CONFLICT where the tables have changed, LIMIT where there are more than a document can hold. */
json_t *ak_app_chain_read_document(const AkChain *chain, const char *path, AkLang lang, const AkDigest *digest,
                                   GError **error);

/* The tables of a chain, with names of them for messages. All zero: there is none. */
typedef struct {
  AkChainTablesFile files[AK_CHAIN_TABLES];
  char *names[AK_CHAIN_TABLES];
} AkAppChainTables;
void ak_app_chain_tables_clear(AkAppChainTables *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkAppChainTables, ak_app_chain_tables_clear)

/* Those of a folder into `self`, which is empty; false with INVALID_DATA, NOT_FOUND, LIMIT or IO. */
bool ak_app_chain_read_tables(const char *path, AkAppChainTables *self, GError **error);
/* That of ak_app_chain_read. */
AkDigest ak_app_chain_tables_digest(const AkAppChainTables *self);
