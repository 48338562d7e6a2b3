#include "firmware/unpack/pgp-packet.h"

/* The old form: how many bytes the length has stands in the first byte; 3: there is none. */
static bool read_old_length(AkReader *reader, guint8 first, AkPgpPacket *out, guint32 *size) {
  guint8 narrow = 0;
  guint16 word = 0;
  bool ok = true;
  out->is_open = (first & 3) == 3;
  if ((first & 3) == 2)
    return ak_reader_u32be(reader, size, NULL);
  if ((first & 3) == 1)
    ok = ak_reader_u16be(reader, &word, NULL);
  if ((first & 3) == 0)
    ok = ak_reader_u8(reader, &narrow, NULL);
  *size = (guint32)word + narrow;
  return ok;
}

static bool read_length(AkReader *reader, AkPgpPacket *out, guint32 *size) {
  guint8 first = 0, second = 0;
  if (!ak_reader_u8(reader, &first, NULL))
    return false;
  *size = first;
  out->is_open = first >= 224 && first < 255;
  if (first == 255)
    return ak_reader_u32be(reader, size, NULL);
  if (first < 192 || first >= 224)
    return true;
  *size = ((guint32)(first - 192) << 8) + 192;
  if (!ak_reader_u8(reader, &second, NULL))
    return false;
  *size += second;
  return true;
}

bool ak_pgp_packet_read(AkReader *reader, AkPgpPacket *out) {
  guint8 first = 0;
  guint32 size = 0;
  if (!ak_reader_u8(reader, &first, NULL) || (first & 0x80) == 0)
    return false;
  bool is_new = (first & 0x40) != 0;
  out->tag = is_new ? first & 0x3fu : first >> 2 & 15u;
  return (is_new ? read_length(reader, out, &size) : read_old_length(reader, first, out, &size)) &&
         ak_reader_sub(reader, out->is_open ? ak_reader_left(reader) : size, &out->body, NULL);
}
