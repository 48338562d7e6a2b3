#include "report/verification.h"

#include <string.h>

/* A small run, put together by hand: one pass, one failure with a finding, one open requirement. */
typedef struct {
  AkCatalog catalog;
  AkProfile profile;
  AkProduct *product;
  GPtrArray *requirements, *observations, *executions;
  json_t *planned, *verdict;
  char identity[AK_DIGEST_HEX_SIZE];
  AkReportInput input;
} Sample;

static void free_requirement(gpointer data) {
  AkRequirement *requirement = data;
  g_free(requirement->title.en);
  g_free(requirement->title.ja);
  g_free(requirement->id);
  g_free(requirement);
}

static void add_requirement(Sample *self, const char *id, const char *en, const char *ja) {
  AkRequirement *requirement = g_new0(AkRequirement, 1);
  requirement->id = g_strdup(id);
  requirement->title.en = g_strdup(en);
  requirement->title.ja = g_strdup(ja);
  g_ptr_array_add(self->requirements, requirement);
}

static AkExecution executions[] = {
    {(char *)"probe.tls",
     {(char *)"service", (char *)"tcp:127.0.1.10:443"},
     (char *)"done",
     NULL,
     1},
    {(char *)"probe.lockout",
     {(char *)"service", (char *)"tcp:127.0.1.10:443"},
     (char *)"refused",
     (char *)"no consent",
     1},
};

static void make_product(Sample *self) {
  self->product = ak_product_new();
  self->product->name = g_strdup("Gateway <b>");
  self->product->version = g_strdup("1.2");
  self->product->laboratory = json_pack("{s:s, s:s, s:[s]}", "laboratory", "Lab", "operator",
                                        "Operator", "deviations", "no radio tests");
  AkUnit *unit = g_new0(AkUnit, 1);
  unit->serial = g_strdup("S-1");
  unit->state = g_strdup("initialized");
  g_ptr_array_add(self->product->units, unit);
}

static void make_verdict(Sample *self) {
  self->planned = json_pack("{s:s, s:s, s:I}", "type", "run-planned", "run", "run-1", "when_utc_us",
                            (json_int_t)1700000000000000);
  self->verdict = json_pack(
      "{s:I, "
      "s:{s:[{s:s,s:s,s:s,s:s,s:[]},{s:s,s:s,s:s,s:[{s:s,s:s,s:[s]}]},{s:s,s:s,s:s,s:[s],s:[]}],"
      "s:[{s:s,s:s,s:s},{s:s,s:s,s:s,s:[s]}],s:{s:i,s:i,s:i,s:i}}}",
      "when_utc_us", (json_int_t)1700000001000000, "verdicts", "verdicts", "requirement", "5.1-1",
      "obligation", "M", "verdict", "pass", "explanation", "looked everywhere", "cases",
      "requirement", "5.5-1", "obligation", "M", "verdict", "fail", "cases", "case", "5.5-1-2",
      "verdict", "fail", "observations", self->identity, "requirement", "5.6-1", "obligation", "R",
      "verdict", "inconclusive", "missing", "UDP ports", "cases", "findings", "finding",
      "no-such-text", "severity", "low", "title", "A lesser one", "finding", "old-tls", "severity",
      "high", "title", "Old TLS", "observations", self->identity, "summary", "pass", 1, "fail", 1,
      "inconclusive", 1, "not_applicable", 0);
}

static void make_sample(Sample *self) {
  memset(self, 0, sizeof *self);
  self->requirements = g_ptr_array_new_with_free_func(free_requirement);
  self->observations = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  self->executions = g_ptr_array_new();
  add_requirement(self, "5.1-1", "Passwords", "パスワード");
  add_requirement(self, "5.5-1", "Communication", "通信");
  add_requirement(self, "5.6-1", "Interfaces", "インターフェース");
  self->catalog.id = (char *)"en303645";
  self->catalog.requirements = self->requirements;
  self->profile.id = (char *)"en303645";
  AkObservation *observation =
      ak_observation_new("service", "tcp:127.0.1.10:443", "tls.versions", AK_OUTCOME_SEEN);
  observation->test_id = g_strdup("probe.tls");
  ak_observation_take_value(observation, ak_value_text("TLSv1.0"));
  g_ptr_array_add(self->observations, observation);
  AkDigest digest = ak_observation_identity(observation);
  ak_digest_to_hex(&digest, self->identity);
  for (gsize i = 0; i < G_N_ELEMENTS(executions); i++)
    g_ptr_array_add(self->executions, &executions[i]);
  make_product(self);
  make_verdict(self);
  self->input = (AkReportInput){.run_id = "run-1",
                                .planned = self->planned,
                                .verdict = self->verdict,
                                .end = "finished",
                                .catalog = &self->catalog,
                                .profile = &self->profile,
                                .product = self->product,
                                .observations = self->observations,
                                .executions = self->executions,
                                .run_number = 3,
                                .run_count = 4};
}

static void clear_sample(Sample *self) {
  ak_product_free(self->product);
  g_ptr_array_unref(self->requirements);
  g_ptr_array_unref(self->observations);
  g_ptr_array_unref(self->executions);
  json_decref(self->planned);
  json_decref(self->verdict);
}

static json_t *report_of(Sample *self) {
  g_autoptr(GError) error = NULL;
  json_t *report = ak_report_verification(&self->input, &error);
  g_assert_no_error(error);
  return report;
}

static void test_holds_what_a_laboratory_signs(void) {
  Sample sample;
  make_sample(&sample);
  g_autoptr(json_t) report = report_of(&sample);
  const json_t *findings = json_object_get(report, "findings");
  const json_t *first = json_array_get(findings, 0);
  g_assert_cmpstr(json_string_value(json_object_get(first, "severity")), ==, "high");
  g_assert_cmpstr(json_string_value(json_array_get(json_object_get(first, "places"), 0)), ==,
                  "service tcp:127.0.1.10:443");
  g_assert_cmpuint(json_array_size(findings), ==, 2);
  const json_t *verdict = json_array_get(json_object_get(report, "verdicts"), 1);
  const json_t *title = json_object_get(verdict, "title");
  g_assert_cmpstr(json_string_value(json_object_get(title, "ja")), ==, "通信");
  const json_t *unfinished = json_object_get(report, "unfinished");
  g_assert_cmpuint(json_array_size(unfinished), ==, 1);
  g_assert_cmpstr(json_string_value(json_object_get(json_array_get(unfinished, 0), "reason")), ==,
                  "no consent");
  g_assert_nonnull(json_object_get(json_object_get(report, "observations"), sample.identity));
  g_assert_cmpint(json_integer_value(json_object_get(json_object_get(report, "run"), "number")), ==,
                  3);
  clear_sample(&sample);
}

static const char *attributed_in(Sample *sample, char **sha256) {
  g_autoptr(json_t) report = report_of(sample);
  const json_t *image = json_array_get(json_object_get(report, "images"), 0);
  *sha256 = g_strdup(json_string_value(json_object_get(image, "sha256")));
  return g_intern_string(json_string_value(json_object_get(image, "attributed")));
}

static void observe(Sample *sample, const char *property, AkOutcome outcome, const char *text) {
  AkObservation *one = ak_observation_new("image", "main", property, outcome);
  ak_observation_take_value(one, ak_value_text(text));
  g_ptr_array_add(sample->observations, one);
}

/* Nobody looked, somebody could not, somebody did: none of them is an empty place, and what was seen counts though
 * another look failed before it. */
static void test_why_a_number_is_not_there(void) {
  Sample sample;
  make_sample(&sample);
  AkImage *image = g_new0(AkImage, 1);
  image->name = g_strdup("main");
  g_ptr_array_add(sample.product->images, image);
  g_autofree char *none = NULL, *failed = NULL, *seen = NULL;
  g_assert_cmpstr(attributed_in(&sample, &none), ==, "not-looked");
  g_assert_null(none);
  observe(&sample, "component.attributed", AK_OUTCOME_COULD_NOT_LOOK, "no memory");
  observe(&sample, "firmware.digest", AK_OUTCOME_COULD_NOT_LOOK, "no memory");
  g_assert_cmpstr(attributed_in(&sample, &failed), ==, "could-not-look");
  g_assert_null(failed);
  observe(&sample, "component.attributed", AK_OUTCOME_SEEN, "12/40");
  observe(&sample, "firmware.digest", AK_OUTCOME_SEEN, "abcd");
  g_assert_cmpstr(attributed_in(&sample, &seen), ==, "12/40");
  g_assert_cmpstr(seen, ==, "abcd");
  clear_sample(&sample);
}

/* True where the report tells "fat: damaged boot sector", or `japanese` in that language. */
static bool is_told(const json_t *report, const char *japanese) {
  g_autofree char *en = ak_report_verification_html(report, AK_LANG_EN, NULL);
  g_autofree char *ja = ak_report_verification_html(report, AK_LANG_JA, NULL);
  return strstr(en, "fat: damaged boot sector") != NULL && strstr(ja, japanese) != NULL;
}

/* Why a look was cut is told in the reader's language; what was seen stays as it is. */
static void test_reasons_in_both_languages(void) {
  Sample sample;
  make_sample(&sample);
  g_autoptr(json_t) report = report_of(&sample);
  json_t *seen = json_object_get(json_object_get(report, "observations"), sample.identity);
  json_object_set_new(seen, "value", json_string("fat: damaged boot sector"));
  g_assert_true(is_told(report, "fat: damaged boot sector"));
  json_object_set_new(seen, "outcome", json_string("cut"));
  g_assert_true(is_told(report, "fat: ブートセクターが壊れています"));
  json_object_set_new(seen, "value", json_pack("[s]", "not: fat: damaged boot sector"));
  g_assert_true(is_told(report, "調べていない部分あり：fat: ブートセクターが壊れています"));
  clear_sample(&sample);
}

/* Sentences of what is missing stand one behind the other; what ends without a full stop is apart. */
static void test_sentences_in_a_row(void) {
  Sample sample;
  make_sample(&sample);
  g_autoptr(json_t) report = report_of(&sample);
  json_t *row = json_array_get(json_object_get(report, "verdicts"), 2);
  json_object_set_new(row, "missing",
                      json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "en", "One is open.", "ja",
                                "一つ目。", "en", "two", "ja", "二つ目", "en", "Three.", "ja",
                                "三つ目。"));
  g_autofree char *en = ak_report_verification_html(report, AK_LANG_EN, NULL);
  g_autofree char *ja = ak_report_verification_html(report, AK_LANG_JA, NULL);
  g_assert_nonnull(strstr(en, "One is open. two; Three."));
  g_assert_nonnull(strstr(ja, "一つ目。 二つ目; 三つ目。"));
  clear_sample(&sample);
}

static void test_same_run_same_bytes(void) {
  Sample one, two;
  make_sample(&one);
  make_sample(&two);
  g_autoptr(json_t) a = report_of(&one), b = report_of(&two);
  g_autofree char *left = ak_json_canonical(a, NULL, NULL);
  g_autofree char *right = ak_json_canonical(b, NULL, NULL);
  g_assert_cmpstr(left, ==, right);
  for (AkLang lang = 0; lang < AK_LANG_COUNT; lang++) {
    g_autofree char *x = ak_report_verification_html(a, lang, NULL);
    g_autofree char *y = ak_report_verification_html(b, lang, NULL);
    g_assert_cmpstr(x, ==, y);
  }
  clear_sample(&one);
  clear_sample(&two);
}

static void test_html_in_both_languages(void) {
  Sample sample;
  make_sample(&sample);
  g_autoptr(json_t) report = report_of(&sample);
  g_autofree char *english = ak_report_verification_html(report, AK_LANG_EN, NULL);
  g_autofree char *japanese = ak_report_verification_html(report, AK_LANG_JA, NULL);
  static const char *const wanted[] = {"relates only to the items tested",
                                       "Gateway &lt;b&gt;",
                                       "1. Old TLS",
                                       "2. A lesser one",
                                       "UDP ports",
                                       "looked everywhere",
                                       "no radio tests",
                                       "no consent",
                                       "S-1",
                                       "break-inside",
                                       "2023-11-14T22:13:20Z"};
  for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
    if (strstr(english, wanted[i]) == NULL)
      g_error("the report lacks \"%s\"", wanted[i]);
  g_assert_nonnull(strstr(japanese, "不合格"));
  g_assert_nonnull(strstr(japanese, "公的なラベル"));
  g_assert_nonnull(strstr(japanese, "<html lang=\"ja\">"));
  static const char *const unwanted[] = {
      "<b>",     "report.fact.", "report.section.",         "<script",
      "http://", "https://",     "did not come to its end:"};
  for (gsize i = 0; i < G_N_ELEMENTS(unwanted); i++) {
    g_assert_null(strstr(english, unwanted[i]));
    g_assert_null(strstr(japanese, unwanted[i]));
  }
  clear_sample(&sample);
}

static void test_an_aborted_run_says_so(void) {
  Sample sample;
  make_sample(&sample);
  sample.input.end = "aborted";
  g_autoptr(json_t) report = report_of(&sample);
  g_autofree char *text = ak_report_verification_text(report, AK_LANG_EN, NULL);
  g_assert_nonnull(strstr(text, "! The run did not come to its end"));
  clear_sample(&sample);
}

/* What is open must not stand under what was found good. */
static void test_open_is_not_good(void) {
  Sample sample;
  make_sample(&sample);
  g_autoptr(json_t) report = report_of(&sample);
  g_autofree char *text = ak_report_verification_text(report, AK_LANG_EN, NULL);
  char *good = strstr(text, "## What was found good"),
       *open = strstr(text, "## What was not tested");
  g_assert_true(good != NULL && open > good);
  *open = '\0';
  g_assert_nonnull(strstr(good, "5.1-1"));
  g_assert_null(strstr(good, "5.5-1"));
  g_assert_null(strstr(good, "5.6-1"));
  clear_sample(&sample);
}

static void test_incomplete_input_is_refused(void) {
  Sample sample;
  make_sample(&sample);
  static const char *const members[] = {"summary", "findings", "verdicts"};
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    json_object_del(json_object_get(sample.verdict, "verdicts"), members[i]);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_report_verification(&sample.input, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
  g_autoptr(json_t) other = json_pack("{s:s}", "format", "other");
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_report_verification_html(other, AK_LANG_EN, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  clear_sample(&sample);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/report/verification/contents", test_holds_what_a_laboratory_signs);
  g_test_add_func("/report/verification/no-number", test_why_a_number_is_not_there);
  g_test_add_func("/report/verification/reasons", test_reasons_in_both_languages);
  g_test_add_func("/report/verification/sentences", test_sentences_in_a_row);
  g_test_add_func("/report/verification/same-bytes", test_same_run_same_bytes);
  g_test_add_func("/report/verification/html", test_html_in_both_languages);
  g_test_add_func("/report/verification/aborted", test_an_aborted_run_says_so);
  g_test_add_func("/report/verification/open", test_open_is_not_good);
  g_test_add_func("/report/verification/incomplete", test_incomplete_input_is_refused);
  return g_test_run();
}
