/* DNS messages: a question built, an answer read. Source: RFC 1035, 4; RFC 6762 (mDNS). */
#pragma once

#include "util/error.h"

typedef enum {
  AK_DNS_A = 1,
  AK_DNS_NS = 2,
  AK_DNS_CNAME = 5,
  AK_DNS_PTR = 12,
  AK_DNS_TXT = 16,
  AK_DNS_AAAA = 28,
} AkDnsType;
typedef enum { AK_DNS_IN = 1, AK_DNS_CH = 3 } AkDnsClass;

#define AK_DNS_REFUSED 5
#define AK_DNS_SERVFAIL 2
#define AK_DNS_NXDOMAIN 3

typedef struct {
  const char *name; /* "version.bind", labels of 1 … 63 bytes; "" is the root */
  guint16 id;
  guint16 type, class;
  bool recursion_desired;
} AkDnsQuestion;
/* CONFIG for a name that cannot be written. */
GBytes *ak_dns_build(const AkDnsQuestion *question, GError **error);

typedef struct {
  char *name;
  guint16 type, class; /* class without mDNS's flush bit */
  char *text; /* A, AAAA: the address; PTR, NS, CNAME: the name; TXT: its strings joined; others NULL */
} AkDnsRecord;

typedef struct {
  guint16 id;
  bool response, authoritative, truncated, recursion_available;
  guint rcode;
  GPtrArray *answers; /* of AkDnsRecord */
  GPtrArray *others;  /* of the authority and additional sections */
} AkDnsMessage;
void ak_dns_message_free(AkDnsMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDnsMessage, ak_dns_message_free)

/* A whole message: INVALID_DATA where it breaks the format (a name of more than 255 bytes, a pointer that
 * does not lead back), LIMIT for more than 500 records. Bytes in names that are not printable ASCII, dots
 * inside labels and backslashes are written \DDD (RFC 1035, 5.1). */
AkDnsMessage *ak_dns_parse(const void *data, gsize size, GError **error);
