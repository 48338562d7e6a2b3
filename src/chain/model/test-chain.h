/* Chains for tests: the program's own knowledge, and elements written in a row. */
#pragma once

#include <gio/gio.h>
#include <string.h>

#include "chain/model/model.h"

static inline json_t *test_resource(const char *path) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_assert_nonnull(bytes);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(GError) error = NULL;
  json_t *document = ak_json_parse(data, size, path, &error);
  g_assert_no_error(error);
  return document;
}

static inline AkChainKnowledge *test_knowledge(void) {
  g_autoptr(json_t) document = test_resource("/akashi/knowledge/cpsf.json");
  g_autoptr(GError) error = NULL;
  AkChainKnowledge *knowledge = ak_chain_knowledge_new(document, "cpsf", &error);
  g_assert_no_error(error);
  return knowledge;
}

static inline AkChainRuleBook *test_book(void) {
  g_autoptr(json_t) document = test_resource("/akashi/knowledge/cpsf-rules.json");
  g_autoptr(GError) error = NULL;
  AkChainRuleBook *book = ak_chain_rule_book_new(document, "cpsf-rules", &error);
  g_assert_no_error(error);
  return book;
}

/* Lists with commas between. */
static inline AkElement *test_element(AkChain *chain, const char *id, AkElementKind kind,
                                      const char *functions, const char *exposure) {
  AkElement *element = ak_element_new();
  element->id = g_strdup(id);
  element->name = g_strdup(id);
  element->kind = kind;
  element->functions = g_strsplit(functions, ",", -1);
  element->exposure = g_strsplit(exposure, ",", -1);
  g_ptr_array_add(chain->elements, element);
  return element;
}

/* Backed where `backing` says more than "claimed", as if somebody had looked the reference up. */
static inline void test_measure(AkElement *element, const char *requirement, guint status,
                                guint backing, gint64 until_utc_us) {
  AkElementMeasure *measure = g_new0(AkElementMeasure, 1);
  measure->requirement = g_strdup(requirement);
  measure->status = status;
  measure->backing = backing;
  measure->until_utc_us = until_utc_us;
  measure->reference = g_strdup("r20261128-000000-0000");
  measure->is_backed = backing > 0;
  measure->cost_yen = -1;
  g_ptr_array_add(element->measures, measure);
}

static inline void test_relation(AkChain *chain, guint32 from, const char *kind, guint32 to) {
  AkRelation relation = {.from = from, .to = to, .data = AK_CHAIN_NO_ELEMENT};
  relation.kind = (guint32)ak_chain_word(ak_chain_relation_names, kind);
  g_array_append_val(chain->relations, relation);
}
