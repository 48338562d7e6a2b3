#include "web/api/query.h"

#include <gio/gio.h>
#include <string.h>

#define DAY "2026-11-23"
#define MAX_SHOWN 100 /* characters of a wrong value that are told back */

/* --- cursors ---------------------------------------------------------------------------------------- */

bool ak_api_cursor_parse(const char *text, gint64 *out) {
  return *text == 'c' && g_ascii_isdigit(text[1]) && (text[1] != '0' || text[2] == '\0') &&
         g_ascii_string_to_signed(text + 1, 10, 0, G_MAXINT64, out, NULL);
}

char *ak_api_cursor_text(gint64 number) { return g_strdup_printf("c%" G_GINT64_FORMAT, number); }

/* --- one value ---------------------------------------------------------------------------------------- */

static bool is_text(const AkApiParameter *self, const char *value) {
  glong length = g_utf8_strlen(value, -1);
  return length >= self->min && length <= self->max;
}

static bool is_integer(const AkApiParameter *self, const char *value) {
  gint64 number = 0;
  return *value != '+' && g_ascii_string_to_signed(value, 10, self->min, self->max, &number, NULL);
}

static bool is_choice(const AkApiParameter *self, const char *value) {
  g_auto(GStrv) words = g_strsplit(self->choices, "|", -1);
  return g_strv_contains((const char *const *)words, value);
}

static bool is_flag(const AkApiParameter *self, const char *value) {
  return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

bool ak_api_date_parse(const char *text, gint64 *out_utc_us) {
  for (gsize i = 0; i < strlen(DAY); i++)
    if (DAY[i] == '-' ? text[i] != '-' : !g_ascii_isdigit(text[i]))
      return false;
  g_autofree char *full = text[strlen(DAY)] == '\0' ? g_strconcat(text, "T00:00:00Z", NULL) : NULL;
  g_autoptr(GDateTime) day = full != NULL ? g_date_time_new_from_iso8601(full, NULL) : NULL;
  if (day == NULL)
    return false;
  *out_utc_us = g_date_time_to_unix(day) * G_USEC_PER_SEC;
  return true;
}

static bool is_date(const AkApiParameter *self, const char *value) {
  gint64 when_utc_us = 0;
  return ak_api_date_parse(value, &when_utc_us);
}

static bool is_cursor(const AkApiParameter *self, const char *value) {
  gint64 number = 0;
  return ak_api_cursor_parse(value, &number);
}

static bool (*const checks[])(const AkApiParameter *, const char *) = {
    [AK_API_TEXT] = is_text, [AK_API_INTEGER] = is_integer, [AK_API_CHOICE] = is_choice,
    [AK_API_FLAG] = is_flag, [AK_API_DATE] = is_date,       [AK_API_CURSOR] = is_cursor,
};

/* --- the query ---------------------------------------------------------------------------------------- */

typedef struct {
  AkLang lang;
  char **parameter;
  GError **error;
} Refusal;

static bool refuse(const Refusal *self, const char *name, const char *text_id, const char *value) {
  g_autofree char *shown = g_utf8_make_valid(value != NULL ? value : "", -1);
  if (g_utf8_strlen(shown, -1) > MAX_SHOWN)
    *g_utf8_offset_to_pointer(shown, MAX_SHOWN) = '\0';
  *self->parameter = g_utf8_make_valid(name, -1);
  if (g_utf8_strlen(*self->parameter, -1) > MAX_SHOWN)
    *g_utf8_offset_to_pointer(*self->parameter, MAX_SHOWN) = '\0';
  g_autofree char *detail = ak_text_format(self->lang, text_id, *self->parameter, shown);
  return ak_error_set(self->error, AK_ERROR_CONFIG, "%s", detail);
}

static const AkApiParameter *declared_of(const AkApiParameter *declared, const char *name) {
  for (; declared != NULL && declared->name != NULL; declared++)
    if (strcmp(declared->name, name) == 0)
      return declared;
  return NULL;
}

/* Percent-decoded UTF-8 without a zero byte, or NULL. */
static char *decode(const char *text) {
  g_autofree char *decoded = g_uri_unescape_string(text != NULL ? text : "", NULL);
  return decoded != NULL && g_utf8_validate(decoded, -1, NULL) ? g_steal_pointer(&decoded) : NULL;
}

static bool take(GHashTable *lists, const AkApiParameter *declared, const AkApiPair *pair,
                 const Refusal *refusal) {
  g_autofree char *name = decode(pair->name);
  const AkApiParameter *parameter = name != NULL ? declared_of(declared, name) : NULL;
  if (parameter == NULL)
    return refuse(refusal, pair->name != NULL ? pair->name : "", "api.detail.unknown-parameter", "");
  g_autofree char *value = decode(pair->value);
  if (value == NULL || !checks[parameter->type](parameter, value))
    return refuse(refusal, parameter->name, "api.detail.bad-value", pair->value);
  GPtrArray *list = g_hash_table_lookup(lists, parameter->name);
  if (list == NULL) {
    list = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(lists, (gpointer)parameter->name, list);
  }
  if (list->len >= MAX(parameter->most, 1u))
    return refuse(refusal, parameter->name, "api.detail.too-often", pair->value);
  g_ptr_array_add(list, g_steal_pointer(&value));
  return true;
}

static GHashTable *arguments_of(GHashTable *lists) {
  GHashTable *arguments =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_strfreev);
  GHashTableIter iter;
  gpointer name = NULL, value = NULL;
  g_hash_table_iter_init(&iter, lists);
  while (g_hash_table_iter_next(&iter, &name, &value)) {
    GStrvBuilder *builder = g_strv_builder_new();
    for (guint i = 0; i < ((GPtrArray *)value)->len; i++)
      g_strv_builder_add(builder, ((GPtrArray *)value)->pdata[i]);
    g_hash_table_insert(arguments, name, g_strv_builder_end(builder));
    g_strv_builder_unref(builder);
  }
  return arguments;
}

GHashTable *ak_api_query_check(const AkApiParameter *declared, const AkApiPair *pairs, gsize count,
                               AkLang lang, char **parameter, GError **error) {
  Refusal refusal = {lang, parameter, error};
  g_autoptr(GHashTable) lists =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  if (count > AK_API_MAX_QUERY) {
    refuse(&refusal, "", "api.detail.too-many-parameters", "");
    return NULL;
  }
  for (gsize i = 0; i < count; i++)
    if (!take(lists, declared, &pairs[i], &refusal))
      return NULL;
  for (; declared != NULL && declared->name != NULL; declared++) {
    const GPtrArray *list = g_hash_table_lookup(lists, declared->name);
    guint least = MAX(declared->least, declared->required ? 1u : 0u);
    if (least > 0 && (list == NULL || list->len < least)) {
      refuse(&refusal, declared->name, "api.detail.missing-parameter", "");
      return NULL;
    }
  }
  return arguments_of(lists);
}

/* --- fuzzing -------------------------------------------------------------------------------------------- */

#define FUZZ_PAIRS 16

/* As the end of a path it fits an operation, or none; each part that a {…} matched is plain. */
static void fuzz_path(const char *text) {
  g_autofree char *path = g_strconcat(AK_API_ROOT "/", text, NULL);
  g_auto(GStrv) parameters = NULL;
  if (ak_api_find(path, &parameters) == NULL)
    return;
  for (gsize i = 0; parameters[i] != NULL; i++)
    g_assert(*parameters[i] != '\0' && strchr(parameters[i], '/') == NULL &&
             g_utf8_validate(parameters[i], -1, NULL));
}

/* "name=value&name=value" against a parameter of each type; and the same text as a path. */
bool ak_web_api_query_fuzz(const guint8 *data, gsize size) {
  static const AkApiParameter declared[] = {
      {.name = "text", .type = AK_API_TEXT, .max = 5, .most = 3},
      {.name = "limit", .type = AK_API_INTEGER, .min = 1, .max = 200},
      {.name = "choice", .type = AK_API_CHOICE, .choices = "en|ja"},
      {.name = "flag", .type = AK_API_FLAG},
      {.name = "date", .type = AK_API_DATE},
      {.name = "cursor", .type = AK_API_CURSOR},
      {.name = NULL},
  };
  g_autofree char *text = g_strndup((const char *)data, size);
  fuzz_path(text);
  g_auto(GStrv) parts = g_strsplit(text, "&", FUZZ_PAIRS);
  AkApiPair pairs[FUZZ_PAIRS];
  gsize count = 0;
  for (; parts[count] != NULL; count++) {
    char *equals = strchr(parts[count], '=');
    if (equals != NULL)
      *equals = '\0';
    pairs[count] = (AkApiPair){parts[count], equals != NULL ? equals + 1 : NULL};
  }
  g_autofree char *parameter = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) arguments =
      ak_api_query_check(declared, pairs, count, AK_LANG_EN, &parameter, &error);
  g_assert((arguments != NULL) == (error == NULL) && (error != NULL) == (parameter != NULL));
  if (arguments == NULL)
    return false;
  GStrv cursors = g_hash_table_lookup(arguments, "cursor");
  gint64 number = 0;
  if (cursors != NULL) {
    g_assert(ak_api_cursor_parse(cursors[0], &number));
    g_autofree char *again = ak_api_cursor_text(number);
    g_assert_cmpstr(again, ==, cursors[0]);
  }
  return count > 0;
}
