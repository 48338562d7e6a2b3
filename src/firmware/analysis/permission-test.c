#include "firmware/analysis/paths.h"
#include "firmware/unpack/test-image.h"

static void add(AkFirmwareTree *tree, AkNodeType type, const char *path, guint mode,
                const char *what) {
  image_tree_add(tree, (AkNode){.type = type,
                                .path = g_strdup(path),
                                .mode = mode,
                                .target = g_strdup(what),
                                .bytes = type == AK_NODE_FILE ? g_bytes_new("x", 1) : NULL});
}

static void test_a_weak_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add(tree, AK_NODE_FILE, "/bin/su", 04755, NULL);
  add(tree, AK_NODE_FILE, "/usr/bin/mail", 02755, NULL);
  add(tree, AK_NODE_FILE, "/etc/rc.local", 0777, NULL);
  add(tree, AK_NODE_FOLDER, "/var/www", 0777, NULL);
  add(tree, AK_NODE_OTHER, "/dev/mtd0", 0600, "char 90:0");
  add(tree, AK_NODE_OTHER, "/dev/sda", 0666, "block 8:0");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.permission");
  image_expect(seen, "image!/bin/su", "permission.setuid", "4755 uid 0");
  image_expect(seen, "image!/usr/bin/mail", "permission.setgid", "2755 gid 0");
  image_expect(seen, "image!/etc/rc.local", "permission.world-writable", "0777 file");
  image_expect(seen, "image!/var/www", "permission.world-writable", "0777 folder");
  image_expect(seen, "image!/dev/mtd0", "permission.device", "character device 0600 uid 0");
  image_expect(seen, "image!/dev/sda", "permission.device", "block device 0666 uid 0");
  image_expect(seen, "image", "permission.coverage", "modes");
  image_expect(seen, "image", "permission.setuid", "none");
}

/* Sticky folders, setgid folders, links, FIFOs and sockets are no such thing. */
static void test_a_sound_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add(tree, AK_NODE_FILE, "/bin/ls", 0755, NULL);
  add(tree, AK_NODE_FOLDER, "/tmp", 01777, NULL);
  add(tree, AK_NODE_FOLDER, "/var/mail", 02775, NULL);
  add(tree, AK_NODE_OTHER, "/run/fifo", 0600, "fifo");
  add(tree, AK_NODE_OTHER, "/run/log", 0666, "socket");
  image_tree_link(tree, "/bin/sh", "ls");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.permission");
  static const char *const properties[] = {"permission.setuid", "permission.setgid",
                                           "permission.world-writable", "permission.device"};
  for (gsize i = 0; i < G_N_ELEMENTS(properties); i++)
    image_expect(seen, "image", properties[i], "absent");
  image_expect(seen, "image", "permission.coverage", "modes");
  g_assert_cmpuint(seen->observations->len, ==, 5);
}

/* Where modes are not stored, no program has its owner's rights, and who may write is decided elsewhere. What is seen beside it is seen. */
static void test_no_modes_are_stored(void) {
  for (guint weak = 0; weak < 2; weak++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_add(tree, (AkNode){.type = AK_NODE_FILE,
                                  .path = g_strdup("/BOOT.BIN"),
                                  .mode = 04777, /* says nothing */
                                  .no_mode = true,
                                  .bytes = g_bytes_new("x", 1)});
    add(tree, AK_NODE_FILE, "/bin/su", weak ? 04757 : 0755, NULL);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.permission");
    image_expect(seen, "image", "permission.setuid", weak ? "none" : "absent");
    image_expect(seen, "image", "permission.setgid", "absent");
    image_expect(seen, "image", "permission.world-writable", weak ? "none" : "cut");
    image_expect(seen, "image!/bin/su", "permission.world-writable", weak ? "4757 file" : "none");
    image_expect(seen, "image", "permission.coverage", "modes");
  }
}

/* Where the image is not known in full, nothing is said to be absent. */
static void test_nothing_is_said_of_what_is_not_known(void) {
  g_autoptr(GBytes) noise = image_noise(4096, 5);
  g_autoptr(AkFirmwareTree) unknown = image_open(noise, NULL);
  g_autoptr(AkSinkCollector) unseen = image_look(unknown, "firmware.permission");
  image_expect(unseen, "image", "permission.world-writable", "cut");
  image_expect(unseen, "image", "permission.setuid", "cut");
  image_expect(unseen, "image", "permission.coverage", "cut");
}

/* Many of one kind do not hide another, and what is not listed is said. */
static void test_many(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  for (guint i = 0; i < 10001; i++) {
    g_autofree char *path = g_strdup_printf("/data/%u", i);
    add(tree, AK_NODE_FILE, path, 0666, NULL);
  }
  add(tree, AK_NODE_FILE, "/bin/su", 04711, NULL);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.permission");
  image_expect(seen, "image!/bin/su", "permission.setuid", "4711 uid 0");
  image_expect(seen, "image", "permission.coverage", "cut");
  image_expect(seen, "image", "permission.setgid", "cut");
}

/* As a squashfs stores them. */
static void test_a_real_filesystem(void) {
  g_autofree char *top = g_dir_make_tmp("akashi-permission-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  image_put_text(top, "root/bin/su", "program");
  if (!image_run(top, "mksquashfs root image -noappend -no-progress -p 'bin/su m 4755 0 0' -p "
                      "'dev d 755 0 0' -p 'dev/mem c 640 0 15 1 1' -p 'run d 777 0 0'")) {
    image_remove_tree(top);
    return g_test_skip("mksquashfs is not installed");
  }
  g_autoptr(GBytes) image = image_load(path);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.permission");
  image_expect(seen, "image!/bin/su", "permission.setuid", "4755 uid 0");
  const AkObservation *device = ak_sink_collector_find(seen, "permission.device", "image!/dev/mem");
  g_assert_true(device != NULL && g_str_has_suffix(device->value.text, " 0640 uid 0"));
  image_expect(seen, "image!/run", "permission.world-writable", "0777 folder");
  image_expect(seen, "image", "permission.setgid", "absent");
  image_remove_tree(top);
}

/* An archive of DOS knows no rights, one of UNIX does. */
static void test_zip(void) {
  static const char make[] =
      "python3 -c \"import zipfile; z=zipfile.ZipFile('image','w'); i=zipfile.ZipInfo('bin/su'); "
      "i.create_system=%u; i.external_attr=0o104755<<16; z.writestr(i,'x')\"";
  static const char *const expected[] = {"absent", "none"};
  for (guint i = 0; i < 2; i++) {
    g_autofree char *top = g_dir_make_tmp("akashi-permission-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(top, "image", NULL);
    if (!image_run(top, make, i == 0 ? 0u : 3u)) {
      image_remove_tree(top);
      return g_test_skip("python3 is not installed");
    }
    g_autoptr(GBytes) image = image_load(path);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.permission");
    image_expect(seen, "image", "permission.setuid", expected[i]);
    image_remove_tree(top);
  }
}

/* --- paths -------------------------------------------------------------------------------------
 */

static void expect_path(const AkFirmwarePaths *paths, const AkFirmwareTree *tree, const char *root,
                        const char *path, AkPathAnswer answer, const char *reached) {
  guint index = 0;
  g_assert_cmpint(ak_firmware_paths_find(paths, 0, root, path, &index), ==, answer);
  if (answer == AK_PATH_FOUND)
    g_assert_cmpstr(ak_firmware_tree_node(tree, index)->path, ==, reached);
}

static void test_paths(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/bin/busybox", "program");
  image_tree_link(tree, "/sbin/init", "../bin/busybox");
  image_tree_link(tree, "/sbin/up", "../../../../bin/busybox");
  image_tree_link(tree, "/usr/bin", "/bin");
  image_tree_link(tree, "/a", "b");
  image_tree_link(tree, "/b", "a");
  image_tree_link(tree, "/etc/passwd", "/tmp/passwd");
  image_tree_text(tree, "/rom/etc/config", "x");
  image_tree_link(tree, "/rom/config", "/etc/config");
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(tree);
  expect_path(paths, tree, "", "/sbin/init", AK_PATH_FOUND, "/bin/busybox");
  expect_path(paths, tree, "", "/sbin/up", AK_PATH_FOUND, "/bin/busybox");
  expect_path(paths, tree, "", "/usr/bin/busybox", AK_PATH_FOUND, "/bin/busybox");
  expect_path(paths, tree, "", "/usr/bin/../bin//busybox", AK_PATH_FOUND, "/bin/busybox");
  expect_path(paths, tree, "", "/a", AK_PATH_DANGLING, NULL);
  expect_path(paths, tree, "", "/etc/passwd", AK_PATH_DANGLING, NULL);
  expect_path(paths, tree, "", "/bin/missing", AK_PATH_MISSING, NULL);
  expect_path(paths, tree, "/rom", "/config", AK_PATH_FOUND, "/rom/etc/config");
  g_autoptr(GPtrArray) sbin = ak_firmware_paths_list(paths, 0, "/sbin");
  g_assert_cmpuint(sbin->len, ==, 2);
  g_autoptr(GPtrArray) rom = ak_firmware_paths_list(paths, 0, "/rom");
  g_assert_cmpuint(rom->len, ==, 1); /* what lies deeper is not in it */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/permission/weak", test_a_weak_image);
  g_test_add_func("/permission/sound", test_a_sound_image);
  g_test_add_func("/permission/no-modes", test_no_modes_are_stored);
  g_test_add_func("/permission/unknown", test_nothing_is_said_of_what_is_not_known);
  g_test_add_func("/permission/many", test_many);
  g_test_add_func("/permission/squashfs", test_a_real_filesystem);
  g_test_add_func("/permission/zip", test_zip);
  g_test_add_func("/permission/paths", test_paths);
  return g_test_run();
}
