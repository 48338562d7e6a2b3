#include "proto/ftp.h"

#include <string.h>

void ak_ftp_reply_clear(AkFtpReply *self) {
  g_clear_pointer(&self->text, g_free);
}

static AkParse bad(GError **error, AkErrorCode code, const char *why) {
  ak_error_set(error, code, "ftp: %s", why);
  return AK_PARSE_BAD;
}

/* The next line without its end; NULL where it is not complete. */
static const char *next_line(const char **at, const char *end, gsize *length) {
  const char *line = *at, *newline = line < end ? memchr(line, '\n', (gsize)(end - line)) : NULL;
  if (newline == NULL)
    return NULL;
  *length = (gsize)(newline - line);
  if (*length > 0 && line[*length - 1] == '\r')
    (*length)--;
  *at = newline + 1;
  return line;
}

/* The code that a line begins with, 0 where none does: three digits, then a blank, a minus or the
 * end. */
static guint code_of(const char *line, gsize length) {
  if (length < 3 || line[0] < '1' || line[0] > '6' || line[1] < '0' || line[1] > '5' ||
      !g_ascii_isdigit(line[2]) || (length > 3 && line[3] != ' ' && line[3] != '-'))
    return 0;
  return (guint)(line[0] - '0') * 100 + (guint)(line[1] - '0') * 10 + (guint)(line[2] - '0');
}

static void append_text(GString *text, const char *line, gsize length, gsize skip) {
  if (text->len > 0)
    g_string_append_c(text, '\n');
  for (gsize i = MIN(skip, length); i < length; i++)
    if (line[i] != '\0')
      g_string_append_c(text, line[i]);
}

/* Could the rest, which is not a whole line yet, still become the first line of a reply? */
static bool may_begin(const char *line, gsize length) {
  for (gsize i = 0; i < MIN(length, 3); i++)
    if (!g_ascii_isdigit(line[i]))
      return false;
  return true;
}

AkParse ak_ftp_reply_parse(const void *data, gsize size, AkFtpReply *out, gsize *used,
                           GError **error) {
  const char *at = data, *end = at + size, *line;
  g_autoptr(GString) text = g_string_new(NULL);
  gsize length = 0;
  guint code = 0;
  while ((line = next_line(&at, end, &length)) != NULL) {
    if (length > AK_FTP_MAX_LINE || (gsize)(at - (const char *)data) > AK_FTP_MAX_REPLY)
      return bad(error, AK_ERROR_LIMIT, "a reply above the limit");
    guint found = code_of(line, length);
    if (code == 0 && found == 0)
      return bad(error, AK_ERROR_INVALID_DATA, "a reply without a code");
    bool ends = found != 0 && (code == 0 || found == code) && (length == 3 || line[3] == ' ');
    append_text(text, line, length, code == 0 || found == code ? 4 : 0);
    code = code == 0 ? found : code;
    if (!ends)
      continue;
    *out = (AkFtpReply){.code = code, .text = g_string_free(g_steal_pointer(&text), FALSE)};
    *used = (gsize)(at - (const char *)data);
    return AK_PARSE_DONE;
  }
  if (size > AK_FTP_MAX_REPLY || (gsize)(end - at) > AK_FTP_MAX_LINE)
    return bad(error, AK_ERROR_LIMIT, "a reply above the limit");
  if (code == 0 && !may_begin(at, (gsize)(end - at)))
    return bad(error, AK_ERROR_INVALID_DATA, "a reply without a code");
  return AK_PARSE_MORE;
}

char *ak_ftp_command_build(const char *verb, const char *argument, GError **error) {
  for (const char *at = argument; at != NULL && *at != '\0'; at++)
    if (g_ascii_iscntrl(*at)) {
      ak_error_set(error, AK_ERROR_CONFIG, "ftp: a control character in the argument of %s", verb);
      return NULL;
    }
  return g_strconcat(verb, argument != NULL ? " " : "", argument != NULL ? argument : "", "\r\n",
                     NULL);
}

bool ak_proto_ftp_fuzz(const guint8 *data, gsize size);
bool ak_proto_ftp_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GError) error = NULL;
  bool any = false;
  for (gsize at = 0; at < size;) {
    g_auto(AkFtpReply) reply = {0};
    gsize used = 0;
    AkParse result = ak_ftp_reply_parse(data + at, size - at, &reply, &used, &error);
    g_assert((result == AK_PARSE_BAD) == (error != NULL));
    if (result != AK_PARSE_DONE)
      return any && result == AK_PARSE_MORE;
    g_assert(used > 0 && used <= size - at && reply.code >= 100 && reply.code <= 659);
    at += used;
    any = true;
  }
  return any;
}
