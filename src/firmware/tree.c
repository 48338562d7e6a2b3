#include "firmware/tree.h"

#include <string.h>

#include "core/value.h"
#include "firmware/format.h"
#include "firmware/scan.h"

#define MAX_PATH_BYTES 4096
#define MAX_CUTS 20 /* lines of explanation */

const AkFirmwareLimits ak_firmware_default_limits = {
    .total_bytes = 1024ull * 1024 * 1024, /* all nodes together, in memory */
    .files = 200000,
    .depth = 8,
    .ratio = 200, /* real images stay below 20 */
};

struct _AkFirmwareTree {
  char *name;
  AkFirmwareLimits limits;
  GPtrArray *nodes; /* of AkNode */
  guint64 image_bytes;
  guint64 total_bytes; /* of all nodes that are no slices */
};

static void node_free(AkNode *self) {
  g_free(self->path);
  g_free(self->target);
  g_free(self->cut);
  g_clear_pointer(&self->bytes, g_bytes_unref);
  g_free(self);
}

static void node_clear(AkNode *self) {
  AkNode *copy = g_new0(AkNode, 1);
  *copy = *self;
  node_free(copy);
  *self = (AkNode){0};
}

void ak_firmware_tree_free(AkFirmwareTree *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->nodes);
  g_free(self->name);
  g_free(self);
}

guint ak_firmware_tree_length(const AkFirmwareTree *self) { return self->nodes->len; }

const AkNode *ak_firmware_tree_node(const AkFirmwareTree *self, guint index) {
  return self->nodes->pdata[index];
}

const char *ak_firmware_tree_name(const AkFirmwareTree *self) { return self->name; }

void ak_firmware_tree_cut(AkFirmwareTree *self, guint index, const char *reason) {
  AkNode *node = self->nodes->pdata[index];
  if (node->cut == NULL) {
    g_auto(AkValue) clean = ak_value_text_from_bytes(reason, strlen(reason), 1000);
    node->cut = g_steal_pointer(&clean.text);
  }
}

guint64 ak_firmware_tree_budget(const AkFirmwareTree *self, guint64 packed) {
  guint64 left = self->limits.total_bytes - MIN(self->total_bytes, self->limits.total_bytes);
  guint64 allowed = packed > G_MAXUINT64 / self->limits.ratio - 65536
                        ? G_MAXUINT64
                        : (packed + 65536) * self->limits.ratio;
  return MIN(left, allowed);
}

/* Names are bytes of the vendor: shown escaped, never used to reach a file. */
static char *safe_path(const char *path) {
  gsize length = path != NULL ? strlen(path) : 0;
  AkValue clean = ak_value_text_from_bytes(path != NULL ? path : "", length, MAX_PATH_BYTES);
  return clean.text;
}

static bool fits(const AkFirmwareTree *self, const AkNode *node, GError **error) {
  guint64 size = node->bytes != NULL && !node->slice ? g_bytes_get_size(node->bytes) : 0;
  if (self->nodes->len >= self->limits.files)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %" G_GUINT64_FORMAT " files",
                        self->limits.files);
  if (size > self->limits.total_bytes - MIN(self->total_bytes, self->limits.total_bytes))
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %" G_GUINT64_FORMAT " bytes unpacked",
                        self->limits.total_bytes);
  return true;
}

bool ak_firmware_tree_add(AkFirmwareTree *self, AkNode taken, guint *index, GError **error) {
  g_autoptr(GError) failure = NULL;
  if (!fits(self, &taken, &failure)) {
    ak_firmware_tree_cut(self, taken.parent, failure->message);
    g_propagate_error(error, g_steal_pointer(&failure));
    node_clear(&taken);
    return false;
  }
  const AkNode *parent = self->nodes->len > 0 ? self->nodes->pdata[taken.parent] : NULL;
  AkNode *node = g_new0(AkNode, 1);
  *node = taken;
  node->path = safe_path(taken.path);
  g_free(taken.path);
  /* a region of the same bytes is no level of its own */
  bool is_region = taken.slice && parent != NULL && parent->format == NULL;
  node->depth = parent == NULL ? 0 : parent->depth + (is_region ? 0 : 1);
  if (node->bytes != NULL && !node->slice)
    self->total_bytes += g_bytes_get_size(node->bytes);
  g_ptr_array_add(self->nodes, node);
  if (index != NULL)
    *index = self->nodes->len - 1;
  return true;
}

char *ak_firmware_tree_locator(const AkFirmwareTree *self, guint index) {
  const AkNode *node = self->nodes->pdata[index];
  if (index == 0)
    return g_strdup(self->name);
  g_autofree char *parent = ak_firmware_tree_locator(self, node->parent);
  return g_strdup_printf("%s!%s", parent, node->path);
}

/* --- what is explained ------------------------------------------------------------------------------ */

static bool is_padding(GBytes *bytes) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0x00 && data[i] != 0xff)
      return false;
  return true;
}

/* A part of the image or of a container that nothing opened; files of a filesystem are no regions. */
static bool is_unknown_region(const AkFirmwareTree *self, const AkNode *node) {
  bool is_region = node == self->nodes->pdata[0] || (node->path != NULL && *node->path == '#');
  return is_region && node->format == NULL && node->bytes != NULL && !is_padding(node->bytes);
}

guint64 ak_firmware_tree_unknown_bytes(const AkFirmwareTree *self) {
  guint64 unknown = 0;
  for (guint i = 0; i < self->nodes->len; i++)
    if (is_unknown_region(self, self->nodes->pdata[i]))
      unknown += g_bytes_get_size(((AkNode *)self->nodes->pdata[i])->bytes);
  return unknown;
}

bool ak_firmware_tree_is_complete(const AkFirmwareTree *self) {
  for (guint i = 0; i < self->nodes->len; i++) {
    const AkNode *node = self->nodes->pdata[i];
    if (node->cut != NULL || is_unknown_region(self, node))
      return false;
  }
  return true;
}

char *ak_firmware_tree_cuts(const AkFirmwareTree *self) {
  GString *text = g_string_new(NULL);
  guint lines = 0;
  for (guint i = 0; i < self->nodes->len && lines < MAX_CUTS; i++) {
    const AkNode *node = self->nodes->pdata[i];
    bool unknown = is_unknown_region(self, node);
    if (node->cut == NULL && !unknown)
      continue;
    g_autofree char *locator = ak_firmware_tree_locator(self, i);
    g_string_append_printf(text, "%s%s: %s", lines++ > 0 ? "\n" : "", locator,
                           node->cut != NULL ? node->cut : "bytes that no format explains");
  }
  return g_string_free(text, FALSE);
}

/* --- unpacking --------------------------------------------------------------------------------------- */

static bool add_slice(AkFirmwareTree *self, guint parent, const char *name, gsize offset,
                      gsize size, guint *index) {
  GBytes *whole = ((AkNode *)self->nodes->pdata[parent])->bytes;
  AkNode node = {.parent = parent,
                 .path = g_strdup_printf("#%s@%" G_GSIZE_FORMAT, name, offset),
                 .bytes = g_bytes_new_from_bytes(whole, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(self, node, index, NULL);
}

/* Opens a node with the format that bid most; what the structure does not cover is a region of its
 * own. */
static void open_node(AkFirmwareTree *self, guint index, const AkFirmwareFormat *format) {
  AkNode *node = self->nodes->pdata[index];
  gsize size = 0, used = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autoptr(GError) failure = NULL;
  node->format = format->name;
  if (!format->open(self, index, data, size, &used, &failure)) {
    g_autofree char *reason = g_strdup_printf("%s: %s", format->name, failure->message);
    ak_firmware_tree_cut(self, index, reason);
  }
  bool is_file = node->path != NULL && *node->path == '/';
  if (used > 0 && used < size && !is_file)
    add_slice(self, index, "tail", used, size - used, NULL);
}

/* A region begins with no known structure: the first one further in splits it. */
static void split_region(AkFirmwareTree *self, guint index) {
  GBytes *bytes = ((AkNode *)self->nodes->pdata[index])->bytes;
  gsize size = 0, offset = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  if (!ak_firmware_scan_next(data, size, 1, &offset))
    return;
  AkNode *node = self->nodes->pdata[index];
  if (add_slice(self, index, "data", 0, offset, NULL) &&
      add_slice(self, index, "data", offset, size - offset, NULL))
    node->format = "parts";
}

/* Structures inside of a filesystem's files are looked for at their start alone. */
static void expand(AkFirmwareTree *self, guint index) {
  AkNode *node = self->nodes->pdata[index];
  if (node->type != AK_NODE_FILE || node->bytes == NULL || g_bytes_get_size(node->bytes) == 0)
    return;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  const AkFirmwareFormat *format = ak_firmware_scan_best(data, size);
  if (format != NULL && node->depth >= self->limits.depth)
    ak_firmware_tree_cut(self, index, "containers nest too deep");
  else if (format != NULL)
    open_node(self, index, format);
  else if (index == 0 || *node->path == '#')
    split_region(self, index);
}

AkFirmwareTree *ak_firmware_tree_open(GBytes *image, const char *name,
                                      const AkFirmwareLimits *limits, GError **error) {
  AkFirmwareTree *self = g_new0(AkFirmwareTree, 1);
  self->name = g_strdup(name);
  self->limits = *limits;
  self->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
  self->image_bytes = g_bytes_get_size(image);
  AkNode root = {.path = g_strdup(name), .bytes = g_bytes_ref(image), .slice = true};
  if (!ak_firmware_tree_add(self, root, NULL, error)) {
    ak_firmware_tree_free(self);
    return NULL;
  }
  for (guint i = 0; i < self->nodes->len; i++)
    expand(self, i);
  return self;
}
