#include "firmware/format/inflate.h"

#include <zlib.h>

#define PIECE_BYTES (8u * 1024u)

typedef bool (*Keep)(gpointer data, const guint8 *piece, gsize size, GError **error);

static bool run(z_stream *stream, Keep keep, gpointer data, GError **error) {
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  for (;;) {
    stream->next_out = piece;
    stream->avail_out = PIECE_BYTES;
    int result = inflate(stream, Z_NO_FLUSH);
    guint got = PIECE_BYTES - stream->avail_out;
    if (!keep(data, piece, got, error))
      return false;
    if (result == Z_STREAM_END)
      return true;
    if (result != Z_OK || (got == 0 && stream->avail_in == 0))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s",
                          stream->msg != NULL ? stream->msg : "ends too early");
  }
}

static bool inflate_with(const guint8 *data, gsize size, int window, Keep keep, gpointer to,
                         gsize *used, GError **error) {
  guint length = (guint)MIN(size, G_MAXUINT32);
  z_stream stream = {.next_in = (Bytef *)data, .avail_in = length};
  if (inflateInit2(&stream, window) != Z_OK)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  bool ok = run(&stream, keep, to, error);
  *used = length - stream.avail_in;
  inflateEnd(&stream);
  return ok;
}

static bool keep_all(gpointer data, const guint8 *piece, gsize size, GError **error) {
  return ak_growing_add(data, piece, size, error);
}

bool ak_inflate(const guint8 *data, gsize size, int window, AkGrowing *out, gsize *used,
                GError **error) {
  return inflate_with(data, size, window, keep_all, out, used, error);
}

typedef struct {
  guint64 limit, got;
} Count;

static bool count_only(gpointer data, const guint8 *piece, gsize size, GError **error) {
  Count *self = data;
  self->got += size;
  return self->got <= self->limit;
}

bool ak_inflate_try(const guint8 *data, gsize size, int window, guint64 limit, gsize *used,
                    guint64 *got) {
  Count count = {.limit = limit};
  bool ok = inflate_with(data, size, window, count_only, &count, used, NULL);
  *got = count.got;
  return ok;
}
