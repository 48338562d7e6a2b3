/* The document data/api/openapi.json and the table of operations say the same. */
#include <gio/gio.h>
#include <string.h>

#include "app/chain-download.h"
#include "report/kind.h"
#include "web/api/api.h"

static json_t *document(void) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/api/openapi.json", 0, NULL);
  g_assert_nonnull(bytes);
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autoptr(GError) error = NULL;
  json_t *json = ak_json_parse(text, size, "openapi.json", &error);
  g_assert_no_error(error);
  return json;
}

/* What "$ref" leads to, or the value itself. */
static const json_t *resolved(const json_t *root, const json_t *value) {
  const char *reference = ak_json_string_or(value, "$ref", NULL);
  if (reference == NULL)
    return value;
  g_auto(GStrv) parts = g_strsplit(reference, "/", -1);
  const json_t *target = root;
  for (gsize i = 1; parts[i] != NULL; i++)
    target = json_object_get(target, parts[i]);
  if (target == NULL)
    g_error("%s leads nowhere", reference);
  return target;
}

static const json_t *operation_of(const json_t *root, const AkApiOperation *row) {
  const json_t *item = json_object_get(json_object_get(root, "paths"), row->path);
  const json_t *get = json_object_get(item, "get");
  if (get == NULL)
    g_error("%s is missing in the document", row->path);
  return get;
}

static void test_paths(void) {
  g_autoptr(json_t) root = document();
  gsize rows = 0;
  for (const AkApiOperation *row = ak_api_operations; row->id != NULL; row++, rows++) {
    const json_t *get = operation_of(root, row);
    g_assert_cmpstr(ak_json_string_or(get, "operationId", ""), ==, row->id);
    g_assert_cmpstr(ak_json_string_or(get, "summary", ""), !=, "");
    g_assert_cmpstr(ak_json_string_or(get, "x-summary-ja", ""), !=, "");
  }
  const json_t *paths = json_object_get(root, "paths");
  g_assert_cmpuint(json_object_size(paths), ==, rows); /* so none is in the document alone */
  const char *path = NULL;
  json_t *item = NULL;
  json_object_foreach((json_t *)paths, path, item)
    g_assert_cmpuint(json_object_size(item), ==, 1); /* GET; HEAD is said once for all */
}

/* --- parameters ---------------------------------------------------------------------------------------- */

static void check_number(const json_t *schema, const char *key, gint64 wanted, gint64 none) {
  const json_t *given = json_object_get(schema, key);
  g_assert_cmpint(given != NULL ? json_integer_value(given) : none, ==, wanted);
}

static void check_choices(const json_t *schema, const char *choices) {
  g_auto(GStrv) words = g_strsplit(choices, "|", -1);
  const json_t *listed = json_object_get(schema, "enum");
  g_assert_cmpuint(json_array_size(listed), ==, g_strv_length(words));
  for (gsize i = 0; words[i] != NULL; i++)
    g_assert_cmpstr(json_string_value(json_array_get(listed, i)), ==, words[i]);
}

static void check_schema(const AkApiParameter *row, const json_t *schema) {
  const json_t *one = schema;
  if (row->most > 1) {
    check_number(schema, "minItems", row->least, 0);
    check_number(schema, "maxItems", row->most, 0);
    one = json_object_get(schema, "items");
  }
  g_assert_cmpstr(ak_json_string_or(one, "type", ""), ==,
                  row->type == AK_API_INTEGER ? "integer" : "string");
  if (row->type == AK_API_TEXT) {
    check_number(one, "minLength", row->min, 0);
    check_number(one, "maxLength", row->max, 0);
  }
  if (row->type == AK_API_INTEGER) {
    check_number(one, "minimum", row->min, G_MININT64);
    check_number(one, "maximum", row->max, G_MAXINT64);
    check_number(one, "default", row->fallback, G_MININT64);
  }
  if (row->type == AK_API_CHOICE)
    check_choices(one, row->choices);
  if (row->type == AK_API_FLAG)
    check_choices(one, "true|false");
  if (row->type == AK_API_DATE)
    g_assert_cmpstr(ak_json_string_or(one, "format", ""), ==, "date");
}

static const json_t *find_parameter(const json_t *root, const json_t *get, const char *where,
                                    const char *name) {
  const json_t *list = json_object_get(get, "parameters");
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *parameter = resolved(root, json_array_get(list, i));
    if (strcmp(ak_json_string_or(parameter, "name", ""), name) == 0 &&
        strcmp(ak_json_string_or(parameter, "in", ""), where) == 0)
      return parameter;
  }
  return NULL;
}

static gsize check_query(const json_t *root, const AkApiOperation *row, const json_t *get) {
  gsize count = 0;
  for (const AkApiParameter *p = row->query; p != NULL && p->name != NULL; p++, count++) {
    const json_t *parameter = find_parameter(root, get, "query", p->name);
    if (parameter == NULL)
      g_error("%s: parameter %s is not in the document", row->id, p->name);
    g_test_message("%s %s", row->id, p->name);
    g_assert_true(json_is_true(json_object_get(parameter, "required")) == p->required);
    g_assert_cmpstr(ak_json_string_or(parameter, "x-description-ja", ""), !=, "");
    check_schema(p, json_object_get(parameter, "schema"));
  }
  return count;
}

static gsize check_path(const json_t *root, const AkApiOperation *row, const json_t *get) {
  g_auto(GStrv) parts = g_strsplit(row->path, "/", -1);
  gsize count = 0;
  for (gsize i = 0; parts[i] != NULL; i++) {
    if (*parts[i] != '{')
      continue;
    g_autofree char *name = g_strndup(parts[i] + 1, strlen(parts[i]) - 2);
    if (find_parameter(root, get, "path", name) == NULL)
      g_error("%s: path parameter %s is not in the document", row->id, name);
    count++;
  }
  return count;
}

static void test_parameters(void) {
  g_autoptr(json_t) root = document();
  for (const AkApiOperation *row = ak_api_operations; row->id != NULL; row++) {
    const json_t *get = operation_of(root, row);
    gsize known = check_query(root, row, get) + check_path(root, row, get);
    g_assert_cmpuint(json_array_size(json_object_get(get, "parameters")), ==, known);
  }
}

/* --- responses ------------------------------------------------------------------------------------------ */

static guint statuses_of(const AkApiOperation *row, const json_t *responses) {
  guint count = 0;
  for (AkApiProblem problem = 0; problem < AK_PROBLEM_COUNT; problem++) {
    if (((row->problems | AK_PROBLEMS_OF_ALL) & AK_PROBLEM_BIT(problem)) == 0)
      continue;
    g_autofree char *status = g_strdup_printf("%u", ak_problem_status(problem));
    g_autofree char *end = g_strdup_printf("/%s", ak_problem_slug(problem));
    const char *reference = ak_json_string_or(json_object_get(responses, status), "$ref", "");
    if (!g_str_has_suffix(reference, end))
      g_error("%s: response %s is not in the document", row->id, status);
    count++;
  }
  return count;
}

static const json_t *content_of(const json_t *responses) {
  return json_object_get(json_object_get(responses, "200"), "content");
}

static void add_type(GHashTable *types, const char *media_type) {
  g_hash_table_add(types, g_strndup(media_type, strcspn(media_type, ";")));
}

/* What a 200 holds is said by kinds of reports, or by files of value chains. */
static void check_types(const AkApiOperation *row, const json_t *content) {
  g_autoptr(GHashTable) types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  bool is_chain = strcmp(row->id, "chainFile") == 0;
  for (const AkReportKind *kind = ak_report_kinds; !is_chain && kind->name != NULL; kind++)
    add_type(types, kind->media_type);
  for (const AkAppChainDownload *file = ak_app_chain_downloads; is_chain && file->name != NULL; file++)
    add_type(types, file->media_type);
  g_assert_cmpuint(json_object_size(content), ==, g_hash_table_size(types));
  const char *type = NULL;
  json_t *value = NULL;
  json_object_foreach((json_t *)content, type, value)
    g_assert_true(g_hash_table_contains(types, type));
}

static void test_responses(void) {
  g_autoptr(json_t) root = document();
  for (const AkApiOperation *row = ak_api_operations; row->id != NULL; row++) {
    const json_t *responses = json_object_get(operation_of(root, row), "responses");
    bool is_stream = g_strcmp0(row->media, "text/event-stream") == 0;
    guint known = statuses_of(row, responses) + (is_stream ? 1 : 2); /* 200, and 304 */
    g_test_message("%s", row->id);
    g_assert_cmpuint(json_object_size(responses), ==, known);
    g_assert_true((json_object_get(responses, "304") == NULL) == is_stream);
    if (row->media == NULL) {
      check_types(row, content_of(responses));
      continue;
    }
    g_assert_cmpuint(json_object_size(content_of(responses)), ==, 1);
    g_assert_nonnull(json_object_get(content_of(responses), row->media));
  }
}

/* Every reference leads somewhere, and nothing stands there without being referred to. */
static void gather_references(const json_t *value, GHashTable *found) {
  const char *key = NULL;
  json_t *member = NULL;
  if (json_is_object(value) && json_object_get(value, "$ref") != NULL)
    g_hash_table_add(found, g_strdup(ak_json_string_or(value, "$ref", "")));
  json_object_foreach((json_t *)value, key, member)
    gather_references(member, found);
  for (gsize i = 0; i < json_array_size(value); i++)
    gather_references(json_array_get(value, i), found);
}

static void test_components(void) {
  static const char *const kinds[] = {"schemas", "parameters", "responses"};
  g_autoptr(json_t) root = document();
  g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  gather_references(root, found);
  gsize count = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    const json_t *kind = json_object_get(json_object_get(root, "components"), kinds[i]);
    const char *name = NULL;
    json_t *value = NULL;
    count += json_object_size(kind);
    json_object_foreach((json_t *)kind, name, value) {
      g_autofree char *reference = g_strdup_printf("#/components/%s/%s", kinds[i], name);
      if (!g_hash_table_contains(found, reference))
        g_error("nothing refers to %s", reference);
    }
  }
  g_assert_cmpuint(g_hash_table_size(found), ==, count);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/openapi/paths", test_paths);
  g_test_add_func("/openapi/parameters", test_parameters);
  g_test_add_func("/openapi/responses", test_responses);
  g_test_add_func("/openapi/components", test_components);
  return g_test_run();
}
