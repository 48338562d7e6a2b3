#include "web/page.h"

static bool nothing(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  return true;
}

static const AkRoute routes[] = {
    {"/", nothing}, {"/runs/{}", nothing}, {"/runs/{}/files/{}", nothing}, {NULL, NULL}};

static void test_routes(void) {
  g_auto(GStrv) none = NULL, one = NULL, two = NULL, bad = NULL;
  g_assert_true(ak_web_route_find(routes, "/", &none) == &routes[0]);
  g_assert_true(ak_web_route_find(routes, "/runs/r1", &one) == &routes[1]);
  g_assert_cmpstr(one[0], ==, "r1");
  g_assert_true(ak_web_route_find(routes, "/runs/r1/files/a%20b", &two) == &routes[2]);
  g_assert_cmpstr(two[1], ==, "a b");
  g_assert_null(ak_web_route_find(routes, "/runs/", &bad));
  g_assert_null(ak_web_route_find(routes, "/runs/r1/x", &bad));
  g_assert_null(ak_web_route_find(routes, "/runs/r1/files/..%2f..%2fkey", &bad));
  g_assert_null(ak_web_route_find(routes, "/runs/%ff", &bad));
}

static void test_links_keep_the_language(void) {
  AkPageRequest request = {.lang = AK_LANG_JA};
  g_autofree char *link = ak_page_link(&request, "/runs/r1", "verdict=fail");
  g_assert_cmpstr(link, ==, "/runs/r1?lang=ja&verdict=fail");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/page/routes", test_routes);
  g_test_add_func("/page/links", test_links_keep_the_language);
  return g_test_run();
}
