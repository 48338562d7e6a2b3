#include "app/compare.h"

#include <string.h>

#include "app/rerun.h"

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

static const json_t *verdict_rows(const AkRunState *state) {
  return json_object_get(json_object_get(state->verdict, "verdicts"), "verdicts");
}

static void put(GTree *map, json_t *row, const char *key) {
  const char *name = ak_json_string_or(row, key, NULL);
  if (name != NULL)
    g_tree_insert(map, g_strdup(name), json_incref(row));
}

/* requirement → its row, or case → its row. */
static GTree *rows_of(const AkRunState *state, bool of_cases) {
  GTree *map = map_new();
  const json_t *rows = verdict_rows(state);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);
    const json_t *cases = json_object_get(row, "cases");
    if (!of_cases)
      put(map, row, "requirement");
    for (gsize c = 0; of_cases && c < json_array_size(cases); c++)
      put(map, json_array_get(cases, c), "case");
  }
  return map;
}

static const char *verdict_of(const json_t *row) { return ak_json_string_or(row, "verdict", ""); }

static bool is_open(const json_t *row) {
  static const char *const open[] = {"", "inconclusive", "not-run", NULL};
  return g_strv_contains(open, verdict_of(row));
}

static const char *change_of(const json_t *before, const json_t *after) {
  bool passed = strcmp(verdict_of(before), "pass") == 0;
  if (strcmp(verdict_of(after), "fail") == 0 ||
      (passed && strcmp(verdict_of(after), "not-applicable") != 0))
    return "regression";
  return strcmp(verdict_of(after), "pass") == 0 ? "improvement" : "other";
}

/* One of two runs did not look, and has no verdict of its own therefore. */
static const char *not_compared(const AkRunState *one, const AkRunState *other,
                                const json_t *before, const json_t *after) {
  if (json_object_get(after, "inherited") != NULL ||
      (is_open(after) && !is_open(before) && ak_rerun_of_case(other, before) != AK_RERUN_LOOKED))
    return "not-rerun";
  if (json_object_get(before, "inherited") == NULL && is_open(before) && !is_open(after) &&
      ak_rerun_of_case(one, after) != AK_RERUN_LOOKED)
    return "not-run-before";
  return NULL;
}

static json_t *row_new(const char *key, const char *name, const json_t *before,
                       const json_t *after, const char *change) {
  return json_pack("{s:s, s:O?, s:O?, s:s}", key, name, "before",
                   json_object_get(before, "verdict"), "after", json_object_get(after, "verdict"),
                   "change", change);
}

typedef struct {
  const AkRunState *one, *other;
  GTree *before, *after; /* name → row */
  GTree *skipped;        /* case → its row of `not_rerun`; for requirements what the cases gave */
  json_t *changed, *not_rerun;
} Verdicts;

static void compare_case(Verdicts *self, const char *name) {
  const json_t *before = g_tree_lookup(self->before, name);
  const json_t *after = g_tree_lookup(self->after, name);
  const char *skipped = not_compared(self->one, self->other, before, after);
  if (skipped == NULL) {
    if (strcmp(verdict_of(before), verdict_of(after)) != 0)
      json_array_append_new(self->changed,
                            row_new("case", name, before, after, change_of(before, after)));
    return;
  }
  json_t *row = row_new("case", name, before, after, skipped);
  json_t *from = json_object_get(json_object_get(after, "inherited"), "run");
  if (from != NULL)
    json_object_set(row, "inherited_from", from);
  json_array_append_new(self->not_rerun, row);
  g_tree_insert(self->skipped, g_strdup(name), json_incref(row));
}

/* What all open cases of a requirement were skipped as, or NULL. */
static const char *skipped_as(const Verdicts *self, const json_t *requirement) {
  const json_t *cases = json_object_get(requirement, "cases");
  const char *as = NULL;
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *row = json_array_get(cases, i);
    const json_t *skipped = g_tree_lookup(self->skipped, ak_json_string_or(row, "case", ""));
    if (is_open(row) && skipped == NULL)
      return NULL;
    if (is_open(row))
      as = ak_json_string_or(skipped, "change", NULL);
  }
  return as;
}

static void compare_requirement(Verdicts *self, const char *name) {
  const json_t *before = g_tree_lookup(self->before, name);
  const json_t *after = g_tree_lookup(self->after, name);
  if (strcmp(verdict_of(before), verdict_of(after)) == 0)
    return;
  const char *skipped = is_open(after)    ? skipped_as(self, after)
                        : is_open(before) ? skipped_as(self, before)
                                          : NULL;
  json_array_append_new(self->changed,
                        row_new("requirement", name, before, after,
                                skipped != NULL ? skipped : change_of(before, after)));
}

typedef struct {
  Verdicts *self;
  void (*compare)(Verdicts *self, const char *name);
  GTree *but; /* names that were compared before, or NULL */
} Walk;

static gboolean visit(gpointer key, gpointer value, gpointer data) {
  Walk *walk = data;
  if (walk->but == NULL || g_tree_lookup(walk->but, key) == NULL)
    walk->compare(walk->self, key);
  return FALSE;
}

static void walk_both(Verdicts *self, void (*compare)(Verdicts *self, const char *name)) {
  Walk first = {self, compare, NULL}, rest = {self, compare, self->before};
  g_tree_foreach(self->before, visit, &first);
  g_tree_foreach(self->after, visit, &rest);
}

/* Fills in the lists; the cases first, as requirements rest on them. */
static void compare_verdicts(const AkRunState *one, const AkRunState *other, json_t *requirements,
                             json_t *cases, json_t *not_rerun) {
  g_autoptr(GTree) skipped = map_new();
  for (int of_cases = 1; of_cases >= 0; of_cases--) {
    g_autoptr(GTree) before = rows_of(one, of_cases != 0);
    g_autoptr(GTree) after = rows_of(other, of_cases != 0);
    Verdicts self = {.one = one,
                     .other = other,
                     .before = before,
                     .after = after,
                     .skipped = skipped,
                     .changed = of_cases ? cases : requirements,
                     .not_rerun = not_rerun};
    walk_both(&self, of_cases ? compare_case : compare_requirement);
  }
}

/* --- findings --------------------------------------------------------------------------------- */

/* The same finding at the same place, whatever its texts. */
static char *finding_key(const json_t *row) {
  const json_t *subject = json_object_get(row, "subject");
  return g_strdup_printf("%s\n%s\n%s\n%s", ak_json_string_or(row, "finding", ""),
                         ak_json_string_or(subject, "kind", ""),
                         ak_json_string_or(subject, "locator", ""),
                         ak_json_string_or(row, "detail", ""));
}

static GTree *findings_of(const AkRunState *state) {
  GTree *map = map_new();
  const json_t *rows = json_object_get(json_object_get(state->verdict, "verdicts"), "findings");
  for (gsize i = 0; i < json_array_size(rows); i++)
    g_tree_insert(map, finding_key(json_array_get(rows, i)), json_incref(json_array_get(rows, i)));
  return map;
}

/* `why`: of what was not looked at, or NULL. */
static json_t *finding_row(const json_t *row, const char *why) {
  static const char *const members[] = {"finding", "kind",  "severity",    "subject",
                                        "detail",  "title", "requirements"};
  json_t *copy = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    json_t *value = json_object_get(row, members[i]);
    json_object_set_new(copy, members[i], value != NULL ? json_incref(value) : json_null());
  }
  if (why != NULL)
    json_object_set_new(copy, "why", json_string(why));
  return copy;
}

typedef struct {
  GTree *others;           /* findings of the other run */
  GTree *cases;            /* its cases */
  const AkRunState *other; /* which may not have looked */
  json_t *kept;
  bool lists_kept; /* both sides see them; one lists them */
  json_t *only, *not_looked;
} Selection;

/* A finding that no observation shows is a person's answer, and stands where tests do not decide the case. In
 * the other run the case may fail by what tests saw: it is the same then. */
static bool fails_otherwise(const Selection *self, const json_t *finding, AkRerun *rerun) {
  const json_t *cases = json_object_get(finding, "cases");
  bool fails = false;
  if (json_array_size(json_object_get(finding, "observations")) > 0)
    return false;
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const char *name = json_string_value(json_array_get(cases, i));
    const json_t *row = name != NULL ? g_tree_lookup(self->cases, name) : NULL;
    fails = fails || strcmp(verdict_of(row), "fail") == 0;
    if (is_open(row))
      *rerun = AK_RERUN_NOT_SEEN;
  }
  return fails;
}

static gboolean select_finding(gpointer key, gpointer value, gpointer data) {
  Selection *self = data;
  AkRerun rerun = ak_rerun_of_finding(self->other, value);
  bool is_there = g_tree_lookup(self->others, key) != NULL;
  if (is_there || fails_otherwise(self, value, &rerun)) {
    if (!is_there || self->lists_kept)
      json_array_append_new(self->kept, finding_row(value, NULL));
    return FALSE;
  }
  bool looked = rerun == AK_RERUN_LOOKED;
  json_array_append_new(looked ? self->only : self->not_looked,
                        finding_row(value, looked ? NULL : ak_rerun_name(rerun)));
  return FALSE;
}

static json_t *finding_changes(const AkRunState *before, const AkRunState *after) {
  g_autoptr(GTree) one = findings_of(before);
  g_autoptr(GTree) other = findings_of(after);
  g_autoptr(GTree) cases = rows_of(before, true);
  g_autoptr(GTree) cases_after = rows_of(after, true);
  json_t *kept = json_array();
  Selection gone = {.others = other,
                    .cases = cases_after,
                    .other = after,
                    .kept = kept,
                    .only = json_array(),
                    .not_looked = json_array()};
  Selection new = {.others = one,
                   .cases = cases,
                   .other = before,
                   .kept = kept,
                   .lists_kept = true,
                   .only = json_array(),
                   .not_looked = json_array()};
  g_tree_foreach(one, select_finding, &gone);
  g_tree_foreach(other, select_finding, &new);
  return json_pack("{s:o, s:o, s:o, s:o, s:o}", "new", new.only, "gone", gone.only, "kept",
                   kept, "not_rerun", gone.not_looked, "not_run_before", new.not_looked);
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

/* "LOCATOR: PROPERTY" → what was seen, sorted and without doubles (repetitions that agree are one). Of tests
 * that the other run has as well; `skipped` counts the other observations. */
static GTree *observations_of(const AkRunState *state, const AkRunState *other, guint *skipped) {
  g_autoptr(GHashTable) lists =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *done = state->executions->pdata[i];
    if (!ak_rerun_has_test(other, done->test_id)) {
      *skipped += done->end != NULL ? done->observations->len : 0;
      continue;
    }
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

static json_t *observation_changes(const AkRunState *before, const AkRunState *after) {
  guint not_rerun = 0, not_run_before = 0;
  g_autoptr(GTree) one = observations_of(before, after, &not_rerun);
  g_autoptr(GTree) other = observations_of(after, before, &not_run_before);
  Difference found = difference_of("what", one, other, AK_COMPARE_MAX_OBSERVATIONS);
  return json_pack("{s:o, s:i, s:i, s:i, s:i}", "changed", found.rows, "changed_total",
                   (int)found.changed, "same_total", (int)found.same, "not_rerun_total",
                   (int)not_rerun, "not_run_before_total", (int)not_run_before);
}

/* --- both ---------------------------------------------------------------------------------------
 */

static bool is_worse(const json_t *verdicts, const json_t *findings) {
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    if (strcmp(ak_json_string_or(json_array_get(verdicts, i), "change", ""), "regression") == 0)
      return true;
  return json_array_size(json_object_get(findings, "new")) > 0;
}

static AkRunView *judged(AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autoptr(AkRunView) view = ak_workspace_read_run(workspace, run_id, error);
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
  json_t *verdicts = json_array(), *cases = json_array(), *not_rerun = json_array();
  compare_verdicts(one, other, verdicts, cases, not_rerun);
  json_t *findings = finding_changes(one, other);
  bool changed = json_array_size(verdicts) > 0 ||
                 json_array_size(json_object_get(findings, "new")) > 0 ||
                 json_array_size(json_object_get(findings, "gone")) > 0;
  return json_pack("{s:[o, o], s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "runs", row_of(one),
                   row_of(other), "verdicts", verdicts, "cases", cases, "not_rerun", not_rerun,
                   "findings", findings, "observations", observation_changes(one, other), "worse",
                   (int)is_worse(verdicts, findings), "changed", (int)changed);
}
