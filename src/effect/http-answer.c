#include "effect/http-answer.h"

#include <string.h>

#define MAX_CHUNK_LINE 256
#define MAX_CHUNK_DIGITS 12 /* of a chunk's size: 256 TiB, far above any limit of ours */

/* --- the head --------------------------------------------------------------------------------- */

/* Just behind the empty line that ends a head, or NULL. Bare LF is taken too (RFC 9112, 2.2). */
static const char *head_end(const char *data, gsize size) {
  const char *at = data, *end = data + size;
  while ((at = memchr(at, '\n', (gsize)(end - at))) != NULL) {
    at++;
    if (at < end && *at == '\n')
      return at + 1;
    if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
      return at + 2;
  }
  return NULL;
}

const char *ak_http_answer_header(const char *head, gsize size, const char *name, gsize *length) {
  const char *end = head + size, *line = memchr(head, '\n', size);
  gsize name_size = strlen(name);
  for (; line != NULL && (gsize)(end - line) > name_size + 1;
       line = memchr(line + 1, '\n', (gsize)(end - line - 1))) {
    const char *from = line + 1;
    if (g_ascii_strncasecmp(from, name, name_size) != 0 || from[name_size] != ':')
      continue;
    const char *value = from + name_size + 1;
    const char *stop = memchr(value, '\n', (gsize)(end - value));
    stop = stop != NULL ? stop : end;
    while (value < stop && (*value == ' ' || *value == '\t'))
      value++;
    while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
      stop--;
    *length = (gsize)(stop - value);
    return value;
  }
  return NULL;
}

static bool holds_word(const char *value, gsize length, const char *word) {
  gsize size = strlen(word);
  for (gsize i = 0; value != NULL && i + size <= length; i++)
    if (g_ascii_strncasecmp(value + i, word, size) == 0)
      return true;
  return false;
}

static bool read_length(const char *value, gsize length, gsize *out) {
  gsize number = 0;
  if (length == 0 || length > 15)
    return false;
  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isdigit(value[i]))
      return false;
    number = number * 10 + (gsize)(value[i] - '0');
  }
  *out = number;
  return true;
}

/* "HTTP/1.1 200 …" → status and whether HTTP/1.1 speaks. */
static bool read_status(const char *data, gsize size, guint *status, bool *is_new) {
  if (size < 13 || memcmp(data, "HTTP/1.", 7) != 0 || !g_ascii_isdigit(data[7]) || data[8] != ' ')
    return false;
  for (guint i = 9; i < 12; i++)
    if (!g_ascii_isdigit(data[i]))
      return false;
  *status = (guint)((data[9] - '0') * 100 + (data[10] - '0') * 10 + (data[11] - '0'));
  *is_new = data[7] != '0';
  return *status >= 100;
}

/* How the body ends; false where two readings differ. */
static bool read_framing(AkHttpAnswer *self, const char *head, gsize size, bool is_head) {
  gsize coding_size = 0, length_size = 0;
  const char *coding = ak_http_answer_header(head, size, "Transfer-Encoding", &coding_size);
  const char *length = ak_http_answer_header(head, size, "Content-Length", &length_size);
  if (coding != NULL && length != NULL)
    return false;
  if (is_head || self->status == 204 || self->status == 304)
    self->body = AK_HTTP_BODY_NONE;
  else if (holds_word(coding, coding_size, "chunked"))
    self->body = AK_HTTP_BODY_CHUNKS;
  else if (length != NULL)
    self->body = AK_HTTP_BODY_LENGTH;
  else
    self->body = AK_HTTP_BODY_CLOSE;
  return self->body != AK_HTTP_BODY_LENGTH || read_length(length, length_size, &self->body_bytes);
}

/* Takes the head of the final answer; interim ones before it are passed over. */
static AkHttpAnswerEnd scan_head(AkHttpAnswer *self, const char *data, gsize size, bool is_head) {
  gsize from = 0;
  for (;;) {
    const char *end = head_end(data + from, size - from);
    bool is_new = false;
    gsize seen = MIN(size - from, 7);
    if (memcmp(data + from, "HTTP/1.", seen) != 0)
      return AK_HTTP_ANSWER_BROKEN;
    if (end == NULL)
      return size > AK_HTTP_ANSWER_HEAD ? AK_HTTP_ANSWER_BROKEN : AK_HTTP_ANSWER_MORE;
    gsize head_size = (gsize)(end - data) - from;
    if (!read_status(data + from, head_size, &self->status, &is_new))
      return AK_HTTP_ANSWER_BROKEN;
    if (self->status >= 200 || self->status == 101) {
      gsize length = 0;
      const char *value = ak_http_answer_header(data + from, head_size, "Connection", &length);
      self->keeps = is_new ? !holds_word(value, length, "close")
                           : holds_word(value, length, "keep-alive");
      self->head = from + head_size;
      self->chunk_at = self->head;
      return read_framing(self, data + from, head_size, is_head) ? AK_HTTP_ANSWER_DONE
                                                                 : AK_HTTP_ANSWER_BROKEN;
    }
    from += head_size;
    if (from >= size)
      return AK_HTTP_ANSWER_MORE;
  }
}

/* --- the body --------------------------------------------------------------------------------- */

/* A chunk's size line at `at`: its size, and where its data begins. */
static AkHttpAnswerEnd chunk_line(const char *data, gsize size, gsize at, gsize *chunk,
                                  gsize *begin) {
  const char *newline = memchr(data + at, '\n', size - at);
  gsize digits = 0, value = 0;
  while (at + digits < size && digits < MAX_CHUNK_DIGITS && g_ascii_isxdigit(data[at + digits]))
    value = value << 4 | (gsize)g_ascii_xdigit_value(data[at + digits++]);
  if (at + digits < size &&
      (digits == 0 || strchr("\r\n; \t", data[at + digits]) == NULL || data[at + digits] == '\0'))
    return AK_HTTP_ANSWER_BROKEN;
  if (newline == NULL)
    return size - at > MAX_CHUNK_LINE ? AK_HTTP_ANSWER_BROKEN : AK_HTTP_ANSWER_MORE;
  *chunk = value;
  *begin = (gsize)(newline - data) + 1;
  return AK_HTTP_ANSWER_DONE;
}

/* The trailer section behind the last chunk ends with an empty line. */
static AkHttpAnswerEnd scan_trailer(AkHttpAnswer *self, const char *data, gsize size, gsize at) {
  for (;;) {
    const char *newline = memchr(data + at, '\n', size - at);
    if (newline == NULL)
      return size - at > AK_HTTP_ANSWER_HEAD ? AK_HTTP_ANSWER_BROKEN : AK_HTTP_ANSWER_MORE;
    gsize line = (gsize)(newline - data) - at;
    bool is_empty = line == 0 || (line == 1 && data[at] == '\r');
    at += line + 1;
    if (is_empty) {
      self->length = at;
      return AK_HTTP_ANSWER_DONE;
    }
  }
}

static AkHttpAnswerEnd scan_chunks(AkHttpAnswer *self, const char *data, gsize size) {
  for (;;) {
    gsize chunk = 0, begin = 0;
    if (self->chunk_at >= size)
      return AK_HTTP_ANSWER_MORE;
    AkHttpAnswerEnd end = chunk_line(data, size, self->chunk_at, &chunk, &begin);
    if (end != AK_HTTP_ANSWER_DONE)
      return end;
    if (chunk == 0)
      return scan_trailer(self, data, size, begin);
    if (chunk + 2 > size - begin)
      return AK_HTTP_ANSWER_MORE;
    gsize next = begin + chunk;
    next += data[next] == '\r';
    if (data[next] != '\n')
      return AK_HTTP_ANSWER_BROKEN;
    self->chunk_at = next + 1;
  }
}

static AkHttpAnswerEnd scan_body(AkHttpAnswer *self, const char *data, gsize size, bool is_closed) {
  switch (self->body) {
  case AK_HTTP_BODY_NONE:
    self->length = self->head;
    return AK_HTTP_ANSWER_DONE;
  case AK_HTTP_BODY_LENGTH:
    if (size - self->head < self->body_bytes)
      return AK_HTTP_ANSWER_MORE;
    self->length = self->head + self->body_bytes;
    return AK_HTTP_ANSWER_DONE;
  case AK_HTTP_BODY_CHUNKS:
    return scan_chunks(self, data, size);
  case AK_HTTP_BODY_CLOSE:
    self->keeps = false;
    self->length = size;
    return is_closed ? AK_HTTP_ANSWER_DONE : AK_HTTP_ANSWER_MORE;
  }
  return AK_HTTP_ANSWER_BROKEN;
}

AkHttpAnswerEnd ak_http_answer_scan(AkHttpAnswer *self, const char *data, gsize size, bool is_head,
                                    bool is_closed) {
  AkHttpAnswerEnd end = AK_HTTP_ANSWER_MORE;
  if (self->head == 0 && size > 0)
    end = scan_head(self, data, size, is_head);
  if (self->head != 0 && end != AK_HTTP_ANSWER_BROKEN)
    end = scan_body(self, data, size, is_closed);
  return end == AK_HTTP_ANSWER_MORE && is_closed ? AK_HTTP_ANSWER_BROKEN : end;
}

/* However the bytes are cut, the answer ends at the same place. */
bool ak_effect_http_answer_fuzz(const guint8 *data, gsize size) {
  const char *bytes = (const char *)data;
  AkHttpAnswer whole = {0}, pieces = {0};
  AkHttpAnswerEnd at_once = ak_http_answer_scan(&whole, bytes, size, false, true);
  AkHttpAnswerEnd end = AK_HTTP_ANSWER_MORE;
  for (gsize seen = 1; seen <= size && end == AK_HTTP_ANSWER_MORE; seen += 1 + size / 64)
    end = ak_http_answer_scan(&pieces, bytes, seen, false, false);
  if (end == AK_HTTP_ANSWER_MORE)
    end = ak_http_answer_scan(&pieces, bytes, size, false, true);
  g_assert(end != AK_HTTP_ANSWER_DONE || at_once != AK_HTTP_ANSWER_DONE ||
           whole.length == pieces.length);
  return at_once == AK_HTTP_ANSWER_DONE;
}
