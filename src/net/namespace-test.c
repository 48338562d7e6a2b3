#include "net/namespace.h"
#include "net/net.h"

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

static bool ip(const char *words) {
  g_autofree char *command = g_strconcat("ip netns ", words, NULL);
  int status = -1;
  return g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && status == 0;
}

#define NAME "akashi-has-test"

static void test_whose_address(void) {
  ip("delete " NAME); /* of a run that was killed */
  if (!ip("add " NAME) || !ip("exec " NAME " ip link set lo up")) {
    g_test_skip("no right to make network namespaces here");
    return;
  }
  g_assert_true(ak_net_namespace_has(NAME, "127.0.1.10"));
  g_assert_true(ak_net_namespace_has(NAME, "::1"));
  g_assert_false(ak_net_namespace_has(NAME, "192.0.2.1"));
  g_assert_false(ak_net_namespace_has(NAME, "localhost"));
  g_assert_true(ip("delete " NAME));
  g_assert_false(ak_net_namespace_has(NAME, "127.0.1.10"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/namespace/only-our-names", test_only_our_names);
  g_test_add_func("/namespace/staying", test_staying_needs_nothing);
  g_test_add_func("/namespace/address", test_whose_address);
  return g_test_run();
}
