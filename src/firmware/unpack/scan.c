#include "firmware/unpack/scan.h"

#include <string.h>

#include "firmware/unpack/patterns.h"

const AkFirmwareFormat *ak_firmware_scan_best(const guint8 *data, gsize size, guint *bits) {
  const AkFirmwareFormat *best = NULL;
  guint most = 0;
  for (gsize i = 0; ak_firmware_format_table[i] != NULL; i++) {
    guint won = ak_firmware_format_table[i]->bid(data, size);
    if (won > most) {
      most = won;
      best = ak_firmware_format_table[i];
    }
  }
  *bits = most;
  return best;
}

/* --- all magics in one pass
 * ------------------------------------------------------------------------
 */

#define WINDOW_BYTES (256u * 1024u)
#define ROOM 4096 /* hits that one look takes; more than there are magics */

typedef struct {
  AkPatterns *patterns;
  GArray *magics; /* of Magic, in the order of the patterns */
  gsize reach;    /* how far behind a structure's start a magic begins at most */
} Searcher;

typedef struct {
  guint format;
  gsize offset;
} Magic;

static Searcher *searcher_new(void) {
  Searcher *self = g_new0(Searcher, 1);
  g_autoptr(GArray) patterns = g_array_new(FALSE, FALSE, sizeof(AkPattern));
  self->magics = g_array_new(FALSE, FALSE, sizeof(Magic));
  for (guint i = 0; ak_firmware_format_table[i] != NULL; i++) {
    const AkFirmwareMagic *magics = ak_firmware_format_table[i]->magics;
    for (gsize j = 0; magics[j].size > 0; j++) {
      AkPattern pattern = {magics[j].bytes, magics[j].size};
      Magic magic = {i, magics[j].offset};
      g_array_append_val(patterns, pattern);
      g_array_append_val(self->magics, magic);
      self->reach = MAX(self->reach, magic.offset);
    }
  }
  g_assert(patterns->len < ROOM);
  self->patterns = ak_patterns_new((const AkPattern *)patterns->data, patterns->len);
  g_assert(self->patterns != NULL); /* a magic in the table has two bytes at least: tree-test */
  return self;
}

/* Made of constant data once, then only read. */
static const Searcher *searcher(void) {
  static gsize made;
  if (g_once_init_enter(&made))
    g_once_init_leave(&made, (gsize)searcher_new());
  return (const Searcher *)made;
}

typedef struct {
  gsize start;
  guint format;
} Candidate;

struct _AkFirmwareScan {
  const guint8 *data;
  gsize size;
  const Searcher *searcher;
  gsize searched;  /* magics that begin before this place are known */
  GArray *waiting; /* of Candidate, sorted from `head` on */
  guint head;
  guint *asks_left;
  gint64 until_us; /* monotonic; 0: no limit */
  bool is_late;
  AkFirmwareHit last; /* format NULL: none yet */
};

AkFirmwareScan *ak_firmware_scan_new(const guint8 *data, gsize size, guint *asks_left) {
  AkFirmwareScan *self = g_new0(AkFirmwareScan, 1);
  self->data = data;
  self->size = size;
  self->searcher = searcher();
  self->asks_left = asks_left;
  self->waiting = g_array_new(FALSE, FALSE, sizeof(Candidate));
  return self;
}

void ak_firmware_scan_free(AkFirmwareScan *self) {
  if (self == NULL)
    return;
  g_array_unref(self->waiting);
  g_free(self);
}

static gint by_start(gconstpointer a, gconstpointer b) {
  const Candidate *left = a, *right = b;
  if (left->start != right->start)
    return left->start < right->start ? -1 : 1;
  return (left->format > right->format) - (left->format < right->format);
}

/* Looks at a window more; what begins before `from` is none any more. */
static void look_further(AkFirmwareScan *self, gsize from) {
  AkPatternHit hits[ROOM];
  self->searched = MAX(self->searched, from);
  gsize end = self->searched + MIN(self->size - self->searched, WINDOW_BYTES);
  gsize count = ak_patterns_search(self->searcher->patterns, self->data, self->size,
                                   &self->searched, end, hits, ROOM);
  g_array_remove_range(self->waiting, 0, self->head);
  self->head = 0;
  for (gsize i = 0; i < count; i++) {
    const Magic *magic = &g_array_index(self->searcher->magics, Magic, hits[i].pattern);
    Candidate candidate = {hits[i].at - magic->offset, magic->format};
    if (hits[i].at >= magic->offset && candidate.start >= from)
      g_array_append_val(self->waiting, candidate);
  }
  if (count > 0)
    g_array_sort(self->waiting, by_start);
}

/* The next place that a magic speaks for, from `from` on; each is given once. */
static bool next_candidate(AkFirmwareScan *self, gsize from, Candidate *out) {
  for (;;) {
    gsize reach = self->searcher->reach;
    gsize known =
        self->searched >= self->size ? self->size : self->searched - MIN(self->searched, reach);
    while (self->head < self->waiting->len &&
           g_array_index(self->waiting, Candidate, self->head).start < from)
      self->head++;
    if (self->head < self->waiting->len) {
      *out = g_array_index(self->waiting, Candidate, self->head);
      if (out->start < known) {
        self->head++;
        return true;
      }
    } else if (self->searched >= self->size || from >= self->size) {
      return false;
    }
    look_further(self, from);
  }
}

void ak_firmware_scan_until(AkFirmwareScan *self, gint64 until_us) {
  self->until_us = until_us;
}

bool ak_firmware_scan_is_late(const AkFirmwareScan *self) {
  return self->is_late;
}

static bool may_ask(AkFirmwareScan *self) {
  self->is_late = self->is_late || (self->until_us != 0 && g_get_monotonic_time() > self->until_us);
  if (self->is_late)
    return false;
  if (self->asks_left != NULL && *self->asks_left == 0)
    return false;
  if (self->asks_left != NULL)
    (*self->asks_left)--;
  return true;
}

bool ak_firmware_scan_next(AkFirmwareScan *self, gsize from, AkFirmwareHit *hit) {
  Candidate candidate;
  bool found = self->last.format != NULL && self->last.offset >= from;
  while (!found && may_ask(self) && next_candidate(self, from, &candidate)) {
    const guint8 *data = self->data + candidate.start;
    gsize size = self->size - candidate.start;
    if (ak_firmware_format_table[candidate.format]->bid(data, size) == 0)
      continue;
    self->last.offset = candidate.start;
    self->last.format = ak_firmware_scan_best(data, size, &self->last.bits);
    found = true;
  }
  if (found)
    *hit = self->last;
  return found;
}

bool ak_firmware_scan_holds(const guint8 *data, gsize size, gint64 until_us) {
  g_autoptr(AkFirmwareScan) scan = ak_firmware_scan_new(data, size, NULL);
  AkFirmwareHit hit;
  guint bits = 0;
  ak_firmware_scan_until(scan, until_us);
  return ak_firmware_scan_best(data, size, &bits) != NULL || ak_firmware_scan_next(scan, 0, &hit) || scan->is_late;
}

/* What begins like one of these and was opened by nothing: another kind, or a damaged one.
 * Source: the formats' descriptions; magic(5) of file 5.44
 * names the same. */
static const struct {
  gsize offset;
  const char *magic;
  gsize magic_size;
  const char *what;
} sealed_kinds[] = {
    {0, "PK\3\4", 4, "zip archive that does not open"},
    {0, "7z\xbc\xaf\x27\x1c", 6, "7z archive that does not open"},
    {0, "Rar!\x1a\x07", 6, "rar archive that does not open"},
    {0, "\x28\xb5\x2f\xfd", 4, "zstd stream that does not open"},
    {0, "\x04\x22\x4d\x18", 4, "lz4 stream that does not open"},
    {0, "\x02\x21\x4c\x18", 4, "lz4 stream that does not open"},
    {0, "\x89LZO\0\r\n\x1a\n", 9, "lzop stream that does not open"},
    {4, "1AY&SY", 6, "bzip2 stream that does not open"},
    {0, "LZIP\1", 5, "lzip stream, not opened"},
    {0, "\x5d\0\0", 3, "lzma stream that does not open"}, /* properties of every common preset */
    {257, "ustar", 5, "tar archive that does not open"},
    {0, "070701", 6, "cpio archive that does not open"},
    {0, "070702", 6, "cpio archive that does not open"},
    {0, "070707", 6, "cpio archive that does not open"},
    {0, "!<arch>\ndebian-binary", 21, "Debian package that does not open"},
    {0, "sqsh", 4, "squashfs that does not open"},
    {0, "shsq", 4, "squashfs that does not open"},
    {0, "qshs", 4, "squashfs that does not open"},
    {0, "hsqs", 4, "squashfs that does not open"},
    {0, "\x45\x3d\xcd\x28", 4, "cramfs that does not open"},
    {0, "\x28\xcd\x3d\x45", 4, "cramfs that does not open"},
    {0, "-rom1fs-", 8, "romfs that does not open"},
    {0, "UBI#", 4, "UBI that does not open"},
    {0, "\x31\x18\x10\x06", 4, "UBIFS that does not open"},
    {0, "\x85\x19\x03\x20", 4, "JFFS2 that does not open"},
    {0, "\x85\x19\x01\xe0", 4, "JFFS2 that does not open"},
    {0, "\x85\x19\x02\xe0", 4, "JFFS2 that does not open"},
    {0, "\x19\x85\x20\x03", 4, "JFFS2 that does not open"},
    {0, "\x19\x85\xe0\x01", 4, "JFFS2 that does not open"},
    {0, "\x19\x85\xe0\x02", 4, "JFFS2 that does not open"},
    {0x438, "\x53\xef\0\0", 4,
     "ext filesystem that does not open"}, /* in use, clean, with errors */
    {0x438, "\x53\xef\1\0", 4, "ext filesystem that does not open"},
    {0x438, "\x53\xef\2\0", 4, "ext filesystem that does not open"},
    {0, "\xd0\x0d\xfe\xed", 4, "device tree that does not open"},
    {0, "\x3a\xff\x26\xed", 4, "Android sparse image that does not open"},
    {0x8001, "CD001", 5, "ISO 9660 filesystem that does not open"},
};

const char *ak_firmware_scan_sealed(const guint8 *data, gsize size) {
  for (gsize i = 0; i < G_N_ELEMENTS(sealed_kinds); i++) {
    gsize offset = sealed_kinds[i].offset, length = sealed_kinds[i].magic_size;
    if (size >= offset && size - offset >= length &&
        memcmp(data + offset, sealed_kinds[i].magic, length) == 0)
      return sealed_kinds[i].what;
  }
  return NULL;
}

bool ak_firmware_format_fuzz(const AkFirmwareFormat *self, const guint8 *data, gsize size) {
  g_autoptr(GBytes) image = g_bytes_new_static(data, size);
  AkFirmwareLimits limits = {.total_bytes = 8 << 20, .files = 500, .depth = 4, .ratio = 100};
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "fuzz", &limits, NULL);
  bool is_whole = tree != NULL && self->bid(data, size) > 0;
  for (guint i = 0; is_whole && i < ak_firmware_tree_length(tree); i++)
    is_whole = ak_firmware_tree_node(tree, i)->cut == NULL;
  return is_whole;
}
