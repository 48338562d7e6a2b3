/* ISO 9660 images by genisoimage and xorriso of a known tree: every file comes back with its bytes.
 */
#include "firmware/format/test-container.h"

#include <unistd.h>

typedef struct {
  char *top, *root, *image;
} Fixture;

static const struct {
  const char *path, *text;
} files[] = {
    {"etc/shadow", "root:*:1:0:9:7:::\n"},
    {"a/b/c/d/e/f/g/h/i/j/deep", "far below\n"},
    {"a long name with spaces, that goes on.and.on for a while.txt", "long\n"},
    {"etc/same", "twice the same\n"},
    {"again/same", "twice the same\n"},
};

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->root = g_build_filename(self->top, "root", NULL);
  self->image = g_build_filename(self->top, "image", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
    image_put_text(self->root, files[i].path, files[i].text);
  g_autoptr(GBytes) noise = image_noise(5000, 7);
  image_put(self->root, "etc/noise", g_bytes_get_data(noise, NULL), 5000);
  image_put_text(self->root, "etc/empty", "");
  g_autoptr(GBytes) payload = container_payload();
  image_put(self->root, "payload", g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->root);
  g_free(self->image);
}

static void assert_file(const AkFirmwareTree *tree, const char *path, const void *wanted,
                        gsize wanted_size) {
  g_autofree char *whole = g_strconcat("/", path, NULL);
  const AkNode *node = image_find(tree, whole);
  gsize size = 0;
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", whole);
  const void *bytes = g_bytes_get_data(node->bytes, &size);
  g_assert_cmpmem(bytes, size, wanted, wanted_size);
}

static const struct {
  const char *name, *tool, *options;

} kinds[] = {
    {"rock-ridge", "genisoimage", "-R"},
    {"rock-ridge-joliet", "genisoimage", "-R -J -joliet-long"},
    {"joliet", "genisoimage", "-J -joliet-long -D"},
    {"xorriso", "xorriso", "-R -J -joliet-long"},
    {"boot", "genisoimage", "-R -b etc/noise -no-emul-boot -c boot.cat"},
};

/* Whatever happens to the structures, the payload is found or its loss is said. Its own bytes are a
 * content like any other, which nothing guards. */
static void expect_structure(GBytes *image) {
  g_autoptr(GBytes) payload = container_payload();
  gsize size = 0, content = g_bytes_get_size(payload);
  const guint8 *data = g_bytes_get_data(image, &size);
  const guint8 *at = memmem(data, size, g_bytes_get_data(payload, NULL), content);
  g_assert_nonnull(at);
  for (gsize i = 0x8000; i < size; i++) {
    bool is_own = data + i >= at && data + i < at + content;
    if (is_own || (data[i] == 0 && i % 509 != 0) || i % 5 != 2)
      continue;
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[i] ^= (guint8)(1u << i % 8);
    container_expect_no_false_pass(copy, "changed", i);
  }
}

static void test_kind(Fixture *self, gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  bool has_rock = strstr(kinds[row].options, "-R") != NULL;
  if (!image_has(kinds[row].tool))
    return;
  g_autofree char *link = g_build_filename(self->root, "link", NULL);
  g_assert_cmpint(symlink("../etc//./shadow", link), ==, 0);
  g_assert_true(image_run(self->top, "%s%s -quiet %s -o image root", kinds[row].tool,
                          row == 3 ? " -as mkisofs" : "", kinds[row].options));
  g_autoptr(GBytes) image = image_load(self->image);
  container_expect_whole(image, "iso");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autoptr(GBytes) noise = image_noise(5000, 7);
  guint found = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
    assert_file(tree, files[i].path, files[i].text, strlen(files[i].text));
  assert_file(tree, "etc/noise", g_bytes_get_data(noise, NULL), 5000);
  assert_file(tree, "etc/empty", "", 0);
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++) { /* each once, of whatever trees */
    const AkNode *node = ak_firmware_tree_node(tree, i);
    found += node->type == AK_NODE_FILE && *node->path == '/' && node->parent == 0;
  }
  g_assert_cmpuint(found, ==, G_N_ELEMENTS(files) + 3 + (row == 4)); /* 4: the boot catalog */
  const AkNode *target = image_find(tree, "/link"), *shadow = image_find(tree, "/etc/shadow");
  g_assert_cmpint(shadow->no_mode, ==, !has_rock);
  if (has_rock) {
    g_assert_cmpint(target->type, ==, AK_NODE_SYMLINK);
    g_assert_true(g_str_has_prefix(target->target, "../etc/"));
    g_assert_cmpuint(shadow->mode & 0444, ==, 0444);
  }
  container_expect_cut(image, g_bytes_get_size(image), 8191);
  expect_structure(image);
}

/* One file in two pieces: of two records one goes on in the other. */
static void test_pieces(Fixture *self, gconstpointer data) {
  if (!image_has("genisoimage"))
    return;
  image_put_text(self->top, "two/A", "first, ");
  image_put_text(self->top, "two/B", "second");
  g_assert_true(image_run(self->top, "genisoimage -quiet -o image two"));
  g_autoptr(GBytes) image = image_load(self->image);
  gsize size = 0;
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
  guint8 *first = memmem(bytes, size, "A.;1", 4), *second = memmem(bytes, size, "B.;1", 4);
  g_assert_true(first != NULL && second != NULL);
  first[-8] |= 0x80; /* flags */
  second[0] = 'A';
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  assert_file(tree, "A", "first, second", 13);
  second[-8] |= 0x80;
  g_assert_true(container_is_cut_for(image, "a file whose end is missing"));
}

static guint count_format(const AkFirmwareTree *tree, const char *format) {
  guint count = 0;
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    count += g_strcmp0(ak_firmware_tree_node(tree, i)->format, format) == 0;
  return count;
}

/* An image that is a disk too: its second partition, behind the volume, is what the boot catalog names. It is there once. */
static void test_hybrid(Fixture *self, gconstpointer data) {
  if (!image_has("xorriso"))
    return;
  g_autoptr(GBytes) program = image_gzip("a program to start", 18);
  image_put_text(self->top, "disk/hello", "hello\n");
  image_put(self->top, "boot", g_bytes_get_data(program, NULL), g_bytes_get_size(program));
  g_assert_true(image_run(self->top, "xorriso -as mkisofs -quiet -o image -e --interval:appended_partition_2:all:: "
                                     "-no-emul-boot -append_partition 2 0xef boot disk"));
  g_autoptr(GBytes) image = image_load(self->image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpuint(count_format(tree, "iso"), ==, 1);
  g_assert_cmpuint(count_format(tree, "gzip"), ==, 1);
  assert_file(tree, "hello", "hello\n", 6);
}

/* The same with tables of partitions: they are explained with both their copies, by whatever packer's option, and damage is seen. */
static void test_hybrid_tables(Fixture *self, gconstpointer data) {
  static const char *const options[] = {"-append_partition 2 0xef boot", "-append_partition 2 0xef boot -appended_part_as_gpt",
                                        "--protective-msdos-label -isohybrid-gpt-basdat"};
  if (!image_has("xorriso"))
    return;
  g_autoptr(GBytes) payload = container_payload();
  image_put_text(self->top, "disk/hello", "hello\n");
  image_put(self->top, "boot", g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  image_put(self->top, "disk/efi/boot", g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
    const char *program = i < 2 ? "--interval:appended_partition_2:all::" : "efi/boot";
    g_assert_true(image_run(self->top, "xorriso -as mkisofs -quiet -R -o image -e %s -no-emul-boot %s disk", program, options[i]));
    g_autoptr(GBytes) image = image_load(self->image);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_assert_cmpstr(cuts, ==, "");
    g_assert_cmpuint(count_format(tree, "gpt") + count_format(tree, "mbr"), ==, 0);
    g_assert_cmpuint(count_format(tree, "gzip"), ==, i < 2 ? 2 : 1); /* the file, and the partition where it is one */
    gsize size = 0;
    guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size), *header = memmem(bytes + 4096, size - 4096, "EFI PART", 8);
    g_assert_cmpint(header != NULL, ==, i == 1);
    if (header != NULL)
      header[40] ^= 1;
    g_assert_true(header == NULL || container_is_cut_for(image, "the second header is missing or damaged"));
  }
}

/* What belongs to no file is looked at; folders that lead back are not followed. */
static void test_damage(Fixture *self, gconstpointer data) {
  if (!image_has("genisoimage"))
    return;
  g_assert_true(image_run(self->top, "genisoimage -quiet -R -o image root"));
  g_autoptr(GBytes) image = image_load(self->image);
  gsize size = 0;
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
  memcpy(bytes + 300, "something else", 14);
  g_assert_true(container_is_cut_for(image, "#gap@0: bytes that no format explains"));
  memset(bytes + 300, 0, 14);
  guint8 *again = memmem(bytes, size, "\5AGAIN", 6), *etc = memmem(bytes, size, "\3ETC", 4);
  g_assert_true(again++ != NULL && etc++ != NULL);
  memcpy(etc - 31, again - 31, 8); /* both folders at one place */
  g_assert_true(container_is_cut_for(image, "a folder in more than one place"));
  memcpy(etc - 31, "\xff\xff\xff\x7f\x7f\xff\xff\xff", 8);
  g_assert_true(container_is_cut_for(image, "a folder beyond the end"));
  etc[-31] = 1; /* numbers that disagree */
  g_assert_true(container_is_cut_for(image, "a damaged record"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/iso/pieces", Fixture, NULL, set_up, test_pieces, tear_down);
  g_test_add("/iso/hybrid", Fixture, NULL, set_up, test_hybrid, tear_down);
  g_test_add("/iso/hybrid/tables", Fixture, NULL, set_up, test_hybrid_tables, tear_down);
  g_test_add("/iso/damage", Fixture, NULL, set_up, test_damage, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *path = g_strconcat("/iso/", kinds[i].name, NULL);
    g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_kind, tear_down);
  }
  return g_test_run();
}
