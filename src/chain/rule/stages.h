/* A plan laid out for many tuples at once: which values a tuple carries from step to step, where they stand, and how keys are made of
 * them. Constants are folded into the keys; a value that nobody asks for any more is dropped. */
#pragma once

#include "chain/rule/plan.h"
#include "chain/rule/sum.h"

enum {
  AK_CHAIN_DEPTHS = AK_CHAIN_PREMISES_MAX + 1,                         /* before each step, and behind the last */
  AK_CHAIN_TUPLE_COLUMNS = AK_CHAIN_SLOTS + AK_CHAIN_PREMISES_MAX,     /* values of slots, then atoms of derived premises */
  AK_CHAIN_NOWHERE = 255,
};

/* A row's value must be equal to one of the tuple, or to a constant. */
typedef struct {
  const guint32 *rows;
  guint8 from; /* column of the tuple; AK_CHAIN_NOWHERE: the constant */
  guint32 constant;
} AkChainFilter;

/* Of an atom's values: where one goes, and with which other one it must be equal. */
typedef struct {
  guint8 to;   /* column of the tuple; AK_CHAIN_NOWHERE: nobody asks for it */
  guint8 same; /* column of the same atom that has the same variable; AK_CHAIN_NOWHERE: none */
  bool is_constant;
  guint32 constant; /* what it must be */
} AkChainAtomValue;

typedef struct {
  const AkChainStep *step;
  AkChainSum key; /* of the rows, of the atom, or of the list */
  guint carried_count;
  guint8 carried_from[AK_CHAIN_TUPLE_COLUMNS], carried_to[AK_CHAIN_TUPLE_COLUMNS];
  /* ROWS */
  guint bind_count, filter_count;
  const guint32 *bind_rows[AK_CHAIN_ARITY_MAX];
  guint8 bind_to[AK_CHAIN_ARITY_MAX];
  AkChainFilter filters[AK_CHAIN_ARITY_MAX];
  /* ATOM, ATOMS */
  guint32 predicate;
  guint arity;
  guint8 fresh;      /* column of the new atom */
  bool may_be_fresh; /* the premise stands behind the new atom's: it may be the same atom, so that each instance is found once */
  guint8 atom_to;
  bool is_read, is_compared; /* values are asked for; they must fit */
  AkChainAtomValue values[AK_CHAIN_ARITY_MAX];
} AkChainStage;

typedef struct {
  const AkChainPlan *plan;
  guint8 widths[AK_CHAIN_DEPTHS]; /* columns of a tuple */
  /* the new atom */
  guint fresh_arity;
  guint8 fresh_to;
  AkChainAtomValue fresh[AK_CHAIN_ARITY_MAX];
  bool is_compared; /* its values must fit */
  guint count;
  AkChainStage stages[AK_CHAIN_PREMISES_MAX];
  /* what follows */
  guint32 rule; /* as the graph has it */
  AkChainSum head;
  guint8 premises[AK_CHAIN_PREMISES_MAX]; /* columns of the derived ones, plan->derived_count */
  guint measure_count;                    /* those that anybody listed */
  guint32 measure_predicates[AK_CHAIN_PREMISES_MAX];
  AkChainSum measures[AK_CHAIN_PREMISES_MAX];
} AkChainStages;

/* `plan` must outlive it; keys as `atoms` and `measures` make them. The caller's, for g_free. */
AkChainStages *ak_chain_stages_new(const AkChainPlan *plan, const AkChainRules *rules, const AkChainAtoms *atoms, const AkChainAtoms *measures);
