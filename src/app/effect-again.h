/* What can be said of a trial that was run: its result again, judged again, and two side by side.
 * All work from the evidence log alone. */
#pragma once

#include "app/workspace.h"
#include "core/effect-rows.h"
#include "util/json.h"

/* The result as the records tell it (docs/formats/effect-result.md). `panel`
 * (docs/formats/panel.md) may be NULL. Of each list the result holds AK_EFFECT_ROWS_HELD rows, `rows`
 * gets the others; NULL: the result holds all. The caller's; NOT_FOUND for a run that is no trial. */
json_t *ak_app_effect_result(AkWorkspace *workspace, const char *run_id, const json_t *panel,
                             AkEffectRows *rows, GError **error);

/* The same from the stored bytes: every answer and log line is judged again. Beside the result
 * "rescore":
 * {"cases", "differing": [{"corpus", "case", "product", "repetition"}], "differing_count"}. The
 * caller's. */
json_t *ak_app_effect_rescore(AkWorkspace *workspace, const char *run_id, AkEffectRows *rows,
                              GError **error);

/* {"runs", "agree", "products", "comparisons", "statistics"}: the products of one run beside those
 * of the other, on the same cases. The caller's. CONFLICT, naming each difference, unless plan,
 * corpora, harness, host class and control run agree. */
json_t *ak_app_effect_compare(AkWorkspace *workspace, const char *run_a, const char *run_b,
                              GError **error);

/* A note that stands beside the result from then on, as "comment", "dispute", "retest" or
 * "withdrawal"; it is entered into the log and cannot be taken back. */
typedef struct {
  const char *kind, *by, *text;
  const char *const *cases; /* ids that a dispute is about; or NULL */
} AkAppEffectNote;
extern const char *const ak_app_effect_note_kinds[]; /* ends with NULL */

/* CONFIG for a kind that is none, a missing or an overlong text; NOT_FOUND for a run that is no
 * trial, or a case that it does not have. */
bool ak_app_effect_note(AkWorkspace *workspace, const char *run_id, const AkAppEffectNote *note,
                        GError **error);
