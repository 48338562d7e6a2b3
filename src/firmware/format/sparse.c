/* Android sparse images: chunks that are stored, filled, left out, or a checksum; expanded into one
 * content. Source: AOSP system/core, libsparse/sparse_format.h; sparse_read.cpp and output_file.cpp
 * (whether the running checksum counts what is left out as zeros differs between the two). */
#include <string.h>
#include <zlib.h>

#include "firmware/format/format.h"
#include "firmware/format/growing.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "\x3a\xff\x26\xed"
#define HEADER_SIZE 28
#define CHUNK_SIZE 12
#define MAX_HEADER 4096 /* bytes; all writers use 28 */
#define PIECE_BYTES (64u * 1024u)

enum { CHUNK_RAW = 0xcac1, CHUNK_FILL = 0xcac2, CHUNK_SKIP = 0xcac3, CHUNK_CRC = 0xcac4 };

typedef struct {
  guint16 header_size, chunk_header_size;
  guint32 block_size, blocks, chunks, checksum;
} Header;

typedef struct {
  guint16 type;
  guint32 blocks, size; /* size: in the file, with its header */
} Chunk;

typedef struct {
  const AkParts *parts; /* for reasons */
  Header header;
  AkGrowing out;
  guint64 blocks;      /* expanded so far */
  uLong crc, crc_told; /* with what is left out as zeros, and without it */
} Image;

static bool read_header(const guint8 *data, gsize size, Header *out) {
  AkReader reader = ak_reader_init(data, size);
  guint16 major = 0;
  return size >= HEADER_SIZE && memcmp(data, MAGIC, 4) == 0 && ak_reader_skip(&reader, 4, NULL) &&
         ak_reader_u16le(&reader, &major, NULL) && major == 1 && ak_reader_skip(&reader, 2, NULL) &&
         ak_reader_u16le(&reader, &out->header_size, NULL) &&
         ak_reader_u16le(&reader, &out->chunk_header_size, NULL) &&
         ak_reader_u32le(&reader, &out->block_size, NULL) &&
         ak_reader_u32le(&reader, &out->blocks, NULL) &&
         ak_reader_u32le(&reader, &out->chunks, NULL) &&
         ak_reader_u32le(&reader, &out->checksum, NULL) && out->header_size >= HEADER_SIZE &&
         out->chunk_header_size >= CHUNK_SIZE && out->header_size <= MIN(size, MAX_HEADER) &&
         out->block_size > 0 && out->block_size % 4 == 0 &&
         ak_parts_is_filled(data + HEADER_SIZE, out->header_size - HEADER_SIZE, 0);
}

static bool read_chunk(const guint8 *data, gsize size, gsize at, const Header *header, Chunk *out) {
  AkReader reader = ak_reader_init(data, size);
  guint16 reserved = 0;
  if (!ak_reader_seek(&reader, at, NULL) || !ak_reader_u16le(&reader, &out->type, NULL) ||
      !ak_reader_u16le(&reader, &reserved, NULL) || reserved != 0 ||
      !ak_reader_u32le(&reader, &out->blocks, NULL) ||
      !ak_reader_u32le(&reader, &out->size, NULL) || out->size < header->chunk_header_size)
    return false;
  guint64 content = out->size - header->chunk_header_size;
  guint64 wanted = out->type == CHUNK_RAW    ? (guint64)out->blocks * header->block_size
                   : out->type == CHUNK_SKIP ? 0
                                             : 4;
  return out->type >= CHUNK_RAW && out->type <= CHUNK_CRC && content == wanted &&
         (out->type != CHUNK_CRC || out->blocks == 0);
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  Chunk chunk;
  return read_header(data, size, &header) &&
                 (header.chunks == 0 || read_chunk(data, size, header.header_size, &header, &chunk))
             ? 96
             : 0; /* magic, version, a first chunk whose sizes agree */
}

static bool add(Image *self, const guint8 *data, gsize size, bool is_told, GError **error) {
  self->crc = crc32_z(self->crc, data, size);
  if (is_told)
    self->crc_told = crc32_z(self->crc_told, data, size);
  return ak_growing_add(&self->out, data, size, error);
}

/* `size` bytes of one word over and over. */
static bool add_filled(Image *self, const guint8 *word, guint64 size, bool is_told,
                       GError **error) {
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  for (gsize i = 0; i < PIECE_BYTES; i += 4)
    memcpy(piece + i, word, 4);
  for (guint64 done = 0; done < size; done += PIECE_BYTES)
    if (!add(self, piece, (gsize)MIN(size - done, PIECE_BYTES), is_told, error))
      return false;
  return true;
}

static void check(const Image *self, guint32 told) {
  if (told != (guint32)self->crc && told != (guint32)self->crc_told)
    ak_parts_cut(self->parts, "another checksum than it says");
}

/* `content`: behind the chunk's header, of the size that its type wants. */
static bool expand(Image *self, const Chunk *chunk, const guint8 *content, gsize size,
                   GError **error) {
  guint64 length = (guint64)chunk->blocks * self->header.block_size;
  AkReader reader = ak_reader_init(content, size);
  guint32 told = 0;
  self->blocks += chunk->blocks;
  if (chunk->type == CHUNK_RAW)
    return add(self, content, size, true, error);
  if (chunk->type == CHUNK_FILL)
    return add_filled(self, content, length, true, error);
  if (chunk->type == CHUNK_SKIP)
    return add_filled(self, (const guint8 *)"\0\0\0", length, false, error);
  if (ak_reader_u32le(&reader, &told, NULL))
    check(self, told);
  return true;
}

static bool expand_all(Image *self, const guint8 *data, gsize size, gsize *used, GError **error) {
  *used = self->header.header_size;
  for (guint32 i = 0; i < self->header.chunks; i++) {
    Chunk chunk;
    if (!read_chunk(data, size, *used, &self->header, &chunk))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "chunk %u: damaged header", i);
    gsize at = *used + self->header.chunk_header_size;
    gsize content = chunk.size - self->header.chunk_header_size;
    if (at > size || content > size - at)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "chunk %u ends past the image", i);
    if (!ak_parts_is_filled(data + *used + CHUNK_SIZE, at - *used - CHUNK_SIZE, 0))
      ak_parts_cut(self->parts, "chunk %u: something else in its header", i);
    if (self->blocks + chunk.blocks > self->header.blocks)
      return ak_error_set(error, AK_ERROR_INVALID_DATA,
                          "chunk %u: more blocks than the header "
                          "counts",
                          i);
    if (!expand(self, &chunk, data + at, content, error))
      return false;
    *used += chunk.size;
  }
  return true;
}

static bool open_sparse(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  AkParts parts = {.tree = tree, .node = node, .format = "sparse"};
  Image self = {.parts = &parts, .out = ak_growing_for(tree, size)};
  if (!read_header(data, size, &self.header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  bool ok = expand_all(&self, data, size, used, error);
  if (ok && self.blocks != self.header.blocks)
    ak_parts_cut(&parts, "fewer blocks than its header counts");
  if (ok && self.header.checksum != 0)
    check(&self, self.header.checksum);
  AkNode content = {
      .parent = node, .path = g_strdup("#sparse"), .bytes = ak_growing_end(&self.out)};
  return ak_firmware_tree_add(tree, content, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"AOSP system/core libsparse/sparse_format.h", NULL};

extern const AkFirmwareFormat ak_firmware_sparse_format;
const AkFirmwareFormat ak_firmware_sparse_format = {
    .name = "sparse",
    .help_en = "Android sparse image",
    .help_ja = "Android sparseイメージ",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_sparse,
};

bool ak_firmware_sparse_fuzz(const guint8 *data, gsize size);
bool ak_firmware_sparse_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_sparse_format, data, size);
}
