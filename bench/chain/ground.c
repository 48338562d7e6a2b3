/* usage: chain-ground RULES FOLDER: grounds the rules on FOLDER/PREDICATE.facts, and computes the
 * fixpoint. Prints how many atoms each predicate has and the times; the peers run the same files
 * (chain.py). */
#include <stdio.h>

#include "chain/graph/reach.h"
#include "network.h"

static bool run(const char *rules_path, const char *folder, GError **error) {
  g_auto(Network) network = {0};
  if (!network_open(&network, rules_path, folder, error))
    return false;
  const AkChainGraph *graph = ak_chain_ground_graph(network.ground);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  network_lap();
  guint32 reached = ak_chain_reach_run(reach, NULL, NULL);
  printf("read %.4f s, ground %.4f s (processor %.4f s), fixpoint %.6f s; %u atoms (%u reached), "
         "%u edges, %u other "
         "ways\n",
         network.read_s, network.ground_s, network.ground_cpu_s, network_lap(), graph->atom_count,
         reached, graph->edge_count, graph->way_count);
  for (guint32 i = 0; i < network.written->predicates->len; i++)
    if (ak_chain_rules_predicate_at(network.written, i)->kind == AK_CHAIN_DERIVED)
      printf("%s %u\n", ak_chain_rules_predicate_at(network.written, i)->name,
             ak_chain_ground_count(network.ground, i));
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  if (argc == 3 && run(argv[1], argv[2], &error))
    return 0;
  fprintf(stderr, "%s\n", error != NULL ? error->message : "usage: chain-ground RULES FOLDER");
  return 1;
}
