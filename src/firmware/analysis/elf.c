/* firmware.elf: the hardening of every program and library of an image. */
#include <string.h>

#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/paths.h"

enum {
  FILE_KIND,
  MISSING,
  RELRO,
  FORTIFIED,
  FORTIFIABLE,
  CONTROL_FLOW,
  STRIPPED,
  RPATH,
  RISKY_PATH,
  SETUID,
  SUMMARY,
  COUNT,
  COVERAGE,
};

static const AkTestOutput outputs[] = {
    [FILE_KIND] = {"elf.file", AK_VALUE_TEXT, NULL, "machine and kind of a program",
                   "プログラムの種類"},
    [MISSING] = {"elf.missing", AK_VALUE_SET, NULL, "hardening that a program lacks",
                 "欠けている堅牢化"},
    [RELRO] = {"elf.relro", AK_VALUE_TEXT, NULL,
               "tables that are read-only once filled in: partial, full",
               "読み取り専用になる表の範囲（partial、full）"},
    [FORTIFIED] = {"elf.fortified", AK_VALUE_INT, "functions",
                   "functions called in their checked form", "検査付きで呼び出す関数の数"},
    [FORTIFIABLE] = {"elf.fortifiable", AK_VALUE_INT, "functions",
                     "functions called that have a checked form",
                     "検査付きの形がある呼び出し関数の数"},
    [CONTROL_FLOW] = {"elf.control-flow", AK_VALUE_SET, NULL, "marks of protected control flow",
                      "制御フロー保護の印"},
    [STRIPPED] = {"elf.stripped", AK_VALUE_BOOL, NULL, "the table of all symbols was taken away",
                  "シンボル表が取り除かれている"},
    [RPATH] = {"elf.rpath", AK_VALUE_SET, NULL, "folders where it looks for libraries first",
               "ライブラリを先に探すフォルダ"},
    [RISKY_PATH] = {"elf.risky-path", AK_VALUE_SET, NULL,
                    "such folders where others may put libraries",
                    "他者がライブラリを置けるおそれのあるフォルダ"},
    [SETUID] = {"elf.setuid", AK_VALUE_TEXT, NULL, "runs with the rights of its owner or group",
                "所有者またはグループの権限で動く"},
    [SUMMARY] = {"elf.summary", AK_VALUE_SET, NULL, "how many programs have each hardening",
                 "各堅牢化を備えるプログラムの数"},
    [COUNT] = {"elf.count", AK_VALUE_INT, "", "programs looked at", "調べたプログラムの数"},
    [COVERAGE] = {"elf.coverage", AK_VALUE_SET, NULL, "what was looked at in full: executables",
                  "すべて調べたもの（実行ファイル）"},
    {NULL},
};

static const char *const everything[] = {"executables", NULL};

/* What is counted over all programs. */
enum { NX, PIE, ANY_RELRO, FULL_RELRO, CANARY, FORTIFY, MARKED, CHECKS };
static const char *const checks[CHECKS] = {
    [NX] = "nx",
    [PIE] = "pie",
    [ANY_RELRO] = "relro",
    [FULL_RELRO] = "full relro",
    [CANARY] = "canary",
    [FORTIFY] = "fortify",
    [MARKED] = "control flow",
};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  guint count;
  guint answers[CHECKS][3]; /* by AkElfAnswer */
  guint seen[G_N_ELEMENTS(outputs)];
  bool complete;
} Looking;

/* One program that was read. */
typedef struct {
  guint node;
  const char *locator;
  AkCitation header;
  AkElfFile file;
} Program;

static bool emit(Looking *self, const Program *program, guint property, AkOutcome outcome,
                 AkValue value, GError **error) {
  self->seen[property] += outcome != AK_OUTCOME_ABSENT;
  return ak_firmware_emit(self->sink, "file", program->locator, outputs[property].property, outcome,
                          value, program->header.size > 0 ? &program->header : NULL, error);
}

static void count_answers(Looking *self, const AkElfFile *file) {
  const AkElfAnswer answers[CHECKS] = {
      [NX] = file->nx,
      [PIE] = file->pie,
      [ANY_RELRO] = file->relro,
      [FULL_RELRO] = file->relro_level == AK_ELF_RELRO_FULL ? AK_ELF_YES : AK_ELF_NO,
      [CANARY] = file->canary,
      [FORTIFY] = file->fortify,
      [MARKED] = file->marks != 0 ? AK_ELF_YES : AK_ELF_NO,
  };
  for (gsize i = 0; i < CHECKS; i++)
    self->answers[i][answers[i]]++;
}

static AkValue missing_of(const AkElfFile *file) {
  const struct {
    AkElfAnswer answer;
    const char *name;
  } parts[] = {{file->canary, "canary"},
               {file->fortify, "fortify"},
               {file->nx, "nx"},
               {file->pie, "pie"},
               {file->relro, "relro"}};
  const char *missing[G_N_ELEMENTS(parts) + 1] = {NULL};
  gsize count = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (parts[i].answer == AK_ELF_NO)
      missing[count++] = parts[i].name;
  return ak_value_set(missing);
}

static AkValue describe(const AkElfFile *file) {
  g_autofree char *machine = ak_elf_machine_name(file->machine);
  g_autofree char *text = g_strdup_printf("%s %s%s", machine, file->is_static ? "static " : "",
                                          file->is_shared ? "library" : "executable");
  return ak_value_text(text);
}

/* Of a static program the imports cannot be read, so what they would tell stays open. */
static bool emit_missing(Looking *self, const Program *program, GError **error) {
  const AkElfFile *file = &program->file;
  g_auto(AkValue) missing = missing_of(file);
  const char *open =
      file->is_static                   ? "a static program does not name what it calls"
      : file->canary == AK_ELF_UNKNOWN  ? "it calls nothing outside of itself"
      : file->fortify == AK_ELF_UNKNOWN ? "what it calls does not show whether FORTIFY was on"
      : file->nx == AK_ELF_UNKNOWN      ? "the kernel decides whether its stack is executable"
                                        : NULL;
  if (missing.set[0] != NULL)
    return emit(self, program, MISSING, AK_OUTCOME_SEEN, ak_value_copy(&missing), error);
  if (open != NULL)
    return emit(self, program, MISSING, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(open), error);
  return emit(self, program, MISSING, AK_OUTCOME_ABSENT, (AkValue){0}, error);
}

static bool emit_calls(Looking *self, const Program *program, GError **error) {
  const AkElfFile *file = &program->file;
  static const char reason[] = "a static program does not name what it calls";
  if (file->is_static)
    return emit(self, program, FORTIFIED, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason),
                error) &&
           emit(self, program, FORTIFIABLE, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason),
                error);
  return emit(self, program, FORTIFIED, AK_OUTCOME_SEEN, ak_value_int(file->fortified, "functions"),
              error) &&
         emit(self, program, FORTIFIABLE, AK_OUTCOME_SEEN,
              ak_value_int(file->fortifiable, "functions"), error);
}

static bool emit_form(Looking *self, const Program *program, GError **error) {
  const AkElfFile *file = &program->file;
  static const char *const levels[] = {NULL, "partial", "full"};
  bool has_relro = file->relro_level != AK_ELF_RELRO_NONE;
  const char *marks[AK_ELF_MARKS + 1] = {NULL};
  for (guint i = 0, count = 0; i < AK_ELF_MARKS; i++)
    if ((file->marks & 1u << i) != 0)
      marks[count++] = ak_elf_mark_name(i);
  AkOutcome stripped = file->stripped == AK_ELF_UNKNOWN ? AK_OUTCOME_COULD_NOT_LOOK
                       : file->stripped == AK_ELF_YES   ? AK_OUTCOME_SEEN
                                                        : AK_OUTCOME_ABSENT;
  return emit(self, program, RELRO, has_relro ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
              has_relro ? ak_value_text(levels[file->relro_level]) : (AkValue){0}, error) &&
         emit(self, program, CONTROL_FLOW, marks[0] != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
              marks[0] != NULL ? ak_value_set(marks) : (AkValue){0}, error) &&
         emit(self, program, STRIPPED, stripped,
              stripped == AK_OUTCOME_SEEN ? ak_value_bool(true)
              : stripped == AK_OUTCOME_COULD_NOT_LOOK
                  ? ak_value_text("its section headers are damaged")
                  : (AkValue){0},
              error);
}

/* A folder of the image where everybody may write, sticky or not: a name that is not there yet can
 * be made. */
static bool is_open_folder(const Looking *self, guint node, const char *path) {
  guint index = 0;
  guint container = ak_firmware_tree_node(self->call->tree, node)->parent;
  if (ak_firmware_paths_find(self->paths, container, "", path, &index) != AK_PATH_FOUND)
    return false;
  const AkNode *folder = ak_firmware_tree_node(self->call->tree, index);
  return folder->type == AK_NODE_FOLDER && !folder->no_mode && (folder->mode & 0002) != 0;
}

/* "$ORIGIN/../lib" is a folder beside the file's own. Source: ld.so(8). Caller frees. */
static char *place_of(const Looking *self, guint node, const char *path) {
  static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
  g_autofree char *folder = g_path_get_dirname(ak_firmware_tree_node(self->call->tree, node)->path);
  for (gsize i = 0; i < G_N_ELEMENTS(origins); i++) {
    const char *rest = g_str_has_prefix(path, origins[i]) ? path + strlen(origins[i]) : NULL;
    if (rest == NULL || (*rest != '\0' && *rest != '/') || *folder != '/')
      continue;
    g_autofree char *whole = g_strconcat(folder, rest, NULL);
    return g_canonicalize_filename(whole, "/");
  }
  return g_strdup(path);
}

static void add_paths(const Looking *self, guint node, const char *kind, const char *paths,
                      GPtrArray *all, GPtrArray *risky) {
  g_auto(GStrv) parts = g_strsplit(paths != NULL ? paths : "", ":", -1);
  static const char *const one_empty[] = {"", NULL};
  const char *const *list =
      paths != NULL && *paths == '\0' ? one_empty : (const char *const *)parts;
  for (; *list != NULL; list++) {
    g_autofree char *place = place_of(self, node, *list);
    const char *risk = ak_elf_path_risk(place);
    if (risk == NULL && is_open_folder(self, node, place))
      risk = "everybody may write there";
    g_ptr_array_add(all, g_strdup_printf("%s %s", kind, *list));
    if (risk != NULL)
      g_ptr_array_add(risky, g_strdup_printf("%s %s: %s", kind, *list, risk));
  }
}

/* Said of the files that have one; of none at all the image speaks. */
static bool emit_rare(Looking *self, const Program *program, GError **error) {
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) risky = g_ptr_array_new_with_free_func(g_free);
  const AkNode *node = ak_firmware_tree_node(self->call->tree, program->node);
  add_paths(self, program->node, "RPATH", program->file.rpath, all, risky);
  add_paths(self, program->node, "RUNPATH", program->file.runpath, all, risky);
  self->seen[RPATH] += all->len > 0;
  self->seen[RISKY_PATH] += risky->len > 0;
  if (all->len > 0 && !ak_firmware_emit_set(self->sink, "file", program->locator,
                                            outputs[RPATH].property, all, &program->header, error))
    return false;
  if (risky->len > 0 &&
      !ak_firmware_emit_set(self->sink, "file", program->locator, outputs[RISKY_PATH].property,
                            risky, &program->header, error))
    return false;
  if (node->no_mode || (node->mode & 06000) == 0)
    return true;
  g_autofree char *text =
      g_strdup_printf("%04o uid %u gid %u", node->mode & 07777, node->uid, node->gid);
  return emit(self, program, SETUID, AK_OUTCOME_SEEN, ak_value_text(text), error);
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

static bool look_at(Looking *self, guint index, const guint8 *data, gsize size, GError **error) {
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, index);
  g_autoptr(GError) failure = NULL;
  g_auto(AkElfFile) file = {0};
  Program program = {.node = index, .locator = locator};
  if (!ak_elf_file_read(data, size, &file, &failure)) {
    self->complete = false;
    return emit(self, &program, MISSING, AK_OUTCOME_CUT, ak_value_text(failure->message), error);
  }
  program.file = file;
  program.header.size = file.header_size;
  self->count++;
  count_answers(self, &file);
  return ak_sink_blob(self->sink, data, file.header_size, &program.header.digest, error) &&
         emit(self, &program, FILE_KIND, AK_OUTCOME_SEEN, describe(&file), error) &&
         emit_missing(self, &program, error) && emit_calls(self, &program, error) &&
         emit_form(self, &program, error) && emit_rare(self, &program, error);
}

static bool emit_summary(Looking *self, GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; i < CHECKS && self->count > 0; i++) {
    guint unknown = self->answers[i][AK_ELF_UNKNOWN];
    g_autofree char *rest = unknown > 0 ? g_strdup_printf(", %u not told", unknown) : g_strdup("");
    g_ptr_array_add(rows, g_strdup_printf("%s: %u of %u%s", checks[i], self->answers[i][AK_ELF_YES],
                                          self->count, rest));
  }
  return ak_firmware_emit_set(self->sink, "image", self->call->subject->locator,
                              outputs[SUMMARY].property, rows, NULL, error);
}

static bool finish(Looking *self, GError **error) {
  guint counts[COVERAGE];
  for (guint i = 0; i < COVERAGE; i++)
    counts[i] = i == RPATH || i == RISKY_PATH || i == SETUID ? self->seen[i] : 1;
  AkFirmwareEnd end = {.counts = counts,
                       .unread = self->complete ? NULL : "a program was not read in full"};
  return ak_firmware_emit(self->sink, "image", self->call->subject->locator,
                          outputs[COUNT].property, AK_OUTCOME_SEEN, ak_value_int(self->count, ""),
                          NULL, error) &&
         emit_summary(self, error) && ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  Looking self = {.call = call, .sink = sink, .paths = paths, .complete = true};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    gsize size = 0;
    const guint8 *data = node->bytes != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
    if (!is_judged(call->tree, i) || data == NULL || !ak_elf_is_program(data, size))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, data, size, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"System V gABI", "Linux Standard Base 5.0, 11.2",
                                      "Linux Extensions to gABI, Program Property", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_elf_test;
const AkTest ak_firmware_elf_test = {
    .id = "firmware.elf",
    .rev = 3,
    .title_en = "Hardening of programs in the firmware",
    .title_ja = "ファームウェア内プログラムの堅牢化",
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
