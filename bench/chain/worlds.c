/* usage: chain-worlds RULES FOLDER WORLDS: every rule works with a chance only, and so does one of
 * ten measures; worlds are drawn on one core. Prints how many draws of uncertain steps there were a
 * second, each step of a world counted once: all of it; and again, in memory that is at hand by then, with and
 * without what comes before the first worlds. */
#include <stdio.h>

#include "chain/graph/worlds.h"
#include "network.h"

enum { GOALS = 1000 };

static AkChainWorlds *timed(const AkChainGraph *graph, const AkChainWorldsSpec *spec, double *seconds) {
  double begun = network_cpu();
  AkChainWorlds *worlds = ak_chain_worlds_run(graph, spec);
  *seconds = network_cpu() - begun;
  return worlds;
}

static bool run(const char *rules, const char *folder, guint32 count, GError **error) {
  static const guint32 some[] = {900000, 500000, 333333, 750000, 123456, 980000, 600000, 250000};
  g_auto(Network) network = {0};
  if (!network_open(&network, rules, folder, error))
    return false;
  const AkChainGraph *graph = ak_chain_ground_graph(network.ground);
  g_autofree guint32 *chances = g_new0(guint32, (gsize)network.written->rules->len + 1);
  g_autofree guint32 *effects = g_new0(guint32, (gsize)graph->measure_count + 1);
  g_autofree guint32 *goals = g_new0(guint32, (gsize)graph->atom_count + 1);
  guint goal_count = 0;
  for (guint i = 0; i < network.written->rules->len; i++)
    chances[i] = some[i % G_N_ELEMENTS(some)];
  for (guint32 i = 0; i < graph->measure_count; i += 10)
    effects[i] = 800000;
  for (guint32 i = 0; i < graph->atom_count; i += MAX(1, graph->atom_count / GOALS))
    goals[goal_count++] = i;
  AkChainWorldsSpec spec = {chances, effects, NULL, 1, count, goals, goal_count};
  double first = 0, again = 0, prepared = 0;
  g_autoptr(AkChainWorlds) worlds = timed(graph, &spec, &first);
  ak_chain_worlds_free(timed(graph, &spec, &again));
  spec.worlds = AK_CHAIN_WORLDS_AT_ONCE;
  ak_chain_worlds_free(timed(graph, &spec, &prepared));
  guint64 reached = 0;
  for (guint i = 0; i < goal_count; i++)
    reached += worlds->reached[i];
  printf("%u worlds of %u atoms, %u edges, %u other ways in %.3f s: %.1f %% of the atoms reached in a world, %.1f uncertain steps drawn a "
         "world, %.0f million step-worlds a second; again in %.3f s, %.3f s of it for the first %u: %.0f million a second, %.0f of the rest\n",
         worlds->worlds, graph->atom_count, graph->edge_count, graph->way_count, first, (double)reached / worlds->worlds / goal_count * 100,
         (double)worlds->step_worlds / worlds->worlds, (double)worlds->step_worlds / first / 1e6, again, prepared, AK_CHAIN_WORLDS_AT_ONCE,
         (double)worlds->step_worlds / again / 1e6,
         (double)worlds->step_worlds * (worlds->worlds - AK_CHAIN_WORLDS_AT_ONCE) / worlds->worlds / MAX(again - prepared, 1e-6) / 1e6);
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  guint64 count = 0;
  if (argc == 4 && g_ascii_string_to_unsigned(argv[3], 10, 1, 1 << 30, &count, &error) &&
      run(argv[1], argv[2], (guint32)count, &error))
    return 0;
  fprintf(stderr, "%s\n",
          error != NULL ? error->message : "usage: chain-worlds RULES FOLDER WORLDS");
  return 1;
}
