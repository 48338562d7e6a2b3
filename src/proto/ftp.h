/* FTP replies and commands on the control connection.
 *
 * Source: RFC 959, 4.2 (replies), 5.3 (commands); RFC 4217 (AUTH TLS). */
#pragma once

#include "proto/parse.h"
#include "util/error.h"

#define AK_FTP_MAX_REPLY 65536 /* bytes of one reply with all of its lines */
#define AK_FTP_MAX_LINE 8192

typedef struct {
  guint code; /* 100 … 659 */
  char *text; /* owned; the lines without their codes and ends, joined by '\n'; bytes as sent */
} AkFtpReply;
void ak_ftp_reply_clear(AkFtpReply *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkFtpReply, ak_ftp_reply_clear)

/* One reply, of several lines where its first ends its code with '-'. DONE: `out` is written (needs
 * clearing) and `used` bytes were consumed. A bare LF ends a line too. */
AkParse ak_ftp_reply_parse(const void *data, gsize size, AkFtpReply *out, gsize *used,
                           GError **error);

/* "VERB ARGUMENT\r\n", `argument` may be NULL. CONFIG where it holds control characters. Caller
 * frees. */
char *ak_ftp_command_build(const char *verb, const char *argument, GError **error);
