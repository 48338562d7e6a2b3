/* CycloneDX's XML form, turned into its JSON form by GLib's markup parser: events, no document tree, no
 * entity but XML's own five. Source: CycloneDX XML schemas 1.1 to 1.6. */

#include <string.h>

#include "exchange/cyclonedx.h"

#define MAX_LEVELS 64
#define MAX_ELEMENTS 1000000
#define MAX_TEXT_BYTES (64 * 1024)
#define NAMESPACE "http://cyclonedx.org/schema/bom/"

typedef struct {
  const char *where;
  json_t *document;    /* the JSON form */
  GPtrArray *names;    /* of char: open elements, outermost first */
  GPtrArray *open;     /* of json_t: open components, borrowed or owned by `loose` */
  GPtrArray *refs;     /* of char: open dependencies */
  json_t *loose;       /* array: components that stand where we read none, kept alive until the end */
  json_t *license;     /* borrowed: the open one, or NULL */
  GString *text;       /* of the innermost element */
  bool too_long;       /* that text; whole licence texts may stand there, what we keep is shorter */
  char *attribute;     /* of a hash or property: its "alg" or "name" */
  guint elements;
} Reading;

static const char *local(const char *name) {
  const char *colon = strchr(name, ':');
  return colon != NULL ? colon + 1 : name;
}

/* The name `above` elements above the innermost one; "" outside. */
static const char *name_at(const Reading *self, guint above) {
  return self->names->len > above ? self->names->pdata[self->names->len - 1 - above] : "";
}

static bool is_in(const Reading *self, const char *parent, const char *grandparent) {
  return strcmp(name_at(self, 1), parent) == 0 &&
         (grandparent == NULL || strcmp(name_at(self, 2), grandparent) == 0);
}

static const char *attribute_of(const char **names, const char **values, const char *wanted) {
  for (gsize i = 0; names[i] != NULL; i++)
    if (strcmp(local(names[i]), wanted) == 0)
      return values[i];
  return NULL;
}

static json_t *list_of(json_t *owner, const char *member) {
  if (json_object_get(owner, member) == NULL)
    json_object_set_new(owner, member, json_array());
  return json_object_get(owner, member);
}

static json_t *current(const Reading *self) {
  return self->open->len > 0 ? self->open->pdata[self->open->len - 1] : NULL;
}

/* --- elements that begin --------------------------------------------------------------------------------- */

static void begin_bom(Reading *self, const char **names, const char **values) {
  const char *serial = attribute_of(names, values, "serialNumber");
  for (gsize i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix(values[i], NAMESPACE) && strcmp(names[i], "xmlns") == 0) {
      json_object_set_new(self->document, "bomFormat", json_string("CycloneDX"));
      json_object_set_new(self->document, "specVersion", json_string(values[i] + strlen(NAMESPACE)));
    }
  if (serial != NULL)
    json_object_set_new(self->document, "serialNumber", json_string(serial));
}

static void begin_component(Reading *self, const char **names, const char **values) {
  json_t *component = json_object(), *above = current(self);
  const char *type = attribute_of(names, values, "type");
  const char *ref = attribute_of(names, values, "bom-ref");
  if (type != NULL)
    json_object_set_new(component, "type", json_string(type));
  if (ref != NULL)
    json_object_set_new(component, "bom-ref", json_string(ref));
  if (is_in(self, "metadata", "bom"))
    json_object_set_new(json_object_get(self->document, "metadata"), "component", component);
  else if (is_in(self, "components", "bom"))
    json_array_append_new(list_of(self->document, "components"), component);
  else if (is_in(self, "components", "component") && above != NULL)
    json_array_append_new(list_of(above, "components"), component);
  else
    json_array_append_new(self->loose, component);
  g_ptr_array_add(self->open, component);
}

static void begin_license(Reading *self, const char **names, const char **values) {
  self->license = NULL;
  if (!is_in(self, "licenses", "component") || current(self) == NULL)
    return;
  self->license = json_object();
  json_array_append_new(list_of(current(self), "licenses"),
                        json_pack("{s:o}", "license", self->license));
}

static void begin_dependency(Reading *self, const char **names, const char **values) {
  const char *ref = attribute_of(names, values, "ref");
  json_t *rows = list_of(self->document, "dependencies");
  if (self->refs->len > 0 && ref != NULL && json_array_size(rows) > 0)
    json_array_append_new(list_of(json_array_get(rows, json_array_size(rows) - 1), "dependsOn"),
                          json_string(ref));
  else
    json_array_append_new(rows, json_pack("{s:s}", "ref", ref != NULL ? ref : ""));
  g_ptr_array_add(self->refs, g_strdup(ref != NULL ? ref : ""));
}

static void begin_named(Reading *self, const char **names, const char **values) {
  const char *name = attribute_of(names, values, "alg");
  g_free(self->attribute);
  self->attribute = g_strdup(name != NULL ? name : attribute_of(names, values, "name"));
}

static const struct {
  const char *name;
  void (*begin)(Reading *self, const char **names, const char **values);
} begins[] = {{"bom", begin_bom},
              {"component", begin_component},
              {"dependency", begin_dependency},
              {"hash", begin_named},
              {"license", begin_license},
              {"property", begin_named}};

static void start(GMarkupParseContext *context, const char *name, const char **names,
                  const char **values, gpointer data, GError **error) {
  Reading *self = data;
  if (self->names->len >= MAX_LEVELS || ++self->elements > MAX_ELEMENTS) {
    ak_error_set(error, AK_ERROR_LIMIT, "more than 64 levels or 1,000,000 elements");
    return;
  }
  g_ptr_array_add(self->names, g_strdup(local(name)));
  g_string_truncate(self->text, 0);
  self->too_long = false;
  for (gsize i = 0; i < G_N_ELEMENTS(begins); i++)
    if (strcmp(begins[i].name, name_at(self, 0)) == 0)
      begins[i].begin(self, names, values);
}

/* --- elements that end ------------------------------------------------------------------------------------ */

static void end_text(Reading *self, const char *value) {
  static const char *const kept[] = {"group", "name", "version", "purl", "cpe", "scope", NULL};
  json_t *component = current(self);
  const char *name = name_at(self, 0);
  if (is_in(self, "metadata", "bom") && strcmp(name, "timestamp") == 0)
    json_object_set_new(json_object_get(self->document, "metadata"), name, json_string(value));
  if (component == NULL || *value == '\0')
    return;
  if (is_in(self, "component", NULL) && g_strv_contains(kept, name))
    json_object_set_new(component, name, json_string(value));
  else if (is_in(self, "hashes", "component") && self->attribute != NULL)
    json_array_append_new(list_of(component, "hashes"),
                          json_pack("{s:s, s:s}", "alg", self->attribute, "content", value));
  else if (is_in(self, "license", "licenses") && self->license != NULL &&
           (strcmp(name, "id") == 0 || strcmp(name, "name") == 0))
    json_object_set_new(self->license, name, json_string(value));
  else if (is_in(self, "licenses", "component") && strcmp(name, "expression") == 0)
    json_array_append_new(list_of(component, "licenses"), json_pack("{s:s}", "expression", value));
  else if (is_in(self, "properties", "component") && self->attribute != NULL)
    json_array_append_new(list_of(component, "properties"),
                          json_pack("{s:s, s:s}", "name", self->attribute, "value", value));
  else if (is_in(self, "occurrence", "occurrences") && strcmp(name, "location") == 0) {
    json_t *evidence = json_object_get(component, "evidence");
    if (evidence == NULL) {
      evidence = json_object();
      json_object_set_new(component, "evidence", evidence);
    }
    json_array_append_new(list_of(evidence, "occurrences"), json_pack("{s:s}", "location", value));
  }
}

static void end(GMarkupParseContext *context, const char *name, gpointer data, GError **error) {
  Reading *self = data;
  g_autofree char *text_of = g_strstrip(g_strdup(self->too_long ? "" : self->text->str));
  end_text(self, text_of);
  const char *own = name_at(self, 0);
  if (strcmp(own, "component") == 0 && self->open->len > 0)
    g_ptr_array_set_size(self->open, (gint)self->open->len - 1);
  if (strcmp(own, "dependency") == 0 && self->refs->len > 0)
    g_ptr_array_set_size(self->refs, (gint)self->refs->len - 1);
  if (strcmp(own, "license") == 0)
    self->license = NULL;
  g_string_truncate(self->text, 0);
  self->too_long = false;
  g_ptr_array_set_size(self->names, (gint)self->names->len - 1);
}

static void text(GMarkupParseContext *context, const char *bytes, gsize size, gpointer data,
                 GError **error) {
  Reading *self = data;
  self->too_long = self->too_long || self->text->len + size > MAX_TEXT_BYTES;
  if (!self->too_long)
    g_string_append_len(self->text, bytes, (gssize)size);
}

static void reading_clear(Reading *self) {
  g_ptr_array_unref(self->names);
  g_ptr_array_unref(self->open);
  g_ptr_array_unref(self->refs);
  json_decref(self->loose);
  g_string_free(self->text, TRUE);
  g_free(self->attribute);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

json_t *ak_cyclonedx_from_xml(const char *data, gsize size, const char *where, GError **error) {
  static const GMarkupParser parser = {.start_element = start, .end_element = end, .text = text};
  g_autoptr(json_t) document = json_object();
  g_auto(Reading) reading = {.where = where,
                             .document = document,
                             .names = g_ptr_array_new_with_free_func(g_free),
                             .open = g_ptr_array_new(),
                             .refs = g_ptr_array_new_with_free_func(g_free),
                             .loose = json_array(),
                             .text = g_string_new(NULL)};
  json_object_set_new(document, "metadata", json_object());
  g_autoptr(GMarkupParseContext) context =
      g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reading, NULL);
  g_autoptr(GError) failure = NULL;
  if (g_markup_parse_context_parse(context, data, (gssize)size, &failure) &&
      g_markup_parse_context_end_parse(context, &failure))
    return g_steal_pointer(&document);
  AkErrorCode code =
      failure->domain == AK_ERROR ? (AkErrorCode)failure->code : AK_ERROR_INVALID_DATA;
  ak_error_set(error, code, "%s: %s", where, failure->message);
  return NULL;
}
