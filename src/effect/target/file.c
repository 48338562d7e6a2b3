/* Values that become the name of a file. There are no files: only a list of names. */
#include <string.h>

#include "effect/target/weakness.h"
#include "util/json.h"

/* The path from the root, as a system makes it of FOLDER/name: "." and ".." resolved, "\" taken for
 * "/". Caller frees. */
static char *resolve(const char *name) {
  g_autofree char *slashed = g_strdelimit(g_strdup(name), "\\", '/');
  const char *rest = g_str_has_prefix(slashed, "file://") ? slashed + 7 : slashed;
  g_autoptr(GPtrArray) kept = g_ptr_array_new();
  g_auto(GStrv) parts = g_strsplit(rest, "/", -1);
  if (*rest != '/')
    g_ptr_array_add(kept, (gpointer) "docs");
  for (guint i = 0; parts[i] != NULL; i++) {
    if (strcmp(parts[i], "..") == 0 && kept->len > 0)
      g_ptr_array_remove_index(kept, kept->len - 1);
    else if (*parts[i] != '\0' && strcmp(parts[i], ".") != 0 && strcmp(parts[i], "..") != 0)
      g_ptr_array_add(kept, parts[i]);
  }
  g_ptr_array_add(kept, NULL);
  return g_strjoinv("/", (char **)kept->pdata);
}

bool ak_weakness_is_outside(const json_t *data, const char *name) {
  g_autofree char *path = resolve(name);
  const json_t *files = json_object_get(data, "files");
  for (gsize i = 0; i < json_array_size(files); i++)
    if (g_ascii_strcasecmp(json_string_value(json_array_get(files, i)), path) == 0)
      return true;
  return false;
}

static bool read_file(AkTargetCall *call, const char *name) {
  g_string_append(call->page, "content of a file");
  return ak_weakness_is_outside(call->data, name); /* a name ends at its first NUL */
}

bool ak_weakness_file(AkTargetCall *call) {
  return read_file(call, call->value->str);
}

/* Takes "../" out, once. */
bool ak_weakness_file_filtered(AkTargetCall *call) {
  g_auto(GStrv) parts = g_strsplit(call->value->str, "../", -1);
  g_autofree char *name = g_strjoinv("", parts);
  return read_file(call, name);
}

/* Refuses "..", and decodes after that. */
bool ak_weakness_file_decoded(AkTargetCall *call) {
  if (strstr(call->value->str, "..") != NULL && strchr(call->value->str, '/') != NULL &&
      strstr(call->value->str, "../") != NULL)
    return false;
  g_autoptr(GString) name = ak_target_decode(call->value->str, call->value->len, false);
  return read_file(call, name->str);
}

/* The file is run as a part of the page; it may come from elsewhere. */
bool ak_weakness_include(AkTargetCall *call) {
  static const char *const schemes[] = {"http://", "https://",  "ftp://", "php://",
                                        "data:",   "expect://", "zip://", "phar://"};
  const char *name = call->value->str;
  g_string_append(call->page, "a page");
  for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
    if (g_ascii_strncasecmp(name, schemes[i], strlen(schemes[i])) == 0)
      return true;
  return g_str_has_prefix(name, "//") || ak_weakness_is_outside(call->data, name);
}

/* An uploaded file's name: would the server run it, or obey it? */
bool ak_weakness_upload(AkTargetCall *call) {
  const char *name = call->value->str;
  g_string_append(call->page, "kept");
  if (strstr(name, "../") != NULL || strstr(name, "..\\") != NULL)
    return true;
  g_autofree char *bare = g_strdup(name);
  for (gsize i = strlen(bare); i > 0 && (bare[i - 1] == '.' || bare[i - 1] == ' '); i--)
    bare[i - 1] = '\0';
  const char *dot = strrchr(bare, '.');
  const json_t *run = json_object_get(call->data, "run_names");
  for (gsize i = 0; i < json_array_size(run); i++) {
    const char *row = json_string_value(json_array_get(run, i));
    if (g_ascii_strcasecmp(row, bare) == 0 || (dot != NULL && g_ascii_strcasecmp(row, dot) == 0))
      return true;
  }
  return false;
}
