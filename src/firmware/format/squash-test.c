/* squashfs of old and of makers. unsquashfs reads what our writer writes, so both have it right;
 * and mksquashfs writes 4.0 with LZO. */
#include "firmware/format/test-squash.h"

static const SquashKind kinds[] = {
    {"2.0", "hsqs", 2, 0, false, false, SQUASH_ZLIB, 0, 0, 0},
    {"2.1-big", "sqsh", 2, 1, true, false, SQUASH_ZLIB, 0, 0, 0},
    {"3.0", "hsqs", 3, 0, false, false, SQUASH_ZLIB, 0, 0, 0},
    {"3.1-big", "sqsh", 3, 1, true, false, SQUASH_ZLIB, 0, 0, 0},
    {"3.0-marks", "hsqs", 3, 0, false, true, SQUASH_ZLIB, 0, 0, 0},
    {"2.1-lzma", "hsqs", 2, 1, false, false, SQUASH_BARE, 3, 0, 2},
    {"3.0-lzma-big", "qshs", 3, 0, true, false, SQUASH_BARE, 0, 0, 2},
    {"3.0-lzma", "shsq", 3, 0, false, false, SQUASH_ALONE, 3, 0, 2},
    {"3.1-lzma-short", "hsqt", 3, 1, false, false, SQUASH_SHORT, 1, 2, 2},
    {"4.0-lzma", "hsqs", 4, 0, false, false, SQUASH_BARE, 3, 0, 2},
    {"4.0-lzma-other", "shsq", 4, 0, false, false, SQUASH_ALONE, 3, 0, 2},
    {"4.0-big", "sqsh", 4, 0, true, false, SQUASH_ZLIB, 0, 0, 0},
};

/* Text that packs, then noise that does not. */
static GBytes *large_content(void) {
  g_autofree char *text = g_strnfill(SQUASH_BLOCK, 'x');
  g_autoptr(GBytes) front = g_bytes_new(text, SQUASH_BLOCK);
  g_autoptr(GBytes) noise = image_noise(SQUASH_CONTENT - SQUASH_BLOCK, 8);
  return image_join(front, noise);
}

static void assert_file(const AkFirmwareTree *tree, const char *path, GBytes *content) {
  const AkNode *node = image_find(tree, path);
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  g_assert_true(g_bytes_equal(node->bytes, content));
  g_assert_cmpuint(node->uid, ==, 1000);
  g_assert_cmpuint(node->gid, ==, 5);
}

static void test_kind(TreeFixture *self, gconstpointer data) {
  g_autoptr(GBytes) large = large_content(), image = squash_make(data, large);
  g_autoptr(GBytes) hello = g_bytes_new_static("hello\n", 6), none = g_bytes_new_static("", 0);
  g_autoptr(GBytes) shadow = g_bytes_new_static(damage_shadow, strlen(damage_shadow));
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "squashfs-old");
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, g_bytes_get_size(image));
  assert_file(tree, "/hello", hello);
  assert_file(tree, "/empty", none);
  assert_file(tree, "/large", large);
  assert_file(tree, "/sub/inner", shadow);
  g_assert_cmpuint(image_find(tree, "/hello")->mode, ==, 0640);
  g_assert_cmpuint(image_find(tree, "/sub")->mode, ==, 0750);
  g_assert_cmpint(image_find(tree, "/sub")->type, ==, AK_NODE_FOLDER);
  g_assert_cmpstr(image_find(tree, "/link")->target, ==, "sub/inner");
  g_assert_cmpstr(image_find(tree, "/console")->target, ==, "char 5:1");
  g_assert_true(image_is_clean(tree));
}

/* The tool of its makers reads what is written here: the writer's facts are right. */
static void test_writer(TreeFixture *self, gconstpointer data) {
  if (!image_has("unsquashfs"))
    return;
  for (gsize i = 0; i < 5; i++) {
    g_autoptr(GBytes) large = large_content(), image = squash_make(&kinds[i], large);
    g_autofree char *inner = g_build_filename(self->top, "out", "sub", "inner", NULL);
    g_autofree char *second = g_build_filename(self->top, "out", "large", NULL);
    g_test_message("%s", kinds[i].name);
    image_put(self->top, "image", g_bytes_get_data(image, NULL), g_bytes_get_size(image));
    image_run(self->top, "rm -rf out");
    image_run(self->top, "sh -c 'unsquashfs -no-progress -d out image >log 2>&1 || grep -q "
                         "\"created 1 device\\|not superuser\" log'");
    g_autoptr(GBytes) shadow = image_load(inner), got = image_load(second);
    g_assert_cmpmem(g_bytes_get_data(shadow, NULL), g_bytes_get_size(shadow), damage_shadow,
                    strlen(damage_shadow));
    g_assert_true(g_bytes_equal(got, large));
  }
}

/* Cut and changed everywhere: the hash is found, or something is said to be cut. */
static void test_damage(TreeFixture *self, gconstpointer data) {
  g_autoptr(GBytes) large = g_bytes_new_static("a small one", 11);
  g_autoptr(GBytes) image = squash_make(data, large);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(damage_finds_hash(tree));
  g_assert_true(image_is_clean(tree));
  damage_cut_everywhere(image, 1);
  damage_flip_everywhere(image, false, 1);
}

static const TreePacking lzo[] = {
    {"lzo", "mksquashfs", "mksquashfs root image -noappend -no-progress -comp lzo >/dev/null"},
    {"lzo-blocks", "mksquashfs",
     "mksquashfs root image -noappend -no-progress -comp lzo -b 4096 -no-exports >/dev/null"},
    {"lzo-plain", "mksquashfs",
     "mksquashfs root image -noappend -no-progress -comp lzo -noI -noF -no-xattrs >/dev/null"},
    {"lzo-level", "mksquashfs",
     "mksquashfs root image -noappend -no-progress -comp lzo -Xalgorithm lzo1x_1 >/dev/null"},
};

static void test_lzo(TreeFixture *self, gconstpointer data) {
  tree_check(self, data);
}

static void test_limits(TreeFixture *self, gconstpointer data) {
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 1 << 20;
  image_run(self->root, "truncate -s 1100M sparse");
  image_put_text(self->root, "hello", "hello\n");
  if (!tree_pack(self, &lzo[0]))
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, &limits);
  g_assert_true(image_has_cut(tree));
  g_assert_nonnull(image_find(tree, "/hello")->bytes);
}

/* An image that ends early says so, and nothing that only follows from it. */
static void assert_short(GBytes *image) {
  gsize half = g_bytes_get_size(image) / 2;
  g_autoptr(GBytes) cut = g_bytes_new_from_bytes(image, 0, half);
  g_autoptr(AkFirmwareTree) tree = image_open(cut, NULL);
  const AkNode *node = ak_firmware_tree_node(tree, 0);
  guint i = 0;
  while (node->cut == NULL && ++i < ak_firmware_tree_length(tree))
    node = ak_firmware_tree_node(tree, i); /* of what lies in it: the first piece of the image */
  g_autofree char *wanted = g_strdup_printf("%s: the image ends after %" G_GSIZE_FORMAT " bytes, its superblock says %" G_GSIZE_FORMAT,
                                            node->format, half, g_bytes_get_size(image));
  g_assert_cmpstr(node->cut, ==, wanted);
}

static void test_short(TreeFixture *self, gconstpointer data) {
  static const TreePacking usual = {"gzip", "mksquashfs",
                                    "mksquashfs root image -noappend -no-progress -nopad >/dev/null"};
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(GBytes) large = large_content(), image = squash_make(&kinds[i], large);
    assert_short(image);
  }
  g_autoptr(GBytes) noise = image_noise(100000, 3);
  image_put(self->root, "noise", g_bytes_get_data(noise, NULL), g_bytes_get_size(noise));
  if (!tree_pack(self, &usual))
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  assert_short(image);
}

/* Fields of a superblock that cannot be. */
static void test_fields(TreeFixture *self, gconstpointer data) {
  static const struct {
    gsize at;
    guint8 value;
  } rows[] = {{0, 'x'}, {28, 5}, {28, 1}, {34, 40}, {52, 7}, {96, 0xff}, {88, 0xff}, {45, 0xff}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) large = large_content(), image = squash_make(&kinds[2], large);
    ((guint8 *)g_bytes_get_data(image, NULL))[rows[i].at] = rows[i].value;
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_false(image_is_clean(tree));
  }
}

/* --- makers' packers: tests/firmware/squashfs/README.md --------------------------------------- */

static const char *const others[] = {
    "2.1-le",         "2.1-be",       "2.1-lzma-le",  "2.1-lzma-be",      "3.0-le",
    "3.0-be",         "3.0-lzma-le",  "3.0-lzma-be",  "3.0-lzma-told-le", "3.0-lzma-told-be",
    "3.0-e2100-lzma", "3.2-rtn12-le", "3.2-rtn12-be", "3.2-wnr1000",      "3.3",
    "3.4-cisco-le",   "3.4-cisco-be", "4.0-lzma",     "4.0-realtek"};

static void assert_other(const AkFirmwareTree *tree, const char *path, const void *data,
                         gsize size) {
  const AkNode *node = image_find(tree, path);
  gsize got = 0;
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  const void *bytes = g_bytes_get_data(node->bytes, &got);
  g_assert_cmpmem(bytes, got, data, size);
}

static void test_other_packer(gconstpointer data) {
  static const char line[] = "the same line\n";
  g_autofree char *path = g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"),
                                           "tests/firmware/squashfs", (const char *)data, NULL);
  g_autoptr(GBytes) image = image_load(path);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_autoptr(GString) many = g_string_new(NULL);
  for (guint i = 0; i < 2000; i++)
    g_string_append(many, line);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_true(g_str_has_prefix(ak_firmware_tree_node(tree, 0)->format, "squashfs"));
  g_assert_cmpuint(ak_firmware_tree_length(tree), >=, 7);
  assert_other(tree, "/etc/shadow", damage_shadow,
               strlen("root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n"));
  assert_other(tree, "/etc/hello", "hello\n", 6);
  assert_other(tree, "/etc/many", many->str, many->len);
  g_assert_cmpstr(image_find(tree, "/link")->target, ==, "etc/hello");
  g_assert_cmpint(image_find(tree, "/sub")->type, ==, AK_NODE_FOLDER);
  g_assert_true(image_is_clean(tree));
  damage_cut_everywhere(image, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *whole = g_strconcat("/squash/whole/", kinds[i].name, NULL);
    g_autofree char *damaged = g_strconcat("/squash/damage/", kinds[i].name, NULL);
    g_test_add(whole, TreeFixture, &kinds[i], tree_set_up, test_kind, tree_tear_down);
    g_test_add(damaged, TreeFixture, &kinds[i], tree_set_up, test_damage, tree_tear_down);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(lzo); i++) {
    g_autofree char *path = g_strconcat("/squash/", lzo[i].name, NULL);
    g_test_add(path, TreeFixture, &lzo[i], tree_set_up, test_lzo, tree_tear_down);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
    g_autofree char *path = g_strconcat("/squash/other-packer/", others[i], NULL);
    g_test_add_data_func(path, others[i], test_other_packer);
  }
  g_test_add("/squash/writer", TreeFixture, NULL, tree_set_up, test_writer, tree_tear_down);
  g_test_add("/squash/fields", TreeFixture, NULL, tree_set_up, test_fields, tree_tear_down);
  g_test_add("/squash/short", TreeFixture, NULL, tree_set_up, test_short, tree_tear_down);
  g_test_add("/squash/limits", TreeFixture, NULL, tree_set_up, test_limits, tree_tear_down);
  return g_test_run();
}
