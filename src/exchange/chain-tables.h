/* A value chain from its tables, straight into the noun: no document is made of elements and relations, so that a chain
 * of millions takes the memory of its rows and little more. What is accepted and what is told are as in
 * exchange/chain-csv.h, which makes a document of the same tables. Format: docs/formats/chain-csv.md. */
#pragma once

#include "core/chain.h"
#include "util/text.h"

enum { AK_CHAIN_TABLES = 6 }; /* as in ak_chain_csv_files */
#define AK_CHAIN_TABLES_BYTES_MAX ((gsize)4 << 30) /* of one table */

typedef struct {
  const char *name; /* in messages */
  char *data;       /* of ak_large_new, with room for a byte behind `size`; NULL: there is no such table */
  gsize size;
} AkChainTablesFile;

/* `files` in the order of ak_chain_csv_files, each of which is taken: their data is NULL afterwards. `name` is that of the
 * chain where no table says one. chain->document holds what is in neither elements, measures nor relations. The
 * caller's; NULL with INVALID_DATA (all problems, one a line, "FILE:LINE:CELL: …" in the given language) or LIMIT. */
AkChain *ak_chain_tables_read(AkChainTablesFile files[static AK_CHAIN_TABLES], const char *name, AkLang lang,
                              GError **error);

bool ak_exchange_chain_tables_fuzz(const guint8 *data, gsize size);
