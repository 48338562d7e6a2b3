#include "report/table.h"

#include "exchange/csv.h"
#include "exchange/result.h"

typedef struct {
  const json_t *report, *row;
  const char *id; /* of an observation */
  AkLang lang;
} Cell;

typedef struct {
  const char *name;                /* of the column, and of the member */
  char *(*text)(const Cell *cell); /* NULL: the member's text */
} Column;

static char *member_text(const Cell *cell, const char *name) {
  const json_t *value = json_object_get(cell->row, name);
  if (json_is_array(value))
    return ak_result_join(value, "; ", cell->lang);
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  return g_strdup(ak_result_text(value, cell->lang));
}

static GBytes *write_rows(const Column *columns, const GArray *cells, bool bom) {
  g_autoptr(GPtrArray) row = g_ptr_array_new_with_free_func(g_free);
  GString *out = g_string_new(bom ? AK_CSV_BOM : "");
  for (gsize i = 0; columns[i].name != NULL; i++)
    g_ptr_array_add(row, g_strdup(columns[i].name));
  g_ptr_array_add(row, NULL);
  ak_csv_append(out, (const char *const *)row->pdata);
  for (guint c = 0; c < cells->len; c++) {
    const Cell *cell = &g_array_index(cells, Cell, c);
    g_ptr_array_set_size(row, 0);
    for (gsize i = 0; columns[i].name != NULL; i++)
      g_ptr_array_add(row, columns[i].text != NULL ? columns[i].text(cell)
                                                   : member_text(cell, columns[i].name));
    g_ptr_array_add(row, NULL);
    ak_csv_append(out, (const char *const *)row->pdata);
  }
  return g_string_free_to_bytes(out);
}

static GArray *cells_of(const json_t *report, const char *member, AkLang lang) {
  const json_t *rows = json_object_get(report, member);
  GArray *cells = g_array_new(FALSE, FALSE, sizeof(Cell));
  for (gsize i = 0; i < json_array_size(rows); i++) {
    Cell cell = {report, json_array_get(rows, i), NULL, lang};
    g_array_append_val(cells, cell);
  }
  return cells;
}

static char *cases_text(const Cell *cell) {
  const json_t *cases = json_object_get(cell->row, "cases");
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *row = json_array_get(cases, i);
    g_string_append_printf(text, "%s%s: %s", i > 0 ? "; " : "", ak_json_string_or(row, "case", ""),
                           ak_json_string_or(row, "verdict", "not-run"));
  }
  return g_string_free(text, FALSE);
}

GBytes *ak_report_table_verdicts(const json_t *report, AkLang lang, bool bom, GError **error) {
  static const Column columns[] = {{"requirement"}, {"title"},   {"obligation"},
                                   {"verdict"},     {"valid_until"}, {"explanation"},
                                   {"missing"},     {"cases", cases_text}, {NULL}};
  if (!ak_result_check(report, error))
    return NULL;
  g_autoptr(GArray) cells = cells_of(report, "verdicts", lang);
  return write_rows(columns, cells, bom);
}

static char *cited_text(const Cell *cell) {
  const json_t *cited = json_object_get(cell->row, "observations");
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const json_t *item = json_array_get(cited, i);
    const char *id = json_is_string(item) ? json_string_value(item) : ak_json_string_or(item, "id", "");
    g_string_append_printf(text, "%s%s", i > 0 ? " " : "", id);
  }
  return g_string_free(text, FALSE);
}

GBytes *ak_report_table_findings(const json_t *report, AkLang lang, bool bom, GError **error) {
  static const Column columns[] = {{"severity"},  {"finding"},   {"kind"},   {"title"},
                                   {"detail"},    {"places"},    {"count"},  {"requirements"},
                                   {"cases"},     {"reproduce"}, {"condition"}, {"impact"},
                                   {"treatment"}, {"observations", cited_text}, {NULL}};
  if (!ak_result_check(report, error))
    return NULL;
  g_autoptr(GArray) cells = cells_of(report, "findings", lang);
  return write_rows(columns, cells, bom);
}

static char *id_text(const Cell *cell) {
  return g_strdup(cell->id);
}

static char *kind_text(const Cell *cell) {
  return g_strdup(ak_json_string_or(json_object_get(cell->row, "subject"), "kind", ""));
}

static char *locator_text(const Cell *cell) {
  return g_strdup(ak_json_string_or(json_object_get(cell->row, "subject"), "locator", ""));
}

static char *value_text(const Cell *cell) {
  return ak_result_value(json_object_get(cell->row, "value"));
}

static char *when_text(const Cell *cell) {
  const json_t *trace = json_object_get(cell->row, "trace");
  return ak_result_time(json_integer_value(json_object_get(trace, "when_utc_us")));
}

/* "SHA256:OFFSET+LENGTH", one a piece of evidence. */
static char *evidence_text(const Cell *cell) {
  const json_t *evidence = json_object_get(cell->row, "evidence");
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(evidence); i++) {
    const json_t *ref = json_array_get(evidence, i);
    g_string_append_printf(text, "%s%s:%" JSON_INTEGER_FORMAT "+%" JSON_INTEGER_FORMAT,
                           i > 0 ? " " : "", ak_json_string_or(ref, "sha256", ""),
                           json_integer_value(json_object_get(ref, "offset")),
                           json_integer_value(json_object_get(ref, "length")));
  }
  return g_string_free(text, FALSE);
}

GBytes *ak_report_table_observations(const json_t *report, AkLang lang, bool bom, GError **error) {
  static const Column columns[] = {{"observation", id_text},
                                   {"test"},
                                   {"kind", kind_text},
                                   {"locator", locator_text},
                                   {"property"},
                                   {"outcome"},
                                   {"value", value_text},
                                   {"when", when_text},
                                   {"evidence", evidence_text},
                                   {NULL}};
  if (!ak_result_check(report, error))
    return NULL;
  g_autoptr(GPtrArray) ids = ak_result_observation_ids(report);
  g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(Cell));
  for (guint i = 0; i < ids->len; i++) {
    Cell cell = {report, json_object_get(json_object_get(report, "observations"), ids->pdata[i]),
                 ids->pdata[i], lang};
    g_array_append_val(cells, cell);
  }
  return write_rows(columns, cells, bom);
}
