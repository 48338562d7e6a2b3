/* Two products on the same cases: is the difference more than chance? */
#pragma once

#include "util/error.h"

/* McNemar's exact test, two-sided: `only_a` cases that A alone got right, `only_b` those that B
 * alone did. The chance of a split at least so uneven if both were equally good; 1 where they never
 * differ. Source: Q. McNemar, Psychometrika 12 (1947); exact form by the binomial distribution. */
double ak_stats_mcnemar(guint64 only_a, guint64 only_b);

/* Holm's correction in place: each p becomes what it counts for among all of them, at most 1.
 * Source: S. Holm, Scandinavian Journal of Statistics 6 (1979). */
void ak_stats_holm(double *p, gsize count);
