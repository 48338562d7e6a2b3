/* Modbus TCP as a client that only reads: identification and holding registers. Functions that
 * write have no builder here, on purpose.
 *
 * Source: MODBUS Application Protocol Specification V1.1b3, 6.3 (0x03), 6.21 (0x2B/0x0E), 7
 * (exceptions); MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (MBAP header). */
#pragma once

#include "proto/parse.h"
#include "util/error.h"

#define AK_MODBUS_MAX_ADU 260
#define AK_MODBUS_MAX_OBJECTS 64

typedef enum {
  AK_MODBUS_READ_HOLDING = 0x03,
  AK_MODBUS_READ_IDENTIFICATION = 0x2b
} AkModbusFunction;

/* The basic identification (vendor, product, revision), from object `from` on. */
GBytes *ak_modbus_identification_build(guint16 transaction, guint8 unit, guint8 from);
/* LIMIT for a count outside 1 … 125. */
GBytes *ak_modbus_read_holding_build(guint16 transaction, guint8 unit, guint16 address,
                                     guint16 count, GError **error);

typedef struct {
  guint16 transaction;
  guint8 unit;
  guint8 function;    /* without the exception bit */
  guint8 exception;   /* 0: none */
  const guint8 *data; /* after the function; borrowed */
  gsize size;
} AkModbusAnswer;

AkParse ak_modbus_answer_parse(const void *data, gsize size, AkModbusAnswer *out, gsize *used,
                               GError **error);

typedef struct {
  guint8 id;  /* 0 vendor, 1 product code, 2 revision */
  char *text; /* owned; printable, other bytes as \xNN */
} AkModbusObject;

/* The objects of an answer to ak_modbus_identification_build, appended to `objects` (of
 * AkModbusObject); `next` gets the object to ask for next, 0 where there are no more. Appends
 * nothing on error. */
bool ak_modbus_identification_parse(const AkModbusAnswer *answer, GPtrArray *objects, guint8 *next,
                                    GError **error);
void ak_modbus_object_free(AkModbusObject *self);

/* The registers of an answer to ak_modbus_read_holding_build; only their count is looked at. */
bool ak_modbus_read_holding_parse(const AkModbusAnswer *answer, guint *count, GError **error);
