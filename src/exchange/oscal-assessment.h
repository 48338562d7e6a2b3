/* What the OSCAL models of an assessment share: a run's identifiers, subjects, observations, risks and
 * evidence. Format: docs/formats/oscal.md.
 * Source: NIST OSCAL 1.2.1, JSON schemas of the assessment plan, assessment results and POA&M models. */
#pragma once

#include "exchange/oscal.h"
#include "util/text.h"

/* A report on its way into OSCAL. Identifiers are UUIDs of version 5, made from the product's digest, the
 * log's key, the run's id and a name, so that the same run has the same ones in all three documents. */
typedef struct {
  const json_t *report; /* borrowed */
  AkLang lang;
  char *space;          /* what tells this run from others */
  GHashTable *subjects; /* "KIND LOCATOR" → its component's UUID */
  json_t *components;   /* array: product, tool and subjects */
} AkOscalRun;

/* INVALID_DATA where `report` is no report; `self` needs no clearing then. */
bool ak_oscal_run_init(AkOscalRun *self, const json_t *report, AkLang lang, GError **error);
void ak_oscal_run_clear(AkOscalRun *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkOscalRun, ak_oscal_run_clear)

/* The UUID of the thing `name` of a kind ("finding", "risk" …). */
void ak_oscal_run_uuid(const AkOscalRun *self, const char *kind, const char *name,
                       char out[static AK_UUID_SIZE]);

/* All of these are the caller's. `title_id` is a text id whose %1$s and %2$s are product and version. */
json_t *ak_oscal_run_metadata(const AkOscalRun *self, const char *title_id);
json_t *ak_oscal_run_controls(const AkOscalRun *self);     /* "reviewed-controls" */
json_t *ak_oscal_run_assets(const AkOscalRun *self);       /* "assessment-assets" */
json_t *ak_oscal_run_origins(const AkOscalRun *self);      /* "origins": the tool */
json_t *ak_oscal_run_observations(const AkOscalRun *self); /* array; may be empty */
json_t *ak_oscal_run_risks(const AkOscalRun *self);        /* array, one a finding of ours; may be empty */
/* "back-matter": the document of the run that this one points at ("oscal-ap"), and with `evidence` each cited
 * piece of evidence. */
json_t *ak_oscal_run_back_matter(const AkOscalRun *self, const char *document, bool evidence);

/* An OSCAL finding, one a verdict. */
json_t *ak_oscal_run_finding(const AkOscalRun *self, const json_t *verdict);
/* {"observation-uuid"} of what is cited; empty where nothing is. */
json_t *ak_oscal_run_related(const AkOscalRun *self, const json_t *cited);
/* The risk of a finding of ours: its UUID. */
void ak_oscal_run_risk_uuid(const AkOscalRun *self, const json_t *finding,
                            char out[static AK_UUID_SIZE]);
/* Is it a finding about this requirement? */
bool ak_oscal_run_concerns(const json_t *finding, const char *requirement);

/* Sets a member unless the array or object is empty, which OSCAL does not allow. Takes it. */
void ak_oscal_set(json_t *target, const char *key, json_t *taken);

/* --- reading ------------------------------------------------------------------------------------------- */

#define AK_OSCAL_MAX_ROWS 200000

/* A list of a document: each must be an object with the texts `needed` (NULL-terminated), and "uuid"s are
 * UUIDs and stand there once. NULL where it is missing, and an error where it is wrong. Borrowed. */
typedef struct {
  const char *where;
  json_t *uuids;   /* object: of what was defined in the document so far */
  guint rows;      /* counted against AK_OSCAL_MAX_ROWS */
  guint dangling;  /* references that lead nowhere */
} AkOscalReading;

bool ak_oscal_read_list(AkOscalReading *self, const json_t *owner, const char *member,
                        const char *const *needed, const json_t **list, GError **error);
/* How many of `owner`'s `member` (objects with the text `key`) there are; those whose UUID is not defined are
 * counted as dangling. */
guint ak_oscal_read_references(AkOscalReading *self, const json_t *owner, const char *member,
                               const char *key);
/* Observations, risks and findings of a result or of a POA&M as rows in `target`. */
bool ak_oscal_read_assessed(AkOscalReading *self, const json_t *owner, json_t *target, GError **error);
