/* Chances, ranks and contributions: shown for incidents whose impact is stated, always as intervals. */
#include <string.h>

#include "report/chain.h"
#include "report/chain-look.h"
#include "report/chain-parts.h"

#define CONTRIBUTORS 10 /* rows of a table; the analysis has all */

static const char *member(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

/* --- figures
 * -------------------------------------------------------------------------------------------- */

static const json_t *incident_of(const json_t *world, const json_t *ranked) {
  const json_t *rows = json_object_get(world, "incidents");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (strcmp(member(row, "id"), member(ranked, "id")) == 0 &&
        strcmp(member(row, "element"), member(ranked, "element")) == 0)
      return row;
  }
  return NULL;
}

static void add_figure_row(AkDocNode *table, const json_t *world, const json_t *ranked, AkLang lang) {
  const json_t *row = incident_of(world, ranked);
  g_autofree char *rank = ak_chain_number_text(ranked, "rank");
  g_autofree char *chance = ak_chain_percent_text(row, "probability"), *interval = ak_chain_percent_text(row, "ci95");
  g_autofree char *in_top = ak_chain_number_text(ranked, "in_top"), *same = ak_chain_number_text(ranked, "same_rank");
  bool has_chance = json_object_get(row, "probability") != NULL;
  bool is_exact = json_is_true(json_object_get(row, "exact"));
  const char *cells[] = {rank,
                         member(ranked, "id"),
                         member(ranked, "element"),
                         has_chance ? chance : "–",
                         !has_chance ? "–" : is_exact ? ak_text(lang, "chain.figures.exact") : interval,
                         in_top,
                         same,
                         NULL};
  ak_doc_row(table, cells);
}

/* Of incidents whose impact is stated, the first ten: without impact no figure is given. */
void ak_report_chain_add_figures(AkDocNode *parent, const char *name, const json_t *world, AkLang lang) {
  const json_t *ranking = json_object_get(world, "ranking"), *rows = json_object_get(ranking, "rows");
  if (json_array_size(rows) == 0)
    return;
  g_autofree char *id = g_strdup_printf("figures-%s", name);
  g_autofree char *title =
      g_strdup_printf("%s: %s", ak_text(lang, "chain.figures"), ak_chain_word_text(lang, "world", name));
  AkDocNode *section = ak_doc_section(parent, id, title);
  g_autofree char *draws = ak_chain_number_text(ranking, "draws");
  g_autofree char *means = ak_text_format(lang, "chain.figures.means", draws);
  ak_doc_paragraph(section, means);
  const char *header[] = {ak_text(lang, "chain.column.rank"),
                          ak_text(lang, "chain.column.incident"),
                          ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.chance"),
                          ak_text(lang, "chain.column.ci95"),
                          ak_text(lang, "chain.column.in-top"),
                          ak_text(lang, "chain.column.same-rank"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++)
    add_figure_row(table, world, json_array_get(rows, i), lang);
}

/* --- contributions --------------------------------------------------------------------------------------------- */

/* "L2_2_a press-slide (0.02–44.10 %)": of stated impact, with how much the chance falls where it was worked out. */
static char *falls_text(const json_t *rows) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *falls = ak_chain_percent_text(row, "chance_falls");
    g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", member(row, "id"), member(row, "element"));
    if (json_object_get(row, "chance_falls") != NULL)
      g_string_append_printf(text, " (%s)", falls);
  }
  return g_string_free(text, FALSE);
}

static void add_contributors(AkDocNode *parent, const char *id, const json_t *rows, AkLang lang) {
  if (json_array_size(rows) == 0)
    return;
  AkDocNode *section = ak_doc_section(parent, id, ak_chain_word_text(lang, "contributions", id));
  const char *header[] = {ak_text(lang, "chain.column.source"),
                          ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.unreached"),
                          ak_text(lang, "chain.column.stated"),
                          ak_text(lang, "chain.column.raised"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows) && i < CONTRIBUTORS; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *unreached = ak_chain_number_text(row, "unreached");
    g_autofree char *stated = falls_text(json_object_get(row, "stated"));
    g_autofree char *raised = falls_text(json_object_get(row, "effort"));
    const char *source = member(row, "risk_source");
    const char *cells[] = {*source != '\0' ? source : "–", member(row, "element"), unreached, stated,
                           raised, NULL};
    ak_doc_row(table, cells);
  }
}

/* Does a row say by how much a chance falls? */
static bool has_falls(const json_t *rows) {
  for (gsize i = 0; i < json_array_size(rows) && i < CONTRIBUTORS; i++)
    for (gsize k = 0; k < 2; k++) {
      const json_t *said = json_object_get(json_array_get(rows, i), k == 0 ? "stated" : "effort");
      if (json_object_get(json_array_get(said, 0), "chance_falls") != NULL)
        return true;
    }
  return false;
}

void ak_report_chain_add_contributions(AkDocNode *parent, const char *name, const json_t *world, AkLang lang) {
  const json_t *contributions = json_object_get(world, "contributions");
  const json_t *sources = json_object_get(contributions, "risk_sources"), *elements = json_object_get(contributions, "elements");
  if (contributions == NULL)
    return;
  g_autofree char *id = g_strdup_printf("contributions-%s", name);
  g_autofree char *title = g_strdup_printf("%s: %s", ak_text(lang, "chain.contributions"), ak_chain_word_text(lang, "world", name));
  AkDocNode *section = ak_doc_section(parent, id, title);
  bool is_omitted = json_is_true(json_object_get(contributions, "omitted"));
  ak_doc_paragraph(section, ak_text(lang, is_omitted ? "chain.contributions.omitted" : "chain.contributions.means"));
  if (has_falls(sources) || has_falls(elements))
    ak_doc_paragraph(section, ak_text(lang, "chain.contributions.chance"));
  add_contributors(section, "risk-sources", sources, lang);
  add_contributors(section, "elements", elements, lang);
}

guint64 ak_chain_reachable_count(const json_t *world) {
  const json_t *rows = json_object_get(world, "incidents"), *totals = json_object_get(world, "incidents_total");
  guint64 count = 0;
  for (gsize i = 0; i < json_array_size(totals); i++)
    count += (guint64)json_integer_value(json_object_get(json_array_get(totals, i), "reachable"));
  for (gsize i = 0; totals == NULL && i < json_array_size(rows); i++)
    count += json_is_true(json_object_get(json_array_get(rows, i), "reachable"));
  return count;
}
