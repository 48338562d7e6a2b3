#include "util/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* Looked up once: OpenSSL 3 otherwise does so for each digest, which takes longer than that of a short text. */
static gpointer fetch_sha256(gpointer data) {
  EVP_MD *method = EVP_MD_fetch(NULL, "SHA256", NULL);
  g_assert(method != NULL);
  return method;
}

AkDigest ak_digest_of(const void *data, gsize size) {
  static GOnce once = G_ONCE_INIT;
  AkDigest digest;
  g_once(&once, fetch_sha256, NULL);
  g_assert(EVP_Digest(data ? data : "", size, digest.bytes, NULL, once.retval, NULL) == 1);
  return digest;
}

struct _AkDigestSum {
  EVP_MD_CTX *context;
};

AkDigestSum *ak_digest_sum_new(void) {
  AkDigestSum *self = g_new0(AkDigestSum, 1);
  self->context = EVP_MD_CTX_new();
  g_assert(self->context != NULL && EVP_DigestInit_ex(self->context, EVP_sha256(), NULL) == 1);
  return self;
}

void ak_digest_sum_add(AkDigestSum *self, const void *data, gsize size) {
  g_assert(EVP_DigestUpdate(self->context, data, size) == 1);
}

AkDigest ak_digest_sum_end(AkDigestSum *self) {
  AkDigest digest;
  g_assert(EVP_DigestFinal_ex(self->context, digest.bytes, NULL) == 1 &&
           EVP_DigestInit_ex(self->context, EVP_sha256(), NULL) == 1);
  return digest;
}

void ak_digest_sum_free(AkDigestSum *self) {
  if (self == NULL)
    return;
  EVP_MD_CTX_free(self->context);
  g_free(self);
}

bool ak_digest_equal(const AkDigest *a, const AkDigest *b) {
  return memcmp(a->bytes, b->bytes, AK_DIGEST_SIZE) == 0;
}

void ak_digest_to_hex(const AkDigest *digest, char out[static AK_DIGEST_HEX_SIZE]) {
  for (gsize i = 0; i < AK_DIGEST_SIZE; i++) {
    out[2 * i] = hex_digits[digest->bytes[i] >> 4];
    out[2 * i + 1] = hex_digits[digest->bytes[i] & 15];
  }
  out[2 * AK_DIGEST_SIZE] = '\0';
}

static int nibble_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

bool ak_digest_from_hex(const char *hex, AkDigest *out) {
  AkDigest digest;
  if (hex == NULL || strlen(hex) != 2 * AK_DIGEST_SIZE)
    return false;
  for (gsize i = 0; i < AK_DIGEST_SIZE; i++) {
    int high = nibble_of(hex[2 * i]), low = nibble_of(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    digest.bytes[i] = (guint8)(high << 4 | low);
  }
  *out = digest;
  return true;
}

char *ak_hex_encode(const guint8 *data, gsize size) {
  GString *text = g_string_sized_new(2 * size);
  for (gsize i = 0; i < size; i++) {
    g_string_append_c(text, hex_digits[data[i] >> 4]);
    g_string_append_c(text, hex_digits[data[i] & 15]);
  }
  return g_string_free(text, FALSE);
}
