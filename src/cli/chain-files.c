/* akashi chain export, akashi chain import. */
#include <fcntl.h>
#include <string.h>

#include "app/chain-files.h"
#include "cli/chain-parts.h"
#include "exchange/chain-yaml.h"
#include "util/io.h"

AkExit ak_cli_chain_export(const AkCli *cli, const AkCliChainOptions *options, const AkAppChain *chain,
                           GError **error) {
  const char *format = strcmp(cli->format_name, "text") == 0 ? "yaml" : cli->format_name;
  if (strcmp(format, "csv") == 0) {
    if (options->output == NULL) {
      ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.export-usage"));
      return AK_EXIT_USAGE;
    }
    return ak_app_chain_export_csv(chain, options->output, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
  }
  g_autoptr(GBytes) bytes = ak_app_chain_export(chain, format, error);
  return bytes != NULL && ak_cli_chain_write(options->output, bytes, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}

static void file_clear(gpointer data) {
  g_clear_pointer(&((AkAppChainFile *)data)->bytes, g_bytes_unref);
}

/* Their contents, or NULL. */
static GArray *read_files(int argc, char **argv, GError **error) {
  g_autoptr(GArray) files = g_array_new(FALSE, TRUE, sizeof(AkAppChainFile));
  g_array_set_clear_func(files, file_clear);
  for (int i = 0; i < argc; i++) {
    AkAppChainFile file = {argv[i], ak_io_read_file(AT_FDCWD, argv[i], ak_chain_yaml_limits.size_bytes, error)};
    if (file.bytes == NULL)
      return NULL;
    g_array_append_val(files, file);
  }
  return g_steal_pointer(&files);
}

AkExit ak_cli_chain_import(const AkCli *cli, const AkCliChainOptions *options, int argc, char **argv,
                           GError **error) {
  const char *format = cli->format_name;
  if (argc == 0 || !g_strv_contains(ak_app_chain_import_formats, format)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.import-usage"));
    return AK_EXIT_USAGE;
  }
  g_autoptr(GArray) files = read_files(argc, argv, error);
  char *text = files != NULL ? ak_app_chain_import(format, (const AkAppChainFile *)(gpointer)files->data,
                                                   files->len, cli->lang, error)
                             : NULL;
  if (text == NULL)
    return AK_EXIT_USAGE;
  g_autoptr(GBytes) bytes = g_bytes_new_take(text, strlen(text));
  return ak_cli_chain_write(options->output, bytes, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}
