/* How well a product tells attacks from harmless work. */
#pragma once

#include "stats/bootstrap.h"

typedef struct {
  guint64 hit, miss;          /* attacks: detected, not detected */
  guint64 false_alarm, quiet; /* harmless: alarmed, not alarmed */
} AkConfusion;

/* NAN where there is nothing to divide by. All three depend on how many attacks come on a harmless
 * case: print that ratio with them. */
double ak_stats_precision(const AkConfusion *self);
double ak_stats_f1(const AkConfusion *self);
/* −1 … 1. Source: B. Matthews, Biochimica et Biophysica Acta 405 (1975). */
double ak_stats_mcc(const AkConfusion *self);

typedef struct {
  double score;
  guint32 group; /* cases of one group depend on each other */
  bool attack;
} AkScored;

typedef struct {
  double threshold;        /* alarm at or above it */
  double hit, false_alarm; /* rates, 0 … 1 */
} AkRocPoint;

/* The curve from (0, 0) to (1, 1), of AkRocPoint, a point each distinct score, highest first; sorts
 * `cases`. NULL without attacks or without harmless cases. The caller's. */
GArray *ak_stats_roc(AkScored *cases, gsize count);

/* The area under it: the chance that an attack scores above a harmless case, ties half. NAN as
 * above.
 */
double ak_stats_auc(const GArray *roc);
/* Its interval, by the variance of placements summed a group, on the logit scale; where every group
 * is one case it is that of DeLong et al. NAN … NAN where the area is 0 or 1, or one side has fewer
 * than two groups. Source: N. Obuchowski, Nonparametric analysis of clustered ROC curve data,
 * Biometrics 53 (1997); E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 44 (1988). */
AkInterval ak_stats_auc_interval(AkScored *cases, gsize count, double confidence,
                                 double *standard_error);
