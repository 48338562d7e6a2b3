/* Value chains kept in the data folder, for the pages: DIR/chains/NAME/NNNNNN-UUUUUU.yaml, a file a version. A version is
 * never changed; the newest holds. U is the version that undo leads to. What was acknowledged is on the disk. Any thread,
 * and any number of processes. */
#pragma once

#include "app/workspace.h"

#define AK_CHAIN_STORE_BYTES_MAX (4u << 20) /* of a chain that is edited in a page */
#define AK_CHAIN_STORE_NAMES_MAX 1000

typedef struct {
  guint32 number; /* from 1 */
  guint32 undo;   /* 0: there is nothing before */
} AkChainVersion;

/* Letters, digits and hyphens, at most 64. */
bool ak_chain_store_is_name(const char *name);

/* Names, sorted; of char, the caller's. */
GPtrArray *ak_chain_store_names(AkWorkspace *workspace, GError **error);

/* Versions, oldest first; of AkChainVersion, the caller's. NOT_FOUND where there is no such chain. */
GArray *ak_chain_store_versions(AkWorkspace *workspace, const char *name, GError **error);

/* The path of a version; 0: the newest. The caller's. NOT_FOUND. */
char *ak_chain_store_path(AkWorkspace *workspace, const char *name, guint32 number, GError **error);

/* Keeps a text as the next version and returns its number; 0 with an error. `base`: the version that was edited, 0 for a new
 * chain. CONFLICT where another is the newest by now, or the name is taken; LIMIT. Whether it can be read is not looked at. */
guint32 ak_chain_store_save(AkWorkspace *workspace, const char *name, guint32 base, GBytes *text, GError **error);

/* The version before the newest again, as a further version; several times: further back. CONFLICT where there is none, or
 * `base` is not the newest. */
guint32 ak_chain_store_undo(AkWorkspace *workspace, const char *name, guint32 base, GError **error);
