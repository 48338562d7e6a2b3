#include "net/allow.h"

static const struct {
  const char *list[3];
  const char *address;
  bool allowed;
} cases[] = {
    {{"192.0.2.7"}, "192.0.2.7", true},
    {{"192.0.2.7"}, "192.0.2.8", false},
    {{"192.0.2.0/29"}, "192.0.2.7", true},
    {{"192.0.2.0/29"}, "192.0.2.8", false},
    {{"10.0.0.0/8", "192.0.2.1"}, "192.0.2.1", true},
    {{"2001:db8::/32"}, "2001:db8:1::5", true},
    {{"2001:db8::/32"}, "2001:db9::5", false},
    {{"192.0.2.7"}, "::ffff:192.0.2.7", true},
    {{"::/0"}, "192.0.2.7", false},
    {{"::/0"}, "::ffff:192.0.2.7", false}, /* an IPv4 address however it is written */
    {{NULL}, "127.0.0.1", false},
    {{"0.0.0.0/0"}, "0.0.0.0", false},
    {{"0.0.0.0/0"}, "255.255.255.255", false},
    {{"0.0.0.0/0"}, "224.0.0.1", false},
    {{"::/0"}, "ff02::1", false},
    {{"::/0"}, "::", false},
};

static void test_matches(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkAllow) allow = ak_allow_new(cases[i].list, NULL);
    AkAllowAddress address;
    g_test_message("%s", cases[i].address);
    g_assert_cmpint(ak_allow_check(allow, cases[i].address, &address, &error), ==,
                    cases[i].allowed);
    if (!cases[i].allowed)
      g_assert_error(error, AK_ERROR, AK_ERROR_PERMISSION);
  }
}

static void test_names_are_refused(void) {
  static const char *const texts[] = {"localhost", "", "127.1", "0x7f.0.0.1", "192.0.2.1 ",
                                      "192.0.2.1:80", "fe80::1%lo", "192.0.2.1/32"};
  const char *all[] = {"0.0.0.0/0", "::/0", NULL};
  g_autoptr(AkAllow) allow = ak_allow_new(all, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    AkAllowAddress address;
    g_assert_false(ak_allow_check(allow, texts[i], &address, NULL));
  }
}

static void test_bad_lists_are_refused(void) {
  static const char *const texts[] = {"example.org", "192.0.2.0/33", "192.0.2.0/", "*"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    const char *list[] = {"192.0.2.1", texts[i], NULL};
    g_assert_null(ak_allow_new(list, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

static void test_equality_sees_address_and_port(void) {
  const char *all[] = {"0.0.0.0/0", NULL};
  g_autoptr(AkAllow) allow = ak_allow_new(all, NULL);
  AkAllowAddress a, b, c;
  g_assert_true(ak_allow_check(allow, "192.0.2.1", &a, NULL));
  g_assert_true(ak_allow_check(allow, "192.0.2.1", &b, NULL));
  g_assert_true(ak_allow_check(allow, "192.0.2.2", &c, NULL));
  ak_allow_address_set_port(&b, 80);
  g_assert_true(ak_allow_address_equal(&a, &b, false));
  g_assert_false(ak_allow_address_equal(&a, &b, true));
  g_assert_false(ak_allow_address_equal(&a, &c, false));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/allow/matches", test_matches);
  g_test_add_func("/allow/names", test_names_are_refused);
  g_test_add_func("/allow/bad-lists", test_bad_lists_are_refused);
  g_test_add_func("/allow/equality", test_equality_sees_address_and_port);
  return g_test_run();
}
