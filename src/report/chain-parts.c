#include "report/chain-parts.h"

char *ak_chain_number_text(const json_t *object, const char *key) {
  return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(object, key)));
}

char *ak_chain_yen_text(const json_t *object, const char *key) {
  GString *text = g_string_new(NULL);
  g_string_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(object, key)));
  gssize first = text->str[0] == '-' ? 1 : 0;
  for (gssize at = (gssize)text->len - 3; at > first; at -= 3)
    g_string_insert_c(text, at, ',');
  return g_string_free(text, FALSE);
}

char *ak_chain_percent_text(const json_t *row, const char *key) {
  const json_t *ends = json_object_get(row, key);
  json_int_t low = json_integer_value(json_array_get(ends, 0)) / 100;
  json_int_t high = (json_integer_value(json_array_get(ends, 1)) + 99) / 100;
  return g_strdup_printf("%" JSON_INTEGER_FORMAT ".%02" JSON_INTEGER_FORMAT
                         "–%" JSON_INTEGER_FORMAT ".%02" JSON_INTEGER_FORMAT " %%",
                         low / 100, low % 100, high / 100, high % 100);
}

char *ak_chain_incidents_text(const json_t *rows) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(rows); i++)
    g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", ak_json_string_or(json_array_get(rows, i), "id", ""),
                           ak_json_string_or(json_array_get(rows, i), "element", ""));
  return g_string_free(text, FALSE);
}
