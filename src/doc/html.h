/* An HTML builder that escapes by construction: there is no way to write raw markup, so nothing that
 * a device, an image or a product file said can become markup. Source: WHATWG HTML, 13.2.5 and
 * 13.3 (escaping of text and attribute values). */
#pragma once

#include <glib.h>

typedef struct _AkHtml AkHtml;

/* Begins with the doctype. */
AkHtml *ak_html_new(void);
/* Begins with nothing: a part of a document, or another of XML's kind. */
AkHtml *ak_html_new_part(void);
void ak_html_free(AkHtml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkHtml, ak_html_free)

/* Opens an element with attributes (name, value pairs, ends with NULL). A NULL value leaves the
 * attribute out, an empty one writes it without a value. Element and attribute names are the
 * program's own words. */
void ak_html_open(AkHtml *self, const char *element, ...) G_GNUC_NULL_TERMINATED;
/* Closes the innermost open element. */
void ak_html_close(AkHtml *self);

/* Text, escaped. Control characters that HTML does not allow are shown as U+FFFD. */
void ak_html_text(AkHtml *self, const char *text);

/* open, text, close. */
void ak_html_element(AkHtml *self, const char *element, const char *text, ...)
    G_GNUC_NULL_TERMINATED;

/* The program's own style sheet, for documents that carry it inside. Must not hold "</". */
void ak_html_style(AkHtml *self, const char *css);

/* Closes what is open and hands the document over; caller frees. */
char *ak_html_end(AkHtml *self);
