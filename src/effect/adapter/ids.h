/* Parts of the adapter `ids`: two ways in which an engine is started once for many captures. */
#pragma once

#include "effect/adapter/adapter.h"
#include "effect/log-tail.h"

/* How the log stood when a capture was done. */
typedef enum {
  AK_IDS_LOG_WHOLE,
  AK_IDS_LOG_HALF,    /* it ends within a line, or could not be read to its end */
  AK_IDS_LOG_MISSING, /* the engine wrote none */
  AK_IDS_LOG_FULL,    /* above its limit: the rest was not read */
} AkIdsLog;

/* What is kept about a capture, as its answer (docs/formats/trial.md). */
typedef struct {
  gint64 begin_us; /* when it began by the packets' clock as the engine read it; -1: not told */
  AkIdsLog log;
  gint64 at, length; /* its part of the batch's log; at -1: all of it */
  bool is_shared;    /* with other captures: alerts are told apart by their VLANs */
} AkIdsNote;

void ak_ids_note_keep(const AkIdsNote *note, AkEffectBatch *batch, AkEffectTurn *turn);
/* What cannot be read says nothing: a whole log, shared by all of the batch, and no times. */
AkIdsNote ak_ids_note_read(const AkEffectBatch *batch, const AkEffectTurn *turn);

/* Takes the log of an earlier run away. False where it stays: then what is read there tells nothing. */
bool ak_ids_drop_log(const char *path);

/* What was written since goes to the batch's log, which grows to `max_bytes` at most. */
AkIdsLog ak_ids_take_log(AkLogTail *tail, AkEffectBatch *batch, guint64 max_bytes);

/* A way: what `open` returned is given to the others. As AkEffectAdapter's. */
typedef struct {
  gpointer (*open)(const AkEffectPlace *place, GError **error);
  void (*close)(gpointer self);
  AkProcessUse (*use)(gconstpointer self); /* NULL: nothing outlives a call of give */
  bool (*give)(gpointer self, AkEffectBatch *batch, guint from, GError **error);
} AkIdsWay;

extern const AkIdsWay ak_ids_merged, ak_ids_socket;
