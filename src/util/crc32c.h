/* CRC-32C (Castagnoli): finds torn and flipped bytes; it proves nothing against intent. */
#pragma once

#include <glib.h>

/* Continues `crc` (0 at first) over `size` bytes. Source: RFC 3720, 12.1 and B.4 (polynomial
 * 0x1EDC6F41, reflected, initial value and final XOR all ones). Any thread. */
guint32 ak_crc32c(guint32 crc, const void *data, gsize size);
