/* LZO1X decompression, as lzop, JFFS2, UBIFS and squashfs store blocks; written from the
 * description of the stream alone. The extension for runs of zeros (version 1) occurs in no storage
 * format. Source: Linux, Documentation/staging/lzo.rst. */
#pragma once

#include "util/error.h"

/* Unpacks one stream into `out`, at most `room` bytes; `got` bytes came out, and `used` bytes of
 * input were taken. INVALID_DATA where it ends before its mark, reaches back before its beginning
 * or yields more than `room`; then `got` and `used` say how far it came. */
bool ak_lzo_unpack(const guint8 *data, gsize size, guint8 *out, gsize room, gsize *got, gsize *used,
                   GError **error);
