#include "firmware/analysis/yara-rules.h"

#include <string.h>

#include "core/value.h"
#include "firmware/analysis/libyara.h"

#define MAX_TEXT_BYTES 256
#define MAX_STRINGS 10000 /* counted of one rule */

struct _AkYaraRules {
  YR_RULES *rules;
};

static char *clean(const char *text) {
  AkValue value = ak_value_text_from_bytes(text, strlen(text), MAX_TEXT_BYTES);
  return value.text;
}

/* --- compiling ---------------------------------------------------------------------------------
 */

/* The first error is kept; warnings are none. */
static void note_error(int level, const char *file, int line, const YR_RULE *rule,
                       const char *message, void *data) {
  char **first = data;
  if (level == YARA_ERROR_LEVEL_ERROR && *first == NULL) {
    g_autofree char *text = clean(message);
    *first = g_strdup_printf("line %d: %s", line, text);
  }
}

static YR_RULES *compile(const char *source, GError **error) {
  YR_COMPILER *compiler = NULL;
  YR_RULES *rules = NULL;
  g_autofree char *first = NULL;
  if (yr_compiler_create(&compiler) != ERROR_SUCCESS) {
    ak_error_set(error, AK_ERROR_LIMIT, "no memory for rules");
    return NULL;
  }
  yr_compiler_set_callback(compiler, note_error, &first);
  yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
  if (yr_compiler_add_string(compiler, source, NULL) != 0 ||
      yr_compiler_get_rules(compiler, &rules) != ERROR_SUCCESS) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", first != NULL ? first : "not understood");
    rules = NULL;
  }
  yr_compiler_destroy(compiler);
  return rules;
}

/* Modules are named before they are loaded. Source: YARA 4.2, "Modules": magic reads the database
 * of file(1), cuckoo a report of a sandbox. */
static int refuse_modules(YR_SCAN_CONTEXT *context, int message, void *data, void *user) {
  static const char *const refused[] = {"magic", "cuckoo", NULL};
  const char **bad = user;
  if (message != CALLBACK_MSG_IMPORT_MODULE)
    return CALLBACK_CONTINUE;
  const char *name = ((YR_MODULE_IMPORT *)data)->module_name;
  for (gsize i = 0; refused[i] != NULL; i++)
    if (strcmp(name, refused[i]) == 0)
      *bad = refused[i];
  return *bad != NULL ? CALLBACK_ABORT : CALLBACK_CONTINUE;
}

bool ak_yara_rules_preload(GError **error) {
  return ak_yara_load(error);
}

AkYaraRules *ak_yara_rules_new(const char *source, GError **error) {
  static const guint8 nothing[1];
  const char *bad = NULL;
  if (!ak_yara_load(error))
    return NULL;
  if (strlen(source) > AK_YARA_MAX_SOURCE || yr_initialize() != ERROR_SUCCESS) {
    ak_error_set(error, AK_ERROR_LIMIT, "rules of more than %u bytes", AK_YARA_MAX_SOURCE);
    return NULL;
  }
  g_autoptr(AkYaraRules) self = g_new0(AkYaraRules, 1);
  self->rules = compile(source, error);
  if (self->rules == NULL)
    return NULL;
  yr_rules_scan_mem(self->rules, nothing, 0, SCAN_FLAGS_NO_TRYCATCH, refuse_modules, &bad, 1);
  if (bad != NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "module \"%s\" is not there", bad);
    return NULL;
  }
  return g_steal_pointer(&self);
}

char *ak_yara_rules_place(const char *where, const char *reason) {
  static const char line[] = "line "; /* as note_error says it */
  bool has_line = g_str_has_prefix(reason, line);
  return g_strdup_printf(has_line ? "%s:%s" : "%s: %s", where, reason + (has_line ? strlen(line) : 0));
}

void ak_yara_rules_free(AkYaraRules *self) {
  if (self == NULL)
    return;
  if (self->rules != NULL)
    yr_rules_destroy(self->rules);
  yr_finalize();
  g_free(self);
}

guint ak_yara_rules_count(const AkYaraRules *self) {
  guint count = 0;
  const YR_RULE *rule = NULL;
  yr_rules_foreach(self->rules, rule) {
    count += !RULE_IS_PRIVATE(rule);
  }
  return count;
}

/* --- looking -----------------------------------------------------------------------------------
 */

void ak_yara_match_free(AkYaraMatch *self) {
  if (self == NULL)
    return;
  g_free(self->rule);
  g_free(self->severity);
  g_free(self->description);
  g_free(self->string);
  g_free(self);
}

typedef struct {
  GPtrArray *matches;
  gsize size;
  bool is_cut; /* a string stands at more places than YARA counts */
} Looking;

static void note_meta(AkYaraMatch *self, const YR_META *meta) {
  char **place = g_ascii_strcasecmp(meta->identifier, "severity") == 0      ? &self->severity
                 : g_ascii_strcasecmp(meta->identifier, "description") == 0 ? &self->description
                                                                            : NULL;
  if (place == NULL || *place != NULL)
    return;
  if (meta->type == META_TYPE_STRING)
    *place = clean(meta->string);
  else if (meta->type == META_TYPE_INTEGER)
    *place = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)meta->integer);
}

static void note_strings(YR_SCAN_CONTEXT *context, AkYaraMatch *self, YR_RULE *rule) {
  YR_STRING *string = NULL;
  yr_rule_strings_foreach(rule, string) {
    const YR_MATCH *match = NULL;
    yr_string_matches_foreach(context, string, match) {
      gsize at = (gsize)(match->base + match->offset);
      if (self->strings++ == 0 || at < self->offset) {
        self->offset = at;
        self->length = (gsize)match->match_length;
        g_free(self->string);
        self->string = clean(string->identifier);
      }
      if (self->strings >= MAX_STRINGS)
        return;
    }
  }
}

static int take(YR_SCAN_CONTEXT *context, int message, void *data, void *user) {
  Looking *self = user;
  self->is_cut = self->is_cut || message == CALLBACK_MSG_TOO_MANY_MATCHES;
  if (message != CALLBACK_MSG_RULE_MATCHING)
    return CALLBACK_CONTINUE;
  YR_RULE *rule = data;
  YR_META *meta = NULL;
  AkYaraMatch *match = g_new0(AkYaraMatch, 1);
  match->rule = clean(rule->identifier);
  match->length = self->size;
  yr_rule_metas_foreach(rule, meta) {
    note_meta(match, meta);
  }
  note_strings(context, match, rule);
  g_ptr_array_add(self->matches, match);
  return CALLBACK_CONTINUE;
}

GPtrArray *ak_yara_rules_find(AkYaraRules *self, const guint8 *data, gsize size, guint seconds,
                              const char **cut) {
  Looking looking = {.size = size};
  looking.matches = g_ptr_array_new_with_free_func((GDestroyNotify)ak_yara_match_free);
  int answer = yr_rules_scan_mem(self->rules, data, size, SCAN_FLAGS_NO_TRYCATCH, take, &looking,
                                 (int)seconds);
  *cut = answer == ERROR_SCAN_TIMEOUT ? "the time allowed for a file ended"
         : answer != ERROR_SUCCESS    ? "the rules could not be held against a file"
         : looking.is_cut             ? "a string stands at more places than are counted"
                                      : NULL;
  return looking.matches;
}
