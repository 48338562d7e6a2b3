#include "core/effect.h"

#include "util/json.h"

const char *const ak_effect_kinds[] = {"http", "capture", "file", "line", NULL};
const char *const ak_effect_facts[] = {"unknown", "no", "yes", NULL};
const char *const ak_effect_errors[] = {"",     "died",    "hung",    "late", "broken",
                                        "lost", "flooded", "harness", NULL};

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
  g_ptr_array_unref(self->cases);
  g_free(self);
}

AkEffectCorpus *ak_effect_corpus_new(const char *id, AkEffectKind kind) {
  AkEffectCorpus *self = g_new0(AkEffectCorpus, 1);
  self->id = g_strdup(id);
  self->kind = kind;
  self->cases = g_ptr_array_new_with_free_func((GDestroyNotify)ak_effect_case_free);
  return self;
}

static int compare_cases(gconstpointer a, gconstpointer b) {
  const AkEffectCase *left = *(AkEffectCase *const *)a, *right = *(AkEffectCase *const *)b;
  return g_strcmp0(left->id, right->id);
}

/* All that a reader of the corpus is told of a case; its bytes by their digest. */
static json_t *case_to_json(const AkEffectCase *self) {
  gsize size = 0;
  const void *data = g_bytes_get_data(self->bytes, &size);
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

bool ak_effect_corpus_close(AkEffectCorpus *self, GError **error) {
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  g_ptr_array_sort(self->cases, compare_cases);
  for (guint i = 0; i < self->cases->len; i++) {
    const AkEffectCase *one = self->cases->pdata[i];
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
