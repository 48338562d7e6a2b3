/* The plan of a trial, the checklist of its honest conduct, and where it stands in the log. */
#include <string.h>

#include "report/effect-parts.h"

static const char *word(const AkEffectPage *self, const char *id) {
  return ak_effect_page_word(self, id);
}

/* A text, a number, or a list of texts or notices in one line; NULL where it is missing. Caller
 * frees. */
static char *value_text(const json_t *value) {
  if (json_is_string(value))
    return g_strdup(json_string_value(value));
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (!json_is_array(value) || json_array_size(value) == 0)
    return NULL;
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++) {
    const json_t *item = json_array_get(value, i);
    g_string_append(text, i > 0 ? "; " : "");
    if (json_is_object(item))
      g_string_append_printf(text, "%s, %s", ak_json_string_or(item, "to", ""),
                             ak_json_string_or(item, "on", ""));
    else
      g_string_append(text, json_is_string(item) ? json_string_value(item) : "");
  }
  return g_string_free(text, FALSE);
}

static void add_plan(const AkEffectPage *self, AkDocNode *root) {
  static const char *const members[] = {
      "sponsor",          "payer",   "conflicts", "why",  "notices",     "dispute_days",
      "commentary_until", "metrics", "exclusion", "stop", "repetitions", "seed",
      "traffic_a_day"};
  const json_t *plan = json_object_get(self->result, "plan");
  AkDocNode *section = ak_doc_section(root, "plan", word(self, "effect.report.plan"));
  AkDocNode *facts = ak_doc_facts(section);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    g_autofree char *id = g_strdup_printf("effect.plan.%s", members[i]);
    g_autofree char *text = value_text(json_object_get(plan, members[i]));
    ak_doc_fact(facts, word(self, id), text != NULL ? text : word(self, "effect.plan.unsaid"));
  }
}

static void add_products(const AkEffectPage *self, AkDocNode *section) {
  const char *header[] = {
      word(self, "effect.report.product"),     word(self, "effect.report.version"),
      word(self, "effect.plan.configuration"), word(self, "effect.plan.rules-on"),
      word(self, "effect.plan.licence"),       word(self, "effect.plan.cloud"),
      word(self, "effect.plan.learning"),      NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(self->products); i++) {
    const json_t *product = json_array_get(self->products, i);
    g_autofree char *days = value_text(json_object_get(product, "learning_days"));
    g_autofree char *configuration = g_strdup_printf(
        "effect.configuration.%s", ak_json_string_or(product, "configuration", "unsaid"));
    const char *unsaid = word(self, "effect.plan.unsaid");
    const char *cells[] = {
        ak_json_string_or(product, "name", ak_json_string_or(product, "id", "")),
        ak_json_string_or(product, "version", unsaid),
        word(self, configuration),
        ak_json_string_or(product, "rules_on", unsaid),
        ak_json_string_or(product, "licence", unsaid),
        word(self, json_is_true(json_object_get(product, "cloud")) ? "report.yes" : "report.no"),
        days != NULL ? days : "0",
        NULL};
    ak_doc_row(table, cells);
  }
}

static char *corpus_notes(const AkEffectPage *self, const json_t *corpus) {
  g_autofree char *families = value_text(json_object_get(corpus, "written_for"));
  g_autoptr(GString) text = g_string_new(NULL);
  if (families != NULL) {
    g_autofree char *own = ak_text_format(self->lang, "effect.plan.written-for", families);
    g_string_append(text, own);
  }
  if (json_is_true(json_object_get(corpus, "function_check")))
    g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "",
                           word(self, "effect.report.function_check"));
  if (json_is_true(json_object_get(corpus, "burnt")))
    g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "",
                           word(self, "effect.plan.burnt"));
  return g_strdup(text->str);
}

static void add_corpora(const AkEffectPage *self, AkDocNode *section) {
  const json_t *corpora = json_object_get(self->result, "corpora");
  const char *header[] = {word(self, "effect.report.corpus"),
                          word(self, "effect.plan.kind"),
                          word(self, "effect.plan.attacks"),
                          word(self, "effect.plan.harmless"),
                          word(self, "effect.plan.notes"),
                          "SHA-256",
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(corpora); i++) {
    const json_t *corpus = json_array_get(corpora, i);
    g_autofree char *attacks = ak_effect_number_text(json_object_get(corpus, "attacks"));
    g_autofree char *harmless = ak_effect_number_text(json_object_get(corpus, "harmless"));
    g_autofree char *notes = corpus_notes(self, corpus);
    const char *cells[] = {ak_json_string_or(corpus, "id", ""),
                           ak_json_string_or(corpus, "kind", ""),
                           attacks,
                           harmless,
                           notes,
                           ak_json_string_or(corpus, "sha256", ""),
                           NULL};
    ak_doc_row(table, cells);
  }
}

static void add_checklist(const AkEffectPage *self, AkDocNode *root) {
  const json_t *rows = json_object_get(self->result, "compliance");
  if (json_array_size(rows) == 0)
    return;
  AkDocNode *section = ak_doc_section(root, "compliance", word(self, "effect.report.compliance"));
  ak_doc_paragraph(section, word(self, "effect.report.compliance.means"));
  const char *header[] = {word(self, "effect.compliance.item"), word(self, "effect.compliance.met"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *id = g_strdup_printf("effect.compliance.%s", ak_json_string_or(row, "id", ""));
    const char *cells[] = {
        word(self, id),
        word(self, json_is_true(json_object_get(row, "met")) ? "report.yes" : "report.no"), NULL};
    ak_doc_row(table, cells);
  }
}

/* Vendors' comments, disputes, retests, withdrawals: as they were entered, beside the result. */
void ak_effect_page_notes(const AkEffectPage *self, AkDocNode *root) {
  const json_t *rows = json_object_get(self->result, "notes");
  if (json_array_size(rows) == 0)
    return;
  AkDocNode *section = ak_doc_section(root, "notes", word(self, "effect.report.notes"));
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *id =
        g_strdup_printf("effect.note.%s", ak_json_string_or(row, "kind", "comment"));
    g_autofree char *cases = value_text(json_object_get(row, "cases"));
    const char *run = ak_json_string_or(row, "run", ""); /* where two are compared */
    bool late = json_is_true(json_object_get(row, "late"));
    g_autofree char *text = g_strdup_printf(
        "%s%s%s, %s, %s%s%s: %s%s%s%s", run, *run != '\0' ? ", " : "", ak_json_string_or(row, "on", ""),
        word(self, id), ak_json_string_or(row, "by", ""), late ? ", " : "", late ? word(self, "effect.note.late") : "",
        ak_json_string_or(row, "text", ""), cases != NULL ? " (" : "", cases != NULL ? cases : "",
        cases != NULL ? ")" : "");
    ak_doc_paragraph(section, text);
  }
}

static void add_log(const AkEffectPage *self, AkDocNode *root) {
  static const char *const members[] = {"origin",      "key",   "planned_index", "planned",
                                        "ended_index", "range", "program",       "host"};
  const json_t *log = json_object_get(self->result, "log");
  if (log == NULL)
    return;
  AkDocNode *section = ak_doc_section(root, "log", word(self, "effect.report.log"));
  ak_doc_paragraph(section, word(self, "effect.report.log.means"));
  AkDocNode *facts = ak_doc_facts(section);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    g_autofree char *id = g_strdup_printf("effect.log.%s", members[i]);
    g_autofree char *text = value_text(json_object_get(log, members[i]));
    ak_doc_fact(facts, word(self, id), text);
  }
}

void ak_effect_page_plan(const AkEffectPage *self, AkDocNode *root) {
  add_plan(self, root);
  AkDocNode *section = ak_doc_section(root, "products", word(self, "effect.plan.products"));
  add_products(self, section);
  section = ak_doc_section(root, "corpora", word(self, "effect.plan.corpora"));
  add_corpora(self, section);
  add_checklist(self, root);
  add_log(self, root);
}
