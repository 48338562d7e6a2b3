/* What a go-ftw test expects, and whether it passes. */
#include <string.h>

#include "exchange/go-ftw.h"
#include "util/json.h"

static const char *scalar(const AkYaml *map, const char *key) {
  const AkYaml *node = ak_yaml_member(map, key);
  return node != NULL && node->type == AK_YAML_SCALAR ? node->text : NULL;
}

static char *text_of(const AkYaml *map, const char *key) {
  const char *text = scalar(map, key);
  return text != NULL && *text != '\0' ? g_strdup(text) : NULL;
}

static GArray *ids_of(const AkYaml *map, const char *key) {
  const AkYaml *list = ak_yaml_member(map, key);
  GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint64));
  for (guint i = 0; list != NULL && list->type == AK_YAML_LIST && i < list->items->len; i++) {
    const AkYaml *item = list->items->pdata[i];
    guint64 id = 0;
    if (item->type == AK_YAML_SCALAR &&
        g_ascii_string_to_unsigned(item->text, 10, 0, G_MAXUINT32, &id, NULL))
      g_array_append_val(ids, id);
  }
  return ids;
}

AkGoFtwExpected *ak_go_ftw_expected(const AkYaml *output) {
  AkGoFtwExpected *self = g_new0(AkGoFtwExpected, 1);
  const AkYaml *log = ak_yaml_member(output, "log");
  const char *status = scalar(output, "status");
  guint64 number = 0;
  if (status != NULL && g_ascii_string_to_unsigned(status, 10, 0, 999, &number, NULL))
    self->status = (guint)number;
  self->response_contains = text_of(output, "response_contains");
  /* log_contains and no_log_contains are older names of the same */
  self->match = text_of(log, "match_regex");
  self->match = self->match != NULL ? self->match : text_of(output, "log_contains");
  self->no_match = text_of(log, "no_match_regex");
  self->no_match = self->no_match != NULL ? self->no_match : text_of(output, "no_log_contains");
  self->expect_ids = ids_of(log, "expect_ids");
  self->no_expect_ids = ids_of(log, "no_expect_ids");
  self->expect_error = g_strcmp0(scalar(output, "expect_error"), "true") == 0;
  self->isolated = g_strcmp0(scalar(output, "isolated"), "true") == 0;
  return self;
}

void ak_go_ftw_expected_free(AkGoFtwExpected *self) {
  if (self == NULL)
    return;
  g_free(self->response_contains);
  g_free(self->match);
  g_free(self->no_match);
  g_array_unref(self->expect_ids);
  g_array_unref(self->no_expect_ids);
  g_free(self);
}

/* --- as text
 * ------------------------------------------------------------------------------------------- */

static json_t *ids_json(const GArray *ids) {
  json_t *list = json_array();
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new(list, json_integer((json_int_t)g_array_index(ids, guint64, i)));
  return list;
}

char *ak_go_ftw_expected_to_text(const AkGoFtwExpected *self) {
  g_autoptr(json_t) json =
      json_pack("{s:{s:i, s:s*, s:s*, s:s*, s:o, s:o, s:b, s:b}}", "go-ftw", "status",
                (int)self->status, "response_contains", self->response_contains, "match",
                self->match, "no_match", self->no_match, "expect_ids", ids_json(self->expect_ids),
                "no_expect_ids", ids_json(self->no_expect_ids), "expect_error", self->expect_error,
                "isolated", self->isolated);
  return json != NULL ? ak_json_canonical(json, NULL, NULL) : NULL;
}

static GArray *ids_from(const json_t *list) {
  GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint64));
  for (gsize i = 0; i < json_array_size(list); i++) {
    guint64 id = (guint64)MAX(0, json_integer_value(json_array_get(list, i)));
    g_array_append_val(ids, id);
  }
  return ids;
}

AkGoFtwExpected *ak_go_ftw_expected_from_text(const char *text, GError **error) {
  g_autoptr(json_t) json = ak_json_parse(text, strlen(text), "expects", error);
  const json_t *own = json_object_get(json, "go-ftw");
  if (json == NULL)
    return NULL;
  if (!json_is_object(own)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "expects: there is no go-ftw in it");
    return NULL;
  }
  AkGoFtwExpected *self = g_new0(AkGoFtwExpected, 1);
  self->status = (guint)CLAMP(json_integer_value(json_object_get(own, "status")), 0, 999);
  self->response_contains = g_strdup(ak_json_string_or(own, "response_contains", NULL));
  self->match = g_strdup(ak_json_string_or(own, "match", NULL));
  self->no_match = g_strdup(ak_json_string_or(own, "no_match", NULL));
  self->expect_ids = ids_from(json_object_get(own, "expect_ids"));
  self->no_expect_ids = ids_from(json_object_get(own, "no_expect_ids"));
  self->expect_error = json_is_true(json_object_get(own, "expect_error"));
  self->isolated = json_is_true(json_object_get(own, "isolated"));
  return self;
}

/* --- looking
 * ------------------------------------------------------------------------------------------- */

/* Bytes, not text: logs and answers need not be UTF-8. */
static bool matches(const char *pattern, const char *data, gsize size, bool *found,
                    GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, &failure);
  if (regex == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", failure->message);
  *found = g_regex_match_full(regex, data, (gssize)size, 0, 0, NULL, NULL);
  return true;
}

static bool log_matches(const char *pattern, const AkGoFtwSeen *seen, bool *found, GError **error) {
  *found = false;
  for (gsize at = 0; at < seen->log_size && !*found;) {
    const char *line = seen->log + at, *end = memchr(line, '\n', seen->log_size - at);
    gsize size = end != NULL ? (gsize)(end - line) : seen->log_size - at;
    if (!matches(pattern, line, size, found, error))
      return false;
    at += size + 1;
  }
  return true;
}

static bool has_id(const GArray *ids, guint64 id) {
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index(ids, guint64, i) == id)
      return true;
  return false;
}

/* [id "942100"], or "id": 942100 of a log in JSON; ModSecurity 3's own JSON has "ruleId". Each
 * once. */
static GArray *rules_of(const AkGoFtwSeen *seen) {
  GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint64));
  g_autoptr(GRegex) regex =
      g_regex_new("\\[id \"(\\d+)\"\\]|\"(?:id|ruleId)\":\\s*\"?(\\d+)", G_REGEX_RAW, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  if (seen->log_size > 0)
    g_regex_match_full(regex, seen->log, (gssize)seen->log_size, 0, 0, &match, NULL);
  while (match != NULL && g_match_info_matches(match)) {
    g_autofree char *first = g_match_info_fetch(match, 1), *second = g_match_info_fetch(match, 2);
    const char *digits = first != NULL && *first != '\0' ? first : second;
    guint64 id = 0;
    if (digits != NULL && g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT64, &id, NULL) &&
        !has_id(ids, id))
      g_array_append_val(ids, id);
    if (!g_match_info_next(match, NULL))
      break;
  }
  return ids;
}

static bool ids_fit(const AkGoFtwExpected *expected, const AkGoFtwSeen *seen) {
  g_autoptr(GArray) rules = rules_of(seen);
  bool fits = !expected->isolated || rules->len == 1;
  for (guint i = 0; i < expected->expect_ids->len; i++)
    fits = fits && has_id(rules, g_array_index(expected->expect_ids, guint64, i));
  for (guint i = 0; i < expected->no_expect_ids->len; i++)
    fits = fits && !has_id(rules, g_array_index(expected->no_expect_ids, guint64, i));
  return fits;
}

bool ak_go_ftw_passes(const AkGoFtwExpected *expected, const AkGoFtwSeen *seen, bool *passes,
                      GError **error) {
  bool answer = true, match = true, no_match = false;
  if (seen->error || expected->expect_error) {
    /* an expected error ends the test; one that did not come fails it */
    *passes = seen->error && expected->expect_error;
    return true;
  }
  if ((expected->response_contains != NULL && !matches(expected->response_contains, seen->response,
                                                       seen->response_size, &answer, error)) ||
      (expected->match != NULL && !log_matches(expected->match, seen, &match, error)) ||
      (expected->no_match != NULL && !log_matches(expected->no_match, seen, &no_match, error)))
    return false;
  *passes = (expected->status == 0 || expected->status == seen->status) && answer && match &&
            !no_match && ids_fit(expected, seen);
  return true;
}
