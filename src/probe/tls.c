/* What a TLS server accepts, asked by first words alone, and the certificate that it shows. */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "probe/stream.h"
#include "proto/tls-hello.h"

#define TIMEOUT_MS 5000 /* of one hello */
#define OFFERED 64      /* suites in one hello: more make some old servers fail */
#define MAX_ANSWER 65536
#define DAY_S 86400

static const AkTestOutput outputs[] = {
    {"tls.offered", AK_VALUE_BOOL, NULL, "a TLS server answers", "TLSサーバが応答する"},
    {"tls.versions", AK_VALUE_SET, NULL, "accepted versions", "受け入れられたバージョン"},
    {"tls.ciphers", AK_VALUE_SET, NULL, "accepted cipher suites", "受け入れられた暗号スイート"},
    {"tls.certificate", AK_VALUE_TEXT, NULL, "SHA-256 of the leaf certificate",
     "サーバ証明書のSHA-256"},
    {"tls.certificate.days-left", AK_VALUE_INT, "d", "days until it expires; negative: expired",
     "有効期限までの日数 (負なら期限切れ)"},
    {"tls.certificate.key-type", AK_VALUE_TEXT, NULL, "type of its key", "鍵の種類"},
    {"tls.certificate.key-bits", AK_VALUE_INT, "bits", "size of its key", "鍵の長さ"},
    {"tls.certificate.signature", AK_VALUE_TEXT, NULL, "digest of its signature",
     "署名のダイジェスト"},
    {"tls.certificate.self-signed", AK_VALUE_BOOL, NULL, "signed by its own key", "自己署名"},
    {"tls.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.discover", NULL};
static const char *const sources[] = {"RFC 8446", "RFC 5246", "RFC 6101", "RFC 5280", NULL};

static const guint16 versions[] = {AK_TLS_1_2, AK_TLS_1_3, AK_TLS_1_1, AK_TLS_1_0, AK_SSL_3};

typedef struct {
  AkPeer peer;
  const char *locator;
  GPtrArray *versions; /* of const char: accepted */
  GPtrArray *ciphers;  /* of const char or owned: accepted; may hold doubles */
  GByteArray *heard;   /* the answers, for evidence */
  bool spoke_tls;      /* at least one answer was TLS */
  bool spoke_other;    /* it answered with something else */
  bool undecided;      /* some hello got no answer: what it accepts is not fully known */
  char *reason;        /* why, or NULL */
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->versions, g_ptr_array_unref);
  g_clear_pointer(&self->ciphers, g_ptr_array_unref);
  g_clear_pointer(&self->heard, g_byte_array_unref);
  g_clear_pointer(&self->reason, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

typedef enum { ACCEPTED, REFUSED, OTHER, SILENT, STOP } Hearing;

/* --- one hello ---------------------------------------------------------------------------------- */

static void keep_heard(Look *self, const GByteArray *answer) {
  g_byte_array_append(self->heard, answer->data, MIN(answer->len, 1024));
}

/* Reads until the answer is whole. A peer that closes refuses. */
static Hearing listen_to(Look *self, AkStream *stream, AkTlsAnswer *answer, GError **error) {
  g_autoptr(GByteArray) heard = g_byte_array_new();
  guint8 piece[4096];
  for (;;) {
    gssize got = ak_stream_read(stream, piece, sizeof piece, error);
    if (got < 0)
      return SILENT;
    if (got == 0)
      return REFUSED;
    g_byte_array_append(heard, piece, (guint)got);
    AkTlsParse parsed = ak_tls_answer_parse(heard->data, heard->len, answer, NULL);
    if (parsed == AK_TLS_MORE && heard->len < MAX_ANSWER)
      continue;
    keep_heard(self, heard);
    if (parsed != AK_TLS_DONE)
      return OTHER;
    self->spoke_tls = true;
    return answer->kind == AK_TLS_HELLO ? ACCEPTED : REFUSED;
  }
}

static bool is_final(const GError *error) {
  return g_error_matches(error, AK_ERROR, AK_ERROR_PERMISSION) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_LIMIT) ||
         g_error_matches(error, AK_ERROR, AK_ERROR_CANCELLED);
}

static Hearing say_once(Look *self, const AkTlsHello *hello, AkTlsAnswer *answer,
                        GError **error) {
  g_autoptr(GBytes) bytes = ak_tls_hello_build(hello, error);
  if (bytes == NULL)
    return STOP;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autoptr(AkStream) stream = ak_stream_open(&self->peer, false, NULL, error);
  if (stream == NULL)
    return SILENT;
  g_autoptr(GError) failure = NULL;
  Hearing heard = ak_stream_write(stream, data, size, &failure)
                      ? listen_to(self, stream, answer, &failure)
                      : SILENT;
  if (heard == SILENT && g_error_matches(failure, AK_ERROR, AK_ERROR_IO))
    return REFUSED; /* reset after the connection was taken */
  if (failure != NULL)
    g_propagate_error(error, g_steal_pointer(&failure));
  return heard;
}

/* No connection and no answer are asked for again and are then unknown. */
static Hearing say(Look *self, guint16 version, const guint16 *ciphers, gsize count,
                   AkTlsAnswer *answer, GError **error) {
  AkTlsHello hello = {.version = version, .ciphers = ciphers, .cipher_count = count};
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GError) failure = NULL;
    RAND_bytes(hello.random, sizeof hello.random);
    Hearing heard = say_once(self, &hello, answer, &failure);
    if (heard != SILENT)
      return heard;
    g_free(self->reason);
    self->reason = g_strdup(failure->message);
    if (is_final(failure)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return STOP;
    }
  }
  self->undecided = true;
  return SILENT;
}

/* --- versions and suites ----------------------------------------------------------------------------- */

static void note_cipher(Look *self, guint16 value) {
  const char *name = ak_tls_cipher_name(value);
  g_ptr_array_add(self->ciphers, name != NULL ? g_strdup(name) : g_strdup_printf("0x%04x", value));
}

static bool take_out(GArray *offered, guint16 value) {
  for (guint i = 0; i < offered->len; i++)
    if (g_array_index(offered, guint16, i) == value) {
      g_array_remove_index(offered, i);
      return true;
    }
  return false;
}

/* Offers `offered` again and again without what was accepted, until nothing is. */
static Hearing exhaust(Look *self, guint16 version, GArray *offered, bool *accepted,
                       GError **error) {
  while (offered->len > 0) {
    AkTlsAnswer answer = {0};
    Hearing heard = say(self, version, (const guint16 *)(gpointer)offered->data, offered->len,
                        &answer, error);
    if (heard != ACCEPTED)
      return heard;
    if (answer.version != version)
      return REFUSED; /* it speaks an older one, which is asked for by itself */
    *accepted = true;
    note_cipher(self, answer.cipher);
    if (!take_out(offered, answer.cipher))
      return REFUSED; /* it chose what was not offered: it would do so for ever */
  }
  return REFUSED;
}

/* False with an error, or where the peer speaks something else. */
static bool look_at_version(Look *self, guint16 version, GError **error) {
  gsize count = 0;
  const AkTlsCipher *ciphers = ak_tls_ciphers(&count);
  bool accepted = false;
  for (gsize at = 0; at < count;) {
    g_autoptr(GArray) offered = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (; at < count && offered->len < OFFERED; at++)
      if (ak_tls_cipher_fits(&ciphers[at], version))
        g_array_append_val(offered, ciphers[at].value);
    Hearing heard = exhaust(self, version, offered, &accepted, error);
    self->spoke_other = self->spoke_other || (heard == OTHER && !self->spoke_tls);
    if (heard == STOP || self->spoke_other)
      return false;
    if (heard == SILENT || heard == OTHER) {
      self->undecided = true;
      break;
    }
  }
  if (accepted)
    g_ptr_array_add(self->versions, (gpointer)ak_tls_version_name(version));
  return true;
}

static bool look_at_versions(Look *self, GError **error) {
  g_autoptr(GError) failure = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    ak_sink_progress(self->peer.sink, i, G_N_ELEMENTS(versions) + 1);
    if (!look_at_version(self, versions[i], &failure))
      break;
    if (self->undecided && !self->spoke_tls)
      break; /* nobody there who speaks */
  }
  if (failure == NULL)
    return true;
  self->undecided = true;
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_LIMIT) ||
      g_error_matches(failure, AK_ERROR, AK_ERROR_CANCELLED))
    return true; /* what was seen until then is observed, as cut */
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

/* --- observations --------------------------------------------------------------------------------------- */

typedef struct {
  AkDigest digest;
  gsize size; /* 0: none */
} Proof;

static bool observe(Look *self, const char *property, AkOutcome outcome, AkValue value,
                    const Proof *proof, GError **error) {
  AkObservation *seen = ak_observation_new("service", self->locator, property, outcome);
  ak_observation_take_value(seen, value);
  if (proof != NULL && proof->size > 0)
    ak_observation_cite(seen, &proof->digest, 0, proof->size);
  seen->trace.peer = g_strdup(strchr(self->locator, ':') + 1);
  return ak_sink_observe(self->peer.sink, seen, error);
}

static AkValue set_of(GPtrArray *texts) {
  g_ptr_array_add(texts, NULL);
  AkValue value = ak_value_set((const char *const *)texts->pdata);
  g_ptr_array_remove_index(texts, texts->len - 1);
  return value;
}

static bool keep(Look *self, const void *bytes, gsize size, Proof *proof, GError **error) {
  proof->size = size;
  return size == 0 || ak_sink_blob(self->peer.sink, bytes, size, &proof->digest, error);
}

/* --- the certificate --------------------------------------------------------------------------------------- */

/* Floor of the days from `now_s` to notAfter; false where the date cannot be read. */
static bool days_left(const X509 *leaf, gint64 now_s, gint64 *days) {
  struct tm end = {0};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &end) != 1)
    return false;
  gint64 left_s = (gint64)timegm(&end) - now_s;
  *days = left_s >= 0 ? left_s / DAY_S : -((-left_s + DAY_S - 1) / DAY_S);
  return true;
}

static const char *key_type(EVP_PKEY *key) {
  static const struct {
    int id;
    const char *name;
  } names[] = {{EVP_PKEY_RSA, "RSA"},         {EVP_PKEY_RSA_PSS, "RSA"}, {EVP_PKEY_EC, "EC"},
               {EVP_PKEY_ED25519, "Ed25519"}, {EVP_PKEY_ED448, "Ed448"}, {EVP_PKEY_DSA, "DSA"}};
  int id = key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (names[i].id == id)
      return names[i].name;
  return NULL;
}

/* "SHA256" …; "Ed25519" where the signature has its digest inside. */
static const char *signature_digest(X509 *leaf) {
  int digest = NID_undef, key = NID_undef;
  if (X509_get_signature_info(leaf, &digest, &key, NULL, NULL) != 1)
    return NULL;
  if (digest != NID_undef)
    return OBJ_nid2sn(digest);
  return key == NID_ED25519 ? "Ed25519" : key == NID_ED448 ? "Ed448" : NULL;
}

static bool observe_text(Look *self, const char *property, const char *text, const Proof *proof,
                         GError **error) {
  return observe(self, property, text != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK,
                 ak_value_text(text != NULL ? text : "of a kind that is not known"), proof, error);
}

static bool observe_certificate(Look *self, X509 *leaf, GError **error) {
  unsigned char *der = NULL;
  int size = i2d_X509(leaf, &der);
  Proof proof = {0};
  bool kept = size > 0 && keep(self, der, (gsize)size, &proof, error);
  OPENSSL_free(der);
  if (!kept)
    return size > 0 ? false : ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: no DER");
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&proof.digest, hex);
  gint64 days = 0;
  bool dated = days_left(leaf, self->peer.call->now_utc_us / G_USEC_PER_SEC, &days);
  EVP_PKEY *key = X509_get0_pubkey(leaf);
  bool ok =
      observe_text(self, "tls.certificate", hex, &proof, error) &&
      observe(self, "tls.certificate.days-left",
              dated ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK,
              dated ? ak_value_int(days, "d") : ak_value_text("its date cannot be read"), &proof,
              error) &&
      observe_text(self, "tls.certificate.key-type", key_type(key), &proof, error) &&
      observe(self, "tls.certificate.key-bits",
              key != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK,
              key != NULL ? ak_value_int(EVP_PKEY_get_bits(key), "bits")
                          : ak_value_text("its key cannot be read"),
              &proof, error) &&
      observe_text(self, "tls.certificate.signature", signature_digest(leaf), &proof, error) &&
      observe(self, "tls.certificate.self-signed", AK_OUTCOME_SEEN,
              ak_value_bool(X509_self_signed(leaf, 1) == 1), &proof, error);
  ERR_clear_error();
  return ok;
}

static bool observe_no_certificate(Look *self, const char *reason, GError **error) {
  for (const AkTestOutput *output = outputs; output->property != NULL; output++)
    if (g_str_has_prefix(output->property, "tls.certificate") &&
        !observe(self, output->property, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason), NULL,
                 error))
      return false;
  return true;
}

/* `shown`: it was seen. Anonymous suites show none, and a server may fail in the handshake. */
static bool look_at_certificate(Look *self, bool *shown, GError **error) {
  X509 *leaf = NULL;
  g_autoptr(GError) failure = NULL;
  ak_stream_free(ak_stream_open(&self->peer, true, &leaf, &failure));
  *shown = leaf != NULL;
  if (leaf == NULL)
    return observe_no_certificate(
        self, failure != NULL ? failure->message : "the server showed none", error);
  bool ok = observe_certificate(self, leaf, error);
  X509_free(leaf);
  return ok;
}

/* --- the test ------------------------------------------------------------------------------------------------ */

static bool observe_coverage(Look *self, bool decided, bool certificate, GError **error) {
  g_autoptr(GPtrArray) covered = g_ptr_array_new();
  if (decided) {
    g_ptr_array_add(covered, (gpointer) "versions");
    g_ptr_array_add(covered, (gpointer) "ciphers");
  }
  if (certificate)
    g_ptr_array_add(covered, (gpointer) "certificate");
  return observe(self, "tls.coverage", decided && certificate ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                 set_of(covered), NULL, error);
}

/* It speaks something else, or closes at each hello: no TLS. Silence says nothing. */
static bool observe_no_tls(Look *self, const Proof *proof, GError **error) {
  bool absent = self->spoke_other || !self->undecided;
  AkValue why = absent ? (AkValue){0}
                       : ak_value_text(self->reason != NULL ? self->reason : "no answer");
  return observe(self, "tls.offered", absent ? AK_OUTCOME_ABSENT : AK_OUTCOME_COULD_NOT_LOOK, why,
                 proof, error) &&
         observe_coverage(self, absent, absent, error);
}

/* A TLS server that accepted nothing we know must not be taken for one that accepts nothing weak. */
static bool observe_accepted(Look *self, const char *property, GPtrArray *accepted,
                             const Proof *proof, GError **error) {
  if (accepted->len == 0)
    return observe(self, property, AK_OUTCOME_COULD_NOT_LOOK,
                   ak_value_text("it speaks TLS and accepted nothing that was offered"), proof,
                   error);
  return observe(self, property, self->undecided ? AK_OUTCOME_CUT : AK_OUTCOME_SEEN,
                 set_of(accepted), proof, error);
}

static bool observe_tls(Look *self, const Proof *proof, GError **error) {
  bool shown = false;
  self->undecided = self->undecided || self->versions->len == 0;
  return observe(self, "tls.offered", AK_OUTCOME_SEEN, ak_value_bool(true), proof, error) &&
         observe_accepted(self, "tls.versions", self->versions, proof, error) &&
         observe_accepted(self, "tls.ciphers", self->ciphers, proof, error) &&
         look_at_certificate(self, &shown, error) &&
         observe_coverage(self, !self->undecided, shown, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {
      .locator = call->subject->locator,
      .versions = g_ptr_array_new(),
      .ciphers = g_ptr_array_new_with_free_func(g_free),
      .heard = g_byte_array_new(),
  };
  Proof proof = {0};
  if (!ak_peer_init(&self.peer, call, sink, TIMEOUT_MS, error) ||
      !look_at_versions(&self, error) ||
      !keep(&self, self.heard->data, self.heard->len, &proof, error))
    return false;
  return self.spoke_tls ? observe_tls(&self, &proof, error) : observe_no_tls(&self, &proof, error);
}

extern const AkTest ak_probe_tls_test;
const AkTest ak_probe_tls_test = {
    .id = "probe.tls",
    .rev = 1,
    .title_en = "TLS versions, cipher suites and certificate",
    .title_ja = "TLSのバージョン、暗号スイート、証明書",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "net.port.open",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 180000, .bytes = 64 * 1024 * 1024, .packets = 1000},
    .masked_since = 1,
    .stop_condition_en = "no more suite is accepted, or the service no longer answers",
    .stop_condition_ja = "受け入れられる暗号スイートが尽きたか、応答がなくなった",
    .sources = sources,
    .run = run,
};
