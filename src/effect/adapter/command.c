/* Anything that a small program can stand before: lines of JSON in, lines of JSON out (README.md).
 *
 * One case at a time, so that who died or hung over what is known, and times are its own:
 *   {"id": "akc-…", "case": …}  →  {"id": "akc-…", "verdict": "block" | "alert" | "pass",
 * "score": 4.2} Lines without the case's id are passed over: a program may say other things too. */
#include <string.h>

#include "effect/adapter/child.h"
#include "effect/adapter/kit.h"
#include "effect/adapter/talk.h"
#include "effect/token.h"
#include "util/json.h"

#define SCORE_MAX 1e12

typedef struct {
  const AkEffectPlace *place; /* borrowed */
  AkChild *child;             /* NULL: it is to be started */
} Command;

static void command_close(gpointer data) {
  Command *self = data;
  ak_child_free(self->child);
  g_free(self);
}

static bool start(Command *self, GError **error) {
  if (self->child == NULL)
    self->child = ak_child_start(self->place, NULL, AK_CHILD_INPUT | AK_CHILD_OUTPUT, error);
  return self->child != NULL;
}

static gpointer command_open(const AkEffectPlace *place, GError **error) {
  if (place->product->command == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s: the adapter command needs start.command",
                 place->product->id);
    return NULL;
  }
  Command *self = g_new0(Command, 1);
  self->place = place;
  if (start(self, error))
    return self;
  command_close(self);
  return NULL;
}

static AkProcessUse command_use(gconstpointer data) {
  const Command *self = data;
  return self->child != NULL ? ak_process_use(self->child->process) : (AkProcessUse){0};
}

/* --- giving --------------------------------------------------------------------------------------
 */

static void token_of(const AkEffectBatch *batch, guint index,
                     char token[static AK_TOKEN_LENGTH + 1]) {
  ak_token_make(batch->token_key, AK_TOKEN_NUMBER(batch->unit, batch->first + index), token);
}

/* The whole line in which the token stands; NULL: it has not come. */
static const char *line_with(const char *data, gsize size, const char *token, gsize *length) {
  for (gsize at = 0; at < size;) {
    const char *newline = memchr(data + at, '\n', size - at);
    if (newline == NULL)
      return NULL;
    *length = (gsize)(newline - data) - at;
    if (memmem(data + at, *length, token, strlen(token)) != NULL)
      return data + at;
    at += *length + 1;
  }
  return NULL;
}

static bool has_line(const GByteArray *came, gpointer data) {
  gsize length = 0;
  return line_with((const char *)came->data, came->len, data, &length) != NULL;
}

/* The case as a line; NULL: it is no line. */
static GString *line_of(const AkEffectCase *one, const char *token) {
  gsize size = 0;
  const char *bytes = ak_effect_case_data(one, &size);
  if (memchr(bytes, '\n', size) != NULL)
    return NULL;
  GString *line = g_string_new(NULL);
  g_string_append_printf(line, "{\"id\": \"%s\", \"case\": ", token);
  g_string_append_len(line, bytes, (gssize)size);
  g_string_append(line, "}\n");
  return line;
}

/* Asks; once more until the late answer's time is over. */
static AkEffectEnd ask(const Command *self, const GString *line, char *token, GByteArray *came) {
  const AkRangeLimits *limits = self->place->limits;
  AkTalk talk = {.to = self->child->to,
                 .from = self->child->from,
                 .bytes = line->str,
                 .size = line->len,
                 .until_ns = ak_kit_now_ns() + (gint64)limits->case_ms * 1000000,
                 .max_bytes = limits->answer_bytes,
                 .enough = has_line,
                 .data = token};
  AkEffectEnd good = AK_EFFECT_END_ANSWERED;
  AkTalkEnd end = ak_talk(&talk, came);
  if (end == AK_TALK_TIME) {
    talk.until_ns += (gint64)limits->late_ms * 1000000;
    good = AK_EFFECT_END_LATE;
    end = ak_talk(&talk, came);
  }
  return end == AK_TALK_DONE     ? good
         : end == AK_TALK_CLOSED ? AK_EFFECT_END_DIED
         : end == AK_TALK_LONG   ? AK_EFFECT_END_BROKEN
                                 : AK_EFFECT_END_HUNG;
}

static bool give_turn(gpointer data, AkEffectBatch *batch, guint index, GError **error) {
  Command *self = data;
  AkEffectTurn *turn = ak_effect_batch_turn(batch, index);
  char token[AK_TOKEN_LENGTH + 1];
  token_of(batch, index, token);
  g_autoptr(GString) line = line_of(turn->one, token);
  if (line == NULL) {
    turn->end = AK_EFFECT_END_HARNESS;
    return true;
  }
  if (!start(self, error))
    return false;
  g_autoptr(GByteArray) came = g_byte_array_new();
  gint64 began_ns = ak_kit_now_ns();
  gsize length = 0;
  turn->end = ask(self, line, token, came);
  turn->outcome.began_ns = began_ns - self->place->began_ns;
  turn->outcome.took_ns = ak_kit_now_ns() - began_ns;
  const char *answer = line_with((const char *)came->data, came->len, token, &length);
  if (answer != NULL)
    ak_kit_keep_answer(batch, turn, answer, length);
  if (turn->end != AK_EFFECT_END_ANSWERED && turn->end != AK_EFFECT_END_LATE)
    g_clear_pointer(&self->child,
                    ak_child_free); /* what it may still say belongs to no other case */
  return true;
}

static bool command_give(gpointer data, AkEffectBatch *batch, guint from, GError **error) {
  Command *self = data;
  return ak_kit_give_each(self->place, batch, from, give_turn, self, error);
}

/* --- judging
 * --------------------------------------------------------------------------------------- */

static const struct {
  const char *word;
  guint8 blocked, logged;
} verdicts[] = {
    {"block", AK_EFFECT_YES, AK_EFFECT_YES},
    {"alert", AK_EFFECT_NO, AK_EFFECT_YES},
    {"pass", AK_EFFECT_NO, AK_EFFECT_NO},
};

static void judge_answer(AkEffectOutcome *outcome, const char *answer, const char *token) {
  g_autoptr(json_t) row = ak_json_parse(answer, outcome->answer_length, "answer", NULL);
  const char *verdict = ak_json_string_or(row, "verdict", "");
  const json_t *score = json_object_get(row, "score");
  outcome->error = AK_EFFECT_BROKEN;
  for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++) {
    if (strcmp(verdict, verdicts[i].word) != 0 ||
        strcmp(ak_json_string_or(row, "id", ""), token) != 0)
      continue;
    outcome->error = AK_EFFECT_FINE;
    outcome->blocked = verdicts[i].blocked;
    outcome->logged = verdicts[i].logged;
    if (outcome->logged == AK_EFFECT_YES)
      outcome->alerted_ns = outcome->took_ns;
    if (json_is_number(score) && ABS(json_number_value(score)) < SCORE_MAX)
      outcome->score_ppm = (gint64)(json_number_value(score) * 1e6);
  }
}

static void command_judge(AkEffectBatch *batch, const AkRangeReading *reading,
                          const AkRangeLimits *limits) {
  ak_kit_forget(batch);
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    char token[AK_TOKEN_LENGTH + 1];
    token_of(batch, i, token);
    turn->outcome.error = ak_kit_error_of(turn->end);
    if (turn->end == AK_EFFECT_END_ANSWERED)
      judge_answer(&turn->outcome,
                   (const char *)batch->answers->data +
                       (turn->outcome.answer_at - batch->answers_at),
                   token);
  }
}

extern const AkEffectAdapter ak_adapter_command_adapter;
const AkEffectAdapter ak_adapter_command_adapter = {
    .id = "command",
    .kind = AK_EFFECT_LINE,
    .is_started = true,
    .help_en = "a program that takes lines of JSON and answers with lines of JSON",
    .help_ja = "JSON行を受け取りJSON行で答えるプログラム",
    .open = command_open,
    .close = command_close,
    .use = command_use,
    .give = command_give,
    .judge = command_judge,
};
