#include "verify/verdict/finding.h"

#include <string.h>

#include "verify/verdict/explain.h"

#define MAX_SINGLE_PLACES 16 /* of one trigger and parent; more become one finding with a count */

typedef struct {
  char *kind, *finding, *severity, *detail;
  char *subject_kind, *locator, *property;
  guint count;
  GHashTable *notes;  /* set of const AkNote */
  GHashTable *places; /* set of the locators that were counted; borrowed */
  GHashTable *requirements, *cases;
} Finding;

struct _AkFindings {
  GHashTable *rows; /* key → Finding */
};

static const char *const severities[] = {"critical", "high", "medium", "low", "info"};

static void finding_free(Finding *self) {
  g_free(self->kind);
  g_free(self->finding);
  g_free(self->severity);
  g_free(self->detail);
  g_free(self->subject_kind);
  g_free(self->locator);
  g_free(self->property);
  g_hash_table_unref(self->notes);
  g_hash_table_unref(self->places);
  g_hash_table_unref(self->requirements);
  g_hash_table_unref(self->cases);
  g_free(self);
}

AkFindings *ak_findings_new(void) {
  AkFindings *self = g_new0(AkFindings, 1);
  self->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)finding_free);
  return self;
}

void ak_findings_free(AkFindings *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->rows);
  g_free(self);
}

static gsize rank(const char *severity) {
  for (gsize i = 0; i < G_N_ELEMENTS(severities); i++)
    if (strcmp(severities[i], severity) == 0)
      return i;
  return G_N_ELEMENTS(severities);
}

/* The finding of this key at this place. The worst severity wins, and "fail" wins over "note". */
static Finding *obtain(AkFindings *self, const char *kind, const char *finding,
                       const char *severity, const char *subject_kind, const char *locator,
                       const char *detail) {
  g_autofree char *key = g_strdup_printf("%s\n%s\n%s\n%s", finding, subject_kind, locator, detail);
  Finding *row = g_hash_table_lookup(self->rows, key);
  if (row == NULL) {
    row = g_new0(Finding, 1);
    row->kind = g_strdup(kind);
    row->finding = g_strdup(finding);
    row->severity = g_strdup(severity);
    row->detail = g_strdup(detail);
    row->subject_kind = g_strdup(subject_kind);
    row->locator = g_strdup(locator);
    row->notes = g_hash_table_new(NULL, NULL);
    row->places = g_hash_table_new(g_str_hash, g_str_equal);
    row->requirements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    row->cases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(self->rows, g_steal_pointer(&key), row);
  }
  if (rank(severity) < rank(row->severity)) {
    g_free(row->severity);
    row->severity = g_strdup(severity);
  }
  if (strcmp(kind, "fail") == 0) {
    g_free(row->kind);
    row->kind = g_strdup(kind);
  }
  return row;
}

static void relate(Finding *row, const char *requirement, const char *case_id) {
  if (requirement != NULL && !g_hash_table_contains(row->requirements, requirement))
    g_hash_table_add(row->requirements, g_strdup(requirement));
  if (case_id != NULL && !g_hash_table_contains(row->cases, case_id))
    g_hash_table_add(row->cases, g_strdup(case_id));
}

/* locator → GPtrArray of const AkNote: what the evaluation rests on, by place. */
static GHashTable *notes_by_locator(const AkEvaluation *evaluation) {
  GHashTable *index =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < evaluation->touched->len; i++) {
    const AkNote *note = evaluation->touched->pdata[i];
    GPtrArray *notes = g_hash_table_lookup(index, note->observation->subject.locator);
    if (notes == NULL) {
      notes = g_ptr_array_new();
      g_hash_table_insert(index, note->observation->subject.locator, notes);
    }
    g_ptr_array_add(notes, (gpointer)note);
  }
  return index;
}

/* parent → how many of the places are its. */
static GHashTable *places_by_parent(const GArray *places) {
  GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < places->len; i++) {
    const AkPlace *place = &g_array_index(places, AkPlace, i);
    char *parent = ak_facts_parent(place->kind, place->locator);
    if (parent == NULL)
      continue;
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, parent));
    g_hash_table_insert(counts, parent, GUINT_TO_POINTER(count + 1));
  }
  return counts;
}

/* The finding that a place belongs to: its own, or with many others its parent's. */
static Finding *obtain_for(AkFindings *self, const char *kind, const char *finding,
                           const char *severity, const AkPlace *place, GHashTable *counts) {
  g_autofree char *parent = ak_facts_parent(place->kind, place->locator);
  bool many =
      parent != NULL && GPOINTER_TO_UINT(g_hash_table_lookup(counts, parent)) > MAX_SINGLE_PLACES;
  return obtain(self, kind, finding, severity,
                many ? ak_facts_parent_kind(place->kind) : place->kind,
                many ? parent : place->locator, "");
}

void ak_findings_add_trigger(AkFindings *self, const char *kind, const char *finding,
                             const char *severity, const AkEvaluation *evaluation,
                             const char *requirement, const char *case_id) {
  const GArray *places = evaluation->places;
  g_autoptr(GHashTable) counts = places_by_parent(places);
  g_autoptr(GHashTable) notes = notes_by_locator(evaluation);
  for (guint i = 0; i < places->len; i++) {
    const AkPlace *place = &g_array_index(places, AkPlace, i);
    Finding *row = obtain_for(self, kind, finding, severity, place, counts);
    const GPtrArray *shown = g_hash_table_lookup(notes, place->locator);
    if (row->property == NULL)
      row->property = g_strdup(place->property);
    if (g_hash_table_add(row->places, (gpointer)place->locator))
      row->count++;
    for (guint n = 0; shown != NULL && n < shown->len; n++)
      g_hash_table_add(row->notes, shown->pdata[n]);
    relate(row, requirement, case_id);
  }
  if (places->len == 0)
    ak_findings_add(self, kind, finding, severity, "", requirement, case_id);
}

void ak_findings_add(AkFindings *self, const char *kind, const char *finding, const char *severity,
                     const char *detail, const char *requirement, const char *case_id) {
  Finding *row = obtain(self, kind, finding, severity, "product", "", detail);
  row->count = MAX(row->count, 1);
  relate(row, requirement, case_id);
}

void ak_findings_add_contradiction(AkFindings *self, const char *name,
                                   const AkEvaluation *evaluation) {
  Finding *row = obtain(self, "contradiction", "contradicted-claim", "medium", "product", "", name);
  row->count = MAX(evaluation->places->len, 1);
  if (row->property == NULL && evaluation->places->len > 0)
    row->property = g_strdup(g_array_index(evaluation->places, AkPlace, 0).property);
  for (guint i = 0; i < evaluation->touched->len; i++)
    g_hash_table_add(row->notes, evaluation->touched->pdata[i]);
}

static void add_lost(AkFindings *self, const AkSubjectFacts *address, const AkNote *note) {
  Finding *row = obtain(self, "note", "availability-lost", "high", "address", address->locator, "");
  const AkFact *back = ak_facts_of_subject(address, "availability.recovery");
  if (row->property == NULL)
    row->property = g_strdup("availability.lost");
  row->count = 1;
  g_hash_table_add(row->notes, (gpointer)note);
  for (guint i = 0; back != NULL && i < back->notes->len; i++)
    g_hash_table_add(row->notes, back->notes->pdata[i]);
}

void ak_findings_add_availability(AkFindings *self, const AkFacts *facts) {
  const GPtrArray *addresses = ak_facts_subjects(facts, "address");
  for (guint i = 0; i < addresses->len; i++) {
    const AkFact *lost = ak_facts_of_subject(addresses->pdata[i], "availability.lost");
    for (guint n = 0; lost != NULL && n < lost->notes->len; n++) {
      const AkNote *note = lost->notes->pdata[n];
      if (note->observation->outcome == AK_OUTCOME_SEEN)
        add_lost(self, addresses->pdata[i], note);
    }
  }
}

/* --- output ---------------------------------------------------------------------------------- */

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *sorted_names(GHashTable *set) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, set);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    g_ptr_array_add(names, name);
  g_ptr_array_sort(names, compare_names);
  json_t *array = json_array();
  for (guint i = 0; i < names->len; i++)
    json_array_append_new(array, json_string(names->pdata[i]));
  return array;
}

static json_t *finding_to_json(const Finding *self) {
  static const char *const parts[] = {"title", "reproduce", "condition", "impact", "treatment"};
  guint total = 0;
  g_autoptr(GPtrArray) notes = g_ptr_array_new();
  GHashTableIter iter;
  gpointer note = NULL;
  g_hash_table_iter_init(&iter, self->notes);
  while (g_hash_table_iter_next(&iter, &note, NULL))
    g_ptr_array_add(notes, note);
  json_t *observations = ak_explain_observations(notes, &total);
  json_t *json = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:i, s:s, s:o, s:o, s:o, s:i}",
                           "finding", self->finding, "kind", self->kind, "severity", self->severity,
                           "subject", "kind", self->subject_kind, "locator", self->locator,
                           "property", self->property ? self->property : "", "count",
                           (int)self->count, "detail", self->detail, "requirements",
                           sorted_names(self->requirements), "cases", sorted_names(self->cases),
                           "observations", observations, "observations_total", (int)total);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *id = g_strdup_printf("finding.%s.%s", self->finding, parts[i]);
    json_object_set_new(json, parts[i], ak_explain_text(id));
  }
  return json;
}

static int compare_findings(gconstpointer a, gconstpointer b) {
  const Finding *one = *(const Finding *const *)a, *other = *(const Finding *const *)b;
  int order = (int)rank(one->severity) - (int)rank(other->severity);
  order = order != 0 ? order : strcmp(one->finding, other->finding);
  order = order != 0 ? order : strcmp(one->subject_kind, other->subject_kind);
  order = order != 0 ? order : strcmp(one->locator, other->locator);
  return order != 0 ? order : strcmp(one->detail, other->detail);
}

json_t *ak_findings_to_json(const AkFindings *self) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new();
  GHashTableIter iter;
  gpointer row = NULL;
  g_hash_table_iter_init(&iter, self->rows);
  while (g_hash_table_iter_next(&iter, NULL, &row))
    g_ptr_array_add(rows, row);
  g_ptr_array_sort(rows, compare_findings);
  json_t *array = json_array();
  for (guint i = 0; i < rows->len; i++)
    json_array_append_new(array, finding_to_json(rows->pdata[i]));
  return array;
}
