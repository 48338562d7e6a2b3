/* Runs of padding at the ends of bytes: what an erased chip has, and what fills up. */
#pragma once

#include <glib.h>

#define AK_PADDING_ANY (-1) /* 0x00 and 0xff, mixed too */

/* How many bytes from the front, or from the end, are `byte` (0 to 255, or AK_PADDING_ANY). */
gsize ak_padding_front(const guint8 *data, gsize size, int byte);
gsize ak_padding_back(const guint8 *data, gsize size, int byte);
