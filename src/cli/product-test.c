/* akashi product init and check, run as a user runs them. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "util/json.h"

static char *folder; /* of all tests */

static int run(char **output, char **errors, const char *first, ...) {
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  g_ptr_array_add(words, (gpointer)g_getenv("AKASHI_PROGRAM"));
  g_ptr_array_add(words, (gpointer) "product");
  va_list rest;
  va_start(rest, first);
  for (const char *word = first; word != NULL; word = va_arg(rest, const char *))
    g_ptr_array_add(words, (gpointer)word);
  va_end(rest);
  g_ptr_array_add(words, NULL);
  int status = 0;
  g_autoptr(GError) error = NULL;
  g_assert_true(g_spawn_sync(folder, (char **)words->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                             output, errors, &status, &error));
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void write_file(const char *name, const char *text) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *read_file(const char *name) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  return text;
}

/* A skeleton has exactly the problems of what is to be filled in, and none after that. */
static void check_skeleton(const char *lang) {
  static const char *const open[] = {"name", "model", "version", "manufacturer", "addresses"};
  g_autofree char *output = NULL, *report = NULL, *after = NULL;
  g_autofree char *name = g_strdup_printf("%s.yaml", lang);
  g_assert_cmpint(run(&output, NULL, "init", name, "--lang", lang, NULL), ==, 0);
  g_assert_cmpint(run(&report, NULL, "check", name, "--format", "json", NULL), ==, 2);
  g_autoptr(json_t) json = ak_json_parse(report, strlen(report), "report", NULL);
  const json_t *problems = json_object_get(json, "problems");
  g_assert_cmpuint(json_array_size(problems), ==, G_N_ELEMENTS(open));
  for (gsize i = 0; i < G_N_ELEMENTS(open); i++)
    g_assert_cmpstr(ak_json_string_or(json_array_get(problems, i), "member", ""), ==, open[i]);
  for (gsize i = 0; i < 4; i++)
    g_assert_cmpstr(ak_json_string_or(json_array_get(problems, i), "problem", ""), ==, "empty");
  g_autofree char *text = read_file(name);
  g_autoptr(GString) filled = g_string_new(text);
  g_string_replace(filled, "[\"\"]", "[192.0.2.10]", 0);
  g_string_replace(filled, ": \"\"", ": X", 0);
  write_file(name, filled->str);
  g_assert_cmpint(run(&after, NULL, "check", name, "--lang", lang, NULL), ==, 0);
}

/* What the skeleton shows in comments can be used as it stands. */
/* Bills of materials are read: how many components they list, or why they cannot be. */
static void test_sboms(void) {
  g_autofree char *output = NULL, *text = NULL;
  write_file("bill.json", "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": ["
                          "{\"type\": \"library\", \"name\": \"a\"}, {\"type\": \"library\", "
                          "\"name\": \"b\"}]}");
  write_file("no-bill.json", "{\"bomFormat\": \"Other\"}");
  write_file("sboms.yaml", "product: {name: X, version: \"1\"}\nsboms: [bill.json, no-bill.json]\n");
  g_assert_cmpint(run(&output, NULL, "check", "sboms.yaml", "--format", "json", NULL), ==, 0);
  g_autoptr(json_t) json = ak_json_parse(output, strlen(output), "report", NULL);
  const json_t *sboms = json_object_get(json, "sboms");
  g_assert_cmpuint(json_array_size(sboms), ==, 2);
  g_assert_cmpint(json_integer_value(json_object_get(json_array_get(sboms, 0), "components")), ==, 2);
  g_assert_nonnull(strstr(ak_json_string_or(json_array_get(sboms, 1), "problem", ""), "no CycloneDX"));
  g_assert_cmpint(run(&text, NULL, "check", "sboms.yaml", "--lang", "ja", NULL), ==, 0);
  g_assert_nonnull(strstr(text, "構成部品2件"));
}

/* Rules are compiled: what is wrong stands with the place of the member and the line of the rules. */
static void test_rules(void) {
  g_autofree char *good = NULL, *bad = NULL, *japanese = NULL, *gone = NULL;
  write_file("good.yar", "rule a { strings: $a = \"x\" condition: $a }\n");
  write_file("bad.yar", "rule a {\n  strings: $a = \"x\"\n}\n"); /* no condition */
  write_file("rules.yaml", "product: {name: X, version: \"1\"}\nyara: good.yar\n");
  write_file("bad-rules.yaml", "product: {name: X, version: \"1\"}\nyara: bad.yar\n");
  write_file("no-rules.yaml", "product: {name: X, version: \"1\"}\nyara: gone.yar\n");
  g_assert_cmpint(run(&good, NULL, "check", "rules.yaml", NULL), ==, 0);
  g_assert_cmpint(run(&bad, NULL, "check", "bad-rules.yaml", NULL), ==, 2);
  g_assert_nonnull(strstr(bad, "bad-rules.yaml:2:7: yara: \"bad.yar\": holds no rules of YARA: bad.yar:3: "));
  g_assert_cmpint(run(&japanese, NULL, "check", "bad-rules.yaml", "--lang", "ja", NULL), ==, 2);
  g_assert_nonnull(strstr(japanese, "YARAの規則として読めません: bad.yar:3: "));
  g_assert_cmpint(run(&gone, NULL, "check", "no-rules.yaml", NULL), ==, 2);
  g_assert_nonnull(strstr(gone, "no-rules.yaml:2:7: yara: \"gone.yar\": there is no such file"));
}

static void check_comments(const char *lang) {
  g_autofree char *text = NULL, *output = NULL;
  g_assert_cmpint(run(&text, NULL, "init", "-", "--lang", lang, NULL), ==, 0);
  g_autoptr(GString) filled = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    char *start = *line + strspn(*line, " ");
    bool is_sample = g_str_has_prefix(start, "# ") && strchr(start, ':') != NULL &&
                     (g_ascii_islower(start[2]) || start[2] == ' ');
    gboolean replaced = !is_sample && line[1] != NULL && g_str_has_prefix(line[1], "# ") &&
                        (strstr(*line, ": []") != NULL || strstr(*line, ": {}") != NULL);
    if (is_sample)
      g_string_append_printf(filled, "%.*s%s\n", (int)(start - *line), *line, start + 2);
    else if (!replaced && strstr(*line, "services: []") == NULL)
      g_string_append_printf(filled, "%s\n", *line);
  }
  g_string_replace(filled, "[\"\"]", "[192.0.2.10]", 0);
  g_string_replace(filled, ": \"\"", ": X", 0);
  write_file("all.yaml", filled->str);
  write_file("firmware.bin", "x");
  g_autofree char *evidence = g_build_filename(folder, "evidence", NULL);
  g_mkdir(evidence, 0755);
  write_file("evidence/architecture.md", "x");
  int code = run(&output, NULL, "check", "all.yaml", "--format", "json", NULL);
  if (code != 0)
    g_error("%s\n%s", output, filled->str);
}

static void test_skeleton_in_english(void) {
  check_skeleton("en");
  check_comments("en");
}

static void test_skeleton_in_japanese(void) {
  check_skeleton("ja");
  check_comments("ja");
}

static void test_init_keeps_what_is_there(void) {
  g_autofree char *output = NULL, *errors = NULL;
  write_file("mine.yaml", "mine");
  g_assert_cmpint(run(&output, &errors, "init", "mine.yaml", NULL), ==, 2);
  g_assert_nonnull(strstr(errors, "mine.yaml"));
  g_autofree char *kept = read_file("mine.yaml");
  g_assert_cmpstr(kept, ==, "mine");
}

static void test_problems_have_places(void) {
  g_autofree char *english = NULL, *japanese = NULL;
  write_file("bad.yaml", "product: {name: G, version: 1, modell: M}\nsboms: [gone.json]\n");
  g_assert_cmpint(run(&english, NULL, "check", "bad.yaml", "--lang", "en", NULL), ==, 2);
  g_assert_nonnull(strstr(english, "bad.yaml:1:32: modell: there is no such member; is \"model\" "
                                   "meant?\n"));
  g_assert_nonnull(strstr(english, "bad.yaml:2:9: sboms: \"gone.json\": there is no such file"));
  g_assert_cmpint(run(&japanese, NULL, "check", "bad.yaml", "--lang", "ja", NULL), ==, 2);
  g_assert_nonnull(strstr(japanese, "bad.yaml:1:32: modell: このような項目はない"));
}

static void test_broken_yaml(void) {
  g_autofree char *text = NULL, *report = NULL, *missing = NULL;
  write_file("broken.yaml", "product: &a {name: x}\n");
  g_assert_cmpint(run(&text, NULL, "check", "broken.yaml", NULL), ==, 2);
  g_assert_true(g_str_has_prefix(text, "broken.yaml:1:13: anchors"));
  g_assert_cmpint(run(&report, NULL, "check", "broken.yaml", "--format", "json", NULL), ==, 2);
  g_autoptr(json_t) json = ak_json_parse(report, strlen(report), "report", NULL);
  g_assert_true(json_is_false(json_object_get(json, "valid")));
  g_assert_cmpuint(json_array_size(json_object_get(json, "problems")), ==, 1);
  g_assert_cmpint(run(NULL, &missing, "check", "nowhere.yaml", NULL), ==, 2);
  g_assert_nonnull(strstr(missing, "nowhere.yaml"));
}

static guint gaps_of(const json_t *json, const char *kind) {
  const json_t *gaps = json_object_get(json_object_get(json, "completeness"), "gaps");
  guint count = 0;
  for (gsize i = 0; i < json_array_size(gaps); i++)
    if (strcmp(ak_json_string_or(json_array_get(gaps, i), "missing", ""), kind) == 0)
      count++;
  return count;
}

static void test_completeness_for_a_profile(void) {
  g_autofree char *report = NULL, *unknown = NULL;
  write_file("small.yaml", "product: {name: G, version: 1}\n"
                           "features:\n"
                           "  a: {present: true}\n"
                           "  zz: {present: true, reason: r}\n"
                           "ics:\n"
                           "  5.1-1: {support: N}\n"
                           "ixit:\n"
                           "  1-AuthMech: [{id: A, description: d}]\n"
                           "  3-VulnTypes: []\n"
                           "  9-ReplSup: []\n"
                           "conditions:\n"
                           "  \"3\": {holds: false, reason: r}\n"
                           "answers:\n"
                           "  - {case: 5.1-1-1, verdict: pass, by: A, on: 2026-01-01, reason: r}\n");
  g_assert_cmpint(run(&report, NULL, "check", "small.yaml", "--format", "json", "--profile",
                      "en303645", NULL), ==, 0);
  g_autoptr(json_t) json = ak_json_parse(report, strlen(report), "report", NULL);
  g_assert_cmpuint(gaps_of(json, "feature"), ==, 26);  /* 27 letters a … aa, a is claimed */
  g_assert_cmpuint(gaps_of(json, "condition"), ==, 4); /* 3, 12, 14, 15, 16 */
  g_assert_cmpuint(gaps_of(json, "reason"), ==, 2);    /* feature a, ICS 5.1-1 */
  g_assert_cmpuint(gaps_of(json, "unknown"), ==, 1);   /* feature zz */
  g_assert_cmpuint(gaps_of(json, "ixit"), ==, 26);     /* of 29 */
  g_assert_cmpuint(gaps_of(json, "empty"), ==, 1);     /* 3; 9 may be, by condition 3 */
  g_assert_cmpuint(gaps_of(json, "fields"), ==, 1);
  g_assert_cmpuint(gaps_of(json, "evidence"), ==, 1);
  g_assert_cmpuint(gaps_of(json, "answer"), >, 50);
  g_assert_cmpint(run(NULL, &unknown, "check", "small.yaml", "--profile", "none", NULL), ==, 2);
  g_assert_nonnull(strstr(unknown, "--profile"));
}

static void test_a_complete_file(void) {
  g_autofree char *output = NULL;
  g_autofree char *path = g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"), "examples",
                                           "hardened-gateway", "product.yaml", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_autofree char *examples = g_path_get_dirname(path);
  g_autofree char *evidence = g_build_filename(examples, "evidence", NULL);
  g_autoptr(GString) moved = g_string_new(text);
  g_autofree char *absolute = g_strdup_printf("[%s/", evidence);
  g_autofree char *next = g_strdup_printf(", %s/", evidence);
  g_string_replace(moved, "../../build/tests/lab/hardened-gateway.uimage", "firmware.bin", 0);
  g_string_replace(moved, "[evidence/", absolute, 0);
  g_string_replace(moved, ", evidence/", next, 0);
  write_file("hardened.yaml", moved->str);
  write_file("firmware.bin", "x");
  int code = run(&output, NULL, "check", "hardened.yaml", "--profile", "en303645", "--lang", "en",
                 NULL);
  g_assert_cmpint(code, ==, 0);
  if (strstr(output, "lacks nothing") == NULL)
    g_error("%s", output);
}

static void test_usage(void) {
  g_assert_cmpint(run(NULL, NULL, "frobnicate", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "check", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "init", "a", "b", NULL), ==, 2);
}

static void remove_folder(void) {
  const char *argv[] = {"rm", "-r", folder, NULL};
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("akashi-product-XXXXXX", NULL);
  g_test_add_func("/cli/product/sboms", test_sboms);
  g_test_add_func("/cli/product/rules", test_rules);
  g_test_add_func("/product/skeleton/en", test_skeleton_in_english);
  g_test_add_func("/product/skeleton/ja", test_skeleton_in_japanese);
  g_test_add_func("/product/init-keeps", test_init_keeps_what_is_there);
  g_test_add_func("/product/places", test_problems_have_places);
  g_test_add_func("/product/broken", test_broken_yaml);
  g_test_add_func("/product/completeness", test_completeness_for_a_profile);
  g_test_add_func("/product/complete", test_a_complete_file);
  g_test_add_func("/product/usage", test_usage);
  int result = g_test_run();
  remove_folder();
  return result;
}
