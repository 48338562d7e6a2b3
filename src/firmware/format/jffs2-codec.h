/* The compressions of JFFS2 that nothing else has, and all of them by their number.
 * Source: Linux, include/uapi/linux/jffs2.h (numbers), fs/jffs2/compr_rtime.c and compr_rubin.c
 * (what their streams mean); number 8 and its properties: OpenWrt, the JFFS2 LZMA patch of its
 * kernels and of mtd-utils. */
#pragma once

#include "firmware/format/block-codec.h"

enum {
  AK_JFFS2_PLAIN = 0,
  AK_JFFS2_ZERO = 1,
  AK_JFFS2_RTIME = 2,
  AK_JFFS2_RUBINMIPS = 3,
  AK_JFFS2_COPY = 4,
  AK_JFFS2_DYNRUBIN = 5,
  AK_JFFS2_ZLIB = 6,
  AK_JFFS2_LZO = 7,
  AK_JFFS2_LZMA = 8,
};

/* The codec of a node's compression, or NULL where the number is none. */
AkBlockCodec ak_jffs2_codec(guint8 compression);
