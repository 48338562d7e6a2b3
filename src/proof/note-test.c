#include "proof/note.h"

#include <sodium.h>
#include <string.h>

#include "proof/base64.h"
#include "proof/checkpoint.h"

/* Made with OpenSSL's command line and SHA-256 from the seed 01 02 … 20, not with this code. */
#define LOG_KEY "log.example/lab+d00bc3c7+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk"
#define WITNESS_KEY "witness.example/w1+468d99bb+BHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk"
#define BODY "log.example/lab\n3\nrra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=\n"
#define LOG_LINE                                                                                   \
  "— log.example/lab 0AvDx+cxmVXwglGoQwIGMYKrEiFBnk5d+6PPOaoDv5p/"                               \
  "zrxmMVg7VRxXsMe1KYoS82/Tdfz3g+CrykXbDmL0cKU6EQo=\n"
#define WITNESS_LINE                                                                               \
  "— witness.example/w1 Ro2ZuwAAAABlU/EAy2D4JpOAhgnSd8Jnsg/mcAwyaogfHzc2rWKu5tuHJvF7cvjoldlV/"   \
  "JC4DRj/a2mtVQPrF/p0wbP8Gc6w8BckDg==\n"
#define WITNESS_TIME 1700000000
#define SIGNED BODY "\n" LOG_LINE WITNESS_LINE

static AkNote *parse(const char *text, GError **error) {
  return ak_note_parse(text, strlen(text), error);
}

static void test_verifies_log_and_witness(void) {
  g_autoptr(AkNoteKey) log = ak_note_key_parse(LOG_KEY, NULL);
  g_autoptr(AkNoteKey) witness = ak_note_key_parse(WITNESS_KEY, NULL);
  g_autoptr(AkNote) note = parse(SIGNED, NULL);
  guint64 time_s = 1;
  g_assert_true(ak_note_verify(note, log, &time_s, NULL));
  g_assert_cmpuint(time_s, ==, 0);
  g_assert_true(ak_note_verify(note, witness, &time_s, NULL));
  g_assert_cmpuint(time_s, ==, WITNESS_TIME);
  g_autofree char *again = ak_note_format(note);
  g_assert_cmpstr(again, ==, SIGNED);
}

static void test_writes_the_same_bytes(void) {
  guint8 seed[32], public_key[32], secret[64], signature[64];
  for (guint8 i = 0; i < 32; i++)
    seed[i] = i + 1;
  crypto_sign_seed_keypair(public_key, secret, seed);
  g_autoptr(AkNoteKey) log =
      ak_note_key_new("log.example/lab", AK_NOTE_KEY_ED25519, public_key, NULL);
  g_autoptr(AkNoteKey) witness =
      ak_note_key_new("witness.example/w1", AK_NOTE_KEY_COSIGNATURE, public_key, NULL);
  g_autofree char *key_text = ak_note_key_format(log);
  g_assert_cmpstr(key_text, ==, LOG_KEY);
  g_autoptr(AkNote) note = ak_note_new(BODY, NULL);
  crypto_sign_detached(signature, NULL, (const guint8 *)note->text, strlen(note->text), secret);
  ak_note_add_signature(note, log, signature);
  g_autofree char *cosigned = ak_note_cosigned_text(note, WITNESS_TIME);
  crypto_sign_detached(signature, NULL, (const guint8 *)cosigned, strlen(cosigned), secret);
  ak_note_add_cosignature(note, witness, WITNESS_TIME, signature);
  g_autofree char *text = ak_note_format(note);
  g_assert_cmpstr(text, ==, SIGNED);
}

static void test_unknown_signatures_are_kept(void) {
  g_autoptr(AkNoteKey) log = ak_note_key_parse(LOG_KEY, NULL);
  const char *text = BODY "\n— other.example AAAAAQI=\n" LOG_LINE;
  g_autoptr(AkNote) note = parse(text, NULL);
  g_assert_cmpuint(note->signatures->len, ==, 2);
  g_assert_true(ak_note_verify(note, log, NULL, NULL));
  g_autofree char *again = ak_note_format(note);
  g_assert_cmpstr(again, ==, text);
}

static void test_a_missing_or_wrong_signature_is_refused(void) {
  g_autoptr(AkNoteKey) log = ak_note_key_parse(LOG_KEY, NULL);
  g_autoptr(AkNoteKey) witness = ak_note_key_parse(WITNESS_KEY, NULL);
  g_autoptr(AkNote) alone = parse(BODY "\n" LOG_LINE, NULL);
  g_autoptr(GError) missing = NULL, wrong = NULL;
  g_assert_false(ak_note_verify(alone, witness, NULL, &missing));
  g_assert_error(missing, AK_ERROR, AK_ERROR_NOT_FOUND);
  g_autofree char *changed = g_strdup(BODY "\n" LOG_LINE);
  changed[strlen("log.example/lab\n")] = '4';
  g_autoptr(AkNote) other = parse(changed, NULL);
  g_assert_false(ak_note_verify(other, log, NULL, &wrong));
  g_assert_error(wrong, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* Each flipped bit either breaks the form or a signature. */
static void test_every_bit_counts(void) {
  g_autoptr(AkNoteKey) log = ak_note_key_parse(LOG_KEY, NULL);
  g_autoptr(AkNoteKey) witness = ak_note_key_parse(WITNESS_KEY, NULL);
  for (gsize i = 0; i < strlen(SIGNED) * 8; i++) {
    g_autofree char *changed = g_strdup(SIGNED);
    changed[i / 8] ^= (char)(1 << (i % 8));
    g_autoptr(AkNote) note = ak_note_parse(changed, strlen(SIGNED), NULL);
    g_assert_false(note != NULL && ak_note_verify(note, log, NULL, NULL) &&
                   ak_note_verify(note, witness, NULL, NULL));
  }
}

static void test_truncated_at_every_byte(void) {
  g_autoptr(AkNoteKey) witness = ak_note_key_parse(WITNESS_KEY, NULL);
  for (gsize size = 0; size < strlen(SIGNED); size++) {
    g_autoptr(AkNote) note = ak_note_parse(SIGNED, size, NULL);
    g_assert_false(note != NULL && ak_note_verify(note, witness, NULL, NULL));
  }
}

static void test_refused_forms(void) {
  static const char *const bad[] = {
      "",
      "\n",
      BODY,
      BODY "\n",
      BODY "\n\n",
      BODY "\nno signature line\n",
      BODY "\n" LOG_LINE LOG_LINE,          /* one key twice */
      BODY "\n— other.example AAAAAQ==\n",  /* a key ID and nothing else */
      BODY "\n— other.example AAAA\n",      /* less than a key ID */
      BODY "\n— other.example AAAAAQJ=\n",  /* unused bits set */
      BODY "\n— other.example AAAAAQI\n",   /* no padding */
      BODY "\n— other.example  AAAAAQI=\n", /* two spaces */
      BODY "\n—  AAAAAQI=\n",               /* no name */
      BODY "\n— a+b AAAAAQI=\n",            /* "+" in a name */
      BODY "\n— a\xE3\x80\x80"
           "b AAAAAQI=\n",                    /* an ideographic space in a name */
      BODY "\n- other.example AAAAAQI=\n",    /* a hyphen */
      "text\r\n\n— other.example AAAAAQI=\n", /* a control character */
      "\xFF\n\n— other.example AAAAAQI=\n",   /* no UTF-8 */
      BODY "\n" LOG_LINE "\n",                /* a blank line at the end */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(bad[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

static void test_limits(void) {
  g_autoptr(GString) many = g_string_new(BODY "\n");
  for (guint i = 0; i < AK_NOTE_MAX_SIGNATURES; i++)
    g_string_append_printf(many, "— w%u AAAAAQI=\n", i);
  g_autoptr(AkNote) full = parse(many->str, NULL);
  g_assert_cmpuint(full->signatures->len, ==, AK_NOTE_MAX_SIGNATURES);
  g_string_append(many, "— last AAAAAQI=\n");
  g_autoptr(GError) count = NULL, size = NULL;
  g_assert_null(parse(many->str, &count));
  g_assert_error(count, AK_ERROR, AK_ERROR_LIMIT);
  g_autofree char *big = g_malloc0(AK_NOTE_MAX_BYTES + 1);
  g_assert_null(ak_note_parse(big, AK_NOTE_MAX_BYTES + 1, &size));
  g_assert_error(size, AK_ERROR, AK_ERROR_LIMIT);
}

static void test_refused_keys(void) {
  static const char *const bad[] = {
      "",
      "log.example/lab",
      "log.example/lab+d00bc3c7",
      "log.example/lab+d00bc3c8+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk", /* other ID */
      "log.example/lab+D00BC3C7+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk", /* upper case */
      "log.example/lax+d00bc3c7+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk", /* other name */
      "log.example/lab+d00bc3c7+BHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk", /* other type */
      "log.example/lab+d00bc3c7+AXm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBA==", /* short */
      LOG_KEY "\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_null(ak_note_key_parse(bad[i], NULL));
  g_autoptr(GError) type = NULL;
  g_assert_null(ak_note_key_parse("a+00000000+Ag==", &type));
  g_assert_error(type, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
}

static void test_checkpoint(void) {
  g_autoptr(AkCheckpoint) plain = ak_checkpoint_parse(BODY, NULL);
  g_assert_cmpstr(plain->origin, ==, "log.example/lab");
  g_assert_cmpuint(plain->size, ==, 3);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&plain->root, hex);
  g_assert_cmpstr(hex, ==, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  g_assert_cmpuint(g_strv_length(plain->extensions), ==, 0);
  g_autoptr(AkCheckpoint) extended = ak_checkpoint_parse(BODY "one\ntwo\n", NULL);
  g_assert_cmpstr(extended->extensions[1], ==, "two");
}

static void test_refused_checkpoints(void) {
#define ROOT "rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=\n"
  static const char *const bad[] = {
      "",
      "\n",
      "log\n3\n",
      "\n3\n" ROOT,
      "log\n03\n" ROOT,
      "log\n+3\n" ROOT,
      "log\n-3\n" ROOT,
      "log\n\n" ROOT,
      "log\n18446744073709551616\n" ROOT, /* 2^64 */
      "log\n3\nrra8\n",
      "log\n3\n" ROOT "\nextension after an empty line\n",
      "log\n3\nrra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=", /* no final newline */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_checkpoint_parse(bad[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
  g_autoptr(AkCheckpoint) largest = ak_checkpoint_parse("log\n18446744073709551615\n" ROOT, NULL);
  g_assert_cmpuint(largest->size, ==, G_MAXUINT64);
}

static void test_open_binds_origin_and_key(void) {
  g_autoptr(AkNoteKey) log = ak_note_key_parse(LOG_KEY, NULL);
  g_autoptr(AkNote) note = NULL;
  g_autoptr(AkCheckpoint) good = ak_checkpoint_open(SIGNED, strlen(SIGNED), log, &note, NULL);
  g_assert_cmpuint(good->size, ==, 3);
  g_assert_cmpuint(note->signatures->len, ==, 2);
  /* a good signature under another name than the origin's */
  guint8 seed[32], public_key[32], secret[64], signature[64];
  memset(seed, 9, sizeof seed);
  crypto_sign_seed_keypair(public_key, secret, seed);
  g_autoptr(AkNoteKey) other = ak_note_key_new("else", AK_NOTE_KEY_ED25519, public_key, NULL);
  g_autoptr(AkNote) foreign = ak_note_new(BODY, NULL);
  crypto_sign_detached(signature, NULL, (const guint8 *)BODY, strlen(BODY), secret);
  ak_note_add_signature(foreign, other, signature);
  g_autofree char *text = ak_note_format(foreign);
  g_assert_true(ak_note_verify(foreign, other, NULL, NULL));
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_checkpoint_open(text, strlen(text), other, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

static void test_base64_has_one_spelling(void) {
  static const char *const bad[] = {"A",    "AA",       "AAA",  "AB==", "AA==\n",
                                    "A A=", "AA==AA==", "_-8=", "====", "AA=="};
  for (gsize i = 0; i + 1 < G_N_ELEMENTS(bad); i++)
    g_assert_null(ak_base64_decode(bad[i], 64, "test", NULL));
  g_autoptr(GBytes) one = ak_base64_decode("AA==", 64, "test", NULL);
  g_assert_cmpuint(g_bytes_get_size(one), ==, 1);
  g_autoptr(GBytes) none = ak_base64_decode("", 64, "test", NULL);
  g_assert_cmpuint(g_bytes_get_size(none), ==, 0);
  g_autoptr(GError) limit = NULL;
  g_assert_null(ak_base64_decode("AAAAAA==", 3, "test", &limit));
  g_assert_error(limit, AK_ERROR, AK_ERROR_LIMIT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/note/verifies", test_verifies_log_and_witness);
  g_test_add_func("/note/writes", test_writes_the_same_bytes);
  g_test_add_func("/note/unknown-kept", test_unknown_signatures_are_kept);
  g_test_add_func("/note/wrong", test_a_missing_or_wrong_signature_is_refused);
  g_test_add_func("/note/every-bit", test_every_bit_counts);
  g_test_add_func("/note/truncated", test_truncated_at_every_byte);
  g_test_add_func("/note/refused", test_refused_forms);
  g_test_add_func("/note/limits", test_limits);
  g_test_add_func("/note/keys", test_refused_keys);
  g_test_add_func("/note/checkpoint", test_checkpoint);
  g_test_add_func("/note/checkpoint-refused", test_refused_checkpoints);
  g_test_add_func("/note/checkpoint-open", test_open_binds_origin_and_key);
  g_test_add_func("/note/base64", test_base64_has_one_spelling);
  return g_test_run();
}
