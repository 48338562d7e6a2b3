/* What the marks of the picture of a value chain mean, below it. */
#pragma once

#include "doc/figure.h"
#include "report/chain-map.h"

#define AK_CHAIN_LEGEND_WIDTH 860.0 /* it takes as much, or more */

/* Draws it at x, y and returns its height. */
double ak_report_chain_legend(AkFigure *figure, const AkChainMap *map, AkLang lang, double x, double y,
                              double width);
