/* The program's own knowledge, and small files that are wrong in one place each. */
#include <gio/gio.h>
#include <string.h>

#include "chain/knowledge/knowledge.h"

static const char small[] =
    "{\"version\": \"1\","
    "\"functions\": [{\"id\": \"F\", \"layer\": 2, \"title\": {\"en\": \"f\", \"ja\": \"f\"}}],"
    "\"incidents\": [{\"id\": \"I\", \"function\": \"F\", \"title\": {\"en\": \"i\", \"ja\": "
    "\"i\"}}],"
    "\"requirements\": [{\"id\": \"M\", \"title\": {\"en\": \"m\", \"ja\": \"m\"}, \"confidence\": "
    "{\"text\": \"own\"}}],"
    "\"risk_sources\": [{\"id\": \"R\", \"incident\": \"I\", \"element\": \"component\", "
    "\"measures\": [\"M\"],"
    " \"vulnerability\": {\"en\": \"v\", \"ja\": \"v\"}, \"confidence\": {\"incident\": \"own\", "
    "\"threat\": \"own\","
    " \"vulnerability\": \"own\", \"measures\": \"own\", \"mapping\": \"own\"}}],"
    "\"empty\": []}";

static json_t *own(void) {
  g_autoptr(GBytes) bytes =
      g_resources_lookup_data("/akashi/knowledge/cpsf.json", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_assert_nonnull(bytes);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(GError) error = NULL;
  json_t *document = ak_json_parse(data, size, "cpsf.json", &error);
  g_assert_no_error(error);
  return document;
}

static AkChainKnowledge *read_text(const char *text, GError **error) {
  g_autoptr(json_t) document = ak_json_parse(text, strlen(text), "t", error);
  g_assert_nonnull(document);
  return ak_chain_knowledge_new(document, "t", error);
}

/* 3 layers, 10 functions, 28 incidents, 104 requirements, 28 × 6 risk sources. Source:
 * docs/formats/knowledge.md. */
static void test_own(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) document = own();
  g_autoptr(AkChainKnowledge) self = ak_chain_knowledge_new(document, "cpsf", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(self->functions->len, ==, 10);
  g_assert_cmpuint(self->incidents->len, ==, 28);
  g_assert_cmpuint(self->requirements->len, ==, 104);
  g_assert_cmpuint(self->sources->len, ==, 168);
  g_autoptr(GPtrArray) problems = ak_chain_knowledge_lint(self);
  for (guint i = 0; i < problems->len; i++)
    g_test_message("%s", ((const AkChainLintProblem *)problems->pdata[i])->subject);
  g_assert_cmpuint(problems->len, ==, 0);
  const AkChainRiskSource *source = ak_chain_knowledge_source(self, "L2_1_a_COM");
  g_assert_cmpuint(source->incident->function->layer, ==, 2);
  g_assert_cmpstr(ak_chain_elements[source->element], ==, "component");
  g_assert_null(ak_chain_knowledge_source(self, "L9"));
  g_assert_nonnull(ak_chain_knowledge_requirement(self, "CPS.AC-1"));
}

/* Which requirements of which catalogue are looked at: CPS.AC-4 is brute force, 5.1-5 of EN 303 645. */
static void test_links(void) {
  g_autoptr(json_t) document = own();
  g_autoptr(AkChainKnowledge) self = ak_chain_knowledge_new(document, "cpsf", NULL);
  const AkChainTestLink *link = ak_chain_knowledge_test(self, "CPS.AC-4", "en303645");
  g_assert_nonnull(link);
  g_assert_cmpstr(link->requirement->id, ==, "CPS.AC-4");
  g_assert_cmpuint(json_array_size(link->requirements), ==, 1);
  g_assert_cmpstr(json_string_value(json_array_get(link->requirements, 0)), ==, "5.1-5");
  g_assert_null(ak_chain_knowledge_test(self, "CPS.AC-4", "none"));
  g_assert_null(ak_chain_knowledge_test(self, "CPS.GV-1", "en303645"));
  g_assert_true(ak_chain_knowledge_has_test(self, "CPS.AC-4"));
  g_assert_false(ak_chain_knowledge_has_test(self, "CPS.GV-1"));
}

/* `from` in the small file becomes `to`. */
static char *changed(const char *from, const char *to) {
  g_auto(GStrv) parts = g_strsplit(small, from, 2);
  g_assert_nonnull(parts[1]);
  return g_strconcat(parts[0], to, parts[1], NULL);
}

static void test_refused(void) {
  static const struct {
    const char *from, *to, *message;
  } rows[] = {
      {"\"layer\": 2", "\"layer\": 4", "t: F: member \"layer\""},
      {"\"function\": \"F\"", "\"function\": \"G\"", "t: I: \"function\" is G, which is none"},
      {"\"incident\": \"I\"", "\"incident\": \"J\"", "t: R: \"incident\" is J, which is none"},
      {"\"component\"", "\"robot\"", "t: R: \"element\" is robot, which is none"},
      {"[\"M\"]", "[\"N\"]", "t: R: \"measures\" holds \"N\", which is none"},
      {"[\"M\"]", "[\"M\", \"M\"]", "t: R: \"measures\" holds \"M\", twice"},
      {"\"ja\": \"i\"", "\"jp\": \"i\"", "t: I: \"title\" lacks a text in English or Japanese"},
      {"\"id\": \"M\"", "\"id\": \"\"", "t: \"requirements\" 1: the id is empty"},
      {"\"empty\"",
       "\"tests\": [{\"id\": \"N/c\", \"requirement\": \"N\", \"catalog\": \"c\", "
       "\"requirements\": [\"1\"]}], \"empty\"",
       "t: N/c: \"requirement\" is none of the knowledge"},
      {"\"empty\"",
       "\"tests\": [{\"id\": \"M/d\", \"requirement\": \"M\", \"catalog\": \"c\", "
       "\"requirements\": [\"1\"]}], \"empty\"",
       "t: M/d: the id is not REQUIREMENT/CATALOG"},
      {"\"empty\"",
       "\"tests\": [{\"id\": \"M/c\", \"requirement\": \"M\", \"catalog\": \"c\", "
       "\"requirements\": []}], \"empty\"",
       "t: M/c: \"requirements\" is no list of 1 to 100 texts"},
      {"\"id\": \"M\"", "\"effect_percent\": [9, 101], \"numbers_origin\": \"user\", \"id\": \"M\"",
       "t: M: \"effect_percent\" is no range of two whole numbers up to 100"},
      {"\"id\": \"M\"", "\"cost_yen\": [2, 1], \"numbers_origin\": \"user\", \"id\": \"M\"",
       "t: M: \"cost_yen\" is no range"},
      {"\"id\": \"M\"", "\"cost_yen\": [1, 2], \"id\": \"M\"", "t: M: member \"numbers_origin\""},
      {"\"functions\"", "\"funktions\"", "t: member \"functions\""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = changed(rows[i].from, rows[i].to);
    g_autoptr(GError) error = NULL;
    g_autoptr(AkChainKnowledge) self = read_text(text, &error);
    g_assert_null(self);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    if (!g_str_has_prefix(error->message, rows[i].message))
      g_error("%s", error->message);
  }
}

/* "SUBJECT ID HINT" */
static bool lint_says(const char *text, const char *expected) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainKnowledge) self = read_text(text, &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) problems = ak_chain_knowledge_lint(self);
  for (guint i = 0; i < problems->len; i++) {
    const AkChainLintProblem *problem = problems->pdata[i];
    g_autofree char *said = g_strdup_printf("%s %s %s", problem->subject, problem->id, problem->hint);
    if (strcmp(said, expected) == 0)
      return true;
  }
  return false;
}

/* The small file fills one cell of eighteen and has no other fault. */
static void test_lint(void) {
  g_autoptr(AkChainKnowledge) self = read_text(small, NULL);
  g_autoptr(GPtrArray) problems = ak_chain_knowledge_lint(self);
  g_assert_cmpuint(problems->len, ==, 17);
  g_autofree char *untreated = changed("[\"M\"]", "[]");
  g_assert_true(lint_says(untreated, "R untreated "));
  g_assert_true(lint_says(untreated, "M treats-nothing "));
  g_autofree char *unsaid = changed("\"mapping\": \"own\"", "\"mapped\": \"own\"");
  g_assert_true(lint_says(unsaid, "R no-confidence mapping"));
  g_assert_true(lint_says(small, "1/data cell-unsaid "));
  g_autofree char *reason =
      changed("\"empty\": []", "\"empty\": [{\"layer\": 1, \"element\": \"data\", \"reason\": "
                               "{\"en\": \"r\", \"ja\": \"r\"}}]");
  g_assert_false(lint_says(reason, "1/data cell-unsaid "));
  g_autofree char *both =
      changed("\"empty\": []", "\"empty\": [{\"layer\": 2, \"element\": \"component\", \"reason\": "
                               "{\"en\": \"r\", \"ja\": \"r\"}}]");
  g_assert_true(lint_says(both, "2/component cell-filled 1"));
}

static void test_laid(void) {
  static const char over_text[] = "{\"version\": \"mine\", \"remove\": [\"L1_1_a_ORG\"], "
                                  "\"requirements\": [{\"id\": \"CPS.AC-1\","
                                  " \"title\": {\"en\": \"ours\", \"ja\": \"当社\"}}, {\"id\": "
                                  "\"OWN-1\", \"title\": {\"en\": \"o\", \"ja\": \"o\"}}]}";
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) base = own();
  g_autoptr(json_t) over = ak_json_parse(over_text, strlen(over_text), "mine", &error);
  g_autoptr(json_t) laid = ak_chain_knowledge_lay(base, over, "mine", &error);
  g_assert_no_error(error);
  g_autoptr(AkChainKnowledge) self = ak_chain_knowledge_new(laid, "both", &error);
  g_assert_no_error(error);
  g_autoptr(AkChainKnowledge) before = ak_chain_knowledge_new(base, "own", &error);
  g_assert_cmpuint(self->requirements->len, ==, 105);
  g_assert_cmpuint(self->sources->len, ==, 167);
  g_assert_null(ak_chain_knowledge_source(self, "L1_1_a_ORG"));
  const AkChainRequirement *replaced = ak_chain_knowledge_requirement(self, "CPS.AC-1");
  g_assert_cmpstr(ak_json_string_or(json_object_get(replaced->row, "title"), "en", ""), ==, "ours");
  g_assert_cmpstr(ak_json_string_or(laid, "version", ""), ==, "1 + mine");
  g_assert_false(ak_digest_equal(&self->digest, &before->digest));
  g_autoptr(json_t) no_id = ak_json_parse("{\"incidents\": [{}]}", 19, "bad", NULL);
  g_autoptr(json_t) refused = ak_chain_knowledge_lay(base, no_id, "bad", &error);
  g_assert_null(refused);
  g_assert_cmpstr(error->message, ==, "bad: \"incidents\" 1 has no id");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/knowledge/own", test_own);
  g_test_add_func("/knowledge/links", test_links);
  g_test_add_func("/knowledge/refused", test_refused);
  g_test_add_func("/knowledge/lint", test_lint);
  g_test_add_func("/knowledge/laid", test_laid);
  return g_test_run();
}
