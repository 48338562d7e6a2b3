#include "util/json.h"

#include <string.h>

static json_t *parse(const char *text, GError **error) {
  return ak_json_parse(text, strlen(text), "t.json", error);
}

static void test_canonical_sorts_keys(void) {
  g_autoptr(json_t) value = parse("{ \"b\": 1, \"a\": [true, \"証\"] }", NULL);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(value, &size, NULL);
  g_assert_cmpstr(text, ==, "{\"a\":[true,\"証\"],\"b\":1}");
  g_assert_cmpuint(size, ==, strlen(text));
}

static void test_floats_are_refused(void) {
  g_autoptr(json_t) value = parse("{\"a\":[1.5]}", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_json_canonical(value, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

static void test_errors_name_the_place(void) {
  g_autoptr(GError) error = NULL;
  g_assert_null(parse("{\n \"a\": ]}", &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_true(g_str_has_prefix(error->message, "t.json:2:"));
}

static void test_hostile_documents_are_refused(void) {
  g_autofree char *deep = g_strnfill(100000, '[');
  const char *hostile[] = {"{\"a\":1,\"a\":2}", "{} x", "", "\"text\"", deep};
  for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(hostile[i], &error));
    g_assert_nonnull(error);
  }
}

static void test_only_canonical_bytes_pass(void) {
  const char *good = "{\"a\":1}";
  const char *bad[] = {"{\"a\": 1}", "{\"a\":1}\n", "{\"b\":1,\"a\":2}", "{\"\\u0061\":1}"};
  g_autoptr(json_t) value = ak_json_parse_canonical(good, strlen(good), "x", NULL);
  g_assert_nonnull(value);
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_null(ak_json_parse_canonical(bad[i], strlen(bad[i]), "x", NULL));
}

static void test_typed_reading(void) {
  g_autoptr(json_t) value = parse("{\"n\":7,\"s\":\"x\",\"o\":{}}", NULL);
  gint64 number = 0;
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_json_integer(value, "n", 1, 7, "t", &number, NULL));
  g_assert_cmpint(number, ==, 7);
  g_assert_false(ak_json_integer(value, "n", 8, 9, "t", &number, &error));
  g_assert_cmpint(number, ==, 7);
  g_assert_cmpstr(ak_json_string(value, "s", "t", NULL), ==, "x");
  g_assert_null(ak_json_string(value, "n", "t", NULL));
  g_assert_nonnull(ak_json_object(value, "o", "t", NULL));
  g_assert_null(ak_json_array(value, "o", "t", NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/canonical-sorts-keys", test_canonical_sorts_keys);
  g_test_add_func("/json/floats-are-refused", test_floats_are_refused);
  g_test_add_func("/json/errors-name-the-place", test_errors_name_the_place);
  g_test_add_func("/json/hostile-documents-are-refused", test_hostile_documents_are_refused);
  g_test_add_func("/json/only-canonical-bytes-pass", test_only_canonical_bytes_pass);
  g_test_add_func("/json/typed-reading", test_typed_reading);
  return g_test_run();
}
