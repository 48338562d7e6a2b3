/* Values in which expressions are looked for: by a template, by a log, by a directory, by what
 * turns texts into objects. */
#include <string.h>

#include "effect/target/weakness.h"

/* Something between `open` and `close`? */
static bool has_between(const char *text, const char *open, const char *close) {
  for (const char *at = text; (at = strstr(at, open)) != NULL; at++) {
    const char *inner = at + strlen(open), *end = strstr(inner, close);
    while (end != NULL && inner < end && g_ascii_isspace(*inner))
      inner++;
    if (end != NULL && inner < end)
      return true;
  }
  return false;
}

bool ak_weakness_template(AkTargetCall *call) {
  static const char *const marks[][2] = {
      {"{{", "}}"}, {"${", "}"},  {"#{", "}"},    {"<%", "%>"}, {"*{", "}"},
      {"@(", ")"},  {"{%", "%}"}, {"#set(", ")"}, {"<#", ">"},  {"{php}", "{/php}"}};
  g_autofree char *shown = g_markup_escape_text(call->value->str, -1);
  g_string_append_printf(call->page, "Hello %s", shown);
  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
    if (has_between(call->value->str, marks[i][0], marks[i][1]))
      return true;
  return false;
}

/* --- a log's lookups -----------------------------------------------------------------------------
 */

/* What an innermost "${…}" stands for; NULL: it is left alone. Caller frees. */
static char *replace(const char *inner) {
  const char *fallback = strstr(inner, ":-");
  if (fallback != NULL)
    return g_strdup(fallback + 2);
  if (g_ascii_strncasecmp(inner, "lower:", 6) == 0)
    return g_ascii_strdown(inner + 6, -1);
  if (g_ascii_strncasecmp(inner, "upper:", 6) == 0)
    return g_ascii_strup(inner + 6, -1);
  if (g_ascii_strncasecmp(inner, "date:'", 6) == 0)
    return g_strndup(inner + 6, strcspn(inner + 6, "'"));
  return NULL;
}

/* Replaces one innermost lookup; false where none is left. */
static bool expand_once(GString *text) {
  for (const char *end = text->str; (end = strchr(end, '}')) != NULL; end++) {
    const char *open = end;
    while (open > text->str && !(open[0] == '$' && open[1] == '{'))
      open--;
    if (open[0] != '$' || open[1] != '{')
      continue;
    g_autofree char *inner = g_strndup(open + 2, (gsize)(end - open - 2));
    g_autofree char *instead = replace(inner);
    if (instead == NULL)
      continue;
    gssize at = open - text->str;
    g_string_erase(text, at, end - open + 1);
    g_string_insert(text, at, instead);
    return true;
  }
  return false;
}

bool ak_weakness_lookup(AkTargetCall *call) {
  static const char *const protocols[] = {"ldap:", "ldaps:", "rmi:", "dns:", "iiop:"};
  g_autoptr(GString) text = g_string_new(call->value->str);
  g_string_truncate(text, MIN(text->len, 4096));
  for (guint i = 0; i < 64 && expand_once(text); i++)
    continue;
  g_autofree char *lower = g_ascii_strdown(text->str, -1);
  for (const char *at = lower; (at = strstr(at, "${jndi:")) != NULL; at++)
    for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++)
      if (g_str_has_prefix(at + 7, protocols[i]))
        return true;
  return false;
}

/* --- objects -------------------------------------------------------------------------------------
 */

/* Begins of serialized objects: PHP, Java, Python, .NET, YAML and JSON with types, Node.js. */
bool ak_weakness_object(AkTargetCall *call) {
  static const char *const begins[] = {"rO0AB",           "gASV",     "AAEAAAD/////",
                                       "!!python/object", "!!javax.", "cos\nsystem"};
  static const char *const members[] = {"\"$type\"", "\"@type\"", "_$$ND_FUNC$$_"};
  const char *text = call->value->str;
  g_string_append(call->page, "state kept");
  for (gsize i = 0; i < G_N_ELEMENTS(begins); i++)
    if (g_str_has_prefix(text, begins[i]))
      return true;
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (strstr(text, members[i]) != NULL)
      return true;
  return g_regex_match_simple("(?:^|[;{])[OC]:\\+?[0-9]+:\"", text, 0, 0);
}

bool ak_weakness_operator(AkTargetCall *call) {
  const char *key = NULL;
  json_t *value = NULL;
  bool has_operator = false;
  g_string_append(call->page, "[]");
  json_object_foreach((json_t *)call->json, key, value) has_operator |= *key == '$';
  return has_operator;
}

static bool changes_prototype(const json_t *json) {
  const char *key = NULL;
  json_t *value = NULL;
  gsize index = 0;
  bool found = false;
  json_object_foreach((json_t *)json, key, value) found |=
      strcmp(key, "__proto__") == 0 || changes_prototype(value) ||
      (strcmp(key, "constructor") == 0 && json_object_get(value, "prototype") != NULL);
  json_array_foreach(json, index, value) found |= changes_prototype(value);
  return found;
}

bool ak_weakness_prototype(AkTargetCall *call) {
  g_string_append(call->page, "{}");
  return changes_prototype(call->request->json);
}

/* "(&(objectClass=person)(uid=VALUE))": does the value stay a value? Source: RFC 4515, 3. */
bool ak_weakness_directory(AkTargetCall *call) {
  g_string_append(call->page, "found");
  return strpbrk(call->value->str, "*()") != NULL;
}
