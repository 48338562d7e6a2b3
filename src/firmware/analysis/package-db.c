#include "firmware/analysis/package-db.h"

#include <string.h>

#include "firmware/analysis/rpm-blob.h"
#include "firmware/analysis/rpm-package.h"

#define MAX_PACKAGES 20000
#define MAX_VALUE_BYTES 128

void ak_package_free(AkPackage *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self->version);
  g_free(self->architecture);
  g_clear_pointer(&self->files, g_ptr_array_unref);
  g_free(self);
}

/* --- which files -------------------------------------------------------------------------------
 */

/* A path ends with `tail`; where `inner` is not NULL, with tail, any one name, and inner. */
static const struct {
  const char *tail, *inner;
  AkPackageKind kind;
} places[] = {
    {"/var/lib/dpkg/status", NULL, AK_PACKAGE_DPKG},
    {"/var/lib/dpkg/status.d/", "", AK_PACKAGE_DPKG}, /* one file a package, without a status */
    {"/usr/lib/opkg/status", NULL, AK_PACKAGE_OPKG},
    {"/var/lib/opkg/status", NULL, AK_PACKAGE_OPKG},
    {"/usr/lib/ipkg/status", NULL, AK_PACKAGE_OPKG},
    {"/usr/lib/opkg/info/", ".control", AK_PACKAGE_OPKG},
    {"/lib/apk/db/installed", NULL, AK_PACKAGE_APK},
    {"/rpm/Packages", NULL, AK_PACKAGE_RPM_BDB}, /* in /var/lib or /usr/lib/sysimage */
    {"/rpm/Packages.db", NULL, AK_PACKAGE_RPM_NDB},
    {"/rpm/rpmdb.sqlite", NULL, AK_PACKAGE_RPM_SQLITE},
    {"/var/lib/pacman/local/", "/desc", AK_PACKAGE_OTHER},
};

static bool has_inner(const char *path, const char *tail, const char *inner) {
  const char *at = strstr(path, tail);
  if (at == NULL)
    return false;
  const char *name = at + strlen(tail);
  gsize length = strlen(name), inner_length = strlen(inner);
  return length > inner_length && g_str_has_suffix(name, inner) &&
         memchr(name, '/', length - inner_length) == NULL && !g_str_has_suffix(name, ".md5sums");
}

bool ak_package_db_is(const char *path, AkPackageKind *kind) {
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    bool is_it = places[i].inner == NULL ? g_str_has_suffix(path, places[i].tail)
                                         : has_inner(path, places[i].tail, places[i].inner);
    if (!is_it)
      continue;
    *kind = places[i].kind;
    return true;
  }
  return false;
}

/* --- entries: fields a line, an empty line between them ----------------------------------------
 */

typedef struct {
  char *name, *version, *architecture, *status;
} Entry;

static void entry_clear(Entry *self) {
  g_clear_pointer(&self->name, g_free);
  g_clear_pointer(&self->version, g_free);
  g_clear_pointer(&self->architecture, g_free);
  g_clear_pointer(&self->status, g_free);
}

/* Source: deb-control(5): "Field: value"; apk: one letter and a colon. */
static const struct {
  const char *deb, *apk;
  gsize place;
} fields[] = {
    {"Package:", "P:", offsetof(Entry, name)},
    {"Version:", "V:", offsetof(Entry, version)},
    {"Architecture:", "A:", offsetof(Entry, architecture)},
    {"Status:", NULL, offsetof(Entry, status)},
};

static void read_field(Entry *self, AkPackageKind kind, const char *line, gsize length) {
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
    const char *word = kind == AK_PACKAGE_APK ? fields[i].apk : fields[i].deb;
    gsize size = word != NULL ? strlen(word) : 0;
    char **place = (char **)((char *)self + fields[i].place);
    if (size == 0 || length < size || memcmp(line, word, size) != 0 || *place != NULL)
      continue;
    *place = g_strndup(line + size, MIN(length - size, MAX_VALUE_BYTES + 2));
    g_strstrip(*place);
    return;
  }
}

static bool is_word(const char *text, const char *more) {
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || (text[length] != '\0' && strchr(more, text[length])))
    length++;
  return length > 0 && length <= MAX_VALUE_BYTES && text[length] == '\0';
}

/* "install ok installed"; removed packages leave their settings and their entry behind. */
static bool is_installed(const Entry *self) {
  return self->status == NULL || g_str_has_suffix(self->status, " installed");
}

typedef struct {
  GPtrArray *packages;
  guint unread;
} Reading;

static void end_entry(Reading *self, Entry *entry, gsize offset, gsize length) {
  bool is_any = entry->name != NULL || entry->version != NULL;
  bool is_good = entry->name != NULL && entry->version != NULL && is_word(entry->name, "+.-_") &&
                 is_word(entry->version, "+.-_:~") && self->packages->len < MAX_PACKAGES;
  if (is_good && is_installed(entry)) {
    AkPackage *package = g_new0(AkPackage, 1);
    *package = (AkPackage){.name = g_steal_pointer(&entry->name),
                           .version = g_steal_pointer(&entry->version),
                           .architecture =
                               entry->architecture != NULL && is_word(entry->architecture, "-_")
                                   ? g_steal_pointer(&entry->architecture)
                                   : g_strdup(""),
                           .offset = offset,
                           .length = length};
    g_ptr_array_add(self->packages, package);
  } else if (is_any && !is_good && is_installed(entry)) {
    self->unread++;
  }
  entry_clear(entry);
}

/* --- RPM: a header for each package ------------------------------------------------------------
 */

bool ak_package_kind_is_rpm(AkPackageKind kind) {
  return kind >= AK_PACKAGE_RPM_BDB && kind <= AK_PACKAGE_RPM_SQLITE;
}

static void take_header(gpointer data, const guint8 *blob, gsize size, gsize offset, gsize length) {
  Reading *self = data;
  bool is_none = false;
  AkPackage *package = ak_rpm_package_read(blob, size, &is_none);
  if (package == NULL) {
    self->unread += !is_none;
    return;
  }
  package->offset = offset;
  package->length = length;
  g_ptr_array_add(self->packages, package);
}

static void read_rpm(Reading *self, AkPackageKind kind, const guint8 *data, gsize size) {
  self->unread += kind == AK_PACKAGE_RPM_BDB   ? ak_rpm_bdb_each(data, size, take_header, self)
                  : kind == AK_PACKAGE_RPM_NDB ? ak_rpm_ndb_each(data, size, take_header, self)
                                               : ak_rpm_sqlite_each(data, size, take_header, self);
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void read_lines(Reading *self, AkPackageKind kind, const guint8 *data, gsize size) {
  Entry entry = {0};
  gsize start = 0;
  for (gsize at = 0; at < size;) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize length = end != NULL ? (gsize)(end - (data + at)) : size - at;
    bool is_empty = length == 0 || (length == 1 && data[at] == '\r');
    if (is_empty)
      end_entry(self, &entry, start, at - start);
    else
      read_field(&entry, kind, (const char *)data + at, length);
    at += length + 1;
    if (is_empty)
      start = MIN(at, size);
  }
  end_entry(self, &entry, start, size - start);
}

GPtrArray *ak_package_db_read(AkPackageKind kind, const guint8 *data, gsize size, guint *unread) {
  Reading self = {g_ptr_array_new_with_free_func((GDestroyNotify)ak_package_free), 0};
  if (ak_package_kind_is_rpm(kind))
    read_rpm(&self, kind, data, size);
  else
    read_lines(&self, kind, data, size);
  *unread = self.unread;
  return self.packages;
}

bool ak_firmware_package_db_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkPackageKind kind = AK_PACKAGE_DPKG; kind <= AK_PACKAGE_APK; kind++) {
    guint unread = 0;
    g_autoptr(GPtrArray) packages = ak_package_db_read(kind, data, size, &unread);
    for (guint i = 0; i < packages->len; i++) {
      const AkPackage *package = packages->pdata[i];
      g_assert_cmpuint(package->offset + package->length, <=, size);
    }
    found += packages->len;
  }
  return found > 0;
}
