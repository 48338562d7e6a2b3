/* The secret key of each run, from which its records' salts come. Deleting a run's key makes the
 * commitments of its deleted records unguessable for good.
 *
 * File `run-keys`, mode 0600: one frame a run, replaced as a whole. Thread rule: any thread;
 * functions marked "locked" need the folder's lock (log/journal.h). */
#pragma once

#include "proof/merkle.h"

#define AK_RUN_NAME_MAX 256 /* bytes */

typedef struct _AkRunKeys AkRunKeys;

/* Borrows `dir_fd`. */
AkRunKeys *ak_run_keys_new(int dir_fd);
void ak_run_keys_free(AkRunKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunKeys, ak_run_keys_free)

/* Reads the file again, which may not be there yet. */
bool ak_run_keys_load(AkRunKeys *self, GError **error);
bool ak_run_keys_has(AkRunKeys *self, const char *run);
/* Locked. Makes a random key for `run` where there is none, durable on return. LIMIT for a name
 * above AK_RUN_NAME_MAX. */
bool ak_run_keys_add(AkRunKeys *self, const char *run, GError **error);
/* Locked. Deletes the key of `run`, durably. */
bool ak_run_keys_remove(AkRunKeys *self, const char *run, GError **error);

/* HMAC-SHA-256(key of `run`, index in 8 bytes, big-endian); NOT_FOUND without a key. */
bool ak_run_keys_salt(AkRunKeys *self, const char *run, guint64 index,
                      guint8 out[static AK_SALT_SIZE], GError **error);
