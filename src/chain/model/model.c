#include "chain/model/model.h"

#include <string.h>

#include "chain/model/places.h"
#include "chain/rule/ground-file.h"
#include "chain/rule/simplify.h"
#include "util/crew.h"
#include "util/large.h"

const char *const ak_chain_world_names[] = {"claimed", "backed", NULL};

struct _AkChainModel {
  const AkChain *chain;
  const AkChainKnowledge *knowledge;
  const AkChainRuleBook *book;
  AkChainRules *rules; /* simplified */
  AkChainFacts *facts;
  AkChainGround *ground;
  guint32 *places;       /* [elements], and */
  AkChainLabels *labels; /* NULL: of a large chain */
  gint applies, happens, taken, begins, compromised; /* predicates */
  GArray *element_values; /* of guint32[elements] (value + 1), by type; NULL where it was not asked for */
  bool has_all_measures;
  bool only_switched; /* rows are added of what is switched on and off alone */
};

static void element_values_clear(gpointer data) {
  g_free(*(guint32 **)data);
}

void ak_chain_model_free(AkChainModel *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->places, g_free);
  g_clear_pointer(&self->labels, ak_chain_labels_free);
  g_clear_pointer(&self->ground, ak_chain_ground_free);
  g_clear_pointer(&self->facts, ak_chain_facts_free);
  g_clear_pointer(&self->rules, ak_chain_rules_free);
  g_clear_pointer(&self->element_values, g_array_unref);
  g_free(self);
}

/* --- facts: those for which the rules have a predicate
 * --------------------------------------------- */

/* A value: an element, by its number, or another text. */
typedef struct {
  guint32 element;
  const char *text; /* NULL: the element, or nothing where that is AK_CHAIN_NO_ELEMENT */
} Cell;

#define ELEMENT(number) ((Cell){number, NULL})
#define TEXT(words) ((Cell){AK_CHAIN_NO_ELEMENT, words})

static const char *id_of(const AkChainModel *self, guint32 element) {
  return element == AK_CHAIN_NO_ELEMENT ? "" : ak_chain_element_at(self->chain, element)->id;
}

/* For as many, and one more; all zero. */
static guint32 *numbers_new(guint32 count) {
  guint32 *out = g_new0(guint32, (gsize)count + 1);
  ak_large_advise(out, ((gsize)count + 1) * sizeof *out);
  return out;
}

/* The facts' number of an element in a type, looked up by its id once. */
static guint32 element_value(AkChainModel *self, guint32 type, guint32 element) {
  guint32 **numbers = &g_array_index(self->element_values, guint32 *, type);
  if (*numbers == NULL)
    *numbers = numbers_new(self->chain->elements->len);
  if ((*numbers)[element] == 0)
    (*numbers)[element] = ak_chain_facts_name(self->facts, type, id_of(self, element)) + 1;
  return (*numbers)[element] - 1;
}

/* A row of the predicate number; -1: the rules have no such predicate, and nothing is added. */
static bool add_row(AkChainModel *self, gint number, const Cell *cells, guint given,
                    GError **error) {
  guint32 values[AK_CHAIN_ARITY_MAX];
  if (number < 0)
    return true;
  const AkChainPredicate *predicate = ak_chain_rules_predicate_at(self->rules, (guint32)number);
  if (self->only_switched && predicate->kind == AK_CHAIN_FACT)
    return true;
  if (predicate->arity > given)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "the rules ask for %u terms of %s, and there are %u", predicate->arity,
                        predicate->name, given);
  for (guint i = 0; i < predicate->arity; i++) {
    guint32 type = ak_chain_facts_type(self->facts, (guint32)number, i);
    bool is_element = cells[i].text == NULL && cells[i].element != AK_CHAIN_NO_ELEMENT;
    values[i] = is_element ? element_value(self, type, cells[i].element)
                           : ak_chain_facts_name(self->facts, type,
                                                 cells[i].text != NULL ? cells[i].text : "");
  }
  return ak_chain_facts_add_row(self->facts, (guint32)number, values, error);
}

#define add(self, name, error, ...)                                                                \
  add_row(self, ak_chain_rules_predicate((self)->rules, name), (const Cell[]){__VA_ARGS__},        \
          sizeof((const Cell[]){__VA_ARGS__}) / sizeof(Cell), error)

static bool add_knowledge(AkChainModel *self, GError **error) {
  const AkChainKnowledge *knowledge = self->knowledge;
  const json_t *giving = json_object_get(self->book->document, "gives_control");
  bool ok = true;
  for (guint i = 0; ok && i < knowledge->functions->len; i++) {
    const AkChainFunction *function = knowledge->functions->pdata[i];
    const char layer[] = {(char)('0' + function->layer), '\0'};
    ok = add(self, "layer", error, TEXT(function->id), TEXT(layer));
  }
  for (guint i = 0; ok && i < knowledge->sources->len; i++) {
    const AkChainRiskSource *source = knowledge->sources->pdata[i];
    ok = add(self, "source", error, TEXT(source->id), TEXT(source->incident->id),
             TEXT(source->incident->function->id), TEXT(ak_chain_elements[source->element]));
    for (guint m = 0; ok && m < source->measures->len; m++)
      ok =
          add(self, "treats", error,
              TEXT(((const AkChainRequirement *)source->measures->pdata[m])->id), TEXT(source->id));
  }
  for (gsize i = 0; ok && i < json_array_size(giving); i++) {
    const char *incident = json_string_value(json_array_get(giving, i));
    if (incident != NULL)
      ok = add(self, "gives_control", error, TEXT(incident));
  }
  return ok;
}

static bool check_names(const AkChainModel *self, const AkElement *element, GError **error) {
  for (gsize i = 0; element->functions[i] != NULL; i++)
    if (ak_chain_knowledge_function(self->knowledge, element->functions[i]) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "element %s: the knowledge has no function %s", element->id,
                          element->functions[i]);
  for (guint i = 0; i < element->measures->len; i++) {
    const AkElementMeasure *measure = element->measures->pdata[i];
    if (ak_chain_knowledge_requirement(self->knowledge, measure->requirement) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "element %s: the knowledge has no requirement %s", element->id,
                          measure->requirement);
  }
  return true;
}

/* Requirements that treat a risk source of a kind of element, once each, in the knowledge's order.
 */
static GPtrArray *measures_of_kind(const AkChainKnowledge *knowledge, AkElementKind kind) {
  GPtrArray *known = g_ptr_array_new();
  for (guint i = 0; i < knowledge->sources->len; i++) {
    const AkChainRiskSource *source = knowledge->sources->pdata[i];
    for (guint m = 0; source->element == kind && m < source->measures->len; m++)
      if (!g_ptr_array_find(known, source->measures->pdata[m], NULL))
        g_ptr_array_add(known, source->measures->pdata[m]);
  }
  return known;
}

static bool is_said(const AkElement *element, const char *requirement) {
  for (guint i = 0; i < element->measures->len; i++)
    if (strcmp(((const AkElementMeasure *)element->measures->pdata[i])->requirement, requirement) == 0)
      return true;
  return false;
}

/* Every measure that treats a risk source of the element's kind could be taken on it. */
static bool add_measures(AkChainModel *self, guint32 number, const GPtrArray *known,
                         GError **error) {
  const AkElement *element = ak_chain_element_at(self->chain, number);
  if (!self->has_all_measures && element->measures->len == 0)
    return true;
  for (guint i = 0; i < known->len; i++) {
    const char *requirement = ((const AkChainRequirement *)known->pdata[i])->id;
    if ((self->has_all_measures || is_said(element, requirement)) &&
        !add_row(self, self->taken, (const Cell[]){ELEMENT(number), TEXT(requirement)}, 2, error))
      return false;
  }
  return true;
}

/* Predicates of what is said of an element; -1: the rules have no such one. */
typedef struct {
  gint kind, owned, function, exposed;
} ElementPredicates;

static bool add_element(AkChainModel *self, guint32 number, const ElementPredicates *to, const GPtrArray *measures,
                        GError **error) {
  const AkElement *element = ak_chain_element_at(self->chain, number);
  const Cell own = ELEMENT(number);
  bool ok = check_names(self, element, error) &&
            add_row(self, to->kind, (const Cell[]){own, TEXT(ak_chain_elements[element->kind])}, 2, error) &&
            add_row(self, self->compromised, &own, 1, error) && add_measures(self, number, measures, error);
  if (ok && element->owner != AK_CHAIN_NO_ELEMENT)
    ok = add_row(self, to->owned, (const Cell[]){own, ELEMENT(element->owner)}, 2, error);
  for (gsize i = 0; ok && element->functions[i] != NULL; i++)
    ok = add_row(self, to->function, (const Cell[]){own, TEXT(element->functions[i])}, 2, error);
  for (gsize i = 0; ok && element->exposure[i] != NULL; i++)
    ok = add_row(self, to->exposed, (const Cell[]){own, TEXT(element->exposure[i])}, 2, error);
  return ok;
}

static bool add_elements(AkChainModel *self, GError **error) {
  const ElementPredicates to = {
      ak_chain_rules_predicate(self->rules, "kind"), ak_chain_rules_predicate(self->rules, "owned"),
      ak_chain_rules_predicate(self->rules, "function"), ak_chain_rules_predicate(self->rules, "exposed")};
  GPtrArray *measures[AK_CHAIN_ELEMENTS];
  bool ok = true;
  for (guint kind = 0; kind < AK_CHAIN_ELEMENTS; kind++)
    measures[kind] = measures_of_kind(self->knowledge, (AkElementKind)kind);
  for (guint32 i = 0; ok && i < self->chain->elements->len; i++)
    ok = add_element(self, i, &to, measures[ak_chain_element_at(self->chain, i)->kind], error);
  for (guint kind = 0; kind < AK_CHAIN_ELEMENTS; kind++)
    g_ptr_array_unref(measures[kind]);
  return ok;
}

/* A predicate has the relation's name with '_' for '-'; "owns" says the same as an element's owner:
 * `predicates` by kind. */
static bool add_relation(AkChainModel *self, const AkRelation *relation, const gint *predicates, guint owns,
                         GError **error) {
  const AkRelationKind *kind = &ak_chain_relation_kinds[relation->kind];
  const Cell from = ELEMENT(relation->from), to = ELEMENT(relation->to);
  gint predicate = predicates[relation->kind];
  if (relation->kind == owns)
    return add_row(self, predicate, (const Cell[]){to, from}, 2, error);
  return add_row(self, predicate, (const Cell[]){from, to, ELEMENT(relation->data)}, 3, error) &&
         (!kind->both_ways ||
          add_row(self, predicate, (const Cell[]){to, from, TEXT("")}, 3, error));
}

static gint *relation_predicates(const AkChainModel *self) {
  gint *out = g_new(gint, g_strv_length((GStrv)ak_chain_relation_names) + 1);
  for (guint i = 0; ak_chain_relation_names[i] != NULL; i++) {
    bool is_owning = strcmp(ak_chain_relation_names[i], "owns") == 0;
    g_autofree char *name =
        g_strdelimit(g_strdup(is_owning ? "owned" : ak_chain_relation_names[i]), "-", '_');
    out[i] = ak_chain_rules_predicate(self->rules, name);
  }
  return out;
}

static bool add_chain(AkChainModel *self, GError **error) {
  g_autofree gint *predicates = relation_predicates(self);
  guint owns = (guint)ak_chain_word(ak_chain_relation_names, "owns");
  bool ok = add_elements(self, error);
  for (guint i = 0; ok && i < self->chain->relations->len; i++)
    ok = add_relation(self, &g_array_index(self->chain->relations, AkRelation, i), predicates, owns, error);
  for (gsize i = 0; ok && self->chain->attackers[i] != NULL; i++)
    ok = add(self, "begins", error, TEXT(self->chain->attackers[i]));
  return ok;
}

/* What impacts and acceptances name must be there too. */
static bool check_rest(const AkChainModel *self, GError **error) {
  for (guint i = 0; i < self->chain->impacts->len; i++) {
    const AkImpact *impact = self->chain->impacts->pdata[i];
    if (ak_chain_knowledge_incident(self->knowledge, impact->incident) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "impacts: the knowledge has no incident %s",
                          impact->incident);
  }
  for (guint i = 0; i < self->chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = self->chain->acceptances->pdata[i];
    if (ak_chain_knowledge_source(self->knowledge, acceptance->risk_source) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "acceptances: the knowledge has no risk source %s",
                          acceptance->risk_source);
  }
  return true;
}

/* The rules must speak of what is asked here. */
static bool find_predicates(AkChainModel *self, GError **error) {
  const struct {
    const char *name;
    guint arity;
    gint *out;
  } wanted[] = {{"applies", 2, &self->applies},
                {"happens", 2, &self->happens},
                {"taken", 2, &self->taken},
                {"begins", 1, &self->begins},
                {"compromised", 1, &self->compromised}};
  for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
    *wanted[i].out = ak_chain_rules_predicate(self->rules, wanted[i].name);
    if (*wanted[i].out < 0 ||
        ak_chain_rules_predicate_at(self->rules, (guint32)*wanted[i].out)->arity != wanted[i].arity)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "the rules have no %s/%u", wanted[i].name,
                          wanted[i].arity);
  }
  return true;
}

/* With rules, and without a fact yet. */
static AkChainModel *model_begin(const AkChain *chain, const AkChainKnowledge *knowledge,
                                 const AkChainRuleBook *book) {
  AkChainModel *self = g_new0(AkChainModel, 1);
  self->chain = chain;
  self->knowledge = knowledge;
  self->book = book;
  self->rules = ak_chain_rules_simplify(book->rules);
  self->facts = ak_chain_facts_new(self->rules);
  return self;
}

static void make_element_values(AkChainModel *self) {
  self->element_values = g_array_new(FALSE, TRUE, sizeof(guint32 *));
  g_array_set_clear_func(self->element_values, element_values_clear);
  g_array_set_size(self->element_values, ak_chain_facts_types(self->facts));
}

/* All that the chain and the knowledge say. */
static bool add_facts(AkChainModel *self, GError **error) {
  make_element_values(self);
  if (!find_predicates(self, error))
    return false;
  ak_chain_facts_expect(self->facts, ak_chain_facts_type(self->facts, (guint32)self->compromised, 0), self->chain->elements->len);
  return add_knowledge(self, error) && add_chain(self, error) &&
         check_rest(self, error);
}

static AkChainModel *labelled(AkChainModel *self) {
  if (ak_chain_model_is_large(self))
    return self;
  self->places = ak_chain_places_new(self->chain, self->facts);
  self->labels = ak_chain_places_label(self->places, self->chain, self->facts, self->ground);
  return self;
}

AkChainModel *ak_chain_model_new(const AkChain *chain, const AkChainKnowledge *knowledge,
                                 const AkChainRuleBook *book, bool all_measures, GError **error) {
  g_autoptr(AkChainModel) self = model_begin(chain, knowledge, book);
  self->has_all_measures = all_measures || chain->elements->len <= AK_CHAIN_MODEL_LARGE;
  if (!add_facts(self, error))
    return NULL;
  self->ground = ak_chain_ground_new(self->facts, NULL, error);
  return self->ground != NULL ? labelled(g_steal_pointer(&self)) : NULL;
}

/* What the tables ask for, made beside the reading of what was compiled. */
typedef struct {
  AkChainModel *model;
  GError *error; /* NULL: there is none */
} Asked;

static void ask(gpointer item, gpointer data) {
  Asked *self = item;
  add_facts(self->model, &self->error);
}

/* Numbers of all elements in the type of a predicate's column, each looked up once. */
static void note_elements(AkChainModel *self, gint predicate, guint column) {
  guint32 type = ak_chain_facts_type(self->facts, (guint32)predicate, column);
  guint32 **numbers = &g_array_index(self->element_values, guint32 *, type);
  if (*numbers != NULL)
    return;
  *numbers = numbers_new(self->chain->elements->len);
  for (guint32 e = 0; e < self->chain->elements->len; e++)
    (*numbers)[e] = ak_chain_facts_value(self->facts, type, id_of(self, e)) + 1; /* none: 0 */
}

AkChainModel *ak_chain_model_read(const AkChain *chain, const AkChainKnowledge *knowledge,
                                  const AkChainRuleBook *book, AkReader *grounding, GError **error) {
  g_autoptr(AkChainModel) self = model_begin(chain, knowledge, book);
  g_autoptr(AkChainModel) asked = model_begin(chain, knowledge, book);
  self->has_all_measures = asked->has_all_measures = chain->elements->len <= AK_CHAIN_MODEL_LARGE; /* as it was compiled */
  asked->only_switched = true;
  Asked asking = {asked, NULL};
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkCrew) crew = ak_chain_model_is_large(self) && g_get_num_processors() > 1 ? ak_crew_new(1) : NULL;
  const AkAheadWork work = {.work = ask, .room = 1};
  g_autoptr(AkAhead) ahead = ak_ahead_new(crew, &work);
  ak_ahead_push(ahead, &asking, 1, NULL);
  if (find_predicates(self, &failure))
    self->ground = ak_chain_ground_read(self->facts, grounding, &failure);
  ak_ahead_end(ahead, NULL);
  if (asking.error != NULL || failure != NULL) {
    g_propagate_error(error, asking.error != NULL ? asking.error : g_steal_pointer(&failure));
    return NULL;
  }
  make_element_values(self);
  note_elements(self, self->applies, 1);
  note_elements(self, self->happens, 1);
  return ak_chain_ground_check_switched(self->ground, asked->facts, error) ? labelled(g_steal_pointer(&self)) : NULL;
}

/* --- asking
 * ------------------------------------------------------------------------------------------ */

bool ak_chain_model_is_large(const AkChainModel *self) {
  return self->chain->elements->len > AK_CHAIN_MODEL_LARGE;
}
bool ak_chain_model_has_all_measures(const AkChainModel *self) {
  return self->has_all_measures;
}
const AkChain *ak_chain_model_chain(const AkChainModel *self) {
  return self->chain;
}
const AkChainKnowledge *ak_chain_model_knowledge(const AkChainModel *self) {
  return self->knowledge;
}
const AkChainRuleBook *ak_chain_model_book(const AkChainModel *self) {
  return self->book;
}
const AkChainGround *ak_chain_model_ground(const AkChainModel *self) {
  return self->ground;
}
const AkChainLabels *ak_chain_model_labels(const AkChainModel *self) {
  return self->labels;
}

const guint32 *ak_chain_model_places(const AkChainModel *self) {
  return self->places;
}

static guint32 find(const AkChainModel *self, gint predicate, const char *a, const char *b) {
  const char *values[] = {a, b};
  return ak_chain_ground_find(self->ground, (guint32)predicate, values);
}

/* --- all that hold of a predicate of a row of the knowledge and an element
 * ------------------------------------------------------------------------------------------ */

typedef struct {
  guint32 *rows;     /* [values of the first type]: place in the knowledge + 1 */
  guint32 *elements; /* [values of the second type]: number of the element + 1 */
} Backward;

static guint32 *elements_by_value(const AkChainModel *self, guint32 type) {
  const guint32 *values = self->element_values != NULL ? g_array_index(self->element_values, guint32 *, type) : NULL;
  guint32 *out = numbers_new(ak_chain_facts_domain(self->facts, type));
  for (guint32 e = 0; e < self->chain->elements->len; e++) {
    guint32 value = values != NULL ? values[e] - 1 /* 0 - 1: none */
                                   : ak_chain_facts_value(self->facts, type, id_of(self, e));
    if (value != G_MAXUINT32)
      out[value] = e + 1;
  }
  return out;
}

static guint32 *rows_by_value(const AkChainModel *self, guint32 type, const GPtrArray *rows,
                              const char *(*id_of_row)(gconstpointer row)) {
  guint32 *out = numbers_new(ak_chain_facts_domain(self->facts, type));
  for (guint32 i = 0; i < rows->len; i++) {
    guint32 value = ak_chain_facts_value(self->facts, type, id_of_row(rows->pdata[i]));
    if (value != G_MAXUINT32)
      out[value] = i + 1;
  }
  return out;
}

static void foreach_pair(const AkChainModel *self, guint32 predicate, const GPtrArray *rows,
                         const char *(*id_of_row)(gconstpointer row),
                         void (*visit)(guint32 row, guint32 element, guint32 atom, gpointer data), gpointer data) {
  const AkChainGraph *graph = ak_chain_ground_graph(self->ground);
  Backward back = {rows_by_value(self, ak_chain_facts_type(self->facts, predicate, 0), rows, id_of_row),
                   elements_by_value(self, ak_chain_facts_type(self->facts, predicate, 1))};
  guint32 values[AK_CHAIN_ARITY_MAX];
  for (guint32 atom = 0; atom < graph->atom_count; atom++) {
    if (ak_chain_ground_predicate(self->ground, atom) != predicate)
      continue;
    ak_chain_ground_row(self->ground, atom, values);
    if (back.rows[values[0]] != 0 && back.elements[values[1]] != 0)
      visit(back.rows[values[0]] - 1, back.elements[values[1]] - 1, atom, data);
  }
  g_free(back.rows);
  g_free(back.elements);
}

static const char *source_id(gconstpointer row) {
  return ((const AkChainRiskSource *)row)->id;
}

static const char *incident_id(gconstpointer row) {
  return ((const AkChainIncident *)row)->id;
}

typedef struct {
  void (*visit)(guint32 source, guint32 element, gpointer data);
  gpointer data;
} Applying;

static void visit_applying(guint32 row, guint32 element, guint32 atom, gpointer data) {
  const Applying *applying = data;
  applying->visit(row, element, applying->data);
}

void ak_chain_model_foreach_applying(const AkChainModel *self,
                                     void (*visit)(guint32 source, guint32 element, gpointer data), gpointer data) {
  Applying applying = {visit, data};
  foreach_pair(self, (guint32)self->applies, self->knowledge->sources, source_id, visit_applying, &applying);
}

void ak_chain_model_foreach_incident(const AkChainModel *self,
                                     void (*visit)(guint32 incident, guint32 element, guint32 atom, gpointer data),
                                     gpointer data) {
  foreach_pair(self, (guint32)self->happens, self->knowledge->incidents, incident_id, visit, data);
}

bool ak_chain_model_applies(const AkChainModel *self, const AkChainRiskSource *source,
                            guint32 element) {
  return find(self, self->applies, source->id, id_of(self, element)) != AK_CHAIN_GRAPH_NONE;
}

guint32 ak_chain_model_incident(const AkChainModel *self, const AkChainIncident *incident,
                                guint32 element) {
  return find(self, self->happens, incident->id, id_of(self, element));
}

guint32 ak_chain_model_measure(const AkChainModel *self, guint32 element, const char *requirement) {
  return find(self, self->taken, id_of(self, element), requirement);
}

guint32 ak_chain_model_compromised(const AkChainModel *self, guint32 element) {
  return find(self, self->compromised, id_of(self, element), NULL);
}

bool ak_chain_can_be_verified(AkElementKind kind) {
  return kind == AK_ELEMENT_COMPONENT || kind == AK_ELEMENT_DATA || kind == AK_ELEMENT_SYSTEM;
}

bool ak_chain_measure_holds(const AkElement *element, const AkElementMeasure *measure,
                            AkChainWorld world, gint64 now_utc_us) {
  bool is_implemented = strcmp(ak_chain_statuses[measure->status], "implemented") == 0;
  if (world == AK_CHAIN_WORLD_CLAIMED || !is_implemented)
    return is_implemented;
  return measure->is_backed && ak_chain_can_be_verified(element->kind) &&
         now_utc_us <= measure->until_utc_us;
}

guint8 *ak_chain_model_measures(const AkChainModel *self, AkChainWorld world, gint64 now_utc_us) {
  guint8 *holds = g_new0(guint8, ak_chain_ground_graph(self->ground)->measure_count + 1);
  for (guint i = 0; i < self->chain->elements->len; i++) {
    const AkElement *element = self->chain->elements->pdata[i];
    for (guint m = 0; m < element->measures->len; m++) {
      const AkElementMeasure *measure = element->measures->pdata[m];
      guint32 number = find(self, self->taken, element->id, measure->requirement);
      if (number != AK_CHAIN_GRAPH_NONE &&
          ak_chain_measure_holds(element, measure, world, now_utc_us))
        holds[number] = 1;
    }
  }
  return holds;
}

guint8 *ak_chain_model_initial(const AkChainModel *self) {
  guint32 count = ak_chain_ground_graph(self->ground)->initial_count;
  guint8 *on = g_new0(guint8, count + 1);
  for (gsize i = 0; self->chain->attackers[i] != NULL; i++) {
    guint32 atom = find(self, self->begins, self->chain->attackers[i], NULL);
    if (atom < count)
      on[atom] = 1;
  }
  return on;
}
