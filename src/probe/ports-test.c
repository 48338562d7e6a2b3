#include "probe/ports.h"

static char *round_trip(const char *text) {
  g_autoptr(GArray) ranges = ak_ports_parse(text, NULL);
  g_assert_nonnull(ranges);
  g_autofree bool *flags = g_new0(bool, 65536);
  for (guint i = 0; i < ranges->len; i++)
    for (guint port = g_array_index(ranges, AkPortRange, i).first;
         port <= g_array_index(ranges, AkPortRange, i).last; port++)
      flags[port] = true;
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  ak_ports_append_ranges(texts, "t", flags);
  g_ptr_array_add(texts, NULL);
  return g_strjoinv(" ", (char **)texts->pdata);
}

static void test_written_and_read(void) {
  static const char *const cases[][2] = {
      {"1-65535", "t:1-65535"},
      {"80", "t:80"},
      {"443,80", "t:80 t:443"},
      {" 1 - 3 , 4", "t:1-4"},
      {"10-20,15-30,31", "t:10-31"},
      {"65535,1", "t:1 t:65535"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text = round_trip(cases[i][0]);
    g_assert_cmpstr(text, ==, cases[i][1]);
  }
}

static void test_nonsense_is_refused(void) {
  static const char *const texts[] = {"",    "0",    "65536", "2-1", "1-2-3", "a",
                                      "1,,2", "-5", "5-",    "1;2", "1-70000"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_ports_parse(texts[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

static void test_ranges_merge_to_a_few(void) {
  g_autoptr(GArray) ranges = ak_ports_parse("1-10,11-20,5-12", NULL);
  g_assert_cmpuint(ranges->len, ==, 1);
  g_assert_cmpuint(g_array_index(ranges, AkPortRange, 0).last, ==, 20);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ports/written-and-read", test_written_and_read);
  g_test_add_func("/ports/nonsense", test_nonsense_is_refused);
  g_test_add_func("/ports/merge", test_ranges_merge_to_a_few);
  return g_test_run();
}
