#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
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

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids of the files of `folder`, sorted; caller frees. */
static GPtrArray *ids_of_folder(const char *folder) {
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
    if (g_str_has_suffix(name, ".json") && name[0] != '.')
      g_ptr_array_add(ids, g_strndup(name, strlen(name) - strlen(".json")));
  g_ptr_array_sort(ids, compare_names);
  return ids;
}

static AkProfile *load_profile(const AkCli *cli, const char *id, GError **error) {
  g_auto(GStrv) own = ak_profile_ids();
  if (g_strv_contains((const char *const *)own, id))
    return ak_profile_load(id, NULL, error);
  g_autofree char *folder = ak_cli_catalog_folder(cli);
  return ak_profile_load(id, folder, error);
}

/* `id` is a catalogue's, or a profile's: then `profile` says which rows. */
static AkCatalog *find(const AkCli *cli, const char *id, AkProfile **profile, GError **error) {
  g_autoptr(GError) failure = NULL;
  AkCatalog *catalog = ak_cli_catalog_load(cli, id, &failure);
  if (catalog != NULL)
    return catalog;
  if (failure->code != AK_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
  }
  g_autoptr(AkProfile) found = load_profile(cli, id, NULL);
  if (found == NULL) {
    g_autofree char *message = ak_text_format(cli->lang, "catalog.unknown", id);
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", message);
    return NULL;
  }
  catalog = ak_cli_catalog_load(cli, found->catalog, error);
  *profile = catalog != NULL ? g_steal_pointer(&found) : NULL;
  return catalog;
}

static bool is_selected(const AkProfile *profile, const char *requirement) {
  return profile == NULL || profile->requirements == NULL ||
         g_strv_contains((const char *const *)profile->requirements, requirement);
}

/* --- list ---------------------------------------------------------------------------------------------- */

typedef struct {
  const AkCli *cli;
  json_t *catalogs, *profiles;
} Listing;

/* A file that cannot be read is named with its error instead of hiding the others. */
static void list_catalog(Listing *self, const char *id, bool imported) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = ak_cli_catalog_load(self->cli, id, &error);
  json_t *row = json_pack("{s:s, s:b}", "id", id, "imported", imported);
  if (catalog == NULL) {
    json_object_set_new(row, "error", json_string(error->message));
  } else {
    json_object_set_new(row, "version", json_string(catalog->version));
    json_object_set_new(row, "title", json_pack("{s:s, s:s}", "en", catalog->title.en, "ja",
                                                catalog->title.ja));
    json_object_set_new(row, "requirements", json_integer(catalog->requirements->len));
  }
  json_array_append_new(self->catalogs, row);
}

static void list_profile(Listing *self, const char *id, bool imported) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkProfile) profile = load_profile(self->cli, id, &error);
  json_t *row = json_pack("{s:s, s:b}", "id", id, "imported", imported);
  if (profile == NULL) {
    json_object_set_new(row, "error", json_string(error->message));
  } else {
    json_object_set_new(row, "catalog", json_string(profile->catalog));
    json_object_set_new(row, "title", json_pack("{s:s, s:s}", "en", profile->title.en, "ja",
                                                profile->title.ja));
    if (profile->requirements != NULL)
      json_object_set_new(row, "requirements",
                          json_integer(g_strv_length(profile->requirements)));
  }
  json_array_append_new(self->profiles, row);
}

static void list_all(Listing *self, const char *folder, const char *const *own,
                     void (*list)(Listing *, const char *, bool)) {
  for (gsize i = 0; own[i] != NULL; i++)
    list(self, own[i], false);
  g_autoptr(GPtrArray) imported = ids_of_folder(folder);
  for (guint i = 0; i < imported->len; i++)
    if (!g_strv_contains(own, imported->pdata[i]))
      list(self, imported->pdata[i], true);
}

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
  g_autoptr(json_t) json = json_pack("{s:[], s:[]}", "catalogs", "profiles");
  Listing listing = {.cli = cli,
                     .catalogs = json_object_get(json, "catalogs"),
                     .profiles = json_object_get(json, "profiles")};
  g_autofree char *folder = ak_cli_catalog_folder(cli);
  g_autofree char *profile_folder = g_build_filename(folder, "profile", NULL);
  g_auto(GStrv) catalogs = ak_catalog_ids(), profiles = ak_profile_ids();
  list_all(&listing, folder, (const char *const *)catalogs, list_catalog);
  list_all(&listing, profile_folder, (const char *const *)profiles, list_profile);
  if (cli->format == AK_FORMAT_JSON)
    return print_json(json_incref(json), error);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, ak_text(cli->lang, "catalog.list"));
  add_list_table(doc, "catalog.catalogs", "catalog.version", listing.catalogs, "version");
  add_list_table(doc, "catalog.profiles", "catalog.catalog", listing.profiles, "catalog");
  g_autofree char *text = ak_doc_to_text(doc);
  fputs(text, stdout);
  return AK_EXIT_PASS;
}

/* --- show ---------------------------------------------------------------------------------------------- */

static json_t *selected_json(const AkCatalog *catalog, const AkProfile *profile) {
  json_t *json = ak_catalog_to_json(catalog);
  if (profile == NULL)
    return json;
  json_t *copy = json_copy(json), *rows = json_array();
  const json_t *all = json_object_get(json, "requirements");
  for (gsize i = 0; i < json_array_size(all); i++) {
    json_t *row = json_array_get(all, i);
    if (is_selected(profile, ak_json_string_or(row, "id", "")))
      json_array_append(rows, row);
  }
  json_object_set_new(copy, "requirements", rows);
  json_object_set_new(copy, "profile", json_string(profile->id));
  json_decref(json);
  return copy;
}

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
    return print_json(selected_json(catalog, profile), error);
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
