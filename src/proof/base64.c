#include "proof/base64.h"

#include <string.h>

char *ak_base64_encode(const void *data, gsize size) {
  return g_base64_encode(size > 0 ? data : (const guchar *)"", size);
}

/* GLib's decoder skips what it does not know, so that encoding again shows any other spelling. */
GBytes *ak_base64_decode(const char *text, gsize max_bytes, const char *where, GError **error) {
  gsize length = strlen(text), size = 0;
  if (length / 4 > max_bytes / 3 + 1) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %" G_GSIZE_FORMAT " bytes", where,
                 max_bytes);
    return NULL;
  }
  g_autofree guint8 *bytes = g_try_malloc(length / 4 * 3 + 4);
  if (bytes == NULL) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: not enough memory", where);
    return NULL;
  }
  int state = 0;
  guint save = 0;
  size = g_base64_decode_step(text, length, bytes, &state, &save);
  g_autofree char *again = ak_base64_encode(bytes, size);
  if (strcmp(again, text) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: not base 64 in canonical form", where);
    return NULL;
  }
  if (size > max_bytes) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %" G_GSIZE_FORMAT " bytes", where,
                 max_bytes);
    return NULL;
  }
  return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

bool ak_base64_decode_exact(const char *text, guint8 *out, gsize size, const char *where,
                            GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GBytes) bytes = ak_base64_decode(text, size, where, &failure);
  if (bytes == NULL && failure->code != AK_ERROR_LIMIT) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (bytes == NULL || g_bytes_get_size(bytes) != size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: %" G_GSIZE_FORMAT " bytes wanted", where,
                        size);
  memcpy(out, g_bytes_get_data(bytes, NULL), size);
  return true;
}
