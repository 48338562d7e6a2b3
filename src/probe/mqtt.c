/* An MQTT broker: does it let anyone in, and may anyone hear everything? What is heard is counted,
 * never kept. */
#include <string.h>

#include "probe/attempt.h"
#include "probe/mqtt-session.h"
#include "probe/observe.h"

#define TIMEOUT_MS 10000
#define LISTEN_MS 3000 /* after a subscription was granted */
#define MAX_HEARD 200  /* messages */
#define SUBSCRIPTION 1 /* packet identifier */

static const AkTestOutput outputs[] = {
    {"mqtt.offered", AK_VALUE_TEXT, NULL, "mqtt, or mqtts inside TLS", "mqtt、またはTLSのmqtts"},
    {"mqtt.versions", AK_VALUE_SET, NULL, "versions of the protocol that it answers",
     "応答したプロトコルのバージョン"},
    {"mqtt.anonymous", AK_VALUE_BOOL, NULL, "it lets anyone in without credentials",
     "認証情報なしで接続できる"},
    {"mqtt.subscribe-all", AK_VALUE_BOOL, NULL, "anyone may subscribe to every topic",
     "誰でも全トピックを購読できる"},
    {"mqtt.heard", AK_VALUE_INT, "", "messages heard within the look",
     "調べた間に届いたメッセージの数"},
    {"mqtt.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"MQTT 3.1.1, 3.1 to 3.9", "MQTT 5.0, 3.1 to 3.9", NULL};
static const AkMqttVersion versions[] = {AK_MQTT_3_1_1, AK_MQTT_5};

typedef struct {
  AkPeer peer;
  bool tls, maybe; /* maybe: only TLS is known to be spoken */
  bool spoke[2];   /* by index of `versions`: it answered */
  bool decided[2]; /* or it closed: then it does not know the version */
  AkMqttAnswer answers[2];
  guint heard;
  GString *evidence;
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  if (self->evidence != NULL)
    g_string_free(self->evidence, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- connecting
 * --------------------------------------------------------------------------------------- */

/* Both versions; `failure` is of the first that did not answer. False with an error that ends the
 * test. */
static bool look_at_versions(Look *self, GError **failure, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    AkMqttWish wish = {.tls = self->tls, .version = versions[i]};
    guint8 code = 0;
    GError *why = NULL;
    g_autoptr(AkMqttSession) session = ak_mqtt_session_open(&self->peer, &wish, &code, &why);
    if (session == NULL && ak_attempt_is_final(&self->peer, why)) {
      g_propagate_error(error, why);
      return false;
    }
    self->spoke[i] = session != NULL;
    self->decided[i] = session != NULL || g_error_matches(why, AK_ERROR, AK_ERROR_IO) ||
                       g_error_matches(why, AK_ERROR, AK_ERROR_INVALID_DATA);
    self->answers[i] =
        session != NULL ? ak_mqtt_session_judge(versions[i], code) : AK_MQTT_OTHER_VERSION;
    g_string_append_printf(self->evidence, "CONNECT, version %s, no credentials: %s%u%s\n",
                           ak_mqtt_version_name(versions[i]), session ? "code " : "", code,
                           session ? "" : " (no answer)");
    if (session == NULL && *failure == NULL)
      *failure = why;
    else
      g_clear_error(&why);
  }
  return true;
}

static bool is_let_in(const Look *self, gsize *version) {
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++)
    if (self->spoke[i] && self->answers[i] == AK_MQTT_LET_IN) {
      *version = i;
      return true;
    }
  return false;
}

static bool is_refused(const Look *self) {
  bool refused = false;
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    refused = refused || self->answers[i] == AK_MQTT_NOT_AUTHORIZED;
    if (!self->decided[i] || self->answers[i] == AK_MQTT_FOR_NOW ||
        self->answers[i] == AK_MQTT_OTHER_REFUSAL)
      return false;
  }
  return refused;
}

/* --- hearing
 * --------------------------------------------------------------------------------------------- */

/* Shape of a message: no topic, no content. */
static void note_message(Look *self, const AkMqttSession *session) {
  AkMqttPublish publish = {0};
  if (!ak_mqtt_publish_parse(&session->packet, session->version, &publish, NULL))
    return;
  guint levels = 1;
  for (gsize i = 0; i < publish.topic_size; i++)
    levels += publish.topic[i] == '/';
  self->heard++;
  g_string_append_printf(self->evidence,
                         "message: topic of %u levels, %" G_GSIZE_FORMAT " bytes%s\n", levels,
                         publish.payload_size, publish.retained ? ", retained" : "");
}

/* Listens until the time or the number is up. The deadline is one for all, so it is not renewed. */
static void listen(Look *self, AkMqttSession *session) {
  ak_stream_renew(session->stream, LISTEN_MS);
  while (self->heard < MAX_HEARD && ak_mqtt_session_read(session, NULL))
    if (session->packet.type == AK_MQTT_PUBLISH)
      note_message(self, session);
}

/* A broker may send retained messages before it answers the subscription. */
static bool read_suback(Look *self, AkMqttSession *session, guint8 *code, GError **error) {
  guint16 id = 0;
  for (guint i = 0; i < MAX_HEARD; i++) {
    if (!ak_mqtt_session_read(session, error))
      return false;
    if (session->packet.type == AK_MQTT_PUBLISH)
      note_message(self, session);
    else if (session->packet.type != AK_MQTT_SUBACK)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "packet of type %u instead of SUBACK",
                          session->packet.type);
    else if (!ak_mqtt_suback_parse(&session->packet, session->version, &id, code, error) ||
             id == SUBSCRIPTION)
      return id == SUBSCRIPTION;
  }
  return ak_error_set(error, AK_ERROR_LIMIT, "no answer to the subscription");
}

static bool subscribe(Look *self, gsize version, guint8 *code, GError **error) {
  AkMqttWish wish = {.tls = self->tls, .version = versions[version]};
  guint8 connack = 0;
  g_autoptr(AkMqttSession) session = ak_mqtt_session_open(&self->peer, &wish, &connack, error);
  g_autoptr(GBytes) bytes =
      session != NULL ? ak_mqtt_subscribe_build(versions[version], SUBSCRIPTION, "#", error) : NULL;
  if (bytes == NULL)
    return false;
  if (connack != 0)
    return ak_error_set(error, AK_ERROR_IO, "refused now, after it let in before");
  ak_stream_renew(session->stream, TIMEOUT_MS);
  if (!ak_mqtt_session_send(session, bytes, error) || !read_suback(self, session, code, error))
    return false;
  g_string_append_printf(self->evidence, "SUBSCRIBE to all: code %u\n", *code);
  if (*code < 0x80)
    listen(self, session);
  return true;
}

/* --- observations
 * ------------------------------------------------------------------------------------------ */

static bool observe_subscription(Look *self, gsize version, bool *done, GError **error) {
  guint8 code = 0;
  g_autoptr(GError) failure = NULL;
  if (!subscribe(self, version, &code, &failure)) {
    if (ak_attempt_is_final(&self->peer, failure)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    return ak_observe_unknown(&self->peer, "mqtt.subscribe-all", failure->message, error);
  }
  *done = true;
  if (code >= 0x80)
    return ak_observe_absent(&self->peer, "mqtt.subscribe-all", self->evidence->str, error);
  return ak_observe_true(&self->peer, "mqtt.subscribe-all", self->evidence->str, error) &&
         ak_observe(&self->peer, "mqtt.heard", AK_OUTCOME_SEEN, ak_value_int(self->heard, ""),
                    self->evidence->str, error);
}

static bool observe_anonymous(Look *self, bool *decided, bool *done, GError **error) {
  gsize version = 0;
  if (is_let_in(self, &version)) {
    *decided = true;
    return ak_observe_true(&self->peer, "mqtt.anonymous", self->evidence->str, error) &&
           observe_subscription(self, version, done, error);
  }
  *decided = *done = is_refused(self);
  if (*decided)
    return ak_observe_absent(&self->peer, "mqtt.anonymous", self->evidence->str, error) &&
           ak_observe_absent(&self->peer, "mqtt.subscribe-all", self->evidence->str, error);
  const char *why = "it refuses for another reason than missing credentials";
  return ak_observe_unknown(&self->peer, "mqtt.anonymous", why, error) &&
         ak_observe_unknown(&self->peer, "mqtt.subscribe-all", why, error);
}

/* A version counts as spoken where the answer is about anything but the version. */
static bool observe_versions(Look *self, bool *decided, GError **error) {
  const char *spoken[3] = {NULL};
  gsize count = 0;
  *decided = true;
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    *decided = *decided && self->decided[i];
    if (self->spoke[i] && self->answers[i] != AK_MQTT_OTHER_VERSION)
      spoken[count++] = ak_mqtt_version_name(versions[i]);
  }
  return ak_observe(&self->peer, "mqtt.versions", *decided ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                    ak_value_set(spoken), self->evidence->str, error);
}

/* Neither version was answered. Something else inside TLS was looked at, silence was not. */
static bool observe_none(Look *self, const GError *failure, GError **error) {
  const char *all[] = {"anonymous", "subscribe", "versions", NULL}, *none[] = {NULL};
  bool other = self->maybe && (g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA) ||
                               g_error_matches(failure, AK_ERROR, AK_ERROR_IO));
  bool ok = other ? ak_observe_absent(&self->peer, "mqtt.offered", NULL, error)
                  : ak_observe_unknown(&self->peer, "mqtt.offered", failure->message, error);
  return ok && ak_observe(&self->peer, "mqtt.coverage", other ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                          ak_value_set(other ? all : none), NULL, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {.evidence = g_string_new(NULL)};
  g_autoptr(GError) failure = NULL;
  bool versions_done = false, anonymous_done = false, subscribe_done = false;
  if (!ak_peer_init(&self.peer, call, sink, TIMEOUT_MS, error))
    return false;
  const AkObservation *protocol = ak_call_prior(call, "service.protocol", call->subject->locator);
  const char *spoken =
      protocol != NULL && protocol->outcome == AK_OUTCOME_SEEN ? protocol->value.text : "mqtt";
  self.maybe = strcmp(spoken, "tls") == 0;
  self.tls = self.maybe || strcmp(spoken, "mqtts") == 0;
  if (!look_at_versions(&self, &failure, error))
    return false;
  if (!self.spoke[0] && !self.spoke[1])
    return observe_none(&self, failure, error);
  if (!ak_observe_text(&self.peer, "mqtt.offered", self.tls ? "mqtts" : "mqtt", self.evidence->str,
                       error) ||
      !observe_versions(&self, &versions_done, error) ||
      !observe_anonymous(&self, &anonymous_done, &subscribe_done, error))
    return false;
  AkObservePart parts[] = {
      {versions_done, "versions"}, {anonymous_done, "anonymous"}, {subscribe_done, "subscribe"}};
  return ak_observe_coverage(&self.peer, "mqtt.coverage", parts, G_N_ELEMENTS(parts), error);
}

extern const AkTest ak_probe_mqtt_test;
const AkTest ak_probe_mqtt_test = {
    .id = "probe.mqtt",
    .rev = 1,
    .title_en = "MQTT: who is let in and may hear everything",
    .title_ja = "MQTT: 接続と全購読の可否",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "mqtt|mqtts|tls",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 90000, .bytes = 16 * 1024 * 1024, .packets = 10},
    .masked_since = 1,
    .stop_condition_en = "200 messages were heard, or three seconds have passed",
    .stop_condition_ja = "200件受信したか、3秒が過ぎた",
    .sources = sources,
    .run = run,
};
