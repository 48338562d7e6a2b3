#include "firmware/format/links.h"

#include <string.h>

#include "util/digest.h"

static char *key_of(const char *name) {
  AkDigest digest = ak_digest_of(name, strlen(name));
  char *key = g_malloc(AK_DIGEST_HEX_SIZE);
  ak_digest_to_hex(&digest, key);
  return key;
}

void ak_links_keep(AkLinks *self, const char *name, GBytes *content) {
  if (self->contents == NULL)
    self->contents =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  g_hash_table_insert(self->contents, key_of(name), g_bytes_ref(content));
}

GBytes *ak_links_find(const AkLinks *self, const char *name) {
  if (self->contents == NULL)
    return NULL;
  g_autofree char *key = key_of(name);
  GBytes *content = g_hash_table_lookup(self->contents, key);
  return content != NULL ? g_bytes_ref(content) : NULL;
}

void ak_links_clear(AkLinks *self) {
  g_clear_pointer(&self->contents, g_hash_table_unref);
}
