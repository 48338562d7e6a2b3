/* HTTP/1.x: requests built, responses parsed piece by piece under limits.
 *
 * The parser is lenient where old devices are sloppy (bare LF, folded headers, missing reason) and
 * strict where two readings of the same bytes would differ (two lengths, NUL bytes).
 * Source: RFC 9112 (message syntax), RFC 9110 (fields). */
#pragma once

#include "util/error.h"

#define AK_HTTP_MAX_LINE 16384    /* bytes of one line */
#define AK_HTTP_MAX_HEADERS 128
#define AK_HTTP_MAX_HEAD 65536    /* bytes of status line and headers, interim answers included */

typedef struct {
  char *name, *value; /* owned; bytes as sent, without white space around */
} AkHttpHeader;

typedef struct {
  guint status; /* 100 … 999 */
  guint minor;  /* of HTTP/1.minor */
  char *reason; /* owned; may be "" */
  GPtrArray *headers; /* of AkHttpHeader, in the order sent */
  GByteArray *body;   /* decoded from chunks; NUL-terminated beside its length once done */
  bool body_cut;      /* it was longer than the limit, or ended before its announced length */
} AkHttpResponse;

void ak_http_response_free(AkHttpResponse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkHttpResponse, ak_http_response_free)

/* The value of the first header `name` (any case), or NULL. Borrowed. */
const char *ak_http_response_header(const AkHttpResponse *self, const char *name);

typedef struct _AkHttpParser AkHttpParser;

/* For one response; `head` where the request was HEAD, so that no body follows. At most
 * `max_body_bytes` of the body are kept; what is longer ends the response with `body_cut`. */
AkHttpParser *ak_http_parser_new(gsize max_body_bytes, bool head);
void ak_http_parser_free(AkHttpParser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkHttpParser, ak_http_parser_free)

/* Feeds bytes as they come. INVALID_DATA where this is no HTTP/1.x, LIMIT above a limit; the parser is
 * of no use then. Bytes after the end of the response are ignored. */
bool ak_http_parser_feed(AkHttpParser *self, const void *data, gsize size, GError **error);
/* The connection was closed. INVALID_DATA before the headers' end; a body that ends too early is cut. */
bool ak_http_parser_close(AkHttpParser *self, GError **error);
bool ak_http_parser_is_done(const AkHttpParser *self);
/* Was a status line read? Then the peer speaks HTTP, whatever comes after. */
bool ak_http_parser_saw_status(const AkHttpParser *self);
/* Hands over the response, once done; NULL before. */
AkHttpResponse *ak_http_parser_take(AkHttpParser *self);

typedef struct {
  const char *method; /* "GET" */
  const char *host;   /* value of the Host header */
  const char *target; /* "/path?query" */
  const char *authorization; /* value of the header, or NULL */
  const char *cookie;        /* value of the header, or NULL */
  const char *body;          /* or NULL: application/x-www-form-urlencoded */
} AkHttpRequest;

/* The bytes of a request, NUL-terminated; the connection closes after the answer. CONFIG where a value
 * holds control characters (it would become a second request). Caller frees. */
char *ak_http_request_build(const AkHttpRequest *request, gsize *size, GError **error);
