#include "chain/rule/refine.h"

#include <string.h>

#include "util/random.h"

static void wait_for(AkChainRefine *self, guint32 cell) {
  if (self->waits[cell])
    return;
  self->waits[cell] = 1;
  self->queue[(self->first + self->waiting++) % self->count] = cell;
}

static guint32 next_of(AkChainRefine *self) {
  guint32 cell = self->queue[self->first];
  self->first = (self->first + 1) % self->count;
  self->waiting--;
  self->waits[cell] = 0;
  return cell;
}

static void make_cell(AkChainRefine *self, guint32 begin, guint32 end) {
  if (begin == end)
    return;
  self->size[begin] = end - begin;
  for (guint32 i = begin; i < end; i++)
    self->cell[i] = begin;
  wait_for(self, begin);
}

void ak_chain_refine_init(AkChainRefine *self, guint32 count, guint32 split, guint32 *arc_start,
                          AkChainArc *arcs) {
  gsize room = (gsize)count + 1;
  *self = (AkChainRefine){.count = count, .arc_start = arc_start, .arcs = arcs};
  guint32 **numbers[] = {&self->order, &self->at,      &self->cell,   &self->size, &self->hits,
                         &self->cells, &self->members, &self->starts, &self->queue};
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    *numbers[i] = g_new0(guint32, room);
  self->sums = g_new0(guint64, room);
  self->sorted = g_new(AkChainSum, room);
  self->waits = g_new0(guint8, room);
  self->cuts = g_array_new(FALSE, FALSE, sizeof(AkChainCut));
  for (guint32 i = 0; i < count; i++)
    self->order[i] = self->at[i] = i;
  make_cell(self, 0, split);
  make_cell(self, split, count);
}

void ak_chain_refine_clear(AkChainRefine *self) {
  gpointer all[] = {self->arc_start, self->arcs, self->order,  self->at,    self->cell,
                    self->size,      self->hits, self->cells,  self->queue, self->members,
                    self->starts,    self->sums, self->sorted, self->waits};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_free(all[i]);
  g_clear_pointer(&self->cuts, g_array_unref);
}

static void move(AkChainRefine *self, guint32 value, guint32 to) {
  guint32 from = self->at[value], other = self->order[to];
  self->order[from] = other;
  self->at[other] = from;
  self->order[to] = value;
  self->at[value] = to;
}

static void note(AkChainRefine *self, guint64 what) {
  if (self->mode == AK_CHAIN_REFINE_TRIAL)
    self->trace = ak_random_fork(self->trace, what);
}

/* --- cells in parts
 * --------------------------------------------------------------------------------------------- */

static void cut(AkChainRefine *self, guint32 parent, guint32 cell, guint32 size) {
  const AkChainCut one = {cell, parent};
  self->size[cell] = size;
  for (guint32 i = cell; i < cell + size; i++)
    self->cell[self->order[i]] = cell;
  if (self->mode == AK_CHAIN_REFINE_TRIAL)
    g_array_append_val(self->cuts, one);
}

/* Parts of a cell, by where they start; starts[count] is its end. What its largest part leads to
 * follows from what the cell led to and from the other parts: it need not be looked at, unless the
 * cell itself is still to be. */
static void cut_all(AkChainRefine *self, guint32 cell, guint32 count) {
  const guint32 *starts = self->starts;
  bool waits = self->waits[cell];
  guint32 largest = 0;
  for (guint32 i = 1; i < count; i++)
    if (starts[i + 1] - starts[i] > starts[largest + 1] - starts[largest])
      largest = i;
  self->size[cell] = starts[1] - starts[0];
  for (guint32 i = 1; i < count; i++)
    cut(self, cell, starts[i], starts[i + 1] - starts[i]);
  for (guint32 i = 0; count > 1 && i < count; i++)
    if (waits || i != largest)
      wait_for(self, starts[i]);
}

static int compare_sums(gconstpointer a, gconstpointer b) {
  const AkChainSum *left = a, *right = b;
  return (left->sum > right->sum) - (left->sum < right->sum);
}

/* Values from `begin` to the end of the cell, by their sums. */
static void sort(AkChainRefine *self, guint32 begin, guint32 end) {
  bool is_sorted = true;
  for (guint32 i = begin; i < end; i++) {
    guint32 value = self->order[i];
    self->sorted[i] = (AkChainSum){self->sums[value], value};
    is_sorted = is_sorted && (i == begin || self->sorted[i - 1].sum <= self->sorted[i].sum);
  }
  if (is_sorted)
    return;
  qsort(self->sorted + begin, end - begin, sizeof *self->sorted, compare_sums);
  for (guint32 i = begin; i < end; i++) {
    self->order[i] = self->sorted[i].value;
    self->at[self->sorted[i].value] = i;
  }
}

/* Those before `begin` stay together, the others by their sums. */
static void split(AkChainRefine *self, guint32 cell, guint32 begin) {
  guint32 end = cell + self->size[cell], count = 0;
  sort(self, begin, end);
  note(self, cell);
  if (begin > cell)
    self->starts[count++] = cell;
  for (guint32 i = begin; i < end; i++) {
    if (i > begin && self->sorted[i].sum == self->sorted[i - 1].sum)
      continue;
    note(self, i);
    note(self, self->sorted[i].sum);
    self->starts[count++] = i;
  }
  self->starts[count] = end;
  cut_all(self, cell, count);
}

void ak_chain_refine_split(AkChainRefine *self, guint32 cell, const guint64 *keys) {
  for (guint32 i = cell; i < cell + self->size[cell]; i++)
    self->sums[self->order[i]] = keys[self->order[i]];
  self->steps[self->mode] += self->size[cell];
  split(self, cell, cell);
}

void ak_chain_refine_single(AkChainRefine *self, guint32 value) {
  guint32 cell = self->cell[value], last = cell + self->size[cell] - 1;
  if (last == cell)
    return;
  move(self, value, last);
  self->size[cell]--;
  cut(self, cell, last, 1);
  wait_for(self, last);
}

/* --- looking at a cell
 * ------------------------------------------------------------------------------------------ */

static int compare_numbers(gconstpointer a, gconstpointer b) {
  const guint32 *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

/* Arcs to values that stand alone split nothing, but tell trials apart. */
static void hit(AkChainRefine *self, const AkChainArc *arc, guint64 *alone) {
  guint32 cell = self->cell[arc->to], size = self->size[cell];
  if (size == 1) {
    if (self->mode == AK_CHAIN_REFINE_TRIAL)
      *alone += ak_random_fork(arc->label, cell);
    return;
  }
  if (self->at[arc->to] < cell + size - self->hits[cell]) {
    if (self->hits[cell]++ == 0)
      self->cells[self->cell_count++] = cell;
    move(self, arc->to, cell + size - self->hits[cell]);
    self->sums[arc->to] = 0;
  }
  self->sums[arc->to] += arc->label;
}

static void look_at(AkChainRefine *self, guint32 cell) {
  guint32 size = self->size[cell];
  guint64 alone = 0, *steps = &self->steps[self->mode];
  self->cell_count = 0;
  memcpy(self->members, self->order + cell, size * sizeof *self->members);
  for (guint32 i = 0; i < size; i++) {
    guint32 begin = self->arc_start[self->members[i]], end = self->arc_start[self->members[i] + 1];
    for (guint32 arc = begin; arc < end; arc++)
      hit(self, &self->arcs[arc], &alone);
    *steps += 1 + (end - begin);
  }
  note(self, cell);
  note(self, alone);
  qsort(self->cells, self->cell_count, sizeof *self->cells, compare_numbers);
  for (guint32 i = 0; i < self->cell_count; i++) {
    guint32 one = self->cells[i], hits = self->hits[one];
    self->hits[one] = 0;
    *steps += hits;
    split(self, one, one + self->size[one] - hits);
  }
}

bool ak_chain_refine_run(AkChainRefine *self) {
  while (self->waiting > 0 && self->steps[self->mode] < self->most[self->mode])
    look_at(self, next_of(self));
  bool is_done = self->waiting == 0;
  while (self->waiting > 0)
    next_of(self);
  return is_done;
}

/* --- trials
 * -----------------------------------------------------------------------------------------------------
 */

static void undo(AkChainRefine *self) {
  for (guint i = self->cuts->len; i > 0; i--) {
    const AkChainCut *one = &g_array_index(self->cuts, AkChainCut, i - 1);
    guint32 size = self->size[one->cell];
    for (guint32 at = one->cell; at < one->cell + size; at++)
      self->cell[self->order[at]] = one->parent;
    self->size[one->parent] += size;
  }
  g_array_set_size(self->cuts, 0);
}

bool ak_chain_refine_try(AkChainRefine *self, guint32 value, guint64 *trace) {
  self->mode = AK_CHAIN_REFINE_TRIAL;
  self->trace = 0;
  ak_chain_refine_single(self, value);
  ak_chain_refine_run(self);
  undo(self);
  self->mode = AK_CHAIN_REFINE_MAIN;
  *trace = self->trace;
  return self->steps[AK_CHAIN_REFINE_TRIAL] < self->most[AK_CHAIN_REFINE_TRIAL];
}
