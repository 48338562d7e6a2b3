#include "exchange/chain-cyclonedx.h"

#include <string.h>

typedef struct {
  json_t *elements, *relations;
  GTree *refs;  /* ref of a component → its id; both owned */
  GTree *taken; /* ids in use */
  GTree *data;  /* those of them that are data; borrowed */
} Making;

static int compare_texts(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

/* "openssl 3.0.2" → "openssl-3.0.2", with a number where that is in use. Borrowed from `taken`. */
static const char *new_id(Making *self, const char *name, const char *version) {
  g_autoptr(GString) text = g_string_new(name);
  if (*version != '\0')
    g_string_append_printf(text, "-%s", version);
  for (char *at = text->str; *at != '\0'; at++)
    if (g_ascii_isspace(*at) || g_ascii_iscntrl(*at))
      *at = '-';
  char *id = g_strdup(text->str);
  for (guint n = 2; g_tree_lookup(self->taken, id) != NULL; n++) {
    g_free(id);
    id = g_strdup_printf("%s-%u", text->str, n);
  }
  g_tree_insert(self->taken, id, id);
  return id;
}

/* The caller's id in `taken`. */
static const char *add_element(Making *self, const json_t *component, const char *kind) {
  const char *name = ak_json_string_or(component, "name", "component");
  const char *version = ak_json_string_or(component, "version", ""), *ref = ak_json_string_or(component, "ref", NULL);
  const char *id = new_id(self, name, version);
  json_t *element = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "kind", kind, "name", name, "product", name);
  if (*version != '\0')
    json_object_set_new(element, "version", json_string(version));
  json_array_append_new(self->elements, element);
  if (strcmp(kind, "data") == 0)
    g_tree_insert(self->data, (gpointer)id, (gpointer)id);
  if (ref != NULL && g_tree_lookup(self->refs, ref) == NULL)
    g_tree_insert(self->refs, g_strdup(ref), g_strdup(id));
  return id;
}

static void relate(Making *self, const char *from, const char *kind, const char *to) {
  json_array_append_new(self->relations, json_pack("{s:s, s:s, s:[s]}", "from", from, "kind", kind, "to", to));
}

/* Data alone is another kind; what is a part of something else is a component. Source: CycloneDX 1.6, component types. */
static const char *kind_of(const json_t *component) {
  return strcmp(ak_json_string_or(component, "type", ""), "data") == 0 ? "data" : "component";
}

static void add_components(Making *self, const json_t *bill, const char *subject) {
  const json_t *components = json_object_get(bill, "components");
  g_autoptr(GPtrArray) ids = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(components); i++) {
    const json_t *component = json_array_get(components, i);
    g_ptr_array_add(ids, (gpointer)add_element(self, component, kind_of(component)));
  }
  for (gsize i = 0; i < json_array_size(components); i++) {
    const json_t *component = json_array_get(components, i), *parent = json_object_get(component, "parent");
    gsize above = parent != NULL ? (gsize)json_integer_value(parent) : ids->len;
    bool is_within = above < ids->len && above != i && strcmp(kind_of(json_array_get(components, above)), "data") != 0;
    const char *whole = is_within ? ids->pdata[above] : subject;
    if (whole == NULL)
      continue;
    if (strcmp(kind_of(component), "data") == 0)
      relate(self, whole, "holds", ids->pdata[i]);
    else
      relate(self, ids->pdata[i], "part-of", whole);
  }
}

/* What a component depends on runs in it, or is held where it is data; the subject has its parts already. */
static void add_dependencies(Making *self, const json_t *bill, const char *subject) {
  const char *ref = NULL;
  json_t *targets = NULL;
  json_object_foreach((json_t *)json_object_get(bill, "dependencies"), ref, targets) {
    const char *from = g_tree_lookup(self->refs, ref);
    bool is_one = from != NULL && g_strcmp0(from, subject) != 0 && g_tree_lookup(self->data, from) == NULL;
    for (gsize i = 0; is_one && i < json_array_size(targets); i++) {
      const char *target = json_string_value(json_array_get(targets, i));
      const char *to = target != NULL ? g_tree_lookup(self->refs, target) : NULL;
      if (to != NULL && strcmp(to, from) != 0 && g_strcmp0(to, subject) != 0)
        relate(self, from, g_tree_lookup(self->data, to) != NULL ? "holds" : "runs", to);
    }
  }
}

json_t *ak_chain_of_cyclonedx(const json_t *bill, const char *name) {
  g_autoptr(GTree) refs = g_tree_new_full(compare_texts, NULL, g_free, g_free);
  g_autoptr(GTree) taken = g_tree_new_full(compare_texts, NULL, g_free, NULL);
  g_autoptr(GTree) data = g_tree_new_full(compare_texts, NULL, NULL, NULL);
  Making self = {json_array(), json_array(), refs, taken, data};
  const json_t *about = json_object_get(bill, "subject");
  const char *subject = about != NULL ? add_element(&self, about, "system") : NULL;
  const char *title = ak_json_string_or(about, "name", ak_json_string_or(bill, "title", name));
  add_components(&self, bill, subject);
  add_dependencies(&self, bill, subject);
  return json_pack("{s:{s:s}, s:o, s:o}", "chain", "name", title, "elements", self.elements, "relations", self.relations);
}
