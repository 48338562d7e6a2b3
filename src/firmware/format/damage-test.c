/* Damaged and hostile images: whatever happens to a byte, a key that is in the image is found, or
 * the look is said to be incomplete. */
#include <lzma.h>

#include "firmware/unpack/test-damage.h"

typedef struct {
  char *top, *root, *image;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->top = g_dir_make_tmp("akashi-firmware-XXXXXX", NULL);
  g_assert_nonnull(self->top);
  self->root = g_build_filename(self->top, "root", NULL);
  self->image = g_build_filename(self->top, "image", NULL);
  g_assert_cmpint(g_mkdir(self->root, 0755), ==, 0);
}

static void tear_down(Fixture *self, gconstpointer data) {
  image_remove_tree(self->top);
  g_free(self->top);
  g_free(self->root);
  g_free(self->image);
}

/* A small filesystem with a password hash that each search must find. */
static GBytes *small_squashfs(const Fixture *self, const char *options) {
  image_put_text(self->root, "etc/shadow", damage_shadow);
  image_put_text(self->root, "etc/hello", "hello\n");
  image_put_text(self->root, "sub/one", "1");
  if (!image_run(self->top,
                 "mksquashfs root image -noappend -no-progress -no-xattrs -nopad "
                 "-all-root -all-time 1700000000 -mkfs-time 1700000000 %s",
                 options))
    return NULL;
  return image_load(self->image);
}

static void damage(Fixture *self, const char *options, bool in_uimage) {
  g_autoptr(GBytes) squashfs = small_squashfs(self, options);
  if (squashfs == NULL)
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = in_uimage ? image_uimage(squashfs, 7, 0) : g_bytes_ref(squashfs);
  g_autoptr(AkFirmwareTree) whole = image_open(image, NULL);
  g_assert_true(damage_finds_hash(whole));
  g_assert_true(image_is_clean(whole));
  damage_cut_everywhere(image, 1);
  damage_flip_everywhere(image, in_uimage, 1);
}

static void test_uimage(Fixture *self, gconstpointer data) {
  damage(self, "-comp gzip", true);
}
static void test_gzip(Fixture *self, gconstpointer data) {
  damage(self, "-comp gzip", false);
}
static void test_xz(Fixture *self, gconstpointer data) {
  damage(self, "-comp xz", false);
}

/* Squashfs has no check sums of its own: what is stored plainly may change unseen, so here each cut
 * alone is looked at, and flips must only not crash. */
static void test_plain(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = small_squashfs(self, "-comp gzip -noI -noD -noF -no-fragments");
  if (image == NULL)
    return g_test_skip("mksquashfs is not installed");
  damage_cut_everywhere(image, 1);
  for (gsize bit = 0; bit < g_bytes_get_size(image) * 8; bit += 3) {
    g_autoptr(GBytes) copy = image_slice(image, 0, g_bytes_get_size(image));
    ((guint8 *)g_bytes_get_data(copy, NULL))[bit / 8] ^= (guint8)(1u << bit % 8);
    g_autoptr(AkFirmwareTree) tree = damage_open(copy);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.unpack");
    g_assert_nonnull(ak_sink_collector_find(seen, "firmware.coverage", "image"));
  }
}

/* --- streams -----------------------------------------------------------------------------------
 */

static GBytes *xz_of(const void *data, gsize size, lzma_check check) {
  gsize room = lzma_stream_buffer_bound(size), at = 0;
  guint8 *out = g_malloc(room);
  g_assert_cmpint(lzma_easy_buffer_encode(0, check, NULL, data, size, out, &at, room), ==, LZMA_OK);
  return g_bytes_new_take(out, at);
}

static void assert_payload(GBytes *image, const void *data, gsize size) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  bool is_found = false;
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++) {
    GBytes *bytes = ak_firmware_tree_node(tree, i)->bytes;
    is_found = is_found || (bytes != NULL && g_bytes_get_size(bytes) == size &&
                            memcmp(g_bytes_get_data(bytes, NULL), data, size) == 0);
  }
  g_assert_true(is_found);
}

static void assert_never_whole(GBytes *image, gsize payload_size) {
  gsize size = g_bytes_get_size(image);
  for (gsize length = 1; length < size; length++) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
    g_assert_false(image_is_clean(tree));
  }
  for (gsize bit = 0; bit < size * 8; bit++) {
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[bit / 8] ^= (guint8)(1u << bit % 8);
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    /* MTIME, XFL and OS of a gzip header are not checked by anything */
    bool is_unchecked = payload_size > 0 && bit / 8 >= 4 && bit / 8 < 10;
    if (!is_unchecked && image_is_clean(tree))
      g_error("bit %" G_GSIZE_FORMAT ": damage is not seen", bit);
  }
}

static void test_stream_gzip(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = image_gzip(damage_shadow, sizeof damage_shadow - 1);
  assert_payload(image, damage_shadow, sizeof damage_shadow - 1);
  assert_never_whole(image, sizeof damage_shadow - 1);
}

static void test_stream_xz(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) image = xz_of(damage_shadow, sizeof damage_shadow - 1, LZMA_CHECK_CRC64);
  assert_payload(image, damage_shadow, sizeof damage_shadow - 1);
  assert_never_whole(image, 0);
}

/* A filesystem in a FIT, without hashes: structure alone must show what is missing. */
#define FIT(OPTIONS)                                                                               \
  "echo \"/dts-v1/; / { description = \\\"t\\\"; #address-cells = <1>; images { a { data = "       \
  "/incbin/(\\\" squashfs \\\"); type = \\\"ramdisk\\\"; arch = \\\"arm\\\"; os = \\\"linux\\\"; " \
  "compression = \\\"none\\\"; }; }; configurations { default = \\\"c\\\"; c { ramdisk = "         \
  "\\\"a\\\"; }; }; };\" | sed \"s/ squashfs /squashfs/\" >fit.its; mkimage " OPTIONS              \
  " -f fit.its packed >/dev/null"
#define MKE2FS "truncate -s 64K packed; PATH=$PATH:/usr/sbin mke2fs -q -F "

/* What real tools make of "squashfs", a filesystem with a hash, or of the folder "root" itself. */
static const struct {
  const char *name, *tools, *command;
  bool is_plain; /* the hash stands in it as it is and nothing guards it */
  gsize step;    /* how densely large ones are looked at; 0: everywhere */
} packings[] = {
    {"lzma", "xz", "xz --format=lzma -c squashfs >packed"},
    {"lzma-sizes", "xz", "xz --format=lzma --lzma1=lc=1,lp=2,pb=1,dict=4KiB -c squashfs >packed"},
    {"bzip2", "bzip2", "bzip2 -c squashfs >packed"},
    {"zstd", "zstd", "zstd -q -c squashfs >packed"},
    {"zstd-plain", "zstd", "zstd -q --no-check -c squashfs >packed"},
    {"lz4", "lz4", "lz4 -q -c squashfs >packed"},
    {"lz4-blocks", "lz4", "lz4 -q -B4 -BX --no-frame-crc -c squashfs >packed"},
    {"lz4-legacy", "lz4", "lz4 -q -l -c squashfs >packed"},
    {"lzop", "lzop", "lzop -q -o packed squashfs"},
    {"tar", "tar", "tar -C root -b1 -cf packed .", true},
    {"tar-pax", "tar", "tar -C root -b1 --format=pax -cf packed etc/shadow etc/hello sub", true},
    {"tar-v7", "tar", "tar -C root -b1 --format=v7 -cf packed etc/shadow etc/hello sub", true},
    {"tar-in-gzip", "tar,gzip", "tar -C root -b1 -cf - . | gzip -n >packed"},
    {"cpio-newc", "cpio", "cd root && find . | cpio --quiet -o -H newc >../packed", true},
    {"cpio-crc", "cpio", "cd root && find . | cpio --quiet -o -H crc >../packed"},
    {"zip", "zip", "cd root && zip -q -X -r ../packed.zip . && mv ../packed.zip ../packed"},
    {"zip-stored", "zip", "cd root && zip -q -0 -r ../packed.zip . && mv ../packed.zip ../packed"},
    {"zip-descriptors", "zip", "cd root && zip -q -fd -r - . | cat >../packed"},
    {"fit", "mkimage,dtc", FIT("")},
    {"fit-external", "mkimage,dtc", FIT("-E")},
    {"ext2", "mke2fs", MKE2FS "-t ext2 -b 1024 -N 16 -d root packed 64", true, 61},
    {"ext2-old", "mke2fs", MKE2FS "-t ext2 -r 0 -b 1024 -N 16 -d root packed 64", true, 61},
    {"ext4", "mke2fs", MKE2FS "-t ext4 -O ^has_journal -b 1024 -N 16 -d root packed 64", true, 61},
    {"ext4-inline", "mke2fs",
     MKE2FS "-t ext4 -O ^has_journal,inline_data -I 256 -b 1024 -N 16 -d root packed 64", true, 61},
    {"cpio-odc", "cpio", "cd root && find . | cpio --quiet -o -H odc >../packed", true},
};

static void test_packed(Fixture *self, gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  if (!image_has("mksquashfs") || !image_has(packings[row].tools))
    return;
  g_autofree char *many = g_strnfill(3000, 'x'); /* so that the hash is stored compressed too */
  bool is_stream = strstr(packings[row].command, " squashfs ") != NULL;
  if (is_stream)
    image_put_text(self->root, "etc/many", many);
  g_autoptr(GBytes) squashfs = small_squashfs(self, "-comp gzip");
  image_put(self->top, "squashfs", g_bytes_get_data(squashfs, NULL), g_bytes_get_size(squashfs));
  image_run(self->top, "sh -c '%s'", packings[row].command);
  g_autofree char *path = g_build_filename(self->top, "packed", NULL);
  g_autoptr(GBytes) image = image_load(path);
  g_autoptr(AkFirmwareTree) whole = image_open(image, NULL);
  g_assert_true(damage_finds_hash(whole));
  g_assert_true(image_is_clean(whole));
  gsize step = MAX(packings[row].step, 1);
  damage_cut_everywhere(image, step);
  damage_flip_everywhere(image, !packings[row].is_plain, step);
}

/* RFC 1952, 2.2: members simply follow each other. What is behind them is not theirs. */
static void test_members(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) one = image_gzip("one ", 4),
                    two = image_gzip(damage_shadow, sizeof damage_shadow - 1);
  g_autoptr(GBytes) both = image_join(one, two);
  g_autoptr(GBytes) junk = image_noise(100, 4);
  g_autoptr(GBytes) tail = image_join(one, junk);
  g_autoptr(AkFirmwareTree) tree = image_open(both, NULL);
  g_assert_false(image_has_cut(tree));
  bool is_second_there = false;
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++) {
    GBytes *bytes = ak_firmware_tree_node(tree, i)->bytes;
    gsize size = 0;
    const guint8 *inner = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    is_second_there = is_second_there || (inner != NULL && memmem(inner, size, "$1$", 3) != NULL);
  }
  g_assert_true(is_second_there);
  g_autoptr(AkFirmwareTree) with_junk = image_open(tail, NULL);
  g_assert_false(image_is_clean(with_junk));
}

/* --- limits ------------------------------------------------------------------------------------
 */

static void assert_bounded(GBytes *image, const AkFirmwareLimits *limits) {
  gint64 start = g_get_monotonic_time();
  g_autoptr(AkFirmwareTree) tree = image_open(image, limits);
  guint64 total = 0;
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++) {
    GBytes *bytes = ak_firmware_tree_node(tree, i)->bytes;
    total += bytes != NULL ? g_bytes_get_size(bytes) : 0;
  }
  g_assert_cmpuint(total, <=, limits->total_bytes);
  g_assert_true(image_has_cut(tree));
  g_assert_false(image_is_clean(tree));
  g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
}

static void test_bomb_total(Fixture *self, gconstpointer data) {
  gsize size = 64 << 20;
  g_autofree guint8 *zeros = g_malloc0(size);
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 1 << 20;
  g_autoptr(GBytes) gzip = image_gzip(zeros, size);
  g_autoptr(GBytes) xz = xz_of(zeros, size, LZMA_CHECK_CRC32);
  assert_bounded(gzip, &limits);
  assert_bounded(xz, &limits);
}

static void test_bomb_ratio(Fixture *self, gconstpointer data) {
  gsize size = 64 << 20;
  g_autofree guint8 *zeros = g_malloc0(size);
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.ratio = 100;
  g_autoptr(GBytes) gzip = image_gzip(zeros, size);
  g_autoptr(GBytes) xz = xz_of(zeros, size, LZMA_CHECK_CRC32);
  assert_bounded(gzip, &limits);
  assert_bounded(xz, &limits);
}

static void test_depth(Fixture *self, gconstpointer data) {
  GBytes *image = g_bytes_new_static(damage_shadow, sizeof damage_shadow - 1);
  for (guint i = 0; i < 40; i++) {
    gsize size = 0;
    const void *inner = g_bytes_get_data(image, &size);
    GBytes *outer = image_gzip(inner, size);
    g_bytes_unref(image);
    image = outer;
  }
  assert_bounded(image, &ak_firmware_default_limits);
  g_bytes_unref(image);
}

/* Each byte of an image of headers alone begins a structure: the look must not be quadratic. */
static void test_many_magics(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) none = g_bytes_new_static("", 0);
  g_autoptr(GBytes) header = image_uimage(none, 5, 0);
  g_autoptr(GByteArray) image = g_byte_array_new();
  for (guint i = 0; i < 16384; i++)
    g_byte_array_append(image, g_bytes_get_data(header, NULL), 64);
  gint64 start = g_get_monotonic_time();
  g_autoptr(GBytes) bytes = g_bytes_new(image->data, image->len);
  g_autoptr(AkFirmwareTree) tree = image_open(bytes, NULL);
  g_assert_cmpint(g_get_monotonic_time() - start, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint(ak_firmware_tree_length(tree), >, 0);
}

/* 16384 uImage headers that each claim all that follows as their payload. */
static void test_overlapping_claims(Fixture *self, gconstpointer data) {
  gsize count = 2000;
  GBytes *image = g_bytes_new_static("", 0);
  for (gsize i = 0; i < count; i++) {
    GBytes *outer = image_uimage(image, 5, 0);
    g_bytes_unref(image);
    image = outer;
  }
  gint64 start = g_get_monotonic_time();
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpint(g_get_monotonic_time() - start, <, 10 * G_USEC_PER_SEC);
  g_assert_true(image_has_cut(tree));
  g_bytes_unref(image);
}

static void test_files(Fixture *self, gconstpointer data) {
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.files = 20;
  for (guint i = 0; i < 100; i++) {
    g_autofree char *path = g_strdup_printf("file-%u", i);
    image_put_text(self->root, path, path);
  }
  if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip"))
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  assert_bounded(image, &limits);
  g_autoptr(AkFirmwareTree) tree = image_open(image, &limits);
  guint files = 0;
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++)
    files += ak_firmware_tree_node(tree, i)->type == AK_NODE_FILE;
  g_assert_cmpuint(files, <=, 20);
}

/* 1100 MiB that are nowhere stored, beside many files of the same bytes. */
static void test_sparse_and_shared(Fixture *self, gconstpointer data) {
  g_autofree guint8 *zeros = g_malloc0(8 << 20);
  memset(zeros, 'x', 8 << 20);
  image_run(self->root, "truncate -s 1100M sparse");
  for (guint i = 0; i < 100; i++) {
    g_autofree char *path = g_strdup_printf("file-%u", i);
    image_put(self->root, path, zeros, i == 0 ? 8 << 20 : 1 << 20);
  }
  if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip -b 1M"))
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.total_bytes = 16 << 20;
  assert_bounded(image, &limits);
  assert_bounded(image, &ak_firmware_default_limits);
}

/* --- names and loops ---------------------------------------------------------------------------
 */

/* Changes `from` to `to`, of equal length, wherever it stands. */
static guint replace_all(GBytes *bytes, const char *from, const void *to, gsize size) {
  gsize whole = 0;
  guint8 *data = (guint8 *)g_bytes_get_data(bytes, &whole);
  guint count = 0;
  for (guint8 *at = memmem(data, whole, from, size); at != NULL;
       at = memmem(at, (gsize)(data + whole - at), from, size)) {
    memcpy(at, to, size);
    count++;
  }
  return count;
}

static bool has_dangerous_part(const char *path) {
  g_auto(GStrv) parts = g_strsplit(path, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (strcmp(parts[i], "..") == 0 || strcmp(parts[i], ".") == 0)
      return true;
  return false;
}

static void test_hostile_names(Fixture *self, gconstpointer data) {
  static const char *const names[] = {"../../../x",
                                      "..........",
                                      "/etc/passw",
                                      "a\0bcdefghi",
                                      "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6",
                                      "a/../b/../",
                                      "\n\n\x1b[2J!#0!"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    image_put_text(self->root, "QQQQQQQQQQ", damage_shadow);
    if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip -noI"))
      return g_test_skip("mksquashfs is not installed");
    g_autoptr(GBytes) image = image_load(self->image);
    g_assert_cmpuint(replace_all(image, "QQQQQQQQQQ", names[i], 10), ==, 1);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    bool is_kept = false;
    for (guint n = 0; n < ak_firmware_tree_length(tree); n++) {
      const AkNode *node = ak_firmware_tree_node(tree, n);
      g_autofree char *locator = ak_firmware_tree_locator(tree, n);
      g_assert_true(g_utf8_validate(locator, -1, NULL));
      g_assert_null(strchr(locator, '\n'));
      g_assert_null(strchr(locator, '\x1b'));
      if (node->path != NULL)
        g_assert_false(has_dangerous_part(node->path));
      is_kept = is_kept || (node->bytes != NULL && n > 0 &&
                            g_bytes_get_size(node->bytes) == sizeof damage_shadow - 1);
    }
    if (!is_kept)
      g_assert_false(image_is_clean(tree));
  }
}

static void put_u16le(guint8 *at, guint value) {
  at[0] = (guint8)value;
  at[1] = (guint8)(value >> 8);
}

/* A folder whose entry leads back to the root. Source: squashfs on-disk format: a directory entry
 * is u16 offset, s16 inode delta, u16 type, u16 size - 1, name; the superblock's root inode
 * reference stands at 32. */
static void test_folder_loop(Fixture *self, gconstpointer data) {
  g_autofree char *folder = g_build_filename(self->root, "LOOPLOOP", "inner", NULL);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip -noI"))
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  gsize size = 0;
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
  guint8 *name = memmem(bytes, size, "inner", 5);
  g_assert_nonnull(name);
  put_u16le(name - 8, bytes[32] | bytes[33] << 8);
  gint64 start = g_get_monotonic_time();
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(image_has_cut(tree));
  g_assert_false(image_is_clean(tree));
  g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
}

/* Two folders in each of many folders, all the same next one: 2^n paths of n inodes. */
static void test_folder_fan(Fixture *self, gconstpointer data) {
  GString *path = g_string_new(NULL);
  for (guint i = 0; i < 60; i++) {
    g_string_append_printf(path, "%sa", i > 0 ? "/" : "");
    g_autofree char *twin = g_strdup_printf("%.*sb", (int)path->len - 1, path->str);
    g_autofree char *whole = g_build_filename(self->root, path->str, NULL);
    g_autofree char *other = g_build_filename(self->root, twin, NULL);
    g_assert_cmpint(g_mkdir_with_parents(whole, 0755), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(other, 0755), ==, 0);
  }
  g_string_free(path, TRUE);
  if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip -noI"))
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = image_load(self->image);
  gsize size = 0;
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, &size);
  /* entries "a" and "b" of one listing stand side by side: 8 + 1 bytes each */
  guint changed = 0;
  for (gsize i = 8; i + 10 < size; i++)
    if (bytes[i] == 'a' && bytes[i + 9] == 'b' && bytes[i - 2] == 0 && bytes[i + 7] == 0 &&
        bytes[i - 4] == 1 && bytes[i + 5] == 1) {
      memcpy(bytes + i + 1, bytes + i - 8, 8);
      changed++;
    }
  g_assert_cmpuint(changed, >=, 50);
  gint64 start = g_get_monotonic_time();
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(image_has_cut(tree));
  g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
}

/* --- what lies aside -----------------------------------------------------------------------------
 */

static AkFirmwareTree *pack(const Fixture *self) {
  if (!image_run(self->top, "mksquashfs root image -noappend -no-progress -comp gzip -nopad"))
    return NULL;
  g_autoptr(GBytes) image = image_load(self->image);
  return image_open(image, NULL);
}

static void put_joined(const Fixture *self, const char *path, GBytes *front, GBytes *back) {
  g_autoptr(GBytes) both = image_join(front, back);
  image_put(self->root, path, g_bytes_get_data(both, NULL), g_bytes_get_size(both));
}

/* A script with an archive behind it; an archive with more behind it. */
static void test_inside_of_files(Fixture *self, gconstpointer data) {
  static const char *const kinds[] = {"archive behind a script", "text behind an archive"};
  g_autoptr(GBytes) text = g_bytes_new_static(damage_shadow, sizeof damage_shadow - 1);
  g_autoptr(GBytes) packed = image_gzip(damage_shadow, sizeof damage_shadow - 1);
  g_autoptr(GBytes) script = g_bytes_new_static("#!/bin/sh\nexit\n", 15);
  g_autoptr(GBytes) other = image_gzip("other", 5);
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_test_message("%s", kinds[i]);
    put_joined(self, "install.run", i == 0 ? script : other, i == 0 ? packed : text);
    g_autoptr(AkFirmwareTree) tree = pack(self);
    if (tree == NULL)
      return g_test_skip("mksquashfs is not installed");
    g_assert_true(damage_finds_hash(tree));
    g_assert_true(image_is_clean(tree));
  }
}

/* An archive that is opened hides nothing and keeps the look complete; one that is not, cuts it. */
static void test_archives_in_files(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) packed = image_gzip("a manual page", 13);
  image_put(self->root, "usr/share/man/a.gz", g_bytes_get_data(packed, NULL),
            g_bytes_get_size(packed));
  g_autoptr(AkFirmwareTree) opened = pack(self);
  if (opened == NULL)
    return g_test_skip("mksquashfs is not installed");
  g_assert_true(image_is_clean(opened));
  image_put(self->root, "web.zip", "PK\3\4\x14\0\0\0\0\0", 10); /* breaks off */
  g_autoptr(AkFirmwareTree) sealed = pack(self);
  g_assert_false(image_is_clean(sealed));
}

/* The superblock counts bytes that belong to none of its tables. */
static void test_behind_the_tables(Fixture *self, gconstpointer data) {
  g_autoptr(GBytes) squashfs = small_squashfs(self, "-comp gzip");
  if (squashfs == NULL)
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) extra = g_bytes_new_static("something else", 14);
  g_autoptr(GBytes) image = image_join(squashfs, extra);
  guint8 *bytes = (guint8 *)g_bytes_get_data(image, NULL);
  put_u16le(bytes + 40, (guint)g_bytes_get_size(image)); /* bytes_used */
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, 14);
  g_assert_false(image_is_clean(tree));
}

/* Of nothing and of padding nothing can be said; a name with slashes is no path in a filesystem. */
static void test_nothing(Fixture *self, gconstpointer data) {
  g_autofree guint8 *ones = g_malloc(4096);
  memset(ones, 0xff, 4096);
  for (gsize size = 0; size <= 4096; size += 4096) {
    g_autoptr(GBytes) image = g_bytes_new(ones, size);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_false(image_is_clean(tree));
  }
  g_autoptr(GBytes) junk = image_noise(500, 9);
  g_autoptr(AkFirmwareTree) named =
      ak_firmware_tree_open(junk, "/images/gateway.bin", &ak_firmware_default_limits, NULL);
  g_assert_false(ak_firmware_tree_is_complete(named));
  g_assert_cmpuint(ak_firmware_tree_unknown_bytes(named), >, 490);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*run)(Fixture *, gconstpointer);
  } tests[] = {
      {"/damage/uimage", test_uimage},
      {"/damage/squashfs-gzip", test_gzip},
      {"/damage/squashfs-xz", test_xz},
      {"/damage/squashfs-plain", test_plain},
      {"/damage/gzip", test_stream_gzip},
      {"/damage/xz", test_stream_xz},
      {"/damage/gzip-members", test_members},
      {"/damage/bomb/total", test_bomb_total},
      {"/damage/bomb/ratio", test_bomb_ratio},
      {"/damage/bomb/depth", test_depth},
      {"/damage/bomb/magics", test_many_magics},
      {"/damage/bomb/overlap", test_overlapping_claims},
      {"/damage/bomb/files", test_files},
      {"/damage/bomb/sparse", test_sparse_and_shared},
      {"/damage/names", test_hostile_names},
      {"/damage/loop", test_folder_loop},
      {"/damage/fan", test_folder_fan},
      {"/damage/aside/files", test_inside_of_files},
      {"/damage/aside/archives", test_archives_in_files},
      {"/damage/aside/tables", test_behind_the_tables},
      {"/damage/aside/nothing", test_nothing},
  };
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *path = g_strconcat("/damage/packed/", packings[i].name, NULL);
    g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_packed, tear_down);
  }
  return g_test_run();
}
