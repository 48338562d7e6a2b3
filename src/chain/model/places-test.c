/* Which elements names tell apart: those alone of which the chain and the rules say the same. By
 * hand, on a works with a gateway and two sensors behind it. */
#include "chain/model/places.h"

#include "chain/model/test-chain.h"

#define RULES                                                                                      \
  "initial begins/1. initial compromised/1. measure taken/2. reached(E) :- begins(X), exposed(E, " \
  "X). "                                                                                           \
  "reached(B) :- reached(A), connects(A, B, _), kind(B, component), not taken(B, m). reached(O) "  \
  ":- owned(boss, O), reached(boss)."

enum { WORKS, GATEWAY, ONE, TWO, ELEMENTS };

typedef struct {
  AkChain *chain;
  AkChainRules *rules;
  AkChainFacts *facts;
} Works;

static Works works_new(const char *one, const char *two) {
  g_autoptr(GError) error = NULL;
  Works self = {.chain = ak_chain_new(),
                .rules = ak_chain_rules_parse(RULES, strlen(RULES), "rules", &error)};
  g_assert_no_error(error);
  self.facts = ak_chain_facts_new(self.rules);
  self.chain->attackers = g_strsplit("internet", ",", -1);
  test_element(self.chain, "works", AK_ELEMENT_ORGANIZATION, "", "");
  test_element(self.chain, "gateway", AK_ELEMENT_COMPONENT, "L2_1", "internet");
  test_element(self.chain, one, AK_ELEMENT_COMPONENT, "L2_2", "");
  test_element(self.chain, two, AK_ELEMENT_COMPONENT, "L2_2", "");
  test_relation(self.chain, GATEWAY, "connects", ONE);
  test_relation(self.chain, TWO, "connects", GATEWAY); /* it goes both ways */
  return self;
}

static void works_clear(Works *self) {
  ak_chain_free(self->chain);
  ak_chain_facts_free(self->facts);
  ak_chain_rules_free(self->rules);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Works, works_clear)

static AkElement *at(const Works *self, guint32 number) {
  return self->chain->elements->pdata[number];
}

/* Does the name alone say which of both sensors comes first? The others stand where they stood,
 * whatever the sensors are called. */
static bool names_decide(const Works *self) {
  g_autofree guint32 *before = ak_chain_places_new(self->chain, self->facts);
  char *kept = at(self, ONE)->id;
  at(self, ONE)->id = at(self, TWO)->id;
  at(self, TWO)->id = kept;
  g_autofree guint32 *after = ak_chain_places_new(self->chain, self->facts);
  g_assert_cmpuint(before[WORKS], ==, after[WORKS]);
  g_assert_cmpuint(before[GATEWAY], ==, after[GATEWAY]);
  g_assert_true(before[ONE] == after[ONE] || before[ONE] == after[TWO]);
  return before[ONE] != after[ONE];
}

static void test_alike(void) {
  g_auto(Works) self = works_new("a", "b");
  g_assert_true(names_decide(&self));
  g_free(at(&self, TWO)->id);
  at(&self, TWO)->id = g_strdup("component"); /* a word of the rules, but of kinds */
  g_assert_true(names_decide(&self));
}

static void test_owner(void) {
  g_auto(Works) self = works_new("a", "b");
  at(&self, ONE)->owner = WORKS;
  g_assert_false(names_decide(&self));
  at(&self, TWO)->owner = WORKS;
  g_assert_true(names_decide(&self));
}

/* What the relation says is the same from either end; another kind, or data, is not. */
static void test_relation_kind(void) {
  g_auto(Works) self = works_new("a", "b");
  test_relation(self.chain, WORKS, "supplies", ONE);
  g_assert_false(names_decide(&self));
  test_relation(self.chain, WORKS, "supplies", TWO);
  g_assert_true(names_decide(&self));
  g_array_index(self.chain->relations, AkRelation, 2).data = GATEWAY;
  g_assert_false(names_decide(&self));
}

/* What the rules do not see tells elements apart too. */
static void test_second(void) {
  g_auto(Works) self = works_new("a", "b");
  test_measure(at(&self, ONE), "CPS.AC-4", 1, 0, G_MAXINT64);
  g_assert_false(names_decide(&self));
  test_measure(at(&self, TWO), "CPS.AC-4", 1, 0, G_MAXINT64);
  g_assert_true(names_decide(&self));
  at(&self, TWO)->version = g_strdup("2");
  g_assert_false(names_decide(&self));
  at(&self, ONE)->version = g_strdup("2");
  g_assert_true(names_decide(&self));
  AkImpact *impact = g_new0(AkImpact, 1);
  impact->incident = g_strdup("L2_2_a");
  impact->element = ONE;
  g_ptr_array_add(self.chain->impacts, impact);
  g_assert_false(names_decide(&self));
  AkAcceptance *acceptance = g_new0(AkAcceptance, 1);
  impact->element = AK_CHAIN_NO_ELEMENT;
  g_assert_true(names_decide(&self));
  acceptance->risk_source = g_strdup("L2_2_a_COM");
  acceptance->element = TWO;
  g_ptr_array_add(self.chain->acceptances, acceptance);
  g_assert_false(names_decide(&self));
}

/* Another name of the second sensor changes the places of both, in one order or the other. */
static bool other_decides(const char *one) {
  g_auto(Works) low = works_new(one, "a");
  g_auto(Works) high = works_new(one, "z");
  g_autofree guint32 *places = ak_chain_places_new(low.chain, low.facts),
                     *others = ak_chain_places_new(high.chain, high.facts);
  return places[ONE] != others[ONE];
}

/* The rules speak of "boss": what is called so is another element than what is not, whatever the
 * rest is called. */
static void test_constant(void) {
  g_assert_true(other_decides("bass"));
  g_assert_false(other_decides("boss"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain/model/places/alike", test_alike);
  g_test_add_func("/chain/model/places/owner", test_owner);
  g_test_add_func("/chain/model/places/relation-kind", test_relation_kind);
  g_test_add_func("/chain/model/places/second", test_second);
  g_test_add_func("/chain/model/places/constant", test_constant);
  return g_test_run();
}
