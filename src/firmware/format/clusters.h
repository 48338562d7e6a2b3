/* Clusters, as FAT and exFAT store files in them: chains, and whom each cluster belongs to. Numbers
 * begin at 2. */
#pragma once

#include "firmware/format/entries.h"

typedef struct _AkClusters {
  AkEntries entries;
  const guint8 *data; /* the filesystem's bytes, borrowed */
  gsize size;
  gsize heap;         /* where cluster 2 begins */
  gsize cluster_size; /* bytes */
  guint32 count;
  guint32 (*next)(const struct _AkClusters *self, guint32 cluster); /* AK_CLUSTERS_END: the last */
  bool (*is_used)(const struct _AkClusters *self, guint32 cluster);
  gconstpointer table; /* for both */
  guint8 *claimed;     /* a bit a cluster */
  guint remains;       /* regions that were added */
} AkClusters;

enum { AK_CLUSTERS_FIRST = 2 };
#define AK_CLUSTERS_END G_MAXUINT32
#define AK_CLUSTERS_ALL G_MAXUINT64

/* Sets up what is claimed. LIMIT where there is no memory for it. */
bool ak_clusters_init(AkClusters *self, GError **error);
void ak_clusters_clear(AkClusters *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkClusters, ak_clusters_clear)

/* The first `want` bytes of the chain that begins at `first` (AK_CLUSTERS_ALL: all of it), its
 * clusters claimed; `is_run`: they follow each other. What stands behind them in the last cluster
 * is a region of its own. NULL with `cut` where it is damaged; NULL with an error where the tree is
 * full. */
GBytes *ak_clusters_read(AkClusters *self, guint32 first, guint64 want, bool is_run,
                         const char **cut, GError **error);

/* Each cluster in use belongs to one thing; what free ones hold is a region of its own. */
bool ak_clusters_account(AkClusters *self, GError **error);

/* Adds a region where the bytes are no padding. */
bool ak_clusters_add_remains(AkClusters *self, const char *name, gsize from, gsize to,
                             GError **error);
