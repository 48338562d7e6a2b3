#include "verify/run/runner.h"

#include <string.h>

#include "verify/run/liveness.h"

#define DEFAULT_JOBS 4
#define DEFAULT_RECOVERY_MS 10000
#define LIVENESS_KEY "run.liveness"

typedef struct {
  const AkRunSpec *spec;
  AkRunState *state;
  GMutex lock;        /* guards state, dead, failure */
  GHashTable *dead;   /* addresses on which testing stopped */
  GError *failure;    /* the first error of a thread */
  GPtrArray *tests;   /* const AkTest, in order */
  GPtrArray *running; /* Task; touched by the scheduling thread alone */
  GAsyncQueue *ended; /* Task */
} Runner;

/* What one pool thread works on: one execution of a NET test, or all SANDBOX tests of a file. */
typedef struct {
  Runner *runner;
  GPtrArray *tests; /* const AkTest */
  AkSubject subject;
  char *address; /* or NULL */
  guint repeat;
} Task;

static void task_free(Task *self) {
  g_ptr_array_unref(self->tests);
  g_free(self->subject.kind);
  g_free(self->subject.locator);
  g_free(self->address);
  g_free(self);
}

static bool is_cancelled(Runner *self) {
  return self->spec->cancelled != NULL && self->spec->cancelled(self->spec->cancelled_data);
}

static bool has_failed(Runner *self) {
  g_mutex_lock(&self->lock);
  bool failed = self->failure != NULL;
  g_mutex_unlock(&self->lock);
  return failed;
}

/* --- records ------------------------------------------------------------------------------ */

/* Journal first, then the fold: what the state says is durable. */
static bool append(Runner *self, json_t *taken, GError **error) {
  g_autoptr(json_t) record = taken;
  if (!self->spec->journal.append(self->spec->journal_data, record, error))
    return false;
  g_mutex_lock(&self->lock);
  bool folded = ak_run_state_fold(self->state, record, error);
  g_mutex_unlock(&self->lock);
  return folded;
}

static json_t *record_new(Runner *self, AkRecordType type, const char *key) {
  json_t *record = ak_record_new(type, self->state->run_id, self->spec->now_utc_us());
  json_object_set_new(record, "execution", json_string(key));
  return record;
}

static bool append_started(Runner *self, const AkTest *test, const AkSubject *subject,
                           guint repeat, const char *key, GError **error) {
  g_mutex_lock(&self->lock);
  const AkRunExecution *before = ak_run_state_find(self->state, key);
  guint attempt = before != NULL ? before->attempt + 1 : 1;
  g_mutex_unlock(&self->lock);
  json_t *record = record_new(self, AK_RECORD_TEST_STARTED, key);
  json_object_set_new(record, "test", json_string(test->id));
  json_object_set_new(record, "rev", json_integer((json_int_t)test->rev));
  json_object_set_new(
      record, "subject",
      json_pack("{s:s, s:s}", "kind", subject->kind, "locator", subject->locator));
  json_object_set_new(record, "attempt", json_integer((json_int_t)attempt));
  json_object_set_new(record, "repeat", json_integer((json_int_t)repeat));
  return append(self, record, error);
}

static bool append_observation(Runner *self, const char *key, const AkObservation *observation,
                               GError **error) {
  json_t *record = record_new(self, AK_RECORD_OBSERVATION, key);
  json_object_set_new(record, "observation", ak_observation_to_json(observation, true));
  return append(self, record, error);
}

static bool append_ended(Runner *self, const char *key, const char *end, const char *reason,
                         GError **error) {
  json_t *record = record_new(self, AK_RECORD_TEST_ENDED, key);
  json_object_set_new(record, "end", json_string(end));
  if (reason != NULL)
    json_object_set_new(record, "reason", json_string(reason));
  if (!append(self, record, error))
    return false;
  if (self->spec->progress != NULL) {
    g_mutex_lock(&self->lock);
    self->spec->progress(self->spec->progress_data, key, ak_run_state_find(self->state, key), 0,
                         0);
    g_mutex_unlock(&self->lock);
  }
  return true;
}

/* --- what a job sends ----------------------------------------------------------------------- */

typedef struct {
  Task *task;
  const char *key; /* of the first test, for progress */
} Receiving;

static bool receive_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                         GError **error) {
  const AkRunSpec *spec = ((Receiving *)data)->task->runner->spec;
  return spec->journal.blob(spec->journal_data, bytes, size, digest, error);
}

static bool receive_observation(gpointer data, const AkObservation *observation, GError **error) {
  Task *task = ((Receiving *)data)->task;
  g_autofree char *key =
      ak_run_execution_key(observation->test_id, task->subject.locator, task->repeat);
  return append_observation(task->runner, key, observation, error);
}

static void receive_progress(gpointer data, guint64 done, guint64 total) {
  Receiving *self = data;
  const AkRunSpec *spec = self->task->runner->spec;
  if (spec->progress != NULL)
    spec->progress(spec->progress_data, self->key, NULL, done, total);
}

static bool receive_cancelled(gpointer data) {
  return is_cancelled(((Receiving *)data)->task->runner);
}

static const AkRunReceiver receiver = {
    .blob = receive_blob,
    .observe = receive_observation,
    .progress = receive_progress,
    .cancelled = receive_cancelled,
};

/* --- one job -------------------------------------------------------------------------------- */

/* What the needed tests saw on subjects related to this one, in the same repetition (device tests
 * may also need what an image said, which is looked at once). */
static json_t *prior_of(Runner *self, const Task *task) {
  json_t *prior = json_array();
  g_mutex_lock(&self->lock);
  for (guint t = 0; t < task->tests->len; t++) {
    const AkTest *test = task->tests->pdata[t];
    for (guint i = 0; test->needs != NULL && i < self->state->executions->len; i++) {
      const AkRunExecution *done = self->state->executions->pdata[i];
      if (done->end == NULL || !g_strv_contains(test->needs, done->test_id) ||
          !ak_plan_related(&done->subject, &task->subject) || done->repeat != task->repeat)
        continue;
      for (guint o = 0; o < done->observations->len; o++)
        json_array_append_new(prior, ak_observation_to_json(done->observations->pdata[o], true));
    }
  }
  g_mutex_unlock(&self->lock);
  return prior;
}

static json_t *request_of(Runner *self, const Task *task) {
  json_t *tests = json_array();
  for (guint i = 0; i < task->tests->len; i++)
    json_array_append_new(tests, json_string(((const AkTest *)task->tests->pdata[i])->id));
  const AkTest *first = task->tests->pdata[0];
  return json_pack("{s:o, s:{s:s, s:s}, s:o, s:o, s:I, s:I}", "tests", tests, "subject", "kind",
                   task->subject.kind, "locator", task->subject.locator, "params",
                   ak_plan_params(&self->spec->plan, first, &task->subject), "prior",
                   prior_of(self, task), "seed",
                   (json_int_t)(self->spec->seed + task->repeat), "now_utc_us",
                   (json_int_t)self->spec->now_utc_us());
}

/* A slow rate makes discovery long: three tries of every port must fit. */
static guint wall_ms_of(const Runner *self, const Task *task) {
  guint64 wall_ms = 0;
  for (guint i = 0; i < task->tests->len; i++) {
    const AkTest *test = task->tests->pdata[i];
    wall_ms += test->limits.wall_ms;
    if (self->spec->packets_per_second > 0)
      wall_ms += test->limits.packets * 1000 / self->spec->packets_per_second;
  }
  return (guint)MIN(wall_ms, G_MAXUINT / 2);
}

static bool start_all(Task *task, GError **error) {
  for (guint i = 0; i < task->tests->len; i++) {
    const AkTest *test = task->tests->pdata[i];
    g_autofree char *key = ak_run_execution_key(test->id, task->subject.locator, task->repeat);
    if (!append_started(task->runner, test, &task->subject, task->repeat, key, error))
      return false;
  }
  return true;
}

static bool end_all(Task *task, const char *end, const char *reason, GError **error) {
  for (guint i = 0; i < task->tests->len; i++) {
    const AkTest *test = task->tests->pdata[i];
    g_autofree char *key = ak_run_execution_key(test->id, task->subject.locator, task->repeat);
    if (!append_ended(task->runner, key, end, reason, error))
      return false;
  }
  return true;
}

/* The file of a subject; NULL where it has none. */
static const char *input_of(const Runner *self, const AkSubject *subject) {
  const AkImage *image = ak_product_image(self->spec->plan.product, subject->locator);
  if (strcmp(subject->kind, "document") == 0)
    return subject->locator;
  return strcmp(subject->kind, "image") == 0 && image != NULL ? image->path : NULL;
}

static const char *job_of(const AkTest *test) {
  if (test->isolation == AK_ISOLATION_NET)
    return "verify/probe";
  return strcmp(test->subject_kind, "document") == 0 ? "verify/document" : "verify/image";
}

static bool execute(Task *task, const char **end, GError **error) {
  Runner *self = task->runner;
  const AkTest *first = task->tests->pdata[0];
  g_autofree char *key = ak_run_execution_key(first->id, task->subject.locator, task->repeat);
  g_autoptr(json_t) request = request_of(self, task);
  AkRunJob job = {
      .job = job_of(first),
      .request = request,
      .input = input_of(self, &task->subject),
      .isolation = first->isolation,
      .wall_ms = wall_ms_of(self, task),
  };
  Receiving receiving = {.task = task, .key = key};
  g_autofree char *reason = NULL;
  if (!start_all(task, error) || !self->spec->execute(self->spec->execute_data, &job, &receiver,
                                                      &receiving, end, &reason, error))
    return false;
  /* a cancelled safe test is left in flight: resuming runs it again */
  if (strcmp(*end, "interrupted") == 0 && first->grade == AK_GRADE_SAFE)
    return true;
  return end_all(task, *end, reason, error);
}

/* --- permission, availability ---------------------------------------------------------------- */

static AkObservation *refusal_observation(const char *address, const char *reason) {
  AkObservation *refusal =
      ak_observation_new("address", address, "scope.refused", AK_OUTCOME_SEEN);
  ak_observation_take_value(refusal, ak_value_text(reason));
  refusal->test_id = g_strdup(ak_verify_liveness_test.id);
  refusal->test_rev = ak_verify_liveness_test.rev;
  return refusal;
}

/* The refusal is observed by the framework, under an execution of its own for each refused test. */
static bool record_refusal(Task *task, const char *reason, GError **error) {
  Runner *self = task->runner;
  const AkTest *test = task->tests->pdata[0];
  g_autofree char *where = g_strdup_printf("%s:%s", test->id, task->subject.locator);
  g_autofree char *key = ak_run_execution_key(LIVENESS_KEY, where, task->repeat);
  g_autoptr(AkObservation) refusal = refusal_observation(task->address, reason);
  refusal->trace.when_utc_us = self->spec->now_utc_us();
  AkSubject subject = {.kind = (char *)"address", .locator = task->address};
  return append_started(self, &ak_verify_liveness_test, &subject, task->repeat, key, error) &&
         append_observation(self, key, refusal, error) &&
         append_ended(self, key, "done", NULL, error) && start_all(task, error) &&
         end_all(task, "refused", reason, error);
}

typedef struct {
  Runner *runner;
  const char *key;
} Watching;

static bool watch_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                       GError **error) {
  const AkRunSpec *spec = ((Watching *)data)->runner->spec;
  return spec->journal.blob(spec->journal_data, bytes, size, digest, error);
}

static bool watch_observe(gpointer data, const AkObservation *observation, GError **error) {
  Watching *self = data;
  return append_observation(self->runner, self->key, observation, error);
}

static bool watch_cancelled(gpointer data) { return is_cancelled(((Watching *)data)->runner); }

static const AkSinkBackend watch_backend = {
    .blob = watch_blob, .observe = watch_observe, .cancelled = watch_cancelled};

/* A TCP port of the address that was seen open, the subject's own first; 0 where none is known. */
static guint16 known_port(Runner *self, const Task *task) {
  g_autofree char *transport = NULL, *address = NULL;
  guint16 port = 0;
  if (strcmp(task->subject.kind, "service") == 0 &&
      ak_service_locator_parse(task->subject.locator, &transport, &address, &port) &&
      strcmp(transport, "tcp") == 0)
    return port;
  port = 0;
  g_mutex_lock(&self->lock);
  for (guint i = 0; port == 0 && i < self->state->executions->len; i++) {
    const AkRunExecution *done = self->state->executions->pdata[i];
    for (guint o = 0; port == 0 && o < done->observations->len; o++) {
      const AkObservation *seen = done->observations->pdata[o];
      g_autofree char *t = NULL, *a = NULL;
      guint16 p = 0;
      if (strcmp(seen->property, "net.port.open") == 0 && seen->outcome == AK_OUTCOME_SEEN &&
          ak_service_locator_parse(seen->subject.locator, &t, &a, &p) &&
          strcmp(t, "tcp") == 0 && strcmp(a, task->address) == 0)
        port = p;
    }
  }
  g_mutex_unlock(&self->lock);
  return port;
}

/* A test that locks an account out may make the device refuse us: that is its answer, no failure. */
static bool locked_us_out(Runner *self, const Task *task) {
  const AkTest *test = task->tests->pdata[0];
  g_autofree char *key = ak_run_execution_key(test->id, task->subject.locator, task->repeat);
  bool locked = false;
  g_mutex_lock(&self->lock);
  const AkRunExecution *done = ak_run_state_find(self->state, key);
  for (guint i = 0; done != NULL && i < done->observations->len; i++) {
    const AkObservation *seen = done->observations->pdata[i];
    if (g_str_has_suffix(seen->property, ".lockout") && seen->outcome == AK_OUTCOME_SEEN)
      locked = true;
  }
  g_mutex_unlock(&self->lock);
  return locked;
}

static bool is_dead(Runner *self, const char *address) {
  g_mutex_lock(&self->lock);
  bool dead = address != NULL && g_hash_table_contains(self->dead, address);
  g_mutex_unlock(&self->lock);
  return dead;
}

static bool watch(Task *task, GError **error) {
  Runner *self = task->runner;
  guint16 port = task->address != NULL && self->spec->net != NULL ? known_port(self, task) : 0;
  if (port == 0 || is_dead(self, task->address) || locked_us_out(self, task))
    return true;
  const AkTest *test = task->tests->pdata[0];
  g_autofree char *where = g_strdup_printf("%s:%s", test->id, task->subject.locator);
  g_autofree char *key = ak_run_execution_key(LIVENESS_KEY, where, task->repeat);
  g_autofree char *last = g_strdup_printf("%s on %s", test->id, task->subject.locator);
  AkSubject subject = {.kind = (char *)"address", .locator = task->address};
  Watching watching = {.runner = self, .key = key};
  AkLivenessInput input = {
      .address = task->address,
      .port = port,
      .last = last,
      .recovery_ms = self->spec->recovery_ms ? self->spec->recovery_ms : DEFAULT_RECOVERY_MS,
  };
  g_autoptr(AkSink) sink = ak_sink_new(&ak_verify_liveness_test, &watch_backend, &watching,
                                       self->spec->now_utc_us);
  g_autoptr(GError) failure = NULL;
  if (!append_started(self, &ak_verify_liveness_test, &subject, task->repeat, key, error))
    return false;
  if (!ak_liveness_check(self->spec->net, &input, sink, &failure)) {
    g_mutex_lock(&self->lock);
    g_hash_table_add(self->dead, g_strdup(task->address));
    g_mutex_unlock(&self->lock);
  }
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  return append_ended(self, key, "done", NULL, error);
}

static bool permitted(Task *task, char **reason) {
  const AkRunSpec *spec = task->runner->spec;
  if (is_dead(task->runner, task->address)) {
    *reason = g_strdup("stopped: the device no longer answered");
    return false;
  }
  g_autoptr(GError) refusal = NULL;
  if (task->address == NULL || spec->permit == NULL ||
      spec->permit(spec->permit_data, task->tests->pdata[0], task->address, &refusal))
    return true;
  *reason = g_strdup(refusal != NULL ? refusal->message : "refused");
  return false;
}

/* A task may have waited for its turn while its run was stopped. */
static bool perform(Task *task, GError **error) {
  g_autofree char *reason = NULL;
  if (is_cancelled(task->runner) || has_failed(task->runner))
    return true;
  if (!permitted(task, &reason)) {
    if (is_dead(task->runner, task->address))
      return start_all(task, error) && end_all(task, "interrupted", reason, error);
    return record_refusal(task, reason, error);
  }
  const char *end = NULL;
  if (!execute(task, &end, error))
    return false;
  return strcmp(end, "interrupted") == 0 || watch(task, error);
}

static void pool_thread(gpointer data, gpointer user_data) {
  Task *task = data;
  Runner *self = user_data;
  /* the run may be over as soon as its last task is back */
  g_autoptr(GAsyncQueue) ended = g_async_queue_ref(self->ended);
  g_autoptr(GError) error = NULL;
  if (!perform(task, &error)) {
    g_mutex_lock(&self->lock);
    if (self->failure == NULL)
      self->failure = g_steal_pointer(&error);
    g_mutex_unlock(&self->lock);
  }
  g_async_queue_push(ended, task);
}

/* --- scheduling -------------------------------------------------------------------------------- */

/* What all ended executions of a repetition saw; the caller locks while it uses them. */
static GPtrArray *seen_in(Runner *self, guint repeat) {
  GPtrArray *seen = g_ptr_array_new();
  for (guint i = 0; i < self->state->executions->len; i++) {
    const AkRunExecution *done = self->state->executions->pdata[i];
    for (guint o = 0; done->end != NULL && done->repeat == repeat && o < done->observations->len;
         o++)
      g_ptr_array_add(seen, done->observations->pdata[o]);
  }
  return seen;
}

static GPtrArray *subjects_of(Runner *self, const AkTest *test, guint repeat) {
  g_mutex_lock(&self->lock);
  g_autoptr(GPtrArray) seen = seen_in(self, repeat);
  GPtrArray *subjects = ak_plan_subjects(self->spec->plan.product, test, seen);
  g_mutex_unlock(&self->lock);
  return subjects;
}

static bool has_ended(Runner *self, const AkTest *test, const AkSubject *subject, guint repeat) {
  g_autofree char *key = ak_run_execution_key(test->id, subject->locator, repeat);
  g_mutex_lock(&self->lock);
  const AkRunExecution *execution = ak_run_state_find(self->state, key);
  bool ended = execution != NULL && execution->end != NULL;
  g_mutex_unlock(&self->lock);
  return ended;
}

static bool is_running(const Runner *self, const AkTest *test, const AkSubject *subject,
                       guint repeat) {
  for (guint i = 0; i < self->running->len; i++) {
    const Task *task = self->running->pdata[i];
    if (task->repeat == repeat && strcmp(task->subject.locator, subject->locator) == 0 &&
        g_ptr_array_find(task->tests, test, NULL))
      return true;
  }
  return false;
}

/* Have all executions of `test` on subjects related to `subject` ended? */
static bool has_ended_around(Runner *self, const AkTest *test, const AkSubject *subject,
                             guint repeat) {
  g_autoptr(GPtrArray) subjects = subjects_of(self, test, repeat);
  for (guint i = 0; i < subjects->len; i++)
    if (ak_plan_related(subjects->pdata[i], subject) &&
        !has_ended(self, test, subjects->pdata[i], repeat))
      return false;
  return true;
}

static bool needs_have_ended(Runner *self, const AkTest *test, const AkSubject *subject,
                             guint repeat) {
  for (guint i = 0; i < self->tests->len; i++) {
    const AkTest *other = self->tests->pdata[i];
    if (test->needs != NULL && g_strv_contains(test->needs, other->id) &&
        !has_ended_around(self, other, subject, repeat))
      return false;
  }
  return true;
}

/* Safe tests first; a disturbing one runs alone on its address. */
static bool address_is_free(Runner *self, const AkTest *test, const char *address, guint repeat) {
  if (address == NULL)
    return true;
  AkSubject whole = {.kind = (char *)"address", .locator = (char *)address};
  for (guint i = 0; i < self->running->len; i++) {
    const Task *task = self->running->pdata[i];
    const AkTest *other = task->tests->pdata[0];
    if (g_strcmp0(task->address, address) == 0 &&
        (test->grade != AK_GRADE_SAFE || other->grade != AK_GRADE_SAFE))
      return false;
  }
  for (guint i = 0; test->grade != AK_GRADE_SAFE && i < self->tests->len; i++) {
    const AkTest *other = self->tests->pdata[i];
    if (other->grade < test->grade && other->isolation == AK_ISOLATION_NET &&
        !has_ended_around(self, other, &whole, repeat))
      return false;
  }
  return true;
}

static Task *task_new(Runner *self, const AkSubject *subject, guint repeat) {
  Task *task = g_new0(Task, 1);
  task->runner = self;
  task->tests = g_ptr_array_new();
  task->subject.kind = g_strdup(subject->kind);
  task->subject.locator = g_strdup(subject->locator);
  task->address = ak_plan_address_of(subject);
  task->repeat = repeat;
  return task;
}

/* One worker a file: all its tests that have not ended go along. */
static void add_file_tests(Runner *self, Task *task) {
  for (guint i = 0; i < self->tests->len; i++) {
    const AkTest *test = self->tests->pdata[i];
    if (test->isolation == AK_ISOLATION_SANDBOX &&
        g_strcmp0(test->subject_kind, task->subject.kind) == 0 &&
        !has_ended(self, test, &task->subject, task->repeat))
      g_ptr_array_add(task->tests, (gpointer)test);
  }
}

/* A task for the next execution that can begin, or NULL. */
static Task *next_of_test(Runner *self, const AkTest *test, guint repeat) {
  g_autoptr(GPtrArray) subjects = subjects_of(self, test, repeat);
  for (guint i = 0; i < subjects->len; i++) {
    const AkSubject *subject = subjects->pdata[i];
    g_autofree char *address = ak_plan_address_of(subject);
    if (has_ended(self, test, subject, repeat) || is_running(self, test, subject, repeat) ||
        !address_is_free(self, test, address, repeat))
      continue;
    bool is_file = test->isolation == AK_ISOLATION_SANDBOX;
    if (!is_file && !needs_have_ended(self, test, subject, repeat))
      continue;
    Task *task = task_new(self, subject, repeat);
    if (is_file)
      add_file_tests(self, task);
    else
      g_ptr_array_add(task->tests, (gpointer)test);
    return task;
  }
  return NULL;
}

static Task *next_task(Runner *self, guint repeat) {
  for (guint i = 0; i < self->tests->len; i++) {
    const AkTest *test = self->tests->pdata[i];
    if (repeat > 1 && test->isolation == AK_ISOLATION_SANDBOX)
      continue; /* the same bytes give the same answer: only devices are asked again */
    Task *task = next_of_test(self, test, repeat);
    if (task != NULL)
      return task;
  }
  return NULL;
}

/* Runs one repetition until nothing can begin and nothing runs. */
static void run_pass(Runner *self, AkRunPool *pool, guint repeat) {
  guint jobs = self->spec->jobs ? self->spec->jobs : DEFAULT_JOBS;
  for (;;) {
    while (self->running->len < jobs && !is_cancelled(self) && !has_failed(self)) {
      Task *task = next_task(self, repeat);
      if (task == NULL)
        break;
      g_ptr_array_add(self->running, task);
      ak_run_pool_push(pool, ((const AkTest *)task->tests->pdata[0])->isolation, pool_thread, task,
                       self);
    }
    if (self->running->len == 0)
      return;
    Task *ended = g_async_queue_pop(self->ended);
    g_ptr_array_remove_fast(self->running, ended); /* frees it */
  }
}

/* A disturbing test that was in flight when the program was killed is not run again. */
static bool close_broken_off(Runner *self, GError **error) {
  for (guint i = 0; i < self->state->executions->len; i++) {
    const AkRunExecution *execution = self->state->executions->pdata[i];
    if (execution->end != NULL)
      continue;
    const AkTest *test = ak_test_find(execution->test_id);
    for (guint t = 0; t < self->tests->len; t++)
      if (strcmp(((const AkTest *)self->tests->pdata[t])->id, execution->test_id) == 0)
        test = self->tests->pdata[t];
    bool again = test != NULL && test->run != NULL && test->grade == AK_GRADE_SAFE;
    g_autofree char *key = g_strdup(execution->key);
    if (!again && !append_ended(self, key, "interrupted", "akashi was stopped during it", error))
      return false;
  }
  return true;
}

/* The stop rule holds over a restart: an address that was lost stays stopped. */
static void fold_dead(Runner *self) {
  for (guint i = 0; i < self->state->executions->len; i++) {
    const AkRunExecution *execution = self->state->executions->pdata[i];
    for (guint o = 0; o < execution->observations->len; o++) {
      const AkObservation *seen = execution->observations->pdata[o];
      if (strcmp(seen->property, "availability.lost") == 0)
        g_hash_table_add(self->dead, g_strdup(seen->subject.locator));
    }
  }
}

bool ak_run(const AkRunSpec *spec, AkRunState *state, bool *finished, GError **error) {
  g_autoptr(GPtrArray) tests = ak_plan_tests(&spec->plan, error);
  if (tests == NULL)
    return false;
  g_autoptr(GHashTable) dead = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) running = g_ptr_array_new_with_free_func((GDestroyNotify)task_free);
  g_autoptr(GAsyncQueue) ended = g_async_queue_new();
  Runner self = {.spec = spec, .state = state, .dead = dead, .tests = tests, .running = running,
                 .ended = ended};
  g_mutex_init(&self.lock);
  fold_dead(&self);
  bool ok = close_broken_off(&self, error);
  g_autoptr(AkRunPool) own_pool =
      spec->pool == NULL ? ak_run_pool_new(spec->jobs ? spec->jobs : DEFAULT_JOBS) : NULL;
  guint passes = spec->repeat ? spec->repeat : 1;
  for (guint repeat = 1; ok && repeat <= passes && !is_cancelled(&self); repeat++)
    run_pass(&self, own_pool != NULL ? own_pool : spec->pool, repeat);
  if (self.failure != NULL) {
    if (ok)
      g_propagate_error(error, self.failure);
    else
      g_error_free(self.failure);
    ok = false;
  }
  g_mutex_clear(&self.lock);
  if (ok)
    *finished = !is_cancelled(&self);
  return ok;
}
