/* What a decoder of liblzma gives, written where it is to stand. */
#pragma once

#include <lzma.h>

#include "firmware/format/growing.h"

/* Runs `stream`, which was set up by its caller, over `data` with `action` and ends it. `result` is its last
 * word (LZMA_STREAM_END: it came to its end), `left` how many bytes of `data` it did not take; both also on errors.
 * `expected`: how many bytes will come, by a header's word; 0: none. False with LIMIT where `out` holds no more. */
bool ak_lzma_into(lzma_stream *stream, lzma_action action, const guint8 *data, gsize size,
                  guint64 expected, AkGrowing *out, gsize *left, lzma_ret *result, GError **error);
