#include "effect/score/score.h"

#include "effect/score/parts.h"

static json_t *corpora_json(const AkEffectScore *self) {
  const AkEffectScoreSpec *spec = self->spec;
  json_t *rows = json_array();
  for (guint c = 0; c < spec->corpora->len; c++) {
    const AkEffectCorpus *corpus = spec->corpora->pdata[c];
    char hex[AK_DIGEST_HEX_SIZE];
    guint attacks = 0;
    ak_digest_to_hex(&corpus->digest, hex);
    for (guint32 i = self->starts[c]; i < self->starts[c + 1]; i++)
      attacks += ak_effect_score_is(self, i, AK_EFFECT_MARK_ATTACK);
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

static bool list_excluded(const AkEffectScore *self, json_t *out, GError **error) {
  AkEffectList list = ak_effect_list_begin(self->spec, AK_EFFECT_SCORE_CONTROL, "excluded");
  bool done = true;
  for (guint32 i = 0; done && i < self->case_count; i++) {
    ak_effect_score_breathe(self, i);
    if (ak_effect_score_is(self, i, AK_EFFECT_MARK_EXCLUDED) && was_tried(self, i))
      done = ak_effect_list_add(&list,
                                json_pack("{s:s, s:s, s:s, s:s}", "corpus",
                                          ak_effect_score_corpus(self, i)->id, "case",
                                          ak_effect_score_case(self, i)->id, "base",
                                          ak_effect_score_case(self, i)->base, "reason",
                                          ak_effect_score_excluded(self, i)),
                                error);
  }
  ak_effect_list_end(&list, out);
  return done;
}

json_t *ak_effect_score_result(AkEffectScore *self, GError **error) {
  const AkBootstrap *bootstrap = &self->spec->bootstrap;
  g_autoptr(json_t) products = json_array(), out = json_object();
  ak_effect_score_settle(self);
  for (guint p = 0; p < self->spec->product_count; p++) {
    json_t *product = ak_effect_score_product(self, p, error);
    if (product == NULL)
      return NULL;
    json_array_append_new(products, product);
  }
  if (!list_excluded(self, out, error))
    return NULL;
  g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, bootstrap->seed);
  json_object_set(out, "products", products);
  json_object_set_new(out, "comparisons", ak_effect_score_comparisons(self));
  json_object_set_new(out, "corpora", corpora_json(self));
  json_object_set_new(out, "statistics",
                      json_pack("{s:o, s:i, s:s, s:i}", "confidence",
                                ak_effect_number(bootstrap->confidence), "rounds",
                                (int)bootstrap->rounds, "seed", seed, "min_bases",
                                AK_EFFECT_SCORE_MIN_BASES));
  return g_steal_pointer(&out);
}
