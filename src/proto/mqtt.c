#include "proto/mqtt.h"

#include <string.h>

#include "util/reader.h"
#include "util/writer.h"

#define TYPE_CONNECT 1
#define TYPE_SUBSCRIBE 8
#define FLAG_CLEAN 0x02
#define FLAG_PASSWORD 0x40
#define FLAG_USER 0x80
#define MAX_LENGTH_BYTES 4 /* 2.2.3 of 3.1.1, 1.5.5 of 5.0 */
#define MAX_BUILT (4 * 65536)

const char *ak_mqtt_version_name(AkMqttVersion version) {
  return version == AK_MQTT_5 ? "5" : "3.1.1";
}

/* --- built
 * ------------------------------------------------------------------------------------------ */

static bool write_text(AkWriter *out, const char *text, GError **error) {
  gsize size = strlen(text);
  if (size > G_MAXUINT16)
    return ak_error_set(error, AK_ERROR_LIMIT, "mqtt: text of %" G_GSIZE_FORMAT " bytes", size);
  ak_writer_u16be(out, (guint16)size);
  ak_writer_bytes(out, text, size);
  return true;
}

static GBytes *packet(guint8 first, AkWriter *body, GError **error) {
  g_autoptr(GBytes) bytes = ak_writer_end(body, error);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autoptr(AkWriter) out = ak_writer_new(size + 1 + MAX_LENGTH_BYTES);
  ak_writer_u8(out, first);
  for (gsize left = size, more = 1; more != 0; left /= 128) {
    more = left >= 128;
    ak_writer_u8(out, (guint8)(left % 128 + (more ? 128 : 0)));
  }
  ak_writer_bytes(out, data, size);
  return ak_writer_end(out, error);
}

GBytes *ak_mqtt_connect_build(const AkMqttConnect *connect, GError **error) {
  g_autoptr(AkWriter) body = ak_writer_new(MAX_BUILT);
  guint flags = FLAG_CLEAN | (connect->user != NULL ? FLAG_USER : 0) |
                (connect->password != NULL ? FLAG_PASSWORD : 0);
  ak_writer_bytes(body, "\0\4MQTT", 6);
  ak_writer_u8(body, (guint8)connect->version);
  ak_writer_u8(body, (guint8)flags);
  ak_writer_u16be(body, connect->keep_alive_s);
  if (connect->version == AK_MQTT_5)
    ak_writer_u8(body, 0); /* no properties */
  bool ok = write_text(body, connect->client_id, error) &&
            (connect->user == NULL || write_text(body, connect->user, error)) &&
            (connect->password == NULL || write_text(body, connect->password, error));
  return ok ? packet(TYPE_CONNECT << 4, body, error) : NULL;
}

GBytes *ak_mqtt_subscribe_build(AkMqttVersion version, guint16 id, const char *filter,
                                GError **error) {
  g_autoptr(AkWriter) body = ak_writer_new(MAX_BUILT);
  ak_writer_u16be(body, id);
  if (version == AK_MQTT_5)
    ak_writer_u8(body, 0);
  if (!write_text(body, filter, error))
    return NULL;
  ak_writer_u8(body, 0);
  return packet(TYPE_SUBSCRIBE << 4 | 2, body, error);
}

GBytes *ak_mqtt_disconnect_build(AkMqttVersion version) {
  return g_bytes_new_static("\xe0", 2); /* with its length of 0; the same in both versions */
}

/* --- read
 * -------------------------------------------------------------------------------------------- */

/* A variable byte integer. False where it is not complete or too long, which `bad` tells apart. */
static bool read_length(AkReader *reader, guint32 *out, bool *bad) {
  guint32 value = 0;
  *bad = false;
  for (guint i = 0; i < MAX_LENGTH_BYTES; i++) {
    guint8 byte = 0;
    if (!ak_reader_u8(reader, &byte, NULL))
      return false;
    value |= (guint32)(byte & 127) << 7 * i;
    if (byte < 128) {
      *out = value;
      return true;
    }
  }
  *bad = true;
  return false;
}

AkParse ak_mqtt_packet_parse(const void *data, gsize size, AkMqttPacket *out, gsize *used,
                             GError **error) {
  AkReader reader = ak_reader_init(data, size);
  guint8 first = 0;
  guint32 length = 0;
  bool bad = false;
  const guint8 *body = NULL;
  if (!ak_reader_u8(&reader, &first, NULL))
    return AK_PARSE_MORE;
  bool has_length = read_length(&reader, &length, &bad);
  if (first >> 4 == 0 || bad) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "mqtt: no packet");
    return AK_PARSE_BAD;
  }
  if (length > AK_MQTT_MAX_PACKET) {
    ak_error_set(error, AK_ERROR_LIMIT, "mqtt: packet of %u bytes", length);
    return AK_PARSE_BAD;
  }
  if (!has_length || !ak_reader_bytes(&reader, length, &body, NULL))
    return AK_PARSE_MORE;
  *out = (AkMqttPacket){.type = first >> 4, .flags = first & 15, .body = body, .size = length};
  *used = reader.position;
  return AK_PARSE_DONE;
}

static bool is_of_type(const AkMqttPacket *packet, AkMqttType type, GError **error) {
  return packet->type == (guint8)type ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "mqtt: packet of type %u instead of %u",
                      packet->type, (guint)type);
}

static bool skip_properties(AkReader *reader, AkMqttVersion version, GError **error) {
  guint32 length = 0;
  bool bad = false;
  if (version != AK_MQTT_5)
    return true;
  return (read_length(reader, &length, &bad) ||
          ak_error_set(error, AK_ERROR_INVALID_DATA, "mqtt: no properties")) &&
         ak_reader_skip(reader, length, error);
}

bool ak_mqtt_connack_parse(const AkMqttPacket *packet, AkMqttVersion version, guint8 *code,
                           GError **error) {
  AkReader reader = ak_reader_init(packet->body, packet->size);
  guint8 flags = 0, found = 0;
  if (!is_of_type(packet, AK_MQTT_CONNACK, error) || !ak_reader_u8(&reader, &flags, error) ||
      !ak_reader_u8(&reader, &found, error))
    return false;
  if (packet->flags != 0 || flags > 1)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "mqtt: CONNACK with wrong flags");
  /* a broker that does not know version 5 answers in the old form, without properties */
  if (ak_reader_left(&reader) > 0 && !skip_properties(&reader, version, error))
    return false;
  *code = found;
  return true;
}

bool ak_mqtt_suback_parse(const AkMqttPacket *packet, AkMqttVersion version, guint16 *id,
                          guint8 *code, GError **error) {
  AkReader reader = ak_reader_init(packet->body, packet->size);
  guint16 number = 0;
  guint8 found = 0;
  if (!is_of_type(packet, AK_MQTT_SUBACK, error) || !ak_reader_u16be(&reader, &number, error) ||
      !skip_properties(&reader, version, error) || !ak_reader_u8(&reader, &found, error))
    return false;
  *id = number;
  *code = found;
  return true;
}

bool ak_mqtt_publish_parse(const AkMqttPacket *packet, AkMqttVersion version, AkMqttPublish *out,
                           GError **error) {
  AkReader reader = ak_reader_init(packet->body, packet->size);
  AkMqttPublish read = {.retained = (packet->flags & 1) != 0};
  guint16 size = 0;
  guint quality = packet->flags >> 1 & 3;
  if (!is_of_type(packet, AK_MQTT_PUBLISH, error) || !ak_reader_u16be(&reader, &size, error) ||
      !ak_reader_bytes(&reader, size, &read.topic, error))
    return false;
  if (quality == 3)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "mqtt: PUBLISH with wrong flags");
  if ((quality > 0 && !ak_reader_skip(&reader, 2, error)) ||
      !skip_properties(&reader, version, error))
    return false;
  read.topic_size = size;
  read.payload_size = ak_reader_left(&reader);
  if (!ak_reader_bytes(&reader, read.payload_size, &read.payload, error))
    return false;
  *out = read;
  return true;
}

bool ak_proto_mqtt_fuzz(const guint8 *data, gsize size);
/* The packets of a broker, in both versions. */
bool ak_proto_mqtt_fuzz(const guint8 *data, gsize size) {
  static const AkMqttVersion versions[] = {AK_MQTT_3_1_1, AK_MQTT_5};
  bool any = false;
  for (gsize at = 0; at < size;) {
    AkMqttPacket read = {0};
    g_autoptr(GError) error = NULL;
    gsize used = 0;
    AkParse result = ak_mqtt_packet_parse(data + at, size - at, &read, &used, &error);
    g_assert((result == AK_PARSE_BAD) == (error != NULL));
    if (result != AK_PARSE_DONE)
      return any && result == AK_PARSE_MORE;
    for (gsize v = 0; v < G_N_ELEMENTS(versions); v++) {
      guint8 code = 0;
      guint16 id = 0;
      AkMqttPublish publish = {0};
      bool known = ak_mqtt_connack_parse(&read, versions[v], &code, NULL) ||
                   ak_mqtt_suback_parse(&read, versions[v], &id, &code, NULL);
      if (ak_mqtt_publish_parse(&read, versions[v], &publish, NULL)) {
        g_assert(publish.topic_size + publish.payload_size <= read.size);
        g_assert(publish.payload + publish.payload_size == read.body + read.size);
        known = true;
      }
      any = any || known;
    }
    at += used;
  }
  return any;
}
