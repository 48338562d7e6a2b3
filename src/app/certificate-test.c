/* Certificates made here: a sound one, a weak one, one that is meant to do harm; and bytes that are none. */
#include "app/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "util/digest.h"

typedef struct {
  const char *name;       /* of subject and issuer */
  const char *alternative; /* subjectAltName, or NULL */
  bool is_weak;           /* RSA 1024 with SHA-1, expired in 2001; else P-256 with SHA-256, until 2100 */
} Wanted;

static void add_extension(X509 *leaf, int nid, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
  g_assert_nonnull(extension);
  X509_add_ext(leaf, extension, -1);
  X509_EXTENSION_free(extension);
}

static GBytes *make(const Wanted *wanted) {
  EVP_PKEY *key = wanted->is_weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
  X509 *leaf = X509_new();
  X509_set_version(leaf, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(leaf), 0x1234);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(leaf), "20000101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(leaf),
                            wanted->is_weak ? "20010203040506Z" : "21000101000000Z");
  X509_NAME *name = X509_get_subject_name(leaf);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const guint8 *)wanted->name, -1, -1, 0);
  X509_set_issuer_name(leaf, name);
  X509_set_pubkey(leaf, key);
  add_extension(leaf, NID_basic_constraints, "critical,CA:FALSE");
  if (wanted->alternative != NULL)
    add_extension(leaf, NID_subject_alt_name, wanted->alternative);
  g_assert_cmpint(X509_sign(leaf, key, wanted->is_weak ? EVP_sha1() : EVP_sha256()), >, 0);
  unsigned char *der = NULL;
  int size = i2d_X509(leaf, &der);
  g_assert_cmpint(size, >, 0);
  GBytes *bytes = g_bytes_new(der, (gsize)size);
  OPENSSL_free(der);
  X509_free(leaf);
  EVP_PKEY_free(key);
  return bytes;
}

static json_t *describe(GBytes *bytes) {
  g_autoptr(GError) error = NULL;
  json_t *facts =
      ak_certificate_describe(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &error);
  g_assert_no_error(error);
  return facts;
}

static void says(const json_t *facts, const char *member, const char *expected) {
  g_assert_cmpstr(ak_json_string_or(facts, member, NULL), ==, expected);
}

static void test_sound(void) {
  g_autoptr(GBytes) bytes = make(&(Wanted){"gateway.example", "DNS:gateway.example,IP:127.0.0.1", false});
  g_autoptr(json_t) facts = describe(bytes);
  says(facts, "subject", "CN=gateway.example");
  says(facts, "issuer", "CN=gateway.example");
  says(facts, "serial", "1234");
  says(facts, "not_before", "2000-01-01 00:00:00 UTC");
  says(facts, "not_after", "2100-01-01 00:00:00 UTC");
  says(facts, "key", "EC");
  says(facts, "curve", "prime256v1");
  says(facts, "signature", "ecdsa-with-SHA256");
  g_assert_cmpint(json_integer_value(json_object_get(facts, "key_bits")), ==, 256);
  g_assert_cmpint(json_integer_value(json_object_get(facts, "version")), ==, 3);
  g_assert_true(json_is_true(json_object_get(facts, "self_issued")));
  const json_t *names = json_object_get(facts, "names");
  g_assert_cmpuint(json_array_size(names), ==, 2);
  g_assert_cmpstr(json_string_value(json_array_get(names, 0)), ==, "DNS:gateway.example");
  g_assert_cmpstr(json_string_value(json_array_get(names, 1)), ==, "IP Address:127.0.0.1");
  const json_t *first = json_array_get(json_object_get(facts, "extensions"), 0);
  says(first, "name", "X509v3 Basic Constraints");
  says(first, "text", "CA:FALSE");
  g_assert_true(json_is_true(json_object_get(first, "critical")));
  /* the fingerprint is the digest of the bytes */
  AkDigest digest = ak_digest_of(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_autoptr(GString) plain = g_string_new(ak_json_string_or(facts, "sha256", ""));
  g_string_replace(plain, ":", "", 0);
  g_assert_cmpstr(plain->str, ==, hex);
}

static void test_weak(void) {
  g_autoptr(GBytes) bytes = make(&(Wanted){"AK-GW 100", NULL, true});
  g_autoptr(json_t) facts = describe(bytes);
  says(facts, "key", "RSA");
  says(facts, "curve", NULL);
  says(facts, "signature", "sha1WithRSAEncryption");
  says(facts, "not_after", "2001-02-03 04:05:06 UTC");
  g_assert_cmpint(json_integer_value(json_object_get(facts, "key_bits")), ==, 1024);
  g_assert_cmpuint(json_array_size(json_object_get(facts, "names")), ==, 0);
}

/* Names stay text on one line, escaped as RFC 2253 does; and of many names the first are listed and all counted. */
static void test_hostile(void) {
  g_autoptr(GString) many = g_string_new("DNS:a0.example");
  for (guint i = 1; i < 300; i++)
    g_string_append_printf(many, ",DNS:a%u.example", i);
  g_autoptr(GBytes) bytes =
      make(&(Wanted){"<script>\n\xe2\x80\xaeユーザー", many->str, false});
  g_autoptr(json_t) facts = describe(bytes);
  const char *subject = ak_json_string_or(facts, "subject", "");
  g_assert_nonnull(strstr(subject, "\\<script\\>"));
  g_assert_nonnull(strstr(subject, "ユーザー"));
  g_assert_null(strchr(subject, '\n'));
  g_assert_true(g_utf8_validate(subject, -1, NULL));
  g_assert_cmpuint(json_array_size(json_object_get(facts, "names")), ==, AK_CERTIFICATE_MAX_NAMES);
  g_assert_cmpint(json_integer_value(json_object_get(facts, "names_total")), ==, 300);
  const json_t *list = json_object_get(facts, "extensions");
  const char *text = ak_json_string_or(json_array_get(list, 1), "text", "");
  g_assert_cmpuint(strlen(text), <=, AK_CERTIFICATE_MAX_TEXT + strlen("…"));
}

static bool is_certificate(const void *data, gsize size) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) facts = ak_certificate_describe(data, size, &error);
  g_assert_true((facts == NULL) == (error != NULL));
  return facts != NULL;
}

static void test_what_is_none(void) {
  g_autoptr(GBytes) bytes = make(&(Wanted){"gateway", NULL, false});
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize cut = 0; cut < size; cut++)
    g_assert_false(is_certificate(data, cut));
  g_autofree guint8 *longer = g_malloc0(size + 1);
  memcpy(longer, data, size);
  g_assert_false(is_certificate(longer, size + 1)); /* a byte after it */
  g_autofree guint8 *huge = g_malloc0(AK_CERTIFICATE_MAX_BYTES + 1);
  memcpy(huge, data, size);
  g_assert_false(is_certificate(huge, AK_CERTIFICATE_MAX_BYTES + 1));
  g_assert_false(is_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 60));
  g_assert_false(is_certificate("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", 55));
}

static void test_pem(void) {
  g_autoptr(GBytes) bytes = make(&(Wanted){"gateway", NULL, false});
  g_autofree char *body = g_base64_encode(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_autoptr(GString) pem = g_string_new("-----BEGIN CERTIFICATE-----\n");
  for (const char *at = body; *at != '\0'; at += MIN(strlen(at), 64)) {
    g_string_append_len(pem, at, (gssize)MIN(strlen(at), 64));
    g_string_append_c(pem, '\n');
  }
  g_string_append(pem, "-----END CERTIFICATE-----\n");
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) facts = ak_certificate_describe(pem->str, pem->len, &error);
  g_assert_no_error(error);
  says(facts, "subject", "CN=gateway");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/certificate/sound", test_sound);
  g_test_add_func("/certificate/weak", test_weak);
  g_test_add_func("/certificate/hostile", test_hostile);
  g_test_add_func("/certificate/none", test_what_is_none);
  g_test_add_func("/certificate/pem", test_pem);
  return g_test_run();
}
