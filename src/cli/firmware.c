/* akashi firmware: what lies in one image, and what differs between two. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/firmware-diff.h"
#include "app/firmware-export.h"
#include "app/firmware.h"
#include "app/workspace.h"
#include "cli/command.h"
#include "cli/progress.h"

#define MAX_ROWS 40 /* of a list, where not all are asked for */
#define MAX_PARTS 8 /* of one unknown region, likewise */

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

static gint64 number_of(const json_t *json, const char *key) {
  return json_integer_value(json_object_get(json, key));
}

static const char *text_of(const json_t *json, const char *key) {
  return ak_json_string_or(json, key, "");
}

/* "padding" in words; a format by its name. */
static const char *kind_text(const AkCli *cli, const char *kind) {
  return strcmp(kind, "padding") == 0 ? ak_text(cli->lang, "cli.firmware.padding") : kind;
}

/* "uefi-volume: 108 modules" */
static char *region_text(const AkCli *cli, const json_t *row) {
  const char *kind = kind_text(cli, text_of(row, "kind"));
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, number_of(row, "modules"));
  return number_of(row, "modules") > 0
             ? ak_text_format(cli->lang, "cli.firmware.volume", kind, number)
             : g_strdup(kind);
}

static void print_more(const AkCli *cli, gsize count) {
  if (count == 0)
    return;
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, count);
  g_autofree char *line = ak_text_format(cli->lang, "cli.firmware.more", number);
  printf("  %s\n", line);
}

/* "unknown: code (arm), high" */
static char *content_text(const AkCli *cli, const json_t *part) {
  g_autofree char *kind = g_strconcat("cli.firmware.content.", text_of(part, "kind"), NULL);
  const char *architecture = text_of(part, "architecture");
  g_autofree char *confidence =
      g_strconcat("cli.firmware.confidence.", text_of(part, "confidence"), NULL);
  bool is_guess = *text_of(part, "confidence") != '\0';
  return g_strdup_printf("%s%s%s%s%s%s", ak_text(cli->lang, kind),
                         *architecture != '\0' ? " (" : "", architecture,
                         *architecture != '\0' ? ")" : "", is_guess ? ", " : "",
                         is_guess ? ak_text(cli->lang, confidence) : "");
}

/* Eight cells are eight bits a byte. */
static void print_row(gint64 offset, gint64 size, const json_t *row, guint indent,
                      const char *text) {
  GString *bar = g_string_new(NULL);
  gint64 entropy = number_of(row, "entropy");
  for (gint64 cell = 0; cell < 8; cell++)
    g_string_append(bar, entropy >= cell * 100 + 50 ? "█" : "░");
  printf("  0x%010" G_GINT64_MODIFIER "x %12" G_GINT64_FORMAT "  %s %" G_GINT64_FORMAT
         ".%02" G_GINT64_FORMAT "  %*s%s\n",
         (guint64)offset, size, bar->str, entropy / 100, entropy % 100, (int)indent * 2, "", text);
  g_string_free(bar, TRUE);
}

/* A region that nothing explains: one row where it is of one kind, else a row a part. */
static void print_unknown(const AkCli *cli, const json_t *row, guint indent) {
  const json_t *parts = json_object_get(row, "content");
  const char *unknown = ak_text(cli->lang, "cli.firmware.unknown");
  gint64 offset = number_of(row, "offset");
  gsize count = json_array_size(parts);
  if (count != 1)
    print_row(offset, number_of(row, "size"), row, indent, unknown);
  for (gsize i = 0; i < count; i++) {
    const json_t *part = json_array_get(parts, i);
    g_autofree char *content = content_text(cli, part);
    g_autofree char *line = g_strdup_printf("%s: %s", unknown, content);
    if (!list && i == MAX_PARTS) {
      print_more(cli, count - i);
      return;
    }
    print_row(offset + number_of(part, "offset"), number_of(part, "size"), part,
              indent + (count != 1), count == 1 ? line : content);
  }
}

/* Of all volumes together. */
static void print_modules(const AkCli *cli, const json_t *regions) {
  gint64 modules = 0;
  for (gsize i = 0; i < json_array_size(regions); i++)
    modules += number_of(json_array_get(regions, i), "modules");
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, modules);
  g_autofree char *line = ak_text_format(cli->lang, "cli.firmware.modules", number);
  if (modules > 0)
    printf("%s\n", line);
}

static void print_regions(const AkCli *cli, const json_t *regions) {
  const char *in = "";
  gsize shown = 0;
  printf("%s\n  %12s %12s  %-13s  %s\n", ak_text(cli->lang, "cli.firmware.regions"),
         ak_text(cli->lang, "cli.firmware.offset"), ak_text(cli->lang, "cli.firmware.size"),
         ak_text(cli->lang, "cli.firmware.entropy"), ak_text(cli->lang, "cli.firmware.format"));
  for (gsize i = 0; i < json_array_size(regions); i++) {
    const json_t *row = json_array_get(regions, i);
    if (!list && shown == MAX_ROWS) {
      print_more(cli, json_array_size(regions) - i);
      break;
    }
    if (strcmp(in, text_of(row, "in")) != 0 && i > 0)
      printf("  %s\n", text_of(row, "in"));
    in = text_of(row, "in");
    guint indent = (guint)MIN(number_of(row, "depth"), 20);
    g_autofree char *text = region_text(cli, row);
    if (strcmp(text_of(row, "kind"), "unknown") == 0)
      print_unknown(cli, row, indent);
    else
      print_row(number_of(row, "offset"), number_of(row, "size"), row, indent, text);
    if (*text_of(row, "cut") != '\0')
      printf("  %27s%s: %s\n", "", ak_text(cli->lang, "cli.firmware.cut"), text_of(row, "cut"));
    shown++;
  }
}

static void print_file(const AkCli *cli, const json_t *row) {
  const char *target = text_of(row, "target"), *cut = text_of(row, "cut");
  printf("  %04o %5" G_GINT64_FORMAT " %5" G_GINT64_FORMAT " %10" G_GINT64_FORMAT "  %s%s%s\n",
         (guint)number_of(row, "mode"), number_of(row, "uid"), number_of(row, "gid"),
         number_of(row, "size"), text_of(row, "node"), *target != '\0' ? " -> " : "", target);
  if (*cut != '\0')
    printf("  %27s%s: %s\n", "", ak_text(cli->lang, "cli.firmware.cut"), cut);
}

static void print_files(const AkCli *cli, const json_t *files) {
  static const char *const kinds[] = {"file", "folder", "link", "device"};
  gsize counts[G_N_ELEMENTS(kinds)] = {0}, cut = 0;
  for (gsize i = 0; i < json_array_size(files); i++) {
    const json_t *row = json_array_get(files, i);
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
      counts[k] += strcmp(text_of(row, "type"), kinds[k]) == 0;
    bool is_cut = json_object_get(row, "cut") != NULL;
    cut += is_cut;
    if (list || (is_cut && cut <= MAX_ROWS))
      print_file(cli, row);
  }
  if (!list && cut > MAX_ROWS)
    print_more(cli, cut - MAX_ROWS);
  for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
    g_autofree char *id = g_strconcat("cli.firmware.count.", kinds[k], NULL);
    printf("%s%s %" G_GSIZE_FORMAT, k > 0 ? ", " : "", ak_text(cli->lang, id), counts[k]);
  }
  printf("\n");
}

/* A value as a person reads it. */
static char *value_text(const AkCli *cli, const json_t *value) {
  if (json_is_string(value))
    return g_strdup(json_string_value(value));
  if (json_is_object(value))
    return g_strdup_printf("%" G_GINT64_FORMAT " %s", number_of(value, "int"),
                           text_of(value, "unit"));
  if (json_is_boolean(value))
    return g_strdup(ak_text(cli->lang, json_is_true(value) ? "report.yes" : "report.no"));
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++)
    g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                           json_string_value(json_array_get(value, i)));
  return g_string_free(text, FALSE);
}

/* Rows that are printed of so many. */
static gsize rows_shown(gsize length) {
  return list ? length : MIN(length, MAX_ROWS);
}

/* What is wrong, the worst first: two lines each. */
static void print_findings(const AkCli *cli, const json_t *rows) {
  gsize length = json_array_size(rows), shown = rows_shown(length);
  if (length > 0)
    printf("%s\n", ak_text(cli->lang, "cli.firmware.findings"));
  for (gsize i = 0; i < shown; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *value = value_text(cli, json_object_get(row, "value"));
    g_autofree char *level = g_strconcat("cli.firmware.level.", text_of(row, "level"), NULL);
    printf("  %s  %s: %s\n        %s\n", ak_text(cli->lang, level), text_of(row, "title"), value,
           text_of(row, "locator"));
  }
  print_more(cli, length - shown);
}

/* What the user asked for by rules of their own comes first, then what the image is made of. */
static json_t *in_order(const json_t *observations) {
  static const char *const first[] = {"yara.", "component."};
  json_t *rows = json_array();
  for (gsize pass = 0; pass <= G_N_ELEMENTS(first); pass++)
    for (gsize i = 0; i < json_array_size(observations); i++) {
      json_t *row = json_array_get(observations, i);
      gsize place = 0;
      while (place < G_N_ELEMENTS(first) && !g_str_has_prefix(text_of(row, "property"), first[place]))
        place++;
      if (place == pass)
        json_array_append(rows, row);
    }
  return rows;
}

static void print_observations(const AkCli *cli, const json_t *observations) {
  g_autoptr(json_t) rows = in_order(observations);
  gsize length = json_array_size(rows), shown = rows_shown(length);
  printf("%s\n", ak_text(cli->lang, "cli.firmware.observations"));
  for (gsize i = 0; i < shown; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *value = value_text(cli, json_object_get(row, "value"));
    g_autofree char *id = g_strconcat("outcome.", text_of(row, "outcome"), NULL);
    printf("  %-26s %-10s %s  %s\n", text_of(row, "property"), ak_text(cli->lang, id),
           text_of(json_object_get(row, "subject"), "locator"), value);
  }
  print_more(cli, length - shown);
}

static void print_extracted(const AkCli *cli, const json_t *extracted) {
  if (extracted == NULL)
    return;
  g_autofree char *files = g_strdup_printf("%" G_GINT64_FORMAT, number_of(extracted, "files"));
  g_autofree char *line = ak_text_format(cli->lang, "cli.firmware.extracted", files, extract);
  printf("%s\n", line);
  g_autofree char *rest = g_strdup_printf("%" G_GINT64_FORMAT, number_of(extracted, "not_written"));
  g_autofree char *more = ak_text_format(cli->lang, "cli.firmware.not-written", rest);
  if (number_of(extracted, "not_written") > 0)
    printf("%s\n", more);
}

static void print_coverage(const AkCli *cli, const char *image, const json_t *coverage) {
  static const char *const members[] = {
      "bytes", "explained", "unknown", "unknown_within", "compressed_or_encrypted", "cut"};
  printf("%s: ", image);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    g_autofree char *id = g_strconcat("cli.firmware.coverage.", members[i], NULL);
    printf("%s%s %" G_GINT64_FORMAT, i > 0 ? ", " : "", ak_text(cli->lang, id),
           number_of(coverage, members[i]));
  }
  printf("\n");
}

static bool print_text(const AkCli *cli, const json_t *result, GError **error) {
  g_autoptr(json_t) findings = ak_app_firmware_findings(result, cli->lang, error);
  if (findings == NULL)
    return false;
  bool is_complete = json_is_true(json_object_get(result, "complete"));
  printf("%s  SHA-256 %s\n", text_of(result, "image"), text_of(result, "sha256"));
  print_regions(cli, json_object_get(result, "regions"));
  print_modules(cli, json_object_get(result, "regions"));
  print_files(cli, json_object_get(result, "files"));
  print_findings(cli, findings);
  print_observations(cli, json_object_get(result, "observations"));
  print_extracted(cli, json_object_get(result, "extracted"));
  print_coverage(cli, text_of(result, "image"), json_object_get(result, "coverage"));
  printf("%s\n",
         ak_text(cli->lang, is_complete ? "cli.firmware.complete" : "cli.firmware.incomplete"));
  return true;
}

static bool print(const AkCli *cli, const json_t *result, GError **error) {
  if (strcmp(cli->format_name, "text") == 0)
    return print_text(cli, result, error);
  g_autofree char *text =
      cli->format == AK_FORMAT_JSON
          ? ak_json_canonical(result, NULL, error)
          : ak_app_firmware_export(result, cli->format_name, cli->lang, ak_now_utc_us(), error);
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
  if (strcmp(text_of(result, "end"), "done") == 0)
    return true;
  g_autofree char *line =
      ak_text_format(cli->lang, "cli.firmware.stopped", text_of(result, "reason"));
  fprintf(stderr, "akashi: %s\n", line);
  return false;
}

static AkExit look(const AkCli *cli, const char *image, GError **error) {
  listen_to_signals();
  g_autoptr(json_t) owned = look_at(cli, image, extract, error);
  if (owned == NULL || !print(cli, owned, error) || !is_done(cli, owned))
    return AK_EXIT_NOT_FINISHED;
  return json_is_true(json_object_get(owned, "complete")) ? AK_EXIT_PASS : AK_EXIT_INCONCLUSIVE;
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
    if (!list && i == MAX_ROWS) {
      print_more(cli, length - i);
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
    printf("%s  SHA-256 %s\n", text_of(image, "image"), text_of(image, "sha256"));
    print_coverage(cli, text_of(image, "image"), json_object_get(image, "coverage"));
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
