#include "firmware/format/squash-image.h"

#include <lzma.h>
#include <string.h>
#include <zlib.h>

#include "firmware/format/lzo.h"
#include "firmware/format/words.h"

#define META_SIZE 8192u
#define META_PLAIN 0x8000u    /* of a metadata block's size: stored as it is */
#define DATA_PLAIN (1u << 24) /* of a data block's */
#define CHECK_FLAG (1u << 2)  /* before 4.0: a byte more before each metadata block */
#define OPTIONS_FLAG 0x400    /* 4.0: the compressor's settings behind the superblock */
#define NO_TABLE G_MAXUINT64
#define MAX_FRAGMENTS (1u << 20)
#define MAX_CACHE (64u << 20)
#define SAME_GROUP 255 /* before 4.0: the group is the user's number */
#define LONG_FOLDER 8  /* types from here on are the long kinds */

static const struct {
  const char *magic;
  bool is_big, is_lzma;
} magics[] = {
    {"hsqs", false, false}, {"sqsh", true, false}, {"shsq", false, true},
    {"qshs", true, true},   {"hsqt", false, true}, {"tqsh", true, true},
};

/* --- superblock --------------------------------------------------------------------------------
 */

/* 4.0. The compression and its block size stand elsewhere than before. */
static bool read_new(const guint8 *data, gsize size, AkSquashSuper *out) {
  AkWords words = ak_words_init(data, size, 4, out->is_big);
  out->inodes = ak_words_u32(&words);
  ak_words_skip(&words, 4);
  out->block_size = ak_words_u32(&words);
  out->fragments = ak_words_u32(&words);
  out->compression = ak_words_u16(&words);
  out->block_log = ak_words_u16(&words);
  out->flags = ak_words_u16(&words);
  out->ids = ak_words_u16(&words);
  ak_words_skip(&words, 4);
  guint64 *const places[] = {&out->root,           &out->bytes_used,  &out->id_start,
                             &out->xattr_start,    &out->inode_start, &out->folder_start,
                             &out->fragment_start, &out->lookup_start};
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    *places[i] = ak_words_u64(&words);
  out->group_start = NO_TABLE;
  out->size = words.reader.position;
  return !words.failed;
}

/* 2.x has places of 32 bits, 3.x behind them of 64. */
static bool read_old(const guint8 *data, gsize size, AkSquashSuper *out) {
  AkWords words = ak_words_init(data, size, 4, out->is_big);
  out->inodes = ak_words_u32(&words);
  guint64 *const small[] = {&out->bytes_used, &out->id_start, &out->group_start, &out->inode_start,
                            &out->folder_start};
  for (gsize i = 0; i < G_N_ELEMENTS(small); i++)
    *small[i] = ak_words_u32(&words);
  ak_words_skip(&words, 6);
  out->block_log = ak_words_u16(&words);
  out->flags = ak_words_u8(&words);
  out->ids = ak_words_u8(&words);
  out->groups = ak_words_u8(&words);
  ak_words_skip(&words, 4);
  out->root = ak_words_u64(&words);
  out->block_size = ak_words_u32(&words);
  out->fragments = ak_words_u32(&words);
  out->fragment_start = ak_words_u32(&words);
  out->lookup_start = out->xattr_start = NO_TABLE;
  guint64 *const large[] = {&out->bytes_used,  &out->id_start,     &out->group_start,
                            &out->inode_start, &out->folder_start, &out->fragment_start,
                            &out->lookup_start};
  for (gsize i = 0; out->major == 3 && i < G_N_ELEMENTS(large); i++)
    *large[i] = ak_words_u64(&words);
  out->size = words.reader.position;
  return !words.failed;
}

static bool is_plausible(const AkSquashSuper *super) {
  return super->block_log >= 12 && super->block_log <= 20 &&
         super->block_size == 1u << super->block_log && super->inodes > 0 &&
         super->inode_start >= super->size && super->inode_start < super->folder_start &&
         super->folder_start < super->bytes_used && super->root >> 16 < super->folder_start &&
         (super->root & 0xffff) < META_SIZE;
}

bool ak_squash_read_super(const guint8 *data, gsize size, AkSquashSuper *out) {
  gsize i = 0;
  while (size >= 32 && i < G_N_ELEMENTS(magics) && memcmp(data, magics[i].magic, 4) != 0)
    i++;
  if (size < 32 || i == G_N_ELEMENTS(magics))
    return false;
  *out = (AkSquashSuper){.is_big = magics[i].is_big};
  AkWords words = ak_words_init(data, size, 28, out->is_big);
  out->major = ak_words_u16(&words);
  out->minor = ak_words_u16(&words);
  bool is_known = (out->major == 2 && out->minor <= 1) || (out->major == 3 && out->minor <= 1) ||
                  (out->major == 4 && out->minor == 0);
  return is_known && (out->major == 4 ? read_new(data, size, out) : read_old(data, size, out)) &&
         is_plausible(out);
}

/* --- compressions ------------------------------------------------------------------------------
 */

static bool unpack_zlib(const guint8 *data, gsize size, guint8 *out, gsize room, gsize *got) {
  uLongf length = room;
  bool ok = uncompress(out, &length, data, size) == Z_OK;
  *got = length;
  return ok;
}

/* All of the input, and as much as comes out; a stream without a mark ends with its input. */
static bool run_lzma(lzma_stream *stream, const guint8 *data, gsize size, guint8 *out, gsize room,
                     gsize *got) {
  stream->next_in = data;
  stream->avail_in = size;
  stream->next_out = out;
  stream->avail_out = room;
  lzma_ret result = lzma_code(stream, LZMA_FINISH);
  *got = room - stream->avail_out;
  bool is_end = result == LZMA_STREAM_END ||
                (result == LZMA_OK && (stream->avail_out == 0 || stream->avail_in == 0)) ||
                (result == LZMA_BUF_ERROR && stream->avail_in == 0);
  bool ok = is_end && *got > 0 && stream->avail_in < 8;
  lzma_end(stream);
  return ok;
}

static bool unpack_alone(const guint8 *data, gsize size, guint8 *out, gsize room, gsize *got) {
  lzma_stream stream = LZMA_STREAM_INIT;
  return lzma_alone_decoder(&stream, 64u << 20) == LZMA_OK &&
         run_lzma(&stream, data, size, out, room, got);
}

static bool unpack_xz(const guint8 *data, gsize size, guint8 *out, gsize room, gsize *got) {
  lzma_stream stream = LZMA_STREAM_INIT;
  return lzma_stream_decoder(&stream, 64u << 20, 0) == LZMA_OK &&
         run_lzma(&stream, data, size, out, room, got);
}

static bool unpack_bare(const guint8 *data, gsize size, guint8 properties, guint8 *out, gsize room,
                        gsize *got) {
  lzma_options_lzma options = {.dict_size = (guint32)MAX(room, 1u << 16),
                               .lc = properties % 9,
                               .lp = properties / 9 % 5,
                               .pb = properties / 45};
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  lzma_stream stream = LZMA_STREAM_INIT;
  return options.pb <= 4 && options.lc + options.lp <= 4 && size > 5 && data[0] == 0 &&
         lzma_raw_decoder(&stream, filters) == LZMA_OK &&
         run_lzma(&stream, data, size, out, room, got);
}

static bool unpack(const AkSquash *self, const guint8 *data, gsize size, guint8 *out, gsize room,
                   gsize *got) {
  gsize used = 0;
  *got = 0;
  switch (self->codec) {
  case AK_SQUASH_ZLIB:
    return unpack_zlib(data, size, out, room, got);
  case AK_SQUASH_MIXED:
    return size > 13 && data[0] == 0x5d ? unpack_alone(data, size, out, room, got)
                                        : unpack_zlib(data, size, out, room, got);
  case AK_SQUASH_LZMA_SHORT:
    return size > 5 && unpack_bare(data + 5, size - 5, data[0], out, room, got);
  case AK_SQUASH_LZMA_TOLD: {
    guint properties = size > 9 && data[0] <= 4 && data[1] <= 8 && data[2] <= 4
                           ? (data[0] * 5u + data[2]) * 9u + data[1]
                           : G_MAXUINT;
    return properties != G_MAXUINT &&
           unpack_bare(data + 4, size - 4, (guint8)properties, out, room, got);
  }
  case AK_SQUASH_LZMA_BARE:
    return unpack_bare(data, size, self->properties, out, room, got);
  case AK_SQUASH_LZO:
    return ak_lzo_unpack(data, size, out, room, got, &used, NULL);
  case AK_SQUASH_XZ:
    return unpack_xz(data, size, out, room, got);
  }
  return false;
}

/* --- metadata ----------------------------------------------------------------------------------
 */

typedef struct {
  gsize header, size;
  bool is_plain;
} MetaHeader;

static bool read_meta_header(const guint8 *data, gsize size, const AkSquashSuper *super,
                             guint64 start, MetaHeader *out) {
  AkWords words = ak_words_init(data, size, (gsize)MIN(start, size), super->is_big);
  guint16 stored = ak_words_u16(&words);
  out->header = super->major < 4 && (super->flags & CHECK_FLAG) != 0 ? 3 : 2;
  out->is_plain = (stored & META_PLAIN) != 0;
  out->size = stored & ~META_PLAIN;
  if (out->size == 0)
    out->size = META_PLAIN;
  return !words.failed && start < size && out->size <= META_SIZE + 1024 &&
         out->header + out->size <= size - start;
}

static GBytes *unpack_meta(const AkSquash *self, guint64 start, const MetaHeader *header) {
  const guint8 *stored = self->data + start + header->header;
  g_autofree guint8 *out = g_malloc(META_SIZE);
  gsize got = header->size;
  if (header->is_plain)
    return header->size <= META_SIZE ? g_bytes_new(stored, header->size) : NULL;
  return unpack(self, stored, header->size, out, META_SIZE, &got)
             ? g_bytes_new_take(g_steal_pointer(&out), got)
             : NULL;
}

/* The content of the metadata block at `start` (borrowed until the next call), and where the next
 * one begins. */
static GBytes *meta_at(AkSquash *self, guint64 start, guint64 *next) {
  MetaHeader header;
  if (!read_meta_header(self->data, self->size, &self->super, start, &header))
    return NULL;
  *next = start + header.header + header.size;
  GBytes *known = g_hash_table_lookup(self->blocks, &start);
  if (known != NULL)
    return known;
  GBytes *content = unpack_meta(self, start, &header);
  if (content == NULL)
    return NULL;
  ak_extents_note(&self->used, start, header.header + header.size);
  if (self->blocks_size > MAX_CACHE) {
    g_hash_table_remove_all(self->blocks);
    self->blocks_size = 0;
  }
  self->blocks_size += META_SIZE;
  g_hash_table_insert(self->blocks, g_memdup2(&start, sizeof start), content);
  return content;
}

guint8 *ak_squash_metadata(AkSquash *self, guint64 *block, gsize *offset, gsize want) {
  g_autofree guint8 *out = g_try_malloc(MAX(want, 1));
  for (gsize got = 0; out != NULL && got < want;) {
    guint64 next = 0;
    gsize size = 0;
    GBytes *content = meta_at(self, *block, &next);
    const guint8 *data = content != NULL ? g_bytes_get_data(content, &size) : NULL;
    if (data == NULL || *offset > size || size == 0)
      return NULL;
    gsize piece = MIN(size - *offset, want - got);
    memcpy(out + got, data + *offset, piece);
    got += piece;
    *offset += piece;
    if (*offset == size && got < want) {
      *block = next;
      *offset = 0;
    }
  }
  return g_steal_pointer(&out);
}

/* --- inodes ------------------------------------------------------------------------------------
 */

typedef struct {
  guint8 at, bits; /* 0 bits: the field is not there */
} Field;

/* `count` bits from a place on: low ones first, or, big-endian, high ones first. */
static guint64 bits_of(const guint8 *data, bool is_big, Field field) {
  guint64 value = 0;
  for (guint i = 0; i < field.bits; i++) {
    guint at = field.at + i;
    guint bit = is_big ? data[at / 8] >> (7 - at % 8) & 1 : data[at / 8] >> at % 8 & 1;
    value = is_big ? value << 1 | bit : value | (guint64)bit << i;
  }
  return value;
}

/* Where the fields of an inode stand, by version and type; `size` bytes before what is of any
 * length. */
static const struct {
  guint8 major, type, size;
  Field length, start, fragment, offset, device;
} inode_kinds[] = {
    {2, 1, 15, {32, 19}, {96, 24}, {0, 0}, {51, 13}, {0, 0}},
    {2, 2, 24, {160, 32}, {64, 32}, {96, 32}, {128, 32}, {0, 0}},
    {2, 3, 6, {32, 16}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {2, 4, 6, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {32, 16}},
    {2, 5, 6, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {32, 16}},
    {2, 6, 4, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {2, 7, 4, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {2, 8, 18, {32, 27}, {104, 24}, {0, 0}, {59, 13}, {0, 0}},
    {3, 1, 28, {128, 19}, {160, 32}, {0, 0}, {147, 13}, {0, 0}},
    {3, 2, 32, {224, 32}, {96, 64}, {160, 32}, {192, 32}, {0, 0}},
    {3, 3, 18, {128, 16}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {3, 4, 18, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {128, 16}},
    {3, 5, 18, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {128, 16}},
    {3, 6, 16, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {3, 7, 16, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {3, 8, 31, {128, 27}, {168, 32}, {0, 0}, {155, 13}, {0, 0}},
    {3, 9, 40, {0, 0}, {128, 64}, {192, 32}, {224, 32}, {0, 0}}, /* its length: at 256 */
    {4, 1, 32, {192, 16}, {128, 32}, {0, 0}, {208, 16}, {0, 0}},
    {4, 2, 32, {224, 32}, {128, 32}, {160, 32}, {192, 32}, {0, 0}},
    {4, 3, 24, {160, 32}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {4, 4, 24, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {160, 32}},
    {4, 5, 24, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {160, 32}},
    {4, 6, 20, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {4, 7, 20, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {4, 8, 40, {160, 32}, {192, 32}, {0, 0}, {0, 0}, {0, 0}}, /* its offset: at 272 */
    {4, 9, 56, {192, 64}, {128, 64}, {0, 0}, {0, 0}, {0, 0}}, /* fragment, offset: at 352, 384 */
    {4, 10, 24, {160, 32}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {4, 11, 28, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {160, 32}},
    {4, 12, 28, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {160, 32}},
    {4, 13, 24, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {4, 14, 24, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
};

static guint id_at(const GArray *ids, guint64 index) {
  return index < ids->len ? g_array_index(ids, guint32, index) : G_MAXUINT;
}

/* Fields beyond the 256th bit. */
static void read_far(const guint8 *data, gsize size, const AkSquashSuper *super, guint type,
                     AkSquashInode *out) {
  if (super->major == 3 && type == 9) {
    AkWords words = ak_words_init(data, size, 32, super->is_big);
    out->size = ak_words_u64(&words);
  }
  if (super->major == 4 && type == 8) {
    AkWords words = ak_words_init(data, size, 34, super->is_big);
    out->offset = ak_words_u16(&words);
  }
  if (super->major == 4 && type == 9) {
    AkWords words = ak_words_init(data, size, 44, super->is_big);
    out->fragment = ak_words_u32(&words);
    out->offset = ak_words_u32(&words);
  }
}

static void read_owner(const AkSquash *self, const guint8 *data, AkSquashInode *out) {
  bool is_new = self->super.major == 4, is_big = self->super.is_big;
  guint64 user = bits_of(data, is_big, is_new ? (Field){32, 16} : (Field){16, 8});
  guint64 group = bits_of(data, is_big, is_new ? (Field){48, 16} : (Field){24, 8});
  out->mode = (guint)bits_of(data, is_big, is_new ? (Field){16, 16} : (Field){4, 12});
  out->uid = id_at(self->ids, user);
  out->gid = is_new ? id_at(self->ids, group)
                    : (group == SAME_GROUP ? out->uid : id_at(self->groups, group));
}

bool ak_squash_read_inode(AkSquash *self, guint64 reference, AkSquashInode *out) {
  const AkSquashSuper *super = &self->super;
  guint64 block = super->inode_start + (reference >> 16), next = block;
  gsize offset = reference & 0xffff, from = offset;
  g_autofree guint8 *base = ak_squash_metadata(self, &next, &from, 2);
  if (base == NULL)
    return false;
  guint type = (guint)bits_of(base, super->is_big, (Field){0, super->major == 4 ? 16 : 4});
  for (gsize i = 0; i < G_N_ELEMENTS(inode_kinds); i++) {
    if (inode_kinds[i].major != super->major || inode_kinds[i].type != type)
      continue;
    *out = (AkSquashInode){.next_block = block, .next_offset = offset};
    gsize size = inode_kinds[i].size;
    g_autofree guint8 *data = ak_squash_metadata(self, &out->next_block, &out->next_offset, size);
    if (data == NULL)
      return false;
    bool big = super->is_big;
    read_owner(self, data, out);
    out->type = type >= LONG_FOLDER ? type - (LONG_FOLDER - 1) : type;
    out->size = bits_of(data, big, inode_kinds[i].length);
    out->start = bits_of(data, big, inode_kinds[i].start);
    out->fragment = (guint32)bits_of(data, big, inode_kinds[i].fragment);
    out->offset = (guint32)bits_of(data, big, inode_kinds[i].offset);
    out->device = (guint32)bits_of(data, big, inode_kinds[i].device);
    read_far(data, size, super, type, out);
    return true;
  }
  return false;
}

/* --- folders -----------------------------------------------------------------------------------
 */

static bool next_header(const AkSquash *self, const guint8 *list, gsize size, AkSquashList *state) {
  guint major = self->super.major;
  gsize length = major == 4 ? 12 : major == 3 ? 9 : 4;
  if (size - state->at < length)
    return false;
  const guint8 *at = list + state->at;
  bool big = self->super.is_big;
  guint64 count = bits_of(at, big, major == 4 ? (Field){0, 32} : (Field){0, 8});
  state->start = bits_of(at, big,
                         major == 4   ? (Field){32, 32}
                         : major == 3 ? (Field){8, 32}
                                      : (Field){8, 24});
  state->at += length;
  state->left = (guint)MIN(count, 65535) + 1;
  return count < 65536;
}

bool ak_squash_next_entry(const AkSquash *self, const guint8 *list, gsize size,
                          AkSquashList *state) {
  guint major = self->super.major;
  gsize length = major == 4 ? 8 : major == 3 ? 5 : 3;
  if (state->left == 0 && (state->at >= size || !next_header(self, list, size, state)))
    return false;
  if (size - state->at < length)
    return false;
  const guint8 *at = list + state->at;
  bool big = self->super.is_big;
  guint64 offset = bits_of(at, big, major == 4 ? (Field){0, 16} : (Field){0, 13});
  state->type = (guint)bits_of(at, big, major == 4 ? (Field){32, 16} : (Field){13, 3});
  state->name_size = bits_of(at, big, major == 4 ? (Field){48, 16} : (Field){16, 8}) + 1;
  if (state->name_size > size - state->at - length)
    return false;
  state->name = at + length;
  state->reference = state->start << 16 | offset;
  state->at += length + state->name_size;
  state->left--;
  return true;
}

/* --- data --------------------------------------------------------------------------------------
 */

gsize ak_squash_stored_size(guint32 stored) {
  return stored & (DATA_PLAIN - 1);
}

bool ak_squash_data(AkSquash *self, guint64 start, guint32 stored, guint8 *out, gsize want) {
  gsize size = ak_squash_stored_size(stored), got = 0;
  if (start > self->size || size > self->size - start || size > self->super.block_size * 2)
    return false;
  ak_extents_note(&self->used, start, size);
  if ((stored & DATA_PLAIN) == 0)
    return unpack(self, self->data + start, size, out, want, &got) && got == want;
  if (size != want)
    return false;
  memcpy(out, self->data + start, want);
  return true;
}

guint8 *ak_squash_fragment(AkSquash *self, const AkSquashFragment *fragment, gsize *got) {
  gsize size = ak_squash_stored_size(fragment->size);
  guint32 room = self->super.block_size;
  if (fragment->start > self->size || size > self->size - fragment->start || size > room * 2)
    return NULL;
  ak_extents_note(&self->used, fragment->start, size);
  g_autofree guint8 *out = g_malloc(room);
  const guint8 *stored = self->data + fragment->start;
  if ((fragment->size & DATA_PLAIN) == 0)
    return unpack(self, stored, size, out, room, got) ? g_steal_pointer(&out) : NULL;
  *got = MIN(size, room);
  memcpy(out, stored, *got);
  return g_steal_pointer(&out);
}

/* --- tables ------------------------------------------------------------------------------------
 */

/* A table in metadata blocks that an index of places leads to. NULL where it is damaged. */
static guint8 *read_indexed(AkSquash *self, guint64 start, gsize size, gsize place_size) {
  gsize count = (size + META_SIZE - 1) / META_SIZE;
  g_autofree guint8 *out = g_try_malloc(MAX(count, 1) * META_SIZE);
  ak_extents_note(&self->used, start, count * place_size);
  for (gsize i = 0; out != NULL && i < count; i++) {
    AkWords words = ak_words_init(
        self->data, self->size, (gsize)MIN(start, self->size) + i * place_size, self->super.is_big);
    guint64 block = place_size == 8 ? ak_words_u64(&words) : ak_words_u32(&words);
    gsize offset = 0, want = MIN(size - i * META_SIZE, META_SIZE);
    g_autofree guint8 *piece =
        words.failed ? NULL : ak_squash_metadata(self, &block, &offset, want);
    if (piece == NULL)
      return NULL;
    memcpy(out + i * META_SIZE, piece, want);
  }
  return g_steal_pointer(&out);
}

static bool read_fragments(AkSquash *self) {
  const AkSquashSuper *super = &self->super;
  gsize entry = super->major == 2 ? 8 : 16, size = super->fragments * entry;
  if (super->fragments == 0)
    return true;
  if (super->fragments > MAX_FRAGMENTS)
    return false;
  g_autofree guint8 *table =
      read_indexed(self, super->fragment_start, size, super->major == 2 ? 4 : 8);
  AkWords words = ak_words_init(table, table != NULL ? size : 0, 0, super->is_big);
  for (guint32 i = 0; i < super->fragments && !words.failed; i++) {
    AkSquashFragment fragment = {0};
    fragment.start = super->major == 2 ? ak_words_u32(&words) : ak_words_u64(&words);
    fragment.size = ak_words_u32(&words);
    ak_words_skip(&words, super->major == 2 ? 0 : 4);
    g_array_append_val(self->fragments, fragment);
  }
  return !words.failed;
}

static bool take_ids(AkSquash *self, GArray *ids, const guint8 *data, gsize size, gsize offset,
                     guint32 count) {
  AkWords words = ak_words_init(data, size, offset, self->super.is_big);
  for (guint32 i = 0; i < count && !words.failed; i++) {
    guint32 id = ak_words_u32(&words);
    g_array_append_val(ids, id);
  }
  return !words.failed;
}

static bool read_ids(AkSquash *self) {
  const AkSquashSuper *super = &self->super;
  if (super->major == 4) {
    g_autofree guint8 *table = read_indexed(self, super->id_start, super->ids * 4u, 8);
    return table != NULL && take_ids(self, self->ids, table, super->ids * 4u, 0, super->ids);
  }
  ak_extents_note(&self->used, super->id_start, super->ids * 4u);
  ak_extents_note(&self->used, super->group_start, super->groups * 4u);
  return take_ids(self, self->ids, self->data, self->size, (gsize)MIN(super->id_start, self->size),
                  super->ids) &&
         take_ids(self, self->groups, self->data, self->size,
                  (gsize)MIN(super->group_start, self->size), super->groups);
}

/* Of inodes by number: it says again what folders say. */
static bool read_lookup(AkSquash *self) {
  const AkSquashSuper *super = &self->super;
  if (super->major < 3 || super->lookup_start == NO_TABLE || super->lookup_start >= self->size)
    return true;
  if (super->inodes > self->size)
    return false;
  g_autofree guint8 *table = read_indexed(self, super->lookup_start, super->inodes * 8ul, 8);
  return table != NULL;
}

/* --- which compression -------------------------------------------------------------------------
 */

/* True if the root's inode is a folder whose list begins with an entry. */
static bool is_codec(AkSquash *self) {
  AkSquashInode root;
  g_hash_table_remove_all(self->blocks);
  if (!ak_squash_read_inode(self, self->super.root, &root) || root.type != 1 ||
      root.offset >= META_SIZE || root.start >= self->size)
    return false;
  guint64 start = self->super.folder_start + root.start;
  gsize offset = root.offset, want = (gsize)MIN(root.size, 64);
  if (root.size <= 3)
    return true;
  want -= self->super.major >= 3 && want == root.size ? 3 : 0;
  g_autofree guint8 *list = ak_squash_metadata(self, &start, &offset, want);
  AkSquashList state = {0};
  return list != NULL && (ak_squash_next_entry(self, list, want, &state) || want == 64) &&
         state.type <= 14;
}

static bool try_codec(AkSquash *self, AkSquashCodec codec, guint8 properties) {
  self->codec = codec;
  self->properties = properties;
  return is_codec(self);
}

/* What 4.0 names comes first; then what makers put in its place. Of bare LZMA all properties are
 * tried, those of its tools first. */
static bool find_codec(AkSquash *self) {
  if (self->super.major == 4 && self->super.compression == 3)
    return try_codec(self, AK_SQUASH_LZO, 0);
  if (try_codec(self, AK_SQUASH_ZLIB, 0) || try_codec(self, AK_SQUASH_MIXED, 0) ||
      try_codec(self, AK_SQUASH_XZ, 0) || try_codec(self, AK_SQUASH_LZMA_SHORT, 0) ||
      try_codec(self, AK_SQUASH_LZMA_TOLD, 0) ||
      try_codec(self, AK_SQUASH_LZMA_BARE, (2 * 5 + 0) * 9 + 3))
    return true;
  for (guint properties = 0; properties < 5 * 5 * 9; properties++)
    if (try_codec(self, AK_SQUASH_LZMA_BARE, (guint8)properties))
      return true;
  return false;
}

bool ak_squash_is_standard(const guint8 *data, gsize size, const AkSquashSuper *super) {
  MetaHeader header;
  if (memcmp(data, "hsqs", 4) != 0 || super->major != 4 || super->compression == 3)
    return false;
  if (super->compression > 2 || !read_meta_header(data, size, super, super->inode_start, &header) ||
      header.is_plain)
    return true;
  guint8 first = data[super->inode_start + header.header];
  return first == (super->compression == 1 ? 0x78 : 0x5d);
}

bool ak_squash_init(AkSquash *self, const guint8 *data, gsize size, GError **error) {
  *self = (AkSquash){.data = data, .size = size};
  if (!ak_squash_read_super(data, size, &self->super))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged superblock");
  self->size = (gsize)MIN(size, self->super.bytes_used);
  self->blocks =
      g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_bytes_unref);
  self->fragments = g_array_new(FALSE, FALSE, sizeof(AkSquashFragment));
  self->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
  self->groups = g_array_new(FALSE, FALSE, sizeof(guint32));
  if (!find_codec(self))
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                        "the root folder does not unpack by any compression that is known");
  ak_extents_note(&self->used, 0, self->super.size);
  MetaHeader options;
  if (self->super.major == 4 && (self->super.flags & OPTIONS_FLAG) != 0 &&
      read_meta_header(data, self->size, &self->super, self->super.size, &options))
    ak_extents_note(&self->used, self->super.size, options.header + options.size);
  if (!read_fragments(self) || !read_ids(self) || !read_lookup(self))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "a table is damaged");
  return true;
}

void ak_squash_clear(AkSquash *self) {
  g_clear_pointer(&self->blocks, g_hash_table_unref);
  g_clear_pointer(&self->fragments, g_array_unref);
  g_clear_pointer(&self->ids, g_array_unref);
  g_clear_pointer(&self->groups, g_array_unref);
  ak_extents_clear(&self->used);
}
