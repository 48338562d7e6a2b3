#include "firmware/secret-find.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

static GPtrArray *find(const char *path, const char *text) {
  return ak_secret_find(path, (const guint8 *)text, strlen(text));
}

static char *make_key(const EVP_CIPHER *cipher) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  BIO *bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, cipher ? "secret" : NULL, cipher ? 6 : 0, NULL,
                                NULL);
  char *data = NULL;
  long size = BIO_get_mem_data(bio, &data);
  char *text = g_strndup(data, (gsize)size);
  BIO_free(bio);
  EVP_PKEY_free(key);
  return text;
}

static void test_a_key_that_decodes(void) {
  g_autofree char *pem = make_key(NULL);
  g_autofree char *file = g_strdup_printf("junk\n%s\nmore", pem);
  g_autoptr(GPtrArray) found = find("/etc/ssl/server.pem", file);
  g_assert_cmpuint(found->len, ==, 1);
  const AkSecret *secret = found->pdata[0];
  g_assert_cmpint(secret->kind, ==, AK_SECRET_PRIVATE_KEY);
  g_assert_cmpstr(secret->description, ==, "EC 256 PEM");
  g_assert_cmpuint(secret->offset, ==, 5);
}

static void test_words_and_encrypted_keys_are_none(void) {
  g_autofree char *encrypted = make_key(EVP_aes_128_cbc());
  g_autoptr(GPtrArray) locked = find("/etc/key.pem", encrypted);
  g_assert_cmpuint(locked->len, ==, 0);
  g_autoptr(GPtrArray) words =
      find("/lib/libssl.so", "-----BEGIN PRIVATE KEY-----\0-----END PRIVATE KEY-----");
  g_assert_cmpuint(words->len, ==, 0);
  g_autoptr(GPtrArray) empty =
      find("/x", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
  g_assert_cmpuint(empty->len, ==, 0);
}

static void test_hashes_in_shadow(void) {
  g_autofree char *hash = g_strnfill(86, 'a');
  g_autofree char *shadow = g_strdup_printf("root:$6$salt$%s:19000:0:::::\n"
                                            "daemon:*:19000::::::\n"
                                            "bin:!:19000::::::\n"
                                            "guest::19000::::::\n"
                                            "old:abJnggxhB/yWI:1::::::\n"
                                            "locked:!$6$salt$%s:1::::::\n",
                                            hash, hash);
  g_autoptr(GPtrArray) found = find("/etc/shadow", shadow);
  g_assert_cmpuint(found->len, ==, 3);
  g_assert_cmpstr(((AkSecret *)found->pdata[0])->description, ==, "root: $6$ (SHA-512)");
  g_assert_cmpstr(((AkSecret *)found->pdata[1])->description, ==, "guest: empty password");
  g_assert_cmpstr(((AkSecret *)found->pdata[2])->description, ==, "old: DES");
}

static void test_hashes_elsewhere(void) {
  g_autofree char *hash = g_strnfill(22, 'b');
  g_autofree char *script = g_strdup_printf("admin:$1$xyz$%s\nx:$1$not a hash\nuser:\n", hash);
  g_autoptr(GPtrArray) found = find("/etc/init.d/setup", script);
  g_assert_cmpuint(found->len, ==, 1);
  g_autoptr(GPtrArray) passwd = find("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  g_assert_cmpuint(passwd->len, ==, 0);
}

static void test_truncated_at_every_byte(void) {
  g_autofree char *pem = make_key(NULL);
  for (gsize cut = 0; cut < strlen(pem); cut++) {
    g_autofree guint8 *copy = g_memdup2(pem, cut);
    g_autoptr(GPtrArray) found = ak_secret_find("/k.key", copy, cut);
    if (cut + 2 < strlen(pem)) /* the last dash and line end do not matter */
      g_assert_cmpuint(found->len, ==, 0);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/secret/key", test_a_key_that_decodes);
  g_test_add_func("/secret/no-key", test_words_and_encrypted_keys_are_none);
  g_test_add_func("/secret/shadow", test_hashes_in_shadow);
  g_test_add_func("/secret/elsewhere", test_hashes_elsewhere);
  g_test_add_func("/secret/truncated", test_truncated_at_every_byte);
  return g_test_run();
}
