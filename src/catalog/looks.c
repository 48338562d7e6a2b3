#include "catalog/looks.h"

#include <string.h>

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_once(GPtrArray *names, const char *name) {
  for (guint i = 0; i < names->len; i++)
    if (strcmp(names->pdata[i], name) == 0)
      return;
  g_ptr_array_add(names, (gpointer)name);
}

static bool asks_for_property(const AkExpression *node) {
  return node->kind >= AK_EXPRESSION_SEEN && node->kind != AK_EXPRESSION_ATTRIBUTE;
}

static bool is_over_services(const AkExpression *node) {
  return (node->kind == AK_EXPRESSION_ANY || node->kind == AK_EXPRESSION_ALL) &&
         (node->domain == AK_DOMAIN_SERVICE || node->domain == AK_DOMAIN_SERVICE_TCP ||
          node->domain == AK_DOMAIN_SERVICE_UDP);
}

static bool add_property(const AkExpression *node, gpointer data, GError **error) {
  if (asks_for_property(node))
    add_once(data, node->name);
  else if (is_over_services(node))
    add_once(data, "net.port.open"); /* a service is one where this was seen */
  return true;
}

GPtrArray *ak_rule_properties(const AkRule *self) {
  GPtrArray *names = g_ptr_array_new();
  ak_rule_foreach(self, add_property, names, NULL);
  for (guint i = 0; i < self->needs->len; i++) {
    const AkNeed *need = self->needs->pdata[i];
    if (need->kind == AK_NEED_COVERAGE)
      add_once(names, need->name);
    else if (need->kind == AK_NEED_DISCOVER)
      add_once(names, "net.coverage");
  }
  g_ptr_array_sort(names, compare_texts);
  return names;
}

GPtrArray *ak_trigger_properties(const AkRuleTrigger *self) {
  GPtrArray *names = g_ptr_array_new();
  ak_expression_foreach(self->when, add_property, names, NULL);
  g_ptr_array_sort(names, compare_texts);
  return names;
}

GPtrArray *ak_rule_tests(const GPtrArray *properties, const AkTest *const *tests) {
  GPtrArray *ids = g_ptr_array_new();
  for (gsize t = 0; tests[t] != NULL; t++)
    for (guint p = 0; p < properties->len; p++)
      if (ak_test_output(tests[t], properties->pdata[p]) != NULL)
        add_once(ids, tests[t]->id);
  return ids;
}

/* --- reach --------------------------------------------------------------------------------------
 */

static const char *const reach_names[] = {
    [AK_REACH_NONE] = "none",
    [AK_REACH_REFUTES] = "refutes",
    [AK_REACH_PARTLY] = "partly",
    [AK_REACH_DECIDES] = "decides",
};

const char *ak_reach_name(AkReach reach) {
  return reach_names[reach];
}

static bool is_no_answer(const AkExpression *node, gpointer data, GError **error) {
  return node->kind != AK_EXPRESSION_ANSWER;
}

/* Can it pass without anybody's answer? */
static bool passes_alone(const AkRule *rule) {
  for (guint i = 0; i < rule->needs->len; i++)
    if (((const AkNeed *)rule->needs->pdata[i])->kind == AK_NEED_ANSWER)
      return false;
  return rule->pass != NULL && (ak_expression_foreach(rule->pass, is_no_answer, NULL, NULL) ||
                                rule->pass->kind == AK_EXPRESSION_OR);
}

AkReach ak_case_reach(const AkTestCase *test_case) {
  const AkRule *rule = test_case->compiled;
  if (test_case->method == AK_METHOD_MANUAL)
    return AK_REACH_NONE;
  if (passes_alone(rule))
    return AK_REACH_DECIDES;
  return rule->fail->len > 0 ? AK_REACH_PARTLY : AK_REACH_REFUTES;
}
