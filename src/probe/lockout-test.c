#include "probe/device-script.h"

extern const AkTest ak_probe_lockout_test;

static void test_never_locked(Fixture *self, gconstpointer data) {
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "absent");
  assert_value(self, "auth.lockout.after", "nothing");
  assert_value(self, "auth.attempts", "20");
  assert_value(self, "auth.coverage", "lockout");
  g_assert_cmpuint(self->device.attempts, ==, 20);
}

static void test_locked_by_status(Fixture *self, gconstpointer data) {
  self->device.lock_after = 5;
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "true");
  assert_value(self, "auth.lockout.after", "5");
  assert_value(self, "auth.lockout.delay", "absent");
  assert_value(self, "auth.attempts", "6");
  assert_value(self, "auth.coverage", "lockout");
}

static void test_locked_by_a_changed_status(Fixture *self, gconstpointer data) {
  self->device.lock_after = 3;
  self->device.lock = "403 Forbidden";
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "true");
  assert_value(self, "auth.lockout.after", "3");
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
  json_object_set_new(params, "attempts", json_integer(7));
  run_on_device(self, params);
  assert_value(self, "auth.lockout", "absent");
  assert_value(self, "auth.attempts", "7");
}

static void test_delayed(Fixture *self, gconstpointer data) {
  self->device.slow_after = 4;
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "true");
  const AkObservation *delay = ak_sink_collector_find(self->seen, "auth.lockout.delay", LOCATOR);
  g_assert_cmpint(delay->value.integer, >=, 1000);
}

/* A server that gets slow for everyone has no lock-out, and it is not said that it has none. */
static void test_a_slow_server_is_no_delay(Fixture *self, gconstpointer data) {
  self->device.slow_after = 4;
  self->device.slow_for_all = true;
  json_t *params = declared("basic");
  json_object_set_new(params, "attempts", json_integer(7));
  run_on_device(self, params);
  assert_value(self, "auth.lockout", "could-not-look");
  assert_value(self, "auth.coverage", "cut:");
}

static void test_a_lock_from_before_is_waited_out(Fixture *self, gconstpointer data) {
  self->device.lock_after = 5;
  self->device.lock_ends_after = 1;
  self->device.failed = 5;
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "true");
  assert_value(self, "auth.lockout.after", "5");
}

static void test_locked_for_everyone_is_unknown(Fixture *self, gconstpointer data) {
  self->device.lock_after = 1;
  self->device.failed = 1;
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "could-not-look");
}

/* A crash looks like a block of our address: never taken for a lock-out. */
static void test_a_device_that_dies_is_unknown(Fixture *self, gconstpointer data) {
  self->device.dies_after = 3;
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "could-not-look");
  assert_value(self, "auth.coverage", "cut:");
}

static void test_any_password_is_unknown(Fixture *self, gconstpointer data) {
  self->device.password = "*";
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "could-not-look");
  assert_value(self, "auth.attempts", "1");
}

static void test_nothing_is_declared(Fixture *self, gconstpointer data) {
  g_assert_cmpuint(run_on_device(self, json_object()), ==, 0);
  assert_value(self, "auth.lockout", "could-not-look");
  assert_value(self, "auth.attempts", "0");
  assert_value(self, "auth.coverage", "cut:");
}

static void test_nothing_asks(Fixture *self, gconstpointer data) {
  self->device.mechanism = "none";
  run_on_device(self, declared("basic"));
  assert_value(self, "auth.lockout", "could-not-look");
  assert_value(self, "auth.attempts", "0");
}

#define ADD(path, function) g_test_add("/lockout/" path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  device_test = &ak_probe_lockout_test;
  ADD("never", test_never_locked);
  ADD("status", test_locked_by_status);
  ADD("changed", test_locked_by_a_changed_status);
  ADD("form", test_form_is_locked);
  ADD("form-never", test_form_never_locked);
  ADD("delayed", test_delayed);
  ADD("slow", test_a_slow_server_is_no_delay);
  ADD("before", test_a_lock_from_before_is_waited_out);
  ADD("everyone", test_locked_for_everyone_is_unknown);
  ADD("dies", test_a_device_that_dies_is_unknown);
  ADD("any-password", test_any_password_is_unknown);
  ADD("undeclared", test_nothing_is_declared);
  ADD("nothing-asks", test_nothing_asks);
  return g_test_run();
}
