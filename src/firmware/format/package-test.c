/* Packages by the tools that make them: ar, dpkg-deb, rpmbuild; apk of Alpine and of Android as
 * they are put together. */
#include "firmware/format/test-container.h"

typedef struct {
  char *top, *root, *image;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->root = g_build_filename(self->top, "root", NULL);
  self->image = g_build_filename(self->top, "image", NULL);
  image_put_text(self->root, "etc/shadow", CONTAINER_HASH);
  image_put_text(self->root, "usr/share/doc/a", "a file\n");
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->root);
  g_free(self->image);
}

static void assert_file(AkFirmwareTree *tree, const char *path, const char *text) {
  const AkNode *node = image_find(tree, path);
  gsize size = 0;
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  const char *bytes = g_bytes_get_data(node->bytes, &size);
  g_assert_cmpmem(bytes, size, text, strlen(text));
}

static void test_ar(Fixture *self, gconstpointer data) {
  if (!image_has("ar"))
    return;
  g_autoptr(GBytes) payload = container_payload();
  image_put(self->top, "payload", g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  image_put_text(self->top, "odd", "odd");
  image_put_text(self->top, "a-name-that-is-too-long-for-the-header", "long\n");
  g_assert_true(
      image_run(self->top, "ar rcD image odd a-name-that-is-too-long-for-the-header payload"));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, "ar");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_file(tree, "/odd", "odd");
  assert_file(tree, "/a-name-that-is-too-long-for-the-header", "long\n");
  gsize size = g_bytes_get_size(image), content = g_bytes_get_size(payload);
  for (gsize length = 1; length < size; length++) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    g_autoptr(AkFirmwareTree) cut = image_open(part, NULL);
    /* without its last file it is an archive like any other */
    const AkNode *node = image_find(cut, "/payload");
    g_assert_true(node == NULL || image_has_cut(cut) || length >= size - 1);
  }
  for (gsize at = 0; at < size - content - 1;
       at++) { /* its own bytes are a content like any other */
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= (guint8)(1u << at % 8);
    container_expect_no_false_pass(copy, "changed", at);
  }
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, NULL);
  guint8 *place = memmem(bytes, size, "/0 ", 3);
  g_assert_nonnull(place);
  place[1] = place[2] = '9'; /* beyond the list of names */
  g_assert_true(container_is_cut_for(image, "ar: a name that cannot be"));
}

/* Names before the content, as BSD has them. */
static void test_ar_bsd(Fixture *self, gconstpointer data) {
  static const char text[] = "!<arch>\n"
                             "#1/12           0           0     0     100644  17        `\n"
                             "long name 12hello\n";
  g_autoptr(GBytes) image = g_bytes_new_static(text, sizeof text - 1);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_false(image_has_cut(tree));
  assert_file(tree, "/long name 12", "hello");
}

static const char control[] = "Package: probe\nVersion: 1.2\nArchitecture: all\n"
                              "Maintainer: A <a@example.com>\nDescription: a test\n";

static void test_deb(Fixture *self, gconstpointer data) {
  if (!image_has("dpkg-deb"))
    return;
  image_put_text(self->root, "DEBIAN/control", control);
  g_assert_true(
      image_run(self->top, "dpkg-deb -Z%s --root-owner-group -b root image", (const char *)data));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, "ar");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_file(tree, "/debian-binary", "2.0\n");
  assert_file(tree, "/control", control);
  assert_file(tree, "/usr/share/doc/a", "a file\n");
  container_expect_cut(image, 0, 7);
}

/* Packages of opkg: an archive within an archive. */
static void test_ipk(Fixture *self, gconstpointer data) {
  image_put_text(self->top, "control", control);
  image_put_text(self->top, "debian-binary", "2.0\n");
  g_assert_true(image_run(self->top, "tar -C root -czf data.tar.gz ."));
  g_assert_true(image_run(self->top, "tar -czf control.tar.gz ./control"));
  g_assert_true(
      image_run(self->top, "tar -czf image ./debian-binary ./control.tar.gz ./data.tar.gz"));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, "gzip");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_file(tree, "/control", control);
  assert_file(tree, "/usr/share/doc/a", "a file\n");
}

/* Packages of Alpine: three gzip members, whose archives go on in each other. */
static void test_apk(Fixture *self, gconstpointer data) {
  image_put_text(self->top, ".SIGN.RSA.key.pub", "a signature");
  image_put_text(self->top, ".PKGINFO", "pkgname = probe\npkgver = 1.2-r0\n");
  g_assert_true(image_run(self->top,
                          "sh -c 'tar -b1 -cf - .SIGN.RSA.key.pub | head -c -1024 | gzip -n >image;"
                          "tar -b1 --format=pax -cf - .PKGINFO | head -c -1024 | gzip -n >>image;"
                          "tar -b1 -C root --format=pax -cf - etc usr | gzip -n >>image'"));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, "gzip");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_file(tree, "/.SIGN.RSA.key.pub", "a signature");
  assert_file(tree, "/.PKGINFO", "pkgname = probe\npkgver = 1.2-r0\n");
  assert_file(tree, "/usr/share/doc/a", "a file\n");
}

/* Packages of Android: a zip archive with signatures before its directory.
 * Source: Android, "APK Signature Scheme v2", block format. */
static void test_android(Fixture *self, gconstpointer data) {
  if (!image_has("zip"))
    return;
  g_assert_true(image_run(self->root, "zip -q -X -r ../archive.zip ."));
  g_autofree char *path = g_build_filename(self->top, "archive.zip", NULL);
  g_autoptr(GBytes) archive = image_load(path);
  gsize size = g_bytes_get_size(archive), extra = 8 + 8 + 12 + 8 + 16;
  const guint8 *bytes = g_bytes_get_data(archive, NULL);
  const guint8 *directory = memmem(bytes, size, "PK\1\2", 4),
               *end = memmem(bytes, size, "PK\5\6", 4);
  g_assert_true(directory != NULL && end != NULL);
  gsize at = (gsize)(directory - bytes);
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  ak_writer_bytes(w, bytes, at);
  ak_writer_u64le(w, extra - 8);
  ak_writer_u64le(w, 12);
  ak_writer_u32le(w, 0x7109871a);
  ak_writer_bytes(w, "an entry", 8);
  ak_writer_u64le(w, extra - 8);
  ak_writer_bytes(w, "APK Sig Block 42", 16);
  ak_writer_bytes(w, bytes + at, size - at);
  g_autoptr(GBytes) image = ak_writer_end(w, NULL);
  gsize place = (gsize)(end - bytes) + extra + 16;
  container_put_le(image, place, (guint32)(at + extra));
  container_expect_whole(image, "zip");
  guint8 *changed = (guint8 *)g_bytes_get_data(image, NULL);
  changed[at]++; /* two sizes that differ: no such block */
  g_assert_true(container_is_cut_for(image, "bytes belong to no entry"));
}

static const char spec[] =
    "Name: probe\nVersion: 1.2\nRelease: 1\nSummary: a test\nLicense: none\n"
    "BuildArch: noarch\n%description\na test\n%install\nmkdir -p %{buildroot}\n"
    "cp -a %{_topdir}/root/. %{buildroot}\n%post\necho installed\n"
    "%files\n/etc/shadow\n/usr/share/doc/a\n";

static const char *const rpm_payloads[] = {"w9.gzdio", "w7.xzdio", "w3.zstdio", "w9.bzdio"};

static void test_rpm(Fixture *self, gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  if (!image_has("rpmbuild"))
    return;
  image_put_text(self->top, "probe.spec", spec);
  g_assert_true(image_run(self->top,
                          "sh -c 'rpmbuild -bb --quiet --buildroot $PWD/build -D \"_topdir $PWD\" "
                          "-D \"_binary_payload %s\" -D \"_rpmdir $PWD/out\" "
                          "-D \"_build_name_fmt image.rpm\" "
                          "-D \"__os_install_post :\" probe.spec 2>&1'",
                          rpm_payloads[row]));
  g_autofree char *path = g_build_filename(self->top, "out", "image.rpm", NULL);
  g_autoptr(GBytes) image = image_load(path);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "rpm");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_file(tree, "/usr/share/doc/a", "a file\n");
  g_assert_nonnull(image_find(tree, "#payload"));
  g_assert_true(ak_firmware_tree_is_leaf(tree, 0)); /* its scripts are looked at */
  container_expect_cut(image, size, 97);
  const guint8 *bytes = g_bytes_get_data(image, NULL);
  const guint8 *header = memmem(bytes + 97, size - 97, "\x8e\xad\xe8\x01", 4);
  g_assert_nonnull(header);
  for (gsize at = (gsize)(header - bytes); at < size; at += 29) {
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= 1;
    g_autoptr(AkFirmwareTree) damaged = image_open(copy, NULL);
    g_assert_true(image_has_cut(damaged) || !container_is_clean(damaged));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
    const char *data;
  } tests[] = {
      {"/package/ar", test_ar},
      {"/package/ar/bsd", test_ar_bsd},
      {"/package/deb/xz", test_deb, "xz"},
      {"/package/deb/zstd", test_deb, "zstd"},
      {"/package/deb/gzip", test_deb, "gzip"},
      {"/package/ipk", test_ipk},
      {"/package/apk", test_apk},
      {"/package/android", test_android},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, tests[i].data, set_up, tests[i].run, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS(rpm_payloads); i++) {
    g_autofree char *path = g_strdup_printf("/package/rpm/%s", rpm_payloads[i]);
    g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_rpm, tear_down);
  }
  return g_test_run();
}
