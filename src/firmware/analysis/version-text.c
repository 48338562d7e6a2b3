#include "firmware/analysis/version-text.h"

#include <string.h>

#define MAX_BYTES 32
#define MAX_LETTERS 5 /* "beta1", "test3", "p1", "k" */

static gsize digits_at(const guint8 *data, gsize size, gsize at) {
  gsize length = 0;
  while (at + length < size && g_ascii_isdigit(data[at + length]))
    length++;
  return length;
}

/* "1.35.0"; a dot that no digit follows is a sentence's end. */
static gsize dotted(const guint8 *data, gsize size) {
  gsize at = digits_at(data, size, 0);
  guint dots = 0;
  if (at == 0)
    return 0;
  for (gsize more = 0; at < size && data[at] == '.'; at += 1 + more, dots++) {
    more = digits_at(data, size, at + 1);
    if (more == 0)
      break;
  }
  return dots > 0 ? at : 0;
}

/* "k", "p1", "beta1", with "-P1" and "-rc1" too; 0 where nothing of the kind follows. */
static gsize tail_at(const guint8 *data, gsize size, gsize at) {
  static const char *const words[] = {"rc", "RC", "pre", "beta", "alpha", "P", "p"};
  bool is_joined = at < size && (data[at] == '-' || data[at] == '_');
  gsize start = at + is_joined, letters = 0;
  while (start + letters < size && g_ascii_isalpha(data[start + letters]) && letters <= MAX_LETTERS)
    letters++;
  gsize digits = digits_at(data, size, start + letters);
  if (letters == 0 || letters > MAX_LETTERS)
    return 0;
  if (!is_joined)
    return letters + digits;
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (digits > 0 && strlen(words[i]) == letters && memcmp(words[i], data + start, letters) == 0)
      return 1 + letters + digits;
  return 0;
}

/* What may stand behind a version. No '*' or '%': those are patterns and formats. */
static bool is_end(const guint8 *data, gsize size, gsize at) {
  if (at == size || data[at] == '\0')
    return true;
  if (data[at] == '.')
    return at + 1 == size || !(g_ascii_isalnum(data[at + 1]) || strchr("*%", data[at + 1]) != NULL);
  return strchr(" \t\r\n()[]<>\"';:-+_/~", data[at]) != NULL;
}

/* "2.6.36.4brcmarm": kernels have their maker's name right behind three numbers or more. */
static bool has_vendor_word(const guint8 *data, gsize size, gsize at) {
  gsize letters = 0, dots = 0;
  for (gsize i = 0; i < at; i++)
    dots += data[i] == '.';
  while (at + letters < size && g_ascii_isalpha(data[at + letters]))
    letters++;
  return dots >= 2 && letters > MAX_LETTERS;
}

gsize ak_version_text_length(const guint8 *data, gsize size) {
  gsize within = MIN(size, MAX_BYTES + 2), length = dotted(data, within);
  if (length == 0)
    return 0;
  if (has_vendor_word(data, within, length))
    return length;
  gsize whole = length + tail_at(data, within, length);
  if (!is_end(data, within, whole))
    return 0;
  return whole <= MAX_BYTES ? whole : 0;
}
