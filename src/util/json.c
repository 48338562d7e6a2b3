#include "util/json.h"

#include <string.h>

#include "util/json-print.h"

#define MAX_DEPTH 64 /* deeper than any format we read; jansson's own limit is 2048 */

static bool is_canonical_value(const json_t *value, guint depth, GError **error) {
  if (depth > MAX_DEPTH)
    return ak_error_set(error, AK_ERROR_LIMIT, "JSON nests deeper than %d", MAX_DEPTH);
  if (json_is_real(value))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "floating-point number in a record");
  if (json_is_array(value)) {
    for (gsize i = 0; i < json_array_size(value); i++)
      if (!is_canonical_value(json_array_get(value, i), depth + 1, error))
        return false;
  } else if (json_is_object(value)) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
      if (!is_canonical_value(member, depth + 1, error))
        return false;
    }
  }
  return true;
}

char *ak_json_canonical(const json_t *value, gsize *size, GError **error) {
  if (!is_canonical_value(value, 0, error))
    return NULL;
  gsize written = 0;
  char *text = ak_json_to_canonical(value, &written);
  if (text == NULL)
    ak_error_set(error, AK_ERROR_INTERNAL, "JSON value cannot be written");
  if (size != NULL)
    *size = written;
  return text;
}

static bool depth_is_bounded(const char *data, gsize size) {
  guint depth = 0;
  bool in_string = false;
  for (gsize i = 0; i < size; i++) {
    char c = data[i];
    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > MAX_DEPTH)
        return false;
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
    }
  }
  return true;
}

json_t *ak_json_parse(const char *data, gsize size, const char *where, GError **error) {
  if (!depth_is_bounded(data, size)) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: JSON nests deeper than %d", where, MAX_DEPTH);
    return NULL;
  }
  json_error_t failure;
  json_t *value = json_loadb(data, size, JSON_REJECT_DUPLICATES, &failure);
  if (value == NULL)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:%d:%d: %s", where, failure.line,
                 failure.column, failure.text);
  return value;
}

json_t *ak_json_parse_canonical(const char *data, gsize size, const char *where, GError **error) {
  g_autoptr(json_t) value = ak_json_parse(data, size, where, error);
  if (value == NULL)
    return NULL;
  gsize written = 0;
  g_autofree char *text = ak_json_canonical(value, &written, error);
  if (text == NULL) {
    g_prefix_error(error, "%s: ", where);
    return NULL;
  }
  if (written != size || memcmp(text, data, size) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: not in canonical form", where);
    return NULL;
  }
  return g_steal_pointer(&value);
}

const char *ak_json_string(const json_t *object, const char *key, const char *where,
                           GError **error) {
  const char *text = json_string_value(json_object_get(object, key));
  if (text == NULL)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: member \"%s\" is missing or no string", where,
                 key);
  return text;
}

bool ak_json_integer(const json_t *object, const char *key, gint64 min, gint64 max,
                     const char *where, gint64 *out, GError **error) {
  const json_t *member = json_object_get(object, key);
  if (!json_is_integer(member))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: member \"%s\" is missing or no integer", where, key);
  gint64 number = json_integer_value(member);
  if (number < min || number > max)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: member \"%s\" is %" G_GINT64_FORMAT ", allowed are %" G_GINT64_FORMAT
                        " to %" G_GINT64_FORMAT,
                        where, key, number, min, max);
  *out = number;
  return true;
}

json_t *ak_json_object(const json_t *object, const char *key, const char *where, GError **error) {
  json_t *member = json_object_get(object, key);
  if (json_is_object(member))
    return member;
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: member \"%s\" is missing or no object", where,
               key);
  return NULL;
}

json_t *ak_json_array(const json_t *object, const char *key, const char *where, GError **error) {
  json_t *member = json_object_get(object, key);
  if (json_is_array(member))
    return member;
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: member \"%s\" is missing or no array", where,
               key);
  return NULL;
}

const char *ak_json_string_or(const json_t *object, const char *key, const char *fallback) {
  const char *text = json_string_value(json_object_get(object, key));
  return text != NULL ? text : fallback;
}

const char *ak_json_text(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

gint64 ak_json_number(const json_t *object, const char *key) {
  return ak_json_number_or(object, key, 0);
}

gint64 ak_json_number_or(const json_t *object, const char *key, gint64 fallback) {
  const json_t *value = json_object_get(object, key);
  return value != NULL ? json_integer_value(value) : fallback;
}
