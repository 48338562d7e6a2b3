#include "cli/workspace.h"

#include <stdio.h>

static const char *const notice_ids[] = {
    [AK_INDEX_BUILT] = "store.notice.built",
    [AK_INDEX_WAS_DAMAGED] = "store.notice.was-damaged",
    [AK_INDEX_WAS_OLD] = "store.notice.was-old",
    [AK_INDEX_UNUSABLE] = "store.notice.unusable",
};

static void print_notice(AkIndexNotice notice, const char *detail, gpointer data) {
  const AkCli *cli = data;
  g_autofree char *text = ak_text_format(cli->lang, notice_ids[notice], detail);
  fprintf(stderr, "akashi: %s\n", text);
}

AkWorkspace *ak_cli_workspace(const AkCli *cli, GError **error) {
  g_autofree char *dir = ak_cli_data_folder(cli);
  AkWorkspace *workspace = ak_workspace_open(dir, error);
  if (workspace != NULL)
    ak_index_set_notice(ak_workspace_index(workspace), print_notice, (gpointer)cli);
  return workspace;
}
