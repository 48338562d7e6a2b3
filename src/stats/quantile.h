/* Quantiles. */
#pragma once

#include <glib.h>

void ak_stats_sort(double *values, gsize count); /* rising */

/* Of rising values, p from 0 to 1, straight between neighbours at p (count − 1); NAN for none.
 * Source: R. Hyndman, Y. Fan, Sample quantiles in statistical packages, 1996 (definition 7). */
double ak_stats_quantile(const double *sorted, gsize count, double p);
double ak_stats_median(const double *sorted, gsize count);
