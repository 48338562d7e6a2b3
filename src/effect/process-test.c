#include "effect/process.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

static char *fill(const char *text) {
  g_autoptr(GPtrArray) values =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_range_value_free);
  AkRangeValue *value = g_new0(AkRangeValue, 1);
  value->name = g_strdup("LEVEL");
  value->value = g_strdup("@PORT@");
  g_ptr_array_add(values, value);
  AkPlaceholders placeholders = {.folder = "/f", .range = "/r", .port = 80, .target_port = 81,
                                 .values = values};
  return ak_process_fill(&placeholders, text, strlen(text), NULL);
}

static void test_fill(void) {
  static const struct {
    const char *text, *wanted;
  } rows[] = {
      {"listen 127.0.0.1:@PORT@;", "listen 127.0.0.1:80;"},
      {"@TARGET_PORT@@FOLDER@@RANGE@", "81/f/r"},
      {"@LEVEL@", "@PORT@"}, /* what was filled in is not filled again */
      {"a@b.example @PORT", "a@b.example @PORT"},
      {"@streq 0 @@PORT@ @UNKNOWN@", "@streq 0 @80 @UNKNOWN@"},
      {"", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *filled = fill(rows[i].text);
    g_assert_cmpstr(filled, ==, rows[i].wanted);
  }
}

typedef struct {
  char *folder, *own;
} World;

static void set_up(World *world, gconstpointer data) {
  world->folder = g_dir_make_tmp("akashi-process-XXXXXX", NULL);
  world->own = g_build_filename(world->folder, "own", NULL);
  g_chmod(world->folder, 0711);
  g_assert_true(ak_process_make_folder(world->own, NULL));
}

static void tear_down(World *world, gconstpointer data) {
  g_autofree char *output = g_build_filename(world->own, "output", NULL);
  g_unlink(output);
  g_rmdir(world->own);
  g_rmdir(world->folder);
  g_free(world->own);
  g_free(world->folder);
}

static AkProcess *start(const World *world, const char *script, GError **error) {
  char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
  AkProcessSpec spec = {.name = "it", .folder = world->own, .argv = argv, .ready_ms = 10000,
                        .in_fd = -1, .out_fd = -1};
  return ak_process_start(&spec, error);
}

static char *output_of(const World *world) {
  g_autofree char *path = g_build_filename(world->own, "output", NULL);
  char *text = NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

/* Whatever it started in its group ends with it, and it is nobody. */
static void test_group(World *world, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  AkProcess *process = start(world, "sleep 600 & echo $! $(id -u); exec sleep 600", &error);
  g_assert_no_error(error);
  g_autofree char *said = NULL;
  for (guint i = 0; i < 2000 && (said == NULL || strchr(said, '\n') == NULL); i++) {
    g_free(said);
    g_usleep(5000);
    said = output_of(world);
  }
  g_assert_true(ak_process_is_alive(process));
  ak_process_stop(process, 1000, NULL);
  g_auto(GStrv) words = g_strsplit(g_strchomp(said), " ", 2);
  pid_t child = (pid_t)g_ascii_strtoll(words[0], NULL, 10);
  g_assert_cmpint(child, >, 1);
  g_assert_cmpstr(words[1], !=, "0");
  for (guint i = 0; i < 2000 && kill(child, 0) == 0; i++)
    g_usleep(5000); /* until whoever took it over has waited for it */
  g_assert_cmpint(kill(child, 0), !=, 0);
}

static void test_failures(World *world, gconstpointer data) {
  g_autoptr(GError) error = NULL, none = NULL;
  char *argv[] = {(char *)"sh", (char *)"-c", (char *)"echo no such rule >&2; exit 3", NULL};
  char *missing[] = {(char *)"no-such-program", NULL};
  AkProcessSpec spec = {.name = "it", .folder = world->own, .argv = argv, .port = 1,
                        .ready_ms = 10000, .in_fd = -1, .out_fd = -1};
  g_assert_null(ak_process_start(&spec, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_IO);
  g_assert_nonnull(strstr(error->message, "no such rule"));
  spec.argv = missing;
  g_assert_null(ak_process_start(&spec, &none));
  g_assert_error(none, AK_ERROR, AK_ERROR_NOT_FOUND);
}

static void test_use(World *world, gconstpointer data) {
  g_autoptr(AkProcess) process = start(world, "while :; do :; done", NULL);
  AkProcessUse use = {0};
  for (guint i = 0; i < 4000 && use.cpu_us < 50000; i++) {
    g_usleep(5000);
    use = ak_process_use(process);
  }
  g_assert_cmpint(use.cpu_us, >=, 50000);
  g_assert_cmpint(use.memory_bytes, >, 100000);
}

/* One that has ended is accounted for all the same: with whom it waited for. */
static void test_ended_use(World *world, gconstpointer data) {
  AkProcessUse used = {.cpu_us = 1000, .memory_bytes = 1};
  AkProcess *process =
      start(world, "sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; exit 3", NULL);
  int status = 0;
  for (guint i = 0; i < 12000 && ak_process_is_alive(process); i++)
    g_usleep(5000);
  g_assert_true(ak_process_has_exited(process, &status));
  g_assert_cmpint(status, ==, 3);
  ak_process_stop(process, 0, &used);
  g_assert_cmpint(used.cpu_us, >=, 1000 + 10000);
}

static void test_use_sum(void) {
  AkProcessUse sum = {10, 20, 300}, more = {1, 2, 200}, largest = {0, 0, 301};
  ak_process_use_add(&sum, &more);
  g_assert_cmpint(sum.cpu_us, ==, 11);
  g_assert_cmpint(sum.waited_us, ==, 22);
  g_assert_cmpint(sum.memory_bytes, ==, 300);
  ak_process_use_add(&sum, &largest);
  g_assert_cmpint(sum.memory_bytes, ==, 301);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/process/fill", test_fill);
  g_test_add("/effect/process/group", World, NULL, set_up, test_group, tear_down);
  g_test_add("/effect/process/failures", World, NULL, set_up, test_failures, tear_down);
  g_test_add("/effect/process/use", World, NULL, set_up, test_use, tear_down);
  g_test_add("/effect/process/ended-use", World, NULL, set_up, test_ended_use, tear_down);
  g_test_add_func("/effect/process/use-sum", test_use_sum);
  return g_test_run();
}
