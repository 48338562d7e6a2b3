#include "app/firmware-searches.h"

#include <string.h>

#include "core/test.h"

static bool is_search(const char *property) {
  return g_str_has_suffix(property, ".coverage") && strcmp(property, "firmware.coverage") != 0;
}

bool ak_firmware_is_coverage(const json_t *observation) {
  return is_search(ak_json_text(observation, "property"));
}

/* Names of coverages that were seen; NULL where one was not. */
static GHashTable *seen_coverages(const json_t *result) {
  const json_t *rows = json_object_get(result, "observations");
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal); /* of properties that tests declare */
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (!ak_firmware_is_coverage(row))
      continue;
    if (strcmp(ak_json_text(row, "outcome"), "seen") != 0)
      return NULL;
    g_hash_table_add(names, (gpointer)ak_json_text(row, "property"));
  }
  return g_steal_pointer(&names);
}

/* Of a test that is done on each image: all its coverages are among `names`. */
static bool has_coverages(const AkTest *test, GHashTable *names) {
  for (const AkTestOutput *output = test->outputs; output != NULL && output->property != NULL; output++)
    if (is_search(output->property) && !g_hash_table_contains(names, output->property))
      return false;
  return true;
}

bool ak_firmware_searched_all(const json_t *result) {
  g_autoptr(GHashTable) names = seen_coverages(result);
  bool is_whole = names != NULL && json_is_true(json_object_get(result, "complete")) &&
                  strcmp(ak_json_text(result, "end"), "done") == 0;
  for (gsize i = 0; is_whole && ak_test_table[i] != NULL; i++) {
    const AkTest *test = ak_test_table[i];
    bool is_always = g_str_has_prefix(test->id, "firmware.") && test->run != NULL && test->option == NULL &&
                     test->isolation == AK_ISOLATION_SANDBOX && g_strcmp0(test->subject_kind, "image") == 0;
    is_whole = !is_always || has_coverages(test, names);
  }
  return is_whole;
}
