/* Streams of events about runs: one thread looks at the runs that somebody listens to, and each
 * connection waits suspended until there is something to say. No thread of the server ever waits.
 *
 * Bounded: AK_STREAMS_MAX at a time, each for AK_STREAMS_LIFE_S at most; a client connects again by
 * itself. Events: docs/formats/api.md. */
#pragma once

#include "app/workspace.h"
#include "web/libmicrohttpd.h"

#define AK_STREAMS_MAX 32
#define AK_STREAMS_LIFE_S 1800
#define AK_STREAMS_TICK_MS 1000     /* how often a run is looked at */
#define AK_STREAMS_HEARTBEAT_S 10   /* so that a client that went away is noticed */

typedef struct _AkStreams AkStreams;

/* Borrows the workspace, and starts the thread with the first stream. */
AkStreams *ak_streams_new(AkWorkspace *workspace);
/* Ends every stream and opens no more: before MHD_stop_daemon, while the daemon still runs. */
void ak_streams_close(AkStreams *self);
void ak_streams_free(AkStreams *self); /* after MHD_stop_daemon */

/* The response of a stream about `run_id` (the caller destroys it after queueing, once, on
 * `connection`); NULL where as many as may be are open. */
struct MHD_Response *ak_streams_response(AkStreams *self, struct MHD_Connection *connection,
                                         const char *run_id);
guint ak_streams_open(AkStreams *self); /* how many there are */
