#include "effect/score/compliance.h"

#include <string.h>

typedef bool Duty(const json_t *result, const json_t *plan);

static bool has_text(const json_t *object, const char *key) {
  return *ak_json_string_or(object, key, "") != '\0';
}

static bool has_list(const json_t *object, const char *key) {
  return json_array_size(json_object_get(object, key)) > 0;
}

static json_int_t number(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

static bool plan_first(const json_t *result, const json_t *plan) {
  const json_t *log = json_object_get(result, "log");
  const json_t *planned = json_object_get(log, "planned_index"),
               *first = json_object_get(log, "first_batch_index");
  return json_is_integer(planned) && json_is_integer(first) &&
         json_integer_value(planned) < json_integer_value(first);
}

static bool sponsor(const json_t *result, const json_t *plan) {
  return has_text(plan, "sponsor") && has_text(plan, "payer") && has_text(plan, "conflicts") &&
         has_text(plan, "why");
}

static bool notices(const json_t *result, const json_t *plan) {
  return has_list(plan, "notices");
}

static bool disputes(const json_t *result, const json_t *plan) {
  return number(plan, "dispute_days") > 0;
}

static bool commentary(const json_t *result, const json_t *plan) {
  return has_text(plan, "commentary_until");
}

/* True of every product, and there is one. */
static bool each_product(const json_t *result, const char *first, const char *second) {
  const json_t *products = json_object_get(result, "products");
  for (gsize i = 0; i < json_array_size(products); i++)
    if (!has_text(json_array_get(products, i), first) ||
        !has_text(json_array_get(products, i), second))
      return false;
  return json_array_size(products) > 0;
}

static bool configurations(const json_t *result, const json_t *plan) {
  return each_product(result, "version", "configuration");
}

static const char *family_of(const json_t *product) {
  return ak_json_string_or(product, "family", ak_json_string_or(product, "id", ""));
}

bool ak_effect_was_tried(const json_t *product) {
  static const char *const rates[] = {"detection", "false_positive"}, *const apart[] = {"function_check", "conformance"};
  for (gsize i = 0; i < G_N_ELEMENTS(rates); i++)
    if (json_integer_value(json_object_get(json_object_get(product, rates[i]), "n")) > 0 ||
        json_array_size(json_object_get(product, apart[i])) > 0)
      return true;
  return false;
}

static bool has_default(const json_t *products, const char *family) {
  for (gsize i = 0; i < json_array_size(products); i++) {
    const json_t *product = json_array_get(products, i);
    if (strcmp(family_of(product), family) == 0 && ak_effect_was_tried(product) &&
        strcmp(ak_json_string_or(product, "configuration", ""), "vendor-default") == 0)
      return true;
  }
  return false;
}

/* Controls have no maker. */
static bool defaults(const json_t *result, const json_t *plan) {
  const json_t *products = json_object_get(result, "products");
  gsize tried = 0;
  for (gsize i = 0; i < json_array_size(products); i++) {
    const json_t *product = json_array_get(products, i);
    if (json_is_true(json_object_get(product, "control")) || !ak_effect_was_tried(product))
      continue;
    if (!has_default(products, family_of(product)))
      return false;
    tried++;
  }
  return tried > 0;
}

static bool rules(const json_t *result, const json_t *plan) {
  return has_list(plan, "metrics") && has_list(plan, "exclusion") && has_list(plan, "stop");
}

static bool corpora(const json_t *result, const json_t *plan) {
  const json_t *rows = json_object_get(result, "corpora");
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (!has_text(json_array_get(rows, i), "sha256"))
      return false;
  return json_array_size(rows) > 0;
}

static bool control(const json_t *result, const json_t *plan) {
  return json_is_true(json_object_get(result, "control_run"));
}

static bool controls(const json_t *result, const json_t *plan) {
  const json_t *products = json_object_get(result, "products");
  for (gsize i = 0; i < json_array_size(products); i++)
    if (json_is_true(json_object_get(json_array_get(products, i), "control")))
      return true;
  return false;
}

static bool order(const json_t *result, const json_t *plan) {
  return json_is_integer(json_object_get(plan, "seed"));
}

static bool repetitions(const json_t *result, const json_t *plan) {
  return number(plan, "repetitions") > 1;
}

static bool independent(const json_t *result, const json_t *plan) {
  const json_t *rows = json_object_get(result, "corpora");
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (!has_list(json_array_get(rows, i), "written_for") &&
        !json_is_true(json_object_get(json_array_get(rows, i), "function_check")))
      return true;
  return false;
}

static bool finished(const json_t *result, const json_t *plan) {
  return json_is_true(json_object_get(result, "finished"));
}

static const struct {
  const char *id;
  Duty *is_met;
} duties[] = {
    {"plan-first", plan_first},
    {"sponsor", sponsor},
    {"notices", notices},
    {"disputes", disputes},
    {"commentary", commentary},
    {"configurations", configurations},
    {"defaults", defaults},
    {"rules", rules},
    {"corpora", corpora},
    {"control", control},
    {"controls", controls},
    {"order", order},
    {"repetitions", repetitions},
    {"independent", independent},
    {"finished", finished},
};

json_t *ak_effect_compliance(const json_t *result) {
  json_t *rows = json_array();
  for (gsize i = 0; i < G_N_ELEMENTS(duties); i++)
    json_array_append_new(rows,
                          json_pack("{s:s, s:b}", "id", duties[i].id, "met",
                                    duties[i].is_met(result, json_object_get(result, "plan"))));
  return rows;
}
