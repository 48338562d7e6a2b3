/* Discovery, HTTP and TLS over a real IPv6 connection, to ::1. */
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/test.h"
#include "net/net.h"

extern const AkTest ak_probe_discover_test, ak_probe_discover_udp_test, ak_probe_http_test,
    ak_probe_identify_test, ak_probe_tls_test;

#define ADDRESS "::1"

typedef struct {
  int fd;
  guint16 port;
  gint stopped;
  char *host; /* the last Host header */
  GThread *thread;
} Server;

static int bound(int type, guint16 *port) {
  struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  socklen_t size = sizeof at;
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
      (type == SOCK_STREAM && listen(fd, 16) != 0) ||
      getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
    close(fd);
    return -1;
  }
  *port = ntohs(at.sin6_port);
  return fd;
}

static void answer(Server *self, int fd) {
  static const char text[] = "HTTP/1.1 200 OK\r\nServer: test/6.0\r\nContent-Length: 2\r\n\r\nok";
  char request[4096] = {0};
  gsize size = 0;
  struct timeval wait = {.tv_sec = 5};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  while (size < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL) {
    gssize got = recv(fd, request + size, sizeof request - 1 - size, 0);
    if (got <= 0)
      return;
    size += (gsize)got;
    if (request[0] == 0x16)
      break; /* a ClientHello: answered in HTTP, as plain servers do */
  }
  const char *host = strstr(request, "Host: ");
  if (host != NULL) {
    g_free(self->host);
    self->host = g_strndup(host + 6, strcspn(host + 6, "\r"));
  }
  send(fd, text, sizeof text - 1, MSG_NOSIGNAL);
}

static gpointer serve(gpointer data) {
  Server *self = data;
  while (!g_atomic_int_get(&self->stopped)) {
    struct pollfd waiting = {.fd = self->fd, .events = POLLIN};
    if (poll(&waiting, 1, 20) <= 0)
      continue;
    int fd = accept(self->fd, NULL, NULL);
    if (fd >= 0) {
      answer(self, fd);
      shutdown(fd, SHUT_RDWR);
      close(fd);
    }
  }
  return NULL;
}

static Server *server_new(void) {
  Server *self = g_new0(Server, 1);
  self->fd = bound(SOCK_STREAM, &self->port);
  if (self->fd < 0) {
    g_free(self);
    return NULL;
  }
  self->thread = g_thread_new("server", serve, self);
  return self;
}

static void server_free(Server *self) {
  g_atomic_int_set(&self->stopped, 1);
  g_thread_join(self->thread);
  close(self->fd);
  g_free(self->host);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_free)

static AkSinkCollector *look(const AkTest *test, const char *kind, const char *locator,
                             const char *ports) {
  const char *allowed[] = {ADDRESS, NULL};
  AkNetPolicy policy = {.allowed = allowed};
  g_autoptr(AkNetDirect) direct = ak_net_direct_new(&policy, NULL);
  AkSinkCollector *seen = ak_sink_collector_new();
  g_autoptr(AkSink) sink = ak_sink_new(test, &ak_sink_collector_backend, seen, NULL);
  g_autoptr(json_t) params = json_pack("{s:s}", "ports", ports);
  AkSubject subject = {.kind = (char *)kind, .locator = (char *)locator};
  AkCall call = {.test = test, .subject = &subject, .params = params,
                 .net = ak_net_direct_net(direct)};
  g_autoptr(GError) error = NULL;
  g_assert_true(test->run(&call, sink, &error));
  g_assert_no_error(error);
  return seen;
}

static const AkObservation *expect(AkSinkCollector *seen, const char *property,
                                   const char *locator, AkOutcome outcome) {
  const AkObservation *found = ak_sink_collector_find(seen, property, locator);
  g_assert_nonnull(found);
  g_assert_cmpint(found->outcome, ==, outcome);
  return found;
}

static void test_discovery(void) {
  g_autoptr(Server) server = server_new();
  if (server == NULL) {
    g_test_skip("no IPv6 on this machine");
    return;
  }
  g_autofree char *ports = g_strdup_printf("%u", server->port);
  g_autofree char *service = g_strdup_printf("tcp:[::1]:%u", server->port);
  g_autofree char *tcp = g_strdup_printf("tcp6:%u", server->port);
  AkSinkCollector *seen = look(&ak_probe_discover_test, "address", ADDRESS, ports);
  g_assert_true(expect(seen, "net.port.open", service, AK_OUTCOME_SEEN)->value.boolean);
  g_assert_true(ak_value_set_contains(
      &expect(seen, "net.coverage", ADDRESS, AK_OUTCOME_SEEN)->value, tcp));
  ak_sink_collector_free(seen);
  guint16 port = 0;
  int mute = bound(SOCK_DGRAM, &port); /* nobody answers: neither open nor closed */
  g_autofree char *silent = g_strdup_printf("%u", port);
  g_autofree char *udp = g_strdup_printf("udp6:%u", port);
  seen = look(&ak_probe_discover_udp_test, "address", ADDRESS, silent);
  g_assert_null(ak_sink_collector_find(seen, "net.port.open", NULL));
  g_assert_true(ak_value_set_contains(
      &expect(seen, "net.port.unknown", ADDRESS, AK_OUTCOME_SEEN)->value, udp));
  ak_sink_collector_free(seen);
  close(mute);
  seen = look(&ak_probe_discover_udp_test, "address", ADDRESS, silent);
  expect(seen, "net.port.unknown", ADDRESS, AK_OUTCOME_ABSENT);
  g_assert_true(ak_value_set_contains(
      &expect(seen, "net.coverage", ADDRESS, AK_OUTCOME_SEEN)->value, udp));
  ak_sink_collector_free(seen);
}

static void test_services(void) {
  g_autoptr(Server) server = server_new();
  if (server == NULL) {
    g_test_skip("no IPv6 on this machine");
    return;
  }
  g_autofree char *service = g_strdup_printf("tcp:[::1]:%u", server->port);
  g_autofree char *host = g_strdup_printf("[::1]:%u", server->port);
  AkSinkCollector *seen = look(&ak_probe_http_test, "service", service, "1");
  g_assert_cmpstr(expect(seen, "http.offered", service, AK_OUTCOME_SEEN)->value.text, ==, "http");
  g_assert_cmpstr(expect(seen, "http.server", service, AK_OUTCOME_SEEN)->value.text, ==, "test/6.0");
  g_assert_cmpstr(server->host, ==, host);
  ak_sink_collector_free(seen);
  seen = look(&ak_probe_tls_test, "service", service, "1");
  expect(seen, "tls.offered", service, AK_OUTCOME_ABSENT);
  ak_sink_collector_free(seen);
  seen = look(&ak_probe_identify_test, "service", service, "1");
  g_assert_cmpstr(expect(seen, "service.protocol", service, AK_OUTCOME_SEEN)->value.text, ==, "http");
  ak_sink_collector_free(seen);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ipv6/discovery", test_discovery);
  g_test_add_func("/ipv6/services", test_services);
  return g_test_run();
}
