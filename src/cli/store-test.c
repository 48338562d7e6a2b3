/* akashi store and akashi run list|search, as a user gives them, on a data folder made here. */
#include <gio/gio.h>
#include <sys/wait.h>

#include "app/test-records.h"
#include "app/workspace.h"
#include "log/test-folder.h"

typedef struct {
  char *top, *data, *db;
} World;

typedef struct {
  int code;
  char *out, *err;
} Said;

static void said_clear(Said *self) {
  g_free(self->out);
  g_free(self->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

static void set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  self->top = g_dir_make_tmp("akashi-cli-store-XXXXXX", NULL);
  self->data = g_build_filename(self->top, "data", NULL);
  self->db = g_build_filename(self->data, "store.db", NULL);
  g_autoptr(AkWorkspace) workspace = ak_workspace_open(self->data, &error);
  g_assert_no_error(error);
  test_whole_run(ak_workspace_log(workspace), "r1", 2); /* 7 records */
  test_plan(ak_workspace_log(workspace), "r2", "門番", "2.0");
}

static void tear_down(World *self, gconstpointer data) {
  test_folder_remove_tree(self->top);
  g_free(self->top);
  g_free(self->data);
  g_free(self->db);
}

/* `words` end with NULL. */
static Said akashi(World *self, const char *store, const char *first, ...) {
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  g_strv_builder_add(builder, g_getenv("AKASHI_PROGRAM"));
  va_list words;
  va_start(words, first);
  for (const char *word = first; word != NULL; word = va_arg(words, const char *))
    g_strv_builder_add(builder, word);
  va_end(words);
  g_auto(GStrv) arguments = g_strv_builder_end(builder);
  g_auto(GStrv) environment = g_get_environ();
  environment = g_environ_setenv(environment, "AKASHI_DATA", self->data, TRUE);
  environment = g_environ_setenv(environment, "AKASHI_STORE", store, TRUE);
  g_autoptr(GError) error = NULL;
  Said said = {0};
  int status = 0;
  g_spawn_sync(NULL, arguments, environment, G_SPAWN_DEFAULT, NULL, NULL, &said.out, &said.err,
               &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  said.code = WEXITSTATUS(status);
  return said;
}

static json_t *parse(const Said *said) {
  g_autoptr(GError) error = NULL;
  json_t *json = ak_json_parse(said->out, strlen(said->out), "output", &error);
  g_assert_no_error(error);
  return json;
}

static void test_list(World *self, gconstpointer data) {
  g_auto(Said) json_said =
      akashi(self, "", "run", "list", "--at=2026-12-01", "--format=json", NULL);
  g_assert_cmpint(json_said.code, ==, 0);
  g_autoptr(json_t) rows = parse(&json_said);
  g_autoptr(json_t) expected = json_pack(
      "[{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:{s:s,s:s},s:{s:i,s:i,s:i,s:i}},"
      "{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:{s:s}}]",
      "run", "r1", "product", "Gateway", "model", "M-1", "version", "1.0", "profile", "en303645",
      "end", "finished", "when_utc_us", (json_int_t)TEST_TIME, "validity", "state", "valid",
      "until", "2027-01-31", "summary", "pass", 0, "fail", 1, "inconclusive", 1, "not_applicable",
      3, "run", "r2", "product", "門番", "model", "M-1", "version", "2.0", "profile", "en303645",
      "end", "not finished", "when_utc_us", (json_int_t)TEST_TIME, "validity", "state", "none");
  g_assert_nonnull(expected);
  g_assert_true(json_equal(rows, expected));
  g_assert_nonnull(strstr(json_said.err, "8 records")); /* made now */
  g_auto(Said) said = akashi(self, "", "run", "list", NULL);
  g_assert_nonnull(strstr(said.out, "0/1/1/3"));
  g_assert_cmpstr(said.err, ==, "");
}

static void test_search(World *self, gconstpointer data) {
  g_auto(Said) found = akashi(self, "", "run", "search", "既定", "gateway", "--format=json", NULL);
  g_assert_cmpint(found.code, ==, 0);
  g_autoptr(json_t) rows = parse(&found);
  g_assert_cmpuint(json_array_size(rows), ==, 1);
  g_assert_cmpstr(ak_json_string_or(json_array_get(rows, 0), "run", ""), ==, "r1");
  g_assert_cmpuint(json_array_size(json_object_get(json_array_get(rows, 0), "hits")), ==, 2);
  g_auto(Said) none = akashi(self, "", "run", "search", "nowhere", "--lang=ja", NULL);
  g_assert_cmpint(none.code, ==, 0);
  g_assert_nonnull(strstr(none.out, "見つかりません"));
  g_auto(Said) property = akashi(self, "", "run", "search", "--property=tls.cipher", "--limit=1",
                                 "--format=json", NULL);
  g_autoptr(json_t) seen = parse(&property);
  g_assert_cmpuint(json_array_size(seen), ==, 1);
  g_assert_cmpint(json_integer_value(json_object_get(json_array_get(seen, 0), "record")), ==, 3);
  static const char *const wrong[][4] = {{"search", NULL},
                                         {"search", "x", NULL},
                                         {"search", "xy", "--property=a", NULL},
                                         {"search", "xy", "--limit=0", NULL},
                                         {"list", "xy", NULL}};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_auto(Said) said =
        akashi(self, "", "run", wrong[i][0], wrong[i][1], wrong[i][1] ? wrong[i][2] : NULL, NULL);
    g_assert_cmpint(said.code, ==, 2);
    g_assert_cmpstr(said.out, ==, "");
  }
}

static void assert_status(World *self, const char *state, int projected) {
  g_auto(Said) said = akashi(self, "", "store", "status", "--format=json", NULL);
  g_assert_cmpint(said.code, ==, 0);
  g_assert_cmpstr(said.err, ==, "");
  g_autoptr(json_t) json = parse(&said);
  g_assert_cmpstr(ak_json_string_or(json, "state", ""), ==, state);
  g_assert_cmpstr(ak_json_string_or(json, "back_end", ""), ==, "sqlite");
  g_assert_cmpint(json_integer_value(json_object_get(json, "records")), ==, 8);
  g_assert_cmpint(json_integer_value(json_object_get(json, "projected_to")), ==, projected);
}

static void test_status_and_rebuild(World *self, gconstpointer data) {
  assert_status(self, "empty", 0);
  g_auto(Said) list = akashi(self, "", "run", "list", NULL);
  g_assert_cmpint(list.code, ==, 0);
  assert_status(self, "current", 8);
  g_assert_true(g_file_set_contents(self->db, "this is no database, but for its name", -1, NULL));
  g_auto(Said) damaged = akashi(self, "", "store", "status", NULL);
  g_assert_cmpint(damaged.code, ==, 2);
  g_assert_cmpstr(damaged.out, ==, "");
  g_auto(Said) rebuilt = akashi(self, "", "store", "rebuild", "--format=json", NULL);
  g_assert_cmpint(rebuilt.code, ==, 0);
  g_autoptr(json_t) json = parse(&rebuilt);
  g_assert_cmpint(json_integer_value(json_object_get(json, "records")), ==, 8);
  assert_status(self, "current", 8);
  g_auto(Said) again = akashi(self, "", "store", "rebuild", "--lang=ja", NULL);
  g_assert_nonnull(strstr(again.out, "8件"));
}

static void test_an_unusable_store_is_told(World *self, gconstpointer data) {
  static const char uri[] = "postgresql://user:topsecret@/none?host=/nonexistent";
  g_auto(Said) list = akashi(self, uri, "run", "list", "--lang=ja", NULL);
  g_assert_cmpint(list.code, ==, 0);
  g_assert_nonnull(strstr(list.out, "r1"));
  g_assert_nonnull(strstr(list.err, "代わりにログを読みます"));
  g_auto(Said) status = akashi(self, uri, "store", "status", NULL);
  g_assert_cmpint(status.code, ==, 3);
  g_auto(Said) unknown = akashi(self, "mysql://user:topsecret@host/db", "store", "status", NULL);
  g_assert_cmpint(unknown.code, ==, 2);
  const Said *const all[] = {&list, &status, &unknown};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
    g_assert_null(strstr(all[i]->out, "topsecret"));
    g_assert_null(strstr(all[i]->err, "topsecret"));
  }
}

/* The log forgets at once; a store that cannot be reached is told of, and loses the rows later. */
static void test_forgetting_reaches_the_store(World *self, gconstpointer data) {
  static const char uri[] = "postgresql://user:topsecret@/none?host=/nonexistent";
  g_auto(Said) before = akashi(self, "", "run", "search", "gateway", NULL);
  g_assert_nonnull(strstr(before.out, "r1"));
  g_auto(Said) said = akashi(self, uri, "run", "forget", "r1", "--reason=asked", "--yes", NULL);
  g_assert_cmpint(said.code, ==, 3);
  g_assert_nonnull(strstr(said.err, "not yet from the store"));
  g_assert_null(strstr(said.err, "topsecret"));
  g_auto(Said) list = akashi(self, "", "run", "list", NULL);
  g_assert_null(strstr(list.out, "r1"));
  g_assert_nonnull(strstr(list.out, "r2"));
  g_auto(Said) shown = akashi(self, "", "run", "show", "r1", NULL);
  g_assert_cmpint(shown.code, ==, 2);
  g_assert_nonnull(strstr(shown.err, "asked"));
}

static void add(const char *name, void (*test)(World *, gconstpointer)) {
  g_autofree char *path = g_strconcat("/cli/store/", name, NULL);
  g_test_add(path, World, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  add("list", test_list);
  add("search", test_search);
  add("status", test_status_and_rebuild);
  add("forget", test_forgetting_reaches_the_store);
  add("unusable", test_an_unusable_store_is_told);
  return g_test_run();
}
