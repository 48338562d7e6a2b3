/* An FTP control connection: commands and their replies. */
#pragma once

#include "probe/stream.h"
#include "proto/ftp.h"

typedef struct {
  AkStream *stream;
  GByteArray *heard;
  guint timeout_ms; /* for one reply */
} AkFtpSession;

/* Connects, with `tls` inside TLS from the first byte, and reads the greeting (needs clearing).
 * Errors of the stream; INVALID_DATA where it is no FTP. */
AkFtpSession *ak_ftp_session_open(const AkPeer *peer, bool tls, AkFtpReply *greeting,
                                  GError **error);
void ak_ftp_session_free(AkFtpSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFtpSession, ak_ftp_session_free)

/* Sends a command and reads its reply. */
bool ak_ftp_session_ask(AkFtpSession *self, const char *verb, const char *argument, AkFtpReply *out,
                        GError **error);
/* AUTH TLS; where it is agreed to (234), the rest goes on inside TLS. False where the handshake
 * fails or no reply comes; `agreed` is written first. */
bool ak_ftp_session_auth_tls(AkFtpSession *self, bool *agreed, AkFtpReply *out, GError **error);

/* Does a refusal say that TLS is wanted? */
bool ak_ftp_session_wants_tls(const AkFtpReply *reply);
