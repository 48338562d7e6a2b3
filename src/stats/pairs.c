#include "stats/pairs.h"

#include "stats/interval.h"

/* P(X ≤ k) of n fair throws is I_½(n − k, k + 1). Source: NIST DLMF, 8.17.5. */
double ak_stats_mcnemar(guint64 only_a, guint64 only_b) {
  guint64 less = MIN(only_a, only_b), more = MAX(only_a, only_b);
  if (less == more)
    return 1;
  return MIN(1, 2 * ak_stats_beta(0.5, (double)more, (double)less + 1));
}

void ak_stats_holm(double *p, gsize count) {
  g_autofree gsize *order = g_new(gsize, count + 1);
  for (gsize i = 0; i < count; i++) { /* insertion: there are as many as pairs of products */
    gsize at = i;
    for (; at > 0 && p[order[at - 1]] > p[i]; at--)
      order[at] = order[at - 1];
    order[at] = i;
  }
  double so_far = 0;
  for (gsize i = 0; i < count; i++) {
    so_far = MAX(so_far, MIN(1, p[order[i]] * (double)(count - i)));
    p[order[i]] = so_far;
  }
}
