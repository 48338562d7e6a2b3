#include "core/effect.h"

#include "util/json.h"

const char *const ak_effect_kinds[] = {"http", "capture", "file", "line", NULL};
const char *const ak_effect_facts[] = {"unknown", "no", "yes", NULL};
const char *const ak_effect_errors[] = {"",     "died",    "hung",    "late", "broken",
                                        "lost", "flooded", "harness", NULL};

bool ak_effect_kind_find(const char *word, AkEffectKind *out) {
  for (guint i = 0; ak_effect_kinds[i] != NULL; i++)
    if (g_str_equal(ak_effect_kinds[i], word)) {
      *out = (AkEffectKind)i;
      return true;
    }
  return false;
}

void ak_effect_case_free(AkEffectCase *self) {
  g_free(self->id);
  g_free(self->base);
  g_strfreev(self->category);
  g_free(self->source);
  g_free(self->licence);
  g_free(self->marker);
  g_free(self->target);
  g_free(self->expects);
  if (self->bytes)
    g_bytes_unref(self->bytes);
  g_free(self);
}

void ak_effect_corpus_free(AkEffectCorpus *self) {
  g_free(self->id);
  g_free(self->name);
  g_strfreev(self->written_for);
  if (self->shelf != NULL)
    g_ptr_array_set_free_func(self->cases, NULL);
  g_ptr_array_unref(self->cases);
  ak_shelf_free(self->shelf);
  g_free(self);
}

AkEffectCorpus *ak_effect_corpus_new(const char *id, AkEffectKind kind) {
  AkEffectCorpus *self = g_new0(AkEffectCorpus, 1);
  self->id = g_strdup(id);
  self->kind = kind;
  self->cases = g_ptr_array_new_with_free_func((GDestroyNotify)ak_effect_case_free);
  return self;
}

/* --- the shelf
 * ------------------------------------------------------------------------------------------- */

#define BREATH 4096 /* cases */

/* A text as it lies already, or a copy. */
static bool shelve_text(AkShelf *shelf, const char *before, const char *text, char **out,
                        GError **error) {
  bool is_same = before != NULL && g_strcmp0(before, text) == 0;
  *out = is_same ? (char *)before : ak_shelf_text(shelf, text, error);
  return *out != NULL || text == NULL;
}

static bool shelve_texts(AkShelf *shelf, GStrv before, GStrv texts, GStrv *out, GError **error) {
  bool is_same = before != NULL && texts != NULL &&
                 g_strv_equal((const gchar *const *)before, (const gchar *const *)texts);
  guint count = texts != NULL ? g_strv_length(texts) : 0;
  *out = texts == NULL ? NULL
         : is_same     ? before
                       : ak_shelf_take(shelf, (count + 1) * sizeof **out, error);
  if (is_same || *out == NULL)
    return texts == NULL || is_same;
  for (guint i = 0; i < count; i++)
    if (((*out)[i] = ak_shelf_text(shelf, texts[i], error)) == NULL)
      return false;
  return true;
}

/* `before`: the case that came last, or one without texts. */
static AkEffectCase *shelve(AkShelf *shelf, const AkEffectCase *before, const AkEffectCase *one,
                            GError **error) {
  AkEffectCase *out = ak_shelf_take(shelf, sizeof *out, error);
  const void *data = ak_effect_case_data(one, &(gsize){0});
  if (out == NULL)
    return NULL;
  out->kind = one->kind;
  out->attack = one->attack;
  out->size = one->bytes != NULL ? g_bytes_get_size(one->bytes) : one->size;
  out->data = ak_shelf_copy(shelf, data, out->size, error);
  bool done = out->data != NULL && shelve_text(shelf, NULL, one->id, &out->id, error) &&
              shelve_text(shelf, before->base, one->base, &out->base, error) &&
              shelve_texts(shelf, before->category, one->category, &out->category, error) &&
              shelve_text(shelf, before->source, one->source, &out->source, error) &&
              shelve_text(shelf, before->licence, one->licence, &out->licence, error) &&
              shelve_text(shelf, before->marker, one->marker, &out->marker, error) &&
              shelve_text(shelf, before->target, one->target, &out->target, error) &&
              shelve_text(shelf, before->expects, one->expects, &out->expects, error);
  return done ? out : NULL;
}

bool ak_effect_corpus_add(AkEffectCorpus *self, AkEffectCase *taken, GError **error) {
  static const AkEffectCase none;
  guint count = self->cases->len;
  g_autoptr(AkEffectCase) one = taken;
  g_assert(self->shelf != NULL || count == 0);
  if (self->shelf == NULL && (self->shelf = ak_shelf_new(error)) == NULL)
    return false;
  AkEffectCase *laid =
      shelve(self->shelf, count > 0 ? self->cases->pdata[count - 1] : &none, one, error);
  if (laid == NULL)
    return false;
  g_ptr_array_add(self->cases, laid);
  ak_effect_corpus_pass(self, count);
  return true;
}

void ak_effect_corpus_breathe(const AkEffectCorpus *self) {
  if (self->shelf != NULL)
    ak_shelf_breathe(self->shelf);
}

void ak_effect_corpora_breathe(const GPtrArray *corpora) {
  for (guint i = 0; i < corpora->len; i++)
    ak_effect_corpus_breathe(corpora->pdata[i]);
}

void ak_effect_corpus_pass(const AkEffectCorpus *self, guint index) {
  const AkEffectCase *one = self->cases->pdata[index];
  if (self->shelf != NULL)
    ak_shelf_pass(self->shelf, one->size);
  if (index % BREATH == BREATH - 1)
    ak_effect_corpus_breathe(self);
}

/* --- closing
 * --------------------------------------------------------------------------------------------- */

static int compare_cases(gconstpointer a, gconstpointer b) {
  const AkEffectCase *left = *(AkEffectCase *const *)a, *right = *(AkEffectCase *const *)b;
  return g_strcmp0(left->id, right->id);
}

/* All that a reader of the corpus is told of a case; its bytes by their digest. */
static json_t *case_to_json(const AkEffectCase *self) {
  gsize size = 0;
  const void *data = ak_effect_case_data(self, &size);
  char hex[AK_DIGEST_HEX_SIZE];
  const AkDigest digest = ak_digest_of(data, size);
  ak_digest_to_hex(&digest, hex);
  json_t *category = json_array();
  for (guint i = 0; self->category && self->category[i]; i++)
    json_array_append_new(category, json_string(self->category[i]));
  return json_pack("{s:s s:s s:s s:b s:o s:s? s:s? s:s? s:s? s:s* s:s}", "id", self->id, "base",
                   self->base, "kind", ak_effect_kinds[self->kind], "attack", self->attack,
                   "category", category, "source", self->source, "licence", self->licence, "marker",
                   self->marker, "target", self->target, "expects", self->expects, "sha256", hex);
}

/* Most files have their cases in order: then nothing needs memory for sorting. */
static bool is_sorted(const AkEffectCorpus *self) {
  for (guint i = 1; i < self->cases->len; i++) {
    ak_effect_corpus_pass(self, i);
    if (compare_cases(&self->cases->pdata[i - 1], &self->cases->pdata[i]) > 0)
      return false;
  }
  return true;
}

bool ak_effect_corpus_close(AkEffectCorpus *self, GError **error) {
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  if (!is_sorted(self))
    g_ptr_array_sort(self->cases, compare_cases);
  for (guint i = 0; i < self->cases->len; i++) {
    const AkEffectCase *one = self->cases->pdata[i];
    ak_effect_corpus_pass(self, i);
    if (i && g_str_equal(one->id, ((AkEffectCase *)self->cases->pdata[i - 1])->id))
      return ak_error_set(error, AK_ERROR_CONFLICT, "%s: the case %s stands twice: rename one",
                          self->id, one->id);
    json_t *row = case_to_json(one);
    gsize size = 0;
    g_autofree char *line = ak_json_canonical(row, &size, error);
    json_decref(row);
    if (!line) {
      g_prefix_error(error, "%s: %s: ", self->id, one->id);
      return false;
    }
    ak_digest_sum_add(sum, line, size);
    ak_digest_sum_add(sum, "\n", 1);
  }
  self->digest = ak_digest_sum_end(sum);
  return true;
}

const char *ak_effect_unproven(const AkEffectCase *one, bool error, bool happened) {
  if (error)
    return "control-error";
  if (happened)
    return NULL;
  return !one->attack ? "no-success" : one->marker != NULL ? "no-effect" : "no-marker";
}
