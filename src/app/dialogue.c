#include "app/dialogue.h"

#include <string.h>

#include "core/value.h"
#include "proto/dns.h"
#include "proto/tls-hello.h"

#define MAX_TEXT 400 /* bytes of a row's text */

typedef struct {
  json_t *rows;
  guint total;
} List;

static void add(List *self, const char *from, const char *text, gsize offset, gsize length) {
  g_auto(AkValue) safe = ak_value_text_from_bytes(text, strlen(text), MAX_TEXT);
  if (self->total++ < AK_DIALOGUE_MAX_ROWS)
    json_array_append_new(self->rows, json_pack("{s:s, s:s, s:I, s:I}", "from", from, "text",
                                                safe.text, "offset", (json_int_t)offset, "length",
                                                (json_int_t)length));
}

/* --- TLS -------------------------------------------------------------------------------------------- */

/* Source: RFC 8446, 4 and 5.1; RFC 6066 (22, 23). */
static const struct {
  guint8 type;
  const char *name;
} handshakes[] = {{0, "HelloRequest"},       {1, "ClientHello"},        {2, "ServerHello"},
                  {4, "NewSessionTicket"},   {8, "EncryptedExtensions"}, {11, "Certificate"},
                  {12, "ServerKeyExchange"}, {13, "CertificateRequest"}, {14, "ServerHelloDone"},
                  {15, "CertificateVerify"}, {20, "Finished"},          {22, "CertificateStatus"}};
static const struct {
  guint16 version;
  const char *name;
} versions[] = {{0x0300, "SSL 3.0"}, {0x0301, "TLS 1.0"}, {0x0302, "TLS 1.1"},
                {0x0303, "TLS 1.2"}, {0x0304, "TLS 1.3"}};

static const char *version_name(guint16 version) {
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++)
    if (versions[i].version == version)
      return versions[i].name;
  return "?";
}

static const char *handshake_name(guint8 type) {
  for (gsize i = 0; i < G_N_ELEMENTS(handshakes); i++)
    if (handshakes[i].type == type)
      return handshakes[i].name;
  return "?";
}

/* "ServerHello: TLS 1.2, TLS_…" of a record with a hello, else NULL. */
static char *hello_text(const guint8 *record, gsize size) {
  AkTlsAnswer answer = {0};
  if (ak_tls_answer_parse(record, size, &answer, NULL) != AK_TLS_DONE ||
      answer.kind != AK_TLS_HELLO)
    return NULL;
  const char *cipher = ak_tls_cipher_name(answer.cipher);
  g_autofree char *number = g_strdup_printf("0x%04x", answer.cipher);
  return g_strdup_printf("%s: %s, %s", answer.retry ? "HelloRetryRequest" : "ServerHello",
                         version_name(answer.version), cipher != NULL ? cipher : number);
}

/* Source: RFC 8446, 5.1 (types of records), 6 (alerts). */
static char *record_text(guint8 type, guint16 version, const guint8 *record, gsize size) {
  const guint8 *body = record + 5;
  gsize length = size - 5;
  switch (type) {
  case 20:
    return g_strdup("ChangeCipherSpec");
  case 21:
    return length >= 2 ? g_strdup_printf("Alert: %s, %u", body[0] == 2 ? "fatal" : "warning", body[1])
                       : g_strdup("Alert");
  case 22: {
    char *hello = hello_text(record, size);
    return hello != NULL ? hello
                         : g_strdup_printf("%s (%s)", length > 0 ? handshake_name(body[0]) : "?",
                                           version_name(version));
  }
  default:
    return g_strdup("ApplicationData");
  }
}

static bool is_record_head(guint8 type, guint16 version) {
  return type >= 20 && type <= 23 && version >= 0x0300 && version <= 0x0304;
}

/* Where in a record another answer begins, with a ServerHello or an alert; its size where none does. */
static gsize next_answer(const guint8 *record, gsize size) {
  for (gsize at = 5; at + 6 <= size; at++) {
    bool is_head = record[at + 1] == 3 && record[at + 2] <= 4;
    bool is_hello = record[at] == 22 && record[at + 5] == 2;
    bool is_alert = record[at] == 21 && record[at + 3] == 0 && record[at + 4] == 2;
    if (is_head && (is_hello || is_alert))
      return at;
  }
  return size;
}

static bool follows(const guint8 *data, gsize size, gsize at) {
  return at == size ||
         (size - at >= 3 && is_record_head(data[at], (guint16)(data[at + 1] << 8 | data[at + 2])));
}

/* One record after the other. Of each answer the beginning was kept: its last record may have been cut, and another
 * answer follows. */
static bool read_tls(List *self, const guint8 *data, gsize size, gsize *rest) {
  gsize at = 0;
  while (size - at >= 5) {
    guint16 version = (guint16)(data[at + 1] << 8 | data[at + 2]);
    gsize length = (gsize)(data[at + 3] << 8 | data[at + 4]);
    if (!is_record_head(data[at], version) || length == 0 || length > 16384 + 256)
      break;
    gsize there = MIN(length, size - at - 5);
    if (there < length || !follows(data, size, at + 5 + length))
      there = next_answer(data + at, there + 5) - 5;
    g_autofree char *text = record_text(data[at], version, data + at, there + 5);
    g_autofree char *cut =
        there < length ? g_strdup_printf("%s (%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ")", text,
                                         there, length)
                       : NULL;
    add(self, "device", cut != NULL ? cut : text, at, there + 5);
    at += there + 5;
  }
  *rest = size - at;
  return self->total > 0;
}

/* --- DNS -------------------------------------------------------------------------------------------- */

static void add_records(GString *text, const GPtrArray *records) {
  for (guint i = 0; i < records->len && text->len < MAX_TEXT; i++) {
    const AkDnsRecord *record = records->pdata[i];
    g_string_append_printf(text, "; %s type %u%s%s", record->name, record->type,
                           record->text != NULL ? " " : "",
                           record->text != NULL ? record->text : "");
  }
}

static bool read_dns(List *self, const guint8 *data, gsize size, gsize *rest) {
  g_autoptr(AkDnsMessage) message = size >= 12 ? ak_dns_parse(data, size, NULL) : NULL;
  if (message == NULL || !message->response)
    return false;
  g_autoptr(GString) text =
      g_string_new(NULL);
  g_string_printf(text, "DNS %s%s, rcode %u, %u + %u records", message->response ? "answer" : "question",
                  message->truncated ? " (truncated)" : "", message->rcode, message->answers->len,
                  message->others->len);
  add_records(text, message->answers);
  add_records(text, message->others);
  add(self, "device", text->str, 0, size);
  *rest = 0;
  return true;
}

/* --- HTTP, as the probes write it down ---------------------------------------------------------------- */

typedef struct {
  const char *at;
  gsize length; /* without the line's end */
  gsize whole;  /* with it */
} Line;

static bool next_line(const char *data, gsize size, gsize offset, Line *out) {
  if (offset >= size)
    return false;
  const char *end = memchr(data + offset, '\n', size - offset);
  gsize length = end != NULL ? (gsize)(end - data) - offset : size - offset;
  *out = (Line){data + offset, length, length + (end != NULL ? 1 : 0)};
  if (out->length > 0 && out->at[out->length - 1] == '\r')
    out->length--;
  return true;
}

static bool begins(const Line *line, const char *word) {
  gsize length = strlen(word);
  return line->length > length && memcmp(line->at, word, length) == 0;
}

static bool is_request(const Line *line) {
  static const char *const methods[] = {"GET /", "POST /", "HEAD /", "PUT /", "OPTIONS /"};
  for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
    if (begins(line, methods[i]))
      return true;
  return false;
}

static bool is_answer(const Line *line) {
  return begins(line, "HTTP/1.0 ") || begins(line, "HTTP/1.1 ");
}

typedef struct {
  const char *from; /* NULL: nothing has begun */
  GString *text;
  gsize offset;
} Part;

static void end_part(List *list, Part *part, gsize offset) {
  if (part->from != NULL)
    add(list, part->from, part->text->str, part->offset, offset - part->offset);
  part->from = NULL;
}

static bool read_http(List *self, const guint8 *bytes, gsize size, gsize *rest) {
  const char *data = (const char *)bytes;
  g_autoptr(GString) text = g_string_new(NULL);
  Part part = {.text = text};
  Line line = {0};
  gsize offset = 0;
  for (; next_line(data, size, offset, &line); offset += line.whole) {
    bool asks = is_request(&line), answers = is_answer(&line);
    if (!asks && !answers)
      continue;
    end_part(self, &part, offset);
    part.from = asks ? "tester" : "device";
    part.offset = offset;
    g_string_truncate(text, 0);
    g_string_append_len(text, line.at, (gssize)MIN(line.length, MAX_TEXT));
  }
  end_part(self, &part, size);
  *rest = 0;
  return self->total > 0;
}

/* --- attempts to log in ------------------------------------------------------------------------------- */

/* "attempt 3: status 401, 34 ms" a line */
static bool read_attempts(List *self, const guint8 *bytes, gsize size, gsize *rest) {
  const char *data = (const char *)bytes;
  Line line = {0};
  gsize offset = 0;
  for (; next_line(data, size, offset, &line); offset += line.whole) {
    if (!begins(&line, "attempt "))
      continue;
    g_autofree char *text = g_strndup(line.at, MIN(line.length, MAX_TEXT));
    add(self, "device", text, offset, line.length);
  }
  *rest = 0;
  return self->total > 0;
}

/* --- all ---------------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  bool (*read)(List *list, const guint8 *data, gsize size, gsize *rest);
} forms[] = {
    {"tls", read_tls}, {"attempts", read_attempts}, {"http", read_http}, {"dns", read_dns}};

json_t *ak_dialogue_read(const void *data, gsize size) {
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
    g_autoptr(json_t) rows = json_array();
    List list = {.rows = rows};
    gsize rest = 0;
    if (forms[i].read(&list, data, size, &rest))
      return json_pack("{s:s, s:O, s:I, s:I}", "form", forms[i].name, "rows", rows, "rows_total",
                       (json_int_t)list.total, "rest", (json_int_t)rest);
  }
  return NULL;
}

/* Rows lie within the bytes, in their order. */
bool ak_app_dialogue_fuzz(const guint8 *data, gsize size);
bool ak_app_dialogue_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) found = ak_dialogue_read(data, size);
  const json_t *rows = json_object_get(found, "rows");
  json_int_t end = 0;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    json_int_t offset = json_integer_value(json_object_get(row, "offset"));
    json_int_t length = json_integer_value(json_object_get(row, "length"));
    if (offset < end || length < 0 || offset + length > (json_int_t)size)
      g_critical("dialogue: row %" G_GSIZE_FORMAT " lies outside", i);
    end = offset + length;
  }
  return found != NULL;
}
