/* A web device for the tests of probes: one switch a fault. Include it in one test only. */
#pragma once

#include <string.h>

#include "core/test.h"
#include "net/script.h"

#define DEVICE "192.0.2.10"
#define LOCATOR "tcp:" DEVICE ":80"

typedef struct {
  const char *mechanism; /* "basic", "digest", "form", "none" */
  const char *password;  /* of admin; NULL: none logs in; "*": any */
  const char *server;    /* Server header or NULL */
  const char *start;     /* body of "/" */
  const char *redirect;  /* Location of "/", or NULL */
  guint lock_after;      /* failed attempts; 0: never */
  guint lock_ends_after; /* refused ones; 0: never */
  const char *lock;      /* status line and headers of a locked answer */
  guint slow_after;      /* failed attempts; then log-in takes 1.2 s */
  bool slow_for_all;     /* everything takes as long, from then on */
  guint dies_after;      /* failed attempts: closes each connection */
  const char *raw;       /* the answer to everything, or NULL */
  gsize raw_size;
  GMutex lock_state;
  guint failed, refused, attempts;
} Device;

static void device_say(int fd, const Device *self, const char *head, const char *body) {
  g_autofree char *text = g_strdup_printf(
      "HTTP/1.1 %s\r\n%s%s%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", head,
      self->server ? "Server: " : "", self->server ? self->server : "", self->server ? "\r\n" : "",
      strlen(body), body);
  ak_script_say(fd, text);
}

/* The password in a request, "" where none is; Digest is answered with its "response". Caller frees. */
static char *device_password(const char *request) {
  const char *basic = strstr(request, "Authorization: Basic ");
  const char *field = strstr(request, "&pass=");
  if (basic != NULL) {
    gsize size = 0;
    g_autofree char *text = g_strndup(basic + 21, strcspn(basic + 21, "\r"));
    g_autofree guchar *pair = g_base64_decode(text, &size);
    g_autofree char *plain = g_strndup((const char *)pair, size);
    return g_str_has_prefix(plain, "admin:") ? g_strdup(plain + 6) : g_strdup("wrong user");
  }
  if (field != NULL && strstr(request, "user=admin&") == NULL)
    return g_strdup("wrong user");
  if (field != NULL)
    return g_strndup(field + 6, strcspn(field + 6, "&"));
  return NULL;
}

/* HA1 = MD5(admin:dev:PASSWORD), HA2 = MD5(GET:/admin); computed here by hand, not by the probe. */
static bool device_digest_is_right(const Device *self, const char *request) {
  const char *cnonce = strstr(request, "cnonce=\""), *response = strstr(request, "response=\"");
  if (cnonce == NULL || response == NULL || self->password == NULL)
    return false;
  g_autofree char *client = g_strndup(cnonce + 8, strcspn(cnonce + 8, "\""));
  g_autofree char *one_text = g_strdup_printf("admin:dev:%s", self->password);
  g_autofree char *one = g_compute_checksum_for_string(G_CHECKSUM_MD5, one_text, -1);
  g_autofree char *two = g_compute_checksum_for_string(G_CHECKSUM_MD5, "GET:/admin", -1);
  g_autofree char *text = g_strdup_printf("%s:n0nce:00000001:%s:auth:%s", one, client, two);
  g_autofree char *right = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);
  return g_str_has_prefix(response + 10, right);
}

typedef enum { DEVICE_IN, DEVICE_ASKS, DEVICE_WRONG, DEVICE_LOCKED } DeviceState;

static DeviceState device_check(Device *self, const char *request) {
  g_autofree char *given = device_password(request);
  bool digest = strstr(request, "Authorization: Digest") != NULL;
  if (strcmp(self->mechanism, "none") == 0 || strstr(request, "sid=granted77") != NULL)
    return DEVICE_IN;
  if (given == NULL && !digest)
    return DEVICE_ASKS;
  self->attempts++;
  if (self->lock_after > 0 && self->failed >= self->lock_after) {
    if (self->lock_ends_after == 0 || ++self->refused <= self->lock_ends_after)
      return DEVICE_LOCKED;
    self->failed = self->refused = 0;
  }
  bool right = digest ? device_digest_is_right(self, request)
                      : g_strcmp0(given, self->password) == 0 || g_strcmp0(self->password, "*") == 0;
  if (!right)
    self->failed++;
  return right ? DEVICE_IN : DEVICE_WRONG;
}

static void device_form(Device *self, int fd, const char *request, DeviceState state) {
  bool is_post = g_str_has_prefix(request, "POST /login ");
  if (is_post && strstr(request, "token=t%26k") == NULL)
    device_say(fd, self, "400 Bad Request", "no token");
  else if (is_post && state == DEVICE_IN)
    device_say(fd, self, "302 Found\r\nLocation: /admin\r\nSet-Cookie: sid=granted77; Path=/", "");
  else if (state == DEVICE_IN)
    device_say(fd, self, "200 OK", "<h1>Administration</h1>");
  else
    device_say(fd, self, "200 OK",
               is_post ? "Login failed<form><input type=password></form>"
                       : "<form><input type=hidden name=token value='t&amp;k'><input name=user>"
                         "<input type=\"password\" name=pass></form>");
}

static void device_admin(Device *self, int fd, const char *request) {
  g_mutex_lock(&self->lock_state);
  DeviceState state = device_check(self, request);
  bool slow = self->slow_after > 0 && self->failed > self->slow_after &&
              (self->slow_for_all || state == DEVICE_WRONG);
  g_mutex_unlock(&self->lock_state);
  if (slow)
    g_usleep(1200000);
  if (state == DEVICE_LOCKED)
    device_say(fd, self, self->lock, "");
  else if (strcmp(self->mechanism, "form") == 0)
    device_form(self, fd, request, state);
  else if (state == DEVICE_IN)
    device_say(fd, self, "200 OK\r\nSet-Cookie: sid=granted77", "<h1>Administration</h1>granted77");
  else
    device_say(fd, self, strcmp(self->mechanism, "digest") == 0
                             ? "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"dev\", "
                               "qop=\"auth\", nonce=\"n0nce\", algorithm=MD5"
                             : "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"dev\"",
               "Please log in.");
}

static void device_serve(gpointer data, guint connection, int fd) {
  Device *self = data;
  g_autofree char *request = ak_script_read_request(fd);
  if (request == NULL && self->raw == NULL)
    return;
  if (self->dies_after > 0 && self->failed >= self->dies_after)
    return;
  if (self->raw != NULL)
    ak_script_write(fd, self->raw, self->raw_size);
  else if (strstr(request, " /admin ") != NULL || g_str_has_prefix(request, "POST /login "))
    device_admin(self, fd, request);
  else if (strstr(request, " / ") == NULL)
    device_say(fd, self, "404 Not Found", "");
  else if (self->redirect != NULL) {
    g_autofree char *head = g_strdup_printf("302 Found\r\nLocation: %s", self->redirect);
    device_say(fd, self, head, "");
  } else
    device_say(fd, self, "200 OK", self->start ? self->start : "<h1>Hello</h1>");
}

typedef struct {
  AkSinkCollector *seen;
  AkSink *sink;
  Device device;
} Fixture;

static const AkTest *device_test; /* of the including test */
/* Plays the device inside something else (tls-script.h); NULL: as it is. */
static void (*device_wrap)(gpointer data, guint connection, int fd);

static void set_up(Fixture *self, gconstpointer data) {
  self->seen = ak_sink_collector_new();
  self->sink = ak_sink_new(device_test, &ak_sink_collector_backend, self->seen, NULL);
  self->device = (Device){.mechanism = "basic", .lock = "429 Too Many Requests\r\nRetry-After: 1"};
  g_mutex_init(&self->device.lock_state);
}

static void tear_down(Fixture *self, gconstpointer data) {
  ak_sink_free(self->sink);
  ak_sink_collector_free(self->seen);
  g_mutex_clear(&self->device.lock_state);
}

/* Runs the test on the device; `params` is taken over. Returns the number of connections. */
static guint run_on_device(Fixture *self, json_t *params) {
  g_autoptr(AkScript) script = ak_script_new(device_wrap != NULL ? device_wrap : device_serve, &self->device);
  g_autoptr(json_t) owned = params;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) prior = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  AkObservation *offered = ak_observation_new("service", LOCATOR, "http.offered", AK_OUTCOME_SEEN);
  ak_observation_take_value(offered, ak_value_text(device_wrap != NULL ? "https" : "http"));
  g_ptr_array_add(prior, offered);
  AkSubject subject = {.kind = (char *)"service", .locator = (char *)LOCATOR};
  AkCall call = {.test = device_test, .subject = &subject, .params = owned, .prior = prior,
                 .net = ak_script_net(script)};
  bool ok = device_test->run(&call, self->sink, &error);
  g_assert_no_error(error);
  g_assert_true(ok);
  return ak_script_connections(script);
}

static json_t *declared(const char *mechanism) {
  return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "auth", "mechanism", mechanism,
                   "path", "/admin", "user", "admin", "login_path", "/login", "user_field", "user",
                   "password_field", "pass", "failure_text", "Login failed");
}

/* "nothing", "absent", "could-not-look", "cut" or the value. */
static void assert_value(Fixture *self, const char *property, const char *expected) {
  const AkObservation *seen = ak_sink_collector_find(self->seen, property, NULL);
  g_autofree char *text = NULL;
  if (seen == NULL)
    text = g_strdup("nothing");
  else if (seen->outcome != AK_OUTCOME_SEEN && seen->value.type != AK_VALUE_SET)
    text = g_strdup(ak_outcome_name(seen->outcome));
  else if (seen->value.type == AK_VALUE_BOOL)
    text = g_strdup(seen->value.boolean ? "true" : "false");
  else if (seen->value.type == AK_VALUE_INT)
    text = g_strdup_printf("%" G_GINT64_FORMAT, seen->value.integer);
  else if (seen->value.type == AK_VALUE_SET) {
    g_autofree char *set = g_strjoinv(" ", seen->value.set);
    text = g_strconcat(seen->outcome == AK_OUTCOME_CUT ? "cut:" : "", set, NULL);
  } else
    text = g_strdup(seen->value.text);
  g_test_message("%s", property);
  g_assert_cmpstr(text, ==, expected);
}
