/* HTTP requests to one service, one connection each, and what is kept of them as evidence. */
#pragma once

#include "probe/stream.h"
#include "proto/http.h"

#define AK_CLIENT_MAX_BODY 262144

/* Sends and waits for the whole answer; `took_us` (may be NULL) gets the time from connecting to the
 * answer's end. Errors as ak_stream_open; INVALID_DATA also where the answer is no HTTP/1.x,
 * NOT_SUPPORTED where it goes wrong after its status line, LIMIT where it passes the parser's limits. The request's host is filled in. */
AkHttpResponse *ak_client_send(const AkPeer *peer, bool tls, const AkHttpRequest *request,
                               gint64 *took_us, GError **error);
AkHttpResponse *ak_client_get(const AkPeer *peer, bool tls, const char *target, GError **error);

typedef enum {
  AK_REDIRECT_NONE,    /* no redirect, or one that cannot be read */
  AK_REDIRECT_INSIDE,  /* the same service: `target` is written */
  AK_REDIRECT_BESIDE,  /* another service of the same address: not followed */
  AK_REDIRECT_OUTSIDE, /* another host: never contacted */
} AkRedirect;

/* Where `response` to `from` sends the browser. `target` (caller frees): the path and query inside the
 * service, or the origin elsewhere. */
AkRedirect ak_client_redirect(const AkPeer *peer, bool tls, const char *from,
                              const AkHttpResponse *response, char **target);

/* Request line and answer as text. Cookies, credentials and query strings are masked; with `with_body`
 * the first 4 KiB of the body, in which values of cookies are masked too. Caller frees. */
char *ak_client_evidence(const AkHttpRequest *request, const AkHttpResponse *response,
                         bool with_body);
