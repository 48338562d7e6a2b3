#include "firmware/analysis/web-config.h"

#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-config.h"
#include "firmware/analysis/boot-start.h"
#include "firmware/analysis/boot-words.h"

#define MAX_PLACES 50

void ak_web_config_init(AkWebConfig *self) {
  self->roots = g_ptr_array_new_with_free_func(g_free);
  self->cgi = g_ptr_array_new_with_free_func(g_free);
  self->ends = g_ptr_array_new_with_free_func(g_free);
}

void ak_web_config_clear(AkWebConfig *self) {
  g_clear_pointer(&self->roots, g_ptr_array_unref);
  g_clear_pointer(&self->cgi, g_ptr_array_unref);
  g_clear_pointer(&self->ends, g_ptr_array_unref);
}

/* --- which files -------------------------------------------------------------------------------
 */

static const struct {
  const char *part; /* of the path */
  AkSettingsForm form;
} files[] = {
    {"lighttpd", AK_SETTINGS_WORDS},     {"nginx", AK_SETTINGS_BLOCKS},      {"/etc/config/uhttpd", AK_SETTINGS_UCI},
    {"/boa.conf", AK_SETTINGS_WORDS},    {"/thttpd.conf", AK_SETTINGS_WORDS}, {"mini_httpd.conf", AK_SETTINGS_WORDS},
    {"/httpd.conf", AK_SETTINGS_WORDS},  {"apache2", AK_SETTINGS_WORDS},      {"mini-httpd.conf", AK_SETTINGS_WORDS},
};

static int file_of(const char *path) {
  bool is_settings = g_str_has_suffix(path, ".conf") || strstr(path, "/etc/config/") != NULL || strstr(path, "/sites-enabled/") != NULL;
  for (gsize i = 0; is_settings && i < G_N_ELEMENTS(files); i++)
    if (strstr(path, files[i].part) != NULL)
      return (int)i;
  return -1;
}

bool ak_web_config_is(const char *path) {
  return file_of(path) >= 0;
}

/* --- what they say -----------------------------------------------------------------------------
 */

static void add(GPtrArray *places, const char *text, gsize size) {
  while (size > 1 && text[size - 1] == '/')
    size--;
  g_autofree char *place = g_strndup(text, size);
  for (guint i = 0; i < places->len; i++)
    if (strcmp(places->pdata[i], place) == 0)
      return;
  if (size > 1 && places->len < MAX_PLACES && strpbrk(place, "$*{") == NULL)
    g_ptr_array_add(places, g_steal_pointer(&place));
}

static void add_folder(GPtrArray *places, const char *text) {
  text += strspn(text, "\"' \t");
  if (*text == '/')
    add(places, text, strcspn(text, "\"'; \t"));
}

/* Each quoted word of a list that is an ending or, where `folders` is given, a folder. */
static void add_quoted(const char *text, GPtrArray *ends, GPtrArray *folders) {
  g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
  for (guint i = 1; i < g_strv_length(parts); i += 2) {
    if (ends != NULL && parts[i][0] == '.')
      add(ends, parts[i], strlen(parts[i]));
    if (folders != NULL && parts[i][0] == '/')
      add(folders, parts[i], strlen(parts[i]));
  }
}

/* "ScriptAlias /cgi-bin/ /opt/cgi/": the folder is the second word. */
static void add_alias(GPtrArray *places, const char *value) {
  g_auto(GStrv) words = ak_boot_words_split(value);
  if (words[0] != NULL && words[1] != NULL)
    add_folder(places, words[1]);
}

static void take_setting(const AkSetting *setting, AkWebConfig *out) {
  static const char *const roots[] = {"server.document-root", "documentroot", "root", "alias", "home", "dir", NULL};
  const char *key = setting->key, *value = setting->value;
  if (g_strv_contains(roots, key))
    add_folder(out->roots, value);
  else if (strcmp(key, "scriptalias") == 0)
    add_alias(out->cgi, value);
  else if (strcmp(key, "cgi_prefix") == 0)
    add_folder(out->cgi, value);
  else if (strcmp(key, "interpreter") == 0 && *value == '.')
    add(out->ends, value, strcspn(value, "="));
  else if (strcmp(key, "cgi.assign") == 0)
    add_quoted(value, out->ends, NULL);
  else if (strcmp(key, "alias.url") == 0)
    add_quoted(value, NULL, out->roots);
  else if (strcmp(key, "h") == 0) /* BusyBox, "H:/www" */
    add_folder(out->roots, value);
}

/* "*.php:/usr/bin/php-cgi" of BusyBox. */
static void take_line(const char *line, AkWebConfig *out) {
  if (g_str_has_prefix(line, "*.") && strchr(line, ':') != NULL)
    add(out->ends, line + 1, strcspn(line + 1, ":"));
  else if (g_str_has_prefix(line, "cgi.assign") || g_str_has_prefix(line, "\"."))
    add_quoted(line, out->ends, NULL); /* lists of lighttpd go over lines */
}

void ak_web_config_read(const char *path, const guint8 *data, gsize size, AkWebConfig *out) {
  int file = file_of(path);
  guint unread = 0;
  if (file < 0)
    return;
  g_autoptr(GPtrArray) settings = ak_boot_config_read(files[file].form, data, size, &unread);
  for (guint i = 0; i < settings->len; i++)
    take_setting(settings->pdata[i], out);
  g_autofree char *text = g_strndup(size > 0 ? (const char *)data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    take_line(g_strstrip(*line), out);
}

void ak_web_config_script(const guint8 *data, gsize size, AkWebConfig *out) {
  static const struct {
    const char *name;
    char letter;
    const char *valued;
  } servers[] = {{"httpd", 'h', "pucrdeh"}, {"uhttpd", 'h', "pshEIxlLtTAnNCKuUrmikeaX"}, {"thttpd", 'd', "CpdTcurlvPMt"},
                 {"mini_httpd", 'd', "CpducrlihTPM"}};
  g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_SCRIPT, data, size, NULL, NULL);
  for (guint i = 0; i < commands->len; i++) {
    const AkBootCommand *command = commands->pdata[i];
    for (gsize k = 0; k < G_N_ELEMENTS(servers); k++) {
      bool is_server = !command->is_never && strcmp(ak_boot_start_name(command->program), servers[k].name) == 0;
      const char *folder = is_server ? ak_boot_argument_letter((const char *const *)command->arguments, servers[k].valued, servers[k].letter) : NULL;
      if (folder != NULL)
        add_folder(out->roots, folder);
    }
  }
}

bool ak_firmware_web_config_fuzz(const guint8 *data, gsize size) {
  static const char *const paths[] = {"/etc/lighttpd/lighttpd.conf", "/etc/nginx/nginx.conf", "/etc/config/uhttpd", "/etc/httpd.conf"};
  g_auto(AkWebConfig) config = {0};
  ak_web_config_init(&config);
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    ak_web_config_read(paths[i], data, size, &config);
  ak_web_config_script(data, size, &config);
  g_assert_cmpuint(config.roots->len, <=, MAX_PLACES);
  return config.roots->len + config.cgi->len + config.ends->len > 0;
}
