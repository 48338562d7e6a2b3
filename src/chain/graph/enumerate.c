#include "chain/graph/enumerate.h"

#include "chain/graph/reach.h"
#include "chain/graph/vector.h"

#define NO_VARIABLE G_MAXUINT32
#define WORD_BITS 6 /* 64 worlds a word */
#define GOAL_WORK 16 /* adding up a goal in a block of worlds, in ways that are looked at */

/* A way that can matter, an edge among them. */
typedef struct {
  guint32 head, variable; /* NO_VARIABLE: the step is certain */
  guint32 edge_from;      /* AK_CHAIN_GRAPH_NONE: it is way `number` */
  guint32 number;
} Way;

typedef struct {
  guint64 name; /* rule and head, or a measure */
  guint32 chance;
} Variable;

struct _AkChainEnumerator {
  const AkChainGraph *graph;
  const guint32 *chances, *effects;
  const guint8 *initial;
  const AkChainLabels *labels; /* NULL: everything stays in the order in which it was found */
  AkChainReach *reach;
  const guint8 *possible; /* [atoms] reached where all that is uncertain helps */
  guint8 *needed;         /* [atoms] on a way to a goal */
  guint8 *fixed;          /* [measures] certain to hold */
  AkChainVector todo;     /* atoms whose ways are still to be looked at */
  AkChainVector known;    /* atoms that are needed */
  GArray *ways;           /* of Way */
  Variable variables[AK_CHAIN_ENUMERATE_MAX + 1];
  guint count;
  guint32 *in_start, *in; /* edges and ways by head: edge number, or edge_count + way number */
  guint8 *in_order;       /* [atoms] those that lead to it are in the order of their labels */
  guint32 *premise_of;    /* [edges] */
  guint64 *reached;       /* [atoms] a bit a world; NULL: was never asked for */
  guint64 work;           /* that is left */
};
typedef AkChainEnumerator Cone;

/* --- what can matter
 * ------------------------------------------------------------------------------------- */

static guint32 effect_of(const Cone *self, guint32 measure) {
  return self->effects != NULL ? self->effects[measure] : 0;
}

/* NO_VARIABLE for what is certain. */
static guint32 variable_of(Cone *self, guint64 name, guint32 chance) {
  guint i = 0;
  if (chance >= AK_CHAIN_CERTAIN)
    return NO_VARIABLE;
  while (i < self->count && self->variables[i].name != name)
    i++;
  if (i == self->count && self->count <= AK_CHAIN_ENUMERATE_MAX)
    self->variables[self->count++] = (Variable){name, chance};
  return i;
}

static guint32 step_variable(Cone *self, guint32 rule, guint32 head) {
  if (rule & AK_CHAIN_RULE_HELPER)
    return NO_VARIABLE;
  return variable_of(self, (guint64)rule << 32 | head, self->chances[rule]);
}

static guint32 measure_variable(Cone *self, guint32 measure) {
  return variable_of(self, (guint64)1 << 63 | measure, effect_of(self, measure));
}

static void need(Cone *self, guint32 atom) {
  if (self->needed[atom])
    return;
  self->needed[atom] = 1;
  ak_chain_vector_add(&self->known, atom);
  ak_chain_vector_add(&self->todo, atom);
}

/* How much work it takes depends on the order in which ways are looked at, so that labels decide on that where there are any: else the
 * order of a file would say what is gone through and what is drawn. */
static void order_by(const guint64 *labels, guint32 *numbers, guint32 count) {
  g_autofree AkChainLabelled *sorted = g_new(AkChainLabelled, (gsize)count + 1);
  for (guint32 i = 0; i < count; i++)
    sorted[i] = (AkChainLabelled){labels[numbers[i]], numbers[i]};
  qsort(sorted, count, sizeof *sorted, ak_chain_labelled_compare);
  for (guint32 i = 0; i < count; i++)
    numbers[i] = sorted[i].number;
}

static void order_ways(Cone *self, guint32 atom) {
  guint32 begin = self->in_start[atom], count = self->in_start[atom + 1] - begin;
  if (self->labels != NULL && !self->in_order[atom] && count > 1)
    order_by(self->labels->instances, self->in + begin, count);
  self->in_order[atom] = 1;
}

static void need_all(Cone *self, const guint32 *atoms, guint32 count) {
  g_autofree guint32 *mine = g_memdup2(atoms, count * sizeof *mine);
  if (self->labels != NULL && count > 1)
    order_by(self->labels->atoms, mine, count);
  for (guint32 i = 0; i < count; i++)
    need(self, mine[i]);
}

static bool is_open(const Cone *self, guint32 way) {
  const AkChainGraph *graph = self->graph;
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    if (!self->possible[graph->way_premises[i]])
      return false;
  for (guint32 i = graph->way_measure_start[way]; i < graph->way_measure_start[way + 1]; i++)
    if (self->fixed[graph->way_measures[i]])
      return false;
  return true;
}

static void add_edge(Cone *self, guint32 edge) {
  const AkChainGraph *graph = self->graph;
  guint32 from = self->premise_of[edge], head = graph->edge_head[edge];
  if (!self->possible[from])
    return;
  Way way = {head, step_variable(self, graph->edge_rule[edge], head), from, edge};
  g_array_append_val(self->ways, way);
  need(self, from);
}

static void add_way(Cone *self, guint32 number) {
  const AkChainGraph *graph = self->graph;
  guint32 head = graph->way_head[number];
  if (!is_open(self, number))
    return;
  Way way = {head, step_variable(self, graph->way_rule[number], head), AK_CHAIN_GRAPH_NONE, number};
  g_array_append_val(self->ways, way);
  for (guint32 i = graph->way_measure_start[number]; i < graph->way_measure_start[number + 1]; i++)
    if (effect_of(self, graph->way_measures[i]) > 0)
      measure_variable(self, graph->way_measures[i]);
  need_all(self, graph->way_premises + graph->way_premise_start[number],
           graph->way_premise_start[number + 1] - graph->way_premise_start[number]);
}

/* Ways by what they lead to. */
static void invert(Cone *self) {
  const AkChainGraph *graph = self->graph;
  guint32 edges = graph->edge_count, total = edges + graph->way_count;
  self->in_start = g_new0(guint32, (gsize)graph->atom_count + 2);
  self->in = g_new(guint32, (gsize)total + 1);
  self->in_order = g_new0(guint8, (gsize)graph->atom_count + 1);
  self->premise_of = g_new(guint32, (gsize)edges + 1);
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
      self->premise_of[i] = atom;
  for (guint32 i = 0; i < total; i++)
    self->in_start[(i < edges ? graph->edge_head[i] : graph->way_head[i - edges]) + 2]++;
  for (guint32 atom = 2; atom < graph->atom_count + 2; atom++)
    self->in_start[atom] += self->in_start[atom - 1];
  for (guint32 i = 0; i < total; i++)
    self->in[self->in_start[(i < edges ? graph->edge_head[i] : graph->way_head[i - edges]) + 1]++] =
        i;
}

static bool is_initial(const Cone *self, guint32 atom) {
  return atom < self->graph->initial_count &&
         (self->initial == NULL || self->initial[atom]);
}

/* Backwards from the goals; stops where too much is uncertain. An atom that is there from the start needs no way. */
static void collect(Cone *self, const guint32 *goals, guint goal_count) {
  guint32 edges = self->graph->edge_count;
  g_autofree guint32 *mine = g_memdup2(goals, goal_count * sizeof *mine);
  if (self->labels != NULL && goal_count > 1)
    order_by(self->labels->atoms, mine, goal_count);
  for (guint i = 0; i < goal_count; i++)
    if (self->possible[mine[i]])
      need(self, mine[i]);
  while (self->todo.count > 0 && self->count <= AK_CHAIN_ENUMERATE_MAX) {
    guint32 atom = self->todo.data[--self->todo.count];
    order_ways(self, atom);
    for (guint32 i = self->in_start[atom]; !is_initial(self, atom) && i < self->in_start[atom + 1]; i++)
      if (self->in[i] < edges)
        add_edge(self, self->in[i]);
      else
        add_way(self, self->in[i] - edges);
  }
}

/* --- worlds
 * ------------------------------------------------------------------------------------------------ */

/* In which of the 64 worlds of a block a variable is true: variable i is bit i of a world's number. */
static guint64 truth_of(guint32 variable, guint64 block) {
  static const guint64 low[WORD_BITS] = {0xaaaaaaaaaaaaaaaau, 0xccccccccccccccccu, 0xf0f0f0f0f0f0f0f0u,
                                         0xff00ff00ff00ff00u, 0xffff0000ffff0000u, 0xffffffff00000000u};
  if (variable == NO_VARIABLE)
    return G_MAXUINT64;
  if (variable < WORD_BITS)
    return low[variable];
  return block >> (variable - WORD_BITS) & 1 ? G_MAXUINT64 : 0;
}

static guint64 worlds_of(Cone *self, const Way *way, guint64 block) {
  const AkChainGraph *graph = self->graph;
  guint64 in = truth_of(way->variable, block);
  if (way->edge_from != AK_CHAIN_GRAPH_NONE)
    return in & self->reached[way->edge_from];
  guint32 number = way->number;
  for (guint32 i = graph->way_premise_start[number]; i < graph->way_premise_start[number + 1]; i++)
    in &= self->reached[graph->way_premises[i]];
  for (guint32 i = graph->way_measure_start[number]; i < graph->way_measure_start[number + 1]; i++)
    if (effect_of(self, graph->way_measures[i]) > 0)
      in &= ~truth_of(measure_variable(self, graph->way_measures[i]), block);
  return in;
}

/* False, and nothing is left, where there is not so much work left. */
static bool spend(Cone *self, guint64 work) {
  bool has = work <= self->work;
  self->work -= MIN(work, self->work);
  return has;
}

/* The least fixpoint of 64 worlds, by sweeps: the ways are few. False where the work ends before. */
static bool spread(Cone *self, guint64 block) {
  bool is_new = true;
  for (guint32 i = 0; i < self->known.count; i++)
    self->reached[self->known.data[i]] = is_initial(self, self->known.data[i]) ? G_MAXUINT64 : 0;
  while (is_new) {
    if (!spend(self, self->ways->len))
      return false;
    is_new = false;
    for (guint i = self->ways->len; i-- > 0;) {
      const Way *way = &g_array_index(self->ways, Way, i);
      guint64 added = worlds_of(self, way, block) & ~self->reached[way->head];
      self->reached[way->head] |= added;
      is_new = is_new || added != 0;
    }
  }
  return true;
}

static double weight_of(const Cone *self, guint begin, guint end, guint64 world) {
  double weight = 1;
  for (guint i = begin; i < end; i++) {
    double chance = (double)self->variables[i].chance / AK_CHAIN_CERTAIN;
    weight *= world >> (i - begin) & 1 ? chance : 1 - chance;
  }
  return weight;
}

static bool add_up(Cone *self, const guint32 *goals, guint goal_count, double *chances) {
  guint low = MIN(self->count, WORD_BITS), worlds = 1u << low;
  double weights[1 << WORD_BITS];
  for (guint world = 0; world < worlds; world++)
    weights[world] = weight_of(self, 0, low, world);
  for (guint64 block = 0; block < (guint64)1 << (self->count - low); block++) {
    double weight = weight_of(self, low, self->count, block);
    if (!spread(self, block) || !spend(self, (guint64)goal_count * GOAL_WORK))
      return false;
    for (guint i = 0; i < goal_count; i++) {
      guint64 in = self->needed[goals[i]] ? self->reached[goals[i]] : 0;
      for (guint world = 0; world < worlds; world++)
        chances[i] += in >> world & 1 ? weight * weights[world] : 0;
    }
  }
  return true;
}

/* --- all of it
 * ---------------------------------------------------------------------------------------------- */

void ak_chain_enumerated_clear(AkChainEnumerated *self) {
  g_clear_pointer(&self->chances, g_free);
  self->uncertain = 0;
}

AkChainEnumerator *ak_chain_enumerator_new(const AkChainGraph *graph, const AkChainWorldsSpec *spec) {
  AkChainReach *reach = ak_chain_reach_new(graph);
  if (reach == NULL)
    return NULL;
  AkChainEnumerator *self = g_new0(AkChainEnumerator, 1);
  self->graph = graph;
  self->reach = reach;
  self->chances = spec->chances;
  self->initial = spec->initial;
  self->labels = spec->labels;
  self->work = AK_CHAIN_ENUMERATE_WORK;
  self->fixed = g_new0(guint8, (gsize)graph->measure_count + 1);
  self->needed = g_new0(guint8, (gsize)graph->atom_count + 1);
  self->ways = g_array_new(FALSE, FALSE, sizeof(Way));
  invert(self);
  ak_chain_enumerator_set_effects(self, spec->effects);
  return self;
}

void ak_chain_enumerator_free(AkChainEnumerator *self) {
  if (self == NULL)
    return;
  ak_chain_reach_free(self->reach);
  ak_chain_vector_clear(&self->todo);
  ak_chain_vector_clear(&self->known);
  g_array_unref(self->ways);
  g_free(self->fixed);
  g_free(self->needed);
  g_free(self->in_start);
  g_free(self->in);
  g_free(self->in_order);
  g_free(self->premise_of);
  g_free(self->reached);
  g_free(self);
}

/* What is possible stays as it was while the same measures are certain to hold. */
void ak_chain_enumerator_set_effects(AkChainEnumerator *self, const guint32 *effects) {
  bool is_other = self->possible == NULL;
  self->effects = effects;
  for (guint32 m = 0; m < self->graph->measure_count; m++) {
    guint8 fixed = effect_of(self, m) >= AK_CHAIN_CERTAIN;
    is_other = is_other || fixed != self->fixed[m];
    self->fixed[m] = fixed;
  }
  if (is_other)
    ak_chain_reach_run(self->reach, self->initial, self->fixed);
  self->possible = ak_chain_reach_atoms(self->reach);
}

static void forget(Cone *self) {
  for (guint32 i = 0; i < self->known.count; i++)
    self->needed[self->known.data[i]] = 0;
  self->known.count = self->todo.count = 0;
  self->count = 0;
  g_array_set_size(self->ways, 0);
}

/* Few things may be uncertain about very many ways: with one sweep a block. */
static bool is_affordable(const Cone *self) {
  guint64 blocks = (guint64)1 << (self->count - MIN(self->count, WORD_BITS));
  return self->count <= AK_CHAIN_ENUMERATE_MAX && self->ways->len * blocks <= self->work;
}

void ak_chain_enumerator_run(AkChainEnumerator *self, const guint32 *goals, guint goal_count, AkChainEnumerated *out) {
  collect(self, goals, goal_count);
  out->uncertain = self->count;
  if (is_affordable(self)) {
    if (self->reached == NULL)
      self->reached = g_new0(guint64, (gsize)self->graph->atom_count + 1);
    out->chances = g_new0(double, (gsize)goal_count + 1);
    if (!add_up(self, goals, goal_count, out->chances))
      g_clear_pointer(&out->chances, g_free);
  }
  forget(self);
}

void ak_chain_enumerate(const AkChainGraph *graph, const AkChainWorldsSpec *spec, AkChainEnumerated *out) {
  g_autoptr(AkChainEnumerator) enumerator = ak_chain_enumerator_new(graph, spec);
  out->uncertain = AK_CHAIN_ENUMERATE_MAX + 1;
  if (enumerator != NULL) /* else too much to go through: worlds are drawn instead */
    ak_chain_enumerator_run(enumerator, spec->goals, spec->goal_count, out);
}
