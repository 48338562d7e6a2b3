#include "chain/graph/hitting.h"

#include <string.h>

typedef struct {
  const GPtrArray *clauses;
  const guint64 *costs;
  guint32 members;
  guint8 *in;     /* [members] chosen so far */
  guint8 *out;    /* [members] decided against in this branch */
  guint8 *marked; /* [members] scratch of the lower bound */
  guint64 cost;
  guint64 best_cost;
  guint8 *best; /* [members] */
  guint64 nodes;
  bool is_broken; /* too many nodes */
} Search;

void ak_chain_hitting_clear(AkChainHitting *self) {
  ak_chain_vector_clear(&self->chosen);
}

static const AkChainVector *clause_at(const Search *self, guint index) {
  return self->clauses->pdata[index];
}

static bool is_hit(const Search *self, const AkChainVector *clause) {
  for (guint32 i = 0; i < clause->count; i++)
    if (self->in[clause->data[i]])
      return true;
  return false;
}

/* How many members of a clause may still be taken. */
static guint32 open_members(const Search *self, const AkChainVector *clause) {
  guint32 open = 0;
  for (guint32 i = 0; i < clause->count; i++)
    open += !self->out[clause->data[i]];
  return open;
}

/* Clauses that share no member that may be taken must each be paid for. G_MAXUINT64: a clause
 * cannot be hit any more. */
static guint64 lower_bound(Search *self) {
  guint64 bound = self->cost;
  memset(self->marked, 0, self->members);
  for (guint c = 0; c < self->clauses->len; c++) {
    const AkChainVector *clause = clause_at(self, c);
    guint64 least = G_MAXUINT64;
    bool is_apart = true;
    if (is_hit(self, clause))
      continue;
    for (guint32 i = 0; i < clause->count; i++) {
      guint32 member = clause->data[i];
      if (self->out[member])
        continue;
      is_apart = is_apart && !self->marked[member];
      least = MIN(least, self->costs[member]);
    }
    if (least == G_MAXUINT64)
      return G_MAXUINT64;
    if (!is_apart)
      continue;
    bound += least;
    for (guint32 i = 0; i < clause->count; i++)
      self->marked[clause->data[i]] |= !self->out[clause->data[i]];
  }
  return bound;
}

/* The clause with the fewest members that may be taken; NULL: all are hit. */
static const AkChainVector *tightest(const Search *self) {
  const AkChainVector *best = NULL;
  guint32 fewest = G_MAXUINT32;
  for (guint c = 0; c < self->clauses->len; c++) {
    guint32 open = open_members(self, clause_at(self, c));
    if (open >= fewest || is_hit(self, clause_at(self, c)))
      continue;
    best = clause_at(self, c);
    fewest = open;
  }
  return best;
}

/* Taking a member, then deciding against it: every set is looked at in one branch. */
static void branch(Search *self) {
  if (self->nodes++ >= AK_CHAIN_HITTING_NODES) {
    self->is_broken = true;
    return;
  }
  if (lower_bound(self) >= self->best_cost)
    return;
  const AkChainVector *clause = tightest(self);
  if (clause == NULL) {
    self->best_cost = self->cost;
    memcpy(self->best, self->in, self->members);
    return;
  }
  g_autofree guint32 *decided = g_new(guint32, clause->count);
  guint32 count = 0;
  for (guint32 i = 0; i < clause->count && !self->is_broken; i++) {
    guint32 member = clause->data[i];
    if (self->out[member])
      continue;
    self->in[member] = 1;
    self->cost += self->costs[member];
    branch(self);
    self->cost -= self->costs[member];
    self->in[member] = 0;
    self->out[member] = 1;
    decided[count++] = member;
  }
  while (count > 0)
    self->out[decided[--count]] = 0;
}

/* The cheapest member of each clause that is not hit: a set to begin with. */
static void begin(Search *self) {
  for (guint c = 0; c < self->clauses->len; c++) {
    const AkChainVector *clause = clause_at(self, c);
    guint32 best = clause->data[0];
    for (guint32 i = 1; i < clause->count; i++)
      if (self->costs[clause->data[i]] < self->costs[best])
        best = clause->data[i];
    bool is_hit_already = false;
    for (guint32 i = 0; i < clause->count; i++)
      is_hit_already = is_hit_already || self->best[clause->data[i]];
    if (!is_hit_already) {
      self->best[best] = 1;
      self->best_cost += self->costs[best];
    }
  }
}

void ak_chain_hitting_solve(const GPtrArray *clauses, const guint64 *costs, guint32 members,
                            AkChainHitting *out) {
  Search self = {.clauses = clauses, .costs = costs, .members = members};
  self.in = g_new0(guint8, (gsize)members + 1);
  self.out = g_new0(guint8, (gsize)members + 1);
  self.marked = g_new0(guint8, (gsize)members + 1);
  self.best = g_new0(guint8, (gsize)members + 1);
  begin(&self);
  guint64 at_least = lower_bound(&self);
  branch(&self);
  for (guint32 i = 0; i < members; i++)
    if (self.best[i])
      ak_chain_vector_add(&out->chosen, i);
  out->cost = self.best_cost;
  out->lower = self.is_broken ? MIN(at_least, self.best_cost) : self.best_cost;
  g_free(self.in);
  g_free(self.out);
  g_free(self.marked);
  g_free(self.best);
}
