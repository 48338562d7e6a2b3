#include "firmware/format/inflate.h"

#include <zlib.h>

#include "firmware/unpack/content.h"

#define PIECE_BYTES (8u * 1024u)
#define PACKED_ENTROPY 650 /* 1/100 bit a byte: text has less than 550, programs less than 640, packed with the fixed code more than 740 */

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

/* With another checksum alone it is one: its blocks hold to the last. */
static bool is_chance(const guint8 *data, gsize size, gsize used, int window, guint64 limit) {
  gsize head = window == AK_INFLATE_ZLIB ? 2 : 0, used_raw = 0;
  guint64 got = 0;
  bool has_own_code = used > head && (data[head] >> 1 & 3) == 2;
  return !has_own_code && ak_content_entropy(data, used) < PACKED_ENTROPY &&
         !ak_inflate_try(data + head, size - head, AK_INFLATE_RAW, limit, &used_raw, &got);
}

bool ak_inflate_payload(AkFirmwareTree *tree, guint node, const char *path, const guint8 *data, gsize size, int window,
                        gsize *used, GError **error) {
  g_autoptr(GError) failure = NULL;
  AkGrowing out = ak_growing_for(tree, size);
  bool ok = ak_inflate(data, size, window, &out, used, &failure);
  g_autoptr(GBytes) content = ak_growing_end(&out);
  if (!ok && failure->code == AK_ERROR_INVALID_DATA && is_chance(data, size, *used, window, out.limit))
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "no stream after all");
  AkNode payload = {.parent = node, .path = g_strdup(path), .bytes = g_steal_pointer(&content)};
  bool is_added = ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&failure));
  return ok && is_added;
}
