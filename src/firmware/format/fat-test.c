/* FAT by dosfstools and mtools. */
#include "firmware/unpack/test-tree.h"

#define LOSS (TREE_NO_MODES | TREE_NO_OWNERS)
#define COPY                                                                                       \
  "; for f in root/* root/.[a-z]*; do test ! -e \"$f\" || mcopy -Q -s -i image \"$f\" ::/ || "     \
  "exit 1; done"

static const TreePacking packings[] = {
    {"12", "mkfs.fat,mcopy", "mkfs.fat -F 12 -C image 2000 >/dev/null" COPY, LOSS},
    {"12-small", "mkfs.fat,mcopy", "mkfs.fat -F 12 -s 1 -f 1 -C image 1440 >/dev/null" COPY, LOSS},
    {"16", "mkfs.fat,mcopy", "mkfs.fat -F 16 -C image 20000 >/dev/null" COPY, LOSS},
    {"16-sectors", "mkfs.fat,mcopy", "mkfs.fat -F 16 -s 4 -S 2048 -C image 60000 >/dev/null" COPY,
     LOSS},
    {"32", "mkfs.fat,mcopy", "mkfs.fat -F 32 -s 1 -C image 40000 >/dev/null" COPY, LOSS},
};

/* What FAT can hold: no links, no devices. */
static void fill(const TreeFixture *self) {
  static const gsize sizes[] = {1, 511, 512, 513, 2048, 2049, 100001};
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autofree char *path = g_strdup_printf("SIZES/N%" G_GSIZE_FORMAT ".BIN", sizes[i]);
    g_autoptr(GBytes) noise = image_noise(sizes[i], (guint32)i);
    image_put(self->root, path, g_bytes_get_data(noise, NULL), sizes[i]);
  }
  image_put_text(self->root, "SHADOW", damage_shadow);
  image_put_text(self->root, "lower.txt", "lower");
  image_put_text(self->root, "Mixed Case and long name.Text", "long");
  image_put_text(self->root, "exactly-13-ch", "thirteen"); /* one entry, without an end */
  image_put_text(self->root, "日本語.txt", "名前");
  image_put_text(self->root, ".hidden", "hidden");
  image_put(self->root, "EMPTY", "", 0);
  image_put_text(self->root, "a/b/c/d/deep.txt", "deep");
  for (guint i = 0; i < 60; i++) {
    g_autofree char *path = g_strdup_printf("many/a longer name, number %03u", i);
    image_put_text(self->root, path, path);
  }
}

static AkFirmwareTree *make(TreeFixture *self, const TreePacking *packing) {
  if (!tree_pack(self, packing))
    return NULL;
  g_autoptr(GBytes) image = image_load(self->image);
  return image_open(image, NULL);
}

static void test_whole(TreeFixture *self, gconstpointer data) {
  const TreePacking *packing = data;
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  fill(self);
  g_autoptr(AkFirmwareTree) tree = make(self, packing);
  if (tree == NULL)
    return;
  tree_assert(self, tree, packing->loss);
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    g_assert_cmpint(ak_firmware_tree_node(tree, i)->no_mode, ==,
                    ak_firmware_tree_node(tree, i)->path[0] == '/');
}

/* A file system of 64 sectors, each byte of it damaged. */
static void test_damage(TreeFixture *self, gconstpointer data) {
  static const TreePacking small = {
      "small", "mkfs.fat,mcopy",
      "mkfs.fat -F 12 -s 1 -r 16 -a -C image 64 >/dev/null; mcopy -i image root/SHADOW ::/; "
      "mmd -i image ::/sub; mcopy -i image root/lower.txt ::/sub/",
      LOSS};
  image_put_text(self->root, "SHADOW", damage_shadow);
  image_put_text(self->root, "lower.txt", "lower");
  g_autoptr(AkFirmwareTree) tree = make(self, &small);
  if (tree == NULL)
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  g_assert_true(damage_finds_hash(tree));
  g_assert_true(image_is_clean(tree));
  damage_cut_everywhere(image, 61);
  damage_flip_everywhere(image, false, 61);
}

/* What is removed, lost, doubled or hidden is said, and what can be read is looked at. */
static void test_states(TreeFixture *self, gconstpointer data) {
  static const struct {
    const char *what, *command, *reason;
  } rows[] = {
      {"nothing", "true", NULL},
      {"removed", "mdel -i image ::/SHADOW", "#free@"},
      {"tables", "printf x | dd of=image bs=1 seek=2100 conv=notrunc status=none", "tables differ"},
      {"hidden", "printf hidden | dd of=image bs=1 seek=1500000 conv=notrunc status=none",
       "#free@"},
      {"slack", "printf hidden | dd of=image bs=1 seek=$((OFFSET + 400)) conv=notrunc status=none",
       "#slack@"},
  };
  image_put_text(self->root, "SHADOW", damage_shadow);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *command = g_strdup_printf(
        "rm -f image; mkfs.fat -F 12 -C image 2000 >/dev/null; mcopy -i image root/SHADOW ::/; "
        "OFFSET=$(grep -abo 'root:.1.' image | head -1 | cut -d: -f1); %s",
        rows[i].command);
    TreePacking packing = {"state", "mkfs.fat,mcopy,mdel", command};
    g_autoptr(AkFirmwareTree) tree = make(self, &packing);
    if (tree == NULL)
      return;
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s: %s", rows[i].what, cuts);
    g_assert_true(damage_finds_hash(tree));
    g_assert_cmpint(image_is_clean(tree), ==, rows[i].reason == NULL);
    g_assert_true(rows[i].reason == NULL || strstr(cuts, rows[i].reason) != NULL);
  }
}

/* A folder that leads to itself ends; so does a chain. */
static void test_loops(TreeFixture *self, gconstpointer data) {
  static const TreePacking packing = {"loop", "mkfs.fat,mcopy",
                                      "rm -f image; mkfs.fat -F 16 -s 4 -C image 20000 >/dev/null; "
                                      "mcopy -s -i image root/LOOP ::/"};
  g_autofree char *inner = g_build_filename(self->root, "LOOP", "INNER", NULL);
  g_assert_cmpint(g_mkdir_with_parents(inner, 0755), ==, 0);
  for (guint i = 0; i < 2; i++) {
    if (!tree_pack(self, &packing))
      return;
    g_autoptr(GBytes) image = image_load(self->image);
    gsize size = 0;
    guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
    guint8 *outer = memmem(bytes, size, "LOOP       ", 11);
    guint8 *entry = memmem(bytes, size, "INNER      ", 11);
    g_assert_true(outer != NULL && entry != NULL);
    if (i == 0)
      memcpy(entry + 26, outer + 26, 2); /* the inner one's cluster is the outer one's */
    gsize table = (gsize)(bytes[14] | bytes[15] << 8) * 512, cluster = outer[26];
    if (i == 1)
      memcpy(bytes + table + cluster * 2, outer + 26, 2); /* its next cluster is itself */
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_test_message("%s", cuts);
    g_assert_true(strstr(cuts, "something else too") != NULL || strstr(cuts, "differ") != NULL);
    g_assert_false(image_is_clean(tree));
  }
}

/* Fields of the boot sector that cannot be. */
static void test_fields(TreeFixture *self, gconstpointer data) {
  static const struct {
    gsize at;
    guint8 value;
  } rows[] = {{0, 0}, {12, 3}, {13, 3}, {13, 0}, {16, 0}, {16, 3}, {21, 1}, {22, 0}, {511, 0}};
  image_put_text(self->root, "SHADOW", damage_shadow);
  if (!tree_pack(self, &packings[0]))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) image = image_load(self->image);
    ((guint8 *)g_bytes_get_data(image, NULL))[rows[i].at] = rows[i].value;
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, !=, "fat");
    g_assert_false(image_is_clean(tree));
  }
}

static void test_limits(TreeFixture *self, gconstpointer data) {
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 100000;
  g_autofree guint8 *zeros = g_malloc0(1 << 20);
  image_put(self->root, "LARGE", zeros, 1 << 20);
  image_put_text(self->root, "SMALL", "small");
  if (!tree_pack(self, &packings[0]))
    return;
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, &limits);
  g_assert_nonnull(image_find(tree, "/LARGE")->cut);
  g_assert_nonnull(image_find(tree, "/SMALL")->bytes);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(TreeFixture *, gconstpointer);
  } tests[] = {
      {"/fat/damage", test_damage}, {"/fat/states", test_states}, {"/fat/loops", test_loops},
      {"/fat/fields", test_fields}, {"/fat/limits", test_limits},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, TreeFixture, NULL, tree_set_up, tests[i].run, tree_tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *whole = g_strconcat("/fat/whole/", packings[i].name, NULL);
    g_test_add(whole, TreeFixture, &packings[i], tree_set_up, test_whole, tree_tear_down);
  }
  return g_test_run();
}
