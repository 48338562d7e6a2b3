/* A packet capture of one exchange over TCP, as a network engine reads it: handshake, request, answer, end
 * (traffic/packet.h). */
#pragma once

#include "util/error.h"

typedef struct {
  guint32 client, server; /* IPv4, host order */
  guint16 client_port, server_port;
  gint64 when_utc_us; /* of the first packet; each other comes a millisecond later */
  const char *request, *answer;
  gsize request_size, answer_size;
} AkCaptureExchange;

/* The bytes of a pcap file. LIMIT above 1 MiB a direction. */
GBytes *ak_capture_make(const AkCaptureExchange *self, GError **error);
