/* go-ftw: tests of web application firewall rules in YAML, as the Core Rule Set's.
 *
 * Source: OWASP CRS, ftw-tests-schema v2.3.0 (the members), and go-ftw's documented behaviour: what
 * is filled in where a member is missing, how a body is encoded, when a test passes. */
#pragma once

#include "exchange/corpus-import.h"
#include "exchange/yaml.h"

extern const AkYamlLimits ak_go_ftw_limits;

/* Adds a case for each stage and URI: id "RULE-TEST", with "#STAGE" from the second stage on and
 * "/URI" from the second URI on; base "RULE". A test that expects its rule to match is an attack,
 * one that expects it not to is harmless. Stages that need what an earlier one got back (cookies,
 * redirects, an answer of the backend) are recorded as unsupported. False with INVALID_DATA or
 * LIMIT where the file is no such file: the caller records it. */
bool ak_go_ftw_read(AkImport *into, const char *data, gsize size, const char *where,
                    const AkImportSpec *spec, GError **error);

/* What a stage expects. */
typedef struct {
  guint status;                       /* 0: any */
  char *response_contains;            /* regular expression; or NULL */
  char *match, *no_match;             /* of a line of the log, likewise */
  GArray *expect_ids, *no_expect_ids; /* of guint64 */
  bool expect_error;
  bool isolated; /* one rule alone may have matched */
} AkGoFtwExpected;

/* What was seen; borrowed. */
typedef struct {
  bool error; /* no answer came */
  guint status;
  const char *response; /* with its head */
  gsize response_size;
  const char *log; /* the product's lines of this request */
  gsize log_size;
} AkGoFtwSeen;

/* Of an "output" map; the caller's. */
AkGoFtwExpected *ak_go_ftw_expected(const AkYaml *output);
void ak_go_ftw_expected_free(AkGoFtwExpected *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkGoFtwExpected, ak_go_ftw_expected_free)

/* As canonical JSON, the form of AkEffectCase.expects ({"go-ftw": {…}}), and back; the caller's.
 * NULL with INVALID_DATA where it is none. */
char *ak_go_ftw_expected_to_text(const AkGoFtwExpected *self);
AkGoFtwExpected *ak_go_ftw_expected_from_text(const char *text, GError **error);

/* Does the test pass? An error passes where one is expected and fails else; an answer must then fit
 * in status, text and log. INVALID_DATA for a regular expression that is none. */
bool ak_go_ftw_passes(const AkGoFtwExpected *expected, const AkGoFtwSeen *seen, bool *passes,
                      GError **error);

bool ak_exchange_go_ftw_fuzz(const guint8 *data, gsize size);
