/* A device in the test's own process: each connection is one end of a socket pair, and a function of the
 * test plays the server on a thread of its own. For tests. */
#pragma once

#include "net/net.h"

typedef struct _AkScript AkScript;

/* `serve` gets the server's end of connection number `connection` (0 …), which is closed when it
 * returns. */
AkScript *ak_script_new(void (*serve)(gpointer data, guint connection, int fd), gpointer data);
/* Waits for all servers to return. */
void ak_script_free(AkScript *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkScript, ak_script_free)

AkNet *ak_script_net(AkScript *self); /* borrowed; its TCP sweep says that every port is closed */
guint ak_script_connections(AkScript *self);
/* From connection `first` on, the next `count` connections are refused. */
void ak_script_refuse(AkScript *self, guint first, guint count);

/* Plays UDP too: `answer` says of a datagram to `port` whether the port is open, closed or silent
 * (UNKNOWN), and appends what an open one answers (of GBytes; none is silence as well). A UDP sweep says
 * what its openers are answered. */
void ak_script_answer(AkScript *self, AkPortState (*answer)(gpointer data, guint16 port,
                                                            const guint8 *bytes, gsize size,
                                                            GPtrArray *answers));
guint ak_script_datagrams(AkScript *self); /* how many were asked so far, each try of each */

/* Reads until `end` stands in what was read, or the peer closes or is silent for 2 s; at most 64 KiB.
 * Caller frees. */
char *ak_script_read_until(int fd, const char *end);
/* A whole HTTP request with its body; NULL where the peer closes before. Caller frees. */
char *ak_script_read_request(int fd);
/* Writes what it can. */
void ak_script_write(int fd, const void *data, gsize size);
void ak_script_say(int fd, const char *text);
