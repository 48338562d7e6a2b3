#include <stdio.h>
#include <string.h>

#include "app/catalogs.h"
#include "cli/catalog-import.h"
#include "cli/command.h"
#include "doc/doc.h"
#include "exchange/oscal-catalog.h"
#include "exchange/oscal-profile.h"
#include "exchange/oscal.h"
#include "exchange/schema.h"

static char *option_as, *option_catalog, *option_modified; /* set by GOption, once a process */
static gboolean option_profile;

static const GOptionEntry options[] = {
    {"as", 0, 0, G_OPTION_ARG_STRING, &option_as, "catalog.option.as", "ID"},
    {"catalog", 0, 0, G_OPTION_ARG_STRING, &option_catalog, "catalog.option.catalog", "ID"},
    {"profile", 0, 0, G_OPTION_ARG_NONE, &option_profile, "catalog.option.profile", NULL},
    {"modified", 0, 0, G_OPTION_ARG_STRING, &option_modified, "catalog.option.modified", "TIME"},
    {NULL},
};

static AkExit refuse_usage(const AkCli *cli, GError **error) {
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "catalog.usage"));
  return AK_EXIT_USAGE;
}

static const char *in_lang(const AkBilingual *text, AkLang lang) {
  return lang == AK_LANG_JA ? text->ja : text->en;
}

static const char *json_in_lang(const json_t *object, AkLang lang) {
  return ak_json_string_or(object, ak_lang_name(lang), NULL);
}

static AkExit print_json(json_t *taken, GError **error) {
  g_autoptr(json_t) json = taken;
  g_autofree char *text = ak_json_canonical(json, NULL, error);
  if (text == NULL)
    return AK_EXIT_NOT_FINISHED;
  printf("%s\n", text);
  return AK_EXIT_PASS;
}

/* --- the program's and the imported ones ---------------------------------------------------------- */

/* `id` is a catalogue's, or a profile's: then `profile` says which rows. */
static AkCatalog *find(const AkCli *cli, const char *id, AkProfile **profile, GError **error) {
  g_autofree char *folder = ak_cli_catalog_folder(cli);
  g_autoptr(GError) failure = NULL;
  AkCatalog *catalog = ak_app_catalog_find(folder, id, profile, &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_autofree char *message = ak_text_format(cli->lang, "catalog.unknown", id);
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", message);
  } else if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
  }
  return catalog;
}

static AkProfile *load_profile(const AkCli *cli, const char *id, GError **error) {
  g_autofree char *folder = ak_cli_catalog_folder(cli);
  return ak_app_profile_load(folder, id, error);
}

static bool is_selected(const AkProfile *profile, const char *requirement) {
  return profile == NULL || profile->requirements == NULL ||
         g_strv_contains((const char *const *)profile->requirements, requirement);
}

/* --- list ---------------------------------------------------------------------------------------------- */

static void add_list_table(AkDoc *doc, const char *title_id, const char *second_id,
                           const json_t *rows, const char *second) {
  AkLang lang = doc->lang;
  const char *header[] = {ak_text(lang, "catalog.id"), ak_text(lang, second_id),
                          ak_text(lang, "catalog.count"), ak_text(lang, "catalog.title"), NULL};
  AkDocNode *section = ak_doc_section(doc->root, NULL, ak_text(lang, title_id));
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const json_t *number = json_object_get(row, "requirements");
    g_autofree char *count =
        number != NULL ? g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(number))
                       : g_strdup(ak_text(lang, "catalog.all"));
    const char *title = json_in_lang(json_object_get(row, "title"), lang);
    const char *cells[] = {ak_json_string_or(row, "id", ""), ak_json_string_or(row, second, ""),
                           count, title != NULL ? title : ak_json_string_or(row, "error", ""), NULL};
    ak_doc_row(table, cells);
  }
}

static AkExit run_list(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 0)
    return refuse_usage(cli, error);
  g_autofree char *folder = ak_cli_catalog_folder(cli);
  g_autoptr(json_t) json = ak_app_catalogs(folder);
  if (cli->format == AK_FORMAT_JSON)
    return print_json(json_incref(json), error);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, ak_text(cli->lang, "catalog.list"));
  add_list_table(doc, "catalog.catalogs", "catalog.version", json_object_get(json, "catalogs"), "version");
  add_list_table(doc, "catalog.profiles", "catalog.catalog", json_object_get(json, "profiles"), "catalog");
  g_autofree char *text = ak_doc_to_text(doc);
  fputs(text, stdout);
  return AK_EXIT_PASS;
}

/* --- show ---------------------------------------------------------------------------------------------- */

/* "5.1-1-1 (manual), 5.1-1-2 (semi-automatic)"; caller frees. */
static char *cases_text(const AkRequirement *row, AkLang lang) {
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < row->cases->len; i++) {
    const AkTestCase *test_case = row->cases->pdata[i];
    g_autofree char *method = g_strdup_printf("catalog.method.%s", ak_method_name(test_case->method));
    g_string_append_printf(text, "%s%s (%s)", i > 0 ? ", " : "", test_case->id,
                           ak_text(lang, method));
  }
  return g_string_free(text, FALSE);
}

static void add_requirements(AkDoc *doc, const AkCatalog *catalog, const AkProfile *profile) {
  AkLang lang = doc->lang;
  const char *header[] = {ak_text(lang, "catalog.requirement"), ak_text(lang, "catalog.obligation"),
                          ak_text(lang, "catalog.title"), ak_text(lang, "catalog.conditions"),
                          ak_text(lang, "catalog.cases"), NULL};
  AkDocNode *section =
      ak_doc_section(doc->root, NULL, ak_text(lang, "catalog.requirements"));
  AkDocNode *table = ak_doc_table(section, header);
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    if (!is_selected(profile, row->id))
      continue;
    g_autofree char *cases = cases_text(row, lang);
    g_autofree char *obligation = g_strdup_printf("catalog.obligation.%s", row->obligation);
    const char *cells[] = {row->id, ak_text(lang, obligation), in_lang(&row->title, lang),
                           row->conditions, cases, NULL};
    ak_doc_row(table, cells);
  }
}

/* How sure the rows are, each statement once with the number of rows that it holds for. */
static void add_confidence(AkDoc *doc, const AkCatalog *catalog, const AkProfile *profile) {
  AkLang lang = doc->lang;
  g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    const char *what = NULL;
    json_t *sure = NULL;
    if (!is_selected(profile, row->id))
      continue;
    json_object_foreach(row->confidence, what, sure) {
      char *line = g_strdup_printf("%s\n%s", what, json_string_value(sure) ? json_string_value(sure) : "");
      g_hash_table_insert(counts, line,
                          GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, line)) + 1));
    }
  }
  g_autoptr(GList) lines = g_list_sort(g_hash_table_get_keys(counts), (GCompareFunc)strcmp);
  const char *header[] = {ak_text(lang, "catalog.part"), ak_text(lang, "catalog.count"),
                          ak_text(lang, "catalog.confidence"), NULL};
  AkDocNode *section = ak_doc_section(doc->root, NULL, ak_text(lang, "catalog.confidence"));
  AkDocNode *table = lines != NULL ? ak_doc_table(section, header) : NULL;
  for (GList *at = lines; at != NULL; at = at->next) {
    g_auto(GStrv) halves = g_strsplit(at->data, "\n", 2);
    g_autofree char *count =
        g_strdup_printf("%u", GPOINTER_TO_UINT(g_hash_table_lookup(counts, at->data)));
    const char *cells[] = {halves[0], count, halves[1], NULL};
    ak_doc_row(table, cells);
  }
  if (lines == NULL)
    ak_doc_paragraph(section, ak_text(lang, "catalog.confidence.none"));
}

static AkExit run_show(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1)
    return refuse_usage(cli, error);
  g_autoptr(AkProfile) profile = NULL;
  g_autoptr(AkCatalog) catalog = find(cli, argv[0], &profile, error);
  if (catalog == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON)
    return print_json(ak_app_catalog_json(catalog, profile), error);
  const AkBilingual *title = profile != NULL ? &profile->title : &catalog->title;
  const char *statement = json_in_lang(json_object_get(catalog->props, "statement"), cli->lang);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, in_lang(title, cli->lang));
  ak_doc_notice(doc->root,
                statement != NULL ? statement : ak_text(cli->lang, "catalog.unofficial"));
  AkDocNode *facts = ak_doc_facts(doc->root);
  ak_doc_fact(facts, ak_text(cli->lang, "catalog.catalog"), catalog->id);
  ak_doc_fact(facts, ak_text(cli->lang, "catalog.version"), catalog->version);
  add_requirements(doc, catalog, profile);
  add_confidence(doc, catalog, profile);
  g_autofree char *text = ak_doc_to_text(doc);
  fputs(text, stdout);
  return AK_EXIT_PASS;
}

/* --- import -------------------------------------------------------------------------------------------- */

static AkExit run_import(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1)
    return refuse_usage(cli, error);
  AkCatalogImport import = {.cli = cli, .as = option_as, .catalog = option_catalog};
  g_autoptr(GBytes) bytes = ak_cli_read_file(argv[0], AK_OSCAL_MAX_BYTES, error);
  return bytes != NULL && ak_cli_catalog_import(&import, argv[0], bytes, error) ? AK_EXIT_PASS
                                                                               : AK_EXIT_USAGE;
}

/* --- export -------------------------------------------------------------------------------------------- */

static json_t *exported(const AkCli *cli, const char *id, gint64 modified_utc_us, GError **error) {
  g_autoptr(AkProfile) profile = option_profile ? load_profile(cli, id, error) : NULL;
  if (option_profile && profile == NULL)
    return NULL;
  g_autoptr(AkProfile) found = NULL;
  g_autoptr(AkCatalog) catalog = profile != NULL ? ak_cli_catalog_load(cli, profile->catalog, error)
                                                 : find(cli, id, &found, error);
  if (catalog == NULL)
    return NULL;
  if (profile == NULL && found == NULL)
    return ak_oscal_catalog_write(catalog, modified_utc_us, error);
  return ak_oscal_profile_write(profile != NULL ? profile : found, catalog, modified_utc_us, error);
}

static AkExit run_export(const AkCli *cli, int argc, char **argv, GError **error) {
  gint64 modified_utc_us = g_get_real_time();
  if (argc != 1)
    return refuse_usage(cli, error);
  if (option_modified != NULL && !ak_schema_date(option_modified, false, &modified_utc_us)) {
    g_autofree char *message = ak_text_format(cli->lang, "catalog.modified", option_modified);
    ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
    return AK_EXIT_USAGE;
  }
  json_t *json = exported(cli, argv[0], modified_utc_us, error);
  return json != NULL ? print_json(json, error) : AK_EXIT_USAGE;
}

/* One row a subcommand. */
static const struct {
  const char *word;
  AkExit (*run)(const AkCli *cli, int argc, char **argv, GError **error);
} subcommands[] = {
    {"export", run_export},
    {"import", run_import},
    {"list", run_list},
    {"show", run_show},
};

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  for (gsize i = 0; argc > 0 && i < G_N_ELEMENTS(subcommands); i++)
    if (strcmp(argv[0], subcommands[i].word) == 0)
      return subcommands[i].run(cli, argc - 1, argv + 1, error);
  return refuse_usage(cli, error);
}

const AkCommand ak_cli_catalog_command = {
    .word = "catalog",
    .arguments = "list|show|import|export [ID|FILE]",
    .summary_id = "cli.catalog.summary",
    .help_id = "cli.catalog.help",
    .options = options,
    .formats = "text|json|oscal",
    .run = run,
};
