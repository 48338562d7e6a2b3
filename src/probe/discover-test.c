#include <string.h>

#include "core/test.h"
#include "net/net.h"

extern const AkTest ak_probe_discover_test, ak_probe_discover_udp_test;

#define ADDRESS "192.0.2.10"

/* A device without a network: the state of each port is what the test says. */
typedef struct {
  AkNet net;
  AkPortState states[65536];
  guint swept;   /* ports */
  guint fail_at; /* the first port at which a sweep fails, or 0 */
  AkErrorCode failure;
  AkTransport transport;
  guint wall_ms; /* of the last sweep */
} FakeNet;

static bool fake_sweep(AkNet *net, const AkSweep *sweep, AkPortState *states,
                       bool (*progress)(guint64 done, guint64 total, gpointer data),
                       gpointer data, GError **error) {
  FakeNet *self = (FakeNet *)net;
  g_assert_cmpstr(sweep->address, ==, ADDRESS);
  g_assert_cmpint(sweep->transport, ==, self->transport);
  self->wall_ms = sweep->wall_ms;
  if (self->fail_at != 0 && sweep->last_port >= self->fail_at)
    return ak_error_set(error, self->failure, "told to fail");
  for (guint port = sweep->first_port; port <= sweep->last_port; port++)
    states[port - sweep->first_port] = self->states[port];
  self->swept += (guint)(sweep->last_port - sweep->first_port) + 1;
  return true;
}

static const AkNetClass fake_class = {.sweep = fake_sweep};

typedef struct {
  FakeNet net;
  AkSinkCollector *seen;
  AkSink *sink;
  const AkTest *test;
} Fixture;

/* `data` is not NULL for UDP. */
static void set_up(Fixture *self, gconstpointer data) {
  self->test = data != NULL ? &ak_probe_discover_udp_test : &ak_probe_discover_test;
  self->net.transport = data != NULL ? AK_TRANSPORT_UDP : AK_TRANSPORT_TCP;
  self->net.net.class = &fake_class;
  for (guint port = 0; port < 65536; port++)
    self->net.states[port] = AK_PORT_CLOSED;
  self->seen = ak_sink_collector_new();
  self->sink = ak_sink_new(self->test, &ak_sink_collector_backend, self->seen, NULL);
}

static void tear_down(Fixture *self, gconstpointer data) {
  ak_sink_free(self->sink);
  ak_sink_collector_free(self->seen);
}

static bool discover(Fixture *self, const char *ports, GError **error) {
  g_autoptr(json_t) params = json_object();
  if (ports != NULL)
    json_object_set_new(params, "ports", json_string(ports));
  AkSubject subject = {.kind = (char *)"address", .locator = (char *)ADDRESS};
  AkCall call = {.test = self->test,
                 .subject = &subject,
                 .params = params,
                 .net = &self->net.net};
  return self->test->run(&call, self->sink, error);
}

static const AkObservation *find(Fixture *self, const char *property, const char *locator) {
  return ak_sink_collector_find(self->seen, property, locator);
}

static void assert_set(const AkObservation *observation, AkOutcome outcome, const char *expected) {
  g_assert_nonnull(observation);
  g_assert_cmpint(observation->outcome, ==, outcome);
  g_autofree char *joined =
      observation->value.set != NULL ? g_strjoinv(" ", observation->value.set) : g_strdup("");
  g_assert_cmpstr(joined, ==, expected);
}

static void test_open_ports_and_whole_coverage(Fixture *self, gconstpointer data) {
  self->net.states[1] = self->net.states[443] = self->net.states[65535] = AK_PORT_OPEN;
  g_assert_true(discover(self, NULL, NULL));
  g_assert_cmpuint(self->net.swept, ==, 65535);
  static const char *const open[] = {"tcp:" ADDRESS ":1", "tcp:" ADDRESS ":443",
                                     "tcp:" ADDRESS ":65535"};
  for (gsize i = 0; i < G_N_ELEMENTS(open); i++) {
    const AkObservation *seen = find(self, "net.port.open", open[i]);
    g_assert_nonnull(seen);
    g_assert_true(seen->value.boolean);
    g_assert_cmpuint(seen->evidence->len, ==, 1);
  }
  g_assert_cmpuint(self->seen->observations->len, ==, 5); /* three open, unknown, coverage */
  assert_set(find(self, "net.port.unknown", ADDRESS), AK_OUTCOME_ABSENT, "");
  assert_set(find(self, "net.coverage", ADDRESS), AK_OUTCOME_SEEN, "tcp4:1-65535");
}

static void test_unanswered_cuts_the_coverage(Fixture *self, gconstpointer data) {
  self->net.states[100] = self->net.states[101] = AK_PORT_UNKNOWN;
  g_assert_true(discover(self, "90-110", NULL));
  assert_set(find(self, "net.port.unknown", ADDRESS), AK_OUTCOME_SEEN, "tcp4:100-101");
  assert_set(find(self, "net.coverage", ADDRESS), AK_OUTCOME_CUT, "tcp4:102-110 tcp4:90-99");
  g_assert_null(find(self, "net.port.open", NULL));
}

static void test_what_was_not_swept_is_not_covered(Fixture *self, gconstpointer data) {
  self->net.states[80] = AK_PORT_OPEN;
  self->net.fail_at = 40000;
  self->net.failure = AK_ERROR_CANCELLED;
  g_assert_true(discover(self, NULL, NULL));
  g_assert_nonnull(find(self, "net.port.open", "tcp:" ADDRESS ":80"));
  assert_set(find(self, "net.coverage", ADDRESS), AK_OUTCOME_CUT, "tcp4:1-32768");
  assert_set(find(self, "net.port.unknown", ADDRESS), AK_OUTCOME_CUT, ""); /* not asked is not unanswered */
}

static void test_refused_by_the_authorization(Fixture *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  self->net.fail_at = 1;
  self->net.failure = AK_ERROR_PERMISSION;
  g_assert_false(discover(self, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_PERMISSION);
  g_assert_cmpuint(self->seen->observations->len, ==, 0);
}

static void test_udp_ports(Fixture *self, gconstpointer data) {
  self->net.states[53] = self->net.states[161] = AK_PORT_OPEN;
  g_assert_true(discover(self, NULL, NULL));
  g_assert_cmpuint(self->net.swept, ==, 65535);
  g_assert_nonnull(find(self, "net.port.open", "udp:" ADDRESS ":53"));
  g_assert_nonnull(find(self, "net.port.open", "udp:" ADDRESS ":161"));
  g_assert_cmpuint(self->seen->observations->len, ==, 4);
  assert_set(find(self, "net.port.unknown", ADDRESS), AK_OUTCOME_ABSENT, "");
  assert_set(find(self, "net.coverage", ADDRESS), AK_OUTCOME_SEEN, "udp4:1-65535");
  g_assert_cmpuint(self->net.wall_ms, >, 0);
  g_assert_cmpuint(self->net.wall_ms, <, self->test->limits.wall_ms);
}

/* A port that is silent may be open: neither that nor its contrary is said. */
static void test_silent_udp_ports(Fixture *self, gconstpointer data) {
  self->net.states[161] = self->net.states[162] = AK_PORT_UNKNOWN;
  g_assert_true(discover(self, "53,160-163", NULL));
  g_assert_null(find(self, "net.port.open", NULL));
  assert_set(find(self, "net.port.unknown", ADDRESS), AK_OUTCOME_SEEN, "udp4:161-162");
  assert_set(find(self, "net.coverage", ADDRESS), AK_OUTCOME_CUT, "udp4:160 udp4:163 udp4:53");
  g_assert_cmpuint(ak_sink_spent(self->sink, AK_SPEND_PACKETS), ==, 15 + 100); /* each try of each port, and 20 a port */
}

static void test_bad_ports(Fixture *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_assert_false(discover(self, "all", &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/discover/open", Fixture, NULL, set_up, test_open_ports_and_whole_coverage,
             tear_down);
  g_test_add("/discover/unanswered", Fixture, NULL, set_up, test_unanswered_cuts_the_coverage,
             tear_down);
  g_test_add("/discover/cancelled", Fixture, NULL, set_up,
             test_what_was_not_swept_is_not_covered, tear_down);
  g_test_add("/discover/refused", Fixture, NULL, set_up, test_refused_by_the_authorization,
             tear_down);
  g_test_add("/discover/ports", Fixture, NULL, set_up, test_bad_ports, tear_down);
  g_test_add("/discover/udp", Fixture, "udp", set_up, test_udp_ports, tear_down);
  g_test_add("/discover/udp-silent", Fixture, "udp", set_up, test_silent_udp_ports, tear_down);
  return g_test_run();
}
