/* The text of rules: what is taken, what is refused and where. */
#include <string.h>

#include "chain/rule/simplify.h"

static AkChainRules *parse(const char *text, GError **error) {
  return ak_chain_rules_parse(text, strlen(text), "t", error);
}

static void expect_error(const char *text, AkErrorCode code, const char *message) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainRules) rules = parse(text, &error);
  g_assert_null(rules);
  g_assert_error(error, AK_ERROR, (gint)code);
  g_assert_cmpstr(error->message, ==, message);
}

static void test_kinds(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainRules) rules =
      parse("initial attacker/1. measure firewall/1.\n"
            "reach(B) :- reach(A), link(A, B, _), not firewall(B). % a way\n"
            "reach(A) :- attacker(A).\nlost :- reach(\"the vault\").\n",
            &error);
  g_assert_no_error(error);
  static const struct {
    const char *name;
    guint arity;
    AkChainPredicateKind kind;
  } wanted[] = {{"attacker", 1, AK_CHAIN_INITIAL},
                {"firewall", 1, AK_CHAIN_MEASURE},
                {"reach", 1, AK_CHAIN_DERIVED},
                {"link", 3, AK_CHAIN_FACT},
                {"lost", 0, AK_CHAIN_DERIVED}};
  g_assert_cmpuint(rules->predicates->len, ==, G_N_ELEMENTS(wanted));
  for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
    gint number = ak_chain_rules_predicate(rules, wanted[i].name);
    g_assert_cmpint(number, >=, 0);
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, (guint32)number);
    g_assert_cmpuint(predicate->arity, ==, wanted[i].arity);
    g_assert_cmpint(predicate->kind, ==, wanted[i].kind);
  }
  g_assert_cmpuint(rules->rules->len, ==, 3);
  const AkChainRule *first = ak_chain_rules_at(rules, 0);
  g_assert_cmpuint(first->premise_count, ==, 2);
  g_assert_cmpuint(first->measure_count, ==, 1);
  g_assert_cmpuint(first->line, ==, 2);
  g_assert_cmpint(ak_chain_rules_predicate(rules, "nothing"), ==, -1);
}

static void test_refused(void) {
  expect_error("a(X) :- b(Y).", AK_ERROR_INVALID_DATA,
               "t:1:13: X stands in no premise: nothing says which values it takes");
  expect_error("a(X) :- b(X), not c(X).", AK_ERROR_INVALID_DATA,
               "t:1:1: \"not c\": only a measure may be negated; declare \"measure c/1.\"");
  expect_error("measure m/1.\na(X) :- b(X), m(X).", AK_ERROR_INVALID_DATA,
               "t:2:1: measure m may stand only behind \"not\"");
  expect_error("a(X) :- b(X).\na(X, Y) :- b(X), b(Y).", AK_ERROR_INVALID_DATA,
               "t:2:9: a has 2 terms here and 1 before");
  expect_error("a(X) :- b(X)", AK_ERROR_INVALID_DATA, "t:1:13: '.' is expected here");
  expect_error("a(1).", AK_ERROR_INVALID_DATA,
               "t:1:5: ':-' is expected: facts stand in tables, not here");
  expect_error("a(_) :- b(X).", AK_ERROR_INVALID_DATA,
               "t:1:3: '_' may stand in premises only: name the variable");
  expect_error("measure m/1. initial m/1.", AK_ERROR_INVALID_DATA,
               "t:1:25: m was said to be something else");
  expect_error("initial i/1. i(X) :- b(X).", AK_ERROR_INVALID_DATA,
               "t:1:26: i comes from outside: no rule derives it");
  expect_error("measure m/1. a(X) :- not m(X).", AK_ERROR_INVALID_DATA,
               "t:1:30: a rule needs a premise besides its measures");
  expect_error("a(X) :- b(X, \"open).\n", AK_ERROR_INVALID_DATA,
               "t:1:14: a text has no closing quote on its line");
  expect_error("a(X) :- b(X) & c.", AK_ERROR_INVALID_DATA, "t:1:14: '&' does not belong here");
  expect_error("a(A,B,C,D,E,F) :- b(A).", AK_ERROR_LIMIT,
               "t:1:12: a predicate has at most 5 terms: break it into two that share some");
  expect_error("a :- b, b, b, b, b, b, b.", AK_ERROR_LIMIT,
               "t:1:24: a rule has at most 6 premises and as many measures: let a predicate of its own follow from some of them");
}

static void test_cut_anywhere(void) {
  static const char whole[] =
      "initial i/1.\nmeasure m/2.\na(X) :- i(X), f(X, Y, \"z\"), not m(X, Y).\n";
  for (gsize size = 0; size < strlen(whole); size++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkChainRules) rules = ak_chain_rules_parse(whole, size, "t", &error);
    g_assert_true((rules != NULL) == (error == NULL));
  }
}

/* Which helpers come, by name; the rules that they are for. */
static void test_simplified(void) {
  g_autoptr(AkChainRules) rules =
      parse("measure firewall/1.\n"
            "net(B, P) :- exec(A, Level), link(A, B, P), not firewall(B).\n"
            "exec(H, 1) :- net(H, P), weak(H, P, V).\n",
            NULL);
  g_autoptr(AkChainRules) simple = ak_chain_rules_simplify(rules);
  g_assert_cmpint(ak_chain_rules_predicate(simple, "exec[*_]"), >=, 0);
  g_assert_cmpint(ak_chain_rules_predicate(simple, "net[rule 1]"), >=, 0);
  g_assert_cmpint(ak_chain_rules_predicate(simple, "net[*_]"), ==, -1); /* P joins with weak */
  g_assert_cmpuint(simple->rules->len, ==, 4);
  guint helpers = 0, guarded = 0;
  for (guint i = 0; i < simple->rules->len; i++) {
    helpers += ak_chain_rules_at(simple, i)->is_helper;
    guarded += ak_chain_rules_at(simple, i)->measure_count;
  }
  g_assert_cmpuint(helpers, ==, 2);
  g_assert_cmpuint(guarded, ==, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rules/kinds", test_kinds);
  g_test_add_func("/rules/refused", test_refused);
  g_test_add_func("/rules/cut-anywhere", test_cut_anywhere);
  g_test_add_func("/rules/simplified", test_simplified);
  return g_test_run();
}
