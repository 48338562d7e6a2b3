/* A user's file laid over ours, row by row. */
#include <string.h>

#include "chain/knowledge/knowledge.h"

static const char *const lists[] = {"functions", "incidents", "requirements", "tests",
                                    "risk_sources", "empty", NULL};
static const char *const rule_lists[] = {"rows", NULL};
/* Of the rules, what a file that says them says instead of ours. */
static const char *const replaced[] = {"gives_control", "measures"};

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

/* Lists of rows of `over` laid over those in `out`, which held them so far. */
static bool lay_lists(json_t *out, const json_t *over, const char *const *members, const char *where,
                      GError **error) {
  for (gsize i = 0; members[i] != NULL; i++) {
    const json_t *below = json_object_get(out, members[i]), *above = json_object_get(over, members[i]);
    if (above != NULL && !json_is_array(above))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" is no list", where, members[i]);
    if (below == NULL && above == NULL)
      continue;
    json_t *rows = lay_rows(below, above, over, members[i], where, error);
    if (rows == NULL)
      return false;
    json_object_set_new(out, members[i], rows);
  }
  return true;
}

static void lay_version(json_t *out, const json_t *over) {
  const char *version = ak_json_string_or(over, "version", NULL);
  if (version == NULL)
    return;
  g_autofree char *both = g_strdup_printf("%s + %s", ak_json_string_or(out, "version", "?"), version);
  json_object_set_new(out, "version", json_string(both));
}

/* Whose word it is: ours, then theirs. */
static void lay_origin(json_t *out, const json_t *over) {
  const json_t *ours = json_object_get(out, "origin"), *theirs = json_object_get(over, "origin");
  if (!json_is_object(theirs))
    return;
  g_autofree char *en = g_strdup_printf("%s %s", ak_json_string_or(ours, "en", ""), ak_json_string_or(theirs, "en", ""));
  g_autofree char *ja = g_strdup_printf("%s%s", ak_json_string_or(ours, "ja", ""), ak_json_string_or(theirs, "ja", ""));
  json_object_set_new(out, "origin", json_pack("{s:s, s:s}", "en", en, "ja", ja));
}

json_t *ak_chain_knowledge_lay(const json_t *base, const json_t *over, const char *where,
                               GError **error) {
  g_autoptr(json_t) out = json_copy((json_t *)base);
  if (!json_is_object(over) || out == NULL) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an object is expected", where);
    return NULL;
  }
  if (!lay_lists(out, over, lists, where, error))
    return NULL;
  lay_version(out, over);
  lay_origin(out, over);
  return g_steal_pointer(&out);
}

/* What the rules declare, ours first, each once. */
static void lay_declarations(json_t *out, const json_t *rules) {
  json_t *all = json_copy(json_object_get(out, "declarations"));
  const json_t *more = json_object_get(rules, "declarations");
  for (gsize i = 0; i < json_array_size(more); i++) {
    bool is_known = false;
    for (gsize k = 0; k < json_array_size(all); k++)
      is_known = is_known || json_equal(json_array_get(all, k), json_array_get(more, i));
    if (!is_known)
      json_array_append(all, json_array_get(more, i));
  }
  json_object_set_new(out, "declarations", all);
}

json_t *ak_chain_knowledge_lay_rules(const json_t *base, const json_t *over, const char *where,
                                     GError **error) {
  g_autoptr(json_t) out = json_copy((json_t *)base);
  const json_t *rules = json_object_get(over, "rules");
  if (rules == NULL || out == NULL)
    return g_steal_pointer(&out);
  if (!json_is_object(rules)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"rules\" is no object", where);
    return NULL;
  }
  if (!lay_lists(out, rules, rule_lists, where, error))
    return NULL;
  lay_declarations(out, rules);
  for (gsize i = 0; i < G_N_ELEMENTS(replaced); i++)
    if (json_object_get(rules, replaced[i]) != NULL)
      json_object_set(out, replaced[i], json_object_get(rules, replaced[i]));
  lay_version(out, over);
  return g_steal_pointer(&out);
}
