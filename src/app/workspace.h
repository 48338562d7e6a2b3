/* A data folder: the log, and what is derived from it.
 *
 *   DIR/log/        the evidence log and content store (docs/formats/log.md)
 *   DIR/store.db    rows to list and search runs by (docs/formats/store.md): derived, made again
 *   DIR/store.conf  names another store, such as a PostgreSQL database; not there by default
 *   DIR/runs/RUN/   report.LANG.html, report.json, RUN.bundle: derived, can be made again
 *   DIR/running/RUN locked while a process works on the run (app/run-lock.h)
 *   DIR/catalog/    imported catalogues
 *   DIR/cache/      what was found in images (docs/formats/cache.md): may be deleted at any time
 *
 * Any thread, but for opening and freeing. */
#pragma once

#include "app/index.h"
#include "app/run-views.h"
#include "log/log.h"
#include "store/runs.h"
#include "store/search.h"

/* In a run's folder, and never out of it: they hold paths of this machine (ak_workspace_is_private). */
#define AK_PRODUCT_FOLDER_FILE "product-folder.txt"
#define AK_RANGE_FILE_FILE "range-file.txt"
#define AK_STORE_CONF_FILE "store.conf"
#define AK_STORE_VARIABLE "AKASHI_STORE" /* in the environment; counts before store.conf */

typedef struct _AkWorkspace AkWorkspace;

/* CONFIG where store.conf cannot be read. The store itself is opened by the first question. */
AkWorkspace *ak_workspace_open(const char *dir, GError **error);
void ak_workspace_free(AkWorkspace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkWorkspace, ak_workspace_free)

AkLog *ak_workspace_log(AkWorkspace *self);       /* borrowed */
AkIndex *ak_workspace_index(AkWorkspace *self);   /* borrowed */
AkRunViews *ak_workspace_views(AkWorkspace *self); /* borrowed */
const char *ak_workspace_dir(AkWorkspace *self); /* borrowed */

/* Is it one that can be: letters, digits and hyphens alone, at most 64? */
bool ak_workspace_is_run_id(const char *name);

/* DIR/runs/RUN, made if it is not there; caller frees. CONFIG for a run id that is no plain name. */
char *ak_workspace_run_folder(AkWorkspace *self, const char *run_id, GError **error);

/* Is a file of that name in a run's folder for this machine alone? */
bool ak_workspace_is_private(const char *name);

/* Writes DIR/runs/RUN/NAME (tmp, then rename) and returns its path; caller frees. */
char *ak_workspace_write(AkWorkspace *self, const char *run_id, const char *name,
                         const void *bytes, gsize size, GError **error);

/* One run, folded from its own records. NOT_FOUND for an unknown run. */
AkRunView *ak_workspace_run(AkWorkspace *self, const char *run_id, GError **error);

/* The same for those that only read: what was folded lately is shared by all of them. */
AkRunView *ak_workspace_read_run(AkWorkspace *self, const char *run_id, GError **error);

/* Sets NOT_FOUND: there is no such run, or who deleted it, when and why. */
void ak_workspace_set_no_run(AkWorkspace *self, const char *run_id, GError **error);

/* The row of one run. NOT_FOUND for an unknown run. */
AkRunRow *ak_workspace_row(AkWorkspace *self, const char *run_id, GError **error);
/* Rows of all runs in the order of their planning: GPtrArray of AkRunRow. What must rest on the
 * log alone folds it instead: ak_run_view_fold_log, ak_run_view_fold_run. */
GPtrArray *ak_workspace_runs(AkWorkspace *self, GError **error);
/* Those of one version of a product. */
GPtrArray *ak_workspace_runs_of_version(AkWorkspace *self, const char *product_name,
                                        const char *product_version, GError **error);

/* A run that was found, and where the words stand. */
typedef struct {
  AkRunRow *run;
  GPtrArray *hits; /* of AkSearchText (store/search.h) */
} AkRunFound;

/* Runs that hold every word of `question`, newest first, at most `limit`: GPtrArray of AkRunFound. CONFIG
 * for a question that cannot be asked (store/search.h). */
GPtrArray *ak_workspace_search(AkWorkspace *self, const char *question, guint limit,
                               GError **error);

/* An observation and the run that it belongs to. */
typedef struct {
  char *run_id;
  guint64 index; /* of its record */
  char *test, *subject_kind, *subject_locator, *outcome;
} AkObservationFound;

/* Who observed `property`, newest first, at most `limit`: GPtrArray of AkObservationFound. */
GPtrArray *ak_workspace_observations(AkWorkspace *self, const char *property, guint limit,
                                     GError **error);

/* The clock of records: microseconds since 1970 UTC. */
gint64 ak_now_utc_us(void);
