#include "chain/rule/join.h"

#include <string.h>

#include "util/large.h"

/* Tuples before a step, and what of them goes on. */
typedef struct {
  const guint32 *columns[AK_CHAIN_TUPLE_COLUMNS]; /* as many as are asked for, [AK_CHAIN_TUPLES] */
  guint32 *own[AK_CHAIN_TUPLE_COLUMNS];           /* where they are laid; where all go on as they are, they stay where they were */
  guint64 keys[AK_CHAIN_TUPLES];
  guint32 count;                 /* of those that go on */
  guint32 tuple[AK_CHAIN_TUPLES]; /* which tuple */
  guint32 row[AK_CHAIN_TUPLES];  /* with which row, or atom */
} Level;

struct _AkChainJoin {
  const AkChainAtoms *atoms, *measures;
  AkChainInstances *out;
  const AkChainStages *stages;
  guint32 *room; /* of all columns */
  guint32 values[AK_CHAIN_ARITY_MAX][AK_CHAIN_TUPLES]; /* of atoms at hand */
  Level levels[AK_CHAIN_DEPTHS];
  AkChainHeads heads;
};

AkChainJoin *ak_chain_join_new(const GPtrArray *plans, const AkChainAtoms *measures, AkChainInstances *out) {
  AkChainJoin *self = g_new0(AkChainJoin, 1);
  guint widths[AK_CHAIN_DEPTHS] = {0}, columns = 0;
  for (guint i = 0; i < plans->len; i++)
    for (guint d = 0; d < AK_CHAIN_DEPTHS; d++)
      widths[d] = MAX(widths[d], ((const AkChainStages *)plans->pdata[i])->widths[d]);
  for (guint d = 0; d < AK_CHAIN_DEPTHS; d++)
    columns += widths[d];
  self->atoms = out->atoms;
  self->measures = measures;
  self->out = out;
  self->room = ak_large_new((gsize)columns * AK_CHAIN_TUPLES + 1, sizeof *self->room);
  if (self->room == NULL)
    g_clear_pointer(&self, ak_chain_join_free);
  guint32 *next = self != NULL ? self->room : NULL;
  for (guint d = 0; self != NULL && d < AK_CHAIN_DEPTHS; d++)
    for (guint i = 0; i < widths[d]; i++, next += AK_CHAIN_TUPLES)
      self->levels[d].columns[i] = self->levels[d].own[i] = next;
  return self;
}

void ak_chain_join_free(AkChainJoin *self) {
  if (self == NULL)
    return;
  ak_large_free(self->room);
  g_free(self);
}

/* --- tuples
 * --------------------------------------------------------------------------------------------------------------------------------- */

static void add_up(const AkChainSum *sum, const Level *level, guint32 count, guint64 *keys) {
  ak_chain_sum_all(sum, level->columns, count, keys);
}

static void pick(guint32 *to, const guint32 *from, const guint32 *which, guint32 count) {
  for (guint32 i = 0; i < count; i++)
    to[i] = from[which[i]];
}

/* Of a column those that go on; all of them stay where they are. */
static void carry_column(const Level *level, guint8 from, Level *next, guint8 to, bool are_all) {
  next->columns[to] = are_all ? level->columns[from] : next->own[to];
  if (!are_all)
    pick(next->own[to], level->columns[from], level->tuple, level->count);
}

/* `are_all`: each tuple goes on, once. */
static void carry(const AkChainStage *stage, const Level *level, Level *next, bool are_all) {
  for (guint i = 0; i < stage->carried_count; i++)
    carry_column(level, stage->carried_from[i], next, stage->carried_to[i], are_all);
}

static void go_with(Level *level, guint32 tuple, guint32 row) {
  level->tuple[level->count] = tuple;
  level->row[level->count++] = row;
}

static bool take_step(AkChainJoin *self, guint depth, guint32 count);

/* --- rows of facts
 * --------------------------------------------------------------------------------------------------------------------------------- */

static bool go_on_with(AkChainJoin *self, guint depth, bool are_all) {
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth], *next = level + 1;
  carry(stage, level, next, are_all);
  for (guint i = 0; i < stage->bind_count; i++) {
    next->columns[stage->bind_to[i]] = next->own[stage->bind_to[i]];
    pick(next->own[stage->bind_to[i]], stage->bind_rows[i], level->row, level->count);
  }
  guint32 count = level->count;
  level->count = 0;
  return count == 0 || take_step(self, depth + 1, count);
}

static bool go_on_with_rows(AkChainJoin *self, guint depth) {
  return go_on_with(self, depth, false);
}

static bool fits(const AkChainStage *stage, const Level *level, guint32 tuple, guint32 row) {
  for (guint f = 0; f < stage->filter_count; f++) {
    const AkChainFilter *filter = &stage->filters[f];
    guint32 wanted = filter->from == AK_CHAIN_NOWHERE ? filter->constant : level->columns[filter->from][tuple];
    if (filter->rows[row] != wanted)
      return false;
  }
  return true;
}

/* Of a tuple's rows those that fit; the first alone where nobody asks which. */
static bool join_fitting(AkChainJoin *self, guint depth, guint32 tuple, guint32 row, guint32 end) {
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth];
  for (; row < end; row++) {
    if (!fits(stage, level, tuple, row))
      continue;
    go_with(level, tuple, row);
    if (level->count == AK_CHAIN_TUPLES && !go_on_with_rows(self, depth))
      return false;
    if (stage->step->is_once)
      break;
  }
  return true;
}

static void fill_with(Level *level, guint32 tuple, guint32 row, guint32 count) {
  guint32 *restrict tuples = level->tuple + level->count, *restrict rows = level->row + level->count;
  for (guint32 i = 0; i < count; i++) {
    tuples[i] = tuple;
    rows[i] = row + i;
  }
  level->count += count;
}

/* All of them, in as many parts as it takes. */
static bool join_many(AkChainJoin *self, guint depth, guint32 tuple, guint32 row, guint32 end) {
  Level *level = &self->levels[depth];
  while (row < end) {
    guint32 part = MIN(end - row, AK_CHAIN_TUPLES - level->count);
    fill_with(level, tuple, row, part);
    row += part;
    if (level->count == AK_CHAIN_TUPLES && !go_on_with_rows(self, depth))
      return false;
  }
  return true;
}

/* Nobody asks which row: whether there is one is all that matters. */
static bool join_once(AkChainJoin *self, guint depth, guint32 count) {
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth];
  const guint32 *start = stage->step->index->start;
  const guint64 *keys = level->keys;
  guint32 *restrict tuples = level->tuple, *restrict rows = level->row, kept = 0;
  for (guint32 i = 0; i < count; i++) {
    guint32 row = start[keys[i]];
    tuples[kept] = i;
    rows[kept] = row;
    kept += row < start[keys[i] + 1];
  }
  level->count = kept;
  return go_on_with(self, depth, kept == count);
}

/* All rows of each tuple; most have few. */
static bool join_whole(AkChainJoin *self, guint depth, guint32 count) {
  enum { FEW = 8 };
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth];
  const guint32 *start = stage->step->index->start;
  bool are_all = true;
  for (guint32 i = 0; i < count; i++) {
    guint32 row = start[level->keys[i]], end = start[level->keys[i] + 1];
    are_all &= end - row == 1;
    if (end - row > FEW || level->count + FEW >= AK_CHAIN_TUPLES) {
      are_all = false;
      if (!join_many(self, depth, i, row, end))
        return false;
      continue;
    }
    for (; row < end; row++)
      go_with(level, i, row);
  }
  return go_on_with(self, depth, are_all);
}

static bool join_filtered(AkChainJoin *self, guint depth, guint32 count) {
  const AkChainStage *stage = &self->stages->stages[depth];
  const Level *level = &self->levels[depth];
  const guint32 *start = stage->step->index->start;
  for (guint32 i = 0; i < count; i++)
    if (!join_fitting(self, depth, i, start[level->keys[i]], start[level->keys[i] + 1]))
      return false;
  return go_on_with_rows(self, depth);
}

/* Of an index that the caches do not hold, memory brings what is read for all tuples before the first is. */
static void ask_for_rows(const AkChainStage *stage, const Level *level, guint32 count) {
  enum { HELD = 4096 };
  const AkChainIndex *index = stage->step->index;
  for (guint32 i = 0; index->keys > HELD && i < count; i++)
    __builtin_prefetch(&index->start[level->keys[i]]);
  for (guint32 i = 0; index->rows > HELD && stage->bind_count > 0 && i < count; i++)
    __builtin_prefetch(&stage->bind_rows[0][index->start[level->keys[i]]]);
}

static bool join_rows(AkChainJoin *self, guint depth, guint32 count) {
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth];
  add_up(&stage->key, level, count, level->keys);
  ask_for_rows(stage, level, count);
  if (stage->filter_count > 0)
    return join_filtered(self, depth, count);
  return (stage->step->is_once ? join_once : join_whole)(self, depth, count);
}

/* --- derived atoms
 * --------------------------------------------------------------------------------------------------------------------------------- */

/* A premise before the new one is older than it; one behind it may be the same: so each way is found once. */
static bool may_be(const AkChainStage *stage, const Level *level, guint32 tuple, guint32 atom) {
  guint32 fresh = level->columns[stage->fresh][tuple];
  return atom < fresh || (atom == fresh && stage->may_be_fresh);
}

/* Which atoms have values that agree; how many, with their places in `kept`. */
static guint32 find_fitting(const AkChainAtomValue *wanted, guint arity, guint32 *const *values, guint32 count, guint32 *kept) {
  guint32 found = 0;
  for (guint32 i = 0; i < count; i++) {
    bool does_fit = true;
    for (guint c = 0; c < arity; c++)
      does_fit = does_fit && (!wanted[c].is_constant || values[c][i] == wanted[c].constant) &&
                 (wanted[c].same == AK_CHAIN_NOWHERE || values[c][i] == values[wanted[c].same][i]);
    kept[found] = i;
    found += does_fit;
  }
  return found;
}

static void keep_fitting(AkChainJoin *self, const AkChainStage *stage, Level *level, guint32 *const *values) {
  guint32 kept[AK_CHAIN_TUPLES];
  level->count = find_fitting(stage->values, stage->arity, values, level->count, kept);
  pick(level->tuple, level->tuple, kept, level->count); /* never ahead of what is read */
  pick(level->row, level->row, kept, level->count);
  for (guint c = 0; c < stage->arity; c++)
    pick(self->values[c], self->values[c], kept, level->count);
}

/* Where the values of atoms are read to: where they are asked for next, or, of those that must still be compared, aside. */
static void find_places(AkChainJoin *self, const AkChainStage *stage, const Level *next, guint32 **values) {
  for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++) {
    guint8 to = c < stage->arity ? stage->values[c].to : AK_CHAIN_NOWHERE;
    values[c] = stage->is_compared || to == AK_CHAIN_NOWHERE ? self->values[c] : next->own[to];
  }
}

static void read_atoms(AkChainJoin *self, const AkChainStage *stage, Level *level, Level *next) {
  guint32 *values[AK_CHAIN_ARITY_MAX];
  if (!stage->is_read)
    return;
  find_places(self, stage, next, values);
  ak_chain_atoms_columns(self->atoms, stage->predicate, level->row, level->count, values);
  if (stage->is_compared)
    keep_fitting(self, stage, level, values);
  for (guint c = 0; c < stage->arity; c++) {
    guint8 to = stage->values[c].to;
    if (to == AK_CHAIN_NOWHERE)
      continue;
    if (stage->is_compared)
      memcpy(next->own[to], values[c], level->count * sizeof *values[c]);
    next->columns[to] = next->own[to];
  }
}

static bool go_on_with_atoms(AkChainJoin *self, guint depth) {
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth], *next = level + 1;
  read_atoms(self, stage, level, next);
  carry(stage, level, next, false);
  next->columns[stage->atom_to] = level->row;
  guint32 count = level->count;
  level->count = 0;
  return count == 0 || take_step(self, depth + 1, count);
}

/* One atom, all of whose values are known. */
static bool join_atom(AkChainJoin *self, guint depth, guint32 count) {
  const AkChainStage *stage = &self->stages->stages[depth];
  Level *level = &self->levels[depth];
  add_up(&stage->key, level, count, level->keys);
  for (guint32 i = 0; i < count; i++)
    ak_chain_atoms_prefetch(self->atoms, stage->predicate, level->keys[i]);
  for (guint32 i = 0; i < count; i++) {
    guint32 atom = ak_chain_atoms_find(self->atoms, stage->predicate, level->keys[i]);
    if (atom != AK_CHAIN_ATOM_NONE && may_be(stage, level, i, atom))
      go_with(level, i, atom);
  }
  return go_on_with_atoms(self, depth);
}

/* Atoms, some of whose values are known: the last one first. */
static bool join_atoms(AkChainJoin *self, guint depth, guint32 count) {
  const AkChainStage *stage = &self->stages->stages[depth];
  const AkChainList *list = stage->step->list;
  Level *level = &self->levels[depth];
  add_up(&stage->key, level, count, level->keys);
  for (guint32 i = 0; i < count; i++)
    ak_chain_list_prefetch(list, level->keys[i]);
  for (guint32 i = 0; i < count; i++)
    ak_chain_list_prefetch_further(list, level->keys[i]);
  for (guint32 i = 0; i < count; i++)
    for (guint32 entry = ak_chain_list_last(list, level->keys[i]); entry != 0; entry = list->before.data[entry - 1]) {
      guint32 atom = list->atoms.data[entry - 1];
      if (!may_be(stage, level, i, atom))
        continue;
      go_with(level, i, atom);
      if (level->count == AK_CHAIN_TUPLES && !go_on_with_atoms(self, depth))
        return false;
    }
  return go_on_with_atoms(self, depth);
}

/* --- what follows
 * --------------------------------------------------------------------------------------------------------------------------------- */

static bool hand_over(AkChainJoin *self, guint depth, guint32 count) {
  const AkChainStages *stages = self->stages;
  const Level *level = &self->levels[depth];
  AkChainHeads *heads = &self->heads;
  heads->predicate = stages->plan->rule->head.predicate;
  heads->rule = stages->rule;
  heads->count = count;
  heads->premise_count = stages->plan->derived_count;
  heads->measure_count = stages->measure_count;
  add_up(&stages->head, level, count, heads->keys);
  for (guint i = 0; i < heads->premise_count; i++)
    heads->premises[i] = level->columns[stages->premises[i]];
  for (guint m = 0; m < stages->measure_count; m++) {
    guint64 keys[AK_CHAIN_TUPLES];
    add_up(&stages->measures[m], level, count, keys);
    for (guint32 i = 0; i < count; i++)
      heads->measures[m][i] = ak_chain_atoms_find(self->measures, stages->measure_predicates[m], keys[i]);
  }
  return ak_chain_instances_add(self->out, heads);
}

static bool take_step(AkChainJoin *self, guint depth, guint32 count) {
  static bool (*const joins[])(AkChainJoin *self, guint depth, guint32 count) = {
      [AK_CHAIN_STEP_ROWS] = join_rows, [AK_CHAIN_STEP_ATOM] = join_atom, [AK_CHAIN_STEP_ATOMS] = join_atoms};
  if (depth == self->stages->count)
    return hand_over(self, depth, count);
  return joins[self->stages->stages[depth].step->kind](self, depth, count);
}

/* --- new atoms
 * --------------------------------------------------------------------------------------------------------------------------------- */

/* A column of the first tuples: of the atoms that were kept, or of all (`kept` is NULL). */
static void begin_column(Level *level, guint8 to, const guint32 *values, const guint32 *kept, guint32 count) {
  level->columns[to] = kept != NULL ? level->own[to] : values;
  if (kept != NULL)
    pick(level->own[to], values, kept, count);
}

/* The first tuples: of the new atoms whose values fit, what is asked for. */
static guint32 begin_with(AkChainJoin *self, const guint32 *fresh, guint32 *const *columns, guint32 count) {
  const AkChainStages *stages = self->stages;
  guint32 fitting[AK_CHAIN_TUPLES], *kept = stages->is_compared ? fitting : NULL;
  if (kept != NULL)
    count = find_fitting(stages->fresh, stages->fresh_arity, columns, count, kept);
  begin_column(&self->levels[0], stages->fresh_to, fresh, kept, count);
  for (guint c = 0; c < stages->fresh_arity; c++)
    if (stages->fresh[c].to != AK_CHAIN_NOWHERE)
      begin_column(&self->levels[0], stages->fresh[c].to, columns[c], kept, count);
  return count;
}

bool ak_chain_join_run(AkChainJoin *self, const AkChainStages *stages, const guint32 *fresh, guint32 *const *columns, guint32 count) {
  self->stages = stages;
  if (fresh == NULL)
    return take_step(self, 0, 1);
  for (guint32 at = 0; at < count; at += AK_CHAIN_TUPLES) {
    guint32 *part[AK_CHAIN_ARITY_MAX] = {NULL};
    for (guint c = 0; c < stages->fresh_arity; c++)
      part[c] = columns[c] + at;
    guint32 left = begin_with(self, fresh + at, part, MIN(count - at, AK_CHAIN_TUPLES));
    if (left > 0 && !take_step(self, 0, left))
      return false;
  }
  return true;
}
