#include "exchange/product-completeness.h"

#include <string.h>

typedef struct {
  const AkProduct *product;
  const AkCatalog *catalog;
  const AkProfile *profile;
  GPtrArray *gaps;
} Search;

static void gap_free(AkGap *self) {
  g_free(self->what);
  g_free(self->detail);
  g_free(self);
}

static void add_gap(Search *self, const char *kind, const char *what, const char *detail) {
  AkGap *gap = g_new0(AkGap, 1);
  gap->kind = kind;
  gap->what = g_strdup(what);
  gap->detail = g_strdup(detail);
  g_ptr_array_add(self->gaps, gap);
}

/* --- what the claims say ---------------------------------------------------------------------------- */

typedef enum { NO, UNKNOWN, YES } Truth;

static Truth claim(const json_t *claims, const char *key, const char *member) {
  const json_t *value = json_object_get(json_object_get(claims, key), member);
  return !json_is_boolean(value) ? UNKNOWN : json_is_true(value) ? YES : NO;
}

/* Conditions of a requirement speak of features and conditions alone (docs/formats/catalog.md). */
static Truth evaluate(const AkProduct *product, const AkExpression *node) {
  switch (node->kind) {
  case AK_EXPRESSION_CONSTANT:
    return node->truth ? YES : NO;
  case AK_EXPRESSION_FEATURE:
    return claim(product->features, node->name, "present");
  case AK_EXPRESSION_CONDITION:
    return claim(product->conditions, node->name, "holds");
  case AK_EXPRESSION_NOT:
    return YES - evaluate(product, node->left);
  case AK_EXPRESSION_AND:
    return MIN(evaluate(product, node->left), evaluate(product, node->right));
  case AK_EXPRESSION_OR:
    return MAX(evaluate(product, node->left), evaluate(product, node->right));
  default:
    return UNKNOWN;
  }
}

static bool may_be_empty(const Search *self, const json_t *table) {
  const char *text = ak_json_string_or(table, "empty_if", NULL);
  g_autoptr(AkExpression) condition =
      text != NULL ? ak_expression_parse(text, "empty_if", NULL) : NULL;
  return condition != NULL && evaluate(self->product, condition) == YES;
}

/* --- claims ----------------------------------------------------------------------------------------- */

static bool has_text(const json_t *object, const char *member) {
  return *ak_json_string_or(object, member, "") != '\0';
}

/* Claims that the catalogue asks for, then those that it does not know. */
static void find_claims(Search *self, const json_t *wanted, const json_t *claims, const char *kind) {
  const char *key = NULL;
  json_t *value = NULL;
  json_object_foreach((json_t *)wanted, key, value) {
    const json_t *given = json_object_get(claims, key);
    if (given == NULL)
      add_gap(self, kind, key, "");
    else if (!has_text(given, "reason"))
      add_gap(self, "reason", key, "");
  }
  json_object_foreach((json_t *)claims, key, value) {
    if (json_object_get(wanted, key) == NULL)
      add_gap(self, "unknown", key, kind);
  }
}

static bool is_selected(const Search *self, const char *requirement) {
  return self->profile == NULL || self->profile->requirements == NULL ||
         g_strv_contains((const char *const *)self->profile->requirements, requirement);
}

static void find_ics(Search *self) {
  const char *key = NULL;
  json_t *row = NULL;
  for (guint i = 0; self->catalog->needs_ics && i < self->catalog->requirements->len; i++) {
    const AkRequirement *requirement = self->catalog->requirements->pdata[i];
    row = json_object_get(self->product->ics, requirement->id);
    if (!is_selected(self, requirement->id))
      continue;
    if (row == NULL)
      add_gap(self, "ics", requirement->id, "");
    else if (strcmp(ak_json_string_or(row, "support", ""), "Y") != 0 && !has_text(row, "detail"))
      add_gap(self, "reason", requirement->id, "");
  }
  json_object_foreach(self->product->ics, key, row) {
    if (self->catalog->needs_ics && ak_catalog_requirement(self->catalog, key) == NULL)
      add_gap(self, "unknown", key, "ics");
  }
}

/* --- extra information -------------------------------------------------------------------------------- */

/* The wanted fields that `row` leaves open, as a list of words; caller frees. */
static char *open_fields(const json_t *table, const json_t *row) {
  GString *open = g_string_new(NULL);
  const json_t *fields = json_object_get(table, "fields");
  for (gsize i = 0; i < json_array_size(fields); i++) {
    const char *field = json_string_value(json_array_get(fields, i));
    const json_t *value = json_object_get(row, field);
    bool is_open = value == NULL || (json_is_string(value) && *json_string_value(value) == '\0');
    if (is_open)
      g_string_append_printf(open, "%s%s", open->len > 0 ? ", " : "", field);
  }
  return g_string_free(open, FALSE);
}

static void find_rows(Search *self, const char *name, const json_t *table, const json_t *rows) {
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (has_text(row, "none"))
      continue;
    g_autofree char *open = open_fields(table, row);
    g_autofree char *what =
        g_strdup_printf("%s %s", name, ak_json_string_or(row, "id", ""));
    if (*open != '\0')
      add_gap(self, "fields", what, open);
  }
}

static void find_ixit(Search *self) {
  const char *name = NULL;
  json_t *table = NULL;
  json_object_foreach(self->catalog->ixit, name, table) {
    const json_t *rows = json_object_get(self->product->ixit, name);
    if (rows == NULL)
      add_gap(self, "ixit", name, "");
    else if (json_array_size(rows) == 0 && !may_be_empty(self, table))
      add_gap(self, "empty", name, "");
    find_rows(self, name, table, rows);
  }
  json_object_foreach(self->product->ixit, name, table) {
    if (json_object_size(self->catalog->ixit) > 0 &&
        json_object_get(self->catalog->ixit, name) == NULL)
      add_gap(self, "unknown", name, "ixit");
  }
}

/* --- answers ------------------------------------------------------------------------------------------ */

static void find_answers(Search *self, const AkRequirement *requirement) {
  if (!is_selected(self, requirement->id) ||
      (requirement->applies != NULL && evaluate(self->product, requirement->applies) == NO))
    return;
  for (guint i = 0; i < requirement->cases->len; i++) {
    const AkTestCase *test_case = requirement->cases->pdata[i];
    const AkAnswer *answer = ak_product_answer(self->product, test_case->id);
    const AkExpression *applies = test_case->compiled != NULL ? test_case->compiled->applies : NULL;
    if (test_case->method == AK_METHOD_AUTOMATIC ||
        (applies != NULL && evaluate(self->product, applies) == NO))
      continue;
    if (answer == NULL)
      add_gap(self, "answer", test_case->id, "");
    else if (answer->evidence == NULL || *answer->evidence == NULL)
      add_gap(self, "evidence", test_case->id, "");
  }
}

GPtrArray *ak_product_gaps(const AkProduct *product, const AkCatalog *catalog,
                           const AkProfile *profile) {
  GPtrArray *gaps = g_ptr_array_new_with_free_func((GDestroyNotify)gap_free);
  Search search = {.product = product, .catalog = catalog, .profile = profile, .gaps = gaps};
  if (json_object_size(catalog->features) > 0)
    find_claims(&search, catalog->features, product->features, "feature");
  if (json_object_size(catalog->conditions) > 0)
    find_claims(&search, catalog->conditions, product->conditions, "condition");
  find_ics(&search);
  find_ixit(&search);
  for (guint i = 0; i < catalog->requirements->len; i++)
    find_answers(&search, catalog->requirements->pdata[i]);
  return gaps;
}
