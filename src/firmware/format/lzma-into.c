#include "firmware/format/lzma-into.h"

/* A full buffer may be all there is: one byte more tells. */
static bool is_at_end(lzma_stream *stream, lzma_action action, AkGrowing *out, lzma_ret *result,
                      GError **error) {
  guint8 spare;
  stream->next_out = &spare;
  stream->avail_out = 1;
  *result = lzma_code(stream, action);
  return stream->avail_out == 1 || ak_growing_add(out, &spare, 1, error);
}

bool ak_lzma_into(lzma_stream *stream, lzma_action action, const guint8 *data, gsize size,
                  guint64 expected, AkGrowing *out, gsize *left, lzma_ret *result, GError **error) {
  bool ok = true;
  stream->next_in = data;
  stream->avail_in = size;
  *result = LZMA_OK;
  while (ok && *result == LZMA_OK) {
    gsize room = 0;
    if (out->size >= out->limit) {
      ok = is_at_end(stream, action, out, result, error);
      continue;
    }
    stream->next_out = ak_growing_room(out, expected, &room, error);
    stream->avail_out = room;
    ok = stream->next_out != NULL;
    if (ok) {
      *result = lzma_code(stream, action);
      ok = ak_growing_wrote(out, room - stream->avail_out, error);
    }
  }
  *left = stream->avail_in;
  lzma_end(stream);
  return ok;
}
