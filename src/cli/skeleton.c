#include "cli/skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

#define FOLDER "/akashi/skeleton/"
#define ENDING ".yaml.txt"

static gint compare_words(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **ak_cli_skeleton_words(const char *prefix) {
  g_auto(GStrv) names = g_resources_enumerate_children(FOLDER, 0, NULL);
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    if (g_str_has_prefix(names[i], prefix) && g_str_has_suffix(names[i], ENDING)) {
      const char *word = names[i] + strlen(prefix);
      g_ptr_array_add(words, g_strndup(word, strlen(word) - strlen(ENDING)));
    }
  g_ptr_array_sort(words, compare_words);
  g_ptr_array_add(words, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

/* Never over a file that is there: someone may have filled it in. */
static bool write_new(const AkCli *cli, const char *path, GBytes *bytes, GError **error) {
  int fd = ak_io()->open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (fd < 0 && errno == EEXIST) {
    g_autofree char *message = ak_text_format(cli->lang, "product.init.exists", path);
    return ak_error_set(error, AK_ERROR_CONFIG, "%s", message);
  }
  if (fd < 0)
    return ak_error_set_errno(error, errno, "%s", path);
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  bool written = ak_io_write_all(fd, data, size, 0, path, error);
  if (ak_io()->close(fd) != 0 && written)
    return ak_error_set_errno(error, errno, "%s", path);
  return written;
}

AkExit ak_cli_skeleton_write(const AkCli *cli, const char *name, const char *path,
                             const char *done_id, GError **error) {
  g_autofree char *resource = g_strconcat(FOLDER, name, ENDING, NULL);
  g_autoptr(GBytes) bytes = g_resources_lookup_data(resource, 0, NULL);
  if (bytes == NULL) {
    ak_error_set(error, AK_ERROR_INTERNAL, "%s is no part of the program", resource);
    return AK_EXIT_NOT_FINISHED;
  }
  if (strcmp(path, "-") == 0) {
    fwrite(g_bytes_get_data(bytes, NULL), 1, g_bytes_get_size(bytes), stdout);
    return AK_EXIT_PASS;
  }
  if (!write_new(cli, path, bytes, error))
    return AK_EXIT_USAGE;
  g_autofree char *message = ak_text_format(cli->lang, done_id, path, path);
  printf("%s\n", message);
  return AK_EXIT_PASS;
}
