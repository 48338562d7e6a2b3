/* A PostgreSQL server of a test's own, in a temporary folder, on a Unix socket; for *-test.c and
 * bench.
 *
 * It is started by the first test that asks and stopped by its process id when the program ends;
 * where the program is broken off, the kernel stops it (setpriv --pdeathsig). Text sorts by ICU
 * rules there, so that a statement which relies on an order of texts shows. */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/test-folder.h"

#define TEST_POSTGRES_WAIT_MS 120000

typedef struct {
  bool was_asked;
  char *top, *data; /* folders */
  char *bin;        /* where initdb and postgres are; NULL: there are none */
  char *uid, *gid;  /* to run them as, where we are root; or NULL */
  GSubprocess *server;
  guint databases;
} TestPostgres;

static TestPostgres test_postgres;

/* The newest version's folder, such as Debian's /usr/lib/postgresql/15/bin. */
static inline char *test_postgres_find(void) {
  static const char top[] = "/usr/lib/postgresql";
  g_autofree char *on_path = g_find_program_in_path("initdb");
  g_autoptr(GDir) dir = g_dir_open(top, 0, NULL);
  guint64 newest = 0;
  char *found = on_path != NULL ? g_path_get_dirname(on_path) : NULL;
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *bin = g_build_filename(top, name, "bin", NULL);
    g_autofree char *initdb = g_build_filename(bin, "initdb", NULL);
    guint64 version = g_ascii_strtoull(name, NULL, 10);
    if (version <= newest || !g_file_test(initdb, G_FILE_TEST_IS_EXECUTABLE))
      continue;
    newest = version;
    g_free(found);
    found = g_steal_pointer(&bin);
  }
  return found;
}

/* The server refuses to run as root. */
static inline bool test_postgres_choose_user(TestPostgres *self) {
  static const char *const names[] = {"postgres", "nobody"};
  if (geteuid() != 0)
    return true;
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    const struct passwd *user = getpwnam(names[i]);
    if (user == NULL)
      continue;
    self->uid = g_strdup_printf("--reuid=%u", (guint)user->pw_uid);
    self->gid = g_strdup_printf("--regid=%u", (guint)user->pw_gid);
    return chown(self->top, user->pw_uid, user->pw_gid) == 0;
  }
  return false;
}

/* Starts PROGRAM of the server's folder; its words go to `log` in our folder. */
static inline GSubprocess *test_postgres_spawn(TestPostgres *self, const char *program,
                                               const char *const *arguments) {
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  g_autofree char *path = g_build_filename(self->bin, program, NULL);
  g_autofree char *log = g_build_filename(self->top, "log", NULL);
  g_strv_builder_add_many(builder, "setpriv", "--pdeathsig=INT", NULL);
  if (self->uid != NULL)
    g_strv_builder_add_many(builder, self->uid, self->gid, "--clear-groups", NULL);
  g_strv_builder_add(builder, path);
  g_strv_builder_addv(builder, (const char **)arguments);
  g_auto(GStrv) words = g_strv_builder_end(builder);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
  g_subprocess_launcher_set_cwd(launcher, self->top);
  g_subprocess_launcher_set_stdout_file_path(launcher, log);
  g_subprocess_launcher_set_stderr_file_path(launcher, log);
  g_autoptr(GError) error = NULL;
  GSubprocess *process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, &error);
  g_assert_no_error(error);
  return process;
}

static inline bool test_postgres_init(TestPostgres *self, bool with_icu) {
  const char *arguments[16] = {"-D",    self->data, "-U",   "akashi",    "-A",
                               "trust", "-E",       "UTF8", "--no-sync", "--locale=C.UTF-8"};
  if (with_icu) {
    arguments[10] = "--locale-provider=icu";
    arguments[11] = "--icu-locale=en";
  }
  g_autoptr(GSubprocess) process = test_postgres_spawn(self, "initdb", arguments);
  return g_subprocess_wait_check(process, NULL, NULL);
}

static inline char *test_postgres_uri(const char *database) {
  return g_strdup_printf("postgresql:///%s?host=%s&user=akashi&application_name=akashi-test",
                         database, test_postgres.top);
}

/* A command on the server's first database. */
static inline bool test_postgres_execute(const char *sql) {
  g_autofree char *uri = test_postgres_uri("postgres");
  PGconn *connection = PQconnectdb(uri);
  PGresult *result = PQexec(connection, sql);
  ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  PQfinish(connection);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static inline void test_postgres_stop(void) {
  TestPostgres *self = &test_postgres;
  if (self->server != NULL) {
    g_subprocess_send_signal(self->server, SIGINT); /* a fast shutdown */
    g_subprocess_wait(self->server, NULL, NULL);
    g_clear_object(&self->server);
  }
  if (self->top != NULL)
    test_folder_remove_tree(self->top);
  g_clear_pointer(&self->top, g_free);
  g_clear_pointer(&self->data, g_free);
  g_clear_pointer(&self->bin, g_free);
  g_clear_pointer(&self->uid, g_free);
  g_clear_pointer(&self->gid, g_free);
}

static inline void test_postgres_say_log(TestPostgres *self) {
  g_autofree char *path = g_build_filename(self->top, "log", NULL);
  g_autofree char *text = NULL;
  if (g_file_get_contents(path, &text, NULL, NULL))
    fprintf(stderr, "# PostgreSQL: %s\n", text);
}

static inline void test_postgres_start_server(TestPostgres *self) {
  const char *const arguments[] = {"-D", self->data,           "-k", self->top,
                                   "-c", "listen_addresses=",  "-c", "fsync=off",
                                   "-c", "max_connections=40", NULL};
  self->server = test_postgres_spawn(self, "postgres", arguments);
  for (guint waited_ms = 0; !test_postgres_execute("SELECT 1"); waited_ms += 50) {
    if (waited_ms >= TEST_POSTGRES_WAIT_MS || g_subprocess_get_identifier(self->server) == NULL) {
      test_postgres_say_log(self);
      g_assert_not_reached();
    }
    g_usleep(50 * 1000);
  }
}

static inline bool test_postgres_start(void) {
  TestPostgres *self = &test_postgres;
  if (self->was_asked)
    return self->server != NULL;
  self->was_asked = true;
  self->bin = test_postgres_find();
  if (self->bin == NULL)
    return false;
  self->top = g_dir_make_tmp("akashi-pg-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->data = g_build_filename(self->top, "data", NULL);
  atexit(test_postgres_stop);
  if (!test_postgres_choose_user(self))
    return false;
  if (!test_postgres_init(self, true)) {
    test_folder_remove_tree(self->data); /* before version 15 there was no such option */
    if (!test_postgres_init(self, false)) {
      test_postgres_say_log(self);
      g_assert_not_reached();
    }
  }
  test_postgres_start_server(self);
  return true;
}

/* The URI of a new, empty database; NULL where PostgreSQL is not installed. */
static inline char *test_postgres_database(void) {
  if (!test_postgres_start())
    return NULL;
  g_autofree char *name = g_strdup_printf("t%u", ++test_postgres.databases);
  g_autofree char *sql = g_strdup_printf("CREATE DATABASE %s", name);
  g_assert_true(test_postgres_execute(sql));
  return test_postgres_uri(name);
}
