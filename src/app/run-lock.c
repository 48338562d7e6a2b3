#include "app/run-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "running"
#define ATTEMPTS 8 /* against a holder that removes the file between our opening and our locking */

struct _AkRunLock {
  char *path;
  int fd;
};

/* NULL for a run id that is no plain name: it must not lead out of the folder. */
static char *path_of(AkWorkspace *workspace, const char *run_id) {
  return ak_workspace_is_run_id(run_id)
             ? g_build_filename(ak_workspace_dir(workspace), FOLDER, run_id, NULL)
             : NULL;
}

void ak_run_lock_release(AkRunLock *self) {
  if (self == NULL)
    return;
  if (self->fd >= 0) {
    g_unlink(self->path); /* while it is ours */
    close(self->fd);
  }
  g_free(self->path);
  g_free(self);
}

/* Is the open file still the one of that name? */
static bool is_in_place(int fd, const char *path) {
  struct stat opened, named;
  return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

/* The locked file, or -1 with `error`; -2: try again. */
static int lock_once(const char *path, const char *run_id, GError **error) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    ak_error_set_errno(error, errno, "%s", path);
    return -1;
  }
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
    int why = errno;
    close(fd);
    if (why == EAGAIN || why == EACCES)
      ak_error_set(error, AK_ERROR_CONFLICT, "another process works on run %s", run_id);
    else
      ak_error_set_errno(error, why, "%s cannot be locked", path);
    return -1;
  }
  if (is_in_place(fd, path))
    return fd;
  close(fd);
  return -2;
}

AkRunLock *ak_run_lock_take(AkWorkspace *workspace, const char *run_id, GError **error) {
  g_autofree char *path = path_of(workspace, run_id);
  if (path == NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "\"%s\" is no run id; akashi run list shows them", run_id);
    return NULL;
  }
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) != 0) {
    ak_error_set_errno(error, errno, "%s cannot be made", folder);
    return NULL;
  }
  int fd = -2;
  for (guint i = 0; fd == -2 && i < ATTEMPTS; i++)
    fd = lock_once(path, run_id, error);
  if (fd == -2)
    ak_error_set(error, AK_ERROR_CONFLICT, "run %s changes hands all the time", run_id);
  if (fd < 0)
    return NULL;
  AkRunLock *self = g_new(AkRunLock, 1);
  *self = (AkRunLock){g_steal_pointer(&path), fd};
  return self;
}

AkRunHeld ak_run_lock_look(AkWorkspace *workspace, const char *run_id) {
  g_autofree char *path = path_of(workspace, run_id);
  int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
  if (fd < 0)
    return path == NULL || errno == ENOENT ? AK_RUN_NOT_HELD : AK_RUN_NOT_KNOWN;
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  bool is_told = fcntl(fd, F_OFD_GETLK, &lock) == 0;
  close(fd);
  if (!is_told)
    return AK_RUN_NOT_KNOWN;
  return lock.l_type == F_UNLCK ? AK_RUN_NOT_HELD : AK_RUN_HELD;
}

const char *ak_run_status(AkWorkspace *workspace, const char *run_id, const char *end) {
  AkRunHeld held = ak_run_lock_look(workspace, run_id);
  if (held == AK_RUN_HELD)
    return "running";
  if (end != NULL)
    return strcmp(end, "aborted") == 0 ? "aborted" : "finished";
  return held == AK_RUN_NOT_KNOWN ? "unknown" : "stopped";
}
