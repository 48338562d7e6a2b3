#include "catalog/catalog.h"

#include <string.h>

#include "catalog/data.h"
#include "util/json.h"

#define MAX_REQUIREMENTS 4096
#define MAX_CASES 64 /* of one requirement */
#define MAX_REPORTED_ID 64

/* --- names ---------------------------------------------------------------------------------- */

static const char *const kind_names[] = {
    [AK_CASE_CONCEPTUAL] = "conceptual",
    [AK_CASE_FUNCTIONAL] = "functional",
    [AK_CASE_CONCEPTUAL_FUNCTIONAL] = "conceptual-functional",
    [AK_CASE_DOCUMENT] = "document",
    [AK_CASE_DEVICE] = "device",
};
static const char *const method_names[] = {
    [AK_METHOD_AUTOMATIC] = "automatic",
    [AK_METHOD_SEMI_AUTOMATIC] = "semi-automatic",
    [AK_METHOD_MANUAL] = "manual",
};

const char *ak_case_kind_name(AkCaseKind kind) {
  return kind_names[kind];
}
const char *ak_method_name(AkMethod method) {
  return method_names[method];
}

static bool find_name(const char *const *names, gsize count, const char *name, gsize *out) {
  for (gsize i = 0; i < count; i++)
    if (g_strcmp0(names[i], name) == 0) {
      *out = i;
      return true;
    }
  return false;
}

bool ak_case_kind_from_name(const char *name, AkCaseKind *out) {
  gsize index = 0;
  if (!find_name(kind_names, G_N_ELEMENTS(kind_names), name, &index))
    return false;
  *out = (AkCaseKind)index;
  return true;
}

bool ak_method_from_name(const char *name, AkMethod *out) {
  gsize index = 0;
  if (!find_name(method_names, G_N_ELEMENTS(method_names), name, &index))
    return false;
  *out = (AkMethod)index;
  return true;
}

/* --- ownership ------------------------------------------------------------------------------ */

static void bilingual_clear(AkBilingual *self) {
  g_free(self->en);
  g_free(self->ja);
}

static void case_free(AkTestCase *self) {
  g_free(self->id);
  bilingual_clear(&self->title);
  bilingual_clear(&self->text);
  json_decref(self->rule);
  ak_rule_free(self->compiled);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTestCase, case_free)

static void requirement_free(AkRequirement *self) {
  g_free(self->id);
  g_free(self->obligation);
  g_free(self->conditions);
  ak_expression_free(self->applies);
  bilingual_clear(&self->title);
  bilingual_clear(&self->text);
  g_clear_pointer(&self->cases, g_ptr_array_unref);
  g_free(self->origin);
  json_decref(self->confidence);
  json_decref(self->props);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRequirement, requirement_free)

void ak_catalog_free(AkCatalog *self) {
  if (self == NULL)
    return;
  g_free(self->id);
  g_free(self->version);
  bilingual_clear(&self->title);
  g_clear_pointer(&self->requirements, g_ptr_array_unref);
  g_clear_pointer(&self->findings, g_ptr_array_unref);
  json_decref(self->features);
  json_decref(self->conditions);
  json_decref(self->lists);
  json_decref(self->ixit);
  json_decref(self->props);
  json_decref(self->document);
  g_free(self);
}

/* --- small parts ---------------------------------------------------------------------------- */

static bool parse_bilingual(const json_t *object, const char *key, const char *where,
                            AkBilingual *out, GError **error) {
  static const char *const languages[] = {"en", "ja", NULL};
  g_autofree char *place = g_strdup_printf("%s: %s", where, key);
  const json_t *texts = json_object_get(object, key);
  if (!ak_rule_check_members(texts, languages, place, error))
    return false;
  const char *en = ak_json_string(texts, "en", place, error);
  const char *ja = en ? ak_json_string(texts, "ja", place, error) : NULL;
  if (ja == NULL)
    return false;
  if (*en == '\0' || *ja == '\0')
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a text is empty", place);
  out->en = g_strdup(en);
  out->ja = g_strdup(ja);
  return true;
}

/* A member that may be left out, as an object of its own. */
static json_t *optional_object(const json_t *object, const char *key, const char *where,
                               GError **error) {
  json_t *member = json_object_get(object, key);
  if (member == NULL)
    return json_object();
  if (json_is_object(member))
    return json_incref(member);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: member \"%s\" is no object", where, key);
  return NULL;
}

static char *parse_id(const json_t *object, const char *key, const char *where, GError **error) {
  const char *id = ak_json_string(object, key, where, error);
  if (id == NULL)
    return NULL;
  gsize length = strlen(id);
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum(id[i]) && strchr(".-_()", id[i]) == NULL)
      length = 0;
  if (length > 0 && length <= 128)
    return g_strdup(id);
  ak_error_set(error, AK_ERROR_INVALID_DATA,
               "%s: \"%.*s\" is no id (letters, digits, . - _ and brackets)", where,
               MAX_REPORTED_ID, id);
  return NULL;
}

/* --- test cases ----------------------------------------------------------------------------- */

static bool parse_case_enums(AkTestCase *self, const json_t *json, const char *where,
                             GError **error) {
  const char *kind = ak_json_string(json, "kind", where, error);
  const char *method = kind ? ak_json_string(json, "method", where, error) : NULL;
  const char *grade = method ? ak_json_string(json, "grade", where, error) : NULL;
  if (grade == NULL)
    return false;
  if (!ak_case_kind_from_name(kind, &self->kind))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown kind \"%s\"", where, kind);
  if (!ak_method_from_name(method, &self->method))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown method \"%s\"", where, method);
  if (!ak_grade_from_name(grade, &self->grade))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown grade \"%s\"", where, grade);
  return true;
}

static AkTestCase *parse_case(const json_t *json, const char *where, GError **error) {
  static const char *const members[] = {"id",    "kind", "method", "grade",
                                        "title", "text", "rule",   NULL};
  if (!ak_rule_check_members(json, members, where, error))
    return NULL;
  g_autoptr(AkTestCase) self = g_new0(AkTestCase, 1);
  if ((self->id = parse_id(json, "id", where, error)) == NULL)
    return NULL;
  g_autofree char *place = g_strdup_printf("%s: case %s", where, self->id);
  g_autofree char *rule_place = g_strdup_printf("%s: rule", place);
  if (!parse_case_enums(self, json, place, error) ||
      !parse_bilingual(json, "title", place, &self->title, error) ||
      !parse_bilingual(json, "text", place, &self->text, error))
    return NULL;
  self->rule = json_incref(json_object_get(json, "rule"));
  self->compiled = ak_rule_parse(self->rule, rule_place, error);
  return self->compiled != NULL ? g_steal_pointer(&self) : NULL;
}

static bool parse_cases(AkRequirement *self, const json_t *json, const char *where,
                        GError **error) {
  const json_t *cases = ak_json_array(json, "test_cases", where, error);
  if (cases == NULL)
    return false;
  if (json_array_size(cases) == 0 || json_array_size(cases) > MAX_CASES)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: 1 to %d test cases are expected", where,
                        MAX_CASES);
  self->cases = g_ptr_array_new_with_free_func((GDestroyNotify)case_free);
  for (gsize i = 0; i < json_array_size(cases); i++) {
    AkTestCase *test_case = parse_case(json_array_get(cases, i), where, error);
    if (test_case == NULL)
      return false;
    g_ptr_array_add(self->cases, test_case);
  }
  return true;
}

/* --- requirements --------------------------------------------------------------------------- */

static bool parse_obligation(AkRequirement *self, const json_t *json, const char *where,
                             GError **error) {
  const char *obligation = ak_json_string(json, "obligation", where, error);
  const char *conditions = obligation ? ak_json_string(json, "conditions", where, error) : NULL;
  if (conditions == NULL)
    return false;
  if (strcmp(obligation, "M") != 0 && strcmp(obligation, "R") != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: obligation is \"%s\", M or R expected",
                        where, obligation);
  self->obligation = g_strdup(obligation);
  self->conditions = g_strdup(conditions);
  if (*conditions == '\0')
    return true;
  g_autofree char *place = g_strdup_printf("%s: conditions", where);
  return (self->applies = ak_expression_parse(conditions, place, error)) != NULL;
}

static AkRequirement *parse_requirement(const json_t *json, const char *where, GError **error) {
  static const char *const members[] = {"id",         "obligation", "conditions", "title", "text",
                                        "test_cases", "origin",     "confidence", "props", NULL};
  if (!ak_rule_check_members(json, members, where, error))
    return NULL;
  g_autoptr(AkRequirement) self = g_new0(AkRequirement, 1);
  if ((self->id = parse_id(json, "id", where, error)) == NULL)
    return NULL;
  g_autofree char *place = g_strdup_printf("%s: requirement %s", where, self->id);
  const char *origin = ak_json_string(json, "origin", place, error);
  if (origin == NULL || !parse_obligation(self, json, place, error) ||
      !parse_bilingual(json, "title", place, &self->title, error) ||
      !parse_bilingual(json, "text", place, &self->text, error) ||
      !parse_cases(self, json, place, error) ||
      (self->confidence = optional_object(json, "confidence", place, error)) == NULL ||
      (self->props = optional_object(json, "props", place, error)) == NULL)
    return NULL;
  self->origin = g_strdup(origin);
  return g_steal_pointer(&self);
}

/* Ids are unique over requirements and over cases, so that an answer or a claim names one thing. */
static bool add_unique(GHashTable *seen, const char *id, const char *where, GError **error) {
  return g_hash_table_add(seen, (gpointer)id) ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: id \"%s\" stands twice", where, id);
}

static bool parse_requirements(AkCatalog *self, const char *where, GError **error) {
  const json_t *rows = ak_json_array(self->document, "requirements", where, error);
  if (rows == NULL)
    return false;
  if (json_array_size(rows) > MAX_REQUIREMENTS)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d requirements", where,
                        MAX_REQUIREMENTS);
  g_autoptr(GHashTable) requirements = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) cases = g_hash_table_new(g_str_hash, g_str_equal);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    AkRequirement *row = parse_requirement(json_array_get(rows, i), where, error);
    if (row == NULL)
      return false;
    g_ptr_array_add(self->requirements, row);
    if (!add_unique(requirements, row->id, where, error))
      return false;
    for (guint c = 0; c < row->cases->len; c++)
      if (!add_unique(cases, ((AkTestCase *)row->cases->pdata[c])->id, where, error))
        return false;
  }
  return true;
}

/* --- what rules refer to -------------------------------------------------------------------- */

typedef struct {
  const AkCatalog *catalog;
  const char *where;
} References;

static bool check_reference(const AkExpression *node, gpointer data, GError **error) {
  const References *self = data;
  static const struct {
    AkExpressionKind kind;
    const char *what;
    gsize table; /* offset of the table in AkCatalog */
    bool by_text;
  } tables[] = {
      {AK_EXPRESSION_FEATURE, "feature", G_STRUCT_OFFSET(AkCatalog, features), false},
      {AK_EXPRESSION_CONDITION, "condition", G_STRUCT_OFFSET(AkCatalog, conditions), false},
      {AK_EXPRESSION_IXIT, "ixit", G_STRUCT_OFFSET(AkCatalog, ixit), false},
      {AK_EXPRESSION_IN, "list", G_STRUCT_OFFSET(AkCatalog, lists), true},
      {AK_EXPRESSION_INTERSECTS, "list", G_STRUCT_OFFSET(AkCatalog, lists), true},
      {AK_EXPRESSION_WITHIN, "list", G_STRUCT_OFFSET(AkCatalog, lists), true},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
    const json_t *table = G_STRUCT_MEMBER(json_t *, self->catalog, tables[i].table);
    const char *name = tables[i].by_text ? node->text : node->name;
    if (node->kind != tables[i].kind || strcmp(name, AK_CATALOG_LIST_MODEL) == 0)
      continue;
    if (json_object_get(table, name) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: column %u: there is no %s \"%s\"",
                          self->where, node->column, tables[i].what, name);
  }
  if (node->kind == AK_EXPRESSION_ICS && ak_catalog_requirement(self->catalog, node->name) == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: column %u: there is no requirement \"%s\"", self->where, node->column,
                        node->name);
  return true;
}

static bool check_case(const AkCatalog *self, const AkTestCase *test_case, const char *where,
                       GError **error) {
  g_autofree char *place = g_strdup_printf("%s: case %s: rule", where, test_case->id);
  References references = {.catalog = self, .where = place};
  const AkRule *rule = test_case->compiled;
  for (guint i = 0; i < rule->needs->len; i++) {
    const AkNeed *need = rule->needs->pdata[i];
    if (need->kind == AK_NEED_IXIT && json_object_get(self->ixit, need->name) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: there is no ixit \"%s\"", place,
                          need->name);
  }
  return ak_rule_foreach(rule, check_reference, &references, error);
}

/* Whether a requirement applies is a matter of claims alone. */
static bool check_claims_only(const AkExpression *node, gpointer data, GError **error) {
  switch (node->kind) {
  case AK_EXPRESSION_CONSTANT:
  case AK_EXPRESSION_AND:
  case AK_EXPRESSION_OR:
  case AK_EXPRESSION_NOT:
  case AK_EXPRESSION_FEATURE:
  case AK_EXPRESSION_CONDITION:
    return check_reference(node, data, error);
  default:
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: conditions: column %u: features and conditions only",
                        ((const References *)data)->where, node->column);
  }
}

static bool check_references(const AkCatalog *self, const char *where, GError **error) {
  for (guint i = 0; i < self->requirements->len; i++) {
    const AkRequirement *row = self->requirements->pdata[i];
    g_autofree char *place = g_strdup_printf("%s: requirement %s", where, row->id);
    References references = {.catalog = self, .where = place};
    if (!ak_expression_foreach(row->applies, check_claims_only, &references, error))
      return false;
    for (guint c = 0; c < row->cases->len; c++)
      if (!check_case(self, row->cases->pdata[c], where, error))
        return false;
  }
  return true;
}

static bool check_trigger(const AkCatalog *self, const char *text, const char *where,
                          GError **error) {
  g_autoptr(AkExpression) parsed = ak_expression_parse(text, where, error);
  References references = {.catalog = self, .where = where};
  return parsed != NULL && ak_expression_foreach(parsed, check_reference, &references, error);
}

/* features and conditions: key → {title, contradicted_by}. */
static bool check_claims(const AkCatalog *self, const json_t *claims, const char *what,
                         const char *where, GError **error) {
  static const char *const members[] = {"title", "contradicted_by", NULL};
  const char *key = NULL;
  json_t *claim = NULL;
  json_object_foreach((json_t *)claims, key, claim) {
    g_autofree char *place = g_strdup_printf("%s: %s %s", where, what, key);
    AkBilingual title = {0};
    bool ok = ak_rule_check_members(claim, members, place, error) &&
              parse_bilingual(claim, "title", place, &title, error);
    bilingual_clear(&title);
    const char *text = ak_json_string_or(claim, "contradicted_by", NULL);
    if (!ok || (text != NULL && !check_trigger(self, text, place, error)))
      return false;
  }
  return true;
}

static bool check_texts(const json_t *array, const char *where, GError **error) {
  for (gsize i = 0; i < json_array_size(array); i++)
    if (!json_is_string(json_array_get(array, i)))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: texts only are expected", where);
  return json_array_size(array) > 0 ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an array of texts is expected", where);
}

static bool check_lists(const AkCatalog *self, const char *where, GError **error) {
  const char *key = NULL;
  json_t *list = NULL;
  json_object_foreach(self->lists, key, list) {
    g_autofree char *place = g_strdup_printf("%s: list %s", where, key);
    if (!check_texts(list, place, error))
      return false;
  }
  return true;
}

/* ixit: table → {title, fields, empty_if}. */
static bool check_ixit(const AkCatalog *self, const char *where, GError **error) {
  static const char *const members[] = {"title", "fields", "empty_if", NULL};
  const char *key = NULL;
  json_t *table = NULL;
  json_object_foreach(self->ixit, key, table) {
    g_autofree char *place = g_strdup_printf("%s: ixit %s", where, key);
    AkBilingual title = {0};
    bool ok = ak_rule_check_members(table, members, place, error) &&
              parse_bilingual(table, "title", place, &title, error);
    bilingual_clear(&title);
    const char *empty_if = ak_json_string_or(table, "empty_if", NULL);
    if (!ok || !check_texts(json_object_get(table, "fields"), place, error) ||
        (empty_if != NULL && !check_trigger(self, empty_if, place, error)))
      return false;
  }
  return true;
}

/* --- the catalogue -------------------------------------------------------------------------- */

static bool parse_head(AkCatalog *self, const char *where, GError **error) {
  static const char *const members[] = {"catalog",  "version",    "title", "requirements",
                                        "features", "conditions", "lists", "ixit",
                                        "findings", "needs_ics",  "props", NULL};
  if (!ak_rule_check_members(self->document, members, where, error))
    return false;
  const char *version = ak_json_string(self->document, "version", where, error);
  if (version == NULL || (self->id = parse_id(self->document, "catalog", where, error)) == NULL)
    return false;
  self->version = g_strdup(version);
  self->needs_ics = json_is_true(json_object_get(self->document, "needs_ics"));
  return parse_bilingual(self->document, "title", where, &self->title, error) &&
         (self->features = optional_object(self->document, "features", where, error)) &&
         (self->conditions = optional_object(self->document, "conditions", where, error)) &&
         (self->lists = optional_object(self->document, "lists", where, error)) &&
         (self->ixit = optional_object(self->document, "ixit", where, error)) &&
         (self->props = optional_object(self->document, "props", where, error));
}

static bool parse_findings(AkCatalog *self, const char *where, GError **error) {
  g_autofree char *place = g_strdup_printf("%s: finding", where);
  References references = {.catalog = self, .where = place};
  self->findings =
      ak_rule_parse_triggers(json_object_get(self->document, "findings"), place, error);
  for (guint i = 0; self->findings != NULL && i < self->findings->len; i++) {
    const AkRuleTrigger *trigger = self->findings->pdata[i];
    if (!ak_expression_foreach(trigger->when, check_reference, &references, error))
      return false;
  }
  return self->findings != NULL;
}

static bool check(const AkCatalog *self, const char *where, GError **error) {
  return check_lists(self, where, error) && check_ixit(self, where, error) &&
         check_claims(self, self->features, "feature", where, error) &&
         check_claims(self, self->conditions, "condition", where, error) &&
         check_references(self, where, error);
}

AkCatalog *ak_catalog_parse(const char *json, gsize size, const char *where, GError **error) {
  g_autoptr(AkCatalog) self = g_new0(AkCatalog, 1);
  self->requirements = g_ptr_array_new_with_free_func((GDestroyNotify)requirement_free);
  self->document = ak_json_parse(json, size, where, error);
  if (self->document == NULL || !parse_head(self, where, error) ||
      !parse_requirements(self, where, error) || !parse_findings(self, where, error) ||
      !check(self, where, error))
    return NULL;
  gsize length = 0;
  g_autofree char *bytes = ak_json_canonical(self->document, &length, error);
  if (bytes == NULL) {
    g_prefix_error(error, "%s: ", where);
    return NULL;
  }
  self->digest = ak_digest_of(bytes, length);
  return g_steal_pointer(&self);
}

AkCatalog *ak_catalog_load(const char *id, const char *rules_dir, GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("catalog", id, rules_dir, error);
  if (bytes == NULL)
    return NULL;
  g_autofree char *where = g_strdup_printf("%s.json", id);
  gsize size = 0;
  const char *json = g_bytes_get_data(bytes, &size);
  g_autoptr(AkCatalog) self = ak_catalog_parse(json, size, where, error);
  if (self != NULL && strcmp(self->id, id) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: holds the catalogue \"%s\"", where, self->id);
    return NULL;
  }
  return g_steal_pointer(&self);
}

const AkRequirement *ak_catalog_requirement(const AkCatalog *self, const char *id) {
  for (guint i = 0; i < self->requirements->len; i++) {
    const AkRequirement *row = self->requirements->pdata[i];
    if (g_strcmp0(row->id, id) == 0)
      return row;
  }
  return NULL;
}

json_t *ak_catalog_to_json(const AkCatalog *self) {
  return json_deep_copy(self->document);
}

GStrv ak_catalog_ids(void) {
  return ak_data_ids("catalog");
}

bool ak_catalog_catalog_fuzz(const guint8 *data, gsize size);
bool ak_catalog_catalog_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkCatalog) self = ak_catalog_parse((const char *)data, size, "fuzz", NULL);
  return self != NULL;
}
