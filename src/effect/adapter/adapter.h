/* How a kind of product is given cases, and how its answers and logs are read: constant data; the table
 * is generated from the folder's list. A new kind is one file, one word in the list, one test
 * (README.md).
 *
 * Giving and reading are kept apart: `give` does the talking and keeps the bytes, `judge` says from
 * these bytes alone what became of the cases, so that it can be said again years later. */
#pragma once

#include "effect/batch.h"
#include "effect/process.h"

/* Where a product stands while it is tried; all borrowed. */
typedef struct {
  const AkRangeProduct *product; /* NULL: the control run, straight to the target */
  const AkRangeLimits *limits;
  const AkPlaceholders *placeholders;
  const char *folder;     /* its own; NULL where it is reached at an address */
  const char *address;    /* numeric */
  guint16 port;           /* 0: it has none */
  const char *target_log; /* path of the target's; NULL: there is no target */
  AkProcess *process;     /* NULL where it is reached at an address */
  const char *groups;     /* AkProcessSpec.groups of what the adapter starts; NULL: nobody notes it */
  AkProcessUse *used;     /* gets what programs used that the adapter started, once they end; or NULL */
  guint *deaths;          /* of the product in the repetition so far, against limits->deaths: an adapter that starts
                             it again by itself counts those that it sees; others the trial counts */
  gint64 began_ns;        /* monotonic: when the trial began */
  bool (*cancelled)(gpointer data);
  gpointer cancelled_data;
} AkEffectPlace;

typedef struct _AkEffectAdapter {
  const char *id; /* "proxy-waf" */
  AkEffectKind kind;
  bool is_started; /* the adapter itself starts the product's command, as often as it needs */
  const char *help_en, *help_ja;
  /* Does the range say all that it needs of a product? CONFIG where not; NULL: nothing to look at. */
  bool (*check)(const AkRangeProduct *product, GError **error);
  /* What is kept from batch to batch; the place outlives it. */
  gpointer (*open)(const AkEffectPlace *place, GError **error);
  void (*close)(gpointer self);
  /* What a program that it started and that still runs uses; NULL: none outlives a case. */
  AkProcessUse (*use)(gconstpointer self);
  /* Gives the turns from `from` on and waits for the log. Turns that it did not come to, as the
   * product died or the run is cancelled, stay NOT_GIVEN, and it is true all the same; false only
   * where the range itself fails. */
  bool (*give)(gpointer self, AkEffectBatch *batch, guint from, GError **error);
  /* `reading` is that of the product; NULL: the control run. */
  void (*judge)(AkEffectBatch *batch, const AkRangeReading *reading, const AkRangeLimits *limits);
} AkEffectAdapter;

extern const AkEffectAdapter *const ak_effect_adapter_table[]; /* generated; ends with NULL */

/* NULL where there is none of that id. */
const AkEffectAdapter *ak_effect_adapter_find(const char *id);
