#include "report/chain-map.h"

#include <string.h>

#define ROW_BOXES_MAX 8

typedef struct {
  const char *id;
  guint32 element;
} Named;

typedef struct {
  AkChainMap *map;
  GArray *names;     /* of Named, by id */
  guint8 *layers;    /* [element] 1 … 3 */
  guint32 *boxes;    /* [element] number of its box */
  GHashTable *lines; /* an unordered pair of boxes → its line; borrowed */
} Making;

static void box_free(AkChainMapBox *self) {
  g_free(self->owner);
  g_ptr_array_unref(self->worst);
  g_free(self);
}

static void line_free(AkChainMapLine *self) {
  g_array_unref(self->steps);
  g_free(self);
}

void ak_chain_map_free(AkChainMap *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->boxes);
  g_ptr_array_unref(self->lines);
  g_array_unref(self->ways);
  g_free(self);
}

static const AkRelation *relation_at(const AkChain *chain, guint i) {
  return &g_array_index(chain->relations, AkRelation, i);
}

static bool is_kind(const AkRelation *relation, const char *name) {
  return strcmp(ak_chain_relation_kinds[relation->kind].name, name) == 0;
}

/* --- layers ------------------------------------------------------------------------------------------------- */

/* 1 << layer of each function that it performs: "L2_1" is of layer 2. */
static guint function_layers(const AkElement *element) {
  guint layers = 0;
  for (guint i = 0; element->functions != NULL && element->functions[i] != NULL; i++) {
    const char *id = element->functions[i];
    if (id[0] == 'L' && id[1] >= '1' && id[1] <= '3' && id[2] == '_')
      layers |= 1u << (id[1] - '0');
  }
  return layers;
}

static guint own_layer(const AkElement *element) {
  bool is_first = element->kind == AK_ELEMENT_ORGANIZATION || element->kind == AK_ELEMENT_PEOPLE ||
                  element->kind == AK_ELEMENT_PROCEDURE;
  return is_first ? 1 : function_layers(element) >> 2 & 1 ? 2 : 3;
}

static guint8 *layers_of(const AkChain *chain) {
  guint8 *layers = g_new0(guint8, chain->elements->len + 1);
  for (guint32 e = 0; e < chain->elements->len; e++)
    layers[e] = (guint8)own_layer(ak_chain_element_at(chain, e));
  for (guint i = 0; i < chain->relations->len; i++) {
    const AkRelation *relation = relation_at(chain, i);
    if ((is_kind(relation, "senses") || is_kind(relation, "actuates")) && layers[relation->from] == 3)
      layers[relation->from] = 2;
  }
  return layers;
}

guint ak_chain_map_layer(const AkChain *chain, guint32 element) {
  g_autofree guint8 *layers = layers_of(chain);
  return layers[element];
}

/* --- boxes -------------------------------------------------------------------------------------------------- */

/* What each element stands within: itself, or the whole that it is a part of in the end. */
static guint32 *wholes_of(const AkChain *chain) {
  guint32 *wholes = g_new(guint32, chain->elements->len + 1);
  for (guint32 e = 0; e < chain->elements->len; e++)
    wholes[e] = e;
  for (guint i = 0; i < chain->relations->len; i++) {
    const AkRelation *relation = relation_at(chain, i);
    if (is_kind(relation, "part-of") && wholes[relation->from] == relation->from)
      wholes[relation->from] = relation->to;
  }
  for (guint32 e = 0; e < chain->elements->len; e++)
    for (guint32 up = wholes[e]; wholes[up] != up; up = wholes[up]) /* a checked chain has no ring */
      wholes[e] = wholes[up];
  return wholes;
}

/* Whom it belongs to: its owner, of people the organization that they are members of, itself for an organization. */
static guint32 *owners_of(const AkChain *chain) {
  guint32 *owners = g_new(guint32, chain->elements->len + 1);
  for (guint32 e = 0; e < chain->elements->len; e++) {
    const AkElement *element = ak_chain_element_at(chain, e);
    owners[e] = element->kind == AK_ELEMENT_ORGANIZATION ? e : element->owner;
  }
  for (guint i = 0; i < chain->relations->len; i++) {
    const AkRelation *relation = relation_at(chain, i);
    if (is_kind(relation, "member-of"))
      owners[relation->from] = relation->to;
    if (is_kind(relation, "owns"))
      owners[relation->to] = relation->from;
  }
  return owners;
}

static guint32 add_box(Making *self, guint32 element, guint32 owner) {
  const AkElement *first = ak_chain_element_at(self->map->chain, element);
  AkChainMapBox *box = g_new0(AkChainMapBox, 1);
  box->element = element;
  box->kind = first->kind;
  box->layer = self->layers[element];
  box->worst = g_ptr_array_new();
  if (owner != AK_CHAIN_NO_ELEMENT)
    box->owner = g_strdup(ak_chain_element_at(self->map->chain, owner)->name);
  g_ptr_array_add(self->map->boxes, box);
  return self->map->boxes->len - 1;
}

/* Which elements share a box: those of the same key. */
static guint64 key_of(const Making *self, const guint32 *wholes, const guint32 *owners, guint32 e) {
  const AkElement *element = ak_chain_element_at(self->map->chain, e);
  guint64 kind = (guint64)self->layers[e] << 3 | element->kind;
  if (self->map->detail == AK_CHAIN_MAP_KINDS)
    return kind;
  if (self->map->detail == AK_CHAIN_MAP_OWNERS)
    return ((guint64)owners[e] + 1) << 6 | kind;
  return (guint64)(self->map->detail == AK_CHAIN_MAP_PARTS ? wholes[e] : e) << 6;
}

static void add_to_box(Making *self, guint32 element) {
  const AkElement *from = ak_chain_element_at(self->map->chain, element);
  AkChainMapBox *box = self->map->boxes->pdata[self->boxes[element]];
  box->count++;
  box->layers |= function_layers(from);
  box->safety = box->safety || from->safety;
  for (guint i = 0; from->exposure != NULL && from->exposure[i] != NULL; i++) {
    gint exposure = ak_chain_word(ak_chain_exposures, from->exposure[i]);
    bool is_used = self->map->chain->attackers != NULL &&
                   g_strv_contains((const char *const *)self->map->chain->attackers, from->exposure[i]);
    if (exposure >= 0 && is_used)
      box->begins |= 1u << exposure;
  }
}

static void make_boxes(Making *self) {
  const AkChain *chain = self->map->chain;
  g_autofree guint32 *wholes = wholes_of(chain), *owners = owners_of(chain);
  g_autoptr(GHashTable) keys = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  bool by_owner = self->map->detail == AK_CHAIN_MAP_OWNERS;
  for (guint32 e = 0; e < chain->elements->len; e++) {
    guint64 key = key_of(self, wholes, owners, e);
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(keys, &key));
    if (known == 0) {
      guint32 first = self->map->detail == AK_CHAIN_MAP_PARTS ? wholes[e] : e;
      known = add_box(self, first, by_owner ? owners[e] : AK_CHAIN_NO_ELEMENT) + 1;
      g_hash_table_insert(keys, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(known));
    }
    self->boxes[e] = known - 1;
    add_to_box(self, e);
  }
}

/* --- lines -------------------------------------------------------------------------------------------------- */

/* The line between two boxes, made where there is none; its direction is that of the first who asked. */
static AkChainMapLine *line_between(Making *self, guint32 from, guint32 to) {
  gpointer key = GSIZE_TO_POINTER((gsize)MIN(from, to) << 32 | MAX(from, to));
  AkChainMapLine *line = g_hash_table_lookup(self->lines, key);
  if (line != NULL)
    return line;
  line = g_new0(AkChainMapLine, 1);
  line->from = from;
  line->to = to;
  line->steps = g_array_new(FALSE, FALSE, sizeof(AkChainMapStep));
  g_ptr_array_add(self->map->lines, line);
  g_hash_table_insert(self->lines, key, line);
  return line;
}

static void make_lines(Making *self) {
  const AkChain *chain = self->map->chain;
  for (guint i = 0; i < chain->relations->len; i++) {
    const AkRelation *relation = relation_at(chain, i);
    guint32 from = self->boxes[relation->from], to = self->boxes[relation->to];
    if (from == to)
      continue;
    AkChainMapLine *line = line_between(self, from, to);
    line->relations |= 1u << relation->kind;
    line->count++;
  }
}

/* --- incidents and ways --------------------------------------------------------------------------------------- */

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(((const Named *)a)->id, ((const Named *)b)->id);
}

static void make_names(Making *self) {
  for (guint32 e = 0; e < self->map->chain->elements->len; e++) {
    Named named = {ak_chain_element_at(self->map->chain, e)->id, e};
    g_array_append_val(self->names, named);
  }
  g_array_sort(self->names, compare_names);
}

static guint32 element_of(const Making *self, const char *id) {
  Named wanted = {.id = id};
  guint index = 0;
  return g_array_binary_search(self->names, &wanted, compare_names, &index)
             ? g_array_index(self->names, Named, index).element
             : AK_CHAIN_NO_ELEMENT;
}

/* The element that an atom ends with: "happens(L2_1_a,gateway)" is of the gateway; ids may hold commas. */
static guint32 element_of_atom(const Making *self, const char *says) {
  const char *open = strchr(says, '('), *at = open != NULL ? open + 1 : NULL;
  gsize size = strlen(says);
  while (at != NULL && size > 0 && says[size - 1] == ')') {
    g_autofree char *id = g_strndup(at, size - 1 - (gsize)(at - says));
    guint32 element = element_of(self, id);
    if (element != AK_CHAIN_NO_ELEMENT)
      return element;
    const char *comma = strchr(at, ',');
    at = comma != NULL ? comma + 1 : NULL;
  }
  return AK_CHAIN_NO_ELEMENT;
}

static gint impact_of(const json_t *incident) {
  return ak_chain_word(ak_chain_impact_classes, ak_json_string_or(incident, "impact", NULL));
}

static json_int_t days_of(const json_t *incident) {
  const json_t *days = json_object_get(json_object_get(incident, "effort"), "days");
  return json_integer_value(json_array_get(days, 0));
}

/* Worst first, then what takes the least effort, then by name. */
static int compare_incidents(gconstpointer a, gconstpointer b) {
  const json_t *left = *(const json_t *const *)a, *right = *(const json_t *const *)b;
  int order = impact_of(right) - impact_of(left);
  if (order == 0)
    order = (days_of(left) > days_of(right)) - (days_of(left) < days_of(right));
  if (order == 0)
    order = strcmp(ak_json_string_or(left, "id", ""), ak_json_string_or(right, "id", ""));
  return order != 0 ? order
                    : strcmp(ak_json_string_or(left, "element", ""), ak_json_string_or(right, "element", ""));
}

static void add_step(Making *self, guint way, guint *number, guint32 from, guint32 to) {
  AkChainMapLine *line = line_between(self, from, to);
  for (guint i = 0; i < line->steps->len; i++)
    if (g_array_index(line->steps, AkChainMapStep, i).way == way)
      return;
  AkChainMapStep step = {way, ++*number, line->from != from};
  g_array_append_val(line->steps, step);
}

static void add_way(Making *self, const json_t *incident) {
  guint way = self->map->ways->len, number = 0;
  guint32 end = element_of(self, ak_json_string_or(incident, "element", ""));
  AkChainMapWay row = {incident, end != AK_CHAIN_NO_ELEMENT ? self->boxes[end] : 0};
  g_array_append_val(self->map->ways, row);
  const json_t *path = json_object_get(incident, "path");
  for (gsize i = 0; i < json_array_size(path); i++) {
    const json_t *step = json_array_get(path, i), *premises = json_object_get(step, "from");
    guint32 to = element_of_atom(self, ak_json_string_or(step, "says", ""));
    for (gsize p = 0; to != AK_CHAIN_NO_ELEMENT && p < json_array_size(premises); p++) {
      guint32 from = element_of_atom(self, json_string_value(json_array_get(premises, p)));
      if (from != AK_CHAIN_NO_ELEMENT && self->boxes[from] != self->boxes[to])
        add_step(self, way, &number, self->boxes[from], self->boxes[to]);
    }
  }
}

static void add_incidents(Making *self, const json_t *world) {
  const json_t *rows = json_object_get(world, "incidents");
  g_autoptr(GPtrArray) worst = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);
    guint32 element = element_of(self, ak_json_string_or(row, "element", ""));
    if (element == AK_CHAIN_NO_ELEMENT || !json_is_true(json_object_get(row, "reachable")))
      continue;
    ((AkChainMapBox *)self->map->boxes->pdata[self->boxes[element]])->reached++;
    if (impact_of(row) >= 0)
      g_ptr_array_add(worst, row);
  }
  g_ptr_array_sort(worst, compare_incidents);
  for (guint i = 0; i < worst->len; i++) {
    const json_t *row = worst->pdata[i];
    guint32 element = element_of(self, ak_json_string_or(row, "element", ""));
    AkChainMapBox *box = self->map->boxes->pdata[self->boxes[element]];
    g_ptr_array_add(box->worst, worst->pdata[i]);
    if (i < AK_CHAIN_MAP_WAYS_MAX)
      add_way(self, row);
  }
}

/* --- rows --------------------------------------------------------------------------------------------------- */

/* From the top: cyberspace, what joins it to the world, the world. */
static const struct {
  guint layer, kinds;
} bands[] = {
    {3, 1u << AK_ELEMENT_SYSTEM},
    {3, 1u << AK_ELEMENT_COMPONENT},
    {3, 1u << AK_ELEMENT_DATA},
    {2, 1u << AK_ELEMENT_COMPONENT | 1u << AK_ELEMENT_SYSTEM | 1u << AK_ELEMENT_DATA},
    {1, 1u << AK_ELEMENT_PROCEDURE},
    {1, 1u << AK_ELEMENT_PEOPLE},
    {1, 1u << AK_ELEMENT_ORGANIZATION},
};

typedef struct {
  GArray **next;   /* [box] of guint32: boxes that a line joins it with */
  guint8 *is_wanted; /* [box] not yet placed */
  GArray *order;   /* of guint32 */
} Walking;

/* Those that are joined stand beside each other: breadth first. */
static void walk(Walking *self, guint32 start) {
  guint at = self->order->len;
  self->is_wanted[start] = 0;
  g_array_append_val(self->order, start);
  for (; at < self->order->len; at++) {
    const GArray *next = self->next[g_array_index(self->order, guint32, at)];
    for (guint i = 0; i < next->len; i++) {
      guint32 box = g_array_index(next, guint32, i);
      if (self->is_wanted[box]) {
        self->is_wanted[box] = 0;
        g_array_append_val(self->order, box);
      }
    }
  }
}

static GArray **neighbours_of(const AkChainMap *map) {
  GArray **next = g_new0(GArray *, map->boxes->len + 1);
  for (guint i = 0; i < map->boxes->len; i++)
    next[i] = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (guint i = 0; i < map->lines->len; i++) {
    const AkChainMapLine *line = map->lines->pdata[i];
    g_array_append_val(next[line->from], line->to);
    g_array_append_val(next[line->to], line->from);
  }
  return next;
}

static void place_rows(AkChainMap *map, guint layer, const GArray *order) {
  guint rows = (order->len + ROW_BOXES_MAX - 1) / ROW_BOXES_MAX;
  guint size = rows > 0 ? (order->len + rows - 1) / rows : 0;
  for (guint i = 0; i < order->len; i++) {
    AkChainMapBox *box = map->boxes->pdata[g_array_index(order, guint32, i)];
    box->row = map->row_count + i / size;
  }
  map->row_count += rows;
  map->rows_of_layer[layer] += rows;
}

static void make_rows(AkChainMap *map) {
  g_autofree GArray **next = neighbours_of(map);
  g_autofree guint8 *is_wanted = g_new0(guint8, map->boxes->len + 1);
  for (gsize b = 0; b < G_N_ELEMENTS(bands); b++) {
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint32));
    Walking walking = {next, is_wanted, order};
    for (guint i = 0; i < map->boxes->len; i++) {
      const AkChainMapBox *box = map->boxes->pdata[i];
      is_wanted[i] = box->layer == bands[b].layer && (bands[b].kinds >> box->kind & 1);
    }
    for (guint32 i = 0; i < map->boxes->len; i++)
      if (is_wanted[i])
        walk(&walking, i);
    place_rows(map, bands[b].layer, order);
  }
  for (guint i = 0; i < map->boxes->len; i++)
    g_array_unref(next[i]);
}

/* --- all of it ------------------------------------------------------------------------------------------------ */

static AkChainMap *map_in(const AkChain *chain, const json_t *world, AkChainMapDetail detail) {
  AkChainMap *map = g_new0(AkChainMap, 1);
  map->chain = chain;
  map->detail = detail;
  map->boxes = g_ptr_array_new_with_free_func((GDestroyNotify)box_free);
  map->lines = g_ptr_array_new_with_free_func((GDestroyNotify)line_free);
  map->ways = g_array_new(FALSE, FALSE, sizeof(AkChainMapWay));
  g_autofree guint8 *layers = layers_of(chain);
  g_autofree guint32 *boxes = g_new0(guint32, chain->elements->len + 1);
  g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(Named));
  g_autoptr(GHashTable) lines = g_hash_table_new(g_direct_hash, g_direct_equal);
  Making self = {map, names, layers, boxes, lines};
  make_boxes(&self);
  make_lines(&self);
  make_names(&self);
  add_incidents(&self, world);
  make_rows(map);
  return map;
}

AkChainMap *ak_chain_map_new(const AkChain *chain, const json_t *world, AkChainMapDetail detail) {
  for (;; detail++) {
    AkChainMap *map = map_in(chain, world, detail);
    bool is_small = map->boxes->len <= AK_CHAIN_MAP_BOXES_MAX && map->lines->len <= AK_CHAIN_MAP_LINES_MAX;
    if (is_small || detail == AK_CHAIN_MAP_KINDS)
      return map;
    ak_chain_map_free(map);
  }
}
