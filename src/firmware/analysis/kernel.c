/* firmware.kernel: which Linux kernel an image holds, and how it is configured against its own
 * faults. */
#include <gio/gio.h>
#include <string.h>

#include "firmware/analysis/emit.h"
#include "firmware/analysis/kernel-config.h"
#include "firmware/analysis/paths.h"

#define LIST "/akashi/lists/kernel-hardening.txt"
#define MAX_KERNELS 64

enum { VERSION, CONFIG, MISSING, UNTOLD, COVERAGE };

static const AkTestOutput outputs[] = {
    [VERSION] = {"kernel.version", AK_VALUE_TEXT, NULL, "version of a Linux kernel",
                 "Linuxカーネルのバージョン"},
    [CONFIG] = {"kernel.config", AK_VALUE_TEXT, NULL, "where a kernel's configuration was found",
                "カーネル設定の所在"},
    [MISSING] = {"kernel.hardening-missing", AK_VALUE_SET, NULL,
                 "options against faults of the kernel that its configuration does not set",
                 "カーネル設定で有効になっていない堅牢化項目"},
    [UNTOLD] = {"kernel.hardening-untold", AK_VALUE_SET, NULL,
                "such options that the configuration does not name",
                "カーネル設定に現れない堅牢化項目"},
    [COVERAGE] = {"kernel.coverage", AK_VALUE_SET, NULL,
                  "what was looked at in full: kernels, configurations",
                  "すべて調べたもの（カーネル、設定）"},
    {NULL},
};

static const char *const everything[] = {"configurations", "kernels", NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  GStrv wanted; /* lines of the list */
  guint kernels, configs;
  bool has_unread; /* a configuration that is damaged, or more kernels than are looked at */
} Looking;

static bool emit_text(Looking *self, guint node, guint property, const char *text,
                      const AkCitation *place, GError **error) {
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  return ak_firmware_emit(self->sink, "file", locator, outputs[property].property, AK_OUTCOME_SEEN,
                          ak_value_text(text), place, error);
}

static bool keep_place(Looking *self, guint node, gsize offset, gsize length, AkCitation *out,
                       GError **error) {
  json_t *where =
      json_pack("{s:I, s:I}", "offset", (json_int_t)offset, "length", (json_int_t)length);
  return ak_firmware_emit_place(self->call, self->sink, node, where, out, error);
}

/* An option that may be a module where "y" is wanted protects nothing until it is loaded. */
static void judge_options(const Looking *self, const AkKernelOptions *options, GPtrArray *missing,
                          GPtrArray *untold) {
  for (char **line = self->wanted; *line != NULL; line++) {
    g_auto(GStrv) words = g_strsplit(*line, "  ", 3);
    if (**line == '#' || g_strv_length(words) != 3)
      continue;
    const char *value = ak_kernel_options_get(options, words[0]);
    bool wants = strcmp(words[1], "y") == 0, is_set = g_strcmp0(value, "y") == 0;
    bool is_good = wants ? is_set : !is_set && g_strcmp0(value, "m") != 0;
    if (value == NULL && wants)
      g_ptr_array_add(untold, g_strdup(words[0]));
    else if (value != NULL && !is_good)
      g_ptr_array_add(missing, g_strdup_printf("%s: %s", words[0], words[2]));
  }
}

static bool look_at_config(Looking *self, guint node, const guint8 *text, gsize size,
                           const char *how, const AkCitation *place, GError **error) {
  g_autoptr(AkKernelOptions) options = ak_kernel_options_read(text, size);
  g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) untold = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  judge_options(self, options, missing, untold);
  self->configs++;
  return emit_text(self, node, CONFIG, how, place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[MISSING].property, missing,
                              place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[UNTOLD].property, untold, place,
                              error);
}

static bool look_inside(Looking *self, guint node, const guint8 *data, gsize size, GError **error) {
  gsize offset = 0, length = 0;
  bool is_damaged = false;
  AkCitation place;
  g_autofree char *version = ak_kernel_version(data, size, &offset, &length);
  if (version != NULL) {
    self->kernels++;
    if (!keep_place(self, node, offset, length, &place, error) ||
        !emit_text(self, node, VERSION, version, &place, error))
      return false;
  }
  g_autoptr(GBytes) config = ak_kernel_config_find(data, size, &offset, &is_damaged);
  self->has_unread = self->has_unread || is_damaged;
  if (config == NULL)
    return true;
  gsize text_size = 0;
  const guint8 *text = g_bytes_get_data(config, &text_size);
  return keep_place(self, node, offset, 8, &place, error) &&
         look_at_config(self, node, text, text_size, "inside of the kernel", &place, error);
}

/* "/boot/config-5.10.0", "/proc/config", and whatever else is named so and reads as one. */
static bool is_config_file(const AkNode *node, const guint8 *data, gsize size) {
  const char *slash = strrchr(node->path, '/'), *name = slash != NULL ? slash + 1 : node->path;
  bool is_named = g_str_has_prefix(name, "config") || strcmp(name, ".config") == 0 ||
                  g_str_has_suffix(name, ".config") || *name == '#';
  return is_named && ak_kernel_config_is(data, size);
}

static bool look_at(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  AkCitation place;
  if (data == NULL || size == 0)
    return true;
  if (self->kernels + self->configs >= MAX_KERNELS) {
    self->has_unread = true;
    return true;
  }
  if (is_config_file(node, data, size))
    return keep_place(self, index, 0, size, &place, error) &&
           look_at_config(self, index, data, size, "a file", &place, error);
  /* texts speak of versions, too */
  return memchr(data, '\0', MIN(size, 4096)) == NULL || look_inside(self, index, data, size, error);
}

static bool finish(Looking *self, GError **error) {
  static const char *const kernels[] = {"kernels", NULL};
  const guint counts[COVERAGE] = {[VERSION] = self->kernels,
                                  [CONFIG] = self->configs,
                                  [MISSING] = self->configs,
                                  [UNTOLD] = self->configs};
  AkFirmwareEnd end = {.counts = counts};
  if (self->has_unread)
    end = (AkFirmwareEnd){counts, "a configuration was not read", kernels, false};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(GBytes) list = g_resources_lookup_data(LIST, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (list == NULL)
    return false;
  g_autofree char *text = g_strndup(g_bytes_get_data(list, NULL), g_bytes_get_size(list));
  g_auto(GStrv) wanted = g_strsplit(text, "\n", -1);
  Looking self = {.call = call, .sink = sink, .paths = paths, .wanted = wanted};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_firmware_tree_is_leaf(call->tree, i))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"Linux, Documentation/security/self-protection.rst",
                                      "Linux, kernel/configs.c", "data/lists/kernel-hardening.txt",
                                      NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_kernel_test;
const AkTest ak_firmware_kernel_test = {
    .id = "firmware.kernel",
    .rev = 2,
    .title_en = "Kernel and its configuration",
    .title_ja = "カーネルとその設定",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 1,
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
