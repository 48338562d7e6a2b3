#include "report/chain-legend.h"

#include "report/chain-look.h"

#define LINE 17.0

typedef struct {
  AkFigure *figure;
  AkLang lang;
  double x, y;
} Legend;

static const AkFigureType name_type = {9, AK_CHAIN_INK, AK_FIGURE_START};
static const AkFigureType head_type = {9, AK_CHAIN_FAINT, AK_FIGURE_START};

static void say(const Legend *self, double x, double y, const char *text) {
  ak_figure_text(self->figure, x, y + 3, text, &name_type);
}

static void draw_kinds(const Legend *self) {
  AkFigureLook look = {AK_CHAIN_PAPER, AK_CHAIN_INK, 0.9, AK_FIGURE_SOLID};
  for (guint kind = 0; kind < AK_CHAIN_ELEMENTS; kind++) {
    AkFigurePoint corner = {self->x + 4, self->y + kind * LINE - 5.5};
    ak_chain_look_shape(self->figure, (AkElementKind)kind, &corner, 28, 11, &look);
    say(self, self->x + 44, self->y + kind * LINE,
        ak_chain_word_text(self->lang, "kind", ak_chain_elements[kind]));
  }
}

static void draw_lines(const Legend *self) {
  for (guint i = 0; ak_chain_line_looks[i].name != NULL; i++) {
    double y = self->y + i * LINE;
    AkFigurePoint points[] = {{self->x, y}, {self->x + 34, y}};
    ak_figure_path(self->figure, "ML", points, &ak_chain_line_looks[i].look);
    say(self, self->x + 44, y, ak_chain_word_text(self->lang, "lines", ak_chain_line_looks[i].name));
  }
}

static void draw_marks(const Legend *self) {
  AkFigureLook alarm = {AK_CHAIN_PAPER, AK_CHAIN_ALARM, 1, AK_FIGURE_SOLID};
  AkFigureLook way = {AK_FIGURE_NONE, AK_CHAIN_ALARM, 2.8, AK_FIGURE_SOLID};
  double x = self->x + 17, y = self->y;
  AkFigurePoint triangle[] = {{x, y - 8}, {x + 9, y + 6}, {x - 9, y + 6}};
  AkFigurePoint line[] = {{self->x, y + 4 * LINE}, {self->x + 34, y + 4 * LINE}};
  AkFigureType number = {6.5, AK_CHAIN_ALARM, AK_FIGURE_MIDDLE};
  ak_figure_polygon(self->figure, triangle, 3, &alarm);
  ak_figure_text(self->figure, x, y + 4.5, "5", &number);
  ak_chain_look_tag(self->figure, x, y + LINE, "L2_2_a", AK_CHAIN_ALARM, AK_CHAIN_PAPER);
  ak_chain_look_tag(self->figure, x, y + 2 * LINE, "▶ …", AK_CHAIN_INK, AK_CHAIN_PAPER);
  ak_chain_look_tag(self->figure, x, y + 3 * LINE, ak_text(self->lang, "chain.draw.safety"), 0xffd54a,
                    AK_CHAIN_INK);
  ak_figure_path(self->figure, "ML", line, &way);
  ak_chain_look_tag(self->figure, x, y + 4 * LINE, "A1", AK_CHAIN_PAPER, AK_CHAIN_ALARM);
  static const char *const ids[] = {"chain.legend.count", "chain.legend.worst", "chain.legend.begins",
                                    "chain.legend.safety", "chain.legend.way"};
  for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
    say(self, self->x + 48, y + i * LINE, ak_text(self->lang, ids[i]));
}

/* "A: L2_2_a, press-slide — catastrophic, 9–85 days" */
static char *way_text(const Legend *self, const AkChainMap *map, guint i) {
  const AkChainMapWay *way = &g_array_index(map->ways, AkChainMapWay, i);
  const json_t *days = json_object_get(json_object_get(way->incident, "effort"), "days");
  const char *element = ak_json_string_or(way->incident, "element", "");
  return g_strdup_printf(
      "%c: %s %s — %s, %" JSON_INTEGER_FORMAT "–%" JSON_INTEGER_FORMAT " %s", 'A' + (char)i,
      ak_json_string_or(way->incident, "id", ""), element,
      ak_chain_word_text(self->lang, "impact", ak_json_string_or(way->incident, "impact", "")),
      json_integer_value(json_array_get(days, 0)), json_integer_value(json_array_get(days, 1)),
      ak_text(self->lang, "chain.draw.days"));
}

static void draw_ways(const Legend *self, const AkChainMap *map, double width) {
  if (map->ways->len == 0)
    say(self, self->x, self->y, ak_text(self->lang, "chain.legend.no-way"));
  for (guint i = 0; i < map->ways->len; i++) {
    g_autofree char *text = way_text(self, map, i);
    g_auto(GStrv) lines = ak_figure_wrap(self->figure, text, name_type.size, width, 2);
    for (guint l = 0; lines[l] != NULL; l++)
      say(self, self->x + (l > 0 ? 10 : 0), self->y + i * 2 * LINE * 0.8 + l * 12, lines[l]);
  }
}

double ak_report_chain_legend(AkFigure *figure, const AkChainMap *map, AkLang lang, double x, double y,
                              double width) {
  static const char *const heads[] = {"chain.legend.kinds", "chain.legend.lines", "chain.legend.marks",
                                      "chain.legend.ways"};
  static const double columns[] = {0, 120, 330, 600};
  double step = MAX(width / AK_CHAIN_LEGEND_WIDTH, 1);
  step = MIN(step, 1.25);
  Legend legend[4];
  for (guint i = 0; i < G_N_ELEMENTS(heads); i++) {
    legend[i] = (Legend){figure, lang, x + columns[i] * step, y + 34};
    ak_figure_text(figure, legend[i].x, y + 14, ak_text(lang, heads[i]), &head_type);
  }
  draw_kinds(&legend[0]);
  draw_lines(&legend[1]);
  draw_marks(&legend[2]);
  draw_ways(&legend[3], map, x + width - legend[3].x);
  return 34 + AK_CHAIN_ELEMENTS * LINE;
}
