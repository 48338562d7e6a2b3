#include "log/blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"

#define FOLDER "blobs"
#define FAN_OUT 256
#define MAX_BLOB ((gsize)2 * 1024 * 1024 * 1024) /* bytes, to be read at once */
#define STALE_S (24 * 3600) /* a temporary file of that age has no writer any more */

struct _AkBlobs {
  int fd;
  gint is_made[FAN_OUT]; /* the folder ab/ is known to be there, durably */
};

AkBlobs *ak_blobs_open(int dir_fd, GError **error) {
  if (!ak_io_make_dir(dir_fd, FOLDER, 0700, error))
    return NULL;
  int fd = ak_io_open_dir(dir_fd, FOLDER, error);
  if (fd < 0)
    return NULL;
  AkBlobs *self = g_new0(AkBlobs, 1);
  self->fd = fd;
  return self;
}

void ak_blobs_free(AkBlobs *self) {
  if (self == NULL)
    return;
  ak_io()->close(self->fd);
  g_free(self);
}

typedef struct {
  char folder[3];
  char name[2 * AK_DIGEST_SIZE - 1];
} Place;

static Place place_of(const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  Place place = {0};
  memcpy(place.folder, hex, 2);
  memcpy(place.name, hex + 2, sizeof place.name);
  return place;
}

/* Removes what writers that died left in a folder. Best effort: it only costs room. */
static void remove_stale(int fd) {
  int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
  if (dir == NULL)
    return;
  struct stat st;
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
    if (g_str_has_prefix(entry->d_name, AK_IO_TMP_PREFIX) &&
        fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        time(NULL) - st.st_mtime > STALE_S)
      ak_io()->unlink_at(fd, entry->d_name, 0);
  closedir(dir);
}

/* The folder of the first two digits, made durable once by each process that writes there. */
static int open_folder(AkBlobs *self, const AkDigest *digest, const char *name, GError **error) {
  gint *is_made = &self->is_made[digest->bytes[0]];
  bool is_first = g_atomic_int_get(is_made) == 0;
  if (is_first && !ak_io_make_dir(self->fd, name, 0700, error))
    return -1;
  int fd = ak_io_open_dir(self->fd, name, error);
  if (fd >= 0 && is_first) {
    remove_stale(fd);
    g_atomic_int_set(is_made, 1);
  }
  return fd;
}

static GBytes *read_blob(int dir_fd, const char *name, const AkDigest *digest, GError **error) {
  g_autoptr(GBytes) bytes = ak_io_read_file(dir_fd, name, MAX_BLOB, error);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  AkDigest found = ak_digest_of(data, size);
  if (!ak_digest_equal(&found, digest)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "the bytes no longer have that digest");
    return NULL;
  }
  return g_steal_pointer(&bytes);
}

bool ak_blobs_put(AkBlobs *self, const void *bytes, gsize size, AkDigest *out, GError **error) {
  AkDigest digest = ak_digest_of(bytes, size);
  Place place = place_of(&digest);
  int fd = open_folder(self, &digest, place.folder, error);
  if (fd < 0) {
    g_prefix_error(error, "blob: ");
    return false;
  }
  g_autoptr(GBytes) known = read_blob(fd, place.name, &digest, NULL);
  if (known != NULL) /* see ak_blobs_remove */
    utimensat(fd, place.name, NULL, AT_SYMLINK_NOFOLLOW);
  /* Whoever put it there may not have synced yet: then its bytes were, but not its name. */
  bool ok = known != NULL ? ak_io_sync_dir(fd, place.name, error)
                          : ak_io_replace(fd, place.name, 0600, bytes, size, error);
  ak_io()->close(fd);
  if (!ok)
    g_prefix_error(error, "blob: ");
  else
    *out = digest;
  return ok;
}

GBytes *ak_blobs_get(AkBlobs *self, const AkDigest *digest, GError **error) {
  Place place = place_of(digest);
  g_autofree char *path = g_strdup_printf("%s/%s", place.folder, place.name);
  GBytes *bytes = read_blob(self->fd, path, digest, error);
  if (bytes == NULL)
    g_prefix_error(error, "blob %s%s: ", place.folder, place.name);
  return bytes;
}

bool ak_blobs_has(AkBlobs *self, const AkDigest *digest) {
  Place place = place_of(digest);
  g_autofree char *path = g_strdup_printf("%s/%s", place.folder, place.name);
  struct stat st;
  return fstatat(self->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

bool ak_blobs_renew(AkBlobs *self, const AkDigest *digest) {
  Place place = place_of(digest);
  g_autofree char *path = g_strdup_printf("%s/%s", place.folder, place.name);
  return utimensat(self->fd, path, NULL, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool remove_from(int fd, const Place *place, guint spare_s, GError **error) {
  struct stat st;
  bool is_there = fstatat(fd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_there && spare_s > 0 && time(NULL) - st.st_mtime < spare_s)
    return true;
  if (is_there && ak_io()->unlink_at(fd, place->name, 0) != 0 && errno != ENOENT)
    return ak_error_set_errno(error, errno, "removing blob %s%s", place->folder, place->name);
  /* Also where it was gone: whoever removed it may have failed to sync. */
  return ak_io_sync_dir(fd, place->name, error);
}

bool ak_blobs_remove(AkBlobs *self, const AkDigest *digest, guint spare_s, GError **error) {
  Place place = place_of(digest);
  int fd = ak_io()->open_at(self->fd, place.folder, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0)
    return errno == ENOENT || ak_error_set_errno(error, errno, "blob folder %s", place.folder);
  bool ok = remove_from(fd, &place, spare_s, error);
  ak_io()->close(fd);
  return ok;
}
