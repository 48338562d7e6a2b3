#include "log/forget.h"

#include <errno.h>
#include <string.h>

#include "log/leaf.h"
#include "util/io.h"

#define INTENT "forgetting"
#define MAX_INTENT (256 * 1024 * 1024) /* bytes */
#define WRITE_CHUNK (1024 * 1024)      /* bytes buffered before they are written */

static gint compare_texts(gconstpointer a, gconstpointer b, gpointer data) { return strcmp(a, b); }

/* Every text in `value` that is spelled like a digest. */
static void collect_digests(const json_t *value, GTree *out) {
  AkDigest digest;
  const char *key;
  json_t *member;
  if (json_is_string(value) && ak_digest_from_hex(json_string_value(value), &digest)) {
    g_tree_insert(out, g_strdup(json_string_value(value)), NULL);
  } else if (json_is_array(value)) {
    for (gsize i = 0; i < json_array_size(value); i++)
      collect_digests(json_array_get(value, i), out);
  } else if (json_is_object(value)) {
    json_object_foreach((json_t *)value, key, member) {
      collect_digests(member, out);
    }
  }
}

static GTree *digests_new(void) { return g_tree_new_full(compare_texts, NULL, g_free, NULL); }

/* What the records of `run` cite, what all others cite, and how many records `run` has left. */
static bool survey(const AkForget *self, const char *run, GTree *own, GTree *others, guint64 *found,
                   GError **error) {
  *found = 0;
  for (guint64 i = 0; i < ak_journal_size(self->journal); i++) {
    guint8 salt[AK_SALT_SIZE];
    g_autoptr(json_t) record = NULL;
    if (!ak_leaf_read(self->journal, self->keys, i, &record, salt, error))
      return false;
    bool is_own = record != NULL && strcmp(ak_leaf_run(record), run) == 0;
    *found += is_own ? 1 : 0;
    collect_digests(record, is_own ? own : others);
  }
  return true;
}

static gboolean append_text(gpointer text, gpointer value, gpointer data) {
  json_array_append_new(data, json_string(text));
  return FALSE;
}

typedef struct {
  const AkForget *forget;
  const char *run;
} Rewrite;

static bool append_record(const Rewrite *rewrite, guint64 index, GByteArray *out, GError **error) {
  AkJournal *journal = rewrite->forget->journal;
  AkRunKeys *keys = rewrite->forget->keys;
  AkLogFrameType type;
  g_autoptr(GBytes) payload = ak_journal_read(journal, index, &type, error);
  guint8 salt[AK_SALT_SIZE];
  g_autoptr(json_t) record = NULL;
  if (payload == NULL || !ak_leaf_read(journal, keys, index, &record, salt, error))
    return false;
  if (record != NULL && strcmp(ak_leaf_run(record), rewrite->run) == 0) {
    AkDigest commitment;
    if (!ak_leaf_commitment(journal, keys, index, &commitment, error))
      return false;
    ak_log_frame_append(out, AK_LOG_FRAME_FORGOTTEN, commitment.bytes, AK_DIGEST_SIZE);
    return true;
  }
  gsize size = 0;
  const void *data = g_bytes_get_data(payload, &size);
  ak_log_frame_append(out, type, data, size);
  return true;
}

static bool write_records(AkJournal *journal, int fd, gpointer data, GError **error) {
  g_autoptr(GBytes) header = ak_journal_header();
  g_autoptr(GByteArray) buffer = g_byte_array_new();
  g_byte_array_append(buffer, g_bytes_get_data(header, NULL), (guint)g_bytes_get_size(header));
  gint64 offset = 0;
  guint64 size = ak_journal_size(journal);
  for (guint64 i = 0; i <= size; i++) {
    bool is_end = i == size;
    if (!is_end && !append_record(data, i, buffer, error))
      return false;
    if (!is_end && buffer->len < WRITE_CHUNK)
      continue;
    if (!ak_io_write_all(fd, buffer->data, buffer->len, offset, "the records", error))
      return false;
    offset += buffer->len;
    g_byte_array_set_size(buffer, 0);
  }
  return true;
}

static bool remove_intent(const AkForget *self, GError **error) {
  if (ak_io()->unlink_at(self->dir_fd, INTENT, 0) != 0 && errno != ENOENT)
    return ak_error_set_errno(error, errno, "log: removing %s", INTENT);
  return ak_io_sync_dir(self->dir_fd, INTENT, error);
}

static bool remove_blobs(const AkForget *self, const json_t *blobs, GTree *cited, guint spare_s,
                         GError **error) {
  for (gsize i = 0; i < json_array_size(blobs); i++) {
    const char *text = json_string_value(json_array_get(blobs, i));
    AkDigest digest;
    if (!ak_digest_from_hex(text, &digest))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "log: %s: no digest", INTENT);
    if (g_tree_lookup_node(cited, text) == NULL &&
        !ak_blobs_remove(self->blobs, &digest, spare_s, error))
      return false;
  }
  return true;
}

/* Each step may have been done already. */
static bool carry_out(const AkForget *self, const json_t *intent, GError **error) {
  gint64 spare_s = 0;
  guint64 left = 0;
  g_autoptr(GTree) own = digests_new();
  g_autoptr(GTree) others = digests_new();
  const char *run = ak_json_string(intent, "run", INTENT, error);
  if (run == NULL)
    return false;
  const json_t *blobs = ak_json_array(intent, "blobs", INTENT, error);
  if (blobs == NULL ||
      !ak_json_integer(intent, "spare_s", 0, G_MAXUINT32, INTENT, &spare_s, error) ||
      !survey(self, run, own, others, &left, error))
    return false;
  Rewrite rewrite = {self, run};
  if (left > 0 && !ak_journal_rewrite(self->journal, write_records, &rewrite, error))
    return false;
  return ak_run_keys_remove(self->keys, run, error) &&
         remove_blobs(self, blobs, others, (guint)spare_s, error) && remove_intent(self, error);
}

bool ak_forget_run(const AkForget *self, const char *run, guint spare_s, GError **error) {
  guint64 left = 0;
  g_autoptr(GTree) own = digests_new();
  g_autoptr(GTree) others = digests_new();
  if (!survey(self, run, own, others, &left, error))
    return false;
  if (left == 0)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "log: run \"%s\" has no record", run);
  g_autoptr(json_t) blobs = json_array();
  g_tree_foreach(own, append_text, blobs);
  g_autoptr(json_t) intent = json_object();
  json_object_set_new(intent, "run", json_string(run));
  json_object_set(intent, "blobs", blobs);
  json_object_set_new(intent, "spare_s", json_integer(spare_s));
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(intent, &size, error);
  return text != NULL && ak_io_replace(self->dir_fd, INTENT, 0600, text, size, error) &&
         carry_out(self, intent, error);
}

bool ak_forget_resume(const AkForget *self, GError **error) {
  GError *failure = NULL;
  g_autoptr(GBytes) bytes = ak_io_read_file(self->dir_fd, INTENT, MAX_INTENT, &failure);
  if (bytes == NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_error_free(failure);
    return true;
  }
  if (bytes == NULL) {
    g_propagate_prefixed_error(error, failure, "log: ");
    return false;
  }
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(json_t) intent = ak_json_parse_canonical(data, size, INTENT, error);
  return intent != NULL && carry_out(self, intent, error);
}
