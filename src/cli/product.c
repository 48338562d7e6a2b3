#include <stdio.h>
#include <string.h>

#include "app/product-rules.h"
#include "cli/catalog-import.h"
#include "cli/command.h"
#include "cli/skeleton.h"
#include "exchange/foreign.h"
#include "exchange/product-completeness.h"
#include "exchange/product-yaml.h"
#include "exchange/spdx.h"

static char *option_profile; /* set by GOption, once a process */

static const GOptionEntry options[] = {
    {"profile", 0, 0, G_OPTION_ARG_STRING, &option_profile, "product.option.profile", "PROFILE"},
    {NULL},
};

static AkExit refuse_usage(const AkCli *cli, GError **error) {
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "product.usage"));
  return AK_EXIT_USAGE;
}

/* --- init ---------------------------------------------------------------------------------------------- */

static AkExit run_init(const AkCli *cli, int argc, char **argv, GError **error) {
  const char *path = argc > 0 ? argv[0] : "product.yaml";
  if (argc > 1)
    return refuse_usage(cli, error);
  g_autofree char *name = g_strconcat("product.", ak_lang_name(cli->lang), NULL);
  return ak_cli_skeleton_write(cli, name, path, "product.init.done", error);
}

/* --- check --------------------------------------------------------------------------------------------- */

typedef struct {
  const char *path;
  AkProduct *product;  /* or NULL */
  GPtrArray *problems; /* of AkProblem */
  GError *failure;     /* why there is no product; its message is that of YAML where `problems` is empty */
  AkProfile *profile;  /* or NULL: not asked */
  GPtrArray *gaps;     /* of AkGap, with a product and a profile */
  json_t *sboms;       /* array: {"file", "components"} or {"file", "problem"} */
} Check;

static void check_clear(Check *self) {
  g_clear_pointer(&self->product, ak_product_free);
  g_clear_pointer(&self->problems, g_ptr_array_unref);
  g_clear_error(&self->failure);
  g_clear_pointer(&self->profile, ak_profile_free);
  g_clear_pointer(&self->gaps, g_ptr_array_unref);
  g_clear_pointer(&self->sboms, json_decref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Check, check_clear)

static bool find_gaps(Check *self, GError **error) {
  if (option_profile == NULL)
    return true;
  self->profile = ak_profile_load(option_profile, NULL, error);
  g_autoptr(AkCatalog) catalog =
      self->profile != NULL ? ak_catalog_load(self->profile->catalog, NULL, error) : NULL;
  if (catalog == NULL) {
    g_prefix_error(error, "--profile: ");
    return false;
  }
  if (self->product != NULL)
    self->gaps = ak_product_gaps(self->product, catalog, self->profile);
  return true;
}

/* How many components a bill of materials lists; -1 with `error`. */
static gint64 count_components(const char *path, GError **error) {
  g_autoptr(GBytes) bytes = ak_cli_read_file(path, AK_FOREIGN_MAX_BYTES, error);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) document = data != NULL ? ak_foreign_parse(data, size, path, error) : NULL;
  g_autoptr(json_t) bill = document != NULL ? ak_spdx_or_cyclonedx_read(document, path, error) : NULL;
  if (bill == NULL && error != NULL && *error == NULL)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: empty", path);
  return bill != NULL ? (gint64)json_array_size(json_object_get(bill, "components")) : -1;
}

/* Bills that cannot be read are named; a product file with one can still be used. */
static void read_sboms(Check *self, const char *folder) {
  self->sboms = json_array();
  for (gsize i = 0; self->product != NULL && self->product->sboms != NULL && self->product->sboms[i]; i++) {
    g_autofree char *path = g_canonicalize_filename(self->product->sboms[i], folder);
    g_autoptr(GError) error = NULL;
    gint64 count = count_components(path, &error);
    json_t *row = json_pack("{s:s}", "file", self->product->sboms[i]);
    if (count >= 0)
      json_object_set_new(row, "components", json_integer(count));
    else
      json_object_set_new(row, "problem", json_string(error->message));
    json_array_append_new(self->sboms, row);
  }
}

static void print_sboms(const Check *self, AkLang lang) {
  for (gsize i = 0; i < json_array_size(self->sboms); i++) {
    const json_t *row = json_array_get(self->sboms, i);
    const char *problem = ak_json_string_or(row, "problem", NULL);
    json_int_t count = json_integer_value(json_object_get(row, "components"));
    g_autofree char *line = ak_text_format(lang, "product.sbom", ak_json_string_or(row, "file", ""),
                                           (guint)count);
    printf("%s\n", problem != NULL ? problem : line);
  }
}

static json_t *problem_json(const AkProblem *problem, const char *path, AkLang lang) {
  g_autofree char *text = ak_problem_format(problem, path, lang);
  json_t *json = json_pack("{s:i, s:i, s:s, s:s, s:s}", "line", (int)problem->line, "column",
                           (int)problem->column, "member", problem->member, "problem",
                           problem->id, "text", text);
  if (problem->value != NULL)
    json_object_set_new(json, "value", json_string(problem->value));
  return json;
}

static json_t *problems_json(const Check *self, AkLang lang) {
  json_t *problems = json_array();
  for (guint i = 0; i < self->problems->len; i++)
    json_array_append_new(problems, problem_json(self->problems->pdata[i], self->path, lang));
  if (self->failure != NULL && self->problems->len == 0)
    json_array_append_new(problems, json_pack("{s:s}", "text", self->failure->message));
  return problems;
}

static json_t *gaps_json(const Check *self) {
  json_t *gaps = json_array();
  for (guint i = 0; i < self->gaps->len; i++) {
    const AkGap *gap = self->gaps->pdata[i];
    json_array_append_new(gaps, json_pack("{s:s, s:s, s:s}", "missing", gap->kind, "of", gap->what,
                                          "detail", gap->detail));
  }
  return gaps;
}

static bool print_json(const Check *self, AkLang lang, GError **error) {
  g_autoptr(json_t) json = json_object();
  json_object_set_new(json, "file", json_string(self->path));
  json_object_set_new(json, "valid", json_boolean(self->product != NULL));
  json_object_set_new(json, "problems", problems_json(self, lang));
  if (self->product != NULL) {
    char hex[AK_DIGEST_HEX_SIZE];
    AkDigest digest = ak_product_digest(self->product);
    ak_digest_to_hex(&digest, hex);
    json_object_set_new(json, "product",
                        json_pack("{s:s, s:s, s:s}", "name", self->product->name, "version",
                                  self->product->version, "digest", hex));
  }
  if (json_array_size(self->sboms) > 0)
    json_object_set(json, "sboms", self->sboms);
  if (self->gaps != NULL)
    json_object_set_new(json, "completeness", json_pack("{s:s, s:o}", "profile", self->profile->id,
                                                        "gaps", gaps_json(self)));
  g_autofree char *text = ak_json_canonical(json, NULL, error);
  if (text != NULL)
    printf("%s\n", text);
  return text != NULL;
}

/* One line a kind: what is missing, named. */
static void print_gaps(const Check *self, AkLang lang) {
  static const char *const kinds[] = {"feature", "condition", "ics",    "ixit",     "empty",
                                      "fields",  "reason",    "answer", "evidence", "unknown"};
  g_autofree char *head = ak_text_format(
      lang, self->gaps->len > 0 ? "product.gaps" : "product.no-gaps", self->profile->id);
  printf("%s\n", head);
  for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
    g_autoptr(GString) line = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < self->gaps->len; i++) {
      const AkGap *gap = self->gaps->pdata[i];
      bool has_fields = strcmp(gap->kind, "fields") == 0;
      if (strcmp(gap->kind, kinds[k]) != 0)
        continue;
      count++;
      g_string_append_printf(line, "%s%s%s%s%s", line->len > 0 ? ", " : "", gap->what,
                             has_fields ? " (" : "", has_fields ? gap->detail : "",
                             has_fields ? ")" : "");
    }
    g_autofree char *id = g_strdup_printf("completeness.%s", kinds[k]);
    if (count > 0)
      printf("  %s (%u): %s\n", ak_text(lang, id), count, line->str);
  }
}

static void print_text(const Check *self, AkLang lang) {
  if (self->problems->len > 0) {
    g_autofree char *all = ak_problems_format(self->problems, self->path, lang);
    printf("%s\n", all);
  } else if (self->failure != NULL) {
    printf("%s\n", self->failure->message);
  } else {
    g_autofree char *line = ak_text_format(lang, "product.valid", self->path, self->product->name,
                                           self->product->version);
    printf("%s\n", line);
  }
  print_sboms(self, lang);
  if (self->gaps != NULL)
    print_gaps(self, lang);
}

static AkExit run_check(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1)
    return refuse_usage(cli, error);
  g_auto(Check) check = {.path = argv[0], .problems = ak_problems_new()};
  gsize size = 0;
  g_autofree char *folder = NULL;
  g_autofree char *data = ak_product_read_bytes(argv[0], &size, &folder, error);
  if (data == NULL)
    return AK_EXIT_USAGE;
  check.product =
      ak_product_check(data, size, argv[0], folder, true, check.problems, &check.failure);
  if (check.product != NULL)
    ak_product_rules_check(check.product, data, size, argv[0], check.problems);
  if (check.problems->len > 0)
    g_clear_pointer(&check.product, ak_product_free);
  if (!find_gaps(&check, error))
    return AK_EXIT_USAGE;
  read_sboms(&check, folder);
  if (cli->format == AK_FORMAT_TEXT)
    print_text(&check, cli->lang);
  else if (!print_json(&check, cli->lang, error))
    return AK_EXIT_NOT_FINISHED;
  return check.product != NULL ? AK_EXIT_PASS : AK_EXIT_USAGE;
}

/* One row a subcommand. */
static const struct {
  const char *word;
  AkExit (*run)(const AkCli *cli, int argc, char **argv, GError **error);
} subcommands[] = {
    {"check", run_check},
    {"init", run_init},
};

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  for (gsize i = 0; argc > 0 && i < G_N_ELEMENTS(subcommands); i++)
    if (strcmp(argv[0], subcommands[i].word) == 0)
      return subcommands[i].run(cli, argc - 1, argv + 1, error);
  return refuse_usage(cli, error);
}

const AkCommand ak_cli_product_command = {
    .word = "product",
    .arguments = "init|check [FILE]",
    .summary_id = "cli.product.summary",
    .help_id = "cli.product.help",
    .options = options,
    .run = run,
};
