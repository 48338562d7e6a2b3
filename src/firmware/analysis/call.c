/* firmware.call: which programs import functions that programs are attacked through, ranked. */
#include <gio/gio.h>
#include <string.h>

#include "firmware/analysis/call-argument.h"
#include "firmware/analysis/call-sites.h"
#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/elf-read.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/paths.h"

#define LIST "/akashi/lists/dangerous-calls.txt"
#define MAX_RANKED 20
#define MAX_CALLS 128 /* rows of the list */

enum { DANGEROUS, SITES, WEIGHT, RANKING, COVERAGE };

static const AkTestOutput outputs[] = {
    [DANGEROUS] = {"call.dangerous", AK_VALUE_SET, NULL,
                   "functions it imports that programs are attacked through",
                   "取り込んでいる危険な関数"},
    [SITES] = {"call.sites", AK_VALUE_SET, NULL,
               "from how many places it calls them, and where a command is put together",
               "呼び出す箇所の数と、コマンドを組み立てる箇所の数"},
    [WEIGHT] = {"call.weight", AK_VALUE_INT, "points", "weight of these functions together",
                "その重みの合計"},
    [RANKING] = {"call.ranking", AK_VALUE_SET, NULL, "the programs with the highest weights",
                 "重みの大きいプログラム"},
    [COVERAGE] = {"call.coverage", AK_VALUE_SET, NULL, "what was looked at in full: programs",
                  "すべて調べたもの（プログラム）"},
    {NULL},
};

static const char *const everything[] = {"programs", NULL};

typedef struct {
  char *name;
  guint weight;
} Call;

typedef struct {
  char *path, *calls; /* "system, strcpy" */
  guint weight;
} Ranked;

static void call_free(Call *self) {
  g_free(self->name);
  g_free(self);
}

static void ranked_free(Ranked *self) {
  g_free(self->path);
  g_free(self->calls);
  g_free(self);
}

typedef struct {
  const AkCall *call;
  AkSink *sink;
  GPtrArray *calls;         /* of Call */
  const char *const *names; /* of these */
  GPtrArray *ranked;        /* of Ranked */
  guint silent;             /* programs that do not name what they call */
  bool is_complete;
} Looking;

/* What one program imports, by the list's index. */
typedef struct {
  const Looking *looking;
  bool seen[MAX_CALLS];
  guint imports;
  AkCallSites sites[MAX_CALLS];
  const char *unfollowed; /* why calls were not followed, or NULL */
} Imports;

static void take_import(const char *name, gpointer data) {
  Imports *self = data;
  self->imports++;
  for (guint i = 0; i < self->looking->calls->len; i++)
    self->seen[i] =
        self->seen[i] || strcmp(((const Call *)self->looking->calls->pdata[i])->name, name) == 0;
}

static bool read_imports(const guint8 *data, gsize size, Imports *out) {
  g_auto(AkElf) elf = {0};
  AkElfDynamic dynamic;
  if (!ak_elf_open(&elf, data, size, NULL) || !ak_elf_dynamic(&elf, &dynamic, NULL) ||
      !ak_elf_each_import(&elf, &dynamic, take_import, out, NULL))
    return false;
  out->unfollowed = ak_call_sites_count(&elf, &dynamic, out->looking->names,
                                        out->looking->calls->len, out->sites);
  return true;
}

/* "system: 3, 1 constant, 1 built, 1 not told"; "strcpy: 12". */
static char *sites_text(const char *name, const AkCallSites *sites) {
  GString *text = g_string_new(NULL);
  g_string_printf(text, "%s: %u", name, sites->sites);
  if (ak_call_sites_is_command(name) && sites->sites > 0)
    g_string_append_printf(text, ", %u constant, %u built, %u not told", sites->constant,
                           sites->built, sites->sites - sites->constant - sites->built);
  return g_string_free(text, FALSE);
}

static bool emit_sites(Looking *self, const char *locator, const Imports *imports,
                       const AkCitation *place, GError **error) {
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  if (imports->unfollowed != NULL)
    return ak_firmware_emit(self->sink, "file", locator, outputs[SITES].property,
                            AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(imports->unfollowed), place,
                            error);
  for (guint i = 0; i < self->calls->len; i++)
    if (imports->seen[i])
      g_ptr_array_add(texts, sites_text(self->names[i], &imports->sites[i]));
  return ak_firmware_emit_set(self->sink, "file", locator, outputs[SITES].property, texts, place,
                              error);
}

static bool emit_program(Looking *self, guint node, const Imports *imports, GError **error) {
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  guint weight = 0;
  for (guint i = 0; i < self->calls->len; i++) {
    const Call *call = self->calls->pdata[i];
    /* a command that is put together counts twice: the function, and each such place */
    weight += imports->seen[i] ? call->weight * (1 + imports->sites[i].built) : 0;
    if (imports->seen[i])
      g_ptr_array_add(names, call->name);
  }
  AkCitation place;
  if (!ak_firmware_emit_place(self->call, self->sink, node, NULL, &place, error) ||
      !ak_firmware_emit_set(self->sink, "file", locator, outputs[DANGEROUS].property, names, &place,
                            error) ||
      !emit_sites(self, locator, imports, &place, error))
    return false;
  if (weight == 0)
    return true;
  g_ptr_array_add(names, NULL);
  Ranked *ranked = g_new0(Ranked, 1);
  *ranked = (Ranked){g_strdup(ak_firmware_tree_node(self->call->tree, node)->path),
                     g_strjoinv(", ", (GStrv)names->pdata), weight};
  g_ptr_array_add(self->ranked, ranked);
  return ak_firmware_emit(self->sink, "file", locator, outputs[WEIGHT].property, AK_OUTCOME_SEEN,
                          ak_value_int(weight, "points"), &place, error);
}

static bool look_at(Looking *self, guint node, const guint8 *data, gsize size, GError **error) {
  Imports imports = {.looking = self};
  if (!read_imports(data, size, &imports)) {
    self->is_complete = false;
    return true;
  }
  if (imports.imports > 0)
    return emit_program(self, node, &imports, error);
  self->silent++;
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  return ak_firmware_emit(self->sink, "file", locator, outputs[DANGEROUS].property,
                          AK_OUTCOME_COULD_NOT_LOOK,
                          ak_value_text("it does not name what it calls"), NULL, error);
}

static gint by_weight(gconstpointer a, gconstpointer b) {
  const Ranked *left = *(const Ranked *const *)a, *right = *(const Ranked *const *)b;
  if (left->weight != right->weight)
    return left->weight > right->weight ? -1 : 1;
  return strcmp(left->path, right->path);
}

/* "01. /usr/sbin/httpd: 12 (system, strcpy)": the number first, since sets are sorted. */
static bool finish(Looking *self, GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_sort(self->ranked, by_weight);
  for (guint i = 0; i < MIN(self->ranked->len, MAX_RANKED); i++) {
    const Ranked *ranked = self->ranked->pdata[i];
    g_ptr_array_add(rows, g_strdup_printf("%02u. %s: %u (%s)", i + 1, ranked->path, ranked->weight,
                                          ranked->calls));
  }
  /* programs that do not name what they call may call anything */
  bool is_open = rows->len == 0 && self->silent > 0;
  const char *image = self->call->subject->locator;
  if (rows->len > 0 && !ak_firmware_emit_set(self->sink, "image", image, outputs[RANKING].property,
                                             rows, NULL, error))
    return false;
  if (is_open && !ak_firmware_emit_none(self->call, self->sink, outputs[RANKING].property,
                                        "a program does not name what it calls", error))
    return false;
  const guint counts[COVERAGE] = {1, 1, 1, rows->len + is_open};
  AkFirmwareEnd end = {.counts = counts,
                       .unread = self->is_complete ? NULL : "a program was not read"};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static GPtrArray *read_list(GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(LIST, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (bytes == NULL)
    return NULL;
  GPtrArray *calls = g_ptr_array_new_with_free_func((GDestroyNotify)call_free);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL && calls->len < MAX_CALLS; line++) {
    g_auto(GStrv) words = g_strsplit(*line, "  ", 3);
    if (**line == '#' || g_strv_length(words) != 3)
      continue;
    Call *call = g_new0(Call, 1);
    *call = (Call){g_strdup(words[0]), (guint)g_ascii_strtoull(words[1], NULL, 10)};
    g_ptr_array_add(calls, call);
  }
  return calls;
}

/* Programs alone: of libraries nobody knows here which of their functions are used. */
static bool is_program(const AkFirmwareTree *tree, guint index, const guint8 *data, gsize size) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  bool is_library =
      strstr(node->path, ".so") != NULL || strstr(node->path, "/lib/modules/") != NULL;
  return data != NULL && !is_library && ak_firmware_tree_is_leaf(tree, index) &&
         (node->in_file || node->path[0] == '/') && ak_elf_is_program(data, size);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(GPtrArray) calls = read_list(error);
  if (calls == NULL)
    return false;
  g_autoptr(GPtrArray) ranked = g_ptr_array_new_with_free_func((GDestroyNotify)ranked_free);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < calls->len; i++)
    g_ptr_array_add(names, ((const Call *)calls->pdata[i])->name);
  Looking self = {.call = call,
                  .sink = sink,
                  .calls = calls,
                  .names = (const char *const *)names->pdata,
                  .ranked = ranked,
                  .is_complete = true};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    const AkNode *node = ak_firmware_tree_node(call->tree, i);
    gsize size = 0;
    const guint8 *data = node->bytes != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
    if (!is_program(call->tree, i, data, size))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, data, size, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"data/lists/dangerous-calls.txt", "POSIX.1-2017", "CWE 4.x",
                                      "psABIs of x86-64, AArch64, ARM, MIPS", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_call_test;
const AkTest ak_firmware_call_test = {
    .id = "firmware.call",
    .rev = 3,
    .title_en = "Dangerous functions that programs import",
    .title_ja = "プログラムが取り込む危険な関数",
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
    .preload = ak_call_arguments_preload,
};
