/* A gateway at the internet, and an arm behind it: what applies, what is reached and what becomes
 * of each risk source, as worked out by hand from data/knowledge. */
#include "chain/graph/reach.h"
#include "chain/model/account.h"
#include "chain/model/numbers.h"
#include "chain/model/test-chain.h"

#define NOW_UTC_US 1000

typedef struct {
  AkChain *chain;
  AkChainKnowledge *knowledge;
  AkChainRuleBook *book;
  AkElement *gateway, *arm;
} Line;

static void line_clear(Line *self) {
  ak_chain_free(self->chain);
  ak_chain_knowledge_free(self->knowledge);
  ak_chain_rule_book_free(self->book);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Line, line_clear)

static Line line_new(void) {
  Line self = {.chain = ak_chain_new(), .knowledge = test_knowledge(), .book = test_book()};
  self.chain->attackers = g_strsplit("internet", ",", -1);
  test_element(self.chain, "works", AK_ELEMENT_ORGANIZATION, "", "");
  self.gateway = test_element(self.chain, "gateway", AK_ELEMENT_COMPONENT, "L2_1", "internet");
  self.arm = test_element(self.chain, "arm", AK_ELEMENT_COMPONENT, "L2_2", "");
  test_relation(self.chain, 1, "connects", 2);
  return self;
}

/* Everything that treats L2_1_a_COM to L2_1_d_COM, by data/knowledge/cpsf.json. */
static const char *const gateway_measures[] = {
    "CPS.PT-2", "CPS.CM-7", "CPS.MA-1", "CPS.DS-10", "CPS.IP-2", "CPS.AC-4", "CPS.IP-1",
    "CPS.AC-9", "CPS.DS-8", "CPS.DS-6", "CPS.DS-7",  "CPS.PT-3", "CPS.SC-4"};

static AkChainModel *model_of(const Line *line) {
  g_autoptr(GError) error = NULL;
  AkChainModel *model = ak_chain_model_new(line->chain, line->knowledge, line->book, false, &error);
  g_assert_no_error(error);
  return model;
}

static bool happens(const AkChainModel *model, AkChainWorld world, const char *incident,
                    guint32 element) {
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(model));
  g_autofree guint8 *initial = ak_chain_model_initial(model);
  g_autofree guint8 *measures = ak_chain_model_measures(model, world, NOW_UTC_US);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  ak_chain_reach_run(reach, initial, measures);
  guint32 atom = ak_chain_model_incident(
      model, ak_chain_knowledge_incident(ak_chain_model_knowledge(model), incident), element);
  return atom != AK_CHAIN_GRAPH_NONE && ak_chain_reach_atoms(reach)[atom];
}

static void test_reached(void) {
  g_auto(Line) line = line_new();
  g_autoptr(AkChainModel) open = model_of(&line);
  g_assert_true(happens(open, AK_CHAIN_WORLD_CLAIMED, "L2_1_a", 1));
  g_assert_true(happens(open, AK_CHAIN_WORLD_CLAIMED, "L2_2_a", 2));  /* over the gateway */
  g_assert_false(happens(open, AK_CHAIN_WORLD_CLAIMED, "L2_2_a", 1)); /* not its function */
  g_assert_false(happens(open, AK_CHAIN_WORLD_CLAIMED, "L1_1_a", 0)); /* nobody gets at it */
  for (gsize i = 0; i < G_N_ELEMENTS(gateway_measures); i++)
    test_measure(line.gateway, gateway_measures[i], 1, i == 0 ? 0 : 1, NOW_UTC_US);
  g_autoptr(AkChainModel) closed = model_of(&line);
  g_assert_false(happens(closed, AK_CHAIN_WORLD_CLAIMED, "L2_1_a", 1));
  g_assert_false(happens(closed, AK_CHAIN_WORLD_CLAIMED, "L2_2_a", 2));
  /* CPS.PT-2 is claimed alone: L2_1_a and L2_1_c, which it treats, can happen where only what is
   * backed holds */
  g_assert_true(happens(closed, AK_CHAIN_WORLD_BACKED, "L2_1_a", 1));
  g_assert_false(happens(closed, AK_CHAIN_WORLD_BACKED, "L2_1_b", 1));
  g_assert_true(happens(closed, AK_CHAIN_WORLD_BACKED, "L2_2_a", 2));
}

/* One measure of many is missing: that risk source stays open, and the rest does not help. */
static void test_one_missing(void) {
  for (gsize missing = 0; missing < G_N_ELEMENTS(gateway_measures); missing++) {
    g_auto(Line) line = line_new();
    for (gsize i = 0; i < G_N_ELEMENTS(gateway_measures); i++)
      if (i != missing)
        test_measure(line.gateway, gateway_measures[i], 1, 0, G_MAXINT64);
    g_autoptr(AkChainModel) model = model_of(&line);
    bool any = false;
    static const char *const incidents[] = {"L2_1_a", "L2_1_b", "L2_1_c", "L2_1_d"};
    for (gsize i = 0; i < G_N_ELEMENTS(incidents); i++)
      any = any || happens(model, AK_CHAIN_WORLD_CLAIMED, incidents[i], 1);
    g_assert_true(any);
  }
}

static AkAccountStatus status(const AkAccount *account, const Line *line, const char *source,
                              guint32 element) {
  guint index = 0;
  const AkChainRiskSource *row = ak_chain_knowledge_source(line->knowledge, source);
  g_assert_true(g_ptr_array_find(line->knowledge->sources, row, &index));
  return ak_account_status(account, index, element);
}

static bool keep_line(const char *line, gsize size, gpointer lines) {
  g_assert_cmpuint(strlen(line), ==, size);
  g_ptr_array_add(lines, g_strdup(line));
  return true;
}

static void test_account(void) {
  g_auto(Line) line = line_new();
  /* L2_1_a: two of five; L2_1_b: none, one planned; L2_1_c: all three, one expired; L2_1_d:
   * accepted */
  test_measure(line.gateway, "CPS.PT-2", 1, 2, G_MAXINT64);
  test_measure(line.gateway, "CPS.DS-10", 1, 1, NOW_UTC_US - 1);
  test_measure(line.gateway, "CPS.IP-2", 1, 1, NOW_UTC_US);
  test_measure(line.gateway, "CPS.AC-4", 0, 0, G_MAXINT64);
  AkAcceptance *acceptance = g_new0(AkAcceptance, 1);
  acceptance->risk_source = g_strdup("L2_1_d_COM");
  acceptance->element = 1;
  acceptance->until_utc_us = NOW_UTC_US;
  g_ptr_array_add(line.chain->acceptances, acceptance);
  g_autoptr(AkChainModel) model = model_of(&line);
  g_autoptr(AkAccount) account = ak_account_new(model, NOW_UTC_US);
  g_assert_cmpint(status(account, &line, "L2_1_a_COM", 1), ==, AK_ACCOUNT_PARTLY);
  g_assert_cmpint(status(account, &line, "L2_1_b_COM", 1), ==, AK_ACCOUNT_PLANNED);
  g_assert_cmpint(status(account, &line, "L2_1_c_COM", 1), ==, AK_ACCOUNT_TREATED_CLAIMED);
  g_assert_cmpint(status(account, &line, "L2_1_d_COM", 1), ==, AK_ACCOUNT_ACCEPTED);
  g_assert_cmpint(status(account, &line, "L2_2_a_COM", 1), ==, AK_ACCOUNT_OTHER_FUNCTION);
  g_assert_cmpint(status(account, &line, "L2_1_a_ORG", 1), ==, AK_ACCOUNT_OTHER_KIND);
  g_assert_cmpint(status(account, &line, "L2_2_a_COM", 2), ==, AK_ACCOUNT_OPEN);
  guint64 sum = 0;
  for (guint i = 0; i < AK_ACCOUNT_STATUSES; i++)
    sum += account->counts[i];
  g_assert_cmpuint(sum, ==, 168 * 3);
  g_assert_cmpuint(account->total, ==, 168 * 3);
  /* an expired acceptance is open, and a day later the backing of CPS.IP-2 is gone */
  g_autoptr(AkAccount) later = ak_account_new(model, NOW_UTC_US + 1);
  g_assert_cmpint(status(later, &line, "L2_1_d_COM", 1), ==, AK_ACCOUNT_OPEN);
  g_autoptr(AkAccount) earlier = ak_account_new(model, NOW_UTC_US - 1);
  g_assert_cmpint(status(earlier, &line, "L2_1_c_COM", 1), ==, AK_ACCOUNT_TREATED_VERIFIED);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  g_assert_true(ak_account_foreach_line(account, model, keep_line, lines));
  g_assert_cmpuint(lines->len, ==, 168 * 3);
  g_assert_true(
      g_ptr_array_find_with_equal_func(lines, "L2_1_a_COM\tgateway\tpartly", g_str_equal, NULL));
  for (guint i = 1; i < lines->len; i++)
    g_assert_cmpint(strcmp(lines->pdata[i - 1], lines->pdata[i]), <, 0);
}

/* What a file calls verified or proven is backed only where somebody looked, and where a run can speak of it at all. */
static void test_backing(void) {
  static const struct {
    AkElementKind kind;
    bool can;
  } kinds[] = {{AK_ELEMENT_ORGANIZATION, false}, {AK_ELEMENT_PEOPLE, false},
               {AK_ELEMENT_COMPONENT, true},     {AK_ELEMENT_DATA, true},
               {AK_ELEMENT_PROCEDURE, false},    {AK_ELEMENT_SYSTEM, true}};
  char reference[] = "r20261128-000000-0000";
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (guint backing = 0; backing < 3; backing++) {
      AkElement element = {.kind = kinds[i].kind};
      AkElementMeasure measure = {
          .status = 1, .backing = backing, .reference = reference, .until_utc_us = NOW_UTC_US};
      g_assert_false(ak_chain_measure_holds(&element, &measure, AK_CHAIN_WORLD_BACKED, NOW_UTC_US));
      g_assert_true(ak_chain_measure_holds(&element, &measure, AK_CHAIN_WORLD_CLAIMED, NOW_UTC_US));
      measure.is_backed = true;
      g_assert_true(ak_chain_measure_holds(&element, &measure, AK_CHAIN_WORLD_BACKED, NOW_UTC_US) ==
                    kinds[i].can);
      g_assert_false(
          ak_chain_measure_holds(&element, &measure, AK_CHAIN_WORLD_BACKED, NOW_UTC_US + 1));
      measure.status = 0; /* planned */
      g_assert_false(ak_chain_measure_holds(&element, &measure, AK_CHAIN_WORLD_BACKED, NOW_UTC_US));
    }
}

static void test_unknown_names(void) {
  static const char *const messages[] = {
      "element gateway: the knowledge has no function L9_9",
      "element gateway: the knowledge has no requirement CPS.XX-1",
      "impacts: the knowledge has no incident L9_9_z"};
  for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
    g_auto(Line) line = line_new();
    if (i == 0) {
      g_strfreev(line.gateway->functions);
      line.gateway->functions = g_strsplit("L9_9", ",", -1);
    } else if (i == 1) {
      test_measure(line.gateway, "CPS.XX-1", 1, 0, 0);
    } else {
      AkImpact *impact = g_new0(AkImpact, 1);
      impact->incident = g_strdup("L9_9_z");
      g_ptr_array_add(line.chain->impacts, impact);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(AkChainModel) model =
        ak_chain_model_new(line.chain, line.knowledge, line.book, false, &error);
    g_assert_null(model);
    g_assert_cmpstr(error->message, ==, messages[i]);
  }
}

/* Every row of the rules says where its numbers come from, and the declared rules are used. */
static void test_rule_book(void) {
  g_autoptr(AkChainRuleBook) book = test_book();
  for (guint i = 0; i < book->rules->rules->len; i++)
    g_assert_nonnull(ak_json_string_or(ak_chain_rule_book_row(book, i), "origin", NULL));
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) bad = json_deep_copy(book->document);
  json_object_set_new(json_array_get(json_object_get(bad, "rows"), 0), "effort_days",
                      json_pack("[i, i]", 5, 1));
  g_autoptr(AkChainRuleBook) refused = ak_chain_rule_book_new(bad, "bad", &error);
  g_assert_null(refused);
  g_assert_true(g_str_has_prefix(error->message, "bad: F1: \"effort_days\" is no range"));
  g_clear_error(&error);
  g_autoptr(json_t) wide = json_deep_copy(book->document);
  json_object_set_new(json_array_get(json_object_get(wide, "rows"), 0), "rule",
                      json_string("relevant(C, F) :- function(A, F), connects(A, B), connects(B, C)."));
  g_autoptr(AkChainRuleBook) slow = ak_chain_rule_book_new(wide, "wide", &error);
  g_assert_null(slow);
  g_assert_nonnull(strstr(error->message, "relevant_step1"));
}

/* Numbers come from the rules, or from a requirement that says its own, and each range says who stands for it. */
static void test_numbers(void) {
  g_auto(Line) line = line_new();
  const AkChainRequirement *requirement =
      ak_chain_knowledge_requirement(line.knowledge, "CPS.PT-2");
  AkChainRange effect = ak_chain_numbers_effect(line.book, requirement);
  g_assert_cmpint(effect.least, ==, 50);
  g_assert_cmpint(effect.most, ==, 95);
  g_assert_cmpstr(effect.origin, ==, "assumed");
  guint before = ak_chain_numbers_assumed(line.book, line.knowledge);
  g_assert_cmpuint(before, ==, 14 * 2 + 2); /* T1 to T13 and I1; effect and cost of measures */
  json_object_set_new((json_t *)requirement->row, "effect_percent", json_pack("[i, i]", 70, 80));
  json_object_set_new((json_t *)requirement->row, "numbers_origin", json_string("user"));
  effect = ak_chain_numbers_effect(line.book, requirement);
  g_assert_cmpint(effect.least, ==, 70);
  g_assert_cmpstr(effect.origin, ==, "user");
  g_assert_cmpstr(ak_chain_numbers_cost(line.book, requirement).origin, ==, "assumed");
  g_assert_cmpuint(ak_chain_numbers_assumed(line.book, line.knowledge), ==, before);
  test_measure(line.gateway, "CPS.PT-2", 1, 0, G_MAXINT64);
  test_measure(line.gateway, "CPS.AC-4", 0, 0, G_MAXINT64); /* planned: does nothing */
  g_autoptr(AkChainModel) model = model_of(&line);
  g_autofree guint32 *effects =
      ak_chain_numbers_effects(model, AK_CHAIN_WORLD_CLAIMED, NOW_UTC_US, 1);
  g_assert_cmpuint(effects[ak_chain_model_measure(model, 1, "CPS.PT-2")], ==, 800000);
  g_assert_cmpuint(effects[ak_chain_model_measure(model, 1, "CPS.AC-4")], ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model/reached", test_reached);
  g_test_add_func("/model/one-missing", test_one_missing);
  g_test_add_func("/model/account", test_account);
  g_test_add_func("/model/backing", test_backing);
  g_test_add_func("/model/unknown-names", test_unknown_names);
  g_test_add_func("/model/rule-book", test_rule_book);
  g_test_add_func("/model/numbers", test_numbers);
  return g_test_run();
}
