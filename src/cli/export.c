/* akashi export: every form of a run's report, as files of a folder. */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "app/report.h"
#include "cli/command.h"
#include "cli/workspace.h"
#include "report/kind.h"

static char *output, *rules_dir; /* set by GOption, once a process */
static char **only;
static gboolean with_bom;

static const GOptionEntry options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "cli.export.option.output", "DIR"},
    {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only, "cli.export.option.only", "FORMAT"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &rules_dir, "cli.verify.option.rules", "DIR"},
    {"bom", 0, 0, G_OPTION_ARG_NONE, &with_bom, "cli.report.option.bom", NULL},
    {NULL},
};

typedef struct {
  const AkCli *cli;
  const json_t *report;
  const char *run_id, *folder;
  json_t *files; /* array: what was written */
} Exporting;

static bool is_wanted(const AkReportKind *kind) {
  return only == NULL || g_strv_contains((const char *const *)only, kind->name);
}

static bool check_only(GError **error) {
  for (gsize i = 0; only != NULL && only[i] != NULL; i++)
    if (ak_report_kind_find(only[i]) == NULL)
      return ak_error_set(error, AK_ERROR_CONFIG, "--only %s: %s", only[i], AK_REPORT_KIND_NAMES);
  return true;
}

/* A form that has nothing to say is left out, and that is said. */
static bool write_one(Exporting *self, const AkReportKind *kind, AkLang lang, GError **error) {
  g_autoptr(GError) failure = NULL;
  AkReportOptions how = {.lang = lang, .bom = with_bom};
  g_autoptr(GBytes) bytes = kind->write(self->report, &how, &failure);
  if (bytes == NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    fprintf(stderr, "akashi: %s: %s\n", kind->name, failure->message);
    return true;
  }
  if (bytes == NULL) {
    g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: ", kind->name);
    return false;
  }
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autofree char *name = ak_report_kind_file(kind, self->run_id, lang);
  g_autofree char *path = g_build_filename(self->folder, name, NULL);
  if (!g_file_set_contents(path, data, (gssize)size, &failure))
    return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  json_array_append_new(self->files, json_pack("{s:s, s:s, s:s, s:I}", "file", path, "format",
                                               kind->name, "media_type", kind->media_type, "bytes",
                                               (json_int_t)size));
  return true;
}

static bool write_all(Exporting *self, GError **error) {
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++) {
    const AkReportKind *kind = &ak_report_kinds[i];
    for (int lang = 0; is_wanted(kind) && lang < AK_LANG_COUNT; lang++) {
      if (kind->one_language && lang > 0)
        break;
      if (!write_one(self, kind, (AkLang)lang, error))
        return false;
    }
  }
  return true;
}

static bool print(const Exporting *self, GError **error) {
  if (self->cli->format == AK_FORMAT_JSON) {
    g_autofree char *text = ak_json_canonical(self->files, NULL, error);
    return text != NULL && printf("%s\n", text) > 0;
  }
  for (gsize i = 0; i < json_array_size(self->files); i++)
    printf("%s\n", ak_json_string_or(json_array_get(self->files, i), "file", ""));
  return true;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi export RUN [--only FORMAT] [-o DIR]");
    return AK_EXIT_USAGE;
  }
  if (!check_only(error))
    return AK_EXIT_USAGE;
  const char *folder = output != NULL ? output : ".";
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  g_autoptr(json_t) report =
      workspace != NULL ? ak_app_report(workspace, argv[0], rules_dir, 0, error) : NULL;
  if (report == NULL)
    return AK_EXIT_USAGE;
  if (g_mkdir_with_parents(folder, 0755) != 0) {
    ak_error_set_errno(error, errno, "%s cannot be made", folder);
    return AK_EXIT_NOT_FINISHED;
  }
  g_autoptr(json_t) files = json_array();
  Exporting exporting = {.cli = cli, .report = report, .run_id = argv[0], .folder = folder, .files = files};
  return write_all(&exporting, error) && print(&exporting, error) ? AK_EXIT_PASS
                                                                 : AK_EXIT_NOT_FINISHED;
}

extern const AkCommand ak_cli_export_command;
const AkCommand ak_cli_export_command = {
    .word = "export",
    .arguments = "RUN",
    .summary_id = "cli.export.summary",
    .help_id = "cli.export.help",
    .options = options,
    .run = run,
};
