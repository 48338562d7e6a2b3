/* What can happen in each world, what becomes of each risk source, and the certificate that nothing
 * was left out. */
#include <string.h>

#include "app/chain-certificate.h"
#include "app/chain-contribution.h"
#include "app/chain-crossing.h"
#include "app/chain-figures.h"
#include "app/chain-path.h"
#include "app/chain-worst.h"
#include "chain/model/hashes.h"
#include "chain/model/numbers.h"
#include "util/crew.h"

/* Of least efforts: 8 of the best, 1 whether it is settled, and as much as it may wait in lists, which grow by doubling and are copied.
 * Of accounts: an element has about 30 risk sources of its kind, and places by id. */
enum { BYTES_AN_ATOM = 24, BYTES_AN_ELEMENT = 128 };
/* Of all that does not grow with the chain: threads with their stacks, the 64 MiB of address space that the heap of each takes, what is told
 * of the worst, libraries. */
#define BYTES_BESIDE (96u << 20)

typedef struct {
  const AkAppChain *app;
  const AkChainGraph *graph;
  const guint64 *hashes; /* [elements], NULL: not of a large chain */
  AkChainEffort *least, *most; /* by the lower and upper ends of the rules' efforts */
  GArray *figures;             /* of AkChainFigure */
  GHashTable *steps;           /* of ak_app_chain_steps_new: those of `least` */
  GHashTable *efforts;         /* Span → its words, held by many incidents */
  json_t **elements;           /* [elements] ids, likewise; NULL where none was asked for */
  AkChainWorld world;
} Analysis;

#if !JSON_HAVE_ATOMIC_BUILTINS && !JSON_HAVE_SYNC_BUILTINS
#error "both worlds refer to the same JSON at once: jansson must count references atomically"
#endif

/* On two processors where there are as many, and it is worth while. */
static void side_by_side(gpointer *items, gsize count, void (*work)(gpointer item, gpointer data), bool is_long) {
  g_autoptr(AkCrew) crew = is_long && g_get_num_processors() > 1 ? ak_crew_new(1) : NULL;
  AkAheadWork all = {.work = work, .room = count};
  g_autoptr(AkAhead) ahead = ak_ahead_new(crew, &all);
  for (gsize i = 0; i < count; i++)
    ak_ahead_push(ahead, items[i], 1, NULL);
  ak_ahead_end(ahead, NULL);
}

/* --- effort
 * ------------------------------------------------------------------------------------------- */

static AkChainEffort *effort_in(const Analysis *self, AkChainWorld world, guint end) {
  g_autofree guint32 *efforts = ak_chain_numbers_efforts(self->app->book, end);
  g_autofree guint8 *initial = ak_chain_model_initial(self->app->model);
  g_autofree guint8 *measures =
      ak_chain_model_measures(self->app->model, world, self->app->now_utc_us);
  bool tells_ways = end == 0;
  AkChainEffortSpec spec = {.efforts = efforts, .initial = initial, .measures = measures,
                            .labels = tells_ways ? ak_chain_model_labels(self->app->model) : NULL};
  return ak_chain_effort_new(self->graph, &spec);
}

/* --- incidents
 * ----------------------------------------------------------------------------------------- */

/* The worst that the file says of it there, or anywhere; NULL where it says nothing. */
static const AkImpact *impact_of(const AkChain *chain, const char *incident, guint32 element) {
  const AkImpact *worst = NULL;
  for (guint i = 0; i < chain->impacts->len; i++) {
    const AkImpact *impact = chain->impacts->pdata[i];
    bool is_here = impact->element == AK_CHAIN_NO_ELEMENT || impact->element == element;
    if (is_here && strcmp(impact->incident, incident) == 0 &&
        (worst == NULL || impact->impact > worst->impact))
      worst = impact;
  }
  return worst;
}

/* Days by both ends. */
typedef struct {
  guint64 least, most;
} Span;

static guint hash_span(gconstpointer key) {
  const Span *span = key;
  return (guint)(span->least * 31 + span->most);
}

static gboolean equal_spans(gconstpointer a, gconstpointer b) {
  const Span *left = a, *right = b;
  return left->least == right->least && left->most == right->most;
}

static void unref_json(gpointer value) {
  json_decref(value);
}

/* Borrowed. */
static json_t *effort_words(const Analysis *self, guint64 least, guint64 most) {
  const Span span = {least, most};
  json_t *words = g_hash_table_lookup(self->efforts, &span);
  if (words == NULL) {
    words = ak_app_chain_effort(least, most);
    g_hash_table_insert(self->efforts, g_memdup2(&span, sizeof span), words);
  }
  return words;
}

/* Borrowed. */
static json_t *element_words(const Analysis *self, guint32 element) {
  if (self->elements[element] == NULL)
    self->elements[element] = json_string(ak_chain_element_at(self->app->chain, element)->id);
  return self->elements[element];
}

static json_t *incident_row(const Analysis *self, const AkChainIncident *incident, guint32 element,
                            guint32 atom) {
  const AkImpact *impact = impact_of(self->app->chain, incident->id, element);
  guint64 least = ak_chain_effort_of(self->least, atom);
  bool is_reachable = least != AK_CHAIN_EFFORT_NONE;
  json_t *row =
      json_pack("{s:s, s:i, s:s, s:O, s:b, s:s*}", "id", incident->id, "layer",
                (int)incident->function->layer, "function", incident->function->id, "element",
                element_words(self, element), "reachable", is_reachable,
                "impact", impact != NULL ? ak_chain_impact_classes[impact->impact] : NULL);
  AkChainFigure figure = {
      .row = row, .atom = atom, .impact = impact != NULL ? impact->impact : 0, .is_reachable = is_reachable};
  if (impact != NULL)
    g_array_append_val(self->figures, figure);
  if (!is_reachable)
    return row;
  guint64 most = ak_chain_effort_of(self->most, atom);
  json_object_set(row, "effort", effort_words(self, least, most));
  g_autoptr(GArray) steps = ak_chain_effort_path(self->least, atom);
  json_object_set_new(row, "path", ak_app_chain_path(self->app, steps, self->steps));
  if (self->app->attacks > 0 && !ak_chain_model_is_large(self->app->model))
    json_object_set_new(row, "attacks", ak_app_chain_attacks(self->app, self->world, atom));
  return row;
}

/* Of very many the worst. */
static json_t *worst_of(const Analysis *self, json_t **totals) {
  json_t *rows = json_array();
  g_autoptr(GArray) places = ak_app_chain_worst(self->app, self->least, self->hashes, AK_APP_CHAIN_WORST, totals);
  for (guint i = 0; i < places->len; i++) {
    const AkChainPlace *place = &g_array_index(places, AkChainPlace, i);
    json_array_append_new(rows, incident_row(self, self->app->knowledge->incidents->pdata[place->incident],
                                             place->element, place->atom));
  }
  return rows;
}

static json_t *incidents_of(const Analysis *self, json_t **totals) {
  json_t *rows = json_array();
  if (ak_chain_model_is_large(self->app->model)) {
    json_decref(rows);
    return worst_of(self, totals);
  }
  const AkChainKnowledge *knowledge = self->app->knowledge;
  for (guint i = 0; i < knowledge->incidents->len; i++)
    for (guint32 e = 0; e < self->app->chain->elements->len; e++) {
      const AkChainIncident *incident = knowledge->incidents->pdata[i];
      guint32 atom = ak_chain_model_incident(self->app->model, incident, e);
      if (atom != AK_CHAIN_GRAPH_NONE)
        json_array_append_new(rows, incident_row(self, incident, e, atom));
    }
  return rows;
}

/* What is told of incidents that can be reached, whose numbers are figured. */
static void add_figures(const Analysis *self, const AkAccount *account, json_t *out) {
  const AkAppChain *app = self->app;
  if (app->samples > 0) {
    g_autofree guint32 *low = ak_chain_numbers_effects(app->model, self->world, app->now_utc_us, 0);
    g_autofree guint32 *high = ak_chain_numbers_effects(app->model, self->world, app->now_utc_us, 1);
    const guint32 *const effects[] = {low, high};
    ak_app_chain_add_chances(app, effects, self->figures);
    json_object_set_new(out, "ranking", ak_app_chain_ranking(app, self->world, self->figures));
  }
  if (app->contributes)
    json_object_set_new(out, "contributions",
                        ak_app_chain_contributions(app, self->world, account, self->figures));
}

/* Least efforts by one end of the rules'. */
typedef struct {
  const Analysis *analysis;
  guint end;
  AkChainEffort *made;
} EffortPart;

static void make_effort(gpointer item, gpointer data) {
  EffortPart *part = item;
  part->made = effort_in(part->analysis, part->analysis->world, part->end);
}

/* A large chain has little else to be worked out. */
static void add_efforts(Analysis *self) {
  EffortPart parts[] = {{self, 0, NULL}, {self, 1, NULL}};
  gpointer items[] = {&parts[0], &parts[1]};
  side_by_side(items, G_N_ELEMENTS(items), make_effort, ak_chain_model_is_large(self->app->model));
  self->least = parts[0].made;
  self->most = parts[1].made;
}

static void analysis_begin(Analysis *self) {
  self->graph = ak_chain_ground_graph(ak_chain_model_ground(self->app->model));
  add_efforts(self);
  self->figures = g_array_new(FALSE, FALSE, sizeof(AkChainFigure));
  self->steps = ak_app_chain_steps_new();
  self->efforts = g_hash_table_new_full(hash_span, equal_spans, g_free, unref_json);
  self->elements = g_new0(json_t *, (gsize)self->app->chain->elements->len + 1);
}

static void analysis_clear(Analysis *self) {
  for (guint32 i = 0; i < self->app->chain->elements->len; i++)
    json_decref(self->elements[i]);
  g_free(self->elements);
  g_hash_table_unref(self->efforts);
  g_hash_table_unref(self->steps);
  g_array_unref(self->figures);
  ak_chain_effort_free(self->least);
  ak_chain_effort_free(self->most);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Analysis, analysis_clear)

static json_t *world_of(const AkAppChain *app, AkChainWorld world, const AkAccount *account, const guint64 *hashes) {
  g_auto(Analysis) self = {.app = app, .world = world, .hashes = hashes};
  json_t *totals = NULL;
  analysis_begin(&self);
  json_t *rows = incidents_of(&self, &totals);
  json_t *out = json_pack("{s:o, s:o*}", "incidents", rows, "incidents_total", totals);
  if (!ak_chain_model_is_large(app->model))
    add_figures(&self, account, out);
  return out;
}

/* --- side by side ----------------------------------------------------------------------------------------------- */

/* What parts share. Worlds of a large chain do not ask for its account: it is made beside them, with the certificate. */
typedef struct {
  const AkAppChain *app;
  const AkAccount *account; /* NULL: of a large chain */
  AkAccount *own;           /* of a large chain, made with its certificate: nobody else asks for it meanwhile */
  const guint64 *hashes;    /* of a large chain, by element */
} Whole;

/* Parts that take most of the time. */
typedef struct {
  Whole *whole;
  json_t *(*make)(Whole *whole);
  json_t *made;
} Part;

static json_t *claimed_of(Whole *whole) {
  return world_of(whole->app, AK_CHAIN_WORLD_CLAIMED, whole->account, whole->hashes);
}

static json_t *backed_of(Whole *whole) {
  return world_of(whole->app, AK_CHAIN_WORLD_BACKED, whole->account, whole->hashes);
}

static json_t *certificate_of(Whole *whole) {
  if (whole->account == NULL)
    whole->own = ak_account_new(whole->app->model, whole->app->now_utc_us);
  return ak_app_chain_certificate(whole->app, whole->account != NULL ? whole->account : whole->own);
}

static json_t *findings_of(Whole *whole) {
  bool is_large = ak_chain_model_is_large(whole->app->model);
  return ak_app_chain_findings(whole->app, is_large ? AK_APP_CHAIN_FINDINGS : G_MAXUINT32);
}

static json_t *crossings_of(Whole *whole) {
  return ak_app_chain_crossings(whole->app);
}

static void make_part(gpointer item, gpointer data) {
  Part *part = item;
  part->made = part->make(part->whole);
}

/* Do the same measures hold in both worlds? Then all is the same in them. */
static bool are_worlds_same(const AkAppChain *app) {
  gsize count = ak_chain_ground_graph(ak_chain_model_ground(app->model))->measure_count;
  g_autofree guint8 *claimed = ak_chain_model_measures(app->model, AK_CHAIN_WORLD_CLAIMED, app->now_utc_us);
  g_autofree guint8 *backed = ak_chain_model_measures(app->model, AK_CHAIN_WORLD_BACKED, app->now_utc_us);
  return memcmp(claimed, backed, count) == 0;
}

/* --- the account
 * ---------------------------------------------------------------------------------------- */

static json_t *counts_of(const AkAccount *account) {
  guint64 other = account->counts[AK_ACCOUNT_OTHER_KIND],
          rest = account->counts[AK_ACCOUNT_OTHER_FUNCTION];
  return json_pack("{s:I, s:I, s:{s:I, s:I}, s:I, s:I, s:I, s:I, s:I, s:I}", "total",
                   (json_int_t)account->total, "not_applicable", (json_int_t)(other + rest),
                   "not_applicable_by", "other_kind", (json_int_t)other, "other_function",
                   (json_int_t)rest, "treated_verified",
                   (json_int_t)account->counts[AK_ACCOUNT_TREATED_VERIFIED], "treated_claimed",
                   (json_int_t)account->counts[AK_ACCOUNT_TREATED_CLAIMED], "accepted",
                   (json_int_t)account->counts[AK_ACCOUNT_ACCEPTED], "partly",
                   (json_int_t)account->counts[AK_ACCOUNT_PARTLY], "planned",
                   (json_int_t)account->counts[AK_ACCOUNT_PLANNED], "open",
                   (json_int_t)account->counts[AK_ACCOUNT_OPEN]);
}

/* One row a layer function and kind of element, with what applies there. */
static json_t *matrix_of(const AkAppChain *app, const AkAccount *account) {
  json_t *rows = json_array();
  for (guint f = 0; f < app->knowledge->functions->len; f++)
    for (guint kind = 0; kind < AK_CHAIN_ELEMENTS; kind++) {
      const AkChainFunction *function = app->knowledge->functions->pdata[f];
      guint64 counts[AK_ACCOUNT_STATUSES] = {0};
      for (guint32 s = 0; s < account->source_count; s++) {
        const AkChainRiskSource *source = app->knowledge->sources->pdata[s];
        for (guint i = 0; source->element == kind && source->incident->function == function &&
                          i < AK_ACCOUNT_STATUSES;
             i++)
          counts[i] += account->by_source[s][i];
      }
      json_t *row = json_pack("{s:i, s:s, s:s}", "layer", (int)function->layer, "function",
                              function->id, "element", ak_chain_elements[kind]);
      for (guint i = AK_ACCOUNT_TREATED_VERIFIED; i < AK_ACCOUNT_STATUSES; i++)
        json_object_set_new(row, ak_account_status_names[i], json_integer((json_int_t)counts[i]));
      json_array_append_new(rows, row);
    }
  return rows;
}

/* By whom and why it is accepted there, as the file says; what has expired is none. NULL: not. */
static const json_t *acceptance_of(const AkAppChain *app, const char *risk_source, guint32 element) {
  const json_t *rows = json_object_get(app->chain->document, "acceptances");
  for (guint i = 0; i < app->chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = app->chain->acceptances->pdata[i];
    if (acceptance->element == element && acceptance->until_utc_us >= app->now_utc_us &&
        strcmp(acceptance->risk_source, risk_source) == 0)
      return json_array_get(rows, i);
  }
  return NULL;
}

/* What applies and is not treated, a row each: the register. */
static json_t *register_of(const AkAppChain *app, const AkAccount *account) {
  json_t *rows = json_array();
  for (guint32 s = 0; s < account->source_count; s++) {
    const AkChainRiskSource *source = app->knowledge->sources->pdata[s];
    g_autoptr(json_t) measures = json_array(); /* all rows hold the same */
    for (guint m = 0; m < source->measures->len; m++)
      json_array_append_new(
          measures, json_string(((const AkChainRequirement *)source->measures->pdata[m])->id));
    for (guint32 e = 0; e < account->element_count; e++) {
      AkAccountStatus status = ak_account_status(account, s, e);
      if (status < AK_ACCOUNT_ACCEPTED)
        continue;
      json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:O, s:O*, s:O*}", "risk_source", source->id,
                                            "element", ak_chain_element_at(app->chain, e)->id,
                                            "status", ak_account_status_names[status], "measures",
                                            measures, "vulnerability",
                                            json_object_get(source->row, "vulnerability"), "acceptance",
                                            status == AK_ACCOUNT_ACCEPTED
                                                ? acceptance_of(app, source->id, e)
                                                : NULL));
    }
  }
  return rows;
}

/* --- all of it
 * -------------------------------------------------------------------------------------------- */

/* What cannot be done of a chain so large, and is left out; NULL where nothing is. */
static json_t *bounded_of(const AkAppChain *self) {
  static const char *const parts[] = {"attacks", "chances", "contributions", "ranking", "register"};
  if (!ak_chain_model_is_large(self->model))
    return NULL;
  json_t *left_out = json_array();
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    json_array_append_new(left_out, json_string(parts[i]));
  return json_pack("{s:i, s:i, s:i, s:o}", "elements_above", AK_CHAIN_MODEL_LARGE, "incidents", AK_APP_CHAIN_WORST,
                   "findings", AK_APP_CHAIN_FINDINGS, "left_out", left_out);
}

/* What was analysed: the file, or the tables; and whether what follows from what was taken from a compiled one as it stood there. */
static json_t *model_of(const AkAppChain *self) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&self->digest, hex);
  return json_pack("{s:s, s:b}", "sha256", hex, "compiled", self->is_compiled);
}

/* What chances were figured with; NULL where none were. */
static json_t *figures_of(const AkAppChain *self) {
  if (self->samples == 0 || ak_chain_model_is_large(self->model))
    return NULL;
  return json_pack("{s:s, s:I, s:I}", "unit", "millionths", "samples", (json_int_t)self->samples,
                   "seed", (json_int_t)self->seed);
}

/* What something of the knowledge is, in its languages. */
static void add_title(json_t *titles, const char *id, const json_t *row) {
  json_object_set(titles, id, json_object_get(row, "title"));
}

static json_t *incident_titles_of(const AkAppChain *self) {
  json_t *titles = json_object();
  for (guint i = 0; i < self->knowledge->incidents->len; i++) {
    const AkChainIncident *incident = self->knowledge->incidents->pdata[i];
    add_title(titles, incident->id, incident->row);
  }
  return titles;
}

static json_t *function_titles_of(const AkAppChain *self) {
  json_t *titles = json_object();
  for (guint i = 0; i < self->knowledge->functions->len; i++) {
    const AkChainFunction *function = self->knowledge->functions->pdata[i];
    add_title(titles, function->id, function->row);
  }
  return titles;
}

/* Arrays of GLib end the program where memory does: whether those of a large chain can be had is tried before. */
static bool has_room(const AkAppChain *self) {
  const AkChainGraph *graph = ak_chain_ground_graph(ak_chain_model_ground(self->model));
  const gsize an_effort = (gsize)graph->atom_count * BYTES_AN_ATOM + graph->way_count;
  const gsize bytes = 2 * an_effort + (gsize)self->chain->elements->len * BYTES_AN_ELEMENT + BYTES_BESIDE;
  if (!ak_chain_model_is_large(self->model))
    return true;
  g_autofree gpointer tried = g_try_malloc(bytes);
  return tried != NULL;
}

json_t *ak_app_chain_analyze(const AkAppChain *self, GError **error) {
  if (!has_room(self)) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: no memory to work out what can be reached on %u elements", self->path,
                 self->chain->elements->len);
    return NULL;
  }
  bool is_same = are_worlds_same(self), is_large = ak_chain_model_is_large(self->model);
  g_autoptr(AkAccount) small = is_large ? NULL : ak_account_new(self->model, self->now_utc_us);
  g_autofree guint64 *hashes = is_large ? ak_chain_hashes_new(self->chain) : NULL;
  Whole whole = {self, small, NULL, hashes};
  Part parts[] = {{&whole, claimed_of, NULL}, {&whole, certificate_of, NULL}, {&whole, findings_of, NULL},
                  {&whole, crossings_of, NULL}, {&whole, backed_of, NULL}};
  gpointer items[] = {&parts[0], &parts[1], &parts[2], &parts[3], &parts[4]};
  side_by_side(items, is_same ? 4 : 5, make_part, true);
  g_autoptr(AkAccount) large = whole.own;
  const AkAccount *account = is_large ? large : small;
  g_autoptr(json_t) findings = parts[2].made;
  json_t *certificate = parts[1].made;
  json_t *worlds = json_pack("{s:o, s:o}", ak_chain_world_names[AK_CHAIN_WORLD_CLAIMED], parts[0].made,
                             ak_chain_world_names[AK_CHAIN_WORLD_BACKED],
                             is_same ? json_incref(parts[0].made) : parts[4].made);
  json_t *out = json_pack("{s:s, s:I, s:i, s:o*, s:o, s:O, s:o, s:o*, s:o, s:o, s:O, s:O*}", "chain",
                   self->chain->name, "elements", (json_int_t)self->chain->elements->len,
                   "assumed_values", (int)ak_chain_numbers_assumed(self->book, self->knowledge), "figures", figures_of(self), "worlds", worlds, "backings",
                   self->backings, "risk_sources", counts_of(account), "register",
                   self->without_register || is_large ? NULL : register_of(self, account),
                   "matrix", matrix_of(self, account), "certificate", certificate, "findings",
                   json_object_get(findings, "findings"), "knowledge_origin",
                   json_object_get(self->knowledge->document, "origin"));
  json_object_set_new(out, "model", model_of(self));
  json_object_set_new(out, "incident_titles", incident_titles_of(self));
  json_object_set_new(out, "function_titles", function_titles_of(self));
  json_object_set_new(out, "crossings", parts[3].made);
  if (is_large) {
    json_object_set_new(out, "bounded", bounded_of(self));
    json_object_set(out, "findings_total", json_object_get(findings, "findings_total"));
  }
  return out;
}
