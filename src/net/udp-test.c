#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/opener.h"
#include "net/udp.h"

#define ADDRESS "127.0.9.71"
#define DEADLINE_MS 20000 /* for what happens at once; long, for machines under load */

/* --- a device of threads ---------------------------------------------------------------------------- */

typedef enum { ECHO, MUTE, TWICE, OTHER_PORT, SECOND_TRY } Manner;

typedef struct {
  int fd;
  guint16 port;
  Manner manner;
  guint heard;
  gint communities; /* datagrams that hold one */
  gint stopped;
  GThread *thread;
} Server;

static int bound(int family, const char *address, guint16 *port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
  bool is_v4 = family == AF_INET;
  inet_pton(family, address, is_v4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr);
  v4.sin_port = v6.sin6_port = htons(*port);
  int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
  if (bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, size) != 0) {
    close(fd);
    return -1;
  }
  getsockname(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, &size);
  *port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
  return fd;
}

static void reply(const Server *self, int fd, const void *data, gsize size,
                  const struct sockaddr_storage *to, socklen_t to_size) {
  g_assert_cmpint(sendto(fd, data, size, 0, (const struct sockaddr *)to, to_size), ==, size);
}

static gpointer serve(gpointer data) {
  Server *self = data;
  while (!g_atomic_int_get(&self->stopped)) {
    char bytes[2048];
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    struct pollfd waiting = {.fd = self->fd, .events = POLLIN};
    if (poll(&waiting, 1, 20) <= 0)
      continue;
    gssize got = recvfrom(self->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);
    if (got < 0)
      continue;
    self->heard++;
    if (memmem(bytes, (gsize)got, "public", 6) != NULL)
      g_atomic_int_inc(&self->communities);
    guint16 port = 0;
    int other = self->manner == OTHER_PORT ? bound(AF_INET, ADDRESS, &port) : -1;
    if (self->manner == ECHO || self->manner == TWICE ||
        (self->manner == SECOND_TRY && self->heard > 1))
      reply(self, self->fd, bytes, (gsize)got, &from, size);
    if (self->manner == TWICE)
      reply(self, self->fd, "more", 4, &from, size);
    if (other >= 0) {
      reply(self, other, "elsewhere", 9, &from, size);
      close(other);
    }
  }
  return NULL;
}

static Server *server_new(int family, const char *address, guint16 port, Manner manner) {
  Server *self = g_new0(Server, 1);
  self->port = port;
  self->manner = manner;
  self->fd = bound(family, address, &self->port);
  g_assert_cmpint(self->fd, >=, 0);
  self->thread = g_thread_new("server", serve, self);
  return self;
}

static void server_free(Server *self) {
  g_atomic_int_set(&self->stopped, 1);
  g_thread_join(self->thread);
  close(self->fd);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_free)

static AkNetDirect *direct_for(const char *allowed) {
  const char *list[] = {allowed, NULL};
  AkNetPolicy policy = {.allowed = list};
  AkNetDirect *direct = ak_net_direct_new(&policy, NULL);
  g_assert_nonnull(direct);
  return direct;
}

static GPtrArray *ask(const char *address, guint16 port, guint timeout_ms, guint tries,
                      guint answers, bool any_port, GError **error) {
  g_autoptr(AkNetDirect) direct = direct_for(address);
  AkAsk question = {.address = address, .port = port, .data = "hello", .size = 5,
                    .timeout_ms = timeout_ms, .tries = tries, .max_answers = answers,
                    .any_port = any_port};
  return ak_net_ask(ak_net_direct_net(direct), &question, error);
}

static void assert_datagram(GPtrArray *answers, guint index, const char *expected) {
  const AkDatagram *answer = answers->pdata[index];
  gsize size = 0;
  const void *data = g_bytes_get_data(answer->data, &size);
  g_assert_cmpmem(data, size, expected, strlen(expected));
}

/* --- one question ---------------------------------------------------------------------------------------- */

static void test_an_answer(void) {
  g_autoptr(Server) server = server_new(AF_INET, ADDRESS, 0, ECHO);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) answers = ask(ADDRESS, server->port, DEADLINE_MS, 1, 1, false, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(answers->len, ==, 1);
  g_assert_cmpuint(((AkDatagram *)answers->pdata[0])->port, ==, server->port);
  assert_datagram(answers, 0, "hello");
}

static void test_over_ipv6(void) {
  guint16 port = 0;
  int fd = bound(AF_INET6, "::1", &port);
  if (fd < 0) {
    g_test_skip("no IPv6 on this machine");
    return;
  }
  close(fd);
  g_autoptr(GError) refusal = NULL;
  g_assert_null(ask("::1", port, DEADLINE_MS, 1, 1, false, &refusal));
  g_assert_error(refusal, AK_ERROR, AK_ERROR_IO);
  g_autoptr(Server) server = server_new(AF_INET6, "::1", port, ECHO);
  g_autoptr(GPtrArray) answers = ask("::1", port, DEADLINE_MS, 1, 1, false, NULL);
  g_assert_nonnull(answers);
  assert_datagram(answers, 0, "hello");
}

static void test_several_answers(void) {
  g_autoptr(Server) server = server_new(AF_INET, ADDRESS, 0, TWICE);
  g_autoptr(GPtrArray) answers = ask(ADDRESS, server->port, DEADLINE_MS, 1, 2, false, NULL);
  g_assert_nonnull(answers);
  g_assert_cmpuint(answers->len, ==, 2);
  assert_datagram(answers, 1, "more");
}

static void test_refusal_silence_and_permission(void) {
  guint16 port = 0;
  close(bound(AF_INET, ADDRESS, &port));
  g_autoptr(GError) refused = NULL, silent = NULL, outside = NULL, wrong = NULL;
  g_assert_null(ask(ADDRESS, port, DEADLINE_MS, 3, 1, false, &refused));
  g_assert_error(refused, AK_ERROR, AK_ERROR_IO);
  g_autoptr(Server) mute = server_new(AF_INET, ADDRESS, 0, MUTE);
  g_assert_null(ask(ADDRESS, mute->port, 30, 3, 1, false, &silent));
  g_assert_error(silent, AK_ERROR, AK_ERROR_TIMEOUT);
  g_autoptr(AkNetDirect) direct = direct_for("127.0.9.72");
  AkAsk question = {.address = ADDRESS, .port = mute->port, .data = "x", .size = 1,
                    .timeout_ms = 30, .tries = 1, .max_answers = 1};
  guint before = mute->heard;
  g_assert_null(ak_net_ask(ak_net_direct_net(direct), &question, &outside));
  g_assert_error(outside, AK_ERROR, AK_ERROR_PERMISSION);
  question.size = AK_ASK_MAX_BYTES + 1;
  g_assert_null(ak_net_ask(ak_net_direct_net(direct), &question, &wrong));
  g_assert_error(wrong, AK_ERROR, AK_ERROR_CONFIG);
  g_assert_cmpuint(mute->heard, ==, before);
}

static void test_a_lost_datagram_is_sent_again(void) {
  g_autoptr(Server) server = server_new(AF_INET, ADDRESS, 0, SECOND_TRY);
  g_autoptr(GPtrArray) answers = ask(ADDRESS, server->port, 1000, 5, 1, false, NULL);
  g_assert_nonnull(answers);
  g_assert_cmpuint(server->heard, >=, 2);
}

static void test_answers_from_another_port(void) {
  g_autoptr(Server) server = server_new(AF_INET, ADDRESS, 0, OTHER_PORT);
  g_autoptr(GPtrArray) taken = ask(ADDRESS, server->port, DEADLINE_MS, 1, 1, true, NULL);
  g_assert_nonnull(taken);
  assert_datagram(taken, 0, "elsewhere");
  g_autoptr(GError) error = NULL;
  g_assert_null(ask(ADDRESS, server->port, 100, 1, 1, false, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_TIMEOUT);
}

/* A socket that asks the address on which it stands itself must not hear its own question as an answer. */
static void test_nobody_answers_itself(void) {
  for (guint i = 0; i < 40; i++) {
    AkAllowAddress target;
    const char *list[] = {"127.0.0.1", NULL};
    g_autoptr(AkAllow) allow = ak_allow_new(list, NULL);
    g_assert_true(ak_allow_check(allow, "127.0.0.1", &target, NULL));
    ak_allow_address_set_port(&target, (guint16)(32768 + g_random_int_range(0, 28000)));
    int fd = ak_udp_open(&target, true, NULL);
    g_assert_cmpint(fd, >=, 0);
    AkAllowAddress local = {.size = sizeof local.storage};
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&local.storage, &local.size), ==, 0);
    g_assert_false(ak_allow_address_equal(&local, &target, true));
    close(fd);
  }
}

/* --- sweeps ------------------------------------------------------------------------------------------------ */

static bool sweep(const char *address, guint16 first, guint16 last, guint tries, guint wall_ms,
                  AkPortState *states, GError **error) {
  g_autoptr(AkNetDirect) direct = direct_for(address);
  AkSweep wanted = {.address = address, .transport = AK_TRANSPORT_UDP, .first_port = first,
                    .last_port = last, .tries = tries, .timeout_ms = 200, .wall_ms = wall_ms};
  return ak_net_sweep(ak_net_direct_net(direct), &wanted, states, NULL, NULL, error);
}

static void test_a_whole_sweep(void) {
  g_autoptr(Server) one = server_new(AF_INET, ADDRESS, 0, ECHO);
  g_autoptr(Server) other = server_new(AF_INET, ADDRESS, 0, SECOND_TRY);
  g_autoptr(Server) mute = server_new(AF_INET, ADDRESS, 0, MUTE);
  g_autofree AkPortState *states = g_new(AkPortState, 65535);
  g_autoptr(GError) error = NULL;
  g_assert_true(sweep(ADDRESS, 1, 65535, 5, 0, states, &error));
  g_assert_no_error(error);
  g_assert_cmpint(states[one->port - 1], ==, AK_PORT_OPEN);
  g_assert_cmpint(states[other->port - 1], ==, AK_PORT_OPEN);
  g_assert_cmpint(states[mute->port - 1], ==, AK_PORT_UNKNOWN);
  guint open = 0, closed = 0;
  for (guint i = 0; i < 65535; i++) {
    open += states[i] == AK_PORT_OPEN;
    closed += states[i] == AK_PORT_CLOSED;
  }
  g_assert_cmpuint(open, ==, 2);
  g_assert_cmpuint(closed, ==, 65532);
}

/* Source and target are one address here: the sweep's own socket must not be taken for a service. */
static void test_a_sweep_of_its_own_address(void) {
  guint16 port = 0;
  int fd = bound(AF_INET6, "::1", &port);
  if (fd < 0) {
    g_test_skip("no IPv6 on this machine");
    return;
  }
  close(fd);
  g_autoptr(Server) server = server_new(AF_INET6, "::1", 0, ECHO);
  g_autofree AkPortState *states = g_new(AkPortState, 65535);
  g_assert_true(sweep("::1", 1, 65535, 3, 0, states, NULL));
  g_assert_cmpint(states[server->port - 1], ==, AK_PORT_OPEN);
  guint open = 0;
  for (guint i = 1023; i < 65535; i++) /* below may be services of the machine */
    open += states[i] == AK_PORT_OPEN;
  g_assert_cmpuint(open, ==, 1);
}

static void test_time_runs_out(void) {
  Server *mute[20];
  guint16 first = 41000;
  for (guint i = 0; i < G_N_ELEMENTS(mute); i++)
    mute[i] = server_new(AF_INET, "127.0.9.73", (guint16)(first + i), MUTE);
  AkPortState states[20];
  g_assert_true(sweep("127.0.9.73", first, (guint16)(first + 19), 10, 100, states, NULL));
  for (guint i = 0; i < G_N_ELEMENTS(mute); i++) {
    g_assert_cmpint(states[i], ==, AK_PORT_UNKNOWN);
    server_free(mute[i]);
  }
}

static bool stop_at_once(guint64 done, guint64 total, gpointer data) { return false; }

static void test_a_sweep_is_stopped(void) {
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS);
  g_autoptr(Server) mute = server_new(AF_INET, ADDRESS, 0, MUTE);
  AkPortState state = AK_PORT_OPEN;
  AkSweep wanted = {.address = ADDRESS, .transport = AK_TRANSPORT_UDP, .first_port = mute->port,
                    .last_port = mute->port, .tries = 10, .timeout_ms = 60000};
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_net_sweep(ak_net_direct_net(direct), &wanted, &state, stop_at_once, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CANCELLED);
  g_assert_cmpint(state, ==, AK_PORT_UNKNOWN);
}

/* A community is a credential: it is said where the policy allows attempts, and nowhere else. */
static void test_no_community_without_leave(void) {
  guint16 port = 161;
  int fd = bound(AF_INET, ADDRESS, &port);
  if (fd < 0) {
    g_test_skip("port 161 needs rights that this test does not have");
    return;
  }
  close(fd);
  for (guint allowed = 0; allowed <= 1; allowed++) {
    g_autoptr(Server) mute = server_new(AF_INET, ADDRESS, 161, MUTE);
    const char *list[] = {ADDRESS, NULL};
    AkNetPolicy policy = {.allowed = list, .credentials = allowed != 0};
    g_autoptr(AkNetDirect) direct = ak_net_direct_new(&policy, NULL);
    AkPortState state = AK_PORT_OPEN;
    AkSweep wanted = {.address = ADDRESS, .transport = AK_TRANSPORT_UDP, .first_port = 161,
                      .last_port = 161, .tries = 4, .timeout_ms = 200,
                      .credentials = true /* what a worker may claim */};
    g_assert_true(ak_net_sweep(ak_net_direct_net(direct), &wanted, &state, NULL, NULL, NULL));
    g_usleep(200000);
    g_assert_cmpint(state, ==, AK_PORT_UNKNOWN);
    g_assert_cmpint(g_atomic_int_get(&mute->communities) > 0, ==, allowed != 0);
  }
}

/* --- openers -------------------------------------------------------------------------------------------------- */

static void test_openers(void) {
  const GPtrArray *openers = ak_openers();
  g_assert_cmpuint(openers->len, >=, 10);
  for (guint i = 0; i < openers->len; i++) {
    const AkOpener *opener = openers->pdata[i];
    g_assert_cmpuint(g_bytes_get_size(opener->bytes), >, 0);
    g_assert_cmpuint(g_bytes_get_size(opener->bytes), <=, AK_ASK_MAX_BYTES);
    g_assert_true(ak_opener_find(opener->id) == opener);
  }
  g_assert_cmpstr(ak_opener_for_port(AK_TRANSPORT_UDP, 53, 0, false)->id, ==, "dns");
  g_assert_null(ak_opener_for_port(AK_TRANSPORT_UDP, 40000, 0, true));
  const AkOpener *first = ak_opener_for_port(AK_TRANSPORT_UDP, 161, 0, true);
  g_assert_true(ak_opener_for_port(AK_TRANSPORT_UDP, 161, 1, true) != first);
  g_assert_true(ak_opener_for_port(AK_TRANSPORT_UDP, 161, 2, true) == first);
  /* without leave to try credentials the engine is asked alone, which needs none */
  for (guint turn = 0; turn < 4; turn++)
    g_assert_cmpstr(ak_opener_for_port(AK_TRANSPORT_UDP, 161, turn, false)->id, ==, "snmp-v3");
}

static void test_hex(void) {
  g_autoptr(GBytes) bytes = ak_opener_bytes_from_hex("00fF7a", NULL);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "\x00\xff\x7a", 3);
  static const char *const wrong[] = {"0", "0g", "00 1", "0x00", "123"};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_opener_bytes_from_hex(wrong[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/udp/answer", test_an_answer);
  g_test_add_func("/udp/ipv6", test_over_ipv6);
  g_test_add_func("/udp/several", test_several_answers);
  g_test_add_func("/udp/refusal-silence-permission", test_refusal_silence_and_permission);
  g_test_add_func("/udp/lost", test_a_lost_datagram_is_sent_again);
  g_test_add_func("/udp/other-port", test_answers_from_another_port);
  g_test_add_func("/udp/self", test_nobody_answers_itself);
  g_test_add_func("/udp/sweep", test_a_whole_sweep);
  g_test_add_func("/udp/sweep-own-address", test_a_sweep_of_its_own_address);
  g_test_add_func("/udp/sweep-wall", test_time_runs_out);
  g_test_add_func("/udp/sweep-stopped", test_a_sweep_is_stopped);
  g_test_add_func("/udp/openers", test_openers);
  g_test_add_func("/udp/community", test_no_community_without_leave);
  g_test_add_func("/udp/hex", test_hex);
  return g_test_run();
}
