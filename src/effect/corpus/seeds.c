/* Seeds of attacks → cases. */
#include <string.h>

#include "effect/corpus/starter.h"
#include "effect/corpus/variant.h"
#include "util/random.h"

enum { MAX_VARIANTS = 8 };

/* One class of the document: what its seeds have in common. */
typedef struct {
  const json_t *row, *send, *variants;
  const char *id, *marker, *method, *path, *place;
  GStrv category;
  const json_t *document;
} Class;

static void class_clear(Class *self) {
  g_strfreev(self->category);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Class, class_clear)

static GStrv texts_of(const json_t *array) {
  GStrvBuilder *builder = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(array); i++)
    if (json_is_string(json_array_get(array, i)))
      g_strv_builder_add(builder, json_string_value(json_array_get(array, i)));
  GStrv texts = g_strv_builder_end(builder);
  g_strv_builder_unref(builder);
  return texts;
}

static bool read_class(const json_t *document, const json_t *row, Class *out, GError **error) {
  out->document = document;
  out->row = row;
  out->id = ak_json_string(row, "id", "attacks", error);
  out->marker = out->id != NULL ? ak_json_string(row, "marker", out->id, error) : NULL;
  out->send = out->marker != NULL ? ak_json_object(row, "send", out->id, error) : NULL;
  out->method = out->send != NULL ? ak_json_string(out->send, "method", out->id, error) : NULL;
  out->path = out->method != NULL ? ak_json_string(out->send, "path", out->id, error) : NULL;
  out->place = out->path != NULL ? ak_json_string(out->send, "place", out->id, error) : NULL;
  out->variants = json_object_get(row, "variants");
  out->category = texts_of(json_object_get(row, "category"));
  return out->place != NULL;
}

static bool add_case(AkEffectCorpus *corpus, const Class *class, const char *base,
                     const char *variant, const AkDraft *draft, GError **error) {
  GBytes *bytes = ak_draft_build(draft, error);
  if (bytes == NULL)
    return false;
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = variant != NULL ? g_strdup_printf("%s~%s", base, variant) : g_strdup(base);
  one->base = g_strdup(base);
  one->kind = AK_EFFECT_HTTP;
  one->attack = true;
  one->category = g_strdupv(class->category);
  one->source = g_strdup(ak_json_string_or(class->document, "source", "akashi"));
  one->licence = g_strdup(ak_json_string_or(class->document, "licence", "Apache-2.0"));
  one->marker = g_strdup(class->marker);
  one->target = g_strdup(class->path);
  one->bytes = bytes;
  g_ptr_array_add(corpus->cases, one);
  return true;
}

/* `wanted` of the class's other spellings, as the seed number chooses; those that change nothing
 * are passed over. */
static bool add_variants(AkEffectCorpus *corpus, const Class *class, const char *base,
                         AkDraft draft, guint wanted, guint64 seed, GError **error) {
  gsize count = json_array_size(class->variants);
  gsize first = (gsize)ak_random_below(ak_random_at(seed, 0), MAX(count, 1));
  const char *value = draft.value;
  gsize size = draft.size;
  for (gsize i = 0; i < count && wanted > 0; i++) {
    const char *name = json_string_value(json_array_get(class->variants, (first + i) % count));
    g_autoptr(GError) failure = NULL;
    draft.style = (AkDraftStyle){0};
    g_autoptr(GString) made =
        ak_variant_make(name != NULL ? name : "", value, size, seed, &draft.style, &failure);
    if (failure != NULL) {
      g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: ", class->id);
      return false;
    }
    if (made == NULL)
      continue;
    draft.value = made->str;
    draft.size = made->len;
    if (!add_case(corpus, class, base, name, &draft, error))
      return false;
    wanted--;
  }
  return true;
}

static bool add_class(AkEffectCorpus *corpus, const Class *class, guint variants, guint64 seed,
                      GError **error) {
  const json_t *seeds = ak_json_array(class->row, "seeds", class->id, error);
  if (seeds == NULL)
    return false;
  for (gsize i = 0; i < json_array_size(seeds); i++) {
    const json_t *value = json_array_get(seeds, i);
    g_autofree char *base = g_strdup_printf("%s-%02zu", class->id, i + 1);
    AkDraft draft = {.method = class->method,
                     .path = class->path,
                     .place = class->place,
                     .with = json_object_get(class->send, "with"),
                     .value = json_string_value(value),
                     .size = json_string_length(value)};
    guint64 own = ak_random_fork(seed, g_str_hash(base));
    if (draft.value == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a seed is no text", base);
    if (!add_case(corpus, class, base, NULL, &draft, error) ||
        !add_variants(corpus, class, base, draft, variants, own, error))
      return false;
  }
  return true;
}

AkEffectCorpus *ak_starter_attacks(const json_t *document, guint variants, guint64 seed,
                                   GError **error) {
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new("http-attacks", AK_EFFECT_HTTP);
  const json_t *classes = ak_json_array(document, "classes", "attacks", error);
  corpus->name = g_strdup("HTTP attacks on a weak application");
  for (gsize i = 0; classes != NULL && i < json_array_size(classes); i++) {
    g_auto(Class) class = {0};
    if (!read_class(document, json_array_get(classes, i), &class, error) ||
        !add_class(corpus, &class, MIN(variants, (guint)MAX_VARIANTS), seed, error))
      return NULL;
  }
  if (classes == NULL || !ak_effect_corpus_close(corpus, error))
    return NULL;
  return g_steal_pointer(&corpus);
}
