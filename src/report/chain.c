#include "report/chain.h"

#include <string.h>

#include "report/chain-look.h"
#include "report/chain-parts.h"

#define INCIDENTS_WITH_ATTACKS 5
enum { RUN_COLUMN = 4 }; /* of the table of what backs measures */

static const char *member(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

static void add_more(AkDocNode *section, gsize count, AkLang lang) {
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, count);
  g_autofree char *text = ak_text_format(lang, "chain.more", number);
  if (count > 0)
    ak_doc_paragraph(section, text);
}

void ak_report_chain_add_findings(AkDocNode *section, const json_t *findings, gsize most, AkLang lang) {
  if (json_array_size(findings) == 0) {
    ak_doc_paragraph(section, ak_text(lang, "chain.findings.none"));
    return;
  }
  AkDocNode *list = ak_doc_list(section);
  for (gsize i = 0; i < json_array_size(findings) && i < most; i++) {
    const json_t *row = json_array_get(findings, i);
    const char *element = member(row, "element");
    g_autofree char *number = ak_chain_number_text(row, "line"), *column = ak_chain_number_text(row, "column");
    bool has_place = json_object_get(row, "line") != NULL;
    g_autofree char *place =
        has_place ? g_strdup_printf("%s:%s: ", number, column) : g_strdup("");
    const char *about = member(row, "about");
    g_autofree char *line = g_strdup_printf("%s%s%s%s%s%s", place, element, *element != '\0' ? ": " : "", about,
                                            *about != '\0' ? ": " : "", ak_chain_word_text(lang, "finding", member(row, "id")));
    ak_doc_item(list, line);
  }
}

/* --- incidents
 * --------------------------------------------------------------------------------------- */

/* Worst first, then what takes the least effort; those of no stated impact last. */
static int rank_of(const json_t *row) {
  static const char *const classes[] = {"catastrophic", "serious", "moderate", "minor"};
  int rank = 0;
  while (rank < 4 && strcmp(classes[rank], member(row, "impact")) != 0)
    rank++;
  return rank;
}

static json_int_t days_of(const json_t *row, gsize end) {
  return json_integer_value(
      json_array_get(json_object_get(json_object_get(row, "effort"), "days"), end));
}

static int compare_rows(gconstpointer a, gconstpointer b) {
  const json_t *left = *(const json_t *const *)a, *right = *(const json_t *const *)b;
  int order = rank_of(left) - rank_of(right);
  if (order == 0)
    order = (days_of(left, 0) > days_of(right, 0)) - (days_of(left, 0) < days_of(right, 0));
  if (order == 0)
    order = strcmp(member(left, "id"), member(right, "id"));
  return order != 0 ? order : strcmp(member(left, "element"), member(right, "element"));
}

static GPtrArray *reachable_of(const json_t *world) {
  const json_t *rows = json_object_get(world, "incidents");
  GPtrArray *out = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (json_is_true(json_object_get(json_array_get(rows, i), "reachable")))
      g_ptr_array_add(out, json_array_get(rows, i));
  g_ptr_array_sort(out, compare_rows);
  return out;
}

static char *effort_text(const json_t *row, AkLang lang) {
  const char *class_name = member(json_object_get(row, "effort"), "class");
  return g_strdup_printf("%s (%" JSON_INTEGER_FORMAT "–%" JSON_INTEGER_FORMAT " %s)",
                         ak_chain_word_text(lang, "effort", class_name), days_of(row, 0), days_of(row, 1),
                         ak_text(lang, "chain.days"));
}

static void add_incident_row(AkDocNode *table, const json_t *row, AkLang lang) {
  g_autofree char *days = effort_text(row, lang);
  const char *impact = member(row, "impact");
  const char *cells[] = {member(row, "id"), member(row, "element"),
                         *impact != '\0' ? ak_chain_word_text(lang, "impact", impact)
                                         : ak_text(lang, "chain.impact.unsaid"),
                         days, NULL};
  ak_doc_row(table, cells);
}

/* What is done, step by step: rules that define words are left out. */
static void add_steps(AkDocNode *section, const json_t *path, AkLang lang) {
  AkDocNode *list = ak_doc_list(section);
  for (gsize i = 0; i < json_array_size(path); i++) {
    const json_t *step = json_array_get(path, i);
    const char *origin = member(step, "origin"), *source = member(step, "risk_source");
    const char *because = member(json_object_get(step, "because"), ak_lang_name(lang));
    if (*origin == '\0' || strcmp(origin, "model") == 0)
      continue;
    g_autofree char *line =
        g_strdup_printf("%s: %s%s%s (%s)", member(step, "element"), because,
                        *source != '\0' ? " – " : "", source, member(step, "rule"));
    ak_doc_item(list, line);
  }
}

/* The way of least effort, or the cheapest attacks that differ where they were asked for. */
static void add_path(AkDocNode *section, const json_t *row, AkLang lang) {
  const json_t *attacks = json_object_get(row, "attacks"), *rows = json_object_get(attacks, "rows");
  g_autofree char *title =
      ak_text_format(lang, "chain.path", member(row, "id"), member(row, "element"));
  if (attacks == NULL) {
    ak_doc_paragraph(section, title);
    add_steps(section, json_object_get(row, "path"), lang);
  }
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *attack = json_array_get(rows, i);
    g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, i + 1);
    g_autofree char *effort = effort_text(attack, lang);
    g_autofree char *line = ak_text_format(lang, "chain.attack", number, member(row, "id"),
                                           member(row, "element"), effort);
    ak_doc_paragraph(section, line);
    add_steps(section, json_object_get(attack, "path"), lang);
  }
  if (json_is_true(json_object_get(attacks, "cut")))
    ak_doc_paragraph(section, ak_text(lang, "chain.attacks.cut"));
}

/* On how many elements each incident can be reached, where not all are told. */
static void add_totals(AkDocNode *section, const json_t *totals, AkLang lang) {
  const char *header[] = {ak_text(lang, "chain.bounded.incident"), ak_text(lang, "chain.bounded.reachable"),
                          ak_text(lang, "chain.bounded.unreachable"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(totals); i++) {
    const json_t *row = json_array_get(totals, i);
    g_autofree char *reachable = ak_chain_number_text(row, "reachable"), *unreachable = ak_chain_number_text(row, "unreachable");
    const char *cells[] = {member(row, "id"), reachable, unreachable, NULL};
    ak_doc_row(table, cells);
  }
}

static void add_world(AkDocNode *parent, const char *name, const json_t *world, guint most,
                      AkLang lang) {
  g_autoptr(GPtrArray) rows = reachable_of(world);
  gsize count = (gsize)ak_chain_reachable_count(world), shown = MIN(rows->len, most);
  g_autofree char *title = g_strdup_printf("%s: %" G_GSIZE_FORMAT, ak_chain_word_text(lang, "world", name), count);
  AkDocNode *section = ak_doc_section(parent, name, title);
  ak_doc_paragraph(section, ak_chain_word_text(lang, "world-means", name));
  if (rows->len == 0)
    return;
  const char *header[] = {
      ak_text(lang, "chain.column.incident"), ak_text(lang, "chain.column.element"),
      ak_text(lang, "chain.column.impact"), ak_text(lang, "chain.column.effort"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (guint i = 0; i < shown; i++)
    add_incident_row(table, rows->pdata[i], lang);
  add_more(section, count - MIN(count, shown), lang);
  if (json_object_get(world, "incidents_total") != NULL)
    add_totals(section, json_object_get(world, "incidents_total"), lang);
  bool has_attacks = json_object_get(rows->pdata[0], "attacks") != NULL;
  for (guint i = 0; i < rows->len && i < (has_attacks ? INCIDENTS_WITH_ATTACKS : 1); i++)
    add_path(section, rows->pdata[i], lang);
}

/* --- what incidents are
 * ----------------------------------------------------------------------------------------- */

/* Ids of what can be reached in a world: the keys of `out`. */
static void note_reachable(const json_t *world, json_t *out) {
  const json_t *totals = json_object_get(world, "incidents_total");
  const json_t *rows = totals != NULL ? totals : json_object_get(world, "incidents");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i), *reachable = json_object_get(row, "reachable");
    if (json_is_true(reachable) || json_integer_value(reachable) > 0)
      json_object_set_new(out, member(row, "id"), json_true());
  }
}

void ak_report_chain_add_titles(AkDocNode *parent, const json_t *analysis, AkLang lang) {
  const json_t *worlds = json_object_get(analysis, "worlds"), *titles = json_object_get(analysis, "incident_titles");
  g_autoptr(json_t) reachable = json_object();
  note_reachable(json_object_get(worlds, "claimed"), reachable);
  note_reachable(json_object_get(worlds, "backed"), reachable);
  if (json_object_size(reachable) == 0)
    return;
  AkDocNode *facts = ak_doc_facts(ak_doc_section(parent, "incidents", ak_text(lang, "chain.incidents")));
  const char *id = NULL;
  json_t *title = NULL;
  json_object_foreach ((json_t *)titles, id, title)
    if (json_object_get(reachable, id) != NULL)
      ak_doc_fact(facts, id, member(title, ak_lang_name(lang)));
}

/* --- crossings
 * ------------------------------------------------------------------------------------------ */

/* "2, 3" */
static char *layers_text(const json_t *layers) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(layers); i++)
    g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT, i > 0 ? ", " : "",
                           json_integer_value(json_array_get(layers, i)));
  return g_string_free(text, FALSE);
}

void ak_report_chain_add_crossings(AkDocNode *parent, const json_t *crossings, guint most, AkLang lang) {
  const json_t *elements = json_object_get(crossings, "elements");
  const json_t *relations = json_object_get(crossings, "relations");
  gint64 total = json_integer_value(json_object_get(crossings, "relations_total"));
  AkDocNode *section = ak_doc_section(parent, "crossings", ak_text(lang, "chain.crossings"));
  ak_doc_paragraph(section, ak_text(lang, "chain.crossings.means"));
  const char *header[] = {ak_text(lang, "chain.column.crossing"), ak_text(lang, "chain.column.layers"),
                          NULL};
  gsize count = json_array_size(elements) + json_array_size(relations);
  AkDocNode *table = count > 0 ? ak_doc_table(section, header) : NULL;
  for (gsize i = 0; i < json_array_size(elements) && i < most; i++) {
    const json_t *row = json_array_get(elements, i);
    g_autofree char *layers = layers_text(json_object_get(row, "layers"));
    const char *cells[] = {member(row, "element"), layers, NULL};
    ak_doc_row(table, cells);
  }
  for (gsize i = 0; i < json_array_size(relations) && i < most; i++) {
    const json_t *row = json_array_get(relations, i);
    g_autofree char *from = layers_text(json_object_get(row, "from_layers"));
    g_autofree char *to = layers_text(json_object_get(row, "to_layers"));
    g_autofree char *name =
        g_strdup_printf("%s %s %s", member(row, "from"), member(row, "kind"), member(row, "to"));
    g_autofree char *layers = g_strdup_printf("%s → %s", from, to);
    const char *cells[] = {name, layers, NULL};
    ak_doc_row(table, cells);
  }
  gsize left = json_array_size(elements) > most ? json_array_size(elements) - most : 0;
  add_more(section, left + (total > most ? (gsize)total - most : 0), lang);
}

/* --- account
 * -------------------------------------------------------------------------------------------- */

static void add_account(AkDocNode *parent, const json_t *analysis, AkLang lang) {
  static const char *const keys[] = {
      "total",    "not_applicable", "treated_verified", "treated_claimed",
      "accepted", "partly",         "planned",          "open"};
  const json_t *counts = json_object_get(analysis, "risk_sources");
  AkDocNode *section = ak_doc_section(parent, "account", ak_text(lang, "chain.account"));
  ak_doc_paragraph(section, ak_text(lang, "chain.account.means"));
  AkDocNode *facts = ak_doc_facts(section);
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    g_autofree char *number = ak_chain_number_text(counts, keys[i]);
    ak_doc_fact(facts, ak_chain_word_text(lang, "count", keys[i]), number);
  }
}

static void add_certificate(AkDocNode *parent, const json_t *analysis, AkLang lang) {
  const json_t *certificate = json_object_get(analysis, "certificate");
  AkDocNode *section = ak_doc_section(parent, "certificate", ak_text(lang, "chain.certificate"));
  ak_doc_paragraph(section, ak_text(lang, "chain.certificate.means"));
  AkDocNode *facts = ak_doc_facts(section);
  g_autofree char *count = ak_chain_number_text(certificate, "count");
  bool is_by_element = json_object_get(certificate, "leaf") != NULL;
  ak_doc_fact(facts, ak_text(lang, is_by_element ? "chain.certificate.leaves" : "chain.certificate.count"), count);
  ak_doc_fact(facts, ak_text(lang, "chain.certificate.root"), member(certificate, "root"));
  ak_doc_fact(facts, ak_text(lang, "chain.certificate.knowledge"),
              member(certificate, "knowledge"));
  ak_doc_fact(facts, ak_text(lang, "chain.certificate.rules"), member(certificate, "rules"));
  const json_t *recorded = json_object_get(certificate, "recorded");
  g_autofree char *index = ak_chain_number_text(recorded, "index");
  if (recorded != NULL)
    ak_doc_fact(facts, ak_text(lang, "chain.certificate.recorded"), index);
}

/* Which measures treat it; of what is accepted why, by whom and until when. The caller's. */
static char *treatment_text(const json_t *row, AkLang lang) {
  const json_t *measures = json_object_get(row, "measures"), *acceptance = json_object_get(row, "acceptance");
  if (acceptance != NULL)
    return ak_text_format(lang, "chain.accepted-by", member(acceptance, "reason"), member(acceptance, "by"),
                          member(acceptance, "until"));
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(measures); i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(measures, i)));
  return g_string_free(text, FALSE);
}

static void add_register(AkDocNode *parent, const json_t *analysis, guint most, AkLang lang) {
  const json_t *rows = json_object_get(analysis, "register");
  if (rows == NULL)
    return;
  AkDocNode *section = ak_doc_section(parent, "register", ak_text(lang, "chain.register"));
  const char *header[] = {
      ak_text(lang, "chain.column.source"), ak_text(lang, "chain.column.element"),
      ak_text(lang, "chain.column.status"), ak_text(lang, "chain.column.treatment"),
      ak_text(lang, "chain.column.vulnerability"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows) && i < most; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *treatment = treatment_text(row, lang);
    const char *cells[] = {member(row, "risk_source"), member(row, "element"),
                           ak_chain_word_text(lang, "status", member(row, "status")), treatment,
                           member(json_object_get(row, "vulnerability"), ak_lang_name(lang)), NULL};
    ak_doc_row(table, cells);
  }
  add_more(section, json_array_size(rows) > most ? json_array_size(rows) - most : 0, lang);
}

/* What stands behind measures that say more than "claimed", as it was looked up. */
static void add_backings(AkDocNode *parent, const json_t *analysis, const AkReportChainRunPage *page, AkLang lang) {
  const json_t *rows = json_object_get(analysis, "backings");
  if (json_array_size(rows) == 0)
    return;
  AkDocNode *section = ak_doc_section(parent, "backings", ak_text(lang, "chain.backings"));
  ak_doc_paragraph(section, ak_text(lang, "chain.backings.means"));
  const char *header[] = {ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.measure"),
                          ak_text(lang, "chain.column.backing"),
                          ak_text(lang, "chain.column.counts-as"),
                          ak_text(lang, "chain.column.run"),
                          ak_text(lang, "chain.column.why"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const char *reason = member(row, "reason"), *run = member(row, "run");
    const char *cells[] = {member(row, "element"),
                           member(row, "requirement"),
                           ak_chain_word_text(lang, "backed", member(row, "backing")),
                           ak_chain_word_text(lang, "backed", member(row, "counts_as")),
                           *run != '\0' ? run : member(row, "reference"),
                           *reason != '\0' ? ak_chain_word_text(lang, "backing", reason) : member(row, "until"),
                           NULL};
    ak_doc_row(table, cells);
    if (page != NULL && json_is_true(json_object_get(row, "run_is_here"))) {
      g_autofree char *href = g_strconcat(page->before, run, page->behind, NULL);
      ak_doc_link(table, RUN_COLUMN, href);
    }
  }
}

/* Where nothing can begin, "nothing is reachable" must not be read as good news: said first. */
static void add_empty_beginning(AkDocNode *section, const json_t *findings, AkLang lang) {
  for (gsize i = 0; i < json_array_size(findings); i++) {
    const char *id = member(json_array_get(findings, i), "id");
    if (strcmp(id, "no-attackers") == 0 || strcmp(id, "nothing-exposed") == 0 ||
        strcmp(id, "no-functions") == 0)
      ak_doc_notice(section, ak_chain_word_text(lang, "finding", id));
  }
}

static gsize count_beyond(const json_t *analysis, const char *name, gsize most) {
  gsize count = (gsize)json_integer_value(json_object_get(analysis, name));
  return count > most ? count - most : 0;
}

void ak_report_chain_add_compiled(AkDocNode *section, const json_t *analysis, AkLang lang) {
  if (json_is_true(json_object_get(json_object_get(analysis, "model"), "compiled")))
    ak_doc_notice(section, ak_text(lang, "chain.compiled"));
}

/* What is left out of a chain that is very large is said first. */
void ak_report_chain_add_bounded(AkDocNode *section, const json_t *analysis, AkLang lang) {
  const json_t *bounded = json_object_get(analysis, "bounded"), *parts = json_object_get(bounded, "left_out");
  if (bounded == NULL)
    return;
  g_autoptr(GString) words = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(parts); i++) {
    g_autofree char *id = g_strdup_printf("chain.bounded.%s", json_string_value(json_array_get(parts, i)));
    g_string_append_printf(words, "%s%s", i > 0 ? ak_text(lang, "chain.bounded.and") : "", ak_text(lang, id));
  }
  g_autofree char *above = ak_chain_number_text(bounded, "elements_above"), *told = ak_chain_number_text(bounded, "incidents");
  g_autofree char *notice = ak_text_format(lang, "chain.bounded", above, told, words->str);
  ak_doc_notice(section, notice);
}

void ak_report_chain_add(AkDocNode *section, const json_t *analysis, guint most, const AkReportChainRunPage *page, AkLang lang) {
  ak_report_chain_add_compiled(section, analysis, lang);
  ak_report_chain_add_bounded(section, analysis, lang);
  add_empty_beginning(section, json_object_get(analysis, "findings"), lang);
  g_autofree char *assumed = ak_chain_number_text(analysis, "assumed_values");
  g_autofree char *notice = ak_text_format(lang, "chain.assumed", assumed);
  ak_doc_notice(section, notice);
  ak_doc_notice(section, member(json_object_get(analysis, "knowledge_origin"), ak_lang_name(lang)));
  const json_t *worlds = json_object_get(analysis, "worlds"),
               *findings = json_object_get(analysis, "findings");
  static const char *const names[] = {"claimed", "backed"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    add_world(section, names[i], json_object_get(worlds, names[i]), most, lang);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    ak_report_chain_add_figures(section, names[i], json_object_get(worlds, names[i]), lang);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    ak_report_chain_add_contributions(section, names[i], json_object_get(worlds, names[i]), lang);
  add_account(section, analysis, lang);
  add_backings(section, analysis, page, lang);
  add_register(section, analysis, most, lang);
  ak_report_chain_add_crossings(section, json_object_get(analysis, "crossings"), most, lang);
  AkDocNode *model = ak_doc_section(section, "findings", ak_text(lang, "chain.findings"));
  bool is_bounded = json_object_get(analysis, "bounded") != NULL;
  ak_report_chain_add_findings(model, findings, is_bounded ? most : G_MAXSIZE, lang);
  if (is_bounded)
    add_more(model, count_beyond(analysis, "findings_total", MIN(json_array_size(findings), most)), lang);
  add_certificate(section, analysis, lang);
}
