#include "exchange/oscal-ssp.h"

#include <string.h>

#include "core/chain.h"

/* Members of rows for which OSCAL has no place stand in properties of ours: the class says of which list they are, the
 * group of which row. */
static const char *const element_members[] = {"kind", "owner", "criticality", "exposure", "functions",
                                              "safety", "product", "version", "name", NULL};
static const char *const measure_members[] = {"backing", "reference", "until", "cost_yen", NULL};
static const char *const acceptance_members[] = {"risk_source", "reason", "by", "until", NULL};
static const char *const impact_members[] = {"incident", "class", "safety", "stop_hours", "yen_from",
                                             "yen_to", "personal_data", "legal", NULL};
static const char *const number_members[] = {"stop_hours", "yen_from", "yen_to", "personal_data", "cost_yen", NULL};

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
  add_members(props, element, element_members, NULL, "element");
  add_rows(props, self, "acceptances", id, acceptance_members);
  add_rows(props, self, "impacts", id, impact_members);
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
  add_members(props, measure, measure_members, NULL, "measure");
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
  add_rows(props, self, "impacts", "", impact_members);
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

/* --- reading -------------------------------------------------------------------------------------------------- */

typedef struct {
  json_t *chain;
  GTree *elements; /* UUID of a component → its element; owned */
  GTree *taken; /* ids in use → itself */
  bool is_ours; /* some component says its kind in a property of ours */
} Reading;

/* Properties of ours of a class, and of a group or of none. */
static bool is_prop(const json_t *prop, const char *class_name) {
  return strcmp(ak_json_string_or(prop, "ns", ""), AK_OSCAL_NS) == 0 &&
         strcmp(ak_json_string_or(prop, "class", ""), class_name) == 0;
}

static const char *value_of(const json_t *prop) {
  return ak_json_string_or(prop, "remarks", ak_json_string_or(prop, "value", ""));
}

static bool is_list_member(const char *name) {
  static const char *const lists[] = {"exposure", "functions", "attackers", NULL};
  return g_strv_contains(lists, name);
}

static void set_member(json_t *row, const char *name, const char *text) {
  gint64 number = 0;
  if (is_list_member(name)) {
    if (json_object_get(row, name) == NULL)
      json_object_set_new(row, name, json_array());
    json_array_append_new(json_object_get(row, name), json_string(text));
  } else if (g_strv_contains(number_members, name) &&
             g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    json_object_set_new(row, name, json_integer(number));
  else
    json_object_set_new(row, name, json_string(text));
}

/* Members of a row from the properties of a class and group. */
static void read_members(json_t *row, const json_t *props, const char *class_name, const char *group,
                         const char *const *members) {
  for (gsize i = 0; i < json_array_size(props); i++) {
    const json_t *prop = json_array_get(props, i);
    const char *name = ak_json_string_or(prop, "name", "");
    bool is_known = g_strv_contains(members, name) && is_prop(prop, class_name);
    if (!is_known || g_strcmp0(ak_json_string_or(prop, "group", NULL), group) != 0)
      continue;
    if (strcmp(name, "safety") == 0 && strcmp(class_name, "element") == 0)
      json_object_set_new(row, name, json_boolean(strcmp(value_of(prop), "true") == 0));
    else
      set_member(row, name, value_of(prop));
  }
}

/* Rows of a list: the properties of a group follow each other and are one. */
static void read_rows(Reading *self, const json_t *props, const char *list, const char *element,
                      const char *const *members) {
  const char *last = "";
  json_t *row = NULL;
  for (gsize i = 0; i < json_array_size(props); i++) {
    const json_t *prop = json_array_get(props, i);
    const char *group = ak_json_string_or(prop, "group", ""), *name = ak_json_string_or(prop, "name", "");
    if (!is_prop(prop, list) || *group == '\0' || !g_strv_contains(members, name))
      continue;
    if (row == NULL || strcmp(group, last) != 0) {
      row = element != NULL ? json_pack("{s:s}", "element", element) : json_object();
      json_array_append_new(json_object_get(self->chain, list), row);
    }
    set_member(row, name, value_of(prop));
    last = group;
  }
}

static const char *prop_text(const json_t *object, const char *name, const char *class_name) {
  const json_t *props = json_object_get(object, "props");
  for (gsize i = 0; i < json_array_size(props); i++) {
    const json_t *prop = json_array_get(props, i);
    if (strcmp(ak_json_string_or(prop, "name", ""), name) == 0 && is_prop(prop, class_name))
      return value_of(prop);
  }
  return NULL;
}

/* What a type of component is, where the plan is not ours. Source: OSCAL 1.2.1, values of component/type. */
static const char *kind_of_type(const char *type) {
  static const struct {
    const char *type, *kind;
  } kinds[] = {{"this-system", "system"},        {"system", "system"},       {"process-procedure", "procedure"},
               {"policy", "procedure"},          {"plan", "procedure"},      {"guidance", "procedure"},
               {"standard", "procedure"},        {"organization", "organization"}, {"people", "people"},
               {"data", "data"}};
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (strcmp(kinds[i].type, type) == 0)
      return kinds[i].kind;
  return "component";
}

/* An id that is not in use: a title as lower-case words with "-", then a number. The caller's. */
static char *new_id(Reading *self, const char *title) {
  g_autoptr(GString) slug = g_string_new(NULL);
  for (const char *at = title; *at != '\0' && slug->len < 60; at = g_utf8_next_char(at)) {
    gunichar c = g_unichar_tolower(g_utf8_get_char(at));
    if (g_unichar_isalnum(c))
      g_string_append_unichar(slug, c);
    else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
      g_string_append_c(slug, '-');
  }
  while (slug->len > 0 && slug->str[slug->len - 1] == '-')
    g_string_truncate(slug, slug->len - 1);
  if (slug->len == 0)
    g_string_append(slug, "element");
  char *id = g_strdup(slug->str);
  for (guint n = 2; g_tree_lookup(self->taken, id) != NULL; n++) {
    g_free(id);
    id = g_strdup_printf("%s-%u", slug->str, n);
  }
  return id;
}

/* A new element; `id` NULL makes one of the name. Returns it, borrowed from the chain. */
static json_t *add_element(Reading *self, const char *uuid, const char *id, const char *kind, const char *name) {
  g_autofree char *made = id == NULL ? new_id(self, name) : NULL;
  json_t *element = json_pack("{s:s, s:s}", "id", id != NULL ? id : made, "kind", kind);
  if (id == NULL)
    json_object_set_new(element, "name", json_string(name));
  json_array_append_new(json_object_get(self->chain, "elements"), element);
  char *key = g_strdup(ak_json_string_or(element, "id", ""));
  g_tree_replace(self->taken, key, key);
  g_tree_replace(self->elements, g_strdup(uuid), json_incref(element));
  return element;
}

static void read_component(Reading *self, const json_t *component) {
  static const char *const rest[] = {"owner", "criticality", "exposure", "functions", "safety", "product", "version",
                                     "name", NULL};
  const char *title = ak_json_string_or(component, "title", "");
  const char *kind = prop_text(component, "kind", "element"), *id = prop_text(component, "id", "element");
  const json_t *props = json_object_get(component, "props");
  if (kind == NULL)
    kind = kind_of_type(ak_json_string_or(component, "type", ""));
  json_t *element = add_element(self, ak_json_string_or(component, "uuid", ""), id, kind, title);
  read_members(element, props, "element", NULL, rest);
  read_rows(self, props, "acceptances", ak_json_string_or(element, "id", ""), acceptance_members);
  read_rows(self, props, "impacts", ak_json_string_or(element, "id", ""), impact_members);
}

static const char *id_of(const Reading *self, const char *uuid) {
  return ak_json_string_or(g_tree_lookup(self->elements, uuid), "id", NULL);
}

static void read_links(Reading *self, const json_t *component) {
  const json_t *links = json_object_get(component, "links");
  const char *from = id_of(self, ak_json_string_or(component, "uuid", ""));
  for (gsize i = 0; i < json_array_size(links); i++) {
    const json_t *link = json_array_get(links, i);
    const char *href = ak_json_string_or(link, "href", ""), *rel = ak_json_string_or(link, "rel", "");
    const char *to = *href == '#' ? id_of(self, href + 1) : NULL;
    if (to == NULL || ak_chain_word(ak_chain_relation_names, rel) < 0)
      continue;
    json_array_append_new(json_object_get(self->chain, "relations"),
                          json_pack("{s:s, s:s, s:[s], s:s*, s:s*}", "from", from, "kind", rel, "to", to, "protocol",
                                    ak_json_string_or(link, "text", NULL), "data",
                                    ak_json_string_or(link, "resource-fragment", NULL)));
  }
}

/* What does not apply is no measure; what is done in part is only planned in full. */
static const char *status_of(const json_t *row) {
  const char *state = ak_json_string_or(json_object_get(row, "implementation-status"), "state", "planned");
  if (strcmp(state, "not-applicable") == 0)
    return NULL;
  return strcmp(state, "implemented") == 0 || strcmp(state, "alternative") == 0 ? "implemented" : "planned";
}

static void read_by_components(Reading *self, const json_t *rows, const char *requirement) {
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    json_t *element = g_tree_lookup(self->elements, ak_json_string_or(row, "component-uuid", ""));
    const char *status = status_of(row);
    if (element == NULL || status == NULL)
      continue;
    if (json_object_get(element, "measures") == NULL)
      json_object_set_new(element, "measures", json_array());
    json_t *measure = json_pack("{s:s, s:s}", "requirement", requirement, "status", status);
    read_members(measure, json_object_get(row, "props"), "measure", NULL, measure_members);
    json_array_append_new(json_object_get(element, "measures"), measure);
  }
}

static void read_requirements(Reading *self, const json_t *plan) {
  const json_t *rows = json_object_get(json_object_get(plan, "control-implementation"), "implemented-requirements");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i), *statements = json_object_get(row, "statements");
    const char *id = prop_text(row, "requirement", "measure");
    id = id != NULL ? id : ak_json_string_or(row, "control-id", "");
    read_by_components(self, json_object_get(row, "by-components"), id);
    for (gsize k = 0; k < json_array_size(statements); k++)
      read_by_components(self, json_object_get(json_array_get(statements, k), "by-components"), id);
  }
}

/* Parties and users of a plan that is not ours: organizations and people. */
static void read_people(Reading *self, const json_t *plan) {
  const json_t *parties = json_object_get(json_object_get(plan, "metadata"), "parties");
  const json_t *users = json_object_get(json_object_get(plan, "system-implementation"), "users");
  for (gsize i = 0; i < json_array_size(parties); i++) {
    const json_t *row = json_array_get(parties, i);
    bool is_person = strcmp(ak_json_string_or(row, "type", ""), "person") == 0;
    add_element(self, ak_json_string_or(row, "uuid", ""), NULL, is_person ? "people" : "organization",
                ak_json_string_or(row, "name", "party"));
  }
  for (gsize i = 0; i < json_array_size(users); i++) {
    const json_t *row = json_array_get(users, i);
    add_element(self, ak_json_string_or(row, "uuid", ""), NULL, "people",
                ak_json_string_or(row, "title", ak_json_string_or(row, "short-name", "user")));
  }
}

static void read_about(Reading *self, const json_t *plan) {
  static const char *const members[] = {"name", "version", "note", NULL}, *const begins[] = {"attackers", NULL};
  const json_t *about = json_object_get(plan, "system-characteristics"), *props = json_object_get(about, "props");
  json_t *chain = json_object_get(self->chain, "chain");
  read_members(chain, props, "chain", NULL, members);
  read_members(self->chain, props, "chain", NULL, begins);
  if (json_object_get(chain, "name") == NULL)
    json_object_set_new(chain, "name", json_string(ak_json_string_or(about, "system-name", "-")));
  read_rows(self, props, "impacts", NULL, impact_members);
}

static json_t *chain_of(const json_t *plan) {
  g_autoptr(GTree) elements = g_tree_new_full(compare_texts, NULL, g_free, unref_json);
  g_autoptr(GTree) taken = g_tree_new_full(compare_texts, NULL, g_free, NULL);
  const json_t *components = json_object_get(json_object_get(plan, "system-implementation"), "components");
  Reading self = {.elements = elements, .taken = taken};
  self.chain = json_pack("{s:{}, s:[], s:[], s:[], s:[]}", "chain", "elements", "relations", "acceptances", "impacts");
  for (gsize i = 0; i < json_array_size(components); i++)
    self.is_ours = self.is_ours || prop_text(json_array_get(components, i), "kind", "element") != NULL;
  read_about(&self, plan);
  if (!self.is_ours)
    read_people(&self, plan);
  for (gsize i = 0; i < json_array_size(components); i++)
    read_component(&self, json_array_get(components, i));
  for (gsize i = 0; i < json_array_size(components); i++)
    read_links(&self, json_array_get(components, i));
  read_requirements(&self, plan);
  return self.chain;
}

json_t *ak_oscal_ssp_read(const char *data, gsize size, const char *where, GError **error) {
  g_autoptr(json_t) plan = ak_oscal_parse(data, size, "system-security-plan", where, error);
  if (plan == NULL)
    return NULL;
  const json_t *components = json_object_get(json_object_get(plan, "system-implementation"), "components");
  if (json_array_size(components) > 0)
    return chain_of(plan);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: system-security-plan/system-implementation/components is missing or empty",
               where);
  return NULL;
}

bool ak_exchange_oscal_ssp_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) chain = ak_oscal_ssp_read((const char *)data, size, "fuzz", NULL);
  return chain != NULL;
}
