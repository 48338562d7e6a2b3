#include "effect/target/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "effect/target/request.h"

enum { MAX_EVENTS = 64, READ_BYTES = 65536, WAIT_MS = 200 };

typedef struct {
  int fd;
  GByteArray *in;
  GString *out;
  gsize sent;
  bool is_last; /* close once all is sent */
} Caller;

typedef struct {
  const AkTargetServer *spec;
  int epoll, listener;
  GHashTable *callers; /* set of Caller */
} Server;

static void caller_free(Caller *self) {
  close(self->fd);
  g_byte_array_unref(self->in);
  g_string_free(self->out, TRUE);
  g_free(self);
}

static int listen_on(guint16 port, GError **error) {
  struct sockaddr_in where = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
      bind(fd, (const struct sockaddr *)&where, sizeof where) == 0 && listen(fd, 512) == 0)
    return fd;
  ak_error_set_errno(error, errno, "127.0.0.1:%u", port);
  if (fd >= 0)
    close(fd);
  return -1;
}

static void accept_all(Server *self) {
  int fd;
  while ((fd = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
    Caller *caller = g_new0(Caller, 1);
    *caller = (Caller){.fd = fd, .in = g_byte_array_new(), .out = g_string_new(NULL)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = caller};
    epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event);
    g_hash_table_add(self->callers, caller);
  }
}

/* The log's line is written before the answer is sent: whoever has the answer finds the line. */
static void write_line(const Server *self, const char *name, const GString *effects) {
  if (self->spec->log_fd < 0)
    return;
  g_autofree char *line = g_strdup_printf("%s %s\n", name != NULL ? name : "-", effects->str);
  g_strdelimit(line, "\r", ' ');
  gsize size = strlen(line);
  if (write(self->spec->log_fd, line, size) != (gssize)size)
    g_warning("the target's log cannot be written: %s", g_strerror(errno));
}

static void answer_all(Server *self, Caller *caller) {
  gsize body = 0;
  while (caller->in->len > 0) {
    const char *data = (const char *)caller->in->data;
    gssize whole = ak_target_request_measure(data, caller->in->len, &body);
    if (whole == 0)
      return;
    g_autoptr(GString) effects = g_string_new(NULL);
    g_autofree char *name = NULL;
    gsize size = whole > 0 ? (gsize)whole : caller->in->len;
    ak_target_answer(self->spec->target, data, whole > 0 ? size : 0, caller->out, effects, &name);
    caller->is_last = whole < 0;
    write_line(self, name, effects);
    g_byte_array_remove_range(caller->in, 0, (guint)size);
  }
}

/* False: the connection is done with. */
static bool send_some(Server *self, Caller *caller) {
  while (caller->sent < caller->out->len) {
    gssize sent = send(caller->fd, caller->out->str + caller->sent, caller->out->len - caller->sent,
                       MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
      return false;
    if (sent < 0) {
      struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = caller};
      return epoll_ctl(self->epoll, EPOLL_CTL_MOD, caller->fd, &event) == 0;
    }
    caller->sent += (gsize)sent;
  }
  if (caller->sent > 0) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = caller};
    epoll_ctl(self->epoll, EPOLL_CTL_MOD, caller->fd, &event);
  }
  g_string_truncate(caller->out, 0);
  caller->sent = 0;
  return !caller->is_last;
}

static bool receive_some(Server *self, Caller *caller) {
  guint8 buffer[READ_BYTES];
  for (;;) {
    gssize got = recv(caller->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN)
      break;
    if (got <= 0)
      return false;
    g_byte_array_append(caller->in, buffer, (guint)got);
    if (got < (gssize)sizeof buffer)
      break;
  }
  answer_all(self, caller);
  return true;
}

static void serve(Server *self) {
  struct epoll_event events[MAX_EVENTS];
  while (self->spec->stop == NULL || *self->spec->stop == 0) {
    int count = epoll_wait(self->epoll, events, MAX_EVENTS, WAIT_MS);
    for (int i = 0; i < count; i++) {
      Caller *caller = events[i].data.ptr;
      if (caller == NULL)
        accept_all(self);
      else if (!receive_some(self, caller) || !send_some(self, caller))
        g_hash_table_remove(self->callers, caller);
    }
  }
}

bool ak_target_serve(const AkTargetServer *spec, GError **error) {
  Server self = {.spec = spec, .listener = listen_on(spec->port, error)};
  if (self.listener < 0)
    return false;
  self.epoll = epoll_create1(EPOLL_CLOEXEC);
  self.callers = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)caller_free, NULL);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  bool is_set = self.epoll >= 0 && epoll_ctl(self.epoll, EPOLL_CTL_ADD, self.listener, &event) == 0;
  if (is_set)
    serve(&self);
  else
    ak_error_set_errno(error, errno, "epoll");
  g_hash_table_unref(self.callers);
  if (self.epoll >= 0)
    close(self.epoll);
  close(self.listener);
  return is_set;
}
