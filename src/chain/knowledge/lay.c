/* A user's file laid over ours, row by row. */
#include <string.h>

#include "chain/knowledge/knowledge.h"

static const char *const lists[] = {"functions", "incidents", "requirements", "tests",
                                    "risk_sources", "empty"};

/* Cells of "empty" have no id: layer and element are theirs. */
static char *name_of(const json_t *row) {
  const char *id = ak_json_string_or(row, "id", NULL);
  if (id != NULL)
    return g_strdup(id);
  const char *element = ak_json_string_or(row, "element", NULL);
  const json_t *layer = json_object_get(row, "layer");
  if (element == NULL || !json_is_integer(layer))
    return NULL;
  return g_strdup_printf("%" JSON_INTEGER_FORMAT "/%s", json_integer_value(layer), element);
}

/* Names of the rows, in their order; NULL with an error. Sorted look-ups, since names are chosen by
 * whoever wrote the file. */
static GTree *names_of(const json_t *rows, const char *member, const char *where, GError **error) {
  g_autoptr(GTree) names =
      g_tree_new_full((GCompareDataFunc)(void (*)(void))strcmp, NULL, g_free, NULL);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    char *name = name_of(json_array_get(rows, i));
    if (name == NULL) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" %" G_GSIZE_FORMAT " has no id", where,
                   member, i + 1);
      return NULL;
    }
    g_tree_replace(names, name, json_array_get(rows, i));
  }
  return g_steal_pointer(&names);
}

static bool is_removed(const json_t *over, const char *name) {
  const json_t *removed = json_object_get(over, "remove");
  for (gsize i = 0; i < json_array_size(removed); i++)
    if (g_strcmp0(json_string_value(json_array_get(removed, i)), name) == 0)
      return true;
  return false;
}

static json_t *lay_rows(const json_t *below, const json_t *above, const json_t *over,
                        const char *member, const char *where, GError **error) {
  g_autoptr(GTree) new_ones = names_of(above, member, where, error);
  g_autoptr(GTree) old_ones = new_ones != NULL ? names_of(below, member, where, error) : NULL;
  if (old_ones == NULL)
    return NULL;
  json_t *out = json_array();
  for (gsize i = 0; i < json_array_size(below); i++) {
    g_autofree char *name = name_of(json_array_get(below, i));
    json_t *instead = g_tree_lookup(new_ones, name);
    if (!is_removed(over, name))
      json_array_append(out, instead != NULL ? instead : json_array_get(below, i));
  }
  for (gsize i = 0; i < json_array_size(above); i++) {
    g_autofree char *name = name_of(json_array_get(above, i));
    if (g_tree_lookup(old_ones, name) == NULL)
      json_array_append(out, json_array_get(above, i));
  }
  return out;
}

json_t *ak_chain_knowledge_lay(const json_t *base, const json_t *over, const char *where,
                               GError **error) {
  g_autoptr(json_t) out = json_copy((json_t *)base);
  if (!json_is_object(over) || out == NULL) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an object is expected", where);
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    const json_t *below = json_object_get(base, lists[i]), *above = json_object_get(over, lists[i]);
    if (above != NULL && !json_is_array(above)) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" is no list", where, lists[i]);
      return NULL;
    }
    if (below == NULL && above == NULL)
      continue;
    json_t *rows = lay_rows(below, above, over, lists[i], where, error);
    if (rows == NULL)
      return NULL;
    json_object_set_new(out, lists[i], rows);
  }
  const char *version = ak_json_string_or(over, "version", NULL);
  if (version != NULL) {
    g_autofree char *both =
        g_strdup_printf("%s + %s", ak_json_string_or(base, "version", "?"), version);
    json_object_set_new(out, "version", json_string(both));
  }
  return g_steal_pointer(&out);
}
