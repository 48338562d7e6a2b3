/* firmware.service: what a device starts when it boots, and how its settings open it. */
#include "firmware/analysis/boot-blob.h"
#include "firmware/analysis/service-look.h"

const AkTestOutput ak_service_outputs[] = {
    [AK_SERVICE_NAME] = {"service-at-boot.name", AK_VALUE_TEXT, NULL,
                         "name of a program started at boot", "起動時に始まるプログラムの名前"},
    [AK_SERVICE_KIND] = {"service-at-boot.kind", AK_VALUE_TEXT, NULL,
                         "what it serves: ssh, telnet, http …",
                         "提供するもの（ssh、telnet、http…）"},
    [AK_SERVICE_START] = {"service-at-boot.start", AK_VALUE_TEXT, NULL, "what starts it",
                          "起動のしくみ"},
    [AK_SERVICE_PROGRAM] = {"service-at-boot.program", AK_VALUE_TEXT, NULL,
                            "path of the program; absent: the image does not hold it",
                            "プログラムのパス（absent: イメージにない）"},
    [AK_SERVICE_CONFIG] = {"service-at-boot.config", AK_VALUE_TEXT, NULL,
                           "path of its settings; absent: it has none",
                           "設定ファイルのパス（absent: なし）"},
    [AK_SERVICE_RISK] = {"service-at-boot.risk", AK_VALUE_SET, NULL, "settings that open it",
                         "危険な設定"},
    [AK_SERVICE_OPEN_SHELL] = {"service-at-boot.open-shell", AK_VALUE_SET, NULL,
                               "what gives a shell without a log-in",
                               "ログインなしでシェルを与えるもの"},
    [AK_SERVICE_UNDERSTOOD] = {"service-at-boot.configurations", AK_VALUE_TEXT, NULL,
                               "how many files of settings of listening daemons were understood",
                               "理解できたデーモンの設定ファイルの数"},
    [AK_SERVICE_NOT_UNDERSTOOD] =
        {"service-at-boot.not-understood", AK_VALUE_SET, NULL,
         "files of settings of listening daemons that were not understood, and why",
         "理解できなかったデーモンの設定ファイルと理由"},
    [AK_SERVICE_PROPERTIES] = {"service-at-boot.coverage", AK_VALUE_SET, NULL,
                               "what was looked at in full: starters, configurations",
                               "すべて調べたもの（起動設定、サービス設定）"},
    {NULL},
};

static const char *const everything[] = {"configurations", "starters", NULL};

/* Why something may be started that was not seen: a limit, or files that may hold a program or its
 * settings. */
static const char *unseen(const AkServiceLook *self) {
  return self->cut != NULL ? self->cut : self->sealed;
}

/* On the image. Where nothing that starts the device was found nothing is said. */
static bool emit_shells(AkServiceLook *self, GError **error) {
  g_autofree char *cut = ak_firmware_emit_reason(self->call, unseen(self));
  const char *image = self->call->subject->locator;
  if (self->shells->len > 0)
    return ak_firmware_emit_set(self->sink, "image", image,
                                ak_service_outputs[AK_SERVICE_OPEN_SHELL].property, self->shells,
                                NULL, error);
  if (cut == NULL && !self->has_starter)
    return true;
  return ak_firmware_emit_none(self->call, self->sink,
                               ak_service_outputs[AK_SERVICE_OPEN_SHELL].property,
                               cut != NULL ? cut : self->shell_doubt, error);
}

static bool emit_files(AkServiceLook *self, GError **error) {
  const char *image = self->call->subject->locator;
  guint count = self->files->len;
  if (count == 0)
    return true;
  g_autofree char *text =
      g_strdup_printf("%u of %u files understood", count - self->not_understood->len, count);
  return ak_firmware_emit(self->sink, "image", image,
                          ak_service_outputs[AK_SERVICE_UNDERSTOOD].property, AK_OUTCOME_SEEN,
                          ak_value_text(text), NULL, error) &&
         (self->not_understood->len == 0 ||
          ak_firmware_emit_set(self->sink, "image", image,
                               ak_service_outputs[AK_SERVICE_NOT_UNDERSTOOD].property,
                               self->not_understood, NULL, error));
}

static bool finish(AkServiceLook *self, GError **error) {
  if (self->has_upstart && !self->has_systemd && self->cut == NULL)
    self->cut = "jobs of upstart, which are not read";
  const char *items[3] = {NULL};
  guint count = 0;
  if (self->unknown == NULL)
    items[count++] = "configurations";
  if (self->has_starter)
    items[count++] = "starters";
  self->counts[AK_SERVICE_OPEN_SHELL] = 1;
  self->counts[AK_SERVICE_UNDERSTOOD] = self->files->len;
  self->counts[AK_SERVICE_NOT_UNDERSTOOD] = self->not_understood->len;
  const char *none = self->has_starter ? NULL : "nothing was found that starts the device";
  AkFirmwareEnd end = {.counts = self->counts,
                       .unread = unseen(self) != NULL ? unseen(self) : none,
                       .items = items,
                       .is_cut = unseen(self) != NULL};
  return emit_shells(self, error) && emit_files(self, error) &&
         ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(GArray) visited = g_array_new(FALSE, FALSE, sizeof(guint)),
                    judged = ak_service_judged_new();
  g_autoptr(GPtrArray) emitted = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) shells = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) not_understood = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(AkDaemons) daemons = ak_daemons_new(error);
  if (daemons == NULL)
    return false;
  AkServiceLook self = {.call = call,
                        .sink = sink,
                        .paths = paths,
                        .visited = visited,
                        .judged = judged,
                        .emitted = emitted,
                        .shells = shells,
                        .daemons = daemons,
                        .files = files,
                        .units = units,
                        .not_understood = not_understood,
                        .is_complete = ak_firmware_tree_is_complete(call->tree)};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, NULL)) {
      self.cut = "the limit of files";
      break;
    }
    if (!ak_service_look_at_node(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  for (guint i = 0; i < length && self.cut == NULL; i++)
    if (!ak_service_look_late(&self, i, error))
      return false;
  if (self.cut == NULL && shells->len == 0)
    ak_service_look_at_texts(&self);
  g_autofree char *sealed = ak_boot_blob_sealed(call->tree, paths);
  self.sealed = sealed;
  return finish(&self, error);
}

static const char *const sources[] = {"inittab(5), init(8)",
                                      "inetd.conf(5), xinetd.conf(5)",
                                      "systemd.unit(5), systemd.service(5)",
                                      "OpenWrt: init scripts and procd",
                                      "the servers' manual pages, named in boot-service.c and "
                                      "data/firmware/daemons.json",
                                      NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_service_test;
const AkTest ak_firmware_service_test = {
    .id = "firmware.service",
    .rev = 10,
    .title_en = "Services that the firmware starts at boot",
    .title_ja = "ファームウェアが起動時に始めるサービス",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = ak_service_outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 1,
    .stop_condition_en = "a limit on files, scripts or services",
    .stop_condition_ja = "ファイル・スクリプト・サービス数の上限",
    .sources = sources,
    .run = run,
};
