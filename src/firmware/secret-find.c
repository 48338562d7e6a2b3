#include "firmware/secret-find.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "core/value.h"
#include "util/digest.h"

#define MAX_SECRETS 1000
#define MAX_PEM_BYTES 65536 /* of one block; the largest real keys have some 13 kB */
#define MAX_LINE_BYTES 4096 /* of an account's line */

void ak_secret_free(AkSecret *self) {
  if (self == NULL)
    return;
  g_free(self->description);
  g_free(self);
}

static void add(GPtrArray *found, AkSecretKind kind, gsize offset, gsize length,
                char *description) {
  if (found->len >= MAX_SECRETS) {
    g_free(description);
    return;
  }
  AkSecret *secret = g_new0(AkSecret, 1);
  *secret =
      (AkSecret){.kind = kind, .description = description, .offset = offset, .length = length};
  g_ptr_array_add(found, secret);
}

/* --- PEM blocks. Source: RFC 7468; OpenSSH keys: PROTOCOL.key -----------------------------------
 */

/* Asked for a password: none, and nobody is asked. The key is encrypted, so it is no open secret.
 */
static int no_password(char *buffer, int size, int writing, void *data) {
  return -1;
}

static char *describe_key(EVP_PKEY *key, const char *form) {
  const char *type = EVP_PKEY_get0_type_name(key);
  return g_strdup_printf("%s %d %s", type != NULL ? type : "key", EVP_PKEY_get_bits(key), form);
}

static char *key_of_pem(BIO *bio) {
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
  char *description = key != NULL ? describe_key(key, "PEM") : NULL;
  EVP_PKEY_free(key);
  return description;
}

/* "openssh-key-v1", then the name of the cipher: "none" where the key lies open. */
static char *key_of_openssh(const guint8 *block, gsize size) {
  static const guint8 open_key[] = "openssh-key-v1\0\0\0\0\4none";
  const char *start = memmem(block, size, "KEY-----", 8);
  if (start == NULL)
    return NULL;
  start += 8;
  gsize length = size - (gsize)(start - (const char *)block), out_length = 0;
  const char *end = memmem(start, length, "-----END", 8);
  if (end == NULL)
    return NULL;
  g_autofree char *text = g_strndup(start, (gsize)(end - start));
  g_autofree guchar *bytes = g_base64_decode(text, &out_length);
  bool is_open =
      out_length > sizeof open_key - 1 && memcmp(bytes, open_key, sizeof open_key - 1) == 0;
  return is_open ? g_strdup("OpenSSH key") : NULL;
}

static char *describe_certificate(X509 *certificate, const char *form) {
  guint8 *der = NULL;
  int size = i2d_X509(certificate, &der);
  if (size <= 0)
    return NULL;
  AkDigest digest = ak_digest_of(der, (gsize)size);
  OPENSSL_free(der);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  struct tm end = {0};
  bool has_end = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1;
  return g_strdup_printf("%s sha256 %.16s… until %04d-%02d-%02d", form, hex,
                         has_end ? end.tm_year + 1900 : 0, end.tm_mon + 1, end.tm_mday);
}

static char *certificate_of_pem(BIO *bio) {
  X509 *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
  char *description = certificate != NULL ? describe_certificate(certificate, "PEM") : NULL;
  X509_free(certificate);
  return description;
}

/* A block counts only if it decodes: the mere words stand in every TLS library. */
static void judge_block(GPtrArray *found, const guint8 *data, gsize offset, gsize size) {
  const guint8 *block = data + offset;
  BIO *bio = BIO_new_mem_buf(block, (int)size);
  bool is_certificate = memmem(block, MIN(size, 40), "CERTIFICATE", 11) != NULL;
  bool is_openssh = memmem(block, MIN(size, 40), "OPENSSH PRIVATE", 15) != NULL;
  char *description = is_certificate ? certificate_of_pem(bio)
                      : is_openssh   ? key_of_openssh(block, size)
                                     : key_of_pem(bio);
  BIO_free(bio);
  ERR_clear_error();
  if (description != NULL)
    add(found, is_certificate ? AK_SECRET_CERTIFICATE : AK_SECRET_PRIVATE_KEY, offset, size,
        description);
}

static void find_pem(GPtrArray *found, const guint8 *data, gsize size) {
  static const char begin[] = "-----BEGIN ", end[] = "-----END ";
  for (gsize at = 0; at < size;) {
    const guint8 *start = memmem(data + at, size - at, begin, sizeof begin - 1);
    if (start == NULL)
      return;
    gsize offset = (gsize)(start - data), left = MIN(size - offset, MAX_PEM_BYTES);
    const guint8 *stop = memmem(start, left, end, sizeof end - 1);
    const guint8 *dashes = stop != NULL
                               ? memmem(stop + sizeof end - 1,
                                        (gsize)(start + left - stop) - sizeof end + 1, "-----", 5)
                               : NULL;
    if (dashes != NULL)
      judge_block(found, data, offset, (gsize)(dashes + 5 - start));
    at = offset + sizeof begin - 1;
  }
}

/* --- DER files, by their name
 * ----------------------------------------------------------------------- */

static bool has_suffix(const char *path, const char *const *suffixes) {
  for (; *suffixes != NULL; suffixes++)
    if (g_str_has_suffix(path, *suffixes))
      return true;
  return false;
}

static void find_der(GPtrArray *found, const char *path, const guint8 *data, gsize size) {
  static const char *const suffixes[] = {".der", ".key", ".crt", ".cer", ".pk8", NULL};
  if (!has_suffix(path, suffixes) || size < 16 || size > MAX_PEM_BYTES || data[0] != 0x30)
    return;
  const unsigned char *at = data;
  EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)size);
  if (key != NULL)
    add(found, AK_SECRET_PRIVATE_KEY, 0, size, describe_key(key, "DER"));
  EVP_PKEY_free(key);
  at = data;
  X509 *certificate = key == NULL ? d2i_X509(NULL, &at, (long)size) : NULL;
  if (certificate != NULL)
    add(found, AK_SECRET_CERTIFICATE, 0, size, describe_certificate(certificate, "DER"));
  X509_free(certificate);
  ERR_clear_error();
}

/* --- password hashes. Source: crypt(5)
 * ---------------------------------------------------------------- */

#define CRYPT_CHARACTERS "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct {
  const char *prefix, *name;
  gsize hash_length; /* characters after the last $ */
} schemes[] = {
    {"$1$", "MD5", 22},      {"$5$", "SHA-256", 43},       {"$6$", "SHA-512", 86},
    {"$y$", "yescrypt", 43}, {"$2a$", "bcrypt", 53},       {"$2b$", "bcrypt", 53},
    {"$2y$", "bcrypt", 53},  {"$apr1$", "Apache MD5", 22},
};

static bool is_crypt_text(const char *text, gsize length) {
  return strspn(text, CRYPT_CHARACTERS) >= length;
}

/* The scheme of a hash that has that scheme's form to the last character, or -1. */
static int scheme_of(const char *hash) {
  const char *last = strrchr(hash, '$');
  for (gsize i = 0; last != NULL && i < G_N_ELEMENTS(schemes); i++) {
    gsize length = strlen(last + 1);
    if (g_str_has_prefix(hash, schemes[i].prefix) && length == schemes[i].hash_length &&
        is_crypt_text(last + 1, length))
      return (int)i;
  }
  return -1;
}

static bool is_account_file(const char *path) {
  static const char *const names[] = {"shadow",   "shadow-",   "passwd",        "passwd-",
                                      "htpasswd", ".htpasswd", "master.passwd", NULL};
  const char *slash = strrchr(path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  return g_strv_contains(names, name) || g_str_has_suffix(name, ".htpasswd");
}

static char *mask_account(const char *account, const char *what) {
  g_auto(AkValue) clean = ak_value_text_from_bytes(account, strlen(account), 64);
  return g_strdup_printf("%s: %s", clean.text, what);
}

/* Source of the locked forms ("*", "!", "x" in passwd): shadow(5), passwd(5). */
static char *describe_hash(const char *account, const char *hash, bool in_account_file) {
  int scheme = scheme_of(hash);
  if (scheme >= 0) {
    g_autofree char *what =
        g_strdup_printf("%s (%s)", schemes[scheme].prefix, schemes[scheme].name);
    return mask_account(account, what);
  }
  if (!in_account_file)
    return NULL;
  if (*hash == '\0')
    return mask_account(account, "empty password");
  if (strlen(hash) == 13 && is_crypt_text(hash, 13))
    return mask_account(account, "DES");
  return NULL;
}

static bool is_account_name(const char *text) {
  gsize length = strlen(text);
  return length > 0 && length <= 64 &&
         strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$@") ==
             length;
}

/* "name:hash" or "name:hash:…" */
static void judge_line(GPtrArray *found, const char *line, gsize offset, bool in_account_file) {
  g_auto(GStrv) fields = g_strsplit(line, ":", 3);
  if (fields[0] == NULL || fields[1] == NULL || !is_account_name(fields[0]))
    return;
  char *description = describe_hash(fields[0], fields[1], in_account_file);
  if (description != NULL)
    add(found, AK_SECRET_PASSWORD_HASH, offset, strlen(line), description);
}

static void find_hashes(GPtrArray *found, const char *path, const guint8 *data, gsize size) {
  bool in_account_file = is_account_file(path);
  for (gsize at = 0; at < size;) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize length = end != NULL ? (gsize)(end - (data + at)) : size - at;
    bool may = in_account_file || memmem(data + at, length, ":$", 2) != NULL;
    if (may && length < MAX_LINE_BYTES && memchr(data + at, '\0', length) == NULL) {
      g_autofree char *line = g_strndup((const char *)data + at, length);
      g_strchomp(line);
      judge_line(found, line, at, in_account_file);
    }
    at += length + 1;
  }
}

GPtrArray *ak_secret_find(const char *path, const guint8 *data, gsize size) {
  GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)ak_secret_free);
  if (size == 0)
    return found;
  find_pem(found, data, size);
  find_der(found, path, data, size);
  find_hashes(found, path, data, size);
  return found;
}

bool ak_firmware_secret_find_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) accounts = ak_secret_find("/etc/shadow", data, size);
  g_autoptr(GPtrArray) der = ak_secret_find("/etc/server.key", data, size);
  return accounts->len + der->len > 0;
}
