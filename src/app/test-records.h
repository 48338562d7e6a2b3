/* Records of runs as the runner writes them, in short; for *-test.c and bench. */
#pragma once

#include "core/record.h"
#include "log/log.h"

#define TEST_TIME 1700000000000000 /* microseconds since 1970 UTC */

/* Takes the record over; returns its index. */
static inline guint64 test_append(AkLog *log, json_t *taken) {
  g_autoptr(json_t) record = taken;
  g_autoptr(GError) error = NULL;
  guint64 index = 0;
  g_assert_nonnull(record);
  ak_log_append(log, record, &index, &error);
  g_assert_no_error(error);
  return index;
}

static inline guint64 test_plan(AkLog *log, const char *run, const char *product,
                                const char *version) {
  json_t *record = ak_record_new(AK_RECORD_RUN_PLANNED, run, TEST_TIME);
  json_object_set_new(record, "product_name", json_string(product));
  json_object_set_new(record, "product_model", json_string("M-1"));
  json_object_set_new(record, "product_version", json_string(version));
  json_object_set_new(record, "profile", json_string("en303645"));
  return test_append(log, record);
}

static inline guint64 test_start(AkLog *log, const char *run, const char *execution, int attempt) {
  json_t *record = ak_record_new(AK_RECORD_TEST_STARTED, run, TEST_TIME + 1);
  json_object_set_new(record, "execution", json_string(execution));
  json_object_set_new(record, "test", json_string("probe.tls"));
  json_object_set_new(record, "subject",
                      json_pack("{s:s, s:s}", "kind", "service", "locator", "tcp:127.0.0.1:443"));
  json_object_set_new(record, "attempt", json_integer(attempt));
  json_object_set_new(record, "repeat", json_integer(1));
  return test_append(log, record);
}

/* `value` (taken over) NULL: the property is absent. */
static inline guint64 test_observe(AkLog *log, const char *run, const char *execution,
                                   const char *property, json_t *value) {
  json_t *record = ak_record_new(AK_RECORD_OBSERVATION, run, TEST_TIME + 2);
  json_object_set_new(record, "execution", json_string(execution));
  json_object_set_new(
      record, "observation",
      json_pack("{s:s, s:i, s:{s:s, s:s}, s:s, s:s, s:o, s:[], s:{s:I, s:I, s:i}}", "test",
                "probe.tls", "rev", 1, "subject", "kind", "service", "locator", "tcp:127.0.0.1:443",
                "property", property, "outcome", value != NULL ? "seen" : "absent", "value",
                value != NULL ? value : json_null(), "evidence", "trace", "when_utc_us",
                (json_int_t)(TEST_TIME + 2), "duration_us", (json_int_t)5, "attempt", 1));
  return test_append(log, record);
}

static inline guint64 test_end(AkLog *log, const char *run, const char *execution) {
  json_t *record = ak_record_new(AK_RECORD_TEST_ENDED, run, TEST_TIME + 3);
  json_object_set_new(record, "execution", json_string(execution));
  json_object_set_new(record, "end", json_string("done"));
  return test_append(log, record);
}

/* Two requirements, the first with `verdict`, and one finding entitled `title`. */
static inline guint64 test_judge(AkLog *log, const char *run, const char *verdict,
                                 const char *title) {
  json_t *record = ak_record_new(AK_RECORD_VERDICT, run, TEST_TIME + 4);
  json_object_set_new(
      record, "verdicts",
      json_pack(
          "{s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s}],s:[{s:s,s:s,s:s,s:i,s:{s:s,s:s},s:{s:s,s:s}}],"
          "s:{s:i,s:i,s:i,s:i}}",
          "verdicts", "requirement", "5.1-1", "obligation", "M", "verdict", verdict, "valid_until",
          "2027-01-31", "requirement", "5.5-1", "obligation", "M", "verdict", "inconclusive",
          "findings", "finding", "default-credentials", "severity", "high", "property",
          "login.default-credential", "count", 2, "title", "en", title, "ja", "既定のパスワード",
          "subject", "kind", "service", "locator", "tcp:127.0.0.1:443", "summary", "pass", 0,
          "fail", strcmp(verdict, "fail") == 0 ? 1 : 0, "inconclusive", 1, "not_applicable", 3));
  return test_append(log, record);
}

static inline guint64 test_end_run(AkLog *log, const char *run) {
  json_t *record = ak_record_new(AK_RECORD_RUN_ENDED, run, TEST_TIME + 5);
  json_object_set_new(record, "end", json_string("finished"));
  return test_append(log, record);
}

/* A whole run: planned, one test, `observations` of it, verdict, end. */
static inline void test_whole_run(AkLog *log, const char *run, guint observations) {
  test_plan(log, run, "Gateway", "1.0");
  test_start(log, run, "probe.tls/tcp:127.0.0.1:443/1", 1);
  for (guint i = 0; i < observations; i++) {
    g_autofree char *text = g_strdup_printf("cipher %s %u", run, i);
    test_observe(log, run, "probe.tls/tcp:127.0.0.1:443/1", "tls.cipher", json_string(text));
  }
  test_end(log, run, "probe.tls/tcp:127.0.0.1:443/1");
  test_judge(log, run, "fail", "A default password");
  test_end_run(log, run);
}
