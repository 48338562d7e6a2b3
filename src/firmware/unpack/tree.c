#include "firmware/unpack/tree.h"

#include <string.h>
#include <sys/stat.h>

#include "core/value.h"
#include "firmware/format/format.h"
#include "firmware/unpack/scan.h"

#define MAX_PATH_BYTES 4096
#define MAX_CUTS 20 /* lines of explanation */
/* Bytes searched for structures, all searches together: a real image is searched a few times over,
 * one made of nothing but headers as often as it has headers. */
#define MAX_SEARCHED_BYTES (16ull * 1024 * 1024 * 1024)
#define PARTS "parts" /* stands for a format: structures further in split the bytes */

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
  guint64 total_bytes; /* of all nodes that are no slices, with their names */
  guint64 searched_bytes;
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

guint ak_firmware_tree_length(const AkFirmwareTree *self) {
  return self->nodes->len;
}

const AkNode *ak_firmware_tree_node(const AkFirmwareTree *self, guint index) {
  return self->nodes->pdata[index];
}

const char *ak_firmware_tree_name(const AkFirmwareTree *self) {
  return self->name;
}

void ak_firmware_tree_cut(AkFirmwareTree *self, guint index, const char *reason) {
  AkNode *node = self->nodes->pdata[index];
  if (node->cut == NULL) {
    g_auto(AkValue) clean = ak_value_text_from_bytes(reason, strlen(reason), 1000);
    node->cut = g_steal_pointer(&clean.text);
  }
}

void ak_firmware_tree_leave(AkFirmwareTree *self, guint index) {
  ((AkNode *)self->nodes->pdata[index])->stays_leaf = true;
}

/* Small inputs may grow by more than the ratio says: a page of zeros is no bomb. */
static guint64 grown(const AkFirmwareTree *self, guint64 packed) {
  return packed > G_MAXUINT64 / self->limits.ratio - 65536 ? G_MAXUINT64
                                                           : (packed + 65536) * self->limits.ratio;
}

static guint64 total_limit(const AkFirmwareTree *self) {
  return MIN(self->limits.total_bytes, grown(self, self->image_bytes));
}

guint64 ak_firmware_tree_budget(const AkFirmwareTree *self, guint64 packed) {
  guint64 left = total_limit(self) - MIN(self->total_bytes, total_limit(self));
  return MIN(left, grown(self, packed));
}

/* Names are bytes of the vendor: shown escaped, never used to reach a file. */
char *ak_firmware_tree_child_path(const char *folder, const void *name, gsize size) {
  g_auto(AkValue) clean = ak_value_text_from_bytes(name, size, MAX_PATH_BYTES);
  GString *path = g_string_new(folder);
  bool is_dots = strcmp(clean.text, ".") == 0 || strcmp(clean.text, "..") == 0;
  g_string_append_c(path, '/');
  for (const char *c = clean.text; *c != '\0'; c++) {
    if (*c == '/' || *c == '!' || (is_dots && *c == '.'))
      g_string_append_printf(path, "\\x%02X", *c);
    else
      g_string_append_c(path, *c);
  }
  return g_string_free(path, FALSE);
}

char *ak_firmware_tree_entry_path(const void *name, gsize size) {
  const char *at = name, *end = at + size;
  char *path = NULL;
  while (at < end) {
    const char *slash = memchr(at, '/', (gsize)(end - at));
    const char *stop = slash != NULL ? slash : end;
    if (stop > at && !(stop - at == 1 && *at == '.')) {
      g_autofree char *folder = path;
      path = ak_firmware_tree_child_path(folder != NULL ? folder : "", at, (gsize)(stop - at));
    }
    at = stop + 1;
  }
  return path;
}

char *ak_firmware_tree_device_text(guint mode, guint major, guint minor) {
  if (S_ISCHR(mode) || S_ISBLK(mode))
    return g_strdup_printf("%s %u:%u", S_ISCHR(mode) ? "char" : "block", major, minor);
  return g_strdup(S_ISFIFO(mode) ? "fifo" : S_ISSOCK(mode) ? "socket" : "unknown type");
}

bool ak_firmware_tree_is_target(const void *target, gsize size) {
  const guint8 *bytes = target;
  for (gsize i = 0; i < size; i++)
    if (bytes[i] < 0x20 || bytes[i] == 0x7f)
      return false;
  return size > 0 && size <= MAX_PATH_BYTES;
}

/* Memory that a node takes; the bytes of slices are their parent's. */
static guint64 cost_of(const AkNode *node) {
  guint64 size = node->bytes != NULL && !node->slice ? g_bytes_get_size(node->bytes) : 0;
  return size + (node->path != NULL ? strlen(node->path) : 0) +
         (node->target != NULL ? strlen(node->target) : 0);
}

static bool fits(const AkFirmwareTree *self, const AkNode *node, GError **error) {
  if (self->nodes->len >= self->limits.files)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %" G_GUINT64_FORMAT " files",
                        self->limits.files);
  if (self->nodes->len > 0 &&
      cost_of(node) > total_limit(self) - MIN(self->total_bytes, total_limit(self)))
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %" G_GUINT64_FORMAT " bytes unpacked",
                        total_limit(self));
  return true;
}

static bool is_filesystem_file(const AkFirmwareTree *self, const AkNode *node) {
  return node != self->nodes->pdata[0] && *node->path == '/';
}

/* What lies in a container is a level deeper; a region beside others is not. */
static void set_place(const AkFirmwareTree *self, AkNode *node) {
  const AkNode *parent = self->nodes->len > 0 ? self->nodes->pdata[node->parent] : NULL;
  if (parent == NULL)
    return;
  bool is_region = node->slice && (parent->format == NULL || strcmp(parent->format, PARTS) == 0);
  node->depth = parent->depth + (is_region ? 0 : 1);
  node->in_file = parent->in_file || is_filesystem_file(self, parent);
}

bool ak_firmware_tree_add(AkFirmwareTree *self, AkNode taken, guint *index, GError **error) {
  g_autoptr(GError) failure = NULL;
  if (!fits(self, &taken, &failure)) {
    ak_firmware_tree_cut(self, taken.parent, failure->message);
    g_propagate_error(error, g_steal_pointer(&failure));
    node_clear(&taken);
    return false;
  }
  AkNode *node = g_new0(AkNode, 1);
  *node = taken;
  if (node->target != NULL) {
    AkValue clean = ak_value_text_from_bytes(node->target, strlen(node->target), MAX_PATH_BYTES);
    g_free(node->target);
    node->target = clean.text;
  }
  set_place(self, node);
  self->total_bytes += cost_of(node);
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

/* --- what is explained
 * ------------------------------------------------------------------------------ */

/* Padding around what is unknown is not counted with it. */
static gsize without_padding(GBytes *bytes) {
  gsize size = 0, from = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  while (from < size && (data[from] == 0x00 || data[from] == 0xff))
    from++;
  while (size > from && (data[size - 1] == 0x00 || data[size - 1] == 0xff))
    size--;
  return size - from;
}

/* Bytes of the image or of a container that nothing opened. A file of a filesystem is explained by
 * being one. */
static gsize unknown_of(const AkFirmwareTree *self, const AkNode *node) {
  bool is_region = node == self->nodes->pdata[0] || *node->path == '#';
  return is_region && !node->in_file && node->format == NULL && node->bytes != NULL
             ? without_padding(node->bytes)
             : 0;
}

guint64 ak_firmware_tree_unknown_of(const AkFirmwareTree *self, guint index) {
  return unknown_of(self, self->nodes->pdata[index]);
}

guint64 ak_firmware_tree_unknown_bytes(const AkFirmwareTree *self) {
  guint64 unknown = 0;
  for (guint i = 0; i < self->nodes->len; i++)
    unknown += unknown_of(self, self->nodes->pdata[i]);
  return unknown;
}

bool ak_firmware_tree_is_complete(const AkFirmwareTree *self) {
  bool has_files = false;
  for (guint i = 0; i < self->nodes->len; i++) {
    const AkNode *node = self->nodes->pdata[i];
    if (node->cut != NULL || unknown_of(self, node) > 0)
      return false;
    has_files = has_files || (node->type == AK_NODE_FILE && is_filesystem_file(self, node));
  }
  return has_files; /* of nothing, or of padding alone, nothing can be said */
}

static bool is_parts(const AkNode *node) {
  return node->format != NULL && strcmp(node->format, PARTS) == 0;
}

/* Looked at in one piece, whatever structures were found inside. */
static bool is_whole(const AkFirmwareTree *self, const AkNode *node) {
  return !node->slice && (node->in_file || is_filesystem_file(self, node));
}

bool ak_firmware_tree_is_leaf(const AkFirmwareTree *self, guint index) {
  const AkNode *node = self->nodes->pdata[index], *parent = self->nodes->pdata[node->parent];
  if (node->type != AK_NODE_FILE || node->bytes == NULL)
    return false;
  if (node->format != NULL)
    return node->stays_leaf || (is_parts(node) && is_whole(self, node));
  return !(node->slice && is_parts(parent) && is_whole(self, parent));
}

char *ak_firmware_tree_cuts(const AkFirmwareTree *self) {
  GString *text = g_string_new(NULL);
  guint lines = 0;
  for (guint i = 0; i < self->nodes->len && lines < MAX_CUTS; i++) {
    const AkNode *node = self->nodes->pdata[i];
    bool unknown = unknown_of(self, node) > 0;
    if (node->cut == NULL && !unknown)
      continue;
    g_autofree char *locator = ak_firmware_tree_locator(self, i);
    g_string_append_printf(text, "%s%s: %s", lines++ > 0 ? "\n" : "", locator,
                           node->cut != NULL ? node->cut : "bytes that no format explains");
  }
  return g_string_free(text, FALSE);
}

/* --- unpacking
 * --------------------------------------------------------------------------------------- */

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

/* What follows within the same bytes: beside a region, or within anything else. The list of regions
 * stays flat, however many there are. */
static void add_rest(AkFirmwareTree *self, guint index, const char *name, gsize offset) {
  const AkNode *node = self->nodes->pdata[index];
  gsize left = g_bytes_get_size(node->bytes) - offset;
  if (node->slice && index != 0)
    add_slice(self, node->parent, name, (gsize)node->offset + offset, left, NULL);
  else
    add_slice(self, index, name, offset, left, NULL);
}

/* Opens a node with the format that bid most; what the structure does not cover is a region of its
 * own, and so is all behind the magic of one that could not be opened at all. */
static void open_node(AkFirmwareTree *self, guint index, const AkFirmwareFormat *format) {
  AkNode *node = self->nodes->pdata[index];
  gsize size = 0, used = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  g_autoptr(GError) failure = NULL;
  node->format = format->name;
  if (!format->open(self, index, data, size, &used, &failure)) {
    g_autofree char *reason = g_strdup_printf("%s: %s", format->name, failure->message);
    ak_firmware_tree_cut(self, index, reason);
    used = MAX(used, MAX(format->magics[0].size, 1)); /* goes on behind it: it ends */
  }
  node = self->nodes->pdata[index];
  node->used = used;
  if (used < size)
    add_rest(self, index, "tail", used);
}

/* The bytes begin with no known structure: the first one further in splits them. */
static void split_region(AkFirmwareTree *self, guint index) {
  AkNode *node = self->nodes->pdata[index];
  gsize size = 0, offset = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  self->searched_bytes += size;
  if (self->searched_bytes > MAX_SEARCHED_BYTES) {
    ak_firmware_tree_cut(self, index, "too many structures to search through");
    return;
  }
  if (!ak_firmware_scan_next(data, size, 1, &offset))
    return;
  if (node->slice && index != 0) {
    add_rest(self, index, "data", offset);
    GBytes *front = g_bytes_new_from_bytes(node->bytes, 0, offset);
    g_bytes_unref(node->bytes);
    node->bytes = front;
  } else if (add_slice(self, index, "data", 0, offset, NULL)) {
    add_slice(self, index, "data", offset, size - offset, NULL);
    node->format = PARTS;
  }
}

/* Files may hold structures too: a script with an archive behind it, a kernel with its files. */
static void expand(AkFirmwareTree *self, guint index) {
  AkNode *node = self->nodes->pdata[index];
  if (node->type != AK_NODE_FILE || node->bytes == NULL || g_bytes_get_size(node->bytes) == 0)
    return;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  const AkFirmwareFormat *format = ak_firmware_scan_best(data, size);
  const char *sealed = format == NULL ? ak_firmware_scan_sealed(data, size) : NULL;
  if (format != NULL && node->depth >= self->limits.depth) {
    ak_firmware_tree_cut(self, index, "containers nest too deep");
  } else if (format != NULL) {
    open_node(self, index, format);
  } else {
    if (sealed != NULL)
      ak_firmware_tree_cut(self, index, sealed);
    split_region(self, index);
  }
}

AkFirmwareTree *ak_firmware_tree_open(GBytes *image, const char *name,
                                      const AkFirmwareLimits *limits, GError **error) {
  AkFirmwareTree *self = g_new0(AkFirmwareTree, 1);
  self->name = g_strdup(name);
  self->limits = *limits;
  self->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
  self->image_bytes = g_bytes_get_size(image);
  AkNode root = {.path = g_path_get_basename(name), .bytes = g_bytes_ref(image), .slice = true};
  if (!ak_firmware_tree_add(self, root, NULL, error)) {
    ak_firmware_tree_free(self);
    return NULL;
  }
  for (guint i = 0; i < self->nodes->len; i++)
    expand(self, i);
  return self;
}
