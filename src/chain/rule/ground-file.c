#include "chain/rule/ground-file.h"

#include <string.h>

#include "chain/graph/builder.h"
#include "chain/graph/reach.h"
#include "chain/rule/ground-parts.h"

enum { AT_ONCE = 64 };
enum { WAY_MOST = 6 }; /* premises, and measures: as many as AkChainWay holds */

/* --- writing
 * ------------------------------------------------------------------------------------------ */

static void write_text(const char *text, AkWriter *writer) {
  ak_writer_u32le(writer, (guint32)strlen(text));
  ak_writer_bytes(writer, text, strlen(text));
}

static void write_names(const AkChainFacts *facts, AkWriter *writer) {
  ak_writer_u32le(writer, ak_chain_facts_types(facts));
  for (guint32 type = 0; type < ak_chain_facts_types(facts); type++) {
    ak_writer_u32le(writer, ak_chain_facts_domain(facts, type));
    for (guint32 i = 0; i < ak_chain_facts_domain(facts, type); i++) {
      g_autofree char *text = ak_chain_facts_text(facts, type, i);
      write_text(text, writer);
    }
  }
}

static guint arity_of(const AkChainFacts *facts, guint32 predicate) {
  return ak_chain_rules_predicate_at(ak_chain_facts_rules(facts), predicate)->arity;
}

static void write_atoms(const AkChainFacts *facts, const AkChainAtoms *atoms, AkWriter *writer) {
  ak_writer_u32le(writer, ak_chain_atoms_count(atoms));
  for (guint32 i = 0; i < ak_chain_atoms_count(atoms); i++) {
    guint32 predicate = ak_chain_atoms_predicate(atoms, i), values[AK_CHAIN_ARITY_MAX] = {0};
    ak_chain_atoms_values(atoms, predicate, ak_chain_atoms_key_of(atoms, i), values);
    ak_writer_u32le(writer, predicate);
    for (guint c = 0; c < arity_of(facts, predicate); c++)
      ak_writer_u32le(writer, values[c]);
  }
}

static void write_list(const guint32 *start, const guint32 *list, AkWriter *writer) {
  ak_writer_u8(writer, (guint8)(start[1] - start[0]));
  for (guint32 i = start[0]; i < start[1]; i++)
    ak_writer_u32le(writer, list[i]);
}

static void write_graph(const AkChainGraph *graph, AkWriter *writer) {
  for (guint32 atom = 0; atom < graph->atom_count; atom++) {
    ak_writer_u32le(writer, graph->edge_start[atom + 1] - graph->edge_start[atom]);
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++) {
      ak_writer_u32le(writer, graph->edge_head[i]);
      ak_writer_u32le(writer, graph->edge_rule[i]);
    }
  }
  ak_writer_u32le(writer, graph->way_count);
  for (guint32 way = 0; way < graph->way_count; way++) {
    ak_writer_u32le(writer, graph->way_head[way]);
    ak_writer_u32le(writer, graph->way_rule[way]);
    write_list(&graph->way_premise_start[way], graph->way_premises, writer);
    write_list(&graph->way_measure_start[way], graph->way_measures, writer);
  }
}

/* Rules are read with another program's compiler perhaps: its predicates, helpers too, must be these. */
static void write_predicates(const AkChainRules *rules, AkWriter *writer) {
  ak_writer_u32le(writer, rules->predicates->len);
  for (guint32 i = 0; i < rules->predicates->len; i++) {
    write_text(ak_chain_rules_predicate_at(rules, i)->name, writer);
    ak_writer_u8(writer, (guint8)ak_chain_rules_predicate_at(rules, i)->arity);
  }
}

void ak_chain_ground_write(const AkChainGround *self, AkWriter *writer) {
  write_predicates(ak_chain_facts_rules(self->facts), writer);
  write_names(self->facts, writer);
  write_atoms(self->facts, self->atoms, writer);
  write_atoms(self->facts, self->measures, writer);
  write_graph(self->graph, writer);
}

/* --- reading: predicates
 * ------------------------------------------------------------------------------ */

static bool is_predicate(const AkChainPredicate *predicate, AkReader *reader, GError **error) {
  guint32 size = 0;
  guint8 arity = 0;
  const guint8 *name = NULL;
  return ak_reader_u32le(reader, &size, error) && ak_reader_bytes(reader, size, &name, error) &&
         ak_reader_u8(reader, &arity, error) &&
         ((size == strlen(predicate->name) && memcmp(name, predicate->name, size) == 0 && arity == predicate->arity) ||
          ak_error_set(error, AK_ERROR_CONFIG, "grounded by other rules: %s/%u is not theirs", predicate->name,
                       predicate->arity));
}

static bool read_predicates(const AkChainRules *rules, AkReader *reader, GError **error) {
  guint32 count = 0;
  if (!ak_reader_u32le(reader, &count, error))
    return false;
  if (count != rules->predicates->len)
    return ak_error_set(error, AK_ERROR_CONFIG, "grounded by other rules: %u predicates instead of %u", count,
                        rules->predicates->len);
  for (guint32 i = 0; i < count; i++)
    if (!is_predicate(ak_chain_rules_predicate_at(rules, i), reader, error))
      return false;
  return true;
}

/* --- reading: values
 * ---------------------------------------------------------------------------------- */

static bool bad(GError **error, const char *what, guint32 number) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s number %u", what, number);
}

static bool read_name(AkChainFacts *facts, guint32 type, guint32 number, AkReader *reader, GError **error) {
  guint32 size = 0;
  const guint8 *bytes = NULL;
  if (!ak_reader_u32le(reader, &size, error) || !ak_reader_bytes(reader, size, &bytes, error))
    return false;
  if (memchr(bytes, '\0', size) != NULL || !g_utf8_validate((const char *)bytes, size, NULL))
    return bad(error, "no text is value", number);
  g_autofree char *text = g_strndup((const char *)bytes, size);
  return ak_chain_facts_name(facts, type, text) == number || bad(error, "a text stands twice or is a rule's: value", number);
}

static bool read_names(AkChainFacts *facts, AkReader *reader, GError **error) {
  guint32 types = 0, count = 0;
  if (!ak_reader_u32le(reader, &types, error))
    return false;
  if (types != ak_chain_facts_types(facts))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%u types of values, the rules have %u", types,
                        ak_chain_facts_types(facts));
  for (guint32 type = 0; type < types; type++) {
    if (!ak_reader_u32le(reader, &count, error))
      return false;
    for (guint32 i = 0; i < count; i++)
      if (!read_name(facts, type, i, reader, error))
        return false;
    if (ak_chain_facts_domain(facts, type) != count)
      return bad(error, "values are missing of type", type);
  }
  return true;
}

/* --- reading: atoms
 * ----------------------------------------------------------------------------------- */

static bool read_values(const AkChainFacts *facts, guint32 predicate, guint32 *values, AkReader *reader,
                        GError **error) {
  for (guint c = 0; c < arity_of(facts, predicate); c++) {
    if (!ak_reader_u32le(reader, &values[c], error))
      return false;
    if (values[c] >= ak_chain_facts_domain(facts, ak_chain_facts_type(facts, predicate, c)))
      return bad(error, "there is no value", values[c]);
  }
  return true;
}

/* Atoms that were read and not yet added: tables of atoms are larger than the caches, and are asked for together. */
typedef struct {
  AkChainAtoms *atoms;
  guint32 predicates[AT_ONCE];
  guint64 keys[AT_ONCE];
  guint count;
} Batch;

static bool add_batch(Batch *self, GError **error) {
  for (guint i = 0; i < self->count; i++)
    ak_chain_atoms_prefetch(self->atoms, self->predicates[i], self->keys[i]);
  for (guint i = 0; i < self->count; i++)
    ak_chain_atoms_prefetch_further(self->atoms, self->predicates[i], self->keys[i]);
  for (guint i = 0; i < self->count; i++) {
    guint32 number = ak_chain_atoms_count(self->atoms);
    if (ak_chain_atoms_add(self->atoms, self->predicates[i], self->keys[i]) != number)
      return bad(error, "it stands twice, or memory ends: atom", number);
  }
  self->count = 0;
  return true;
}

/* `kinds`: as in ak_chain_atoms_new. Atoms of the kind `first` come before all others; `firsts` gets how many. */
static AkChainAtoms *read_atoms(const AkChainFacts *facts, guint kinds, AkChainPredicateKind first, guint32 *firsts,
                                AkReader *reader, GError **error) {
  const AkChainRules *rules = ak_chain_facts_rules(facts);
  g_autoptr(AkChainAtoms) atoms = ak_chain_atoms_new(facts, kinds, error);
  Batch batch = {.atoms = atoms};
  guint32 count = 0, predicate = 0;
  if (atoms == NULL || !ak_reader_u32le(reader, &count, error))
    return NULL;
  for (guint32 i = 0; i < count; i++) {
    guint32 values[AK_CHAIN_ARITY_MAX] = {0};
    if (!ak_reader_u32le(reader, &predicate, error))
      return NULL;
    AkChainPredicateKind kind =
        predicate < rules->predicates->len ? ak_chain_rules_predicate_at(rules, predicate)->kind : AK_CHAIN_FACT;
    if (!(kinds >> kind & 1) || (kind == first && *firsts < i)) {
      bad(error, "there is no such predicate here: atom", i);
      return NULL;
    }
    *firsts += kind == first;
    if (!read_values(facts, predicate, values, reader, error))
      return NULL;
    batch.predicates[batch.count] = predicate;
    batch.keys[batch.count++] = ak_chain_atoms_key(atoms, predicate, values);
    if (batch.count == AT_ONCE && !add_batch(&batch, error))
      return NULL;
  }
  return add_batch(&batch, error) ? g_steal_pointer(&atoms) : NULL;
}

/* --- reading: the graph
 * ------------------------------------------------------------------------------- */

typedef struct {
  AkReader *reader;
  AkChainBuilder builder;
  guint32 atom_count, initial_count, measure_count, rule_count;
} Graphing;

static void graphing_clear(Graphing *self) {
  ak_chain_builder_clear(&self->builder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Graphing, graphing_clear)

static bool read_head(Graphing *self, guint32 *head, guint32 *rule, GError **error) {
  if (!ak_reader_u32le(self->reader, head, error) || !ak_reader_u32le(self->reader, rule, error))
    return false;
  if (*head < self->initial_count || *head >= self->atom_count)
    return bad(error, "nothing can lead to atom", *head);
  return (*rule & ~AK_CHAIN_RULE_HELPER) < self->rule_count || bad(error, "there is no rule", *rule);
}

static bool read_edges(Graphing *self, guint32 atom, GError **error) {
  guint32 count = 0, head = 0, rule = 0;
  if (!ak_reader_u32le(self->reader, &count, error))
    return false;
  for (guint32 i = 0; i < count; i++) {
    if (!read_head(self, &head, &rule, error))
      return false;
    if (head == atom)
      return bad(error, "it follows from itself: atom", atom);
    if (!ak_chain_builder_add_edge(&self->builder, head, rule))
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for edges");
  }
  return true;
}

/* At most WAY_MOST different numbers below `below`. */
static bool read_list(AkReader *reader, guint32 below, guint32 *list, guint *count, GError **error) {
  guint8 wanted = 0;
  if (!ak_reader_u8(reader, &wanted, error))
    return false;
  if (wanted > WAY_MOST)
    return bad(error, "more than a way can have:", wanted);
  for (*count = 0; *count < wanted; (*count)++) {
    guint32 *item = &list[*count];
    if (!ak_reader_u32le(reader, item, error))
      return false;
    for (guint i = 0; i < *count; i++)
      if (list[i] == *item)
        return bad(error, "twice in a way:", *item);
    if (*item >= below)
      return bad(error, "a way asks for what is not there:", *item);
  }
  return true;
}

static bool read_way(Graphing *self, GError **error) {
  guint32 head = 0, rule = 0;
  AkChainWay way = {.premise_count = 0};
  if (!read_head(self, &head, &rule, error) ||
      !read_list(self->reader, self->atom_count, way.premises, &way.premise_count, error) ||
      !read_list(self->reader, self->measure_count, way.measures, &way.measure_count, error))
    return false;
  for (guint i = 0; i < way.premise_count; i++)
    if (way.premises[i] == head)
      return bad(error, "it follows from itself: atom", head);
  if (way.premise_count == 1 && way.measure_count == 0)
    return bad(error, "an edge stands among the ways to atom", head);
  return ak_chain_builder_add_way(&self->builder, head, rule, &way) ||
         ak_error_set(error, AK_ERROR_LIMIT, "no memory for ways");
}

static bool are_below(const AkChainGraph *graph, guint32 way) {
  bool are = true;
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    are = are && graph->way_premises[i] < graph->way_head[way];
  return are;
}

/* Does each atom follow from such as stand before it? So grounding numbers them, and then all can be reached. False: that is not known,
 * or memory ends. */
static bool is_in_order(const AkChainGraph *graph) {
  guint8 *follows = ak_large_new((gsize)graph->atom_count + 1, 1);
  guint32 count = graph->initial_count;
  if (follows == NULL)
    return false;
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    for (guint32 i = graph->edge_start[atom]; i < graph->edge_start[atom + 1]; i++)
      if (graph->edge_head[i] > atom)
        follows[graph->edge_head[i]] = 1;
  for (guint32 way = 0; way < graph->way_count; way++)
    if (are_below(graph, way))
      follows[graph->way_head[way]] = 1;
  for (guint32 atom = graph->initial_count; atom < graph->atom_count; atom++)
    count += follows[atom];
  ak_large_free(follows);
  return count == graph->atom_count;
}

/* Grounding makes what follows from the beginnings alone. */
static bool check_reached(const AkChainGraph *graph, GError **error) {
  if (is_in_order(graph))
    return true;
  g_autoptr(AkChainReach) reach = ak_chain_reach_new(graph);
  if (reach == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for the graph of the chain");
  guint32 reached = ak_chain_reach_run(reach, NULL, NULL);
  return reached == graph->atom_count ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "nothing leads to %u of %u atoms", graph->atom_count - reached,
                      graph->atom_count);
}

static AkChainGraph *read_graph(Graphing *self, GError **error) {
  guint32 ways = 0;
  for (guint32 atom = 0; atom < self->atom_count; atom++)
    if (!ak_chain_builder_next_premise(&self->builder) || !read_edges(self, atom, error))
      return NULL;
  if (!ak_reader_u32le(self->reader, &ways, error))
    return NULL;
  for (guint32 way = 0; way < ways; way++)
    if (!read_way(self, error))
      return NULL;
  g_autoptr(AkChainGraph) graph = ak_chain_builder_end(&self->builder, self->initial_count, self->measure_count);
  if (graph == NULL)
    ak_error_set(error, AK_ERROR_LIMIT, "no memory for the graph of the chain");
  return graph != NULL && check_reached(graph, error) ? g_steal_pointer(&graph) : NULL;
}

static guint32 rules_of_text(const AkChainRules *rules) {
  guint32 count = 0;
  for (guint i = 0; i < rules->rules->len; i++)
    count = MAX(count, ak_chain_rules_at(rules, i)->index + 1);
  return count;
}

AkChainGround *ak_chain_ground_read(AkChainFacts *facts, AkReader *reader, GError **error) {
  const guint derived = 1u << AK_CHAIN_DERIVED | 1u << AK_CHAIN_INITIAL;
  g_autoptr(AkChainGround) self = g_new0(AkChainGround, 1);
  self->facts = facts;
  g_auto(Graphing) graphing = {.reader = reader, .rule_count = rules_of_text(ak_chain_facts_rules(facts))};
  if (!read_predicates(ak_chain_facts_rules(facts), reader, error) || !read_names(facts, reader, error))
    return NULL;
  self->atoms = read_atoms(facts, derived, AK_CHAIN_INITIAL, &graphing.initial_count, reader, error);
  self->measures = self->atoms != NULL ? read_atoms(facts, 1u << AK_CHAIN_MEASURE, AK_CHAIN_MEASURE,
                                                    &graphing.measure_count, reader, error)
                                       : NULL;
  if (self->measures == NULL)
    return NULL;
  graphing.atom_count = ak_chain_atoms_count(self->atoms);
  self->graph = read_graph(&graphing, error);
  return self->graph != NULL ? g_steal_pointer(&self) : NULL;
}

bool ak_chain_ground_fuzz(const guint8 *data, gsize size) {
  static const char text[] = "initial start/1. measure lock/2. at(X) :- start(X). at(Y) :- at(X), door(X, Y), not lock(X, Y).\n"
                             "both(Z) :- at(X), at(Y), key(X, Y, Z). at(1) :- open(_).";
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse(text, strlen(text), "rules", NULL);
  g_autoptr(AkChainFacts) facts = ak_chain_facts_new(rules);
  AkReader reader = ak_reader_init(data, size);
  g_autoptr(AkChainGround) ground = ak_chain_ground_read(facts, &reader, NULL);
  return ground != NULL;
}
