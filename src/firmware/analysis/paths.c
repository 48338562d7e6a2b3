#include "firmware/analysis/paths.h"

#include <string.h>

#define MAX_LINKS 40 /* Source: path_resolution(7), the same limit */
#define MAX_PATH_BYTES 4096

/* A sorted array: hostile names cannot make a lookup slow, as they could with a hash. */
struct _AkFirmwarePaths {
  const AkFirmwareTree *tree;
  GArray *order; /* of guint: node indices by container, path, index */
};

typedef struct {
  guint container;
  const char *path;
} Key;

static int compare_key(const AkFirmwareTree *tree, guint index, const Key *key) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  if (node->parent != key->container)
    return node->parent < key->container ? -1 : 1;
  return strcmp(node->path, key->path);
}

static gint compare_nodes(gconstpointer a, gconstpointer b, gpointer data) {
  guint left = *(const guint *)a, right = *(const guint *)b;
  const AkNode *node = ak_firmware_tree_node(data, right);
  int order = compare_key(data, left, &(Key){node->parent, node->path});
  return order != 0 ? order : (left > right) - (left < right);
}

AkFirmwarePaths *ak_firmware_paths_new(const AkFirmwareTree *tree) {
  AkFirmwarePaths *self = g_new0(AkFirmwarePaths, 1);
  self->tree = tree;
  self->order = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    if (ak_firmware_tree_node(tree, i)->path[0] == '/')
      g_array_append_val(self->order, i);
  g_array_sort_with_data(self->order, compare_nodes, (gpointer)tree);
  return self;
}

void ak_firmware_paths_free(AkFirmwarePaths *self) {
  if (self == NULL)
    return;
  g_array_unref(self->order);
  g_free(self);
}

/* The first position whose key is not below `key`. */
static guint lower_bound(const AkFirmwarePaths *self, const Key *key) {
  guint from = 0, to = self->order->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    if (compare_key(self->tree, g_array_index(self->order, guint, middle), key) < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

bool ak_firmware_paths_entry(const AkFirmwarePaths *self, guint container, const char *path,
                             guint *index) {
  Key key = {container, path};
  bool found = false;
  for (guint i = lower_bound(self, &key); i < self->order->len; i++) {
    guint node = g_array_index(self->order, guint, i);
    if (compare_key(self->tree, node, &key) != 0)
      break;
    *index = node;
    found = true;
  }
  return found;
}

/* --- as the device would open it ---------------------------------------------------------------
 */

/* What is still to be walked, and where the walk stands. */
typedef struct {
  const AkFirmwarePaths *self;
  guint container;
  const char *root;
  GString *at;   /* the folder reached, without a slash at its end */
  GString *rest; /* components to come */
  guint links;
} Walk;

static void go_up(Walk *walk) {
  const char *slash = strrchr(walk->at->str + strlen(walk->root), '/');
  if (slash != NULL)
    g_string_truncate(walk->at, (gsize)(slash - walk->at->str));
}

/* Takes the next component off `rest`; caller frees; NULL at the end. */
static char *next_component(Walk *walk) {
  gsize start = strspn(walk->rest->str, "/"), length = strcspn(walk->rest->str + start, "/");
  char *component = length > 0 ? g_strndup(walk->rest->str + start, length) : NULL;
  g_string_erase(walk->rest, 0, (gssize)(start + length));
  return component;
}

/* Replaces the link just reached by its target. */
static bool follow(Walk *walk, const char *target) {
  if (++walk->links > MAX_LINKS || walk->rest->len + strlen(target) > MAX_PATH_BYTES)
    return false;
  if (target[0] == '/')
    g_string_assign(walk->at, walk->root);
  else
    go_up(walk);
  g_string_prepend_c(walk->rest, '/');
  g_string_prepend(walk->rest, target);
  return true;
}

static AkPathAnswer step(Walk *walk, const char *component, guint *index, bool *exists) {
  *exists = true;
  if (strcmp(component, ".") == 0)
    return AK_PATH_FOUND;
  if (strcmp(component, "..") == 0) {
    go_up(walk);
    return AK_PATH_FOUND;
  }
  g_string_append_printf(walk->at, "/%s", component);
  *exists = ak_firmware_paths_entry(walk->self, walk->container, walk->at->str, index);
  if (!*exists)
    return AK_PATH_FOUND; /* some archives name no folders; the last component decides */
  const AkNode *node = ak_firmware_tree_node(walk->self->tree, *index);
  if (node->type == AK_NODE_SYMLINK && (node->target == NULL || !follow(walk, node->target)))
    return AK_PATH_DANGLING;
  return AK_PATH_FOUND;
}

AkPathAnswer ak_firmware_paths_find(const AkFirmwarePaths *self, guint container, const char *root,
                                    const char *path, guint *index) {
  g_autoptr(GString) at = g_string_new(root), rest = g_string_new(path);
  Walk walk = {self, container, root, at, rest, 0};
  bool exists = false;
  for (char *next = next_component(&walk); next != NULL; next = next_component(&walk)) {
    guint reached = 0;
    AkPathAnswer answer = step(&walk, next, &reached, &exists);
    g_free(next);
    if (answer != AK_PATH_FOUND)
      return answer;
  }
  exists = exists && ak_firmware_paths_entry(self, container, at->str, index);
  return exists ? AK_PATH_FOUND : walk.links > 0 ? AK_PATH_DANGLING : AK_PATH_MISSING;
}

GPtrArray *ak_firmware_paths_list(const AkFirmwarePaths *self, guint container, const char *path) {
  GPtrArray *names = g_ptr_array_new();
  g_autofree char *prefix = g_strdup_printf("%s/", path);
  Key key = {container, prefix};
  for (guint i = lower_bound(self, &key); i < self->order->len; i++) {
    guint index = g_array_index(self->order, guint, i);
    const AkNode *node = ak_firmware_tree_node(self->tree, index);
    if (node->parent != container || !g_str_has_prefix(node->path, prefix))
      break;
    if (strchr(node->path + strlen(prefix), '/') == NULL)
      g_ptr_array_add(names, GUINT_TO_POINTER(index));
  }
  return names;
}

const guint8 *ak_firmware_paths_bytes(const AkFirmwarePaths *self, guint index, gsize *size) {
  const AkNode *node = ak_firmware_tree_node(self->tree, index);
  if (node->type != AK_NODE_FILE || node->bytes == NULL)
    return NULL;
  static const guint8 empty[1];
  const guint8 *data = g_bytes_get_data(node->bytes, size);
  return data != NULL ? data : empty;
}
