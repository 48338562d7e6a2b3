/* RAR 1.5 to 4: blocks of a CRC (16 bits), type, flags, size, fields, and a content behind. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/parts.h"
#include "firmware/format/rar-headers.h"
#include "util/reader.h"

enum {
  ARCHIVE = 0x73,
  FILE_BLOCK = 0x74,
  OLD_FIRST = 0x75,
  OLD_LAST = 0x79,
  SERVICE = 0x7a,
  END = 0x7b
};
enum { HAS_DATA = 0x8000 };
enum { ARCHIVE_IS_VOLUME = 1, ARCHIVE_HAS_COMMENT = 2, ARCHIVE_IS_ENCRYPTED = 0x80 };
enum {
  FILE_GOES_ON = 3,
  FILE_IS_ENCRYPTED = 4,
  FILE_HAS_COMMENT = 8,
  FILE_IS_FOLDER = 0xe0,
  FILE_IS_LARGE = 0x100,
  FILE_IS_UNICODE = 0x200
};
enum { END_HAS_NEXT = 1 };
enum { HOST_UNIX = 3, HOST_BEOS = 5, STORED = 0x30, DOS_FOLDER = 0x10 };
enum { HEADER_SIZE = 7, ARCHIVE_SIZE = 13, VERSION_WITH_END = 29 }; /* RAR 3 */

typedef struct {
  guint8 type;
  guint16 flags;
  AkReader fields; /* behind the first seven bytes */
  gsize data_at, data_size;
  bool is_short;
} Block;

static bool has_sum(const guint8 *header, gsize size, guint16 told) {
  return (ak_parts_crc32(header + 2, size - 2) & 0xffff) == told;
}

/* The size of what stands behind a header. */
static bool read_data_size(const Block *block, guint64 *out) {
  AkReader fields = block->fields;
  guint32 low = 0, high = 0;
  bool is_file = block->type == FILE_BLOCK || block->type == SERVICE;
  *out = 0;
  if (!is_file && (block->flags & HAS_DATA) == 0)
    return true;
  if (!ak_reader_u32le(&fields, &low, NULL) ||
      (is_file && (block->flags & FILE_IS_LARGE) != 0 &&
       (!ak_reader_skip(&fields, 21, NULL) || !ak_reader_u32le(&fields, &high, NULL))))
    return false;
  *out = (guint64)high << 32 | low;
  return true;
}

static bool read_block(const AkRar *self, gsize at, Block *out) {
  AkReader reader = ak_reader_init(self->data, self->size);
  guint16 crc = 0, size = 0;
  guint64 data = 0;
  *out = (Block){0};
  if (!ak_reader_seek(&reader, at, NULL) || !ak_reader_u16le(&reader, &crc, NULL) ||
      !ak_reader_u8(&reader, &out->type, NULL) || !ak_reader_u16le(&reader, &out->flags, NULL) ||
      !ak_reader_u16le(&reader, &size, NULL) || size < HEADER_SIZE ||
      !ak_reader_sub(&reader, size - HEADER_SIZE, &out->fields, NULL) ||
      !has_sum(self->data + at, size, crc) || !read_data_size(out, &data))
    return false;
  out->data_at = at + size;
  out->is_short = !ak_rar_place(self, out->data_at, data, &out->data_size);
  return true;
}

/* --- names ----------------------------------------------------------------------------------- */

/* A name in two forms: bytes of an unknown code page, NUL, and UTF-16 in which a byte has the upper
 * byte of the name, none, both, or is copied from the first form. Two bits say which, four of them
 * in a byte. */
typedef struct {
  const guint8 *plain;
  gsize plain_size;
  AkReader packed;
  GArray *units; /* of gunichar2 */
  guint8 high;
} Names;

static void add_unit(Names *self, guint high, guint low) {
  gunichar2 unit = (gunichar2)(high << 8 | low);
  g_array_append_val(self->units, unit);
}

static bool copy_plain(Names *self) {
  guint8 length = 0, correction = 0;
  if (!ak_reader_u8(&self->packed, &length, NULL) ||
      ((length & 0x80) != 0 && !ak_reader_u8(&self->packed, &correction, NULL)))
    return false;
  for (guint i = 0; i < (length & 0x7fu) + 2 && self->units->len < self->plain_size; i++) {
    guint8 byte = self->plain[self->units->len];
    if ((length & 0x80) != 0)
      add_unit(self, self->high, (byte + correction) & 0xffu);
    else
      add_unit(self, 0, byte);
  }
  return true;
}

static bool add_coded(Names *self, guint code) {
  guint8 low = 0, high = code == 1 ? self->high : 0;
  if (code == 3)
    return copy_plain(self);
  if (!ak_reader_u8(&self->packed, &low, NULL) ||
      (code == 2 && !ak_reader_u8(&self->packed, &high, NULL)))
    return false;
  add_unit(self, high, low);
  return true;
}

static char *decode_name(const guint8 *plain, gsize plain_size, AkReader packed) {
  g_autoptr(GArray) units = g_array_new(FALSE, FALSE, sizeof(gunichar2));
  Names self = {.plain = plain, .plain_size = plain_size, .packed = packed, .units = units};
  guint8 codes = 0;
  bool ok = ak_reader_u8(&self.packed, &self.high, NULL);
  while (ok && ak_reader_left(&self.packed) > 0) {
    ok = ak_reader_u8(&self.packed, &codes, NULL);
    for (guint shift = 8; ok && shift > 0 && ak_reader_left(&self.packed) > 0; shift -= 2)
      ok = add_coded(&self, codes >> (shift - 2) & 3u);
  }
  return ok && units->len > 0
             ? g_utf16_to_utf8(&g_array_index(units, gunichar2, 0), units->len, NULL, NULL, NULL)
             : NULL;
}

/* Steps are parted by backslashes, whatever system packed them. */
static char *read_name(AkReader *fields, gsize size, bool is_unicode, bool *is_odd) {
  AkReader name;
  if (!ak_reader_sub(fields, size, &name, NULL))
    return NULL;
  const guint8 *bytes = name.data, *end = is_unicode && size > 0 ? memchr(bytes, 0, size) : NULL;
  gsize plain = end != NULL ? (gsize)(end - bytes) : size;
  char *text = NULL;
  if (end != NULL && ak_reader_skip(&name, plain + 1, NULL))
    text = decode_name(bytes, plain, name);
  *is_odd = end != NULL && text == NULL;
  if (text == NULL)
    text = g_strndup((const char *)bytes, plain);
  return g_strdelimit(text, "\\", '/');
}

/* --- blocks ---------------------------------------------------------------------------------- */

static void set_mode(AkRarEntry *entry, guint8 host, guint32 attributes, guint16 flags) {
  bool is_unix = host == HOST_UNIX || host == HOST_BEOS;
  bool is_folder = (flags & FILE_IS_FOLDER) == FILE_IS_FOLDER ||
                   (is_unix ? S_ISDIR(attributes) : (attributes & DOS_FOLDER) != 0);
  entry->has_mode = is_unix;
  entry->mode = is_unix ? attributes & 07777 : is_folder ? 0755 : 0644;
  entry->kind = is_folder                        ? AK_RAR_FOLDER
                : is_unix && S_ISLNK(attributes) ? AK_RAR_LINK
                                                 : AK_RAR_FILE;
}

static bool read_entry(const Block *block, AkRarEntry *entry, guint8 *version) {
  AkReader fields = block->fields;
  guint32 size = 0, attributes = 0, high = 0;
  guint16 name_size = 0;
  guint8 host = 0, method = 0;
  if (!ak_reader_skip(&fields, 4, NULL) || !ak_reader_u32le(&fields, &size, NULL) ||
      !ak_reader_u8(&fields, &host, NULL) || !ak_reader_u32le(&fields, &entry->crc, NULL) ||
      !ak_reader_skip(&fields, 4, NULL) || !ak_reader_u8(&fields, version, NULL) ||
      !ak_reader_u8(&fields, &method, NULL) || !ak_reader_u16le(&fields, &name_size, NULL) ||
      !ak_reader_u32le(&fields, &attributes, NULL) ||
      ((block->flags & FILE_IS_LARGE) != 0 &&
       (!ak_reader_skip(&fields, 4, NULL) || !ak_reader_u32le(&fields, &high, NULL))))
    return false;
  entry->size = (guint64)high << 32 | size;
  if (size == G_MAXUINT32 && (block->flags & FILE_IS_LARGE) == 0)
    entry->size = G_MAXUINT64;
  entry->has_crc = true;
  entry->is_stored = method == STORED;
  entry->is_encrypted = (block->flags & FILE_IS_ENCRYPTED) != 0;
  entry->is_split = (block->flags & FILE_GOES_ON) != 0;
  set_mode(entry, host, attributes, block->flags);
  if (block->type == SERVICE)
    entry->kind = AK_RAR_SERVICE;
  entry->name =
      read_name(&fields, name_size, (block->flags & FILE_IS_UNICODE) != 0, &entry->is_odd);
  return entry->name != NULL && (block->flags & FILE_HAS_COMMENT) == 0;
}

static bool add_entry(AkRar *self, const Block *block, guint8 *version) {
  AkRarEntry entry = {
      .at = block->data_at, .packed = block->data_size, .is_short = block->is_short};
  guint8 own = 0;
  bool is_read = read_entry(block, &entry, &own);
  *version = MAX(*version, own);
  if (is_read)
    return ak_rar_add(self, entry);
  ak_rar_entry_clear(&entry);
  ak_rar_cut(self, "an entry's header that cannot be read");
  return true;
}

/* False: no further block. */
static bool take_block(AkRar *self, const Block *block, guint8 *version) {
  switch (block->type) {
  case ARCHIVE:
    if ((block->flags & ARCHIVE_IS_VOLUME) != 0)
      ak_rar_cut(self, "one of several volumes");
    if ((block->flags & ARCHIVE_IS_ENCRYPTED) == 0)
      return true;
    ak_rar_cut(self, "encrypted with all names");
    self->end = self->size;
    return false;
  case FILE_BLOCK:
  case SERVICE:
    return add_entry(self, block, version);
  case END:
    if ((block->flags & END_HAS_NEXT) != 0)
      ak_rar_cut(self, "goes on in another volume");
    return false;
  default:
    if (block->type < OLD_FIRST || block->type > OLD_LAST)
      ak_rar_cut(self, "a block of unknown kind");
    return true;
  }
}

bool ak_rar_four_begins(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint16 crc = 0, length = 0, flags = 0;
  guint8 type = 0;
  return size >= AK_RAR_MAGIC_FOUR_SIZE + ARCHIVE_SIZE &&
         memcmp(data, AK_RAR_MAGIC_FOUR, AK_RAR_MAGIC_FOUR_SIZE) == 0 &&
         ak_reader_skip(&reader, AK_RAR_MAGIC_FOUR_SIZE, NULL) &&
         ak_reader_u16le(&reader, &crc, NULL) && ak_reader_u8(&reader, &type, NULL) &&
         ak_reader_u16le(&reader, &flags, NULL) && ak_reader_u16le(&reader, &length, NULL) &&
         type == ARCHIVE && length == ARCHIVE_SIZE && (flags & ARCHIVE_HAS_COMMENT) == 0 &&
         has_sum(data + AK_RAR_MAGIC_FOUR_SIZE, length, crc);
}

/* Archives of RAR before 3 have no last block: they end where their bytes do. */
void ak_rar_four_read(AkRar *self) {
  Block block;
  bool more = true;
  guint8 version = 0;
  self->end = AK_RAR_MAGIC_FOUR_SIZE;
  while (more && read_block(self, self->end, &block)) {
    self->end = block.data_at + block.data_size;
    more = take_block(self, &block, &version);
  }
  bool is_old = version > 0 && version < VERSION_WITH_END;
  if (more && self->end < self->size)
    ak_rar_cut(self, "damaged header at %" G_GSIZE_FORMAT, self->end);
  else if (more && !is_old)
    ak_rar_cut(self, "ends before its last block");
}
