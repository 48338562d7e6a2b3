#include "verify/verdict/claims.h"

#include <string.h>

#include "verify/verdict/missing.h"

static bool is_filled(const json_t *value) {
  if (json_is_string(value)) {
    g_autofree char *text = g_strstrip(g_strdup(json_string_value(value)));
    return *text != '\0';
  }
  if (json_is_array(value))
    return json_array_size(value) > 0;
  if (json_is_object(value))
    return json_object_size(value) > 0;
  return value != NULL && !json_is_null(value);
}

/* --- features and conditions ---------------------------------------------------------------- */

static AkTruth claimed(const AkProduct *product, bool feature, const char *key,
                       const json_t **row) {
  *row = json_object_get(feature ? product->features : product->conditions, key);
  const json_t *value = json_object_get(*row, feature ? "present" : "holds");
  if (!json_is_boolean(value))
    return AK_TRUTH_UNKNOWN;
  return json_is_true(value) ? AK_TRUTH_TRUE : AK_TRUTH_FALSE;
}

static AkTruth contradiction(const AkVerdictInput *input, const AkFacts *facts,
                             const json_t *definition) {
  const char *text = ak_json_string_or(definition, "contradicted_by", NULL);
  g_autoptr(AkExpression) expression =
      text != NULL ? ak_expression_parse(text, "contradicted_by", NULL) : NULL;
  if (expression == NULL)
    return AK_TRUTH_FALSE;
  g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(input, facts, NULL);
  return ak_evaluate(evaluation, expression);
}

static bool is_contradicted(const AkVerdictInput *input, const AkFacts *facts,
                            const json_t *definition) {
  GHashTable *known = ak_facts_contradictions(facts);
  gpointer truth = NULL;
  if (!g_hash_table_lookup_extended(known, definition, NULL, &truth)) {
    truth = GINT_TO_POINTER(contradiction(input, facts, definition));
    g_hash_table_insert(known, (gpointer)definition, truth);
  }
  return GPOINTER_TO_INT(truth) == AK_TRUTH_TRUE;
}

AkClaim ak_claims_find(const AkVerdictInput *input, const AkFacts *facts, const char *what,
                       const char *key) {
  bool feature = strcmp(what, "feature") == 0;
  const json_t *row = NULL;
  AkClaim claim = {.what = what, .key = key};
  claim.claimed = claimed(input->product, feature, key, &row);
  claim.reasoned = is_filled(json_object_get(row, "reason"));
  const json_t *definitions = feature ? input->catalog->features : input->catalog->conditions;
  claim.contradicted = claim.claimed != AK_TRUTH_TRUE &&
                       is_contradicted(input, facts, json_object_get(definitions, key));
  return claim;
}

static AkTruth evaluate_claim(AkEvaluation *self, const AkExpression *node) {
  bool feature = node->kind == AK_EXPRESSION_FEATURE;
  const json_t *row = NULL;
  AkTruth truth = claimed(self->input->product, feature, node->name, &row);
  if (truth == AK_TRUTH_UNKNOWN) {
    g_autofree char *name = g_strdup_printf("%s %s", feature ? "feature" : "condition", node->name);
    ak_missing_add(self->missing, "claim", "claim", name, NULL);
  }
  return truth;
}

/* --- ICS ------------------------------------------------------------------------------------- */

const char *ak_claims_support(const AkProduct *product, const char *requirement,
                              const char **detail) {
  const json_t *row = json_object_get(product->ics, requirement);
  if (detail != NULL)
    *detail = ak_json_string_or(row, "detail", "");
  return ak_json_string_or(row, "support", NULL);
}

static AkTruth evaluate_ics(AkEvaluation *self, const AkExpression *node) {
  const char *support = ak_claims_support(self->input->product, node->name, NULL);
  if (support != NULL)
    return strcmp(support, node->text) == 0 ? AK_TRUTH_TRUE : AK_TRUTH_FALSE;
  ak_missing_add(self->missing, "ics", "requirement", node->name, NULL);
  return AK_TRUTH_UNKNOWN;
}

/* EN 303 645, provision 5.0-1: each recommendation that is not met or does not apply has a reason.
 */
static AkTruth evaluate_justified(AkEvaluation *self) {
  AkTruth result = AK_TRUTH_TRUE;
  const GPtrArray *rows = self->input->catalog->requirements;
  for (guint i = 0; i < rows->len; i++) {
    const AkRequirement *row = rows->pdata[i];
    if (strcmp(row->obligation, "R") != 0)
      continue;
    const json_t *ics = json_object_get(self->input->product->ics, row->id);
    const char *support = ak_json_string_or(ics, "support", NULL);
    if (support == NULL) {
      ak_missing_add(self->missing, "ics", "requirement", row->id, NULL);
      result = MIN(result, AK_TRUTH_UNKNOWN);
    } else if (strcmp(support, "Y") != 0 && !is_filled(json_object_get(ics, "detail"))) {
      ak_missing_add(self->missing, "reason", "requirement", row->id, NULL);
      result = AK_TRUTH_FALSE;
    }
  }
  return result;
}

/* --- IXIT ------------------------------------------------------------------------------------ */

static void miss_ixit(AkEvaluation *self, const char *table, const char *lacks) {
  ak_missing_add(self->missing, "ixit", "table", table, "lacks", lacks, NULL);
}

/* [{"id": "none", "none": "reason"}], or an empty table where the claims say that there is nothing
 * to list. */
static bool may_be_empty(AkEvaluation *self, const json_t *rows, const json_t *definition) {
  if (json_array_size(rows) == 1)
    return is_filled(json_object_get(json_array_get(rows, 0), "none"));
  const char *text = ak_json_string_or(definition, "empty_if", NULL);
  g_autoptr(AkExpression) expression =
      text != NULL ? ak_expression_parse(text, "empty_if", NULL) : NULL;
  if (expression == NULL || json_array_size(rows) > 0)
    return false;
  g_autoptr(AkEvaluation) inner = ak_evaluation_new(self->input, self->facts, self->case_id);
  return ak_evaluate(inner, expression) == AK_TRUTH_TRUE;
}

static bool is_entry_complete(AkEvaluation *self, const char *table, const json_t *entry,
                              gsize index, const json_t *fields) {
  g_autofree char *number = g_strdup_printf("%u", (guint)index + 1);
  const char *id = ak_json_string_or(entry, "id", NULL);
  bool complete = true;
  if (id == NULL || *id == '\0') {
    g_autofree char *lacks = g_strdup_printf("%s/id", number);
    miss_ixit(self, table, lacks);
    complete = false;
  }
  for (gsize i = 0; i < json_array_size(fields); i++) {
    const char *field = json_string_value(json_array_get(fields, i));
    if (is_filled(json_object_get(entry, field)))
      continue;
    g_autofree char *lacks = g_strdup_printf("%s/%s", id ? id : number, field);
    miss_ixit(self, table, lacks);
    complete = false;
  }
  return complete;
}

AkTruth ak_claims_ixit(AkEvaluation *self, const char *table) {
  const json_t *rows = json_object_get(self->input->product->ixit, table);
  const json_t *definition = json_object_get(self->input->catalog->ixit, table);
  if (!json_is_array(rows)) {
    miss_ixit(self, table, "*");
    return AK_TRUTH_UNKNOWN;
  }
  if (may_be_empty(self, rows, definition))
    return AK_TRUTH_TRUE;
  if (json_array_size(rows) == 0) {
    miss_ixit(self, table, "1");
    return AK_TRUTH_UNKNOWN;
  }
  bool complete = true;
  for (gsize i = 0; i < json_array_size(rows); i++)
    complete &= is_entry_complete(self, table, json_array_get(rows, i), i,
                                  json_object_get(definition, "fields"));
  return complete ? AK_TRUTH_TRUE : AK_TRUTH_UNKNOWN;
}

/* --- units ----------------------------------------------------------------------------------- */

AkTruth ak_claims_state(AkEvaluation *self, const char *state) {
  const GPtrArray *units = self->input->product->units;
  guint matching = 0;
  if (units->len == 0) {
    ak_missing_add(self->missing, "unit", NULL);
    return AK_TRUTH_UNKNOWN;
  }
  for (guint i = 0; i < units->len; i++) {
    const AkUnit *unit = units->pdata[i];
    if (g_strcmp0(unit->state, state) == 0)
      matching++;
    else
      ak_missing_add(self->missing, "state", "unit", unit->serial, "state", unit->state, "want",
                     state, NULL);
  }
  if (matching == units->len)
    return AK_TRUTH_TRUE;
  return matching == 0 ? AK_TRUTH_FALSE : AK_TRUTH_UNKNOWN;
}

/* --- answers --------------------------------------------------------------------------------- */

static bool is_blank(const char *text) {
  return text == NULL || *text == '\0';
}

bool ak_claims_has_answer(AkEvaluation *self) {
  const AkAnswer *answer = ak_product_answer(self->input->product, self->case_id);
  if (answer == NULL) {
    ak_missing_add(self->missing, "answer", "case", self->case_id, NULL);
    return false;
  }
  const struct {
    const char *name;
    bool lacks;
  } parts[] = {{"by", is_blank(answer->by)},
               {"on", is_blank(answer->on)},
               {"reason", is_blank(answer->reason)},
               {"evidence", answer->evidence == NULL || is_blank(answer->evidence[0])}};
  g_autoptr(GString) lacks = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (parts[i].lacks)
      g_string_append_printf(lacks, "%s%s", lacks->len > 0 ? ", " : "", parts[i].name);
  if (lacks->len == 0)
    return true;
  ak_missing_add(self->missing, "answer-incomplete", "case", self->case_id, "lacks", lacks->str,
                 NULL);
  return false;
}

static AkTruth evaluate_answer(AkEvaluation *self, const AkExpression *node) {
  if (self->case_id == NULL || !ak_claims_has_answer(self))
    return AK_TRUTH_UNKNOWN;
  const AkAnswer *answer = ak_product_answer(self->input->product, self->case_id);
  return answer->verdict == node->verdict ? AK_TRUTH_TRUE : AK_TRUTH_FALSE;
}

AkTruth ak_claims_evaluate(AkEvaluation *self, const AkExpression *node) {
  switch (node->kind) {
  case AK_EXPRESSION_FEATURE:
  case AK_EXPRESSION_CONDITION:
    return evaluate_claim(self, node);
  case AK_EXPRESSION_ICS:
    return evaluate_ics(self, node);
  case AK_EXPRESSION_JUSTIFIED:
    return evaluate_justified(self);
  case AK_EXPRESSION_IXIT:
    return ak_claims_ixit(self, node->name);
  case AK_EXPRESSION_STATE:
    return ak_claims_state(self, node->name);
  case AK_EXPRESSION_ANSWER:
    return evaluate_answer(self, node);
  default:
    g_return_val_if_reached(AK_TRUTH_UNKNOWN);
  }
}
