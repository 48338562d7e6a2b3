#include "exchange/product-yaml.h"

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
                            "      - {transport: tcp, port: 443, shows: [GW]}\n"
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
  const char *expected[] = {"p.yaml:3:11: verson: no such member; is \"version\" meant?",
                            "version: is missing",
                            "p.yaml:5:23: kind: \"wired\" is not one of: network, physical, radio",
                            "p.yaml:5:42: addresses: \"router.example\" is no numeric address",
                            "p.yaml:6:64: port: \"70000\" is no number from 1 to 65535",
                            "name: \"lan\" is there twice",
                            "p.yaml:8:44: image: there is no image \"gone\""};
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
    if (strstr(error->message, expected[i]) == NULL)
      g_error("\"%s\" is not in:\n%s", expected[i], error->message);
}

static void assert_refused(const char *text, gsize size, AkErrorCode code) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_product_parse(text, size, "p.yaml", NULL, &error));
  g_assert_error(error, AK_ERROR, (int)code);
  g_assert_true(g_str_has_prefix(error->message, "p.yaml:"));
}

static void test_hostile_files(void) {
  const char bomb[] = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
  const char tag[] = "product: !!python/object:os.system x\n";
  const char twice[] = "product: {name: a, version: b}\nproduct: {name: a, version: b}\n";
  const char zero[] = "product: {name: \"a\0b\", version: c}\n";
  const char bad_utf8[] = "product: {name: \"\xff\xfe\", version: c}\n";
  g_autofree char *deep = g_strnfill(100, '[');
  g_autofree char *huge = g_strnfill(9 * 1024 * 1024, 'a');
  g_autoptr(GString) many = g_string_new("product: [");
  for (guint i = 0; i < 300000; i++)
    g_string_append(many, "1,");
  g_string_append(many, "1]\n");
  assert_refused(bomb, strlen(bomb), AK_ERROR_NOT_SUPPORTED);
  assert_refused(tag, strlen(tag), AK_ERROR_NOT_SUPPORTED);
  assert_refused(twice, strlen(twice), AK_ERROR_INVALID_DATA);
  assert_refused(zero, sizeof zero - 1, AK_ERROR_INVALID_DATA);
  assert_refused(bad_utf8, strlen(bad_utf8), AK_ERROR_INVALID_DATA);
  assert_refused(deep, strlen(deep), AK_ERROR_LIMIT);
  assert_refused(huge, strlen(huge), AK_ERROR_LIMIT);
  assert_refused(many->str, many->len, AK_ERROR_LIMIT);
  assert_refused("", 0, AK_ERROR_INVALID_DATA);
  assert_refused("- a\n- b\n", 8, AK_ERROR_INVALID_DATA);
  assert_refused("a: b: c", 7, AK_ERROR_INVALID_DATA);
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

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/product/small", test_a_small_file);
  g_test_add_func("/product/from-document", test_from_its_document);
  g_test_add_func("/product/all-problems", test_all_problems_in_one_pass);
  g_test_add_func("/product/hostile", test_hostile_files);
  g_test_add_func("/product/truncated", test_truncated_at_every_byte);
  g_test_add_func("/product/dates", test_dates);
  return g_test_run();
}
