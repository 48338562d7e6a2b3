/* Catalogues, profiles and verdict rules as data (data/catalog/ID.json), compiled to canonical
 * bytes. Format: docs/formats/catalog.md. */
#pragma once

#include "core/test.h"

typedef struct {
  char *en, *ja;
} AkBilingual;

typedef enum { AK_CASE_CONCEPTUAL, AK_CASE_FUNCTIONAL, AK_CASE_DOCUMENT, AK_CASE_DEVICE } AkCaseKind;
typedef enum { AK_METHOD_AUTOMATIC, AK_METHOD_SEMI_AUTOMATIC, AK_METHOD_MANUAL } AkMethod;

typedef struct {
  char *id; /* "5.1-1-1" */
  AkCaseKind kind;
  AkMethod method;
  AkGrade grade;
  AkBilingual title, text;
  json_t *rule; /* object; see docs/formats/rules.md */
} AkTestCase;

typedef struct {
  char *id;         /* "5.1-1" */
  char *obligation; /* "M" or "R" */
  char *conditions; /* expression over features and conditions, "" for none: "condition(14) and feature(e)" */
  AkBilingual title, text;
  GPtrArray *cases; /* of AkTestCase */
  char *origin;
  json_t *confidence; /* object: what → how sure */
  json_t *props;      /* object: everything else (clause, ixit, mappings) */
} AkRequirement;

typedef struct {
  char *id; /* "en303645" */
  char *version;
  AkBilingual title;
  GPtrArray *requirements; /* of AkRequirement */
  json_t *features;        /* object: letter → {title, contradicted_by} */
  json_t *conditions;      /* object: number → {title} */
  json_t *lists;           /* object: name → array of texts, for rules */
  json_t *props;
  AkDigest digest; /* of the canonical bytes */
} AkCatalog;

/* From the program's data, or from DIR/ID.json where `rules_dir` is given. */
AkCatalog *ak_catalog_load(const char *id, const char *rules_dir, GError **error);
AkCatalog *ak_catalog_parse(const char *json, gsize size, const char *where, GError **error);
void ak_catalog_free(AkCatalog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCatalog, ak_catalog_free)

const AkRequirement *ak_catalog_requirement(const AkCatalog *self, const char *id);
json_t *ak_catalog_to_json(const AkCatalog *self); /* canonical document */

/* A profile: which requirements of which catalogue (data/profile/ID.json). */
typedef struct {
  char *id; /* "en303645", "jc-star-1" */
  char *catalog;
  AkBilingual title;
  GStrv requirements; /* ids; NULL: all */
} AkProfile;
AkProfile *ak_profile_load(const char *id, const char *rules_dir, GError **error);
void ak_profile_free(AkProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkProfile, ak_profile_free)

/* Ids of the program's catalogues and profiles, sorted; caller frees. */
GStrv ak_catalog_ids(void);
GStrv ak_profile_ids(void);
