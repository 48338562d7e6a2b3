/* Threat models: every cell of the knowledge, elements from the product file, tests that follow,
 * states. */
#include "verify/threat/threat.h"

#include <string.h>

/* --- knowledge
 * ------------------------------------------------------------------------------------ */

/* Knowledge with `rows` (JSON objects, comma-separated) and a reason for every other cell but
 * `hole`. */
static char *knowledge_text(const char *rows, const char *hole) {
  g_autoptr(GString) empty = g_string_new(NULL);
  const char *const *lists[] = {ak_product_interface_kinds, ak_product_asset_kinds};
  for (gsize l = 0; l < G_N_ELEMENTS(lists); l++)
    for (const char *const *kind = lists[l]; *kind != NULL; kind++)
      for (const char *const *stride = ak_threat_classes; *stride != NULL; stride++) {
        g_autofree char *cell = g_strdup_printf("\"stride\":\"%s\",\"of\":\"%s\"", *stride, *kind);
        if (strstr(rows, cell) == NULL && g_strcmp0(cell, hole) != 0)
          g_string_append_printf(empty, "%s{%s,\"reason\":{\"en\":\"r\",\"ja\":\"r\"}}",
                                 empty->len > 0 ? "," : "", cell);
      }
  return g_strdup_printf("{\"threats\":\"t\",\"version\":\"1\",\"rows\":[%s],\"empty\":[%s]}", rows,
                         empty->str);
}

#define ROW(id, stride, of, rest)                                                                  \
  "{\"id\":\"" id "\",\"stride\":\"" stride "\",\"of\":\"" of                                      \
  "\",\"title\":{\"en\":\"T\",\"ja\":\"T\"}," rest "}"

static AkThreatKnowledge *parsed(const char *rows) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = knowledge_text(rows, NULL);
  AkThreatKnowledge *knowledge = ak_threat_knowledge_parse(text, strlen(text), "k", &error);
  g_assert_no_error(error);
  return knowledge;
}

static void assert_refused(const char *rows, const char *hole, const char *reason) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = knowledge_text(rows, hole);
  g_autoptr(AkThreatKnowledge) knowledge =
      ak_threat_knowledge_parse(text, strlen(text), "k", &error);
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_null(knowledge);
  if (strstr(error->message, reason) == NULL)
    g_error("\"%s\" does not hold \"%s\"", error->message, reason);
}

static void test_every_cell(void) {
  const char *row = ROW("A", "spoofing", "network", "\"attacker\":[\"network\"],\"cases\":[]");
  g_autoptr(AkThreatKnowledge) knowledge = parsed(row);
  g_assert_cmpuint(knowledge->rows->len, ==, 1);
  g_assert_cmpuint(g_hash_table_size(knowledge->empty), ==, 59);
  assert_refused(row, "\"stride\":\"tampering\",\"of\":\"log\"",
                 "log × tampering has neither a threat and a reason for none");
  assert_refused(ROW("A", "spoofing", "cloud", "\"attacker\":[\"network\"]"), NULL, "\"cloud\"");
  assert_refused(ROW("A", "magic", "network", "\"attacker\":[\"network\"]"), NULL, "\"magic\"");
  assert_refused(ROW("A", "spoofing", "network", "\"attacker\":[]"), NULL, "\"attacker\" is empty");
  assert_refused(ROW("A", "spoofing", "network", "\"attacker\":[\"moon\"]"), NULL, "\"moon\"");
  assert_refused(ROW("A", "spoofing", "network", "\"attacker\":[\"network\"]") "," ROW(
                     "A", "tampering", "network", "\"attacker\":[\"network\"]"),
                 NULL, "stands twice");
}

static void test_truncated(void) {
  g_autofree char *text = knowledge_text(
      ROW("A", "spoofing", "network", "\"attacker\":[\"network\"],\"cases\":[\"1\"]"), NULL);
  for (gsize size = 0; size < strlen(text); size++) {
    g_autoptr(AkThreatKnowledge) knowledge = ak_threat_knowledge_parse(text, size, "k", NULL);
    g_assert_null(knowledge);
  }
}

/* --- a product
 * -------------------------------------------------------------------------------------- */

static void add_interface(AkProduct *product, const char *name, const char *kind, bool used,
                          bool login) {
  AkInterface *interface = g_new0(AkInterface, 1);
  *interface = (AkInterface){
      .name = g_strdup(name), .kind = g_strdup(kind), .used = used, .addresses = g_new0(char *, 1)};
  interface->services = g_ptr_array_new_with_free_func((GDestroyNotify)ak_service_free);
  if (login) {
    AkService *service = g_new0(AkService, 1);
    *service =
        (AkService){.transport = g_strdup("tcp"), .port = 443, .protocol = g_strdup("https")};
    service->auth = json_pack("{s:s}", "mechanism", "basic");
    g_ptr_array_add(interface->services, service);
  }
  g_ptr_array_add(product->interfaces, interface);
}

static AkProduct *product_with(json_t *document) {
  AkProduct *product = ak_product_new();
  AkImage *image = g_new0(AkImage, 1);
  image->name = g_strdup("image");
  product->name = g_strdup("P");
  product->document = document;
  add_interface(product, "lan", "network", true, true);
  add_interface(product, "wifi", "radio", false, false);
  g_ptr_array_add(product->images, image);
  return product;
}

#define CATALOGUE                                                                                  \
  "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"requirements\":[{" \
  "\"id\":\"1\",\"obligation\":\"M\",\"conditions\":\"\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},"   \
  "\"text\":{\"en\":\"T\",\"ja\":\"T\"},\"test_cases\":[{\"id\":\"1-1\",\"kind\":\"functional\","  \
  "\"method\":\"automatic\",\"grade\":\"safe\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"text\":{"   \
  "\"en\":\"T\",\"ja\":\"T\"},\"rule\":{\"needs\":[],\"pass\":\"all(image, x.good)\",\"expires\":" \
  "\"P1Y\"}}],\"origin\":\"o\",\"confidence\":{}}]}"

static const AkTestOutput first_outputs[] = {{"x.base", AK_VALUE_BOOL}, {NULL}},
                          good_outputs[] = {{"x.good", AK_VALUE_BOOL}, {NULL}},
                          other_outputs[] = {{"x.other", AK_VALUE_BOOL}, {NULL}},
                          idle_outputs[] = {{"x.idle", AK_VALUE_BOOL}, {NULL}};
static const char *const first_alone[] = {"t.first", NULL};
static const AkTest first_test = {.id = "t.first", .outputs = first_outputs},
                    good_test = {.id = "t.good", .outputs = good_outputs, .needs = first_alone},
                    other_test = {.id = "t.other", .outputs = other_outputs},
                    idle_test = {.id = "t.idle", .outputs = idle_outputs};
static const AkTest *const tests[] = {&first_test, &good_test, &other_test, &idle_test, NULL};

typedef struct {
  AkThreatKnowledge *knowledge;
  AkProduct *product;
  AkCatalog *catalog;
  AkProfile profile;
  AkThreatInput input;
  json_t *result;
} Model;

static Model model_of(const char *rows, json_t *document) {
  g_autoptr(GError) error = NULL;
  Model model = {.knowledge = parsed(rows), .product = product_with(document)};
  model.catalog = ak_catalog_parse(CATALOGUE, strlen(CATALOGUE), "c", &error);
  g_assert_no_error(error);
  model.profile = (AkProfile){.id = (char *)"p", .catalog = (char *)"c"};
  model.input = (AkThreatInput){.knowledge = model.knowledge,
                                .product = model.product,
                                .catalog = model.catalog,
                                .tests = tests};
  return model;
}

static void model_run(Model *self) {
  self->input.profile = &self->profile;
  self->result = ak_threats(&self->input);
}

static void model_clear(Model *self) {
  ak_threat_knowledge_free(self->knowledge);
  ak_product_free(self->product);
  ak_catalog_free(self->catalog);
  json_decref(self->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Model, model_clear)

/* "A lan, B image": threats with their elements, in order. */
static void assert_threats(const Model *self, const char *expected) {
  g_autoptr(GString) line = g_string_new(NULL);
  const json_t *list = json_object_get(self->result, "threats");
  for (gsize i = 0; i < json_array_size(list); i++)
    g_string_append_printf(line, "%s%s %s", i > 0 ? ", " : "",
                           ak_json_string_or(json_array_get(list, i), "threat", ""),
                           ak_json_string_or(json_array_get(list, i), "element", ""));
  g_assert_cmpstr(line->str, ==, expected);
}

#define ROWS                                                                                        \
  ROW("A", "spoofing", "network", "\"attacker\":[\"network\"],\"cases\":[\"1-1\",\"other-1\"]")     \
  "," ROW("B", "tampering", "radio", "\"attacker\":[\"radio\"],\"cases\":[]") "," ROW(              \
      "C", "elevation-of-privilege", "radio",                                                       \
      "\"attacker\":[\"radio\"],\"cases\":[],\"unused\":true") "," ROW("D", "spoofing",             \
                                                                       "credential",                \
                                                                       "\"attacker\":["             \
                                                                       "\"network\"],"              \
                                                                       "\"cases\":[],\"tests\":["   \
                                                                       "\"t.other\"]") "," ROW("E", \
                                                                                               "t"  \
                                                                                               "a"  \
                                                                                               "m"  \
                                                                                               "p"  \
                                                                                               "e"  \
                                                                                               "r"  \
                                                                                               "i"  \
                                                                                               "n"  \
                                                                                               "g", \
                                                                                               "f"  \
                                                                                               "i"  \
                                                                                               "r"  \
                                                                                               "m"  \
                                                                                               "w"  \
                                                                                               "a"  \
                                                                                               "r"  \
                                                                                               "e", \
                                                                                               "\"attacker\":[\"supply\"],\"cases\":[]")

/* Nothing said: log-in and image are assets, everybody is an attacker; an unused interface has only
 * the threats of unused ones. */
static void test_assumed(void) {
  g_auto(Model) model = model_of(ROWS, json_object());
  model_run(&model);
  assert_threats(&model, "A lan, C wifi, D lan, E image");
  const json_t *assumed = json_object_get(model.result, "assumed");
  g_assert_true(json_is_true(json_object_get(assumed, "assets")));
  g_assert_true(json_is_true(json_object_get(assumed, "attackers")));
}

static void test_stated(void) {
  g_auto(Model) model =
      model_of(ROWS, json_pack("{s:[{s:s, s:s}], s:[s]}", "assets", "name", "password", "kind",
                               "credential", "attackers", "network"));
  model_run(&model);
  assert_threats(&model, "A lan, D password");
}

/* A sweep of ports says nothing of a radio, whatever case speaks to both. */
static void test_by_people(void) {
  g_auto(Model) model =
      model_of(ROW("A", "spoofing", "network",
                   "\"attacker\":[\"network\"],\"cases\":[\"1-1\"],\"by_people\":true"),
               json_object());
  model_run(&model);
  const json_t *threat = json_array_get(json_object_get(model.result, "threats"), 0);
  g_assert_cmpuint(json_array_size(json_object_get(threat, "cases")), ==, 1);
  g_assert_cmpuint(json_array_size(json_object_get(threat, "tests")), ==, 0);
}

static void test_cases_of_the_profile(void) {
  g_auto(Model) model = model_of(ROWS, json_object());
  model_run(&model);
  const json_t *threat = json_array_get(json_object_get(model.result, "threats"), 0);
  g_autofree char *text = json_dumps(threat, JSON_COMPACT | JSON_SORT_KEYS);
  g_assert_nonnull(strstr(text, "\"cases\":[\"1-1\"]"));
  g_assert_nonnull(strstr(text, "\"other_cases\":[\"other-1\"]"));
  g_assert_nonnull(strstr(text, "\"tests\":[\"t.good\"]"));
}

/* From the profile, from a threat alone, as something needed; what nobody asks for stays out. */
static void test_tests_that_follow(void) {
  g_auto(Model) model = model_of(ROWS, json_object());
  model_run(&model);
  g_autoptr(json_t) why = ak_threats_tests(&model.input, model.result);
  g_autofree char *text = json_dumps(why, JSON_COMPACT | JSON_SORT_KEYS);
  g_assert_cmpstr(text, ==,
                  "{\"t.first\":{\"needed_by\":[\"t.good\"]},"
                  "\"t.good\":{\"requirements\":[\"1\"],\"threats\":[\"A lan\"]},"
                  "\"t.other\":{\"threats\":[\"D lan\"]}}");
}

/* --- states
 * ------------------------------------------------------------------------------------------- */

static const char *state_of(const char *cases, const char *verdicts) {
  g_autoptr(GError) error = NULL;
  g_autofree char *threat_text = g_strdup_printf("{\"cases\":[%s]}", cases);
  g_autofree char *verdict_text = g_strdup_printf("{\"verdicts\":[%s]}", verdicts);
  g_autoptr(json_t) threat = ak_json_parse(threat_text, strlen(threat_text), "t", &error);
  g_autoptr(json_t) json = ak_json_parse(verdict_text, strlen(verdict_text), "v", &error);
  g_assert_no_error(error);
  return ak_threat_state(threat, json);
}

#define CASE(id, verdict) "{\"case\":\"" id "\",\"verdict\":\"" verdict "\"}"
#define REQUIREMENT(verdict, cases) "{\"verdict\":\"" verdict "\",\"cases\":[" cases "]}"

static void test_states(void) {
  const char *two = REQUIREMENT("fail", CASE("a", "pass") "," CASE("b", "fail"));
  g_assert_cmpstr(state_of("", two), ==, "untested");
  g_assert_cmpstr(state_of("\"a\"", two), ==, "countered");
  g_assert_cmpstr(state_of("\"a\",\"b\"", two), ==, "found");
  g_assert_cmpstr(state_of("\"a\",\"gone\"", two), ==, "open");
  g_assert_cmpstr(state_of("\"a\"", REQUIREMENT("inconclusive", CASE("a", "inconclusive"))), ==,
                  "open");
  g_assert_cmpstr(state_of("\"a\"", REQUIREMENT("not-applicable", CASE("a", "not-run"))), ==,
                  "not-applicable");
  g_assert_cmpstr(
      state_of("\"a\",\"b\"", REQUIREMENT("not-applicable", CASE("a", "not-run")) "," REQUIREMENT(
                                  "pass", CASE("b", "pass"))),
      ==, "countered");
}

/* --- the program's own knowledge
 * ------------------------------------------------------------------------ */

static void collect_cases(GHashTable *ids, const char *catalog_id) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = ak_catalog_load(catalog_id, NULL, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    for (guint c = 0; c < row->cases->len; c++)
      g_hash_table_add(ids, g_strdup(((const AkTestCase *)row->cases->pdata[c])->id));
  }
}

static void test_own_knowledge(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkThreatKnowledge) knowledge = ak_threat_knowledge_load(&error);
  g_assert_no_error(error);
  g_autoptr(GHashTable) cases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  collect_cases(cases, "en303645");
  collect_cases(cases, "jc-star");
  for (guint i = 0; i < knowledge->rows->len; i++) {
    const AkThreatRow *row = knowledge->rows->pdata[i];
    for (char **id = row->cases; *id != NULL; id++)
      if (!g_hash_table_contains(cases, *id))
        g_error("%s: there is no case %s", row->id, *id);
    for (char **id = row->tests; *id != NULL; id++)
      if (ak_test_find(*id) == NULL)
        g_error("%s: there is no test %s", row->id, *id);
  }
}

/* No test of the program is left out of a whole verification by EN 303 645: something asks for
 * each, but for those that run only where their option is given. */
static void test_every_test_is_asked_for(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkThreatKnowledge) knowledge = ak_threat_knowledge_load(&error);
  g_assert_no_error(error);
  g_autoptr(AkProfile) profile = ak_profile_load("en303645", NULL, &error);
  g_autoptr(AkCatalog) catalog = ak_catalog_load("en303645", NULL, &error);
  g_assert_no_error(error);
  g_autoptr(AkProduct) product = product_with(json_object());
  AkThreatInput input = {.knowledge = knowledge,
                         .product = product,
                         .catalog = catalog,
                         .profile = profile,
                         .tests = ak_test_table};
  g_autoptr(json_t) threats = ak_threats(&input);
  g_autoptr(json_t) why = ak_threats_tests(&input, threats);
  for (gsize i = 0; ak_test_table[i] != NULL; i++)
    if (ak_test_table[i]->run != NULL && ak_test_table[i]->option == NULL &&
        json_object_get(why, ak_test_table[i]->id) == NULL)
      g_error("nothing asks for %s", ak_test_table[i]->id);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/threat/every-cell", test_every_cell);
  g_test_add_func("/threat/truncated", test_truncated);
  g_test_add_func("/threat/assumed", test_assumed);
  g_test_add_func("/threat/stated", test_stated);
  g_test_add_func("/threat/by-people", test_by_people);
  g_test_add_func("/threat/cases-of-the-profile", test_cases_of_the_profile);
  g_test_add_func("/threat/tests-that-follow", test_tests_that_follow);
  g_test_add_func("/threat/states", test_states);
  g_test_add_func("/threat/own-knowledge", test_own_knowledge);
  g_test_add_func("/threat/every-test-is-asked-for", test_every_test_is_asked_for);
  return g_test_run();
}
