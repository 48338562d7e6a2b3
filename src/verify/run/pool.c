#include "verify/run/pool.h"

struct _AkRunPool {
  GThreadPool *devices, *files;
};

typedef struct {
  GFunc work;
  gpointer data, user_data;
} Turn;

static void take_turn(gpointer data, gpointer user_data) {
  Turn turn = *(Turn *)data;
  g_free(data);
  turn.work(turn.data, turn.user_data);
}

AkRunPool *ak_run_pool_new(guint jobs) {
  AkRunPool *self = g_new0(AkRunPool, 1);
  self->devices = g_thread_pool_new(take_turn, NULL, (gint)jobs, FALSE, NULL);
  self->files = g_thread_pool_new(take_turn, NULL, (gint)jobs, FALSE, NULL);
  return self;
}

void ak_run_pool_free(AkRunPool *self) {
  if (self == NULL)
    return;
  g_thread_pool_free(self->devices, FALSE, TRUE);
  g_thread_pool_free(self->files, FALSE, TRUE);
  g_free(self);
}

void ak_run_pool_push(AkRunPool *self, AkIsolation isolation, GFunc work, gpointer data,
                      gpointer user_data) {
  Turn *turn = g_new(Turn, 1);
  *turn = (Turn){.work = work, .data = data, .user_data = user_data};
  g_thread_pool_push(isolation == AK_ISOLATION_SANDBOX ? self->files : self->devices, turn, NULL);
}
