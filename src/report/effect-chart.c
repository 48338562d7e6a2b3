/* Charts of a trial: intervals, round trips, curves. */
#include <math.h>
#include <string.h>

#include "report/effect-parts.h"

#define WIDTH 480.0
#define LABEL 130.0 /* for the names of products */
#define VALUE 112.0 /* for figures behind a row */
#define ROW 22.0
#define HEAD 26.0
#define INK 0x1f2933
#define FAINT 0x8a94a0
#define GRID 0xd9dee3
#define BLUE 0x1f5fa8
#define ORANGE 0xb3560b
#define MAX_ROWS 40

static const AkFigureType name_type = {9, INK, AK_FIGURE_END};
static const AkFigureType value_type = {8, INK, AK_FIGURE_START};
static const AkFigureType scale_type = {7.5, FAINT, AK_FIGURE_MIDDLE};

typedef struct {
  AkFigure *figure;
  double left, right, top, bottom, most; /* of the plot; `most` is the value at the right */
} Plot;

static void line(const Plot *self, double x1, double y1, double x2, double y2, gint32 ink,
                 double width) {
  AkFigurePoint points[] = {{x1, y1}, {x2, y2}};
  AkFigureLook look = {AK_FIGURE_NONE, ink, width, AK_FIGURE_SOLID};
  ak_figure_path(self->figure, "ML", points, &look);
}

static double place(const Plot *self, double value) {
  return self->left + (self->right - self->left) * CLAMP(value / self->most, 0, 1);
}

static void draw_grid(const Plot *self, const char *unit, double factor) {
  for (guint i = 0; i <= 5; i++) {
    double value = self->most * i / 5, x = place(self, value);
    g_autofree char *text = g_strdup_printf("%.4g%s", value * factor, i == 5 ? unit : "");
    line(self, x, self->top - 4, x, self->bottom, GRID, 0.6);
    ak_figure_text(self->figure, x, self->top - 8, text, &scale_type);
  }
}

static void draw_name(const Plot *self, double y, const char *name) {
  g_auto(GStrv) lines = ak_figure_wrap(self->figure, name, name_type.size, LABEL - 10, 1);
  if (lines[0] != NULL)
    ak_figure_text(self->figure, self->left - 8, y + 3, lines[0], &name_type);
}

static Plot plot_new(const AkEffectPage *page, const char *title, gsize rows, double most) {
  Plot self = {.left = LABEL, .right = WIDTH - VALUE, .top = HEAD, .most = most};
  self.bottom = HEAD + (double)rows * ROW;
  self.figure = ak_figure_new(page->lang, title, title, NULL);
  if (self.figure != NULL)
    ak_figure_set_size(self.figure, WIDTH, self.bottom + 6);
  return self;
}

/* --- intervals
 * ----------------------------------------------------------------------------------------- */

static void draw_interval(const Plot *self, double y, const json_t *figure) {
  const json_t *rate = json_object_get(figure, "rate"), *lo = json_object_get(figure, "lo"),
               *hi = json_object_get(figure, "hi");
  if (rate == NULL || lo == NULL || hi == NULL)
    return;
  double from = place(self, json_number_value(lo)), to = place(self, json_number_value(hi));
  double at = place(self, json_number_value(rate));
  AkFigureLook dot = {BLUE, AK_FIGURE_NONE, 0, AK_FIGURE_SOLID};
  line(self, from, y, to, y, BLUE, 1.6);
  line(self, from, y - 4, from, y + 4, BLUE, 1.6);
  line(self, to, y - 4, to, y + 4, BLUE, 1.6);
  ak_figure_box(self->figure, at - 3, y - 3, 6, 6, 3, &dot);
}

AkFigure *ak_effect_chart_intervals(const AkEffectPage *self, const char *member,
                                    const char *title) {
  gsize rows = MIN(json_array_size(self->products), MAX_ROWS);
  Plot plot = plot_new(self, title, rows, 1);
  if (plot.figure == NULL || rows == 0)
    return plot.figure;
  draw_grid(&plot, " %", 100);
  for (gsize i = 0; i < rows; i++) {
    const json_t *product = json_array_get(self->products, i),
                 *figure = json_object_get(product, member);
    double y = plot.top + ((double)i + 0.5) * ROW;
    g_autofree char *percent = ak_effect_percent(json_object_get(figure, "rate"));
    g_autofree char *text =
        g_strdup_printf("%s  %" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT, percent,
                        json_integer_value(json_object_get(figure, "k")),
                        json_integer_value(json_object_get(figure, "n")));
    ak_figure_begin(plot.figure, text);
    draw_name(&plot, y, ak_json_string_or(product, "id", ""));
    draw_interval(&plot, y, figure);
    ak_figure_text(plot.figure, plot.right + 8, y + 3, text, &value_type);
    ak_figure_end(plot.figure);
  }
  return plot.figure;
}

/* --- round trips
 * ---------------------------------------------------------------------------------------- */

static double latency(const json_t *product, const char *side, const char *which) {
  const json_t *spread =
      json_object_get(json_object_get(json_object_get(product, "overhead"), "latency_us"), side);
  return json_number_value(json_object_get(spread, which));
}

/* The next of 1, 2 and 5 times a power of ten: the scale's marks are then round numbers. */
static double round_up(double value) {
  double power = pow(10, floor(log10(value)));
  return power * (value <= power ? 1 : value <= 2 * power ? 2 : value <= 5 * power ? 5 : 10);
}

/* A bar to the median, a line on to the 95th percentile. */
static void draw_bar(const Plot *self, double y, double height, double median, double p95,
                     gint32 ink) {
  AkFigureLook look = {ink, AK_FIGURE_NONE, 0, AK_FIGURE_SOLID};
  double end = place(self, median), far = place(self, p95);
  ak_figure_box(self->figure, self->left, y, MAX(end - self->left, 0.5), height, 0, &look);
  line(self, end, y + height / 2, far, y + height / 2, ink, 1);
  line(self, far, y + 1, far, y + height - 1, ink, 1);
}

AkFigure *ak_effect_chart_overhead(const AkEffectPage *self, const char *title) {
  gsize rows = MIN(json_array_size(self->products), MAX_ROWS);
  double most = 0;
  for (gsize i = 0; i < rows; i++) {
    const json_t *product = json_array_get(self->products, i);
    most = MAX(most, MAX(latency(product, "with", "p95"), latency(product, "without", "p95")));
  }
  if (most <= 0)
    return NULL;
  Plot plot = plot_new(self, title, rows, round_up(most));
  if (plot.figure == NULL)
    return NULL;
  draw_grid(&plot, " ms", 0.001);
  for (gsize i = 0; i < rows; i++) {
    const json_t *product = json_array_get(self->products, i);
    double y = plot.top + (double)i * ROW;
    draw_name(&plot, y + ROW / 2, ak_json_string_or(product, "id", ""));
    if (json_object_get(product, "overhead") == NULL)
      continue;
    double with = latency(product, "with", "median"),
           without = latency(product, "without", "median");
    g_autofree char *text = g_strdup_printf("%.3g / %.3g ms", with / 1000, without / 1000);
    draw_bar(&plot, y + 3, 7, with, latency(product, "with", "p95"), BLUE);
    draw_bar(&plot, y + 12, 5, without, latency(product, "without", "p95"), ORANGE);
    ak_figure_text(plot.figure, plot.right + 8, y + ROW / 2 + 3, text, &value_type);
  }
  return plot.figure;
}

/* --- curves
 * --------------------------------------------------------------------------------------------- */

static void draw_curve(const Plot *self, const json_t *points, gint32 ink, AkFigureDash dash) {
  gsize count = json_array_size(points);
  g_autofree AkFigurePoint *places = g_new0(AkFigurePoint, count + 1);
  g_autoptr(GString) steps = g_string_new(NULL);
  for (gsize i = 0; i < count; i++) {
    const json_t *point = json_array_get(points, i);
    places[i].x = place(self, json_number_value(json_object_get(point, "false_alarm")));
    places[i].y = self->bottom -
                  (self->bottom - self->top) * json_number_value(json_object_get(point, "hit"));
    g_string_append_c(steps, i == 0 ? 'M' : 'L');
  }
  AkFigureLook look = {AK_FIGURE_NONE, ink, 1.5, dash};
  if (count > 1)
    ak_figure_path(self->figure, steps->str, places, &look);
}

AkFigure *ak_effect_chart_roc(const AkEffectPage *self, const char *title) {
  static const gint32 inks[] = {BLUE, ORANGE, 0x2f7d4f, 0x7a3e9d};
  Plot plot = {.left = 40, .right = 240, .top = HEAD, .bottom = HEAD + 200, .most = 1};
  guint drawn = 0;
  for (gsize i = 0; i < json_array_size(self->products); i++)
    drawn += json_object_get(json_array_get(self->products, i), "roc") != NULL;
  if (drawn == 0)
    return NULL;
  plot.figure = ak_figure_new(self->lang, title, title, NULL);
  if (plot.figure == NULL)
    return NULL;
  ak_figure_set_size(plot.figure, WIDTH, plot.bottom + 10);
  draw_grid(&plot, " %", 100);
  line(&plot, plot.left, plot.bottom, plot.right, plot.top, GRID, 0.8);
  drawn = 0;
  for (gsize i = 0; i < json_array_size(self->products); i++) {
    const json_t *product = json_array_get(self->products, i),
                 *roc = json_object_get(product, "roc");
    if (roc == NULL || drawn >= 8)
      continue;
    gint32 ink = inks[drawn % 4];
    double y = plot.top + 10 + drawn * 16.0;
    draw_curve(&plot, json_object_get(roc, "points"), ink,
               drawn < 4 ? AK_FIGURE_SOLID : AK_FIGURE_DASHED);
    g_autofree char *text = g_strdup_printf("%s  %.3f", ak_json_string_or(product, "id", ""),
                                            json_number_value(json_object_get(roc, "area")));
    line(&plot, plot.right + 16, y - 3, plot.right + 34, y - 3, ink, 1.5);
    ak_figure_text(plot.figure, plot.right + 40, y, text, &value_type);
    drawn++;
  }
  return plot.figure;
}
