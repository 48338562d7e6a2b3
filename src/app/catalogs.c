#include "app/catalogs.h"

#include <string.h>

/* Ids name files: no way out of the folder. */
static bool is_plain_id(const char *id) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return *id != '\0' && *id != '.' && strlen(id) <= 100 && strspn(id, allowed) == strlen(id);
}

static bool refuse_id(const char *id, GError **error) {
  return ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no catalogue or profile \"%s\"", id);
}

AkCatalog *ak_app_catalog_load(const char *folder, const char *id, GError **error) {
  if (!is_plain_id(id)) {
    refuse_id(id, error);
    return NULL;
  }
  g_auto(GStrv) own = ak_catalog_ids();
  bool is_own = g_strv_contains((const char *const *)own, id);
  return ak_catalog_load(id, is_own ? NULL : folder, error);
}

AkProfile *ak_app_profile_load(const char *folder, const char *id, GError **error) {
  if (!is_plain_id(id)) {
    refuse_id(id, error);
    return NULL;
  }
  g_auto(GStrv) own = ak_profile_ids();
  bool is_own = g_strv_contains((const char *const *)own, id);
  return ak_profile_load(id, is_own ? NULL : folder, error);
}

AkCatalog *ak_app_catalog_find(const char *folder, const char *id, AkProfile **profile,
                               GError **error) {
  g_autoptr(GError) failure = NULL;
  AkCatalog *catalog = ak_app_catalog_load(folder, id, &failure);
  if (catalog != NULL)
    return catalog;
  if (failure->code != AK_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
  }
  g_autoptr(AkProfile) found = ak_app_profile_load(folder, id, NULL);
  if (found == NULL) {
    refuse_id(id, error);
    return NULL;
  }
  catalog = ak_app_catalog_load(folder, found->catalog, error);
  *profile = catalog != NULL ? g_steal_pointer(&found) : NULL;
  return catalog;
}

/* --- the list ------------------------------------------------------------------------------------------ */

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids of the files of `folder`, sorted; caller frees. */
static GPtrArray *ids_of_folder(const char *folder) {
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
    if (g_str_has_suffix(name, ".json") && name[0] != '.')
      g_ptr_array_add(ids, g_strndup(name, strlen(name) - strlen(".json")));
  g_ptr_array_sort(ids, compare_names);
  return ids;
}

typedef struct {
  const char *folder; /* of the imported ones */
  json_t *catalogs, *profiles;
} Listing;

/* A file that cannot be read is named with its error instead of hiding the others. */
static void list_catalog(Listing *self, const char *id, bool imported) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = ak_app_catalog_load(self->folder, id, &error);
  json_t *row = json_pack("{s:s, s:b}", "id", id, "imported", imported);
  if (catalog == NULL) {
    json_object_set_new(row, "error", json_string(error->message));
  } else {
    json_object_set_new(row, "version", json_string(catalog->version));
    json_object_set_new(row, "title", json_pack("{s:s, s:s}", "en", catalog->title.en, "ja",
                                                catalog->title.ja));
    json_object_set_new(row, "requirements", json_integer(catalog->requirements->len));
  }
  json_array_append_new(self->catalogs, row);
}

static void list_profile(Listing *self, const char *id, bool imported) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkProfile) profile = ak_app_profile_load(self->folder, id, &error);
  json_t *row = json_pack("{s:s, s:b}", "id", id, "imported", imported);
  if (profile == NULL) {
    json_object_set_new(row, "error", json_string(error->message));
  } else {
    json_object_set_new(row, "catalog", json_string(profile->catalog));
    json_object_set_new(row, "title", json_pack("{s:s, s:s}", "en", profile->title.en, "ja",
                                                profile->title.ja));
    if (profile->requirements != NULL)
      json_object_set_new(row, "requirements",
                          json_integer(g_strv_length(profile->requirements)));
  }
  json_array_append_new(self->profiles, row);
}

static void list_all(Listing *self, const char *folder, const char *const *own,
                     void (*list)(Listing *, const char *, bool)) {
  for (gsize i = 0; own[i] != NULL; i++)
    list(self, own[i], false);
  g_autoptr(GPtrArray) imported = ids_of_folder(folder);
  for (guint i = 0; i < imported->len; i++)
    if (!g_strv_contains(own, imported->pdata[i]))
      list(self, imported->pdata[i], true);
}

json_t *ak_app_catalogs(const char *folder) {
  json_t *json = json_pack("{s:[], s:[]}", "catalogs", "profiles");
  Listing listing = {.folder = folder,
                     .catalogs = json_object_get(json, "catalogs"),
                     .profiles = json_object_get(json, "profiles")};
  g_autofree char *profile_folder = g_build_filename(folder, "profile", NULL);
  g_auto(GStrv) catalogs = ak_catalog_ids(), profiles = ak_profile_ids();
  list_all(&listing, folder, (const char *const *)catalogs, list_catalog);
  list_all(&listing, profile_folder, (const char *const *)profiles, list_profile);
  return json;
}

/* --- one ------------------------------------------------------------------------------------------------- */

static bool is_selected(const AkProfile *profile, const char *requirement) {
  return profile == NULL || profile->requirements == NULL ||
         g_strv_contains((const char *const *)profile->requirements, requirement);
}

json_t *ak_app_catalog_json(const AkCatalog *catalog, const AkProfile *profile) {
  json_t *json = ak_catalog_to_json(catalog);
  if (profile == NULL)
    return json;
  json_t *copy = json_copy(json), *rows = json_array();
  const json_t *all = json_object_get(json, "requirements");
  for (gsize i = 0; i < json_array_size(all); i++) {
    json_t *row = json_array_get(all, i);
    if (is_selected(profile, ak_json_string_or(row, "id", "")))
      json_array_append(rows, row);
  }
  json_object_set_new(copy, "requirements", rows);
  json_object_set_new(copy, "profile", json_string(profile->id));
  json_decref(json);
  return copy;
}
