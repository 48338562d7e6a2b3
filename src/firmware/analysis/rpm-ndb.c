#include "firmware/analysis/rpm-blob.h"
#include "util/reader.h"

#define MAGIC 0x506d7052u      /* "RpmP" */
#define SLOT_MAGIC 0x746f6c53u /* "Slot" */
#define HEAD_MAGIC 0x53626c42u /* "BlbS" */
#define TAIL_MAGIC 0x45626c42u /* "BlbE" */
#define PAGE_SIZE 4096
#define SLOT_SIZE 16
#define FIRST_SLOT 2 /* the header takes the place of two */
#define BLOCK_SIZE 16
#define HEAD_SIZE 16 /* magic, number, time, length */
#define TAIL_SIZE 12 /* Adler-32, length, magic */

typedef struct {
  guint32 number, offset, count; /* of blocks */
} Slot;

static bool read_slot(const guint8 *data, gsize size, guint64 index, Slot *out) {
  AkReader reader = ak_reader_init(data, size);
  guint32 magic = 0;
  return index < size / SLOT_SIZE && ak_reader_seek(&reader, (gsize)index * SLOT_SIZE, NULL) &&
         ak_reader_u32le(&reader, &magic, NULL) && magic == SLOT_MAGIC &&
         ak_reader_u32le(&reader, &out->number, NULL) &&
         ak_reader_u32le(&reader, &out->offset, NULL) &&
         ak_reader_u32le(&reader, &out->count, NULL);
}

/* The blob of a slot: its head names slot and length, its tail stands in the last blocks. */
static bool find_blob(const guint8 *data, gsize size, const Slot *slot, gsize *at, gsize *length) {
  guint64 from = (guint64)slot->offset * BLOCK_SIZE, room = (guint64)slot->count * BLOCK_SIZE;
  guint32 magic = 0, number = 0, when = 0, bytes = 0, again = 0;
  if (from > size || room > size - from || room < HEAD_SIZE + TAIL_SIZE)
    return false;
  AkReader head = ak_reader_init(data + from, (gsize)room);
  AkReader tail = ak_reader_init(data + from + room - 8, 8);
  if (!ak_reader_u32le(&head, &magic, NULL) || !ak_reader_u32le(&head, &number, NULL) ||
      !ak_reader_u32le(&head, &when, NULL) || !ak_reader_u32le(&head, &bytes, NULL) ||
      magic != HEAD_MAGIC || number != slot->number || bytes > room - HEAD_SIZE - TAIL_SIZE ||
      bytes > AK_RPM_MAX_BLOB || !ak_reader_u32le(&tail, &again, NULL) || again != bytes ||
      !ak_reader_u32le(&tail, &magic, NULL) || magic != TAIL_MAGIC)
    return false;
  *at = (gsize)from + HEAD_SIZE;
  *length = bytes;
  return true;
}

guint ak_rpm_ndb_each(const guint8 *data, gsize size, AkRpmTake take, gpointer user) {
  AkReader reader = ak_reader_init(data, size);
  guint32 magic = 0, version = 0, generation = 0, pages = 0;
  guint unread = 0, taken = 0;
  if (!ak_reader_u32le(&reader, &magic, NULL) || !ak_reader_u32le(&reader, &version, NULL) ||
      !ak_reader_u32le(&reader, &generation, NULL) || !ak_reader_u32le(&reader, &pages, NULL) ||
      magic != MAGIC || version != 0)
    return 1;
  guint64 slots = (guint64)pages * (PAGE_SIZE / SLOT_SIZE);
  for (guint64 i = FIRST_SLOT; i < slots; i++) {
    Slot slot;
    gsize at = 0, length = 0;
    if (!read_slot(data, size, i, &slot))
      return unread + 1; /* the rest of the slots is not there */
    if (slot.offset == 0)
      continue; /* free */
    if (taken == AK_RPM_MAX_BLOBS || !find_blob(data, size, &slot, &at, &length)) {
      unread++;
      continue;
    }
    taken++;
    take(user, data + at, length, at, length);
  }
  return unread;
}

static void check(gpointer user, const guint8 *blob, gsize size, gsize offset, gsize length) {
  const gsize *file_size = user;
  g_assert_cmpuint(offset + length, <=, *file_size);
  g_assert_true(size == 0 || blob[size - 1] <= G_MAXUINT8);
}

bool ak_firmware_rpm_ndb_fuzz(const guint8 *data, gsize size) {
  return ak_rpm_ndb_each(data, size, check, &size) == 0;
}
