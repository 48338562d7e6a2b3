#include "catalog/expression.h"

#include <string.h>

static void assert_refused(const char *text, AkErrorCode code, const char *words) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkExpression) node = ak_expression_parse(text, "here", &error);
  g_assert_null(node);
  g_assert_error(error, AK_ERROR, (int)code);
  if (strstr(error->message, words) == NULL)
    g_error("%s: \"%s\" does not say \"%s\"", text, error->message, words);
}

static AkExpression *parse(const char *text) {
  g_autoptr(GError) error = NULL;
  AkExpression *node = ak_expression_parse(text, "here", &error);
  g_assert_no_error(error);
  return node;
}

static void test_precedence(void) {
  g_autoptr(AkExpression) node = parse("true or false and not true");
  g_assert_cmpint(node->kind, ==, AK_EXPRESSION_OR);
  g_assert_cmpint(node->right->kind, ==, AK_EXPRESSION_AND);
  g_assert_cmpint(node->right->right->kind, ==, AK_EXPRESSION_NOT);
  g_autoptr(AkExpression) other = parse("(true or false) and true");
  g_assert_cmpint(other->kind, ==, AK_EXPRESSION_AND);
}

static void test_quantifier(void) {
  g_autoptr(AkExpression) node =
      parse("all(service.tcp where @login, tls.versions within $strong and not x.y is \"a b\")");
  g_assert_cmpint(node->kind, ==, AK_EXPRESSION_ALL);
  g_assert_cmpint(node->domain, ==, AK_DOMAIN_SERVICE_TCP);
  g_assert_cmpint(node->left->kind, ==, AK_EXPRESSION_ATTRIBUTE);
  g_assert_cmpstr(node->left->name, ==, "login");
  g_assert_cmpint(node->right->left->kind, ==, AK_EXPRESSION_WITHIN);
  g_assert_cmpstr(node->right->left->name, ==, "tls.versions");
  g_assert_cmpstr(node->right->left->text, ==, "strong");
  g_assert_cmpstr(node->right->right->left->text, ==, "a b");
}

static void test_numbers(void) {
  g_autoptr(AkExpression) node = parse("any(image, x.y >= -12)");
  g_assert_cmpint(node->right->kind, ==, AK_EXPRESSION_COMPARE);
  g_assert_cmpint(node->right->compare, ==, AK_COMPARE_GREATER_EQUAL);
  g_assert_cmpint(node->right->number, ==, -12);
  assert_refused("any(image, x.y < 9223372036854775808)", AK_ERROR_INVALID_DATA, "column 18");
  assert_refused("any(image, x.y < abc)", AK_ERROR_INVALID_DATA, "whole number");
}

static void test_claims(void) {
  g_autoptr(AkExpression) node = parse("condition(14) and feature(aa) and ics(5.1-1, N/A)");
  g_assert_cmpstr(node->left->left->name, ==, "14");
  g_assert_cmpstr(node->left->right->name, ==, "aa");
  g_assert_cmpstr(node->right->name, ==, "5.1-1");
  g_assert_cmpstr(node->right->text, ==, "N/A");
}

static void test_mistakes_have_a_column(void) {
  static const struct {
    const char *text, *words;
  } rows[] = {
      {"", "column 1: an expression is expected"},
      {"true true", "column 6: \"and\", \"or\" or the end"},
      {"true and", "column 9: an expression is expected"},
      {"(true", "column 6: \")\" is expected"},
      {"feature", "column 8: \"(\" is expected"},
      {"feature()", "column 9: a name is expected"},
      {"answer(perhaps)", "column 8: no known verdict"},
      {"ics(5.1-1, M)", "column 12: Y, N or N/A"},
      {"any(car, x.y)", "column 5: no known domain"},
      {"any(image)", "column 10: \",\" is expected"},
      {"x.y", "column 1: a property stands inside"},
      {"@login", "column 1: no known @attribute"},
      {"any(image, @colour)", "column 12: no known @attribute"},
      {"any(image, nonsense)", "column 12: no property"},
      {"any(image, x.y is tall)", "column 19: a text in quotes"},
      {"any(image, x.y in list)", "column 19: a $list"},
      {"any(image, x.y is \"tall)", "column 19: a text that does not end"},
      {"any(image, any(file, x.y))", "column 12: any and all do not nest"},
      {"not any(image, x.y)", "column 5: any and all cannot be negated"},
      {"not (true or all(image, x.y))", "cannot be negated"},
      {"true ; false", "column 6: an unexpected character"},
      {"$list", "column 1: an expression is expected"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_refused(rows[i].text, AK_ERROR_INVALID_DATA, rows[i].words);
}

static char *repeat(const char *start, const char *part, guint count, const char *end) {
  GString *text = g_string_new(start);
  for (guint i = 0; i < count; i++)
    g_string_append(text, part);
  g_string_append(text, end);
  return g_string_free(text, FALSE);
}

static void test_limits(void) {
  g_autofree char *deep = repeat("", "(", AK_EXPRESSION_MAX_DEPTH + 1, "true");
  g_autofree char *nots = repeat("", "not ", AK_EXPRESSION_MAX_DEPTH + 1, "true");
  g_autofree char *wide = repeat("true", " or true", AK_EXPRESSION_MAX_NODES / 2, "");
  g_autofree char *fits = repeat("true", " or true", AK_EXPRESSION_MAX_NODES / 2 - 1, "");
  g_autofree char *longer = repeat("true", " ", AK_EXPRESSION_MAX_BYTES, "");
  assert_refused(deep, AK_ERROR_LIMIT, "nested deeper");
  assert_refused(nots, AK_ERROR_LIMIT, "nested deeper");
  assert_refused(wide, AK_ERROR_LIMIT, "more than 256 parts");
  assert_refused(longer, AK_ERROR_LIMIT, "longer than");
  g_autoptr(AkExpression) node = parse(fits);
  g_assert_nonnull(node);
}

static void test_cut_at_every_byte(void) {
  const char *text =
      "all(file where a.b in $l and @matched, c.d < 3 or absent(e.f)) and answer(pass)";
  for (gsize size = 0; size < strlen(text); size++) {
    g_autofree char *part = g_strndup(text, size);
    g_autoptr(AkExpression) node = ak_expression_parse(part, "here", NULL);
    g_assert_true(node == NULL || g_str_has_suffix(part, ")") || g_str_has_suffix(part, " "));
  }
}

static void test_subjects(void) {
  g_autoptr(AkExpression) node = ak_expression_parse_subjects("image where @matched", "here", NULL);
  g_assert_cmpint(node->domain, ==, AK_DOMAIN_IMAGE);
  g_assert_nonnull(node->left);
  g_assert_null(ak_expression_parse_subjects("image, true", "here", NULL));
  g_assert_null(ak_expression_parse_subjects("", "here", NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/expression/precedence", test_precedence);
  g_test_add_func("/expression/quantifier", test_quantifier);
  g_test_add_func("/expression/numbers", test_numbers);
  g_test_add_func("/expression/claims", test_claims);
  g_test_add_func("/expression/mistakes", test_mistakes_have_a_column);
  g_test_add_func("/expression/limits", test_limits);
  g_test_add_func("/expression/cut", test_cut_at_every_byte);
  g_test_add_func("/expression/subjects", test_subjects);
  return g_test_run();
}
