/* A value chain as tables of comma-separated values, a file a table: for spreadsheets and for what other programs know of
 * elements and relations. Format: docs/formats/chain-csv.md. Source: RFC 4180 (exchange/csv.h). */
#pragma once

#include "core/chain.h"
#include "exchange/problem.h"
#include "exchange/yaml.h"

/* File names of the tables, in the order in which they are written; ends with NULL. */
extern const char *const ak_chain_csv_files[];

/* A table of a checked document; NULL where it has no rows (elements and chain are always there). The caller's;
 * INVALID_DATA where an item of a list holds ";". */
bool ak_chain_csv_write(const json_t *document, const char *file, char **out, GError **error);

typedef struct {
  const char *name; /* in messages */
  const char *data;
  gsize size;
} AkChainCsvFile;

/* Reads tables, each known by its columns, in any order. The checked document; the caller's. NULL with
 * INVALID_DATA (all problems, one a line, "FILE:LINE:CELL: …" in the given language) or LIMIT. `name` is
 * that of the chain where no table says one. */
json_t *ak_chain_csv_read(const AkChainCsvFile *files, gsize count, const char *name, AkLang lang, GError **error);

/* Which table it is by its columns, by its place in ak_chain_csv_files; -1 with INVALID_DATA or LIMIT. */
gint ak_chain_csv_table(const AkChainCsvFile *file, GError **error);

/* The nodes of one table by itself, whose place in ak_chain_csv_files is known: members of a chain file, and of measures.csv a
 * list "measures", whose elements nobody looked for. The caller's; NULL as above. */
AkYaml *ak_chain_csv_node(const AkChainCsvFile *file, guint table, GError **error);

bool ak_exchange_chain_csv_fuzz(const guint8 *data, gsize size);
