/* A UPnP device, asked by unicast: what it says of its software, and where its description is to be found. The
 * description is not fetched: it may stand on a host that nobody allowed to contact. */
#include <string.h>

#include "probe/datagram.h"
#include "proto/http.h"

#define MAX_BODY 65536

static const AkTestOutput outputs[] = {
    {"ssdp.server", AK_VALUE_TEXT, NULL, "SERVER header that names a version",
     "バージョンを示すSERVERヘッダ"},
    {"ssdp.targets", AK_VALUE_SET, NULL, "what it announces", "告知している対象"},
    {"ssdp.location", AK_VALUE_SET, NULL, "where its descriptions are", "記述の在りか"},
    {"ssdp.location.outside", AK_VALUE_SET, NULL, "descriptions on another host: not contacted",
     "他ホストにある記述 (接続しない)"},
    {"ssdp.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"UPnP Device Architecture 2.0, 1.3.2 and 1.3.3", NULL};

static const char search[] = "M-SEARCH * HTTP/1.1\r\n"
                             "HOST: 239.255.255.250:1900\r\n"
                             "MAN: \"ssdp:discover\"\r\n"
                             "MX: 1\r\n"
                             "ST: ssdp:all\r\n\r\n";

typedef struct {
  AkPeer peer;
  GPtrArray *servers, *targets, *locations, *outside; /* of owned texts */
  GByteArray *heard;
  bool any; /* an answer could be read */
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->servers, g_ptr_array_unref);
  g_clear_pointer(&self->targets, g_ptr_array_unref);
  g_clear_pointer(&self->locations, g_ptr_array_unref);
  g_clear_pointer(&self->outside, g_ptr_array_unref);
  g_clear_pointer(&self->heard, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static bool has_digit(const char *text) { return strpbrk(text, "0123456789") != NULL; }

static void take_location(Look *self, const char *location) {
  g_autoptr(GUri) uri = g_uri_parse(location, G_URI_FLAGS_ENCODED, NULL);
  const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
  bool inside = host != NULL && g_ascii_strcasecmp(host, self->peer.address) == 0;
  g_ptr_array_add(self->locations, g_strdup(location));
  if (!inside)
    g_ptr_array_add(self->outside, g_strdup(location));
}

/* An answer has the form of HTTP without a body. */
static void take_answer(Look *self, const guint8 *data, gsize size) {
  g_autoptr(AkHttpParser) parser = ak_http_parser_new(MAX_BODY, true);
  if (!ak_http_parser_feed(parser, data, size, NULL) || !ak_http_parser_is_done(parser))
    return;
  g_autoptr(AkHttpResponse) response = ak_http_parser_take(parser);
  const char *server = ak_http_response_header(response, "SERVER");
  const char *target = ak_http_response_header(response, "ST");
  const char *location = ak_http_response_header(response, "LOCATION");
  if (response->status != 200)
    return;
  self->any = true;
  g_byte_array_append(self->heard, data, (guint)MIN(size, 2048));
  if (server != NULL && has_digit(server))
    g_ptr_array_add(self->servers, g_strdup(server));
  if (target != NULL)
    g_ptr_array_add(self->targets, g_strdup(target));
  if (location != NULL)
    take_location(self, location);
}

static bool observe_server(Look *self, GError **error) {
  const char *server = self->servers->len > 0 ? self->servers->pdata[0] : NULL;
  return ak_datagram_observe(&self->peer, "ssdp.server",
                             server != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
                             server != NULL ? ak_value_text_from_bytes(server, strlen(server), 200)
                                            : (AkValue){0},
                             self->heard->data, self->heard->len, error);
}

static bool observe_all(Look *self, GError **error) {
  g_autoptr(GPtrArray) covered = g_ptr_array_new();
  const void *heard = self->heard->data;
  gsize size = self->heard->len;
  g_ptr_array_add(covered, (gpointer) "server");
  g_ptr_array_add(covered, (gpointer) "location");
  return observe_server(self, error) &&
         ak_datagram_observe_set(&self->peer, "ssdp.targets", self->targets, AK_OUTCOME_ABSENT,
                                 heard, size, error) &&
         ak_datagram_observe_set(&self->peer, "ssdp.location", self->locations, AK_OUTCOME_ABSENT,
                                 heard, size, error) &&
         ak_datagram_observe_set(&self->peer, "ssdp.location.outside", self->outside,
                                 AK_OUTCOME_ABSENT, heard, size, error) &&
         ak_datagram_observe_coverage(&self->peer, "ssdp.coverage", covered, true, error);
}

static bool observe_nothing(Look *self, const char *reason, GError **error) {
  g_autoptr(GPtrArray) nothing = g_ptr_array_new();
  for (gsize i = 0; i + 2 < G_N_ELEMENTS(outputs); i++)
    if (!ak_datagram_could_not(&self->peer, outputs[i].property, reason, error))
      return false;
  return ak_datagram_observe_coverage(&self->peer, "ssdp.coverage", nothing, false, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {.servers = g_ptr_array_new_with_free_func(g_free),
                       .targets = g_ptr_array_new_with_free_func(g_free),
                       .locations = g_ptr_array_new_with_free_func(g_free),
                       .outside = g_ptr_array_new_with_free_func(g_free),
                       .heard = g_byte_array_new()};
  AkTransport transport = AK_TRANSPORT_UDP;
  if (!ak_peer_init_any(&self.peer, call, sink, AK_DATAGRAM_TIMEOUT_MS, &transport, error))
    return false;
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) answers = ak_datagram_ask(
      &self.peer, g_bytes_new_static(search, sizeof search - 1), AK_ASK_MAX_ANSWERS, &failure);
  if (answers == NULL && ak_datagram_is_final(failure)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  for (guint i = 0; answers != NULL && i < answers->len; i++) {
    gsize size = 0;
    const guint8 *data = ak_datagram_bytes(answers, i, &size);
    take_answer(&self, data, size);
  }
  if (self.any)
    return observe_all(&self, error);
  return observe_nothing(&self, failure != NULL ? failure->message : "its answers cannot be read",
                         error);
}

extern const AkTest ak_probe_ssdp_test;
const AkTest ak_probe_ssdp_test = {
    .id = "probe.ssdp",
    .rev = 1,
    .title_en = "UPnP device: software and descriptions announced",
    .title_ja = "UPnP機器: 告知されるソフトウェアと記述",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "ssdp",
    .transport = "udp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 30000, .bytes = 2 * 1024 * 1024, .packets = 10},
    .masked_since = 1,
    .stop_condition_en = "sixteen answers came, or the time is up",
    .stop_condition_ja = "十六個の応答が来たか、時間切れ",
    .sources = sources,
    .run = run,
};
