/* Secrets by patterns: API keys, Wi-Fi passphrases, credentials in settings and scripts, constants
 * named as keys. The rules are data (data/signatures/secrets.json; docs/formats/signatures.md);
 * Hyperscan looks for all of them in one pass. What is reported never holds the secret itself.
 * Pure. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_RULE_API_KEY,  /* "api-key": of a service on the internet */
  AK_RULE_WIFI,     /* "wifi" */
  AK_RULE_LOGIN,    /* "login": a password that logs in somewhere */
  AK_RULE_KEY,      /* "key": a private key in a form of its own */
  AK_RULE_CONSTANT, /* "constant": named as a secret, of no known form */
  AK_RULE_KINDS,
} AkRuleKind;

typedef struct {
  char *id, *title;
  AkRuleKind kind;
  char *confidence;                     /* "high", "medium", "low" */
  char *sample, *sample_path, *counter; /* what must be found, in which file; what must not */
} AkSecretRule;

typedef struct _AkSecretRules AkSecretRules;

/* The program's own, read once a thread: borrowed, and of the calling thread alone. */
AkSecretRules *ak_secret_rules_own(GError **error);
/* Of the program's data, or of `json`; the caller's. INVALID_DATA with the rule where the data breaks its form or
 * a pattern does not compile. */
AkSecretRules *ak_secret_rules_new(GError **error);
AkSecretRules *ak_secret_rules_read(const char *json, gsize size, GError **error);
void ak_secret_rules_free(AkSecretRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSecretRules, ak_secret_rules_free)

/* Of rules as above: their compiled patterns, to be loaded on any processor of this kind; for the build. */
GBytes *ak_secret_rules_pack(const char *json, gsize size, GError **error);
/* True if the patterns were loaded as they were compiled when the program was built. */
bool ak_secret_rules_are_packed(const AkSecretRules *self);

guint ak_secret_rules_length(const AkSecretRules *self);
const AkSecretRule *ak_secret_rules_get(const AkSecretRules *self, guint index);

typedef struct {
  const AkSecretRule *rule; /* borrowed from the rules */
  char *masked;             /* "AWS access key: AKIA*****" */
  gsize offset, length;     /* of the secret itself */
} AkSecretHit;
void ak_secret_hit_free(AkSecretHit *self);

/* True for what lies in a folder of manuals (share/doc, man, info, locale): what stands there is an
 * example. */
bool ak_secret_is_manual(const char *path);

/* All hits in `size` bytes of the file `path` (a locator will do), in their order: GPtrArray of
 * AkSecretHit, at most 200. Rules of settings look at texts alone (no NUL in the first 4 KiB); in
 * manuals only API keys count; values that stand for others ("$PASS", "<key>", "EXAMPLE", "password")
 * are none. One thread a rule set. */
GPtrArray *ak_secret_rules_find(AkSecretRules *self, const char *path, const guint8 *data,
                                gsize size);

/* All of a path that decides what is found, as a text: equal for paths with the same answer. Caller frees. */
char *ak_secret_rules_manner(const AkSecretRules *self, const char *path);

bool ak_firmware_secret_rule_fuzz(const guint8 *data, gsize size);
