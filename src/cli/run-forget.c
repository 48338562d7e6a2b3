/* akashi run forget, retention, forgotten: deleting runs as a logged act. */
#include <stdio.h>
#include <string.h>

#include "app/retention.h"
#include "cli/run-parts.h"

static char *date_of(gint64 when_utc_us) {
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(when_utc_us / G_USEC_PER_SEC);
  return when != NULL ? g_date_time_format(when, "%F") : g_strdup("?");
}

static json_t *row_to_json(const AkRetentionRow *row, bool deleted) {
  return json_pack("{s:s, s:s, s:s, s:i, s:I, s:s*, s:b}", "run", row->run_id, "product",
                   row->product, "version", row->version, "records", (int)row->records,
                   "last_utc_us", (json_int_t)row->last_utc_us, "kept_because", row->kept_because,
                   "deleted", (int)deleted);
}

static void print_row(const AkCli *cli, const AkRetentionRow *row, bool deleted) {
  g_autofree char *last = date_of(row->last_utc_us);
  const char *word = row->kept_because != NULL ? "cli.forget.kept"
                     : deleted                 ? "cli.forget.deleted"
                                               : "cli.forget.would";
  printf("%s  %s  %-22s %s %s%s%s\n", ak_text(cli->lang, word), last, row->run_id, row->product,
         row->version, row->kept_because != NULL ? " – " : "",
         row->kept_because != NULL ? row->kept_because : "");
}

/* Deletes what may go, or with `deletes` false only says what would. */
static bool forget_all(const AkCli *cli, AkWorkspace *workspace, const GPtrArray *rows,
                       const char *reason, bool deletes, GError **error) {
  g_autoptr(json_t) list = json_array();
  for (guint i = 0; i < rows->len; i++) {
    const AkRetentionRow *row = rows->pdata[i];
    bool goes = deletes && row->kept_because == NULL;
    if (goes && !ak_app_forget(workspace, row, g_get_user_name(), reason, ak_now_utc_us(), error))
      return false;
    if (cli->format == AK_FORMAT_JSON)
      json_array_append_new(list, row_to_json(row, goes));
    else
      print_row(cli, row, goes);
  }
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(list, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
  } else if (rows->len == 0) {
    printf("%s\n", ak_text(cli->lang, "cli.forget.none"));
  }
  return true;
}

/* Deleting needs a plain yes; without it the list is what would be deleted. */
static AkExit carry_out(const AkCli *cli, AkWorkspace *workspace, const GPtrArray *rows,
                        const AkForgetOptions *options, const char *reason, GError **error) {
  bool deletes = options->yes && !options->dry_run;
  if (!forget_all(cli, workspace, rows, reason, deletes, error))
    return AK_EXIT_NOT_FINISHED;
  if (deletes || options->dry_run || rows->len == 0)
    return AK_EXIT_PASS;
  fprintf(stderr, "%s\n", ak_text(cli->lang, "cli.forget.yes"));
  return AK_EXIT_USAGE;
}

AkExit ak_cli_run_forget(const AkCli *cli, AkWorkspace *workspace, const char *run_id,
                         const AkForgetOptions *options, GError **error) {
  gint64 before_utc_us = 0, now_utc_us = ak_now_utc_us();
  bool has_reason = options->reason != NULL && *options->reason != '\0';
  if (run_id != NULL && !has_reason) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi run forget RUN --reason TEXT [--yes]");
    return AK_EXIT_USAGE;
  }
  if (run_id == NULL && options->older_than == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "akashi run retention --older-than P5Y [--dry-run | --yes]");
    return AK_EXIT_USAGE;
  }
  if (run_id == NULL &&
      !ak_app_retention_before(options->older_than, now_utc_us, &before_utc_us, error))
    return AK_EXIT_USAGE;
  g_autofree char *period = g_strdup_printf("retention %s", options->older_than);
  g_autoptr(GPtrArray) rows =
      ak_app_retention_rows(workspace, run_id, before_utc_us, now_utc_us, error);
  if (rows == NULL)
    return AK_EXIT_USAGE;
  if (run_id != NULL && ((AkRetentionRow *)rows->pdata[0])->kept_because != NULL) {
    ak_error_set(error, AK_ERROR_CONFLICT, "run %s stays: %s", run_id,
                 ((AkRetentionRow *)rows->pdata[0])->kept_because);
    return AK_EXIT_USAGE;
  }
  return carry_out(cli, workspace, rows, options, has_reason ? options->reason : period, error);
}

AkExit ak_cli_run_forgotten(const AkCli *cli, AkWorkspace *workspace, GError **error) {
  g_autoptr(json_t) acts = ak_app_forgotten(workspace, error);
  if (acts == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(acts, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    printf("\n");
    return AK_EXIT_PASS;
  }
  for (gsize i = 0; i < json_array_size(acts); i++) {
    const json_t *act = json_array_get(acts, i);
    g_autofree char *when = date_of(json_integer_value(json_object_get(act, "when_utc_us")));
    printf("%s  %-22s %s: %s\n", when, ak_json_string_or(act, "forgotten", ""),
           ak_json_string_or(act, "by", ""), ak_json_string_or(act, "reason", ""));
  }
  if (json_array_size(acts) == 0)
    printf("%s\n", ak_text(cli->lang, "cli.forget.never"));
  return AK_EXIT_PASS;
}
