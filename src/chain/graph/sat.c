#include "chain/graph/sat.h"

#include <string.h>

#define NO_REASON G_MAXUINT64
#define BINARY ((guint64)1 << 63) /* in a reason: the other literal, else a clause's place */
#define DECAY 0.95
#define RESCALE 1e100
#define RESTART 100 /* conflicts, times the Luby sequence */

typedef struct {
  guint32 clause;  /* place in `arena` */
  guint32 blocker; /* a literal of it: where that holds, the clause need not be looked at */
} Watch;

typedef struct {
  Watch *data;
  guint32 count, room;
} Watches;

typedef struct {
  guint32 first, second;
} Pair;

struct _AkSat {
  guint32 variables, room;
  gint8 *values;         /* [literals] 1 holds, -1 does not, 0 open */
  guint8 *phases;        /* [variables] as it was last */
  guint8 *seen;          /* [variables] scratch of the analysis */
  guint32 *levels;       /* [variables] */
  guint64 *reasons;      /* [variables] */
  double *activity;      /* [variables] */
  guint32 *heap, *place; /* most active first; place + 1 of a variable, 0: not in it */
  guint32 heap_count;
  double step;
  Watches *watches;    /* [literals] clauses that watch it */
  AkChainVector arena; /* count, literals … */
  GArray *pairs;       /* of Pair: clauses of two from before the first solve */
  guint32
      *pair_start; /* [literals + 1] what follows where a literal does not hold; NULL: not made */
  guint32 *pair_other;
  guint32 paired; /* literals that there were then */
  AkChainVector trail, level_start, core, learnt;
  AkChainVector assumed; /* by the last call: what still stands of it need not be done again */
  guint32 head;          /* of the trail: what is before was propagated */
  guint64 conflicts;
  bool is_broken;    /* the clauses contradict one another */
  guint64 why_first; /* of the contradiction at hand: a reason, and for two literals the first */
  guint32 why_literal;
};

/* --- the heap of open variables -----------------------------------------------------------------
 */

static bool is_above(const AkSat *self, guint32 a, guint32 b) {
  return self->activity[a] > self->activity[b] || (self->activity[a] >= self->activity[b] && a < b);
}

static void heap_put(AkSat *self, guint32 at, guint32 variable) {
  self->heap[at] = variable;
  self->place[variable] = at + 1;
}

static void heap_up(AkSat *self, guint32 at) {
  guint32 variable = self->heap[at];
  for (; at > 0 && is_above(self, variable, self->heap[(at - 1) / 2]); at = (at - 1) / 2)
    heap_put(self, at, self->heap[(at - 1) / 2]);
  heap_put(self, at, variable);
}

static void heap_add(AkSat *self, guint32 variable) {
  if (self->place[variable] > 0)
    return;
  self->heap[self->heap_count] = variable;
  heap_up(self, self->heap_count++);
}

static guint32 heap_take(AkSat *self) {
  guint32 first = self->heap[0], last = self->heap[--self->heap_count], at = 0;
  self->place[first] = 0;
  if (self->heap_count == 0)
    return first;
  while (at * 2 + 1 < self->heap_count) {
    guint32 child = at * 2 + 1;
    if (child + 1 < self->heap_count && is_above(self, self->heap[child + 1], self->heap[child]))
      child++;
    if (!is_above(self, self->heap[child], last))
      break;
    heap_put(self, at, self->heap[child]);
    at = child;
  }
  heap_put(self, at, last);
  return first;
}

static void bump(AkSat *self, guint32 variable) {
  self->activity[variable] += self->step;
  if (self->place[variable] > 0)
    heap_up(self, self->place[variable] - 1);
  if (self->activity[variable] < RESCALE)
    return;
  for (guint32 i = 0; i < self->variables; i++)
    self->activity[i] /= RESCALE;
  self->step /= RESCALE;
}

/* --- variables and clauses ----------------------------------------------------------------------
 */

AkSat *ak_sat_new(void) {
  AkSat *self = g_new0(AkSat, 1);
  self->pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
  self->step = 1;
  ak_chain_vector_add(&self->arena, 0); /* so that no clause stands at 0 */
  return self;
}

void ak_sat_free(AkSat *self) {
  if (self == NULL)
    return;
  for (guint32 i = 0; i < self->variables * 2; i++)
    g_free(self->watches[i].data);
  gpointer all[] = {self->values,     self->phases,     self->seen, self->levels,
                    self->reasons,    self->activity,   self->heap, self->watches,
                    self->pair_start, self->pair_other, self->place};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_free(all[i]);
  AkChainVector *vectors[] = {&self->arena, &self->trail,  &self->level_start,
                              &self->core,  &self->learnt, &self->assumed};
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    ak_chain_vector_clear(vectors[i]);
  g_array_unref(self->pairs);
  g_free(self);
}

static void make_room(AkSat *self) {
  guint32 room = MAX(1024, self->room * 2);
  self->values = g_renew(gint8, self->values, (gsize)room * 2);
  self->phases = g_renew(guint8, self->phases, room);
  self->seen = g_renew(guint8, self->seen, room);
  self->levels = g_renew(guint32, self->levels, room);
  self->reasons = g_renew(guint64, self->reasons, room);
  self->activity = g_renew(double, self->activity, room);
  self->heap = g_renew(guint32, self->heap, room);
  self->place = g_renew(guint32, self->place, room);
  self->watches = g_renew(Watches, self->watches, (gsize)room * 2);
  self->room = room;
}

guint32 ak_sat_add_variable(AkSat *self) {
  guint32 variable = self->variables++;
  if (self->variables > self->room)
    make_room(self);
  self->values[variable * 2] = self->values[variable * 2 + 1] = 0;
  self->phases[variable] = 0;
  self->seen[variable] = 0;
  self->levels[variable] = 0;
  self->reasons[variable] = NO_REASON;
  self->activity[variable] = 0;
  self->place[variable] = 0;
  self->watches[variable * 2] = self->watches[variable * 2 + 1] = (Watches){NULL, 0, 0};
  heap_add(self, variable);
  return variable;
}

static void watch(AkSat *self, guint32 literal, Watch added) {
  Watches *list = &self->watches[literal];
  if (list->count == list->room) {
    list->room = MAX(4, list->room * 2);
    list->data = g_renew(Watch, list->data, list->room);
  }
  list->data[list->count++] = added;
}

/* At least two literals; the first two are watched. Its place. */
static guint32 keep_clause(AkSat *self, const guint32 *literals, guint32 count) {
  guint32 place = self->arena.count;
  ak_chain_vector_add(&self->arena, count);
  for (guint32 i = 0; i < count; i++)
    ak_chain_vector_add(&self->arena, literals[i]);
  watch(self, literals[0], (Watch){place, literals[1]});
  watch(self, literals[1], (Watch){place, literals[0]});
  return place;
}

static guint32 level_of(const AkSat *self) {
  return self->level_start.count;
}

static void set(AkSat *self, guint32 literal, guint64 reason) {
  self->values[literal] = 1;
  self->values[AK_SAT_NOT(literal)] = -1;
  self->levels[literal >> 1] = level_of(self);
  self->reasons[literal >> 1] = reason;
  ak_chain_vector_add(&self->trail, literal);
}

static void back_to(AkSat *self, guint32 level) {
  if (level_of(self) <= level)
    return;
  guint32 end = self->level_start.data[level];
  while (self->trail.count > end) {
    guint32 literal = self->trail.data[--self->trail.count];
    self->values[literal] = self->values[AK_SAT_NOT(literal)] = 0;
    self->phases[literal >> 1] = !(literal & 1);
    heap_add(self, literal >> 1);
  }
  self->level_start.count = level;
  self->head = end;
}

void ak_sat_add_clause(AkSat *self, const guint32 *literals, guint32 count) {
  g_autofree guint32 *open = g_new(guint32, (gsize)count + 1);
  guint32 left = 0;
  back_to(self, 0);
  for (guint32 i = 0; i < count; i++) {
    if (self->values[literals[i]] > 0)
      return;
    bool is_new = self->values[literals[i]] == 0;
    for (guint32 j = 0; j < left; j++) {
      if (open[j] == AK_SAT_NOT(literals[i]))
        return;
      is_new = is_new && open[j] != literals[i];
    }
    if (is_new)
      open[left++] = literals[i];
  }
  if (left == 0)
    self->is_broken = true;
  else if (left == 1)
    set(self, open[0], NO_REASON);
  else if (left == 2 && self->pair_start == NULL)
    g_array_append_vals(self->pairs, &(Pair){open[0], open[1]}, 1);
  else
    keep_clause(self, open, left);
}

/* Lists by literal of what follows at once where it does not hold. */
static void lay_pairs(AkSat *self) {
  self->paired = self->variables * 2;
  self->pair_start = g_new0(guint32, (gsize)self->paired + 2);
  self->pair_other = g_new(guint32, (gsize)self->pairs->len * 2 + 1);
  const Pair *pairs = (gconstpointer)self->pairs->data;
  for (guint i = 0; i < self->pairs->len; i++) {
    self->pair_start[pairs[i].first + 2]++;
    self->pair_start[pairs[i].second + 2]++;
  }
  for (guint32 i = 2; i < self->paired + 2; i++)
    self->pair_start[i] += self->pair_start[i - 1];
  for (guint i = 0; i < self->pairs->len; i++) {
    self->pair_other[self->pair_start[pairs[i].first + 1]++] = pairs[i].second;
    self->pair_other[self->pair_start[pairs[i].second + 1]++] = pairs[i].first;
  }
  g_array_set_size(self->pairs, 0);
}

/* --- what follows -------------------------------------------------------------------------------
 */

/* False: a contradiction, told in why_first and why_literal. */
static bool follow_pairs(AkSat *self, guint32 fails) {
  if (fails >= self->paired)
    return true;
  const guint32 *others = self->pair_other;
  const gint8 *values = self->values;
  for (guint32 i = self->pair_start[fails], end = self->pair_start[fails + 1]; i < end; i++) {
    guint32 other = others[i];
    if (values[other] > 0)
      continue;
    if (values[other] < 0) {
      self->why_first = BINARY | fails;
      self->why_literal = other;
      return false;
    }
    set(self, other, BINARY | fails);
  }
  return true;
}

/* A literal of the clause that may be watched instead of the second; false: there is none. */
static bool move_watch(AkSat *self, guint32 place, guint32 first) {
  guint32 *literals = &self->arena.data[place + 1];
  for (guint32 i = 2; i < self->arena.data[place]; i++) {
    if (self->values[literals[i]] < 0)
      continue;
    guint32 found = literals[i];
    literals[i] = literals[1];
    literals[1] = found;
    watch(self, found, (Watch){place, first});
    return true;
  }
  return false;
}

static bool follow_clauses(AkSat *self, guint32 fails) {
  Watches *list = &self->watches[fails];
  guint32 kept = 0, i = 0;
  bool ok = true;
  for (; ok && i < list->count; i++) {
    Watch at = list->data[i];
    if (self->values[at.blocker] > 0) {
      list->data[kept++] = at;
      continue;
    }
    guint32 *literals = &self->arena.data[at.clause + 1];
    if (literals[0] == fails) {
      literals[0] = literals[1];
      literals[1] = fails;
    }
    guint32 first = literals[0];
    if (self->values[first] <= 0 && move_watch(self, at.clause, first))
      continue;
    list = &self->watches[fails];
    list->data[kept++] = (Watch){at.clause, first};
    if (self->values[first] < 0) {
      self->why_first = at.clause;
      ok = false;
    } else if (self->values[first] == 0) {
      set(self, first, at.clause);
    }
  }
  for (; i < list->count; i++)
    list->data[kept++] = list->data[i];
  list->count = kept;
  return ok;
}

static bool propagate(AkSat *self) {
  while (self->head < self->trail.count) {
    guint32 fails = AK_SAT_NOT(self->trail.data[self->head++]);
    if (!follow_pairs(self, fails) || !follow_clauses(self, fails))
      return false;
  }
  return true;
}

/* --- learning -----------------------------------------------------------------------------------
 */

/* The literals of a reason but the one that follows; two literals' reason is written to `pair`. */
static const guint32 *literals_of(const AkSat *self, guint64 reason, guint32 *pair,
                                  guint32 *count) {
  if (reason & BINARY) {
    *pair = (guint32)reason;
    *count = 1;
    return pair;
  }
  *count = self->arena.data[reason];
  return &self->arena.data[reason + 1];
}

/* One literal of a reason; true: it is of this level, and counted. */
static bool take_literal(AkSat *self, guint32 literal, guint32 follows) {
  guint32 variable = literal >> 1;
  if (literal == follows || self->seen[variable] || self->levels[variable] == 0)
    return false;
  self->seen[variable] = 1;
  bump(self, variable);
  if (self->levels[variable] == level_of(self))
    return true;
  ak_chain_vector_add(&self->learnt, literal);
  return false;
}

/* Does the literal follow from others of the clause? */
static bool is_implied(const AkSat *self, guint32 literal) {
  guint64 reason = self->reasons[literal >> 1];
  guint32 pair, count;
  if (reason == NO_REASON)
    return false;
  const guint32 *literals = literals_of(self, reason, &pair, &count);
  for (guint32 i = 0; i < count; i++)
    if (literals[i] >> 1 != literal >> 1 && !self->seen[literals[i] >> 1] &&
        self->levels[literals[i] >> 1] > 0)
      return false;
  return true;
}

/* Leaves out what follows from the rest, and puts a literal of the highest level second. Its level.
 */
static guint32 shorten(AkSat *self) {
  guint32 kept = 1, level = 0;
  g_autofree guint32 *all = g_memdup2(self->learnt.data, self->learnt.count * sizeof *all);
  guint32 count = self->learnt.count;
  for (guint32 i = 1; i < count; i++)
    if (!is_implied(self, all[i]))
      self->learnt.data[kept++] = all[i];
  self->learnt.count = kept;
  for (guint32 i = 0; i < count; i++)
    self->seen[all[i] >> 1] = 0;
  for (guint32 i = 1; i < kept; i++) {
    guint32 literal = self->learnt.data[i];
    if (self->levels[literal >> 1] <= level)
      continue;
    level = self->levels[literal >> 1];
    self->learnt.data[i] = self->learnt.data[1];
    self->learnt.data[1] = literal;
  }
  return level;
}

/* The clause of the first unique implication point, in `learnt`; the level to go back to. */
static guint32 analyze(AkSat *self) {
  guint32 open = 0, at = self->trail.count, follows = G_MAXUINT32;
  guint64 reason = self->why_first;
  self->learnt.count = 0;
  ak_chain_vector_add(&self->learnt, 0);
  if (reason & BINARY)
    open += take_literal(self, self->why_literal, follows);
  do {
    guint32 pair, count;
    const guint32 *literals = literals_of(self, reason, &pair, &count);
    for (guint32 i = 0; i < count; i++)
      open += take_literal(self, literals[i], follows);
    do
      at--;
    while (!self->seen[self->trail.data[at] >> 1] ||
           self->levels[self->trail.data[at] >> 1] != level_of(self));
    follows = self->trail.data[at];
    reason = self->reasons[follows >> 1];
    self->seen[follows >> 1] = 0;
    open--;
  } while (open > 0);
  self->learnt.data[0] = AK_SAT_NOT(follows);
  self->seen[follows >> 1] = 1;
  return shorten(self);
}

static void learn(AkSat *self) {
  guint32 level = analyze(self), first = self->learnt.data[0];
  back_to(self, level);
  if (self->learnt.count == 1)
    set(self, first, NO_REASON);
  else
    set(self, first, keep_clause(self, self->learnt.data, self->learnt.count));
  self->step /= DECAY;
}

/* The assumptions from which it follows that `literal`, one of them, does not hold. */
static void collect_core(AkSat *self, guint32 literal) {
  self->core.count = 0;
  ak_chain_vector_add(&self->core, literal);
  if (level_of(self) == 0 || self->levels[literal >> 1] == 0)
    return;
  self->seen[literal >> 1] = 1;
  for (guint32 at = self->trail.count; at-- > self->level_start.data[0];) {
    guint32 holds = self->trail.data[at], pair, count;
    guint64 reason = self->reasons[holds >> 1];
    if (!self->seen[holds >> 1])
      continue;
    self->seen[holds >> 1] = 0;
    if (reason == NO_REASON) {
      if (holds != AK_SAT_NOT(literal))
        ak_chain_vector_add(&self->core, holds);
      continue;
    }
    const guint32 *literals = literals_of(self, reason, &pair, &count);
    for (guint32 i = 0; i < count; i++)
      if (literals[i] != holds && self->levels[literals[i] >> 1] > 0)
        self->seen[literals[i] >> 1] = 1;
  }
  self->seen[literal >> 1] = 0;
}

/* --- searching ----------------------------------------------------------------------------------
 */

/* 1 1 2 1 1 2 4 … Source: M. Luby et al., Optimal speedup of Las Vegas algorithms (1993). */
static guint64 luby(guint64 number) {
  guint64 size = 1;
  while (size < number + 1)
    size = size * 2 + 1;
  while (size - 1 != number) {
    size = (size - 1) / 2;
    number %= size;
  }
  return (size + 1) / 2;
}

/* The next assumption, else an open variable; false: there is none, everything is assigned. */
static bool decide(AkSat *self, const guint32 *assumptions, guint32 count, bool *contradicts) {
  while (level_of(self) < count) {
    guint32 literal = assumptions[level_of(self)];
    if (self->values[literal] < 0) {
      collect_core(self, literal);
      *contradicts = true;
      return true;
    }
    ak_chain_vector_add(&self->level_start, self->trail.count);
    if (self->values[literal] > 0)
      continue;
    set(self, literal, NO_REASON);
    return true;
  }
  return false;
}

static bool decide_freely(AkSat *self) {
  while (self->heap_count > 0) {
    guint32 variable = heap_take(self);
    if (self->values[variable * 2] != 0)
      continue;
    ak_chain_vector_add(&self->level_start, self->trail.count);
    set(self, variable * 2 + !self->phases[variable], NO_REASON);
    return true;
  }
  return false;
}

/* Goes back to the first assumption that the last call did not make. */
static void take_assumptions(AkSat *self, const guint32 *assumptions, guint32 count) {
  guint32 same = 0;
  while (same < count && same < self->assumed.count &&
         self->assumed.data[same] == assumptions[same])
    same++;
  back_to(self, same);
  self->assumed.count = same;
  for (guint32 i = same; i < count; i++)
    ak_chain_vector_add(&self->assumed, assumptions[i]);
}

AkSatAnswer ak_sat_solve(AkSat *self, const guint32 *assumptions, guint32 count,
                         guint64 conflicts) {
  guint64 begun = self->conflicts, restarts = 0, restart_at = begun + RESTART;
  if (self->pair_start == NULL)
    lay_pairs(self);
  take_assumptions(self, assumptions, count);
  self->core.count = 0;
  while (!self->is_broken) {
    bool contradicts = false;
    if (!propagate(self)) {
      self->conflicts++;
      self->is_broken = level_of(self) == 0;
      if (self->is_broken)
        break;
      learn(self);
      continue;
    }
    if (conflicts > 0 && self->conflicts - begun >= conflicts)
      return AK_SAT_BROKEN_OFF;
    if (self->conflicts >= restart_at) {
      restart_at = self->conflicts + RESTART * luby(++restarts);
      back_to(self, 0);
    }
    if (decide(self, assumptions, count, &contradicts)) {
      if (contradicts)
        return AK_SAT_NO;
      continue;
    }
    if (conflicts == 0 || !decide_freely(self))
      return AK_SAT_YES;
  }
  self->core.count = 0;
  return AK_SAT_NO;
}

bool ak_sat_value(const AkSat *self, guint32 variable) {
  return self->values[variable * 2] > 0;
}

const AkChainVector *ak_sat_core(const AkSat *self) {
  return &self->core;
}

guint64 ak_sat_conflicts(const AkSat *self) {
  return self->conflicts;
}
