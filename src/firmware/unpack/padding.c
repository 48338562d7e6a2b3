#include "firmware/unpack/padding.h"

#include <stdbool.h>

#define BLOCK 64 /* looked at together: volumes are mostly free, and byte by byte is slower than unpacking them */

static bool is_padding(guint8 value, int byte) {
  return byte == AK_PADDING_ANY ? (guint8)(value + 1) <= 1 : value == byte;
}

static bool is_block(const guint8 *data, int byte) {
  guint8 other = 0;
  if (byte == AK_PADDING_ANY) {
    for (guint i = 0; i < BLOCK; i++)
      other |= (guint8)(data[i] + 1) > 1;
  } else {
    for (guint i = 0; i < BLOCK; i++)
      other |= (guint8)(data[i] ^ (guint8)byte);
  }
  return other == 0;
}

gsize ak_padding_front(const guint8 *data, gsize size, int byte) {
  gsize at = 0;
  while (size - at >= BLOCK && is_block(data + at, byte))
    at += BLOCK;
  while (at < size && is_padding(data[at], byte))
    at++;
  return at;
}

gsize ak_padding_back(const guint8 *data, gsize size, int byte) {
  gsize left = size;
  while (left >= BLOCK && is_block(data + left - BLOCK, byte))
    left -= BLOCK;
  while (left > 0 && is_padding(data[left - 1], byte))
    left--;
  return size - left;
}
