#include "log/run-keys.h"

#include <sodium.h>
#include <string.h>

#include "log/frame.h"
#include "util/io.h"

#define FILE_NAME "run-keys"
#define KEY_SIZE crypto_auth_hmacsha256_KEYBYTES
#define MAX_FILE (256 * 1024 * 1024) /* bytes: some 800,000 runs */

G_STATIC_ASSERT(KEY_SIZE == 32);
G_STATIC_ASSERT(crypto_auth_hmacsha256_BYTES == AK_SALT_SIZE);

struct _AkRunKeys {
  int dir_fd; /* borrowed */
  GMutex change; /* one load, addition or removal at a time */
  GRWLock lock;  /* of what follows */
  GTree *keys; /* run's name → its key; a tree, as the names come from outside */
};

static gint compare_names(gconstpointer a, gconstpointer b, gpointer data) { return strcmp(a, b); }

static void key_free(gpointer key) {
  sodium_memzero(key, KEY_SIZE);
  g_free(key);
}

static GTree *keys_new(void) { return g_tree_new_full(compare_names, NULL, g_free, key_free); }

AkRunKeys *ak_run_keys_new(int dir_fd) {
  AkRunKeys *self = g_new0(AkRunKeys, 1);
  self->dir_fd = dir_fd;
  self->keys = keys_new();
  g_mutex_init(&self->change);
  g_rw_lock_init(&self->lock);
  return self;
}

void ak_run_keys_free(AkRunKeys *self) {
  if (self == NULL)
    return;
  g_tree_unref(self->keys);
  g_mutex_clear(&self->change);
  g_rw_lock_clear(&self->lock);
  g_free(self);
}

static bool parse(const guint8 *data, gsize size, GTree *keys, GError **error) {
  AkReader reader = ak_reader_init(data, size);
  AkLogFrame frame;
  while (ak_reader_left(&reader) > 0) {
    if (ak_log_frame_next(&reader, &frame) != AK_LOG_FRAME_OK || frame.type != AK_LOG_FRAME_RUN_KEY ||
        frame.size < KEY_SIZE || frame.size > KEY_SIZE + AK_RUN_NAME_MAX)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "log: %s is damaged at offset %" G_GSIZE_FORMAT, FILE_NAME,
                          reader.position);
    g_tree_insert(keys, g_strndup((const char *)frame.payload + KEY_SIZE, frame.size - KEY_SIZE),
                  g_memdup2(frame.payload, KEY_SIZE));
  }
  return true;
}

static void take_over(AkRunKeys *self, GTree *keys) {
  g_rw_lock_writer_lock(&self->lock);
  GTree *old = self->keys;
  self->keys = keys;
  g_rw_lock_writer_unlock(&self->lock);
  g_tree_unref(old);
}

static bool load(AkRunKeys *self, GError **error) {
  GError *failure = NULL;
  g_autoptr(GTree) keys = keys_new();
  g_autoptr(GBytes) bytes = ak_io_read_file(self->dir_fd, FILE_NAME, MAX_FILE, &failure);
  if (bytes == NULL && !g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_propagate_prefixed_error(error, failure, "log: ");
    return false;
  }
  g_clear_error(&failure);
  if (bytes != NULL) {
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    /* Another process may have died between renaming the file and syncing its name. */
    if (!parse(data, size, keys, error) ||
        !ak_io_sync_dir(self->dir_fd, FILE_NAME, error))
      return false;
  }
  take_over(self, g_steal_pointer(&keys));
  return true;
}

bool ak_run_keys_load(AkRunKeys *self, GError **error) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->change);
  return load(self, error);
}

static gboolean write_key(gpointer name, gpointer key, gpointer data) {
  g_autoptr(GByteArray) payload = g_byte_array_new();
  g_byte_array_append(payload, key, KEY_SIZE);
  g_byte_array_append(payload, name, (guint)strlen(name));
  ak_log_frame_append(data, AK_LOG_FRAME_RUN_KEY, payload->data, payload->len);
  sodium_memzero(payload->data, payload->len);
  return FALSE;
}

static bool store(AkRunKeys *self, GError **error) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_rw_lock_reader_lock(&self->lock);
  g_tree_foreach(self->keys, write_key, bytes);
  g_rw_lock_reader_unlock(&self->lock);
  bool ok = ak_io_replace(self->dir_fd, FILE_NAME, 0600, bytes->data, bytes->len, error);
  if (bytes->len > 0)
    sodium_memzero(bytes->data, bytes->len);
  return ok;
}

bool ak_run_keys_has(AkRunKeys *self, const char *run) {
  g_rw_lock_reader_lock(&self->lock);
  bool has = g_tree_lookup(self->keys, run) != NULL;
  g_rw_lock_reader_unlock(&self->lock);
  return has;
}

static void remove_known(AkRunKeys *self, const char *run) {
  g_rw_lock_writer_lock(&self->lock);
  g_tree_remove(self->keys, run);
  g_rw_lock_writer_unlock(&self->lock);
}

bool ak_run_keys_add(AkRunKeys *self, const char *run, GError **error) {
  if (strlen(run) > AK_RUN_NAME_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "log: a run's name has more than %d bytes",
                        AK_RUN_NAME_MAX);
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->change);
  if (!load(self, error))
    return false;
  if (ak_run_keys_has(self, run))
    return true;
  guint8 *key = g_malloc(KEY_SIZE);
  randombytes_buf(key, KEY_SIZE);
  g_rw_lock_writer_lock(&self->lock);
  g_tree_insert(self->keys, g_strdup(run), key);
  g_rw_lock_writer_unlock(&self->lock);
  if (store(self, error))
    return true;
  remove_known(self, run); /* or a record could be salted with a key that is not on the disk */
  return false;
}

bool ak_run_keys_remove(AkRunKeys *self, const char *run, GError **error) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->change);
  if (!load(self, error))
    return false;
  if (!ak_run_keys_has(self, run))
    return true;
  remove_known(self, run);
  return store(self, error);
}

bool ak_run_keys_salt(AkRunKeys *self, const char *run, guint64 index,
                      guint8 out[static AK_SALT_SIZE], GError **error) {
  guint8 number[8];
  for (guint i = 0; i < sizeof number; i++)
    number[i] = (guint8)(index >> (56 - 8 * i));
  g_rw_lock_reader_lock(&self->lock);
  const guint8 *key = g_tree_lookup(self->keys, run);
  if (key != NULL)
    crypto_auth_hmacsha256(out, number, sizeof number, key);
  g_rw_lock_reader_unlock(&self->lock);
  if (key == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "log: run \"%s\" has no key", run);
  return true;
}
