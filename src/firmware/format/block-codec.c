#include "firmware/format/block-codec.h"

#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "firmware/format/lzo.h"

#define RAW_WINDOW (-15)    /* zlib: largest window, no header */
#define MIN_DICTIONARY 4096 /* the least that liblzma takes */

bool ak_block_plain(const guint8 *data, gsize size, guint8 *out, gsize want) {
  if (size != want)
    return false;
  if (want > 0)
    memcpy(out, data, want);
  return true;
}

static bool inflate_block(const guint8 *data, gsize size, int window, guint8 *out, gsize want) {
  z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)MIN(size, G_MAXUINT32)};
  if (want > G_MAXUINT32 || inflateInit2(&stream, window) != Z_OK)
    return false;
  stream.next_out = out;
  stream.avail_out = (uInt)want;
  int result = inflate(&stream, Z_FINISH);
  bool ok = result == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return ok;
}

bool ak_block_zlib(const guint8 *data, gsize size, guint8 *out, gsize want) {
  return inflate_block(data, size, MAX_WBITS, out, want);
}

bool ak_block_deflate(const guint8 *data, gsize size, guint8 *out, gsize want) {
  return inflate_block(data, size, RAW_WINDOW, out, want);
}

bool ak_block_lzo(const guint8 *data, gsize size, guint8 *out, gsize want) {
  gsize got = 0, used = 0;
  return ak_lzo_unpack(data, size, out, want, &got, &used, NULL) && got == want;
}

bool ak_block_zstd(const guint8 *data, gsize size, guint8 *out, gsize want) {
  size_t got = ZSTD_decompress(out, want, data, size);
  return !ZSTD_isError(got) && got == want;
}

/* Such a stream may end with a mark or, its size being known, without one. */
bool ak_block_lzma(const guint8 *data, gsize size, guint8 properties, guint8 *out, gsize want) {
  lzma_options_lzma options = {.dict_size = (guint32)MAX(want, MIN_DICTIONARY),
                               .lc = properties % 9,
                               .lp = properties / 9 % 5,
                               .pb = properties / 45};
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  lzma_stream stream = LZMA_STREAM_INIT;
  if (want > G_MAXINT32 || options.pb > 4 || options.lc + options.lp > 4 ||
      lzma_raw_decoder(&stream, filters) != LZMA_OK)
    return false;
  stream.next_in = data;
  stream.avail_in = size;
  stream.next_out = out;
  stream.avail_out = want;
  lzma_ret result = lzma_code(&stream, LZMA_FINISH);
  bool ok = stream.avail_out == 0 && (result == LZMA_OK || result == LZMA_STREAM_END);
  lzma_end(&stream);
  return ok;
}
