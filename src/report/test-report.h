/* A made-up run of any size, for the tests of reports and their benchmark: half of its cases fail, every
 * observation is cited, all kinds of subjects are there, and secrets stand where a report must not look. */
#pragma once

#include <string.h>

#include "report/verification.h"

#define CITED 256 /* observations a case cites: as many as the verdict engine lists */
#define CITED_BY_FINDING 40
#define PLANTED_PASSWORD "Planted-Passw0rd"

typedef struct {
  AkCatalog catalog;
  AkProfile profile;
  AkProduct *product;
  GPtrArray *requirements, *observations, *executions;
  json_t *planned, *verdict;
} TestRun;

static void test_free_requirement(gpointer data) {
  AkRequirement *requirement = data;
  g_free(requirement->id);
  g_free(requirement->title.en);
  g_free(requirement->title.ja);
  g_free(requirement);
}

static void test_free_execution(gpointer data) {
  AkExecution *execution = data;
  g_free(execution->subject.locator);
  g_free(execution);
}

G_GNUC_UNUSED static void test_run_free(TestRun *self) {
  ak_product_free(self->product);
  g_ptr_array_unref(self->requirements);
  g_ptr_array_unref(self->observations);
  g_ptr_array_unref(self->executions);
  json_decref(self->planned);
  json_decref(self->verdict);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestRun, test_run_free)

/* One of each: a service, a file of an image, a component, an address. */
static AkObservation *test_observation(guint number) {
  static const struct {
    const char *kind, *pattern, *property, *value;
  } rows[] = {
      {"service", "tcp:192.0.2.1:%u", "tls.certificate.key-type", "RSA"},
      {"file", "firmware!#0!/usr/lib/a b/%u.so", "elf.file", "x86-64 library"},
      {"component", "firmware!lib%u@1.2", "component.purl", "pkg:generic/lib@1.2"},
      {"service", "tcp:192.0.2.1:%u", "http.default-credential", "admin:*****"},
      {"file", "firmware!#0!/etc/%u", "secret.password-hash", "root: $6$ (SHA-512)"},
      {"address", "192.0.2.%u", "net.coverage", "=HYPERLINK(\"http://192.0.2.1/\")"},
  };
  gsize row = number % G_N_ELEMENTS(rows);
  g_autofree char *locator = NULL;
  GString *text = g_string_new(rows[row].pattern);
  g_autofree char *digits = g_strdup_printf("%u", number);
  g_string_replace(text, "%u", digits, 1);
  locator = g_string_free(text, FALSE);
  AkObservation *observation =
      ak_observation_new(rows[row].kind, locator, rows[row].property, AK_OUTCOME_SEEN);
  observation->test_id = g_strdup("probe.tls");
  observation->test_rev = 1;
  observation->trace.when_utc_us = G_GINT64_CONSTANT(1700000000000000) + number;
  observation->trace.attempt = 1;
  ak_observation_take_value(observation, ak_value_text(rows[row].value));
  AkDigest digest = ak_digest_of(&number, sizeof number);
  ak_observation_cite(observation, &digest, number, 100);
  return observation;
}

static void test_add_executions(TestRun *self, guint observations) {
  for (guint i = 0; i < MAX(observations / 20, 2); i++) {
    AkExecution *execution = g_new0(AkExecution, 1);
    *execution = (AkExecution){.test_id = (char *)(i % 2 ? "probe.tls" : "firmware.elf"),
                               .subject = {(char *)"service", g_strdup_printf("tcp:192.0.2.1:%u", i)},
                               .end = (char *)(i % 10 ? "done" : "refused"),
                               .reason = (char *)(i % 10 ? NULL : "no consent"),
                               .repeat = 1};
    g_ptr_array_add(self->executions, execution);
  }
}

static json_t *test_cited(const TestRun *self, guint first, guint count) {
  json_t *cited = json_array();
  for (guint i = first; i < first + count && i < self->observations->len; i++) {
    const AkObservation *seen = self->observations->pdata[i];
    char hex[AK_DIGEST_HEX_SIZE];
    AkDigest digest = ak_observation_identity(seen);
    ak_digest_to_hex(&digest, hex);
    json_array_append_new(cited, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:o}", "id", hex, "test",
                                           seen->test_id, "property", seen->property, "subject",
                                           "kind", seen->subject.kind, "locator",
                                           seen->subject.locator, "outcome", "seen", "value",
                                           ak_value_to_json(&seen->value)));
  }
  return cited;
}

static json_t *test_words(const char *en, const char *ja) {
  return json_pack("{s:s, s:s}", "en", en, "ja", ja);
}

static json_t *test_verdict(TestRun *self, guint number) {
  static const char *const words[] = {"fail", "pass", "inconclusive", "not-applicable"};
  const char *word = words[number % G_N_ELEMENTS(words)];
  AkRequirement *requirement = g_new0(AkRequirement, 1);
  requirement->id = g_strdup_printf("5.%u-1", number);
  requirement->title = (AkBilingual){g_strdup("No \"universal\" passwords"), g_strdup("共通のパスワードを使わない")};
  g_ptr_array_add(self->requirements, requirement);
  g_autofree char *case_id = g_strdup_printf("5.%u-1-1", number);
  json_t *verdict = json_pack(
      "{s:s, s:s, s:s, s:s, s:o, s:[], s:[{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}]}", "requirement",
      requirement->id, "obligation", number % 3 ? "M" : "R", "verdict", word, "valid_until",
      "2027-11-23", "explanation", test_words("Cases that fail: 1", "不合格の項目: 1"), "missing",
      "cases", "case", case_id, "kind", "functional", "method", "automatic", "grade", "safe", "verdict",
      word, "observations", test_cited(self, number * CITED, CITED), "explanation",
      test_words("Seen.", "見た。"), "rule", "any(service.tcp, seen(x))");
  if (strcmp(word, "inconclusive") == 0)
    json_array_append_new(json_object_get(verdict, "missing"),
                          json_pack("{s:s, s:s, s:s, s:s}", "kind", "coverage", "property",
                                    "net.coverage", "en", "UDP ports", "ja", "UDPポート"));
  return verdict;
}

static json_t *test_finding(TestRun *self, guint number, guint requirements) {
  static const char *const severities[] = {"critical", "high", "medium", "low", "info"};
  const AkObservation *seen = self->observations->pdata[number * CITED_BY_FINDING];
  guint requirement = number * 4 % requirements / 4 * 4; /* one that fails */
  g_autofree char *id = g_strdup_printf("5.%u-1", requirement);
  g_autofree char *case_id = g_strdup_printf("%s-1", id);
  return json_pack(
      "{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:i, s:s, s:[s], s:[s], s:o, s:o, s:o, s:o, s:o, s:o}",
      "finding", number % 2 ? "old-tls" : "default-credential", "kind", "fail", "severity",
      severities[number % G_N_ELEMENTS(severities)], "subject", "kind", seen->subject.kind, "locator",
      seen->subject.locator, "property", seen->property, "count", 1, "detail", "", "requirements", id,
      "cases", case_id, "observations",
      test_cited(self, number * CITED_BY_FINDING, CITED_BY_FINDING), "title",
      test_words("Old TLS", "古いTLS"), "reproduce", test_words("Connect.", "接続する。"), "condition",
      test_words("Anyone on the network.", "ネットワークに届く者。"), "impact",
      test_words("Traffic is read.", "通信が読まれる。"), "treatment",
      test_words("Switch it off.", "無効にする。"));
}

static void test_make_product(TestRun *self) {
  self->product = ak_product_new();
  self->product->name = g_strdup("Gateway <b> 関門");
  self->product->model = g_strdup("GW-1");
  self->product->version = g_strdup("1.2");
  self->product->laboratory = json_pack("{s:s, s:s}", "laboratory", "Lab & Co", "operator", "Operator");
  AkImage *image = g_new0(AkImage, 1);
  image->name = g_strdup("firmware");
  image->version = g_strdup("1.2");
  g_ptr_array_add(self->product->images, image);
  AkInterface *interface = g_new0(AkInterface, 1);
  interface->name = g_strdup("lan");
  interface->kind = g_strdup("network");
  interface->services = g_ptr_array_new_with_free_func((GDestroyNotify)ak_service_free);
  AkService *service = g_new0(AkService, 1);
  service->transport = g_strdup("tcp");
  service->protocol = g_strdup("https");
  service->port = 443;
  service->auth = json_pack("{s:s, s:s}", "user", "admin", "default", PLANTED_PASSWORD);
  g_ptr_array_add(interface->services, service);
  g_ptr_array_add(self->product->interfaces, interface);
  AkAuthorization *consent = g_new0(AkAuthorization, 1);
  consent->by = g_strdup("Owner");
  consent->capacity = g_strdup("owner");
  consent->until_utc_us = G_GINT64_CONSTANT(1800000000000000);
  consent->emergency_contact = g_strdup("+81-" PLANTED_PASSWORD);
  self->product->authorization = consent;
  self->product->document = json_pack("{s:s}", "password", PLANTED_PASSWORD);
}

/* A run with so many observations. */
G_GNUC_UNUSED static TestRun *test_run_new(guint observations) {
  TestRun *self = g_new0(TestRun, 1);
  self->requirements = g_ptr_array_new_with_free_func(test_free_requirement);
  self->observations = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  self->executions = g_ptr_array_new_with_free_func(test_free_execution);
  for (guint i = 0; i < observations; i++)
    g_ptr_array_add(self->observations, test_observation(i));
  test_add_executions(self, observations);
  test_make_product(self);
  guint requirements = MAX((observations + CITED - 1) / CITED, 4), findings = observations / CITED_BY_FINDING;
  json_t *verdicts = json_array(), *found = json_array();
  for (guint i = 0; i < requirements; i++)
    json_array_append_new(verdicts, test_verdict(self, i));
  for (guint i = 0; i < findings; i++)
    json_array_append_new(found, test_finding(self, i, requirements));
  self->planned = json_pack("{s:s, s:s, s:I}", "type", "run-planned", "run", "run-1", "when_utc_us",
                            (json_int_t)1700000000000000);
  self->verdict = json_pack("{s:I, s:{s:o, s:o, s:{s:i, s:i, s:i, s:i}}}", "when_utc_us",
                            (json_int_t)1700000001000000, "verdicts", "verdicts", verdicts, "findings",
                            found, "summary", "pass", 1, "fail", 1, "inconclusive", 1, "not_applicable",
                            1);
  self->catalog = (AkCatalog){.id = (char *)"en303645", .requirements = self->requirements};
  self->profile = (AkProfile){.id = (char *)"en303645"};
  return self;
}

/* Its report; the caller's. */
G_GNUC_UNUSED static json_t *test_run_report(const TestRun *self) {
  AkReportInput input = {.run_id = "run-1",
                         .planned = self->planned,
                         .verdict = self->verdict,
                         .end = "finished",
                         .catalog = &self->catalog,
                         .profile = &self->profile,
                         .product = self->product,
                         .observations = self->observations,
                         .executions = self->executions,
                         .run_number = 1,
                         .run_count = 1,
                         .log_origin = "akashi.local/1",
                         .log_key = "akashi.local/1+2+3"};
  g_autoptr(GError) error = NULL;
  json_t *report = ak_report_verification(&input, &error);
  g_assert_no_error(error);
  return report;
}
