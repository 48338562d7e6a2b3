/* Values that become an address: fetched by the server, or sent to the browser. Nothing is fetched.
 */
#include <arpa/inet.h>
#include <string.h>

#include "effect/target/weakness.h"

/* Networks that nobody outside has a right to reach through a server. Source: RFC 6890;
 * 100.64.0.0/10: RFC 6598. */
static const struct {
  guint32 address, mask;
} inner_networks[] = {
    {0x00000000, 0xff000000}, {0x0a000000, 0xff000000}, {0x64400000, 0xffc00000},
    {0x7f000000, 0xff000000}, {0xa9fe0000, 0xffff0000}, {0xac100000, 0xfff00000},
    {0xc0a80000, 0xffff0000},
};

static bool is_inner_v4(guint32 address) {
  for (gsize i = 0; i < G_N_ELEMENTS(inner_networks); i++)
    if ((address & inner_networks[i].mask) == inner_networks[i].address)
      return true;
  return false;
}

static bool is_inner_v6(const guint8 *bytes) {
  static const guint8 zeros[15] = {0}, mapped[12] = {[10] = 0xff, [11] = 0xff};
  if (memcmp(bytes, mapped, 12) == 0)
    return is_inner_v4((guint32)bytes[12] << 24 | (guint32)bytes[13] << 16 |
                       (guint32)bytes[14] << 8 | bytes[15]);
  return (memcmp(bytes, zeros, 15) == 0 && bytes[15] <= 1) || (bytes[0] & 0xfe) == 0xfc ||
         (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

static bool is_inner_host(const char *host) {
  struct in_addr v4;
  struct in6_addr v6;
  if (inet_aton(host, &v4) != 0) /* also "127.1", "0x7f000001", "2130706433" */
    return is_inner_v4(ntohl(v4.s_addr));
  if (inet_pton(AF_INET6, host, &v6) == 1)
    return is_inner_v6(v6.s6_addr);
  return g_ascii_strcasecmp(host, "localhost") == 0 || g_str_has_suffix(host, ".localhost") ||
         g_str_has_suffix(host, ".internal");
}

/* The host of what follows "scheme://"; caller frees. */
static char *host_of(const char *rest) {
  g_autofree char *authority = g_strndup(rest, strcspn(rest, "/?#\\"));
  const char *host = strrchr(authority, '@');
  host = host != NULL ? host + 1 : authority;
  if (*host == '[')
    return g_strndup(host + 1, strcspn(host + 1, "]"));
  char *bare = g_ascii_strdown(host, (gssize)strcspn(host, ":"));
  return bare;
}

bool ak_weakness_fetch(AkTargetCall *call) {
  const char *url = call->value->str, *rest = strstr(url, "://");
  g_string_append(call->page, "fetched");
  if (rest == NULL)
    return false;
  bool is_web =
      g_ascii_strncasecmp(url, "http://", 7) == 0 || g_ascii_strncasecmp(url, "https://", 8) == 0;
  if (!is_web) { /* other protocols than the web's reach what the web's cannot */
    gsize length = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+");
    return url + length == rest;
  }
  g_autofree char *host = host_of(rest + 3);
  return is_inner_host(host);
}

/* Where a browser would go; it takes "\" for "/". Source: URL Standard, 4.4. */
bool ak_weakness_redirect(AkTargetCall *call) {
  const char *to = call->value->str;
  while (*to != '\0' && (guchar)*to <= ' ')
    to++;
  g_string_append(call->page, "redirected");
  gsize slashes = strspn(to, "/\\"),
        scheme = strspn(to, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return slashes >= 2 || (scheme > 0 && to[scheme] == ':');
}

bool ak_weakness_header(AkTargetCall *call) {
  return strpbrk(call->value->str, "\r\n") != NULL;
}
