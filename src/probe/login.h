/* Logging in over HTTP: what asks for it, and one attempt at a time. */
#pragma once

#include "probe/client.h"

typedef enum { AK_LOGIN_NONE, AK_LOGIN_BASIC, AK_LOGIN_DIGEST, AK_LOGIN_FORM } AkLoginMechanism;
/* "none", "basic", "digest", "form" */
const char *ak_login_mechanism_name(AkLoginMechanism mechanism);

/* A page as a browser without credentials gets it, after redirects inside the service. */
typedef struct {
  AkHttpResponse *response;
  AkLoginMechanism mechanism; /* what it asks for */
  bool known;    /* the mechanism could be told: not for 403, 404, errors */
  bool open;     /* it answered 2xx and asks for nothing */
  AkRedirect redirect; /* BESIDE or OUTSIDE where it sends the browser away */
  char *elsewhere;     /* the origin that it sends it to, or NULL */
} AkLoginPage;
void ak_login_page_clear(AkLoginPage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkLoginPage, ak_login_page_clear)

/* Writes `out` only on success. */
bool ak_login_page_get(const AkPeer *peer, bool tls, const char *path, AkLoginPage *out,
                       GError **error);

typedef struct {
  const AkPeer *peer;
  bool tls;
  AkLoginMechanism mechanism;
  const char *path;       /* refused without log-in */
  const char *login_path; /* FORM */
  const char *user_field, *password_field, *failure_text; /* FORM; failure_text may be NULL */
} AkLogin;

/* From a service's `auth` object (docs/formats/product.md), which is borrowed; of another mechanism where
 * the page was seen to use one. */
AkLogin ak_login_of(const AkPeer *peer, bool tls, AkLoginMechanism mechanism, const json_t *auth);

typedef enum {
  AK_LOGIN_REFUSED, /* wrong credentials */
  AK_LOGIN_GRANTED, /* the page was shown; the caller must see that wrong credentials are refused */
  AK_LOGIN_LOCKED,  /* refused whatever the credentials: 423, 429, or 503 with Retry-After */
  AK_LOGIN_BROKEN,  /* no answer, or one that fits nothing */
} AkLoginResult;

typedef struct {
  AkLoginResult result;
  guint status;         /* 0: no answer */
  gint64 took_us;       /* of the request that carried the credentials */
  guint retry_after_s;  /* 0: not said */
  bool says_locked;     /* its text does */
  char *evidence;       /* masked; or NULL */
  char *reason;         /* BROKEN */
} AkLoginAnswer;
void ak_login_answer_clear(AkLoginAnswer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkLoginAnswer, ak_login_answer_clear)

/* One attempt, accounted for as such. False only with an error that ends the test. */
bool ak_login_try(const AkLogin *self, const char *user, const char *password, AkLoginAnswer *out,
                  GError **error);

/* A password that nobody has: 24 letters. Caller frees. */
char *ak_login_random_password(void);

/* Sleeps in small steps; CANCELLED. */
bool ak_login_wait(AkSink *sink, guint wait_ms, GError **error);
