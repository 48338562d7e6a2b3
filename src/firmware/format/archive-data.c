#include "firmware/format/archive-data.h"

#include <archive.h>

#include "firmware/format/growing.h"

#define PIECE_BYTES (64u * 1024u)

const char *ak_archive_data_reason(struct archive *archive) {
  const char *text = archive_error_string(archive);
  return text != NULL ? text : "damaged";
}

GBytes *ak_archive_data_read(struct archive *archive, const AkFirmwareTree *tree, guint64 packed,
                             gint64 told, char **cut) {
  AkGrowing out = ak_growing_for(tree, packed);
  g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
  g_autoptr(GError) failure = NULL;
  la_ssize_t got = 0;
  do {
    got = archive_read_data(archive, piece, PIECE_BYTES);
    if (got > 0 && !ak_growing_add(&out, piece, (gsize)got, &failure))
      *cut = g_strdup(failure->message);
  } while (got > 0 && *cut == NULL);
  if (got < 0)
    *cut = g_strdup(ak_archive_data_reason(archive));
  else if (*cut == NULL && told >= 0 && out.size != (guint64)told)
    *cut = g_strdup("another size than its entry says");
  return ak_growing_end(&out);
}
