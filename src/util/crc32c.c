#include "util/crc32c.h"

#include <string.h>

#define POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41 with its bits reversed */

static guint32 by_table(guint32 crc, const guint8 *data, gsize size) {
  static guint32 table[256];
  static gsize ready;
  if (g_once_init_enter(&ready)) {
    for (guint32 i = 0; i < 256; i++) {
      guint32 value = i;
      for (int bit = 0; bit < 8; bit++)
        value = value >> 1 ^ ((value & 1) != 0 ? POLYNOMIAL : 0);
      table[i] = value;
    }
    g_once_init_leave(&ready, 1);
  }
  for (gsize i = 0; i < size; i++)
    crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xFF];
  return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static guint32 by_instruction(guint32 crc, const guint8 *data,
                                                                gsize size) {
  guint64 wide = crc;
  for (; size >= 8; data += 8, size -= 8) {
    guint64 word;
    memcpy(&word, data, sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = (guint32)wide;
  for (; size > 0; data++, size--)
    crc = __builtin_ia32_crc32qi(crc, *data);
  return crc;
}
#endif

guint32 ak_crc32c(guint32 crc, const void *data, gsize size) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2"))
    return ~by_instruction(~crc, data, size);
#endif
  return ~by_table(~crc, data, size);
}
