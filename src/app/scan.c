#include "app/scan.h"

#include <string.h>

#include "app/workspace.h"
#include "core/authorization.h"
#include "net/net.h"

#define DISCOVER "probe.discover"
#define DISCOVER_UDP "probe.discover-udp"
#define LAB "akashi-lab"
#define DEFAULT_PACKETS_PER_SECOND 500 /* for real devices; loopback is not slowed down */

typedef struct {
  const AkScanOptions *options;
  AkSinkCollector *seen;
  guint part, parts; /* TCP and UDP: which of them runs */
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
  const Scan *self = data;
  if (self->options->progress != NULL)
    self->options->progress(self->options->data, self->part * total + done, self->parts * total);
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
                        .packets_per_second = rate_of(consent, options->address),
                        .credentials =
                            ak_authorization_allows_credentials(consent, options->address),
                        .network_namespace = options->network_namespace};
  return ak_net_direct_new(&policy, error);
}

static json_t *set_of(const AkSinkCollector *seen, const char *property) {
  json_t *texts = json_array();
  for (guint o = 0; o < seen->observations->len; o++) {
    const AkObservation *observation = seen->observations->pdata[o];
    GStrv set = strcmp(observation->property, property) == 0 ? observation->value.set : NULL;
    for (gsize i = 0; set != NULL && set[i] != NULL; i++)
      json_array_append_new(texts, json_string(set[i]));
  }
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
  json_t *result =
      json_pack("{s:s, s:o, s:o, s:o}", "address", options->address, "ports", ports, "coverage",
                set_of(seen, "net.coverage"), "unknown", set_of(seen, "net.port.unknown"));
  if (options->network_namespace != NULL)
    json_object_set_new(result, "network_namespace", json_string(options->network_namespace));
  return result;
}

static bool run_test(Scan *self, const char *id, GError **error) {
  const AkTest *test = ak_test_find(id);
  if (test == NULL)
    return ak_error_set(error, AK_ERROR_INTERNAL, "there is no test %s", id);
  g_autoptr(AkNetDirect) direct = net_for(self->options, test, error);
  if (direct == NULL)
    return false;
  g_autoptr(AkSink) sink = ak_sink_new(test, &backend, self, ak_now_utc_us);
  g_autoptr(json_t) params = json_pack("{s:s}", "ports", self->options->ports);
  AkSubject subject = {.kind = (char *)"address", .locator = (char *)self->options->address};
  AkCall call = {.test = test,
                 .subject = &subject,
                 .params = params,
                 .net = ak_net_direct_net(direct),
                 .now_utc_us = ak_now_utc_us()};
  return test->run(&call, sink, error);
}

bool ak_app_scan(const AkScanOptions *options, json_t **result, bool *finished, GError **error) {
  g_autoptr(AkSinkCollector) seen = ak_sink_collector_new();
  Scan scan = {.options = options, .seen = seen, .parts = options->udp ? 2 : 1};
  static const char *const tests[] = {DISCOVER, DISCOVER_UDP};
  for (; scan.part < scan.parts && !scan.stopped; scan.part++)
    if (!run_test(&scan, tests[scan.part], error))
      return false;
  *result = result_of(options, seen);
  *finished = !scan.stopped;
  return true;
}

const char *ak_app_scan_other_namespace(const AkScanOptions *options, const json_t *result) {
  bool nothing = json_array_size(json_object_get(result, "ports")) == 0;
  return nothing && options->network_namespace == NULL &&
                 ak_net_namespace_has(LAB, options->address)
             ? LAB
             : NULL;
}
