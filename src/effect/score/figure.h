/* A figure of a trial as JSON: k of n with its interval and the rule of its denominator. Inside
 * score/ alone. */
#pragma once

#include "effect/score/tally.h"

/* Numbers of a result: six digits behind the point, so that texts of it are equal everywhere. NULL
 * for NAN and the like. */
json_t *ak_effect_number(double value);
/* {"lo", "hi"}; NULL for NAN. */
json_t *ak_effect_interval(AkInterval interval);

/* Cases that come in the order of their bases, as groups of a bootstrap: at[0] of at[1]. */
typedef struct {
  guint64 k, n, bases;
  AkBootstrapSet set;    /* of all bases but the last */
  AkBootstrapGroup last; /* to which cases still come */
  guint32 last_base;
} AkEffectShare;

void ak_effect_share_init(AkEffectShare *self, const AkBootstrap *spec);
void ak_effect_share_clear(AkEffectShare *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkEffectShare, ak_effect_share_clear)

/* In the order of bases. */
void ak_effect_share_add(AkEffectShare *self, guint32 base, bool counts);

/* The seed by which groups are pooled, where they are too many to be told apart. */
guint64 ak_effect_pool_seed(const AkBootstrap *spec);

/* {"k", "n", "bases", "rule"} and, unless `needs_bases` and there are fewer than 30 ("too_few":
 * true),
 * {"rate", "lo", "hi", "method"}. Where no base has variants the cases are independent:
 * Clopper–Pearson, and "wilson" beside it. Else a bootstrap over bases; where all cases answer
 * alike it has no width, and Clopper–Pearson over bases stands in. `name` tells this figure's draws
 * from others. Once, after all cases. */
json_t *ak_effect_share_figure(AkEffectShare *self, const char *rule, bool needs_bases,
                               const AkBootstrap *spec, guint64 name);
