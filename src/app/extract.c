#include "app/extract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/io.h"

#define MAX_FOLDERS 64 /* folders in folders; deeper ones are written flat */
#define MAX_NAME 255   /* bytes; what file systems take */
#define KEPT_NAME 180  /* of a longer one */
#define MAX_SAME 1000  /* names that differ by a number alone */
#define MANIFEST "manifest.json"

typedef struct {
  char *path, *target; /* relative to DIR */
  guint depth;         /* folders of its container above it */
  json_t *row;         /* borrowed from the rows */
} Link;

struct _AkExtract {
  char *dir;
  int dir_fd, file_fd; /* file_fd: of the content that comes, or -1 */
  gint64 written;      /* bytes of it so far */
  json_t *rows, *row;  /* row: of the entry that was told last; borrowed from the rows */
  GPtrArray *links;    /* of Link */
  char *folder;        /* the one that was opened last, and its descriptor */
  int folder_fd;
  guint flat; /* names given so far to what could not have its own */
  guint64 bytes;
  guint files, folders, made_links, not_written;
};

static void link_free(gpointer data) {
  Link *self = data;
  g_free(self->path);
  g_free(self->target);
  g_free(self);
}

void ak_extract_free(AkExtract *self) {
  if (self == NULL)
    return;
  const int fds[] = {self->file_fd, self->folder_fd, self->dir_fd};
  for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
    if (fds[i] >= 0)
      ak_io()->close(fds[i]);
  g_clear_pointer(&self->links, g_ptr_array_unref);
  json_decref(self->rows);
  g_free(self->folder);
  g_free(self->dir);
  g_free(self);
}

/* --- the folder ------------------------------------------------------------------------------ */

static bool is_empty(int fd, const char *dir, GError **error) {
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  DIR *stream = own >= 0 ? fdopendir(own) : NULL;
  if (stream == NULL)
    return ak_error_set_errno(error, errno, "folder %s", dir);
  bool found = false;
  for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
    found = found || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0);
  closedir(stream);
  return !found || ak_error_set(error, AK_ERROR_CONFIG, "folder %s is not empty", dir);
}

AkExtract *ak_extract_open(const char *dir, GError **error) {
  if (ak_io()->make_dir_at(AT_FDCWD, dir, 0755) != 0 && errno != EEXIST) {
    ak_error_set_errno(error, errno, "making folder %s", dir);
    return NULL;
  }
  g_autoptr(AkExtract) self = g_new0(AkExtract, 1);
  self->file_fd = self->folder_fd = -1;
  self->dir_fd = ak_io_open_dir(AT_FDCWD, dir, error);
  self->dir = g_strdup(dir);
  self->rows = json_array();
  self->links = g_ptr_array_new_with_free_func(link_free);
  return self->dir_fd >= 0 && is_empty(self->dir_fd, dir, error) ? g_steal_pointer(&self) : NULL;
}

/* Never leaves `dir_fd`, never follows a link. */
static int open_beneath(int dir_fd, const char *path, int flags, mode_t mode) {
  struct open_how how = {
      .flags = (guint64)(flags | O_CLOEXEC | O_NOFOLLOW),
      .mode = (flags & O_CREAT) != 0 ? mode : 0,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  return (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
}

/* Opens the folder `path` below DIR, making what is missing. -1 with errno. */
static int open_folder(AkExtract *self, const char *path) {
  if (g_strcmp0(self->folder, path) == 0)
    return self->folder_fd;
  g_auto(GStrv) parts = g_strsplit(path, "/", -1);
  int fd = self->dir_fd;
  for (guint i = 0; parts[i] != NULL; i++) {
    bool is_new = ak_io()->make_dir_at(fd, parts[i], 0755) == 0;
    int next =
        is_new || errno == EEXIST ? open_beneath(fd, parts[i], O_RDONLY | O_DIRECTORY, 0) : -1;
    int failure = errno;
    if (fd != self->dir_fd)
      ak_io()->close(fd);
    errno = failure;
    fd = next;
    if (fd < 0)
      return -1;
    self->folders += is_new;
  }
  if (self->folder_fd >= 0)
    ak_io()->close(self->folder_fd);
  g_free(self->folder);
  self->folder = g_strdup(path);
  self->folder_fd = fd;
  return fd;
}

/* --- names -------------------------------------------------------------------------------------
 */

/* What an entry is called below DIR. */
typedef struct {
  char *folder, *name; /* owned */
  guint depth;         /* folders of its container above it */
  bool is_flat;        /* not by its own name */
} Place;

static void place_clear(Place *self) {
  g_free(self->folder);
  g_free(self->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static bool is_name(const char *part) {
  return *part != '\0' && strcmp(part, ".") != 0 && strcmp(part, "..") != 0 &&
         strchr(part, '/') == NULL;
}

/* A name that a file system takes: a longer one is cut, and numbered by the caller. */
static char *shortened(const char *part, bool *is_cut) {
  if (strlen(part) <= MAX_NAME)
    return g_strdup(part);
  const char *end = g_utf8_find_prev_char(part, part + KEPT_NAME);
  *is_cut = true;
  return g_strdup_printf("%.*s~", end != NULL ? (int)(end - part) : KEPT_NAME, part);
}

static void set_flat(AkExtract *self, const AkEntry *entry, Place *out) {
  place_clear(out);
  *out = (Place){.folder = g_strdup_printf("%04u-%s", entry->container, entry->container_kind),
                 .name = g_strdup_printf("~%u", ++self->flat),
                 .is_flat = true};
}

static void set_place(AkExtract *self, const AkEntry *entry, Place *out) {
  g_auto(GStrv) parts = g_strsplit(entry->path, "/", -1);
  g_autoptr(GString) folder = g_string_new(NULL);
  g_string_printf(folder, "%04u-%s", entry->container, entry->container_kind);
  char *last = NULL;
  for (guint i = 0; parts[i] != NULL; i++) {
    if (*parts[i] == '\0')
      continue;
    if (last != NULL) {
      g_string_append_printf(folder, "/%s", last);
      out->depth++;
    }
    g_free(last);
    last = is_name(parts[i]) ? shortened(parts[i], &out->is_flat) : NULL;
    if (last == NULL)
      break;
  }
  if (last == NULL || out->depth > MAX_FOLDERS) {
    g_free(last);
    set_flat(self, entry, out);
    return;
  }
  out->folder = g_strdup(folder->str);
  out->name = last;
}

/* --- rows of the manifest ----------------------------------------------------------------------
 */

static void note(json_t *row, const char *text) {
  const char *before = json_string_value(json_object_get(row, "note"));
  g_autofree char *both = before != NULL ? g_strdup_printf("%s; %s", before, text) : NULL;
  json_object_set_new(row, "note", json_string(both != NULL ? both : text));
}

static void not_written(AkExtract *self, json_t *row, const char *why) {
  g_autofree char *text = g_strconcat("not written: ", why, NULL);
  self->not_written++;
  note(row, text);
}

static json_t *add_row(AkExtract *self, const AkEntry *entry) {
  char mode[8];
  g_snprintf(mode, sizeof mode, "%04o", entry->mode & 07777);
  json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s*, s:s*}", "type",
                          ak_entry_kind_name(entry->kind), "origin", entry->origin, "name",
                          entry->path, "mode", mode, "uid", (json_int_t)entry->uid, "gid",
                          (json_int_t)entry->gid, "target", entry->target, "cut", entry->cut);
  if (strchr(entry->path, '\\') != NULL)
    note(row, "its name is escaped");
  json_array_append_new(self->rows, row);
  self->row = row;
  return row;
}

static void set_path(json_t *row, const Place *place, const char *name) {
  g_autofree char *path = g_strdup_printf("%s/%s", place->folder, name);
  json_object_set_new(row, "path", json_string(path));
  if (place->is_flat || strcmp(name, place->name) != 0)
    note(row, "written under another name");
}

/* --- entries -----------------------------------------------------------------------------------
 */

/* A new file of that name, or of that name and a number; -1 with errno. */
static int make_file(int folder_fd, const Place *place, mode_t mode, char **name) {
  int fd = -1;
  for (guint i = 1; fd < 0 && i <= MAX_SAME; i++) {
    g_free(*name);
    *name = i == 1 ? g_strdup(place->name) : g_strdup_printf("%.200s~%u", place->name, i);
    fd = open_beneath(folder_fd, *name, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0 && errno != EEXIST)
      break;
  }
  return fd;
}

/* True for failures that lie in the name, not in the disk. */
static bool is_of_name(int failure) {
  return failure == EEXIST || failure == ENOTDIR || failure == ENAMETOOLONG || failure == ELOOP ||
         failure == EINVAL || failure == EILSEQ || failure == EXDEV || failure == ENOENT;
}

static bool begin_file(AkExtract *self, const AkEntry *entry, json_t *row, GError **error) {
  g_auto(Place) place = {0};
  g_autofree char *name = NULL;
  mode_t mode = (entry->mode & 0111) != 0 ? 0755 : 0644;
  set_place(self, entry, &place);
  for (guint tries = 0; self->file_fd < 0 && tries < 2; tries++) {
    int folder = open_folder(self, place.folder);
    self->file_fd = folder >= 0 ? make_file(folder, &place, mode, &name) : -1;
    if (self->file_fd < 0 && !is_of_name(errno))
      return ak_error_set_errno(error, errno, "%s/%s", self->dir, place.folder);
    if (self->file_fd < 0 && tries == 0)
      set_flat(self, entry, &place);
  }
  if (self->file_fd < 0)
    return ak_error_set_errno(error, errno, "%s/%s", self->dir, place.folder);
  set_path(row, &place, name);
  self->written = 0;
  self->files++;
  return true;
}

static bool make_folder(AkExtract *self, const AkEntry *entry, json_t *row, GError **error) {
  g_auto(Place) place = {0};
  set_place(self, entry, &place);
  g_autofree char *path = g_strdup_printf("%s/%s", place.folder, place.name);
  if (open_folder(self, path) >= 0) {
    set_path(row, &place, place.name);
    return true;
  }
  if (!is_of_name(errno))
    return ak_error_set_errno(error, errno, "%s/%s", self->dir, path);
  not_written(self, row, "something else has its name");
  return true;
}

/* Links come last, so that nothing can be written through one. */
static void keep_link(AkExtract *self, const AkEntry *entry, json_t *row) {
  g_auto(Place) place = {0};
  set_place(self, entry, &place);
  Link *link = g_new0(Link, 1);
  *link = (Link){.path = g_strdup_printf("%s/%s", place.folder, place.name),
                 .target = g_strdup(entry->target),
                 .depth = place.depth,
                 .row = row};
  g_ptr_array_add(self->links, link);
  if (place.is_flat)
    link->depth = 0;
}

bool ak_extract_entry(AkExtract *self, const AkEntry *entry, GError **error) {
  json_t *row = add_row(self, entry);
  switch (entry->kind) {
  case AK_ENTRY_FILE:
  case AK_ENTRY_REGION:
    if (entry->has_content)
      return begin_file(self, entry, row, error);
    not_written(self, row, "its content could not be had");
    return true;
  case AK_ENTRY_FOLDER:
    return make_folder(self, entry, row, error);
  case AK_ENTRY_LINK:
    keep_link(self, entry, row);
    return true;
  default:
    not_written(self, row, "no file");
    return true;
  }
}

bool ak_extract_content(AkExtract *self, const void *bytes, gsize size, GError **error) {
  if (!ak_io_write_all(self->file_fd, bytes, size, self->written, self->dir, error))
    return false;
  self->written += (gint64)size;
  self->bytes += size;
  return true;
}

static bool end_file(AkExtract *self, GError **error) {
  json_object_set_new(self->row, "size", json_integer(self->written));
  int failed = ak_io()->close(self->file_fd);
  self->file_fd = -1;
  return failed == 0 || ak_error_set_errno(error, errno, "%s", self->dir);
}

bool ak_extract_entry_end(AkExtract *self, const AkDigest *digest, GError **error) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  json_object_set_new(self->row, "sha256", json_string(hex));
  return end_file(self, error);
}

/* --- links -------------------------------------------------------------------------------------
 */

/* Steps up stand only at the start, no more of them than there are folders above, and all links of
 * a container are like that: so none leads out of it, whatever others it passes through. */
static const char *why_not(const Link *link) {
  const char *target = link->target != NULL ? link->target : "";
  guint ups = 0;
  bool is_down = false;
  if (*target == '\0' || *target == '/')
    return *target == '/' ? "its target is absolute" : "it has no target";
  if (strchr(target, '\\') != NULL || strlen(target) >= 4000)
    return "its target cannot be written as it is";
  g_auto(GStrv) parts = g_strsplit(target, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    bool is_up = strcmp(parts[i], "..") == 0, is_here = strcmp(parts[i], ".") == 0;
    if (is_up && (is_down || ++ups > link->depth))
      return "its target may lie elsewhere";
    is_down = is_down || (!is_up && !is_here && *parts[i] != '\0');
  }
  return NULL;
}

static void make_link(AkExtract *self, const Link *link) {
  g_autofree char *folder = g_path_get_dirname(link->path);
  g_autofree char *name = g_path_get_basename(link->path);
  const char *why = why_not(link);
  int fd = why == NULL ? open_folder(self, folder) : -1;
  if (why == NULL && (fd < 0 || symlinkat(link->target, fd, name) != 0))
    why = "something else has its name";
  if (why != NULL) {
    not_written(self, link->row, why);
    return;
  }
  self->made_links++;
  json_object_set_new(link->row, "path", json_string(link->path));
}

/* --- the end -----------------------------------------------------------------------------------
 */

bool ak_extract_finish(AkExtract *self, const char *end, const json_t *facts, GError **error) {
  if (self->file_fd >= 0) {
    note(self->row, "stopped before its end");
    if (!end_file(self, error))
      return false;
  }
  for (guint i = 0; i < self->links->len; i++)
    make_link(self, self->links->pdata[i]);
  g_autoptr(json_t) manifest = json_deep_copy(facts);
  g_autoptr(json_t) summary = ak_extract_summary(self);
  json_object_set_new(manifest, "end", json_string(end));
  json_object_set(manifest, "summary", summary);
  json_object_set(manifest, "entries", self->rows);
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(manifest, &size, error);
  return text != NULL && ak_io_replace(self->dir_fd, MANIFEST, 0644, text, size, error);
}

json_t *ak_extract_summary(const AkExtract *self) {
  return json_pack("{s:I, s:I, s:I, s:I, s:I}", "files", (json_int_t)self->files, "folders",
                   (json_int_t)self->folders, "links", (json_int_t)self->made_links, "bytes",
                   (json_int_t)self->bytes, "not_written", (json_int_t)self->not_written);
}
