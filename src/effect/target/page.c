/* Values that are written into a page: does a script stand in it afterwards that a browser would
 * run? What counts is what some browser has run at some time. Source: HTML Standard, 13.2.5. */
#include <string.h>

#include "effect/target/weakness.h"

/* --- a reader of tags ----------------------------------------------------------------------------
 */

static bool starts(const char *text, const char *with) {
  return g_ascii_strncasecmp(text, with, strlen(with)) == 0;
}

/* An address that runs a script; browsers take white space and control characters out of it. */
static bool is_script_address(const char *value) {
  g_autoptr(GString) bare = g_string_new(NULL);
  for (; *value != '\0' && bare->len < 64; value++)
    if ((guchar)*value > ' ')
      g_string_append_c(bare, *value);
  return starts(bare->str, "javascript:") || starts(bare->str, "vbscript:") ||
         starts(bare->str, "data:text/html");
}

static bool is_one_of(const char *name, const char *const *names) {
  for (; *names != NULL; names++)
    if (g_ascii_strcasecmp(name, *names) == 0)
      return true;
  return false;
}

static bool is_active_page(const char *html, guint depth);

static bool is_active_attribute(const char *tag, const char *name, const char *value, guint depth) {
  static const char *const addresses[] = {"href", "src",        "action", "formaction",
                                          "data", "xlink:href", NULL};
  if (starts(name, "on") && name[2] != '\0')
    return true;
  if (is_one_of(name, addresses) && is_script_address(value))
    return true;
  if (g_ascii_strcasecmp(name, "srcdoc") == 0)
    return is_active_page(value, depth + 1);
  const char *url = g_ascii_strcasecmp(name, "content") == 0 ? strcasestr(value, "url=") : NULL;
  return url != NULL && starts(tag, "meta") && is_script_address(url + 4);
}

static const char *skip_to_name(const char *at) {
  while (g_ascii_isspace(*at) || *at == '/')
    at++;
  return at;
}

/* Reads one attribute; `at` is behind it. */
static const char *read_attribute(const char *at, char **name, char **value) {
  gsize length = strcspn(at + 1, " \t\n\f\r/>=") + 1; /* a name may begin with "=" */
  *name = g_strndup(at, length);
  at += length;
  const char *equal = at;
  while (g_ascii_isspace(*equal))
    equal++;
  if (*equal != '=') {
    *value = g_strdup("");
    return at;
  }
  at = equal + 1;
  while (g_ascii_isspace(*at))
    at++;
  bool is_quoted = *at == '"' || *at == '\'';
  const char quote[] = {*at, '\0'};
  at += is_quoted;
  length = strcspn(at, is_quoted ? quote : " \t\n\f\r>");
  *value = g_strndup(at, length);
  at += length;
  return is_quoted && *at != '\0' ? at + 1 : at;
}

/* A tag from behind its "<": is it one that runs something? `end` gets what is behind it. */
static bool is_active_tag(const char *at, const char **end, guint depth) {
  gsize length = strcspn(at, " \t\n\f\r/>");
  g_autofree char *tag = g_strndup(at, length);
  bool is_active = g_ascii_strcasecmp(tag, "script") == 0 || g_ascii_strcasecmp(tag, "base") == 0;
  at = skip_to_name(at + length);
  while (*at != '\0' && *at != '>') {
    g_autofree char *name = NULL, *value = NULL;
    at = read_attribute(at, &name, &value);
    is_active |= is_active_attribute(tag, name, value, depth);
    at = skip_to_name(at);
  }
  *end = at;
  return is_active && *at == '>'; /* a tag that does not end is none */
}

static const char *skip_comment(const char *at) {
  if (*at == '>' || starts(at, "->"))
    return at;
  const char *end = strstr(at, "-->");
  return end != NULL ? end + 2 : at + strlen(at);
}

static bool is_active_page(const char *html, guint depth) {
  if (depth > 3)
    return false;
  for (const char *at = html; (at = strchr(at, '<')) != NULL;) {
    at++;
    if (starts(at, "!--"))
      at = skip_comment(at + 3);
    else if (g_ascii_isalpha(*at) && is_active_tag(at, &at, depth))
      return true;
  }
  return false;
}

/* --- where the value is written ------------------------------------------------------------------
 */

static bool write_and_look(AkTargetCall *call, const char *before, const char *value,
                           const char *after) {
  g_autofree char *page = g_strconcat("<!DOCTYPE html><html><title>Page</title><body>", before,
                                      value, after, "</body></html>", NULL);
  g_autofree char *shown = g_markup_escape_text(call->value->str, -1);
  g_string_append(call->page, shown); /* what is sent is harmless: the effect is told by the log */
  return is_active_page(page, 0);
}

bool ak_weakness_text(AkTargetCall *call) {
  return write_and_look(call, "<p>", call->value->str, "</p>");
}

bool ak_weakness_attribute(AkTargetCall *call) {
  return write_and_look(call, "<div class=\"", call->value->str, "\">x</div>");
}

bool ak_weakness_link(AkTargetCall *call) {
  g_autofree char *escaped = g_markup_escape_text(call->value->str, -1);
  return write_and_look(call, "<a href=\"", escaped, "\">x</a>") ||
         is_script_address(call->value->str);
}

/* In a text of a script, between single quotes: does it end the text and go on? */
bool ak_weakness_script(AkTargetCall *call) {
  const char *text = call->value->str;
  g_string_append(call->page, "message");
  for (const char *at = text; *at != '\0'; at++) {
    if (starts(at, "</script"))
      return is_active_page(at, 0);
    if (*at == '\\' && at[1] != '\0')
      at++;
    else if (*at == '\'')
      return at[1] != '\0' && strchr(";+-}*,)", at[1]) != NULL;
  }
  return false;
}

/* A page that the server itself reads for directives. */
bool ak_weakness_directive(AkTargetCall *call) {
  static const char *const directives[] = {"exec", "include", "echo", "printenv"};
  g_string_append(call->page, "thank you");
  for (const char *at = call->value->str; (at = strchr(at, '<')) != NULL; at++) {
    if (starts(at, "<esi:include"))
      return true;
    for (gsize i = 0; starts(at, "<!--#") && i < G_N_ELEMENTS(directives); i++)
      if (starts(at + 5, directives[i]))
        return true;
  }
  return false;
}
