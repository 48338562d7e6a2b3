#include "effect/left.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "akashi-range-"
#define GROUPS "groups"
#define GROUPS_BYTES (64u << 20) /* of the file that are read: two million starts */
#define ATTEMPTS 20

struct _AkRangeFolder {
  char *path, *groups;
  int fd; /* holds the lock */
};

/* --- processes ------------------------------------------------------------------------------------ */

typedef struct {
  gint64 group, began; /* began: in ticks since the system's start */
} Member;

/* Source: proc(5), /proc/PID/stat: behind the name, which may hold anything, fields 3 …: 5 pgrp, 22
 * starttime. */
static bool read_member(const char *pid, Member *out) {
  g_autofree char *path = g_build_filename("/proc", pid, "stat", NULL), *text = NULL;
  const char *at = g_file_get_contents(path, &text, NULL, NULL) ? strrchr(text, ')') : NULL;
  if (at == NULL || strlen(at) < 4)
    return false;
  g_auto(GStrv) words = g_strsplit(at + 2, " ", 21);
  if (g_strv_length(words) < 20)
    return false;
  out->group = g_ascii_strtoll(words[2], NULL, 10);
  out->began = g_ascii_strtoll(words[19], NULL, 10);
  return true;
}

void ak_left_note(const char *path, gint group) {
  Member member = {0};
  g_autofree char *pid = g_strdup_printf("%d", group);
  if (path == NULL || !read_member(pid, &member))
    return;
  g_autofree char *line = g_strdup_printf("%d %" G_GINT64_FORMAT "\n", group, member.began);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0 && write(fd, line, strlen(line)) < 0)
    g_warning("%s cannot be written", path);
  if (fd >= 0)
    close(fd);
}

/* Groups by number, and when each began; of several with one number the first. */
static GHashTable *read_groups(const char *folder) {
  GHashTable *groups = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
  g_autofree char *path = g_build_filename(folder, GROUPS, NULL);
  FILE *file = fopen(path, "re");
  gint64 group = 0, began = 0;
  while (file != NULL && ftell(file) < (long)GROUPS_BYTES &&
         fscanf(file, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, &group, &began) == 2)
    if (group > 1 && !g_hash_table_contains(groups, &group))
      g_hash_table_insert(groups, g_memdup2(&group, sizeof group), g_memdup2(&began, sizeof began));
  if (file != NULL)
    fclose(file);
  return groups;
}

static bool works_in(const char *pid, const char *folder) {
  g_autofree char *link = g_build_filename("/proc", pid, "cwd", NULL);
  g_autofree char *where = g_file_read_link(link, NULL);
  gsize size = strlen(folder);
  return where != NULL && strncmp(where, folder, size) == 0 &&
         (where[size] == '/' || where[size] == '\0' || where[size] == ' ' /* " (deleted)" */);
}

static bool is_left(const char *pid, const char *folder, GHashTable *groups) {
  Member member = {0}, first = {0};
  const gint64 *began = NULL;
  if (!read_member(pid, &member) ||
      (began = g_hash_table_lookup(groups, &member.group)) == NULL || member.began < *began)
    return false;
  g_autofree char *leader = g_strdup_printf("%" G_GINT64_FORMAT, member.group);
  bool is_led = read_member(leader, &first);
  return is_led ? first.began == *began : works_in(pid, folder);
}

static void kill_left(const char *folder) {
  g_autoptr(GHashTable) groups = read_groups(folder);
  DIR *proc = g_hash_table_size(groups) > 0 ? opendir("/proc") : NULL;
  for (struct dirent *entry = proc != NULL ? readdir(proc) : NULL; entry != NULL;
       entry = readdir(proc))
    if (g_ascii_isdigit(entry->d_name[0]) && is_left(entry->d_name, folder, groups))
      kill((pid_t)g_ascii_strtoll(entry->d_name, NULL, 10), SIGKILL);
  if (proc != NULL)
    closedir(proc);
}

/* --- folders -------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk) {
  return remove(path);
}

static void remove_all(const char *path) {
  nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The folder's descriptor with its lock; -1: somebody has it, or it is no folder of this user. */
static int take(const char *path) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

guint ak_left_clean(const char *parent) {
  g_autoptr(GDir) names = g_dir_open(parent, 0, NULL);
  guint count = 0;
  for (const char *name; names != NULL && (name = g_dir_read_name(names)) != NULL;) {
    g_autofree char *path = g_build_filename(parent, name, NULL);
    int fd = g_str_has_prefix(name, PREFIX) ? take(path) : -1;
    if (fd < 0)
      continue;
    kill_left(path);
    remove_all(path);
    count++;
    close(fd);
  }
  return count;
}

/* Locked, and still there: another start may have taken it for a dead one's before. */
static bool hold(AkRangeFolder *self) {
  struct stat held, named;
  self->fd = take(self->path);
  return self->fd >= 0 && fstat(self->fd, &held) == 0 && lstat(self->path, &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

AkRangeFolder *ak_range_folder_new(GError **error) {
  ak_left_clean(g_get_tmp_dir());
  for (guint i = 0; i < ATTEMPTS; i++) {
    g_autoptr(GError) failure = NULL;
    g_autoptr(AkRangeFolder) self = g_new0(AkRangeFolder, 1);
    self->fd = -1;
    self->path = g_dir_make_tmp(PREFIX "XXXXXX", &failure);
    if (self->path == NULL) {
      ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
      return NULL;
    }
    self->groups = g_build_filename(self->path, GROUPS, NULL);
    g_chmod(self->path, 0711);
    if (hold(self))
      return g_steal_pointer(&self);
  }
  ak_error_set(error, AK_ERROR_IO, "no folder for the products can be held");
  return NULL;
}

const char *ak_range_folder_path(const AkRangeFolder *self) { return self->path; }
const char *ak_range_folder_groups(const AkRangeFolder *self) { return self->groups; }

void ak_range_folder_free(AkRangeFolder *self) {
  if (self == NULL)
    return;
  if (self->path != NULL && self->fd >= 0)
    remove_all(self->path);
  if (self->fd >= 0)
    close(self->fd);
  g_free(self->path);
  g_free(self->groups);
  g_free(self);
}
