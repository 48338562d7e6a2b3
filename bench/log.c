/* How many durable receipts a second do 64 closed-loop writers get, and how long does each wait?
 *
 * usage: log-bench FOLDER [SECONDS]
 *
 * Peer, in the same run: SQLite, WAL, synchronous=FULL, the same records from the same number of
 * threads; one connection, and group commit in front of it: the first thread to come commits all
 * records that wait as one transaction. So the peer, too, syncs once a group. Both canonicalize the
 * record first. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "log/log.h"
#include "log/test-folder.h"

#define WRITERS 64
#define DEFAULT_SECONDS 3
#define WARM_UP_US (300 * 1000)

typedef bool (*Append)(gpointer target, const json_t *record);

typedef struct {
  Append append;
  gpointer target;
  guint number;
  gint64 start_us, end_us;
  GArray *waits_us; /* of guint32, after the warm-up */
} Writer;

static gpointer write_loop(gpointer data) {
  Writer *writer = data;
  g_autofree char *run = g_strdup_printf("run-%u", writer->number % 4);
  g_autoptr(json_t) record =
      json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:i}", "kind", "observation", "run", run,
                "test", "tls.versions", "property", "tls.version.offered", "subject", "kind",
                "interface", "locator", "tcp:127.0.11.1:443", "outcome", "seen", "value", 0);
  for (gint64 now = g_get_monotonic_time(); now < writer->end_us;) {
    json_object_set_new(record, "value", json_integer(now));
    if (!writer->append(writer->target, record))
      g_error("a writer failed");
    gint64 after = g_get_monotonic_time();
    const guint32 wait_us = (guint32)(after - now);
    if (now >= writer->start_us)
      g_array_append_val(writer->waits_us, wait_us);
    now = after;
  }
  return NULL;
}

static gint compare_waits(gconstpointer a, gconstpointer b) {
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
  return x < y ? -1 : x > y;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

typedef struct {
  double receipts_per_s;
  guint64 receipts; /* with the warm-up's share left out */
} Result;

static Result run(const char *name, Append append, gpointer target, guint seconds) {
  Writer writers[WRITERS];
  GThread *threads[WRITERS];
  gint64 now = g_get_monotonic_time(), start_us = now + WARM_UP_US;
  gint64 end_us = start_us + (gint64)seconds * G_USEC_PER_SEC;
  double cpu = cpu_seconds();
  for (guint i = 0; i < WRITERS; i++) {
    writers[i] = (Writer){append, target, i, start_us, end_us,
                          g_array_new(FALSE, FALSE, sizeof(guint32))};
    threads[i] = g_thread_new("writer", write_loop, &writers[i]);
  }
  g_autoptr(GArray) waits = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (guint i = 0; i < WRITERS; i++) {
    g_thread_join(threads[i]);
    g_array_append_vals(waits, writers[i].waits_us->data, writers[i].waits_us->len);
    g_array_unref(writers[i].waits_us);
  }
  if (waits->len == 0)
    g_error("%s: no receipt in time", name);
  g_array_sort(waits, compare_waits);
  const guint32 *sorted = (const guint32 *)waits->data;
  Result result = {(double)waits->len / seconds, waits->len};
  printf(
      "%-7s %8.0f receipts/s   p50 %6.2f ms   p99 %6.2f ms   max %6.2f ms   cpu %.2f s in %u s\n",
      name, result.receipts_per_s, sorted[waits->len / 2] / 1e3,
      sorted[(guint64)waits->len * 99 / 100] / 1e3, sorted[waits->len - 1] / 1e3,
      cpu_seconds() - cpu, seconds);
  return result;
}

static bool append_to_log(gpointer target, const json_t *record) {
  guint64 index = 0;
  return ak_log_append(target, record, &index, NULL);
}

static double run_log(const char *folder, guint seconds) {
  g_autofree char *dir = g_build_filename(folder, "log", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(AkLog) log = ak_log_open(dir, &error);
  if (log == NULL)
    g_error("%s", error->message);
  Result result = run("akashi", append_to_log, log, seconds);
  printf("        %" G_GUINT64_FORMAT " syncs for %" G_GUINT64_FORMAT
         " records, %.1f records a sync\n",
         ak_log_syncs(log), ak_log_size(log), (double)ak_log_size(log) / (double)ak_log_syncs(log));
  gint64 start = g_get_monotonic_time();
  g_autofree char *checkpoint = ak_log_checkpoint(log, NULL, &error);
  if (checkpoint == NULL)
    g_error("%s", error->message);
  printf("        hashing, tiles and checkpoint of all of it: %.2f s\n",
         (double)(g_get_monotonic_time() - start) / 1e6);
  return result.receipts_per_s;
}

/* The peer's queue: its members wait for the group that holds their record. */
typedef struct {
  sqlite3 *db;
  sqlite3_stmt *insert, *begin, *commit;
  GMutex mutex;
  GCond done;
  GPtrArray *waiting; /* texts of the open group */
  guint64 open, committed;
  bool is_led;
} Peer;

static void step(sqlite3_stmt *statement, sqlite3 *db) {
  if (sqlite3_step(statement) != SQLITE_DONE)
    g_error("SQLite: %s", sqlite3_errmsg(db));
  sqlite3_reset(statement);
}

static void commit_group(Peer *peer, GPtrArray *texts) {
  step(peer->begin, peer->db);
  for (guint i = 0; i < texts->len; i++) {
    sqlite3_bind_text(peer->insert, 1, texts->pdata[i], -1, SQLITE_STATIC);
    step(peer->insert, peer->db);
  }
  step(peer->commit, peer->db);
}

static bool append_to_peer(gpointer target, const json_t *record) {
  Peer *peer = target;
  g_autofree char *text = ak_json_canonical(record, NULL, NULL);
  g_mutex_lock(&peer->mutex);
  g_ptr_array_add(peer->waiting, text);
  guint64 mine = peer->open;
  while (peer->committed <= mine && peer->is_led)
    g_cond_wait(&peer->done, &peer->mutex);
  if (peer->committed <= mine) {
    GPtrArray *texts = peer->waiting;
    peer->waiting = g_ptr_array_new();
    peer->open++;
    peer->is_led = true;
    g_mutex_unlock(&peer->mutex);
    commit_group(peer, texts);
    g_ptr_array_unref(texts);
    g_mutex_lock(&peer->mutex);
    peer->committed = mine + 1;
    peer->is_led = false;
    g_cond_broadcast(&peer->done);
  }
  g_mutex_unlock(&peer->mutex);
  return true;
}

static void prepare(Peer *peer, const char *sql, sqlite3_stmt **out) {
  if (sqlite3_prepare_v2(peer->db, sql, -1, out, NULL) != SQLITE_OK)
    g_error("SQLite: %s", sqlite3_errmsg(peer->db));
}

static double run_peer(const char *folder, guint seconds) {
  g_autofree char *path = g_build_filename(folder, "peer.db", NULL);
  Peer peer = {.waiting = g_ptr_array_new()};
  g_mutex_init(&peer.mutex);
  g_cond_init(&peer.done);
  if (sqlite3_open(path, &peer.db) != SQLITE_OK ||
      sqlite3_exec(peer.db,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "CREATE TABLE record (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
                   NULL, NULL, NULL) != SQLITE_OK)
    g_error("SQLite: %s", sqlite3_errmsg(peer.db));
  prepare(&peer, "INSERT INTO record (body) VALUES (?)", &peer.insert);
  prepare(&peer, "BEGIN IMMEDIATE", &peer.begin);
  prepare(&peer, "COMMIT", &peer.commit);
  Result result = run("sqlite", append_to_peer, &peer, seconds);
  printf("        %" G_GUINT64_FORMAT " commits\n", peer.committed);
  sqlite3_finalize(peer.insert);
  sqlite3_finalize(peer.begin);
  sqlite3_finalize(peer.commit);
  sqlite3_close(peer.db);
  g_ptr_array_unref(peer.waiting);
  return result.receipts_per_s;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: log-bench FOLDER [SECONDS]\n");
    return 2;
  }
  guint seconds = argc > 2 ? (guint)g_ascii_strtoull(argv[2], NULL, 10) : DEFAULT_SECONDS;
  g_autofree char *folder = g_build_filename(argv[1], "log-bench.tmp", NULL);
  test_folder_remove_tree(folder);
  if (g_mkdir(folder, 0700) != 0)
    g_error("%s cannot be made", folder);
  struct statfs fs;
  if (statfs(folder, &fs) == 0)
    printf("%d closed-loop writers, file system type 0x%lx (0x1021994 would be memory)\n", WRITERS,
           (unsigned long)fs.f_type);
  double ours = run_log(folder, MAX(seconds, 1));
  double peers = run_peer(folder, MAX(seconds, 1));
  printf("ratio   %.2f times the peer (SQLite, WAL, synchronous=FULL, group commit)\n",
         ours / peers);
  test_folder_remove_tree(folder);
  return 0;
}
