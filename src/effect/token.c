#include "effect/token.h"

#include <string.h>

#define FIRST 0xbf58476d1ce4e5b9u
#define SECOND 0x94d049bb133111ebu
/* modulo 2^64: FIRST * FIRST_BACK == 1, SECOND * SECOND_BACK == 1 */
#define FIRST_BACK 0x96de1b173f119089u
#define SECOND_BACK 0x319642b2d24d8ec3u

static guint64 mix(guint64 x) {
  x = (x ^ x >> 30) * FIRST;
  x = (x ^ x >> 27) * SECOND;
  return x ^ x >> 31;
}

static guint64 mix_back(guint64 x) {
  x = (x ^ x >> 31 ^ x >> 62) * SECOND_BACK;
  x = (x ^ x >> 27 ^ x >> 54) * FIRST_BACK;
  return x ^ x >> 30 ^ x >> 60;
}

guint64 ak_token_random(guint64 *state) {
  *state += 0x9e3779b97f4a7c15u; /* the golden ratio's fraction, as in the source */
  return mix(*state);
}

void ak_token_make(guint64 key, guint64 number, char out[static AK_TOKEN_LENGTH + 1]) {
  static const char digits[] = "0123456789abcdef";
  guint64 mixed = mix(number ^ key);
  memcpy(out, AK_TOKEN_PREFIX, 4);
  for (guint i = 0; i < 16; i++)
    out[4 + i] = digits[mixed >> (60 - 4 * i) & 15];
  out[AK_TOKEN_LENGTH] = '\0';
}

static bool read_digits(const char *text, guint64 *out) {
  guint64 value = 0;
  for (guint i = 0; i < 16; i++) {
    if (!g_ascii_isxdigit(text[i]) || g_ascii_isupper(text[i]))
      return false;
    value = value << 4 | (guint64)g_ascii_xdigit_value(text[i]);
  }
  *out = value;
  return true;
}

bool ak_token_find(guint64 key, guint32 unit, const char *data, gsize size, guint32 *place,
                   gsize *at) {
  const char *from = data, *end = data + size;
  while (end - from >= AK_TOKEN_LENGTH) {
    const char *hit = memmem(from, (gsize)(end - from), AK_TOKEN_PREFIX, 4);
    guint64 mixed = 0;
    if (hit == NULL || end - hit < AK_TOKEN_LENGTH)
      return false;
    if (read_digits(hit + 4, &mixed)) {
      guint64 number = mix_back(mixed) ^ key;
      if (AK_TOKEN_UNIT(number) == unit) {
        *place = AK_TOKEN_PLACE(number);
        if (at != NULL)
          *at = (gsize)(hit - data);
        return true;
      }
    }
    from = hit + 4;
  }
  return false;
}
