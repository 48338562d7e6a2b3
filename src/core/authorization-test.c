#include "core/authorization.h"

#define NOW 1000000

static AkAuthorization consent(const char *const *addresses) {
  return (AkAuthorization){.by = (char *)"A", .capacity = (char *)"owner",
                           .addresses = (GStrv)addresses, .from_utc_us = NOW - 1,
                           .until_utc_us = NOW + 1, .grades_up_to = AK_GRADE_DISTURBING};
}

static bool allows(const AkAuthorization *a, const char *address, AkGrade grade) {
  g_autoptr(GError) error = NULL;
  bool allowed = ak_authorization_check(a, address, NOW, grade, &error);
  g_assert_true(allowed == (error == NULL));
  if (!allowed)
    g_assert_error(error, AK_ERROR, AK_ERROR_PERMISSION);
  return allowed;
}

static void test_loopback_needs_no_consent(void) {
  g_assert_true(allows(NULL, "127.0.1.10", AK_GRADE_DISTURBING));
  g_assert_true(allows(NULL, "::1", AK_GRADE_SAFE));
  g_assert_false(allows(NULL, "128.0.0.1", AK_GRADE_SAFE));
  g_assert_false(allows(NULL, "::ffff:127.0.0.1", AK_GRADE_SAFE));
  g_assert_false(allows(NULL, "localhost", AK_GRADE_SAFE));
}

static void test_addresses_and_prefixes(void) {
  const char *addresses[] = {"192.0.2.7", "198.51.100.16/28", "2001:db8::/33", NULL};
  AkAuthorization a = consent(addresses);
  g_assert_true(allows(&a, "192.0.2.7", AK_GRADE_SAFE));
  g_assert_false(allows(&a, "192.0.2.8", AK_GRADE_SAFE));
  g_assert_true(allows(&a, "198.51.100.31", AK_GRADE_SAFE));
  g_assert_false(allows(&a, "198.51.100.32", AK_GRADE_SAFE));
  g_assert_true(allows(&a, "2001:db8:7fff::1", AK_GRADE_SAFE));
  g_assert_false(allows(&a, "2001:db8:8000::1", AK_GRADE_SAFE));
}

static void test_period_grade_and_capacity(void) {
  const char *addresses[] = {"192.0.2.7", NULL};
  AkAuthorization a = consent(addresses);
  g_assert_true(allows(&a, "192.0.2.7", AK_GRADE_DISTURBING));
  g_assert_false(allows(&a, "192.0.2.7", AK_GRADE_DESTRUCTIVE));
  g_assert_false(allows(&a, "127.0.0.1", AK_GRADE_DESTRUCTIVE));
  a.until_utc_us = NOW - 1;
  g_assert_false(allows(&a, "192.0.2.7", AK_GRADE_SAFE));
  a = consent(addresses);
  a.from_utc_us = NOW + 1;
  g_assert_false(allows(&a, "192.0.2.7", AK_GRADE_SAFE));
  a = consent(addresses);
  a.capacity = (char *)"passer-by";
  g_assert_false(allows(&a, "192.0.2.7", AK_GRADE_SAFE));
}

static void test_lockout(void) {
  const char *addresses[] = {"192.0.2.7", NULL};
  AkAuthorization a = consent(addresses);
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_authorization_check_lockout(&a, "192.0.2.7", &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_PERMISSION);
  g_assert_false(ak_authorization_check_lockout(&a, "127.0.0.1", NULL));
  g_assert_false(ak_authorization_check_lockout(NULL, "192.0.2.7", NULL));
  g_assert_true(ak_authorization_check_lockout(NULL, "127.0.0.1", NULL));
  a.lockout_allowed = true;
  g_assert_true(ak_authorization_check_lockout(&a, "192.0.2.7", NULL));
}

static void test_allowed_addresses(void) {
  const char *addresses[] = {"192.0.2.0/28", NULL};
  AkAuthorization a = consent(addresses);
  g_assert_true(ak_authorization_allows_address(&a, "192.0.2.15"));
  g_assert_false(ak_authorization_allows_address(&a, "192.0.2.16"));
  g_assert_false(ak_authorization_allows_address(&a, "127.0.0.1"));
  g_assert_false(ak_authorization_allows_address(&a, "router"));
  g_assert_false(ak_authorization_allows_address(NULL, "192.0.2.1"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/authorization/loopback", test_loopback_needs_no_consent);
  g_test_add_func("/authorization/addresses", test_addresses_and_prefixes);
  g_test_add_func("/authorization/period-grade", test_period_grade_and_capacity);
  g_test_add_func("/authorization/lockout", test_lockout);
  g_test_add_func("/authorization/allowed", test_allowed_addresses);
  return g_test_run();
}
