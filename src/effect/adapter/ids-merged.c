/* An engine that is run on one capture in which all captures of a batch are merged (effect/capture-merge.h):
 * an alert's "vlan" tells which one it is about. An engine that dies, hangs or floods its log is run again on
 * each half, until the capture is found over which it does; so are captures that are too large together.
 *
 * That search has two ends. Each death that is found counts as one of the repetition, after which the engine is not
 * started again. Of captures over which it hangs or floods as many are looked for in each batch; over others it is not
 * run alone: all of a run that hangs have hung, and of one that floods those are flooded that have no alert. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "effect/adapter/child.h"
#include "effect/adapter/ids.h"
#include "effect/adapter/kit.h"
#include "effect/adapter/talk.h"
#include "effect/capture-file.h"
#include "effect/capture-merge.h"

#define NS_PER_MS 1000000
#define POLL_US 500
#define SLICE_NS G_GINT64_CONSTANT(200000000) /* between looks at whether it does something, and at its log */
#define OUTPUT_BYTES (16u << 20) /* of what the engine prints in one slice */

typedef struct {
  const AkEffectPlace *place; /* borrowed */
  AkEffectBatch *batch;       /* of the call under way */
  char *log, *capture;        /* paths */
  bool has_old_log;           /* the engine put something there that does not go */
  guint found, from;          /* over how many captures it hung or flooded in the batch that began at that place */
} Merged;

/* Some of a batch, by their indexes, and when each begins in the merged capture. */
typedef struct {
  const guint *indexes;
  gint64 *begin_us;
  guint count;
} Some;

static void merged_close(gpointer data) {
  Merged *self = data;
  g_free(self->log);
  g_free(self->capture);
  g_free(self);
}

static gpointer merged_open(const AkEffectPlace *place, GError **error) {
  g_autofree char *folder = ak_kit_folder(place, "captures", false, error);
  if (folder == NULL)
    return NULL;
  Merged *self = g_new0(Merged, 1);
  self->place = place;
  self->log = g_build_filename(place->folder, place->product->reading.log_file, NULL);
  self->capture = g_build_filename(folder, "merged.pcap", NULL);
  return self;
}

/* Those that cannot be merged are the range's failure. False in `fits` where together they are too large, and
 * nothing is written; one that is by itself is such a failure. */
static bool write_merged(Merged *self, const Some *some, bool *fits, GError **error) {
  g_auto(AkCaptureMerge) merge = {0};
  ak_capture_merge_init(&merge);
  for (guint i = 0; i < some->count; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(self->batch, some->indexes[i]);
    g_autoptr(GError) failure = NULL;
    gsize size = 0;
    const void *bytes = ak_effect_case_data(turn->one, &size);
    some->begin_us[i] = ak_capture_file_slot(merge.slot);
    ak_effect_batch_breathe(self->batch, i);
    if (ak_capture_merge_add(&merge, bytes, size, some->indexes[i], &failure))
      continue;
    *fits = some->count == 1 || !g_error_matches(failure, AK_ERROR, AK_ERROR_LIMIT);
    if (!*fits)
      return true;
    turn->end = AK_EFFECT_END_HARNESS;
  }
  return ak_kit_write_file(self->capture, merge.out->data, merge.out->len, error);
}

/* --- watching the engine ----------------------------------------------------------------------------- */

typedef struct {
  const Merged *self;
  AkChild *child;
  gint64 ready_ns, patience_ns, until_ns; /* until when nothing is expected of it; when it must have ended */
  gint64 idle_ns, look_ns;                /* when it will have done nothing for too long; of the next look */
  guint64 life, log_bytes;                /* log_bytes: that its log may have */
} Watch;

static guint64 log_size(const Merged *self) {
  GStatBuf st;
  return g_lstat(self->log, &st) == 0 ? (guint64)st.st_size : 0;
}

static bool is_cancelled(const Merged *self) {
  return self->place->cancelled != NULL && self->place->cancelled(self->place->cancelled_data);
}

/* Of its life so far: processor time, time in which it waited for a processor, and the size of its log.
 * None of them grows where it waits for something that does not come. */
static void note_life(Watch *watch, gint64 now_ns) {
  AkProcessUse use = ak_process_use(watch->child->process);
  guint64 life = (guint64)(use.cpu_us + use.waited_us) + log_size(watch->self);
  if (life != watch->life)
    watch->idle_ns = MAX(now_ns, watch->ready_ns) + watch->patience_ns;
  watch->life = life;
}

/* ANSWERED: let it go on. */
static AkEffectEnd look(Watch *watch) {
  gint64 now_ns = ak_kit_now_ns();
  if (is_cancelled(watch->self))
    return AK_EFFECT_END_NOT_GIVEN;
  if (now_ns < watch->look_ns)
    return AK_EFFECT_END_ANSWERED;
  watch->look_ns = now_ns + SLICE_NS;
  note_life(watch, now_ns);
  if (log_size(watch->self) > watch->log_bytes)
    return AK_EFFECT_END_BROKEN;
  return now_ns >= MIN(watch->idle_ns, watch->until_ns) ? AK_EFFECT_END_HUNG : AK_EFFECT_END_ANSWERED;
}

/* Until it has closed its output and ended. ANSWERED then; NOT_GIVEN where the trial is cancelled, BROKEN where
 * its log is too large, HUNG where it does nothing any more for as long as a late answer may take, or takes
 * longer than that for each capture. */
static AkEffectEnd await_end(Watch *watch) {
  AkTalk talk = {.to = -1, .from = watch->child->from, .max_bytes = OUTPUT_BYTES};
  g_autoptr(GByteArray) said = g_byte_array_new();
  for (bool is_closed = false; !is_closed || ak_process_is_alive(watch->child->process);) {
    AkEffectEnd end = look(watch);
    if (end != AK_EFFECT_END_ANSWERED)
      return end;
    talk.until_ns = MIN(ak_kit_now_ns() + SLICE_NS, watch->until_ns);
    g_byte_array_set_size(said, 0); /* what it prints is not kept */
    if (is_closed)
      g_usleep(POLL_US);
    else
      is_closed = ak_talk(&talk, said) == AK_TALK_CLOSED;
  }
  return AK_EFFECT_END_ANSWERED;
}

/* ANSWERED with status 0. */
static AkEffectEnd wait_for(const Merged *self, AkChild *child, guint count, guint64 log_bytes) {
  const AkRangeLimits *limits = self->place->limits;
  gint64 patience_ns = ((gint64)limits->case_ms + limits->late_ms) * NS_PER_MS;
  gint64 ready_ns = ak_kit_now_ns() + (gint64)self->place->product->ready_ms * NS_PER_MS;
  Watch watch = {.self = self,
                 .child = child,
                 .ready_ns = ready_ns,
                 .patience_ns = patience_ns,
                 .until_ns = ready_ns + patience_ns * count,
                 .idle_ns = ready_ns,
                 .log_bytes = log_bytes};
  int status = -1;
  AkEffectEnd end = await_end(&watch);
  if (end != AK_EFFECT_END_ANSWERED)
    return end;
  return ak_process_has_exited(child->process, &status) && status == 0 ? AK_EFFECT_END_ANSWERED
                                                                       : AK_EFFECT_END_DIED;
}

/* `part`: what they share. */
static void settle(Merged *self, const Some *some, AkEffectEnd end, gint64 began_ns,
                   const AkIdsNote *part) {
  for (guint i = 0; i < some->count; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(self->batch, some->indexes[i]);
    AkIdsNote note = *part;
    note.begin_us = some->begin_us[i];
    if (turn->end == AK_EFFECT_END_NOT_GIVEN)
      turn->end = end;
    turn->outcome.began_ns = began_ns - self->place->began_ns;
    turn->outcome.took_ns = ak_kit_now_ns() - began_ns;
    ak_ids_note_keep(&note, self->batch, turn);
  }
}

/* Of a run that is not given again. An engine that was ended as its log had grown too large has answered as far as
 * that log goes: whose flood it is, judging tells. */
static void take_log(Merged *self, const Some *some, AkLogTail *tail, AkEffectEnd end,
                     gint64 began_ns) {
  AkIdsNote part = {.at = self->batch->log->len, .is_shared = true};
  part.log = ak_ids_take_log(tail, self->batch, self->place->limits->log_bytes);
  if (end == AK_EFFECT_END_BROKEN)
    part.log = AK_IDS_LOG_FULL; /* whatever it still did to its log before it was ended */
  if (self->has_old_log)
    part.log = AK_IDS_LOG_HALF;
  part.length = self->batch->log->len - part.at;
  settle(self, some, end == AK_EFFECT_END_BROKEN ? AK_EFFECT_END_ANSWERED : end, began_ns, &part);
}

static bool run_some(Merged *self, Some some, GError **error);

static bool run_halves(Merged *self, const Some *some, GError **error) {
  guint half = some->count / 2;
  return run_some(self, (Some){some->indexes, some->begin_us, half}, error) &&
         run_some(self, (Some){some->indexes + half, some->begin_us + half, some->count - half},
                  error);
}

/* A death that does not come again over either half is one over these captures together: no capture's error, but told. */
static bool search_halves(Merged *self, const Some *some, AkEffectEnd end, GError **error) {
  guint known = *self->place->deaths;
  if (!run_halves(self, some, error))
    return false;
  bool is_searched = !self->batch->is_full && !is_cancelled(self); /* else the rest is given again */
  *self->place->deaths += is_searched && end == AK_EFFECT_END_DIED && *self->place->deaths == known;
  return true;
}

/* May more be looked for? */
static bool has_budget(const Merged *self, AkEffectEnd end) {
  guint most = self->place->limits->deaths;
  return (end == AK_EFFECT_END_DIED ? *self->place->deaths : self->found) <= most;
}

/* Died, hung, or with a log for which there is no room: on its halves it is found over which capture. A log
 * that has no room beside those of earlier runs makes the batch end before this one. */
static bool settle_run(Merged *self, const Some *some, AkLogTail *tail, AkEffectEnd end,
                       gint64 began_ns, GError **error) {
  guint64 used = self->batch->log->len;
  bool is_flooded = log_size(self) > self->place->limits->log_bytes - used;
  bool is_fine = end == AK_EFFECT_END_ANSWERED && !is_flooded;
  self->batch->is_full = is_flooded && used > 0;
  if (end == AK_EFFECT_END_NOT_GIVEN || self->batch->is_full)
    return true;
  if (!is_fine && some->count > 1 && has_budget(self, end))
    return search_halves(self, some, end, error);
  *self->place->deaths += end == AK_EFFECT_END_DIED;
  self->found += !is_fine && end != AK_EFFECT_END_DIED;
  take_log(self, some, tail, end, began_ns);
  return true;
}

static bool run_some(Merged *self, Some some, GError **error) {
  gint64 began_ns = ak_kit_now_ns();
  bool fits = some.count <= AK_CAPTURE_SLOTS;
  bool is_over = *self->place->deaths > self->place->limits->deaths; /* the trial says what becomes of the rest */
  if (some.count == 0 || self->batch->is_full || is_over || is_cancelled(self))
    return true;
  self->has_old_log = !ak_ids_drop_log(self->log); /* what is read is of this run, however the engine opens it */
  g_autoptr(AkLogTail) tail = ak_log_tail_new(self->log);
  if (fits && !write_merged(self, &some, &fits, error))
    return false;
  if (!fits)
    return run_halves(self, &some, error);
  g_autoptr(AkChild) child = ak_child_start(self->place, self->capture, AK_CHILD_OUTPUT, error);
  if (child == NULL)
    return false;
  guint64 room = self->place->limits->log_bytes - self->batch->log->len;
  AkEffectEnd end = wait_for(self, child, some.count, room);
  g_clear_pointer(&child, ak_child_free); /* what it still wrote would be in the next one's log */
  return settle_run(self, &some, tail, end, began_ns, error);
}

static bool merged_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Merged *self = data;
  g_autofree guint *indexes = g_new0(guint, batch->turns->len + 1);
  g_autofree gint64 *begin_us = g_new0(gint64, batch->turns->len + 1);
  guint count = 0;
  self->batch = batch;
  guint begin = batch->first - batch->first % MAX(self->place->limits->batch, 1); /* had it not ended early */
  self->found = begin == self->from ? self->found : 0;
  self->from = begin;
  for (guint i = from; i < batch->turns->len; i++)
    if (ak_effect_batch_turn(batch, i)->end == AK_EFFECT_END_NOT_GIVEN)
      indexes[count++] = i;
  return run_some(self, (Some){indexes, begin_us, count}, error);
}

const AkIdsWay ak_ids_merged = {
    .open = merged_open, .close = merged_close, .give = merged_give};
