#include "exchange/yaml-names.h"

#include <string.h>

enum { NAME_BYTES = 32, FEW = 16 };

char *ak_yaml_names_take(AkYamlNames *self, const char *text, gsize length, AkYamlArena *other) {
  guint hash = (guint)length;
  if (length >= NAME_BYTES)
    return ak_yaml_arena_text(other, text, length);
  for (gsize i = 0; i < length; i++)
    hash = hash * 31 + (guchar)text[i];
  char **known = &self->known[hash % AK_YAML_NAMES];
  if (*known == NULL)
    *known = ak_yaml_arena_text(self->arena, text, length);
  bool is_same = strlen(*known) == length && memcmp(*known, text, length) == 0;
  return is_same ? *known : ak_yaml_arena_text(other, text, length);
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer keys) {
  const GPtrArray *names = keys;
  guint first = *(const guint *)a, second = *(const guint *)b;
  int order = strcmp(names->pdata[first], names->pdata[second]);
  return order != 0 ? order : (first > second) - (first < second);
}

static bool are_different(const GPtrArray *keys) {
  for (guint i = 1; i < keys->len; i++)
    for (guint j = 0; j < i; j++)
      if (strcmp(keys->pdata[i], keys->pdata[j]) == 0)
        return false;
  return true;
}

/* Sorting, since names are chosen by whoever wrote the file: neither pairs nor a hash table would
 * stay quick. */
const AkYaml *ak_yaml_names_double(const AkYaml *map) {
  if (map->keys->len <= FEW && are_different(map->keys))
    return NULL;
  g_autofree guint *order = g_new(guint, map->keys->len + 1);
  for (guint i = 0; i < map->keys->len; i++)
    order[i] = i;
  g_qsort_with_data(order, (gint)map->keys->len, sizeof *order, compare_keys, map->keys);
  const AkYaml *double_one = NULL;
  for (guint i = 1; i < map->keys->len; i++) {
    const AkYaml *item = map->items->pdata[order[i]];
    bool is_double = strcmp(map->keys->pdata[order[i - 1]], map->keys->pdata[order[i]]) == 0;
    if (is_double && (double_one == NULL || item->key_line < double_one->key_line))
      double_one = item;
  }
  return double_one;
}
