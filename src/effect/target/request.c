#include "effect/target/request.h"

#include <string.h>

#include "util/json.h"

static void field_free(AkTargetField *self) {
  g_free(self->name);
  g_string_free(self->value, TRUE);
  g_free(self);
}

static GPtrArray *fields_new(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
}

static void add_field(GPtrArray *fields, char *name, GString *value) {
  AkTargetField *field = g_new0(AkTargetField, 1);
  field->name = name;
  field->value = value;
  if (fields->len < AK_TARGET_MAX_FIELDS)
    g_ptr_array_add(fields, field);
  else
    field_free(field);
}

const GString *ak_target_field(const GPtrArray *fields, const char *name) {
  for (guint i = 0; i < fields->len; i++) {
    const AkTargetField *field = fields->pdata[i];
    if (g_ascii_strcasecmp(field->name, name) == 0)
      return field->value;
  }
  return NULL;
}

static AkTargetRequest *request_new(void) {
  AkTargetRequest *self = g_new0(AkTargetRequest, 1);
  self->headers = fields_new();
  self->query = fields_new();
  self->cookies = fields_new();
  self->form = fields_new();
  self->files = fields_new();
  self->body = g_string_new(NULL);
  return self;
}

void ak_target_request_free(AkTargetRequest *self) {
  g_free(self->method);
  g_free(self->path);
  GPtrArray *all[] = {self->headers, self->query, self->cookies, self->form, self->files};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    g_ptr_array_unref(all[i]);
  g_string_free(self->body, TRUE);
  json_decref(self->json);
  g_free(self);
}

GString *ak_target_decode(const char *text, gsize size, bool plus) {
  GString *out = g_string_sized_new(size);
  for (gsize i = 0; i < size; i++) {
    bool is_escape = text[i] == '%' && i + 2 < size + 0 && g_ascii_isxdigit(text[i + 1]) &&
                     g_ascii_isxdigit(text[i + 2]);
    char byte = plus && text[i] == '+' ? ' ' : text[i];
    if (is_escape) {
      byte = (char)(g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2]));
      i += 2;
    }
    g_string_append_c(out, byte);
  }
  return out;
}

/* --- how long it is ------------------------------------------------------------------------------
 */

static const char *find(const char *data, gsize size, const char *what) {
  return memmem(data, size, what, strlen(what));
}

/* The value of a header line in a head, without white space before it; `length` gets its size. */
static const char *head_value(const char *head, gsize size, const char *name, gsize *length) {
  gsize wanted = strlen(name);
  for (const char *line = head; line != NULL;
       line = find(line, size - (gsize)(line - head), "\n")) {
    if (*line == '\n')
      line++;
    gsize left = size - (gsize)(line - head);
    if (left <= wanted || g_ascii_strncasecmp(line, name, wanted) != 0 || line[wanted] != ':')
      continue;
    const char *value = line + wanted + 1, *end = memchr(value, '\n', left - wanted - 1);
    end = end != NULL ? end : head + size;
    while (value < end && (*value == ' ' || *value == '\t'))
      value++;
    while (end > value && g_ascii_isspace(end[-1]))
      end--;
    *length = (gsize)(end - value);
    return value;
  }
  return NULL;
}

/* The size of the chunk whose line begins at `at`, which then is behind the line. False: not here
 * yet. */
static bool chunk_line(const char *data, gsize size, gsize *at, gsize *chunk) {
  const char *end = memchr(data + *at, '\n', size - *at);
  if (end == NULL)
    return false;
  *chunk = 0;
  for (const char *p = data + *at; p < end && g_ascii_isxdigit(*p); p++)
    *chunk = MIN(*chunk * 16 + (gsize)g_ascii_xdigit_value(*p), (gsize)AK_TARGET_MAX_BODY + 1);
  *at = (gsize)(end - data) + 1;
  return true;
}

/* Bytes of a chunked body; 0: not here yet, -1: too large. `out` (may be NULL) gets what it holds.
 */
static gssize measure_chunks(const char *data, gsize size, GString *out) {
  gsize at = 0, chunk = 0, total = 0;
  while (chunk_line(data, size, &at, &chunk)) {
    total += chunk;
    if (total > AK_TARGET_MAX_BODY)
      return -1;
    if (chunk == 0) { /* what trails ends with an empty line */
      const char *end = size - at >= 2 && memcmp(data + at, "\r\n", 2) == 0
                            ? data + at
                            : find(data + at, size - at, "\r\n\r\n");
      return end == NULL ? 0 : (gssize)(end - data) + (end == data + at ? 2 : 4);
    }
    if (size - at < chunk + 2)
      return 0;
    if (out != NULL)
      g_string_append_len(out, data + at, (gssize)chunk);
    at += chunk + 2;
  }
  return 0;
}

static bool is_chunked(const char *head, gsize size) {
  gsize length = 0;
  const char *value = head_value(head, size, "Transfer-Encoding", &length);
  return value != NULL && length >= 7 && g_ascii_strncasecmp(value + length - 7, "chunked", 7) == 0;
}

gssize ak_target_request_measure(const char *data, gsize size, gsize *body) {
  const char *end = find(data, MIN(size, (gsize)AK_TARGET_MAX_HEAD), "\r\n\r\n");
  if (end == NULL)
    return size >= AK_TARGET_MAX_HEAD ? -1 : 0;
  *body = (gsize)(end - data) + 4;
  if (is_chunked(data, *body)) {
    gssize chunks = measure_chunks(data + *body, size - *body, NULL);
    return chunks > 0 ? (gssize)*body + chunks : chunks;
  }
  gsize length = 0, wanted = 0;
  const char *value = head_value(data, *body, "Content-Length", &length);
  for (gsize i = 0; value != NULL && i < length && g_ascii_isdigit(value[i]); i++)
    wanted = MIN(wanted * 10 + (gsize)g_ascii_digit_value(value[i]), (gsize)AK_TARGET_MAX_BODY + 1);
  if (wanted > AK_TARGET_MAX_BODY)
    return -1;
  return size - *body < wanted ? 0 : (gssize)(*body + wanted);
}

/* --- what it says
 * ---------------------------------------------------------------------------------- */

/* "a=b&c=d" */
static void take_pairs(GPtrArray *fields, const char *text, gsize size, char between, bool plus) {
  const char *end = text + size;
  while (text < end) {
    const char *stop = memchr(text, between, (gsize)(end - text));
    stop = stop != NULL ? stop : end;
    while (text < stop && *text == ' ')
      text++;
    const char *equal = memchr(text, '=', (gsize)(stop - text));
    const char *name_end = equal != NULL ? equal : stop;
    g_autoptr(GString) name = ak_target_decode(text, (gsize)(name_end - text), plus);
    const char *value = equal != NULL ? equal + 1 : stop;
    add_field(fields, g_strdup(name->str), ak_target_decode(value, (gsize)(stop - value), plus));
    text = stop + 1;
  }
}

static void take_headers(AkTargetRequest *self, const char *head, gsize size) {
  const char *end = head + size;
  for (const char *line = head; line < end;) {
    const char *stop = memchr(line, '\n', (gsize)(end - line));
    stop = stop != NULL ? stop : end;
    const char *colon = memchr(line, ':', (gsize)(stop - line));
    if (colon != NULL) {
      char *value = g_strstrip(g_strndup(colon + 1, (gsize)(stop - colon - 1)));
      add_field(self->headers, g_strndup(line, (gsize)(colon - line)), g_string_new(value));
      g_free(value);
    }
    line = stop + 1;
  }
  const GString *cookie = ak_target_field(self->headers, "Cookie");
  if (cookie != NULL)
    take_pairs(self->cookies, cookie->str, cookie->len, ';', false);
}

/* A parameter of a header's value: `filename="x"`; NULL: it has none. Caller frees. */
static char *parameter(const char *value, const char *name) {
  g_autofree char *start = g_strdup_printf("%s=\"", name);
  for (const char *found = value; (found = strstr(found, start)) != NULL; found++) {
    bool is_whole = found == value || found[-1] == ' ' || found[-1] == ';';
    const char *text = found + strlen(start), *end = strchr(text, '"');
    if (is_whole && end != NULL)
      return g_strndup(text, (gsize)(end - text));
  }
  return NULL;
}

static void take_part(AkTargetRequest *self, const char *part, gsize size) {
  const char *end = find(part, size, "\r\n\r\n");
  gsize length = 0;
  const char *value =
      end != NULL ? head_value(part, (gsize)(end - part) + 2, "Content-Disposition", &length)
                  : NULL;
  if (value == NULL)
    return;
  g_autofree char *disposition = g_strndup(value, length);
  g_autofree char *name = parameter(disposition, "name");
  g_autofree char *file = parameter(disposition, "filename");
  gsize left = size - (gsize)(end + 4 - part);
  left -= left >= 2 ? 2 : left; /* the line break that belongs to the boundary */
  GString *content = g_string_new_len(end + 4, (gssize)left);
  if (file != NULL)
    add_field(self->files, g_steal_pointer(&file), content);
  else
    add_field(self->form, name != NULL ? g_steal_pointer(&name) : g_strdup(""), content);
}

/* Source: RFC 7578, 4; RFC 2046, 5.1. */
static void take_multipart(AkTargetRequest *self, const char *type) {
  const char *mark = strstr(type, "boundary=");
  if (mark == NULL)
    return;
  g_autofree char *name = g_strdup(mark + 9);
  name[strcspn(name, "; ")] = '\0';
  g_autofree char *boundary = g_strconcat("--", g_strdelimit(name, "\"", ' '), NULL);
  g_strchomp(boundary);
  gsize length = strlen(boundary);
  const char *end = self->body->str + self->body->len;
  const char *at = find(self->body->str, self->body->len, boundary);
  while (at != NULL) {
    const char *part = at + length;
    const char *next = find(part, (gsize)(end - part), boundary);
    if (next != NULL)
      take_part(self, part + 2 <= next ? part + 2 : part,
                (gsize)(next - part) - (part + 2 <= next ? 2 : 0));
    at = next;
  }
}

static void take_body(AkTargetRequest *self) {
  const GString *type = ak_target_field(self->headers, "Content-Type");
  if (type == NULL)
    return;
  if (g_str_has_prefix(type->str, "application/x-www-form-urlencoded"))
    take_pairs(self->form, self->body->str, self->body->len, '&', true);
  else if (g_str_has_prefix(type->str, "multipart/form-data"))
    take_multipart(self, type->str);
  else if (g_str_has_prefix(type->str, "application/json"))
    self->json = ak_json_parse(self->body->str, self->body->len, "body", NULL);
}

static bool take_first_line(AkTargetRequest *self, const char *line, gsize size, GError **error) {
  const char *space = memchr(line, ' ', size);
  const char *last = space != NULL ? memrchr(line, ' ', size) : NULL;
  if (last == NULL || last == space)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no request line");
  self->method = g_strndup(line, (gsize)(space - line));
  const char *path = space + 1, *query = memchr(path, '?', (gsize)(last - path));
  g_autoptr(GString) decoded =
      ak_target_decode(path, (gsize)((query != NULL ? query : last) - path), false);
  self->path = g_strdup(decoded->str);
  if (query != NULL)
    take_pairs(self->query, query + 1, (gsize)(last - query - 1), '&', true);
  return true;
}

AkTargetRequest *ak_target_request_parse(const char *data, gsize size, GError **error) {
  gsize body = 0;
  gssize whole = ak_target_request_measure(data, size, &body);
  const char *line = whole > 0 ? memchr(data, '\r', body) : NULL;
  if (line == NULL || (gsize)whole != size) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "no whole request");
    return NULL;
  }
  g_autoptr(AkTargetRequest) self = request_new();
  if (!take_first_line(self, data, (gsize)(line - data), error))
    return NULL;
  take_headers(self, line, (gsize)(data + body - line));
  if (is_chunked(data, body))
    measure_chunks(data + body, size - body, self->body);
  else
    g_string_append_len(self->body, data + body, (gssize)(size - body));
  take_body(self);
  return g_steal_pointer(&self);
}
