/* A folder, or a file, of cases in one of the formats. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange/capture.h"
#include "exchange/go-ftw.h"
#include "exchange/har.h"
#include "util/io.h"

#define MAX_FILES 1000000
#define MAX_DEPTH 32
#define LABELS "labels.csv"
#define LABEL_BYTES (64 * 1024 * 1024)

typedef struct {
  const char *word;
  AkEffectKind kind;
  const char *suffixes;    /* split by "|"; NULL: every file */
  bool is_labelled;        /* the files themselves tell what is an attack */
  const char *written_for; /* families that such files are always written for; or NULL */
  bool (*read)(AkImport *into, const char *data, gsize size, const char *where,
               const AkImportSpec *spec, const AkLabel *label, GError **error);
} Format;

typedef struct {
  const AkImportSpec *spec;
  const Format *format;
  AkImport *import;
  GPtrArray *labels; /* or NULL */
  GPtrArray *files;  /* of char *, from the folder */
  const char *root;  /* the folder */
} Reading;

/* --- formats
 * ------------------------------------------------------------------------------------------- */

static bool read_go_ftw(AkImport *into, const char *data, gsize size, const char *where,
                        const AkImportSpec *spec, const AkLabel *label, GError **error) {
  return ak_go_ftw_read(into, data, size, where, spec, error);
}

static bool read_har(AkImport *into, const char *data, gsize size, const char *where,
                     const AkImportSpec *spec, const AkLabel *label, GError **error) {
  return ak_har_read(into, data, size, where, label, error);
}

static bool read_whole(AkImport *into, const char *data, gsize size, const char *where,
                       const AkImportSpec *spec, const AkLabel *label, GError **error) {
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup(label->id != NULL ? label->id : where);
  one->base = g_strdup(label->base != NULL ? label->base : one->id);
  one->attack = label->label == AK_IMPORT_ATTACK;
  one->category = g_strdupv(label->category);
  one->source = g_strdup(label->source);
  one->licence = g_strdup(label->licence);
  one->marker = g_strdup(label->marker);
  one->target = g_strdup(label->target);
  one->bytes = g_bytes_new(data, size);
  ak_import_add(into, one, where);
  return true;
}

static bool read_request(AkImport *into, const char *data, gsize size, const char *where,
                         const AkImportSpec *spec, const AkLabel *label, GError **error) {
  return size > 0 ? read_whole(into, data, size, where, spec, label, error)
                  : ak_error_set(error, AK_ERROR_INVALID_DATA, "the file is empty");
}

static bool read_capture(AkImport *into, const char *data, gsize size, const char *where,
                         const AkImportSpec *spec, const AkLabel *label, GError **error) {
  guint64 packets = 0;
  if (!ak_capture_check((const guint8 *)data, size, &packets, error))
    return false;
  return packets > 0 ? read_whole(into, data, size, where, spec, label, error)
                     : ak_error_set(error, AK_ERROR_INVALID_DATA, "no packet stands in it");
}

static const Format formats[] = {
    {"go-ftw", AK_EFFECT_HTTP, ".yaml|.yml", true, "crs", read_go_ftw},
    {"har", AK_EFFECT_HTTP, ".har", false, NULL, read_har},
    {"http", AK_EFFECT_HTTP, ".http|.req|.txt", false, NULL, read_request},
    {"pcap", AK_EFFECT_CAPTURE, ".pcap|.pcapng|.cap", false, NULL, read_capture},
    {"files", AK_EFFECT_FILE, NULL, false, NULL, read_whole},
};

static const Format *format_find(const char *word) {
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
    if (g_strcmp0(formats[i].word, word) == 0)
      return &formats[i];
  return NULL;
}

static bool is_of(const Format *format, const char *name) {
  if (format->suffixes == NULL)
    return strcmp(name, LABELS) != 0;
  g_auto(GStrv) suffixes = g_strsplit(format->suffixes, "|", -1);
  for (guint i = 0; suffixes[i] != NULL; i++)
    if (g_str_has_suffix(name, suffixes[i]))
      return true;
  return false;
}

/* --- files
 * --------------------------------------------------------------------------------------------- */

static bool walk(Reading *self, const char *below, guint depth, GError **error) {
  g_autofree char *path = g_build_filename(self->root, below, NULL);
  g_autoptr(GError) failure = NULL;
  g_autoptr(GDir) folder = g_dir_open(path, 0, &failure);
  if (folder == NULL)
    return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  if (depth > MAX_DEPTH)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d levels", path, MAX_DEPTH);
  for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
    g_autofree char *inner = *below != '\0' ? g_build_filename(below, name, NULL) : g_strdup(name);
    g_autofree char *whole = g_build_filename(self->root, inner, NULL);
    struct stat info;
    if (g_lstat(whole, &info) != 0 || *name == '.')
      continue;
    if (S_ISDIR(info.st_mode) && !walk(self, inner, depth + 1, error))
      return false;
    if (S_ISREG(info.st_mode) && is_of(self->format, name)) {
      if (self->files->len >= MAX_FILES)
        return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d files", self->root, MAX_FILES);
      g_ptr_array_add(self->files, g_steal_pointer(&inner));
    }
  }
  return true;
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool find_files(Reading *self, char **root, GError **error) {
  if (g_file_test(self->spec->path, G_FILE_TEST_IS_DIR)) {
    *root = g_strdup(self->spec->path);
    self->root = *root;
    if (!walk(self, "", 0, error))
      return false;
  } else if (g_file_test(self->spec->path, G_FILE_TEST_IS_REGULAR)) {
    *root = g_path_get_dirname(self->spec->path);
    self->root = *root;
    g_ptr_array_add(self->files, g_path_get_basename(self->spec->path));
  } else {
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s: there is no such folder or file",
                        self->spec->path);
  }
  g_ptr_array_sort(self->files, compare_names);
  return true;
}

/* --- labels
 * -------------------------------------------------------------------------------------------- */

static bool read_labels(Reading *self, GError **error) {
  g_autofree char *own = g_build_filename(self->root, LABELS, NULL);
  const char *path = self->spec->labels != NULL ? self->spec->labels : own;
  if (self->spec->labels == NULL && !g_file_test(own, G_FILE_TEST_IS_REGULAR))
    return true;
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, path, LABEL_BYTES, error);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  self->labels =
      bytes != NULL ? ak_labels_parse(data != NULL ? data : "", size, path, error) : NULL;
  return self->labels != NULL;
}

/* What is known of a file: its row, and for what the row leaves open the options. The texts are
 * borrowed. False where nothing says whether it is an attack. */
static bool label_of(const Reading *self, const char *file, AkLabel *out) {
  AkLabel *row = ak_labels_find(self->labels, file);
  *out = row != NULL ? *row : (AkLabel){.label = self->spec->label};
  if (row != NULL)
    row->used = true;
  out->source = out->source != NULL ? out->source : (char *)self->spec->source;
  out->licence = out->licence != NULL ? out->licence : (char *)self->spec->licence;
  return self->format->is_labelled || out->label != AK_IMPORT_UNLABELLED;
}

static void note_unused(const Reading *self) {
  for (guint i = 0; self->labels != NULL && i < self->labels->len; i++) {
    const AkLabel *label = self->labels->pdata[i];
    if (!label->used)
      ak_import_problem(self->import, label->file, "no-file", "");
  }
}

/* --- reading
 * --------------------------------------------------------------------------------------------- */

static void read_file(const Reading *self, const char *file) {
  AkLabel label;
  g_autofree char *path = g_build_filename(self->root, file, NULL);
  g_autoptr(GError) failure = NULL;
  if (!label_of(self, file, &label)) {
    self->import->seen++;
    ak_import_problem(self->import, file, "no-label", "");
    return;
  }
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, path, AK_CORPUS_CASE_BYTES, &failure);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  self->import->files++;
  bool done = bytes != NULL && self->format->read(self->import, data != NULL ? data : "", size,
                                                  file, self->spec, &label, &failure);
  if (done)
    return;
  bool is_large = g_error_matches(failure, AK_ERROR, AK_ERROR_LIMIT) && bytes == NULL;
  self->import->seen++;
  ak_import_problem(self->import, file, is_large ? "too-large" : "broken", failure->message);
}

static GStrv families_of(const Reading *self) {
  const char *own[] = {self->format->written_for, NULL};
  return self->spec->written_for != NULL ? g_strdupv((char **)self->spec->written_for)
                                         : g_strdupv((char **)own);
}

static bool read_all(Reading *self, GError **error) {
  g_autofree char *root = NULL;
  self->files = g_ptr_array_new_with_free_func(g_free);
  bool done = find_files(self, &root, error) && read_labels(self, error);
  for (guint i = 0; done && i < self->files->len; i++)
    read_file(self, self->files->pdata[i]);
  if (done)
    note_unused(self);
  g_ptr_array_unref(self->files);
  g_clear_pointer(&self->labels, g_ptr_array_unref);
  self->root = NULL;
  return done && ak_import_finish(self->import, error);
}

AkImport *ak_corpus_import(const AkImportSpec *spec, GError **error) {
  const Format *format = format_find(spec->from);
  if (format == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "--from: one of " AK_IMPORT_FORMATS " is expected");
    return NULL;
  }
  g_autofree char *whole = g_canonicalize_filename(spec->path, NULL);
  g_autofree char *name = g_path_get_basename(whole), *valid = g_utf8_make_valid(name, -1);
  AkImportSpec own = *spec;
  own.source = spec->source != NULL ? spec->source : valid;
  own.licence = spec->licence != NULL ? spec->licence : "NOASSERTION";
  g_autoptr(AkImport) import = ak_import_new(spec->id != NULL ? spec->id : valid, format->kind);
  Reading reading = {.spec = &own, .format = format, .import = import};
  import->corpus->written_for = families_of(&reading);
  import->attack_wins = format->is_labelled;
  return read_all(&reading, error) ? g_steal_pointer(&import) : NULL;
}
