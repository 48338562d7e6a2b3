#include "document/text.h"

#include <string.h>

#define MAX_REFERENCE 12 /* "&thetasym;" and "&#x10ffff;" fit */
#define MAX_SNIFFED 1024 /* bytes in which a document says that it is HTML */

/* --- HTML ------------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  gunichar c;
} references[] = {{"amp", '&'},  {"lt", '<'},      {"gt", '>'},         {"quot", '"'},
                  {"apos", '\''}, {"nbsp", ' '},   {"commat", '@'},     {"period", '.'},
                  {"colon", ':'}, {"hyphen", '-'}, {"dash", 0x2010},    {"sol", '/'},
                  {"num", '#'},   {"lpar", '('},   {"rpar", ')'}};

static gunichar number_of(const char *digits) {
  bool hex = *digits == 'x' || *digits == 'X';
  guint64 c = 0;
  if (!g_ascii_string_to_unsigned(digits + (hex ? 1 : 0), hex ? 16 : 10, 1, 0x10ffff, &c, NULL) ||
      !g_unichar_validate((gunichar)c))
    return 0;
  return (gunichar)c;
}

/* Appends the character of a reference that begins at `at`; returns how many bytes it took, 0: none. */
static gsize append_reference(GString *out, const char *at) {
  const char *end = memchr(at, ';', strnlen(at, MAX_REFERENCE));
  if (end == NULL)
    return 0;
  g_autofree char *name = g_strndup(at + 1, (gsize)(end - at - 1));
  gunichar c = *name == '#' ? number_of(name + 1) : 0;
  for (gsize i = 0; c == 0 && i < G_N_ELEMENTS(references); i++)
    if (strcmp(name, references[i].name) == 0)
      c = references[i].c;
  if (c == 0)
    return 0;
  g_string_append_unichar(out, c);
  return (gsize)(end - at) + 1;
}

/* The end of what is no text although no tag stands in it; NULL: goes to the document's end. */
static const char *raw_end(const char *tag) {
  static const struct {
    const char *opens, *closes;
  } raws[] = {{"<!--", "-->"}, {"<script", "</script"}, {"<style", "</style"}};
  for (gsize i = 0; i < G_N_ELEMENTS(raws); i++)
    if (g_ascii_strncasecmp(tag, raws[i].opens, strlen(raws[i].opens)) == 0)
      for (const char *at = tag + 1; *at != '\0'; at++)
        if (g_ascii_strncasecmp(at, raws[i].closes, strlen(raws[i].closes)) == 0)
          return at;
  return NULL;
}

static bool is_raw(const char *tag) {
  return g_ascii_strncasecmp(tag, "<!--", 4) == 0 || g_ascii_strncasecmp(tag, "<script", 7) == 0 ||
         g_ascii_strncasecmp(tag, "<style", 6) == 0;
}

/* An address in a link is as much a contact as one in the text. */
static void append_link(GString *out, const char *tag, const char *end) {
  const char *href = g_strstr_len(tag, end - tag, "href=");
  if (href == NULL)
    return;
  href += strlen("href=");
  gsize quoted = *href == '"' || *href == '\'' ? 1 : 0;
  const char *stop = quoted ? memchr(href + 1, *href, (gsize)(end - href - 1)) : end;
  if (stop != NULL && stop > href + quoted) {
    g_string_append_len(out, href + quoted, stop - href - (gssize)quoted);
    g_string_append_c(out, ' ');
  }
}

static char *html_text(const char *html) {
  GString *out = g_string_new(NULL);
  for (const char *at = html; *at != '\0';) {
    if (*at == '<') {
      const char *raw = is_raw(at) ? raw_end(at) : NULL;
      const char *end = is_raw(at) && raw == NULL ? NULL : strchr(raw != NULL ? raw : at, '>');
      if (end == NULL)
        break; /* not closed: what follows is no text */
      g_string_append_c(out, ' ');
      if (raw == NULL)
        append_link(out, at, end);
      at = end + 1;
      continue;
    }
    gsize taken = *at == '&' ? append_reference(out, at) : 0;
    if (taken == 0) {
      g_string_append_c(out, *at);
      taken = 1;
    }
    at += taken;
  }
  return g_string_free(out, FALSE);
}

static bool looks_like_html(const char *text) {
  static const char *const marks[] = {"<!doctype html", "<html", "<body", "<head"};
  g_autofree char *begin = g_strndup(text, MAX_SNIFFED);
  g_autofree char *lower = g_ascii_strdown(begin, -1);
  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
    if (strstr(lower, marks[i]) != NULL)
      return true;
  return false;
}

/* --- any document -------------------------------------------------------------------------------------- */

char *ak_document_text(const void *data, gsize size, const char **format, GError **error) {
  const char *bytes = data;
  if (size > AK_DOCUMENT_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "document: larger than %u bytes", AK_DOCUMENT_MAX_BYTES);
    return NULL;
  }
  bool has_mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
  gsize skip = has_mark ? 3 : 0;
  if (size == skip || memchr(bytes, '\0', size) != NULL || memcmp(bytes, "%PDF", MIN(size, 4)) == 0 ||
      !g_utf8_validate_len(bytes, size, NULL)) {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "document: no text in UTF-8");
    return NULL;
  }
  g_autofree char *text = g_strndup(bytes + skip, size - skip);
  bool is_html = looks_like_html(text);
  *format = is_html ? "html" : "text";
  return is_html ? html_text(text) : g_steal_pointer(&text);
}

bool ak_document_text_fuzz(const guint8 *data, gsize size);
bool ak_document_text_fuzz(const guint8 *data, gsize size) {
  const char *format = NULL;
  g_autofree char *text = ak_document_text(data, size, &format, NULL);
  g_assert(text == NULL || format != NULL);
  return text != NULL;
}
