/* An engine that is run on one capture in which all captures of a batch are merged (effect/capture-merge.h):
 * an alert's "vlan" tells which one it is about. An engine that ends badly is run again on each half, until
 * the capture is found over which it does. */
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
#define OUTPUT_BYTES (16u << 20) /* of what the engine prints; it is not kept */

typedef struct {
  const AkEffectPlace *place; /* borrowed */
  AkEffectBatch *batch;       /* of the call under way */
  char *log, *capture;        /* paths */
  guint found;                /* captures over which it ended badly */
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
  g_autofree char *folder = ak_ids_folder(place, "captures", false, error);
  if (folder == NULL)
    return NULL;
  Merged *self = g_new0(Merged, 1);
  self->place = place;
  self->log = g_build_filename(place->folder, place->product->reading.log_file, NULL);
  self->capture = g_build_filename(folder, "merged.pcap", NULL);
  return self;
}

/* Those that cannot be merged are the range's failure. */
static bool write_merged(Merged *self, const Some *some, GError **error) {
  g_auto(AkCaptureMerge) merge = {0};
  ak_capture_merge_init(&merge);
  for (guint i = 0; i < some->count; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(self->batch, some->indexes[i]);
    gsize size = 0;
    const void *bytes = ak_effect_case_data(turn->one, &size);
    some->begin_us[i] = ak_capture_file_slot(merge.slot);
    if (!ak_capture_merge_add(&merge, bytes, size, some->indexes[i], NULL))
      turn->end = AK_EFFECT_END_HARNESS;
  }
  return ak_kit_write_file(self->capture, merge.out->data, merge.out->len, error);
}

/* Of its life so far: processor time, time in which it waited for a processor, and the size of its log.
 * None of them grows where it waits for something that does not come. */
static guint64 life_of(const Merged *self, const AkChild *child) {
  AkProcessUse use = ak_process_use(child->process);
  GStatBuf st;
  guint64 written = g_lstat(self->log, &st) == 0 ? (guint64)st.st_size : 0;
  return (guint64)(use.cpu_us + use.waited_us) + written;
}

/* Until it ends, or does nothing any more for as long as a late answer may take, or takes longer than that for
 * each capture. */
static bool await_end(const Merged *self, AkChild *child, guint count) {
  const AkRangeLimits *limits = self->place->limits;
  gint64 patience_ns = ((gint64)limits->case_ms + limits->late_ms) * NS_PER_MS;
  gint64 ready_ns = ak_kit_now_ns() + (gint64)self->place->product->ready_ms * NS_PER_MS;
  gint64 until_ns = ready_ns + patience_ns * count;
  AkTalk talk = {.to = -1, .from = child->from, .until_ns = ready_ns, .max_bytes = OUTPUT_BYTES};
  g_autoptr(GByteArray) said = g_byte_array_new();
  AkTalkEnd end = ak_talk(&talk, said);
  for (guint64 before = 0, now = 1; end == AK_TALK_TIME && now != before && talk.until_ns < until_ns;
       now = life_of(self, child)) {
    before = life_of(self, child);
    talk.until_ns = MIN(ak_kit_now_ns() + patience_ns, until_ns);
    end = ak_talk(&talk, said);
  }
  while (end == AK_TALK_CLOSED && ak_process_is_alive(child->process) &&
         ak_kit_now_ns() < until_ns)
    g_usleep(POLL_US);
  return end == AK_TALK_CLOSED && !ak_process_is_alive(child->process);
}

/* ANSWERED with status 0. */
static AkEffectEnd wait_for(const Merged *self, AkChild *child, guint count) {
  int status = -1;
  if (!await_end(self, child, count))
    return AK_EFFECT_END_HUNG;
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

/* The log is taken of a run that ended well, or of one over a single capture. A flood of one capture
 * among many is nobody's in particular: it is the batch's. */
static void take_log(Merged *self, const Some *some, AkLogTail *tail, AkEffectEnd end,
                     gint64 began_ns) {
  AkIdsNote part = {.at = self->batch->log->len, .is_shared = true};
  AkIdsLog log = ak_ids_take_log(tail, self->batch, self->place->limits->log_bytes);
  self->batch->log_is_flooded |= log == AK_IDS_LOG_FULL;
  part.log = log == AK_IDS_LOG_FULL ? AK_IDS_LOG_WHOLE : log;
  part.length = self->batch->log->len - part.at;
  settle(self, some, end, began_ns, &part);
}

static bool run_some(Merged *self, Some some, GError **error);

static bool run_halves(Merged *self, const Some *some, GError **error) {
  guint half = some->count / 2;
  return run_some(self, (Some){some->indexes, some->begin_us, half}, error) &&
         run_some(self, (Some){some->indexes + half, some->begin_us + half, some->count - half},
                  error);
}

static bool run_some(Merged *self, Some some, GError **error) {
  gint64 began_ns = ak_kit_now_ns();
  bool is_cancelled =
      self->place->cancelled != NULL && self->place->cancelled(self->place->cancelled_data);
  if (some.count == 0 || is_cancelled)
    return true;
  if (some.count > AK_CAPTURE_SLOTS)
    return run_halves(self, &some, error);
  g_unlink(self->log); /* so that what is read is of this run, however the engine opens it */
  g_autoptr(AkLogTail) tail = ak_log_tail_new(self->log);
  if (!write_merged(self, &some, error))
    return false;
  g_autoptr(AkChild) child = ak_child_start(self->place, self->capture, AK_CHILD_OUTPUT, error);
  if (child == NULL)
    return false;
  AkEffectEnd end = wait_for(self, child, some.count);
  g_clear_pointer(&child, ak_child_free); /* what it still wrote would be in the next one's log */
  bool is_last = end == AK_EFFECT_END_ANSWERED || some.count == 1 ||
                 self->found > self->place->limits->deaths;
  if (!is_last)
    return run_halves(self, &some, error);
  self->found += end != AK_EFFECT_END_ANSWERED;
  take_log(self, &some, tail, end, began_ns);
  return true;
}

static bool merged_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Merged *self = data;
  g_autofree guint *indexes = g_new0(guint, batch->turns->len + 1);
  g_autofree gint64 *begin_us = g_new0(gint64, batch->turns->len + 1);
  guint count = 0;
  self->batch = batch;
  self->found = 0;
  for (guint i = from; i < batch->turns->len; i++)
    if (ak_effect_batch_turn(batch, i)->end == AK_EFFECT_END_NOT_GIVEN)
      indexes[count++] = i;
  return run_some(self, (Some){indexes, begin_us, count}, error);
}

const AkIdsWay ak_ids_merged = {
    .open = merged_open, .close = merged_close, .give = merged_give};
