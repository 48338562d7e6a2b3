#include "doc/doc-pdf.h"

#include "doc/font.h"
#include "doc/pdf-layout.h"

#define MAX_PAGES 20000
#define HEAD_Y 30.0
#define FOOT_Y (AK_PDF_HEIGHT - 36.0)

typedef struct {
  AkPdfPages *pages;
  const AkDoc *doc;
  const AkPdfOptions *options;
  cairo_surface_t *surface;
  cairo_t *cairo;
  guint count; /* of pages */
} Painting;

/* --- painting ---------------------------------------------------------------------------------------------- */

static void paint_lines(cairo_t *cairo, const AkPdfMark *mark) {
  PangoLayoutIter *iter = pango_layout_get_iter(mark->layout);
  int at = 0, top = 0;
  do {
    int from = 0, to = 0;
    pango_layout_iter_get_line_yrange(iter, &from, &to);
    if (at == mark->first)
      top = from;
    if (at >= mark->first && at < mark->first + mark->lines) {
      double base = (double)(pango_layout_iter_get_baseline(iter) - top) / PANGO_SCALE;
      cairo_move_to(cairo, mark->x, mark->y + base);
      pango_cairo_show_layout_line(cairo, pango_layout_iter_get_line_readonly(iter));
    }
    at++;
  } while (at < mark->first + mark->lines && pango_layout_iter_next_line(iter));
  pango_layout_iter_free(iter);
}

static void paint_text(const Painting *self, const AkPdfMark *mark) {
  double grey = mark->link_page > 0 ? 0 : ak_pdf_style_grey(mark->style);
  cairo_set_source_rgb(self->cairo, grey, grey, mark->link_page > 0 ? 0.55 : grey);
  if (mark->link_page > 0) {
    g_autofree char *target = g_strdup_printf("page=%u pos=[%d %d]", mark->link_page,
                                              (int)AK_PDF_MARGIN, (int)mark->link_y);
    cairo_tag_begin(self->cairo, CAIRO_TAG_LINK, target);
  }
  if (mark->lines > 0) {
    paint_lines(self->cairo, mark);
  } else {
    cairo_move_to(self->cairo, mark->x, mark->y);
    pango_cairo_show_layout(self->cairo, mark->layout);
  }
  if (mark->link_page > 0)
    cairo_tag_end(self->cairo, CAIRO_TAG_LINK);
}

static void paint_fill(const Painting *self, const AkPdfMark *mark) {
  cairo_set_source_rgb(self->cairo, mark->grey, mark->grey, mark->grey);
  cairo_rectangle(self->cairo, mark->x, mark->y, mark->width, mark->height);
  cairo_fill(self->cairo);
}

static void paint_line(const Painting *self, const AkPdfMark *mark) {
  cairo_set_source_rgb(self->cairo, mark->grey, mark->grey, mark->grey);
  cairo_set_line_width(self->cairo, 0.5);
  cairo_move_to(self->cairo, mark->x, mark->y);
  cairo_line_to(self->cairo, mark->x + mark->width, mark->y);
  cairo_stroke(self->cairo);
}

static void paint_figure(const Painting *self, const AkPdfMark *mark) {
  double width = 1, height = 1;
  ak_figure_size(mark->figure, &width, &height);
  cairo_save(self->cairo);
  cairo_translate(self->cairo, mark->x + (mark->is_turned ? mark->width : 0), mark->y);
  if (mark->is_turned)
    cairo_rotate(self->cairo, G_PI_2);
  double scale = (mark->is_turned ? mark->height : mark->width) / width;
  cairo_scale(self->cairo, scale, scale);
  ak_figure_paint(mark->figure, self->cairo);
  cairo_restore(self->cairo);
}

static void (*const painters[])(const Painting *self, const AkPdfMark *mark) = {
    [AK_PDF_TEXT] = paint_text, [AK_PDF_FILL] = paint_fill, [AK_PDF_LINE] = paint_line,
    [AK_PDF_FIGURE] = paint_figure};

static double small_text(const Painting *self, const char *text, double y, bool right) {
  double width = AK_PDF_WIDTH - 2 * AK_PDF_MARGIN;
  PangoLayout *layout = ak_pdf_pages_layout(self->pages, AK_PDF_SMALL, width, text);
  int wide = 0;
  pango_layout_get_size(layout, &wide, NULL);
  AkPdfMark mark = {.kind = AK_PDF_TEXT, .y = y, .style = AK_PDF_SMALL, .layout = layout};
  mark.x = right ? AK_PDF_WIDTH - AK_PDF_MARGIN - (double)wide / PANGO_SCALE : AK_PDF_MARGIN;
  mark.lines = pango_layout_get_line_count(layout) > 1 ? 1 : 0; /* a long title is cut in the head alone */
  paint_text(self, &mark);
  return (double)wide / PANGO_SCALE;
}

static void paint_frame(const Painting *self, guint page) {
  g_autofree char *number =
      ak_text_format(self->doc->lang, self->options->page_id, page + 1, self->count);
  small_text(self, number, FOOT_Y, true);
  if (page == 0)
    return;
  small_text(self, self->doc->root->text, HEAD_Y, false);
  AkPdfMark rule = {.x = AK_PDF_MARGIN, .y = HEAD_Y + 14, .width = AK_PDF_WIDTH - 2 * AK_PDF_MARGIN,
                    .grey = 0.7};
  paint_line(self, &rule);
}

static void paint_pages(const Painting *self) {
  guint at = 0;
  for (guint page = 0; page < self->count; page++) {
    paint_frame(self, page);
    for (; at < self->pages->marks->len; at++) {
      const AkPdfMark *mark = &g_array_index(self->pages->marks, AkPdfMark, at);
      if (mark->page != page)
        break;
      painters[mark->kind](self, mark);
    }
    cairo_show_page(self->cairo);
  }
}

/* --- what is not painted ------------------------------------------------------------------------------------ */

static void add_bookmarks(const Painting *self) {
  int parents[8] = {CAIRO_PDF_OUTLINE_ROOT};
  for (guint i = 0; i < self->pages->bookmarks->len; i++) {
    const AkPdfBookmark *bookmark = &g_array_index(self->pages->bookmarks, AkPdfBookmark, i);
    guint depth = MIN(bookmark->depth, G_N_ELEMENTS(parents) - 2);
    g_autofree char *target = g_strdup_printf("page=%u pos=[%d %d]", bookmark->page + 1,
                                              (int)AK_PDF_MARGIN, (int)bookmark->y);
    parents[depth + 1] = cairo_pdf_surface_add_outline(self->surface, parents[depth], bookmark->title,
                                                       target, 0);
  }
}

static void set_metadata(const Painting *self) {
  g_autoptr(GDateTime) time =
      g_date_time_new_from_unix_utc(self->options->created_utc_us / G_USEC_PER_SEC);
  g_autofree char *date = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
                                       : g_strdup("1970-01-01T00:00:00Z");
  cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_TITLE, self->doc->root->text);
  cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_AUTHOR, self->options->author);
  cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_CREATOR, "akashi " AK_VERSION);
  cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
  cairo_pdf_surface_set_metadata(self->surface, CAIRO_PDF_METADATA_MOD_DATE, date);
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int length) {
  g_byte_array_append(closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static bool paint(Painting *self, GByteArray *out, GError **error) {
  self->surface = cairo_pdf_surface_create_for_stream(append, out, AK_PDF_WIDTH, AK_PDF_HEIGHT);
  self->cairo = cairo_create(self->surface);
  set_metadata(self);
  paint_pages(self);
  add_bookmarks(self);
  cairo_surface_finish(self->surface);
  cairo_status_t status = cairo_status(self->cairo);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status(self->surface);
  cairo_destroy(self->cairo);
  cairo_surface_destroy(self->surface);
  return status == CAIRO_STATUS_SUCCESS ||
         ak_error_set(error, AK_ERROR_INTERNAL, "PDF: %s", cairo_status_to_string(status));
}

GBytes *ak_doc_to_pdf(const AkDoc *self, const AkPdfOptions *options, GError **error) {
  PangoContext *context = ak_font_context(self->lang, error);
  if (context == NULL)
    return NULL;
  g_auto(AkPdfPages) pages = {0};
  ak_pdf_pages_init(&pages, context);
  g_object_unref(context); /* the pages hold it */
  ak_pdf_pages_set(&pages, self, options->contents);
  if (pages.page >= MAX_PAGES) {
    ak_error_set(error, AK_ERROR_LIMIT, "PDF: more than %d pages", MAX_PAGES);
    return NULL;
  }
  g_autoptr(GByteArray) out = g_byte_array_new();
  Painting painting = {.pages = &pages, .doc = self, .options = options, .count = pages.page + 1};
  if (!paint(&painting, out, error))
    return NULL;
  return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}
