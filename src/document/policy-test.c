/* document.policy on a sound policy, on a statement without what it must hold, and on what cannot be read. */
#include "core/test.h"

#include <string.h>

extern const AkTest ak_document_policy_test;

static AkSinkCollector *look_at(const char *bytes, gsize size) {
  g_autoptr(GError) error = NULL;
  AkSinkCollector *collector = ak_sink_collector_new();
  g_autoptr(AkSink) sink =
      ak_sink_new(&ak_document_policy_test, &ak_sink_collector_backend, collector, NULL);
  g_autoptr(GBytes) input = g_bytes_new_static(bytes, size);
  AkSubject subject = {(char *)"document", (char *)"evidence/policy.md"};
  AkCall call = {.test = &ak_document_policy_test, .subject = &subject, .input = input};
  g_assert_true(ak_document_policy_test.run(&call, sink, &error));
  g_assert_no_error(error);
  return collector;
}

static void assert_outcome(const AkSinkCollector *seen, const char *property, AkOutcome outcome,
                           const char *first) {
  const AkObservation *observation =
      ak_sink_collector_find(seen, property, "evidence/policy.md");
  g_assert_nonnull(observation);
  g_assert_cmpint(observation->outcome, ==, outcome);
  g_assert_cmpuint(observation->evidence->len, ==, 1);
  if (first != NULL)
    g_assert_cmpstr(observation->value.set[0], ==, first);
}

static void test_sound(void) {
  static const char text[] = "Contact: security@devices.example\nReceipt within three working days, "
                             "status every 14 days.\nValid from 2026-05-01.\n";
  g_autoptr(AkSinkCollector) seen = look_at(text, sizeof text - 1);
  assert_outcome(seen, "document.contact", AK_OUTCOME_SEEN, "mail");
  assert_outcome(seen, "document.time", AK_OUTCOME_SEEN, "14 days");
  assert_outcome(seen, "document.date", AK_OUTCOME_SEEN, "2026");
  assert_outcome(seen, "document.coverage", AK_OUTCOME_SEEN, "text");
}

static void test_weak(void) {
  static const char text[] = "We take security seriously and answer as soon as possible.";
  g_autoptr(AkSinkCollector) seen = look_at(text, sizeof text - 1);
  assert_outcome(seen, "document.contact", AK_OUTCOME_ABSENT, NULL);
  assert_outcome(seen, "document.time", AK_OUTCOME_ABSENT, NULL);
  assert_outcome(seen, "document.date", AK_OUTCOME_ABSENT, NULL);
  assert_outcome(seen, "document.coverage", AK_OUTCOME_SEEN, "text");
}

/* Of a file that is not read nothing is said to be absent. */
static void test_not_read(void) {
  static const char pdf[] = "%PDF-1.7\n\x80\x81";
  g_autoptr(AkSinkCollector) seen = look_at(pdf, sizeof pdf - 1);
  assert_outcome(seen, "document.format", AK_OUTCOME_ABSENT, NULL);
  g_assert_null(ak_sink_collector_find(seen, "document.contact", NULL));
  g_assert_null(ak_sink_collector_find(seen, "document.time", NULL));
  const AkObservation *coverage = ak_sink_collector_find(seen, "document.coverage", NULL);
  g_assert_null(coverage->value.set[0]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/document/policy/sound", test_sound);
  g_test_add_func("/document/policy/weak", test_weak);
  g_test_add_func("/document/policy/not-read", test_not_read);
  return g_test_run();
}
