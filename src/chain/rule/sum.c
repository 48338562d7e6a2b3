#include "chain/rule/sum.h"

/* Most keys have two columns. */
static void add_two(const AkChainSum *self, const guint32 *restrict first, const guint32 *restrict second, guint32 count,
                    guint64 *restrict keys) {
  guint64 known = self->known, weight = self->weights[0], other = self->weights[1];
  for (guint32 i = 0; i < count; i++)
    keys[i] = known + weight * first[i] + other * second[i];
}

static void add_one(guint64 weight, const guint32 *restrict values, guint32 count, guint64 *restrict keys) {
  for (guint32 i = 0; i < count; i++)
    keys[i] += weight * values[i];
}

void ak_chain_sum_all(const AkChainSum *self, const guint32 *const *columns, guint32 count, guint64 *keys) {
  guint done = self->count >= 2 ? 2 : 0;
  if (done > 0)
    add_two(self, columns[self->from[0]], columns[self->from[1]], count, keys);
  for (guint32 i = 0; done == 0 && i < count; i++)
    keys[i] = self->known;
  for (guint t = done; t < self->count; t++)
    add_one(self->weights[t], columns[self->from[t]], count, keys);
}
