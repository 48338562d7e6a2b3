#include "catalog/catalog.h"

#include <string.h>

#include "util/json.h"

/* The smallest catalogue; %s stands where a test puts its own part. */
#define HEAD                                                                                       \
  "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"C\",\"ja\":\"C\"},"                    \
  "\"features\":{\"a\":{\"title\":{\"en\":\"A\",\"ja\":\"A\"}}},\"lists\":{\"l\":[\"x\"]},"
#define CASE(id, rule)                                                                             \
  "{\"id\":\"" id "\",\"kind\":\"functional\",\"method\":\"manual\",\"grade\":\"safe\","           \
  "\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"text\":{\"en\":\"T\",\"ja\":\"T\"},\"rule\":" rule "}"
#define ROW(id, conditions, cases)                                                                 \
  "{\"id\":\"" id "\",\"obligation\":\"M\",\"conditions\":\"" conditions                           \
  "\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"text\":{\"en\":\"T\",\"ja\":\"T\"},"                 \
  "\"origin\":\"o\",\"test_cases\":[" cases "]}"
#define RULE "{\"pass\":\"answer(pass)\",\"expires\":\"P1Y\"}"

static void assert_refused(const char *json, const char *words) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = ak_catalog_parse(json, strlen(json), "x.json", &error);
  g_assert_null(catalog);
  g_assert_nonnull(error);
  if (strstr(error->message, words) == NULL)
    g_error("\"%s\" does not say \"%s\"", error->message, words);
}

static void test_small(void) {
  const char *json = HEAD "\"requirements\":[" ROW("r", "feature(a)", CASE("r-1", RULE)) "]}";
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = ak_catalog_parse(json, strlen(json), "x.json", &error);
  g_assert_no_error(error);
  g_assert_cmpstr(catalog->id, ==, "c");
  const AkRequirement *row = ak_catalog_requirement(catalog, "r");
  g_assert_cmpuint(row->cases->len, ==, 1);
  const AkTestCase *test_case = row->cases->pdata[0];
  g_assert_cmpint(test_case->kind, ==, AK_CASE_FUNCTIONAL);
  g_assert_cmpuint(test_case->compiled->expires_months, ==, 12);
  g_assert_null(ak_catalog_requirement(catalog, "s"));
}

static void test_mistakes_have_a_place(void) {
  assert_refused("{", "x.json:1:");
  assert_refused(HEAD "\"surprise\":1,\"requirements\":[]}", "unknown member \"surprise\"");
  assert_refused(HEAD "\"requirements\":[" ROW("r", "", CASE("r-1", RULE)) "," ROW(
                     "r", "", CASE("r-2", RULE)) "]}",
                 "id \"r\" stands twice");
  assert_refused(HEAD "\"requirements\":[" ROW("r", "", CASE("r-1", RULE)) "," ROW(
                     "s", "", CASE("r-1", RULE)) "]}",
                 "id \"r-1\" stands twice");
  assert_refused(HEAD "\"requirements\":[" ROW("r", "", "") "]}", "requirement r: 1 to");
  assert_refused(HEAD "\"requirements\":[" ROW("r", "feature(b)", CASE("r-1", RULE)) "]}",
                 "requirement r: column 1: there is no feature \"b\"");
  assert_refused(HEAD "\"requirements\":[" ROW("r", "answer(pass)", CASE("r-1", RULE)) "]}",
                 "features and conditions only");
  assert_refused(HEAD "\"requirements\":[" ROW(
                     "r", "", CASE("r-1", "{\"pass\":\"answer(\",\"expires\":\"P1Y\"}")) "]}",
                 "requirement r: case r-1: rule: pass: column 8");
  assert_refused(HEAD "\"requirements\":[" ROW(
                     "r", "", CASE("r-1", "{\"pass\":\"true\",\"expires\":\"1Y\"}")) "]}",
                 "P1Y is expected");
  assert_refused(HEAD "\"requirements\":[" ROW("r", "", CASE("r-1", "{\"pass\":\"true\"}")) "]}",
                 "\"expires\" is missing");
  assert_refused(
      HEAD "\"requirements\":[" ROW(
          "r", "", CASE("r-1", "{\"pass\":\"all(image, x.y in $m)\",\"expires\":\"P1Y\"}")) "]}",
      "column 12: there is no list \"m\"");
  assert_refused(
      HEAD "\"requirements\":[" ROW(
          "r", "",
          CASE("r-1", "{\"pass\":\"true\",\"needs\":[\"luck\"],\"expires\":\"P1Y\"}")) "]}",
      "need 1: unknown need \"luck\"");
}

static void test_both_languages(void) {
  assert_refused(
      "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"C\"},\"requirements\":[]}",
      "title: member \"ja\" is missing");
  assert_refused("{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"C\",\"ja\":\"\"},"
                 "\"requirements\":[]}",
                 "a text is empty");
}

static void test_cut_at_every_byte(void) {
  const char *json = HEAD "\"requirements\":[" ROW("r", "", CASE("r-1", RULE)) "]}";
  for (gsize size = 0; size < strlen(json); size++) {
    g_autofree char *part = g_memdup2(json, MAX(size, 1));
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_catalog_parse(part, size, "x.json", &error));
    g_assert_nonnull(error);
  }
}

/* --- the program's own data --------------------------------------------------------------- */

static AkCatalog *load(const char *id) {
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_load(id, NULL, &error);
  g_assert_no_error(error);
  return catalog;
}

static guint count_cases(const AkCatalog *catalog, AkCaseKind kind) {
  guint count = 0;
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    for (guint c = 0; c < row->cases->len; c++)
      count += ((const AkTestCase *)row->cases->pdata[c])->kind == kind;
  }
  return count;
}

static void test_en303645(void) {
  g_autoptr(AkCatalog) catalog = load("en303645");
  g_assert_cmpuint(catalog->requirements->len, ==, 78);
  g_assert_cmpuint(json_object_size(catalog->ixit), ==, 29);
  g_assert_cmpuint(json_object_size(catalog->features), ==, 27);
  g_assert_cmpuint(json_object_size(catalog->conditions), ==, 5);
  const AkRequirement *row = ak_catalog_requirement(catalog, "5.1-5");
  g_assert_cmpstr(row->obligation, ==, "M");
  g_assert_cmpstr(row->conditions, ==, "condition(14) and feature(e)");
  row = ak_catalog_requirement(catalog, "5.6-1");
  g_assert_cmpstr(row->conditions, ==, "feature(p)");
  row = ak_catalog_requirement(catalog, "5.3-10");
  g_assert_cmpint(((AkTestCase *)row->cases->pdata[0])->kind, ==, AK_CASE_CONCEPTUAL_FUNCTIONAL);
}

static void test_jc_star(void) {
  g_autoptr(AkCatalog) catalog = load("jc-star");
  g_assert_cmpuint(catalog->requirements->len, ==, 16);
  g_assert_cmpuint(count_cases(catalog, AK_CASE_DEVICE), ==, 2);    /* S1.1-04 and S1.1-13 */
  g_assert_cmpuint(count_cases(catalog, AK_CASE_DOCUMENT), ==, 15); /* all but S1.1-04 */
}

/* Every row against the facts that it was made from, where these are at hand. */
static void test_agrees_with_the_facts(void) {
  const char *folder = g_getenv("AKASHI_TEST_DATA");
  if (folder == NULL) {
    g_test_skip("AKASHI_TEST_DATA is not set");
    return;
  }
  g_autofree char *path = g_build_filename(folder, "facts", "en303645.json", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_autoptr(json_t) facts = ak_json_parse(text, strlen(text), "facts", NULL);
  g_autoptr(AkCatalog) catalog = load("en303645");
  const json_t *rows = json_object_get(facts, "provisions");
  g_assert_cmpuint(json_array_size(rows), ==, catalog->requirements->len);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *fact = json_array_get(rows, i);
    const AkRequirement *row = catalog->requirements->pdata[i];
    g_assert_cmpstr(row->id, ==, ak_json_string_or(fact, "id", ""));
    g_assert_cmpint(row->obligation[0], ==, ak_json_string_or(fact, "v3_1_3_status", "")[0]);
    const json_t *tests = json_object_get(fact, "ts_103_701");
    const json_t *cases = json_object_get(tests, "test_cases");
    g_assert_cmpuint(json_array_size(cases), ==, row->cases->len);
    for (gsize c = 0; c < row->cases->len; c++)
      g_assert_true(g_str_has_prefix(json_string_value(json_array_get(cases, c)),
                                     ((AkTestCase *)row->cases->pdata[c])->id));
    g_assert_true(json_equal(json_object_get(tests, "ixit"), json_object_get(row->props, "ixit")));
    g_assert_true(json_equal(json_object_get(fact, "confidence"), row->confidence));
  }
}

static bool note_property(const AkExpression *node, gpointer data, GError **error) {
  if (node->name != NULL && strchr(node->name, '.') != NULL && node->kind >= AK_EXPRESSION_SEEN &&
      node->kind != AK_EXPRESSION_ATTRIBUTE)
    g_hash_table_add(data, node->name);
  return true;
}

/* A property that no test observes would keep a rule undecided for ever. */
static void test_rules_use_known_properties(void) {
  const char *root = g_getenv("AKASHI_SOURCE_ROOT");
  g_assert_nonnull(root);
  g_autofree char *path = g_build_filename(root, "docs/formats/properties.md", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_auto(GStrv) ids = ak_catalog_ids();
  for (char **id = ids; *id != NULL; id++) {
    g_autoptr(AkCatalog) catalog = load(*id);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < catalog->requirements->len; i++) {
      const AkRequirement *row = catalog->requirements->pdata[i];
      for (guint c = 0; c < row->cases->len; c++)
        ak_rule_foreach(((AkTestCase *)row->cases->pdata[c])->compiled, note_property, names, NULL);
    }
    GHashTableIter iter;
    gpointer name = NULL;
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
      g_autofree char *quoted = g_strdup_printf("`%s`", (char *)name);
      if (strstr(text, quoted) == NULL)
        g_error("%s: no test observes %s", *id, (char *)name);
    }
  }
}

static void test_profiles(void) {
  g_auto(GStrv) ids = ak_profile_ids();
  g_assert_true(g_strv_contains((const char *const *)ids, "en303645"));
  g_assert_true(g_strv_contains((const char *const *)ids, "jc-star-1"));
  for (char **id = ids; *id != NULL; id++) {
    g_autoptr(AkProfile) profile = ak_profile_load(*id, NULL, NULL);
    g_assert_nonnull(profile);
    g_autoptr(AkCatalog) catalog = load(profile->catalog);
    for (char **row = profile->requirements; row != NULL && *row != NULL; row++)
      g_assert_nonnull(ak_catalog_requirement(catalog, *row));
  }
}

static void test_ids_are_no_paths(void) {
  static const char *const bad[] = {"", "../en303645", "/etc/passwd", ".en303645", "none"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_assert_null(ak_catalog_load(bad[i], NULL, NULL));
    g_assert_null(ak_catalog_load(bad[i], "/", NULL));
    g_assert_null(ak_profile_load(bad[i], NULL, NULL));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/catalog/small", test_small);
  g_test_add_func("/catalog/mistakes", test_mistakes_have_a_place);
  g_test_add_func("/catalog/languages", test_both_languages);
  g_test_add_func("/catalog/cut", test_cut_at_every_byte);
  g_test_add_func("/catalog/en303645", test_en303645);
  g_test_add_func("/catalog/jc-star", test_jc_star);
  g_test_add_func("/catalog/facts", test_agrees_with_the_facts);
  g_test_add_func("/catalog/properties", test_rules_use_known_properties);
  g_test_add_func("/catalog/profiles", test_profiles);
  g_test_add_func("/catalog/ids", test_ids_are_no_paths);
  return g_test_run();
}
