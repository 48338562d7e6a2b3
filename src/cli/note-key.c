#include "cli/note-key.h"

#include <errno.h>
#include <glib/gstdio.h>

#define MAX_KEY_BYTES 4096

char *ak_cli_read_regular(const char *path, gsize max, gsize *size, GError **error) {
  GStatBuf status;
  if (g_stat(path, &status) != 0) {
    ak_error_set_errno(error, errno, "%s", path);
    return NULL;
  }
  if (!S_ISREG(status.st_mode)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no regular file", path);
    return NULL;
  }
  if ((guint64)status.st_size > max) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %" G_GSIZE_FORMAT " bytes", path, max);
    return NULL;
  }
  char *data = NULL;
  g_autoptr(GError) failure = NULL;
  if (!g_file_get_contents(path, &data, size, &failure))
    ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  return data;
}

AkNoteKey *ak_cli_read_key(const char *value, const char *option, GError **error) {
  AkNoteKey *key = ak_note_key_parse(value, NULL);
  if (key != NULL)
    return key;
  gsize size = 0;
  g_autofree char *text = ak_cli_read_regular(value, MAX_KEY_BYTES, &size, error);
  if (text != NULL)
    key = ak_note_key_parse(g_strchomp(text), error);
  if (key == NULL)
    g_prefix_error(error, "%s: neither a verifier key nor a file with one: ", option);
  return key;
}
