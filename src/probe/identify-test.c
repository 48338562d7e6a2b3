#include <string.h>

#include "core/test.h"
#include "net/script.h"

extern const AkTest ak_probe_identify_test;

/* A device of one service: what it says by itself, and to what else it says which words. */
typedef struct {
  const char *greeting;       /* or NULL */
  const char *wanted, *reply; /* the answer to what begins so; NULL: to nothing */
  gsize reply_size;           /* 0: of the text */
  const char *first, *rest;   /* the answer to wanted in two pieces, where reply is NULL */
  guint heard;                /* connections on which something was said */
  AkPortState state;          /* UDP */
} Device;

static void serve(gpointer data, guint connection, int fd) {
  Device *self = data;
  if (self->greeting != NULL)
    ak_script_say(fd, self->greeting);
  gsize length = self->wanted != NULL ? strlen(self->wanted) : 0;
  g_autofree char *said =
      self->wanted != NULL ? ak_script_read_until(fd, self->wanted) : ak_script_read_until(fd, "\n");
  if (*said != '\0')
    g_atomic_int_inc((gint *)&self->heard);
  if (length == 0 || !g_str_has_prefix(said, self->wanted))
    return;
  if (self->reply != NULL)
    ak_script_write(fd, self->reply, self->reply_size ? self->reply_size : strlen(self->reply));
  if (self->first != NULL) {
    ak_script_say(fd, self->first);
    g_usleep(100000);
    ak_script_say(fd, self->rest);
  }
  g_autofree char *rest = ak_script_read_until(fd, "\n\n"); /* until the peer closes */
}

typedef struct {
  AkScript *script;
  AkSinkCollector *seen;
} Run;

static void run_clear(Run *self) {
  ak_script_free(self->script);
  ak_sink_collector_free(self->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static Run identify_with(Device *device, const char *locator,
                         AkPortState (*answer)(gpointer, guint16, const guint8 *, gsize,
                                               GPtrArray *),
                         json_t *taken_params) {
  Run self = {.script = ak_script_new(serve, device), .seen = ak_sink_collector_new()};
  if (answer != NULL)
    ak_script_answer(self.script, answer);
  AkSubject subject = {.kind = (char *)"service", .locator = (char *)locator};
  g_autoptr(json_t) params = taken_params;
  AkCall call = {.test = &ak_probe_identify_test, .subject = &subject, .params = params,
                 .net = ak_script_net(self.script)};
  g_autoptr(AkSink) sink =
      ak_sink_new(&ak_probe_identify_test, &ak_sink_collector_backend, self.seen, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_probe_identify_test.run(&call, sink, &error));
  g_assert_no_error(error);
  return self;
}

static Run identify(Device *device, const char *locator,
                    AkPortState (*answer)(gpointer, guint16, const guint8 *, gsize, GPtrArray *)) {
  return identify_with(device, locator, answer, json_object());
}

static const AkObservation *find(const Run *self, const char *property) {
  const AkObservation *seen = ak_sink_collector_find(self->seen, property, NULL);
  g_assert_nonnull(seen);
  return seen;
}

static void assert_protocol(const Run *self, const char *protocol, const char *software) {
  const AkObservation *seen = find(self, "service.protocol");
  g_assert_cmpint(seen->outcome, ==, AK_OUTCOME_SEEN);
  g_assert_cmpstr(seen->value.text, ==, protocol);
  g_assert_cmpuint(seen->evidence->len, ==, 1);
  const AkObservation *told = find(self, "service.software");
  g_assert_cmpint(told->outcome, ==, software != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT);
  g_assert_cmpstr(told->value.text, ==, software);
  const AkObservation *coverage = find(self, "service.coverage");
  g_assert_cmpint(coverage->outcome, ==, AK_OUTCOME_SEEN);
  g_assert_true(ak_value_set_contains(&coverage->value, "protocol"));
}

static void assert_unknown(const Run *self, const char *reason) {
  const AkObservation *seen = find(self, "service.protocol");
  g_assert_cmpint(seen->outcome, ==, AK_OUTCOME_COULD_NOT_LOOK);
  g_assert_nonnull(strstr(seen->value.text, reason));
  g_assert_cmpint(find(self, "service.software")->outcome, ==, AK_OUTCOME_COULD_NOT_LOOK);
  g_assert_cmpint(find(self, "service.coverage")->outcome, ==, AK_OUTCOME_CUT);
}

#define ODD_PORT "tcp:192.0.2.10:40000"

static void test_a_greeting(void) {
  Device device = {.greeting = "SSH-2.0-dropbear_2019.78\r\n"};
  g_auto(Run) run = identify(&device, ODD_PORT, NULL);
  assert_protocol(&run, "ssh", "dropbear_2019.78");
  g_assert_cmpuint(ak_script_connections(run.script), ==, 1);
}

/* The port says nothing: what speaks SSH on 80 is SSH, and what speaks HTTP on 22 is HTTP. */
static void test_the_port_decides_nothing(void) {
  Device ssh = {.greeting = "SSH-2.0-x\r\n"};
  g_auto(Run) one = identify(&ssh, "tcp:192.0.2.10:80", NULL);
  assert_protocol(&one, "ssh", NULL);
  Device http = {.wanted = "GET / HTTP/1.0\r\n\r\n",
                 .reply = "HTTP/1.0 200 OK\r\nServer: GoAhead/2.5\r\n\r\n"};
  g_auto(Run) other = identify(&http, "tcp:192.0.2.10:22", NULL);
  assert_protocol(&other, "http", "GoAhead/2.5");
}

/* Headers that come late belong to the answer: the Server header stands in the second piece. */
static void test_headers_in_pieces(void) {
  Device device = {.wanted = "GET / HTTP/1.0\r\n\r\n", .first = "HTTP/1.1 200 OK\r\n",
                   .rest = "Server: lighttpd/1.4.69\r\n\r\n"};
  g_auto(Run) run = identify(&device, "tcp:192.0.2.10:80", NULL);
  assert_protocol(&run, "http", "lighttpd/1.4.69");
}

/* What may be secret in an answer does not become evidence. */
static void test_cookies_are_not_kept(void) {
  Device device = {.wanted = "GET / HTTP/1.0\r\n\r\n",
                   .reply = "HTTP/1.0 200 OK\r\nSet-Cookie: id=geheim\r\n\r\n"};
  g_auto(Run) run = identify(&device, "tcp:192.0.2.10:80", NULL);
  assert_protocol(&run, "http", NULL);
  GHashTableIter iter;
  gpointer bytes = NULL;
  g_hash_table_iter_init(&iter, run.seen->blobs);
  while (g_hash_table_iter_next(&iter, NULL, &bytes)) {
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_assert_cmpmem(data, size, "HTTP/1.0 200 OK", 15);
  }
}

static void test_mqtt(void) {
  Device device = {.wanted = "\x10\x0c", .reply = "\x20\x02\x00\x01", .reply_size = 4};
  g_auto(Run) run = identify(&device, ODD_PORT, NULL);
  assert_protocol(&run, "mqtt", NULL);
}

static void test_silence(void) {
  Device device = {.greeting = NULL};
  g_auto(Run) run = identify(&device, ODD_PORT, NULL);
  assert_unknown(&run, "");
  g_assert_cmpuint(find(&run, "service.protocol")->evidence->len, ==, 0);
}

static void test_something_unknown(void) {
  Device device = {.greeting = "WELCOME TO MY PROTOCOL\r\n"};
  g_auto(Run) run = identify(&device, ODD_PORT, NULL);
  assert_unknown(&run, "no signature fits");
}

static void test_a_contradiction(void) {
  Device device = {.greeting = "220 FTP login: \r\n"};
  g_auto(Run) run = identify(&device, "tcp:192.0.2.10:21", NULL);
  assert_unknown(&run, "ftp, telnet");
}

/* --- UDP ---------------------------------------------------------------------------------------- */

static AkPortState answer_dns(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                              GPtrArray *answers) {
  static const guint8 refused[] = {0x61, 0x6b, 0x81, 0x05, 0, 1, 0, 0, 0, 0, 0, 0};
  if (size > 12 && bytes[0] == 0x61 && bytes[2] == 0x01 && bytes[5] == 1)
    g_ptr_array_add(answers, g_bytes_new(refused, sizeof refused));
  return AK_PORT_OPEN;
}

static AkPortState answer_nothing(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                                  GPtrArray *answers) {
  return AK_PORT_UNKNOWN;
}

static AkPortState answer_echo(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                               GPtrArray *answers) {
  g_ptr_array_add(answers, g_bytes_new(bytes, size));
  return AK_PORT_OPEN;
}

/* An agent that reads with "public" alone; it notes whether that was said. Bytes: RFC 1157, 4.1.2. */
static AkPortState answer_public(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                                 GPtrArray *answers) {
  static const guint8 response[] = {0x30, 0x2c, 0x02, 0x01, 0x00, 0x04, 0x06, 'p',  'u',  'b',
                                    'l',  'i',  'c',  0xa2, 0x1f, 0x02, 0x02, 0x61, 0x6b, 0x02,
                                    0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x13, 0x30, 0x11, 0x06,
                                    0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x01, 0x00, 0x04,
                                    0x05, 'a',  'b',  'c',  'd',  'e'};
  Device *device = data;
  if (memmem(bytes, size, "public", 6) == NULL)
    return AK_PORT_UNKNOWN;
  device->heard++;
  g_ptr_array_add(answers, g_bytes_new(response, sizeof response));
  return AK_PORT_OPEN;
}

/* An agent of v3, which names its engine to anyone. Source: RFC 3414, 4. */
static AkPortState answer_engine(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                                 GPtrArray *answers) {
  static const guint8 report[] = {0x30, 0x15, 0x02, 0x01, 0x03, 0x30, 0x0e, 0x02, 0x02, 0x61, 0x6b,
                                  0x02, 0x03, 0x00, 0xff, 0xe3, 0x04, 0x01, 0x00, 0xa8, 0x00};
  Device *device = data;
  device->heard += memmem(bytes, size, "public", 6) != NULL;
  if (size < 5 || memcmp(bytes + 2, "\x02\x01\x03", 3) != 0)
    return AK_PORT_UNKNOWN;
  g_ptr_array_add(answers, g_bytes_new(report, sizeof report));
  return AK_PORT_OPEN;
}

#define AGENT "udp:192.0.2.10:161"

/* A community is a credential: without leave to try any, the engine alone is asked. */
static void test_no_community_without_consent(void) {
  Device closed = {0}, allowed = {0}, engine = {0};
  g_auto(Run) run =
      identify_with(&closed, AGENT, answer_public, json_pack("{s:b}", "credentials", 0));
  assert_unknown(&run, "no answer");
  g_assert_cmpuint(closed.heard, ==, 0);
  g_auto(Run) other = identify(&allowed, AGENT, answer_public);
  assert_protocol(&other, "snmp", NULL);
  g_assert_cmpuint(allowed.heard, >, 0);
  g_auto(Run) third =
      identify_with(&engine, AGENT, answer_engine, json_pack("{s:b}", "credentials", 0));
  assert_protocol(&third, "snmp", NULL);
  g_assert_cmpuint(engine.heard, ==, 0);
}

static void test_udp(void) {
  g_auto(Run) dns = identify(&(Device){0}, "udp:192.0.2.10:53", answer_dns);
  assert_protocol(&dns, "dns", NULL);
  g_assert_cmpuint(ak_script_datagrams(dns.script), ==, 1);
  g_auto(Run) elsewhere = identify(&(Device){0}, "udp:192.0.2.10:161", answer_dns);
  assert_protocol(&elsewhere, "dns", NULL);
  g_auto(Run) silent = identify(&(Device){0}, "udp:192.0.2.10:53", answer_nothing);
  assert_unknown(&silent, "no answer");
  g_auto(Run) echo = identify(&(Device){0}, "udp:192.0.2.10:7", answer_echo);
  assert_unknown(&echo, "no signature fits");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/identify/greeting", test_a_greeting);
  g_test_add_func("/identify/port", test_the_port_decides_nothing);
  g_test_add_func("/identify/pieces", test_headers_in_pieces);
  g_test_add_func("/identify/cookies", test_cookies_are_not_kept);
  g_test_add_func("/identify/mqtt", test_mqtt);
  g_test_add_func("/identify/silence", test_silence);
  g_test_add_func("/identify/unknown", test_something_unknown);
  g_test_add_func("/identify/contradiction", test_a_contradiction);
  g_test_add_func("/identify/udp", test_udp);
  g_test_add_func("/identify/no-community", test_no_community_without_consent);
  return g_test_run();
}
