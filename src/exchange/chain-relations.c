#include "exchange/chain-relations.h"

#include <string.h>

#include "exchange/schema.h"
#include "util/intern.h"

/* Where a file names something: of its nodes no more than this is kept. */
typedef struct {
  guint32 name; /* in `names`; AK_INTERN_NONE: nothing is named, or no text */
  guint32 line, column;
} Place;

typedef struct {
  Place id, owner;
  guint line, column; /* of the whole */
  gint kind;          /* -1: none that is known */
  guint32 owned_by;   /* name of the owner that the file names so far */
} Element;

typedef struct {
  Place from, data;
  guint32 kind, protocol, ends;
} Relation;

typedef enum { ACCEPTANCES, IMPACTS, LISTS } List;

struct _AkChainRelations {
  GStringChunk *texts;
  AkIntern *names;
  gsize text_bytes;
  GArray *elements;     /* of Element, in the file's order */
  GArray *by_name;      /* of guint32: the first element of a name + 1 */
  GArray *relations;    /* of Relation */
  GArray *ends;         /* of Place: of one relation behind those of the other */
  GArray *named[LISTS]; /* of Place */
  GPtrArray *amounts;   /* problems of impacts */
  bool has_doubles;
};

typedef struct {
  AkChainRelations *all;
  GArray *parts; /* of guint pairs: element, what it is part of */
  GPtrArray *problems;
} Checking;

AkChainRelations *ak_chain_relations_new(void) {
  AkChainRelations *self = g_new0(AkChainRelations, 1);
  self->texts = g_string_chunk_new(4096);
  self->names = ak_intern_new(0);
  self->elements = g_array_new(FALSE, FALSE, sizeof(Element));
  self->by_name = g_array_new(FALSE, TRUE, sizeof(guint32));
  self->relations = g_array_new(FALSE, FALSE, sizeof(Relation));
  self->ends = g_array_new(FALSE, FALSE, sizeof(Place));
  for (guint i = 0; i < LISTS; i++)
    self->named[i] = g_array_new(FALSE, FALSE, sizeof(Place));
  self->amounts = ak_problems_new();
  return self;
}

void ak_chain_relations_free(AkChainRelations *self) {
  g_clear_pointer(&self->texts, g_string_chunk_free);
  ak_intern_free(self->names);
  g_array_unref(self->elements);
  g_array_unref(self->by_name);
  g_array_unref(self->relations);
  g_array_unref(self->ends);
  for (guint i = 0; i < LISTS; i++)
    g_array_unref(self->named[i]);
  g_ptr_array_unref(self->amounts);
  g_free(self);
}

gsize ak_chain_relations_bytes(const AkChainRelations *self) {
  enum { OF_A_NAME = 64 }; /* its places in the table and in the arrays by number */
  return self->text_bytes + (gsize)ak_intern_count(self->names) * OF_A_NAME +
         (gsize)self->ends->len * (sizeof(Place) + sizeof(AkRelation)) +
         (gsize)self->relations->len * (sizeof(Relation) + sizeof(AkRelationRow));
}

/* --- taking ------------------------------------------------------------------------------------------------------ */

static guint item_count(const AkYaml *list) {
  return list != NULL && list->type == AK_YAML_LIST ? list->items->len : 0;
}

static const char *text_of(const AkYaml *object, const char *member) {
  const AkYaml *value = object != NULL ? ak_yaml_member(object, member) : NULL;
  return value != NULL && value->type == AK_YAML_SCALAR ? value->text : NULL;
}

static guint32 name_of(AkChainRelations *self, const char *text) {
  gsize size = strlen(text);
  guint32 name = ak_intern_find(self->names, text, size);
  if (name != AK_INTERN_NONE)
    return name;
  self->text_bytes += size + 1;
  return ak_intern_add(self->names, g_string_chunk_insert_len(self->texts, text, (gssize)size), size);
}

static Place place_of(AkChainRelations *self, const AkYaml *value) {
  if (value == NULL || value->type != AK_YAML_SCALAR)
    return (Place){.name = AK_INTERN_NONE};
  return (Place){name_of(self, value->text), value->line, value->column};
}

static Place place_of_member(AkChainRelations *self, const AkYaml *object, const char *member) {
  return place_of(self, ak_yaml_member(object, member));
}

/* Elements without an id have a number, since they stand in the file. */
static void take_element(AkChainRelations *self, const AkYaml *node) {
  const char *id = text_of(node, "id");
  Element element = {.id = {.name = AK_INTERN_NONE},
                     .owner = place_of_member(self, node, "owner"),
                     .line = node->line,
                     .column = node->column,
                     .kind = ak_chain_word(ak_chain_elements, text_of(node, "kind")),
                     .owned_by = AK_INTERN_NONE};
  if (id != NULL && *id != '\0')
    element.id = place_of_member(self, node, "id");
  g_array_append_val(self->elements, element);
  if (element.id.name == AK_INTERN_NONE)
    return;
  if (element.id.name >= self->by_name->len)
    g_array_set_size(self->by_name, ak_intern_count(self->names));
  guint32 *number = &g_array_index(self->by_name, guint32, element.id.name);
  self->has_doubles = self->has_doubles || *number > 0;
  *number = *number > 0 ? *number : self->elements->len;
}

static void take_relation(AkChainRelations *self, const AkYaml *node) {
  gint kind = ak_chain_word(ak_chain_relation_names, text_of(node, "kind"));
  const AkYaml *start = ak_yaml_member(node, "from"), *ends = ak_yaml_member(node, "to");
  const char *protocol = text_of(node, "protocol");
  if (kind < 0 || start == NULL || ends == NULL)
    return;
  Relation relation = {.from = place_of(self, start),
                       .data = place_of_member(self, node, "data"),
                       .kind = (guint32)kind,
                       .protocol = protocol != NULL ? name_of(self, protocol) : AK_INTERN_NONE,
                       .ends = item_count(ends)};
  g_array_append_val(self->relations, relation);
  for (guint i = 0; i < relation.ends; i++) {
    Place end = place_of(self, ends->items->pdata[i]);
    g_array_append_val(self->ends, end);
  }
}

static void take_named(AkChainRelations *self, List list, const AkYaml *node) {
  Place place = place_of_member(self, node, "element");
  if (place.name != AK_INTERN_NONE)
    g_array_append_val(self->named[list], place);
}

static void take_acceptance(AkChainRelations *self, const AkYaml *node) { take_named(self, ACCEPTANCES, node); }

/* -1: it is not there, or no amount. */
static gint64 amount_of(const AkYaml *row, const char *member) {
  const AkYaml *value = row->type == AK_YAML_MAP ? ak_yaml_member(row, member) : NULL;
  gint64 amount = -1;
  if (value == NULL || value->type != AK_YAML_SCALAR ||
      !g_ascii_string_to_signed(value->text, 10, 0, G_MAXINT64, &amount, NULL))
    return -1;
  return amount;
}

static void check_amounts(const AkYaml *row, GPtrArray *problems) {
  gint64 from = amount_of(row, "yen_from"), to = amount_of(row, "yen_to");
  if (from < 0 || to < 0 || from <= to)
    return;
  const AkYaml *end = ak_yaml_member(row, "yen_to");
  ak_problems_add(problems, end->line, end->column, "yen_to", end->text, "yen-order", "");
}

static void take_impact(AkChainRelations *self, const AkYaml *node) {
  take_named(self, IMPACTS, node);
  check_amounts(node, self->amounts);
}

static const struct {
  const char *name;
  void (*take)(AkChainRelations *self, const AkYaml *node);
} lists[] = {
    {"elements", take_element}, {"relations", take_relation}, {"acceptances", take_acceptance}, {"impacts", take_impact}};

void ak_chain_relations_take(AkChainRelations *self, const char *list, const AkYaml *item) {
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (strcmp(lists[i].name, list) == 0)
      lists[i].take(self, item);
}

/* --- what was taken ------------------------------------------------------------------------------------------------ */

static const char *text_at(const AkChainRelations *self, guint32 name) {
  return name != AK_INTERN_NONE ? ak_intern_text(self->names, name) : NULL;
}

static Element *element_at(const AkChainRelations *self, guint32 number) {
  return number != AK_CHAIN_NO_ELEMENT ? &g_array_index(self->elements, Element, number) : NULL;
}

static guint32 number_of(const AkChainRelations *self, guint32 name) {
  guint32 number = name < self->by_name->len ? g_array_index(self->by_name, guint32, name) : 0;
  return number > 0 ? number - 1 : AK_CHAIN_NO_ELEMENT;
}

guint32 ak_chain_relations_find(const char *id, gpointer self) {
  const AkChainRelations *all = self;
  return id != NULL ? number_of(all, ak_intern_find(all->names, id, strlen(id))) : AK_CHAIN_NO_ELEMENT;
}

/* --- elements ------------------------------------------------------------------------------------------------------ */

static void complain(Checking *self, const Place *place, const char *member, const char *id, const char *hint) {
  ak_problems_add(self->problems, place->line, place->column, member, text_at(self->all, place->name), id, hint);
}

/* A control character in an id would break the lists that name it. */
static void check_id(Checking *self, const Place *id) {
  for (const char *at = text_at(self->all, id->name); at != NULL && *at != '\0'; at++)
    if ((guchar)*at < ' ' || *at == 0x7f) {
      ak_problems_add(self->problems, id->line, id->column, "id", "", "element-id", "");
      return;
    }
}

static void check_doubles(Checking *self) {
  const GArray *elements = self->all->elements;
  g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  g_autofree AkYaml *nodes = g_new0(AkYaml, elements->len);
  for (guint i = 0; i < elements->len; i++) {
    const Place *id = &g_array_index(elements, Element, i).id;
    AkNamed named = {text_at(self->all, id->name), &nodes[i]};
    nodes[i].line = id->line;
    nodes[i].column = id->column;
    if (named.name != NULL)
      g_array_append_val(names, named);
  }
  ak_schema_check_doubles(names, "id", self->problems);
}

static void check_elements(Checking *self) {
  for (guint i = 0; i < self->all->elements->len; i++)
    check_id(self, &g_array_index(self->all->elements, Element, i).id);
  if (self->all->has_doubles)
    check_doubles(self);
}

/* Number of the element that is named there, or AK_CHAIN_NO_ELEMENT, with a problem where something is named. */
static guint32 element_of(Checking *self, const Place *place, const char *member) {
  guint32 number = place->name != AK_INTERN_NONE ? number_of(self->all, place->name) : AK_CHAIN_NO_ELEMENT;
  if (place->name != AK_INTERN_NONE && number == AK_CHAIN_NO_ELEMENT)
    complain(self, place, member, "no-element", "");
  return number;
}

static void check_owners(Checking *self) {
  for (guint i = 0; i < self->all->elements->len; i++) {
    const Element *node = element_at(self->all, i);
    const Element *owner = element_at(self->all, element_of(self, &node->owner, "owner"));
    if (owner != NULL && owner->kind >= 0 && owner->kind != AK_ELEMENT_ORGANIZATION)
      complain(self, &node->owner, "owner", "owner-kind", ak_chain_elements[owner->kind]);
    Element *owned = owner != NULL ? element_at(self->all, number_of(self->all, node->id.name)) : NULL;
    if (owned != NULL)
      owned->owned_by = owner->id.name;
  }
}

/* --- relations ----------------------------------------------------------------------------------------------------- */

static void check_kinds(Checking *self, const Place *place, const Element *element, guint allowed,
                        const char *member, const AkRelationKind *kind) {
  if (element == NULL || element->kind < 0 || (allowed >> element->kind & 1))
    return;
  g_autofree char *hint = g_strdup_printf("%s %s", kind->name, ak_chain_elements[element->kind]);
  complain(self, place, member, "relation-kinds", hint);
}

/* Two organizations cannot both be the one that answers for a thing, and nothing is related to itself (what is a part of itself is
 * found with the circles). */
static void check_contradiction(Checking *self, const Place *place, const Element *from, Element *to,
                                const AkRelationKind *kind) {
  if (strcmp(kind->name, "owns") == 0) {
    if (to->owned_by != AK_INTERN_NONE && to->owned_by != from->id.name)
      complain(self, place, "to", "owner-twice", text_at(self->all, to->owned_by));
    to->owned_by = from->id.name;
  }
  if (from == to && strcmp(kind->name, "part-of") != 0)
    complain(self, place, "to", "relation-to-itself", kind->name);
}

static void check_end(Checking *self, const Place *place, guint32 from, const AkRelationKind *kind) {
  guint32 to = element_of(self, place, "to");
  check_kinds(self, place, element_at(self->all, to), kind->to, "to", kind);
  if (from == AK_CHAIN_NO_ELEMENT || to == AK_CHAIN_NO_ELEMENT)
    return;
  check_contradiction(self, place, element_at(self->all, from), element_at(self->all, to), kind);
  if (strcmp(kind->name, "part-of") != 0)
    return;
  guint pair[2] = {from, to};
  g_array_append_vals(self->parts, pair, 2);
}

static void check_relation(Checking *self, const Relation *relation, const Place *ends) {
  const AkRelationKind *kind = &ak_chain_relation_kinds[relation->kind];
  guint32 from = element_of(self, &relation->from, "from");
  check_kinds(self, &relation->from, element_at(self->all, from), kind->from, "from", kind);
  for (guint i = 0; i < relation->ends; i++)
    check_end(self, &ends[i], from, kind);
  guint32 data = element_of(self, &relation->data, "data");
  check_kinds(self, &relation->data, element_at(self->all, data), 1u << AK_ELEMENT_DATA, "data", kind);
}

static void check_relations(Checking *self) {
  const Place *ends = (const Place *)(gpointer)self->all->ends->data;
  for (guint i = 0; i < self->all->relations->len; i++) {
    const Relation *relation = &g_array_index(self->all->relations, Relation, i);
    check_relation(self, relation, ends);
    ends += relation->ends;
  }
}

/* Elements from which no part is left are taken away, one after the other (Kahn 1962); what is left
 * over contains itself. `pairs`: element, what it is part of. */
static void take_away(const guint *pairs, guint pair_count, guint count, bool *is_out) {
  g_autofree guint *parts = g_new0(guint, count + 1), *start = g_new0(guint, count + 2);
  g_autofree guint *wholes = g_new0(guint, pair_count + 1), *queue = g_new0(guint, count + 1);
  guint taken = 0, queued = 0;
  for (guint i = 0; i < pair_count; i++) {
    parts[pairs[2 * i + 1]]++;
    start[pairs[2 * i] + 2]++;
  }
  for (guint e = 2; e < count + 2; e++)
    start[e] += start[e - 1];
  for (guint i = 0; i < pair_count; i++)
    wholes[start[pairs[2 * i] + 1]++] = pairs[2 * i + 1];
  for (guint e = 0; e < count; e++)
    if (parts[e] == 0)
      queue[queued++] = e;
  while (taken < queued) {
    guint element = queue[taken++];
    is_out[element] = true;
    for (guint i = start[element]; i < start[element + 1]; i++)
      if (--parts[wholes[i]] == 0)
        queue[queued++] = wholes[i];
  }
}

guint ak_chain_part_circle(const guint *pairs, guint pair_count, guint count) {
  g_autofree bool *is_out = g_new0(bool, count + 1);
  guint first = 0;
  if (pair_count == 0)
    return count;
  take_away(pairs, pair_count, count, is_out);
  while (first < count && is_out[first])
    first++;
  return first;
}

/* Named once, at the element that comes first in the file. */
static void check_cycles(Checking *self) {
  guint count = self->all->elements->len;
  guint first = ak_chain_part_circle((gpointer)self->parts->data, self->parts->len / 2, count);
  const Element *element = first < count ? element_at(self->all, first) : NULL;
  if (element != NULL)
    ak_problems_add(self->problems, element->line, element->column, "id", text_at(self->all, element->id.name), "part-of-cycle", "");
}

static void check_naming(Checking *self, List list) {
  for (guint i = 0; i < self->all->named[list]->len; i++)
    element_of(self, &g_array_index(self->all->named[list], Place, i), "element");
}

void ak_chain_check_impacts(const AkYaml *list, GPtrArray *problems) {
  for (guint i = 0; i < item_count(list); i++)
    check_amounts(list->items->pdata[i], problems);
}

void ak_chain_relations_check(AkChainRelations *self, GPtrArray *problems) {
  g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(guint));
  Checking checking = {.all = self, .parts = parts, .problems = problems};
  check_elements(&checking);
  check_owners(&checking);
  check_relations(&checking);
  check_cycles(&checking);
  check_naming(&checking, ACCEPTANCES);
  check_naming(&checking, IMPACTS);
  for (guint i = 0; i < self->amounts->len; i++) {
    const AkProblem *one = self->amounts->pdata[i];
    ak_problems_add(problems, one->line, one->column, one->member, one->value, one->id, one->hint);
  }
}

void ak_chain_check_relations(const AkYaml *root, GPtrArray *problems) {
  g_autoptr(AkChainRelations) self = ak_chain_relations_new();
  if (root->type != AK_YAML_MAP)
    return;
  for (gsize l = 0; l < G_N_ELEMENTS(lists); l++) {
    const AkYaml *list = ak_yaml_member(root, lists[l].name);
    for (guint i = 0; i < item_count(list); i++)
      lists[l].take(self, list->items->pdata[i]);
  }
  ak_chain_relations_check(self, problems);
}

/* --- into the noun ------------------------------------------------------------------------------------------------- */

static void fill_row(const AkChainRelations *self, AkChain *chain, const Relation *relation, const Place *ends) {
  AkRelationRow row = {.from = number_of(self, relation->from.name),
                       .kind = relation->kind,
                       .data = number_of(self, relation->data.name),
                       .ends = relation->ends,
                       .protocol = text_at(self, relation->protocol)};
  AkRelation one = {.from = row.from, .kind = row.kind, .data = row.data, .protocol = row.protocol};
  for (guint i = 0; i < relation->ends; i++) {
    one.to = number_of(self, ends[i].name);
    g_array_append_val(chain->relations, one);
  }
  g_array_append_val(chain->relation_rows, row);
}

void ak_chain_relations_fill(AkChainRelations *self, AkChain *chain) {
  const Place *ends = (const Place *)(gpointer)self->ends->data;
  chain->relation_rows = g_array_sized_new(FALSE, FALSE, sizeof(AkRelationRow), self->relations->len);
  for (guint i = 0; i < self->relations->len; i++) {
    const Relation *relation = &g_array_index(self->relations, Relation, i);
    fill_row(self, chain, relation, ends);
    ends += relation->ends;
  }
  for (guint i = 0; i < chain->elements->len; i++) {
    AkElement *element = chain->elements->pdata[i];
    element->line = element_at(self, i)->id.line;
    element->column = element_at(self, i)->id.column;
    element->owner = number_of(self, element_at(self, i)->owner.name);
  }
  chain->texts = g_steal_pointer(&self->texts);
}
