#include "report/chain-diff.h"

#include "report/chain-look.h"
#include "report/chain-parts.h"

typedef struct {
  const json_t *diff;
  guint most;
  AkLang lang;
} Page;

static const char *member(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

/* --- one line a row -------------------------------------------------------------------------------------------- */

static char *element_line(const json_t *row, AkLang lang) {
  const json_t *members = json_object_get(row, "members");
  GString *line = g_string_new(member(row, "id"));
  if (json_object_get(row, "kind") != NULL)
    g_string_append_printf(line, " (%s)", ak_chain_word_text(lang, "kind", member(row, "kind")));
  for (gsize i = 0; i < json_array_size(members); i++)
    g_string_append_printf(line, "%s%s", i == 0 ? ": " : ", ", json_string_value(json_array_get(members, i)));
  return g_string_free(line, FALSE);
}

static char *relation_line(const json_t *row, AkLang lang) {
  return g_strdup_printf("%s — %s — %s", member(row, "from"), ak_chain_word_text(lang, "relation", member(row, "kind")),
                         member(row, "to"));
}

/* "implemented (claimed)" */
static char *measure_text(const json_t *measure, AkLang lang) {
  return g_strdup_printf("%s (%s)", ak_chain_word_text(lang, "status", member(measure, "status")),
                         ak_chain_word_text(lang, "backing", ak_json_string_or(measure, "backing", "claimed")));
}

static char *measure_line(const json_t *row, AkLang lang) {
  const json_t *before = json_object_get(row, "before"), *after = json_object_get(row, "after");
  g_autofree char *was = measure_text(before, lang), *is = measure_text(after != NULL ? after : row, lang);
  return g_strdup_printf("%s %s: %s%s%s", member(row, "element"), member(row, "requirement"), after != NULL ? was : "",
                         after != NULL ? " → " : "", is);
}

static char *state_line(const json_t *row, AkLang lang) {
  if (json_object_get(row, "after") != NULL)
    return g_strdup_printf("%s %s: %s → %s", member(row, "risk_source"), member(row, "element"),
                           ak_chain_word_text(lang, "status", member(row, "before")),
                           ak_chain_word_text(lang, "status", member(row, "after")));
  return g_strdup_printf("%s %s: %s", member(row, "risk_source"), member(row, "element"),
                         ak_chain_word_text(lang, "status", member(row, "status")));
}

static json_int_t days_of(const json_t *days, gsize end) { return json_integer_value(json_array_get(days, end)); }

static char *incident_line(const json_t *row, AkLang lang) {
  const json_t *days = json_object_get(row, "days"), *before = json_object_get(row, "before");
  const json_t *after = json_object_get(row, "after");
  const char *impact = *member(row, "impact") != '\0' ? ak_chain_word_text(lang, "impact", member(row, "impact"))
                                                      : ak_text(lang, "chain.impact.unsaid");
  g_autofree char *was =
      before != NULL ? g_strdup_printf("%" JSON_INTEGER_FORMAT "–%" JSON_INTEGER_FORMAT " → ", days_of(before, 0),
                                       days_of(before, 1))
                     : g_strdup("");
  days = after != NULL ? after : days;
  return g_strdup_printf("%s %s (%s): %s%" JSON_INTEGER_FORMAT "–%" JSON_INTEGER_FORMAT " %s", member(row, "id"),
                         member(row, "element"), impact, was, days_of(days, 0), days_of(days, 1),
                         ak_text(lang, "chain.draw.days"));
}

/* --- sections ---------------------------------------------------------------------------------------------------- */

static void add_list(const Page *page, AkDocNode *section, const json_t *rows, const char *title_id,
                     char *(*line_of)(const json_t *row, AkLang lang)) {
  gsize count = json_array_size(rows);
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, count);
  g_autofree char *title = ak_text_format(page->lang, title_id, number);
  if (count == 0)
    return;
  ak_doc_paragraph(section, title);
  AkDocNode *list = ak_doc_list(section);
  for (gsize i = 0; i < count && i < page->most; i++) {
    g_autofree char *line = line_of(json_array_get(rows, i), page->lang);
    ak_doc_item(list, line);
  }
  if (count > page->most) {
    g_autofree char *rest = g_strdup_printf("%" G_GSIZE_FORMAT, count - page->most);
    g_autofree char *more = ak_text_format(page->lang, "chain.more", rest);
    ak_doc_paragraph(section, more);
  }
}

static void add_part(const Page *page, AkDocNode *parent, const char *name, char *(*line_of)(const json_t *row, AkLang lang)) {
  static const char *const lists[][2] = {
      {"added", "chain.diff.added"}, {"removed", "chain.diff.removed"}, {"changed", "chain.diff.changed"}};
  const json_t *part = json_object_get(page->diff, name);
  AkDocNode *section = ak_doc_section(parent, name, ak_chain_word_text(page->lang, "diff", name));
  gsize count = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    const json_t *rows = json_object_get(part, lists[i][0]);
    count += json_array_size(rows);
    add_list(page, section, rows, lists[i][1], line_of);
  }
  if (count == 0)
    ak_doc_paragraph(section, ak_text(page->lang, "chain.diff.same"));
}

static void add_world(const Page *page, AkDocNode *parent, const char *name) {
  const json_t *world = json_object_get(json_object_get(page->diff, "incidents"), name);
  AkDocNode *section = ak_doc_section(parent, name, ak_chain_word_text(page->lang, "world", name));
  add_list(page, section, json_object_get(world, "reachable_now"), "chain.diff.now", incident_line);
  add_list(page, section, json_object_get(world, "no_longer_reachable"), "chain.diff.no-longer", incident_line);
  add_list(page, section, json_object_get(world, "effort"), "chain.diff.effort", incident_line);
  if (section->children->len == 0)
    ak_doc_paragraph(section, ak_text(page->lang, "chain.diff.same"));
}

static char *plan_text(const Page *page, const json_t *plan) {
  const json_t *cost = json_object_get(plan, "cost_yen");
  if (cost == NULL)
    return g_strdup(ak_json_string_or(plan, "reason", ak_text(page->lang, "chain.diff.impossible")));
  g_autofree char *yen = ak_chain_yen_text(cost, "upper");
  g_autofree char *count = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(plan, "measures"));
  return ak_text_format(page->lang, "chain.diff.plan", yen, count);
}

static void add_sides(const Page *page, AkDocNode *section) {
  static const char *const keys[] = {"total",    "not_applicable", "treated_verified", "treated_claimed",
                                     "accepted", "partly",         "planned",          "open"};
  const json_t *before = json_object_get(page->diff, "before"), *after = json_object_get(page->diff, "after");
  const json_t *plan = json_object_get(page->diff, "plan");
  const char *header[] = {"", ak_text(page->lang, "chain.diff.before"), ak_text(page->lang, "chain.diff.after"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  const char *names[] = {ak_text(page->lang, "chain.diff.chain"), member(before, "chain"), member(after, "chain"), NULL};
  ak_doc_row(table, names);
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    g_autofree char *was = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(json_object_get(before, "risk_sources"), keys[i]));
    g_autofree char *is = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(json_object_get(after, "risk_sources"), keys[i]));
    const char *cells[] = {ak_chain_word_text(page->lang, "count", keys[i]), was, is, NULL};
    ak_doc_row(table, cells);
  }
  g_autofree char *was = plan_text(page, json_object_get(plan, "before")), *is = plan_text(page, json_object_get(plan, "after"));
  g_autofree char *name = ak_text_format(page->lang, "chain.report.plan",
                                         ak_chain_word_text(page->lang, "impact", member(plan, "impact")));
  const char *cells[] = {name, was, is, NULL};
  ak_doc_row(table, cells);
}

void ak_report_chain_add_diff(AkDocNode *section, const json_t *diff, guint most, AkLang lang) {
  Page page = {diff, most, lang};
  add_sides(&page, section);
  add_part(&page, section, "elements", element_line);
  add_part(&page, section, "relations", relation_line);
  add_part(&page, section, "measures", measure_line);
  add_part(&page, section, "risk_sources", state_line);
  add_world(&page, section, "claimed");
  add_world(&page, section, "backed");
}
