/* The web device of device-script.h inside TLS. */
#include "probe/device-script.h"
#include "probe/tls-script.h"

extern const AkTest ak_probe_http_test, ak_probe_lockout_test;

static void serve_inside(gpointer data, guint connection, int fd) {
  tls_serve(device_serve, data, connection, fd);
}

/* `password` stands in no evidence. */
static void assert_hidden(Fixture *self, const char *password) {
  GHashTableIter iter;
  gpointer blob;
  g_hash_table_iter_init(&iter, self->seen->blobs);
  while (g_hash_table_iter_next(&iter, NULL, &blob)) {
    gsize size = 0;
    const void *data = g_bytes_get_data(blob, &size);
    g_assert_null(memmem(data, size, password, strlen(password)));
  }
}

static void test_form_weak(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  self->device.password = "admin123";
  self->device.server = "lighttpd/1.4.69";
  run_on_device(self, declared("form"));
  assert_value(self, "http.offered", "https");
  assert_value(self, "http.server", "lighttpd/1.4.69");
  assert_value(self, "http.auth", "form");
  assert_value(self, "http.admin.open", "absent");
  assert_value(self, "http.default-credential", "admin:*****");
  assert_value(self, "http.plain-login", "absent");
  assert_value(self, "http.coverage", "auth banner default-credential");
  assert_hidden(self, "admin123");
}

static void test_form_sound(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  self->device.password = "kX9vQ2mZ7";
  run_on_device(self, declared("form"));
  assert_value(self, "http.offered", "https");
  assert_value(self, "http.default-credential", "absent");
  assert_value(self, "http.plain-login", "absent");
  assert_value(self, "http.coverage", "auth banner default-credential");
  g_assert_cmpuint(self->device.attempts, ==, 15);
}

static void test_form_any_password(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  self->device.password = "*";
  run_on_device(self, declared("form"));
  assert_value(self, "http.admin.open", "true");
  assert_value(self, "http.default-credential", "could-not-look");
}

static void test_basic_and_digest(Fixture *self, gconstpointer data) {
  self->device.mechanism = data;
  self->device.password = "1234";
  run_on_device(self, declared(data));
  assert_value(self, "http.offered", "https");
  assert_value(self, "http.auth", data);
  assert_value(self, "http.default-credential", "admin:*****");
  assert_value(self, "http.plain-login", "absent");
}

static void test_form_is_locked(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  self->device.lock_after = 4;
  run_on_device(self, declared("form"));
  assert_value(self, "auth.lockout", "true");
  assert_value(self, "auth.lockout.after", "4");
}

static void test_form_never_locked(Fixture *self, gconstpointer data) {
  self->device.mechanism = "form";
  json_t *params = declared("form");
  json_object_set_new(params, "attempts", json_integer(6));
  run_on_device(self, params);
  assert_value(self, "auth.lockout", "absent");
  assert_value(self, "auth.attempts", "6");
}

#define ADD(path, data, function)                                                                  \
  g_test_add("/https/" path, Fixture, data, set_up, function, tear_down)

static void set_up_lockout(Fixture *self, gconstpointer data) {
  device_test = &ak_probe_lockout_test;
  set_up(self, data);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  tls_set_up();
  device_test = &ak_probe_http_test;
  device_wrap = serve_inside;
  ADD("form-weak", NULL, test_form_weak);
  ADD("form-sound", NULL, test_form_sound);
  ADD("form-any-password", NULL, test_form_any_password);
  ADD("basic", "basic", test_basic_and_digest);
  ADD("digest", "digest", test_basic_and_digest);
  g_test_add("/https/lock-form", Fixture, NULL, set_up_lockout, test_form_is_locked, tear_down);
  g_test_add("/https/lock-form-never", Fixture, NULL, set_up_lockout, test_form_never_locked,
             tear_down);
  int result = g_test_run();
  tls_tear_down();
  return result;
}
