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

/* Puts them in order: by score, highest first, or by group; what is equal in any order. */
typedef void AkScoredSort(gpointer data, AkScored *cases, gsize count, bool by_group);

typedef struct {
  AkScored *cases;
  gsize count;
  AkScoredSort *sort; /* NULL: in memory */
  gpointer data;
} AkScoredList;

typedef struct {
  double threshold;        /* alarm at or above it */
  double hit, false_alarm; /* rates, 0 … 1 */
} AkRocPoint;

/* The curve from (0, 0) to (1, 1), of AkRocPoint, highest score first; sorts the list by score. A
 * point each distinct score, or of them every n-th and the last, so that there are at most about
 * `most` (0: all). NULL without attacks or without harmless cases. The caller's. */
GArray *ak_stats_roc(AkScoredList *list, guint most);

/* The area under it: the chance that an attack scores above a harmless case, ties half. NAN as
 * above; sorts the list by score. */
double ak_stats_auc(AkScoredList *list);
/* Its interval, by the variance of placements summed a group, on the logit scale; where every group
 * is one case it is that of DeLong et al.; where the area is 0 or 1 an exact bound. NAN … NAN where else one side has
 * fewer than two groups. The list is used up: scores are lost. Source: N. Obuchowski, Nonparametric
 * analysis of clustered ROC curve data, Biometrics 53 (1997); E. DeLong, D. DeLong,
 * D. Clarke-Pearson, Biometrics 44 (1988). */
AkInterval ak_stats_auc_interval(AkScoredList *list, double confidence, double *standard_error);
