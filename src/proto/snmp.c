#include "proto/snmp.h"

#include <string.h>

#include "util/reader.h"

#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define TAG_NULL 0x05
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_GET 0xa0
#define MAX_COMMUNITY 64
#define MAX_OID 64         /* numbers */
#define MAX_MESSAGE_SIZE 65507
#define FLAG_REPORTABLE 0x04
#define SECURITY_USM 3
#define MAX_ENGINE 32

void ak_snmp_message_clear(AkSnmpMessage *self) {
  g_clear_pointer(&self->oid, g_free);
  g_clear_pointer(&self->value, g_bytes_unref);
  g_clear_pointer(&self->engine, g_bytes_unref);
}

/* --- building: from the inside out ------------------------------------------------------------------ */

/* Appends tag, length and `size` bytes; nothing here is longer than 255. */
static void add(GByteArray *out, guint8 tag, const void *data, gsize size) {
  guint8 head[3] = {tag, size < 128 ? (guint8)size : 0x81, (guint8)size};
  g_byte_array_append(out, head, size < 128 ? 2 : 3);
  if (size > 0)
    g_byte_array_append(out, data, (guint)size);
}

static void add_all(GByteArray *out, guint8 tag, GByteArray *taken) {
  add(out, tag, taken->data, taken->len);
  g_byte_array_unref(taken);
}

static void add_integer(GByteArray *out, gint32 value) {
  guint8 bytes[4] = {(guint8)(value >> 24), (guint8)(value >> 16), (guint8)(value >> 8),
                     (guint8)value};
  gsize from = 0;
  while (from < 3 && ((bytes[from] == 0 && bytes[from + 1] < 0x80) ||
                      (bytes[from] == 0xff && bytes[from + 1] >= 0x80)))
    from++;
  add(out, TAG_INTEGER, bytes + from, sizeof bytes - from);
}

static void add_number(GByteArray *out, guint32 number) {
  for (gint shift = 28; shift >= 0; shift -= 7) {
    guint8 byte = (guint8)(number >> shift & 0x7f) | (shift > 0 ? 0x80 : 0);
    if (shift == 0 || number >> shift != 0)
      g_byte_array_append(out, &byte, 1);
  }
}

static bool add_oid(GByteArray *out, const char *text, GError **error) {
  g_auto(GStrv) parts = g_strsplit(text, ".", -1);
  g_autoptr(GByteArray) oid = g_byte_array_new();
  guint count = g_strv_length(parts);
  guint64 first = 0;
  for (guint i = 0; i < count && count <= MAX_OID; i++) {
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(parts[i], 10, 0, i == 0 ? 2 : i == 1 ? 39 : G_MAXUINT32,
                                    &number, error))
      return false;
    if (i == 0)
      first = number;
    else
      add_number(oid, (guint32)(i == 1 ? first * 40 + number : number));
  }
  if (count < 2 || count > MAX_OID || oid->len > 120)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s: no object identifier", text);
  add(out, TAG_OID, oid->data, oid->len);
  return true;
}

static GByteArray *get_pdu(gint32 request_id, GByteArray *taken_bindings) {
  GByteArray *pdu = g_byte_array_new();
  add_integer(pdu, request_id);
  add_integer(pdu, 0);
  add_integer(pdu, 0);
  add_all(pdu, TAG_SEQUENCE, taken_bindings);
  return pdu;
}

static GBytes *message_of(GByteArray *taken) {
  GByteArray *message = g_byte_array_new();
  add_all(message, TAG_SEQUENCE, taken);
  return g_byte_array_free_to_bytes(message);
}

GBytes *ak_snmp_get(AkSnmpVersion version, const char *community, gint32 request_id,
                    const char *oid, GError **error) {
  g_autoptr(GByteArray) binding = g_byte_array_new();
  if (strlen(community) > MAX_COMMUNITY) {
    ak_error_set(error, AK_ERROR_CONFIG, "community: too long");
    return NULL;
  }
  g_autoptr(GError) failure = NULL;
  if (!add_oid(binding, oid, &failure)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s: no object identifier", oid);
    return NULL;
  }
  add(binding, TAG_NULL, NULL, 0);
  GByteArray *bindings = g_byte_array_new(), *body = g_byte_array_new();
  add_all(bindings, TAG_SEQUENCE, g_steal_pointer(&binding));
  add_integer(body, (gint32)version);
  add(body, TAG_OCTETS, community, strlen(community));
  add_all(body, TAG_GET, get_pdu(request_id, bindings));
  return message_of(body);
}

GBytes *ak_snmp_discover(gint32 message_id, GError **error) {
  static const guint8 flags = FLAG_REPORTABLE;
  GByteArray *header = g_byte_array_new(), *usm = g_byte_array_new();
  GByteArray *scoped = g_byte_array_new(), *body = g_byte_array_new();
  g_autoptr(GByteArray) security = g_byte_array_new();
  add_integer(header, message_id);
  add_integer(header, MAX_MESSAGE_SIZE);
  add(header, TAG_OCTETS, &flags, 1);
  add_integer(header, SECURITY_USM);
  add(usm, TAG_OCTETS, NULL, 0); /* the engine is what is asked for */
  add_integer(usm, 0);
  add_integer(usm, 0);
  for (guint i = 0; i < 3; i++)
    add(usm, TAG_OCTETS, NULL, 0); /* user, authentication, privacy */
  add_all(security, TAG_SEQUENCE, usm);
  add(scoped, TAG_OCTETS, NULL, 0);
  add(scoped, TAG_OCTETS, NULL, 0);
  add_all(scoped, TAG_GET, get_pdu(message_id, g_byte_array_new()));
  add_integer(body, AK_SNMP_V3);
  add_all(body, TAG_SEQUENCE, header);
  add(body, TAG_OCTETS, security->data, security->len);
  add_all(body, TAG_SEQUENCE, scoped);
  return message_of(body);
}

/* --- reading ------------------------------------------------------------------------------------------ */

/* Lengths are definite, of at most four bytes (RFC 3417, 8). */
static bool read_any(AkReader *reader, guint8 *tag, AkReader *out, GError **error) {
  guint8 first = 0;
  if (!ak_reader_u8(reader, tag, error) || !ak_reader_u8(reader, &first, error))
    return false;
  gsize size = first;
  if (first >= 0x80) {
    guint count = first & 0x7f;
    if (count < 1 || count > 4)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "BER: a length of %u bytes", count);
    size = 0;
    for (guint i = 0; i < count; i++) {
      guint8 byte = 0;
      if (!ak_reader_u8(reader, &byte, error))
        return false;
      size = size << 8 | byte;
    }
  }
  return ak_reader_sub(reader, size, out, error);
}

static bool read_tag(AkReader *reader, guint8 wanted, AkReader *out, GError **error) {
  guint8 tag = 0;
  if (!read_any(reader, &tag, out, error))
    return false;
  return tag == wanted || ak_error_set(error, AK_ERROR_INVALID_DATA,
                                       "BER: tag 0x%02x where 0x%02x was due", tag, wanted);
}

static bool read_integer(AkReader *reader, gint64 *out, GError **error) {
  AkReader bytes;
  if (!read_tag(reader, TAG_INTEGER, &bytes, error))
    return false;
  gsize size = ak_reader_left(&bytes);
  if (size < 1 || size > 5)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "BER: an integer of %" G_GSIZE_FORMAT " bytes",
                        size);
  guint64 value = 0;
  for (gsize i = 0; i < size; i++) {
    guint8 byte = 0;
    if (!ak_reader_u8(&bytes, &byte, error))
      return false;
    value = i == 0 && byte >= 0x80 ? (G_MAXUINT64 << 8 | byte) : (value << 8 | byte);
  }
  *out = (gint64)value;
  return true;
}

static GBytes *bytes_of(AkReader *reader) {
  gsize size = ak_reader_left(reader);
  const guint8 *data = NULL;
  ak_reader_bytes(reader, size, &data, NULL);
  return g_bytes_new(data, size);
}

static char *oid_text(AkReader *reader, GError **error) {
  g_autoptr(GString) text = g_string_new(NULL);
  guint count = 0;
  while (ak_reader_left(reader) > 0) {
    guint64 number = 0;
    guint8 byte = 0x80;
    while (byte >= 0x80) {
      if (!ak_reader_u8(reader, &byte, error))
        return NULL;
      number = number << 7 | (byte & 0x7f);
      if (number > G_MAXUINT32) {
        ak_error_set(error, AK_ERROR_INVALID_DATA, "BER: an identifier's number is too large");
        return NULL;
      }
    }
    if (++count > MAX_OID * 2) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "BER: an identifier is too long");
      return NULL;
    }
    if (count == 1)
      g_string_append_printf(text, "%u.%u", (guint)MIN(number / 40, 2),
                             (guint)(number - MIN(number / 40, 2) * 40));
    else
      g_string_append_printf(text, ".%u", (guint)number);
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Of the list of variables the first one. */
static bool read_bindings(AkReader *pdu, AkSnmpMessage *out, GError **error) {
  AkReader list, binding, oid, value;
  if (!read_tag(pdu, TAG_SEQUENCE, &list, error))
    return false;
  if (ak_reader_left(&list) == 0)
    return true;
  if (!read_tag(&list, TAG_SEQUENCE, &binding, error) ||
      !read_tag(&binding, TAG_OID, &oid, error) || (out->oid = oid_text(&oid, error)) == NULL ||
      !read_any(&binding, &out->tag, &value, error))
    return false;
  out->value = bytes_of(&value);
  return true;
}

static bool read_pdu(AkReader *reader, gint64 *request_id, AkSnmpMessage *out, GError **error) {
  guint8 tag = 0;
  gint64 index = 0;
  AkReader pdu;
  if (!read_any(reader, &tag, &pdu, error))
    return false;
  out->pdu = (AkSnmpPdu)tag;
  return read_integer(&pdu, request_id, error) && read_integer(&pdu, &out->error_status, error) &&
         read_integer(&pdu, &index, error) && read_bindings(&pdu, out, error);
}

static bool read_community(AkReader *body, AkSnmpMessage *out, GError **error) {
  AkReader community;
  return read_tag(body, TAG_OCTETS, &community, error) && read_pdu(body, &out->id, out, error);
}

/* An encrypted PDU is told by its tag and not looked into. */
static bool read_scoped(AkReader *body, AkSnmpMessage *out, GError **error) {
  guint8 tag = 0;
  gint64 request_id = 0;
  AkReader scoped, engine, name;
  if (!read_any(body, &tag, &scoped, error))
    return false;
  if (tag == TAG_OCTETS)
    return true;
  if (tag != TAG_SEQUENCE)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no scoped PDU");
  return read_tag(&scoped, TAG_OCTETS, &engine, error) &&
         read_tag(&scoped, TAG_OCTETS, &name, error) && read_pdu(&scoped, &request_id, out, error);
}

static bool read_v3(AkReader *body, AkSnmpMessage *out, GError **error) {
  AkReader header, flags, security, usm, engine;
  gint64 size = 0, model = 0;
  if (!read_tag(body, TAG_SEQUENCE, &header, error) || !read_integer(&header, &out->id, error) ||
      !read_integer(&header, &size, error) || !read_tag(&header, TAG_OCTETS, &flags, error) ||
      !read_integer(&header, &model, error) || !read_tag(body, TAG_OCTETS, &security, error))
    return false;
  if (model != SECURITY_USM)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "another security model");
  if (!read_tag(&security, TAG_SEQUENCE, &usm, error) ||
      !read_tag(&usm, TAG_OCTETS, &engine, error))
    return false;
  if (ak_reader_left(&engine) > MAX_ENGINE)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "an engine's identity of more than %d bytes",
                        MAX_ENGINE);
  out->engine = bytes_of(&engine);
  return read_scoped(body, out, error);
}

static bool read_message(AkReader *reader, AkSnmpMessage *out, GError **error) {
  AkReader body;
  gint64 version = 0;
  if (!read_tag(reader, TAG_SEQUENCE, &body, error) || !read_integer(&body, &version, error))
    return false;
  if (ak_reader_left(reader) > 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "bytes after the message");
  out->version = (AkSnmpVersion)version;
  if (version == AK_SNMP_V1 || version == AK_SNMP_V2C)
    return read_community(&body, out, error);
  if (version == AK_SNMP_V3)
    return read_v3(&body, out, error);
  return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "another version of SNMP");
}

bool ak_snmp_parse(const void *data, gsize size, AkSnmpMessage *out, GError **error) {
  AkReader reader = ak_reader_init(data, size);
  g_auto(AkSnmpMessage) message = {0};
  if (!read_message(&reader, &message, error))
    return false;
  *out = message;
  message = (AkSnmpMessage){0};
  return true;
}

/* --- fuzzing ------------------------------------------------------------------------------------------ */

bool ak_proto_snmp_fuzz(const guint8 *data, gsize size);
bool ak_proto_snmp_fuzz(const guint8 *data, gsize size) {
  g_auto(AkSnmpMessage) message = {0};
  if (!ak_snmp_parse(data, size, &message, NULL))
    return false;
  g_assert_true(message.value == NULL || g_bytes_get_size(message.value) < size);
  g_assert_true((message.oid == NULL) == (message.value == NULL));
  return true;
}
