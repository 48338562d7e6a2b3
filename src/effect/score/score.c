#include "effect/score/score.h"

#include "effect/score/parts.h"

static json_t *corpora_json(const AkEffectScoreSpec *spec) {
  json_t *rows = json_array();
  for (guint c = 0; c < spec->corpora->len; c++) {
    const AkEffectCorpus *corpus = spec->corpora->pdata[c];
    char hex[AK_DIGEST_HEX_SIZE];
    guint attacks = 0;
    ak_digest_to_hex(&corpus->digest, hex);
    for (guint i = 0; i < corpus->cases->len; i++)
      attacks += ((const AkEffectCase *)corpus->cases->pdata[i])->attack;
    json_t *families = json_array();
    for (guint i = 0; corpus->written_for != NULL && corpus->written_for[i] != NULL; i++)
      json_array_append_new(families, json_string(corpus->written_for[i]));
    json_array_append_new(
        rows,
        json_pack("{s:s, s:s*, s:s, s:s, s:i, s:i, s:o, s:b, s:b}", "id", corpus->id, "name",
                  corpus->name, "kind", ak_effect_kinds[corpus->kind], "sha256", hex, "attacks",
                  (int)attacks, "harmless", (int)(corpus->cases->len - attacks), "written_for",
                  families, "function_check", corpus->function_check, "burnt", corpus->burnt));
  }
  return rows;
}

/* Cases that were not asked for are in no run at all: they are not listed. */
static bool was_tried(const AkEffectScore *self, guint32 number) {
  for (guint p = 0; p < self->spec->product_count; p++)
    if (self->cells[p][number].runs + self->cells[p][number].harness > 0)
      return true;
  return self->cells[self->spec->product_count][number].runs > 0;
}

static json_t *excluded_json(const AkEffectScore *self) {
  json_t *rows = json_array();
  for (guint32 i = 0; i < self->case_count; i++) {
    const char *reason = ak_effect_score_excluded(self, i);
    if (reason != NULL && was_tried(self, i))
      json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "corpus",
                                            ak_effect_score_corpus(self, i)->id, "case",
                                            ak_effect_score_case(self, i)->id, "reason", reason));
  }
  return rows;
}

json_t *ak_effect_score_result(const AkEffectScore *self) {
  const AkBootstrap *bootstrap = &self->spec->bootstrap;
  json_t *products = json_array();
  for (guint p = 0; p < self->spec->product_count; p++)
    json_array_append_new(products, ak_effect_score_product(self, p));
  g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, bootstrap->seed);
  return json_pack("{s:o, s:o, s:o, s:o, s:{s:o, s:i, s:s, s:i}}", "products", products,
                   "comparisons", ak_effect_score_comparisons(self), "excluded",
                   excluded_json(self), "corpora", corpora_json(self->spec), "statistics",
                   "confidence", ak_effect_number(bootstrap->confidence), "rounds",
                   (int)bootstrap->rounds, "seed", seed, "min_bases", AK_EFFECT_SCORE_MIN_BASES);
}
