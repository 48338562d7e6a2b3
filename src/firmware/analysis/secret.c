/* firmware.secret: private keys, password hashes and certificates in the files of an image. */
#include <string.h>

#include "core/test.h"
#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/known-keys.h"
#include "firmware/analysis/secret-find.h"
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
    {"secret.coverage", AK_VALUE_SET, NULL, "what was looked at in full: files",
     "すべて調べたもの（ファイル）"},
    {NULL},
};

static const char *const everything[] = {"files", NULL};

enum { PRIVATE_KEY, TEST_KEY, PASSWORD_HASH, CERTIFICATE };
static const char *const properties[] = {
    [PRIVATE_KEY] = "secret.private-key",
    [TEST_KEY] = "secret.test-key",
    [PASSWORD_HASH] = "secret.password-hash",
    [CERTIFICATE] = "secret.certificate",
};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkKnownKeys *known;
  guint counts[G_N_ELEMENTS(properties)];
} Looking;

/* The evidence names place and digest of the file; the secret's own bytes are not kept. */
static bool keep_place(Looking *self, const char *locator, const char *file_digest,
                       const AkSecret *secret, AkDigest *digest, gsize *size, GError **error) {
  g_autoptr(json_t) place = json_pack("{s:s, s:s, s:I, s:I, s:s}", "file", locator, "file_sha256",
                                      file_digest, "offset", (json_int_t)secret->offset, "length",
                                      (json_int_t)secret->length, "masked", secret->description);
  g_autofree char *text = ak_json_canonical(place, size, error);
  return text != NULL && ak_sink_blob(self->sink, text, *size, digest, error);
}

/* A published key that a program or library carries is no secret of the device. The same key in a
 * file of its own is one that the device uses, and everybody has it. */
static guint property_of(const Looking *self, const AkSecret *secret, bool is_program,
                         char **description) {
  const char *origin = secret->kind == AK_SECRET_PRIVATE_KEY
                           ? ak_known_keys_origin(self->known, &secret->key)
                           : NULL;
  *description = origin == NULL ? g_strdup(secret->description)
                                : g_strdup_printf("%s, %s%s", secret->description,
                                                  is_program ? "" : "published: ", origin);
  switch (secret->kind) {
  case AK_SECRET_PRIVATE_KEY:
    return origin != NULL && is_program ? TEST_KEY : PRIVATE_KEY;
  case AK_SECRET_PASSWORD_HASH:
    return PASSWORD_HASH;
  case AK_SECRET_CERTIFICATE:
    return CERTIFICATE;
  }
  g_return_val_if_reached(PRIVATE_KEY);
}

static bool emit(Looking *self, const char *locator, const char *file_digest, bool is_program,
                 const AkSecret *secret, GError **error) {
  AkDigest digest;
  gsize size = 0;
  g_autofree char *description = NULL;
  guint property = property_of(self, secret, is_program, &description);
  if (!keep_place(self, locator, file_digest, secret, &digest, &size, error))
    return false;
  AkObservation *seen = ak_observation_new("file", locator, properties[property], AK_OUTCOME_SEEN);
  ak_observation_take_value(seen, ak_value_text(description));
  ak_observation_cite(seen, &digest, 0, size);
  self->counts[property]++;
  return ak_sink_observe(self->sink, seen, error);
}

static bool look_at(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  g_autoptr(GPtrArray) found = ak_secret_find(node->path, data, size);
  if (found->len == 0)
    return true;
  AkDigest digest = ak_digest_of(data, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  bool is_program = ak_elf_is_program(data, size);
  for (guint i = 0; i < found->len; i++)
    if (!emit(self, locator, hex, is_program, found->pdata[i], error))
      return false;
  return true;
}

/* "None" is said only of an image that was understood in full. */
static bool finish(Looking *self, GError **error) {
  static const char *const whole[] = {"files", NULL};
  const char *image = self->call->subject->locator;
  bool complete = ak_firmware_tree_is_complete(self->call->tree);
  for (gsize i = 0; i < G_N_ELEMENTS(properties); i++) {
    if (self->counts[i] > 0)
      continue;
    AkObservation *none = ak_observation_new("image", image, properties[i],
                                             complete ? AK_OUTCOME_ABSENT : AK_OUTCOME_CUT);
    if (!ak_sink_observe(self->sink, none, error))
      return false;
  }
  AkObservation *coverage = ak_observation_new("image", image, "secret.coverage",
                                               complete ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT);
  ak_observation_take_value(coverage, ak_value_set(complete ? whole : NULL));
  return ak_sink_observe(self->sink, coverage, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkKnownKeys) known = ak_known_keys_new(error);
  if (known == NULL)
    return false;
  Looking self = {.call = call, .sink = sink, .known = known};
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

static const char *const sources[] = {"RFC 7468", "crypt(5), shadow(5), passwd(5)", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_secret_test;
const AkTest ak_firmware_secret_test = {
    .id = "firmware.secret",
    .rev = 2,
    .title_en = "Secrets in the firmware",
    .title_ja = "ファームウェア内の秘密情報",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 2,
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
