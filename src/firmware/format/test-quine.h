/* Archives that unpack to themselves, for tests.
 *
 * A program of two operations of five bytes each: print the next bytes (a stored block of deflate),
 * and repeat the last ones (a block of the fixed codes). Source: the idea, R. Cox, "Zip Files All
 * The Way Down" (2010); the bits, RFC 1951, 3.2.4 to 3.2.6. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

typedef struct {
  GByteArray *bytes;
  guint bit; /* of the last byte, from the least significant on; 0: a new one begins */
} QuineBits;

static void quine_put_bits(QuineBits *self, guint value, guint count) {
  for (guint i = 0; i < count; i++, self->bit = (self->bit + 1) % 8) {
    guint8 zero = 0;
    if (self->bit == 0)
      g_byte_array_append(self->bytes, &zero, 1);
    self->bytes->data[self->bytes->len - 1] |= (guint8)((value >> i & 1u) << self->bit);
  }
}

/* Codes of Huffman begin with their most significant bit. */
static void quine_put_code(QuineBits *self, guint code, guint count) {
  for (guint i = count; i-- > 0;)
    quine_put_bits(self, code >> i & 1u, 1);
}

static void quine_put_literal(QuineBits *self, guint8 byte) {
  g_assert_cmpuint(byte, <, 144);
  quine_put_code(self, 0x30u + byte, 8);
}

static void quine_print(GByteArray *out, guint size) {
  const guint8 block[] = {0, (guint8)size, (guint8)(size >> 8), (guint8)~size,
                          (guint8)(~size >> 8)};
  g_byte_array_append(out, block, sizeof block);
}

/* `size` (17 … 20) bytes from as far back in two matches of 3 … 10: 2 * (7 + 5 + 3) bits. */
static void quine_repeat_few(QuineBits *bits, guint size) {
  for (guint i = 0; i < 2; i++) {
    quine_put_code(bits, (i == 0 ? 10 : size - 10) - 2, 7); /* 257 is a length of 3 */
    quine_put_code(bits, 8, 5);                             /* 17 … 24 */
    quine_put_bits(bits, size - 17, 3);
  }
}

/* `size` (116 … 128) bytes from as far back: one of them, which is known, as it stands, and a match
 * of the others: 8 + 8 + 4 + 5 + 5 bits. */
static void quine_repeat_many(QuineBits *bits, guint size, bool is_first_known, guint8 known) {
  if (is_first_known)
    quine_put_literal(bits, known);
  quine_put_code(bits, 0xc0, 8); /* 280 is a length of 115 … 130 */
  quine_put_bits(bits, size - 1 - 115, 4);
  quine_put_code(bits, 13, 5); /* 97 … 128 */
  quine_put_bits(bits, size - 97, 5);
  if (!is_first_known)
    quine_put_literal(bits, known);
}

/* 3 bits before and 7 behind make five bytes. */
static void quine_repeat(GByteArray *out, guint size, bool is_first_known, guint8 known) {
  g_autoptr(GByteArray) block = g_byte_array_new();
  QuineBits bits = {block, 0};
  quine_put_bits(&bits, 0, 1);
  quine_put_bits(&bits, 1, 2);
  if (size <= 20)
    quine_repeat_few(&bits, size);
  else
    quine_repeat_many(&bits, size, is_first_known, known);
  quine_put_code(&bits, 0, 7);
  g_assert_cmpuint(block->len, ==, 5);
  g_byte_array_append(out, block->data, block->len);
}

/* What stands before and behind the program; the back begins with the last block, which is empty.
 */
typedef struct {
  GByteArray *front, *back;
} QuineFrame;

/* "P5" prints 5 bytes, "R20" repeats 20; "P<" and "R<" are of the front and five bytes more, "P>"
 * and "R>" of the back; "<" is the front itself, ">" the back. */
static const char *const quine_words[] = {
    "<",  "P<",  "<",   "P<",  "R<",  "P5",  "R<",  "P5",  "P5",  "P20", "R<",  "P5",
    "P5", "P20", "R20", "P20", "R20", "P20", "R20", "P20", "R20", "P20", "R20", "P0",
    "P0", "P>",  "R20", "P0",  "P0",  "P>",  "R>",  ">",   "R>",  ">",   NULL};

static void quine_put_word(GByteArray *out, const char *word, const QuineFrame *frame) {
  const GByteArray *part = strchr(word, '<') != NULL ? frame->front : frame->back;
  bool is_front = part == frame->front;
  guint8 known = is_front ? part->data[0] : part->data[part->len - 1];
  guint size =
      g_ascii_isdigit(word[1]) ? (guint)g_ascii_strtoull(word + 1, NULL, 10) : part->len + 5;
  if (*word == 'P')
    quine_print(out, size);
  else if (*word == 'R')
    quine_repeat(out, size, is_front, known);
  else
    g_byte_array_append(out, part->data, part->len);
}

static void quine_put(GByteArray *out, guint64 value, guint size) {
  for (guint i = 0; i < size; i++) {
    guint8 byte = (guint8)(value >> 8 * i);
    g_byte_array_append(out, &byte, 1);
  }
}

typedef void (*QuineFramer)(QuineFrame *frame, guint32 crc, guint32 time, guint32 size);

/* Source: RFC 1952, 2.3. */
static void quine_frame_gzip(QuineFrame *frame, guint32 crc, guint32 time, guint32 size) {
  quine_put(frame->front, 0x08088b1f, 4);
  quine_put(frame->front, time, 4);
  quine_put(frame->front, 'q' << 16 | 3 << 8, 4);
  quine_put(frame->back, 0xffff000001, 5);
  quine_put(frame->back, crc, 4);
  quine_put(frame->back, size, 4);
}

#define QUINE_FRONT_EXTRA 88 /* so that front and back are of lengths that can be repeated */
#define QUINE_BACK_EXTRA 44

static void quine_put_extra(GByteArray *out, guint size) {
  quine_put(out, 0x6b61, 2); /* nobody's */
  quine_put(out, size - 4, 2);
  for (guint i = 4; i < size; i++)
    quine_put(out, 0, 1);
}

/* What local header and directory have in common. Source: APPNOTE.TXT 4.3.7, 4.3.12. */
static void quine_put_entry(GByteArray *out, guint32 crc, guint32 time, guint32 size,
                            guint32 packed, guint extra) {
  quine_put(out, 20, 2);
  quine_put(out, 0, 2);
  quine_put(out, 8, 2);
  quine_put(out, time, 4);
  quine_put(out, crc, 4);
  quine_put(out, packed, 4);
  quine_put(out, size, 4);
  quine_put(out, 1, 2);
  quine_put(out, extra, 2);
}

/* Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16. */
static void quine_frame_zip(QuineFrame *frame, guint32 crc, guint32 time, guint32 size) {
  guint32 front = 31 + QUINE_FRONT_EXTRA, directory = 47 + QUINE_BACK_EXTRA;
  guint32 packed = size > 0 ? size - front - directory - 22 : 0;
  quine_put(frame->front, 0x04034b50, 4);
  quine_put_entry(frame->front, crc, time, size, packed, QUINE_FRONT_EXTRA);
  quine_put(frame->front, 'q', 1);
  quine_put_extra(frame->front, QUINE_FRONT_EXTRA);
  quine_put(frame->back, 0xffff000001, 5);
  quine_put(frame->back, 0x02014b50, 4);
  quine_put(frame->back, 20, 2);
  quine_put_entry(frame->back, crc, time, size, packed, QUINE_BACK_EXTRA);
  quine_put(frame->back, 0, 8);
  quine_put(frame->back, 0, 6); /* of these four are the local header's place */
  quine_put(frame->back, 'q', 1);
  quine_put_extra(frame->back, QUINE_BACK_EXTRA);
  quine_put(frame->back, 0x06054b50, 4);
  quine_put(frame->back, 0, 4);
  quine_put(frame->back, 1 << 16 | 1, 4);
  quine_put(frame->back, directory, 4);
  quine_put(frame->back, front + packed, 4);
  quine_put(frame->back, 0, 2);
}

static GByteArray *quine_with(QuineFramer framer, guint32 crc, guint32 time, guint32 size) {
  g_autoptr(GByteArray) front = g_byte_array_new(), back = g_byte_array_new();
  GByteArray *out = g_byte_array_new();
  QuineFrame frame = {front, back};
  framer(&frame, crc, time, size);
  for (const char *const *word = quine_words; *word != NULL; word++)
    quine_put_word(out, *word, &frame);
  return out;
}

static guint32 quine_crc(QuineFramer framer, guint32 crc, guint32 time, guint32 size) {
  g_autoptr(GByteArray) file = quine_with(framer, crc, time, size);
  return (guint32)crc32(0, file->data, file->len);
}

/* The file's checksum stands in it: 32 equations with 32 unknowns of one bit. False: no solution.
 */
static bool quine_solve(QuineFramer framer, guint32 time, guint32 size, guint32 *crc) {
  guint32 zero = quine_crc(framer, 0, time, size), left[32], right[32], bits = 0;
  for (guint row = 0; row < 32; row++)
    right[row] = zero >> row & 1u, left[row] = 1u << row;
  for (guint column = 0; column < 32; column++) {
    guint32 change = quine_crc(framer, 1u << column, time, size) ^ zero;
    for (guint row = 0; row < 32; row++)
      left[row] ^= (change >> row & 1u) << column;
  }
  for (guint column = 0; column < 32; column++) {
    guint pivot = column;
    while (pivot < 32 && (left[pivot] >> column & 1u) == 0)
      pivot++;
    if (pivot == 32)
      return false;
    guint32 l = left[pivot], r = right[pivot];
    left[pivot] = left[column], right[pivot] = right[column];
    left[column] = l, right[column] = r;
    for (guint row = 0; row < 32; row++)
      if (row != column && (left[row] >> column & 1u) != 0)
        left[row] ^= l, right[row] ^= r;
  }
  for (guint row = 0; row < 32; row++)
    bits |= right[row] << row;
  *crc = bits;
  return quine_crc(framer, bits, time, size) == bits;
}

static GBytes *quine_of(QuineFramer framer) {
  g_autoptr(GByteArray) draft = quine_with(framer, 0, 0, 0);
  guint32 crc = 0, time = 1;
  while (!quine_solve(framer, time, draft->len, &crc) && time < 64)
    time++;
  g_assert_cmpuint(time, <, 64);
  return g_byte_array_free_to_bytes(quine_with(framer, crc, time, draft->len));
}

static inline GBytes *quine_gzip(void) {
  return quine_of(quine_frame_gzip);
}

static inline GBytes *quine_zip(void) {
  return quine_of(quine_frame_zip);
}
