#include "firmware/analysis/boot-config.h"

#include <string.h>

#define MAX_SETTINGS 5000
#define MAX_LINE_BYTES 4096

void ak_setting_free(AkSetting *self) {
  if (self == NULL)
    return;
  g_free(self->key);
  g_free(self->value);
  g_free(self);
}

static void add(GPtrArray *settings, const char *key, gsize key_size, const char *value,
                guint line) {
  AkSetting *setting = g_new0(AkSetting, 1);
  setting->key = g_ascii_strdown(key, (gssize)key_size);
  setting->value = g_strdup(value);
  setting->line = line;
  g_strstrip(setting->value);
  gsize length = strlen(setting->value);
  if (length >= 2 && (setting->value[0] == '"' || setting->value[0] == '\'') &&
      setting->value[length - 1] == setting->value[0]) {
    setting->value[length - 1] = '\0';
    memmove(setting->value, setting->value + 1, length - 1);
  }
  g_ptr_array_add(settings, setting);
}

static gsize key_length(const char *text) {
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || (text[length] != '\0' && strchr("_-.", text[length])))
    length++;
  return length;
}

/* A comment begins a line or follows white space; in quotes it is none. */
static void cut_comment(char *line) {
  char quote = 0;
  for (char *c = line; *c != '\0'; c++) {
    if (quote != 0)
      quote = *c == quote ? 0 : quote;
    else if (*c == '"' || *c == '\'')
      quote = *c;
    else if (*c == '#' && (c == line || g_ascii_isspace(c[-1])))
      *c = '\0';
    if (*c == '\0')
      return;
  }
}

/* --- one line of each form; false where it is none ---------------------------------------------
 */

static bool read_words(GPtrArray *settings, const char *line, guint number) {
  gsize length = key_length(line);
  const char *rest = line + length;
  if (length == 0 || (*rest != '\0' && strchr(" \t=:", *rest) == NULL))
    return *line == '[' || strncmp(line, "+=", 2) == 0; /* "[section]" says nothing here */
  while (g_ascii_isspace(*rest))
    rest++;
  if (*rest == '=' || (*rest == ':' && rest[1] != ':')) /* "::1" is an address */
    rest++;
  add(settings, line, length, rest, number);
  return true;
}

/* Several stand on one line; braces and semicolons end each. */
static bool read_blocks(GPtrArray *settings, const char *line, guint number) {
  bool good = true;
  g_auto(GStrv) parts = g_strsplit_set(line, ";{}", -1);
  for (char **part = parts; *part != NULL; part++) {
    char *text = g_strstrip(*part);
    if (strchr("$(),\"'", *text) != NULL)
      continue; /* the rest of a list, a condition: of no key */
    good = read_words(settings, text, number) && good;
  }
  return good;
}

static bool read_uci(GPtrArray *settings, const char *line, guint number) {
  static const char *const words[] = {"config", "option", "list", "package"};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
    gsize size = strlen(words[i]);
    if (strncmp(line, words[i], size) != 0 || !g_ascii_isspace(line[size]))
      continue;
    const char *key = line + size;
    while (g_ascii_isspace(*key))
      key++;
    char quote = *key == '\'' || *key == '"' ? *key : 0;
    key += quote != 0;
    gsize length = key_length(key);
    const char *rest = key + length + (quote != 0 && key[length] == quote);
    if (i == 1 || i == 2)
      add(settings, key, length, rest, number);
    if (i == 0)
      add(settings, AK_SETTINGS_SECTION, strlen(AK_SETTINGS_SECTION), key, number);
    return length > 0;
  }
  return false;
}

static bool read_ini(GPtrArray *settings, const char *line, guint number) {
  const char *equals = strchr(line, '=');
  if (*line == '[' || *line == ';')
    return true;
  if (equals == NULL || equals == line)
    return false;
  gsize length = (gsize)(equals - line);
  while (length > 0 && g_ascii_isspace(line[length - 1]))
    length--;
  add(settings, line, length, equals + 1, number);
  return length > 0;
}

static bool read_tags(GPtrArray *settings, const char *line, guint number) {
  gsize length = *line == '<' ? strcspn(line, " \t>") : 0, end = strlen(line);
  if (length == 0)
    return read_words(settings, line, number);
  if (line[1] == '/')
    return true;
  if (length < 2 || line[end - 1] != '>')
    return false;
  g_autofree char *value = g_strndup(line + length, end - 1 - length);
  add(settings, line, length, value, number);
  return true;
}

static bool read_lines(GPtrArray *settings, const char *line, guint number) {
  add(settings, "line", strlen("line"), line, number);
  return true;
}

static bool read_line(GPtrArray *settings, AkSettingsForm form, const char *line, guint number) {
  static bool (*const readers[])(GPtrArray *, const char *, guint) = {
      [AK_SETTINGS_WORDS] = read_words, [AK_SETTINGS_BLOCKS] = read_blocks,
      [AK_SETTINGS_UCI] = read_uci,     [AK_SETTINGS_INI] = read_ini,
      [AK_SETTINGS_TAGS] = read_tags,   [AK_SETTINGS_LINES] = read_lines,
  };
  return readers[form](settings, line, number);
}

/* Of lighttpd: what stands in "$SERVER[…] == … { … }" holds on a condition, and is another key. `depth` are its open braces. */
static void note_condition(GPtrArray *settings, guint before, const char *line, guint *depth) {
  bool is_inside = *depth > 0 || *line == '$';
  for (guint i = before; is_inside && i < settings->len; i++) {
    AkSetting *setting = settings->pdata[i];
    char *key = g_strconcat(AK_SETTINGS_CONDITION, setting->key, NULL);
    g_free(setting->key);
    setting->key = key;
  }
  for (const char *c = line; is_inside && *c != '\0'; c++)
    *depth = *c == '{' ? *depth + 1 : *c == '}' && *depth > 0 ? *depth - 1 : *depth;
}

GPtrArray *ak_boot_config_read(AkSettingsForm form, const guint8 *data, gsize size, guint *unread) {
  GPtrArray *settings = g_ptr_array_new_with_free_func((GDestroyNotify)ak_setting_free);
  guint number = 0, depth = 0;
  *unread = 0;
  for (gsize at = 0; at < size;) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize length = end != NULL ? (gsize)(end - (data + at)) : size - at;
    bool fits = length < MAX_LINE_BYTES && memchr(data + at, '\0', length) == NULL &&
                settings->len < MAX_SETTINGS;
    g_autofree char *line = fits ? g_strndup((const char *)data + at, length) : NULL;
    number++;
    at += length + 1;
    if (line != NULL) {
      cut_comment(line);
      g_strstrip(line);
    }
    guint before = settings->len;
    if (line == NULL || (*line != '\0' && !read_line(settings, form, line, number)))
      (*unread)++;
    if (line != NULL && form == AK_SETTINGS_BLOCKS)
      note_condition(settings, before, line, &depth);
  }
  return settings;
}

const char *ak_boot_config_first(const GPtrArray *settings, const char *key) {
  for (guint i = 0; settings != NULL && i < settings->len; i++)
    if (strcmp(((const AkSetting *)settings->pdata[i])->key, key) == 0)
      return ((const AkSetting *)settings->pdata[i])->value;
  return NULL;
}

const char *ak_boot_config_last(const GPtrArray *settings, const char *key) {
  for (guint i = settings != NULL ? settings->len : 0; i > 0; i--)
    if (strcmp(((const AkSetting *)settings->pdata[i - 1])->key, key) == 0)
      return ((const AkSetting *)settings->pdata[i - 1])->value;
  return NULL;
}

bool ak_boot_config_is_on(const char *value) {
  static const char *const on[] = {"yes", "on", "true", "1", "enable", "enabled", NULL};
  g_autofree char *lower = g_ascii_strdown(value, -1);
  return g_strv_contains(on, lower);
}

bool ak_firmware_boot_config_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkSettingsForm form = AK_SETTINGS_WORDS; form <= AK_SETTINGS_LINES; form++) {
    guint unread = 0;
    g_autoptr(GPtrArray) settings = ak_boot_config_read(form, data, size, &unread);
    g_assert_cmpuint(settings->len, <=, MAX_SETTINGS + MAX_LINE_BYTES);
    found += form != AK_SETTINGS_LINES ? settings->len : 0; /* any text has lines */
  }
  return found > 0;
}
