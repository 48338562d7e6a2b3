#include <string.h>

#include "chain/model/model.h"
#include "chain/rule/growth.h"

#define DAYS_MAX 100000

/* Facts of the knowledge, which model.c adds: as many whatever the chain. */
static const char *const of_knowledge[] = {"layer",  "source", "treats", "gives_control",
                                           "begins", NULL};
#define YEN_MAX G_GINT64_CONSTANT(1000000000000)

void ak_chain_rule_book_free(AkChainRuleBook *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->rules, ak_chain_rules_free);
  json_decref(self->document);
  g_free(self);
}

const json_t *ak_chain_rule_book_row(const AkChainRuleBook *self, guint32 rule) {
  return json_array_get(json_object_get(self->document, "rows"), rule);
}

static bool add_row(const json_t *row, gsize number, GString *text, GError **error) {
  g_autofree char *place = g_strdup_printf("\"rows\" %" G_GSIZE_FORMAT, number + 1);
  const char *id = ak_json_string(row, "id", place, error);
  const char *rule = id != NULL ? ak_json_string(row, "rule", id, error) : NULL;
  if (rule == NULL || ak_json_string(row, "origin", id, error) == NULL ||
      !ak_chain_knowledge_check_range(row, "effort_days", DAYS_MAX, id, error) ||
      !ak_chain_knowledge_check_range(row, "chance_percent", 100, id, error))
    return false;
  g_string_append_printf(text, "%s\n", rule);
  return true;
}

/* The statements of all rows, one a line: a rule's index is its row's. */
static char *text_of(const json_t *document, const char *where, AkChainRuleFault *fault, GError **error) {
  const json_t *declarations = ak_json_array(document, "declarations", where, error);
  const json_t *rows = declarations != NULL ? ak_json_array(document, "rows", where, error) : NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  if (rows == NULL)
    return NULL;
  for (gsize i = 0; i < json_array_size(declarations); i++)
    if (json_is_string(json_array_get(declarations, i)))
      g_string_append_printf(text, "%s ", json_string_value(json_array_get(declarations, i)));
  g_string_append_c(text, '\n');
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (!add_row(json_array_get(rows, i), i, text, error)) {
      fault->row = json_array_get(rows, i);
      g_prefix_error(error, "%s: ", where);
      return NULL;
    }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What measures do and cost of which the knowledge says nothing of its own. */
static bool check_measures(const json_t *document, const char *where, GError **error) {
  g_autofree char *place = g_strdup_printf("%s: \"measures\"", where);
  const json_t *measures = json_object_get(document, "measures");
  return ak_chain_knowledge_check_range(measures, "effect_percent", 100, place, error) &&
         ak_chain_knowledge_check_range(measures, "cost_yen", YEN_MAX, place, error) &&
         ak_json_string(measures, "origin", place, error) != NULL;
}

/* Messages about the text of all rules tell its line; its rows begin on the second one. They shall tell the row's id. */
static void name_row(const json_t *document, const char *where, AkChainRuleFault *fault, GError **error) {
  if (error == NULL || *error == NULL || !g_str_has_prefix((*error)->message, where))
    return;
  guint64 line = 0, column = 0;
  char *at = (*error)->message + strlen(where);
  if (*at != ':' || !g_ascii_isdigit(at[1]))
    return;
  line = g_ascii_strtoull(at + 1, &at, 10);
  if (*at == ':' && g_ascii_isdigit(at[1]))
    column = g_ascii_strtoull(at + 1, &at, 10);
  fault->row = line >= 2 ? json_array_get(json_object_get(document, "rows"), line - 2) : NULL;
  fault->column = (guint)column;
  if (fault->row == NULL)
    return;
  GError *named = g_error_new((*error)->domain, (*error)->code, "%s: %s%s", where,
                              ak_json_string_or(fault->row, "id", ""), at);
  g_clear_error(error);
  *error = named;
}

AkChainRuleBook *ak_chain_rule_book_new(json_t *document, const char *where, GError **error) {
  AkChainRuleFault fault = {0};
  return ak_chain_rule_book_read(document, where, &fault, error);
}

AkChainRuleBook *ak_chain_rule_book_read(json_t *document, const char *where, AkChainRuleFault *fault,
                                         GError **error) {
  *fault = (AkChainRuleFault){0};
  g_autoptr(AkChainRuleBook) self = g_new0(AkChainRuleBook, 1);
  self->document = json_incref(document);
  gsize size = 0;
  g_autofree char *bytes =
      json_is_object(document) ? ak_json_canonical(document, &size, error) : NULL;
  bool has_numbers = bytes != NULL && check_measures(document, where, error);
  g_autofree char *text = has_numbers ? text_of(document, where, fault, error) : NULL;
  if (text == NULL) {
    if (error != NULL && *error == NULL)
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an object is expected", where);
    return NULL;
  }
  self->digest = ak_digest_of(bytes, size);
  self->rules = ak_chain_rules_parse(text, strlen(text), where, error);
  if (self->rules == NULL ||
      !ak_chain_rules_check_growth(self->rules, of_knowledge, where, error)) {
    name_row(document, where, fault, error);
    return NULL;
  }
  if (self->rules->rules->len != json_array_size(json_object_get(document, "rows"))) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a row holds more or less than one rule", where);
    return NULL;
  }
  return g_steal_pointer(&self);
}
