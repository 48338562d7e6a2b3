#include "report/effect.h"

#include <string.h>

#include "effect/score/compliance.h"
#include "effect/score/panel.h"
#include "effect/score/score.h"
#include "util/random.h"

#define BASES 60
#define CASES (BASES * 4)

/* Half of the bases are attacks; each has a variant. */
static AkEffectCorpus *corpus_new(void) {
  AkEffectCorpus *corpus = ak_effect_corpus_new("made-up", AK_EFFECT_HTTP);
  for (guint i = 0; i < CASES; i++) {
    AkEffectCase *one = g_new0(AkEffectCase, 1);
    one->attack = i < CASES / 2;
    one->base = g_strdup_printf("%s-%03u", one->attack ? "sqli" : "form", i / 2);
    one->id = i % 2 == 0 ? g_strdup(one->base) : g_strdup_printf("%s~case", one->base);
    one->category = g_strsplit(
        one->attack ? (i / 2 % 3 == 0 ? "cwe:79" : "cwe:89 owasp:A03:2021") : "use:form", " ", -1);
    one->source = g_strdup("tests");
    one->licence = g_strdup("Apache-2.0");
    one->bytes = g_bytes_new_static("x", 1);
    g_ptr_array_add(corpus->cases, one);
  }
  corpus->burnt = true;
  g_assert_true(ak_effect_corpus_close(corpus, NULL));
  return corpus;
}

static AkEffectOutcome outcome_of(const AkEffectCorpus *corpus, guint32 product, guint32 i) {
  const AkEffectCase *one = corpus->cases->pdata[i];
  guint64 random = ak_random_at(product + 7, i) % 100;
  bool blocks =
      product == 2 || (product < 2 && (one->attack ? random < 95 - 40 * product : random < 4));
  return (AkEffectOutcome){
      .product = product,
      .case_index = i,
      .happened = blocks ? AK_EFFECT_NO : AK_EFFECT_YES,
      .blocked = blocks ? AK_EFFECT_YES : AK_EFFECT_NO,
      .logged = blocks ? AK_EFFECT_YES : AK_EFFECT_NO,
      .error = product == 1 && i % 97 == 0 ? AK_EFFECT_HUNG : AK_EFFECT_FINE,
      .score_ppm =
          product == 0 ? (gint64)(random * 9000) + (one->attack ? 300000 : 0) : AK_EFFECT_NO_SCORE,
      .began_ns = i * 1000000,
      .took_ns = (product == AK_EFFECT_SCORE_CONTROL ? 400000 : 900000) + (gint64)random * 3000,
      .alerted_ns = blocks ? 700000 + (gint64)random * 1000 : -1};
}

static char *line_of(gpointer data, const AkEffectOutcome *outcome) {
  if (outcome->case_index % 5 == 0)
    return g_strnfill(3000, 'x'); /* longer than a page has room for */
  return outcome->case_index % 2 == 0 ? g_strdup("<b>denied</b> \xff [id \"942100\"]") : NULL;
}

static const char panel_text[] =
    "{\"scale\":{\"min\":1,\"max\":5,\"kind\":\"ordinal\"},\"criteria\":[{\"id\":\"usability\","
    "\"name\":\"Usability\",\"weight\":2},{\"id\":\"cost\",\"name\":\"Cost\",\"weight\":1}],"
    "\"raters\":[\"A\",\"B\"],\"facts\":[{\"product\":\"first\",\"fact\":\"installation_minutes\","
    "\"value\":45,\"how\":\"measured\"},{\"product\":\"first\",\"fact\":\"cost_yen_3_years\","
    "\"value\":"
    "1200000,\"how\":\"declared\"}],\"scores\":[{\"product\":\"first\",\"criterion\":\"usability\","
    "\"rater\":\"A\",\"score\":4},{\"product\":\"first\",\"criterion\":\"usability\",\"rater\":"
    "\"B\","
    "\"score\":3},{\"product\":\"first\",\"criterion\":\"cost\",\"rater\":\"A\",\"score\":2}]}";

static const char about_text[] =
    "{\"run\":\"r1\",\"name\":\"Walls <1>\",\"finished\":true,\"control_run\":true,\"valid_until\":"
    "\"2027-11-28\",\"plan\":{\"sponsor\":\"Office\",\"payer\":\"Office\",\"conflicts\":\"none\","
    "\"why\":\"two in "
    "use\",\"notices\":[{\"to\":\"Vendor\",\"on\":\"2026-11-01\"}],\"dispute_days\":14,"
    "\"seed\":7,\"repetitions\":1},\"notes\":[{\"kind\":\"comment\",\"by\":\"Vendor\",\"text\":"
    "\"We "
    "tuned it "
    "since.\"}],\"log\":{\"origin\":\"example\",\"planned_index\":3,\"first_batch_index\":4}}";

/* The result holds one row of each list, `data` gets the others. */
static bool keep_first(gpointer data, guint product, const char *list, guint64 number, json_t *row,
                       bool *keep, GError **error) {
  *keep = number == 0;
  return *keep || ak_effect_rows_add(data, product, list, row, error);
}

/* A whole result, or with `lists` one without most of its rows. The caller's. */
static json_t *sample_with(AkEffectRows *lists) {
  g_autoptr(GPtrArray) corpora =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_effect_corpus_free);
  AkEffectCorpus *corpus = corpus_new();
  g_ptr_array_add(corpora, corpus);
  AkEffectScoreProduct products[] = {{.id = "first", .kind = AK_EFFECT_HTTP},
                                     {.id = "second", .kind = AK_EFFECT_HTTP},
                                     {.id = "blocks-all", .kind = AK_EFFECT_HTTP, .control = true}};
  AkEffectScoreSpec spec = {.products = products,
                            .product_count = 3,
                            .corpora = corpora,
                            .repetitions = 1,
                            .has_control = true,
                            .traffic_a_day = 50000,
                            .bootstrap = {1, 300, 0.95},
                            .line = line_of,
                            .listed = lists != NULL ? keep_first : NULL,
                            .data = lists};
  g_autoptr(AkEffectScore) score = ak_effect_score_new(&spec, NULL);
  static const guint32 rows[] = {AK_EFFECT_SCORE_CONTROL, 0, 1, 2};
  for (guint row = 0; row < G_N_ELEMENTS(rows); row++)
    for (guint32 i = 0; i < CASES; i++) {
      AkEffectOutcome outcome = outcome_of(corpus, rows[row], i);
      outcome.happened =
          rows[row] == AK_EFFECT_SCORE_CONTROL && i == 5 ? AK_EFFECT_NO : outcome.happened;
      g_assert_true(ak_effect_score_add(score, &outcome, NULL));
    }
  json_t *result = ak_effect_score_result(score, NULL);
  g_autoptr(json_t) about = ak_json_parse(about_text, strlen(about_text), "about", NULL);
  g_autoptr(json_t) panel = ak_json_parse(panel_text, strlen(panel_text), "panel", NULL);
  json_object_update(result, about);
  json_object_set_new(result, "panel", ak_effect_panel(panel, &spec.bootstrap, NULL));
  json_object_set_new(result, "compliance", ak_effect_compliance(result));
  return result;
}

static json_t *sample(void) {
  return sample_with(NULL);
}

static char *text_in(const json_t *result, const char *format, AkLang lang) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = ak_report_effect_bytes(result, format, lang, 1764288000000000, &error);
  g_assert_no_error(error);
  const char *keep = g_getenv("AKASHI_KEEP_REPORTS"); /* a folder: to look at them */
  if (keep != NULL) {
    g_autofree char *path = g_strdup_printf("%s/effect.%s.%s", keep, ak_lang_name(lang), format);
    g_file_set_contents(path, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes), NULL);
  }
  return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void assert_has(const char *text, const char *part) {
  if (strstr(text, part) == NULL)
    g_error("\"%s\" is missing in:\n%.2000s", part, text);
}

static void test_text(void) {
  g_autoptr(json_t) result = sample();
  g_autofree char *en = text_in(result, "text", AK_LANG_EN),
                  *ja = text_in(result, "text", AK_LANG_JA);
  static const char *const parts[] = {"no rank and no total score",
                                      "made-up was sealed and has been opened",
                                      "cwe:79",
                                      "too few",
                                      "control, no product",
                                      "no answer in time: ",
                                      "Expected false alarms a day",
                                      "a difference is shown",
                                      "no difference shown",
                                      "first – second",
                                      "form-062~case",
                                      "harmless work fails without a product",
                                      "Installation (minutes)",
                                      "Alarms to handle a week", /* nobody stated it */
                                      "measured",
                                      "1,200,000",
                                      "Fewer than ten",
                                      "We tuned it since.",
                                      "A run without a product proves the cases",
                                      "The JSON has all: akashi effect report "};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    assert_has(en, parts[i]);
  assert_has(ja, "有効性試験");
  assert_has(ja, "差が示された");
  g_assert_null(strstr(en, "effect.")); /* every text is there */
  g_assert_null(strstr(ja, "effect."));
}

static json_t *hundred_misses(void) {
  json_t *rows = json_array();
  for (guint i = 0; i < 100; i++) {
    g_autofree char *id = g_strdup_printf("miss-%02u", i), *base = g_strdup_printf("base-%02u", i / 2);
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:i, s:i}", "case", id, "base", base,
                                          "reason", "missed", "wrong", 1, "runs", 1));
  }
  return rows;
}

/* Twenty of fifty bases: every two and a half one begins; of each the first. */
static void test_spread(void) {
  g_autoptr(json_t) result = sample();
  json_t *product = json_array_get(json_object_get(result, "products"), 0);
  json_object_set_new(product, "misses", hundred_misses());
  json_object_set_new(product, "misses_count", json_integer(100));
  g_autofree char *text = text_in(result, "text", AK_LANG_EN);
  guint shown = 0;
  for (const char *at = text; (at = strstr(at, "miss-")) != NULL; at++)
    shown++;
  g_assert_cmpuint(shown, ==, 20);
  static const char *const there[] = {"miss-00", "miss-04", "miss-10", "miss-94", "and 80 more; those shown are taken evenly from the first 100"};
  for (gsize i = 0; i < G_N_ELEMENTS(there); i++)
    assert_has(text, there[i]);
}

/* Nothing that a product logged becomes markup. */
static void test_html(void) {
  g_autoptr(json_t) result = sample();
  g_autofree char *html = text_in(result, "html", AK_LANG_JA);
  assert_has(html, "<svg");
  assert_has(html, "&lt;b&gt;denied");
  assert_has(html, "Walls &lt;1&gt;");
  g_autofree char *long_line = g_strnfill(300, 'x');
  g_assert_null(strstr(html, long_line)); /* cut on a page */
  g_assert_null(strstr(html, "<b>denied"));
  g_assert_null(strstr(html, "effect."));
}

/* The same result gives the same bytes in every form. */
static void test_same_bytes(void) {
  g_autoptr(json_t) one = sample(), two = sample();
  static const char *const formats[] = {"text", "json", "html", "pdf", "markdown"};
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
    for (guint lang = 0; lang < AK_LANG_COUNT; lang++) {
      g_autoptr(GBytes) a = ak_report_effect_bytes(one, formats[i], (AkLang)lang, 0, NULL);
      g_autoptr(GBytes) b = ak_report_effect_bytes(two, formats[i], (AkLang)lang, 0, NULL);
      g_assert_nonnull(a);
      g_assert_true(g_bytes_equal(a, b));
    }
}

static bool append(gpointer data, const char *bytes, gsize size, GError **error) {
  g_string_append_len(data, bytes, (gssize)size);
  return true;
}

/* Where the rows of lists lie beside it, the JSON has every one all the same, and is that of the
 * library that reads it; pages count them. */
static void test_rows(void) {
  g_autoptr(AkEffectRows) lists = ak_effect_rows_new(NULL);
  g_autoptr(json_t) whole = sample(), part = sample_with(lists);
  g_autofree char *wanted = ak_report_effect_json(whole), *plain = ak_effect_rows_text(whole);
  g_autoptr(GString) found = g_string_new(NULL);
  g_assert_true(ak_report_effect_json_to(part, lists, append, found, NULL));
  g_assert_cmpstr(found->str, ==, wanted);
  g_assert_cmpuint(strlen(plain) + 1, ==, strlen(wanted));
  g_assert_true(g_str_has_prefix(wanted, plain));
  const json_t *second = json_array_get(json_object_get(part, "products"), 1);
  json_int_t misses = json_integer_value(json_object_get(second, "misses_count"));
  g_assert_cmpuint(json_array_size(json_object_get(second, "misses")), ==, 1);
  g_assert_cmpint(misses, >, 30);
  g_autofree char *text = text_in(part, "text", AK_LANG_EN);
  g_autofree char *title = g_strdup_printf("second: %d", (int)misses);
  assert_has(text, title);
}

static void test_pdf(void) {
  g_autoptr(json_t) result = sample();
  g_autofree char *pdf = text_in(result, "pdf", AK_LANG_JA);
  g_assert_true(g_str_has_prefix(pdf, "%PDF-"));
  g_autofree char *english = text_in(result, "pdf", AK_LANG_EN);
  g_assert_true(g_str_has_prefix(english, "%PDF-"));
}

/* Nothing was done yet: no figure, no crash. */
static void test_empty(void) {
  g_autoptr(json_t) result = json_pack("{s:s, s:[], s:[], s:[], s:{}}", "name", "Empty", "products",
                                       "comparisons", "excluded", "plan");
  g_autofree char *text = text_in(result, "text", AK_LANG_EN);
  g_autofree char *html = text_in(result, "html", AK_LANG_EN);
  assert_has(text, "not stated");
  assert_has(html, "not stated");
}

/* What is not stated is not met; the order of the items is fixed. */
static void test_compliance(void) {
  g_autoptr(json_t) nothing = json_object(), result = sample();
  g_autoptr(json_t) none = ak_effect_compliance(nothing), rows = ak_effect_compliance(result);
  for (gsize i = 0; i < json_array_size(none); i++)
    g_assert_false(json_is_true(json_object_get(json_array_get(none, i), "met")));
  static const bool met[] = {true, true, true, true, false, false, false, false,
                             true, true, true, true, false, true,  true};
  g_assert_cmpuint(json_array_size(rows), ==, G_N_ELEMENTS(met));
  for (gsize i = 0; i < G_N_ELEMENTS(met); i++)
    g_assert_cmpint(json_is_true(json_object_get(json_array_get(rows, i), "met")), ==, met[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/report/effect/text", test_text);
  g_test_add_func("/report/effect/spread", test_spread);
  g_test_add_func("/report/effect/html", test_html);
  g_test_add_func("/report/effect/same-bytes", test_same_bytes);
  g_test_add_func("/report/effect/rows", test_rows);
  g_test_add_func("/report/effect/pdf", test_pdf);
  g_test_add_func("/report/effect/empty", test_empty);
  g_test_add_func("/report/effect/compliance", test_compliance);
  return g_test_run();
}
