/* zip archives: stored and deflated entries, with the central directory held against the local
 * headers. Source: PKWARE APPNOTE.TXT 6.3.10; numbers in brackets are its sections. */
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "firmware/format/extents.h"
#include "firmware/format/format.h"
#include "firmware/format/growing.h"
#include "util/reader.h"

#define MAGIC "PK\3\4"
#define LOCAL_SIZE 30   /* 4.3.7, without name and extra field */
#define CENTRAL_SIZE 46 /* 4.3.12 */
#define END_SIZE 22     /* 4.3.16, without the comment */
#define LOCATOR_SIZE 20 /* 4.3.15 */
#define END64_SIZE 56   /* 4.3.14 */
#define FLAG_ENCRYPTED 0x0001
#define FLAG_DESCRIPTOR 0x0008
#define FLAGS_UNUSED 0xc780 /* 4.4.4: bits that no version uses */
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define METHOD_LAST 99
#define HOST_UNIX 3        /* 4.4.2 */
#define EXTRA_ZIP64 0x0001 /* 4.5.3 */
#define EXTRA_OWNER 0x7875 /* Info-ZIP, proginfo/extrafld.txt: "ux" */
#define IN_EXTRA 0xffffffffu
#define MAX_NAME 4096
#define MAX_CANDIDATES                                                                             \
  (1u << 20) /* ends of a directory that are tried: each archive within has one */
#define PIECE_BYTES (64u * 1024u)

typedef struct {
  guint16 flags, method, name_size, extra_size, comment_size;
  guint8 host;
  guint32 crc, mode, uid, gid;
  guint64 packed, size, local; /* local: offset as it is told */
  const guint8 *name, *extra;
} Entry;

typedef struct {
  guint64 count, size, offset;
  gsize start, end; /* of the directory, in the bytes */
  gsize used;       /* behind the end record */
} Directory;

typedef struct {
  AkFirmwareTree *tree;
  guint root;
  const guint8 *data;
  gsize size;
  Directory directory;
  AkExtents extents;
  guint64 taken; /* bytes that entries take: more than there are if they overlap */
} Archive;

static void archive_clear(Archive *self) {
  ak_extents_clear(&self->extents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

/* --- headers -----------------------------------------------------------------------------------
 */

static bool read_local(AkReader *reader, Entry *out) {
  guint32 magic = 0, packed = 0, size = 0;
  guint16 version = 0;
  if (!ak_reader_u32le(reader, &magic, NULL) || magic != 0x04034b50 ||
      !ak_reader_u16le(reader, &version, NULL) || !ak_reader_u16le(reader, &out->flags, NULL) ||
      !ak_reader_u16le(reader, &out->method, NULL) || !ak_reader_skip(reader, 4, NULL) ||
      !ak_reader_u32le(reader, &out->crc, NULL) || !ak_reader_u32le(reader, &packed, NULL) ||
      !ak_reader_u32le(reader, &size, NULL) || !ak_reader_u16le(reader, &out->name_size, NULL) ||
      !ak_reader_u16le(reader, &out->extra_size, NULL) ||
      !ak_reader_bytes(reader, out->name_size, &out->name, NULL))
    return false;
  out->packed = packed;
  out->size = size;
  return (version & 0xff) <= 63 && (out->flags & FLAGS_UNUSED) == 0 && out->method <= METHOD_LAST &&
         out->name_size > 0 && out->name_size <= MAX_NAME;
}

static guint bid(const guint8 *data, gsize size) {
  static const guint8 nothing[END_SIZE - 4];
  AkReader reader = ak_reader_init(data, size);
  Entry entry = {0};
  if (size >= END_SIZE && memcmp(data, "PK\5\6", 4) == 0)
    return memcmp(data + 4, nothing, sizeof nothing) == 0 ? 64 : 0; /* an archive of nothing */
  return size > LOCAL_SIZE && memcmp(data, MAGIC, 4) == 0 && read_local(&reader, &entry) &&
                 memchr(entry.name, '\0', entry.name_size) == NULL
             ? 56
             : 0;
}

/* 4.5.3: 64-bit numbers in order, each only where its field is full. */
static bool take_zip64(AkReader *field, Entry *out) {
  guint64 *numbers[] = {&out->size, &out->packed, &out->local};
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    if (*numbers[i] == IN_EXTRA && !ak_reader_u64le(field, numbers[i], NULL))
      return false;
  return true;
}

static void take_owner(AkReader *field, Entry *out) {
  guint8 version = 0, size = 0;
  guint32 *numbers[] = {&out->uid, &out->gid};
  if (!ak_reader_u8(field, &version, NULL) || version != 1)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    if (!ak_reader_u8(field, &size, NULL) || size != 4 || !ak_reader_u32le(field, numbers[i], NULL))
      return;
}

static bool take_extra(Entry *out) {
  AkReader reader = ak_reader_init(out->extra, out->extra_size);
  guint16 id = 0, size = 0;
  while (ak_reader_left(&reader) >= 4) {
    AkReader field;
    if (!ak_reader_u16le(&reader, &id, NULL) || !ak_reader_u16le(&reader, &size, NULL) ||
        !ak_reader_sub(&reader, size, &field, NULL))
      return false;
    if (id == EXTRA_ZIP64 && !take_zip64(&field, out))
      return false;
    if (id == EXTRA_OWNER)
      take_owner(&field, out);
  }
  return true;
}

static bool read_central(AkReader *reader, Entry *out) {
  guint32 magic = 0, packed = 0, size = 0, attributes = 0, local = 0;
  guint8 version = 0;
  *out = (Entry){0};
  if (!ak_reader_u32le(reader, &magic, NULL) || magic != 0x02014b50 ||
      !ak_reader_u8(reader, &version, NULL) || !ak_reader_u8(reader, &out->host, NULL) ||
      !ak_reader_skip(reader, 2, NULL) || !ak_reader_u16le(reader, &out->flags, NULL) ||
      !ak_reader_u16le(reader, &out->method, NULL) || !ak_reader_skip(reader, 4, NULL) ||
      !ak_reader_u32le(reader, &out->crc, NULL) || !ak_reader_u32le(reader, &packed, NULL) ||
      !ak_reader_u32le(reader, &size, NULL) || !ak_reader_u16le(reader, &out->name_size, NULL) ||
      !ak_reader_u16le(reader, &out->extra_size, NULL) ||
      !ak_reader_u16le(reader, &out->comment_size, NULL) || !ak_reader_skip(reader, 4, NULL) ||
      !ak_reader_u32le(reader, &attributes, NULL) || !ak_reader_u32le(reader, &local, NULL) ||
      !ak_reader_bytes(reader, out->name_size, &out->name, NULL) ||
      !ak_reader_bytes(reader, out->extra_size, &out->extra, NULL) ||
      !ak_reader_skip(reader, out->comment_size, NULL))
    return false;
  out->packed = packed;
  out->size = size;
  out->local = local;
  out->mode = out->host == HOST_UNIX ? attributes >> 16 : 0;
  return out->name_size > 0 && out->name_size <= MAX_NAME && take_extra(out);
}

/* --- the directory -----------------------------------------------------------------------------
 */

/* 4.3.14: where numbers do not fit, a second end record holds them, found by a locator. */
static bool read_end64(const guint8 *data, gsize locator, Directory *out) {
  AkReader reader = ak_reader_init(data, locator);
  guint32 magic = 0;
  if (locator < END64_SIZE || !ak_reader_seek(&reader, locator - END64_SIZE, NULL) ||
      !ak_reader_u32le(&reader, &magic, NULL) || magic != 0x06064b50 ||
      !ak_reader_skip(&reader, 28, NULL) || !ak_reader_u64le(&reader, &out->count, NULL) ||
      !ak_reader_u64le(&reader, &out->size, NULL) || !ak_reader_u64le(&reader, &out->offset, NULL))
    return false;
  out->end = locator - END64_SIZE;
  return true;
}

static bool read_end(const guint8 *data, gsize size, gsize at, Directory *out) {
  AkReader reader = ak_reader_init(data, size);
  guint16 disk = 0, first = 0, here = 0, count = 0;
  guint32 length = 0, offset = 0;
  if (!ak_reader_seek(&reader, at + 4, NULL) || !ak_reader_u16le(&reader, &disk, NULL) ||
      !ak_reader_u16le(&reader, &first, NULL) || !ak_reader_u16le(&reader, &here, NULL) ||
      !ak_reader_u16le(&reader, &count, NULL) || !ak_reader_u32le(&reader, &length, NULL) ||
      !ak_reader_u32le(&reader, &offset, NULL) || !ak_reader_skip(&reader, 2, NULL))
    return false;
  *out = (Directory){.count = count, .size = length, .offset = offset, .end = at};
  out->used = at + END_SIZE;
  bool is_full = count == 0xffff || length == IN_EXTRA || offset == IN_EXTRA;
  bool has_locator = at >= LOCATOR_SIZE && memcmp(data + at - LOCATOR_SIZE, "PK\6\7", 4) == 0;
  if (has_locator && !read_end64(data, at - LOCATOR_SIZE, out))
    return false;
  return disk == first && here == count && (has_locator || !is_full) && out->size <= out->end;
}

/* Offsets count from the archive's start, or, with a program before it, from the program's. */
static bool fits_start(const guint8 *data, const Directory *self) {
  AkReader reader = ak_reader_init(data + self->start, self->end - self->start);
  Entry first;
  if (self->offset == self->start)
    return self->count == 0 || read_central(&reader, &first);
  return self->offset > self->start && read_central(&reader, &first) &&
         first.local == self->offset - self->start;
}

/* The first end record whose directory belongs to the archive that begins here: one of an archive
 * within it counts from elsewhere. */
static bool find_directory(Archive *self, GError **error) {
  const guint8 *data = self->data, *end = data + self->size, *hit = data;
  for (guint tried = 0; tried < MAX_CANDIDATES; tried++) {
    hit = memmem(hit, (gsize)(end - hit), "PK\5\6", 4);
    if (hit == NULL)
      break;
    Directory *directory = &self->directory;
    if (read_end(data, self->size, (gsize)(hit - data), directory)) {
      directory->start = directory->end - (gsize)directory->size;
      if (fits_start(data, directory))
        return true;
    }
    hit += 4;
  }
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "the central directory is missing or damaged");
}

/* --- entries -----------------------------------------------------------------------------------
 */

static bool inflate_all(const guint8 *data, gsize size, AkGrowing *out, GError **error) {
  z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)size};
  if (size > G_MAXUINT32 || inflateInit2(&stream, -15) != Z_OK) /* raw, largest window */
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  int result = Z_OK;
  bool ok = true;
  while (ok && result == Z_OK) {
    stream.next_out = piece;
    stream.avail_out = PIECE_BYTES;
    result = inflate(&stream, Z_NO_FLUSH);
    ok = ak_growing_add(out, piece, PIECE_BYTES - stream.avail_out, error);
  }
  bool is_whole = result == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return ok && (is_whole || ak_error_set(error, AK_ERROR_INVALID_DATA, "zip: damaged content"));
}

/* The content between `at` and the directory; what could be had of it also where it is bad. */
static GBytes *unpack(const Archive *self, const Entry *entry, gsize at, GError **error) {
  gsize there = (gsize)MIN(entry->packed, self->directory.start - at);
  GBytes *whole = ak_firmware_tree_node(self->tree, self->root)->bytes, *content = NULL;
  if ((entry->flags & FLAG_ENCRYPTED) != 0) {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "zip: encrypted");
    return NULL;
  }
  if (entry->method == METHOD_STORED) {
    content = g_bytes_new_from_bytes(whole, at, there);
  } else if (entry->method == METHOD_DEFLATED) {
    AkGrowing out = ak_growing_for(self->tree, there);
    out.limit = MIN(out.limit, entry->size);
    bool ok = inflate_all(self->data + at, there, &out, error);
    content = ak_growing_end(&out);
    if (!ok)
      return content;
  } else {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "zip: compression method %u, not opened",
                 entry->method);
    return NULL;
  }
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(content, &size);
  if (there < entry->packed || size != entry->size)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "zip: another size than the directory says");
  else if (crc32_z(0, bytes, size) != entry->crc)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "zip: another checksum than the directory says");
  return content;
}

/* 4.3.9: checksum and sizes behind the content, with or without a magic, of 32 or 64 bits. */
static gsize size_of_descriptor(const Archive *self, const Entry *entry, gsize at) {
  AkReader reader = ak_reader_init(self->data, self->directory.start);
  guint32 word = 0, packed = 0;
  guint64 wide = 0;
  if (!ak_reader_seek(&reader, at, NULL) || !ak_reader_u32le(&reader, &word, NULL))
    return 0;
  gsize before = word == 0x08074b50 ? 4 : 0;
  if (!ak_reader_seek(&reader, at + before, NULL) || !ak_reader_u32le(&reader, &word, NULL) ||
      word != entry->crc)
    return 0;
  AkReader narrow = reader;
  if (ak_reader_u64le(&reader, &wide, NULL) && wide == entry->packed &&
      ak_reader_u64le(&reader, &wide, NULL) && wide == entry->size)
    return reader.position - at;
  return ak_reader_u32le(&narrow, &packed, NULL) && packed == (guint32)entry->packed &&
                 ak_reader_u32le(&narrow, &word, NULL) && word == (guint32)entry->size
             ? narrow.position - at
             : 0;
}

/* The local header says the same; numbers may stand in the descriptor or in 64 bits instead. */
static bool is_same(const Entry *entry, const Entry *local) {
  bool is_later = (entry->flags & FLAG_DESCRIPTOR) != 0;
  return local->flags == entry->flags && local->method == entry->method &&
         local->name_size == entry->name_size &&
         memcmp(local->name, entry->name, entry->name_size) == 0 &&
         (local->crc == entry->crc || is_later) &&
         (local->packed == entry->packed || local->packed == IN_EXTRA || is_later) &&
         (local->size == entry->size || local->size == IN_EXTRA || is_later);
}

/* Where the content begins, and notes what the entry takes; an error where the two headers differ.
 */
static bool find_content(Archive *self, const Entry *entry, gsize *at, GError **error) {
  const Directory *directory = &self->directory;
  guint64 before = directory->offset - directory->start; /* the program's size, mostly 0 */
  AkReader reader = ak_reader_init(self->data, directory->start);
  Entry local = {0};
  if (entry->local < before || entry->local - before > directory->start ||
      !ak_reader_seek(&reader, (gsize)(entry->local - before), NULL) ||
      !read_local(&reader, &local) || !ak_reader_skip(&reader, local.extra_size, NULL) ||
      entry->packed > ak_reader_left(&reader))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "zip: the local header is damaged");
  gsize start = (gsize)(entry->local - before);
  gsize end = reader.position + (gsize)entry->packed, behind = 0;
  *at = reader.position;
  if ((entry->flags & FLAG_DESCRIPTOR) != 0)
    behind = size_of_descriptor(self, entry, end);
  ak_extents_note(&self->extents, start, end - start + behind);
  self->taken += end - start + behind;
  if (!is_same(entry, &local) || ((entry->flags & FLAG_DESCRIPTOR) != 0 && behind == 0))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "zip: the local header says something else than the directory");
  return true;
}

static void set_symlink(AkNode *node) {
  gsize size = 0;
  const char *target = node->bytes != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
  node->type = AK_NODE_SYMLINK;
  node->target = g_strndup(target != NULL ? target : "", size);
  if (node->cut == NULL && !ak_firmware_tree_is_target(target, size))
    node->cut = g_strdup("zip: the target of this link is no path");
  g_clear_pointer(&node->bytes, g_bytes_unref);
}

static void set_kind(AkNode *node, const Entry *entry) {
  guint kind = entry->mode & S_IFMT;
  bool is_folder = entry->name[entry->name_size - 1] == '/' || kind == S_IFDIR;
  if (kind == S_IFLNK) {
    set_symlink(node);
    return;
  }
  if (!is_folder && (kind == 0 || kind == S_IFREG))
    return;
  node->type = is_folder ? AK_NODE_FOLDER : AK_NODE_OTHER;
  if (!is_folder)
    node->target = ak_firmware_tree_device_text(entry->mode, 0, 0);
  if (entry->size > 0 && node->cut == NULL)
    node->cut = g_strdup("zip: content of an entry that is no file");
  g_clear_pointer(&node->bytes, g_bytes_unref);
}

static bool add_entry(Archive *self, const Entry *entry, GError **error) {
  g_autoptr(GError) failure = NULL;
  gsize at = 0;
  char *path = ak_firmware_tree_entry_path(entry->name, entry->name_size);
  AkNode node = {.parent = self->root,
                 .path = path != NULL ? path : g_strdup("/"),
                 .mode = entry->mode & 07777,
                 .no_mode = entry->host != HOST_UNIX || entry->mode == 0,
                 .uid = entry->uid,
                 .gid = entry->gid};
  if (find_content(self, entry, &at, &failure))
    node.bytes = unpack(self, entry, at, &failure);
  if (failure != NULL)
    node.cut = g_strdup(failure->message);
  set_kind(&node, entry);
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

/* Signatures of Android packages stand before the directory, between two equal sizes.
 * Source: Android, "APK Signature Scheme v2", "APK Signing Block". */
static void note_signatures(Archive *self) {
  static const char mark[] = "APK Sig Block 42";
  gsize end = self->directory.start, trailer = 8 + sizeof mark - 1;
  AkReader reader = ak_reader_init(self->data, end), first = reader;
  guint64 size = 0, again = 0;
  if (end < 8 + trailer ||
      memcmp(self->data + end - (sizeof mark - 1), mark, sizeof mark - 1) != 0 ||
      !ak_reader_seek(&reader, end - trailer, NULL) || !ak_reader_u64le(&reader, &again, NULL) ||
      again < trailer || again > end - 8 || !ak_reader_seek(&first, end - 8 - again, NULL) ||
      !ak_reader_u64le(&first, &size, NULL) || size != again)
    return;
  ak_extents_note(&self->extents, end - 8 - again, 8 + again);
}

static bool open_zip(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Archive) self = {.tree = tree, .root = node, .data = data, .size = size};
  if (!find_directory(&self, error))
    return false;
  const Directory *directory = &self.directory;
  AkReader reader = ak_reader_init(data + directory->start, (gsize)directory->size);
  *used = directory->used;
  guint64 count = 0;
  for (Entry entry; ak_reader_left(&reader) > 0; count++) {
    if (!read_central(&reader, &entry))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "the central directory is damaged");
    if (!add_entry(&self, &entry, error))
      return false;
  }
  if (count != directory->count)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%" G_GUINT64_FORMAT " entries where the directory counts "
                        "%" G_GUINT64_FORMAT,
                        count, directory->count);
  note_signatures(&self);
  gsize gaps = ak_extents_count_gaps(&self.extents, data, 0, directory->start);
  if (gaps > 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%" G_GSIZE_FORMAT " bytes belong to no entry", gaps);
  return self.taken <= directory->start ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "entries overlap");
}

static const char *const sources[] = {"PKWARE APPNOTE.TXT 6.3.10", NULL};

extern const AkFirmwareFormat ak_firmware_zip_format;
const AkFirmwareFormat ak_firmware_zip_format = {
    .name = "zip",
    .help_en = "zip archive (stored, deflated)",
    .help_ja = "zipアーカイブ（無圧縮、Deflate）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_zip,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS,
};

bool ak_firmware_zip_fuzz(const guint8 *data, gsize size);
bool ak_firmware_zip_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_zip_format, data, size);
}
