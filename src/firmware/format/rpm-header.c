#include "firmware/format/rpm-header.h"

#define MAX_ENTRIES 65536
#define MAX_STORE (256u << 20)

bool ak_rpm_header_read(const guint8 *data, gsize size, gsize at, AkRpmHeader *out) {
  AkReader reader = ak_reader_init(data, size);
  *out = (AkRpmHeader){.at = at};
  if (!ak_reader_seek(&reader, at, NULL) || !ak_reader_u32be(&reader, &out->count, NULL) ||
      !ak_reader_u32be(&reader, &out->store_size, NULL) || out->count == 0 ||
      out->count > MAX_ENTRIES || out->store_size > MAX_STORE)
    return false;
  out->store = at + AK_RPM_INTRO_SIZE + (gsize)out->count * AK_RPM_ENTRY_SIZE;
  out->end = out->store + out->store_size;
  return true;
}

const guint8 *ak_rpm_header_find(const guint8 *data, const AkRpmHeader *header, guint32 tag,
                                 guint32 *type, guint32 *count, gsize *left) {
  AkReader reader = ak_reader_init(data, header->store);
  guint32 name = 0, kind = 0, offset = 0, items = 0;
  if (!ak_reader_seek(&reader, header->at + AK_RPM_INTRO_SIZE, NULL))
    return NULL;
  for (guint32 i = 0; i < header->count; i++) {
    if (!ak_reader_u32be(&reader, &name, NULL) || !ak_reader_u32be(&reader, &kind, NULL) ||
        !ak_reader_u32be(&reader, &offset, NULL) || !ak_reader_u32be(&reader, &items, NULL))
      return NULL;
    if (name != tag || offset >= header->store_size)
      continue;
    *left = header->store_size - offset;
    if (type != NULL)
      *type = kind;
    if (count != NULL)
      *count = items;
    return data + header->store + offset;
  }
  return NULL;
}
