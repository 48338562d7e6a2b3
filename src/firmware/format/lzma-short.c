/* LZMA streams with a header of five bytes: properties and dictionary, without the content's size,
 * as Broadcom's CFE wants its kernels and as the SDK's own header is. Where no mark ends such a
 * stream, nothing says where it ends: that is cut. It holds no magic and no checksum, so it counts
 * only where its first 32 KiB unpack, or more of what packs as well as an archive of small files does, up to 256 KiB. Source: XZ Utils 5.4, doc/lzma-file-format.txt (properties,
 * dictionary); OpenWrt, target/linux/bmips/image/Makefile, lzma-cfe (the size is left out). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/lzma-into.h"
#include "firmware/unpack/content.h"
#include "util/reader.h"

#define HEADER_SIZE 5
#define CODER_BYTES 5 /* the range coder's first bytes: a zero, then 32 bits of code */
#define MIN_DICTIONARY (64u << 10)
#define MAX_DICTIONARY (64u << 20)
#define TRIED_BYTES (32u << 10)
#define MIN_TAKEN (TRIED_BYTES / 64) /* zeros unpack from anything; programs do not pack so well */
#define MAX_TRIED (256u << 10)        /* of what packs better, if what was taken has the entropy of what is packed */
#define PACKED_ENTROPY 650           /* 1/100 bit a byte; of 512 random bytes 755 */

typedef struct {
  lzma_options_lzma options;
  lzma_filter filters[2];
} Settings;

/* 2^n or 2^n + 2^(n-1), as encoders write it. */
static bool is_dictionary(guint32 size) {
  guint32 top = size != 0 ? 1u << (31 - __builtin_clz(size)) : 0;
  return size >= MIN_DICTIONARY && size <= MAX_DICTIONARY && (size == top || size == top + top / 2);
}

static bool read_header(const guint8 *data, gsize size, lzma_options_lzma *out) {
  AkReader reader = ak_reader_init(data, size);
  guint8 properties = 0;
  guint32 dictionary = 0;
  if (size <= HEADER_SIZE + CODER_BYTES || !ak_reader_u8(&reader, &properties, NULL) ||
      !ak_reader_u32le(&reader, &dictionary, NULL) || !is_dictionary(dictionary) ||
      data[HEADER_SIZE] != 0)
    return false;
  *out = (lzma_options_lzma){.dict_size = dictionary,
                             .lc = properties % 9,
                             .lp = properties / 9 % 5,
                             .pb = properties / 45};
  return out->pb <= 4 && out->lc + out->lp <= 4;
}

static bool begin(lzma_stream *stream, Settings *settings) {
  settings->filters[0] = (lzma_filter){LZMA_FILTER_LZMA1, &settings->options};
  settings->filters[1] = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
  return lzma_raw_decoder(stream, settings->filters) == LZMA_OK;
}

/* Unpacks the beginning: to the mark of the end, or as much as says something. */
static bool decodes(const guint8 *data, gsize size, Settings settings) {
  g_autofree guint8 *out = g_malloc(TRIED_BYTES);
  lzma_stream stream = LZMA_STREAM_INIT;
  settings.options.dict_size = MIN(settings.options.dict_size, MAX_TRIED);
  if (!begin(&stream, &settings))
    return false;
  stream.next_in = data + HEADER_SIZE;
  stream.avail_in = size - HEADER_SIZE;
  lzma_ret result = LZMA_OK;
  gsize taken = 0;
  while (result == LZMA_OK && stream.avail_out == 0 && taken < MIN_TAKEN && stream.total_out < MAX_TRIED) {
    stream.next_out = out;
    stream.avail_out = TRIED_BYTES;
    result = lzma_code(&stream, LZMA_RUN);
    taken = size - HEADER_SIZE - stream.avail_in;
  }
  guint64 got = stream.total_out;
  bool is_full = result == LZMA_OK && stream.avail_out == 0 && taken >= MIN_TAKEN;
  lzma_end(&stream);
  if (result == LZMA_STREAM_END)
    return got > 0;
  return is_full && (got <= TRIED_BYTES || ak_content_entropy(data + HEADER_SIZE, taken) >= PACKED_ENTROPY);
}

static guint bid(const guint8 *data, gsize size) {
  Settings settings;
  return read_header(data, size, &settings.options) && decodes(data, size, settings) ? 24 : 0;
}

/* To the mark of its end (`is_ended`), or to the last byte. */
static bool decode(const guint8 *data, gsize size, Settings *settings, AkGrowing *out,
                   bool *is_ended, gsize *used, GError **error) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (!begin(&stream, settings))
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory for its dictionary");
  lzma_ret result = LZMA_OK;
  gsize left = size - HEADER_SIZE;
  bool ok = ak_lzma_into(&stream, LZMA_RUN, data + HEADER_SIZE, size - HEADER_SIZE, 0, out, &left, &result, error);
  *used = size - left;
  *is_ended = result == LZMA_STREAM_END;
  return ok && (*is_ended || result == LZMA_BUF_ERROR ||
                ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged, or it ended before"));
}

static bool open_lzma(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  AkGrowing out = {.limit = ak_firmware_tree_budget(tree, size)};
  Settings settings;
  bool is_ended = false;
  if (!read_header(data, size, &settings.options))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no header");
  bool ok = decode(data, size, &settings, &out, &is_ended, used, error);
  if (ok && !is_ended)
    ak_firmware_tree_cut(tree, node, "lzma-short: neither a size nor a mark says where it ends");
  if (!is_ended)
    ak_firmware_tree_leave(tree, node);
  AkNode payload = {.parent = node, .path = g_strdup("#lzma"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"XZ Utils 5.4 doc/lzma-file-format.txt",
                                      "OpenWrt target/linux/bmips/image/Makefile", NULL};

extern const AkFirmwareFormat ak_firmware_lzma_short_format;
const AkFirmwareFormat ak_firmware_lzma_short_format = {
    .name = "lzma-short",
    .help_en = "LZMA stream whose header holds no size",
    .help_ja = "LZMA（サイズのないヘッダ）",
    .sources = sources,
    /* the usual properties, and those of CFE: lc 1, lp 2, pb 2 */
    .magics = {{"\x5d\0\0", 3}, {"\x6d\0\0", 3}},
    .bid = bid,
    .open = open_lzma,
};

bool ak_firmware_lzma_short_fuzz(const guint8 *data, gsize size);
bool ak_firmware_lzma_short_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_lzma_short_format, data, size);
}
