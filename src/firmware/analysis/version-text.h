/* The grammar of versions in programs: digits with at least one dot, and what usually follows.
 * Pure. */
#pragma once

#include "util/error.h"

/* How many bytes at the start of `data` are a version: "1.35.0", "9.2p1", "1.0.2k", "2023.01-rc1".
 * 0 where it is none or goes on in a way that no version does. At most 32. What a distribution
 * appends
 * ("-1+deb12u4", "+dfsg") does not belong to it. */
gsize ak_version_text_length(const guint8 *data, gsize size);
