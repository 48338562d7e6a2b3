#include <string.h>

#include "firmware/analysis/rpm-blob.h"
#include "util/reader.h"

#define MAGIC 0x00061561u
#define MAGIC_AT 12
#define PAGE_SIZE_AT 20
#define ENCRYPTION_AT 24
#define LAST_PAGE_AT 32
#define PAGE_HEADER 26
#define NEXT_AT 16
#define ENTRIES_AT 20
#define USED_AT 22 /* of overflow pages: bytes of content */
#define TYPE_AT 25

enum { PAGE_HASH_UNSORTED = 2, PAGE_OVERFLOW = 7, PAGE_HASH = 13 };
enum { ITEM_DATA = 1, ITEM_DUPLICATES = 2, ITEM_OFF_PAGE = 3, ITEM_OFF_DUPLICATES = 4 };
#define OFF_PAGE_SIZE 12 /* kind, three unused, page, length */
#define KEY_SIZE 4       /* the number of a package */

typedef struct {
  const guint8 *data;
  gsize size;
  bool little;
  guint32 page_size, last_page;
  AkRpmTake take;
  gpointer user;
  guint taken, unread;
  gsize copied; /* bytes put together from overflow pages */
} Reading;

static bool u32(const Reading *self, gsize at, guint32 *out) {
  AkReader reader = ak_reader_init(self->data, self->size);
  return ak_reader_seek(&reader, at, NULL) &&
         (self->little ? ak_reader_u32le(&reader, out, NULL) : ak_reader_u32be(&reader, out, NULL));
}

static bool u16(const Reading *self, gsize at, guint16 *out) {
  AkReader reader = ak_reader_init(self->data, self->size);
  return ak_reader_seek(&reader, at, NULL) &&
         (self->little ? ak_reader_u16le(&reader, out, NULL) : ak_reader_u16be(&reader, out, NULL));
}

/* The metadata page: the magic tells the byte order. */
static bool open_hash(Reading *self) {
  self->little = true;
  guint32 magic = 0;
  if (!u32(self, MAGIC_AT, &magic))
    return false;
  if (magic != MAGIC)
    self->little = false;
  return u32(self, MAGIC_AT, &magic) && magic == MAGIC &&
         u32(self, PAGE_SIZE_AT, &self->page_size) && self->page_size >= 512 &&
         self->page_size <= 65536 && (self->page_size & (self->page_size - 1)) == 0 &&
         u32(self, LAST_PAGE_AT, &self->last_page) && self->data[ENCRYPTION_AT] == 0;
}

/* True where the whole page is there. */
static bool find_page(const Reading *self, guint32 number, gsize *at) {
  guint64 from = (guint64)number * self->page_size;
  if (number > self->last_page || from > self->size || self->size - from < self->page_size)
    return false;
  *at = (gsize)from;
  return true;
}

/* A chain of overflow pages, `length` bytes together; NULL where it breaks off or is longer. Each
 * page is visited once at most, since each adds a byte at least. */
static GByteArray *read_chain(Reading *self, guint32 page, guint32 length) {
  if (length == 0 || length > AK_RPM_MAX_BLOB || length > self->size ||
      self->copied + length > 4 * self->size)
    return NULL;
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  self->copied += length;
  while (bytes->len < length) {
    gsize at = 0;
    guint16 used = 0;
    if (!find_page(self, page, &at) || self->data[at + TYPE_AT] != PAGE_OVERFLOW ||
        !u16(self, at + USED_AT, &used) || used == 0 || used > self->page_size - PAGE_HEADER ||
        used > length - bytes->len || !u32(self, at + NEXT_AT, &page))
      return NULL;
    g_byte_array_append(bytes, self->data + at + PAGE_HEADER, used);
  }
  return g_steal_pointer(&bytes);
}

static bool take_off_page(Reading *self, gsize at) {
  guint32 page = 0, length = 0;
  if (!u32(self, at + 4, &page) || !u32(self, at + 8, &length))
    return false;
  g_autoptr(GByteArray) bytes = read_chain(self, page, length);
  if (bytes != NULL)
    self->take(self->user, bytes->data, bytes->len, 0, self->size);
  return bytes != NULL;
}

/* One item of a page: its kind, then the bytes. */
static bool take_item(Reading *self, gsize at, gsize size) {
  if (self->taken++ >= AK_RPM_MAX_BLOBS)
    return false;
  if (size >= OFF_PAGE_SIZE && self->data[at] == ITEM_OFF_PAGE)
    return take_off_page(self, at);
  if (size < 1 || self->data[at] != ITEM_DATA)
    return false; /* duplicates: no database of packages has them */
  self->take(self->user, self->data + at + 1, size - 1, at + 1, size - 1);
  return true;
}

/* The place of item `index`: items grow from the page's end, the index says where each begins. */
static bool find_item(const Reading *self, gsize page, guint index, gsize *at, gsize *size) {
  guint16 begin = 0, before = 0;
  gsize end = self->page_size;
  if (!u16(self, page + PAGE_HEADER + 2 * (gsize)index, &begin) ||
      (index > 0 && !u16(self, page + PAGE_HEADER + 2 * (gsize)(index - 1), &before)))
    return false;
  if (index > 0)
    end = before;
  if (begin < PAGE_HEADER || begin >= end || end > self->page_size)
    return false;
  *at = page + begin;
  *size = end - begin;
  return true;
}

/* Key 0 stands before the next number that is free. */
static bool is_package(const Reading *self, gsize at, gsize size) {
  guint32 number = 0;
  return size == 1 + KEY_SIZE && self->data[at] == ITEM_DATA && u32(self, at + 1, &number) &&
         number != 0;
}

static void read_page(Reading *self, gsize page) {
  guint16 entries = 0;
  if (!u16(self, page + ENTRIES_AT, &entries) || entries > (self->page_size - PAGE_HEADER) / 2) {
    self->unread++;
    return;
  }
  for (guint i = 0; i + 1 < entries; i += 2) {
    gsize key = 0, key_size = 0, at = 0, size = 0;
    if (!find_item(self, page, i, &key, &key_size) || !find_item(self, page, i + 1, &at, &size))
      self->unread++;
    else if (is_package(self, key, key_size) && !take_item(self, at, size))
      self->unread++;
  }
}

guint ak_rpm_bdb_each(const guint8 *data, gsize size, AkRpmTake take, gpointer user) {
  Reading self = {.data = data, .size = size, .take = take, .user = user};
  if (!open_hash(&self))
    return 1;
  for (guint32 i = 1; i <= self.last_page; i++) {
    gsize page = 0;
    if (!find_page(&self, i, &page))
      return self.unread + 1; /* the file ends before its last page */
    guint8 type = data[page + TYPE_AT];
    if (type == PAGE_HASH || type == PAGE_HASH_UNSORTED)
      read_page(&self, page);
  }
  return self.unread;
}

static void check(gpointer user, const guint8 *blob, gsize size, gsize offset, gsize length) {
  const gsize *file_size = user;
  g_assert_cmpuint(offset + length, <=, *file_size);
  g_assert_true(size == 0 || blob[size - 1] <= G_MAXUINT8);
}

bool ak_firmware_rpm_bdb_fuzz(const guint8 *data, gsize size) {
  return ak_rpm_bdb_each(data, size, check, &size) == 0;
}
