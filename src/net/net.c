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

guint64 ak_net_sweep_packets(const AkSweep *sweep) {
  guint64 count = (guint64)(sweep->last_port - sweep->first_port) + 1;
  guint tries = sweep->tries ? sweep->tries : AK_SWEEP_TRIES;
  return sweep->transport == AK_TRANSPORT_UDP ? count * tries + MIN(AK_SWEEP_MORE, 20 * count)
                                                : count;
}

bool ak_net_is_askable(const AkAsk *ask) {
  return ask->port != 0 && ask->size <= AK_ASK_MAX_BYTES && ask->timeout_ms > 0 &&
         ask->timeout_ms <= 60000 && ask->tries >= 1 && ask->tries <= 5 && ask->max_answers >= 1 &&
         ask->max_answers <= AK_ASK_MAX_ANSWERS;
}

GPtrArray *ak_net_ask(AkNet *self, const AkAsk *ask, GError **error) {
  if (ak_net_is_askable(ask))
    return self->class->ask(self, ask, error);
  ak_error_set(error, AK_ERROR_CONFIG, "datagram: out of range");
  return NULL;
}

void ak_net_datagram_free(AkDatagram *self) {
  if (self == NULL)
    return;
  g_bytes_unref(self->data);
  g_free(self);
}
