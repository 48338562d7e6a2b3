/* A figure as SVG, written by the builder that escapes. Source: SVG 2, 8 (coordinates), 9 (paths), 11 (text), 13
 * (painting); "Accessible Rich Internet Applications for SVG". */
#include <math.h>
#include <string.h>

#include "doc/figure-marks.h"

/* Where the pinned font is missing, another of its kind. */
#define FAMILIES "IPAexGothic, Noto Sans CJK JP, Noto Sans JP, Hiragino Sans, Yu Gothic, sans-serif"

/* Hundredths are enough, and no locale's comma comes in. */
static void append_number(GString *out, double value) {
  gint64 hundredths = (gint64)llround(value * 100);
  g_string_append_printf(out, "%s%" G_GINT64_FORMAT, hundredths < 0 ? "-" : "", ABS(hundredths) / 100);
  gint64 rest = ABS(hundredths) % 100;
  if (rest != 0)
    g_string_append_printf(out, rest % 10 == 0 ? ".%01" G_GINT64_FORMAT : ".%02" G_GINT64_FORMAT,
                           rest % 10 == 0 ? rest / 10 : rest);
}

static char *number(double value) {
  GString *text = g_string_new(NULL);
  append_number(text, value);
  return g_string_free(text, FALSE);
}

static char *colour(gint32 ink) {
  return ink == AK_FIGURE_NONE ? g_strdup("none") : g_strdup_printf("#%06x", (guint)ink);
}

static char *path_data(const AkFigureMark *mark) {
  GString *data = g_string_new(NULL);
  const AkFigurePoint *point = mark->points;
  for (const char *step = mark->text; *step != '\0'; step++) {
    g_string_append_c(data, *step);
    for (guint i = 0; i < ak_figure_points_of(*step); i++, point++) {
      if (i > 0)
        g_string_append_c(data, ' ');
      append_number(data, point->x);
      g_string_append_c(data, ' ');
      append_number(data, point->y);
    }
  }
  return g_string_free(data, FALSE);
}

static void write_path(const AkFigure *self, AkHtml *html, const AkFigureMark *mark) {
  static const char *const dashes[] = {
      [AK_FIGURE_SOLID] = NULL, [AK_FIGURE_DASHED] = "5 3", [AK_FIGURE_DOTTED] = "1.5 2.5"};
  g_autofree char *data = path_data(mark), *fill = colour(mark->look.fill);
  g_autofree char *stroke = colour(mark->look.stroke), *width = number(mark->look.width);
  bool is_drawn = mark->look.stroke != AK_FIGURE_NONE;
  ak_html_element(html, "path", NULL, "d", data, "fill", fill, "stroke", is_drawn ? stroke : NULL,
                  "stroke-width", is_drawn ? width : NULL, "stroke-dasharray",
                  is_drawn ? dashes[mark->look.dash] : NULL, NULL);
}

static void write_text(const AkFigure *self, AkHtml *html, const AkFigureMark *mark) {
  static const char *const anchors[] = {
      [AK_FIGURE_START] = NULL, [AK_FIGURE_MIDDLE] = "middle", [AK_FIGURE_END] = "end"};
  g_autofree char *x = number(mark->points[0].x), *y = number(mark->points[0].y);
  g_autofree char *size = number(mark->type.size), *fill = colour(mark->type.ink);
  ak_html_element(html, "text", mark->text, "x", x, "y", y, "font-size", size, "fill", fill,
                  "text-anchor", anchors[mark->type.anchor], NULL);
}

static void write_begin(const AkFigure *self, AkHtml *html, const AkFigureMark *mark) {
  ak_html_open(html, "g", NULL);
  ak_html_element(html, "title", mark->text, NULL);
}

static void write_end(const AkFigure *self, AkHtml *html, const AkFigureMark *mark) {
  ak_html_close(html);
}

static void (*const writers[])(const AkFigure *self, AkHtml *html, const AkFigureMark *mark) = {
    [AK_FIGURE_PATH] = write_path,
    [AK_FIGURE_TEXT] = write_text,
    [AK_FIGURE_BEGIN] = write_begin,
    [AK_FIGURE_END_GROUP] = write_end,
};

void ak_figure_to_html(const AkFigure *self, AkHtml *html) {
  g_autofree char *width = number(self->width), *height = number(self->height);
  g_autofree char *box = g_strdup_printf("0 0 %s %s", width, height);
  ak_html_open(html, "svg", "xmlns", "http://www.w3.org/2000/svg", "width", width, "height", height,
               "viewBox", box, "role", "img", "lang", ak_lang_name(self->lang), "font-family",
               FAMILIES, "aria-label", self->title, NULL);
  ak_html_element(html, "title", self->title, NULL);
  ak_html_element(html, "desc", self->description, NULL);
  for (guint i = 0; i < self->marks->len; i++) {
    const AkFigureMark *mark = self->marks->pdata[i];
    writers[mark->kind](self, html, mark);
  }
  ak_html_close(html);
}

char *ak_figure_to_svg(const AkFigure *self) {
  g_autoptr(AkHtml) html = ak_html_new_part();
  ak_figure_to_html(self, html);
  g_autofree char *svg = ak_html_end(html);
  return g_strconcat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", svg, "\n", NULL);
}
