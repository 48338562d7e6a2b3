#include "exchange/chain-write.h"

#include <string.h>

#include "exchange/chain-yaml.h"

/* --- scalars. Source: YAML 1.2.2, 5.7 (escapes), 7.3.1 (double quotes), 7.3.3 (plain) ------------------------- */

static bool is_word(const char *text) {
  static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", NULL};
  for (gsize i = 0; words[i] != NULL; i++)
    if (g_ascii_strcasecmp(words[i], text) == 0)
      return true;
  return false;
}

static bool is_day(const char *text) {
  gint64 utc_us = 0;
  return strlen(text) == 10 && ak_schema_date(text, true, &utc_us);
}

static bool is_plain_letter(gunichar c) {
  if (c < 0x80)
    return g_ascii_isalnum((char)c) || (c != 0 && strchr("_-./+ ", (int)c) != NULL);
  return g_unichar_isprint(c) && !g_unichar_iszerowidth(c) && c != 0xFEFF && c != 0xA0;
}

/* Can it stand without quotes, read by any YAML reader as a text? */
static bool is_plain(const char *text) {
  gunichar first = g_utf8_get_char(text);
  if (is_day(text))
    return true;
  if (*text == '\0' || is_word(text) || g_str_has_suffix(text, " ") ||
      !(first >= 0x80 ? g_unichar_isalpha(first) : g_ascii_isalpha((char)first)))
    return false;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
    if (!is_plain_letter(g_utf8_get_char(at)))
      return false;
  return true;
}

static void append_quoted(GString *out, const char *text) {
  g_string_append_c(out, '"');
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c == '"' || c == '\\')
      g_string_append_printf(out, "\\%c", (char)c);
    else if (c == '\n')
      g_string_append(out, "\\n");
    else if (c < 0x80 ? g_ascii_iscntrl((char)c) : !g_unichar_isprint(c) || g_unichar_iszerowidth(c))
      g_string_append_printf(out, c > 0xFFFF ? "\\U%08x" : "\\u%04x", c);
    else
      g_string_append_unichar(out, c);
  }
  g_string_append_c(out, '"');
}

static void append_scalar(GString *out, const json_t *value) {
  if (json_is_integer(value))
    g_string_append_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  else if (json_is_boolean(value))
    g_string_append(out, json_is_true(value) ? "true" : "false");
  else if (is_plain(json_string_value(value)))
    g_string_append(out, json_string_value(value));
  else
    append_quoted(out, json_string_value(value));
}

/* --- collections ---------------------------------------------------------------------------------------------- */

static void append_list(GString *out, const json_t *list) {
  g_string_append_c(out, '[');
  for (gsize i = 0; i < json_array_size(list); i++) {
    g_string_append(out, i > 0 ? ", " : "");
    append_scalar(out, json_array_get(list, i));
  }
  g_string_append_c(out, ']');
}

static void append_value(GString *out, const json_t *value) {
  if (json_is_array(value))
    append_list(out, value);
  else
    append_scalar(out, value);
}

static bool is_nested(const AkField *field) {
  return field->type == AK_FIELD_OBJECT && field->list;
}

/* "{id: works, kind: organization}" */
static void append_flow(GString *out, const json_t *object, const AkField *fields) {
  const char *before = "{";
  for (const AkField *field = fields; field->name != NULL; field++) {
    const json_t *value = json_object_get(object, field->name);
    if (value == NULL || is_nested(field))
      continue;
    g_string_append_printf(out, "%s%s: ", before, field->name);
    append_value(out, value);
    before = ", ";
  }
  g_string_append(out, *before == '{' ? "{}" : "}");
}

/* A row that has rows of its own: a line a member. */
static void append_block(GString *out, const json_t *object, const AkField *fields) {
  const char *before = "  - ";
  for (const AkField *field = fields; field->name != NULL; field++) {
    const json_t *value = json_object_get(object, field->name);
    if (value == NULL)
      continue;
    g_string_append_printf(out, "%s%s:", before, field->name);
    before = "    ";
    if (!is_nested(field)) {
      g_string_append_c(out, ' ');
      append_value(out, value);
    }
    g_string_append_c(out, '\n');
    for (gsize i = 0; is_nested(field) && i < json_array_size(value); i++) {
      g_string_append(out, "      - ");
      append_flow(out, json_array_get(value, i), field->members);
      g_string_append_c(out, '\n');
    }
  }
}

static bool has_rows(const json_t *object, const AkField *fields) {
  for (const AkField *field = fields; field->name != NULL; field++)
    if (is_nested(field) && json_array_size(json_object_get(object, field->name)) > 0)
      return true;
  return false;
}

static void append_rows(GString *out, const json_t *rows, const AkField *fields) {
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (has_rows(row, fields)) {
      append_block(out, row, fields);
      continue;
    }
    g_string_append(out, "  - ");
    append_flow(out, row, fields);
    g_string_append_c(out, '\n');
  }
}

static void append_member(GString *out, const json_t *document, const AkField *field) {
  const json_t *value = json_object_get(document, field->name);
  bool is_empty = json_is_array(value) && json_array_size(value) == 0;
  if (value == NULL || (is_empty && !field->required))
    return;
  g_string_append_printf(out, "%s:", field->name);
  if (is_empty)
    g_string_append(out, " []\n");
  else if (is_nested(field)) {
    g_string_append_c(out, '\n');
    append_rows(out, value, field->members);
  } else {
    g_string_append_c(out, ' ');
    if (json_is_object(value))
      append_flow(out, value, field->members);
    else
      append_value(out, value);
    g_string_append_c(out, '\n');
  }
}

char *ak_chain_write_yaml(const json_t *document) {
  static const char *const order[] = {"chain", "attackers", "elements", "relations", "acceptances", "impacts"};
  GString *out = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
    for (const AkField *field = ak_chain_fields; field->name != NULL; field++)
      if (strcmp(field->name, order[i]) == 0)
        append_member(out, document, field);
  return g_string_free(out, FALSE);
}
