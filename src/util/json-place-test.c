/* Places counted by hand. */
#include <string.h>

#include "util/json-place.h"

static void test_places(void) {
  static const char text[] = "{\n"
                             "  \"rows\": [\n"
                             "    {\"id\": \"a\"},\n"
                             "    {\"名\": \"b]}\", \"x/y~\": [1, [2, 3], {}], \"e\\\"\": null }\n"
                             "  ]\n"
                             "}\n";
  static const struct {
    const char *pointer;
    bool is_there;
    guint line, column;
  } rows[] = {{"", true, 1, 1},
              {"/rows", true, 2, 11},
              {"/rows/0", true, 3, 5},
              {"/rows/0/id", true, 3, 12},
              {"/rows/1", true, 4, 5},
              {"/rows/1/名", true, 4, 11},
              {"/rows/1/x~1y~0", true, 4, 26},
              {"/rows/1/x~1y~0/1/1", true, 4, 34},
              {"/rows/1/x~1y~0/2", true, 4, 38},
              {"/rows/1/e\"", true, 4, 50},
              {"/rows/2", false, 2, 11},
              {"/rows/0/name", false, 3, 5},
              {"/rows/x", false, 2, 11},
              {"/none/0", false, 1, 1}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint line = 0, column = 0;
    bool is_there = ak_json_place(text, strlen(text), rows[i].pointer, &line, &column);
    g_test_message("%s: %u:%u", rows[i].pointer, line, column);
    g_assert_true(is_there == rows[i].is_there);
    g_assert_cmpuint(line, ==, rows[i].line);
    g_assert_cmpuint(column, ==, rows[i].column);
  }
}

/* Cut anywhere, it is told some place within. */
static void test_cut(void) {
  static const char text[] = "{\"a\": [1, {\"b\": \"c\\\"\"}], \"d\": 2}";
  for (gsize size = 0; size <= strlen(text); size++) {
    g_autofree char *cut = g_strndup(text, size);
    guint line = 0, column = 0;
    ak_json_place(cut, size, "/a/1/b", &line, &column);
    g_assert_cmpuint(line, ==, 1);
    g_assert_cmpuint(column, <=, size + 1);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-place/places", test_places);
  g_test_add_func("/json-place/cut", test_cut);
  return g_test_run();
}
