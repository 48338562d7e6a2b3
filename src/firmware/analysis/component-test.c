#include "firmware/analysis/package-db.h"
#include "firmware/analysis/signature.h"
#include "firmware/analysis/version-text.h"
#include "firmware/unpack/test-image.h"

/* --- versions ----------------------------------------------------------------------------------
 */

static void test_versions(void) {
  static const struct {
    const char *text;
    gsize length;
  } cases[] = {
      {"1.35.0", 6},
      {"1.35.0 (x", 6},
      {"9.2p1 Debian", 5},
      {"1.0.2k ", 6},
      {"2023.01-rc1 ", 11},
      {"4.4.3-P1", 8},
      {"2.90.", 4},
      {"2.90. And", 4},
      {"6.1.0-56-cloud", 5},
      {"2023.01+dfsg", 7},
      {"3.7.9)", 5},
      {"2.86test3\n", 9},
      {"1", 0},
      {"1.", 0},
      {"a1.2", 0},
      {"", 0},
      {"0.4*", 0},
      {"1.2.3.x", 0},
      {"6.6.1*", 0},
      {"1.2%s", 0},
      {"1.2,1.3", 0},
      {"1.2abcdef", 0},
      {"1..2", 0},
      {"5.%d", 0},
      {"2.6.36.4brcmarm", 8},
      {"5.10.110rockchip+", 8},
      {"1.2rockchip", 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    gsize length = ak_version_text_length((const guint8 *)cases[i].text, strlen(cases[i].text));
    if (length != cases[i].length)
      g_error("%s: %" G_GSIZE_FORMAT, cases[i].text, length);
  }
  g_autofree char *digits = g_strnfill(40, '1');
  g_autofree char *much = g_strconcat("1.", digits, NULL);
  g_assert_cmpuint(ak_version_text_length((const guint8 *)much, strlen(much)), ==, 0);
}

/* --- the data: each signature finds its sample, and not its counterexample ---------------------
 */

static GBytes *bytes_of(const char *sample) {
  GByteArray *bytes = g_byte_array_new();
  for (const char *c = sample; *c != '\0'; c = g_utf8_next_char(c)) {
    guint8 byte = g_utf8_get_char(c) == 0x2400 ? 0 : (guint8)*c;
    g_byte_array_append(bytes, &byte, 1);
  }
  return g_byte_array_free_to_bytes(bytes);
}

static GPtrArray *search_sample(const AkSignatures *signatures, const char *sample) {
  g_autoptr(GBytes) bytes = bytes_of(sample);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  if (sample[0] != '/')
    return ak_signatures_search(signatures, "/bin/x", data, size);
  /* a path, and behind a NUL what stands in the file */
  gsize path_size = strnlen((const char *)data, size);
  g_autofree char *path = g_strndup((const char *)data, path_size);
  gsize at = MIN(path_size + 1, size);
  return ak_signatures_search(signatures, path, data + at, size - at);
}

static void test_the_data(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkSignatures) signatures = ak_signatures_new(&error);
  g_assert_no_error(error);
  guint confirmed = 0, count = ak_signatures_length(signatures);
  for (guint i = 0; i < count; i++) {
    const AkComponent *component = ak_signatures_component(signatures, i);
    g_autoptr(GPtrArray) found = search_sample(signatures, component->sample);
    g_autoptr(GPtrArray) none = search_sample(signatures, component->counter);
    const AkSignatureHit *hit = found->len > 0 ? found->pdata[0] : NULL;
    if (found->len != 1 || hit->component != component ||
        strcmp(hit->version, component->expected) != 0)
      g_error("%s: its sample: %u found", component->id, found->len);
    if (none->len != 0)
      g_error("%s: its counterexample is found", component->id);
    g_assert_nonnull(strstr(component->purl, "{version}"));
    g_assert_true(component->cpe == NULL || g_str_has_prefix(component->cpe, "cpe:2.3:"));
    confirmed += component->is_confirmed;
    if (i > 0) /* sorted, so that a component stands there once */
      g_assert_cmpstr(ak_signatures_component(signatures, i - 1)->id, <, component->id);
  }
  g_test_message("%u components, %u confirmed in real programs", count, confirmed);
  g_assert_cmpuint(count, >=, 40);
  g_assert_cmpuint(confirmed, >=, 20);
}

static void test_bad_data_is_refused(void) {
  static const char *const bad[] = {
      "{}",
      "{\"components\": [{\"id\": \"x\"}]}",
      "{\"components\": [{\"id\": \"x\", \"purl\": \"\", \"sample\": \"\", \"counter\": \"\", "
      "\"version\": \"\", \"confidence\": \"\", \"source\": \"\", \"match\": [{\"text\": "
      "\"ab{version}\"}]}]}", /* shorter than a literal must be */
      "{\"components\": [{\"id\": \"x\", \"purl\": \"\", \"sample\": \"\", \"counter\": \"\", "
      "\"version\": \"\", \"confidence\": \"\", \"source\": \"\", \"match\": [{\"near\": "
      "\"abcdef\", \"within\": 100000}]}]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_signatures_read(bad[i], strlen(bad[i]), &error));
    g_assert_nonnull(error);
  }
}

/* --- searching ---------------------------------------------------------------------------------
 */

static void expect_hits(const AkSignatures *signatures, const char *text, gsize size,
                        const char *expected) {
  g_autoptr(GPtrArray) hits = ak_signatures_search(signatures, "/x", (const guint8 *)text, size);
  g_autoptr(GString) got = g_string_new(NULL);
  for (guint i = 0; i < hits->len; i++) {
    const AkSignatureHit *hit = hits->pdata[i];
    g_string_append_printf(got, "%s%s %s", i > 0 ? "|" : "", hit->component->id, hit->version);
  }
  g_assert_cmpstr(got->str, ==, expected);
}
#define EXPECT(text, expected) expect_hits(signatures, text, sizeof text - 1, expected)

static void test_search(void) {
  g_autoptr(AkSignatures) signatures = ak_signatures_new(NULL);
  EXPECT("\0BusyBox v1.30.1 (2020)\0BusyBox v1.30.1\0dnsmasq-2.80\0",
         "busybox 1.30.1|dnsmasq 2.80");
  EXPECT("BusyBox v1.30.1 is what we use\n", ""); /* plain text */
  EXPECT("\0OldBusyBox v1.30.1\0", "");           /* a word that goes on to the left */
  EXPECT("\0BusyBox v1.30.1", "busybox 1.30.1");  /* at the end */
  EXPECT("\0BusyBox v", "");
  EXPECT("\0dropbear_0.44*,OpenSSH_2.5.3*\0", ""); /* lists of other servers' faults */
  EXPECT("\0peers with OpenVPN 2.6.0 or higher\0", "");
  EXPECT("\0OpenSSL 1.1.1n  15 Mar 2022\0", ""); /* built with it, but not it */
  EXPECT("\0OpenSSL 1.0.2k  26 Jan 2017\0SHA1 part of OpenSSL\0", "");
  EXPECT("\0OpenSSL 1.0.2k 26 Jan 2017\0SHA1 part of OpenSSL\0", "openssl 1.0.2k");
  /* beside a literal: one version alone says something, two nothing */
  EXPECT("\0"
         "2.0.11\0mosquitto version %s\0",
         "mosquitto 2.0.11");
  EXPECT("\0"
         "2.0.11\0"
         "2.0.12\0mosquitto version %s\0",
         "");
  EXPECT("\0"
         "127.0.0.1\0mosquitto version %s\0",
         "");
}

static void test_truncated_at_every_byte(void) {
  static const char whole[] = "\0lighttpd/1.4.69 (ssl)\0"
                              "2.0.11\0mosquitto version %s\0";
  g_autoptr(AkSignatures) signatures = ak_signatures_new(NULL);
  for (gsize size = 0; size < sizeof whole; size++) {
    g_autofree guint8 *copy = g_memdup2(whole, size);
    g_autoptr(GPtrArray) hits = ak_signatures_search(signatures, "/x", copy, size);
    g_assert_cmpuint(hits->len, <=, 2);
  }
}

/* An image made of nothing but beginnings: every one is looked at a bounded number of times. */
static void test_hostile_repetition(void) {
  g_autoptr(AkSignatures) signatures = ak_signatures_new(NULL);
  g_autoptr(GString) near = g_string_new_len("\0", 1), text = g_string_new_len("\0", 1);
  while (near->len < 4 * 1024 * 1024)
    g_string_append(near, "MUSL_LOCPATH");
  while (text->len < 4 * 1024 * 1024)
    g_string_append_len(text, "OpenSSL 3.0.1 1\0", 16);
  expect_hits(signatures, near->str, near->len, "");
  expect_hits(signatures, text->str, text->len, "");
  for (guint i = 0; i < 200; i++)
    g_string_append_printf(text, " dnsmasq-2.%u\n", i);
  g_autoptr(GPtrArray) hits =
      ak_signatures_search(signatures, "/x", (const guint8 *)text->str, text->len);
  g_assert_cmpuint(hits->len, ==, 64);
}

static void test_names(void) {
  g_autofree char *purl = ak_signature_purl("pkg:generic/x@{version}", "1.2+b 3");
  g_assert_cmpstr(purl, ==, "pkg:generic/x@1.2%2Bb%203");
  g_autofree char *ssh = ak_signature_cpe("cpe:2.3:a:y:x:{version}:{update}:*", "9.2p1");
  g_assert_cmpstr(ssh, ==, "cpe:2.3:a:y:x:9.2:p1:*");
  g_autofree char *dhcp = ak_signature_cpe("cpe:2.3:a:y:x:{version}:{update}:*", "4.4.3-P1");
  g_assert_cmpstr(dhcp, ==, "cpe:2.3:a:y:x:4.4.3:p1:*");
  g_autofree char *none = ak_signature_cpe("cpe:2.3:a:y:x:{version}:{update}:*", "4.4");
  g_assert_cmpstr(none, ==, "cpe:2.3:a:y:x:4.4:*:*");
  g_autofree char *cpe = ak_signature_cpe("cpe:2.3:a:x:x:{version}:*", "1.2:3");
  g_assert_cmpstr(cpe, ==, "cpe:2.3:a:x:x:1.2\\:3:*");
}

/* --- databases ---------------------------------------------------------------------------------
 */

static const char dpkg[] = "Package: busybox\n"
                           "Status: install ok installed\n"
                           "Architecture: armhf\n"
                           "Version: 1:1.35.0-4+b7\n"
                           "Description: tiny\n"
                           " Version: of a text\n"
                           "\n"
                           "Package: gone\n"
                           "Status: deinstall ok config-files\n"
                           "Version: 1.0\n"
                           "\n"
                           "Package: broken\n"
                           "Status: install ok installed\n";

static void test_dpkg(void) {
  guint unread = 0;
  g_autoptr(GPtrArray) packages =
      ak_package_db_read(AK_PACKAGE_DPKG, (const guint8 *)dpkg, sizeof dpkg - 1, &unread);
  g_assert_cmpuint(packages->len, ==, 1);
  g_assert_cmpuint(unread, ==, 1);
  const AkPackage *package = packages->pdata[0];
  g_assert_cmpstr(package->name, ==, "busybox");
  g_assert_cmpstr(package->version, ==, "1:1.35.0-4+b7");
  g_assert_cmpstr(package->architecture, ==, "armhf");
  g_assert_cmpuint(package->offset, ==, 0);
  for (gsize size = 0; size < sizeof dpkg; size++) {
    g_autofree guint8 *copy = g_memdup2(dpkg, size);
    g_autoptr(GPtrArray) some = ak_package_db_read(AK_PACKAGE_DPKG, copy, size, &unread);
    g_assert_cmpuint(some->len, <=, 1);
  }
}

static void test_database_paths(void) {
  AkPackageKind kind;
  g_assert_true(ak_package_db_is("/rootfs/var/lib/dpkg/status", &kind));
  g_assert_cmpint(kind, ==, AK_PACKAGE_DPKG);
  g_assert_true(ak_package_db_is("/var/lib/dpkg/status.d/base", &kind));
  g_assert_true(ak_package_db_is("/usr/lib/opkg/info/dropbear.control", &kind));
  g_assert_cmpint(kind, ==, AK_PACKAGE_OPKG);
  g_assert_true(ak_package_db_is("/lib/apk/db/installed", &kind));
  g_assert_true(ak_package_db_is("/var/lib/rpm/Packages", &kind));
  g_assert_cmpint(kind, ==, AK_PACKAGE_RPM_BDB);
  g_assert_true(ak_package_db_is("/usr/lib/sysimage/rpm/Packages.db", &kind));
  g_assert_cmpint(kind, ==, AK_PACKAGE_RPM_NDB);
  g_assert_true(ak_package_db_is("/var/lib/pacman/local/x-1/desc", &kind));
  g_assert_cmpint(kind, ==, AK_PACKAGE_OTHER);
  g_assert_false(ak_package_db_is("/var/lib/dpkg/status-old", &kind));
  g_assert_false(ak_package_db_is("/usr/lib/opkg/info/dropbear.list", &kind));
}

/* --- images ------------------------------------------------------------------------------------
 */

static void test_an_image_with_packages(void) {
  static const char program[] = "\x7f"
                                "ELF\0BusyBox v1.35.0 (Debian)";
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/os-release", "NAME=\"X\"\nID=debian\n");
  image_tree_bytes(tree, "/var/lib/dpkg/status", 0644, dpkg, 123);
  image_tree_bytes(tree, "/bin/busybox", 0755, program, sizeof program);
  image_tree_bytes(tree, "/sbin/init", 0755, program, sizeof program);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image!busybox@1:1.35.0-4+b7", "component.origin", "database");
  image_expect(seen, "image!busybox@1:1.35.0-4+b7", "component.purl",
               "pkg:deb/debian/busybox@1%3A1.35.0-4%2Bb7?arch=armhf");
  image_expect(seen, "image!busybox@1:1.35.0-4+b7", "component.cpe",
               "cpe:2.3:a:busybox:busybox:1.35.0:*:*:*:*:*:*:*");
  image_expect(seen, "image!busybox@1:1.35.0-4+b7", "component.files", "/var/lib/dpkg/status");
  image_expect(seen, "image!busybox@1.35.0", "component.origin", "signature");
  image_expect(seen, "image!busybox@1.35.0", "component.purl", "pkg:generic/busybox@1.35.0");
  image_expect(seen, "image!busybox@1.35.0", "component.files", "/bin/busybox|/sbin/init");
  image_expect(seen, "image", "component.coverage", "packages|signatures");
  image_expect(seen, "image", "component.purl", "none");
  const AkObservation *first = ak_sink_collector_find(seen, "component.purl", NULL);
  g_assert_cmpstr(first->subject.kind, ==, "component");
  g_assert_cmpuint(first->evidence->len, ==, 1);
}

static void test_opkg_and_apk(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/usr/lib/opkg/status",
                  "Package: dropbear\nVersion: 2022.82-2\nStatus: install user installed\n\n");
  image_tree_text(tree, "/lib/apk/db/installed", "P:musl\nV:1.2.3-r4\nA:x86_64\n\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image!dropbear@2022.82-2", "component.purl",
               "pkg:generic/dropbear@2022.82-2");
  image_expect(seen, "image!dropbear@2022.82-2", "component.cpe",
               "cpe:2.3:a:dropbear_ssh_project:dropbear_ssh:2022.82:*:*:*:*:*:*:*");
  image_expect(seen, "image!musl@1.2.3-r4", "component.purl", "pkg:generic/musl@1.2.3-r4");
}

/* Packages of programming languages, each by the file that its manager writes. */
static void test_languages(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/usr/lib/python3/dist-packages/Flask_Login-0.6.2.dist-info/METADATA",
                  "Metadata-Version: 2.1\nName: Flask_Login\nVersion: 0.6.2\n\nVersion: 9\n");
  image_tree_text(tree, "/usr/lib/python2.7/site-packages/Flask-0.12-py2.7.egg/EGG-INFO/PKG-INFO",
                  "Metadata-Version: 1.1\nName: Flask\nVersion: 0.12\n");
  image_tree_text(tree, "/usr/lib/node_modules/@types/node/package.json",
                  "{\"name\": \"@types/node\", \"version\": \"18.0.0\"}");
  image_tree_text(tree, "/usr/lib/node_modules/a/lib/package.json",
                  "{\"name\": \"inner\", \"version\": \"1.0.0\"}");
  image_tree_text(tree, "/usr/lib/luarocks/rocks/lpeg/1.0.2-1/lpeg-1.0.2-1.rockspec",
                  "package = \"LPeg\"\nversion = \"1.0.2-1\"\n");
  image_tree_text(tree, "/META-INF/maven/org.x/core/pom.properties",
                  "version=2.17.1\ngroupId=org.x\nartifactId=core\n");
  image_tree_text(tree, "/META-INF/MANIFEST.MF",
                  "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.y\r\nBundle-Version: 3.1\r\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image!Flask_Login@0.6.2", "component.purl", "pkg:pypi/flask-login@0.6.2");
  image_expect(seen, "image!Flask@0.12", "component.purl", "pkg:pypi/flask@0.12");
  image_expect(seen, "image!Flask_Login@0.6.2", "component.origin", "database");
  image_expect(seen, "image!Flask_Login@0.6.2", "component.cpe", "could-not-look");
  image_expect(seen, "image!@types/node@18.0.0", "component.purl", "pkg:npm/%40types/node@18.0.0");
  image_expect(seen, "image!inner@1.0.0", "component.purl", "none");
  image_expect(seen, "image!LPeg@1.0.2-1", "component.purl", "pkg:luarocks/LPeg@1.0.2-1");
  image_expect(seen, "image!org.x/core@2.17.1", "component.purl", "pkg:maven/org.x/core@2.17.1");
  image_expect(seen, "image!org.y@3.1", "component.purl", "pkg:generic/org.y@3.1");
  image_expect(seen, "image", "component.coverage", "packages|signatures");
}

/* A file that should name a package and does not: then packages are not all known. */
static void test_a_broken_package_file(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/node_modules/a/package.json", "{\"name\": \"a\", \"version\": [1]}");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image", "component.coverage", "signatures");
}

/* Which programs nobody accounts for is counted. */
static void test_attributed(void) {
  static const char elf[20] = "\x7f"
                              "ELF\1\1\1\0\0\0\0\0\0\0\0\0\2";
  static const char busybox[] = "\x7f"
                                "ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\0BusyBox v1.35.0 (x)";
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_bytes(tree, "/bin/a", 0755, elf, sizeof elf);
  image_tree_bytes(tree, "/bin/b", 0755, elf, sizeof elf);
  image_tree_bytes(tree, "/bin/busybox", 0755, busybox, sizeof busybox);
  image_tree_text(tree, "/usr/lib/opkg/info/a.list", "/bin\n/bin/a\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image", "component.attributed", "2/3");
}

static void test_an_image_without(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/hosts", "127.0.0.1 localhost\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
  image_expect(seen, "image", "component.purl", "absent");
  image_expect(seen, "image", "component.files", "absent");
  image_expect(seen, "image", "component.coverage", "packages|signatures");
}

/* A database that is not read, or an image not known in full, is said. */
static void test_what_is_not_known(void) {
  g_autoptr(AkFirmwareTree) rpm = image_tree();
  image_tree_text(rpm, "/var/lib/rpm/Packages", "x");
  g_autoptr(AkSinkCollector) seen = image_look(rpm, "firmware.component");
  image_expect(seen, "image", "component.purl", "cut");
  image_expect(seen, "image", "component.coverage", "signatures");
  g_autoptr(GBytes) noise = image_noise(4096, 3);
  g_autoptr(AkFirmwareTree) unknown = image_open(noise, NULL);
  g_autoptr(AkSinkCollector) unseen = image_look(unknown, "firmware.component");
  image_expect(unseen, "image", "component.purl", "cut");
  image_expect(unseen, "image", "component.coverage", "cut");
}

/* Programs of this machine, as far as they are installed. */
static void test_real_programs(void) {
  static const struct {
    const char *path, *id;
  } cases[] = {{"/bin/busybox", "busybox"},
               {"/usr/sbin/lighttpd", "lighttpd"},
               {"/lib/x86_64-linux-gnu/libc.so.6", "glibc"},
               {"/lib/x86_64-linux-gnu/libz.so.1", "zlib"},
               {"/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "openssl"},
               {"/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", "sqlite"},
               {"/usr/bin/ssh", "openssh"}};
  g_autoptr(AkSignatures) signatures = ak_signatures_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    if (!g_file_test(cases[i].path, G_FILE_TEST_EXISTS))
      continue;
    g_autoptr(GBytes) bytes = image_load(cases[i].path);
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GPtrArray) hits = ak_signatures_search(signatures, cases[i].path, data, size);
    bool found = false;
    for (guint h = 0; h < hits->len; h++)
      found = found || strcmp(((AkSignatureHit *)hits->pdata[h])->component->id, cases[i].id) == 0;
    if (!found)
      g_error("%s: no %s", cases[i].path, cases[i].id);
  }
}

/* What may hold a program leaves open which there are, and says which file it is. */
static void test_sealed_files(void) {
  g_autoptr(GBytes) noise = image_noise(3000, 5);
  g_autofree char *plain = g_strnfill(3000, 'x');
  for (guint sealed = 0; sealed < 2; sealed++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, "/lib/apk/db/installed", "P:musl\nV:1.2.3-r4\nA:x86_64\n\n");
    image_tree_bytes(tree, "/opt/app.enc", 0755, sealed ? g_bytes_get_data(noise, NULL) : plain, 3000);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.component");
    image_expect(seen, "image!musl@1.2.3-r4", "component.origin", "database");
    image_expect(seen, "image", "component.coverage", sealed ? "cut" : "packages|signatures");
    const AkObservation *coverage = ak_sink_collector_find(seen, "component.coverage", "image");
    if (sealed)
      g_assert_cmpstr(ak_value_lacks(&coverage->value), ==,
                      "files that look packed or encrypted were not opened: image!/opt/app.enc");
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/component/versions", test_versions);
  g_test_add_func("/component/data", test_the_data);
  g_test_add_func("/component/bad-data", test_bad_data_is_refused);
  g_test_add_func("/component/search", test_search);
  g_test_add_func("/component/truncated", test_truncated_at_every_byte);
  g_test_add_func("/component/hostile", test_hostile_repetition);
  g_test_add_func("/component/names", test_names);
  g_test_add_func("/component/dpkg", test_dpkg);
  g_test_add_func("/component/paths", test_database_paths);
  g_test_add_func("/component/packages", test_an_image_with_packages);
  g_test_add_func("/component/opkg-apk", test_opkg_and_apk);
  g_test_add_func("/component/none", test_an_image_without);
  g_test_add_func("/component/unknown", test_what_is_not_known);
  g_test_add_func("/component/real", test_real_programs);
  g_test_add_func("/component/languages", test_languages);
  g_test_add_func("/component/broken-package", test_a_broken_package_file);
  g_test_add_func("/component/attributed", test_attributed);
  g_test_add_func("/component/sealed", test_sealed_files);
  return g_test_run();
}
