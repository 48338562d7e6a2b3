#include "tests/fuzz/mutate.h"

#include <string.h>

/* Source: splitmix64, S. Vigna, https://prng.di.unimi.it/splitmix64.c (public domain): the
 * constants */
guint64 ak_fuzz_random_next(AkFuzzRandom *self) {
  self->state += 0x9e3779b97f4a7c15u;
  guint64 z = self->state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

AkFuzzRandom ak_fuzz_random(guint64 seed, const char *name) {
  AkFuzzRandom self = {.state = seed};
  for (const char *at = name; *at != '\0'; at++) {
    self.state ^= (guint8)*at;
    ak_fuzz_random_next(&self);
  }
  return self;
}

gsize ak_fuzz_random_below(AkFuzzRandom *self, gsize bound) {
  return bound == 0 ? 0 : (gsize)(ak_fuzz_random_next(self) % bound);
}

/* What breaks parsers of text: limits of numbers, nesting, quoting, encodings, comments, aliases.
 */
static const char *const tokens[] = {
    "0",
    "-1",
    "-0",
    "1e999",
    "0.1",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "null",
    "true",
    "false",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\u202e",
    ":",
    ",",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xef\xbb\xbf",
    "\x1b[31m",
    "%s%n",
    "../",
    "{}",
    "[]",
    "\"\":",
    "&a ",
    "*a",
    "- ",
    "? ",
    "| ",
    "> ",
    "!!binary ",
    "--- ",
    "#",
    "<<: ",
    "and ",
    "or ",
    "not ",
    "any(",
    "all(",
    "where ",
    "$",
    "@",
    "—",
    "=",
    "==",
    "<!--",
    "\r\n\r\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked\r\n",
};

/* What breaks parsers of binary formats: written in both byte orders, in 1, 2, 4 and 8 bytes. */
static const guint64 numbers[] = {
    0,           1,
    2,           7,
    8,           15,
    16,          31,
    32,          63,
    64,          127,
    128,         254,
    255,         256,
    511,         512,
    4095,        4096,
    8192,        0x7fff,
    0x8000,      0xfffe,
    0xffff,      0x10000,
    0xfffff,     0x100000,
    0x100001,    0x7fffffff,
    0x80000000u, 0xfffffffeu,
    0xffffffffu, 0x100000000u,
    G_MAXINT64,  (guint64)G_MAXINT64 + 1,
    G_MAXUINT64,
};

static void insert(GByteArray *bytes, gsize at, const void *what, gsize size) {
  gsize old = bytes->len;
  g_byte_array_set_size(bytes, (guint)(old + size));
  memmove(bytes->data + at + size, bytes->data + at, old - at);
  memcpy(bytes->data + at, what, size);
}

static void flip_bit(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  if (bytes->len > 0)
    bytes->data[ak_fuzz_random_below(self, bytes->len)] ^=
        (guint8)(1u << ak_fuzz_random_below(self, 8));
}

static void set_byte(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  if (bytes->len > 0)
    bytes->data[ak_fuzz_random_below(self, bytes->len)] = (guint8)ak_fuzz_random_next(self);
}

static void add_to_byte(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  if (bytes->len > 0)
    bytes->data[ak_fuzz_random_below(self, bytes->len)] +=
        (guint8)(ak_fuzz_random_below(self, 9) + 252);
}

static void set_number(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  gsize width = (gsize)1 << ak_fuzz_random_below(self, 4);
  bool is_big_endian = ak_fuzz_random_below(self, 2) == 0;
  guint64 number = numbers[ak_fuzz_random_below(self, G_N_ELEMENTS(numbers))];
  if (bytes->len < width)
    return;
  guint8 *at = bytes->data + ak_fuzz_random_below(self, bytes->len - width + 1);
  for (gsize i = 0; i < width; i++)
    at[is_big_endian ? width - 1 - i : i] = (guint8)(number >> (8 * i));
}

static void cut_off(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  g_byte_array_set_size(bytes, (guint)ak_fuzz_random_below(self, bytes->len));
}

static void remove_piece(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  gsize at = ak_fuzz_random_below(self, bytes->len);
  gsize size = 1 + ak_fuzz_random_below(self, MIN(bytes->len - at, 32));
  if (bytes->len > 0)
    g_byte_array_remove_range(bytes, (guint)at, (guint)MIN(size, bytes->len - at));
}

static void insert_token(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  const char *token = tokens[ak_fuzz_random_below(self, G_N_ELEMENTS(tokens))];
  insert(bytes, ak_fuzz_random_below(self, (gsize)bytes->len + 1), token, strlen(token));
}

/* Puts a token over a run of letters and digits: most of a text's grammar survives. */
static void replace_word(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  gsize first = ak_fuzz_random_below(self, bytes->len), last = first;
  while (first > 0 && g_ascii_isalnum(bytes->data[first - 1]))
    first--;
  while (last < bytes->len && g_ascii_isalnum(bytes->data[last]))
    last++;
  if (last > first)
    g_byte_array_remove_range(bytes, (guint)first, (guint)(last - first));
  const char *token = tokens[ak_fuzz_random_below(self, G_N_ELEMENTS(tokens))];
  insert(bytes, first, token, strlen(token));
}

/* A piece many times: nesting, long lists, long texts. */
static void repeat_piece(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  if (bytes->len == 0)
    return;
  gsize at = ak_fuzz_random_below(self, bytes->len);
  gsize size = 1 + ak_fuzz_random_below(self, MIN(bytes->len - at, 24));
  gsize times = (gsize)1 << ak_fuzz_random_below(self, 12);
  size = MIN(size, bytes->len - at);
  g_autofree guint8 *piece = g_memdup2(bytes->data + at, size);
  g_autoptr(GByteArray) run = g_byte_array_new();
  for (gsize i = 0; i < times; i++)
    g_byte_array_append(run, piece, (guint)size);
  insert(bytes, at, run->data, run->len);
}

static void splice(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(other, &size);
  gsize from = ak_fuzz_random_below(self, size);
  gsize length = 1 + ak_fuzz_random_below(self, MIN(size - from, 256)); /* MIN evaluates twice */
  gsize at = ak_fuzz_random_below(self, (gsize)bytes->len + 1);
  if (size == 0)
    return;
  if (ak_fuzz_random_below(self, 2) == 0) {
    insert(bytes, at, data + from, length);
  } else { /* the head of one and the tail of the other */
    g_byte_array_set_size(bytes, (guint)at);
    g_byte_array_append(bytes, data + from, (guint)(size - from));
  }
}

static void swap_pieces(AkFuzzRandom *self, GByteArray *bytes, GBytes *other) {
  gsize size = 1 + ak_fuzz_random_below(self, 16);
  if (bytes->len < 2 * size)
    return;
  gsize a = ak_fuzz_random_below(self, bytes->len - size + 1);
  gsize b = ak_fuzz_random_below(self, bytes->len - size + 1);
  for (gsize i = 0; i < size; i++) {
    guint8 byte = bytes->data[a + i];
    bytes->data[a + i] = bytes->data[b + i];
    bytes->data[b + i] = byte;
  }
}

/* What happens often stands here twice. */
static void (*const steps[])(AkFuzzRandom *, GByteArray *, GBytes *) = {
    flip_bit,     flip_bit,     set_byte,     set_byte,     add_to_byte,  set_number,
    set_number,   cut_off,      remove_piece, remove_piece, insert_token, insert_token,
    replace_word, replace_word, repeat_piece, splice,       swap_pieces,
};

void ak_fuzz_mutate(AkFuzzRandom *self, GByteArray *bytes, GBytes *other, gsize max_size) {
  gsize count = 1 + ak_fuzz_random_below(self, 6);
  for (gsize i = 0; i < count; i++)
    steps[ak_fuzz_random_below(self, G_N_ELEMENTS(steps))](self, bytes, other);
  if (bytes->len > max_size)
    g_byte_array_set_size(bytes, (guint)max_size);
}
