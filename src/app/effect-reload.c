#include "app/effect-reload.h"

#include <string.h>

#include "effect/adapter/adapter.h"
#include "exchange/range-yaml.h"

/* --- blobs
 * --------------------------------------------------------------------------------------------- */

static bool refuse(const char *what, GError **error) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "the evidence of the trial: %s", what);
}

static GBytes *blob_of(const json_t *record, const char *key, AkLog *log, GError **error) {
  AkDigest digest;
  if (!ak_digest_from_hex(ak_json_string_or(record, key, ""), &digest)) {
    refuse(key, error);
    return NULL;
  }
  return ak_log_get_blob(log, &digest, error);
}

static json_t *document_in(GBytes *bytes, const char *where, GError **error) {
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  return ak_json_parse(text != NULL ? text : "", size, where, error);
}

static json_t *document_of(const json_t *record, const char *key, AkLog *log, GError **error) {
  g_autoptr(GBytes) bytes = blob_of(record, key, log, error);
  return bytes != NULL ? document_in(bytes, key, error) : NULL;
}

/* --- the range
 * ------------------------------------------------------------------------------------------ */

static GStrv texts_of(const json_t *list) {
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(list); i++)
    if (json_is_string(json_array_get(list, i)))
      g_strv_builder_add(texts, json_string_value(json_array_get(list, i)));
  return g_strv_builder_end(texts);
}

static AkEffectCase *case_of(const json_t *row, AkEffectKind kind) {
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup(ak_json_string_or(row, "id", ""));
  one->base = g_strdup(ak_json_string_or(row, "base", one->id));
  one->kind = kind;
  one->attack = json_is_true(json_object_get(row, "attack"));
  one->category = texts_of(json_object_get(row, "category"));
  one->source = g_strdup(ak_json_string_or(row, "source", ""));
  one->licence = g_strdup(ak_json_string_or(row, "licence", ""));
  one->marker = g_strdup(ak_json_string_or(row, "marker", NULL));
  one->expects = g_strdup(ak_json_string_or(row, "expects", NULL));
  one->bytes = g_bytes_new_static("", 0);
  return one;
}

static bool take_case(AkEffectCorpus *corpus, const json_t *row, GError **error) {
  return ak_effect_corpus_add(corpus, case_of(row, corpus->kind), error);
}

static bool take_part(AkEffectCorpus *corpus, const char *hex, AkLog *log, GError **error) {
  AkDigest digest;
  if (hex == NULL || !ak_digest_from_hex(hex, &digest))
    return refuse("a list of cases has no digest", error);
  g_autoptr(GBytes) bytes = ak_log_get_blob(log, &digest, error);
  g_autoptr(json_t) rows = bytes != NULL ? document_in(bytes, "cases", error) : NULL;
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (!take_case(corpus, json_array_get(rows, i), error))
      return false;
  return rows != NULL;
}

/* `parts`: digests of lists of cases; in plans of older programs the cases themselves. */
static bool take_cases(AkEffectCorpus *corpus, const json_t *parts, AkLog *log, GError **error) {
  for (gsize p = 0; p < json_array_size(parts); p++) {
    const json_t *part = json_array_get(parts, p);
    bool is_taken = json_is_object(part) ? take_case(corpus, part, error)
                                         : take_part(corpus, json_string_value(part), log, error);
    if (!is_taken)
      return false;
  }
  return true;
}

/* The cases stand in the order of the corpus, which outcomes count by. */
static AkEffectCorpus *corpus_of(const json_t *row, const json_t *parts, AkLog *log,
                                 GError **error) {
  AkEffectKind kind = AK_EFFECT_HTTP;
  const char *id = ak_json_string(row, "id", "corpus", error);
  if (id == NULL)
    return NULL;
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new(id, kind);
  if (!ak_effect_kind_find(ak_json_string_or(row, "kind", ""), &kind) ||
      !ak_digest_from_hex(ak_json_string_or(row, "sha256", ""), &corpus->digest)) {
    refuse("a corpus is not as it was planned", error);
    return NULL;
  }
  corpus->kind = kind;
  corpus->name = g_strdup(ak_json_string_or(row, "name", id));
  corpus->written_for = texts_of(json_object_get(row, "written_for"));
  corpus->function_check = json_is_true(json_object_get(row, "function_check"));
  corpus->burnt = json_is_true(json_object_get(row, "burnt"));
  if (!take_cases(corpus, parts, log, error))
    return NULL;
  if (json_integer_value(json_object_get(row, "cases")) != (json_int_t)corpus->cases->len) {
    refuse("a corpus is not as it was planned", error);
    return NULL;
  }
  return g_steal_pointer(&corpus);
}

static bool fill_corpora(AkRange *range, const json_t *planned, const json_t *cases, AkLog *log,
                         GError **error) {
  const json_t *rows = json_object_get(planned, "corpora");
  if (json_array_size(rows) != json_array_size(cases))
    return refuse("not as many corpora as lists of cases", error);
  g_ptr_array_set_size(range->corpora, 0);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    AkEffectCorpus *corpus =
        corpus_of(json_array_get(rows, i), json_array_get(cases, i), log, error);
    if (corpus == NULL)
      return false;
    g_ptr_array_add(range->corpora, corpus);
  }
  return true;
}

AkRange *ak_effect_reload_range(const AkEffectState *state, AkLog *log, GError **error) {
  g_autoptr(json_t) planned = document_of(state->planned, "range", log, error);
  g_autoptr(json_t) cases =
      planned != NULL ? document_of(state->planned, "cases", log, error) : NULL;
  json_t *document = json_object_get(planned, "document");
  if (cases == NULL)
    return NULL;
  if (!json_is_object(document)) {
    refuse("there is no range", error);
    return NULL;
  }
  g_autoptr(AkRange) range = ak_range_from_document(document, NULL);
  if (range->name == NULL || !fill_corpora(range, planned, cases, log, error))
    return NULL;
  return g_steal_pointer(&range);
}

/* --- batches
 * --------------------------------------------------------------------------------------------- */

/* A member that is missing means no bytes. */
static bool fill(GByteArray *out, const json_t *record, const char *key, AkLog *log,
                 GError **error) {
  if (json_object_get(record, key) == NULL)
    return true;
  g_autoptr(GBytes) bytes = blob_of(record, key, log, error);
  gsize size = 0;
  const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (bytes == NULL || size > G_MAXUINT)
    return bytes != NULL ? refuse(key, error) : false;
  g_byte_array_append(out, data, (guint)size);
  return true;
}

/* Where an answer stands must be inside of the answers. */
static bool fits(const AkEffectBatch *batch, const AkEffectOutcome *outcome) {
  guint64 from = outcome->answer_at - batch->answers_at;
  return outcome->answer_length == 0 ||
         (outcome->answer_at >= batch->answers_at && from <= batch->answers->len &&
          outcome->answer_length <= batch->answers->len - from);
}

static bool name_cases(AkEffectBatch *batch, const AkRange *range, GError **error) {
  for (guint i = 0; i < batch->turns->len; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    const AkEffectOutcome *outcome = &turn->outcome;
    const AkEffectCorpus *corpus =
        outcome->corpus < range->corpora->len ? range->corpora->pdata[outcome->corpus] : NULL;
    if (corpus == NULL || outcome->case_index >= corpus->cases->len || !fits(batch, outcome) ||
        (outcome->product >= range->products->len && outcome->product != AK_EFFECT_CONTROL))
      return refuse("a row names what is not there", error);
    turn->one = corpus->cases->pdata[outcome->case_index];
  }
  return true;
}

AkEffectBatch *ak_effect_reload_batch(const AkEffectState *state, AkLog *log, const AkRange *range,
                                      const json_t *record, GError **error) {
  guint64 key = 0;
  gsize size = 0;
  g_ascii_string_to_unsigned(ak_json_string_or(state->planned, "token_key", "0"), 16, 0,
                             G_MAXUINT64, &key, NULL);
  g_autoptr(AkEffectBatch) batch = ak_effect_batch_new(key, (guint32)ak_json_number(record, "unit"),
                                                       (guint32)ak_json_number(record, "first"));
  g_autoptr(GBytes) rows = blob_of(record, "rows", log, error);
  const void *data = rows != NULL ? g_bytes_get_data(rows, &size) : NULL;
  if (rows == NULL)
    return NULL;
  batch->corpora = range->corpora;
  batch->answers_at = (guint64)ak_json_number(record, "answers_at");
  batch->log_at = (guint64)ak_json_number(record, "log_at");
  batch->target_at = (guint64)ak_json_number(record, "target_at");
  batch->log_is_whole = json_is_true(json_object_get(record, "log_whole"));
  batch->log_is_flooded = json_is_true(json_object_get(record, "log_flooded"));
  batch->has_target = json_is_true(json_object_get(record, "has_target"));
  g_array_set_size(batch->turns, (guint)(size / AK_EFFECT_TURN_BYTES));
  if (!ak_effect_batch_take_rows(batch, data, size, error) ||
      !fill(batch->answers, record, "answers", log, error) ||
      !fill(batch->log, record, "log", log, error) ||
      !fill(batch->target_log, record, "target_log", log, error) ||
      !name_cases(batch, range, error))
    return NULL;
  return g_steal_pointer(&batch);
}
