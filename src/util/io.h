/* The one way in which akashi changes files: a small table of functions through which all durable
 * input and output goes, so that tests can play faults (util/io-fault.h).
 *
 * The functions of the table behave as the system calls of the same meaning: -1 and errno. Reading
 * needs no seam: what was read is checked by digests and checksums. */
#pragma once

#include <sys/types.h>

#include "util/error.h"

typedef struct {
  int (*open_at)(int dir_fd, const char *path, int flags, mode_t mode); /* always O_CLOEXEC */
  int (*close)(int fd);
  gssize (*write_at)(int fd, const void *data, gsize size, gint64 offset); /* may write less */
  int (*truncate)(int fd, gint64 size);
  int (*sync_data)(int fd); /* fdatasync */
  int (*sync)(int fd);      /* fsync, of a file or of a folder's names */
  int (*rename_at)(int from_dir, const char *from, int to_dir, const char *to);
  int (*unlink_at)(int dir_fd, const char *path, int flags);
  int (*make_dir_at)(int dir_fd, const char *path, mode_t mode);
  int (*lock)(int fd, int operation); /* flock */
} AkIo;

/* The table in use: the system's, unless a test chose another. Any thread. */
const AkIo *ak_io(void);
/* For tests only: chooses another table for the whole process; NULL is the system's. */
void ak_io_use(const AkIo *io);

/* Opens the folder `path` for use as a dir_fd; -1 with `error`. */
int ak_io_open_dir(int dir_fd, const char *path, GError **error);
/* Makes the folder `name` if it is not there and makes its name durable in either case (someone
 * else may have made it and not yet synced). */
bool ak_io_make_dir(int dir_fd, const char *name, mode_t mode, GError **error);

/* Writes all `size` bytes at `offset`, however many calls that takes. `where` names the file in
 * errors. On failure some of the bytes may stand in the file. */
bool ak_io_write_all(int fd, const void *data, gsize size, gint64 offset, const char *where,
                     GError **error);

/* Gives the file `name` new content, whole or not at all, and durable on return: temporary file →
 * fsync → rename → fsync(folder). On failure the old content or the new one stands. */
bool ak_io_replace(int dir_fd, const char *name, mode_t mode, const void *data, gsize size,
                   GError **error);
/* As ak_io_replace without the last step: the caller syncs the folder. */
bool ak_io_replace_unsynced(int dir_fd, const char *name, mode_t mode, const void *data, gsize size,
                            GError **error);

/* Takes some bytes of what is written. */
typedef bool (*AkIoPut)(gpointer to, const char *bytes, gsize size, GError **error);
/* Puts a whole content, in as many parts as it likes. */
typedef bool (*AkIoFill)(gpointer data, AkIoPut put, gpointer to, GError **error);
/* As ak_io_replace, of what `fill` puts: for content that nowhere stands as a whole. */
bool ak_io_replace_filled(int dir_fd, const char *name, mode_t mode, AkIoFill fill, gpointer data, GError **error);

/* fsync of a folder; `where` names it. */
bool ak_io_sync_dir(int dir_fd, const char *where, GError **error);

/* Reads exactly `size` bytes at `offset`; INVALID_DATA where the file ends earlier. */
bool ak_io_read_exact(int fd, void *out, gsize size, gint64 offset, const char *where,
                      GError **error);
/* The whole file; LIMIT above `max_bytes`. Links are not followed. */
GBytes *ak_io_read_file(int dir_fd, const char *name, gsize max_bytes, GError **error);

/* The same into an array of ak_large_new, with a NUL behind its `size` bytes; for files of hundreds of megabytes. */
char *ak_io_read_large(int dir_fd, const char *name, gsize max_bytes, gsize *size, GError **error);

/* Has the file system of `fd` at least `bytes` free for this user? IO with both numbers. */
bool ak_io_check_room(int fd, guint64 bytes, GError **error);

/* Names of temporary files of ak_io_replace begin with this; one that is older than a day was left
 * by a process that died. */
#define AK_IO_TMP_PREFIX ".tmp-"
