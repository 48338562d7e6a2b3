/* What can be saved of a value chain: reports, pictures, the model and its analysis, tables for spreadsheets. */
#pragma once

#include "app/chain.h"
#include "util/text.h"

typedef struct _AkAppChainDownload AkAppChainDownload;
struct _AkAppChainDownload {
  const char *group; /* "reports", "pictures", "model", "tables" */
  const char *name;  /* of the file; NULL ends the table */
  const char *format, *media_type;
  GBytes *(*make)(const AkAppChain *chain, const AkAppChainDownload *self, AkLang lang, GError **error);
  int lang; /* of a file whose name says it; -1: as asked for */
};

extern const AkAppChainDownload ak_app_chain_downloads[]; /* those of a group stand together */

/* NULL where there is none of that name. */
const AkAppChainDownload *ak_app_chain_download_find(const char *name);

/* A table without rows is not. */
bool ak_app_chain_download_is_there(const AkAppChainDownload *self, const AkAppChain *chain);

/* The caller's; NOT_FOUND for a table without rows, else errors as of what makes it. */
GBytes *ak_app_chain_download_make(const AkAppChainDownload *self, const AkAppChain *chain, AkLang lang, GError **error);
