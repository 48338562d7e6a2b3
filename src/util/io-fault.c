#include "util/io-fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512 /* bytes that a disk writes whole or not at all */

typedef struct {
  guint64 device, inode;
} Key;

typedef struct {
  gint64 offset, size;
} Range;

typedef struct {
  Key key;
  int fd;
  GByteArray *synced; /* what the disk holds */
  GArray *dirty;      /* of Range: written since the last sync */
} File;

typedef enum { NAME_MADE, DIR_MADE, NAME_MOVED, NAME_GONE, DIR_GONE } ChangeKind;

/* One change of names that its folder's sync has not made durable yet. */
typedef struct {
  ChangeKind kind;
  Key dir; /* whose sync makes it durable */
  int dir_fd, from_fd;
  char *name, *from;
  char *stashed; /* the file that lost the name, by its name in the stash; may be NULL */
} Change;

typedef struct {
  GMutex mutex;
  AkIoFault fault;
  guint64 calls;
  guint stashed;
  int stash_fd;
  GPtrArray *files;   /* of File */
  GPtrArray *changes; /* of Change, oldest first */
} Disk;

static Disk disk; /* one a process, see the header */

static void file_free(gpointer data) {
  File *file = data;
  close(file->fd);
  g_byte_array_unref(file->synced);
  g_array_unref(file->dirty);
  g_free(file);
}

static void change_free(gpointer data) {
  Change *change = data;
  close(change->dir_fd);
  if (change->from_fd >= 0)
    close(change->from_fd);
  g_free(change->name);
  g_free(change->from);
  g_free(change->stashed);
  g_free(change);
}

/* Counts a call and says whether it fails; errno is set then. */
static bool call_fails(void) {
  disk.calls++;
  const AkIoFault *fault = &disk.fault;
  bool here = disk.calls == fault->nth, later = disk.calls > fault->nth && fault->nth > 0;
  bool lasts = fault->kind == AK_IO_FAULT_FROM_THERE || fault->kind == AK_IO_FAULT_POWER_CUT;
  if (!(here && fault->kind == AK_IO_FAULT_ERROR) && !((here || later) && lasts))
    return false;
  errno = fault->kind == AK_IO_FAULT_POWER_CUT ? EIO : fault->error_number;
  return true;
}

static bool key_of(int fd, Key *out) {
  struct stat st;
  if (fstat(fd, &st) != 0)
    return false;
  *out = (Key){st.st_dev, st.st_ino};
  return true;
}

static bool key_equal(const Key *a, const Key *b) {
  return a->device == b->device && a->inode == b->inode;
}

static File *find_file(int fd) {
  Key key;
  if (!key_of(fd, &key))
    return NULL;
  for (guint i = 0; i < disk.files->len; i++) {
    File *file = disk.files->pdata[i];
    if (key_equal(&file->key, &key))
      return file;
  }
  return NULL;
}

static void read_into(int fd, guint8 *out, gint64 size, gint64 offset) {
  while (size > 0) {
    gssize got = pread(fd, out, (gsize)size, offset);
    if (got <= 0)
      return;
    out += got;
    size -= got;
    offset += got;
  }
}

static gint64 size_of(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 ? st.st_size : 0;
}

/* Gives `synced` the size `size`; bytes that never reached the disk read as zero. */
static void resize(GByteArray *synced, gint64 size) {
  guint old = synced->len;
  g_byte_array_set_size(synced, (guint)size);
  if (synced->len > old)
    memset(synced->data + old, 0, synced->len - old);
}

static void watch(int fd, bool is_new) {
  File *known = find_file(fd);
  if (known != NULL)
    return;
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
  int own = open(path, O_RDWR | O_CLOEXEC);
  File *file = g_new0(File, 1);
  if (own < 0 || !key_of(own, &file->key))
    g_error("fault driver: cannot watch a file: %s", g_strerror(errno));
  file->fd = own;
  file->synced = g_byte_array_new();
  file->dirty = g_array_new(FALSE, FALSE, sizeof(Range));
  if (!is_new) {
    resize(file->synced, size_of(own));
    read_into(own, file->synced->data, file->synced->len, 0);
  }
  g_ptr_array_add(disk.files, file);
}

static int open_parent(int dir_fd, const char *path, char **name) {
  g_autofree char *parent = g_path_get_dirname(path);
  *name = g_path_get_basename(path);
  return openat(dir_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static Change *record_change(ChangeKind kind, int dir_fd, const char *path) {
  Change *change = g_new0(Change, 1);
  change->kind = kind;
  change->from_fd = -1;
  change->dir_fd = open_parent(dir_fd, path, &change->name);
  if (!key_of(change->dir_fd, &change->dir))
    g_error("fault driver: no folder for %s", path);
  return change;
}

/* Keeps the file that is about to lose the name `path`. */
static char *stash(int dir_fd, const char *path) {
  char *name = g_strdup_printf("%u", disk.stashed++);
  if (linkat(dir_fd, path, disk.stash_fd, name, 0) == 0)
    return name;
  g_free(name);
  return NULL;
}

static int fault_open_at(int dir_fd, const char *path, int flags, mode_t mode) {
  bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (!writes)
    return openat(dir_fd, path, flags | O_CLOEXEC, mode);
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  if (call_fails())
    return -1;
  struct stat st;
  bool is_new = fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
  if (!is_new && (flags & O_TRUNC) != 0) {
    int before = openat(dir_fd, path, O_RDWR | O_CLOEXEC);
    if (before >= 0) {
      watch(before, false);
      close(before);
    }
  }
  int fd = openat(dir_fd, path, flags | O_CLOEXEC, mode);
  if (fd < 0)
    return fd;
  watch(fd, is_new);
  if (is_new)
    g_ptr_array_add(disk.changes, record_change(NAME_MADE, dir_fd, path));
  return fd;
}

static gssize fault_write_at(int fd, const void *data, gsize size, gint64 offset) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  if (call_fails())
    return -1;
  if (disk.fault.kind == AK_IO_FAULT_SHORT_WRITE && disk.calls == disk.fault.nth && size > 1)
    size /= 2;
  gssize written = pwrite(fd, data, size, offset);
  File *file = find_file(fd);
  if (written > 0 && file != NULL) {
    Range range = {offset, written};
    g_array_append_val(file->dirty, range);
  }
  return written;
}

static int fault_truncate(int fd, gint64 size) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  return call_fails() ? -1 : ftruncate(fd, size);
}

static void commit_file(File *file) {
  gint64 size = size_of(file->fd);
  resize(file->synced, size);
  for (guint i = 0; i < file->dirty->len; i++) {
    const Range *range = &g_array_index(file->dirty, Range, i);
    gint64 end = MIN(range->offset + range->size, size);
    if (range->offset < end)
      read_into(file->fd, file->synced->data + range->offset, end - range->offset, range->offset);
  }
  g_array_set_size(file->dirty, 0);
}

static void commit_names(int dir_fd) {
  Key key;
  if (!key_of(dir_fd, &key))
    return;
  for (guint i = disk.changes->len; i-- > 0;) {
    const Change *change = disk.changes->pdata[i];
    if (key_equal(&change->dir, &key))
      g_ptr_array_remove_index(disk.changes, i);
  }
}

static int fault_sync(int fd) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  File *file = find_file(fd);
  if (call_fails()) {
    if (file != NULL)
      g_array_set_size(file->dirty, 0);
    return -1;
  }
  if (file != NULL)
    commit_file(file);
  else
    commit_names(fd);
  return 0;
}

static int fault_rename_at(int from_dir, const char *from, int to_dir, const char *to) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  if (call_fails())
    return -1;
  char *victim = stash(to_dir, to);
  if (renameat(from_dir, from, to_dir, to) != 0) {
    g_free(victim);
    return -1;
  }
  Change *change = record_change(NAME_MOVED, to_dir, to);
  change->from_fd = open_parent(from_dir, from, &change->from);
  change->stashed = victim;
  g_ptr_array_add(disk.changes, change);
  return 0;
}

static int fault_unlink_at(int dir_fd, const char *path, int flags) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  if (call_fails())
    return -1;
  bool is_dir = (flags & AT_REMOVEDIR) != 0;
  char *victim = is_dir ? NULL : stash(dir_fd, path);
  if (unlinkat(dir_fd, path, flags) != 0) {
    g_free(victim);
    return -1;
  }
  Change *change = record_change(is_dir ? DIR_GONE : NAME_GONE, dir_fd, path);
  change->stashed = victim;
  g_ptr_array_add(disk.changes, change);
  return 0;
}

static int fault_make_dir_at(int dir_fd, const char *path, mode_t mode) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  if (call_fails() || mkdirat(dir_fd, path, mode) != 0)
    return -1;
  g_ptr_array_add(disk.changes, record_change(DIR_MADE, dir_fd, path));
  return 0;
}

static int fault_lock(int fd, int operation) {
  g_mutex_lock(&disk.mutex);
  bool fails = operation != LOCK_UN && call_fails();
  g_mutex_unlock(&disk.mutex);
  return fails ? -1 : flock(fd, operation);
}

static const AkIo fault_io = {
    .open_at = fault_open_at,
    .close = close,
    .write_at = fault_write_at,
    .truncate = fault_truncate,
    .sync_data = fault_sync,
    .sync = fault_sync,
    .rename_at = fault_rename_at,
    .unlink_at = fault_unlink_at,
    .make_dir_at = fault_make_dir_at,
    .lock = fault_lock,
};

/* Removes `name` below `dir_fd` with all that is in it. */
static void remove_tree(int dir_fd, const char *name) {
  if (unlinkat(dir_fd, name, 0) == 0)
    return;
  int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  if (dir == NULL)
    return;
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      remove_tree(fd, entry->d_name);
  closedir(dir);
  unlinkat(dir_fd, name, AT_REMOVEDIR);
}

static void undo(const Change *change) {
  switch (change->kind) {
  case NAME_MADE:
  case DIR_MADE:
    remove_tree(change->dir_fd, change->name);
    return;
  case NAME_MOVED:
    (void)!renameat(change->dir_fd, change->name, change->from_fd, change->from);
    break;
  case NAME_GONE:
    break;
  case DIR_GONE:
    (void)!mkdirat(change->dir_fd, change->name, 0700);
    break;
  }
  if (change->stashed != NULL)
    (void)!linkat(disk.stash_fd, change->stashed, change->dir_fd, change->name, 0);
}

/* Lets sectors of what was written but not synced survive, as `rand` decides: a disk may write the
 * pages of a file in any order. */
static void keep_some(File *file, GRand *rand) {
  gint64 size = size_of(file->fd);
  if (size > file->synced->len && g_rand_boolean(rand))
    resize(file->synced, size);
  for (guint i = 0; i < file->dirty->len; i++) {
    const Range *range = &g_array_index(file->dirty, Range, i);
    gint64 end = MIN(range->offset + range->size, MIN(size, (gint64)file->synced->len));
    for (gint64 at = range->offset; at < end; at = (at / SECTOR + 1) * SECTOR)
      if (g_rand_boolean(rand))
        read_into(file->fd, file->synced->data + at, MIN(end, (at / SECTOR + 1) * SECTOR) - at, at);
  }
}

void ak_io_fault_power_cut(guint32 keep_seed) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  disk.fault = (AkIoFault){AK_IO_FAULT_FROM_THERE, 1, EIO};
  g_autoptr(GRand) rand = g_rand_new_with_seed(keep_seed);
  guint kept = 0;
  if (keep_seed != 0 && disk.changes->len > 0)
    kept = (guint)g_rand_int_range(rand, 0, (gint32)disk.changes->len + 1);
  while (disk.changes->len > kept) {
    undo(disk.changes->pdata[disk.changes->len - 1]);
    g_ptr_array_remove_index(disk.changes, disk.changes->len - 1);
  }
  g_ptr_array_set_size(disk.changes, 0);
  for (guint i = 0; i < disk.files->len; i++) {
    File *file = disk.files->pdata[i];
    if (keep_seed != 0)
      keep_some(file, rand);
    g_array_set_size(file->dirty, 0);
    if (ftruncate(file->fd, 0) != 0 ||
        pwrite(file->fd, file->synced->data, file->synced->len, 0) != (gssize)file->synced->len)
      g_error("fault driver: cannot restore a file: %s", g_strerror(errno));
  }
}

void ak_io_fault_start(const char *stash_dir, const AkIoFault *fault) {
  g_mutex_lock(&disk.mutex);
  disk.fault = *fault;
  disk.calls = 0;
  disk.stashed = 0;
  disk.stash_fd = open(stash_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (disk.stash_fd < 0)
    g_error("fault driver: %s: %s", stash_dir, g_strerror(errno));
  disk.files = g_ptr_array_new_with_free_func(file_free);
  disk.changes = g_ptr_array_new_with_free_func(change_free);
  g_mutex_unlock(&disk.mutex);
  ak_io_use(&fault_io);
}

void ak_io_fault_change(const AkIoFault *fault) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  disk.fault = *fault;
  disk.calls = 0;
}

guint64 ak_io_fault_calls(void) {
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  return disk.calls;
}

void ak_io_fault_stop(void) {
  ak_io_use(NULL);
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&disk.mutex);
  g_clear_pointer(&disk.files, g_ptr_array_unref);
  g_clear_pointer(&disk.changes, g_ptr_array_unref);
  for (guint i = 0; i < disk.stashed; i++) {
    g_autofree char *name = g_strdup_printf("%u", i);
    unlinkat(disk.stash_fd, name, 0);
  }
  close(disk.stash_fd);
}
