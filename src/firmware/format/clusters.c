#include "firmware/format/clusters.h"

#include <string.h>

#include "firmware/format/growing.h"

#define MAX_REMAINS 1000

bool ak_clusters_init(AkClusters *self, GError **error) {
  self->claimed = g_try_malloc0(self->count / 8 + 2);
  return self->claimed != NULL ||
         ak_error_set(error, AK_ERROR_LIMIT, "no memory for %u clusters", self->count);
}

void ak_clusters_clear(AkClusters *self) {
  g_clear_pointer(&self->claimed, g_free);
}

static bool is_claimed(const AkClusters *self, guint32 cluster) {
  return (self->claimed[cluster / 8] >> cluster % 8 & 1) != 0;
}

static bool is_there(const AkClusters *self, guint32 cluster, gsize *at) {
  if (cluster < AK_CLUSTERS_FIRST || cluster - AK_CLUSTERS_FIRST >= self->count)
    return false;
  guint64 place = self->heap + (guint64)(cluster - AK_CLUSTERS_FIRST) * self->cluster_size;
  *at = (gsize)place;
  return place < self->size && self->cluster_size <= self->size - place;
}

bool ak_clusters_add_remains(AkClusters *self, const char *name, gsize from, gsize to,
                             GError **error) {
  if (ak_entries_is_empty(self->data + from, to - from))
    return true;
  if (++self->remains <= MAX_REMAINS)
    return ak_entries_add_region(&self->entries, name, from, to - from, error);
  ak_entries_cut(&self->entries, "more than %d pieces in free space", MAX_REMAINS);
  return true;
}

/* One cluster more, or what is wrong with it. */
static const char *take(AkClusters *self, guint32 cluster, gsize *at) {
  if (!is_there(self, cluster, at))
    return "its clusters lead beyond the end";
  if (is_claimed(self, cluster))
    return "a cluster of it belongs to something else too";
  self->claimed[cluster / 8] |= (guint8)(1u << cluster % 8);
  return NULL;
}

/* Appends clusters from `*cluster` on up to `most` bytes; `slack` gets where what stands behind the last byte begins and ends. */
static bool append_clusters(AkClusters *self, guint32 *cluster, guint64 most, bool is_run, AkGrowing *out, gsize slack[2],
                            const char **cut) {
  gsize at = 0, piece = 0;
  while (out->size < most && *cluster != AK_CLUSTERS_END) {
    *cut = take(self, *cluster, &at);
    if (*cut != NULL)
      return false;
    piece = (gsize)MIN(most - out->size, self->cluster_size);
    if (!ak_growing_add(out, self->data + at, piece, NULL)) {
      *cut = AK_FIRMWARE_NO_ROOM;
      return false;
    }
    *cluster = is_run ? *cluster + 1 : self->next(self, *cluster);
  }
  slack[0] = at + piece;
  slack[1] = piece > 0 ? at + self->cluster_size : at + piece;
  return true;
}

GBytes *ak_clusters_read(AkClusters *self, guint32 first, guint64 want, bool is_run,
                         const char **cut, GError **error) {
  guint64 limit = ak_firmware_tree_budget(self->entries.tree, self->size);
  guint64 room = MIN(limit, self->size), most = want == AK_CLUSTERS_ALL ? room : want;
  guint32 cluster = first;
  gsize slack[2] = {0, 0};
  if (most > room) {
    *cut = "it is larger than the filesystem, or the limit";
    return NULL;
  }
  AkGrowing out = ak_growing_for(self->entries.tree, self->size);
  bool ok = append_clusters(self, &cluster, most, is_run, &out, slack, cut);
  g_autoptr(GBytes) content = ak_growing_end(&out);
  gsize size = g_bytes_get_size(content);
  if (!ok || (slack[0] < slack[1] && !ak_clusters_add_remains(self, "slack", slack[0], slack[1], error)))
    return NULL;
  if (want != AK_CLUSTERS_ALL && size < want)
    *cut = "its clusters end before it does";
  else if (want != AK_CLUSTERS_ALL && want > 0 && !is_run && cluster != AK_CLUSTERS_END)
    *cut = "its clusters go on behind its end";
  return *cut == NULL ? g_steal_pointer(&content) : NULL;
}

bool ak_clusters_account(AkClusters *self, GError **error) {
  gsize from = 0, at = 0;
  for (guint32 i = 0; i <= self->count; i++) {
    guint32 cluster = i + AK_CLUSTERS_FIRST;
    bool is_last = !is_there(self, cluster, &at), is_taken = is_last || is_claimed(self, cluster);
    if (!is_last && is_taken != self->is_used(self, cluster))
      ak_entries_cut(&self->entries, "cluster %u is %s", cluster,
                     is_taken ? "free and belongs to something" : "in use and belongs to nothing");
    bool is_rest = !is_taken && !ak_entries_is_empty(self->data + at, self->cluster_size);
    if (is_rest && from == 0)
      from = at;
    if (!is_rest && from != 0) {
      gsize to = is_last ? self->heap + i * self->cluster_size : at;
      if (!ak_clusters_add_remains(self, "free", from, MIN(to, self->size), error))
        return false;
      from = 0;
    }
    if (is_last)
      return true;
  }
  return true;
}
