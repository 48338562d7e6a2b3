/* The main use case: verify a product against a profile, from product file to verdict. */
#pragma once

#include "app/reuse.h"
#include "app/verdict.h"
#include "verify/run/runner.h"

/* A door that lets so many threads in at a time. */
typedef struct {
  GMutex lock;
  GCond left;
  guint room;
} AkGate;
void ak_gate_init(AkGate *self, guint room);
void ak_gate_clear(AkGate *self);
void ak_gate_enter(AkGate *self);
void ak_gate_leave(AkGate *self);

/* What runs side by side have in common (app/fleet.h). */
typedef struct {
  AkRunPool *pool; /* their tests take turns on it */
  AkReuse *reuse;  /* files that were looked at already */
  AkGate desk;     /* planning and judging: much memory for a moment */
  guint sharers;   /* how many sweep at once and divide the process's descriptors */
} AkVerifyShare;

typedef struct {
  const char *profile;    /* "en303645" */
  const char *ports;      /* what discovery covers; NULL: all */
  const char *network_namespace; /* "akashi-…", in which the devices are; NULL: as the product file says */
  guint jobs;             /* tests at a time on this product; 0: the default */
  bool no_cache;          /* images are unpacked anew, and nothing of it is kept (app/cache.h) */
  AkVerifyShare *share;   /* with other runs of this process; NULL: it is alone */
  guint repeat;           /* 0: 1 */
  guint64 seed;           /* 0: from the clock */
  const char *run_id;     /* NULL: made from the clock */
  const char *rules_dir;  /* catalogues and profiles of the user; NULL: the program's */
  const char *const *only; /* ids of tests, or NULL for all */
  const char *retest_of;  /* the run that is repeated in part, or NULL */
  const json_t *impact;   /* of an impact.yaml (exchange/impact-yaml.h), or NULL */
  AkRunProgress progress;
  gpointer progress_data;
  bool (*cancelled)(gpointer data);
  gpointer cancelled_data;
} AkVerifyOptions;

typedef struct {
  char *run_id;
  bool finished;
  guint64 first_record; /* no record of the run is before; 0: not known */
  json_t *product;   /* {"name", "model", "version"} */
  char *profile;
  json_t *earlier;   /* array: earlier runs of that version, {"run", "end"} */
  AkAppVerdict verdict; /* where finished */
} AkVerifyResult;
void ak_verify_result_clear(AkVerifyResult *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkVerifyResult, ak_verify_result_clear)

/* Plans a run of `product` (logged with its consent before anything is sent), runs it and records
 * its verdict. With `finished` false the run was cancelled and can be resumed. CONFLICT where another
 * process works on a run of that id (app/run-lock.h). */
bool ak_app_verify(AkWorkspace *workspace, const AkProduct *product,
                   const AkVerifyOptions *options, AkVerifyResult *out, GError **error);

/* Goes on with a run that was stopped or killed; of `options` only progress, cancelled, jobs, no_cache and
 * rules_dir count. A run that has ended is given back as it is. */
bool ak_app_verify_resume(AkWorkspace *workspace, const char *run_id,
                          const AkVerifyOptions *options, AkVerifyResult *out, GError **error);

/* How many packets a second a run of `product` may send to real devices; 0: it is not limited, as there are
 * none. */
guint ak_app_verify_rate(const AkProduct *product);
/* The network namespace that a run enters, borrowed, or NULL; `given` (may be NULL) counts first. */
const char *ak_app_verify_namespace(const AkProduct *product, const char *given);

/* A new name, made from the clock; caller frees. */
char *ak_app_verify_new_id(gint64 now_utc_us);
guint64 ak_app_verify_new_seed(void);

/* The newest run that has not ended and on which no process works, or NULL with NOT_FOUND; caller frees. */
char *ak_app_verify_unfinished(AkWorkspace *workspace, GError **error);

/* All of them on which no process works, the oldest first. */
GStrv ak_app_verify_all_unfinished(AkWorkspace *workspace, GError **error);

/* Ids of the tests that the failed and open cases of `run_id` rest on, and of those that need one of
 * them (for --retest); the caller's. */
GStrv ak_app_retest_tests(AkWorkspace *workspace, const char *run_id, GError **error);
