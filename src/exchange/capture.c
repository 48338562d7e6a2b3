#include "exchange/capture.h"

#include "util/reader.h"

#define PCAP_US 0xa1b2c3d4u
#define PCAP_NS 0xa1b23c4du
#define PCAP_REST 20 /* bytes of the file's header behind its magic */
#define PCAPNG_SECTION 0x0a0d0d0au
#define PCAPNG_ORDER 0x1a2b3c4du
#define PCAPNG_SIMPLE 3u /* blocks that hold a packet */
#define PCAPNG_ENHANCED 6u
#define PCAPNG_LEAST 12u /* bytes of a block without a body */
#define MAX_PACKET (1u << 26)

static bool read_u32(AkReader *reader, bool is_big, guint32 *out, GError **error) {
  return is_big ? ak_reader_u32be(reader, out, error) : ak_reader_u32le(reader, out, error);
}

static bool refuse(const AkReader *reader, const char *what, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "offset %zu: %s", reader->position, what);
}

static bool walk_pcap(AkReader *reader, bool is_big, guint64 *packets, GError **error) {
  if (!ak_reader_skip(reader, PCAP_REST, error))
    return false;
  while (ak_reader_left(reader) > 0) {
    guint32 kept = 0, real = 0;
    if (!ak_reader_skip(reader, 8, error) || !read_u32(reader, is_big, &kept, error) ||
        !read_u32(reader, is_big, &real, error))
      return false;
    if (kept > MAX_PACKET)
      return refuse(reader, "a packet of more than 64 MiB", error);
    if (!ak_reader_skip(reader, kept, error))
      return false;
    (*packets)++;
  }
  return true;
}

/* A section's header tells the order of its bytes behind its length. */
static bool read_order(AkReader reader, bool *is_big, GError **error) {
  guint32 order = 0;
  if (!ak_reader_skip(&reader, 4, error) || !ak_reader_u32be(&reader, &order, error))
    return false;
  *is_big = order == PCAPNG_ORDER;
  return *is_big || order == GUINT32_SWAP_LE_BE(PCAPNG_ORDER) ||
         refuse(&reader, "a section without its byte order", error);
}

static bool walk_pcapng(AkReader *reader, guint64 *packets, GError **error) {
  bool is_big = false;
  while (ak_reader_left(reader) > 0) {
    guint32 type = 0, length = 0, again = 0;
    AkReader body;
    if (!read_u32(reader, is_big, &type, error) ||
        (type == PCAPNG_SECTION && !read_order(*reader, &is_big, error)) ||
        !read_u32(reader, is_big, &length, error))
      return false;
    if (length < PCAPNG_LEAST || length % 4 != 0)
      return refuse(reader, "a block of an impossible length", error);
    if (!ak_reader_sub(reader, length - PCAPNG_LEAST, &body, error) ||
        !read_u32(reader, is_big, &again, error))
      return false;
    if (again != length)
      return refuse(reader, "a block ends with another length than it begins with", error);
    *packets += type == PCAPNG_SIMPLE || type == PCAPNG_ENHANCED;
  }
  return true;
}

bool ak_capture_check(const guint8 *data, gsize size, guint64 *packets, GError **error) {
  AkReader reader = ak_reader_init(data, size);
  guint32 magic = 0;
  guint64 found = 0;
  if (!ak_reader_u32be(&reader, &magic, error))
    return false;
  bool is_big = magic == PCAP_US || magic == PCAP_NS;
  bool is_little = magic == GUINT32_SWAP_LE_BE(PCAP_US) || magic == GUINT32_SWAP_LE_BE(PCAP_NS);
  if (!is_big && !is_little && magic != PCAPNG_SECTION)
    return refuse(&reader, "neither pcap nor pcapng", error);
  if (magic == PCAPNG_SECTION) {
    reader.position = 0;
    if (!walk_pcapng(&reader, &found, error))
      return false;
  } else if (!walk_pcap(&reader, is_big, &found, error)) {
    return false;
  }
  *packets = found;
  return true;
}

bool ak_exchange_capture_fuzz(const guint8 *data, gsize size) {
  guint64 packets = 0;
  return ak_capture_check(data, size, &packets, NULL);
}
