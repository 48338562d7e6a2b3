#include "exchange/foreign.h"

#include <string.h>

#include "exchange/csv.h"
#include "exchange/cyclonedx.h"
#include "exchange/oscal-plan.h"
#include "exchange/oscal-poam.h"
#include "exchange/oscal-results.h"
#include "exchange/result.h"
#include "exchange/sarif.h"
#include "exchange/spdx.h"

static json_t *read_csv(const json_t *document, const char *where, GError **error) {
  const json_t *rows = json_object_get(document, "csv");
  gsize count = json_array_size(rows);
  return json_pack("{s:s, s:s, s:s, s:s, s:O, s:I}", "format", "csv", "format_version", "RFC 4180",
                   "title", "", "version", "", "columns", json_array_get(rows, 0), "rows",
                   (json_int_t)(count > 0 ? count - 1 : 0));
}

static json_t *read_report(const json_t *document, const char *where, GError **error) {
  if (!ak_result_check(document, error)) {
    g_prefix_error(error, "%s: ", where);
    return NULL;
  }
  const json_t *product = json_object_get(document, "product");
  return json_pack("{s:s, s:s, s:s, s:s, s:O, s:O, s:O}", "format", "akashi-report", "format_version",
                   "1", "title", ak_json_string_or(product, "name", ""), "version",
                   ak_json_string_or(product, "version", ""), "verdicts",
                   json_object_get(document, "verdicts"), "findings",
                   json_object_get(document, "findings"), "summary",
                   json_object_get(document, "summary"));
}

static const AkForeignFormat formats[] = {
    {"oscal-catalog", "catalog", NULL, NULL},
    {"oscal-profile", "profile", NULL, NULL},
    {"oscal-ap", "assessment-plan", NULL, ak_oscal_plan_read},
    {"oscal-ar", "assessment-results", NULL, ak_oscal_results_read},
    {"oscal-poam", "plan-of-action-and-milestones", NULL, ak_oscal_poam_read},
    {"akashi-report", "format", "akashi-report", read_report},
    {"cyclonedx", "bomFormat", "CycloneDX", ak_cyclonedx_read},
    {"spdx", "spdxVersion", "SPDX-2.3", ak_spdx_read},
    {"spdx", "spdxVersion", "SPDX-2.2", ak_spdx_read},
    {"sarif", "runs", NULL, ak_sarif_read},
    {"csv", "csv", NULL, read_csv},
};

const AkForeignFormat *ak_foreign_recognise(const json_t *document, const char *where,
                                            GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    const json_t *member = json_object_get(document, formats[i].member);
    if (formats[i].text == NULL ? json_is_object(member) || json_is_array(member)
                                : g_strcmp0(json_string_value(member), formats[i].text) == 0)
      return &formats[i];
  }
  ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
               "%s: no document that is known here: OSCAL, SARIF, CycloneDX, SPDX, CSV, akashi-report", where);
  return NULL;
}

static json_t *parse_csv(const char *data, gsize size, const char *where, GError **error) {
  g_autoptr(GPtrArray) rows = ak_csv_read(data, size, where, error);
  if (rows == NULL)
    return NULL;
  json_t *list = json_array();
  for (guint i = 0; i < rows->len; i++) {
    char **cells = rows->pdata[i];
    json_t *row = json_array();
    for (gsize k = 0; cells[k] != NULL; k++)
      json_array_append_new(row, json_string(cells[k]));
    json_array_append_new(list, row);
  }
  if (json_array_size(list) == 0)
    json_array_append_new(list, json_array());
  return json_pack("{s:o}", "csv", list);
}

json_t *ak_foreign_parse(const char *data, gsize size, const char *where, GError **error) {
  if (size > AK_FOREIGN_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d bytes", where, AK_FOREIGN_MAX_BYTES);
    return NULL;
  }
  gsize at = size >= 3 && memcmp(data, AK_CSV_BOM, 3) == 0 ? 3 : 0, first = at;
  while (first < size && strchr(" \t\r\n", data[first]) != NULL)
    first++;
  if (first < size && (data[first] == '{' || data[first] == '['))
    return ak_json_parse(data + at, size - at, where, error);
  if (first < size && data[first] == '<')
    return ak_cyclonedx_from_xml(data + at, size - at, where, error);
  return parse_csv(data, size, where, error);
}
