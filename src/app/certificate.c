#include "app/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>


G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)

/* --- texts ------------------------------------------------------------------------------------------ */

/* Bounded, valid UTF-8, on one line. */
static json_t *safe_text(const char *data, gsize size) {
  g_autofree char *copy = g_strndup(data, MIN(size, AK_CERTIFICATE_MAX_TEXT));
  g_autofree char *valid = g_utf8_make_valid(copy, -1);
  g_autoptr(GString) text = g_string_new(g_strstrip(valid));
  g_string_replace(text, "\n", "; ", 0);
  if (size > AK_CERTIFICATE_MAX_TEXT)
    g_string_append(text, "…");
  return json_string(text->str);
}

static json_t *text_of_bio(BIO *bio) {
  char *data = NULL;
  long size = BIO_get_mem_data(bio, &data);
  return safe_text(data, size > 0 ? (gsize)size : 0);
}

static json_t *name_text(const X509_NAME *name) {
  g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
  if (bio == NULL || name == NULL ||
      X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return json_string("");
  return text_of_bio(bio);
}

/* NULL where the date is not one. */
static json_t *time_text(const ASN1_TIME *time) {
  struct tm tm = {0};
  if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
    return NULL;
  g_autofree char *text =
      g_strdup_printf("%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1,
                      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return json_string(text);
}

static json_t *serial_text(const X509 *leaf) {
  g_autoptr(BIGNUM) number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), NULL);
  char *hex = number != NULL && BN_num_bytes(number) <= 64 ? BN_bn2hex(number) : NULL;
  json_t *text = json_string(hex != NULL ? hex : "?");
  OPENSSL_free(hex);
  return text;
}

static json_t *object_text(const ASN1_OBJECT *object) {
  char name[128] = "";
  if (object != NULL)
    OBJ_obj2txt(name, sizeof name, object, 0);
  return safe_text(name, strlen(name));
}

/* --- names ------------------------------------------------------------------------------------------ */

static void add_names(const X509 *leaf, json_t *facts) {
  json_t *names = json_array();
  GENERAL_NAMES *list = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
  int total = list != NULL ? sk_GENERAL_NAME_num(list) : 0;
  for (int i = 0; i < total && i < AK_CERTIFICATE_MAX_NAMES; i++) {
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    if (bio != NULL && GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(list, i)) > 0)
      json_array_append_new(names, text_of_bio(bio));
  }
  GENERAL_NAMES_free(list);
  json_object_set_new(facts, "names", names);
  json_object_set_new(facts, "names_total", json_integer(MAX(total, 0)));
}

/* --- extensions ------------------------------------------------------------------------------------- */

static json_t *extension_text(X509_EXTENSION *extension) {
  g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
  if (bio == NULL || X509V3_EXT_print(bio, extension, X509V3_EXT_PARSE_UNKNOWN, 0) != 1)
    return json_string("?");
  return text_of_bio(bio);
}

static void add_extensions(const X509 *leaf, json_t *facts) {
  int total = X509_get_ext_count(leaf);
  json_t *list = json_array();
  for (int i = 0; i < total && i < AK_CERTIFICATE_MAX_EXTENSIONS; i++) {
    X509_EXTENSION *extension = X509_get_ext(leaf, i);
    json_array_append_new(list, json_pack("{s:o, s:b, s:o}", "name",
                                          object_text(X509_EXTENSION_get_object(extension)),
                                          "critical", X509_EXTENSION_get_critical(extension) > 0,
                                          "text", extension_text(extension)));
  }
  json_object_set_new(facts, "extensions", list);
  json_object_set_new(facts, "extensions_total", json_integer(MAX(total, 0)));
}

/* --- key and fingerprints --------------------------------------------------------------------------- */

static void add_key(X509 *leaf, json_t *facts) {
  EVP_PKEY *key = X509_get0_pubkey(leaf);
  char group[64] = "";
  gsize length = 0;
  if (key == NULL)
    return;
  const char *type = EVP_PKEY_get0_type_name(key);
  json_object_set_new(facts, "key", json_string(type != NULL ? type : "?"));
  json_object_set_new(facts, "key_bits", json_integer(EVP_PKEY_get_bits(key)));
  if (EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1)
    json_object_set_new(facts, "curve", json_string(group));
}

static void add_fingerprint(const X509 *leaf, const EVP_MD *kind, const char *name,
                            json_t *facts) {
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(leaf, kind, digest, &size) != 1)
    return;
  g_autoptr(GString) hex = g_string_new(NULL);
  for (unsigned i = 0; i < size; i++)
    g_string_append_printf(hex, "%s%02x", i > 0 ? ":" : "", digest[i]);
  json_object_set_new(facts, name, json_string(hex->str));
}

/* --- the whole -------------------------------------------------------------------------------------- */

static X509 *read_der(const void *data, gsize size) {
  const unsigned char *at = data;
  X509 *leaf = d2i_X509(NULL, &at, (long)size);
  if (leaf != NULL && at == (const unsigned char *)data + size)
    return leaf;
  X509_free(leaf);
  return NULL;
}

/* Never asks for a password: a certificate in PEM is not encrypted. */
static int no_password(char *buffer, int size, int writing, void *data) { return -1; }

static X509 *read_pem(const void *data, gsize size) {
  static const char begin[] = "-----BEGIN ";
  if (size < sizeof begin - 1 || memcmp(data, begin, sizeof begin - 1) != 0)
    return NULL;
  g_autoptr(BIO) bio = BIO_new_mem_buf(data, (int)size);
  return bio != NULL ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
}

static json_t *facts_of(X509 *leaf) {
  json_t *facts = json_object();
  json_t *from = time_text(X509_get0_notBefore(leaf)), *until = time_text(X509_get0_notAfter(leaf));
  json_object_set_new(facts, "subject", name_text(X509_get_subject_name(leaf)));
  json_object_set_new(facts, "issuer", name_text(X509_get_issuer_name(leaf)));
  json_object_set_new(facts, "version", json_integer(X509_get_version(leaf) + 1));
  json_object_set_new(facts, "serial", serial_text(leaf));
  if (from != NULL)
    json_object_set_new(facts, "not_before", from);
  if (until != NULL)
    json_object_set_new(facts, "not_after", until);
  json_object_set_new(facts, "self_issued",
                      json_boolean(X509_NAME_cmp(X509_get_subject_name(leaf),
                                                 X509_get_issuer_name(leaf)) == 0));
  const X509_ALGOR *algorithm = X509_get0_tbs_sigalg(leaf);
  json_object_set_new(facts, "signature",
                      object_text(algorithm != NULL ? algorithm->algorithm : NULL));
  add_key(leaf, facts);
  add_names(leaf, facts);
  add_extensions(leaf, facts);
  add_fingerprint(leaf, EVP_sha256(), "sha256", facts);
  add_fingerprint(leaf, EVP_sha1(), "sha1", facts);
  return facts;
}

json_t *ak_certificate_describe(const void *data, gsize size, GError **error) {
  if (size > AK_CERTIFICATE_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "certificate: more than %d bytes",
                 AK_CERTIFICATE_MAX_BYTES);
    return NULL;
  }
  g_autoptr(X509) leaf = size > 0 ? read_der(data, size) : NULL;
  if (leaf == NULL && size > 0)
    leaf = read_pem(data, size);
  json_t *facts = leaf != NULL ? facts_of(leaf) : NULL;
  ERR_clear_error();
  if (facts == NULL)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: these bytes are none");
  return facts;
}

/* Whatever is accepted has the members that are always there. */
bool ak_app_certificate_fuzz(const guint8 *data, gsize size);
bool ak_app_certificate_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) facts = ak_certificate_describe(data, size, NULL);
  if (facts != NULL && (json_object_get(facts, "subject") == NULL ||
                        json_object_get(facts, "sha256") == NULL))
    g_critical("certificate: accepted without its facts");
  return facts != NULL;
}
