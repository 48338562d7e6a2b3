#include "core/value.h"

#include <string.h>

AkValue ak_value_bool(bool value) {
  return (AkValue){.type = AK_VALUE_BOOL, .boolean = value};
}

AkValue ak_value_int(gint64 value, const char *unit) {
  return (AkValue){.type = AK_VALUE_INT, .integer = value, .unit = g_strdup(unit ? unit : "")};
}

AkValue ak_value_text(const char *text) {
  return ak_value_text_from_bytes(text, strlen(text), G_MAXSIZE);
}

/* The length of the valid, printable UTF-8 character at `at`, or 0. */
static gsize printable_length(const char *at, gsize left) {
  gunichar c = g_utf8_get_char_validated(at, (gssize)MIN(left, 6));
  if (c == (gunichar)-1 || c == (gunichar)-2 || !g_unichar_isprint(c))
    return 0;
  return (gsize)(g_utf8_next_char(at) - at);
}

AkValue ak_value_text_from_bytes(const void *data, gsize size, gsize max_bytes) {
  GString *text = g_string_new(NULL);
  const char *bytes = data;
  gsize end = MIN(size, max_bytes);
  for (gsize i = 0; i < end;) {
    gsize length = printable_length(bytes + i, end - i);
    if (bytes[i] == '\\')
      g_string_append(text, "\\\\");
    else if (length == 0)
      g_string_append_printf(text, "\\x%02x", (guint)(guint8)bytes[i]);
    else
      g_string_append_len(text, bytes + i, (gssize)length);
    i += MAX(length, 1);
  }
  if (end < size)
    g_string_append(text, "…");
  return (AkValue){.type = AK_VALUE_TEXT, .text = g_string_free(text, FALSE)};
}

static int compare_texts(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

AkValue ak_value_set(const char *const *items) {
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  for (gsize i = 0; items != NULL && items[i] != NULL; i++)
    g_ptr_array_add(sorted, (gpointer)items[i]);
  g_ptr_array_sort_with_data(sorted, compare_texts, NULL);
  GPtrArray *set = g_ptr_array_new();
  for (guint i = 0; i < sorted->len; i++)
    if (i == 0 || strcmp(sorted->pdata[i], sorted->pdata[i - 1]) != 0)
      g_ptr_array_add(set, g_strdup(sorted->pdata[i]));
  g_ptr_array_add(set, NULL);
  return (AkValue){.type = AK_VALUE_SET, .set = (GStrv)g_ptr_array_free(set, FALSE)};
}

#define LACKS "not: "

AkValue ak_value_coverage(const char *const *items, const char *lacks) {
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  g_autofree char *item = g_strconcat(LACKS, lacks, NULL);
  for (gsize i = 0; items != NULL && items[i] != NULL; i++)
    g_ptr_array_add(all, (gpointer)items[i]);
  if (lacks != NULL)
    g_ptr_array_add(all, item);
  g_ptr_array_add(all, NULL);
  return ak_value_set((const char *const *)all->pdata);
}

const char *ak_value_lacks_item(const char *item) {
  return g_str_has_prefix(item, LACKS) ? item + strlen(LACKS) : NULL;
}

const char *ak_value_lacks(const AkValue *self) {
  const char *reason = NULL;
  for (gsize i = 0; self->type == AK_VALUE_SET && self->set[i] != NULL && reason == NULL; i++)
    reason = ak_value_lacks_item(self->set[i]);
  return reason;
}

bool ak_value_set_contains(const AkValue *self, const char *item) {
  return self->type == AK_VALUE_SET && g_strv_contains((const char *const *)self->set, item);
}

AkValue ak_value_copy(const AkValue *self) {
  AkValue copy = *self;
  copy.unit = g_strdup(self->unit);
  copy.text = g_strdup(self->text);
  copy.set = g_strdupv(self->set);
  return copy;
}

void ak_value_clear(AkValue *self) {
  g_free(self->unit);
  g_free(self->text);
  g_strfreev(self->set);
  *self = (AkValue){0};
}

bool ak_value_equal(const AkValue *a, const AkValue *b) {
  if (a->type != b->type)
    return false;
  switch (a->type) {
  case AK_VALUE_NONE:
    return true;
  case AK_VALUE_BOOL:
    return a->boolean == b->boolean;
  case AK_VALUE_INT:
    return a->integer == b->integer && g_strcmp0(a->unit, b->unit) == 0;
  case AK_VALUE_TEXT:
    return g_strcmp0(a->text, b->text) == 0;
  case AK_VALUE_SET:
    return g_strv_equal((const char *const *)a->set, (const char *const *)b->set);
  }
  return false;
}

json_t *ak_value_to_json(const AkValue *self) {
  switch (self->type) {
  case AK_VALUE_NONE:
    return json_null();
  case AK_VALUE_BOOL:
    return json_boolean(self->boolean);
  case AK_VALUE_INT:
    return json_pack("{s:I, s:s}", "int", (json_int_t)self->integer, "unit", self->unit);
  case AK_VALUE_TEXT:
    return json_string(self->text);
  case AK_VALUE_SET: {
    json_t *array = json_array();
    for (char **item = self->set; *item != NULL; item++)
      json_array_append_new(array, json_string(*item));
    return array;
  }
  }
  return json_null();
}

static bool set_from_json(const json_t *json, const char *where, AkValue *out, GError **error) {
  g_autoptr(GPtrArray) items = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(json); i++) {
    const char *item = json_string_value(json_array_get(json, i));
    if (item == NULL || (i > 0 && strcmp(items->pdata[i - 1], item) >= 0))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: set of texts is not sorted", where);
    g_ptr_array_add(items, (gpointer)item);
  }
  g_ptr_array_add(items, NULL);
  *out = ak_value_set((const char *const *)items->pdata);
  return true;
}

bool ak_value_from_json(const json_t *json, const char *where, AkValue *out, GError **error) {
  if (json_is_null(json)) {
    *out = (AkValue){0};
  } else if (json_is_boolean(json)) {
    *out = ak_value_bool(json_is_true(json));
  } else if (json_is_string(json)) {
    /* already escaped when it was observed: taken as it stands */
    *out = (AkValue){.type = AK_VALUE_TEXT, .text = g_strdup(json_string_value(json))};
  } else if (json_is_array(json)) {
    return set_from_json(json, where, out, error);
  } else if (json_is_object(json) && json_object_size(json) == 2 &&
             json_is_integer(json_object_get(json, "int")) &&
             json_is_string(json_object_get(json, "unit"))) {
    *out = ak_value_int(json_integer_value(json_object_get(json, "int")),
                        json_string_value(json_object_get(json, "unit")));
  } else {
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no value of an observation", where);
  }
  return true;
}
