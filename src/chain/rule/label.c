#include "chain/rule/label.h"

#include <string.h>

#include "chain/rule/ground-parts.h"
#include "util/digest.h"

typedef struct {
  const AkChainFacts *facts;
  guint64 *predicates; /* [predicates] */
  guint64 **values;    /* [types] → [values]; NULL: not asked yet */
} Texts;

/* Who writes a chain chooses its texts: no two are found that have one label. */
static guint64 label_of(const char *text) {
  AkDigest digest = ak_digest_of(text, strlen(text));
  guint64 out;
  memcpy(&out, digest.bytes, sizeof out);
  return GUINT64_FROM_LE(out);
}

static guint64 label_of_value(Texts *self, guint32 type, guint32 value) {
  guint32 count = ak_chain_facts_domain(self->facts, type);
  if (self->values[type] == NULL) {
    self->values[type] = g_new(guint64, (gsize)count + 1);
    for (guint32 i = 0; i < count; i++) {
      g_autofree char *text = ak_chain_facts_text(self->facts, type, i);
      self->values[type][i] = label_of(text);
    }
  }
  return self->values[type][value];
}

static guint64 *labels_of(Texts *self, const AkChainAtoms *atoms) {
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

static void texts_clear(Texts *self) {
  for (guint32 type = 0; type < ak_chain_facts_types(self->facts); type++)
    g_free(self->values[type]);
  g_free(self->values);
  g_free(self->predicates);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Texts, texts_clear)

AkChainLabels *ak_chain_ground_label(const AkChainGround *self) {
  const AkChainRules *rules = ak_chain_facts_rules(self->facts);
  g_auto(Texts) texts = {self->facts, g_new(guint64, (gsize)rules->predicates->len + 1),
                         g_new0(guint64 *, (gsize)ak_chain_facts_types(self->facts) + 1)};
  for (guint32 i = 0; i < rules->predicates->len; i++)
    texts.predicates[i] = label_of(ak_chain_rules_predicate_at(rules, i)->name);
  guint64 *atoms = labels_of(&texts, self->atoms), *measures = labels_of(&texts, self->measures);
  return ak_chain_labels_new(self->graph, atoms, measures);
}
