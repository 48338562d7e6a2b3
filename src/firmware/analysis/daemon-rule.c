#include "firmware/analysis/daemon-rule.h"

#include <gio/gio.h>
#include <string.h>

#include "util/json.h"

#define DATA "/akashi/firmware/daemons.json"
#define MAX_FILES (G_N_ELEMENTS(((AkBootService *)NULL)->configs) - 1)

typedef enum { SOUND, UNKNOWN, WEAK } Answer; /* in the order of a conjunction */

/* All is borrowed from the document, which stays. */
typedef struct {
  const char *setting, *other; /* the other name of the same, or NULL */
  const json_t *weak, *only; /* texts; `only` NULL: all values count */
  Answer missing;
} Condition;

typedef struct {
  const char *risk, *argument, *unless; /* arguments NULL: none */
  Condition conditions[4];
  guint count;
} Row;

/* One for each name; the service comes first, so that its judge finds the rows. */
typedef struct {
  AkBootService service;
  GArray *rows; /* of Row */
  const char *counts;
  bool has_defaults; /* without a file its defaults hold */
} Daemon;

struct _AkDaemons {
  json_t *document;
  GPtrArray *daemons; /* of Daemon */
};

static void daemon_free(Daemon *self) {
  g_array_unref(self->rows);
  g_free(self);
}

void ak_daemons_free(AkDaemons *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->daemons);
  json_decref(self->document);
  g_free(self);
}

/* --- judging -----------------------------------------------------------------------------------
 */

/* Source: RFC 1122, 3.2.1.3 (127/8), and RFC 4291, 2.5.3 (::1). A "-" before it is redis's: it may be missing. */
static bool is_loopback(const char *address) {
  if (*address == '-')
    address++;
  return g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0 || strcmp(address, "[::1]") == 0 ||
         g_ascii_strcasecmp(address, "localhost") == 0;
}

/* Is one of the addresses reached from other machines? What is not understood counts as such. */
static bool leaves_machine(const char *value) {
  g_auto(GStrv) addresses = g_strsplit_set(value, " \t,", -1);
  for (guint i = 0; addresses[i] != NULL; i++)
    if (*addresses[i] != '\0' && !is_loopback(addresses[i]))
      return true;
  return false;
}

/* "@on", "@off", "@any", "@outside", "@has TEXT", "@lacks TEXT", else the value itself, whatever the case. */
static bool is_weak(const char *rule, const char *value) {
  if (strcmp(rule, "@any") == 0)
    return true;
  if (strcmp(rule, "@on") == 0)
    return ak_boot_config_is_on(value);
  if (strcmp(rule, "@off") == 0)
    return !ak_boot_config_is_on(value);
  if (strcmp(rule, "@outside") == 0)
    return leaves_machine(value);
  if (g_str_has_prefix(rule, "@has "))
    return strstr(value, rule + strlen("@has ")) != NULL;
  if (g_str_has_prefix(rule, "@lacks "))
    return strstr(value, rule + strlen("@lacks ")) == NULL;
  return g_ascii_strcasecmp(rule, value) == 0;
}

static bool does_count(const Condition *self, const AkSetting *setting) {
  if (strcmp(setting->key, self->setting) != 0 && g_strcmp0(setting->key, self->other) != 0)
    return false;
  for (gsize i = 0; i < json_array_size(self->only); i++)
    if (g_str_has_prefix(setting->value, json_string_value(json_array_get(self->only, i))))
      return true;
  return self->only == NULL;
}

static Answer judge_value(const Condition *self, const char *value) {
  for (gsize i = 0; i < json_array_size(self->weak); i++)
    if (is_weak(json_string_value(json_array_get(self->weak, i)), value))
      return WEAK;
  return SOUND;
}

/* The first, the last or any value counts; what is missing may stand where it was not understood.
 */
static Answer judge_condition(const Condition *self, const char *counts, const AkBootFacts *facts) {
  Answer answer = UNKNOWN;
  bool is_there = false;
  for (guint i = 0; facts->settings != NULL && i < facts->settings->len; i++) {
    const AkSetting *setting = facts->settings->pdata[i];
    if (!does_count(self, setting))
      continue;
    Answer own = judge_value(self, setting->value);
    answer = !is_there || strcmp(counts, "last") == 0 ? own
             : strcmp(counts, "any") == 0             ? MAX(answer, own)
                                                      : answer;
    is_there = true;
  }
  return is_there ? answer : facts->is_partial ? UNKNOWN : self->missing;
}

static bool has_argument(const AkBootFacts *facts, const char *option) {
  for (const char *const *a = facts->arguments; option != NULL && *a != NULL; a++)
    if (g_str_has_prefix(*a, option))
      return true;
  return false;
}

static Answer judge_row(const Row *row, const char *counts, const AkBootFacts *facts) {
  Answer answer = row->count > 0 ? WEAK : SOUND;
  if (has_argument(facts, row->argument))
    return WEAK;
  if (has_argument(facts, row->unless))
    return SOUND;
  for (guint i = 0; i < row->count; i++)
    answer = MIN(answer, judge_condition(&row->conditions[i], counts, facts));
  return answer;
}

static const char *judge(const AkBootService *service, const AkBootFacts *facts, GPtrArray *risks) {
  const Daemon *self = (const Daemon *)service;
  bool is_unknown = false;
  bool has_settings = facts->settings != NULL || self->has_defaults;
  for (guint i = 0; i < self->rows->len; i++) {
    const Row *row = &g_array_index(self->rows, Row, i);
    Answer answer = has_settings || has_argument(facts, row->argument)
                        ? judge_row(row, self->counts, facts)
                        : UNKNOWN;
    is_unknown = is_unknown || answer == UNKNOWN;
    if (answer == WEAK && !g_ptr_array_find(risks, row->risk, NULL))
      g_ptr_array_add(risks, (gpointer)row->risk);
  }
  return !has_settings               ? "its settings are not in the image"
         : facts->has_open_arguments ? "its arguments come from variables"
         : facts->is_partial         ? "settings that were not understood"
         : is_unknown                ? "what holds by default depends on the version"
                                     : NULL;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool read_condition(const json_t *json, const char *where, Condition *out, GError **error) {
  static const char *const answers[] = {[SOUND] = "sound", [UNKNOWN] = "unknown", [WEAK] = "weak"};
  const char *missing = NULL;
  out->setting = ak_json_string(json, "setting", where, error);
  out->weak = out->setting != NULL ? ak_json_array(json, "weak", where, error) : NULL;
  missing = out->weak != NULL ? ak_json_string(json, "missing", where, error) : NULL;
  out->only = json_object_get(json, "only");
  out->other = json_string_value(json_object_get(json, "or"));
  for (gsize i = 0; missing != NULL && i < G_N_ELEMENTS(answers); i++) {
    out->missing = (Answer)i;
    if (strcmp(missing, answers[i]) == 0)
      return true;
  }
  return missing == NULL
             ? false
             : ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: missing is %s", where, missing);
}

static bool read_row(const json_t *json, const char *where, Row *out, GError **error) {
  *out = (Row){.argument = json_string_value(json_object_get(json, "argument")),
               .unless = json_string_value(json_object_get(json, "unless"))};
  out->risk = ak_json_string(json, "risk", where, error);
  const json_t *all = out->risk != NULL ? ak_json_array(json, "all", where, error) : NULL;
  if (all == NULL || json_array_size(all) > G_N_ELEMENTS(out->conditions))
    return all == NULL
               ? false
               : ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: too many conditions", where);
  for (gsize i = 0; i < json_array_size(all); i++)
    if (!read_condition(json_array_get(all, i), where, &out->conditions[out->count++], error))
      return false;
  return true;
}

static bool read_file(const json_t *json, const char *where, AkBootConfigFile *out,
                      GError **error) {
  static const char *const forms[] = {
      [AK_SETTINGS_WORDS] = "words", [AK_SETTINGS_BLOCKS] = "blocks",
      [AK_SETTINGS_UCI] = "uci",     [AK_SETTINGS_INI] = "ini",
      [AK_SETTINGS_TAGS] = "tags",   [AK_SETTINGS_LINES] = "lines"};
  const char *form = json_string_value(json_array_get(json, 1));
  out->file = json_string_value(json_array_get(json, 0));
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
    out->form = (AkSettingsForm)i;
    if (g_strcmp0(form, forms[i]) == 0 && out->file != NULL)
      return true;
  }
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a file without a known form", where);
}

static bool read_files(const json_t *json, const char *where, AkBootService *out, GError **error) {
  const json_t *files = ak_json_array(json, "files", where, error);
  if (files == NULL || json_array_size(files) > MAX_FILES)
    return files == NULL ? false
                         : ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: too many files", where);
  for (gsize i = 0; i < json_array_size(files); i++)
    if (!read_file(json_array_get(files, i), where, &out->configs[i], error))
      return false;
  return true;
}

static bool read_daemon(AkDaemons *self, const json_t *json, const char *name, GError **error) {
  Daemon *daemon = g_new0(Daemon, 1);
  g_ptr_array_add(self->daemons, daemon);
  daemon->rows = g_array_new(FALSE, FALSE, sizeof(Row));
  daemon->service.name = name;
  daemon->service.judge = judge;
  daemon->service.config_option = json_string_value(json_object_get(json, "option"));
  daemon->service.kind = ak_json_string(json, "kind", name, error);
  daemon->counts =
      daemon->service.kind != NULL ? ak_json_string(json, "counts", name, error) : NULL;
  daemon->has_defaults = json_object_get(json, "no_file") != NULL;
  const json_t *rows = daemon->counts != NULL ? ak_json_array(json, "rows", name, error) : NULL;
  if (rows == NULL || !read_files(json, name, &daemon->service, error))
    return false;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    Row row;
    if (!read_row(json_array_get(rows, i), name, &row, error))
      return false;
    g_array_append_val(daemon->rows, row);
  }
  return true;
}

AkDaemons *ak_daemons_read(const char *text, gsize size, GError **error) {
  g_autoptr(AkDaemons) self = g_new0(AkDaemons, 1);
  self->daemons = g_ptr_array_new_with_free_func((GDestroyNotify)daemon_free);
  self->document = ak_json_parse(text, size, "daemons.json", error);
  const json_t *all = self->document != NULL
                          ? ak_json_array(self->document, "daemons", "daemons.json", error)
                          : NULL;
  if (all == NULL)
    return NULL;
  for (gsize i = 0; i < json_array_size(all); i++) {
    const json_t *json = json_array_get(all, i), *names = json_object_get(json, "names");
    for (gsize n = 0; n < json_array_size(names); n++)
      if (!read_daemon(self, json, json_string_value(json_array_get(names, n)), error))
        return NULL;
  }
  return g_steal_pointer(&self);
}

AkDaemons *ak_daemons_new(GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(DATA, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (text != NULL)
    return ak_daemons_read(text, size, error);
  ak_error_set(error, AK_ERROR_NOT_FOUND, "there are no rows of daemons");
  return NULL;
}

const AkBootService *ak_daemons_find(const AkDaemons *self, const char *name) {
  for (guint i = 0; i < self->daemons->len; i++) {
    const Daemon *daemon = self->daemons->pdata[i];
    if (strcmp(daemon->service.name, name) == 0)
      return &daemon->service;
  }
  return NULL;
}
