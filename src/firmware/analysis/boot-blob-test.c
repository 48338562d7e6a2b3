#include "firmware/analysis/boot-blob.h"

#include "firmware/unpack/test-image.h"

#define BLOB "/lib/firmware/mediatek/mt7603_e1.bin"
#define OTHER "/lib/firmware/rt2860.bin"

static AkFirmwareTree *device(void) {
  AkFirmwareTree *tree = image_tree();
  g_autoptr(GBytes) noise = image_noise(6000, 5), more = image_noise(6000, 6);
  image_tree_text(tree, "/etc/inittab", "::sysinit:/etc/init.d/rcS\n");
  image_tree_bytes(tree, BLOB, 0644, g_bytes_get_data(noise, NULL), 6000);
  image_tree_bytes(tree, OTHER, 0644, g_bytes_get_data(more, NULL), 6000);
  return tree;
}

/* Which of the two blobs may be started: "", "mediatek", "rt2860" or "both". */
static void expect(const AkFirmwareTree *tree, const char *which, const char *why) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(tree);
  g_autofree char *text = ak_boot_blob_sealed(tree, paths);
  bool first = text != NULL && strstr(text, "image!" BLOB) != NULL, second = text != NULL && strstr(text, "image!" OTHER) != NULL;
  const char *got = first && second ? "both" : first ? "mediatek" : second ? "rt2860" : text == NULL ? "" : text;
  if (strcmp(got, which) != 0)
    g_error("%s: %s may be started, not %s", why, got, which);
}

/* What scripts say: none of it starts a blob, or it may. */
static void test_scripts(void) {
  static const struct {
    const char *script, *which;
  } rows[] = {
      {"#!/bin/sh\nmount -a\ninsmod /lib/modules/mt7603e.ko\n", ""},
      {"#!/bin/sh\nmkdir -p /lib/firmware\n[ -e /lib/firmware/$FIRMWARE ] && exit 0\n", ""},
      {"#!/bin/sh\ndd if=/dev/mtd3 of=/lib/firmware/$FIRMWARE bs=1\nprintf x > /lib/firmware/soc.bin\n", ""},
      {"#!/bin/sh\ncp /tmp/e2p.bin /lib/firmware/\n# /lib/firmware/* holds blobs\n", ""},
      {"#!/bin/sh\ntest -f /lib/firmware/other.bin\n", ""},
      {"#!/bin/sh\n. /lib/firmware.sh\n", ""},
      {"#!/bin/sh\nfor f in /lib/firmware/*; do . $f; done\n", "both"},
      {"#!/bin/sh\nfor f in /lib/firmware/mediatek/*.bin; do sh $f; done\n", "both"},
      {"#!/bin/sh\nfor FIRMWARE in *; do . /lib/firmware/$FIRMWARE; done\n", "both"},
      {"#!/bin/sh\nopenssl enc -d -in /lib/firmware/rt2860.bin -k x | sh\n", "rt2860"},
      {"#!/bin/sh\nopenssl enc -d -in \"/usr/lib/firmware/mediatek/mt7603_e1.bin\" -k x | sh\n", "mediatek"},
      {"#!/bin/sh\ncd /lib/firmware && for f in *; do ./$f; done\n", "both"},
      {"#!/bin/sh\nD=/lib/firmware\n$D/a\n", "both"},
      {"#!/bin/sh\nsh /lib/firmware/alias.bin\n", "rt2860"},
      {"#!/bin/sh\ncd /lib; sh ./firmware/rt2860.bin\n", "both"},
      {"#!/bin/sh\nfor f in /lib/*/rt*; do sh $f; done\n", "rt2860"},
      {"#!/bin/sh\ncd /lib/firm*; sh run\n", "both"},
      {"#!/bin/sh\nfind /lib -name '*.bin' -exec sh {} \\;\n", "both"},
      {"#!/bin/sh\nfind /tmp -name '*.bin' -exec sh {} \\;\n", ""},
      {"#!/bin/sh\n[ -d /lib/firmware ] || mkdir -p /lib/firmware\ncd /lib/modules\n", ""},
      {"#!/bin/sh\n[ -d /lib/firmware ] && cd /lib/firmware && sh *\n", "both"},
      {"#!/bin/sh\ncd /lib; cd firmware; for f in *; do . ./$f; done\n", "both"},
      {"#!/bin/sh\npushd /usr/lib/\npushd firmware; sh *\n", "both"},
      {"#!/bin/sh\nA=/lib; B=firmware; for f in $A/$B/*/*; do . $f; done\n", "both"},
      {"#!/bin/sh\nD=firmware/mediatek\n. /lib/$D/a\n", "both"},
      {"#!/bin/sh\nf='/lib/fi''rmware'\n. $f/a\n", "both"},
      {"#!/bin/sh\nf=/lib//firmware\n. $f/a\n", "both"},
      {"#!/bin/sh\nsh /lib/f*/mediatek/${CHIP}_e1.bin\n", "mediatek"},
      {"#!/bin/sh\nls /lib/modules/$V/*.ko; echo firmware $D/$F\n", ""},
      {"for f in /lib/f[i]rmware/rt*; do sh $f; done\n", "rt2860"},
      {"d = os.path.join('/lib', 'firmware', 'mediatek')\n", "both"},
      {"d = os.path.join('/lib', 'modules')\nprint('firmware')\n", "both"}, /* nobody knows */
      {"d = os.path.join('/lib/modules')\nprint('firmware')\n", ""},
      {"/* firmware */ /** x **/\n", ""},
      {"#!/bin/sh\nrt2860.bin.old not_rt2860.bin\n", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkFirmwareTree) tree = device();
    image_tree_link(tree, "/lib/firmware/alias.bin", "rt2860.bin");
    image_tree_text(tree, "/etc/init.d/rcS", rows[i].script);
    expect(tree, rows[i].which, rows[i].script);
  }
}

static void add_program(AkFirmwareTree *tree, const char *path, guint8 type, const char *words) {
  g_autofree char *bytes = g_strdup_printf("%*s%s", 64, "", words);
  memcpy(bytes, "\x7f" "ELF\1\1\1", 7);
  bytes[16] = (char)type;
  bytes[17] = 0;
  image_tree_bytes(tree, path, 0755, bytes, 64 + strlen(words));
}

/* The kernel and its modules ask for blobs; a program of the maker's may run them. */
static void test_programs(void) {
  static const struct {
    const char *path, *words, *which;
    guint8 type;
  } rows[] = {
      {"/lib/modules/5.4/mt7603e.ko", "firmware=mediatek/mt7603_e1.bin", "", 1},
      {"/sbin/busybox", "/lib/firmware", "", 2},
      {"/usr/sbin/cloudd", "/etc/cloud.conf", "", 2},
      {"/usr/sbin/cloudd", "/lib/firmware/rt2860.bin", "rt2860", 2},
      {"/usr/sbin/cloudd", "rt2860.bin", "rt2860", 2},
      {"/usr/sbin/cloudd", "/lib/firmware/%s", "both", 3},
      {"/usr/sbin/cloudd", "cat /lib/%s/x | sh", "both", 3},
      {"/usr/sbin/cloudd", "/lib/modules/%s /opt/lib/%s", "", 3},
      {"/usr/sbin/cloudd", "/lib/firmware", "both", 3},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkFirmwareTree) tree = device();
    add_program(tree, rows[i].path, rows[i].type, rows[i].words);
    expect(tree, rows[i].which, rows[i].words);
  }
}

/* Lists of packages, procd's rules and links that stay in the folder start nothing. */
static void test_other_files(void) {
  static const struct {
    const char *path, *text, *which;
  } rows[] = {
      {"/usr/lib/opkg/info/kmod-mt7603.list", "/lib/firmware/mediatek/mt7603_e1.bin\n", ""},
      {"/usr/lib/opkg/info/kmod-mt7603.postinst", "#!/bin/sh\nsh /lib/firmware/mediatek/mt7603_e1.bin\n", "mediatek"},
      {"/etc/hotplug.json", "[ \"if\", [ \"has\", \"FIRMWARE\" ], [ [ \"load-firmware\", \"/lib/firmware\" ] ] ]\n", ""},
      {"/www/help.html", "Put rt2860.bin there.\n", "rt2860"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkFirmwareTree) tree = device();
    image_tree_text(tree, rows[i].path, rows[i].text);
    expect(tree, rows[i].which, rows[i].path);
  }
  g_autoptr(AkFirmwareTree) linked = device();
  image_tree_link(linked, "/etc/init.d/S99x", "../../lib/firmware/rt2860.bin");
  expect(linked, "rt2860", "a link that starts it");
  g_autoptr(AkFirmwareTree) folder = device();
  image_tree_add(folder, (AkNode){.type = AK_NODE_FOLDER, .path = g_strdup("/lib/firmware"), .mode = 0755});
  image_tree_link(folder, "/opt/fw", "/lib/firmware");
  expect(folder, "both", "a link to the folder");
}

static void expect_kept(const char *path, const void *head, gsize length) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autoptr(GBytes) noise = image_noise(9000, 7), begin = g_bytes_new(head, length), whole = image_join(begin, noise);
  image_tree_bytes(tree, path, 0644, g_bytes_get_data(whole, NULL), g_bytes_get_size(whole));
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(tree);
  g_autofree char *text = ak_boot_blob_sealed(tree, paths), *all = g_strdup_printf("files that look packed or encrypted were not opened: image!%s", path);
  g_assert_cmpstr(text, ==, all);
}

/* Programs, scripts with something behind them, what says that it is encrypted, and what lies elsewhere. */
static void test_no_blobs(void) {
  expect_kept("/lib/firmware/agent", "\x7f" "ELF\1\1\1", 7);
  expect_kept("/lib/firmware/install.run", "#!/bin/sh\ntail -n +3 $0 | sh\nexit\n", 36);
  expect_kept("/lib/firmware/app.enc", "Salted__", 8);
  expect_kept("/opt/firmware/mt7603_e1.bin", "", 0);
  expect_kept("/etc/firmware", "", 0);
  expect_kept("/opt/lib/firmware.bin", "", 0);
}

/* A blob of its own root, and one that a device has below /usr. */
static void test_roots(void) {
  static const char *const paths[] = {"/usr/lib/firmware/x.bin", "/rootfs/lib/firmware/x.bin"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    g_autoptr(GBytes) noise = image_noise(6000, 5);
    image_tree_bytes(tree, paths[i], 0644, g_bytes_get_data(noise, NULL), 6000);
    g_autoptr(AkFirmwarePaths) index = ak_firmware_paths_new(tree);
    g_autofree char *none = ak_boot_blob_sealed(tree, index);
    g_assert_null(none);
    image_tree_text(tree, "/etc/init.d/rcS", "#!/bin/sh\n/lib/firmware/x.bin\n");
    g_autoptr(AkFirmwarePaths) again = ak_firmware_paths_new(tree);
    g_autofree char *some = ak_boot_blob_sealed(tree, again);
    g_assert_nonnull(some);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/boot-blob/scripts", test_scripts);
  g_test_add_func("/boot-blob/programs", test_programs);
  g_test_add_func("/boot-blob/other-files", test_other_files);
  g_test_add_func("/boot-blob/no-blobs", test_no_blobs);
  g_test_add_func("/boot-blob/roots", test_roots);
  return g_test_run();
}
