/* What follows from the rates of a trial: both ways of counting errors, the three facts, classes,
 * alarms, time, overhead, comparisons, and what is no headline. */
#include <string.h>

#include "report/effect-parts.h"

static const char *word(const AkEffectPage *self, const char *id) {
  return ak_effect_page_word(self, id);
}

static const json_t *get(const json_t *object, const char *first, const char *second) {
  return json_object_get(json_object_get(object, first), second);
}

/* A row a figure, a column a product: so that pages do not grow wide. */
typedef struct {
  const AkEffectPage *page;
  AkDocNode *table;
} Grid;

static Grid grid_new(const AkEffectPage *page, AkDocNode *section) {
  g_autoptr(GPtrArray) header = g_ptr_array_new();
  g_ptr_array_add(header, (char *)word(page, "effect.report.figure"));
  for (gsize p = 0; p < json_array_size(page->products); p++)
    g_ptr_array_add(header, (char *)ak_json_string_or(json_array_get(page->products, p), "id", ""));
  g_ptr_array_add(header, NULL);
  return (Grid){page, ak_doc_table(section, (const char *const *)header->pdata)};
}

typedef char *GridCell(const AkEffectPage *page, const json_t *product, gconstpointer data);

static void grid_row(const Grid *self, const char *name_id, GridCell *cell, gconstpointer data) {
  g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(cells, g_strdup(word(self->page, name_id)));
  for (gsize p = 0; p < json_array_size(self->page->products); p++)
    g_ptr_array_add(cells, cell(self->page, json_array_get(self->page->products, p), data));
  g_ptr_array_add(cells, NULL);
  ak_doc_row(self->table, (const char *const *)cells->pdata);
}

static char *figure_cell(const AkEffectPage *page, const json_t *product, gconstpointer member) {
  return ak_effect_figure_text(page, json_object_get(product, member));
}

typedef struct {
  const char *name_id, *first, *second;
} Member;

static char *number_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  const Member *member = data;
  return ak_effect_number_text(member->second != NULL ? get(product, member->first, member->second)
                                                      : json_object_get(product, member->first));
}

static void add_rule(const AkEffectPage *self, AkDocNode *section, const char *name) {
  g_autofree char *id = g_strdup_printf("effect.rule.%s", name);
  ak_doc_paragraph(section, word(self, id));
}

/* --- errors and facts
 * ----------------------------------------------------------------------------------- */

static char *fact_cell(const AkEffectPage *page, const json_t *product, gconstpointer fact) {
  const json_t *row = get(product, "facts", fact);
  g_autofree char *yes = ak_effect_number_text(json_object_get(row, "yes"));
  g_autofree char *no = ak_effect_number_text(json_object_get(row, "no"));
  g_autofree char *unknown = ak_effect_number_text(json_object_get(row, "unknown"));
  return g_strdup_printf("%s / %s / %s", yes, no, unknown);
}

static char *kinds_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  json_t *kinds = (json_t *)get(product, "errors", "kinds");
  g_autoptr(GString) text = g_string_new(NULL);
  const char *kind = NULL;
  json_t *count = NULL;
  json_object_foreach(kinds, kind, count) {
    g_autofree char *id = g_strdup_printf("effect.error.%s", kind);
    g_string_append_printf(text, "%s%s: %" JSON_INTEGER_FORMAT, text->len > 0 ? ", " : "",
                           word(page, id), json_integer_value(count));
  }
  return g_strdup(text->len > 0 ? text->str : "–");
}

static char *open_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  const json_t *open = get(product, "errors", "failed_open");
  return g_strdup_printf("%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                         json_integer_value(json_object_get(open, "k")),
                         json_integer_value(json_object_get(open, "n")));
}

static char *undisputed_cell(const AkEffectPage *page, const json_t *product,
                             gconstpointer member) {
  return ak_effect_figure_text(page, get(product, "undisputed", member));
}

static bool has_any(const AkEffectPage *self, const char *member) {
  for (gsize p = 0; p < json_array_size(self->products); p++)
    if (json_object_get(json_array_get(self->products, p), member) != NULL)
      return true;
  return false;
}

static void add_errors(const AkEffectPage *self, AkDocNode *root) {
  static const Member counts[] = {{"effect.report.unsteady", "unsteady", NULL},
                                  {"effect.report.not-tried", "not_tried", NULL},
                                  {"effect.report.range-failed", "range_failed", NULL},
                                  {"effect.report.broken-work", "broken_work", NULL},
                                  {"effect.report.deaths", "deaths", NULL}};
  AkDocNode *section = ak_doc_section(root, "errors", word(self, "effect.report.both-ways"));
  ak_doc_paragraph(section, word(self, "effect.report.both-ways.means"));
  Grid grid = grid_new(self, section);
  grid_row(&grid, "effect.report.detection", figure_cell, "detection");
  grid_row(&grid, "effect.report.detection-clean", figure_cell, "detection_without_errors");
  grid_row(&grid, "effect.report.false_positive", figure_cell, "false_positive");
  grid_row(&grid, "effect.report.alarmed-clean", figure_cell, "false_positive_without_errors");
  if (has_any(self, "undisputed")) {
    grid_row(&grid, "effect.report.detection-undisputed", undisputed_cell, "detection");
    grid_row(&grid, "effect.report.alarmed-undisputed", undisputed_cell, "false_positive");
  }
  grid_row(&grid, "effect.report.error-kinds", kinds_cell, NULL);
  grid_row(&grid, "effect.report.failed-open", open_cell, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
    grid_row(&grid, counts[i].name_id, number_cell, &counts[i]);
  add_rule(self, section, "failed-open");
}

static void add_facts(const AkEffectPage *self, AkDocNode *root) {
  static const Member let = {"effect.report.let-through", "facts", "blocked_yet_happened"};
  AkDocNode *section = ak_doc_section(root, "facts", word(self, "effect.report.facts"));
  ak_doc_paragraph(section, word(self, "effect.report.facts.means"));
  Grid grid = grid_new(self, section);
  grid_row(&grid, "effect.report.happened", fact_cell, "happened");
  grid_row(&grid, "effect.report.blocked", fact_cell, "blocked");
  grid_row(&grid, "effect.report.logged", fact_cell, "logged");
  grid_row(&grid, let.name_id, number_cell, &let);
  grid_row(&grid, "effect.report.stopped", figure_cell, "stopped");
  add_rule(self, section, "facts");
  add_rule(self, section, "stopped");
}

/* --- classes, alarms, time
 * ------------------------------------------------------------------------------ */

static char *ratio_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  const json_t *ratio = get(product, "classes", "attacks_to_harmless");
  g_autofree char *attacks = ak_effect_number_text(json_array_get(ratio, 0));
  g_autofree char *harmless = ak_effect_number_text(json_array_get(ratio, 1));
  return g_strdup_printf("%s : %s", attacks, harmless);
}

static char *alarm_cell(const AkEffectPage *page, const json_t *product, gconstpointer per) {
  const json_t *alarms = json_object_get(product, "alarms");
  g_autofree char *lo_name = g_strdup_printf("%s_lo", (const char *)per);
  g_autofree char *hi_name = g_strdup_printf("%s_hi", (const char *)per);
  g_autofree char *value = ak_effect_number_text(json_object_get(alarms, per));
  g_autofree char *lo = ak_effect_number_text(json_object_get(alarms, lo_name));
  g_autofree char *hi = ak_effect_number_text(json_object_get(alarms, hi_name));
  return json_object_get(alarms, per) != NULL ? g_strdup_printf("%s [%s, %s]", value, lo, hi)
                                              : g_strdup("–");
}

static char *area_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  const json_t *roc = json_object_get(product, "roc"), *interval = json_object_get(roc, "interval");
  g_autofree char *area = ak_effect_number_text(json_object_get(roc, "area"));
  if (interval == NULL)
    return g_strdup(area);
  return g_strdup_printf("%s [%.3f, %.3f]", area,
                         json_number_value(json_object_get(interval, "lo")),
                         json_number_value(json_object_get(interval, "hi")));
}

static void add_classes(const AkEffectPage *self, AkDocNode *root) {
  static const Member members[] = {{"effect.report.precision", "classes", "precision"},
                                   {"effect.report.f1", "classes", "f1"},
                                   {"effect.report.mcc", "classes", "mcc"}};
  static const Member times[] = {{"effect.report.time-n", "time_to_detect", "n"},
                                 {"effect.report.time-median", "time_to_detect", "median_us"},
                                 {"effect.report.time-p95", "time_to_detect", "p95_us"}};
  AkDocNode *section = ak_doc_section(root, "classes", word(self, "effect.report.classes"));
  Grid grid = grid_new(self, section);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    grid_row(&grid, members[i].name_id, number_cell, &members[i]);
  grid_row(&grid, "effect.report.ratio", ratio_cell, NULL);
  grid_row(&grid, "effect.report.per-10000", alarm_cell, "per_10000");
  grid_row(&grid, "effect.report.a-day", alarm_cell, "a_day");
  for (gsize i = 0; i < G_N_ELEMENTS(times); i++)
    grid_row(&grid, times[i].name_id, number_cell, &times[i]);
  if (has_any(self, "roc"))
    grid_row(&grid, "effect.report.area", area_cell, NULL);
  add_rule(self, section, "classes");
  add_rule(self, section, "alarms");
  add_rule(self, section, "time");
  if (!has_any(self, "roc"))
    return;
  add_rule(self, section, "roc");
  AkFigure *figure =
      self->draws ? ak_effect_chart_roc(self, word(self, "effect.report.roc")) : NULL;
  if (figure != NULL)
    ak_doc_figure(section, figure, word(self, "effect.report.roc"));
}

/* --- overhead
 * -------------------------------------------------------------------------------------------- */

static char *spread_cell(const AkEffectPage *page, const json_t *product, gconstpointer side) {
  const json_t *spread =
      json_object_get(get(json_object_get(product, "overhead"), "latency_us", side), "median");
  const json_t *p95 =
      json_object_get(get(json_object_get(product, "overhead"), "latency_us", side), "p95");
  return spread != NULL ? g_strdup_printf("%.3f / %.3f", json_number_value(spread) / 1000,
                                          json_number_value(p95) / 1000)
                        : g_strdup("–");
}

static char *interval_text(const json_t *figure, double factor, const char *unit) {
  const json_t *value = json_object_get(figure, "value"), *lo = json_object_get(figure, "lo");
  if (value == NULL)
    return g_strdup("–");
  if (lo == NULL)
    return g_strdup_printf("%.4g%s", json_number_value(value) * factor, unit);
  return g_strdup_printf("%.4g%s [%.4g, %.4g]", json_number_value(value) * factor, unit,
                         json_number_value(lo) * factor,
                         json_number_value(json_object_get(figure, "hi")) * factor);
}

static char *added_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  return interval_text(get(json_object_get(product, "overhead"), "latency_us", "added"), 0.001,
                       " ms");
}

static char *kept_cell(const AkEffectPage *page, const json_t *product, gconstpointer data) {
  return interval_text(get(json_object_get(product, "overhead"), "throughput", "kept"), 100, " %");
}

static char *rate_cell(const AkEffectPage *page, const json_t *product, gconstpointer side) {
  return ak_effect_number_text(get(json_object_get(product, "overhead"), "throughput", side));
}

static char *use_cell(const AkEffectPage *page, const json_t *product, gconstpointer member) {
  return ak_effect_number_text(get(product, "use", member));
}

static void add_times(const Grid *grid) {
  static const Member connections = {"effect.report.connections", "overhead", "connections"};
  grid_row(grid, "effect.report.latency-with", spread_cell, "with");
  grid_row(grid, "effect.report.latency-without", spread_cell, "without");
  grid_row(grid, "effect.report.latency-added", added_cell, NULL);
  grid_row(grid, "effect.report.rate-with", rate_cell, "with_a_second");
  grid_row(grid, "effect.report.rate-without", rate_cell, "without_a_second");
  grid_row(grid, "effect.report.rate-kept", kept_cell, NULL);
  grid_row(grid, connections.name_id, number_cell, &connections);
}

static void add_use(const Grid *grid) {
  grid_row(grid, "effect.report.cpu", use_cell, "cpu_us_a_case");
  grid_row(grid, "effect.report.cpu-waited", use_cell, "waited_us_a_case");
  grid_row(grid, "effect.report.cpu-beside", use_cell, "cpu_s_beside");
  grid_row(grid, "effect.report.memory", use_cell, "memory_mib");
}

static void add_overhead(const AkEffectPage *self, AkDocNode *root) {
  bool has_times = has_any(self, "overhead"), has_use = has_any(self, "use");
  if (!has_times && !has_use)
    return;
  AkDocNode *section = ak_doc_section(root, "overhead", word(self, "effect.report.overhead"));
  Grid grid = grid_new(self, section);
  if (has_times)
    add_times(&grid);
  if (has_use)
    add_use(&grid);
  if (has_times)
    add_rule(self, section, "overhead");
  AkFigure *figure =
      self->draws ? ak_effect_chart_overhead(self, word(self, "effect.report.overhead.chart"))
                  : NULL;
  if (figure != NULL)
    ak_doc_figure(section, figure, word(self, "effect.report.overhead.chart"));
}

/* --- comparisons
 * ----------------------------------------------------------------------------------------- */

static void add_pair(const AkEffectPage *self, AkDocNode *table, const json_t *row) {
  const json_t *difference = json_object_get(row, "difference");
  g_autofree char *figure =
      g_strdup_printf("effect.report.%s", ak_json_string_or(row, "figure", "detection"));
  g_autofree char *pair =
      g_strdup_printf("%s – %s", ak_json_string_or(row, "a", ""), ak_json_string_or(row, "b", ""));
  g_autofree char *shift = interval_text(difference, 100, "");
  g_autofree char *split =
      g_strdup_printf("%" JSON_INTEGER_FORMAT " : %" JSON_INTEGER_FORMAT " / %" JSON_INTEGER_FORMAT,
                      json_integer_value(json_object_get(row, "only_a_right")),
                      json_integer_value(json_object_get(row, "only_b_right")),
                      json_integer_value(json_object_get(row, "bases")));
  g_autofree char *chance =
      g_strdup_printf("%.4g", json_number_value(json_object_get(row, "p_holm")));
  const char *says = json_is_true(json_object_get(row, "too_few")) ? "effect.report.too-few"
                     : json_is_true(json_object_get(row, "difference_shown"))
                         ? "effect.report.difference"
                         : "effect.report.no-difference";
  const char *cells[] = {pair, word(self, figure), shift, split, chance, word(self, says), NULL};
  ak_doc_row(table, cells);
}

void ak_effect_page_comparisons(const AkEffectPage *self, AkDocNode *root) {
  const json_t *rows = json_object_get(self->result, "comparisons");
  if (json_array_size(rows) == 0)
    return;
  AkDocNode *section = ak_doc_section(root, "comparisons", word(self, "effect.report.comparisons"));
  const char *header[] = {word(self, "effect.report.pair"),
                          word(self, "effect.report.figure"),
                          word(self, "effect.report.shift"),
                          word(self, "effect.report.split"),
                          word(self, "effect.report.chance"),
                          word(self, "effect.report.says"),
                          NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++)
    add_pair(self, table, json_array_get(rows, i));
  add_rule(self, section, "comparison");
}

/* --- what is no headline
 * --------------------------------------------------------------------------------- */

static void add_apart(const AkEffectPage *self, AkDocNode *root, const char *member,
                      const char *rule) {
  g_autofree char *id = g_strdup_printf("effect.report.%s", member);
  AkDocNode *table = NULL;
  AkDocNode *section = NULL;
  for (gsize p = 0; p < json_array_size(self->products); p++) {
    const json_t *product = json_array_get(self->products, p),
                 *rows = json_object_get(product, member);
    for (gsize i = 0; i < json_array_size(rows); i++) {
      const json_t *row = json_array_get(rows, i);
      if (section == NULL) {
        const char *header[] = {word(self, "effect.report.product"),
                                word(self, "effect.report.corpus"),
                                word(self, "effect.report.detected"),
                                word(self, "effect.report.alarmed"),
                                word(self, "effect.report.errors"),
                                word(self, "effect.report.expectations"),
                                NULL};
        section = ak_doc_section(root, member, word(self, id));
        add_rule(self, section, rule);
        table = ak_doc_table(section, header);
      }
      g_autofree char *detected = g_strdup_printf("%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                                                  json_integer_value(get(row, "detected", "k")),
                                                  json_integer_value(get(row, "detected", "n")));
      g_autofree char *alarmed = g_strdup_printf("%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                                                 json_integer_value(get(row, "alarmed", "k")),
                                                 json_integer_value(get(row, "alarmed", "n")));
      g_autofree char *errors = ak_effect_number_text(json_object_get(row, "errors"));
      const json_t *expected = json_object_get(row, "expectations");
      g_autofree char *told =
          expected == NULL
              ? g_strdup("–")
              : g_strdup_printf("%" JSON_INTEGER_FORMAT " / %" JSON_INTEGER_FORMAT
                                " / %" JSON_INTEGER_FORMAT,
                                json_integer_value(json_object_get(expected, "pass")),
                                json_integer_value(json_object_get(expected, "fail")),
                                json_integer_value(json_object_get(expected, "untold")));
      const char *cells[] = {ak_json_string_or(product, "id", ""),
                             ak_json_string_or(row, "corpus", ""),
                             detected,
                             alarmed,
                             errors,
                             told,
                             NULL};
      ak_doc_row(table, cells);
    }
  }
}

static void add_without_rate(const AkEffectPage *self, AkDocNode *root) {
  add_apart(self, root, "conformance", "conformance");
  add_apart(self, root, "function_check", "function-check");
}

/* Where there is no headline the counts without a rate are what was measured. */
void ak_effect_page_figures(const AkEffectPage *self, AkDocNode *root) {
  if (!ak_effect_page_has_headline(self)) {
    add_without_rate(self, root);
    add_overhead(self, root);
    return;
  }
  add_errors(self, root);
  add_facts(self, root);
  add_classes(self, root);
  add_overhead(self, root);
  ak_effect_page_comparisons(self, root);
  add_without_rate(self, root);
}
