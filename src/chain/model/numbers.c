#include "chain/model/numbers.h"

#include <string.h>

#define MILLIONTHS 10000 /* of a percent */

static AkChainRange range_of(const json_t *row, const char *member, const char *origin) {
  const json_t *range = json_object_get(row, member);
  return (AkChainRange){json_integer_value(json_array_get(range, 0)),
                        json_integer_value(json_array_get(range, 1)),
                        ak_json_string_or(row, origin, "assumed")};
}

AkChainRange ak_chain_numbers_effort(const AkChainRuleBook *book, guint32 rule) {
  return range_of(ak_chain_rule_book_row(book, rule), "effort_days", "origin");
}

AkChainRange ak_chain_numbers_chance(const AkChainRuleBook *book, guint32 rule) {
  return range_of(ak_chain_rule_book_row(book, rule), "chance_percent", "origin");
}

static AkChainRange of_measure(const AkChainRuleBook *book, const AkChainRequirement *requirement,
                               const char *member) {
  if (json_object_get(requirement->row, member) != NULL)
    return range_of(requirement->row, member, "numbers_origin");
  return range_of(json_object_get(book->document, "measures"), member, "origin");
}

AkChainRange ak_chain_numbers_effect(const AkChainRuleBook *book, const AkChainRequirement *requirement) {
  return of_measure(book, requirement, "effect_percent");
}

AkChainRange ak_chain_numbers_cost(const AkChainRuleBook *book, const AkChainRequirement *requirement) {
  return of_measure(book, requirement, "cost_yen");
}

static guint32 *of_rules(const AkChainRuleBook *book, guint end, guint32 unit,
                         AkChainRange (*of)(const AkChainRuleBook *book, guint32 rule)) {
  guint count = book->rules->rules->len;
  guint32 *out = g_new0(guint32, count + 1);
  for (guint32 i = 0; i < count; i++) {
    AkChainRange range = of(book, i);
    out[i] = (guint32)(end == 0 ? range.least : range.most) * unit;
  }
  return out;
}

guint32 *ak_chain_numbers_efforts(const AkChainRuleBook *book, guint end) {
  return of_rules(book, end, 1, ak_chain_numbers_effort);
}

guint32 *ak_chain_numbers_chances(const AkChainRuleBook *book, guint end) {
  return of_rules(book, end, MILLIONTHS, ak_chain_numbers_chance);
}

guint32 *ak_chain_numbers_effects(const AkChainModel *model, AkChainWorld world, gint64 now_utc_us,
                                  guint end) {
  const AkChain *chain = ak_chain_model_chain(model);
  const AkChainKnowledge *knowledge = ak_chain_model_knowledge(model);
  guint32 *out =
      g_new0(guint32, ak_chain_ground_graph(ak_chain_model_ground(model))->measure_count + 1);
  for (guint32 e = 0; e < chain->elements->len; e++) {
    const AkElement *element = ak_chain_element_at(chain, e);
    for (guint m = 0; m < element->measures->len; m++) {
      const AkElementMeasure *measure = element->measures->pdata[m];
      guint32 number = ak_chain_model_measure(model, e, measure->requirement);
      if (number == AK_CHAIN_GRAPH_NONE ||
          !ak_chain_measure_holds(element, measure, world, now_utc_us))
        continue;
      AkChainRange range =
          ak_chain_numbers_effect(ak_chain_model_book(model),
                                  ak_chain_knowledge_requirement(knowledge, measure->requirement));
      out[number] = (guint32)(end == 0 ? range.least : range.most) * MILLIONTHS;
    }
  }
  return out;
}

static bool is_assumed(const char *origin) {
  return strcmp(origin, "assumed") == 0;
}

guint ak_chain_numbers_assumed(const AkChainRuleBook *book, const AkChainKnowledge *knowledge) {
  static const char *const members[] = {"effect_percent", "cost_yen"};
  guint count = 0;
  for (guint32 i = 0; i < book->rules->rules->len; i++)
    count += is_assumed(ak_chain_numbers_effort(book, i).origin) ? 2 : 0;
  for (gsize m = 0; m < G_N_ELEMENTS(members); m++) {
    const json_t *all = json_object_get(book->document, "measures");
    count += is_assumed(ak_json_string_or(all, "origin", "assumed"));
    for (guint i = 0; i < knowledge->requirements->len; i++) {
      const AkChainRequirement *requirement = knowledge->requirements->pdata[i];
      count += json_object_get(requirement->row, members[m]) != NULL &&
               is_assumed(of_measure(book, requirement, members[m]).origin);
    }
  }
  return count;
}
