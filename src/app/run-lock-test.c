/* One process works on a run, and others see whether it does. */
#include "app/run-lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/test-folder.h"

typedef struct {
  TestFolder folder;
  AkWorkspace *workspace;
} World;

static void set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_folder_set_up(&self->folder, NULL);
  g_autofree char *dir = g_build_filename(self->folder.top, "data", NULL);
  self->workspace = ak_workspace_open(dir, &error);
  g_assert_no_error(error);
}

static void tear_down(World *self, gconstpointer data) {
  ak_workspace_free(self->workspace);
  test_folder_tear_down(&self->folder, NULL);
}

static void test_one_at_a_time(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(ak_run_lock_look(self->workspace, "r1"), ==, AK_RUN_NOT_HELD);
  AkRunLock *lock = ak_run_lock_take(self->workspace, "r1", &error);
  g_assert_no_error(error);
  g_assert_cmpint(ak_run_lock_look(self->workspace, "r1"), ==, AK_RUN_HELD);
  g_assert_cmpint(ak_run_lock_look(self->workspace, "r2"), ==, AK_RUN_NOT_HELD);
  g_assert_null(ak_run_lock_take(self->workspace, "r1", &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
  g_assert_cmpint(ak_run_lock_look(self->workspace, "r1"), ==, AK_RUN_HELD); /* looking takes nothing */
  ak_run_lock_release(lock);
  g_assert_cmpint(ak_run_lock_look(self->workspace, "r1"), ==, AK_RUN_NOT_HELD);
  g_autofree char *path =
      g_build_filename(ak_workspace_dir(self->workspace), "running", "r1", NULL);
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  g_clear_error(&error);
  g_autoptr(AkRunLock) again = ak_run_lock_take(self->workspace, "r1", &error);
  g_assert_no_error(error);
}

static void test_status(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_assert_cmpstr(ak_run_status(self->workspace, "r1", NULL), ==, "stopped");
  g_assert_cmpstr(ak_run_status(self->workspace, "r1", "finished"), ==, "finished");
  g_assert_cmpstr(ak_run_status(self->workspace, "r1", "aborted"), ==, "aborted");
  g_autoptr(AkRunLock) lock = ak_run_lock_take(self->workspace, "r1", &error);
  g_assert_no_error(error);
  g_assert_cmpstr(ak_run_status(self->workspace, "r1", NULL), ==, "running");
  g_assert_cmpstr(ak_run_status(self->workspace, "r1", "finished"), ==, "running"); /* it is judged */
}

/* The kernel lets go for a process that was killed. */
static void test_a_killed_holder(World *self, gconstpointer data) {
  int ready[2];
  g_assert_cmpint(pipe(ready), ==, 0);
  pid_t child = fork();
  g_assert_cmpint(child, >=, 0);
  if (child == 0) {
    AkRunLock *lock = ak_run_lock_take(self->workspace, "r1", NULL);
    char word = lock != NULL ? 'y' : 'n';
    if (write(ready[1], &word, 1) == 1)
      pause();
    _exit(1);
  }
  char word = 0;
  g_assert_cmpint(read(ready[0], &word, 1), ==, 1);
  g_assert_cmpint(word, ==, 'y');
  g_assert_cmpint(ak_run_lock_look(self->workspace, "r1"), ==, AK_RUN_HELD);
  kill(child, SIGKILL);
  g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
  g_assert_cmpstr(ak_run_status(self->workspace, "r1", NULL), ==, "stopped");
  g_autoptr(GError) error = NULL;
  g_autoptr(AkRunLock) lock = ak_run_lock_take(self->workspace, "r1", &error);
  g_assert_no_error(error);
  close(ready[0]);
  close(ready[1]);
}

static void test_names(World *self, gconstpointer data) {
  static const char *const names[] = {"", "..", "a/b", "../log", "r.1"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_run_lock_take(self->workspace, names[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
    g_assert_cmpint(ak_run_lock_look(self->workspace, names[i]), ==, AK_RUN_NOT_HELD);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/run-lock/one", World, NULL, set_up, test_one_at_a_time, tear_down);
  g_test_add("/run-lock/status", World, NULL, set_up, test_status, tear_down);
  g_test_add("/run-lock/killed", World, NULL, set_up, test_a_killed_holder, tear_down);
  g_test_add("/run-lock/names", World, NULL, set_up, test_names, tear_down);
  return g_test_run();
}
