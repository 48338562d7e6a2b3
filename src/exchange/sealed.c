#include "exchange/sealed.h"

#include <sodium.h>
#include <string.h>

#include "util/json.h"

#define FORMAT "akashi-sealed-corpus"
#define CIPHER "xchacha20-poly1305-secretstream"
#define CHUNK (64u * 1024)
#define MORE crypto_secretstream_xchacha20poly1305_ABYTES /* bytes that a chunk grows by */
#define BEGIN crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define MAX_HEAD 4096

G_STATIC_ASSERT(AK_SEAL_KEY_SIZE == crypto_secretstream_xchacha20poly1305_KEYBYTES);

/* --- keys
 * -----------------------------------------------------------------------------------------------
 */

void ak_seal_key_new(AkSealKey *out) {
  randombytes_buf(out->bytes, sizeof out->bytes);
}

char *ak_seal_key_to_text(const AkSealKey *self) {
  return ak_hex_encode(self->bytes, sizeof self->bytes);
}

bool ak_seal_key_from_text(const char *text, AkSealKey *out, GError **error) {
  g_autofree char *hex = g_strstrip(g_strdup(text));
  AkDigest digest; /* as long, and read in the same way */
  if (!ak_digest_from_hex(hex, &digest))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a key is 64 hexadecimal digits");
  memcpy(out->bytes, digest.bytes, sizeof out->bytes);
  return true;
}

/* --- sealing
 * -------------------------------------------------------------------------------------------- */

static bool append_head(GByteArray *out, const AkEffectCorpus *corpus, GError **error) {
  char hex[AK_DIGEST_HEX_SIZE];
  gsize size = 0;
  ak_digest_to_hex(&corpus->digest, hex);
  g_autoptr(json_t) head =
      json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:s}", "format", FORMAT, "version", 1, "cipher",
                CIPHER, "id", corpus->id, "kind", ak_effect_kinds[corpus->kind], "cases",
                (json_int_t)corpus->cases->len, "sha256", hex);
  g_autofree char *line = head != NULL ? ak_json_canonical(head, &size, error) : NULL;
  if (line == NULL)
    return false;
  if (size >= MAX_HEAD)
    return ak_error_set(error, AK_ERROR_LIMIT, "the id of the corpus is too long");
  g_byte_array_append(out, (const guint8 *)line, (guint)size);
  g_byte_array_append(out, (const guint8 *)"\n", 1);
  return true;
}

/* Each chunk is bound to those before it and to the line in the open; the last says that it is the
 * last. */
static void append_chunks(GByteArray *out, const guint8 *data, gsize size, const AkSealKey *key) {
  crypto_secretstream_xchacha20poly1305_state state;
  guint8 begin[BEGIN], chunk[CHUNK + MORE];
  guint head = out->len;
  crypto_secretstream_xchacha20poly1305_init_push(&state, begin, key->bytes);
  g_byte_array_append(out, begin, sizeof begin);
  for (gsize at = 0; at == 0 || at < size; at += CHUNK) {
    gsize length = MIN(CHUNK, size - at);
    bool is_last = at + length >= size;
    crypto_secretstream_xchacha20poly1305_push(
        &state, chunk, NULL, data + at, length, out->data, at == 0 ? head : 0,
        is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    g_byte_array_append(out, chunk, (guint)(length + MORE));
  }
  sodium_memzero(&state, sizeof state);
}

GBytes *ak_sealed_make(GBytes *file, const char *where, const AkSealKey *key, GError **error) {
  gsize size = 0;
  const char *data = g_bytes_get_data(file, &size);
  if (size > AK_SEAL_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: at most 1 GiB can be sealed", where);
    return NULL;
  }
  g_autoptr(AkEffectCorpus) corpus = ak_corpus_parse(data != NULL ? data : "", size, where, error);
  g_autoptr(GByteArray) out = g_byte_array_new();
  if (corpus == NULL || !append_head(out, corpus, error))
    return NULL;
  append_chunks(out, (const guint8 *)data, size, key);
  return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

/* --- opening
 * -------------------------------------------------------------------------------------------- */

typedef struct {
  const guint8 *data, *chunks, *end;
  gsize head; /* bytes of the line in the open, with its line feed */
  AkDigest digest;
} Sealed;

static bool refuse(const char *where, const char *what, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: %s", where, what);
}

static bool read_head(const char *data, gsize size, const char *where, Sealed *out,
                      GError **error) {
  const char *newline = memchr(data, '\n', MIN(size, MAX_HEAD));
  if (newline == NULL)
    return refuse(where, "this is no sealed corpus", error);
  out->head = (gsize)(newline - data) + 1;
  g_autoptr(json_t) head = ak_json_parse(data, out->head - 1, where, error);
  if (head == NULL)
    return false;
  if (strcmp(ak_json_string_or(head, "format", ""), FORMAT) != 0 ||
      json_integer_value(json_object_get(head, "version")) != 1 ||
      strcmp(ak_json_string_or(head, "cipher", ""), CIPHER) != 0 ||
      !ak_digest_from_hex(ak_json_string_or(head, "sha256", ""), &out->digest))
    return refuse(where, "this is no sealed corpus, or one of another version", error);
  if (size - out->head < BEGIN)
    return refuse(where, "the sealed corpus breaks off", error);
  out->data = (const guint8 *)data;
  out->chunks = out->data + out->head;
  out->end = out->data + size;
  return true;
}

/* NULL where the key is wrong, or a byte was changed or is missing. */
static GByteArray *read_chunks(const Sealed *self, const AkSealKey *key) {
  crypto_secretstream_xchacha20poly1305_state state;
  g_autoptr(GByteArray) out = g_byte_array_new();
  guint8 plain[CHUNK], tag = 0;
  const guint8 *at = self->chunks + BEGIN;
  bool is_first = true;
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state, self->chunks, key->bytes) != 0)
    return NULL;
  while (at < self->end && tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
    gsize length = MIN((gsize)(self->end - at), (gsize)(CHUNK + MORE));
    unsigned long long plain_size = 0;
    if (length < MORE || out->len > AK_SEAL_MAX_BYTES ||
        crypto_secretstream_xchacha20poly1305_pull(&state, plain, &plain_size, &tag, at, length,
                                                   self->data, is_first ? self->head : 0) != 0)
      return NULL;
    g_byte_array_append(out, plain, (guint)plain_size);
    at += length;
    is_first = false;
  }
  return at == self->end && tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL
             ? g_steal_pointer(&out)
             : NULL;
}

AkEffectCorpus *ak_sealed_open(const char *data, gsize size, const char *where,
                               const AkSealKey *key, GError **error) {
  Sealed sealed = {0};
  if (!read_head(data, size, where, &sealed, error))
    return NULL;
  g_autoptr(GByteArray) plain = read_chunks(&sealed, key);
  if (plain == NULL) {
    refuse(where, "it does not open: another key, or a changed or broken-off file", error);
    return NULL;
  }
  g_autoptr(AkEffectCorpus) corpus =
      ak_corpus_parse(plain->len > 0 ? (const char *)plain->data : "", plain->len, where, error);
  if (corpus == NULL)
    return NULL;
  if (!ak_digest_equal(&corpus->digest, &sealed.digest)) {
    refuse(where, "the cases do not give the digest that stands in the open", error);
    return NULL;
  }
  corpus->burnt = true;
  return g_steal_pointer(&corpus);
}

bool ak_exchange_sealed_fuzz(const guint8 *data, gsize size) {
  static const AkSealKey key = {{0}};
  g_autoptr(AkEffectCorpus) corpus = ak_sealed_open((const char *)data, size, "fuzz", &key, NULL);
  return corpus != NULL;
}
