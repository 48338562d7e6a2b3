/* LZ77 whose literals, lengths and positions are in Huffman codes that change with each block.
 * Source: UEFI Specification 2.10, 19 (Compression Algorithm Specification). */
#include "firmware/format/uefi-tiano.h"

#include "util/reader.h"

#define HEADER_SIZE 8
#define MAX_LENGTH 16 /* bits of a code */
#define LITERALS 256
#define SYMBOLS 510 /* literals, and match lengths from 3 to 256 */
#define SYMBOL_BITS 9
#define EXTRAS 19 /* symbols of the code that lengths are written in */
#define EXTRA_BITS 5
#define SKIP_AFTER 3 /* of these, after which a number of zeros may stand */
#define MAX_POSITIONS 31
#define MIN_MATCH 3

/* Canonical: codes of a length follow each other in the order of their symbols. */
typedef struct {
  guint16 counts[MAX_LENGTH + 1];
  guint16 symbols[SYMBOLS]; /* by length, then by number */
  bool is_single;           /* one symbol, which takes no bits */
} Code;

typedef struct {
  const guint8 *data;
  gsize size, at; /* bytes */
  guint bit;      /* of the byte at `at`, from the most significant on */
  bool is_over;   /* was read beyond the end: zeros */
  guint position_bits;
  guint block_left;
  Code symbols, positions;
  guint8 *out;
  gsize out_at, out_size;
} Decoder;

static guint read_bits(Decoder *self, guint count) {
  guint value = 0;
  for (guint i = 0; i < count; i++) {
    guint bit = self->at < self->size ? self->data[self->at] >> (7 - self->bit) & 1u : 0;
    self->is_over = self->is_over || self->at >= self->size;
    value = value << 1 | bit;
    self->bit = (self->bit + 1) % 8;
    self->at += self->bit == 0;
  }
  return value;
}

static bool make_code(Code *self, const guint8 *lengths, guint count) {
  guint next[MAX_LENGTH + 1] = {0};
  guint64 room = 1ull << MAX_LENGTH;
  *self = (Code){0};
  for (guint i = 0; i < count; i++)
    self->counts[lengths[i]]++;
  self->counts[0] = 0;
  for (guint length = 1; length <= MAX_LENGTH; length++) {
    guint64 taken = (guint64)self->counts[length] << (MAX_LENGTH - length);
    if (taken > room)
      return false;
    room -= taken;
    next[length] = length > 1 ? next[length - 1] + self->counts[length - 1] : 0;
  }
  for (guint i = 0; i < count; i++)
    if (lengths[i] > 0)
      self->symbols[next[lengths[i]]++] = (guint16)i;
  return true;
}

static void make_single(Code *self, guint symbol) {
  *self = (Code){.is_single = true};
  self->symbols[0] = (guint16)symbol;
}

/* False where no code is like the bits. */
static bool read_symbol(Decoder *self, const Code *code, guint *out) {
  guint value = 0, first = 0, before = 0;
  *out = code->symbols[0];
  for (guint length = 1; !code->is_single && length <= MAX_LENGTH; length++) {
    value = value << 1 | read_bits(self, 1);
    guint count = code->counts[length];
    if (value - first < count) {
      *out = code->symbols[before + value - first];
      return true;
    }
    before += count;
    first = (first + count) << 1;
  }
  return code->is_single;
}

/* A length of 0 to 6 in three bits; 7 and more, one bit each that is followed by a zero. */
static guint read_length(Decoder *self) {
  guint length = read_bits(self, 3);
  while (length >= 7 && length <= MAX_LENGTH && read_bits(self, 1) == 1)
    length++;
  return length;
}

static bool read_small_code(Decoder *self, Code *code, guint most, guint bits, guint skip_after) {
  guint8 lengths[MAX_POSITIONS + 4] = {0};
  guint count = read_bits(self, bits);
  if (count == 0) {
    guint symbol = read_bits(self, bits);
    make_single(code, symbol);
    return symbol < most;
  }
  for (guint i = 0; i < count;) {
    guint length = read_length(self);
    if (i >= most || length > MAX_LENGTH)
      return false;
    lengths[i++] = (guint8)length;
    if (i == skip_after)
      i += read_bits(self, 2);
  }
  return count <= most && make_code(code, lengths, most);
}

static bool read_symbol_code(Decoder *self, const Code *extras) {
  guint8 lengths[SYMBOLS] = {0};
  guint count = read_bits(self, SYMBOL_BITS), symbol = 0;
  if (count == 0) {
    symbol = read_bits(self, SYMBOL_BITS);
    make_single(&self->symbols, symbol);
    return symbol < SYMBOLS;
  }
  for (guint i = 0; i < count;) {
    if (count > SYMBOLS || self->is_over || !read_symbol(self, extras, &symbol))
      return false;
    if (symbol > 2)
      lengths[i++] = (guint8)(symbol - 2);
    else
      i += symbol == 0   ? 1
           : symbol == 1 ? read_bits(self, 4) + 3
                         : read_bits(self, SYMBOL_BITS) + 20;
  }
  return make_code(&self->symbols, lengths, SYMBOLS);
}

static bool begin_block(Decoder *self) {
  Code extras;
  self->block_left = read_bits(self, 16);
  return self->block_left > 0 && read_small_code(self, &extras, EXTRAS, EXTRA_BITS, SKIP_AFTER) &&
         read_symbol_code(self, &extras) &&
         read_small_code(self, &self->positions, MAX_POSITIONS, self->position_bits, 0);
}

static bool copy_match(Decoder *self, guint symbol) {
  gsize length = symbol - LITERALS + MIN_MATCH, position = 0;
  guint bits = 0;
  if (!read_symbol(self, &self->positions, &bits))
    return false;
  position = bits > 1 ? (1u << (bits - 1)) + read_bits(self, bits - 1) : bits;
  if (position >= self->out_at)
    return false;
  length = MIN(length, self->out_size - self->out_at);
  for (; length > 0; length--, self->out_at++)
    self->out[self->out_at] = self->out[self->out_at - position - 1];
  return true;
}

static bool decode(Decoder *self) {
  while (self->out_at < self->out_size) {
    guint symbol = 0;
    if ((self->block_left == 0 && !begin_block(self)) || self->is_over ||
        !read_symbol(self, &self->symbols, &symbol))
      return false;
    self->block_left--;
    if (symbol < LITERALS)
      self->out[self->out_at++] = (guint8)symbol;
    else if (!copy_match(self, symbol))
      return false;
  }
  return !self->is_over;
}

GBytes *ak_uefi_tiano_decode(const guint8 *data, gsize size, guint position_bits, guint64 limit,
                             GError **error) {
  AkReader reader = ak_reader_init(data, size);
  guint32 packed = 0, plain = 0;
  if (!ak_reader_u32le(&reader, &packed, error) || !ak_reader_u32le(&reader, &plain, error))
    return NULL;
  if (packed > size - HEADER_SIZE) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "compressed bytes end too early");
    return NULL;
  }
  g_autofree guint8 *out = plain <= limit ? g_try_malloc(MAX(plain, 1)) : NULL;
  if (out == NULL) {
    ak_error_set(error, AK_ERROR_LIMIT, "unpacks to %u bytes, more than allowed", plain);
    return NULL;
  }
  g_autofree Decoder *decoder = g_new0(Decoder, 1);
  *decoder = (Decoder){.data = data + HEADER_SIZE,
                       .size = packed,
                       .position_bits = position_bits,
                       .out = out,
                       .out_size = plain};
  if (!decode(decoder)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged compressed bytes");
    return NULL;
  }
  return g_bytes_new_take(g_steal_pointer(&out), plain);
}
