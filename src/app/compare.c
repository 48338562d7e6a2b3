#include "app/compare.h"

#include <string.h>

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gint compare_keys(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

/* A sorted map of texts to json_t. */
static GTree *map_new(void) {
  return g_tree_new_full(compare_keys, NULL, g_free, (GDestroyNotify)json_decref);
}

static json_t *row_of(const AkRunState *state) {
  const json_t *planned = state->planned;
  return json_pack("{s:s, s:s, s:s, s:s, s:O?, s:s, s:O?, s:O?}", "run", state->run_id, "product",
                   ak_json_string_or(planned, "product_name", ""), "version",
                   ak_json_string_or(planned, "product_version", ""), "profile",
                   ak_json_string_or(planned, "profile", ""), "when_utc_us",
                   json_object_get(planned, "when_utc_us"), "rules",
                   ak_json_string_or(state->verdict, "rules", ""), "units",
                   json_object_get(planned, "units"), "images", json_object_get(planned, "images"));
}

/* --- verdicts --------------------------------------------------------------------------------- */

static void put(GTree *map, const json_t *row, const char *key) {
  const char *name = ak_json_string_or(row, key, NULL);
  if (name != NULL)
    g_tree_insert(map, g_strdup(name), json_incref(json_object_get(row, "verdict")));
}

/* requirement → verdict, or case → verdict. */
static GTree *verdicts_of(const AkRunState *state, bool of_cases) {
  GTree *map = map_new();
  const json_t *rows = json_object_get(json_object_get(state->verdict, "verdicts"), "verdicts");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i), *cases = json_object_get(row, "cases");
    if (!of_cases)
      put(map, row, "requirement");
    for (gsize c = 0; of_cases && c < json_array_size(cases); c++)
      put(map, json_array_get(cases, c), "case");
  }
  return map;
}

/* What two maps differ in, by key: rows {NAME, "before", "after"}. */
typedef struct {
  const char *name;
  GTree *before, *after;
  json_t *rows;
  guint same, changed;
  guint limit;
} Difference;

static void add_difference(Difference *self, const char *key) {
  json_t *before = g_tree_lookup(self->before, key), *after = g_tree_lookup(self->after, key);
  if (json_equal(before, after)) {
    self->same++;
    return;
  }
  if (self->changed++ < self->limit)
    json_array_append_new(self->rows, json_pack("{s:s, s:O?, s:O?}", self->name, key, "before",
                                                before, "after", after));
}

static gboolean visit_before(gpointer key, gpointer value, gpointer data) {
  add_difference(data, key);
  return FALSE;
}

static gboolean visit_after(gpointer key, gpointer value, gpointer data) {
  Difference *self = data;
  if (g_tree_lookup(self->before, key) == NULL)
    add_difference(self, key);
  return FALSE;
}

static Difference difference_of(const char *name, GTree *before, GTree *after, guint limit) {
  Difference self = {
      .name = name, .before = before, .after = after, .rows = json_array(), .limit = limit};
  g_tree_foreach(before, visit_before, &self);
  g_tree_foreach(after, visit_after, &self);
  return self;
}

static json_t *verdict_changes(const AkRunState *before, const AkRunState *after, bool of_cases) {
  g_autoptr(GTree) one = verdicts_of(before, of_cases);
  g_autoptr(GTree) other = verdicts_of(after, of_cases);
  return difference_of(of_cases ? "case" : "requirement", one, other, G_MAXUINT).rows;
}

/* --- findings --------------------------------------------------------------------------------- */

/* The same finding at the same place, whatever its texts. */
static GTree *findings_of(const AkRunState *state) {
  GTree *map = map_new();
  const json_t *rows = json_object_get(json_object_get(state->verdict, "verdicts"), "findings");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);
    const json_t *subject = json_object_get(row, "subject");
    char *key = g_strdup_printf("%s\n%s\n%s\n%s", ak_json_string_or(row, "finding", ""),
                                ak_json_string_or(subject, "kind", ""),
                                ak_json_string_or(subject, "locator", ""),
                                ak_json_string_or(row, "detail", ""));
    g_tree_insert(map, key,
                  json_pack("{s:O, s:O?, s:O?, s:O?, s:O?, s:O?}", "finding",
                            json_object_get(row, "finding"), "kind", json_object_get(row, "kind"),
                            "severity", json_object_get(row, "severity"), "subject", subject,
                            "detail", json_object_get(row, "detail"), "title",
                            json_object_get(row, "title")));
  }
  return map;
}

typedef struct {
  GTree *other;
  bool wanted; /* those that the other has, or those that it lacks */
  json_t *rows;
} Selection;

static gboolean select_finding(gpointer key, gpointer value, gpointer data) {
  Selection *self = data;
  if ((g_tree_lookup(self->other, key) != NULL) == self->wanted)
    json_array_append(self->rows, value);
  return FALSE;
}

static json_t *select_findings(GTree *from, GTree *other, bool wanted) {
  Selection selection = {.other = other, .wanted = wanted, .rows = json_array()};
  g_tree_foreach(from, select_finding, &selection);
  return selection.rows;
}

static json_t *finding_changes(const AkRunState *before, const AkRunState *after) {
  g_autoptr(GTree) one = findings_of(before);
  g_autoptr(GTree) other = findings_of(after);
  return json_pack("{s:o, s:o, s:o}", "new", select_findings(other, one, false), "gone",
                   select_findings(one, other, false), "kept", select_findings(other, one, true));
}

/* --- observations ----------------------------------------------------------------------------- */

static void note_observation(GHashTable *lists, const AkObservation *seen) {
  g_autofree char *key = g_strdup_printf("%s: %s", seen->subject.locator, seen->property);
  GPtrArray *list = g_hash_table_lookup(lists, key);
  if (list == NULL) {
    list = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(lists, g_strdup(key), list);
  }
  g_autoptr(json_t) value = ak_value_to_json(&seen->value);
  g_autoptr(json_t) pair = json_pack("[s, O]", ak_outcome_name(seen->outcome), value);
  g_ptr_array_add(list, ak_json_canonical(pair, NULL, NULL));
}

/* "LOCATOR: PROPERTY" → what was seen, sorted and without doubles (repetitions that agree are one).
 */
static GTree *observations_of(const AkRunState *state) {
  g_autoptr(GHashTable) lists =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    for (guint o = 0; done->end != NULL && o < done->observations->len; o++)
      note_observation(lists, done->observations->pdata[o]);
  }
  GTree *map = map_new();
  GHashTableIter iter;
  gpointer key = NULL, value = NULL;
  g_hash_table_iter_init(&iter, lists);
  while (g_hash_table_iter_next(&iter, &key, &value)) {
    GPtrArray *list = value;
    json_t *array = json_array();
    const char *last = NULL;
    g_ptr_array_sort(list, compare_texts);
    for (guint i = 0; i < list->len; i++) {
      if (g_strcmp0(list->pdata[i], last) != 0)
        json_array_append_new(array, json_loads(list->pdata[i], JSON_DECODE_ANY, NULL));
      last = list->pdata[i];
    }
    g_tree_insert(map, g_strdup(key), array);
  }
  return map;
}

static json_t *observation_changes(const AkRunState *before, const AkRunState *after) {
  g_autoptr(GTree) one = observations_of(before);
  g_autoptr(GTree) other = observations_of(after);
  Difference found = difference_of("what", one, other, AK_COMPARE_MAX_OBSERVATIONS);
  return json_pack("{s:o, s:i, s:i}", "changed", found.rows, "changed_total", (int)found.changed,
                   "same_total", (int)found.same);
}

/* --- both ---------------------------------------------------------------------------------------
 */

static bool is_worse(const json_t *verdicts, const json_t *findings) {
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *row = json_array_get(verdicts, i);
    const char *after = ak_json_string_or(row, "after", "");
    if (strcmp(ak_json_string_or(row, "before", ""), "pass") == 0 || strcmp(after, "fail") == 0)
      return true;
  }
  return json_array_size(json_object_get(findings, "new")) > 0;
}

static AkRunView *judged(AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_run(workspace, run_id, error);
  if (view == NULL || view->state->verdict != NULL)
    return g_steal_pointer(&view);
  ak_error_set(error, AK_ERROR_CONFLICT,
               "run %s has no verdict yet; akashi verify --resume finishes it", run_id);
  return NULL;
}

json_t *ak_app_compare(AkWorkspace *workspace, const char *before, const char *after,
                       GError **error) {
  g_autoptr(AkRunView) first = judged(workspace, before, error);
  g_autoptr(AkRunView) second = first != NULL ? judged(workspace, after, error) : NULL;
  if (second == NULL)
    return NULL;
  const AkRunState *one = first->state, *other = second->state;
  json_t *verdicts = verdict_changes(one, other, false);
  json_t *findings = finding_changes(one, other);
  bool changed = json_array_size(verdicts) > 0 ||
                 json_array_size(json_object_get(findings, "new")) > 0 ||
                 json_array_size(json_object_get(findings, "gone")) > 0;
  return json_pack("{s:[o, o], s:o, s:o, s:o, s:o, s:b, s:b}", "runs", row_of(one), row_of(other),
                   "verdicts", verdicts, "cases", verdict_changes(one, other, true), "findings",
                   findings, "observations", observation_changes(one, other), "worse",
                   (int)is_worse(verdicts, findings), "changed", (int)changed);
}
