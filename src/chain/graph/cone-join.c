#include "chain/graph/cone-join.h"

#include "util/random.h"

#define NONE AK_CHAIN_GRAPH_NONE

/* The ways of a step, all of them edges. */
typedef struct {
  guint32 first, length;
  guint32 join; /* NONE: it stays as it is */
} Run;

typedef struct {
  guint32 run; /* the first that has these edges */
  guint32 runs;
  guint32 place; /* where it stands */
} Join;

typedef struct {
  AkChainCone *cone;
  const AkChainConeWay *ways;
  guint32 count;
  GArray *runs;  /* of Run */
  GArray *joins; /* of Join; those of one run are none */
  GHashTable
      *by_edges; /* gint64, what the edges of a run and its circle mix to → number of a join + 1 */
  guint32 *put_in; /* [places + 1] how many joins are put in before a place, then before it and all
                      others before it */
} Joining;

static Run *run_at(const Joining *self, guint32 number) {
  return &g_array_index(self->runs, Run, number);
}

static Join *join_at(const Joining *self, guint32 number) {
  return &g_array_index(self->joins, Join, number);
}

/* --- steps that have the same edges
 * ------------------------------------------------------------------------------------------------------------
 */

static guint32 circle_of(const Joining *self, const Run *run) {
  return self->cone->circle_starts[self->ways[run->first].head];
}

static gint64 mix(const Joining *self, const Run *run) {
  guint64 out = ak_random_mix(circle_of(self, run));
  for (guint32 i = run->first; i < run->first + run->length; i++)
    out = ak_random_mix(out ^ self->ways[i].from);
  return (gint64)out;
}

static bool are_same(const Joining *self, const Run *a, const Run *b) {
  bool out = a->length == b->length && circle_of(self, a) == circle_of(self, b);
  for (guint32 i = 0; out && i < a->length; i++)
    out = self->ways[a->first + i].from == self->ways[b->first + i].from;
  return out;
}

static void add_run(Joining *self, Run run) {
  gint64 key = mix(self, &run);
  guint32 number = GPOINTER_TO_UINT(g_hash_table_lookup(self->by_edges, &key));
  if (number == 0) {
    Join join = {self->runs->len, 0, NONE};
    g_array_append_val(self->joins, join);
    number = self->joins->len;
    g_hash_table_insert(self->by_edges, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(number));
  }
  Join *join = join_at(self, number - 1);
  if (join->runs == 0 || are_same(self, &run, run_at(self, join->run))) {
    run.join = number - 1;
    join->runs++;
  }
  g_array_append_val(self->runs, run);
}

/* Steps of one edge have nothing to join. */
static void find_runs(Joining *self) {
  for (guint32 first = 0, end; first < self->count; first = end) {
    bool are_edges = true;
    for (end = first; end < self->count && self->ways[end].head == self->ways[first].head &&
                      self->ways[end].rule == self->ways[first].rule;
         end++)
      are_edges = are_edges && self->ways[end].from != NONE;
    bool is_circle = self->cone->circle_ends[self->ways[first].head] -
                         self->cone->circle_starts[self->ways[first].head] >
                     1;
    if (are_edges && is_circle && end - first > 1)
      add_run(self, (Run){first, end - first, NONE});
  }
}

static bool is_worth_it(const Join *join, const Run *run) {
  return join->runs > 1 && (guint64)join->runs * run->length > (guint64)join->runs + run->length;
}

/* Other joins are dropped. */
static void keep_joins(Joining *self) {
  for (guint32 i = 0; i < self->runs->len; i++) {
    Run *run = run_at(self, i);
    if (run->join != NONE && !is_worth_it(join_at(self, run->join), run))
      run->join = NONE;
  }
}

/* --- places
 * ------------------------------------------------------------------------------------------------------------
 */

static guint32 moved(const Joining *self, guint32 place) {
  return place + self->put_in[place + 1];
}

/* Joins stand before the place of their first run's head, in the order of their runs. */
static void place_joins(Joining *self) {
  guint32 places = self->cone->count;
  self->put_in = g_new0(guint32, (gsize)places + 1);
  for (guint32 i = 0; i < self->runs->len; i++)
    if (run_at(self, i)->join != NONE && join_at(self, run_at(self, i)->join)->run == i)
      self->put_in[self->ways[run_at(self, i)->first].head + 1]++;
  for (guint32 place = 0; place < places; place++)
    self->put_in[place + 1] += self->put_in[place];
  g_autofree guint32 *next = g_memdup2(self->put_in, ((gsize)places + 1) * sizeof *next);
  for (guint32 i = 0; i < self->runs->len; i++) {
    guint32 head = self->ways[run_at(self, i)->first].head;
    if (run_at(self, i)->join != NONE && join_at(self, run_at(self, i)->join)->run == i)
      join_at(self, run_at(self, i)->join)->place = head + next[head]++;
  }
}

static void lay_places(Joining *self) {
  AkChainCone *cone = self->cone;
  guint32 old = cone->count, count = old + self->put_in[old];
  guint32 *atoms = g_new(guint32, (gsize)count + 1), *starts = g_new(guint32, (gsize)count + 1),
          *ends = g_new(guint32, (gsize)count + 1);
  guint8 *is_initial = g_new0(guint8, (gsize)count + 1);
  for (guint32 place = 0; place < old; place++)
    for (guint32 to = place + self->put_in[place]; to <= moved(self, place);
         to++) { /* joins, then the place itself */
      atoms[to] = to == moved(self, place) ? cone->atoms[place] : NONE;
      starts[to] = cone->circle_starts[place] + self->put_in[cone->circle_starts[place]];
      ends[to] = cone->circle_ends[place] + self->put_in[cone->circle_ends[place]];
      is_initial[to] = to == moved(self, place) && cone->is_initial[place];
    }
  for (guint32 place = 0; place < old; place++)
    cone->places[cone->atoms[place]] = moved(self, place);
  g_free(cone->atoms);
  g_free(cone->circle_starts);
  g_free(cone->circle_ends);
  g_free(cone->is_initial);
  cone->atoms = atoms;
  cone->circle_starts = starts;
  cone->circle_ends = ends;
  cone->is_initial = is_initial;
  cone->count = count;
}

/* --- ways
 * ------------------------------------------------------------------------------------------------------------
 */

static AkChainConeWay way_moved(const Joining *self, const AkChainConeWay *way) {
  return (AkChainConeWay){moved(self, way->head), way->rule,
                          way->from == NONE ? NONE : moved(self, way->from), way->way};
}

/* A join's own edges: those of its first run. */
static guint32 put_join(const Joining *self, const Join *join, AkChainConeWay *out) {
  const Run *run = run_at(self, join->run);
  for (guint32 i = 0; i < run->length; i++)
    out[i] = (AkChainConeWay){join->place, AK_CHAIN_RULE_HELPER,
                              moved(self, self->ways[run->first + i].from), NONE};
  return run->length;
}

/* Those of a head's joins stand before all of its own. */
static guint32 put_joins(const Joining *self, guint32 head, guint32 run, AkChainConeWay *out) {
  guint32 count = 0;
  for (; run < self->runs->len && self->ways[run_at(self, run)->first].head == head; run++)
    if (run_at(self, run)->join != NONE && join_at(self, run_at(self, run)->join)->run == run)
      count += put_join(self, join_at(self, run_at(self, run)->join), out + count);
  return count;
}

static guint32 lay_ways(const Joining *self, AkChainConeWay *out) {
  guint32 count = 0, run = 0;
  for (guint32 i = 0; i < self->count;) {
    bool is_first = i == 0 || self->ways[i].head != self->ways[i - 1].head;
    if (is_first)
      count += put_joins(self, self->ways[i].head, run, out + count);
    const Run *at =
        run < self->runs->len && run_at(self, run)->first == i ? run_at(self, run++) : NULL;
    if (at != NULL && at->join != NONE) {
      out[count++] = (AkChainConeWay){moved(self, self->ways[i].head), self->ways[i].rule,
                                      join_at(self, at->join)->place, NONE};
      i += at->length;
    } else {
      out[count++] = way_moved(self, &self->ways[i++]);
    }
  }
  return count;
}

void ak_chain_cone_join(AkChainCone *cone, AkChainConeWay **ways, guint32 *count) {
  Joining self = {.cone = cone, .ways = *ways, .count = *count};
  self.runs = g_array_new(FALSE, FALSE, sizeof(Run));
  self.joins = g_array_new(FALSE, FALSE, sizeof(Join));
  self.by_edges = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  find_runs(&self);
  keep_joins(&self);
  place_joins(&self);
  if (self.put_in[cone->count] > 0) {
    AkChainConeWay *made =
        g_new(AkChainConeWay, (gsize)self.count + 1); /* each join makes them fewer */
    guint32 made_count = lay_ways(&self, made);
    lay_places(&self);
    g_free(*ways);
    *ways = made;
    *count = made_count;
  }
  g_array_unref(self.runs);
  g_array_unref(self.joins);
  g_hash_table_unref(self.by_edges);
  g_free(self.put_in);
}
