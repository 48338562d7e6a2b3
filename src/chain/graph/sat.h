/* Is there an assignment that satisfies all clauses, under assumptions; and where there is none,
 * which of the assumptions cannot hold together. Conflict-driven clause learning. Source: N. Eén,
 * N. Sörensson, An extensible SAT-solver, SAT 2003; M. Moskewicz et al., Chaff, DAC 2001.
 *
 * A literal is 2 × variable, + 1 where it is negated. The same calls give the same answers. */
#pragma once

#include "chain/graph/vector.h"

#define AK_SAT_NOT(literal) ((literal) ^ 1u)

typedef struct _AkSat AkSat;

AkSat *ak_sat_new(void);
void ak_sat_free(AkSat *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSat, ak_sat_free)

/* The number of a new variable, from 0 on. */
guint32 ak_sat_add_variable(AkSat *self);
/* At least one of the literals holds. Between calls of solve, at any time. */
void ak_sat_add_clause(AkSat *self, const guint32 *literals, guint32 count);

typedef enum {
  AK_SAT_YES,
  AK_SAT_NO,
  AK_SAT_BROKEN_OFF, /* too many conflicts */
} AkSatAnswer;

/* `conflicts`: at most so many, 0: only what follows without deciding anything further (then YES
 * means that no contradiction was found). */
AkSatAnswer ak_sat_solve(AkSat *self, const guint32 *assumptions, guint32 count, guint64 conflicts);
/* After YES with conflicts allowed: does the variable hold? */
bool ak_sat_value(const AkSat *self, guint32 variable);
/* After NO: those assumptions that contradict one another with the clauses; borrowed until the next
 * call. Empty: the clauses contradict one another without any. */
const AkChainVector *ak_sat_core(const AkSat *self);
guint64 ak_sat_conflicts(const AkSat *self); /* of all calls */
