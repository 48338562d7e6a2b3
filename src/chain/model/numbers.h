/* The numbers that figures rest on, from the rules and the knowledge: each is a range with an origin. End 0 of a range is its
 * lower end, end 1 its upper one. */
#pragma once

#include "chain/model/model.h"

typedef struct {
  gint64 least, most;
  const char *origin; /* "model", "measured", "cited", "user" or "assumed"; static or borrowed */
} AkChainRange;

/* Days and percent of rule number `rule` (AkChainRule.index). */
AkChainRange ak_chain_numbers_effort(const AkChainRuleBook *book, guint32 rule);
AkChainRange ak_chain_numbers_chance(const AkChainRuleBook *book, guint32 rule);
/* Percent of worlds in which a measure that is there works, and what it costs in yen: what the knowledge says of the requirement
 * ("effect_percent", "cost_yen", "numbers_origin"), else what the rules say of all. */
AkChainRange ak_chain_numbers_effect(const AkChainRuleBook *book, const AkChainRequirement *requirement);
AkChainRange ak_chain_numbers_cost(const AkChainRuleBook *book, const AkChainRequirement *requirement);

/* One end of all rules' efforts (days) and chances (millionths), by rule; and of the effects (millionths) of the measures
 * that hold in a world, by number of the measure, 0 where one does not. Caller frees. */
guint32 *ak_chain_numbers_efforts(const AkChainRuleBook *book, guint end);
guint32 *ak_chain_numbers_chances(const AkChainRuleBook *book, guint end);
guint32 *ak_chain_numbers_effects(const AkChainModel *model, AkChainWorld world, gint64 now_utc_us,
                                  guint end);

/* How many ranges are assumed: two a rule, and effect and cost of all measures, or of those that say their own. */
guint ak_chain_numbers_assumed(const AkChainRuleBook *book, const AkChainKnowledge *knowledge);
