/* Source: R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Computing 1 (1972);
 * without recursion: a chain may be as long as there are atoms. */
#include "chain/graph/component.h"

#define OPEN 0x80000000u /* in `low`: stands in no component yet */

typedef struct {
  guint32 atom, at; /* the next of its edges, then of its ways */
} Frame;

typedef struct {
  const AkChainGraph *graph;
  guint32 *out;
  guint32 *order; /* [atoms] 0: not seen, else when, from 1 on */
  guint32 *low;   /* [atoms] the earliest that is reached from it, with OPEN */
  guint32 *stack; /* atoms in no component yet */
  Frame *frames;
  guint32 seen, stacked, depth, components;
} Search;

static void enter(Search *self, guint32 atom) {
  self->order[atom] = ++self->seen;
  self->low[atom] = self->seen | OPEN;
  self->stack[self->stacked++] = atom;
  self->frames[self->depth++] = (Frame){atom, 0};
}

/* Head number `at` of an atom; false: there are no more. */
static bool head_at(const AkChainGraph *graph, guint32 atom, guint32 at, guint32 *head) {
  guint32 edges = graph->edge_start[atom + 1] - graph->edge_start[atom];
  if (at < edges) {
    *head = graph->edge_head[graph->edge_start[atom] + at];
    return true;
  }
  guint32 place = graph->way_of_start[atom] + (at - edges);
  if (place >= graph->way_of_start[atom + 1])
    return false;
  *head = graph->way_head[graph->way_of[place]];
  return true;
}

static void note_low(Search *self, guint32 atom, guint32 low) {
  if (low & OPEN)
    self->low[atom] = MIN(self->low[atom], low);
}

/* All atoms from `atom` on reach one another. */
static void close_component(Search *self, guint32 atom) {
  guint32 last;
  do {
    last = self->stack[--self->stacked];
    self->low[last] &= ~OPEN;
    self->out[last] = self->components;
  } while (last != atom);
  self->components++;
}

static void search_from(Search *self, guint32 start) {
  enter(self, start);
  while (self->depth > 0) {
    Frame *frame = &self->frames[self->depth - 1];
    guint32 atom = frame->atom, head;
    if (head_at(self->graph, atom, frame->at++, &head)) {
      if (self->order[head] == 0)
        enter(self, head);
      else
        note_low(self, atom, self->low[head] & OPEN ? self->order[head] | OPEN : 0);
      continue;
    }
    self->depth--;
    if (self->low[atom] == (self->order[atom] | OPEN))
      close_component(self, atom);
    if (self->depth > 0)
      note_low(self, self->frames[self->depth - 1].atom, self->low[atom]);
  }
}

guint32 *ak_chain_components(const AkChainGraph *graph, guint32 *count) {
  gsize atoms = (gsize)graph->atom_count + 1;
  g_autofree guint32 *order = g_new0(guint32, atoms);
  g_autofree guint32 *low = g_new0(guint32, atoms);
  g_autofree guint32 *stack = g_new(guint32, atoms);
  g_autofree Frame *frames = g_new(Frame, atoms);
  Search self = {graph, g_new0(guint32, atoms), order, low, stack, frames, 0, 0, 0, 0};
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    if (order[atom] == 0)
      search_from(&self, atom);
  /* they were closed from the last on */
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    self.out[atom] = self.components - 1 - self.out[atom];
  if (count != NULL)
    *count = self.components;
  return self.out;
}
