#include "verify/verdict/case.h"

#include <string.h>

#include "verify/verdict/claims.h"
#include "verify/verdict/explain.h"
#include "verify/verdict/missing.h"

/* --- does it apply? -------------------------------------------------------------------------- */

typedef struct {
  const AkVerdictInput *input;
  const AkFacts *facts;
  json_t *missing;
  bool contradicted;
} Claims;

/* Denied claims need a reason and nothing that speaks against them. */
static bool check_claim(const AkExpression *node, gpointer data, GError **error) {
  Claims *self = data;
  bool feature = node->kind == AK_EXPRESSION_FEATURE;
  if (!feature && node->kind != AK_EXPRESSION_CONDITION)
    return true;
  AkClaim claim =
      ak_claims_find(self->input, self->facts, feature ? "feature" : "condition", node->name);
  g_autofree char *name = g_strdup_printf("%s %s", claim.what, claim.key);
  if (claim.claimed == AK_TRUTH_UNKNOWN)
    ak_missing_add(self->missing, "claim", "claim", name, NULL);
  if (claim.claimed == AK_TRUTH_FALSE && !claim.reasoned)
    ak_missing_add(self->missing, "claim-reason", "claim", name, NULL);
  if (claim.contradicted && claim.claimed == AK_TRUTH_FALSE)
    ak_missing_add(self->missing, "claim-contradicted", "claim", name, NULL);
  self->contradicted |= claim.contradicted;
  return true;
}

/* As the claims say, but what was seen is there whatever they say. */
static AkTruth seen_truth(const AkVerdictInput *input, const AkFacts *facts,
                          const AkExpression *node) {
  bool feature = node->kind == AK_EXPRESSION_FEATURE;
  if (node->kind == AK_EXPRESSION_NOT)
    return AK_TRUTH_TRUE - seen_truth(input, facts, node->left);
  if (feature || node->kind == AK_EXPRESSION_CONDITION) {
    AkClaim claim = ak_claims_find(input, facts, feature ? "feature" : "condition", node->name);
    return claim.contradicted ? AK_TRUTH_TRUE : claim.claimed;
  }
  if (node->kind != AK_EXPRESSION_AND && node->kind != AK_EXPRESSION_OR) {
    g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(input, facts, NULL);
    return ak_evaluate(evaluation, node);
  }
  AkTruth left = seen_truth(input, facts, node->left); /* not in MIN: a macro asks twice */
  AkTruth right = seen_truth(input, facts, node->right);
  return node->kind == AK_EXPRESSION_AND ? MIN(left, right) : MAX(left, right);
}

void ak_applies_judge(const AkVerdictInput *input, const AkFacts *facts,
                      const AkExpression *expression, AkApplies *out) {
  *out = (AkApplies){.truth = AK_TRUTH_TRUE, .missing = json_array()};
  if (expression == NULL)
    return;
  Claims claims = {.input = input, .facts = facts, .missing = out->missing};
  ak_expression_foreach(expression, check_claim, &claims, NULL);
  g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(input, facts, NULL);
  AkTruth said = ak_evaluate(evaluation, expression);
  out->truth = seen_truth(input, facts, expression);
  if (said != AK_TRUTH_FALSE || json_array_size(out->missing) > 0)
    return;
  out->granted = true;
}

void ak_applies_clear(AkApplies *self) {
  g_clear_pointer(&self->missing, json_decref);
}

/* --- judging one case ------------------------------------------------------------------------ */

typedef struct {
  const AkCaseInput *input;
  const AkAnswer *answer;
  AkVerdict verdict;
  GPtrArray *shown; /* of const AkNote: what the verdict rests on */
  json_t *missing;
  json_t *explanation; /* or NULL */
  char *decided_by;    /* or NULL */
} Judge;

static void judge_clear(Judge *self) {
  g_ptr_array_unref(self->shown);
  json_decref(self->missing);
  json_decref(self->explanation);
  g_free(self->decided_by);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Judge, judge_clear)

static Judge judge_new(const AkCaseInput *input) {
  return (Judge){.input = input,
                 .answer = ak_product_answer(input->input->product, input->test_case->id),
                 .verdict = AK_VERDICT_INCONCLUSIVE,
                 .shown = g_ptr_array_new(),
                 .missing = json_array()};
}

static AkEvaluation *evaluation_for(const Judge *self) {
  return ak_evaluation_new(self->input->input, self->input->facts, self->input->test_case->id);
}

static void take_notes(Judge *self, const AkEvaluation *evaluation) {
  for (guint i = 0; i < evaluation->touched->len; i++)
    g_ptr_array_add(self->shown, evaluation->touched->pdata[i]);
}

static void explain(Judge *self, const char *decided_by, json_t *explanation) {
  if (self->explanation != NULL) {
    json_decref(explanation);
    return;
  }
  self->explanation = explanation;
  self->decided_by = g_strdup(decided_by);
}

/* What was found, where, and the sentence of the rule that makes it a fail. */
static json_t *explain_trigger(const Judge *self, const AkRuleTrigger *trigger,
                               const AkEvaluation *evaluation) {
  g_autofree char *title_id = g_strdup_printf("finding.%s.title", trigger->finding);
  g_autofree char *places = ak_explain_places(evaluation->places);
  g_auto(AkWords) title = ak_explain_id(title_id);
  g_auto(AkWords) where =
      evaluation->places->len > 0 ? ak_explain_same(places) : ak_explain_id("word.kind.product");
  g_auto(AkWords) rule = ak_explain_rule(trigger->when, self->input->input->catalog);
  return ak_explain_words("trigger", &title, &where, &rule);
}

static void judge_trigger(Judge *self, const AkRuleTrigger *trigger, bool must_be_known) {
  g_autoptr(AkEvaluation) evaluation = evaluation_for(self);
  AkTruth truth = ak_evaluate(evaluation, trigger->when);
  bool failed = self->verdict == AK_VERDICT_FAIL;
  if (truth == AK_TRUTH_TRUE) {
    if (!failed)
      g_ptr_array_set_size(self->shown, 0); /* what failed is shown, not what was in order */
    self->verdict = AK_VERDICT_FAIL;
    take_notes(self, evaluation);
    explain(self, trigger->text, explain_trigger(self, trigger, evaluation));
    ak_findings_add_trigger(self->input->findings, "fail", trigger->finding, trigger->severity,
                            evaluation, self->input->requirement->id, self->input->test_case->id);
    return;
  }
  if (!failed)
    take_notes(self, evaluation);
  if (truth == AK_TRUTH_UNKNOWN &&
      (must_be_known || ak_missing_has_broken_look(evaluation->missing)))
    json_array_extend(self->missing, evaluation->missing);
}

static void judge_triggers(Judge *self) {
  const AkRule *rule = self->input->test_case->compiled;
  for (guint i = 0; i < rule->fail->len; i++)
    judge_trigger(self, rule->fail->pdata[i], true);
  for (guint i = 0; i < rule->refute->len; i++)
    judge_trigger(self, rule->refute->pdata[i], self->input->input->leaves_out);
}

/* An answer can fail a case, never spare it. */
static void judge_answer(Judge *self) {
  const AkAnswer *answer = self->answer;
  if (answer == NULL || answer->verdict == AK_VERDICT_PASS)
    return;
  if (answer->verdict != AK_VERDICT_FAIL) {
    ak_missing_add(self->missing, "answer-open", "case", answer->case_id, "verdict",
                   ak_verdict_name(answer->verdict), NULL);
    return;
  }
  bool first = self->verdict != AK_VERDICT_FAIL;
  self->verdict = AK_VERDICT_FAIL;
  explain(self, "answer", ak_explain("answer-fail", answer->by, answer->on, answer->reason));
  if (!first)
    return;
  g_ptr_array_set_size(self->shown, 0);
  bool mandatory = strcmp(self->input->requirement->obligation, "M") == 0;
  ak_findings_add(self->input->findings, "fail", "answered-fail", mandatory ? "medium" : "low",
                  answer->reason ? answer->reason : "", self->input->requirement->id,
                  answer->case_id);
}

static void judge_needs(Judge *self) {
  const AkRule *rule = self->input->test_case->compiled;
  g_autoptr(AkEvaluation) evaluation = evaluation_for(self);
  for (guint i = 0; i < rule->needs->len; i++)
    ak_evaluate_need(evaluation, rule->needs->pdata[i]);
  take_notes(self, evaluation);
  json_array_extend(self->missing, evaluation->missing);
}

/* The one place where pass is set: nothing failed, nothing is missing, and the rule says so. */
static void judge_pass(Judge *self) {
  const AkTestCase *test_case = self->input->test_case;
  g_autoptr(AkEvaluation) evaluation = evaluation_for(self);
  AkTruth truth = ak_evaluate(evaluation, test_case->compiled->pass);
  take_notes(self, evaluation);
  if (truth == AK_TRUTH_UNKNOWN)
    json_array_extend(self->missing, evaluation->missing);
  if (truth != AK_TRUTH_TRUE && json_array_size(self->missing) == 0)
    ak_missing_add_rule(self->missing, "not-shown", ak_json_string_or(test_case->rule, "pass", ""),
                        test_case->compiled->pass, self->input->input->catalog);
  if (truth != AK_TRUTH_TRUE || json_array_size(self->missing) > 0)
    return;
  self->verdict = AK_VERDICT_PASS;
  const AkAnswer *answer = self->answer;
  g_auto(AkWords) rule = ak_explain_rule(test_case->compiled->pass, self->input->input->catalog);
  g_auto(AkWords) none = {0};
  json_t *why = answer != NULL ? ak_explain("pass-answer", answer->by, answer->on, answer->reason)
                               : ak_explain_words("pass", &rule, &none, &none);
  explain(self, "pass", why);
}

/* --- was it run at all? ---------------------------------------------------------------------- */

typedef struct {
  const AkFacts *facts;
  bool asks, was_run;
} Runs;

static bool note_run(const AkExpression *node, gpointer data, GError **error) {
  Runs *runs = data;
  if (node->kind < AK_EXPRESSION_SEEN || node->kind == AK_EXPRESSION_ATTRIBUTE)
    return true;
  runs->asks = true;
  runs->was_run |= ak_facts_was_run(runs->facts, node->name, NULL);
  return true;
}

static bool is_not_run(const Judge *self) {
  const AkRule *rule = self->input->test_case->compiled;
  Runs runs = {.facts = self->input->facts};
  ak_rule_foreach(rule, note_run, &runs, NULL);
  for (guint i = 0; i < rule->needs->len; i++) {
    const AkNeed *need = rule->needs->pdata[i];
    bool discovers = need->kind == AK_NEED_DISCOVER;
    if (!discovers && need->kind != AK_NEED_COVERAGE)
      continue;
    runs.asks = true;
    runs.was_run |= ak_facts_was_run(runs.facts, discovers ? "net.coverage" : need->name,
                                     discovers ? need->name : NULL);
  }
  return runs.asks && !runs.was_run && self->answer == NULL;
}

static void judge_rest(Judge *self) {
  if (self->verdict != AK_VERDICT_INCONCLUSIVE)
    return;
  ak_missing_sort(self->missing);
  if (is_not_run(self)) {
    self->verdict = AK_VERDICT_NOT_RUN;
    explain(self, "needs", ak_explain("not-run", NULL, NULL, NULL));
    return;
  }
  const json_t *first = json_array_get(self->missing, 0);
  json_t *why = ak_explain("inconclusive", NULL, NULL, NULL);
  static const char *const languages[] = {"en", "ja"};
  for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
    g_autofree char *text = g_strdup_printf("%s %s", ak_json_string_or(why, languages[i], ""),
                                            ak_json_string_or(first, languages[i], ""));
    json_object_set_new(why, languages[i], json_string(text));
  }
  explain(self, "needs", why);
}

/* --- the row --------------------------------------------------------------------------------- */

static bool note_image(const AkExpression *node, gpointer data, GError **error) {
  bool quantifier = node->kind == AK_EXPRESSION_ANY || node->kind == AK_EXPRESSION_ALL;
  if (quantifier && (node->domain == AK_DOMAIN_IMAGE || node->domain == AK_DOMAIN_FILE))
    *(bool *)data = true;
  return true;
}

/* Verdicts on an image hold for a device only where the two were matched. */
static bool is_image_only(const AkCaseInput *input) {
  bool speaks_of_images = false;
  ak_rule_foreach(input->test_case->compiled, note_image, &speaks_of_images, NULL);
  if (!speaks_of_images)
    return false;
  const char *source = "all(image, @matched)";
  g_autoptr(AkExpression) matched = ak_expression_parse(source, source, NULL);
  g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(input->input, input->facts, NULL);
  return ak_evaluate(evaluation, matched) != AK_TRUTH_TRUE;
}

static json_t *limits_of(const AkCaseInput *input) {
  static const char *const languages[] = {"en", "ja"};
  const json_t *stated = json_object_get(input->test_case->rule, "does_not_show");
  g_autoptr(json_t) image = ak_explain_text("verdict.limit.image-only");
  bool image_only = is_image_only(input);
  json_t *limits = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
    const char *text = ak_json_string_or(stated, languages[i], "");
    const char *extra = image_only ? ak_json_string_or(image, languages[i], "") : "";
    g_autofree char *both =
        g_strdup_printf("%s%s%s", text, *text != '\0' && *extra != '\0' ? " " : "", extra);
    json_object_set_new(limits, languages[i], json_string(both));
  }
  return limits;
}

static json_t *answer_to_json(const AkAnswer *answer) {
  json_t *evidence = json_array();
  for (char **path = answer->evidence; path != NULL && *path != NULL; path++)
    json_array_append_new(evidence, json_string(*path));
  return json_pack("{s:s, s:s, s:s, s:s, s:o}", "verdict", ak_verdict_name(answer->verdict), "by",
                   answer->by ? answer->by : "", "on", answer->on ? answer->on : "", "reason",
                   answer->reason ? answer->reason : "", "evidence", evidence);
}

static AkCaseResult *result_of(Judge *self) {
  const AkTestCase *test_case = self->input->test_case;
  const AkRule *rule = test_case->compiled;
  AkCaseResult *result = g_new0(AkCaseResult, 1);
  guint total = 0;
  json_t *observations = ak_explain_observations(self->shown, &total);
  g_autofree char *until =
      ak_explain_date(self->input->input->now_utc_us, rule->expires_months, rule->expires_days);
  bool open = self->verdict == AK_VERDICT_INCONCLUSIVE || self->verdict == AK_VERDICT_NOT_RUN;
  result->verdict = self->verdict;
  result->missing = open ? json_incref(self->missing) : json_array();
  result->json = json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:O, s:o, s:O, s:s}", "case", test_case->id, "kind",
      ak_case_kind_name(test_case->kind), "method", ak_method_name(test_case->method), "verdict",
      ak_verdict_name(self->verdict), "rule", rule->text, "decided_by",
      self->decided_by ? self->decided_by : "", "observations", observations, "observations_total",
      (int)total, "missing", result->missing, "does_not_show", limits_of(self->input),
      "explanation", self->explanation, "valid_until", until);
  if (self->answer != NULL)
    json_object_set_new(result->json, "answer", answer_to_json(self->answer));
  return result;
}

void ak_case_result_free(AkCaseResult *self) {
  json_decref(self->missing);
  json_decref(self->json);
  g_free(self);
}

AkCaseResult *ak_case_not_applicable(const AkCaseInput *input) {
  g_auto(Judge) judge = judge_new(input);
  judge.verdict = AK_VERDICT_NOT_APPLICABLE;
  explain(&judge, "applies", ak_explain("not-applicable", NULL, NULL, NULL));
  return result_of(&judge);
}

AkCaseResult *ak_case_judge(const AkCaseInput *input) {
  g_auto(AkApplies) applies = {0};
  ak_applies_judge(input->input, input->facts, input->test_case->compiled->applies, &applies);
  if (applies.granted)
    return ak_case_not_applicable(input);
  g_auto(Judge) judge = judge_new(input);
  json_array_extend(judge.missing, applies.missing);
  judge_triggers(&judge);
  judge_answer(&judge);
  if (judge.verdict != AK_VERDICT_FAIL) {
    judge_needs(&judge);
    judge_pass(&judge);
  }
  judge_rest(&judge);
  return result_of(&judge);
}
