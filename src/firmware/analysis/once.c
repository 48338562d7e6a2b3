#include "firmware/analysis/once.h"

#include <string.h>

struct _AkOnce {
  GTree *results; /* digest of digest and manner → result: no hash of hostile bytes */
};

static gint compare(gconstpointer a, gconstpointer b, gpointer data) {
  return memcmp(a, b, AK_DIGEST_SIZE);
}

AkOnce *ak_once_new(GDestroyNotify free_result) {
  AkOnce *self = g_new0(AkOnce, 1);
  self->results = g_tree_new_full(compare, NULL, g_free, free_result);
  return self;
}

void ak_once_free(AkOnce *self) {
  if (self == NULL)
    return;
  g_tree_unref(self->results);
  g_free(self);
}

static AkDigest key_of(const AkDigest *digest, const char *manner) {
  if (*manner == '\0')
    return *digest;
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  ak_digest_sum_add(sum, digest->bytes, AK_DIGEST_SIZE);
  ak_digest_sum_add(sum, manner, strlen(manner));
  return ak_digest_sum_end(sum);
}

gpointer ak_once_find(AkOnce *self, const AkDigest *digest, const char *manner) {
  AkDigest key = key_of(digest, manner);
  return g_tree_lookup(self->results, &key);
}

gpointer ak_once_keep(AkOnce *self, const AkDigest *digest, const char *manner, gpointer result) {
  AkDigest key = key_of(digest, manner);
  g_tree_insert(self->results, g_memdup2(&key, sizeof key), result);
  return result;
}
