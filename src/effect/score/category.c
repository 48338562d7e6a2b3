/* The headline by category. */
#include <string.h>

#include "effect/score/parts.h"
#include "util/hash.h"

static void category_free(gpointer data) {
  g_free(((AkEffectCategory *)data)->name);
  g_free(data);
}

static int compare_names(gconstpointer a, gconstpointer b) {
  const AkEffectCategory *left = *(AkEffectCategory *const *)a, *right = *(AkEffectCategory *const *)b;
  return strcmp(left->name, right->name);
}

static AkEffectCategory *category_of(AkEffectScore *self, GHashTable *by_name, const char *name) {
  AkEffectCategory *found = g_hash_table_lookup(by_name, name);
  if (found != NULL)
    return found;
  found = g_new0(AkEffectCategory, 1);
  found->name = g_strdup(name);
  g_ptr_array_add(self->categories, found);
  g_hash_table_insert(by_name, found->name, found);
  return found;
}

/* Calls `each` for every category of every case, in the order of bases; one that a case has twice
 * comes once. */
static void for_each(AkEffectScore *self, GHashTable *by_name,
                     void (*each)(AkEffectCategory *category, guint32 number)) {
  for (guint32 place = 0; place < self->case_count; place++) {
    guint32 number = self->order[place];
    GStrv names = ak_effect_score_case(self, number)->category;
    ak_effect_score_breathe(self, place);
    for (guint c = 0; names != NULL && names[c] != NULL; c++) {
      guint before = 0;
      while (before < c && strcmp(names[before], names[c]) != 0)
        before++;
      if (before == c)
        each(category_of(self, by_name, names[c]), number);
    }
  }
}

static void count_one(AkEffectCategory *category, guint32 number) {
  category->count++;
}

static void add_one(AkEffectCategory *category, guint32 number) {
  category->numbers[category->count++] = number;
}

bool ak_effect_score_categorize(AkEffectScore *self, GError **error) {
  g_autoptr(GHashTable) by_name = g_hash_table_new(ak_hash_text, g_str_equal);
  self->categories = g_ptr_array_new_with_free_func(category_free);
  for_each(self, by_name, count_one);
  for (guint i = 0; i < self->categories->len; i++) {
    AkEffectCategory *category = self->categories->pdata[i];
    category->numbers = ak_shelf_take(self->shelf, category->count * sizeof(guint32), error);
    if (category->numbers == NULL)
      return false;
    category->count = 0;
  }
  for_each(self, by_name, add_one);
  g_ptr_array_sort(self->categories, compare_names);
  return true;
}

static void add_row(const AkEffectScore *self, guint product, const AkEffectCategory *category,
                    json_t *rows) {
  static const AkEffectShareKind kinds[] = {AK_EFFECT_SHARE_DETECTED, AK_EFFECT_SHARE_ALARMED};
  static const char *const names[] = {"detection", "false_positive"};
  g_autoptr(json_t) row = json_pack("{s:s}", "category", category->name);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_auto(AkEffectShare) share = {0};
    ak_effect_share_init(&share, &self->spec->bootstrap);
    ak_effect_share_fill(self, product, kinds[i], category->numbers, category->count, &share);
    if (share.n > 0)
      json_object_set_new(row, names[i],
                          ak_effect_share_figure(&share, ak_effect_share_rules[kinds[i]], true,
                                                 &self->spec->bootstrap, g_str_hash(category->name)));
  }
  if (json_object_size(row) > 1)
    json_array_append(rows, row);
}

json_t *ak_effect_score_categories(const AkEffectScore *self, guint product) {
  json_t *rows = json_array();
  for (guint i = 0; i < self->categories->len; i++)
    add_row(self, product, self->categories->pdata[i], rows);
  return rows;
}
