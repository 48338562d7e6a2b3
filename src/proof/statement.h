/* What a run says, as in-toto statements: the test-result predicate that others' tools read, and
 * our own predicate with the full verdicts. Both follow from the journal's records alone, so that a
 * checker builds them again and compares. Source: in-toto Attestation Framework, Statement v1;
 * predicate test-result v0.1. Format: docs/formats/bundle.md. Pure. */
#pragma once

#include "util/digest.h"
#include "util/json.h"

#define AK_STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define AK_STATEMENT_TEST_RESULT "https://in-toto.io/attestation/test-result/v0.1"
#define AK_STATEMENT_VERDICTS "urn:akashi:verdicts:v1"

typedef enum { AK_STATEMENT_KIND_TEST_RESULT, AK_STATEMENT_KIND_VERDICTS } AkStatementKind;
#define AK_STATEMENT_KIND_COUNT 2

/* The predicate type of a kind, and its short name: "test_result", "verdicts". */
const char *ak_statement_predicate_type(AkStatementKind kind);
const char *ak_statement_kind_name(AkStatementKind kind);

/* Everything is borrowed. */
typedef struct {
  const char *product;   /* "NAME@VERSION" */
  const json_t *images;  /* array of subjects {"name", "digest": {"sha256"}}, sorted; or NULL */
  const json_t *planned; /* the run-planned record; its "product" is a digest in hexadecimal */
  const json_t *verdict; /* the verdict record; its "verdicts" is what ak_verdict_compute made */
  guint64 verdict_index; /* of that record in the log */
} AkStatementInput;

/* The statement of `kind`; the caller's. INVALID_DATA where a record lacks what it needs. */
json_t *ak_statement_build(AkStatementKind kind, const AkStatementInput *input, GError **error);

/* Parses a statement of `kind` in canonical form; the caller's. */
json_t *ak_statement_parse(AkStatementKind kind, const char *data, gsize size, GError **error);

/* The name of the first subject, the product's, or NULL. Borrowed. */
const char *ak_statement_product(const json_t *statement);
