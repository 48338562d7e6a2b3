/* A network engine that reads captures and writes alerts as lines of JSON (EVE), such as Suricata with -r.
 *
 * Its command is run with the word @FILE@ replaced by a capture in which all captures of a batch are merged
 * (effect/capture-merge.h); an alert's "vlan" tells which one it is about. An engine that ends badly is run
 * again on each half, until the capture is found over which it does.
 *
 * Source: Suricata's user guide, "EVE JSON Format": event_type, vlan. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "effect/adapter/child.h"
#include "effect/adapter/kit.h"
#include "effect/adapter/talk.h"
#include "effect/capture-merge.h"

#define POLL_US 500
#define OUTPUT_BYTES (16u << 20) /* of what the engine prints; it is not kept */

typedef struct {
  const AkEffectPlace *place; /* borrowed */
  AkEffectBatch *batch;       /* of the call under way */
  char *log;                  /* path of the engine's */
  guint found;                /* captures over which it ended badly */
} Ids;

static void ids_close(gpointer data) {
  Ids *self = data;
  g_free(self->log);
  g_free(self);
}

static gpointer ids_open(const AkEffectPlace *place, GError **error) {
  const AkRangeProduct *product = place->product;
  bool has_file = false;
  for (char *const *word = product->command; word != NULL && *word != NULL; word++)
    has_file |= strcmp(*word, "@FILE@") == 0;
  if (!has_file || product->reading.log_file == NULL ||
      g_path_is_absolute(product->reading.log_file)) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "%s: the adapter ids needs start.command with the word @FILE@, and log.file in the "
                 "product's folder",
                 product->id);
    return NULL;
  }
  Ids *self = g_new0(Ids, 1);
  self->place = place;
  self->log = g_build_filename(place->folder, product->reading.log_file, NULL);
  return self;
}

/* --- giving ------------------------------------------------------------------------------------- */

/* The captures of `count` turns as one file; those that cannot be merged are the range's failure. */
static bool write_merged(Ids *self, const guint *indexes, guint count, const char *path,
                         GError **error) {
  g_auto(AkCaptureMerge) merge = {0};
  g_autoptr(GError) failure = NULL;
  ak_capture_merge_init(&merge);
  for (guint i = 0; i < count; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(self->batch, indexes[i]);
    gsize size = 0;
    const void *bytes = ak_effect_case_data(turn->one, &size);
    if (!ak_capture_merge_add(&merge, bytes, size, indexes[i], NULL))
      turn->end = AK_EFFECT_END_HARNESS;
  }
  g_unlink(path); /* GLib does not cut a file that was longer */
  return g_file_set_contents_full(path, (const char *)merge.out->data, (gssize)merge.out->len,
                                  G_FILE_SET_CONTENTS_NONE, 0644, &failure) ||
         ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
}

/* Until it ends: ANSWERED with status 0. */
static AkEffectEnd wait_for(const Ids *self, AkChild *child, guint count) {
  gint64 patience_ms = self->place->product->ready_ms + (gint64)self->place->limits->case_ms * count;
  AkTalk talk = {.to = -1,
                 .from = child->from,
                 .until_ns = ak_kit_now_ns() + patience_ms * 1000000,
                 .max_bytes = OUTPUT_BYTES};
  g_autoptr(GByteArray) said = g_byte_array_new();
  int status = -1;
  AkTalkEnd end = ak_talk(&talk, said);
  while (end == AK_TALK_CLOSED && ak_process_is_alive(child->process) &&
         ak_kit_now_ns() < talk.until_ns)
    g_usleep(POLL_US);
  if (end != AK_TALK_CLOSED || ak_process_is_alive(child->process))
    return AK_EFFECT_END_HUNG;
  return ak_process_has_exited(child->process, &status) && status == 0 ? AK_EFFECT_END_ANSWERED
                                                                       : AK_EFFECT_END_DIED;
}

static void settle(Ids *self, const guint *indexes, guint count, AkEffectEnd end, gint64 began_ns) {
  for (guint i = 0; i < count; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(self->batch, indexes[i]);
    if (turn->end == AK_EFFECT_END_NOT_GIVEN)
      turn->end = end;
    turn->outcome.began_ns = began_ns - self->place->began_ns;
    turn->outcome.took_ns = ak_kit_now_ns() - began_ns;
  }
}

/* The log of a run that ended well, or of one over a single capture. */
static void take_log(Ids *self, AkLogTail *tail) {
  ak_log_tail_read(tail, self->batch->log, self->place->limits->log_bytes);
  self->batch->log_is_flooded |= ak_log_tail_is_full(tail);
}

static bool run_some(Ids *self, const guint *indexes, guint count, GError **error) {
  g_autofree char *path = g_build_filename(self->place->folder, "captures.pcap", NULL);
  gint64 began_ns = ak_kit_now_ns();
  bool is_cancelled =
      self->place->cancelled != NULL && self->place->cancelled(self->place->cancelled_data);
  if (count == 0 || is_cancelled)
    return true;
  g_unlink(self->log); /* so that what is read is of this run, however the engine opens it */
  g_autoptr(AkLogTail) tail = ak_log_tail_new(self->log);
  if (!write_merged(self, indexes, count, path, error))
    return false;
  g_autoptr(AkChild) child = ak_child_start(self->place, path, false, error);
  if (child == NULL)
    return false;
  AkEffectEnd end = wait_for(self, child, count);
  bool is_last = end == AK_EFFECT_END_ANSWERED || count == 1 ||
                 self->found > self->place->limits->deaths;
  if (is_last) {
    self->found += end != AK_EFFECT_END_ANSWERED;
    take_log(self, tail);
    settle(self, indexes, count, end, began_ns);
    return true;
  }
  return run_some(self, indexes, count / 2, error) &&
         run_some(self, indexes + count / 2, count - count / 2, error);
}

static bool ids_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Ids *self = data;
  g_autofree guint *indexes = g_new0(guint, batch->turns->len + 1);
  guint count = 0;
  self->batch = batch;
  self->found = 0;
  for (guint i = from; i < batch->turns->len; i++)
    if (ak_effect_batch_turn(batch, i)->end == AK_EFFECT_END_NOT_GIVEN)
      indexes[count++] = i;
  return run_some(self, indexes, count, error);
}

/* --- judging -------------------------------------------------------------------------------------- */

static bool read_number(const char **at, const char *end, guint *out) {
  guint value = 0;
  const char *from = *at;
  while (*at < end && g_ascii_isdigit(**at) && value < 100000)
    value = value * 10 + (guint)(*(*at)++ - '0');
  *out = value;
  return *at > from;
}

/* "vlan":[OUTER,INNER … → the turn; NULL where the line tells none. */
static AkEffectTurn *turn_of(const AkEffectBatch *batch, const char *line, gsize size) {
  static const char name[] = "\"vlan\":[";
  const char *at = memmem(line, size, name, sizeof name - 1), *end = line + size;
  guint outer = 0, inner = 0;
  guint32 number = 0;
  if (at == NULL)
    return NULL;
  at += sizeof name - 1;
  if (!read_number(&at, end, &outer) || at >= end || *at++ != ',' ||
      !read_number(&at, end, &inner) || !ak_capture_merge_number(outer, inner, &number))
    return NULL;
  return number < batch->turns->len ? ak_effect_batch_turn(batch, number) : NULL;
}

static void count_alerts(AkEffectBatch *batch, const char *alert, guint32 *alerts) {
  const char *data = (const char *)batch->log->data;
  for (gsize at = 0; at < batch->log->len;) {
    const char *newline = memchr(data + at, '\n', batch->log->len - at);
    gsize size = newline != NULL ? (gsize)(newline - data) - at : batch->log->len - at;
    bool is_alert = alert == NULL || memmem(data + at, size, alert, strlen(alert)) != NULL;
    AkEffectTurn *turn = is_alert ? turn_of(batch, data + at, size) : NULL;
    if (turn != NULL && alerts[turn - ak_effect_batch_turn(batch, 0)]++ == 0) {
      turn->outcome.line_at = batch->log_at + at;
      turn->outcome.line_length = size;
    }
    at += size + 1;
  }
}

/* Who reads captures blocks nothing. */
static void ids_judge(AkEffectBatch *batch, const AkRangeReading *reading,
                      const AkRangeLimits *limits) {
  g_autofree guint32 *alerts = g_new0(guint32, batch->turns->len + 1);
  ak_kit_forget(batch);
  if (batch->turns->len > 0)
    count_alerts(batch, reading->log_alert, alerts);
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    AkEffectOutcome *outcome = &turn->outcome;
    outcome->error = turn->end == AK_EFFECT_END_ANSWERED ? AK_EFFECT_FINE
                     : turn->end == AK_EFFECT_END_HUNG   ? AK_EFFECT_HUNG
                     : turn->end == AK_EFFECT_END_DIED   ? AK_EFFECT_DIED
                                                         : AK_EFFECT_HARNESS;
    if (alerts[i] > 0)
      outcome->logged = AK_EFFECT_YES;
    if (turn->end != AK_EFFECT_END_ANSWERED)
      continue;
    outcome->blocked = AK_EFFECT_NO;
    if (alerts[i] > limits->alerts_per_case || (alerts[i] == 0 && batch->log_is_flooded))
      outcome->error = AK_EFFECT_FLOODED;
    else if (alerts[i] == 0)
      outcome->logged = AK_EFFECT_NO;
  }
}

extern const AkEffectAdapter ak_adapter_ids_adapter;
const AkEffectAdapter ak_adapter_ids_adapter = {
    .id = "ids",
    .kind = AK_EFFECT_CAPTURE,
    .is_started = true,
    .help_en = "a network engine that reads captures and writes alerts as EVE JSON",
    .help_ja = "キャプチャを読み、警報を EVE JSON で書くネットワーク検知エンジン",
    .open = ids_open,
    .close = ids_close,
    .give = ids_give,
    .judge = ids_judge,
};
