#include "chain/model/places.h"

#include <string.h>

#include "chain/rule/colours.h"
#include "util/random.h"

/* --- numbers of texts: two texts of one number would leave elements alike at worst
 * -------------------------------- */

static guint64 with_text(guint64 number, const char *text) {
  for (const char *at = text; at != NULL && *at != '\0'; at++)
    number = ak_random_fork(number, (guint8)*at);
  return ak_random_fork(number, text != NULL ? 0x100 : 0x101); /* no byte */
}

static guint64 of_text(const char *what, const char *text) {
  return with_text(with_text(0, what), text);
}

/* In whatever order they are listed. */
static guint64 of_list(const char *what, GStrv texts) {
  guint64 sum = 0;
  for (gsize i = 0; texts[i] != NULL; i++)
    sum += of_text(what, texts[i]);
  return sum;
}

/* --- ids that stand in rules
 * -------------------------------------------------------------------------------------- */

/* Predicates of model.c, and which of their columns name elements: a bit each. */
static const struct {
  const char *name;
  guint columns;
} element_columns[] = {{"kind", 1},  {"owned", 3},       {"function", 1}, {"exposed", 1},
                       {"taken", 1}, {"compromised", 1}, {"applies", 2},  {"happens", 2}};
enum { RELATION_COLUMNS = 7 };

static void note_types(const AkChainFacts *facts, const char *name, guint columns,
                       guint8 *is_of_elements) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  gint predicate = ak_chain_rules_predicate(rules, name);
  guint arity = predicate >= 0 ? ak_chain_rules_predicate_at(rules, (guint32)predicate)->arity : 0;
  for (guint c = 0; c < arity; c++)
    if (columns >> c & 1)
      is_of_elements[ak_chain_facts_type(facts, (guint32)predicate, c)] = 1;
}

/* [types]; the caller's. */
static guint8 *types_of_elements(const AkChainFacts *facts) {
  guint8 *out = g_new0(guint8, (gsize)ak_chain_facts_types(facts) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS(element_columns); i++)
    note_types(facts, element_columns[i].name, element_columns[i].columns, out);
  for (gsize i = 0; ak_chain_relation_names[i] != NULL; i++) {
    g_autofree char *name = g_strdelimit(g_strdup(ak_chain_relation_names[i]), "-", '_');
    note_types(facts, name, RELATION_COLUMNS, out);
  }
  return out;
}

static void note_constants(const AkChainFacts *facts, const AkChainAtom *atom,
                           const guint8 *is_of_elements, GHashTable *out) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  guint arity = ak_chain_rules_predicate_at(rules, atom->predicate)->arity;
  for (guint c = 0; c < arity; c++)
    if (atom->terms[c].kind == AK_CHAIN_TERM_CONSTANT &&
        is_of_elements[ak_chain_facts_type(facts, atom->predicate, c)])
      g_hash_table_add(out, rules->constants->pdata[atom->terms[c].number]);
}

/* Where elements stand; the caller's. */
static GHashTable *constants_of(const AkChainFacts *facts) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  g_autofree guint8 *is_of_elements = types_of_elements(facts);
  GHashTable *out = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < rules->rules->len; i++) {
    const AkChainRule *rule = ak_chain_rules_at(rules, i);
    note_constants(facts, &rule->head, is_of_elements, out);
    for (guint p = 0; p < rule->premise_count; p++)
      note_constants(facts, &rule->premises[p], is_of_elements, out);
    for (guint m = 0; m < rule->measure_count; m++)
      note_constants(facts, &rule->measures[m], is_of_elements, out);
  }
  return out;
}

/* --- what is known of each element
 * -------------------------------------------------------------------------------- */

static guint64 first_of(const AkElement *element, GHashTable *constants) {
  const char *own = g_hash_table_contains(constants, element->id) ? element->id : NULL;
  return of_text("kind", ak_chain_elements[element->kind]) +
         of_list("function", element->functions) + of_list("exposed", element->exposure) +
         of_text("id", own);
}

static guint64 of_measure(const AkElementMeasure *measure) {
  guint64 out = of_text("measure", measure->requirement);
  const guint64 numbers[] = {measure->status, measure->backing, (guint64)measure->until_utc_us,
                             (guint64)measure->cost_yen};
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    out = ak_random_fork(out, numbers[i]);
  return with_text(out, measure->reference);
}

static guint64 second_of(const AkElement *element) {
  guint64 out = of_text("product", element->product) + of_text("version", element->version) +
                of_text("criticality", ak_chain_criticalities[element->criticality]) +
                of_text("safety", element->safety ? "yes" : NULL);
  for (guint i = 0; i < element->measures->len; i++)
    out += of_measure(element->measures->pdata[i]);
  return out;
}

static void add_impacts(const AkChain *chain, guint64 *second) {
  for (guint i = 0; i < chain->impacts->len; i++) {
    const AkImpact *impact = chain->impacts->pdata[i];
    if (impact->element != AK_CHAIN_NO_ELEMENT)
      second[impact->element] +=
          ak_random_fork(of_text("impact", impact->incident), impact->impact);
  }
}

static void add_acceptances(const AkChain *chain, guint64 *second) {
  for (guint i = 0; i < chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = chain->acceptances->pdata[i];
    second[acceptance->element] += ak_random_fork(of_text("acceptance", acceptance->risk_source),
                                                  (guint64)acceptance->until_utc_us);
  }
}

/* --- what is said of several: as model.c tells it to the rules
 * ---------------------------------------------------- */

static void add_row(GArray *rows, guint64 kind, guint32 a, guint32 b, guint32 c) {
  AkChainColoursRow row = {kind, {a, b, c, AK_CHAIN_COLOURS_NONE, AK_CHAIN_COLOURS_NONE}, false};
  g_array_append_val(rows, row);
}

static void add_relation(GArray *rows, const AkRelation *relation, const guint64 *kinds, guint owns,
                         guint64 owned) {
  const AkRelationKind *kind = &ak_chain_relation_kinds[relation->kind];
  if (relation->kind == owns) {
    add_row(rows, owned, relation->to, relation->from, AK_CHAIN_COLOURS_NONE);
    return;
  }
  add_row(rows, kinds[relation->kind], relation->from, relation->to, relation->data);
  if (kind->both_ways && relation->data == AK_CHAIN_NO_ELEMENT)
    g_array_index(rows, AkChainColoursRow, rows->len - 1).both_ways = true;
  else if (kind->both_ways)
    add_row(rows, kinds[relation->kind], relation->to, relation->from, AK_CHAIN_COLOURS_NONE);
}

G_STATIC_ASSERT(AK_CHAIN_NO_ELEMENT == AK_CHAIN_COLOURS_NONE);

/* The caller's; none at all where there are too many. */
static GArray *rows_of(const AkChain *chain) {
  GArray *rows = g_array_new(FALSE, FALSE, sizeof(AkChainColoursRow));
  guint kind_count = g_strv_length((GStrv)ak_chain_relation_names);
  guint owns = (guint)ak_chain_word(ak_chain_relation_names, "owns");
  guint64 owned = of_text("relation", "owned");
  g_autofree guint64 *kinds = g_new(guint64, kind_count + 1);
  if (chain->relations->len > AK_CHAIN_PLACES_ROWS_MAX)
    return rows;
  for (guint i = 0; i < kind_count; i++)
    kinds[i] = of_text("relation", ak_chain_relation_names[i]);
  for (guint32 i = 0; i < chain->elements->len; i++)
    if (ak_chain_element_at(chain, i)->owner != AK_CHAIN_NO_ELEMENT)
      add_row(rows, owned, i, ak_chain_element_at(chain, i)->owner, AK_CHAIN_COLOURS_NONE);
  for (guint i = 0; i < chain->relations->len; i++)
    add_relation(rows, &g_array_index(chain->relations, AkRelation, i), kinds, owns, owned);
  return rows;
}

/* --- places
 * -------------------------------------------------------------------------------------------------------
 */

static int compare_ids(gconstpointer a, gconstpointer b, gpointer data) {
  const guint32 *left = a, *right = b;
  const AkChain *chain = data;
  return strcmp(ak_chain_element_at(chain, *left)->id, ak_chain_element_at(chain, *right)->id);
}

/* [elements] the place of each by its id; the caller's. */
static guint32 *names_of(const AkChain *chain) {
  guint32 count = chain->elements->len, *names = g_new(guint32, (gsize)count + 1);
  g_autofree guint32 *sorted = g_new(guint32, (gsize)count + 1);
  for (guint32 i = 0; i < count; i++)
    sorted[i] = i;
  g_qsort_with_data(sorted, (gint)count, sizeof *sorted, compare_ids, (gpointer)chain);
  for (guint32 i = 0; i < count; i++)
    names[sorted[i]] = i;
  return names;
}

guint32 *ak_chain_places_new(const AkChain *chain, const AkChainFacts *facts) {
  guint32 count = chain->elements->len;
  g_autoptr(GHashTable) constants = constants_of(facts);
  g_autofree guint64 *first = g_new(guint64, (gsize)count + 1),
                     *second = g_new(guint64, (gsize)count + 1);
  g_autofree guint32 *names = names_of(chain);
  g_autoptr(GArray) rows = rows_of(chain);
  AkChainColours found = {0};
  for (guint32 i = 0; i < count; i++) {
    first[i] = first_of(ak_chain_element_at(chain, i), constants);
    second[i] = second_of(ak_chain_element_at(chain, i));
  }
  add_impacts(chain, second);
  add_acceptances(chain, second);
  const AkChainColoursSpec spec = {.count = count,
                                   .first = first,
                                   .second = second,
                                   .names = names,
                                   .rows = (gconstpointer)rows->data,
                                   .row_count = rows->len};
  ak_chain_colours_find(&spec, &found);
  return found.places;
}

/* --- labels
 * -------------------------------------------------------------------------------------------------------
 */

/* [values of the type]; the caller's. */
static guint32 *places_in(const guint32 *places, const AkChain *chain, const AkChainFacts *facts,
                          guint32 type) {
  guint32 *out = g_new0(guint32, (gsize)ak_chain_facts_domain(facts, type) + 1);
  for (guint32 e = 0; e < chain->elements->len; e++) {
    guint32 value = ak_chain_facts_value(facts, type, ak_chain_element_at(chain, e)->id);
    if (value != G_MAXUINT32)
      out[value] = places[e] + 1;
  }
  return out;
}

AkChainLabels *ak_chain_places_label(const guint32 *places, const AkChain *chain,
                                     const AkChainFacts *facts, const AkChainGround *ground) {
  guint32 types = ak_chain_facts_types(facts);
  g_autofree guint8 *is_of_elements = types_of_elements(facts);
  g_autofree guint32 **by_type = g_new0(guint32 *, (gsize)types + 1);
  for (guint32 type = 0; type < types; type++)
    by_type[type] = is_of_elements[type] ? places_in(places, chain, facts, type) : NULL;
  AkChainLabels *labels = ak_chain_ground_label(ground, (const guint32 *const *)by_type);
  for (guint32 type = 0; type < types; type++)
    g_free(by_type[type]);
  return labels;
}
