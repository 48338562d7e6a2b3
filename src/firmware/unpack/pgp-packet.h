/* Packets of OpenPGP. Pure. Source: RFC 9580, 4.2. */
#pragma once

#include "util/reader.h"

typedef struct {
  guint tag;
  AkReader body;
  bool is_open; /* its length is told in pieces or not at all: `body` is all that follows */
} AkPgpPacket;

/* The packet at the reader's place, behind which it then stands; false where none begins or it is longer than the bytes, and the
 * reader stands anywhere. */
bool ak_pgp_packet_read(AkReader *reader, AkPgpPacket *out);
