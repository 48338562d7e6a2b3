/* Joining for many new atoms at once: what is looked up for one waits for memory while others are looked up too, and what it costs to
 * know what a step is, is paid once for AK_CHAIN_TUPLES tuples. */
#pragma once

#include "chain/rule/instances.h"
#include "chain/rule/stages.h"

/* Where tuples are kept while they are joined. */
typedef struct _AkChainJoin AkChainJoin;

/* Room for each of `plans` (of AkChainStages), which take turns; NULL where memory ends. */
AkChainJoin *ak_chain_join_new(const GPtrArray *plans, const AkChainAtoms *measures, AkChainInstances *out);
void ak_chain_join_free(AkChainJoin *self);

/* All instances whose new premise is one of `fresh`, [count], by rising numbers; `columns` are their values, [arity][count]. Lists hold
 * these already. A plan without a new premise is run once, with `fresh` and `columns` NULL and a `count` of 1. False where memory or
 * ways end. */
bool ak_chain_join_run(AkChainJoin *self, const AkChainStages *stages, const guint32 *fresh, guint32 *const *columns, guint32 count);
