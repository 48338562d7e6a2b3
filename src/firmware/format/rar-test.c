/* RAR archives, written here block by block: no packer of them is free, so packed contents are made by one of our
 * own (test-rar-pack.h), which unar, another reader than ours and libarchive's, takes too where it is installed. */
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "firmware/format/blake2sp.h"
#include "firmware/format/rar-headers.h"
#include "firmware/format/test-container.h"
#include "firmware/format/test-rar-pack.h"

/* --- a builder: what stands in an archive, as a text ----------------------------------------- */

/* Lines of "KIND NAME[=TEXT]"; in a name "\\n" is a line's end. KIND: file, folder, link, same
 * (as), owned; of version 5 also blake (guarded by that alone), bare (by nothing); secret, split
 * (marked so), packed (as if by a method); pack (by our packer), solid (likewise, of version 5: upon what stood
 * before it). */
typedef struct {
  const char *kind, *name, *text;
} Line;

static void put(GByteArray *out, guint64 value, guint size) {
  for (guint i = 0; i < size; i++) {
    guint8 byte = (guint8)(value >> 8 * i);
    g_byte_array_append(out, &byte, 1);
  }
}

static void put_text(GByteArray *out, const char *text) {
  g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static void put_number(GByteArray *out, guint64 value) {
  for (; value >= 0x80; value >>= 7)
    put(out, (value & 0x7f) | 0x80, 1);
  put(out, value, 1);
}

static void put_named(GByteArray *out, const char *text) {
  put_number(out, strlen(text));
  put_text(out, text);
}

static guint32 sum_of(const void *data, gsize size) {
  return (guint32)crc32(0, data, (uInt)size);
}

/* Version 5: CRC-32, size, type, flags, sizes of extra records and content, fields, records,
 * content. */
static void five_block(GByteArray *out, guint type, guint flags, const GByteArray *fields,
                       const GByteArray *extra, const GByteArray *content) {
  g_autoptr(GByteArray) header = g_byte_array_new(), sized = g_byte_array_new();
  put_number(header, type);
  put_number(header, flags | (extra->len > 0 ? 1 : 0) | (content != NULL ? 2 : 0));
  if (extra->len > 0)
    put_number(header, extra->len);
  if (content != NULL)
    put_number(header, content->len);
  g_byte_array_append(header, fields->data, fields->len);
  g_byte_array_append(header, extra->data, extra->len);
  put_number(sized, header->len);
  g_byte_array_append(sized, header->data, header->len);
  put(out, sum_of(sized->data, sized->len), 4);
  g_byte_array_append(out, sized->data, sized->len);
  if (content != NULL)
    g_byte_array_append(out, content->data, content->len);
}

static GByteArray *bytes_of(const char *text) {
  GByteArray *out = g_byte_array_new();
  put_text(out, text);
  return out;
}

static bool is(const Line *line, const char *kind) {
  return strcmp(line->kind, kind) == 0;
}

static void put_record(GByteArray *extra, const GByteArray *record) {
  put_number(extra, record->len);
  g_byte_array_append(extra, record->data, record->len);
}

static void five_records(GByteArray *extra, const Line *line) {
  g_autoptr(GByteArray) record = g_byte_array_new();
  guint8 digest[AK_BLAKE2SP_SIZE];
  if (is(line, "blake")) {
    ak_blake2sp((const guint8 *)line->text, strlen(line->text), digest);
    put_number(record, 2);
    put_number(record, 0);
    g_byte_array_append(record, digest, sizeof digest);
  } else if (is(line, "link") || is(line, "same")) {
    put_number(record, 5);
    put_number(record, is(line, "link") ? 1 : 4);
    put_number(record, 0);
    put_named(record, line->text);
  } else if (is(line, "owned")) {
    put_number(record, 6);
    put_number(record, 1 | 4 | 8);
    put_named(record, "somebody");
    put_number(record, 1000);
    put_number(record, 42);
  } else if (is(line, "secret")) {
    put_number(record, 1);
    put_number(record, 0);
  } else {
    return;
  }
  put_record(extra, record);
}

#define FIVE_STEPS 300 /* a block: contents of some blocks */

/* `before` is what a solid archive's decoder has seen, and grows. */
static GByteArray *five_content(const Line *line, GString *before) {
  gsize from = before->len;
  bool is_packed = is(line, "pack") || is(line, "solid");
  g_string_append(before, is_packed ? line->text : "");
  if (is(line, "solid"))
    return rar5_pack((const guint8 *)before->str, before->len, from, FIVE_STEPS);
  return is_packed ? rar5_pack((const guint8 *)line->text, strlen(line->text), 0, FIVE_STEPS)
                   : bytes_of(line->text);
}

static void five_entry(GByteArray *out, const Line *line, GString *before) {
  g_autoptr(GByteArray) fields = g_byte_array_new(), extra = g_byte_array_new();
  bool is_link = is(line, "link") || is(line, "same"), is_folder = is(line, "folder");
  bool has_crc = !is(line, "blake") && !is(line, "bare") && !is_folder && !is_link;
  bool is_packed = is(line, "pack") || is(line, "solid");
  g_autoptr(GByteArray) content = is_link || is_folder ? NULL : five_content(line, before);
  put_number(fields, (is_folder ? 1 : 0) | (has_crc ? 4 : 0));
  put_number(fields, is(line, "packed") ? 0xffffffffu : content != NULL ? strlen(line->text) : 0);
  put_number(fields, is_folder ? 040711 : is(line, "link") ? 0120777 : 0100640);
  if (has_crc)
    put(fields, sum_of(line->text, strlen(line->text)), 4);
  put_number(fields, (is(line, "packed") || is_packed ? 3 << 7 | 3 << 10 : 0) | (is(line, "solid") ? 0x40 : 0));
  put_number(fields, 1); /* Unix */
  put_named(fields, line->name);
  five_records(extra, line);
  five_block(out, 2, is(line, "split") ? 0x10 : 0, fields, extra, content);
}

static GBytes *five(const Line *lines, guint main_flags) {
  GByteArray *out = g_byte_array_new();
  g_autoptr(GByteArray) none = g_byte_array_new(), fields = g_byte_array_new(),
                        end = g_byte_array_new();
  g_byte_array_append(out, (const guint8 *)AK_RAR_MAGIC_FIVE, AK_RAR_MAGIC_FIVE_SIZE);
  put_number(fields, main_flags);
  five_block(out, 1, 0, fields, none, NULL);
  g_autoptr(GString) before = g_string_new(NULL);
  for (; lines->kind != NULL; lines++)
    five_entry(out, lines, before);
  put_number(end, 0);
  five_block(out, 5, 0, end, none, NULL);
  return g_byte_array_free_to_bytes(out);
}

/* Versions 1.5 to 4: 16 bits of the CRC-32, type, flags, size, fields, content. */
static void four_block(GByteArray *out, guint type, guint flags, const GByteArray *fields) {
  g_autoptr(GByteArray) header = g_byte_array_new();
  put(header, type, 1);
  put(header, flags, 2);
  put(header, fields->len + 7, 2);
  g_byte_array_append(header, fields->data, fields->len);
  put(out, sum_of(header->data, header->len) & 0xffff, 2);
  g_byte_array_append(out, header->data, header->len);
}

static void four_entry(GByteArray *out, const Line *line) {
  g_autoptr(GByteArray) fields = g_byte_array_new();
  bool is_link = is(line, "link"), is_folder = is(line, "folder");
  const char *text = is_folder ? "" : line->text;
  g_autoptr(GByteArray) content =
      is(line, "pack") ? rar3_pack((const guint8 *)text, strlen(text)) : bytes_of(text);
  guint flags = 0x8000 | (is_folder ? 0xe0 : 0) | (is(line, "secret") ? 4 : 0) |
                (is(line, "split") ? 2 : 0) | (is(line, "unicode") ? 0x200 : 0);
  /* underscores for what is not ASCII; then 0x65: low byte; both bytes; four of the first form */
  static const char unicode[] = "__.txt\0\x65\x6c\xe5\x2c\x67\x02";
  put(fields, content->len, 4);
  put(fields, is(line, "packed") ? 0xfffffff0u : strlen(text), 4);
  put(fields, 3, 1); /* Unix */
  put(fields, sum_of(text, strlen(text)), 4);
  put(fields, 0x5a210000, 4);
  put(fields, 29, 1);
  put(fields, is(line, "packed") || is(line, "pack") ? 0x33 : 0x30, 1);
  put(fields, is(line, "unicode") ? sizeof unicode - 1 : strlen(line->name), 2);
  put(fields, is_folder ? 040711 : is_link ? 0120777 : 0100640, 4);
  if (is(line, "unicode"))
    g_byte_array_append(fields, (const guint8 *)unicode, sizeof unicode - 1);
  else
    put_text(fields, line->name);
  four_block(out, 0x74, flags, fields);
  g_byte_array_append(out, content->data, content->len);
}

static GBytes *four(const Line *lines, guint main_flags) {
  GByteArray *out = g_byte_array_new();
  g_autoptr(GByteArray) none = g_byte_array_new(), fields = g_byte_array_new();
  g_byte_array_append(out, (const guint8 *)AK_RAR_MAGIC_FOUR, AK_RAR_MAGIC_FOUR_SIZE);
  put(fields, 0, 6);
  four_block(out, 0x73, main_flags, fields);
  for (; lines->kind != NULL; lines++)
    four_entry(out, lines);
  four_block(out, 0x7b, 0x4000, none);
  return g_byte_array_free_to_bytes(out);
}

typedef GBytes *(*Build)(const Line *lines, guint main_flags);

/* --- tests ----------------------------------------------------------------------------------- */

static const Line all_of_five[] = {{"folder", "etc", ""},
                                   {"file", "etc/shadow", CONTAINER_HASH},
                                   {"blake", "etc/motd", "a text that BLAKE2sp alone guards\n"},
                                   {"owned", "etc/own", "somebody's\n"},
                                   {"file", "etc/empty", ""},
                                   {"link", "motd", "etc/motd"},
                                   {"same", "etc/copy", "etc/own"},
                                   {NULL}};
static const Line all_of_four[] = {{"folder", "etc", ""},
                                   {"file", "etc\\shadow", CONTAINER_HASH},
                                   {"unicode", "", "a name in two forms\n"},
                                   {"file", "etc/empty", ""},
                                   {"link", "motd", "etc/motd"},
                                   {NULL}};

static void assert_text(const AkFirmwareTree *tree, const char *path, const char *text,
                        guint mode) {
  const AkNode *node = image_find(tree, path);
  gsize size = 0;
  if (node == NULL || node->bytes == NULL)
    g_error("%s is not there", path);
  const void *bytes = g_bytes_get_data(node->bytes, &size);
  g_assert_cmpmem(bytes, size, text, strlen(text));
  g_assert_cmpuint(node->mode, ==, mode);
}

static void test_five(void) {
  g_autoptr(GBytes) image = five(all_of_five, 0);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "rar");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_text(tree, "/etc/shadow", CONTAINER_HASH, 0640);
  assert_text(tree, "/etc/motd", "a text that BLAKE2sp alone guards\n", 0640);
  assert_text(tree, "/etc/copy", "somebody's\n", 0640);
  assert_text(tree, "/etc/empty", "", 0640);
  const AkNode *own = image_find(tree, "/etc/own"), *link = image_find(tree, "/motd");
  const AkNode *folder = image_find(tree, "/etc");
  g_assert_true(own->uid == 1000 && own->gid == 42);
  g_assert_cmpstr(link->target, ==, "etc/motd");
  g_assert_true(folder->type == AK_NODE_FOLDER && folder->mode == 0711);
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, size);
  container_expect_cut(image, size, 1);
  container_expect_guarded(image, AK_RAR_MAGIC_FIVE_SIZE, size, 1);
}

static void test_four(void) {
  g_autoptr(GBytes) image = four(all_of_four, 0);
  gsize size = g_bytes_get_size(image);
  container_expect_whole(image, "rar");
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  assert_text(tree, "/etc/shadow", CONTAINER_HASH, 0640);
  assert_text(tree, "/日本.txt", "a name in two forms\n", 0640);
  assert_text(tree, "/etc/empty", "", 0640);
  g_assert_cmpstr(image_find(tree, "/motd")->target, ==, "etc/motd");
  g_assert_cmpuint(image_find(tree, "/etc")->mode, ==, 0711);
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->used, ==, size);
  container_expect_cut(image, size, 1);
  container_expect_guarded(image, AK_RAR_MAGIC_FOUR_SIZE, size, 1);
}

/* --- packed contents ------------------------------------------------------------------------- */

/* Words in an order that does not repeat itself soon, so that there are literals and matches of all lengths and
 * distances; the hash stands at the end. */
static char *long_text(guint words, guint seed) {
  static const char *const names[] = {"gateway", "of", "the", "house", "listens", "on port", "and", "says",
                                      "nothing", "\n", "while", "its", "neighbour", "answers", "0x", "=="};
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < words; i++) {
    seed = seed * 1103515245u + 12345u;
    g_string_append_printf(out, seed >> 28 == 3 ? "%s %u " : "%s ", names[seed >> 16 & 15], seed >> 24);
  }
  g_string_append(out, CONTAINER_HASH);
  return g_string_free(out, FALSE);
}

/* Another reader's files are the same; where it is installed. */
static void expect_same_by_unar(GBytes *image, const char *const *names, const char *const *texts) {
  g_autofree char *unar = g_find_program_in_path("unar");
  if (unar == NULL) {
    g_test_message("unar is not installed: no second reader");
    return;
  }
  g_autofree char *folder = g_dir_make_tmp("akashi-rar-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "archive.rar", NULL);
  g_assert_true(g_file_set_contents(path, g_bytes_get_data(image, NULL), (gssize)g_bytes_get_size(image), NULL));
  const char *argv[] = {unar, "-q", "-D", "-o", folder, path, NULL};
  int status = -1;
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint(status, ==, 0);
  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree char *file = g_build_filename(folder, names[i], NULL), *got = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(file, &got, &size, NULL));
    g_assert_cmpmem(got, size, texts[i], strlen(texts[i]));
    g_unlink(file);
  }
  g_unlink(path);
  g_rmdir(folder);
}

/* Whatever one bit of the archive becomes, a content is as it was or the look is cut: not every bit of packed bytes
 * means something (the lengths of codes that nothing uses, the last byte's rest). */
static void expect_content_guarded(GBytes *image, const char *const *names, char *const *texts) {
  gsize size = g_bytes_get_size(image);
  guint unseen = 0;
  for (gsize at = 0; at < 8 * size; at += 3) {
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at / 8] ^= (guint8)(1u << at % 8);
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    if (!container_is_clean(tree))
      continue;
    unseen++;
    for (guint i = 0; names[i] != NULL; i++) {
      g_autofree char *path = g_strconcat("/", names[i], NULL);
      const AkNode *node = image_find(tree, path);
      gsize length = 0;
      const char *bytes = node != NULL && node->bytes != NULL ? g_bytes_get_data(node->bytes, &length) : NULL;
      if (length != strlen(texts[i]) || memcmp(bytes, texts[i], length) != 0)
        g_error("changed at bit %" G_GSIZE_FORMAT ": another content of %s is taken for whole", at, names[i]);
    }
  }
  g_assert_cmpuint(unseen, <, size / 10);
}

static const struct {
  const char *name;
  Build build;
  const char *kinds[3]; /* of the files */
  guint main_flags;
  guint words;          /* of the first file; the others have more */
  bool is_too_short;    /* for unar 1.10, which reads beyond the end of solid files of a few hundred bytes */
} packings[] = {
    {"five", five, {"pack", "pack", "pack"}, 0, 60, false},
    {"five/long", five, {"pack", "file", "pack"}, 0, 9000, false},
    {"five/solid", five, {"pack", "solid", "solid"}, 4, 60, true},
    {"five/solid/long", five, {"pack", "solid", "solid"}, 4, 600, false},
    {"four", four, {"pack", "pack", "pack"}, 0, 60, false},
    {"four/long", four, {"pack", "file", "pack"}, 0, 9000, false},
};

static void test_packed(gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  static const char *const names[] = {"a", "b", "c", NULL};
  char *texts[4] = {NULL};
  Line lines[4] = {{NULL}};
  for (guint i = 0; i < 3; i++) {
    texts[i] = long_text(packings[row].words * (i + 1), i + 7);
    lines[i] = (Line){packings[row].kinds[i], names[i], texts[i]};
  }
  g_autoptr(GBytes) image = packings[row].build(lines, packings[row].main_flags);
  gsize size = g_bytes_get_size(image);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  for (guint i = 0; i < 3; i++) {
    g_autofree char *path = g_strconcat("/", names[i], NULL);
    assert_text(tree, path, texts[i], 0640);
  }
  g_assert_cmpuint(size, <, strlen(texts[0]) + strlen(texts[1]) + strlen(texts[2])); /* it was packed */
  if (!packings[row].is_too_short)
    expect_same_by_unar(image, names, (const char *const *)texts);
  if (packings[row].words < 100) {
    container_expect_whole(image, "rar");
    container_expect_cut(image, size, 7);
    expect_content_guarded(image, names, texts);
  }
  for (guint i = 0; i < 3; i++)
    g_free(texts[i]);
}

/* What cannot be had, or held against a sum, is never taken. */
static const struct {
  const char *name;
  Build build;
  Line line;
  guint main_flags;
  const char *reason;
} refused[] = {
    {"encrypted", five, {"secret", "a", CONTAINER_HASH}, 0, "rar: encrypted"},
    {"split", five, {"split", "a", CONTAINER_HASH}, 0, "in another volume"},
    {"unguarded", five, {"bare", "a", CONTAINER_HASH}, 0, "nothing guards"},
    {"volume", five, {"file", "a", CONTAINER_HASH}, 1, "one of several volumes"},
    {"four-gigabytes", five, {"packed", "a", CONTAINER_HASH}, 0, "rar: "},
    {"nothing-to-copy", five, {"same", "a", "b"}, 0, "is not there"},
    {"old/encrypted", four, {"secret", "a", CONTAINER_HASH}, 0, "rar: encrypted"},
    {"old/all-encrypted", four, {"file", "a", CONTAINER_HASH}, 0x80, "encrypted with all names"},
    {"old/split", four, {"split", "a", CONTAINER_HASH}, 0, "in another volume"},
    {"old/volume", four, {"file", "a", CONTAINER_HASH}, 1, "one of several volumes"},
    {"old/four-gigabytes", four, {"packed", "a", CONTAINER_HASH}, 0, "rar: "},
};

static void test_refused(gconstpointer data) {
  guint row = GPOINTER_TO_UINT(data);
  const Line lines[] = {refused[row].line, {"file", "b", "as it was\n"}, {NULL}};
  g_autoptr(GBytes) image = refused[row].build(lines, refused[row].main_flags);
  g_assert_true(container_is_cut_for(image, refused[row].reason));
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_false(container_is_clean(tree));
  const AkNode *other = image_find(tree, "/b");
  if ((refused[row].main_flags & 0x80) == 0)
    g_assert_true(other != NULL && other->cut == NULL && g_bytes_get_size(other->bytes) == 10);
}

/* Names are never places: what leads out, or moves a cursor, is escaped. */
static void test_names(gconstpointer data) {
  Build build = (Build)(gpointer)data;
  const Line lines[] = {{"file", "../../etc/passwd", "1"},
                        {"file", "/etc/passwd", "2"},
                        {"file", "a\nb\x1b[2J", "3"},
                        {"file", "..\\..\\x", "4"},
                        {NULL}};
  g_autoptr(GBytes) image = build(lines, 0);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpuint(ak_firmware_tree_length(tree), ==, 5);
  g_assert_nonnull(image_find(tree, "/\\x2E\\x2E/\\x2E\\x2E/etc/passwd"));
  g_assert_nonnull(image_find(tree, "/etc/passwd"));
  for (guint i = 1; i < 5; i++)
    for (const char *at = ak_firmware_tree_node(tree, i)->path; *at != '\0'; at++)
      g_assert_true((guint8)*at >= 0x20);
}

/* Comments are not read: unknown bytes. A recovery record is none of the content. */
static void test_services(void) {
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_autoptr(GByteArray) none = g_byte_array_new(), flags = g_byte_array_new();
  g_byte_array_append(out, (const guint8 *)AK_RAR_MAGIC_FIVE, AK_RAR_MAGIC_FIVE_SIZE);
  put_number(flags, 0);
  five_block(out, 1, 0, flags, none, NULL);
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GByteArray) fields = g_byte_array_new();
    put_number(fields, 0);
    put_number(fields, 9);
    for (guint j = 0; j < 3; j++)
      put_number(fields, 0);
    put_named(fields, i == 0 ? "CMT" : "RR");
    g_autoptr(GByteArray) comment = bytes_of("a comment");
    five_block(out, 3, 0, fields, none, comment);
  }
  five_block(out, 5, 0, flags, none, NULL);
  g_autoptr(GBytes) image = g_bytes_new(out->data, out->len);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_cmpuint(ak_firmware_tree_length(tree), ==, 2);
  g_assert_cmpuint(ak_firmware_tree_unknown_bytes(tree), ==, 9);
}

/* Expected: Python's hashlib.blake2s with the tree's parameters, over bytes i % 251; the first one
 * is the one of the reference's test vectors. */
static void test_blake2sp(void) {
  static const struct {
    gsize size;
    const char *digest;
  } rows[] = {
      {0, "dd0e891776933f43c7d032b08a917e25741f8aa9a12c12e1cac8801500f2ca4f"},
      {1, "a6b9eecc25227ad788c99d3f236debc8da408849e9a5178978727a81457f7239"},
      {64, "52603b6cbfad4966cb044cb267568385cf35f21e6c45cf30aed19832cb51e9f5"},
      {513, "8a4bc3330497e681f15daf24fc496044a1c32bf0a837a210399e1ae4af7e92be"},
      {1000, "611f1af6610cdaf674ec2c9178f6376ebe234ef50998a3be3f1fa698fb779274"},
  };
  guint8 data[1000], digest[AK_BLAKE2SP_SIZE];
  for (guint i = 0; i < sizeof data; i++)
    data[i] = (guint8)(i % 251);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    ak_blake2sp(data, rows[i].size, digest);
    for (gsize j = 0; j < sizeof digest; j++)
      g_string_append_printf(text, "%02x", digest[j]);
    g_assert_cmpstr(text->str, ==, rows[i].digest);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rar/five", test_five);
  g_test_add_func("/rar/four", test_four);
  for (guint i = 0; i < G_N_ELEMENTS(packings); i++) {
    g_autofree char *path = g_strconcat("/rar/packed/", packings[i].name, NULL);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_packed);
  }
  for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autofree char *path = g_strconcat("/rar/refused/", refused[i].name, NULL);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_refused);
  }
  g_test_add_data_func("/rar/names", (gpointer)five, test_names);
  g_test_add_data_func("/rar/names/old", (gpointer)four, test_names);
  g_test_add_func("/rar/services", test_services);
  g_test_add_func("/rar/blake2sp", test_blake2sp);
  return g_test_run();
}
