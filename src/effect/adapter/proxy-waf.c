/* A web application firewall in front of the target, as a reverse proxy.
 *
 * Each request carries a token in a header of its own; the product's log and the target's quote it.
 * After a batch one request goes out on every connection that is still open (the sentinel): a proxy that
 * writes a request's line before it reads the next request of the same connection, or before it closes
 * it, has written all lines of the batch once the sentinels' lines are there. nginx does (its log phase
 * precedes both). A product that logs each request needs no sentinel. */
#include <string.h>

#include "effect/adapter/kit.h"
#include "effect/http-answer.h"
#include "effect/http-driver.h"
#include "effect/token.h"

#define SENTINEL_DEFAULT "/"
#define DEATH_MS 500 /* what is closed so shortly before a product is found dead was closed by that */
#define TARGET_HEADER "X-Akashi-Target" /* of every answer that the target itself gave */

typedef struct {
  const AkEffectPlace *place; /* borrowed */
  AkHttpDriver *driver;
  AkLogTail *log, *target_log;
  /* of the call under way */
  AkEffectBatch *batch;
  GArray *todo;     /* of guint: turns that are to be given */
  gint64 closed_ns; /* when a connection was closed last; 0: none was */
  guint32 sentinels, sentinels_seen;
  gsize scanned; /* bytes of the log in which tokens were looked for */
  guint32 missing; /* answered turns whose line has not come */
  bool *has_line;
} Waf;

static void waf_close(gpointer data) {
  Waf *self = data;
  ak_http_driver_free(self->driver);
  ak_log_tail_free(self->log);
  ak_log_tail_free(self->target_log);
  g_free(self);
}

static gpointer waf_open(const AkEffectPlace *place, GError **error) {
  AkHttpDriverSpec spec = {.address = place->address,
                           .port = place->port,
                           .connections = place->limits->connections,
                           .case_ms = place->limits->case_ms,
                           .late_ms = place->limits->late_ms,
                           .answer_bytes = place->limits->answer_bytes};
  AkHttpDriver *driver = ak_http_driver_new(&spec, error);
  if (driver == NULL)
    return NULL;
  Waf *self = g_new0(Waf, 1);
  self->place = place;
  self->driver = driver;
  self->log = ak_kit_open_log(place);
  self->target_log = place->target_log != NULL ? ak_log_tail_new(place->target_log) : NULL;
  return self;
}

/* --- giving -------------------------------------------------------------------------------------- */

/* The request with the token's header behind its first line; as it is where it has no whole line. */
static void add_request(GByteArray *out, const char *bytes, gsize size, const char *token) {
  const char *newline = memchr(bytes, '\n', size);
  gsize line = newline != NULL ? (gsize)(newline - bytes) + 1 : size;
  g_byte_array_append(out, (const guint8 *)bytes, (guint)line);
  if (newline != NULL) {
    g_byte_array_append(out, (const guint8 *)AK_TOKEN_HEADER ": ", sizeof AK_TOKEN_HEADER + 1);
    g_byte_array_append(out, (const guint8 *)token, AK_TOKEN_LENGTH);
    g_byte_array_append(out, (const guint8 *)"\r\n", 2);
  }
  g_byte_array_append(out, (const guint8 *)bytes + line, (guint)(size - line));
}

static void on_request(gpointer data, guint index, GByteArray *out, bool *is_head) {
  Waf *self = data;
  guint number = g_array_index(self->todo, guint, index);
  guint32 place = self->batch->first + number;
  const AkEffectTurn *turn = ak_effect_batch_turn(self->batch, number);
  gsize size = 0;
  const char *bytes = ak_effect_case_data(turn->one, &size);
  char token[AK_TOKEN_LENGTH + 1];
  ak_token_make(self->batch->token_key, AK_TOKEN_NUMBER(self->batch->unit, place), token);
  *is_head = size >= 5 && memcmp(bytes, "HEAD ", 5) == 0;
  add_request(out, bytes, size, token);
  ak_effect_batch_breathe(self->batch, index);
}

/* A request that was refused was not given: it is given again once the product is back. */
static bool on_result(gpointer data, guint index, const AkHttpResult *result) {
  static const AkEffectEnd ends[] = {
      [AK_HTTP_END_ANSWERED] = AK_EFFECT_END_ANSWERED, [AK_HTTP_END_REFUSED] = AK_EFFECT_END_NOT_GIVEN,
      [AK_HTTP_END_CLOSED] = AK_EFFECT_END_CLOSED,     [AK_HTTP_END_BROKEN] = AK_EFFECT_END_BROKEN,
      [AK_HTTP_END_HUNG] = AK_EFFECT_END_HUNG,         [AK_HTTP_END_LATE] = AK_EFFECT_END_LATE};
  Waf *self = data;
  AkEffectTurn *turn =
      ak_effect_batch_turn(self->batch, g_array_index(self->todo, guint, index));
  if (result->end == AK_HTTP_END_REFUSED)
    return false;
  turn->end = ends[result->end];
  turn->outcome.began_ns = result->began_ns - self->place->began_ns;
  turn->outcome.took_ns = result->took_ns;
  ak_kit_keep_answer(self->batch, turn, result->bytes, result->size);
  if (turn->end == AK_EFFECT_END_CLOSED)
    self->closed_ns = ak_kit_now_ns();
  return self->place->cancelled == NULL || !self->place->cancelled(self->place->cancelled_data);
}

static gint64 end_of(const Waf *self, const AkEffectTurn *turn) {
  return turn->outcome.began_ns + turn->outcome.took_ns + self->place->began_ns;
}

/* Of connections that the product's end closed: those that were under way when the first of them was
 * closed were in its hands. Those that began after that reached nobody, and are given again. */
static void sort_closed(Waf *self) {
  gint64 first_ns = self->closed_ns;
  gint64 since_ns = self->closed_ns - (gint64)DEATH_MS * 1000000;
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < self->todo->len; i++) {
      AkEffectTurn *turn =
          ak_effect_batch_turn(self->batch, g_array_index(self->todo, guint, i));
      if (turn->end != AK_EFFECT_END_CLOSED || end_of(self, turn) < since_ns)
        continue;
      if (round == 0)
        first_ns = MIN(first_ns, end_of(self, turn));
      else
        turn->end = turn->outcome.began_ns + self->place->began_ns > first_ns
                        ? AK_EFFECT_END_NOT_GIVEN
                        : AK_EFFECT_END_DIED;
    }
}

static void find_death(Waf *self) {
  if (self->closed_ns != 0 && ak_kit_has_died(self->place))
    sort_closed(self);
}

/* --- the sentinels --------------------------------------------------------------------------------- */

static void on_sentinel(gpointer data, guint index, GByteArray *out, bool *is_head) {
  Waf *self = data;
  const char *path = self->place->product->reading.sentinel;
  char token[AK_TOKEN_LENGTH + 1];
  ak_token_make(self->batch->token_key,
                AK_TOKEN_NUMBER(self->batch->unit, AK_TOKEN_SENTINEL + index), token);
  g_autofree char *request =
      g_strdup_printf("GET %s HTTP/1.1\r\n" AK_TOKEN_HEADER ": %s\r\nHost: localhost\r\n\r\n",
                      path != NULL ? path : SENTINEL_DEFAULT, token);
  g_byte_array_append(out, (const guint8 *)request, (guint)strlen(request));
}

static bool on_sentinel_answer(gpointer data, guint index, const AkHttpResult *result) {
  Waf *self = data;
  self->sentinels += result->end == AK_HTTP_END_ANSWERED;
  return true;
}

/* --- the log --------------------------------------------------------------------------------------- */

static void see_token(Waf *self, guint32 place) {
  AkEffectBatch *batch = self->batch;
  if (place >= AK_TOKEN_SENTINEL) {
    self->sentinels_seen++;
    return;
  }
  guint32 index = place - batch->first;
  if (place < batch->first || index >= batch->turns->len || self->has_line[index])
    return;
  self->has_line[index] = true;
  self->missing -= ak_effect_batch_turn(batch, index)->end == AK_EFFECT_END_ANSWERED;
}

/* Looks through the whole lines that came since the last look. */
static void see_lines(Waf *self) {
  const GByteArray *log = self->batch->log;
  const char *data = (const char *)log->data;
  while (self->scanned < log->len) {
    const char *from = data + self->scanned, *newline = memchr(from, '\n', log->len - self->scanned);
    gsize size = newline != NULL ? (gsize)(newline - from) : log->len - self->scanned;
    guint32 place = 0;
    if (ak_token_find(self->batch->token_key, self->batch->unit, from, size, &place, NULL))
      see_token(self, place);
    self->scanned += size + 1;
  }
}

static bool is_log_enough(AkEffectBatch *batch, gpointer data) {
  Waf *self = data;
  see_lines(self);
  return self->place->product->reading.log_every ? self->missing == 0
                                                 : self->sentinels_seen >= self->sentinels;
}

static bool read_log(Waf *self, guint from, GError **error) {
  static const AkHttpWork sentinels = {on_sentinel, on_sentinel_answer};
  AkEffectBatch *batch = self->batch;
  guint given = 0;
  if (self->log == NULL)
    return true;
  self->sentinels = self->sentinels_seen = self->missing = 0;
  self->scanned = batch->log->len;
  g_autofree bool *has_line = g_new0(bool, batch->turns->len + 1);
  self->has_line = has_line;
  for (guint i = from; i < batch->turns->len; i++)
    self->missing += ak_effect_batch_turn(batch, i)->end == AK_EFFECT_END_ANSWERED;
  if (!self->place->product->reading.log_every &&
      !ak_http_driver_run_each(self->driver, &sentinels, self, &given, error))
    return false;
  ak_kit_await_log(self->place, batch, self->log, is_log_enough, self);
  self->has_line = NULL;
  return true;
}

static bool give_all(Waf *self, guint from, GError **error) {
  static const AkHttpWork cases = {on_request, on_result};
  AkEffectBatch *batch = self->batch;
  for (guint i = from; i < batch->turns->len; i++)
    if (ak_effect_batch_turn(batch, i)->end == AK_EFFECT_END_NOT_GIVEN)
      g_array_append_val(self->todo, i);
  if (!ak_http_driver_run(self->driver, self->todo->len, &cases, self, error))
    return false;
  find_death(self);
  return self->place->product == NULL || read_log(self, from, error);
}

static bool waf_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Waf *self = data;
  g_autoptr(GArray) todo = g_array_new(FALSE, FALSE, sizeof(guint));
  self->batch = batch;
  self->todo = todo;
  self->closed_ns = 0;
  batch->has_target = self->target_log != NULL;
  bool done = give_all(self, from, error);
  if (self->target_log != NULL) /* it writes before it answers */
    ak_log_tail_read(self->target_log, batch->target_log, self->place->limits->log_bytes);
  return done;
}

/* --- judging --------------------------------------------------------------------------------------- */

/* Statuses that a product itself gives when it blocks, unless its reading names others: any refusal of
 * the client's request, and "not implemented" for a method. */
static bool is_block_status(const AkRangeReading *reading, guint status) {
  const GArray *named = reading->block_status;
  for (guint i = 0; i < named->len; i++)
    if (g_array_index(named, guint, i) == status)
      return true;
  return named->len == 0 && ((status >= 400 && status < 500) || status == 501);
}

/* An answer that came whole: from the target itself, or made by the product. */
static void judge_answer(AkEffectBatch *batch, AkEffectTurn *turn, const AkRangeReading *reading,
                         bool reached) {
  AkEffectOutcome *outcome = &turn->outcome;
  const char *bytes = (const char *)batch->answers->data + (outcome->answer_at - batch->answers_at);
  AkHttpAnswer answer = {0};
  gsize length = 0;
  ak_http_answer_scan(&answer, bytes, outcome->answer_length, false, true);
  bool from_target = ak_http_answer_header(bytes, answer.head, TARGET_HEADER, &length) != NULL;
  if (!turn->one->attack && from_target && answer.status >= 400)
    outcome->happened = AK_EFFECT_NO; /* it came, and failed */
  if (reading == NULL) { /* nothing stood between */
    outcome->blocked = AK_EFFECT_NO;
    if (batch->has_target && !reached && !from_target)
      outcome->error = AK_EFFECT_HARNESS;
  } else if (!from_target && is_block_status(reading, answer.status)) {
    outcome->blocked = AK_EFFECT_YES;
    outcome->alerted_ns = outcome->took_ns;
  } else if (from_target || !batch->has_target) {
    outcome->blocked = AK_EFFECT_NO;
  } else {
    outcome->error = AK_EFFECT_BROKEN; /* neither the target's answer nor a block */
  }
}

static void judge_turn(AkEffectBatch *batch, AkEffectTurn *turn, const AkRangeReading *reading,
                       bool reached) {
  static const guint8 errors[] = {
      [AK_EFFECT_END_NOT_GIVEN] = AK_EFFECT_HARNESS, [AK_EFFECT_END_ANSWERED] = AK_EFFECT_FINE,
      [AK_EFFECT_END_LATE] = AK_EFFECT_LATE,         [AK_EFFECT_END_CLOSED] = AK_EFFECT_BROKEN,
      [AK_EFFECT_END_DIED] = AK_EFFECT_DIED,         [AK_EFFECT_END_BROKEN] = AK_EFFECT_BROKEN,
      [AK_EFFECT_END_HUNG] = AK_EFFECT_HUNG,         [AK_EFFECT_END_HARNESS] = AK_EFFECT_HARNESS};
  AkEffectOutcome *outcome = &turn->outcome;
  outcome->error = errors[turn->end];
  if (turn->end == AK_EFFECT_END_ANSWERED)
    judge_answer(batch, turn, reading, reached);
  if (turn->end == AK_EFFECT_END_CLOSED && reading != NULL && reading->block_reset) {
    outcome->blocked = AK_EFFECT_YES;
    outcome->error = AK_EFFECT_FINE;
    outcome->alerted_ns = outcome->took_ns;
  }
}

static void waf_judge(AkEffectBatch *batch, const AkRangeReading *reading,
                      const AkRangeLimits *limits) {
  g_autofree bool *reached = g_new0(bool, batch->turns->len + 1);
  ak_kit_forget(batch);
  ak_kit_judge_target(batch, reached);
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    judge_turn(batch, turn, reading, reached[i]);
    if (batch->has_target && !reached[i] && turn->end != AK_EFFECT_END_NOT_GIVEN)
      turn->outcome.happened = AK_EFFECT_NO; /* where it never came, nothing happened */
    ak_effect_batch_breathe(batch, i);
  }
  ak_kit_judge_log(batch, reading, limits);
}

extern const AkEffectAdapter ak_adapter_proxy_waf_adapter;
const AkEffectAdapter ak_adapter_proxy_waf_adapter = {
    .id = "proxy-waf",
    .kind = AK_EFFECT_HTTP,
    .help_en = "a web application firewall as a reverse proxy in front of the target",
    .help_ja = "標的の前段にリバースプロキシとして置かれるウェブアプリケーションファイアウォール",
    .open = waf_open,
    .close = waf_close,
    .give = waf_give,
    .judge = waf_judge,
};
