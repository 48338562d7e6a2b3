/* The certificate of a value chain's analysis: what became of every risk source on every element, as one list whose root a log
 * signed. Format: docs/formats/chain-certificate.md. Pure. */
#pragma once

#include "proof/bundle.h"

#define AK_CHAIN_CERTIFICATE_FORMAT "akashi-chain-certificate"
#define AK_CHAIN_CERTIFICATE_VERSION 1
#define AK_CHAIN_CERTIFICATE_MAX_BYTES (256 * 1024 * 1024)

/* A certificate that has been read: its shape is right, nothing has been checked. */
typedef struct {
  json_t *document;
  const char *origin, *key, *checkpoint; /* borrowed from it, as all texts here */
  const char *lines;                     /* "RISK SOURCE\tELEMENT\tSTATUS\n" … */
  gsize lines_size;
  const json_t *backings; /* array: what was looked up */
  AkBundleRecord *record;
} AkChainCertificate;

/* INVALID_DATA, LIMIT or NOT_SUPPORTED with the place where it is no certificate. */
AkChainCertificate *ak_chain_certificate_parse(const char *data, gsize size, GError **error);
void ak_chain_certificate_free(AkChainCertificate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainCertificate, ak_chain_certificate_free)

typedef struct {
  const char *log_key, *checkpoint; /* ak_log_verifier_key, ak_log_checkpoint */
  const AkBundleRecord *record;
  const char *lines;
  const json_t *backings;
} AkChainCertificateInput;

/* The bytes of a certificate, checked before they are returned: INTERNAL with what does not hold. */
GBytes *ak_chain_certificate_write(const AkChainCertificateInput *input, GError **error);

/* The root over lines that each end with a newline (RFC 9162, without it), and how many there are. INVALID_DATA where
 * they do not rise by bytes, so that none can stand there twice, or where the last one does not end. */
bool ak_chain_certificate_root(const char *lines, gsize size, AkDigest *root, guint64 *count,
                               GError **error);

/* Begins as all zeros; facts are worth nothing unless `holds`. */
typedef struct {
  bool holds, is_vouched; /* is_vouched: by the key that the reader gave */
  const char *failed;     /* id of the first check that does not hold, or NULL; static */
  char *place, *expected, *found;
  GPtrArray *held; /* ids of those that hold; static texts */
  json_t *record;  /* the record, once it is known to be in the log */
  guint64 index, tree_size;
  char *key;
} AkChainCertificateReport;
void ak_chain_certificate_report_clear(AkChainCertificateReport *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainCertificateReport, ak_chain_certificate_report_clear)

/* `key`: the log's, NULL: the certificate's own, for which nobody vouches. Texts of the ids: chain.certificate.check.ID. */
void ak_chain_certificate_check(const AkChainCertificate *self, const char *data, gsize size,
                                const AkNoteKey *key, AkChainCertificateReport *out);
/* For programs: {"holds", "failed", "held", "place"?, …, "record"?}; the caller's. */
json_t *ak_chain_certificate_report_to_json(const AkChainCertificateReport *self);

bool ak_proof_chain_certificate_fuzz(const guint8 *data, gsize size);
