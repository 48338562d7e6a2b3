/* A figure painted by cairo: into PDF and PNG. */
#include <math.h>
#include <string.h>

#include "doc/figure-marks.h"

#define PNG_SCALE 2.0 /* pixels a point */
#define PNG_SIDE_MAX 16384.0
#define PDF_SIDE_MAX 14400.0 /* Source: ISO 32000-1, annex C.2 */

static void set_ink(cairo_t *cairo, gint32 ink) {
  cairo_set_source_rgb(cairo, (ink >> 16 & 255) / 255.0, (ink >> 8 & 255) / 255.0, (ink & 255) / 255.0);
}

static void trace(cairo_t *cairo, const AkFigureMark *mark) {
  const AkFigurePoint *p = mark->points;
  cairo_new_path(cairo);
  for (const char *step = mark->text; *step != '\0'; p += ak_figure_points_of(*step), step++) {
    if (*step == 'M')
      cairo_move_to(cairo, p->x, p->y);
    else if (*step == 'L')
      cairo_line_to(cairo, p->x, p->y);
    else if (*step == 'C')
      cairo_curve_to(cairo, p[0].x, p[0].y, p[1].x, p[1].y, p[2].x, p[2].y);
    else
      cairo_close_path(cairo);
  }
}

static void paint_path(const AkFigure *self, cairo_t *cairo, const AkFigureMark *mark) {
  static const double dashed[] = {5, 3}, dotted[] = {1.5, 2.5};
  trace(cairo, mark);
  if (mark->look.fill != AK_FIGURE_NONE) {
    set_ink(cairo, mark->look.fill);
    cairo_fill_preserve(cairo);
  }
  if (mark->look.stroke != AK_FIGURE_NONE) {
    set_ink(cairo, mark->look.stroke);
    cairo_set_line_width(cairo, mark->look.width);
    cairo_set_dash(cairo, mark->look.dash == AK_FIGURE_DOTTED ? dotted : dashed,
                   mark->look.dash == AK_FIGURE_SOLID ? 0 : 2, 0);
    cairo_stroke(cairo);
  }
}

static void paint_text(const AkFigure *self, cairo_t *cairo, const AkFigureMark *mark) {
  g_autoptr(PangoLayout) layout = ak_figure_layout(self, mark->text, mark->type.size);
  double base = (double)pango_layout_get_baseline(layout) / PANGO_SCALE;
  set_ink(cairo, mark->type.ink);
  cairo_move_to(cairo, ak_figure_text_start(self, mark), mark->points[0].y - base);
  pango_cairo_show_layout(cairo, layout);
}

void ak_figure_paint(const AkFigure *self, cairo_t *cairo) {
  for (guint i = 0; i < self->marks->len; i++) {
    const AkFigureMark *mark = self->marks->pdata[i];
    if (mark->kind == AK_FIGURE_PATH)
      paint_path(self, cairo, mark);
    else if (mark->kind == AK_FIGURE_TEXT)
      paint_text(self, cairo, mark);
  }
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int length) {
  g_byte_array_append(closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static bool is_done(cairo_status_t status, const char *what, GError **error) {
  return status == CAIRO_STATUS_SUCCESS ||
         ak_error_set(error, AK_ERROR_INTERNAL, "%s: %s", what, cairo_status_to_string(status));
}

GBytes *ak_figure_to_pdf(const AkFigure *self, gint64 created_utc_us, GError **error) {
  double scale = MIN(1, PDF_SIDE_MAX / MAX(self->width, self->height));
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(created_utc_us / G_USEC_PER_SEC);
  g_autofree char *date = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
                                       : g_strdup("1970-01-01T00:00:00Z");
  g_autoptr(GByteArray) out = g_byte_array_new();
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(append, out, self->width * scale,
                                                                 self->height * scale);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, self->title);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "akashi " AK_VERSION);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, date);
  cairo_t *cairo = cairo_create(surface);
  cairo_scale(cairo, scale, scale);
  ak_figure_paint(self, cairo);
  cairo_show_page(cairo);
  cairo_surface_finish(surface);
  cairo_status_t status = cairo_status(cairo);
  status = status == CAIRO_STATUS_SUCCESS ? cairo_surface_status(surface) : status;
  cairo_destroy(cairo);
  cairo_surface_destroy(surface);
  return is_done(status, "PDF", error) ? g_byte_array_free_to_bytes(g_steal_pointer(&out)) : NULL;
}

GBytes *ak_figure_to_png(const AkFigure *self, GError **error) {
  double scale = MIN(PNG_SCALE, PNG_SIDE_MAX / MAX(self->width, self->height));
  cairo_surface_t *surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)ceil(self->width * scale), (int)ceil(self->height * scale));
  cairo_t *cairo = cairo_create(surface);
  set_ink(cairo, 0xffffff);
  cairo_paint(cairo);
  cairo_scale(cairo, scale, scale);
  ak_figure_paint(self, cairo);
  g_autoptr(GByteArray) out = g_byte_array_new();
  cairo_status_t status = cairo_status(cairo);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream(surface, append, out);
  cairo_destroy(cairo);
  cairo_surface_destroy(surface);
  return is_done(status, "PNG", error) ? g_byte_array_free_to_bytes(g_steal_pointer(&out)) : NULL;
}
