/* The weak application as a server on 127.0.0.1: one thread, persistent connections. */
#pragma once

#include "effect/target/target.h"

typedef struct {
  AkTarget *target; /* borrowed */
  guint16 port;
  /* Appended to: a line a request, "TOKEN sql \n", written before the request's answer is; "- "
   * where it has no token. -1: none. */
  int log_fd;
  volatile const int
      *stop; /* set by a signal's handler: ends after the request under way; or NULL */
} AkTargetServer;

/* Serves until it is stopped. IO where the port cannot be had. */
bool ak_target_serve(const AkTargetServer *self, GError **error);
