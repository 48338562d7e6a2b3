/* What lanes send arrives in their order, whatever the order in which they are filled. */
#include "sandbox/lane.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  AkFrameStream out, in;
  AkLanes *lanes;
  GString *heard; /* a character a frame */
  GThread *listener;
} World;

static gpointer listen_to(gpointer data) {
  World *self = data;
  for (;;) {
    g_auto(AkFrame) frame = {.fd = -1};
    if (!ak_frame_receive(&self->in, &frame, NULL))
      return NULL;
    if (frame.type != AK_FRAME_PROGRESS)
      g_string_append_c(self->heard, *(const char *)g_bytes_get_data(frame.payload, NULL));
  }
}

static void set_up(World *self, gconstpointer data) {
  int ends[2];
  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  self->out.fd = ends[0];
  self->in.fd = ends[1];
  self->heard = g_string_new(NULL);
  self->lanes = ak_lanes_new(&self->out, 4);
  self->listener = g_thread_new("listener", listen_to, self);
}

/* What was heard until the sender has gone. */
static const char *hear(World *self) {
  if (self->out.fd >= 0)
    close(self->out.fd);
  self->out.fd = -1;
  if (self->listener != NULL)
    g_thread_join(g_steal_pointer(&self->listener));
  return self->heard->str;
}

static void tear_down(World *self, gconstpointer data) {
  hear(self);
  close(self->in.fd);
  ak_lanes_free(self->lanes);
  g_string_free(self->heard, TRUE);
}

static bool say(World *self, guint lane, const char *text) {
  for (; *text != '\0'; text++)
    if (!ak_lanes_send(self->lanes, lane, AK_FRAME_BLOB, text, 1, NULL))
      return false;
  return true;
}

static void test_order(World *self, gconstpointer data) {
  g_assert_true(say(self, 2, "e"));
  g_assert_true(say(self, 1, "c"));
  g_assert_true(say(self, 0, "a"));
  g_assert_true(ak_lanes_send(self->lanes, 2, AK_FRAME_PROGRESS, "?", 1, NULL)); /* dropped */
  ak_lanes_end(self->lanes, 1, false);
  g_assert_true(say(self, 0, "b"));
  ak_lanes_end(self->lanes, 3, false);
  ak_lanes_end(self->lanes, 0, false); /* sends lane 1 too, and hands over to lane 2 */
  g_assert_true(say(self, 2, "f"));
  ak_lanes_end(self->lanes, 2, false);
  g_assert_cmpstr(hear(self), ==, "abcef");
  g_assert_false(ak_lanes_are_stopped(self->lanes));
}

static void test_a_failure_ends_what_follows(World *self, gconstpointer data) {
  g_assert_true(say(self, 2, "z"));
  ak_lanes_end(self->lanes, 2, false);
  g_assert_true(say(self, 1, "b"));
  ak_lanes_end(self->lanes, 1, true); /* what it has said stands */
  g_assert_false(ak_lanes_are_stopped(self->lanes));
  g_assert_true(say(self, 0, "a"));
  ak_lanes_end(self->lanes, 0, false);
  g_assert_true(ak_lanes_are_stopped(self->lanes));
  g_assert_false(say(self, 3, "y"));
  g_assert_cmpstr(hear(self), ==, "ab");
}

/* A lane that has too much to keep waits for its turn. */
static gpointer flood(gpointer data) {
  World *self = data;
  g_autofree char *piece = g_strnfill(1 << 20, 'x');
  for (guint i = 0; i < 20; i++)
    g_assert_true(ak_lanes_send(self->lanes, 1, AK_FRAME_BLOB, piece, 1 << 20, NULL));
  ak_lanes_end(self->lanes, 1, false);
  return NULL;
}

static void test_much(World *self, gconstpointer data) {
  GThread *thread = g_thread_new("flood", flood, self);
  g_usleep(20000);
  g_assert_true(say(self, 0, "a"));
  ak_lanes_end(self->lanes, 0, false);
  g_thread_join(thread);
  g_assert_cmpstr(hear(self), ==, "axxxxxxxxxxxxxxxxxxxx");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/lane/order", World, NULL, set_up, test_order, tear_down);
  g_test_add("/lane/failure", World, NULL, set_up, test_a_failure_ends_what_follows, tear_down);
  g_test_add("/lane/much", World, NULL, set_up, test_much, tear_down);
  return g_test_run();
}
