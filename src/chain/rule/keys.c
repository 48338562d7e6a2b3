#include "chain/rule/keys.h"

#include <string.h>

/* The column with the most values weighs most: what is said of one element lies together, whatever
 * the order of the columns is. */
static void weigh(AkChainKeys *self) {
  guint64 weight = 1;
  for (guint i = 0; i < self->arity; i++) {
    guint at = i;
    for (; at > 0 && self->radix[self->order[at - 1]] > self->radix[i]; at--)
      self->order[at] = self->order[at - 1];
    self->order[at] = (guint8)i;
  }
  for (guint i = 0; i < self->arity; i++) {
    self->weights[self->order[i]] = weight;
    weight *= self->radix[self->order[i]];
    self->inverse[i] = self->radix[i] > 1 ? G_MAXUINT64 / self->radix[i] : 0;
  }
}

bool ak_chain_keys_init(AkChainKeys *self, const AkChainFacts *facts, guint32 predicate,
                        GError **error) {
  const AkChainPredicate *known =
      ak_chain_rules_predicate_at(ak_chain_facts_rules(facts), predicate);
  self->arity = known->arity;
  self->count = 1;
  for (guint i = 0; i < self->arity; i++) {
    self->radix[i] = MAX(1, ak_chain_facts_domain(facts, ak_chain_facts_type(facts, predicate, i)));
    if (!g_uint64_checked_mul(&self->count, self->count, self->radix[i]))
      return ak_error_set(
          error, AK_ERROR_LIMIT,
          "%s could hold more than 2^64 combinations of its %u columns: give it fewer", known->name,
          self->arity);
  }
  weigh(self);
  return true;
}

guint64 ak_chain_keys_of(const AkChainKeys *self, const guint32 *values) {
  guint64 key = 0;
  for (guint i = 0; i < self->arity; i++)
    key += self->weights[i] * values[i];
  return key;
}

/* What is left of `key` when a column's value was taken out of it: a division by a radix that is
 * known beforehand, as a product. The quotient is one too low at most. */
static inline guint64 take_value(guint32 radix, guint64 inverse, guint64 key, guint32 *value) {
  guint64 quotient = radix == 1 ? key : (guint64)(((unsigned __int128)key * inverse) >> 64);
  guint64 left = key - quotient * radix;
  bool is_low = left >= radix;
  *value = (guint32)(is_low ? left - radix : left);
  return quotient + is_low;
}

void ak_chain_keys_values(const AkChainKeys *self, guint64 key, guint32 *values) {
  for (guint i = 0; i < self->arity; i++) {
    guint column = self->order[i];
    key = take_value(self->radix[column], self->inverse[column], key, &values[column]);
  }
}

guint32 ak_chain_keys_outer_radix(const AkChainKeys *self) {
  return self->arity == 0 ? 1 : self->radix[self->order[self->arity - 1]];
}

guint32 ak_chain_keys_outer(const AkChainKeys *self, guint64 key) {
  guint32 inner;
  for (guint i = 0; i + 1 < self->arity; i++)
    key = take_value(self->radix[self->order[i]], self->inverse[self->order[i]], key, &inner);
  return (guint32)key;
}

/* The last column in order is what is left of the keys when the others were taken out of them, one
 * after the other. */
void ak_chain_keys_split(const AkChainKeys *self, guint64 *restrict keys, guint32 count,
                         guint32 *const *columns, guint32 at) {
  for (guint c = 0; c + 1 < self->arity; c++) {
    guint column = self->order[c];
    guint32 radix = self->radix[column], *restrict values = columns[column] + at;
    guint64 inverse = self->inverse[column];
    for (guint32 i = 0; i < count; i++)
      keys[i] = take_value(radix, inverse, keys[i], &values[i]);
  }
  guint32 *restrict last = columns[self->order[self->arity - 1]] + at;
  for (guint32 i = 0; i < count; i++)
    last[i] = (guint32)keys[i];
}

bool ak_chain_keys_are_small(const AkChainKeys *self) {
  return self->count <= (guint64)1 << 32 && (self->arity == 1 || self->arity == 2);
}

void ak_chain_keys_split_small(const AkChainKeys *self, const guint32 *restrict keys, guint32 count,
                               guint32 *const *columns, guint32 at) {
  guint32 *restrict outer = columns[self->order[self->arity - 1]] + at;
  if (self->arity == 1) {
    memcpy(outer, keys, count * sizeof *keys);
    return;
  }
  guint32 radix = self->radix[self->order[0]], *restrict inner = columns[self->order[0]] + at;
  guint64 inverse = ((guint64)1 << 32) / radix;
  for (guint32 i = 0; i < count; i++) {
    guint32 quotient = (guint32)(keys[i] * inverse >> 32), left = keys[i] - quotient * radix;
    bool is_low = left >= radix;
    inner[i] = is_low ? left - radix : left;
    outer[i] = quotient + is_low;
  }
}
