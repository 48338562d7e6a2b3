/* firmware.elf: the hardening of every program and library of an image. */
#include <string.h>

#include "core/test.h"
#include "firmware/analysis/elf-file.h"
#include "firmware/unpack/tree.h"

static const AkTestOutput outputs[] = {
    {"elf.file", AK_VALUE_TEXT, NULL, "machine and kind of a program", "プログラムの種類"},
    {"elf.missing", AK_VALUE_SET, NULL, "hardening that a program lacks", "欠けている堅牢化"},
    {"elf.count", AK_VALUE_INT, "", "programs looked at", "調べたプログラムの数"},
    {"elf.coverage", AK_VALUE_SET, NULL, "what was looked at in full: executables",
     "すべて調べたもの（実行ファイル）"},
    {NULL},
};

static const char *const everything[] = {"executables", NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  guint count;
  bool complete;
} Looking;

static AkValue missing_of(const AkElfFile *file) {
  const struct {
    AkElfAnswer answer;
    const char *name;
  } checks[] = {{file->canary, "canary"},
                {file->fortify, "fortify"},
                {file->nx, "nx"},
                {file->pie, "pie"},
                {file->relro, "relro"}};
  const char *missing[G_N_ELEMENTS(checks) + 1] = {NULL};
  gsize count = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
    if (checks[i].answer == AK_ELF_NO)
      missing[count++] = checks[i].name;
  return ak_value_set(missing);
}

static bool emit(Looking *self, const char *locator, const char *property, AkOutcome outcome,
                 AkValue value, const AkDigest *header, gsize header_size, GError **error) {
  AkObservation *seen = ak_observation_new("file", locator, property, outcome);
  ak_observation_take_value(seen, value);
  if (header != NULL)
    ak_observation_cite(seen, header, 0, header_size);
  return ak_sink_observe(self->sink, seen, error);
}

static AkValue describe(const AkElfFile *file) {
  g_autofree char *machine = ak_elf_machine_name(file->machine);
  g_autofree char *text = g_strdup_printf("%s %s%s", machine, file->is_static ? "static " : "",
                                          file->is_shared ? "library" : "executable");
  return ak_value_text(text);
}

/* Of a static program the imports cannot be read, so what they would tell stays open. */
static bool emit_hardening(Looking *self, const char *locator, const AkElfFile *file,
                           const AkDigest *header, GError **error) {
  g_auto(AkValue) missing = missing_of(file);
  bool is_open = file->canary == AK_ELF_UNKNOWN || file->fortify == AK_ELF_UNKNOWN;
  AkOutcome outcome = missing.set[0] != NULL ? AK_OUTCOME_SEEN
                      : is_open              ? AK_OUTCOME_COULD_NOT_LOOK
                                             : AK_OUTCOME_ABSENT;
  AkValue value = {0};
  if (outcome == AK_OUTCOME_SEEN)
    value = ak_value_copy(&missing);
  else if (is_open)
    value = ak_value_text(file->is_static ? "a static program does not name what it calls"
                          : file->canary == AK_ELF_UNKNOWN
                              ? "it calls nothing outside of itself"
                              : "what it calls does not show whether FORTIFY was on");
  return emit(self, locator, "elf.missing", outcome, value, header, file->header_size, error);
}

/* Only what runs as a process of the device is judged: no code for other processors, no modules of
 * the kernel, nothing outside of a filesystem. */
static bool is_judged(const AkFirmwareTree *tree, guint index) {
  static const char *const others[] = {"/lib/firmware/", "/usr/lib/firmware/", "/lib/modules/",
                                       "/usr/lib/modules/"};
  const AkNode *node = ak_firmware_tree_node(tree, index);
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    if (g_str_has_prefix(node->path, others[i]))
      return false;
  return ak_firmware_tree_is_leaf(tree, index) && (node->in_file || *node->path == '/');
}

static bool look_at(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  g_autoptr(GError) failure = NULL;
  AkElfFile file;
  AkDigest header;
  if (!ak_elf_file_read(data, size, &file, &failure)) {
    self->complete = false;
    return emit(self, locator, "elf.missing", AK_OUTCOME_CUT, ak_value_text(failure->message), NULL,
                0, error);
  }
  self->count++;
  return ak_sink_blob(self->sink, data, file.header_size, &header, error) &&
         emit(self, locator, "elf.file", AK_OUTCOME_SEEN, describe(&file), &header,
              file.header_size, error) &&
         emit_hardening(self, locator, &file, &header, error);
}

static bool finish(Looking *self, GError **error) {
  static const char *const whole[] = {"executables", NULL};
  bool complete = self->complete && ak_firmware_tree_is_complete(self->call->tree);
  AkObservation *count =
      ak_observation_new("image", self->call->subject->locator, "elf.count", AK_OUTCOME_SEEN);
  ak_observation_take_value(count, ak_value_int(self->count, ""));
  if (!ak_sink_observe(self->sink, count, error))
    return false;
  AkObservation *coverage =
      ak_observation_new("image", self->call->subject->locator, "elf.coverage",
                         complete ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT);
  ak_observation_take_value(coverage, ak_value_set(complete ? whole : NULL));
  return ak_sink_observe(self->sink, coverage, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  Looking self = {.call = call, .sink = sink, .complete = true};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    gsize size = 0;
    const guint8 *data = node->bytes != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
    if (!is_judged(call->tree, i) || data == NULL || !ak_elf_is_program(data, size))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"System V gABI", "Linux Standard Base 5.0, 11.2", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_elf_test;
const AkTest ak_firmware_elf_test = {
    .id = "firmware.elf",
    .rev = 1,
    .title_en = "Hardening of programs in the firmware",
    .title_ja = "ファームウェア内プログラムの堅牢化",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000},
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
