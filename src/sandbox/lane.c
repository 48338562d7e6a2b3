#include "sandbox/lane.h"

#include <string.h>

#define MAX_KEPT_BYTES (4u * 1024 * 1024) /* of one lane */

typedef struct {
  GByteArray *kept; /* Kept, payload, Kept, payload, … */
  bool has_ended, has_failed;
} Lane;

typedef struct {
  AkFrameType type;
  gsize size;
} Kept;

struct _AkLanes {
  AkFrameStream *stream; /* of the lane whose turn it is alone */
  GMutex lock;           /* guards what follows */
  GCond changed;
  Lane *lanes;
  guint count, turn;
  bool is_stopped;
};

AkLanes *ak_lanes_new(AkFrameStream *stream, guint count) {
  AkLanes *self = g_new0(AkLanes, 1);
  self->stream = stream;
  self->count = MAX(count, 1);
  self->lanes = g_new0(Lane, self->count);
  for (guint i = 0; i < self->count; i++)
    self->lanes[i].kept = g_byte_array_new();
  g_mutex_init(&self->lock);
  g_cond_init(&self->changed);
  return self;
}

void ak_lanes_free(AkLanes *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->count; i++)
    g_byte_array_unref(self->lanes[i].kept);
  g_free(self->lanes);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->changed);
  g_free(self);
}

static void keep(Lane *lane, AkFrameType type, const void *payload, gsize size) {
  Kept head = {type, size};
  g_byte_array_append(lane->kept, (const guint8 *)&head, sizeof head);
  g_byte_array_append(lane->kept, payload, (guint)size);
}

/* Of the lane whose turn it is: sends what it kept. Without the lock. */
static bool send_kept(AkLanes *self, Lane *lane, GError **error) {
  bool ok = true;
  for (gsize at = 0; ok && at < lane->kept->len;) {
    Kept head;
    memcpy(&head, lane->kept->data + at, sizeof head);
    at += sizeof head;
    ok = ak_frame_send(self->stream, head.type, lane->kept->data + at, head.size, -1, error);
    at += head.size;
  }
  g_byte_array_unref(lane->kept);
  lane->kept = g_byte_array_new();
  return ok;
}

bool ak_lanes_send(AkLanes *self, guint number, AkFrameType type, const void *payload, gsize size,
                   GError **error) {
  Lane *lane = &self->lanes[number];
  g_mutex_lock(&self->lock);
  while (!self->is_stopped && self->turn != number && type != AK_FRAME_PROGRESS &&
         lane->kept->len + size > MAX_KEPT_BYTES)
    g_cond_wait(&self->changed, &self->lock);
  bool is_stopped = self->is_stopped, is_turn = self->turn == number;
  if (!is_stopped && !is_turn && type != AK_FRAME_PROGRESS)
    keep(lane, type, payload, size);
  g_mutex_unlock(&self->lock);
  if (is_stopped)
    return ak_error_set(error, AK_ERROR_CANCELLED, "what came before has failed");
  return !is_turn || (send_kept(self, lane, error) &&
                      ak_frame_send(self->stream, type, payload, size, -1, error));
}

void ak_lanes_end(AkLanes *self, guint number, bool has_failed) {
  g_mutex_lock(&self->lock);
  self->lanes[number].has_ended = true;
  self->lanes[number].has_failed = has_failed;
  /* the one whose turn it is hands it on, and sends what those behind it have ready */
  while (!self->is_stopped && self->turn == number && self->lanes[number].has_ended) {
    Lane *lane = &self->lanes[number];
    g_mutex_unlock(&self->lock);
    bool ok = send_kept(self, lane, NULL);
    g_mutex_lock(&self->lock);
    self->is_stopped = !ok || lane->has_failed;
    if (!self->is_stopped && number + 1 < self->count)
      self->turn = ++number;
    else
      break;
  }
  g_cond_broadcast(&self->changed);
  g_mutex_unlock(&self->lock);
}

bool ak_lanes_are_stopped(AkLanes *self) {
  g_mutex_lock(&self->lock);
  bool is_stopped = self->is_stopped;
  g_mutex_unlock(&self->lock);
  return is_stopped;
}
