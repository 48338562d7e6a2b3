/* What entries of images are called in the tree. */
#include <string.h>
#include <sys/stat.h>

#include "core/value.h"
#include "firmware/unpack/tree.h"

#define MAX_PATH_BYTES 4096

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
