#include "firmware/unpack/content.h"

#include <math.h>
#include <string.h>

#include "firmware/unpack/encrypted-kind.h"
#include "firmware/unpack/known-kind.h"
#include "firmware/unpack/opcodes.h"
#include "firmware/unpack/padding.h"
#include "util/reader.h"

#define BLOCK_BYTES 4096u
#define MAX_BLOCKS 256
#define MIN_RANDOM_BYTES 512u /* fewer say nothing of randomness */
#define MIN_SEALED_BYTES 1024u /* of a file; signatures and seeds of random numbers are shorter */
#define SEALED_BLOCKS 16         /* of a file, spread over it */
#define SEALED_SHARE 12          /* per cent of them that may be random: an eighth; more is no table of constants */
#define PROGRAM_SHARE 33         /* of programs, which hold tables of constants, pictures and packed texts: a third */
#define TABLE_LIMIT 140.0        /* chi squared as below: 5 deviations less than of random bytes */
#define RANDOM_MARGIN 0.20    /* bits a byte below what random bytes of that number have */
#define CODE_CENTIBITS 20     /* measured: docs/formats/firmware.md */
#define CODE_KINDS 12         /* different instructions in a block */
#define SURE_CENTIBITS 40
#define SURE_BYTES (4 * BLOCK_BYTES)
#define CODE_MIN_ENTROPY 4.8 /* tables of constants have less; programs 5.2 and more */
#define X86_MAX_ENTROPY 6.9  /* programs that LZ4 packed have more, and keep pieces */
#define LONELY_BLOCKS 3      /* a single block of code among so many is chance */
#define BRIDGED_BLOCKS 2     /* of data within code: tables of constants */
#define UNIFORM_LIMIT                                                                              \
  481.0 /* chi squared, 255 degrees of freedom: mean 255, 10 deviations of 22.6 */
#define MIN_UNIFORM_BYTES 32768u /* fewer show no unevenness of compressors */
#define UNIFORM_BYTES (1u << 20) /* looked at */
#define MIN_EQUAL 32

typedef struct {
  guint64 counts[256];
  guint64 total;
} Histogram;

/* Four tables: the same byte twice in a row need not wait for itself. Words of eight bytes: a load each is
 * slower than the counting. */
static void count_bytes(Histogram *self, const guint8 *data, gsize size) {
  guint32 four[4][256];
  while (size > 0) {
    gsize piece = MIN(size, 1u << 30), at = 0;
    memset(four, 0, sizeof four);
    for (; at + 8 <= piece; at += 8) {
      guint64 word;
      memcpy(&word, data + at, 8);
      for (guint k = 0; k < 8; k++)
        four[k % 4][word >> 8 * k & 0xff]++;
    }
    for (; at < piece; at++)
      four[0][data[at]]++;
    for (guint i = 0; i < 256; i++)
      self->counts[i] += (guint64)four[0][i] + four[1][i] + four[2][i] + four[3][i];
    self->total += piece;
    data += piece;
    size -= piece;
  }
}

static double entropy_of(const Histogram *self) {
  double bits = 0, total = (double)self->total;
  for (guint i = 0; i < 256; i++)
    if (self->counts[i] > 0)
      bits += (double)self->counts[i] / total * log2(total / (double)self->counts[i]);
  return bits;
}

static guint centibits_of(const Histogram *self) {
  return self->total > 0 ? (guint)lrint(entropy_of(self) * 100) : 0;
}

guint ak_content_entropy(const guint8 *data, gsize size) {
  Histogram histogram = {0};
  count_bytes(&histogram, data, size);
  return centibits_of(&histogram);
}

/* Few random bytes cannot reach 8 bits. Source: Miller's correction, 1955: (classes - 1) / (2 n ln
 * 2). */
static bool is_random(const Histogram *self) {
  return self->total >= MIN_RANDOM_BYTES &&
         entropy_of(self) >= 8 - 255 / (2 * (double)self->total * M_LN2) - RANDOM_MARGIN;
}

static bool is_constant(const Histogram *self) {
  for (guint i = 0; i < 256; i++)
    if (self->counts[i] > 0)
      return self->counts[i] == self->total;
  return true;
}

/* Lines of characters; bytes above ASCII count where they are UTF-8. A character may be broken at
 * the ends. */
static bool is_text(const Histogram *self, const guint8 *data, gsize size) {
  guint64 odd = 0, high = 0;
  for (guint i = 0; i < 256; i++) {
    bool is_control = i < 0x20 && i != '\n' && i != '\r' && i != '\t';
    odd += is_control || i == 0x7f ? self->counts[i] : 0;
    high += i >= 0x80 ? self->counts[i] : 0;
  }
  if (self->counts[0] > 0 || odd * 200 > self->total)
    return false;
  const guint8 *begin = data, *end = data + size;
  while (begin < end && (*begin & 0xc0) == 0x80 && begin - data < 3)
    begin++;
  while (high > 0 && begin < end) {
    const char *stop = NULL;
    if (g_utf8_validate((const char *)begin, end - begin, &stop) || end - (const guint8 *)stop < 4)
      return true;
    begin = (const guint8 *)stop + 1;
    odd += 20; /* a wrong byte weighs: ten in a block of 4 KiB are too many */
    if (odd * 20 > self->total)
      return false;
  }
  return true;
}

/* --- blocks --------------------------------------------------------------------------------------
 */

typedef struct {
  AkContentKind kind;
  const char *architecture;
  gint centibits; /* of code */
} Block;

static bool is_code(const Histogram *histogram, const guint8 *data, gsize size,
                    AkOpcodeGuess *guess) {
  double entropy = entropy_of(histogram);
  return entropy >= CODE_MIN_ENTROPY && ak_opcodes_guess(data, size, guess) &&
         guess->centibits >= CODE_CENTIBITS && guess->kinds >= CODE_KINDS &&
         (entropy <= X86_MAX_ENTROPY || !g_str_has_prefix(guess->architecture, "x86"));
}

static Block look_at(const guint8 *data, gsize size) {
  Histogram histogram = {0};
  AkOpcodeGuess guess = {0};
  count_bytes(&histogram, data, size);
  if (is_constant(&histogram))
    return (Block){.kind = AK_CONTENT_PADDING};
  if (is_random(&histogram))
    return (Block){.kind = AK_CONTENT_COMPRESSED_OR_ENCRYPTED};
  if (is_text(&histogram, data, size))
    return (Block){.kind = AK_CONTENT_TEXT};
  if (is_code(&histogram, data, size, &guess))
    return (Block){AK_CONTENT_CODE, guess.architecture, guess.centibits};
  return (Block){.kind = AK_CONTENT_DATA};
}

static bool same(const Block *a, const Block *b) {
  return a->kind == b->kind && g_strcmp0(a->architecture, b->architecture) == 0;
}

/* Constants lie between functions; code of another processor for a block or two is chance. */
static void bridge(Block *blocks, guint count) {
  for (guint i = 1; i < count; i++) {
    guint end = i;
    while (end < count && !same(&blocks[end], &blocks[i - 1]) &&
           (blocks[end].kind == AK_CONTENT_DATA || blocks[end].kind == AK_CONTENT_CODE))
      end++;
    if (blocks[i - 1].kind != AK_CONTENT_CODE || end == i || end - i > BRIDGED_BLOCKS ||
        end == count || !same(&blocks[end], &blocks[i - 1]))
      continue;
    for (guint k = i; k < end; k++)
      blocks[k] = (Block){AK_CONTENT_CODE, blocks[i - 1].architecture, CODE_CENTIBITS};
  }
}

static void drop_lonely(Block *blocks, guint count) {
  for (guint i = 0; count > LONELY_BLOCKS && i < count; i++)
    if (blocks[i].kind == AK_CONTENT_CODE && (i == 0 || !same(&blocks[i], &blocks[i - 1])) &&
        (i + 1 == count || !same(&blocks[i], &blocks[i + 1])))
      blocks[i] = (Block){.kind = AK_CONTENT_DATA};
}

/* --- parts ---------------------------------------------------------------------------------------
 */

#define CIPHER_BLOCK 16u /* of AES, and two of DES; deflate repeats 8 bytes now and then */

static int compare_blocks(const void *a, const void *b) {
  return memcmp(a, b, CIPHER_BLOCK);
}

/* How many blocks are as one before them. Equal plain blocks are equal cipher blocks where they are
 * not chained; a compressor leaves few. */
static guint count_equal_blocks(const guint8 *data, gsize size) {
  gsize count = size / CIPHER_BLOCK;
  guint equal = 0;
  g_autofree guint8 *blocks = g_malloc(MAX(count, 1) * CIPHER_BLOCK);
  memcpy(blocks, data, count * CIPHER_BLOCK);
  qsort(blocks, count, CIPHER_BLOCK, compare_blocks);
  for (gsize i = 1; i < count; i++)
    equal += compare_blocks(blocks + (i - 1) * CIPHER_BLOCK, blocks + i * CIPHER_BLOCK) == 0;
  return equal;
}

static double chi_squared(const guint8 *data, gsize size) {
  Histogram histogram = {0};
  double expected = (double)size / 256, chi = 0;
  count_bytes(&histogram, data, size);
  for (guint i = 0; i < 256; i++) {
    double off = (double)histogram.counts[i] - expected;
    chi += off * off / expected;
  }
  return chi;
}

/* A cipher's bytes are all equally frequent, or it leaves blocks equal: m equal ones of n bytes add
 * 16 m^2 / (n / 256) to chi squared, more than 32 where it passes the limit. Evenness says nothing.
 */
static AkContentKind kind_of_random(const guint8 *data, gsize size) {
  gsize looked = MIN(size, UNIFORM_BYTES);
  return looked >= MIN_UNIFORM_BYTES && chi_squared(data, looked) > UNIFORM_LIMIT &&
                 count_equal_blocks(data, looked) < MIN_EQUAL
             ? AK_CONTENT_COMPRESSED
             : AK_CONTENT_COMPRESSED_OR_ENCRYPTED;
}

static const char *confidence_of(const AkContentPart *part, gint centibits) {
  if (part->kind == AK_CONTENT_DATA)
    return NULL;
  if (part->size < BLOCK_BYTES)
    return "low";
  bool is_sure = part->kind != AK_CONTENT_CODE || centibits >= SURE_CENTIBITS;
  return is_sure && part->size >= SURE_BYTES ? "high" : "medium";
}

static void add_part(GArray *parts, const guint8 *data, gsize offset, gsize size,
                     const Block *blocks, guint count) {
  Histogram histogram = {0};
  gint64 centibits = 0;
  AkContentPart part = {offset, size, blocks[0].kind, blocks[0].architecture, NULL, 0};
  count_bytes(&histogram, data + offset, size);
  for (guint i = 0; i < count; i++)
    centibits += blocks[i].centibits;
  part.entropy_centibits = centibits_of(&histogram);
  if (part.kind == AK_CONTENT_COMPRESSED_OR_ENCRYPTED)
    part.kind = kind_of_random(data + offset, size);
  part.confidence = confidence_of(&part, (gint)(centibits / count));
  g_array_append_val(parts, part);
}

GArray *ak_content_parts(const guint8 *data, gsize size) {
  GArray *parts = g_array_new(FALSE, FALSE, sizeof(AkContentPart));
  Block blocks[MAX_BLOCKS];
  gsize step = BLOCK_BYTES;
  guint count = 0;
  while (size / MAX_BLOCKS >= step)
    step *= 2;
  for (gsize at = 0; at < size && count < MAX_BLOCKS; at += step)
    blocks[count++] = look_at(data + at, MIN(step, size - at));
  /* a few bytes at the end are what stands before them */
  gsize rest = count > 0 ? size - (count - 1) * step : 0;
  if (count > 1 && rest < MIN_RANDOM_BYTES && blocks[count - 1].kind != AK_CONTENT_PADDING)
    blocks[count - 1] = blocks[count - 2];
  bridge(blocks, count);
  drop_lonely(blocks, count);
  for (guint from = 0, to = 0; from < count; from = to) {
    for (to = from + 1; to < count && same(&blocks[from], &blocks[to]);)
      to++;
    gsize begin = from * step, end = MIN(size, to * step);
    add_part(parts, data, begin, end - begin, &blocks[from], to - from);
  }
  return parts;
}

/* --- files that are packed or encrypted ----------------------------------------------------------
 */

/* Kinds of executables by more than their first bytes. Source: System V gABI, e_ident and e_type; Microsoft PE format,
 * "MS-DOS Stub". */
static bool is_program(const guint8 *data, gsize size) {
  if (size >= 52 && memcmp(data, "\x7f" "ELF", 4) == 0)
    return (data[4] == 1 || data[4] == 2) && (data[5] == 1 || data[5] == 2) && data[6] == 1;
  AkReader reader = ak_reader_init(data, size);
  const guint8 *mark = NULL;
  guint32 at = 0;
  return size >= 64 && memcmp(data, "MZ", 2) == 0 && ak_reader_seek(&reader, 60, NULL) &&
         ak_reader_u32le(&reader, &at, NULL) && ak_reader_seek(&reader, at, NULL) &&
         ak_reader_bytes(&reader, 4, &mark, NULL) && memcmp(mark, "PE\0\0", 4) == 0;
}

/* Constants for ciphers stand in tables where each byte is as frequent as any other: no cipher writes so evenly. */
static bool is_table(const Histogram *self) {
  double expected = (double)self->total / 256, chi = 0;
  for (guint i = 0; i < 256; i++)
    chi += ((double)self->counts[i] - expected) * ((double)self->counts[i] - expected) / expected;
  return chi < TABLE_LIMIT;
}

/* How many of the blocks, in hundredths, that are spread over all of the bytes look packed or encrypted; holes do not count. */
static guint sealed_share(const guint8 *data, gsize size) {
  gsize step = CLAMP(size / SEALED_BLOCKS, MIN_SEALED_BYTES, BLOCK_BYTES);
  gsize count = MIN((size + step - 1) / step, SEALED_BLOCKS), filled = 0, random = 0;
  for (gsize i = 0; i < count; i++) {
    Histogram histogram = {0};
    count_bytes(&histogram, data + (count > 1 ? (size - step) / (count - 1) * i : 0), step);
    filled += !is_constant(&histogram);
    random += is_random(&histogram) && !is_table(&histogram);
  }
  return filled > 0 ? (guint)(random * 100 / filled) : 0;
}

bool ak_content_looks_sealed(const guint8 *data, gsize size) {
  return size >= MIN_SEALED_BYTES && sealed_share(data, size) > SEALED_SHARE;
}

/* A kind's own last bytes may be zeros, so padding is what then is left of it. */
bool ak_content_is_sealed(const guint8 *data, gsize size) {
  if (ak_encrypted_kind_is(data, size))
    return true;
  gsize known = size >= MIN_SEALED_BYTES ? ak_known_kinds_size(data, size) : 0;
  data += known;
  size -= known;
  size -= ak_padding_back(data, size, AK_PADDING_ANY);
  return size >= MIN_SEALED_BYTES && sealed_share(data, size) > (is_program(data, size) ? PROGRAM_SHARE : SEALED_SHARE);
}

const char *ak_content_kind_name(AkContentKind kind) {
  static const char *const names[] = {
      [AK_CONTENT_DATA] = "data",
      [AK_CONTENT_PADDING] = "padding",
      [AK_CONTENT_TEXT] = "text",
      [AK_CONTENT_CODE] = "code",
      [AK_CONTENT_COMPRESSED] = "compressed",
      [AK_CONTENT_COMPRESSED_OR_ENCRYPTED] = "compressed-or-encrypted",
  };
  return names[kind];
}
