#include "log/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/crc32c.h"
#include "util/io.h"
#include "util/writer.h"

#define RECORDS "records"
#define RECORDS_NEW "records.new"
#define ACKNOWLEDGED "acknowledged"
#define HEADER "akashi records 1\n" /* format and version */
#define HEADER_SIZE ((gint64)(sizeof HEADER - 1))
#define MARK_SIZE 12 /* bytes: u64 count, u32 crc32c */
#define SCAN_CHUNK (4 * 1024 * 1024)

G_STATIC_ASSERT(SCAN_CHUNK > 2 * (AK_LOG_FRAME_MAX_PAYLOAD + AK_LOG_FRAME_OVERHEAD));

struct _AkJournal {
  int dir_fd; /* borrowed */
  int lock_fd;
  GMutex writer;    /* one thread of this process holds the folder's lock */
  bool needs_cut;   /* bytes beyond `end` could not be cut yet; the folder's lock is kept */
  bool is_locked;   /* by this process */
  GRWLock state;    /* what follows: readers of records take it shared */
  int fd;           /* -1 before the start */
  GArray *starts;   /* of gint64: where each record's frame begins */
  gint64 end;       /* bytes of whole, durable frames */
  guint64 forgotten; /* records whose text was deleted */
  gint generation;
};

AkJournal *ak_journal_new(int dir_fd, GError **error) {
  int lock_fd = ak_io()->open_at(dir_fd, ACKNOWLEDGED, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (lock_fd < 0) {
    ak_error_set_errno(error, errno, "log: %s", ACKNOWLEDGED);
    return NULL;
  }
  AkJournal *self = g_new0(AkJournal, 1);
  self->dir_fd = dir_fd;
  self->lock_fd = lock_fd;
  self->fd = -1;
  self->starts = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_mutex_init(&self->writer);
  g_rw_lock_init(&self->state);
  return self;
}

void ak_journal_free(AkJournal *self) {
  if (self == NULL)
    return;
  if (self->fd >= 0)
    ak_io()->close(self->fd);
  ak_io()->close(self->lock_fd);
  g_array_unref(self->starts);
  g_mutex_clear(&self->writer);
  g_rw_lock_clear(&self->state);
  g_free(self);
}

/* The count of acknowledged records; 0 where the mark is missing or torn, which only means that
 * less is known. */
static guint64 read_mark(AkJournal *self) {
  guint8 mark[MARK_SIZE];
  if (!ak_io_read_exact(self->lock_fd, mark, sizeof mark, 0, ACKNOWLEDGED, NULL))
    return 0;
  AkReader reader = ak_reader_init(mark, sizeof mark);
  guint64 count = 0;
  guint32 checksum = 0;
  if (!ak_reader_u64le(&reader, &count, NULL) || !ak_reader_u32le(&reader, &checksum, NULL) ||
      checksum != ak_crc32c(0, mark, MARK_SIZE - 4))
    return 0;
  return count;
}

/* Never synced, and its failure is harmless: an older mark is as true. */
static void write_mark(AkJournal *self) {
  g_autoptr(AkWriter) writer = ak_writer_new(MARK_SIZE);
  guint8 count[8];
  for (guint i = 0; i < sizeof count; i++)
    count[i] = (guint8)((guint64)self->starts->len >> (8 * i));
  ak_writer_bytes(writer, count, sizeof count);
  ak_writer_u32le(writer, ak_crc32c(0, count, sizeof count));
  g_autoptr(GBytes) mark = ak_writer_end(writer, NULL);
  if (mark != NULL)
    ak_io_write_all(self->lock_fd, g_bytes_get_data(mark, NULL), MARK_SIZE, 0, ACKNOWLEDGED, NULL);
}

/* Makes the file end at `end` again, durably. */
static bool cut(AkJournal *self, GError **error) {
  self->needs_cut = true;
  if (ak_io()->truncate(self->fd, self->end) != 0)
    return ak_error_set_errno(error, errno, "log: cutting what was not acknowledged");
  if (ak_io()->sync_data(self->fd) != 0)
    return ak_error_set_errno(error, errno, "log: syncing a cut");
  self->needs_cut = false;
  return true;
}

bool ak_journal_lock(AkJournal *self, GError **error) {
  g_mutex_lock(&self->writer);
  while (!self->is_locked) {
    if (ak_io()->lock(self->lock_fd, LOCK_EX) == 0) {
      self->is_locked = true;
    } else if (errno != EINTR) {
      int number = errno;
      g_mutex_unlock(&self->writer);
      return ak_error_set_errno(error, number, "log: taking the folder's lock");
    }
  }
  if (self->needs_cut && !cut(self, error)) {
    g_mutex_unlock(&self->writer);
    return false;
  }
  return true;
}

void ak_journal_unlock(AkJournal *self) {
  if (!self->needs_cut) {
    ak_io()->lock(self->lock_fd, LOCK_UN);
    self->is_locked = false;
  }
  g_mutex_unlock(&self->writer);
}

GBytes *ak_journal_header(void) { return g_bytes_new_static(HEADER, HEADER_SIZE); }

/* Where a scan of the file stands. */
typedef struct {
  GArray *starts; /* gets the frames found */
  gint64 end;     /* end of the last whole frame */
  guint64 forgotten; /* frames found whose text was deleted */
  bool is_whole;  /* the file ends there */
} Scan;

/* Takes the whole frames at the beginning of `size` bytes that lie at scan->end. */
static AkLogFrameStatus scan_chunk(Scan *scan, const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  gint64 base = scan->end;
  AkLogFrame frame;
  AkLogFrameStatus status = AK_LOG_FRAME_OK;
  while (ak_reader_left(&reader) > 0) {
    gint64 start = base + (gint64)reader.position;
    status = ak_log_frame_next(&reader, &frame);
    if (status != AK_LOG_FRAME_OK)
      break;
    if (frame.type == AK_LOG_FRAME_RUN_KEY)
      return AK_LOG_FRAME_BAD;
    g_array_append_val(scan->starts, start);
    scan->forgotten += frame.type == AK_LOG_FRAME_FORGOTTEN ? 1 : 0;
    scan->end = base + (gint64)reader.position;
  }
  return status;
}

static bool scan_file(int fd, Scan *scan, gint64 size, GError **error) {
  g_autofree guint8 *chunk = g_malloc(SCAN_CHUNK);
  while (scan->end < size) {
    gsize wanted = (gsize)MIN(size - scan->end, (gint64)SCAN_CHUNK);
    gint64 before = scan->end;
    if (!ak_io_read_exact(fd, chunk, wanted, scan->end, RECORDS, error))
      return false;
    AkLogFrameStatus status = scan_chunk(scan, chunk, wanted);
    if (status == AK_LOG_FRAME_BAD || scan->end == before)
      break;
  }
  scan->is_whole = scan->end == size;
  return true;
}

static bool check_header(int fd, GError **error) {
  char header[HEADER_SIZE];
  if (!ak_io_read_exact(fd, header, sizeof header, 0, RECORDS, error))
    return false;
  if (memcmp(header, HEADER, sizeof header) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "log: %s: no file of records, or one of another version", RECORDS);
  return true;
}

/* Makes the records that nobody is known to have acknowledged durable. Their writer's sync may have
 * failed, after which the kernel takes their pages for written: so they are written again first. */
static bool sync_adopted(AkJournal *self, guint64 acknowledged, GError **error) {
  gint64 from = MAX(g_array_index(self->starts, gint64, acknowledged),
                    self->end - 2 * AK_JOURNAL_MAX_GROUP);
  gsize size = (gsize)(self->end - from);
  g_autofree guint8 *bytes = g_malloc(size);
  if (!ak_io_read_exact(self->fd, bytes, size, from, RECORDS, error) ||
      !ak_io_write_all(self->fd, bytes, size, from, RECORDS, error))
    return false;
  if (ak_io()->sync_data(self->fd) != 0)
    return ak_error_set_errno(error, errno, "log: syncing what a dead writer left");
  return true;
}

/* Takes over what `scan` found in `fd`; the caller holds the state. */
static bool adopt(AkJournal *self, const Scan *scan, GError **error) {
  guint64 acknowledged = read_mark(self);
  if (scan->starts->len < acknowledged)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "log: record %u (offset %" G_GINT64_FORMAT ") is damaged or missing, of %"
                        G_GUINT64_FORMAT " that were acknowledged; restore the folder from a copy",
                        scan->starts->len, scan->end, acknowledged);
  guint known = self->starts->len;
  gint64 known_end = self->end;
  guint64 known_forgotten = self->forgotten;
  g_array_set_size(self->starts, 0);
  g_array_append_vals(self->starts, scan->starts->data, scan->starts->len);
  self->end = scan->end;
  self->forgotten = scan->forgotten;
  bool ok = scan->is_whole || cut(self, error);
  if (ok && self->starts->len > acknowledged) {
    ok = sync_adopted(self, acknowledged, error);
    if (ok)
      write_mark(self);
  }
  if (!ok) { /* not durable, so not known; the next refresh tries again */
    g_array_set_size(self->starts, known);
    self->end = known_end;
    self->forgotten = known_forgotten;
    self->needs_cut = false;
  }
  return ok;
}

static Scan scan_new(gint64 end, guint64 forgotten) {
  return (Scan){g_array_new(FALSE, FALSE, sizeof(gint64)), end, forgotten, false};
}

/* Opens the file that has the name now, and takes in all of it. */
static bool reopen(AkJournal *self, GError **error) {
  int fd = ak_io()->open_at(self->dir_fd, RECORDS, O_RDWR | O_NOFOLLOW, 0);
  if (fd < 0)
    return ak_error_set_errno(error, errno, "log: %s", RECORDS);
  struct stat st;
  Scan scan = scan_new(HEADER_SIZE, 0);
  /* Whoever renamed the file may have died before its name was durable. */
  bool ok = check_header(fd, error) && ak_io_sync_dir(self->dir_fd, RECORDS, error);
  if (ok && fstat(fd, &st) != 0)
    ok = ak_error_set_errno(error, errno, "log: %s", RECORDS);
  ok = ok && scan_file(fd, &scan, st.st_size, error);
  g_rw_lock_writer_lock(&self->state);
  int old = self->fd;
  self->fd = fd;
  ok = ok && adopt(self, &scan, error);
  if (ok)
    g_atomic_int_inc(&self->generation);
  else
    self->fd = old;
  g_rw_lock_writer_unlock(&self->state);
  g_array_unref(scan.starts);
  int unused = ok ? old : fd;
  if (unused >= 0)
    ak_io()->close(unused);
  return ok;
}

bool ak_journal_start(AkJournal *self, GError **error) {
  struct stat st;
  if (fstatat(self->dir_fd, RECORDS, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT)
      return ak_error_set_errno(error, errno, "log: %s", RECORDS);
    guint64 acknowledged = read_mark(self);
    if (acknowledged > 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "log: %s is missing, of which %" G_GUINT64_FORMAT
                          " records were acknowledged",
                          RECORDS, acknowledged);
    if (!ak_io_replace(self->dir_fd, RECORDS, 0600, HEADER, HEADER_SIZE, error))
      return false;
  }
  return reopen(self, error);
}

bool ak_journal_is_stale(AkJournal *self) {
  struct stat named, known;
  g_rw_lock_reader_lock(&self->state);
  bool is_stale = fstatat(self->dir_fd, RECORDS, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
                  fstat(self->fd, &known) != 0 || named.st_ino != known.st_ino ||
                  named.st_size != self->end;
  g_rw_lock_reader_unlock(&self->state);
  return is_stale;
}

bool ak_journal_refresh(AkJournal *self, GError **error) {
  if (!ak_journal_is_stale(self))
    return true;
  struct stat named, known;
  if (fstatat(self->dir_fd, RECORDS, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      fstat(self->fd, &known) != 0)
    return ak_error_set_errno(error, errno, "log: %s", RECORDS);
  if (named.st_ino != known.st_ino || named.st_size < self->end)
    return reopen(self, error);
  Scan scan = scan_new(self->end, self->forgotten);
  g_array_append_vals(scan.starts, self->starts->data, self->starts->len);
  bool ok = scan_file(self->fd, &scan, named.st_size, error);
  g_rw_lock_writer_lock(&self->state);
  ok = ok && adopt(self, &scan, error);
  g_rw_lock_writer_unlock(&self->state);
  g_array_unref(scan.starts);
  return ok;
}

bool ak_journal_append(AkJournal *self, const GByteArray *frames, const guint32 *starts,
                       guint count, guint64 *first, GError **error) {
  bool ok = ak_io_write_all(self->fd, frames->data, frames->len, self->end, "the log", error);
  if (ok && ak_io()->sync_data(self->fd) != 0)
    ok = ak_error_set_errno(error, errno, "syncing the log");
  if (!ok) {
    cut(self, NULL);
    return false;
  }
  g_rw_lock_writer_lock(&self->state);
  *first = self->starts->len;
  for (guint i = 0; i < count; i++) {
    gint64 start = self->end + starts[i];
    g_array_append_val(self->starts, start);
  }
  self->end += frames->len;
  g_rw_lock_writer_unlock(&self->state);
  write_mark(self);
  return true;
}

bool ak_journal_rewrite(AkJournal *self,
                        bool (*write)(AkJournal *self, int fd, gpointer data, GError **error),
                        gpointer data, GError **error) {
  int fd = ak_io()->open_at(self->dir_fd, RECORDS_NEW, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW,
                            0600);
  if (fd < 0)
    return ak_error_set_errno(error, errno, "log: %s", RECORDS_NEW);
  bool ok = write(self, fd, data, error);
  if (ok && ak_io()->sync(fd) != 0)
    ok = ak_error_set_errno(error, errno, "log: syncing %s", RECORDS_NEW);
  ak_io()->close(fd);
  if (ok && ak_io()->rename_at(self->dir_fd, RECORDS_NEW, self->dir_fd, RECORDS) != 0)
    ok = ak_error_set_errno(error, errno, "log: renaming %s", RECORDS_NEW);
  if (!ok)
    ak_io()->unlink_at(self->dir_fd, RECORDS_NEW, 0);
  ok = ok && ak_io_sync_dir(self->dir_fd, RECORDS, error);
  /* Also after a failure: whichever file has the name now is the one to append to. */
  return reopen(self, ok ? error : NULL) && ok;
}

guint64 ak_journal_size(AkJournal *self) {
  g_rw_lock_reader_lock(&self->state);
  guint64 size = self->starts->len;
  g_rw_lock_reader_unlock(&self->state);
  return size;
}

guint64 ak_journal_forgotten(AkJournal *self) {
  g_rw_lock_reader_lock(&self->state);
  guint64 forgotten = self->forgotten;
  g_rw_lock_reader_unlock(&self->state);
  return forgotten;
}

guint ak_journal_generation(AkJournal *self) {
  return (guint)g_atomic_int_get(&self->generation);
}

static GBytes *read_frame(AkJournal *self, guint64 index, GError **error) {
  if (index >= self->starts->len) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "log: no record %" G_GUINT64_FORMAT, index);
    return NULL;
  }
  gint64 start = g_array_index(self->starts, gint64, index);
  gint64 end = index + 1 < self->starts->len ? g_array_index(self->starts, gint64, index + 1)
                                             : self->end;
  gsize size = (gsize)(end - start); /* at most a frame's, the scan saw to it */
  g_autofree guint8 *bytes = g_malloc(size);
  if (!ak_io_read_exact(self->fd, bytes, size, start, RECORDS, error))
    return NULL;
  return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

GBytes *ak_journal_read(AkJournal *self, guint64 index, AkLogFrameType *type, GError **error) {
  g_rw_lock_reader_lock(&self->state);
  g_autoptr(GBytes) bytes = read_frame(self, index, error);
  g_rw_lock_reader_unlock(&self->state);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  AkReader reader = ak_reader_init(data, size);
  AkLogFrame frame;
  if (ak_log_frame_next(&reader, &frame) != AK_LOG_FRAME_OK || ak_reader_left(&reader) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA,
                 "log: record %" G_GUINT64_FORMAT " does not fit its checksum", index);
    return NULL;
  }
  *type = frame.type;
  return g_bytes_new_from_bytes(bytes, (gsize)(frame.payload - data), frame.size);
}
