#include "report/coverage.h"

#include <string.h>

#include "catalog/looks.h"

/* --- as data ------------------------------------------------------------------------------------
 */

static json_t *texts_of(const GPtrArray *texts) {
  json_t *array = json_array();
  for (guint i = 0; i < texts->len; i++)
    json_array_append_new(array, json_string(texts->pdata[i]));
  return array;
}

static json_t *case_json(const AkTestCase *test_case, const AkTest *const *tests) {
  g_autoptr(GPtrArray) properties = ak_rule_properties(test_case->compiled);
  g_autoptr(GPtrArray) looking = ak_rule_tests(properties, tests);
  return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "case", test_case->id, "method",
                   ak_method_name(test_case->method), "grade", ak_grade_name(test_case->grade),
                   "reach", ak_reach_name(ak_case_reach(test_case)), "properties",
                   texts_of(properties), "tests", texts_of(looking));
}

static bool is_automatic(const AkRequirement *row) {
  for (guint i = 0; i < row->cases->len; i++)
    if (ak_case_reach(row->cases->pdata[i]) != AK_REACH_NONE)
      return true;
  return false;
}

static guint count_automatic(const AkCatalog *catalog) {
  guint count = 0;
  for (guint i = 0; i < catalog->requirements->len; i++)
    count += is_automatic(catalog->requirements->pdata[i]) ? 1 : 0;
  return count;
}

static json_t *catalog_json(const AkCatalog *catalog, const AkTest *const *tests) {
  json_t *rows = json_array();
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    json_t *cases = json_array();
    for (guint c = 0; c < row->cases->len; c++)
      json_array_append_new(cases, case_json(row->cases->pdata[c], tests));
    json_array_append_new(rows, json_pack("{s:s, s:o}", "requirement", row->id, "cases", cases));
  }
  return json_pack("{s:s, s:s, s:o, s:{s:i, s:i}}", "catalog", catalog->id, "version",
                   catalog->version, "requirements", rows, "summary", "requirements",
                   (int)catalog->requirements->len, "automatic", (int)count_automatic(catalog));
}

json_t *ak_report_coverage_json(const GPtrArray *catalogs, const AkTest *const *tests) {
  json_t *array = json_array();
  for (guint i = 0; i < catalogs->len; i++)
    json_array_append_new(array, catalog_json(catalogs->pdata[i], tests));
  return json_pack("{s:o}", "catalogs", array);
}

/* --- as a document
 * --------------------------------------------------------------------------------- */

static const char *title_of(const AkBilingual *title, AkLang lang) {
  return lang == AK_LANG_JA ? title->ja : title->en;
}

static char *joined(const GPtrArray *texts) {
  GString *line = g_string_new(NULL);
  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf(line, "%s%s", i > 0 ? ", " : "", (const char *)texts->pdata[i]);
  return g_string_free(line, FALSE);
}

static void add_case(AkDocNode *table, const AkRequirement *row, const AkTestCase *test_case,
                     const AkTest *const *tests, AkLang lang) {
  AkReach reach = ak_case_reach(test_case);
  if (reach == AK_REACH_NONE)
    return;
  g_autoptr(GPtrArray) properties = ak_rule_properties(test_case->compiled);
  g_autoptr(GPtrArray) looking = ak_rule_tests(properties, tests);
  g_autofree char *names = joined(properties), *ids = joined(looking);
  g_autofree char *reach_id = g_strdup_printf("coverage.reach.%s", ak_reach_name(reach));
  const char *cells[] = {test_case->id,
                         title_of(&row->title, lang),
                         ak_text(lang, reach_id),
                         looking->len > 0 ? ids : ak_text(lang, "coverage.product-file"),
                         names,
                         NULL};
  ak_doc_row(table, cells);
}

static void add_manual(AkDocNode *section, const AkCatalog *catalog, AkLang lang) {
  g_autoptr(GPtrArray) ids = g_ptr_array_new();
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    if (!is_automatic(row))
      g_ptr_array_add(ids, row->id);
  }
  g_autofree char *list = joined(ids);
  g_autofree char *text = ak_text_format(lang, "coverage.manual", ids->len, list);
  ak_doc_paragraph(section, text);
}

static void add_catalog(AkDoc *doc, const AkCatalog *catalog, const AkTest *const *tests) {
  AkLang lang = doc->lang;
  const char *header[] = {ak_text(lang, "coverage.case"),       ak_text(lang, "catalog.title"),
                          ak_text(lang, "coverage.reach"),      ak_text(lang, "coverage.tests"),
                          ak_text(lang, "coverage.properties"), NULL};
  AkDocNode *section = ak_doc_section(doc->root, catalog->id, title_of(&catalog->title, lang));
  g_autofree char *summary = ak_text_format(lang, "coverage.summary", count_automatic(catalog),
                                            catalog->requirements->len);
  ak_doc_paragraph(section, summary);
  AkDocNode *table = ak_doc_table(section, header);
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    for (guint c = 0; c < row->cases->len; c++)
      add_case(table, row, row->cases->pdata[c], tests, lang);
  }
  add_manual(section, catalog, lang);
}

AkDoc *ak_report_coverage(const GPtrArray *catalogs, const AkTest *const *tests, AkLang lang) {
  AkDoc *doc = ak_doc_new(lang, ak_text(lang, "coverage.title"));
  ak_doc_paragraph(doc->root, ak_text(lang, "coverage.about"));
  AkDocNode *reaches = ak_doc_list(doc->root);
  ak_doc_item(reaches, ak_text(lang, "coverage.about.decides"));
  ak_doc_item(reaches, ak_text(lang, "coverage.about.partly"));
  ak_doc_item(reaches, ak_text(lang, "coverage.about.refutes"));
  for (guint i = 0; i < catalogs->len; i++)
    add_catalog(doc, catalogs->pdata[i], tests);
  return doc;
}
