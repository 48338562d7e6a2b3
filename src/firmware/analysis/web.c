/* firmware.web: the folders that web servers show, and the programs that they run. */
#include <string.h>

#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/paths.h"
#include "firmware/analysis/secret-rule.h"
#include "firmware/analysis/web-config.h"

#define MAX_ROOTS 50
#define MAX_BYTES (256 * 1024) /* of settings and scripts */

enum { PROGRAM, ROOTS, COVERAGE };

static const AkTestOutput outputs[] = {
    [PROGRAM] = {"web.program", AK_VALUE_TEXT, NULL, "kind of a program that a web server runs",
                 "Webサーバが実行するプログラムの種類"},
    [ROOTS] = {"web.root", AK_VALUE_SET, NULL, "folders with a start page",
               "トップページを含むフォルダ"},
    [COVERAGE] = {"web.coverage", AK_VALUE_SET, NULL, "what was looked at in full: files",
                  "すべて調べたもの（ファイル）"},
    {NULL},
};

static const char *const everything[] = {"files", NULL};

/* Where web servers are told to look, and what they run by its name. Source: the servers' own
 * defaults: lighttpd, uhttpd, BusyBox httpd, boa, thttpd, GoAhead. */
static const char *const folders[] = {"/www/",        "/htdocs/",   "/webroot/", "/web/", "/webs/",
                                      "/home/httpd/", "/srv/http/", "/wwwroot/", "/html/"};
static const struct {
  const char *end, *kind;
} scripts[] = {{".php", "PHP"},   {".lua", "Lua"},         {".pl", "Perl"},
               {".py", "Python"}, {".asp", "server page"}, {".shtml", "server page"}};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  GPtrArray *roots; /* of char * */
  AkWebConfig config;
  guint programs;
} Looking;

static bool is_below(const char *path, const char *folder) {
  gsize size = strlen(folder);
  return g_str_has_prefix(path, folder) && path[size] == '/';
}

/* In one of the usual folders, or in one that a server's settings name. */
static bool is_within(const Looking *self, const char *path) {
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
    if (strstr(path, folders[i]) != NULL)
      return true;
  for (guint i = 0; i < self->config.roots->len; i++)
    if (is_below(path, self->config.roots->pdata[i]))
      return true;
  return false;
}

/* Where a server runs what lies there: "/opt/cgi", or "/cgi" of what it shows. */
static bool is_cgi_place(const Looking *self, const char *path) {
  bool is_cgi = strstr(path, "/cgi-bin/") != NULL || g_str_has_suffix(path, ".cgi");
  for (guint i = 0; i < self->config.cgi->len && !is_cgi; i++) {
    const char *folder = self->config.cgi->pdata[i], *at = strstr(path, folder);
    is_cgi = is_below(path, folder) || (at != NULL && at[strlen(folder)] == '/' && is_within(self, path));
  }
  for (guint i = 0; i < self->config.ends->len && !is_cgi; i++)
    is_cgi = g_str_has_suffix(path, self->config.ends->pdata[i]) && is_within(self, path);
  return is_cgi;
}

/* A program of a web server: whatever lies in cgi-bin or is named .cgi and can be run, and pages
 * that are run. */
static const char *kind_of(const Looking *self, const AkNode *node, const guint8 *data, gsize size) {
  bool is_cgi = is_cgi_place(self, node->path);
  bool has_mark = size > 2 && memcmp(data, "#!", 2) == 0;
  if (is_cgi && ak_elf_is_program(data, size))
    return "ELF program";
  for (gsize i = 0; (is_cgi || is_within(self, node->path)) && i < G_N_ELEMENTS(scripts); i++)
    if (g_str_has_suffix(node->path, scripts[i].end))
      return scripts[i].kind;
  return is_cgi && has_mark ? "script" : NULL;
}

static bool emit_program(Looking *self, guint index, const char *kind, GError **error) {
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  AkCitation place;
  self->programs++;
  return ak_firmware_emit_place(self->call, self->sink, index, NULL, &place, error) &&
         ak_firmware_emit(self->sink, "file", locator, outputs[PROGRAM].property, AK_OUTCOME_SEEN,
                          ak_value_text(kind), &place, error);
}

/* The folder of a page that is shown where only the folder is asked for. */
static void note_root(Looking *self, const AkNode *node) {
  static const char *const pages[] = {"/index.html", "/index.htm", "/index.php", "/index.asp",
                                      "/index.cgi"};
  for (gsize i = 0; is_within(self, node->path) && i < G_N_ELEMENTS(pages); i++) {
    if (!g_str_has_suffix(node->path, pages[i]))
      continue;
    g_autofree char *folder = g_path_get_dirname(node->path);
    for (guint k = 0; k < self->roots->len; k++)
      if (strcmp(self->roots->pdata[k], folder) == 0)
        return;
    if (self->roots->len < MAX_ROOTS)
      g_ptr_array_add(self->roots, g_steal_pointer(&folder));
    return;
  }
}

static bool finish(Looking *self, GError **error) {
  const guint counts[COVERAGE] = {[PROGRAM] = self->programs, [ROOTS] = self->roots->len};
  AkFirmwareEnd end = {.counts = counts};
  return (self->roots->len == 0 ||
          ak_firmware_emit_set(self->sink, "image", self->call->subject->locator,
                               outputs[ROOTS].property, self->roots, NULL, error)) &&
         ak_firmware_emit_end(self->call, self->sink, &end, error);
}

/* What is set and where, before anything is looked at. */
static void read_settings(Looking *self) {
  for (guint i = 1; i < ak_firmware_tree_length(self->call->tree); i++) {
    const AkNode *node = ak_firmware_tree_node(self->call->tree, i);
    gsize size = 0;
    const guint8 *data = node->path[0] == '/' ? ak_firmware_paths_bytes(self->paths, i, &size) : NULL;
    if (data == NULL || size > MAX_BYTES || size < 3 || ak_secret_is_manual(node->path))
      continue;
    if (ak_web_config_is(node->path))
      ak_web_config_read(node->path, data, size, &self->config);
    else if (memcmp(data, "#!", 2) == 0 && memmem(data, size, "httpd", strlen("httpd")) != NULL)
      ak_web_config_script(data, size, &self->config);
  }
}

/* Folders that settings name and that the image holds count without a start page. */
static void note_set_roots(Looking *self) {
  for (guint i = 0; i < self->config.roots->len; i++) {
    const char *folder = self->config.roots->pdata[i];
    bool is_there = false, is_known = false;
    for (guint n = 1; n < ak_firmware_tree_length(self->call->tree) && !is_there; n++)
      is_there = is_below(ak_firmware_tree_node(self->call->tree, n)->path, folder);
    for (guint k = 0; k < self->roots->len; k++)
      is_known = is_known || strcmp(self->roots->pdata[k], folder) == 0;
    if (is_there && !is_known && self->roots->len < MAX_ROOTS)
      g_ptr_array_add(self->roots, g_strdup(folder));
  }
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(GPtrArray) roots = g_ptr_array_new_with_free_func(g_free);
  g_auto(AkWebConfig) config = {0};
  ak_web_config_init(&config);
  Looking self = {.call = call, .sink = sink, .paths = paths, .roots = roots, .config = config};
  read_settings(&self);
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    gsize size = 0;
    const guint8 *data = node->path[0] == '/' ? ak_firmware_paths_bytes(paths, i, &size) : NULL;
    if (data == NULL || ak_secret_is_manual(node->path))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error))
      return false;
    note_root(&self, node);
    const char *kind = kind_of(&self, node, data, size);
    if (kind != NULL && !emit_program(&self, i, kind, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  note_set_roots(&self);
  return finish(&self, error);
}

static const char *const sources[] = {"RFC 3875", "defaults of the servers named in the source",
                                      NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_web_test;
const AkTest ak_firmware_web_test = {
    .id = "firmware.web",
    .rev = 3,
    .title_en = "Programs of web servers",
    .title_ja = "Webサーバのプログラム",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 30000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 1,
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
