#include "net/allow.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <string.h>

struct _AkAllow {
  GPtrArray *masks; /* of GInetAddressMask */
};

AkAllow *ak_allow_new(const char *const *entries, GError **error) {
  g_autoptr(AkAllow) self = g_new0(AkAllow, 1);
  self->masks = g_ptr_array_new_with_free_func(g_object_unref);
  for (gsize i = 0; entries != NULL && entries[i] != NULL; i++) {
    GInetAddressMask *mask = g_inet_address_mask_new_from_string(entries[i], NULL);
    if (mask == NULL) {
      ak_error_set(error, AK_ERROR_CONFIG, "%s: neither a numeric address nor a prefix", entries[i]);
      return NULL;
    }
    g_ptr_array_add(self->masks, mask);
  }
  return g_steal_pointer(&self);
}

void ak_allow_free(AkAllow *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->masks);
  g_free(self);
}

/* Source: RFC 4291, 2.5.5.2: ten zero bytes, two of 0xff, then the IPv4 address. */
static GInetAddress *parse(const char *address) {
  static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
  GInetAddress *parsed = g_inet_address_new_from_string(address);
  if (parsed == NULL || g_inet_address_get_family(parsed) != G_SOCKET_FAMILY_IPV6 ||
      memcmp(g_inet_address_to_bytes(parsed), mapped, sizeof mapped) != 0)
    return parsed;
  GInetAddress *inner = g_inet_address_new_from_bytes(
      g_inet_address_to_bytes(parsed) + sizeof mapped, G_SOCKET_FAMILY_IPV4);
  g_object_unref(parsed);
  return inner;
}

static bool is_single_host(GInetAddress *address) {
  static const guint8 broadcast[4] = {255, 255, 255, 255};
  bool is_broadcast = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4 &&
                      memcmp(g_inet_address_to_bytes(address), broadcast, 4) == 0;
  return !is_broadcast && !g_inet_address_get_is_any(address) &&
         !g_inet_address_get_is_multicast(address);
}

static void to_sockaddr(GInetAddress *address, AkAllowAddress *out) {
  const guint8 *bytes = g_inet_address_to_bytes(address);
  memset(out, 0, sizeof *out);
  if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4) {
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, bytes, sizeof in.sin_addr);
    memcpy(&out->storage, &in, sizeof in);
    out->size = sizeof in;
  } else {
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    memcpy(&in6.sin6_addr, bytes, sizeof in6.sin6_addr);
    memcpy(&out->storage, &in6, sizeof in6);
    out->size = sizeof in6;
  }
}

bool ak_allow_check(const AkAllow *self, const char *address, AkAllowAddress *out,
                    GError **error) {
  g_autoptr(GInetAddress) parsed = parse(address);
  if (parsed == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no numeric address", address);
  bool allowed = false;
  for (guint i = 0; !allowed && i < self->masks->len; i++)
    allowed = g_inet_address_mask_matches(self->masks->pdata[i], parsed);
  if (!allowed || !is_single_host(parsed))
    return ak_error_set(error, AK_ERROR_PERMISSION, "%s is outside the authorization", address);
  to_sockaddr(parsed, out);
  return true;
}

void ak_allow_address_set_port(AkAllowAddress *self, guint16 port) {
  /* the port stands at the same place in both (RFC 3493, 3.3) */
  G_STATIC_ASSERT(offsetof(struct sockaddr_in, sin_port) ==
                  offsetof(struct sockaddr_in6, sin6_port));
  guint16 wire = htons(port);
  memcpy((char *)&self->storage + offsetof(struct sockaddr_in, sin_port), &wire, sizeof wire);
}

bool ak_allow_address_equal(const AkAllowAddress *a, const AkAllowAddress *b, bool with_port) {
  if (a->storage.ss_family != b->storage.ss_family)
    return false;
  bool is_v4 = a->storage.ss_family == AF_INET;
  gsize at = is_v4 ? offsetof(struct sockaddr_in, sin_addr) : offsetof(struct sockaddr_in6, sin6_addr);
  const char *one = (const char *)&a->storage, *other = (const char *)&b->storage;
  gsize port = offsetof(struct sockaddr_in, sin_port);
  return memcmp(one + at, other + at, is_v4 ? 4 : 16) == 0 &&
         (!with_port || memcmp(one + port, other + port, 2) == 0);
}
