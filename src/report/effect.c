#include "report/effect.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "doc/doc-pdf.h"
#include "report/effect-parts.h"

#define NONE "–"

/* --- numbers
 * -------------------------------------------------------------------------------------------- */

char *ak_effect_percent(const json_t *value) {
  return json_is_number(value) ? g_strdup_printf("%.1f %%", 100 * json_number_value(value))
                               : g_strdup(NONE);
}

/* With a comma each three digits. */
static char *grouped(gint64 number) {
  g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
  gsize length = strlen(digits), sign = number < 0;
  GString *out = g_string_new(NULL);
  for (gsize i = 0; i < length; i++) {
    if (i > sign && (length - i) % 3 == 0)
      g_string_append_c(out, ',');
    g_string_append_c(out, digits[i]);
  }
  return g_string_free(out, FALSE);
}

char *ak_effect_number_text(const json_t *value) {
  if (!json_is_number(value))
    return g_strdup(NONE);
  double number = json_number_value(value);
  if (number == 0)
    return g_strdup("0");
  if (json_is_integer(value) || fabs(number) >= 1000)
    return grouped((gint64)llround(number));
  return g_strdup_printf(fabs(number) >= 10 ? "%.1f" : "%.3f", number);
}

char *ak_effect_figure_text(const AkEffectPage *self, const json_t *figure) {
  const json_t *rate = json_object_get(figure, "rate");
  g_autofree char *k = grouped(json_integer_value(json_object_get(figure, "k")));
  g_autofree char *n = grouped(json_integer_value(json_object_get(figure, "n")));
  if (figure == NULL || json_integer_value(json_object_get(figure, "n")) == 0)
    return g_strdup(NONE);
  if (rate == NULL)
    return g_strdup_printf("%s/%s, %s", k, n, ak_effect_page_word(self, "effect.report.too-few"));
  return g_strdup_printf("%.1f %% [%.1f, %.1f] (%s/%s)", 100 * json_number_value(rate),
                         100 * json_number_value(json_object_get(figure, "lo")),
                         100 * json_number_value(json_object_get(figure, "hi")), k, n);
}

bool ak_effect_page_has_headline(const AkEffectPage *self) {
  static const char *const members[] = {"detection", "false_positive"};
  for (gsize p = 0; p < json_array_size(self->products); p++)
    for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
      const json_t *figure = json_object_get(json_array_get(self->products, p), members[i]);
      if (json_integer_value(json_object_get(figure, "n")) > 0)
        return true;
    }
  return false;
}

/* --- summary
 * -------------------------------------------------------------------------------------------- */

static void add_row(const AkEffectPage *self, AkDocNode *table, const json_t *product) {
  g_autofree char *detection = ak_effect_figure_text(self, json_object_get(product, "detection"));
  g_autofree char *alarms = ak_effect_figure_text(self, json_object_get(product, "false_positive"));
  g_autofree char *errors =
      ak_effect_number_text(json_object_get(json_object_get(product, "errors"), "cases"));
  g_autofree char *by =
      g_strdup_printf("effect.report.by.%s", ak_json_string_or(product, "detected_by", "block"));
  bool control = json_is_true(json_object_get(product, "control"));
  g_autofree char *name =
      g_strdup_printf("%s%s%s", ak_json_string_or(product, "id", ""), control ? " – " : "",
                      control ? ak_effect_page_word(self, "effect.report.control") : "");
  const char *cells[] = {name,
                         ak_json_string_or(product, "version", ""),
                         ak_effect_page_word(self, by),
                         detection,
                         alarms,
                         errors,
                         NULL};
  ak_doc_row(table, cells);
}

/* What must not be overlooked before the figures. */
static void add_notices(const AkEffectPage *self, AkDocNode *section) {
  const json_t *corpora = json_object_get(self->result, "corpora");
  ak_doc_notice(section, ak_effect_page_word(self, "effect.report.no-rank"));
  if (json_is_false(json_object_get(self->result, "finished")))
    ak_doc_notice(section, ak_effect_page_word(self, "effect.report.unfinished"));
  const json_t *notes = json_object_get(self->result, "notes");
  for (gsize i = 0; i < json_array_size(notes); i++)
    if (strcmp(ak_json_string_or(json_array_get(notes, i), "kind", ""), "withdrawal") == 0)
      ak_doc_notice(section, ak_effect_page_word(self, "effect.report.withdrawn"));
  for (gsize i = 0; i < json_array_size(self->products); i++) {
    const json_t *product = json_array_get(self->products, i);
    g_autofree char *merged =
        ak_text_format(self->lang, "effect.report.merged", ak_json_string_or(product, "id", ""));
    if (strcmp(ak_json_string_or(product, "captures", ""), "merged") == 0 &&
        !json_is_true(json_object_get(product, "control")))
      ak_doc_notice(section, merged);
  }
  for (gsize i = 0; i < json_array_size(corpora); i++) {
    const json_t *corpus = json_array_get(corpora, i);
    g_autofree char *burnt =
        ak_text_format(self->lang, "effect.report.burnt", ak_json_string_or(corpus, "id", ""));
    if (json_is_true(json_object_get(corpus, "burnt")))
      ak_doc_notice(section, burnt);
  }
}

static void add_rule(const AkEffectPage *self, AkDocNode *section, const char *member) {
  const json_t *figure = json_object_get(json_array_get(self->products, 0), member);
  const char *rule = ak_json_string_or(figure, "rule", NULL);
  g_autofree char *title = g_strdup_printf("effect.report.%s", member);
  g_autofree char *text = rule != NULL ? g_strdup_printf("%s: %s", ak_effect_page_word(self, title),
                                                         ak_effect_page_word(self, rule))
                                       : NULL;
  if (text != NULL)
    ak_doc_paragraph(section, text);
}

static void add_chart(AkDocNode *section, AkFigure *taken, const char *caption) {
  if (taken != NULL)
    ak_doc_figure(section, taken, caption);
}

static void add_summary(const AkEffectPage *self, AkDocNode *root) {
  static const char *const members[] = {"detection", "false_positive"};
  AkDocNode *section =
      ak_doc_section(root, "summary", ak_effect_page_word(self, "effect.report.summary"));
  add_notices(self, section);
  if (json_array_size(self->products) > 0 && !ak_effect_page_has_headline(self)) {
    ak_doc_notice(section, ak_effect_page_word(self, "effect.report.no-headline"));
    return;
  }
  const char *header[] = {ak_effect_page_word(self, "effect.report.product"),
                          ak_effect_page_word(self, "effect.report.version"),
                          ak_effect_page_word(self, "effect.report.detected-by"),
                          ak_effect_page_word(self, "effect.report.detection"),
                          ak_effect_page_word(self, "effect.report.false_positive"),
                          ak_effect_page_word(self, "effect.report.errors"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(self->products); i++)
    add_row(self, table, json_array_get(self->products, i));
  g_autofree char *confidence =
      ak_effect_percent(json_object_get(json_object_get(self->result, "statistics"), "confidence"));
  g_autofree char *means = ak_text_format(self->lang, "effect.report.interval", confidence);
  ak_doc_paragraph(section, means);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    g_autofree char *id = g_strdup_printf("effect.report.%s", members[i]);
    const char *title = ak_effect_page_word(self, id);
    if (self->draws)
      add_chart(section, ak_effect_chart_intervals(self, members[i], title), title);
    add_rule(self, section, members[i]);
  }
}

/* --- categories
 * ----------------------------------------------------------------------------------------- */

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Categories of all products, each once; borrowed texts. */
static GPtrArray *categories_of(const AkEffectPage *self) {
  GPtrArray *names = g_ptr_array_new();
  for (gsize p = 0; p < json_array_size(self->products); p++) {
    const json_t *rows = json_object_get(json_array_get(self->products, p), "categories");
    for (gsize i = 0; i < json_array_size(rows); i++)
      g_ptr_array_add(names, (char *)ak_json_string_or(json_array_get(rows, i), "category", ""));
  }
  g_ptr_array_sort(names, compare_texts);
  for (guint i = names->len; i > 1; i--)
    if (strcmp(names->pdata[i - 1], names->pdata[i - 2]) == 0)
      g_ptr_array_remove_index(names, i - 1);
  return names;
}

static const json_t *category_row(const json_t *product, const char *name) {
  const json_t *rows = json_object_get(product, "categories");
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (strcmp(ak_json_string_or(json_array_get(rows, i), "category", ""), name) == 0)
      return json_array_get(rows, i);
  return NULL;
}

static void add_matrix(const AkEffectPage *self, AkDocNode *section, const GPtrArray *names,
                       const char *member) {
  g_autofree char *id = g_strdup_printf("effect.report.%s", member);
  g_autoptr(GPtrArray) header = g_ptr_array_new();
  g_ptr_array_add(header, (char *)ak_effect_page_word(self, "effect.report.category"));
  for (gsize p = 0; p < json_array_size(self->products); p++)
    g_ptr_array_add(header, (char *)ak_json_string_or(json_array_get(self->products, p), "id", ""));
  g_ptr_array_add(header, NULL);
  AkDocNode *table = NULL;
  for (guint i = 0; i < names->len; i++) {
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    bool is_there = false;
    g_ptr_array_add(cells, g_strdup(names->pdata[i]));
    for (gsize p = 0; p < json_array_size(self->products); p++) {
      const json_t *row = category_row(json_array_get(self->products, p), names->pdata[i]);
      const json_t *figure = json_object_get(row, member);
      is_there = is_there || figure != NULL;
      g_ptr_array_add(cells, ak_effect_figure_text(self, figure));
    }
    g_ptr_array_add(cells, NULL);
    if (is_there && table == NULL) {
      ak_doc_paragraph(section, ak_effect_page_word(self, id));
      table = ak_doc_table(section, (const char *const *)header->pdata);
    }
    if (is_there)
      ak_doc_row(table, (const char *const *)cells->pdata);
  }
}

static void add_categories(const AkEffectPage *self, AkDocNode *root) {
  g_autoptr(GPtrArray) names = categories_of(self);
  if (names->len == 0)
    return;
  AkDocNode *section =
      ak_doc_section(root, "categories", ak_effect_page_word(self, "effect.report.categories"));
  ak_doc_paragraph(section, ak_effect_page_word(self, "effect.report.categories.means"));
  add_matrix(self, section, names, "detection");
  add_matrix(self, section, names, "false_positive");
}

/* --- all of it
 * ------------------------------------------------------------------------------------------ */

AkDoc *ak_report_effect_doc(const json_t *result, guint most, bool draws, AkLang lang) {
  AkEffectPage page = {result, json_object_get(result, "products"), lang, most, draws};
  g_autofree char *title =
      ak_text_format(lang, "effect.report.title", ak_json_string_or(result, "name", ""));
  AkDoc *doc = ak_doc_new(lang, title);
  AkDocNode *facts = ak_doc_facts(doc->root);
  ak_doc_fact(facts, ak_text(lang, "effect.report.run"), ak_json_string_or(result, "run", NULL));
  ak_doc_fact(facts, ak_text(lang, "effect.report.valid-until"),
              ak_json_string_or(result, "valid_until", NULL));
  add_summary(&page, doc->root);
  ak_effect_page_notes(&page, doc->root); /* beside the result, not behind it */
  add_categories(&page, doc->root);
  ak_effect_page_figures(&page, doc->root);
  ak_effect_page_panel(&page, doc->root);
  ak_effect_page_plan(&page, doc->root);
  ak_effect_page_cases(&page, doc->root); /* last, as they may fill many pages */
  return doc;
}

static GBytes *bytes_of(char *taken) {
  return g_bytes_new_take(taken, strlen(taken));
}

static char *html_of(const AkDoc *doc) {
  g_autoptr(GBytes) css =
      g_resources_lookup_data("/akashi/report/report.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *style =
      css != NULL ? g_strndup(g_bytes_get_data(css, NULL), g_bytes_get_size(css)) : g_strdup("");
  return ak_doc_to_html(doc, style);
}

/* Rows of a list of cases; the JSON has all. */
static const struct {
  const char *format;
  guint rows;
} rows_shown[] = {{"html", AK_EFFECT_ROWS_HELD}, {"pdf", 40}, {"text", 20}, {"markdown", 20}};
#define TEXT_COLUMNS 80 /* of a terminal: wider tables become lists */

static guint most_of(const char *format) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows_shown); i++)
    if (strcmp(rows_shown[i].format, format) == 0)
      return rows_shown[i].rows;
  return AK_EFFECT_ROWS_HELD;
}

static GBytes *doc_bytes(const AkDoc *doc, const char *format, gint64 now_utc_us, GError **error) {
  if (strcmp(format, "pdf") == 0) {
    AkPdfOptions options = {.created_utc_us = now_utc_us,
                            .author = "",
                            .contents = ak_text(doc->lang, "report.contents"),
                            .page_id = "report.page"};
    return ak_doc_to_pdf(doc, &options, error);
  }
  return bytes_of(strcmp(format, "html") == 0       ? html_of(doc)
                  : strcmp(format, "markdown") == 0 ? ak_doc_to_markdown(doc)
                                                    : ak_doc_to_text_within(doc, TEXT_COLUMNS));
}

static bool is_page(const char *format) {
  return strcmp(format, "html") == 0 || strcmp(format, "pdf") == 0;
}

GBytes *ak_report_effect_bytes(const json_t *result, const char *format, AkLang lang,
                               gint64 now_utc_us, GError **error) {
  if (strcmp(format, "json") == 0)
    return bytes_of(ak_report_effect_json(result));
  g_autoptr(AkDoc) doc = ak_report_effect_doc(result, most_of(format), is_page(format), lang);
  return doc_bytes(doc, format, now_utc_us, error);
}

GBytes *ak_report_effect_comparison_bytes(const json_t *result, const char *format, AkLang lang,
                                          gint64 now_utc_us, GError **error) {
  const json_t *runs = json_object_get(result, "runs");
  AkEffectPage page = {.result = result,
                       .products = json_object_get(result, "products"),
                       .lang = lang,
                       .draws = is_page(format)};
  const char *a = json_string_value(json_array_get(runs, 0)),
             *b = json_string_value(json_array_get(runs, 1));
  g_autofree char *title = ak_text_format(lang, "effect.report.comparison-title",
                                          a != NULL ? a : "", b != NULL ? b : "");
  g_autoptr(AkDoc) doc = ak_doc_new(lang, title);
  add_summary(&page, doc->root);
  ak_effect_page_notes(&page, doc->root);
  ak_effect_page_comparisons(&page, doc->root);
  return doc_bytes(doc, format, now_utc_us, error);
}
