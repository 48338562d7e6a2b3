#include "util/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_STEP ((guint64)64 << 10) /* by which the file grows: twice as much, up to … */
#define LAST_STEP ((guint64)16 << 20)
#define ALIGNMENT 16
#define MAX_TRIES 100

struct _AkShelf {
  int fd;
  guint8 *base;
  guint64 used, size; /* size: of the file */
  gsize passed;       /* since it last breathed for that */
};

/* --- the file
 * ---------------------------------------------------------------------------------------- */

/* A file system that makes no nameless files makes one with a name, which goes at once. */
static int open_nameless_in(const char *folder) {
  int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
    return fd;
  g_autofree char *path = g_build_filename(folder, "akashi-XXXXXX", NULL);
  fd = mkostemp(path, O_CLOEXEC);
  if (fd >= 0)
    unlink(path);
  return fd;
}

static int open_nameless(void) {
  const char *named = g_getenv("TMPDIR");
  if (named != NULL && *named != '\0')
    return open_nameless_in(named);
  int fd = open_nameless_in("/var/tmp");
  return fd >= 0 ? fd : open_nameless_in("/tmp");
}

/* Bytes of shared pages in this process; 0 where that is not told. */
static gsize shared_bytes(void) {
  char text[128] = "";
  unsigned long all = 0, resident = 0, shared = 0;
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  gssize got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
  if (fd >= 0)
    close(fd);
  bool is_told = got > 0 && sscanf(text, "%lu %lu %lu", &all, &resident, &shared) == 3;
  return is_told ? shared * (gsize)sysconf(_SC_PAGESIZE) : 0;
}

/* What the program and its libraries have of them. */
static gsize shared_before(void) {
  static gsize before;
  if (g_once_init_enter(&before))
    g_once_init_leave(&before, shared_bytes() + 1);
  return before;
}

AkShelf *ak_shelf_new(GError **error) {
  g_autoptr(AkShelf) self = g_new0(AkShelf, 1);
  shared_before();
  self->base = MAP_FAILED;
  self->fd = open_nameless();
  if (self->fd < 0) {
    ak_error_set_errno(error, errno, "a temporary file (TMPDIR names the folder)");
    return NULL;
  }
  self->base = mmap(NULL, AK_SHELF_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, self->fd, 0);
  if (self->base == MAP_FAILED) {
    ak_error_set_errno(error, errno, "mapping a temporary file");
    return NULL;
  }
  return g_steal_pointer(&self);
}

void ak_shelf_free(AkShelf *self) {
  if (self == NULL)
    return;
  if (self->base != MAP_FAILED)
    munmap(self->base, AK_SHELF_BYTES);
  if (self->fd >= 0)
    close(self->fd);
  g_free(self);
}

/* Room on the disk is taken before it is written to: a full disk is an error here, not a signal. */
static bool grow(AkShelf *self, guint64 wanted, GError **error) {
  guint64 step = CLAMP(self->size, FIRST_STEP, LAST_STEP);
  guint64 size = (wanted + step - 1) / step * step;
  if (wanted <= self->size)
    return true;
  if (size > AK_SHELF_BYTES)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than 256 GiB of temporary data");
  int failure = EINTR; /* POSIX lets a signal break it off; more of them than that are no chance */
  for (guint tries = 0; failure == EINTR && tries < MAX_TRIES; tries++)
    failure = posix_fallocate(self->fd, (off_t)self->size, (off_t)(size - self->size));
  if (failure != 0)
    return ak_error_set_errno(error, failure, "a temporary file (TMPDIR names the folder)");
  self->size = size;
  return true;
}

gpointer ak_shelf_take(AkShelf *self, gsize size, GError **error) {
  guint64 at = self->used;
  if (size > AK_SHELF_BYTES - at || !grow(self, at + size, error)) {
    if (error != NULL && *error == NULL)
      ak_error_set(error, AK_ERROR_LIMIT, "more than 256 GiB of temporary data");
    return NULL;
  }
  self->used = at + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return self->base + at;
}

gpointer ak_shelf_copy(AkShelf *self, gconstpointer data, gsize size, GError **error) {
  gpointer copy = ak_shelf_take(self, size, error);
  if (copy != NULL && size > 0)
    memcpy(copy, data, size);
  return copy;
}

char *ak_shelf_text(AkShelf *self, const char *text, GError **error) {
  return text != NULL ? ak_shelf_copy(self, text, strlen(text) + 1, error) : NULL;
}

void ak_shelf_breathe(AkShelf *self) {
  if (self->size > AK_SHELF_RESIDENT && shared_bytes() > shared_before() + AK_SHELF_RESIDENT)
    madvise(self->base, self->size, MADV_DONTNEED); /* the file keeps them */
}

void ak_shelf_pass(AkShelf *self, gsize size) {
  self->passed += MIN(size, AK_SHELF_PASSED);
  if (self->passed < AK_SHELF_PASSED)
    return;
  self->passed = 0;
  ak_shelf_breathe(self);
}

/* --- sorting
 * ----------------------------------------------------------------------------------------- */

guint64 ak_shelf_key(double value) {
  guint64 bits = 0;
  double plain = value == 0 ? 0 : value; /* -0 is 0 */
  memcpy(&bits, &plain, sizeof bits);
  return bits >> 63 ? ~bits : bits | G_GUINT64_CONSTANT(1) << 63;
}

double ak_shelf_value(guint64 key) {
  guint64 bits = key >> 63 ? key & ~(G_GUINT64_CONSTANT(1) << 63) : ~key;
  double value = 0;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#define DIGITS 256
#define BREATH 65536 /* rows */

/* How many rows have each digit; false where all have the same one. */
static bool count_digits(AkShelf *self, const guint64 *rows, gsize count, guint columns, guint shift,
                         gsize counts[static DIGITS]) {
  memset(counts, 0, DIGITS * sizeof *counts);
  for (gsize i = 0; i < count; i++) {
    counts[rows[i * columns] >> shift & 0xff]++;
    if (i % BREATH == BREATH - 1)
      ak_shelf_breathe(self);
  }
  return counts[rows[0] >> shift & 0xff] != count;
}

static void spread(AkShelf *self, const guint64 *rows, gsize count, guint columns, guint shift,
                   const gsize counts[static DIGITS], guint64 *out) {
  gsize next[DIGITS];
  for (gsize digit = 0, sum = 0; digit < DIGITS; digit++) {
    next[digit] = sum;
    sum += counts[digit];
  }
  for (gsize i = 0; i < count; i++) {
    gsize to = next[rows[i * columns] >> shift & 0xff]++;
    for (guint c = 0; c < columns; c++)
      out[to * columns + c] = rows[i * columns + c];
    if (i % BREATH == BREATH - 1)
      ak_shelf_breathe(self);
  }
}

void ak_shelf_sort(AkShelf *self, guint64 *rows, guint64 *spare, gsize count, guint columns) {
  gsize counts[DIGITS];
  guint64 *from = rows, *to = spare;
  for (guint shift = 0; count > 1 && shift < 64; shift += 8) {
    if (!count_digits(self, from, count, columns, shift, counts))
      continue;
    spread(self, from, count, columns, shift, counts, to);
    guint64 *sorted = to;
    to = from;
    from = sorted;
  }
  for (gsize at = 0; from != rows && at < count; at += BREATH) {
    memcpy(rows + at * columns, from + at * columns,
           MIN(count - at, (gsize)BREATH) * columns * sizeof *rows);
    ak_shelf_breathe(self);
  }
}
