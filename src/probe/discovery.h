/* What both discoveries share: a sweep of the ports that params "ports" names, and what is observed of it:
 * net.port.open on each open service, net.port.unknown and net.coverage on the address. */
#pragma once

#include "core/test.h"
#include "net/net.h"

#define AK_DISCOVERY_TRIES 3

/* `wall_ms` (UDP): ports that are not decided by then are unknown; 0: no end. Nothing is observed and the
 * error is set where the address may not be contacted or the ports cannot be read. */
bool ak_discovery_run(const AkCall *call, AkSink *sink, AkTransport transport, guint wall_ms,
                      GError **error);
