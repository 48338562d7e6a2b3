#include "app/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/reader.h"

#define FOLDER "cache"
#define MAGIC "akashi-cache 1\n"
#define JOB "verify/image"
#define MAX_ENTRY_BYTES (256u * 1024 * 1024)
#define MAX_FOLDER_BYTES (1024ull * 1024 * 1024)
#define LATE " ms were used" /* why unpacking was cut: firmware/unpack/tree.c */
#define READ_BYTES (256u * 1024)
#define ENDS_WITH " until " /* "PEM sha256 … until 2031-02-03": firmware/analysis/secret-find.c */

/* Pieces of an entry: u8 what it is, u32 big-endian how long, its bytes. */
typedef enum { PIECE_ORIGIN = 'W', PIECE_BLOB = 'B', PIECE_OBSERVATION = 'O' } PieceType;
#define PIECE_HEAD 5

bool ak_cache_digest(int fd, AkDigest *out) {
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  g_autofree guint8 *piece = g_malloc(READ_BYTES);
  gssize got = 0;
  guint64 at = 0;
  while ((got = pread(fd, piece, READ_BYTES, (off_t)at)) > 0 || (got < 0 && errno == EINTR))
    if (got > 0) {
      ak_digest_sum_add(sum, piece, (gsize)got);
      at += (guint64)got;
    }
  *out = ak_digest_sum_end(sum);
  return got == 0;
}

/* The program holds its rules, signatures and lists, so its digest is theirs too. */
bool ak_cache_of(const char *data_dir, AkCache *out, GError **error) {
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && ak_cache_digest(fd, &out->program);
  if (!ok)
    ak_error_set_errno(error, errno, "the program's own file");
  if (fd >= 0)
    close(fd);
  if (ok)
    out->dir = g_build_filename(data_dir, FOLDER, NULL);
  return ok;
}

char *ak_cache_key(const AkCache *self, const char *job, const json_t *request,
                   const AkDigest *input) {
  char program[AK_DIGEST_HEX_SIZE], bytes[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&self->program, program);
  ak_digest_to_hex(input, bytes);
  g_autoptr(json_t) asked = json_copy((json_t *)request);
  json_object_del(asked, "now_utc_us");
  json_object_del(asked, "seed"); /* no analysis draws lots */
  g_autoptr(json_t) all = json_pack("{s:s, s:s, s:s, s:s, s:O}", "version", AK_VERSION, "program",
                                    program, "job", job, "input", bytes, "request", asked);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(all, &size, NULL);
  AkDigest digest = ak_digest_of(text, size);
  char *hex = g_malloc(AK_DIGEST_HEX_SIZE);
  ak_digest_to_hex(&digest, hex);
  return hex;
}

/* --- keeping
 * ----------------------------------------------------------------------------------- */

struct _AkCacheDraft {
  GByteArray *bytes;
  bool is_too_large;
};

static void add_piece(AkCacheDraft *self, PieceType type, const void *bytes, gsize size) {
  self->is_too_large = self->is_too_large || size > MAX_ENTRY_BYTES - self->bytes->len;
  if (self->is_too_large)
    return;
  guint32 length = GUINT32_TO_BE((guint32)size);
  guint8 head[PIECE_HEAD] = {(guint8)type};
  memcpy(head + 1, &length, sizeof length);
  g_byte_array_append(self->bytes, head, sizeof head);
  g_byte_array_append(self->bytes, bytes, (guint)size);
}

AkCacheDraft *ak_cache_draft_new(void) {
  AkCacheDraft *self = g_new0(AkCacheDraft, 1);
  self->bytes = g_byte_array_new();
  g_byte_array_append(self->bytes, (const guint8 *)MAGIC, strlen(MAGIC));
  return self;
}

void ak_cache_draft_free(AkCacheDraft *self) {
  if (self == NULL)
    return;
  g_byte_array_unref(self->bytes);
  g_free(self);
}

void ak_cache_draft_blob(AkCacheDraft *self, const void *bytes, gsize size) {
  add_piece(self, PIECE_BLOB, bytes, size);
}

void ak_cache_draft_observation(AkCacheDraft *self, const AkObservation *observation) {
  g_autoptr(json_t) json = ak_observation_to_json(observation, true);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(json, &size, NULL);
  self->is_too_large = self->is_too_large || text == NULL;
  add_piece(self, PIECE_OBSERVATION, text != NULL ? text : "", size);
}

typedef struct {
  char *path;
  guint64 bytes;
  gint64 made;
} Entry;

static void entry_free(gpointer data) {
  Entry *self = data;
  g_free(self->path);
  g_free(self);
}

static gint newest_first(gconstpointer a, gconstpointer b) {
  const Entry *left = *(const Entry *const *)a, *right = *(const Entry *const *)b;
  if (left->made != right->made)
    return left->made > right->made ? -1 : 1;
  return strcmp(left->path, right->path);
}

/* The oldest entries go, until the others have no more than `most` bytes. */
static void remove_oldest(const char *dir, guint64 most) {
  g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
  g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
  for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
    struct stat info;
    g_autofree char *path = g_build_filename(dir, name, NULL);
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
      continue;
    Entry *entry = g_new0(Entry, 1);
    *entry = (Entry){g_steal_pointer(&path), (guint64)info.st_size,
                     (gint64)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec};
    g_ptr_array_add(entries, entry);
  }
  g_ptr_array_sort(entries, newest_first);
  guint64 sum = 0;
  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = entries->pdata[i];
    sum += entry->bytes;
    if (sum > most)
      g_unlink(entry->path);
  }
}

void ak_cache_clear(const char *data_dir) {
  g_autofree char *dir = g_build_filename(data_dir, FOLDER, NULL);
  remove_oldest(dir, 0);
}

void ak_cache_keep(const AkCache *self, const char *key, AkCacheDraft *draft, const char *origin,
                   gint64 now_utc_us) {
  g_autoptr(json_t) json = json_pack("{s:s, s:s, s:I}", "key", key, "origin", origin, "when_utc_us",
                                     (json_int_t)now_utc_us);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(json, &size, NULL);
  add_piece(draft, PIECE_ORIGIN, text, size);
  /* another time, or a faster machine, might see more */
  bool is_late = memmem(draft->bytes->data, draft->bytes->len, LATE, strlen(LATE)) != NULL;
  if (self->dir == NULL || draft->is_too_large || is_late || g_mkdir_with_parents(self->dir, 0700) != 0)
    return;
  AkDigest digest = ak_digest_of(draft->bytes->data, draft->bytes->len);
  g_byte_array_append(draft->bytes, digest.bytes, AK_DIGEST_SIZE);
  g_autofree char *path = g_build_filename(self->dir, key, NULL);
  if (g_file_set_contents_full(path, (const char *)draft->bytes->data, draft->bytes->len,
                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
    remove_oldest(self->dir, MAX_FOLDER_BYTES);
}

/* --- saying it again
 * --------------------------------------------------------------------------- */

/* What an entry holds, after all of it was found to agree. */
typedef struct {
  GPtrArray *pieces; /* of Piece, in their order */
  char *origin;
  gint64 when_utc_us;
} Recording;

typedef struct {
  GBytes *blob; /* or: */
  AkObservation *observation;
  AkDigest digest; /* of the blob */
} Piece;

static void piece_free(gpointer data) {
  Piece *self = data;
  g_clear_pointer(&self->blob, g_bytes_unref);
  g_clear_pointer(&self->observation, ak_observation_free);
  g_free(self);
}

static void recording_clear(Recording *self) {
  g_clear_pointer(&self->pieces, g_ptr_array_unref);
  g_clear_pointer(&self->origin, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Recording, recording_clear)

static bool has_blob(const Recording *self, const AkEvidenceRef *wanted) {
  for (guint i = self->pieces->len; i > 0; i--) { /* what is cited came shortly before */
    const Piece *piece = self->pieces->pdata[i - 1];
    if (piece->blob != NULL && ak_digest_equal(&piece->digest, &wanted->digest))
      return wanted->offset <= g_bytes_get_size(piece->blob) &&
             wanted->length <= g_bytes_get_size(piece->blob) - wanted->offset;
  }
  return false;
}

/* An observation cites what stands before it. */
static bool read_observation(Recording *self, const guint8 *bytes, gsize size) {
  g_autoptr(json_t) json = ak_json_parse((const char *)bytes, size, "observation", NULL);
  Piece *piece = g_new0(Piece, 1);
  piece->observation = json != NULL ? ak_observation_from_json(json, "observation", NULL) : NULL;
  bool ok = piece->observation != NULL;
  for (guint i = 0; ok && i < piece->observation->evidence->len; i++)
    ok = has_blob(self, &g_array_index(piece->observation->evidence, AkEvidenceRef, i));
  g_ptr_array_add(self->pieces, piece);
  return ok;
}

static bool read_origin(Recording *self, const char *key, const guint8 *bytes, gsize size) {
  g_autoptr(json_t) json = ak_json_parse((const char *)bytes, size, "origin", NULL);
  bool ok = json != NULL && self->origin == NULL &&
            strcmp(ak_json_string_or(json, "key", ""), key) == 0 &&
            ak_json_integer(json, "when_utc_us", 0, G_MAXINT64, "origin", &self->when_utc_us, NULL);
  if (ok)
    self->origin = g_strdup(ak_json_string_or(json, "origin", ""));
  return ok;
}

static bool read_piece(Recording *self, const char *key, guint8 type, const guint8 *bytes,
                       gsize size) {
  if (type == PIECE_ORIGIN)
    return read_origin(self, key, bytes, size);
  if (type == PIECE_OBSERVATION)
    return read_observation(self, bytes, size);
  Piece *piece = g_new0(Piece, 1);
  piece->blob = g_bytes_new(bytes, size);
  piece->digest = ak_digest_of(bytes, size);
  g_ptr_array_add(self->pieces, piece);
  return type == PIECE_BLOB;
}

static bool read_entry(Recording *self, const char *key, const guint8 *data, gsize size) {
  gsize head = strlen(MAGIC);
  if (size < head + AK_DIGEST_SIZE || memcmp(data, MAGIC, head) != 0)
    return false;
  gsize end = size - AK_DIGEST_SIZE;
  AkDigest digest = ak_digest_of(data, end);
  if (memcmp(digest.bytes, data + end, AK_DIGEST_SIZE) != 0)
    return false;
  AkReader reader = ak_reader_init(data, end);
  bool ok = ak_reader_seek(&reader, head, NULL);
  self->pieces = g_ptr_array_new_with_free_func(piece_free);
  for (gsize at = head; ok && at < end;) {
    guint8 type = 0;
    guint32 length = 0;
    ok = ak_reader_u8(&reader, &type, NULL) && ak_reader_u32be(&reader, &length, NULL) &&
         length <= end - at - PIECE_HEAD && ak_reader_skip(&reader, length, NULL) &&
         read_piece(self, key, type, data + at + PIECE_HEAD, length);
    at += PIECE_HEAD + (gsize)length;
  }
  return ok && self->origin != NULL;
}

static char *date_of(gint64 utc_us) {
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(utc_us / G_USEC_PER_SEC);
  return when != NULL ? g_date_time_format(when, "%Y-%m-%d") : g_strdup("");
}

/* The one thing that the clock decides is whether a certificate has ended: the same as then, unless its last
 * day came in between. */
static bool holds_now(const Recording *self, gint64 now_utc_us) {
  g_autofree char *then = date_of(self->when_utc_us), *now = date_of(now_utc_us);
  if (now_utc_us < self->when_utc_us)
    return false;
  for (guint i = 0; i < self->pieces->len; i++) {
    const AkObservation *seen = ((const Piece *)self->pieces->pdata[i])->observation;
    if (seen == NULL || strcmp(seen->property, "secret.certificate") != 0 ||
        seen->outcome != AK_OUTCOME_SEEN)
      continue;
    const char *text = seen->value.type == AK_VALUE_TEXT ? seen->value.text : "";
    const char *end = g_strrstr(text, ENDS_WITH);
    end = end != NULL ? end + strlen(ENDS_WITH) : NULL;
    if (end == NULL || (strcmp(then, end) <= 0 && strcmp(end, now) <= 0))
      return false;
  }
  return true;
}

static bool say_all(const Recording *self, const AkRunReceiver *receiver, gpointer data,
                    GError **error) {
  for (guint i = 0; i < self->pieces->len; i++) {
    const Piece *piece = self->pieces->pdata[i];
    gsize size = 0;
    const void *bytes = piece->blob != NULL ? g_bytes_get_data(piece->blob, &size) : NULL;
    bool ok = piece->blob != NULL
                  ? receiver->blob(data, bytes != NULL ? bytes : "", size, &piece->digest, error)
                  : receiver->observe(data, piece->observation, error);
    if (!ok)
      return false;
  }
  return true;
}

bool ak_cache_say(const AkCache *self, const char *key, gint64 now_utc_us,
                  const AkRunReceiver *receiver, gpointer data, char **origin, GError **error) {
  g_autofree char *path = self->dir != NULL ? g_build_filename(self->dir, key, NULL) : NULL;
  g_autofree char *bytes = NULL;
  gsize size = 0;
  g_auto(Recording) recording = {0};
  *origin = NULL;
  if (path == NULL || !g_file_get_contents(path, &bytes, &size, NULL))
    return true;
  if (!read_entry(&recording, key, (const guint8 *)bytes, size) ||
      !holds_now(&recording, now_utc_us)) {
    g_unlink(path);
    return true;
  }
  if (!say_all(&recording, receiver, data, error))
    return false;
  g_autofree char *date = date_of(recording.when_utc_us);
  *origin = g_strdup_printf("%s on %s", recording.origin, date);
  return true;
}

/* --- a job of a run
 * ---------------------------------------------------------------------------- */

typedef struct {
  const AkRunReceiver *receiver;
  gpointer data;
  AkCacheDraft *draft;
} Tee;

static bool tee_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                     GError **error) {
  Tee *self = data;
  ak_cache_draft_blob(self->draft, bytes, size);
  return self->receiver->blob(self->data, bytes, size, digest, error);
}

static bool tee_observe(gpointer data, const AkObservation *observation, GError **error) {
  Tee *self = data;
  ak_cache_draft_observation(self->draft, observation);
  return self->receiver->observe(self->data, observation, error);
}

static void tee_progress(gpointer data, guint64 done, guint64 total) {
  Tee *self = data;
  if (self->receiver->progress != NULL)
    self->receiver->progress(self->data, done, total);
}

static bool tee_cancelled(gpointer data) {
  Tee *self = data;
  return self->receiver->cancelled != NULL && self->receiver->cancelled(self->data);
}

static const AkRunReceiver to_both = {.blob = tee_blob,
                                  .observe = tee_observe,
                                  .progress = tee_progress,
                                  .cancelled = tee_cancelled};

static bool digest_of(const AkCacheExecutor *self, const char *input, AkDigest *out) {
  int fd = ak_execute_open_input(&self->worker, input, NULL);
  bool ok = fd >= 0 && ak_cache_digest(fd, out);
  if (fd >= 0)
    close(fd);
  return ok;
}

static bool execute_and_keep(const AkCacheExecutor *self, const char *key, const AkDigest *before,
                             const AkRunJob *job, const AkRunReceiver *receiver, gpointer data,
                             const char **end, char **reason, GError **error) {
  g_autoptr(AkCacheDraft) draft = ak_cache_draft_new();
  Tee teeing = {.receiver = receiver, .data = data, .draft = draft};
  AkDigest after; /* the worker opened the file itself: were these the bytes? */
  bool ran = ak_execute_in_worker((gpointer)&self->worker, job, &to_both, &teeing, end, reason, error);
  if (ran && strcmp(*end, "done") == 0 && digest_of(self, job->input, &after) &&
      ak_digest_equal(before, &after)) {
    g_autofree char *origin = g_strconcat("run ", self->run_id, NULL);
    ak_cache_keep(&self->cache, key, draft, origin, g_get_real_time());
  }
  return ran;
}

bool ak_cache_execute(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                      gpointer receiver_data, const char **end, char **reason, GError **error) {
  const AkCacheExecutor *self = data;
  AkDigest digest;
  if (self->cache.dir == NULL || strcmp(job->job, JOB) != 0 || job->input == NULL ||
      !digest_of(self, job->input, &digest))
    return ak_execute_in_worker((gpointer)&self->worker, job, receiver, receiver_data, end, reason,
                                error);
  g_autofree char *key = ak_cache_key(&self->cache, job->job, job->request, &digest), *origin = NULL;
  if (!ak_cache_say(&self->cache, key, g_get_real_time(), receiver, receiver_data, &origin, error))
    return false;
  if (origin == NULL)
    return execute_and_keep(self, key, &digest, job, receiver, receiver_data, end, reason, error);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  *end = "done";
  *reason = g_strdup_printf("the same bytes (sha256 %s) were looked at in %s", hex, origin);
  return true;
}
