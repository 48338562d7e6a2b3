#include <string.h>

#include "catalog/catalog.h"
#include "catalog/data.h"
#include "util/json.h"

#define MAX_REQUIREMENTS 4096

void ak_profile_free(AkProfile *self) {
  if (self == NULL)
    return;
  g_free(self->id);
  g_free(self->catalog);
  g_free(self->title.en);
  g_free(self->title.ja);
  g_strfreev(self->requirements);
  g_free(self);
}

static bool parse_requirements(AkProfile *self, const json_t *json, const char *where,
                               GError **error) {
  const json_t *ids = json_object_get(json, "requirements");
  if (ids == NULL)
    return true;
  if (!json_is_array(ids) || json_array_size(ids) == 0 || json_array_size(ids) > MAX_REQUIREMENTS)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: requirements: an array of 1 to %d ids is expected", where,
                        MAX_REQUIREMENTS);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (gsize i = 0; i < json_array_size(ids); i++) {
    const char *id = json_string_value(json_array_get(ids, i));
    if (id == NULL || !g_hash_table_add(seen, (gpointer)id))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: requirement %u: %s", where,
                          (guint)i + 1, id == NULL ? "no text" : "stands twice");
    g_strv_builder_add(builder, id);
  }
  self->requirements = g_strv_builder_end(builder);
  return true;
}

AkProfile *ak_profile_parse(const char *json, gsize size, const char *where, GError **error) {
  static const char *const members[] = {"profile", "catalog", "title", "requirements", NULL};
  static const char *const languages[] = {"en", "ja", NULL};
  g_autoptr(json_t) document = ak_json_parse(json, size, where, error);
  if (document == NULL || !ak_rule_check_members(document, members, where, error))
    return NULL;
  const char *id = ak_json_string(document, "profile", where, error);
  const char *catalog = id ? ak_json_string(document, "catalog", where, error) : NULL;
  const json_t *title = catalog ? ak_json_object(document, "title", where, error) : NULL;
  if (title == NULL || !ak_rule_check_members(title, languages, where, error))
    return NULL;
  const char *en = ak_json_string(title, "en", where, error);
  const char *ja = en ? ak_json_string(title, "ja", where, error) : NULL;
  if (ja == NULL)
    return NULL;
  g_autoptr(AkProfile) self = g_new0(AkProfile, 1);
  self->id = g_strdup(id);
  self->catalog = g_strdup(catalog);
  self->title = (AkBilingual){.en = g_strdup(en), .ja = g_strdup(ja)};
  return parse_requirements(self, document, where, error) ? g_steal_pointer(&self) : NULL;
}

/* A folder of rules may hold a profile of its own in profile/; it seldom does. */
static GBytes *read_profile(const char *id, const char *rules_dir, GError **error) {
  if (rules_dir == NULL)
    return ak_data_read("profile", id, NULL, error);
  g_autofree char *folder = g_build_filename(rules_dir, "profile", NULL);
  g_autoptr(GError) failure = NULL;
  GBytes *bytes = ak_data_read("profile", id, folder, &failure);
  if (bytes != NULL || g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return bytes != NULL ? bytes : ak_data_read("profile", id, NULL, error);
  g_propagate_error(error, g_steal_pointer(&failure));
  return NULL;
}

AkProfile *ak_profile_load(const char *id, const char *rules_dir, GError **error) {
  g_autoptr(GBytes) bytes = read_profile(id, rules_dir, error);
  if (bytes == NULL)
    return NULL;
  g_autofree char *where = g_strdup_printf("profile %s", id);
  gsize size = 0;
  const char *json = g_bytes_get_data(bytes, &size);
  g_autoptr(AkProfile) self = ak_profile_parse(json, size, where, error);
  if (self != NULL && strcmp(self->id, id) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: holds the profile \"%s\"", where, self->id);
    return NULL;
  }
  return g_steal_pointer(&self);
}

GStrv ak_profile_ids(void) {
  return ak_data_ids("profile");
}

bool ak_catalog_profile_fuzz(const guint8 *data, gsize size);
bool ak_catalog_profile_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkProfile) self = ak_profile_parse((const char *)data, size, "fuzz", NULL);
  return self != NULL;
}
