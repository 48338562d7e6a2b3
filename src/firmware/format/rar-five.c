/* RAR 5: blocks of CRC-32, size, type, flags, fields, extra records, and a content behind. Numbers
 * have seven bits a byte. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/parts.h"
#include "firmware/format/rar-headers.h"
#include "util/reader.h"

enum { MAIN = 1, FILE_BLOCK = 2, SERVICE = 3, ENCRYPTION = 4, END = 5 };
enum { HAS_EXTRA = 1, HAS_DATA = 2, GOES_ON = 0x18 }; /* from, or to another volume */
enum { MAIN_IS_VOLUME = 1, END_HAS_NEXT = 1 };
enum { FILE_IS_FOLDER = 1, FILE_HAS_TIME = 2, FILE_HAS_CRC = 4, FILE_HAS_NO_SIZE = 8 };
enum { RECORD_ENCRYPTION = 1, RECORD_HASH = 2, RECORD_LINK = 5, RECORD_OWNER = 6 };
enum { OWNER_USER = 1, OWNER_GROUP = 2, OWNER_UID = 4, OWNER_GID = 8 };
enum { HOST_UNIX = 1, METHOD_MASK = 0x380, MAX_HEADER = 2 << 20, MAX_FIRST = 4096 };

typedef struct {
  guint64 type, flags;
  AkReader fields, extra;
  gsize data_at, data_size;
  bool is_short;
} Block;

static bool read_number(AkReader *reader, guint64 *out) {
  *out = 0;
  for (guint shift = 0; shift < 70; shift += 7) {
    guint8 byte = 0;
    if (!ak_reader_u8(reader, &byte, NULL))
      return false;
    *out |= shift < 63 || byte <= 1 ? (guint64)(byte & 0x7f) << shift : 0;
    if ((byte & 0x80) == 0)
      return shift < 63 || byte <= 1;
  }
  return false;
}

/* The header at `at`: its size and its checksum hold. */
static bool read_header(const guint8 *data, gsize size, gsize at, gsize most, AkReader *header,
                        gsize *end) {
  AkReader reader = ak_reader_init(data, size);
  guint32 crc = 0;
  guint64 length = 0;
  if (!ak_reader_seek(&reader, at, NULL) || !ak_reader_u32le(&reader, &crc, NULL) ||
      !read_number(&reader, &length) || length == 0 || length > most ||
      !ak_reader_sub(&reader, (gsize)length, header, NULL))
    return false;
  *end = reader.position;
  return ak_parts_crc32(data + at + 4, reader.position - at - 4) == crc;
}

/* 1: a block; 0: none, or a damaged one. */
static bool read_block(const AkRar *self, gsize at, Block *out) {
  gsize end = 0;
  guint64 extra = 0, data = 0;
  *out = (Block){0};
  AkReader *fields = &out->fields;
  if (!read_header(self->data, self->size, at, MAX_HEADER, fields, &end) ||
      !read_number(fields, &out->type) || !read_number(fields, &out->flags) ||
      ((out->flags & HAS_EXTRA) != 0 && !read_number(fields, &extra)) ||
      ((out->flags & HAS_DATA) != 0 && !read_number(fields, &data)) ||
      extra > ak_reader_left(fields))
    return false;
  out->extra = ak_reader_init(fields->data + fields->size - extra, (gsize)extra);
  fields->size -= (gsize)extra;
  out->data_at = end;
  out->is_short = !ak_rar_place(self, end, data, &out->data_size);
  return true;
}

/* --- a file's extra records ------------------------------------------------------------------ */

static char *take_text(AkReader *reader) {
  guint64 length = 0;
  const guint8 *bytes = NULL;
  return read_number(reader, &length) && length <= ak_reader_left(reader) &&
                 ak_reader_bytes(reader, (gsize)length, &bytes, NULL)
             ? g_strndup((const char *)bytes, (gsize)length)
             : NULL;
}

static bool read_hash(AkReader *record, AkRarEntry *entry) {
  guint64 kind = 0;
  return read_number(record, &kind) && kind == 0 &&
         ak_reader_bytes(record, 32, &entry->blake2sp, NULL);
}

static bool read_link(AkReader *record, AkRarEntry *entry) {
  static const AkRarKind kinds[] = {[1] = AK_RAR_LINK,
                                    [2] = AK_RAR_LINK,
                                    [3] = AK_RAR_LINK,
                                    [4] = AK_RAR_SAME_AS,
                                    [5] = AK_RAR_SAME_AS};
  guint64 kind = 0, flags = 0;
  if (!read_number(record, &kind) || kind == 0 || kind >= G_N_ELEMENTS(kinds) ||
      !read_number(record, &flags) || entry->target != NULL)
    return false;
  entry->kind = kinds[kind];
  entry->target = take_text(record);
  return entry->target != NULL;
}

static bool read_owner(AkReader *record, AkRarEntry *entry) {
  guint64 flags = 0, uid = 0, gid = 0;
  if (!read_number(record, &flags))
    return false;
  for (guint64 flag = OWNER_USER; flag <= OWNER_GROUP; flag <<= 1) {
    g_autofree char *name = (flags & flag) != 0 ? take_text(record) : NULL;
    if ((flags & flag) != 0 && name == NULL)
      return false;
  }
  if (((flags & OWNER_UID) != 0 && !read_number(record, &uid)) ||
      ((flags & OWNER_GID) != 0 && !read_number(record, &gid)))
    return false;
  entry->uid = (guint)MIN(uid, G_MAXUINT32);
  entry->gid = (guint)MIN(gid, G_MAXUINT32);
  return true;
}

/* What is unknown (times, versions) says nothing about the content. */
static bool read_record(AkReader *extra, AkRarEntry *entry) {
  guint64 size = 0, type = 0;
  AkReader record;
  if (!read_number(extra, &size) || size > ak_reader_left(extra) ||
      !ak_reader_sub(extra, (gsize)size, &record, NULL) || !read_number(&record, &type))
    return false;
  switch (type) {
  case RECORD_ENCRYPTION:
    entry->is_encrypted = true;
    return true;
  case RECORD_HASH:
    return read_hash(&record, entry);
  case RECORD_LINK:
    return read_link(&record, entry);
  case RECORD_OWNER:
    return read_owner(&record, entry);
  default:
    return true;
  }
}

/* --- blocks ---------------------------------------------------------------------------------- */

static void set_mode(AkRarEntry *entry, guint64 host, guint64 attributes, bool is_folder) {
  entry->has_mode = host == HOST_UNIX;
  entry->mode = host == HOST_UNIX ? (guint)(attributes & 07777) : is_folder ? 0755 : 0644;
  entry->kind = is_folder ? AK_RAR_FOLDER : AK_RAR_FILE;
}

static bool read_entry(const Block *block, AkRarEntry *entry) {
  AkReader fields = block->fields, extra = block->extra;
  guint64 flags = 0, attributes = 0, method = 0, host = 0;
  if (!read_number(&fields, &flags) || !read_number(&fields, &entry->size) ||
      !read_number(&fields, &attributes) ||
      ((flags & FILE_HAS_TIME) != 0 && !ak_reader_skip(&fields, 4, NULL)) ||
      ((flags & FILE_HAS_CRC) != 0 && !ak_reader_u32le(&fields, &entry->crc, NULL)) ||
      !read_number(&fields, &method) || !read_number(&fields, &host))
    return false;
  set_mode(entry, host, attributes, (flags & FILE_IS_FOLDER) != 0);
  entry->name = take_text(&fields);
  entry->has_crc = (flags & FILE_HAS_CRC) != 0;
  entry->is_stored = (method & METHOD_MASK) == 0;
  entry->is_split = (block->flags & GOES_ON) != 0;
  if ((flags & FILE_HAS_NO_SIZE) != 0)
    entry->size = G_MAXUINT64;
  if (block->type == SERVICE) /* its records have other meanings */
    entry->kind = AK_RAR_SERVICE;
  while (block->type == FILE_BLOCK && !entry->is_odd && ak_reader_left(&extra) > 0)
    entry->is_odd = !read_record(&extra, entry);
  return entry->name != NULL;
}

static bool add_entry(AkRar *self, const Block *block) {
  AkRarEntry entry = {
      .at = block->data_at, .packed = block->data_size, .is_short = block->is_short};
  if (read_entry(block, &entry))
    return ak_rar_add(self, entry);
  ak_rar_entry_clear(&entry);
  ak_rar_cut(self, "an entry's header that cannot be read");
  return true;
}

/* False: no further block. */
static bool take_block(AkRar *self, const Block *block) {
  AkReader fields = block->fields;
  guint64 flags = 0;
  if ((block->type == MAIN || block->type == END) && !read_number(&fields, &flags))
    ak_rar_cut(self, "a header that cannot be read");
  if (block->type == MAIN && (flags & MAIN_IS_VOLUME) != 0)
    ak_rar_cut(self, "one of several volumes");
  if (block->type == END && (flags & END_HAS_NEXT) != 0)
    ak_rar_cut(self, "goes on in another volume");
  if (block->type == ENCRYPTION) {
    ak_rar_cut(self, "encrypted with all names");
    self->end = self->size;
    return false;
  }
  if (block->type == FILE_BLOCK || block->type == SERVICE)
    return add_entry(self, block);
  if (block->type == 0 || block->type > END)
    ak_rar_cut(self, "a block of unknown kind");
  return block->type != END;
}

bool ak_rar_five_begins(const guint8 *data, gsize size) {
  AkReader header;
  gsize end = 0;
  guint64 type = 0;
  return size > AK_RAR_MAGIC_FIVE_SIZE &&
         memcmp(data, AK_RAR_MAGIC_FIVE, AK_RAR_MAGIC_FIVE_SIZE) == 0 &&
         read_header(data, size, AK_RAR_MAGIC_FIVE_SIZE, MAX_FIRST, &header, &end) &&
         read_number(&header, &type) && (type == MAIN || type == ENCRYPTION);
}

void ak_rar_five_read(AkRar *self) {
  Block block;
  bool more = true;
  self->end = AK_RAR_MAGIC_FIVE_SIZE;
  while (more && read_block(self, self->end, &block)) {
    self->end = block.data_at + block.data_size;
    more = take_block(self, &block);
  }
  if (more && self->end >= self->size)
    ak_rar_cut(self, "ends before its last block");
  else if (more)
    ak_rar_cut(self, "damaged header at %" G_GSIZE_FORMAT, self->end);
}
