#include "exchange/product-yaml.h"

#include <glib/gstdio.h>
#include <string.h>

static AkProduct *parse(const char *text, GError **error) {
  return ak_product_parse(text, strlen(text), "p.yaml", "/here", error);
}

static const char small[] = "product:\n"
                            "  name: Gateway\n"
                            "  version: 1.10\n"
                            "interfaces:\n"
                            "  - name: lan\n"
                            "    kind: network\n"
                            "    addresses: [127.0.9.1, \"::1\"]\n"
                            "    services:\n"
                            "      - {transport: tcp, port: 443, protocol: https, shows: [GW]}\n"
                            "features:\n"
                            "  e: {present: false, reason: no log-in}\n"
                            "ics:\n"
                            "  \"5.1-1\": {support: N, detail: \"no\"}\n"
                            "ixit:\n"
                            "  1-AuthMech:\n"
                            "    - {id: AuthMech-1, attempts: 5, ratio: 1.5, on: no}\n";

static void test_a_small_file(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkProduct) product = parse(small, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(product->version, ==, "1.10"); /* not 1.1 */
  const AkService *service = ak_product_service(product, "127.0.9.1", "tcp", 443);
  g_assert_cmpstr(service->shows[0], ==, "GW");
  g_assert_nonnull(ak_product_interface_of_address(product, "::1"));
  const AkInterface *lan = product->interfaces->pdata[0];
  g_assert_true(lan->used);
  const json_t *ics = json_object_get(product->ics, "5.1-1");
  g_assert_cmpstr(ak_json_string_or(ics, "support", ""), ==, "N"); /* no boolean */
  const json_t *row = json_array_get(json_object_get(product->ixit, "1-AuthMech"), 0);
  g_assert_cmpint(json_integer_value(json_object_get(row, "attempts")), ==, 5);
  g_assert_cmpstr(ak_json_string_or(row, "ratio", ""), ==, "1.5"); /* floats stay text */
  g_assert_cmpstr(ak_json_string_or(row, "on", ""), ==, "no");
  g_autofree char *canonical = ak_json_canonical(product->document, NULL, NULL);
  g_assert_nonnull(canonical);
}

static void test_from_its_document(void) {
  g_autoptr(AkProduct) first = parse(small, NULL);
  g_autoptr(AkProduct) second = ak_product_from_document(first->document, "/here", NULL);
  AkDigest a = ak_product_digest(first), b = ak_product_digest(second);
  g_assert_true(ak_digest_equal(&a, &b));
  g_assert_nonnull(ak_product_service(second, "127.0.9.1", "tcp", 443));
}

static void test_all_problems_in_one_pass(void) {
  g_autoptr(GError) error = NULL;
  g_assert_null(parse("product:\n"
                      "  name: G\n"
                      "  verson: 1\n"
                      "interfaces:\n"
                      "  - {name: lan, kind: wired, addresses: [router.example]}\n"
                      "  - {name: lan, kind: radio, services: [{transport: tcp, port: 70000}]}\n"
                      "units:\n"
                      "  - {serial: s, state: initialized, image: gone}\n",
                      &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  const char *expected[] = {
      "p.yaml:1:1: version: is missing in \"product\"",
      "p.yaml:3:3: verson: there is no such member; is \"version\" meant?",
      "p.yaml:5:23: kind: \"wired\": is not one of: network, physical, radio",
      "p.yaml:5:42: addresses: \"router.example\": is no numeric address",
      "p.yaml:6:41: protocol: is missing in \"services\"",
      "p.yaml:6:12: name: \"lan\": is there already on line 5",
      "p.yaml:6:64: port: \"70000\": is no whole number of 1–65535",
      "p.yaml:8:44: image: \"gone\": there is no image of this name"};
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
    if (strstr(error->message, expected[i]) == NULL)
      g_error("\"%s\" is not in:\n%s", expected[i], error->message);
}

/* The place of the problem is marked by ^ in `marked`; the message has this problem alone. */
static void assert_problem(const char *marked, const char *problem) {
  g_auto(GStrv) halves = g_strsplit(marked, "^", 2);
  g_autofree char *text = g_strconcat(halves[0], halves[1], NULL);
  const char *last_line = strrchr(halves[0], '\n');
  g_autofree char *expected =
      g_strdup_printf("p.yaml:%d:%ld: %s", last_line != NULL ? 2 : 1,
                      (long)(last_line != NULL ? strlen(last_line) : strlen(halves[0]) + 1),
                      problem);
  g_autoptr(GError) error = NULL;
  g_assert_null(parse(text, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  if (!g_str_has_prefix(error->message, expected) || strchr(error->message, '\n') != NULL)
    g_error("\"%s\" where \"%s\" should be", error->message, expected);
}

#define IDENTITY "product: {name: G, version: 1}\n"
#define LAN "interfaces: [{name: lan, kind: network, addresses: [127.0.9.1]"
#define CONSENT                                                                                    \
  "authorization: {by: A, capacity: owner, emergency_contact: c, grades_up_to: safe, "

static void test_each_problem_alone(void) {
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"product: ^[a]\n", "product: members (name: value) should stand"},
      {"product: {^name: , version: 1}\n", "name: \"\": is empty"},
      {IDENTITY "sboms: ^a\n", "sboms: \"a\": a list should"},
      {IDENTITY "images: [{name: ^[a], path: b}]\n", "name: one text should"},
      {IDENTITY "images: [{name: a, path: b, sha256: ^AB}]\n",
       "sha256: \"AB\": is no SHA-256"},
      {IDENTITY LAN ", used: ^no}]\n", "used: \"no\": is neither true nor false"},
      {IDENTITY LAN ", used: ^\"true\"}]\n", "used: \"true\": is neither true"},
      {IDENTITY "interfaces: [{name: r, kind: radio, addresses: [^127.0.9.1]}]\n",
       "addresses: \"127.0.9.1\": only interfaces of kind network"},
      {IDENTITY LAN "}, {name: b, kind: network, addresses: [\"::1\", ^\"0::1\"]}]\n",
       "addresses: \"::1\": is there already on line 2"},
      {IDENTITY "interfaces: [{name: b, kind: network, addresses: [^\"::ffff:192.0.2.1\"]}]\n",
       "addresses: \"::ffff:192.0.2.1\": is no numeric address"},
      {IDENTITY "interfaces: [{name: b, kind: network, addresses: [^127.1]}]\n",
       "addresses: \"127.1\": is no numeric address"},
      {IDENTITY LAN ", services: [{transport: tcp, port: 1, protocol: a}, {transport: tcp, "
                    "port: ^1, protocol: b}]}]\n",
       "port: \"tcp:1\": is there already"},
      {IDENTITY LAN ", services: [{transport: tcp, port: ^0x50, protocol: a}]}]\n",
       "port: \"0x50\": is no whole number of 1–65535"},
      {IDENTITY LAN ", services: [{transport: tcp, port: 1, protocol: a, auth: {mechanism: basic, "
                    "path: ^\"//x.example/\"}}]}]\n",
       "path: \"//x.example/\": is no path of a page"},
      {IDENTITY LAN ", services: [{transport: tcp, port: 1, protocol: a, ^auth: {mechanism: form}}]}]"
                    "\n",
       "failure_text: is missing in \"auth\""},
      {IDENTITY LAN ", services: [{transport: tcp, port: 1, protocol: a, auth: {mechanism: basic, "
                    "^user_field: u}}]}]\n",
       "user_field: belongs to the mechanism form alone"},
      {IDENTITY CONSENT "addresses: [^router], from: 2026-01-01, until: 2026-01-02}\n",
       "addresses: \"router\": is no numeric address or prefix"},
      {IDENTITY CONSENT "addresses: [^0.0.0.0/0], from: 2026-01-01, until: 2026-01-02}\n",
       "addresses: \"0.0.0.0/0\": is no numeric address or prefix"},
      {IDENTITY CONSENT "addresses: [^192.0.2.1/24], from: 2026-01-01, until: 2026-01-02}\n",
       "addresses: \"192.0.2.1/24\": is no numeric address or prefix"},
      {IDENTITY CONSENT "addresses: ^[], from: 2026-01-01, until: 2026-01-02}\n",
       "addresses: is empty"},
      {IDENTITY CONSENT "addresses: [192.0.2.1], from: ^2026-02-30, until: 2026-03-02}\n",
       "from: \"2026-02-30\": is no date"},
      {IDENTITY CONSENT "addresses: [192.0.2.1], from: 2026-02-01, until: ^2026-01-31}\n",
       "until: \"2026-01-31\": ends before it begins (2026-02-01)"},
      {IDENTITY "answers: [{case: c, verdict: ^ok, by: A, on: 2026-11-20, reason: r}]\n",
       "verdict: \"ok\": is not one of: pass, fail, inconclusive, not-applicable"},
      {IDENTITY "ics: {5.1-1: {support: ^yes}}\n",
       "support: \"yes\": is not one of: Y, N, N/A"},
      {IDENTITY "ixit: {1-AuthMech: [^{description: x}]}\n", "id: is missing"},
      {IDENTITY "ixit: {1-AuthMech: [{id: a}, {id: ^a}]}\n",
       "id: \"a\": is there already"},
      {IDENTITY "ixit: {1-AuthMech: [{id: a, x: ^{y: z}}]}\n", "x: one text should"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_problem(rows[i].text, rows[i].expected);
}

static void test_problems_in_japanese(void) {
  const char text[] = IDENTITY "interfaces: [{name: lan, kind: wired}]\n";
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_assert_null(
      ak_product_check(text, strlen(text), "p.yaml", NULL, false, problems, NULL));
  g_assert_cmpuint(problems->len, ==, 1);
  g_autofree char *line = ak_problem_format(problems->pdata[0], "p.yaml", AK_LANG_JA);
  g_assert_cmpstr(line, ==,
                  "p.yaml:2:32: kind: \"wired\": 次のいずれでもない: network, physical, radio");
}

static void test_log_in_is_filled_in(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkProduct) product =
      parse(IDENTITY LAN ", services: [{transport: tcp, port: 80, protocol: http, auth: {mechanism: "
                         "form, path: /admin, failure_text: wrong}}, {transport: tcp, port: 81, "
                         "protocol: http, auth: {mechanism: basic, user: root}}]}]\n",
            &error);
  g_assert_no_error(error);
  const json_t *form = ak_product_service(product, "127.0.9.1", "tcp", 80)->auth;
  g_assert_cmpstr(ak_json_string_or(form, "login_path", ""), ==, "/admin");
  g_assert_cmpstr(ak_json_string_or(form, "user_field", ""), ==, "username");
  g_assert_cmpstr(ak_json_string_or(form, "password_field", ""), ==, "password");
  g_assert_cmpstr(ak_json_string_or(form, "user", ""), ==, "admin");
  const json_t *basic = ak_product_service(product, "127.0.9.1", "tcp", 81)->auth;
  g_assert_cmpstr(ak_json_string_or(basic, "path", ""), ==, "/");
  g_assert_cmpstr(ak_json_string_or(basic, "user", ""), ==, "root");
  g_assert_null(json_object_get(basic, "user_field"));
}

static void test_addresses_get_their_usual_spelling(void) {
  g_autoptr(AkProduct) product = parse(
      IDENTITY "interfaces: [{name: b, kind: network, addresses: [\"2001:DB8:0::1\"]}]\n", NULL);
  g_assert_nonnull(product);
  g_assert_nonnull(ak_product_interface_of_address(product, "2001:db8::1"));
}

static void test_consent(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkProduct) product =
      parse(IDENTITY CONSENT "addresses: [192.0.2.0/28], from: 1970-01-02, until: "
                             "1970-01-03T01:00:00.5+01:00}\n",
            &error);
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA); /* fractions have six digits */
  g_clear_error(&error);
  product = parse(IDENTITY CONSENT "addresses: [192.0.2.0/28], from: 1970-01-02, until: "
                                   "1970-01-03T01:00:00+01:00}\n",
                  &error);
  g_assert_no_error(error);
  g_assert_cmpint(product->authorization->from_utc_us, ==, 86400000000);
  g_assert_cmpint(product->authorization->until_utc_us, ==, 172800000000);
  g_assert_cmpint(product->authorization->grades_up_to, ==, AK_GRADE_SAFE);
  g_assert_false(product->authorization->lockout_allowed);
  g_assert_cmpstr(product->authorization->addresses[0], ==, "192.0.2.0/28");
}

static void test_files_must_be_there(void) {
  const char text[] = IDENTITY "sboms: [sbom.json, gone.json]\n";
  g_autofree char *folder = g_dir_make_tmp("akashi-product-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "sbom.json", NULL);
  g_assert_true(g_file_set_contents(file, "{}", 2, NULL));
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkProduct) product =
      ak_product_check(text, strlen(text), "p.yaml", folder, true, problems, NULL);
  g_assert_null(product);
  g_assert_cmpuint(problems->len, ==, 1);
  g_assert_cmpstr(((AkProblem *)problems->pdata[0])->value, ==, "gone.json");
  g_autoptr(AkProduct) unseen =
      ak_product_check(text, strlen(text), "p.yaml", folder, false, problems, NULL);
  g_assert_nonnull(unseen);
  g_unlink(file);
  g_rmdir(folder);
}

static void test_problems_are_limited(void) {
  g_autoptr(GString) text = g_string_new(IDENTITY "sboms: [");
  for (guint i = 0; i < 1000; i++)
    g_string_append(text, "[],");
  g_string_append(text, "]\n");
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_assert_null(ak_product_check(text->str, text->len, "p.yaml", NULL, false, problems, NULL));
  g_assert_cmpuint(problems->len, ==, AK_PROBLEMS_MAX);
}

static void assert_refused(const char *text, gsize size, AkErrorCode code, const char *place) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_product_parse(text, size, "p.yaml", NULL, &error));
  g_assert_error(error, AK_ERROR, (int)code);
  if (!g_str_has_prefix(error->message, place))
    g_error("\"%s\" does not begin with \"%s\"", error->message, place);
}

static void test_hostile_files(void) {
  static const struct {
    const char *text;
    AkErrorCode code;
    const char *place;
  } rows[] = {
      {"a: &a [x, x]\nb: &b [*a, *a]\n", AK_ERROR_NOT_SUPPORTED, "p.yaml:1:7: anchors"},
      {"a: [x]\nb: *a\n", AK_ERROR_NOT_SUPPORTED, "p.yaml:2:5: anchors"},
      {"product: !!python/object:os.system x\n", AK_ERROR_NOT_SUPPORTED, "p.yaml:1:36: tags"},
      {"<<: {a: b}\n", AK_ERROR_NOT_SUPPORTED, "p.yaml:1:1: merge keys"},
      {"product: {name: a}\nimages: []\nproduct: {name: b}\n", AK_ERROR_INVALID_DATA,
       "p.yaml:3:1: this member is there twice"},
      {"{[a]: b}\n", AK_ERROR_INVALID_DATA, "p.yaml:1:2: a member's name must be text"},
      {"product: {name: \"a\xff\", version: c}\n", AK_ERROR_INVALID_DATA,
       "p.yaml:1:19: the file is not UTF-8"},
      {"a: b\nä: \"\\0\"\n", AK_ERROR_INVALID_DATA, "p.yaml:2:"},
      {"a: \"\\e[2J\"\n", AK_ERROR_INVALID_DATA, "p.yaml:1:4: a control character"},
      {"", AK_ERROR_INVALID_DATA, "p.yaml:1:1: the file is empty"},
      {"# nothing\n", AK_ERROR_INVALID_DATA, "p.yaml:"},
      {"- a\n- b\n", AK_ERROR_INVALID_DATA, "p.yaml:1:1: product.yaml: members"},
      {"a: b: c", AK_ERROR_INVALID_DATA, "p.yaml:1:"},
      {"a: [b\n", AK_ERROR_INVALID_DATA, "p.yaml:"},
      {"a: b\n---\nc: d\n", AK_ERROR_INVALID_DATA, "p.yaml:3:1: only one document"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_refused(rows[i].text, strlen(rows[i].text), rows[i].code, rows[i].place);
  const char zero[] = "product:\n  name: \"a\0b\"\n";
  assert_refused(zero, sizeof zero - 1, AK_ERROR_INVALID_DATA, "p.yaml:2:11: the file is not");
}

/* Just inside and just outside of each limit, and none takes long. */
static void test_limits(void) {
  g_autofree char *deep = g_strnfill(3 * 1024 * 1024, '[');
  g_autofree char *huge = g_strnfill(5 * 1024 * 1024, 'a');
  g_autofree char *text = g_strnfill(64 * 1024, 'a');
  g_autofree char *long_text = g_strdup_printf("a: \"%s\"\n", text);
  g_autofree char *longer_text = g_strdup_printf("a: \"%sa\"\n", text);
  g_autoptr(GString) many = g_string_new("[");
  for (guint i = 0; i < 1000000; i++)
    g_string_append(many, "1,");
  g_string_append(many, "1]\n");
  g_autoptr(GString) members = g_string_new(NULL);
  for (guint i = 0; i < 49000; i++)
    g_string_append_printf(members, "k%u: 1\n", i);
  gint64 start = g_get_monotonic_time();
  assert_refused(deep, strlen(deep), AK_ERROR_LIMIT, "p.yaml:1:33: too many levels");
  assert_refused(huge, strlen(huge), AK_ERROR_LIMIT, "p.yaml:1:1: ");
  assert_refused(long_text, strlen(long_text), AK_ERROR_INVALID_DATA, "p.yaml:1:1: a: there is no");
  assert_refused(longer_text, strlen(longer_text), AK_ERROR_LIMIT, "p.yaml:1:4: this text is too");
  assert_refused(many->str, many->len, AK_ERROR_LIMIT, "p.yaml:1:");
  assert_refused(members->str, members->len, AK_ERROR_INVALID_DATA, "p.yaml:1:1: ");
  g_assert_cmpint(g_get_monotonic_time() - start, <, (gint64)30 * G_USEC_PER_SEC);
}

static void test_truncated_at_every_byte(void) {
  for (gsize size = 0; size < sizeof small; size++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkProduct) product = ak_product_parse(small, size, "p.yaml", NULL, &error);
    g_assert_true((product == NULL) == (error != NULL));
  }
}

static void test_dates(void) {
  gint64 start = 0, end = 0;
  g_assert_true(ak_schema_date("1970-01-02", false, &start));
  g_assert_cmpint(start, ==, 86400000000);
  g_assert_true(ak_schema_date("1970-01-02", true, &end));
  g_assert_cmpint(end, ==, 2 * 86400000000 - 1);
  g_assert_true(ak_schema_date("1970-01-01T09:00:00+09:00", true, &end));
  g_assert_cmpint(end, ==, 0);
  g_assert_false(ak_schema_date("1970-13-01", false, &end));
  g_assert_false(ak_schema_date("1970-01-01T09:00:00", false, &end)); /* no zone */
}

static void test_the_examples(void) {
  static const char *const names[] = {"weak-gateway", "hardened-gateway"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"), "examples", names[i],
                                             "product.yaml", NULL);
    g_autoptr(AkProduct) product = ak_product_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(json_object_size(product->ixit), ==, 29);
    g_assert_cmpuint(product->units->len, ==, 2);
    for (guint a = 0; a < product->answers->len; a++) {
      const AkAnswer *answer = product->answers->pdata[a];
      g_assert_nonnull(answer->evidence[0]);
      g_autofree char *file = g_build_filename(product->folder, answer->evidence[0], NULL);
      g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/product/small", test_a_small_file);
  g_test_add_func("/product/from-document", test_from_its_document);
  g_test_add_func("/product/all-problems", test_all_problems_in_one_pass);
  g_test_add_func("/product/each-problem", test_each_problem_alone);
  g_test_add_func("/product/japanese", test_problems_in_japanese);
  g_test_add_func("/product/log-in", test_log_in_is_filled_in);
  g_test_add_func("/product/addresses", test_addresses_get_their_usual_spelling);
  g_test_add_func("/product/consent", test_consent);
  g_test_add_func("/product/files", test_files_must_be_there);
  g_test_add_func("/product/limited", test_problems_are_limited);
  g_test_add_func("/product/hostile", test_hostile_files);
  g_test_add_func("/product/limits", test_limits);
  g_test_add_func("/product/truncated", test_truncated_at_every_byte);
  g_test_add_func("/product/dates", test_dates);
  g_test_add_func("/product/examples", test_the_examples);
  return g_test_run();
}
