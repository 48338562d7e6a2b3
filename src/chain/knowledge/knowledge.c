#include "chain/knowledge/knowledge.h"

#include <string.h>

#define YEN_MAX G_GINT64_CONSTANT(1000000000000)
#define ROWS_MAX 100000  /* of one list */
#define MEASURES_MAX 200 /* of one risk source */
#define LINKED_MAX 100   /* requirements of a catalogue that one row names */

static void source_free(gpointer data) {
  g_ptr_array_unref(((AkChainRiskSource *)data)->measures);
  g_free(data);
}

void ak_chain_knowledge_free(AkChainKnowledge *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->sources);
  g_ptr_array_unref(self->tests);
  g_ptr_array_unref(self->requirements);
  g_ptr_array_unref(self->incidents);
  g_ptr_array_unref(self->functions);
  json_decref(self->document);
  g_free(self);
}

/* --- lists sorted by id --------------------------------------------------------------------------
 */

/* All rows begin with their id. */
static int compare_ids(gconstpointer a, gconstpointer b) {
  return strcmp(**(const char *const *const *)a, **(const char *const *const *)b);
}

static gpointer find(const GPtrArray *rows, const char *id) {
  guint low = 0, high = rows->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    int order = strcmp(*(const char *const *)rows->pdata[middle], id);
    if (order == 0)
      return rows->pdata[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static bool sort_ids(GPtrArray *rows, const char *member, const char *where, GError **error) {
  g_ptr_array_sort(rows, compare_ids);
  for (guint i = 1; i < rows->len; i++)
    if (compare_ids(&rows->pdata[i - 1], &rows->pdata[i]) == 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" has %s twice", where, member,
                          *(const char *const *)rows->pdata[i]);
  return true;
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

typedef struct {
  AkChainKnowledge *knowledge;
  const char *where, *member;
} Reading;

/* Title in both languages. */
static bool has_title(const json_t *row, const char *member) {
  const json_t *text = json_object_get(row, member);
  return ak_json_string_or(text, "en", NULL) != NULL && ak_json_string_or(text, "ja", NULL) != NULL;
}

static bool read_function(const Reading *self, const json_t *row, const char *id, GError **error) {
  gint64 layer = 0;
  if (!ak_json_integer(row, "layer", 1, AK_CHAIN_LAYERS, id, &layer, error))
    return false;
  AkChainFunction *function = g_new0(AkChainFunction, 1);
  *function = (AkChainFunction){.id = id, .layer = (guint)layer, .row = row};
  g_ptr_array_add(self->knowledge->functions, function);
  return true;
}

static bool read_incident(const Reading *self, const json_t *row, const char *id, GError **error) {
  const char *name = ak_json_string(row, "function", id, error);
  const AkChainFunction *function =
      name != NULL ? ak_chain_knowledge_function(self->knowledge, name) : NULL;
  if (function == NULL)
    return name != NULL && ak_error_set(error, AK_ERROR_INVALID_DATA,
                                        "%s: \"function\" is %s, which is none", id, name);
  AkChainIncident *incident = g_new0(AkChainIncident, 1);
  *incident = (AkChainIncident){.id = id, .function = function, .row = row};
  g_ptr_array_add(self->knowledge->incidents, incident);
  return true;
}

bool ak_chain_knowledge_check_range(const json_t *row, const char *member, gint64 most,
                                    const char *id, GError **error) {
  const json_t *range = json_object_get(row, member);
  const json_t *ends[] = {json_array_get(range, 0), json_array_get(range, 1)};
  if (json_array_size(range) == 2 && json_is_integer(ends[0]) && json_is_integer(ends[1]) &&
      json_integer_value(ends[0]) >= 0 && json_integer_value(ends[0]) <= json_integer_value(ends[1]) &&
      json_integer_value(ends[1]) <= most)
    return true;
  return ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "%s: \"%s\" is no range of two whole numbers up to %" G_GINT64_FORMAT
                      ", least first",
                      id, member, most);
}

/* What a measure does and costs may be said, and then by whom. */
static bool check_numbers(const json_t *row, const char *id, GError **error) {
  bool has_effect = json_object_get(row, "effect_percent") != NULL;
  bool has_cost = json_object_get(row, "cost_yen") != NULL;
  return (!has_effect || ak_chain_knowledge_check_range(row, "effect_percent", 100, id, error)) &&
         (!has_cost || ak_chain_knowledge_check_range(row, "cost_yen", YEN_MAX, id, error)) &&
         ((!has_effect && !has_cost) || ak_json_string(row, "numbers_origin", id, error) != NULL);
}

static bool read_requirement(const Reading *self, const json_t *row, const char *id,
                             GError **error) {
  if (!check_numbers(row, id, error))
    return false;
  AkChainRequirement *requirement = g_new0(AkChainRequirement, 1);
  *requirement = (AkChainRequirement){.id = id, .row = row};
  g_ptr_array_add(self->knowledge->requirements, requirement);
  return true;
}

/* One row a requirement and catalogue: the id says both, so that none stands there twice. */
static bool read_test(const Reading *self, const json_t *row, const char *id, GError **error) {
  const char *name = ak_json_string(row, "requirement", id, error);
  const char *catalog = name != NULL ? ak_json_string(row, "catalog", id, error) : NULL;
  const json_t *list = catalog != NULL ? ak_json_array(row, "requirements", id, error) : NULL;
  if (list == NULL)
    return false;
  const AkChainRequirement *requirement = find(self->knowledge->requirements, name);
  g_autofree char *expected = g_strdup_printf("%s/%s", name, catalog);
  gsize count = json_array_size(list);
  bool are_texts = count > 0 && count <= LINKED_MAX;
  for (gsize i = 0; i < count; i++)
    are_texts = are_texts && json_is_string(json_array_get(list, i));
  if (requirement == NULL || strcmp(id, expected) != 0 || !are_texts)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: %s", id,
                        requirement == NULL ? "\"requirement\" is none of the knowledge"
                        : are_texts         ? "the id is not REQUIREMENT/CATALOG"
                                            : "\"requirements\" is no list of 1 to 100 texts");
  AkChainTestLink *link = g_new0(AkChainTestLink, 1);
  *link = (AkChainTestLink){id, requirement, catalog, list, row};
  g_ptr_array_add(self->knowledge->tests, link);
  return true;
}

static bool read_measures(const Reading *self, const json_t *row, const char *id,
                          GPtrArray *measures, GError **error) {
  const json_t *list = ak_json_array(row, "measures", id, error);
  if (list == NULL)
    return false;
  if (json_array_size(list) > MEASURES_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d measures: break it into two risk sources", id, MEASURES_MAX);
  for (gsize i = 0; i < json_array_size(list); i++) {
    const char *name = json_string_value(json_array_get(list, i));
    AkChainRequirement *measure = name != NULL ? find(self->knowledge->requirements, name) : NULL;
    if (measure == NULL || g_ptr_array_find(measures, measure, NULL))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"measures\" holds \"%s\", %s", id,
                          name != NULL ? name : "", measure != NULL ? "twice" : "which is none");
    measure->used++;
    g_ptr_array_add(measures, measure);
  }
  return true;
}

static bool read_source(const Reading *self, const json_t *row, const char *id, GError **error) {
  const char *name = ak_json_string(row, "incident", id, error);
  const char *element = name != NULL ? ak_json_string(row, "element", id, error) : NULL;
  if (element == NULL)
    return false;
  const AkChainIncident *incident = ak_chain_knowledge_incident(self->knowledge, name);
  gint number = ak_chain_word(ak_chain_elements, element);
  if (incident == NULL || number < 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" is %s, which is none", id,
                        incident == NULL ? "incident" : "element",
                        incident == NULL ? name : element);
  g_autoptr(GPtrArray) measures = g_ptr_array_new();
  if (!read_measures(self, row, id, measures, error))
    return false;
  AkChainRiskSource *source = g_new0(AkChainRiskSource, 1);
  *source = (AkChainRiskSource){.id = id,
                                .incident = incident,
                                .element = (guint)number,
                                .measures = g_steal_pointer(&measures),
                                .row = row};
  g_ptr_array_add(self->knowledge->sources, source);
  return true;
}

/* In the order in which they point at one another. */
static const struct {
  const char *member, *title;
  bool is_optional;
  bool (*read)(const Reading *self, const json_t *row, const char *id, GError **error);
} lists[] = {
    {"functions", "title", false, read_function},
    {"incidents", "title", false, read_incident},
    {"requirements", "title", false, read_requirement},
    {"tests", "shows", true, read_test},
    {"risk_sources", "vulnerability", false, read_source},
};

static GPtrArray *rows_of(AkChainKnowledge *self, gsize list) {
  GPtrArray *const all[] = {self->functions, self->incidents, self->requirements, self->tests,
                            self->sources};
  return all[list];
}

static bool read_list(AkChainKnowledge *self, gsize list, const char *where, const json_t **fault,
                      GError **error) {
  Reading reading = {.knowledge = self, .where = where, .member = lists[list].member};
  if (lists[list].is_optional && json_object_get(self->document, reading.member) == NULL)
    return true;
  const json_t *rows = ak_json_array(self->document, reading.member, where, error);
  if (rows == NULL)
    return false;
  if (json_array_size(rows) > ROWS_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d \"%s\"", where, ROWS_MAX,
                        reading.member);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *place = g_strdup_printf("\"%s\" %" G_GSIZE_FORMAT, reading.member, i + 1);
    const char *id = ak_json_string(row, "id", place, error);
    bool is_read = id != NULL && *id != '\0' && lists[list].read(&reading, row, id, error);
    if (is_read && !has_title(row, lists[list].title))
      is_read =
          ak_error_set(error, AK_ERROR_INVALID_DATA,
                       "%s: \"%s\" lacks a text in English or Japanese", id, lists[list].title);
    if (!is_read) {
      if (error != NULL && *error == NULL)
        ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: the id is empty", place);
      g_prefix_error(error, "%s: ", where);
      *fault = row;
      return false;
    }
  }
  return sort_ids(rows_of(self, list), reading.member, where, error);
}

AkChainKnowledge *ak_chain_knowledge_new(json_t *document, const char *where, GError **error) {
  const json_t *fault = NULL;
  return ak_chain_knowledge_read(document, where, &fault, error);
}

AkChainKnowledge *ak_chain_knowledge_read(json_t *document, const char *where, const json_t **fault,
                                          GError **error) {
  *fault = NULL;
  g_autoptr(AkChainKnowledge) self = g_new0(AkChainKnowledge, 1);
  self->document = json_incref(document);
  self->functions = g_ptr_array_new_with_free_func(g_free);
  self->incidents = g_ptr_array_new_with_free_func(g_free);
  self->requirements = g_ptr_array_new_with_free_func(g_free);
  self->tests = g_ptr_array_new_with_free_func(g_free);
  self->sources = g_ptr_array_new_with_free_func(source_free);
  if (!json_is_object(document)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an object is expected", where);
    return NULL;
  }
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(document, &size, error);
  if (bytes == NULL) {
    g_prefix_error(error, "%s: ", where);
    return NULL;
  }
  self->digest = ak_digest_of(bytes, size);
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (!read_list(self, i, where, fault, error))
      return NULL;
  return g_steal_pointer(&self);
}

/* --- asking
 * -------------------------------------------------------------------------------------------- */

const AkChainFunction *ak_chain_knowledge_function(const AkChainKnowledge *self, const char *id) {
  return find(self->functions, id);
}

const AkChainIncident *ak_chain_knowledge_incident(const AkChainKnowledge *self, const char *id) {
  return find(self->incidents, id);
}

const AkChainRequirement *ak_chain_knowledge_requirement(const AkChainKnowledge *self,
                                                         const char *id) {
  return find(self->requirements, id);
}

const AkChainRiskSource *ak_chain_knowledge_source(const AkChainKnowledge *self, const char *id) {
  return find(self->sources, id);
}

const AkChainTestLink *ak_chain_knowledge_test(const AkChainKnowledge *self,
                                               const char *requirement, const char *catalog) {
  g_autofree char *id = g_strdup_printf("%s/%s", requirement, catalog);
  return find(self->tests, id);
}

bool ak_chain_knowledge_has_test(const AkChainKnowledge *self, const char *requirement) {
  for (guint i = 0; i < self->tests->len; i++)
    if (strcmp(((const AkChainTestLink *)self->tests->pdata[i])->requirement->id, requirement) == 0)
      return true;
  return false;
}

bool ak_chain_knowledge_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(AkChainKnowledge) self =
      document != NULL ? ak_chain_knowledge_new(document, "fuzz", NULL) : NULL;
  if (self == NULL)
    return false;
  g_autoptr(GPtrArray) problems = ak_chain_knowledge_lint(self);
  g_autoptr(json_t) twice = ak_chain_knowledge_lay(document, document, "fuzz", NULL);
  return problems != NULL && twice != NULL;
}
