/* The network as a test sees it: everything goes through one small table, so that the same probe runs
 * in a worker (connections are made by the parent, which holds the allow-list and the rate), in the
 * main process, and against a script in its own test.
 *
 * Addresses are numeric; names are never resolved here. Every call checks the allow-list first and
 * fails with PERMISSION, "ADDRESS is outside the authorization", before a packet is sent. */
#pragma once

#include "util/error.h"

typedef enum { AK_TRANSPORT_TCP, AK_TRANSPORT_UDP } AkTransport;

typedef enum {
  AK_PORT_OPEN,    /* TCP: connect() succeeded; UDP: a datagram came back from this very port */
  AK_PORT_CLOSED,  /* refused: by RST, or by ICMP port unreachable from the device itself */
  AK_PORT_UNKNOWN, /* no answer after all retries, or another ICMP error: never taken as closed */
} AkPortState;

typedef struct {
  const char *address;
  AkTransport transport;
  guint16 first_port, last_port; /* both included */
  guint timeout_ms;              /* for one try; 0: the back end's default */
  guint tries;                   /* 0: the default, 3 */
  guint wall_ms; /* UDP: what is not decided by then is UNKNOWN, and that is no error; 0: no end */
  bool credentials; /* UDP: openers that hold a well-known credential may be said; set by the back end */
  guint max_sockets; /* TCP: open at once, set by the back end; 0: half of what the process may have */
} AkSweep;

#define AK_SWEEP_TRIES 3 /* the default */
#define AK_SWEEP_MORE 2000 /* UDP: datagrams beyond the tries, for those repeated at a slower pace; 20 a
                            port at most */

#define AK_ASK_MAX_BYTES 1400  /* of one datagram that is sent: what passes everywhere unfragmented */
#define AK_ASK_MAX_ANSWERS 16  /* as many as fit a frame of a worker */

/* One datagram that asks, and what comes back. */
typedef struct {
  const char *address;
  guint16 port;
  const void *data;
  gsize size;        /* at most AK_ASK_MAX_BYTES */
  guint timeout_ms;  /* for one try */
  guint tries;       /* datagrams sent while nothing answers; 1 … 5 */
  guint max_answers; /* 1 … AK_ASK_MAX_ANSWERS; with more than one, all that come in the time are waited for */
  bool any_port;     /* takes answers from other ports of the address too (SSDP, TFTP) */
} AkAsk;

typedef struct {
  guint16 port; /* from which it came */
  GBytes *data;
} AkDatagram;
void ak_net_datagram_free(AkDatagram *self);

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
  /* Sends one datagram and returns what came back: GPtrArray of AkDatagram, at least one, the caller's.
   * NULL with TIMEOUT (no answer), IO (refused by ICMP, unreachable), PERMISSION, CONFIG for sizes or
   * numbers outside their ranges. No descriptor is handed out: what is sent is counted. */
  GPtrArray *(*ask)(AkNet *self, const AkAsk *ask, GError **error);
} AkNetClass;
struct _AkNet {
  const AkNetClass *class;
};

int ak_net_connect(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                   GError **error);
bool ak_net_sweep(AkNet *self, const AkSweep *sweep, AkPortState *states,
                  bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                  GError **error);
GPtrArray *ak_net_ask(AkNet *self, const AkAsk *ask, GError **error);
/* The most that a sweep sends: connections, or datagrams. */
guint64 ak_net_sweep_packets(const AkSweep *sweep);
bool ak_net_is_askable(const AkAsk *ask); /* are its numbers in their ranges? */

/* The back end that really opens sockets (net/direct.c): allow-list, token bucket, retries. */
typedef struct _AkNetDirect AkNetDirect;
typedef struct {
  /* Numeric addresses or CIDR prefixes that may be contacted; NULL-terminated. */
  const char *const *allowed;
  guint packets_per_second; /* 0: unlimited (loopback and namespaces made by akashi) */
  /* Network namespace in which connections are made ("akashi-lab", see ip-netns(8)); NULL: this one.
   * Only names that begin with "akashi-" are entered. */
  const char *network_namespace;
  bool credentials; /* attempts with well-known credentials are allowed (SNMP's communities in a sweep) */
  guint sharers; /* how many of these work in this process at once and divide its descriptors; 0: 1 */
} AkNetPolicy;
AkNetDirect *ak_net_direct_new(const AkNetPolicy *policy, GError **error);
void ak_net_direct_free(AkNetDirect *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkNetDirect, ak_net_direct_free)
AkNet *ak_net_direct_net(AkNetDirect *self); /* borrowed; any thread */

/* Is there a namespace of this name that akashi made, may we enter it, and is `address` one of its own? */
bool ak_net_namespace_has(const char *name, const char *address);
