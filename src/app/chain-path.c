#include "app/chain-path.h"

#include <string.h>

#include "chain/graph/attacks.h"
#include "chain/model/numbers.h"

/* In words first: the days are assumed. */
static const char *effort_class(guint64 days) {
  static const struct {
    guint64 days;
    const char *name;
  } classes[] = {{5, "days"}, {30, "weeks"}, {180, "months"}};
  for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
    if (days <= classes[i].days)
      return classes[i].name;
  return "longer";
}

json_int_t ak_app_chain_days(guint64 effort) {
  return (json_int_t)MIN(effort, (guint64)G_MAXINT64);
}

json_t *ak_app_chain_effort(guint64 least, guint64 most) {
  return json_pack("{s:s, s:[I, I], s:s}", "class", effort_class(least), "days", ak_app_chain_days(least),
                   ak_app_chain_days(most), "origin", "assumed");
}

/* --- a path
 * ------------------------------------------------------------------------------------------------- */

/* The last term of what follows is the element on which it does. */
static void say_element(const AkAppChain *self, guint32 atom, json_t *row) {
  guint32 predicate = 0;
  g_auto(GStrv) values =
      ak_chain_ground_values(ak_chain_model_ground(self->model), atom, &predicate);
  guint count = g_strv_length(values);
  if (count > 0)
    json_object_set_new(row, "element", json_string(values[count - 1]));
}

/* A premise that begins with a risk source says which one is used. */
static void say_source(const AkAppChain *self, const AkChainStepTaken *step, json_t *row) {
  for (guint p = 0; p < step->premise_count; p++) {
    guint32 predicate = 0;
    g_auto(GStrv) values =
        ak_chain_ground_values(ak_chain_model_ground(self->model), step->premises[p], &predicate);
    if (values[0] != NULL && ak_chain_knowledge_source(self->knowledge, values[0]) != NULL)
      json_object_set_new(row, "risk_source", json_string(values[0]));
  }
}

static json_t *step_row(const AkAppChain *self, const AkChainStepTaken *step) {
  const AkChainGround *ground = ak_chain_model_ground(self->model);
  g_autofree char *says = ak_chain_ground_text(ground, step->atom);
  json_t *from = json_array();
  for (guint p = 0; p < step->premise_count; p++) {
    g_autofree char *premise = ak_chain_ground_text(ground, step->premises[p]);
    json_array_append_new(from, json_string(premise));
  }
  json_t *row = json_pack("{s:s, s:o}", "says", says, "from", from);
  if (step->rule == AK_CHAIN_GRAPH_NONE)
    return row;
  const json_t *rule = ak_chain_rule_book_row(self->book, step->rule);
  json_object_set(row, "rule", json_object_get(rule, "id"));
  json_object_set(row, "because", json_object_get(rule, "title"));
  json_object_set(row, "origin", json_object_get(rule, "origin"));
  say_element(self, step->atom, row);
  say_source(self, step, row);
  return row;
}

static void unref_json(gpointer value) {
  json_decref(value);
}

GHashTable *ak_app_chain_steps_new(void) {
  return g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, unref_json); /* atoms are numbers of our own */
}

json_t *ak_app_chain_path(const AkAppChain *self, const GArray *steps, GHashTable *rows) {
  json_t *path = json_array();
  for (guint i = 0; i < steps->len; i++) {
    const AkChainStepTaken *step = &g_array_index(steps, AkChainStepTaken, i);
    json_t *row = rows != NULL ? g_hash_table_lookup(rows, GUINT_TO_POINTER(step->atom)) : NULL;
    json_t *made = row == NULL ? step_row(self, step) : NULL;
    json_array_append(path, row != NULL ? row : made);
    if (made != NULL && rows != NULL)
      g_hash_table_insert(rows, GUINT_TO_POINTER(step->atom), made);
    else
      json_decref(made);
  }
  return path;
}

/* --- several attacks
 * ------------------------------------------------------------------------------------------ */

/* Rules that define words make no attack of their own. */
static guint8 *acts_of(const AkChainRuleBook *book) {
  guint8 *acts = g_new0(guint8, book->rules->rules->len + 1);
  for (guint32 i = 0; i < book->rules->rules->len; i++)
    acts[i] = strcmp(ak_json_string_or(ak_chain_rule_book_row(book, i), "origin", ""), "model") != 0;
  return acts;
}

json_t *ak_app_chain_attacks(const AkAppChain *self, AkChainWorld world, guint32 atom) {
  g_autofree guint32 *least = ak_chain_numbers_efforts(self->book, 0);
  g_autofree guint32 *most = ak_chain_numbers_efforts(self->book, 1);
  g_autofree guint8 *initial = ak_chain_model_initial(self->model);
  g_autofree guint8 *measures = ak_chain_model_measures(self->model, world, self->now_utc_us);
  g_autofree guint8 *acts = acts_of(self->book);
  AkChainAttacksSpec spec = {.effort = {.efforts = least, .initial = initial, .measures = measures, .labels = ak_chain_model_labels(self->model)},
                             .other_efforts = most,
                             .counts = acts,
                             .goal = atom,
                             .most = self->attacks};
  g_auto(AkChainAttacks) found = {0};
  ak_chain_attacks_find(ak_chain_ground_graph(ak_chain_model_ground(self->model)), &spec, &found);
  json_t *rows = json_array();
  for (guint i = 0; i < found.attacks->len; i++) {
    const AkChainAttack *attack = found.attacks->pdata[i];
    json_array_append_new(
        rows, json_pack("{s:o, s:o}", "effort",
                        ak_app_chain_effort(attack->effort, attack->other_effort), "path",
                        ak_app_chain_path(self, attack->path, NULL)));
  }
  return json_pack("{s:b, s:o}", "cut", found.is_cut, "rows", rows);
}
