#include "exchange/oscal-ssp.h"

#include <string.h>

#include "core/chain.h"
#include "exchange/oscal-ssp-members.h"

/* What OSCAL calls a kind of element, where it has a word. */
static const char *const component_types[] = {
    [AK_ELEMENT_ORGANIZATION] = "organization", [AK_ELEMENT_PEOPLE] = "people",
    [AK_ELEMENT_COMPONENT] = "hardware",        [AK_ELEMENT_DATA] = "data",
    [AK_ELEMENT_PROCEDURE] = "process-procedure", [AK_ELEMENT_SYSTEM] = "system"};

static void uuid_of(const char *kind, const char *name, char out[static AK_UUID_SIZE]) {
  g_autofree char *text = g_strdup_printf("chain/%s/%s", kind, name);
  ak_oscal_uuid(text, out);
}

/* --- writing -------------------------------------------------------------------------------------------------- */

static void add_prop(json_t *props, const char *name, const char *group, const char *class_name, const char *value) {
  g_autofree char *line = ak_oscal_line(value), *token = ak_oscal_token(name);
  json_t *prop = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "name", token, "ns", AK_OSCAL_NS, "value", line, "group", group,
                           "class", class_name);
  if (strcmp(line, value) != 0)
    json_object_set_new(prop, "remarks", json_string(value)); /* OSCAL's values are lines without spaces at the ends */
  json_array_append_new(props, prop);
}

static void add_value(json_t *props, const char *name, const char *group, const char *class_name, const json_t *value) {
  g_autofree char *number = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (json_is_string(value))
    add_prop(props, name, group, class_name, json_string_value(value));
  else if (json_is_integer(value))
    add_prop(props, name, group, class_name, number);
  else if (json_is_true(value))
    add_prop(props, name, group, class_name, "true");
  for (gsize i = 0; i < json_array_size(value); i++)
    add_value(props, name, group, class_name, json_array_get(value, i));
}

static void add_members(json_t *props, const json_t *row, const char *const *members, const char *group,
                        const char *class_name) {
  for (gsize i = 0; members[i] != NULL; i++)
    add_value(props, members[i], group, class_name, json_object_get(row, members[i]));
}

typedef struct {
  const json_t *chain;
  GTree *rows; /* "LIST ELEMENT" → GArray of Row */
} Writing;

typedef struct {
  const json_t *row;
  gsize number; /* in its list, from 1 */
} Row;

static int compare_texts(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

/* Rows of `list` by what their member says of the element that they are of. */
static void index_rows(Writing *self, const char *list, const char *by) {
  const json_t *rows = json_object_get(self->chain, list);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    Row row = {json_array_get(rows, i), i + 1};
    g_autofree char *key = g_strdup_printf("%s %s", list, ak_json_string_or(row.row, by, ""));
    GArray *known = g_tree_lookup(self->rows, key);
    if (known == NULL) {
      known = g_array_new(FALSE, FALSE, sizeof(Row));
      g_tree_insert(self->rows, g_steal_pointer(&key), known);
    }
    g_array_append_val(known, row);
  }
}

/* Borrowed; NULL: none. */
static const GArray *rows_of(const Writing *self, const char *list, const char *element) {
  g_autofree char *key = g_strdup_printf("%s %s", list, element);
  return g_tree_lookup(self->rows, key);
}

/* Relations of the element: OSCAL's links, whose text is the protocol and whose fragment what flows. */
static json_t *links_of(const Writing *self, const char *id) {
  const GArray *rows = rows_of(self, "relations", id);
  json_t *links = json_array();
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const json_t *row = g_array_index(rows, Row, i).row, *ends = json_object_get(row, "to");
    for (gsize k = 0; k < json_array_size(ends); k++) {
      char uuid[AK_UUID_SIZE];
      uuid_of("element", json_string_value(json_array_get(ends, k)), uuid);
      g_autofree char *href = g_strconcat("#", uuid, NULL);
      json_array_append_new(links, json_pack("{s:s, s:s, s:s*, s:s*}", "href", href, "rel",
                                             ak_json_string_or(row, "kind", ""), "text",
                                             ak_json_string_or(row, "protocol", NULL), "resource-fragment",
                                             ak_json_string_or(row, "data", NULL)));
    }
  }
  return links;
}

static void set_list(json_t *object, const char *name, json_t *taken) {
  if (json_array_size(taken) > 0)
    json_object_set_new(object, name, taken);
  else
    json_decref(taken);
}

/* Rows of `list` that are of the element; those of none where it is "". */
static void add_rows(json_t *props, const Writing *self, const char *list, const char *element,
                     const char *const *members) {
  const GArray *rows = rows_of(self, list, element);
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const Row *row = &g_array_index(rows, Row, i);
    g_autofree char *group = g_strdup_printf("%s-%" G_GSIZE_FORMAT, list, row->number);
    add_members(props, row->row, members, group, list);
  }
}

static json_t *component_of(const Writing *self, const json_t *element) {
  const char *id = ak_json_string_or(element, "id", ""), *name = ak_json_string_or(element, "name", id);
  gint kind = ak_chain_word(ak_chain_elements, ak_json_string_or(element, "kind", NULL));
  char uuid[AK_UUID_SIZE];
  uuid_of("element", id, uuid);
  g_autofree char *title = ak_oscal_line(name);
  json_t *props = json_array();
  add_prop(props, "id", NULL, "element", id);
  add_members(props, element, ak_oscal_ssp_element_members, NULL, "element");
  add_rows(props, self, "acceptances", id, ak_oscal_ssp_acceptance_members);
  add_rows(props, self, "impacts", id, ak_oscal_ssp_impact_members);
  json_t *component = json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s}}", "uuid", uuid, "type",
                                component_types[MAX(kind, 0)], "title", title, "description", title, "props", props,
                                "status", "state", "operational");
  set_list(component, "links", links_of(self, id));
  return component;
}

static json_t *by_component_of(const json_t *element, const json_t *measure) {
  const char *id = ak_json_string_or(element, "id", ""), *requirement = ak_json_string_or(measure, "requirement", "");
  char component[AK_UUID_SIZE], uuid[AK_UUID_SIZE];
  g_autofree char *name = g_strdup_printf("%s/%s", requirement, id);
  uuid_of("element", id, component);
  uuid_of("measure", name, uuid);
  json_t *props = json_array();
  add_members(props, measure, ak_oscal_ssp_measure_members, NULL, "measure");
  g_autofree char *text = ak_oscal_line(name);
  json_t *row = json_pack("{s:s, s:s, s:s, s:{s:s}}", "component-uuid", component, "uuid", uuid, "description", text,
                          "implementation-status", "state", ak_json_string_or(measure, "status", "planned"));
  set_list(row, "props", props);
  return row;
}

static void unref_json(gpointer value) { json_decref(value); }

/* A requirement once, with each element on which something is done. Element order is the file's. */
static json_t *requirements_of(const json_t *chain) {
  const json_t *elements = json_object_get(chain, "elements");
  g_autoptr(GTree) known = g_tree_new_full(compare_texts, NULL, NULL, unref_json);
  json_t *all = json_array();
  for (gsize e = 0; e < json_array_size(elements); e++) {
    const json_t *element = json_array_get(elements, e), *measures = json_object_get(element, "measures");
    for (gsize m = 0; m < json_array_size(measures); m++) {
      const json_t *measure = json_array_get(measures, m);
      const char *id = ak_json_string_or(measure, "requirement", "");
      json_t *row = g_tree_lookup(known, id);
      if (row == NULL) {
        char uuid[AK_UUID_SIZE];
        uuid_of("requirement", id, uuid);
        g_autofree char *token = ak_oscal_token(id);
        row = json_pack("{s:s, s:s, s:[], s:[]}", "uuid", uuid, "control-id", token, "props", "by-components");
        add_prop(json_object_get(row, "props"), "requirement", NULL, "measure", id);
        g_tree_insert(known, (gpointer)id, json_incref(row));
        json_array_append_new(all, row);
      }
      json_array_append_new(json_object_get(row, "by-components"), by_component_of(element, measure));
    }
  }
  return all;
}

/* OSCAL wants at least one requirement. */
static json_t *implementation_of(const json_t *chain) {
  json_t *requirements = requirements_of(chain);
  char uuid[AK_UUID_SIZE];
  uuid_of("requirement", "", uuid);
  if (json_array_size(requirements) == 0)
    json_array_append_new(requirements, json_pack("{s:s, s:s, s:s}", "uuid", uuid, "control-id", "none", "remarks",
                                                  "The chain names no measure."));
  return json_pack("{s:s, s:o}", "description", "Measures on the elements of the value chain.",
                   "implemented-requirements", requirements);
}

/* Organizations are parties, and what each element belongs to says who answers for it. */
static json_t *parties_of(const json_t *chain) {
  const json_t *elements = json_object_get(chain, "elements");
  json_t *parties = json_array();
  for (gsize i = 0; i < json_array_size(elements); i++) {
    const json_t *row = json_array_get(elements, i);
    const char *id = ak_json_string_or(row, "id", "");
    if (strcmp(ak_json_string_or(row, "kind", ""), "organization") != 0)
      continue;
    char uuid[AK_UUID_SIZE];
    uuid_of("party", id, uuid);
    g_autofree char *name = ak_oscal_line(ak_json_string_or(row, "name", id));
    json_array_append_new(parties, json_pack("{s:s, s:s, s:s}", "uuid", uuid, "type", "organization", "name", name));
  }
  return parties;
}

static json_t *characteristics_of(const Writing *self, const char *title) {
  const json_t *about = json_object_get(self->chain, "chain");
  static const char *const about_members[] = {"name", "version", "note", NULL};
  g_autofree char *note = ak_oscal_line(ak_json_string_or(about, "note", title));
  char uuid[AK_UUID_SIZE];
  uuid_of("system", title, uuid);
  json_t *props = json_array();
  add_members(props, about, about_members, NULL, "chain");
  add_value(props, "attackers", NULL, "chain", json_object_get(self->chain, "attackers"));
  add_rows(props, self, "impacts", "", ak_oscal_ssp_impact_members);
  return json_pack("{s:[{s:s, s:s}], s:s, s:s, s:o, s:{s:[{s:s, s:s}]}, s:{s:s}, s:{s:s}}", "system-ids",
                   "identifier-type", "urn:uuid", "id", uuid, "system-name", title, "description", note, "props", props,
                   "system-information", "information-types", "title", "Data of the value chain", "description",
                   "See the components of type data.", "status", "state", "operational", "authorization-boundary",
                   "description", "All elements of the value chain.");
}

json_t *ak_oscal_ssp_write(const json_t *chain, gint64 modified_utc_us) {
  const json_t *about = json_object_get(chain, "chain"), *elements = json_object_get(chain, "elements");
  g_autofree char *title = ak_oscal_line(ak_json_string_or(about, "name", "-"));
  char uuid[AK_UUID_SIZE];
  uuid_of("plan", title, uuid);
  json_t *metadata = ak_oscal_metadata(title, ak_json_string_or(about, "version", "1"), modified_utc_us);
  set_list(metadata, "parties", parties_of(chain));
  g_autoptr(GTree) rows = g_tree_new_full(compare_texts, NULL, g_free, (GDestroyNotify)g_array_unref);
  Writing self = {chain, rows};
  index_rows(&self, "relations", "from");
  index_rows(&self, "acceptances", "element");
  index_rows(&self, "impacts", "element");
  json_t *components = json_array();
  for (gsize i = 0; i < json_array_size(elements); i++)
    json_array_append_new(components, component_of(&self, json_array_get(elements, i)));
  return json_pack("{s:{s:s, s:o, s:{s:s}, s:o, s:{s:o}, s:o}}", "system-security-plan", "uuid", uuid, "metadata",
                   metadata, "import-profile", "href", "urn:akashi:profile:cpsf", "system-characteristics",
                   characteristics_of(&self, title), "system-implementation", "components", components,
                   "control-implementation", implementation_of(chain));
}
