/* The records of a trial. */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app/effect-state.h"
#include "core/record.h"

static json_t *digest_json(const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  return json_string(hex);
}

static json_t *keep_bytes(AkLog *log, const void *bytes, gsize size, GError **error) {
  AkDigest digest;
  return ak_log_put_blob(log, bytes, size, &digest, error) ? digest_json(&digest) : NULL;
}

/* --- what the range is
 * ----------------------------------------------------------------------------- */

static json_t *file_json(const AkRangeFile *file) {
  gsize size = 0;
  const void *bytes = file->bytes != NULL ? g_bytes_get_data(file->bytes, &size) : NULL;
  AkDigest digest = ak_digest_of(bytes, size);
  return json_pack("{s:s, s:o}", "to", file->to, "sha256", digest_json(&digest));
}

static json_t *product_json(const AkRangeProduct *product) {
  json_t *files = json_array();
  for (guint i = 0; i < product->files->len; i++)
    json_array_append_new(files, file_json(product->files->pdata[i]));
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "id", product->id, "version", product->version,
                   "configuration", product->configuration, "adapter", product->adapter,
                   "detected_by", ak_range_duties[product->duty], "files", files);
}

static json_t *corpus_json(const AkEffectCorpus *corpus) {
  json_t *written_for = json_array();
  gint attacks = 0;
  for (guint i = 0; corpus->written_for != NULL && corpus->written_for[i] != NULL; i++)
    json_array_append_new(written_for, json_string(corpus->written_for[i]));
  for (guint i = 0; i < corpus->cases->len; i++) {
    attacks += ((const AkEffectCase *)corpus->cases->pdata[i])->attack;
    ak_effect_corpus_pass(corpus, i);
  }
  return json_pack("{s:s, s:s*, s:s, s:o, s:i, s:i, s:o, s:b, s:b}", "id", corpus->id, "name",
                   corpus->name, "kind",
                   ak_effect_kinds[corpus->kind], "sha256", digest_json(&corpus->digest), "cases",
                   (int)corpus->cases->len, "attacks", attacks, "written_for", written_for,
                   "function_check", corpus->function_check, "burnt", corpus->burnt);
}

/* {"document", "products", "corpora"}: whatever changes a trial changes these. */
static json_t *range_json(const AkRange *range) {
  json_t *products = json_array(), *corpora = json_array();
  for (guint i = 0; i < range->products->len; i++)
    json_array_append_new(products, product_json(range->products->pdata[i]));
  for (guint i = 0; i < range->corpora->len; i++)
    json_array_append_new(corpora, corpus_json(range->corpora->pdata[i]));
  return json_pack("{s:O, s:o, s:o}", "document", range->document, "products", products, "corpora",
                   corpora);
}

bool ak_effect_range_digest(const AkRange *range, AkDigest *out, GError **error) {
  g_autoptr(json_t) json = range_json(range);
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(json, &size, error);
  if (bytes == NULL)
    return false;
  *out = ak_digest_of(bytes, size);
  return true;
}

/* --- cases: what a reader of the evidence must know of them, without the bytes -------------------
 */

static json_t *case_json(const AkEffectCase *one) {
  json_t *category = json_array();
  gsize size = 0;
  const void *bytes = ak_effect_case_data(one, &size);
  AkDigest digest = ak_digest_of(bytes, size);
  for (guint i = 0; one->category != NULL && one->category[i] != NULL; i++)
    json_array_append_new(category, json_string(one->category[i]));
  return json_pack("{s:s, s:s, s:b, s:o, s:s*, s:s*, s:s*, s:s*, s:o}", "id", one->id, "base",
                   one->base, "attack", one->attack, "category", category, "marker", one->marker,
                   "source", one->source, "licence", one->licence, "expects", one->expects,
                   "sha256", digest_json(&digest));
}

#define PART_CASES 2000 /* that are in memory at a time, here and where they are read */

static json_t *keep_json(AkLog *log, const json_t *json, GError **error) {
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(json, &size, error);
  return bytes != NULL ? keep_bytes(log, bytes, size, error) : NULL;
}

/* Digests of lists of cases. */
static json_t *keep_parts(AkLog *log, const AkEffectCorpus *corpus, GError **error) {
  g_autoptr(json_t) parts = json_array();
  for (guint first = 0; first < corpus->cases->len; first += PART_CASES) {
    g_autoptr(json_t) rows = json_array();
    for (guint i = first; i < MIN(corpus->cases->len, first + PART_CASES); i++) {
      json_array_append_new(rows, case_json(corpus->cases->pdata[i]));
      ak_effect_corpus_pass(corpus, i);
    }
    json_t *digest = keep_json(log, rows, error);
    if (digest == NULL)
      return NULL;
    json_array_append_new(parts, digest);
    ak_effect_corpus_breathe(corpus);
  }
  return g_steal_pointer(&parts);
}

static json_t *keep_cases(AkLog *log, const AkRange *range, GError **error) {
  g_autoptr(json_t) corpora = json_array();
  for (guint c = 0; c < range->corpora->len; c++) {
    json_t *parts = keep_parts(log, range->corpora->pdata[c], error);
    if (parts == NULL)
      return NULL;
    json_array_append_new(corpora, parts);
  }
  return keep_json(log, corpora, error);
}

/* --- where it runs
 * ---------------------------------------------------------------------------------- */

static char *processor(void) {
  g_autofree char *text = NULL;
  const char *at =
      g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL) ? strstr(text, "model name") : NULL;
  const char *colon = at != NULL ? strchr(at, ':') : NULL;
  return colon != NULL ? g_strstrip(g_strndup(colon + 1, strcspn(colon + 1, "\n")))
                       : g_strdup("unknown");
}

static json_t *host_json(void) {
  struct utsname name = {0};
  g_autofree char *model = processor();
  gint64 pages = sysconf(_SC_PHYS_PAGES);
  uname(&name);
  return json_pack("{s:s, s:i, s:I, s:s, s:s}", "processor", model, "processors",
                   (int)sysconf(_SC_NPROCESSORS_ONLN), "memory_bytes",
                   (json_int_t)(pages * sysconf(_SC_PAGESIZE)), "kernel", name.release, "machine",
                   name.machine);
}

/* --- the records
 * ------------------------------------------------------------------------------------ */

static bool append(AkLog *log, json_t *taken, GError **error) {
  g_autoptr(json_t) record = taken;
  guint64 index = 0;
  return ak_log_append(log, record, &index, error);
}

static json_t *strings_json(const char *const *texts) {
  json_t *list = json_array();
  for (; texts != NULL && *texts != NULL; texts++)
    json_array_append_new(list, json_string(*texts));
  return list;
}

bool ak_effect_record_plan(AkLog *log, const AkRange *range, const char *run_id, guint64 token_key,
                           const char *const *only, const char *const *cases, GError **error) {
  g_autoptr(json_t) json = range_json(range);
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(json, &size, error);
  g_autoptr(json_t) digest = bytes != NULL ? keep_bytes(log, bytes, size, error) : NULL;
  g_autoptr(json_t) kept = digest != NULL ? keep_cases(log, range, error) : NULL;
  if (kept == NULL)
    return false;
  json_t *record = ak_record_new(AK_RECORD_TRIAL_PLANNED, run_id, ak_now_utc_us());
  g_autofree char *key = g_strdup_printf("%016" G_GINT64_MODIFIER "x", token_key);
  json_object_set_new(record, "name", json_string(range->name));
  json_object_set(record, "range", digest);
  json_object_set(record, "cases", kept);
  json_object_set(record, "products", json_object_get(json, "products"));
  json_object_set(record, "corpora", json_object_get(json, "corpora"));
  json_object_set(record, "plan", json_object_get(range->document, "plan"));
  json_object_set_new(record, "program", json_string(AK_VERSION));
  json_object_set_new(record, "host", host_json());
  json_object_set_new(record, "token_key", json_string(key));
  json_object_set_new(record, "only", strings_json(only));
  json_object_set_new(record, "only_cases", strings_json(cases));
  return append(log, record, error);
}

static bool keep_array(AkLog *log, json_t *record, const char *name, const GByteArray *bytes,
                       GError **error) {
  if (bytes->len == 0)
    return true; /* a member that is missing means no bytes */
  json_t *digest = keep_bytes(log, bytes->data, bytes->len, error);
  return digest != NULL && json_object_set_new(record, name, digest) == 0;
}

bool ak_effect_record_batch(AkLog *log, const char *run_id, const AkTrialUnit *unit,
                            const AkEffectBatch *batch, const AkTrialAccount *account,
                            GError **error) {
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_TRIAL_BATCH, run_id, ak_now_utc_us());
  g_autoptr(GBytes) rows = ak_effect_batch_rows(batch);
  gsize size = 0;
  const void *bytes = g_bytes_get_data(rows, &size);
  const struct {
    const char *name;
    gint64 value;
  } numbers[] = {{"unit", unit->number},
                 {"product", unit->product == AK_EFFECT_CONTROL ? -1 : (gint64)unit->product},
                 {"repetition", unit->repetition},
                 {"first", batch->first},
                 {"count", batch->turns->len},
                 {"answers_at", (gint64)batch->answers_at},
                 {"log_at", (gint64)batch->log_at},
                 {"target_at", (gint64)batch->target_at},
                 {"deaths", account->deaths},
                 {"cpu_us", account->use.cpu_us},
                 {"waited_us", account->use.waited_us},
                 {"memory_bytes", account->use.memory_bytes},
                 {"took_us", account->took_ns / 1000},
                 {"given_us", account->given_ns / 1000},
                 {"given_cpu_us", account->given.cpu_us},
                 {"given_waited_us", account->given.waited_us}};
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    json_object_set_new(record, numbers[i].name, json_integer(numbers[i].value));
  json_object_set_new(record, "log_whole", json_boolean(batch->log_is_whole));
  json_object_set_new(record, "log_flooded", json_boolean(batch->log_is_flooded));
  json_object_set_new(record, "has_target", json_boolean(batch->has_target));
  json_t *digest = keep_bytes(log, bytes, size, error);
  guint64 index = 0;
  return digest != NULL && json_object_set_new(record, "rows", digest) == 0 &&
         keep_array(log, record, "answers", batch->answers, error) &&
         keep_array(log, record, "log", batch->log, error) &&
         keep_array(log, record, "target_log", batch->target_log, error) &&
         ak_log_append(log, record, &index, error);
}

bool ak_effect_record_end(AkLog *log, const char *run_id, const char *end, GError **error) {
  json_t *record = ak_record_new(AK_RECORD_TRIAL_ENDED, run_id, ak_now_utc_us());
  json_object_set_new(record, "end", json_string(end));
  return append(log, record, error);
}
