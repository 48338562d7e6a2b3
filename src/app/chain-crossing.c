#include "app/chain-crossing.h"

/* A bit a layer. */
static guint layers_of(const AkAppChain *self, guint32 number) {
  const AkElement *element = ak_chain_element_at(self->chain, number);
  guint layers = 0;
  for (gsize i = 0; element->functions[i] != NULL; i++) {
    const AkChainFunction *function =
        ak_chain_knowledge_function(self->knowledge, element->functions[i]);
    layers |= function != NULL ? 1u << function->layer : 0;
  }
  return layers;
}

static json_t *layers_to_json(guint layers) {
  json_t *out = json_array();
  for (guint layer = 1; layer <= AK_CHAIN_LAYERS; layer++)
    if (layers >> layer & 1)
      json_array_append_new(out, json_integer(layer));
  return out;
}

static json_t *crossing_elements(const AkAppChain *self, const guint8 *layers) {
  json_t *rows = json_array();
  for (guint32 e = 0; e < self->chain->elements->len; e++)
    if ((layers[e] & (layers[e] - 1)) != 0 && json_array_size(rows) < AK_APP_CHAIN_CROSSINGS)
      json_array_append_new(rows, json_pack("{s:s, s:o}", "element",
                                            ak_chain_element_at(self->chain, e)->id, "layers",
                                            layers_to_json(layers[e])));
  return rows;
}

static json_t *crossing_relations(const AkAppChain *self, const guint8 *layers, guint64 *total) {
  json_t *rows = json_array();
  for (guint i = 0; i < self->chain->relations->len; i++) {
    const AkRelation *relation = &g_array_index(self->chain->relations, AkRelation, i);
    guint from = layers[relation->from], to = layers[relation->to];
    if (from == 0 || to == 0 || (from & to) != 0)
      continue;
    if ((*total)++ < AK_APP_CHAIN_CROSSINGS)
      json_array_append_new(
          rows, json_pack("{s:s, s:s, s:s, s:o, s:o}", "from",
                          ak_chain_element_at(self->chain, relation->from)->id, "kind",
                          ak_chain_relation_kinds[relation->kind].name, "to",
                          ak_chain_element_at(self->chain, relation->to)->id, "from_layers",
                          layers_to_json(from), "to_layers", layers_to_json(to)));
  }
  return rows;
}

json_t *ak_app_chain_crossings(const AkAppChain *self) {
  guint count = self->chain->elements->len;
  g_autofree guint8 *layers = g_new0(guint8, (gsize)count + 1);
  guint64 total = 0;
  for (guint32 e = 0; e < count; e++)
    layers[e] = (guint8)layers_of(self, e);
  json_t *elements = crossing_elements(self, layers);
  json_t *relations = crossing_relations(self, layers, &total);
  return json_pack("{s:o, s:o, s:I}", "elements", elements, "relations", relations,
                   "relations_total", (json_int_t)total);
}
