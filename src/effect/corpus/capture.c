#include "effect/corpus/capture.h"

#include "effect/corpus/traffic/packet.h"

enum { MAX_BYTES = 1048576, CLIENT_FIRST = 1000, SERVER_FIRST = 5000 };

GBytes *ak_capture_make(const AkCaptureExchange *exchange, GError **error) {
  if (exchange->request_size > MAX_BYTES || exchange->answer_size > MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT,
                 "an exchange for a capture holds at most 1 MiB a direction");
    return NULL;
  }
  g_auto(AkPackets) packets = {0};
  ak_packets_init(&packets, exchange->when_utc_us);
  packets.client = (AkPacketSide){exchange->client, CLIENT_FIRST, exchange->client_port};
  packets.server = (AkPacketSide){exchange->server, SERVER_FIRST, exchange->server_port};
  ak_packets_open(&packets);
  ak_packets_say(&packets, true, exchange->request, exchange->request_size);
  ak_packets_say(&packets, false, exchange->answer, exchange->answer_size);
  ak_packets_close(&packets);
  return ak_packets_end(&packets);
}
