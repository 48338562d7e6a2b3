/* The runner against a played journal, played workers and a played device. */
#include "verify/run/runner.h"

#include <string.h>
#include <unistd.h>

static const AkTestOutput outputs[] = {{"net.port.open", AK_VALUE_BOOL, NULL, "open", "開"},
                                       {"auth.lockout", AK_VALUE_BOOL, NULL, "locks", "遮断"},
                                       {NULL}};
static const char *const needs_find[] = {"t.find", NULL};
static const char *const needs_look[] = {"t.look", NULL};

static bool never(const AkCall *call, AkSink *sink, GError **error) { return false; }

static const AkTest find = {.id = "t.find", .subject_kind = "address", .outputs = outputs,
                            .isolation = AK_ISOLATION_NET, .run = never};
static const AkTest look = {.id = "t.look", .subject_kind = "service", .each_of = "net.port.open",
                            .needs = needs_find, .outputs = outputs,
                            .isolation = AK_ISOLATION_NET, .run = never};
static const AkTest push = {.id = "t.push", .subject_kind = "service", .each_of = "net.port.open",
                            .needs = needs_look, .grade = AK_GRADE_DISTURBING,
                            .outputs = outputs, .isolation = AK_ISOLATION_NET, .run = never};
static const AkTest *const tests[] = {&push, &look, &find, NULL};

#define ADDRESS "127.0.9.1"
#define PORT_A "tcp:127.0.9.1:80"
#define PORT_B "tcp:127.0.9.1:81"

typedef struct {
  AkProduct *product;
  GPtrArray *records; /* json_t: the played journal */
  GPtrArray *started; /* texts "t.look tcp:…": the order of execution */
  GMutex lock;
  guint kill_after;   /* the journal refuses records after so many; 0: never */
  bool device_dies;   /* connections fail once t.look ran on PORT_A */
  bool dead;
  guint refusals;     /* how many tests permit() refuses */
  AkNet net;
} Play;

static Play *play_of_net; /* AkNet carries no data of its own */

static bool play_append(gpointer data, const json_t *record, GError **error) {
  Play *self = data;
  g_mutex_lock(&self->lock);
  bool killed = self->kill_after > 0 && self->records->len >= self->kill_after;
  if (!killed)
    g_ptr_array_add(self->records, json_deep_copy(record));
  g_mutex_unlock(&self->lock);
  return !killed || ak_error_set(error, AK_ERROR_IO, "killed");
}

static bool play_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  return true;
}

static bool observe(const AkRunReceiver *receiver, gpointer data, const char *test,
                    const char *locator, GError **error) {
  g_autoptr(AkObservation) seen =
      ak_observation_new("service", locator, "net.port.open", AK_OUTCOME_SEEN);
  seen->test_id = g_strdup(test);
  ak_observation_take_value(seen, ak_value_bool(true));
  return receiver->observe(data, seen, error);
}

static bool play_execute(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                         gpointer receiver_data, const char **end, char **reason,
                         GError **error) {
  Play *self = data;
  const char *test =
      json_string_value(json_array_get(json_object_get(job->request, "tests"), 0));
  const char *locator =
      json_string_value(json_object_get(json_object_get(job->request, "subject"), "locator"));
  g_mutex_lock(&self->lock);
  g_ptr_array_add(self->started, g_strdup_printf("%s %s", test, locator));
  if (self->device_dies && strcmp(test, "t.look") == 0)
    self->dead = true;
  g_mutex_unlock(&self->lock);
  *end = "done";
  return strcmp(test, "t.find") != 0 ||
         (observe(receiver, receiver_data, test, PORT_A, error) &&
          observe(receiver, receiver_data, test, PORT_B, error));
}

static int play_connect(AkNet *net, const char *address, guint16 port, guint timeout_ms,
                        GError **error) {
  if (play_of_net->dead) {
    ak_error_set(error, AK_ERROR_TIMEOUT, "no answer");
    return -1;
  }
  return dup(0); /* any descriptor that can be closed */
}

static bool play_permit(gpointer data, const AkTest *test, const char *address, GError **error) {
  Play *self = data;
  if (test->grade == AK_GRADE_SAFE || self->refusals == 0)
    return true;
  return ak_error_set(error, AK_ERROR_PERMISSION, "disturbing tests are not allowed");
}

static gint64 play_now(void) { return 1700000000000000; }

static const AkNetClass play_net_class = {.connect = play_connect};

static void set_up(Play *self, gconstpointer data) {
  memset(self, 0, sizeof *self);
  g_mutex_init(&self->lock);
  self->net.class = &play_net_class;
  self->records = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
  self->started = g_ptr_array_new_with_free_func(g_free);
  self->product = ak_product_new();
  AkInterface *lan = g_new0(AkInterface, 1);
  lan->name = g_strdup("lan");
  lan->addresses = g_strsplit(ADDRESS, " ", -1);
  lan->services = g_ptr_array_new();
  g_ptr_array_add(self->product->interfaces, lan);
  play_of_net = self;
}

static void tear_down(Play *self, gconstpointer data) {
  g_ptr_array_unref(self->records);
  g_ptr_array_unref(self->started);
  ak_product_free(self->product);
  g_mutex_clear(&self->lock);
}

static AkRunSpec spec_of(Play *self) {
  return (AkRunSpec){
      .plan = {.tests = tests, .product = self->product},
      .now_utc_us = play_now,
      .journal = {.append = play_append, .blob = play_blob},
      .journal_data = self,
      .execute = play_execute,
      .execute_data = self,
      .permit = play_permit,
      .permit_data = self,
      .net = &self->net,
      .recovery_ms = 1,
  };
}

static AkRunState *fold_all(Play *self) {
  AkRunState *state = ak_run_state_new("r1");
  for (guint i = 0; i < self->records->len; i++)
    g_assert_true(ak_run_state_fold(state, self->records->pdata[i], NULL));
  return state;
}

static guint count_started(Play *self, const char *what) {
  guint count = 0;
  for (guint i = 0; i < self->started->len; i++)
    count += strcmp(self->started->pdata[i], what) == 0;
  return count;
}

static void test_order_and_fold(Play *self, gconstpointer data) {
  g_autoptr(AkRunState) state = ak_run_state_new("r1");
  AkRunSpec spec = spec_of(self);
  bool finished = false;
  g_assert_true(ak_run(&spec, state, &finished, NULL));
  g_assert_true(finished);
  g_assert_cmpuint(self->started->len, ==, 5);
  g_assert_cmpstr(self->started->pdata[0], ==, "t.find " ADDRESS);
  g_assert_true(g_str_has_prefix(self->started->pdata[3], "t.push"));
  g_assert_true(g_str_has_prefix(self->started->pdata[4], "t.push"));
  g_autoptr(AkRunState) again = fold_all(self);
  g_assert_cmpuint(again->executions->len, ==, state->executions->len);
  const AkRunExecution *found = ak_run_state_find(again, "t.find/" ADDRESS "/1");
  g_assert_cmpstr(found->end, ==, "done");
  g_assert_cmpuint(found->observations->len, ==, 2);
}

/* Killed after every possible number of records: resuming repeats no finished test, loses none. */
static void test_resume_after_every_record(Play *self, gconstpointer data) {
  for (guint kill_after = 1;; kill_after++) {
    g_ptr_array_set_size(self->records, 0);
    g_ptr_array_set_size(self->started, 0);
    self->kill_after = kill_after;
    bool finished = false;
    AkRunSpec spec = spec_of(self);
    g_autoptr(AkRunState) first = ak_run_state_new("r1");
    bool ok = ak_run(&spec, first, &finished, NULL);
    self->kill_after = 0;
    g_ptr_array_set_size(self->started, 0);
    g_autoptr(AkRunState) state = fold_all(self);
    g_autoptr(GHashTable) ended = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < state->executions->len; i++) {
      const AkRunExecution *execution = state->executions->pdata[i];
      if (execution->end != NULL)
        g_hash_table_add(ended, g_strdup_printf("%s %s", execution->test_id,
                                                execution->subject.locator));
    }
    g_assert_true(ak_run(&spec, state, &finished, NULL));
    g_assert_true(finished);
    for (guint i = 0; i < self->started->len; i++)
      g_assert_false(g_hash_table_contains(ended, self->started->pdata[i]));
    const AkRunExecution *found = ak_run_state_find(state, "t.find/" ADDRESS "/1");
    g_assert_cmpuint(found->observations->len, ==, 2);
    const char *const keys[] = {"t.look/" PORT_A "/1", "t.look/" PORT_B "/1",
                                "t.push/" PORT_A "/1", "t.push/" PORT_B "/1"};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
      g_assert_nonnull(ak_run_state_find(state, keys[i])->end);
    if (ok)
      return;
  }
}

static void test_disturbing_test_in_flight_is_interrupted(Play *self, gconstpointer data) {
  g_autoptr(AkRunState) state = ak_run_state_new("r1");
  AkRunSpec spec = spec_of(self);
  bool finished = false;
  g_assert_true(ak_run(&spec, state, &finished, NULL));
  guint i = 0; /* keep everything up to the first start of t.push */
  while (strcmp(ak_json_string_or(self->records->pdata[i], "type", ""), "test-started") != 0 ||
         strcmp(ak_json_string_or(self->records->pdata[i], "test", ""), "t.push") != 0)
    i++;
  g_autofree char *pushed =
      g_strdup(ak_json_string_or(self->records->pdata[i], "execution", NULL));
  g_ptr_array_set_size(self->records, (int)i + 1);
  g_ptr_array_set_size(self->started, 0);
  g_autoptr(AkRunState) resumed = fold_all(self);
  g_assert_true(ak_run(&spec, resumed, &finished, NULL));
  g_assert_cmpstr(ak_run_state_find(resumed, pushed)->end, ==, "interrupted");
  g_assert_cmpuint(self->started->len, ==, 1); /* the other t.push alone */
}

static void test_refused_tests_send_nothing(Play *self, gconstpointer data) {
  g_autoptr(AkRunState) state = ak_run_state_new("r1");
  self->refusals = 1;
  AkRunSpec spec = spec_of(self);
  bool finished = false;
  g_assert_true(ak_run(&spec, state, &finished, NULL));
  g_assert_cmpuint(self->started->len, ==, 3);
  const AkRunExecution *refused = ak_run_state_find(state, "t.push/" PORT_A "/1");
  g_assert_cmpstr(refused->end, ==, "refused");
  g_assert_cmpstr(refused->reason, ==, "disturbing tests are not allowed");
  const AkRunExecution *noted =
      ak_run_state_find(state, "run.liveness/t.push:" PORT_A "/1");
  g_assert_cmpstr(((AkObservation *)noted->observations->pdata[0])->property, ==,
                  "scope.refused");
}

static void test_a_dead_device_is_left_alone(Play *self, gconstpointer data) {
  g_autoptr(AkRunState) state = ak_run_state_new("r1");
  self->device_dies = true;
  AkRunSpec spec = spec_of(self);
  spec.jobs = 1;
  bool finished = false;
  g_assert_true(ak_run(&spec, state, &finished, NULL));
  g_assert_cmpuint(self->started->len, ==, 2); /* t.find, one t.look */
  const AkRunExecution *watch = ak_run_state_find(state, "run.liveness/t.look:" PORT_A "/1");
  const AkObservation *lost = watch->observations->pdata[0];
  g_assert_cmpstr(lost->property, ==, "availability.lost");
  g_assert_cmpstr(lost->value.text, ==, "t.look on " PORT_A);
  g_assert_cmpint(((AkObservation *)watch->observations->pdata[1])->outcome, ==,
                  AK_OUTCOME_COULD_NOT_LOOK);
  g_assert_cmpstr(ak_run_state_find(state, "t.push/" PORT_B "/1")->end, ==, "interrupted");
}

static void test_repetitions(Play *self, gconstpointer data) {
  g_autoptr(AkRunState) state = ak_run_state_new("r1");
  AkRunSpec spec = spec_of(self);
  spec.repeat = 3;
  bool finished = false;
  g_assert_true(ak_run(&spec, state, &finished, NULL));
  g_assert_cmpuint(count_started(self, "t.find " ADDRESS), ==, 3);
  g_assert_nonnull(ak_run_state_find(state, "t.push/" PORT_B "/3"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(NAME, FUNC) g_test_add("/runner/" NAME, Play, NULL, set_up, FUNC, tear_down)
  ADD("order-and-fold", test_order_and_fold);
  ADD("resume-after-every-record", test_resume_after_every_record);
  ADD("disturbing-in-flight", test_disturbing_test_in_flight_is_interrupted);
  ADD("refused-tests-send-nothing", test_refused_tests_send_nothing);
  ADD("dead-device", test_a_dead_device_is_left_alone);
  ADD("repetitions", test_repetitions);
  return g_test_run();
}
