#include "exchange/oscal-profile.h"

#include <string.h>

#include "exchange/oscal.h"

#define MAX_SELECTIONS 4096
#define MAX_PATTERN_BYTES 64
#define MAX_PATTERNS 64 /* of a profile: each is matched with each control */

typedef struct {
  const AkCatalog *catalog;
  json_t *indices; /* object: OSCAL id → index of the requirement */
  bool *included;  /* one a requirement */
  guint patterns;  /* used so far */
} Selecting;

/* The id that the catalogue's OSCAL document has, or would have, for the row. Caller frees. */
static char *oscal_id(const AkRequirement *row) {
  const json_t *control = json_object_get(json_object_get(row->props, "oscal"), "control");
  const char *own = ak_json_string_or(control, "id", NULL);
  return own != NULL ? g_strdup(own) : ak_oscal_token(row->id);
}

static json_t *index_of_ids(const AkCatalog *catalog) {
  json_t *indices = json_object();
  for (guint i = 0; i < catalog->requirements->len; i++) {
    g_autofree char *id = oscal_id(catalog->requirements->pdata[i]);
    json_object_set_new(indices, id, json_integer(i));
  }
  return indices;
}

/* --- selecting ------------------------------------------------------------------------------------------ */

/* Children come after their parents, so one pass reaches grandchildren too. */
static void set_children(Selecting *self, bool *chosen) {
  g_autoptr(json_t) below = json_object();
  for (guint i = 0; i < self->catalog->requirements->len; i++) {
    const AkRequirement *row = self->catalog->requirements->pdata[i];
    const char *parent =
        ak_json_string_or(json_object_get(row->props, "oscal"), "parent", NULL);
    if (parent != NULL && json_object_get(below, parent) != NULL)
      chosen[i] = true;
    if (chosen[i])
      json_object_set_new(below, row->id, json_true());
  }
}

static bool choose_ids(Selecting *self, const json_t *ids, bool *chosen, GError **error) {
  for (gsize i = 0; i < json_array_size(ids); i++) {
    const char *id = json_string_value(json_array_get(ids, i));
    const json_t *index = id != NULL ? json_object_get(self->indices, id) : NULL;
    if (index == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "with-ids: the catalogue %s has no control \"%.64s\"", self->catalog->id,
                          id != NULL ? id : "");
    chosen[json_integer_value(index)] = true;
  }
  return true;
}

/* "*" is any text, "?" any one character. GLib's matcher goes back for each "*", this one for the last
 * alone, so its time is bounded by the product of both lengths. */
static bool matches(const char *pattern, const char *text) {
  const char *star = NULL, *resume = NULL;
  while (*text != '\0') {
    if (*pattern == '*') {
      star = pattern++;
      resume = text;
    } else if (*pattern == '?' || *pattern == *text) {
      pattern++;
      text++;
    } else if (star != NULL) {
      pattern = star + 1;
      text = ++resume;
    } else {
      return false;
    }
  }
  return pattern[strspn(pattern, "*")] == '\0';
}

static bool choose_matching(Selecting *self, const json_t *patterns, bool *chosen, GError **error) {
  for (gsize i = 0; i < json_array_size(patterns); i++) {
    const char *text = ak_json_string(json_array_get(patterns, i), "pattern", "matching", error);
    if (text == NULL)
      return false;
    if (++self->patterns > MAX_PATTERNS || strlen(text) > MAX_PATTERN_BYTES)
      return ak_error_set(error, AK_ERROR_LIMIT, "matching: at most %d patterns of %d bytes",
                          MAX_PATTERNS, MAX_PATTERN_BYTES);
    const char *id = NULL;
    json_t *index = NULL;
    json_object_foreach(self->indices, id, index) {
      if (matches(text, id))
        chosen[json_integer_value(index)] = true;
    }
  }
  return true;
}

/* A list of selections ("include-controls", "exclude-controls") sets `value` on what it means. */
static bool apply(Selecting *self, const json_t *selections, bool value, GError **error) {
  guint count = self->catalog->requirements->len;
  if (json_array_size(selections) > MAX_SELECTIONS)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %d selections", MAX_SELECTIONS);
  for (gsize i = 0; i < json_array_size(selections); i++) {
    const json_t *selection = json_array_get(selections, i);
    g_autofree bool *chosen = g_new0(bool, count + 1);
    if (!choose_ids(self, json_object_get(selection, "with-ids"), chosen, error) ||
        !choose_matching(self, json_object_get(selection, "matching"), chosen, error))
      return false;
    if (strcmp(ak_json_string_or(selection, "with-child-controls", "no"), "yes") == 0)
      set_children(self, chosen);
    for (guint row = 0; row < count; row++)
      if (chosen[row])
        self->included[row] = value;
  }
  return true;
}

static bool apply_import(Selecting *self, const json_t *import, GError **error) {
  bool all = json_object_get(import, "include-all") != NULL ||
             json_object_get(import, "include-controls") == NULL;
  for (guint i = 0; all && i < self->catalog->requirements->len; i++)
    self->included[i] = true;
  return apply(self, json_object_get(import, "include-controls"), true, error) &&
         apply(self, json_object_get(import, "exclude-controls"), false, error);
}

/* --- reading -------------------------------------------------------------------------------------------- */

static json_t *chosen_ids(const Selecting *self) {
  json_t *ids = json_array();
  for (guint i = 0; i < self->catalog->requirements->len; i++)
    if (self->included[i])
      json_array_append_new(
          ids, json_string(((AkRequirement *)self->catalog->requirements->pdata[i])->id));
  return ids;
}

static json_t *select_by(const json_t *profile, const AkCatalog *catalog, GError **error) {
  const json_t *imports = ak_json_array(profile, "imports", "profile", error);
  if (imports == NULL)
    return NULL;
  if (json_array_size(imports) != 1) {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                 "imports: %u of them; a profile of one catalogue is read",
                 (guint)json_array_size(imports));
    return NULL;
  }
  g_autoptr(json_t) indices = index_of_ids(catalog);
  g_autofree bool *included = g_new0(bool, catalog->requirements->len + 1);
  Selecting selecting = {.catalog = catalog, .indices = indices, .included = included};
  if (!apply_import(&selecting, json_array_get(imports, 0), error))
    return NULL;
  g_autoptr(json_t) ids = chosen_ids(&selecting);
  if (json_array_size(ids) > 0)
    return g_steal_pointer(&ids);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "the profile selects no control");
  return NULL;
}

json_t *ak_oscal_profile_document(const AkProfile *self) {
  json_t *json = json_pack("{s:s, s:s, s:{s:s, s:s}}", "profile", self->id, "catalog",
                           self->catalog, "title", "en", self->title.en, "ja", self->title.ja);
  json_t *ids = self->requirements != NULL ? json_array() : NULL;
  for (gsize i = 0; ids != NULL && self->requirements[i] != NULL; i++)
    json_array_append_new(ids, json_string(self->requirements[i]));
  if (ids != NULL)
    json_object_set_new(json, "requirements", ids);
  return json;
}

AkProfile *ak_oscal_profile_read(const char *data, gsize size, const char *where, const char *id,
                                 const AkCatalog *catalog, char **left_out, GError **error) {
  g_autoptr(json_t) profile = ak_oscal_parse(data, size, "profile", where, error);
  if (profile == NULL)
    return NULL;
  json_t *ids = select_by(profile, catalog, error);
  if (ids == NULL) {
    g_prefix_error(error, "%s: ", where);
    return NULL;
  }
  const json_t *metadata = json_object_get(profile, "metadata");
  const char *title = ak_json_string_or(metadata, "title", "");
  const char *title_ja = ak_oscal_prop(metadata, "title", "ja");
  g_autoptr(json_t) document =
      json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "profile", id, "catalog", catalog->id, "title",
                "en", *title != '\0' ? title : id, "ja",
                title_ja != NULL ? title_ja : (*title != '\0' ? title : id), "requirements", ids);
  gsize length = 0;
  g_autofree char *bytes = ak_json_canonical(document, &length, error);
  AkProfile *self = bytes != NULL ? ak_profile_parse(bytes, length, where, error) : NULL;
  if (self != NULL && left_out != NULL)
    *left_out = json_object_size(json_object_get(profile, "modify")) > 0 ? g_strdup("modify") : NULL;
  return self;
}

/* --- writing -------------------------------------------------------------------------------------------- */

/* {"include-all"} or {"include-controls": [{"with-ids": […]}]}; NULL on error. */
static json_t *import_of(const AkProfile *self, const AkCatalog *catalog, const char *href,
                         GError **error) {
  if (self->requirements == NULL)
    return json_pack("{s:s, s:{}}", "href", href, "include-all");
  g_autoptr(json_t) ids = json_array();
  for (gsize i = 0; self->requirements[i] != NULL; i++) {
    const AkRequirement *row = ak_catalog_requirement(catalog, self->requirements[i]);
    if (row == NULL) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "profile %s: the catalogue %s has no \"%s\"",
                   self->id, catalog->id, self->requirements[i]);
      return NULL;
    }
    g_autofree char *token = oscal_id(row);
    json_array_append_new(ids, json_string(token));
  }
  return json_pack("{s:s, s:[{s:O}]}", "href", href, "include-controls", "with-ids", ids);
}

json_t *ak_oscal_profile_write(const AkProfile *self, const AkCatalog *catalog,
                               gint64 modified_utc_us, GError **error) {
  char uuid[AK_UUID_SIZE], resource[AK_UUID_SIZE];
  g_autofree char *name = g_strdup_printf("profile/%s", self->id);
  g_autofree char *catalog_name = g_strdup_printf("catalog/%s", catalog->id);
  g_autofree char *file = g_strdup_printf("%s.oscal.json", catalog->id);
  ak_oscal_uuid(name, uuid);
  ak_oscal_uuid(catalog_name, resource);
  g_autofree char *href = g_strdup_printf("#%s", resource);
  json_t *import = import_of(self, catalog, href, error);
  if (import == NULL)
    return NULL;
  g_autofree char *title = ak_oscal_line(catalog->title.en);
  json_t *metadata = ak_oscal_metadata(self->title.en, catalog->version, modified_utc_us);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "id", NULL, self->id);
  ak_oscal_add_prop(props, "title", "ja", self->title.ja);
  json_object_set_new(metadata, "props", props);
  return json_pack("{s:{s:s, s:o, s:[o], s:{s:b}, s:{s:[{s:s, s:s, s:[{s:s, s:s}]}]}}}", "profile",
                   "uuid", uuid, "metadata", metadata, "imports", import, "merge", "as-is", 1,
                   "back-matter", "resources", "uuid", resource, "title", title, "rlinks", "href",
                   file, "media-type", "application/oscal+json");
}

bool ak_exchange_oscal_profile_fuzz(const guint8 *data, gsize size) {
  static AkCatalog *catalog = NULL; /* the fuzz driver is one thread and lives as long */
  if (catalog == NULL)
    catalog = ak_catalog_load("jc-star", NULL, NULL);
  if (catalog == NULL)
    return false;
  g_autoptr(AkProfile) profile =
      ak_oscal_profile_read((const char *)data, size, "fuzz", "fuzz", catalog, NULL, NULL);
  return profile != NULL;
}
