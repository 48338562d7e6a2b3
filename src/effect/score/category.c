/* The headline by category. */
#include <string.h>

#include "effect/score/parts.h"

static int compare_members(gconstpointer a, gconstpointer b) {
  const AkEffectMember *left = a, *right = b;
  int by_name = strcmp(left->category, right->category);
  return by_name != 0 ? by_name : (left->place > right->place) - (left->place < right->place);
}

GArray *ak_effect_score_members(const AkEffectScore *self) {
  GArray *members = g_array_new(FALSE, FALSE, sizeof(AkEffectMember));
  for (guint32 place = 0; place < self->case_count; place++) {
    const AkEffectCase *one = ak_effect_score_case(self, self->order[place]);
    for (guint c = 0; one->category != NULL && one->category[c] != NULL; c++) {
      AkEffectMember member = {one->category[c], place};
      g_array_append_val(members, member);
    }
  }
  g_array_sort(members, compare_members);
  return members;
}

static void add_rows(const AkEffectScore *self, guint product, const char *category,
                     const GArray *numbers, json_t *rows) {
  static const AkEffectShareKind kinds[] = {AK_EFFECT_SHARE_DETECTED, AK_EFFECT_SHARE_ALARMED};
  static const char *const names[] = {"detection", "false_positive"};
  const guint32 *list = &g_array_index(numbers, guint32, 0);
  g_autoptr(json_t) row = json_pack("{s:s}", "category", category);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_auto(AkEffectShare) share = {0};
    ak_effect_share_fill(self, product, kinds[i], list, numbers->len, &share);
    if (share.n > 0)
      json_object_set_new(row, names[i],
                          ak_effect_share_figure(&share, ak_effect_share_rules[kinds[i]], true,
                                                 &self->spec->bootstrap, g_str_hash(category)));
  }
  if (json_object_size(row) > 1)
    json_array_append(rows, row);
}

json_t *ak_effect_score_categories(const AkEffectScore *self, guint product) {
  json_t *rows = json_array();
  const GArray *members = self->members;
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (guint i = 0; i < members->len; i++) {
    const AkEffectMember *member = &g_array_index(members, AkEffectMember, i);
    const AkEffectMember *next = i + 1 < members->len ? member + 1 : NULL;
    bool is_twice = numbers->len > 0 &&
                    g_array_index(numbers, guint32, numbers->len - 1) == self->order[member->place];
    if (!is_twice)
      g_array_append_val(numbers, self->order[member->place]);
    if (next != NULL && strcmp(next->category, member->category) == 0)
      continue;
    add_rows(self, product, member->category, numbers, rows);
    g_array_set_size(numbers, 0);
  }
  return rows;
}
