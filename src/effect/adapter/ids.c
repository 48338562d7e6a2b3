/* A network engine that reads captures and writes alerts as lines of JSON (EVE), such as Suricata. It is
 * started once for many captures, in one of two ways:
 *
 * - start.socket: it takes captures over a Unix socket, one after the other (ids-socket.c);
 * - the word @FILE@ in its command: it is run on a capture in which all of a batch are merged (ids-merged.c).
 *
 * Source: Suricata's user guide, "EVE JSON Format": event_type, timestamp, vlan. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "effect/adapter/ids.h"
#include "effect/adapter/kit.h"
#include "effect/capture-file.h"
#include "effect/capture-merge.h"
#include "util/json.h"

typedef struct {
  const AkIdsWay *way;
  gpointer state; /* the way's */
} Ids;

static bool ids_check(const AkRangeProduct *product, GError **error) {
  bool has_file = false;
  for (char *const *word = product->command; word != NULL && *word != NULL; word++)
    has_file |= strcmp(*word, "@FILE@") == 0;
  const char *log = product->reading.log_file; /* it is deleted before each start */
  bool has_log = log != NULL && strchr(log, '/') == NULL;
  if (product->command != NULL && has_file == (product->socket == NULL) && has_log)
    return true;
  return ak_error_set(error, AK_ERROR_CONFIG,
                      "%s: the adapter ids needs start.command, with either the word @FILE@ in it or "
                      "start.socket beside it, and log.file as a plain name",
                      product->id);
}

static gpointer ids_open(const AkEffectPlace *place, GError **error) {
  const AkIdsWay *way = place->product->socket != NULL ? &ak_ids_socket : &ak_ids_merged;
  gpointer state = way->open(place, error);
  if (state == NULL)
    return NULL;
  Ids *self = g_new0(Ids, 1);
  *self = (Ids){way, state};
  return self;
}

static void ids_close(gpointer data) {
  Ids *self = data;
  self->way->close(self->state);
  g_free(self);
}

static AkProcessUse ids_use(gconstpointer data) {
  const Ids *self = data;
  return self->way->use != NULL ? self->way->use(self->state) : (AkProcessUse){0};
}

static bool ids_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Ids *self = data;
  return self->way->give(self->state, batch, from, error);
}

/* --- what both ways need -------------------------------------------------------------------------- */

bool ak_ids_drop_log(const char *path) { return unlink(path) == 0 || errno == ENOENT; }

AkIdsLog ak_ids_take_log(AkLogTail *tail, AkEffectBatch *batch, guint64 max_bytes) {
  ak_log_tail_read(tail, batch->log, max_bytes);
  return ak_log_tail_is_full(tail)     ? AK_IDS_LOG_FULL
         : !ak_log_tail_is_there(tail) ? AK_IDS_LOG_MISSING
         : ak_log_tail_ends_in_line(tail) || ak_log_tail_was_cut(tail) || ak_log_tail_has_failed(tail)
             ? AK_IDS_LOG_HALF
             : AK_IDS_LOG_WHOLE;
}

static const char *const log_words[] = {"whole", "half", "missing", "full", NULL};

void ak_ids_note_keep(const AkIdsNote *note, AkEffectBatch *batch, AkEffectTurn *turn) {
  g_autoptr(json_t) row = json_pack("{sI ss}", "begin_us", (json_int_t)note->begin_us, "log",
                                    log_words[note->log]);
  gsize size = 0;
  if (note->at >= 0) {
    json_object_set_new(row, note->is_shared ? "run_at" : "at", json_integer(note->at));
    json_object_set_new(row, note->is_shared ? "run_length" : "length", json_integer(note->length));
  }
  g_autofree char *text = ak_json_canonical(row, &size, NULL);
  ak_kit_keep_answer(batch, turn, text, size);
}

AkIdsNote ak_ids_note_read(const AkEffectBatch *batch, const AkEffectTurn *turn) {
  AkIdsNote note = {-1, AK_IDS_LOG_WHOLE, -1, -1, true};
  const AkEffectOutcome *outcome = &turn->outcome;
  if (outcome->answer_length == 0)
    return note;
  const char *text = (const char *)batch->answers->data + (outcome->answer_at - batch->answers_at);
  g_autoptr(json_t) row = ak_json_parse(text, outcome->answer_length, "answer", NULL);
  const char *word = ak_json_string_or(row, "log", log_words[0]);
  gint64 size = batch->log->len;
  for (guint i = 0; log_words[i] != NULL; i++)
    if (strcmp(log_words[i], word) == 0)
      note.log = (AkIdsLog)i;
  ak_json_integer(row, "begin_us", 0, G_MAXINT64 / 2000, "answer", &note.begin_us, NULL);
  note.is_shared = json_object_get(row, "at") == NULL;
  if (ak_json_integer(row, note.is_shared ? "run_at" : "at", 0, size, "answer", &note.at, NULL) &&
      !ak_json_integer(row, note.is_shared ? "run_length" : "length", 0, size - note.at, "answer",
                       &note.length, NULL))
    note.at = -1;
  return note;
}

/* --- judging -------------------------------------------------------------------------------------- */

static void skip_blanks(const char **at, const char *end) {
  while (*at < end && (**at == ' ' || **at == '\t'))
    (*at)++;
}

/* With blanks around it. */
static bool read_char(const char **at, const char *end, char wanted) {
  skip_blanks(at, end);
  if (*at >= end || **at != wanted)
    return false;
  (*at)++;
  skip_blanks(at, end);
  return true;
}

static bool read_number(const char **at, const char *end, guint *out) {
  guint value = 0;
  const char *from = *at;
  while (*at < end && g_ascii_isdigit(**at) && value < 100000)
    value = value * 10 + (guint)(*(*at)++ - '0');
  *out = value;
  return *at > from;
}

/* "vlan": [OUTER, INNER … → the turn; NULL where the line tells none. */
static AkEffectTurn *turn_of(const AkEffectBatch *batch, const char *line, gsize size) {
  static const char name[] = "\"vlan\"";
  const char *at = memmem(line, size, name, sizeof name - 1), *end = line + size;
  guint outer = 0, inner = 0;
  guint32 number = 0;
  if (at == NULL)
    return NULL;
  at += sizeof name - 1;
  if (!read_char(&at, end, ':') || !read_char(&at, end, '[') || !read_number(&at, end, &outer) ||
      !read_char(&at, end, ',') || !read_number(&at, end, &inner) || !ak_capture_merge_number(outer, inner, &number))
    return NULL;
  return number < batch->turns->len ? ak_effect_batch_turn(batch, number) : NULL;
}

/* "timestamp":"1970-01-02T01:00:00.000123+0000" → since the capture began; -1 where that is not told, or
 * lies outside of the capture: an engine that sees a connection end by time alone gives the alert the
 * time at which it saw that. */
static gint64 time_of(const char *line, gsize size, gint64 begin_us) {
  static const char name[] = "\"timestamp\":\"";
  const char *at = memmem(line, size, name, sizeof name - 1);
  const char *from = at != NULL ? at + sizeof name - 1 : NULL;
  const char *quote = from != NULL ? memchr(from, '"', (gsize)(line + size - from)) : NULL;
  if (begin_us < 0 || quote == NULL || quote - from > 40)
    return -1;
  g_autofree char *text = g_strndup(from, (gsize)(quote - from));
  g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, NULL);
  if (when == NULL)
    return -1;
  gint64 us = g_date_time_to_unix(when) * G_USEC_PER_SEC + g_date_time_get_microsecond(when);
  return us >= begin_us && us - begin_us <= AK_CAPTURE_REACH_US ? (us - begin_us) * 1000 : -1;
}

typedef struct {
  AkEffectBatch *batch;
  const char *alert; /* AkRangeReading.log_alert */
  guint32 *alerts;   /* of each turn */
  AkIdsNote *notes;
} Judging;

/* Alerts among `length` bytes of the log from `at` on; of `turn`, or (NULL) of whose VLANs they tell.
 * False where one is there of which nobody knows whose it is. */
static bool count_alerts(Judging *self, gsize at, gsize length, AkEffectTurn *turn) {
  const char *data = (const char *)self->batch->log->data;
  bool are_known = true;
  for (gsize end = at + length; at < end;) {
    const char *newline = memchr(data + at, '\n', end - at);
    gsize size = newline != NULL ? (gsize)(newline - data) - at : end - at;
    bool is_alert =
        self->alert == NULL || memmem(data + at, size, self->alert, strlen(self->alert)) != NULL;
    AkEffectTurn *whose = turn != NULL || !is_alert ? turn : turn_of(self->batch, data + at, size);
    are_known = are_known && (!is_alert || whose != NULL);
    gsize index = whose != NULL ? (gsize)(whose - ak_effect_batch_turn(self->batch, 0)) : 0;
    if (is_alert && whose != NULL && self->alerts[index]++ == 0) {
      whose->outcome.line_at = self->batch->log_at + at;
      whose->outcome.line_length = size;
      whose->outcome.alerted_ns = time_of(data + at, size, self->notes[index].begin_us);
    }
    at += size + 1;
  }
  return are_known;
}

static bool is_same_part(const AkIdsNote *a, const AkIdsNote *b) {
  return a->is_shared && b->is_shared && a->at == b->at && a->length == b->length;
}

/* Who floods a log that others share is not told. */
static bool is_alone(const Judging *self, guint index) {
  const AkIdsNote *note = &self->notes[index];
  return note->at < 0 || ((index == 0 || !is_same_part(note - 1, note)) &&
         (index + 1 == self->batch->turns->len || !is_same_part(note + 1, note)));
}

/* Captures that share a part of the log stand side by side. Where an alert in it is nobody's, it may be that of any
 * of them: that log is no more worth than one that ends within a line. */
static void count_all(Judging *self) {
  guint count = self->batch->turns->len;
  bool is_parted = false;
  for (guint i = 0; i < count; i++) {
    self->notes[i] = ak_ids_note_read(self->batch, ak_effect_batch_turn(self->batch, i));
    is_parted |= self->notes[i].at >= 0;
  }
  for (guint first = 0, end = 0; first < count; first = end) {
    const AkIdsNote part = self->notes[first];
    bool has_part = part.at >= 0 || !is_parted; /* one that was not given has none */
    gsize length = part.at >= 0 ? (gsize)part.length : self->batch->log->len;
    AkEffectTurn *turn = part.is_shared ? NULL : ak_effect_batch_turn(self->batch, first);
    bool are_known = !has_part || count_alerts(self, (gsize)MAX(part.at, 0), length, turn);
    for (end = first; end < count && (end == first || is_same_part(&self->notes[end], &part)); end++)
      if (!are_known && self->notes[end].log == AK_IDS_LOG_WHOLE)
        self->notes[end].log = AK_IDS_LOG_HALF;
  }
}

/* Who reads captures blocks nothing. */
static void settle(const Judging *self, guint index, const AkRangeLimits *limits) {
  AkEffectTurn *turn = ak_effect_batch_turn(self->batch, index);
  AkEffectOutcome *outcome = &turn->outcome;
  guint32 alerts = self->alerts[index];
  AkIdsLog log = self->notes[index].log;
  outcome->error = ak_kit_error_of(turn->end);
  if (alerts > 0)
    outcome->logged = AK_EFFECT_YES;
  if ((log == AK_IDS_LOG_FULL && is_alone(self, index)) || alerts > limits->alerts_per_case)
    outcome->error = AK_EFFECT_FLOODED;
  if (turn->end != AK_EFFECT_END_ANSWERED)
    return;
  outcome->blocked = AK_EFFECT_NO;
  if (alerts > 0 || outcome->error != AK_EFFECT_FINE)
    return;
  if (log == AK_IDS_LOG_FULL || self->batch->log_is_flooded) /* the latter in records of earlier programs */
    outcome->error = AK_EFFECT_FLOODED;
  else if (log == AK_IDS_LOG_WHOLE)
    outcome->logged = AK_EFFECT_NO;
  else
    outcome->error = AK_EFFECT_LOST;
}

static void ids_judge(AkEffectBatch *batch, const AkRangeReading *reading,
                      const AkRangeLimits *limits) {
  g_autofree guint32 *alerts = g_new0(guint32, batch->turns->len + 1);
  g_autofree AkIdsNote *notes = g_new0(AkIdsNote, batch->turns->len + 1);
  Judging self = {batch, reading->log_alert, alerts, notes};
  ak_kit_forget(batch);
  count_all(&self);
  for (guint i = 0; i < batch->turns->len; i++)
    settle(&self, i, limits);
}

extern const AkEffectAdapter ak_adapter_ids_adapter;
const AkEffectAdapter ak_adapter_ids_adapter = {
    .id = "ids",
    .kind = AK_EFFECT_CAPTURE,
    .is_started = true,
    .help_en = "a network engine that reads captures and writes alerts as EVE JSON",
    .help_ja = "キャプチャを読み、警報を EVE JSON で書くネットワーク検知エンジン",
    .check = ids_check,
    .open = ids_open,
    .close = ids_close,
    .use = ids_use,
    .give = ids_give,
    .judge = ids_judge,
};
