#include "net/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/run/netns" /* ip-netns(8) */
#define PREFIX "akashi-"

static bool is_ours(const char *name) {
  return g_str_has_prefix(name, PREFIX) && strlen(name) < 64 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

int ak_namespace_open(const char *name, GError **error) {
  if (!is_ours(name)) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "namespace \"%s\": only those that akashi made are entered (" PREFIX "…)", name);
    return -1;
  }
  g_autofree char *path = g_build_filename(FOLDER, name, NULL);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    ak_error_set(error, AK_ERROR_CONFIG,
                 "namespace %s is not there (%s); make lab-start makes that of the examples", name,
                 g_strerror(errno));
  return fd;
}

bool ak_namespace_enter(int fd, AkNamespaceVisit *visit, GError **error) {
  *visit = (AkNamespaceVisit){.own_fd = -1};
  if (fd < 0)
    return true;
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own < 0)
    return ak_error_set_errno(error, errno, "this thread's network namespace");
  if (setns(fd, CLONE_NEWNET) != 0) {
    int failure = errno;
    close(own);
    return ak_error_set_errno(error, failure, "network namespace");
  }
  visit->own_fd = own;
  return true;
}

void ak_namespace_leave(AkNamespaceVisit *visit) {
  if (visit->own_fd < 0)
    return;
  /* it came from there a moment ago; if it cannot return, nothing it sends may go elsewhere */
  if (setns(visit->own_fd, CLONE_NEWNET) != 0)
    g_critical("a thread cannot return from a network namespace: %s", g_strerror(errno));
  close(visit->own_fd);
  visit->own_fd = -1;
}
