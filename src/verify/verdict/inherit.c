#include "verify/verdict/inherit.h"

#include <string.h>

#include "verify/verdict/explain.h"
#include "verify/verdict/missing.h"

struct _AkInherit {
  const AkInheritance *lender;
  AkVerdictInput joint; /* what both runs saw; the arrays are its own, their members borrowed */
  AkFacts *facts;
  GHashTable *rows; /* case → its row in the earlier run's verdicts; keys borrowed */
  json_t *judged, *inherited;
};

static void index_rows(AkInherit *self) {
  const json_t *rows = json_object_get(self->lender->verdicts, "verdicts");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *cases = json_object_get(json_array_get(rows, i), "cases");
    for (gsize c = 0; c < json_array_size(cases); c++) {
      json_t *row = json_array_get(cases, c);
      const char *id = ak_json_string_or(row, "case", NULL);
      if (id != NULL)
        g_hash_table_insert(self->rows, (gpointer)id, row);
    }
  }
}

static GPtrArray *joined(const GPtrArray *own, const GPtrArray *lent) {
  GPtrArray *all = g_ptr_array_new();
  for (guint i = 0; i < own->len; i++)
    g_ptr_array_add(all, own->pdata[i]);
  for (guint i = 0; i < lent->len; i++)
    g_ptr_array_add(all, lent->pdata[i]);
  return all;
}

static void join(AkInherit *self, const AkVerdictInput *input) {
  const AkInheritance *lender = self->lender;
  self->joint = *input;
  self->joint.inheritance = NULL;
  self->joint.observations = joined(input->observations, lender->observations);
  self->joint.executions = joined(input->executions, lender->executions);
  self->joint.repeats = g_array_new(FALSE, FALSE, sizeof(guint));
  g_array_append_vals(self->joint.repeats, input->repeats->data, input->repeats->len);
  g_array_append_vals(self->joint.repeats, lender->repeats->data, lender->repeats->len);
  self->joint.own = MAX(input->observations->len, 1);
  self->joint.lender = lender->run_id;
  self->facts = ak_facts_new(&self->joint);
}

AkInherit *ak_inherit_new(const AkVerdictInput *input) {
  if (input->inheritance == NULL)
    return NULL;
  AkInherit *self = g_new0(AkInherit, 1);
  self->lender = input->inheritance;
  self->rows = g_hash_table_new(g_str_hash, g_str_equal);
  self->judged = json_array();
  self->inherited = json_array();
  index_rows(self);
  join(self, input);
  return self;
}

void ak_inherit_free(AkInherit *self) {
  if (self == NULL)
    return;
  ak_facts_free(self->facts);
  g_ptr_array_unref(self->joint.observations);
  g_ptr_array_unref(self->joint.executions);
  g_array_unref(self->joint.repeats);
  g_hash_table_unref(self->rows);
  json_decref(self->judged);
  json_decref(self->inherited);
  g_free(self);
}

/* A pass that was lent before rests on a run that this one does not see. */
static bool is_lendable(const AkInherit *self, const json_t *row) {
  g_autofree char *today = ak_explain_date(self->joint.now_utc_us, 0, 0);
  return strcmp(ak_json_string_or(row, "verdict", ""), "pass") == 0 &&
         json_object_get(row, "inherited") == NULL &&
         strcmp(ak_json_string_or(row, "valid_until", ""), today) >= 0;
}

static bool is_covered(const AkInherit *self, const char *requirement) {
  const json_t *covered = json_object_get(self->lender->impact, "requirements");
  for (gsize i = 0; i < json_array_size(covered); i++)
    if (strcmp(json_string_value(json_array_get(covered, i)), requirement) == 0)
      return true;
  return false;
}

/* Says with the case that a pass is there which may not be taken over. */
static void refuse(const AkInherit *self, const char *requirement, AkCaseResult *own) {
  ak_missing_add(own->missing, "not-inherited", "run", self->lender->run_id, "version",
                 self->lender->version, "requirement", requirement, NULL);
  ak_missing_sort(own->missing);
}

static void mark(const AkInherit *self, const json_t *row, AkCaseResult *result) {
  const AkInheritance *lender = self->lender;
  const json_t *impact = lender->same_version ? NULL : lender->impact;
  const char *until = ak_json_string_or(row, "valid_until", "");
  json_object_set_new(result->json, "inherited",
                      json_pack("{s:s, s:s, s:O?}", "run", lender->run_id, "version",
                                lender->version, "impact", (json_t *)impact));
  json_object_set_new(result->json, "explanation",
                      impact != NULL ? ak_explain("inherited-impact", lender->run_id,
                                                  ak_json_string_or(impact, "by", ""),
                                                  ak_json_string_or(impact, "on", ""))
                                     : ak_explain("inherited", lender->run_id, NULL, NULL));
  if (strcmp(until, ak_json_string_or(result->json, "valid_until", "")) < 0)
    json_object_set_new(result->json, "valid_until", json_string(until)); /* it ages from there */
}

AkCaseResult *ak_inherit_case(AkInherit *self, const AkCaseInput *input, AkCaseResult *own) {
  const char *id = input->test_case->id;
  bool open = own->verdict == AK_VERDICT_INCONCLUSIVE || own->verdict == AK_VERDICT_NOT_RUN;
  const json_t *row = self != NULL ? g_hash_table_lookup(self->rows, id) : NULL;
  if (self != NULL && !open)
    json_array_append_new(self->judged, json_string(id));
  if (row == NULL || !open || !is_lendable(self, row))
    return own;
  if (!self->lender->same_version && !is_covered(self, input->requirement->id)) {
    refuse(self, input->requirement->id, own);
    return own;
  }
  g_autoptr(AkFindings) unused = ak_findings_new();
  AkCaseInput joint = *input;
  joint.input = &self->joint;
  joint.facts = self->facts;
  joint.findings = unused;
  AkCaseResult *result = ak_case_judge(&joint);
  if (result->verdict != AK_VERDICT_PASS) {
    ak_case_result_free(result);
    return own;
  }
  ak_case_result_free(own);
  mark(self, row, result);
  json_array_append_new(self->inherited, json_string(id));
  return result;
}

json_t *ak_inherit_to_json(const AkInherit *self) {
  if (self == NULL)
    return NULL;
  return json_pack("{s:s, s:s, s:b, s:O?, s:O, s:O}", "of", self->lender->run_id, "version",
                   self->lender->version, "same_version", (int)self->lender->same_version, "impact",
                   (json_t *)self->lender->impact, "judged", self->judged, "inherited",
                   self->inherited);
}
