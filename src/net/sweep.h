/* Which ports of one address take a connection: the engine behind AkNet.sweep of net/direct.c. */
#pragma once

#include "net/allow.h"
#include "net/bucket.h"
#include "net/net.h"

/* As AkNetClass.sweep, for an address that was checked. `target` is borrowed; its port is ignored. */
bool ak_sweep_run(const AkAllowAddress *target, AkBucket *bucket, const AkSweep *sweep,
                  AkPortState *states,
                  bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                  GError **error);

/* One connection within `timeout_ms`, without the rate: a non-blocking socket, the caller's to close,
 * or -1 and the errno in `failure` (ETIMEDOUT; ECONNREFUSED also for a socket that met itself). */
int ak_sweep_connect(const AkAllowAddress *target, guint timeout_ms, int *failure);

/* Closes with a reset, so that no local port is kept in TIME_WAIT. */
void ak_sweep_drop(int fd);
