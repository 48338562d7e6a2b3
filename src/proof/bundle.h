/* The proof bundle: one file that shows a run's result, checkable offline with the public key
 * alone. Format: docs/formats/bundle.md. Pure. */
#pragma once

#include "core/record.h"
#include "proof/dsse.h"
#include "proof/merkle.h"
#include "proof/statement.h"

#define AK_BUNDLE_FORMAT "akashi-bundle"
#define AK_BUNDLE_VERSION 1
#define AK_BUNDLE_MAX_BYTES (256 * 1024 * 1024)
#define AK_BUNDLE_MAX_RECORDS 1000000
#define AK_BUNDLE_MAX_RECORD_BYTES (16 * 1024 * 1024)
#define AK_BUNDLE_MAX_PROOF 64 /* nodes; one a level of a tree of 2^64 leaves */
#define AK_BUNDLE_MAX_EARLIER 1024
#define AK_BUNDLE_MAX_EVIDENCE 100000
#define AK_BUNDLE_MAX_BLOB (128 * 1024 * 1024) /* bytes */

/* A revealed record of the log. */
typedef struct {
  guint64 index;
  char *text;                /* the record's canonical text */
  guint8 salt[AK_SALT_SIZE]; /* as ak_log_read gives it */
  GArray *proof;             /* of AkDigest: inclusion in the checkpoint's tree */
} AkBundleRecord;

/* An earlier checkpoint of the same log, from which it grew. */
typedef struct {
  char *checkpoint; /* signed note */
  GArray *proof;    /* of AkDigest: consistency up to the bundle's checkpoint */
} AkBundleEarlier;

/* Take text and proof over. */
AkBundleRecord *ak_bundle_record_new(guint64 index, char *text,
                                     const guint8 salt[static AK_SALT_SIZE], GArray *proof);
AkBundleEarlier *ak_bundle_earlier_new(char *checkpoint, GArray *proof);
void ak_bundle_record_free(AkBundleRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkBundleRecord, ak_bundle_record_free)
/* {"index", "record", "salt", "proof"} as it stands in files; the caller's. INVALID_DATA or LIMIT names `where`. */
AkBundleRecord *ak_bundle_record_from_json(const json_t *item, const char *where, GError **error);
json_t *ak_bundle_record_to_json(const AkBundleRecord *self);
void ak_bundle_earlier_free(AkBundleEarlier *self);

/* A bundle that has been read: its shape is right, nothing has been checked. */
typedef struct {
  json_t *document;
  char *origin, *key, *checkpoint; /* key: verifier key; checkpoint: signed note */
  GStrv witnesses;                 /* verifier keys */
  AkDsse *envelopes[AK_STATEMENT_KIND_COUNT];
  GPtrArray *records;  /* of AkBundleRecord, by index, rising */
  GPtrArray *earlier;  /* of AkBundleEarlier */
  GPtrArray *evidence; /* of GBytes, by digest, rising */
} AkBundle;

/* Reads `size` bytes. INVALID_DATA, LIMIT or NOT_SUPPORTED with the place where it is no bundle. */
AkBundle *ak_bundle_parse(const char *data, gsize size, GError **error);
void ak_bundle_free(AkBundle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkBundle, ak_bundle_free)

/* What a bundle is made from. Everything is borrowed; the order of arrays does not matter. */
typedef struct {
  const char *log_key;          /* verifier key (ak_log_verifier_key) */
  const char *checkpoint;       /* signed note (ak_log_checkpoint) */
  const char *const *witnesses; /* verifier keys of its further lines; may be NULL */
  const char *product; /* "NAME@VERSION" where the plan does not name it; may be NULL otherwise */
  const GPtrArray *records;  /* of AkBundleRecord */
  const GPtrArray *earlier;  /* of AkBundleEarlier; may be NULL */
  const GPtrArray *evidence; /* of GBytes; may be NULL: digests only */
  AkDsseSign sign;           /* with the log's key (ak_log_sign) */
  gpointer sign_data;
} AkBundleInput;

/* The bytes of a bundle about the verdict record with the highest index. Both statements are made
 * and signed here. Must be among the records: that verdict, the run-planned record of each run, and
 * every observation that they cite (ak_citations_of). The result is checked before it is returned:
 * INTERNAL with what does not hold. */
GBytes *ak_proof_bundle_write(const AkBundleInput *input, GError **error);

bool ak_proof_bundle_fuzz(const guint8 *data, gsize size);
