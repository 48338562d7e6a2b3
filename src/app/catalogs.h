/* Catalogues and profiles: the program's own and those imported into a folder. */
#pragma once

#include "catalog/catalog.h"
#include "util/json.h"

/* FOLDER/ID.json, and FOLDER/profile/ID.json, are the imported ones; they need not be there. An imported
 * one never stands in the place of one of the program's. */

AkCatalog *ak_app_catalog_load(const char *folder, const char *id, GError **error);
AkProfile *ak_app_profile_load(const char *folder, const char *id, GError **error);

/* `id` is a catalogue's or a profile's: then `profile` (the caller's) says which rows. NOT_FOUND where it is
 * neither's. */
AkCatalog *ak_app_catalog_find(const char *folder, const char *id, AkProfile **profile,
                               GError **error);

/* {"catalogs":[{"id","imported","version","title","requirements"}], "profiles":[{"id","imported","catalog",
 * "title","requirements"}]}; one that cannot be read has "error" instead, and a profile of a whole catalogue
 * no "requirements". The caller's. */
json_t *ak_app_catalogs(const char *folder);

/* The document of a catalogue, with a profile its rows alone and "profile"; the caller's. */
json_t *ak_app_catalog_json(const AkCatalog *catalog, const AkProfile *profile);
