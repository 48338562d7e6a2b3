/* A trial of effectiveness from its range file to its figures. */
#pragma once

#include "app/workspace.h"
#include "core/effect-rows.h"
#include "core/range.h"
#include "exchange/problem.h"

/* Reads the range file, the files that its products need, and its corpora. `problems` (of AkProblem, empty
 * before) gets what is wrong with the file, by place. The caller's; NULL with INVALID_DATA, NOT_FOUND,
 * LIMIT, IO, or CONFIG for an adapter that there is none of. */
AkRange *ak_app_effect_open(const char *path, GPtrArray *problems, GError **error);

typedef struct {
  const char *run_id;         /* NULL: a new one */
  const char *const *only;    /* ids of products, NULL-terminated; NULL: all */
  const char *const *cases;   /* ids of cases; NULL: all */
  void (*progress)(gpointer data, guint64 done, guint64 total);
  bool (*cancelled)(gpointer data);
  gpointer data;
  AkEffectRows *rows; /* gets what the lists of the result do not hold (core/effect-rows.h); NULL: they hold all */
} AkAppEffectOptions;

/* Enters the plan into the log, runs the trial, and says how it came out: {"run", "products",
 * "excluded", "plan", "finished"} (docs/formats/trial.md); the caller's. Cancelled, "finished" is false
 * and ak_app_effect_resume goes on. CONFLICT where the run is there already. */
json_t *ak_app_effect_run(AkWorkspace *workspace, const AkRange *range,
                          const AkAppEffectOptions *options, GError **error);

/* Goes on with a run where it was broken off: the range must be the planned one, by digest (else
 * CONFLICT). `options->only` and `cases` are those of the plan. */
json_t *ak_app_effect_resume(AkWorkspace *workspace, const AkRange *range, const char *run_id,
                             const AkAppEffectOptions *options, GError **error);

/* Runs one case of a run again with one product, as a run of its own, from the range file that the run was
 * planned with. CONFLICT where that file, or one that it names, is not what it was, or where the run did
 * not keep where it is; NOT_FOUND where the run, the product or the case is not there. The caller's. */
json_t *ak_app_effect_repeat(AkWorkspace *workspace, const char *run_id,
                             const AkAppEffectOptions *options, GError **error);

/* Were cases counted with this product of a result? */
bool ak_app_effect_was_tried(const json_t *product);

/* Serves the weak application on 127.0.0.1 until `*stop` is not 0; `log` (may be NULL) gets a line a
 * request (effect/target/README.md). */
bool ak_app_effect_target(guint16 port, const char *log, volatile const int *stop, GError **error);

/* The newest trial that has no end, or NULL with NOT_FOUND; caller frees. */
char *ak_app_effect_unfinished(AkWorkspace *workspace, GError **error);
