#include "app/chain-knowledge.h"

#include <string.h>

/* --- the list
 * ---------------------------------------------------------------------------------------------- */

static const json_t *reason_of(const AkChainKnowledge *self, guint layer, const char *element) {
  const json_t *cells = json_object_get(self->document, "empty");
  for (gsize i = 0; i < json_array_size(cells); i++) {
    const json_t *cell = json_array_get(cells, i);
    if (json_integer_value(json_object_get(cell, "layer")) == (json_int_t)layer &&
        g_strcmp0(ak_json_string_or(cell, "element", NULL), element) == 0)
      return json_object_get(cell, "reason");
  }
  return NULL;
}

static json_t *cells_of(const AkChainKnowledge *self) {
  json_t *rows = json_array();
  for (guint layer = 1; layer <= AK_CHAIN_LAYERS; layer++)
    for (guint element = 0; element < AK_CHAIN_ELEMENTS; element++) {
      guint count = 0;
      for (guint i = 0; i < self->sources->len; i++) {
        const AkChainRiskSource *source = self->sources->pdata[i];
        count += source->incident->function->layer == layer && source->element == element;
      }
      json_array_append_new(rows, json_pack("{s:i, s:s, s:i, s:O*}", "layer", (int)layer, "element",
                                            ak_chain_elements[element], "risk_sources", (int)count,
                                            "reason",
                                            reason_of(self, layer, ak_chain_elements[element])));
    }
  return rows;
}

static json_t *digest_text(const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  return json_string(hex);
}

json_t *ak_app_chain_knowledge_list(const AkAppChainKnowledge *self) {
  static const char *const members[] = {"knowledge", "version", "origin", "incidents", "requirements",
                                        "risk_sources"};
  json_t *out = json_pack("{s:o, s:o, s:o}", "cells", cells_of(self->knowledge), "sha256",
                          digest_text(&self->knowledge->digest), "rules_sha256",
                          digest_text(&self->book->digest));
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    json_t *value = json_object_get(self->knowledge->document, members[i]);
    if (value != NULL)
      json_object_set(out, members[i], value);
  }
  json_object_set(out, "rules", json_object_get(self->book->document, "rows"));
  return out;
}

/* --- one row
 * ----------------------------------------------------------------------------------------------- */

typedef struct {
  const AkAppChainKnowledge *all;
  const json_t *row;
  json_t *fields;
} Showing;

/* Takes `value` over; nothing is said of what is not there. */
static void say(Showing *self, const char *field, json_t *value, const char *confidence) {
  if (value == NULL)
    return;
  json_array_append_new(self->fields, json_pack("{s:s, s:o, s:s*}", "field", field, "value", value,
                                                "confidence", confidence));
}

/* A member of the row, with what its member "confidence" says of `of`. */
static void say_member(Showing *self, const char *member, const char *of) {
  const json_t *confidence = json_object_get(self->row, "confidence");
  json_t *value = json_object_get(self->row, member);
  say(self, member, json_incref(value), ak_json_string_or(confidence, of, "unknown"));
}

/* "CPS.AC-1" and its title, as one text in both languages. */
static json_t *titled(const char *id, const json_t *title) {
  g_autofree char *en = g_strdup_printf("%s %s", id, ak_json_string_or(title, "en", ""));
  g_autofree char *ja = g_strdup_printf("%s %s", id, ak_json_string_or(title, "ja", ""));
  return json_pack("{s:s, s:s}", "en", en, "ja", ja);
}

/* "10–80 %" */
static json_t *range_text(AkChainRange range, const char *unit) {
  g_autofree char *text =
      g_strdup_printf("%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT " %s", range.least, range.most, unit);
  return json_string(text);
}

static void show_tests(Showing *self, const AkChainRequirement *requirement) {
  json_t *rows = json_array();
  const char *confidence = NULL;
  for (guint i = 0; i < self->all->knowledge->tests->len; i++) {
    const AkChainTestLink *link = self->all->knowledge->tests->pdata[i];
    if (link->requirement != requirement)
      continue;
    g_autoptr(GString) names = g_string_new(link->catalog);
    for (gsize r = 0; r < json_array_size(link->requirements); r++)
      g_string_append_printf(names, " %s",
                             json_string_value(json_array_get(link->requirements, r)));
    g_string_append_c(names, ':');
    json_array_append_new(rows, titled(names->str, json_object_get(link->row, "shows")));
    confidence = ak_json_string_or(link->row, "confidence", "unknown");
  }
  say(self, "tests", rows, confidence);
}

/* What it treats, and by way of that which techniques of ATT&CK for ICS. */
static void show_treated(Showing *self, const AkChainRequirement *requirement) {
  json_t *rows = json_array(), *techniques = json_array();
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < self->all->knowledge->sources->len; i++) {
    const AkChainRiskSource *source = self->all->knowledge->sources->pdata[i];
    const json_t *attack = json_object_get(source->row, "attack_ics");
    if (!g_ptr_array_find(source->measures, requirement, NULL))
      continue;
    json_array_append_new(rows, titled(source->id, json_object_get(source->row, "vulnerability")));
    for (gsize t = 0; t < json_array_size(attack); t++) {
      json_t *technique = json_array_get(attack, t);
      if (json_is_string(technique) &&
          g_hash_table_add(known, (gpointer)json_string_value(technique)))
        json_array_append(techniques, technique);
    }
  }
  say(self, "treats", rows, "derived");
  say(self, "attack_ics", techniques, "derived");
}

static void show_requirement(Showing *self, const AkChainRequirement *requirement) {
  AkChainRange effect = ak_chain_numbers_effect(self->all->book, requirement);
  AkChainRange cost = ak_chain_numbers_cost(self->all->book, requirement);
  say_member(self, "title", "text");
  say_member(self, "elements", "elements");
  say_member(self, "layers", "elements");
  say_member(self, "nist_csf_1_1", "nist_csf_1_1");
  say_member(self, "iec_62443", "iec_62443");
  say_member(self, "iso_27001_2013", "iso_27001_2013");
  show_treated(self, requirement);
  show_tests(self, requirement);
  say(self, "effect", range_text(effect, "%"), effect.origin);
  say(self, "cost", range_text(cost, "yen"), cost.origin);
}

static void show_source(Showing *self, const AkChainRiskSource *source) {
  const json_t *confidence = json_object_get(source->row, "confidence");
  const json_t *incident = source->incident->row;
  json_t *measures = json_array();
  for (guint m = 0; m < source->measures->len; m++) {
    const AkChainRequirement *requirement = source->measures->pdata[m];
    json_array_append_new(measures,
                          titled(requirement->id, json_object_get(requirement->row, "title")));
  }
  say(self, "incident", titled(source->incident->id, json_object_get(incident, "title")),
      ak_json_string_or(confidence, "incident", "unknown"));
  say_member(self, "element", "cell");
  say(self, "threat", json_incref(json_object_get(incident, "threat")),
      ak_json_string_or(confidence, "threat", "unknown"));
  say_member(self, "vulnerability", "vulnerability");
  say(self, "measures", measures, ak_json_string_or(confidence, "measures", "unknown"));
  say_member(self, "stride", "mapping");
  say_member(self, "attack_ics", "mapping");
  say_member(self, "attack_enterprise", "mapping");
}

static void show_incident(Showing *self, const AkChainIncident *incident) {
  const char *origin = ak_json_string_or(incident->row, "origin", "unknown");
  json_t *sources = json_array();
  for (guint i = 0; i < self->all->knowledge->sources->len; i++) {
    const AkChainRiskSource *source = self->all->knowledge->sources->pdata[i];
    if (source->incident == incident)
      json_array_append_new(sources,
                            titled(source->id, json_object_get(source->row, "vulnerability")));
  }
  say(self, "function",
      titled(incident->function->id, json_object_get(incident->function->row, "title")),
      ak_json_string_or(incident->row, "id_certainty", "unknown"));
  say(self, "title", json_incref(json_object_get(incident->row, "title")), origin);
  say(self, "threat", json_incref(json_object_get(incident->row, "threat")), "derived");
  say(self, "risk_sources", sources, "derived");
}

static void show_rule(Showing *self, guint32 number) {
  AkChainRange effort = ak_chain_numbers_effort(self->all->book, number);
  AkChainRange chance = ak_chain_numbers_chance(self->all->book, number);
  say(self, "rule", json_incref(json_object_get(self->row, "rule")), "model");
  say(self, "title", json_incref(json_object_get(self->row, "title")), "model");
  say(self, "effort", range_text(effort, "days"), effort.origin);
  say(self, "chance", range_text(chance, "%"), chance.origin);
}

/* The number of a rule by its id; the count of them where there is none. */
static guint32 rule_of(const AkChainRuleBook *book, const char *id) {
  guint32 number = 0;
  while (number < book->rules->rules->len &&
         strcmp(ak_json_string_or(ak_chain_rule_book_row(book, number), "id", ""), id) != 0)
    number++;
  return number;
}

json_t *ak_app_chain_knowledge_show(const AkAppChainKnowledge *self, const char *id, GError **error) {
  const AkChainRequirement *requirement = ak_chain_knowledge_requirement(self->knowledge, id);
  const AkChainRiskSource *source = ak_chain_knowledge_source(self->knowledge, id);
  const AkChainIncident *incident = ak_chain_knowledge_incident(self->knowledge, id);
  guint32 rule = rule_of(self->book, id);
  bool is_rule = rule < self->book->rules->rules->len;
  if (requirement == NULL && source == NULL && incident == NULL && !is_rule) {
    ak_error_set(error, AK_ERROR_NOT_FOUND,
                 "%s: no requirement, risk source, incident or rule has this id", id);
    return NULL;
  }
  Showing showing = {.all = self, .fields = json_array()};
  const char *kind = requirement != NULL ? "requirement"
                     : source != NULL    ? "risk_source"
                     : incident != NULL  ? "incident"
                                         : "rule";
  showing.row = requirement != NULL ? requirement->row
                : source != NULL    ? source->row
                : incident != NULL  ? incident->row
                                    : ak_chain_rule_book_row(self->book, rule);
  if (requirement != NULL)
    show_requirement(&showing, requirement);
  else if (source != NULL)
    show_source(&showing, source);
  else if (incident != NULL)
    show_incident(&showing, incident);
  else
    show_rule(&showing, rule);
  return json_pack("{s:s, s:s, s:o}", "id", id, "kind", kind, "fields", showing.fields);
}
