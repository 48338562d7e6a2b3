/* Catalogues, profiles and verdict rules as data (data/catalog/ID.json), compiled to canonical
 * bytes. Format: docs/formats/catalog.md. */
#pragma once

#include "catalog/rule.h"
#include "core/test.h"
#include "util/digest.h"

typedef struct {
  char *en, *ja;
} AkBilingual;

typedef enum {
  AK_CASE_CONCEPTUAL,
  AK_CASE_FUNCTIONAL,
  AK_CASE_CONCEPTUAL_FUNCTIONAL, /* one case that is both (TS 103 701, 5.3-10-1) */
  AK_CASE_DOCUMENT,              /* JC-STAR: the scheme judges a document */
  AK_CASE_DEVICE,                /* JC-STAR: the scheme judges the device */
} AkCaseKind;
typedef enum { AK_METHOD_AUTOMATIC, AK_METHOD_SEMI_AUTOMATIC, AK_METHOD_MANUAL } AkMethod;

typedef struct {
  char *id; /* "5.1-1-1" */
  AkCaseKind kind;
  AkMethod method;
  AkGrade grade;
  AkBilingual title, text;
  json_t *rule; /* object; see docs/formats/rules.md */
  AkRule *compiled;
} AkTestCase;

typedef struct {
  char *id;              /* "5.1-1" */
  char *obligation;      /* "M" or "R" */
  char *conditions;      /* expression over features and conditions, "" for none: "condition(14) and
                            feature(e)" */
  AkExpression *applies; /* `conditions` parsed, or NULL */
  AkBilingual title, text;
  GPtrArray *cases; /* of AkTestCase */
  char *origin;
  json_t *confidence; /* object: what → how sure */
  json_t *props;      /* object: everything else (clause, ixit, mappings) */
} AkRequirement;

/* A list that every rule may name: the model designation of the product. */
#define AK_CATALOG_LIST_MODEL "product.model"

typedef struct {
  char *id; /* "en303645" */
  char *version;
  AkBilingual title;
  GPtrArray *requirements; /* of AkRequirement */
  json_t *features;        /* object: letter → {title, contradicted_by} */
  json_t *conditions;      /* object: number → {title} */
  json_t *lists;           /* object: name → array of texts, for rules */
  json_t *ixit;            /* object: table → {title, fields, empty_if} */
  GPtrArray *findings;     /* of AkRuleTrigger: findings that decide no requirement */
  bool needs_ics;          /* pass needs a "Y" in the product's ICS */
  json_t *props;
  json_t *document; /* the whole file, parsed */
  AkDigest digest;  /* of the canonical bytes */
} AkCatalog;

/* From the program's data, or from DIR/ID.json where `rules_dir` is given. */
AkCatalog *ak_catalog_load(const char *id, const char *rules_dir, GError **error);
/* INVALID_DATA names the file, the requirement, the case and the column in a rule. */
AkCatalog *ak_catalog_parse(const char *json, gsize size, const char *where, GError **error);
void ak_catalog_free(AkCatalog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCatalog, ak_catalog_free)

const AkRequirement *ak_catalog_requirement(const AkCatalog *self, const char *id);
json_t *ak_catalog_to_json(const AkCatalog *self); /* the document, the caller's */

const char *ak_case_kind_name(AkCaseKind kind); /* "conceptual", "functional", "document" … */
bool ak_case_kind_from_name(const char *name, AkCaseKind *out);
const char *ak_method_name(AkMethod method); /* "automatic", "semi-automatic", "manual" */
bool ak_method_from_name(const char *name, AkMethod *out);

/* A profile: which requirements of which catalogue (data/profile/ID.json). */
typedef struct {
  char *id; /* "en303645", "jc-star-1" */
  char *catalog;
  AkBilingual title;
  GStrv requirements; /* ids; NULL: all */
} AkProfile;
AkProfile *ak_profile_parse(const char *json, gsize size, const char *where, GError **error);
AkProfile *ak_profile_load(const char *id, const char *rules_dir, GError **error);
void ak_profile_free(AkProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkProfile, ak_profile_free)

/* Ids of the program's catalogues and profiles, sorted; caller frees. */
GStrv ak_catalog_ids(void);
GStrv ak_profile_ids(void);
