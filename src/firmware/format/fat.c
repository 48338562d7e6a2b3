/* FAT12, FAT16 and FAT32 with long names. It guards nothing by checksums but short names: the
 * copies of its table are compared, each cluster belongs to one thing, and what stands in free
 * ones, behind files and between the parts is a region of its own. Source: Microsoft, "FAT: General
 * Overview of On-Disk Format" 1.03 (fatgen103); which width a table has: Linux, fs/fat/inode.c,
 * fat_fill_super. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/clusters.h"
#include "firmware/format/format.h"
#include "firmware/format/words.h"

#define MAX_DEPTH 64
#define ENTRY_SIZE 32
#define MAX_FAT12 4084
#define MAX_FAT16 65524
#define DELETED 0xe5
#define LONG_LAST 0x40
#define LONG_UNITS 13
#define LONG_MOST 20 /* entries of a name */
#define MIRROR_OFF 0x80
enum { LABEL = 0x08, FOLDER = 0x10, LONG = 0x0f };
enum { LOWER_BASE = 0x08, LOWER_EXTENSION = 0x10 };

typedef struct {
  guint32 sector, cluster, reserved, tables, root_entries, table_sectors, sectors;
  guint32 root; /* FAT32: the cluster where the root begins */
  guint32 info, backup, flags;
  guint8 media;
  guint width;                   /* bits of an entry of the table */
  guint32 count;                 /* clusters */
  gsize table_at, root_at, heap; /* bytes */
} Boot;

typedef struct {
  Boot boot;
  AkClusters clusters;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  ak_clusters_clear(&self->clusters);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

/* --- the boot sector ---------------------------------------------------------------------------
 */

static void read_fields(AkWords *words, Boot *out) {
  out->sector = ak_words_u16(words);
  out->cluster = ak_words_u8(words);
  out->reserved = ak_words_u16(words);
  out->tables = ak_words_u8(words);
  out->root_entries = ak_words_u16(words);
  out->sectors = ak_words_u16(words);
  out->media = ak_words_u8(words);
  out->table_sectors = ak_words_u16(words);
  ak_words_skip(words, 8);
  guint32 sectors = ak_words_u32(words), table_sectors = ak_words_u32(words);
  out->sectors = out->sectors == 0 ? sectors : out->sectors;
  out->width = out->table_sectors == 0 ? 32 : 0;
  if (out->width != 32)
    return;
  out->table_sectors = table_sectors;
  out->flags = ak_words_u16(words);
  ak_words_skip(words, 2);
  out->root = ak_words_u32(words);
  out->info = ak_words_u16(words);
  out->backup = ak_words_u16(words);
}

static bool is_power(guint32 value, guint32 least, guint32 most) {
  return value >= least && value <= most && (value & (value - 1)) == 0;
}

/* Where the parts are; false: they do not fit. */
static bool lay_out(Boot *self) {
  guint64 root_sectors =
      ((guint64)self->root_entries * ENTRY_SIZE + self->sector - 1) / self->sector;
  guint64 root = self->reserved + (guint64)self->tables * self->table_sectors;
  guint64 heap = root + root_sectors;
  if (heap >= self->sectors)
    return false;
  self->count = (guint32)((self->sectors - heap) / self->cluster);
  self->table_at = (gsize)self->reserved * self->sector;
  self->root_at = (gsize)root * self->sector;
  self->heap = (gsize)heap * self->sector;
  if (self->width == 0)
    self->width = self->count <= MAX_FAT12 ? 12 : 16;
  guint64 entries = (guint64)self->table_sectors * self->sector * 8 / self->width;
  return self->count > 0 && entries >= (guint64)self->count + 2 &&
         (self->width == 32 || self->count <= MAX_FAT16) &&
         (self->width == 32) == (self->root_entries == 0);
}

static bool read_boot(const guint8 *data, gsize size, Boot *out) {
  AkWords words = ak_words_init(data, size, 11, false);
  *out = (Boot){0};
  if (size < 512 || data[510] != 0x55 || data[511] != 0xaa ||
      !((data[0] == 0xeb && data[2] == 0x90) || data[0] == 0xe9))
    return false;
  read_fields(&words, out);
  return is_power(out->sector, 512, 4096) && is_power(out->cluster, 1, 128) && out->reserved > 0 &&
         out->tables >= 1 && out->tables <= 2 && out->table_sectors > 0 &&
         (out->media == 0xf0 || out->media >= 0xf8) && lay_out(out);
}

/* The first entry of the table holds the media, and ones. */
static guint bid(const guint8 *data, gsize size) {
  Boot boot;
  if (!read_boot(data, size, &boot) || boot.table_at + 4 > size)
    return 0;
  const guint8 *first = data + boot.table_at;
  bool has_ones = boot.width == 12 ? (first[1] & 0x0f) == 0x0f : first[1] == 0xff;
  return first[0] == boot.media && has_ones ? 72 : 0;
}

/* --- the table ---------------------------------------------------------------------------------
 */

static guint32 entry_of(const Filesystem *self, guint32 cluster) {
  const Boot *boot = &self->boot;
  guint64 bit = (guint64)cluster * boot->width;
  AkWords words = ak_words_init(self->clusters.data, self->clusters.size,
                                (gsize)MIN(boot->table_at + bit / 8, self->clusters.size), false);
  if (boot->width == 32)
    return ak_words_u32(&words) & 0x0fffffff;
  guint32 value = ak_words_u16(&words);
  if (boot->width == 16)
    return value;
  return bit % 8 == 0 ? value & 0xfff : value >> 4;
}

static guint32 next_of(const AkClusters *clusters, guint32 cluster) {
  const Filesystem *self = clusters->table;
  guint32 next = entry_of(self, cluster), last = self->boot.width == 32   ? 0x0ffffff8
                                                 : self->boot.width == 16 ? 0xfff8
                                                                          : 0xff8;
  return next >= last ? AK_CLUSTERS_END : next;
}

/* Bad clusters are none of anything's, like free ones. */
static bool is_used(const AkClusters *clusters, guint32 cluster) {
  const Filesystem *self = clusters->table;
  guint32 entry = entry_of(self, cluster);
  guint32 bad = self->boot.width == 32 ? 0x0ffffff7 : self->boot.width == 16 ? 0xfff7 : 0xff7;
  return entry != 0 && entry != bad;
}

/* Both copies say the same; behind the last entry there is nothing. */
static void compare_tables(Filesystem *self) {
  const Boot *boot = &self->boot;
  AkClusters *clusters = &self->clusters;
  gsize size = (gsize)boot->table_sectors * boot->sector, at = boot->table_at;
  gsize used = (gsize)(((guint64)boot->count + 2) * boot->width + 7) / 8;
  if (boot->root_at > clusters->size)
    return;
  if (boot->tables == 2 && (boot->flags & MIRROR_OFF) == 0 &&
      memcmp(clusters->data + at, clusters->data + at + size, size) != 0)
    ak_entries_cut(&clusters->entries, "its two tables differ");
  if (boot->tables == 2 && (boot->flags & MIRROR_OFF) != 0)
    ak_entries_cut(&clusters->entries, "one of its tables alone is kept");
  if (!ak_entries_is_empty(clusters->data + at + used, size - used))
    ak_entries_cut(&clusters->entries, "something behind the end of its table");
}

/* --- names -------------------------------------------------------------------------------------
 */

/* Parts of a long name, collected from the last to the first. */
typedef struct {
  gunichar2 units[LONG_MOST * LONG_UNITS];
  guint8 sum, next; /* next: number of the part that is to come; 0: all came */
  guint length;     /* units; 0: there is none */
} LongName;

static guint8 sum_of(const guint8 *short_name) {
  guint8 sum = 0;
  for (guint i = 0; i < 11; i++)
    sum = (guint8)((sum >> 1) + (sum << 7) + short_name[i]);
  return sum;
}

static bool take_long(LongName *self, const guint8 *entry) {
  static const guint8 places[LONG_UNITS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
  guint8 number = entry[0] & 0x3f;
  bool is_last = (entry[0] & LONG_LAST) != 0;
  if (number == 0 || number > LONG_MOST ||
      (!is_last && (number != self->next || entry[13] != self->sum)))
    return false;
  if (is_last)
    *self = (LongName){.sum = entry[13], .length = number * LONG_UNITS};
  for (guint i = 0; i < LONG_UNITS; i++)
    self->units[(number - 1) * LONG_UNITS + i] =
        (gunichar2)(entry[places[i]] | entry[places[i] + 1] << 8);
  self->next = number - 1;
  return true;
}

static char *long_text(const LongName *self) {
  guint length = 0;
  while (length < self->length && self->units[length] != 0)
    length++;
  return g_utf16_to_utf8(self->units, length, NULL, NULL, NULL);
}

static void add_part(GString *to, const guint8 *part, guint size, bool is_lower) {
  while (size > 0 && part[size - 1] == ' ')
    size--;
  for (guint i = 0; i < size; i++)
    g_string_append_c(to, is_lower ? g_ascii_tolower((char)part[i]) : (char)part[i]);
}

static char *short_text(const guint8 *entry) {
  GString *text = g_string_new(NULL);
  guint8 name[11];
  memcpy(name, entry, sizeof name);
  if (name[0] == 0x05)
    name[0] = DELETED; /* a name that begins with that byte */
  add_part(text, name, 8, (entry[12] & LOWER_BASE) != 0);
  gsize before = text->len;
  g_string_append_c(text, '.');
  add_part(text, name + 8, 3, (entry[12] & LOWER_EXTENSION) != 0);
  if (text->len == before + 1)
    g_string_truncate(text, before);
  return g_string_free(text, FALSE);
}

/* --- folders -----------------------------------------------------------------------------------
 */

typedef struct {
  guint8 attributes;
  guint32 cluster, size;
} Entry;

static bool walk(Filesystem *self, GBytes *content, const char *path, guint depth, GError **error);

static bool enter(Filesystem *self, const Entry *entry, const char *path, guint depth,
                  GError **error) {
  const char *cut = NULL;
  g_autoptr(GError) failure = NULL;
  if (depth >= MAX_DEPTH) {
    ak_entries_cut(&self->clusters.entries, "folders nest too deep");
    return true;
  }
  g_autoptr(GBytes) content =
      ak_clusters_read(&self->clusters, entry->cluster, AK_CLUSTERS_ALL, false, &cut, &failure);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (cut != NULL)
    ak_entries_cut(&self->clusters.entries, "%s/: %s", path, cut);
  return content == NULL || walk(self, content, path, depth + 1, error);
}

static bool visit(Filesystem *self, const Entry *entry, const char *path, guint depth,
                  GError **error) {
  bool is_folder = (entry->attributes & FOLDER) != 0;
  AkEntry node = {.path = path, .mode = is_folder ? S_IFDIR | 0755 : S_IFREG | 0644};
  g_autoptr(GError) failure = NULL;
  if (!is_folder && entry->size > 0)
    node.content =
        ak_clusters_read(&self->clusters, entry->cluster, entry->size, false, &node.cut, &failure);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (is_folder ? entry->size > 0 : entry->size == 0 && entry->cluster != 0)
    ak_entries_cut(&self->clusters.entries, "%s: its size and its clusters do not agree", path);
  return ak_entries_add(&self->clusters.entries, node, error) &&
         (!is_folder || enter(self, entry, path, depth, error));
}

static bool take_entry(Filesystem *self, const guint8 *data, LongName *name, const char *folder,
                       guint depth, GError **error) {
  AkWords words = ak_words_init(data, ENTRY_SIZE, 20, false);
  guint32 high = ak_words_u16(&words);
  ak_words_skip(&words, 4);
  Entry entry = {.attributes = data[11], .cluster = ak_words_u16(&words)};
  entry.size = ak_words_u32(&words);
  entry.cluster |= self->boot.width == 32 ? high << 16 : 0;
  bool has_long = name->length > 0 && name->next == 0 && name->sum == sum_of(data);
  g_autofree char *text = has_long ? long_text(name) : NULL;
  if (name->length > 0 && text == NULL)
    ak_entries_cut(&self->clusters.entries, "%s/: a long name that fits no entry", folder);
  if (text == NULL)
    text = short_text(data);
  if ((entry.attributes & LABEL) != 0 || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
    return true;
  g_autofree char *path = ak_firmware_tree_child_path(folder, text, strlen(text));
  if (!ak_entries_is_name(text, strlen(text)))
    ak_entries_cut(&self->clusters.entries, "%s: no name", path);
  return visit(self, &entry, path, depth, error);
}

static bool walk(Filesystem *self, GBytes *content, const char *path, guint depth, GError **error) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(content, &size);
  LongName name = {0};
  for (gsize at = 0; at + ENTRY_SIZE <= size; at += ENTRY_SIZE) {
    const guint8 *entry = data + at;
    if (entry[0] == 0) {
      if (!ak_entries_is_empty(entry, size - at))
        ak_entries_cut(&self->clusters.entries, "%s/: something behind its last entry", path);
      return true;
    }
    if (entry[0] != DELETED && (entry[11] & 0x3f) == LONG) {
      if (!take_long(&name, entry))
        ak_entries_cut(&self->clusters.entries, "%s/: a damaged long name", path);
      continue;
    }
    if (entry[0] != DELETED && !take_entry(self, entry, &name, path, depth, error))
      return false;
    name = (LongName){0};
  }
  return true;
}

static bool walk_root(Filesystem *self, GError **error) {
  const Boot *boot = &self->boot;
  AkClusters *clusters = &self->clusters;
  Entry root = {.attributes = FOLDER, .cluster = boot->root};
  if (boot->width == 32)
    return enter(self, &root, "", 0, error);
  gsize from = MIN(boot->root_at, clusters->size), to = MIN(boot->heap, clusters->size);
  g_autoptr(GBytes) content = g_bytes_new(clusters->data + from, to - from);
  return walk(self, content, "", 0, error);
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* Sectors before the table: the boot sector, of FAT32 its copy and numbers of free space; and what
 * is left behind the last cluster. */
static bool add_gaps(Filesystem *self, GError **error) {
  const Boot *boot = &self->boot;
  AkClusters *clusters = &self->clusters;
  guint32 known[] = {0, boot->info, boot->backup, boot->backup + boot->info};
  for (guint32 i = 1; i < boot->reserved; i++) {
    bool is_known = false;
    for (gsize k = 0; k < G_N_ELEMENTS(known) && boot->width == 32; k++)
      is_known = is_known || i == known[k];
    gsize from = (gsize)i * boot->sector, to = MIN(from + boot->sector, clusters->size);
    bool is_mark = to == from + boot->sector && boot->width == 32 &&
                   ak_entries_is_empty(clusters->data + from, boot->sector - 2); /* 55 AA alone */
    if (!is_known && !is_mark && from < to &&
        !ak_clusters_add_remains(clusters, "boot", from, to, error))
      return false;
  }
  gsize end = boot->heap + (gsize)boot->count * boot->cluster * boot->sector;
  return end >= clusters->size ||
         ak_clusters_add_remains(clusters, "end", end, clusters->size, error);
}

static bool open_fat(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(Filesystem) self = {0};
  if (!read_boot(data, size, &self.boot))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged boot sector");
  const Boot *boot = &self.boot;
  guint64 whole = (guint64)boot->sectors * boot->sector;
  self.clusters = (AkClusters){.entries = {tree, node, "fat", true},
                               .data = data,
                               .size = (gsize)MIN(size, whole),
                               .heap = boot->heap,
                               .cluster_size = (gsize)boot->cluster * boot->sector,
                               .count = boot->count,
                               .next = next_of,
                               .is_used = is_used,
                               .table = &self};
  *used = self.clusters.size;
  if (size < whole)
    ak_entries_cut(&self.clusters.entries, "the image ends before its boot sector says");
  if (boot->count > size)
    return ak_error_set(error, AK_ERROR_LIMIT, "more clusters than the image can hold");
  if (!ak_clusters_init(&self.clusters, error))
    return false;
  compare_tables(&self);
  return walk_root(&self, error) && ak_clusters_account(&self.clusters, error) &&
         add_gaps(&self, error);
}

static const char *const sources[] = {"Microsoft FAT: General Overview of On-Disk Format 1.03",
                                      "Linux fs/fat/inode.c", NULL};

extern const AkFirmwareFormat ak_firmware_fat_format;
const AkFirmwareFormat ak_firmware_fat_format = {
    .name = "fat",
    .help_en = "FAT12, FAT16 or FAT32 filesystem",
    .help_ja = "FAT12・FAT16・FAT32ファイルシステム",
    .sources = sources,
    .magics = {{"FAT12   ", 8, 54}, {"FAT16   ", 8, 54}, {"FAT     ", 8, 54}, {"FAT32   ", 8, 82}},
    .bid = bid,
    .open = open_fat,
};

bool ak_firmware_fat_fuzz(const guint8 *data, gsize size);
bool ak_firmware_fat_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_fat_format, data, size);
}
