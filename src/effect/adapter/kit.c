#include "effect/adapter/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "effect/token.h"
#include "util/io.h"

#define POLL_US 1000
#define EXIT_US 300000 /* from a process's last close to its end; longer than seen under load */

gint64 ak_kit_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ak_kit_keep_answer(AkEffectBatch *batch, AkEffectTurn *turn, const void *bytes, gsize size) {
  turn->outcome.answer_at = batch->answers_at + batch->answers->len;
  turn->outcome.answer_length = size;
  g_byte_array_append(batch->answers, bytes, (guint)size);
}

char *ak_kit_folder(const AkEffectPlace *place, const char *name, bool is_products, GError **error) {
  g_autofree char *path = g_strdup_printf("%s.%s", place->folder, name);
  if (is_products && !ak_process_make_folder(path, error))
    return NULL;
  bool is_made = is_products || (mkdir(path, 0755) == 0 && chmod(path, 0755) == 0); /* whatever the umask */
  if (!is_made) {
    ak_error_set_errno(error, errno, "%s cannot be made", path);
    return NULL;
  }
  return g_steal_pointer(&path);
}

bool ak_kit_write_file(const char *path, const void *bytes, gsize size, GError **error) {
  unlink(path); /* what cannot go lets no new one be made */
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  bool is_open = fd >= 0 && fchmod(fd, 0644) == 0; /* whatever the umask: the product is another user */
  bool is_whole = is_open ? ak_io_write_all(fd, bytes, size, 0, path, error)
                          : ak_error_set_errno(error, errno, "%s", path);
  if (fd >= 0)
    close(fd);
  return is_whole;
}

bool ak_kit_give_each(const AkEffectPlace *place, AkEffectBatch *batch, guint from, AkKitGive give, gpointer data,
                      GError **error) {
  for (guint i = from; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    if (place->cancelled != NULL && place->cancelled(place->cancelled_data))
      return true;
    if (turn->end != AK_EFFECT_END_NOT_GIVEN)
      continue;
    if (!give(data, batch, i, error))
      return false;
    ak_effect_batch_breathe(batch, i);
    if (batch->is_full)
      return true;
    if (turn->end == AK_EFFECT_END_DIED || turn->end == AK_EFFECT_END_NOT_GIVEN) {
      ++*place->deaths;
      return true;
    }
  }
  return true;
}

AkLogTail *ak_kit_open_log(const AkEffectPlace *place) {
  const char *name = place->product != NULL ? place->product->reading.log_file : NULL;
  if (name == NULL)
    return NULL;
  g_autofree char *path = g_path_is_absolute(name) || place->folder == NULL
                              ? g_strdup(name)
                              : g_build_filename(place->folder, name, NULL);
  return ak_log_tail_new(path);
}

void ak_kit_await_log(const AkEffectPlace *place, AkEffectBatch *batch, AkLogTail *tail,
                      bool (*is_enough)(AkEffectBatch *batch, gpointer data), gpointer data) {
  gint64 patience_us = (gint64)place->limits->log_ms * 1000;
  gint64 grew_us = g_get_monotonic_time();
  bool is_whole = tail == NULL, is_flooded = false;
  while (!is_whole && !is_flooded) {
    bool is_dead = place->process != NULL && !ak_process_is_alive(place->process);
    if (ak_log_tail_read(tail, batch->log, place->limits->log_bytes) > 0)
      grew_us = g_get_monotonic_time();
    is_whole = is_enough(batch, data) && !ak_log_tail_was_cut(tail) && !ak_log_tail_has_failed(tail);
    is_flooded = ak_log_tail_is_full(tail);
    if (is_dead || g_get_monotonic_time() - grew_us > patience_us)
      break; /* what it had not written when it ended is lost */
    if (!is_whole)
      g_usleep(POLL_US);
  }
  bool is_dead = place->process != NULL && !ak_process_is_alive(place->process);
  batch->log_is_whole = batch->log_is_whole && is_whole && !is_dead;
  batch->log_is_flooded = batch->log_is_flooded || is_flooded;
}

bool ak_kit_ends(AkProcess *process) {
  gint64 until_us = g_get_monotonic_time() + EXIT_US;
  while (ak_process_is_alive(process)) {
    if (g_get_monotonic_time() > until_us)
      return false;
    g_usleep(POLL_US);
  }
  return true;
}

bool ak_kit_has_died(const AkEffectPlace *place) {
  return place->process != NULL && ak_kit_ends(place->process);
}

/* --- judging ------------------------------------------------------------------------------------ */

AkEffectError ak_kit_error_of(AkEffectEnd end) {
  static const guint8 errors[] = {
      [AK_EFFECT_END_NOT_GIVEN] = AK_EFFECT_HARNESS, [AK_EFFECT_END_ANSWERED] = AK_EFFECT_FINE,
      [AK_EFFECT_END_LATE] = AK_EFFECT_LATE,         [AK_EFFECT_END_CLOSED] = AK_EFFECT_BROKEN,
      [AK_EFFECT_END_DIED] = AK_EFFECT_DIED,         [AK_EFFECT_END_BROKEN] = AK_EFFECT_BROKEN,
      [AK_EFFECT_END_HUNG] = AK_EFFECT_HUNG,         [AK_EFFECT_END_HARNESS] = AK_EFFECT_HARNESS};
  return (AkEffectError)errors[end];
}

void ak_kit_forget(AkEffectBatch *batch) {
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectOutcome *outcome = &ak_effect_batch_turn(batch, i)->outcome;
    outcome->blocked = outcome->happened = outcome->logged = AK_EFFECT_UNKNOWN;
    outcome->error = AK_EFFECT_FINE;
    outcome->score_ppm = AK_EFFECT_NO_SCORE;
    outcome->alerted_ns = -1;
    outcome->line_at = outcome->line_length = 0;
  }
}

/* The turn whose token stands in a line, or NULL. */
static AkEffectTurn *turn_of(const AkEffectBatch *batch, const char *line, gsize size) {
  guint32 place = 0;
  if (!ak_token_find(batch->token_key, batch->unit, line, size, &place, NULL) ||
      place < batch->first || place - batch->first >= batch->turns->len)
    return NULL;
  return ak_effect_batch_turn(batch, place - batch->first);
}

typedef struct {
  AkEffectBatch *batch;
  const AkRangeReading *reading;
  guint32 *lines, *alerts; /* of each turn */
  bool *reached;
} Judging;

typedef void (*OnLine)(Judging *self, AkEffectTurn *turn, const char *line, gsize size,
                       gsize offset);

/* Each line with a turn's token. */
static void read_lines(Judging *self, const GByteArray *log, OnLine on_line) {
  const char *data = (const char *)log->data;
  guint seen = 0;
  for (gsize at = 0; at < log->len;) {
    const char *newline = memchr(data + at, '\n', log->len - at);
    gsize size = newline != NULL ? (gsize)(newline - data) - at : log->len - at;
    AkEffectTurn *turn = turn_of(self->batch, data + at, size);
    if (turn != NULL)
      on_line(self, turn, data + at, size, at);
    ak_effect_batch_breathe(self->batch, seen++);
    at += size + 1;
  }
}

static guint index_of(const Judging *self, const AkEffectTurn *turn) {
  return (guint)(turn - ak_effect_batch_turn(self->batch, 0));
}

static void on_product_line(Judging *self, AkEffectTurn *turn, const char *line, gsize size,
                            gsize offset) {
  const char *alert = self->reading->log_alert;
  bool is_alert = alert == NULL || memmem(line, size, alert, strlen(alert)) != NULL;
  guint index = index_of(self, turn);
  self->lines[index]++;
  if (!is_alert && turn->outcome.line_length > 0)
    return;
  if (self->alerts[index] == 0) { /* the first alert; before it, the first line */
    turn->outcome.line_at = self->batch->log_at + offset;
    turn->outcome.line_length = size;
  }
  self->alerts[index] += is_alert;
}

static void settle_log(Judging *self, guint index, const AkRangeLimits *limits) {
  AkEffectTurn *turn = ak_effect_batch_turn(self->batch, index);
  AkEffectOutcome *outcome = &turn->outcome;
  bool is_given = turn->end != AK_EFFECT_END_NOT_GIVEN;
  bool is_missing = self->reading->log_every
                        ? self->lines[index] == 0
                        : !self->batch->log_is_whole && self->alerts[index] == 0;
  bool must_stand = turn->end == AK_EFFECT_END_ANSWERED || turn->end == AK_EFFECT_END_LATE;
  if (self->alerts[index] > 0)
    outcome->logged = AK_EFFECT_YES;
  else if (is_given && !is_missing)
    outcome->logged = AK_EFFECT_NO;
  if (outcome->error != AK_EFFECT_FINE)
    return;
  if (self->alerts[index] > limits->alerts_per_case)
    outcome->error = AK_EFFECT_FLOODED;
  else if (must_stand && is_missing)
    outcome->error = self->batch->log_is_flooded ? AK_EFFECT_FLOODED : AK_EFFECT_LOST;
}

void ak_kit_judge_log(AkEffectBatch *batch, const AkRangeReading *reading,
                      const AkRangeLimits *limits) {
  if (reading == NULL || reading->log_file == NULL || batch->turns->len == 0)
    return; /* without a log nothing is known of it */
  g_autofree guint32 *lines = g_new0(guint32, batch->turns->len);
  g_autofree guint32 *alerts = g_new0(guint32, batch->turns->len);
  Judging self = {.batch = batch, .reading = reading, .lines = lines, .alerts = alerts};
  read_lines(&self, batch->log, on_product_line);
  for (guint i = 0; i < batch->turns->len; i++)
    settle_log(&self, i, limits);
}

/* "TOKEN EFFECT … ": each effect between spaces (effect/target/README.md). Of harmless work the effect
 * is that the target had it; whether it succeeded there the target's answer tells. */
static void on_target_line(Judging *self, AkEffectTurn *turn, const char *line, gsize size,
                           gsize offset) {
  const char *marker = turn->one->marker;
  self->reached[index_of(self, turn)] = true;
  if (!turn->one->attack)
    turn->outcome.happened = AK_EFFECT_YES;
  if (!turn->one->attack || marker == NULL)
    return;
  g_autofree char *wanted = g_strdup_printf(" %s ", marker);
  if (memmem(line, size, wanted, strlen(wanted)) != NULL)
    turn->outcome.happened = AK_EFFECT_YES;
}

void ak_kit_judge_target(AkEffectBatch *batch, bool *reached) {
  g_autofree bool *own = reached == NULL ? g_new0(bool, batch->turns->len + 1) : NULL;
  Judging self = {.batch = batch, .reached = reached != NULL ? reached : own};
  if (!batch->has_target)
    return;
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    if (turn->end != AK_EFFECT_END_NOT_GIVEN && (!turn->one->attack || turn->one->marker != NULL))
      turn->outcome.happened = AK_EFFECT_NO;
    ak_effect_batch_breathe(batch, i);
  }
  read_lines(&self, batch->target_log, on_target_line);
}

const AkEffectAdapter *ak_effect_adapter_find(const char *id) {
  for (const AkEffectAdapter *const *row = ak_effect_adapter_table; *row != NULL; row++)
    if (g_strcmp0((*row)->id, id) == 0)
      return *row;
  return NULL;
}
