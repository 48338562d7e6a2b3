#include "store/runs.h"

#include "store/sql.h"

#define OFFSET(member) G_STRUCT_OFFSET(AkRunRow, member)

static const AkField fields[] = {
    {"log_id", AK_FIELD_INTEGER, OFFSET(log_id)},
    {"run_index", AK_FIELD_INTEGER, OFFSET(run_index)},
    {"run_id", AK_FIELD_TEXT, OFFSET(run_id)},
    {"record_count", AK_FIELD_INTEGER, OFFSET(record_count)},
    {"planned_index", AK_FIELD_INTEGER_OR_NONE, OFFSET(planned_index)},
    {"planned_utc_us", AK_FIELD_INTEGER_OR_NONE, OFFSET(planned_utc_us)},
    {"product_name", AK_FIELD_TEXT, OFFSET(product_name)},
    {"product_model", AK_FIELD_TEXT, OFFSET(product_model)},
    {"product_version", AK_FIELD_TEXT, OFFSET(product_version)},
    {"profile", AK_FIELD_TEXT, OFFSET(profile)},
    {"run_end", AK_FIELD_TEXT_OR_NULL, OFFSET(run_end)},
    {"ended_utc_us", AK_FIELD_INTEGER_OR_NONE, OFFSET(ended_utc_us)},
    {"verdict_index", AK_FIELD_INTEGER_OR_NONE, OFFSET(verdict_index)},
    {"verdict_utc_us", AK_FIELD_INTEGER_OR_NONE, OFFSET(verdict_utc_us)},
    {"passed", AK_FIELD_INTEGER, OFFSET(passed)},
    {"failed", AK_FIELD_INTEGER, OFFSET(failed)},
    {"inconclusive", AK_FIELD_INTEGER, OFFSET(inconclusive)},
    {"not_applicable", AK_FIELD_INTEGER, OFFSET(not_applicable)},
    {"valid_until", AK_FIELD_TEXT_OR_NULL, OFFSET(valid_until)},
    {"rules", AK_FIELD_TEXT_OR_NULL, OFFSET(rules)},
    {"retest_of", AK_FIELD_TEXT_OR_NULL, OFFSET(retest_of)},
    {"inherits_from", AK_FIELD_TEXT_OR_NULL, OFFSET(inherits_from)},
    {"newest_version", AK_FIELD_TEXT, OFFSET(newest_version)}, /* the last: no column */
};
#define COLUMNS (G_N_ELEMENTS(fields) - 1)

static const AkField span_fields[] = {
    {"log_id", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkSpanRow, log_id)},
    {"first_index", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkSpanRow, first_index)},
    {"last_index", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkSpanRow, last_index)},
    {"run_index", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkSpanRow, run_index)},
};

AkRunRow *ak_run_row_new(gint64 log_id, gint64 run_index, const char *run_id) {
  AkRunRow *self = g_new(AkRunRow, 1);
  *self = (AkRunRow){.log_id = log_id,
                     .run_index = run_index,
                     .run_id = g_strdup(run_id),
                     .planned_index = -1,
                     .planned_utc_us = -1,
                     .product_name = g_strdup(""),
                     .product_model = g_strdup(""),
                     .product_version = g_strdup(""),
                     .profile = g_strdup(""),
                     .newest_version = g_strdup(""),
                     .ended_utc_us = -1,
                     .verdict_index = -1,
                     .verdict_utc_us = -1};
  return self;
}

void ak_run_row_free(AkRunRow *self) {
  if (self == NULL)
    return;
  ak_fields_clear(fields, G_N_ELEMENTS(fields), self);
  g_free(self);
}

static void release(gpointer row) {
  ak_run_row_free(row);
}

static GPtrArray *load(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                       GError **error) {
  return ak_sql_load(tx, name, parameters, count, fields, G_N_ELEMENTS(fields), sizeof(AkRunRow),
                     release, error);
}

static bool load_one(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                     AkRunRow **out, GError **error) {
  g_autoptr(GPtrArray) rows = load(tx, name, parameters, count, error);
  if (rows == NULL)
    return false;
  *out = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : NULL;
  return true;
}

bool ak_runs_put(AkTx *tx, const AkRunRow *row, GError **error) {
  return ak_sql_put(tx, "run.put", fields, COLUMNS, row, error);
}

bool ak_runs_get(AkTx *tx, gint64 log_id, const char *run_id, AkRunRow **out, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_text(run_id)};
  return load_one(tx, "run.get", parameters, G_N_ELEMENTS(parameters), out, error);
}

bool ak_runs_get_by_index(AkTx *tx, gint64 log_id, gint64 run_index, AkRunRow **out,
                          GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  return load_one(tx, "run.get-by-index", parameters, G_N_ELEMENTS(parameters), out, error);
}

GPtrArray *ak_runs_list(AkTx *tx, gint64 log_id, GError **error) {
  AkSqlValue id = ak_sql_integer(log_id);
  return load(tx, "run.list", &id, 1, error);
}

GPtrArray *ak_runs_list_version(AkTx *tx, gint64 log_id, const char *product_name,
                                const char *product_version, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_text(product_name),
                             ak_sql_text(product_version)};
  return load(tx, "run.list-version", parameters, G_N_ELEMENTS(parameters), error);
}

GPtrArray *ak_runs_page(AkTx *tx, gint64 log_id, const AkRunsFilter *filter, gint64 before,
                        guint limit, GError **error) {
  AkSqlValue parameters[] = {
      ak_sql_integer(log_id),
      ak_sql_integer(before),
      ak_sql_text(filter->product_name),
      ak_sql_text(filter->product_version),
      ak_sql_text(filter->profile),
      ak_sql_text(filter->run_end),
      ak_sql_text(filter->worst),
      ak_sql_integer(filter->since_utc_us),
      ak_sql_integer(filter->until_utc_us > 0 ? filter->until_utc_us : G_MAXINT64),
      ak_sql_integer(limit),
  };
  return load(tx, "run.page", parameters, G_N_ELEMENTS(parameters), error);
}

/* --- products -------------------------------------------------------------------------------- */

static const AkField product_fields[] = {
    {"product_name", AK_FIELD_TEXT, G_STRUCT_OFFSET(AkProductRow, name)},
    {"versions", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkProductRow, versions)},
    {"runs", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkProductRow, runs)},
    {"newest_index", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkProductRow, newest_index)},
};

static const AkField version_fields[] = {
    {"product_version", AK_FIELD_TEXT, G_STRUCT_OFFSET(AkProductRow, name)},
    {"runs", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkProductRow, runs)},
    {"newest_index", AK_FIELD_INTEGER, G_STRUCT_OFFSET(AkProductRow, newest_index)},
};

void ak_product_row_free(AkProductRow *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self);
}

static void release_product(gpointer row) {
  ak_product_row_free(row);
}

GPtrArray *ak_runs_products(AkTx *tx, gint64 log_id, gint64 before, guint limit, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(before), ak_sql_integer(limit)};
  return ak_sql_load(tx, "run.products", parameters, G_N_ELEMENTS(parameters), product_fields,
                     G_N_ELEMENTS(product_fields), sizeof(AkProductRow), release_product, error);
}

GPtrArray *ak_runs_versions(AkTx *tx, gint64 log_id, const char *product_name, gint64 before,
                            guint limit, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_text(product_name),
                             ak_sql_integer(before), ak_sql_integer(limit)};
  GPtrArray *rows =
      ak_sql_load(tx, "run.versions", parameters, G_N_ELEMENTS(parameters), version_fields,
                  G_N_ELEMENTS(version_fields), sizeof(AkProductRow), release_product, error);
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    ((AkProductRow *)rows->pdata[i])->versions = 1;
  return rows;
}

static bool read_count(const AkRow *row, gpointer data, GError **error) {
  return ak_row_integer(row, "total", data, error);
}

bool ak_runs_count(AkTx *tx, gint64 log_id, gint64 *count, GError **error) {
  AkSqlValue id = ak_sql_integer(log_id);
  return ak_sql_query(tx, "run.count", &id, 1, read_count, count, error);
}

bool ak_runs_delete(AkTx *tx, gint64 log_id, gint64 run_index, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  g_autoptr(GPtrArray) statements = ak_query_list("run.delete.");
  for (guint i = 0; i < statements->len; i++) {
    const AkQuery *statement = statements->pdata[i];
    if (!ak_sql_do(tx, statement->name, parameters, G_N_ELEMENTS(parameters), NULL, error))
      return false;
  }
  return true;
}

bool ak_runs_put_span(AkTx *tx, const AkSpanRow *span, GError **error) {
  return ak_sql_put(tx, "span.put", span_fields, G_N_ELEMENTS(span_fields), span, error);
}

static GPtrArray *load_spans(AkTx *tx, const char *name, const AkSqlValue *parameters, gsize count,
                             GError **error) {
  return ak_sql_load(tx, name, parameters, count, span_fields, G_N_ELEMENTS(span_fields),
                     sizeof(AkSpanRow), g_free, error);
}

bool ak_runs_last_span(AkTx *tx, gint64 log_id, AkSpanRow *out, bool *found, GError **error) {
  AkSqlValue id = ak_sql_integer(log_id);
  g_autoptr(GPtrArray) spans = load_spans(tx, "span.last", &id, 1, error);
  if (spans == NULL)
    return false;
  *found = spans->len > 0;
  if (*found)
    *out = *(const AkSpanRow *)spans->pdata[0];
  return true;
}

GPtrArray *ak_runs_spans(AkTx *tx, gint64 log_id, gint64 run_index, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  return load_spans(tx, "span.of-run", parameters, G_N_ELEMENTS(parameters), error);
}
