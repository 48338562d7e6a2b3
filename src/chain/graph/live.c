#include "chain/graph/live.h"

#include <string.h>

#include "chain/graph/component.h"
#include "chain/graph/reverse.h"

/* By what an atom is supported. */
typedef enum { NOTHING, INITIAL, EDGE, WAY } How;

typedef struct {
  guint64 key; /* component, then rank */
  guint32 atom;
} Suspect;

typedef struct {
  guint32 atom, at; /* the next of its edges, then of its ways */
} Frame;

struct _AkChainLive {
  const AkChainGraph *graph;
  guint8 *reached;    /* [atoms] */
  guint8 *how;        /* [atoms] How */
  guint8 *suspected;  /* [atoms] stands in `suspects` */
  guint32 *by;        /* [atoms] EDGE: the premise; WAY: the way */
  guint32 *rank;      /* [atoms] */
  guint32 *component; /* [atoms] */
  guint8 *missing;    /* [ways] premises not reached and measures that hold */
  AkChainReverse to;  /* what leads to an atom */
  guint8 *initial;    /* [initial atoms] */
  guint8 *measures;   /* [measures] */
  Frame *frames;      /* [atoms] */
  guint32 depth, clock, count;
  GArray *suspects; /* of Suspect: a heap */
  AkChainVector lost, changes;
  bool is_removing;
};

/* --- reaching -----------------------------------------------------------------------------------
 */

static void reach(AkChainLive *self, guint32 atom, How how, guint32 by) {
  if (self->reached[atom])
    return;
  self->reached[atom] = 1;
  self->how[atom] = (guint8)how;
  self->by[atom] = by;
  self->rank[atom] = ++self->clock;
  self->count++;
  self->frames[self->depth++] = (Frame){atom, 0};
  if (!self->is_removing)
    ak_chain_vector_add(&self->changes, atom);
}

/* The next thing that follows from the top of the stack; false: nothing more does. Depth first, so
 * that in a group where everyone leads to everyone nearly all have many others before them. */
static bool step(AkChainLive *self) {
  const AkChainGraph *graph = self->graph;
  Frame *frame = &self->frames[self->depth - 1];
  guint32 atom = frame->atom, edges = graph->edge_start[atom + 1] - graph->edge_start[atom];
  while (frame->at < edges) {
    guint32 head = graph->edge_head[graph->edge_start[atom] + frame->at++];
    if (!self->reached[head]) {
      reach(self, head, EDGE, atom);
      return true;
    }
  }
  guint32 ways = graph->way_of_start[atom + 1] - graph->way_of_start[atom];
  while (frame->at - edges < ways) {
    guint32 way = graph->way_of[graph->way_of_start[atom] + (frame->at++ - edges)];
    if (--self->missing[way] == 0 && !self->reached[graph->way_head[way]]) {
      reach(self, graph->way_head[way], WAY, way);
      return true;
    }
  }
  return false;
}

static void reach_all(AkChainLive *self, guint32 atom, How how, guint32 by) {
  reach(self, atom, how, by);
  while (self->depth > 0)
    if (!step(self))
      self->depth--;
}

/* --- losing -------------------------------------------------------------------------------------
 */

static guint64 key_of(const AkChainLive *self, guint32 atom) {
  return (guint64)self->component[atom] << 32 | self->rank[atom];
}

static void suspect(AkChainLive *self, guint32 atom) {
  Suspect added = {key_of(self, atom), atom};
  if (self->suspected[atom])
    return;
  self->suspected[atom] = 1;
  g_array_append_val(self->suspects, added);
  Suspect *heap = (gpointer)self->suspects->data;
  guint at = self->suspects->len - 1;
  for (; at > 0 && added.key < heap[(at - 1) / 2].key; at = (at - 1) / 2)
    heap[at] = heap[(at - 1) / 2];
  heap[at] = added;
}

static guint32 take_suspect(AkChainLive *self) {
  Suspect *heap = (gpointer)self->suspects->data;
  guint32 atom = heap[0].atom;
  guint count = self->suspects->len - 1, at = 0;
  Suspect last = heap[count];
  while (at * 2 + 1 < count) {
    guint child = at * 2 + 1;
    if (child + 1 < count && heap[child + 1].key < heap[child].key)
      child++;
    if (last.key <= heap[child].key)
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  g_array_set_size(self->suspects, count);
  self->suspected[atom] = 0;
  return atom;
}

/* May `premise` support `atom`, which was reached with its rank? */
static bool is_before(const AkChainLive *self, guint32 premise, guint32 atom) {
  return self->reached[premise] && (self->component[premise] != self->component[atom] ||
                                    self->rank[premise] < self->rank[atom]);
}

static bool way_is_before(const AkChainLive *self, guint32 way, guint32 atom) {
  const AkChainGraph *graph = self->graph;
  bool is_open = self->missing[way] == 0;
  for (guint32 i = graph->way_premise_start[way]; is_open && i < graph->way_premise_start[way + 1];
       i++)
    is_open = is_before(self, graph->way_premises[i], atom);
  return is_open;
}

static bool still_holds(const AkChainLive *self, guint32 atom) {
  switch ((How)self->how[atom]) {
  case INITIAL:
    return self->initial[atom];
  case EDGE:
    return is_before(self, self->by[atom], atom);
  case WAY:
    return way_is_before(self, self->by[atom], atom);
  default:
    return false;
  }
}

/* Another support of a lower rank: the rank stays. */
static bool find_support(AkChainLive *self, guint32 atom) {
  if (still_holds(self, atom))
    return true;
  if (atom < self->graph->initial_count && self->initial[atom]) {
    self->how[atom] = INITIAL;
    return true;
  }
  for (guint32 i = self->to.edge_start[atom]; i < self->to.edge_start[atom + 1]; i++)
    if (is_before(self, self->to.edge_from[i], atom)) {
      self->how[atom] = EDGE;
      self->by[atom] = self->to.edge_from[i];
      return true;
    }
  for (guint32 i = self->to.way_start[atom]; i < self->to.way_start[atom + 1]; i++)
    if (way_is_before(self, self->to.way[i], atom)) {
      self->how[atom] = WAY;
      self->by[atom] = self->to.way[i];
      return true;
    }
  return false;
}

static void take_back(AkChainLive *self, guint32 atom) {
  const AkChainGraph *graph = self->graph;
  self->reached[atom] = 0;
  self->how[atom] = NOTHING;
  self->count--;
  ak_chain_vector_add(&self->lost, atom);
  for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++) {
    guint32 head = graph->edge_head[i];
    if (self->how[head] == EDGE && self->by[head] == atom)
      suspect(self, head);
  }
  for (guint32 i = graph->way_of_start[atom]; i < graph->way_of_start[atom + 1]; i++) {
    guint32 way = graph->way_of[i], head = graph->way_head[way];
    self->missing[way]++;
    if (self->how[head] == WAY && self->by[head] == way)
      suspect(self, head);
  }
}

/* --- deriving again -----------------------------------------------------------------------------
 */

static void derive_again(AkChainLive *self, guint32 atom) {
  if (self->reached[atom])
    return;
  for (guint32 i = self->to.edge_start[atom]; i < self->to.edge_start[atom + 1]; i++)
    if (self->reached[self->to.edge_from[i]]) {
      reach_all(self, atom, EDGE, self->to.edge_from[i]);
      return;
    }
  for (guint32 i = self->to.way_start[atom]; i < self->to.way_start[atom + 1]; i++)
    if (self->missing[self->to.way[i]] == 0) {
      reach_all(self, atom, WAY, self->to.way[i]);
      return;
    }
}

/* Component by component: what is before has its final state. Within one, suspects come by rising
 * rank: whatever has a lower rank than the one at hand has been decided on. */
static void settle(AkChainLive *self) {
  self->is_removing = true;
  while (self->suspects->len > 0) {
    guint32 component = (guint32)(g_array_index(self->suspects, Suspect, 0).key >> 32);
    self->lost.count = 0;
    while (self->suspects->len > 0 &&
           g_array_index(self->suspects, Suspect, 0).key >> 32 == component) {
      guint32 atom = take_suspect(self);
      if (!find_support(self, atom))
        take_back(self, atom);
    }
    for (guint32 i = 0; i < self->lost.count; i++)
      derive_again(self, self->lost.data[i]);
    for (guint32 i = 0; i < self->lost.count; i++)
      if (!self->reached[self->lost.data[i]])
        ak_chain_vector_add(&self->changes, self->lost.data[i]);
  }
  self->is_removing = false;
}

/* --- from nothing -------------------------------------------------------------------------------
 */

static void start(AkChainLive *self) {
  const AkChainGraph *graph = self->graph;
  memset(self->reached, 0, graph->atom_count);
  memset(self->how, NOTHING, graph->atom_count);
  self->clock = self->count = 0;
  for (guint32 way = 0; way < graph->way_count; way++) {
    guint32 missing = graph->way_premise_start[way + 1] - graph->way_premise_start[way];
    for (guint32 i = graph->way_measure_start[way]; i < graph->way_measure_start[way + 1]; i++)
      missing += self->measures[graph->way_measures[i]];
    self->missing[way] = (guint8)missing;
  }
  for (guint32 i = 0; i < graph->initial_count; i++)
    if (self->initial[i])
      reach_all(self, i, INITIAL, 0);
  for (guint32 way = 0; way < graph->way_count; way++)
    if (self->missing[way] == 0)
      reach_all(self, graph->way_head[way], WAY, way);
}

/* Ranks are numbers of 32 bits: before they end, all are given anew. */
static void begin_change(AkChainLive *self) {
  self->changes.count = 0;
  if (self->clock < G_MAXUINT32 - self->graph->atom_count)
    return;
  start(self);
  self->changes.count = 0;
}

AkChainLive *ak_chain_live_new(const AkChainGraph *graph, const guint8 *initial,
                               const guint8 *measures) {
  AkChainLive *self = g_new0(AkChainLive, 1);
  gsize atoms = (gsize)graph->atom_count + 1;
  self->graph = graph;
  self->reached = g_new0(guint8, atoms);
  self->how = g_new0(guint8, atoms);
  self->suspected = g_new0(guint8, atoms);
  self->by = g_new0(guint32, atoms);
  self->rank = g_new0(guint32, atoms);
  self->component = ak_chain_components(graph, NULL);
  self->missing = g_new0(guint8, (gsize)graph->way_count + 1);
  self->frames = g_new(Frame, atoms);
  self->suspects = g_array_new(FALSE, FALSE, sizeof(Suspect));
  self->initial = g_new(guint8, (gsize)graph->initial_count + 1);
  for (guint32 i = 0; i < graph->initial_count; i++)
    self->initial[i] = initial == NULL || initial[i];
  self->measures = g_new0(guint8, (gsize)graph->measure_count + 1);
  for (guint32 i = 0; i < graph->measure_count; i++)
    self->measures[i] = measures != NULL && measures[i];
  ak_chain_reverse_init(&self->to, graph);
  start(self);
  self->changes.count = 0;
  return self;
}

void ak_chain_live_free(AkChainLive *self) {
  if (self == NULL)
    return;
  gpointer all[] = {self->reached, self->how,       self->suspected, self->by,     self->rank,
                    self->missing, self->component, self->initial,   self->frames, self->measures};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_free(all[i]);
  ak_chain_reverse_clear(&self->to);
  g_array_unref(self->suspects);
  ak_chain_vector_clear(&self->lost);
  ak_chain_vector_clear(&self->changes);
  g_free(self);
}

/* --- changes ------------------------------------------------------------------------------------
 */

void ak_chain_live_set_measure(AkChainLive *self, guint32 measure, bool holds) {
  const AkChainGraph *graph = self->graph;
  begin_change(self);
  if ((bool)self->measures[measure] == holds)
    return;
  self->measures[measure] = holds;
  for (guint32 i = graph->measure_of_start[measure]; i < graph->measure_of_start[measure + 1];
       i++) {
    guint32 way = graph->measure_of[i], head = graph->way_head[way];
    if (holds) {
      self->missing[way]++;
      if (self->how[head] == WAY && self->by[head] == way)
        suspect(self, head);
    } else if (--self->missing[way] == 0) {
      reach_all(self, head, WAY, way);
    }
  }
  settle(self);
}

void ak_chain_live_set_initial(AkChainLive *self, guint32 initial, bool is_on) {
  begin_change(self);
  if ((bool)self->initial[initial] == is_on)
    return;
  self->initial[initial] = is_on;
  if (is_on)
    reach_all(self, initial, INITIAL, 0);
  else if (self->how[initial] == INITIAL)
    suspect(self, initial);
  settle(self);
}

bool ak_chain_live_measure(const AkChainLive *self, guint32 measure) {
  return self->measures[measure];
}

bool ak_chain_live_initial(const AkChainLive *self, guint32 initial) {
  return self->initial[initial];
}

const guint8 *ak_chain_live_atoms(const AkChainLive *self) {
  return self->reached;
}

guint32 ak_chain_live_count(const AkChainLive *self) {
  return self->count;
}

const AkChainVector *ak_chain_live_changes(const AkChainLive *self) {
  return &self->changes;
}
