/* firmware.secret: private keys, password hashes and certificates in the files of an image. */
#include <string.h>

#include "firmware/analysis/certificate.h"
#include "firmware/analysis/crypt-hash.h"
#include "firmware/analysis/dictionary.h"
#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/known-keys.h"
#include "firmware/analysis/once.h"
#include "firmware/analysis/secret-find.h"
#include "firmware/analysis/secret-rule.h"
#include "firmware/unpack/tree.h"

static const AkTestOutput outputs[] = {
    {"secret.private-key", AK_VALUE_TEXT, NULL, "kind of a private key that lies open",
     "暗号化されていない秘密鍵の種類"},
    {"secret.test-key", AK_VALUE_TEXT, NULL,
     "kind and origin of a published key with which a program tests itself",
     "プログラムの自己試験用に公開されている鍵の種類と出所"},
    {"secret.password-hash", AK_VALUE_TEXT, NULL, "account and kind of a password hash, masked",
     "アカウントとパスワードハッシュの種類（伏せ字）"},
    {"secret.certificate", AK_VALUE_TEXT, NULL, "digest and end of a certificate",
     "証明書のダイジェストと期限"},
    {"secret.certificate-note", AK_VALUE_SET, NULL,
     "what certificates' own fields say against them", "証明書自体の記載から分かる問題"},
    {"secret.default-password", AK_VALUE_TEXT, NULL,
     "an account whose hash a well-known password gives, masked",
     "よく知られたパスワードのハッシュを持つアカウント（伏せ字）"},
    {"secret.api-key", AK_VALUE_TEXT, NULL, "key of a service on the internet, masked",
     "インターネットサービスの鍵（伏せ字）"},
    {"secret.wifi", AK_VALUE_TEXT, NULL, "Wi-Fi passphrase or key, masked",
     "Wi-Fiのパスフレーズまたは鍵（伏せ字）"},
    {"secret.credential", AK_VALUE_TEXT, NULL, "password in settings or scripts, masked",
     "設定やスクリプト中のパスワード（伏せ字）"},
    {"secret.likely", AK_VALUE_TEXT, NULL, "what is likely a secret, but not certainly, masked",
     "秘密値である可能性が高いもの（伏せ字）"},
    {"secret.coverage", AK_VALUE_SET, NULL, "what was looked at in full: files",
     "すべて調べたもの（ファイル）"},
    {NULL},
};

static const char *const everything[] = {"files", NULL};

enum {
  PRIVATE_KEY,
  TEST_KEY,
  PASSWORD_HASH,
  CERTIFICATE,
  CERTIFICATE_NOTE,
  DEFAULT_PASSWORD,
  API_KEY,
  WIFI,
  CREDENTIAL,
  LIKELY,
  PROPERTIES,
};
#define PROPERTY(i) (outputs[i].property)

/* Of all hashes outside of accounts' files together, in the unit of AkCryptHash.cost. */
#define DICTIONARY_WORK 20000000

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkKnownKeys *known;
  AkSecretRules *rules;
  AkDictionary *dictionary;
  AkOnce *once; /* of Secrets */
  guint counts[PROPERTIES];
} Looking;

/* What one content holds. */
typedef struct {
  GPtrArray *found; /* of AkSecret */
  GPtrArray *hits;  /* of AkSecretHit */
} Secrets;

static void secrets_free(gpointer data) {
  Secrets *self = data;
  g_ptr_array_unref(self->found);
  g_ptr_array_unref(self->hits);
  g_free(self);
}

/* A file in which something was found. */
typedef struct {
  const char *locator, *path;
  const guint8 *data;
  gsize size;
  char digest[AK_DIGEST_HEX_SIZE];
  bool is_program, is_manual;
} File;

/* The evidence names place and digest of the file; the secret's own bytes are not kept. */
static bool keep_place(Looking *self, const File *file, gsize offset, gsize length,
                       const char *masked, AkCitation *out, GError **error) {
  g_autoptr(json_t) place =
      json_pack("{s:s, s:s, s:I, s:I, s:s}", "file", file->locator, "file_sha256", file->digest,
                "offset", (json_int_t)offset, "length", (json_int_t)length, "masked", masked);
  return ak_firmware_emit_keep(self->sink, place, out, error);
}

/* A published key that a program, library or manual carries is no secret of the device. The same
 * key in a file of its own is one that the device uses, and everybody has it. */
static guint property_of(const Looking *self, const AkSecret *secret, bool is_sample,
                         char **description) {
  const char *origin = secret->kind == AK_SECRET_PRIVATE_KEY
                           ? ak_known_keys_origin(self->known, &secret->key)
                           : NULL;
  *description = origin == NULL ? g_strdup(secret->description)
                                : g_strdup_printf("%s, %s%s", secret->description,
                                                  is_sample ? "" : "published: ", origin);
  switch (secret->kind) {
  case AK_SECRET_PRIVATE_KEY:
    return origin != NULL && is_sample ? TEST_KEY : PRIVATE_KEY;
  case AK_SECRET_PASSWORD_HASH:
    return PASSWORD_HASH;
  case AK_SECRET_CERTIFICATE:
    return CERTIFICATE;
  }
  g_return_val_if_reached(PRIVATE_KEY);
}

static bool emit(Looking *self, const File *file, guint property, const char *text,
                 const AkCitation *place, GError **error) {
  self->counts[property]++;
  return ak_firmware_emit(self->sink, "file", file->locator, PROPERTY(property), AK_OUTCOME_SEEN,
                          ak_value_text(text), place, error);
}

/* "abcd…: expired 2019-01-01" of all certificates of a file. */
static void note_certificate(const Looking *self, const AkSecret *secret, GPtrArray *notes) {
  gsize size = 0;
  const guint8 *der = g_bytes_get_data(secret->der, &size);
  g_autoptr(GPtrArray) own = ak_certificate_notes(der, size, self->call->now_utc_us);
  AkDigest digest = ak_digest_of(der, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  for (guint i = 0; own != NULL && i < own->len; i++)
    g_ptr_array_add(notes, g_strdup_printf("%.16s…: %s", hex, (const char *)own->pdata[i]));
}

/* Hashes of web servers and others; those of the system's accounts are firmware.account's. */
static bool try_passwords(Looking *self, const File *file, const AkSecret *secret,
                          const AkCitation *place, GError **error) {
  const char *slash = strrchr(file->path, '/'), *name = slash != NULL ? slash + 1 : file->path;
  bool is_system = g_str_has_prefix(name, "shadow") || g_str_has_prefix(name, "passwd") ||
                   strcmp(name, "master.passwd") == 0;
  const char *colon = strstr(secret->description, ": ");
  if (is_system || file->is_program || colon == NULL)
    return true;
  g_autofree char *account = g_strndup(secret->description, (gsize)(colon - secret->description));
  g_autofree char *text = g_strndup((const char *)file->data + secret->offset, secret->length);
  AkCryptHash whole; /* of htdigest the name is part of the hash */
  const char *hash = strchr(text, ':') != NULL && !ak_crypt_hash_read(text, &whole) ? strchr(text, ':') + 1 : text;
  if (ak_dictionary_try(self->dictionary, self->sink, account, hash) != AK_DICTIONARY_KNOWN)
    return true;
  g_autofree char *masked = g_strdup_printf("%s:*****", account);
  return emit(self, file, DEFAULT_PASSWORD, masked, place, error);
}

static bool emit_secret(Looking *self, const File *file, const AkSecret *secret, GPtrArray *notes,
                        GError **error) {
  AkCitation place;
  g_autofree char *description = NULL;
  guint property = property_of(self, secret, file->is_program || file->is_manual, &description);
  if (property == PASSWORD_HASH && file->is_manual)
    return true;
  if (!keep_place(self, file, secret->offset, secret->length, secret->description, &place, error) ||
      !emit(self, file, property, description, &place, error))
    return false;
  if (property == CERTIFICATE)
    note_certificate(self, secret, notes);
  return property != PASSWORD_HASH || try_passwords(self, file, secret, &place, error);
}

static bool emit_hit(Looking *self, const File *file, const AkSecretHit *hit, GError **error) {
  static const guint properties[AK_RULE_KINDS] = {
      [AK_RULE_API_KEY] = API_KEY, [AK_RULE_WIFI] = WIFI,       [AK_RULE_LOGIN] = CREDENTIAL,
      [AK_RULE_KEY] = PRIVATE_KEY, [AK_RULE_CONSTANT] = LIKELY,
  };
  /* only forms and places that hold nothing else are certain */
  bool is_certain = strcmp(hit->rule->confidence, "high") == 0;
  guint property = is_certain ? properties[hit->rule->kind] : LIKELY;
  AkCitation place;
  const char *text = hit->rule->kind == AK_RULE_KEY ? hit->rule->title : hit->masked;
  return keep_place(self, file, hit->offset, hit->length, hit->masked, &place, error) &&
         emit(self, file, property, text, &place, error);
}

static bool emit_all(Looking *self, File *file, const GPtrArray *found, const GPtrArray *hits,
                     GError **error) {
  g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
  file->is_program = ak_elf_is_program(file->data, file->size);
  for (guint i = 0; i < found->len; i++)
    if (!emit_secret(self, file, found->pdata[i], notes, error))
      return false;
  for (guint i = 0; i < hits->len; i++)
    if (!emit_hit(self, file, hits->pdata[i], error))
      return false;
  if (notes->len == 0)
    return true;
  AkCitation place;
  self->counts[CERTIFICATE_NOTE]++;
  return keep_place(self, file, 0, file->size, "certificates", &place, error) &&
         ak_firmware_emit_set(self->sink, "file", file->locator, PROPERTY(CERTIFICATE_NOTE), notes,
                              &place, error);
}

/* Of the same bytes under names that say the same, what was found before. */
static const Secrets *secrets_of(Looking *self, const char *path, const char *locator,
                                 const guint8 *data, gsize size, const AkDigest *digest) {
  g_autofree char *places = ak_secret_rules_manner(self->rules, locator);
  g_autofree char *manner = g_strdup_printf("%u %s", ak_secret_find_manner(path), places);
  const Secrets *known = ak_once_find(self->once, digest, manner);
  if (known != NULL)
    return known;
  Secrets *fresh = g_new0(Secrets, 1);
  fresh->found = ak_secret_find(path, data, size);
  fresh->hits = ak_secret_rules_find(self->rules, locator, data, size);
  return ak_once_keep(self->once, digest, manner, fresh);
}

static bool look_at(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  AkDigest digest = ak_firmware_tree_digest(self->call->tree, index);
  const Secrets *secrets = secrets_of(self, node->path, locator, data, size, &digest);
  if (secrets->found->len + secrets->hits->len == 0)
    return true;
  File file = {.locator = locator,
               .path = node->path,
               .data = data,
               .size = size,
               .is_manual = ak_secret_is_manual(locator)};
  ak_digest_to_hex(&digest, file.digest);
  return emit_all(self, &file, secrets->found, secrets->hits, error);
}

/* What a sealed file holds nobody can see in its bytes: no absence of secrets follows. */
static bool finish(Looking *self, GError **error) {
  AkFirmwareEnd end = {.counts = self->counts, .unread = ak_firmware_tree_sealed(self->call->tree)};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkKnownKeys) known = ak_known_keys_new(error);
  AkSecretRules *rules = known != NULL ? ak_secret_rules_own(error) : NULL;
  if (rules == NULL)
    return false;
  g_autoptr(AkDictionary) dictionary = ak_dictionary_new(DICTIONARY_WORK);
  g_autoptr(AkOnce) once = ak_once_new(secrets_free);
  Looking self = {.call = call,
                  .sink = sink,
                  .known = known,
                  .rules = rules,
                  .dictionary = dictionary,
                  .once = once};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_firmware_tree_is_leaf(call->tree, i))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"RFC 7468", "crypt(5), shadow(5), passwd(5)", "RFC 5280",
                                      "data/signatures/secrets.json", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_secret_test;
const AkTest ak_firmware_secret_test = {
    .id = "firmware.secret",
    .rev = 8,
    .title_en = "Secrets in the firmware",
    .title_ja = "ファームウェア内の秘密情報",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000, .attempts = 200000},
    .masked_since = 2,
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
