#include "firmware/analysis/kernel-config.h"

#include <string.h>
#include <zlib.h>

#include "firmware/analysis/version-text.h"

#define MAX_CONFIG_BYTES (2u * 1024u * 1024u)
#define MAX_OPTIONS 20000
#define MAX_BANNER_BYTES 512
#define GZIP_WINDOW (15 + 16) /* Source: zlib.h, inflateInit2: gzip only */

char *ak_kernel_version(const guint8 *data, gsize size, gsize *offset, gsize *length) {
  static const char mark[] = "Linux version ";
  for (gsize at = 0; at < size;) {
    const guint8 *found = memmem(data + at, size - at, mark, sizeof mark - 1);
    if (found == NULL)
      return NULL;
    const guint8 *version = found + sizeof mark - 1;
    gsize left = size - (gsize)(version - data), count = ak_version_text_length(version, left);
    if (count > 0) {
      *offset = (gsize)(found - data);
      *length = sizeof mark - 1;
      while (*length < MIN(MAX_BANNER_BYTES, size - *offset) && found[*length] >= ' ' &&
             found[*length] < 0x7f)
        (*length)++;
      return g_strndup((const char *)version, count);
    }
    at = (gsize)(version - data);
  }
  return NULL;
}

/* --- the configuration inside of a kernel ------------------------------------------------------
 */

static GBytes *unpack(const guint8 *data, gsize size) {
  z_stream stream = {0};
  g_autofree guint8 *out = g_try_malloc(MAX_CONFIG_BYTES);
  if (out == NULL || inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
    return NULL;
  stream.next_in = (Bytef *)data;
  stream.avail_in = (uInt)MIN(size, MAX_CONFIG_BYTES);
  stream.next_out = out;
  stream.avail_out = MAX_CONFIG_BYTES;
  int end = inflate(&stream, Z_FINISH);
  gsize length = stream.total_out;
  inflateEnd(&stream);
  return end == Z_STREAM_END ? g_bytes_new(out, length) : NULL;
}

GBytes *ak_kernel_config_find(const guint8 *data, gsize size, gsize *offset, bool *is_damaged) {
  static const char mark[] = "IKCFG_ST\x1f\x8b";
  *is_damaged = false;
  const guint8 *found = memmem(data, size, mark, sizeof mark - 1);
  if (found == NULL)
    return NULL;
  *offset = (gsize)(found - data);
  g_autoptr(GBytes) text = unpack(found + 8, size - *offset - 8);
  gsize length = 0;
  const guint8 *bytes = text != NULL ? g_bytes_get_data(text, &length) : NULL;
  *is_damaged = bytes == NULL || !ak_kernel_config_is(bytes, length);
  return *is_damaged ? NULL : g_steal_pointer(&text);
}

/* --- its options -------------------------------------------------------------------------------
 */

struct _AkKernelOptions {
  GTree *values; /* name → value: no hash of foreign names */
};

bool ak_kernel_config_is(const guint8 *data, gsize size) {
  return data != NULL && size > 64 && memchr(data, '\0', MIN(size, 4096)) == NULL &&
         memmem(data, MIN(size, 4096), "\nCONFIG_", 8) != NULL &&
         memmem(data, MIN(size, 4096), "#", 1) != NULL;
}

static int compare_names(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

/* "CONFIG_X=y", "# CONFIG_X is not set". */
static void read_line(AkKernelOptions *self, char *line) {
  static const char unset[] = " is not set";
  char *name = g_str_has_prefix(line, "# CONFIG_") ? line + 9 : line + 7;
  if (g_str_has_prefix(line, "# CONFIG_")) {
    if (!g_str_has_suffix(line, unset))
      return;
    line[strlen(line) - strlen(unset)] = '\0';
    g_tree_replace(self->values, g_strdup(name), g_strdup("n"));
    return;
  }
  char *equals = g_str_has_prefix(line, "CONFIG_") ? strchr(line, '=') : NULL;
  if (equals == NULL)
    return;
  *equals = '\0';
  g_tree_replace(self->values, g_strdup(name), g_strndup(equals + 1, 256));
}

AkKernelOptions *ak_kernel_options_read(const guint8 *data, gsize size) {
  AkKernelOptions *self = g_new0(AkKernelOptions, 1);
  self->values = g_tree_new_full(compare_names, NULL, g_free, g_free);
  for (gsize at = 0; at < size && g_tree_nnodes(self->values) < MAX_OPTIONS;) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize length = end != NULL ? (gsize)(end - (data + at)) : size - at;
    g_autofree char *line = g_strndup((const char *)data + at, MIN(length, 1024));
    read_line(self, g_strchomp(line));
    at += length + 1;
  }
  return self;
}

void ak_kernel_options_free(AkKernelOptions *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->values, g_tree_unref);
  g_free(self);
}

const char *ak_kernel_options_get(const AkKernelOptions *self, const char *name) {
  return g_tree_lookup(self->values, name);
}

bool ak_firmware_kernel_config_fuzz(const guint8 *data, gsize size) {
  gsize offset = 0, length = 0;
  bool is_damaged = false;
  g_autofree char *version = ak_kernel_version(data, size, &offset, &length);
  if (version != NULL)
    g_assert_cmpuint(offset + length, <=, size);
  g_autoptr(GBytes) config = ak_kernel_config_find(data, size, &offset, &is_damaged);
  if (config != NULL)
    g_assert_cmpuint(offset, <, size);
  g_autoptr(AkKernelOptions) options = ak_kernel_options_read(data, size);
  return version != NULL || config != NULL || ak_kernel_options_get(options, "MODULES") != NULL;
}
