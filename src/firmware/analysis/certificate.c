#include "firmware/analysis/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Keys below 112 bits of strength. Source: NIST SP 800-131A Rev. 2, table 2; SP 800-57 part 1,
 * table 2. */
static const struct {
  const char *type;
  int bits; /* the least that is not weak */
} strengths[] = {{"RSA", 2048}, {"DSA", 2048}, {"EC", 224}};

static void note_end(GPtrArray *notes, X509 *certificate, gint64 now_utc_us) {
  struct tm end = {0};
  time_t now = (time_t)(now_utc_us / G_USEC_PER_SEC);
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1 &&
      X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0)
    g_ptr_array_add(notes, g_strdup_printf("expired %04d-%02d-%02d", end.tm_year + 1900,
                                           end.tm_mon + 1, end.tm_mday));
}

static void note_key(GPtrArray *notes, X509 *certificate) {
  EVP_PKEY *key = X509_get0_pubkey(certificate);
  const char *type = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
  int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
  for (gsize i = 0; type != NULL && i < G_N_ELEMENTS(strengths); i++)
    if (strcmp(strengths[i].type, type) == 0 && bits < strengths[i].bits)
      g_ptr_array_add(notes, g_strdup_printf("%s %d", type, bits));
}

static void note_signature(GPtrArray *notes, X509 *certificate) {
  static const int weak[] = {NID_md2, NID_md4, NID_md5, NID_sha1};
  int digest = NID_undef, key = NID_undef;
  bool is_root = (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
  if (is_root || X509_get_signature_info(certificate, &digest, &key, NULL, NULL) != 1)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(weak); i++)
    if (digest == weak[i])
      g_ptr_array_add(notes, g_strdup_printf("signed with %s", OBJ_nid2sn(digest)));
}

GPtrArray *ak_certificate_notes(const guint8 *der, gsize size, gint64 now_utc_us) {
  const unsigned char *at = der;
  X509 *certificate = size <= 65536 ? d2i_X509(NULL, &at, (long)size) : NULL;
  ERR_clear_error();
  if (certificate == NULL)
    return NULL;
  GPtrArray *notes = g_ptr_array_new_with_free_func(g_free);
  note_end(notes, certificate, now_utc_us);
  note_key(notes, certificate);
  note_signature(notes, certificate);
  if (X509_check_ca(certificate) == 1)
    g_ptr_array_add(notes, g_strdup("may sign others (CA)"));
  X509_free(certificate);
  ERR_clear_error();
  return notes;
}
