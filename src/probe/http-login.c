#include "probe/http-login.h"

#include <string.h>

#include "probe/form.h"

#define MAX_REDIRECTS 4
#define MAX_COOKIES 20
#define MAX_RETRY_S 86400

const char *ak_http_login_mechanism_name(AkHttpLoginMechanism mechanism) {
  static const char *const names[] = {"none", "basic", "digest", "form"};
  return names[mechanism];
}

void ak_http_login_page_clear(AkHttpLoginPage *self) {
  g_clear_pointer(&self->response, ak_http_response_free);
  g_clear_pointer(&self->elsewhere, g_free);
}

AkHttpLogin ak_http_login_of(const AkPeer *peer, bool tls, AkHttpLoginMechanism mechanism,
                             const json_t *auth) {
  AkHttpLogin self = {
      .peer = peer,
      .tls = tls,
      .mechanism = mechanism,
      .path = ak_json_string_or(auth, "path", "/"),
      .user_field = ak_json_string_or(auth, "user_field", "username"),
      .password_field = ak_json_string_or(auth, "password_field", "password"),
      .failure_text = ak_json_string_or(auth, "failure_text", NULL),
  };
  self.login_path = ak_json_string_or(auth, "login_path", self.path);
  return self;
}

/* --- what asks for a log-in ------------------------------------------------------------------- */

/* The challenge of `scheme` in an answer, after the scheme's name, or NULL. */
static const char *challenge(const AkHttpResponse *response, const char *scheme) {
  gsize length = strlen(scheme);
  for (guint i = 0; i < response->headers->len; i++) {
    const AkHttpHeader *header = response->headers->pdata[i];
    if (g_ascii_strcasecmp(header->name, "WWW-Authenticate") == 0 &&
        g_ascii_strncasecmp(header->value, scheme, length) == 0 &&
        (header->value[length] == ' ' || header->value[length] == '\0'))
      return header->value + length;
  }
  return NULL;
}

static bool is_login_form(const AkHttpResponse *response) {
  g_autoptr(AkForm) form = ak_form_scan(response->body->data, response->body->len);
  return form->has_password;
}

static void judge_page(AkHttpLoginPage *page) {
  const AkHttpResponse *response = page->response;
  page->known = true;
  if (response->status == 401 && challenge(response, "Basic") != NULL)
    page->mechanism = AK_HTTP_LOGIN_BASIC;
  else if (response->status == 401 && challenge(response, "Digest") != NULL)
    page->mechanism = AK_HTTP_LOGIN_DIGEST;
  else if ((response->status == 200 || response->status == 401 || response->status == 403) &&
           is_login_form(response))
    page->mechanism = AK_HTTP_LOGIN_FORM;
  else if (response->status >= 200 && response->status <= 299)
    page->open = true;
  else
    page->known = page->redirect == AK_REDIRECT_BESIDE || page->redirect == AK_REDIRECT_OUTSIDE;
}

bool ak_http_login_page_get(const AkPeer *peer, bool tls, const char *path, AkHttpLoginPage *out,
                            GError **error) {
  g_auto(AkHttpLoginPage) page = {0};
  g_autofree char *target = g_strdup(path);
  for (guint i = 0; i <= MAX_REDIRECTS; i++) {
    char *next = NULL;
    ak_http_login_page_clear(&page);
    page.response = ak_client_get(peer, tls, target, error);
    if (page.response == NULL)
      return false;
    page.redirect = ak_client_redirect(peer, tls, target, page.response, &next);
    if (page.redirect != AK_REDIRECT_INSIDE) {
      page.elsewhere = next;
      break;
    }
    g_free(target);
    target = next;
  }
  judge_page(&page);
  *out = page;
  page = (AkHttpLoginPage){0};
  return true;
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void judge(AkAttempt *out, const AkHttpResponse *response) {
  const char *retry = ak_http_response_header(response, "Retry-After");
  guint64 seconds = 0;
  if (retry != NULL && g_ascii_string_to_unsigned(retry, 10, 0, MAX_RETRY_S, &seconds, NULL))
    out->retry_after_s = (guint)seconds;
  g_autofree char *visible = ak_form_visible(response->body->data, response->body->len);
  guint status = response->status;
  out->status = status;
  out->says_locked = ak_form_says_locked(visible);
  if (status == 423 || status == 429 || (status == 503 && retry != NULL))
    out->result = AK_ATTEMPT_LOCKED;
  else if (status == 401 || status == 403)
    out->result = AK_ATTEMPT_REFUSED;
  else if (status >= 200 && status <= 399)
    out->result = AK_ATTEMPT_GRANTED;
  else
    out->result = AK_ATTEMPT_BROKEN;
  if (out->result == AK_ATTEMPT_BROKEN)
    out->reason = g_strdup_printf("status %u", status);
}

/* Sends a request with credentials and judges its status. */
static AkHttpResponse *send_judged(const AkHttpLogin *self, const AkHttpRequest *request,
                                   AkAttempt *out, GError **failure) {
  AkHttpResponse *response = ak_client_send(self->peer, self->tls, request, &out->took_us, failure);
  if (response == NULL)
    return NULL;
  judge(out, response);
  g_free(out->evidence);
  out->evidence = ak_client_evidence(request, response, false);
  return response;
}

/* --- Basic and Digest
 * ----------------------------------------------------------------------------- */

/* Source: RFC 7617, 2. */
static char *basic_value(const char *user, const char *password) {
  g_autofree char *pair = g_strdup_printf("%s:%s", user, password);
  g_autofree char *text = g_base64_encode((const guchar *)pair, strlen(pair));
  return g_strconcat("Basic ", text, NULL);
}

/* The value of `name` in a challenge, unquoted; NULL where it is missing. Caller frees. */
static char *parameter(const char *text, const char *name) {
  gsize length = strlen(name);
  for (const char *at = text; *at != '\0';) {
    at += strspn(at, " \t,");
    gsize token = strcspn(at, "=, \t");
    const char *value = at + token;
    bool found = token == length && g_ascii_strncasecmp(at, name, length) == 0;
    if (*value != '=') {
      at = value;
      continue;
    }
    bool quoted = *++value == '"';
    value += quoted;
    gsize size = strcspn(value, quoted ? "\"" : ", \t");
    if (found)
      return g_strndup(value, size);
    at = value + size + (quoted && value[size] == '"');
  }
  return NULL;
}

static char *hash(GChecksumType type, const char *a, const char *b, const char *c) {
  g_autofree char *text = g_strconcat(a, ":", b, c != NULL ? ":" : NULL, c, NULL);
  return g_compute_checksum_for_string(type, text, -1);
}

/* Source: RFC 7616, 3.4: with qop=auth where it is offered, else as RFC 2069. */
static char *digest_value(const char *asked, const char *target, const char *user,
                          const char *password) {
  g_autofree char *realm = parameter(asked, "realm"), *nonce = parameter(asked, "nonce");
  g_autofree char *qop = parameter(asked, "qop"), *opaque = parameter(asked, "opaque");
  g_autofree char *algorithm = parameter(asked, "algorithm");
  bool is_sha = algorithm != NULL && g_ascii_strncasecmp(algorithm, "SHA-256", 7) == 0;
  GChecksumType type = is_sha ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5;
  g_autofree char *cnonce = ak_attempt_random_password();
  g_autofree char *one = hash(type, user, realm ? realm : "", password);
  g_autofree char *two = hash(type, "GET", target, NULL);
  g_autofree char *middle = qop != NULL
                                ? g_strdup_printf("%s:00000001:%s:auth", nonce ? nonce : "", cnonce)
                                : g_strdup(nonce ? nonce : "");
  g_autofree char *answer = hash(type, one, middle, two);
  GString *value = g_string_new(NULL);
  g_string_printf(value,
                  "Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
                  "response=\"%s\"",
                  user, realm ? realm : "", nonce ? nonce : "", target, answer);
  if (qop != NULL)
    g_string_append_printf(value, ", qop=auth, nc=00000001, cnonce=\"%s\"", cnonce);
  if (opaque != NULL)
    g_string_append_printf(value, ", opaque=\"%s\"", opaque);
  if (algorithm != NULL)
    g_string_append_printf(value, ", algorithm=%s", algorithm);
  return g_string_free(value, FALSE);
}

static bool try_header(const AkHttpLogin *self, const char *user, const char *password,
                       AkAttempt *out, GError **failure) {
  g_autofree char *value = NULL;
  if (self->mechanism == AK_HTTP_LOGIN_BASIC) {
    value = basic_value(user, password);
  } else {
    g_autoptr(AkHttpResponse) first = ak_client_get(self->peer, self->tls, self->path, failure);
    if (first == NULL)
      return false;
    judge(out, first);
    const char *asked = challenge(first, "Digest");
    if (out->result != AK_ATTEMPT_REFUSED || asked == NULL)
      return out->result == AK_ATTEMPT_LOCKED ||
             ak_error_set(failure, AK_ERROR_INVALID_DATA, "no digest is asked for");
    value = digest_value(asked, self->path, user, password);
  }
  AkHttpRequest request = {.method = "GET", .target = self->path, .authorization = value};
  g_autoptr(AkHttpResponse) response = send_judged(self, &request, out, failure);
  return response != NULL;
}

/* --- forms
 * -------------------------------------------------------------------------------------------- */

/* Keeps "name=value" of each cookie that is set; a later one replaces an earlier one. */
static void take_cookies(GPtrArray *jar, const AkHttpResponse *response) {
  for (guint i = 0; i < response->headers->len; i++) {
    const AkHttpHeader *header = response->headers->pdata[i];
    const char *equals = strchr(header->value, '=');
    if (g_ascii_strcasecmp(header->name, "Set-Cookie") != 0 || equals == NULL)
      continue;
    gsize name = (gsize)(equals - header->value) + 1;
    for (guint c = jar->len; c > 0; c--)
      if (strncmp(jar->pdata[c - 1], header->value, name) == 0)
        g_ptr_array_remove_index(jar, c - 1);
    if (jar->len < MAX_COOKIES)
      g_ptr_array_add(jar, g_strndup(header->value, strcspn(header->value, ";")));
  }
}

static char *cookies_of(const GPtrArray *jar) {
  if (jar->len == 0)
    return NULL;
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < jar->len; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", (const char *)jar->pdata[i]);
  return g_string_free(text, FALSE);
}

static void append_field(GString *body, const char *name, const char *value) {
  g_autofree char *sent_name = g_uri_escape_bytes((const guint8 *)name, strlen(name), NULL);
  g_autofree char *sent_value = g_uri_escape_bytes((const guint8 *)value, strlen(value), NULL);
  g_string_append_printf(body, "%s%s=%s", body->len > 0 ? "&" : "", sent_name, sent_value);
}

static char *form_body(const AkHttpLogin *self, const AkHttpResponse *page, const char *user,
                       const char *password) {
  g_autoptr(AkForm) form = ak_form_scan(page->body->data, page->body->len);
  GString *body = g_string_new(NULL);
  append_field(body, self->user_field, user);
  append_field(body, self->password_field, password);
  for (guint i = 0; i < form->hidden->len; i++)
    g_string_append_printf(body, "&%s", (const char *)form->hidden->pdata[i]);
  return g_string_free(body, FALSE);
}

static bool says_failure(const AkHttpLogin *self, const AkHttpResponse *response) {
  gsize size = self->failure_text != NULL ? strlen(self->failure_text) : 0;
  return size > 0 && response->body->len >= size &&
         memmem(response->body->data, response->body->len, self->failure_text, size) != NULL;
}

static AkHttpResponse *get_with(const AkHttpLogin *self, const char *target, GPtrArray *jar,
                                GError **failure) {
  g_autofree char *cookie = cookies_of(jar);
  AkHttpRequest request = {.method = "GET", .target = target, .cookie = cookie};
  AkHttpResponse *response = ak_client_send(self->peer, self->tls, &request, NULL, failure);
  if (response != NULL)
    take_cookies(jar, response);
  return response;
}

/* The form was taken without complaint: is the page shown now? */
static bool see_page(const AkHttpLogin *self, GPtrArray *jar, AkAttempt *out, GError **failure) {
  g_autoptr(AkHttpResponse) page = get_with(self, self->path, jar, failure);
  if (page == NULL)
    return false;
  bool shown = page->status >= 200 && page->status <= 299 && !is_login_form(page) &&
               !says_failure(self, page);
  out->result = shown ? AK_ATTEMPT_GRANTED : AK_ATTEMPT_REFUSED;
  return true;
}

static bool after_post(const AkHttpLogin *self, const AkHttpResponse *posted, GPtrArray *jar,
                       AkAttempt *out, GError **failure) {
  g_autofree char *target = NULL;
  take_cookies(jar, posted);
  if (out->result == AK_ATTEMPT_LOCKED || out->result == AK_ATTEMPT_BROKEN)
    return true;
  if (says_failure(self, posted) || out->result == AK_ATTEMPT_REFUSED) {
    out->result = AK_ATTEMPT_REFUSED;
    return true;
  }
  if (ak_client_redirect(self->peer, self->tls, self->login_path, posted, &target) ==
      AK_REDIRECT_INSIDE) {
    g_autoptr(AkHttpResponse) next = get_with(self, target, jar, failure);
    if (next == NULL)
      return false;
    g_autofree char *visible = ak_form_visible(next->body->data, next->body->len);
    out->says_locked = out->says_locked || ak_form_says_locked(visible);
    if (says_failure(self, next)) {
      out->result = AK_ATTEMPT_REFUSED;
      return true;
    }
  }
  return see_page(self, jar, out, failure);
}

static bool try_form(const AkHttpLogin *self, const char *user, const char *password,
                     AkAttempt *out, GError **failure) {
  g_autoptr(GPtrArray) jar = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(AkHttpResponse) page = get_with(self, self->path, jar, failure);
  if (page == NULL)
    return false;
  g_autofree char *body = form_body(self, page, user, password);
  g_autofree char *cookie = cookies_of(jar);
  AkHttpRequest request = {
      .method = "POST", .target = self->login_path, .cookie = cookie, .body = body};
  g_autoptr(AkHttpResponse) posted = send_judged(self, &request, out, failure);
  return posted != NULL && after_post(self, posted, jar, out, failure);
}

bool ak_http_login_try(const AkHttpLogin *self, const char *user, const char *password,
                       AkAttempt *out, GError **error) {
  GError *failure = NULL;
  *out = (AkAttempt){.result = AK_ATTEMPT_BROKEN};
  if (!ak_sink_spend(self->peer->sink, AK_SPEND_ATTEMPTS, 1, error))
    return false;
  bool ok = self->mechanism == AK_HTTP_LOGIN_FORM ? try_form(self, user, password, out, &failure)
                                                  : try_header(self, user, password, out, &failure);
  return ok || ak_attempt_break(out, self->peer, failure, error);
}
