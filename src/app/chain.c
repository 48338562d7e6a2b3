#include "app/chain.h"

#include <string.h>

#include "app/chain-compile.h"
#include "app/chain-layer.h"
#include "app/chain-names.h"
#include "app/chain-read.h"
#include "exchange/schema.h"
#include "util/large-ahead.h"

void ak_app_chain_figure_out(AkAppChain *self) {
  bool is_little = self->chain->elements->len <= AK_APP_CHAIN_FIGURED;
  self->contributes = is_little;
  self->samples = is_little ? AK_APP_CHAIN_SAMPLES : 0;
}

void ak_app_chain_free(AkAppChain *self) {
  if (self == NULL)
    return;
  json_decref(self->backings);
  g_clear_pointer(&self->model, ak_chain_model_free);
  g_clear_pointer(&self->book, ak_chain_rule_book_free);
  g_clear_pointer(&self->knowledge, ak_chain_knowledge_free);
  g_clear_pointer(&self->chain, ak_chain_free);
  g_free(self->path);
  g_free(self);
}

static json_t *look_up(const AkAppChain *self, const AkAppChainSpec *spec, GError **error) {
  g_autofree char *folder = !spec->reads_bundles          ? NULL
                            : self->chain->is_of_tables && !self->is_compiled ? g_strdup(spec->path)
                                                        : g_path_get_dirname(spec->path);
  AkAppChainBackingSpec backing = {.workspace = spec->workspace,
                                   .key = spec->key,
                                   .folder = folder,
                                   .now_utc_us = spec->now_utc_us};
  return ak_app_chain_look_up(self->chain, self->knowledge, &backing, error);
}

/* Chain and model of a compiled file; none with an error. */
static void take_compiled(AkAppChain *self, bool all_measures, GError **error) {
  const AkAppChainCompiledSpec spec = {self->path, self->lang, self->knowledge, self->book, all_measures};
  AkAppChainCompiled compiled;
  if (!ak_app_chain_read_compiled(&spec, &compiled, error))
    return;
  self->chain = compiled.chain;
  self->model = compiled.model;
  self->digest = compiled.digest;
}

/* Where the knowledge lacks what the chain names, each place is told instead of the first one's name. */
static void ground(AkAppChain *self, bool all_measures, GPtrArray *problems, GError **error) {
  g_autoptr(GError) failure = NULL;
  self->model = ak_chain_model_new(self->chain, self->knowledge, self->book, all_measures, &failure);
  bool is_of_file = failure != NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA);
  if (is_of_file && !ak_app_chain_names_find(self->knowledge, self->path, self->lang, problems, error))
    return;
  if (failure != NULL)
    g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: ", self->path);
}

static AkAppChain *open_chain(const AkAppChainSpec *spec, GPtrArray *problems, GError **error) {
  g_autoptr(AkAppChain) self = g_new0(AkAppChain, 1);
  self->now_utc_us = spec->now_utc_us;
  self->samples = spec->samples;
  self->seed = spec->seed;
  self->attacks = spec->attacks;
  self->contributes = spec->contributes;
  self->without_register = spec->without_register;
  self->path = g_strdup(spec->path);
  self->lang = spec->lang;
  self->is_compiled = ak_app_chain_is_compiled(spec->path);
  if (!self->is_compiled)
    self->chain = ak_app_chain_read(spec->path, spec->lang, &self->digest, problems, error);
  bool goes_on = self->is_compiled || self->chain != NULL;
  g_autoptr(AkAppChainKnowledge) known = goes_on ? ak_app_chain_knowledge_open(spec->knowledge, error) : NULL;
  if (known == NULL)
    return NULL;
  self->knowledge = g_steal_pointer(&known->knowledge);
  self->book = g_steal_pointer(&known->book);
  if (self->is_compiled)
    take_compiled(self, spec->all_measures, error);
  else
    ground(self, spec->all_measures, problems, error);
  self->backings = self->model != NULL ? look_up(self, spec, error) : NULL;
  if (self->backings == NULL) {
    if (self->is_compiled || self->model != NULL)
      g_prefix_error(error, "%s: ", spec->path);
    return NULL;
  }
  return g_steal_pointer(&self);
}

/* Reading and grounding fill gigabytes where a chain is large. */
AkAppChain *ak_app_chain_open(const AkAppChainSpec *spec, GPtrArray *problems, GError **error) {
  ak_large_ahead_begin();
  AkAppChain *chain = open_chain(spec, problems, error);
  ak_large_ahead_end();
  return chain;
}

json_t *ak_app_chain_document(const AkAppChain *self, GError **error) {
  if (self->is_compiled) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s is compiled: take what it was made of", self->path);
    return NULL;
  }
  return ak_app_chain_read_document(self->chain, self->path, self->lang, &self->digest, error);
}

bool ak_app_chain_say(const AkAppChain *self, AkErrorCode code, const char *id, const char *about, GError **error) {
  g_autofree char *text = ak_text_format(self->lang, id, about);
  return ak_error_set(error, code, "%s", text);
}

bool ak_app_chain_day(const char *text, gint64 *out) {
  return ak_schema_date(text, true, out);
}

/* --- what contradicts itself
 * ------------------------------------------------------------------------- */

typedef struct {
  const AkChain *chain;
  guint8 *held, *in_procedure, *owned, *actuates; /* [elements] */
  json_t *findings;
  guint32 most;
  guint64 total;
} Looking;

/* `element`: NULL for what is said of the whole. `about`: what of it, or NULL. */
static void say_about(Looking *self, const char *id, const AkElement *element, const char *about) {
  if (self->total++ >= self->most)
    return;
  json_t *row = json_pack("{s:s, s:s*, s:s*}", "id", id, "element", element != NULL ? element->id : NULL, "about", about);
  if (element != NULL && element->line > 0) {
    json_object_set_new(row, "line", json_integer(element->line));
    json_object_set_new(row, "column", json_integer(element->column));
  }
  json_array_append_new(self->findings, row);
}

static void say(Looking *self, const char *id, const AkElement *element) {
  say_about(self, id, element, NULL);
}

static void note_relations(Looking *self) {
  guint holds = (guint)ak_chain_word(ak_chain_relation_names, "holds"),
        owns = (guint)ak_chain_word(ak_chain_relation_names, "owns"),
        actuates = (guint)ak_chain_word(ak_chain_relation_names, "actuates");
  for (guint i = 0; i < self->chain->relations->len; i++) {
    const AkRelation *relation = &g_array_index(self->chain->relations, AkRelation, i);
    if (relation->kind == holds)
      self->held[relation->to] = 1;
    if (relation->kind == owns)
      self->owned[relation->to] = 1;
    if (relation->kind == actuates)
      self->actuates[relation->from] = 1;
    if (ak_chain_element_at(self->chain, relation->to)->kind == AK_ELEMENT_PROCEDURE)
      self->in_procedure[relation->from] = 1;
  }
}

static void look_at(Looking *self, guint32 number) {
  const AkElement *element = ak_chain_element_at(self->chain, number);
  bool needs_owner = element->kind == AK_ELEMENT_COMPONENT || element->kind == AK_ELEMENT_SYSTEM;
  if (element->kind == AK_ELEMENT_DATA && !self->held[number])
    say(self, "data-held-nowhere", element);
  if (needs_owner && element->owner == AK_CHAIN_NO_ELEMENT && !self->owned[number])
    say(self, "no-owner", element);
  if (element->kind == AK_ELEMENT_COMPONENT && !self->in_procedure[number] &&
      (element->safety || self->actuates[number]))
    say(self, "actuator-in-no-procedure", element);
}

/* Can any of the file's attackers begin with any element? */
static bool is_exposed(const AkChain *chain) {
  for (guint32 i = 0; i < chain->elements->len; i++)
    for (gsize x = 0; ak_chain_element_at(chain, i)->exposure[x] != NULL; x++)
      if (g_strv_contains((const char *const *)chain->attackers,
                          ak_chain_element_at(chain, i)->exposure[x]))
        return true;
  return false;
}

bool ak_app_chain_can_begin(const AkAppChain *self) {
  return is_exposed(self->chain);
}

/* A model without a beginning, or in which nobody said what an incident means, has no risk to
 * report: that is said, instead of none. */
static void look_at_whole(Looking *self) {
  guint functions = 0;
  for (guint32 i = 0; i < self->chain->elements->len; i++)
    functions += g_strv_length(ak_chain_element_at(self->chain, i)->functions);
  if (self->chain->attackers[0] == NULL)
    say(self, "no-attackers", NULL);
  else if (!is_exposed(self->chain))
    say(self, "nothing-exposed", NULL);
  if (self->chain->impacts->len == 0)
    say(self, "no-impacts", NULL);
  if (functions == 0)
    say(self, "no-functions", NULL);
}

/* What is accepted, or said to be bad, where it cannot happen: a mistake here, or a function or a relation that is missing. */
static void look_at_nothing(Looking *self, const AkAppChain *app) {
  for (guint i = 0; i < self->chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = self->chain->acceptances->pdata[i];
    const AkChainRiskSource *source = ak_chain_knowledge_source(app->knowledge, acceptance->risk_source);
    if (source != NULL && !ak_chain_model_applies(app->model, source, acceptance->element))
      say_about(self, "acceptance-of-nothing", ak_chain_element_at(self->chain, acceptance->element), source->id);
  }
  for (guint i = 0; i < self->chain->impacts->len; i++) {
    const AkImpact *impact = self->chain->impacts->pdata[i];
    const AkChainIncident *incident = ak_chain_knowledge_incident(app->knowledge, impact->incident);
    bool is_there = impact->element != AK_CHAIN_NO_ELEMENT && incident != NULL;
    if (is_there && ak_chain_model_incident(app->model, incident, impact->element) == AK_CHAIN_GRAPH_NONE)
      say_about(self, "impact-of-nothing", ak_chain_element_at(self->chain, impact->element), incident->id);
  }
}

json_t *ak_app_chain_findings(const AkAppChain *self, guint32 most) {
  guint count = self->chain->elements->len;
  Looking looking = {.chain = self->chain,
                     .most = most,
                     .held = g_new0(guint8, count + 1),
                     .in_procedure = g_new0(guint8, count + 1),
                     .owned = g_new0(guint8, count + 1),
                     .actuates = g_new0(guint8, count + 1),
                     .findings = json_array()};
  note_relations(&looking);
  look_at_whole(&looking);
  for (guint32 i = 0; i < count; i++)
    look_at(&looking, i);
  look_at_nothing(&looking, self);
  g_free(looking.held);
  g_free(looking.in_procedure);
  g_free(looking.owned);
  g_free(looking.actuates);
  return json_pack("{s:o, s:I}", "findings", looking.findings, "findings_total", (json_int_t)looking.total);
}
