/* firmware.kernel: which Linux kernel an image holds, and how it is configured against its own
 * faults. */
#include <gio/gio.h>
#include <string.h>

#include "firmware/analysis/emit.h"
#include "firmware/analysis/kernel-config.h"
#include "firmware/analysis/kernel-module.h"
#include "firmware/analysis/paths.h"

#define LIST "/akashi/lists/kernel-hardening.txt"
#define MAX_KERNELS 64
#define MAX_MODULES 20000

enum { VERSION, CONFIG, MISSING, UNTOLD, MODULE, OTHER, UNSIGNED, SIGNATURES, COVERAGE };

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
    [MODULE] = {"kernel-module.info", AK_VALUE_SET, NULL,
                "what a module of the kernel says of itself", "カーネルモジュール自身が示す情報"},
    [OTHER] = {"kernel-module.other-kernel", AK_VALUE_TEXT, NULL,
               "kernel that a module was built for, and that the image does not hold",
               "モジュールの対象で、イメージにないカーネル"},
    [UNSIGNED] = {"kernel-module.unsigned", AK_VALUE_TEXT, NULL,
                  "what a kernel with signed modules makes of a module without a signature",
                  "署名を求めるカーネルでの署名のないモジュールの扱い"},
    [SIGNATURES] = {"kernel-module.signatures", AK_VALUE_TEXT, NULL,
                    "how many modules carry a signature", "署名を持つモジュールの数"},
    [COVERAGE] = {"kernel.coverage", AK_VALUE_SET, NULL,
                  "what was looked at in full: kernels, configurations, modules",
                  "すべて調べたもの（カーネル、設定、モジュール）"},
    {NULL},
};

static const char *const everything[] = {"configurations", "kernels", "modules", NULL};

/* What is said of a module at the end, when all kernels are known. */
typedef struct {
  guint node;
  char *release;
  bool is_signed;
} Module;

static void module_free(Module *self) {
  g_free(self->release);
  g_free(self);
}

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  GStrv wanted;                             /* lines of the list */
  GPtrArray *releases;                      /* of char *: of the kernels, "6.1.0-18-amd64" */
  GPtrArray *modules;                       /* of Module */
  bool wants_signatures, forces_signatures; /* a configuration does */
  bool has_unlisted;                        /* more modules than are looked at */
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
  self->wants_signatures |= g_strcmp0(ak_kernel_options_get(options, "MODULE_SIG"), "y") == 0;
  self->forces_signatures |=
      g_strcmp0(ak_kernel_options_get(options, "MODULE_SIG_FORCE"), "y") == 0;
  self->configs++;
  return emit_text(self, node, CONFIG, how, place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[MISSING].property, missing,
                              place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[UNTOLD].property, untold, place,
                              error);
}

/* The third word of the banner "Linux version 6.1.0-18-amd64 (…". */
static char *release_of(const guint8 *banner, gsize length) {
  gsize from = strlen("Linux version ");
  const guint8 *end = memchr(banner + from, ' ', length - from);
  return g_strndup((const char *)banner + from,
                   (end != NULL ? (gsize)(end - banner) : length) - from);
}

static bool look_inside(Looking *self, guint node, const guint8 *data, gsize size, GError **error) {
  gsize offset = 0, length = 0;
  bool is_damaged = false;
  AkCitation place;
  g_autofree char *version = ak_kernel_version(data, size, &offset, &length);
  if (version != NULL) {
    self->kernels++;
    g_ptr_array_add(self->releases, release_of(data + offset, length));
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

/* --- modules -----------------------------------------------------------------------------------
 */

static void add_fact(GPtrArray *facts, const char *name, const char *value) {
  if (value != NULL && *value != '\0')
    g_ptr_array_add(facts, g_strdup_printf("%s %s", name, value));
}

static bool look_at_module(Looking *self, guint node, const AkKernelModule *module,
                           GError **error) {
  if (self->modules->len >= MAX_MODULES) {
    self->has_unlisted = true;
    return true;
  }
  g_autoptr(GPtrArray) facts = g_ptr_array_new_with_free_func(g_free);
  add_fact(facts, "name", module->name);
  add_fact(facts, "version", module->version);
  add_fact(facts, "vermagic", module->vermagic);
  add_fact(facts, "license", module->license);
  add_fact(facts, "depends", module->depends);
  add_fact(facts, "signature", module->signature);
  if (module->is_in_tree)
    g_ptr_array_add(facts, g_strdup("built with the kernel"));
  Module *kept = g_new0(Module, 1);
  *kept = (Module){node, ak_kernel_module_release(module), module->signature != NULL};
  g_ptr_array_add(self->modules, kept);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  AkCitation place;
  return keep_place(self, node, module->offset, module->length, &place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[MODULE].property, facts, &place,
                              error);
}

static bool look_at(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  AkCitation place;
  g_auto(AkKernelModule) module = {0};
  if (data == NULL || size == 0)
    return true;
  if (ak_kernel_module_read(data, size, &module))
    return look_at_module(self, index, &module, error);
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

/* What a kernel makes of a module without a signature; NULL where that is nothing. */
static const char *unsigned_text(const Looking *self) {
  return self->forces_signatures  ? "the kernel refuses modules without a signature"
         : self->wants_signatures ? "the kernel checks signatures, and takes modules without one"
                                  : NULL;
}

static bool has_release(const Looking *self, const char *release) {
  for (guint i = 0; i < self->releases->len; i++)
    if (strcmp(self->releases->pdata[i], release) == 0)
      return true;
  return false;
}

static bool judge_module(Looking *self, const Module *module, guint *counts, GError **error) {
  AkCitation place;
  const char *text = module->is_signed ? NULL : unsigned_text(self);
  bool is_other = self->kernels > 0 && !has_release(self, module->release);
  if (text == NULL && !is_other)
    return true;
  counts[OTHER] += is_other;
  counts[UNSIGNED] += text != NULL;
  return keep_place(self, module->node, 0, 0, &place, error) &&
         (!is_other || emit_text(self, module->node, OTHER, module->release, &place, error)) &&
         (text == NULL || emit_text(self, module->node, UNSIGNED, text, &place, error));
}

/* Where there is nothing to compare modules with, nothing is said of them. */
static bool emit_unjudged(Looking *self, guint property, const char *why, guint *counts,
                          GError **error) {
  counts[property]++;
  return ak_firmware_emit(self->sink, "image", self->call->subject->locator,
                          outputs[property].property, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(why),
                          NULL, error);
}

static bool judge_modules(Looking *self, guint *counts, GError **error) {
  guint is_signed = 0, count = self->modules->len;
  for (guint i = 0; i < count; i++) {
    const Module *module = self->modules->pdata[i];
    is_signed += module->is_signed;
    if (!judge_module(self, module, counts, error))
      return false;
  }
  if (count == 0)
    return true;
  counts[MODULE] = counts[SIGNATURES] = count;
  g_autofree char *text = g_strdup_printf("%u of %u modules", is_signed, count);
  return ak_firmware_emit(self->sink, "image", self->call->subject->locator,
                          outputs[SIGNATURES].property, AK_OUTCOME_SEEN, ak_value_text(text), NULL,
                          error) &&
         (self->kernels > 0 ||
          emit_unjudged(self, OTHER, "no kernel was found to compare modules with", counts,
                        error)) &&
         (self->configs > 0 || is_signed == count ||
          emit_unjudged(self, UNSIGNED, "no configuration tells what the kernel wants", counts,
                        error));
}

/* --- the end -----------------------------------------------------------------------------------
 */

static bool finish(Looking *self, GError **error) {
  const char *items[COVERAGE] = {NULL};
  guint counts[COVERAGE] = {[VERSION] = self->kernels,
                            [CONFIG] = self->configs,
                            [MISSING] = self->configs,
                            [UNTOLD] = self->configs};
  AkFirmwareEnd end = {.counts = counts};
  if (self->has_unread || self->has_unlisted) {
    guint count = 0;
    items[count++] = "kernels";
    if (!self->has_unread)
      items[count++] = "configurations";
    if (!self->has_unlisted)
      items[count++] = "modules";
    end = (AkFirmwareEnd){counts, "a configuration or module was not read", items, false};
  }
  return judge_modules(self, counts, error) &&
         ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(GBytes) list = g_resources_lookup_data(LIST, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (list == NULL)
    return false;
  g_autofree char *text = g_strndup(g_bytes_get_data(list, NULL), g_bytes_get_size(list));
  g_auto(GStrv) wanted = g_strsplit(text, "\n", -1);
  g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify)module_free);
  Looking self = {.call = call,
                  .sink = sink,
                  .paths = paths,
                  .wanted = wanted,
                  .releases = releases,
                  .modules = modules};
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

static const char *const sources[] = {
    "Linux, Documentation/security/self-protection.rst", "Linux, kernel/configs.c",
    "Linux, include/linux/module_signature.h", "data/lists/kernel-hardening.txt", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_kernel_test;
const AkTest ak_firmware_kernel_test = {
    .id = "firmware.kernel",
    .rev = 2,
    .title_en = "Kernel, its configuration and its modules",
    .title_ja = "カーネルとその設定・モジュール",
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
