/* Images and folders for the tests of this room; for *-test.c only. */
#pragma once

#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "core/test.h"
#include "firmware/unpack/tree.h"
#include "util/writer.h"

static inline void image_remove_tree(const char *path) {
  struct stat st;
  if (lstat(path, &st) != 0)
    return;
  DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
  for (struct dirent *entry = dir != NULL ? readdir(dir) : NULL; entry != NULL;
       entry = readdir(dir)) {
    g_autofree char *inner = g_build_filename(path, entry->d_name, NULL);
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      image_remove_tree(inner);
  }
  if (dir != NULL)
    closedir(dir);
  g_remove(path);
}

static inline GBytes *image_load(const char *path) {
  char *data = NULL;
  gsize size = 0;
  g_autoptr(GError) error = NULL;
  g_file_get_contents(path, &data, &size, &error);
  g_assert_no_error(error);
  return g_bytes_new_take(data, size);
}

static inline void image_put(const char *root, const char *path, const void *data, gsize size) {
  g_autofree char *whole = g_build_filename(root, path, NULL);
  g_autofree char *folder = g_path_get_dirname(whole);
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  g_file_set_contents(whole, data, (gssize)size, &error);
  g_assert_no_error(error);
  g_assert_cmpint(g_chmod(whole, 0644), ==, 0);
}

static inline void image_put_text(const char *root, const char *path, const char *text) {
  image_put(root, path, text, strlen(text));
}

/* Runs a command line in `folder`; false if the program is not there. Fails the test if it fails.
 */
static inline bool image_run(const char *folder, const char *format, ...) G_GNUC_PRINTF(2, 3);
static inline bool image_run(const char *folder, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *line = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_auto(GStrv) words = NULL;
  g_autofree char *out = NULL, *err = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_assert_true(g_shell_parse_argv(line, NULL, &words, NULL));
  if (!g_spawn_sync(folder, words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
                    &error)) {
    g_assert_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
    return false;
  }
  if (status != 0)
    g_error("%s: %s%s", line, out, err);
  return true;
}

/* True if all programs of the list "cpio,mkimage" are installed; else the test is skipped. */
static inline bool image_has(const char *programs) {
  g_auto(GStrv) names = g_strsplit(programs, ",", -1);
  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree char *path = g_find_program_in_path(names[i]);
    g_autofree char *admin = g_strdup_printf("/usr/sbin/%s", names[i]);
    if (path == NULL && !g_file_test(admin, G_FILE_TEST_IS_EXECUTABLE)) {
      g_test_skip(names[i]);
      return false;
    }
  }
  return true;
}

/* Bytes that do not compress, the same each time. */
static inline GBytes *image_noise(gsize size, guint32 seed) {
  g_autoptr(GRand) random = g_rand_new_with_seed(seed);
  guint8 *data = g_malloc(size + 4);
  for (gsize i = 0; i < size; i += 4) {
    guint32 word = g_rand_int(random);
    memcpy(data + i, &word, MIN(4, size + 4 - i));
  }
  return g_bytes_new_take(data, size);
}

static inline GBytes *image_join(GBytes *a, GBytes *b) {
  GByteArray *both = g_byte_array_new();
  g_byte_array_append(both, g_bytes_get_data(a, NULL), (guint)g_bytes_get_size(a));
  g_byte_array_append(both, g_bytes_get_data(b, NULL), (guint)g_bytes_get_size(b));
  return g_byte_array_free_to_bytes(both);
}

static inline GBytes *image_slice(GBytes *bytes, gsize offset, gsize size) {
  return g_bytes_new((const guint8 *)g_bytes_get_data(bytes, NULL) + offset, size);
}

/* A gzip member. Source: RFC 1952, 2.3 (by zlib, windowBits + 16). */
static inline GBytes *image_gzip(const void *data, gsize size) {
  z_stream stream = {0};
  g_assert_cmpint(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
  gsize room = deflateBound(&stream, size) + 32;
  guint8 *out = g_malloc(room);
  stream.next_in = (Bytef *)data;
  stream.avail_in = (uInt)size;
  stream.next_out = out;
  stream.avail_out = (uInt)room;
  g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
  gsize length = stream.total_out;
  deflateEnd(&stream);
  return g_bytes_new_take(out, length);
}

/* A legacy uImage. Source: U-Boot include/image.h, struct legacy_img_hdr: magic, CRC of the header
 * with this field 0, time, size, load, entry point, CRC of the data; u8 OS, architecture, type,
 * compression; 32 bytes of name. */
/* A zlib stream. */
static inline GBytes *image_zlib(GBytes *content) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(content, &size);
  uLongf length = compressBound((uLong)size);
  guint8 *out = g_malloc(length);
  g_assert_cmpint(compress(out, &length, data, (uLong)size), ==, Z_OK);
  return g_bytes_new_take(out, length);
}

/* Source: W3C PNG, 5.3. */
static inline void image_png_chunk(AkWriter *w, const char *name, const guint8 *data, gsize size) {
  ak_writer_u32be(w, (guint32)size);
  ak_writer_bytes(w, name, 4);
  ak_writer_bytes(w, data, size);
  ak_writer_u32be(w, (guint32)crc32(crc32(0, (const Bytef *)name, 4), data, (uInt)size));
}

/* A picture of one chunk `name` (NULL: none) with `content`, and of two with the pixels, which are noise. */
static inline GBytes *image_png(const char *name, GBytes *content) {
  g_autoptr(AkWriter) w = ak_writer_new(1 << 20);
  g_autoptr(GBytes) noise = image_noise(5000, 1), packed = image_zlib(noise);
  gsize size = 0;
  const guint8 *pixels = g_bytes_get_data(packed, &size);
  ak_writer_bytes(w, "\x89PNG\r\n\x1a\n", 8);
  image_png_chunk(w, "IHDR", (const guint8 *)"\0\0\0\x28\0\0\0\x28\x08\2\0\0\0", 13);
  if (name != NULL)
    image_png_chunk(w, name, g_bytes_get_data(content, NULL), g_bytes_get_size(content));
  image_png_chunk(w, "IDAT", pixels, size / 2);
  image_png_chunk(w, "IDAT", pixels + size / 2, size - size / 2);
  image_png_chunk(w, "IEND", (const guint8 *)"", 0);
  return ak_writer_end(w, NULL);
}

static inline GBytes *image_uimage(GBytes *payload, guint8 type, guint8 compression) {
  g_autoptr(AkWriter) writer = ak_writer_new(64 + g_bytes_get_size(payload));
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(payload, &size);
  guint8 name[32] = "test image";
  ak_writer_u32be(writer, 0x27051956);
  ak_writer_u32be(writer, 0);
  ak_writer_u32be(writer, 1700000000);
  ak_writer_u32be(writer, (guint32)size);
  ak_writer_u32be(writer, 0);
  ak_writer_u32be(writer, 0);
  ak_writer_u32be(writer, (guint32)crc32(0, data, (uInt)size));
  ak_writer_u8(writer, 5);
  ak_writer_u8(writer, 24);
  ak_writer_u8(writer, type);
  ak_writer_u8(writer, compression);
  ak_writer_bytes(writer, name, sizeof name);
  ak_writer_bytes(writer, data, size);
  GBytes *whole = ak_writer_end(writer, NULL);
  guint8 *header = (guint8 *)g_bytes_get_data(whole, NULL);
  guint32 sum = GUINT32_TO_BE((guint32)crc32(0, header, 64));
  memcpy(header + 4, &sum, 4);
  return whole;
}

static inline AkFirmwareTree *image_open(GBytes *image, const AkFirmwareLimits *limits) {
  g_autoptr(GError) error = NULL;
  AkFirmwareTree *tree = ak_firmware_tree_open(
      image, "image", limits != NULL ? limits : &ak_firmware_default_limits, &error);
  g_assert_no_error(error);
  g_assert_nonnull(tree);
  return tree;
}

/* What a test of the table sees in `tree`. */
static inline AkSinkCollector *image_look_with(AkFirmwareTree *tree, const char *test_id,
                                               const json_t *params) {
  const AkTest *test = ak_test_find(test_id);
  g_assert_nonnull(test);
  AkSinkCollector *seen = ak_sink_collector_new();
  g_autoptr(AkSink) sink = ak_sink_new(test, &ak_sink_collector_backend, seen, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) prior = g_ptr_array_new();
  AkSubject subject = {.kind = (char *)"image", .locator = (char *)ak_firmware_tree_name(tree)};
  AkCall call = {.test = test,
                 .subject = &subject,
                 .params = params,
                 .prior = prior,
                 .tree = tree,
                 .now_utc_us = G_GINT64_CONSTANT(1700000000000000)};
  g_assert_true(test->run(&call, sink, &error));
  g_assert_no_error(error);
  return seen;
}

static inline AkSinkCollector *image_look(AkFirmwareTree *tree, const char *test_id) {
  g_autoptr(json_t) params = json_object();
  return image_look_with(tree, test_id, params);
}

/* True if `property` on the image was seen to be complete for `item`. */
static inline bool image_covers(AkSinkCollector *seen, const char *property, const char *item) {
  const AkObservation *o = ak_sink_collector_find(seen, property, "image");
  g_assert_nonnull(o);
  return o->outcome == AK_OUTCOME_SEEN && ak_value_set_contains(&o->value, item);
}

/* The node whose path is `path`, or NULL. */
static inline const AkNode *image_find(const AkFirmwareTree *tree, const char *path) {
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    if (g_strcmp0(ak_firmware_tree_node(tree, i)->path, path) == 0)
      return ak_firmware_tree_node(tree, i);
  return NULL;
}

static inline bool image_has_cut(const AkFirmwareTree *tree) {
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++)
    if (ak_firmware_tree_node(tree, i)->cut != NULL)
      return true;
  return false;
}

/* True if files of noise alone keep the search for secrets open. */
static inline bool image_has_sealed(AkSinkCollector *seen) {
  const AkObservation *o = ak_sink_collector_find(seen, "secret.coverage", "image");
  g_autoptr(json_t) json = ak_observation_to_json(o, false);
  g_autofree char *text = json_dumps(json, 0);
  return o->outcome == AK_OUTCOME_CUT && strstr(text, "not: files that look packed or encrypted were not opened: ") != NULL;
}

/* True if unpacking and searching `tree` saw all of it: what a pass would rest on. */
static inline bool image_is_clean(AkFirmwareTree *tree) {
  g_autoptr(AkSinkCollector) unpacked = image_look(tree, "firmware.unpack");
  if (!image_covers(unpacked, "firmware.coverage", "bytes") ||
      !image_covers(unpacked, "firmware.coverage", "files"))
    return false; /* the search is dear: thousands of damaged images end here */
  g_autoptr(AkSinkCollector) searched = image_look(tree, "firmware.secret");
  return image_covers(searched, "secret.coverage", "files") || image_has_sealed(searched);
}

/* --- trees without a filesystem: nodes as a format would emit them -----------------------------
 */

/* The tree of an image of padding alone: complete as soon as it has a file. */
static inline AkFirmwareTree *image_tree(void) {
  static const guint8 padding[16];
  g_autoptr(GBytes) bytes = g_bytes_new_static(padding, sizeof padding);
  return image_open(bytes, NULL);
}

static inline void image_tree_add(AkFirmwareTree *tree, AkNode node) {
  g_autoptr(GError) error = NULL;
  ak_firmware_tree_add(tree, node, NULL, &error);
  g_assert_no_error(error);
}

static inline void image_tree_bytes(AkFirmwareTree *tree, const char *path, guint mode,
                                    const void *data, gsize size) {
  image_tree_add(tree, (AkNode){.type = AK_NODE_FILE,
                                .path = g_strdup(path),
                                .mode = mode,
                                .bytes = g_bytes_new(data, size)});
}

static inline void image_tree_text(AkFirmwareTree *tree, const char *path, const char *text) {
  image_tree_bytes(tree, path, 0644, text, strlen(text));
}

static inline void image_tree_link(AkFirmwareTree *tree, const char *path, const char *target) {
  image_tree_add(tree, (AkNode){.type = AK_NODE_SYMLINK,
                                .path = g_strdup(path),
                                .mode = 0777,
                                .target = g_strdup(target)});
}

/* Asserts what was observed of `property` on `locator`: "absent", "cut", "could-not-look", "none"
 * (nothing at all), or the value: a text as it stands, a set joined by '|'. */
static inline void image_expect(const AkSinkCollector *seen, const char *locator,
                                const char *property, const char *expected) {
  const AkObservation *o = ak_sink_collector_find(seen, property, locator);
  g_autofree char *joined = NULL;
  const char *got = o == NULL ? "none" : ak_outcome_name(o->outcome);
  if (o != NULL && o->outcome == AK_OUTCOME_SEEN) {
    joined =
        o->value.type == AK_VALUE_SET ? g_strjoinv("|", o->value.set) : g_strdup(o->value.text);
    got = joined;
  }
  if (g_strcmp0(got, expected) != 0)
    g_error("%s of %s: %s, not %s", property, locator, got, expected);
}

/* Asserts that no byte of `secret` stands in what was reported or kept. */
static inline void image_expect_no(const AkSinkCollector *seen, const char *secret) {
  GHashTableIter blobs;
  gpointer key = NULL, blob = NULL;
  g_hash_table_iter_init(&blobs, seen->blobs);
  while (g_hash_table_iter_next(&blobs, &key, &blob)) {
    gsize size = 0;
    const void *data = g_bytes_get_data(blob, &size);
    g_assert_null(memmem(data, size, secret, strlen(secret)));
  }
  for (guint i = 0; i < seen->observations->len; i++) {
    g_autoptr(json_t) json = ak_observation_to_json(seen->observations->pdata[i], true);
    g_autofree char *text = json_dumps(json, 0);
    g_assert_null(strstr(text, secret));
  }
}
