/* 7z archives, read by libarchive from memory: it opens no file, runs no program and is told of no
 * other format. It holds each content against the archive's CRC-32; what it cannot open (encrypted,
 * several volumes, a method it does not know) is cut with its reason. Names are turned into UTF-8
 * where the process has such a locale, as the worker does. Source: 7-Zip, DOC/7zFormat.txt,
 * "SignatureHeader"; libarchive, archive_read(3). */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/archive-data.h"
#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "7z\xbc\xaf\x27\x1c"
#define HEADER_SIZE 32
#define MAX_PLACE (1ull << 40)

/* A checksum over place, size and checksum of what stands at the end. */
static bool read_header(const guint8 *data, gsize size, guint64 *end) {
  AkReader reader = ak_reader_init(data, size);
  guint32 crc = 0;
  guint64 offset = 0, length = 0;
  if (size < HEADER_SIZE || memcmp(data, MAGIC, 6) != 0 || !ak_reader_skip(&reader, 8, NULL) ||
      !ak_reader_u32le(&reader, &crc, NULL) || !ak_reader_u64le(&reader, &offset, NULL) ||
      !ak_reader_u64le(&reader, &length, NULL) || ak_parts_crc32(data + 12, 20) != crc ||
      offset > MAX_PLACE || length > MAX_PLACE)
    return false;
  *end = HEADER_SIZE + offset + length;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  guint64 end = 0;
  return read_header(data, size, &end) ? 80 : 0; /* magic and checksum */
}

typedef struct {
  AkEntries entries;
  struct archive *archive;
  gsize size; /* packed */
} Reader;

static void reader_clear(Reader *self) {
  if (self->archive != NULL)
    archive_read_free(self->archive);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static bool add_entry(Reader *self, struct archive_entry *from, GError **error) {
  const char *name = archive_entry_pathname_utf8(from);
  const char *raw = name != NULL ? name : archive_entry_pathname(from);
  g_autofree char *path = raw != NULL ? ak_firmware_tree_entry_path(raw, strlen(raw)) : NULL;
  g_autofree char *cut = NULL;
  guint mode = (guint)archive_entry_mode(from);
  AkEntry entry = {.path = path != NULL ? path : "/?", .mode = mode};
  if ((mode & S_IFMT) == 0)
    entry.mode = S_IFREG | (mode & 07777);
  if (archive_entry_is_encrypted(from))
    cut = g_strdup("encrypted");
  else if (S_ISREG(entry.mode))
    entry.content = ak_archive_data_read(
        self->archive, self->entries.tree, self->size,
        archive_entry_size_is_set(from) ? archive_entry_size(from) : -1, &cut);
  const char *target = S_ISLNK(entry.mode) ? archive_entry_symlink_utf8(from) : NULL;
  if (target != NULL)
    entry.content = g_bytes_new(target, strlen(target));
  entry.cut = cut;
  return ak_entries_add(&self->entries, entry, error);
}

static bool begin(Reader *self, const guint8 *data, gsize size) {
  self->archive = archive_read_new();
  return self->archive != NULL && archive_read_support_format_7zip(self->archive) == ARCHIVE_OK &&
         archive_read_open_memory(self->archive, data, size) == ARCHIVE_OK;
}

static bool read_all(Reader *self, GError **error) {
  struct archive_entry *entry = NULL;
  for (;;) {
    int result = archive_read_next_header(self->archive, &entry);
    if (result == ARCHIVE_EOF)
      return true;
    if (result < ARCHIVE_WARN)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", ak_archive_data_reason(self->archive));
    if (result != ARCHIVE_OK && archive_errno(self->archive) != 0)
      ak_entries_cut(&self->entries, "%s", ak_archive_data_reason(self->archive));
    if (!add_entry(self, entry, error))
      return false;
  }
}

static bool open_seven_zip(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                           gsize *used, GError **error) {
  g_auto(Reader) self = {.entries = {.tree = tree, .root = node, .format = "seven-zip"}};
  guint64 end = 0;
  if (!read_header(data, size, &end))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  *used = (gsize)MIN(end, size);
  if (end > size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "ends too early");
  self.size = *used;
  if (!begin(&self, data, *used))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s",
                        self.archive != NULL ? ak_archive_data_reason(self.archive) : "no memory");
  if (!read_all(&self, error))
    return false;
  if (archive_read_has_encrypted_entries(self.archive) > 0)
    ak_entries_cut(&self.entries, "holds encrypted entries");
  return true;
}

static const char *const sources[] = {"7-Zip DOC/7zFormat.txt", "libarchive archive_read(3)", NULL};

extern const AkFirmwareFormat ak_firmware_seven_zip_format;
const AkFirmwareFormat ak_firmware_seven_zip_format = {
    .name = "seven-zip",
    .help_en = "7z archive (by libarchive)",
    .help_ja = "7zアーカイブ（libarchive）",
    .sources = sources,
    .magics = {{MAGIC, 6}},
    .bid = bid,
    .open = open_seven_zip,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_seven_zip_fuzz(const guint8 *data, gsize size);
bool ak_firmware_seven_zip_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_seven_zip_format, data, size);
}
