#include "firmware/analysis/boot-image.h"

#include <fnmatch.h>
#include <string.h>

#include "firmware/analysis/boot-text.h"
#include "firmware/analysis/boot-words.h"

#define MAX_INCLUDED 100
#define MAX_DEPTH 3
#define MAX_PULLED 500
#define MAX_TEXT_BYTES (1024 * 1024) /* of a unit or an environment */

const guint8 *ak_boot_image_bytes(const AkBootRoot *self, const char *path, gsize *size) {
  guint index = 0;
  if (ak_firmware_paths_find(self->paths, self->container, self->root, path, &index) !=
      AK_PATH_FOUND)
    return NULL;
  return ak_firmware_paths_bytes(self->paths, index, size);
}

static void append_text(const AkBootRoot *self, const char *path, GString *text) {
  gsize size = 0;
  const guint8 *data = ak_boot_image_bytes(self, path, &size);
  if (data == NULL || size > MAX_TEXT_BYTES || text->len > MAX_TEXT_BYTES)
    return;
  g_string_append_len(text, (const char *)data, (gssize)size);
  g_string_append_c(text, '\n');
}

/* The entries of a folder whose names end with `ending`, as paths on the device, sorted. */
static GPtrArray *list(const AkBootRoot *self, const char *folder, const char *ending) {
  GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
  guint index = 0;
  g_autofree char *whole = g_strconcat(self->root, folder, NULL);
  if (ak_firmware_paths_find(self->paths, self->container, self->root, folder, &index) ==
      AK_PATH_FOUND) {
    g_free(whole);
    whole = g_strdup(ak_firmware_tree_node(self->tree, index)->path);
  }
  g_autoptr(GPtrArray) entries = ak_firmware_paths_list(self->paths, self->container, whole);
  for (guint i = 0; i < entries->len; i++) {
    const AkNode *node = ak_firmware_tree_node(self->tree, GPOINTER_TO_UINT(entries->pdata[i]));
    if (node->type != AK_NODE_FOLDER && g_str_has_suffix(node->path, ending))
      g_ptr_array_add(paths, g_strdup(node->path + strlen(self->root)));
  }
  return paths;
}

/* --- units -------------------------------------------------------------------------------------
 */

GPtrArray *ak_boot_image_glob(const AkBootRoot *self, const char *pattern) {
  GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *folder = g_path_get_dirname(pattern);
  const char *last = ak_boot_start_name(pattern);
  g_autoptr(GPtrArray) all = strpbrk(folder, "*?[") == NULL ? list(self, folder, "") : g_ptr_array_new();
  for (guint i = 0; i < all->len; i++)
    if (fnmatch(last, ak_boot_start_name(all->pdata[i]), FNM_PERIOD) == 0)
      g_ptr_array_add(paths, g_strdup_printf("%s/%s", folder, ak_boot_start_name(all->pdata[i])));
  return paths;
}

static const char *const unit_folders[] = {"/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"};

bool ak_boot_image_has_drop_ins(const AkBootRoot *self, const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(unit_folders); i++) {
    g_autofree char *folder = g_strdup_printf("%s/%s.d", unit_folders[i], name);
    g_autoptr(GPtrArray) files = list(self, folder, ".conf");
    if (files->len > 0)
      return true;
  }
  return false;
}

/* Of all services ("service.d"), then of the unit. Source: systemd.unit(5). */
static void append_drop_ins(const AkBootRoot *self, const char *unit, GString *text) {
  const char *const *folders = unit_folders;
  const char *name = ak_boot_start_name(unit);
  for (gsize i = 0; i < G_N_ELEMENTS(unit_folders); i++) {
    g_autofree char *folder = g_strdup_printf("%s/%s.d", folders[i], name);
    g_autoptr(GPtrArray) files = list(self, folder, ".conf");
    for (guint f = 0; f < files->len; f++)
      append_text(self, files->pdata[f], text);
  }
}

/* The assignments of EnvironmentFile= and Environment=; with "-" the file may be missing.
 * Source: systemd.exec(5). */
static AkBootWords *environment_of(const AkBootRoot *self, const char *unit, bool *is_missing) {
  AkBootWords *variables = ak_boot_words_new();
  g_autoptr(GString) text = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(unit, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix(*line, "Environment=")) {
      g_string_append_printf(text, "%s\n", *line + strlen("Environment="));
    } else if (g_str_has_prefix(*line, "EnvironmentFile=")) {
      const char *path = *line + strlen("EnvironmentFile=");
      gsize before = text->len;
      append_text(self, path + (*path == '-'), text);
      *is_missing = *is_missing || text->len == before; /* it may be made on the device */
    }
  }
  g_auto(GStrv) settings = g_strsplit(text->str, "\n", -1);
  for (char **line = settings; *line != NULL; line++) {
    g_strstrip(*line);
    if (**line != '#' && strlen(*line) < 4096)
      g_ptr_array_unref(ak_boot_words_line(variables, *line));
  }
  return variables;
}

/* "$OPTIONS" becomes its words, or none. */
static void fill_arguments(AkBootWords *variables, bool is_missing, AkBootCommand *command) {
  GPtrArray *filled = g_ptr_array_new();
  bool is_open = false;
  for (char **argument = command->arguments; *argument != NULL; argument++) {
    if (strchr(*argument, '$') == NULL) {
      g_ptr_array_add(filled, g_strdup(*argument));
      continue;
    }
    g_autofree char *line = g_strdup_printf("x %s", *argument);
    g_autoptr(GPtrArray) simple = ak_boot_words_line(variables, line);
    const AkSimpleCommand *one = simple->len > 0 ? simple->pdata[0] : NULL;
    for (char **word = one != NULL ? one->words + 1 : NULL; word != NULL && *word != NULL; word++) {
      is_open = is_open || (is_missing && strchr(*word, '$') != NULL);
      g_auto(GStrv) parts = ak_boot_words_split(strchr(*word, '$') != NULL ? "" : *word);
      for (char **part = parts; *part != NULL; part++)
        g_ptr_array_add(filled, g_strdup(*part));
    }
  }
  g_ptr_array_add(filled, NULL);
  g_strfreev(command->arguments);
  command->arguments = (GStrv)g_ptr_array_free(filled, FALSE);
  command->is_open = is_open && ak_boot_text_is_giver(ak_boot_start_name(command->program)); /* of others the settings count */
}

/* The value of "KEY = value"; NULL where the line is of another key. Source: systemd.syntax(7): spaces may stand around "=". */
static const char *value_of_key(const char *line, const char *key) {
  const char *end = g_str_has_prefix(line, key) ? line + strlen(key) : NULL;
  end = end != NULL ? end + strspn(end, " \t") : NULL;
  return end != NULL && *end == '=' ? end + 1 + strspn(end + 1, " \t") : NULL;
}

/* Lines with continued ones joined; what is a remark between them is left out. Caller frees. Source: systemd.syntax(7). */
static GStrv lines_of_unit(const char *text) {
  g_autoptr(GString) joined = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  bool goes_on = false;
  for (char **line = lines; *line != NULL; line++) {
    g_strchomp(*line);
    if (goes_on && (**line == '#' || **line == ';'))
      continue;
    gsize length = strlen(*line);
    goes_on = length > 0 && (*line)[length - 1] == '\\';
    g_string_append_len(joined, *line, (gssize)(length - goes_on));
    g_string_append_c(joined, goes_on ? ' ' : '\n');
  }
  return g_strsplit(joined->str, "\n", -1);
}

static void take_pulled(const char *text, GPtrArray *pulled) {
  static const char *const keys[] = {"Wants", "Requires", "BindsTo", "Upholds", "OnSuccess", "Service", "Unit"};
  g_auto(GStrv) lines = lines_of_unit(text);
  for (char **line = lines; *line != NULL; line++)
    for (gsize k = 0; k < G_N_ELEMENTS(keys); k++) {
      const char *value = value_of_key(*line, keys[k]);
      g_auto(GStrv) names = ak_boot_words_split(value != NULL ? value : "");
      for (char **name = names; *name != NULL && pulled->len < MAX_PULLED; name++)
        g_ptr_array_add(pulled, g_strdup(*name));
    }
}

void ak_boot_image_pulled(const AkBootRoot *self, const char *path, GPtrArray *pulled) {
  g_autoptr(GString) text = g_string_new(NULL);
  append_text(self, path, text);
  append_drop_ins(self, path, text);
  take_pulled(text->str, pulled);
}

GPtrArray *ak_boot_image_unit(const AkBootRoot *self, const char *path, const char *instance, GPtrArray *pulled) {
  g_autoptr(GString) text = g_string_new(NULL);
  append_text(self, path, text);
  append_drop_ins(self, "service", text);
  append_drop_ins(self, path, text);
  if (instance != NULL)
    append_drop_ins(self, instance, text);
  if (pulled != NULL)
    take_pulled(text->str, pulled);
  g_auto(GStrv) lines = lines_of_unit(text->str);
  g_autofree char *joined = g_strjoinv("\n", lines);
  GPtrArray *commands = ak_boot_start_read(AK_BOOT_UNIT, (const guint8 *)joined, strlen(joined), NULL, NULL);
  bool is_missing = false;
  g_autoptr(AkBootWords) variables = environment_of(self, joined, &is_missing);
  for (guint i = 0; i < commands->len; i++) {
    AkBootCommand *command = commands->pdata[i];
    if (command->is_open)
      fill_arguments(variables, is_missing, command);
  }
  return commands;
}

/* --- settings ----------------------------------------------------------------------------------
 */

typedef struct {
  const AkBootRoot *root;
  AkSettingsForm form;
  GPtrArray *settings;
  guint files;
  bool is_partial;
} Loading;

static bool load(Loading *self, const char *path, guint depth);

/* A folder, a pattern whose only star stands in the last name, or a file. */
static void load_included(Loading *self, const char *from, const char *value, bool is_folder,
                          guint depth) {
  g_autofree char *folder = g_path_get_dirname(from);
  g_autofree char *path =
      value[0] == '/' ? g_strdup(value) : g_strdup_printf("%s/%s", folder, value);
  const char *star = strchr(path, '*');
  if (star == NULL && !is_folder) {
    self->is_partial = !load(self, path, depth + 1) || self->is_partial;
    return;
  }
  if (star != NULL && (strchr(star, '/') != NULL || strchr(star + 1, '*') != NULL)) {
    self->is_partial = true;
    return;
  }
  g_autofree char *within = is_folder ? g_strdup(path) : g_path_get_dirname(path);
  g_autoptr(GPtrArray) files = list(self->root, within, star != NULL ? star + 1 : "");
  for (guint i = 0; i < files->len; i++)
    self->is_partial = !load(self, files->pdata[i], depth + 1) || self->is_partial;
}

/* Source: sshd_config(5) Include; nginx and lighttpd include; mosquitto.conf(5) include_dir;
 * dnsmasq(8) conf-file, conf-dir; snmpd.conf(5) includeFile, includeDir. */
static void follow(Loading *self, const char *from, const AkSetting *setting, guint depth) {
  static const char *const files[] = {"include", "conf-file", "includefile", NULL};
  static const char *const folders[] = {"include_dir", "conf-dir", "includedir", NULL};
  bool is_file = g_strv_contains(files, setting->key);
  bool is_folder = g_strv_contains(folders, setting->key);
  if (g_str_has_prefix(setting->key, "include_shell"))
    self->is_partial = true;
  if (!is_file && !is_folder)
    return;
  g_auto(GStrv) words = ak_boot_words_split(setting->value);
  for (char **word = words; *word != NULL; word++)
    load_included(self, from, *word, is_folder, depth);
}

/* Included settings stand where they are included: what comes first counts for some servers. */
static bool load(Loading *self, const char *path, guint depth) {
  gsize size = 0;
  guint unread = 0;
  const guint8 *data = ak_boot_image_bytes(self->root, path, &size);
  if (data == NULL || depth > MAX_DEPTH || ++self->files > MAX_INCLUDED)
    return false;
  g_autoptr(GPtrArray) own = ak_boot_config_read(self->form, data, size, &unread);
  self->is_partial = self->is_partial || unread > 0;
  for (guint i = 0; i < own->len; i++) {
    const AkSetting *setting = own->pdata[i];
    AkSetting *copy = g_new0(AkSetting, 1);
    *copy = (AkSetting){g_strdup(setting->key), g_strdup(setting->value), setting->line};
    g_ptr_array_add(self->settings, copy);
    follow(self, path, setting, depth);
  }
  return true;
}

GPtrArray *ak_boot_image_settings(const AkBootRoot *self, const char *path, AkSettingsForm form,
                                  bool *is_partial) {
  Loading loading = {.root = self, .form = form};
  loading.settings = g_ptr_array_new_with_free_func((GDestroyNotify)ak_setting_free);
  if (!load(&loading, path, 0))
    g_clear_pointer(&loading.settings, g_ptr_array_unref);
  *is_partial = loading.is_partial;
  return loading.settings;
}
