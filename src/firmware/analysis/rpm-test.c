/* Databases of RPM: of the real rpm and of Berkeley DB's loader where they are there, and made by
 * hand. */
#include "firmware/analysis/package-db.h"
#include "firmware/analysis/rpm-blob.h"
#include "firmware/analysis/rpm-package.h"
#include "firmware/unpack/test-image.h"

/* --- headers -----------------------------------------------------------------------------------
 */

typedef struct {
  GByteArray *index, *store;
  guint count;
} Header;

static void put_u32(GByteArray *bytes, guint32 value) {
  guint32 big = GUINT32_TO_BE(value);
  g_byte_array_append(bytes, (const guint8 *)&big, 4);
}

static void put(Header *self, guint32 tag, guint32 type, guint32 count, const void *data,
                gsize size) {
  put_u32(self->index, tag);
  put_u32(self->index, type);
  put_u32(self->index, self->store->len);
  put_u32(self->index, count);
  g_byte_array_append(self->store, data, (guint)size);
  self->count++;
}

static void put_text(Header *self, guint32 tag, const char *text) {
  put(self, tag, 6, 1, text, strlen(text) + 1);
}

/* Tags: rpm, include/rpm/rpmtag.h: 1000 name, 1001 version, 1002 release, 1003 epoch, 1022
 * architecture, 1116 to 1118 folders and names of files. `filler` bytes make it large. */
static GBytes *header_of(const char *name, const char *version, guint32 epoch, gsize filler) {
  Header self = {g_byte_array_new(), g_byte_array_new(), 0};
  guint32 number = GUINT32_TO_BE(epoch), folders[2] = {GUINT32_TO_BE(1), GUINT32_TO_BE(0)};
  g_autofree guint8 *rest = g_malloc0(filler + 1);
  put(&self, 1003, 4, 1, &number, 4);
  put(&self, 1116, 4, 2, folders, sizeof folders);
  put(&self, 1117, 8, 2, "routerd\0x", 10);
  put(&self, 1118, 8, 2, "/etc/\0/usr/sbin/", 17);
  put_text(&self, 1000, name);
  put_text(&self, 1001, version);
  put_text(&self, 1002, "3.fc39");
  put_text(&self, 1022, "aarch64");
  put(&self, 5000, 7, (guint32)filler, rest, filler);
  g_autoptr(GByteArray) all = g_byte_array_new();
  put_u32(all, self.count);
  put_u32(all, self.store->len);
  g_byte_array_append(all, self.index->data, self.index->len);
  g_byte_array_append(all, self.store->data, self.store->len);
  g_byte_array_unref(self.index);
  g_byte_array_unref(self.store);
  return g_bytes_new(all->data, all->len);
}

static AkPackage *read_header(GBytes *header, gsize size, bool *is_none) {
  g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(header, NULL), size);
  return ak_rpm_package_read(copy, size, is_none);
}

static void test_headers(void) {
  g_autoptr(GBytes) header = header_of("router-web", "2.4.1", 1, 8);
  g_autoptr(GBytes) key = header_of("gpg-pubkey", "a15b79cc", 0, 8);
  g_autoptr(GBytes) odd = header_of("a b", "1", 0, 8);
  bool is_none = false;
  AkPackage *package = read_header(header, g_bytes_get_size(header), &is_none);
  g_assert_cmpstr(package->name, ==, "router-web");
  g_assert_cmpstr(package->version, ==, "1:2.4.1-3.fc39");
  g_assert_cmpstr(package->architecture, ==, "aarch64");
  g_assert_cmpuint(package->files->len, ==, 2);
  g_assert_cmpstr(package->files->pdata[0], ==, "/usr/sbin/routerd");
  g_assert_cmpstr(package->files->pdata[1], ==, "/etc/x");
  ak_package_free(package);
  g_assert_null(read_header(key, g_bytes_get_size(key), &is_none));
  g_assert_true(is_none);
  g_assert_null(read_header(odd, g_bytes_get_size(odd), &is_none));
  g_assert_false(is_none);
  for (gsize cut = 0; cut < g_bytes_get_size(header); cut++)
    g_assert_null(read_header(header, cut, &is_none));
}

/* --- the three back ends -----------------------------------------------------------------------
 */

static void put_le(GByteArray *bytes, gsize at, guint32 value) {
  guint32 little = GUINT32_TO_LE(value);
  memcpy(bytes->data + at, &little, 4);
}

/* Source: rpm, lib/backend/ndb/rpmpkg.c: one page of slots, the first two hold the header. */
static GBytes *ndb_of(GBytes *const *headers, guint count) {
  g_autoptr(GByteArray) all = g_byte_array_new();
  g_byte_array_set_size(all, 4096);
  memset(all->data, 0, 4096);
  memcpy(all->data, "RpmP", 4);
  put_le(all, 12, 1);
  for (gsize at = 32; at < 4096; at += 16)
    memcpy(all->data + at, "Slot", 4);
  for (guint i = 0; i < count; i++) {
    gsize size = 0, at = all->len;
    const guint8 *data = g_bytes_get_data(headers[i], &size);
    gsize room = (16 + size + 12 + 15) / 16 * 16;
    gsize slot = 32 + 16 * (gsize)(2 * i + 1); /* every other slot is free */
    g_byte_array_set_size(all, (guint)(at + room));
    memset(all->data + at, 0, room);
    memcpy(all->data + at, "BlbS", 4);
    put_le(all, at + 4, i + 1);
    put_le(all, at + 12, (guint32)size);
    memcpy(all->data + at + 16, data, size);
    put_le(all, at + room - 8, (guint32)size);
    memcpy(all->data + at + room - 4, "BlbE", 4);
    put_le(all, slot + 4, i + 1);
    put_le(all, slot + 8, (guint32)(at / 16));
    put_le(all, slot + 12, (guint32)(room / 16));
  }
  return g_bytes_new(all->data, all->len);
}

/* "router-web 1:2.4.1-3.fc39 at 4112" of each package, in a line. */
static char *packages_of(AkPackageKind kind, GBytes *database, guint *unread) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(database, &size);
  g_autoptr(GPtrArray) packages = ak_package_db_read(kind, data, size, unread);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < packages->len; i++) {
    const AkPackage *package = packages->pdata[i];
    g_assert_cmpuint(package->offset + package->length, <=, size);
    g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", package->name, package->version);
  }
  return g_string_free(text, FALSE);
}

static void test_ndb(void) {
  GBytes *headers[] = {header_of("router-web", "2.4.1", 1, 8), header_of("musl", "1.2.3", 0, 9000),
                       header_of("gpg-pubkey", "1", 0, 0)};
  g_autoptr(GBytes) database = ndb_of(headers, G_N_ELEMENTS(headers));
  guint unread = 0;
  g_autofree char *told = packages_of(AK_PACKAGE_RPM_NDB, database, &unread);
  g_assert_cmpstr(told, ==, "router-web 1:2.4.1-3.fc39, musl 1.2.3-3.fc39");
  g_assert_cmpuint(unread, ==, 0);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(database, &size);
  for (gsize cut = 0; cut < size; cut += cut < 64 || cut > 4000 ? 1 : 16) {
    g_autoptr(GBytes) part = g_bytes_new(data, cut);
    g_autofree char *some G_GNUC_UNUSED = packages_of(AK_PACKAGE_RPM_NDB, part, &unread);
    g_assert_cmpuint(unread, >, 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
    g_bytes_unref(headers[i]);
}

/* --- by the real programs ----------------------------------------------------------------------
 */

typedef struct {
  char *top;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-rpm-XXXXXX", NULL);
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
}

/* The dump that db_load reads: key and content a line, in hexadecimal digits. The first pair is
 * what rpm keeps under the number 0. */
static char *dump_of(const char *order, GBytes *const *headers, guint count) {
  GString *text = g_string_new("VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\n");
  bool is_little = strcmp(order, "1234") == 0;
  g_string_append_printf(text, "db_lorder=%s\nHEADER=END\n 00000000\n 05000000\n", order);
  for (guint i = 0; i < count; i++) {
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(headers[i], &size);
    g_string_append_printf(text, is_little ? " %02x000000\n " : " 000000%02x\n ", i + 1);
    for (gsize k = 0; k < size; k++)
      g_string_append_printf(text, "%02x", data[k]);
    g_string_append_c(text, '\n');
  }
  g_string_append(text, "DATA=END\n");
  return g_string_free(text, FALSE);
}

/* Small headers lie on a page of the hash, large ones on pages of their own. */
static void test_bdb(Fixture *self, gconstpointer data) {
  if (!image_has("db5.3_load"))
    return;
  GBytes *headers[] = {header_of("router-web", "2.4.1", 1, 8), header_of("musl", "1.2.3", 0, 9000),
                       header_of("zlib", "1.3", 0, 0)};
  g_autofree char *dump = dump_of(data, headers, G_N_ELEMENTS(headers));
  g_autofree char *path = g_build_filename(self->top, "Packages", NULL);
  image_put_text(self->top, "dump", dump);
  g_assert_true(image_run(self->top, "db5.3_load -f dump Packages"));
  g_autoptr(GBytes) database = image_load(path);
  guint unread = 0;
  g_autofree char *told = packages_of(AK_PACKAGE_RPM_BDB, database, &unread);
  g_assert_nonnull(strstr(told, "router-web 1:2.4.1-3.fc39"));
  g_assert_nonnull(strstr(told, "musl 1.2.3-3.fc39"));
  g_assert_nonnull(strstr(told, "zlib 1.3-3.fc39"));
  g_assert_cmpuint(strlen(told), ==,
                   strlen("router-web 1:2.4.1-3.fc39, musl 1.2.3-3.fc39, "
                          "zlib 1.3-3.fc39"));
  g_assert_cmpuint(unread, ==, 0);
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(database, &size);
  for (gsize cut = 0; cut < size; cut += 61) {
    g_autoptr(GBytes) part = g_bytes_new(bytes, cut);
    g_autofree char *some G_GNUC_UNUSED = packages_of(AK_PACKAGE_RPM_BDB, part, &unread);
    g_assert_cmpuint(unread, >, 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
    g_bytes_unref(headers[i]);
}

static const char spec[] =
    "Name: router-web\nVersion: 2.4.1\nRelease: 3\nEpoch: 1\nSummary: x\nLicense: MIT\n"
    "BuildArch: noarch\n%description\nx\n%install\nmkdir -p %{buildroot}/usr/sbin\n"
    "echo x > %{buildroot}/usr/sbin/routerd\n%files\n/usr/sbin/routerd\n";

static GBytes *real_database(Fixture *self) {
  image_put_text(self->top, "x.spec", spec);
  g_assert_true(image_run(self->top, "sh -c 'rpmbuild -bb --quiet --buildroot $PWD/build -D "
                                     "\"_topdir $PWD\" -D \"_rpmdir $PWD\" "
                                     "-D \"_build_name_fmt x.rpm\" x.spec'"));
  g_assert_true(image_run(self->top, "sh -c 'rpm -i --justdb --nodeps --force-debian "
                                     "--dbpath $PWD/db x.rpm'"));
  g_autofree char *path = g_build_filename(self->top, "db", "rpmdb.sqlite", NULL);
  return image_load(path);
}

/* An executable by its first bytes: gABI, "ELF Header". */
static const char program[] = "\x7f"
                              "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0nothing that anybody knows";

static void test_sqlite(Fixture *self, gconstpointer data) {
  if (!image_has("rpmbuild,rpm"))
    return;
  g_autoptr(GBytes) database = real_database(self);
  guint unread = 0;
  g_autofree char *told = packages_of(AK_PACKAGE_RPM_SQLITE, database, &unread);
  g_assert_cmpstr(told, ==, "router-web 1:2.4.1-3");
  g_assert_cmpuint(unread, ==, 0);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(database, &size);
  image_tree_bytes(tree, "/var/lib/rpm/rpmdb.sqlite", 0644, bytes, size);
  image_tree_text(tree, "/var/lib/rpm/rpmdb.sqlite-wal", "");
  image_tree_text(tree, "/etc/os-release", "ID=fedora\n");
  image_tree_bytes(tree, "/usr/sbin/routerd", 0755, program, sizeof program);
  image_tree_bytes(tree, "/usr/sbin/other", 0755, program, sizeof program);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image!router-web@1:2.4.1-3", "component.purl",
               "pkg:rpm/fedora/router-web@2.4.1-3?arch=noarch&epoch=1");
  image_expect(seen, "image!router-web@1:2.4.1-3", "component.origin", "database");
  image_expect(seen, "image", "component.attributed", "1/2");
  image_expect(seen, "image", "component.coverage", "packages|signatures");
  for (gsize cut = 0; cut < size; cut += cut < 4096 ? 97 : 4001) {
    g_autofree guint8 *copy = g_memdup2(bytes, cut);
    ak_firmware_rpm_sqlite_fuzz(copy, cut);
  }
}

/* What stands in a log beside the database is not read, so not all packages are known. */
static void test_a_log_beside_it(Fixture *self, gconstpointer data) {
  if (!image_has("rpmbuild,rpm"))
    return;
  g_autoptr(GBytes) database = real_database(self);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(database, &size);
  image_tree_bytes(tree, "/var/lib/rpm/rpmdb.sqlite", 0644, bytes, size);
  image_tree_text(tree, "/var/lib/rpm/rpmdb.sqlite-wal", "more");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image!router-web@1:2.4.1-3", "component.origin", "database");
  image_expect(seen, "image", "component.coverage", "signatures");
}

/* A view, a table of a module, a row that is no header, an endless query: nothing of it is taken
 * for packages. */
static void test_hostile_sqlite(Fixture *self, gconstpointer data) {
  static const char *const scripts[] = {
      "CREATE TABLE t(hnum, blob); CREATE VIEW Packages AS SELECT * FROM t",
      "CREATE VIRTUAL TABLE Packages USING fts4(hnum, blob)",
      "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob); INSERT INTO Packages VALUES(1, 7)",
      "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob); INSERT INTO Packages "
      "VALUES(1, zeroblob(300))",
      "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, x)",
      "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob AS (zeroblob(60000000)))",
      "CREATE VIEW Packages AS WITH RECURSIVE r(hnum, blob) AS (SELECT 1, 1 UNION ALL SELECT hnum "
      "+ "
      "1, 1 FROM r) SELECT * FROM r",
  };
  if (!image_has("sqlite3"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
    g_autofree char *name = g_strdup_printf("%u.sqlite", (guint)i);
    g_autofree char *path = g_build_filename(self->top, name, NULL);
    g_autofree char *quoted = g_shell_quote(scripts[i]);
    g_assert_true(image_run(self->top, "sqlite3 %s %s", name, quoted));
    g_autoptr(GBytes) database = image_load(path);
    guint unread = 0;
    g_autofree char *told = packages_of(AK_PACKAGE_RPM_SQLITE, database, &unread);
    g_assert_cmpstr(told, ==, "");
    g_assert_cmpuint(unread + (i == 5), ==, 1); /* the sixth holds no row at all */
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rpm/headers", test_headers);
  g_test_add_func("/rpm/ndb", test_ndb);
  g_test_add("/rpm/bdb", Fixture, "1234", set_up, test_bdb, tear_down);
  g_test_add("/rpm/bdb-big-endian", Fixture, "4321", set_up, test_bdb, tear_down);
  g_test_add("/rpm/sqlite", Fixture, NULL, set_up, test_sqlite, tear_down);
  g_test_add("/rpm/log", Fixture, NULL, set_up, test_a_log_beside_it, tear_down);
  g_test_add("/rpm/hostile", Fixture, NULL, set_up, test_hostile_sqlite, tear_down);
  return g_test_run();
}
