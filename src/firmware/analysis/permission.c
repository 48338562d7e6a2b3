/* firmware.permission: files whose rights reach further than they need. */
#include <string.h>

#include "firmware/analysis/emit.h"
#include "firmware/unpack/tree.h"

#define MAX_SEEN 10000 /* of a property: images in which every file is open to all exist */

static const AkTestOutput outputs[] = {
    {"permission.setuid", AK_VALUE_TEXT, NULL, "mode and owner of a program that runs as its owner",
     "所有者の権限で動くプログラムのモードと所有者"},
    {"permission.setgid", AK_VALUE_TEXT, NULL, "mode and group of a program that runs as its group",
     "グループの権限で動くプログラムのモードとグループ"},
    {"permission.world-writable", AK_VALUE_TEXT, NULL,
     "mode of a file, or of a folder without sticky bit, that anyone may write",
     "誰でも書き込めるファイル、またはスティッキービットのないフォルダーのモード"},
    {"permission.device", AK_VALUE_TEXT, NULL, "kind, mode and owner of a device node",
     "デバイスノードの種類・モード・所有者"},
    {"permission.coverage", AK_VALUE_SET, NULL, "what was looked at in full: modes",
     "すべて調べたもの（モード）"},
    {NULL},
};

static const char *const everything[] = {"modes", NULL};

#define PROPERTY_COUNT (G_N_ELEMENTS(outputs) - 2) /* without coverage and the end */

typedef struct {
  guint property; /* index into outputs */
  guint node;
  char *text;
} Row;

static void row_free(Row *self) {
  g_free(self->text);
  g_free(self);
}

typedef struct {
  const AkCall *call;
  AkSink *sink;
  GPtrArray *rows; /* of Row */
  guint counts[PROPERTY_COUNT];
  const char *cut; /* why not everything was looked at, or NULL */
  bool has_no_modes; /* a filesystem stores none */
} Looking;

enum { SETUID, SETGID, WORLD_WRITABLE, DEVICE };

static void add(Looking *self, guint property, guint node, char *text) {
  if (self->counts[property] >= MAX_SEEN) {
    self->cut = "more files than are listed";
    g_free(text);
    return;
  }
  self->counts[property]++;
  Row *row = g_new0(Row, 1);
  *row = (Row){property, node, text};
  g_ptr_array_add(self->rows, row);
}

/* Source: inode(7), "The file mode": setuid 04000, setgid 02000, sticky 01000, others may write 02.
 * A setgid folder hands its group down and gives no rights. */
static void look_at_mode(Looking *self, guint index, const AkNode *node) {
  bool is_file = node->type == AK_NODE_FILE;
  if (is_file && (node->mode & 04000) != 0)
    add(self, SETUID, index, g_strdup_printf("%04o uid %u", node->mode, node->uid));
  if (is_file && (node->mode & 02000) != 0)
    add(self, SETGID, index, g_strdup_printf("%04o gid %u", node->mode, node->gid));
  if ((node->mode & 02) != 0 && (is_file || (node->mode & 01000) == 0))
    add(self, WORLD_WRITABLE, index, g_strdup_printf("%04o %s", node->mode, is_file ? "file" : "folder"));
}

/* Its `target` says what it is: "char 5:1", "block 8:0", "fifo", "socket"; NULL: not told. */
static void look_at_special(Looking *self, guint index, const AkNode *node) {
  const char *what = node->target != NULL ? node->target : "";
  bool is_block = g_str_has_prefix(what, "block"), is_char = g_str_has_prefix(what, "char");
  if (strcmp(what, "fifo") == 0 || strcmp(what, "socket") == 0)
    return;
  add(self, DEVICE, index,
      g_strdup_printf("%s %04o uid %u",
                      is_block  ? "block device"
                      : is_char ? "character device"
                                : "special file",
                      node->mode, node->uid));
}

static void look_at(Looking *self, guint index) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  if (index == 0 || node->path[0] != '/' || node->type == AK_NODE_SYMLINK)
    return; /* the rights of a link are those of its target */
  if (node->type == AK_NODE_OTHER)
    look_at_special(self, index, node);
  else if (node->no_mode)
    self->has_no_modes = true;
  else
    look_at_mode(self, index, node);
}

/* One blob names all of them; each observation cites it. */
static bool keep_rows(Looking *self, AkCitation *citation, GError **error) {
  g_autoptr(json_t) list = json_array();
  for (guint i = 0; i < self->rows->len; i++) {
    const Row *row = self->rows->pdata[i];
    const AkNode *node = ak_firmware_tree_node(self->call->tree, row->node);
    g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, row->node);
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:i, s:I, s:I}", "node", locator, "property",
                                    outputs[row->property].property, "mode", (int)node->mode, "uid",
                                    (json_int_t)node->uid, "gid", (json_int_t)node->gid));
  }
  return ak_firmware_emit_keep(self->sink, list, citation, error);
}

static bool emit_rows(Looking *self, GError **error) {
  AkCitation citation;
  if (self->rows->len > 0 && !keep_rows(self, &citation, error))
    return false;
  for (guint i = 0; i < self->rows->len; i++) {
    const Row *row = self->rows->pdata[i];
    g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, row->node);
    if (!ak_firmware_emit(self->sink, "file", locator, outputs[row->property].property,
                          AK_OUTCOME_SEEN, ak_value_text(row->text), &citation, error))
      return false;
  }
  return true;
}

/* Where no modes are stored no program has the rights of its owner: fmask, dmask and umask take rights away and give no such
 * (mount(8), "Mount options for fat"). Who may write there is decided where it is mounted. */
static bool tell_no_modes(Looking *self, GError **error) {
  if (!self->has_no_modes || self->counts[WORLD_WRITABLE]++ > 0)
    return true;
  g_autofree char *reason = ak_firmware_emit_reason(
      self->call, "a filesystem stores no modes: who may write there is decided where it is mounted");
  return ak_firmware_emit_none(self->call, self->sink, outputs[WORLD_WRITABLE].property, reason, error);
}

static bool finish(Looking *self, GError **error) {
  if (!tell_no_modes(self, error))
    return false;
  AkFirmwareEnd end = {.counts = self->counts, .unread = self->cut};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);
  Looking self = {.call = call, .sink = sink, .rows = rows};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, NULL)) {
      self.cut = "the limit of files";
      break;
    }
    look_at(&self, i);
  }
  return emit_rows(&self, error) && finish(&self, error);
}

static const char *const sources[] = {"inode(7), \"The file type and mode\"", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_permission_test;
const AkTest ak_firmware_permission_test = {
    .id = "firmware.permission",
    .rev = 3,
    .title_en = "Rights of the files in the firmware",
    .title_ja = "ファームウェア内ファイルの権限",
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
