/* 7z archives by 7-Zip. */
#include <locale.h>

#include "firmware/format/test-container.h"

typedef struct {
  char *top, *root, *image;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->root = g_build_filename(self->top, "root", NULL);
  self->image = g_build_filename(self->top, "image.7z", NULL);
  image_put_text(self->root, "etc/shadow", CONTAINER_HASH);
  image_put_text(self->root, "etc/\xe8\xa8\xbc", "a name beyond ASCII\n");
  image_put_text(self->root, "etc/empty", "");
  g_autoptr(GBytes) noise = image_noise(300, 7);
  image_put(self->root, "noise", g_bytes_get_data(noise, NULL), 300);
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->root);
  g_free(self->image);
}

static void assert_file(AkFirmwareTree *tree, const char *path, const void *wanted, gsize size) {
  const AkNode *node = image_find(tree, path);
  gsize got = 0;
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  const void *bytes = g_bytes_get_data(node->bytes, &got);
  g_assert_cmpmem(bytes, got, wanted, size);
}

static const char *const options[] = {"-m0=lzma2", "-m0=lzma",    "-m0=bzip2",
                                      "-m0=ppmd",  "-m0=deflate", "-m0=copy -mhc=off"};

static void test_seven(Fixture *self, gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  if (!image_has("7zz"))
    return;
  g_assert_true(image_run(self->root, "7zz a -bd -bso0 %s ../image.7z .", options[row]));
  g_autoptr(GBytes) image = image_load(self->image);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "seven-zip");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autoptr(GBytes) noise = image_noise(300, 7);
  assert_file(tree, "/etc/shadow", CONTAINER_HASH, strlen(CONTAINER_HASH));
  assert_file(tree, "/etc/\xe8\xa8\xbc", "a name beyond ASCII\n", 20);
  assert_file(tree, "/noise", g_bytes_get_data(noise, NULL), 300);
  assert_file(tree, "/etc/empty", "", 0);
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, size);
  container_expect_cut(image, size, 3);
  for (gsize at = 0; at < size; at += 1) {
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= (guint8)(1u << at % 8);
    container_expect_no_false_pass(copy, "changed", at);
  }
}

static void test_encrypted(Fixture *self, gconstpointer data) {
  const char *option = data;
  if (!image_has("7zz"))
    return;
  g_assert_true(image_run(self->root, "7zz a -bd -bso0 -psecret %s ../image.7z .", option));
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_test_message("%s", cuts);
  g_assert_nonnull(strstr(cuts, "ncrypt"));
  g_assert_false(container_is_clean(tree));
}

/* A content of 64 MiB from a few KiB stays within the limits. */
static void test_bomb(Fixture *self, gconstpointer data) {
  if (!image_has("7zz"))
    return;
  g_autofree char *many = g_malloc0(64 << 20);
  image_put(self->root, "many", many, 64 << 20);
  g_assert_true(image_run(self->root, "7zz a -bd -bso0 -mx=1 ../image.7z ."));
  g_autoptr(GBytes) image = image_load(self->image);
  g_assert_true(container_is_cut_for(image, "unpacks to more than"));
}

int main(int argc, char **argv) {
  setlocale(LC_CTYPE, "C.UTF-8"); /* as the worker has it */
  g_test_init(&argc, &argv, NULL);
  g_test_add("/seven-zip/encrypted", Fixture, "", set_up, test_encrypted, tear_down);
  g_test_add("/seven-zip/encrypted-names", Fixture, "-mhe=on", set_up, test_encrypted, tear_down);
  g_test_add("/seven-zip/bomb", Fixture, NULL, set_up, test_bomb, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
    g_autofree char *path = g_strdup_printf("/seven-zip/%u", i);
    g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_seven, tear_down);
  }
  return g_test_run();
}
