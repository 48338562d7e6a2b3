#include "proof/note.h"

#include <sodium.h>
#include <string.h>

#include "proof/base64.h"
#include "util/reader.h"

#define DASH "\xE2\x80\x94 " /* em dash and space before each signature line */
#define KEY_ID_SIZE 4
#define TIME_SIZE 8
#define MAX_LINE_SIGNATURE 8192        /* bytes; post-quantum signatures reach nearly 5 kB */
#define MAX_TIME ((guint64)G_MAXINT64) /* C2SP tlog-cosignature: must not exceed 2^63 - 1 */

static bool name_is_valid(const char *name) {
  if (*name == '\0' || !g_utf8_validate(name, -1, NULL))
    return false;
  for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c == '+' || c < 0x20 || c == 0x7F || g_unichar_isspace(c))
      return false;
  }
  return true;
}

static guint32 key_id_of(const char *name, AkNoteKeyType type, const guint8 *public_key) {
  const guint8 newline = '\n', type_byte = (guint8)type;
  guint8 hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, (const guint8 *)name, strlen(name));
  crypto_hash_sha256_update(&state, &newline, 1);
  crypto_hash_sha256_update(&state, &type_byte, 1);
  crypto_hash_sha256_update(&state, public_key, AK_NOTE_PUBLIC_SIZE);
  crypto_hash_sha256_final(&state, hash);
  return (guint32)hash[0] << 24 | (guint32)hash[1] << 16 | (guint32)hash[2] << 8 | hash[3];
}

AkNoteKey *ak_note_key_new(const char *name, AkNoteKeyType type,
                           const guint8 public_key[static AK_NOTE_PUBLIC_SIZE], GError **error) {
  if (!name_is_valid(name)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "key name \"%s\": empty, or with a space or \"+\"",
                 name);
    return NULL;
  }
  AkNoteKey *self = g_new0(AkNoteKey, 1);
  self->name = g_strdup(name);
  self->type = type;
  self->id = key_id_of(name, type, public_key);
  memcpy(self->public_key, public_key, AK_NOTE_PUBLIC_SIZE);
  return self;
}

void ak_note_key_free(AkNoteKey *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self);
}

char *ak_note_key_format(const AkNoteKey *self) {
  guint8 typed[1 + AK_NOTE_PUBLIC_SIZE] = {(guint8)self->type};
  memcpy(typed + 1, self->public_key, AK_NOTE_PUBLIC_SIZE);
  g_autofree char *base64 = ak_base64_encode(typed, sizeof typed);
  return g_strdup_printf("%s+%08x+%s", self->name, self->id, base64);
}

AkNoteKey *ak_note_key_parse(const char *text, GError **error) {
  g_auto(GStrv) parts = g_strsplit(text, "+", 3); /* base 64 may hold a "+" of its own */
  if (g_strv_length(parts) != 3) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "verifier key: NAME+ID+KEY wanted");
    return NULL;
  }
  g_autoptr(GBytes) bytes = ak_base64_decode(parts[2], MAX_LINE_SIGNATURE, "verifier key", error);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const guint8 *typed = g_bytes_get_data(bytes, &size);
  if (size < 1 || (typed[0] != AK_NOTE_KEY_ED25519 && typed[0] != AK_NOTE_KEY_COSIGNATURE)) {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "verifier key: unknown type of signature");
    return NULL;
  }
  if (size != 1 + AK_NOTE_PUBLIC_SIZE) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "verifier key: an Ed25519 key has 32 bytes");
    return NULL;
  }
  g_autoptr(AkNoteKey) self = ak_note_key_new(parts[0], (AkNoteKeyType)typed[0], typed + 1, error);
  g_autofree char *again = self != NULL ? ak_note_key_format(self) : NULL;
  if (self == NULL)
    return NULL;
  if (strcmp(again, text) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "verifier key: its ID does not fit the key");
    return NULL;
  }
  return g_steal_pointer(&self);
}

bool ak_note_key_equal(const AkNoteKey *a, const AkNoteKey *b) {
  return a->type == b->type && a->id == b->id && strcmp(a->name, b->name) == 0 &&
         memcmp(a->public_key, b->public_key, AK_NOTE_PUBLIC_SIZE) == 0;
}

static void signature_free(AkNoteSignature *self) {
  g_free(self->name);
  g_clear_pointer(&self->signature, g_bytes_unref);
  g_free(self);
}

void ak_note_free(AkNote *self) {
  if (self == NULL)
    return;
  g_free(self->text);
  g_clear_pointer(&self->signatures, g_ptr_array_unref);
  g_free(self);
}

static bool text_is_valid(const char *text, gsize size) {
  if (size < 2 || text[size - 1] != '\n' || !g_utf8_validate(text, (gssize)size, NULL))
    return false;
  for (gsize i = 0; i < size; i++)
    if ((guint8)text[i] < 0x20 && text[i] != '\n')
      return false;
  return true;
}

static AkNote *note_new(const char *text, gsize size, GError **error) {
  if (!text_is_valid(text, size)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA,
                 "note: the text is no UTF-8, has control characters or no final newline");
    return NULL;
  }
  AkNote *self = g_new0(AkNote, 1);
  self->text = g_strndup(text, size);
  self->signatures = g_ptr_array_new_with_free_func((GDestroyNotify)signature_free);
  return self;
}

AkNote *ak_note_new(const char *text, GError **error) {
  return note_new(text, strlen(text), error);
}

static void add_line(AkNote *self, const char *name, guint32 key_id, GBytes *signature) {
  AkNoteSignature *line = g_new0(AkNoteSignature, 1);
  line->name = g_strdup(name);
  line->key_id = key_id;
  line->signature = signature;
  g_ptr_array_add(self->signatures, line);
}

void ak_note_add_signature(AkNote *self, const AkNoteKey *key,
                           const guint8 signature[static AK_NOTE_SIGNATURE_SIZE]) {
  add_line(self, key->name, key->id, g_bytes_new(signature, AK_NOTE_SIGNATURE_SIZE));
}

void ak_note_add_cosignature(AkNote *self, const AkNoteKey *key, guint64 time_s,
                             const guint8 signature[static AK_NOTE_SIGNATURE_SIZE]) {
  guint8 timed[TIME_SIZE + AK_NOTE_SIGNATURE_SIZE];
  guint64 big_endian = GUINT64_TO_BE(time_s);
  memcpy(timed, &big_endian, TIME_SIZE);
  memcpy(timed + TIME_SIZE, signature, AK_NOTE_SIGNATURE_SIZE);
  add_line(self, key->name, key->id, g_bytes_new(timed, sizeof timed));
}

static const AkNoteSignature *find_line(const AkNote *self, const char *name, guint32 key_id) {
  for (guint i = 0; i < self->signatures->len; i++) {
    const AkNoteSignature *line = self->signatures->pdata[i];
    if (line->key_id == key_id && strcmp(line->name, name) == 0)
      return line;
  }
  return NULL;
}

const AkNoteSignature *ak_note_find(const AkNote *self, const AkNoteKey *key) {
  return find_line(self, key->name, key->id);
}

/* "— NAME BASE64" without its newline. */
static bool parse_line(AkNote *self, const char *line, guint number, GError **error) {
  g_autofree char *where = g_strdup_printf("note: signature %u", number);
  if (!g_str_has_prefix(line, DASH))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no signature line", where);
  const char *name_start = line + strlen(DASH), *space = strchr(name_start, ' ');
  if (space == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: NAME SIGNATURE wanted", where);
  g_autofree char *name = g_strndup(name_start, (gsize)(space - name_start));
  if (!name_is_valid(name))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: not a key's name", where);
  g_autoptr(GBytes) bytes = ak_base64_decode(space + 1, MAX_LINE_SIGNATURE, where, error);
  if (bytes == NULL)
    return false;
  AkReader reader = ak_reader_init(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  guint32 key_id = 0;
  if (!ak_reader_u32be(&reader, &key_id, error) || ak_reader_left(&reader) == 0) {
    g_clear_error(error);
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: too short", where);
  }
  if (find_line(self, name, key_id) != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a second line of \"%s\"", where, name);
  add_line(self, name, key_id, g_bytes_new_from_bytes(bytes, KEY_ID_SIZE, ak_reader_left(&reader)));
  return true;
}

AkNote *ak_note_parse(const char *data, gsize size, GError **error) {
  if (size > AK_NOTE_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "note: more than %d bytes", AK_NOTE_MAX_BYTES);
    return NULL;
  }
  /* the last blank line parts text and signatures */
  const char *split = g_strrstr_len(data, (gssize)size, "\n\n");
  if (size == 0 || split == NULL || memchr(data, '\0', size) != NULL || data[size - 1] != '\n') {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "note: text, blank line and signatures wanted");
    return NULL;
  }
  g_autoptr(AkNote) self = note_new(data, (gsize)(split - data) + 1, error);
  if (self == NULL)
    return NULL;
  const char *lines = split + 2;
  g_autofree char *rest = g_strndup(lines, (gsize)(data + size - lines));
  if (*rest == '\0') {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "note: no signature");
    return NULL;
  }
  rest[strlen(rest) - 1] = '\0'; /* the final newline ends the last line */
  g_auto(GStrv) parts = g_strsplit(rest, "\n", AK_NOTE_MAX_SIGNATURES + 1);
  for (guint i = 0; parts[i] != NULL; i++) {
    if (i == AK_NOTE_MAX_SIGNATURES) {
      ak_error_set(error, AK_ERROR_LIMIT, "note: more than %d signatures", AK_NOTE_MAX_SIGNATURES);
      return NULL;
    }
    if (!parse_line(self, parts[i], i + 1, error))
      return NULL;
  }
  return g_steal_pointer(&self);
}

char *ak_note_format(const AkNote *self) {
  GString *text = g_string_new(self->text);
  g_string_append_c(text, '\n');
  for (guint i = 0; i < self->signatures->len; i++) {
    const AkNoteSignature *line = self->signatures->pdata[i];
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint32 big_endian = GUINT32_TO_BE(line->key_id);
    g_byte_array_append(bytes, (const guint8 *)&big_endian, KEY_ID_SIZE);
    g_byte_array_append(bytes, g_bytes_get_data(line->signature, NULL),
                        (guint)g_bytes_get_size(line->signature));
    g_autofree char *base64 = ak_base64_encode(bytes->data, bytes->len);
    g_string_append_printf(text, DASH "%s %s\n", line->name, base64);
  }
  return g_string_free(text, FALSE);
}

char *ak_note_cosigned_text(const AkNote *self, guint64 time_s) {
  return g_strdup_printf("cosignature/v1\ntime %" G_GUINT64_FORMAT "\n%s", time_s, self->text);
}

static bool signature_holds(const guint8 *signature, const char *text, const AkNoteKey *key) {
  return crypto_sign_verify_detached(signature, (const guint8 *)text, strlen(text),
                                     key->public_key) == 0;
}

bool ak_note_verify(const AkNote *self, const AkNoteKey *key, guint64 *time_s, GError **error) {
  const AkNoteSignature *line = ak_note_find(self, key);
  if (line == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "note: no signature of \"%s\"", key->name);
  AkReader reader =
      ak_reader_init(g_bytes_get_data(line->signature, NULL), g_bytes_get_size(line->signature));
  const guint8 *signature = NULL;
  guint64 when = 0;
  bool is_witness = key->type == AK_NOTE_KEY_COSIGNATURE;
  if ((is_witness && (!ak_reader_u64be(&reader, &when, NULL) || when > MAX_TIME)) ||
      !ak_reader_bytes(&reader, AK_NOTE_SIGNATURE_SIZE, &signature, NULL) ||
      ak_reader_left(&reader) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "note: the signature of \"%s\" has another form", key->name);
  g_autofree char *cosigned = is_witness ? ak_note_cosigned_text(self, when) : NULL;
  if (!signature_holds(signature, cosigned != NULL ? cosigned : self->text, key))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "note: the signature of \"%s\" does not hold",
                        key->name);
  if (time_s != NULL)
    *time_s = when;
  return true;
}

bool ak_proof_note_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkNote) note = ak_note_parse((const char *)data, size, NULL);
  if (note == NULL)
    return false;
  g_autofree char *again = ak_note_format(note);
  g_assert_cmpmem(again, strlen(again), data, size);
  return true;
}
