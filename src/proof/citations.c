#include "proof/citations.h"

#include <string.h>

#include "core/observation.h"

typedef struct {
  AkCitationVisit visit;
  gpointer data;
} Walk;

static bool visit_array(const Walk *walk, const json_t *array, const char *place) {
  for (gsize i = 0; i < json_array_size(array); i++) {
    if (!walk->visit(place, ak_observation_cited(json_array_get(array, i)), walk->data))
      return false;
  }
  return true;
}

/* Depth is bounded by ak_json_parse. */
static bool walk_value(const Walk *walk, const json_t *value, const char *place) {
  for (gsize i = 0; i < json_array_size(value); i++) {
    g_autofree char *item = g_strdup_printf("%s[%" G_GSIZE_FORMAT "]", place, i);
    if (!walk_value(walk, json_array_get(value, i), item))
      return false;
  }
  const char *key;
  json_t *member;
  json_object_foreach((json_t *)value, key, member) {
    g_autofree char *item = g_strdup_printf("%s.%s", place, key);
    bool cites = strcmp(key, "observations") == 0 && json_is_array(member);
    if (cites ? !visit_array(walk, member, item) : !walk_value(walk, member, item))
      return false;
  }
  return true;
}

bool ak_citations_foreach(const json_t *verdicts, AkCitationVisit visit, gpointer data) {
  const Walk walk = {visit, data};
  return walk_value(&walk, verdicts, "verdicts");
}

static bool collect(const char *place, const char *identity, gpointer data) {
  g_ptr_array_add(data, g_strdup(identity));
  return true;
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GStrv ak_citations_of(const json_t *verdicts) {
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  ak_citations_foreach(verdicts, collect, all);
  g_ptr_array_sort(all, compare_texts);
  GStrvBuilder *unique = g_strv_builder_new();
  for (guint i = 0; i < all->len; i++)
    if (i == 0 || strcmp(all->pdata[i - 1], all->pdata[i]) != 0)
      g_strv_builder_add(unique, all->pdata[i]);
  GStrv texts = g_strv_builder_end(unique);
  g_strv_builder_unref(unique);
  return texts;
}
