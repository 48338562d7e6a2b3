#include "firmware/format/entries.h"

#include <string.h>
#include <sys/stat.h>

void ak_entries_cut(const AkEntries *self, const char *format, ...) {
  va_list arguments;
  if (ak_firmware_tree_node(self->tree, self->root)->cut != NULL)
    return;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *reason = g_strconcat(self->format, ": ", text, NULL);
  ak_firmware_tree_cut(self->tree, self->root, reason);
}

static char *reason_of(const AkEntries *self, const char *reason) {
  return reason != NULL ? g_strconcat(self->format, ": ", reason, NULL) : NULL;
}

static void set_link(const AkEntries *self, AkNode *node, GBytes *target) {
  gsize size = 0;
  const char *text = target != NULL ? g_bytes_get_data(target, &size) : NULL;
  node->type = AK_NODE_SYMLINK;
  node->target = g_strndup(text != NULL ? text : "", size);
  if (node->cut == NULL && !ak_firmware_tree_is_target(text, size))
    node->cut = reason_of(self, "the target of this link is no path");
}

bool ak_entries_add(const AkEntries *self, AkEntry entry, GError **error) {
  g_autoptr(GBytes) content = entry.content;
  AkNode node = {.parent = self->root,
                 .path = g_strdup(entry.path),
                 .mode = entry.mode & 07777,
                 .uid = entry.uid,
                 .gid = entry.gid,
                 .no_mode = self->no_modes,
                 .cut = reason_of(self, entry.cut)};
  if (S_ISREG(entry.mode)) {
    if (content == NULL && entry.cut == NULL)
      content = g_bytes_new_static("", 0);
    node.bytes = g_steal_pointer(&content);
  } else if (S_ISLNK(entry.mode)) {
    set_link(self, &node, content);
  } else if (S_ISDIR(entry.mode)) {
    node.type = AK_NODE_FOLDER;
  } else {
    node.type = AK_NODE_OTHER;
    node.target = ak_firmware_tree_device_text(entry.mode, entry.major, entry.minor);
  }
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

bool ak_entries_add_region(const AkEntries *self, const char *name, gsize offset, gsize size,
                           GError **error) {
  GBytes *whole = ak_firmware_tree_node(self->tree, self->root)->bytes;
  AkNode node = {.parent = self->root,
                 .path = g_strdup_printf("#%s@%" G_GSIZE_FORMAT, name, offset),
                 .bytes = g_bytes_new_from_bytes(whole, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(self->tree, node, NULL, error);
}

bool ak_entries_is_name(const void *name, gsize size) {
  const char *text = name;
  return size > 0 && memchr(text, '/', size) == NULL && memchr(text, '\0', size) == NULL &&
         !(size == 1 && text[0] == '.') && !(size == 2 && memcmp(text, "..", 2) == 0);
}

bool ak_entries_is_empty(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0x00 && data[i] != 0xff)
      return false;
  return true;
}

void ak_entries_device(guint32 number, guint *major, guint *minor) {
  *major = number >> 8 & 0xfff;
  *minor = (number & 0xff) | (number >> 12 & 0xfff00);
}

void ak_entries_old_device(guint32 number, guint *major, guint *minor) {
  *major = number >> 8 & 0xff;
  *minor = number & 0xff;
}
