#include "tests/fuzz/seeds.h"

#include <string.h>

#define WHY_NONE "WHY.md"

static void seed_free(gpointer data) {
  AkFuzzSeed *seed = data;
  g_free(seed->name);
  g_bytes_unref(seed->bytes);
  g_free(seed);
}

static GBytes *decode_hex(const char *path, const char *text, GError **error) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  for (const char *at = text; *at != '\0'; at++) {
    if (g_ascii_isspace(*at))
      continue;
    if (*at == '#') {
      at += strcspn(at, "\n");
      if (*at == '\0')
        break;
      continue;
    }
    int high = g_ascii_xdigit_value(at[0]);
    int low = high >= 0 ? g_ascii_xdigit_value(at[1]) : -1;
    if (low < 0) {
      g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: no hex digits at byte %u", path,
                  (guint)(at - text));
      return NULL;
    }
    guint8 byte = (guint8)(high * 16 + low);
    g_byte_array_append(bytes, &byte, 1);
    at++;
  }
  return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

GBytes *ak_fuzz_seed_read(const char *path, GError **error) {
  g_autofree char *data = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &data, &size, error))
    return NULL;
  if (g_str_has_suffix(path, ".hex"))
    return decode_hex(path, data, error);
  return g_bytes_new_take(g_steal_pointer(&data), size);
}

static int compare_seeds(gconstpointer a, gconstpointer b) {
  return strcmp((*(AkFuzzSeed *const *)a)->name, (*(AkFuzzSeed *const *)b)->name);
}

static bool read_folder(const char *folder, AkFuzzSeeds *self, GError **error) {
  g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (strcmp(name, WHY_NONE) == 0) {
      self->accepts_none = true;
      continue;
    }
    GBytes *bytes = ak_fuzz_seed_read(path, error);
    if (bytes == NULL)
      return false;
    AkFuzzSeed *seed = g_new0(AkFuzzSeed, 1);
    seed->name = g_strdup(name);
    seed->bytes = bytes;
    seed->is_bad = g_str_has_prefix(name, "bad-");
    g_ptr_array_add(self->seeds, seed);
  }
  return dir != NULL;
}

bool ak_fuzz_seeds_read(const char *root, const char *target, AkFuzzSeeds *out, GError **error) {
  g_autofree char *folder = g_build_filename(root, target, NULL);
  *out = (AkFuzzSeeds){.seeds = g_ptr_array_new_with_free_func(seed_free),
                       .has_folder = g_file_test(folder, G_FILE_TEST_IS_DIR)};
  if (out->has_folder && !read_folder(folder, out, error))
    return false;
  g_ptr_array_sort(out->seeds, compare_seeds);
  return true;
}

void ak_fuzz_seeds_clear(AkFuzzSeeds *self) {
  g_clear_pointer(&self->seeds, g_ptr_array_unref);
}
