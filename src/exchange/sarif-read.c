/* Reads SARIF 2.1.0: what a tool found, where and how sure. Format: docs/formats/import.md. */

#include <string.h>

#include "exchange/sarif.h"

typedef struct {
  const char *where;
  json_t *rows;
} Reading;

static bool is_word(const char *text, const char *const *words) {
  return text == NULL || g_strv_contains(words, text);
}

/* The rule of a result: by index, else by id; or NULL. Borrowed. */
static const json_t *rule_of(const json_t *driver, GHashTable *by_id, const json_t *result) {
  const json_t *rule = json_object_get(result, "rule");
  const json_t *index = json_object_get(result, "ruleIndex");
  if (!json_is_integer(index))
    index = json_object_get(rule, "index");
  if (json_is_integer(index) && json_integer_value(index) >= 0)
    return json_array_get(json_object_get(driver, "rules"), (gsize)json_integer_value(index));
  const char *id = ak_json_string_or(result, "ruleId", ak_json_string_or(rule, "id", NULL));
  return id != NULL ? g_hash_table_lookup(by_id, id) : NULL;
}

/* "text", else the rule's message string of that "id", else markdown. NULL where there is none. */
static const char *text_of(const json_t *message, const json_t *rule) {
  const char *id = ak_json_string_or(message, "id", NULL);
  const json_t *named =
      id != NULL ? json_object_get(json_object_get(rule, "messageStrings"), id) : NULL;
  return ak_json_string_or(message, "text",
                           ak_json_string_or(named, "text", ak_json_string_or(message, "markdown", NULL)));
}

/* The first physical and the first logical place of a result. */
static void add_place(json_t *row, const json_t *run, const json_t *result) {
  const json_t *location = json_array_get(json_object_get(result, "locations"), 0);
  const json_t *physical = json_object_get(location, "physicalLocation");
  const json_t *artifact = json_object_get(physical, "artifactLocation");
  const json_t *logical = json_array_get(json_object_get(location, "logicalLocations"), 0);
  const json_t *region = json_object_get(physical, "region");
  const json_t *index = json_object_get(artifact, "index");
  const char *uri = ak_json_string_or(artifact, "uri", NULL);
  if (uri == NULL && json_is_integer(index) && json_integer_value(index) >= 0) {
    const json_t *whole = json_array_get(json_object_get(run, "artifacts"),
                                         (gsize)json_integer_value(index));
    uri = ak_json_string_or(json_object_get(whole, "location"), "uri", NULL);
  }
  const char *name = ak_json_string_or(logical, "fullyQualifiedName",
                                       ak_json_string_or(logical, "name", NULL));
  static const struct {
    const char *theirs, *ours;
  } numbers[] = {{"byteOffset", "byte_offset"}, {"byteLength", "byte_length"}, {"startLine", "line"}};
  if (uri != NULL)
    json_object_set_new(row, "uri", json_string(uri));
  if (name != NULL)
    json_object_set_new(row, "logical", json_string(name));
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    if (json_is_integer(json_object_get(region, numbers[i].theirs)))
      json_object_set(row, numbers[i].ours, json_object_get(region, numbers[i].theirs));
}

static bool read_result(Reading *self, const json_t *run, GHashTable *by_id, const json_t *result,
                        GError **error) {
  static const char *const kinds[] = {"notApplicable", "pass", "fail", "review", "open",
                                      "informational", NULL};
  static const char *const levels[] = {"none", "note", "warning", "error", NULL};
  const json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
  const json_t *rule = rule_of(driver, by_id, result);
  const char *id = ak_json_string_or(
      result, "ruleId", ak_json_string_or(rule, "id", ak_json_string_or(json_object_get(result, "rule"), "id", "")));
  const char *text = text_of(json_object_get(result, "message"), rule);
  const char *kind = ak_json_string_or(result, "kind", NULL);
  const char *level = ak_json_string_or(result, "level", NULL);
  g_autofree char *place = g_strdup_printf("%s: result %u", self->where, (guint)json_array_size(self->rows));
  if (text == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: has no message text", place);
  if (!is_word(kind, kinds) || !is_word(level, levels))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown kind or level", place);
  /* Source: SARIF 2.1.0, 3.27.9 and 3.27.10: kind "fail" and level "warning" where they are not said. */
  const char *usual = ak_json_string_or(json_object_get(rule, "defaultConfiguration"), "level", "warning");
  kind = kind != NULL ? kind : "fail";
  level = level != NULL ? level : strcmp(kind, "fail") == 0 ? usual : "none";
  json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s}", "tool", ak_json_string_or(driver, "name", ""), "rule",
                          id, "kind", kind, "level", level, "text", text);
  json_t *prints = json_object_get(result, "partialFingerprints");
  if (json_is_object(prints) && json_object_size(prints) > 0)
    json_object_set(row, "fingerprints", prints);
  add_place(row, run, result);
  json_array_append_new(self->rows, row);
  return json_array_size(self->rows) <= AK_SARIF_MAX_RESULTS ||
         ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d results", self->where,
                      AK_SARIF_MAX_RESULTS);
}

/* Borrowed ids and rules. */
static GHashTable *rules_by_id(const json_t *driver) {
  GHashTable *by_id = g_hash_table_new(g_str_hash, g_str_equal);
  const json_t *rules = json_object_get(driver, "rules");
  for (gsize i = 0; i < MIN(json_array_size(rules), AK_SARIF_MAX_RESULTS); i++) {
    json_t *rule = json_array_get(rules, i);
    const char *id = ak_json_string_or(rule, "id", NULL);
    if (id != NULL && !g_hash_table_contains(by_id, id))
      g_hash_table_insert(by_id, (gpointer)id, rule);
  }
  return by_id;
}

static bool read_run(Reading *self, const json_t *run, GError **error) {
  const json_t *tool = ak_json_object(run, "tool", self->where, error);
  const json_t *driver = tool != NULL ? ak_json_object(tool, "driver", self->where, error) : NULL;
  if (driver == NULL || ak_json_string(driver, "name", self->where, error) == NULL)
    return false;
  g_autoptr(GHashTable) by_id = rules_by_id(driver);
  const json_t *results = json_object_get(run, "results");
  for (gsize i = 0; i < json_array_size(results); i++)
    if (!read_result(self, run, by_id, json_array_get(results, i), error))
      return false;
  return true;
}

json_t *ak_sarif_read(const json_t *document, const char *where, GError **error) {
  const char *version = ak_json_string(document, "version", where, error);
  if (version == NULL)
    return NULL;
  if (strcmp(version, "2.1.0") != 0) {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "%s: SARIF %.20s; 2.1.0 is read", where, version);
    return NULL;
  }
  const json_t *runs = ak_json_array(document, "runs", where, error);
  if (runs == NULL)
    return NULL;
  g_autoptr(json_t) rows = json_array();
  Reading reading = {.where = where, .rows = rows};
  for (gsize i = 0; i < json_array_size(runs); i++)
    if (!read_run(&reading, json_array_get(runs, i), error))
      return NULL;
  const json_t *driver = json_object_get(json_object_get(json_array_get(runs, 0), "tool"), "driver");
  return json_pack("{s:s, s:s, s:s, s:s, s:O}", "format", "sarif", "format_version", version, "title",
                   ak_json_string_or(driver, "name", ""), "version",
                   ak_json_string_or(driver, "version", ak_json_string_or(driver, "semanticVersion", "")),
                   "results", rows);
}

bool ak_exchange_sarif_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) read = document != NULL ? ak_sarif_read(document, "fuzz", NULL) : NULL;
  return read != NULL;
}
