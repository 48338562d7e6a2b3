/* exFAT. Checksums guard the boot region, the table of capitals and each set of entries; contents
 * are accounted for instead: each cluster in use belongs to one thing, and what free ones hold is a
 * region of its own. Source: Microsoft, "exFAT file system specification". */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/clusters.h"
#include "firmware/format/format.h"
#include "firmware/format/words.h"

#define MAX_DEPTH 64
#define ENTRY_SIZE 32u
#define BOOT_SECTORS 12
#define CHECKED_SECTORS 11
#define NAME_UNITS 15
#define MAX_SECONDARY 18
#define TABLE_END 0xffffffffu
enum {
  BITMAP = 0x81,
  CAPITALS = 0x82,
  LABEL = 0x83,
  FILE_ENTRY = 0x85,
  STREAM = 0xc0,
  NAME = 0xc1
};
enum { IN_USE = 0x80, BENIGN = 0x20 };
enum { FOLDER_ATTRIBUTE = 0x10 };
enum { IS_RUN = 2 };
enum { DIRTY = 2 };

typedef struct {
  guint64 sectors;
  guint32 table, table_sectors, heap, count, root;
  guint16 flags;
  guint sector_shift, cluster_shift;
  guint8 tables;
} Boot;

typedef struct {
  Boot boot;
  AkClusters clusters;
  GBytes *bitmap;
} Filesystem;

static void filesystem_clear(Filesystem *self) {
  ak_clusters_clear(&self->clusters);
  g_clear_pointer(&self->bitmap, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

static AkEntries *entries_of(Filesystem *self) {
  return &self->clusters.entries;
}

/* --- the boot region ---------------------------------------------------------------------------
 */

static bool is_zero(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0)
      return false;
  return true;
}

static bool read_boot(const guint8 *data, gsize size, Boot *out) {
  AkWords words = ak_words_init(data, size, 72, false);
  *out = (Boot){0};
  if (size < 512 || memcmp(data + 3, "EXFAT   ", 8) != 0 || data[510] != 0x55 ||
      data[511] != 0xaa || !is_zero(data + 11, 53))
    return false;
  out->sectors = ak_words_u64(&words);
  out->table = ak_words_u32(&words);
  out->table_sectors = ak_words_u32(&words);
  out->heap = ak_words_u32(&words);
  out->count = ak_words_u32(&words);
  out->root = ak_words_u32(&words);
  ak_words_skip(&words, 6);
  out->flags = ak_words_u16(&words);
  out->sector_shift = ak_words_u8(&words);
  out->cluster_shift = ak_words_u8(&words);
  out->tables = ak_words_u8(&words);
  if (out->sector_shift < 9 || out->sector_shift > 12 ||
      out->cluster_shift > 25 - out->sector_shift ||
      out->sectors > (guint64)G_MAXINT64 >> out->sector_shift)
    return false;
  guint64 table_bytes = (guint64)out->table_sectors << out->sector_shift;
  return out->table >= 2 * BOOT_SECTORS && out->tables >= 1 && out->tables <= 2 &&
         out->heap >= (guint64)out->table + (guint64)out->table_sectors * out->tables &&
         out->count > 0 && table_bytes >= ((guint64)out->count + 2) * 4 &&
         out->heap + ((guint64)out->count << out->cluster_shift) <= out->sectors;
}

static guint bid(const guint8 *data, gsize size) {
  Boot boot;
  return read_boot(data, size, &boot) ? 64 + 128 : 0;
}

static guint32 add_to_sum(guint32 sum, guint8 byte) {
  return (sum << 31 | sum >> 1) + byte;
}

/* Over 11 sectors but for what changes in use; the twelfth repeats it. */
static bool has_boot_sum(const guint8 *data, gsize size, gsize sector) {
  guint32 sum = 0;
  if (size < BOOT_SECTORS * sector)
    return false;
  for (gsize i = 0; i < CHECKED_SECTORS * sector; i++)
    if (i != 106 && i != 107 && i != 112)
      sum = add_to_sum(sum, data[i]);
  AkWords words = ak_words_init(data, size, CHECKED_SECTORS * sector, false);
  for (gsize i = 0; i < sector; i += 4)
    if (ak_words_u32(&words) != sum)
      return false;
  return true;
}

static void check_boot(Filesystem *self) {
  const AkClusters *clusters = &self->clusters;
  gsize sector = (gsize)1 << self->boot.sector_shift, second = BOOT_SECTORS * sector;
  if (!has_boot_sum(clusters->data, clusters->size, sector))
    ak_entries_cut(entries_of(self), "its boot region has another checksum");
  else if (second > clusters->size ||
           !has_boot_sum(clusters->data + second, clusters->size - second, sector))
    ak_entries_cut(entries_of(self), "the copy of its boot region has another checksum");
  if ((self->boot.flags & DIRTY) != 0)
    ak_entries_cut(entries_of(self), "it was not put away cleanly");
  if (self->boot.tables == 2)
    ak_entries_cut(entries_of(self), "it has two tables, which are not compared");
}

/* --- clusters ----------------------------------------------------------------------------------
 */

static guint32 next_of(const AkClusters *clusters, guint32 cluster) {
  const Filesystem *self = clusters->table;
  guint64 at = ((guint64)self->boot.table << self->boot.sector_shift) + (guint64)cluster * 4;
  AkWords words =
      ak_words_init(clusters->data, clusters->size, (gsize)MIN(at, clusters->size), false);
  guint32 next = ak_words_u32(&words);
  return next == TABLE_END ? AK_CLUSTERS_END : next;
}

static bool is_used(const AkClusters *clusters, guint32 cluster) {
  const Filesystem *self = clusters->table;
  gsize size = 0, index = cluster - AK_CLUSTERS_FIRST;
  const guint8 *bits = g_bytes_get_data(self->bitmap, &size);
  return index / 8 < size && (bits[index / 8] >> index % 8 & 1) != 0;
}

/* --- entries -----------------------------------------------------------------------------------
 */

typedef struct {
  guint8 attributes, flags;
  guint8 name_units;
  guint32 cluster;
  guint64 size, valid;
  char *name;
} Entry;

static void entry_clear(Entry *self) {
  g_clear_pointer(&self->name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Entry, entry_clear)

/* Over all entries of a set but the checksum itself. */
static bool has_set_sum(const guint8 *set, gsize size) {
  guint16 sum = 0;
  for (gsize i = 0; i < size; i++)
    if (i != 2 && i != 3)
      sum = (guint16)((sum << 15 | sum >> 1) + set[i]);
  return sum == (set[2] | set[3] << 8);
}

static char *name_of(const guint8 *set, guint secondary, guint units) {
  gunichar2 text[MAX_SECONDARY * NAME_UNITS];
  guint got = 0;
  for (guint i = 2; i <= secondary; i++) {
    const guint8 *entry = set + i * ENTRY_SIZE;
    for (guint k = 0; entry[0] == NAME && k < NAME_UNITS && got < units; k++)
      text[got++] = (gunichar2)(entry[2 + 2 * k] | entry[3 + 2 * k] << 8);
  }
  return got == units ? g_utf16_to_utf8(text, got, NULL, NULL, NULL) : NULL;
}

/* A file's set: its entry, where it is stored, its name. */
static bool read_set(const guint8 *set, guint secondary, Entry *out) {
  const guint8 *stream = set + ENTRY_SIZE;
  AkWords words = ak_words_init(stream, ENTRY_SIZE, 8, false);
  if (!has_set_sum(set, (secondary + 1) * ENTRY_SIZE) || stream[0] != STREAM)
    return false;
  *out = (Entry){.attributes = set[4], .flags = stream[1], .name_units = stream[3]};
  out->valid = ak_words_u64(&words);
  ak_words_skip(&words, 4);
  out->cluster = ak_words_u32(&words);
  out->size = ak_words_u64(&words);
  out->name = name_of(set, secondary, out->name_units);
  return out->name != NULL && out->valid <= out->size;
}

/* What lies behind the valid part is as if it were zeros. */
static GBytes *zero_rest(GBytes *content, guint64 valid, const char **cut) {
  gsize size = 0;
  guint8 *bytes = g_bytes_unref_to_data(content, &size);
  if (!is_zero(bytes + valid, size - (gsize)valid))
    *cut = "something behind its valid end";
  memset(bytes + valid, 0, size - (gsize)valid);
  return g_bytes_new_take(bytes, size);
}

static bool walk(Filesystem *self, GBytes *content, const char *path, guint depth, GError **error);

static bool visit(Filesystem *self, const Entry *entry, const char *folder, guint depth,
                  GError **error) {
  bool is_folder = (entry->attributes & FOLDER_ATTRIBUTE) != 0;
  g_autofree char *path = ak_firmware_tree_child_path(folder, entry->name, strlen(entry->name));
  AkEntry node = {.path = path, .mode = is_folder ? S_IFDIR | 0755 : S_IFREG | 0644};
  g_autoptr(GError) failure = NULL;
  g_autoptr(GBytes) content = NULL;
  if (!ak_entries_is_name(entry->name, strlen(entry->name)))
    ak_entries_cut(entries_of(self), "%s: no name", path);
  if (entry->size > 0)
    content = ak_clusters_read(&self->clusters, entry->cluster, entry->size,
                               (entry->flags & IS_RUN) != 0, &node.cut, &failure);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (content != NULL && entry->valid < entry->size)
    content = zero_rest(g_steal_pointer(&content), entry->valid, &node.cut);
  if (!is_folder) {
    node.content = g_steal_pointer(&content);
    return ak_entries_add(entries_of(self), node, error);
  }
  if (!ak_entries_add(entries_of(self), node, error))
    return false;
  if (depth >= MAX_DEPTH)
    ak_entries_cut(entries_of(self), "folders nest too deep");
  return content == NULL || depth >= MAX_DEPTH || walk(self, content, path, depth + 1, error);
}

/* The sets of a folder. */
static bool walk(Filesystem *self, GBytes *content, const char *path, guint depth, GError **error) {
  gsize size = 0, step = ENTRY_SIZE;
  const guint8 *data = g_bytes_get_data(content, &size);
  for (gsize at = 0; at + ENTRY_SIZE <= size; at += step) {
    const guint8 *set = data + at;
    g_auto(Entry) entry = {0};
    guint8 type = set[0], secondary = set[1];
    step = ENTRY_SIZE;
    if (type == 0) {
      if (!ak_entries_is_empty(set, size - at))
        ak_entries_cut(entries_of(self), "%s/: something behind its last entry", path);
      return true;
    }
    if (type != FILE_ENTRY) {
      bool is_known = type == BITMAP || type == CAPITALS || type == LABEL;
      if ((type & IN_USE) != 0 && (type & BENIGN) == 0 && !is_known)
        ak_entries_cut(entries_of(self), "%s/: an entry of an unknown kind", path);
      continue;
    }
    if (secondary < 2 || secondary > MAX_SECONDARY || (secondary + 1u) * ENTRY_SIZE > size - at ||
        !read_set(set, secondary, &entry)) {
      ak_entries_cut(entries_of(self), "%s/: a damaged entry", path);
      continue;
    }
    step = (secondary + 1u) * ENTRY_SIZE;
    if (!visit(self, &entry, path, depth, error))
      return false;
  }
  return true;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* The one entry of a kind in the root: its bytes, or NULL. */
static GBytes *read_special(Filesystem *self, GBytes *root, guint8 type, guint32 *sum) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(root, &size);
  const char *cut = NULL;
  for (gsize at = 0; at + ENTRY_SIZE <= size && data[at] != 0; at += ENTRY_SIZE) {
    if (data[at] != type)
      continue;
    AkWords words = ak_words_init(data + at, ENTRY_SIZE, 4, false);
    *sum = ak_words_u32(&words);
    ak_words_skip(&words, 12);
    guint32 first = ak_words_u32(&words);
    guint64 length = ak_words_u64(&words);
    return ak_clusters_read(&self->clusters, first, length, false, &cut, NULL);
  }
  return NULL;
}

static bool read_tables(Filesystem *self, GBytes *root, GError **error) {
  guint32 ignored = 0, told = 0, sum = 0;
  gsize size = 0;
  self->bitmap = read_special(self, root, BITMAP, &ignored);
  g_autoptr(GBytes) capitals = read_special(self, root, CAPITALS, &told);
  if (self->bitmap == NULL || g_bytes_get_size(self->bitmap) < (self->boot.count + 7u) / 8)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "its map of clusters is damaged");
  const guint8 *data = capitals != NULL ? g_bytes_get_data(capitals, &size) : NULL;
  for (gsize i = 0; i < size; i++)
    sum = add_to_sum(sum, data[i]);
  if (capitals == NULL || sum != told)
    ak_entries_cut(entries_of(self), "its table of capitals has another checksum");
  return true;
}

/* Between boot region, table and clusters, and behind them. */
static bool add_gaps(Filesystem *self, GError **error) {
  const Boot *boot = &self->boot;
  AkClusters *clusters = &self->clusters;
  guint64 sector = 1u << boot->sector_shift;
  guint64 used = boot->table * sector + ((guint64)boot->count + 2) * 4;
  guint64 gaps[][2] = {
      {2 * BOOT_SECTORS * sector, boot->table * sector},
      {used, clusters->heap},
      {clusters->heap + (guint64)boot->count * clusters->cluster_size, clusters->size},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(gaps); i++) {
    gsize from = (gsize)MIN(gaps[i][0], clusters->size),
          to = (gsize)MIN(gaps[i][1], clusters->size);
    if (from < to && !ak_clusters_add_remains(clusters, "gap", from, to, error))
      return false;
  }
  return true;
}

static bool open_exfat(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(Filesystem) self = {0};
  const char *cut = NULL;
  if (!read_boot(data, size, &self.boot))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged boot sector");
  const Boot *boot = &self.boot;
  guint64 whole = boot->sectors << boot->sector_shift;
  self.clusters =
      (AkClusters){.entries = {tree, node, "exfat", true},
                   .data = data,
                   .size = (gsize)MIN(size, whole),
                   .heap = (gsize)((guint64)boot->heap << boot->sector_shift),
                   .cluster_size = (gsize)1 << (boot->sector_shift + boot->cluster_shift),
                   .count = boot->count,
                   .next = next_of,
                   .is_used = is_used,
                   .table = &self};
  *used = self.clusters.size;
  if (size < whole)
    ak_entries_cut(entries_of(&self), "the image ends before its boot sector says");
  check_boot(&self);
  if (boot->count > size)
    return ak_error_set(error, AK_ERROR_LIMIT, "more clusters than the image can hold");
  if (!ak_clusters_init(&self.clusters, error))
    return false;
  g_autoptr(GBytes) root =
      ak_clusters_read(&self.clusters, boot->root, AK_CLUSTERS_ALL, false, &cut, error);
  if (root == NULL)
    return cut != NULL ? ak_error_set(error, AK_ERROR_INVALID_DATA, "root folder: %s", cut) : false;
  return read_tables(&self, root, error) && walk(&self, root, "", 0, error) &&
         ak_clusters_account(&self.clusters, error) && add_gaps(&self, error);
}

static const char *const sources[] = {"Microsoft exFAT file system specification", NULL};

extern const AkFirmwareFormat ak_firmware_exfat_format;
const AkFirmwareFormat ak_firmware_exfat_format = {
    .name = "exfat",
    .help_en = "exFAT filesystem",
    .help_ja = "exFATファイルシステム",
    .sources = sources,
    .magics = {{"EXFAT   ", 8, 3}},
    .bid = bid,
    .open = open_exfat,
    .guards = AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_exfat_fuzz(const guint8 *data, gsize size);
bool ak_firmware_exfat_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_exfat_format, data, size);
}
