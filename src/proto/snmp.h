/* SNMP: a reading request built, an answer read; nothing here can write. Source: RFC 1157 (v1), RFC 3416
 * and RFC 1901 (v2c), RFC 3412 and RFC 3414 (v3: the discovery of an engine); ITU-T X.690 (BER). */
#pragma once

#include "util/error.h"

typedef enum { AK_SNMP_V1 = 0, AK_SNMP_V2C = 1, AK_SNMP_V3 = 3 } AkSnmpVersion;

#define AK_SNMP_SYS_DESCR "1.3.6.1.2.1.1.1.0"

/* A GetRequest of one variable; `oid` in dots. CONFIG for an oid or a community that cannot be written. */
GBytes *ak_snmp_get(AkSnmpVersion version, const char *community, gint32 request_id,
                    const char *oid, GError **error);
/* A v3 request without a user, which an engine answers with its identity (RFC 3414, 4). */
GBytes *ak_snmp_discover(gint32 message_id, GError **error);

typedef enum { AK_SNMP_RESPONSE = 0xa2, AK_SNMP_REPORT = 0xa8 } AkSnmpPdu;

typedef struct {
  AkSnmpVersion version;
  gint64 id;           /* v1, v2c: of the request; v3: of the message */
  AkSnmpPdu pdu;       /* or another tag; 0 where a v3 message is encrypted */
  gint64 error_status; /* v1, v2c */
  char *oid;           /* of the first variable, in dots; NULL: none */
  guint8 tag;          /* its value's: 0x04 is text */
  GBytes *value;
  GBytes *engine; /* v3: the engine's identity, which may be empty */
} AkSnmpMessage;
void ak_snmp_message_clear(AkSnmpMessage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkSnmpMessage, ak_snmp_message_clear)

/* INVALID_DATA for anything but a whole message of one of the versions; NOT_SUPPORTED for another version.
 * `out` is written only on success. */
bool ak_snmp_parse(const void *data, gsize size, AkSnmpMessage *out, GError **error);
