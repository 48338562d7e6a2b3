/* A data folder: the log, and what is derived from it for each run.
 *
 *   DIR/log/        the evidence log and content store (docs/formats/log.md)
 *   DIR/runs/RUN/   report.LANG.html, report.json, RUN.bundle: derived, can be made again
 *   DIR/catalog/    imported catalogues */
#pragma once

#include "log/log.h"
#include "verify/run/state.h"

#define AK_PRODUCT_FOLDER_FILE "product-folder.txt" /* in a run's folder */

typedef struct _AkWorkspace AkWorkspace;

AkWorkspace *ak_workspace_open(const char *dir, GError **error);
void ak_workspace_free(AkWorkspace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkWorkspace, ak_workspace_free)

AkLog *ak_workspace_log(AkWorkspace *self);       /* borrowed */
const char *ak_workspace_dir(AkWorkspace *self); /* borrowed */

/* DIR/runs/RUN, made if it is not there; caller frees. CONFIG for a run id that is no plain name. */
char *ak_workspace_run_folder(AkWorkspace *self, const char *run_id, GError **error);

/* Writes DIR/runs/RUN/NAME (tmp, then rename) and returns its path; caller frees. */
char *ak_workspace_write(AkWorkspace *self, const char *run_id, const char *name,
                         const void *bytes, gsize size, GError **error);

/* One run as the log has it. */
typedef struct {
  AkRunState *state;
  GArray *records; /* of guint64: the indices of its records, in order */
  guint64 verdict_index; /* of the newest verdict record; valid if state->verdict is set */
} AkRunView;
void ak_run_view_free(AkRunView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRunView, ak_run_view_free)

/* NOT_FOUND for an unknown run. */
AkRunView *ak_workspace_run(AkWorkspace *self, const char *run_id, GError **error);

/* Sets NOT_FOUND: there is no such run, or who deleted it, when and why. */
void ak_workspace_set_no_run(AkWorkspace *self, const char *run_id, GError **error);

/* All runs in the order of their planning: GPtrArray of AkRunView. */
GPtrArray *ak_workspace_runs(AkWorkspace *self, GError **error);

/* The run among `views`, borrowed, or NULL. */
const AkRunView *ak_workspace_find(const GPtrArray *views, const char *run_id);

/* The clock of records: microseconds since 1970 UTC. */
gint64 ak_now_utc_us(void);
