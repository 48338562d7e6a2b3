/* Numbers made of values, of many tuples at once: keys of rows, of atoms and of lists. */
#pragma once

#include "chain/rule/rule.h"

typedef struct {
  guint64 known; /* what constants add to it */
  guint count;
  guint8 from[AK_CHAIN_ARITY_MAX]; /* which columns */
  guint64 weights[AK_CHAIN_ARITY_MAX];
} AkChainSum;

/* keys[i] = known + weights × columns[from][i], `count` of them. */
void ak_chain_sum_all(const AkChainSum *self, const guint32 *const *columns, guint32 count, guint64 *keys);
