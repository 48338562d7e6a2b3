/* How long scoring takes, and how much memory: 10,000, 100,000 and 1,000,000 cases with two products (variants, five categories, one case in
 * ten wrong), from outcomes to the reports as JSON, text and HTML. No peer: nothing else makes
 * these figures. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "effect/score/score.h"
#include "report/effect.h"
#include "util/random.h"

static AkEffectCorpus *corpus_new(guint cases) {
  static const char *const categories[] = {"cwe:89", "cwe:79", "cwe:78", "cwe:22", "cwe:918"};
  AkEffectCorpus *corpus = ak_effect_corpus_new("bench", AK_EFFECT_HTTP);
  for (guint i = 0; i < cases; i++) {
    AkEffectCase *one = g_new0(AkEffectCase, 1);
    one->id = g_strdup_printf("case-%06u", i);
    one->base = g_strdup_printf("base-%06u", i / 4);
    one->attack = i / 4 % 2 == 0;
    one->category = g_strsplit(one->attack ? categories[i / 8 % 5] : "use:form", " ", -1);
    one->source = g_strdup("bench");
    one->licence = g_strdup("Apache-2.0");
    one->bytes = g_bytes_new_static("GET / HTTP/1.1\r\n\r\n", 18);
    g_assert_true(ak_effect_corpus_add(corpus, one, NULL));
  }
  return corpus;
}

static AkEffectOutcome outcome_of(guint32 product, guint32 i, bool attack) {
  guint64 random = ak_random_at(product + 1, i);
  bool blocked = product != AK_EFFECT_SCORE_CONTROL && attack == (random % 10 != 0);
  return (AkEffectOutcome){.product = product,
                           .case_index = i,
                           .happened = blocked ? AK_EFFECT_NO : AK_EFFECT_YES,
                           .blocked = blocked ? AK_EFFECT_YES : AK_EFFECT_NO,
                           .logged = blocked ? AK_EFFECT_YES : AK_EFFECT_NO,
                           .score_ppm = (gint64)(random % 1000000),
                           .began_ns = (gint64)i * 1000,
                           .took_ns = 100000 + (gint64)(random % 50000),
                           .alerted_ns = blocked ? 50000 : -1};
}

/* What a result does not hold, as the program keeps it. */
static bool keep_row(gpointer data, guint product, const char *list, guint64 number, json_t *row,
                     bool *keep, GError **error) {
  *keep = number < AK_EFFECT_ROWS_HELD;
  return *keep || ak_effect_rows_add(data, product, list, row, error);
}

static bool count_bytes(gpointer data, const char *bytes, gsize size, GError **error) {
  *(gsize *)data += size;
  return true;
}

static double score(guint cases, gsize *bytes) {
  g_autoptr(GPtrArray) corpora =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_effect_corpus_free);
  AkEffectCorpus *corpus = corpus_new(cases);
  g_assert_true(ak_effect_corpus_close(corpus, NULL));
  g_ptr_array_add(corpora, corpus);
  AkEffectScoreProduct products[] = {{.id = "a", .kind = AK_EFFECT_HTTP},
                                     {.id = "b", .kind = AK_EFFECT_HTTP}};
  AkEffectScoreSpec spec = {.products = products,
                            .product_count = 2,
                            .corpora = corpora,
                            .repetitions = 1,
                            .has_control = true,
                            .traffic_a_day = 1000000,
                            .bootstrap = {1, AK_STATS_ROUNDS, 0.95},
                            .listed = keep_row};
  gint64 began = g_get_monotonic_time();
  g_autoptr(AkEffectRows) lists = ak_effect_rows_new(NULL);
  spec.data = lists;
  g_autoptr(AkEffectScore) self = ak_effect_score_new(&spec, NULL);
  g_assert_true(self != NULL && lists != NULL);
  static const guint32 rows[] = {AK_EFFECT_SCORE_CONTROL, 0, 1};
  for (guint row = 0; row < G_N_ELEMENTS(rows); row++)
    for (guint i = 0; i < cases; i++) {
      AkEffectOutcome outcome = outcome_of(rows[row], i, i / 4 % 2 == 0);
      g_assert_true(ak_effect_score_add(self, &outcome, NULL));
    }
  g_autoptr(json_t) result = ak_effect_score_result(self, NULL);
  g_assert_true(result != NULL && ak_report_effect_json_to(result, lists, count_bytes, bytes, NULL));
  static const char *const formats[] = {"text", "html"};
  for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_autoptr(GBytes) report = ak_report_effect_bytes(result, formats[i], AK_LANG_JA, 0, NULL);
    *bytes += report != NULL ? g_bytes_get_size(report) : 0;
  }
  return (double)(g_get_monotonic_time() - began) / 1e6;
}

/* In a process of its own, whose most memory is that of this size alone. */
static bool measure(guint cases) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    gsize bytes = 0;
    double seconds = score(cases, &bytes);
    printf("%u cases, 2 products and the control run: %.2f s, %zu bytes of reports", cases, seconds,
           bytes);
    fflush(stdout);
    _exit(0);
  }
  struct rusage usage = {0};
  int status = 0;
  bool done = child > 0 && wait4(child, &status, 0, &usage) == child && status == 0;
  printf(", %.0f MiB of memory at most\n", (double)usage.ru_maxrss / 1024);
  return done;
}

int main(void) {
  static const guint sizes[] = {10000, 100000, 1000000};
  double loads[1] = {0};
  getloadavg(loads, 1);
  printf("load %.1f\n", loads[0]);
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
    if (!measure(sizes[i]))
      return 1;
  return 0;
}
