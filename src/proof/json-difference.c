#include "proof/json-difference.h"

#include <string.h>

#define MAX_TEXT 200 /* characters of a value in a message */

/* Members whose text tells items of an array apart for a reader. */
static const char *const name_members[] = {"requirement", "case", "name"};

typedef struct {
  char *place, *expected, *found;
} Difference;

static char *short_text(const json_t *value) {
  if (value == NULL)
    return g_strdup("nothing");
  char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
  char *cut = g_utf8_strlen(text, -1) > MAX_TEXT ? g_utf8_substring(text, 0, MAX_TEXT) : NULL;
  char *result = cut != NULL ? g_strconcat(cut, "…", NULL) : g_strdup(text);
  g_free(cut);
  free(text);
  return result;
}

static bool differ(Difference *out, const char *path, const json_t *expected, const json_t *found) {
  out->place = g_strdup(path);
  out->expected = short_text(expected);
  out->found = short_text(found);
  return false;
}

static bool is_equal(Difference *out, const char *path, const json_t *expected,
                     const json_t *found);

static char *item_path(const char *path, gsize i, const json_t *item) {
  for (gsize k = 0; k < G_N_ELEMENTS(name_members); k++) {
    const char *name = json_string_value(json_object_get(item, name_members[k]));
    if (name != NULL)
      return g_strdup_printf("%s[%" G_GSIZE_FORMAT ", %s]", path, i, name);
  }
  return g_strdup_printf("%s[%" G_GSIZE_FORMAT "]", path, i);
}

static bool arrays_are_equal(Difference *out, const char *path, const json_t *expected,
                             const json_t *found) {
  gsize count = MAX(json_array_size(expected), json_array_size(found));
  for (gsize i = 0; i < count; i++) {
    const json_t *item = json_array_get(expected, i);
    g_autofree char *place = item_path(path, i, item);
    if (!is_equal(out, place, item, json_array_get(found, i)))
      return false;
  }
  return true;
}

static void add_keys(GPtrArray *keys, const json_t *object) {
  const char *key;
  json_t *member;
  json_object_foreach((json_t *)object, key, member) {
    g_ptr_array_add(keys, (gpointer)key);
  }
}

static int compare_keys(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool objects_are_equal(Difference *out, const char *path, const json_t *expected,
                              const json_t *found) {
  g_autoptr(GPtrArray) keys = g_ptr_array_new();
  add_keys(keys, expected);
  add_keys(keys, found);
  g_ptr_array_sort(keys, compare_keys);
  for (guint i = 0; i < keys->len; i++) {
    g_autofree char *place = g_strdup_printf("%s.%s", path, (const char *)keys->pdata[i]);
    if (!is_equal(out, place, json_object_get(expected, keys->pdata[i]),
                  json_object_get(found, keys->pdata[i])))
      return false;
  }
  return true;
}

/* Depth is bounded by ak_json_parse. */
static bool is_equal(Difference *out, const char *path, const json_t *expected,
                     const json_t *found) {
  if (json_is_array(expected) && json_is_array(found))
    return arrays_are_equal(out, path, expected, found);
  if (json_is_object(expected) && json_is_object(found))
    return objects_are_equal(out, path, expected, found);
  return json_equal(expected, found) ? true : differ(out, path, expected, found);
}

bool ak_json_difference_none(const json_t *expected, const json_t *found, const char *root,
                             char **place, char **expected_text, char **found_text) {
  Difference difference = {NULL};
  if (is_equal(&difference, root, expected, found))
    return true;
  *place = difference.place;
  *expected_text = difference.expected;
  *found_text = difference.found;
  return false;
}
