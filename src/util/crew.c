#include "util/crew.h"

#include <pthread.h>

#define STACK_BYTES (2u * 1024 * 1024)
#define MAX_ITEMS 4096 /* in hand */

typedef enum { WAITING, WORKING, DONE } State;

typedef struct {
  AkAhead *ahead;
  gpointer item;
  gsize weight;
  State state;
} Slot;

struct _AkCrew {
  GMutex lock;      /* guards what follows, and the slots' states */
  GCond more, done; /* there is work; a piece of work has ended, or a thread has begun */
  GQueue waiting;   /* of Slot, the oldest first */
  GArray *threads;  /* of pthread_t */
  guint ready;
  bool is_ending;
};

struct _AkAhead {
  AkCrew *crew;
  AkAheadWork work;
  GQueue slots; /* in hand, the oldest first */
  gsize weight;
  bool is_broken;
};

/* --- the threads
 * ------------------------------------------------------------------------------- */

/* Called with the lock, which is given up meanwhile. */
static void work_on(AkCrew *self, Slot *slot) {
  const AkAheadWork *work = &slot->ahead->work;
  slot->state = WORKING;
  g_mutex_unlock(&self->lock);
  work->work(slot->item, work->data);
  g_mutex_lock(&self->lock);
  slot->state = DONE;
  g_cond_broadcast(&self->done);
}

/* A thread's first memory, and the first that is given back, make glibc (2.36: arena_get2,
 * check_may_shrink_heap) look at files. That happens now: later the thread may be locked in. */
static void warm_memory(void) {
  gpointer pieces[16]; /* below the size of those that are mapped, together above what is kept */
  for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++)
    pieces[i] = g_malloc0(100000);
  for (gsize i = G_N_ELEMENTS(pieces); i > 0; i--)
    g_free(pieces[i - 1]);
}

static void *run(void *data) {
  AkCrew *self = data;
  warm_memory();
  g_mutex_lock(&self->lock);
  self->ready++;
  g_cond_broadcast(&self->done);
  while (!self->is_ending) {
    Slot *slot = g_queue_pop_head(&self->waiting);
    if (slot != NULL)
      work_on(self, slot);
    else
      g_cond_wait(&self->more, &self->lock);
  }
  g_mutex_unlock(&self->lock);
  return NULL;
}

AkCrew *ak_crew_new(guint threads) {
  AkCrew *self = g_new0(AkCrew, 1);
  g_mutex_init(&self->lock);
  g_cond_init(&self->more);
  g_cond_init(&self->done);
  g_queue_init(&self->waiting);
  self->threads = g_array_new(FALSE, FALSE, sizeof(pthread_t));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  for (guint i = 0; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, run, self) != 0)
      break;
    g_array_append_val(self->threads, thread);
  }
  pthread_attr_destroy(&attributes);
  g_mutex_lock(&self->lock);
  while (self->ready < self->threads->len)
    g_cond_wait(&self->done, &self->lock);
  g_mutex_unlock(&self->lock);
  return self;
}

void ak_crew_free(AkCrew *self) {
  if (self == NULL)
    return;
  g_mutex_lock(&self->lock);
  self->is_ending = true;
  g_cond_broadcast(&self->more);
  g_mutex_unlock(&self->lock);
  for (guint i = 0; i < self->threads->len; i++)
    pthread_join(g_array_index(self->threads, pthread_t, i), NULL);
  g_array_unref(self->threads);
  g_queue_clear(&self->waiting);
  g_cond_clear(&self->more);
  g_cond_clear(&self->done);
  g_mutex_clear(&self->lock);
  g_free(self);
}

guint ak_crew_threads(const AkCrew *self) {
  return self != NULL ? self->threads->len : 0;
}

/* --- ahead, and in order
 * ----------------------------------------------------------------------- */

AkAhead *ak_ahead_new(AkCrew *crew, const AkAheadWork *work) {
  AkAhead *self = g_new0(AkAhead, 1);
  self->crew = ak_crew_threads(crew) > 0 ? crew : NULL;
  self->work = *work;
  g_queue_init(&self->slots);
  return self;
}

static void drop(AkAhead *self, gpointer item) {
  if (self->work.free != NULL)
    self->work.free(item);
}

static bool take(AkAhead *self, gpointer item, GError **error) {
  bool ok = !self->is_broken &&
            (self->work.take == NULL || self->work.take(item, self->work.data, error));
  self->is_broken = !ok;
  drop(self, item);
  return ok;
}

/* Waits until the oldest is done; works on it, or on what else waits, meanwhile. */
static void await(AkCrew *crew, Slot *oldest) {
  g_mutex_lock(&crew->lock);
  while (oldest->state != DONE) {
    Slot *slot = oldest;
    if (oldest->state == WAITING)
      g_queue_remove(&crew->waiting, oldest);
    else
      slot = g_queue_pop_head(&crew->waiting);
    if (slot != NULL)
      work_on(crew, slot);
    else
      g_cond_wait(&crew->done, &crew->lock);
  }
  g_mutex_unlock(&crew->lock);
}

static bool take_oldest(AkAhead *self, GError **error) {
  Slot *slot = g_queue_peek_head(&self->slots);
  await(self->crew, slot);
  g_queue_pop_head(&self->slots);
  self->weight -= slot->weight;
  bool ok = take(self, slot->item, error);
  g_free(slot);
  return ok;
}

bool ak_ahead_make_room(AkAhead *self, gsize weight, GError **error) {
  if (self->is_broken)
    return ak_error_set(error, AK_ERROR_INTERNAL, "work was broken off");
  while (!g_queue_is_empty(&self->slots) &&
         (self->slots.length >= MAX_ITEMS || weight > self->work.room ||
          self->weight > self->work.room - weight))
    if (!take_oldest(self, error))
      return false;
  return true;
}

bool ak_ahead_push(AkAhead *self, gpointer item, gsize weight, GError **error) {
  if (!ak_ahead_make_room(self, weight, error)) {
    drop(self, item);
    return false;
  }
  if (self->crew == NULL) {
    self->work.work(item, self->work.data);
    return take(self, item, error);
  }
  Slot *slot = g_new0(Slot, 1);
  *slot = (Slot){self, item, weight, WAITING};
  g_queue_push_tail(&self->slots, slot);
  self->weight += weight;
  g_mutex_lock(&self->crew->lock);
  g_queue_push_tail(&self->crew->waiting, slot);
  g_cond_signal(&self->crew->more);
  g_mutex_unlock(&self->crew->lock);
  return true;
}

bool ak_ahead_end(AkAhead *self, GError **error) {
  if (self->is_broken)
    return ak_error_set(error, AK_ERROR_INTERNAL, "work was broken off");
  while (!g_queue_is_empty(&self->slots))
    if (!take_oldest(self, error))
      return false;
  return true;
}

/* What nobody has begun is not begun any more. */
static void give_up(AkCrew *crew, Slot *slot) {
  g_mutex_lock(&crew->lock);
  if (slot->state == WAITING)
    g_queue_remove(&crew->waiting, slot);
  while (slot->state == WORKING)
    g_cond_wait(&crew->done, &crew->lock);
  g_mutex_unlock(&crew->lock);
}

void ak_ahead_free(AkAhead *self) {
  if (self == NULL)
    return;
  for (Slot *slot; (slot = g_queue_pop_head(&self->slots)) != NULL; g_free(slot)) {
    give_up(self->crew, slot);
    drop(self, slot->item);
  }
  g_free(self);
}
