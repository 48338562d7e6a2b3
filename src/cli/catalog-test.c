/* akashi catalog, run as a user runs it. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "util/json.h"

static char *folder; /* of all tests; its data folder is "data" */

static int run(char **output, char **errors, const char *first, ...) {
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  const char *start[] = {g_getenv("AKASHI_PROGRAM"), "catalog", "--data", "data", "--lang", "en"};
  for (gsize i = 0; i < G_N_ELEMENTS(start); i++)
    g_ptr_array_add(words, (gpointer)start[i]);
  va_list rest;
  va_start(rest, first);
  for (const char *word = first; word != NULL; word = va_arg(rest, const char *))
    g_ptr_array_add(words, (gpointer)word);
  va_end(rest);
  g_ptr_array_add(words, NULL);
  int status = 0;
  g_autoptr(GError) error = NULL;
  /* what nobody reads must not stand among this test's own lines */
  GSpawnFlags flags = output == NULL ? G_SPAWN_STDOUT_TO_DEV_NULL : G_SPAWN_DEFAULT;
  g_assert_true(g_spawn_sync(folder, (char **)words->pdata, NULL, flags, NULL, NULL,
                             output, errors, &status, &error));
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* The command must end well and print one JSON object. */
static json_t *run_json(const char *word, const char *id) {
  g_autofree char *output = NULL;
  g_assert_cmpint(run(&output, NULL, word, "--format", "json", id, NULL), ==, 0);
  json_t *json = ak_json_parse(output, strlen(output), word, NULL);
  g_assert_nonnull(json);
  return json;
}

static void test_list(void) {
  g_autoptr(json_t) json = run_json("list", NULL);
  const json_t *catalogs = json_object_get(json, "catalogs");
  g_assert_cmpuint(json_array_size(catalogs), ==, 2);
  const json_t *etsi = json_array_get(catalogs, 0);
  g_assert_cmpstr(ak_json_string_or(etsi, "id", ""), ==, "en303645");
  g_assert_cmpint(json_integer_value(json_object_get(etsi, "requirements")), ==, 78);
  g_assert_cmpuint(json_array_size(json_object_get(json, "profiles")), ==, 2);
}

static void test_show(void) {
  g_autoptr(json_t) json = run_json("show", "en303645");
  g_assert_cmpstr(ak_json_string_or(json, "catalog", ""), ==, "en303645");
  g_assert_cmpuint(json_array_size(json_object_get(json, "requirements")), ==, 78);
  g_autoptr(json_t) profile = run_json("show", "jc-star-1");
  g_assert_cmpstr(ak_json_string_or(profile, "profile", ""), ==, "jc-star-1");
  g_assert_cmpuint(json_array_size(json_object_get(profile, "requirements")), ==, 16);
}

static void test_show_as_text(void) {
  g_autofree char *english = NULL, *japanese = NULL;
  g_assert_cmpint(run(&english, NULL, "show", "en303645", NULL), ==, 0);
  g_assert_nonnull(strstr(english, "Unofficial summary"));
  g_assert_nonnull(strstr(english, "from-memory"));
  g_assert_nonnull(strstr(english, "5.1-5-2 ("));
  g_assert_cmpint(run(&japanese, NULL, "show", "en303645", "--lang", "ja", NULL), ==, 0);
  g_assert_nonnull(strstr(japanese, "非公式の要約"));
  g_assert_nonnull(strstr(japanese, "確からしさ"));
}

static void write_file(const char *name, const char *text) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

#define METADATA                                                                                   \
  "\"uuid\": \"00000000-0000-4000-8000-000000000000\", \"metadata\": {\"title\": \"Mine\", "           \
  "\"last-modified\": \"2026-01-01T00:00:00Z\", \"version\": \"3\", \"oscal-version\": \"1.2.1\"}"

static void test_import(void) {
  g_autofree char *output = NULL, *errors = NULL;
  write_file("in.json", "{\"catalog\": {" METADATA ", \"controls\": [{\"id\": \"a-1\", \"title\": "
                        "\"One\"}, {\"id\": \"a-2\", \"title\": \"Two\"}]}}");
  write_file("profile.json", "{\"profile\": {" METADATA ", \"imports\": [{\"href\": \"#x\", "
                             "\"include-controls\": [{\"with-ids\": [\"a-2\"]}]}]}}");
  g_assert_cmpint(run(&output, NULL, "import", "in.json", "--as", "mine", NULL), ==, 0);
  g_autoptr(json_t) shown = run_json("show", "mine");
  g_assert_cmpuint(json_array_size(json_object_get(shown, "requirements")), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "import", "profile.json", "--as", "some", "--catalog", "mine",
                      NULL), ==, 0);
  g_autoptr(json_t) some = run_json("show", "some");
  const json_t *rows = json_object_get(some, "requirements");
  g_assert_cmpuint(json_array_size(rows), ==, 1);
  g_assert_cmpstr(ak_json_string_or(json_array_get(rows, 0), "id", ""), ==, "a-2");
  g_autoptr(json_t) list = run_json("list", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list, "catalogs")), ==, 3);
  g_assert_cmpuint(json_array_size(json_object_get(list, "profiles")), ==, 3);
  /* what is there is kept, and the program's own ids are not to be had */
  g_assert_cmpint(run(NULL, &errors, "import", "in.json", "--as", "mine", NULL), ==, 2);
  g_assert_nonnull(strstr(errors, "already"));
  g_assert_cmpint(run(NULL, NULL, "import", "in.json", "--as", "en303645", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "import", "in.json", "--as", "../x", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "import", "in.json", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "import", "nowhere.json", "--as", "x", NULL), ==, 2);
  g_autofree char *outside = g_build_filename(folder, "data", "x.json", NULL);
  g_assert_false(g_file_test(outside, G_FILE_TEST_EXISTS));
}

static void test_export(void) {
  g_autofree char *first = NULL, *second = NULL, *profile = NULL;
  g_assert_cmpint(run(&first, NULL, "export", "jc-star", "--format", "oscal", "--modified",
                      "2026-11-23", NULL), ==, 0);
  g_assert_cmpint(run(&second, NULL, "export", "jc-star", "--modified", "2026-11-23", NULL), ==, 0);
  g_assert_cmpstr(first, ==, second);
  g_assert_nonnull(strstr(first, "\"last-modified\":\"2026-11-23T00:00:00Z\""));
  g_assert_true(g_str_has_prefix(first, "{\"catalog\":"));
  g_assert_cmpint(run(&profile, NULL, "export", "en303645", "--profile", NULL), ==, 0);
  g_assert_true(g_str_has_prefix(profile, "{\"profile\":"));
  g_assert_cmpint(run(NULL, NULL, "export", "jc-star", "--modified", "today", NULL), ==, 2);
}

static void test_usage(void) {
  g_autofree char *errors = NULL;
  g_assert_cmpint(run(NULL, &errors, "show", "no-such", NULL), ==, 2);
  g_assert_nonnull(strstr(errors, "no-such"));
  g_assert_cmpint(run(NULL, NULL, "show", "../data", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "show", NULL), ==, 2);
  g_assert_cmpint(run(NULL, NULL, "frobnicate", NULL), ==, 2);
}

static void remove_folder(void) {
  const char *argv[] = {"rm", "-r", folder, NULL};
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("akashi-catalog-XXXXXX", NULL);
  g_test_add_func("/catalog/list", test_list);
  g_test_add_func("/catalog/show", test_show);
  g_test_add_func("/catalog/show-text", test_show_as_text);
  g_test_add_func("/catalog/import", test_import);
  g_test_add_func("/catalog/export", test_export);
  g_test_add_func("/catalog/usage", test_usage);
  int result = g_test_run();
  remove_folder();
  return result;
}
