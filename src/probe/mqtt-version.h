/* What an open broker tells everyone of itself: the topics on which brokers publish their version. */
#pragma once

#include "probe/mqtt-session.h"

typedef struct {
  char *text;     /* what was published there, printable; NULL: nothing */
  bool heard;     /* was everything heard that is published there? */
  char *evidence; /* what was asked and answered, a line each */
  char *reason;   /* where not all was heard */
} AkMqttVersionTold;
void ak_mqtt_version_told_clear(AkMqttVersionTold *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkMqttVersionTold, ak_mqtt_version_told_clear)

/* Subscribes over a session that was let in, and listens for at most three seconds after each answer. Other
 * messages are passed over. An answer that is no MQTT, or too large, ends the look: that is no error. False
 * with an error of `peer` that ends the test. */
bool ak_mqtt_version_ask(const AkPeer *peer, AkMqttSession *session, AkMqttVersionTold *out,
                         GError **error);
