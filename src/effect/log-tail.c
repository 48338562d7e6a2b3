#include "effect/log-tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 262144

struct _AkLogTail {
  char *path;
  int fd;            /* -1: not there yet */
  gint64 at;         /* bytes of it that were read */
  GByteArray *begun; /* of a line whose end is not there yet */
  bool is_full, was_cut, has_failed;
};

static int open_log(const char *path) {
  return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

AkLogTail *ak_log_tail_new(const char *path) {
  AkLogTail *self = g_new0(AkLogTail, 1);
  struct stat st;
  self->path = g_strdup(path);
  self->begun = g_byte_array_new();
  self->fd = open_log(path);
  if (self->fd >= 0 && fstat(self->fd, &st) == 0)
    self->at = st.st_size;
  return self;
}

void ak_log_tail_free(AkLogTail *self) {
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close(self->fd);
  g_byte_array_unref(self->begun);
  g_free(self->path);
  g_free(self);
}

bool ak_log_tail_is_full(const AkLogTail *self) { return self->is_full; }
bool ak_log_tail_is_there(const AkLogTail *self) { return self->fd >= 0; }
bool ak_log_tail_ends_in_line(const AkLogTail *self) { return self->begun->len > 0; }
bool ak_log_tail_was_cut(const AkLogTail *self) { return self->was_cut; }
bool ak_log_tail_has_failed(const AkLogTail *self) { return self->has_failed; }

/* Everything up to the last newline of `begun` goes to `out`. */
static gsize hand_over(AkLogTail *self, GByteArray *out) {
  const guint8 *newline = memrchr(self->begun->data, '\n', self->begun->len);
  if (self->begun->len == 0 || newline == NULL)
    return 0;
  guint whole = (guint)(newline - self->begun->data) + 1;
  g_byte_array_append(out, self->begun->data, whole);
  g_byte_array_remove_range(self->begun, 0, whole);
  return whole;
}

static gsize read_open(AkLogTail *self, GByteArray *out, guint64 max_bytes) {
  gsize came = 0;
  for (;;) {
    guint before = self->begun->len;
    guint64 used = (guint64)out->len + before;
    guint piece = (guint)MIN(max_bytes - MIN(used, max_bytes), PIECE);
    if (piece == 0) {
      struct stat st;
      self->is_full = fstat(self->fd, &st) == 0 && st.st_size > self->at;
      return came;
    }
    g_byte_array_set_size(self->begun, before + piece);
    gssize got = pread(self->fd, self->begun->data + before, piece, self->at);
    g_byte_array_set_size(self->begun, before + (guint)MAX(got, 0));
    if (got < 0 && errno == EINTR)
      continue;
    self->has_failed = got < 0; /* a log that is a folder, a pipe, a broken disk … */
    if (got <= 0)
      return came;
    self->at += got;
    came += hand_over(self, out);
  }
}

/* One that is not there is none that cannot be read. */
static bool open_again(AkLogTail *self) {
  self->fd = open_log(self->path);
  self->has_failed = self->fd < 0 && errno != ENOENT;
  return self->fd >= 0;
}

/* Is the file at the path another one than the one that is open? */
static bool was_replaced(const AkLogTail *self) {
  struct stat opened, named;
  return fstat(self->fd, &opened) == 0 && lstat(self->path, &named) == 0 &&
         (opened.st_ino != named.st_ino || opened.st_dev != named.st_dev);
}

gsize ak_log_tail_read(AkLogTail *self, GByteArray *out, guint64 max_bytes) {
  struct stat st;
  gsize came = 0;
  self->has_failed = false;
  if (self->fd < 0 && !open_again(self))
    return 0;
  if (fstat(self->fd, &st) == 0 && st.st_size < self->at) {
    self->was_cut = true;
    self->at = 0;
    g_byte_array_set_size(self->begun, 0);
  }
  bool is_old = was_replaced(self); /* before the last look at the old one */
  came = read_open(self, out, max_bytes);
  if (!is_old || self->is_full || self->has_failed)
    return came;
  close(self->fd);
  self->at = 0;
  self->was_cut |= self->begun->len > 0;
  g_byte_array_set_size(self->begun, 0);
  return came + (open_again(self) ? read_open(self, out, max_bytes) : 0);
}
