/* What would be reached with and without measures, and with elements compromised from the start. */
#include <string.h>

#include "app/chain.h"
#include "chain/graph/live.h"

static guint32 element_of(const AkAppChain *self, const char *id) {
  for (guint32 i = 0; i < self->chain->elements->len; i++)
    if (strcmp(ak_chain_element_at(self->chain, i)->id, id) == 0)
      return i;
  return AK_CHAIN_NO_ELEMENT;
}

/* "ELEMENT:REQUIREMENT"; ids may hold a colon, requirements do not. */
static bool switch_measure(const AkAppChain *self, const char *text, bool holds, AkChainLive *live,
                           GError **error) {
  const char *colon = strrchr(text, ':');
  g_autofree char *id = colon != NULL ? g_strndup(text, (gsize)(colon - text)) : NULL;
  guint32 element = id != NULL ? element_of(self, id) : AK_CHAIN_NO_ELEMENT;
  guint32 number = element != AK_CHAIN_NO_ELEMENT
                       ? ak_chain_model_measure(self->model, element, colon + 1)
                       : AK_CHAIN_GRAPH_NONE;
  if (number == AK_CHAIN_GRAPH_NONE)
    return ak_app_chain_say(self, AK_ERROR_CONFIG, "chain.whatif.no-measure", text, error);
  ak_chain_live_set_measure(live, number, holds);
  return true;
}

static bool compromise(const AkAppChain *self, const char *id, AkChainLive *live, GError **error) {
  guint32 element = element_of(self, id);
  if (element == AK_CHAIN_NO_ELEMENT)
    return ak_app_chain_say(self, AK_ERROR_CONFIG, "chain.whatif.no-element", id, error);
  guint32 atom = ak_chain_model_compromised(self->model, element);
  if (atom == AK_CHAIN_GRAPH_NONE)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: the grounding does not say that it could be compromised", id);
  ak_chain_live_set_initial(live, atom, true);
  return true;
}

static bool apply(const AkAppChain *self, const AkAppChainWhatIf *changes, AkChainLive *live,
                  GError **error) {
  bool ok = true;
  for (gsize i = 0; ok && changes->with != NULL && changes->with[i] != NULL; i++)
    ok = switch_measure(self, changes->with[i], true, live, error);
  for (gsize i = 0; ok && changes->without != NULL && changes->without[i] != NULL; i++)
    ok = switch_measure(self, changes->without[i], false, live, error);
  for (gsize i = 0; ok && changes->compromised != NULL && changes->compromised[i] != NULL; i++)
    ok = compromise(self, changes->compromised[i], live, error);
  return ok;
}

/* Incidents that are reached in one and not in the other. */
static json_t *only_in(const AkAppChain *self, const guint8 *here, const guint8 *there) {
  json_t *rows = json_array();
  for (guint i = 0; i < self->knowledge->incidents->len; i++)
    for (guint32 e = 0; e < self->chain->elements->len; e++) {
      const AkChainIncident *incident = self->knowledge->incidents->pdata[i];
      guint32 atom = ak_chain_model_incident(self->model, incident, e);
      if (atom != AK_CHAIN_GRAPH_NONE && here[atom] && !there[atom])
        json_array_append_new(rows, json_pack("{s:s, s:s}", "id", incident->id, "element",
                                              ak_chain_element_at(self->chain, e)->id));
    }
  return rows;
}

json_t *ak_app_chain_what_if(const AkAppChain *self, const AkAppChainWhatIf *changes,
                             GError **error) {
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(self->model));
  g_autofree guint8 *measures =
      ak_chain_model_measures(self->model, AK_CHAIN_WORLD_CLAIMED, self->now_utc_us);
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autoptr(AkChainLive) live = ak_chain_live_new(graph, initial, measures);
  g_autofree guint8 *was = g_memdup2(ak_chain_live_atoms(live), (gsize)graph->atom_count + 1);
  if (!apply(self, changes, live, error))
    return NULL;
  const guint8 *is = ak_chain_live_atoms(live);
  return json_pack("{s:s, s:o, s:o}", "chain", self->chain->name, "reachable_now",
                   only_in(self, is, was), "no_longer_reachable", only_in(self, was, is));
}
