/* How a rule is grounded: for each derived premise that may be the new one, in which order the
 * others are looked up, and by which lists. */
#pragma once

#include "chain/rule/atoms.h"
#include "chain/rule/list.h"
#include "chain/rule/table.h"

enum {
  AK_CHAIN_SLOTS = AK_CHAIN_VARIABLES_MAX + AK_CHAIN_ARITY_MAX * (2 * AK_CHAIN_PREMISES_MAX + 1) + 1
};

typedef enum {
  AK_CHAIN_STEP_ROWS,  /* rows of facts */
  AK_CHAIN_STEP_ATOM,  /* one derived atom, all of whose values are known */
  AK_CHAIN_STEP_ATOMS, /* derived atoms, some of whose values are known */
} AkChainStepKind;

typedef struct {
  AkChainStepKind kind;
  guint premise; /* which of the rule's */
  /* ROWS */
  const AkChainIndex *index;
  guint8 key_slots[AK_CHAIN_ARITY_MAX];
  guint filter_count, bind_count; /* columns to compare, columns that give values */
  guint8 filter_columns[AK_CHAIN_ARITY_MAX], filter_slots[AK_CHAIN_ARITY_MAX];
  guint8 bind_columns[AK_CHAIN_ARITY_MAX], bind_slots[AK_CHAIN_ARITY_MAX];
  bool is_once; /* nobody asks for the values that it gives: whether there is a row is all that matters */
  /* ATOM, ATOMS */
  AkChainList *list; /* borrowed; NULL for ATOM */
  guint8 slots[AK_CHAIN_ARITY_MAX];
  guint binds; /* mask of the columns that give values */
} AkChainStep;

typedef struct {
  const AkChainRule *rule;
  gint fresh; /* which premise is the new atom; -1: there is none derived */
  guint8 fresh_slots[AK_CHAIN_ARITY_MAX];
  guint fresh_binds; /* mask of its columns that give values; the others are compared */
  AkChainStep steps[AK_CHAIN_PREMISES_MAX];
  guint step_count;
  guint8 head_slots[AK_CHAIN_ARITY_MAX];
  guint8 measure_slots[AK_CHAIN_PREMISES_MAX][AK_CHAIN_ARITY_MAX];
  bool measure_is_known[AK_CHAIN_PREMISES_MAX]; /* false: nobody listed one */
  /* of the slots: constants of the rule, and 0 where a type has one value, stay as they are */
  guint32 values[AK_CHAIN_SLOTS];
  guint derived[AK_CHAIN_PREMISES_MAX]; /* which premises are derived */
  guint derived_count;
} AkChainPlan;

typedef struct {
  const AkChainFacts *facts;
  GPtrArray *views; /* of AkChainView */
  GPtrArray *lists; /* of AkChainList */
  GPtrArray *plans; /* of AkChainPlan */
} AkChainPlans;

/* Plans for all rules of the facts, which must outlive them; the caller's. NULL with LIMIT. */
AkChainPlans *ak_chain_plans_new(const AkChainFacts *facts, GError **error);
/* The rows that a premise on facts asks for; borrowed, NULL where no plan does. */
const AkChainView *ak_chain_plans_view(const AkChainPlans *self, const AkChainAtom *premise);
void ak_chain_plans_free(AkChainPlans *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainPlans, ak_chain_plans_free)
