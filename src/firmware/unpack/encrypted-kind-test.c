/* Files that say that they are encrypted, made by the programs that make them or as their formats say; what only speaks of them. */
#include "firmware/unpack/encrypted-kind.h"

#include <string.h>

#include "firmware/unpack/content.h"
#include "firmware/unpack/test-image.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* gpg 2.2 --symmetric of "hi\n" with the passphrase "x". */
#define SYMMETRIC                                                                                                      \
  "\x8c\x0d\x04\x09\x03\x02\x7f\x16\x8f\xff\xc9\xc3\x44\xe6\xff\xd2\x39\x01\x46\x06\xbf\xd0\x0d\x7d\xaa\xca\xbe\x80"   \
  "\xcf\x38\xf2\x3c\xc8\xe3\xca\xf4\x78\x95\xce\x89\x99\xa0\x75\x7c\x98\xcf\x0e\x36\x67\x86\x28\xb2\xcf\x56\x40\x1d"   \
  "\x32\x59\xe3\x0f\xa2\x2d\x66\x9e\x67\x92\x22\x55\x48\x99\x3d\xd3\x81\x21"
#define KEY_ID "\x01\x02\x03\x04\x05\x06\x07\x08"
/* 22 bytes: version 1, and 21 of noise */
#define DATA "\xd2\x16\x01zq8fjw0x9vk2m4n7p1s3d"
/* The beginning of a PKCS #12 file; an object identifier of CMS without its last number. */
#define CONTENTS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define PFX "\x30\x82\x05\x2d\x02\x01\x03\x30\x82\x04\xf3" CONTENTS "\x01\xa0\x82\x04\xe4\x04\x82\x04\xe0"

static const struct {
  const char *bytes;
  gsize size;
  bool is_encrypted;
} rows[] = {
    {BYTES("Salted__12345678x"), true},
    {BYTES("U2FsdGVkX19TWjsQ5pG+2FpTc7CG2zotEosqwkox5Lk=\n"), true}, /* openssl enc -a */
    {BYTES("\n U2FsdGVkX19TWjsQ5pG+2FpTc7CG2zotEosqwkox5Lk=\n"), true},
    {BYTES("age-encryption.org/v1\n-> X25519 abc\n"), true},
    {BYTES("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n"), true},
    {BYTES("$ANSIBLE_VAULT;1.1;AES256\n6162\n"), true},
    {BYTES("-----BEGIN PGP MESSAGE-----\n\njA0E\n"), true},
    {BYTES("LUKS\xba\xbe\0\2\0\0"), true},
    {BYTES("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\0\0"), true},
    {BYTES(SYMMETRIC), true},
    {BYTES("\x84\x0d\x03" KEY_ID "\x01zzz" DATA), true}, /* to a key of RSA */
    {BYTES("\xc1\x0d\x03" KEY_ID "\x12zzz\xd2\xff\0\0\0\x03\x01zz"), true},
    {BYTES(DATA), true},
    {BYTES("\x30\x82\x01\x98\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x82\x01\x89"), true}, /* openssl cms -encrypt */
    {BYTES("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06\xa0\x80"), true},
    /* openssl cms -encrypt -outform PEM; the same of PKCS #7 */
    {BYTES("-----BEGIN CMS-----\nMIIBmAYJKoZIhvcNAQcDoIIBiTCCAYUCAQAxggFAMIIBPAIBADAkMAwxCjAIBgNV\n"), true},
    {BYTES("-----BEGIN PKCS7-----\r\nMIIBmAYJKoZIhvcNAQcDoIIBiTCCAYUCAQAxggFAMIIBPAIBADAkMAwxCjAIBgNV\r\n"), true},
    {BYTES(PFX "\x30\x82\x05\x17" CONTENTS "\x06\xa0"), true},                                          /* openssl pkcs12 -export */
    {BYTES(PFX "\x30\x82\x05\x17\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02\xa0"), true}, /* its key alone */

    {BYTES(""), false},
    {BYTES("-----BEGIN PKCS7-----\nMIIBmAYJKoZIhvcNAQcCoIIBiTCCAYUCAQAxggFAMIIBPAIBADAkMAwxCjAIBgNV\n"), false}, /* signed */
    {BYTES("-----BEGIN CMS-----\n"), false},
    {BYTES("-----BEGIN CMS-----\nMIIBmAYJ"), false},
    {BYTES(PFX "\x30\x82\x05\x17" CONTENTS "\x01\xa0"), false}, /* nothing in it is encrypted */
    {BYTES("\x30\x82\x05\x2d\x02\x01\x02\x30\x82\x04\xf3" CONTENTS "\x01\xa0" CONTENTS "\x06\xa0"), false},
    {BYTES("Salted__"), false},
    {BYTES("salted__12345678x"), false},
    {BYTES("the magic is Salted__12345678x"), false},
    {BYTES("U2FsdGVkX1A=\n"), false}, /* "Salted_P" */
    {BYTES("age-encryption.org/v12\n"), false},
    {BYTES("$ANSIBLE_VAULT;2.0;AES256\n"), false},
    {BYTES("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n"), false},
    {BYTES("LUKS\xba\xbe\0\3\0\0"), false},
    {BYTES("\x8c\x0d\x04\x0e\x03\x02\x7f\x16\x8f\xff\xc9\xc3\x44\xe6\xff\xd2\x02\x01zz"), false}, /* no such cipher */
    {BYTES("\x84\x0d\x04" KEY_ID "\x01zzz" DATA), false},                                          /* no such version */
    {BYTES("\x84\x0d\x03" KEY_ID "\x01zzz\xc6\x02\x04z"), false},                                  /* a key follows */
    {BYTES("\x84\x0d\x03" KEY_ID "\x01zzz"), false},                                               /* nothing follows */
    {BYTES(DATA "x"), false},                     /* by itself it is all of the bytes */
    {BYTES("\xd2\xe1\x01zq8fjw0x9vk2m4n7p1s3d"), false},
    {BYTES("\x99\0\4\4abc\xb4\3bob\x88\2\4s"), false}, /* public keys */
    {BYTES("\x30\x82\x01\x98\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x01\x89"), false}, /* signed */
    {BYTES("\x30\x85\0\0\0\0\x01\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0"), false},
};

static void test_kinds(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const guint8 *data = (const guint8 *)rows[i].bytes;
    g_test_message("row %" G_GSIZE_FORMAT, i);
    g_assert_cmpint(ak_encrypted_kind_is(data, rows[i].size), ==, rows[i].is_encrypted);
    g_assert_cmpint(ak_content_is_sealed(data, rows[i].size), ==, rows[i].is_encrypted);
    for (gsize cut = 0; cut < rows[i].size; cut++) {
      g_autofree guint8 *copy = g_memdup2(data, cut); /* its end is the end of what may be read */
      ak_encrypted_kind_is(copy, cut);
    }
  }
}

/* Programs that make such files hold the words too. */
static void test_programs(void) {
  static const char *const paths[] = {"/usr/bin/openssl", "/usr/bin/gpg", "/bin/sh", "/etc/passwd"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autoptr(GBytes) file = g_file_test(paths[i], G_FILE_TEST_EXISTS) ? image_load(paths[i]) : NULL;
    if (file != NULL)
      g_assert_false(ak_encrypted_kind_is(g_bytes_get_data(file, NULL), g_bytes_get_size(file)));
  }
}

/* Of 200,000 pieces of random bytes none. */
static void test_random(void) {
  g_autoptr(GBytes) noise = image_noise(1 << 20, 4);
  const guint8 *data = g_bytes_get_data(noise, NULL);
  for (gsize i = 0; i < 200000; i++)
    g_assert_false(ak_encrypted_kind_is(data + i, 4096));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encrypted-kind/kinds", test_kinds);
  g_test_add_func("/encrypted-kind/programs", test_programs);
  g_test_add_func("/encrypted-kind/random", test_random);
  return g_test_run();
}
