#include "report/chain-figure.h"

#include <math.h>
#include <string.h>

#include "report/chain-legend.h"
#include "report/chain-look.h"

#define BOX_WIDTH 126.0
#define BOX_HEIGHT 46.0
#define HEAD_HEIGHT 64.0
#define BAND_LABEL 118.0 /* column at the left */
#define MARGIN 24.0
#define BAND_PAD 26.0

typedef struct {
  const AkChainMap *map;
  const AkGraphPlaces *places;
  AkFigure *figure;
  AkLang lang;
  double left, top; /* of the graph within the figure */
} Drawing;

static const AkChainMapBox *box_at(const AkChainMap *map, guint i) { return map->boxes->pdata[i]; }

static const AkElement *element_of(const Drawing *self, const AkChainMapBox *box) {
  return ak_chain_element_at(self->map->chain, box->element);
}

static AkFigurePoint centre_of(const Drawing *self, guint box) {
  AkFigurePoint at = self->places->centres[box];
  return (AkFigurePoint){at.x + self->left, at.y + self->top};
}

/* --- bands ---------------------------------------------------------------------------------------------------- */

/* Upper and lower end of the boxes of a layer; false where it has none. */
static bool extent_of(const Drawing *self, guint layer, double *from, double *to) {
  *from = G_MAXDOUBLE;
  *to = 0;
  for (guint i = 0; i < self->map->boxes->len; i++) {
    double y = centre_of(self, i).y;
    if (box_at(self->map, i)->layer != layer)
      continue;
    *from = MIN(*from, y - BOX_HEIGHT / 2 - BAND_PAD / 2);
    *to = MAX(*to, y + BOX_HEIGHT / 2 + BAND_PAD / 2);
  }
  return *from < *to;
}

static void draw_band_label(const Drawing *self, guint layer, double from, double to) {
  g_autofree char *id = g_strdup_printf("chain.layer.%u", layer), *about = g_strconcat(id, ".about", NULL);
  AkFigureType big = {13, AK_CHAIN_INK, AK_FIGURE_START}, small = {8.5, AK_CHAIN_FAINT, AK_FIGURE_START};
  double y = (from + to) / 2 - 10;
  ak_figure_text(self->figure, MARGIN + 10, y, ak_text(self->lang, id), &big);
  g_auto(GStrv) lines =
      ak_figure_wrap(self->figure, ak_text(self->lang, about), small.size, BAND_LABEL - 20, 5);
  for (guint i = 0; lines[i] != NULL; i++)
    ak_figure_text(self->figure, MARGIN + 10, y + 15 + i * 11, lines[i], &small);
}

static void draw_bands(const Drawing *self, double width) {
  static const gint32 tints[] = {0, 0xfbf5e6, 0xe9f5ec, 0xeaf1fb};
  for (guint layer = AK_CHAIN_LAYERS; layer >= 1; layer--) {
    double from, to;
    AkFigureLook look = {tints[layer], 0xc9ced3, 0.8, AK_FIGURE_SOLID};
    if (!extent_of(self, layer, &from, &to))
      continue;
    ak_figure_box(self->figure, MARGIN, from, width - 2 * MARGIN, to - from, 6, &look);
    draw_band_label(self, layer, from, to);
  }
}

/* --- lines ---------------------------------------------------------------------------------------------------- */

static void draw_arrow(const Drawing *self, AkFigurePoint from, AkFigurePoint tip, double size, gint32 ink) {
  double length = hypot(tip.x - from.x, tip.y - from.y);
  if (length == 0)
    return;
  double dx = (tip.x - from.x) / length, dy = (tip.y - from.y) / length;
  AkFigurePoint base = {tip.x - dx * size, tip.y - dy * size};
  AkFigurePoint points[] = {tip,
                            {base.x - dy * size * 0.45, base.y + dx * size * 0.45},
                            {base.x + dy * size * 0.45, base.y - dx * size * 0.45}};
  AkFigureLook look = {ink, AK_FIGURE_NONE, 0, AK_FIGURE_SOLID};
  ak_figure_polygon(self->figure, points, G_N_ELEMENTS(points), &look);
}

/* Points of a line within the figure; the caller's. */
static AkFigurePoint *points_of(const Drawing *self, guint line, guint *count) {
  const GArray *places = self->places->lines->pdata[line];
  AkFigurePoint *points = g_new(AkFigurePoint, places->len);
  for (guint i = 0; i < places->len; i++) {
    AkFigurePoint at = g_array_index(places, AkFigurePoint, i);
    points[i] = (AkFigurePoint){at.x + self->left, at.y + self->top};
  }
  *count = places->len;
  return points;
}

static void draw_curve(const Drawing *self, const AkFigurePoint *points, guint count,
                       const AkFigureLook *look) {
  g_autoptr(GString) steps = g_string_new("M");
  for (guint i = 1; i + 2 < count; i += 3)
    g_string_append_c(steps, 'C');
  ak_figure_path(self->figure, steps->str, points, look);
}

/* "gateway — arm: connects, flows" */
static char *line_title(const Drawing *self, const AkChainMapLine *line) {
  GString *title = g_string_new(NULL);
  g_string_append_printf(title, "%s — %s", element_of(self, box_at(self->map, line->from))->name,
                         element_of(self, box_at(self->map, line->to))->name);
  const char *before = ": ";
  for (guint i = 0; ak_chain_relation_kinds[i].name != NULL; i++)
    if (line->relations >> i & 1) {
      g_string_append_printf(title, "%s%s", before,
                             ak_chain_word_text(self->lang, "relation", ak_chain_relation_kinds[i].name));
      before = ", ";
    }
  return g_string_free(title, FALSE);
}

static void draw_line(const Drawing *self, guint number) {
  const AkChainMapLine *line = self->map->lines->pdata[number];
  const AkChainLineLook *style = ak_chain_line_look(line->relations);
  AkFigureLook look = style->look;
  guint count = 0;
  g_autofree AkFigurePoint *points = points_of(self, number, &count);
  g_autofree char *title = line_title(self, line);
  look.width += line->count > 1 ? MIN(log2(line->count) * 0.4, 3) : 0;
  ak_figure_begin(self->figure, title);
  if (line->count > 0)
    draw_curve(self, points, count, &look);
  if (ak_chain_line_is_directed(line->relations))
    draw_arrow(self, points[count - 2], points[count - 1], 7, look.stroke);
  ak_figure_end(self->figure);
}

/* --- ways ----------------------------------------------------------------------------------------------------- */

static AkFigurePoint middle_of(const AkFigurePoint *points, guint count) {
  guint at = (count - 1) / 3 / 2 * 3;
  const AkFigurePoint *p = points + at;
  return (AkFigurePoint){(p[0].x + 3 * p[1].x + 3 * p[2].x + p[3].x) / 8,
                         (p[0].y + 3 * p[1].y + 3 * p[2].y + p[3].y) / 8};
}

static void draw_way(const Drawing *self, guint number) {
  const AkChainMapLine *line = self->map->lines->pdata[number];
  AkFigureLook look = {AK_FIGURE_NONE, AK_CHAIN_ALARM, 2.8, AK_FIGURE_SOLID};
  guint count = 0;
  g_autofree AkFigurePoint *points = points_of(self, number, &count);
  look.dash = line->count == 0 ? AK_FIGURE_DASHED : AK_FIGURE_SOLID;
  draw_curve(self, points, count, &look);
  for (guint i = 0; i < line->steps->len; i++) {
    bool is_back = g_array_index(line->steps, AkChainMapStep, i).is_back;
    draw_arrow(self, points[is_back ? 1 : count - 2], points[is_back ? 0 : count - 1], 10, AK_CHAIN_ALARM);
  }
}

static void draw_way_numbers(const Drawing *self, guint number) {
  const AkChainMapLine *line = self->map->lines->pdata[number];
  guint count = 0;
  g_autofree AkFigurePoint *points = points_of(self, number, &count);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < line->steps->len; i++) {
    const AkChainMapStep *step = &g_array_index(line->steps, AkChainMapStep, i);
    g_string_append_printf(text, "%s%c%u", i > 0 ? " " : "", 'A' + (char)step->way, step->number);
  }
  AkFigurePoint at = middle_of(points, count);
  ak_chain_look_tag(self->figure, at.x, at.y, text->str, AK_CHAIN_PAPER, AK_CHAIN_ALARM);
}

/* --- boxes ---------------------------------------------------------------------------------------------------- */

static char *name_of(const Drawing *self, const AkChainMapBox *box) {
  const char *name = element_of(self, box)->name;
  if (self->map->detail == AK_CHAIN_MAP_PARTS && box->count > 1)
    return g_strdup_printf("%s +%u", name, box->count - 1);
  if (self->map->detail == AK_CHAIN_MAP_OWNERS)
    name = box->owner != NULL ? box->owner : ak_text(self->lang, "chain.draw.no-owner");
  if (self->map->detail == AK_CHAIN_MAP_KINDS)
    name = ak_chain_word_text(self->lang, "kind", ak_chain_elements[box->kind]);
  return g_strdup(name);
}

static char *head_of(const Drawing *self, const AkChainMapBox *box) {
  const char *kind = ak_chain_word_text(self->lang, "kind", ak_chain_elements[box->kind]);
  return self->map->detail >= AK_CHAIN_MAP_OWNERS
             ? g_strdup_printf("%s × %u", kind, box->count)
             : g_strdup_printf("%s · %s", kind, element_of(self, box)->id);
}

static void draw_box_texts(const Drawing *self, const AkChainMapBox *box, AkFigurePoint at) {
  g_autofree char *head = head_of(self, box), *name = name_of(self, box);
  AkFigureType small = {7.5, AK_CHAIN_FAINT, AK_FIGURE_START}, big = {10.5, AK_CHAIN_INK, AK_FIGURE_MIDDLE};
  bool is_round = box->kind == AK_ELEMENT_PEOPLE;
  double width = BOX_WIDTH - (is_round ? 30 : 14), left = is_round ? 22 : 8;
  g_auto(GStrv) first = ak_figure_wrap(self->figure, head, small.size,
                                       BOX_WIDTH - left - (is_round || box->reached > 0 ? 22 : 10), 1);
  g_auto(GStrv) lines = ak_figure_wrap(self->figure, name, big.size, width, 2);
  if (first[0] != NULL)
    ak_figure_text(self->figure, at.x - BOX_WIDTH / 2 + left, at.y - BOX_HEIGHT / 2 + 12, first[0], &small);
  double y = at.y + (lines[0] != NULL && lines[1] != NULL ? 2.5 : 8);
  for (guint i = 0; lines[i] != NULL; i++)
    ak_figure_text(self->figure, at.x, y + i * 12.5, lines[i], &big);
}

/* How many incidents can be reached there: a triangle and the number, so that it is no matter of colour. */
static void draw_count(const Drawing *self, const AkChainMapBox *box, AkFigurePoint at) {
  double x = at.x + BOX_WIDTH / 2 - 7, y = at.y - BOX_HEIGHT / 2 + 3;
  g_autofree char *number = g_strdup_printf("%u", box->reached);
  AkFigureLook look = {AK_CHAIN_PAPER, AK_CHAIN_ALARM, 1, AK_FIGURE_SOLID};
  AkFigureType type = {7, AK_CHAIN_ALARM, AK_FIGURE_MIDDLE};
  AkFigurePoint triangle[] = {{x, y - 10}, {x + 11, y + 8}, {x - 11, y + 8}};
  ak_figure_polygon(self->figure, triangle, 3, &look);
  ak_figure_text(self->figure, x, y + 6, number, &type);
}

static void draw_worst(const Drawing *self, const AkChainMapBox *box, AkFigurePoint at) {
  const json_t *row = box->worst->pdata[0];
  const char *impact = ak_json_string_or(row, "impact", "");
  g_autofree char *more = box->worst->len > 1 ? g_strdup_printf(" +%u", box->worst->len - 1) : g_strdup("");
  g_autofree char *text =
      g_strdup_printf("%s %s%s", ak_json_string_or(row, "id", ""),
                      ak_chain_word_text(self->lang, "impact", impact), more);
  double width = ak_figure_text_width(self->figure, text, 7.5) + 8;
  ak_chain_look_tag(self->figure, at.x + BOX_WIDTH / 2 - width / 2 - 4, at.y + BOX_HEIGHT / 2 + 1, text,
                    AK_CHAIN_ALARM, AK_CHAIN_PAPER);
}

static void draw_begins(const Drawing *self, const AkChainMapBox *box, AkFigurePoint at) {
  g_autoptr(GString) text = g_string_new("▶");
  for (guint i = 0; ak_chain_exposures[i] != NULL; i++)
    if (box->begins >> i & 1)
      g_string_append_printf(text, " %s", ak_chain_word_text(self->lang, "exposure", ak_chain_exposures[i]));
  double width = ak_figure_text_width(self->figure, text->str, 7.5) + 8;
  ak_chain_look_tag(self->figure, at.x - BOX_WIDTH / 2 + width / 2 - 6, at.y - BOX_HEIGHT / 2 - 3, text->str,
                    AK_CHAIN_INK, AK_CHAIN_PAPER);
}

static char *box_title(const Drawing *self, const AkChainMapBox *box) {
  const AkElement *element = element_of(self, box);
  g_autofree char *functions =
      element->functions != NULL ? g_strjoinv(", ", element->functions) : g_strdup("");
  g_autofree char *reached = g_strdup_printf("%u", box->reached);
  g_autofree char *says = ak_text_format(self->lang, "chain.draw.reached", reached);
  return g_strdup_printf("%s (%s)%s%s — %s", element->name, element->id, *functions != '\0' ? ": " : "",
                         functions, says);
}

static void draw_box(const Drawing *self, guint number) {
  const AkChainMapBox *box = box_at(self->map, number);
  AkFigurePoint at = centre_of(self, number), corner = {at.x - BOX_WIDTH / 2, at.y - BOX_HEIGHT / 2};
  bool is_worst = box->worst->len > 0;
  AkFigureLook look = {AK_CHAIN_PAPER, is_worst ? AK_CHAIN_ALARM : AK_CHAIN_INK, is_worst ? 2 : 0.9,
                       AK_FIGURE_SOLID};
  g_autofree char *title = box_title(self, box);
  ak_figure_begin(self->figure, title);
  ak_chain_look_shape(self->figure, box->kind, &corner, BOX_WIDTH, BOX_HEIGHT, &look);
  draw_box_texts(self, box, at);
  if (box->reached > 0)
    draw_count(self, box, at);
  if (box->begins != 0)
    draw_begins(self, box, at);
  if (is_worst)
    draw_worst(self, box, at);
  if (box->safety)
    ak_chain_look_tag(self->figure, corner.x + 22, corner.y + BOX_HEIGHT + 1,
                      ak_text(self->lang, "chain.draw.safety"), 0xffd54a, AK_CHAIN_INK);
  ak_figure_end(self->figure);
}

/* --- all of it ------------------------------------------------------------------------------------------------ */

static void draw_head(const Drawing *self, const char *world_name, double width) {
  AkFigureType big = {18, AK_CHAIN_INK, AK_FIGURE_START}, small = {10, AK_CHAIN_FAINT, AK_FIGURE_START};
  g_auto(GStrv) title = ak_figure_wrap(self->figure, self->map->chain->name, big.size, width - 2 * MARGIN, 1);
  g_autofree char *elements = g_strdup_printf("%u", self->map->chain->elements->len);
  g_autofree char *relations = g_strdup_printf("%u", self->map->chain->relations->len);
  g_autofree char *boxes = g_strdup_printf("%u", self->map->boxes->len);
  static const char *const details[] = {"chain.draw.elements", "chain.draw.parts", "chain.draw.owners",
                                        "chain.draw.kinds"};
  g_autofree char *what = ak_text_format(self->lang, details[self->map->detail], elements, relations, boxes);
  if (title[0] != NULL)
    ak_figure_text(self->figure, MARGIN, 34, title[0], &big);
  g_autofree char *line =
      g_strdup_printf("%s %s", ak_chain_word_text(self->lang, "draw.world", world_name), what);
  g_auto(GStrv) lines = ak_figure_wrap(self->figure, line, small.size, width - 2 * MARGIN, 1);
  if (lines[0] != NULL)
    ak_figure_text(self->figure, MARGIN, 52, lines[0], &small);
}

static void draw_all(const Drawing *self) {
  for (guint i = 0; i < self->map->lines->len; i++)
    draw_line(self, i);
  for (guint i = 0; i < self->map->lines->len; i++)
    if (((const AkChainMapLine *)self->map->lines->pdata[i])->steps->len > 0)
      draw_way(self, i);
  for (guint i = 0; i < self->map->boxes->len; i++)
    draw_box(self, i);
  for (guint i = 0; i < self->map->lines->len; i++)
    if (((const AkChainMapLine *)self->map->lines->pdata[i])->steps->len > 0)
      draw_way_numbers(self, i);
}

static AkGraphPlaces *places_of(const AkChainMap *map, GError **error) {
  g_autoptr(GArray) boxes = g_array_new(FALSE, FALSE, sizeof(AkGraphBox));
  g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(AkGraphLine));
  for (guint i = 0; i < map->boxes->len; i++) {
    AkGraphBox box = {BOX_WIDTH + 8, BOX_HEIGHT + 8, box_at(map, i)->row};
    g_array_append_val(boxes, box);
  }
  for (guint i = 0; i < map->lines->len; i++) {
    const AkChainMapLine *line = map->lines->pdata[i];
    AkGraphLine row = {line->from, line->to};
    g_array_append_val(lines, row);
  }
  return ak_graph_layout(boxes, lines, map->row_count, error);
}

AkFigure *ak_report_chain_figure(const AkChainMap *map, const char *world_name, AkLang lang, GError **error) {
  g_autoptr(AkGraphPlaces) places = places_of(map, error);
  if (places == NULL)
    return NULL;
  g_autofree char *elements = g_strdup_printf("%u", map->chain->elements->len);
  g_autofree char *ways = g_strdup_printf("%u", map->ways->len);
  g_autofree char *about = ak_text_format(lang, "chain.draw.about", elements, ways);
  g_autoptr(AkFigure) figure = ak_figure_new(lang, map->chain->name, about, error);
  if (figure == NULL)
    return NULL;
  double width = MAX(places->width + BAND_LABEL + 2 * MARGIN + BAND_PAD, AK_CHAIN_LEGEND_WIDTH + 2 * MARGIN);
  double room = width - 2 * MARGIN - BAND_LABEL - BAND_PAD;
  Drawing self = {map, places, figure, lang, MARGIN + BAND_LABEL + (room - places->width) / 2,
                  HEAD_HEIGHT + BAND_PAD / 2};
  draw_head(&self, world_name, width);
  draw_bands(&self, width);
  draw_all(&self);
  double below = self.top + places->height + BAND_PAD;
  double height = ak_report_chain_legend(figure, map, lang, MARGIN, below, width - 2 * MARGIN);
  ak_figure_set_size(figure, width, below + height + MARGIN);
  return g_steal_pointer(&figure);
}
