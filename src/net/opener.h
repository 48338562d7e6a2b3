/* Openers: first words that make a service speak, as data (data/signatures/services.json, "openers").
 * They ask and change nothing. Format: docs/formats/services.md. */
#pragma once

#include "net/net.h"

typedef struct {
  char *id; /* "dns" */
  AkTransport transport;
  GArray *ports; /* guint16: where it is the likely one; may be empty */
  GBytes *bytes; /* 1 … AK_ASK_MAX_BYTES */
  bool is_credential; /* holds a well-known credential (an SNMP community): only where attempts are allowed */
} AkOpener;

/* All openers, in the file's order, read once; GPtrArray of const AkOpener, borrowed for ever. Any thread.
 * The data is part of the program: that it can be read is a unit test's business. */
const GPtrArray *ak_openers(void);

/* Borrowed for ever, or NULL. */
const AkOpener *ak_opener_find(const char *id);
/* The opener of `transport` that names `port`, or NULL; of several the one whose turn it is (0 …, round
 * and round). Without `credentials` those that hold one are left out. */
const AkOpener *ak_opener_for_port(AkTransport transport, guint16 port, guint turn,
                                   bool credentials);

/* "0a1B" → bytes; NULL with INVALID_DATA for anything but pairs of hexadecimal digits. */
GBytes *ak_opener_bytes_from_hex(const char *hex, GError **error);
