/* A multicast DNS responder, asked by unicast: which kinds of services does it announce? */
#include "proto/dns.h"

#include "probe/datagram.h"

#define ID 0x616b
#define ALL_SERVICES "_services._dns-sd._udp.local" /* RFC 6763, 9 */

static const AkTestOutput outputs[] = {
    {"mdns.services", AK_VALUE_SET, NULL, "kinds of services that it announces",
     "告知しているサービスの種類"},
    {"mdns.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 6762, 6.7", "RFC 6763, 9", NULL};

static void take_services(const AkDnsMessage *message, GPtrArray *services) {
  for (guint i = 0; i < message->answers->len; i++) {
    const AkDnsRecord *record = message->answers->pdata[i];
    if (record->type == AK_DNS_PTR && g_ascii_strcasecmp(record->name, ALL_SERVICES) == 0)
      g_ptr_array_add(services, record->text);
  }
}

static bool observe(const AkPeer *peer, const GPtrArray *answers, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_datagram_bytes(answers, 0, &size);
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkDnsMessage) message = ak_dns_parse(data, size, &failure);
  g_autoptr(GPtrArray) services = g_ptr_array_new(), covered = g_ptr_array_new();
  if (message == NULL || !message->response)
    return ak_datagram_could_not(peer, "mdns.services",
                                 failure != NULL ? failure->message : "no answer but a question",
                                 error) &&
           ak_datagram_observe_coverage(peer, "mdns.coverage", covered, false, error);
  take_services(message, services);
  g_ptr_array_add(covered, (gpointer) "services");
  AkOutcome none = message->truncated ? AK_OUTCOME_CUT : AK_OUTCOME_ABSENT;
  return ak_datagram_observe_set(peer, "mdns.services", services, none, data, size, error) &&
         ak_datagram_observe_coverage(peer, "mdns.coverage", covered, !message->truncated, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(AkPeer) peer = {0};
  AkTransport transport = AK_TRANSPORT_UDP;
  AkDnsQuestion question = {.name = ALL_SERVICES, .id = ID, .type = AK_DNS_PTR, .class = AK_DNS_IN};
  if (!ak_peer_init_any(&peer, call, sink, AK_DATAGRAM_TIMEOUT_MS, &transport, error))
    return false;
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) answers =
      ak_datagram_ask(&peer, ak_dns_build(&question, &failure), 1, &failure);
  if (answers != NULL)
    return observe(&peer, answers, error);
  if (ak_datagram_is_final(failure)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_autoptr(GPtrArray) nothing = g_ptr_array_new();
  return ak_datagram_could_not(&peer, "mdns.services", failure->message, error) &&
         ak_datagram_observe_coverage(&peer, "mdns.coverage", nothing, false, error);
}

extern const AkTest ak_probe_mdns_test;
const AkTest ak_probe_mdns_test = {
    .id = "probe.mdns",
    .rev = 1,
    .title_en = "Services announced over mDNS",
    .title_ja = "mDNSで告知しているサービス",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "mdns",
    .transport = "udp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 30000, .bytes = 1024 * 1024, .packets = 10},
    .masked_since = 1,
    .stop_condition_en = "the question was answered or asked three times",
    .stop_condition_ja = "問い合わせが応答されたか三回送られた",
    .sources = sources,
    .run = run,
};
