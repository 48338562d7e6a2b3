/* LZMA streams with the 13-byte header of LZMA_Alone (".lzma").
 * Source: lzma-file-format.txt of XZ Utils 5.4: one byte of properties, the dictionary's size, the
 * content's size (all ones: unknown, a marker ends the stream). It holds no magic and no checksum;
 * plausible sizes and a decoded beginning stand for both, and the last bits of the range coder
 * where the size is known. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/lzma-into.h"
#include "util/reader.h"

#define MAGIC "\x5d\0\0" /* properties of every common preset, dictionary of 64 KiB or more */
#define HEADER_SIZE 13
#define CODER_BYTES 5 /* the range coder's first bytes: a zero, then 32 bits of code */
#define UNKNOWN_SIZE G_MAXUINT64
#define MAX_SIZE (1ull << 38) /* as XZ Utils: above it the bytes are no header */
#define TRIED_BYTES 8192      /* decoded in a bid */
#define MEMORY_BYTES (256ull * 1024 * 1024) /* for the dictionary */

/* lc, lp and pb in one byte: (pb * 5 + lp) * 9 + lc, with lc + lp at most 4 as XZ Utils decodes. */
static bool has_properties(guint8 byte) {
  guint lc = byte % 9, lp = byte / 9 % 5, pb = byte / 45;
  return pb <= 4 && lc + lp <= 4;
}

/* 2^n or 2^n + 2^(n-1), as encoders write it. */
static bool is_dictionary(guint32 size) {
  guint32 top = size != 0 ? 1u << (31 - __builtin_clz(size)) : 0;
  return size >= 4096 && (size == top || size == top + top / 2);
}

static bool has_header(const guint8 *data, gsize size) {
  static const guint8 nothing[CODER_BYTES];
  AkReader reader = ak_reader_init(data, size);
  guint8 properties = 0;
  guint32 dictionary = 0;
  guint64 content = 0;
  return size > HEADER_SIZE + CODER_BYTES && ak_reader_u8(&reader, &properties, NULL) &&
         ak_reader_u32le(&reader, &dictionary, NULL) && ak_reader_u64le(&reader, &content, NULL) &&
         has_properties(properties) && is_dictionary(dictionary) && content > 0 &&
         (content == UNKNOWN_SIZE || content < MAX_SIZE) && data[HEADER_SIZE] == 0 &&
         memcmp(data + HEADER_SIZE, nothing, CODER_BYTES) != 0;
}

/* As the header says; 0 where it does not. */
static guint64 content_of(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint64 content = 0;
  bool is_there = ak_reader_seek(&reader, HEADER_SIZE - 8, NULL) && ak_reader_u64le(&reader, &content, NULL);
  return is_there && content != UNKNOWN_SIZE ? content : 0;
}

/* Decodes the beginning with a small dictionary: it reaches no further back. */
static bool decodes(const guint8 *data, gsize size) {
  guint8 header[HEADER_SIZE], out[TRIED_BYTES];
  lzma_stream stream = LZMA_STREAM_INIT;
  memcpy(header, data, HEADER_SIZE);
  memcpy(header + 1, "\0\0\1", 4); /* 64 KiB */
  if (lzma_alone_decoder(&stream, MEMORY_BYTES) != LZMA_OK)
    return false;
  stream.next_in = header;
  stream.avail_in = HEADER_SIZE;
  stream.next_out = out;
  stream.avail_out = sizeof out;
  lzma_ret result = lzma_code(&stream, LZMA_RUN);
  stream.next_in = data + HEADER_SIZE;
  stream.avail_in = size - HEADER_SIZE;
  if (result == LZMA_OK)
    result = lzma_code(&stream, LZMA_RUN);
  bool has_output = stream.avail_out < sizeof out;
  lzma_end(&stream);
  return has_output && (result == LZMA_OK || result == LZMA_STREAM_END);
}

static guint bid(const guint8 *data, gsize size) {
  return has_header(data, size) && decodes(data, size) ? 40 : 0;
}

static const char *reason_of(lzma_ret result) {
  return result == LZMA_MEMLIMIT_ERROR || result == LZMA_MEM_ERROR
             ? "needs more memory than allowed"
         : result == LZMA_BUF_ERROR ? "ends too early"
                                    : "damaged";
}

static bool decode(const guint8 *data, gsize size, AkGrowing *out, gsize *used, GError **error) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_alone_decoder(&stream, MEMORY_BYTES) != LZMA_OK)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  lzma_ret result = LZMA_OK;
  gsize left = size;
  bool ok = ak_lzma_into(&stream, LZMA_FINISH, data, size, content_of(data, size), out, &left, &result, error);
  *used = size - left;
  return ok && (result == LZMA_STREAM_END ||
                ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", reason_of(result)));
}

static bool open_lzma(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  AkGrowing out = ak_growing_for(tree, size);
  bool ok = decode(data, size, &out, used, error);
  AkNode payload = {.parent = node, .path = g_strdup("#lzma"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"XZ Utils 5.4 doc/lzma-file-format.txt", NULL};

extern const AkFirmwareFormat ak_firmware_lzma_format;
const AkFirmwareFormat ak_firmware_lzma_format = {
    .name = "lzma",
    .help_en = "LZMA stream with a .lzma header",
    .help_ja = "LZMA（.lzma形式）",
    .sources = sources,
    .magics = {{MAGIC, 3}},
    .bid = bid,
    .open = open_lzma,
};

bool ak_firmware_lzma_fuzz(const guint8 *data, gsize size);
bool ak_firmware_lzma_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_lzma_format, data, size);
}
