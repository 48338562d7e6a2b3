#include "effect/adapter/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "effect/adapter/kit.h"

#define READ_BYTES 65536
#define NS_PER_MS 1000000

bool ak_talk_unblock(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* A pipe whose reader has gone would end this process by a signal: it is held back, and taken. */
static gssize write_silently(int fd, const void *bytes, gsize size) {
  const struct timespec at_once = {0};
  sigset_t wanted, before;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &wanted, &before);
  gssize sent = write(fd, bytes, size);
  int saved_errno = errno;
  if (sent < 0 && saved_errno == EPIPE)
    sigtimedwait(&wanted, NULL, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = saved_errno;
  return sent;
}

static void send_some(AkTalk *self) {
  const guint8 *bytes = self->bytes;
  gssize sent = write_silently(self->to, bytes + self->sent, self->size - self->sent);
  if (sent > 0)
    self->sent += (gsize)sent;
  else if (errno != EAGAIN && errno != EINTR)
    self->sent = self->size;
}

/* False: nothing more will come. */
static bool read_some(const AkTalk *self, GByteArray *came) {
  guint8 buffer[READ_BYTES];
  gssize got = read(self->from, buffer, sizeof buffer);
  if (got > 0)
    g_byte_array_append(came, buffer, (guint)got);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

AkTalkEnd ak_talk(AkTalk *self, GByteArray *came) {
  for (;;) {
    if (self->enough != NULL && self->enough(came, self->data))
      return AK_TALK_DONE;
    if (came->len > self->max_bytes)
      return AK_TALK_LONG;
    gint64 left_ns = self->until_ns - ak_kit_now_ns();
    if (left_ns <= 0)
      return AK_TALK_TIME;
    bool has_more = self->to >= 0 && self->sent < self->size;
    struct pollfd fds[] = {{.fd = self->from, .events = POLLIN},
                           {.fd = has_more ? self->to : -1, .events = POLLOUT}};
    if (poll(fds, G_N_ELEMENTS(fds), (int)MIN(left_ns / NS_PER_MS + 1, (gint64)1000)) < 0)
      continue;
    if (fds[1].revents != 0)
      send_some(self);
    if (fds[0].revents != 0 && !read_some(self, came))
      return self->enough != NULL && self->enough(came, self->data) ? AK_TALK_DONE : AK_TALK_CLOSED;
  }
}
