/* The tree on images that real tools packed, and on images built here. */
#include "firmware/unpack/test-image.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "util/reader.h"
#include "util/writer.h"

static GBytes *pack_gzip(const void *data, gsize size) {
  z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)size};
  g_assert_cmpint(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  gsize bound = deflateBound(&stream, size);
  guint8 *out = g_malloc(bound);
  stream.next_out = out;
  stream.avail_out = (uInt)bound;
  g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
  gsize packed = stream.total_out;
  deflateEnd(&stream);
  return g_bytes_new_take(out, packed);
}

static GBytes *wrap_uimage(GBytes *payload, guint8 type) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(payload, &size);
  g_autoptr(AkWriter) w = ak_writer_new(64 + size);
  ak_writer_u32be(w, 0x27051956);
  ak_writer_u32be(w, 0); /* header checksum, below */
  ak_writer_u32be(w, 0);
  ak_writer_u32be(w, (guint32)size);
  ak_writer_u32be(w, 0);
  ak_writer_u32be(w, 0);
  ak_writer_u32be(w, (guint32)crc32(0, data, (uInt)size));
  ak_writer_u8(w, 5);
  ak_writer_u8(w, 2);
  ak_writer_u8(w, type);
  ak_writer_u8(w, 0);
  guint8 name[32] = "test";
  ak_writer_bytes(w, name, 32);
  ak_writer_bytes(w, data, size);
  g_autoptr(GBytes) bytes = ak_writer_end(w, NULL);
  gsize total = 0;
  guint8 *image = g_bytes_unref_to_data(g_steal_pointer(&bytes), &total);
  guint32 crc = (guint32)crc32(0, image, 64);
  for (guint i = 0; i < 4; i++)
    image[4 + i] = (guint8)(crc >> (24 - 8 * i));
  return g_bytes_new_take(image, total);
}

static AkFirmwareTree *open_tree(GBytes *image) {
  return ak_firmware_tree_open(image, "i", &ak_firmware_default_limits, NULL);
}

static const AkNode *find_path(const AkFirmwareTree *tree, const char *path) {
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    if (strcmp(ak_firmware_tree_node(tree, i)->path, path) == 0)
      return ak_firmware_tree_node(tree, i);
  return NULL;
}

static void test_uimage_with_gzip(void) {
  g_autoptr(GBytes) packed = pack_gzip("hello hello hello hello", 23);
  g_autoptr(GBytes) image = wrap_uimage(packed, 2);
  g_autoptr(AkFirmwareTree) tree = open_tree(image);
  const AkNode *payload = find_path(tree, "#gzip");
  g_assert_cmpuint(g_bytes_get_size(payload->bytes), ==, 23);
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, "uimage");
  /* what came out of the gzip is bytes that nothing explains */
  g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, 23);
  g_assert_false(ak_firmware_tree_is_complete(tree));
}

static void test_checksums_are_checked(void) {
  g_autoptr(GBytes) packed = pack_gzip("hello hello hello hello", 23);
  g_autoptr(GBytes) image = wrap_uimage(packed, 2);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(image, &size);
  for (gsize at = 0; at < size; at++) {
    guint8 *copy = g_memdup2(data, size);
    copy[at] ^= 0x10;
    g_autoptr(GBytes) bad = g_bytes_new_take(copy, size);
    g_autoptr(AkFirmwareTree) tree = open_tree(bad);
    const AkNode *root = ak_firmware_tree_node(tree, 0);
    /* a header that lies is no uImage; data that lies is cut */
    g_assert_true(g_strcmp0(root->format, "uimage") != 0 || root->cut != NULL);
  }
}

static void test_structures_at_any_offset(void) {
  g_autoptr(GBytes) packed = pack_gzip("inner inner inner inner!", 24);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint8 zeros[100] = {0}, noise[7] = {1, 2, 3, 4, 5, 6, 7};
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(packed, &size);
  g_byte_array_append(bytes, noise, sizeof noise);
  g_byte_array_append(bytes, data, (guint)size);
  g_byte_array_append(bytes, zeros, sizeof zeros);
  g_autoptr(GBytes) image = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
  g_autoptr(AkFirmwareTree) tree = open_tree(image);
  g_assert_nonnull(find_path(tree, "#gzip"));
  /* 7 bytes before it and its content; the zeros behind it are padding */
  g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, 7 + 24);
  g_assert_cmpstr(ak_firmware_tree_gaps(tree), ==,
                  "text, 24 bytes at 0x0 of i!#data@7!#gzip; data, 7 bytes at 0x0 of i");
}

static void test_padding_alone_is_no_unknown(void) {
  guint8 bytes[64];
  memset(bytes, 0xff, sizeof bytes);
  g_autoptr(GBytes) image = g_bytes_new(bytes, sizeof bytes);
  g_autoptr(AkFirmwareTree) tree = open_tree(image);
  g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, 0);
}

static void test_a_bomb_is_cut(void) {
  gsize size = 64 * 1024 * 1024;
  g_autofree guint8 *zeros = g_malloc0(size);
  g_autoptr(GBytes) bomb = pack_gzip(zeros, size);
  g_autoptr(AkFirmwareTree) tree = open_tree(bomb);
  g_assert_nonnull(ak_firmware_tree_node(tree, 0)->cut);
  g_assert_false(ak_firmware_tree_is_complete(tree));
}

static void test_nesting_is_bounded(void) {
  g_autoptr(GBytes) image = g_bytes_new("core core core core core", 24);
  for (guint i = 0; i < 20; i++) {
    gsize size = 0;
    const void *data = g_bytes_get_data(image, &size);
    GBytes *outer = pack_gzip(data, size);
    g_bytes_unref(image);
    image = outer;
  }
  g_autoptr(AkFirmwareTree) tree = open_tree(image);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_nonnull(strstr(cuts, "nest too deep"));
}

/* What does not fit into memory lies in the spool's file and is the same; without one it is cut. */
static void test_memory_is_bounded(void) {
  g_autofree guint8 *content = g_malloc(600000);
  for (guint i = 0; i < 600000; i++)
    content[i] = (guint8)(i * 7 + i / 256);
  g_autoptr(GBytes) image = pack_gzip(content, 600000);
  g_autofree char *path = NULL;
  AkFirmwareLimits limits = ak_firmware_default_limits;
  limits.memory_bytes = 100000;
  g_autoptr(AkFirmwareTree) cut = ak_firmware_tree_open(image, "i", &limits, NULL);
  g_assert_nonnull(strstr(ak_firmware_tree_node(cut, 0)->cut, "of memory, of 125000"));
  g_assert_null(find_path(cut, "#gzip"));

  int fd = g_file_open_tmp("akashi-spool-XXXXXX", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  g_remove(path);
  g_autoptr(AkSpool) spool = ak_spool_new(fd, 1 << 20, NULL);
  limits.spool = spool;
  g_autoptr(AkFirmwareTree) whole = ak_firmware_tree_open(image, "i", &limits, NULL);
  gsize size = 0;
  const void *data = g_bytes_get_data(find_path(whole, "#gzip")->bytes, &size);
  g_assert_cmpmem(data, size, content, 600000);
  g_assert_true(ak_spool_holds(spool, data));
  g_assert_cmpuint(ak_spool_used(spool), ==, 600000);
  close(fd);
}

/* What another program (tools/packages.txt) makes of the content; NULL where that cannot be run. */
static GBytes *pack_by(const char *command, const guint8 *content, gsize size) {
  g_autofree char *path = NULL, *line = NULL;
  int fd = g_file_open_tmp("akashi-packed-XXXXXX", &path, NULL), status = -1;
  g_assert_cmpint(fd, >=, 0);
  close(fd);
  g_assert_true(g_file_set_contents(path, (const char *)content, (gssize)size, NULL));
  line = g_strdup_printf("/bin/sh -c '%s < %s > %s.packed'", command, path, path);
  g_autofree char *packed = g_strconcat(path, ".packed", NULL);
  char *bytes = NULL;
  gsize length = 0;
  bool is_made = g_spawn_command_line_sync(line, NULL, NULL, &status, NULL) && status == 0 &&
                 g_file_get_contents(packed, &bytes, &length, NULL);
  g_remove(path);
  g_remove(packed);
  return is_made ? g_bytes_new_take(bytes, length) : NULL;
}

/* The spool's way of each decoder, and a spool that is full before the content ends: what is there is a true beginning. */
static void test_streams_in_the_spool(void) {
  static const struct {
    const char *command, *name;
  } streams[] = {{"xz -c", "#xz"}, {"xz --format=lzma -c", "#lzma"}, {"bzip2 -c", "#bzip2"}, {"zstd -c -q", "#zstd"}, {"lz4 -c -q", "#lz4"}};
  g_autofree guint8 *content = g_malloc(600000);
  for (guint i = 0; i < 600000; i++)
    content[i] = (guint8)(i * 7 + i / 256);
  guint looked_at = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
    g_autoptr(GBytes) image = pack_by(streams[i].command, content, 600000);
    AkFirmwareLimits limits = ak_firmware_default_limits;
    limits.memory_bytes = 100000;
    for (guint64 room = 1 << 20; image != NULL && room > 0; room = room == 1 << 20 ? 300000 : 0) {
      g_autofree char *path = NULL;
      int fd = g_file_open_tmp("akashi-spool-XXXXXX", &path, NULL);
      g_remove(path);
      g_autoptr(AkSpool) spool = ak_spool_new(fd, room, NULL);
      limits.spool = spool;
      g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "i", &limits, NULL);
      const AkNode *node = find_path(tree, streams[i].name);
      gsize size = 0;
      const void *data = node != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
      g_test_message("%s, %u of room: %u bytes, %s", streams[i].name, (guint)room, (guint)size,
                     ak_firmware_tree_node(tree, 0)->cut);
      if (room < 600000) {
        g_assert_nonnull(ak_firmware_tree_node(tree, 0)->cut);
        g_assert_false(ak_firmware_tree_is_complete(tree));
        g_assert_cmpuint(size, <=, 300000);
        g_assert_true(size == 0 || memcmp(data, content, size) == 0);
      } else {
        g_assert_cmpmem(data, size, content, 600000);
        g_assert_true(ak_spool_holds(spool, data));
        looked_at++;
      }
      close(fd);
    }
  }
  g_assert_cmpuint(looked_at, ==, G_N_ELEMENTS(streams));
}

/* True where a node was cut with a reason that holds `words`. */
static bool has_cut(const AkFirmwareTree *tree, const char *words) {
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    const char *cut = ak_firmware_tree_node(tree, i)->cut;
    if (cut != NULL && strstr(cut, words) != NULL)
      return true;
  }
  return false;
}

/* A file for which the spool has no room is no file that is larger than the limit. */
static void test_no_room_in_the_spool(void) {
  static const struct {
    const char *command, *reason;
  } filesystems[] = {
      {"mkfs.cramfs root image", "room left"},
      {"mkfs.jffs2 -r root -o image -e 64KiB", "room left"},
      {"mkfs.ubifs -r root -m 2048 -e 126976 -c 200 -o image", "room left"},
      {"sh -c \"mkfs.vfat -C image 4096 && mcopy -i image root/file ::file\"", "room left"},
      {"mke2fs -q -F -d root image 4M", "needs 300000 bytes of memory"},
      {"mksquashfs root image -noappend -quiet -no-progress", "needs 300000 bytes of memory"},
  };
  g_autoptr(GBytes) noise = image_noise(300000, 8);
  for (gsize i = 0; i < G_N_ELEMENTS(filesystems); i++) {
    g_autofree char *top = g_dir_make_tmp("akashi-room-XXXXXX", NULL), *path = NULL;
    g_autofree char *place = g_build_filename(top, "image", NULL);
    image_put(top, "root/file", g_bytes_get_data(noise, NULL), 300000);
    bool is_there = image_run(top, "%s", filesystems[i].command);
    g_autoptr(GBytes) image = is_there ? image_load(place) : NULL;
    image_remove_tree(top);
    AkFirmwareLimits limits = ak_firmware_default_limits;
    limits.memory_bytes = 100000;
    for (guint64 room = 1 << 20; image != NULL && room > 0; room = room == 1 << 20 ? 200000 : 0) {
      int fd = g_file_open_tmp("akashi-spool-XXXXXX", &path, NULL);
      g_remove(path);
      g_clear_pointer(&path, g_free);
      g_autoptr(AkSpool) spool = ak_spool_new(fd, room, NULL);
      limits.spool = spool;
      g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "i", &limits, NULL);
      g_test_message("%s, %u of room: %s", filesystems[i].command, (guint)room, ak_firmware_tree_node(tree, 0)->cut);
      g_assert_cmpint(has_cut(tree, filesystems[i].reason), ==, room < 300000);
      g_assert_cmpint(has_cut(tree, ""), ==, room < 300000);
      g_assert_false(has_cut(tree, "the limit"));
      close(fd);
    }
  }
}

/* --- broken structures, and those behind and within them
 * -------------------------------------------------------------------------------------- */

/* A gzip member whose one stored block holds `content`; its checksum is wrong. Source: RFC
 * 1951, 3.2.4. */
static void add_broken_gzip(GByteArray *out, GBytes *content) {
  static const guint8 header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1};
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(content, &size);
  guint8 length[4] = {(guint8)size, (guint8)(size >> 8), (guint8)~size, (guint8)(~size >> 8)};
  guint8 trailer[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  g_byte_array_append(out, header, sizeof header);
  g_byte_array_append(out, length, sizeof length);
  g_byte_array_append(out, data, (guint)size);
  g_byte_array_append(out, trailer, sizeof trailer);
}

/* What verified more bits is not lost in what a broken stream took: it is a region beside it. */
static void test_stronger_within_broken(void) {
  g_autofree char *front = g_strnfill(3000, 'a');
  g_autoptr(GBytes) payload = g_bytes_new_static("payload", 7);
  g_autoptr(GBytes) inner = wrap_uimage(payload, 2);
  g_autoptr(GByteArray) content = g_byte_array_new(), bytes = g_byte_array_new();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(inner, &size);
  g_byte_array_append(content, (const guint8 *)front, 3000);
  g_byte_array_append(content, data, (guint)size);
  g_autoptr(GBytes) stored = g_byte_array_free_to_bytes(g_steal_pointer(&content));
  add_broken_gzip(bytes, stored);
  g_autoptr(GBytes) image = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
  g_autoptr(AkFirmwareTree) tree = open_tree(image);
  const AkNode *root = ak_firmware_tree_node(tree, 0);
  const AkNode *beside = find_path(tree, "#tail@3015"); /* 15 bytes of headers before the content */
  g_assert_cmpstr(root->format, ==, "gzip");
  g_assert_nonnull(root->cut);
  g_assert_cmpuint(root->used, ==, 3015);
  g_assert_nonnull(beside);
  g_assert_cmpstr(beside->format, ==, "uimage");
  g_assert_cmpuint(g_bytes_get_size(beside->bytes), ==, 64 + 7);
}

/* Headers alone, one behind the other: the image is cut with the number, and its nodes stay few. */
static void test_headers_alone(void) {
  static const guint8 xz_header[] = {0xfd, '7', 'z', 'X', 'Z', 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46, 7};
  static const guint8 gzip_header[] = {0x1f, 0x8b, 8, 0,    0,    0,    0,   0,
                                       0,    3,    0, 0x50, 0xc3, 0xaf, 0x3c};
  for (guint kind = 0; kind < 2; kind++) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    while (bytes->len < 1 << 20)
      g_byte_array_append(bytes, kind == 0 ? xz_header : gzip_header,
                          kind == 0 ? sizeof xz_header : sizeof gzip_header);
    g_autoptr(GBytes) image = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    g_autoptr(AkFirmwareTree) tree = open_tree(image);
    g_autofree char *last = NULL;
    for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
      if (ak_firmware_tree_node(tree, i)->cut != NULL &&
          strstr(ak_firmware_tree_node(tree, i)->cut, "not searched to their end") != NULL)
        last = g_strdup(ak_firmware_tree_node(tree, i)->cut);
    g_assert_false(ak_firmware_tree_is_complete(tree));
    g_assert_cmpuint(ak_firmware_tree_length(tree), <, 20000);
    if (kind == 0)
      g_assert_nonnull(strstr(last, "more than 4096 structures could not be opened"));
  }
}

/* Wherever it stands: at the edges of the scan's windows and of its vectors too. */
static void test_every_place(void) {
  static const gsize places[] = {1, 31, 32, 33, 262142, 262143, 262144, 262145, 300001, 524287};
  g_autoptr(GBytes) payload = g_bytes_new_static("payload", 7);
  g_autoptr(GBytes) inner = wrap_uimage(payload, 2);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(inner, &size);
  for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree guint8 *bytes = g_malloc(places[i] + 2 * size + 9);
    memset(bytes, 0x27, places[i] + 2 * size + 9); /* the first byte of the magic */
    memcpy(bytes + places[i], data, size);
    memcpy(bytes + places[i] + size + 9, data, size);
    g_autoptr(GBytes) image = g_bytes_new_static(bytes, places[i] + 2 * size + 9);
    g_autoptr(AkFirmwareTree) tree = open_tree(image);
    g_autofree char *first = g_strdup_printf("#data@%" G_GSIZE_FORMAT, places[i]);
    g_autofree char *second = g_strdup_printf("#data@%" G_GSIZE_FORMAT, places[i] + size + 9);
    g_assert_cmpstr(find_path(tree, first)->format, ==, "uimage");
    g_assert_cmpstr(find_path(tree, second)->format, ==, "uimage");
    g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, places[i] + 9 + 2 * 7);
  }
}

/* --- squashfs by the real tool
 * ----------------------------------------------------------------------- */

static GBytes *make_squashfs(const char *compression) {
  g_autofree char *folder = g_dir_make_tmp("akashi-XXXXXX", NULL);
  g_autofree char *root = g_build_filename(folder, "root", NULL);
  g_autofree char *etc = g_build_filename(root, "etc", NULL);
  g_autofree char *file = g_build_filename(etc, "motd", NULL);
  g_autofree char *big = g_build_filename(root, "big", NULL);
  g_autofree char *target = g_build_filename(folder, "out.squashfs", NULL);
  g_autofree char *link = g_build_filename(root, "link", NULL);
  g_autofree char *body = g_strnfill(300000, 'x');
  g_assert_cmpint(g_mkdir_with_parents(etc, 0755), ==, 0);
  g_assert_true(g_file_set_contents(file, "welcome\n", -1, NULL));
  g_assert_true(g_file_set_contents(big, body, -1, NULL));
  g_assert_cmpint(symlink("../../../etc/shadow", link), ==, 0);
  char *argv[] = {(char *)"mksquashfs",
                  root,
                  target,
                  (char *)"-comp",
                  (char *)compression,
                  (char *)"-all-root",
                  (char *)"-quiet",
                  (char *)"-no-progress",
                  NULL};
  g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                             NULL, NULL, NULL, NULL, NULL, NULL));
  char *data = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(target, &data, &size, NULL));
  const char *const names[] = {link, file, big, etc, root, target, folder};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    g_remove(names[i]);
  return g_bytes_new_take(data, size);
}

static void test_squashfs(gconstpointer compression) {
  g_autoptr(GBytes) filesystem = make_squashfs(compression);
  g_autoptr(GBytes) image = wrap_uimage(filesystem, 7);
  g_autoptr(AkFirmwareTree) tree = open_tree(image);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_true(ak_firmware_tree_is_complete(tree));
  const AkNode *motd = find_path(tree, "/etc/motd"), *big = find_path(tree, "/big"),
               *link = find_path(tree, "/link");
  gsize size = 0;
  const char *text = g_bytes_get_data(motd->bytes, &size);
  g_assert_cmpmem(text, size, "welcome\n", 8);
  g_assert_cmpuint(g_bytes_get_size(big->bytes), ==, 300000);
  g_assert_cmpint(link->type, ==, AK_NODE_SYMLINK);
  g_assert_cmpstr(link->target, ==, "../../../etc/shadow");
}

/* Damage anywhere is cut or changes what is read; it never crashes or passes as complete when
 * short. */
static void test_damaged_squashfs(void) {
  g_autoptr(GBytes) filesystem = make_squashfs("gzip");
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(filesystem, &size);
  AkReader reader = ak_reader_init(data, size);
  guint64 bytes_used = 0; /* what follows is filled up to 4096 bytes */
  g_assert_true(ak_reader_seek(&reader, 40, NULL) && ak_reader_u64le(&reader, &bytes_used, NULL) &&
                bytes_used < size);
  for (gsize cut = 1; cut < bytes_used; cut++) {
    g_autoptr(GBytes) shorter = g_bytes_new(data, cut);
    g_autoptr(AkFirmwareTree) tree = open_tree(shorter);
    g_assert_false(ak_firmware_tree_is_complete(tree));
  }
  for (gsize at = 0; at < size; at += 1 + size / 600) {
    guint8 *copy = g_memdup2(data, size);
    copy[at] ^= 0xff;
    g_autoptr(GBytes) flipped = g_bytes_new_take(copy, size);
    g_autoptr(AkFirmwareTree) tree = open_tree(flipped);
    g_assert_nonnull(tree);
  }
}

/* Places that each take long to ask end the search when its time is up, also within one region or file, and it is said. */
static void test_slow_places(void) {
  static const char one[] = "a=\x80\x81\x82\x83" "boot=1";
  enum { COUNT = 200000 };
  g_autoptr(GByteArray) texts = g_byte_array_new();
  for (guint i = 0; i < COUNT; i++)
    g_byte_array_append(texts, (const guint8 *)one, sizeof one);
  g_autofree char *top = g_dir_make_tmp("akashi-tree-XXXXXX", NULL), *path = g_build_filename(top, "image", NULL);
  image_put(top, "texts", texts->data, texts->len);
  g_assert_true(image_run(top, "tar cf image texts"));
  g_autoptr(GBytes) file = image_load(path), plain = g_bytes_new(texts->data, texts->len);
  image_remove_tree(top);
  GBytes *images[] = {plain, file};
  for (gsize i = 0; i < G_N_ELEMENTS(images); i++) {
    AkFirmwareLimits limits = ak_firmware_default_limits;
    limits.time_ms = 200;
    gint64 begin = g_get_monotonic_time();
    g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(images[i], "i", &limits, NULL);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 20 * G_USEC_PER_SEC);
    g_autofree char *cuts = ak_firmware_tree_cuts(tree);
    g_assert_nonnull(strstr(cuts, "not searched to their end: more than 200 ms were used"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tree/uimage-gzip", test_uimage_with_gzip);
  g_test_add_func("/tree/checksums", test_checksums_are_checked);
  g_test_add_func("/tree/any-offset", test_structures_at_any_offset);
  g_test_add_func("/tree/padding", test_padding_alone_is_no_unknown);
  g_test_add_func("/tree/bomb", test_a_bomb_is_cut);
  g_test_add_func("/tree/nesting", test_nesting_is_bounded);
  g_test_add_func("/tree/memory", test_memory_is_bounded);
  g_test_add_func("/tree/spooled-streams", test_streams_in_the_spool);
  g_test_add_func("/tree/no-room-in-the-spool", test_no_room_in_the_spool);
  g_test_add_func("/tree/stronger-within-broken", test_stronger_within_broken);
  g_test_add_func("/tree/headers-alone", test_headers_alone);
  g_test_add_func("/tree/every-place", test_every_place);
  g_test_add_func("/tree/slow-places", test_slow_places);
  g_test_add_data_func("/tree/squashfs-gzip", "gzip", test_squashfs);
  g_test_add_data_func("/tree/squashfs-xz", "xz", test_squashfs);
  g_test_add_func("/tree/squashfs-damaged", test_damaged_squashfs);
  return g_test_run();
}
