#include "proto/ssh.h"

#include <string.h>

#include "util/reader.h"
#include "util/writer.h"

#define MESSAGE_KEXINIT 20 /* RFC 4250, 4.1.2 */
#define COOKIE_SIZE 16
#define MIN_PADDING 4
#define BLOCK 8 /* of packets before encryption */
#define MAX_NAMES 256
#define MAX_NAME 256 /* bytes; RFC 4251, 6 says 64 */

static AkParse bad(GError **error, const char *why) {
  ak_error_set(error, AK_ERROR_INVALID_DATA, "ssh: %s", why);
  return AK_PARSE_BAD;
}

/* --- identification ------------------------------------------------------------------------------
 */

void ak_ssh_ident_clear(AkSshIdent *self) {
  g_clear_pointer(&self->protocol, g_free);
  g_clear_pointer(&self->software, g_free);
  g_clear_pointer(&self->comments, g_free);
}

static char *printable(const char *text, gsize size) {
  GString *out = g_string_new(NULL);
  for (gsize i = 0; i < size; i++)
    if (text[i] >= ' ' && text[i] <= '~' && text[i] != '\\')
      g_string_append_c(out, text[i]);
    else
      g_string_append_printf(out, "\\x%02x", (guint8)text[i]);
  return g_string_free(out, FALSE);
}

/* "SSH-PROTOCOL-SOFTWARE COMMENTS", without its end of line. */
static AkParse take_ident(const char *line, gsize size, AkSshIdent *out, GError **error) {
  const char *protocol = line + 4, *end = line + size;
  const char *software = memchr(protocol, '-', (gsize)(end - protocol));
  if (software == NULL || software == protocol)
    return bad(error, "identification without a version");
  gsize version = (gsize)(software - protocol);
  for (gsize i = 0; i < version; i++)
    if (!g_ascii_isdigit(protocol[i]) && protocol[i] != '.')
      return bad(error, "identification with a version that is none");
  software++;
  const char *blank = memchr(software, ' ', (gsize)(end - software));
  const char *stop = blank != NULL ? blank : end;
  if (stop == software)
    return bad(error, "identification without a software");
  out->protocol = g_strndup(protocol, version);
  out->software = printable(software, (gsize)(stop - software));
  out->comments = blank != NULL ? printable(blank + 1, (gsize)(end - blank - 1)) : g_strdup("");
  return AK_PARSE_DONE;
}

AkParse ak_ssh_ident_parse(const void *data, gsize size, AkSshIdent *out, gsize *used,
                           GError **error) {
  const char *at = data, *end = at + size;
  for (guint lines = 0; lines < AK_SSH_MAX_LINES; lines++) {
    gsize left = (gsize)(end - at);
    const char *newline = left > 0 ? memchr(at, '\n', left) : NULL;
    gsize length = newline != NULL ? (gsize)(newline - at) : left;
    if (length > AK_SSH_MAX_LINE)
      break;
    if (newline == NULL)
      return AK_PARSE_MORE;
    gsize text = length > 0 && at[length - 1] == '\r' ? length - 1 : length;
    if (text >= 4 && memcmp(at, "SSH-", 4) == 0) {
      *used = (gsize)(newline + 1 - (const char *)data);
      return take_ident(at, text, out, error);
    }
    at = newline + 1;
  }
  ak_error_set(error, AK_ERROR_LIMIT, "ssh: no identification in the first lines");
  return AK_PARSE_BAD;
}

/* --- packets
 * ---------------------------------------------------------------------------------------- */

AkParse ak_ssh_packet_parse(const void *data, gsize size, const guint8 **payload,
                            gsize *payload_size, gsize *used, GError **error) {
  AkReader reader = ak_reader_init(data, size), packet;
  guint32 length = 0;
  guint8 padding = 0;
  if (!ak_reader_u32be(&reader, &length, NULL))
    return AK_PARSE_MORE;
  if (length > AK_SSH_MAX_PACKET) {
    ak_error_set(error, AK_ERROR_LIMIT, "ssh: packet of %u bytes", length);
    return AK_PARSE_BAD;
  }
  if (length < 1 + MIN_PADDING + 1)
    return bad(error, "packet without a payload");
  if (ak_reader_left(&reader) > 0 && reader.data[reader.position] >= length - 1)
    return bad(error, "padding longer than the packet");
  if (!ak_reader_sub(&reader, length, &packet, NULL))
    return AK_PARSE_MORE;
  if (!ak_reader_u8(&packet, &padding, error) ||
      !ak_reader_bytes(&packet, length - 1 - padding, payload, error))
    return AK_PARSE_BAD;
  *payload_size = length - 1 - padding;
  *used = reader.position;
  return AK_PARSE_DONE;
}

GBytes *ak_ssh_packet_build(const void *payload, gsize size, GError **error) {
  static const guint8 zeros[MIN_PADDING + BLOCK];
  g_autoptr(AkWriter) out = ak_writer_new(AK_SSH_MAX_PACKET + 4);
  gsize over = (4 + 1 + size + MIN_PADDING) % BLOCK;
  gsize padding = MIN_PADDING + (over > 0 ? BLOCK - over : 0);
  if (size == 0 || size > AK_SSH_MAX_PACKET - sizeof zeros) {
    ak_error_set(error, AK_ERROR_LIMIT, "ssh: payload of %" G_GSIZE_FORMAT " bytes", size);
    return NULL;
  }
  ak_writer_u32be(out, (guint32)(1 + size + padding));
  ak_writer_u8(out, (guint8)padding);
  ak_writer_bytes(out, payload, size);
  ak_writer_bytes(out, zeros, padding);
  return ak_writer_end(out, error);
}

/* --- KEXINIT
 * ----------------------------------------------------------------------------------------- */

void ak_ssh_kexinit_clear(AkSshKexinit *self) {
  for (guint i = 0; i < AK_SSH_LISTS; i++)
    g_clear_pointer(&self->lists[i], g_strfreev);
}

static bool is_name(const char *name) {
  gsize length = strlen(name);
  for (gsize i = 0; i < length; i++)
    if (name[i] <= ' ' || name[i] > '~')
      return false;
  return length <= MAX_NAME;
}

/* Some servers end a list with a comma (libssh 0.10.6 does); the empty name between two is none. */
static void remove_empty(GStrv names) {
  char **to = names;
  for (char **from = names; *from != NULL; from++)
    if (**from != '\0')
      *to++ = *from;
    else
      g_free(*from);
  *to = NULL;
}

static bool read_list(AkReader *reader, GStrv *out, GError **error) {
  guint32 size = 0;
  const guint8 *bytes = NULL;
  if (!ak_reader_u32be(reader, &size, error) || !ak_reader_bytes(reader, size, &bytes, error))
    return false;
  if (size > 0 && memchr(bytes, '\0', size) != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "ssh: NUL in a name list");
  g_autofree char *text = g_strndup(size > 0 ? (const char *)bytes : "", size);
  g_auto(GStrv) names = size > 0 ? g_strsplit(text, ",", MAX_NAMES + 1) : g_new0(char *, 1);
  if (g_strv_length(names) > MAX_NAMES)
    return ak_error_set(error, AK_ERROR_LIMIT, "ssh: more than %d names in a list", MAX_NAMES);
  for (char **name = names; *name != NULL; name++)
    if (!is_name(*name))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "ssh: a name list with what is no name");
  remove_empty(names);
  *out = g_steal_pointer(&names);
  return true;
}

bool ak_ssh_kexinit_parse(const guint8 *payload, gsize size, AkSshKexinit *out, GError **error) {
  AkReader reader = ak_reader_init(payload, size);
  g_auto(AkSshKexinit) read = {0};
  guint8 message = 0, follows = 0;
  guint32 reserved = 0;
  if (!ak_reader_u8(&reader, &message, error))
    return false;
  if (message != MESSAGE_KEXINIT)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "ssh: message %u instead of KEXINIT",
                        message);
  if (!ak_reader_skip(&reader, COOKIE_SIZE, error))
    return false;
  for (guint i = 0; i < AK_SSH_LISTS; i++)
    if (!read_list(&reader, &read.lists[i], error))
      return false;
  if (!ak_reader_u8(&reader, &follows, error) || !ak_reader_u32be(&reader, &reserved, error))
    return false;
  *out = read;
  read = (AkSshKexinit){0};
  return true;
}

bool ak_proto_ssh_fuzz(const guint8 *data, gsize size);
/* An identification and the first packet, as a server sends them. */
bool ak_proto_ssh_fuzz(const guint8 *data, gsize size) {
  g_auto(AkSshIdent) ident = {0};
  g_auto(AkSshKexinit) kexinit = {0};
  const guint8 *payload = NULL;
  gsize used = 0, payload_size = 0, packet = 0;
  g_autoptr(GError) error = NULL;
  AkParse result = ak_ssh_ident_parse(data, size, &ident, &used, &error);
  g_assert((result == AK_PARSE_BAD) == (error != NULL));
  if (result != AK_PARSE_DONE)
    return false;
  result = ak_ssh_packet_parse(data + used, size - used, &payload, &payload_size, &packet, &error);
  g_assert((result == AK_PARSE_BAD) == (error != NULL));
  return result == AK_PARSE_DONE && ak_ssh_kexinit_parse(payload, payload_size, &kexinit, NULL);
}
