#include "proto/coap.h"

#include <string.h>

#include "util/reader.h"
#include "util/writer.h"

#define GET 0x01
#define OPTION_URI_PATH 11
#define OPTION_BLOCK2 23
#define PAYLOAD_MARKER 0xff
#define MAX_SEGMENT 255
#define MAX_MESSAGE 1200
#define SZX_512 5
#define MAX_TARGET 512

void ak_coap_message_clear(AkCoapMessage *self) { g_clear_pointer(&self->payload, g_bytes_unref); }

/* --- building ------------------------------------------------------------------------------------ */

static void write_option(AkWriter *writer, guint *last, guint number, const void *value, gsize size) {
  guint delta = number - *last;
  guint8 length = size < 13 ? (guint8)size : 13; /* at most 268 bytes: checked by the callers */
  ak_writer_u8(writer, (guint8)((delta < 13 ? delta : 13) << 4 | length));
  if (delta >= 13)
    ak_writer_u8(writer, (guint8)(delta - 13));
  if (size >= 13)
    ak_writer_u8(writer, (guint8)(size - 13));
  ak_writer_bytes(writer, value, size);
  *last = number;
}

static bool write_path(AkWriter *writer, guint *last, const char *path, GError **error) {
  g_auto(GStrv) segments = g_strsplit(path + 1, "/", -1);
  for (char **segment = segments; *segment != NULL; segment++) {
    g_autofree char *plain = g_uri_unescape_string(*segment, NULL);
    if (plain == NULL || strlen(plain) > MAX_SEGMENT)
      return ak_error_set(error, AK_ERROR_CONFIG, "%s: no path", path);
    if (*plain != '\0' || segments[1] != NULL)
      write_option(writer, last, OPTION_URI_PATH, plain, strlen(plain));
  }
  return true;
}

GBytes *ak_coap_get(guint16 id, const char *path, gint block, GError **error) {
  g_autoptr(AkWriter) writer = ak_writer_new(MAX_MESSAGE);
  guint last = 0;
  if (path[0] != '/') {
    ak_error_set(error, AK_ERROR_CONFIG, "%s: no path", path);
    return NULL;
  }
  ak_writer_u8(writer, 0x40); /* version 1, CON, no token */
  ak_writer_u8(writer, GET);
  ak_writer_u16be(writer, id);
  if (!write_path(writer, &last, path, error))
    return NULL;
  if (block >= 0) {
    guint value = (guint)block << 4 | SZX_512;
    guint8 bytes[3] = {(guint8)(value >> 16), (guint8)(value >> 8), (guint8)value};
    write_option(writer, &last, OPTION_BLOCK2, bytes, sizeof bytes);
  }
  return ak_writer_end(writer, error);
}

/* --- reading -------------------------------------------------------------------------------------- */

/* A delta or length of four bits with what follows it. */
static bool read_extended(AkReader *reader, guint nibble, guint *out, GError **error) {
  guint8 one = 0;
  guint16 two = 0;
  *out = nibble;
  if (nibble == 13 && !ak_reader_u8(reader, &one, error))
    return false;
  if (nibble == 14 && !ak_reader_u16be(reader, &two, error))
    return false;
  if (nibble == 15)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "option: a reserved value");
  *out = nibble == 13 ? 13u + one : nibble == 14 ? 269u + two : nibble;
  return true;
}

static bool take_block(AkCoapMessage *out, const guint8 *value, guint size, GError **error) {
  guint number = 0;
  if (size > 3)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "Block2 of %u bytes", size);
  for (guint i = 0; i < size; i++)
    number = number << 8 | value[i];
  out->has_block = true;
  out->more = (number & 0x8) != 0;
  out->block = number >> 4;
  return true;
}

/* Options up to the payload, which stays in the reader. */
static bool read_options(AkReader *reader, AkCoapMessage *out, bool *has_payload, GError **error) {
  guint number = 0;
  *has_payload = false;
  while (ak_reader_left(reader) > 0) {
    guint8 first = 0;
    guint delta = 0, size = 0;
    const guint8 *value = NULL;
    ak_reader_u8(reader, &first, NULL);
    if (first == PAYLOAD_MARKER) {
      *has_payload = true;
      return ak_reader_left(reader) > 0 ||
             ak_error_set(error, AK_ERROR_INVALID_DATA, "a marker without a payload");
    }
    if (!read_extended(reader, first >> 4, &delta, error) ||
        !read_extended(reader, first & 0xf, &size, error) ||
        !ak_reader_bytes(reader, size, &value, error))
      return false;
    number += delta;
    if (number == OPTION_BLOCK2 && !take_block(out, value, size, error))
      return false;
  }
  return true;
}

bool ak_coap_parse(const void *data, gsize size, AkCoapMessage *out, GError **error) {
  AkReader reader = ak_reader_init(data, size);
  AkCoapMessage message = {0};
  guint8 first = 0;
  bool has_payload = false;
  if (!ak_reader_u8(&reader, &first, error) || !ak_reader_u8(&reader, &message.code, error) ||
      !ak_reader_u16be(&reader, &message.id, error))
    return false;
  if (first >> 6 != 1 || (first & 0xf) > 8)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no CoAP message of version 1");
  if (message.code == 0 && size > 4)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "an empty message that is not empty");
  message.type = (AkCoapType)(first >> 4 & 0x3);
  if (!ak_reader_skip(&reader, first & 0xf, error) ||
      !read_options(&reader, &message, &has_payload, error))
    return false;
  const guint8 *payload = NULL;
  gsize left = has_payload ? ak_reader_left(&reader) : 0;
  if (!ak_reader_bytes(&reader, left, &payload, error))
    return false;
  message.payload = g_bytes_new(payload, left);
  *out = message;
  return true;
}

/* --- links ------------------------------------------------------------------------------------------ */

/* Passes over ";attribute=…" up to the next ',' that stands in no quotes. */
static bool skip_attributes(const char **at, const char *end, GError **error) {
  bool quoted = false;
  for (; *at < end && (quoted || **at != ','); (*at)++) {
    if (quoted && **at == '\\' && *at + 1 < end)
      (*at)++;
    else if (**at == '"')
      quoted = !quoted;
  }
  if (quoted)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "links: quotes without an end");
  if (*at < end)
    (*at)++;
  return true;
}

GPtrArray *ak_coap_links(const void *data, gsize size, GError **error) {
  g_autoptr(GPtrArray) links = g_ptr_array_new_with_free_func(g_free);
  const char *at = data, *end = at + size;
  while (at < end) {
    while (at < end && g_ascii_isspace(*at))
      at++;
    const char *close = at < end && *at == '<' ? memchr(at, '>', (gsize)(end - at)) : NULL;
    if (close == NULL || close - at - 1 > MAX_TARGET || memchr(at, '\0', (gsize)(close - at))) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "links: no target");
      return NULL;
    }
    if (links->len >= AK_COAP_MAX_LINKS) {
      ak_error_set(error, AK_ERROR_LIMIT, "more than %d links", AK_COAP_MAX_LINKS);
      return NULL;
    }
    g_ptr_array_add(links, g_strndup(at + 1, (gsize)(close - at - 1)));
    at = close + 1;
    if (!skip_attributes(&at, end, error))
      return NULL;
  }
  return g_steal_pointer(&links);
}

/* --- fuzzing ---------------------------------------------------------------------------------------- */

bool ak_proto_coap_fuzz(const guint8 *data, gsize size);
bool ak_proto_coap_fuzz(const guint8 *data, gsize size) {
  g_auto(AkCoapMessage) message = {0};
  if (!ak_coap_parse(data, size, &message, NULL))
    return false;
  gsize payload_size = 0;
  const void *payload = g_bytes_get_data(message.payload, &payload_size);
  g_assert_cmpuint(payload_size, <, size);
  g_autoptr(GPtrArray) links =
      payload_size > 0 ? ak_coap_links(payload, payload_size, NULL) : NULL;
  g_assert_true(links == NULL || links->len <= AK_COAP_MAX_LINKS);
  return true;
}
