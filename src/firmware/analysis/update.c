/* firmware.update: by what a device is updated, and whether what it installs must be signed. */
#include <string.h>

#include "firmware/analysis/emit.h"
#include "firmware/analysis/paths.h"
#include "firmware/analysis/update-config.h"

#define MAX_BYTES (256 * 1024)

enum { MECHANISM, SIGNATURE, PLAIN, COVERAGE };

static const AkTestOutput outputs[] = {
    [MECHANISM] = {"update.mechanism", AK_VALUE_TEXT, NULL, "what updates the device",
                   "更新のしくみ"},
    [SIGNATURE] = {"update.signature", AK_VALUE_BOOL, NULL, "what it installs must be signed",
                   "署名を必須とする"},
    [PLAIN] = {"update.plain-source", AK_VALUE_SET, NULL,
               "addresses without encryption that it fetches from", "暗号化のない取得元"},
    [COVERAGE] = {"update.coverage", AK_VALUE_SET, NULL, "what was looked at in full: settings",
                  "すべて調べたもの（設定）"},
    {NULL},
};

static const char *const everything[] = {"settings", NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  guint seen[COVERAGE];
  bool has_unread;
} Looking;

static bool emit_signature(Looking *self, const AkUpdater *updater, const char *locator,
                           const char *text, const AkCitation *place, GError **error) {
  AkUpdateAnswer answer = updater->judge(text);
  self->seen[SIGNATURE]++;
  if (answer == AK_UPDATE_UNKNOWN)
    return ak_firmware_emit(self->sink, "file", locator, outputs[SIGNATURE].property,
                            AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(updater->unknown), place,
                            error);
  bool is_checked = answer == AK_UPDATE_CHECKED;
  return ak_firmware_emit(self->sink, "file", locator, outputs[SIGNATURE].property,
                          is_checked ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
                          is_checked ? ak_value_bool(true) : (AkValue){0}, place, error);
}

static bool look_at(Looking *self, guint index, const AkUpdater *updater, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  if (data == NULL || size > MAX_BYTES) {
    self->has_unread = true;
    return true;
  }
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(GPtrArray) plain = ak_update_plain_sources(text);
  AkCitation place;
  self->seen[MECHANISM]++;
  self->seen[PLAIN] += plain->len > 0;
  return ak_firmware_emit_place(self->call, self->sink, index, NULL, &place, error) &&
         ak_firmware_emit(self->sink, "file", locator, outputs[MECHANISM].property, AK_OUTCOME_SEEN,
                          ak_value_text(updater->name), &place, error) &&
         emit_signature(self, updater, locator, text, &place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[PLAIN].property, plain, &place,
                              error);
}

/* Without settings of an updater nobody knows whether what is installed must be signed. */
static bool finish(Looking *self, GError **error) {
  if (self->seen[SIGNATURE] == 0 &&
      !ak_firmware_emit(self->sink, "image", self->call->subject->locator,
                        outputs[SIGNATURE].property, AK_OUTCOME_COULD_NOT_LOOK,
                        ak_value_text("no settings of a known updater are there"), NULL, error))
    return false;
  self->seen[SIGNATURE]++;
  AkFirmwareEnd end = {.counts = self->seen,
                       .unread = self->has_unread ? "settings were not read in full" : NULL};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  Looking self = {.call = call, .sink = sink, .paths = paths};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    const AkUpdater *updater =
        node->type == AK_NODE_FILE && node->path[0] == '/' ? ak_updater_of(node->path) : NULL;
    if (updater == NULL)
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, updater, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"opkg.conf",
                                      "RAUC reference, system.conf",
                                      "SWUpdate documentation, signed images",
                                      "Mender documentation, ArtifactVerifyKey",
                                      "fwupd, daemon.conf",
                                      "apt.conf(5), sources.list(5)",
                                      "OpenWrt, fwtool.sh",
                                      NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_update_test;
const AkTest ak_firmware_update_test = {
    .id = "firmware.update",
    .rev = 3,
    .title_en = "Updates and their signatures",
    .title_ja = "更新のしくみと署名",
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
