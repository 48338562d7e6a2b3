/* An engine that stays running and takes captures over its Unix socket, one after the other: each has a
 * log of its own, and times of its own.
 *
 * Between two captures Suricata forgets flows, streams, fragments and hosts, but not how often a rule has
 * alarmed (threshold … track by_rule): so each is moved into a slot of time of its own (capture-file.h).
 *
 * Source: Suricata's user guide, "Interacting via Unix Socket": pcap-file, pcap-file-number (how many
 * wait), pcap-current (the one under way, or "None"). */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "effect/adapter/child.h"
#include "effect/adapter/engine-socket.h"
#include "effect/adapter/ids.h"
#include "effect/adapter/kit.h"
#include "effect/capture-file.h"

#define NS_PER_MS 1000000
#define CONNECT_US 5000
#define POLL_US 500      /* the engine looks after its captures when it is asked, else five times a second */
#define SHARE_BYTES (1u << 20) /* of a batch's log that a capture may have at least */

typedef struct {
  const AkEffectPlace *place;      /* borrowed */
  char *socket, *capture, *alerts; /* paths: its socket; the capture it is given; the folder of its log */
  char *log;
  AkChild *child;       /* NULL: it is to be started */
  AkEngineSocket *talk; /* as long as the child */
  guint slot;           /* of time, that the next capture gets; 0: a fresh engine's first */
} Socket;

static void stop(Socket *self) {
  g_clear_pointer(&self->talk, ak_engine_socket_free);
  g_clear_pointer(&self->child, ak_child_free);
  self->slot = 0;
}

static void socket_close(gpointer data) {
  Socket *self = data;
  stop(self);
  g_free(self->socket);
  g_free(self->capture);
  g_free(self->alerts);
  g_free(self->log);
  g_free(self);
}

static gpointer socket_open(const AkEffectPlace *place, GError **error) {
  g_autofree char *captures = ak_kit_folder(place, "captures", false, error);
  g_autofree char *alerts = captures != NULL ? ak_kit_folder(place, "alerts", true, error) : NULL;
  if (alerts == NULL)
    return NULL;
  Socket *self = g_new0(Socket, 1);
  self->place = place;
  self->socket = g_build_filename(place->folder, place->product->socket, NULL);
  self->capture = g_build_filename(captures, "capture.pcap", NULL);
  self->log = g_build_filename(alerts, place->product->reading.log_file, NULL);
  self->alerts = g_steal_pointer(&alerts);
  return self;
}

static AkProcessUse socket_use(gconstpointer data) {
  const Socket *self = data;
  return self->child != NULL ? ak_process_use(self->child->process) : (AkProcessUse){0};
}

/* Does it live, and has it been silent since the last capture was done? */
static bool is_sound(const Socket *self) {
  return ak_process_is_alive(self->child->process) && ak_engine_socket_is_quiet(self->talk);
}

/* Started, and answering; NULL `talk` without an error: it did not come up in time, or ended between two
 * captures, which is a death of its own and neither's. */
static bool start(Socket *self, GError **error) {
  gint64 until_ns = ak_kit_now_ns() + (gint64)self->place->product->ready_ms * NS_PER_MS;
  AkEngineEnd end = AK_ENGINE_CLOSED;
  bool is_up = self->talk != NULL;
  if (is_up && is_sound(self))
    return true;
  stop(self);
  if (is_up)
    return true;
  g_unlink(self->socket);
  self->child = ak_child_start(self->place, NULL, AK_CHILD_NO_PIPE, error);
  if (self->child == NULL)
    return false;
  while (self->talk == NULL && end == AK_ENGINE_CLOSED && ak_kit_now_ns() < until_ns &&
         ak_process_is_alive(self->child->process)) {
    self->talk = ak_engine_socket_open(self->socket, until_ns, &end);
    if (self->talk == NULL)
      g_usleep(CONNECT_US);
  }
  if (self->talk == NULL)
    stop(self);
  return true;
}

/* --- a capture -------------------------------------------------------------------------------------- */

typedef struct {
  gint64 late_ns, until_ns; /* when an answer is late, and when it hung */
  guint64 log_bytes;        /* that its log may have */
} Patience;

static bool is_number(const json_t *message, json_int_t value) {
  return json_is_integer(message) && json_integer_value(message) == value;
}

static bool is_text(const json_t *message, const char *value) {
  return json_is_string(message) && strcmp(json_string_value(message), value) == 0;
}

/* One question about the capture under way; it cannot be refused. */
static AkEngineEnd look(Socket *self, const char *command, const Patience *patience,
                        json_t **message) {
  AkEngineEnd end = ak_engine_socket_ask(self->talk, command, NULL, patience->until_ns, message);
  return end == AK_ENGINE_REFUSED ? AK_ENGINE_BROKEN : end;
}

/* Until none waits and none is under way. */
static AkEngineEnd await_end(Socket *self, const Patience *patience) {
  for (;;) {
    g_autoptr(json_t) waiting = NULL, current = NULL;
    AkEngineEnd end = look(self, "pcap-file-number", patience, &waiting);
    if (end == AK_ENGINE_DONE)
      end = look(self, "pcap-current", patience, &current);
    if (end != AK_ENGINE_DONE)
      return end;
    if (!json_is_integer(waiting) || !json_is_string(current))
      return AK_ENGINE_BROKEN;
    if (is_number(waiting, 0) && is_text(current, "None"))
      return AK_ENGINE_DONE;
    GStatBuf st;
    if (g_lstat(self->log, &st) == 0 && (guint64)st.st_size > patience->log_bytes)
      return AK_ENGINE_BROKEN; /* the log says why */
    if (ak_kit_now_ns() > patience->until_ns)
      return AK_ENGINE_LATE;
    g_usleep(POLL_US);
  }
}

static AkEffectEnd end_of(Socket *self, AkEngineEnd end, const Patience *patience) {
  static const guint8 ends[] = {[AK_ENGINE_DONE] = AK_EFFECT_END_ANSWERED,
                                [AK_ENGINE_REFUSED] = AK_EFFECT_END_BROKEN,
                                [AK_ENGINE_BROKEN] = AK_EFFECT_END_BROKEN,
                                [AK_ENGINE_CLOSED] = AK_EFFECT_END_CLOSED,
                                [AK_ENGINE_LATE] = AK_EFFECT_END_HUNG};
  if (end == AK_ENGINE_DONE && ak_kit_now_ns() > patience->late_ns)
    return AK_EFFECT_END_LATE;
  if (end == AK_ENGINE_CLOSED && ak_kit_ends(self->child->process))
    return AK_EFFECT_END_DIED;
  return (AkEffectEnd)ends[end];
}

/* NOT_GIVEN: it ended before it took the capture, and may have done so over an earlier one; given to a
 * fresh engine it tells. That one starts with a first capture, over which there is no such doubt. */
static AkEffectEnd read_capture(Socket *self, const Patience *patience) {
  g_autoptr(json_t) arguments =
      json_pack("{ss ss}", "filename", self->capture, "output-dir", self->alerts);
  AkEngineEnd taken =
      ak_engine_socket_ask(self->talk, "pcap-file", arguments, patience->until_ns, NULL);
  AkEngineEnd end = taken == AK_ENGINE_DONE ? await_end(self, patience) : taken;
  AkEffectEnd told = end_of(self, end, patience);
  bool is_doubtful = told == AK_EFFECT_END_DIED && taken != AK_ENGINE_DONE && self->slot > 0;
  return is_doubtful ? AK_EFFECT_END_NOT_GIVEN : told;
}

/* The same for each, in whatever order they come: where none is left the batch ends. */
static guint64 share_of(const AkRangeLimits *limits) {
  guint64 even = limits->log_bytes / MAX(limits->batch, 1);
  return MIN(limits->log_bytes, MAX(even, SHARE_BYTES));
}

/* To an engine that is up; the turn stays NOT_GIVEN where it ended before it took it. */
static void give_to(Socket *self, AkEffectBatch *batch, AkEffectTurn *turn, AkIdsNote *note) {
  const AkRangeLimits *limits = self->place->limits;
  bool is_gone = ak_ids_drop_log(self->log); /* so that what is read is about this capture */
  g_autoptr(AkLogTail) tail = ak_log_tail_new(self->log);
  gint64 began_ns = ak_kit_now_ns();
  Patience patience = {.late_ns = began_ns + (gint64)limits->case_ms * NS_PER_MS,
                       .log_bytes = share_of(limits)};
  patience.until_ns = patience.late_ns + (gint64)limits->late_ms * NS_PER_MS;
  turn->end = read_capture(self, &patience);
  turn->outcome.began_ns = began_ns - self->place->began_ns;
  turn->outcome.took_ns = ak_kit_now_ns() - began_ns;
  if (turn->end != AK_EFFECT_END_ANSWERED && turn->end != AK_EFFECT_END_LATE)
    stop(self); /* what it may still write belongs to no other capture */
  if (turn->end == AK_EFFECT_END_NOT_GIVEN)
    return;
  note->log = ak_ids_take_log(tail, batch, batch->log->len + patience.log_bytes);
  if (!is_gone)
    note->log = AK_IDS_LOG_HALF;
  note->length = batch->log->len - note->at;
  ak_ids_note_keep(note, batch, turn);
}

/* In the engine's next slot of time. */
static bool give_moved(Socket *self, AkEffectBatch *batch, AkEffectTurn *turn, GError **error) {
  if (self->slot >= AK_CAPTURE_SLOTS)
    stop(self);
  AkIdsNote note = {ak_capture_file_slot(self->slot), AK_IDS_LOG_MISSING, batch->log->len, 0};
  gsize size = 0;
  const void *bytes = ak_effect_case_data(turn->one, &size);
  g_autoptr(GBytes) moved = ak_capture_file_move(bytes, size, note.begin_us, NULL);
  if (moved == NULL) {
    turn->end = AK_EFFECT_END_HARNESS; /* a broken file is nobody's miss */
    return true;
  }
  if (!start(self, error))
    return false;
  if (self->talk == NULL)
    return true; /* it did not come up */
  if (!ak_kit_write_file(self->capture, g_bytes_get_data(moved, NULL), size, error))
    return false;
  give_to(self, batch, turn, &note);
  self->slot += self->talk != NULL;
  return true;
}

static bool give_turn(gpointer data, AkEffectBatch *batch, guint index, GError **error) {
  Socket *self = data;
  AkEffectTurn *turn = ak_effect_batch_turn(batch, index);
  const AkRangeLimits *limits = self->place->limits;
  batch->is_full = batch->log->len + share_of(limits) > limits->log_bytes;
  return batch->is_full || give_moved(self, batch, turn, error);
}

static bool socket_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Socket *self = data;
  return ak_kit_give_each(self->place, batch, from, give_turn, self, error);
}

const AkIdsWay ak_ids_socket = {
    .open = socket_open, .close = socket_close, .use = socket_use, .give = socket_give};
