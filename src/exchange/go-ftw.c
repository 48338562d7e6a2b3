#include "exchange/go-ftw.h"

#include <string.h>

const AkYamlLimits ak_go_ftw_limits = {.size_bytes = 16 * 1024 * 1024,
                                       .text_bytes = 4 * 1024 * 1024,
                                       .nodes = 500000,
                                       .depth = 32,
                                       .control_characters = true};

#define MAX_BODY (16 * 1024 * 1024)
#define FORM "application/x-www-form-urlencoded"

typedef struct {
  AkImport *into;
  const AkImportSpec *spec;
  const char *where;
  const char *rule;     /* "942100" */
  const char *category; /* the file's folder, or "" */
  guint line;
} Reading;

static const char *scalar(const AkYaml *map, const char *key) {
  const AkYaml *node = ak_yaml_member(map, key);
  return node != NULL && node->type == AK_YAML_SCALAR ? node->text : NULL;
}

static const char *scalar_or(const AkYaml *map, const char *key, const char *fallback) {
  const char *text = scalar(map, key);
  return text != NULL ? text : fallback;
}

static bool flag(const AkYaml *map, const char *key, bool fallback) {
  const char *text = scalar(map, key);
  return text != NULL ? strcmp(text, "true") == 0 : fallback;
}

static void problem(const Reading *self, const char *id, const char *detail) {
  g_autofree char *place = g_strdup_printf("%s:%u", self->where, self->line);
  ak_import_problem(self->into, place, id, detail);
}

/* --- bodies
 * --------------------------------------------------------------------------------------------- */

/* {{ "TEXT" | repeat N }}, the one template that tests use; NULL for any other. Caller frees. */
static GString *expand(const char *text) {
  g_autoptr(GRegex) regex =
      g_regex_new("\\{\\{-?\\s*\"([^\"\\\\{}]*)\"\\s*\\|\\s*repeat\\s+(\\d{1,8})\\s*-?\\}\\}",
                  G_REGEX_RAW, 0, NULL);
  g_autoptr(GString) out = g_string_new(NULL);
  g_autoptr(GMatchInfo) match = NULL;
  int from = 0, start = 0, end = 0;
  g_regex_match(regex, text, 0, &match);
  for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
    g_autofree char *unit = g_match_info_fetch(match, 1), *digits = g_match_info_fetch(match, 2);
    guint64 times = g_ascii_strtoull(digits, NULL, 10);
    g_match_info_fetch_pos(match, 0, &start, &end);
    if (times * strlen(unit) + out->len > MAX_BODY)
      return NULL;
    g_string_append_len(out, text + from, start - from);
    for (guint64 i = 0; i < times && *unit != '\0'; i++)
      g_string_append(out, unit);
    from = end;
  }
  const char *rest = text + from;
  if (strstr(rest, "{{") != NULL)
    return NULL;
  g_string_append(out, rest);
  return g_steal_pointer(&out);
}

/* As base64 with line breaks anywhere; NULL where it is none. Caller frees. */
static GString *decode(const char *text) {
  g_autoptr(GString) digits = g_string_new(NULL);
  for (const char *at = text; *at != '\0'; at++) {
    if (*at == '\r' || *at == '\n')
      continue;
    if (!g_ascii_isalnum(*at) && strchr("+/=", *at) == NULL)
      return NULL;
    g_string_append_c(digits, *at);
  }
  if (digits->len % 4 != 0)
    return NULL;
  gsize size = 0;
  g_autofree guchar *bytes = g_base64_decode(digits->str, &size);
  return g_string_new_len((const char *)bytes, (gssize)size);
}

static void escape(GString *out, const char *from, gsize size) {
  for (gsize i = 0; i < size; i++) {
    if (g_ascii_isalnum(from[i]) || (from[i] != '\0' && strchr("-_.~", from[i]) != NULL))
      g_string_append_c(out, from[i]);
    else if (from[i] == ' ')
      g_string_append_c(out, '+');
    else
      g_string_append_printf(out, "%%%02X", (guint)(guchar)from[i]);
  }
}

/* A form is encoded unless it looks encoded already: undoing the encoding would change it. */
static GString *encode_form(const GString *body) {
  if (memchr(body->str, '%', body->len) != NULL || memchr(body->str, '+', body->len) != NULL)
    return g_string_new_len(body->str, (gssize)body->len);
  GString *out = g_string_new(NULL);
  const char *at = body->str, *end = body->str + body->len;
  while (at < end) {
    const char *stop = memchr(at, '&', (gsize)(end - at));
    stop = stop != NULL ? stop : end;
    const char *equals = memchr(at, '=', (gsize)(stop - at));
    escape(out, at, (gsize)((equals != NULL ? equals : stop) - at));
    if (equals != NULL) {
      g_string_append_c(out, '=');
      escape(out, equals + 1, (gsize)(stop - equals - 1));
    }
    if (stop < end && stop + 1 < end)
      g_string_append_c(out, '&');
    at = stop + 1;
  }
  return out;
}

/* --- headers
 * -------------------------------------------------------------------------------------------- */

typedef struct {
  char *name, *value;
} Header;

static void header_clear(gpointer data) {
  Header *self = data;
  g_free(self->name);
  g_free(self->value);
}

static int compare_headers(gconstpointer a, gconstpointer b) {
  const Header *left = a, *right = b;
  return strcmp(left->name, right->name);
}

static void header_add(GArray *headers, const char *name, const char *value) {
  Header header = {g_strdup(name), g_strdup(value)};
  g_array_append_val(headers, header);
}

static const char *header_find(const GArray *headers, const char *name) {
  for (guint i = 0; i < headers->len; i++)
    if (strcmp(g_array_index(headers, Header, i).name, name) == 0)
      return g_array_index(headers, Header, i).value;
  return NULL;
}

static void header_complete(GArray *headers, const char *name, const char *value) {
  const char *there = header_find(headers, name);
  if (there == NULL || *there == '\0')
    header_add(headers, name, value);
}

/* Those of a map go out sorted by name; "ordered_headers" as they stand. */
static GArray *headers_of(const AkYaml *input, bool *is_ordered) {
  GArray *headers = g_array_new(FALSE, FALSE, sizeof(Header));
  g_array_set_clear_func(headers, header_clear);
  const AkYaml *map = ak_yaml_member(input, "headers");
  const AkYaml *list = ak_yaml_member(input, "ordered_headers");
  *is_ordered = list != NULL && list->type == AK_YAML_LIST;
  for (guint i = 0; *is_ordered && i < list->items->len; i++)
    header_add(headers, scalar_or(list->items->pdata[i], "name", ""),
               scalar_or(list->items->pdata[i], "value", ""));
  for (guint i = 0; !*is_ordered && map != NULL && map->type == AK_YAML_MAP && i < map->keys->len;
       i++) {
    const AkYaml *value = map->items->pdata[i];
    header_add(headers, map->keys->pdata[i], value->type == AK_YAML_SCALAR ? value->text : "");
  }
  return headers;
}

/* Methods for which a length is told even where there is no body. */
static bool tells_length(const char *method) {
  return g_str_has_prefix(method, "POST") || strstr(method, "PUT") != NULL ||
         strstr(method, "PATCH") != NULL || g_str_has_suffix(method, "DELETE");
}

static void complete_type(GArray *headers, GString **body) {
  if ((*body)->len > 0) {
    header_complete(headers, "Content-Type", FORM);
    if (g_strcmp0(header_find(headers, "Content-Type"), FORM) == 0) {
      GString *encoded = encode_form(*body);
      g_string_free(*body, TRUE);
      *body = encoded;
    }
  }
}

/* A body in parts ends its lines with CR LF. */
static void end_lines(const GArray *headers, GString *body) {
  const char *type = header_find(headers, "Content-Type");
  if (type != NULL && g_str_has_prefix(type, "multipart/form-data;"))
    g_string_replace(body, "\n", "\r\n", 0);
}

static GBytes *build(const AkYaml *input, const char *uri, GString **body) {
  bool is_ordered = false;
  g_autoptr(GArray) headers = headers_of(input, &is_ordered);
  const char *method = scalar_or(input, "method", "GET");
  bool completes = flag(input, "autocomplete_headers", !flag(input, "stop_magic", false));
  if (completes)
    complete_type(headers, body);
  end_lines(headers, *body);
  if (completes) {
    g_autofree char *length = g_strdup_printf("%zu", (*body)->len);
    header_complete(headers, "Connection", "close");
    if ((*body)->len > 0 || tells_length(method))
      header_complete(headers, "Content-Length", length);
  }
  if (!is_ordered)
    g_array_sort(headers, compare_headers);
  GString *out = g_string_new(NULL);
  g_string_append_printf(out, "%s %s %s\r\n", method, uri, scalar_or(input, "version", "HTTP/1.1"));
  for (guint i = 0; i < headers->len; i++)
    g_string_append_printf(out, "%s: %s\r\n", g_array_index(headers, Header, i).name,
                           g_array_index(headers, Header, i).value);
  g_string_append(out, "\r\n");
  g_string_append_len(out, (*body)->str, (gssize)(*body)->len);
  return g_string_free_to_bytes(out);
}

/* --- stages
 * -----------------------------------------------------------------------------------------------
 */

/* NULL, with a problem, where it cannot be built. The caller's. */
static GBytes *request_of(const Reading *self, const AkYaml *input, const char *uri) {
  const char *whole = scalar_or(input, "encoded_request", scalar(input, "raw_request"));
  const char *data = scalar(input, "data"), *coded = scalar(input, "encoded_data");
  if (whole != NULL && *whole != '\0') {
    GString *request =
        ak_yaml_member(input, "encoded_request") != NULL ? decode(whole) : g_string_new(whole);
    if (request == NULL)
      problem(self, "broken", "encoded_request");
    return request != NULL ? g_string_free_to_bytes(request) : NULL;
  }
  GString *body = data != NULL ? expand(data) : coded != NULL ? decode(coded) : g_string_new(NULL);
  if (body == NULL) {
    problem(self, data != NULL ? "unsupported" : "broken",
            data != NULL ? "data: {{" : "encoded_data");
    return NULL;
  }
  GBytes *request = build(input, uri, &body);
  g_string_free(body, TRUE);
  return request;
}

/* Needs what an earlier stage got back, or a backend that answers as told. */
static const char *unsupported_of(const AkYaml *input) {
  static const char *const flags[] = {"follow_redirect", "save_cookie"};
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
    if (flag(input, flags[i], false))
      return flags[i];
  return ak_yaml_member(input, "response") != NULL ? "response" : NULL;
}

static AkImportLabel label_of(const AkGoFtwExpected *expected) {
  if (expected->expect_ids->len > 0 || expected->match != NULL || expected->expect_error ||
      expected->status >= 400)
    return AK_IMPORT_ATTACK;
  return expected->no_expect_ids->len > 0 || expected->no_match != NULL || expected->status > 0
             ? AK_IMPORT_HARMLESS
             : AK_IMPORT_UNLABELLED;
}

static void add_request(const Reading *self, const char *id, const AkYaml *input, const char *uri,
                        AkImportLabel label, const AkGoFtwExpected *expected) {
  GBytes *bytes = request_of(self, input, uri);
  if (bytes == NULL)
    return;
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  g_autofree char *place = g_strdup_printf("%s:%u", self->where, self->line);
  const char *category[] = {self->category, NULL};
  one->id = g_strdup(id);
  one->base = g_strdup(self->rule);
  one->attack = label == AK_IMPORT_ATTACK;
  one->category = *self->category != '\0' ? g_strdupv((char **)category) : NULL;
  one->source = g_strdup(self->spec->source);
  one->licence = g_strdup(self->spec->licence);
  one->expects = ak_go_ftw_expected_to_text(expected);
  one->bytes = bytes;
  ak_import_add(self->into, one, place);
}

static void read_stage(Reading *self, const char *id, const AkYaml *stage) {
  const AkYaml *inner = ak_yaml_member(stage, "stage"); /* an older form wraps it */
  stage = inner != NULL ? inner : stage;
  const AkYaml *input = ak_yaml_member(stage, "input"), *uris = ak_yaml_member(input, "uris");
  self->line = stage->line;
  if (input == NULL || input->type != AK_YAML_MAP) {
    problem(self, "broken", "input");
    return;
  }
  const char *unsupported = unsupported_of(input);
  g_autoptr(AkGoFtwExpected) expected = ak_go_ftw_expected(ak_yaml_member(stage, "output"));
  AkImportLabel label = label_of(expected);
  if (unsupported != NULL || label == AK_IMPORT_UNLABELLED) {
    self->into->seen++;
    problem(self, unsupported != NULL ? "unsupported" : "no-label",
            unsupported != NULL ? unsupported : id);
    return;
  }
  if (uris == NULL || uris->type != AK_YAML_LIST || uris->items->len == 0) {
    add_request(self, id, input, scalar_or(input, "uri", "/"), label, expected);
    return;
  }
  for (guint i = 0; i < uris->items->len; i++) {
    const AkYaml *uri = uris->items->pdata[i];
    g_autofree char *own = i > 0 ? g_strdup_printf("%s/%u", id, i + 1) : g_strdup(id);
    add_request(self, own, input, uri->type == AK_YAML_SCALAR ? uri->text : "/", label, expected);
  }
}

static void read_test(Reading *self, const AkYaml *test, guint place) {
  const AkYaml *stages = ak_yaml_member(test, "stages");
  g_autofree char *number = g_strdup_printf("%u", place + 1);
  const char *title = scalar(test, "test_title");
  g_autofree char *id =
      title != NULL ? g_strdup(title)
                    : g_strdup_printf("%s-%s", self->rule, scalar_or(test, "test_id", number));
  self->line = test->line;
  if (stages == NULL || stages->type != AK_YAML_LIST) {
    problem(self, "broken", "stages");
    return;
  }
  for (guint i = 0; i < stages->items->len; i++) {
    g_autofree char *own = i > 0 ? g_strdup_printf("%s#%u", id, i + 1) : g_strdup(id);
    read_stage(self, own, stages->items->pdata[i]);
  }
}

/* rule_id, or the file's name as older files have it. */
static char *rule_of(const AkYaml *root, const char *where) {
  const char *rule = scalar(root, "rule_id");
  g_autofree char *name = g_path_get_basename(where);
  char *dot = strrchr(name, '.');
  if (dot != NULL)
    *dot = '\0';
  return g_strdup(rule != NULL ? rule : name);
}

bool ak_go_ftw_read(AkImport *into, const char *data, gsize size, const char *where,
                    const AkImportSpec *spec, GError **error) {
  g_autoptr(AkYaml) root = ak_yaml_parse(data, size, where, &ak_go_ftw_limits, error);
  const AkYaml *tests = ak_yaml_member(root, "tests");
  if (root == NULL)
    return false;
  if (tests == NULL || tests->type != AK_YAML_LIST)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: there is no list \"tests\"", where);
  g_autofree char *folder = g_path_get_dirname(where), *name = g_path_get_basename(folder);
  g_autofree char *category =
      strcmp(name, ".") != 0 ? g_strdup_printf("go-ftw:%s", name) : g_strdup("");
  g_autofree char *rule = rule_of(root, where);
  Reading self = {into, spec, where, rule, category, 1};
  for (guint i = 0; i < tests->items->len; i++)
    read_test(&self, tests->items->pdata[i], i);
  return true;
}

bool ak_exchange_go_ftw_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkImport) import = ak_import_new("fuzz", AK_EFFECT_HTTP);
  AkImportSpec spec = {.source = "fuzz", .licence = "NOASSERTION"};
  return ak_go_ftw_read(import, (const char *)data, size, "a/fuzz.yaml", &spec, NULL) &&
         ak_import_finish(import, NULL);
}
