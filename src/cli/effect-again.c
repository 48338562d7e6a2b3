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

static bool fill_file(const char *path, AkIoFill fill, gpointer data, GError **error) {
  g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
  int dir_fd = ak_io_open_dir(AT_FDCWD, folder, error);
  bool done = dir_fd >= 0 && ak_io_replace_filled(dir_fd, name, 0644, fill, data, error);
  if (dir_fd >= 0)
    close(dir_fd);
  return done;
}

static bool print_bytes(gpointer to, const char *bytes, gsize size, GError **error) {
  return fwrite(bytes, 1, size, to) == size || ak_error_set_errno(error, errno, "standard output");
}

/* To the file, whole or not at all, or to standard output, which is no place for a PDF where it is a
 * terminal. */
static bool put(const AkCli *cli, const AkCliEffectOptions *options, AkIoFill fill, gpointer data,
                GError **error) {
  if (options->output != NULL)
    return fill_file(options->output, fill, data, error);
  if (strcmp(cli->format_name, "pdf") == 0 && isatty(STDOUT_FILENO))
    return ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.binary"));
  return fill(data, print_bytes, stdout, error) &&
         (fflush(stdout) == 0 || ak_error_set_errno(error, errno, "standard output"));
}

static bool fill_with_bytes(gpointer data, AkIoPut to_put, gpointer to, GError **error) {
  gsize size = 0;
  const char *bytes = g_bytes_get_data(data, &size);
  return to_put(to, bytes, size, error);
}

typedef struct {
  const json_t *result;
  const AkEffectRows *rows;
} Json;

static bool fill_with_json(gpointer data, AkIoPut to_put, gpointer to, GError **error) {
  const Json *json = data;
  return ak_report_effect_json_to(json->result, json->rows, to_put, to, error);
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
