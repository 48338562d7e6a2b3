#include "store/observations.h"

#include "store/sql.h"

#define EXECUTION(member) G_STRUCT_OFFSET(AkExecutionRow, member)
#define OBSERVATION(member) G_STRUCT_OFFSET(AkObservationRow, member)

static const AkField execution_fields[] = {
    {"log_id", AK_FIELD_INTEGER, EXECUTION(log_id)},
    {"run_index", AK_FIELD_INTEGER, EXECUTION(run_index)},
    {"execution", AK_FIELD_TEXT, EXECUTION(execution)},
    {"test", AK_FIELD_TEXT, EXECUTION(test)},
    {"attempt", AK_FIELD_INTEGER, EXECUTION(attempt)},
    {"started_index", AK_FIELD_INTEGER, EXECUTION(started_index)},
    {"execution_end", AK_FIELD_TEXT_OR_NULL, EXECUTION(execution_end)},
};

static const AkField fields[] = {
    {"log_id", AK_FIELD_INTEGER, OBSERVATION(log_id)},
    {"record_index", AK_FIELD_INTEGER, OBSERVATION(record_index)},
    {"run_index", AK_FIELD_INTEGER, OBSERVATION(run_index)},
    {"execution", AK_FIELD_TEXT, OBSERVATION(execution)},
    {"test", AK_FIELD_TEXT, OBSERVATION(test)},
    {"subject_kind", AK_FIELD_TEXT, OBSERVATION(subject_kind)},
    {"subject_locator", AK_FIELD_TEXT, OBSERVATION(subject_locator)},
    {"property", AK_FIELD_TEXT, OBSERVATION(property)},
    {"outcome", AK_FIELD_TEXT, OBSERVATION(outcome)},
};

void ak_observation_row_free(AkObservationRow *self) {
  if (self == NULL)
    return;
  ak_fields_clear(fields, G_N_ELEMENTS(fields), self);
  g_free(self);
}

static void release(gpointer row) {
  ak_observation_row_free(row);
}

bool ak_observations_start(AkTx *tx, const AkExecutionRow *row, GError **error) {
  AkSqlValue which[] = {ak_sql_integer(row->log_id), ak_sql_integer(row->run_index),
                        ak_sql_text(row->execution)};
  return ak_sql_do(tx, "execution.forget-texts", which, G_N_ELEMENTS(which), NULL, error) &&
         ak_sql_do(tx, "execution.forget", which, G_N_ELEMENTS(which), NULL, error) &&
         ak_sql_put(tx, "execution.put", execution_fields, G_N_ELEMENTS(execution_fields), row,
                    error);
}

bool ak_observations_end(AkTx *tx, gint64 log_id, gint64 run_index, const char *execution,
                         const char *execution_end, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index),
                             ak_sql_text(execution), ak_sql_text(execution_end)};
  return ak_sql_do(tx, "execution.end", parameters, G_N_ELEMENTS(parameters), NULL, error);
}

void ak_execution_row_free(AkExecutionRow *self) {
  if (self == NULL)
    return;
  ak_fields_clear(execution_fields, G_N_ELEMENTS(execution_fields), self);
  g_free(self);
}

static void release_execution(gpointer row) {
  ak_execution_row_free(row);
}

GPtrArray *ak_observations_executions(AkTx *tx, gint64 log_id, gint64 run_index, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  return ak_sql_load(tx, "execution.of-run", parameters, G_N_ELEMENTS(parameters),
                     execution_fields, G_N_ELEMENTS(execution_fields), sizeof(AkExecutionRow),
                     release_execution, error);
}

bool ak_observations_put(AkTx *tx, const AkObservationRow *row, GError **error) {
  return ak_sql_put(tx, "observation.put", fields, G_N_ELEMENTS(fields), row, error);
}

GPtrArray *ak_observations_find(AkTx *tx, gint64 log_id, const char *property, gint64 before,
                                guint limit, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_text(property), ak_sql_integer(before),
                             ak_sql_integer(limit)};
  return ak_sql_load(tx, "observation.find", parameters, G_N_ELEMENTS(parameters), fields,
                     G_N_ELEMENTS(fields), sizeof(AkObservationRow), release, error);
}

static bool read_count(const AkRow *row, gpointer data, GError **error) {
  return ak_row_integer(row, "total", data, error);
}

bool ak_observations_count(AkTx *tx, gint64 log_id, gint64 *count, GError **error) {
  AkSqlValue id = ak_sql_integer(log_id);
  return ak_sql_query(tx, "observation.count", &id, 1, read_count, count, error);
}
