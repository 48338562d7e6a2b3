/* The network inside a worker: each connection is asked of the parent. */
#pragma once

#include "net/net.h"
#include "sandbox/frame.h"
#include "sandbox/worker.h"

/* Worker side: an AkNet that sends frames on `stream` (borrowed) and waits for the answer; one
 * thread. `progress` of a sweep is shown by the parent. Caller frees with g_free. */
AkNet *ak_worker_net_new(AkFrameStream *stream);

/* Parent side: answers a CONNECT, SWEEP or ASK frame with `handler`'s net, within the stream's deadline.
 * INVALID_DATA for a frame that breaks its format: the worker lies. A refused connection is an
 * answer, no error. Takes connections, swept ports and datagrams (each try of each) from
 * `packets_left`; refuses with LIMIT when it is not enough. */
bool ak_worker_net_serve(AkFrameStream *stream, const AkFrame *request,
                         const AkWorkerHandler *handler, gpointer data, guint64 *packets_left,
                         GError **error);
