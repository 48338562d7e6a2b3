/* The pinned font (AK_PDF_FONT, Debian fonts-ipaexfont-gothic) through a private configuration, so that
 * what else is installed or configured changes nothing. */
#pragma once

#include "doc/libpangocairo.h"
#include "util/text.h"

#define AK_FONT_FAMILY "IPAexGothic"

/* A context in which a point is a unit and nothing is hinted: a text is as wide on paper as it was
 * measured. A reference, the caller's, with a font map of its own: one thread. NOT_FOUND where the font is
 * not installed. */
PangoContext *ak_font_context(AkLang lang, GError **error);
