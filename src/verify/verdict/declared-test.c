/* Several tests that declare one property: what they cover, what they leave open, who is named. */
#include "verify/verdict/evaluate.h"
#include "verify/verdict/world.h"

#include <string.h>

#define CATALOGUE                                                                                  \
  "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"requirements\":[]" \
  "}"

static World *world_of_own_tests(const AkTest *const *tests) {
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_parse(CATALOGUE, strlen(CATALOGUE), "c", &error);
  g_assert_no_error(error);
  World *w = world_new(catalog);
  w->input.tests = tests;
  return w;
}

static char truth_of(World *w, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkExpression) expression = ak_expression_parse(text, text, &error);
  g_assert_no_error(error);
  g_autoptr(AkFacts) facts = ak_facts_new(&w->input);
  g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(&w->input, facts, NULL);
  AkTruth truth = ak_evaluate(evaluation, expression);
  g_assert_cmpint(json_array_size(evaluation->missing) > 0, ==, truth == AK_TRUTH_UNKNOWN);
  return "fut"[truth];
}

static const AkTestOutput net_outputs[] = {{.property = "net.port.open", .type = AK_VALUE_BOOL},
                                           {.property = "net.port.unknown", .type = AK_VALUE_SET},
                                           {.property = "net.coverage", .type = AK_VALUE_SET},
                                           {.property = NULL}};
static const AkTestOutput first_outputs[] = {{.property = "x.bad", .type = AK_VALUE_BOOL},
                                             {.property = "first.coverage", .type = AK_VALUE_SET},
                                             {.property = NULL}};
static const AkTestOutput second_outputs[] = {{.property = "x.bad", .type = AK_VALUE_BOOL},
                                              {.property = "second.coverage", .type = AK_VALUE_SET},
                                              {.property = NULL}};
static const AkTestOutput unpack_outputs[] = {
    {.property = "firmware.coverage", .type = AK_VALUE_SET}, {.property = NULL}};
static const char *const files[] = {"files", NULL}, *const bytes[] = {"bytes", "files", NULL};
static const AkTest tcp_test = {
    .id = "t.tcp", .subject_kind = "address", .transport = "tcp", .outputs = net_outputs};
static const AkTest udp_test = {
    .id = "t.udp", .subject_kind = "address", .transport = "udp", .outputs = net_outputs};
static const AkTest first_test = {
    .id = "t.first", .subject_kind = "image", .outputs = first_outputs, .whole = files};
static const AkTest second_test = {
    .id = "t.second", .subject_kind = "image", .outputs = second_outputs, .whole = files};
static const AkTest unpack_test = {
    .id = "t.unpack", .subject_kind = "image", .outputs = unpack_outputs, .whole = bytes};
static const AkTest *const own_tests[] = {&tcp_test,    &udp_test,    &first_test,
                                          &second_test, &unpack_test, NULL};

static World *world_of_two_sweeps(const char *tcp_end, const char *udp_end) {
  World *w = world_of_own_tests(own_tests);
  world_interface(w, "127.0.0.9");
  world_ended(w, "t.tcp", "address", "127.0.0.9", tcp_end, 1);
  world_ended(w, "t.udp", "address", "127.0.0.9", udp_end, 1);
  return w;
}

/* Adds what `test` covered, beside what the other one did. */
static void cover(World *w, const char *test, const char *items) {
  world_add(w, 1, test, "address", "127.0.0.9", "net.coverage", AK_OUTCOME_SEEN,
            world_set(items));
}

static void test_two_tests_cover_together(void) {
  g_autoptr(World) w = world_of_two_sweeps("done", "done");
  cover(w, "t.tcp", "tcp4:1-65535");
  g_assert_cmpint(truth_of(w, "any(service.tcp, not @declared)"), ==, 'f');
  g_assert_cmpint(truth_of(w, "any(service.udp, not @declared)"), ==, 'u');
  cover(w, "t.udp", "udp4:1-65535");
  g_assert_cmpint(truth_of(w, "any(service.tcp, not @declared)"), ==, 'f');
  g_assert_cmpint(truth_of(w, "any(service.udp, not @declared)"), ==, 'f');
  g_assert_cmpint(truth_of(w, "any(service, not @declared)"), ==, 'f');
}

/* A UDP sweep that broke off takes nothing from what the TCP sweep covered, and the other way
 * round. */
static void test_one_of_two_tests_broke_off(void) {
  for (int udp = 0; udp < 2; udp++) {
    g_autoptr(World) w = world_of_two_sweeps(udp ? "done" : "cut", udp ? "cut" : "done");
    cover(w, "t.tcp", "tcp4:1-65535");
    cover(w, "t.udp", "udp4:1-65535");
    g_assert_cmpint(truth_of(w, "any(service.tcp, not @declared)"), ==, udp ? 'f' : 'u');
    g_assert_cmpint(truth_of(w, "any(service.udp, not @declared)"), ==, udp ? 'u' : 'f');
    g_assert_cmpint(truth_of(w, "any(service, not @declared)"), ==, 'u');
  }
}

/* Each test that should have looked and did not end is named; one of another transport is not. */
static void test_unfinished_of_each_test(void) {
  static const struct {
    const char *locator;
    const char *tests[3];
  } rows[] = {{"tcp:127.0.0.9:80", {"t.tcp"}}, {"udp:127.0.0.9:53", {"t.udp"}}};
  g_autoptr(World) w = world_of_two_sweeps("cut", "failed");
  world_image(w, "i");
  world_ended(w, "t.first", "image", "i", "interrupted", 1);
  world_ended(w, "t.second", "image", "i", "refused", 1);
  g_autoptr(AkFacts) facts = ak_facts_new(&w->input);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    AkAsked asked = {.kind = "service", .locator = rows[i].locator, .property = "net.port.open"};
    g_autoptr(GPtrArray) found = ak_facts_unfinished(facts, &asked);
    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpstr(((AkExecution *)found->pdata[0])->test_id, ==, rows[i].tests[0]);
  }
  AkAsked file = {.kind = "file", .locator = "i!/etc/passwd", .property = "x.bad"};
  g_autoptr(GPtrArray) both = ak_facts_unfinished(facts, &file);
  g_assert_cmpuint(both->len, ==, 2);
  AkAsked other = {.kind = "service", .locator = "tcp:127.0.0.9:80", .property = "x.bad"};
  g_autoptr(GPtrArray) none = ak_facts_unfinished(facts, &other);
  g_assert_cmpuint(none->len, ==, 0);
  g_assert_true(ak_facts_was_run(facts, "net.coverage", "udp"));
  g_assert_true(ak_facts_was_run(facts, "x.bad", NULL)); /* by the first; the second was refused */
  g_assert_false(ak_facts_was_run(facts, "second.coverage", NULL));
  g_assert_false(ak_facts_was_run(facts, "never.declared", NULL));
}

static void test_each_test_looks_at_all_files(void) {
  g_autoptr(World) w = world_of_own_tests(own_tests);
  world_image(w, "i");
  const char *const ids[] = {"t.unpack", "t.first", "t.second"};
  for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
    world_ended(w, ids[i], "image", "i", "done", 1);
  world_see(w, "t.unpack", "image", "i", "firmware.coverage", world_set("bytes,files"));
  world_see(w, "t.first", "image", "i", "first.coverage", world_set("files"));
  g_assert_cmpint(truth_of(w, "any(file, x.bad)"), ==, 'u');
  world_see(w, "t.second", "image", "i", "second.coverage", world_set("files"));
  g_assert_cmpint(truth_of(w, "any(file, x.bad)"), ==, 'f');
  world_see(w, "t.unpack", "image", "i", "firmware.coverage", world_set("bytes"));
  g_assert_cmpint(truth_of(w, "any(file, x.bad)"), ==, 'u');
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/verdict/declared/together", test_two_tests_cover_together);
  g_test_add_func("/verdict/declared/broken", test_one_of_two_tests_broke_off);
  g_test_add_func("/verdict/declared/unfinished", test_unfinished_of_each_test);
  g_test_add_func("/verdict/declared/files", test_each_test_looks_at_all_files);
  return g_test_run();
}
