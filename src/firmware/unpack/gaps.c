#include "firmware/unpack/gaps.h"

#include "firmware/unpack/content.h"
#include "firmware/unpack/encoded.h"
#include "firmware/unpack/known-kind.h"

#define MAX_GAPS 8 /* named; a sentence holds no more */
#define MAX_SEALED 3

typedef struct {
  guint node;
  gsize offset, size; /* of the unknown bytes within the node; size 0: it was cut */
} Gap;

static gint by_size(gconstpointer a, gconstpointer b) {
  const Gap *left = a, *right = b;
  if (left->size != right->size)
    return left->size > right->size ? -1 : 1;
  return (left->node > right->node) - (left->node < right->node);
}

/* The kind of the largest part that is no padding. */
static char *kind_of(const AkNode *node) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autoptr(GArray) parts = ak_content_parts(data, size);
  const AkContentPart *best = NULL;
  for (guint i = 0; i < parts->len; i++) {
    const AkContentPart *part = &g_array_index(parts, AkContentPart, i);
    bool is_better = best == NULL || best->kind == AK_CONTENT_PADDING || part->size > best->size;
    if (part->kind != AK_CONTENT_PADDING && is_better)
      best = part;
  }
  const char *name = ak_content_kind_name(best != NULL ? best->kind : AK_CONTENT_DATA);
  return best != NULL && best->architecture != NULL
             ? g_strdup_printf("%s (%s)", name, best->architecture)
             : g_strdup(name);
}

static char *text_of(const AkFirmwareTree *tree, const Gap *gap) {
  const AkNode *node = ak_firmware_tree_node(tree, gap->node);
  bool is_slice = node->slice && gap->node != 0;
  g_autofree char *own = ak_firmware_tree_locator(tree, gap->node);
  if (gap->size == 0)
    return g_strdup_printf("%s: %s", own, node->cut);
  g_autofree char *within = ak_firmware_tree_locator(tree, is_slice ? node->parent : gap->node);
  g_autofree char *kind = kind_of(node);
  guint64 offset = gap->offset + (is_slice ? node->offset : 0);
  return g_strdup_printf("%s, %" G_GSIZE_FORMAT " bytes at 0x%" G_GINT64_MODIFIER "x of %s", kind,
                         gap->size, offset, within);
}

char *ak_firmware_gaps(const AkFirmwareTree *tree) {
  g_autoptr(GArray) gaps = g_array_new(FALSE, FALSE, sizeof(Gap));
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    Gap gap = {.node = i};
    gap.size = ak_firmware_tree_unknown_of(tree, i, &gap.offset);
    if (gap.size > 0 || ak_firmware_tree_node(tree, i)->cut != NULL)
      g_array_append_val(gaps, gap);
  }
  if (gaps->len == 0)
    return ak_firmware_tree_is_complete(tree) ? NULL : g_strdup("no file was found in it");
  g_array_sort(gaps, by_size);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < MIN(gaps->len, MAX_GAPS); i++) {
    g_autofree char *one = text_of(tree, &g_array_index(gaps, Gap, i));
    g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", one);
  }
  if (gaps->len > MAX_GAPS)
    g_string_append_printf(text, "; and %u more", gaps->len - MAX_GAPS);
  return g_string_free(text, FALSE);
}

/* The last file of which was asked how far a known kind reaches in it: its pieces stand one behind the other. */
typedef struct {
  guint file; /* 0: none yet */
  gsize known;
} Known;

/* How many bytes from the start of a node are part of a picture, a document and the like that its file is: such a piece looks
 * packed by itself, and says no more than the file as a whole. What a stream in it unpacks to is part of it too. */
static gsize known_of(const AkFirmwareTree *tree, guint index, Known *known) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  gsize offset = 0, size = g_bytes_get_size(node->bytes), reach = 0;
  bool is_unpacked = false;
  for (; index != 0 && *node->path == '#'; index = node->parent, node = ak_firmware_tree_node(tree, index)) {
    is_unpacked = is_unpacked || !node->slice;
    offset = node->slice ? offset + (gsize)node->offset : 0;
  }
  if (index == 0 || node->bytes == NULL)
    return 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &reach);
  if (known->file != index)
    *known = (Known){index, ak_known_kinds_size(data, reach)};
  gsize left = known->known - MIN(known->known, offset);
  return is_unpacked && left > 0 ? size : MIN(left, size);
}

/* A file of a filesystem, or a piece of one that was left over around what could be opened. Regions of the image are gaps. */
static bool is_sealed(const AkFirmwareTree *tree, guint index, Known *known) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  gsize size = 0;
  if (node->type != AK_NODE_FILE || node->format != NULL || node->bytes == NULL ||
      (!node->in_file && *node->path != '/'))
    return false;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  gsize explained = known_of(tree, index, known);
  return ak_content_is_sealed(data + explained, size - explained) ||
         ak_encoded_is_sealed(data + explained, size - explained);
}

GArray *ak_firmware_gaps_sealed(const AkFirmwareTree *tree) {
  GArray *nodes = g_array_new(FALSE, FALSE, sizeof(guint));
  Known known = {0};
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    if (is_sealed(tree, i, &known))
      g_array_append_val(nodes, i);
  return nodes;
}

char *ak_firmware_gaps_name_sealed(const AkFirmwareTree *tree, const GArray *nodes) {
  if (nodes->len == 0)
    return NULL;
  GString *text = g_string_new("files that look packed or encrypted were not opened: ");
  for (guint i = 0; i < MIN(nodes->len, MAX_SEALED); i++) {
    g_autofree char *locator = ak_firmware_tree_locator(tree, g_array_index(nodes, guint, i));
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", locator);
  }
  if (nodes->len > MAX_SEALED)
    g_string_append_printf(text, ", and %u more", nodes->len - MAX_SEALED);
  return g_string_free(text, FALSE);
}
