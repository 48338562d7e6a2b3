#include "net/allow.h"
#include "net/bucket.h"
#include "net/namespace.h"
#include "net/net.h"
#include "net/sweep.h"
#include "net/udp.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT_MS 3000 /* of one connection */
#define PACKETS_OF_CONNECTION 2 /* SYN and ACK; what is said later is not counted */
#define WAIT_STEP_US 50000
#define MAX_SOCKETS 2048 /* of a sweep, where descriptors are divided */

struct _AkNetDirect {
  AkNet net;
  AkAllow *allow;
  AkBucket bucket;
  int namespace_fd; /* -1: this one */
  guint max_sockets; /* of a sweep; 0: as it likes */
  bool credentials;
};

static int direct_connect(AkNet *net, const char *address, guint16 port, guint timeout_ms,
                          GError **error) {
  AkNetDirect *self = (AkNetDirect *)net;
  AkAllowAddress target;
  if (!ak_allow_check(self->allow, address, &target, error))
    return -1;
  ak_allow_address_set_port(&target, port);
  gint64 wait_us;
  while ((wait_us = ak_bucket_take(&self->bucket, PACKETS_OF_CONNECTION,
                                   g_get_monotonic_time())) > 0)
    g_usleep((gulong)MIN(wait_us, WAIT_STEP_US));
  int failure = 0;
  AkNamespaceVisit visit;
  if (!ak_namespace_enter(self->namespace_fd, &visit, error))
    return -1;
  int fd = ak_sweep_connect(&target, timeout_ms ? timeout_ms : DEFAULT_TIMEOUT_MS, &failure);
  ak_namespace_leave(&visit);
  if (fd >= 0)
    return fd;
  if (failure == ETIMEDOUT)
    ak_error_set(error, AK_ERROR_TIMEOUT, "%s port %u: no answer", address, (guint)port);
  else
    ak_error_set(error, AK_ERROR_IO, "%s port %u: %s", address, (guint)port, g_strerror(failure));
  return -1;
}

static bool direct_sweep(AkNet *net, const AkSweep *sweep, AkPortState *states,
                         bool (*progress)(guint64 done, guint64 total, gpointer data),
                         gpointer data, GError **error) {
  AkNetDirect *self = (AkNetDirect *)net;
  AkAllowAddress target;
  AkNamespaceVisit visit;
  if (!ak_allow_check(self->allow, sweep->address, &target, error) ||
      !ak_namespace_enter(self->namespace_fd, &visit, error))
    return false;
  AkSweep own = *sweep;
  own.max_sockets = self->max_sockets;
  own.credentials = self->credentials;
  bool swept = (own.transport == AK_TRANSPORT_UDP ? ak_udp_sweep : ak_sweep_run)(
      &target, &self->bucket, &own, states, progress, data, error);
  ak_namespace_leave(&visit);
  return swept;
}

static GPtrArray *direct_ask(AkNet *net, const AkAsk *ask, GError **error) {
  AkNetDirect *self = (AkNetDirect *)net;
  AkAllowAddress target;
  AkNamespaceVisit visit;
  if (!ak_allow_check(self->allow, ask->address, &target, error))
    return NULL;
  ak_allow_address_set_port(&target, ask->port);
  if (!ak_namespace_enter(self->namespace_fd, &visit, error))
    return NULL;
  int fd = ak_udp_open(&target, !ask->any_port, error);
  ak_namespace_leave(&visit);
  if (fd < 0)
    return NULL;
  GPtrArray *answers = ak_udp_ask(fd, &target, &self->bucket, ask, error);
  close(fd);
  return answers;
}

static const AkNetClass direct_class = {
    .connect = direct_connect, .sweep = direct_sweep, .ask = direct_ask};

static guint max_sockets_of(const AkNetPolicy *policy) {
  struct rlimit limit;
  if (policy->sharers < 2 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  return (guint)CLAMP(limit.rlim_cur / 2 / policy->sharers, 1, MAX_SOCKETS);
}

AkNetDirect *ak_net_direct_new(const AkNetPolicy *policy, GError **error) {
  g_autoptr(AkAllow) allow = ak_allow_new(policy->allowed, error);
  int namespace_fd = -1;
  if (allow == NULL || (policy->network_namespace != NULL &&
                        (namespace_fd = ak_namespace_open(policy->network_namespace, error)) < 0))
    return NULL;
  AkNetDirect *self = g_new0(AkNetDirect, 1);
  self->net.class = &direct_class;
  self->allow = g_steal_pointer(&allow);
  self->namespace_fd = namespace_fd;
  self->max_sockets = max_sockets_of(policy);
  self->credentials = policy->credentials;
  ak_bucket_init(&self->bucket, policy->packets_per_second);
  return self;
}

void ak_net_direct_free(AkNetDirect *self) {
  if (self == NULL)
    return;
  if (self->namespace_fd >= 0)
    close(self->namespace_fd);
  ak_allow_free(self->allow);
  ak_bucket_clear(&self->bucket);
  g_free(self);
}

AkNet *ak_net_direct_net(AkNetDirect *self) { return &self->net; }

/* An address of another machine cannot be bound. */
static bool is_own_address(const char *address) {
  const char *allowed[] = {address, NULL};
  g_autoptr(AkAllow) allow = ak_allow_new(allowed, NULL);
  AkAllowAddress target;
  if (allow == NULL || !ak_allow_check(allow, address, &target, NULL))
    return false;
  int fd = socket(target.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&target.storage, target.size) == 0;
  if (fd >= 0)
    close(fd);
  return bound;
}

bool ak_net_namespace_has(const char *name, const char *address) {
  AkNamespaceVisit visit;
  int fd = ak_namespace_open(name, NULL);
  if (fd < 0)
    return false;
  bool has = false;
  if (ak_namespace_enter(fd, &visit, NULL)) {
    has = is_own_address(address);
    ak_namespace_leave(&visit);
  }
  close(fd);
  return has;
}
