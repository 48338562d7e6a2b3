#include "firmware/analysis/known-keys.h"

#include <gio/gio.h>
#include <string.h>

#define LIST "/akashi/lists/known-test-keys.txt"

typedef struct {
  AkDigest key;
  char *origin;
} Known;

struct _AkKnownKeys {
  GPtrArray *known; /* of Known */
};

static void known_free(Known *self) {
  g_free(self->origin);
  g_free(self);
}

/* "SHA-256  KIND  ORIGIN". KIND is for who reads the list: both are digests. */
static Known *read_line(const char *line) {
  g_auto(GStrv) words = g_strsplit(line, "  ", 3);
  AkDigest key;
  if (g_strv_length(words) != 3 || !ak_digest_from_hex(words[0], &key) || *words[2] == '\0' ||
      (strcmp(words[1], "public") != 0 && strcmp(words[1], "bytes") != 0))
    return NULL;
  Known *known = g_new0(Known, 1);
  *known = (Known){.key = key, .origin = g_strdup(words[2])};
  return known;
}

AkKnownKeys *ak_known_keys_read(const char *text, gsize size, GError **error) {
  g_autoptr(AkKnownKeys) self = g_new0(AkKnownKeys, 1);
  self->known = g_ptr_array_new_with_free_func((GDestroyNotify)known_free);
  g_autofree char *whole = g_strndup(text, size);
  g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (*lines[i] == '\0' || *lines[i] == '#')
      continue;
    Known *known = read_line(lines[i]);
    if (known == NULL) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "known-test-keys.txt:%u: no digest, kind, origin",
                   i + 1);
      return NULL;
    }
    g_ptr_array_add(self->known, known);
  }
  return g_steal_pointer(&self);
}

AkKnownKeys *ak_known_keys_new(GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(LIST, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no list known-test-keys");
    return NULL;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  return ak_known_keys_read(text, size, error);
}

void ak_known_keys_free(AkKnownKeys *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->known, g_ptr_array_unref);
  g_free(self);
}

const char *ak_known_keys_origin(const AkKnownKeys *self, const AkDigest *key) {
  for (guint i = 0; i < self->known->len; i++) {
    const Known *known = self->known->pdata[i];
    if (ak_digest_equal(&known->key, key))
      return known->origin;
  }
  return NULL;
}
