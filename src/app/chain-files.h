/* How a value chain gets in and out. */
#pragma once

#include "app/chain.h"

/* Writes the chain as "json", "yaml" or "oscal-ssp"; the caller's. The same chain and day give the same bytes. */
GBytes *ak_app_chain_export(const AkAppChain *self, const char *format, GError **error);

/* Tables of comma-separated values, a file a table, into a folder, which is made where it is not there. */
bool ak_app_chain_export_csv(const AkAppChain *self, const char *folder, GError **error);
/* One table; *out NULL where it has no rows. */
bool ak_app_chain_export_table(const AkAppChain *self, const char *file, char **out, GError **error);

typedef struct {
  const char *name; /* in messages: a path */
  GBytes *bytes;
} AkAppChainFile;

/* A chain file (YAML) made of "csv" (a file a table), "cyclonedx" (JSON or XML, one) or "oscal-ssp"
 * (one), "json" or "yaml" (one). Checked: it can be opened. The caller's; INVALID_DATA with all problems and their places,
 * NOT_SUPPORTED, LIMIT, CONFIG where as many files are not taken. */
char *ak_app_chain_import(const char *format, const AkAppChainFile *files, gsize count, AkLang lang, GError **error);

/* Words of both; each ends with NULL. */
extern const char *const ak_app_chain_import_formats[];
extern const char *const ak_app_chain_export_formats[]; /* csv too */
