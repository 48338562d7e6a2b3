#include "verify/plan/plan.h"

static const AkTestOutput outputs[] = {{NULL}};
static const char *const needs_find[] = {"t.find", NULL};
static const char *const needs_look[] = {"t.look", NULL};

static bool never(const AkCall *call, AkSink *sink, GError **error) { return false; }

static const AkTest find = {.id = "t.find", .subject_kind = "address", .outputs = outputs,
                            .run = never};
static const AkTest look = {.id = "t.look", .subject_kind = "service", .each_of = "net.port.open",
                            .needs = needs_find, .outputs = outputs, .run = never};
static const AkTest push = {.id = "t.push", .subject_kind = "service", .each_of = "net.port.open",
                            .needs = needs_look, .grade = AK_GRADE_DISTURBING,
                            .outputs = outputs, .run = never};
static const AkTest image = {.id = "t.image", .subject_kind = "image", .outputs = outputs,
                             .run = never};
static const AkTest *const tests[] = {&push, &look, &image, &find, NULL};

static AkProduct *product_with_address(const char *address) {
  AkProduct *product = ak_product_new();
  AkInterface *lan = g_new0(AkInterface, 1);
  lan->name = g_strdup("lan");
  lan->addresses = g_strsplit(address, " ", -1);
  lan->services = g_ptr_array_new();
  g_ptr_array_add(product->interfaces, lan);
  return product;
}

static void test_needed_tests_come_first(void) {
  g_autoptr(AkProduct) product = product_with_address("127.0.9.1");
  AkPlanInput input = {.tests = tests, .product = product};
  g_autoptr(GPtrArray) order = ak_plan_tests(&input, NULL);
  g_assert_cmpuint(order->len, ==, 3); /* no image in the product: t.image is left out */
  g_assert_true(order->pdata[0] == &find);
  g_assert_true(order->pdata[1] == &look);
  g_assert_true(order->pdata[2] == &push);
}

static void test_only_takes_what_it_needs_along(void) {
  g_autoptr(AkProduct) product = product_with_address("127.0.9.1");
  const char *only[] = {"t.look", NULL}, *unknown[] = {"t.none", NULL};
  AkPlanInput input = {.tests = tests, .product = product, .only = only};
  g_autoptr(GPtrArray) order = ak_plan_tests(&input, NULL);
  g_assert_cmpuint(order->len, ==, 2);
  input.only = unknown;
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_plan_tests(&input, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
}

static AkObservation *port(const char *locator, AkOutcome outcome, bool open) {
  AkObservation *seen = ak_observation_new("service", locator, "net.port.open", outcome);
  ak_observation_take_value(seen, ak_value_bool(open));
  return seen;
}

static void test_services_come_from_what_was_seen_open(void) {
  g_autoptr(AkProduct) product = product_with_address("127.0.9.1 ::1");
  g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  g_ptr_array_add(seen, port("tcp:127.0.9.1:80", AK_OUTCOME_SEEN, true));
  g_ptr_array_add(seen, port("tcp:127.0.9.1:81", AK_OUTCOME_SEEN, false));
  g_ptr_array_add(seen, port("tcp:127.0.9.1:82", AK_OUTCOME_COULD_NOT_LOOK, true));
  g_ptr_array_add(seen, port("tcp:127.0.9.1:80", AK_OUTCOME_SEEN, true));
  g_autoptr(GPtrArray) services = ak_plan_subjects(product, &look, seen);
  g_assert_cmpuint(services->len, ==, 1);
  g_assert_cmpstr(((AkSubject *)services->pdata[0])->locator, ==, "tcp:127.0.9.1:80");
  g_autoptr(GPtrArray) addresses = ak_plan_subjects(product, &find, seen);
  g_assert_cmpuint(addresses->len, ==, 2);
}

static void assert_subjects(const AkTest *test, const GPtrArray *seen, const char *expected) {
  g_autoptr(AkProduct) product = product_with_address("127.0.9.1");
  g_autoptr(GPtrArray) subjects = ak_plan_subjects(product, test, seen);
  g_autoptr(GString) found = g_string_new(NULL);
  for (guint i = 0; i < subjects->len; i++)
    g_string_append_printf(found, "%s%s", i > 0 ? " " : "",
                           ((AkSubject *)subjects->pdata[i])->locator);
  g_assert_cmpstr(found->str, ==, expected);
}

static AkObservation *speaks(const char *locator, AkOutcome outcome, AkValue value) {
  AkObservation *seen = ak_observation_new("service", locator, "service.protocol", outcome);
  ak_observation_take_value(seen, value);
  return seen;
}

static void test_services_by_their_protocol(void) {
  static const AkTest ssh = {.id = "t.ssh", .subject_kind = "service", .each_is = "ssh",
                             .each_of = "service.protocol", .outputs = outputs, .run = never},
                      web = {.id = "t.web", .subject_kind = "service", .each_is = "http|https",
                             .each_of = "service.protocol", .outputs = outputs, .run = never},
                      truth = {.id = "t.true", .subject_kind = "service",
                               .each_of = "service.protocol", .outputs = outputs, .run = never};
  g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:22", AK_OUTCOME_SEEN, ak_value_text("ssh")));
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:80", AK_OUTCOME_SEEN, ak_value_text("http")));
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:443", AK_OUTCOME_SEEN, ak_value_text("https")));
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:81", AK_OUTCOME_SEEN, ak_value_text("http|https")));
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:23", AK_OUTCOME_COULD_NOT_LOOK, ak_value_text("ssh")));
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:24", AK_OUTCOME_CUT, ak_value_text("ssh")));
  g_ptr_array_add(seen, speaks("tcp:127.0.9.1:25", AK_OUTCOME_SEEN, ak_value_bool(true)));
  assert_subjects(&ssh, seen, "tcp:127.0.9.1:22");
  assert_subjects(&web, seen, "tcp:127.0.9.1:443 tcp:127.0.9.1:80");
  assert_subjects(&truth, seen, "tcp:127.0.9.1:25");
}

static void test_services_by_their_transport(void) {
  static const AkTest tcp = {.id = "t.tcp", .subject_kind = "service", .each_of = "net.port.open",
                             .transport = "tcp", .outputs = outputs, .run = never},
                      udp = {.id = "t.udp", .subject_kind = "service", .each_of = "net.port.open",
                             .transport = "udp", .outputs = outputs, .run = never},
                      any = {.id = "t.any", .subject_kind = "service", .each_of = "net.port.open",
                             .outputs = outputs, .run = never};
  g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  g_ptr_array_add(seen, port("tcp:127.0.9.1:53", AK_OUTCOME_SEEN, true));
  g_ptr_array_add(seen, port("udp:127.0.9.1:53", AK_OUTCOME_SEEN, true));
  g_ptr_array_add(seen, port("udp:[::1]:161", AK_OUTCOME_SEEN, true));
  g_ptr_array_add(seen, port("udplite:127.0.9.1:53", AK_OUTCOME_SEEN, true));
  assert_subjects(&tcp, seen, "tcp:127.0.9.1:53");
  assert_subjects(&udp, seen, "udp:127.0.9.1:53 udp:[::1]:161");
  assert_subjects(&any, seen, "tcp:127.0.9.1:53 udp:127.0.9.1:53 udp:[::1]:161 udplite:127.0.9.1:53");
}

static void test_relations(void) {
  AkSubject a = {"address", "127.0.9.1"}, s = {"service", "tcp:127.0.9.1:80"},
            other = {"service", "tcp:127.0.9.1:81"}, far = {"address", "127.0.9.2"},
            i = {"image", "127.0.9.1"};
  g_assert_true(ak_plan_related(&a, &s));
  g_assert_true(ak_plan_related(&s, &s));
  g_assert_false(ak_plan_related(&s, &other));
  g_assert_false(ak_plan_related(&s, &far));
  g_assert_false(ak_plan_related(&a, &i));
}

/* Guessing passwords may lock an account out: only where the consent allows that. */
static void test_no_guessing_without_consent_to_lock_out(void) {
  g_autoptr(AkProduct) product = product_with_address("192.0.2.1");
  AkInterface *lan = product->interfaces->pdata[0];
  AkService *service = g_new0(AkService, 1);
  service->transport = g_strdup("tcp");
  service->port = 80;
  g_ptr_array_add(lan->services, service);
  product->authorization = g_new0(AkAuthorization, 1);
  AkSubject subject = {"service", "tcp:192.0.2.1:80"};
  AkPlanInput input = {.tests = tests, .product = product};
  g_autoptr(json_t) careful = ak_plan_params(&input, &look, &subject);
  g_assert_true(json_is_false(json_object_get(careful, "credentials")));
  product->authorization->lockout_allowed = true;
  g_autoptr(json_t) allowed = ak_plan_params(&input, &look, &subject);
  g_assert_null(json_object_get(allowed, "credentials"));
  ak_service_free(service);
}

/* A test with an option is planned where it is given, and told of it. */
static void test_option(void) {
  static const AkTest asked = {.id = "t.asked", .isolation = AK_ISOLATION_SANDBOX, .subject_kind = "image",
                               .option = "yara", .outputs = outputs, .run = never};
  static const AkTest *const own[] = {&asked, NULL};
  g_autoptr(AkProduct) product = ak_product_new();
  AkImage *own_image = g_new0(AkImage, 1);
  own_image->name = g_strdup("a");
  g_ptr_array_add(product->images, own_image);
  AkSubject subject = {"image", "a"};
  AkPlanInput input = {.tests = own, .product = product};
  g_autoptr(GPtrArray) none = ak_plan_tests(&input, NULL);
  g_assert_cmpuint(none->len, ==, 0);
  g_autoptr(json_t) given = json_pack("{s:s}", "yara", "rule x { condition: true }");
  input.options = given;
  g_autoptr(GPtrArray) one = ak_plan_tests(&input, NULL);
  g_assert_cmpuint(one->len, ==, 1);
  g_autoptr(json_t) params = ak_plan_params(&input, &asked, &subject);
  g_assert_cmpstr(ak_json_string_or(params, "yara", NULL), ==, "rule x { condition: true }");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plan/needed-tests-come-first", test_needed_tests_come_first);
  g_test_add_func("/plan/option", test_option);
  g_test_add_func("/plan/only", test_only_takes_what_it_needs_along);
  g_test_add_func("/plan/services", test_services_come_from_what_was_seen_open);
  g_test_add_func("/plan/services-by-protocol", test_services_by_their_protocol);
  g_test_add_func("/plan/services-by-transport", test_services_by_their_transport);
  g_test_add_func("/plan/relations", test_relations);
  g_test_add_func("/plan/no-guessing", test_no_guessing_without_consent_to_lock_out);
  return g_test_run();
}
