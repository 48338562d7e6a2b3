/* akashi import: reads a document of others, says what it is and what it says. */
#include <stdio.h>
#include <string.h>

#include "cli/catalog-import.h"
#include "cli/command.h"
#include "exchange/foreign.h"

static char *option_as, *option_catalog; /* set by GOption, once a process */
static gboolean option_check;

static const GOptionEntry options[] = {
    {"as", 0, 0, G_OPTION_ARG_STRING, &option_as, "catalog.option.as", "ID"},
    {"catalog", 0, 0, G_OPTION_ARG_STRING, &option_catalog, "catalog.option.catalog", "ID"},
    {"check", 0, 0, G_OPTION_ARG_NONE, &option_check, "cli.import.option.check", NULL},
    {NULL},
};

/* What people want to know of a list: how many there are of each value of a member. */
static const struct {
  const char *list, *member;
} tallies[] = {{"components", "type"}, {"results", "kind"},    {"findings", "state"},
               {"risks", "severity"},  {"items", "action"},    {"verdicts", "verdict"},
               {"controls", NULL},     {"activities", NULL},   {"tasks", NULL},
               {"columns", NULL},      {"observations", NULL}, {"dependencies", NULL}};

/* "12 (5 pass, 7 fail)"; caller frees. */
static char *tally_text(const json_t *list, const char *member) {
  g_autoptr(json_t) counts = json_object();
  for (gsize i = 0; member != NULL && i < json_array_size(list); i++) {
    const char *value = ak_json_string_or(json_array_get(list, i), member, NULL);
    json_int_t so_far = json_integer_value(json_object_get(counts, value != NULL ? value : ""));
    if (value != NULL)
      json_object_set_new(counts, value, json_integer(so_far + 1));
  }
  GString *text = g_string_new(NULL);
  const char *value = NULL;
  json_t *count = NULL;
  json_object_foreach(counts, value, count) {
    g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT " %s", text->len > 0 ? ", " : "",
                           json_integer_value(count), value);
  }
  gsize all = json_array_size(list) + json_object_size(list);
  if (text->len > 0) {
    g_string_prepend(text, "(");
    g_string_append_c(text, ')');
  }
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT "%s", all, text->len > 0 ? " " : "");
  g_string_prepend(text, number);
  return g_string_free(text, FALSE);
}

/* Its own lists, and those inside each of "results" (OSCAL has a result a run). */
static void print_lists(const json_t *read, const char *indent) {
  for (gsize i = 0; i < G_N_ELEMENTS(tallies); i++) {
    const json_t *list = json_object_get(read, tallies[i].list);
    if (json_array_size(list) + json_object_size(list) == 0)
      continue;
    g_autofree char *text = tally_text(list, tallies[i].member);
    printf("%s%s: %s\n", indent, tallies[i].list, text);
    for (gsize k = 0; strcmp(tallies[i].list, "results") == 0 && k < json_array_size(list); k++)
      if (json_object_get(json_array_get(list, k), "findings") != NULL)
        print_lists(json_array_get(list, k), "  ");
  }
}

/* A foreign text on a terminal: one line, without what commands it. Caller frees. */
static char *one_line(const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  GString *line = g_string_new(NULL);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    g_string_append_unichar(line, g_unichar_iscntrl(c) ? ' ' : c);
  }
  return g_string_free(line, FALSE);
}

static bool print_read(const AkCli *cli, const json_t *read, const char *path) {
  if (cli->format == AK_FORMAT_JSON) {
    json_dumpf(read, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    printf("\n");
    return true;
  }
  g_autofree char *title = one_line(ak_json_string_or(read, "title", ""));
  g_autofree char *version = one_line(ak_json_string_or(read, "version", ""));
  printf("%s: %s %s\n", path, ak_json_string_or(read, "format", ""),
         ak_json_string_or(read, "format_version", ""));
  if (*title != '\0')
    printf("%s%s%s\n", title, *version != '\0' ? " " : "", version);
  print_lists(read, "");
  json_int_t dangling = json_integer_value(json_object_get(read, "dangling"));
  if (dangling > 0) {
    g_autofree char *line = ak_text_format(cli->lang, "cli.import.dangling", (guint)dangling);
    printf("%s\n", line);
  }
  printf("%s\n", ak_text(cli->lang, "cli.import.not-kept"));
  return true;
}

/* A catalogue or profile goes where `catalog import` takes it. */
static bool take_catalogue(const AkCli *cli, const AkForeignFormat *format, const char *path,
                           GBytes *bytes, GError **error) {
  bool is_profile = strcmp(format->name, "oscal-profile") == 0;
  AkCatalogImport import = {.cli = cli, .as = option_as, .check = option_check,
                            .catalog = is_profile ? option_catalog : NULL};
  if (is_profile && option_catalog == NULL)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.import.of-catalog"));
  return ak_cli_catalog_import(&import, path, bytes, error);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi import FILE [--check] [--as ID [--catalog ID]]");
    return AK_EXIT_USAGE;
  }
  g_autoptr(GBytes) bytes = ak_cli_read_file(argv[0], AK_FOREIGN_MAX_BYTES, error);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) document =
      bytes != NULL ? ak_foreign_parse(data != NULL ? data : "", size, argv[0], error) : NULL;
  const AkForeignFormat *format =
      document != NULL ? ak_foreign_recognise(document, argv[0], error) : NULL;
  if (format == NULL)
    return AK_EXIT_USAGE;
  if (format->read == NULL)
    return take_catalogue(cli, format, argv[0], bytes, error) ? AK_EXIT_PASS : AK_EXIT_USAGE;
  g_autoptr(json_t) read = format->read(document, argv[0], error);
  return read != NULL && print_read(cli, read, argv[0]) ? AK_EXIT_PASS : AK_EXIT_USAGE;
}

extern const AkCommand ak_cli_import_command;
const AkCommand ak_cli_import_command = {
    .word = "import",
    .arguments = "FILE",
    .summary_id = "cli.import.summary",
    .help_id = "cli.import.help",
    .options = options,
    .run = run,
};
