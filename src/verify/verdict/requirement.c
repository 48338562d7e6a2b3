#include "verify/verdict/requirement.h"

#include <string.h>

#include "verify/verdict/claims.h"
#include "verify/verdict/explain.h"
#include "verify/verdict/missing.h"

typedef struct {
  const AkVerdictInput *input;
  const AkFacts *facts;
  AkFindings *findings;
  AkInherit *inherit; /* or NULL */
  const AkRequirement *row;
  AkApplies applies;
  const char *support, *detail; /* of the ICS; borrowed */
  GPtrArray *cases;             /* of AkCaseResult */
  AkVerdict verdict;
  json_t *missing;
  json_t *explanation;
} Judge;

static void judge_clear(Judge *self) {
  ak_applies_clear(&self->applies);
  g_ptr_array_unref(self->cases);
  json_decref(self->missing);
  json_decref(self->explanation);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Judge, judge_clear)

static bool says(const Judge *self, const char *support) {
  return g_strcmp0(self->support, support) == 0;
}

static guint count_cases(const Judge *self, AkVerdict verdict) {
  guint count = 0;
  for (guint i = 0; i < self->cases->len; i++)
    count += ((const AkCaseResult *)self->cases->pdata[i])->verdict == verdict;
  return count;
}

/* "5.1-1-1, 5.1-1-2": the cases with this verdict; caller frees. */
static char *name_cases(const Judge *self, AkVerdict verdict) {
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < self->cases->len; i++) {
    const AkCaseResult *result = self->cases->pdata[i];
    if (result->verdict == verdict)
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                             ((const AkTestCase *)self->row->cases->pdata[i])->id);
  }
  return g_string_free(names, FALSE);
}

/* --- not applicable -------------------------------------------------------------------------- */

/* An absent feature with its reason and nothing against it; the ICS must not claim the opposite. */
static bool is_not_applicable(Judge *self) {
  if (!self->applies.granted)
    return false;
  if (self->support == NULL || says(self, "N/A"))
    return true;
  ak_missing_add(self->missing, "claims-disagree", "requirement", self->row->id, "support",
                 self->support, NULL);
  return false;
}

typedef struct {
  const AkVerdictInput *input;
  GString *text[AK_LANG_COUNT];
} Reasons;

static void add_reason_in(const Reasons *self, AkLang lang, const AkExpression *node,
                          const char *reason) {
  bool feature = node->kind == AK_EXPRESSION_FEATURE;
  const AkCatalog *catalog = self->input->catalog;
  const json_t *row =
      json_object_get(feature ? catalog->features : catalog->conditions, node->name);
  g_autofree char *text = ak_text_format(
      lang, feature ? "verdict.why.no-feature" : "verdict.why.no-condition", node->name,
      ak_json_string_or(json_object_get(row, "title"), ak_lang_name(lang), ""), reason);
  g_string_append_printf(self->text[lang], "%s%s", self->text[lang]->len > 0 ? " " : "", text);
}

static bool add_reason(const AkExpression *node, gpointer data, GError **error) {
  const Reasons *self = data;
  bool feature = node->kind == AK_EXPRESSION_FEATURE;
  if (!feature && node->kind != AK_EXPRESSION_CONDITION)
    return true;
  const AkProduct *product = self->input->product;
  const json_t *row =
      json_object_get(feature ? product->features : product->conditions, node->name);
  if (!json_is_false(json_object_get(row, feature ? "present" : "holds")))
    return true;
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    add_reason_in(self, (AkLang)i, node, ak_json_string_or(row, "reason", ""));
  return true;
}

static void judge_not_applicable(Judge *self) {
  Reasons reasons = {.input = self->input};
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    reasons.text[i] = g_string_new(NULL);
  ak_expression_foreach(self->row->applies, add_reason, &reasons, NULL);
  g_auto(AkWords) words = {0}, none = ak_explain_same("");
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    words.text[i] = g_string_free(reasons.text[i], FALSE);
  self->verdict = AK_VERDICT_NOT_APPLICABLE;
  self->explanation = ak_explain_words("requirement-not-applicable", &words, &none, &none);
}

/* --- pass, fail, inconclusive ---------------------------------------------------------------- */

/* What the claims lack for a pass, cases aside. */
static void miss_claims(Judge *self) {
  json_array_extend(self->missing, self->applies.missing);
  if (self->support == NULL && self->input->catalog->needs_ics)
    ak_missing_add(self->missing, "ics", "requirement", self->row->id, NULL);
  if (!says(self, "N/A") || self->applies.granted)
    return;
  ak_missing_add(self->missing, "unfounded", "requirement", self->row->id, NULL);
  if (self->row->applies != NULL && self->applies.truth == AK_TRUTH_TRUE)
    ak_findings_add(self->findings, "contradiction", "contradicted-statement", "medium",
                    self->row->id, self->row->id, NULL);
}

static void miss_cases(Judge *self) {
  for (guint i = 0; i < self->cases->len; i++) {
    const AkCaseResult *result = self->cases->pdata[i];
    json_array_extend(self->missing, result->missing);
    if (result->verdict == AK_VERDICT_NOT_RUN)
      ak_missing_add(self->missing, "case", "case",
                     ((const AkTestCase *)self->row->cases->pdata[i])->id, "verdict",
                     ak_verdict_name(result->verdict), NULL);
  }
}

static void judge_fail(Judge *self) {
  bool mandatory = strcmp(self->row->obligation, "M") == 0;
  g_autofree char *names = name_cases(self, AK_VERDICT_FAIL);
  self->verdict = AK_VERDICT_FAIL;
  if (*names != '\0')
    self->explanation = ak_explain("requirement-fail", names, NULL, NULL);
  else if (mandatory)
    self->explanation = ak_explain("requirement-not-met", self->detail, NULL, NULL);
  else
    self->explanation =
        ak_explain(*self->detail != '\0' ? "recommendation-not-met" : "recommendation-unjustified",
                   self->detail, NULL, NULL);
}

static void judge_open(Judge *self) {
  ak_missing_sort(self->missing);
  const json_t *first = json_array_get(self->missing, 0);
  g_autofree char *count = g_strdup_printf("%u", (guint)json_array_size(self->missing));
  json_t *why = ak_explain("requirement-inconclusive", count, NULL, NULL);
  static const char *const languages[] = {"en", "ja"};
  for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
    g_autofree char *text = g_strdup_printf("%s %s", ak_json_string_or(why, languages[i], ""),
                                            ak_json_string_or(first, languages[i], ""));
    json_object_set_new(why, languages[i], json_string(text));
  }
  self->verdict = AK_VERDICT_INCONCLUSIVE;
  self->explanation = why;
}

/* "5.5-1-1": the cases whose pass an earlier run lent; caller frees. */
static char *name_inherited(const Judge *self) {
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < self->cases->len; i++)
    if (json_object_get(((const AkCaseResult *)self->cases->pdata[i])->json, "inherited") != NULL)
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                             ((const AkTestCase *)self->row->cases->pdata[i])->id);
  return g_string_free(names, FALSE);
}

static void judge_pass(Judge *self) {
  g_autofree char *names = name_inherited(self);
  self->verdict = AK_VERDICT_PASS;
  self->explanation = *names == '\0' ? ak_explain("requirement-pass", NULL, NULL, NULL)
                                     : ak_explain("requirement-pass-inherited", names,
                                                  self->input->inheritance->run_id, NULL);
}

/* A requirement passes where it surely applies, its maker claims it, every case that applies passes
 * and there is one. */
static bool is_pass(const Judge *self) {
  guint passed = count_cases(self, AK_VERDICT_PASS);
  guint spared = count_cases(self, AK_VERDICT_NOT_APPLICABLE);
  return self->applies.truth == AK_TRUTH_TRUE && json_array_size(self->missing) == 0 &&
         (!self->input->catalog->needs_ics || says(self, "Y")) && passed > 0 &&
         passed + spared == self->cases->len;
}

static void judge_by_cases(Judge *self) {
  bool surely = self->applies.truth == AK_TRUTH_TRUE;
  bool failed = count_cases(self, AK_VERDICT_FAIL) > 0 || says(self, "N");
  if (failed && surely) {
    judge_fail(self);
    return;
  }
  miss_claims(self);
  miss_cases(self);
  if (count_cases(self, AK_VERDICT_NOT_APPLICABLE) == self->cases->len &&
      json_array_size(self->missing) == 0) {
    judge_not_applicable(self);
    return;
  }
  if (is_pass(self)) {
    judge_pass(self);
    return;
  }
  if (json_array_size(self->missing) == 0)
    ak_missing_add(self->missing, "case", "case", self->row->id, "verdict", "fail", NULL);
  judge_open(self);
}

/* --- the row --------------------------------------------------------------------------------- */

static void judge_cases(Judge *self, bool not_applicable) {
  for (guint i = 0; i < self->row->cases->len; i++) {
    AkCaseInput one = {.input = self->input,
                       .facts = self->facts,
                       .findings = self->findings,
                       .requirement = self->row,
                       .test_case = self->row->cases->pdata[i]};
    g_ptr_array_add(self->cases, not_applicable
                                     ? ak_case_not_applicable(&one)
                                     : ak_inherit_case(self->inherit, &one, ak_case_judge(&one)));
  }
}

static json_t *row_to_json(const Judge *self) {
  json_t *cases = json_array();
  const char *until = NULL;
  for (guint i = 0; i < self->cases->len; i++) {
    const AkCaseResult *result = self->cases->pdata[i];
    const char *date = ak_json_string_or(result->json, "valid_until", "");
    json_array_append(cases, result->json);
    if (until == NULL || strcmp(date, until) < 0)
      until = date;
  }
  bool open = self->verdict == AK_VERDICT_INCONCLUSIVE;
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:O, s:o, s:s, s:o}", "requirement", self->row->id, "obligation",
                self->row->obligation, "verdict", ak_verdict_name(self->verdict), "explanation",
                self->explanation, "missing", open ? json_incref(self->missing) : json_array(),
                "valid_until", until ? until : "", "cases", cases);
  if (self->support != NULL)
    json_object_set_new(json, "ics",
                        json_pack("{s:s, s:s}", "support", self->support, "detail", self->detail));
  return json;
}

json_t *ak_requirement_judge(const AkVerdictInput *input, const AkFacts *facts,
                             AkFindings *findings, AkInherit *inherit,
                             const AkRequirement *requirement) {
  g_auto(Judge) judge = {.input = input,
                         .facts = facts,
                         .findings = findings,
                         .inherit = inherit,
                         .row = requirement,
                         .missing = json_array()};
  judge.cases = g_ptr_array_new_with_free_func((GDestroyNotify)ak_case_result_free);
  judge.support = ak_claims_support(input->product, requirement->id, &judge.detail);
  ak_applies_judge(input, facts, requirement->applies, &judge.applies);
  bool not_applicable = is_not_applicable(&judge);
  judge_cases(&judge, not_applicable);
  if (not_applicable)
    judge_not_applicable(&judge);
  else
    judge_by_cases(&judge);
  return row_to_json(&judge);
}
