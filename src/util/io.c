#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "util/large.h"

static int system_open_at(int dir_fd, const char *path, int flags, mode_t mode) {
  return openat(dir_fd, path, flags | O_CLOEXEC, mode);
}

static gssize system_write_at(int fd, const void *data, gsize size, gint64 offset) {
  return pwrite(fd, data, size, offset);
}

static int system_truncate(int fd, gint64 size) { return ftruncate(fd, size); }

static const AkIo system_io = {
    .open_at = system_open_at,
    .close = close,
    .write_at = system_write_at,
    .truncate = system_truncate,
    .sync_data = fdatasync,
    .sync = fsync,
    .rename_at = renameat,
    .unlink_at = unlinkat,
    .make_dir_at = mkdirat,
    .lock = flock,
};

/* One pointer for the process, because a fault belongs to the disk, not to one of its users. */
static const AkIo *current = &system_io;

const AkIo *ak_io(void) { return g_atomic_pointer_get(&current); }

void ak_io_use(const AkIo *io) {
  g_atomic_pointer_set(&current, io != NULL ? io : &system_io);
}

int ak_io_open_dir(int dir_fd, const char *path, GError **error) {
  int fd = ak_io()->open_at(dir_fd, path, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0)
    ak_error_set_errno(error, errno, "folder %s", path);
  return fd;
}

bool ak_io_make_dir(int dir_fd, const char *name, mode_t mode, GError **error) {
  if (ak_io()->make_dir_at(dir_fd, name, mode) != 0 && errno != EEXIST)
    return ak_error_set_errno(error, errno, "making folder %s", name);
  return ak_io_sync_dir(dir_fd, name, error);
}

bool ak_io_write_all(int fd, const void *data, gsize size, gint64 offset, const char *where,
                     GError **error) {
  const guint8 *at = data;
  while (size > 0) {
    gssize written = ak_io()->write_at(fd, at, size, offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return ak_error_set_errno(error, written == 0 ? ENOSPC : errno, "writing %s", where);
    at += written;
    size -= (gsize)written;
    offset += written;
  }
  return true;
}

bool ak_io_sync_dir(int dir_fd, const char *where, GError **error) {
  if (ak_io()->sync(dir_fd) != 0)
    return ak_error_set_errno(error, errno, "syncing the folder of %s", where);
  return true;
}

/* --- new content ---------------------------------------------------------------------------------- */

/* A file under way: bytes are collected, so that small parts take few calls. */
typedef struct {
  int fd;
  const char *name;
  gint64 offset;
  gsize used;
  char buffer[1 << 16];
} Filling;

static bool put_down(Filling *self, GError **error) {
  if (!ak_io_write_all(self->fd, self->buffer, self->used, self->offset, self->name, error))
    return false;
  self->offset += (gint64)self->used;
  self->used = 0;
  return true;
}

static bool put(gpointer to, const char *bytes, gsize size, GError **error) {
  Filling *self = to;
  if (size > sizeof self->buffer - self->used && !put_down(self, error))
    return false;
  if (size > sizeof self->buffer) { /* which is empty now */
    bool is_written = ak_io_write_all(self->fd, bytes, size, self->offset, self->name, error);
    self->offset += (gint64)size;
    return is_written;
  }
  memcpy(self->buffer + self->used, bytes, size);
  self->used += size;
  return true;
}

static bool fill_and_sync(int fd, const char *name, AkIoFill fill, gpointer data, GError **error) {
  g_autofree Filling *filling = g_new(Filling, 1);
  filling->fd = fd;
  filling->name = name;
  filling->offset = 0;
  filling->used = 0;
  if (!fill(data, put, filling, error) || !put_down(filling, error))
    return false;
  return ak_io()->sync(fd) == 0 || ak_error_set_errno(error, errno, "syncing %s", name);
}

static bool replace_unsynced(int dir_fd, const char *name, mode_t mode, AkIoFill fill, gpointer data, GError **error) {
  static gint counter;
  char tmp[64];
  g_snprintf(tmp, sizeof tmp, AK_IO_TMP_PREFIX "%ld-%d", (long)getpid(),
             g_atomic_int_add(&counter, 1));
  /* A name left by a dead process with the same number: it is ours to take over. */
  int fd = ak_io()->open_at(dir_fd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  if (fd < 0)
    return ak_error_set_errno(error, errno, "making a temporary file for %s", name);
  bool ok = fill_and_sync(fd, name, fill, data, error);
  ak_io()->close(fd);
  if (ok && ak_io()->rename_at(dir_fd, tmp, dir_fd, name) != 0)
    ok = ak_error_set_errno(error, errno, "renaming to %s", name);
  if (!ok)
    ak_io()->unlink_at(dir_fd, tmp, 0);
  return ok;
}

typedef struct {
  const void *bytes;
  gsize size;
} Whole;

static bool fill_with_whole(gpointer data, AkIoPut to_put, gpointer to, GError **error) {
  const Whole *whole = data;
  return to_put(to, whole->bytes, whole->size, error);
}

bool ak_io_replace_unsynced(int dir_fd, const char *name, mode_t mode, const void *data, gsize size,
                            GError **error) {
  Whole whole = {data, size};
  return replace_unsynced(dir_fd, name, mode, fill_with_whole, &whole, error);
}

bool ak_io_replace_filled(int dir_fd, const char *name, mode_t mode, AkIoFill fill, gpointer data, GError **error) {
  return replace_unsynced(dir_fd, name, mode, fill, data, error) && ak_io_sync_dir(dir_fd, name, error);
}

bool ak_io_replace(int dir_fd, const char *name, mode_t mode, const void *data, gsize size,
                   GError **error) {
  return ak_io_replace_unsynced(dir_fd, name, mode, data, size, error) &&
         ak_io_sync_dir(dir_fd, name, error);
}

bool ak_io_read_exact(int fd, void *out, gsize size, gint64 offset, const char *where,
                      GError **error) {
  guint8 *at = out;
  while (size > 0) {
    gssize got = pread(fd, at, size, offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ak_error_set_errno(error, errno, "reading %s", where);
    if (got == 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: ends at offset %" G_GINT64_FORMAT,
                          where, offset);
    at += got;
    size -= (gsize)got;
    offset += got;
  }
  return true;
}

/* The size of a regular file that may be read. */
static bool read_size(int fd, const char *name, gsize max_bytes, gsize *size, GError **error) {
  struct stat st;
  if (fstat(fd, &st) != 0)
    return ak_error_set_errno(error, errno, "%s", name);
  if (!S_ISREG(st.st_mode))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no regular file", name);
  if ((guint64)st.st_size > max_bytes)
    return ak_error_set(error, AK_ERROR_LIMIT,
                        "%s: %" G_GINT64_FORMAT " bytes, allowed are %" G_GSIZE_FORMAT, name,
                        (gint64)st.st_size, max_bytes);
  *size = (gsize)st.st_size;
  return true;
}

typedef struct {
  gpointer (*allocate)(gsize bytes);
  void (*release)(gpointer memory);
} Memory;

static gpointer large_new(gsize bytes) {
  return ak_large_new(bytes, 1);
}

static gpointer read_whole(int dir_fd, const char *name, gsize max_bytes, const Memory *memory, gsize *size,
                           GError **error) {
  int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    ak_error_set_errno(error, errno, "%s", name);
    return NULL;
  }
  bool ok = read_size(fd, name, max_bytes, size, error);
  guint8 *data = ok ? memory->allocate(*size + 1) : NULL;
  if (ok && data == NULL)
    ak_error_set(error, AK_ERROR_LIMIT, "%s: no memory for %" G_GSIZE_FORMAT " bytes", name, *size);
  if (data != NULL && !ak_io_read_exact(fd, data, *size, 0, name, error)) {
    memory->release(data);
    data = NULL;
  }
  close(fd);
  return data;
}

GBytes *ak_io_read_file(int dir_fd, const char *name, gsize max_bytes, GError **error) {
  static const Memory heap = {g_try_malloc, g_free};
  gsize size = 0;
  gpointer data = read_whole(dir_fd, name, max_bytes, &heap, &size, error);
  return data != NULL ? g_bytes_new_take(data, size) : NULL;
}

char *ak_io_read_large(int dir_fd, const char *name, gsize max_bytes, gsize *size, GError **error) {
  static const Memory large = {large_new, ak_large_free};
  return read_whole(dir_fd, name, max_bytes, &large, size, error);
}

bool ak_io_check_room(int fd, guint64 bytes, GError **error) {
  struct statvfs st;
  if (fstatvfs(fd, &st) != 0)
    return ak_error_set_errno(error, errno, "free space");
  guint64 room = (guint64)st.f_bavail * st.f_frsize;
  if (room < bytes)
    return ak_error_set(error, AK_ERROR_IO,
                        "%" G_GUINT64_FORMAT " bytes are free, %" G_GUINT64_FORMAT " are needed",
                        room, bytes);
  return true;
}
