/* Messages of field devices and their servers: Modbus TCP, MQTT, SNMP, SSH before it is encrypted, and bytes as
 * they stand.
 *
 * Source: MODBUS Messaging on TCP/IP Implementation Guide 1.0b, 3.1.3; MQTT 3.1.1, 3.1 to 3.9; RFC 4253, 7.1. */
#include <string.h>

#include "effect/corpus/traffic/message.h"
#include "proto/mqtt.h"
#include "proto/snmp.h"
#include "proto/ssh.h"

enum { MQTT_PUBLISH = 0x30, SSH_KEXINIT = 20, SSH_COOKIE = 16, SNMP_GET = 0xa0, SNMP_SET = 0xa3 };

static bool make_hex(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                     GError **error) {
  return ak_messages_add_hex(out, parts[0], error);
}

/* @modbus UNIT|PDU in hexadecimal digits; an answer has its request's transaction. */
static bool make_modbus(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                        GError **error) {
  g_autoptr(GByteArray) pdu = g_byte_array_new();
  if (!ak_messages_add_hex(pdu, parts[1], error))
    return false;
  ak_messages_add_u16be(out, self->exchange);
  ak_messages_add_u16be(out, 0);
  ak_messages_add_u16be(out, pdu->len + 1);
  guint8 unit = (guint8)g_ascii_strtoull(parts[0], NULL, 10);
  g_byte_array_append(out, &unit, 1);
  g_byte_array_append(out, pdu->data, pdu->len);
  return true;
}

/* @mqtt-connect CLIENT|USER|PASSWORD; an empty user: none. */
static bool make_connect(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                         GError **error) {
  bool has_user = *parts[1] != '\0';
  AkMqttConnect connect = {.version = AK_MQTT_3_1_1,
                           .client_id = parts[0],
                           .user = has_user ? parts[1] : NULL,
                           .password = has_user ? parts[2] : NULL,
                           .keep_alive_s = 60};
  GBytes *bytes = ak_mqtt_connect_build(&connect, error);
  if (bytes != NULL)
    ak_messages_add_bytes(out, bytes);
  return bytes != NULL;
}

static bool make_subscribe(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                           GError **error) {
  GBytes *bytes = ak_mqtt_subscribe_build(AK_MQTT_3_1_1, 1, parts[0], error);
  if (bytes != NULL)
    ak_messages_add_bytes(out, bytes);
  return bytes != NULL;
}

/* @mqtt-publish TOPIC|PAYLOAD */
static bool make_publish(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                         GError **error) {
  gsize topic = strlen(parts[0]), payload = strlen(parts[1]), left = 2 + topic + payload;
  guint8 first = MQTT_PUBLISH;
  g_byte_array_append(out, &first, 1);
  do {
    guint8 byte = (guint8)(left % 128 | (left >= 128 ? 128 : 0));
    g_byte_array_append(out, &byte, 1);
    left /= 128;
  } while (left > 0);
  ak_messages_add_u16be(out, (guint)topic);
  g_byte_array_append(out, (const guint8 *)parts[0], (guint)topic);
  g_byte_array_append(out, (const guint8 *)parts[1], (guint)payload);
  return true;
}

/* @snmp get|COMMUNITY|OID. A "set" is the same request under the other tag (RFC 1157, 4.1). */
static bool make_snmp(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                      GError **error) {
  guint begin = out->len, tag = begin + 7 + (guint)strlen(parts[1]);
  GBytes *bytes = ak_snmp_get(AK_SNMP_V2C, parts[1], self->exchange, parts[2], error);
  if (bytes == NULL)
    return false;
  ak_messages_add_bytes(out, bytes);
  if (strcmp(parts[0], "set") != 0)
    return true;
  if (tag >= out->len || out->data[tag] != SNMP_GET)
    return ak_error_set(error, AK_ERROR_INTERNAL, "no request where one must be");
  out->data[tag] = SNMP_SET;
  return true;
}

/* @ssh-kex ALGORITHM: what a side offers, with that key exchange before the usual ones. */
static bool make_kex(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                     GError **error) {
  g_autofree char *kex = g_strconcat(parts[0], ",ecdh-sha2-nistp256", NULL);
  const char *const lists[] = {kex,
                               "ssh-ed25519,rsa-sha2-512",
                               "aes128-ctr,aes256-ctr",
                               "aes128-ctr,aes256-ctr",
                               "hmac-sha2-256",
                               "hmac-sha2-256",
                               "none",
                               "none",
                               "",
                               ""};
  g_autoptr(GByteArray) payload = g_byte_array_new();
  guint8 type = SSH_KEXINIT;
  g_byte_array_append(payload, &type, 1);
  ak_messages_add_random(self, payload, SSH_COOKIE);
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    ak_messages_add_u16be(payload, 0);
    ak_messages_add_u16be(payload, (guint)strlen(lists[i]));
    g_byte_array_append(payload, (const guint8 *)lists[i], (guint)strlen(lists[i]));
  }
  g_byte_array_append(payload, (const guint8 *)"\0\0\0\0\0", 5);
  GBytes *bytes = ak_ssh_packet_build(payload->data, payload->len, error);
  if (bytes != NULL)
    ak_messages_add_bytes(out, bytes);
  return bytes != NULL;
}

const AkMessageMaker ak_messages_field[] = {
    {"hex", 1, make_hex},
    {"modbus", 2, make_modbus},
    {"mqtt-connect", 3, make_connect},
    {"mqtt-subscribe", 1, make_subscribe},
    {"mqtt-publish", 2, make_publish},
    {"snmp", 3, make_snmp},
    {"ssh-kex", 1, make_kex},
    {NULL, 0, NULL},
};
