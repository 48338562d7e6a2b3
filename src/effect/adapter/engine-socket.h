/* Orders to a network engine over its Unix socket: lines of JSON, each answered by one.
 *
 *   {"version": "0.2"}                                   →  {"return": "OK"}
 *   {"command": "pcap-file", "arguments": {…}}           →  {"return": "OK", "message": …}
 *
 * What the engine says is hostile: a line has a largest length and a time, and a line that nobody asked for
 * ends the talk, whether it comes with an answer or before the next order.
 *
 * Source: Suricata's developer guide, "Interacting via Unix Socket" (protocol 0.2: a newline ends each
 * message; an order has at most 4,095 bytes). */
#pragma once

#include "util/json.h"

typedef enum {
  AK_ENGINE_DONE,
  AK_ENGINE_REFUSED, /* "return" is "NOK" */
  AK_ENGINE_BROKEN,  /* what it said is no answer */
  AK_ENGINE_CLOSED,
  AK_ENGINE_LATE,    /* nothing whole by the time given */
} AkEngineEnd;

typedef struct _AkEngineSocket AkEngineSocket;

/* Connects to the socket at `path`, which must not be a link, and agrees on the protocol. NULL with the
 * end: CLOSED where nobody listens (yet). Times are monotonic. */
AkEngineSocket *ak_engine_socket_open(const char *path, gint64 until_ns, AkEngineEnd *end);
void ak_engine_socket_free(AkEngineSocket *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEngineSocket, ak_engine_socket_free)

/* One order and its answer; `arguments` may be NULL, `message` (out, may be NULL) is the caller's and may
 * be NULL though it is DONE. After anything but DONE and REFUSED no order can be given any more. */
AkEngineEnd ak_engine_socket_ask(AkEngineSocket *self, const char *command, json_t *arguments,
                                 gint64 until_ns, json_t **message);

/* Is the connection open, and has nothing come since the last answer? */
bool ak_engine_socket_is_quiet(const AkEngineSocket *self);

/* Reads an answer, without its newline. */
AkEngineEnd ak_engine_socket_read(const char *line, gsize size, json_t **message);
bool ak_effect_adapter_engine_socket_fuzz(const guint8 *data, gsize size);
