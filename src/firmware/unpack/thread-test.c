/* However many threads help, the tree is the same: whole, damaged, and where a limit ends it. */
#include <unistd.h>

#include "firmware/unpack/test-image.h"

#define FILES 120
#define FOLDER_OF "folder-%u/file-%u"

typedef struct {
  char *folder, *image;
  GBytes *bytes;
} Fixture;

/* Files of every size around a block's, some the same, some linked, archives among them. */
static void fill(const char *root) {
  g_autofree char *many = g_strnfill(400000, 'm');
  g_autoptr(GBytes) noise = image_noise(300000, 7);
  g_autoptr(GBytes) packed = image_gzip("root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n", 51);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(noise, &size);
  for (guint i = 0; i < FILES; i++) {
    g_autofree char *path = g_strdup_printf(FOLDER_OF, i % 7, i);
    gsize length = (gsize)i * i * 41 % size;
    if (i % 11 == 0)
      image_put(root, path, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
    else if (i % 5 == 0)
      image_put(root, path, many, length);
    else
      image_put(root, path, data + i % 3, MIN(length, size - 3));
  }
  for (guint i = 0; i < 20; i++) {
    g_autofree char *from = g_strdup_printf("%s/" FOLDER_OF, root, i % 7, i);
    g_autofree char *to = g_strdup_printf("%s/link-%u", root, i);
    g_assert_cmpint(link(from, to), ==, 0);
  }
}

static void set_up(Fixture *self, gconstpointer compression) {
  g_autoptr(GError) error = NULL;
  self->folder = g_dir_make_tmp("akashi-thread-XXXXXX", &error);
  g_assert_no_error(error);
  self->image = g_build_filename(self->folder, "image", NULL);
  g_autofree char *root = g_build_filename(self->folder, "root", NULL);
  if (!image_has("mksquashfs"))
    return;
  fill(root);
  image_run(self->folder, "mksquashfs root image -comp %s -b 16384 -noappend -quiet -no-progress",
            (const char *)compression);
  self->bytes = image_load(self->image);
}

static void tear_down(Fixture *self, gconstpointer compression) {
  g_clear_pointer(&self->bytes, g_bytes_unref);
  image_remove_tree(self->folder);
  g_free(self->folder);
  g_free(self->image);
}

/* All that is known of each node, a line each. */
static char *tell(const AkFirmwareTree *tree) {
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    g_autofree char *locator = ak_firmware_tree_locator(tree, i);
    char hex[AK_DIGEST_HEX_SIZE] = "-";
    AkDigest digest = ak_firmware_tree_digest(tree, i);
    if (node->bytes != NULL) {
      gsize size = 0;
      const void *data = g_bytes_get_data(node->bytes, &size);
      AkDigest fresh = ak_digest_of(data, size);
      g_assert_true(ak_digest_equal(&digest, &fresh)); /* what was kept of it is true */
      ak_digest_to_hex(&digest, hex);
    }
    g_string_append_printf(text, "%u %s %d %o %s %s %s %" G_GUINT64_FORMAT " %d %s\n", node->parent,
                           locator, (int)node->type, node->mode, hex,
                           node->format != NULL ? node->format : "-",
                           node->target != NULL ? node->target : "-", node->used, node->depth,
                           node->cut != NULL ? node->cut : "-");
  }
  return g_string_free(text, FALSE);
}

static char *tell_with(GBytes *image, guint threads, const AkFirmwareLimits *limits) {
  g_autoptr(AkCrew) crew = threads > 0 ? ak_crew_new(threads) : NULL;
  AkFirmwareLimits own = *limits;
  own.crew = crew;
  own.time_ms = 0;
  g_autoptr(AkFirmwareTree) tree = image_open(image, &own);
  return tell(tree);
}

static void expect_same(GBytes *image, const AkFirmwareLimits *limits, bool is_whole) {
  g_autofree char *alone = tell_with(image, 0, limits);
  g_assert_cmpint(strstr(alone, "squashfs") != NULL, ==, true);
  if (is_whole) {
    guint lines = 0;
    for (const char *at = alone; (at = strchr(at, '\n')) != NULL; at++)
      lines++;
    g_assert_cmpuint(lines, >, FILES + 27); /* and what the archives hold */
  }
  for (guint threads = 1; threads <= 3; threads += 2) {
    g_autofree char *helped = tell_with(image, threads, limits);
    g_assert_cmpstr(helped, ==, alone);
  }
}

static void test_whole(Fixture *self, gconstpointer data) {
  if (self->bytes != NULL)
    expect_same(self->bytes, &ak_firmware_default_limits, true);
}

/* Wherever a limit on bytes, files, or memory ends it, it ends there. */
static void test_limits(Fixture *self, gconstpointer data) {
  for (guint i = 0; self->bytes != NULL && i < 9; i++) {
    AkFirmwareLimits limits = ak_firmware_default_limits;
    limits.total_bytes = i % 3 == 0 ? (i + 1) * 300001 : limits.total_bytes;
    limits.files = i % 3 == 1 ? 5 + i * 17 : limits.files;
    limits.memory_bytes = i % 3 == 2 ? (i + 1) * 200000 : limits.memory_bytes;
    expect_same(self->bytes, &limits, false);
  }
}

/* Broken blocks, ends, inodes and folders. */
static void test_damaged(Fixture *self, gconstpointer data) {
  for (guint i = 0; self->bytes != NULL && i < 8; i++) {
    gsize size = 0;
    const guint8 *whole = g_bytes_get_data(self->bytes, &size);
    g_autofree guint8 *bytes = g_memdup2(whole, size);
    bytes[96 + (size - 96) / 9 * (i + 1)] ^= 0x55;
    g_autoptr(GBytes) damaged = g_bytes_new(bytes, size);
    expect_same(damaged, &ak_firmware_default_limits, false);
    g_autoptr(GBytes) shorter = g_bytes_new(whole, size / 9 * (i + 1));
    expect_same(shorter, &ak_firmware_default_limits, false);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/thread/whole/xz", Fixture, "xz", set_up, test_whole, tear_down);
  g_test_add("/thread/whole/gzip", Fixture, "gzip", set_up, test_whole, tear_down);
  g_test_add("/thread/limits", Fixture, "gzip", set_up, test_limits, tear_down);
  g_test_add("/thread/damaged", Fixture, "gzip", set_up, test_damaged, tear_down);
  return g_test_run();
}
