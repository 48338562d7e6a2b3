/* A folder with everything that filesystems hold, and whether it came back; for *-test.c only. */
#pragma once

#include <sys/sysmacros.h>
#include <unistd.h>

#include "firmware/unpack/test-damage.h"

/* What a format does not keep. */
typedef enum {
  TREE_NO_OWNERS = 1 << 0,
  TREE_NO_MODES = 1 << 1,  /* of links: no format's modes are compared */
  TREE_NO_GROUPS = 1 << 2, /* groups above 255 */
} TreeLoss;

typedef struct {
  char *top, *root, *image;
} TreeFixture;

static inline void tree_set_up(TreeFixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-filesystem-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->root = g_build_filename(self->top, "root", NULL);
  self->image = g_build_filename(self->top, "image", NULL);
  g_assert_cmpint(g_mkdir(self->root, 0755), ==, 0);
}

static inline void tree_tear_down(TreeFixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->root);
  g_free(self->image);
}

static inline void tree_chown(const TreeFixture *self, const char *path, guint mode, guint uid,
                              guint gid) {
  g_autofree char *whole = g_build_filename(self->root, path, NULL);
  if (geteuid() == 0)
    g_assert_cmpint(lchown(whole, uid, gid), ==, 0);
  g_assert_cmpint(g_chmod(whole, (int)mode), ==, 0);
}

static inline void tree_mknod(const TreeFixture *self, const char *path, guint mode, dev_t device) {
  g_autofree char *whole = g_build_filename(self->root, path, NULL);
  if (mknod(whole, mode, device) != 0)
    g_test_message("no devices can be made here");
}

/* Files of all sizes around a page, deep folders, links, devices where they can be made. */
static inline void tree_fill(const TreeFixture *self) {
  static const gsize sizes[] = {1, 2, 127, 128, 129, 4095, 4096, 4097, 8192, 12289, 300001};
  g_autofree char *page = g_strnfill(9000, 'x');
  g_autofree guint8 *zeros = g_malloc0(20000);
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autofree char *path = g_strdup_printf("sizes/noise-%" G_GSIZE_FORMAT, sizes[i]);
    g_autoptr(GBytes) noise = image_noise(sizes[i], (guint32)i);
    image_put(self->root, path, g_bytes_get_data(noise, NULL), sizes[i]);
  }
  image_put_text(self->root, "etc/hello", "hello\n");
  image_put_text(self->root, "etc/shadow", damage_shadow);
  image_put_text(self->root, "text", page);
  image_put(self->root, "zeros", zeros, 20000);
  image_put(self->root, "empty", "", 0);
  image_put_text(self->root, "日本語/ファイル", "名前");
  image_put_text(self->root, "a/b/c/d/e/f/deep", "deep");
  image_put_text(self->root, "usr/bin/setuid", "#!/bin/sh\n");
  tree_chown(self, "usr/bin/setuid", 04755, 0, 0);
  tree_chown(self, "etc/shadow", 0640, 1000, 42);
  tree_chown(self, "etc", 0711, 3, 200);
  image_run(self->root, "ln usr/bin/setuid usr/bin/linked");
  image_run(self->root, "ln -s ../../../../etc/shadow usr/link");
  image_run(self->root, "mkfifo pipe");
  tree_mknod(self, "console", S_IFCHR | 0600, makedev(5, 1));
  tree_mknod(self, "disk", S_IFBLK | 0640, makedev(8, 17));
  for (guint i = 0; i < 150; i++) {
    g_autofree char *path = g_strdup_printf("many/file-%03u", i);
    image_put_text(self->root, path, path);
  }
}

static inline AkNodeType tree_type(guint mode) {
  return S_ISREG(mode)   ? AK_NODE_FILE
         : S_ISDIR(mode) ? AK_NODE_FOLDER
         : S_ISLNK(mode) ? AK_NODE_SYMLINK
                         : AK_NODE_OTHER;
}

static inline void tree_assert_content(const char *source, const struct stat *st,
                                       const AkNode *node) {
  g_autoptr(GBytes) bytes = S_ISREG(st->st_mode) ? image_load(source) : NULL;
  if (bytes != NULL)
    g_assert_true(node->bytes != NULL && g_bytes_equal(node->bytes, bytes));
  if (S_ISLNK(st->st_mode)) {
    g_autofree char *target = g_file_read_link(source, NULL);
    g_assert_cmpstr(node->target, ==, target);
  }
  if (node->type == AK_NODE_OTHER) {
    g_autofree char *device =
        ak_firmware_tree_device_text(st->st_mode, major(st->st_rdev), minor(st->st_rdev));
    g_assert_cmpstr(node->target, ==, device);
  }
}

static inline void tree_assert_node(const char *source, const char *path,
                                    const AkFirmwareTree *tree, guint loss) {
  struct stat st;
  const AkNode *node = image_find(tree, path);
  g_assert_cmpint(lstat(source, &st), ==, 0);
  if (node == NULL)
    g_error("%s is not in the tree", path);
  if (node->cut != NULL)
    g_error("%s: %s", path, node->cut);
  g_assert_cmpint(node->type, ==, tree_type(st.st_mode));
  tree_assert_content(source, &st, node);
  if ((loss & TREE_NO_MODES) == 0 && !S_ISLNK(st.st_mode))
    g_assert_cmpuint(node->mode, ==, st.st_mode & 07777);
  if ((loss & TREE_NO_OWNERS) == 0 && geteuid() == 0) {
    g_assert_cmpuint(node->uid, ==, st.st_uid);
    g_assert_cmpuint(node->gid, ==, st.st_gid);
  }
}

/* All of the folder is in the tree; the number of its entries. */
static inline guint tree_assert_folder(const char *source, const char *path,
                                       const AkFirmwareTree *tree, guint loss) {
  guint count = 0;
  g_autoptr(GDir) dir = g_dir_open(source, 0, NULL);
  g_assert_nonnull(dir);
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *inner = g_build_filename(source, name, NULL);
    g_autofree char *shown = ak_firmware_tree_child_path(path, name, strlen(name));
    tree_assert_node(inner, shown, tree, loss);
    count += 1;
    if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
      count += tree_assert_folder(inner, shown, tree, loss);
  }
  return count;
}

/* `tree` holds all of the fixture's folder, nothing else, and says that it is whole. */
static inline void tree_assert(const TreeFixture *self, AkFirmwareTree *tree, guint loss) {
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  guint found = 0;
  g_assert_cmpstr(cuts, ==, "");
  guint count = tree_assert_folder(self->root, "", tree, loss);
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    found += ak_firmware_tree_node(tree, i)->path[0] == '/';
  g_assert_cmpuint(found, ==, count);
  g_assert_true(image_is_clean(tree));
}

/* A command by which a tool makes "image" of the folder "root", and how it is damaged. */
typedef struct {
  const char *name, *tools, *command;
  guint loss;
  bool is_plain;   /* a hash stands in it as it is and nothing guards it */
  gsize step;      /* how densely it is damaged; 0: everywhere */
  bool has_no_end; /* nothing tells how long it is: cut between two entries it is whole, and shorter
                    */
} TreePacking;

/* False, and the test is skipped, where a tool is missing. */
static inline bool tree_pack(const TreeFixture *self, const TreePacking *packing) {
  if (!image_has(packing->tools))
    return false;
  g_autofree char *script =
      g_strdup_printf("set -e\nPATH=$PATH:/usr/sbin:/sbin\n%s\n", packing->command);
  image_put_text(self->top, "pack.sh", script);
  return image_run(self->top, "sh pack.sh");
}

/* The whole tree comes back. */
static inline void tree_check(const TreeFixture *self, const TreePacking *packing) {
  tree_fill(self);
  if (!tree_pack(self, packing))
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  tree_assert(self, tree, packing->loss);
}

/* Wherever it is cut: what is there is as it was, or something is said to be cut. */
static inline void tree_cut_between(GBytes *image, const AkFirmwareTree *whole, gsize step) {
  for (gsize length = 0; length < g_bytes_get_size(image); length += length < 512 ? 1 : step) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
    for (guint i = 1; image_is_clean(tree) && i < ak_firmware_tree_length(tree); i++) {
      const AkNode *node = ak_firmware_tree_node(tree, i);
      const AkNode *original = image_find(whole, node->path);
      if (*node->path != '/')
        continue;
      g_assert_true(original != NULL && original->type == node->type);
      g_assert_true(node->bytes == NULL || g_bytes_equal(node->bytes, original->bytes));
    }
  }
}

/* A small one with a hash, damaged everywhere. */
static inline void tree_damage(const TreeFixture *self, const TreePacking *packing) {
  g_autofree char *many = g_strnfill(3000, 'x');
  image_put_text(self->root, "etc/shadow", damage_shadow);
  image_put_text(self->root, "etc/many", many);
  image_put_text(self->root, "hello", "hello\n");
  if (!tree_pack(self, packing))
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) whole = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(whole);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_true(damage_finds_hash(whole));
  g_assert_true(image_is_clean(whole));
  gsize step = MAX(packing->step, 1);
  if (packing->has_no_end)
    tree_cut_between(image, whole, step);
  else
    damage_cut_everywhere(image, step);
  damage_flip_everywhere(image, !packing->is_plain, step);
}
