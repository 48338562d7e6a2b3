#include "effect/adapter/file-turn.h"

#include "effect/adapter/kit.h"

bool ak_file_turns_give(const AkEffectPlace *place, AkEffectBatch *batch, guint from,
                        AkFileGive give, gpointer data, GError **error) {
  for (guint i = from; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    if (place->cancelled != NULL && place->cancelled(place->cancelled_data))
      return true;
    if (turn->end != AK_EFFECT_END_NOT_GIVEN)
      continue;
    g_autoptr(GByteArray) answer = g_byte_array_new();
    gint64 began_ns = ak_kit_now_ns();
    if (!give(data, turn, answer, error))
      return false;
    turn->outcome.began_ns = began_ns - place->began_ns;
    turn->outcome.took_ns = ak_kit_now_ns() - began_ns;
    ak_kit_keep_answer(batch, turn, answer->data, answer->len);
    ak_effect_batch_breathe(batch, i);
    bool is_gone = turn->end == AK_EFFECT_END_NOT_GIVEN ||
                   (turn->end == AK_EFFECT_END_DIED && place->process != NULL);
    if (is_gone)
      return true; /* the trial counts deaths, and starts it again */
  }
  return true;
}

void ak_file_turns_judge(AkEffectBatch *batch, AkFileFound found) {
  ak_kit_forget(batch);
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    AkEffectOutcome *outcome = &turn->outcome;
    outcome->error = ak_kit_error_of(turn->end);
    if (turn->end != AK_EFFECT_END_ANSWERED)
      continue;
    const char *answer =
        (const char *)batch->answers->data + (outcome->answer_at - batch->answers_at);
    outcome->blocked = outcome->logged = found(answer, outcome->answer_length);
    if (outcome->blocked == AK_EFFECT_UNKNOWN)
      outcome->error = AK_EFFECT_BROKEN;
    if (outcome->blocked == AK_EFFECT_YES)
      outcome->alerted_ns = outcome->took_ns;
  }
}
