/* Runs, as akashi run prints them. */
#include <stdio.h>

#include "cli/run-parts.h"

AkExit ak_cli_run_print_json(const json_t *value) {
  json_dumpf(value, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
  printf("\n");
  return AK_EXIT_PASS;
}

void ak_cli_run_print_row(const AkCli *cli, const json_t *row) {
  const json_t *summary = json_object_get(row, "summary");
  const json_t *validity = json_object_get(row, "validity");
  printf("%-22s %-24s %-10s %-12s %-12s", ak_json_string_or(row, "run", ""),
         ak_json_string_or(row, "product", ""), ak_json_string_or(row, "version", ""),
         ak_json_string_or(row, "profile", ""), ak_json_string_or(row, "end", ""));
  if (summary != NULL)
    printf(" %d/%d/%d/%d", (int)json_integer_value(json_object_get(summary, "pass")),
           (int)json_integer_value(json_object_get(summary, "fail")),
           (int)json_integer_value(json_object_get(summary, "inconclusive")),
           (int)json_integer_value(json_object_get(summary, "not_applicable")));
  if (json_object_get(validity, "until") != NULL) {
    g_autofree char *id = g_strdup_printf("validity.%s", ak_json_string_or(validity, "state", ""));
    g_autofree char *text = ak_text_format(cli->lang, id, ak_json_string_or(validity, "until", ""),
                                           ak_json_string_or(validity, "version", ""));
    printf("  %s", text);
  }
  printf("\n");
}
