/* Programs with something behind them: a real one of this system, and a PE file built here. */
#include "firmware/format/test-container.h"

static GBytes *load_program(void) {
  static const char *const paths[] = {"/bin/true", "/usr/bin/true", "/bin/ls"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    if (g_file_test(paths[i], G_FILE_TEST_IS_REGULAR)) {
      GBytes *bytes = image_load(paths[i]);
      if (memcmp(g_bytes_get_data(bytes, NULL),
                 "\x7f"
                 "ELF",
                 4) == 0)
        return bytes;
      g_bytes_unref(bytes);
    }
  return NULL;
}

/* A minimal PE32+ file. Source: Microsoft, "PE Format". One section of 16 bytes at 512, symbols
 * none; a certificate of 8 bytes behind it if wanted. */
static GBytes *pe_program(bool is_signed) {
  gsize size = is_signed ? 536 : 528;
  guint8 *data = g_malloc0(size);
  GBytes *image = g_bytes_new_take(data, size);
  memcpy(data, "MZ", 2);
  container_put_le(image, 0x3c, 64);
  memcpy(data + 64, "PE\0\0\x64\x86\1\0", 8);
  data[64 + 20] = 112 + 16 * 8; /* the optional header */
  memcpy(data + 88, "\x0b\2", 2);
  container_put_le(image, 88 + 108, 16);
  if (is_signed) {
    container_put_le(image, 88 + 112 + 32, 528);
    container_put_le(image, 88 + 112 + 36, 8);
    memcpy(data + 528, "\x08\0\0\0\0\2\2\0", 8);
  }
  memcpy(data + 88 + 240, ".text", 5);
  container_put_le(image, 88 + 240 + 16, 16);
  container_put_le(image, 88 + 240 + 20, 512);
  memcpy(data + 512, "a program's code", 16);
  return image;
}

static void expect_tail(GBytes *program, const char *format) {
  g_autoptr(GBytes) payload = container_payload();
  g_autoptr(GBytes) text = g_bytes_new_static(CONTAINER_HASH, sizeof CONTAINER_HASH - 1);
  GBytes *const tails[] = {payload, text};
  g_autoptr(AkFirmwareTree) alone = image_open(program, NULL);
  g_assert_cmpstr(ak_firmware_tree_node(alone, 0)->format, !=, format);
  for (gsize i = 0; i < G_N_ELEMENTS(tails); i++) {
    g_autoptr(GBytes) image = image_join(program, tails[i]);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    const AkNode *root = ak_firmware_tree_node(tree, 0), *inner = image_find(tree, "#program");
    g_assert_cmpstr(root->format, ==, format);
    g_assert_cmpuint(root->used, ==, g_bytes_get_size(program));
    g_assert_null(root->cut);
    g_assert_nonnull(inner);
    g_assert_true(container_has_hash(tree));
  }
}

static void test_elf(void) {
  g_autoptr(GBytes) program = load_program();
  if (program == NULL)
    return g_test_skip("no ELF program");
  expect_tail(program, "elf-tail");
}

static void test_pe(void) {
  g_autoptr(GBytes) plain = pe_program(false), is_signed = pe_program(true);
  expect_tail(plain, "pe-tail");
  expect_tail(is_signed, "pe-tail");
  g_autoptr(GBytes) payload = container_payload();
  g_autoptr(GBytes) image = image_join(plain, payload);
  for (gsize at = 0; at < 600; at++) {
    g_autoptr(GBytes) part = image_slice(image, 0, at);
    g_autoptr(GBytes) copy = image_slice(image, 0, g_bytes_get_size(image));
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= (guint8)(1u << at % 8);
    container_expect_no_false_pass(part, "cut", at);
    container_expect_no_false_pass(copy, "changed", at);
  }
}

/* In a filesystem the whole file is looked at, once, and so is the archive behind it. */
static void test_in_file(void) {
  g_autoptr(GBytes) program = load_program(), payload = container_payload();
  if (program == NULL)
    return g_test_skip("no ELF program");
  g_autoptr(GBytes) both = image_join(program, payload);
  g_autofree char *top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  image_put(top, "root/bin/install", g_bytes_get_data(both, NULL), g_bytes_get_size(both));
  g_assert_true(image_run(top, "tar -C root -cf image bin"));
  g_autoptr(GBytes) image = image_load(path);
  image_remove_tree(top);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  guint whole = 0, inner = 0;
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    bool is_leaf = ak_firmware_tree_is_leaf(tree, i);
    whole += strcmp(node->path, "/bin/install") == 0 && is_leaf;
    inner += g_str_has_prefix(node->path, "#program") && is_leaf;
  }
  g_assert_cmpuint(whole, ==, 1);
  g_assert_cmpuint(inner, ==, 0);
  g_assert_true(container_has_hash(tree));
  g_assert_true(container_is_clean(tree));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/program/elf", test_elf);
  g_test_add_func("/program/pe", test_pe);
  g_test_add_func("/program/in-file", test_in_file);
  return g_test_run();
}
