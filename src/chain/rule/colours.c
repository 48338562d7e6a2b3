#include "chain/rule/colours.h"

#include "chain/rule/refine.h"
#include "util/random.h"

typedef struct {
  const AkChainColoursSpec *spec;
  AkChainRefine refine; /* values, then a node for each row of three values and more */
  bool tries;           /* steps of trials are left */
} Finding;

/* --- rows as arcs: of two values from one to the other; of more, between each of them and a node
 * of the row ------- */

typedef struct {
  guint32 value;
  guint column;
} End;

static guint ends_of(const AkChainColoursRow *row, End out[AK_CHAIN_ARITY_MAX]) {
  guint count = 0;
  for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++)
    if (row->values[c] != AK_CHAIN_COLOURS_NONE)
      out[count++] = (End){row->values[c], c};
  return count;
}

typedef struct {
  guint32 *start; /* [nodes + 1] */
  AkChainArc *arcs;
  guint32 *used; /* [nodes]; NULL: counted at first */
} Arcs;

static void add_arc(Arcs *self, guint32 from, guint32 to, guint64 kind, guint column, guint other) {
  if (self->used == NULL) {
    self->start[from + 1]++;
    return;
  }
  self->arcs[self->start[from] + self->used[from]++] =
      (AkChainArc){ak_random_fork(ak_random_fork(kind, column), other), to};
}

/* `node`: of the row, if it needs one. */
static bool add_row(Arcs *self, const AkChainColoursRow *row, guint32 node) {
  End ends[AK_CHAIN_ARITY_MAX];
  guint count = ends_of(row, ends);
  if (row->both_ways && count == 2)
    ends[1].column = ends[0].column;
  if (count == 2) {
    add_arc(self, ends[0].value, ends[1].value, row->kind, ends[0].column, ends[1].column);
    add_arc(self, ends[1].value, ends[0].value, row->kind, ends[1].column, ends[0].column);
  }
  for (guint i = 0; count > 2 && i < count; i++) {
    add_arc(self, ends[i].value, node, row->kind, ends[i].column, AK_CHAIN_ARITY_MAX);
    add_arc(self, node, ends[i].value, row->kind, AK_CHAIN_ARITY_MAX, ends[i].column);
  }
  return count > 2;
}

static guint32 add_rows(Arcs *self, const AkChainColoursSpec *spec) {
  guint32 nodes = spec->count;
  for (guint32 i = 0; i < spec->row_count; i++)
    nodes += add_row(self, &spec->rows[i], nodes);
  return nodes;
}

static guint32 make_arcs(const AkChainColoursSpec *spec, Arcs *out) {
  *out = (Arcs){.start = g_new0(guint32, (gsize)spec->count + spec->row_count + 2)};
  guint32 nodes = add_rows(out, spec);
  for (guint32 i = 0; i < nodes; i++)
    out->start[i + 1] += out->start[i];
  out->arcs = g_new(AkChainArc, (gsize)out->start[nodes] + 1);
  out->used = g_new0(guint32, (gsize)nodes + 1);
  add_rows(out, spec);
  g_clear_pointer(&out->used, g_free);
  return nodes;
}

/* Of values what is known of each, and rows in which they stand alone; of rows with a node their
 * kind. [nodes]; the caller's. */
static guint64 *keys_of(const AkChainColoursSpec *spec, guint32 nodes) {
  guint64 *keys = g_new0(guint64, (gsize)nodes + 1);
  guint32 node = spec->count;
  for (guint32 i = 0; i < spec->count; i++)
    keys[i] = spec->first[i];
  for (guint32 i = 0; i < spec->row_count; i++) {
    End ends[AK_CHAIN_ARITY_MAX];
    guint count = ends_of(&spec->rows[i], ends);
    if (count == 1)
      keys[ends[0].value] += ak_random_fork(spec->rows[i].kind, ends[0].column);
    else if (count > 2)
      keys[node++] = spec->rows[i].kind;
  }
  return keys;
}

/* --- values that are alike
 * -------------------------------------------------------------------------------------- */

static int compare_names(gconstpointer a, gconstpointer b, gpointer data) {
  const guint32 *names = data, *left = a, *right = b;
  return (names[*left] > names[*right]) - (names[*left] < names[*right]);
}

/* Of a cell, by name; the caller's. */
static guint32 *by_name(const Finding *self, guint32 cell) {
  guint32 size = self->refine.size[cell];
  guint32 *out = g_memdup2(self->refine.order + cell, size * sizeof *out);
  g_qsort_with_data(out, (gint)size, sizeof *out, compare_names, (gpointer)self->spec->names);
  return out;
}

/* The last by name, of those that are left of `tied` in the cell, whose trial has the least trace.
 * `tries`: not all had the same. Where steps of trials end, the name decides. */
static guint32 best_of(Finding *self, guint32 cell, const guint32 *tied, guint32 left,
                       bool *tries) {
  guint32 best = tied[left - 1];
  guint64 least = 0, trace = 0;
  bool is_first = true, differ = false;
  for (guint32 i = left; i > 0; i--) {
    if (self->refine.cell[tied[i - 1]] != cell)
      continue;
    if (!ak_chain_refine_try(&self->refine, tied[i - 1], &trace)) {
      self->tries = *tries = false;
      return tied[left - 1];
    }
    differ = differ || (!is_first && trace != least);
    if (is_first || trace < least) {
      best = tied[i - 1];
      least = trace;
    }
    is_first = false;
  }
  *tries = differ;
  return best;
}

/* Values of a cell, until one is left of those that nothing but the name tells apart; false where
 * steps end. */
static bool take_apart(Finding *self, guint32 cell) {
  AkChainRefine *refine = &self->refine;
  g_autofree guint32 *tied = by_name(self, cell);
  bool tries = self->tries;
  for (guint32 left = refine->size[cell]; refine->size[cell] > 1;) {
    if (refine->cell[tied[left - 1]] != cell) {
      left--;
      continue;
    }
    guint32 taken = tries ? best_of(self, cell, tied, left, &tries) : tied[left - 1];
    ak_chain_refine_single(refine, taken);
    if (!ak_chain_refine_run(refine))
      return false;
  }
  return true;
}

/* What else is known, of values that are alike so far. */
static bool look_further(Finding *self) {
  AkChainRefine *refine = &self->refine;
  for (guint32 cell = 0, end; self->spec->second != NULL && cell < self->spec->count; cell = end) {
    end = cell + refine->size[cell];
    if (end - cell > 1)
      ak_chain_refine_split(refine, cell, self->spec->second);
  }
  return ak_chain_refine_run(refine);
}

static bool take_all_apart(Finding *self) {
  AkChainRefine *refine = &self->refine;
  bool is_done = ak_chain_refine_run(refine) && look_further(self);
  for (guint32 cell = 0; is_done && cell < self->spec->count;) {
    if (refine->size[cell] == 1)
      cell++;
    else
      is_done = take_apart(self, cell);
  }
  return is_done;
}

/* --- all of it
 * --------------------------------------------------------------------------------------------------
 */

static void place_all(const Finding *self, guint32 *places) {
  for (guint32 cell = 0, size; cell < self->spec->count; cell += size) {
    size = self->refine.size[cell];
    g_autofree guint32 *named = by_name(self, cell);
    for (guint32 i = 0; i < size; i++)
      places[named[i]] = cell + i;
  }
}

void ak_chain_colours_find(const AkChainColoursSpec *spec, AkChainColours *out) {
  Finding self = {.spec = spec, .tries = true};
  Arcs arcs;
  guint32 nodes = make_arcs(spec, &arcs);
  g_autofree guint64 *keys = keys_of(spec, nodes);
  ak_chain_refine_init(&self.refine, nodes, spec->count, arcs.start, arcs.arcs);
  self.refine.most[AK_CHAIN_REFINE_MAIN] = spec->steps != 0 ? spec->steps : AK_CHAIN_COLOURS_STEPS;
  self.refine.most[AK_CHAIN_REFINE_TRIAL] =
      spec->steps_ahead != 0 ? spec->steps_ahead : AK_CHAIN_COLOURS_AHEAD;
  if (spec->count > 0)
    ak_chain_refine_split(&self.refine, 0, keys);
  if (nodes > spec->count)
    ak_chain_refine_split(&self.refine, spec->count, keys);
  *out = (AkChainColours){.places = g_new(guint32, (gsize)spec->count + 1)};
  out->is_cut = !take_all_apart(&self);
  out->steps = self.refine.steps[AK_CHAIN_REFINE_MAIN];
  place_all(&self, out->places);
  ak_chain_refine_clear(&self.refine);
}

void ak_chain_colours_clear(AkChainColours *self) {
  g_clear_pointer(&self->places, g_free);
}
