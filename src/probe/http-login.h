/* Logging in over HTTP: what asks for it, and one attempt at a time. */
#pragma once

#include "probe/attempt.h"
#include "probe/client.h"

typedef enum {
  AK_HTTP_LOGIN_NONE,
  AK_HTTP_LOGIN_BASIC,
  AK_HTTP_LOGIN_DIGEST,
  AK_HTTP_LOGIN_FORM
} AkHttpLoginMechanism;
/* "none", "basic", "digest", "form" */
const char *ak_http_login_mechanism_name(AkHttpLoginMechanism mechanism);

/* A page as a browser without credentials gets it, after redirects inside the service. */
typedef struct {
  AkHttpResponse *response;
  AkHttpLoginMechanism mechanism; /* what it asks for */
  bool known;                     /* the mechanism could be told: not for 403, 404, errors */
  bool open;                      /* it answered 2xx and asks for nothing */
  AkRedirect redirect;            /* BESIDE or OUTSIDE where it sends the browser away */
  char *elsewhere;                /* the origin that it sends it to, or NULL */
} AkHttpLoginPage;
void ak_http_login_page_clear(AkHttpLoginPage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkHttpLoginPage, ak_http_login_page_clear)

/* Writes `out` only on success. */
bool ak_http_login_page_get(const AkPeer *peer, bool tls, const char *path, AkHttpLoginPage *out,
                            GError **error);

typedef struct {
  const AkPeer *peer;
  bool tls;
  AkHttpLoginMechanism mechanism;
  const char *path;                                       /* refused without log-in */
  const char *login_path;                                 /* FORM */
  const char *user_field, *password_field, *failure_text; /* FORM; failure_text may be NULL */
} AkHttpLogin;

/* From a service's `auth` object (docs/formats/product.md), which is borrowed; of another mechanism
 * where the page was seen to use one. */
AkHttpLogin ak_http_login_of(const AkPeer *peer, bool tls, AkHttpLoginMechanism mechanism,
                             const json_t *auth);

/* One attempt, accounted for as such; LOCKED where it is answered with 423, 429, or 503 with
 * Retry-After. False only with an error that ends the test. */
bool ak_http_login_try(const AkHttpLogin *self, const char *user, const char *password,
                       AkAttempt *out, GError **error);
