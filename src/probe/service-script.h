/* Services for the tests of probes: what a server says is a function of the test; here is what runs
 * a probe on it and looks at what it observed. Include it in one test only. */
#pragma once

#include <string.h>

#include "core/test.h"
#include "net/script.h"

#define LOCATOR "tcp:192.0.2.10:99"

typedef struct {
  AkSinkCollector *seen;
  guint connections;
} Run;

static void run_clear(Run *self) {
  ak_sink_collector_free(self->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static void add_text(GPtrArray *prior, const char *property, const char *text) {
  AkObservation *seen = ak_observation_new("service", LOCATOR, property, AK_OUTCOME_SEEN);
  ak_observation_take_value(seen, ak_value_text(text));
  g_ptr_array_add(prior, seen);
}

/* Runs `test` on a service that `serve` plays and that was identified as `protocol`; `inside` is
 * what a test found inside TLS, or NULL. Takes `params` over. */
static Run run_on(const AkTest *test, AkScript *script, const char *protocol, const char *inside,
                  json_t *params) {
  Run run = {.seen = ak_sink_collector_new()};
  g_autoptr(json_t) owned = params;
  g_autoptr(AkSink) sink = ak_sink_new(test, &ak_sink_collector_backend, run.seen, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) prior = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  add_text(prior, "service.protocol", protocol);
  if (inside != NULL)
    add_text(prior, "mqtt.offered", inside);
  AkSubject subject = {.kind = (char *)"service", .locator = (char *)LOCATOR};
  AkCall call = {.test = test,
                 .subject = &subject,
                 .params = owned,
                 .prior = prior,
                 .net = ak_script_net(script)};
  bool ok = test->run(&call, sink, &error);
  g_assert_no_error(error);
  g_assert_true(ok);
  run.connections = ak_script_connections(script);
  return run;
}

/* "nothing", "absent", "could-not-look", "cut" or the value; sets with blanks between, "cut:"
 * before. */
static char *value_of(const Run *run, const char *property) {
  const AkObservation *seen = ak_sink_collector_find(run->seen, property, NULL);
  if (seen == NULL)
    return g_strdup("nothing");
  if (seen->outcome != AK_OUTCOME_SEEN && seen->value.type != AK_VALUE_SET)
    return g_strdup(ak_outcome_name(seen->outcome));
  if (seen->value.type == AK_VALUE_BOOL)
    return g_strdup(seen->value.boolean ? "true" : "false");
  if (seen->value.type == AK_VALUE_INT)
    return g_strdup_printf("%" G_GINT64_FORMAT, seen->value.integer);
  if (seen->value.type == AK_VALUE_TEXT)
    return g_strdup(seen->value.text);
  g_autofree char *set = g_strjoinv(" ", seen->value.set);
  return g_strconcat(seen->outcome == AK_OUTCOME_CUT ? "cut:" : "", set, NULL);
}

static void assert_value(const Run *run, const char *property, const char *expected) {
  g_autofree char *value = value_of(run, property);
  g_test_message("%s", property);
  const AkObservation *full = ak_sink_collector_find(run->seen, property, NULL);
  if (full != NULL && full->outcome != AK_OUTCOME_SEEN && full->value.text != NULL)
    g_test_message("%s: %s", property, full->value.text);
  g_assert_cmpstr(value, ==, expected);
}

/* `secret` stands in no blob and in no value. */
static void assert_hidden(const Run *run, const char *secret) {
  GHashTableIter iter;
  gpointer blob;
  gsize length = strlen(secret);
  g_hash_table_iter_init(&iter, run->seen->blobs);
  while (g_hash_table_iter_next(&iter, NULL, &blob)) {
    gsize size = 0;
    const void *data = g_bytes_get_data(blob, &size);
    g_assert_null(memmem(data, size, secret, length));
  }
  for (guint i = 0; i < run->seen->observations->len; i++) {
    const AkObservation *seen = run->seen->observations->pdata[i];
    g_assert_true(seen->value.text == NULL || strstr(seen->value.text, secret) == NULL);
  }
}
