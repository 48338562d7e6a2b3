/* Lines of hex digits, as Intel HEX files and S-records have them. */
#pragma once

#include "util/error.h"

enum { AK_HEX_LINE_MAX = 260 }; /* bytes that a line can hold */

typedef struct {
  const guint8 *data; /* borrowed */
  gsize size, position;
  guint line; /* of the record read last, from 1 */
} AkHexLines;

/* Reads the next line that is not empty: `mark` first, then, where `kind` is given, one character
 * more, then pairs of hex digits to the line's end. False where it is none of these; the position
 * stays. */
bool ak_hex_lines_next(AkHexLines *self, char mark, char *kind, guint8 *out, gsize *length);

/* True if nothing else than line ends and blanks are left. */
bool ak_hex_lines_is_end(const AkHexLines *self);
