/* akashi coverage: what of a catalogue tests look at; docs/coverage.md is made of it. */
#include <stdio.h>

#include "cli/command.h"
#include "report/coverage.h"

static GPtrArray *load_all(int argc, char **argv, GError **error) {
  g_auto(GStrv) own = ak_catalog_ids();
  char **ids = argc > 0 ? argv : own;
  g_autoptr(GPtrArray) catalogs = g_ptr_array_new_with_free_func((GDestroyNotify)ak_catalog_free);
  for (gsize i = 0; ids[i] != NULL; i++) {
    AkCatalog *catalog = ak_catalog_load(ids[i], NULL, error);
    if (catalog == NULL)
      return NULL;
    g_ptr_array_add(catalogs, catalog);
  }
  return g_steal_pointer(&catalogs);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  g_autoptr(GPtrArray) catalogs = load_all(argc, argv, error);
  if (catalogs == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON) {
    g_autoptr(json_t) json = ak_report_coverage_json(catalogs, ak_test_table);
    json_dumpf(json, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    fputs("\n", stdout);
    return AK_EXIT_PASS;
  }
  g_autoptr(AkDoc) doc = ak_report_coverage(catalogs, ak_test_table, cli->lang);
  bool markdown = g_strcmp0(cli->format_name, "markdown") == 0;
  g_autofree char *text = markdown ? ak_doc_to_markdown(doc) : ak_doc_to_text(doc);
  fputs(text, stdout);
  return AK_EXIT_PASS;
}

const AkCommand ak_cli_coverage_command = {
    .word = "coverage",
    .arguments = "[CATALOG]...",
    .summary_id = "cli.coverage.summary",
    .help_id = "cli.coverage.help",
    .formats = "text|json|markdown",
    .run = run,
};
