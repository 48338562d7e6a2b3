/* A look is complete where every search says that it saw all; one that is silent is not. */
#include "app/firmware-searches.h"

#include <string.h>

#include "core/test.h"

static void add(json_t *result, const char *property, const char *outcome) {
  json_array_append_new(json_object_get(result, "observations"),
                        json_pack("{s:s, s:s}", "property", property, "outcome", outcome));
}

/* All searches that are always done but `left_out`; that of the user's rules is no such one. */
static json_t *result_of(const char *end, bool is_complete, const char *left_out, const char *cut) {
  static const char *const searches[] = {"account.coverage",  "call.coverage",     "component.coverage", "elf.coverage",
                                         "firewall.coverage", "kernel.coverage",   "permission.coverage", "schedule.coverage",
                                         "secret.coverage",   "service-at-boot.coverage", "update.coverage", "web.coverage"};
  json_t *result = json_pack("{s:s, s:b, s:[]}", "end", end, "complete", is_complete, "observations");
  add(result, "firmware.coverage", "seen");
  for (gsize i = 0; i < G_N_ELEMENTS(searches); i++)
    if (g_strcmp0(searches[i], left_out) != 0)
      add(result, searches[i], g_strcmp0(searches[i], cut) == 0 ? "cut" : "seen");
  return result;
}

static bool is_all(json_t *taken) {
  g_autoptr(json_t) result = taken;
  return ak_firmware_searched_all(result);
}

static void test_searches(void) {
  g_assert_true(is_all(result_of("done", true, NULL, NULL)));
  g_assert_false(is_all(result_of("cut", true, NULL, NULL)));
  g_assert_false(is_all(result_of("done", false, NULL, NULL)));
  g_assert_false(is_all(result_of("done", true, NULL, "secret.coverage")));
  g_assert_false(is_all(result_of("done", true, "secret.coverage", NULL)));
  g_assert_false(is_all(result_of("done", true, "service-at-boot.coverage", NULL)));
  g_assert_false(is_all(json_pack("{s:s, s:b, s:[]}", "end", "done", "complete", 1, "observations")));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/firmware-searches/all", test_searches);
  return g_test_run();
}
