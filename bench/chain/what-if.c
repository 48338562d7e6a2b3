/* usage: chain-what-if RULES FOLDER SEED: one of a hundred measures holds, drawn by the seed; then
 * a thousand times a measure is switched, half of the times one that holds. Prints how long the
 * changes took, and holds what is reached after every 50th against a computation from nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/graph/live.h"
#include "chain/graph/reach.h"
#include "network.h"

enum { TOGGLES = 1000, CHECK_EVERY = 50, HELD_OF = 100 };

typedef struct {
  GRand *rand;
  const AkChainGraph *graph;
  AkChainLive *live;
  GArray *held; /* of guint32: measures that hold */
  double seconds[TOGGLES];
  guint on, off, changing;
  guint32 most_changed;
} Toggling;

/* A measure that holds goes, or one that does not comes. */
static void toggle(Toggling *self, guint number) {
  bool holds = self->held->len == 0 || g_rand_boolean(self->rand);
  guint32 measure = 0, place = 0;
  if (!holds) {
    place = (guint32)g_rand_int_range(self->rand, 0, (gint32)self->held->len);
    measure = g_array_index(self->held, guint32, place);
    g_array_remove_index_fast(self->held, place);
  } else {
    do
      measure = (guint32)g_rand_int_range(self->rand, 0, (gint32)self->graph->measure_count);
    while (ak_chain_live_measure(self->live, measure));
    g_array_append_val(self->held, measure);
  }
  network_lap();
  ak_chain_live_set_measure(self->live, measure, holds);
  self->seconds[number] = network_lap();
  guint32 changed = ak_chain_live_changes(self->live)->count;
  self->on += holds;
  self->off += !holds;
  self->changing += changed > 0;
  self->most_changed = MAX(self->most_changed, changed);
}

static bool is_right(const Toggling *self, AkChainReach *reach) {
  g_autofree guint8 *measures = g_new0(guint8, (gsize)self->graph->measure_count + 1);
  for (guint i = 0; i < self->held->len; i++)
    measures[g_array_index(self->held, guint32, i)] = 1;
  return ak_chain_reach_run(reach, NULL, measures) == ak_chain_live_count(self->live) &&
         memcmp(ak_chain_reach_atoms(reach), ak_chain_live_atoms(self->live),
                self->graph->atom_count) == 0;
}

static int compare_seconds(gconstpointer a, gconstpointer b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static bool run(const char *rules, const char *folder, guint32 seed, GError **error) {
  g_auto(Network) network = {0};
  if (!network_open(&network, rules, folder, error))
    return false;
  g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
  g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(guint32));
  Toggling self = {
      .rand = rand, .graph = ak_chain_ground_graph(network.ground), .held = held, .on = 0};
  g_autofree guint8 *measures = g_new0(guint8, (gsize)self.graph->measure_count + 1);
  for (guint32 i = 0; i < self.graph->measure_count; i++) {
    measures[i] = g_rand_int_range(rand, 0, HELD_OF) == 0;
    if (measures[i])
      g_array_append_val(held, i);
  }
  network_lap();
  g_autoptr(AkChainLive) live = ak_chain_live_new(self.graph, NULL, measures);
  double made_s = network_lap();
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(self.graph);
  self.live = live;
  printf("%u measures, %u hold, %u of %u atoms reached; made resident in %.2f s\n",
         self.graph->measure_count, held->len, ak_chain_live_count(live), self.graph->atom_count,
         made_s);
  for (guint i = 0; i < TOGGLES; i++) {
    toggle(&self, i);
    if ((i + 1) % CHECK_EVERY == 0 && !is_right(&self, reach))
      return ak_error_set(error, AK_ERROR_INTERNAL, "change %u: not what is reached from nothing",
                          i);
  }
  qsort(self.seconds, TOGGLES, sizeof(double), compare_seconds);
  printf("what-if: %u switched on, %u off, %u of them change what is reached (at most %u atoms); "
         "median %.4f ms, p99 %.4f ms, maximum %.4f ms; held against a computation from nothing "
         "%d times\n",
         self.on, self.off, self.changing, self.most_changed, self.seconds[TOGGLES / 2] * 1e3,
         self.seconds[TOGGLES * 99 / 100] * 1e3, self.seconds[TOGGLES - 1] * 1e3,
         TOGGLES / CHECK_EVERY);
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  guint64 seed = 0;
  if (argc == 4 && g_ascii_string_to_unsigned(argv[3], 10, 0, G_MAXUINT32, &seed, &error) &&
      run(argv[1], argv[2], (guint32)seed, &error))
    return 0;
  fprintf(stderr, "%s\n",
          error != NULL ? error->message : "usage: chain-what-if RULES FOLDER SEED");
  return 1;
}
