#include "net/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MAX_DATAGRAM 65507 /* bytes of payload over IPv4 */
#define MAX_OPENS 8        /* tries to get a port that is not the target's own */
#define MAX_PENDING 64     /* errors of earlier datagrams, dropped before one is sent */
#define WAIT_STEP_US 50000

/* Source: RFC 792, RFC 4443 */
#define ICMP_UNREACHABLE 3
#define ICMP_PORT 3
#define ICMP6_UNREACHABLE 1
#define ICMP6_PORT 4

/* --- sockets ------------------------------------------------------------------------------------ */

static int new_socket(const AkAllowAddress *target) {
  bool is_v4 = target->storage.ss_family == AF_INET;
  int fd = socket(target->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  if (fd >= 0 && setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
                            is_v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static bool local_of(int fd, AkAllowAddress *out) {
  out->size = sizeof out->storage;
  return getsockname(fd, (struct sockaddr *)&out->storage, &out->size) == 0;
}

/* Bound to one address, so that it is not found by whoever asks for its port at another one. */
static int open_unconnected(const AkAllowAddress *target) {
  AkAllowAddress to = *target, local = {0};
  ak_allow_address_set_port(&to, 9); /* nothing is sent: it is asked for the way there alone */
  int fd = new_socket(target);
  bool routed = fd >= 0 && connect(fd, (struct sockaddr *)&to.storage, to.size) == 0 &&
                local_of(fd, &local);
  int failure = errno;
  if (fd >= 0)
    close(fd);
  errno = failure;
  if (!routed || (fd = new_socket(target)) < 0)
    return -1;
  ak_allow_address_set_port(&local, 0);
  if (bind(fd, (struct sockaddr *)&local.storage, local.size) == 0)
    return fd;
  failure = errno;
  close(fd);
  errno = failure;
  return -1;
}

static int open_connected(const AkAllowAddress *target) {
  int fd = new_socket(target);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&target->storage, target->size) == 0)
    return fd;
  int failure = errno;
  close(fd);
  errno = failure;
  return -1;
}

int ak_udp_open(const AkAllowAddress *target, bool connected, GError **error) {
  int held[MAX_OPENS], count = 0, found = -1;
  while (count < MAX_OPENS && found < 0) {
    AkAllowAddress local = {0};
    int fd = connected ? open_connected(target) : open_unconnected(target);
    if (fd < 0)
      break;
    /* a socket at the target's own port would answer itself; it is kept until another is found */
    if (local_of(fd, &local) && ak_allow_address_equal(&local, target, true))
      held[count++] = fd;
    else
      found = fd;
  }
  int failure = errno;
  while (count > 0)
    close(held[--count]);
  if (found < 0)
    ak_error_set_errno(error, failure, "UDP socket");
  return found;
}

/* --- what comes in -------------------------------------------------------------------------------- */

static guint16 port_of(const struct sockaddr_storage *address) {
  guint16 wire = 0; /* at the same place in both families: net/allow.c */
  memcpy(&wire, (const char *)address + offsetof(struct sockaddr_in, sin_port), sizeof wire);
  return ntohs(wire);
}

static bool is_of_target(const struct sockaddr_storage *address, socklen_t size,
                         const AkAllowAddress *target) {
  AkAllowAddress other = {.storage = *address, .size = size};
  return size > 0 && ak_allow_address_equal(&other, target, false);
}

/* The error and who sent it, from a control message of IP_RECVERR or IPV6_RECVERR. */
static bool read_error(struct msghdr *message, struct sock_extended_err *out,
                       struct sockaddr_storage *offender) {
  memset(offender, 0, sizeof *offender);
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
       header = CMSG_NXTHDR(message, header)) {
    bool is_error = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
                    (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
    gsize size = header->cmsg_len - CMSG_LEN(0);
    if (!is_error || size < sizeof *out)
      continue;
    memcpy(out, CMSG_DATA(header), sizeof *out);
    memcpy(offender, CMSG_DATA(header) + sizeof *out,
           MIN(size - sizeof *out, sizeof *offender));
    return true;
  }
  return false;
}

static bool is_port_unreachable(const struct sock_extended_err *error) {
  return (error->ee_origin == SO_EE_ORIGIN_ICMP && error->ee_type == ICMP_UNREACHABLE &&
          error->ee_code == ICMP_PORT) ||
         (error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ICMP6_UNREACHABLE &&
          error->ee_code == ICMP6_PORT);
}

AkUdpEvent ak_udp_next_error(int fd, const AkAllowAddress *target, guint16 *port) {
  struct sockaddr_storage to = {0}, offender;
  struct sock_extended_err failure = {0};
  guint8 sent[8];
  union {
    struct cmsghdr align;
    char bytes[512];
  } control;
  struct iovec part = {.iov_base = sent, .iov_len = sizeof sent};
  struct msghdr message = {.msg_name = &to,
                           .msg_namelen = sizeof to,
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
    return AK_UDP_NOTHING;
  if (!read_error(&message, &failure, &offender) ||
      !is_of_target(&to, message.msg_namelen, target)) {
    *port = 0;
    return AK_UDP_UNREACHABLE;
  }
  *port = port_of(&to);
  /* a router that says so speaks for itself, not for the device */
  return is_port_unreachable(&failure) && is_of_target(&offender, sizeof offender, target)
             ? AK_UDP_REFUSED
             : AK_UDP_UNREACHABLE;
}

AkUdpEvent ak_udp_next(int fd, const AkAllowAddress *target, guint16 *port, void *data, gsize room,
                       gsize *size) {
  for (guint passed = 0; passed < MAX_PENDING; passed++) {
    AkUdpEvent event = ak_udp_next_error(fd, target, port);
    if (event != AK_UDP_NOTHING)
      return event;
    struct sockaddr_storage from = {0};
    socklen_t from_size = sizeof from;
    gssize got = recvfrom(fd, data, room, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return AK_UDP_NOTHING;
    if (got < 0 || !is_of_target(&from, from_size, target))
      continue; /* an error that stands in the queue as well, or a stranger */
    *port = port_of(&from);
    *size = (gsize)got;
    return AK_UDP_DATA;
  }
  return AK_UDP_NOTHING;
}

bool ak_udp_send(int fd, const AkAllowAddress *target, const void *data, gsize size, int *failure) {
  for (guint i = 0; i < MAX_PENDING; i++) {
    if (sendto(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL,
               (const struct sockaddr *)&target->storage, target->size) >= 0)
      return true;
    *failure = errno;
    if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != ENETUNREACH && errno != EINTR)
      return false;
    /* of an earlier datagram; the socket reports it once, so that the next call really sends */
    int told = 0;
    socklen_t told_size = sizeof told;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &told, &told_size);
  }
  return false;
}

/* --- one question ----------------------------------------------------------------------------------- */

static void wait_for_turn(AkBucket *bucket) {
  gint64 wait_us;
  while ((wait_us = ak_bucket_take(bucket, 1, g_get_monotonic_time())) > 0)
    g_usleep((gulong)MIN(wait_us, WAIT_STEP_US));
}

typedef struct {
  int fd;
  const AkAllowAddress *target;
  const AkAsk *ask;
  GPtrArray *answers;
  guint8 *room;
  bool refused, unreachable;
} Asking;

static void take_answer(Asking *self, guint16 port, gsize size) {
  if (port != self->ask->port && !self->ask->any_port)
    return;
  AkDatagram *answer = g_new0(AkDatagram, 1);
  *answer = (AkDatagram){.port = port, .data = g_bytes_new(self->room, size)};
  g_ptr_array_add(self->answers, answer);
}

/* Takes what there is; true when nothing more need be waited for. */
static bool take_all(Asking *self) {
  while (self->answers->len < self->ask->max_answers) {
    guint16 port = 0;
    gsize size = 0;
    AkUdpEvent event =
        ak_udp_next(self->fd, self->target, &port, self->room, MAX_DATAGRAM, &size);
    if (event == AK_UDP_NOTHING)
      return false;
    if (event == AK_UDP_DATA)
      take_answer(self, port, size);
    else if (event == AK_UDP_REFUSED && port == self->ask->port)
      self->refused = true;
    else
      self->unreachable = true;
    if (self->refused && self->answers->len == 0)
      return true;
  }
  return true;
}

/* False where it cannot be sent. */
static bool try_once(Asking *self, AkBucket *bucket, int *failure) {
  wait_for_turn(bucket);
  if (!ak_udp_send(self->fd, self->target, self->ask->data, self->ask->size, failure))
    return false;
  gint64 until_us = g_get_monotonic_time() + (gint64)self->ask->timeout_ms * 1000;
  while (!take_all(self)) {
    gint64 left_ms = (until_us - g_get_monotonic_time() + 999) / 1000;
    struct pollfd waiting = {.fd = self->fd, .events = POLLIN};
    if (left_ms <= 0 || (poll(&waiting, 1, (int)left_ms) < 0 && errno != EINTR))
      break;
  }
  return true;
}

GPtrArray *ak_udp_ask(int fd, const AkAllowAddress *target, AkBucket *bucket, const AkAsk *ask,
                      GError **error) {
  g_autoptr(GPtrArray) answers =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_net_datagram_free);
  g_autofree guint8 *room = g_malloc(MAX_DATAGRAM);
  Asking self = {.fd = fd, .target = target, .ask = ask, .answers = answers, .room = room};
  int failure = 0;
  bool sent = true;
  for (guint i = 0; sent && i < ask->tries && answers->len == 0 && !self.refused; i++)
    sent = try_once(&self, bucket, &failure);
  if (answers->len > 0)
    return g_steal_pointer(&answers);
  if (!sent)
    ak_error_set(error, AK_ERROR_IO, "%s port %u: %s", ask->address, ask->port,
                 g_strerror(failure));
  else if (self.refused || self.unreachable)
    ak_error_set(error, AK_ERROR_IO, "%s port %u: %s", ask->address, ask->port,
                 self.refused ? "refused" : "unreachable");
  else
    ak_error_set(error, AK_ERROR_TIMEOUT, "%s port %u: no answer", ask->address, ask->port);
  return NULL;
}
