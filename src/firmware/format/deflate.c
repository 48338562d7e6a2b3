/* Deflate streams without any header. Nothing marks them, so one counts only where a region,
 * payload or file begins, if its first 16 KiB unpack; a shorter one if it unpacks to more than it
 * takes and nothing else is behind it. What was unpacked is looked at besides the bytes, never
 * instead of them. Source: RFC 1951. */
#include "firmware/format/format.h"
#include "firmware/format/inflate.h"

#define MIN_USED 128 /* a shorter one may be chance */
#define TRIED_BYTES (16u << 10)
#define PADDING_BYTES 4096 /* looked at behind a short one */

static bool is_padding(const guint8 *data, gsize from, gsize to) {
  for (gsize i = from; i < to; i++)
    if (data[i] != data[from] || (data[i] != 0x00 && data[i] != 0xff))
      return false;
  return true;
}

/* RFC 1951, 3.2.3: the first block's type, not stored and not reserved. */
static bool is_packed(const guint8 *data) {
  guint type = data[0] >> 1 & 3;
  return type == 1 || type == 2;
}

static guint bid(const guint8 *data, gsize size) {
  gsize used = 0;
  guint64 got = 0;
  if (size < MIN_USED || !is_packed(data))
    return 0;
  if (!ak_inflate_try(data, size, AK_INFLATE_RAW, TRIED_BYTES, &used, &got))
    return got > TRIED_BYTES && used >= MIN_USED ? 12 : 0;
  bool is_alone = is_padding(data, used, MIN(size, used + PADDING_BYTES));
  return used >= MIN_USED && got > used && is_alone ? 12 : 0;
}

static bool open_deflate(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                         gsize *used, GError **error) {
  bool ok = ak_inflate_payload(tree, node, "#deflate", data, size, AK_INFLATE_RAW, used, error);
  ak_firmware_tree_leave(tree, node);
  return ok;
}

static const char *const sources[] = {"RFC 1951", NULL};

extern const AkFirmwareFormat ak_firmware_deflate_format;
const AkFirmwareFormat ak_firmware_deflate_format = {
    .name = "deflate",
    .help_en = "deflate stream without a header, where a region begins",
    .help_ja = "領域の先頭にある、ヘッダのないdeflateストリーム",
    .sources = sources,
    .bid = bid,
    .open = open_deflate,
};

bool ak_firmware_deflate_fuzz(const guint8 *data, gsize size);
bool ak_firmware_deflate_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_deflate_format, data, size);
}
