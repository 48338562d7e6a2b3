#include "app/chain-kept.h"

#include "app/chain-edit.h"

json_t *ak_app_chain_kept(AkWorkspace *workspace, const char *name, AkLang lang, GError **error) {
  g_autoptr(GArray) versions = ak_chain_store_versions(workspace, name, error);
  if (versions == NULL)
    return NULL;
  guint32 newest = g_array_index(versions, AkChainVersion, versions->len - 1).number;
  g_autoptr(AkAppChain) chain = ak_chain_edit_open(workspace, name, newest, lang, error);
  return chain != NULL ? json_pack("{s:s, s:i, s:o}", "name", name, "version", (int)newest, "document",
                                   ak_chain_document(chain->chain))
                       : NULL;
}
