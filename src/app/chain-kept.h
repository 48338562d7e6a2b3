/* The value chains of the data folder as JSON, for programs. */
#pragma once

#include "app/chain-store.h"
#include "util/text.h"

/* {"name", "version", "document"} of the newest version; the caller's. NOT_FOUND, INVALID_DATA. */
json_t *ak_app_chain_kept(AkWorkspace *workspace, const char *name, AkLang lang, GError **error);
