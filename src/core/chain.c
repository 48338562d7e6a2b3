#include "core/chain.h"

#include <string.h>

#include "util/large.h"

const char *const ak_chain_elements[] = {"organization", "people", "component", "data",
                                         "procedure",    "system", NULL};
const char *const ak_chain_criticalities[] = {"low", "medium", "high", "critical", NULL};
const char *const ak_chain_exposures[] = {"internet", "partner", "premises",      "supply", "inside",
                                          "mistake",  "failure", "noncompliance", "stop",   NULL};
const char *const ak_chain_statuses[] = {"planned", "implemented", NULL};
const char *const ak_chain_backings[] = {"claimed", "verified", "proven", NULL};
const char *const ak_chain_impact_classes[] = {"minor", "moderate", "serious", "catastrophic",
                                               NULL};

enum {
  ORG = 1 << AK_ELEMENT_ORGANIZATION,
  PEO = 1 << AK_ELEMENT_PEOPLE,
  COM = 1 << AK_ELEMENT_COMPONENT,
  DAT = 1 << AK_ELEMENT_DATA,
  PRO = 1 << AK_ELEMENT_PROCEDURE,
  SYS = 1 << AK_ELEMENT_SYSTEM,
};

const AkRelationKind ak_chain_relation_kinds[] = {
    {"supplies", ORG, ORG | COM | DAT | PRO | SYS, false},
    {"owns", ORG, COM | DAT | PRO | SYS, false},
    {"member-of", PEO, ORG, false},
    {"operates", ORG | PEO, COM | PRO | SYS, false},
    {"part-of", COM | SYS, SYS | COM, false},
    {"connects", COM | SYS, COM | SYS, true},
    {"holds", ORG | PEO | COM | SYS, DAT, false},
    {"flows", ORG | PEO | COM | SYS, ORG | PEO | COM | SYS, false},
    {"performs", ORG | PEO | COM | SYS, PRO, false},
    {"runs", COM | SYS, COM | PRO, false},
    {"senses", COM, COM | PRO | SYS, false},
    {"actuates", COM, COM | PRO | SYS, false},
    {NULL, 0, 0, false},
};
const char *const ak_chain_relation_names[] = {
    "supplies", "owns",     "member-of", "operates", "part-of",  "connects", "holds",
    "flows",    "performs", "runs",      "senses",   "actuates", NULL};

void ak_element_measure_free(AkElementMeasure *self) {
  g_free(self->requirement);
  g_free(self->reference);
  g_free(self);
}

AkElement *ak_element_new(void) {
  AkElement *self = g_new0(AkElement, 1);
  self->owner = AK_CHAIN_NO_ELEMENT;
  self->measures = g_ptr_array_new_with_free_func((GDestroyNotify)ak_element_measure_free);
  return self;
}

void ak_element_free(AkElement *self) {
  g_free(self->id);
  g_free(self->name);
  g_strfreev(self->exposure);
  g_strfreev(self->functions);
  g_free(self->product);
  g_free(self->version);
  g_ptr_array_unref(self->measures);
  g_free(self);
}

void ak_acceptance_free(AkAcceptance *self) {
  g_free(self->risk_source);
  g_free(self->reason);
  g_free(self->by);
  g_free(self);
}

void ak_impact_free(AkImpact *self) {
  g_free(self->incident);
  g_free(self);
}

AkChain *ak_chain_new(void) {
  AkChain *self = g_new0(AkChain, 1);
  self->elements = g_ptr_array_new_with_free_func((GDestroyNotify)ak_element_free);
  self->relations = g_array_new(FALSE, FALSE, sizeof(AkRelation));
  self->acceptances = g_ptr_array_new_with_free_func((GDestroyNotify)ak_acceptance_free);
  self->impacts = g_ptr_array_new_with_free_func((GDestroyNotify)ak_impact_free);
  return self;
}

AkChain *ak_chain_new_of_tables(void) {
  AkChain *self = ak_chain_new();
  self->is_of_tables = true;
  g_ptr_array_set_free_func(self->elements, NULL);
  self->blocks = g_ptr_array_new_with_free_func(ak_large_free);
  self->lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
  self->no_measures = g_ptr_array_new();
  self->texts = g_string_chunk_new(4096);
  return self;
}

static void free_tables(AkChain *self) {
  for (guint i = 0; i < self->elements->len; i++) {
    AkElement *element = self->elements->pdata[i];
    if (element->measures != self->no_measures)
      g_ptr_array_unref(element->measures);
  }
  g_ptr_array_unref(self->blocks);
  g_ptr_array_unref(self->lists);
  g_ptr_array_unref(self->no_measures);
}

void ak_chain_free(AkChain *self) {
  if (self == NULL)
    return;
  if (self->is_of_tables)
    free_tables(self);
  g_free(self->name);
  g_ptr_array_unref(self->elements);
  g_array_unref(self->relations);
  g_clear_pointer(&self->relation_rows, g_array_unref);
  g_clear_pointer(&self->texts, g_string_chunk_free);
  g_ptr_array_unref(self->acceptances);
  g_ptr_array_unref(self->impacts);
  g_strfreev(self->attackers);
  json_decref(self->document);
  g_free(self);
}

static const char *id_at(const AkChain *self, guint32 number) {
  return ak_chain_element_at(self, number)->id;
}

/* Its ends are the relations from `first` on. */
static json_t *row_document(const AkChain *self, const AkRelationRow *row, guint first) {
  json_t *ends = json_array();
  for (guint i = first; i < first + row->ends; i++)
    json_array_append_new(ends, json_string(id_at(self, g_array_index(self->relations, AkRelation, i).to)));
  json_t *out = json_pack("{s:s, s:s, s:o}", "from", id_at(self, row->from), "kind", ak_chain_relation_names[row->kind], "to", ends);
  if (row->protocol != NULL)
    json_object_set_new(out, "protocol", json_string(row->protocol));
  if (row->data != AK_CHAIN_NO_ELEMENT)
    json_object_set_new(out, "data", json_string(id_at(self, row->data)));
  return out;
}

json_t *ak_chain_document(const AkChain *self) {
  guint first = 0;
  if (self->relation_rows == NULL || json_object_get(self->document, "relations") == NULL)
    return json_incref(self->document);
  json_t *document = json_copy(self->document), *rows = json_array();
  for (guint i = 0; i < self->relation_rows->len; i++) {
    const AkRelationRow *row = &g_array_index(self->relation_rows, AkRelationRow, i);
    json_array_append_new(rows, row_document(self, row, first));
    first += row->ends;
  }
  json_object_set_new(document, "relations", rows);
  return document;
}

gint ak_chain_word(const char *const *words, const char *name) {
  for (gint i = 0; name != NULL && words[i] != NULL; i++)
    if (strcmp(words[i], name) == 0)
      return i;
  return -1;
}

const AkElement *ak_chain_element_at(const AkChain *self, guint32 number) {
  return self->elements->pdata[number];
}
