/* Taking OSCAL catalogues and profiles into the data folder: what `catalog import` and `import` share. */
#pragma once

#include "catalog/catalog.h"
#include "cli/command.h"

typedef struct {
  const AkCli *cli;
  const char *as;      /* the id to keep it under; may be NULL with `check` */
  const char *catalog; /* the file is a profile of this catalogue; NULL: it is a catalogue */
  bool check;          /* read it and keep nothing */
} AkCatalogImport;

/* Reads `bytes`, keeps what they say and prints a line. An import that is there is never replaced. */
bool ak_cli_catalog_import(const AkCatalogImport *self, const char *path, GBytes *bytes, GError **error);

/* DATA/catalog: ID.json, and profile/ID.json below it, as --rules reads them. Caller frees. */
char *ak_cli_catalog_folder(const AkCli *cli);
/* The program's own or an imported one. */
AkCatalog *ak_cli_catalog_load(const AkCli *cli, const char *id, GError **error);

/* The file that a person names; LIMIT above `max_bytes`. */
GBytes *ak_cli_read_file(const char *path, gsize max_bytes, GError **error);
