#include "probe/device-script.h"

extern const AkTest ak_probe_http_test;

static void test_weak(Fixture *self, gconstpointer data) {
  self->device.password = "admin";
  self->device.server = "lighttpd/1.4.69";
  run_on_device(self, declared("basic"));
  assert_value(self, "http.offered", "http");
  assert_value(self, "http.server", "lighttpd/1.4.69");
  assert_value(self, "http.auth", "basic");
  assert_value(self, "http.admin.open", "absent");
  assert_value(self, "http.default-credential", "admin:*****");
  assert_value(self, "http.plain-login", "true");
  assert_value(self, "http.coverage", "auth banner default-credential");
}

static void test_sound(Fixture *self, gconstpointer data) {
  self->device.password = "kX9vQ2mZ7";
  self->device.server = "nginx";
  run_on_device(self, declared("basic"));
  assert_value(self, "http.server", "absent");
  assert_value(self, "http.auth", "basic");
  assert_value(self, "http.default-credential", "absent");
  assert_value(self, "http.coverage", "auth banner default-credential");
  g_assert_cmpuint(self->device.attempts, ==, 15); /* each of the dictionary once */
}

static void test_open_administration(Fixture *self, gconstpointer data) {
  self->device.mechanism = "none";
  run_on_device(self, declared("basic"));
  assert_value(self, "http.auth", "none");
  assert_value(self, "http.admin.open", "true");
  assert_value(self, "http.default-credential", "absent");
  assert_value(self, "http.plain-login", "absent");
}

static void test_any_password_is_open(Fixture *self, gconstpointer data) {
  self->device.password = "*";
  run_on_device(self, declared("basic"));
  assert_value(self, "http.admin.open", "true");
  assert_value(self, "http.default-credential", "could-not-look");
  assert_value(self, "http.coverage", "cut:auth banner");
}

static void test_a_short_lock_is_waited_out(Fixture *self, gconstpointer data) {
  self->device.lock_after = 10;
  self->device.lock_ends_after = 1;
  run_on_device(self, declared("basic"));
  assert_value(self, "http.default-credential", "absent");
  g_assert_cmpuint(self->device.attempts, ==, 16); /* one of them met the lock */
}

static void test_a_long_lock_cuts(Fixture *self, gconstpointer data) {
  self->device.lock_after = 3;
  self->device.lock = "429 Too Many Requests\r\nRetry-After: 3600";
  run_on_device(self, declared("basic"));
  assert_value(self, "http.default-credential", "cut");
  assert_value(self, "http.coverage", "cut:auth banner");
  g_assert_cmpuint(self->device.attempts, ==, 4);
}

static void test_digest(Fixture *self, gconstpointer data) {
  self->device.mechanism = "digest";
  self->device.password = "1234";
  run_on_device(self, declared("digest"));
  assert_value(self, "http.auth", "digest");
  assert_value(self, "http.default-credential", "admin:*****");
}

static void test_form_weak(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  self->device.password = "password";
  run_on_device(self, declared("form"));
  assert_value(self, "http.auth", "form");
  assert_value(self, "http.admin.open", "absent");
  assert_value(self, "http.default-credential", "admin:*****");
}

static void test_form_sound(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  run_on_device(self, declared("form"));
  assert_value(self, "http.default-credential", "absent");
  g_assert_cmpuint(self->device.attempts, ==, 15);
}

static void test_undeclared_login_is_found(Fixture *self, gconstpointer data) {
  self->device.password = "admin";
  run_on_device(self, json_object());
  assert_value(self, "http.auth", "basic");
  assert_value(self, "http.default-credential", "admin:*****");
}

static void test_undeclared_page_is_not_judged(Fixture *self, gconstpointer data) {
  self->device.mechanism = "none";
  run_on_device(self, json_object());
  assert_value(self, "http.auth", "none");
  assert_value(self, "http.admin.open", "could-not-look");
}

static void test_attempts_can_be_forbidden(Fixture *self, gconstpointer data) {
  json_t *params = declared("basic");
  json_object_set_new(params, "credentials", json_false());
  run_on_device(self, params);
  assert_value(self, "http.default-credential", "could-not-look");
  g_assert_cmpuint(self->device.attempts, ==, 0);
}

static void test_texts(Fixture *self, gconstpointer data) {
  self->device.start = "<title>AK-GW 100 &amp; more</title>";
  run_on_device(self, json_pack("{s:[s,s,s]}", "texts", "AK-GW 100", "GW 100 & more", "AK-GW 200"));
  assert_value(self, "http.text", "AK-GW 100 GW 100 & more");
}

static void test_text_missing(Fixture *self, gconstpointer data) {
  run_on_device(self, json_pack("{s:[s]}", "texts", "AK-GW 200"));
  assert_value(self, "http.text", "absent");
}

static void test_redirect_to_another_host_is_refused(Fixture *self, gconstpointer data) {
  self->device.redirect = "http://198.51.100.9/login?secret=1";
  run_on_device(self, json_pack("{s:[s]}", "texts", "AK-GW 200"));
  const AkObservation *refused = ak_sink_collector_find(self->seen, "scope.refused", DEVICE);
  g_assert_nonnull(refused);
  g_assert_nonnull(strstr(refused->value.text, "198.51.100.9"));
  g_assert_null(strstr(refused->value.text, "secret"));
  assert_value(self, "http.text", "could-not-look");
}

static void test_redirect_to_https_is_no_refusal(Fixture *self, gconstpointer data) {
  self->device.redirect = "https://" DEVICE "/";
  run_on_device(self, json_object());
  assert_value(self, "scope.refused", "nothing");
}

static void test_secrets_stay_out_of_the_evidence(Fixture *self, gconstpointer data) {
  self->device.password = "admin123";
  self->device.start = "<p>granted77</p>";
  json_t *params = declared("basic");
  json_object_set_new(params, "texts", json_pack("[s]", "granted"));
  run_on_device(self, params);
  assert_value(self, "http.default-credential", "admin:*****");
  static const char *const secrets[] = {"admin123", "YWRtaW46YWRtaW4xMjM=", "sid=granted77"};
  GHashTableIter iter;
  gpointer bytes;
  g_hash_table_iter_init(&iter, self->seen->blobs);
  while (g_hash_table_iter_next(&iter, NULL, &bytes))
    for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++)
      g_assert_null(memmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), secrets[i],
                           strlen(secrets[i])));
}

static void test_another_protocol_is_no_http(Fixture *self, gconstpointer data) {
  self->device.raw = "SSH-2.0-dropbear\r\n";
  self->device.raw_size = strlen(self->device.raw);
  run_on_device(self, json_object());
  assert_value(self, "http.offered", "absent");
  assert_value(self, "http.auth", "nothing");
  assert_value(self, "http.coverage", "auth banner default-credential");
}

/* HTTP that cannot be read to its end may hide anything: never "no web server". */
static void test_hostile_http_is_unknown(Fixture *self, gconstpointer data) {
  static const char *const answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n",
      "HTTP/1.1 200 OK\r\nServer: x",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
    Fixture own;
    set_up(&own, NULL);
    own.device.raw = answers[i];
    own.device.raw_size = strlen(answers[i]);
    run_on_device(&own, json_object());
    assert_value(&own, "http.offered", "could-not-look");
    assert_value(&own, "http.coverage", "cut:");
    tear_down(&own, NULL);
  }
}

static void test_endless_headers(Fixture *self, gconstpointer data) {
  g_autoptr(GString) endless = g_string_new("HTTP/1.1 200 OK\r\n");
  for (guint i = 0; i < 20000; i++)
    g_string_append(endless, "X-Header: again and again\r\n");
  self->device.raw = endless->str;
  self->device.raw_size = endless->len;
  run_on_device(self, json_object());
  assert_value(self, "http.offered", "could-not-look");
}

#define ADD(path, function) \
  g_test_add("/http-probe/" path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  device_test = &ak_probe_http_test;
  ADD("weak", test_weak);
  ADD("sound", test_sound);
  ADD("open", test_open_administration);
  ADD("any-password", test_any_password_is_open);
  ADD("short-lock", test_a_short_lock_is_waited_out);
  ADD("long-lock", test_a_long_lock_cuts);
  ADD("digest", test_digest);
  ADD("form-weak", test_form_weak);
  ADD("form-sound", test_form_sound);
  ADD("undeclared", test_undeclared_login_is_found);
  ADD("undeclared-open", test_undeclared_page_is_not_judged);
  ADD("forbidden", test_attempts_can_be_forbidden);
  ADD("texts", test_texts);
  ADD("text-missing", test_text_missing);
  ADD("redirect", test_redirect_to_another_host_is_refused);
  ADD("redirect-https", test_redirect_to_https_is_no_refusal);
  ADD("secrets", test_secrets_stay_out_of_the_evidence);
  ADD("other", test_another_protocol_is_no_http);
  ADD("hostile", test_hostile_http_is_unknown);
  ADD("endless", test_endless_headers);
  return g_test_run();
}
