/* RAR archives. Headers are read here (rar-headers.h) and so are stored contents; packed ones are
 * unpacked by libarchive from memory: it opens no file and is told of no other format. Each content
 * is held against the CRC-32 or BLAKE2sp of its own header, whoever read it; what cannot be held
 * against anything (encrypted, split over volumes, without a sum) is cut. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/archive-data.h"
#include "firmware/format/blake2sp.h"
#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/links.h"
#include "firmware/format/parts.h"
#include "firmware/format/rar-headers.h"

/* What holds no content of files: recovery records, a second copy of headers, owners' names. */
static const char *const known_services[] = {"RR", "QO", "UO", "AV", NULL};

typedef struct {
  AkEntries entries;
  AkRar rar;
  struct archive *archive; /* NULL: not begun */
  bool is_over;            /* it gives nothing more */
  guint asked, files;      /* entries that it was asked for, and that were seen here */
  AkLinks links;
} Reader;

static void reader_clear(Reader *self) {
  if (self->archive != NULL)
    archive_read_free(self->archive);
  ak_links_clear(&self->links);
  ak_rar_clear(&self->rar);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

static guint bid(const guint8 *data, gsize size) {
  if (!ak_rar_begins(data, size))
    return 0;
  return ak_rar_five_begins(data, size) ? 96 : 72; /* magic and checksum */
}

/* --- contents -------------------------------------------------------------------------------- */

/* Goes on to the entry that was seen last; it counts files and folders as this reader does. */
static bool ask(Reader *self) {
  struct archive_entry *entry = NULL;
  if (self->archive == NULL) {
    self->archive = archive_read_new();
    self->is_over =
        self->archive == NULL || archive_read_support_format_rar(self->archive) != ARCHIVE_OK ||
        archive_read_support_format_rar5(self->archive) != ARCHIVE_OK ||
        archive_read_open_memory(self->archive, self->rar.data, self->rar.end) != ARCHIVE_OK;
  }
  for (; !self->is_over && self->asked < self->files; self->asked++)
    self->is_over = archive_read_next_header(self->archive, &entry) < ARCHIVE_WARN;
  return !self->is_over;
}

static GBytes *unpack(Reader *self, const AkRarEntry *entry, char **cut) {
  gint64 told = entry->size <= G_MAXINT64 ? (gint64)entry->size : -1;
  if (ask(self))
    return ak_archive_data_read(self->archive, self->entries.tree, self->rar.end, told, cut);
  *cut = g_strdup(self->archive != NULL ? ak_archive_data_reason(self->archive) : "no memory");
  return NULL;
}

static bool has_sums(const AkRarEntry *entry, const guint8 *data, gsize size) {
  guint8 digest[AK_BLAKE2SP_SIZE];
  if (entry->blake2sp != NULL)
    ak_blake2sp(data, size, digest);
  return (!entry->has_crc || ak_parts_crc32(data, size) == entry->crc) &&
         (entry->blake2sp == NULL || memcmp(digest, entry->blake2sp, sizeof digest) == 0);
}

static const char *refused(const AkRarEntry *entry) {
  if (entry->is_encrypted)
    return "encrypted";
  if (entry->is_split)
    return "parts of it are in another volume";
  if (entry->is_short)
    return "ends too early";
  if (entry->is_odd)
    return "something in its header is not understood";
  if (!entry->has_crc && entry->blake2sp == NULL && entry->size > 0)
    return "nothing guards its content";
  return NULL;
}

static GBytes *read_content(Reader *self, const AkRarEntry *entry, char **cut) {
  g_autoptr(GBytes) content = NULL;
  gsize size = 0;
  *cut = g_strdup(refused(entry));
  if (*cut != NULL)
    return NULL;
  if (entry->is_stored && entry->size != G_MAXUINT64 && entry->size != entry->packed)
    *cut = g_strdup("another size than its entry says");
  GBytes *whole = ak_firmware_tree_node(self->entries.tree, self->entries.root)->bytes;
  content = entry->is_stored ? g_bytes_new_from_bytes(whole, entry->at, entry->packed)
                             : unpack(self, entry, cut);
  const guint8 *data = content != NULL ? g_bytes_get_data(content, &size) : NULL;
  if (*cut == NULL && !has_sums(entry, data, size))
    *cut = g_strdup("its content has another checksum than its header says");
  return g_steal_pointer(&content);
}

/* --- entries --------------------------------------------------------------------------------- */

static GBytes *content_of(Reader *self, const AkRarEntry *entry, char **cut) {
  if (entry->kind == AK_RAR_SAME_AS) {
    GBytes *same = ak_links_find(&self->links, entry->target);
    *cut = same == NULL ? g_strdup("what it is a copy of is not there") : NULL;
    return same;
  }
  if (entry->kind == AK_RAR_LINK && entry->target != NULL)
    return g_bytes_new(entry->target, strlen(entry->target));
  return entry->kind == AK_RAR_FOLDER ? NULL : read_content(self, entry, cut);
}

static bool add_entry(Reader *self, const AkRarEntry *from, GError **error) {
  static const guint types[] = {[AK_RAR_FILE] = S_IFREG,
                                [AK_RAR_FOLDER] = S_IFDIR,
                                [AK_RAR_LINK] = S_IFLNK,
                                [AK_RAR_SAME_AS] = S_IFREG};
  g_autofree char *path = ak_firmware_tree_entry_path(from->name, strlen(from->name));
  g_autofree char *cut = NULL;
  AkEntry entry = {.path = path != NULL ? path : "/?",
                   .mode = types[from->kind] | from->mode,
                   .uid = from->uid,
                   .gid = from->gid};
  self->files++;
  entry.content = content_of(self, from, &cut);
  entry.cut = cut != NULL || !from->is_odd ? cut : "something in its header is not understood";
  if (from->kind == AK_RAR_FILE && entry.content != NULL && cut == NULL)
    ak_links_keep(&self->links, from->name, entry.content);
  self->entries.no_modes = !from->has_mode;
  return ak_entries_add(&self->entries, entry, error);
}

/* Comments, streams and access lists are not read: a region of their own. */
static bool add_service(Reader *self, const AkRarEntry *entry, GError **error) {
  if (entry->packed == 0 || g_strv_contains(known_services, entry->name))
    return true;
  return ak_entries_add_region(&self->entries, "service", entry->at, entry->packed, error);
}

static bool open_rar(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Reader) self = {.entries = {.tree = tree, .root = node, .format = "rar"}};
  if (!ak_rar_read(&self.rar, data, size, error))
    return false;
  *used = self.rar.end;
  if (self.rar.cut != NULL)
    ak_entries_cut(&self.entries, "%s", self.rar.cut);
  for (guint i = 0; i < self.rar.entries->len; i++) {
    const AkRarEntry *entry = &g_array_index(self.rar.entries, AkRarEntry, i);
    if (entry->kind == AK_RAR_SERVICE ? !add_service(&self, entry, error)
                                      : !add_entry(&self, entry, error))
      return false;
  }
  return true;
}

static const char *const sources[] = {"RAR 5.0 archive format (rarlab.com/technote.htm)",
                                      "RAR 3.93 techinfo.txt", "libarchive archive_read(3)", NULL};

extern const AkFirmwareFormat ak_firmware_rar_format;
const AkFirmwareFormat ak_firmware_rar_format = {
    .name = "rar",
    .help_en = "RAR archive (packed contents by libarchive)",
    .help_ja = "RARアーカイブ（圧縮された内容はlibarchive）",
    .sources = sources,
    .magics = {{AK_RAR_MAGIC_FOUR, AK_RAR_MAGIC_FOUR_SIZE},
               {AK_RAR_MAGIC_FIVE, AK_RAR_MAGIC_FIVE_SIZE}},
    .bid = bid,
    .open = open_rar,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_rar_fuzz(const guint8 *data, gsize size);
bool ak_firmware_rar_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_rar_format, data, size);
}
