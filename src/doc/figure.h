/* A drawing of paths and texts without any format, and its writers: SVG, PDF, PNG, and parts of HTML and of PDF
 * documents. Lengths in points (1/72 inch) from the upper left corner. The same figure gives the same bytes with the same
 * versions of cairo, Pango and the font. A figure is used by one thread at a time. */
#pragma once

#include "doc/font.h"
#include "doc/html.h"

#define AK_FIGURE_NONE (-1) /* no ink */

typedef enum { AK_FIGURE_SOLID, AK_FIGURE_DASHED, AK_FIGURE_DOTTED } AkFigureDash;
typedef enum { AK_FIGURE_START, AK_FIGURE_MIDDLE, AK_FIGURE_END } AkFigureAnchor;

typedef struct {
  double x, y;
} AkFigurePoint;

typedef struct {
  gint32 fill, stroke; /* 0xRRGGBB or AK_FIGURE_NONE */
  double width;        /* of the stroke */
  AkFigureDash dash;
} AkFigureLook;

typedef struct {
  double size; /* of the font */
  gint32 ink;
  AkFigureAnchor anchor;
} AkFigureType;

typedef struct _AkFigure AkFigure;

/* `title` and `description` are read out where the drawing cannot be seen. NOT_FOUND where the font is not installed. */
AkFigure *ak_figure_new(AkLang lang, const char *title, const char *description, GError **error);
void ak_figure_free(AkFigure *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFigure, ak_figure_free)

void ak_figure_set_size(AkFigure *self, double width, double height);
void ak_figure_size(const AkFigure *self, double *width, double *height);

/* `steps`: a letter a step, M(ove) and L(ine) take a point, C(urve) three, Z none. */
void ak_figure_path(AkFigure *self, const char *steps, const AkFigurePoint *points,
                    const AkFigureLook *look);
void ak_figure_box(AkFigure *self, double x, double y, double width, double height, double radius,
                   const AkFigureLook *look);
void ak_figure_polygon(AkFigure *self, const AkFigurePoint *points, gsize count,
                       const AkFigureLook *look);

/* `y` is the base line. */
void ak_figure_text(AkFigure *self, double x, double y, const char *text, const AkFigureType *type);
double ak_figure_text_width(const AkFigure *self, const char *text, double size);
/* At most `most` lines no wider than `width`, the last with "…" where something is left over; NULL-terminated, the
 * caller's. */
char **ak_figure_wrap(const AkFigure *self, const char *text, double size, double width, guint most);

/* What stands between the two belongs together; `title` is shown when it is pointed at. Not nested. */
void ak_figure_begin(AkFigure *self, const char *title);
void ak_figure_end(AkFigure *self);

char *ak_figure_to_svg(const AkFigure *self);                   /* a file; the caller's */
void ak_figure_to_html(const AkFigure *self, AkHtml *html);     /* an svg element */
GBytes *ak_figure_to_pdf(const AkFigure *self, gint64 created_utc_us, GError **error);
GBytes *ak_figure_to_png(const AkFigure *self, GError **error); /* LIMIT where it is too large */
/* With `cairo` at the figure's upper left corner, one unit a point. */
void ak_figure_paint(const AkFigure *self, cairo_t *cairo);
