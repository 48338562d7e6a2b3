#include "probe/mqtt-version.h"

#include <string.h>

#include "probe/attempt.h"

#define ANSWER_MS 5000
#define LISTEN_MS 3000   /* retained messages follow the answer at once */
#define MAX_PACKETS 50   /* for one topic */
#define MAX_LOOKED 4096  /* bytes of what is told */

/* Source: Mosquitto, mosquitto(8), "broker status"; EMQX, "System topics". */
static const char *const filters[] = {"$SYS/broker/version", "$SYS/brokers/+/version"};

void ak_mqtt_version_told_clear(AkMqttVersionTold *self) {
  g_clear_pointer(&self->text, g_free);
  g_clear_pointer(&self->evidence, g_free);
  g_clear_pointer(&self->reason, g_free);
}

typedef struct {
  AkMqttSession *session;
  GString *evidence;
  char *text;
  bool is_cut; /* there is more than is looked at */
} Look;

static bool is_version_topic(const AkMqttPublish *publish) {
  static const char begin[] = "$SYS/", end[] = "/version";
  const gsize first = sizeof begin - 1, last = sizeof end - 1;
  return publish->topic_size > first + last && memcmp(publish->topic, begin, first) == 0 &&
         memcmp(publish->topic + publish->topic_size - last, end, last) == 0;
}

/* Whatever it is, it becomes one line of text. */
static void take_text(Look *self, const AkMqttPublish *publish) {
  gsize size = MIN(publish->payload_size, MAX_LOOKED);
  g_autofree char *raw = g_malloc0(size + 1);
  for (gsize i = 0; i < size; i++)
    raw[i] = publish->payload[i] < ' ' ? ' ' : (char)publish->payload[i];
  g_free(self->text);
  self->text = g_utf8_make_valid(raw, (gssize)size);
  self->is_cut = size < publish->payload_size;
  g_string_append_printf(self->evidence, "it says: %.256s\n", self->text);
}

/* One packet; `code` gets that of an answer to subscription `id`. INVALID_DATA for what is none. */
static bool take_packet(Look *self, guint16 id, bool *answered, guint8 *code, GError **error) {
  const AkMqttPacket *packet = &self->session->packet;
  AkMqttVersion version = self->session->version;
  AkMqttPublish publish = {0};
  guint16 of = 0;
  guint8 found = 0;
  if (packet->type == AK_MQTT_PUBLISH) {
    if (!ak_mqtt_publish_parse(packet, version, &publish, error))
      return false;
    if (is_version_topic(&publish))
      take_text(self, &publish);
    return true;
  }
  if (packet->type != AK_MQTT_SUBACK)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "packet of type %u instead of SUBACK",
                        packet->type);
  if (!ak_mqtt_suback_parse(packet, version, &of, &found, error))
    return false;
  if (of == id) {
    *answered = true;
    *code = found;
  }
  return true;
}

/* Asks for one filter. True where the broker refused, or nothing more came in the time; also where the
 * version was told. */
static bool ask(Look *self, guint16 id, GError **error) {
  guint8 code = 0;
  bool answered = false;
  g_autoptr(GBytes) question =
      ak_mqtt_subscribe_build(self->session->version, id, filters[id - 1], error);
  ak_stream_renew(self->session->stream, ANSWER_MS);
  if (question == NULL || !ak_mqtt_session_send(self->session, question, error))
    return false;
  g_string_append_printf(self->evidence, "SUBSCRIBE %s\n", filters[id - 1]);
  for (guint i = 0; i < MAX_PACKETS && (!answered || self->text == NULL); i++) {
    g_autoptr(GError) failure = NULL;
    bool was_answered = answered;
    if (!ak_mqtt_session_read(self->session, &failure)) {
      if (answered && g_error_matches(failure, AK_ERROR, AK_ERROR_TIMEOUT))
        return true; /* it was granted, and nothing is published there */
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    if (!take_packet(self, id, &answered, &code, error))
      return false;
    if (!answered || was_answered)
      continue;
    g_string_append_printf(self->evidence, "SUBACK: code %u\n", code);
    if (code >= 0x80)
      return true;
    ak_stream_renew(self->session->stream, LISTEN_MS);
  }
  return (answered && self->text != NULL) ||
         ak_error_set(error, AK_ERROR_LIMIT, "more than %d packets", MAX_PACKETS);
}

bool ak_mqtt_version_ask(const AkPeer *peer, AkMqttSession *session, AkMqttVersionTold *out,
                         GError **error) {
  Look look = {.session = session, .evidence = g_string_new(NULL)};
  g_autoptr(GError) failure = NULL;
  bool ok = true;
  for (guint16 id = 1; ok && look.text == NULL && id <= G_N_ELEMENTS(filters); id++)
    ok = ask(&look, id, &failure);
  *out = (AkMqttVersionTold){.text = look.text,
                             .heard = ok && !look.is_cut,
                             .evidence = g_string_free(look.evidence, FALSE)};
  if (ok && look.is_cut)
    out->reason = g_strdup("what it publishes of itself is longer than is looked at");
  else if (!ok)
    out->reason = g_strdup_printf("what it publishes of itself: %s", failure->message);
  if (ok || !ak_attempt_is_final(peer, failure))
    return true;
  ak_mqtt_version_told_clear(out);
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}
