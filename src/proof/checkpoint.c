#include "proof/checkpoint.h"

#include <string.h>

#include "proof/base64.h"

#define BODY_LINES 3
#define MAX_LINES 1024

void ak_checkpoint_free(AkCheckpoint *self) {
  if (self == NULL)
    return;
  g_free(self->origin);
  g_strfreev(self->extensions);
  g_free(self);
}

char *ak_checkpoint_format(const char *origin, guint64 size, const AkDigest *root,
                           const char *const *extensions) {
  g_autofree char *base64 = ak_base64_encode(root->bytes, AK_DIGEST_SIZE);
  GString *text = g_string_new(NULL);
  g_string_append_printf(text, "%s\n%" G_GUINT64_FORMAT "\n%s\n", origin, size, base64);
  for (gsize i = 0; extensions != NULL && extensions[i] != NULL; i++)
    g_string_append_printf(text, "%s\n", extensions[i]);
  return g_string_free(text, FALSE);
}

static bool parse_lines(AkCheckpoint *self, char **lines, GError **error) {
  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] == '\0')
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "checkpoint: line %u is empty", i + 1);
  if (!g_ascii_string_to_unsigned(lines[1], 10, 0, G_MAXUINT64, &self->size, NULL))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "checkpoint: line 2 is no tree size");
  if (!ak_base64_decode_exact(lines[2], self->root.bytes, AK_DIGEST_SIZE, "checkpoint: line 3",
                              error))
    return false;
  self->origin = g_strdup(lines[0]);
  self->extensions = g_strdupv(lines + BODY_LINES);
  return true;
}

AkCheckpoint *ak_checkpoint_parse(const char *text, GError **error) {
  gsize length = strlen(text);
  g_autofree char *body = g_strndup(text, length > 0 ? length - 1 : 0);
  g_auto(GStrv) lines = g_strsplit(body, "\n", MAX_LINES);
  if (length == 0 || text[length - 1] != '\n' || g_strv_length(lines) < BODY_LINES) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "checkpoint: origin, tree size and root wanted");
    return NULL;
  }
  g_autoptr(AkCheckpoint) self = g_new0(AkCheckpoint, 1);
  if (!parse_lines(self, lines, error))
    return NULL;
  g_autofree char *again = ak_checkpoint_format(self->origin, self->size, &self->root,
                                                (const char *const *)self->extensions);
  if (strcmp(again, text) != 0) { /* a tree size with leading zeros, for example */
    ak_error_set(error, AK_ERROR_INVALID_DATA, "checkpoint: not in canonical form");
    return NULL;
  }
  return g_steal_pointer(&self);
}

AkCheckpoint *ak_checkpoint_open(const char *data, gsize size, const AkNoteKey *key, AkNote **note,
                                 GError **error) {
  g_autoptr(AkNote) opened = ak_note_parse(data, size, error);
  if (opened == NULL || !ak_note_verify(opened, key, NULL, error))
    return NULL;
  g_autoptr(AkCheckpoint) self = ak_checkpoint_parse(opened->text, error);
  if (self == NULL)
    return NULL;
  if (strcmp(self->origin, key->name) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "checkpoint: origin \"%s\" is not the key's \"%s\"",
                 self->origin, key->name);
    return NULL;
  }
  if (note != NULL)
    *note = g_steal_pointer(&opened);
  return g_steal_pointer(&self);
}
