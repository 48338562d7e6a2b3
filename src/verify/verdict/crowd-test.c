/* Many subjects that leave something open: the first are named, the rest counted, and none
 * forgotten. */
#include "verify/verdict/missing.h"
#include "verify/verdict/world.h"

#include <string.h>

#define IMAGES 300
#define NAMED AK_MISSING_MAX

#define CATALOGUE                                                                                  \
  "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"requirements\":[]" \
  "}"

static World *world_of_images(void) {
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_parse(CATALOGUE, strlen(CATALOGUE), "c", &error);
  g_assert_no_error(error);
  World *w = world_new(catalog);
  for (guint i = 0; i < IMAGES; i++) {
    g_autofree char *name = g_strdup_printf("i%03u", i);
    world_image(w, name);
    world_ended(w, "test", "image", name, "done", 1);
  }
  return w;
}

/* The truth of `text`; `missing` gets what is missing, as a verdict lists it. */
static AkTruth evaluate(World *w, const char *text, json_t **missing) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkExpression) expression = ak_expression_parse(text, text, &error);
  g_assert_no_error(error);
  g_autoptr(AkFacts) facts = ak_facts_new(&w->input);
  g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(&w->input, facts, NULL);
  AkTruth truth = ak_evaluate(evaluation, expression);
  *missing = json_incref(evaluation->missing);
  ak_missing_sort(*missing);
  return truth;
}

static const char *count_of(const json_t *missing, const char *kind) {
  for (gsize i = 0; i < json_array_size(missing); i++)
    if (strcmp(ak_json_string_or(json_array_get(missing, i), "kind", ""), kind) == 0)
      return ak_json_string_or(json_array_get(missing, i), "count", NULL);
  return NULL;
}

static void test_rest_is_counted(void) {
  static const char *const texts[] = {"any(image, x.bad)", "all(image, not x.bad)"};
  g_autoptr(World) w = world_of_images();
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(json_t) missing = NULL;
    g_assert_cmpint(evaluate(w, texts[i], &missing), ==, AK_TRUTH_UNKNOWN);
    g_assert_cmpstr(count_of(missing, "unnamed"), ==, "44"); /* 300 - 256 */
    g_assert_null(count_of(missing, "unnamed-broken"));
    g_assert_false(ak_missing_has_broken_look(missing));
    g_assert_cmpuint(json_array_size(missing), ==, NAMED + 1);
  }
}

/* The last of the crowd alone was looked at and cut: that is not lost in the count. */
static void test_broken_look_in_the_crowd(void) {
  g_autoptr(World) w = world_of_images();
  g_autoptr(json_t) missing = NULL;
  world_see_in(w, 1, "test", "image", "i299", "x.bad", AK_OUTCOME_CUT, (AkValue){0});
  g_assert_cmpint(evaluate(w, "any(image, x.bad)", &missing), ==, AK_TRUTH_UNKNOWN);
  g_assert_cmpstr(count_of(missing, "unnamed"), ==, "43");
  g_assert_cmpstr(count_of(missing, "unnamed-broken"), ==, "1");
  g_assert_true(ak_missing_has_broken_look(missing));
}

/* The last of the crowd decides. */
static void test_crowd_decides(void) {
  g_autoptr(World) w = world_of_images();
  g_autoptr(json_t) missing = NULL;
  world_see(w, "test", "image", "i299", "x.bad", ak_value_bool(true));
  g_assert_cmpint(evaluate(w, "any(image, x.bad)", &missing), ==, AK_TRUTH_TRUE);
  g_assert_cmpuint(json_array_size(missing), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/verdict/crowd/counted", test_rest_is_counted);
  g_test_add_func("/verdict/crowd/broken", test_broken_look_in_the_crowd);
  g_test_add_func("/verdict/crowd/decides", test_crowd_decides);
  return g_test_run();
}
