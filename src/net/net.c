#include "net/net.h"

int ak_net_connect(AkNet *self, const char *address, guint16 port, guint timeout_ms,
                   GError **error) {
  return self->class->connect(self, address, port, timeout_ms, error);
}

bool ak_net_sweep(AkNet *self, const AkSweep *sweep, AkPortState *states,
                  bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                  GError **error) {
  return self->class->sweep(self, sweep, states, progress, data, error);
}
