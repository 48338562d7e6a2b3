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
  g_assert_true(g_spawn_sync(folder, (char **)words->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
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
  g_test_add_func("/catalog/usage", test_usage);
  int result = g_test_run();
  remove_folder();
  return result;
}
