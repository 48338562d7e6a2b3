#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log/blobs.h"
#include "log/commit.h"
#include "log/forget.h"
#include "log/identity.h"
#include "log/leaf.h"
#include "log/tree.h"
#include "proof/checkpoint.h"
#include "util/io.h"

#define RECORDS "records" /* see journal.c */
#define CHECKPOINT "checkpoint"
#define PROBE "probe"
#define PROBE_SIZE 4096 /* bytes: a page, so that a full disk shows */

G_STATIC_ASSERT(AK_LOG_MAX_RECORD <= AK_LOG_FRAME_MAX_PAYLOAD);

struct _AkLog {
  int dir_fd;
  AkIdentity *identity;
  AkRunKeys *keys;
  AkBlobs *blobs;
  AkJournal *journal;
  AkCommit *commit;
  AkTree *tree;
  gint generation; /* of the journal, to which `keys` belong */
  AkLeafLast last;
};

void ak_log_free(AkLog *self) {
  if (self == NULL)
    return;
  ak_tree_free(self->tree);
  ak_commit_free(self->commit);
  ak_journal_free(self->journal);
  ak_blobs_free(self->blobs);
  ak_run_keys_free(self->keys);
  ak_identity_free(self->identity);
  if (self->dir_fd >= 0)
    ak_io()->close(self->dir_fd);
  ak_leaf_last_clear(&self->last);
  g_free(self);
}

/* Makes `path` and what is missing above it, each name durable before the next: also of folders
 * that are there, as whoever made them may have failed to sync. */
static bool make_dirs(const char *path, GError **error) {
  g_autofree char *parent = g_path_get_dirname(path);
  if (strcmp(parent, path) == 0)
    return true;
  g_autofree char *name = g_path_get_basename(path);
  bool is_there = g_file_test(path, G_FILE_TEST_IS_DIR);
  if (!make_dirs(parent, error))
    return false;
  int fd = ak_io_open_dir(AT_FDCWD, parent, is_there ? NULL : error);
  if (fd < 0)
    return is_there; /* a folder above us that we may not read is not ours to sync */
  bool ok = is_there ? ak_io_sync_dir(fd, name, error) : ak_io_make_dir(fd, name, 0700, error);
  ak_io()->close(fd);
  return ok;
}

/* A folder that holds records was made durable before they were written. */
static bool make_log_dir(const char *dir, GError **error) {
  g_autofree char *path = g_canonicalize_filename(dir, NULL);
  g_autofree char *records = g_build_filename(path, RECORDS, NULL);
  return g_file_test(records, G_FILE_TEST_EXISTS) || make_dirs(path, error);
}

static bool leaf_data(gpointer data, guint64 index, guint8 out[static AK_DIGEST_SIZE],
                      GError **error) {
  AkLog *self = data;
  AkDigest commitment;
  if (!ak_leaf_commitment(self->journal, self->keys, index, &commitment, error))
    return false;
  memcpy(out, commitment.bytes, AK_DIGEST_SIZE);
  return true;
}

static AkForget forget_of(const AkLog *self) {
  return (AkForget){self->dir_fd, self->journal, self->keys, self->blobs};
}

/* The checkpoint signed last, NULL in `out` if there was none; `text` (may be NULL) its bytes. */
static bool last_checkpoint(AkLog *self, AkCheckpoint **out, char **text, GError **error) {
  *out = NULL;
  GError *failure = NULL;
  g_autoptr(GBytes) bytes = ak_io_read_file(self->dir_fd, CHECKPOINT, AK_NOTE_MAX_BYTES, &failure);
  if (bytes == NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_error_free(failure);
    return true;
  }
  if (bytes != NULL) {
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    *out = ak_checkpoint_open(data, size, ak_identity_key(self->identity), NULL, &failure);
    if (*out != NULL && text != NULL)
      *text = g_strndup(data, size);
  }
  if (*out == NULL)
    g_propagate_prefixed_error(error, failure, "log: %s: ", CHECKPOINT);
  return *out != NULL;
}

/* Records that a checkpoint speaks of must be there. */
static bool check_signed_size(AkLog *self, GError **error) {
  AkCheckpoint *last = NULL;
  if (!last_checkpoint(self, &last, NULL, error))
    return false;
  g_autoptr(AkCheckpoint) owned G_GNUC_UNUSED = last;
  if (last != NULL && last->size > ak_journal_size(self->journal))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "log: the checkpoint counts %" G_GUINT64_FORMAT
                        " records, %" G_GUINT64_FORMAT " are there; restore the folder from a copy",
                        last->size, ak_journal_size(self->journal));
  return true;
}

/* Locked. After the file was replaced: finishes a deletion and forgets deleted keys. */
static bool settle_locked(AkLog *self, GError **error) {
  AkForget forget = forget_of(self);
  if (!ak_run_keys_load(self->keys, error) || !ak_forget_resume(&forget, error))
    return false;
  g_atomic_int_set(&self->generation, (gint)ak_journal_generation(self->journal));
  return true;
}

/* Locked. */
static bool open_parts(AkLog *self, GError **error) {
  bool is_new = faccessat(self->dir_fd, RECORDS, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
                faccessat(self->dir_fd, CHECKPOINT, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  self->identity = ak_identity_open(self->dir_fd, is_new, error);
  self->blobs = self->identity != NULL ? ak_blobs_open(self->dir_fd, error) : NULL;
  return self->blobs != NULL && ak_journal_start(self->journal, error) &&
         check_signed_size(self, error) && settle_locked(self, error);
}

static bool open_all(AkLog *self, const char *dir, GError **error) {
  if (!make_log_dir(dir, error))
    return false;
  self->dir_fd = ak_io_open_dir(AT_FDCWD, dir, error);
  if (self->dir_fd < 0)
    return false;
  self->journal = ak_journal_new(self->dir_fd, error);
  if (self->journal == NULL || !ak_journal_lock(self->journal, error))
    return false;
  self->keys = ak_run_keys_new(self->dir_fd);
  self->commit = ak_commit_new(self->journal);
  self->tree = ak_tree_new(leaf_data, self);
  bool ok = open_parts(self, error);
  ak_journal_unlock(self->journal);
  return ok;
}

AkLog *ak_log_open(const char *dir, GError **error) {
  g_autoptr(AkLog) self = g_new0(AkLog, 1);
  self->dir_fd = -1;
  if (!open_all(self, dir, error)) {
    g_prefix_error(error, "%s: ", dir);
    return NULL;
  }
  return g_steal_pointer(&self);
}

bool ak_log_check_room(AkLog *self, guint64 bytes, GError **error) {
  g_autofree guint8 *page = g_malloc0(PROBE_SIZE);
  if (!ak_journal_lock(self->journal, error))
    return false;
  bool ok = ak_io_check_room(self->dir_fd, bytes, error) &&
            ak_io_replace(self->dir_fd, PROBE, 0600, page, PROBE_SIZE, error);
  ak_io()->unlink_at(self->dir_fd, PROBE, 0);
  ak_journal_unlock(self->journal);
  if (!ok)
    g_prefix_error(error, "log: ");
  return ok;
}

bool ak_log_put_blob(AkLog *self, const void *bytes, gsize size, AkDigest *out, GError **error) {
  return ak_blobs_put(self->blobs, bytes, size, out, error);
}

GBytes *ak_log_get_blob(AkLog *self, const AkDigest *digest, GError **error) {
  return ak_blobs_get(self->blobs, digest, error);
}

bool ak_log_has_blob(AkLog *self, const AkDigest *digest) {
  return ak_blobs_has(self->blobs, digest);
}

bool ak_log_renew_blob(AkLog *self, const AkDigest *digest) {
  return ak_blobs_renew(self->blobs, digest);
}

/* Makes sure that `run` has a durable key, and that the keys are those of `generation`, which is
 * the journal's. */
static bool prepare(AkLog *self, const char *run, guint *generation, GError **error) {
  *generation = ak_journal_generation(self->journal);
  bool is_settled = (guint)g_atomic_int_get(&self->generation) == *generation;
  if (is_settled && ak_run_keys_has(self->keys, run))
    return true;
  if (!ak_journal_lock(self->journal, error))
    return false;
  bool ok = ak_journal_refresh(self->journal, error) && settle_locked(self, error) &&
            ak_run_keys_add(self->keys, run, error);
  *generation = (guint)g_atomic_int_get(&self->generation);
  ak_journal_unlock(self->journal);
  return ok;
}

bool ak_log_append(AkLog *self, const json_t *record, guint64 *index, GError **error) {
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(record, &size, error);
  if (text == NULL)
    return false;
  if (size > AK_LOG_MAX_RECORD)
    return ak_error_set(error, AK_ERROR_LIMIT,
                        "log: a record of %" G_GSIZE_FORMAT " bytes, allowed are %d", size,
                        AK_LOG_MAX_RECORD);
  g_autoptr(GByteArray) frame = g_byte_array_sized_new((guint)size + AK_LOG_FRAME_OVERHEAD);
  ak_log_frame_append(frame, AK_LOG_FRAME_RECORD, text, size);
  AkCommitStatus status = AK_COMMIT_AGAIN;
  while (status == AK_COMMIT_AGAIN) {
    guint generation = 0;
    if (!prepare(self, ak_leaf_run(record), &generation, error))
      return false;
    status = ak_commit_append(self->commit, frame, generation, index, error);
  }
  return status == AK_COMMIT_OK;
}

static bool refresh(AkLog *self, GError **error) {
  if (!ak_journal_is_stale(self->journal))
    return true;
  if (!ak_journal_lock(self->journal, error))
    return false;
  bool ok = ak_journal_refresh(self->journal, error);
  if (ok && (guint)g_atomic_int_get(&self->generation) != ak_journal_generation(self->journal))
    ok = settle_locked(self, error);
  ak_journal_unlock(self->journal);
  return ok;
}

guint64 ak_log_size(AkLog *self) {
  refresh(self, NULL); /* what cannot be read now is not counted yet */
  return ak_journal_size(self->journal);
}

guint64 ak_log_forgotten(AkLog *self) {
  refresh(self, NULL);
  return ak_journal_forgotten(self->journal);
}

guint64 ak_log_syncs(AkLog *self) { return ak_commit_syncs(self->commit); }

bool ak_log_read(AkLog *self, guint64 index, json_t **record, guint8 salt[static 32],
                 GError **error) {
  if (index >= ak_journal_size(self->journal) && !refresh(self, error))
    return false;
  return ak_leaf_read(self->journal, self->keys, index, record, salt, error);
}

bool ak_log_foreach(AkLog *self, guint64 first,
                    bool (*visit)(guint64 index, const json_t *record, gpointer data),
                    gpointer data, GError **error) {
  if (!refresh(self, error))
    return false;
  guint64 size = ak_journal_size(self->journal);
  for (guint64 i = first; i < size; i++) {
    guint8 salt[AK_SALT_SIZE];
    g_autoptr(json_t) record = NULL;
    if (!ak_leaf_read(self->journal, self->keys, i, &record, salt, error))
      return false;
    if (record != NULL && !visit(i, record, data))
      return true;
  }
  return true;
}

bool ak_log_foreach_of(AkLog *self, const char *run, guint64 first,
                       bool (*visit)(guint64 index, const json_t *record, gpointer data),
                       gpointer data, GError **error) {
  if (!refresh(self, error))
    return false;
  guint64 size = ak_journal_size(self->journal);
  for (guint64 i = first; i < size; i++) {
    guint8 salt[AK_SALT_SIZE];
    g_autoptr(json_t) record = NULL;
    bool may_be = false;
    if (!ak_leaf_may_be_of(self->journal, i, run, &may_be, error) ||
        (may_be && !ak_leaf_read(self->journal, self->keys, i, &record, salt, error)))
      return false;
    if (record != NULL && strcmp(ak_leaf_run(record), run) == 0 && !visit(i, record, data))
      return true;
  }
  return true;
}

bool ak_log_commitment(AkLog *self, guint64 index, AkDigest *out, GError **error) {
  if (index >= ak_journal_size(self->journal) && !refresh(self, error))
    return false;
  return ak_leaf_commitment_again(self->journal, self->keys, index, &self->last, out, error);
}

/* Do the records still lead to the root that was signed? */
static bool check_history(AkLog *self, const AkCheckpoint *last, GError **error) {
  AkDigest root;
  if (!ak_tree_root(self->tree, last->size, &root, error))
    return false;
  if (!ak_digest_equal(&root, &last->root))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "log: the records do not lead to the checkpoint of %" G_GUINT64_FORMAT
                        " records that was signed; no other history will be",
                        last->size);
  return true;
}

static char *sign_checkpoint(AkLog *self, guint64 size, GError **error) {
  AkDigest root;
  if (!ak_tree_root(self->tree, size, &root, error) ||
      !ak_tree_write_tiles(self->tree, self->dir_fd, size, error))
    return NULL;
  const AkNoteKey *key = ak_identity_key(self->identity);
  g_autofree char *body = ak_checkpoint_format(key->name, size, &root, NULL);
  g_autoptr(AkNote) note = ak_note_new(body, error);
  if (note == NULL)
    return NULL;
  guint8 signature[AK_NOTE_SIGNATURE_SIZE];
  ak_identity_sign(self->identity, body, strlen(body), signature);
  ak_note_add_signature(note, key, signature);
  char *text = ak_note_format(note);
  if (ak_io_replace(self->dir_fd, CHECKPOINT, 0644, text, strlen(text), error))
    return text;
  g_free(text);
  return NULL;
}

/* Locked, refreshed. The last checkpoint itself where nothing was appended since, as witnesses may
 * have signed it. */
static char *make_checkpoint(AkLog *self, guint64 size, GError **error) {
  AkCheckpoint *found = NULL;
  g_autofree char *text = NULL;
  if (!last_checkpoint(self, &found, &text, error) || !check_signed_size(self, error))
    return NULL;
  g_autoptr(AkCheckpoint) last = found;
  if (last != NULL && !check_history(self, last, error))
    return NULL;
  if (last == NULL || last->size < size)
    return sign_checkpoint(self, size, error);
  if (!ak_tree_write_tiles(self->tree, self->dir_fd, size, error))
    return NULL;
  return g_steal_pointer(&text);
}

char *ak_log_checkpoint(AkLog *self, guint64 *size, GError **error) {
  /* Most of the work before the lock is taken, so that writers go on meanwhile. */
  if (!refresh(self, error) ||
      !ak_tree_write_tiles(self->tree, self->dir_fd, ak_journal_size(self->journal), error) ||
      !ak_journal_lock(self->journal, error))
    return NULL;
  char *text = NULL;
  guint64 count = 0;
  if (ak_journal_refresh(self->journal, error) && settle_locked(self, error)) {
    count = ak_journal_size(self->journal);
    text = make_checkpoint(self, count, error);
  }
  ak_journal_unlock(self->journal);
  if (text != NULL && size != NULL)
    *size = count;
  return text;
}

GArray *ak_log_inclusion(AkLog *self, guint64 index, guint64 size, GError **error) {
  return refresh(self, error) ? ak_tree_inclusion(self->tree, index, size, error) : NULL;
}

GArray *ak_log_consistency(AkLog *self, guint64 old_size, guint64 new_size, GError **error) {
  return refresh(self, error) ? ak_tree_consistency(self->tree, old_size, new_size, error) : NULL;
}

bool ak_log_forget_run(AkLog *self, const char *run, guint spare_s, GError **error) {
  if (!ak_journal_lock(self->journal, error))
    return false;
  AkForget forget = forget_of(self);
  bool ok = ak_journal_refresh(self->journal, error) && settle_locked(self, error) &&
            ak_forget_run(&forget, run, spare_s, error);
  if (ok)
    g_atomic_int_set(&self->generation, (gint)ak_journal_generation(self->journal));
  ak_journal_unlock(self->journal);
  return ok;
}

const char *ak_log_verifier_key(AkLog *self) { return ak_identity_verifier(self->identity); }

const char *ak_log_origin(AkLog *self) { return ak_identity_key(self->identity)->name; }

bool ak_log_sign(AkLog *self, const void *data, gsize size, guint8 signature[static 64],
                 GError **error) {
  ak_identity_sign(self->identity, data, size, signature);
  return true;
}
