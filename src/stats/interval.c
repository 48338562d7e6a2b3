#include "stats/interval.h"

#include <math.h>

#define MAX_TERMS 100000 /* about 5 sqrt(max(a, b)) are needed */
#define SMALLEST 1e-300  /* stands in for a denominator of 0 */

/* lgamma without its global sign. */
static double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

/* DLMF 8.17.23: the coefficient d_m of the continued fraction. */
static double coefficient(guint64 term, double x, double a, double b) {
  double m = (double)(term / 2);
  return term % 2 == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                       : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

static double fraction(double x, double a, double b) {
  double value = 1, c = 1, d = 0;
  for (guint64 term = 1; term < MAX_TERMS; term++) {
    double step = coefficient(term, x, a, b);
    d = 1 + step * d;
    c = 1 + step / c;
    d = 1 / (fabs(d) < SMALLEST ? SMALLEST : d);
    c = fabs(c) < SMALLEST ? SMALLEST : c;
    value *= c * d;
    if (fabs(c * d - 1) < 1e-15)
      break;
  }
  return 1 / value;
}

double ak_stats_beta(double x, double a, double b) {
  if (x <= 0 || x >= 1)
    return x <= 0 ? 0 : 1;
  double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
  /* it converges fast on this side of the mean; the other side is its mirror image */
  return x <= (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a
                                    : 1 - front * fraction(1 - x, b, a) / b;
}

/* By halving: it rises everywhere, so this cannot go astray. */
double ak_stats_beta_quantile(double p, double a, double b) {
  double lo = 0, hi = 1;
  for (guint i = 0; i < 200 && hi - lo > 1e-16 * hi; i++) {
    double middle = lo + (hi - lo) / 2;
    if (ak_stats_beta(middle, a, b) < p)
      lo = middle;
    else
      hi = middle;
  }
  return lo + (hi - lo) / 2;
}

double ak_stats_normal_quantile(double p) {
  double lo = -40, hi = 40;
  for (guint i = 0; i < 200 && hi - lo > 1e-15; i++) {
    double middle = lo + (hi - lo) / 2;
    if (erfc(-middle / M_SQRT2) / 2 < p)
      lo = middle;
    else
      hi = middle;
  }
  return lo + (hi - lo) / 2;
}

AkInterval ak_stats_wilson(guint64 k, guint64 n, double confidence) {
  if (n == 0 || k > n)
    return (AkInterval){0, 1};
  double z = -ak_stats_normal_quantile((1 - confidence) / 2), count = (double)n;
  double rate = (double)k / count, weight = z * z / count;
  double centre = (rate + weight / 2) / (1 + weight);
  double half = z * sqrt(rate * (1 - rate) / count + weight / (4 * count)) / (1 + weight);
  /* at the ends the formula is exactly 0 or 1; rounding must not say otherwise */
  return (AkInterval){k == 0 ? 0 : MAX(centre - half, 0), k == n ? 1 : MIN(centre + half, 1)};
}

AkInterval ak_stats_clopper_pearson(guint64 k, guint64 n, double confidence) {
  if (n == 0 || k > n)
    return (AkInterval){0, 1};
  double tail = (1 - confidence) / 2, hits = (double)k, misses = (double)(n - k);
  return (AkInterval){k == 0 ? 0 : ak_stats_beta_quantile(tail, hits, misses + 1),
                      k == n ? 1 : 1 - ak_stats_beta_quantile(tail, misses, hits + 1)};
}
