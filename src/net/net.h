/* The network as a test sees it: everything goes through one small table, so that the same probe runs
 * in a worker (connections are made by the parent, which holds the allow-list and the rate), in the
 * main process, and against a script in its own test.
 *
 * Addresses are numeric; names are never resolved here. Every call checks the allow-list first and
 * fails with PERMISSION, "ADDRESS is outside the authorization", before a packet is sent. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_PORT_OPEN,    /* answered with SYN+ACK: connect() succeeded */
  AK_PORT_CLOSED,  /* refused */
  AK_PORT_UNKNOWN, /* no answer after all retries, or an ICMP error: never taken as closed */
} AkPortState;

typedef struct {
  const char *address;
  guint16 first_port, last_port; /* both included */
  guint timeout_ms;              /* for one try; 0: the back end's default */
  guint tries;                   /* 0: the default, 3 */
} AkSweep;

typedef struct _AkNet AkNet;
typedef struct {
  /* A connected, non-blocking TCP socket, the caller's to close; -1 with TIMEOUT, IO (refused …) or
   * PERMISSION. A connection of a socket with itself counts as refused. */
  int (*connect)(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                 GError **error);
  /* Writes the state of port `first_port + i` to `states[i]`. Progress by `progress(done, total)`,
   * on the caller's thread, which returns false to cancel: then CANCELLED, and ports that were not
   * decided by then are UNKNOWN. */
  bool (*sweep)(AkNet *self, const AkSweep *sweep, AkPortState *states,
                bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                GError **error);
} AkNetClass;
struct _AkNet {
  const AkNetClass *class;
};

int ak_net_connect(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                   GError **error);
bool ak_net_sweep(AkNet *self, const AkSweep *sweep, AkPortState *states,
                  bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                  GError **error);

/* The back end that really opens sockets (net/direct.c): allow-list, token bucket, retries. */
typedef struct _AkNetDirect AkNetDirect;
typedef struct {
  /* Numeric addresses or CIDR prefixes that may be contacted; NULL-terminated. */
  const char *const *allowed;
  guint packets_per_second; /* 0: unlimited (loopback and namespaces made by akashi) */
  /* Network namespace in which connections are made ("akashi-lab", see ip-netns(8)); NULL: this one.
   * Only names that begin with "akashi-" are entered. */
  const char *network_namespace;
} AkNetPolicy;
AkNetDirect *ak_net_direct_new(const AkNetPolicy *policy, GError **error);
void ak_net_direct_free(AkNetDirect *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkNetDirect, ak_net_direct_free)
AkNet *ak_net_direct_net(AkNetDirect *self); /* borrowed; any thread */
