/* What a service speaks: told by what it says, never by its port. It is listened to first; then a few first
 * words that change nothing are said, each on a connection of its own. */
#include <string.h>

#include "net/opener.h"
#include "probe/signature.h"
#include "probe/stream.h"

#define GREETING_MS 2000 /* a service that greets does so by then; some look the client's name up first */
#define ANSWER_MS 2000
#define DATAGRAM_MS 1000
#define DATAGRAM_TRIES 2
#define MAX_HEARD AK_SIGNATURE_MAX_BYTES
#define EVIDENCE 512 /* bytes; of what looks like HTTP the status line alone: headers may hold secrets */

static const AkTestOutput outputs[] = {
    {"service.protocol", AK_VALUE_TEXT, NULL, "the protocol that it speaks", "話すプロトコル"},
    {"service.software", AK_VALUE_TEXT, NULL, "software with its version, as the service tells it",
     "サービスが名乗るソフトウェアとバージョン"},
    {"service.coverage", AK_VALUE_SET, NULL, "what was told", "判明した範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.discover", "probe.discover-udp", NULL};
static const char *const sources[] = {"RFC 4253, 4.2", "RFC 854", "RFC 959", "RFC 9112",
                                      "RFC 8446", "data/signatures/services.json", NULL};

typedef struct {
  AkPeer peer;
  AkTransport transport;
  const char *locator;
  GByteArray *heard;    /* the last answer; in the end the one that decided */
  char *opener;         /* after which it was heard, "" for none */
  const AkSignature *found;
  const char *protocol; /* what is told; borrowed */
  bool any;             /* something was heard at all */
  char *reason;         /* why nothing is told, or NULL */
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->heard, g_byte_array_unref);
  g_free(self->opener);
  g_free(self->reason);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static void set_reason(Look *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void set_reason(Look *self, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_free(self->reason);
  self->reason = g_strdup_vprintf(format, arguments);
  va_end(arguments);
}

/* Does what was heard decide, one way or the other? */
static bool judge(Look *self, const char *opener) {
  g_autofree char *contradiction = NULL;
  self->any = self->any || self->heard->len > 0;
  self->found = ak_signature_find(self->transport, opener, self->heard->data, self->heard->len,
                                  &contradiction);
  if (contradiction != NULL)
    set_reason(self, "its answer fits several protocols: %s", contradiction);
  if (self->found != NULL)
    self->protocol = ak_signature_protocol(self->found);
  g_free(self->opener);
  self->opener = g_strdup(opener);
  return self->found != NULL || contradiction != NULL;
}

static bool is_final(const GError *error) {
  return g_error_matches(error, AK_ERROR, AK_ERROR_PERMISSION) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_LIMIT) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED);
}

/* --- TCP ------------------------------------------------------------------------------------------ */

/* May more be coming that belongs to it? Text is judged by whole lines, because half of one may fit less, or
 * more, than it says; and what has headers (RFC 9112, RFC 2326) by all of them. */
static bool is_whole(const Look *self) {
  const char *data = (const char *)self->heard->data;
  gsize size = self->heard->len;
  if (!g_ascii_isprint(data[0]))
    return true;
  bool has_headers = size >= 5 && (strncmp(data, "HTTP/", 5) == 0 || strncmp(data, "RTSP/", 5) == 0);
  return has_headers ? memmem(data, size, "\r\n\r\n", 4) != NULL : data[size - 1] == '\n';
}

/* Reads until what was heard decides, the peer closes, or the time is up; false with `error` where the
 * test must end. A greeting that comes before an answer must not hide it: all is judged together. */
static bool listen_for(Look *self, AkStream *stream, const char *opener, bool *decided,
                       GError **error) {
  guint8 piece[1024];
  while (self->heard->len < MAX_HEARD) {
    g_autoptr(GError) failure = NULL;
    gssize got = ak_stream_read(stream, piece, sizeof piece, &failure);
    if (got < 0 && is_final(failure)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    if (got <= 0)
      break;
    g_byte_array_append(self->heard, piece, (guint)got);
    if (is_whole(self) && judge(self, opener)) {
      *decided = true;
      return true;
    }
  }
  *decided = judge(self, opener);
  return true;
}

/* One connection: says `opener` (NULL: nothing) and listens. */
static bool hear(Look *self, bool tls, const AkOpener *opener, bool *decided, GError **error) {
  g_byte_array_set_size(self->heard, 0);
  *decided = false;
  g_autoptr(GError) failure = NULL;
  self->peer.timeout_ms = opener != NULL ? ANSWER_MS : GREETING_MS;
  g_autoptr(AkStream) stream = ak_stream_open(&self->peer, tls, NULL, &failure);
  gsize size = 0;
  const void *data = opener != NULL ? g_bytes_get_data(opener->bytes, &size) : NULL;
  bool said = stream != NULL && (size == 0 || ak_stream_write(stream, data, size, &failure));
  if (said)
    return listen_for(self, stream, opener != NULL ? opener->id : "", decided, error);
  if (!is_final(failure)) {
    set_reason(self, "%s", failure->message);
    return true; /* the next one may be answered */
  }
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

/* TLS comes first: many TLS servers answer plain HTTP with an error in plain HTTP. Then what the port is known
 * for, which saves time and decides nothing. */
static GPtrArray *openers_in_order(const Look *self, AkTransport transport) {
  bool credentials = !json_is_false(json_object_get(self->peer.call->params, "credentials"));
  const GPtrArray *all = ak_openers();
  GPtrArray *order = g_ptr_array_new();
  const AkOpener *tls = ak_opener_find("tls");
  if (transport == AK_TRANSPORT_TCP && tls != NULL)
    g_ptr_array_add(order, (gpointer)tls);
  for (guint turn = 0; turn < all->len; turn++) {
    const AkOpener *known = ak_opener_for_port(transport, self->peer.port, turn, credentials);
    if (known != NULL && !g_ptr_array_find(order, known, NULL))
      g_ptr_array_add(order, (gpointer)known);
  }
  for (guint i = 0; i < all->len; i++) {
    const AkOpener *opener = all->pdata[i];
    if (opener->transport == transport && (credentials || !opener->is_credential) &&
        !g_ptr_array_find(order, opener, NULL))
      g_ptr_array_add(order, (gpointer)opener);
  }
  return order;
}

/* Inside TLS: what has a name there ("https"); everything else stays "tls". */
static bool look_inside_tls(Look *self, GError **error) {
  static const char *const inside[] = {"http", "mqtt", "rtsp"};
  const AkSignature *tls = self->found;
  g_autoptr(GByteArray) hello = g_byte_array_ref(self->heard);
  self->heard = g_byte_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
    bool decided = false;
    if (!hear(self, true, ak_opener_find(inside[i]), &decided, error))
      return false;
    const char *name = self->found != NULL ? ak_signature_in_tls(self->found) : NULL;
    if (name != NULL) {
      self->protocol = name;
      return true;
    }
  }
  g_byte_array_set_size(self->heard, 0);
  g_byte_array_append(self->heard, hello->data, hello->len);
  g_clear_pointer(&self->reason, g_free);
  self->found = tls;
  self->protocol = ak_signature_protocol(tls);
  return true;
}

static bool look_tcp(Look *self, GError **error) {
  g_autoptr(GPtrArray) openers = openers_in_order(self, AK_TRANSPORT_TCP);
  bool decided = false;
  if (!hear(self, false, NULL, &decided, error))
    return false;
  for (guint i = 0; !decided && i < openers->len; i++) {
    ak_sink_progress(self->peer.sink, i, openers->len);
    if (!hear(self, false, openers->pdata[i], &decided, error))
      return false;
  }
  return self->found == NULL || strcmp(self->protocol, "tls") != 0 ||
         look_inside_tls(self, error);
}

/* --- UDP ------------------------------------------------------------------------------------------- */

static bool ask(Look *self, const AkOpener *opener, bool *decided, GError **error) {
  gsize size = 0;
  const void *data = g_bytes_get_data(opener->bytes, &size);
  AkAsk question = {.address = self->peer.address,
                    .port = self->peer.port,
                    .data = data,
                    .size = size,
                    .timeout_ms = DATAGRAM_MS,
                    .tries = DATAGRAM_TRIES,
                    .max_answers = 1};
  g_byte_array_set_size(self->heard, 0);
  if (!ak_sink_spend(self->peer.sink, AK_SPEND_PACKETS, DATAGRAM_TRIES, error))
    return false;
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) answers = ak_net_ask(self->peer.call->net, &question, &failure);
  if (answers == NULL && is_final(failure)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (answers == NULL) {
    set_reason(self, "%s", failure->message);
    return true;
  }
  gsize heard = 0;
  const guint8 *bytes = g_bytes_get_data(((const AkDatagram *)answers->pdata[0])->data, &heard);
  if (!ak_sink_spend(self->peer.sink, AK_SPEND_BYTES, heard, error))
    return false;
  g_byte_array_append(self->heard, bytes, (guint)MIN(heard, MAX_HEARD));
  *decided = judge(self, opener->id);
  return true;
}

static bool look_udp(Look *self, GError **error) {
  g_autoptr(GPtrArray) openers = openers_in_order(self, AK_TRANSPORT_UDP);
  bool decided = false;
  for (guint i = 0; !decided && i < openers->len; i++) {
    ak_sink_progress(self->peer.sink, i, openers->len);
    if (ak_sink_cancelled(self->peer.sink))
      return ak_error_set(error, AK_ERROR_CANCELLED, "stopped");
    if (!ask(self, openers->pdata[i], &decided, error))
      return false;
  }
  return true;
}

/* --- what is observed ------------------------------------------------------------------------------- */

typedef struct {
  AkDigest digest;
  gsize size; /* 0: none */
} Proof;

static bool observe(Look *self, const char *property, AkOutcome outcome, AkValue value,
                    const Proof *proof, GError **error) {
  AkObservation *seen = ak_observation_new("service", self->locator, property, outcome);
  ak_observation_take_value(seen, value);
  if (proof->size > 0)
    ak_observation_cite(seen, &proof->digest, 0, proof->size);
  seen->trace.peer = g_strdup(strchr(self->locator, ':') + 1);
  return ak_sink_observe(self->peer.sink, seen, error);
}

static bool keep_proof(Look *self, Proof *proof, GError **error) {
  const guint8 *data = self->heard->data;
  gsize size = MIN(self->heard->len, EVIDENCE);
  const guint8 *line = size > 5 && memcmp(data, "HTTP/", 5) == 0 ? memchr(data, '\r', size) : NULL;
  proof->size = line != NULL ? (gsize)(line - data) : size;
  return proof->size == 0 ||
         ak_sink_blob(self->peer.sink, data, proof->size, &proof->digest, error);
}

static bool observe_found(Look *self, const Proof *proof, GError **error) {
  static const char *const covered[] = {"protocol", NULL};
  g_autofree char *software =
      ak_signature_software(self->found, self->heard->data, self->heard->len);
  return observe(self, "service.protocol", AK_OUTCOME_SEEN, ak_value_text(self->protocol), proof,
                 error) &&
         observe(self, "service.software", software != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
                 software != NULL ? ak_value_text(software) : (AkValue){0}, proof, error) &&
         observe(self, "service.coverage", AK_OUTCOME_SEEN, ak_value_set(covered), proof, error);
}

static bool observe_unknown(Look *self, AkOutcome outcome, const Proof *proof, GError **error) {
  const char *reason = self->reason != NULL ? self->reason : "it says nothing";
  return observe(self, "service.protocol", outcome, ak_value_text(reason), proof, error) &&
         observe(self, "service.software", outcome, ak_value_text(reason), proof, error) &&
         observe(self, "service.coverage", AK_OUTCOME_CUT, ak_value_set(NULL), proof, error);
}

static bool look(Look *self, GError **error) {
  return self->transport == AK_TRANSPORT_UDP ? look_udp(self, error) : look_tcp(self, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {.locator = call->subject->locator, .heard = g_byte_array_new()};
  g_autoptr(GError) failure = NULL;
  Proof proof = {0};
  if (ak_signatures(error) == NULL ||
      !ak_peer_init_any(&self.peer, call, sink, GREETING_MS, &self.transport, error))
    return false;
  bool looked = look(&self, &failure);
  bool limited = failure != NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_LIMIT);
  if (!looked && !limited) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (limited)
    set_reason(&self, "%s", failure->message);
  else if (self.found == NULL && self.any && (self.reason == NULL || strstr(self.reason, "several") == NULL))
    set_reason(&self, "it answers, and no signature fits");
  if (!keep_proof(&self, &proof, error))
    return false;
  return self.found != NULL && !limited
             ? observe_found(&self, &proof, error)
             : observe_unknown(&self, limited ? AK_OUTCOME_CUT : AK_OUTCOME_COULD_NOT_LOOK, &proof,
                               error);
}

extern const AkTest ak_probe_identify_test;
const AkTest ak_probe_identify_test = {
    .id = "probe.identify",
    .rev = 1,
    .title_en = "What a service speaks",
    .title_ja = "サービスが話すプロトコル",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "net.port.open",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 180000, .bytes = 8 * 1024 * 1024, .packets = 100},
    .masked_since = 1,
    .stop_condition_en = "an answer fits a signature, or every opener was said once",
    .stop_condition_ja = "応答がシグネチャに一致したか、全ての問いかけを一度送った",
    .sources = sources,
    .run = run,
};
