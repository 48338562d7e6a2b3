/* What the probes of UDP services share: a question, its answers, and an observation with evidence. */
#pragma once

#include "probe/stream.h"

#define AK_DATAGRAM_TIMEOUT_MS 1000 /* of one try */
#define AK_DATAGRAM_TRIES 3

/* Sends `question` (taken) to the peer, up to three times, and accounts for it. GPtrArray of AkDatagram,
 * the caller's; NULL with TIMEOUT (silence), IO, or an error that ends the test. With `most` over one, all
 * that come within a try are waited for, from any port. */
GPtrArray *ak_datagram_ask(const AkPeer *peer, GBytes *question, guint most, GError **error);

/* One datagram, sent once, and `wait_ms` for its answer: for what must be counted exactly, such as wrong
 * passwords. Otherwise as above. */
GPtrArray *ak_datagram_ask_once(const AkPeer *peer, GBytes *question, guint wait_ms, GError **error);

/* The bytes of answer number `index`; borrowed. */
const guint8 *ak_datagram_bytes(const GPtrArray *answers, guint index, gsize *size);

/* Must the test end at this error (stopped, over a limit, outside the authorization)? */
bool ak_datagram_is_final(const GError *error);

/* Observes on the peer's service; takes `value`. `evidence` of `size` bytes is kept and cited; size 0:
 * none. */
bool ak_datagram_observe(const AkPeer *peer, const char *property, AkOutcome outcome, AkValue value,
                         const void *evidence, gsize size, GError **error);
bool ak_datagram_could_not(const AkPeer *peer, const char *property, const char *reason,
                           GError **error);
/* Clean texts of `items` (of char *) as a set: SEEN, or `none` where there are none. */
bool ak_datagram_observe_set(const AkPeer *peer, const char *property, const GPtrArray *items,
                             AkOutcome none, const void *evidence, gsize size, GError **error);
/* The coverage: `items` ends with NULL; CUT unless `whole`. */
bool ak_datagram_observe_coverage(const AkPeer *peer, const char *property,
                                  const GPtrArray *items, bool whole, GError **error);
