/* A connection to an MQTT broker. Nothing is published over it. */
#pragma once

#include "probe/stream.h"
#include "proto/mqtt.h"

typedef struct {
  AkStream *stream;
  GByteArray *heard;
  AkMqttVersion version;
  AkMqttPacket packet; /* the last one read; its body is borrowed from `body` */
  GBytes *body;
} AkMqttSession;

typedef struct {
  bool tls;
  AkMqttVersion version;
  const char *user, *password; /* or NULL */
} AkMqttWish;

/* Connects and asks to be let in; `code` gets the broker's answer (0: let in). Errors of the
 * stream; INVALID_DATA where it is no broker, IO where it closes without an answer. */
AkMqttSession *ak_mqtt_session_open(const AkPeer *peer, const AkMqttWish *wish, guint8 *code,
                                    GError **error);
void ak_mqtt_session_free(AkMqttSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkMqttSession, ak_mqtt_session_free)

bool ak_mqtt_session_send(AkMqttSession *self, GBytes *bytes, GError **error);
/* The next packet, within the stream's deadline. */
bool ak_mqtt_session_read(AkMqttSession *self, GError **error);

typedef enum {
  AK_MQTT_LET_IN,
  AK_MQTT_NOT_AUTHORIZED, /* wrong or missing credentials */
  AK_MQTT_FOR_NOW,        /* refused for now or for good, whatever the credentials */
  AK_MQTT_OTHER_VERSION,
  AK_MQTT_OTHER_REFUSAL,
} AkMqttAnswer;
AkMqttAnswer ak_mqtt_session_judge(AkMqttVersion version, guint8 code);
