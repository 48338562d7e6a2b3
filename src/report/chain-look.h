/* How the kinds of elements and relations look in the picture of a value chain, and the words under them. */
#pragma once

#include "doc/figure.h"
#include "report/chain-map.h"

#define AK_CHAIN_INK 0x1f2933
#define AK_CHAIN_FAINT 0x5c6670
#define AK_CHAIN_ALARM 0xb00020
#define AK_CHAIN_PAPER 0xffffff

typedef struct {
  const char *name;      /* text chain.lines.NAME */
  const char *kinds;     /* of relations, split by "|" */
  AkFigureLook look;
} AkChainLineLook;

extern const AkChainLineLook ak_chain_line_looks[]; /* ends with a NULL name; the first that fits is taken */

const AkChainLineLook *ak_chain_line_look(guint relations);
/* Do they lead one way, so that an end has an arrow? */
bool ak_chain_line_is_directed(guint relations);

/* The outline of a kind of element, filled with white. `stroke`, `width`: of its line. */
void ak_chain_look_shape(AkFigure *figure, AkElementKind kind, const AkFigurePoint *corner, double width,
                         double height, const AkFigureLook *look);

/* A text in a rounded box whose middle is at x, y; `fill` and `ink` of it. Returns its width. */
double ak_chain_look_tag(AkFigure *figure, double x, double y, const char *text, gint32 fill, gint32 ink);

/* Text "chain.GROUP.NAME", or the name. */
const char *ak_chain_word_text(AkLang lang, const char *group, const char *name);
