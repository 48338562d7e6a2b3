#include "probe/heard.h"

#define PIECE 4096

bool ak_heard_read(AkStream *stream, GByteArray *heard, gsize limit, AkHeardParse parse,
                   gpointer out, GError **error) {
  for (;;) {
    gsize used = 0;
    guint8 piece[PIECE];
    AkParse result = parse(out, heard->data, heard->len, &used, error);
    if (result == AK_PARSE_DONE)
      g_byte_array_remove_range(heard, 0, (guint)used);
    if (result != AK_PARSE_MORE)
      return result == AK_PARSE_DONE;
    if (heard->len >= limit)
      return ak_error_set(error, AK_ERROR_LIMIT,
                          "more than %" G_GSIZE_FORMAT " bytes in one answer", limit);
    gssize got = ak_stream_read(stream, piece, sizeof piece, error);
    if (got == 0)
      return ak_error_set(error, AK_ERROR_IO, "the peer closed the connection");
    if (got < 0)
      return false;
    g_byte_array_append(heard, piece, (guint)got);
  }
}
