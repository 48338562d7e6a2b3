/* kill -9 of writers of the log at random moments: whatever they said was acknowledged is there,
 * once, where they said; the log opens and goes on.
 *
 * The program runs itself again as a writer, which prints one line for each acknowledgement. Set
 * AKASHI_KILL_POINTS for another number of kills, AKASHI_KILL_SEED to repeat a run. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/log.h"
#include "log/test-folder.h"

#define DEFAULT_POINTS 60
#define POINTS_A_FOLDER 20     /* then a new one, so that making a log is killed often too */
#define MIN_DELAY_US 100000    /* writers are killed within this, or within… */
#define OPENINGS 3             /* …this many times what opening takes on this machine, now */
#define OPENING_WAIT_US (120 * G_USEC_PER_SEC)
#define THREADS 6
#define FORGETFUL 1 /* the thread that deletes its first run */
#define MAX_ACKNOWLEDGEMENTS (8 * 1024 * 1024) /* bytes of lines from one writer */

typedef struct {
  AkLog *log;
  const char *name;
  guint number;
} Thread;

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* One write a line, so that a kill leaves whole lines only. */
static void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *line = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  if (write(STDOUT_FILENO, line, strlen(line)) != (gssize)strlen(line))
    _exit(3);
}

static void fail(GError *error) {
  fprintf(stderr, "writer: %s\n", error->message);
  _exit(4);
}

static void put_blob(Thread *thread, guint n) {
  GError *error = NULL;
  AkDigest digest;
  char hex[AK_DIGEST_HEX_SIZE];
  g_autofree char *text = g_strdup_printf("evidence %s-%u-%u", thread->name, thread->number, n);
  if (!ak_log_put_blob(thread->log, text, strlen(text), &digest, &error))
    fail(error);
  ak_digest_to_hex(&digest, hex);
  say("blob %s\n", hex);
}

static gpointer write_records(gpointer data) {
  Thread *thread = data;
  for (guint n = 0;; n++) {
    GError *error = NULL;
    guint64 index = 0;
    g_autofree char *run = g_strdup_printf("run-%s-%u-%u", thread->name, thread->number, n / 16);
    g_autofree char *value = g_strdup_printf("%s-%u-%u", thread->name, thread->number, n);
    g_autoptr(json_t) record = json_pack("{s:s, s:s}", "run", run, "value", value);
    if (!ak_log_append(thread->log, record, &index, &error))
      fail(error);
    say("record %" G_GUINT64_FORMAT " %s\n", index, value);
    if (n % 8 == thread->number)
      put_blob(thread, n);
    if (thread->number == 0 && n % 16 == 7) {
      g_autofree char *checkpoint = ak_log_checkpoint(thread->log, NULL, &error);
      if (checkpoint == NULL)
        fail(error);
    }
    if (thread->number == FORGETFUL && n % 32 == 31) { /* of its first run, now ended */
      g_autofree char *old = g_strdup_printf("run-%s-%u-0", thread->name, thread->number);
      if (ak_log_forget_run(thread->log, old, 0, &error))
        say("forgotten %s\n", old);
      g_clear_error(&error);
    }
  }
  return NULL;
}

static int be_writer(const char *dir, const char *name) {
  GError *error = NULL;
  AkLog *log = ak_log_open(dir, &error);
  if (log == NULL)
    fail(error);
  Thread threads[THREADS];
  for (guint i = 1; i < THREADS; i++) {
    threads[i] = (Thread){log, name, i};
    g_thread_unref(g_thread_new("writer", write_records, &threads[i]));
  }
  threads[0] = (Thread){log, name, 0};
  write_records(&threads[0]);
  return 0;
}

typedef struct {
  pid_t pid;
  int out;
  GString *lines;
} Child;

static const char *program;

static Child start_writer(const char *dir, const char *name) {
  Child child = {.lines = g_string_new(NULL)};
  int ends[2];
  g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
  child.pid = fork(); /* this program has one thread */
  g_assert_cmpint(child.pid, >=, 0);
  if (child.pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl(program, program, "--writer", dir, name, NULL);
    _exit(5);
  }
  close(ends[1]);
  child.out = ends[0];
  fcntl(child.out, F_SETFL, O_NONBLOCK);
  return child;
}

static void drain(Child *child) {
  char buffer[65536];
  for (gssize got = read(child->out, buffer, sizeof buffer); got > 0;
       got = read(child->out, buffer, sizeof buffer))
    g_string_append_len(child->lines, buffer, got);
  g_assert_cmpuint(child->lines->len, <, MAX_ACKNOWLEDGEMENTS);
}

static void wait_until(Child *children, guint count, gint64 end_us) {
  while (g_get_monotonic_time() < end_us) {
    for (guint i = 0; i < count; i++)
      drain(&children[i]);
    g_usleep(200);
  }
}

static void kill_writer(Child *child) {
  int status = 0;
  kill(child->pid, SIGKILL);
  g_assert_cmpint(waitpid(child->pid, &status, 0), ==, child->pid);
  if (!WIFSIGNALED(status))
    g_error("a writer ended by itself with status %d", WEXITSTATUS(status));
  drain(child);
  close(child->out);
}

/* What the outside knows of one folder. */
typedef struct {
  GHashTable *values;    /* value → its index as text */
  GHashTable *blobs;     /* hexadecimal digests */
  GHashTable *forgotten; /* runs */
} Known;

static Known known_new(void) {
  return (Known){g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                 g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                 g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

static void known_clear(Known *known) {
  g_hash_table_unref(known->values);
  g_hash_table_unref(known->blobs);
  g_hash_table_unref(known->forgotten);
}

static guint learn(Known *known, const char *lines) {
  g_auto(GStrv) all = g_strsplit(lines, "\n", -1);
  guint count = 0;
  for (guint i = 0; all[i] != NULL && all[i + 1] != NULL; i++, count++) {
    g_auto(GStrv) words = g_strsplit(all[i], " ", 3);
    if (strcmp(words[0], "record") == 0)
      g_assert_true(g_hash_table_insert(known->values, g_strdup(words[2]), g_strdup(words[1])));
    else if (strcmp(words[0], "blob") == 0)
      g_hash_table_add(known->blobs, g_strdup(words[1]));
    else if (strcmp(words[0], "forgotten") == 0)
      g_hash_table_add(known->forgotten, g_strdup(words[1]));
    else
      g_error("a writer said \"%s\"", all[i]);
  }
  return count;
}

typedef struct {
  GHashTable *found; /* value → index as text */
  const Known *known;
} Found;

static bool find_value(guint64 index, const json_t *record, gpointer data) {
  Found *found = data;
  const char *value = json_string_value(json_object_get(record, "value"));
  const char *run = json_string_value(json_object_get(record, "run"));
  if (value == NULL) /* this program's own, after a kill */
    return true;
  if (g_hash_table_contains(found->known->forgotten, run) &&
      g_hash_table_contains(found->known->values, value))
    g_error("%s was forgotten and is still there", value);
  if (!g_hash_table_insert(found->found, g_strdup(value),
                           g_strdup_printf("%" G_GUINT64_FORMAT, index)))
    g_error("%s is there twice", value);
  return true;
}

static void check_value(AkLog *log, const char *value, const char *index, const char *found) {
  if (found != NULL) {
    g_assert_cmpstr(found, ==, index);
    return;
  }
  /* Lost, or the text of a run that a writer was forgetting when it died. */
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) record = NULL;
  guint8 salt[32];
  ak_log_read(log, g_ascii_strtoull(index, NULL, 10), &record, salt, &error);
  g_assert_no_error(error);
  g_auto(GStrv) parts = g_strsplit(value, "-", 3);
  bool may_be_gone = g_ascii_strtoull(parts[1], NULL, 10) == FORGETFUL &&
                     g_ascii_strtoull(parts[2], NULL, 10) < 16;
  if (record != NULL || !may_be_gone)
    g_error("%s, acknowledged as record %s, is lost", value, index);
}

static void check(const char *dir, const Known *known) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkLog) log = ak_log_open(dir, &error);
  g_assert_no_error(error);
  Found found = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free), known};
  ak_log_foreach(log, 0, find_value, &found, &error);
  g_assert_no_error(error);
  GHashTableIter iterator;
  gpointer key, value;
  g_hash_table_iter_init(&iterator, known->values);
  while (g_hash_table_iter_next(&iterator, &key, &value))
    check_value(log, key, value, g_hash_table_lookup(found.found, key));
  g_hash_table_iter_init(&iterator, known->blobs);
  while (g_hash_table_iter_next(&iterator, &key, NULL)) {
    AkDigest digest;
    g_assert_true(ak_digest_from_hex(key, &digest));
    g_autoptr(GBytes) bytes = ak_log_get_blob(log, &digest, &error);
    g_assert_no_error(error);
    g_assert_nonnull(bytes);
  }
  g_autoptr(json_t) record = json_pack("{s:s}", "run", "check");
  guint64 size = ak_log_size(log), index = 0;
  g_assert_true(ak_log_append(log, record, &index, &error));
  g_assert_cmpuint(index, ==, size);
  g_autofree char *checkpoint = ak_log_checkpoint(log, NULL, &error);
  g_assert_no_error(error); /* it compares the records with the checkpoint signed before */
  g_assert_nonnull(checkpoint);
  g_hash_table_unref(found.found);
}

/* How long after its start a writer may be killed: long enough that it has often begun to write. */
static gint32 longest_delay(void) {
  TestFolder folder;
  test_folder_set_up(&folder, NULL);
  gint64 begin_us = g_get_monotonic_time();
  Child child = start_writer(folder.log, "first");
  while (strstr(child.lines->str, "record ") == NULL) {
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, OPENING_WAIT_US);
    wait_until(&child, 1, g_get_monotonic_time() + 1000);
  }
  gint64 took_us = g_get_monotonic_time() - begin_us;
  kill_writer(&child);
  g_string_free(child.lines, TRUE);
  test_folder_tear_down(&folder, NULL);
  return (gint32)MAX(MIN_DELAY_US, OPENINGS * took_us);
}

/* One or two writers at once, killed one after the other. */
static guint play(GRand *rand, gint32 delay_us, const char *dir, guint point, Known *known) {
  guint count = point % 3 == 0 ? 2 : 1, lines = 0;
  Child children[2];
  for (guint i = 0; i < count; i++) {
    g_autofree char *name = g_strdup_printf("p%u.%u", point, i);
    children[i] = start_writer(dir, name);
  }
  for (guint i = 0; i < count; i++) {
    wait_until(children, count, g_get_monotonic_time() + g_rand_int_range(rand, 0, delay_us));
    kill_writer(&children[i]);
    children[i].out = -1;
  }
  for (guint i = 0; i < count; i++) {
    lines += learn(known, children[i].lines->str);
    g_string_free(children[i].lines, TRUE);
  }
  check(dir, known);
  return lines;
}

static guint64 number_from(const char *variable, guint64 fallback) {
  const char *text = g_getenv(variable);
  return text != NULL ? g_ascii_strtoull(text, NULL, 10) : fallback;
}

static void test_kills(void) {
  guint points = (guint)number_from("AKASHI_KILL_POINTS", DEFAULT_POINTS);
  guint32 seed = (guint32)number_from("AKASHI_KILL_SEED", g_random_int());
  g_test_message("%u kills, seed %u", points, seed);
  g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
  gint32 delay_us = longest_delay();
  guint64 lines = 0;
  for (guint point = 0; point < points;) {
    TestFolder folder;
    Known known = known_new();
    test_folder_set_up(&folder, NULL);
    for (guint i = 0; i < POINTS_A_FOLDER && point < points; i++, point++)
      lines += play(rand, delay_us, folder.log, point, &known);
    test_folder_tear_down(&folder, NULL);
    known_clear(&known);
  }
  g_test_message("%" G_GUINT64_FORMAT " acknowledgements were kept", lines);
  g_assert_cmpuint(lines, >, points); /* the writers did write */
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "--writer") == 0)
    return be_writer(argv[2], argv[3]);
  program = argv[0];
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/kill/log", test_kills);
  return g_test_run();
}
