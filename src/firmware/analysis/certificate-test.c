#include "firmware/analysis/certificate.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "firmware/analysis/apr1-hash.h"
#include "firmware/unpack/test-image.h"

#define DAY (24 * 60 * 60)

typedef struct {
  EVP_PKEY *key, *issuer; /* the issuer's key, or the same */
  const EVP_MD *digest;
  bool is_ca;
} Recipe;

/* From 1 January 2024 on, for a year. */
static GBytes *build(const Recipe *recipe) {
  X509 *certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  ASN1_TIME_set(X509_getm_notBefore(certificate), 1704067200);
  ASN1_TIME_set(X509_getm_notAfter(certificate), 1704067200 + 365 * DAY);
  X509_set_pubkey(certificate, recipe->key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             (const guint8 *)"unit", -1, -1, 0);
  X509_NAME_add_entry_by_txt(X509_get_issuer_name(certificate), "CN", MBSTRING_ASC,
                             (const guint8 *)(recipe->issuer == recipe->key ? "unit" : "maker"), -1,
                             -1, 0);
  X509_EXTENSION *basic = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                              recipe->is_ca ? "CA:TRUE" : "CA:FALSE");
  X509_add_ext(certificate, basic, -1);
  X509_EXTENSION_free(basic);
  g_assert_cmpint(X509_sign(certificate, recipe->issuer, recipe->digest), >, 0);
  guint8 *der = NULL;
  int size = i2d_X509(certificate, &der);
  GBytes *bytes = g_bytes_new(der, (gsize)size);
  OPENSSL_free(der);
  X509_free(certificate);
  return bytes;
}

static void expect(const Recipe *recipe, gint64 now, const char *wanted) {
  g_autoptr(GBytes) bytes = build(recipe);
  gsize size = 0;
  const guint8 *der = g_bytes_get_data(bytes, &size);
  g_autoptr(GPtrArray) notes = ak_certificate_notes(der, size, now * G_USEC_PER_SEC);
  g_ptr_array_add(notes, NULL);
  g_autofree char *joined = g_strjoinv("|", (GStrv)notes->pdata);
  g_assert_cmpstr(joined, ==, wanted);
  for (gsize cut = 0; cut < size; cut++) {
    g_autofree guint8 *copy = g_memdup2(der, cut);
    g_assert_null(ak_certificate_notes(copy, cut, now));
  }
}

static void test_sound(void) {
  EVP_PKEY *key = EVP_EC_gen("P-256"), *issuer = EVP_EC_gen("P-256");
  Recipe recipe = {key, issuer, EVP_sha256(), false};
  expect(&recipe, 1704067200 + DAY, "");
  EVP_PKEY_free(key);
  EVP_PKEY_free(issuer);
}

static void test_weak(void) {
  EVP_PKEY *key = EVP_RSA_gen(1024), *issuer = EVP_RSA_gen(2048);
  Recipe recipe = {key, issuer, EVP_sha1(), true};
  expect(&recipe, 1704067200 + 366 * DAY,
         "expired 2024-12-31|RSA 1024|signed with SHA1|may sign others (CA)");
  /* nothing rests on the signature of a root */
  Recipe root = {issuer, issuer, EVP_sha1(), true};
  expect(&root, 1704067200 + DAY, "may sign others (CA)");
  EVP_PKEY_free(key);
  EVP_PKEY_free(issuer);
}

/* On the image: what is wrong with all certificates of a file, and that none has anything. */
static void test_images(void) {
  EVP_PKEY *key = EVP_RSA_gen(1024), *good = EVP_EC_gen("P-256");
  Recipe weak = {key, key, EVP_sha256(), false}, sound = {good, good, EVP_sha256(), false};
  g_autoptr(GBytes) bad = build(&weak), fine = build(&sound);
  g_autoptr(AkFirmwareTree) tree = image_tree(), other = image_tree();
  image_tree_bytes(tree, "/etc/a.der", 0644, g_bytes_get_data(bad, NULL), g_bytes_get_size(bad));
  image_tree_bytes(other, "/etc/a.der", 0644, g_bytes_get_data(fine, NULL), g_bytes_get_size(fine));
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  g_autoptr(AkSinkCollector) nothing = image_look(other, "firmware.secret");
  const AkObservation *note =
      ak_sink_collector_find(seen, "secret.certificate-note", "image!/etc/a.der");
  g_assert_nonnull(note);
  g_assert_cmpuint(g_strv_length(note->value.set), ==, 1);
  g_assert_true(g_str_has_suffix(note->value.set[0], ": RSA 1024"));
  image_expect(nothing, "image", "secret.certificate-note", "absent");
  image_expect(nothing, "image", "secret.coverage", "files");
  EVP_PKEY_free(key);
  EVP_PKEY_free(good);
}

/* What settings hold, and nothing of it in what is reported; a hash that everybody knows. */
static void test_settings(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/hostapd.conf", "ssid=a\nwpa_passphrase=correcthorse9\n");
  image_tree_text(tree, "/etc/x.sh", "curl -u bot:s3cretpw https://h\n");
  image_tree_text(tree, "/etc/.htpasswd",
                  "admin:$6$ab$XRTy1.34Wfo7bJXHnmZfjRpF1J20WqfHuS1efWDhGIGV"
                  "h0HLSMspnjKYEmWU/W4DI/9IGfW6Sw0WzV4Lnir5A0\n");
  /* openssl passwd -apr1: 1234; q7#kP0vv, which is in no list */
  image_tree_text(tree, "/etc/weak/.htpasswd", "ops:$apr1$12345678$WV.KLLufUIie5CnBhUcpA.\n");
  image_tree_text(tree, "/etc/sound/.htpasswd", "ops:$apr1$zz$EUDrMwHpgnZ/gqPWSffK..\n");
  image_tree_text(tree, "/usr/share/doc/x/hostapd.conf", "wpa_passphrase=correcthorse9\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  image_expect(seen, "image!/etc/hostapd.conf", "secret.wifi",
               "Wi-Fi passphrase of an access point: *****");
  image_expect(seen, "image!/etc/x.sh", "secret.likely", "credentials in a command: *****");
  image_expect(seen, "image!/usr/share/doc/x/hostapd.conf", "secret.wifi", "none");
  image_expect(seen, "image!/etc/.htpasswd", "secret.default-password", "admin:*****");
  image_expect(seen, "image!/etc/weak/.htpasswd", "secret.default-password", "ops:*****");
  image_expect(seen, "image!/etc/sound/.htpasswd", "secret.default-password", "none");
  image_expect(seen, "image!/etc/sound/.htpasswd", "secret.password-hash",
               "ops: $apr1$ (Apache MD5)");
  image_expect(seen, "image", "secret.api-key", "absent");
  image_expect_no(seen, "correcthorse9");
  image_expect_no(seen, "s3cretpw");
}

/* Truths: openssl passwd -apr1 of OpenSSL 3.0. */
static void test_apr1(void) {
  static const struct {
    const char *hash, *password;
    bool matches;
  } rows[] = {
      {"$apr1$Ab3.x$PF7pCn96MjreS3xGDbdaz1", "admin", true},
      {"$apr1$Ab3.x$PF7pCn96MjreS3xGDbdaz1", "Admin", false},
      {"$apr1$12345678$WV.KLLufUIie5CnBhUcpA.", "1234", true},
      {"$apr1$zz$SPN1rm6xEgy926NfX8yhQ.", "correct horse battery staple over sixteen", true},
      {"$apr1$zz$SPN1rm6xEgy926NfX8yhQ", "correct horse battery staple over sixteen", false},
      {"$apr1$", "", false},
      {"$1$zz$SPN1rm6xEgy926NfX8yhQ.", "admin", false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(ak_apr1_hash_matches(rows[i].hash, rows[i].password), ==, rows[i].matches);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/certificate/sound", test_sound);
  g_test_add_func("/certificate/weak", test_weak);
  g_test_add_func("/certificate/images", test_images);
  g_test_add_func("/certificate/settings", test_settings);
  g_test_add_func("/certificate/apr1", test_apr1);
  return g_test_run();
}
