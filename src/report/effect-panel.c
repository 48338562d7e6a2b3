/* What a panel of experts says, behind the facts. */
#include <string.h>

#include "report/effect-parts.h"

static const char *word(const AkEffectPage *self, const char *id) {
  return ak_effect_page_word(self, id);
}

/* What a panel is to know of each product; a programme may add others. */
static const char *const known_facts[] = {"installation_minutes",    "installation_steps", "alarms_a_week",
                                          "management_hours_a_week", "cost_yen_1_year",    "cost_yen_3_years",
                                          "cost_yen_5_years",        NULL};

static const json_t *fact_of(const json_t *facts, const char *name) {
  for (gsize i = 0; i < json_array_size(facts); i++)
    if (strcmp(ak_json_string_or(json_array_get(facts, i), "fact", ""), name) == 0)
      return json_array_get(facts, i);
  return NULL;
}

/* `fact`: NULL where nobody stated it. */
static void add_fact(const AkEffectPage *self, AkDocNode *table, const char *product, const char *name,
                     const json_t *fact) {
  g_autofree char *how = g_strdup_printf("effect.panel.%s", ak_json_string_or(fact, "how", ""));
  g_autofree char *number = ak_effect_number_text(json_object_get(fact, "value"));
  const char *cells[] = {product, name, number, word(self, fact != NULL ? how : "effect.plan.unsaid"), NULL};
  ak_doc_row(table, cells);
}

static void add_facts_of(const AkEffectPage *self, AkDocNode *table, const json_t *product) {
  const json_t *facts = json_object_get(product, "facts");
  const char *id = ak_json_string_or(product, "product", "");
  for (guint i = 0; known_facts[i] != NULL; i++) {
    g_autofree char *name = g_strdup_printf("effect.fact.%s", known_facts[i]);
    add_fact(self, table, id, word(self, name), fact_of(facts, known_facts[i]));
  }
  for (gsize i = 0; i < json_array_size(facts); i++) {
    const json_t *fact = json_array_get(facts, i);
    const char *name = ak_json_string_or(fact, "fact", "");
    if (!g_strv_contains(known_facts, name))
      add_fact(self, table, id, name, fact);
  }
}

static void add_facts(const AkEffectPage *self, AkDocNode *parent, const json_t *products) {
  AkDocNode *section = ak_doc_section(parent, "facts-sheet", word(self, "effect.panel.facts"));
  const char *header[] = {word(self, "effect.report.product"), word(self, "effect.panel.fact"),
                          word(self, "effect.panel.value"), word(self, "effect.panel.how"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize p = 0; p < json_array_size(products); p++)
    add_facts_of(self, table, json_array_get(products, p));
}

/* Each rater's score, so that no average hides who said what. */
static char *scores_text(json_t *scores) {
  GString *text = g_string_new(NULL);
  const char *rater = NULL;
  json_t *score = NULL;
  json_object_foreach(scores, rater, score) {
    g_string_append_printf(text, "%s%s %" JSON_INTEGER_FORMAT, text->len > 0 ? ", " : "", rater,
                           json_integer_value(score));
  }
  return g_string_free(text, FALSE);
}

static void add_scores(const AkEffectPage *self, AkDocNode *parent, const json_t *products) {
  AkDocNode *section = ak_doc_section(parent, "scores", word(self, "effect.panel.scores"));
  const char *header[] = {word(self, "effect.report.product"), word(self, "effect.panel.criterion"),
                          word(self, "effect.panel.each"),     word(self, "effect.panel.median"),
                          word(self, "effect.panel.missing"),  NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize p = 0; p < json_array_size(products); p++) {
    const json_t *product = json_array_get(products, p),
                 *rows = json_object_get(product, "criteria");
    for (gsize i = 0; i < json_array_size(rows); i++) {
      const json_t *row = json_array_get(rows, i);
      g_autofree char *scores = scores_text(json_object_get(row, "scores"));
      g_autofree char *median = ak_effect_number_text(json_object_get(row, "median"));
      g_autofree char *missing = ak_effect_number_text(json_object_get(row, "missing"));
      const char *cells[] = {ak_json_string_or(product, "product", ""),
                             ak_json_string_or(row, "criterion", ""),
                             scores,
                             median,
                             missing,
                             NULL};
      ak_doc_row(table, cells);
    }
  }
}

static void add_weighted(const AkEffectPage *self, AkDocNode *parent, const json_t *products) {
  AkDocNode *section = ak_doc_section(parent, "weighted", word(self, "effect.panel.weighted"));
  const char *header[] = {word(self, "effect.report.product"), word(self, "effect.panel.rater"),
                          word(self, "effect.panel.score"), word(self, "effect.panel.weight"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize p = 0; p < json_array_size(products); p++) {
    const json_t *product = json_array_get(products, p),
                 *rows = json_object_get(product, "weighted");
    for (gsize i = 0; i < json_array_size(rows); i++) {
      const json_t *row = json_array_get(rows, i);
      g_autofree char *score = ak_effect_number_text(json_object_get(row, "score"));
      g_autofree char *weight =
          g_strdup_printf("%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                          json_integer_value(json_object_get(row, "weight_scored")),
                          json_integer_value(json_object_get(row, "weight_all")));
      const char *cells[] = {ak_json_string_or(product, "product", ""),
                             ak_json_string_or(row, "rater", ""), score, weight, NULL};
      ak_doc_row(table, cells);
    }
  }
}

static void add_agreement(const AkEffectPage *self, AkDocNode *parent, const json_t *panel) {
  const json_t *agreement = json_object_get(panel, "agreement"),
               *raters = json_object_get(panel, "raters");
  AkDocNode *section = ak_doc_section(parent, "agreement", word(self, "effect.panel.agreement"));
  AkDocNode *facts = ak_doc_facts(section);
  g_autofree char *alpha = ak_effect_number_text(json_object_get(agreement, "alpha"));
  g_autofree char *lo = ak_effect_number_text(json_object_get(agreement, "lo"));
  g_autofree char *hi = ak_effect_number_text(json_object_get(agreement, "hi"));
  g_autofree char *units = ak_effect_number_text(json_object_get(agreement, "units"));
  g_autofree char *text = g_strdup_printf("%s [%s, %s]", alpha, lo, hi);
  ak_doc_fact(facts, word(self, "effect.panel.alpha"), text);
  ak_doc_fact(facts, word(self, "effect.panel.units"), units);
  if (json_is_true(json_object_get(agreement, "too_few")))
    ak_doc_notice(section, word(self, "effect.panel.too-few"));
  const char *header[] = {word(self, "effect.panel.rater"), word(self, "effect.panel.deviation"),
                          word(self, "effect.panel.without"), word(self, "effect.panel.outlying"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(raters); i++) {
    const json_t *row = json_array_get(raters, i);
    g_autofree char *deviation = ak_effect_number_text(json_object_get(row, "deviation"));
    g_autofree char *without = ak_effect_number_text(json_object_get(row, "alpha_without"));
    const char *cells[] = {
        ak_json_string_or(row, "rater", ""), deviation, without,
        word(self, json_is_true(json_object_get(row, "outlying")) ? "report.yes" : "report.no"),
        NULL};
    ak_doc_row(table, cells);
  }
}

void ak_effect_page_panel(const AkEffectPage *self, AkDocNode *root) {
  const json_t *panel = json_object_get(self->result, "panel"),
               *products = json_object_get(panel, "products");
  if (panel == NULL)
    return;
  AkDocNode *section = ak_doc_section(root, "panel", word(self, "effect.panel"));
  ak_doc_paragraph(section, word(self, "effect.panel.means"));
  add_facts(self, section, products);
  add_scores(self, section, products);
  add_weighted(self, section, products);
  add_agreement(self, section, panel);
}
