/* The picture of a value chain: the three layers as bands, elements by kind, incidents and the ways to them over it. */
#pragma once

#include "doc/graph-layout.h"
#include "report/chain-map.h"

/* `world_name`: "claimed" or "backed", which the map was made of. The caller's; errors as ak_graph_layout and
 * ak_figure_new. */
AkFigure *ak_report_chain_figure(const AkChainMap *map, const char *world_name, AkLang lang, GError **error);

/* The same as a text for Graphviz, with the names; the caller's. */
char *ak_report_chain_dot(const AkChainMap *map, AkLang lang);
