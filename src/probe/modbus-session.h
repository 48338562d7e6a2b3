/* Asking a Modbus TCP device, one question a connection, reading alone. */
#pragma once

#include "probe/stream.h"
#include "proto/modbus.h"

typedef enum {
  AK_MODBUS_ANSWERS,   /* it gave what was asked for */
  AK_MODBUS_EXCEPTION, /* it understood and refused for another reason than who asks */
  AK_MODBUS_UNKNOWN,   /* it does not know the function */
} AkModbusReply;

typedef struct {
  AkModbusReply identification, registers;
  GPtrArray *objects; /* of AkModbusObject */
  char *evidence;     /* functions and codes; no values of registers */
} AkModbusFacts;
void ak_modbus_session_clear(AkModbusFacts *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkModbusFacts, ak_modbus_session_clear)

/* Asks for the basic identification and for one holding register. Writes `out` only on success.
 * Errors of the stream; INVALID_DATA where it is no Modbus. */
bool ak_modbus_session_look(const AkPeer *peer, AkModbusFacts *out, GError **error);
