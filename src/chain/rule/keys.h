/* Keys of atoms: one number for the values of all columns, mixed radix over their domains. */
#pragma once

#include "chain/rule/facts.h"

typedef struct {
  guint arity;
  guint32 radix[AK_CHAIN_ARITY_MAX];
  guint64 inverse[AK_CHAIN_ARITY_MAX]; /* 2^64 / radix; 0 for the radix 1 */
  guint64 weights[AK_CHAIN_ARITY_MAX]; /* a key is the sum of the values times these */
  guint8 order[AK_CHAIN_ARITY_MAX];    /* columns by rising weight: the last one is the outer one */
  guint64 count;                       /* product of the radices */
} AkChainKeys;

/* Those of a predicate; LIMIT where there could be more than 2^64. */
bool ak_chain_keys_init(AkChainKeys *self, const AkChainFacts *facts, guint32 predicate, GError **error);

guint64 ak_chain_keys_of(const AkChainKeys *self, const guint32 *values);
void ak_chain_keys_values(const AkChainKeys *self, guint64 key, guint32 *values);

/* The outer column has the most values; 1 of them where there is no column. And the value that a key has there. */
guint32 ak_chain_keys_outer_radix(const AkChainKeys *self);
guint32 ak_chain_keys_outer(const AkChainKeys *self, guint64 key);

/* The values of `count` keys, which are used up, from columns[…][at] on. At least one column. */
void ak_chain_keys_split(const AkChainKeys *self, guint64 *keys, guint32 count, guint32 *const *columns, guint32 at);
/* The same of keys below 2^32 of one column or two: what most predicates have. */
bool ak_chain_keys_are_small(const AkChainKeys *self);
void ak_chain_keys_split_small(const AkChainKeys *self, const guint32 *keys, guint32 count, guint32 *const *columns, guint32 at);
