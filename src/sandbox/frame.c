#include "sandbox/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/reader.h"
#include "util/writer.h"

#define HEADER_SIZE 14 /* u32 + u16 + u64 */
#define ASK_MS 100

void ak_frame_clear(AkFrame *self) {
  g_clear_pointer(&self->payload, g_bytes_unref);
  if (self->fd >= 0)
    close(self->fd);
  self->fd = -1;
}

/* False with the error where the time is up, or nobody wants to go on. */
static bool may_go_on(AkFrameStream *self, gint64 now_us, GError **error) {
  if (self->deadline_us != 0 && now_us >= self->deadline_us)
    return ak_error_set(error, AK_ERROR_TIMEOUT, "time is up");
  if (self->goes_on == NULL || now_us - self->asked_us < ASK_MS * 1000)
    return true;
  self->asked_us = now_us;
  return self->goes_on(self->data) || ak_error_set(error, AK_ERROR_CANCELLED, "cancelled");
}

/* Waits until the socket is ready for `events`, the time is up, or nobody wants to go on. */
static bool wait_ready(AkFrameStream *self, short events, GError **error) {
  for (;;) {
    gint64 now_us = g_get_monotonic_time();
    if (!may_go_on(self, now_us, error))
      return false;
    gint64 left_ms = self->deadline_us == 0 ? G_MAXINT : (self->deadline_us - now_us + 999) / 1000;
    struct pollfd waiting = {.fd = self->fd, .events = events};
    int ready = poll(&waiting, 1, (int)MIN(left_ms, ASK_MS));
    if (ready > 0)
      return true;
    if (ready < 0 && errno != EINTR)
      return ak_error_set_errno(error, errno, "poll");
  }
}

/* Sends a first piece with the descriptor. A worker never does: sendmsg is forbidden to it. */
static gssize send_riding(int fd, const guint8 *data, gsize size, int ride_fd) {
  struct iovec part = {.iov_base = (void *)data, .iov_len = size};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &ride_fd, sizeof(int));
  return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool send_all(AkFrameStream *self, const guint8 *data, gsize size, int ride_fd,
                     GError **error) {
  while (size > 0) {
    gssize sent = ride_fd >= 0 ? send_riding(self->fd, data, size, ride_fd)
                               : send(self->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EINTR && errno != EAGAIN)
      return ak_error_set_errno(error, errno, "the other side of a worker's socket");
    if (sent < 0) {
      if (!wait_ready(self, POLLOUT, error))
        return false;
      continue;
    }
    ride_fd = -1; /* rides on the first byte only */
    data += sent;
    size -= (gsize)sent;
  }
  return true;
}

bool ak_frame_send(AkFrameStream *self, AkFrameType type, const void *payload, gsize size,
                   int ride_fd, GError **error) {
  if (size > AK_FRAME_MAX_PAYLOAD)
    return ak_error_set(error, AK_ERROR_LIMIT, "frame of %" G_GSIZE_FORMAT " bytes", size);
  g_autoptr(AkWriter) writer = ak_writer_new(HEADER_SIZE + AK_FRAME_MAX_PAYLOAD);
  ak_writer_u32be(writer, (guint32)size);
  ak_writer_u16be(writer, (guint16)type);
  ak_writer_u64be(writer, self->sent);
  ak_writer_bytes(writer, payload, size);
  g_autoptr(GBytes) bytes = ak_writer_end(writer, error);
  gsize total = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &total) : NULL;
  if (data == NULL || !send_all(self, data, total, ride_fd, error))
    return false;
  self->sent++;
  return true;
}

static void take_descriptors(struct msghdr *message, int *ride_fd) {
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
      continue;
    gsize count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (gsize i = 0; i < count; i++) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      if (*ride_fd < 0)
        *ride_fd = fd;
      else
        close(fd); /* one a frame: more are not asked for */
    }
  }
}

/* Reads exactly `size` bytes. NOT_FOUND if the stream ends before the first one. */
static bool receive_all(AkFrameStream *self, guint8 *target, gsize size, int *ride_fd,
                        GError **error) {
  if (!may_go_on(self, g_get_monotonic_time(), error))
    return false;
  for (gsize at = 0; at < size;) {
    struct iovec part = {.iov_base = target + at, .iov_len = size - at};
    union {
      struct cmsghdr align;
      char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    gssize got = recvmsg(self->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    int why = got < 0 ? errno : 0;
    if (why == EAGAIN && !wait_ready(self, POLLIN, error))
      return false;
    if (why == EINTR || why == EAGAIN)
      continue;
    if (why != 0 && why != ECONNRESET)
      return ak_error_set_errno(error, why, "a worker's socket");
    if (got > 0)
      take_descriptors(&message, ride_fd);
    if (got <= 0)
      return at == 0 ? ak_error_set(error, AK_ERROR_NOT_FOUND, "end of stream")
                     : ak_error_set(error, AK_ERROR_IO, "the stream ends within a frame");
    at += (gsize)got;
  }
  return true;
}

static bool read_header(AkFrameStream *self, const guint8 *header, guint32 *length,
                        AkFrameType *type, GError **error) {
  AkReader reader = ak_reader_init(header, HEADER_SIZE);
  guint16 number = 0;
  guint64 sequence = 0;
  if (!ak_reader_u32be(&reader, length, error) || !ak_reader_u16be(&reader, &number, error) ||
      !ak_reader_u64be(&reader, &sequence, error))
    return false;
  if (*length > AK_FRAME_MAX_PAYLOAD)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "frame of %u bytes", *length);
  if (number < AK_FRAME_JOB || number > AK_FRAME_LAST)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "unknown frame type %u", number);
  if (sequence != self->received)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "frame %" G_GUINT64_FORMAT " where %" G_GUINT64_FORMAT " was due", sequence,
                        self->received);
  *type = (AkFrameType)number;
  return true;
}

bool ak_frame_receive(AkFrameStream *self, AkFrame *out, GError **error) {
  g_auto(AkFrame) frame = {.fd = -1};
  guint8 header[HEADER_SIZE];
  guint32 length = 0;
  if (!receive_all(self, header, sizeof header, &frame.fd, error) ||
      !read_header(self, header, &length, &frame.type, error))
    return false;
  g_autofree guint8 *payload = g_malloc(MAX(length, 1));
  g_autoptr(GError) failure = NULL;
  if (length > 0 && !receive_all(self, payload, length, &frame.fd, &failure)) {
    if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
      return ak_error_set(error, AK_ERROR_IO, "the stream ends within a frame");
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  frame.payload = g_bytes_new_take(g_steal_pointer(&payload), length);
  self->received++;
  *out = frame;
  frame = (AkFrame){.fd = -1};
  return true;
}
