#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"
#include "net/sweep.h"

#define ADDRESS "127.0.9.31"

/* A listener on an ephemeral port of `address`; its port in `port`. */
static int listen_on(const char *address, guint16 *port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
  socklen_t size = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
  g_assert_cmpint(listen(fd, 16), ==, 0);
  g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &size), ==, 0);
  *port = ntohs(at.sin_port);
  return fd;
}

static AkNetDirect *direct_for(const char *allowed, guint rate) {
  const char *list[] = {allowed, NULL};
  AkNetPolicy policy = {.allowed = list, .packets_per_second = rate};
  AkNetDirect *direct = ak_net_direct_new(&policy, NULL);
  g_assert_nonnull(direct);
  return direct;
}

static void test_connects(void) {
  guint16 port;
  int listener = listen_on(ADDRESS, &port);
  g_autoptr(AkNetDirect) direct = direct_for("127.0.9.0/24", 0);
  g_autoptr(GError) error = NULL;
  int fd = ak_net_connect(ak_net_direct_net(direct), ADDRESS, port, 1000, &error);
  g_assert_no_error(error);
  g_assert_cmpint(fcntl(fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  int other = accept(listener, NULL, NULL);
  g_assert_cmpint(write(other, "x", 1), ==, 1);
  close(other);
  close(fd);
  close(listener);
  fd = ak_net_connect(ak_net_direct_net(direct), ADDRESS, port, 1000, &error);
  g_assert_cmpint(fd, ==, -1);
  g_assert_error(error, AK_ERROR, AK_ERROR_IO);
}

static void test_outside_is_refused_before_a_packet(void) {
  guint16 port;
  int listener = listen_on(ADDRESS, &port);
  g_autoptr(AkNetDirect) direct = direct_for("127.0.9.32", 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) sweep_error = NULL;
  AkPortState state = AK_PORT_UNKNOWN;
  AkSweep sweep = {.address = ADDRESS, .first_port = port, .last_port = port};
  g_assert_cmpint(ak_net_connect(ak_net_direct_net(direct), ADDRESS, port, 1000, &error), ==, -1);
  g_assert_error(error, AK_ERROR, AK_ERROR_PERMISSION);
  g_assert_cmpstr(error->message, ==, ADDRESS " is outside the authorization");
  g_assert_false(ak_net_sweep(ak_net_direct_net(direct), &sweep, &state, NULL, NULL, &sweep_error));
  g_assert_error(sweep_error, AK_ERROR, AK_ERROR_PERMISSION);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  g_assert_cmpint(accept(listener, NULL, NULL), ==, -1); /* nobody came */
  g_assert_cmpint(errno, ==, EAGAIN);
  close(listener);
}

static void test_sweep_finds_exactly_the_listeners(void) {
  guint16 ports[3];
  int listeners[3];
  for (gsize i = 0; i < 3; i++)
    listeners[i] = listen_on(ADDRESS, &ports[i]);
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS, 0);
  g_autofree AkPortState *states = g_new(AkPortState, 65535);
  AkSweep sweep = {.address = ADDRESS, .first_port = 1, .last_port = 65535};
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_net_sweep(ak_net_direct_net(direct), &sweep, states, NULL, NULL, &error));
  g_assert_no_error(error);
  for (gsize i = 0; i < 3; i++)
    g_assert_cmpint(states[ports[i] - 1], ==, AK_PORT_OPEN);
  for (guint port = 1; port <= 65535; port++) {
    /* what listens on every address of the machine is open here too: ask it plainly */
    int fd = states[port - 1] == AK_PORT_OPEN
                 ? ak_net_connect(ak_net_direct_net(direct), ADDRESS, (guint16)port, 1000, NULL)
                 : -1;
    g_assert_true(states[port - 1] == AK_PORT_CLOSED || fd >= 0);
    if (fd >= 0)
      close(fd);
  }
  for (gsize i = 0; i < 3; i++)
    close(listeners[i]);
}

/* From 127.0.0.1 to itself, local ports are given from the range that is swept. */
static void test_nothing_is_invented_on_the_own_address(void) {
  g_autoptr(AkNetDirect) direct = direct_for("127.0.0.1", 0);
  g_autofree AkPortState *states = g_new(AkPortState, 30000);
  AkSweep sweep = {.address = "127.0.0.1", .first_port = 31000, .last_port = 60999};
  for (guint round = 0; round < 4; round++) {
    g_assert_true(ak_net_sweep(ak_net_direct_net(direct), &sweep, states, NULL, NULL, NULL));
    for (guint i = 0; i < 30000; i++) {
      if (states[i] != AK_PORT_OPEN)
        continue;
      /* a listener of another program: it must bear out */
      int fd = ak_net_connect(ak_net_direct_net(direct), "127.0.0.1", (guint16)(31000 + i), 1000,
                              NULL);
      g_assert_cmpint(fd, >=, 0);
      close(fd);
    }
  }
}

/* A socket bound to the port it connects to meets itself: that is no listener. */
static void test_self_connection_is_refused(void) {
  const char *list[] = {"127.0.0.1", NULL};
  g_autoptr(AkAllow) allow = ak_allow_new(list, NULL);
  AkAllowAddress target;
  g_assert_true(ak_allow_check(allow, "127.0.0.1", &target, NULL));
  guint met = 0;
  /* the kernel prefers local ports of one parity; both are tried, in a range that is free */
  for (guint16 port = 40000; port < 60000; port++) {
    int failure = 0;
    ak_allow_address_set_port(&target, port);
    int fd = ak_sweep_connect(&target, 100, &failure);
    if (fd >= 0) {
      AkAllowAddress local = {.size = sizeof local.storage};
      g_assert_cmpint(getsockname(fd, (struct sockaddr *)&local.storage, &local.size), ==, 0);
      g_assert_false(ak_allow_address_equal(&local, &target, true));
      close(fd);
      met++;
    }
  }
  g_assert_cmpuint(met, <, 100);
}

/* A listener whose queue is full does not answer: unknown, never closed. */
static void test_unanswered_is_unknown(void) {
  guint16 port;
  int listener = listen_on(ADDRESS, &port), fillers[64];
  g_assert_cmpint(listen(listener, 0), ==, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(ADDRESS),
                           .sin_port = htons(port)};
  for (gsize i = 0; i < G_N_ELEMENTS(fillers); i++) {
    fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    g_assert_true(connect(fillers[i], (struct sockaddr *)&at, sizeof at) == 0 ||
                  errno == EINPROGRESS);
  }
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS, 0);
  AkPortState state = AK_PORT_CLOSED;
  AkSweep sweep = {.address = ADDRESS, .first_port = port, .last_port = port, .timeout_ms = 50};
  gint64 before = g_get_monotonic_time();
  g_assert_true(ak_net_sweep(ak_net_direct_net(direct), &sweep, &state, NULL, NULL, NULL));
  gint64 took_ms = (g_get_monotonic_time() - before) / 1000;
  g_assert_cmpint(state, ==, AK_PORT_UNKNOWN);
  g_assert_cmpint(took_ms, >=, 145); /* three tries */
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(ak_net_connect(ak_net_direct_net(direct), ADDRESS, port, 50, &error), ==, -1);
  g_assert_error(error, AK_ERROR, AK_ERROR_TIMEOUT);
  for (gsize i = 0; i < G_N_ELEMENTS(fillers); i++)
    close(fillers[i]);
  close(listener);
}

static void test_rate_holds(void) {
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS, 1000);
  AkPortState states[300];
  AkSweep sweep = {.address = ADDRESS, .first_port = 1, .last_port = 300};
  gint64 before = g_get_monotonic_time();
  g_assert_true(ak_net_sweep(ak_net_direct_net(direct), &sweep, states, NULL, NULL, NULL));
  g_assert_cmpint(g_get_monotonic_time() - before, >=, 270000);
}

static bool stop_at_once(guint64 done, guint64 total, gpointer data) {
  ++*(guint *)data;
  return false;
}

static void test_cancelled_leaves_unknown(void) {
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS, 100);
  g_autofree AkPortState *states = g_new(AkPortState, 2000);
  AkSweep sweep = {.address = ADDRESS, .first_port = 20000, .last_port = 21999};
  guint called = 0;
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_net_sweep(ak_net_direct_net(direct), &sweep, states, stop_at_once, &called,
                              &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CANCELLED);
  g_assert_cmpuint(called, ==, 1);
  g_assert_cmpint(states[1999], ==, AK_PORT_UNKNOWN);
}

/* With few descriptors the sweep takes longer and still tells the truth. */
static void test_few_descriptors(void) {
  struct rlimit before;
  g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &before), ==, 0);
  guint16 port;
  int listener = listen_on(ADDRESS, &port);
  struct rlimit few = {.rlim_cur = (rlim_t)listener + 5, .rlim_max = before.rlim_max};
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS, 0);
  g_autofree AkPortState *states = g_new(AkPortState, 1000);
  AkSweep sweep = {.address = ADDRESS, .first_port = MAX(port - 500, 1)};
  sweep.last_port = (guint16)(sweep.first_port + 999);
  g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
  bool ok = ak_net_sweep(ak_net_direct_net(direct), &sweep, states, NULL, NULL, NULL);
  setrlimit(RLIMIT_NOFILE, &before);
  g_assert_true(ok);
  g_assert_cmpint(states[port - sweep.first_port], ==, AK_PORT_OPEN);
  close(listener);
}

static void test_bad_policy_and_ports(void) {
  const char *list[] = {"gateway.example", NULL};
  AkNetPolicy policy = {.allowed = list};
  g_assert_null(ak_net_direct_new(&policy, NULL));
  g_autoptr(AkNetDirect) direct = direct_for(ADDRESS, 0);
  AkPortState state;
  AkSweep backwards = {.address = ADDRESS, .first_port = 2, .last_port = 1};
  AkSweep zero = {.address = ADDRESS, .first_port = 0, .last_port = 0};
  g_assert_false(ak_net_sweep(ak_net_direct_net(direct), &backwards, &state, NULL, NULL, NULL));
  g_assert_false(ak_net_sweep(ak_net_direct_net(direct), &zero, &state, NULL, NULL, NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/direct/connects", test_connects);
  g_test_add_func("/direct/outside", test_outside_is_refused_before_a_packet);
  g_test_add_func("/direct/sweep", test_sweep_finds_exactly_the_listeners);
  g_test_add_func("/direct/invented", test_nothing_is_invented_on_the_own_address);
  g_test_add_func("/direct/self", test_self_connection_is_refused);
  g_test_add_func("/direct/unknown", test_unanswered_is_unknown);
  g_test_add_func("/direct/rate", test_rate_holds);
  g_test_add_func("/direct/cancelled", test_cancelled_leaves_unknown);
  g_test_add_func("/direct/few-descriptors", test_few_descriptors);
  g_test_add_func("/direct/bad", test_bad_policy_and_ports);
  return g_test_run();
}
