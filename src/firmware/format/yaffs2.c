/* YAFFS2 with the spare bytes of its pages, in either byte order. Nothing guards contents; what
 * each chunk is says its tag in the spare bytes: of each object the newest header and chunks count,
 * a file has all of its chunks, and what older ones hold is a region of its own. Source: yaffs2,
 * yaffs_guts.h (object header), yaffs_packedtags2.c (tags); unyaffs.h says the same. Layouts: pages
 * with their spare bytes as chips have them; tags begin at the spare bytes' first byte
 * (mkyaffs2image) or behind the mark of bad blocks (MTD). */
#include <string.h>
#include <sys/stat.h>

#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/format/words.h"

#define MAX_DEPTH 64
#define MAX_REMAINS 1000
#define HEADER_SIZE 512
#define TAG_SIZE 16
#define LEAST_SEQUENCE 0x1000u
#define MOST_SEQUENCE 0xefffff00u
#define EXTRA_FLAG 0x80000000u /* of a chunk's number: this is a header, and the rest says more */
#define OBJECT_MASK 0x0fffffffu
#define MAX_OBJECT 0x3ffffu
#define MAX_CHUNK 0xfffffu
#define MAX_NAME 255
#define MAX_ALIAS 159
enum { ROOT = 1, LOST = 2, UNLINKED = 3, DELETED = 4 };
enum { FILE_ = 1, SYMLINK, FOLDER, HARDLINK, SPECIAL };

typedef struct {
  guint16 page, spare;
  guint8 tag; /* where it begins in the spare bytes */
  bool is_big;
} Layout;

static const guint16 pages[][2] = {{2048, 64}, {4096, 128}, {512, 16}, {4096, 224}, {8192, 256}};

/* A page in use. */
typedef struct {
  guint32 object, chunk; /* chunk 0: the header */
  guint32 sequence, size;
  guint index; /* of the page */
  bool is_old; /* another one counts */
} Chunk;

typedef struct {
  guint32 type, parent, mode, uid, gid, size, same, device;
  const guint8 *name, *alias;
  gsize name_size, alias_size;
} Header;

typedef struct {
  AkEntries entries;
  const guint8 *data;
  gsize size;
  Layout layout;
  guint count;    /* pages */
  GArray *chunks; /* of Chunk: by object, chunk, sequence, page; the last of each counts */
  GArray *names;  /* of Name, by parent */
  guint8 *seen;   /* by name: the walk came by; each stands in one folder */
  guint remains;
} Filesystem;

/* A header that counts, by its folder. */
typedef struct {
  guint32 parent, object;
  guint chunk; /* its place among the chunks */
} Name;

static void filesystem_clear(Filesystem *self) {
  g_clear_pointer(&self->chunks, g_array_unref);
  g_clear_pointer(&self->names, g_array_unref);
  g_clear_pointer(&self->seen, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filesystem, filesystem_clear)

/* --- pages -------------------------------------------------------------------------------------
 */

static gsize step_of(const Layout *layout) {
  return (gsize)layout->page + layout->spare;
}

static bool read_tag(const guint8 *page, const Layout *layout, Chunk *out) {
  AkWords words =
      ak_words_init(page, step_of(layout), (gsize)layout->page + layout->tag, layout->is_big);
  *out = (Chunk){.sequence = ak_words_u32(&words)};
  out->object = ak_words_u32(&words);
  out->chunk = ak_words_u32(&words);
  out->size = ak_words_u32(&words);
  if ((out->chunk & EXTRA_FLAG) != 0) {
    out->chunk = 0;
    out->object &= OBJECT_MASK;
  }
  return out->sequence >= LEAST_SEQUENCE && out->sequence <= MOST_SEQUENCE && out->object > 0 &&
         out->object <= MAX_OBJECT && out->chunk <= MAX_CHUNK &&
         (out->chunk == 0 || out->size <= layout->page);
}

static bool is_text(const guint8 *text, gsize room, gsize *size) {
  *size = strnlen((const char *)text, room);
  return *size < room;
}

static bool read_header(const guint8 *page, bool is_big, Header *out) {
  AkWords words = ak_words_init(page, HEADER_SIZE, 0, is_big);
  *out = (Header){.type = ak_words_u32(&words)};
  out->parent = ak_words_u32(&words);
  guint16 sum = ak_words_u16(&words);
  out->name = ak_words_bytes(&words, MAX_NAME + 1);
  ak_words_skip(&words, 2);
  out->mode = ak_words_u32(&words);
  out->uid = ak_words_u32(&words);
  out->gid = ak_words_u32(&words);
  ak_words_skip(&words, 12);
  out->size = ak_words_u32(&words);
  out->same = ak_words_u32(&words);
  out->alias = ak_words_bytes(&words, MAX_ALIAS + 1);
  out->device = ak_words_u32(&words);
  return !words.failed && out->type >= FILE_ && out->type <= SPECIAL && out->parent > 0 &&
         out->parent <= MAX_OBJECT && sum == 0xffff &&
         is_text(out->name, MAX_NAME + 1, &out->name_size) &&
         (out->type != SYMLINK || is_text(out->alias, MAX_ALIAS + 1, &out->alias_size));
}

/* A mode of the kind, a name that can be one; the root alone has none. */
static bool is_plausible(const Header *header, guint32 object) {
  guint kind = header->mode & S_IFMT;
  bool has_name = ak_entries_is_name(header->name, header->name_size) &&
                  g_utf8_validate((const char *)header->name, (gssize)header->name_size, NULL);
  return header->mode <= (S_IFMT | 07777) && kind == (header->type == FILE_ ? S_IFREG : S_IFDIR) &&
         (object == ROOT ? header->type == FOLDER : has_name);
}

/* The layout by which the first page is a header and its tag says so, and the next page has a tag
 * or is erased. */
static bool find_layout(const guint8 *data, gsize size, Layout *out) {
  for (guint i = 0; i < G_N_ELEMENTS(pages) * 4; i++) {
    Layout layout = {pages[i / 4][0], pages[i / 4][1], i % 2 != 0 ? 2 : 0, i / 2 % 2 != 0};
    gsize step = step_of(&layout);
    Header header;
    Chunk first, second;
    if (size < step || !read_header(data, layout.is_big, &header) ||
        !read_tag(data, &layout, &first) || first.chunk != 0 ||
        !is_plausible(&header, first.object))
      continue;
    bool is_alone =
        size < 2 * step || (data[step] == 0xff && ak_entries_is_empty(data + step, step));
    if (!is_alone && !read_tag(data + step, &layout, &second))
      continue;
    *out = layout;
    return true;
  }
  return false;
}

static guint bid(const guint8 *data, gsize size) {
  Layout layout;
  return find_layout(data, size, &layout) ? 160 : 0; /* a header and two tags */
}

static const guint8 *page_at(const Filesystem *self, guint index) {
  return self->data + (gsize)index * step_of(&self->layout);
}

static bool add_remains(Filesystem *self, const char *name, guint page, GError **error) {
  gsize from = (gsize)page * step_of(&self->layout);
  if (++self->remains <= MAX_REMAINS)
    return ak_entries_add_region(&self->entries, name, from, self->layout.page, error);
  ak_entries_cut(&self->entries, "more than %d pages of older content", MAX_REMAINS);
  return true;
}

/* Pages to where something begins that is none of it. */
static bool take_pages(Filesystem *self, GError **error) {
  gsize step = step_of(&self->layout);
  guint all = (guint)(self->size / step), odd = 0;
  for (guint i = 0; i < all; i++) {
    const guint8 *page = page_at(self, i);
    Chunk chunk;
    if (read_tag(page, &self->layout, &chunk)) {
      for (guint k = self->count; odd > 0 && k < i; k++)
        if (!ak_entries_is_empty(page_at(self, k), self->layout.page) &&
            !add_remains(self, "odd", k, error))
          return false;
      odd = 0;
      chunk.index = i;
      g_array_append_val(self->chunks, chunk);
      self->count = i + 1;
    } else if (!ak_entries_is_empty(page, self->layout.page) && ++odd > 64) {
      return true;
    }
  }
  return true;
}

static gint by_number(gconstpointer left, gconstpointer right) {
  const Chunk *a = left, *b = right;
  if (a->object != b->object)
    return a->object < b->object ? -1 : 1;
  if (a->chunk != b->chunk)
    return a->chunk < b->chunk ? -1 : 1;
  if (a->sequence != b->sequence)
    return a->sequence < b->sequence ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static Chunk *chunk_at(const Filesystem *self, guint index) {
  return &g_array_index(self->chunks, Chunk, index);
}

/* The place of the first chunk of an object, or behind it. */
static guint find_object(const Filesystem *self, guint32 object) {
  guint from = 0, to = self->chunks->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    if (chunk_at(self, middle)->object < object)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

/* --- names -------------------------------------------------------------------------------------
 */

static gint by_parent(gconstpointer left, gconstpointer right) {
  const Name *a = left, *b = right;
  if (a->parent != b->parent)
    return a->parent < b->parent ? -1 : 1;
  return a->object < b->object ? -1 : a->object > b->object;
}

/* Marks what does not count, and lists what does. */
static void take_names(Filesystem *self) {
  for (guint i = 0; i < self->chunks->len; i++) {
    Chunk *chunk = chunk_at(self, i), *next = i + 1 < self->chunks->len ? chunk + 1 : NULL;
    Header header;
    chunk->is_old = next != NULL && next->object == chunk->object && next->chunk == chunk->chunk;
    if (chunk->is_old || chunk->chunk != 0)
      continue;
    if (!read_header(page_at(self, chunk->index), self->layout.is_big, &header)) {
      ak_entries_cut(&self->entries, "object %u has a damaged header", chunk->object);
      continue;
    }
    Name name = {header.parent, chunk->object, i};
    if (chunk->object != ROOT)
      g_array_append_val(self->names, name);
  }
  g_array_sort(self->names, by_parent);
}

/* Older pages, and those of what was removed or has no header. */
static bool add_old(Filesystem *self, GError **error) {
  guint32 object = 0;
  bool is_gone = false;
  for (guint i = 0; i < self->chunks->len; i++) {
    const Chunk *chunk = chunk_at(self, i);
    Header header;
    if (chunk->object != object) {
      guint last = i;
      while (last + 1 < self->chunks->len && chunk_at(self, last)->is_old)
        last++;
      const Chunk *newest = chunk_at(self, last);
      object = chunk->object;
      is_gone = newest->chunk != 0 ||
                (read_header(page_at(self, newest->index), self->layout.is_big, &header) &&
                 (header.parent == UNLINKED || header.parent == DELETED));
      if (newest->chunk != 0)
        ak_entries_cut(&self->entries, "object %u has no header", object);
    }
    if (chunk->chunk != 0 && (chunk->is_old || is_gone) &&
        !add_remains(self, is_gone ? "removed" : "old", chunk->index, error))
      return false;
  }
  return true;
}

/* --- contents ----------------------------------------------------------------------------------
 */

/* All chunks of a file are there, and filled to its size. */
static GBytes *read_content(Filesystem *self, guint32 object, guint32 size, const char **cut) {
  guint page = self->layout.page;
  bool fits = size <= ak_firmware_tree_budget(self->entries.tree, self->size);
  guint8 *out = fits ? ak_firmware_tree_room(self->entries.tree, size, NULL) : NULL;
  guint32 expected = 1;
  if (out == NULL) {
    *cut = fits ? AK_FIRMWARE_NO_ROOM : "it is larger than the limit";
    return NULL;
  }
  for (guint i = find_object(self, object); i < self->chunks->len; i++) {
    const Chunk *chunk = chunk_at(self, i);
    if (chunk->object != object)
      break;
    if (chunk->chunk == 0 || chunk->is_old)
      continue;
    guint64 at = (guint64)(chunk->chunk - 1) * page;
    guint32 want = at < size ? (guint32)MIN(size - at, page) : 0;
    if (chunk->chunk != expected++ || want == 0 || chunk->size < want)
      *cut = "its chunks do not fit its size";
    memcpy(out + MIN(at, size), page_at(self, chunk->index), want);
  }
  if ((guint64)(expected - 1) * page < size)
    *cut = "chunks of it are missing";
  return ak_firmware_tree_room_take(self->entries.tree, out, size);
}

/* --- folders -----------------------------------------------------------------------------------
 */

static bool walk(Filesystem *self, guint32 folder, const char *path, guint depth, GError **error);

/* The newest header of an object, or false. */
static bool header_of(const Filesystem *self, guint32 object, Header *out) {
  guint i = find_object(self, object);
  while (i < self->chunks->len && chunk_at(self, i)->is_old)
    i++;
  return i < self->chunks->len && chunk_at(self, i)->object == object &&
         chunk_at(self, i)->chunk == 0 &&
         read_header(page_at(self, chunk_at(self, i)->index), self->layout.is_big, out);
}

static void set_content(Filesystem *self, AkEntry *entry, guint32 object, const Header *header) {
  static const guint kinds[] = {0, S_IFREG, S_IFLNK, S_IFDIR};
  if (header->type == FILE_)
    entry->content = read_content(self, object, header->size, &entry->cut);
  else if (header->type == SYMLINK)
    entry->content = g_bytes_new(header->alias, header->alias_size);
  ak_entries_old_device(header->device, &entry->major, &entry->minor);
  entry->mode =
      header->type == SPECIAL ? header->mode : kinds[header->type] | (header->mode & 07777);
  entry->uid = header->uid;
  entry->gid = header->gid;
}

static bool visit(Filesystem *self, guint index, const char *folder, guint depth, GError **error) {
  const Name *name = &g_array_index(self->names, Name, index);
  guint32 object = name->object;
  Header header, real;
  if (!header_of(self, object, &header))
    return true;
  g_autofree char *path = ak_firmware_tree_child_path(folder, header.name, header.name_size);
  AkEntry entry = {.path = path};
  if (!ak_entries_is_name(header.name, header.name_size))
    ak_entries_cut(&self->entries, "%s: no name", path);
  real = header;
  if (header.type == HARDLINK) {
    object = header.same;
    if (!header_of(self, object, &real) || real.type == HARDLINK || real.type == FOLDER) {
      ak_entries_cut(&self->entries, "%s: a link to nothing", path);
      return true;
    }
  }
  set_content(self, &entry, object, &real);
  if (!ak_entries_add(&self->entries, entry, error))
    return false;
  if (real.type != FOLDER)
    return true;
  if (depth < MAX_DEPTH)
    return walk(self, object, path, depth + 1, error);
  ak_entries_cut(&self->entries, "folders nest too deep");
  return true;
}

static bool walk(Filesystem *self, guint32 folder, const char *path, guint depth, GError **error) {
  guint from = 0, to = self->names->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    if (g_array_index(self->names, Name, middle).parent < folder)
      from = middle + 1;
    else
      to = middle;
  }
  for (; from < self->names->len; from++) {
    if (g_array_index(self->names, Name, from).parent != folder)
      return true;
    self->seen[from] = 1;
    if (!visit(self, from, path, depth, error))
      return false;
  }
  return true;
}

/* Names in folders that nothing leads to; those that were removed are in two of their own. */
static void check_names(Filesystem *self) {
  for (guint i = 0; i < self->names->len; i++) {
    const Name *name = &g_array_index(self->names, Name, i);
    if (self->seen[i] == 0 && name->parent != UNLINKED && name->parent != DELETED)
      ak_entries_cut(&self->entries, "object %u is in a folder that stands nowhere", name->object);
  }
}

/* What stands in a page behind the header or the piece of a file in it: of no file. */
static bool add_slack(Filesystem *self, GError **error) {
  for (guint i = 0; i < self->chunks->len; i++) {
    const Chunk *chunk = chunk_at(self, i);
    gsize used = chunk->chunk == 0 ? HEADER_SIZE : chunk->size;
    gsize left = self->layout.page - MIN(used, self->layout.page);
    gsize from = (gsize)chunk->index * step_of(&self->layout) + used;
    if (chunk->is_old || left == 0 || ak_entries_is_empty(self->data + from, left))
      continue;
    if (++self->remains > MAX_REMAINS) {
      ak_entries_cut(&self->entries, "more than %d pages of older content", MAX_REMAINS);
      return true;
    }
    if (!ak_entries_add_region(&self->entries, "slack", from, left, error))
      return false;
  }
  return true;
}

static bool open_yaffs2(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  g_auto(Filesystem) self = {.entries = {tree, node, "yaffs2"}, .data = data, .size = size};
  if (!find_layout(data, size, &self.layout))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged first page");
  self.chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
  self.names = g_array_new(FALSE, FALSE, sizeof(Name));
  if (!take_pages(&self, error))
    return false;
  *used = (gsize)self.count * step_of(&self.layout);
  g_array_sort(self.chunks, by_number);
  take_names(&self);
  self.seen = g_malloc0(self.names->len + 1);
  if (!walk(&self, ROOT, "", 0, error) || !add_old(&self, error) || !add_slack(&self, error))
    return false;
  check_names(&self);
  return true;
}

static const char *const sources[] = {"yaffs2 yaffs_guts.h", "yaffs2 yaffs_packedtags2.c", NULL};

extern const AkFirmwareFormat ak_firmware_yaffs2_format;
const AkFirmwareFormat ak_firmware_yaffs2_format = {
    .name = "yaffs2",
    .help_en = "YAFFS2 with the spare bytes of its pages",
    .help_ja = "YAFFS2（ページの予備領域を含むもの）",
    .sources = sources,
    /* the header of a folder or a file in the root, in either byte order */
    .magics = {{"\3\0\0\0\1\0\0\0\xff\xff", 10},
               {"\1\0\0\0\1\0\0\0\xff\xff", 10},
               {"\0\0\0\3\0\0\0\1\xff\xff", 10},
               {"\0\0\0\1\0\0\0\1\xff\xff", 10}},
    .bid = bid,
    .open = open_yaffs2,
};

bool ak_firmware_yaffs2_fuzz(const guint8 *data, gsize size);
bool ak_firmware_yaffs2_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_yaffs2_format, data, size);
}
