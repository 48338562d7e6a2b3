/* Signed notes: a text and the signatures of one or more keys. Source: C2SP signed-note v1.0.0;
 * witness cosignatures: C2SP tlog-cosignature, cosignature/v1 with Ed25519. Pure. */
#pragma once

#include "util/digest.h"

#define AK_NOTE_MAX_BYTES (64 * 1024)
#define AK_NOTE_MAX_SIGNATURES 64 /* C2SP signed-note asks for at least 16 */
#define AK_NOTE_PUBLIC_SIZE 32    /* bytes; RFC 8032, 5.1.5 */
#define AK_NOTE_SIGNATURE_SIZE 64 /* bytes; RFC 8032, 5.1.6 */

/* The signature type bytes of C2SP signed-note that akashi knows. */
typedef enum {
  AK_NOTE_KEY_ED25519 = 0x01,
  AK_NOTE_KEY_COSIGNATURE = 0x04, /* a witness: cosignature/v1 */
} AkNoteKeyType;

/* A verifier key: "NAME+KEY ID in 8 hexadecimal digits+base 64 of type and public key". */
typedef struct {
  char *name; /* not empty, no space, no "+" */
  guint32 id; /* SHA-256(name || 0x0A || type || public key)[:4] */
  AkNoteKeyType type;
  guint8 public_key[AK_NOTE_PUBLIC_SIZE];
} AkNoteKey;

/* INVALID_DATA where the name cannot be a key's name. */
AkNoteKey *ak_note_key_new(const char *name, AkNoteKeyType type,
                           const guint8 public_key[static AK_NOTE_PUBLIC_SIZE], GError **error);
/* Only the canonical spelling is taken, and the key ID must fit; NOT_SUPPORTED for other types. */
AkNoteKey *ak_note_key_parse(const char *text, GError **error);
char *ak_note_key_format(const AkNoteKey *self); /* caller frees */
bool ak_note_key_equal(const AkNoteKey *a, const AkNoteKey *b);
void ak_note_key_free(AkNoteKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkNoteKey, ak_note_key_free)

/* One signature line; kept also where the key is unknown, for a witness that is trusted later. */
typedef struct {
  char *name;
  guint32 key_id;
  GBytes *signature; /* what follows the key ID */
} AkNoteSignature;

typedef struct {
  char *text;            /* with its final newline, without the blank line */
  GPtrArray *signatures; /* of AkNoteSignature, in the order of the lines */
} AkNote;

/* A note without signatures yet. INVALID_DATA unless `text` ends in a newline, is UTF-8, and has no
 * control character but newlines. */
AkNote *ak_note_new(const char *text, GError **error);
/* `size` bytes. Refuses anything that ak_note_format would not write, two lines of one key, and
 * what is above the limits. Errors name the line. */
AkNote *ak_note_parse(const char *data, gsize size, GError **error);
char *ak_note_format(const AkNote *self); /* caller frees */
void ak_note_free(AkNote *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkNote, ak_note_free)

/* Appends the line of `key` with an Ed25519 signature over self->text (type ED25519). */
void ak_note_add_signature(AkNote *self, const AkNoteKey *key,
                           const guint8 signature[static AK_NOTE_SIGNATURE_SIZE]);
/* Appends the line of a witness; the signature is over ak_note_cosigned_text. */
void ak_note_add_cosignature(AkNote *self, const AkNoteKey *key, guint64 time_s,
                             const guint8 signature[static AK_NOTE_SIGNATURE_SIZE]);
/* "cosignature/v1\ntime N\n" and the note's text: what a witness signs. Caller frees. */
char *ak_note_cosigned_text(const AkNote *self, guint64 time_s);

/* The line of `key`, or NULL. Borrowed. */
const AkNoteSignature *ak_note_find(const AkNote *self, const AkNoteKey *key);

/* Does the line of `key` (either type) hold? NOT_FOUND without such a line, INVALID_DATA where its
 * signature does not hold. `time_s` (may be NULL) gets a witness's POSIX time, 0 for ED25519. */
bool ak_note_verify(const AkNote *self, const AkNoteKey *key, guint64 *time_s, GError **error);

bool ak_proof_note_fuzz(const guint8 *data, gsize size);
