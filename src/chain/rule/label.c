#include "chain/rule/label.h"

#include <string.h>

#include "chain/rule/ground-parts.h"
#include "util/digest.h"

#define PLACES G_GUINT64_CONSTANT(0x706c61636573) /* begins the sequence of labels of places */

typedef struct {
  const AkChainFacts *facts;
  const guint32 *const *places;
  guint64 *predicates; /* [predicates] */
  guint64 **values;    /* [types] → [values]; NULL: not asked yet */
} Sources;

static guint64 label_of(const char *text) {
  AkDigest digest = ak_digest_of(text, strlen(text));
  guint64 out;
  memcpy(&out, digest.bytes, sizeof out);
  return GUINT64_FROM_LE(out);
}

static guint64 make_label(const Sources *self, guint32 type, guint32 value) {
  const guint32 *places = self->places != NULL ? self->places[type] : NULL;
  if (places != NULL && places[value] != 0)
    return ak_random_fork(PLACES, places[value]);
  g_autofree char *text = ak_chain_facts_text(self->facts, type, value);
  return label_of(text);
}

static guint64 label_of_value(Sources *self, guint32 type, guint32 value) {
  guint32 count = ak_chain_facts_domain(self->facts, type);
  if (self->values[type] == NULL) {
    self->values[type] = g_new(guint64, (gsize)count + 1);
    for (guint32 i = 0; i < count; i++)
      self->values[type][i] = make_label(self, type, i);
  }
  return self->values[type][value];
}

static guint64 *labels_of(Sources *self, const AkChainAtoms *atoms) {
  const AkChainRules *rules = ak_chain_facts_rules(self->facts);
  guint32 count = ak_chain_atoms_count(atoms), values[AK_CHAIN_ARITY_MAX];
  guint64 *out = g_new(guint64, (gsize)count + 1);
  for (guint32 atom = 0; atom < count; atom++) {
    guint32 predicate = ak_chain_atoms_predicate(atoms, atom);
    guint arity = ak_chain_rules_predicate_at(rules, predicate)->arity;
    ak_chain_atoms_values(atoms, predicate, ak_chain_atoms_key_of(atoms, atom), values);
    out[atom] = self->predicates[predicate];
    for (guint i = 0; i < arity; i++)
      out[atom] = ak_random_fork(out[atom], label_of_value(self, ak_chain_facts_type(self->facts, predicate, i), values[i]));
  }
  return out;
}

static void sources_clear(Sources *self) {
  for (guint32 type = 0; type < ak_chain_facts_types(self->facts); type++)
    g_free(self->values[type]);
  g_free(self->values);
  g_free(self->predicates);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sources, sources_clear)

AkChainLabels *ak_chain_ground_label(const AkChainGround *self, const guint32 *const *places) {
  const AkChainRules *rules = ak_chain_facts_rules(self->facts);
  g_auto(Sources) sources = {.facts = self->facts,
                             .places = places,
                             .predicates = g_new(guint64, (gsize)rules->predicates->len + 1),
                             .values = g_new0(guint64 *, (gsize)ak_chain_facts_types(self->facts) + 1)};
  for (guint32 i = 0; i < rules->predicates->len; i++)
    sources.predicates[i] = label_of(ak_chain_rules_predicate_at(rules, i)->name);
  guint64 *atoms = labels_of(&sources, self->atoms), *measures = labels_of(&sources, self->measures);
  return ak_chain_labels_new(self->graph, atoms, measures);
}
