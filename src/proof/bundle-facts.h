/* What the records of a bundle say, so that writing and checking read them in one way. Pure.
 *
 * Trees, not hash tables: their keys come from the bundle, and GLib's string hash has no seed. */
#pragma once

#include "proof/bundle.h"

typedef struct {
  GPtrArray *jsons;  /* of json_t, beside the records */
  GTree *plans;      /* run → index + 1 of its plan in the array */
  GTree *identities; /* observation's identity in hexadecimal → lowest place in the array + 1 */
  GTree *cited;      /* digests of evidence in hexadecimal that observations and records cite */
  json_t *images;    /* subjects of images: what firmware.digest was seen as, sorted */
  guint verdict;     /* place of the verdict record */
  char *product; /* "NAME@VERSION" as the run was planned, or NULL where the plan does not say */
} AkBundleFacts;

/* Reads every record. INVALID_DATA, and the place in `place` ("records[3]"; the caller frees),
 * where one is no record, a run has no plan or two, or there is no verdict. */
AkBundleFacts *ak_bundle_facts_new(const GPtrArray *records, char **place, GError **error);
void ak_bundle_facts_free(AkBundleFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkBundleFacts, ak_bundle_facts_free)

/* The input of the statements that follow from the records. */
AkStatementInput ak_bundle_facts_statement(const AkBundleFacts *self, const GPtrArray *records,
                                           const char *product);
