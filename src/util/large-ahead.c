#include "util/large-ahead.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#define STEP ((gsize)2 << 20) /* bytes touched at once: a large page */

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

typedef struct {
  guint8 *at, *end;
} Range;

static struct {
  GMutex lock; /* guards all of it */
  GCond more, idle;
  GArray *ranges; /* of Range, one an array */
  guint next;     /* they take turns: arrays are filled side by side */
  Range busy;     /* being touched */
  guint users;
  GThread *thread;
  bool is_ending;
} ahead;
static GMutex turns; /* one begins or ends at a time */

/* --- the thread ----------------------------------------------------------------------------------------------- */

/* The next piece. False: there is none. */
static bool take_piece(Range *piece) {
  if (ahead.ranges->len == 0)
    return false;
  guint number = ahead.next++ % ahead.ranges->len;
  Range *range = &g_array_index(ahead.ranges, Range, number);
  *piece = (Range){range->at, range->at + MIN(STEP, (gsize)(range->end - range->at))};
  range->at = piece->end;
  if (range->at >= range->end)
    g_array_remove_index_fast(ahead.ranges, number);
  return true;
}

static gpointer run(gpointer data) {
  Range piece;
  g_mutex_lock(&ahead.lock);
  while (!ahead.is_ending) {
    if (!take_piece(&piece)) {
      g_cond_wait(&ahead.more, &ahead.lock);
      continue;
    }
    ahead.busy = piece;
    g_mutex_unlock(&ahead.lock);
    bool is_known = madvise(piece.at, (gsize)(piece.end - piece.at), MADV_POPULATE_WRITE) == 0 || errno != EINVAL;
    g_mutex_lock(&ahead.lock);
    ahead.busy = (Range){NULL, NULL};
    g_cond_broadcast(&ahead.idle);
    if (!is_known && ahead.ranges != NULL) /* an older kernel: nothing can be done ahead */
      g_array_set_size(ahead.ranges, 0);
  }
  g_mutex_unlock(&ahead.lock);
  return NULL;
}

void ak_large_ahead_begin(void) {
  if (g_get_num_processors() < 2)
    return;
  g_mutex_lock(&turns);
  g_mutex_lock(&ahead.lock);
  if (ahead.users++ == 0) {
    ahead.is_ending = false;
    ahead.ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    ahead.thread = g_thread_try_new("ahead", run, NULL, NULL); /* where there is none, pages are touched by who writes */
  }
  g_mutex_unlock(&ahead.lock);
  g_mutex_unlock(&turns);
}

void ak_large_ahead_end(void) {
  if (g_get_num_processors() < 2)
    return;
  g_mutex_lock(&turns);
  g_mutex_lock(&ahead.lock);
  bool is_last = --ahead.users == 0;
  GThread *thread = is_last ? g_steal_pointer(&ahead.thread) : NULL;
  GArray *ranges = is_last ? g_steal_pointer(&ahead.ranges) : NULL;
  ahead.is_ending = is_last;
  g_cond_broadcast(&ahead.more);
  g_mutex_unlock(&ahead.lock);
  if (thread != NULL)
    g_thread_join(thread);
  if (ranges != NULL)
    g_array_unref(ranges);
  g_mutex_unlock(&turns);
}

/* --- arrays --------------------------------------------------------------------------------------------------- */

void ak_large_ahead_add(guint8 *at, guint8 *end) {
  const Range range = {at, end};
  g_mutex_lock(&ahead.lock);
  if (ahead.thread != NULL && at < end) {
    g_array_append_val(ahead.ranges, range);
    g_cond_signal(&ahead.more);
  }
  g_mutex_unlock(&ahead.lock);
}

guint8 *ak_large_ahead_drop(guint8 *at, guint8 *end) {
  guint8 *rest = end;
  g_mutex_lock(&ahead.lock);
  for (guint i = 0; ahead.ranges != NULL && i < ahead.ranges->len; i++) {
    const Range *range = &g_array_index(ahead.ranges, Range, i);
    if (range->at < at || range->at >= end)
      continue;
    rest = range->at;
    g_array_remove_index_fast(ahead.ranges, i);
    break;
  }
  while (ahead.busy.at != NULL && ahead.busy.at >= at && ahead.busy.at < end)
    g_cond_wait(&ahead.idle, &ahead.lock);
  g_mutex_unlock(&ahead.lock);
  return rest;
}
