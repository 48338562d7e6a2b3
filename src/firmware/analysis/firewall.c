/* firmware.firewall: which packets the rules in the image let in. */
#include <string.h>

#include "firmware/analysis/emit.h"
#include "firmware/analysis/firewall-file.h"
#include "firmware/analysis/paths.h"

#define MAX_BYTES (256 * 1024)

enum { POLICY, ACCEPTS, COVERAGE };

static const AkTestOutput outputs[] = {
    [POLICY] = {"firewall.policy", AK_VALUE_SET, NULL, "what happens to packets that no rule names",
                "どの規則にも当たらないパケットの扱い"},
    [ACCEPTS] = {"firewall.accepts", AK_VALUE_SET, NULL, "ports that a rule lets in",
                 "規則が受け入れるポート"},
    [COVERAGE] = {"firewall.coverage", AK_VALUE_SET, NULL, "what was looked at in full: files",
                  "すべて調べたもの（ファイル）"},
    {NULL},
};

static const char *const everything[] = {"files", NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  guint files;
  bool has_unread;
} Looking;

static bool look_at(Looking *self, guint index, AkFirewallForm form, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  if (data == NULL || size > MAX_BYTES) {
    self->has_unread = true;
    return true;
  }
  g_auto(AkFirewallRules) rules = {0};
  ak_firewall_file_read(form, data, size, &rules);
  self->has_unread = self->has_unread || rules.is_partial;
  if (form == AK_FIREWALL_SCRIPT && rules.policies->len == 0 && rules.accepts->len == 0)
    return true; /* it has no rules for what comes in */
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  AkCitation place;
  self->files++;
  return ak_firmware_emit_place(self->call, self->sink, index, NULL, &place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[POLICY].property, rules.policies,
                              &place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[ACCEPTS].property, rules.accepts,
                              &place, error);
}

static bool finish(Looking *self, GError **error) {
  const guint counts[COVERAGE] = {[POLICY] = self->files, [ACCEPTS] = self->files};
  AkFirmwareEnd end = {.counts = counts,
                       .unread = self->has_unread ? "a file of rules was not read in full" : NULL};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool is_script(const AkFirmwareTree *tree, const AkFirmwarePaths *paths, guint index, AkFirewallForm *form) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(paths, index, &size);
  const char *path = ak_firmware_tree_node(tree, index)->path;
  bool is_own = g_str_has_suffix(path, "/sbin/fw4") || g_str_has_suffix(path, "/sbin/fw3"); /* OpenWrt: from /etc/config/firewall */
  *form = AK_FIREWALL_SCRIPT;
  return data != NULL && !is_own && size <= MAX_BYTES && ak_firewall_file_is_script(data, size);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  Looking self = {.call = call, .sink = sink, .paths = paths};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    AkFirewallForm form = AK_FIREWALL_SCRIPT;
    if (node->type != AK_NODE_FILE || node->path[0] != '/' ||
        (!ak_firewall_file_is(node->path, &form) && !is_script(call->tree, paths, i, &form)))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, form, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"iptables(8), iptables-save(8)", "nft(8)", "OpenWrt, /etc/config/firewall",
                                      NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_firewall_test;
const AkTest ak_firmware_firewall_test = {
    .id = "firmware.firewall",
    .rev = 3,
    .title_en = "Rules of the packet filter",
    .title_ja = "パケットフィルタの規則",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 30000, .bytes = 1ull << 30, .files = 10000},
    .masked_since = 1,
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
