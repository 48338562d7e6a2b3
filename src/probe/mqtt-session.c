#include "probe/mqtt-session.h"

#include <string.h>

#include "probe/heard.h"

#define LIMIT (AK_MQTT_MAX_PACKET + 16)
#define KEEP_ALIVE_S 60
#define CLIENT_ID "akashi-verify"

static AkParse parse(gpointer out, const void *data, gsize size, gsize *used, GError **error) {
  AkMqttSession *self = out;
  AkParse result = ak_mqtt_packet_parse(data, size, &self->packet, used, error);
  if (result != AK_PARSE_DONE)
    return result;
  g_clear_pointer(&self->body, g_bytes_unref);
  self->body = g_bytes_new(self->packet.body, self->packet.size);
  self->packet.body = g_bytes_get_data(self->body, NULL);
  return result;
}

bool ak_mqtt_session_send(AkMqttSession *self, GBytes *bytes, GError **error) {
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return ak_stream_write(self->stream, data, size, error);
}

bool ak_mqtt_session_read(AkMqttSession *self, GError **error) {
  return ak_heard_read(self->stream, self->heard, LIMIT, parse, self, error);
}

AkMqttSession *ak_mqtt_session_open(const AkPeer *peer, const AkMqttWish *wish, guint8 *code,
                                    GError **error) {
  AkMqttConnect connect = {.version = wish->version,
                           .client_id = CLIENT_ID,
                           .user = wish->user,
                           .password = wish->password,
                           .keep_alive_s = KEEP_ALIVE_S};
  g_autoptr(GBytes) bytes = ak_mqtt_connect_build(&connect, error);
  AkStream *stream = bytes != NULL ? ak_stream_open(peer, wish->tls, NULL, error) : NULL;
  if (stream == NULL)
    return NULL;
  g_autoptr(AkMqttSession) self = g_new0(AkMqttSession, 1);
  self->stream = stream;
  self->heard = g_byte_array_new();
  self->version = wish->version;
  bool ok = ak_mqtt_session_send(self, bytes, error) && ak_mqtt_session_read(self, error) &&
            ak_mqtt_connack_parse(&self->packet, wish->version, code, error);
  return ok ? g_steal_pointer(&self) : NULL;
}

/* Says goodbye where it can, so that a broker notes no broken client. */
void ak_mqtt_session_free(AkMqttSession *self) {
  if (self == NULL)
    return;
  g_autoptr(GBytes) bye = ak_mqtt_disconnect_build(self->version);
  ak_stream_renew(self->stream, 500);
  ak_mqtt_session_send(self, bye, NULL);
  ak_stream_free(self->stream);
  g_byte_array_unref(self->heard);
  g_clear_pointer(&self->body, g_bytes_unref);
  g_free(self);
}

/* Source: MQTT 3.1.1, table 3.1; MQTT 5.0, table 3-1. A server of 3.1.1 answers version 5 with
 * code 1. */
AkMqttAnswer ak_mqtt_session_judge(AkMqttVersion version, guint8 code) {
  static const struct {
    guint8 code;
    AkMqttAnswer answer;
  } rows[] = {{0, AK_MQTT_LET_IN},
              {1, AK_MQTT_OTHER_VERSION},
              {3, AK_MQTT_FOR_NOW}, /* server unavailable: after wrong passwords, a lock */
              {4, AK_MQTT_NOT_AUTHORIZED},
              {5, AK_MQTT_NOT_AUTHORIZED},
              {0x84, AK_MQTT_OTHER_VERSION},
              {0x86, AK_MQTT_NOT_AUTHORIZED},
              {0x87, AK_MQTT_NOT_AUTHORIZED},
              {0x88, AK_MQTT_FOR_NOW},
              {0x89, AK_MQTT_FOR_NOW},
              {0x8a, AK_MQTT_FOR_NOW},
              {0x8c, AK_MQTT_NOT_AUTHORIZED},
              {0x97, AK_MQTT_FOR_NOW},
              {0x9f, AK_MQTT_FOR_NOW}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (rows[i].code == code && (version == AK_MQTT_5 || code < 0x80))
      return rows[i].answer;
  return AK_MQTT_OTHER_REFUSAL;
}
