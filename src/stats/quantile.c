#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

static int compare(gconstpointer a, gconstpointer b) {
  const double *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

void ak_stats_sort(double *values, gsize count) {
  if (count > 1)
    qsort(values, count, sizeof *values, compare);
}

double ak_stats_quantile(const double *sorted, gsize count, double p) {
  if (count == 0)
    return NAN;
  double at = CLAMP(p, 0, 1) * (double)(count - 1);
  gsize low = (gsize)at, high = MIN(low + 1, count - 1);
  return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

double ak_stats_median(const double *sorted, gsize count) {
  return ak_stats_quantile(sorted, count, 0.5);
}
