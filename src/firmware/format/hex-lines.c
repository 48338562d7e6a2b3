#include "firmware/format/hex-lines.h"

static bool is_blank(guint8 byte) {
  return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t' || byte == 0x1a;
}

static gsize skip_blanks(const AkHexLines *self) {
  gsize at = self->position;
  while (at < self->size && is_blank(self->data[at]))
    at++;
  return at;
}

bool ak_hex_lines_is_end(const AkHexLines *self) {
  return skip_blanks(self) == self->size;
}

bool ak_hex_lines_next(AkHexLines *self, char mark, char *kind, guint8 *out, gsize *length) {
  gsize at = skip_blanks(self), count = 0;
  if (at >= self->size || self->data[at++] != (guint8)mark)
    return false;
  if (kind != NULL) {
    if (at >= self->size)
      return false;
    *kind = (char)self->data[at++];
  }
  for (; at + 1 < self->size && count < AK_HEX_LINE_MAX; at += 2) {
    int high = g_ascii_xdigit_value((char)self->data[at]);
    int low = g_ascii_xdigit_value((char)self->data[at + 1]);
    if (high < 0 || low < 0)
      break;
    out[count++] = (guint8)(high * 16 + low);
  }
  if (at < self->size && !is_blank(self->data[at]))
    return false;
  while (at < self->size && is_blank(self->data[at]))
    at++;
  self->position = at;
  self->line++;
  *length = count;
  return count > 0;
}
