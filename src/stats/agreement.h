/* Do raters agree more than chance would have it? Krippendorff's alpha: 1 is agreement, 0 is
 * chance, below 0 is worse than chance; any number of raters, missing values allowed. Source: K.
 * Krippendorff, Content Analysis, 4th ed. 2018, ch. 12; and his Computing Krippendorff's
 * Alpha-Reliability, 2011. */
#pragma once

#include "stats/bootstrap.h"

typedef enum { AK_SCALE_NOMINAL, AK_SCALE_ORDINAL, AK_SCALE_INTERVAL } AkScale;
extern const char *const ak_scale_names[]; /* "nominal", "ordinal", "interval"; ends with NULL */

#define AK_RATING_MISSING G_MININT64
#define AK_AGREEMENT_MIN_UNITS 10 /* below it: too few units */
#define AK_AGREEMENT_MAX_VALUES 1000

/* A table of units × raters, row by row; borrowed. */
typedef struct {
  const gint64 *values; /* or AK_RATING_MISSING */
  guint units, raters;
} AkRatings;

typedef struct {
  double alpha;        /* NAN where undefined: all values equal, or nothing to compare */
  AkInterval interval; /* units drawn again; NAN … NAN where too few or undefined */
  guint units;         /* with at least two values */
  bool too_few;        /* below AK_AGREEMENT_MIN_UNITS: alpha says little */
  guint draws;         /* rounds in which alpha was defined */
} AkAgreement;

/* LIMIT above AK_AGREEMENT_MAX_VALUES distinct values. */
bool ak_stats_agreement(const AkRatings *ratings, AkScale scale, const AkBootstrap *spec,
                        AkAgreement *out, GError **error);

/* A rater beside the others. */
typedef struct {
  double deviation;     /* mean of value − median of the others' in the same unit */
  double alpha_without; /* alpha of the others alone; NAN as above */
  guint units;          /* compared */
  double robust_z;      /* of `deviation` among all raters'; NAN below three raters */
  bool outlying;        /* |robust_z| > 3.5 */
} AkRater;

/* `out`: as many as there are raters. Shown, never left out of anything. Outlying is said from five
 * raters on. Source: B. Iglewicz, D. Hoaglin, How to Detect and Handle Outliers, 1993 (0.6745 (x −
 * median) / MAD, 3.5). Where more than half deviate alike, so that MAD is 0, the mean absolute
 * deviation stands in (0.7979). */
bool ak_stats_raters(const AkRatings *ratings, AkScale scale, AkRater *out, GError **error);

/* A weighted score, with what it rests on: criteria that nobody scored are not filled in. */
typedef struct {
  double score;                      /* mean of the scores that are there; NAN where none is */
  guint64 weight_scored, weight_all; /* what of the weight is scored */
} AkWeighted;

/* `scores`: NAN where missing. */
AkWeighted ak_stats_weighted(const double *scores, const guint32 *weights, gsize count);
