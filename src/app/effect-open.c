/* A range file and all that it names. */
#include <fcntl.h>
#include <string.h>

#include "app/effect.h"
#include "catalog/data.h"
#include "effect/adapter/adapter.h"
#include "effect/corpus/starter.h"
#include "exchange/corpus.h"
#include "exchange/range-yaml.h"
#include "util/io.h"

#define RANGE_BYTES (4u << 20)
#define VARIANTS 2 /* of each attack of a starter corpus, unless the range says another number */
#define FILE_BYTES (64u << 20) /* of a template */

static bool load_files(const AkRange *range, AkRangeProduct *product, GError **error) {
  for (guint i = 0; i < product->files->len; i++) {
    AkRangeFile *file = product->files->pdata[i];
    g_autofree char *path = g_canonicalize_filename(file->from, range->folder);
    file->bytes = ak_io_read_file(AT_FDCWD, path, FILE_BYTES, error);
    if (file->bytes == NULL)
      return false;
  }
  return true;
}

static bool check_adapter(const AkRangeProduct *product, GError **error) {
  const AkEffectAdapter *adapter = ak_effect_adapter_find(product->adapter);
  if (adapter != NULL && adapter->kind == AK_EFFECT_CAPTURE && product->duty == 0)
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "%s: what reads captures blocks nothing; write detected_by: log",
                        product->id);
  if (adapter != NULL && adapter->kind != AK_EFFECT_CAPTURE && product->socket != NULL)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s: start.socket is for the adapter ids alone",
                        product->id);
  if (adapter != NULL)
    return adapter->check == NULL || adapter->check(product, error);
  g_autoptr(GString) known = g_string_new(NULL);
  for (const AkEffectAdapter *const *row = ak_effect_adapter_table; *row != NULL; row++)
    g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", (*row)->id);
  return ak_error_set(error, AK_ERROR_CONFIG, "%s: there is no adapter \"%s\"; there are %s",
                      product->id, product->adapter, known->str);
}

/* --- corpora ------------------------------------------------------------------------------------- */

static json_t *document(const char *id, GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("effect", id, NULL, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return text != NULL ? ak_json_parse(text, size, id, error) : NULL;
}

static AkEffectCorpus *make_http(const char *name, guint variants, guint64 seed, GError **error) {
  g_autoptr(json_t) data = document(name, error);
  if (data == NULL)
    return NULL;
  return strcmp(name, "http-attacks") == 0 ? ak_starter_attacks(data, variants, seed, error)
                                           : ak_starter_work(data, seed, error);
}

static AkEffectCorpus *make_captures(guint variants, guint64 seed, GError **error) {
  g_autoptr(AkEffectCorpus) attacks = make_http("http-attacks", variants, seed, error);
  g_autoptr(AkEffectCorpus) work = attacks != NULL ? make_http("http-work", 0, seed, error) : NULL;
  if (work == NULL)
    return NULL;
  g_ptr_array_extend_and_steal(attacks->cases, g_steal_pointer(&work->cases));
  work->cases = g_ptr_array_new();
  return ak_effect_corpus_close(attacks, error) ? ak_starter_captures(attacks, error) : NULL;
}

static AkEffectCorpus *make_builtin(const char *name, guint variants, guint64 seed,
                                    GError **error) {
  if (g_str_has_prefix(name, "http-"))
    return make_http(name, variants, seed, error);
  if (strcmp(name, "captures") == 0)
    return make_captures(variants, seed, error);
  if (strcmp(name, "traffic") == 0) {
    g_autoptr(json_t) traffic = document("traffic", error);
    return traffic != NULL ? ak_starter_traffic(traffic, seed, error) : NULL;
  }
  g_autoptr(json_t) work = document("http-work", error);
  if (work == NULL || strcmp(name, "files") == 0)
    return work != NULL ? ak_starter_files(work, error) : NULL;
  g_autoptr(json_t) mails = document("mails", error);
  return mails != NULL ? ak_starter_mails(mails, work, seed, error) : NULL;
}

static bool check_digest(const AkEffectCorpus *corpus, const char *wanted, GError **error) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&corpus->digest, hex);
  return wanted == NULL || strcmp(wanted, hex) == 0 ||
         ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "corpus %s: the range file says sha256 %s, the corpus has %s; correct the one "
                      "that is wrong",
                      corpus->id, wanted, hex);
}

/* The range file's own words about a corpus stand above those of the corpus itself, but for what makes a
 * figure weaker: that holds where either says it. */
static void lay_over(AkEffectCorpus *corpus, const AkEffectCorpus *stated) {
  g_free(corpus->id);
  corpus->id = g_strdup(stated->id);
  corpus->function_check |= stated->function_check;
  for (guint i = 0; stated->written_for != NULL && stated->written_for[i] != NULL; i++) {
    guint count = corpus->written_for != NULL ? g_strv_length(corpus->written_for) : 0;
    corpus->written_for = g_renew(char *, corpus->written_for, count + 2);
    corpus->written_for[count] = g_strdup(stated->written_for[i]);
    corpus->written_for[count + 1] = NULL;
  }
}

static AkEffectCorpus *read_corpus(const AkRange *range, const json_t *row, GError **error) {
  const char *file = ak_json_string_or(row, "file", NULL);
  const json_t *variants = json_object_get(row, "variants");
  if (file == NULL)
    return make_builtin(ak_json_string_or(row, "builtin", ""),
                        variants != NULL ? (guint)json_integer_value(variants) : VARIANTS,
                        range->seed, error);
  g_autofree char *path = g_canonicalize_filename(file, range->folder);
  return ak_corpus_read(path, error);
}

static bool load_corpus(AkRange *range, guint number, GError **error) {
  const json_t *row = json_array_get(json_object_get(range->document, "corpora"), number);
  AkEffectCorpus *stated = range->corpora->pdata[number];
  if (json_object_get(row, "cases") != NULL)
    return ak_effect_corpus_close(stated, error);
  AkEffectCorpus *corpus = read_corpus(range, row, error);
  if (corpus == NULL)
    return false;
  lay_over(corpus, stated);
  ak_effect_corpus_free(stated);
  range->corpora->pdata[number] = corpus;
  return check_digest(corpus, ak_json_string_or(row, "sha256", NULL), error);
}

static bool load(AkRange *range, GError **error) {
  for (guint i = 0; i < range->products->len; i++)
    if (!check_adapter(range->products->pdata[i], error) ||
        !load_files(range, range->products->pdata[i], error))
      return false;
  for (guint i = 0; i < range->corpora->len; i++)
    if (!load_corpus(range, i, error))
      return false;
  return true;
}

AkRange *ak_app_effect_open(const char *path, GPtrArray *problems, GError **error) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  g_autofree char *folder = g_path_get_dirname(whole);
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, whole, RANGE_BYTES, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (bytes == NULL)
    return NULL;
  g_autoptr(AkRange) range =
      ak_range_check(text != NULL ? text : "", size, path, folder, problems, error);
  if (range == NULL || !load(range, error))
    return NULL;
  range->path = g_steal_pointer(&whole);
  return g_steal_pointer(&range);
}
