#include "app/lists.h"

typedef struct {
  gint64 log_id;
  const AkRunsFilter *filter;
  const char *product; /* whose versions; NULL: products */
  gint64 before;
  guint limit;
  GPtrArray *rows;
} Listing;

static Listing listing_of(AkWorkspace *self, gint64 before, guint limit) {
  return (Listing){.log_id = ak_logs_id(ak_log_origin(ak_workspace_log(self))),
                   .before = before,
                   .limit = limit};
}

static GPtrArray *ask(AkWorkspace *self, AkTxFn fn, Listing *listing, GError **error) {
  if (ak_index_ask(ak_workspace_index(self), fn, listing, error))
    return listing->rows;
  g_clear_pointer(&listing->rows, g_ptr_array_unref);
  return NULL;
}

static bool page(AkTx *tx, gpointer data, GError **error) {
  Listing *self = data;
  g_clear_pointer(&self->rows, g_ptr_array_unref);
  self->rows = ak_runs_page(tx, self->log_id, self->filter, self->before, self->limit, error);
  return self->rows != NULL;
}

GPtrArray *ak_workspace_runs_page(AkWorkspace *self, const AkRunsFilter *filter, gint64 before,
                                  guint limit, GError **error) {
  Listing listing = listing_of(self, before, limit);
  listing.filter = filter;
  return ask(self, page, &listing, error);
}

/* --- products -------------------------------------------------------------------------------- */

static void free_product(gpointer data) {
  AkProductFound *found = data;
  ak_product_row_free(found->row);
  ak_run_row_free(found->newest);
  g_free(found);
}

static bool add_product(AkTx *tx, Listing *self, AkProductRow *taken, GError **error) {
  AkProductFound *found = g_new0(AkProductFound, 1);
  found->row = taken;
  g_ptr_array_add(self->rows, found);
  return ak_runs_get_by_index(tx, self->log_id, taken->newest_index, &found->newest, error) &&
         (found->newest != NULL ||
          ak_error_set(error, AK_ERROR_INTERNAL, "the newest run of %s has no row", taken->name));
}

static bool products(AkTx *tx, gpointer data, GError **error) {
  Listing *self = data;
  g_clear_pointer(&self->rows, g_ptr_array_unref);
  g_autoptr(GPtrArray) rows =
      self->product == NULL
          ? ak_runs_products(tx, self->log_id, self->before, self->limit, error)
          : ak_runs_versions(tx, self->log_id, self->product, self->before, self->limit, error);
  if (rows == NULL)
    return false;
  self->rows = g_ptr_array_new_with_free_func(free_product);
  while (rows->len > 0)
    if (!add_product(tx, self, g_ptr_array_steal_index(rows, 0), error))
      return false;
  return true;
}

GPtrArray *ak_workspace_products(AkWorkspace *self, gint64 before, guint limit, GError **error) {
  Listing listing = listing_of(self, before, limit);
  return ask(self, products, &listing, error);
}

GPtrArray *ak_workspace_versions(AkWorkspace *self, const char *product_name, gint64 before,
                                 guint limit, GError **error) {
  Listing listing = listing_of(self, before, limit);
  listing.product = product_name;
  g_autoptr(GPtrArray) rows = ask(self, products, &listing, error);
  if (rows == NULL || rows->len > 0)
    return g_steal_pointer(&rows);
  AkRunsFilter any = {.product_name = product_name};
  g_autoptr(GPtrArray) runs = ak_workspace_runs_page(self, &any, G_MAXINT64, 1, error);
  if (runs != NULL && runs->len > 0)
    return g_steal_pointer(&rows); /* a page beyond the last */
  if (runs != NULL)
    ak_error_set(error, AK_ERROR_NOT_FOUND, "there is no product %s", product_name);
  return NULL;
}
