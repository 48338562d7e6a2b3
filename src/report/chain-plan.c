/* The cheapest measures, and what would be otherwise. */
#include "report/chain.h"
#include "report/chain-look.h"
#include "report/chain-parts.h"

static const char *member(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

static void add_bounds(AkDocNode *section, const json_t *plan, AkLang lang) {
  const json_t *cost = json_object_get(plan, "cost_yen");
  AkDocNode *facts = ak_doc_facts(section);
  g_autofree char *upper = ak_chain_yen_text(cost, "upper"), *lower = ak_chain_yen_text(cost, "lower");
  g_autofree char *goals = ak_chain_number_text(plan, "goals"), *attacks = ak_chain_number_text(plan, "attacks");
  ak_doc_fact(facts, ak_text(lang, "chain.plan.goals"), goals);
  ak_doc_fact(facts, ak_text(lang, "chain.plan.upper"), upper);
  ak_doc_fact(facts, ak_text(lang, "chain.plan.lower"), lower);
  ak_doc_fact(facts, ak_text(lang, "chain.plan.attacks"), attacks);
  ak_doc_paragraph(section, ak_text(lang, json_is_true(json_object_get(cost, "proven"))
                                              ? "chain.plan.proven"
                                              : "chain.plan.unproven"));
}

static void add_goals(AkDocNode *facts, const char *id, const json_t *rows, AkLang lang) {
  g_autofree char *names = ak_chain_incidents_text(rows);
  if (json_array_size(rows) > 0)
    ak_doc_fact(facts, ak_text(lang, id), names);
}

/* What a budget buys. */
static void add_budget(AkDocNode *section, const json_t *budget, AkLang lang) {
  g_autofree char *yen = ak_chain_yen_text(budget, "yen"), *cost = ak_chain_yen_text(budget, "cost_yen");
  AkDocNode *facts = ak_doc_facts(section);
  ak_doc_fact(facts, ak_text(lang, "chain.plan.budget"), yen);
  ak_doc_fact(facts, ak_text(lang, "chain.plan.cost"), cost);
  add_goals(facts, "chain.plan.kept", json_object_get(budget, "kept_out"), lang);
  add_goals(facts, "chain.plan.given-up", json_object_get(budget, "given_up"), lang);
  ak_doc_paragraph(section, ak_text(lang, json_is_true(json_object_get(budget, "proven"))
                                              ? "chain.plan.budget-proven"
                                              : "chain.plan.unproven"));
}

static void add_measures(AkDocNode *section, const json_t *rows, AkLang lang) {
  const char *header[] = {ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.measure"), ak_text(lang, "chain.column.yen"),
                          ak_text(lang, "chain.column.title"), NULL};
  AkDocNode *table = json_array_size(rows) > 0 ? ak_doc_table(section, header) : NULL;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *yen = ak_chain_yen_text(row, "cost_yen");
    const char *cells[] = {member(row, "element"), member(row, "requirement"), yen,
                           member(json_object_get(row, "title"), ak_lang_name(lang)), NULL};
    ak_doc_row(table, cells);
  }
}

/* Is the set the cheapest whatever costs are within their ranges? */
static void add_ranges(AkDocNode *parent, const json_t *ranges, AkLang lang) {
  g_autofree char *yen = ak_chain_yen_text(ranges, "yen"), *other = ak_chain_yen_text(ranges, "cheapest_yen");
  if (ranges == NULL)
    return;
  bool stays = json_is_true(json_object_get(ranges, "stays"));
  bool is_known = json_is_true(json_object_get(ranges, "known"));
  g_autofree char *text = ak_text_format(lang, stays ? "chain.plan.stays"
                                         : is_known  ? "chain.plan.changes"
                                                     : "chain.plan.may-change",
                                         yen, other);
  AkDocNode *section = ak_doc_section(parent, "cost-ranges", ak_text(lang, "chain.plan.ranges"));
  ak_doc_paragraph(section, text);
  add_measures(section, json_object_get(ranges, "taken_instead"), lang);
}

static void add_residual(AkDocNode *parent, const json_t *rows, AkLang lang) {
  if (json_array_size(rows) == 0)
    return;
  AkDocNode *section = ak_doc_section(parent, "residual", ak_text(lang, "chain.plan.residual"));
  ak_doc_paragraph(section, ak_text(lang, "chain.plan.residual.means"));
  const char *header[] = {ak_text(lang, "chain.column.incident"), ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.chance"), ak_text(lang, "chain.column.ci95"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *chance = ak_chain_percent_text(row, "probability"), *interval = ak_chain_percent_text(row, "ci95");
    bool is_exact = json_is_true(json_object_get(row, "exact"));
    const char *cells[] = {member(row, "id"), member(row, "element"), chance,
                           is_exact ? ak_text(lang, "chain.figures.exact") : interval, NULL};
    ak_doc_row(table, cells);
  }
}

void ak_report_chain_add_plan(AkDocNode *section, const json_t *plan, AkLang lang) {
  const json_t *budget = json_object_get(plan, "budget");
  if (budget == NULL && !json_is_true(json_object_get(plan, "possible"))) {
    g_autofree char *line =
        ak_text_format(lang, "chain.plan.impossible", member(plan, "unstoppable"));
    ak_doc_notice(section, line);
    return;
  }
  g_autofree char *assumed = ak_chain_number_text(plan, "assumed_costs");
  g_autofree char *notice = ak_text_format(lang, "chain.plan.assumed", assumed);
  ak_doc_notice(section, notice);
  if (budget != NULL)
    add_budget(section, budget, lang);
  else
    add_bounds(section, plan, lang);
  add_measures(section, json_object_get(plan, "measures"), lang);
  add_ranges(section, json_object_get(plan, "cost_ranges"), lang);
  add_residual(section, json_object_get(plan, "residual"), lang);
}

static void add_changed(AkDocNode *parent, const json_t *rows, const char *id, AkLang lang) {
  AkDocNode *section = ak_doc_section(parent, id, ak_chain_word_text(lang, "what-if", id));
  AkDocNode *list = json_array_size(rows) > 0 ? ak_doc_list(section) : NULL;
  if (list == NULL)
    ak_doc_paragraph(section, ak_text(lang, "chain.what-if.nothing"));
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *line = g_strdup_printf("%s %s", member(row, "id"), member(row, "element"));
    ak_doc_item(list, line);
  }
}

void ak_report_chain_add_what_if(AkDocNode *section, const json_t *what_if, AkLang lang) {
  add_changed(section, json_object_get(what_if, "reachable_now"), "now", lang);
  add_changed(section, json_object_get(what_if, "no_longer_reachable"), "no-longer", lang);
}
