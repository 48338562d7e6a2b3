/* A small log with its records, checkpoint and keys, and the bundles made of it: what the tests of bundles start from. */
#pragma once

#include "proof/bundle.h"

#include <sodium.h>
#include <string.h>

#include "core/observation.h"
#include "proof/base64.h"
#include "proof/check.h"
#include "proof/citations.h"

#define ORIGIN "log.example/lab"
#define PRODUCT "Gateway@1.2"
#define PRODUCT_DIGEST "1111111111111111111111111111111111111111111111111111111111111111"
#define PROFILE_DIGEST "2222222222222222222222222222222222222222222222222222222222222222"
#define RULES_DIGEST "3333333333333333333333333333333333333333333333333333333333333333"
#define IMAGE_DIGEST "4444444444444444444444444444444444444444444444444444444444444444"
#define LEAVES 13
#define OLD_SIZE 5

/* Places of the records in the sample log; the leaves between belong to others. */
enum { PLAN = 2, IMAGE = 4, TLS = 6, UNCITED = 8, VERDICT = 11 };

/* A log of LEAVES records, held in memory, and the keys of it and of a witness. */
typedef struct {
  char *texts[LEAVES];
  guint8 salts[LEAVES][AK_SALT_SIZE];
  AkDigest leaves[LEAVES];
  guint8 public_key[32], secret[64], witness_public[32], witness_secret[64];
  AkNoteKey *key, *witness;
  char *key_text, *witness_text;
} Log;

static Log sample; /* the one log that every test starts from */

static bool sign(gpointer user, const void *data, gsize size,
                 guint8 signature[static AK_NOTE_SIGNATURE_SIZE], GError **error) {
  return crypto_sign_detached(signature, NULL, data, size, ((const Log *)user)->secret) == 0;
}

static AkDigest root_of(const AkDigest *leaves, gsize n) {
  if (n == 1)
    return leaves[0];
  gsize k = 1;
  while (2 * k < n)
    k *= 2;
  AkDigest left = root_of(leaves, k), right = root_of(leaves + k, n - k);
  return ak_merkle_node(&left, &right);
}

static bool hash_of(gpointer data, guint level, guint64 index, AkDigest *out, GError **error) {
  *out = root_of((const AkDigest *)data + (index << level), (gsize)1 << level);
  return true;
}

static char *checkpoint_of(const Log *log, guint64 size, bool is_witnessed) {
  guint8 signature[64];
  AkDigest root = root_of(log->leaves, size);
  g_autofree char *body = ak_checkpoint_format(ORIGIN, size, &root, NULL);
  g_autoptr(AkNote) note = ak_note_new(body, NULL);
  crypto_sign_detached(signature, NULL, (const guint8 *)body, strlen(body), log->secret);
  ak_note_add_signature(note, log->key, signature);
  if (is_witnessed) {
    g_autofree char *cosigned = ak_note_cosigned_text(note, 1700000000);
    crypto_sign_detached(signature, NULL, (const guint8 *)cosigned, strlen(cosigned),
                         log->witness_secret);
    ak_note_add_cosignature(note, log->witness, 1700000000, signature);
  }
  return ak_note_format(note);
}

/* An observation's record; `identity` gets what verdicts cite. */
static char *observation_record(const char *run, const char *kind, const char *locator,
                                const char *property, AkValue value, char *identity) {
  g_autoptr(AkObservation) observation =
      ak_observation_new(kind, locator, property, AK_OUTCOME_SEEN);
  observation->test_id = g_strdup("test.sample");
  observation->test_rev = 1;
  ak_observation_take_value(observation, value);
  AkDigest blob = ak_digest_of("raw bytes", 9);
  ak_observation_cite(observation, &blob, 0, 9);
  AkDigest digest = ak_observation_identity(observation);
  ak_digest_to_hex(&digest, identity);
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_OBSERVATION, run, 1000);
  json_object_set_new(record, "execution", json_string("test.sample/x/1"));
  json_object_set_new(record, "observation", ak_observation_to_json(observation, false));
  return ak_json_canonical(record, NULL, NULL);
}

static char *plan_record(const char *run, const char *product) {
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_RUN_PLANNED, run, 900);
  json_object_set_new(record, "product", json_string(product));
  json_object_set_new(record, "profile", json_string(PROFILE_DIGEST));
  return ak_json_canonical(record, NULL, NULL);
}

static char *verdict_record(const char *cited) {
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_VERDICT, "run-1", 2000);
  json_object_set_new(record, "rules", json_string(RULES_DIGEST));
  json_object_set_new(
      record, "verdicts",
      json_pack("{s:[{s:s,s:s,s:s,s:[{s:s,s:s,s:[s]}]},{s:s,s:s,s:s,s:[]},{s:s,s:s,s:s,s:[]}],"
                "s:[],s:{s:i,s:i,s:i,s:i}}",
                "verdicts", "requirement", "5.5-1", "obligation", "M", "verdict", "pass", "cases",
                "case", "5.5-1-1", "verdict", "pass", "observations", cited, "requirement", "5.6-1",
                "obligation", "R", "verdict", "inconclusive", "cases", "requirement", "5.7-1",
                "obligation", "R", "verdict", "fail", "cases", "findings", "summary", "pass", 1,
                "fail", 1, "inconclusive", 1, "not_applicable", 0));
  return ak_json_canonical(record, NULL, NULL);
}

static void hash_leaves(Log *log) {
  for (guint i = 0; i < LEAVES; i++) {
    AkDigest commitment = ak_merkle_commitment(log->salts[i], log->texts[i], strlen(log->texts[i]));
    log->leaves[i] = ak_merkle_leaf(commitment.bytes, AK_DIGEST_SIZE);
  }
}

static void make_log(Log *log) {
  guint8 seed[32] = {7}, witness_seed[32] = {8};
  char image[AK_DIGEST_HEX_SIZE], tls[AK_DIGEST_HEX_SIZE], uncited[AK_DIGEST_HEX_SIZE];
  crypto_sign_seed_keypair(log->public_key, log->secret, seed);
  crypto_sign_seed_keypair(log->witness_public, log->witness_secret, witness_seed);
  log->key = ak_note_key_new(ORIGIN, AK_NOTE_KEY_ED25519, log->public_key, NULL);
  log->witness = ak_note_key_new("witness", AK_NOTE_KEY_COSIGNATURE, log->witness_public, NULL);
  log->key_text = ak_note_key_format(log->key);
  log->witness_text = ak_note_key_format(log->witness);
  for (guint i = 0; i < LEAVES; i++) {
    log->texts[i] = g_strdup("{\"of\":\"others\"}");
    memset(log->salts[i], (int)i, AK_SALT_SIZE);
  }
  g_free(log->texts[PLAN]);
  log->texts[PLAN] = plan_record("run-1", PRODUCT_DIGEST);
  g_free(log->texts[IMAGE]);
  log->texts[IMAGE] = observation_record("run-1", "image", "gateway.img", "firmware.digest",
                                         ak_value_text(IMAGE_DIGEST), image);
  g_free(log->texts[TLS]);
  log->texts[TLS] = observation_record("run-1", "service", "tcp:127.0.1.10:443", "tls.offered",
                                       ak_value_bool(true), tls);
  g_free(log->texts[UNCITED]);
  log->texts[UNCITED] = observation_record("run-1", "service", "tcp:127.0.1.10:22", "net.port.open",
                                           ak_value_bool(true), uncited);
  g_free(log->texts[VERDICT]);
  log->texts[VERDICT] = verdict_record(tls);
  hash_leaves(log);
}

static void clear_log(Log *log) {
  for (guint i = 0; i < LEAVES; i++)
    g_free(log->texts[i]);
  ak_note_key_free(log->key);
  ak_note_key_free(log->witness);
  g_free(log->key_text);
  g_free(log->witness_text);
}

static GPtrArray *reveal(Log *log, const guint *indices, gsize count) {
  GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)ak_bundle_record_free);
  for (gsize i = 0; i < count; i++) {
    guint at = indices[i];
    GArray *proof = ak_merkle_inclusion(at, LEAVES, hash_of, log->leaves, NULL);
    g_ptr_array_add(records,
                    ak_bundle_record_new(at, g_strdup(log->texts[at]), log->salts[at], proof));
  }
  return records;
}

static GBytes *write_with(Log *log, const guint *indices, gsize count, GPtrArray *evidence,
                          GError **error) {
  g_autoptr(GPtrArray) records = reveal(log, indices, count);
  g_autoptr(GPtrArray) earlier =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_bundle_earlier_free);
  g_ptr_array_add(earlier, ak_bundle_earlier_new(checkpoint_of(log, OLD_SIZE, false),
                                                 ak_merkle_consistency(OLD_SIZE, LEAVES, hash_of,
                                                                       log->leaves, NULL)));
  g_autofree char *checkpoint = checkpoint_of(log, LEAVES, true);
  const char *witnesses[] = {log->witness_text, NULL};
  AkBundleInput input = {.log_key = log->key_text,
                         .checkpoint = checkpoint,
                         .witnesses = witnesses,
                         .product = PRODUCT,
                         .records = records,
                         .earlier = earlier,
                         .evidence = evidence,
                         .sign = sign,
                         .sign_data = log};
  return ak_proof_bundle_write(&input, error);
}

/* The complete sample: everything a bundle can hold. */
static GBytes *write_sample(void) {
  static const guint all[] = {VERDICT, TLS, PLAN, IMAGE}; /* in no order: writing sorts */
  g_autoptr(GPtrArray) evidence = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  g_ptr_array_add(evidence, g_bytes_new_static("raw bytes", 9));
  g_autoptr(GError) error = NULL;
  GBytes *bytes = write_with(&sample, all, G_N_ELEMENTS(all), evidence, &error);
  g_assert_no_error(error);
  return bytes;
}

static char *sample_text(gsize *size) {
  g_autoptr(GBytes) bytes = write_sample();
  *size = g_bytes_get_size(bytes);
  return g_strndup(g_bytes_get_data(bytes, NULL), *size);
}

static bool holds(const char *data, gsize size) {
  const AkProofTrust trust = {.key = sample.key};
  AkProofReport report = {0};
  bool is_read = ak_proof_bundle_check(data, size, &trust, &report, NULL);
  bool result = is_read && report.holds;
  ak_proof_report_clear(&report);
  return result;
}

