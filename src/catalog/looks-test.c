#include "catalog/looks.h"

#include <string.h>

#define HEAD                                                                                       \
  "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"requirements\":[{" \
  "\"id\":\"1\",\"obligation\":\"M\",\"conditions\":\"\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},"   \
  "\"text\":{\"en\":\"T\",\"ja\":\"T\"},\"test_cases\":[{\"id\":\"1-1\",\"kind\":\"functional\","  \
  "\"method\":\"%s\",\"grade\":\"safe\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"text\":{\"en\":"   \
  "\"T\",\"ja\":\"T\"},\"rule\":%s}],\"origin\":\"o\",\"confidence\":{}}]}"

static AkCatalog *with_rule(const char *method, const char *rule) {
  g_autoptr(GError) error = NULL;
  g_autofree char *json = g_strdup_printf(HEAD, method, rule);
  AkCatalog *catalog = ak_catalog_parse(json, strlen(json), "c", &error);
  g_assert_no_error(error);
  return catalog;
}

static const AkTestCase *only_case(const AkCatalog *catalog) {
  const AkRequirement *row = catalog->requirements->pdata[0];
  return row->cases->pdata[0];
}

static void assert_texts(const GPtrArray *texts, const char *expected) {
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf(line, "%s%s", i > 0 ? " " : "", (const char *)texts->pdata[i]);
  g_assert_cmpstr(line->str, ==, expected);
}

/* Triggers, needs (their subjects too) and the pass are all looked through; attributes are no
 * property. */
static void test_properties(void) {
  g_autoptr(AkCatalog) catalog = with_rule(
      "automatic", "{\"fail\":[{\"when\":\"any(service.tcp where @declared, "
                   "seen(tls.offered))\",\"finding\":\"f\","
                   "\"severity\":\"low\"}],\"needs\":[\"discover:tcp\",{\"coverage\":\"http."
                   "coverage\",\"of\":[\"auth\"],"
                   "\"each\":\"service.tcp where seen(http.offered)\"}],\"pass\":\"all(image, "
                   "absent(secret.private-key))\","
                   "\"expires\":\"P1Y\"}");
  g_autoptr(GPtrArray) properties = ak_rule_properties(only_case(catalog)->compiled);
  assert_texts(
      properties,
      "http.coverage http.offered net.coverage net.port.open secret.private-key tls.offered");
}

static void test_tests_of_properties(void) {
  static const AkTestOutput a[] = {{"x.one", AK_VALUE_BOOL}, {NULL}},
                            b[] = {{"x.two", AK_VALUE_BOOL}, {"x.one", AK_VALUE_BOOL}, {NULL}},
                            c[] = {{"x.three", AK_VALUE_BOOL}, {NULL}};
  static const AkTest first = {.id = "t.b", .outputs = b}, second = {.id = "t.a", .outputs = a},
                      third = {.id = "t.c", .outputs = c};
  static const AkTest *const tests[] = {&first, &second, &third, NULL};
  g_autoptr(GPtrArray) properties = g_ptr_array_new();
  g_ptr_array_add(properties, "x.one");
  g_ptr_array_add(properties, "x.two");
  g_autoptr(GPtrArray) ids = ak_rule_tests(properties, tests);
  assert_texts(ids, "t.b t.a");
}

#define TRIGGER                                                                                    \
  "[{\"when\":\"any(image, seen(secret.private-key))\",\"finding\":\"f\",\"severity\":\"low\"}]"

#define EXPIRES "\"expires\":\"P1Y\"}"

static void test_reach(void) {
  static const struct {
    const char *method, *rule;
    AkReach reach;
  } cases[] = {
      {"manual", "{\"needs\":[\"answer\"],\"pass\":\"answer(pass)\"," EXPIRES, AK_REACH_NONE},
      {"semi-automatic",
       "{\"refute\":" TRIGGER ",\"needs\":[\"answer\"],\"pass\":\"answer(pass)\"," EXPIRES,
       AK_REACH_REFUTES},
      {"semi-automatic",
       "{\"fail\":" TRIGGER ",\"needs\":[\"answer\"],\"pass\":\"answer(pass)\"," EXPIRES,
       AK_REACH_PARTLY},
      {"semi-automatic",
       "{\"refute\":" TRIGGER
       ",\"needs\":[],\"pass\":\"all(image, firmware.ok) and answer(pass)\"," EXPIRES,
       AK_REACH_REFUTES},
      {"semi-automatic",
       "{\"needs\":[],\"pass\":\"all(image, firmware.ok) or answer(pass)\"," EXPIRES,
       AK_REACH_DECIDES},
      {"automatic", "{\"needs\":[],\"pass\":\"justified\"," EXPIRES, AK_REACH_DECIDES},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(AkCatalog) catalog = with_rule(cases[i].method, cases[i].rule);
    g_assert_cmpstr(ak_reach_name(ak_case_reach(only_case(catalog))), ==,
                    ak_reach_name(cases[i].reach));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/catalog/looks/properties", test_properties);
  g_test_add_func("/catalog/looks/tests", test_tests_of_properties);
  g_test_add_func("/catalog/looks/reach", test_reach);
  return g_test_run();
}
