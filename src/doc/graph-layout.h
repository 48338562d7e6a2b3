/* Where the nodes of a graph stand whose rows are given, and how its edges go between them. Graphviz's dot is asked, in a
 * process of its own: it gets numbers alone, never a text that somebody wrote. */
#pragma once

#include "doc/figure.h"

typedef struct {
  double width, height;
  guint row; /* from the top, below row_count */
} AkGraphBox;

typedef struct {
  guint32 from, to; /* numbers of boxes, not the same; of a pair there is one line, in one of its directions */
} AkGraphLine;

typedef struct {
  double width, height;   /* of everything */
  AkFigurePoint *centres; /* [box] */
  GPtrArray *lines;       /* [line] of GArray of AkFigurePoint: one, then three a Bézier curve */
} AkGraphPlaces;

/* The caller's; the same graph gives the same places with the same version of Graphviz. NOT_FOUND where dot (Debian
 * graphviz) is not there, TIMEOUT where it takes longer than 30 seconds, INVALID_DATA where its answer is none. */
AkGraphPlaces *ak_graph_layout(const GArray *boxes, const GArray *lines, guint row_count, GError **error);
void ak_graph_places_free(AkGraphPlaces *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkGraphPlaces, ak_graph_places_free)

/* What dot answers in its "plain" format, read on its own. */
AkGraphPlaces *ak_graph_places_parse(const char *text, gsize size, guint box_count, const GArray *lines,
                                     GError **error);
bool ak_doc_graph_layout_fuzz(const guint8 *data, gsize size);
