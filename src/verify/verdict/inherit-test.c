/* What a retest may take over from an earlier run, and what never. */
#include "verify/verdict/world.h"

#include <string.h>

#define TEXT "\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"text\":{\"en\":\"T\",\"ja\":\"T\"}"

/* r-1 rests on x.bad, r-2 on y.bad. */
#define RULE(property)                                                                             \
  "{\"fail\":[{\"when\":\"any(image, " property ")\",\"finding\":\"answered-fail\","               \
  "\"severity\":\"low\"}],\"pass\":\"all(image, not " property ")\",\"expires\":\"P1Y\"}"
#define CASE(id, rule)                                                                             \
  "{\"id\":\"" id "\",\"kind\":\"functional\",\"method\":\"automatic\",\"grade\":\"safe\"," TEXT   \
  ",\"rule\":" rule "}"
#define CATALOGUE                                                                                  \
  "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},"                    \
  "\"requirements\":[{\"id\":\"r\",\"obligation\":\"M\",\"conditions\":\"\"," TEXT                 \
  ",\"origin\":\"o\",\"test_cases\":[" CASE("r-1", RULE("x.bad")) "," CASE("r-2",                  \
                                                                           RULE("y.bad")) "]}]}"

static World *world_of_image(void) {
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_parse(CATALOGUE, strlen(CATALOGUE), "c", &error);
  g_assert_no_error(error);
  World *w = world_new(catalog);
  world_image(w, "i");
  return w;
}

static void look(World *w, const char *test, const char *property, bool bad) {
  world_ended(w, test, "image", "i", "done", 1);
  world_see(w, test, "image", "i", property, ak_value_bool(bad));
}

/* An earlier run that passed both cases, and a retest that ran the test of x.bad alone. */
typedef struct {
  World *earlier, *again;
  AkInheritance lender;
} Retest;

static void retest_clear(Retest *self) {
  world_free(self->earlier);
  world_free(self->again);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Retest, retest_clear)

static void lend(Retest *self) {
  World *lent = self->earlier;
  world_judge(lent);
  for (guint i = lent->input.observations->len; i > 0; i--) /* the test of x.bad was run again */
    if (g_str_equal(((AkObservation *)lent->input.observations->pdata[i - 1])->property, "x.bad")) {
      g_ptr_array_remove_index(lent->input.observations, i - 1);
      g_array_remove_index(lent->input.repeats, i - 1);
      g_ptr_array_remove_index(lent->input.executions, i - 1);
    }
  self->lender.verdicts = lent->result;
  self->lender.observations = lent->input.observations;
  self->lender.repeats = lent->input.repeats;
  self->lender.executions = lent->input.executions;
  self->again->input.inheritance = &self->lender;
}

/* `y_bad`: what the earlier run saw of y.bad; `x_bad`: what the retest sees of x.bad. */
static Retest retest_new(bool y_bad, bool x_bad, bool same_version) {
  Retest self = {.earlier = world_of_image(), .again = world_of_image()};
  self.lender.run_id = "first";
  self.lender.version = "0.9";
  self.lender.same_version = same_version;
  look(self.earlier, "tx", "x.bad", false);
  look(self.earlier, "ty", "y.bad", y_bad);
  look(self.again, "tx", "x.bad", x_bad);
  return self;
}

static json_t *impact_on(const char *requirement) {
  return json_pack("{s:s, s:s, s:s, s:[s], s:s}", "by", "A. Uthor", "on", "2026-11-20", "reason",
                   "Only the label changed.", "requirements", requirement, "sha256", "00");
}

static const char *verdict_of(const Retest *self, const char *id) {
  return world_verdict(world_case(self->again, id));
}

static void assert_inherits(const Retest *self, bool inherits) {
  const json_t *row = world_case(self->again, "r-2");
  g_assert_cmpint(json_object_get(row, "inherited") != NULL, ==, inherits);
  g_assert_cmpstr(world_verdict(row), ==, inherits ? "pass" : "not-run");
  const json_t *retest = json_object_get(self->again->result, "retest");
  g_assert_cmpstr(ak_json_string_or(retest, "of", ""), ==, "first");
  g_assert_cmpuint(json_array_size(json_object_get(retest, "inherited")), ==, inherits);
}

static void test_same_version_lends(void) {
  g_auto(Retest) r = retest_new(false, false, true);
  lend(&r);
  world_judge(r.again);
  assert_inherits(&r, true);
  const json_t *row = world_case(r.again, "r-2");
  g_assert_true(json_is_null(json_object_get(json_object_get(row, "inherited"), "impact")));
  g_assert_cmpstr(ak_json_string_or(json_object_get(row, "explanation"), "id", ""), ==,
                  "inherited");
  const json_t *seen = json_array_get(json_object_get(row, "observations"), 0);
  g_assert_cmpstr(ak_json_string_or(seen, "run", ""), ==, "first");
  /* what was tested again is this run's own */
  const json_t *own = world_case(r.again, "r-1");
  g_assert_null(json_object_get(own, "inherited"));
  seen = json_array_get(json_object_get(own, "observations"), 0);
  g_assert_null(json_object_get(seen, "run"));
  const json_t *requirement = world_requirement(r.again, "r");
  g_assert_cmpstr(world_verdict(requirement), ==, "pass");
  g_assert_cmpstr(ak_json_string_or(json_object_get(requirement, "explanation"), "id", ""), ==,
                  "requirement-pass-inherited");
}

static void test_other_version_needs_a_statement(void) {
  g_auto(Retest) without = retest_new(false, false, false);
  lend(&without);
  world_judge(without.again);
  assert_inherits(&without, false);
  g_assert_true(world_misses(world_case(without.again, "r-2"), "not-inherited"));
  g_assert_cmpstr(world_verdict(world_requirement(without.again, "r")), ==, "inconclusive");

  g_auto(Retest) other = retest_new(false, false, false);
  g_autoptr(json_t) elsewhere = impact_on("q"); /* speaks of another requirement */
  other.lender.impact = elsewhere;
  lend(&other);
  world_judge(other.again);
  assert_inherits(&other, false);

  g_auto(Retest) with = retest_new(false, false, false);
  g_autoptr(json_t) impact = impact_on("r");
  with.lender.impact = impact;
  lend(&with);
  world_judge(with.again);
  assert_inherits(&with, true);
  const json_t *row = world_case(with.again, "r-2");
  const json_t *statement = json_object_get(json_object_get(row, "inherited"), "impact");
  g_assert_cmpstr(ak_json_string_or(statement, "by", ""), ==, "A. Uthor");
  const char *en = ak_json_string_or(json_object_get(row, "explanation"), "en", "");
  g_assert_nonnull(strstr(en, "inherited from run first"));
  g_assert_nonnull(strstr(en, "A. Uthor"));
}

/* A fail is never lent, whoever states what; nor does a pass lent beside it hide this run's fail.
 */
static void test_fails_are_never_lent(void) {
  g_auto(Retest) earlier = retest_new(true, false, true);
  g_autoptr(json_t) impact = impact_on("r");
  earlier.lender.impact = impact;
  lend(&earlier);
  world_judge(earlier.again);
  assert_inherits(&earlier, false);
  g_assert_null(world_finding(earlier.again, "answered-fail"));
  g_auto(Retest) now = retest_new(false, true, true);
  lend(&now);
  world_judge(now.again);
  g_assert_cmpstr(verdict_of(&now, "r-1"), ==, "fail");
  g_assert_cmpstr(verdict_of(&now, "r-2"), ==, "pass");
  g_assert_cmpstr(world_verdict(world_requirement(now.again, "r")), ==, "fail");
}

/* What this run sees is judged with what is lent: a new image was looked at by nobody. */
static void test_new_subjects_are_not_covered(void) {
  g_auto(Retest) r = retest_new(false, false, true);
  world_image(r.again, "j");
  lend(&r);
  world_judge(r.again);
  assert_inherits(&r, false);
}

static void test_expired_and_lent_passes(void) {
  g_auto(Retest) old = retest_new(false, false, true);
  lend(&old);
  old.again->input.now_utc_us += G_GINT64_CONSTANT(400) * 86400 * G_USEC_PER_SEC; /* P1Y is over */
  world_judge(old.again);
  assert_inherits(&old, false);
  g_auto(Retest) aged = retest_new(false, false, true);
  lend(&aged);
  aged.again->input.now_utc_us += G_GINT64_CONSTANT(100) * 86400 * G_USEC_PER_SEC;
  world_judge(aged.again);
  assert_inherits(&aged, true);
  g_assert_cmpstr(ak_json_string_or(world_case(aged.again, "r-2"), "valid_until", ""), ==,
                  "2027-11-23"); /* of the run that saw it, not a year from the retest */
  g_auto(Retest) twice = retest_new(false, false, true);
  lend(&twice);
  json_object_set_new((json_t *)world_case(twice.earlier, "r-2"), "inherited", json_object());
  world_judge(twice.again);
  assert_inherits(&twice, false);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/verdict/inherit/same-version", test_same_version_lends);
  g_test_add_func("/verdict/inherit/other-version", test_other_version_needs_a_statement);
  g_test_add_func("/verdict/inherit/fails", test_fails_are_never_lent);
  g_test_add_func("/verdict/inherit/new-subjects", test_new_subjects_are_not_covered);
  g_test_add_func("/verdict/inherit/age", test_expired_and_lent_passes);
  return g_test_run();
}
