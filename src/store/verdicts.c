#include "store/verdicts.h"

#include "store/sql.h"

#define VERDICT(member) G_STRUCT_OFFSET(AkVerdictRow, member)
#define FINDING(member) G_STRUCT_OFFSET(AkFindingRow, member)

static const AkField verdict_fields[] = {
    {"log_id", AK_FIELD_INTEGER, VERDICT(log_id)},
    {"run_index", AK_FIELD_INTEGER, VERDICT(run_index)},
    {"place", AK_FIELD_INTEGER, VERDICT(place)},
    {"record_index", AK_FIELD_INTEGER, VERDICT(record_index)},
    {"requirement", AK_FIELD_TEXT, VERDICT(requirement)},
    {"obligation", AK_FIELD_TEXT, VERDICT(obligation)},
    {"verdict", AK_FIELD_TEXT, VERDICT(verdict)},
    {"valid_until", AK_FIELD_TEXT_OR_NULL, VERDICT(valid_until)},
};

static const AkField finding_fields[] = {
    {"log_id", AK_FIELD_INTEGER, FINDING(log_id)},
    {"run_index", AK_FIELD_INTEGER, FINDING(run_index)},
    {"place", AK_FIELD_INTEGER, FINDING(place)},
    {"record_index", AK_FIELD_INTEGER, FINDING(record_index)},
    {"finding", AK_FIELD_TEXT, FINDING(finding)},
    {"severity", AK_FIELD_TEXT, FINDING(severity)},
    {"subject_kind", AK_FIELD_TEXT, FINDING(subject_kind)},
    {"subject_locator", AK_FIELD_TEXT, FINDING(subject_locator)},
    {"property", AK_FIELD_TEXT, FINDING(property)},
    {"instances", AK_FIELD_INTEGER, FINDING(instances)},
    {"title_en", AK_FIELD_TEXT, FINDING(title_en)},
    {"title_ja", AK_FIELD_TEXT, FINDING(title_ja)},
};

void ak_verdict_row_free(AkVerdictRow *self) {
  if (self == NULL)
    return;
  ak_fields_clear(verdict_fields, G_N_ELEMENTS(verdict_fields), self);
  g_free(self);
}

void ak_finding_row_free(AkFindingRow *self) {
  if (self == NULL)
    return;
  ak_fields_clear(finding_fields, G_N_ELEMENTS(finding_fields), self);
  g_free(self);
}

static void release_verdict(gpointer row) {
  ak_verdict_row_free(row);
}

static void release_finding(gpointer row) {
  ak_finding_row_free(row);
}

bool ak_verdicts_put(AkTx *tx, const AkVerdictRow *row, GError **error) {
  return ak_sql_put(tx, "verdict.put", verdict_fields, G_N_ELEMENTS(verdict_fields), row, error);
}

bool ak_verdicts_put_finding(AkTx *tx, const AkFindingRow *row, GError **error) {
  return ak_sql_put(tx, "finding.put", finding_fields, G_N_ELEMENTS(finding_fields), row, error);
}

bool ak_verdicts_delete(AkTx *tx, gint64 log_id, gint64 run_index, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  return ak_sql_do(tx, "run.delete.verdict", parameters, G_N_ELEMENTS(parameters), NULL, error) &&
         ak_sql_do(tx, "run.delete.finding", parameters, G_N_ELEMENTS(parameters), NULL, error);
}

GPtrArray *ak_verdicts_list(AkTx *tx, gint64 log_id, gint64 run_index, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  return ak_sql_load(tx, "verdict.list", parameters, G_N_ELEMENTS(parameters), verdict_fields,
                     G_N_ELEMENTS(verdict_fields), sizeof(AkVerdictRow), release_verdict, error);
}

GPtrArray *ak_verdicts_findings(AkTx *tx, gint64 log_id, gint64 run_index, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  return ak_sql_load(tx, "finding.list", parameters, G_N_ELEMENTS(parameters), finding_fields,
                     G_N_ELEMENTS(finding_fields), sizeof(AkFindingRow), release_finding, error);
}
