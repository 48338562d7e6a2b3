#include "firmware/format/jffs2-codec.h"

#include <string.h>

/* --- zero and rtime ----------------------------------------------------------------------------
 */

static bool unpack_zero(const guint8 *data, gsize size, guint8 *out, gsize want) {
  if (want > 0)
    memset(out, 0, want);
  return true;
}

/* Pairs: a byte, and how many follow it as they followed its last occurrence. */
static bool unpack_rtime(const guint8 *data, gsize size, guint8 *out, gsize want) {
  gsize behind[256] = {0}; /* by byte: the place behind its last occurrence */
  gsize at = 0, got = 0;
  while (got < want) {
    if (size - at < 2)
      return false;
    guint8 byte = data[at], count = data[at + 1];
    gsize from = behind[byte];
    at += 2;
    out[got++] = byte;
    behind[byte] = got;
    if (count > want - got)
      return false;
    for (guint i = 0; i < count; i++, got++)
      out[got] = out[from + i];
  }
  return true;
}

/* --- rubin -------------------------------------------------------------------------------------
 *
 * Arithmetic coding of bits, each of a byte's eight by a fixed chance: of `whole` parts so many are
 * for a 1. */

#define RUBIN_BITS 16
#define RUBIN_HALF 0x8000u

typedef struct {
  const guint8 *data;
  gsize size, bit;    /* the next bit; high ones of a byte first */
  guint32 low, range; /* of what is still possible; at most 2^16 together */
  guint32 code;       /* the bits read, as a number in that range */
} Rubin;

/* Behind the end there are zeros. */
static guint rubin_next(Rubin *self) {
  gsize byte = self->bit / 8, place = self->bit % 8;
  self->bit++;
  return byte < self->size ? self->data[byte] >> (7 - place) & 1 : 0;
}

static void rubin_begin(Rubin *self, const guint8 *data, gsize size) {
  *self = (Rubin){.data = data, .size = size, .range = 2 * RUBIN_HALF};
  for (guint i = 0; i < RUBIN_BITS; i++)
    self->code = self->code * 2 + rubin_next(self);
}

/* While the first bit of all that is possible is settled, it is dropped. */
static void rubin_narrow(Rubin *self) {
  while (self->low >= RUBIN_HALF || self->low + self->range <= RUBIN_HALF) {
    self->low = (self->low & (RUBIN_HALF - 1)) * 2;
    self->range *= 2;
    self->code = (self->code & (RUBIN_HALF - 1)) * 2 + rubin_next(self);
  }
}

static guint rubin_bit(Rubin *self, guint ones, guint whole) {
  rubin_narrow(self);
  guint32 zeros = (whole - ones) * self->range / whole;
  zeros = CLAMP(zeros, 1, self->range - 1);
  bool is_one = self->code >= self->low + zeros;
  if (is_one)
    self->low += zeros;
  self->range = is_one ? self->range - zeros : zeros;
  return is_one;
}

static void unpack_rubin(const guint8 *data, gsize size, const guint16 ones[8], guint whole,
                         guint8 *out, gsize want) {
  Rubin rubin;
  rubin_begin(&rubin, data, size);
  for (gsize i = 0; i < want; i++) {
    out[i] = 0;
    for (guint bit = 0; bit < 8; bit++)
      out[i] |= (guint8)(rubin_bit(&rubin, ones[bit], whole) << bit);
  }
}

static bool unpack_rubinmips(const guint8 *data, gsize size, guint8 *out, gsize want) {
  static const guint16 ones[8] = {277, 249, 290, 267, 229, 341, 212, 241};
  unpack_rubin(data, size, ones, 1043, out, want);
  return true;
}

/* The chances stand before the bits. */
static bool unpack_dynrubin(const guint8 *data, gsize size, guint8 *out, gsize want) {
  guint16 ones[8];
  if (size < 8)
    return false;
  for (guint i = 0; i < 8; i++)
    ones[i] = data[i];
  unpack_rubin(data + 8, size - 8, ones, 256, out, want);
  return true;
}

/* --- all of them -------------------------------------------------------------------------------
 */

/* lc, lp and pb are 0. */
static bool unpack_lzma(const guint8 *data, gsize size, guint8 *out, gsize want) {
  return ak_block_lzma(data, size, 0, out, want);
}

AkBlockCodec ak_jffs2_codec(guint8 compression) {
  static const AkBlockCodec codecs[] = {
      [AK_JFFS2_PLAIN] = ak_block_plain, [AK_JFFS2_ZERO] = unpack_zero,
      [AK_JFFS2_RTIME] = unpack_rtime,   [AK_JFFS2_RUBINMIPS] = unpack_rubinmips,
      [AK_JFFS2_COPY] = ak_block_plain,  [AK_JFFS2_DYNRUBIN] = unpack_dynrubin,
      [AK_JFFS2_ZLIB] = ak_block_zlib,   [AK_JFFS2_LZO] = ak_block_lzo,
      [AK_JFFS2_LZMA] = unpack_lzma,
  };
  return compression < G_N_ELEMENTS(codecs) ? codecs[compression] : NULL;
}
