#include "net/script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/opener.h"

#define MAX_READ 65536
#define SILENCE_MS 2000

struct _AkScript {
  AkNet net;
  void (*serve)(gpointer data, guint connection, int fd);
  gpointer data;
  GMutex lock;
  guint connections;
  guint refuse_first, refuse_count;
  GPtrArray *threads;
  AkPortState (*answer)(gpointer data, guint16 port, const guint8 *bytes, gsize size,
                        GPtrArray *answers);
  guint datagrams;
};

typedef struct {
  AkScript *script;
  guint connection;
  int fd;
} Served;

static gpointer serve_thread(gpointer data) {
  Served *self = data;
  self->script->serve(self->script->data, self->connection, self->fd);
  close(self->fd);
  g_free(self);
  return NULL;
}

static int script_connect(AkNet *net, const char *address, guint16 port, guint timeout_ms,
                          GError **error) {
  AkScript *self = (AkScript *)net;
  int pair[2];
  g_mutex_lock(&self->lock);
  guint connection = self->connections++;
  bool refused =
      connection >= self->refuse_first && connection - self->refuse_first < self->refuse_count;
  g_mutex_unlock(&self->lock);
  if (refused) {
    ak_error_set(error, AK_ERROR_IO, "%s port %u: refused", address, (guint)port);
    return -1;
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    ak_error_set_errno(error, errno, "socketpair");
    return -1;
  }
  fcntl(pair[0], F_SETFL, O_NONBLOCK);
  Served *served = g_new0(Served, 1);
  *served = (Served){.script = self, .connection = connection, .fd = pair[1]};
  g_mutex_lock(&self->lock);
  g_ptr_array_add(self->threads, g_thread_new("script", serve_thread, served));
  g_mutex_unlock(&self->lock);
  return pair[0];
}

/* One datagram; what comes back is appended to `answers` (of AkDatagram), at most `most`. */
static AkPortState play(AkScript *self, guint16 port, const void *data, gsize size, guint most,
                        GPtrArray *answers) {
  g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  g_mutex_lock(&self->lock);
  self->datagrams++;
  AkPortState state = self->answer != NULL ? self->answer(self->data, port, data, size, said)
                                           : AK_PORT_CLOSED;
  g_mutex_unlock(&self->lock);
  for (guint i = 0; state == AK_PORT_OPEN && i < MIN(said->len, most); i++) {
    AkDatagram *answer = g_new0(AkDatagram, 1);
    *answer = (AkDatagram){.port = port, .data = g_bytes_ref(said->pdata[i])};
    g_ptr_array_add(answers, answer);
  }
  return state;
}

static AkPortState state_of(AkScript *self, guint16 port) {
  const AkOpener *opener = ak_opener_for_port(AK_TRANSPORT_UDP, port, 0, false);
  g_autoptr(GPtrArray) answers =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_net_datagram_free);
  gsize size = 0;
  const void *data = opener != NULL ? g_bytes_get_data(opener->bytes, &size) : NULL;
  AkPortState state = play(self, port, data, size, 1, answers);
  return state == AK_PORT_OPEN && answers->len == 0 ? AK_PORT_UNKNOWN : state;
}

static bool script_sweep(AkNet *net, const AkSweep *sweep, AkPortState *states,
                         bool (*progress)(guint64 done, guint64 total, gpointer data),
                         gpointer data, GError **error) {
  for (guint i = 0; i <= (guint)(sweep->last_port - sweep->first_port); i++) {
    guint16 port = (guint16)(sweep->first_port + i);
    states[i] = sweep->transport == AK_TRANSPORT_UDP ? state_of((AkScript *)net, port)
                                                     : AK_PORT_CLOSED;
  }
  return true;
}

static GPtrArray *script_ask(AkNet *net, const AkAsk *ask, GError **error) {
  AkScript *self = (AkScript *)net;
  g_autoptr(GPtrArray) answers =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_net_datagram_free);
  for (guint i = 0; i < ask->tries && answers->len == 0; i++)
    if (play(self, ask->port, ask->data, ask->size, ask->max_answers, answers) == AK_PORT_CLOSED) {
      ak_error_set(error, AK_ERROR_IO, "%s port %u: refused", ask->address, ask->port);
      return NULL;
    }
  if (answers->len > 0)
    return g_steal_pointer(&answers);
  ak_error_set(error, AK_ERROR_TIMEOUT, "%s port %u: no answer", ask->address, ask->port);
  return NULL;
}

static const AkNetClass script_class = {
    .connect = script_connect, .sweep = script_sweep, .ask = script_ask};

void ak_script_answer(AkScript *self, AkPortState (*answer)(gpointer data, guint16 port,
                                                            const guint8 *bytes, gsize size,
                                                            GPtrArray *answers)) {
  self->answer = answer;
}

guint ak_script_datagrams(AkScript *self) {
  g_mutex_lock(&self->lock);
  guint datagrams = self->datagrams;
  g_mutex_unlock(&self->lock);
  return datagrams;
}

AkScript *ak_script_new(void (*serve)(gpointer data, guint connection, int fd), gpointer data) {
  AkScript *self = g_new0(AkScript, 1);
  self->net.class = &script_class;
  self->serve = serve;
  self->data = data;
  self->threads = g_ptr_array_new();
  g_mutex_init(&self->lock);
  return self;
}

void ak_script_free(AkScript *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join(self->threads->pdata[i]);
  g_ptr_array_unref(self->threads);
  g_mutex_clear(&self->lock);
  g_free(self);
}

AkNet *ak_script_net(AkScript *self) { return &self->net; }

guint ak_script_connections(AkScript *self) {
  g_mutex_lock(&self->lock);
  guint connections = self->connections;
  g_mutex_unlock(&self->lock);
  return connections;
}

void ak_script_refuse(AkScript *self, guint first, guint count) {
  g_mutex_lock(&self->lock);
  self->refuse_first = first;
  self->refuse_count = count;
  g_mutex_unlock(&self->lock);
}

/* One more byte; false at the end, after a silence or at the limit. */
static bool read_byte(int fd, GString *into) {
  struct pollfd waiting = {.fd = fd, .events = POLLIN};
  char byte;
  if (into->len >= MAX_READ || poll(&waiting, 1, SILENCE_MS) <= 0 || read(fd, &byte, 1) != 1)
    return false;
  g_string_append_c(into, byte);
  return true;
}

char *ak_script_read_until(int fd, const char *end) {
  GString *text = g_string_new(NULL);
  while (strstr(text->str, end) == NULL && read_byte(fd, text))
    continue;
  return g_string_free(text, FALSE);
}

char *ak_script_read_request(int fd) {
  g_autofree char *head = ak_script_read_until(fd, "\r\n\r\n");
  if (!g_str_has_suffix(head, "\r\n\r\n"))
    return NULL;
  const char *length = strstr(head, "Content-Length: ");
  gsize left = length != NULL ? (gsize)g_ascii_strtoull(length + 16, NULL, 10) : 0;
  GString *text = g_string_new(head);
  for (; left > 0 && read_byte(fd, text); left--)
    continue;
  return g_string_free(text, FALSE);
}

void ak_script_write(int fd, const void *data, gsize size) {
  for (gsize at = 0; at < size;) {
    gssize sent = send(fd, (const char *)data + at, size - at, MSG_NOSIGNAL);
    if (sent <= 0)
      return;
    at += (gsize)sent;
  }
}

void ak_script_say(int fd, const char *text) { ak_script_write(fd, text, strlen(text)); }
