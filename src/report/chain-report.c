#include "report/chain-report.h"

#include <gio/gio.h>
#include <string.h>

#include "doc/doc-pdf.h"
#include "report/chain.h"
#include "report/chain-look.h"
#include "report/chain-parts.h"

#define ROWS_MAX 20000 /* of a table; the rest is counted */
#define SIDE_ROWS 60   /* of the comparison of the worlds */

static const char *member(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

static char *count_text(guint64 count) {
  return g_strdup_printf("%" G_GUINT64_FORMAT, count);
}

/* --- the first page ---------------------------------------------------------------------------------------- */

static void add_count(AkDocNode *facts, const char *id, guint64 count, AkLang lang) {
  g_autofree char *number = count_text(count);
  ak_doc_fact(facts, ak_text(lang, id), number);
}

static void add_head(const AkReportChainInput *input, AkDocNode *root, AkLang lang) {
  const json_t *analysis = input->analysis, *certificate = json_object_get(analysis, "certificate");
  const json_t *counts = json_object_get(analysis, "risk_sources");
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(input->now_utc_us / G_USEC_PER_SEC);
  g_autofree char *day = time != NULL ? g_date_time_format(time, "%F") : NULL;
  g_autofree char *number =
      count_text((guint64)json_integer_value(json_object_get(analysis, "assumed_values")));
  g_autofree char *assumed = ak_text_format(lang, "chain.report.assumed", number);
  ak_doc_notice(root, assumed);
  ak_report_chain_add_compiled(root, analysis, lang);
  ak_report_chain_add_bounded(root, analysis, lang);
  const json_t *worlds = json_object_get(analysis, "worlds");
  AkDocNode *facts = ak_doc_facts(root);
  ak_doc_fact(facts, ak_text(lang, "chain.report.day"), day);
  add_count(facts, "chain.report.elements", input->chain->elements->len, lang);
  add_count(facts, "chain.report.relations", input->chain->relations->len, lang);
  add_count(facts, "chain.report.reached-claimed", ak_chain_reachable_count(json_object_get(worlds, "claimed")), lang);
  add_count(facts, "chain.report.reached-backed", ak_chain_reachable_count(json_object_get(worlds, "backed")), lang);
  add_count(facts, "chain.report.open", (guint64)json_integer_value(json_object_get(counts, "open")), lang);
  bool is_by_element = json_object_get(certificate, "leaf") != NULL;
  add_count(facts, is_by_element ? "chain.report.leaves" : "chain.report.lines",
            (guint64)json_integer_value(json_object_get(certificate, "count")), lang);
  ak_doc_fact(facts, ak_text(lang, "chain.certificate.root"), member(certificate, "root"));
  ak_doc_fact(facts, ak_text(lang, "chain.certificate.knowledge"), member(certificate, "knowledge"));
  ak_doc_fact(facts, ak_text(lang, "chain.certificate.rules"), member(certificate, "rules"));
  ak_doc_paragraph(root, ak_text(lang, "chain.report.limits"));
}

static void add_picture(const AkReportChainInput *input, AkDocNode *root, AkLang lang) {
  AkDocNode *section = ak_doc_section(root, "picture", ak_text(lang, "chain.report.picture"));
  if (input->figure != NULL)
    ak_doc_figure(section, input->figure, ak_text(lang, "chain.report.picture.about"));
  else
    ak_doc_notice(section, input->no_figure);
}

/* --- the heat map -------------------------------------------------------------------------------------------- */

static json_int_t open_of(const json_t *row) {
  return json_integer_value(json_object_get(row, "open")) + json_integer_value(json_object_get(row, "partly")) +
         json_integer_value(json_object_get(row, "planned"));
}

/* Cells of a function, or of a layer where `function` is NULL: its name, one a kind, and their sum. */
static void add_heat_row(AkDocNode *heat, const json_t *matrix, int layer, const char *function,
                         const char *name) {
  json_int_t counts[AK_CHAIN_ELEMENTS + 1] = {0};
  for (gsize i = 0; i < json_array_size(matrix); i++) {
    const json_t *row = json_array_get(matrix, i);
    gint kind = ak_chain_word(ak_chain_elements, member(row, "element"));
    bool is_here = function != NULL ? strcmp(member(row, "function"), function) == 0
                                    : json_integer_value(json_object_get(row, "layer")) == layer;
    if (!is_here || kind < 0)
      continue;
    counts[kind] += open_of(row);
    counts[AK_CHAIN_ELEMENTS] += open_of(row);
  }
  const char *cells[AK_CHAIN_ELEMENTS + 3] = {name};
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i <= AK_CHAIN_ELEMENTS; i++) {
    g_ptr_array_add(texts, count_text((guint64)counts[i]));
    cells[i + 1] = texts->pdata[i];
  }
  ak_doc_row(heat, cells);
}

/* What the rows of the heat map stand for. */
static void add_functions(AkDocNode *section, const json_t *titles, AkLang lang) {
  AkDocNode *facts = json_object_size(titles) > 0 ? ak_doc_facts(section) : NULL;
  const char *id = NULL;
  json_t *title = NULL;
  json_object_foreach ((json_t *)titles, id, title)
    ak_doc_fact(facts, id, member(title, ak_lang_name(lang)));
}

void ak_report_chain_add_heat(AkDocNode *parent, const json_t *analysis, AkLang lang) {
  const json_t *matrix = json_object_get(analysis, "matrix");
  AkDocNode *section = ak_doc_section(parent, "heat", ak_text(lang, "chain.heat"));
  ak_doc_paragraph(section, ak_text(lang, "chain.heat.means"));
  const char *header[AK_CHAIN_ELEMENTS + 3] = {ak_text(lang, "chain.heat.row")};
  for (guint i = 0; i < AK_CHAIN_ELEMENTS; i++)
    header[i + 1] = ak_chain_word_text(lang, "kind", ak_chain_elements[i]);
  header[AK_CHAIN_ELEMENTS + 1] = ak_text(lang, "chain.heat.sum");
  AkDocNode *layers = ak_doc_heat(section, header, AK_CHAIN_ELEMENTS);
  for (int layer = 1; layer <= AK_CHAIN_LAYERS; layer++) {
    g_autofree char *id = g_strdup_printf("chain.layer.%d", layer);
    add_heat_row(layers, matrix, layer, NULL, ak_text(lang, id));
  }
  AkDocNode *functions = ak_doc_heat(section, header, AK_CHAIN_ELEMENTS);
  const char *last = "";
  for (gsize i = 0; i < json_array_size(matrix); i++) {
    const char *function = member(json_array_get(matrix, i), "function");
    if (strcmp(function, last) != 0)
      add_heat_row(functions, matrix, 0, function, function);
    last = function;
  }
  add_functions(section, json_object_get(analysis, "function_titles"), lang);
}

/* --- two worlds ----------------------------------------------------------------------------------------------- */

typedef struct {
  const json_t *claimed, *backed; /* the same incident on the same element */
} Pair;

static bool is_reached(const json_t *row) { return json_is_true(json_object_get(row, "reachable")); }

static json_int_t days_of(const json_t *row, gsize end) {
  return json_integer_value(json_array_get(json_object_get(json_object_get(row, "effort"), "days"), end));
}

/* Worst first, then what takes the least effort with what is backed. */
static int compare_pairs(gconstpointer a, gconstpointer b) {
  const Pair *left = a, *right = b;
  int order = ak_chain_word(ak_chain_impact_classes, member(right->backed, "impact")) -
              ak_chain_word(ak_chain_impact_classes, member(left->backed, "impact"));
  if (order == 0)
    order = (days_of(left->backed, 0) > days_of(right->backed, 0)) -
            (days_of(left->backed, 0) < days_of(right->backed, 0));
  if (order == 0)
    order = strcmp(member(left->backed, "id"), member(right->backed, "id"));
  return order != 0 ? order : strcmp(member(left->backed, "element"), member(right->backed, "element"));
}

/* Both worlds list the same incidents in the same order; what is reached in either. */
static GArray *pairs_of(const json_t *analysis) {
  const json_t *worlds = json_object_get(analysis, "worlds");
  const json_t *claimed = json_object_get(json_object_get(worlds, "claimed"), "incidents");
  const json_t *backed = json_object_get(json_object_get(worlds, "backed"), "incidents");
  GArray *pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
  for (gsize i = 0; i < json_array_size(backed) && i < json_array_size(claimed); i++) {
    Pair pair = {json_array_get(claimed, i), json_array_get(backed, i)};
    if (is_reached(pair.claimed) || is_reached(pair.backed))
      g_array_append_val(pairs, pair);
  }
  g_array_sort(pairs, compare_pairs);
  return pairs;
}

static char *effort_text(const json_t *row, AkLang lang) {
  if (!is_reached(row))
    return g_strdup(ak_text(lang, "chain.worlds.not-reached"));
  return g_strdup_printf("%s (%" JSON_INTEGER_FORMAT "–%" JSON_INTEGER_FORMAT " %s)",
                         ak_chain_word_text(lang, "effort", member(json_object_get(row, "effort"), "class")),
                         days_of(row, 0), days_of(row, 1), ak_text(lang, "chain.days"));
}

void ak_report_chain_add_worlds(AkDocNode *parent, const json_t *analysis, guint most, AkLang lang) {
  AkDocNode *section = ak_doc_section(parent, "worlds", ak_text(lang, "chain.worlds"));
  if (json_object_get(analysis, "bounded") != NULL) { /* each world tells its own worst: there are no pairs */
    ak_doc_notice(section, ak_text(lang, "chain.worlds.bounded"));
    return;
  }
  g_autoptr(GArray) pairs = pairs_of(analysis);
  ak_doc_paragraph(section, ak_text(lang, "chain.worlds.means"));
  const char *header[] = {ak_text(lang, "chain.column.incident"), ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.impact"),   ak_text(lang, "chain.worlds.claimed"),
                          ak_text(lang, "chain.worlds.backed"),   NULL};
  if (pairs->len == 0)
    return;
  AkDocNode *table = ak_doc_table(section, header);
  for (guint i = 0; i < pairs->len && i < most; i++) {
    const Pair *pair = &g_array_index(pairs, Pair, i);
    const char *impact = member(pair->backed, "impact");
    g_autofree char *claimed = effort_text(pair->claimed, lang), *backed = effort_text(pair->backed, lang);
    const char *cells[] = {member(pair->backed, "id"), member(pair->backed, "element"),
                           *impact != '\0' ? ak_chain_word_text(lang, "impact", impact)
                                           : ak_text(lang, "chain.impact.unsaid"),
                           claimed, backed, NULL};
    ak_doc_row(table, cells);
  }
  if (pairs->len > most) {
    g_autofree char *number = count_text(pairs->len - most);
    g_autofree char *more = ak_text_format(lang, "chain.more", number);
    ak_doc_paragraph(section, more);
  }
}

/* --- all of it ------------------------------------------------------------------------------------------------ */

static void add_plan(const AkReportChainInput *input, AkDocNode *root, AkLang lang) {
  g_autofree char *title = ak_text_format(lang, "chain.report.plan",
                                          ak_chain_word_text(lang, "impact", input->impact));
  AkDocNode *section = ak_doc_section(root, "plan", title);
  if (input->plan != NULL)
    ak_report_chain_add_plan(section, input->plan, lang);
  else
    ak_doc_notice(section, input->no_plan);
}

AkDoc *ak_report_chain_doc(const AkReportChainInput *input, AkLang lang) {
  g_autofree char *title = ak_text_format(lang, "chain.report.title", input->chain->name);
  AkDoc *doc = ak_doc_new(lang, title);
  add_head(input, doc->root, lang);
  add_picture(input, doc->root, lang);
  ak_report_chain_add_heat(doc->root, input->analysis, lang);
  ak_report_chain_add_titles(doc->root, input->analysis, lang);
  ak_report_chain_add_worlds(doc->root, input->analysis, SIDE_ROWS, lang);
  add_plan(input, doc->root, lang);
  ak_report_chain_add(doc->root, input->analysis, ROWS_MAX, input->run_page, lang);
  return doc;
}

static GBytes *text_bytes(char *text) {
  return g_bytes_new_take(text, strlen(text));
}

GBytes *ak_report_chain_bytes(const AkDoc *doc, const char *format, gint64 now_utc_us, GError **error) {
  if (strcmp(format, "pdf") == 0) {
    AkPdfOptions options = {.created_utc_us = now_utc_us,
                            .author = "",
                            .contents = ak_text(doc->lang, "report.contents"),
                            .page_id = "report.page"};
    return ak_doc_to_pdf(doc, &options, error);
  }
  if (strcmp(format, "html") != 0)
    return text_bytes(strcmp(format, "markdown") == 0 ? ak_doc_to_markdown(doc) : ak_doc_to_text(doc));
  g_autoptr(GBytes) css =
      g_resources_lookup_data("/akashi/report/report.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *style =
      css != NULL ? g_strndup(g_bytes_get_data(css, NULL), g_bytes_get_size(css)) : g_strdup("");
  return text_bytes(ak_doc_to_html(doc, style));
}
