/* firmware.schedule: what cron starts, and which of it everybody may change. */
#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-start.h"
#include "firmware/analysis/cron-file.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/paths.h"

#define MAX_BYTES (256 * 1024)

enum { JOB, WRITABLE, COVERAGE };

static const AkTestOutput outputs[] = {
    [JOB] = {"schedule.job", AK_VALUE_SET, NULL, "what cron starts, and when",
             "cronが起動するものと時刻"},
    [WRITABLE] = {"schedule.writable", AK_VALUE_SET, NULL,
                  "such programs that everybody may change", "誰でも書き換えられるもの"},
    [COVERAGE] = {"schedule.coverage", AK_VALUE_SET, NULL, "what was looked at in full: tables",
                  "すべて調べたもの（cronの表）"},
    {NULL},
};

static const char *const everything[] = {"tables", NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  guint seen[COVERAGE];
  bool has_unread;
} Looking;

/* Of a program, as the device opens it; a folder's rights let others exchange it, too. */
static bool is_path_writable(const Looking *self, guint table, const char *program) {
  guint index = 0, container = ak_firmware_tree_node(self->call->tree, table)->parent;
  g_autofree char *folder = g_path_get_dirname(program);
  const char *const paths[] = {program, folder};
  for (gsize i = 0; *program == '/' && i < G_N_ELEMENTS(paths); i++) {
    if (ak_firmware_paths_find(self->paths, container, "", paths[i], &index) != AK_PATH_FOUND)
      continue;
    const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
    bool is_sticky = i == 1 && (node->mode & 01000) != 0;
    if (!node->no_mode && (node->mode & 0002) != 0 && !is_sticky)
      return true;
  }
  return false;
}

/* Programs of the command's parts, and the scripts that shells are given: "cd / && sh /opt/x". */
static bool is_writable(const Looking *self, guint table, const AkCronJob *job) {
  g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_SCRIPT, (const guint8 *)job->command, strlen(job->command), NULL, NULL);
  bool is_open = is_path_writable(self, table, job->program);
  for (guint i = 0; i < commands->len && !is_open; i++) {
    const AkBootCommand *command = commands->pdata[i];
    const char *script = ak_boot_start_is_shell(ak_boot_start_name(command->program)) || strcmp(command->program, ".") == 0
                             ? ak_boot_argument_operand((const char *const *)command->arguments, "oO")
                             : NULL;
    is_open = !command->is_never && (is_path_writable(self, table, command->program) || (script != NULL && is_path_writable(self, table, script)));
  }
  return is_open;
}

static char *shown(const AkCronJob *job) {
  g_autofree char *text = g_strdup_printf("%s: %s", job->when, job->program);
  g_auto(AkValue) clean = ak_value_text_from_bytes(text, strlen(text), 400);
  return g_strdup(clean.text);
}

static bool emit_jobs(Looking *self, guint table, const GPtrArray *jobs, GError **error) {
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) writable = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, table);
  for (guint i = 0; i < jobs->len; i++) {
    const AkCronJob *job = jobs->pdata[i];
    g_ptr_array_add(all, shown(job));
    if (is_writable(self, table, job))
      g_ptr_array_add(writable, shown(job));
  }
  AkCitation place;
  self->seen[JOB] += all->len > 0;
  self->seen[WRITABLE] += writable->len > 0;
  return ak_firmware_emit_place(self->call, self->sink, table, NULL, &place, error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[JOB].property, all, &place,
                              error) &&
         ak_firmware_emit_set(self->sink, "file", locator, outputs[WRITABLE].property, writable,
                              &place, error);
}

/* A program of a folder that is run as a whole. */
static bool look_at_program(Looking *self, guint index, const char *period, GError **error) {
  const char *path = ak_firmware_tree_node(self->call->tree, index)->path;
  g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)ak_cron_job_free);
  AkCronJob *job = g_new0(AkCronJob, 1);
  *job = (AkCronJob){g_strdup(period), g_strdup(path), g_strdup(path)};
  g_ptr_array_add(jobs, job);
  return emit_jobs(self, index, jobs, error);
}

static bool look_at(Looking *self, guint index, bool has_user, GError **error) {
  gsize size = 0;
  guint unread = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  if (data == NULL || size > MAX_BYTES) {
    self->has_unread = true;
    return true;
  }
  g_autoptr(GPtrArray) jobs = ak_cron_file_read(data, size, has_user, &unread);
  self->has_unread = self->has_unread || unread > 0;
  return emit_jobs(self, index, jobs, error);
}

static bool finish(Looking *self, GError **error) {
  AkFirmwareEnd end = {.counts = self->seen,
                       .unread = self->has_unread ? "a table was not understood in full" : NULL};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  Looking self = {.call = call, .sink = sink, .paths = paths};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    bool has_user = false, is_entry = node->type == AK_NODE_FILE && node->path[0] == '/';
    g_autofree char *period = is_entry ? ak_cron_file_period(node->path) : NULL;
    if (!is_entry || (period == NULL && !ak_cron_file_is(node->path, &has_user)))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) ||
        !(period != NULL ? look_at_program(&self, i, period, error) : look_at(&self, i, has_user, error)))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"crontab(5)", "BusyBox, crond", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_schedule_test;
const AkTest ak_firmware_schedule_test = {
    .id = "firmware.schedule",
    .rev = 3,
    .title_en = "What cron starts",
    .title_ja = "cronが起動するもの",
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
