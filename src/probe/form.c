#include "probe/form.h"

#include <string.h>

#define MAX_HTML (256 * 1024)
#define MAX_HIDDEN 32
#define MAX_VALUE 4096

/* The value of attribute `name` in `tag` (without its angle brackets), or NULL. Caller frees. */
static char *attribute(const char *tag, const char *name) {
  gsize length = strlen(name);
  for (const char *at = tag; (at = strchr(at, '=')) != NULL; at++) {
    const char *end = at;
    while (end > tag && g_ascii_isspace(end[-1]))
      end--;
    if ((gsize)(end - tag) <= length || g_ascii_strncasecmp(end - length, name, length) != 0 ||
        !(g_ascii_isspace(end[-(gssize)length - 1]) || end[-(gssize)length - 1] == '"'))
      continue;
    const char *value = at + 1;
    while (g_ascii_isspace(*value))
      value++;
    if (*value == '"' || *value == '\'')
      return g_strndup(value + 1, strcspn(value + 1, *value == '"' ? "\"" : "'"));
    return g_strndup(value, strcspn(value, " \t\r\n"));
  }
  return NULL;
}

static char *without_entities(const char *text) {
  static const char *const entities[][2] = {
      {"&quot;", "\""}, {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
  GString *out = g_string_new_len(text, (gssize)MIN(strlen(text), MAX_VALUE));
  for (gsize i = 0; i < G_N_ELEMENTS(entities); i++)
    g_string_replace(out, entities[i][0], entities[i][1], 0);
  return g_string_free(out, FALSE);
}

static void add_hidden(AkForm *self, const char *tag) {
  g_autofree char *name = attribute(tag, "name"), *value = attribute(tag, "value");
  if (name == NULL || self->hidden->len >= MAX_HIDDEN)
    return;
  g_autofree char *plain_name = without_entities(name);
  g_autofree char *plain_value = without_entities(value != NULL ? value : "");
  g_autofree char *sent_name = g_uri_escape_bytes((const guint8 *)plain_name, strlen(plain_name), NULL);
  g_autofree char *sent_value =
      g_uri_escape_bytes((const guint8 *)plain_value, strlen(plain_value), NULL);
  g_ptr_array_add(self->hidden, g_strconcat(sent_name, "=", sent_value, NULL));
}

static void take_tag(AkForm *self, const char *tag) {
  if (g_ascii_strncasecmp(tag, "textarea", 8) == 0)
    self->has_input = true;
  if (g_ascii_strncasecmp(tag, "input", 5) != 0 || !(g_ascii_isspace(tag[5]) || tag[5] == '\0'))
    return;
  g_autofree char *type = attribute(tag, "type");
  if (type != NULL && g_ascii_strcasecmp(type, "password") == 0)
    self->has_password = true;
  else if (type != NULL && g_ascii_strcasecmp(type, "hidden") == 0)
    add_hidden(self, tag);
  else
    self->has_input = true;
}

AkForm *ak_form_scan(const void *html, gsize size) {
  AkForm *self = g_new0(AkForm, 1);
  self->hidden = g_ptr_array_new_with_free_func(g_free);
  const char *at = html, *end = at + MIN(size, MAX_HTML);
  while (at < end && (at = memchr(at, '<', (gsize)(end - at))) != NULL) {
    const char *close = memchr(at, '>', (gsize)(end - at));
    if (close == NULL)
      break;
    g_autofree char *tag = g_strndup(at + 1, MIN((gsize)(close - at - 1), 2 * MAX_VALUE));
    take_tag(self, tag);
    at = close + 1;
  }
  return self;
}

void ak_form_free(AkForm *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->hidden);
  g_free(self);
}

/* Where the tag at `at` ends, with all of a script or style; `end` where it does not. */
static const char *after_tag(const char *at, const char *end) {
  static const char *const whole[][2] = {{"<script", "</script"}, {"<style", "</style"}};
  for (gsize i = 0; i < G_N_ELEMENTS(whole); i++) {
    gsize length = strlen(whole[i][0]), close = strlen(whole[i][1]);
    if ((gsize)(end - at) < length || g_ascii_strncasecmp(at, whole[i][0], length) != 0)
      continue;
    while ((gsize)(end - at) >= close && g_ascii_strncasecmp(at, whole[i][1], close) != 0)
      at++;
  }
  const char *close = memchr(at, '>', (gsize)(end - at));
  return close != NULL ? close + 1 : end;
}

char *ak_form_visible(const void *html, gsize size) {
  GString *out = g_string_new(NULL);
  const char *at = html, *end = at + MIN(size, MAX_HTML);
  while (at < end) {
    bool is_gap = *at == '<' || g_ascii_isspace(*at) || g_ascii_isdigit(*at) || *at == '\0';
    if (is_gap && out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c(out, ' ');
    else if (!is_gap)
      g_string_append_c(out, g_ascii_tolower(*at));
    at = *at == '<' ? after_tag(at, end) : at + 1;
  }
  return g_string_free(out, FALSE);
}

/* A warning ("will be locked", "attempts left") is no lock-out. */
bool ak_form_says_locked(const char *visible) {
  static const char *const locked[] = {
      "too many",     "is locked", "been locked", "locked out",           "temporarily",
      "is blocked",   "been blocked", "try again later", "try again in", "please wait",
      "ロックされ", "ロックしました", "しばらく", "試行回数",
  };
  static const char *const warning[] = {"will be", "would be", "remaining", " left", "残り"};
  bool says = false;
  for (gsize i = 0; i < G_N_ELEMENTS(locked); i++)
    says = says || strstr(visible, locked[i]) != NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(warning); i++)
    says = says && strstr(visible, warning[i]) == NULL;
  return says;
}

bool ak_probe_form_fuzz(const guint8 *data, gsize size);
bool ak_probe_form_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkForm) form = ak_form_scan(data, size);
  g_autofree char *visible = ak_form_visible(data, size);
  g_assert(form->hidden->len <= MAX_HIDDEN && strlen(visible) <= size + 1);
  ak_form_says_locked(visible);
  return form->has_password;
}
