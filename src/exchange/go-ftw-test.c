#include "exchange/go-ftw.h"

#include <string.h>

static AkImport *import_of(const char *text) {
  AkImport *import = ak_import_new("test", AK_EFFECT_HTTP);
  AkImportSpec spec = {.source = "tests", .licence = "Apache-2.0"};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_go_ftw_read(import, text, strlen(text), "SQLI/1.yaml", &spec, &error));
  g_assert_no_error(error);
  import->attack_wins = true;
  g_assert_true(ak_import_finish(import, NULL));
  return import;
}

static const AkEffectCase *case_of(const AkImport *import, guint index) {
  g_assert_cmpuint(index, <, import->corpus->cases->len);
  return import->corpus->cases->pdata[index];
}

static void assert_bytes(const AkEffectCase *one, const char *expected) {
  gsize size = 0;
  const char *data = g_bytes_get_data(one->bytes, &size);
  g_autofree char *text = g_strndup(data, size);
  g_assert_cmpstr(text, ==, expected);
}

#define HEAD "rule_id: 1\ntests:\n"
#define TEST(number, input, output)                                                                \
  "  - test_id: " number "\n    stages:\n      - input: " input "\n        output: " output "\n"
#define ATTACK "{log: {expect_ids: [1]}}"
#define HARMLESS "{log: {no_expect_ids: [1]}}"

/* What is missing is filled in: method, URI, version; headers of a map go out by name. */
static void test_defaults(void) {
  g_autoptr(AkImport) import =
      import_of(HEAD TEST("1", "{headers: {Host: h, Accept: x}}", ATTACK)
                    TEST("2", "{autocomplete_headers: false, uri: /a?b=c d}", HARMLESS));
  assert_bytes(case_of(import, 0),
               "GET / HTTP/1.1\r\nAccept: x\r\nConnection: close\r\nHost: h\r\n\r\n");
  assert_bytes(case_of(import, 1), "GET /a?b=c d HTTP/1.1\r\n\r\n");
  g_assert_cmpstr(case_of(import, 0)->id, ==, "1-1");
  g_assert_cmpstr(case_of(import, 0)->base, ==, "1");
  g_assert_cmpstr(case_of(import, 0)->category[0], ==, "go-ftw:SQLI");
  g_assert_true(case_of(import, 0)->attack);
  g_assert_false(case_of(import, 1)->attack);
  g_assert_cmpuint(import->problem_count, ==, 0);
}

/* A form is encoded name by name, unless it is already; its length is told; other types stay. */
static void test_bodies(void) {
  g_autoptr(AkImport) import = import_of(
      HEAD TEST("1", "{method: POST, data: \"a=1 or 2&b=<x>&c\"}",
                ATTACK) TEST("2", "{method: POST, data: \"a=1%20or\"}", ATTACK)
          TEST("3", "{method: POST, headers: {Content-Type: text/plain}, data: \"a b\"}", ATTACK)
              TEST("4", "{method: POST}", ATTACK)
                  TEST("5", "{data: \"{{ \\\"ab\\\" | repeat 3 }}\", stop_magic: true}", ATTACK));
#define TYPE "Content-Type: application/x-www-form-urlencoded\r\n"
#define CLOSE "Connection: close\r\nContent-Length: "
  assert_bytes(case_of(import, 0),
               "POST / HTTP/1.1\r\n" CLOSE "20\r\n" TYPE "\r\na=1+or+2&b=%3Cx%3E&c");
  assert_bytes(case_of(import, 1), "POST / HTTP/1.1\r\n" CLOSE "8\r\n" TYPE "\r\na=1%20or");
  assert_bytes(case_of(import, 2),
               "POST / HTTP/1.1\r\n" CLOSE "3\r\nContent-Type: text/plain\r\n\r\na b");
  assert_bytes(case_of(import, 3), "POST / HTTP/1.1\r\n" CLOSE "0\r\n\r\n");
  assert_bytes(case_of(import, 4), "GET / HTTP/1.1\r\n\r\nababab");
}

/* Parts end their lines with CR LF; a whole request overrides everything; order and doubles are
 * kept where the headers are a list. */
static void test_whole_and_parts(void) {
  g_autoptr(AkImport) import = import_of(
      HEAD TEST("1", "{encoded_request: \"R0VUIC8gSFRUUC8x\\nLjANCg0K\", uri: /x}", ATTACK) TEST(
          "2",
          "{autocomplete_headers: false, headers: {Content-Type: multipart/form-data; boundary=b},"
          " data: \"--b\\n\"}",
          ATTACK)
          TEST("3",
               "{autocomplete_headers: false, ordered_headers: [{name: B, value: 1}, {name: "
               "A, value: 2}, {name: B, value: 3}]}",
               ATTACK) TEST("4", "{autocomplete_headers: false, uris: [/one, /two]}", ATTACK));
  assert_bytes(case_of(import, 0), "GET / HTTP/1.0\r\n\r\n");
  assert_bytes(case_of(import, 1),
               "GET / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n");
  assert_bytes(case_of(import, 2), "GET / HTTP/1.1\r\nB: 1\r\nA: 2\r\nB: 3\r\n\r\n");
  assert_bytes(case_of(import, 3), "GET /one HTTP/1.1\r\n\r\n");
  g_assert_cmpstr(case_of(import, 4)->id, ==, "1-4/2");
}

/* What cannot be given as it is meant is recorded and never guessed. */
static void test_recorded(void) {
  g_autoptr(AkImport) import = import_of(
      HEAD TEST("1", "{save_cookie: true}", ATTACK) TEST("2", "{uri: /a}", "{}")
          TEST("3", "{response: {status: 200}}", ATTACK) TEST("4", "{data: \"{{ env }}\"}", ATTACK)
              TEST("5", "{encoded_request: \"%%\"}", ATTACK) TEST("6", "{uri: /same}", ATTACK)
                  TEST("7", "{uri: /same}", HARMLESS) "  - test_id: 8\n");
  static const char *const ids[] = {"unsupported", "no-label", "unsupported",
                                    "unsupported", "broken",   "broken"};
  g_assert_cmpuint(import->problems->len, ==, G_N_ELEMENTS(ids));
  for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
    g_assert_cmpstr(((AkImportProblem *)import->problems->pdata[i])->id, ==, ids[i]);
  g_assert_cmpuint(import->corpus->cases->len, ==,
                   2); /* of the same bytes other things are expected */
  g_assert_cmpstr(case_of(import, 0)->id, ==, "1-6");
}

static bool passes(const char *output, const AkGoFtwSeen *seen) {
  bool out = false;
  g_autoptr(AkYaml) root = ak_yaml_parse(output, strlen(output), "test", &ak_go_ftw_limits, NULL);
  g_assert_nonnull(root);
  g_autoptr(AkGoFtwExpected) expected = ak_go_ftw_expected(root);
  g_autofree char *kept = ak_go_ftw_expected_to_text(expected);
  g_autoptr(AkGoFtwExpected) again = ak_go_ftw_expected_from_text(kept, NULL);
  bool same = false;
  g_assert_nonnull(again);
  g_assert_true(ak_go_ftw_passes(expected, seen, &out, NULL));
  g_assert_true(ak_go_ftw_passes(again, seen, &same, NULL));
  g_assert_cmpint(out, ==, same); /* what a corpus keeps of it says the same */
  return out;
}

/* Answer 403 with a log in which rules 942100 and 949110 matched. */
static void test_passes(void) {
  static const char log[] = "[client x] ModSecurity: [id \"942100\"] [msg \"SQL\"]\n"
                            "{\"ruleId\": \"980130\", \"id\": \"949110\"}\n";
  static const char answer[] = "HTTP/1.1 403 Forbidden\r\n\r\ndenied";
  const AkGoFtwSeen seen = {false, 403, answer, strlen(answer), log, strlen(log)};
  const AkGoFtwSeen quiet = {false, 200, answer, strlen(answer), "", 0};
  const AkGoFtwSeen closed = {.error = true};
  static const struct {
    const char *output;
    bool seen, quiet, closed;
  } rows[] = {
      {"{log: {expect_ids: [942100]}}", true, false, false},
      {"{log: {expect_ids: [942100, 949110]}}", true, false, false},
      {"{log: {expect_ids: [942100, 1]}}", false, false, false},
      {"{log: {expect_ids: [980130]}}", true, false, false},
      {"{log: {no_expect_ids: [942100]}}", false, true, false},
      {"{log: {no_expect_ids: [94210]}}", true, true, false},
      {"{log: {match_regex: 'id.*942'}}", true, false, false},
      {"{log: {no_match_regex: 'msg \"SQL\"'}}", false, true, false},
      {"{log_contains: '942100'}", true, false, false},
      {"{no_log_contains: '942100'}", false, true, false},
      {"{log: {match_regex: '942100.*949110'}}", false, false, false}, /* line by line */
      {"{status: 403}", true, false, false},
      {"{status: 403, log: {no_expect_ids: [942100]}}", false, false, false},
      {"{response_contains: '^HTTP/1.1 403'}", true, true, false},
      {"{expect_error: true}", false, false, true},
      {"{expect_error: true, log: {expect_ids: [942100]}}", false, false, true},
      {"{expect_error: false, status: 200}", false, true, false},
      {"{isolated: true, log: {expect_ids: [942100]}}", false, false, false},
      {"{}", true, true, false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].output);
    g_assert_cmpint(passes(rows[i].output, &seen), ==, rows[i].seen);
    g_assert_cmpint(passes(rows[i].output, &quiet), ==, rows[i].quiet);
    g_assert_cmpint(passes(rows[i].output, &closed), ==, rows[i].closed);
  }
}

static void test_bad_expression(void) {
  bool out = true;
  const char *output = "{log: {match_regex: '('}}";
  const AkGoFtwSeen seen = {.status = 200, .response = "", .log = "a\n", .log_size = 2};
  g_autoptr(AkYaml) root = ak_yaml_parse(output, strlen(output), "t", &ak_go_ftw_limits, NULL);
  g_autoptr(AkGoFtwExpected) expected = ak_go_ftw_expected(root);
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_go_ftw_passes(expected, &seen, &out, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* Cut anywhere the file is refused or read as far as it is YAML; nothing is read past its end. */
static void test_truncated(void) {
  static const char text[] =
      HEAD TEST("1", "{method: POST, data: \"a=1 or 2\"}", ATTACK) TEST("2", "{uri: /x}", HARMLESS);
  AkImportSpec spec = {.source = "tests", .licence = "Apache-2.0"};
  for (gsize cut = 0; cut < strlen(text); cut++) {
    g_autofree char *part = g_memdup2(text, cut + 1);
    g_autoptr(AkImport) import = ak_import_new("cut", AK_EFFECT_HTTP);
    ak_go_ftw_read(import, part, cut, "cut.yaml", &spec, NULL);
    g_assert_cmpuint(import->corpus->cases->len, <=, 2);
  }
}

/* --- the Core Rule Set's own tests, where they are
 * ---------------------------------------------------- */

static void test_core_rule_set(void) {
  const char *data = g_getenv("AKASHI_TEST_DATA");
  g_autofree char *archive =
      g_build_filename(data != NULL ? data : "", "data/crs-regression-tests.tar.xz", NULL);
  if (data == NULL || !g_file_test(archive, G_FILE_TEST_EXISTS)) {
    g_test_skip("AKASHI_TEST_DATA does not hold data/crs-regression-tests.tar.xz");
    return;
  }
  g_autofree char *folder = g_dir_make_tmp("akashi-crs-XXXXXX", NULL);
  const char *tar[] = {"tar", "-C", folder, "-xf", archive, NULL};
  const char *remove[] = {"rm", "-rf", folder, NULL};
  int status = -1;
  g_assert_true(g_spawn_sync(NULL, (char **)tar, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                             &status, NULL));
  g_assert_cmpint(status, ==, 0);
  AkImportSpec spec = {.from = "go-ftw", .path = folder, .licence = "Apache-2.0"};
  g_autoptr(GError) error = NULL;
  g_autoptr(AkImport) import = ak_corpus_import(&spec, &error);
  g_assert_no_error(error);
  g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
               NULL);
  guint recorded[3] = {0};
  static const char *const ids[] = {"broken", "unsupported", "no-label"};
  for (guint i = 0; i < import->problems->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS(ids); k++)
      recorded[k] += strcmp(((AkImportProblem *)import->problems->pdata[i])->id, ids[k]) == 0;
  /* counted with a plain YAML reader: 323 files of which one is empty, 5,088 stages */
  g_assert_cmpuint(import->files, ==, 323);
  g_assert_cmpuint(recorded[0], ==, 1);
  g_assert_cmpuint(recorded[1], ==, 0);
  g_assert_cmpuint(recorded[2], ==, 0);
  g_assert_cmpuint(import->seen, ==, 5088 + 1);
  g_assert_cmpuint(import->corpus->cases->len + import->problem_count, ==, 5088 + 1);
  g_assert_cmpstr(import->corpus->written_for[0], ==, "crs");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/go-ftw/defaults", test_defaults);
  g_test_add_func("/exchange/go-ftw/bodies", test_bodies);
  g_test_add_func("/exchange/go-ftw/whole-and-parts", test_whole_and_parts);
  g_test_add_func("/exchange/go-ftw/recorded", test_recorded);
  g_test_add_func("/exchange/go-ftw/passes", test_passes);
  g_test_add_func("/exchange/go-ftw/bad-expression", test_bad_expression);
  g_test_add_func("/exchange/go-ftw/truncated", test_truncated);
  g_test_add_func("/exchange/go-ftw/core-rule-set", test_core_rule_set);
  return g_test_run();
}
