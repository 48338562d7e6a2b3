/* Rules whose instances grow with the chain, and faster; expectations by hand. */
#include <string.h>

#include "chain/rule/growth.h"
#include "util/error.h"

static const char *const none[] = {NULL};

static bool check(const char *text, const char *const *small, char **message) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "r", &error);
  g_assert_no_error(error);
  bool ok = ak_chain_rules_check_growth(rules, small, "r", &error);
  *message = g_strdup(error != NULL ? error->message : "");
  g_assert_true(ok == (error == NULL));
  return ok;
}

static void test_linear(void) {
  static const char *const texts[] = {
      "a(X) :- b(X).", "a(Y) :- a(X), link(X, Y).", "a(X) :- b(X, Y), c(Y).",
      /* one table holds all that stands twice */
      "a(H, P) :- n(H, Q), s(H, W, Q, P), v(H, _, W).",
      /* what stands once is not asked for: only that there is some */
      "a(X) :- b(X, Y), c(X, Z), d(X, W).",
      /* a derived pair that follows a table row by row */
      "a(X, Y) :- b(X, Y). c(X) :- a(X, Y), d(Y).", "p(X) :- i(X). i(X) :- p(X), q(X, X)."};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *message = NULL;
    if (!check(texts[i], none, &message))
      g_error("%s: %s", texts[i], message);
  }
}

/* Who is two links away: the middle goes into a step of its own. */
static void test_factored(void) {
  g_autofree char *message = NULL;
  g_assert_false(
      check("near(X) :- b(X).\nfar(Z) :- near(X), link(X, Y), link(Y, Z).", none, &message));
  /* variables are lettered in the order in which they stand, the head's first */
  g_assert_cmpstr(
      message, ==,
      "r:2: the instances of this rule may grow with power 2 of the chain; in steps that "
      "say the same they do not:\n  far_step1(C) :- near(B), link(B, C).\n  far(A) :- "
      "link(C, A), far_step1(C).");
  g_clear_pointer(&message, g_free);
  g_assert_true(check("near(X) :- b(X).\nfar_step1(Y) :- near(X), link(X, Y).\n"
                      "far(Z) :- far_step1(Y), link(Y, Z).",
                      none, &message));
}

/* Pairs far apart are many whatever the steps. */
static void test_refused(void) {
  static const char *const texts[] = {
      "p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z).", "a(X, Y) :- b(X), c(Y).",
      "s(X, Y) :- up(X, A), s(A, B), up(Y, B).", "t(X) :- e(X, Y), e(Y, Z), e(Z, X)."};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *message = NULL;
    g_assert_false(check(texts[i], none, &message));
    g_assert_nonnull(strstr(message, "no steps"));
  }
}

/* What is known once and for all does not grow with the chain. */
static void test_small(void) {
  static const char *const small[] = {"layer", NULL};
  const char *text = "r(O, F) :- function(E, F), owned(E, O), layer(F, L).";
  g_autofree char *message = NULL;
  g_assert_true(check(text, small, &message));
  g_clear_pointer(&message, g_free);
  g_assert_false(check(text, none, &message));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/growth/linear", test_linear);
  g_test_add_func("/growth/factored", test_factored);
  g_test_add_func("/growth/refused", test_refused);
  g_test_add_func("/growth/small", test_small);
  return g_test_run();
}
