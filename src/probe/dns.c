/* A DNS server: does it resolve names for whoever asks, and does it tell its version? */
#include "proto/dns.h"

#include <string.h>

#include "probe/datagram.h"

#define ID 0x616b
#define FOREIGN_NAME "example.com" /* RFC 2606, 3: kept for this; no device is its authority */

static const AkTestOutput outputs[] = {
    {"dns.recursion", AK_VALUE_BOOL, NULL, "resolves foreign names for whoever asks",
     "誰からの問い合わせでも他所の名前を解決する"},
    {"dns.version", AK_VALUE_TEXT, NULL, "what it answers to version.bind",
     "version.bindへの応答"},
    {"dns.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 1035, 4.1.1", "RFC 5358", "RFC 4892", NULL};

/* The answer to our question, or NULL with the reason; an error that ends the test is one of them. */
static AkDnsMessage *ask(const AkPeer *peer, const AkDnsQuestion *question, GPtrArray **heard,
                         GError **error) {
  g_autoptr(GPtrArray) answers = ak_datagram_ask(peer, ak_dns_build(question, error), 1, error);
  if (answers == NULL)
    return NULL;
  gsize size = 0;
  const guint8 *data = ak_datagram_bytes(answers, 0, &size);
  g_autoptr(AkDnsMessage) message = ak_dns_parse(data, size, error);
  if (message == NULL)
    return NULL;
  if (!message->response || message->id != question->id) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "an answer to another question");
    return NULL;
  }
  *heard = g_steal_pointer(&answers);
  return g_steal_pointer(&message);
}

typedef struct {
  AkPeer peer;
  GPtrArray *covered;
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->covered, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* Passes an error on that ends the test; any other is why the property cannot be looked at. */
static bool failed(Look *self, const char *property, GError *taken, GError **error) {
  g_autoptr(GError) failure = taken;
  if (!ak_datagram_is_final(failure))
    return ak_datagram_could_not(&self->peer, property, failure->message, error);
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

/* "Recursion available" alone is a claim: only an answer that the server cannot know by itself shows it. */
static bool look_at_recursion(Look *self, GError **error) {
  AkDnsQuestion question = {.name = FOREIGN_NAME, .id = ID, .type = AK_DNS_A, .class = AK_DNS_IN,
                            .recursion_desired = true};
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) heard = NULL;
  g_autoptr(AkDnsMessage) answer = ask(&self->peer, &question, &heard, &failure);
  if (answer == NULL)
    return failed(self, "dns.recursion", g_steal_pointer(&failure), error);
  gsize size = 0;
  const guint8 *data = ak_datagram_bytes(heard, 0, &size);
  bool resolved = answer->rcode == 0 && answer->answers->len > 0 && !answer->authoritative;
  bool refused = answer->rcode == AK_DNS_REFUSED ||
                 (!answer->recursion_available && answer->answers->len == 0);
  if (!resolved && !refused)
    return ak_datagram_could_not(&self->peer, "dns.recursion",
                                 "it neither refuses nor resolves a foreign name", error);
  g_ptr_array_add(self->covered, (gpointer) "recursion");
  return ak_datagram_observe(&self->peer, "dns.recursion",
                             resolved ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
                             resolved ? ak_value_bool(true) : (AkValue){0}, data, size, error);
}

static const char *version_of(const AkDnsMessage *answer) {
  for (guint i = 0; answer->rcode == 0 && i < answer->answers->len; i++) {
    const AkDnsRecord *record = answer->answers->pdata[i];
    if (record->type == AK_DNS_TXT && record->class == AK_DNS_CH && record->text[0] != '\0')
      return record->text;
  }
  return NULL;
}

static bool look_at_version(Look *self, GError **error) {
  AkDnsQuestion question = {.name = "version.bind", .id = ID + 1, .type = AK_DNS_TXT,
                            .class = AK_DNS_CH};
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) heard = NULL;
  g_autoptr(AkDnsMessage) answer = ask(&self->peer, &question, &heard, &failure);
  if (answer == NULL)
    return failed(self, "dns.version", g_steal_pointer(&failure), error);
  gsize size = 0;
  const guint8 *data = ak_datagram_bytes(heard, 0, &size);
  const char *version = version_of(answer);
  g_ptr_array_add(self->covered, (gpointer) "version");
  return ak_datagram_observe(&self->peer, "dns.version",
                             version != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
                             version != NULL ? ak_value_text_from_bytes(version, strlen(version), 200)
                                             : (AkValue){0},
                             data, size, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {.covered = g_ptr_array_new()};
  AkTransport transport = AK_TRANSPORT_UDP;
  return ak_peer_init_any(&self.peer, call, sink, AK_DATAGRAM_TIMEOUT_MS, &transport, error) &&
         look_at_recursion(&self, error) && look_at_version(&self, error) &&
         ak_datagram_observe_coverage(&self.peer, "dns.coverage", self.covered,
                                      self.covered->len == 2, error);
}

extern const AkTest ak_probe_dns_test;
const AkTest ak_probe_dns_test = {
    .id = "probe.dns",
    .rev = 1,
    .title_en = "DNS server: recursion for anyone, version",
    .title_ja = "DNSサーバ: 誰にでも再帰するか、バージョン",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "dns",
    .transport = "udp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 60000, .bytes = 1024 * 1024, .packets = 20},
    .masked_since = 1,
    .stop_condition_en = "two questions were answered or asked three times",
    .stop_condition_ja = "二つの問い合わせが応答されたか三回送られた",
    .sources = sources,
    .run = run,
};
