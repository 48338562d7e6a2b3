#include "effect/corpus/draft.h"

#include <string.h>

#define BROWSER                                                                                    \
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "              \
  "Chrome/124.0.0.0 Safari/537.36"
#define BOUNDARY "----akashi7MA4YWxkTrZu0gW"

enum { CHUNK_BYTES = 7, PADDING_FIELDS = 40, PADDING_BYTES = 3000 };

typedef struct {
  GString *target;  /* behind the path */
  GString *headers; /* each with its line break */
  GString *body;    /* empty: none */
} Parts;

typedef struct {
  const char *prefix;
  void (*write)(const AkDraft *draft, const char *name, Parts *parts);
} Place;

/* --- ways to write a value
 * ------------------------------------------------------------------------- */

static void add_percent(GString *out, const char *value, gsize size, bool all) {
  for (gsize i = 0; i < size; i++) {
    bool is_plain =
        g_ascii_isalnum(value[i]) || (value[i] != '\0' && strchr("-._~", value[i]) != NULL);
    if (is_plain && !all)
      g_string_append_c(out, value[i]);
    else
      g_string_append_printf(out, "%%%02X", (guchar)value[i]);
  }
}

/* A text of JSON, between quotes. Source: RFC 8259, 7. */
static void add_json_text(GString *out, const char *value, gsize size, bool unicode) {
  g_string_append_c(out, '"');
  for (gsize i = 0; i < size; i++) {
    guchar byte = (guchar)value[i];
    if (byte < 0x20 || byte == 0x7f || (unicode && g_ascii_isalpha(byte)))
      g_string_append_printf(out, "\\u%04x", byte);
    else if (byte == '"' || byte == '\\')
      g_string_append_printf(out, "\\%c", byte);
    else
      g_string_append_c(out, (char)byte);
  }
  g_string_append_c(out, '"');
}

static void add_pair(GString *out, const char *name, const char *value, gsize size, bool all) {
  if (out->len > 0 && out->str[out->len - 1] != '?')
    g_string_append_c(out, '&');
  add_percent(out, name, strlen(name), false);
  g_string_append_c(out, '=');
  add_percent(out, value, size, all);
}

static void add_padding(GString *out) {
  for (guint i = 0; i < PADDING_FIELDS; i++) {
    g_autofree char *name = g_strdup_printf("field%u", i);
    add_pair(out, name, "harmless value of a long form", 29, false);
  }
}

/* --- places
 * ---------------------------------------------------------------------------------------- */

static void write_query(const AkDraft *draft, const char *name, Parts *parts) {
  g_string_append_c(parts->target, '?');
  if (draft->style.padding)
    add_padding(parts->target);
  add_pair(parts->target, name, draft->value, draft->size, draft->style.percent_all);
}

static void add_part(GString *out, const char *name, const char *value, gsize size) {
  g_string_append_printf(
      out, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n", name);
  g_string_append_len(out, value, (gssize)size);
  g_string_append(out, "\r\n");
}

static void end_multipart(Parts *parts) {
  g_string_append(parts->body, "--" BOUNDARY "--\r\n");
  g_string_append(parts->headers, "Content-Type: multipart/form-data; boundary=" BOUNDARY "\r\n");
}

static void write_form(const AkDraft *draft, const char *name, Parts *parts) {
  const char *key = NULL;
  json_t *beside = NULL;
  bool multipart = draft->style.multipart;
  json_object_foreach((json_t *)draft->with, key, beside) {
    const char *text = json_string_value(beside);
    if (multipart)
      add_part(parts->body, key, text, strlen(text));
    else
      add_pair(parts->body, key, text, strlen(text), false);
  }
  if (draft->style.padding && !multipart)
    add_padding(parts->body);
  if (multipart) {
    add_part(parts->body, name, draft->value, draft->size);
    end_multipart(parts);
    return;
  }
  add_pair(parts->body, name, draft->value, draft->size, draft->style.percent_all);
  g_string_append(parts->headers, "Content-Type: application/x-www-form-urlencoded\r\n");
}

static void begin_json(const AkDraft *draft, const char *name, Parts *parts) {
  const char *key = NULL;
  json_t *beside = NULL;
  g_string_append(parts->headers, "Content-Type: application/json\r\n");
  g_string_append_c(parts->body, '{');
  json_object_foreach((json_t *)draft->with, key, beside) {
    const char *text = json_string_value(beside);
    add_json_text(parts->body, key, strlen(key), false);
    g_string_append_c(parts->body, ':');
    add_json_text(parts->body, text, strlen(text), false);
    g_string_append_c(parts->body, ',');
  }
  add_json_text(parts->body, name, strlen(name), false);
  g_string_append_c(parts->body, ':');
}

static void write_json(const AkDraft *draft, const char *name, Parts *parts) {
  begin_json(draft, name, parts);
  add_json_text(parts->body, draft->value, draft->size, draft->style.json_unicode);
  g_string_append_c(parts->body, '}');
}

/* JSON as it is, but for the letters inside its texts. */
static void add_json(GString *out, const char *json, gsize size, bool unicode) {
  bool is_text = false;
  for (gsize i = 0; i < size; i++) {
    is_text ^= json[i] == '"' && (i == 0 || json[i - 1] != '\\');
    bool is_letter = g_ascii_isalpha(json[i]) && (i == 0 || json[i - 1] != '\\');
    if (unicode && is_text && (is_letter || json[i] == '_'))
      g_string_append_printf(out, "\\u%04x", (guchar)json[i]);
    else
      g_string_append_c(out, json[i]);
  }
}

static void write_json_raw(const AkDraft *draft, const char *name, Parts *parts) {
  begin_json(draft, name, parts);
  add_json(parts->body, draft->value, draft->size, draft->style.json_unicode);
  g_string_append_c(parts->body, '}');
}

static void write_header(const AkDraft *draft, const char *name, Parts *parts) {
  if (draft->style.padding) {
    g_string_append(parts->headers, "X-Trace: ");
    for (guint i = 0; i < PADDING_BYTES; i++)
      g_string_append_c(parts->headers, (char)('a' + i % 26));
    g_string_append(parts->headers, "\r\n");
  }
  g_string_append_printf(parts->headers, "%s: ", name);
  g_string_append_len(parts->headers, draft->value, (gssize)draft->size);
  g_string_append(parts->headers, "\r\n");
}

static void write_cookie(const AkDraft *draft, const char *name, Parts *parts) {
  g_string_append_printf(parts->headers, "Cookie: lang=ja; %s=", name);
  g_string_append_len(parts->headers, draft->value, (gssize)draft->size);
  g_string_append(parts->headers, "\r\n");
}

static void write_file(const AkDraft *draft, const char *name, Parts *parts) {
  const char *content = memchr(draft->value, '\n', draft->size);
  gsize length = content != NULL ? (gsize)(content - draft->value) : draft->size;
  const char *key = NULL;
  json_t *beside = NULL;
  json_object_foreach((json_t *)draft->with, key, beside)
      add_part(parts->body, key, json_string_value(beside), json_string_length(beside));
  g_string_append_printf(parts->body,
                         "--" BOUNDARY
                         "\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%.*s\"\r\n"
                         "Content-Type: application/octet-stream\r\n\r\n",
                         name, (int)length, draft->value);
  if (content != NULL)
    g_string_append_len(parts->body, content + 1, (gssize)(draft->size - length - 1));
  g_string_append(parts->body, "\r\n");
  end_multipart(parts);
}

static void write_body(const AkDraft *draft, const char *type, Parts *parts) {
  bool is_json = strcmp(type, "application/json") == 0;
  add_json(parts->body, draft->value, draft->size, is_json && draft->style.json_unicode);
  g_string_append_printf(parts->headers, "Content-Type: %s\r\n", type);
}

static void write_nothing(const AkDraft *draft, const char *name, Parts *parts) {}

static const Place places[] = {
    {"query:", write_query},       {"form:", write_form},     {"json:", write_json},
    {"json-raw:", write_json_raw}, {"header:", write_header}, {"cookie:", write_cookie},
    {"file:", write_file},         {"body:", write_body},     {"none", write_nothing},
};

/* --- the whole
 * ---------------------------------------------------------------------------------------- */

static void add_body(const AkDraft *draft, const Parts *parts, GString *out) {
  if (!draft->style.chunked) {
    if (strcmp(draft->method, "GET") != 0)
      g_string_append_printf(out, "Content-Length: %zu\r\n", parts->body->len);
    g_string_append(out, "\r\n");
    g_string_append_len(out, parts->body->str, (gssize)parts->body->len);
    return;
  }
  g_string_append(out, "Transfer-Encoding: chunked\r\n\r\n");
  for (gsize at = 0; at < parts->body->len; at += CHUNK_BYTES) {
    gsize size = MIN((gsize)CHUNK_BYTES, parts->body->len - at);
    g_string_append_printf(out, "%zx\r\n", size);
    g_string_append_len(out, parts->body->str + at, (gssize)size);
    g_string_append(out, "\r\n");
  }
  g_string_append(out, "0\r\n\r\n");
}

static GBytes *join(const AkDraft *draft, const Parts *parts) {
  GString *out = g_string_new(NULL);
  g_string_append_printf(out, "%s %s%s HTTP/1.1\r\nHost: www.example.jp\r\n", draft->method,
                         draft->path, parts->target->str);
  if (!g_str_has_prefix(draft->place, "header:User-Agent"))
    g_string_append_printf(out, "User-Agent: %s\r\n",
                           draft->agent != NULL ? draft->agent : BROWSER);
  g_string_append(
      out, "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: ja,en;q=0.7\r\n");
  g_string_append_len(out, parts->headers->str, (gssize)parts->headers->len);
  add_body(draft, parts, out);
  return g_string_free_to_bytes(out);
}

GBytes *ak_draft_build(const AkDraft *self, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    if (!g_str_has_prefix(self->place, places[i].prefix))
      continue;
    g_autoptr(GString) target = g_string_new(NULL), headers = g_string_new(NULL),
                       body = g_string_new(NULL);
    Parts parts = {target, headers, body};
    places[i].write(self, self->place + strlen(places[i].prefix), &parts);
    return join(self, &parts);
  }
  ak_error_set(error, AK_ERROR_CONFIG, "%s: not a place of a request", self->place);
  return NULL;
}
