#include "exchange/result.h"

#include <string.h>

bool ak_result_check(const json_t *report, GError **error) {
  static const char *const objects[] = {"run", "product", "scope", "summary", "observations"};
  static const char *const arrays[] = {"verdicts", "findings", "images", "unfinished"};
  if (strcmp(ak_json_string_or(report, "format", ""), "akashi-report") != 0 ||
      json_integer_value(json_object_get(report, "version")) != 1)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "report: no akashi-report of version 1");
  for (gsize i = 0; i < G_N_ELEMENTS(objects); i++)
    if (ak_json_object(report, objects[i], "report", error) == NULL)
      return false;
  for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
    if (ak_json_array(report, arrays[i], "report", error) == NULL)
      return false;
  return ak_json_string(json_object_get(report, "run"), "id", "report: run", error) != NULL;
}

const char *ak_result_text(const json_t *value, AkLang lang) {
  if (json_is_object(value))
    value = json_object_get(value, ak_lang_name(lang));
  const char *text = json_string_value(value);
  return text != NULL ? text : "";
}

const char *ak_result_member(const json_t *object, const char *key, AkLang lang) {
  return ak_result_text(json_object_get(object, key), lang);
}

char *ak_result_time(gint64 utc_us) {
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(utc_us / G_USEC_PER_SEC);
  return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
                      : g_strdup("1970-01-01T00:00:00Z");
}

char *ak_result_value(const json_t *value) {
  if (json_is_string(value))
    return g_strdup(json_string_value(value));
  if (json_is_object(value) && json_is_integer(json_object_get(value, "int")))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT " %s",
                           json_integer_value(json_object_get(value, "int")),
                           ak_json_string_or(value, "unit", ""));
  if (value == NULL || json_is_null(value))
    return g_strdup("");
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
  char *copy = g_strdup(text != NULL ? text : "");
  free(text);
  return copy;
}

char *ak_result_join(const json_t *array, const char *joint, AkLang lang) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(array); i++) {
    const char *item = ak_result_text(json_array_get(array, i), lang);
    if (*item != '\0')
      g_string_append_printf(text, "%s%s", text->len > 0 ? joint : "", item);
  }
  return g_string_free(text, FALSE);
}

/* As ak_observation_cited of core, which works on records. */
const json_t *ak_result_observation(const json_t *report, const json_t *cited) {
  const char *id =
      json_is_string(cited) ? json_string_value(cited) : ak_json_string_or(cited, "id", "");
  return json_object_get(json_object_get(report, "observations"), id);
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *ak_result_observation_ids(const json_t *report) {
  GPtrArray *ids = g_ptr_array_new();
  const char *id = NULL;
  json_t *item = NULL;
  json_object_foreach(json_object_get(report, "observations"), id, item) {
    g_ptr_array_add(ids, (gpointer)id);
  }
  g_ptr_array_sort(ids, compare_texts);
  return ids;
}

const char *ak_result_split(const char *locator, char **image) {
  const char *mark = strchr(locator, '!');
  *image = mark != NULL ? g_strndup(locator, (gsize)(mark - locator)) : g_strdup(locator);
  return mark != NULL ? mark + 1 : "";
}

char *ak_result_finding_title(const json_t *finding, AkLang lang) {
  const char *title = ak_result_member(finding, "title", lang);
  const char *detail = ak_json_string_or(finding, "detail", "");
  const char *place = ak_json_string_or(json_object_get(finding, "subject"), "locator", "");
  const char *rest = *detail != '\0' ? detail : place;
  return g_strdup_printf("%s%s%s", *title != '\0' ? title : ak_json_string_or(finding, "finding", ""),
                         *rest != '\0' ? ": " : "", rest);
}
