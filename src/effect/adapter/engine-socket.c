#include "effect/adapter/engine-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "effect/adapter/talk.h"

#define ANSWER_BYTES 65536
#define ORDER_BYTES 4095

struct _AkEngineSocket {
  int fd;
};

/* By the descriptor, so that it is this file that is connected to, and no path is too long. */
static int connect_to(const char *path) {
  struct stat st;
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  int fd = -1;
  bool is_socket = file >= 0 && fstat(file, &st) == 0 && S_ISSOCK(st.st_mode);
  g_snprintf(name.sun_path, sizeof name.sun_path, "/proc/self/fd/%d", file);
  if (is_socket)
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
    close(fd);
    fd = -1;
  }
  if (file >= 0)
    close(file);
  return fd;
}

/* DONE: nothing has come that nobody asked for. */
static AkEngineEnd look(int fd) {
  char byte = 0;
  gssize got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got > 0                                      ? AK_ENGINE_BROKEN
         : got < 0 && (errno == EAGAIN || errno == EINTR) ? AK_ENGINE_DONE
                                                      : AK_ENGINE_CLOSED;
}

bool ak_engine_socket_is_quiet(const AkEngineSocket *self) { return look(self->fd) == AK_ENGINE_DONE; }

static bool has_line(const GByteArray *came, gpointer data) {
  return came->len > 0 && memchr(came->data, '\n', came->len) != NULL;
}

static AkEngineEnd exchange(AkEngineSocket *self, const json_t *order, gint64 until_ns,
                            json_t **message) {
  g_autofree char *text = json_dumps(order, JSON_COMPACT);
  g_autofree char *line = text != NULL ? g_strconcat(text, "\n", NULL) : NULL;
  g_autoptr(GByteArray) came = g_byte_array_new();
  AkTalk talk = {.to = self->fd,
                 .from = self->fd,
                 .bytes = line,
                 .size = line != NULL ? strlen(line) : 0,
                 .until_ns = until_ns,
                 .max_bytes = ANSWER_BYTES,
                 .enough = has_line};
  if (line == NULL || talk.size > ORDER_BYTES)
    return AK_ENGINE_REFUSED;
  AkEngineEnd before = look(self->fd); /* what an older line says is no answer to this order */
  if (before != AK_ENGINE_DONE)
    return before;
  AkTalkEnd end = ak_talk(&talk, came);
  if (end != AK_TALK_DONE)
    return end == AK_TALK_CLOSED ? AK_ENGINE_CLOSED
           : end == AK_TALK_TIME ? AK_ENGINE_LATE
                                 : AK_ENGINE_BROKEN;
  const char *newline = memchr(came->data, '\n', came->len);
  gsize size = (gsize)(newline - (const char *)came->data);
  if (size + 1 != came->len)
    return AK_ENGINE_BROKEN; /* it says more than it was asked */
  return ak_engine_socket_read((const char *)came->data, size, message);
}

AkEngineSocket *ak_engine_socket_open(const char *path, gint64 until_ns, AkEngineEnd *end) {
  int fd = connect_to(path);
  *end = AK_ENGINE_CLOSED;
  if (fd < 0)
    return NULL;
  g_autoptr(AkEngineSocket) self = g_new0(AkEngineSocket, 1);
  g_autoptr(json_t) version = json_pack("{ss}", "version", "0.2");
  self->fd = fd;
  *end = exchange(self, version, until_ns, NULL);
  return *end == AK_ENGINE_DONE ? g_steal_pointer(&self) : NULL;
}

void ak_engine_socket_free(AkEngineSocket *self) {
  if (self == NULL)
    return;
  close(self->fd);
  g_free(self);
}

AkEngineEnd ak_engine_socket_ask(AkEngineSocket *self, const char *command, json_t *arguments,
                                 gint64 until_ns, json_t **message) {
  g_autoptr(json_t) order = json_pack("{ss}", "command", command);
  if (arguments != NULL)
    json_object_set(order, "arguments", arguments);
  return exchange(self, order, until_ns, message);
}

AkEngineEnd ak_engine_socket_read(const char *line, gsize size, json_t **message) {
  g_autoptr(json_t) answer = ak_json_parse(line, size, "engine", NULL);
  const char *word = ak_json_string_or(answer, "return", "");
  bool is_done = strcmp(word, "OK") == 0;
  if (!is_done && strcmp(word, "NOK") != 0)
    return AK_ENGINE_BROKEN;
  if (message != NULL)
    *message = json_incref(json_object_get(answer, "message"));
  return is_done ? AK_ENGINE_DONE : AK_ENGINE_REFUSED;
}

bool ak_effect_adapter_engine_socket_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) message = NULL;
  return ak_engine_socket_read((const char *)data, size, &message) != AK_ENGINE_BROKEN;
}
