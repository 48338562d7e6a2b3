#include "exchange/spdx.h"

#include <string.h>

#include "exchange/cyclonedx.h"

#define MAX_TEXTS 1024 /* hashes, references, relationships of one package */
#define MAX_RELATIONSHIPS 1000000

/* Names that differ between the two worlds. Source: SPDX 2.3, 7.10 and 7.24; CycloneDX 1.6, hash-alg and
 * component type. */
static const struct {
  const char *spdx, *ours;
} hashes[] = {{"MD5", "MD5"},           {"SHA1", "SHA-1"},         {"SHA256", "SHA-256"},
              {"SHA384", "SHA-384"},    {"SHA512", "SHA-512"},     {"SHA3-256", "SHA3-256"},
              {"SHA3-384", "SHA3-384"}, {"SHA3-512", "SHA3-512"}};
static const struct {
  const char *spdx, *ours;
} purposes[] = {
    {"APPLICATION", "application"}, {"FRAMEWORK", "framework"}, {"LIBRARY", "library"},
    {"CONTAINER", "container"},     {"DEVICE", "device"},       {"FIRMWARE", "firmware"},
    {"FILE", "file"},               {"OPERATING_SYSTEM", "operating-system"},
    {"OPERATING-SYSTEM", "operating-system"}, /* as the text of 7.24 spells it; its schema has "_" */
};

/* --- reading --------------------------------------------------------------------------------------------- */

typedef struct {
  const char *where;
  json_t *components;
  GTree *places; /* identifier (of the document) → 1 + index: no hash of foreign texts */
} Reading;

static json_t *read_hashes(const json_t *package) {
  const json_t *theirs = json_object_get(package, "checksums");
  json_t *read = json_object();
  for (gsize i = 0; i < MIN(json_array_size(theirs), MAX_TEXTS); i++) {
    const json_t *row = json_array_get(theirs, i);
    const char *name = ak_json_string_or(row, "algorithm", "");
    const char *content = ak_json_string_or(row, "checksumValue", NULL);
    for (gsize k = 0; content != NULL && k < G_N_ELEMENTS(hashes); k++)
      if (strcmp(hashes[k].spdx, name) == 0)
        json_object_set_new(read, hashes[k].ours, json_string(content));
  }
  return read;
}

static void read_references(json_t *component, const json_t *package) {
  const json_t *theirs = json_object_get(package, "externalRefs");
  for (gsize i = 0; i < MIN(json_array_size(theirs), MAX_TEXTS); i++) {
    const json_t *row = json_array_get(theirs, i);
    const char *type = ak_json_string_or(row, "referenceType", "");
    const char *locator = ak_json_string_or(row, "referenceLocator", "");
    const char *member = strcmp(type, "purl") == 0        ? "purl"
                         : strcmp(type, "cpe23Type") == 0 ? "cpe"
                                                          : NULL;
    if (member != NULL && *locator != '\0' && json_object_get(component, member) == NULL)
      json_object_set_new(component, member, json_string(locator));
  }
}

static bool is_told(const char *text) {
  return text != NULL && *text != '\0' && strcmp(text, "NOASSERTION") != 0 && strcmp(text, "NONE") != 0;
}

static json_t *read_package(const json_t *package, const char *place, GError **error) {
  const char *name = ak_json_string(package, "name", place, error);
  const char *ref = name != NULL ? ak_json_string(package, "SPDXID", place, error) : NULL;
  if (ref == NULL || *name == '\0' || *ref == '\0') {
    if (ref != NULL)
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: its name or identifier is empty", place);
    return NULL;
  }
  const char *purpose = ak_json_string_or(package, "primaryPackagePurpose", "");
  const char *type = "library", *version = ak_json_string_or(package, "versionInfo", "");
  for (gsize i = 0; i < G_N_ELEMENTS(purposes); i++)
    type = strcmp(purposes[i].spdx, purpose) == 0 ? purposes[i].ours : type;
  json_t *component = json_pack("{s:s, s:s, s:s, s:o}", "ref", ref, "name", name, "type", type, "hashes",
                                read_hashes(package));
  if (json_object_size(json_object_get(component, "hashes")) == 0)
    json_object_del(component, "hashes");
  if (*version != '\0')
    json_object_set_new(component, "version", json_string(version));
  read_references(component, package);
  static const char *const licences[] = {"licenseConcluded", "licenseDeclared"};
  for (gsize i = 0; i < G_N_ELEMENTS(licences); i++) {
    const char *licence = ak_json_string_or(package, licences[i], NULL);
    if (is_told(licence) && json_object_get(component, "licenses") == NULL)
      json_object_set_new(component, "licenses", json_pack("[{s:s}]", "expression", licence));
  }
  return component;
}

static bool read_packages(Reading *self, const json_t *packages, GError **error) {
  if (json_array_size(packages) > AK_SPDX_MAX_PACKAGES)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d packages", self->where,
                        AK_SPDX_MAX_PACKAGES);
  for (gsize i = 0; i < json_array_size(packages); i++) {
    g_autofree char *place = g_strdup_printf("%s: package %u", self->where, (guint)i);
    json_t *component = read_package(json_array_get(packages, i), place, error);
    if (component == NULL)
      return false;
    json_array_append_new(self->components, component);
    char *ref = (char *)json_string_value(json_object_get(component, "ref"));
    if (g_tree_lookup(self->places, ref) != NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: its identifier stands there twice", place);
    g_tree_insert(self->places, ref, GUINT_TO_POINTER((guint)i + 1));
  }
  return true;
}

static bool is_one_of(const char *word, const char *a, const char *b) {
  return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* A container that stands behind what it holds is passed over: the bill has it before. */
static void note_parent(Reading *self, const char *inner, const char *outer) {
  guint child = GPOINTER_TO_UINT(g_tree_lookup(self->places, inner));
  guint parent = GPOINTER_TO_UINT(g_tree_lookup(self->places, outer));
  json_t *component = child > 0 ? json_array_get(self->components, child - 1) : NULL;
  if (component != NULL && parent > 0 && parent < child && json_object_get(component, "parent") == NULL)
    json_object_set_new(component, "parent", json_integer(parent - 1));
}

static void note_dependency(const Reading *self, json_t *dependencies, const char *from, const char *to) {
  if (g_tree_lookup(self->places, from) == NULL || g_tree_lookup(self->places, to) == NULL)
    return;
  if (json_object_get(dependencies, from) == NULL)
    json_object_set_new(dependencies, from, json_array());
  json_t *list = json_object_get(dependencies, from);
  for (gsize i = 0; i < MIN(json_array_size(list), MAX_TEXTS); i++)
    if (strcmp(json_string_value(json_array_get(list, i)), to) == 0)
      return;
  if (json_array_size(list) < MAX_TEXTS)
    json_array_append_new(list, json_string(to));
}

/* `described` gets the identifier of what the document is about, or stays NULL. */
static json_t *read_relationships(Reading *self, const json_t *document, const char **described) {
  const json_t *rows = json_object_get(document, "relationships");
  const json_t *first = json_array_get(json_object_get(document, "documentDescribes"), 0);
  json_t *dependencies = json_object();
  *described = json_string_value(first);
  for (gsize i = 0; i < MIN(json_array_size(rows), MAX_RELATIONSHIPS); i++) {
    const json_t *row = json_array_get(rows, i);
    const char *from = ak_json_string_or(row, "spdxElementId", "");
    const char *to = ak_json_string_or(row, "relatedSpdxElement", "");
    const char *type = ak_json_string_or(row, "relationshipType", "");
    if (strcmp(type, "CONTAINS") == 0)
      note_parent(self, to, from);
    else if (strcmp(type, "CONTAINED_BY") == 0)
      note_parent(self, from, to);
    else if (strcmp(type, "DEPENDS_ON") == 0)
      note_dependency(self, dependencies, from, to);
    else if (strcmp(type, "DEPENDENCY_OF") == 0)
      note_dependency(self, dependencies, to, from);
    else if (is_one_of(type, "DESCRIBES", "DESCRIBED_BY") && *described == NULL)
      *described = strcmp(type, "DESCRIBES") == 0 ? to : from;
  }
  return dependencies;
}

static int compare_texts(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

static bool check_version(const json_t *document, const char *where, const char **version,
                          GError **error) {
  *version = ak_json_string(document, "spdxVersion", where, error);
  return *version != NULL &&
         (is_one_of(*version, "SPDX-2.2", "SPDX-2.3") ||
          ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "%s: %.20s; SPDX-2.2 and SPDX-2.3 are read", where,
                       *version));
}

json_t *ak_spdx_read(const json_t *document, const char *where, GError **error) {
  const char *version = NULL, *described = NULL;
  if (!check_version(document, where, &version, error))
    return NULL;
  g_autoptr(json_t) components = json_array();
  g_autoptr(GTree) places = g_tree_new_full(compare_texts, NULL, NULL, NULL);
  Reading reading = {where, components, places};
  if (!read_packages(&reading, json_object_get(document, "packages"), error))
    return NULL;
  g_autoptr(json_t) dependencies = read_relationships(&reading, document, &described);
  guint about = described != NULL ? GPOINTER_TO_UINT(g_tree_lookup(places, described)) : 0;
  const json_t *subject = about > 0 ? json_array_get(components, about - 1) : NULL;
  const json_t *creation = json_object_get(document, "creationInfo");
  json_t *bill =
      json_pack("{s:s, s:s, s:s*, s:s*, s:s, s:s, s:O}", "format", "spdx", "format_version", version + 5,
                "serial", ak_json_string_or(document, "documentNamespace", NULL), "timestamp",
                ak_json_string_or(creation, "created", NULL), "title",
                ak_json_string_or(document, "name", ""), "version",
                ak_json_string_or(subject, "version", ""), "components", components);
  if (subject != NULL)
    json_object_set_new(bill, "subject", json_deep_copy(subject));
  if (json_object_size(dependencies) > 0)
    json_object_set(bill, "dependencies", dependencies);
  return bill;
}

json_t *ak_spdx_or_cyclonedx_read(const json_t *document, const char *where, GError **error) {
  return json_object_get(document, "spdxVersion") != NULL ? ak_spdx_read(document, where, error)
                                                          : ak_cyclonedx_read(document, where, error);
}

/* --- writing --------------------------------------------------------------------------------------------- */

static json_t *write_hashes(const json_t *ours) {
  json_t *written = json_array();
  for (gsize i = 0; i < G_N_ELEMENTS(hashes); i++) {
    const char *content = ak_json_string_or(ours, hashes[i].ours, NULL);
    if (content != NULL)
      json_array_append_new(written, json_pack("{s:s, s:s}", "algorithm", hashes[i].spdx,
                                               "checksumValue", content));
  }
  return written;
}

static json_t *write_references(const json_t *ours) {
  static const struct {
    const char *member, *category, *type;
  } kinds[] = {{"purl", "PACKAGE-MANAGER", "purl"}, {"cpe", "SECURITY", "cpe23Type"}};
  json_t *written = json_array();
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    const char *text = ak_json_string_or(ours, kinds[i].member, NULL);
    if (text != NULL)
      json_array_append_new(written,
                            json_pack("{s:s, s:s, s:s}", "referenceCategory", kinds[i].category,
                                      "referenceType", kinds[i].type, "referenceLocator", text));
  }
  return written;
}

/* Files need checksums in SPDX, which a bill has not: the places are told in words. */
static char *source_of(const json_t *ours) {
  const json_t *files = json_object_get(ours, "files");
  const char *origin = ak_json_string_or(ours, "origin", NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  if (origin != NULL)
    g_string_append_printf(text, "found by %s", origin);
  for (gsize i = 0; i < json_array_size(files); i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : text->len > 0 ? " in " : "in ",
                           json_string_value(json_array_get(files, i)));
  return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

static void set_unless_empty(json_t *target, const char *key, json_t *taken) {
  if (json_array_size(taken) > 0)
    json_object_set(target, key, taken);
  json_decref(taken);
}

static json_t *write_package(const json_t *ours, const char *id) {
  const char *type = ak_json_string_or(ours, "type", "library"), *purpose = "OTHER";
  g_autofree char *source = source_of(ours);
  for (gsize i = G_N_ELEMENTS(purposes); i > 0; i--)
    purpose = strcmp(purposes[i - 1].ours, type) == 0 ? purposes[i - 1].spdx : purpose;
  json_t *package = json_pack(
      "{s:s, s:s, s:s*, s:s, s:b, s:s, s:s, s:s, s:s, s:s*}", "SPDXID", id, "name",
      ak_json_string_or(ours, "name", "-"), "versionInfo", ak_json_string_or(ours, "version", NULL),
      "downloadLocation", "NOASSERTION", "filesAnalyzed", false, "licenseConcluded", "NOASSERTION",
      "licenseDeclared", "NOASSERTION", "copyrightText", "NOASSERTION", "primaryPackagePurpose", purpose,
      "sourceInfo", source);
  set_unless_empty(package, "checksums", write_hashes(json_object_get(ours, "hashes")));
  set_unless_empty(package, "externalRefs", write_references(ours));
  return package;
}

static void relate(json_t *relationships, const char *from, const char *type, const char *to) {
  json_array_append_new(relationships, json_pack("{s:s, s:s, s:s}", "spdxElementId", from,
                                                 "relationshipType", type, "relatedSpdxElement", to));
}

static void write_packages(json_t *document, const json_t *bill, json_t *relationships) {
  const json_t *subject = json_object_get(bill, "subject");
  const json_t *components = json_object_get(bill, "components");
  json_t *packages = json_object_get(document, "packages");
  const char *top = subject != NULL ? "SPDXRef-Subject" : "SPDXRef-DOCUMENT";
  if (subject != NULL) {
    json_array_append_new(packages, write_package(subject, top));
    relate(relationships, "SPDXRef-DOCUMENT", "DESCRIBES", top);
  }
  for (gsize i = 0; i < json_array_size(components); i++) {
    const json_t *component = json_array_get(components, i), *parent = json_object_get(component, "parent");
    g_autofree char *id = g_strdup_printf("SPDXRef-Package-%u", (guint)i);
    g_autofree char *above =
        parent != NULL ? g_strdup_printf("SPDXRef-Package-%u", (guint)json_integer_value(parent))
                       : g_strdup(top);
    json_array_append_new(packages, write_package(component, id));
    relate(relationships, above, parent == NULL && subject == NULL ? "DESCRIBES" : "CONTAINS", id);
  }
}

json_t *ak_spdx_write(const json_t *bill, GError **error) {
  const char *serial = ak_json_string(bill, "serial", "bill", error);
  const char *when = serial != NULL ? ak_json_string(bill, "timestamp", "bill", error) : NULL;
  if (when == NULL)
    return NULL;
  const char *title = ak_json_string_or(bill, "title", "");
  g_autoptr(json_t) relationships = json_array();
  json_t *document =
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:[s]}, s:[]}", "spdxVersion", "SPDX-2.3",
                "dataLicense", "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT", "name",
                *title != '\0' ? title : "-", "documentNamespace", serial, "creationInfo", "created",
                when, "creators", "Tool: akashi-" AK_VERSION, "packages");
  write_packages(document, bill, relationships);
  set_unless_empty(document, "relationships", json_incref(relationships));
  return document;
}

/* What was read is written and read again with as many packages. */
bool ak_exchange_spdx_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) bill = document != NULL ? ak_spdx_read(document, "fuzz", NULL) : NULL;
  if (bill == NULL)
    return false;
  json_object_del(bill, "subject"); /* one of the components, too */
  g_autoptr(json_t) written = ak_spdx_write(bill, NULL);
  g_autoptr(json_t) again = written != NULL ? ak_spdx_read(written, "again", NULL) : NULL;
  if (written != NULL) {
    g_assert_nonnull(again);
    g_assert_cmpuint(json_array_size(json_object_get(bill, "components")), ==,
                     json_array_size(json_object_get(again, "components")));
  }
  return true;
}
