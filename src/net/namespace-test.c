#include "net/namespace.h"

static void test_only_our_names(void) {
  const char *const refused[] = {"default", "akashi", "akashi-../x", "akashi-A", "", "akashi-none"};
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(ak_namespace_open(refused[i], &error), ==, -1);
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

static void test_staying_needs_nothing(void) {
  AkNamespaceVisit visit;
  g_assert_true(ak_namespace_enter(-1, &visit, NULL));
  g_assert_cmpint(visit.own_fd, ==, -1);
  ak_namespace_leave(&visit);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/namespace/only-our-names", test_only_our_names);
  g_test_add_func("/namespace/staying", test_staying_needs_nothing);
  return g_test_run();
}
