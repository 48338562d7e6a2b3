/* Writing what a worker tells, where the worker itself lies about names. */
#include "app/extract.h"

#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *top, *dir, *witness; /* the witness lies beside DIR */
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-extract-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->dir = g_build_filename(self->top, "out", NULL);
  self->witness = g_build_filename(self->top, "witness", NULL);
  g_assert_true(g_file_set_contents(self->witness, "as it was", -1, NULL));
}

static void remove_tree(const char *path) {
  struct stat st;
  if (lstat(path, &st) != 0)
    return;
  DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
  for (struct dirent *entry = dir != NULL ? readdir(dir) : NULL; entry != NULL;
       entry = readdir(dir)) {
    g_autofree char *inner = g_build_filename(path, entry->d_name, NULL);
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      remove_tree(inner);
  }
  if (dir != NULL)
    closedir(dir);
  g_remove(path);
}

static void tear_down(Fixture *self, gconstpointer data) {
  remove_tree(self->top);
  g_free(self->top);
  g_free(self->dir);
  g_free(self->witness);
}

/* What the caller's folder holds beside DIR. */
static void assert_untouched(const Fixture *self) {
  g_autofree char *text = NULL;
  g_autoptr(GDir) dir = g_dir_open(self->top, 0, NULL);
  guint count = 0;
  while (g_dir_read_name(dir) != NULL)
    count++;
  g_assert_cmpuint(count, ==, 2);
  g_assert_true(g_file_get_contents(self->witness, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "as it was");
}

static AkEntry entry_of(AkEntryKind kind, const char *path, const char *target) {
  return (AkEntry){.kind = kind,
                   .container = 1,
                   .container_kind = (char *)"tar",
                   .origin = (char *)"image!x",
                   .path = (char *)path,
                   .target = (char *)target,
                   .mode = 04755,
                   .has_content = kind == AK_ENTRY_FILE,
                   .size = kind == AK_ENTRY_FILE ? 4 : 0};
}

static void put(AkExtract *extract, AkEntryKind kind, const char *path, const char *target) {
  g_autoptr(GError) error = NULL;
  AkEntry entry = entry_of(kind, path, target);
  AkDigest digest = ak_digest_of("evil", 4);
  g_assert_true(ak_extract_entry(extract, &entry, &error));
  if (kind == AK_ENTRY_FILE) {
    g_assert_true(ak_extract_content(extract, "evil", 4, &error));
    g_assert_true(ak_extract_entry_end(extract, &digest, &error));
  }
  g_assert_no_error(error);
}

static json_t *finish(const Fixture *self, AkExtract *extract) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) facts = json_pack("{s:s}", "image", "test");
  g_autofree char *path = g_build_filename(self->dir, "manifest.json", NULL), *text = NULL;
  gsize size = 0;
  g_assert_true(ak_extract_finish(extract, "done", facts, &error));
  g_assert_no_error(error);
  g_assert_true(g_file_get_contents(path, &text, &size, NULL));
  json_t *manifest = ak_json_parse_canonical(text, size, "manifest", &error);
  g_assert_no_error(error);
  return manifest;
}

/* Names that no tree makes, because it escapes them. */
static void test_hostile_names(Fixture *self, gconstpointer data) {
  static const char *const names[] = {
      "../witness", "/../../witness",    "a/../../../witness", "..",     "/",
      ".",          "//..//witness",     "a/./../../witness",  "a/b/..", "./witness",
      "…/x",        "a/../manifest.json"};
  g_autoptr(AkExtract) extract = ak_extract_open(self->dir, NULL);
  g_assert_nonnull(extract);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    put(extract, AK_ENTRY_FILE, names[i], NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    put(extract, AK_ENTRY_FOLDER, names[i], NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    put(extract, AK_ENTRY_LINK, names[i], "/etc");
  g_autoptr(json_t) manifest = finish(self, extract);
  const json_t *rows = json_object_get(manifest, "entries");
  g_assert_cmpuint(json_array_size(rows), ==, 3 * G_N_ELEMENTS(names));
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *path = ak_json_string_or(json_array_get(rows, i), "path", NULL);
    g_assert_nonnull(path);
    g_assert_true(g_str_has_prefix(path, "0001-tar/"));
    g_assert_null(strstr(path, ".."));
  }
  assert_untouched(self);
}

/* Someone puts a link where a folder is to be: it is not followed. */
static void test_a_link_in_the_way(Fixture *self, gconstpointer data) {
  g_autoptr(AkExtract) extract = ak_extract_open(self->dir, NULL);
  g_autofree char *way = g_build_filename(self->dir, "0001-tar", NULL);
  g_autofree char *inner = g_build_filename(way, "folder", NULL);
  put(extract, AK_ENTRY_FILE, "/first", NULL);
  g_assert_cmpint(symlink("../..", inner), ==, 0);
  put(extract, AK_ENTRY_FILE, "/folder/evil", NULL);
  put(extract, AK_ENTRY_FOLDER, "/folder", NULL);
  put(extract, AK_ENTRY_LINK, "/folder/link", "x");
  g_autoptr(json_t) manifest = finish(self, extract);
  const json_t *rows = json_object_get(manifest, "entries");
  g_assert_cmpstr(ak_json_string_or(json_array_get(rows, 1), "path", ""), ==, "0001-tar/~1");
  g_assert_null(json_object_get(json_array_get(rows, 2), "path"));
  g_assert_null(json_object_get(json_array_get(rows, 3), "path"));
  assert_untouched(self);
}

static void test_targets(Fixture *self, gconstpointer data) {
  static const struct {
    const char *path, *target;
    bool is_made;
  } rows[] = {
      {"/a/1", "x", true},
      {"/a/2", "../x", true},
      {"/a/3", "../../x", false},
      {"/4", "..", false},
      {"/5", "x/..", false},
      {"/6", "/etc", false},
      {"/7", "", false},
      {"/8", "./x/./y", true},
      {"/a/b/9", "./.././../x", true},
      {"/a/b/10", "../x/..", false},
      {"/11", "a\\\\x0a", false},
      {"/12", "...", true},
      {"/13", NULL, false},
  };
  g_autoptr(AkExtract) extract = ak_extract_open(self->dir, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    put(extract, AK_ENTRY_LINK, rows[i].path, rows[i].target);
  g_autoptr(json_t) manifest = finish(self, extract);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const json_t *row = json_array_get(json_object_get(manifest, "entries"), i);
    if ((json_object_get(row, "path") != NULL) != rows[i].is_made)
      g_error("%s -> %s", rows[i].path, rows[i].target);
  }
  assert_untouched(self);
}

/* Set-id bits are not given, and a content that breaks off is said to. */
static void test_modes_and_ends(Fixture *self, gconstpointer data) {
  g_autoptr(AkExtract) extract = ak_extract_open(self->dir, NULL);
  g_autofree char *path = g_build_filename(self->dir, "0001-tar", "tool", NULL);
  AkEntry half = entry_of(AK_ENTRY_FILE, "/half", NULL);
  struct stat st;
  put(extract, AK_ENTRY_FILE, "/tool", NULL);
  g_assert_cmpint(stat(path, &st), ==, 0);
  g_assert_cmpuint(st.st_mode & 07000, ==, 0);
  g_assert_true(ak_extract_entry(extract, &half, NULL));
  g_assert_true(ak_extract_content(extract, "ev", 2, NULL));
  g_autoptr(json_t) manifest = finish(self, extract);
  const json_t *row = json_array_get(json_object_get(manifest, "entries"), 1);
  g_assert_cmpstr(ak_json_string_or(row, "note", ""), ==, "stopped before its end");
  g_assert_cmpint(json_integer_value(json_object_get(row, "size")), ==, 2);
  g_assert_null(json_object_get(row, "sha256"));
}

static void test_a_folder_in_use(Fixture *self, gconstpointer data) {
  g_autoptr(GError) error = NULL, other = NULL;
  g_assert_null(ak_extract_open(self->top, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  g_assert_null(ak_extract_open(self->witness, &other));
  g_assert_nonnull(other);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
  } tests[] = {
      {"/extract/names", test_hostile_names},
      {"/extract/link-in-the-way", test_a_link_in_the_way},
      {"/extract/targets", test_targets},
      {"/extract/modes-and-ends", test_modes_and_ends},
      {"/extract/in-use", test_a_folder_in_use},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run();
}
