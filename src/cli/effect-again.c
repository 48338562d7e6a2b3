/* akashi effect report, rescore, compare and note: from the evidence of trials that were run. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/effect-again.h"
#include "cli/effect-parts.h"
#include "cli/workspace.h"
#include "report/effect.h"
#include "util/io.h"

#define PANEL_BYTES (16u << 20)

static AkExit usage(const AkCli *cli, GError **error) {
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
  return AK_EXIT_USAGE;
}

/* What writes a report to a stream. */
typedef bool Fill(gpointer data, FILE *out, GError **error);

static bool fill_file(const char *path, Fill *fill, gpointer data, GError **error) {
  g_autofree char *temporary = g_strdup_printf("%s.XXXXXX", path);
  int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0644);
  FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (out == NULL)
    return ak_error_set_errno(error, errno, "%s", path);
  bool done = fill(data, out, error);
  bool is_kept = fflush(out) == 0 && fsync(fd) == 0;
  is_kept = fclose(out) == 0 && is_kept && done && rename(temporary, path) == 0;
  if (done && !is_kept)
    done = ak_error_set_errno(error, errno, "%s", path);
  if (!is_kept)
    unlink(temporary);
  return done;
}

/* To the file, whole or not at all, or to standard output, which is no place for a PDF where it is a
 * terminal. */
static bool put(const AkCli *cli, const AkCliEffectOptions *options, Fill *fill, gpointer data,
                GError **error) {
  if (options->output != NULL)
    return fill_file(options->output, fill, data, error);
  if (strcmp(cli->format_name, "pdf") == 0 && isatty(STDOUT_FILENO))
    return ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.binary"));
  return fill(data, stdout, error) &&
         (fflush(stdout) == 0 || ak_error_set_errno(error, errno, "standard output"));
}

static bool put_bytes(gpointer data, const char *bytes, gsize size, GError **error) {
  return fwrite(bytes, 1, size, data) == size || ak_error_set_errno(error, errno, "the report");
}

static bool fill_with_bytes(gpointer data, FILE *out, GError **error) {
  gsize size = 0;
  const char *bytes = g_bytes_get_data(data, &size);
  return put_bytes(out, bytes, size, error);
}

typedef struct {
  const json_t *result;
  const AkEffectRows *rows;
} Json;

static bool fill_with_json(gpointer data, FILE *out, GError **error) {
  const Json *json = data;
  return ak_report_effect_json_to(json->result, json->rows, put_bytes, out, error);
}

/* A PDF is dated by the plan's day, so that the same trial gives the same bytes. */
static gint64 date_of(const json_t *result) {
  const char *day = ak_json_string_or(json_object_get(result, "log"), "planned", "1970-01-01");
  g_autofree char *text = g_strdup_printf("%sT00:00:00Z", day);
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
  return time != NULL ? g_date_time_to_unix(time) * G_USEC_PER_SEC : 0;
}

AkExit ak_cli_effect_put(const AkCli *cli, const AkCliEffectOptions *options, const json_t *result,
                         const AkEffectRows *rows, GError **error) {
  Json json = {result, rows};
  if (strcmp(cli->format_name, "json") == 0)
    return put(cli, options, fill_with_json, &json, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
  g_autoptr(GBytes) bytes =
      ak_report_effect_bytes(result, cli->format_name, cli->lang, date_of(result), error);
  return bytes != NULL && put(cli, options, fill_with_bytes, bytes, error) ? AK_EXIT_PASS
                                                                           : AK_EXIT_NOT_FINISHED;
}

static json_t *read_panel(const char *path, GError **error) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, whole, PANEL_BYTES, error);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes != NULL ? ak_json_parse(data != NULL ? data : "", size, path, error) : NULL;
}

AkExit ak_cli_effect_report(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                            char **argv, GError **error) {
  if (argc != 1)
    return usage(cli, error);
  g_autoptr(json_t) panel = options->panel != NULL ? read_panel(options->panel, error) : NULL;
  if (options->panel != NULL && panel == NULL)
    return AK_EXIT_USAGE;
  g_autoptr(AkEffectRows) rows = ak_effect_rows_new(error);
  g_autoptr(AkWorkspace) workspace = rows != NULL ? ak_cli_workspace(cli, error) : NULL;
  g_autoptr(json_t) result =
      workspace != NULL ? ak_app_effect_result(workspace, argv[0], panel, rows, error) : NULL;
  return result != NULL ? ak_cli_effect_put(cli, options, result, rows, error) : AK_EXIT_USAGE;
}

/* FAIL where the stored bytes say otherwise than the stored rows. */
AkExit ak_cli_effect_rescore(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                             char **argv, GError **error) {
  if (argc != 1)
    return usage(cli, error);
  g_autoptr(AkEffectRows) rows = ak_effect_rows_new(error);
  g_autoptr(AkWorkspace) workspace = rows != NULL ? ak_cli_workspace(cli, error) : NULL;
  g_autoptr(json_t) result =
      workspace != NULL ? ak_app_effect_rescore(workspace, argv[0], rows, error) : NULL;
  if (result == NULL)
    return AK_EXIT_USAGE;
  const json_t *again = json_object_get(result, "rescore");
  json_int_t count = json_integer_value(json_object_get(again, "differing_count"));
  AkExit done = ak_cli_effect_put(cli, options, result, rows, error);
  if (done != AK_EXIT_PASS)
    return done;
  g_autofree char *cases =
      g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(again, "cases")));
  g_autofree char *differing = g_strdup_printf("%" JSON_INTEGER_FORMAT, count);
  g_autofree char *line = ak_text_format(cli->lang, "cli.effect.rescored", cases, differing);
  fprintf(stderr, "%s\n", line);
  return count == 0 ? AK_EXIT_PASS : AK_EXIT_FAIL;
}

AkExit ak_cli_effect_compare(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                             char **argv, GError **error) {
  if (argc != 2)
    return usage(cli, error);
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  g_autoptr(json_t) result =
      workspace != NULL ? ak_app_effect_compare(workspace, argv[0], argv[1], error) : NULL;
  if (result == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_effect_put(cli, options, result, NULL, error);
  g_autoptr(GBytes) bytes =
      ak_report_effect_comparison_bytes(result, cli->format_name, cli->lang, 0, error);
  return bytes != NULL && put(cli, options, fill_with_bytes, bytes, error) ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}

AkExit ak_cli_effect_note(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                          char **argv, GError **error) {
  AkAppEffectNote note = {options->kind, options->by, options->text,
                          (const char *const *)options->cases};
  if (argc != 1)
    return usage(cli, error);
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  return workspace != NULL && ak_app_effect_note(workspace, argv[0], &note, error) ? AK_EXIT_PASS
                                                                                   : AK_EXIT_USAGE;
}
