#include "firmware/unpack/encoded.h"

#include <string.h>

#include "firmware/unpack/content.h"

#define LOOKED_FOR_NUL 4096
#define MIN_LINE 40        /* digits; lines of less are words below each other */
#define MIN_DIGITS 1366    /* of 1 KiB in base64 */
#define MIN_HEX_DIGITS 4096 /* of 2 KiB */
#define LABEL_BYTES 256    /* before a run: the label of a PEM block, and what is told of its cipher */
#define MAX_KEY 16384      /* digits of a private key */

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
  bool is_hex;
} Run;

/* The run that begins at `from`, which is a digit. */
static Run run_at(const Table *own, const guint8 *data, gsize size, gsize from) {
  Run run = {.from = from, .to = from, .is_hex = true};
  for (;;) {
    gsize line = run.to;
    while (run.to < size && own->digits[data[run.to]] < 64)
      run.is_hex = own->is_hex[data[run.to++]] && run.is_hex;
    run.digits += run.to - line;
    gsize next = skip_line_end(data, size, run.to);
    if (run.to - line < MIN_LINE || next == run.to || next >= size || own->digits[data[next]] == 64)
      return run;
    run.to = next;
  }
}

/* In a PEM block of a private key. */
static bool is_private_key(const guint8 *data, const Run *run) {
  gsize before = MIN(run->from, LABEL_BYTES);
  const guint8 *start = data + run->from - before, *label = memmem(start, before, "-----BEGIN ", 11);
  return run->digits <= MAX_KEY && label != NULL &&
         memmem(label, before - (gsize)(label - start), "PRIVATE KEY-----", 16) != NULL;
}

/* The bytes that the digits stand for; the caller's. */
static guint8 *decode(const Table *own, const guint8 *data, const Run *run, gsize *size) {
  guint bits = run->is_hex ? 4 : 6, held = 0, have = 0;
  guint8 *out = g_malloc(run->digits * bits / 8 + 1);
  gsize count = 0;
  for (gsize i = run->from; i < run->to; i++) {
    guint digit = run->is_hex ? (guint)g_ascii_xdigit_value((gchar)data[i]) : own->digits[data[i]];
    if (own->digits[data[i]] == 64)
      continue; /* a line's end */
    if (data[i] == 'n' || data[i] == 'r')
      digit = i > run->from && data[i - 1] == '\\' ? 64 : digit;
    if (digit > 63)
      continue; /* of an escaped line's end */
    held = (held << bits | digit) & 0xffff;
    have += bits;
    if (have >= 8) {
      have -= 8;
      out[count++] = (guint8)(held >> have);
    }
  }
  *size = count;
  return out;
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
    if (run.digits < (run.is_hex ? MIN_HEX_DIGITS : MIN_DIGITS) || is_private_key(data, &run))
      continue;
    gsize length = 0;
    g_autofree guint8 *bytes = decode(own, data, &run, &length);
    if (ak_content_is_sealed(bytes, length))
      return true;
  }
  return false;
}

bool ak_firmware_encoded_fuzz(const guint8 *data, gsize size) {
  return ak_encoded_is_sealed(data, size);
}
