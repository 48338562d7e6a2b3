/* akashi firmware: what lies in one image, and what differs between two. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/firmware-diff.h"
#include "app/firmware-export.h"
#include "app/firmware-searches.h"
#include "app/firmware.h"
#include "app/workspace.h"
#include "cli/command.h"
#include "cli/firmware-parts.h"
#include "cli/progress.h"

#define MAX_EPOCH_S 253402300799 /* the end of the year 9999: later ones have no ISO 8601 time of four digits */

static char *extract, *yara;
static gboolean list, no_cache;

static const GOptionEntry options[] = {
    {"extract", 0, 0, G_OPTION_ARG_FILENAME, &extract, "cli.firmware.option.extract", "DIR"},
    {"list", 0, 0, G_OPTION_ARG_NONE, &list, "cli.firmware.option.list", NULL},
    {"no-cache", 0, 0, G_OPTION_ARG_NONE, &no_cache, "cli.firmware.option.no-cache", NULL},
    {"yara", 0, 0, G_OPTION_ARG_FILENAME, &yara, "cli.firmware.option.yara", "RULES"},
    {NULL},
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  interrupted = 1;
}

static bool is_interrupted(gpointer data) {
  return interrupted != 0;
}

static void show(gpointer data, guint64 done, guint64 total) {
  ak_progress_show(data, done, total);
}

/* Of a bill of materials: SOURCE_DATE_EPOCH, else when the image's file was last changed, so that the same file gives the
 * same bytes. Source: reproducible-builds.org, SOURCE_DATE_EPOCH. */
static gint64 time_of(const char *image) {
  const char *epoch = g_getenv("SOURCE_DATE_EPOCH");
  guint64 seconds = 0;
  struct stat st;
  if (epoch == NULL || !g_ascii_string_to_unsigned(epoch, 10, 0, MAX_EPOCH_S, &seconds, NULL))
    seconds = stat(image, &st) == 0 ? (guint64)CLAMP(st.st_mtime, 0, MAX_EPOCH_S) : 0;
  return (gint64)seconds * G_USEC_PER_SEC;
}

static bool print(const AkCli *cli, const char *image, const json_t *result, GError **error) {
  AkFirmwareText text_of_it = {.cli = cli, .result = result, .list = list, .extract = extract};
  if (strcmp(cli->format_name, "text") == 0)
    return ak_firmware_text_print(&text_of_it, error);
  g_autofree char *text =
      cli->format == AK_FORMAT_JSON
          ? ak_json_canonical(result, NULL, error)
          : ak_app_firmware_export(result, cli->format_name, cli->lang, time_of(image), error);
  if (text != NULL)
    printf("%s\n", text);
  return text != NULL;
}

/* Looks at one image; NULL with the error where it was not looked at to the end. */
static json_t *look_at(const AkCli *cli, const char *image, const char *folder, GError **error) {
  AkProgress progress = ak_progress_begin(image);
  g_autofree char *data_dir = ak_cli_data_folder(cli);
  AkFirmwareOptions wanted = {.path = image,
                              .extract = folder,
                              .yara = yara,
                              .data_dir = no_cache ? NULL : data_dir,
                              .progress = show,
                              .cancelled = is_interrupted,
                              .data = &progress};
  json_t *result = NULL;
  bool ok = ak_app_firmware(&wanted, &result, error);
  ak_progress_end(&progress);
  return ok ? result : NULL;
}

static void listen_to_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static bool is_done(const AkCli *cli, const json_t *result) {
  if (strcmp(ak_json_text(result, "end"), "done") == 0)
    return true;
  g_autofree char *line =
      ak_text_format(cli->lang, "cli.firmware.stopped", ak_json_text(result, "reason"));
  fprintf(stderr, "akashi: %s\n", line);
  return false;
}

static AkExit look(const AkCli *cli, const char *image, GError **error) {
  listen_to_signals();
  g_autoptr(json_t) owned = look_at(cli, image, extract, error);
  if (owned == NULL || !print(cli, image, owned, error) || !is_done(cli, owned))
    return AK_EXIT_NOT_FINISHED;
  return ak_firmware_searched_all(owned) ? AK_EXIT_PASS : AK_EXIT_INCONCLUSIVE;
}

/* --- the difference of two images ----------------------------------------------------------------
 */

/* A list of the difference: its head, and a row each, made of the members that `members` names. */
static void print_list(const AkCli *cli, const char *id, const json_t *rows,
                       const char *const *members) {
  gsize length = json_array_size(rows);
  if (length == 0)
    return;
  printf("%s (%" G_GSIZE_FORMAT ")\n", ak_text(cli->lang, id), length);
  for (gsize i = 0; i < length; i++) {
    if (!list && i == AK_FIRMWARE_TEXT_ROWS) {
      ak_firmware_text_more(cli, length - i);
      return;
    }
    for (gsize k = 0; members[k] != NULL; k++) {
      json_t *member = json_object_get(json_array_get(rows, i), members[k]);
      char *dumped =
          json_is_string(member) ? NULL : json_dumps(member, JSON_ENCODE_ANY | JSON_SORT_KEYS);
      printf("  %s", json_is_string(member) ? json_string_value(member)
                     : dumped != NULL       ? dumped
                                            : "");
      free(dumped);
    }
    printf("\n");
  }
}

static const struct {
  const char *group, *list, *id; /* list NULL: the group itself */
  const char *members[5];
} lists[] = {
    {"files", "added", "cli.firmware.diff.added", {"path", "size", NULL}},
    {"files", "removed", "cli.firmware.diff.removed", {"path", "size", NULL}},
    {"files", "moved", "cli.firmware.diff.moved", {"from", "to", NULL}},
    {"files", "changed", "cli.firmware.diff.changed", {"path", "changes", NULL}},
    {"components", "added", "cli.firmware.diff.component-added", {"name", "versions", NULL}},
    {"components", "removed", "cli.firmware.diff.component-removed", {"name", "versions", NULL}},
    {"components",
     "changed",
     "cli.firmware.diff.component-changed",
     {"name", "before", "after", NULL}},
    {"findings", "new", "cli.firmware.diff.finding-new", {"path", "property", "value", NULL}},
    {"findings", "gone", "cli.firmware.diff.finding-gone", {"path", "property", "value", NULL}},
    {"hardening",
     NULL,
     "cli.firmware.diff.hardening",
     {"path", "property", "before", "after", NULL}},
};

static void print_diff(const AkCli *cli, const json_t *diff) {
  const json_t *images = json_object_get(diff, "images");
  for (gsize i = 0; i < json_array_size(images); i++) {
    const json_t *image = json_array_get(images, i);
    printf("%s  SHA-256 %s\n", ak_json_text(image, "image"), ak_json_text(image, "sha256"));
    ak_firmware_text_coverage(cli, json_object_get(image, "coverage"));
    g_autofree char *doubt = ak_text_format(cli->lang, "cli.firmware.diff.not-searched", ak_json_text(image, "image"));
    if (!json_is_true(json_object_get(image, "searched")))
      printf("%s\n", doubt);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    const json_t *group = json_object_get(diff, lists[i].group);
    print_list(cli, lists[i].id,
               lists[i].list != NULL ? json_object_get(group, lists[i].list) : group,
               lists[i].members);
  }
  bool is_equal = json_is_true(json_object_get(diff, "equal"));
  printf("%s\n",
         ak_text(cli->lang, is_equal ? "cli.firmware.diff.equal" : "cli.firmware.diff.differ"));
}

static AkExit compare(const AkCli *cli, const char *a, const char *b, GError **error) {
  listen_to_signals();
  g_autoptr(json_t) before = look_at(cli, a, NULL, error);
  if (before == NULL || !is_done(cli, before))
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) after = look_at(cli, b, NULL, error);
  if (after == NULL || !is_done(cli, after))
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) diff = ak_firmware_diff(before, after);
  g_autofree char *text =
      cli->format == AK_FORMAT_TEXT ? NULL : ak_json_canonical(diff, NULL, error);
  if (cli->format != AK_FORMAT_TEXT && text == NULL)
    return AK_EXIT_NOT_FINISHED;
  if (text != NULL)
    printf("%s\n", text);
  else
    print_diff(cli, diff);
  return json_is_true(json_object_get(diff, "equal")) ? AK_EXIT_PASS : AK_EXIT_FAIL;
}

/* Not one of those that list components or findings of one image. */
static bool is_own_format(const AkCli *cli) {
  const char *own = cli->format == AK_FORMAT_JSON ? "json" : "text";
  return cli->format_name == NULL || strcmp(cli->format_name, own) == 0;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc == 1)
    return look(cli, argv[0], error);
  if (argc == 3 && strcmp(argv[0], "diff") == 0 && extract == NULL && yara == NULL &&
      is_own_format(cli))
    return compare(cli, argv[1], argv[2], error);
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.firmware.usage"));
  return AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_firmware_command;
const AkCommand ak_cli_firmware_command = {
    .word = "firmware",
    .arguments = "IMAGE|diff A B",
    .summary_id = "cli.firmware.summary",
    .help_id = "cli.firmware.help",
    .options = options,
    .formats = "text|json|cyclonedx|spdx|sarif",
    .run = run,
};
