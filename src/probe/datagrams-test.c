/* The probes of UDP services on played devices, weak and sound. Answers are written by hand here, not with
 * the codecs under test. */
#include <string.h>

#include "core/test.h"
#include "net/script.h"

extern const AkTest ak_probe_dns_test, ak_probe_mdns_test, ak_probe_ssdp_test, ak_probe_coap_test,
    ak_probe_snmp_test;

#define DEVICE "192.0.2.10"

typedef AkPortState (*Answer)(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                              GPtrArray *answers);

typedef struct {
  AkScript *script;
  AkSinkCollector *seen;
} Run;

static void run_clear(Run *self) {
  ak_script_free(self->script);
  ak_sink_collector_free(self->seen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static Run look(const AkTest *test, Answer answer, gpointer device, bool credentials) {
  Run self = {.script = ak_script_new(NULL, device), .seen = ak_sink_collector_new()};
  ak_script_answer(self.script, answer);
  AkSubject subject = {.kind = (char *)"service", .locator = (char *)"udp:" DEVICE ":53"};
  g_autoptr(json_t) params = json_object();
  if (!credentials)
    json_object_set_new(params, "credentials", json_false());
  AkCall call = {.test = test, .subject = &subject, .params = params,
                 .net = ak_script_net(self.script)};
  g_autoptr(AkSink) sink = ak_sink_new(test, &ak_sink_collector_backend, self.seen, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(test->run(&call, sink, &error));
  g_assert_no_error(error);
  return self;
}

static const AkObservation *expect(const Run *self, const char *property, AkOutcome outcome) {
  const AkObservation *seen = ak_sink_collector_find(self->seen, property, NULL);
  g_test_message("%s", property);
  g_assert_nonnull(seen);
  g_assert_cmpint(seen->outcome, ==, outcome);
  return seen;
}

static void expect_text(const Run *self, const char *property, const char *text) {
  g_assert_cmpstr(expect(self, property, AK_OUTCOME_SEEN)->value.text, ==, text);
}

static void expect_set(const Run *self, const char *property, AkOutcome outcome, const char *items) {
  const AkObservation *seen = expect(self, property, outcome);
  g_autofree char *joined = seen->value.set ? g_strjoinv(" ", seen->value.set) : g_strdup("");
  g_assert_cmpstr(joined, ==, items);
}

static void say(GPtrArray *answers, const void *data, gsize size) {
  g_ptr_array_add(answers, g_bytes_new(data, size));
}

static AkPortState silent(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                          GPtrArray *answers) {
  return AK_PORT_UNKNOWN;
}

/* What an answer is built of: the question's bytes with other flags and counts, and more after it. */
static void say_dns(GPtrArray *answers, const guint8 *question, gsize size, guint16 flags,
                    guint8 count, const void *more, gsize more_size) {
  g_autoptr(GByteArray) answer = g_byte_array_new();
  g_byte_array_append(answer, question, (guint)size);
  answer->data[2] = (guint8)(flags >> 8);
  answer->data[3] = (guint8)flags;
  answer->data[7] = count;
  g_byte_array_append(answer, more, (guint)more_size);
  say(answers, answer->data, answer->len);
}

/* --- DNS ------------------------------------------------------------------------------------------ */

typedef enum { RESOLVES, REFUSES, NO_RECURSION, FAILS, OWN_ZONE, OTHER_ID } DnsManner;

static const char address_record[] = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07";
static const char version_record[] = "\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\x0d\x0c" "dnsmasq-2.89";

static AkPortState serve_dns(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                             GPtrArray *answers) {
  DnsManner manner = *(DnsManner *)data;
  g_autofree guint8 *copy = g_memdup2(bytes, size);
  bool is_version = memmem(bytes, size, "version", 7) != NULL;
  if (manner == OTHER_ID)
    copy[0] ^= 0xff;
  if (is_version && manner == RESOLVES)
    say_dns(answers, copy, size, 0x8580, 1, version_record, sizeof version_record - 1);
  else if (is_version)
    say_dns(answers, copy, size, 0x8105, 0, "", 0);
  else if (manner == RESOLVES || manner == OTHER_ID)
    say_dns(answers, copy, size, 0x8180, 1, address_record, sizeof address_record - 1);
  else if (manner == OWN_ZONE)
    say_dns(answers, copy, size, 0x8580, 1, address_record, sizeof address_record - 1);
  else
    say_dns(answers, copy, size, manner == REFUSES ? 0x8105 : manner == FAILS ? 0x8182 : 0x8100, 0,
            "", 0);
  return AK_PORT_OPEN;
}

static Run look_dns(DnsManner manner) {
  return look(&ak_probe_dns_test, serve_dns, &manner, true);
}

static void test_an_open_resolver(void) {
  g_auto(Run) run = look_dns(RESOLVES);
  g_assert_true(expect(&run, "dns.recursion", AK_OUTCOME_SEEN)->value.boolean);
  g_assert_cmpuint(expect(&run, "dns.recursion", AK_OUTCOME_SEEN)->evidence->len, ==, 1);
  expect_text(&run, "dns.version", "dnsmasq-2.89");
  expect_set(&run, "dns.coverage", AK_OUTCOME_SEEN, "recursion version");
}

static void test_a_sound_dns_server(void) {
  g_auto(Run) refusing = look_dns(REFUSES);
  expect(&refusing, "dns.recursion", AK_OUTCOME_ABSENT);
  expect(&refusing, "dns.version", AK_OUTCOME_ABSENT);
  expect_set(&refusing, "dns.coverage", AK_OUTCOME_SEEN, "recursion version");
  g_auto(Run) referring = look_dns(NO_RECURSION);
  expect(&referring, "dns.recursion", AK_OUTCOME_ABSENT);
}

/* A resolver whose own upstream is down is not one that refuses; nor is an answer of its own zone recursion. */
static void test_dns_that_shows_nothing(void) {
  g_auto(Run) failing = look_dns(FAILS);
  expect(&failing, "dns.recursion", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&failing, "dns.coverage", AK_OUTCOME_CUT, "version");
  g_auto(Run) own = look_dns(OWN_ZONE);
  expect(&own, "dns.recursion", AK_OUTCOME_COULD_NOT_LOOK);
  g_auto(Run) other = look_dns(OTHER_ID);
  expect(&other, "dns.recursion", AK_OUTCOME_COULD_NOT_LOOK);
  g_auto(Run) nobody = look(&ak_probe_dns_test, silent, NULL, true);
  expect(&nobody, "dns.recursion", AK_OUTCOME_COULD_NOT_LOOK);
  expect(&nobody, "dns.version", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&nobody, "dns.coverage", AK_OUTCOME_CUT, "");
}

/* --- mDNS ------------------------------------------------------------------------------------------- */

static AkPortState serve_mdns(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                              GPtrArray *answers) {
  static const char records[] =
      "\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x0a\x00\x0d\x05_http\x04_tcp\xc0\x23"
      "\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x0a\x00\x0c\x04_ssh\x04_tcp\xc0\x23";
  guint count = *(guint *)data;
  say_dns(answers, bytes, size, 0x8400, (guint8)count, records, count > 0 ? sizeof records - 1 : 0);
  return AK_PORT_OPEN;
}

static void test_mdns(void) {
  guint two = 2, none = 0;
  g_auto(Run) announcing = look(&ak_probe_mdns_test, serve_mdns, &two, true);
  expect_set(&announcing, "mdns.services", AK_OUTCOME_SEEN, "_http._tcp.local _ssh._tcp.local");
  expect_set(&announcing, "mdns.coverage", AK_OUTCOME_SEEN, "services");
  g_auto(Run) quiet = look(&ak_probe_mdns_test, serve_mdns, &none, true);
  expect(&quiet, "mdns.services", AK_OUTCOME_ABSENT);
  g_auto(Run) nobody = look(&ak_probe_mdns_test, silent, NULL, true);
  expect(&nobody, "mdns.services", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&nobody, "mdns.coverage", AK_OUTCOME_CUT, "");
}

/* --- SSDP ------------------------------------------------------------------------------------------- */

static AkPortState serve_ssdp(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                              GPtrArray *answers) {
  for (const char *const *text = data; *text != NULL; text++)
    say(answers, *text, strlen(*text));
  return AK_PORT_OPEN;
}

static void test_ssdp(void) {
  static const char *const weak[] = {
      "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\n"
      "SERVER: Linux/3.4 UPnP/1.0 MiniUPnPd/1.4\r\nLOCATION: http://" DEVICE ":5000/root.xml\r\n\r\n",
      "HTTP/1.1 200 OK\r\nST: urn:x:1\r\nUSN: uuid:1::urn:x:1\r\n"
      "LOCATION: http://198.51.100.7/far.xml\r\n\r\n",
      "garbage", NULL};
  static const char *const sound[] = {
      "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\nSERVER: UPnP\r\n\r\n", NULL};
  static const char *const broken[] = {"HTTP/1.1 500 No\r\n\r\n", "garbage", NULL};
  g_auto(Run) one = look(&ak_probe_ssdp_test, serve_ssdp, (gpointer)weak, true);
  expect_text(&one, "ssdp.server", "Linux/3.4 UPnP/1.0 MiniUPnPd/1.4");
  expect_set(&one, "ssdp.targets", AK_OUTCOME_SEEN, "upnp:rootdevice urn:x:1");
  expect_set(&one, "ssdp.location", AK_OUTCOME_SEEN,
             "http://" DEVICE ":5000/root.xml http://198.51.100.7/far.xml");
  expect_set(&one, "ssdp.location.outside", AK_OUTCOME_SEEN, "http://198.51.100.7/far.xml");
  expect_set(&one, "ssdp.coverage", AK_OUTCOME_SEEN, "location server");
  g_assert_cmpuint(ak_script_connections(one.script), ==, 0); /* nothing is fetched */
  g_auto(Run) other = look(&ak_probe_ssdp_test, serve_ssdp, (gpointer)sound, true);
  expect(&other, "ssdp.server", AK_OUTCOME_ABSENT);
  expect(&other, "ssdp.location.outside", AK_OUTCOME_ABSENT);
  g_auto(Run) none = look(&ak_probe_ssdp_test, serve_ssdp, (gpointer)broken, true);
  expect(&none, "ssdp.server", AK_OUTCOME_COULD_NOT_LOOK);
  expect(&none, "ssdp.location.outside", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&none, "ssdp.coverage", AK_OUTCOME_CUT, "");
}

/* --- CoAP ------------------------------------------------------------------------------------------- */

typedef struct {
  const char *list;     /* NULL: 4.04 */
  const char *readable; /* the last segment of the path that is read; others are 4.01 */
  bool in_blocks;       /* of 16 bytes, whatever is asked for */
  bool separate;        /* an empty ACK first */
} CoapDevice;

static void say_coap(GPtrArray *answers, const guint8 *question, guint8 code, const char *options,
                     gsize options_size, const char *payload, gsize size) {
  g_autoptr(GByteArray) answer = g_byte_array_new();
  guint8 head[] = {0x60, code, question[2], question[3]};
  g_byte_array_append(answer, head, sizeof head);
  g_byte_array_append(answer, (const guint8 *)options, (guint)options_size);
  if (size > 0) {
    g_byte_array_append(answer, (const guint8 *)"\xff", 1);
    g_byte_array_append(answer, (const guint8 *)payload, (guint)size);
  }
  say(answers, answer->data, answer->len);
}

static void say_list(const CoapDevice *self, GPtrArray *answers, const guint8 *question, gsize size) {
  gsize length = strlen(self->list), block = question[size - 1] >> 4, from = block * 16;
  if (!self->in_blocks) {
    say_coap(answers, question, 0x45, "", 0, self->list, length);
    return;
  }
  bool more = from + 16 < length;
  char option[] = {(char)0xd1, 10, (char)(block << 4 | (more ? 8 : 0))};
  say_coap(answers, question, 0x45, option, 3, self->list + from, more ? 16 : length - from);
}

static AkPortState serve_coap(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                              GPtrArray *answers) {
  const CoapDevice *self = data;
  g_assert_cmpuint(bytes[1], ==, 1); /* GET, and nothing else ever */
  bool is_list = memmem(bytes, size, ".well-known", 11) != NULL;
  if (self->separate)
    say_coap(answers, bytes, 0, "", 0, "", 0);
  else if (is_list && self->list != NULL)
    say_list(self, answers, bytes, size);
  else if (!is_list && self->readable != NULL &&
           memmem(bytes, size, self->readable, strlen(self->readable)) != NULL)
    say_coap(answers, bytes, 0x45, "", 0, "21.5", 4);
  else
    say_coap(answers, bytes, is_list ? 0x84 : 0x81, "", 0, "", 0);
  return AK_PORT_OPEN;
}

static Run look_coap(CoapDevice device) {
  return look(&ak_probe_coap_test, serve_coap, &device, true);
}

static void test_coap_weak(void) {
  g_auto(Run) run = look_coap((CoapDevice){
      .list = "</.well-known/core>,</light>;rt=\"a,b\",</lock>,<coap://198.51.100.7/x>", .readable = "light"});
  expect_set(&run, "coap.resources", AK_OUTCOME_SEEN,
             "/.well-known/core /light /lock coap://198.51.100.7/x");
  expect_set(&run, "coap.readable", AK_OUTCOME_SEEN, "/light");
  expect_set(&run, "coap.coverage", AK_OUTCOME_SEEN, "readable resources");
  g_assert_cmpuint(ak_script_datagrams(run.script), ==, 3);
}

static void test_coap_in_blocks(void) {
  g_auto(Run) run = look_coap((CoapDevice){.list = "</temperature>;obs,</pressure>,</door/lock>",
                                           .readable = "lock", .in_blocks = true});
  expect_set(&run, "coap.resources", AK_OUTCOME_SEEN, "/door/lock /pressure /temperature");
  expect_set(&run, "coap.readable", AK_OUTCOME_SEEN, "/door/lock");
}

static void test_coap_sound(void) {
  g_auto(Run) closed = look_coap((CoapDevice){.list = "</light>,</lock>"});
  expect(&closed, "coap.readable", AK_OUTCOME_ABSENT);
  expect_set(&closed, "coap.coverage", AK_OUTCOME_SEEN, "readable resources");
  g_auto(Run) unlisted = look_coap((CoapDevice){.list = NULL});
  expect(&unlisted, "coap.resources", AK_OUTCOME_ABSENT);
  expect(&unlisted, "coap.readable", AK_OUTCOME_ABSENT);
}

static void test_coap_that_shows_nothing(void) {
  g_auto(Run) separate = look_coap((CoapDevice){.separate = true});
  expect(&separate, "coap.resources", AK_OUTCOME_COULD_NOT_LOOK);
  g_auto(Run) strange = look_coap((CoapDevice){.list = "no links"});
  expect(&strange, "coap.readable", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&strange, "coap.coverage", AK_OUTCOME_CUT, "");
  g_autoptr(GString) many = g_string_new("</0>");
  for (guint i = 1; i < 20; i++)
    g_string_append_printf(many, ",</%u>", i);
  g_auto(Run) cut = look_coap((CoapDevice){.list = many->str});
  expect(&cut, "coap.readable", AK_OUTCOME_CUT); /* sixteen were read: the others may be readable */
  expect_set(&cut, "coap.coverage", AK_OUTCOME_CUT, "resources");
}

/* --- SNMP ------------------------------------------------------------------------------------------- */

typedef struct {
  const char *community; /* NULL: none; "*": any */
  bool v1, v2c, v3;
  guint locks_after; /* wrong ones; 0: never */
  guint wrong;
} SnmpDevice;

/* The request's bytes, as a response with sysDescr "gw 1.2". Lengths by hand: 8 more than asked. */
static void say_description(GPtrArray *answers, const guint8 *bytes, gsize size, gsize community) {
  g_autoptr(GByteArray) answer = g_byte_array_new();
  g_byte_array_append(answer, bytes, (guint)size - 1); /* without the length of NULL */
  gsize pdu = 7 + community;
  answer->data[1] = (guint8)(answer->data[1] + 6);
  answer->data[pdu] = 0xa2;
  answer->data[pdu + 1] = (guint8)(answer->data[pdu + 1] + 6);
  answer->data[size - 15] = 0x14; /* the list of variables and the first one, both six longer */
  answer->data[size - 13] = 0x12;
  answer->data[size - 2] = 0x04;
  g_byte_array_append(answer, (const guint8 *)"\x06gw 1.2", 7);
  say(answers, answer->data, answer->len);
}

static void say_engine(GPtrArray *answers) {
  static const char report[] =
      "\x30\x5d\x02\x01\x03\x30\x0f\x02\x02\x61\x6b\x02\x03\x00\xff\xe3\x04\x01\x00\x02\x01\x03"
      "\x04\x1c\x30\x1a\x04\x0b\x80\x00\x1f\x88\x80\xa1\xb2\xc3\xd4\xe5\xf6\x02\x01\x05\x02\x02\x10\x00"
      "\x04\x00\x04\x00\x04\x00\x30\x29\x04\x00\x04\x00\xa8\x23\x02\x02\x61\x6b\x02\x01\x00\x02\x01\x00"
      "\x30\x17\x30\x15\x06\x0a\x2b\x06\x01\x06\x03\x0f\x01\x01\x04\x00\x41\x07\x01\x00\x00\x00\x00\x00\x00";
  say(answers, report, sizeof report - 1);
}

static AkPortState serve_snmp(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                              GPtrArray *answers) {
  SnmpDevice *self = data;
  guint8 version = bytes[4];
  gsize length = bytes[6];
  if (version == 3) {
    if (self->v3)
      say_engine(answers);
    return AK_PORT_OPEN;
  }
  g_assert_cmpuint(bytes[7 + length], ==, 0xa0); /* reads, and nothing else ever */
  g_autofree char *community = g_strndup((const char *)bytes + 7, length);
  bool spoken = (version == 0 && self->v1) || (version == 1 && self->v2c);
  bool right = g_strcmp0(self->community, "*") == 0 || g_strcmp0(self->community, community) == 0;
  self->wrong += !right;
  if (spoken && right && (self->locks_after == 0 || self->wrong < self->locks_after))
    say_description(answers, bytes, size, length);
  return AK_PORT_OPEN;
}

static Run look_snmp(SnmpDevice device, bool credentials) {
  return look(&ak_probe_snmp_test, serve_snmp, &device, credentials);
}

static void test_snmp_public(void) {
  g_auto(Run) run = look_snmp((SnmpDevice){.community = "public", .v1 = true, .v2c = true}, true);
  expect_set(&run, "snmp.versions", AK_OUTCOME_SEEN, "v1 v2c");
  expect_text(&run, "snmp.description", "gw 1.2");
  expect(&run, "snmp.engine", AK_OUTCOME_ABSENT);
  expect_set(&run, "snmp.coverage", AK_OUTCOME_SEEN, "communities versions");
  expect_text(&run, "login.mechanism", "community");
  expect(&run, "login.open", AK_OUTCOME_ABSENT);
  expect_text(&run, "login.default-credential", "community:*****");
  g_assert_true(expect(&run, "login.plain", AK_OUTCOME_SEEN)->value.boolean);
  expect(&run, "login.banner", AK_OUTCOME_ABSENT);
  expect(&run, "login.lockout", AK_OUTCOME_ABSENT);
  expect_set(&run, "login.coverage", AK_OUTCOME_SEEN,
             "banner default-credential lockout open plain");
}

/* The community that was found is a credential: it stands in no evidence. */
static void test_snmp_keeps_no_community(void) {
  g_auto(Run) run = look_snmp((SnmpDevice){.community = "manager", .v1 = true, .v2c = true}, true);
  expect_text(&run, "login.default-credential", "community:*****");
  GHashTableIter iter;
  gpointer bytes = NULL;
  g_hash_table_iter_init(&iter, run.seen->blobs);
  while (g_hash_table_iter_next(&iter, NULL, &bytes)) {
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    g_assert_null(memmem(data, size, "manager", 7));
  }
}

static void test_snmp_takes_anything(void) {
  g_auto(Run) run = look_snmp((SnmpDevice){.community = "*", .v2c = true, .v3 = true}, true);
  expect_set(&run, "snmp.versions", AK_OUTCOME_SEEN, "v2c v3");
  expect_text(&run, "snmp.engine", "80001f8880a1b2c3d4e5f6");
  g_assert_true(expect(&run, "login.open", AK_OUTCOME_SEEN)->value.boolean);
  expect(&run, "login.default-credential", AK_OUTCOME_COULD_NOT_LOOK);
  expect_text(&run, "login.banner", "gw 1.2");
  expect(&run, "login.lockout", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&run, "login.coverage", AK_OUTCOME_CUT, "banner open plain");
}

/* SNMPv3 shows that the agent lives: then its silence to communities is a refusal. */
static void test_snmp_sound(void) {
  g_auto(Run) run = look_snmp((SnmpDevice){.v3 = true}, true);
  expect_set(&run, "snmp.versions", AK_OUTCOME_SEEN, "v3");
  expect_text(&run, "login.mechanism", "password");
  expect(&run, "login.open", AK_OUTCOME_ABSENT);
  expect(&run, "login.default-credential", AK_OUTCOME_ABSENT);
  expect(&run, "login.plain", AK_OUTCOME_COULD_NOT_LOOK);
}

static void test_snmp_silence_is_no_refusal(void) {
  g_auto(Run) own = look_snmp((SnmpDevice){.community = "s3cret", .v1 = true, .v2c = true}, true);
  expect(&own, "snmp.versions", AK_OUTCOME_COULD_NOT_LOOK);
  expect(&own, "login.open", AK_OUTCOME_COULD_NOT_LOOK);
  expect(&own, "login.default-credential", AK_OUTCOME_COULD_NOT_LOOK);
  expect_set(&own, "login.coverage", AK_OUTCOME_CUT, "");
  g_auto(Run) locking =
      look_snmp((SnmpDevice){.community = "public", .v1 = true, .v2c = true, .locks_after = 20}, true);
  g_assert_true(expect(&locking, "login.lockout", AK_OUTCOME_SEEN)->value.boolean);
}

static void test_snmp_without_consent(void) {
  g_auto(Run) run = look_snmp((SnmpDevice){.community = "public", .v2c = true, .v3 = true}, false);
  expect_set(&run, "snmp.versions", AK_OUTCOME_SEEN, "v3");
  expect(&run, "login.default-credential", AK_OUTCOME_COULD_NOT_LOOK);
  g_assert_cmpuint(ak_script_datagrams(run.script), ==, 1); /* the discovery alone */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/datagrams/dns/open", test_an_open_resolver);
  g_test_add_func("/datagrams/dns/sound", test_a_sound_dns_server);
  g_test_add_func("/datagrams/dns/nothing", test_dns_that_shows_nothing);
  g_test_add_func("/datagrams/mdns", test_mdns);
  g_test_add_func("/datagrams/ssdp", test_ssdp);
  g_test_add_func("/datagrams/coap/weak", test_coap_weak);
  g_test_add_func("/datagrams/coap/blocks", test_coap_in_blocks);
  g_test_add_func("/datagrams/coap/sound", test_coap_sound);
  g_test_add_func("/datagrams/coap/nothing", test_coap_that_shows_nothing);
  g_test_add_func("/datagrams/snmp/public", test_snmp_public);
  g_test_add_func("/datagrams/snmp/evidence", test_snmp_keeps_no_community);
  g_test_add_func("/datagrams/snmp/anything", test_snmp_takes_anything);
  g_test_add_func("/datagrams/snmp/sound", test_snmp_sound);
  g_test_add_func("/datagrams/snmp/silence", test_snmp_silence_is_no_refusal);
  g_test_add_func("/datagrams/snmp/consent", test_snmp_without_consent);
  return g_test_run();
}
