/* Who a log is: its origin line and its Ed25519 key.
 *
 * File `log-key`, mode 0600, one line "PRIVATE+KEY+NAME+ID+BASE64(0x01 || seed)" (the spelling that
 * Go's sumdb/note writes); `log-key.pub`, the verifier key of C2SP signed-note, derived from it.
 * A log's key is never replaced: another key is another log. */
#pragma once

#include "proof/note.h"

typedef struct _AkIdentity AkIdentity;

/* Reads the key, or makes one where `may_make`. CONFIG if it is missing and may not be made,
 * PERMISSION if others may read it. */
AkIdentity *ak_identity_open(int dir_fd, bool may_make, GError **error);
void ak_identity_free(AkIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkIdentity, ak_identity_free)

const AkNoteKey *ak_identity_key(const AkIdentity *self);   /* its name is the origin */
const char *ak_identity_verifier(const AkIdentity *self);   /* as in log-key.pub, without newline */
/* RFC 8032 Ed25519 over `size` bytes. */
void ak_identity_sign(const AkIdentity *self, const void *data, gsize size,
                      guint8 out[static AK_NOTE_SIGNATURE_SIZE]);
