/* The allow-list: which addresses may be contacted. Numeric only; nothing is resolved. */
#pragma once

#include <sys/socket.h>

#include "util/error.h"

typedef struct {
  struct sockaddr_storage storage; /* port 0 until ak_allow_address_set_port */
  socklen_t size;
} AkAllowAddress;

typedef struct _AkAllow AkAllow;

/* From NULL-terminated numeric addresses and CIDR prefixes; NULL or an empty list allows nothing.
 * CONFIG names an entry that is neither. */
AkAllow *ak_allow_new(const char *const *entries, GError **error);
void ak_allow_free(AkAllow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAllow, ak_allow_free)

/* Parses `address` and checks it: PERMISSION "ADDRESS is outside the authorization", also for
 * unspecified, multicast and broadcast addresses whatever the list says; INVALID_DATA where it is no
 * numeric address. IPv4 written as IPv6 (::ffff:192.0.2.1) counts as IPv4. `out` is written only on
 * success. Any thread. */
bool ak_allow_check(const AkAllow *self, const char *address, AkAllowAddress *out, GError **error);

void ak_allow_address_set_port(AkAllowAddress *self, guint16 port);
/* The same address, and with `with_port` the same port? */
bool ak_allow_address_equal(const AkAllowAddress *a, const AkAllowAddress *b, bool with_port);
