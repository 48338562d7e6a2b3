/* Network namespaces that akashi's lab makes: a device's loopback without what else listens on this
 * machine. Source: ip-netns(8), setns(2). */
#pragma once

#include "util/error.h"

typedef struct {
  int own_fd;   /* where the thread came from; -1: it did not move */
} AkNamespaceVisit;

/* Opens the namespace NAME; the descriptor is the caller's. CONFIG for a name that does not begin with
 * "akashi-", or a namespace that is not there. */
int ak_namespace_open(const char *name, GError **error);

/* Moves the calling thread into the namespace of `fd` (-1: stays). PERMISSION without the right to. A
 * socket made there stays there; threads started meanwhile begin there. */
bool ak_namespace_enter(int fd, AkNamespaceVisit *visit, GError **error);
/* Moves the thread back. */
void ak_namespace_leave(AkNamespaceVisit *visit);
