/* MQTT control packets as a client needs them to look at a broker: CONNECT, SUBSCRIBE and
 * DISCONNECT are built, CONNACK, SUBACK and PUBLISH are read. Nothing can be published with it.
 *
 * Source: MQTT 3.1.1 (OASIS, 2014) and MQTT 5.0 (OASIS, 2019), sections 2 and 3. */
#pragma once

#include "proto/parse.h"
#include "util/error.h"

#define AK_MQTT_MAX_PACKET (1024 * 1024) /* bytes; a larger one is an error, not read */

typedef enum { AK_MQTT_3_1_1 = 4, AK_MQTT_5 = 5 } AkMqttVersion;
/* "3.1.1", "5" */
const char *ak_mqtt_version_name(AkMqttVersion version);

typedef enum {
  AK_MQTT_CONNACK = 2,
  AK_MQTT_PUBLISH = 3,
  AK_MQTT_SUBACK = 9,
  AK_MQTT_DISCONNECT = 14,
} AkMqttType;

typedef struct {
  AkMqttVersion version;
  const char *client_id;
  const char *user, *password; /* or NULL */
  guint16 keep_alive_s;
} AkMqttConnect;

/* A clean session without a will. LIMIT where a text is longer than 65,535 bytes. */
GBytes *ak_mqtt_connect_build(const AkMqttConnect *connect, GError **error);
/* One topic filter with the highest quality of service 0. */
GBytes *ak_mqtt_subscribe_build(AkMqttVersion version, guint16 id, const char *filter,
                                GError **error);
GBytes *ak_mqtt_disconnect_build(AkMqttVersion version);

typedef struct {
  guint8 type;        /* 1 … 15 */
  guint8 flags;       /* the four low bits of the first byte */
  const guint8 *body; /* borrowed from the data parsed */
  gsize size;
} AkMqttPacket;

/* One whole packet. INVALID_DATA for type 0 or a length of more than four bytes, LIMIT above the
 * limit. */
AkParse ak_mqtt_packet_parse(const void *data, gsize size, AkMqttPacket *out, gsize *used,
                             GError **error);

/* The return code (3.1.1: 0 … 5) or reason code (5) of a CONNACK. */
bool ak_mqtt_connack_parse(const AkMqttPacket *packet, AkMqttVersion version, guint8 *code,
                           GError **error);
/* The one code of a SUBACK to a SUBSCRIBE with one filter: 0 … 2 granted, 0x80 and above refused.
 */
bool ak_mqtt_suback_parse(const AkMqttPacket *packet, AkMqttVersion version, guint16 *id,
                          guint8 *code, GError **error);

typedef struct {
  const guint8 *topic; /* borrowed */
  gsize topic_size;
  const guint8 *payload; /* borrowed */
  gsize payload_size;
  bool retained;
} AkMqttPublish;
bool ak_mqtt_publish_parse(const AkMqttPacket *packet, AkMqttVersion version, AkMqttPublish *out,
                           GError **error);
