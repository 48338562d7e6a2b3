#include "util/spool.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* The whole range is mapped at once, beyond the file's end too: pages exist as soon as the file
 * reaches them, and nothing reads others. */
struct _AkSpool {
  int fd;
  guint64 limit, used;
  guint8 *base;
  AkPages *pages;
  bool is_writable; /* its pages */
  bool is_broken;   /* a write failed: what follows stays in memory */
  bool is_growing;
  guint64 start; /* of the content that grows */
  GMutex lock;
};

static void *map(int fd, guint64 limit, int protection) {
  return limit > 0 && limit <= G_MAXSIZE ? mmap(NULL, (gsize)limit, protection, MAP_SHARED | MAP_NORESERVE, fd, 0)
                                         : MAP_FAILED;
}

AkSpool *ak_spool_new(int fd, guint64 limit, AkPages *pages) {
  void *base = map(fd, limit, PROT_READ | PROT_WRITE);
  bool is_writable = base != MAP_FAILED;
  if (!is_writable)
    base = map(fd, limit, PROT_READ);
  if (base == MAP_FAILED)
    return NULL;
  AkSpool *self = g_new0(AkSpool, 1);
  self->fd = fd;
  self->is_writable = is_writable;
  self->limit = limit;
  self->base = base;
  self->pages = pages;
  ak_pages_watch(pages, base, (gsize)limit);
  g_mutex_init(&self->lock);
  return self;
}

void ak_spool_free(AkSpool *self) {
  if (self == NULL)
    return;
  ak_pages_forget(self->pages, self->base);
  munmap(self->base, (gsize)self->limit);
  g_mutex_clear(&self->lock);
  g_free(self);
}

/* True if all of it was appended; half of it may have been otherwise. */
static bool append(AkSpool *self, const guint8 *data, gsize size) {
  for (gsize at = 0; at < size;) {
    gssize done = write(self->fd, data + at, MIN(size - at, 1u << 30));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return false;
    at += (gsize)done;
  }
  return true;
}

/* With the lock. */
static bool take_in(AkSpool *self, const guint8 *data, gsize size) {
  if (self->is_broken || size > self->limit - self->used)
    return false;
  self->is_broken = !append(self, data, size);
  self->used += self->is_broken ? 0 : size;
  return !self->is_broken;
}

bool ak_spool_holds(const AkSpool *self, const void *data) {
  const guint8 *at = data;
  return at >= self->base && at < self->base + self->limit;
}

GBytes *ak_spool_keep(AkSpool *self, GBytes *bytes) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  GBytes *kept = NULL;
  if (size == 0 || ak_spool_holds(self, data))
    return bytes;
  g_mutex_lock(&self->lock);
  guint64 at = self->used;
  if (!self->is_growing && take_in(self, data, size))
    kept = g_bytes_new_static(self->base + at, size);
  g_mutex_unlock(&self->lock);
  if (kept == NULL)
    return bytes;
  g_bytes_unref(bytes);
  return kept;
}

/* With the lock. The file grows by writing, which finds out that the disk is full; a page behind its end would be a signal. */
static bool take_in_zeros(AkSpool *self, gsize size) {
  static const guint8 zeros[64 * 1024];
  if (self->is_broken || size > self->limit - self->used)
    return false;
  for (gsize left = size; left > 0 && !self->is_broken; left -= MIN(left, sizeof zeros))
    self->is_broken = !append(self, zeros, MIN(left, sizeof zeros));
  self->used += self->is_broken ? 0 : size;
  return !self->is_broken;
}

guint8 *ak_spool_reserve(AkSpool *self, gsize size) {
  g_mutex_lock(&self->lock);
  guint64 at = self->used;
  bool ok = self->is_writable && !self->is_growing && take_in_zeros(self, size);
  g_mutex_unlock(&self->lock);
  return ok ? self->base + at : NULL;
}

bool ak_spool_begin(AkSpool *self) {
  g_mutex_lock(&self->lock);
  bool may = !self->is_growing && !self->is_broken;
  self->is_growing = self->is_growing || may;
  if (may)
    self->start = self->used;
  g_mutex_unlock(&self->lock);
  return may;
}

bool ak_spool_append(AkSpool *self, const void *data, gsize size) {
  g_mutex_lock(&self->lock);
  bool ok = self->is_growing && take_in(self, data, size);
  g_mutex_unlock(&self->lock);
  return ok;
}

GBytes *ak_spool_end(AkSpool *self) {
  g_mutex_lock(&self->lock);
  self->is_growing = false;
  GBytes *content = g_bytes_new_static(self->base + self->start, (gsize)(self->used - self->start));
  g_mutex_unlock(&self->lock);
  return content;
}

guint64 ak_spool_used(AkSpool *self) {
  g_mutex_lock(&self->lock);
  guint64 used = self->used;
  g_mutex_unlock(&self->lock);
  return used;
}
