#include "probe/ftp-session.h"

#include <string.h>

#include "probe/heard.h"

#define LIMIT (AK_FTP_MAX_REPLY + 1024)
#define AUTH_AGREED 234 /* RFC 4217, 4 */

static AkParse parse(gpointer out, const void *data, gsize size, gsize *used, GError **error) {
  return ak_ftp_reply_parse(data, size, out, used, error);
}

static bool read_reply(AkFtpSession *self, AkFtpReply *out, GError **error) {
  ak_stream_renew(self->stream, self->timeout_ms);
  return ak_heard_read(self->stream, self->heard, LIMIT, parse, out, error);
}

AkFtpSession *ak_ftp_session_open(const AkPeer *peer, bool tls, AkFtpReply *greeting,
                                  GError **error) {
  AkStream *stream = ak_stream_open(peer, tls, NULL, error);
  if (stream == NULL)
    return NULL;
  g_autoptr(AkFtpSession) self = g_new0(AkFtpSession, 1);
  self->stream = stream;
  self->heard = g_byte_array_new();
  self->timeout_ms = peer->timeout_ms;
  return read_reply(self, greeting, error) ? g_steal_pointer(&self) : NULL;
}

void ak_ftp_session_free(AkFtpSession *self) {
  if (self == NULL)
    return;
  ak_stream_free(self->stream);
  g_byte_array_unref(self->heard);
  g_free(self);
}

bool ak_ftp_session_ask(AkFtpSession *self, const char *verb, const char *argument, AkFtpReply *out,
                        GError **error) {
  g_autofree char *command = ak_ftp_command_build(verb, argument, error);
  ak_ftp_reply_clear(out);
  ak_stream_renew(self->stream, self->timeout_ms);
  return command != NULL && ak_stream_write(self->stream, command, strlen(command), error) &&
         read_reply(self, out, error);
}

bool ak_ftp_session_auth_tls(AkFtpSession *self, bool *agreed, AkFtpReply *out, GError **error) {
  *agreed = false;
  if (!ak_ftp_session_ask(self, "AUTH", "TLS", out, error))
    return false;
  *agreed = out->code == AUTH_AGREED;
  /* what was sent in the clear after the agreement must not be read as if it came from inside */
  g_byte_array_set_size(self->heard, 0);
  return !*agreed || ak_stream_start_tls(self->stream, error);
}

bool ak_ftp_session_wants_tls(const AkFtpReply *reply) {
  static const char *const words[] = {"tls", "ssl", "encrypt", "cleartext", "clear text", "secure"};
  g_autofree char *lower = g_ascii_strdown(reply->text, -1);
  bool says = false;
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    says = says || strstr(lower, words[i]) != NULL;
  return reply->code >= 400 && says;
}
