#include "effect/score/score.h"

#include <math.h>
#include <string.h>

/* --- made-up trials
 * -------------------------------------------------------------------------------------- */

static void add_case(AkEffectCorpus *corpus, const char *id, const char *base, bool attack,
                     const char *categories) {
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup(id);
  one->base = g_strdup(base);
  one->kind = corpus->kind;
  one->attack = attack;
  one->category = g_strsplit(categories, " ", -1);
  one->source = g_strdup("here");
  one->licence = g_strdup("Apache-2.0");
  one->bytes = g_bytes_new_static("x", 1);
  g_ptr_array_add(corpus->cases, one);
}

typedef struct {
  GPtrArray *corpora;
  AkEffectScoreProduct products[3];
  AkEffectScoreSpec spec;
  AkEffectScore *score;
} Trial;

static void trial_clear(Trial *self) {
  g_clear_pointer(&self->score, ak_effect_score_free);
  g_ptr_array_unref(self->corpora);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trial, trial_clear)

static void trial_init(Trial *self, guint products, AkEffectDuty duty) {
  static const char *const ids[] = {"first", "second", "third"};
  self->corpora = g_ptr_array_new_with_free_func((GDestroyNotify)ak_effect_corpus_free);
  for (guint i = 0; i < products; i++)
    self->products[i] = (AkEffectScoreProduct){.id = ids[i], .kind = AK_EFFECT_HTTP, .duty = duty};
  self->spec = (AkEffectScoreSpec){.products = self->products,
                                   .product_count = products,
                                   .corpora = self->corpora,
                                   .repetitions = 1,
                                   .bootstrap = {.seed = 1, .rounds = 400, .confidence = 0.95}};
}

/* `attacks` of a1, a2 … and `harmless` of h1, h2 …; each a base of its own. */
static AkEffectCorpus *trial_corpus(Trial *self, const char *id, guint attacks, guint harmless) {
  AkEffectCorpus *corpus = ak_effect_corpus_new(id, AK_EFFECT_HTTP);
  for (guint i = 0; i < attacks + harmless; i++) {
    g_autofree char *name = g_strdup_printf("%c%04u", i < attacks ? 'a' : 'h', i);
    add_case(corpus, name, name, i < attacks, i < attacks ? "cwe:89" : "use:form");
  }
  g_assert_true(ak_effect_corpus_close(corpus, NULL));
  g_ptr_array_add(self->corpora, corpus);
  return corpus;
}

static void trial_begin(Trial *self) {
  self->score = ak_effect_score_new(&self->spec, NULL);
}

static AkEffectOutcome fine(guint32 product, guint32 number) {
  return (AkEffectOutcome){.product = product,
                           .case_index = number,
                           .happened = AK_EFFECT_YES,
                           .blocked = AK_EFFECT_NO,
                           .logged = AK_EFFECT_NO,
                           .score_ppm = AK_EFFECT_NO_SCORE,
                           .began_ns = number * 1000,
                           .took_ns = 1000000,
                           .alerted_ns = -1};
}

static AkEffectOutcome blocked(guint32 product, guint32 number) {
  AkEffectOutcome outcome = fine(product, number);
  outcome.happened = AK_EFFECT_NO;
  outcome.blocked = outcome.logged = AK_EFFECT_YES;
  outcome.alerted_ns = 500000;
  return outcome;
}

static void add(const Trial *self, AkEffectOutcome outcome) {
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_effect_score_add(self->score, &outcome, &error));
  g_assert_no_error(error);
}

static const json_t *product_of(const json_t *result, guint product) {
  return json_array_get(json_object_get(result, "products"), product);
}

static json_int_t integer(const json_t *object, const char *path) {
  g_auto(GStrv) names = g_strsplit(path, ".", -1);
  for (guint i = 0; names[i] != NULL; i++)
    object = json_object_get(object, names[i]);
  g_assert_true(json_is_integer(object));
  return json_integer_value(object);
}

static double real(const json_t *object, const char *path) {
  g_auto(GStrv) names = g_strsplit(path, ".", -1);
  for (guint i = 0; names[i] != NULL; i++)
    object = json_object_get(object, names[i]);
  g_assert_true(json_is_number(object));
  return json_number_value(object);
}

/* --- tests
 * ---------------------------------------------------------------------------------------------------
 */

/* A known product: of 40 attacks 30 blocked, of 60 harmless 3 blocked. By hand: precision 30/33, F1
 * 60/73, MCC (30·57 − 3·10) / √(33·40·60·67); alarms 500 in 10,000. */
static void test_matrix(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 40, 60);
  trial.spec.traffic_a_day = 1000;
  trial_begin(&trial);
  for (guint i = 0; i < 100; i++)
    add(&trial, i < 30 || (i >= 40 && i < 43) ? blocked(0, i) : fine(0, i));
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.k"), ==, 30);
  g_assert_cmpint(integer(one, "detection.n"), ==, 40);
  g_assert_cmpint(integer(one, "false_positive.k"), ==, 3);
  g_assert_cmpint(integer(one, "false_positive.n"), ==, 60);
  g_assert_cmpfloat(real(one, "detection.rate"), ==, 0.75);
  /* Clopper–Pearson for 30 of 40 at 95 %: 0.5880 to 0.8731 */
  g_assert_cmpfloat_with_epsilon(real(one, "detection.lo"), 0.5880, 1e-4);
  g_assert_cmpfloat_with_epsilon(real(one, "detection.hi"), 0.8731, 1e-4);
  g_assert_cmpfloat_with_epsilon(real(one, "classes.precision"), 30.0 / 33, 1e-6);
  g_assert_cmpfloat_with_epsilon(real(one, "classes.f1"), 60.0 / 73, 1e-6);
  g_assert_cmpfloat_with_epsilon(real(one, "classes.mcc"),
                                 (30 * 57 - 3 * 10) / sqrt(33.0 * 40 * 60 * 67), 1e-6);
  g_assert_cmpfloat(real(one, "alarms.per_10000"), ==, 500);
  g_assert_cmpfloat(real(one, "alarms.a_day"), ==, 50);
  g_assert_cmpint(integer(one, "facts.blocked.yes"), ==, 30);
  g_assert_cmpint(integer(one, "facts.happened.yes"), ==, 10);
  g_assert_cmpint(integer(one, "stopped.k"), ==, 30);
  g_assert_cmpint(integer(one, "time_to_detect.n"), ==, 30);
  g_assert_cmpfloat(real(one, "time_to_detect.median_us"), ==, 500);
  g_assert_cmpuint(json_array_size(json_object_get(one, "misses")), ==, 10);
  g_assert_cmpuint(json_array_size(json_object_get(one, "false_alarms")), ==, 3);
  g_assert_null(json_object_get(one, "overhead"));
  g_assert_null(json_object_get(one, "roc"));
}

/* 40 attacks and 40 harmless cases, all of which the first product blocks and the second lets through. */
static void run_opposites(Trial *trial) {
  trial_corpus(trial, "c", 40, 40);
  trial_begin(trial);
  for (guint i = 0; i < 80; i++) {
    add(trial, blocked(0, i));
    add(trial, fine(1, i));
  }
}

/* The two controls come out as what they are. */
static void test_controls(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 2, AK_EFFECT_BY_BLOCK);
  trial.products[0].control = trial.products[1].control = true;
  run_opposites(&trial);
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *all = product_of(result, 0), *none = product_of(result, 1);
  g_assert_cmpfloat(real(all, "detection.rate"), ==, 1);
  g_assert_cmpfloat(real(all, "false_positive.rate"), ==, 1);
  g_assert_cmpfloat(real(none, "detection.rate"), ==, 0);
  g_assert_cmpfloat(real(none, "false_positive.rate"), ==, 0);
  g_assert_cmpfloat(real(all, "detection.lo"), <, 0.95);
  g_assert_null(json_object_get(json_object_get(all, "classes"), "mcc"));
  g_assert_cmpuint(json_array_size(json_object_get(result, "comparisons")), ==, 0);
}

/* Errors: a miss and an alarm in the headline, left out beside it; what went through is said. */
static void test_errors(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 40, 40);
  trial_begin(&trial);
  for (guint i = 0; i < 80; i++) {
    AkEffectOutcome outcome = i < 40 ? blocked(0, i) : fine(0, i);
    if (i == 0 || i == 1 || i == 50)
      outcome.error = i == 1 ? AK_EFFECT_HUNG : AK_EFFECT_DIED;
    if (i == 1)
      outcome.happened = AK_EFFECT_YES; /* it fails open */
    if (i == 60)
      outcome.error = AK_EFFECT_HARNESS; /* not the product's fault: counts nowhere */
    add(&trial, outcome);
  }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.k"), ==, 38);
  g_assert_cmpint(integer(one, "detection.n"), ==, 40);
  g_assert_cmpint(integer(one, "detection_without_errors.k"), ==, 38);
  g_assert_cmpint(integer(one, "detection_without_errors.n"), ==, 38);
  g_assert_cmpint(integer(one, "false_positive.k"), ==, 1);
  g_assert_cmpint(integer(one, "false_positive.n"), ==, 39);
  g_assert_cmpint(integer(one, "false_positive_without_errors.k"), ==, 0);
  g_assert_cmpint(integer(one, "false_positive_without_errors.n"), ==, 38);
  g_assert_cmpint(integer(one, "errors.cases"), ==, 3);
  g_assert_cmpint(integer(one, "errors.kinds.died"), ==, 2);
  g_assert_cmpint(integer(one, "errors.kinds.hung"), ==, 1);
  g_assert_cmpint(integer(one, "errors.failed_open.k"), ==, 1);
  g_assert_cmpint(integer(one, "errors.failed_open.n"), ==, 2);
  g_assert_cmpint(integer(one, "range_failed"), ==, 1);
  const json_t *miss = json_array_get(json_object_get(one, "misses"), 0);
  g_assert_cmpstr(ak_json_string_or(miss, "reason", ""), ==, "error");
  g_assert_cmpstr(ak_json_string_or(miss, "error", ""), ==, "died");
}

/* Unknown is neither detected nor harmless: a miss for the attack, and "stopped" is not claimed. */
static void test_unknown(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_EITHER);
  trial_corpus(&trial, "c", 2, 0);
  trial_begin(&trial);
  AkEffectOutcome outcome = fine(0, 0);
  outcome.happened = outcome.blocked = outcome.logged = AK_EFFECT_UNKNOWN;
  add(&trial, outcome);
  AkEffectOutcome through = blocked(0, 1); /* said to be blocked, and seen at the target */
  through.happened = AK_EFFECT_YES;
  through.logged = AK_EFFECT_NO;
  add(&trial, through);
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.k"), ==, 0);
  g_assert_cmpint(integer(one, "detection.n"), ==, 2);
  g_assert_cmpint(integer(one, "stopped.n"), ==, 1);
  g_assert_cmpint(integer(one, "stopped.k"), ==, 0);
  g_assert_cmpint(integer(one, "facts.blocked_yet_happened"), ==, 1);
  const json_t *miss = json_array_get(json_object_get(one, "misses"), 1);
  g_assert_cmpstr(ak_json_string_or(miss, "reason", ""), ==, "blocked-yet-happened");
}

/* The control run proves attack 0, not attacks 1 and 2, of which 2 has no marker; harmless 3 succeeds,
 * harmless 4 fails, 5 is missing. */
static void test_control_run(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  AkEffectCorpus *corpus = trial_corpus(&trial, "c", 3, 3);
  ((AkEffectCase *)corpus->cases->pdata[1])->marker = g_strdup("sql");
  trial.spec.has_control = true;
  trial_begin(&trial);
  for (guint i = 0; i < 6; i++) {
    AkEffectOutcome control = fine(AK_EFFECT_SCORE_CONTROL, i);
    control.happened = i == 1 || i == 4 ? AK_EFFECT_NO : i == 2 ? AK_EFFECT_UNKNOWN : AK_EFFECT_YES;
    if (i < 5)
      add(&trial, control);
    add(&trial, fine(0, i));
  }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0), *excluded = json_object_get(result, "excluded");
  static const char *const reasons[] = {"no-effect", "no-marker", "no-success", "control-missing"};
  g_assert_cmpint(integer(one, "detection.n"), ==, 1);
  g_assert_cmpint(integer(one, "false_positive.n"), ==, 1);
  g_assert_cmpuint(json_array_size(excluded), ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpstr(ak_json_string_or(json_array_get(excluded, i), "reason", ""), ==, reasons[i]);
  g_assert_cmpuint(json_array_size(json_object_get(one, "misses")), ==, 1);
}

/* A corpus written for the product is conformance, a function check has no rate; both stay out. */
static void test_parts(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 2, AK_EFFECT_BY_BLOCK);
  trial.products[0].family = "crs";
  AkEffectCorpus *own = trial_corpus(&trial, "own", 35, 0);
  own->written_for = g_strsplit("crs other", " ", -1);
  trial_corpus(&trial, "check", 3, 0)->function_check = true;
  trial_corpus(&trial, "free", 31, 0);
  trial_begin(&trial);
  for (guint product = 0; product < 2; product++)
    for (guint corpus = 0; corpus < 3; corpus++)
      for (guint i = 0; i < (corpus == 0 ? 35 : corpus == 1 ? 3 : 31); i++) {
        AkEffectOutcome outcome = blocked(product, i);
        outcome.corpus = corpus;
        add(&trial, outcome);
      }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *first = product_of(result, 0), *second = product_of(result, 1);
  g_assert_cmpint(integer(first, "detection.n"), ==, 31);
  g_assert_cmpint(integer(second, "detection.n"), ==, 66);
  const json_t *conformance = json_array_get(json_object_get(first, "conformance"), 0);
  g_assert_cmpint(integer(conformance, "detected.k"), ==, 35);
  const json_t *check = json_array_get(json_object_get(first, "function_check"), 0);
  g_assert_cmpint(integer(check, "detected.n"), ==, 3);
  g_assert_null(json_object_get(json_object_get(check, "detected"), "rate"));
  g_assert_cmpuint(json_array_size(json_object_get(second, "conformance")), ==, 0);
  /* both are compared on the free corpus alone */
  const json_t *pair = json_array_get(json_object_get(result, "comparisons"), 0);
  g_assert_cmpint(integer(pair, "bases"), ==, 31);
}

/* 29 bases in a category: counts and no rate; 30: a rate. Variants add no bases. */
static void test_too_few(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  AkEffectCorpus *corpus = ak_effect_corpus_new("c", AK_EFFECT_HTTP);
  for (guint base = 0; base < 59; base++)
    for (guint variant = 0; variant < 3; variant++) {
      g_autofree char *name = g_strdup_printf("b%02u", base);
      g_autofree char *id = g_strdup_printf("%s~%u", name, variant);
      add_case(corpus, id, name, true, base < 29 ? "cwe:79" : "cwe:89 owasp:A03:2021");
    }
  g_assert_true(ak_effect_corpus_close(corpus, NULL));
  g_ptr_array_add(trial.corpora, corpus);
  trial_begin(&trial);
  for (guint i = 0; i < 177; i++)
    add(&trial, i % 3 != 2 ? blocked(0, i) : fine(0, i));
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *rows = json_object_get(product_of(result, 0), "categories");
  g_assert_cmpuint(json_array_size(rows), ==, 3);
  const json_t *few = json_array_get(rows, 0), *enough = json_array_get(rows, 1);
  g_assert_cmpstr(ak_json_string_or(few, "category", ""), ==, "cwe:79");
  g_assert_cmpint(integer(few, "detection.bases"), ==, 29);
  g_assert_cmpint(integer(few, "detection.k"), ==, 58);
  g_assert_true(json_is_true(json_object_get(json_object_get(few, "detection"), "too_few")));
  g_assert_null(json_object_get(json_object_get(few, "detection"), "rate"));
  g_assert_null(json_object_get(json_object_get(few, "detection"), "lo"));
  g_assert_cmpint(integer(enough, "detection.bases"), ==, 30);
  g_assert_cmpfloat_with_epsilon(real(enough, "detection.rate"), 2.0 / 3, 1e-6);
  g_assert_cmpstr(ak_json_string_or(json_object_get(enough, "detection"), "method", ""), ==,
                  "bootstrap-bases");
}

/* All variants of all bases answered alike: a bootstrap would have no width. */
static void test_alike(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  AkEffectCorpus *corpus = ak_effect_corpus_new("c", AK_EFFECT_HTTP);
  for (guint i = 0; i < 80; i++) {
    g_autofree char *id = g_strdup_printf("b%02u~%u", i / 2, i % 2);
    g_autofree char *base = g_strdup_printf("b%02u", i / 2);
    add_case(corpus, id, base, true, "cwe:79");
  }
  g_assert_true(ak_effect_corpus_close(corpus, NULL));
  g_ptr_array_add(trial.corpora, corpus);
  trial_begin(&trial);
  for (guint i = 0; i < 80; i++)
    add(&trial, blocked(0, i));
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.n"), ==, 80);
  /* of 40 bases, not of 80 cases: 0.025^(1/40) */
  g_assert_cmpfloat_with_epsilon(real(one, "detection.lo"), pow(0.025, 1.0 / 40), 1e-6);
  g_assert_cmpfloat(real(one, "detection.hi"), ==, 1);
}

/* A answers right on 9 of 40 bases on which B does not, B on 1: p = 2·11/1024; two tests, by Holm
 * twice that. The base with one wrong variant is wrong. */
static void test_comparison(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 2, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 40, 40);
  trial_begin(&trial);
  for (guint i = 0; i < 80; i++) {
    bool a = i < 40 && i != 39, b = i < 40 && i >= 9;
    add(&trial, a ? blocked(0, i) : fine(0, i));
    add(&trial, b ? blocked(1, i) : fine(1, i));
  }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *rows = json_object_get(result, "comparisons");
  g_assert_cmpuint(json_array_size(rows), ==, 2);
  const json_t *detection = json_array_get(rows, 0), *alarms = json_array_get(rows, 1);
  g_assert_cmpint(integer(detection, "only_a_right"), ==, 9);
  g_assert_cmpint(integer(detection, "only_b_right"), ==, 1);
  g_assert_cmpint(integer(detection, "both_right"), ==, 30);
  g_assert_cmpfloat_with_epsilon(real(detection, "p"), 22.0 / 1024, 1e-12);
  g_assert_cmpfloat_with_epsilon(real(detection, "p_holm"), 44.0 / 1024, 1e-12);
  g_assert_cmpfloat_with_epsilon(real(detection, "difference.value"), 0.2, 1e-6);
  g_assert_true(json_is_true(json_object_get(detection, "difference_shown")));
  g_assert_cmpfloat(real(alarms, "p"), ==, 1);
  g_assert_false(json_is_true(json_object_get(alarms, "difference_shown")));
  /* no base differs: up to 1 - 0.025^(1/40) of all may, either way */
  g_assert_cmpfloat(real(alarms, "difference.value"), ==, 0);
  g_assert_false(signbit(real(alarms, "difference.value")));
  g_assert_cmpfloat_with_epsilon(real(alarms, "difference.lo"), pow(0.025, 1.0 / 40) - 1, 1e-6);
  g_assert_cmpfloat_with_epsilon(real(alarms, "difference.hi"), 1 - pow(0.025, 1.0 / 40), 1e-6);
}

/* A is right on all of 40 bases, B on none: each of up to 1 - 0.025^(1/40) of all that is the other way takes two off. */
static void test_apart(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 2, AK_EFFECT_BY_BLOCK);
  run_opposites(&trial);
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *rows = json_object_get(result, "comparisons");
  const json_t *detection = json_array_get(rows, 0), *alarms = json_array_get(rows, 1);
  g_assert_cmpfloat(real(detection, "difference.value"), ==, 1);
  g_assert_cmpfloat_with_epsilon(real(detection, "difference.lo"), 2 * pow(0.025, 1.0 / 40) - 1, 1e-6);
  g_assert_cmpfloat(real(detection, "difference.hi"), ==, 1);
  g_assert_cmpfloat(real(alarms, "difference.value"), ==, 1); /* A alarms at all, B at none */
  g_assert_cmpfloat_with_epsilon(real(alarms, "difference.lo"), 2 * pow(0.025, 1.0 / 40) - 1, 1e-6);
  g_assert_true(json_is_true(json_object_get(detection, "difference_shown")));
}

/* Detected in one repetition of two is missed, alarmed in one of two is an alarm; both are
 * unsteady. */
static void test_repetitions(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 2, 2);
  trial.spec.repetitions = 2;
  trial_begin(&trial);
  for (guint repetition = 0; repetition < 2; repetition++)
    for (guint i = 0; i < 4; i++) {
      bool stops = i == 0 || (repetition == 1 && (i == 1 || i == 2));
      AkEffectOutcome outcome = stops ? blocked(0, i) : fine(0, i);
      outcome.repetition = repetition;
      add(&trial, outcome);
    }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.k"), ==, 1);
  g_assert_cmpint(integer(one, "detection.n"), ==, 2);
  g_assert_cmpint(integer(one, "false_positive.k"), ==, 1);
  g_assert_cmpint(integer(one, "unsteady"), ==, 2);
  const json_t *miss = json_array_get(json_object_get(one, "misses"), 0);
  g_assert_cmpint(integer(miss, "repetition"), ==, 0);
  g_assert_cmpint(integer(miss, "wrong"), ==, 1);
  g_assert_cmpint(integer(miss, "runs"), ==, 2);
}

/* Scores 3 2 | 2 1: hand-made area (1 + 1 + 0.5 + 1) / 4; round trips 1.5 ms against 1 ms. */
static void test_curve_and_overhead(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 2, 2);
  trial.spec.has_control = true;
  trial_begin(&trial);
  static const gint64 scores[] = {3000000, 2000000, 2000000, 1000000};
  for (guint i = 0; i < 4; i++) {
    AkEffectOutcome outcome = fine(0, i);
    outcome.score_ppm = scores[i];
    outcome.took_ns = 1500000;
    add(&trial, outcome);
    add(&trial, fine(AK_EFFECT_SCORE_CONTROL, i));
  }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpfloat(real(one, "roc.area"), ==, 0.875);
  g_assert_cmpint(integer(one, "overhead.pairs"), ==, 2); /* harmless work alone */
  g_assert_cmpfloat(real(one, "overhead.latency_us.with.median"), ==, 1500);
  g_assert_cmpfloat(real(one, "overhead.latency_us.added.value"), ==, 500);
  g_assert_cmpfloat_with_epsilon(real(one, "overhead.throughput.kept.value"), 2.0 / 3, 1e-6);
  g_assert_null(json_object_get(
      json_object_get(json_object_get(json_object_get(one, "overhead"), "latency_us"), "added"),
      "lo")); /* two bases: no interval */
}

/* Two misses and a false alarm are disputed: before 30 of 40 and 3 of 40, after 30 of 38 and 2
 * of 39. */
static void test_disputed(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 40, 40);
  trial_begin(&trial);
  for (guint i = 0; i < 80; i++)
    add(&trial, i < 30 || (i >= 40 && i < 43) ? blocked(0, i) : fine(0, i));
  g_assert_true(ak_effect_score_dispute(trial.score, "c", "a0039"));
  g_assert_true(ak_effect_score_dispute(trial.score, NULL, "a0038"));
  g_assert_true(ak_effect_score_dispute(trial.score, NULL, "a0038")); /* twice is once */
  g_assert_true(ak_effect_score_dispute(trial.score, NULL, "h0040"));
  g_assert_false(ak_effect_score_dispute(trial.score, "d", "a0039"));
  g_assert_false(ak_effect_score_dispute(trial.score, NULL, "none"));
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.k"), ==, 30);
  g_assert_cmpint(integer(one, "detection.n"), ==, 40);
  g_assert_cmpint(integer(one, "undisputed.disputed"), ==, 3);
  g_assert_cmpint(integer(one, "undisputed.detection.k"), ==, 30);
  g_assert_cmpint(integer(one, "undisputed.detection.n"), ==, 38);
  g_assert_cmpint(integer(one, "undisputed.false_positive.k"), ==, 2);
  g_assert_cmpint(integer(one, "undisputed.false_positive.n"), ==, 39);
}

static char *note_line(gpointer data, const AkEffectOutcome *outcome) {
  guint64 *last = data;
  g_assert_cmpuint(outcome->line_at, >=, *last); /* never back */
  *last = outcome->line_at;
  return g_strdup_printf("line of %u", outcome->case_index);
}

/* Lines are asked for as they stand in the log, and go to the cases that they are of. */
static void test_lines(void) {
  g_auto(Trial) trial = {0};
  guint64 last = 0;
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 30, 0);
  trial.spec.line = note_line;
  trial.spec.data = &last;
  trial_begin(&trial);
  for (guint i = 0; i < 30; i++) {
    AkEffectOutcome outcome = fine(0, i);
    outcome.line_at = i * 7 % 30 * 100; /* an order of its own */
    add(&trial, outcome);
  }
  g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
  const json_t *misses = json_object_get(product_of(result, 0), "misses");
  g_assert_cmpuint(json_array_size(misses), ==, 30);
  g_assert_cmpuint(last, ==, 2900);
  for (guint i = 0; i < 30; i++) {
    g_autofree char *line = g_strdup_printf("line of %u", i);
    g_assert_cmpstr(ak_json_string_or(json_array_get(misses, i), "line", ""), ==, line);
  }
}

static void test_refused(void) {
  g_auto(Trial) trial = {0};
  trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&trial, "c", 1, 0);
  trial_begin(&trial);
  AkEffectOutcome outcomes[] = {fine(1, 0), fine(0, 1), fine(0, 0), fine(0, 0), fine(0, 0)};
  outcomes[2].corpus = 1;
  outcomes[3].repetition = 1;
  outcomes[4].happened = 3;
  for (guint i = 0; i < G_N_ELEMENTS(outcomes); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(ak_effect_score_add(trial.score, &outcomes[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
  AkEffectOutcome twice = fine(0, 0);
  add(&trial, twice);
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_effect_score_add(trial.score, &twice, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
}

/* The same outcomes backwards: the same bytes. And nothing at all is no figure. */
static void test_order(void) {
  g_autofree char *first = NULL, *second = NULL;
  for (guint turn = 0; turn < 2; turn++) {
    g_auto(Trial) trial = {0};
    trial_init(&trial, 1, AK_EFFECT_BY_BLOCK);
    trial_corpus(&trial, "c", 40, 40);
    trial.spec.repetitions = 2;
    trial_begin(&trial);
    for (guint i = 0; i < 160; i++) {
      guint n = turn == 0 ? i : 159 - i;
      AkEffectOutcome outcome = n % 80 % 3 == 0 ? blocked(0, n % 80) : fine(0, n % 80);
      outcome.repetition = n / 80;
      outcome.error = n % 7 == 0 ? 1 + n % 5 : AK_EFFECT_FINE;
      add(&trial, outcome);
    }
    g_autoptr(json_t) result = ak_effect_score_result(trial.score, NULL);
    *(turn == 0 ? &first : &second) =
        json_dumps(result, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(9));
  }
  g_assert_cmpstr(first, ==, second);
  g_auto(Trial) empty = {0};
  trial_init(&empty, 1, AK_EFFECT_BY_BLOCK);
  trial_corpus(&empty, "c", 2, 2);
  trial_begin(&empty);
  g_autoptr(json_t) result = ak_effect_score_result(empty.score, NULL);
  const json_t *one = product_of(result, 0);
  g_assert_cmpint(integer(one, "detection.n"), ==, 0);
  g_assert_cmpint(integer(one, "not_tried"), ==, 4);
  g_assert_null(json_object_get(json_object_get(one, "detection"), "rate"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/score/matrix", test_matrix);
  g_test_add_func("/effect/score/controls", test_controls);
  g_test_add_func("/effect/score/errors", test_errors);
  g_test_add_func("/effect/score/unknown", test_unknown);
  g_test_add_func("/effect/score/control-run", test_control_run);
  g_test_add_func("/effect/score/parts", test_parts);
  g_test_add_func("/effect/score/too-few", test_too_few);
  g_test_add_func("/effect/score/alike", test_alike);
  g_test_add_func("/effect/score/comparison", test_comparison);
  g_test_add_func("/effect/score/apart", test_apart);
  g_test_add_func("/effect/score/repetitions", test_repetitions);
  g_test_add_func("/effect/score/curve-and-overhead", test_curve_and_overhead);
  g_test_add_func("/effect/score/disputed", test_disputed);
  g_test_add_func("/effect/score/lines", test_lines);
  g_test_add_func("/effect/score/refused", test_refused);
  g_test_add_func("/effect/score/order", test_order);
  return g_test_run();
}
