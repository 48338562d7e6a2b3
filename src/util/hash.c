#include "util/hash.h"

#include <string.h>

/* Two words that nobody outside can know, the lower one odd. */
static const guint64 *seed(void) {
  static guint64 words[2];
  static gsize is_drawn = 0;
  if (g_once_init_enter(&is_drawn)) {
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
      words[i] = ((guint64)g_random_int() << 32 | g_random_int()) | 1;
    g_once_init_leave(&is_drawn, 1);
  }
  return words;
}

/* Multiplication and folding of words of eight bytes (after Wang Yi's wyhash). */
guint ak_hash_text(gconstpointer text) {
  const guint64 *words = seed();
  gsize size = strlen(text);
  guint64 hash = words[0] ^ size;
  for (gsize i = 0; i < size; i += 8) {
    guint64 word = 0;
    memcpy(&word, (const char *)text + i, MIN(8, size - i));
    unsigned __int128 product = (unsigned __int128)(hash ^ word) * words[1];
    hash = (guint64)product ^ (guint64)(product >> 64) ^ words[0];
  }
  return (guint)(hash ^ hash >> 32);
}
