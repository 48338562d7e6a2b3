/* UBI: volumes spread over erase blocks. CRCs guard the headers of each block, the table of
 * volumes, and the content of static volumes. Of several copies of a block of a volume the one with
 * the highest number counts; what the others hold is a region of its own. Source: Linux,
 * drivers/mtd/ubi/ubi-media.h. */
#include <string.h>
#include <zlib.h>

#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/words.h"

#define BLOCK_MAGIC 0x55424923  /* "UBI#" */
#define VOLUME_MAGIC 0x55424921 /* "UBI!" */
#define HEADER_SIZE 64
#define STEP 512 /* erase blocks begin at multiples of the smallest page */
#define MAX_BLOCK (16u << 20)
#define LAYOUT_VOLUME 0x7fffefffu /* holds the table of volumes, twice */
#define RECORD_SIZE 172
#define MAX_VOLUMES 128
#define MAX_NAME 128
#define STATIC 2
#define NO_BLOCK G_MAXUINT

typedef struct {
  guint32 header, data, sequence; /* where in a block; the image's number, 0: none */
} BlockHeader;

/* A block that belongs to a volume. */
typedef struct {
  guint32 volume, number; /* of the block within the volume */
  guint64 sequence;
  guint32 data_size, used_blocks, pad, crc;
  guint8 type;
  bool is_copy; /* its CRC tells whether it was copied to the end */
  guint index;  /* of the erase block */
} Block;

typedef struct {
  guint32 blocks, pad;
  guint8 type;
  bool is_open; /* an update was not finished */
  char *name;
} Volume;

typedef struct {
  AkEntries entries;
  const guint8 *data;
  gsize size, block_size;
  guint count; /* erase blocks */
  BlockHeader first;
  GArray *blocks; /* of Block, by volume, number, sequence */
  Volume volumes[MAX_VOLUMES];
} Image;

static void image_clear(Image *self) {
  g_clear_pointer(&self->blocks, g_array_unref);
  for (guint i = 0; i < MAX_VOLUMES; i++)
    g_clear_pointer(&self->volumes[i].name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Image, image_clear)

/* --- headers -----------------------------------------------------------------------------------
 */

/* CRC-32 begun with all ones and not inverted at the end. */
static guint32 crc_of(const guint8 *data, gsize size) {
  return ~(guint32)crc32_z(0, data, size);
}

static bool read_block_header(const guint8 *data, gsize size, BlockHeader *out) {
  AkWords words = ak_words_init(data, size, 0, true);
  guint32 magic = ak_words_u32(&words);
  guint8 version = ak_words_u8(&words);
  ak_words_skip(&words, 11);
  *out = (BlockHeader){.header = ak_words_u32(&words)};
  out->data = ak_words_u32(&words);
  out->sequence = ak_words_u32(&words);
  ak_words_skip(&words, 32);
  guint32 crc = ak_words_u32(&words);
  return !words.failed && magic == BLOCK_MAGIC && version == 1 && out->header >= HEADER_SIZE &&
         out->header < MAX_BLOCK && out->data >= out->header + HEADER_SIZE &&
         out->data < MAX_BLOCK && crc == crc_of(data, HEADER_SIZE - 4);
}

static bool read_volume_header(const guint8 *data, gsize size, Block *out) {
  AkWords words = ak_words_init(data, size, 0, true);
  guint32 magic = ak_words_u32(&words);
  guint8 version = ak_words_u8(&words);
  *out = (Block){.type = ak_words_u8(&words)};
  out->is_copy = ak_words_u8(&words) != 0;
  ak_words_skip(&words, 1);
  out->volume = ak_words_u32(&words);
  out->number = ak_words_u32(&words);
  ak_words_skip(&words, 4);
  out->data_size = ak_words_u32(&words);
  out->used_blocks = ak_words_u32(&words);
  out->pad = ak_words_u32(&words);
  out->crc = ak_words_u32(&words);
  ak_words_skip(&words, 4);
  out->sequence = ak_words_u64(&words);
  ak_words_skip(&words, 12);
  guint32 crc = ak_words_u32(&words);
  return !words.failed && magic == VOLUME_MAGIC && version == 1 &&
         crc == crc_of(data, HEADER_SIZE - 4);
}

static guint bid(const guint8 *data, gsize size) {
  BlockHeader header;
  return read_block_header(data, size, &header) ? 80 : 0;
}

/* --- erase blocks ------------------------------------------------------------------------------
 */

/* Of the same image: another number is another image. */
static bool is_same_image(const BlockHeader *a, const BlockHeader *b) {
  return a->header == b->header && a->data == b->data &&
         (a->sequence == b->sequence || a->sequence == 0 || b->sequence == 0);
}

static gsize greatest_divisor(gsize a, gsize b) {
  while (b != 0) {
    gsize rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* How long an erase block is: by the distances between their headers. */
static gsize find_block_size(const Image *self) {
  gsize divisor = 0;
  for (gsize at = STEP; at + HEADER_SIZE <= self->size; at += STEP) {
    BlockHeader header;
    if (memcmp(self->data + at, "UBI#", 4) != 0 ||
        !read_block_header(self->data + at, self->size - at, &header))
      continue;
    if (!is_same_image(&self->first, &header))
      break;
    divisor = greatest_divisor(divisor, at);
  }
  return divisor != 0 ? divisor : self->size;
}

static bool is_erased(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0xff && data[i] != 0x00)
      return false;
  return true;
}

static const guint8 *block_at(const Image *self, guint index, gsize *size) {
  gsize at = (gsize)index * self->block_size;
  *size = MIN(self->block_size, self->size - at);
  return self->data + at;
}

/* An erase block with its header; false: it has none. */
static bool take_block(Image *self, guint index) {
  gsize size = 0;
  const guint8 *data = block_at(self, index, &size);
  BlockHeader header;
  Block block;
  if (!read_block_header(data, size, &header) || !is_same_image(&self->first, &header))
    return false;
  if (size < self->block_size)
    ak_entries_cut(&self->entries, "the image ends within an erase block");
  if (size < header.data)
    return true;
  bool is_used = read_volume_header(data + header.header, size - header.header, &block);
  gsize behind = header.header + HEADER_SIZE;
  bool is_clean = is_erased(data + HEADER_SIZE, header.header - HEADER_SIZE) &&
                  is_erased(data + behind, header.data - behind);
  if (!is_clean || (!is_used && !is_erased(data + header.header, size - header.header)))
    ak_entries_cut(&self->entries, "erase block %u: a damaged header", index);
  block.index = index;
  if (is_used)
    g_array_append_val(self->blocks, block);
  return true;
}

/* All blocks up to the last that has a header. */
static void take_blocks(Image *self) {
  guint all = (guint)((self->size + self->block_size - 1) / self->block_size);
  guint odd = NO_BLOCK; /* the first one without a header that is not empty either */
  for (guint i = 0; i < all; i++) {
    gsize size = 0;
    const guint8 *data = block_at(self, i, &size);
    if (take_block(self, i)) {
      self->count = i + 1;
      if (odd != NO_BLOCK)
        ak_entries_cut(&self->entries, "erase block %u has no header", odd);
    } else if (!is_erased(data, size)) {
      if (size >= HEADER_SIZE && bid(data, size) > 0)
        return; /* another image */
      odd = MIN(odd, i);
    }
  }
}

static gint by_place(gconstpointer left, gconstpointer right) {
  const Block *a = left, *b = right;
  if (a->volume != b->volume)
    return a->volume < b->volume ? -1 : 1;
  if (a->number != b->number)
    return a->number < b->number ? -1 : 1;
  if (a->sequence != b->sequence)
    return a->sequence < b->sequence ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

/* A number is given once: a second block of the same number belongs to another image behind this
 * one. */
static void drop_other_image(Image *self) {
  guint other = NO_BLOCK, kept = 0;
  g_array_sort(self->blocks, by_place);
  for (guint i = 1; i < self->blocks->len; i++) {
    const Block *a = &g_array_index(self->blocks, Block, i - 1), *b = a + 1;
    if (a->volume == b->volume && a->number == b->number && a->sequence == b->sequence)
      other = MIN(other, b->index);
  }
  for (guint i = 0; i < self->blocks->len; i++) {
    Block block = g_array_index(self->blocks, Block, i);
    if (block.index < other)
      g_array_index(self->blocks, Block, kept++) = block;
  }
  g_array_set_size(self->blocks, kept);
  self->count = MIN(self->count, other);
}

/* --- contents ----------------------------------------------------------------------------------
 */

static const guint8 *content_of(const Image *self, const Block *block, gsize *size) {
  gsize whole = 0;
  const guint8 *data = block_at(self, block->index, &whole);
  gsize room = self->block_size - self->first.data;
  *size = MIN(whole - MIN(whole, self->first.data), room - MIN(block->pad, room));
  return data + MIN(whole, self->first.data);
}

static bool has_crc(const Image *self, const Block *block) {
  gsize size = 0;
  const guint8 *data = content_of(self, block, &size);
  return block->data_size <= size && block->crc == crc_of(data, block->data_size);
}

/* Of blocks from … to of the same number, the place of the one that counts. A copy that was broken
 * off does not. */
static guint choose(const Image *self, guint from, guint to) {
  for (guint i = to; i > from + 1; i--) {
    const Block *block = &g_array_index(self->blocks, Block, i - 1);
    if (!block->is_copy || has_crc(self, block))
      return i - 1;
  }
  return from;
}

static bool add_old(Image *self, const Block *block, GError **error) {
  gsize size = 0;
  const guint8 *data = content_of(self, block, &size);
  return is_erased(data, size) ||
         ak_entries_add_region(&self->entries, "old", (gsize)(data - self->data), size, error);
}

static guint same_number_end(const Image *self, guint from) {
  const Block *first = &g_array_index(self->blocks, Block, from);
  guint to = from + 1;
  while (to < self->blocks->len) {
    const Block *next = &g_array_index(self->blocks, Block, to);
    if (next->volume != first->volume || next->number != first->number)
      break;
    to++;
  }
  return to;
}

/* Drops what does not count from the list. */
static bool drop_old(Image *self, GError **error) {
  guint kept = 0, to = 0;
  for (guint from = 0; from < self->blocks->len; from = to) {
    to = same_number_end(self, from);
    guint chosen = choose(self, from, to);
    for (guint i = from; i < to; i++)
      if (i != chosen && !add_old(self, &g_array_index(self->blocks, Block, i), error))
        return false;
    g_array_index(self->blocks, Block, kept++) = g_array_index(self->blocks, Block, chosen);
  }
  g_array_set_size(self->blocks, kept);
  return true;
}

/* --- the table of volumes ----------------------------------------------------------------------
 */

static bool read_record(AkWords *words, Volume *out) {
  const guint8 *record = ak_words_bytes(words, RECORD_SIZE);
  AkWords fields = ak_words_init(record, record != NULL ? RECORD_SIZE : 0, 0, true);
  *out = (Volume){.blocks = ak_words_u32(&fields)};
  ak_words_skip(&fields, 4);
  out->pad = ak_words_u32(&fields);
  out->type = ak_words_u8(&fields);
  out->is_open = ak_words_u8(&fields) != 0;
  guint16 name_size = ak_words_u16(&fields);
  const guint8 *name = ak_words_bytes(&fields, MAX_NAME);
  ak_words_skip(&fields, 24);
  guint32 crc = ak_words_u32(&fields);
  if (fields.failed || crc != crc_of(record, RECORD_SIZE - 4) || name_size >= MAX_NAME)
    return false;
  out->name = g_strndup((const char *)name, name_size);
  return true;
}

/* One of the two copies, all of it sound. */
static bool read_table(Image *self, const Block *block) {
  gsize size = 0;
  const guint8 *data = content_of(self, block, &size);
  AkWords words = ak_words_init(data, size, 0, true);
  guint count = (guint)MIN(size / RECORD_SIZE, MAX_VOLUMES);
  for (guint i = 0; i < count; i++) {
    g_clear_pointer(&self->volumes[i].name, g_free);
    if (!read_record(&words, &self->volumes[i]))
      return false;
  }
  gsize used = (gsize)count * RECORD_SIZE;
  return is_erased(data + used, size - used);
}

static void find_table(Image *self) {
  for (guint i = 0; i < self->blocks->len; i++) {
    const Block *block = &g_array_index(self->blocks, Block, i);
    if (block->volume == LAYOUT_VOLUME && read_table(self, block))
      return;
  }
  ak_entries_cut(&self->entries, "its table of volumes is damaged");
}

/* --- volumes -----------------------------------------------------------------------------------
 */

static char *name_of(const Image *self, guint32 id) {
  const char *name = id < MAX_VOLUMES ? self->volumes[id].name : NULL;
  if (name == NULL || *name == '\0')
    return g_strdup_printf("#volume-%u", id);
  char *path = ak_firmware_tree_child_path("", name, strlen(name));
  path[0] = '#';
  return path;
}

/* A static volume's blocks are all there, and their CRCs hold. */
static const char *check_static(const Image *self, guint from, guint to) {
  const Block *first = &g_array_index(self->blocks, Block, from);
  const Block *last = &g_array_index(self->blocks, Block, to - 1);
  if (to - from != first->used_blocks || last->number != first->used_blocks - 1)
    return "ubi: blocks of this volume are missing";
  for (guint i = from; i < to; i++)
    if (!has_crc(self, &g_array_index(self->blocks, Block, i)))
      return "ubi: a block of this volume has another checksum";
  return NULL;
}

/* The volume's bytes: what no erase block holds is erased. Of a static one so many as it says. */
static GBytes *assemble(const Image *self, guint from, guint to, GError **error) {
  const Block *last = &g_array_index(self->blocks, Block, to - 1);
  gsize room = self->block_size - self->first.data;
  guint64 step = room - MIN(last->pad, room), whole = step * ((guint64)last->number + 1);
  if (whole > ak_firmware_tree_budget(self->entries.tree, self->size)) {
    ak_error_set(error, AK_ERROR_LIMIT, "a volume of %" G_GUINT64_FORMAT " bytes", whole);
    return NULL;
  }
  guint8 *bytes = ak_firmware_tree_room(self->entries.tree, whole, error);
  if (bytes == NULL)
    return NULL;
  memset(bytes, 0xff, whole);
  for (guint i = from; i < to; i++) {
    const Block *block = &g_array_index(self->blocks, Block, i);
    gsize size = 0;
    const guint8 *data = content_of(self, block, &size);
    if (block->number <= last->number && size > 0)
      memcpy(bytes + step * block->number, data, MIN(size, step));
  }
  bool is_static = last->type == STATIC && last->data_size <= step;
  return ak_firmware_tree_room_take(self->entries.tree, bytes, is_static ? whole - step + last->data_size : whole);
}

static bool add_volume(Image *self, guint from, guint to, GError **error) {
  const Block *first = &g_array_index(self->blocks, Block, from);
  guint32 id = first->volume;
  bool is_known = id < MAX_VOLUMES && self->volumes[id].blocks > 0;
  g_autoptr(GError) failure = NULL;
  AkNode node = {.parent = self->entries.root, .path = name_of(self, id)};
  if (first->type == STATIC)
    node.cut = g_strdup(check_static(self, from, to));
  if (node.cut == NULL && !is_known)
    node.cut = g_strdup("ubi: this volume is not in the table");
  if (node.cut == NULL && self->volumes[MIN(id, MAX_VOLUMES - 1)].is_open)
    node.cut = g_strdup("ubi: this volume's update was not finished");
  node.bytes = assemble(self, from, to, &failure);
  if (node.bytes == NULL) {
    g_free(node.cut);
    node.cut = g_strdup_printf("ubi: %s", failure->message);
  }
  return ak_firmware_tree_add(self->entries.tree, node, NULL, error);
}

static bool add_volumes(Image *self, GError **error) {
  guint to = 0;
  for (guint from = 0; from < self->blocks->len; from = to) {
    guint32 id = g_array_index(self->blocks, Block, from).volume;
    for (to = from; to < self->blocks->len; to++)
      if (g_array_index(self->blocks, Block, to).volume != id)
        break;
    if (id != LAYOUT_VOLUME && !add_volume(self, from, to, error))
      return false;
  }
  return true;
}

static bool open_ubi(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Image) self = {.entries = {tree, node, "ubi"}, .data = data, .size = size};
  if (!read_block_header(data, size, &self.first))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged first header");
  self.blocks = g_array_new(FALSE, FALSE, sizeof(Block));
  self.block_size = find_block_size(&self);
  if (self.block_size <= self.first.data)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "erase blocks shorter than their headers");
  take_blocks(&self);
  drop_other_image(&self);
  *used = MIN(size, (gsize)self.count * self.block_size);
  if (!drop_old(&self, error))
    return false;
  find_table(&self);
  return add_volumes(&self, error);
}

static const char *const sources[] = {"Linux drivers/mtd/ubi/ubi-media.h", NULL};

extern const AkFirmwareFormat ak_firmware_ubi_format;
const AkFirmwareFormat ak_firmware_ubi_format = {
    .name = "ubi",
    .help_en = "UBI volumes",
    .help_ja = "UBIボリューム",
    .sources = sources,
    .magics = {{"UBI#", 4}},
    .bid = bid,
    .open = open_ubi,
    .guards = AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_ubi_fuzz(const guint8 *data, gsize size);
bool ak_firmware_ubi_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_ubi_format, data, size);
}
