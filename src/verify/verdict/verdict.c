#include "verify/verdict/verdict.h"

#include <string.h>

#include "verify/verdict/claims.h"
#include "verify/verdict/requirement.h"

/* --- contradictions and notes ---------------------------------------------------------------- */

typedef struct {
  const AkVerdictInput *input;
  const AkFacts *facts;
  AkFindings *findings;
} Context;

/* A claim that something is not there, against what was seen. */
static void find_contradictions(const Context *self, const json_t *definitions, const char *what) {
  const char *key = NULL;
  json_t *definition = NULL;
  json_object_foreach((json_t *)definitions, key, definition) {
    AkClaim claim = ak_claims_find(self->input, self->facts, what, key);
    const char *text = ak_json_string_or(definition, "contradicted_by", NULL);
    if (claim.claimed != AK_TRUTH_FALSE || !claim.contradicted)
      continue;
    g_autoptr(AkExpression) expression = ak_expression_parse(text, what, NULL);
    g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(self->input, self->facts, NULL);
    g_autofree char *name = g_strdup_printf("%s %s", what, key);
    ak_evaluate(evaluation, expression);
    ak_findings_add_contradiction(self->findings, name, evaluation);
  }
}

/* Findings that decide no requirement. */
static void find_notes(const Context *self) {
  const GPtrArray *triggers = self->input->catalog->findings;
  for (guint i = 0; triggers != NULL && i < triggers->len; i++) {
    const AkRuleTrigger *trigger = triggers->pdata[i];
    g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(self->input, self->facts, NULL);
    if (ak_evaluate(evaluation, trigger->when) == AK_TRUTH_TRUE)
      ak_findings_add_trigger(self->findings, "note", trigger->finding, trigger->severity,
                              evaluation, NULL, NULL);
  }
}

/* --- requirements ---------------------------------------------------------------------------- */

static bool is_selected(const AkProfile *profile, const char *id) {
  return profile->requirements == NULL ||
         g_strv_contains((const char *const *)profile->requirements, id);
}

static bool check_profile(const AkVerdictInput *input, GError **error) {
  if (g_strcmp0(input->profile->catalog, input->catalog->id) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "profile %s is one of the catalogue %s, not of %s", input->profile->id,
                        input->profile->catalog, input->catalog->id);
  for (char **id = input->profile->requirements; id != NULL && *id != NULL; id++)
    if (ak_catalog_requirement(input->catalog, *id) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "profile %s: there is no requirement %s",
                          input->profile->id, *id);
  return true;
}

static json_t *count(const json_t *rows) {
  static const struct {
    const char *key;
    AkVerdict verdict;
  } keys[] = {{"pass", AK_VERDICT_PASS},
              {"fail", AK_VERDICT_FAIL},
              {"inconclusive", AK_VERDICT_INCONCLUSIVE},
              {"not_applicable", AK_VERDICT_NOT_APPLICABLE}};
  json_t *summary = json_object();
  for (gsize k = 0; k < G_N_ELEMENTS(keys); k++) {
    json_int_t number = 0;
    for (gsize i = 0; i < json_array_size(rows); i++)
      number += strcmp(ak_json_string_or(json_array_get(rows, i), "verdict", ""),
                       ak_verdict_name(keys[k].verdict)) == 0;
    json_object_set_new(summary, keys[k].key, json_integer(number));
  }
  return summary;
}

static json_t *catalog_identity(const AkCatalog *catalog) {
  char digest[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&catalog->digest, digest);
  return json_pack("{s:s, s:s, s:s}", "id", catalog->id, "version", catalog->version, "sha256",
                   digest);
}

json_t *ak_verdict_compute(const AkVerdictInput *input, GError **error) {
  if (!check_profile(input, error))
    return NULL;
  g_autoptr(AkFacts) facts = ak_facts_new(input);
  g_autoptr(AkFindings) findings = ak_findings_new();
  g_autoptr(AkInherit) inherit = ak_inherit_new(input);
  Context context = {.input = input, .facts = facts, .findings = findings};
  json_t *rows = json_array();
  for (guint i = 0; i < input->catalog->requirements->len; i++) {
    const AkRequirement *row = input->catalog->requirements->pdata[i];
    if (is_selected(input->profile, row->id))
      json_array_append_new(rows, ak_requirement_judge(input, facts, findings, inherit, row));
  }
  find_contradictions(&context, input->catalog->features, "feature");
  find_contradictions(&context, input->catalog->conditions, "condition");
  find_notes(&context);
  ak_findings_add_availability(findings, facts);
  const AkProduct *product = input->product;
  return json_pack("{s:o, s:o, s:o, s:o*, s:o, s:s, s:{s:s, s:s}}", "verdicts", rows, "findings",
                   ak_findings_to_json(findings), "summary", count(rows), "retest",
                   ak_inherit_to_json(inherit), "catalogue", catalog_identity(input->catalog),
                   "profile", input->profile->id, "product", "name",
                   product->name ? product->name : "", "version",
                   product->version ? product->version : "");
}

void ak_verdict_outcome(const json_t *verdicts, bool *mandatory_fail, bool *mandatory_open) {
  const json_t *rows = json_object_get(verdicts, "verdicts");
  *mandatory_fail = *mandatory_open = false;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    AkVerdict verdict = AK_VERDICT_NOT_RUN;
    if (strcmp(ak_json_string_or(row, "obligation", "M"), "R") == 0)
      continue;
    ak_verdict_from_name(ak_json_string_or(row, "verdict", ""), &verdict);
    *mandatory_fail |= verdict == AK_VERDICT_FAIL;
    *mandatory_open |= verdict == AK_VERDICT_INCONCLUSIVE || verdict == AK_VERDICT_NOT_RUN;
  }
  if (json_array_size(rows) == 0)
    *mandatory_open = true; /* no verdict is no pass */
}
