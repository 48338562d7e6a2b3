/* A small packer of RAR's two common methods, for tests: Huffman codes with literals and matches, no more. For
 * *-test.c only.
 *
 * Source: the readers of libarchive 3.6 (archive_read_support_format_rar5.c, archive_read_support_format_rar.c),
 * whose tables of lengths and distances are the format's only public description. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define RAR_MAX_BITS 15
#define RAR_MIN_MATCH 4
#define RAR_MAX_MATCH 257
#define RAR_WINDOW 65535u /* how far back a match may begin: both versions' smallest window holds it */
#define RAR_MOST_SYMBOLS 320

/* --- bits, from the most significant on ----------------------------------------------------- */

typedef struct {
  GByteArray *out;
  guint bits; /* used of the last byte; 0: it is full */
} RarBits;

static inline void rar_put(RarBits *self, guint32 value, guint count) {
  for (guint i = count; i > 0; i--) {
    guint8 zero = 0;
    if (self->bits == 0)
      g_byte_array_append(self->out, &zero, 1);
    if (value >> (i - 1) & 1)
      self->out->data[self->out->len - 1] |= (guint8)(0x80u >> self->bits);
    self->bits = (self->bits + 1) % 8;
  }
}

/* --- codes ------------------------------------------------------------------------------------ */

typedef struct {
  guint count; /* of symbols */
  guint32 seen[RAR_MOST_SYMBOLS];
  guint8 lengths[RAR_MOST_SYMBOLS];
  guint16 codes[RAR_MOST_SYMBOLS];
} RarCode;

/* How deep each symbol lies in Huffman's tree; the deepest. */
static inline guint rar_measure(RarCode *self) {
  guint64 weights[2 * RAR_MOST_SYMBOLS];
  gint parents[2 * RAR_MOST_SYMBOLS];
  bool open[2 * RAR_MOST_SYMBOLS] = {false};
  guint nodes = self->count, deepest = 0;
  for (guint i = 0; i < self->count; i++) {
    weights[i] = self->seen[i];
    open[i] = self->seen[i] > 0;
    parents[i] = -1;
  }
  for (;;) {
    gint least = -1, second = -1;
    for (guint i = 0; i < nodes; i++) {
      if (!open[i])
        continue;
      if (least < 0 || weights[i] < weights[least]) {
        second = least;
        least = (gint)i;
      } else if (second < 0 || weights[i] < weights[second]) {
        second = (gint)i;
      }
    }
    if (second < 0)
      break;
    weights[nodes] = weights[least] + weights[second];
    parents[nodes] = -1;
    open[least] = open[second] = false;
    open[nodes] = true;
    parents[least] = parents[second] = (gint)nodes++;
  }
  for (guint i = 0; i < self->count; i++) {
    guint depth = 0;
    for (gint at = parents[i]; at >= 0; at = parents[at])
      depth++;
    self->lengths[i] = (guint8)(self->seen[i] > 0 ? MAX(depth, 1) : 0);
    deepest = MAX(deepest, depth);
  }
  return deepest;
}

/* Lengths of at most `most` bits, and codes that follow each other in the order of the symbols. A code of one
 * symbol gets a second one: decoders want whole trees. */
static inline void rar_make(RarCode *self, guint most) {
  guint used = 0, next = 0;
  for (guint i = 0; i < self->count; i++)
    used += self->seen[i] > 0;
  for (guint i = 0; used < 2 && i < self->count; i++)
    if (self->seen[i] == 0) {
      self->seen[i] = 1;
      used++;
    }
  while (rar_measure(self) > most)
    for (guint i = 0; i < self->count; i++)
      self->seen[i] = self->seen[i] > 0 ? self->seen[i] / 2 + 1 : 0;
  for (guint length = 1; length <= most; length++, next <<= 1)
    for (guint i = 0; i < self->count; i++)
      if (self->lengths[i] == length)
        self->codes[i] = (guint16)next++;
}

static inline void rar_put_symbol(RarBits *bits, const RarCode *code, guint symbol) {
  rar_put(bits, code->codes[symbol], code->lengths[symbol]);
}

/* --- lengths of codes, in a code of their own --------------------------------------------------- */

enum { RAR_REPEAT = 16, RAR_REPEAT_LONG, RAR_ZEROS, RAR_ZEROS_LONG, RAR_LENGTH_SYMBOLS };

typedef struct {
  guint symbol, extra, bits;
} RarLength;

/* Runs of one value as the format writes them. */
static inline GArray *rar_runs(const guint8 *lengths, guint count) {
  GArray *out = g_array_new(FALSE, FALSE, sizeof(RarLength));
  for (guint at = 0; at < count;) {
    guint run = 1, most = 0;
    RarLength one = {lengths[at], 0, 0};
    while (at + run < count && lengths[at + run] == lengths[at])
      run++;
    if (lengths[at] == 0 && run >= 3) {
      most = MIN(run, 138);
      one = most >= 11 ? (RarLength){RAR_ZEROS_LONG, most - 11, 7}
                       : (RarLength){RAR_ZEROS, most - 3, 3};
    } else if (at > 0 && lengths[at] == lengths[at - 1] && run >= 3) {
      most = MIN(run, 138);
      one = most >= 11 ? (RarLength){RAR_REPEAT_LONG, most - 11, 7}
                       : (RarLength){RAR_REPEAT, most - 3, 3};
    }
    g_array_append_val(out, one);
    at += MAX(most, 1);
  }
  return out;
}

static inline void rar_put_lengths(RarBits *bits, const guint8 *lengths, guint count) {
  RarCode code = {.count = RAR_LENGTH_SYMBOLS};
  g_autoptr(GArray) runs = rar_runs(lengths, count);
  for (guint i = 0; i < runs->len; i++)
    code.seen[g_array_index(runs, RarLength, i).symbol]++;
  rar_make(&code, RAR_MAX_BITS);
  for (guint i = 0; i < RAR_LENGTH_SYMBOLS; i++) {
    rar_put(bits, code.lengths[i], 4);
    if (code.lengths[i] == 15)
      rar_put(bits, 0, 4); /* no run of zeros: fifteen */
  }
  for (guint i = 0; i < runs->len; i++) {
    const RarLength *one = &g_array_index(runs, RarLength, i);
    rar_put_symbol(bits, &code, one->symbol);
    rar_put(bits, one->extra, one->bits);
  }
}

/* --- literals and matches ------------------------------------------------------------------------ */

typedef struct {
  guint length, distance; /* length 0: the literal `distance` */
} RarStep;

/* The longest match among the last places where the next four bytes stood. */
static inline GArray *rar_steps(const guint8 *data, gsize size, gsize from) {
  GArray *out = g_array_new(FALSE, FALSE, sizeof(RarStep));
  g_autofree guint32 *last = g_new0(guint32, 65536); /* one more than the place; 0: none */
  for (gsize at = 0; at < size;) {
    RarStep step = {0, data[at]};
    guint hash = 0;
    if (at + RAR_MIN_MATCH <= size) {
      memcpy(&hash, data + at, 4);
      hash = hash * 2654435761u >> 16;
      gsize before = last[hash];
      gsize most = MIN(size - at, RAR_MAX_MATCH), length = 0;
      while (at >= from && before > 0 && length < most && data[before - 1 + length] == data[at + length])
        length++;
      if (length >= RAR_MIN_MATCH && at - (before - 1) <= RAR_WINDOW)
        step = (RarStep){(guint)length, (guint)(at - (before - 1))};
      last[hash] = (guint32)at + 1;
    }
    if (at >= from)
      g_array_append_val(out, step);
    at += at >= from ? MAX(step.length, 1) : 1;
  }
  return out;
}

/* A symbol with the bits behind it. */
typedef struct {
  guint symbol, extra, bits;
} RarPart;

/* --- version 5 -------------------------------------------------------------------------------------- */

enum { RAR5_MAIN = 306, RAR5_DISTANCES = 64, RAR5_LOW = 16, RAR5_REPEATED = 44, RAR5_MATCH = 262 };

static inline RarPart rar5_length(guint length) {
  guint value = length - 2, bits = 0;
  if (value < 8)
    return (RarPart){RAR5_MATCH + value, 0, 0};
  while ((value >> bits) >= 8)
    bits++;
  return (RarPart){RAR5_MATCH + 4 * (bits + 1) + (value >> bits & 3), value & ((1u << bits) - 1), bits};
}

static inline RarPart rar5_distance(guint distance) {
  guint value = distance - 1, bits = 0;
  if (value < 4)
    return (RarPart){value, 0, 0};
  while ((value >> bits) >= 4)
    bits++;
  return (RarPart){2 * (bits + 1) + (value >> bits & 1), value & ((1u << bits) - 1), bits};
}

/* What a decoder adds to the length of a match by its distance. */
static inline guint rar5_bonus(guint distance) {
  return (distance > 0x100) + (distance > 0x2000) + (distance > 0x40000);
}

typedef struct {
  RarCode symbols, distances, low, repeated;
} Rar5Codes;

static inline void rar5_note(Rar5Codes *self, const RarStep *step) {
  if (step->length == 0) {
    self->symbols.seen[step->distance]++;
    return;
  }
  RarPart distance = rar5_distance(step->distance);
  self->symbols.seen[rar5_length(step->length - rar5_bonus(step->distance)).symbol]++;
  self->distances.seen[distance.symbol]++;
  if (distance.bits >= 4)
    self->low.seen[distance.extra & 15]++;
}

static inline void rar5_put_step(RarBits *bits, const Rar5Codes *self, const RarStep *step) {
  if (step->length == 0) {
    rar_put_symbol(bits, &self->symbols, step->distance);
    return;
  }
  RarPart length = rar5_length(step->length - rar5_bonus(step->distance));
  RarPart distance = rar5_distance(step->distance);
  rar_put_symbol(bits, &self->symbols, length.symbol);
  rar_put(bits, length.extra, length.bits);
  rar_put_symbol(bits, &self->distances, distance.symbol);
  if (distance.bits < 4) {
    rar_put(bits, distance.extra, distance.bits);
  } else {
    rar_put(bits, distance.extra >> 4, distance.bits - 4);
    rar_put_symbol(bits, &self->low, distance.extra & 15);
  }
}

/* One block of `count` steps: flags, a checksum, a size, tables, the steps. */
static inline void rar5_put_block(GByteArray *out, const RarStep *steps, guint count, bool is_last) {
  Rar5Codes codes = {{.count = RAR5_MAIN}, {.count = RAR5_DISTANCES}, {.count = RAR5_LOW}, {.count = RAR5_REPEATED}};
  RarCode *const all[] = {&codes.symbols, &codes.distances, &codes.low, &codes.repeated};
  guint8 lengths[RAR5_MAIN + RAR5_DISTANCES + RAR5_LOW + RAR5_REPEATED];
  g_autoptr(GByteArray) body = g_byte_array_new();
  RarBits bits = {.out = body};
  gsize at = 0;
  for (guint i = 0; i < count; i++)
    rar5_note(&codes, &steps[i]);
  for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
    rar_make(all[i], RAR_MAX_BITS);
    memcpy(lengths + at, all[i]->lengths, all[i]->count);
    at += all[i]->count;
  }
  rar_put_lengths(&bits, lengths, (guint)at);
  for (guint i = 0; i < count; i++)
    rar5_put_step(&bits, &codes, &steps[i]);
  guint used = bits.bits == 0 ? 8 : bits.bits;
  guint8 header[5] = {(guint8)((used - 1) | 2u << 3 | (is_last ? 0x40 : 0) | 0x80)};
  for (guint i = 0; i < 3; i++)
    header[2 + i] = (guint8)(body->len >> 8 * i);
  header[1] = 0x5a ^ header[0] ^ header[2] ^ header[3] ^ header[4];
  g_byte_array_append(out, header, sizeof header);
  g_byte_array_append(out, body->data, body->len);
}

/* The packed form of `data` from `from` on, in blocks of `steps` steps at most; what stands before `from` is what a
 * solid archive's decoder has seen. */
static inline GByteArray *rar5_pack(const guint8 *data, gsize size, gsize from, guint steps) {
  GByteArray *out = g_byte_array_new();
  g_autoptr(GArray) all = rar_steps(data, size, from);
  for (guint at = 0; at < all->len; at += steps)
    rar5_put_block(out, &g_array_index(all, RarStep, at), MIN(steps, all->len - at), at + steps >= all->len);
  return out;
}

/* --- version 2.9 ------------------------------------------------------------------------------------- */

enum { RAR3_MAIN = 299, RAR3_DISTANCES = 60, RAR3_LOW = 17, RAR3_REPEATED = 28, RAR3_END = 256, RAR3_MATCH = 271 };

static inline RarPart rar3_length(guint length) {
  RarPart part = rar5_length(length - 3 + 2); /* the same steps, from another symbol on */
  return (RarPart){part.symbol - RAR5_MATCH + RAR3_MATCH, part.extra, part.bits};
}

static inline guint rar3_bonus(guint distance) {
  return (distance >= 0x2000) + (distance >= 0x40000);
}

typedef struct {
  RarCode symbols, distances, low, repeated;
} Rar3Codes;

static inline void rar3_note(Rar3Codes *self, const RarStep *step) {
  if (step->length == 0) {
    self->symbols.seen[step->distance]++;
    return;
  }
  RarPart distance = rar5_distance(step->distance);
  self->symbols.seen[rar3_length(step->length - rar3_bonus(step->distance)).symbol]++;
  self->distances.seen[distance.symbol]++;
  if (distance.symbol > 9)
    self->low.seen[distance.extra & 15]++;
}

static inline void rar3_put_step(RarBits *bits, const Rar3Codes *self, const RarStep *step) {
  if (step->length == 0) {
    rar_put_symbol(bits, &self->symbols, step->distance);
    return;
  }
  RarPart length = rar3_length(step->length - rar3_bonus(step->distance));
  RarPart distance = rar5_distance(step->distance);
  rar_put_symbol(bits, &self->symbols, length.symbol);
  rar_put(bits, length.extra, length.bits);
  rar_put_symbol(bits, &self->distances, distance.symbol);
  if (distance.symbol > 9) {
    rar_put(bits, distance.extra >> 4, distance.bits - 4);
    rar_put_symbol(bits, &self->low, distance.extra & 15);
  } else {
    rar_put(bits, distance.extra, distance.bits);
  }
}

/* One block with tables, and the mark of the file's end. */
static inline GByteArray *rar3_pack(const guint8 *data, gsize size) {
  GByteArray *out = g_byte_array_new();
  g_autoptr(GArray) steps = rar_steps(data, size, 0);
  Rar3Codes codes = {{.count = RAR3_MAIN}, {.count = RAR3_DISTANCES}, {.count = RAR3_LOW}, {.count = RAR3_REPEATED}};
  RarCode *const all[] = {&codes.symbols, &codes.distances, &codes.low, &codes.repeated};
  guint8 lengths[RAR3_MAIN + RAR3_DISTANCES + RAR3_LOW + RAR3_REPEATED];
  RarBits bits = {.out = out};
  gsize at = 0;
  for (guint i = 0; i < steps->len; i++)
    rar3_note(&codes, &g_array_index(steps, RarStep, i));
  codes.symbols.seen[RAR3_END]++;
  for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
    rar_make(all[i], RAR_MAX_BITS);
    memcpy(lengths + at, all[i]->lengths, all[i]->count);
    at += all[i]->count;
  }
  rar_put(&bits, 0, 2); /* not PPMd; tables anew */
  rar_put_lengths(&bits, lengths, (guint)at);
  for (guint i = 0; i < steps->len; i++)
    rar3_put_step(&bits, &codes, &g_array_index(steps, RarStep, i));
  rar_put_symbol(&bits, &codes.symbols, RAR3_END);
  rar_put(&bits, 1, 2); /* the file ends; the next has tables of its own */
  return out;
}
