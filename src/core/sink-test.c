#include "core/test.h"

static const AkTestOutput outputs[] = {
    {"x.count", AK_VALUE_INT, "", "a count", "数"},
    {NULL},
};
static const AkTest sample = {
    .id = "x.sample", .rev = 3, .outputs = outputs, .limits = {.attempts = 2}};

typedef struct {
  AkSinkCollector *collector;
  AkSink *sink;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->collector = ak_sink_collector_new();
  self->sink = ak_sink_new(&sample, &ak_sink_collector_backend, self->collector, NULL);
}

static void tear_down(Fixture *self, gconstpointer data) {
  ak_sink_free(self->sink);
  ak_sink_collector_free(self->collector);
}

static AkObservation *counted(void) {
  AkObservation *o = ak_observation_new("product", "", "x.count", AK_OUTCOME_SEEN);
  ak_observation_take_value(o, ak_value_int(1, ""));
  return o;
}

static void test_fills_in_the_test(Fixture *self, gconstpointer data) {
  AkDigest digest;
  AkObservation *o = counted();
  g_assert_true(ak_sink_blob(self->sink, "abc", 3, &digest, NULL));
  ak_observation_cite(o, &digest, 0, 3);
  g_assert_true(ak_sink_observe(self->sink, o, NULL));
  const AkObservation *seen = ak_sink_collector_find(self->collector, "x.count", "");
  g_assert_cmpstr(seen->test_id, ==, "x.sample");
  g_assert_cmpuint(seen->test_rev, ==, 3);
}

static void test_refuses_unkept_evidence(Fixture *self, gconstpointer data) {
  AkDigest digest = ak_digest_of("abc", 3);
  AkObservation *o = counted();
  g_autoptr(GError) error = NULL;
  ak_observation_cite(o, &digest, 0, 3);
  g_assert_false(ak_sink_observe(self->sink, o, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INTERNAL);
}

static void test_refuses_undeclared_properties_and_types(Fixture *self, gconstpointer data) {
  AkObservation *unknown = ak_observation_new("product", "", "y.count", AK_OUTCOME_ABSENT);
  AkObservation *mistyped = ak_observation_new("product", "", "x.count", AK_OUTCOME_SEEN);
  AkObservation *other_unit = counted();
  ak_observation_take_value(mistyped, ak_value_bool(true));
  ak_observation_take_value(other_unit, ak_value_int(1, "ms"));
  g_assert_false(ak_sink_observe(self->sink, unknown, NULL));
  g_assert_false(ak_sink_observe(self->sink, mistyped, NULL));
  g_assert_false(ak_sink_observe(self->sink, other_unit, NULL));
  g_assert_cmpuint(self->collector->observations->len, ==, 0);
}

static void test_limits_are_enforced(Fixture *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_sink_spend(self->sink, AK_SPEND_ATTEMPTS, 2, NULL));
  g_assert_false(ak_sink_spend(self->sink, AK_SPEND_ATTEMPTS, 1, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_assert_false(ak_sink_spend(self->sink, AK_SPEND_PACKETS, G_MAXUINT64, NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/sink/fills-in", Fixture, NULL, set_up, test_fills_in_the_test, tear_down);
  g_test_add("/sink/unkept", Fixture, NULL, set_up, test_refuses_unkept_evidence, tear_down);
  g_test_add("/sink/undeclared", Fixture, NULL, set_up,
             test_refuses_undeclared_properties_and_types, tear_down);
  g_test_add("/sink/limits", Fixture, NULL, set_up, test_limits_are_enforced, tear_down);
  return g_test_run();
}
