#include "proto/http.h"

#include <string.h>

#define MAX_INTERIM 8           /* 1xx answers before the real one */
#define MAX_REQUEST 65536       /* bytes */
#define MAX_LENGTH (1ull << 53) /* no device announces more in earnest */

typedef enum { AT_STATUS, AT_HEADER, AT_BODY, AT_CHUNK_SIZE, AT_CHUNK_END, AT_TRAILER, AT_END } Place;
typedef enum { UNTIL_CLOSE, BY_LENGTH, BY_CHUNKS } Framing;

struct _AkHttpParser {
  Place place;
  Framing framing;
  bool head;
  gsize max_body;
  guint64 left;     /* bytes of the body or of the chunk that are to come */
  gsize head_bytes; /* of lines so far */
  guint interim;
  GByteArray *line; /* the line that is not complete yet */
  AkHttpResponse *response;
};

/* --- the response ------------------------------------------------------------------------------ */

static void header_free(AkHttpHeader *self) {
  g_free(self->name);
  g_free(self->value);
  g_free(self);
}

static AkHttpResponse *response_new(void) {
  AkHttpResponse *self = g_new0(AkHttpResponse, 1);
  self->headers = g_ptr_array_new_with_free_func((GDestroyNotify)header_free);
  self->body = g_byte_array_new();
  return self;
}

void ak_http_response_free(AkHttpResponse *self) {
  if (self == NULL)
    return;
  g_free(self->reason);
  g_ptr_array_unref(self->headers);
  g_byte_array_unref(self->body);
  g_free(self);
}

const char *ak_http_response_header(const AkHttpResponse *self, const char *name) {
  for (guint i = 0; i < self->headers->len; i++) {
    const AkHttpHeader *header = self->headers->pdata[i];
    if (g_ascii_strcasecmp(header->name, name) == 0)
      return header->value;
  }
  return NULL;
}

/* --- lines ---------------------------------------------------------------------------------------- */

AkHttpParser *ak_http_parser_new(gsize max_body_bytes, bool head) {
  AkHttpParser *self = g_new0(AkHttpParser, 1);
  self->max_body = max_body_bytes;
  self->head = head;
  self->line = g_byte_array_new();
  self->response = response_new();
  return self;
}

void ak_http_parser_free(AkHttpParser *self) {
  if (self == NULL)
    return;
  g_byte_array_unref(self->line);
  ak_http_response_free(self->response);
  g_free(self);
}

/* Source: RFC 9112, 4: HTTP-version SP status-code SP [ reason-phrase ] */
static bool take_status(AkHttpParser *self, char *line, GError **error) {
  if (!g_str_has_prefix(line, "HTTP/1.") || !g_ascii_isdigit(line[7]) || line[8] != ' ')
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: no status line");
  const char *code = line + 9;
  if (!g_ascii_isdigit(code[0]) || !g_ascii_isdigit(code[1]) || !g_ascii_isdigit(code[2]) ||
      (code[3] != ' ' && code[3] != '\0') || code[0] == '0')
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: no status code");
  self->response->minor = (guint)(line[7] - '0');
  self->response->status = (guint)((code[0] - '0') * 100 + (code[1] - '0') * 10 + code[2] - '0');
  g_free(self->response->reason);
  self->response->reason = g_strdup(code[3] == ' ' ? code + 4 : "");
  self->place = AT_HEADER;
  return true;
}

static bool continue_header(AkHttpParser *self, char *line, GError **error) {
  GPtrArray *headers = self->response->headers;
  if (headers->len == 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: a continued line without a header");
  AkHttpHeader *last = headers->pdata[headers->len - 1];
  char *joined = g_strconcat(last->value, " ", g_strstrip(line), NULL);
  g_free(last->value);
  last->value = joined;
  return true;
}

static bool take_header(AkHttpParser *self, char *line, GError **error) {
  GPtrArray *headers = self->response->headers;
  if (*line == ' ' || *line == '\t')
    return continue_header(self, line, error);
  char *colon = strchr(line, ':');
  if (colon == NULL || colon == line)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: a header line without a name");
  if (headers->len >= AK_HTTP_MAX_HEADERS)
    return ak_error_set(error, AK_ERROR_LIMIT, "http: more than %d headers", AK_HTTP_MAX_HEADERS);
  AkHttpHeader *header = g_new0(AkHttpHeader, 1);
  *colon = '\0';
  header->name = g_strdup(g_strstrip(line));
  header->value = g_strdup(g_strstrip(colon + 1));
  g_ptr_array_add(headers, header);
  return true;
}

/* --- framing of the body ----------------------------------------------------------------------------- */

/* Source: RFC 9112, 6.3: the last coding must be chunked for chunks to end the body. */
static bool is_chunked(const AkHttpResponse *response) {
  const char *last = NULL;
  for (guint i = 0; i < response->headers->len; i++) {
    const AkHttpHeader *header = response->headers->pdata[i];
    if (g_ascii_strcasecmp(header->name, "Transfer-Encoding") == 0)
      last = header->value;
  }
  if (last == NULL)
    return false;
  const char *comma = strrchr(last, ',');
  g_autofree char *coding = g_strstrip(g_strdup(comma != NULL ? comma + 1 : last));
  return g_ascii_strcasecmp(coding, "chunked") == 0;
}

/* Writes `found` and the length; differing lengths are refused: readers would disagree. */
static bool content_length(const AkHttpResponse *response, bool *found, guint64 *length,
                           GError **error) {
  *found = false;
  for (guint i = 0; i < response->headers->len; i++) {
    const AkHttpHeader *header = response->headers->pdata[i];
    guint64 value = 0;
    if (g_ascii_strcasecmp(header->name, "Content-Length") != 0)
      continue;
    if (!g_ascii_string_to_unsigned(header->value, 10, 0, MAX_LENGTH, &value, NULL) ||
        (*found && value != *length))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: bad content length");
    *found = true;
    *length = value;
  }
  return true;
}

static bool end_interim(AkHttpParser *self, GError **error) {
  if (++self->interim > MAX_INTERIM)
    return ak_error_set(error, AK_ERROR_LIMIT, "http: more than %d interim answers", MAX_INTERIM);
  g_ptr_array_set_size(self->response->headers, 0);
  self->place = AT_STATUS;
  return true;
}

static bool end_headers(AkHttpParser *self, GError **error) {
  guint status = self->response->status;
  bool has_length = false;
  if (status < 200 && status != 101)
    return end_interim(self, error);
  if (self->head || status == 101 || status == 204 || status == 304) {
    self->place = AT_END;
    return true;
  }
  if (is_chunked(self->response)) {
    self->framing = BY_CHUNKS;
    self->place = AT_CHUNK_SIZE;
    return true;
  }
  if (ak_http_response_header(self->response, "Transfer-Encoding") == NULL &&
      !content_length(self->response, &has_length, &self->left, error))
    return false;
  self->framing = has_length ? BY_LENGTH : UNTIL_CLOSE;
  self->place = has_length && self->left == 0 ? AT_END : AT_BODY;
  return true;
}

static bool take_chunk_size(AkHttpParser *self, char *line, GError **error) {
  char *end = line + strspn(line, "0123456789abcdefABCDEF");
  gsize digits = (gsize)(end - line);
  *end = *end == ' ' || *end == '\t' || *end == ';' ? '\0' : *end;
  if (digits == 0 || digits > 13 || *end != '\0')
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: bad chunk size");
  self->left = g_ascii_strtoull(line, NULL, 16);
  self->place = self->left > 0 ? AT_BODY : AT_TRAILER;
  return true;
}

/* One line without its end. */
static bool take_line(AkHttpParser *self, char *line, GError **error) {
  switch (self->place) {
  case AT_STATUS:
    return take_status(self, line, error);
  case AT_HEADER:
    return *line == '\0' ? end_headers(self, error) : take_header(self, line, error);
  case AT_CHUNK_SIZE:
    return take_chunk_size(self, line, error);
  case AT_CHUNK_END:
    self->place = AT_CHUNK_SIZE;
    return *line == '\0' || ak_error_set(error, AK_ERROR_INVALID_DATA, "http: chunk too long");
  case AT_TRAILER:
    if (*line == '\0')
      self->place = AT_END;
    return true;
  default:
    return ak_error_set(error, AK_ERROR_INTERNAL, "http: no line here");
  }
}

/* Chunk sizes do not count as head, but are bounded by the body that they bring. */
static bool count_line(AkHttpParser *self, gsize size, GError **error) {
  if (self->place == AT_CHUNK_SIZE || self->place == AT_CHUNK_END)
    return size <= 1024 || ak_error_set(error, AK_ERROR_LIMIT, "http: chunk line too long");
  self->head_bytes += size;
  return self->head_bytes <= AK_HTTP_MAX_HEAD ||
         ak_error_set(error, AK_ERROR_LIMIT, "http: head of more than %d bytes", AK_HTTP_MAX_HEAD);
}

static bool feed_line(AkHttpParser *self, const guint8 **data, gsize *size, GError **error) {
  const guint8 *end = memchr(*data, '\n', *size);
  gsize piece = end != NULL ? (gsize)(end - *data) : *size;
  if (piece > AK_HTTP_MAX_LINE - self->line->len)
    return ak_error_set(error, AK_ERROR_LIMIT, "http: line of more than %d bytes",
                        AK_HTTP_MAX_LINE);
  if (self->place == AT_STATUS && self->line->len == 0 && piece >= 1 && **data != 'H')
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: no status line");
  g_byte_array_append(self->line, *data, (guint)piece);
  *data += piece + (end != NULL);
  *size -= piece + (end != NULL);
  if (end == NULL)
    return true;
  if (self->line->len > 0 && memchr(self->line->data, '\0', self->line->len) != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: NUL in a line");
  if (!count_line(self, self->line->len + 1, error))
    return false;
  if (self->line->len > 0 && self->line->data[self->line->len - 1] == '\r')
    g_byte_array_set_size(self->line, self->line->len - 1);
  gsize length = self->line->len; /* an empty array has no data */
  g_autofree char *line = g_strndup(length > 0 ? (const char *)self->line->data : "", length);
  g_byte_array_set_size(self->line, 0);
  return take_line(self, line, error);
}

static void feed_body(AkHttpParser *self, const guint8 **data, gsize *size) {
  GByteArray *body = self->response->body;
  gsize piece = *size;
  if (self->framing != UNTIL_CLOSE)
    piece = (gsize)MIN(piece, self->left);
  gsize kept = MIN(piece, self->max_body - body->len);
  g_byte_array_append(body, *data, (guint)kept);
  *data += piece;
  *size -= piece;
  if (self->framing != UNTIL_CLOSE)
    self->left -= piece;
  if (kept < piece) {
    self->response->body_cut = true;
    self->place = AT_END;
  } else if (self->framing != UNTIL_CLOSE && self->left == 0) {
    self->place = self->framing == BY_LENGTH ? AT_END : AT_CHUNK_END;
  }
}

bool ak_http_parser_feed(AkHttpParser *self, const void *data, gsize size, GError **error) {
  const guint8 *at = data;
  while (size > 0 && self->place != AT_END) {
    if (self->place == AT_BODY)
      feed_body(self, &at, &size);
    else if (!feed_line(self, &at, &size, error))
      return false;
  }
  return true;
}

bool ak_http_parser_close(AkHttpParser *self, GError **error) {
  if (self->place == AT_STATUS || self->place == AT_HEADER)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "http: closed before the headers' end");
  if (self->place != AT_END && !(self->place == AT_BODY && self->framing == UNTIL_CLOSE))
    self->response->body_cut = true;
  self->place = AT_END;
  return true;
}

bool ak_http_parser_is_done(const AkHttpParser *self) { return self->place == AT_END; }

bool ak_http_parser_saw_status(const AkHttpParser *self) {
  return self->place != AT_STATUS || self->interim > 0;
}

AkHttpResponse *ak_http_parser_take(AkHttpParser *self) {
  if (self->place != AT_END || self->response == NULL)
    return NULL;
  g_byte_array_append(self->response->body, (const guint8 *)"", 1);
  g_byte_array_set_size(self->response->body, self->response->body->len - 1);
  return g_steal_pointer(&self->response);
}

/* --- requests ------------------------------------------------------------------------------------------ */

static bool is_clean(const char *text, bool spaces) {
  for (; text != NULL && *text != '\0'; text++)
    if ((guchar)*text < 0x20 || *text == 0x7f || (*text == ' ' && !spaces))
      return false;
  return true;
}

static void append_header(GString *out, const char *name, const char *value) {
  if (value != NULL)
    g_string_append_printf(out, "%s: %s\r\n", name, value);
}

char *ak_http_request_build(const AkHttpRequest *request, gsize *size, GError **error) {
  if (!is_clean(request->method, false) || !is_clean(request->target, false) ||
      !is_clean(request->host, false) || !is_clean(request->authorization, true) ||
      !is_clean(request->cookie, true) || request->target[0] != '/') {
    ak_error_set(error, AK_ERROR_CONFIG, "http: a request with control characters");
    return NULL;
  }
  g_autoptr(GString) out = g_string_new(NULL);
  g_string_append_printf(out, "%s %s HTTP/1.1\r\n", request->method, request->target);
  append_header(out, "Host", request->host);
  append_header(out, "User-Agent", "akashi");
  append_header(out, "Accept", "*/*");
  append_header(out, "Authorization", request->authorization);
  append_header(out, "Cookie", request->cookie);
  if (request->body != NULL) {
    append_header(out, "Content-Type", "application/x-www-form-urlencoded");
    g_string_append_printf(out, "Content-Length: %" G_GSIZE_FORMAT "\r\n", strlen(request->body));
  }
  g_string_append(out, "Connection: close\r\n\r\n");
  g_string_append(out, request->body != NULL ? request->body : "");
  if (out->len > MAX_REQUEST) {
    ak_error_set(error, AK_ERROR_LIMIT, "http: request of more than %d bytes", MAX_REQUEST);
    return NULL;
  }
  *size = out->len;
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- fuzz ------------------------------------------------------------------------------------------------ */

bool ak_proto_http_fuzz(const guint8 *data, gsize size);
bool ak_proto_http_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkHttpParser) parser = ak_http_parser_new(4096, false);
  gsize step = size > 0 ? 1 + data[0] % 64 : 1;
  for (gsize at = 0; at < size; at += step)
    if (!ak_http_parser_feed(parser, data + at, MIN(step, size - at), NULL))
      return false;
  if (!ak_http_parser_close(parser, NULL))
    return false;
  g_autoptr(AkHttpResponse) response = ak_http_parser_take(parser);
  g_assert(response != NULL && response->body->len <= 4096);
  return true;
}
