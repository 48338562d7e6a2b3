#include "web/streams.h"

#include <string.h>

#include "app/progress.h"

#define BLOCK_BYTES 4096
#define RETRY_MS 5000 /* after which a client connects again */

typedef struct {
  AkStreams *owner;
  struct MHD_Connection *connection;
  char *run_id;
  GString *pending;    /* bytes that are not sent yet */
  char *told;          /* state of the run that was told last */
  gint64 opened_us, spoke_us; /* monotonic */
  bool is_suspended, is_ended;
} Stream;

struct _AkStreams {
  AkWorkspace *workspace; /* borrowed */
  GMutex lock;            /* guards all below, and every stream */
  GCond wake;
  GPtrArray *streams; /* Stream, borrowed: a stream belongs to its response */
  GThread *thread;    /* or NULL: not started yet */
  bool is_closing;
};

/* --- what the server's threads do ------------------------------------------------------------------- */

/* Gives bytes, or suspends the connection until the watching thread has some. */
static ssize_t read_stream(void *data, uint64_t position, char *buffer, size_t size) {
  Stream *self = data;
  ssize_t got = 0;
  g_mutex_lock(&self->owner->lock);
  if (self->pending->len > 0) {
    got = (ssize_t)MIN(size, self->pending->len);
    memcpy(buffer, self->pending->str, (gsize)got);
    g_string_erase(self->pending, 0, got);
  } else if (self->is_ended || self->owner->is_closing) {
    got = MHD_CONTENT_READER_END_OF_STREAM;
  } else {
    self->is_suspended = true;
    MHD_suspend_connection(self->connection);
  }
  g_mutex_unlock(&self->owner->lock);
  return got;
}

static void free_stream(void *data) {
  Stream *self = data;
  g_mutex_lock(&self->owner->lock);
  g_ptr_array_remove_fast(self->owner->streams, self);
  g_mutex_unlock(&self->owner->lock);
  g_string_free(self->pending, TRUE);
  g_free(self->run_id);
  g_free(self->told);
  g_free(self);
}

/* --- what the watching thread does ------------------------------------------------------------------- */

static void say(Stream *self, const char *event, gint64 id, const char *json) {
  if (id >= 0)
    g_string_append_printf(self->pending, "id: %" G_GINT64_FORMAT "\n", id);
  g_string_append_printf(self->pending, "event: %s\ndata: %s\n\n", event, json);
  self->spoke_us = g_get_monotonic_time();
}

/* What is known of a run: a text, and what of it makes a difference. */
typedef struct {
  char *json;
  char *state; /* status and number of records */
  gint64 records;
  bool is_over; /* nobody works on it */
} Known;

static void known_free(gpointer data) {
  Known *self = data;
  if (self == NULL) /* not looked at yet */
    return;
  g_free(self->json);
  g_free(self->state);
  g_free(self);
}

static Known *known_of(AkWorkspace *workspace, const char *run_id) {
  g_autoptr(json_t) progress = ak_app_progress(workspace, run_id, ak_now_utc_us(), NULL);
  Known *known = g_new0(Known, 1);
  if (progress == NULL) { /* deleted meanwhile, or it cannot be read now */
    known->json = g_strdup("{}");
    known->state = g_strdup("gone");
    known->records = -1;
    known->is_over = true;
    return known;
  }
  const char *status = ak_json_string_or(progress, "status", "");
  known->json = ak_json_canonical(progress, NULL, NULL);
  known->records = json_integer_value(json_object_get(progress, "records"));
  known->state = g_strdup_printf("%s %" G_GINT64_FORMAT, status, known->records);
  known->is_over = strcmp(status, "running") != 0;
  return known;
}

/* Does the stream have something to send, or an end? The lock is held. */
static bool update(Stream *self, const Known *known, gint64 now_us) {
  if (self->is_ended)
    return false;
  bool is_known = known->records >= 0;
  if (is_known && g_strcmp0(self->told, known->state) != 0) {
    say(self, "progress", known->records, known->json);
    g_free(self->told);
    self->told = g_strdup(known->state);
  }
  self->is_ended = known->is_over || now_us - self->opened_us > AK_STREAMS_LIFE_S * G_USEC_PER_SEC;
  if (known->is_over)
    say(self, "end", known->records, known->json);
  if (now_us - self->spoke_us > AK_STREAMS_HEARTBEAT_S * G_USEC_PER_SEC) {
    g_string_append(self->pending, ": still here\n\n");
    self->spoke_us = now_us;
  }
  return self->pending->len > 0 || self->is_ended;
}

/* A connection that was suspended stays so until it is resumed, so it is there when the lock is not held
 * any more. */
static void resume_all(GPtrArray *connections) {
  for (guint i = 0; i < connections->len; i++)
    MHD_resume_connection(connections->pdata[i]);
}

static void wake_stream(Stream *self, GPtrArray *connections) {
  if (self->is_suspended)
    g_ptr_array_add(connections, self->connection);
  self->is_suspended = false;
}

/* run id → NULL, of those that somebody listens to. The lock is held. */
static GHashTable *listened_to(const AkStreams *self) {
  GHashTable *runs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, known_free);
  for (guint i = 0; i < self->streams->len; i++)
    g_hash_table_insert(runs, g_strdup(((const Stream *)self->streams->pdata[i])->run_id), NULL);
  return runs;
}

/* Asked without the lock: a store that is slow holds nobody up. */
static void look(AkStreams *self, GHashTable *runs) {
  GHashTableIter iter;
  gpointer run_id = NULL;
  g_hash_table_iter_init(&iter, runs);
  while (g_hash_table_iter_next(&iter, &run_id, NULL))
    g_hash_table_iter_replace(&iter, known_of(self->workspace, run_id));
}

static void tell(AkStreams *self, GHashTable *runs, GPtrArray *connections) {
  gint64 now_us = g_get_monotonic_time();
  for (guint i = 0; i < self->streams->len; i++) {
    Stream *stream = self->streams->pdata[i];
    const Known *known = g_hash_table_lookup(runs, stream->run_id); /* NULL: it came just now */
    if (known != NULL && update(stream, known, now_us))
      wake_stream(stream, connections);
  }
}

static gpointer watch(gpointer data) {
  AkStreams *self = data;
  g_mutex_lock(&self->lock);
  while (!self->is_closing) {
    g_autoptr(GHashTable) runs = listened_to(self);
    g_autoptr(GPtrArray) connections = g_ptr_array_new();
    g_mutex_unlock(&self->lock);
    look(self, runs);
    g_mutex_lock(&self->lock);
    tell(self, runs, connections);
    g_mutex_unlock(&self->lock);
    resume_all(connections);
    g_mutex_lock(&self->lock);
    gint64 until_us = g_get_monotonic_time() + AK_STREAMS_TICK_MS * 1000;
    bool is_due = false;
    while (!self->is_closing && !is_due)
      is_due = !g_cond_wait_until(&self->wake, &self->lock,
                                  self->streams->len > 0 ? until_us : G_MAXINT64);
  }
  g_mutex_unlock(&self->lock);
  return NULL;
}

/* --- opening and closing --------------------------------------------------------------------------------- */

AkStreams *ak_streams_new(AkWorkspace *workspace) {
  AkStreams *self = g_new0(AkStreams, 1);
  self->workspace = workspace;
  self->streams = g_ptr_array_new();
  g_mutex_init(&self->lock);
  g_cond_init(&self->wake);
  return self;
}

void ak_streams_close(AkStreams *self) {
  g_autoptr(GPtrArray) connections = g_ptr_array_new();
  g_mutex_lock(&self->lock);
  self->is_closing = true;
  GThread *thread = g_steal_pointer(&self->thread);
  g_cond_broadcast(&self->wake);
  g_mutex_unlock(&self->lock);
  if (thread != NULL)
    g_thread_join(thread);
  g_mutex_lock(&self->lock);
  for (guint i = 0; i < self->streams->len; i++)
    wake_stream(self->streams->pdata[i], connections);
  g_mutex_unlock(&self->lock);
  resume_all(connections);
}

void ak_streams_free(AkStreams *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->streams);
  g_cond_clear(&self->wake);
  g_mutex_clear(&self->lock);
  g_free(self);
}

static Stream *stream_new(AkStreams *self, struct MHD_Connection *connection, const char *run_id) {
  Stream *stream = g_new0(Stream, 1);
  stream->owner = self;
  stream->connection = connection;
  stream->run_id = g_strdup(run_id);
  stream->pending = g_string_new(NULL);
  stream->opened_us = stream->spoke_us = g_get_monotonic_time();
  g_string_append_printf(stream->pending, "retry: %d\n\n", RETRY_MS);
  return stream;
}

struct MHD_Response *ak_streams_response(AkStreams *self, struct MHD_Connection *connection,
                                         const char *run_id) {
  g_mutex_lock(&self->lock);
  bool has_room = !self->is_closing && self->streams->len < AK_STREAMS_MAX;
  Stream *stream = has_room ? stream_new(self, connection, run_id) : NULL;
  if (stream != NULL)
    g_ptr_array_add(self->streams, stream);
  if (stream != NULL && self->thread == NULL)
    self->thread = g_thread_new("streams", watch, self);
  g_cond_broadcast(&self->wake);
  g_mutex_unlock(&self->lock);
  return stream != NULL ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                                            read_stream, stream, free_stream)
                        : NULL;
}

guint ak_streams_open(AkStreams *self) {
  g_mutex_lock(&self->lock);
  guint open = self->streams->len;
  g_mutex_unlock(&self->lock);
  return open;
}
