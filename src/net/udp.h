/* Datagrams: one question with its answers, and the sweep of a device's UDP ports. Behind AkNet.ask and
 * AkNet.sweep of net/direct.c, for addresses that were checked.
 *
 * Source: ip(7) and ipv6(7), IP_RECVERR; RFC 1122, 3.2.2.1 (port unreachable); RFC 4443, 3.1. */
#pragma once

#include "net/allow.h"
#include "net/bucket.h"
#include "net/net.h"

/* What came in on a socket that asks. */
typedef enum {
  AK_UDP_NOTHING, /* not now */
  AK_UDP_DATA,
  AK_UDP_REFUSED,     /* ICMP port unreachable, from the target itself */
  AK_UDP_UNREACHABLE, /* another ICMP error, or port unreachable said by somebody else */
} AkUdpEvent;

/* A non-blocking socket of which the target sees one source address and port, and which hears ICMP
 * errors; `target` needs a port where it is to be connected (then it hears only that port). It never
 * stands at the target's own port. -1 with IO. */
int ak_udp_open(const AkAllowAddress *target, bool connected, GError **error);

/* The next event. `port` gets the target's port that it is about. With DATA, `data` (at least
 * 65,507 bytes, or what fits) and `size` are written; datagrams of other addresses are passed over. */
AkUdpEvent ak_udp_next(int fd, const AkAllowAddress *target, guint16 *port, void *data, gsize room,
                       gsize *size);
/* Only what stands in the queue of errors: cheaper where many are due. */
AkUdpEvent ak_udp_next_error(int fd, const AkAllowAddress *target, guint16 *port);

/* Sends one datagram; false with the errno. Errors of earlier ones are not taken for this one's. */
bool ak_udp_send(int fd, const AkAllowAddress *target, const void *data, gsize size, int *failure);

/* As AkNetClass.ask; `target` has the port. `fd` is a socket of ak_udp_open. */
GPtrArray *ak_udp_ask(int fd, const AkAllowAddress *target, AkBucket *bucket, const AkAsk *ask,
                      GError **error);

/* As AkNetClass.sweep with AK_TRANSPORT_UDP. Ports that have an opener are asked first, with its bytes;
 * the others with an empty datagram. Ports that were answered only when asked again show that the
 * device holds answers back (Linux: one a second after a burst of six): then it is asked more slowly. */
bool ak_udp_sweep(const AkAllowAddress *target, AkBucket *bucket, const AkSweep *sweep,
                  AkPortState *states,
                  bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                  GError **error);
