#include "app/chain-contribution.h"

#include <string.h>

#include "chain/graph/live.h"
#include "chain/model/numbers.h"

#define ROWS_MAX 20000                         /* risk sources on elements */
#define WORK_MAX G_GINT64_CONSTANT(100000000) /* edges and ways that least efforts may look at */

typedef struct {
  const AkAppChain *app;
  const AkChainGraph *graph;
  GArray *incidents; /* of AkChainFigure */
  guint8 *is_incident; /* [atoms] */
  guint8 *initial, *measures;
  guint32 *efforts;
  AkChainLive *live;
  AkChainEffort *before; /* NULL: efforts would take too long */
  GArray *rows;          /* of Row */
} Contributing;

typedef struct {
  const char *source; /* NULL: an element */
  const char *element;
  guint unreached;     /* incidents */
  guint worst, stated; /* class + 1 of the worst that is stated, and how many */
  guint64 raised;      /* days, of all that are stated */
  json_t *stated_rows, *effort_rows;
} Row;

/* --- treating, and taking back
 * -------------------------------------------------------------------------------- */

/* Measures that treat the risk source on the element and do not hold; adds them. */
static void add_missing(const Contributing *self, const AkChainRiskSource *source, guint32 element,
                        AkChainVector *out) {
  for (guint m = 0; m < source->measures->len; m++) {
    const AkChainRequirement *requirement = source->measures->pdata[m];
    guint32 number = ak_chain_model_measure(self->app->model, element, requirement->id);
    if (number != AK_CHAIN_GRAPH_NONE && !self->measures[number])
      ak_chain_vector_add(out, number);
  }
}

static void take(Contributing *self, const AkChainVector *measures, bool holds, guint *unreached) {
  for (guint32 i = 0; i < measures->count; i++) {
    ak_chain_live_set_measure(self->live, measures->data[i], holds);
    self->measures[measures->data[i]] = holds;
    const AkChainVector *changes = ak_chain_live_changes(self->live);
    for (guint32 c = 0; holds && c < changes->count; c++)
      *unreached += self->is_incident[changes->data[c]];
  }
}

static json_t *name_of(const AkChainFigure *incident) {
  return json_pack("{s:O, s:O}", "id", json_object_get(incident->row, "id"), "element",
                   json_object_get(incident->row, "element"));
}

static void look_at_stated(const Contributing *self, Row *row) {
  AkChainEffortSpec spec = {
      .efforts = self->efforts, .initial = self->initial, .measures = self->measures};
  g_autoptr(AkChainEffort) after =
      self->before != NULL && self->incidents->len > 0 ? ak_chain_effort_new(self->graph, &spec) : NULL;
  for (guint i = 0; i < self->incidents->len; i++) {
    const AkChainFigure *incident = &g_array_index(self->incidents, AkChainFigure, i);
    if (!incident->is_reachable)
      continue;
    if (!ak_chain_live_atoms(self->live)[incident->atom]) {
      row->stated++;
      row->worst = MAX(row->worst, incident->impact + 1);
      json_array_append_new(row->stated_rows, name_of(incident));
      continue;
    }
    guint64 was = after != NULL ? ak_chain_effort_of(self->before, incident->atom) : 0;
    guint64 is = after != NULL ? ak_chain_effort_of(after, incident->atom) : 0;
    if (is <= was)
      continue;
    json_t *raised = name_of(incident);
    json_object_set_new(raised, "days", json_pack("[I, I]", (json_int_t)was, (json_int_t)is));
    json_array_append_new(row->effort_rows, raised);
    row->raised += is - was;
  }
}

static void contribute(Contributing *self, const char *source, guint32 element,
                       const AkChainVector *measures) {
  Row row = {.source = source,
             .element = ak_chain_element_at(self->app->chain, element)->id,
             .stated_rows = json_array(),
             .effort_rows = json_array()};
  if (measures->count > 0) {
    take(self, measures, true, &row.unreached);
    look_at_stated(self, &row);
    take(self, measures, false, &row.unreached);
  }
  if (row.unreached > 0 || row.raised > 0) {
    g_array_append_val(self->rows, row);
    return;
  }
  json_decref(row.stated_rows);
  json_decref(row.effort_rows);
}

/* --- all of them
 * --------------------------------------------------------------------------------------------- */

static bool is_open(const AkAccount *account, guint32 source, guint32 element) {
  return ak_account_status(account, source, element) > AK_ACCOUNT_OTHER_FUNCTION;
}

static void look_at_sources(Contributing *self, const AkAccount *account) {
  for (guint32 s = 0; s < account->source_count; s++)
    for (guint32 e = 0; e < account->element_count; e++) {
      const AkChainRiskSource *source = self->app->knowledge->sources->pdata[s];
      g_auto(AkChainVector) measures = {0};
      if (!is_open(account, s, e))
        continue;
      add_missing(self, source, e, &measures);
      contribute(self, source->id, e, &measures);
    }
}

static int compare_numbers(gconstpointer a, gconstpointer b) {
  const guint32 *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

static void drop_doubles(AkChainVector *set) {
  guint32 kept = 0;
  if (set->count > 1)
    qsort(set->data, set->count, sizeof *set->data, compare_numbers);
  for (guint32 i = 0; i < set->count; i++)
    if (kept == 0 || set->data[kept - 1] != set->data[i])
      set->data[kept++] = set->data[i];
  set->count = kept;
}

static void look_at_elements(Contributing *self, const AkAccount *account) {
  for (guint32 e = 0; e < account->element_count; e++) {
    g_auto(AkChainVector) measures = {0};
    for (guint32 s = 0; s < account->source_count; s++)
      if (is_open(account, s, e))
        add_missing(self, self->app->knowledge->sources->pdata[s], e, &measures);
    drop_doubles(&measures);
    contribute(self, NULL, e, &measures);
  }
}

/* The worst that is kept out of reach first, then how much is, then how much harder the rest gets, then by name. */
static int compare_rows(gconstpointer a, gconstpointer b) {
  const Row *left = a, *right = b;
  const guint64 lefts[] = {left->worst, left->stated, left->unreached, left->raised};
  const guint64 rights[] = {right->worst, right->stated, right->unreached, right->raised};
  for (gsize i = 0; i < G_N_ELEMENTS(lefts); i++)
    if (lefts[i] != rights[i])
      return lefts[i] > rights[i] ? -1 : 1;
  int order = g_strcmp0(left->source, right->source);
  return order != 0 ? order : strcmp(left->element, right->element);
}

static json_t *rows_to_json(GArray *rows) {
  json_t *out = json_array();
  g_array_sort(rows, compare_rows);
  for (guint i = 0; i < rows->len; i++) {
    Row *row = &g_array_index(rows, Row, i);
    json_array_append_new(out, json_pack("{s:s*, s:s, s:i, s:o, s:o}", "risk_source", row->source,
                                         "element", row->element, "unreached", (int)row->unreached,
                                         "stated", row->stated_rows, "effort", row->effort_rows));
  }
  g_array_set_size(rows, 0);
  return out;
}

static void mark_incidents(Contributing *self) {
  const AkAppChain *app = self->app;
  self->is_incident = g_new0(guint8, (gsize)self->graph->atom_count + 1);
  for (guint i = 0; i < app->knowledge->incidents->len; i++)
    for (guint32 e = 0; e < app->chain->elements->len; e++) {
      guint32 atom = ak_chain_model_incident(app->model, app->knowledge->incidents->pdata[i], e);
      if (atom != AK_CHAIN_GRAPH_NONE)
        self->is_incident[atom] = 1;
    }
}

json_t *ak_app_chain_contributions(const AkAppChain *self, AkChainWorld world, const AkAccount *account,
                                   GArray *incidents) {
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(self->model));
  guint64 applying = account->total - account->counts[AK_ACCOUNT_OTHER_KIND] -
                     account->counts[AK_ACCOUNT_OTHER_FUNCTION];
  if (applying > ROWS_MAX)
    return json_pack("{s:b}", "omitted", true);
  Contributing all = {.app = self, .graph = graph, .incidents = incidents};
  g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
  all.rows = rows;
  all.initial = ak_chain_model_initial(self->model);
  all.measures = ak_chain_model_measures(self->model, world, self->now_utc_us);
  all.efforts = ak_chain_numbers_efforts(self->book, 0);
  all.live = ak_chain_live_new(graph, all.initial, all.measures);
  AkChainEffortSpec spec = {.efforts = all.efforts, .initial = all.initial, .measures = all.measures};
  gint64 work = ((gint64)graph->edge_count + graph->way_count) * (gint64)(applying + account->element_count);
  all.before = work <= WORK_MAX ? ak_chain_effort_new(graph, &spec) : NULL;
  mark_incidents(&all);
  look_at_sources(&all, account);
  json_t *sources = rows_to_json(rows);
  look_at_elements(&all, account);
  json_t *elements = rows_to_json(rows);
  ak_chain_live_free(all.live);
  ak_chain_effort_free(all.before);
  g_free(all.is_incident);
  g_free(all.initial);
  g_free(all.measures);
  g_free(all.efforts);
  return json_pack("{s:b, s:o, s:o}", "with_effort", work <= WORK_MAX, "risk_sources", sources,
                   "elements", elements);
}
