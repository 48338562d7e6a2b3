#include "app/chain-standing.h"

#include "chain/graph/live.h"

AkAppChainStanding ak_app_chain_stand(const AkAppChain *self) {
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(self->model));
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree guint8 *measures = ak_chain_model_measures(self->model, AK_CHAIN_WORLD_BACKED, self->now_utc_us);
  g_autoptr(AkAccount) account = ak_account_new(self->model, self->now_utc_us);
  AkAppChainStanding standing = {.elements = self->chain->elements->len, .open = account->counts[AK_ACCOUNT_OPEN]};
  AkChainLive *live = ak_chain_live_new(graph, initial, measures);
  const guint8 *atoms = ak_chain_live_atoms(live);
  for (guint i = 0; i < self->knowledge->incidents->len; i++)
    for (guint32 e = 0; e < self->chain->elements->len; e++) {
      guint32 atom = ak_chain_model_incident(self->model, self->knowledge->incidents->pdata[i], e);
      standing.reachable += atom != AK_CHAIN_GRAPH_NONE && atoms[atom];
    }
  ak_chain_live_free(live);
  return standing;
}
