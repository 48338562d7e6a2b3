#include "effect/http-driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "effect/http-answer.h"

#define READ_BYTES 65536
#define TICK_MS 20 /* how often deadlines are looked at */
#define IDLE_NS 500000000 /* servers close what was idle so long, and not sooner */
#define NO_REQUEST G_MAXUINT

typedef enum { IDLE, CONNECTING, SENDING, READING } State;

typedef struct {
  int fd; /* -1: not open */
  guint number;
  State state;
  guint index; /* of the request under way, or NO_REQUEST */
  bool is_head, was_used, is_retry; /* was_used: it had carried a request before this one */
  GByteArray *out, *in;
  gsize sent;
  AkHttpAnswer answer;
  gint64 began_ns, idle_ns; /* when the request under way began; when the one before ended */
} Connection;

struct _AkHttpDriver {
  struct sockaddr_storage peer;
  socklen_t peer_size;
  AkHttpDriverSpec spec;
  Connection *connections;
  int epoll;
  /* of the call under way */
  const AkHttpWork *work;
  gpointer data;
  guint next, count, under_way;
  bool each, is_stopped;
};

static gint64 now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool read_address(const AkHttpDriverSpec *spec, struct sockaddr_storage *out,
                         socklen_t *size) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(spec->port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(spec->port)};
  if (inet_pton(AF_INET, spec->address, &v4.sin_addr) == 1) {
    memcpy(out, &v4, *size = sizeof v4);
    return true;
  }
  if (inet_pton(AF_INET6, spec->address, &v6.sin6_addr) != 1)
    return false;
  memcpy(out, &v6, *size = sizeof v6);
  return true;
}

AkHttpDriver *ak_http_driver_new(const AkHttpDriverSpec *spec, GError **error) {
  g_autoptr(AkHttpDriver) self = g_new0(AkHttpDriver, 1);
  self->spec = *spec;
  self->spec.address = NULL; /* borrowed for this call alone */
  self->spec.connections = MAX(spec->connections, 1);
  self->connections = g_new0(Connection, self->spec.connections);
  for (guint i = 0; i < self->spec.connections; i++)
    self->connections[i] = (Connection){.fd = -1,
                                        .number = i,
                                        .index = NO_REQUEST,
                                        .out = g_byte_array_new(),
                                        .in = g_byte_array_new()};
  self->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (self->epoll < 0) {
    ak_error_set_errno(error, errno, "epoll");
    return NULL;
  }
  if (!read_address(spec, &self->peer, &self->peer_size)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s: a numeric address is expected", spec->address);
    return NULL;
  }
  return g_steal_pointer(&self);
}

static void disconnect(Connection *connection) {
  if (connection->fd >= 0)
    close(connection->fd); /* epoll forgets it */
  connection->fd = -1;
  connection->was_used = false;
}

void ak_http_driver_free(AkHttpDriver *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->spec.connections; i++) {
    disconnect(&self->connections[i]);
    g_byte_array_unref(self->connections[i].out);
    g_byte_array_unref(self->connections[i].in);
  }
  if (self->epoll >= 0)
    close(self->epoll);
  g_free(self->connections);
  g_free(self);
}

/* --- one request ------------------------------------------------------------------------------ */

static void watch(AkHttpDriver *self, Connection *connection, int operation, guint32 events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  epoll_ctl(self->epoll, operation, connection->fd, &event);
}

static void advance(AkHttpDriver *self, Connection *connection);

/* The request under way has ended: tells so, and frees the connection for the next. */
static void finish(AkHttpDriver *self, Connection *connection, AkHttpEnd end) {
  gsize size = connection->answer.length > 0 ? connection->answer.length : connection->in->len;
  AkHttpResult result = {.end = end,
                         .connection = connection->number,
                         .status = connection->answer.status,
                         .began_ns = connection->began_ns,
                         .took_ns = now_ns() - connection->began_ns,
                         .bytes = (const char *)connection->in->data,
                         .size = MIN(size, self->spec.answer_bytes)};
  if (end == AK_HTTP_END_ANSWERED &&
      result.took_ns > (gint64)self->spec.case_ms * 1000000)
    result.end = AK_HTTP_END_LATE;
  bool keeps = end == AK_HTTP_END_ANSWERED && connection->answer.keeps &&
               connection->in->len == connection->answer.length;
  guint index = connection->index;
  connection->index = NO_REQUEST;
  connection->state = IDLE;
  connection->was_used = true;
  connection->idle_ns = now_ns();
  self->under_way--;
  if (!keeps)
    disconnect(connection);
  if (!self->work->result(self->data, index, &result))
    self->is_stopped = true;
}

/* The peer has closed, or reset: an idle time-out, or the end. */
static void on_closed(AkHttpDriver *self, Connection *connection, AkHttpEnd end) {
  bool was_idle = connection->was_used && !connection->is_retry && connection->in->len == 0 &&
                  connection->began_ns - connection->idle_ns > IDLE_NS;
  disconnect(connection);
  if (was_idle) {
    connection->is_retry = true;
    advance(self, connection);
    return;
  }
  if (connection->in->len > 0 &&
      ak_http_answer_scan(&connection->answer, (const char *)connection->in->data,
                          connection->in->len, connection->is_head,
                          true) == AK_HTTP_ANSWER_DONE) {
    connection->answer.keeps = false;
    end = AK_HTTP_END_ANSWERED;
  }
  finish(self, connection, end);
}

static void open_connection(AkHttpDriver *self, Connection *connection) {
  int one = 1;
  connection->fd =
      socket(self->peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->fd < 0) {
    finish(self, connection, AK_HTTP_END_REFUSED);
    return;
  }
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  connection->state = CONNECTING;
  int ends = connect(connection->fd, (struct sockaddr *)&self->peer, self->peer_size);
  if (ends != 0 && errno != EINPROGRESS) {
    finish(self, connection, AK_HTTP_END_REFUSED);
    return;
  }
  watch(self, connection, EPOLL_CTL_ADD, EPOLLOUT);
}

static void send_rest(AkHttpDriver *self, Connection *connection, bool was_waiting) {
  while (connection->sent < connection->out->len) {
    gssize written = send(connection->fd, connection->out->data + connection->sent,
                          connection->out->len - connection->sent, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0 && errno == EAGAIN) {
      connection->state = SENDING;
      /* a product may answer, and close, before it has read all of a request */
      watch(self, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      return;
    }
    if (written < 0) {
      /* it may have said why before it closed */
      connection->state = READING;
      watch(self, connection, EPOLL_CTL_MOD, EPOLLIN);
      return;
    }
    connection->sent += (gsize)written;
  }
  connection->state = READING;
  if (was_waiting)
    watch(self, connection, EPOLL_CTL_MOD, EPOLLIN);
}

/* Sends the request under way, on a new connection where none is open. */
static void advance(AkHttpDriver *self, Connection *connection) {
  connection->sent = 0;
  g_byte_array_set_size(connection->in, 0);
  connection->answer = (AkHttpAnswer){0};
  connection->began_ns = now_ns();
  if (connection->fd < 0)
    open_connection(self, connection);
  else
    send_rest(self, connection, false);
}

static void begin(AkHttpDriver *self, Connection *connection, guint index) {
  g_byte_array_set_size(connection->out, 0);
  connection->index = index;
  connection->is_head = false;
  connection->is_retry = false;
  self->under_way++;
  self->work->request(self->data, index, connection->out, &connection->is_head);
  advance(self, connection);
}

/* --- what the kernel tells ---------------------------------------------------------------------- */

static void on_connected(AkHttpDriver *self, Connection *connection) {
  int why = 0;
  socklen_t size = sizeof why;
  getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &why, &size);
  if (why != 0)
    finish(self, connection, AK_HTTP_END_REFUSED);
  else
    send_rest(self, connection, true);
}

static bool take(AkHttpDriver *self, Connection *connection) {
  GByteArray *in = connection->in;
  gsize before = in->len;
  g_byte_array_set_size(in, (guint)(before + READ_BYTES));
  gssize got = recv(connection->fd, in->data + before, READ_BYTES, 0);
  int why = errno;
  g_byte_array_set_size(in, (guint)(before + (got > 0 ? (gsize)got : 0)));
  if (got < 0 && (why == EAGAIN || why == EINTR))
    return false;
  if (got <= 0) {
    on_closed(self, connection, AK_HTTP_END_CLOSED);
    return false;
  }
  return true;
}

static void on_readable(AkHttpDriver *self, Connection *connection) {
  if (connection->index == NO_REQUEST) { /* idle: the peer closed it, or speaks unasked */
    disconnect(connection);
    return;
  }
  if (!take(self, connection))
    return;
  AkHttpAnswerEnd end =
      ak_http_answer_scan(&connection->answer, (const char *)connection->in->data,
                          connection->in->len, connection->is_head, false);
  if (end == AK_HTTP_ANSWER_DONE) {
    if (connection->sent < connection->out->len)
      connection->answer.keeps = false; /* the rest of the request would be read as the next one */
    finish(self, connection, AK_HTTP_END_ANSWERED);
  } else if (end == AK_HTTP_ANSWER_BROKEN || connection->in->len > self->spec.answer_bytes) {
    finish(self, connection, AK_HTTP_END_BROKEN);
  }
}

static void on_event(AkHttpDriver *self, Connection *connection, guint32 events) {
  if (connection->fd < 0)
    return;
  if (connection->state == CONNECTING)
    on_connected(self, connection);
  else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    on_readable(self, connection);
  else if (connection->state == SENDING)
    send_rest(self, connection, true);
}

static void look_at_deadlines(AkHttpDriver *self) {
  gint64 limit = ((gint64)self->spec.case_ms + self->spec.late_ms) * 1000000;
  gint64 now = now_ns();
  for (guint i = 0; i < self->spec.connections; i++) {
    Connection *connection = &self->connections[i];
    if (connection->index != NO_REQUEST && now - connection->began_ns > limit)
      finish(self, connection, connection->state == CONNECTING ? AK_HTTP_END_REFUSED
                                                               : AK_HTTP_END_HUNG);
  }
}

/* --- a call --------------------------------------------------------------------------------------- */

static void give_next(AkHttpDriver *self, Connection *connection) {
  while (!self->each && !self->is_stopped && connection->index == NO_REQUEST &&
         self->next < self->count)
    begin(self, connection, self->next++);
}

static bool turn(AkHttpDriver *self, GError **error) {
  struct epoll_event events[64];
  int count = epoll_wait(self->epoll, events, G_N_ELEMENTS(events), TICK_MS);
  if (count < 0 && errno != EINTR)
    return ak_error_set_errno(error, errno, "epoll");
  for (int i = 0; i < count; i++) {
    Connection *connection = events[i].data.ptr;
    on_event(self, connection, events[i].events);
    give_next(self, connection);
  }
  return true;
}

static bool run_to_end(AkHttpDriver *self, GError **error) {
  gint64 looked_ns = now_ns();
  while (self->under_way > 0 || (!self->each && !self->is_stopped && self->next < self->count)) {
    if (!turn(self, error))
      return false;
    if (now_ns() - looked_ns < (gint64)TICK_MS * 1000000)
      continue;
    looked_ns = now_ns();
    look_at_deadlines(self);
    for (guint i = 0; i < self->spec.connections; i++)
      give_next(self, &self->connections[i]);
  }
  return true;
}

bool ak_http_driver_run(AkHttpDriver *self, guint count, const AkHttpWork *work, gpointer data,
                        GError **error) {
  self->work = work;
  self->data = data;
  self->next = self->under_way = 0;
  self->count = count;
  self->each = self->is_stopped = false;
  for (guint i = 0; i < self->spec.connections; i++)
    give_next(self, &self->connections[i]);
  return run_to_end(self, error);
}

bool ak_http_driver_run_each(AkHttpDriver *self, const AkHttpWork *work, gpointer data,
                             guint *given, GError **error) {
  self->work = work;
  self->data = data;
  self->next = self->count = self->under_way = *given = 0;
  self->each = true;
  self->is_stopped = false;
  for (guint i = 0; i < self->spec.connections; i++)
    if (self->connections[i].fd >= 0) {
      ++*given;
      begin(self, &self->connections[i], i);
    }
  return run_to_end(self, error);
}
