/* A folder of its own for each test of this room; for *-test.c only. */
#pragma once

#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  char *top;   /* the test's own */
  char *log;   /* not there yet */
  char *stash; /* for util/io-fault.h */
} TestFolder;

static inline void test_folder_remove_tree(const char *path) {
  struct stat st;
  if (lstat(path, &st) != 0)
    return;
  DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
  for (struct dirent *entry = dir != NULL ? readdir(dir) : NULL; entry != NULL;
       entry = readdir(dir)) {
    g_autofree char *inner = g_build_filename(path, entry->d_name, NULL);
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      test_folder_remove_tree(inner);
  }
  if (dir != NULL)
    closedir(dir);
  g_remove(path);
}

static inline void test_folder_set_up(TestFolder *folder, gconstpointer data) {
  folder->top = g_dir_make_tmp("akashi-log-XXXXXX", NULL);
  g_assert_nonnull(folder->top);
  folder->log = g_build_filename(folder->top, "data", "log", NULL);
  g_autofree char *parent = g_path_get_dirname(folder->log);
  g_assert_cmpint(g_mkdir(parent, 0700), ==, 0);
  folder->stash = g_build_filename(folder->top, "stash", NULL);
  g_assert_cmpint(g_mkdir(folder->stash, 0700), ==, 0);
}

static inline void test_folder_tear_down(TestFolder *folder, gconstpointer data) {
  test_folder_remove_tree(folder->top);
  g_free(folder->top);
  g_free(folder->log);
  g_free(folder->stash);
}
