/* Verdicts of a run: computed from what the log holds, kept there, never overwritten. */
#pragma once

#include "app/workspace.h"
#include "verify/verdict/verdict.h"

/* The product as it was when the run was planned: its document is kept as evidence. Caller frees. */
AkProduct *ak_app_run_product(AkWorkspace *workspace, const AkRunState *state, GError **error);

typedef struct {
  json_t *verdicts; /* what ak_verdict_compute returned */
  bool changed;     /* a new record was appended: the bytes differ from the newest one */
  guint64 index;    /* of the newest verdict record */
  GStrv affected;   /* paths of reports and bundles made from superseded verdicts */
  json_t *changes;  /* array {"requirement", "before", "after"}: against the newest one; before is null
                       where there was none */
  char *rules_before, *rules; /* digests of the rules; the former NULL where there was no verdict */
  GStrv heirs;      /* runs that took passes over from this one, and are to be computed again too */
} AkAppVerdict;
void ak_app_verdict_clear(AkAppVerdict *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkAppVerdict, ak_app_verdict_clear)

/* The verdicts that the evidence of a run gives by another profile, as ak_verdict_compute makes them,
 * dated `now_utc_us`; nothing is recorded. What a test would have to look at that the run's plan does
 * not hold is missing from them. The caller's. */
json_t *ak_app_verdict_judge(AkWorkspace *workspace, const char *run_id, const char *profile,
                             const char *rules_dir, gint64 now_utc_us, GError **error);

/* Computes and, where the result or its rules differ from the newest verdict record, appends one
 * that supersedes it. `affected` lists the derived files of this run that were there before. */
bool ak_app_verdict_record(AkWorkspace *workspace, const char *run_id, const char *rules_dir,
                           gint64 now_utc_us, AkAppVerdict *out, GError **error);
