/* A server that answers every request at once and looks at nothing: what a driver of requests is measured
 * against. usage: null-server PORT. One thread, epoll, persistent connections, requests without a body. */
#include <arpa/inet.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 65536

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Akashi-Target: 1\r\n\r\nok";
static guint8 ends[MAX_FDS]; /* how many of the head's last four bytes a connection has seen */

static bool answer_all(int fd, const char *data, gssize size) {
  static const char end[] = "\r\n\r\n";
  for (gssize i = 0; i < size; i++) {
    ends[fd] = data[i] == end[ends[fd]] ? ends[fd] + 1 : data[i] == '\r';
    if (ends[fd] < 4)
      continue;
    ends[fd] = 0;
    if (send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
      return false;
  }
  return true;
}

int main(int argc, char **argv) {
  static char buffer[65536];
  struct sockaddr_in here = {.sin_family = AF_INET};
  guint64 port = 0;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  if (argc != 2 || !g_ascii_string_to_unsigned(argv[1], 10, 1, 65535, &port, NULL))
    return 2;
  here.sin_port = htons((guint16)port);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 1024) != 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
    perror("null-server");
    return 3;
  }
  for (;;) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int new_fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        event.data.fd = new_fd;
        if (new_fd >= 0 && (new_fd >= MAX_FDS || epoll_ctl(epoll, EPOLL_CTL_ADD, new_fd, &event) != 0))
          close(new_fd);
        continue;
      }
      gssize got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0 || !answer_all(fd, buffer, got)) {
        ends[fd] = 0;
        close(fd);
      }
    }
  }
}
