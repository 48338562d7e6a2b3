/* akashi run search: runs by words, observations by property. */
#include <stdio.h>

#include "cli/run-parts.h"

static json_t *found_of(const AkRunFound *found, gint64 at_utc_us) {
  json_t *row = ak_app_run_row(found->run, at_utc_us), *hits = json_array();
  for (guint i = 0; i < found->hits->len; i++) {
    const AkSearchText *hit = found->hits->pdata[i];
    json_array_append_new(hits, json_pack("{s:s, s:I, s:s}", "kind", hit->kind, "record",
                                          (json_int_t)hit->record_index, "text", hit->body));
  }
  json_object_set_new(row, "hits", hits);
  return row;
}

static void print_found(const AkCli *cli, const json_t *row) {
  ak_cli_run_print_row(cli, row);
  const json_t *hits = json_object_get(row, "hits");
  for (gsize i = 0; i < json_array_size(hits); i++)
    printf("    %s\n", ak_json_string_or(json_array_get(hits, i), "text", ""));
}

static json_t *observation_of(const AkObservationFound *found, const char *property) {
  return json_pack("{s:s, s:I, s:s, s:{s:s, s:s}, s:s, s:s}", "run", found->run_id, "record",
                   (json_int_t)found->index, "test", found->test, "subject", "kind",
                   found->subject_kind, "locator", found->subject_locator, "outcome",
                   found->outcome, "property", property);
}

static void print_observation(const json_t *row) {
  printf("%-22s %-16s %-40s %s\n", ak_json_string_or(row, "run", ""),
         ak_json_string_or(row, "outcome", ""),
         ak_json_string_or(json_object_get(row, "subject"), "locator", ""),
         ak_json_string_or(row, "test", ""));
}

static json_t *rows_of(const GPtrArray *found, const AkRunSearchOptions *options) {
  json_t *rows = json_array();
  for (guint i = 0; i < found->len; i++)
    json_array_append_new(rows, options->property != NULL
                                    ? observation_of(found->pdata[i], options->property)
                                    : found_of(found->pdata[i], options->at_utc_us));
  return rows;
}

AkExit ak_cli_run_search(const AkCli *cli, AkWorkspace *workspace,
                         const AkRunSearchOptions *options, GError **error) {
  g_autofree char *question = g_strjoinv(" ", options->words);
  g_autoptr(GPtrArray) found =
      options->property != NULL
          ? ak_workspace_observations(workspace, options->property, options->limit, error)
          : ak_workspace_search(workspace, question, options->limit, error);
  if (found == NULL)
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) rows = rows_of(found, options);
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_run_print_json(rows);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    if (options->property != NULL)
      print_observation(json_array_get(rows, i));
    else
      print_found(cli, json_array_get(rows, i));
  }
  if (json_array_size(rows) == 0)
    printf("%s\n", ak_text(cli->lang, "cli.run.nothing-found"));
  return AK_EXIT_PASS;
}
