/* The trial: the control run, then every product in every repetition, each started, given its cases in
 * an order that the seed decides, and stopped. What comes back is handed over batch by batch, and the order lies
 * on a shelf (util/shelf.h), so that memory does not grow with the number of cases and a broken-off trial goes on
 * where it was. */
#pragma once

#include "effect/adapter/adapter.h"

/* A product in a repetition; unit 0 is the control run of the first. */
typedef struct {
  guint32 number;
  guint32 product; /* in the range file's order, or AK_EFFECT_CONTROL */
  guint32 repetition;
} AkTrialUnit;

/* In the order in which they are run: a control run first, then in each repetition all products, shuffled.
 * GArray of AkTrialUnit; the caller's. */
GArray *ak_trial_units(const AkRange *range);

/* Which cases are left out; asked for each of the adapter's kind, in their order. Those that are not are given
 * in an order that is part of the run's evidence: it follows from the seed, the unit, and which cases are left
 * out. */
typedef bool (*AkTrialExcluded)(gpointer data, const AkTrialUnit *unit, guint32 corpus,
                                guint32 index);

/* What a unit was, beside its cases. */
typedef struct {
  guint deaths;        /* how often the product ended by itself, or did not come up, in the unit so far */
  AkProcessUse use;    /* when the batch ended: of all that was started for the unit so far */
  gint64 took_ns;      /* of the batch: starting the product and waiting for its log included */
  gint64 given_ns;     /* of it, while cases were given: from the first on, until the log was read */
  AkProcessUse given;  /* what the product used in that time; memory as in `use` */
} AkTrialAccount;

typedef struct {
  const AkRange *range;
  char *const *target; /* command of the weak application, with placeholders; NULL: none */
  const char *folder;  /* exists: where products get their folders */
  const char *groups;  /* AkProcessSpec.groups, or NULL */
  guint64 token_key;
  gint64 began_ns;     /* monotonic */
  /* How many cases of the unit are done already; SIZE_MAX or more than there are: all. */
  gsize (*done)(gpointer data, const AkTrialUnit *unit);
  /* How often its product has ended by itself so far; NULL: never. */
  guint (*deaths)(gpointer data, const AkTrialUnit *unit);
  AkTrialExcluded excluded;
  /* Keeps a batch that has been judged; false ends the trial. */
  bool (*keep)(gpointer data, const AkTrialUnit *unit, const AkEffectBatch *batch,
               const AkTrialAccount *account, GError **error);
  void (*progress)(gpointer data, guint64 done, guint64 total); /* may be NULL */
  bool (*cancelled)(gpointer data);                             /* may be NULL */
  gpointer data;
} AkTrialSpec;

/* True with `finished` where all units are done; false in it where the trial was cancelled. A product
 * that cannot be started, or dies more often than the limits say, is no error: its cases end as DIED.
 * CONFIG for a product whose adapter there is none of; IO where the target cannot be run. */
bool ak_trial_run(const AkTrialSpec *spec, bool *finished, GError **error);
