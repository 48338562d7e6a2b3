/* Intervals of a proportion k of n whose cases are independent of each other. */
#pragma once

#include "util/error.h"

typedef struct {
  double lo, hi;
} AkInterval;

/* Regularized incomplete beta function I_x(a, b); a, b > 0, 0 ≤ x ≤ 1. About 13 digits for a + b up
 * to 10^6. Source: NIST Digital Library of Mathematical Functions, 8.17.22 (the continued
 * fraction), evaluated by the modified method of Lentz. */
double ak_stats_beta(double x, double a, double b);

/* The x with I_x(a, b) = p. */
double ak_stats_beta_quantile(double p, double a, double b);

/* The z below which a standard normal value lies with chance p, 0 < p < 1. */
double ak_stats_normal_quantile(double p);

/* `confidence` such as 0.95, both sides together. n = 0 gives 0 … 1: nothing is known.
 * Source: E. B. Wilson, Probable inference, JASA 22 (1927). */
AkInterval ak_stats_wilson(guint64 k, guint64 n, double confidence);
/* Never covers less than `confidence`. Source: C. Clopper, E. Pearson, Biometrika 26 (1934), by
 * quantiles of the beta distribution. */
AkInterval ak_stats_clopper_pearson(guint64 k, guint64 n, double confidence);
