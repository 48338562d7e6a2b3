/* Intervals by drawing again from what was seen: for figures whose cases depend on each other
 * (variants of one base case), the groups are drawn, never the cases.
 *
 * The interval is the percentile one: the figures of all rounds sorted, the same share cut off at
 * either end. Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13. */
#pragma once

#include "stats/interval.h"

#define AK_STATS_ROUNDS 2000
#define AK_STATS_COLUMNS 4

typedef struct {
  guint64 seed;
  guint rounds;      /* AK_STATS_ROUNDS */
  double confidence; /* 0.95 */
} AkBootstrap;

/* What a group adds to the figure: up to four sums. */
typedef struct {
  gint64 at[AK_STATS_COLUMNS];
} AkBootstrapGroup;

/* A figure of the sums over all groups drawn; NAN where it is undefined: such a round is left out.
 */
typedef double AkBootstrapFigure(const gint64 sums[static AK_STATS_COLUMNS]);

AkBootstrapFigure ak_stats_ratio;      /* at[0] of at[1] */
AkBootstrapFigure ak_stats_difference; /* (at[0] − at[1]) of at[2] */

/* Groups as they are drawn, in memory that does not grow with their number: those that add the same
 * are one kind with a count (a multinomial draw, exact), so that 100,000 groups of few kinds cost no
 * more than their kinds; where more than AK_STATS_POOLS kinds come, groups are pooled at random into
 * so many, which are then drawn: groups are independent, so pools of them are. The same groups in
 * another order give the same figures, unless they are pooled. */
#define AK_STATS_POOLS 2000
typedef struct {
  guint64 count; /* of groups */
  GArray *kinds; /* in order; once they are pools, in the order of pools */
  GArray *fresh; /* that came since they were put in order */
  bool pooled;
  guint64 seed, drawn;
} AkBootstrapSet;

void ak_stats_set_init(AkBootstrapSet *self, guint64 seed); /* `seed`: of the pools */
void ak_stats_set_clear(AkBootstrapSet *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkBootstrapSet, ak_stats_set_clear)
void ak_stats_set_add(AkBootstrapSet *self, const AkBootstrapGroup *group);

/* The interval of a figure. `draws` (may be NULL) gets the number of rounds that counted; below half
 * of them, or without groups, the interval is NAN … NAN. Nothing is kept. */
AkInterval ak_stats_set_interval(AkBootstrapSet *self, AkBootstrapFigure *figure,
                                 const AkBootstrap *spec, guint *draws);
/* The interval of figures that the caller drew, which are sorted here; NAN are left out. */
AkInterval ak_stats_percentile_interval(double *figures, gsize count, double confidence,
                                        guint *draws);

/* A number of successes among `n` at chance `p`, from a random number: by summing up the chances
 * from the middle outwards, about sqrt(n p (1 − p)) steps. */
guint64 ak_stats_binomial_draw(guint64 random, guint64 n, double p);
