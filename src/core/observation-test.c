#include "core/observation.h"

#include <string.h>

static AkObservation *sample(void) {
  AkObservation *self =
      ak_observation_new("service", "tcp:127.0.1.10:443", "tls.versions", AK_OUTCOME_SEEN);
  const char *versions[] = {"TLSv1.2", "TLSv1.0", "TLSv1.2", NULL};
  AkDigest digest = ak_digest_of("bytes", 5);
  self->test_id = g_strdup("probe.tls");
  self->test_rev = 1;
  ak_observation_take_value(self, ak_value_set(versions));
  ak_observation_cite(self, &digest, 0, 5);
  self->trace.when_utc_us = 42;
  return self;
}

static void test_round_trip(void) {
  g_autoptr(AkObservation) a = sample();
  g_autoptr(json_t) json = ak_observation_to_json(a, true);
  g_autoptr(AkObservation) b = ak_observation_from_json(json, "t", NULL);
  g_assert_nonnull(b);
  g_autoptr(json_t) again = ak_observation_to_json(b, true);
  g_assert_true(json_equal(json, again));
  g_assert_cmpuint(g_strv_length(b->value.set), ==, 2);
}

static void test_identity_ignores_the_trace_alone(void) {
  g_autoptr(AkObservation) a = sample();
  g_autoptr(AkObservation) b = ak_observation_copy(a);
  b->trace.when_utc_us = 99;
  AkDigest first = ak_observation_identity(a), second = ak_observation_identity(b);
  g_assert_true(ak_digest_equal(&first, &second));
  b->outcome = AK_OUTCOME_ABSENT;
  second = ak_observation_identity(b);
  g_assert_false(ak_digest_equal(&first, &second));
}

static void test_foreign_bytes_become_text(void) {
  g_auto(AkValue) value = ak_value_text_from_bytes("a\x1b[31m\xff\\", 8, 100);
  g_assert_cmpstr(value.text, ==, "a\\x1b[31m\\xff\\\\");
  g_auto(AkValue) cut = ak_value_text_from_bytes("abcdef", 6, 3);
  g_assert_cmpstr(cut.text, ==, "abc…");
}

static void test_bad_records_are_refused(void) {
  const char *bad[] = {
      "{}",
      "{\"test\":\"t\",\"rev\":1,\"subject\":{\"kind\":\"k\",\"locator\":\"l\"},\"property\":\"p\","
      "\"outcome\":\"perhaps\",\"value\":null,\"evidence\":[]}",
      "{\"test\":\"t\",\"rev\":1,\"subject\":{\"kind\":\"k\",\"locator\":\"l\"},\"property\":\"p\","
      "\"outcome\":\"seen\",\"value\":[\"b\",\"a\"],\"evidence\":[]}",
      "{\"test\":\"t\",\"rev\":1,\"subject\":{\"kind\":\"k\",\"locator\":\"l\"},\"property\":\"p\","
      "\"outcome\":\"seen\",\"value\":1.5,\"evidence\":[]}",
      "{\"test\":\"t\",\"rev\":1,\"subject\":{\"kind\":\"k\",\"locator\":\"l\"},\"property\":\"p\","
      "\"outcome\":\"seen\",\"value\":null,\"evidence\":[{\"sha256\":\"00\"}]}"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(json_t) json = ak_json_parse(bad[i], strlen(bad[i]), "t", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_observation_from_json(json, "t", &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/observation/round-trip", test_round_trip);
  g_test_add_func("/observation/identity", test_identity_ignores_the_trace_alone);
  g_test_add_func("/observation/foreign-bytes", test_foreign_bytes_become_text);
  g_test_add_func("/observation/bad-records", test_bad_records_are_refused);
  return g_test_run();
}
