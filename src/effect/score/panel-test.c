#include "effect/score/panel.h"

#include <string.h>

static const AkBootstrap spec = {.seed = 1, .rounds = 200, .confidence = 0.95};

#define HEAD                                                                                       \
  "{\"scale\":{\"min\":1,\"max\":5,\"kind\":\"interval\"},\"criteria\":[{\"id\":\"use\",\"name\":" \
  "\"Usability\",\"weight\":2},{\"id\":\"cost\",\"name\":\"Cost\",\"weight\":1}],"                 \
  "\"raters\":[\"r1\",\"r2\"],\"facts\":[{\"product\":\"a\",\"fact\":\"installation_minutes\","    \
  "\"value\":45,\"how\":\"measured\"}],\"scores\":["
#define SCORE(product, criterion, rater, score)                                                    \
  "{\"product\":\"" product "\",\"criterion\":\"" criterion "\",\"rater\":\"" rater                \
  "\",\"score\":" score "}"

static json_t *panel_of(const char *scores, GError **error) {
  g_autofree char *text = g_strdup_printf("%s%s]}", HEAD, scores);
  g_autoptr(json_t) panel = ak_json_parse(text, strlen(text), "test", NULL);
  g_assert_nonnull(panel);
  return ak_effect_panel(panel, &spec, error);
}

static double number(const json_t *object, const char *key) {
  g_assert_true(json_is_number(json_object_get(object, key)));
  return json_number_value(json_object_get(object, key));
}

/* Rater 1: 4·2 + 1·1 of 3; rater 2 left the cost out, and that is said. Product "b" has facts of
 * none. */
static void test_scores(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) out =
      panel_of(SCORE("a", "use", "r1", "4") "," SCORE("a", "cost", "r1", "1") "," SCORE(
                   "a", "use", "r2", "2") "," SCORE("b", "use", "r1", "3"),
               &error);
  g_assert_no_error(error);
  const json_t *a = json_array_get(json_object_get(out, "products"), 0);
  const json_t *first = json_array_get(json_object_get(a, "weighted"), 0),
               *second = json_array_get(json_object_get(a, "weighted"), 1);
  g_assert_cmpfloat(number(first, "score"), ==, 3);
  g_assert_cmpfloat(number(first, "weight_scored"), ==, 3);
  g_assert_cmpfloat(number(second, "score"), ==, 2);
  g_assert_cmpfloat(number(second, "weight_scored"), ==, 2);
  g_assert_cmpfloat(number(second, "weight_all"), ==, 3);
  const json_t *use = json_array_get(json_object_get(a, "criteria"), 0),
               *cost = json_array_get(json_object_get(a, "criteria"), 1);
  g_assert_cmpfloat(number(use, "median"), ==, 3);
  g_assert_cmpfloat(number(json_object_get(use, "scores"), "r2"), ==, 2);
  g_assert_cmpfloat(number(cost, "missing"), ==, 1);
  g_assert_cmpuint(json_array_size(json_object_get(a, "facts")), ==, 1);
  const json_t *agreement = json_object_get(out, "agreement");
  g_assert_cmpfloat(number(agreement, "units"), ==, 1);
  g_assert_true(json_is_true(json_object_get(agreement, "too_few")));
  g_assert_null(json_object_get(agreement, "lo"));
  const json_t *b = json_array_get(json_object_get(out, "products"), 1);
  g_assert_cmpuint(json_array_size(json_object_get(b, "facts")), ==, 0);
  g_assert_null(json_object_get(json_array_get(json_object_get(b, "weighted"), 1), "score"));
}

static void refused(const char *scores, int code) {
  g_autoptr(GError) error = NULL;
  g_assert_null(panel_of(scores, &error));
  g_assert_error(error, AK_ERROR, code);
}

static void test_refused(void) {
  refused(SCORE("a", "use", "r1", "6"), AK_ERROR_INVALID_DATA);
  refused(SCORE("a", "use", "r1", "0"), AK_ERROR_INVALID_DATA);
  refused(SCORE("a", "use", "r1", "\"4\""), AK_ERROR_INVALID_DATA);
  refused(SCORE("a", "looks", "r1", "4"), AK_ERROR_INVALID_DATA);
  refused(SCORE("a", "use", "r9", "4"), AK_ERROR_INVALID_DATA);
  refused(SCORE("a", "use", "r1", "4") "," SCORE("a", "use", "r1", "4"), AK_ERROR_CONFLICT);
}

static void test_bad_facts(void) {
  static const char guessed[] = "{\"scale\":{\"min\":1,\"max\":5},\"criteria\":[],\"raters\":[],"
                                "\"facts\":[{\"product\":\"a\","
                                "\"fact\":\"x\",\"value\":1,\"how\":\"guessed\"}]}";
  static const char negative[] = "{\"scale\":{\"min\":1,\"max\":5},\"criteria\":[{\"id\":\"u\","
                                 "\"weight\":-1}],\"raters\":[]}";
  static const char *const texts[] = {"{}", "{\"scale\":{\"min\":1,\"max\":1}}", guessed, negative};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(json_t) panel = ak_json_parse(texts[i], strlen(texts[i]), "t", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_effect_panel(panel, &spec, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/panel/scores", test_scores);
  g_test_add_func("/effect/panel/refused", test_refused);
  g_test_add_func("/effect/panel/bad-facts", test_bad_facts);
  return g_test_run();
}
