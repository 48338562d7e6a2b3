#include "doc/html.h"

#include <string.h>

struct _AkHtml {
  GString *text;
  GPtrArray *open; /* of const char: the program's own words */
};

static const char *const void_elements[] = {"meta", "link", "br", "hr", "input", "img", NULL};

AkHtml *ak_html_new_part(void) {
  AkHtml *self = g_new0(AkHtml, 1);
  self->text = g_string_new(NULL);
  self->open = g_ptr_array_new();
  return self;
}

AkHtml *ak_html_new(void) {
  AkHtml *self = ak_html_new_part();
  g_string_append(self->text, "<!DOCTYPE html>\n");
  return self;
}

void ak_html_free(AkHtml *self) {
  if (self == NULL)
    return;
  if (self->text != NULL)
    g_string_free(self->text, TRUE);
  g_ptr_array_unref(self->open);
  g_free(self);
}

static void append_escaped(GString *target, const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  for (const char *at = valid; *at != '\0'; at++) {
    guint8 byte = (guint8)*at;
    if (*at == '&')
      g_string_append(target, "&amp;");
    else if (*at == '<')
      g_string_append(target, "&lt;");
    else if (*at == '>')
      g_string_append(target, "&gt;");
    else if (*at == '"')
      g_string_append(target, "&quot;");
    else if (*at == '\'')
      g_string_append(target, "&#39;");
    else if ((byte < 0x20 && *at != '\n' && *at != '\t') || byte == 0x7f)
      g_string_append(target, "\xef\xbf\xbd");
    else
      g_string_append_c(target, *at);
  }
}

static void open_with(AkHtml *self, const char *element, va_list attributes) {
  g_string_append_printf(self->text, "<%s", element);
  for (const char *name; (name = va_arg(attributes, const char *)) != NULL;) {
    const char *value = va_arg(attributes, const char *);
    if (value == NULL)
      continue;
    g_string_append_printf(self->text, " %s", name);
    if (*value == '\0')
      continue;
    g_string_append(self->text, "=\"");
    append_escaped(self->text, value);
    g_string_append_c(self->text, '"');
  }
  g_string_append_c(self->text, '>');
  if (!g_strv_contains(void_elements, element))
    g_ptr_array_add(self->open, (gpointer)element);
}

void ak_html_open(AkHtml *self, const char *element, ...) {
  va_list attributes;
  va_start(attributes, element);
  open_with(self, element, attributes);
  va_end(attributes);
}

void ak_html_close(AkHtml *self) {
  if (self->open->len == 0)
    return;
  const char *element = g_ptr_array_steal_index(self->open, self->open->len - 1);
  g_string_append_printf(self->text, "</%s>", element);
  static const char *const blocks[] = {"p",  "div", "tr",      "table", "section", "h1", "h2",
                                       "h3", "li",  "thead",   "tbody", "ul",      "dl", "dd",
                                       "nav", "main", "header", "footer", "head",  "body", NULL};
  if (g_strv_contains(blocks, element))
    g_string_append_c(self->text, '\n');
}

void ak_html_text(AkHtml *self, const char *text) { append_escaped(self->text, text); }

void ak_html_element(AkHtml *self, const char *element, const char *text, ...) {
  va_list attributes;
  va_start(attributes, text);
  open_with(self, element, attributes);
  va_end(attributes);
  if (g_strv_contains(void_elements, element))
    return;
  if (text != NULL)
    append_escaped(self->text, text);
  ak_html_close(self);
}

void ak_html_style(AkHtml *self, const char *css) {
  if (strstr(css, "</") == NULL)
    g_string_append_printf(self->text, "<style>%s</style>\n", css);
}

char *ak_html_end(AkHtml *self) {
  while (self->open->len > 0)
    ak_html_close(self);
  return g_string_free(g_steal_pointer(&self->text), FALSE);
}
