#include "probe/discovery.h"

#include <string.h>

#include "core/product.h"
#include "probe/ports.h"

#define CHUNK 16384 /* ports between looks at cancellation */
#define ALL_PORTS 65536

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkTransport transport;
  guint wall_ms;
  gint64 until_us;
  const char *address;
  char *prefix; /* "udp4" */
  bool open[ALL_PORTS], closed[ALL_PORTS], unknown[ALL_PORTS], decided[ALL_PORTS];
  guint64 asked, total;
  guint64 base; /* ports of the chunks before this one */
  char *stopped; /* why the sweep ended early, or NULL */
} Discovery;

static void discovery_free(Discovery *self) {
  g_free(self->stopped);
  g_free(self->prefix);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Discovery, discovery_free)

static const char *transport_name(const Discovery *self) {
  return self->transport == AK_TRANSPORT_UDP ? "udp" : "tcp";
}

static bool progress(guint64 done, guint64 total, gpointer data) {
  Discovery *self = data;
  ak_sink_progress(self->sink, self->base + done, self->total);
  return !ak_sink_cancelled(self->sink);
}

/* Of a sweep that was stopped, ports without a state may not have been asked: they are in no list. */
static void take_states(Discovery *self, const AkSweep *sweep, const AkPortState *states,
                        bool whole) {
  for (guint port = sweep->first_port; port <= sweep->last_port; port++) {
    AkPortState state = states[port - sweep->first_port];
    self->open[port] = state == AK_PORT_OPEN;
    self->closed[port] = state == AK_PORT_CLOSED;
    self->unknown[port] = whole && state == AK_PORT_UNKNOWN;
    self->decided[port] = state != AK_PORT_UNKNOWN;
  }
}

/* Of the time for all ranges; never 0, which means without end. */
static guint wall_left_ms(const Discovery *self) {
  gint64 left_ms = (self->until_us - g_get_monotonic_time()) / 1000;
  return self->wall_ms > 0 ? (guint)MAX(left_ms, 1) : 0;
}

/* False with `stopped` set where the look ended early; with an error where nothing may be looked at. */
static bool sweep_chunk(Discovery *self, guint first, guint last, GError **error) {
  guint count = last - first + 1;
  g_autofree AkPortState *states = g_new(AkPortState, count);
  AkSweep sweep = {.address = self->address,
                   .transport = self->transport,
                   .first_port = (guint16)first,
                   .last_port = (guint16)last,
                   .tries = AK_DISCOVERY_TRIES,
                   .wall_ms = wall_left_ms(self)};
  g_autoptr(GError) failure = NULL;
  for (guint i = 0; i < count; i++)
    states[i] = AK_PORT_UNKNOWN;
  self->base = self->asked;
  bool ok = ak_sink_spend(self->sink, AK_SPEND_PACKETS, ak_net_sweep_packets(&sweep), &failure) &&
            ak_net_sweep(self->call->net, &sweep, states, progress, self, &failure);
  if (!ok && (g_error_matches(failure, AK_ERROR, AK_ERROR_PERMISSION) ||
              g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA))) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  take_states(self, &sweep, states, ok);
  self->asked += count;
  if (!ok)
    self->stopped = g_strdup(failure->message);
  return ok;
}

static bool sweep_all(Discovery *self, const GArray *ranges, GError **error) {
  /* datagrams keep one pace over all ports, and are stopped from within */
  guint chunk = self->transport == AK_TRANSPORT_UDP ? ALL_PORTS : CHUNK;
  for (guint i = 0; i < ranges->len; i++) {
    AkPortRange range = g_array_index(ranges, AkPortRange, i);
    for (guint first = range.first; first <= range.last; first += chunk)
      if (!sweep_chunk(self, first, MIN(first + chunk - 1, range.last), error))
        return self->stopped != NULL;
  }
  return true;
}

/* --- what is observed ------------------------------------------------------------------------- */

static GPtrArray *ranges_of(const char *prefix, const bool *flags) {
  GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
  ak_ports_append_ranges(texts, prefix, flags);
  return texts;
}

static AkValue set_of(const char *prefix, const bool *flags) {
  g_autoptr(GPtrArray) texts = ranges_of(prefix, flags);
  g_ptr_array_add(texts, NULL);
  return ak_value_set((const char *const *)texts->pdata);
}

/* The whole sweep as one text: the evidence of each of its observations. */
static bool keep_evidence(Discovery *self, AkDigest *digest, gsize *size, GError **error) {
  const struct {
    const char *name;
    const bool *flags;
  } parts[] = {{"open", self->open}, {"refused", self->closed}, {"unanswered", self->unknown}};
  g_autoptr(GString) text = g_string_new(NULL);
  g_string_printf(text, "%s sweep of %s\n",
                  self->transport == AK_TRANSPORT_UDP ? "datagram" : "connect()", self->address);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autoptr(GPtrArray) ranges = ranges_of(self->prefix, parts[i].flags);
    g_string_append_printf(text, "%s:", parts[i].name);
    for (guint r = 0; r < ranges->len; r++)
      g_string_append_printf(text, " %s", (const char *)ranges->pdata[r]);
    g_string_append_c(text, '\n');
  }
  if (self->stopped != NULL)
    g_string_append_printf(text, "stopped: %s\n", self->stopped);
  *size = text->len;
  return ak_sink_blob(self->sink, text->str, text->len, digest, error);
}

static bool observe_open(Discovery *self, const AkDigest *digest, gsize size, GError **error) {
  for (guint port = 1; port < ALL_PORTS; port++) {
    if (!self->open[port])
      continue;
    g_autofree char *locator = ak_service_locator(transport_name(self), self->address, (guint16)port);
    AkObservation *seen =
        ak_observation_new("service", locator, "net.port.open", AK_OUTCOME_SEEN);
    ak_observation_take_value(seen, ak_value_bool(true));
    ak_observation_cite(seen, digest, 0, size);
    if (!ak_sink_observe(self->sink, seen, error))
      return false;
  }
  return true;
}

static bool observe_unknown(Discovery *self, const AkDigest *digest, gsize size, GError **error) {
  AkValue ranges = set_of(self->prefix, self->unknown);
  bool any = ranges.set != NULL && ranges.set[0] != NULL;
  AkOutcome none = self->stopped != NULL ? AK_OUTCOME_CUT : AK_OUTCOME_ABSENT;
  AkObservation *unknown = ak_observation_new("address", self->address, "net.port.unknown",
                                              any ? AK_OUTCOME_SEEN : none);
  if (any)
    ak_observation_take_value(unknown, ranges);
  else
    ak_value_clear(&ranges);
  ak_observation_cite(unknown, digest, 0, size);
  return ak_sink_observe(self->sink, unknown, error);
}

static bool observe_coverage(Discovery *self, const AkDigest *digest, gsize size,
                             GError **error) {
  guint64 decided = 0;
  for (guint port = 1; port < ALL_PORTS; port++)
    decided += self->decided[port];
  AkObservation *coverage =
      ak_observation_new("address", self->address, "net.coverage",
                         decided == self->total ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT);
  ak_observation_take_value(coverage, set_of(self->prefix, self->decided));
  ak_observation_cite(coverage, digest, 0, size);
  return ak_sink_observe(self->sink, coverage, error);
}

bool ak_discovery_run(const AkCall *call, AkSink *sink, AkTransport transport, guint wall_ms,
                      GError **error) {
  g_autoptr(GArray) ranges =
      ak_ports_parse(ak_json_string_or(call->params, "ports", "1-65535"), error);
  if (ranges == NULL)
    return false;
  g_autoptr(Discovery) self = g_new0(Discovery, 1);
  self->call = call;
  self->sink = sink;
  self->address = call->subject->locator;
  self->transport = transport;
  self->wall_ms = wall_ms;
  self->until_us = g_get_monotonic_time() + (gint64)wall_ms * 1000;
  self->prefix = g_strdup_printf("%s%c", transport_name(self),
                                 strchr(self->address, ':') != NULL ? '6' : '4');
  for (guint i = 0; i < ranges->len; i++) {
    AkPortRange range = g_array_index(ranges, AkPortRange, i);
    self->total += (guint64)(range.last - range.first) + 1;
  }
  AkDigest digest;
  gsize size = 0;
  return sweep_all(self, ranges, error) && keep_evidence(self, &digest, &size, error) &&
         observe_open(self, &digest, size, error) &&
         observe_unknown(self, &digest, size, error) &&
         observe_coverage(self, &digest, size, error);
}
