#include "app/run-views.h"

#include <string.h>

typedef struct {
  AkRunView *view;
  gint64 used_us;
} Kept;

struct _AkRunViews {
  GMutex lock;
  GArray *kept; /* of Kept, few */
};

static void kept_clear(gpointer data) {
  ak_run_view_free(((Kept *)data)->view);
}

AkRunViews *ak_run_views_new(void) {
  AkRunViews *self = g_new0(AkRunViews, 1);
  g_mutex_init(&self->lock);
  self->kept = g_array_new(FALSE, FALSE, sizeof(Kept));
  g_array_set_clear_func(self->kept, kept_clear);
  return self;
}

void ak_run_views_free(AkRunViews *self) {
  if (self == NULL)
    return;
  g_array_unref(self->kept);
  g_mutex_clear(&self->lock);
  g_free(self);
}

static Kept *kept_at(const AkRunViews *self, guint i) {
  return &g_array_index(self->kept, Kept, i);
}

/* -1: it is not kept. */
static int place_of(const AkRunViews *self, const char *run_id) {
  for (guint i = 0; i < self->kept->len; i++)
    if (strcmp(kept_at(self, i)->view->state->run_id, run_id) == 0)
      return (int)i;
  return -1;
}

/* What was read from a run that was deleted does not stay in memory. */
static void drop_idle(AkRunViews *self, gint64 now_us) {
  for (guint i = self->kept->len; i-- > 0;)
    if (now_us - kept_at(self, i)->used_us > AK_RUN_VIEWS_IDLE_US)
      g_array_remove_index_fast(self->kept, i);
}

/* A log only grows: as many records with the same last one are the same records. */
static bool is_of(const AkRunView *view, const AkRunRow *run, const GPtrArray *spans) {
  const AkSpanRow *last = spans->len > 0 ? spans->pdata[spans->len - 1] : NULL;
  guint count = view->records->len;
  return last != NULL && count > 0 && (gint64)count == run->record_count &&
         g_array_index(view->records, guint64, count - 1) == (guint64)last->last_index;
}

AkRunView *ak_run_views_find(AkRunViews *self, const AkRunRow *run, const GPtrArray *spans, gint64 now_us) {
  AkRunView *found = NULL;
  g_mutex_lock(&self->lock);
  drop_idle(self, now_us);
  int place = place_of(self, run->run_id);
  if (place >= 0 && is_of(kept_at(self, (guint)place)->view, run, spans)) {
    kept_at(self, (guint)place)->used_us = now_us;
    found = ak_run_view_ref(kept_at(self, (guint)place)->view);
  } else if (place >= 0) {
    g_array_remove_index_fast(self->kept, (guint)place);
  }
  g_mutex_unlock(&self->lock);
  return found;
}

/* Lets those go that were asked for longest ago, until there is room for `wanted` records. */
static void make_room(AkRunViews *self, guint wanted) {
  for (;;) {
    guint total = 0, oldest = 0;
    for (guint i = 0; i < self->kept->len; i++) {
      total += kept_at(self, i)->view->records->len;
      if (kept_at(self, i)->used_us < kept_at(self, oldest)->used_us)
        oldest = i;
    }
    if (total + wanted <= AK_RUN_VIEWS_RECORDS || self->kept->len == 0)
      return;
    g_array_remove_index_fast(self->kept, oldest);
  }
}

void ak_run_views_keep(AkRunViews *self, AkRunView *view, gint64 now_us) {
  if (view->records->len > AK_RUN_VIEWS_RECORDS)
    return;
  g_mutex_lock(&self->lock);
  drop_idle(self, now_us);
  int place = place_of(self, view->state->run_id);
  if (place >= 0)
    g_array_remove_index_fast(self->kept, (guint)place);
  make_room(self, view->records->len);
  Kept kept = {ak_run_view_ref(view), now_us};
  g_array_append_val(self->kept, kept);
  g_mutex_unlock(&self->lock);
}
