/* usage: chain-plan RULES FOLDER COSTS GOALS: the cheapest measures, of which COSTS gives the costs
 * ("NAME(VALUE)" and a number, a tab between them, one a line), after which none of the atoms in
 * GOALS (one a line) is reached. Prints both bounds; what is found is checked by a computation from
 * nothing. */
#include <stdio.h>
#include <string.h>

#include "chain/graph/cheapest.h"
#include "network.h"

/* Number of "name(a,b)" among atoms or measures; AK_CHAIN_GRAPH_NONE: it is not known. */
static guint32 find(const Network *network, const char *text) {
  g_autofree char *name = g_strdup(text);
  char *values = strchr(name, '(');
  if (values == NULL || !g_str_has_suffix(values, ")"))
    return AK_CHAIN_GRAPH_NONE;
  *values++ = '\0';
  values[strlen(values) - 1] = '\0';
  g_auto(GStrv) parts = g_strsplit(values, ",", -1);
  gint predicate = ak_chain_rules_predicate(network->rules, name);
  if (predicate < 0 || g_strv_length(parts) !=
                           ak_chain_rules_predicate_at(network->rules, (guint32)predicate)->arity)
    return AK_CHAIN_GRAPH_NONE;
  return ak_chain_ground_find(network->ground, (guint32)predicate, (const char *const *)parts);
}

static bool read_costs(const Network *network, const char *path, guint64 *costs, GError **error) {
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, error))
    return false;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
    char *tab = strchr(lines[i], '\t');
    if (tab == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:%u: no tab", path, i + 1);
    *tab = '\0';
    guint32 measure = find(network, lines[i]);
    guint64 cost = 0;
    if (!g_ascii_string_to_unsigned(tab + 1, 10, 0, G_MAXUINT32, &cost, error))
      return false;
    if (measure != AK_CHAIN_GRAPH_NONE)
      costs[measure] = cost;
  }
  return true;
}

static GArray *read_goals(const Network *network, const char *path, GError **error) {
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, error))
    return NULL;
  GArray *goals = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    guint32 atom = find(network, lines[i]);
    if (atom != AK_CHAIN_GRAPH_NONE)
      g_array_append_val(goals, atom);
  }
  return goals;
}

static bool run(char **argv, GError **error) {
  g_auto(Network) network = {0};
  if (!network_open(&network, argv[1], argv[2], error))
    return false;
  const AkChainGraph *graph = ak_chain_ground_graph(network.ground);
  g_autofree guint64 *costs = g_new(guint64, (gsize)graph->measure_count + 1);
  for (guint32 i = 0; i < graph->measure_count; i++)
    costs[i] = AK_CHAIN_COST_NEVER;
  if (!read_costs(&network, argv[3], costs, error))
    return false;
  g_autoptr(GArray) goals = read_goals(&network, argv[4], error);
  if (goals == NULL)
    return false;
  AkChainCheapestSpec spec = {
      .costs = costs, .goals = (gconstpointer)goals->data, .goal_count = goals->len};
  g_auto(AkChainCheapest) found = {.rounds = 0};
  network_lap();
  if (!ak_chain_cheapest_find(graph, &spec, &found, error))
    return false;
  printf(
      "read %.4f s, ground %.4f s, plan %.4f s; %u goals, %u measures, %u edges, %u other ways\n",
      network.read_s, network.ground_s, network_lap(), goals->len, graph->measure_count,
      graph->edge_count, graph->way_count);
  printf("lower %" G_GUINT64_FORMAT " upper %" G_GUINT64_FORMAT
         ", %u measures chosen, %u rounds, %u cores\n",
         found.lower, found.upper, found.chosen.count, found.rounds, found.attacks);
  for (guint32 i = 0; i < found.chosen.count; i++) {
    g_autofree char *text = ak_chain_ground_measure_text(network.ground, found.chosen.data[i]);
    printf("%s\n", text);
  }
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  if (argc == 5 && run(argv, &error))
    return 0;
  fprintf(stderr, "%s\n",
          error != NULL ? error->message : "usage: chain-plan RULES FOLDER COSTS GOALS");
  return 1;
}
