#include "firmware/analysis/boot-blob.h"

#include <fnmatch.h>
#include <string.h>

#include "firmware/analysis/boot-start.h"
#include "firmware/unpack/encrypted-kind.h"
#include "firmware/unpack/gaps.h"
#include "firmware/unpack/patterns.h"

#define FOLDER "lib/firmware"
#define MAX_BLOBS 1000   /* more are not looked for by their names: all of them stay */
#define MAX_NAME 64      /* of a pattern */
#define MAX_WORD 512
#define MAX_TEXT_BYTES (256 * 1024) /* of what is read as a script */
#define MAX_GLOBS 200    /* in one script; one with more may mean any file */
#define HITS 4096

typedef struct {
  guint node, file; /* what is sealed, and the file of the filesystem that it is or lies in */
  const char *name; /* the file's, without its folder */
  bool may_start;
} Blob;

typedef struct {
  const AkFirmwareTree *tree;
  const AkFirmwarePaths *paths;
  GArray *blobs; /* of Blob */
  bool all;      /* something reaches any of them */
} Looking;

/* --- what may be a blob ------------------------------------------------------------------------
 */

static guint file_of(const AkFirmwareTree *tree, guint index) {
  while (index != 0 && ak_firmware_tree_node(tree, index)->path[0] == '#')
    index = ak_firmware_tree_node(tree, index)->parent;
  return index;
}

static bool is_program(const guint8 *data, gsize size) {
  return (size >= 4 && memcmp(data, "\x7f" "ELF", 4) == 0) || (size >= 2 && memcmp(data, "#!", 2) == 0);
}

static bool is_blob(const AkFirmwareTree *tree, guint index, guint file) {
  const AkNode *node = ak_firmware_tree_node(tree, file), *own = ak_firmware_tree_node(tree, index);
  gsize size = 0, own_size = 0;
  if (file == 0 || node->bytes == NULL || own->bytes == NULL || strstr(node->path, "/" FOLDER "/") == NULL)
    return false;
  const guint8 *data = g_bytes_get_data(node->bytes, &size), *piece = g_bytes_get_data(own->bytes, &own_size);
  return !is_program(data, size) && !ak_encrypted_kind_is(data, size) && !ak_encrypted_kind_is(piece, own_size);
}

/* --- who names it ------------------------------------------------------------------------------
 */

/* What stands around a word: it ends there. */
static bool is_end(guint8 byte) {
  return byte <= ' ' || byte >= 0x7f || strchr("\"'`;|&()<>,:=", byte) != NULL;
}

/* The word at `at`, from the last "=" and the like before it on. */
static char *word_at(const guint8 *data, gsize size, gsize at, gsize *from) {
  gsize to = at;
  for (*from = at; *from > 0 && at - *from < MAX_WORD && !is_end(data[*from - 1]); (*from)--)
    continue;
  while (to < size && to - at < MAX_WORD && !is_end(data[to]))
    to++;
  return g_strndup((const char *)data + *from, to - *from);
}

static bool starts_line_with(const guint8 *data, gsize line, gsize to, const char *const *words) {
  while (line < to && (data[line] == ' ' || data[line] == '\t' || data[line] == '-' || data[line] == '@'))
    line++;
  for (gsize i = 0; words[i] != NULL; i++) {
    gsize length = strlen(words[i]);
    if (to - line > length && memcmp(data + line, words[i], length) == 0 && is_end(data[line + length]))
      return true;
  }
  return line < to && data[line] == '#' && !(line + 1 < to && data[line + 1] == '!');
}

/* A line that makes the folder, writes into it, or hands what is in it to the kernel. Source: dd(1); OpenWrt, procd's
 * hotplug.json: "load-firmware". */
static bool only_writes(const guint8 *data, gsize size, gsize from, gsize to) {
  static const char *const makers[] = {"mkdir", "chmod", "chown", "rm", NULL}, *const copiers[] = {"cp", "mv", NULL};
  gsize line = from, end = to;
  while (line > 0 && from - line < 4 * MAX_WORD && data[line - 1] != '\n' && data[line - 1] != '\0')
    line--;
  while (end < size && (data[end] == ' ' || data[end] == '"' || data[end] == '\''))
    end++;
  bool is_last = end == size || strchr("\r\n;&|#", data[end]) != NULL;
  gsize before = from;
  while (before > line && (data[before - 1] == ' ' || data[before - 1] == '"' || data[before - 1] == '\''))
    before--;
  gsize command = from; /* "[ -d X ] || mkdir X" */
  while (command > line && strchr(";|&", data[command - 1]) == NULL)
    command--;
  bool is_test = before - line >= 4 && data[before - 2] == '-' && strchr("de", data[before - 1]) != NULL &&
                 (data[before - 4] == '[' || data[before - 4] == 't'); /* "[ -d", "test -d" */
  return is_test || (before > line && data[before - 1] == '>') || (from - line >= 3 && memcmp(data + from - 3, "of=", 3) == 0) ||
         memmem(data + line, from - line, "load-firmware", strlen("load-firmware")) != NULL ||
         starts_line_with(data, line, from, makers) || starts_line_with(data, command, from, makers) || (is_last && starts_line_with(data, line, from, copiers));
}

/* "$FIRMWARE" is what the kernel asks for where a script sets no such variable. Source: Linux,
 * Documentation/driver-api/firmware: uevents of firmware. */
static bool is_asked_for(const guint8 *data, gsize size, const char *rest) {
  return (strcmp(rest, "$FIRMWARE") == 0 || strcmp(rest, "${FIRMWARE}") == 0) &&
         memmem(data, size, "FIRMWARE=", strlen("FIRMWARE=")) == NULL &&
         memmem(data, size, "FIRMWARE in", strlen("FIRMWARE in")) == NULL;
}

/* Notes each blob that `path` leads to, also by a link. */
static void note_path(Looking *self, const char *path) {
  static const char *const roots[] = {"/lib/firmware/", "/usr/lib/firmware/"};
  for (guint i = 0; i < self->blobs->len; i++) {
    Blob *blob = &g_array_index(self->blobs, Blob, i);
    const AkNode *file = ak_firmware_tree_node(self->tree, blob->file);
    g_autofree char *root = g_strndup(file->path, (gsize)(strstr(file->path, "/" FOLDER "/") - file->path));
    if (g_str_has_suffix(root, "/usr"))
      root[strlen(root) - 4] = '\0';
    for (gsize k = 0; k < G_N_ELEMENTS(roots); k++) {
      guint index = 0;
      g_autofree char *whole = g_strconcat(roots[k], path, NULL);
      bool is_there = ak_firmware_paths_find(self->paths, file->parent, root, whole, &index) == AK_PATH_FOUND;
      blob->may_start = blob->may_start || (is_there && index == blob->file);
      self->all = self->all || (is_there && ak_firmware_tree_node(self->tree, index)->type == AK_NODE_FOLDER);
    }
  }
}

/* One word that holds "lib/firmware". */
static void note_word(Looking *self, const guint8 *data, gsize size, gsize at) {
  gsize from = 0;
  g_autofree char *word = word_at(data, size, at, &from);
  const char *rest = word + (at - from) + strlen(FOLDER);
  if (*rest != '\0' && *rest != '/' && strpbrk(rest, "$*?[{\\%") == NULL)
    return; /* "lib/firmware.sh" */
  bool is_open = *rest == '\0' || rest[1] == '\0' || strpbrk(rest, "$*?[{\\%") != NULL;
  if (only_writes(data, size, from, from + strlen(word)) || (*rest == '/' && is_asked_for(data, size, rest + 1)))
    return;
  self->all = self->all || is_open;
  if (!is_open)
    note_path(self, rest + 1);
}

/* --- where it may be named ---------------------------------------------------------------------
 */

/* They hand the kernel what it asks for by name. Source: their own source: BusyBox mdev, udevd before systemd 217, Android's
 * ueventd, hotplug2. */
static bool is_loader(const char *path) {
  static const char *const names[] = {"busybox", "udevd", "systemd-udevd", "udevadm", "ueventd", "hotplug2", "procd", NULL};
  return g_strv_contains(names, ak_boot_start_name(path));
}

/* Lists of what packages hold. */
static bool is_list(const char *path) {
  static const char *const folders[] = {"/opkg/info/", "/dpkg/info/", "/ipkg/info/", "/lib/apk/db/", "/lib/rpm/", "/share/doc/",
                                        "/share/man/", "/sysimage/rpm/"};
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
    bool is_script = g_str_has_suffix(path, "inst") || g_str_has_suffix(path, "rm"); /* postinst, prerm */
    if (strstr(path, folders[i]) != NULL && !is_script)
      return true;
  }
  return false;
}

/* A kernel or a module of it: it asks for blobs by name. Source: gABI, e_type at 16: 1 is ET_REL. */
static bool is_kernel(const guint8 *data, gsize size) {
  bool is_elf = size > 18 && memcmp(data, "\x7f" "ELF", 4) == 0;
  bool is_object = is_elf && (data[5] == 2 ? data[17] == 1 && data[16] == 0 : data[16] == 1 && data[17] == 0);
  return is_object || (!is_program(data, size) && memmem(data, size, "Linux version ", strlen("Linux version ")) != NULL);
}

static bool is_blob_file(const Looking *self, guint index) {
  for (guint i = 0; i < self->blobs->len; i++)
    if (g_array_index(self->blobs, Blob, i).file == index)
      return true;
  return false;
}

/* The bytes of a file that may name a blob; NULL of others. */
static const guint8 *named_in(const Looking *self, guint index, gsize *size) {
  const AkNode *node = ak_firmware_tree_node(self->tree, index);
  if (index == 0 || node->type != AK_NODE_FILE || node->bytes == NULL || !ak_firmware_tree_is_leaf(self->tree, index))
    return NULL;
  guint file = file_of(self->tree, index);
  const guint8 *data = g_bytes_get_data(node->bytes, size);
  if (file == 0 || is_blob_file(self, file) || is_list(ak_firmware_tree_node(self->tree, file)->path) || data == NULL)
    return NULL;
  return is_kernel(data, *size) ? NULL : data;
}

static bool is_name_byte(guint8 byte) {
  return g_ascii_isalnum((gchar)byte) || byte == '_' || byte == '-' || byte == '.';
}

/* --- globs and find in scripts -----------------------------------------------------------------
 */

static bool matches(const char *glob, const char *path) {
  const char *usr = g_str_has_prefix(path, "/usr/") ? path + 4 : path;
  int flags = FNM_PATHNAME | FNM_LEADING_DIR; /* a folder that matches reaches what is in it */
  return fnmatch(glob, path, flags) == 0 || fnmatch(glob, usr, flags) == 0;
}

static bool is_below_lib(const char *path) {
  return g_str_has_prefix(path, "/lib/") || g_str_has_prefix(path, "/usr/lib/");
}

static void note_glob(Looking *self, const char *glob) {
  for (guint i = 0; i < self->blobs->len; i++) {
    Blob *blob = &g_array_index(self->blobs, Blob, i);
    blob->may_start = blob->may_start || matches(glob, ak_firmware_tree_node(self->tree, blob->file)->path);
  }
}

/* "/lib/x/(star)" and "find /lib -name …", word by word. Of texts that are no scripts of a shell what begins with the folder counts:
 * in others "/(star)" begins a remark. */
static void note_script(Looking *self, const guint8 *data, gsize size) {
  static const char *const tops[] = {"/", "/lib", "/lib/", "/usr", "/usr/", "/usr/lib", "/usr/lib/", NULL};
  bool is_script = data[0] == '#' && data[1] == '!';
  guint globs = 0;
  bool after_find = false;
  for (gsize at = 0; at < size && !self->all;) {
    gsize from = 0;
    if (is_end(data[at])) {
      after_find = after_find && data[at] != '\n';
      at++;
      continue;
    }
    if (data[at] == '#' && (at == 0 || data[at - 1] <= ' ')) {
      const guint8 *end = memchr(data + at, '\n', size - at);
      at = end != NULL ? (gsize)(end - data) : size;
      continue;
    }
    g_autofree char *word = word_at(data, size, at, &from);
    self->all = after_find && g_strv_contains(tops, word);
    after_find = after_find || strcmp(word, "find") == 0;
    if (*word == '/' && strpbrk(word, "*?[") != NULL && (is_script || is_below_lib(word))) {
      note_glob(self, word);
      self->all = self->all || ++globs > MAX_GLOBS;
    }
    at = MAX(from + strlen(word), at + 1);
  }
}

/* --- commands of scripts -----------------------------------------------------------------------
 */

/* The word as a pattern: variables that are not known may be anything; "//" and "/./" are "/". Caller frees. */
static char *pattern_of(const char *word) {
  GString *pattern = g_string_new(NULL);
  for (const char *c = word; *c != '\0'; c++) {
    bool is_slash = *c == '/' && pattern->len > 0 && pattern->str[pattern->len - 1] == '/';
    if (*c == '.' && pattern->len > 0 && pattern->str[pattern->len - 1] == '/' && c[1] == '/')
      c++;
    else if (*c == '$') {
      g_string_append_c(pattern, '*');
      c += c[1] == '{' ? strcspn(c, "}") - (strchr(c, '}') == NULL) : 0;
      while (g_ascii_isalnum(c[1]) || c[1] == '_')
        c++;
    } else if (!is_slash)
      g_string_append_c(pattern, *c);
  }
  return g_string_free(pattern, FALSE);
}

/* "cd /lib", and what else goes through the folder above. */
static bool goes_into_lib(const AkBootCommand *command, const char *word) {
  static const char *const goers[] = {"cd", "pushd", "ls", "grep", "tar", "cp", "ln", NULL};
  static const char *const tops[] = {"/lib", "/lib/", "/usr/lib", "/usr/lib/", NULL};
  return g_strv_contains(goers, ak_boot_start_name(command->program)) && g_strv_contains(tops, word);
}

static void note_command_word(Looking *self, const AkBootCommand *command, const char *word, const guint8 *data) {
  g_autofree char *pattern = pattern_of(word);
  bool is_written = memmem(data + command->offset, command->length, FOLDER, strlen(FOLDER)) != NULL; /* looked at as such */
  if (!is_written && is_below_lib(pattern) && strpbrk(pattern, "*?[") != NULL)
    note_glob(self, pattern);
  self->all = self->all || goes_into_lib(command, pattern) || (!is_written && strstr(pattern, "/" FOLDER) != NULL);
}

/* What its variables and loops make of the words of a shell's script. */
static void note_commands(Looking *self, const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_SCRIPT, data, size, NULL, NULL);
  for (guint i = 0; i < commands->len && !self->all; i++) {
    const AkBootCommand *command = commands->pdata[i];
    note_command_word(self, command, command->program, data);
    for (char **a = command->arguments; *a != NULL; a++)
      note_command_word(self, command, *a, data);
  }
}

/* A word of its own, perhaps with a folder behind it. */
static bool holds_word(const guint8 *data, gsize size, const char *word, bool may_go_on) {
  gsize length = strlen(word);
  for (gsize at = 0; at + length <= size; at++) {
    const guint8 *hit = memmem(data + at, size - at, word, length);
    if (hit == NULL)
      return false;
    at = (gsize)(hit - data);
    gsize end = at + length;
    bool ends = end == size || is_end(data[end]) || (may_go_on && data[end] == '/');
    if (ends && (at == 0 || is_end(data[at - 1])))
      return true;
  }
  return false;
}

/* A path that is put together: "/lib" and "firmware" are words of one text. */
static bool joins(const guint8 *data, gsize size) {
  bool has_top = holds_word(data, size, "/lib", false) || holds_word(data, size, "/lib/", false) ||
                 holds_word(data, size, "/usr/lib", false) || holds_word(data, size, "/usr/lib/", false);
  return has_top && holds_word(data, size, "firmware", true);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static AkPatterns *patterns_of(const Looking *self) {
  g_autofree AkPattern *patterns = g_new0(AkPattern, self->blobs->len + 2);
  for (guint i = 0; i < self->blobs->len; i++) {
    const char *name = g_array_index(self->blobs, Blob, i).name;
    gsize length = strlen(name), skipped = length > MAX_NAME ? length - MAX_NAME : 0;
    patterns[i] = (AkPattern){name + skipped, length - skipped};
  }
  patterns[self->blobs->len] = (AkPattern){FOLDER, strlen(FOLDER)};
  patterns[self->blobs->len + 1] = (AkPattern){"/lib/%s", strlen("/lib/%s")};
  return ak_patterns_new(patterns, self->blobs->len + 2);
}

static void note_hit(Looking *self, const AkPatternHit *hit, const guint8 *data, gsize size) {
  if (hit->pattern == self->blobs->len) {
    note_word(self, data, size, hit->at);
    return;
  }
  if (hit->pattern == self->blobs->len + 1) {
    self->all = self->all || hit->at == 0 || is_end(data[hit->at - 1]) || (hit->at >= 4 && memcmp(data + hit->at - 4, "/usr", 4) == 0);
    return;
  }
  Blob *blob = &g_array_index(self->blobs, Blob, hit->pattern);
  gsize end = hit->at + MIN(strlen(blob->name), MAX_NAME);
  bool is_word = (end == size || !is_name_byte(data[end])) &&
                 (hit->at == 0 || !is_name_byte(data[hit->at - 1]) || strlen(blob->name) > MAX_NAME);
  blob->may_start = blob->may_start || is_word;
}

static void note_file(Looking *self, const AkPatterns *patterns, guint index, AkPatternHit *hits) {
  gsize size = 0;
  const guint8 *data = named_in(self, index, &size);
  if (data == NULL)
    return;
  bool is_loader_file = is_loader(ak_firmware_tree_node(self->tree, index)->path) && size > 4 && data[0] == 0x7f;
  for (gsize from = 0; from < size && !self->all && !is_loader_file;) {
    gsize count = ak_patterns_search(patterns, data, size, &from, size, hits, HITS);
    for (gsize i = 0; i < count; i++)
      note_hit(self, &hits[i], data, size);
  }
  if (size <= 2 || size > MAX_TEXT_BYTES || memchr(data, '\0', MIN(size, 1024)) != NULL || self->all)
    return;
  note_script(self, data, size);
  self->all = self->all || joins(data, size);
  if (memmem(data, size, "lib", 3) != NULL && !self->all && *data != '<')
    note_commands(self, data, size);
}

/* A link from elsewhere that leads to a blob, to the folder or into it gives it another name. */
static void note_link(Looking *self, guint index) {
  const AkNode *link = ak_firmware_tree_node(self->tree, index);
  if (link->type != AK_NODE_SYMLINK || link->target == NULL || strstr(link->path, "/" FOLDER "/") != NULL)
    return;
  guint to = 0;
  if (ak_firmware_paths_find(self->paths, link->parent, "", link->path, &to) != AK_PATH_FOUND) {
    self->all = self->all || strstr(link->target, FOLDER) != NULL;
    return;
  }
  const char *path = ak_firmware_tree_node(self->tree, to)->path;
  bool is_folder = ak_firmware_tree_node(self->tree, to)->type == AK_NODE_FOLDER;
  self->all = self->all || (is_folder && (g_str_has_suffix(path, "/" FOLDER) || strstr(path, "/" FOLDER "/") != NULL));
  for (guint i = 0; i < self->blobs->len; i++) {
    Blob *blob = &g_array_index(self->blobs, Blob, i);
    blob->may_start = blob->may_start || blob->file == to;
  }
}

static void look(Looking *self) {
  g_autoptr(AkPatterns) patterns = self->blobs->len <= MAX_BLOBS ? patterns_of(self) : NULL;
  g_autofree AkPatternHit *hits = g_new(AkPatternHit, HITS);
  self->all = patterns == NULL;
  for (guint i = 1; i < ak_firmware_tree_length(self->tree) && !self->all; i++) {
    note_link(self, i);
    note_file(self, patterns, i, hits);
  }
}

char *ak_boot_blob_sealed(const AkFirmwareTree *tree, const AkFirmwarePaths *paths) {
  const GArray *sealed = ak_firmware_tree_sealed_nodes(tree);
  g_autoptr(GArray) blobs = g_array_new(FALSE, FALSE, sizeof(Blob)), left = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < sealed->len; i++) {
    guint node = g_array_index(sealed, guint, i), file = file_of(tree, node);
    Blob blob = {node, file, ak_boot_start_name(ak_firmware_tree_node(tree, file)->path), false};
    if (is_blob(tree, node, file))
      g_array_append_val(blobs, blob);
  }
  Looking self = {tree, paths, blobs, false};
  if (blobs->len > 0)
    look(&self);
  for (guint i = 0, k = 0; i < sealed->len; i++) {
    guint node = g_array_index(sealed, guint, i);
    bool is_left_out = k < blobs->len && g_array_index(blobs, Blob, k).node == node;
    is_left_out = is_left_out && !g_array_index(blobs, Blob, k++).may_start && !self.all;
    if (!is_left_out)
      g_array_append_val(left, node);
  }
  return ak_firmware_gaps_name_sealed(tree, left);
}
