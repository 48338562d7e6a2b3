/* An engine that says more than it is asked, on the other end of a socket in this process. */
#include "effect/adapter/engine-socket.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "effect/adapter/kit.h"

#define PATIENCE_NS G_GINT64_CONSTANT(20000000000)
#define FINE "{\"message\": 0, \"return\": \"OK\"}\n"
#define STRAY "{\"message\": \"None\", \"return\": \"OK\"}\n"

typedef struct {
  char *folder, *path;
  int listener, fd; /* fd: the engine's end */
  AkEngineSocket *talk;
} World;

/* Answers the next order with a text. */
typedef struct {
  World *world;
  const char *text;
} Answer;

static gpointer answer(gpointer data) {
  const Answer *self = data;
  char order[4096];
  if (self->world->fd < 0)
    self->world->fd = accept(self->world->listener, NULL, NULL);
  g_assert_cmpint(recv(self->world->fd, order, sizeof order, 0), >, 0);
  g_assert_cmpint(send(self->world->fd, self->text, strlen(self->text), 0), ==, strlen(self->text));
  return NULL;
}

static void set_up(World *self, gconstpointer data) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  AkEngineEnd end = AK_ENGINE_CLOSED;
  self->folder = g_dir_make_tmp("akashi-engine-XXXXXX", NULL);
  self->path = g_build_filename(self->folder, "socket", NULL);
  self->fd = -1;
  self->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_strlcpy(name.sun_path, self->path, sizeof name.sun_path);
  g_assert_cmpint(bind(self->listener, (const struct sockaddr *)&name, sizeof name), ==, 0);
  g_assert_cmpint(listen(self->listener, 1), ==, 0);
  Answer hello = {self, "{\"return\": \"OK\"}\n"};
  GThread *thread = g_thread_new("engine", answer, &hello);
  self->talk = ak_engine_socket_open(self->path, ak_kit_now_ns() + PATIENCE_NS, &end);
  g_thread_join(thread);
  g_assert_nonnull(self->talk);
}

static void tear_down(World *self, gconstpointer data) {
  ak_engine_socket_free(self->talk);
  close(self->fd);
  close(self->listener);
  g_remove(self->path);
  g_rmdir(self->folder);
  g_free(self->path);
  g_free(self->folder);
}

static AkEngineEnd ask(World *self, const char *text) {
  Answer given = {self, text};
  GThread *thread = g_thread_new("engine", answer, &given);
  AkEngineEnd end = ak_engine_socket_ask(self->talk, "pcap-current", NULL, ak_kit_now_ns() + PATIENCE_NS, NULL);
  g_thread_join(thread);
  return end;
}

static void test_answers(World *self, gconstpointer data) {
  g_assert_cmpint(ask(self, FINE), ==, AK_ENGINE_DONE);
  g_assert_cmpint(ask(self, "{\"message\": \"no\", \"return\": \"NOK\"}\n"), ==, AK_ENGINE_REFUSED);
  g_assert_true(ak_engine_socket_is_quiet(self->talk));
  g_assert_cmpint(ask(self, "all is well\n"), ==, AK_ENGINE_BROKEN);
}

static void test_together(World *self, gconstpointer data) {
  g_assert_cmpint(ask(self, FINE STRAY), ==, AK_ENGINE_BROKEN);
}

/* A line that came behind an answer is not taken for the next one; the order is not even sent. */
static void test_stale(World *self, gconstpointer data) {
  char byte = 0;
  g_assert_cmpint(ask(self, FINE), ==, AK_ENGINE_DONE);
  g_assert_cmpint(send(self->fd, STRAY, strlen(STRAY), 0), ==, strlen(STRAY));
  g_assert_false(ak_engine_socket_is_quiet(self->talk));
  AkEngineEnd end = ak_engine_socket_ask(self->talk, "pcap-current", NULL, ak_kit_now_ns() + PATIENCE_NS, NULL);
  g_assert_cmpint(end, ==, AK_ENGINE_BROKEN);
  g_assert_cmpint(recv(self->fd, &byte, 1, MSG_DONTWAIT), ==, -1);
}

static void test_closed(World *self, gconstpointer data) {
  g_assert_cmpint(shutdown(self->fd, SHUT_RDWR), ==, 0);
  g_assert_false(ak_engine_socket_is_quiet(self->talk));
  AkEngineEnd end = ak_engine_socket_ask(self->talk, "pcap-current", NULL, ak_kit_now_ns() + PATIENCE_NS, NULL);
  g_assert_cmpint(end, ==, AK_ENGINE_CLOSED);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/effect/adapter/engine-socket/answers", World, NULL, set_up, test_answers, tear_down);
  g_test_add("/effect/adapter/engine-socket/together", World, NULL, set_up, test_together, tear_down);
  g_test_add("/effect/adapter/engine-socket/stale", World, NULL, set_up, test_stale, tear_down);
  g_test_add("/effect/adapter/engine-socket/closed", World, NULL, set_up, test_closed, tear_down);
  return g_test_run();
}
