/* Pages of lists, from the store's rows alone: runs by filter, products, versions of a product. A page
 * is asked for by the number of the last row of the page before. Any thread. */
#pragma once

#include "app/workspace.h"

/* Runs below number `before` (AkRunRow.run_index; G_MAXINT64: from the newest on), newest first, at
 * most `limit`: GPtrArray of AkRunRow. The caller's. */
GPtrArray *ak_workspace_runs_page(AkWorkspace *self, const AkRunsFilter *filter, gint64 before,
                                  guint limit, GError **error);

/* A product, or a version of one, and its newest run. */
typedef struct {
  AkProductRow *row;
  AkRunRow *newest;
} AkProductFound;

/* Products whose newest run is below `before`, the newest first, at most `limit`: GPtrArray of
 * AkProductFound. The caller's. */
GPtrArray *ak_workspace_products(AkWorkspace *self, gint64 before, guint limit, GError **error);
/* Likewise the versions of one product. NOT_FOUND where nothing of that name was ever planned. */
GPtrArray *ak_workspace_versions(AkWorkspace *self, const char *product_name, gint64 before,
                                 guint limit, GError **error);
