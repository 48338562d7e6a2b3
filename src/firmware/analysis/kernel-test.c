#include "firmware/analysis/kernel-config.h"

#include "firmware/unpack/test-image.h"

static const char weak[] =
    "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm 4.4.60 Kernel Configuration\n#\n"
    "CONFIG_MODULES=y\n# CONFIG_STACKPROTECTOR is not set\nCONFIG_DEVMEM=y\nCONFIG_SECCOMP=m\n"
    "CONFIG_CMDLINE=\"console=ttyS0\"\n";
static const char sound[] =
    "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm 6.1.0 Kernel Configuration\n#\n"
    "CONFIG_MODULES=y\nCONFIG_STACKPROTECTOR=y\n# CONFIG_DEVMEM is not set\nCONFIG_SECCOMP=y\n";

static GBytes *kernel_with(const char *config, gsize cut) {
  static const char head[] =
      "\0\0Linux version %s (%s)\0Linux version 4.4.60 (me@host) (gcc 5.3) #1\n\0IKCFG_ST";
  g_autoptr(GBytes) packed = image_gzip(config, strlen(config));
  g_autoptr(GByteArray) all = g_byte_array_new();
  g_byte_array_append(all, (const guint8 *)head, sizeof head - 1);
  g_byte_array_append(all, g_bytes_get_data(packed, NULL), (guint)(g_bytes_get_size(packed) - cut));
  g_byte_array_append(all, (const guint8 *)"IKCFG_ED\0", 9);
  return g_bytes_new(all->data, all->len);
}

static void add(AkFirmwareTree *tree, const char *path, GBytes *bytes) {
  image_tree_bytes(tree, path, 0644, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void test_a_weak_kernel(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autoptr(GBytes) kernel = kernel_with(weak, 0);
  add(tree, "/boot/vmlinux", kernel);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.kernel");
  image_expect(seen, "image!/boot/vmlinux", "kernel.version", "4.4.60");
  image_expect(seen, "image!/boot/vmlinux", "kernel.config", "inside of the kernel");
  image_expect(seen, "image!/boot/vmlinux", "kernel.hardening-missing",
               "DEVMEM: /dev/mem|SECCOMP: programs may give up system calls|"
               "STACKPROTECTOR: canaries on kernel stacks");
  const AkObservation *untold =
      ak_sink_collector_find(seen, "kernel.hardening-untold", "image!/boot/vmlinux");
  g_assert_true(ak_value_set_contains(&untold->value, "VMAP_STACK"));
  g_assert_false(ak_value_set_contains(&untold->value, "DEVKMEM")); /* unwanted, and not there */
  image_expect(seen, "image", "kernel.coverage", "configurations|kernels|modules");
}

static void test_a_sound_kernel(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/boot/config-6.1.0", sound);
  image_tree_text(tree, "/etc/config/network", "config interface 'lan'\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.kernel");
  image_expect(seen, "image!/boot/config-6.1.0", "kernel.hardening-missing", "absent");
  image_expect(seen, "image!/boot/config-6.1.0", "kernel.config", "a file");
  image_expect(seen, "image", "kernel.version", "absent");
  image_expect(seen, "image!/etc/config/network", "kernel.config", "none");
}

/* A configuration that breaks off is no configuration, and not none either. */
static void test_a_damaged_configuration(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autoptr(GBytes) kernel = kernel_with(weak, 12);
  add(tree, "/boot/vmlinux", kernel);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.kernel");
  image_expect(seen, "image", "kernel.config", "cut");
  image_expect(seen, "image", "kernel.coverage", "kernels|modules");
}

static void test_truncated_at_every_byte(void) {
  g_autoptr(GBytes) kernel = kernel_with(weak, 0);
  gsize size = 0, offset = 0, length = 0;
  const guint8 *data = g_bytes_get_data(kernel, &size);
  for (gsize cut = 0; cut + 10 < size; cut++) {
    g_autofree guint8 *copy = g_memdup2(data, cut);
    bool is_damaged = false;
    g_autoptr(GBytes) config = ak_kernel_config_find(copy, cut, &offset, &is_damaged);
    g_autofree char *version = ak_kernel_version(copy, cut, &offset, &length);
    g_assert_null(config);
    g_assert_true(version == NULL || offset + length <= cut);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/kernel/weak", test_a_weak_kernel);
  g_test_add_func("/kernel/sound", test_a_sound_kernel);
  g_test_add_func("/kernel/damaged", test_a_damaged_configuration);
  g_test_add_func("/kernel/truncated", test_truncated_at_every_byte);
  return g_test_run();
}
