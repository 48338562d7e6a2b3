#include "effect/batch.h"

#include "util/reader.h"
#include "util/writer.h"

AkEffectBatch *ak_effect_batch_new(guint64 token_key, guint32 unit, guint32 first) {
  AkEffectBatch *self = g_new0(AkEffectBatch, 1);
  self->token_key = token_key;
  self->unit = unit;
  self->first = first;
  self->log_is_whole = true; /* until one is waited for */
  self->turns = g_array_new(FALSE, TRUE, sizeof(AkEffectTurn));
  self->answers = g_byte_array_new();
  self->log = g_byte_array_new();
  self->target_log = g_byte_array_new();
  return self;
}

void ak_effect_batch_free(AkEffectBatch *self) {
  if (self == NULL)
    return;
  g_array_unref(self->turns);
  g_byte_array_unref(self->answers);
  g_byte_array_unref(self->log);
  g_byte_array_unref(self->target_log);
  g_free(self);
}

void ak_effect_batch_breathe(const AkEffectBatch *self, guint count) {
  if (self->corpora != NULL && count % AK_EFFECT_LOOKS == AK_EFFECT_LOOKS - 1)
    ak_effect_corpora_breathe(self->corpora);
}

static void write_row(AkWriter *out, const AkEffectTurn *turn) {
  const AkEffectOutcome *o = &turn->outcome;
  const guint32 which[] = {o->product, o->corpus, o->case_index, o->repetition};
  const guint8 facts[] = {(guint8)turn->end, o->happened, o->blocked, o->logged, o->error};
  const guint64 numbers[] = {(guint64)o->score_ppm,  (guint64)o->began_ns, (guint64)o->took_ns,
                             (guint64)o->alerted_ns, o->answer_at,         o->answer_length,
                             o->line_at,             o->line_length};
  for (gsize i = 0; i < G_N_ELEMENTS(which); i++)
    ak_writer_u32le(out, which[i]);
  ak_writer_bytes(out, facts, sizeof facts);
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    ak_writer_u64le(out, numbers[i]);
}

GBytes *ak_effect_batch_rows(const AkEffectBatch *self) {
  g_autoptr(AkWriter) out = ak_writer_new((gsize)self->turns->len * AK_EFFECT_TURN_BYTES);
  for (guint i = 0; i < self->turns->len; i++)
    write_row(out, ak_effect_batch_turn(self, i));
  return ak_writer_end(out, NULL);
}

static bool read_row(AkReader *in, AkEffectTurn *turn, GError **error) {
  AkEffectOutcome *o = &turn->outcome;
  guint32 which[4];
  guint8 facts[5];
  guint64 numbers[8];
  for (gsize i = 0; i < G_N_ELEMENTS(which); i++)
    if (!ak_reader_u32le(in, &which[i], error))
      return false;
  for (gsize i = 0; i < G_N_ELEMENTS(facts); i++)
    if (!ak_reader_u8(in, &facts[i], error))
      return false;
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    if (!ak_reader_u64le(in, &numbers[i], error))
      return false;
  if (facts[0] > AK_EFFECT_END_HARNESS || facts[1] > AK_EFFECT_YES || facts[2] > AK_EFFECT_YES ||
      facts[3] > AK_EFFECT_YES || facts[4] > AK_EFFECT_HARNESS)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "offset %zu: no such fact", in->position);
  turn->end = (AkEffectEnd)facts[0];
  *o = (AkEffectOutcome){.product = which[0],
                         .corpus = which[1],
                         .case_index = which[2],
                         .repetition = which[3],
                         .happened = facts[1],
                         .blocked = facts[2],
                         .logged = facts[3],
                         .error = facts[4],
                         .score_ppm = (gint64)numbers[0],
                         .began_ns = (gint64)numbers[1],
                         .took_ns = (gint64)numbers[2],
                         .alerted_ns = (gint64)numbers[3],
                         .answer_at = numbers[4],
                         .answer_length = numbers[5],
                         .line_at = numbers[6],
                         .line_length = numbers[7]};
  return true;
}

bool ak_effect_batch_take_rows(AkEffectBatch *self, const void *data, gsize size, GError **error) {
  AkReader in = ak_reader_init(data, size);
  if (size != (gsize)self->turns->len * AK_EFFECT_TURN_BYTES)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%zu bytes are not %u rows", size,
                        self->turns->len);
  for (guint i = 0; i < self->turns->len; i++)
    if (!read_row(&in, ak_effect_batch_turn(self, i), error))
      return false;
  return true;
}

/* What is read is what is written. */
bool ak_effect_batch_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkEffectBatch) batch = ak_effect_batch_new(0, 0, 0);
  g_array_set_size(batch->turns, (guint)MIN(size / AK_EFFECT_TURN_BYTES, 1000));
  if (!ak_effect_batch_take_rows(batch, data, size, NULL))
    return false;
  g_autoptr(GBytes) again = ak_effect_batch_rows(batch), given = g_bytes_new(data, size);
  g_assert(g_bytes_equal(again, given));
  return true;
}
