/* A web server: what it says of itself, what it shows, what its administration asks for, and whether one
 * of a few well-known credentials logs in. */
#include <string.h>

#include "probe/form.h"
#include "probe/guess.h"
#include "probe/http-login.h"

#define TIMEOUT_MS 10000        /* of one exchange */
#define DETECT_MS 5000          /* of a first look at what may speak anything */
#define LIST_PATHS "/akashi/lists/admin-paths.txt"

static const AkTestOutput outputs[] = {
    {"http.offered", AK_VALUE_TEXT, NULL, "http or https", "httpまたはhttps"},
    {"http.server", AK_VALUE_TEXT, NULL, "Server header that names a version",
     "バージョンを示すServerヘッダ"},
    {"http.auth", AK_VALUE_TEXT, NULL, "what the administration asks for",
     "管理画面の認証方式"},
    {"http.admin.open", AK_VALUE_BOOL, NULL, "the administration is shown without log-in",
     "管理画面がログインなしで表示される"},
    {"http.default-credential", AK_VALUE_TEXT, NULL, "well-known credentials log in (masked)",
     "既知の初期認証情報でログインできる (伏せ字)"},
    {"http.plain-login", AK_VALUE_BOOL, NULL, "credentials are asked for over plain HTTP",
     "平文HTTPで認証情報を求める"},
    {"http.text", AK_VALUE_SET, NULL, "texts asked for that the start page shows",
     "トップページに表示された確認対象の文字列"},
    {"http.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {"scope.refused", AK_VALUE_TEXT, NULL, "a redirect outside the authorization: not followed",
     "許可の範囲外への転送のため追わなかった"},
    {NULL},
};

static const char *const needs[] = {"probe.discover", NULL};
static const char *const sources[] = {"RFC 9110", "RFC 9112", "RFC 7617", "RFC 7616", NULL};

typedef struct {
  AkPeer peer;
  const char *locator;
  const json_t *auth; /* declared, or NULL */
  bool tls;
  AkHttpResponse *start; /* the answer to "/", before any redirect */
  char *path;            /* where the administration was looked for */
  AkHttpLoginPage admin;
  bool any_password;     /* it takes whatever is given */
  bool banner_seen, auth_seen, credentials_tried;
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->start, ak_http_response_free);
  g_clear_pointer(&self->path, g_free);
  ak_http_login_page_clear(&self->admin);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- observations ------------------------------------------------------------------------------- */

static bool observe(Look *self, const char *property, AkOutcome outcome, AkValue value,
                    const char *evidence, GError **error) {
  AkObservation *seen = ak_observation_new("service", self->locator, property, outcome);
  AkDigest digest;
  ak_observation_take_value(seen, value);
  seen->trace.peer = g_strdup(strchr(self->locator, ':') + 1);
  if (evidence != NULL && *evidence != '\0') {
    if (!ak_sink_blob(self->peer.sink, evidence, strlen(evidence), &digest, error)) {
      ak_observation_free(seen);
      return false;
    }
    ak_observation_cite(seen, &digest, 0, strlen(evidence));
  }
  return ak_sink_observe(self->peer.sink, seen, error);
}

static bool absent(Look *self, const char *property, const char *evidence, GError **error) {
  return observe(self, property, AK_OUTCOME_ABSENT, (AkValue){0}, evidence, error);
}

static bool could_not(Look *self, const char *property, const char *reason, GError **error) {
  return observe(self, property, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason), NULL, error);
}

static char *evidence_of(const char *path, const AkHttpResponse *response, bool with_body) {
  AkHttpRequest request = {.method = "GET", .target = path};
  return ak_client_evidence(&request, response, with_body);
}

/* --- what speaks here ------------------------------------------------------------------------------ */

typedef enum { SPEAKS, SPEAKS_OTHER, SAYS_NOTHING, ENDS } Speech;

/* Tries one of both; `why` (owned by the caller) gets the reason of a failure. */
static Speech try_scheme(Look *self, bool tls, char **why, GError **error) {
  g_autoptr(GError) failure = NULL;
  AkHttpResponse *response = ak_client_get(&self->peer, tls, "/", &failure);
  if (response != NULL) {
    g_clear_pointer(&self->start, ak_http_response_free);
    self->start = response;
    self->tls = tls;
    return SPEAKS;
  }
  g_free(*why);
  *why = g_strdup(failure->message);
  if (ak_attempt_is_final(&self->peer, failure)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return ENDS;
  }
  /* no connection, no answer, a handshake that fails, broken HTTP: all of that may hide a web server */
  return g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA) ||
                 g_error_matches(failure, AK_ERROR, AK_ERROR_IO)
             ? SPEAKS_OTHER
             : SAYS_NOTHING;
}

static bool expects_tls(const Look *self) {
  const char *protocol = ak_json_string_or(self->peer.call->params, "protocol", "");
  return strcmp(protocol, "https") == 0 || self->peer.port == 443 || self->peer.port == 8443;
}

/* A TLS server that got a plain request may answer it with status 400, so that TLS is asked too. */
static Speech find_scheme(Look *self, char **why, GError **error) {
  bool first_tls = expects_tls(self);
  Speech first = try_scheme(self, first_tls, why, error);
  if (first == ENDS || (first == SPEAKS && (first_tls || self->start->status != 400)))
    return first;
  g_autofree char *other_why = NULL;
  Speech second = try_scheme(self, !first_tls, &other_why, error);
  if (second == ENDS || second == SPEAKS || first == SPEAKS)
    return second == ENDS ? ENDS : SPEAKS;
  return first == SPEAKS_OTHER && second == SPEAKS_OTHER ? SPEAKS_OTHER : SAYS_NOTHING;
}

static bool observe_no_http(Look *self, Speech speech, const char *why, GError **error) {
  bool decided = speech == SPEAKS_OTHER;
  const char *all[] = {"auth", "banner", "default-credential", NULL};
  const char *none[] = {NULL};
  bool ok = decided ? absent(self, "http.offered", NULL, error)
                    : could_not(self, "http.offered", why, error);
  return ok && observe(self, "http.coverage", decided ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                       ak_value_set(decided ? all : none), NULL, error);
}

/* --- banner and texts --------------------------------------------------------------------------------- */

/* "lighttpd/1.4.69", "mini_httpd 1.19"; not "nginx", not "H3C". */
static bool names_version(const char *server) {
  for (const char *at = server; *at != '\0'; at++) {
    bool begins = at == server || at[-1] == '/' || at[-1] == ' ' || at[-1] == 'v' || at[-1] == 'V' ||
                  at[-1] == '-';
    if (g_ascii_isdigit(*at) && (begins || (at[1] == '.' && g_ascii_isdigit(at[2]))))
      return true;
  }
  return false;
}

static bool observe_banner(Look *self, GError **error) {
  const char *server = ak_http_response_header(self->start, "Server");
  g_autofree char *evidence = evidence_of("/", self->start, false);
  self->banner_seen = true;
  if (!observe(self, "http.offered", AK_OUTCOME_SEEN, ak_value_text(self->tls ? "https" : "http"),
               evidence, error))
    return false;
  if (server == NULL || !names_version(server))
    return absent(self, "http.server", evidence, error);
  return observe(self, "http.server", AK_OUTCOME_SEEN,
                 ak_value_text_from_bytes(server, strlen(server), 256), evidence, error);
}

static bool shows(const AkHttpResponse *page, const char *text) {
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  gsize size = strlen(text), escaped_size = strlen(escaped);
  return memmem(page->body->data, page->body->len, text, size) != NULL ||
         memmem(page->body->data, page->body->len, escaped, escaped_size) != NULL;
}

static bool observe_redirect(Look *self, const AkHttpLoginPage *page, GError **error) {
  if (page->redirect != AK_REDIRECT_OUTSIDE)
    return true;
  g_autofree char *text = g_strdup_printf("%s: redirect to %s was not followed", self->locator,
                                          page->elsewhere);
  AkObservation *seen =
      ak_observation_new("address", self->peer.address, "scope.refused", AK_OUTCOME_SEEN);
  ak_observation_take_value(seen, ak_value_text_from_bytes(text, strlen(text), 512));
  return ak_sink_observe(self->peer.sink, seen, error);
}

static bool observe_texts(Look *self, GError **error) {
  const json_t *texts = json_object_get(self->peer.call->params, "texts");
  g_auto(AkHttpLoginPage) page = {0};
  g_autoptr(GError) failure = NULL;
  if (!ak_http_login_page_get(&self->peer, self->tls, "/", &page, &failure)) {
    if (ak_attempt_is_final(&self->peer, failure)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    return json_array_size(texts) == 0 || could_not(self, "http.text", failure->message, error);
  }
  if (!observe_redirect(self, &page, error) || json_array_size(texts) == 0)
    return json_array_size(texts) == 0;
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(texts); i++) {
    const char *text = json_string_value(json_array_get(texts, i));
    if (text != NULL && *text != '\0' && shows(page.response, text))
      g_ptr_array_add(found, (gpointer)text);
  }
  g_ptr_array_add(found, NULL);
  g_autofree char *evidence = evidence_of("/", page.response, true);
  g_auto(AkValue) safe = ak_value_text_from_bytes(evidence, strlen(evidence), 16384);
  if (found->len > 1)
    return observe(self, "http.text", AK_OUTCOME_SEEN,
                   ak_value_set((const char *const *)found->pdata), safe.text, error);
  if (page.response->status < 200 || page.response->status > 299 || page.response->body_cut)
    return could_not(self, "http.text", "the start page is not shown whole", error);
  return absent(self, "http.text", safe.text, error);
}

/* --- the administration ----------------------------------------------------------------------------------- */

/* Gets a page; false with an error that ends the test; `page` stays empty where it cannot be had. */
static bool get_page(Look *self, const char *path, AkHttpLoginPage *page, char **why, GError **error) {
  g_autoptr(GError) failure = NULL;
  if (ak_http_login_page_get(&self->peer, self->tls, path, page, &failure))
    return true;
  g_free(*why);
  *why = g_strdup(failure->message);
  if (!ak_attempt_is_final(&self->peer, failure))
    return true;
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

static void take_page(Look *self, const char *path, AkHttpLoginPage *page) {
  ak_http_login_page_clear(&self->admin);
  self->admin = *page;
  *page = (AkHttpLoginPage){0};
  g_free(self->path);
  self->path = g_strdup(path);
}

/* Nothing is declared: the start page and a few common paths are asked for one that wants a log-in. */
static bool search_login(Look *self, GPtrArray *open, bool *complete, char **why, GError **error) {
  g_auto(GStrv) paths = ak_guess_list(LIST_PATHS);
  *complete = true;
  for (gint i = -1; i < 0 || paths[i] != NULL; i++) {
    const char *path = i < 0 ? "/" : paths[i];
    g_auto(AkHttpLoginPage) page = {0};
    if (!get_page(self, path, &page, why, error))
      return false;
    if (page.response == NULL) {
      *complete = false;
      continue;
    }
    if (page.mechanism != AK_HTTP_LOGIN_NONE) {
      take_page(self, path, &page);
      return true;
    }
    if (page.open && i >= 0)
      g_ptr_array_add(open, g_strdup(path));
  }
  return true;
}

/* Does the server answer 2xx to any path? Then a path that answers says nothing. */
static bool answers_everything(Look *self, bool *out, GError **error) {
  g_autofree char *word = ak_attempt_random_password();
  g_autofree char *path = g_strconcat("/", word, NULL);
  g_autofree char *why = NULL;
  g_auto(AkHttpLoginPage) page = {0};
  if (!get_page(self, path, &page, &why, error))
    return false;
  *out = page.open;
  return true;
}

static bool observe_undeclared_open(Look *self, const GPtrArray *open, GError **error) {
  bool everything = false;
  if (open->len > 0 && !answers_everything(self, &everything, error))
    return false;
  if (open->len == 0 || everything)
    return absent(self, "http.admin.open", NULL, error);
  g_autofree char *why = g_strdup_printf("%s answers without log-in; whether it is an "
                                         "administration is not declared",
                                         (const char *)open->pdata[0]);
  return could_not(self, "http.admin.open", why, error);
}

static bool look_for_undeclared(Look *self, GError **error) {
  g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *why = NULL;
  bool complete = false;
  if (!search_login(self, open, &complete, &why, error))
    return false;
  if (self->path == NULL && !complete)
    return could_not(self, "http.auth", why, error) &&
           could_not(self, "http.admin.open", why, error);
  self->auth_seen = true;
  g_autofree char *evidence =
      self->path != NULL ? evidence_of(self->path, self->admin.response, false) : NULL;
  return observe(self, "http.auth", AK_OUTCOME_SEEN,
                 ak_value_text(ak_http_login_mechanism_name(self->admin.mechanism)), evidence, error) &&
         observe_undeclared_open(self, open, error);
}

static bool look_at_declared(Look *self, GError **error) {
  const char *path = ak_json_string_or(self->auth, "path", "/");
  g_autofree char *why = g_strdup("its status says nothing");
  g_auto(AkHttpLoginPage) page = {0};
  if (!get_page(self, path, &page, &why, error))
    return false;
  if (page.response == NULL || !page.known) {
    if (page.response != NULL) {
      g_free(why);
      why = g_strdup_printf("%s answers with status %u", path, page.response->status);
    }
    return could_not(self, "http.auth", why, error) &&
           could_not(self, "http.admin.open", why, error);
  }
  take_page(self, path, &page);
  self->auth_seen = true;
  g_autofree char *evidence = evidence_of(path, self->admin.response, false);
  return observe_redirect(self, &self->admin, error) &&
         observe(self, "http.auth", AK_OUTCOME_SEEN,
                 ak_value_text(ak_http_login_mechanism_name(self->admin.mechanism)), evidence, error);
}

/* --- credentials ---------------------------------------------------------------------------------------------- */

static bool attempt(gpointer data, const char *user, const char *password, AkAttempt *out,
                    GError **error) {
  return ak_http_login_try(data, user, password, out, error);
}

static bool observe_guess(Look *self, const AkGuess *guess, GError **error) {
  if (guess->found != NULL) {
    self->credentials_tried = true;
    return observe(self, "http.default-credential", AK_OUTCOME_SEEN, ak_value_text(guess->found),
                   guess->evidence, error);
  }
  if (self->any_password)
    return could_not(self, "http.default-credential", "any password is taken", error);
  if (guess->stopped != NULL)
    return observe(self, "http.default-credential", AK_OUTCOME_CUT, ak_value_text(guess->stopped),
                   NULL, error);
  self->credentials_tried = true;
  return absent(self, "http.default-credential", NULL, error);
}

static bool try_credentials(Look *self, GError **error) {
  AkHttpLoginMechanism mechanism = self->admin.mechanism;
  if (!self->auth_seen)
    return could_not(self, "http.default-credential", "no log-in could be looked at", error);
  if (mechanism == AK_HTTP_LOGIN_NONE) {
    self->credentials_tried = true; /* nothing asks for any */
    return absent(self, "http.default-credential", NULL, error);
  }
  if (json_is_false(json_object_get(self->peer.call->params, "credentials")))
    return could_not(self, "http.default-credential", "attempts are not allowed", error);
  if (mechanism == AK_HTTP_LOGIN_FORM &&
      ak_json_string_or(self->auth, "failure_text", NULL) == NULL)
    return could_not(self, "http.default-credential", "the form is not declared", error);
  AkHttpLogin login = ak_http_login_of(&self->peer, self->tls, mechanism, self->auth);
  login.path = self->path;
  AkGuessPlan plan = {.sink = self->peer.sink,
                      .user = ak_json_string_or(self->auth, "user", "admin"),
                      .attempt = attempt,
                      .data = &login};
  g_auto(AkGuess) guess = {0};
  if (!ak_guess_run(&plan, &guess, error))
    return false;
  self->any_password = guess.any_password;
  return observe_guess(self, &guess, error);
}

/* Known only after the attempts: a page that takes any password is as open as one that asks for none. */
static bool observe_open(Look *self, GError **error) {
  if (self->auth == NULL && !self->any_password && self->path == NULL)
    return true; /* said already */
  if (!self->auth_seen || (self->auth == NULL && !self->any_password))
    return true;
  g_autofree char *evidence = evidence_of(self->path, self->admin.response, false);
  return self->admin.open || self->any_password
             ? observe(self, "http.admin.open", AK_OUTCOME_SEEN, ak_value_bool(true), evidence,
                       error)
             : absent(self, "http.admin.open", evidence, error);
}

/* --- the test -------------------------------------------------------------------------------------------------- */

static bool observe_plain_login(Look *self, GError **error) {
  if (!self->auth_seen)
    return could_not(self, "http.plain-login", "no log-in could be looked at", error);
  bool plain = !self->tls && self->admin.mechanism != AK_HTTP_LOGIN_NONE;
  return plain ? observe(self, "http.plain-login", AK_OUTCOME_SEEN, ak_value_bool(true), NULL, error)
               : absent(self, "http.plain-login", NULL, error);
}

static bool observe_coverage(Look *self, GError **error) {
  g_autoptr(GPtrArray) covered = g_ptr_array_new();
  const struct {
    bool done;
    const char *name;
  } parts[] = {{self->banner_seen, "banner"},
               {self->auth_seen, "auth"},
               {self->credentials_tried, "default-credential"}};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (parts[i].done)
      g_ptr_array_add(covered, (gpointer)parts[i].name);
  AkOutcome outcome = covered->len == G_N_ELEMENTS(parts) ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT;
  g_ptr_array_add(covered, NULL);
  return observe(self, "http.coverage", outcome,
                 ak_value_set((const char *const *)covered->pdata), NULL, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  const json_t *auth = json_object_get(call->params, "auth");
  g_auto(Look) self = {.locator = call->subject->locator};
  g_autofree char *why = NULL;
  if (json_is_object(auth) && strcmp(ak_json_string_or(auth, "mechanism", "none"), "none") != 0)
    self.auth = auth;
  if (!ak_peer_init(&self.peer, call, sink, DETECT_MS, error))
    return false;
  Speech speech = find_scheme(&self, &why, error);
  if (speech == ENDS)
    return false;
  if (speech != SPEAKS)
    return observe_no_http(&self, speech, why != NULL ? why : "no answer", error);
  self.peer.timeout_ms = TIMEOUT_MS;
  return observe_banner(&self, error) && observe_texts(&self, error) &&
         (self.auth != NULL ? look_at_declared(&self, error) : look_for_undeclared(&self, error)) &&
         observe_plain_login(&self, error) && try_credentials(&self, error) &&
         observe_open(&self, error) && observe_coverage(&self, error);
}

extern const AkTest ak_probe_http_test;
const AkTest ak_probe_http_test = {
    .id = "probe.http",
    .rev = 1,
    .title_en = "Web server, its administration and default credentials",
    .title_ja = "Webサーバ、管理画面、初期認証情報",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "net.port.open",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 400000, .bytes = 64 * 1024 * 1024, .packets = 500, .attempts = 40},
    .masked_since = 1,
    .stop_condition_en = "credentials log in, or log-in is locked for longer than a minute",
    .stop_condition_ja = "ログインに成功したか、ログインが一分を超えてロックされた",
    .sources = sources,
    .run = run,
};
