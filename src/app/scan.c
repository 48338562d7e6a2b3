#include "app/scan.h"

#include <string.h>

#include "app/workspace.h"
#include "core/authorization.h"
#include "net/net.h"

#define DISCOVER "probe.discover"
#define DEFAULT_PACKETS_PER_SECOND 500 /* for real devices; loopback is not slowed down */

typedef struct {
  const AkScanOptions *options;
  AkSinkCollector *seen;
  bool stopped;
} Scan;

static bool take_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  return true; /* nothing is kept of a scan */
}

static bool take_observation(gpointer data, const AkObservation *observation, GError **error) {
  Scan *self = data;
  g_ptr_array_add(self->seen->observations, ak_observation_copy(observation));
  return true;
}

static void show_progress(gpointer data, guint64 done, guint64 total) {
  const AkScanOptions *options = ((Scan *)data)->options;
  if (options->progress != NULL)
    options->progress(options->data, done, total);
}

static bool is_cancelled(gpointer data) {
  Scan *self = data;
  if (self->options->cancelled != NULL && self->options->cancelled(self->options->data))
    self->stopped = true;
  return self->stopped;
}

static const AkSinkBackend backend = {.blob = take_blob,
                                      .observe = take_observation,
                                      .progress = show_progress,
                                      .cancelled = is_cancelled};

static guint rate_of(const AkAuthorization *consent, const char *address) {
  if (ak_authorization_is_loopback(address))
    return 0;
  return consent != NULL && consent->max_packets_per_second > 0
             ? MIN(consent->max_packets_per_second, DEFAULT_PACKETS_PER_SECOND)
             : DEFAULT_PACKETS_PER_SECOND;
}

static AkNetDirect *net_for(const AkScanOptions *options, const AkTest *test, GError **error) {
  const AkAuthorization *consent =
      options->product != NULL ? options->product->authorization : NULL;
  if (!ak_authorization_check(consent, options->address, ak_now_utc_us(), test->grade, error))
    return NULL;
  const char *allowed[] = {options->address, NULL};
  AkNetPolicy policy = {.allowed = allowed,
                        .packets_per_second = rate_of(consent, options->address)};
  return ak_net_direct_new(&policy, error);
}

static json_t *set_of(const AkSinkCollector *seen, const char *property) {
  const AkObservation *observation = ak_sink_collector_find(seen, property, NULL);
  json_t *texts = json_array();
  GStrv set = observation != NULL ? observation->value.set : NULL;
  for (gsize i = 0; set != NULL && set[i] != NULL; i++)
    json_array_append_new(texts, json_string(set[i]));
  return texts;
}

static json_t *result_of(const AkScanOptions *options, const AkSinkCollector *seen) {
  json_t *ports = json_array();
  for (guint i = 0; i < seen->observations->len; i++) {
    const AkObservation *open = seen->observations->pdata[i];
    g_autofree char *transport = NULL, *address = NULL;
    guint16 port = 0;
    if (strcmp(open->property, "net.port.open") == 0 &&
        ak_service_locator_parse(open->subject.locator, &transport, &address, &port))
      json_array_append_new(ports, json_pack("{s:i, s:s, s:s}", "port", (int)port, "transport",
                                             transport, "state", "open"));
  }
  return json_pack("{s:s, s:o, s:o, s:o}", "address", options->address, "ports", ports, "coverage",
                   set_of(seen, "net.coverage"), "unknown", set_of(seen, "net.port.unknown"));
}

bool ak_app_scan(const AkScanOptions *options, json_t **result, bool *finished, GError **error) {
  const AkTest *test = ak_test_find(DISCOVER);
  if (test == NULL)
    return ak_error_set(error, AK_ERROR_INTERNAL, "there is no test " DISCOVER);
  g_autoptr(AkNetDirect) direct = net_for(options, test, error);
  if (direct == NULL)
    return false;
  g_autoptr(AkSinkCollector) seen = ak_sink_collector_new();
  Scan scan = {.options = options, .seen = seen};
  g_autoptr(AkSink) sink = ak_sink_new(test, &backend, &scan, ak_now_utc_us);
  g_autoptr(json_t) params = json_pack("{s:s}", "ports", options->ports);
  AkSubject subject = {.kind = (char *)"address", .locator = (char *)options->address};
  AkCall call = {.test = test,
                 .subject = &subject,
                 .params = params,
                 .net = ak_net_direct_net(direct),
                 .now_utc_us = ak_now_utc_us()};
  if (!test->run(&call, sink, error))
    return false;
  *result = result_of(options, seen);
  *finished = !scan.stopped;
  return true;
}
