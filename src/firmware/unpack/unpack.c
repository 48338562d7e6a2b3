/* firmware.unpack: what lies inside an image, and how much of it was understood. */
#include <string.h>

#include "core/test.h"
#include "firmware/unpack/content.h"
#include "firmware/unpack/tree.h"

static const AkTestOutput outputs[] = {
    {"firmware.digest", AK_VALUE_TEXT, NULL, "SHA-256 of the image", "イメージのSHA-256"},
    {"firmware.formats", AK_VALUE_SET, NULL, "formats that were opened", "開いた形式"},
    {"firmware.files", AK_VALUE_INT, "", "regular files found", "見つかったファイルの数"},
    {"firmware.unknown", AK_VALUE_INT, "bytes",
     "bytes that no format explains and that are no padding",
     "どの形式でも説明できないバイト数（詰め物を除く）"},
    {"firmware.coverage", AK_VALUE_SET, NULL, "what was looked at in full: bytes, files",
     "すべて調べたもの（バイト、ファイル）"},
    {NULL},
};

static const char *const everything[] = {"bytes", "files", NULL};

static const char *const type_names[] = {
    [AK_NODE_FILE] = "file",
    [AK_NODE_FOLDER] = "folder",
    [AK_NODE_SYMLINK] = "link",
    [AK_NODE_OTHER] = "device",
};

/* What the bytes look like that nothing explains. */
static json_t *content_of(const AkNode *node) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autoptr(GArray) parts = ak_content_parts(data, size);
  json_t *rows = json_array();
  for (guint i = 0; i < parts->len; i++) {
    const AkContentPart *part = &g_array_index(parts, AkContentPart, i);
    json_array_append_new(rows, json_pack("{s:I, s:I, s:s, s:s*, s:s*, s:i}", "offset",
                                          (json_int_t)part->offset, "size", (json_int_t)part->size,
                                          "kind", ak_content_kind_name(part->kind), "architecture",
                                          part->architecture, "confidence", part->confidence,
                                          "entropy", (int)part->entropy_centibits));
  }
  return rows;
}

/* Of what is no file, and so stands in the map. */
static void add_statistics(const AkFirmwareTree *tree, guint index, json_t *row) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  if (node->bytes == NULL || (index != 0 && *node->path != '#'))
    return;
  json_object_set_new(row, "entropy", json_integer((json_int_t)node->entropy));
  if (node->in_file && node->format == NULL && node->unpadded > 0)
    json_object_set_new(row, "content_of_file", json_true());
  if (ak_firmware_tree_unknown_of(tree, index, NULL) > 0)
    json_object_set_new(row, "content", content_of(node));
}

/* One node: docs/formats/firmware.md, "The listing". */
static json_t *row_of(const AkFirmwareTree *tree, guint index) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  g_autofree char *locator = ak_firmware_tree_locator(tree, index);
  char hex[AK_DIGEST_HEX_SIZE] = "";
  gsize size = 0;
  if (node->bytes != NULL) {
    AkDigest digest = ak_firmware_tree_digest(tree, index);
    size = g_bytes_get_size(node->bytes);
    ak_digest_to_hex(&digest, hex);
  }
  json_t *row = json_pack(
      "{s:s, s:I, s:s, s:i, s:I, s:I, s:I, s:s, s:s*, s:s*, s:s*}", "node", locator, "parent",
      (json_int_t)node->parent, "type", type_names[node->type], "mode", (int)node->mode, "uid",
      (json_int_t)node->uid, "gid", (json_int_t)node->gid, "size", (json_int_t)size, "sha256", hex,
      "format", node->format, "target", node->target, "cut", node->cut);
  if (node->slice)
    json_object_set_new(row, "offset", json_integer((json_int_t)node->offset));
  if (node->format != NULL)
    json_object_set_new(row, "used", json_integer((json_int_t)node->used));
  const struct {
    const char *name;
    guint count;
  } counts[] = {{"modules", node->modules}, {"programs", node->programs}, {"raw", node->raws}};
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
    if (counts[i].count > 0)
      json_object_set_new(row, counts[i].name, json_integer(counts[i].count));
  guint64 unknown = ak_firmware_tree_unknown_of(tree, index, NULL);
  if (unknown > 0)
    json_object_set_new(row, "unknown", json_integer((json_int_t)unknown));
  if (node->in_file)
    json_object_set_new(row, "in_file", json_true());
  add_statistics(tree, index, row);
  return row;
}

static json_t *listing_of(const AkFirmwareTree *tree) {
  json_t *rows = json_array();
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    json_array_append_new(rows, row_of(tree, i));
  return rows;
}

/* The evidence of all observations here: the whole tree with a digest a file. */
static bool keep_listing(const AkFirmwareTree *tree, AkSink *sink, AkDigest *digest, gsize *size,
                         GError **error) {
  g_autoptr(json_t) listing = listing_of(tree);
  g_autofree char *text = ak_json_canonical(listing, size, error);
  return text != NULL && ak_sink_blob(sink, text, *size, digest, error);
}

static AkValue formats_of(const AkFirmwareTree *tree) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    if (node->format != NULL && strcmp(node->format, "parts") != 0)
      g_ptr_array_add(names, (gpointer)node->format);
  }
  g_ptr_array_add(names, NULL);
  return ak_value_set((const char *const *)names->pdata);
}

static gint64 count_files(const AkFirmwareTree *tree) {
  gint64 count = 0;
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    count += node->type == AK_NODE_FILE && node->path[0] == '/';
  }
  return count;
}

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkDigest listing;
  gsize listing_size;
} Looking;

static bool observe(const Looking *self, const char *property, AkOutcome outcome, AkValue value,
                    GError **error) {
  AkObservation *seen =
      ak_observation_new("image", self->call->subject->locator, property, outcome);
  ak_observation_take_value(seen, value);
  ak_observation_cite(seen, &self->listing, 0, self->listing_size);
  return ak_sink_observe(self->sink, seen, error);
}

static bool observe_digest(const Looking *self, GError **error) {
  AkDigest digest = ak_firmware_tree_digest(self->call->tree, 0);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  return observe(self, "firmware.digest", AK_OUTCOME_SEEN, ak_value_text(hex), error);
}

static bool observe_coverage(const Looking *self, GError **error) {
  bool complete = ak_firmware_tree_is_complete(self->call->tree);
  return observe(
      self, "firmware.coverage", complete ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
      ak_value_coverage(complete ? everything : NULL, ak_firmware_tree_gaps(self->call->tree)),
      error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  Looking self = {.call = call, .sink = sink};
  guint64 unknown = ak_firmware_tree_unknown_bytes(call->tree);
  if (!ak_sink_spend(sink, AK_SPEND_FILES, ak_firmware_tree_length(call->tree), error) ||
      !keep_listing(call->tree, sink, &self.listing, &self.listing_size, error))
    return false;
  return observe_digest(&self, error) &&
         observe(&self, "firmware.formats", AK_OUTCOME_SEEN, formats_of(call->tree), error) &&
         observe(&self, "firmware.files", AK_OUTCOME_SEEN,
                 ak_value_int(count_files(call->tree), ""), error) &&
         observe(&self, "firmware.unknown", unknown > 0 ? AK_OUTCOME_SEEN : AK_OUTCOME_ABSENT,
                 unknown > 0 ? ak_value_int((gint64)unknown, "bytes") : (AkValue){0}, error) &&
         observe_coverage(&self, error);
}

static const char *const sources[] = {"docs/formats/properties.md", NULL};

extern const AkTest ak_firmware_unpack_test;
const AkTest ak_firmware_unpack_test = {
    .id = "firmware.unpack",
    .rev = 3,
    .title_en = "Unpacking of the firmware image",
    .title_ja = "ファームウェアイメージの展開",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 120000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 1,
    .stop_condition_en = "a limit on bytes, files, depth or ratio",
    .stop_condition_ja = "バイト数・ファイル数・深さ・展開率の上限",
    .sources = sources,
    .run = run,
};
