/* Reading from a stream until a codec has a whole unit. */
#pragma once

#include "probe/stream.h"
#include "proto/parse.h"

/* Parses what was heard so far; writes `used` with DONE. */
typedef AkParse (*AkHeardParse)(gpointer out, const void *data, gsize size, gsize *used,
                                GError **error);

/* Reads into `heard` until `parse` is done, and takes what it used away; at most `limit` bytes are
 * kept. False with the codec's error, IO where the peer closes before, LIMIT, or the stream's
 * error. */
bool ak_heard_read(AkStream *stream, GByteArray *heard, gsize limit, AkHeardParse parse,
                   gpointer out, GError **error);
