/* Telnet as a client: data taken out of the stream, options refused or agreed to, lines sent.
 *
 * Source: RFC 854 (protocol), RFC 855 (options), RFC 857 (ECHO), RFC 858 (SUPPRESS GO AHEAD),
 * RFC 1143, 7 (an option is answered once, so that negotiations end). */
#pragma once

#include "util/error.h"

#define AK_TELNET_MAX_TEXT 65536 /* bytes of data kept; what comes later is dropped and `cut` set  \
                                  */

typedef struct _AkTelnet AkTelnet;

AkTelnet *ak_telnet_new(void);
void ak_telnet_free(AkTelnet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTelnet, ak_telnet_free)

/* Feeds bytes as they come; any bytes are valid. */
void ak_telnet_feed(AkTelnet *self, const void *data, gsize size);

/* The data since the last ak_telnet_forget: ends of line are '\n', NUL is left out, bytes above 127
 * stay. Borrowed until the next call. */
const char *ak_telnet_text(const AkTelnet *self, gsize *size);
void ak_telnet_forget(AkTelnet *self);
bool ak_telnet_is_cut(const AkTelnet *self);
/* Did it negotiate any option? A plain text service does not. */
bool ak_telnet_negotiates(const AkTelnet *self);

/* What must be answered to options that were negotiated since the last call; NULL where nothing
 * must. */
GBytes *ak_telnet_take_reply(AkTelnet *self);

/* "DO TERMINAL-TYPE", "WILL ECHO": what the peer asked for, sorted. Caller frees. */
GStrv ak_telnet_options(const AkTelnet *self);

/* `text` with CR LF and IAC doubled. CONFIG where it holds CR or LF. */
GBytes *ak_telnet_line(const char *text, GError **error);
