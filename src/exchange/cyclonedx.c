#include "exchange/cyclonedx.h"

#include <string.h>

#define MAX_TEXTS 1024 /* licences, hashes, files of one component */

/* Members that have the same name and meaning on both sides. */
static const char *const texts[] = {"type", "group", "name", "version", "purl", "cpe", "scope"};

typedef struct {
  const char *where;
  json_t *components; /* of the bill */
} Reading;

/* --- reading --------------------------------------------------------------------------------------------- */

static json_t *read_hashes(const json_t *theirs) {
  json_t *hashes = json_object();
  for (gsize i = 0; i < MIN(json_array_size(theirs), MAX_TEXTS); i++) {
    const json_t *hash = json_array_get(theirs, i);
    const char *name = ak_json_string_or(hash, "alg", NULL);
    const char *content = ak_json_string_or(hash, "content", NULL);
    if (name != NULL && content != NULL)
      json_object_set_new(hashes, name, json_string(content));
  }
  return hashes;
}

static json_t *read_licenses(const json_t *theirs) {
  json_t *licenses = json_array();
  for (gsize i = 0; i < MIN(json_array_size(theirs), MAX_TEXTS); i++) {
    const json_t *choice = json_array_get(theirs, i);
    const json_t *license = json_object_get(choice, "license");
    static const char *const keys[] = {"id", "name", "expression"};
    for (gsize k = 0; k < G_N_ELEMENTS(keys); k++) {
      const json_t *owner = strcmp(keys[k], "expression") == 0 ? choice : license;
      const char *text = ak_json_string_or(owner, keys[k], NULL);
      if (text == NULL || *text == '\0')
        continue;
      json_array_append_new(licenses, json_pack("{s:s}", keys[k], text));
      break;
    }
  }
  return licenses;
}

static json_t *read_files(const json_t *theirs) {
  const json_t *places = json_object_get(json_object_get(theirs, "evidence"), "occurrences");
  json_t *files = json_array();
  for (gsize i = 0; i < MIN(json_array_size(places), MAX_TEXTS); i++) {
    const char *path = ak_json_string_or(json_array_get(places, i), "location", NULL);
    if (path != NULL)
      json_array_append_new(files, json_string(path));
  }
  return files;
}

static const char *origin_of(const json_t *theirs) {
  const json_t *properties = json_object_get(theirs, "properties");
  for (gsize i = 0; i < json_array_size(properties); i++) {
    const json_t *property = json_array_get(properties, i);
    if (strcmp(ak_json_string_or(property, "name", ""), "akashi:origin") == 0)
      return ak_json_string_or(property, "value", NULL);
  }
  return NULL;
}

static void set_unless_empty(json_t *target, const char *key, json_t *taken) {
  if (json_array_size(taken) + json_object_size(taken) > 0)
    json_object_set(target, key, taken);
  json_decref(taken);
}

static json_t *read_component(const Reading *self, const json_t *theirs, GError **error) {
  const char *ref = ak_json_string_or(theirs, "bom-ref", NULL), *origin = origin_of(theirs);
  g_autofree char *place =
      g_strdup_printf("%s: component %u", self->where, (guint)json_array_size(self->components));
  if (ak_json_string(theirs, "name", place, error) == NULL)
    return NULL;
  json_t *component = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    const char *text = ak_json_string_or(theirs, texts[i], NULL);
    if (text != NULL && *text != '\0')
      json_object_set_new(component, texts[i], json_string(text));
  }
  if (json_object_get(component, "name") == NULL || json_object_get(component, "type") == NULL) {
    json_decref(component);
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: its name or type is empty or missing", place);
    return NULL;
  }
  if (ref != NULL && *ref != '\0')
    json_object_set_new(component, "ref", json_string(ref));
  if (origin != NULL)
    json_object_set_new(component, "origin", json_string(origin));
  set_unless_empty(component, "hashes", read_hashes(json_object_get(theirs, "hashes")));
  set_unless_empty(component, "licenses", read_licenses(json_object_get(theirs, "licenses")));
  set_unless_empty(component, "files", read_files(theirs));
  return component;
}

/* Components with those inside them, each after its parent. The depth is bounded by the JSON parser. */
static bool read_components(Reading *self, const json_t *theirs, gint64 parent, GError **error) {
  for (gsize i = 0; i < json_array_size(theirs); i++) {
    const json_t *item = json_array_get(theirs, i);
    json_t *component = read_component(self, item, error);
    if (component == NULL)
      return false;
    if (parent >= 0)
      json_object_set_new(component, "parent", json_integer(parent));
    gint64 own = (gint64)json_array_size(self->components);
    json_array_append_new(self->components, component);
    if (own >= AK_CYCLONEDX_MAX_COMPONENTS)
      return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d components", self->where,
                          AK_CYCLONEDX_MAX_COMPONENTS);
    if (!read_components(self, json_object_get(item, "components"), own, error))
      return false;
  }
  return true;
}

static json_t *read_dependencies(const json_t *theirs) {
  json_t *dependencies = json_object();
  for (gsize i = 0; i < json_array_size(theirs); i++) {
    const json_t *row = json_array_get(theirs, i), *on = json_object_get(row, "dependsOn");
    const char *ref = ak_json_string_or(row, "ref", NULL);
    g_autoptr(json_t) seen = json_object(), list = json_array();
    for (gsize k = 0; k < json_array_size(on); k++) {
      const char *target = json_string_value(json_array_get(on, k));
      if (target != NULL && json_object_get(seen, target) == NULL) {
        json_object_set_new(seen, target, json_true());
        json_array_append_new(list, json_string(target));
      }
    }
    if (ref != NULL && json_array_size(list) > 0)
      json_object_set(dependencies, ref, list);
  }
  return dependencies;
}

static bool check_version(const json_t *document, const char *where, GError **error) {
  static const char *const known[] = {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", NULL};
  if (strcmp(ak_json_string_or(document, "bomFormat", ""), "CycloneDX") != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no CycloneDX bill of materials", where);
  const char *version = ak_json_string(document, "specVersion", where, error);
  return version != NULL &&
         (g_strv_contains(known, version) ||
          ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "%s: CycloneDX %.20s; 1.0 to 1.6 are read",
                       where, version));
}

json_t *ak_cyclonedx_read(const json_t *document, const char *where, GError **error) {
  if (!check_version(document, where, error))
    return NULL;
  g_autoptr(json_t) components = json_array();
  Reading reading = {.where = where, .components = components};
  const json_t *metadata = json_object_get(document, "metadata");
  const json_t *theirs = json_object_get(metadata, "component");
  g_autoptr(json_t) subject = theirs != NULL ? read_component(&reading, theirs, error) : NULL;
  if ((theirs != NULL && subject == NULL) ||
      !read_components(&reading, json_object_get(document, "components"), -1, error))
    return NULL;
  json_t *bill = json_pack("{s:s, s:s, s:s*, s:s*, s:s, s:s, s:O*, s:O}", "format", "cyclonedx",
                           "format_version", ak_json_string_or(document, "specVersion", ""), "serial",
                           ak_json_string_or(document, "serialNumber", NULL), "timestamp",
                           ak_json_string_or(metadata, "timestamp", NULL), "title",
                           ak_json_string_or(subject, "name", ""), "version",
                           ak_json_string_or(subject, "version", ""), "subject", subject,
                           "components", components);
  set_unless_empty(bill, "dependencies", read_dependencies(json_object_get(document, "dependencies")));
  return bill;
}

/* --- writing --------------------------------------------------------------------------------------------- */

static json_t *write_hashes(const json_t *ours) {
  json_t *hashes = json_array();
  g_autoptr(GList) names = NULL;
  const char *name = NULL;
  json_t *content = NULL;
  json_object_foreach((json_t *)ours, name, content) {
    names = g_list_prepend(names, (gpointer)name);
  }
  names = g_list_sort(names, (GCompareFunc)strcmp);
  for (GList *at = names; at != NULL; at = at->next)
    json_array_append_new(hashes, json_pack("{s:s, s:O}", "alg", (const char *)at->data, "content",
                                            json_object_get(ours, at->data)));
  return hashes;
}

/* An expression stands alone (licenseChoice); beside others it becomes a name. */
static json_t *write_licenses(const json_t *ours) {
  json_t *licenses = json_array();
  for (gsize i = 0; i < json_array_size(ours); i++) {
    const json_t *license = json_array_get(ours, i);
    const char *expression = ak_json_string_or(license, "expression", NULL);
    if (expression != NULL && json_array_size(ours) == 1)
      json_array_append_new(licenses, json_pack("{s:s}", "expression", expression));
    else if (expression != NULL)
      json_array_append_new(licenses, json_pack("{s:{s:s}}", "license", "name", expression));
    else
      json_array_append_new(licenses, json_pack("{s:O}", "license", license));
  }
  return licenses;
}

static json_t *write_component(const json_t *ours) {
  json_t *theirs = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    json_t *text = json_object_get(ours, texts[i]);
    if (text != NULL)
      json_object_set(theirs, texts[i], text);
  }
  if (json_object_get(ours, "ref") != NULL)
    json_object_set(theirs, "bom-ref", json_object_get(ours, "ref"));
  const json_t *files = json_object_get(ours, "files");
  json_t *places = json_array();
  for (gsize i = 0; i < json_array_size(files); i++)
    json_array_append_new(places, json_pack("{s:O}", "location", json_array_get(files, i)));
  if (json_array_size(places) > 0)
    json_object_set_new(theirs, "evidence", json_pack("{s:O}", "occurrences", places));
  json_decref(places);
  const char *origin = ak_json_string_or(ours, "origin", NULL);
  if (origin != NULL)
    json_object_set_new(theirs, "properties",
                        json_pack("[{s:s, s:s}]", "name", "akashi:origin", "value", origin));
  set_unless_empty(theirs, "hashes", write_hashes(json_object_get(ours, "hashes")));
  set_unless_empty(theirs, "licenses", write_licenses(json_object_get(ours, "licenses")));
  return theirs;
}

static json_t *list_of(json_t *owner, const char *member) {
  if (json_object_get(owner, member) == NULL)
    json_object_set_new(owner, member, json_array());
  return json_object_get(owner, member);
}

/* A component stands after its parent, so that there is no circle. */
static bool write_components(json_t *document, const json_t *ours, GError **error) {
  g_autoptr(GPtrArray) written = g_ptr_array_new(); /* borrowed: the document holds them */
  for (gsize i = 0; i < json_array_size(ours); i++) {
    const json_t *component = json_array_get(ours, i), *parent = json_object_get(component, "parent");
    gint64 above = parent != NULL ? json_integer_value(parent) : -1;
    if (above >= (gint64)i || above < -1)
      return ak_error_set(error, AK_ERROR_CONFLICT, "component %u stands before its parent", (guint)i);
    json_t *theirs = write_component(component);
    json_t *owner = above >= 0 ? written->pdata[above] : document;
    json_array_append_new(list_of(owner, "components"), theirs);
    g_ptr_array_add(written, theirs);
  }
  return true;
}

static json_t *write_dependencies(const json_t *ours) {
  json_t *dependencies = json_array();
  g_autoptr(GList) refs = NULL;
  const char *ref = NULL;
  json_t *on = NULL;
  json_object_foreach((json_t *)ours, ref, on) {
    refs = g_list_prepend(refs, (gpointer)ref);
  }
  refs = g_list_sort(refs, (GCompareFunc)strcmp);
  for (GList *at = refs; at != NULL; at = at->next)
    json_array_append_new(dependencies, json_pack("{s:s, s:O}", "ref", (const char *)at->data,
                                                  "dependsOn", json_object_get(ours, at->data)));
  return dependencies;
}

json_t *ak_cyclonedx_write(const json_t *bill, GError **error) {
  g_autoptr(json_t) metadata = json_pack(
      "{s:O*, s:{s:[{s:s, s:s, s:s}]}}", "timestamp", json_object_get(bill, "timestamp"), "tools",
      "components", "type", "application", "name", "akashi", "version", AK_VERSION);
  if (json_object_get(bill, "subject") != NULL)
    json_object_set_new(metadata, "component", write_component(json_object_get(bill, "subject")));
  g_autoptr(json_t) document =
      json_pack("{s:s, s:s, s:s, s:i, s:O, s:O*, s:[]}", "$schema",
                "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat", "CycloneDX",
                "specVersion", "1.6", "version", 1, "metadata", metadata, "serialNumber",
                json_object_get(bill, "serial"), "components");
  if (!write_components(document, json_object_get(bill, "components"), error))
    return NULL;
  set_unless_empty(document, "dependencies",
                   write_dependencies(json_object_get(bill, "dependencies")));
  if (json_object_get(bill, "compositions") != NULL)
    json_object_set(document, "compositions", json_object_get(bill, "compositions"));
  return g_steal_pointer(&document);
}

/* What was read is written and read again as the same bill. */
bool ak_exchange_cyclonedx_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) bill = document != NULL ? ak_cyclonedx_read(document, "fuzz", NULL) : NULL;
  if (bill == NULL)
    return false;
  g_autoptr(json_t) written = ak_cyclonedx_write(bill, NULL);
  g_autoptr(json_t) again = ak_cyclonedx_read(written, "again", NULL);
  g_assert_true(json_equal(json_object_get(bill, "dependencies"),
                           json_object_get(again, "dependencies")) ||
                json_object_get(bill, "dependencies") == NULL);
  g_assert_cmpuint(json_array_size(json_object_get(bill, "components")), ==,
                   json_array_size(json_object_get(again, "components")));
  return true;
}

bool ak_exchange_cyclonedx_xml_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_cyclonedx_from_xml((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) bill = document != NULL ? ak_cyclonedx_read(document, "fuzz", NULL) : NULL;
  return bill != NULL;
}
