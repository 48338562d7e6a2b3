#include "verify/verdict/evaluate.h"

#include <string.h>

#include "verify/verdict/claims.h"
#include "verify/verdict/domain.h"
#include "verify/verdict/missing.h"
#include "verify/verdict/predicate.h"

AkEvaluation *ak_evaluation_new(const AkVerdictInput *input, const AkFacts *facts,
                                const char *case_id) {
  AkEvaluation *self = g_new0(AkEvaluation, 1);
  self->input = input;
  self->facts = facts;
  self->case_id = case_id;
  self->touched = g_ptr_array_new();
  self->missing = json_array();
  self->places = g_array_new(FALSE, FALSE, sizeof(AkPlace));
  return self;
}

void ak_evaluation_free(AkEvaluation *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->touched);
  json_decref(self->missing);
  g_array_unref(self->places);
  g_free(self);
}

static AkTruth evaluate(AkEvaluation *self, const AkMember *member, const AkExpression *node);

/* What was missing on the way to a result that is known is not missing. */
static AkTruth settle(AkEvaluation *self, gsize mark, AkTruth truth) {
  while (truth != AK_TRUTH_UNKNOWN && json_array_size(self->missing) > mark)
    json_array_remove(self->missing, json_array_size(self->missing) - 1);
  return truth;
}

/* --- quantifiers ----------------------------------------------------------------------------- */

static bool note_property(const AkExpression *node, gpointer data, GError **error) {
  GPtrArray *properties = data;
  bool is_property = node->kind >= AK_EXPRESSION_SEEN && node->kind != AK_EXPRESSION_ATTRIBUTE;
  if (is_property)
    g_ptr_array_add(properties, node->name);
  return true;
}

/* What a finding names: rules write the decisive property last; an attribute speaks of the service.
 */
static const char *decisive_property(const AkExpression *quantifier) {
  g_autoptr(GPtrArray) properties = g_ptr_array_new();
  ak_expression_foreach(quantifier->right, note_property, properties, NULL);
  if (properties->len > 0)
    return properties->pdata[properties->len - 1];
  return quantifier->domain <= AK_DOMAIN_SERVICE_UDP ? "net.port.open" : NULL;
}

static GPtrArray *properties_of(const AkExpression *quantifier) {
  GPtrArray *properties = g_ptr_array_new();
  ak_expression_foreach(quantifier->right, note_property, properties, NULL);
  ak_expression_foreach(quantifier->left, note_property, properties, NULL);
  return properties;
}

/* Is the member one that the quantifier speaks of? */
static AkTruth belongs(AkEvaluation *self, const AkMember *member, const AkExpression *node) {
  AkTruth chosen = node->left != NULL ? evaluate(self, member, node->left) : AK_TRUTH_TRUE;
  if (member->exists == AK_TRUTH_UNKNOWN && chosen != AK_TRUTH_FALSE)
    ak_missing_add_subject(self->missing, "repetitions", member->kind, member->locator,
                           "net.port.open", NULL);
  return MIN(member->exists, chosen);
}

/* Of a crowd of subjects the first that leave something open are named, the others counted: a
 * device with every port open would otherwise make hundred thousands of entries on the way. */
typedef struct {
  json_t *named; /* the evaluation's list while the rest is only counted, or NULL */
  json_t *tally; /* stands in for it (missing.h) */
  gsize mark;
  guint unnamed, broken;
} Crowd;

static void crowd_clear(Crowd *self) {
  json_decref(self->tally);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Crowd, crowd_clear)

static void crowd_look(Crowd *self, AkEvaluation *evaluation) {
  if (json_array_size(evaluation->missing) - self->mark < AK_MISSING_MAX)
    return;
  if (self->tally == NULL)
    self->tally = ak_missing_tally_new();
  self->named = evaluation->missing;
  evaluation->missing = self->tally;
}

static void crowd_looked(Crowd *self, AkEvaluation *evaluation, bool open) {
  if (self->named == NULL)
    return;
  bool broken = ak_missing_tally_take(self->tally);
  self->unnamed += open && !broken;
  self->broken += open && broken;
  evaluation->missing = g_steal_pointer(&self->named);
}

static void crowd_say(const Crowd *self, AkEvaluation *evaluation, AkDomain domain) {
  const struct {
    const char *kind;
    guint count;
  } rows[] = {{"unnamed", self->unnamed}, {"unnamed-broken", self->broken}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *count = g_strdup_printf("%u", rows[i].count);
    if (rows[i].count > 0)
      ak_missing_add(evaluation->missing, rows[i].kind, "count", count, "domain",
                     ak_domain_name(domain), NULL);
  }
}

static AkTruth judge_any(AkEvaluation *self, const AkMember *member, const AkExpression *node) {
  gsize mark = json_array_size(self->missing);
  AkTruth chosen = belongs(self, member, node);
  AkTruth holds = chosen != AK_TRUTH_FALSE ? evaluate(self, member, node->right) : AK_TRUTH_FALSE;
  return settle(self, mark, MIN(chosen, holds));
}

static AkTruth any_member(AkEvaluation *self, const AkExpression *node, const GArray *members) {
  AkTruth result = AK_TRUTH_FALSE;
  g_autoptr(GPtrArray) shown = g_ptr_array_new(); /* by the members with the predicate */
  const char *property = decisive_property(node);
  g_auto(Crowd) crowd = {.mark = json_array_size(self->missing)};
  guint start = self->touched->len;
  for (guint i = 0; i < members->len; i++) {
    const AkMember *member = &g_array_index(members, AkMember, i);
    guint before = self->touched->len;
    crowd_look(&crowd, self);
    AkTruth truth = judge_any(self, member, node);
    crowd_looked(&crowd, self, truth == AK_TRUTH_UNKNOWN);
    result = MAX(result, truth);
    if (truth != AK_TRUTH_TRUE)
      continue;
    AkPlace place = {.kind = member->kind, .locator = member->locator, .property = property};
    g_array_append_val(self->places, place);
    for (guint t = before; t < self->touched->len; t++)
      g_ptr_array_add(shown, self->touched->pdata[t]);
  }
  crowd_say(&crowd, self, node->domain);
  if (result != AK_TRUTH_TRUE)
    return result;
  g_ptr_array_set_size(self->touched, (int)start);
  for (guint i = 0; i < shown->len; i++)
    g_ptr_array_add(self->touched, shown->pdata[i]);
  return result;
}

static AkTruth evaluate_any(AkEvaluation *self, const AkExpression *node) {
  gsize mark = json_array_size(self->missing);
  g_autoptr(GPtrArray) properties = properties_of(node);
  g_autoptr(GArray) members = ak_domain_members(self, node->domain);
  AkTruth result = any_member(self, node, members);
  if (result == AK_TRUTH_FALSE && !ak_domain_is_complete(self, node->domain, properties))
    result = AK_TRUTH_UNKNOWN;
  return settle(self, mark, result);
}

/* Is the predicate true on the member, or is the member none that the quantifier speaks of? */
static AkTruth judge_all(AkEvaluation *self, const AkMember *member, const AkExpression *node,
                         GArray *spoken_of) {
  gsize mark = json_array_size(self->missing);
  AkTruth chosen = belongs(self, member, node);
  AkTruth spared = AK_TRUTH_TRUE - chosen;
  AkPlace place = {.kind = member->kind, .locator = member->locator};
  if (chosen == AK_TRUTH_TRUE)
    g_array_append_val(spoken_of, place);
  AkTruth holds = chosen != AK_TRUTH_FALSE ? evaluate(self, member, node->right) : AK_TRUTH_FALSE;
  return settle(self, mark, MAX(spared, holds));
}

/* What holds of all of them holds at each. */
static void add_places(AkEvaluation *self, const AkExpression *node, const GArray *spoken_of) {
  const char *property = decisive_property(node);
  for (guint i = 0; i < spoken_of->len; i++) {
    AkPlace place = g_array_index(spoken_of, AkPlace, i);
    place.property = property;
    g_array_append_val(self->places, place);
  }
}

static AkTruth evaluate_all(AkEvaluation *self, const AkExpression *node) {
  gsize mark = json_array_size(self->missing);
  g_autoptr(GPtrArray) properties = properties_of(node);
  g_autoptr(GArray) members = ak_domain_members(self, node->domain);
  AkTruth result = AK_TRUTH_TRUE;
  g_auto(Crowd) crowd = {.mark = mark};
  g_autoptr(GArray) spoken_of = g_array_new(FALSE, FALSE, sizeof(AkPlace)); /* property unset */
  for (guint i = 0; i < members->len; i++) {
    crowd_look(&crowd, self);
    AkTruth truth = judge_all(self, &g_array_index(members, AkMember, i), node, spoken_of);
    crowd_looked(&crowd, self, truth == AK_TRUTH_UNKNOWN);
    result = MIN(result, truth);
  }
  crowd_say(&crowd, self, node->domain);
  if (result == AK_TRUTH_FALSE)
    return settle(self, mark, result);
  if (spoken_of->len == 0) {
    ak_missing_add(self->missing, "empty", "domain", ak_domain_name(node->domain), NULL);
    result = AK_TRUTH_UNKNOWN;
  }
  if (!ak_domain_is_complete(self, node->domain, properties))
    result = AK_TRUTH_UNKNOWN;
  if (result == AK_TRUTH_TRUE)
    add_places(self, node, spoken_of);
  return settle(self, mark, result);
}

/* --- the tree -------------------------------------------------------------------------------- */

/* Of a rule both sides are looked at, so that all that is missing is named; of one subject of many
 * the second only where the first leaves it open. */
static AkTruth evaluate_pair(AkEvaluation *self, const AkMember *member, const AkExpression *node) {
  gsize mark = json_array_size(self->missing);
  bool is_and = node->kind == AK_EXPRESSION_AND;
  AkTruth left = evaluate(self, member, node->left);
  if (member != NULL && left == (is_and ? AK_TRUTH_FALSE : AK_TRUTH_TRUE))
    return settle(self, mark, left);
  AkTruth right = evaluate(self, member, node->right);
  return settle(self, mark, is_and ? MIN(left, right) : MAX(left, right));
}

static AkTruth evaluate(AkEvaluation *self, const AkMember *member, const AkExpression *node) {
  switch (node->kind) {
  case AK_EXPRESSION_CONSTANT:
    return node->truth ? AK_TRUTH_TRUE : AK_TRUTH_FALSE;
  case AK_EXPRESSION_AND:
  case AK_EXPRESSION_OR:
    return evaluate_pair(self, member, node);
  case AK_EXPRESSION_NOT:
    return AK_TRUTH_TRUE - evaluate(self, member, node->left);
  case AK_EXPRESSION_ANY:
    return evaluate_any(self, node);
  case AK_EXPRESSION_ALL:
    return evaluate_all(self, node);
  default:
    break;
  }
  if (node->kind < AK_EXPRESSION_ANY)
    return ak_claims_evaluate(self, node);
  g_return_val_if_fail(member != NULL, AK_TRUTH_UNKNOWN);
  return ak_predicate_evaluate(self, member, node);
}

AkTruth ak_evaluate(AkEvaluation *self, const AkExpression *expression) {
  return evaluate(self, NULL, expression);
}

/* --- needs ----------------------------------------------------------------------------------- */

static bool need_discovery(AkEvaluation *self, const AkNeed *need) {
  bool tcp = strcmp(need->name, "tcp") == 0;
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  return ak_domain_is_complete(self, tcp ? AK_DOMAIN_SERVICE_TCP : AK_DOMAIN_SERVICE_UDP, none);
}

static bool is_covered(AkEvaluation *self, const AkMember *member, const AkNeed *need) {
  gsize mark = json_array_size(self->missing);
  AkTruth chosen = settle(self, mark, belongs(self, member, need->subjects));
  if (chosen != AK_TRUTH_TRUE)
    return chosen == AK_TRUTH_FALSE;
  return ak_domain_covers(self, member->kind, member->locator, need->name,
                          (const char *const *)need->items);
}

static bool need_coverage(AkEvaluation *self, const AkNeed *need) {
  g_autoptr(GArray) members = ak_domain_members(self, need->subjects->domain);
  g_auto(Crowd) crowd = {.mark = json_array_size(self->missing)};
  bool complete = true;
  for (guint i = 0; i < members->len; i++) {
    crowd_look(&crowd, self);
    bool covered = is_covered(self, &g_array_index(members, AkMember, i), need);
    crowd_looked(&crowd, self, !covered);
    complete &= covered;
  }
  crowd_say(&crowd, self, need->subjects->domain);
  if (members->len == 0 && need->subjects->domain == AK_DOMAIN_IMAGE) {
    ak_missing_add(self->missing, "empty", "domain", "image", NULL);
    return false;
  }
  return complete;
}

bool ak_evaluate_need(AkEvaluation *self, const AkNeed *need) {
  switch (need->kind) {
  case AK_NEED_DISCOVER:
    return need_discovery(self, need);
  case AK_NEED_COVERAGE:
    return need_coverage(self, need);
  case AK_NEED_STATE:
    return ak_claims_state(self, need->name) == AK_TRUTH_TRUE;
  case AK_NEED_IXIT:
    return ak_claims_ixit(self, need->name) == AK_TRUTH_TRUE;
  case AK_NEED_ANSWER:
    return ak_claims_has_answer(self);
  }
  g_return_val_if_reached(false);
}
