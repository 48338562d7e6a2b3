/* Where everything of a document stands on its pages: what doc-pdf.c paints. Lengths in points (1/72 inch),
 * from the page's upper left corner. Source: ISO 216 for A4. */
#pragma once

#include "doc/doc.h"
#include "doc/figure.h"
#include "doc/libpangocairo.h"

#define AK_PDF_WIDTH 595.28
#define AK_PDF_HEIGHT 841.89
#define AK_PDF_MARGIN 48.0
#define AK_PDF_TOP 62.0
#define AK_PDF_BOTTOM (AK_PDF_HEIGHT - 56.0)

/* How texts look; the table stands in pdf-layout.c. */
typedef enum {
  AK_PDF_TITLE,
  AK_PDF_HEADING,
  AK_PDF_SUBHEADING,
  AK_PDF_BODY,
  AK_PDF_NOTICE,
  AK_PDF_NAME,
  AK_PDF_CELL,
  AK_PDF_HEADER,
  AK_PDF_SMALL,
  AK_PDF_STYLE_COUNT,
} AkPdfStyle;

typedef enum { AK_PDF_TEXT, AK_PDF_FILL, AK_PDF_LINE, AK_PDF_FIGURE } AkPdfMarkKind;

/* Something to paint. */
typedef struct {
  AkPdfMarkKind kind;
  guint page;         /* from 0 */
  double x, y;        /* upper left corner */
  double width, height;
  AkPdfStyle style;   /* TEXT: its colour */
  PangoLayout *layout; /* TEXT; a reference */
  int first, lines;   /* TEXT: a part of the layout's lines; lines 0: all */
  double grey;        /* FILL, LINE: 0 black … 1 white */
  const AkFigure *figure; /* FIGURE: of the document, which outlives the pages */
  bool is_turned;     /* FIGURE: a quarter to the right */
  guint link_page;    /* TEXT: where it leads, from 1; 0: nowhere */
  double link_y;
} AkPdfMark;

/* A bookmark. */
typedef struct {
  char *title;
  guint depth; /* 0: the document's sections */
  guint page;  /* from 0 */
  double y;
} AkPdfBookmark;

typedef struct {
  PangoContext *context;
  PangoFontDescription *fonts[AK_PDF_STYLE_COUNT];
  GHashTable *layouts;  /* "STYLE WIDTH TEXT" → PangoLayout */
  GArray *marks;        /* of AkPdfMark, by page */
  GArray *bookmarks;    /* of AkPdfBookmark */
  guint page;           /* the open one, from 0 */
  double y;             /* of the next block */
} AkPdfPages;

void ak_pdf_pages_init(AkPdfPages *self, PangoContext *context);
void ak_pdf_pages_clear(AkPdfPages *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkPdfPages, ak_pdf_pages_clear)

/* Sets the whole document; `contents` is the heading of its table of contents. */
void ak_pdf_pages_set(AkPdfPages *self, const AkDoc *doc, const char *contents);

/* A text of one style and width in points, wrapped anywhere rather than running over; a reference that the
 * pages own. */
PangoLayout *ak_pdf_pages_layout(AkPdfPages *self, AkPdfStyle style, double width, const char *text);

/* Its colour as a grey. */
double ak_pdf_style_grey(AkPdfStyle style);
