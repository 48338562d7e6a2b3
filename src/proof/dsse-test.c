#include "proof/dsse.h"

#include <sodium.h>
#include <string.h>

/* Made with OpenSSL's command line from the seed 01 02 … 20 over
 * "DSSEv1 28 application/vnd.in-toto+json 5 hello". */
#define ENVELOPE(payload, type, keyid, sig)                                                        \
  "{\"payload\":\"" payload "\",\"payloadType\":\"" type "\",\"signatures\":[{\"keyid\":\"" keyid  \
  "\",\"sig\":\"" sig "\"}]}"
#define HELLO "aGVsbG8="
#define SIGNATURE                                                                                  \
  "fCPbiJYHWPtBaxup9x7ouTz39LrnAk6GyUShFXV5Y9S5tn0eXa3FaWhzMuxplvMEJnA42fIXqLHhkmLRSHG8AA=="
#define GOOD ENVELOPE(HELLO, AK_DSSE_IN_TOTO, "k", SIGNATURE)

static guint8 public_key[32], secret[64];

static void make_key(void) {
  guint8 seed[32];
  for (guint8 i = 0; i < 32; i++)
    seed[i] = i + 1;
  crypto_sign_seed_keypair(public_key, secret, seed);
}

static bool sign(gpointer user, const void *data, gsize size,
                 guint8 signature[static AK_NOTE_SIGNATURE_SIZE], GError **error) {
  return crypto_sign_detached(signature, NULL, data, size, secret) == 0;
}

static AkDsse *parse(const char *text, gsize size, GError **error) {
  g_autoptr(json_t) json = ak_json_parse(text, size, "envelope", error);
  return json != NULL ? ak_dsse_from_json(json, "envelope", error) : NULL;
}

static void test_pae(void) {
  g_autoptr(GBytes) pae = ak_dsse_pae(AK_DSSE_IN_TOTO, "hello", 5);
  static const char expected[] = "DSSEv1 28 application/vnd.in-toto+json 5 hello";
  g_assert_cmpmem(g_bytes_get_data(pae, NULL), g_bytes_get_size(pae), expected, strlen(expected));
  g_autoptr(GBytes) empty = ak_dsse_pae("", "", 0);
  g_assert_cmpmem(g_bytes_get_data(empty, NULL), g_bytes_get_size(empty), "DSSEv1 0  0 ", 12);
}

static void test_writes_and_verifies(void) {
  g_autoptr(json_t) json = ak_dsse_sign(AK_DSSE_IN_TOTO, "hello", 5, "k", sign, NULL, NULL);
  g_autofree char *text = ak_json_canonical(json, NULL, NULL);
  g_assert_cmpstr(text, ==, GOOD);
  g_autoptr(AkDsse) envelope = parse(GOOD, strlen(GOOD), NULL);
  g_assert_true(ak_dsse_verify(envelope, "k", public_key, NULL));
  g_assert_cmpstr(envelope->payload_type, ==, AK_DSSE_IN_TOTO);
  g_autoptr(GError) unknown = NULL, wrong = NULL;
  g_assert_false(ak_dsse_verify(envelope, "other", public_key, &unknown));
  g_assert_error(unknown, AK_ERROR, AK_ERROR_NOT_FOUND);
  guint8 other[32];
  memcpy(other, public_key, sizeof other);
  other[0] ^= 1;
  g_assert_false(ak_dsse_verify(envelope, "k", other, &wrong));
  g_assert_error(wrong, AK_ERROR, AK_ERROR_INVALID_DATA);
}

static void test_every_bit_counts(void) {
  for (gsize i = 0; i < strlen(GOOD) * 8; i++) {
    g_autofree char *changed = g_strdup(GOOD);
    changed[i / 8] ^= (char)(1 << (i % 8));
    g_autoptr(AkDsse) envelope = parse(changed, strlen(GOOD), NULL);
    g_assert_false(envelope != NULL && ak_dsse_verify(envelope, "k", public_key, NULL));
  }
}

static void test_truncated_at_every_byte(void) {
  for (gsize size = 0; size < strlen(GOOD); size++)
    g_assert_null(parse(GOOD, size, NULL));
}

static void test_refused_forms(void) {
  static const char *const bad[] = {
      "{}",
      "[]",
      ENVELOPE("aGVsbG8", "t", "k", SIGNATURE),  /* no padding */
      ENVELOPE("aGVsbG9=", "t", "k", SIGNATURE), /* unused bits set */
      ENVELOPE(HELLO, "t", "k", "AAAA"),         /* a short signature */
      "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}",
      "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"" SIGNATURE "\"}]}",
      "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"k\",\"sig\":"
      "\"" SIGNATURE "\",\"more\":1}]}",
      "{\"more\":1,\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"k\",\"sig\":"
      "\"" SIGNATURE "\"}]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_null(parse(bad[i], strlen(bad[i]), NULL));
}

static void test_too_many_signatures(void) {
  g_autoptr(json_t) json = json_loads(GOOD, 0, NULL);
  json_t *array = json_object_get(json, "signatures");
  for (guint i = 0; i < AK_DSSE_MAX_SIGNATURES; i++)
    json_array_append(array, json_array_get(array, 0));
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_dsse_from_json(json, "envelope", &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  make_key();
  g_test_add_func("/dsse/pae", test_pae);
  g_test_add_func("/dsse/verifies", test_writes_and_verifies);
  g_test_add_func("/dsse/every-bit", test_every_bit_counts);
  g_test_add_func("/dsse/truncated", test_truncated_at_every_byte);
  g_test_add_func("/dsse/refused", test_refused_forms);
  g_test_add_func("/dsse/too-many", test_too_many_signatures);
  return g_test_run();
}
