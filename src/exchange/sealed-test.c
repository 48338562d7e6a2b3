#include "exchange/sealed.h"

#include <string.h>

static const char corpus_text[] =
    "{\"cases\":1,\"format\":\"akashi-corpus\",\"id\":\"secret\",\"kind\":\"http\",\"sha256\":\"%"
    "s\","
    "\"version\":1}\n{\"attack\":true,\"id\":\"a\",\"licence\":\"MIT\",\"source\":\"s\",\"text\":"
    "\"GET /item?id=1+OR+1=1 HTTP/1.1\\r\\n\\r\\n\"}\n";

/* The corpus as a file has it. */
static GBytes *file_new(void) {
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new("secret", AK_EFFECT_HTTP);
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  char hex[AK_DIGEST_HEX_SIZE];
  one->id = g_strdup("a");
  one->base = g_strdup("a");
  one->attack = true;
  one->source = g_strdup("s");
  one->licence = g_strdup("MIT");
  one->bytes = g_bytes_new_static("GET /item?id=1+OR+1=1 HTTP/1.1\r\n\r\n", 34);
  g_ptr_array_add(corpus->cases, one);
  g_assert_true(ak_effect_corpus_close(corpus, NULL));
  ak_digest_to_hex(&corpus->digest, hex);
  char *text = g_strdup_printf(corpus_text, hex);
  return g_bytes_new_take(text, strlen(text));
}

static AkEffectCorpus *open_bytes(GBytes *sealed, const AkSealKey *key, GError **error) {
  gsize size = 0;
  const char *data = g_bytes_get_data(sealed, &size);
  return ak_sealed_open(data, size, "sealed", key, error);
}

static void test_round_trip(void) {
  AkSealKey key, again;
  g_autoptr(GBytes) file = file_new();
  ak_seal_key_new(&key);
  g_autofree char *text = ak_seal_key_to_text(&key), *line = g_strdup_printf(" %s\n", text);
  g_assert_true(ak_seal_key_from_text(line, &again, NULL));
  g_assert_cmpmem(&key, sizeof key, &again, sizeof again);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) sealed = ak_sealed_make(file, "secret", &key, &error);
  g_assert_no_error(error);
  gsize size = 0;
  const char *data = g_bytes_get_data(sealed, &size);
  g_assert_null(memmem(data, size, "item?id", 7)); /* nothing of the cases is in the open */
  g_assert_nonnull(memmem(data, size, "\"cases\":1", 9));
  g_autoptr(AkEffectCorpus) corpus = open_bytes(sealed, &again, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(corpus->cases->len, ==, 1);
  g_assert_true(corpus->burnt);
}

static void test_other_key(void) {
  AkSealKey key, other;
  g_autoptr(GBytes) file = file_new();
  ak_seal_key_new(&key);
  ak_seal_key_new(&other);
  g_autoptr(GBytes) sealed = ak_sealed_make(file, "secret", &key, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_null(open_bytes(sealed, &other, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_clear_error(&error);
  g_assert_false(ak_seal_key_from_text("00", &other, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* Cut anywhere, or with any one byte changed, in the open or not: it does not open. */
static void test_every_byte(void) {
  AkSealKey key;
  g_autoptr(GBytes) file = file_new();
  ak_seal_key_new(&key);
  g_autoptr(GBytes) sealed = ak_sealed_make(file, "secret", &key, NULL);
  gsize size = 0;
  const char *data = g_bytes_get_data(sealed, &size);
  for (gsize i = 0; i < size; i++) {
    g_autofree char *copy = g_memdup2(data, size);
    copy[i] ^= 1;
    g_autoptr(AkEffectCorpus) changed = ak_sealed_open(copy, size, "changed", &key, NULL);
    g_assert_null(changed);
    g_autofree char *part = g_memdup2(data, i + 1);
    g_autoptr(AkEffectCorpus) cut = ak_sealed_open(part, i, "cut", &key, NULL);
    g_assert_null(cut);
  }
}

/* Longer than a chunk, and as long as one: all comes back. */
static void test_long(void) {
  AkSealKey key;
  ak_seal_key_new(&key);
  g_autoptr(GBytes) file = file_new();
  gsize size = 0;
  const char *data = g_bytes_get_data(file, &size);
  static const gsize lengths[] = {65536 - 1, 65536, 65536 + 1, 200000};
  for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autofree char *padded = g_malloc(lengths[i]);
    memset(padded, '\n', lengths[i]); /* empty lines are passed over */
    memcpy(padded, data, size);
    g_autoptr(GBytes) whole = g_bytes_new(padded, lengths[i]);
    g_autoptr(GBytes) sealed = ak_sealed_make(whole, "long", &key, NULL);
    g_assert_nonnull(sealed);
    g_autoptr(AkEffectCorpus) corpus = open_bytes(sealed, &key, NULL);
    g_assert_nonnull(corpus);
    g_assert_cmpuint(corpus->cases->len, ==, 1);
  }
}

static void test_no_corpus(void) {
  AkSealKey key;
  ak_seal_key_new(&key);
  g_autoptr(GBytes) nothing = g_bytes_new_static("{}\n", 3);
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_sealed_make(nothing, "x", &key, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/sealed/round-trip", test_round_trip);
  g_test_add_func("/exchange/sealed/other-key", test_other_key);
  g_test_add_func("/exchange/sealed/every-byte", test_every_byte);
  g_test_add_func("/exchange/sealed/long", test_long);
  g_test_add_func("/exchange/sealed/no-corpus", test_no_corpus);
  return g_test_run();
}
