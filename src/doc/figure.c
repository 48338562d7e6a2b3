#include <string.h>

#include "doc/figure-marks.h"

static void mark_free(AkFigureMark *self) {
  g_free(self->text);
  g_free(self->points);
  g_free(self);
}

AkFigure *ak_figure_new(AkLang lang, const char *title, const char *description, GError **error) {
  PangoContext *context = ak_font_context(lang, error);
  if (context == NULL)
    return NULL;
  AkFigure *self = g_new0(AkFigure, 1);
  self->lang = lang;
  self->title = g_strdup(title);
  self->description = g_strdup(description);
  self->context = context;
  self->marks = g_ptr_array_new_with_free_func((GDestroyNotify)mark_free);
  return self;
}

void ak_figure_free(AkFigure *self) {
  if (self == NULL)
    return;
  g_free(self->title);
  g_free(self->description);
  g_ptr_array_unref(self->marks);
  g_object_unref(self->context);
  g_free(self);
}

void ak_figure_set_size(AkFigure *self, double width, double height) {
  self->width = width;
  self->height = height;
}

void ak_figure_size(const AkFigure *self, double *width, double *height) {
  *width = self->width;
  *height = self->height;
}

static AkFigureMark *add(AkFigure *self, AkFigureKind kind, const char *text) {
  AkFigureMark *mark = g_new0(AkFigureMark, 1);
  mark->kind = kind;
  mark->text = g_strdup(text);
  g_ptr_array_add(self->marks, mark);
  return mark;
}

/* --- paths ------------------------------------------------------------------------------------------------ */

guint ak_figure_points_of(char step) {
  return step == 'C' ? 3 : step == 'Z' ? 0 : 1;
}

void ak_figure_path(AkFigure *self, const char *steps, const AkFigurePoint *points,
                    const AkFigureLook *look) {
  gsize count = 0;
  for (const char *step = steps; *step != '\0'; step++)
    count += ak_figure_points_of(*step);
  AkFigureMark *mark = add(self, AK_FIGURE_PATH, steps);
  mark->points = g_memdup2(points, count * sizeof *points);
  mark->look = *look;
}

void ak_figure_box(AkFigure *self, double x, double y, double width, double height, double radius,
                   const AkFigureLook *look) {
  double right = x + width, bottom = y + height, r = radius, k = radius * 0.4477; /* 1 - 0.5523: a quarter of a circle */
  AkFigurePoint points[] = {
      {x + r, y},          {right - r, y},      {right - k, y},  {right, y + k},  {right, y + r},
      {right, bottom - r}, {right, bottom - k}, {right - k, bottom}, {right - r, bottom},
      {x + r, bottom},     {x + k, bottom},     {x, bottom - k}, {x, bottom - r}, {x, y + r},
      {x, y + k},          {x + k, y},          {x + r, y}};
  AkFigurePoint corners[] = {{x, y}, {right, y}, {right, bottom}, {x, bottom}};
  if (radius > 0)
    ak_figure_path(self, "MLCLCLCLCZ", points, look);
  else
    ak_figure_polygon(self, corners, 4, look);
}

void ak_figure_polygon(AkFigure *self, const AkFigurePoint *points, gsize count,
                       const AkFigureLook *look) {
  g_autoptr(GString) steps = g_string_new(NULL);
  for (gsize i = 0; i < count; i++)
    g_string_append_c(steps, i == 0 ? 'M' : 'L');
  g_string_append_c(steps, 'Z');
  ak_figure_path(self, steps->str, points, look);
}

/* --- texts ------------------------------------------------------------------------------------------------- */

void ak_figure_text(AkFigure *self, double x, double y, const char *text, const AkFigureType *type) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  AkFigurePoint at = {x, y};
  AkFigureMark *mark = add(self, AK_FIGURE_TEXT, valid);
  mark->points = g_memdup2(&at, sizeof at);
  mark->type = *type;
}

PangoLayout *ak_figure_layout(const AkFigure *self, const char *text, double size) {
  PangoLayout *layout = pango_layout_new(self->context);
  PangoFontDescription *font = pango_font_description_from_string(AK_FONT_FAMILY);
  pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_single_paragraph_mode(layout, TRUE);
  pango_layout_set_text(layout, text, -1);
  return layout;
}

double ak_figure_text_width(const AkFigure *self, const char *text, double size) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autoptr(PangoLayout) layout = ak_figure_layout(self, valid, size);
  int width = 0;
  pango_layout_get_size(layout, &width, NULL);
  return (double)width / PANGO_SCALE;
}

double ak_figure_text_start(const AkFigure *self, const AkFigureMark *mark) {
  static const double shares[] = {
      [AK_FIGURE_START] = 0, [AK_FIGURE_MIDDLE] = 0.5, [AK_FIGURE_END] = 1};
  double share = shares[mark->type.anchor];
  double width = share > 0 ? ak_figure_text_width(self, mark->text, mark->type.size) : 0;
  return mark->points[0].x - share * width;
}

/* The longest beginning of `text` that is no wider; at least one letter. */
static char *fitting(const AkFigure *self, const char *text, double size, double width,
                     const char *tail) {
  glong low = 1, high = g_utf8_strlen(text, -1);
  while (low < high) {
    glong middle = (low + high + 1) / 2;
    g_autofree char *begin = g_utf8_substring(text, 0, middle);
    g_autofree char *line = g_strconcat(begin, tail, NULL);
    if (ak_figure_text_width(self, line, size) <= width)
      low = middle;
    else
      high = middle - 1;
  }
  g_autofree char *begin = g_utf8_substring(text, 0, low);
  return g_strconcat(begin, tail, NULL);
}

#define LETTERS_MAX 400 /* of a text that is set in a figure; longer ones are cut before they are measured */

char **ak_figure_wrap(const AkFigure *self, const char *text, double size, double width, guint most) {
  g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autofree char *rest = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), LETTERS_MAX));
  for (guint line = 1; *rest != '\0' && line <= most; line++) {
    if (ak_figure_text_width(self, rest, size) <= width) {
      g_strv_builder_add(lines, rest);
      break;
    }
    g_autofree char *part = fitting(self, rest, size, width, line == most ? "…" : "");
    const char *space = line < most ? strrchr(part, ' ') : NULL;
    gsize used = space != NULL && space > part ? (gsize)(space - part) : strlen(part);
    part[used] = '\0';
    g_strv_builder_add(lines, part);
    if (line == most)
      break;
    char *left = g_strdup(g_strchug(rest + used));
    g_free(rest);
    rest = left;
  }
  return g_strv_builder_end(lines);
}

/* --- groups ------------------------------------------------------------------------------------------------ */

void ak_figure_begin(AkFigure *self, const char *title) { add(self, AK_FIGURE_BEGIN, title); }

void ak_figure_end(AkFigure *self) { add(self, AK_FIGURE_END_GROUP, NULL); }
