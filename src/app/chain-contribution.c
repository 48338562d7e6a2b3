#include "app/chain-contribution.h"

#include <string.h>

#include "app/chain-path.h"
#include "chain/graph/live.h"
#include "chain/graph/raise.h"
#include "chain/graph/worlds.h"
#include "chain/model/numbers.h"

#define ROWS_MAX 20000                         /* risk sources on elements */
#define CHANCE_ROWS 10                         /* of the first of each list chances are worked out */
#define WORK_MAX G_GUINT64_CONSTANT(300000000) /* edges and ways that may be looked at for least efforts */

typedef struct {
  const AkAppChain *app;
  const AkChainGraph *graph;
  GArray *incidents; /* of AkChainFigure */
  guint8 *is_incident;  /* [atoms] */
  guint32 *incident_of; /* [atoms] place among the incidents + 1; 0: nothing is stated of it, or it is not reached */
  guint8 *initial, *measures;
  guint32 *efforts;
  AkChainRaise *raise; /* how efforts rise, and what is not reached any more; or else, where that takes too long: */
  AkChainLive *live;   /* what is not reached any more */
  GArray *touched_now; /* of AkChainRaised whose atom is the place of an incident */
  GArray *rows;          /* of Row */
  guint32 *effects[2];   /* of the measures that hold, by both ends */
} Contributing;

/* Measures that would have to hold, each once, and the requirements that they meet. */
typedef struct {
  AkChainVector measures;
  GPtrArray *requirements; /* of const AkChainRequirement, borrowed */
} Treatment;

static void treatment_clear(Treatment *self) {
  ak_chain_vector_clear(&self->measures);
  g_ptr_array_unref(self->requirements);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Treatment, treatment_clear)

/* An incident that something is said of. */
typedef struct {
  guint incident; /* of Contributing.incidents */
  json_t *said;   /* borrowed */
} Touched;

typedef struct {
  const AkChainRiskSource *source; /* NULL: an element */
  guint32 element;
  guint unreached;     /* incidents */
  guint worst, stated; /* class + 1 of the worst that is stated, and how many */
  guint64 raised;      /* days, of all that are stated */
  json_t *stated_rows, *effort_rows;
  GArray *touched; /* of Touched */
} Row;

static void row_clear(gpointer data) {
  Row *self = data;
  json_decref(self->stated_rows);
  json_decref(self->effort_rows);
  g_array_unref(self->touched);
}

/* --- treating, and taking back
 * -------------------------------------------------------------------------------- */

static bool holds_number(const AkChainVector *set, guint32 number) {
  for (guint32 i = 0; i < set->count; i++)
    if (set->data[i] == number)
      return true;
  return false;
}

/* Measures that treat the risk source on the element and do not hold; adds them. */
static void add_missing(const Contributing *self, const AkChainRiskSource *source, guint32 element, Treatment *out) {
  for (guint m = 0; m < source->measures->len; m++) {
    AkChainRequirement *requirement = source->measures->pdata[m];
    guint32 number = ak_chain_model_measure(self->app->model, element, requirement->id);
    if (number == AK_CHAIN_GRAPH_NONE || self->measures[number] || holds_number(&out->measures, number))
      continue;
    ak_chain_vector_add(&out->measures, number);
    g_ptr_array_add(out->requirements, requirement);
  }
}

static bool is_open(const AkAccount *account, guint32 source, guint32 element) {
  return ak_account_status(account, source, element) > AK_ACCOUNT_OTHER_FUNCTION;
}

/* What treats a risk source on an element, or (NULL) all that apply to it. */
static Treatment treatment_of(const Contributing *self, const AkAccount *account, const AkChainRiskSource *source,
                              guint32 element) {
  Treatment out = {.requirements = g_ptr_array_new()};
  if (source != NULL)
    add_missing(self, source, element, &out);
  for (guint32 s = 0; source == NULL && s < account->source_count; s++)
    if (is_open(account, s, element))
      add_missing(self, self->app->knowledge->sources->pdata[s], element, &out);
  return out;
}

static void take(Contributing *self, const AkChainVector *measures, bool holds, guint *unreached) {
  for (guint32 i = 0; i < measures->count; i++) {
    ak_chain_live_set_measure(self->live, measures->data[i], holds);
    const AkChainVector *changes = ak_chain_live_changes(self->live);
    for (guint32 c = 0; holds && c < changes->count; c++)
      *unreached += self->is_incident[changes->data[c]];
  }
}

/* Names the incident in a list of the row. Borrowed. */
static json_t *touch(const Contributing *self, guint incident, Row *row, json_t *list) {
  const json_t *named = g_array_index(self->incidents, AkChainFigure, incident).row;
  json_t *said = json_pack("{s:O, s:O}", "id", json_object_get(named, "id"), "element", json_object_get(named, "element"));
  Touched touched = {incident, said};
  json_array_append_new(list, said);
  g_array_append_val(row->touched, touched);
  return said;
}

static void say_unreached(const Contributing *self, guint incident, Row *row) {
  row->stated++;
  row->worst = MAX(row->worst, g_array_index(self->incidents, AkChainFigure, incident).impact + 1);
  touch(self, incident, row, row->stated_rows);
}

static void look_at_stated(const Contributing *self, Row *row) {
  for (guint i = 0; i < self->incidents->len; i++) {
    const AkChainFigure *incident = &g_array_index(self->incidents, AkChainFigure, i);
    if (incident->is_reachable && !ak_chain_live_atoms(self->live)[incident->atom])
      say_unreached(self, i, row);
  }
}

static int compare_atoms(gconstpointer a, gconstpointer b) {
  guint32 left = ((const AkChainRaised *)a)->atom, right = ((const AkChainRaised *)b)->atom;
  return (left > right) - (left < right);
}

static void look_at_raised(const Contributing *self, const GArray *raised, Row *row) {
  g_array_set_size(self->touched_now, 0);
  for (guint i = 0; i < raised->len; i++) {
    AkChainRaised one = g_array_index(raised, AkChainRaised, i);
    row->unreached += one.is == AK_CHAIN_EFFORT_NONE && self->is_incident[one.atom];
    if (self->incident_of[one.atom] == 0)
      continue;
    one.atom = self->incident_of[one.atom] - 1;
    g_array_append_val(self->touched_now, one);
  }
  g_array_sort(self->touched_now, compare_atoms);
  for (guint i = 0; i < self->touched_now->len; i++) {
    const AkChainRaised *one = &g_array_index(self->touched_now, AkChainRaised, i);
    if (one->is == AK_CHAIN_EFFORT_NONE) {
      say_unreached(self, one->atom, row);
      continue;
    }
    json_object_set_new(touch(self, one->atom, row, row->effort_rows), "days",
                        json_pack("[I, I]", ak_app_chain_days(one->was), ak_app_chain_days(one->is)));
    row->raised = row->raised > G_MAXUINT64 - (one->is - one->was) ? G_MAXUINT64 : row->raised + (one->is - one->was);
  }
}

static void contribute(Contributing *self, const AkAccount *account, const AkChainRiskSource *source, guint32 element) {
  g_auto(Treatment) treatment = treatment_of(self, account, source, element);
  Row row = {.source = source,
             .element = element,
             .stated_rows = json_array(),
             .effort_rows = json_array(),
             .touched = g_array_new(FALSE, FALSE, sizeof(Touched))};
  const AkChainVector *measures = &treatment.measures;
  if (measures->count > 0 && self->raise != NULL) {
    look_at_raised(self, ak_chain_raise_with(self->raise, measures->data, measures->count), &row);
  } else if (measures->count > 0) {
    take(self, measures, true, &row.unreached);
    look_at_stated(self, &row);
    take(self, measures, false, &row.unreached);
  }
  if (row.unreached > 0 || row.raised > 0)
    g_array_append_val(self->rows, row);
  else
    row_clear(&row);
}

/* --- chances ------------------------------------------------------------------------------------------------- */

/* A row's treatment as a variant, in the same worlds; it may fail like any measure. */
typedef struct {
  const Row *row;
  Treatment treatment;
  GArray *figures;    /* of AkChainFigure: of the incidents that the row names */
  guint32 *effects[2];
} Falling;

static void falling_begin(const Contributing *self, const AkAccount *account, const Row *row, Falling *out) {
  *out = (Falling){row, treatment_of(self, account, row->source, row->element),
                   g_array_new(FALSE, FALSE, sizeof(AkChainFigure))};
  for (guint end = 0; end < 2; end++) {
    out->effects[end] = g_new0(guint32, out->treatment.measures.count + 1);
    for (guint32 i = 0; i < out->treatment.measures.count; i++) {
      AkChainRange range = ak_chain_numbers_effect(self->app->book, out->treatment.requirements->pdata[i]);
      out->effects[end][i] = (guint32)(end == 0 ? range.least : range.most) * (AK_CHAIN_CERTAIN / 100);
    }
  }
  for (guint i = 0; i < row->touched->len; i++) {
    AkChainFigure figure =
        g_array_index(self->incidents, AkChainFigure, g_array_index(row->touched, Touched, i).incident);
    figure.row = json_object();
    for (guint end = 0; end < 2; end++)
      figure.draws[end] = !figure.is_exact[end];
    g_array_append_val(out->figures, figure);
  }
}

static const AkChainFigure *figure_before(const GArray *incidents, const Falling *falling, guint place) {
  return &g_array_index(incidents, AkChainFigure, g_array_index(falling->row->touched, Touched, place).incident);
}

/* Could one have been gone through as it is that had to be drawn with a treatment? */
static bool is_mixed(const Contributing *self, const Falling *falling) {
  bool is = false;
  for (guint i = 0; i < falling->row->touched->len; i++) {
    const AkChainFigure *before = figure_before(self->incidents, falling, i), *after = &g_array_index(falling->figures, AkChainFigure, i);
    is = is || before->is_exact[0] != after->is_exact[0] || before->is_exact[1] != after->is_exact[1];
  }
  return is;
}

/* Chances as they are, all of them drawn in the worlds of the treatments: what was gone through and what was drawn are not set beside each
 * other, for the difference would be one of drawing. The caller's; NULL where none is needed. */
static GArray *drawn_before(const Contributing *self, const Falling *falling, guint count, const guint32 *const effects[2]) {
  bool is_needed = false;
  for (guint i = 0; i < count; i++)
    is_needed = is_needed || is_mixed(self, &falling[i]);
  if (!is_needed)
    return NULL;
  GArray *drawn = g_array_copy(self->incidents);
  g_autoptr(json_t) nobody_asks = json_object();
  for (guint i = 0; i < drawn->len; i++) {
    AkChainFigure *figure = &g_array_index(drawn, AkChainFigure, i);
    figure->row = nobody_asks;
    figure->draws[0] = figure->draws[1] = true;
  }
  ak_app_chain_add_chances(self->app, effects, drawn);
  return drawn;
}

/* By how much the chance at one end is lower with the treatment: both were gone through, or both were drawn. A measure never raises a
 * chance. */
static json_int_t fall_of(const AkChainFigure *before, const AkChainFigure *drawn, const AkChainFigure *after, guint end) {
  const AkChainFigure *alike = before->is_exact[end] == after->is_exact[end] ? before : drawn;
  return MAX(alike->chance[end] - after->chance[end], 0);
}

/* "chance_falls" of each incident that the row names, at the lower ends of steps and the upper ones of measures, and the other way round. */
static void falling_end(const Contributing *self, Falling *falling, const GArray *drawn) {
  for (guint i = 0; i < falling->row->touched->len; i++) {
    const Touched *touched = &g_array_index(falling->row->touched, Touched, i);
    const AkChainFigure *before = figure_before(self->incidents, falling, i);
    const AkChainFigure *as_drawn = drawn != NULL ? figure_before(drawn, falling, i) : NULL;
    const AkChainFigure *after = &g_array_index(falling->figures, AkChainFigure, i);
    json_int_t falls[] = {fall_of(before, as_drawn, after, 0), fall_of(before, as_drawn, after, 1)};
    json_object_set_new(touched->said, "chance_falls", json_pack("[I, I]", MIN(falls[0], falls[1]), MAX(falls[0], falls[1])));
    json_decref(after->row);
  }
  treatment_clear(&falling->treatment);
  g_array_unref(falling->figures);
  g_free(falling->effects[0]);
  g_free(falling->effects[1]);
}

/* Of the first rows of both lists. */
static void add_chance_falls(const Contributing *self, const AkAccount *account, GArray *const lists[2]) {
  Falling falling[2 * CHANCE_ROWS];
  AkChainFigureVariant variants[2 * CHANCE_ROWS];
  guint count = 0;
  for (guint list = 0; list < 2; list++)
    for (guint i = 0; i < lists[list]->len && i < CHANCE_ROWS; i++) {
      const Row *row = &g_array_index(lists[list], Row, i);
      if (row->touched->len > 0)
        falling_begin(self, account, row, &falling[count++]);
    }
  for (guint i = 0; i < count; i++)
    variants[i] = (AkChainFigureVariant){falling[i].treatment.measures.data, falling[i].treatment.measures.count,
                                         {falling[i].effects[0], falling[i].effects[1]}, falling[i].figures};
  const guint32 *const effects[] = {self->effects[0], self->effects[1]};
  if (count > 0)
    ak_app_chain_add_variant_chances(self->app, effects, variants, count);
  g_autoptr(GArray) drawn = drawn_before(self, falling, count, effects);
  for (guint i = 0; i < count; i++)
    falling_end(self, &falling[i], drawn);
}

/* --- all of them
 * --------------------------------------------------------------------------------------------- */

static bool takes_too_long(const Contributing *self) {
  return self->raise != NULL && ak_chain_raise_work(self->raise) > WORK_MAX;
}

static void look_at_sources(Contributing *self, const AkAccount *account) {
  for (guint32 s = 0; s < account->source_count; s++)
    for (guint32 e = 0; e < account->element_count && !takes_too_long(self); e++)
      if (is_open(account, s, e))
        contribute(self, account, self->app->knowledge->sources->pdata[s], e);
}

static void look_at_elements(Contributing *self, const AkAccount *account) {
  for (guint32 e = 0; e < account->element_count && !takes_too_long(self); e++)
    contribute(self, account, NULL, e);
}

static void look_at_all(Contributing *self, const AkAccount *account, GArray *const lists[2]) {
  for (guint list = 0; list < 2; list++) {
    self->rows = lists[list];
    g_array_set_size(self->rows, 0);
    (list == 0 ? look_at_sources : look_at_elements)(self, account);
  }
}

/* With efforts, or again without them where they take too long. */
static bool look_with_effort(Contributing *self, const AkAccount *account, GArray *const lists[2]) {
  AkChainEffortSpec spec = {.efforts = self->efforts, .initial = self->initial, .measures = self->measures};
  self->raise = ak_chain_raise_new(self->graph, &spec);
  look_at_all(self, account, lists);
  bool is_done = !takes_too_long(self);
  g_clear_pointer(&self->raise, ak_chain_raise_free);
  if (is_done)
    return true;
  self->live = ak_chain_live_new(self->graph, self->initial, self->measures);
  look_at_all(self, account, lists);
  g_clear_pointer(&self->live, ak_chain_live_free);
  return false;
}

static const char *source_id(const Row *row) { return row->source != NULL ? row->source->id : NULL; }

/* The worst that is kept out of reach first, then how much is, then how much harder the rest gets, then by the risk
 * source's name and the element's place: neither the order of the file nor its ids say which of equals are figured. */
static int compare_rows(gconstpointer a, gconstpointer b, gpointer data) {
  const Row *left = a, *right = b;
  const guint32 *places = data;
  const guint64 lefts[] = {left->worst, left->stated, left->unreached, left->raised};
  const guint64 rights[] = {right->worst, right->stated, right->unreached, right->raised};
  for (gsize i = 0; i < G_N_ELEMENTS(lefts); i++)
    if (lefts[i] != rights[i])
      return lefts[i] > rights[i] ? -1 : 1;
  int order = g_strcmp0(source_id(left), source_id(right));
  guint32 one = places[left->element], other = places[right->element];
  return order != 0 ? order : (one > other) - (one < other);
}

static json_t *rows_to_json(const Contributing *self, const GArray *rows) {
  json_t *out = json_array();
  for (guint i = 0; i < rows->len; i++) {
    Row *row = &g_array_index(rows, Row, i);
    json_array_append_new(out, json_pack("{s:s*, s:s, s:i, s:O, s:O}", "risk_source", source_id(row), "element",
                                         ak_chain_element_at(self->app->chain, row->element)->id, "unreached",
                                         (int)row->unreached, "stated", row->stated_rows, "effort", row->effort_rows));
  }
  return out;
}

static GArray *rows_new(void) {
  GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));
  g_array_set_clear_func(rows, row_clear);
  return rows;
}

static void mark_incidents(Contributing *self) {
  const AkAppChain *app = self->app;
  self->is_incident = g_new0(guint8, (gsize)self->graph->atom_count + 1);
  self->incident_of = g_new0(guint32, (gsize)self->graph->atom_count + 1);
  for (guint i = 0; i < app->knowledge->incidents->len; i++)
    for (guint32 e = 0; e < app->chain->elements->len; e++) {
      guint32 atom = ak_chain_model_incident(app->model, app->knowledge->incidents->pdata[i], e);
      if (atom != AK_CHAIN_GRAPH_NONE)
        self->is_incident[atom] = 1;
    }
  for (guint i = 0; i < self->incidents->len; i++) {
    const AkChainFigure *incident = &g_array_index(self->incidents, AkChainFigure, i);
    if (incident->is_reachable)
      self->incident_of[incident->atom] = i + 1;
  }
}

static void contributing_clear(Contributing *self) {
  gpointer all[] = {self->is_incident, self->incident_of, self->initial,   self->measures,
                    self->efforts,     self->effects[0],  self->effects[1]};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_free(all[i]);
  g_array_unref(self->touched_now);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Contributing, contributing_clear)

json_t *ak_app_chain_contributions(const AkAppChain *self, AkChainWorld world, const AkAccount *account,
                                   GArray *incidents) {
  guint64 applying = account->total - account->counts[AK_ACCOUNT_OTHER_KIND] -
                     account->counts[AK_ACCOUNT_OTHER_FUNCTION];
  if (applying > ROWS_MAX)
    return json_pack("{s:b}", "omitted", true);
  g_auto(Contributing) all = {.app = self,
                              .graph = ak_chain_ground_graph(ak_chain_model_ground(self->model)),
                              .incidents = incidents,
                              .touched_now = g_array_new(FALSE, FALSE, sizeof(AkChainRaised))};
  g_autoptr(GArray) of_sources = rows_new();
  g_autoptr(GArray) of_elements = rows_new();
  GArray *const lists[] = {of_sources, of_elements};
  for (guint end = 0; end < 2; end++)
    all.effects[end] = ak_chain_numbers_effects(self->model, world, self->now_utc_us, end);
  all.initial = ak_chain_model_initial(self->model);
  all.measures = ak_chain_model_measures(self->model, world, self->now_utc_us);
  all.efforts = ak_chain_numbers_efforts(self->book, 0);
  mark_incidents(&all);
  bool with_effort = look_with_effort(&all, account, lists);
  g_array_sort_with_data(of_sources, compare_rows, (gpointer)ak_chain_model_places(self->model));
  g_array_sort_with_data(of_elements, compare_rows, (gpointer)ak_chain_model_places(self->model));
  if (self->samples > 0)
    add_chance_falls(&all, account, lists);
  json_t *sources = rows_to_json(&all, of_sources), *elements = rows_to_json(&all, of_elements);
  return json_pack("{s:b, s:o, s:o}", "with_effort", with_effort, "risk_sources", sources, "elements", elements);
}
