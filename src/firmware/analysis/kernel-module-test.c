/* Modules as a compiler makes them, and a big-endian one made by hand. */
#include "firmware/analysis/kernel-module.h"
#include "firmware/unpack/test-image.h"

#define SIGNED "~Module signature appended~\n"

/* Objects with texts in .modinfo, as the kernel's build leaves them. */
static GBytes *module_of(const char *const *texts, bool is_signed) {
  g_autofree char *top = g_dir_make_tmp("akashi-module-XXXXXX", NULL);
  g_autoptr(GString) source = g_string_new(NULL);
  for (guint i = 0; texts[i] != NULL; i++)
    g_string_append_printf(source,
                           "__attribute__((section(\".modinfo\"), used, aligned(1))) static const "
                           "char t%u[] = \"%s\";\n",
                           i, texts[i]);
  image_put_text(top, "m.c", source->str);
  g_assert_true(image_run(top, "gcc -c m.c -o m.ko"));
  g_autofree char *path = g_build_filename(top, "m.ko", NULL);
  GBytes *plain = image_load(path);
  image_remove_tree(top);
  if (!is_signed)
    return plain;
  /* nine bytes of a signature; kind 2 is PKCS#7 */
  static const guint8 end[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  g_autoptr(GByteArray) all = g_bytes_unref_to_array(plain);
  g_byte_array_append(all, end, sizeof end);
  g_byte_array_append(all, (const guint8 *)SIGNED, sizeof SIGNED - 1);
  return g_bytes_new(all->data, all->len);
}

static const char *const good[] = {"version=1.2.0",
                                   "license=GPL",
                                   "depends=usbcore,wlan",
                                   "name=fast_nat",
                                   "vermagic=5.10.110-router SMP mod_unload ARMv7 ",
                                   NULL};
static const char *const of_the_kernel[] = {"license=GPL",
                                            "intree=Y",
                                            "name=loop",
                                            "depends=",
                                            "vermagic=5.10.110-router SMP mod_unload ARMv7 ",
                                            NULL};
static const char *const strange[] = {"license=Proprietary", "name=old", "vermagic=3.4.0 preempt ",
                                      NULL};

static void add(AkFirmwareTree *tree, const char *path, GBytes *bytes) {
  image_tree_bytes(tree, path, 0644, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static AkFirmwareTree *image_with(const char *config) {
  static const char kernel[] = "\0\0Linux version 5.10.110-router (me@host) (gcc 8.4) #1 SMP";
  AkFirmwareTree *tree = image_tree();
  image_tree_bytes(tree, "/boot/vmlinux", 0644, kernel, sizeof kernel);
  if (config == NULL)
    return tree;
  g_autofree char *text = g_strdup_printf("#\n# Automatically generated file; DO NOT EDIT.\n# "
                                          "Linux/arm 5.10.110 Kernel Configuration\n#\n%s",
                                          config);
  image_tree_text(tree, "/boot/config-5.10.110", text);
  return tree;
}

static void test_a_weak_image(void) {
  if (!image_has("gcc"))
    return;
  g_autoptr(AkFirmwareTree) tree = image_with("CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\n");
  g_autoptr(GBytes) one = module_of(good, false), other = module_of(strange, true);
  add(tree, "/lib/modules/x/fast_nat.ko", one);
  add(tree, "/lib/modules/x/old.ko", other);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.kernel");
  image_expect(seen, "image!/lib/modules/x/fast_nat.ko", "kernel-module.info",
               "depends usbcore,wlan|license GPL|name fast_nat|"
               "vermagic 5.10.110-router SMP mod_unload ARMv7 |version 1.2.0");
  image_expect(seen, "image!/lib/modules/x/fast_nat.ko", "kernel-module.unsigned",
               "the kernel checks signatures, and takes modules without one");
  image_expect(seen, "image!/lib/modules/x/fast_nat.ko", "kernel-module.other-kernel", "none");
  image_expect(seen, "image!/lib/modules/x/old.ko", "kernel-module.other-kernel", "3.4.0");
  image_expect(seen, "image!/lib/modules/x/old.ko", "kernel-module.unsigned", "none");
  image_expect(seen, "image", "kernel-module.signatures", "1 of 2 modules");
  g_autoptr(AkSinkCollector) parts = image_look(tree, "firmware.component");
  image_expect(parts, "image!fast_nat@1.2.0", "component.purl", "pkg:generic/fast_nat@1.2.0");
  image_expect(parts, "image!fast_nat@1.2.0", "component.files", "/lib/modules/x/fast_nat.ko");
}

static void test_a_sound_image(void) {
  if (!image_has("gcc"))
    return;
  g_autoptr(AkFirmwareTree) tree =
      image_with("CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n");
  g_autoptr(GBytes) one = module_of(good, true), other = module_of(of_the_kernel, true);
  add(tree, "/lib/modules/x/fast_nat.ko", one);
  add(tree, "/lib/modules/x/loop.ko", other);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.kernel");
  image_expect(seen, "image!/lib/modules/x/loop.ko", "kernel-module.info",
               "built with the kernel|license GPL|name loop|signature PKCS#7|"
               "vermagic 5.10.110-router SMP mod_unload ARMv7 ");
  image_expect(seen, "image", "kernel-module.unsigned", "absent");
  image_expect(seen, "image", "kernel-module.other-kernel", "absent");
  image_expect(seen, "image", "kernel-module.signatures", "2 of 2 modules");
  image_expect(seen, "image", "kernel.coverage", "configurations|kernels|modules");
  g_autoptr(AkSinkCollector) parts = image_look(tree, "firmware.component");
  image_expect(parts, "image!loop@5.10.110", "component.purl", "none");
}

/* Without a kernel or its configuration modules are not judged. */
static void test_nothing_to_compare_with(void) {
  if (!image_has("gcc"))
    return;
  g_autoptr(AkFirmwareTree) tree = image_tree(), empty = image_with("CONFIG_MODULES=y\n");
  g_autoptr(GBytes) one = module_of(good, false);
  add(tree, "/lib/modules/x/fast_nat.ko", one);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.kernel");
  image_expect(seen, "image", "kernel-module.unsigned", "could-not-look");
  image_expect(seen, "image", "kernel-module.other-kernel", "could-not-look");
  g_autoptr(AkSinkCollector) nothing = image_look(empty, "firmware.kernel");
  image_expect(nothing, "image", "kernel-module.info", "absent");
  image_expect(nothing, "image", "kernel-module.signatures", "absent");
}

static void put(guint8 *at, guint32 value) {
  guint32 big = GUINT32_TO_BE(value);
  memcpy(at, &big, 4);
}

/* 32 bits, big-endian: header, names at 52, .modinfo at 80, three section headers at 200. Source:
 * gABI. */
static void test_big_endian(void) {
  static const char names[] = "\0.modinfo\0.shstrtab";
  static const char texts[] = "vermagic=4.9.0 MIPS32_R2 32BIT \0name=x";
  guint8 file[320] = {0x7f, 'E', 'L', 'F', 1, 2, 1};
  file[17] = 1; /* relocatable */
  file[19] = 8; /* MIPS */
  put(file + 32, 200);
  file[47] = 40; /* size of a section header, their count, the names' */
  file[49] = 3;
  file[51] = 2;
  memcpy(file + 52, names, sizeof names);
  memcpy(file + 80, texts, sizeof texts);
  put(file + 240, 1);
  put(file + 244, 1);
  put(file + 256, 80);
  put(file + 260, sizeof texts);
  put(file + 280, 10);
  put(file + 284, 3);
  put(file + 296, 52);
  put(file + 300, sizeof names);
  g_auto(AkKernelModule) module = {0};
  g_assert_true(ak_kernel_module_read(file, sizeof file, &module));
  g_assert_cmpstr(module.name, ==, "x");
  g_assert_cmpstr(module.vermagic, ==, "4.9.0 MIPS32_R2 32BIT ");
  g_assert_cmpuint(module.offset, ==, 80);
  for (gsize cut = 0; cut < sizeof file; cut++) {
    g_autofree guint8 *copy = g_memdup2(file, cut);
    ak_firmware_kernel_module_fuzz(copy, cut);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/kernel-module/weak", test_a_weak_image);
  g_test_add_func("/kernel-module/sound", test_a_sound_image);
  g_test_add_func("/kernel-module/uncompared", test_nothing_to_compare_with);
  g_test_add_func("/kernel-module/big-endian", test_big_endian);
  return g_test_run();
}
