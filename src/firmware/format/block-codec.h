/* Blocks of flash filesystems: small pieces whose unpacked size is known. */
#pragma once

#include "util/error.h"

/* Each unpacks `size` bytes into exactly `want` bytes of `out`; false where they are damaged or
 * yield another number of bytes. What stands behind a stream's end is not looked at. */
typedef bool (*AkBlockCodec)(const guint8 *data, gsize size, guint8 *out, gsize want);

bool ak_block_plain(const guint8 *data, gsize size, guint8 *out, gsize want);
bool ak_block_zlib(const guint8 *data, gsize size, guint8 *out, gsize want);    /* RFC 1950 */
bool ak_block_deflate(const guint8 *data, gsize size, guint8 *out, gsize want); /* RFC 1951 */
bool ak_block_lzo(const guint8 *data, gsize size, guint8 *out, gsize want);     /* LZO1X */
bool ak_block_zstd(const guint8 *data, gsize size, guint8 *out, gsize want);

/* LZMA without any header; the properties as one byte, (pb * 5 + lp) * 9 + lc. The dictionary is as
 * large as the block. */
bool ak_block_lzma(const guint8 *data, gsize size, guint8 properties, guint8 *out, gsize want);
