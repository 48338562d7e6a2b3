/* A document as a PDF for printing: A4, page numbers, contents, bookmarks, links, tables that go on over
 * pages with their header rows.
 *
 * Set in one pinned font (AK_PDF_FONT, Debian fonts-ipaexfont-gothic) through a private font configuration,
 * so that what else is installed or configured changes nothing: the same document and options give the same
 * bytes with the same versions of cairo, Pango and the font. */
#pragma once

#include "doc/doc.h"

typedef struct {
  gint64 created_utc_us; /* the date in the PDF; no clock is read */
  const char *author;    /* or "" */
  const char *contents;  /* heading of the table of contents */
  const char *page_id;   /* text id of "page %1$u of %2$u" */
} AkPdfOptions;

/* The caller's. NOT_FOUND where the font is not installed, LIMIT above 20,000 pages, INTERNAL where cairo
 * fails. Any thread. */
GBytes *ak_doc_to_pdf(const AkDoc *self, const AkPdfOptions *options, GError **error);
