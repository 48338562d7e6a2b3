/* Is what is switched on and off in a grounding that was read what the chain asks for? */
#include "chain/rule/ground-file.h"
#include "chain/rule/ground-parts.h"
#include "util/large.h"

typedef struct {
  const AkChainGround *ground;
  const AkChainFacts *facts;
  guint32 **values;              /* [types] → [values of the facts]: the grounding's number, G_MAXUINT32 for none; NULL: not asked */
  guint8 *initial, *measures;    /* [atoms], [measures]: it was asked for */
  guint32 initial_left, measures_left; /* how many were not yet */
} Asking;

static void asking_clear(Asking *self) {
  for (guint32 type = 0; type < ak_chain_facts_types(self->facts); type++)
    ak_large_free(self->values[type]);
  g_free(self->values);
  ak_large_free(self->initial);
  ak_large_free(self->measures);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asking, asking_clear)

/* A row may have very many values of a few texts: each text is looked up once. */
static bool number_values(Asking *self, guint32 type) {
  guint32 count = ak_chain_facts_domain(self->facts, type);
  if (self->values[type] != NULL)
    return true;
  self->values[type] = ak_large_new((gsize)count + 1, sizeof **self->values);
  for (guint32 i = 0; self->values[type] != NULL && i < count; i++) {
    g_autofree char *text = ak_chain_facts_text(self->facts, type, i);
    self->values[type][i] = ak_chain_facts_value(self->ground->facts, type, text);
  }
  return self->values[type] != NULL;
}

/* The atom or measure of a row; AK_CHAIN_ATOM_NONE where the grounding has none. */
static guint32 find_row(const Asking *self, guint32 predicate, guint32 row) {
  const AkChainTable *table = ak_chain_facts_table(self->facts, predicate);
  guint arity = ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), predicate)->arity;
  guint32 values[AK_CHAIN_ARITY_MAX] = {0};
  for (guint c = 0; c < arity; c++) {
    values[c] = self->values[ak_chain_facts_type(self->facts, predicate, c)][table->columns[c][row]];
    if (values[c] == G_MAXUINT32)
      return AK_CHAIN_ATOM_NONE;
  }
  return ak_chain_ground_find_row(self->ground, predicate, values);
}

static bool missing(const Asking *self, guint32 predicate, guint32 row, GError **error) {
  const AkChainTable *table = ak_chain_facts_table(self->facts, predicate);
  const AkChainPredicate *known = ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), predicate);
  g_autoptr(GString) text = g_string_new(known->name);
  for (guint c = 0; c < known->arity; c++) {
    g_autofree char *value =
        ak_chain_facts_text(self->facts, ak_chain_facts_type(self->facts, predicate, c), table->columns[c][row]);
    g_string_append_printf(text, "%s%s", c == 0 ? "(" : ", ", value);
  }
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "the grounding is of another chain: it has no %s)", text->str);
}

static bool check_predicate(Asking *self, guint32 predicate, guint8 *asked, guint32 *left, GError **error) {
  const AkChainTable *table = ak_chain_facts_table(self->facts, predicate);
  guint arity = ak_chain_rules_predicate_at(ak_chain_facts_rules(self->facts), predicate)->arity;
  for (guint c = 0; c < arity; c++)
    if (!number_values(self, ak_chain_facts_type(self->facts, predicate, c)))
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for the values of the chain");
  for (guint32 row = 0; row < table->rows; row++) {
    guint32 atom = find_row(self, predicate, row);
    if (atom == AK_CHAIN_ATOM_NONE)
      return missing(self, predicate, row, error);
    *left -= asked[atom] == 0; /* the same row may stand twice */
    asked[atom] = 1;
  }
  return true;
}

bool ak_chain_ground_check_switched(const AkChainGround *self, const AkChainFacts *facts, GError **error) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  const AkChainGraph *graph = self->graph;
  g_auto(Asking) asking = {.ground = self,
                           .facts = facts,
                           .values = g_new0(guint32 *, (gsize)ak_chain_facts_types(facts) + 1),
                           .initial = ak_large_new((gsize)graph->atom_count + 1, 1),
                           .measures = ak_large_new((gsize)graph->measure_count + 1, 1),
                           .initial_left = graph->initial_count,
                           .measures_left = graph->measure_count};
  if (asking.initial == NULL || asking.measures == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for the atoms of the chain");
  for (guint32 p = 0; p < rules->predicates->len; p++) {
    AkChainPredicateKind kind = ak_chain_rules_predicate_at(rules, p)->kind;
    if ((kind == AK_CHAIN_INITIAL && !check_predicate(&asking, p, asking.initial, &asking.initial_left, error)) ||
        (kind == AK_CHAIN_MEASURE && !check_predicate(&asking, p, asking.measures, &asking.measures_left, error)))
      return false;
  }
  return asking.initial_left + (guint64)asking.measures_left == 0 ||
         ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "the grounding is of another chain: it has %u beginnings and %u measures that this one has not",
                      asking.initial_left, asking.measures_left);
}
