#include "firmware/unpack/encoded.h"

#include <string.h>

#include "firmware/unpack/content.h"

#define LOOKED_FOR_NUL 4096
#define MIN_LINE 40        /* digits; lines of less are words below each other */
#define SHORT_LINE 20      /* but not where all of them have one width; hexadecimal ones are lists of digests */
#define MIN_DIGITS 1366    /* of 1 KiB in base64 */
#define MIN_HEX_DIGITS 4096 /* of 2 KiB */
#define LABEL_BYTES 256    /* before a run: the label of a PEM block, and what is told of its cipher */
#define MAX_KEY 16384      /* digits of a private key */
#define MAX_DECODED (16u << 20) /* bytes; of what is longer, pieces are decoded that are spread over it */
#define PIECES 16
#define PIECE_BYTES 4095u /* three of base64 to four digits */

/* Digits of base64: 0 to 63, of "+/" or "-_"; 64 for what is none. */
static guint digit_of(guint8 byte) {
  if (byte >= 'A' && byte <= 'Z')
    return byte - 'A';
  if (byte >= 'a' && byte <= 'z')
    return byte - 'a' + 26u;
  if (byte >= '0' && byte <= '9')
    return byte - '0' + 52u;
  return byte == '+' || byte == '-' ? 62 : byte == '/' || byte == '_' ? 63 : 64;
}

typedef struct {
  guint8 digits[256];
  bool is_hex[256];
} Table;

static const Table *table(void) {
  static Table own;
  static gsize made;
  if (g_once_init_enter(&made)) {
    for (guint i = 0; i < 256; i++) {
      own.digits[i] = (guint8)digit_of((guint8)i);
      own.is_hex[i] = g_ascii_isxdigit((gchar)i);
    }
    g_once_init_leave(&made, 1);
  }
  return &own;
}

/* Over a line's end, also one that is escaped as in JSON, and blanks before the next line. */
static gsize skip_line_end(const guint8 *data, gsize size, gsize at) {
  gsize end = at;
  while (end < size && (data[end] == '\r' || data[end] == '\n'))
    end++;
  while (size - end >= 2 && data[end] == '\\' && (data[end + 1] == 'n' || data[end + 1] == 'r'))
    end += 2;
  while (end > at && end < size && (data[end] == ' ' || data[end] == '\t'))
    end++;
  return end;
}

typedef struct {
  gsize from, to; /* in the text */
  gsize digits;
  bool is_hex, is_short;
} Run;

/* The run that begins at `from`, which is a digit. */
static Run run_at(const Table *own, const guint8 *data, gsize size, gsize from) {
  Run run = {.from = from, .to = from, .is_hex = true};
  for (gsize width = 0;;) {
    gsize line = run.to;
    while (run.to < size && own->digits[data[run.to]] < 64)
      run.is_hex = own->is_hex[data[run.to++]] && run.is_hex;
    run.digits += run.to - line;
    gsize next = skip_line_end(data, size, run.to), length = run.to - line;
    width = width == 0 ? length : width;
    run.is_short = width < MIN_LINE;
    if (length < SHORT_LINE || (length < MIN_LINE && length != width) || next == run.to || next >= size || own->digits[data[next]] == 64)
      return run;
    run.to = next;
  }
}

/* The last label of a PEM block that begins in the text; NULL where there is none. */
static const guint8 *last_label(const guint8 *text, gsize size) {
  static const char begin[] = "-----BEGIN ";
  const guint8 *last = NULL, *end = text + size;
  for (const guint8 *at = text; (at = memmem(at, (gsize)(end - at), begin, sizeof begin - 1)) != NULL; at++)
    last = at;
  return last;
}

/* Lines between a label and the digits: empty, or a word with what it says, as "Proc-Type: 4,ENCRYPTED". */
static bool are_headers(const guint8 *text, gsize size) {
  bool is_empty = true, has_colon = false;
  for (gsize i = 0; i < size; i++) {
    bool is_end = text[i] == '\n' || (text[i] == '\\' && (i + 1 == size || text[i + 1] == 'n'));
    if (is_end && !is_empty && !has_colon)
      return false;
    is_empty = is_end || (is_empty && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'));
    has_colon = !is_end && (has_colon || text[i] == ':');
    i += is_end && text[i] == '\\'; /* its n */
  }
  return is_empty;
}

/* What ends a PEM block stands behind the run. Its first characters are digits as well, and may be part of it. */
static bool is_ended(const guint8 *data, gsize size, const Run *run) {
  static const char end[] = "-----END";
  gsize length = sizeof end - 1, at = run->to;
  if (at - run->from >= length && memcmp(data + at - length, end, length) == 0)
    return true;
  while (at < size && at - run->to < 2 && data[at] == '=')
    at++;
  at = skip_line_end(data, size, at);
  while (at < size && (data[at] == ' ' || data[at] == '\t'))
    at++;
  return size - at >= length && memcmp(data + at, end, length) == 0;
}

/* All of a PEM block whose label ends with `kind`: behind its label and headers alone, and up to its end. */
static bool is_block_of(const guint8 *data, gsize size, const Run *run, const char *kind) {
  gsize before = MIN(run->from, LABEL_BYTES);
  const guint8 *from = data + run->from, *label = last_label(from - before, before);
  const guint8 *name = label != NULL ? memmem(label, (gsize)(from - label), kind, strlen(kind)) : NULL;
  if (name == NULL || run->digits > MAX_KEY || !is_ended(data, size, run))
    return false;
  const guint8 *headers = name + strlen(kind);
  return memmem(headers, (gsize)(from - headers), "-----", 5) == NULL && are_headers(headers, (gsize)(from - headers));
}

/* Digits of a run, one by one. */
typedef struct {
  const Table *own;
  const guint8 *data;
  const Run *run;
  gsize at; /* in the text */
} Digits;

static bool next_digit(Digits *self, guint *out) {
  while (self->at < self->run->to) {
    gsize at = self->at++;
    guint8 byte = self->data[at];
    bool is_line_end = (byte == 'n' || byte == 'r') && at > self->run->from && self->data[at - 1] == '\\';
    *out = self->run->is_hex ? (guint)g_ascii_xdigit_value((gchar)byte) : self->own->digits[byte];
    if (self->own->digits[byte] < 64 && !is_line_end)
      return true;
  }
  return false;
}

/* The bytes that the next digits stand for, up to `limit` of them. */
static gsize decode(Digits *self, guint8 *out, gsize limit) {
  guint bits = self->run->is_hex ? 4 : 6, held = 0, have = 0, digit = 0;
  gsize count = 0;
  while (count < limit && next_digit(self, &digit)) {
    held = (held << bits | digit) & 0xffff;
    have += bits;
    if (have >= 8) {
      have -= 8;
      out[count++] = (guint8)(held >> have);
    }
  }
  return count;
}

/* Pieces of a long run, one behind the other, each from a whole group of four digits on. */
static gsize decode_pieces(Digits *self, guint8 *out) {
  gsize step = self->run->digits / PIECES / 4 * 4, taken = 0, count = 0;
  guint digit = 0;
  for (gsize i = 0; i < PIECES; i++) {
    while (taken < step * i && next_digit(self, &digit))
      taken++;
    count += decode(self, out + count, PIECE_BYTES);
    taken += PIECE_BYTES * 8u / (self->run->is_hex ? 4 : 6);
  }
  return count;
}

/* A group of Diffie and Hellman's: a SEQUENCE as long as the digits say, of two numbers and perhaps a third; everybody may know it.
 * Source: PKCS #3, 9; X.690, 8.1.3. */
static bool is_group(const Table *own, const guint8 *data, gsize size, const Run *run) {
  if (!is_block_of(data, size, run, "DH PARAMETERS-----"))
    return false;
  Digits digits = {own, data, run, run->from};
  guint8 head[8] = {0};
  decode(&digits, head, sizeof head);
  gsize length = (gsize)head[2] << 8 | head[3], number = (gsize)head[6] << 8 | head[7], bytes = run->digits * 3 / 4;
  return head[0] == 0x30 && head[1] == 0x82 && head[4] == 2 && head[5] == 0x82 && length + 4 == bytes && number + 4 + 3 <= length &&
         length <= number + 4 + 16;
}

static bool is_sealed_run(const Table *own, const guint8 *data, const Run *run) {
  Digits digits = {own, data, run, run->from};
  gsize size = run->digits / (run->is_hex ? 2 : 4) * (run->is_hex ? 1 : 3) + 3;
  g_autofree guint8 *bytes = size <= MAX_DECODED ? g_try_malloc(size) : NULL;
  if (bytes != NULL)
    return ak_content_is_sealed(bytes, decode(&digits, bytes, size));
  bytes = g_malloc(PIECES * PIECE_BYTES);
  return ak_content_is_sealed(bytes, decode_pieces(&digits, bytes));
}

bool ak_encoded_is_sealed(const guint8 *data, gsize size) {
  const Table *own = table();
  if (size < MIN_DIGITS || memchr(data, 0, MIN(size, LOOKED_FOR_NUL)) != NULL)
    return false;
  for (gsize at = 0; size - at >= MIN_DIGITS;) {
    if (own->digits[data[at]] == 64) {
      at++;
      continue;
    }
    Run run = run_at(own, data, size, at);
    at = run.to;
    bool is_long = run.digits >= (run.is_hex ? MIN_HEX_DIGITS : MIN_DIGITS) && !(run.is_hex && run.is_short);
    bool is_told = is_long && (is_block_of(data, size, &run, "PRIVATE KEY-----") || is_group(own, data, size, &run));
    if (is_long && !is_told && is_sealed_run(own, data, &run))
      return true;
  }
  return false;
}

bool ak_firmware_encoded_fuzz(const guint8 *data, gsize size) {
  return ak_encoded_is_sealed(data, size);
}
