#include "firmware/scan.h"

#include <string.h>

const AkFirmwareFormat *ak_firmware_scan_best(const guint8 *data, gsize size) {
  const AkFirmwareFormat *best = NULL;
  guint most = 0;
  for (gsize i = 0; ak_firmware_format_table[i] != NULL; i++) {
    guint bits = ak_firmware_format_table[i]->bid(data, size);
    if (bits > most) {
      most = bits;
      best = ak_firmware_format_table[i];
    }
  }
  return best;
}

/* The first place of one format, before `end`. */
static bool find_format(const AkFirmwareFormat *format, const guint8 *data, gsize size, gsize from,
                        gsize end, gsize *offset) {
  for (gsize at = from; at < end;) {
    const guint8 *hit = memmem(data + at, size - at, format->magic, format->magic_size);
    if (hit == NULL)
      return false;
    at = (gsize)(hit - data);
    if (at >= end)
      return false;
    if (format->bid(hit, size - at) > 0) {
      *offset = at;
      return true;
    }
    at++;
  }
  return false;
}

bool ak_firmware_scan_next(const guint8 *data, gsize size, gsize from, gsize *offset) {
  gsize end = size;
  bool found = false;
  for (gsize i = 0; ak_firmware_format_table[i] != NULL; i++)
    if (find_format(ak_firmware_format_table[i], data, size, from, end, &end))
      found = true;
  if (found)
    *offset = end;
  return found;
}
