#include "exchange/chain-relations.h"

#include <string.h>

#include "core/chain.h"
#include "exchange/schema.h"
#include "util/hash.h"

typedef struct {
  const char *name; /* as in AkNamed, so that both sort alike */
  const AkYaml *node;
  guint number; /* of the element */
  gint kind;    /* -1: none that is known */
  const char *owner; /* that the file names so far, or NULL */
} Element;

typedef struct {
  GArray *elements; /* of Element, by name */
  GHashTable *by_name; /* name → its place in `elements` + 1 */
  GArray *parts;    /* of guint pairs: element, what it is part of */
  GPtrArray *problems;
} Checking;

static guint item_count(const AkYaml *list) {
  return list != NULL && list->type == AK_YAML_LIST ? list->items->len : 0;
}

static const char *text_of(const AkYaml *object, const char *member) {
  const AkYaml *value = object != NULL ? ak_yaml_member(object, member) : NULL;
  return value != NULL && value->type == AK_YAML_SCALAR ? value->text : NULL;
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(((const Element *)a)->name, ((const Element *)b)->name);
}

/* --- elements ----------------------------------------------------------------------------------
 */

/* A control character in an id would break the lists that name it. */
static void check_id(Checking *self, const AkYaml *id) {
  for (const char *at = id->text; *at != '\0'; at++)
    if ((guchar)*at < ' ' || *at == 0x7f) {
      ak_problems_add(self->problems, id->line, id->column, "id", "", "element-id", "");
      return;
    }
}

static void collect_elements(Checking *self, const AkYaml *root) {
  const AkYaml *list = ak_yaml_member(root, "elements");
  g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < item_count(list); i++) {
    const AkYaml *node = list->items->pdata[i];
    Element element = {.name = text_of(node, "id"),
                       .node = node,
                       .number = i,
                       .kind = ak_chain_word(ak_chain_elements, text_of(node, "kind"))};
    AkNamed named = {.name = element.name, .node = ak_yaml_member(node, "id")};
    if (element.name == NULL || *element.name == '\0')
      continue;
    check_id(self, named.node);
    g_array_append_val(self->elements, element);
    g_array_append_val(names, named);
  }
  g_array_sort(self->elements, compare_names);
  for (guint i = self->elements->len; i-- > 0;)
    g_hash_table_replace(self->by_name, (char *)g_array_index(self->elements, Element, i).name,
                         GUINT_TO_POINTER(i + 1));
  ak_schema_check_doubles(names, "id", self->problems);
}

static Element *find(const Checking *self, const char *name) {
  guint place = name != NULL ? GPOINTER_TO_UINT(g_hash_table_lookup(self->by_name, name)) : 0;
  return place > 0 ? &g_array_index(self->elements, Element, place - 1) : NULL;
}

/* The element that `value` names, or NULL with a problem. */
static const Element *element_of(Checking *self, const AkYaml *value, const char *member) {
  if (value->type != AK_YAML_SCALAR)
    return NULL;
  const Element *found = find(self, value->text);
  if (found != NULL)
    return found;
  ak_problems_add(self->problems, value->line, value->column, member, value->text, "no-element",
                  "");
  return NULL;
}

static const Element *member_element(Checking *self, const AkYaml *object, const char *member) {
  const AkYaml *value = ak_yaml_member(object, member);
  return value != NULL ? element_of(self, value, member) : NULL;
}

static void check_owners(Checking *self, const AkYaml *root) {
  const AkYaml *list = ak_yaml_member(root, "elements");
  for (guint i = 0; i < item_count(list); i++) {
    const AkYaml *node = list->items->pdata[i], *owner = ak_yaml_member(node, "owner");
    const Element *element = owner != NULL ? element_of(self, owner, "owner") : NULL;
    if (element != NULL && element->kind >= 0 && element->kind != AK_ELEMENT_ORGANIZATION)
      ak_problems_add(self->problems, owner->line, owner->column, "owner", owner->text,
                      "owner-kind", ak_chain_elements[element->kind]);
    Element *owned = element != NULL ? find(self, text_of(node, "id")) : NULL;
    if (owned != NULL)
      owned->owner = element->name;
  }
}

/* --- relations -----------------------------------------------------------------------------------
 */

static void check_kinds(Checking *self, const AkYaml *value, const Element *element, guint allowed,
                        const char *member, const AkRelationKind *kind) {
  if (element == NULL || element->kind < 0 || (allowed >> element->kind & 1))
    return;
  g_autofree char *hint = g_strdup_printf("%s %s", kind->name, ak_chain_elements[element->kind]);
  ak_problems_add(self->problems, value->line, value->column, member, value->text, "relation-kinds",
                  hint);
}

/* Two organizations cannot both be the one that answers for a thing, and nothing is related to itself (what is a part of itself is
 * found with the circles). */
static void check_contradiction(Checking *self, const AkYaml *value, const Element *from,
                                const Element *to, const AkRelationKind *kind) {
  if (strcmp(kind->name, "owns") == 0) {
    if (to->owner != NULL && strcmp(to->owner, from->name) != 0)
      ak_problems_add(self->problems, value->line, value->column, "to", value->text, "owner-twice",
                      to->owner);
    find(self, to->name)->owner = from->name;
  }
  if (from == to && strcmp(kind->name, "part-of") != 0)
    ak_problems_add(self->problems, value->line, value->column, "to", value->text,
                    "relation-to-itself", kind->name);
}

static void check_end(Checking *self, const AkYaml *value, const Element *from,
                      const AkRelationKind *kind) {
  const Element *to = element_of(self, value, "to");
  check_kinds(self, value, to, kind->to, "to", kind);
  if (from == NULL || to == NULL)
    return;
  check_contradiction(self, value, from, to, kind);
  if (strcmp(kind->name, "part-of") != 0)
    return;
  guint pair[2] = {from->number, to->number};
  g_array_append_vals(self->parts, pair, 2);
}

static void check_relation(Checking *self, const AkYaml *node) {
  gint index = ak_chain_word(ak_chain_relation_names, text_of(node, "kind"));
  const AkYaml *start = ak_yaml_member(node, "from"), *ends = ak_yaml_member(node, "to");
  if (index < 0 || start == NULL || ends == NULL)
    return;
  const AkRelationKind *kind = &ak_chain_relation_kinds[index];
  const Element *from = element_of(self, start, "from");
  check_kinds(self, start, from, kind->from, "from", kind);
  for (guint i = 0; i < item_count(ends); i++)
    check_end(self, ends->items->pdata[i], from, kind);
  const Element *data = member_element(self, node, "data");
  if (data != NULL && data->kind >= 0)
    check_kinds(self, ak_yaml_member(node, "data"), data, 1u << AK_ELEMENT_DATA, "data", kind);
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
static void check_cycles(Checking *self, const AkYaml *root) {
  const AkYaml *list = ak_yaml_member(root, "elements");
  guint count = item_count(list);
  guint first = ak_chain_part_circle((gpointer)self->parts->data, self->parts->len / 2, count);
  const AkYaml *node = first < count ? list->items->pdata[first] : NULL;
  if (node != NULL)
    ak_problems_add(self->problems, node->line, node->column, "id", text_of(node, "id"),
                    "part-of-cycle", "");
}

static void check_naming(Checking *self, const AkYaml *root, const char *list_name) {
  const AkYaml *list = ak_yaml_member(root, list_name);
  for (guint i = 0; i < item_count(list); i++)
    member_element(self, list->items->pdata[i], "element");
}

/* -1: it is not there, or no amount. */
static gint64 amount_of(const AkYaml *row, const char *member) {
  const AkYaml *value = row->type == AK_YAML_MAP ? ak_yaml_member(row, member) : NULL;
  gint64 amount = -1;
  if (value == NULL || value->type != AK_YAML_SCALAR ||
      !g_ascii_string_to_signed(value->text, 10, 0, G_MAXINT64, &amount, NULL))
    return -1;
  return amount;
}

void ak_chain_check_impacts(const AkYaml *list, GPtrArray *problems) {
  for (guint i = 0; i < item_count(list); i++) {
    const AkYaml *row = list->items->pdata[i];
    gint64 from = amount_of(row, "yen_from"), to = amount_of(row, "yen_to");
    if (from < 0 || to < 0 || from <= to)
      continue;
    const AkYaml *end = ak_yaml_member(row, "yen_to");
    ak_problems_add(problems, end->line, end->column, "yen_to", end->text, "yen-order", "");
  }
}

void ak_chain_check_relations(const AkYaml *root, GPtrArray *problems) {
  g_autoptr(GArray) elements = g_array_new(FALSE, FALSE, sizeof(Element));
  g_autoptr(GHashTable) by_name = g_hash_table_new(ak_hash_text, g_str_equal);
  g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(guint));
  Checking self = {
      .elements = elements, .by_name = by_name, .parts = parts, .problems = problems};
  if (root->type != AK_YAML_MAP)
    return;
  collect_elements(&self, root);
  check_owners(&self, root);
  const AkYaml *relations = ak_yaml_member(root, "relations");
  for (guint i = 0; i < item_count(relations); i++)
    check_relation(&self, relations->items->pdata[i]);
  check_cycles(&self, root);
  check_naming(&self, root, "acceptances");
  check_naming(&self, root, "impacts");
  ak_chain_check_impacts(ak_yaml_member(root, "impacts"), problems);
}
