#include "util/pages.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_MAPPINGS 4
#define LOOK_US 10000
#define STACK_BYTES (64u * 1024)

typedef struct {
  void *data; /* NULL: this place is free */
  gsize size;
} Mapping;

struct _AkPages {
  int fd; /* /proc/self/statm */
  guint64 limit_pages;
  GMutex lock; /* guards what follows */
  GCond change;
  Mapping mappings[MAX_MAPPINGS];
  guint watched;
  bool has_begun, is_ending, is_running;
  pthread_t thread;
};

AkPages *ak_pages_new(guint64 limit_bytes) {
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  AkPages *self = g_new0(AkPages, 1);
  self->fd = fd;
  self->limit_pages = limit_bytes / (guint64)sysconf(_SC_PAGESIZE);
  g_mutex_init(&self->lock);
  g_cond_init(&self->change);
  return self;
}

/* Pages of files that are in memory as the process's. Source: proc(5), statm: "size resident shared
 * …" in pages. */
static guint64 file_pages(const AkPages *self) {
  char text[128];
  unsigned long long shared = 0;
  gssize size = pread(self->fd, text, sizeof text - 1, 0);
  text[MAX(size, 0)] = '\0';
  return sscanf(text, "%*u %*u %llu", &shared) == 1 ? shared : 0;
}

/* With the lock, so that no mapping ends meanwhile. */
static bool look(AkPages *self) {
  if (file_pages(self) <= self->limit_pages)
    return false;
  for (guint i = 0; i < MAX_MAPPINGS; i++)
    if (self->mappings[i].data != NULL)
      madvise(self->mappings[i].data, self->mappings[i].size, MADV_DONTNEED);
  return true;
}

bool ak_pages_look(AkPages *self) {
  g_mutex_lock(&self->lock);
  bool gave = look(self);
  g_mutex_unlock(&self->lock);
  return gave;
}

static void *run(void *data) {
  AkPages *self = data;
  g_mutex_lock(&self->lock);
  self->has_begun = true;
  g_cond_broadcast(&self->change);
  while (!self->is_ending) {
    if (self->watched == 0) {
      g_cond_wait(&self->change, &self->lock);
      continue;
    }
    g_cond_wait_until(&self->change, &self->lock, g_get_monotonic_time() + LOOK_US);
    look(self);
  }
  g_mutex_unlock(&self->lock);
  return NULL;
}

bool ak_pages_start(AkPages *self) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  self->is_running = pthread_create(&self->thread, &attributes, run, self) == 0;
  pthread_attr_destroy(&attributes);
  g_mutex_lock(&self->lock);
  while (self->is_running && !self->has_begun)
    g_cond_wait(&self->change, &self->lock);
  g_mutex_unlock(&self->lock);
  return self->is_running;
}

void ak_pages_free(AkPages *self) {
  if (self == NULL)
    return;
  g_mutex_lock(&self->lock);
  self->is_ending = true;
  g_cond_broadcast(&self->change);
  g_mutex_unlock(&self->lock);
  if (self->is_running)
    pthread_join(self->thread, NULL);
  close(self->fd);
  g_cond_clear(&self->change);
  g_mutex_clear(&self->lock);
  g_free(self);
}

/* The place of the mapping that begins at `data` (NULL: a free one), or NULL. */
static Mapping *find(AkPages *self, const void *data) {
  for (guint i = 0; i < MAX_MAPPINGS; i++)
    if (self->mappings[i].data == data)
      return &self->mappings[i];
  return NULL;
}

void ak_pages_watch(AkPages *self, const void *data, gsize size) {
  if (self == NULL || data == NULL)
    return;
  g_mutex_lock(&self->lock);
  Mapping *place = find(self, NULL);
  if (place != NULL) {
    *place = (Mapping){(void *)data, size};
    self->watched++;
    g_cond_broadcast(&self->change);
  }
  g_mutex_unlock(&self->lock);
}

void ak_pages_forget(AkPages *self, const void *data) {
  if (self == NULL || data == NULL)
    return;
  g_mutex_lock(&self->lock);
  Mapping *place = find(self, data);
  if (place != NULL) {
    *place = (Mapping){0};
    self->watched--;
  }
  g_mutex_unlock(&self->lock);
}
