/* usage: chain-ground RULES FOLDER: grounds the rules on FOLDER/PREDICATE.facts, and computes the
 * fixpoint. Prints how many atoms each predicate has and the times; the peers run the same files
 * (chain.py). */
#include <stdio.h>
#include <stdlib.h>

#include "chain/graph/reach.h"
#include "chain/rule/ground.h"
#include "chain/rule/simplify.h"

static gint64 last_us;

static double lap(void) {
  gint64 now_us = g_get_monotonic_time();
  double seconds = (double)(now_us - last_us) / 1e6;
  last_us = now_us;
  return seconds;
}

static bool read_facts(AkChainFacts *facts, const AkChainRules *rules, const char *folder,
                       GError **error) {
  for (guint32 i = 0; i < rules->predicates->len; i++) {
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, i);
    g_autofree char *name = g_strconcat(predicate->name, ".facts", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (predicate->kind == AK_CHAIN_DERIVED || !g_file_test(path, G_FILE_TEST_EXISTS))
      continue;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    if (file == NULL || (g_mapped_file_get_length(file) > 0 &&
                         !ak_chain_facts_read(facts, i, g_mapped_file_get_contents(file),
                                              g_mapped_file_get_length(file), path, error)))
      return false;
  }
  return true;
}

static bool run(const char *rules_path, const char *folder, GError **error) {
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(rules_path, &text, &size, error))
    return false;
  g_autoptr(AkChainRules) written = ak_chain_rules_parse(text, size, rules_path, error);
  if (written == NULL)
    return false;
  g_autoptr(AkChainRules) rules = ak_chain_rules_simplify(written);
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  lap();
  if (!read_facts(facts, rules, folder, error))
    return false;
  double read_s = lap();
  g_autoptr(AkChainGround) ground = ak_chain_ground_new(facts, NULL, error);
  double ground_s = lap();
  if (ground == NULL)
    return false;
  const AkChainGraph *graph = ak_chain_ground_graph(ground);
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  lap();
  guint32 reached = ak_chain_reach_run(reach, NULL, NULL);
  printf("read %.4f s, ground %.4f s, fixpoint %.6f s; %u atoms (%u reached), %u edges, %u other "
         "ways\n",
         read_s, ground_s, lap(), graph->atom_count, reached, graph->edge_count, graph->way_count);
  for (guint32 i = 0; i < written->predicates->len; i++)
    if (ak_chain_rules_predicate_at(written, i)->kind == AK_CHAIN_DERIVED)
      printf("%s %u\n", ak_chain_rules_predicate_at(written, i)->name,
             ak_chain_ground_count(ground, i));
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  if (argc == 3 && run(argv[1], argv[2], &error))
    return 0;
  fprintf(stderr, "%s\n", error != NULL ? error->message : "usage: chain-ground RULES FOLDER");
  return 1;
}
