#include "exchange/har.h"

#include <string.h>

#include "util/json.h"

/* No text of a request line or header holds what ends it. */
static bool is_line(const char *text) {
  for (; *text != '\0'; text++)
    if (*text == '\r' || *text == '\n')
      return false;
  return true;
}

/* "/path?query" of a URL, and its host; false where it is none. Fragments are not sent. */
static bool split_url(const char *url, char **host, char **target) {
  const char *scheme = strstr(url, "://");
  const char *from = scheme != NULL ? scheme + 3 : NULL;
  if (from == NULL || !is_line(url))
    return false;
  gsize length = strcspn(from, "/?#");
  const char *rest = from + length, *at = memchr(from, '@', length);
  const char *begin = at != NULL ? at + 1 : from; /* without credentials */
  g_autofree char *path = g_strndup(rest, strcspn(rest, "#"));
  *host = g_strndup(begin, (gsize)(rest - begin));
  *target = g_strdup_printf("%s%s", *path == '/' ? "" : "/", path);
  return true;
}

static bool is_left_out(const char *name) {
  static const char *const names[] = {"content-length", "transfer-encoding", "connection"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_ascii_strcasecmp(name, names[i]) == 0)
      return true;
  return *name == ':' || *name == '\0';
}

/* False where one of them cannot be a header. */
static bool append_headers(GString *out, const json_t *headers, const char *host) {
  bool has_host = false;
  for (gsize i = 0; i < json_array_size(headers); i++) {
    const json_t *header = json_array_get(headers, i);
    const char *name = ak_json_string_or(header, "name", ""),
               *value = ak_json_string_or(header, "value", "");
    if (!is_line(name) || !is_line(value))
      return false;
    has_host = has_host || g_ascii_strcasecmp(name, "host") == 0;
    if (!is_left_out(name))
      g_string_append_printf(out, "%s: %s\r\n", name, value);
  }
  if (!has_host)
    g_string_append_printf(out, "Host: %s\r\n", host);
  return true;
}

/* NULL where the entry is broken. The caller's. */
static GBytes *request_of(const json_t *request) {
  const char *method = ak_json_string_or(request, "method", NULL);
  const char *url = ak_json_string_or(request, "url", NULL);
  const json_t *body = json_object_get(json_object_get(request, "postData"), "text");
  g_autofree char *host = NULL, *target = NULL;
  if (method == NULL || url == NULL || !is_line(method) || *method == '\0' ||
      !split_url(url, &host, &target))
    return NULL;
  const char *version = ak_json_string_or(request, "httpVersion", "");
  g_autoptr(GString) out = g_string_new(NULL);
  g_string_append_printf(out, "%s %s %s\r\n", method, target,
                         g_ascii_strcasecmp(version, "HTTP/1.0") == 0 ? "HTTP/1.0" : "HTTP/1.1");
  if (!append_headers(out, json_object_get(request, "headers"), host))
    return NULL;
  gsize length = json_string_length(body);
  bool tells = length > 0 || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
  if (tells)
    g_string_append_printf(out, "Content-Length: %zu\r\n", length);
  g_string_append(out, "\r\n");
  if (length > 0)
    g_string_append_len(out, json_string_value(body), (gssize)length);
  return g_string_free_to_bytes(g_steal_pointer(&out));
}

/* The value of a header; "" where there is none. Borrowed. */
static const char *header_of(const json_t *request, const char *name) {
  const json_t *headers = json_object_get(request, "headers");
  for (gsize i = 0; i < json_array_size(headers); i++) {
    const json_t *header = json_array_get(headers, i);
    if (g_ascii_strcasecmp(ak_json_string_or(header, "name", ""), name) == 0)
      return ak_json_string_or(header, "value", "");
  }
  return "";
}

/* Why a text is not the bytes that were sent. Less than was sent was cut; more is told by some browsers, which count
 * characters. U+FFFD stands where there was no text. Source: HAR 1.2, "postData". */
static const char *changed_of(const json_t *request, const json_t *data) {
  const json_t *text = json_object_get(data, "text");
  const char *coding = header_of(request, "content-encoding");
  bool is_coded = *coding != '\0' && g_ascii_strcasecmp(coding, "identity") != 0;
  double size = json_number_value(json_object_get(request, "bodySize"));
  return *ak_json_string_or(data, "encoding", "") != '\0'     ? "postData.encoding"
         : is_coded                                            ? "content-encoding"
         : size > (double)json_string_length(text)             ? "bodySize"
         : strstr(json_string_value(text), "\xEF\xBF\xBD") != NULL ? "postData.text"
                                                               : NULL;
}

/* What was sent and does not stand there as it was: parameters may be told encoded or not. NULL: nothing. */
static const char *missing_of(const json_t *request) {
  const json_t *data = json_object_get(request, "postData");
  if (json_string_length(json_object_get(data, "text")) > 0)
    return changed_of(request, data);
  return json_array_size(json_object_get(data, "params")) > 0                   ? "postData.params"
         : json_number_value(json_object_get(request, "bodySize")) > 0          ? "bodySize"
         : g_ascii_strtoull(header_of(request, "content-length"), NULL, 10) > 0 ? "content-length"
         : *header_of(request, "transfer-encoding") != '\0'                     ? "transfer-encoding"
                                                                                : NULL;
}

static void read_entry(AkImport *into, const json_t *entry, const char *where, guint number,
                       const AkLabel *label) {
  g_autofree char *place = g_strdup_printf("%s#%u", where, number);
  const json_t *request = json_object_get(entry, "request");
  const char *missing = missing_of(request);
  GBytes *bytes = missing == NULL ? request_of(request) : NULL;
  if (bytes == NULL) {
    into->seen++;
    ak_import_problem(into, place, missing != NULL ? "unsupported" : "broken", missing != NULL ? missing : "request");
    return;
  }
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup(place);
  one->base = g_strdup(label->base != NULL ? label->base : where);
  one->attack = label->label == AK_IMPORT_ATTACK;
  one->category = g_strdupv(label->category);
  one->source = g_strdup(label->source);
  one->licence = g_strdup(label->licence);
  one->marker = g_strdup(label->marker);
  one->target = g_strdup(label->target);
  one->bytes = bytes;
  ak_import_add(into, one, place);
}

bool ak_har_read(AkImport *into, const char *data, gsize size, const char *where,
                 const AkLabel *label, GError **error) {
  gsize mark = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  g_autoptr(json_t) root = ak_json_parse(data + mark, size - mark, where, error);
  const json_t *entries = json_object_get(json_object_get(root, "log"), "entries");
  if (root == NULL)
    return false;
  if (!json_is_array(entries))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: there is no log.entries", where);
  for (gsize i = 0; i < json_array_size(entries); i++)
    read_entry(into, json_array_get(entries, i), where, (guint)i + 1, label);
  return true;
}

bool ak_exchange_har_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkImport) import = ak_import_new("fuzz", AK_EFFECT_HTTP);
  char source[] = "fuzz";
  AkLabel label = {.label = AK_IMPORT_HARMLESS, .source = source, .licence = source};
  return ak_har_read(import, (const char *)data, size, "fuzz.har", &label, NULL) &&
         ak_import_finish(import, NULL);
}
