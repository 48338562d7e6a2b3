#include <string.h>

#include "core/chain.h"
#include "exchange/oscal-ssp-members.h"
#include "exchange/oscal-ssp.h"

#define PLAN "/system-security-plan" /* JSON pointers begin with it */

/* Members of rows for which OSCAL has no place stand in properties of ours: the class says of which list they are, the
 * group of which row. */
const char *const ak_oscal_ssp_element_members[] = {"kind", "owner", "criticality", "exposure", "functions",
                                              "safety", "product", "version", "name", NULL};
const char *const ak_oscal_ssp_measure_members[] = {"backing", "reference", "until", "cost_yen", NULL};
const char *const ak_oscal_ssp_acceptance_members[] = {"risk_source", "reason", "by", "until", NULL};
const char *const ak_oscal_ssp_impact_members[] = {"incident", "class", "safety", "stop_hours", "yen_from",
                                             "yen_to", "personal_data", "legal", NULL};
const char *const ak_oscal_ssp_number_members[] = {"stop_hours", "yen_from", "yen_to", "personal_data", "cost_yen", NULL};

static int compare_texts(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

static void unref_json(gpointer value) { json_decref(value); }

typedef struct {
  json_t *chain;
  GTree *elements; /* UUID of a component → its element; owned */
  GTree *taken; /* ids in use → itself */
  bool is_ours; /* some component says its kind in a property of ours */
  AkChainOrigins *origins;
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
  } else if (g_strv_contains(ak_oscal_ssp_number_members, name) &&
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
static void read_rows(Reading *self, const json_t *props, const char *list, const char *element, const char *const *members,
                      const char *pointer) {
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
      ak_chain_origins_add(self->origins, row, "%s/props/%" G_GSIZE_FORMAT, pointer, i);
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

static void read_component(Reading *self, const json_t *component, const char *pointer) {
  static const char *const rest[] = {"owner", "criticality", "exposure", "functions", "safety", "product", "version",
                                     "name", NULL};
  const char *title = ak_json_string_or(component, "title", "");
  const char *kind = prop_text(component, "kind", "element"), *id = prop_text(component, "id", "element");
  const json_t *props = json_object_get(component, "props");
  if (kind == NULL)
    kind = kind_of_type(ak_json_string_or(component, "type", ""));
  json_t *element = add_element(self, ak_json_string_or(component, "uuid", ""), id, kind, title);
  ak_chain_origins_add(self->origins, element, "%s", pointer);
  read_members(element, props, "element", NULL, rest);
  read_rows(self, props, "acceptances", ak_json_string_or(element, "id", ""), ak_oscal_ssp_acceptance_members, pointer);
  read_rows(self, props, "impacts", ak_json_string_or(element, "id", ""), ak_oscal_ssp_impact_members, pointer);
}

static const char *id_of(const Reading *self, const char *uuid) {
  return ak_json_string_or(g_tree_lookup(self->elements, uuid), "id", NULL);
}

static void read_links(Reading *self, const json_t *component, const char *pointer) {
  const json_t *links = json_object_get(component, "links");
  const char *from = id_of(self, ak_json_string_or(component, "uuid", ""));
  for (gsize i = 0; i < json_array_size(links); i++) {
    const json_t *link = json_array_get(links, i);
    const char *href = ak_json_string_or(link, "href", ""), *rel = ak_json_string_or(link, "rel", "");
    const char *to = *href == '#' ? id_of(self, href + 1) : NULL;
    if (to == NULL || ak_chain_word(ak_chain_relation_names, rel) < 0)
      continue;
    json_t *relation = json_pack("{s:s, s:s, s:[s], s:s*, s:s*}", "from", from, "kind", rel, "to", to, "protocol",
                                 ak_json_string_or(link, "text", NULL), "data",
                                 ak_json_string_or(link, "resource-fragment", NULL));
    json_array_append_new(json_object_get(self->chain, "relations"), relation);
    ak_chain_origins_add(self->origins, relation, "%s/links/%" G_GSIZE_FORMAT, pointer, i);
  }
}

/* What does not apply is no measure; what is done in part is only planned in full. */
static const char *status_of(const json_t *row) {
  const char *state = ak_json_string_or(json_object_get(row, "implementation-status"), "state", "planned");
  if (strcmp(state, "not-applicable") == 0)
    return NULL;
  return strcmp(state, "implemented") == 0 || strcmp(state, "alternative") == 0 ? "implemented" : "planned";
}

/* `pointer`: of what has them. */
static void read_by_components(Reading *self, const json_t *rows, const char *requirement, const char *pointer) {
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    json_t *element = g_tree_lookup(self->elements, ak_json_string_or(row, "component-uuid", ""));
    const char *status = status_of(row);
    if (element == NULL || status == NULL)
      continue;
    if (json_object_get(element, "measures") == NULL)
      json_object_set_new(element, "measures", json_array());
    json_t *measure = json_pack("{s:s, s:s}", "requirement", requirement, "status", status);
    read_members(measure, json_object_get(row, "props"), "measure", NULL, ak_oscal_ssp_measure_members);
    json_array_append_new(json_object_get(element, "measures"), measure);
    ak_chain_origins_add(self->origins, measure, "%s/by-components/%" G_GSIZE_FORMAT, pointer, i);
  }
}

static void read_requirements(Reading *self, const json_t *plan) {
  const json_t *rows = json_object_get(json_object_get(plan, "control-implementation"), "implemented-requirements");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i), *statements = json_object_get(row, "statements");
    const char *id = prop_text(row, "requirement", "measure");
    id = id != NULL ? id : ak_json_string_or(row, "control-id", "");
    g_autofree char *pointer = g_strdup_printf(PLAN "/control-implementation/implemented-requirements/%" G_GSIZE_FORMAT, i);
    read_by_components(self, json_object_get(row, "by-components"), id, pointer);
    for (gsize k = 0; k < json_array_size(statements); k++) {
      g_autofree char *statement = g_strdup_printf("%s/statements/%" G_GSIZE_FORMAT, pointer, k);
      read_by_components(self, json_object_get(json_array_get(statements, k), "by-components"), id, statement);
    }
  }
}

/* Parties and users of a plan that is not ours: organizations and people. */
static void read_people(Reading *self, const json_t *plan) {
  const json_t *parties = json_object_get(json_object_get(plan, "metadata"), "parties");
  const json_t *users = json_object_get(json_object_get(plan, "system-implementation"), "users");
  for (gsize i = 0; i < json_array_size(parties); i++) {
    const json_t *row = json_array_get(parties, i);
    bool is_person = strcmp(ak_json_string_or(row, "type", ""), "person") == 0;
    json_t *element = add_element(self, ak_json_string_or(row, "uuid", ""), NULL, is_person ? "people" : "organization",
                                  ak_json_string_or(row, "name", "party"));
    ak_chain_origins_add(self->origins, element, PLAN "/metadata/parties/%" G_GSIZE_FORMAT, i);
  }
  for (gsize i = 0; i < json_array_size(users); i++) {
    const json_t *row = json_array_get(users, i);
    json_t *element = add_element(self, ak_json_string_or(row, "uuid", ""), NULL, "people",
                                  ak_json_string_or(row, "title", ak_json_string_or(row, "short-name", "user")));
    ak_chain_origins_add(self->origins, element, PLAN "/system-implementation/users/%" G_GSIZE_FORMAT, i);
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
  ak_chain_origins_add(self->origins, self->chain, PLAN "/system-characteristics");
  read_rows(self, props, "impacts", NULL, ak_oscal_ssp_impact_members, PLAN "/system-characteristics");
}

static json_t *chain_of(const json_t *plan, AkChainOrigins *origins) {
  g_autoptr(GTree) elements = g_tree_new_full(compare_texts, NULL, g_free, unref_json);
  g_autoptr(GTree) taken = g_tree_new_full(compare_texts, NULL, g_free, NULL);
  const json_t *components = json_object_get(json_object_get(plan, "system-implementation"), "components");
  Reading self = {.elements = elements, .taken = taken, .origins = origins};
  self.chain = json_pack("{s:{}, s:[], s:[], s:[], s:[]}", "chain", "elements", "relations", "acceptances", "impacts");
  for (gsize i = 0; i < json_array_size(components); i++)
    self.is_ours = self.is_ours || prop_text(json_array_get(components, i), "kind", "element") != NULL;
  read_about(&self, plan);
  if (!self.is_ours)
    read_people(&self, plan);
  for (gsize pass = 0; pass < 2; pass++)
    for (gsize i = 0; i < json_array_size(components); i++) {
      g_autofree char *pointer = g_strdup_printf(PLAN "/system-implementation/components/%" G_GSIZE_FORMAT, i);
      (pass == 0 ? read_component : read_links)(&self, json_array_get(components, i), pointer);
    }
  read_requirements(&self, plan);
  return self.chain;
}

json_t *ak_oscal_ssp_read(const char *data, gsize size, const char *where, AkChainOrigins *origins, GError **error) {
  g_autoptr(json_t) plan = ak_oscal_parse(data, size, "system-security-plan", where, error);
  if (plan == NULL)
    return NULL;
  const json_t *components = json_object_get(json_object_get(plan, "system-implementation"), "components");
  if (json_array_size(components) > 0)
    return chain_of(plan, origins);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: " PLAN "/system-implementation/components is missing or empty: a plan without components has no elements",
               where);
  return NULL;
}

bool ak_exchange_oscal_ssp_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) chain = ak_oscal_ssp_read((const char *)data, size, "fuzz", NULL, NULL);
  return chain != NULL;
}
