#include "catalog/rule.h"

#include <string.h>

#include "util/json.h"

#define MAX_TRIGGERS 16
#define MAX_NEEDS 32

static void trigger_free(AkRuleTrigger *self) {
  g_free(self->text);
  ak_expression_free(self->when);
  g_free(self->finding);
  g_free(self->severity);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRuleTrigger, trigger_free)

static void need_free(AkNeed *self) {
  g_free(self->name);
  g_strfreev(self->items);
  ak_expression_free(self->subjects);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkNeed, need_free)

void ak_rule_free(AkRule *self) {
  if (self == NULL)
    return;
  ak_expression_free(self->applies);
  ak_expression_free(self->pass);
  g_clear_pointer(&self->fail, g_ptr_array_unref);
  g_clear_pointer(&self->refute, g_ptr_array_unref);
  g_clear_pointer(&self->needs, g_ptr_array_unref);
  g_free(self->text);
  g_free(self);
}

bool ak_rule_check_members(const json_t *object, const char *const *allowed, const char *where,
                           GError **error) {
  if (!json_is_object(object))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an object is expected", where);
  const char *key = NULL;
  json_t *value = NULL;
  json_object_foreach((json_t *)object, key, value) {
    if (!g_strv_contains(allowed, key))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown member \"%s\"", where, key);
  }
  return true;
}

/* --- triggers ------------------------------------------------------------------------------- */

static bool is_key(const char *text) {
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_islower(*at) && !g_ascii_isdigit(*at) && *at != '-')
      return false;
  return *text != '\0';
}

static AkRuleTrigger *parse_trigger(const json_t *json, const char *where, GError **error) {
  static const char *const members[] = {"when", "finding", "severity", NULL};
  static const char *const severities[] = {"critical", "high", "medium", "low", "info", NULL};
  if (!ak_rule_check_members(json, members, where, error))
    return NULL;
  const char *when = ak_json_string(json, "when", where, error);
  const char *finding = when ? ak_json_string(json, "finding", where, error) : NULL;
  const char *severity = finding ? ak_json_string(json, "severity", where, error) : NULL;
  if (severity == NULL)
    return NULL;
  if (!is_key(finding) || !g_strv_contains(severities, severity)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: finding \"%s\" of severity \"%s\"", where,
                 finding, severity);
    return NULL;
  }
  g_autoptr(AkRuleTrigger) self = g_new0(AkRuleTrigger, 1);
  self->text = g_strdup(when);
  self->finding = g_strdup(finding);
  self->severity = g_strdup(severity);
  self->when = ak_expression_parse(when, where, error);
  return self->when != NULL ? g_steal_pointer(&self) : NULL;
}

GPtrArray *ak_rule_parse_triggers(const json_t *json, const char *where, GError **error) {
  g_autoptr(GPtrArray) triggers = g_ptr_array_new_with_free_func((GDestroyNotify)trigger_free);
  if (json != NULL && (!json_is_array(json) || json_array_size(json) > MAX_TRIGGERS)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: an array of at most %d is expected", where,
                 MAX_TRIGGERS);
    return NULL;
  }
  for (gsize i = 0; i < json_array_size(json); i++) {
    g_autofree char *place = g_strdup_printf("%s %u", where, (guint)i + 1);
    AkRuleTrigger *trigger = parse_trigger(json_array_get(json, i), place, error);
    if (trigger == NULL)
      return NULL;
    g_ptr_array_add(triggers, trigger);
  }
  return g_steal_pointer(&triggers);
}

/* --- needs ---------------------------------------------------------------------------------- */

static bool parse_plain_need(AkNeed *self, const char *text, const char *where, GError **error) {
  static const struct {
    const char *prefix;
    AkNeedKind kind;
  } kinds[] = {{"discover:", AK_NEED_DISCOVER}, {"state:", AK_NEED_STATE}, {"ixit:", AK_NEED_IXIT}};
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (g_str_has_prefix(text, kinds[i].prefix)) {
      self->kind = kinds[i].kind;
      self->name = g_strdup(text + strlen(kinds[i].prefix));
    }
  if (strcmp(text, "answer") == 0) {
    self->kind = AK_NEED_ANSWER;
    self->name = g_strdup("");
  }
  bool known = self->name != NULL;
  if (known && self->kind == AK_NEED_DISCOVER)
    known = strcmp(self->name, "tcp") == 0 || strcmp(self->name, "udp") == 0;
  if (known && self->kind == AK_NEED_STATE)
    known = strcmp(self->name, "initialized") == 0 || strcmp(self->name, "factory-default") == 0;
  return known ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown need \"%s\"", where, text);
}

static bool parse_coverage_need(AkNeed *self, const json_t *json, const char *where,
                                GError **error) {
  static const char *const members[] = {"coverage", "of", "each", NULL};
  if (!ak_rule_check_members(json, members, where, error))
    return false;
  const char *property = ak_json_string(json, "coverage", where, error);
  const char *each = property ? ak_json_string(json, "each", where, error) : NULL;
  const json_t *items = each ? ak_json_array(json, "of", where, error) : NULL;
  if (items == NULL)
    return false;
  self->kind = AK_NEED_COVERAGE;
  self->name = g_strdup(property);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(items); i++) {
    const char *item = json_string_value(json_array_get(items, i));
    if (item == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"of\" holds texts only", where);
    g_strv_builder_add(builder, item);
  }
  self->items = g_strv_builder_end(builder);
  if (self->items[0] == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"of\" is empty", where);
  self->subjects = ak_expression_parse_subjects(each, where, error);
  return self->subjects != NULL;
}

static GPtrArray *parse_needs(const json_t *json, const char *where, GError **error) {
  g_autoptr(GPtrArray) needs = g_ptr_array_new_with_free_func((GDestroyNotify)need_free);
  if (json != NULL && (!json_is_array(json) || json_array_size(json) > MAX_NEEDS)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: needs: an array of at most %d is expected",
                 where, MAX_NEEDS);
    return NULL;
  }
  for (gsize i = 0; i < json_array_size(json); i++) {
    g_autofree char *place = g_strdup_printf("%s: need %u", where, (guint)i + 1);
    g_autoptr(AkNeed) need = g_new0(AkNeed, 1);
    const json_t *item = json_array_get(json, i);
    if (!(json_is_string(item) ? parse_plain_need(need, json_string_value(item), place, error)
                               : parse_coverage_need(need, item, place, error)))
      return NULL;
    g_ptr_array_add(needs, g_steal_pointer(&need));
  }
  return g_steal_pointer(&needs);
}

/* --- the rule ------------------------------------------------------------------------------- */

/* P1Y, P6M, P30D: one unit. Source: ISO 8601-1, 5.5.2.2. */
static bool parse_expires(AkRule *self, const char *text, const char *where, GError **error) {
  gsize length = strlen(text);
  guint64 number = 0;
  g_autofree char *digits = length > 2 ? g_strndup(text + 1, length - 2) : g_strdup("");
  char unit = length > 0 ? text[length - 1] : '\0';
  if (text[0] != 'P' || strchr("YMD", unit) == NULL ||
      !g_ascii_string_to_unsigned(digits, 10, 1, 1200, &number, NULL))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: expires is \"%s\", a period such as P1Y is expected", where, text);
  if (unit == 'D')
    self->expires_days = (guint)number;
  else
    self->expires_months = (guint)number * (unit == 'Y' ? 12 : 1);
  return true;
}

static bool parse_parts(AkRule *self, const json_t *json, const char *where, GError **error) {
  g_autofree char *fail = g_strdup_printf("%s: fail", where);
  g_autofree char *refute = g_strdup_printf("%s: refute", where);
  g_autofree char *pass_place = g_strdup_printf("%s: pass", where);
  g_autofree char *applies_place = g_strdup_printf("%s: applies", where);
  const json_t *applies = json_object_get(json, "applies");
  if (applies != NULL && (self->applies = ak_expression_parse(
                              json_is_string(applies) ? json_string_value(applies) : "",
                              applies_place, error)) == NULL)
    return false;
  const char *pass = ak_json_string(json, "pass", where, error);
  const char *expires = pass ? ak_json_string(json, "expires", where, error) : NULL;
  return expires != NULL && parse_expires(self, expires, where, error) &&
         (self->pass = ak_expression_parse(pass, pass_place, error)) != NULL &&
         (self->needs = parse_needs(json_object_get(json, "needs"), where, error)) != NULL &&
         (self->fail = ak_rule_parse_triggers(json_object_get(json, "fail"), fail, error)) !=
             NULL &&
         (self->refute = ak_rule_parse_triggers(json_object_get(json, "refute"), refute, error)) !=
             NULL;
}

static bool check_limits(const json_t *json, const char *where, GError **error) {
  const json_t *texts = json_object_get(json, "does_not_show");
  static const char *const languages[] = {"en", "ja", NULL};
  return texts == NULL || (ak_rule_check_members(texts, languages, where, error) &&
                           ak_json_string(texts, "en", where, error) != NULL &&
                           ak_json_string(texts, "ja", where, error) != NULL);
}

static void describe_triggers(GString *text, const char *word, const GPtrArray *triggers) {
  for (guint i = 0; i < triggers->len; i++) {
    const AkRuleTrigger *trigger = triggers->pdata[i];
    g_string_append_printf(text, "%s: %s; ", word, trigger->text);
  }
}

static char *describe(const AkRule *self, const json_t *json) {
  GString *text = g_string_new(NULL);
  if (self->applies != NULL)
    g_string_append_printf(text, "applies: %s; ", ak_json_string_or(json, "applies", ""));
  describe_triggers(text, "fail", self->fail);
  describe_triggers(text, "refute", self->refute);
  for (guint i = 0; i < self->needs->len; i++) {
    const json_t *need = json_array_get(json_object_get(json, "needs"), i);
    g_autofree char *object = json_is_object(need) ? ak_json_canonical(need, NULL, NULL) : NULL;
    g_string_append_printf(text, "needs: %s; ", object ? object : json_string_value(need));
  }
  g_string_append_printf(text, "pass: %s; expires: %s", ak_json_string_or(json, "pass", ""),
                         ak_json_string_or(json, "expires", ""));
  return g_string_free(text, FALSE);
}

AkRule *ak_rule_parse(const json_t *json, const char *where, GError **error) {
  static const char *const members[] = {"applies", "fail",    "refute",        "needs",
                                        "pass",    "expires", "does_not_show", NULL};
  if (!ak_rule_check_members(json, members, where, error) || !check_limits(json, where, error))
    return NULL;
  g_autoptr(AkRule) self = g_new0(AkRule, 1);
  if (!parse_parts(self, json, where, error))
    return NULL;
  self->text = describe(self, json);
  return g_steal_pointer(&self);
}

typedef bool (*Visit)(const AkExpression *node, gpointer data, GError **error);

static bool visit_triggers(const GPtrArray *triggers, Visit visit, gpointer data, GError **error) {
  for (guint i = 0; i < triggers->len; i++) {
    const AkRuleTrigger *trigger = triggers->pdata[i];
    if (!ak_expression_foreach(trigger->when, visit, data, error))
      return false;
  }
  return true;
}

bool ak_rule_foreach(const AkRule *self, Visit visit, gpointer data, GError **error) {
  for (guint i = 0; i < self->needs->len; i++) {
    const AkNeed *need = self->needs->pdata[i];
    if (!ak_expression_foreach(need->subjects, visit, data, error))
      return false;
  }
  return ak_expression_foreach(self->applies, visit, data, error) &&
         visit_triggers(self->fail, visit, data, error) &&
         visit_triggers(self->refute, visit, data, error) &&
         ak_expression_foreach(self->pass, visit, data, error);
}
