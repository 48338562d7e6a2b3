#include "app/reuse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES (256u * 1024u)
#define LOOK_US 200000 /* how often a waiting thread looks whether its run was stopped */

struct _AkReuse {
  AkLog *log;
  GMutex lock;     /* guards what follows */
  GCond changed;
  GHashTable *results; /* key → Result */
  guint working, at_once;
};

/* What one job on one file said, in its order. */
typedef struct {
  char *run_id;     /* where it was looked at */
  char *digest;     /* of the file, hexadecimal */
  GArray *blobs;    /* of AkDigest */
  GPtrArray *texts; /* of char: observations as JSON */
  bool is_whole;    /* false while it is being looked at */
} Result;

static void result_free(Result *self) {
  g_free(self->run_id);
  g_free(self->digest);
  g_array_unref(self->blobs);
  g_ptr_array_unref(self->texts);
  g_free(self);
}

AkReuse *ak_reuse_new(AkLog *log, guint at_once) {
  AkReuse *self = g_new0(AkReuse, 1);
  self->log = log;
  self->at_once = MAX(at_once, 1);
  self->results =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)result_free);
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  return self;
}

void ak_reuse_free(AkReuse *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->results);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->changed);
  g_free(self);
}

/* --- which file, which question -------------------------------------------------------------- */

/* NULL where the file cannot be read: then the job itself says so. */
static char *digest_of(const AkWorkerExecutor *worker, const char *input) {
  int fd = ak_execute_open_input(worker, input, NULL);
  if (fd < 0)
    return NULL;
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  g_autofree guint8 *piece = g_malloc(READ_BYTES);
  gssize got = 0;
  while ((got = read(fd, piece, READ_BYTES)) > 0 || (got < 0 && errno == EINTR))
    if (got > 0)
      ak_digest_sum_add(sum, piece, (gsize)got);
  close(fd);
  AkDigest digest = ak_digest_sum_end(sum);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  return got == 0 ? g_strdup(hex) : NULL;
}

/* The job with all it is told but the time of day. */
static char *key_of(const AkRunJob *job, const char *digest) {
  g_autoptr(json_t) request = json_copy((json_t *)job->request);
  json_object_del(request, "now_utc_us");
  g_autofree char *text = ak_json_canonical(request, NULL, NULL);
  return text != NULL ? g_strdup_printf("%s %s %s", job->job, digest, text) : NULL;
}

/* --- looking, and keeping what was said ------------------------------------------------------- */

typedef struct {
  const AkRunReceiver *receiver;
  gpointer data;
  Result *result;
} Tee;

static bool tee_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                     GError **error) {
  Tee *self = data;
  g_array_append_val(self->result->blobs, *digest);
  return self->receiver->blob(self->data, bytes, size, digest, error);
}

static bool tee_observe(gpointer data, const AkObservation *observation, GError **error) {
  Tee *self = data;
  g_autoptr(json_t) json = ak_observation_to_json(observation, true);
  char *text = ak_json_canonical(json, NULL, error);
  if (text == NULL)
    return false;
  g_ptr_array_add(self->result->texts, text);
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

static const AkRunReceiver tee = {.blob = tee_blob,
                                  .observe = tee_observe,
                                  .progress = tee_progress,
                                  .cancelled = tee_cancelled};

/* Looked at in a worker, or said again as it was kept when another process looked. */
static bool execute(const AkReuseExecutor *self, const AkRunJob *job, const AkRunReceiver *receiver,
                    gpointer data, const char **end, char **reason, GError **error) {
  AkCacheExecutor executor = {self->cache, self->run_id, self->worker};
  return ak_cache_execute(&executor, job, receiver, data, end, reason, error);
}

/* Others that ask the same wait meanwhile; where it was not looked at to the end, the next of them looks. */
static bool look(const AkReuseExecutor *self, const char *key, Result *result, const AkRunJob *job,
                 const AkRunReceiver *receiver, gpointer data, const char **end, char **reason,
                 GError **error) {
  AkReuse *reuse = self->reuse;
  Tee teeing = {.receiver = receiver, .data = data, .result = result};
  bool ran = execute(self, job, &tee, &teeing, end, reason, error);
  /* the worker opened the file itself: were these the bytes? */
  g_autofree char *after = digest_of(&self->worker, job->input);
  bool is_whole =
      ran && strcmp(*end, "done") == 0 && g_strcmp0(after, result->digest) == 0;
  g_mutex_lock(&reuse->lock);
  reuse->working--;
  if (is_whole)
    result->is_whole = true;
  else
    g_hash_table_remove(reuse->results, key);
  g_cond_broadcast(&reuse->changed);
  g_mutex_unlock(&reuse->lock);
  return ran;
}

/* --- saying it once more ----------------------------------------------------------------------- */

static bool has_all_blobs(AkReuse *self, const Result *result) {
  for (guint i = 0; i < result->blobs->len; i++)
    if (!ak_log_renew_blob(self->log, &g_array_index(result->blobs, AkDigest, i)))
      return false;
  return true;
}

static bool say_again(const Result *result, const AkRunReceiver *receiver, gpointer data,
                      const char **end, char **reason, GError **error) {
  for (guint i = 0; i < result->texts->len; i++) {
    const char *text = result->texts->pdata[i];
    g_autoptr(json_t) json = ak_json_parse(text, strlen(text), "observation", error);
    g_autoptr(AkObservation) seen =
        json != NULL ? ak_observation_from_json(json, "observation", error) : NULL;
    if (seen == NULL || !receiver->observe(data, seen, error))
      return false;
  }
  *end = "done";
  *reason = g_strdup_printf("the same bytes (sha256 %s) were looked at in run %s", result->digest,
                            result->run_id);
  return true;
}

/* --- one job ----------------------------------------------------------------------------------- */

static Result *result_new(const char *run_id, const char *digest) {
  Result *self = g_new0(Result, 1);
  self->run_id = g_strdup(run_id);
  self->digest = g_strdup(digest);
  self->blobs = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  self->texts = g_ptr_array_new_with_free_func(g_free);
  return self;
}

/* Waits until somebody has the answer or it is this thread's turn to look, which `is_mine` says. NULL where
 * the run was stopped meanwhile. A whole result stays until the end and is not changed. */
static Result *claim(const AkReuseExecutor *self, const char *key, const char *digest,
                     const AkRunReceiver *receiver, gpointer data, bool *is_mine) {
  AkReuse *reuse = self->reuse;
  Result *result = NULL;
  *is_mine = false;
  g_mutex_lock(&reuse->lock);
  for (;;) {
    result = g_hash_table_lookup(reuse->results, key);
    bool is_free = result == NULL && reuse->working < reuse->at_once;
    if ((result != NULL && result->is_whole) || is_free)
      break;
    g_cond_wait_until(&reuse->changed, &reuse->lock, g_get_monotonic_time() + LOOK_US);
    result = NULL;
    if (receiver->cancelled != NULL && receiver->cancelled(data)) {
      g_mutex_unlock(&reuse->lock);
      return NULL;
    }
  }
  if (result == NULL) {
    result = result_new(self->run_id, digest);
    g_hash_table_insert(reuse->results, g_strdup(key), result);
    reuse->working++;
    *is_mine = true;
  }
  g_mutex_unlock(&reuse->lock);
  return result;
}

bool ak_reuse_execute(gpointer data, const AkRunJob *job, const AkRunReceiver *receiver,
                      gpointer receiver_data, const char **end, char **reason, GError **error) {
  const AkReuseExecutor *self = data;
  bool is_file = job->isolation == AK_ISOLATION_SANDBOX && job->input != NULL;
  g_autofree char *digest = is_file ? digest_of(&self->worker, job->input) : NULL;
  g_autofree char *key = digest != NULL ? key_of(job, digest) : NULL;
  if (key == NULL)
    return execute(self, job, receiver, receiver_data, end, reason, error);
  bool is_mine = false;
  Result *result = claim(self, key, digest, receiver, receiver_data, &is_mine);
  if (result == NULL) {
    *end = "interrupted";
    return true;
  }
  if (is_mine)
    return look(self, key, result, job, receiver, receiver_data, end, reason, error);
  if (has_all_blobs(self->reuse, result))
    return say_again(result, receiver, receiver_data, end, reason, error);
  return execute(self, job, receiver, receiver_data, end, reason, error);
}
