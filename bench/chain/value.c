/* usage: chain-value CHAIN KNOWLEDGE.json RULES.json: reads and grounds a value chain, and
 * computes for each world what is reached and with which least effort, and what becomes of each
 * risk source. Prints processor times and the most memory. */
#include <stdio.h>
#include <string.h>

#include "app/chain-certificate.h"
#include "app/chain-read.h"
#include "chain/graph/effort.h"
#include "chain/graph/reach.h"
#include "chain/model/account.h"
#include "network.h"

typedef struct {
  AkChain *chain;
  AkChainKnowledge *knowledge;
  AkChainRuleBook *book;
  AkChainModel *model;
} Value;

static void value_clear(Value *self) {
  g_clear_pointer(&self->model, ak_chain_model_free);
  g_clear_pointer(&self->book, ak_chain_rule_book_free);
  g_clear_pointer(&self->knowledge, ak_chain_knowledge_free);
  g_clear_pointer(&self->chain, ak_chain_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Value, value_clear)

static json_t *read_json(const char *path, GError **error) {
  g_autofree char *text = NULL;
  gsize size = 0;
  return g_file_get_contents(path, &text, &size, error) ? ak_json_parse(text, size, path, error)
                                                        : NULL;
}

static bool read_all(Value *self, char **argv, double *read_s, GError **error) {
  g_autoptr(json_t) knowledge = read_json(argv[2], error);
  g_autoptr(json_t) rules = knowledge != NULL ? read_json(argv[3], error) : NULL;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  AkDigest digest;
  if (rules == NULL)
    return false;
  self->knowledge = ak_chain_knowledge_new(knowledge, argv[2], error);
  self->book = self->knowledge != NULL ? ak_chain_rule_book_new(rules, argv[3], error) : NULL;
  double begun = network_cpu();
  self->chain = self->book != NULL ? ak_app_chain_read(argv[1], AK_LANG_EN, &digest, problems, error) : NULL;
  *read_s = network_cpu() - begun;
  return self->chain != NULL;
}

/* Atoms that are reached in a world; effort is computed as well. */
static guint32 evaluate(const Value *self, AkChainWorld world, gint64 now_utc_us) {
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(self->model));
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree guint8 *measures = ak_chain_model_measures(self->model, world, now_utc_us);
  g_autofree guint32 *efforts = g_new0(guint32, (gsize)self->book->rules->rules->len + 1);
  for (guint i = 0; i < self->book->rules->rules->len; i++)
    efforts[i] = 1;
  AkChainEffortSpec spec = {efforts, initial, measures};
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  g_autoptr(AkChainEffort) effort = ak_chain_effort_new(graph, &spec);
  guint32 reached = ak_chain_reach_run(reach, initial, measures), priced = 0;
  for (guint32 i = 0; i < graph->atom_count; i++)
    priced += ak_chain_effort_of(effort, i) != AK_CHAIN_EFFORT_NONE;
  return reached == priced ? reached : 0;
}

/* Of this program since it began. */
static guint most_memory_mib(void) {
  g_autofree char *status = NULL;
  const char *most = g_file_get_contents("/proc/self/status", &status, NULL, NULL)
                         ? strstr(status, "VmHWM:")
                         : NULL;
  return most != NULL ? (guint)(g_ascii_strtoull(most + strlen("VmHWM:"), NULL, 10) >> 10) : 0;
}

static bool run(char **argv, GError **error) {
  g_auto(Value) value = {NULL, NULL, NULL, NULL};
  double read_s = 0, begun;
  gint64 now_utc_us = G_GINT64_CONSTANT(1800000000000000);
  if (!read_all(&value, argv, &read_s, error))
    return false;
  begun = network_cpu();
  value.model = ak_chain_model_new(value.chain, value.knowledge, value.book, false, error);
  double ground_s = network_cpu() - begun;
  if (value.model == NULL)
    return false;
  begun = network_cpu();
  guint32 claimed = evaluate(&value, AK_CHAIN_WORLD_CLAIMED, now_utc_us);
  guint32 backed = evaluate(&value, AK_CHAIN_WORLD_BACKED, now_utc_us);
  double evaluate_s = network_cpu() - begun;
  begun = network_cpu();
  g_autoptr(AkAccount) account = ak_account_new(value.model, now_utc_us);
  double account_s = network_cpu() - begun;
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(value.model));
  printf("%u elements, %u relations: read %.3f s, ground %.3f s, both worlds %.3f s, account %.3f "
         "s, together %.3f s of the processor, %u MiB; "
         "%u atoms (%u and %u reached), %u edges, %u other ways, %" G_GUINT64_FORMAT " open\n",
         value.chain->elements->len, value.chain->relations->len, read_s, ground_s, evaluate_s,
         account_s, read_s + ground_s + evaluate_s + account_s, most_memory_mib(),
         graph->atom_count, claimed, backed, graph->edge_count, graph->way_count,
         account->counts[AK_ACCOUNT_OPEN]);
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  if (argc == 4 && run(argv, &error))
    return 0;
  fprintf(stderr, "%s\n",
          error != NULL ? error->message
                        : "usage: chain-value CHAIN KNOWLEDGE.json RULES.json");
  return 1;
}
