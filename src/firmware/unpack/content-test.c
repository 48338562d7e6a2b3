/* What bytes look like: against programs of other processors, compressors, ciphers and texts. */
#include "firmware/unpack/content.h"

#include <lzma.h>
#include <openssl/evp.h>
#include <string.h>

#include "firmware/unpack/opcodes.h"
#include "firmware/unpack/test-image.h"
#include "util/reader.h"

static GBytes *code_of(const char *path);

/* The kind that most bytes have; `architecture` gets that of the largest part of code. */
static AkContentKind most(const guint8 *data, gsize size, gsize *share, const char **architecture) {
  g_autoptr(GArray) parts = ak_content_parts(data, size);
  gsize sizes[AK_CONTENT_COMPRESSED_OR_ENCRYPTED + 1] = {0}, sum = 0, largest = 0;
  AkContentKind best = AK_CONTENT_DATA;
  for (guint i = 0; i < parts->len; i++) {
    const AkContentPart *part = &g_array_index(parts, AkContentPart, i);
    g_assert_cmpuint(part->offset, ==, sum);
    g_assert_cmpuint(part->size, >, 0);
    g_assert_cmpint(part->architecture != NULL, ==, part->kind == AK_CONTENT_CODE);
    sum += part->size;
    sizes[part->kind] += part->size;
    if (part->kind == AK_CONTENT_CODE && part->size > largest) {
      largest = part->size;
      *architecture = part->architecture;
    }
  }
  g_assert_cmpuint(sum, ==, size);
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
    if (sizes[i] > sizes[best])
      best = i;
  *share = sum > 0 ? sizes[best] * 100 / sum : 0;
  return best;
}

static void expect_share(const void *data, gsize size, AkContentKind kind, gsize least,
                         const char *architecture) {
  const char *found = NULL;
  gsize share = 0;
  AkContentKind got = most(data, size, &share, &found);
  g_assert_cmpstr(ak_content_kind_name(got), ==, ak_content_kind_name(kind));
  g_assert_cmpuint(share, >=, least);
  if (architecture != NULL)
    g_assert_cmpstr(found, ==, architecture);
}

static void expect(const void *data, gsize size, AkContentKind kind, const char *architecture) {
  expect_share(data, size, kind, 95, architecture);
}

/* --- programs ----------------------------------------------------------------------------------
 */

static bool read_word(AkReader *reader, bool is_wide, bool is_big, guint64 *out) {
  guint32 narrow = 0;
  if (is_wide)
    return is_big ? ak_reader_u64be(reader, out, NULL) : ak_reader_u64le(reader, out, NULL);
  bool ok =
      is_big ? ak_reader_u32be(reader, &narrow, NULL) : ak_reader_u32le(reader, &narrow, NULL);
  *out = narrow;
  return ok;
}

/* The largest section that may be executed. Source: System V gABI, ELF header and section header.
 */
static GBytes *code_of(const char *path) {
  g_autoptr(GBytes) file = image_load(path);
  gsize size = 0, best_at = 0, best_size = 0;
  const guint8 *data = g_bytes_get_data(file, &size);
  bool is_wide = data[4] == 2, is_big = data[5] == 2;
  AkReader reader = ak_reader_init(data, size);
  guint64 table = 0;
  g_assert_true(ak_reader_seek(&reader, is_wide ? 40 : 32, NULL) &&
                read_word(&reader, is_wide, is_big, &table));
  guint entry = is_wide ? 64 : 40, count = is_wide ? 60 : 48;
  count = is_big ? (guint)data[count] << 8 | data[count + 1]
                 : (guint)data[count + 1] << 8 | data[count];
  for (guint i = 0; i < count; i++) {
    guint64 flags = 0, offset = 0, length = 0, address = 0;
    g_assert_true(ak_reader_seek(&reader, (gsize)table + i * entry + 8, NULL) &&
                  read_word(&reader, is_wide, is_big, &flags) &&
                  read_word(&reader, is_wide, is_big, &address) &&
                  read_word(&reader, is_wide, is_big, &offset) &&
                  read_word(&reader, is_wide, is_big, &length));
    if ((flags & 4) != 0 && length > best_size) { /* SHF_EXECINSTR */
      best_at = (gsize)offset;
      best_size = (gsize)length;
    }
  }
  g_assert_cmpuint(best_size, >, 100000);
  return image_slice(file, best_at, best_size);
}

/* The frequencies were counted in other programs. */
static const struct {
  const char *path, *architecture; /* NULL: a processor that is not in the table */
} programs[] = {
    {"/usr/arm-linux-gnueabi/lib/libstdc++.so.6", "arm"},
    {"/usr/arm-linux-gnueabihf/lib/libstdc++.so.6", "thumb"},
    {"/usr/aarch64-linux-gnu/lib/libstdc++.so.6", "aarch64"},
    {"/usr/mips-linux-gnu/lib/libstdc++.so.6", "mips-be"},
    {"/usr/mipsel-linux-gnu/lib/libstdc++.so.6", "mips-le"},
    {"/usr/powerpc-linux-gnu/lib/libstdc++.so.6", "powerpc-be"},
    {"/usr/powerpc64le-linux-gnu/lib/libstdc++.so.6", "powerpc-le"},
    {"/usr/riscv64-linux-gnu/lib/libstdc++.so.6", "riscv"},
    {"/usr/i686-linux-gnu/lib/libstdc++.so.6", "x86"},
    {"/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "x86-64"},
    {"/usr/s390x-linux-gnu/lib/libstdc++.so.6", NULL},
};

static void test_programs(void) {
  guint looked = 0;
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++) {
    if (!g_file_test(programs[i].path, G_FILE_TEST_EXISTS))
      continue;
    looked++;
    g_test_message("%s", programs[i].path);
    g_autoptr(GBytes) code = code_of(programs[i].path);
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(code, &size);
    bool is_known = programs[i].architecture != NULL;
    expect(data, size, is_known ? AK_CONTENT_CODE : AK_CONTENT_DATA, programs[i].architecture);
    /* a piece, and not where words are aligned; tables of jumps are data */
    expect_share(data + 30001, 40000, is_known ? AK_CONTENT_CODE : AK_CONTENT_DATA, 75,
                 programs[i].architecture);
  }
  if (looked == 0)
    g_test_skip("no programs of other processors are installed");
}

/* Each table is a distribution, and its patterns can be told from each other. */
static void test_tables(void) {
  for (const AkOpcodeTable *table = ak_opcode_tables; table->architecture != NULL; table++) {
    guint sum = 0, count = 0;
    for (const AkOpcode *opcode = table->opcodes; opcode->mask != 0; opcode++, count++) {
      g_assert_cmphex(opcode->value & ~opcode->mask, ==, 0);
      g_assert_cmpuint(opcode->per_10000, >, 0);
      sum += opcode->per_10000;
    }
    g_assert_cmpuint(count, >=, 12);
    g_assert_cmpuint(count, <=, 64);
    g_assert_cmpuint(sum, <, 10000);
  }
}

/* --- everything else ---------------------------------------------------------------------------
 */

static GBytes *words(gsize size) {
  GString *text = g_string_new(NULL);
  for (guint i = 0; text->len < size; i++)
    g_string_append_printf(text, "%u is a line of a report, number %x; それは文章です。\n", i,
                           i * 2654435761u);
  g_string_truncate(text, size);
  return g_string_free_to_bytes(text);
}

static void test_texts_and_padding(void) {
  g_autoptr(GBytes) text = words(50000);
  g_autofree guint8 *padding = g_malloc(20000);
  expect(g_bytes_get_data(text, NULL), 50000, AK_CONTENT_TEXT, NULL);
  expect("short", 5, AK_CONTENT_TEXT, NULL);
  memset(padding, 0xff, 20000);
  expect(padding, 20000, AK_CONTENT_PADDING, NULL);
  g_autoptr(GArray) none = ak_content_parts(padding, 0);
  g_assert_cmpuint(none->len, ==, 0);
  g_assert_cmpuint(ak_content_entropy(padding, 20000), ==, 0);
  g_assert_cmpuint(ak_content_entropy((const guint8 *)"\0\1\2\3", 4), ==, 200);
}

/* Raw LZMA2, without any header. */
static GBytes *pack_lzma(GBytes *plain) {
  lzma_options_lzma options;
  gsize size = 0, used = 0, room = 0;
  const guint8 *data = g_bytes_get_data(plain, &size);
  g_assert_false(lzma_lzma_preset(&options, 6));
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  room = size + 65536;
  guint8 *out = g_malloc(room);
  g_assert_cmpint(lzma_raw_buffer_encode(filters, NULL, data, size, out, &used, room), ==, LZMA_OK);
  return g_bytes_new_take(out, used);
}

static GBytes *encrypt(GBytes *plain, const EVP_CIPHER *cipher) {
  static const guint8 key[32] = "0123456789abcdef0123456789abcde", iv[16] = "fedcba987654321";
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(plain, &size);
  guint8 *out = g_malloc(size + 64);
  int first = 0, last = 0;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  g_assert_true(EVP_EncryptInit_ex(context, cipher, NULL, key, iv) == 1);
  g_assert_true(EVP_EncryptUpdate(context, out, &first, data, (int)size) == 1);
  g_assert_true(EVP_EncryptFinal_ex(context, out + first, &last) == 1);
  EVP_CIPHER_CTX_free(context);
  return g_bytes_new_take(out, (gsize)(first + last));
}

static void expect_bytes(GBytes *bytes, AkContentKind kind) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  expect(data, size, kind, NULL);
}

/* Random, well compressed and enciphered bytes cannot be told apart, so they are not. */
static void test_random(void) {
  g_autoptr(GBytes) noise = image_noise(300000, 5), text = words(3000000);
  g_autoptr(GBytes) packed = pack_lzma(text), chained = encrypt(text, EVP_aes_256_cbc()),
                    single = encrypt(text, EVP_aes_256_ecb());
  expect_bytes(noise, AK_CONTENT_COMPRESSED_OR_ENCRYPTED);
  expect_bytes(packed, AK_CONTENT_COMPRESSED_OR_ENCRYPTED);
  expect_bytes(chained, AK_CONTENT_COMPRESSED_OR_ENCRYPTED);
  expect_bytes(single, AK_CONTENT_COMPRESSED_OR_ENCRYPTED);
  expect(g_bytes_get_data(noise, NULL), 512, AK_CONTENT_COMPRESSED_OR_ENCRYPTED, NULL);
  expect(g_bytes_get_data(noise, NULL), 300, AK_CONTENT_DATA, NULL); /* too few to say */
}

/* Equal blocks of a cipher that does not chain make bytes uneven; they are still no compressor's.
 */
static void test_unchained_cipher(void) {
  g_autoptr(GString) plain = g_string_new(NULL);
  g_autoptr(GBytes) noise = image_noise(16 * 4096, 9);
  const char *random = g_bytes_get_data(noise, NULL);
  for (guint i = 0; i < 16 * 1024; i++) /* a fourth of the blocks are the same */
    g_string_append_len(plain, i % 4 == 0 ? "0123456789abcdef" : random + i % 4096 * 16, 16);
  g_autoptr(GBytes) bytes = g_string_free_to_bytes(g_steal_pointer(&plain));
  g_autoptr(GBytes) single = encrypt(bytes, EVP_aes_256_ecb());
  gsize size = 0, share = 0;
  const char *architecture = NULL;
  const guint8 *data = g_bytes_get_data(single, &size);
  AkContentKind kind = most(data, size, &share, &architecture);
  g_assert_cmpint(kind, !=, AK_CONTENT_COMPRESSED);
  g_assert_cmpint(kind, !=, AK_CONTENT_CODE);
}

/* Deflate leaves bytes of programs unevenly frequent: no cipher does. */
static void test_deflate(void) {
  const char *path = g_getenv("AKASHI_PROGRAM"); /* the test itself is small */
  g_autoptr(GBytes) program = image_load(path != NULL ? path : "/proc/self/exe");
  gsize size = 0;
  const void *data = g_bytes_get_data(program, &size);
  g_autoptr(GBytes) packed = image_gzip(data, size);
  const guint8 *bytes = g_bytes_get_data(packed, &size);
  expect_share(bytes, size, AK_CONTENT_COMPRESSED, 50,
               NULL); /* of a sanitizer's, tables are data */
}

/* Parts in a row: each is found, within the width of a block. */
static void test_parts(void) {
  g_autoptr(GBytes) text = words(40960), noise = image_noise(40960, 3);
  g_autofree guint8 *zeros = g_malloc0(40960);
  g_autoptr(GByteArray) all = g_byte_array_new();
  g_byte_array_append(all, g_bytes_get_data(text, NULL), 40960);
  g_byte_array_append(all, zeros, 40960);
  g_byte_array_append(all, g_bytes_get_data(noise, NULL), 40960);
  g_autoptr(GArray) parts = ak_content_parts(all->data, all->len);
  static const AkContentKind kinds[] = {AK_CONTENT_TEXT, AK_CONTENT_PADDING,
                                        AK_CONTENT_COMPRESSED_OR_ENCRYPTED};
  g_assert_cmpuint(parts->len, ==, G_N_ELEMENTS(kinds));
  for (guint i = 0; i < parts->len; i++) {
    const AkContentPart *part = &g_array_index(parts, AkContentPart, i);
    g_assert_cmpint(part->kind, ==, kinds[i]);
    g_assert_cmpuint(part->offset, ==, i * 40960);
    g_assert_cmpstr(part->confidence, ==, "high");
  }
}

/* Bytes like those of a cipher, with a head of their own. */
static bool is_sealed(const char *head, gsize length, gsize size) {
  g_autoptr(GBytes) noise = image_noise(size, 9);
  g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(noise, NULL), size);
  memcpy(bytes, head, length);
  return ak_content_is_sealed(bytes, size);
}

static bool is_sealed_bytes(GBytes *taken) {
  g_autoptr(GBytes) bytes = taken;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  return ak_content_is_sealed(data, size);
}

static void test_sealed(void) {
  g_assert_true(is_sealed("", 0, 1024));
  g_assert_true(is_sealed("Salted__", 8, 5000));
  g_assert_true(is_sealed("", 0, 1000000));
  g_assert_false(is_sealed("", 0, 1023));
  g_assert_false(ak_content_is_sealed(NULL, 0));
  g_autoptr(GBytes) text = words(50000);
  g_assert_false(ak_content_is_sealed(g_bytes_get_data(text, NULL), 50000));
}

/* The first bytes of a picture, a sound or a key make no such thing of what follows. */
static void test_sealed_in_a_dress(void) {
  g_assert_true(is_sealed("\x89PNG\r\n\x1a\n", 8, 100000));
  g_assert_true(is_sealed("\xff\xd8\xff\xe0", 4, 100000));
  g_assert_true(is_sealed("\xff\xfb", 2, 100000));
  g_assert_true(is_sealed("\xff\xfb\x90\0", 4, 100000));
  g_assert_true(is_sealed("ID3", 3, 100000));
  g_assert_true(is_sealed("\0\0\1\0\1\0", 6, 100000));
  g_assert_true(is_sealed("\x99\x02\x0d\x04", 4, 9000));
  g_assert_true(is_sealed("RIFF", 4, 9000));
  g_assert_true(is_sealed("\x7f" "ELF\2\1\1", 7, 100000));
}

static GBytes *texts(gsize size) {
  g_autoptr(GBytes) text = words(size);
  return g_bytes_new_from_bytes(text, 0, size);
}

/* Text of `front` bytes, noise of `middle`, text of `back`. */
static bool is_sealed_between(gsize front, gsize middle, gsize back) {
  g_autoptr(GBytes) first = texts(front), noise = image_noise(middle, 4), last = texts(back);
  g_autoptr(GBytes) head = image_join(first, noise);
  return is_sealed_bytes(image_join(head, last));
}

static void test_sealed_in_part(void) {
  g_assert_true(is_sealed_between(0, 50000, 50000));
  g_assert_true(is_sealed_between(50000, 50000, 0));
  g_assert_true(is_sealed_between(45000, 30000, 45000));
  g_assert_true(is_sealed_between(1024, 3072, 0)); /* behind a head */
  g_assert_true(is_sealed_between(300000, 100000, 0));
  g_assert_false(is_sealed_between(100000, 4096, 100000)); /* a table of constants, a signature */
  g_assert_false(is_sealed_between(8000, 512, 0));
}

static void test_sealed_before_padding(void) {
  static const guint8 erased[200000];
  g_autoptr(GBytes) noise = image_noise(4000, 4), zeros = g_bytes_new_static(erased, sizeof erased);
  g_assert_true(is_sealed_bytes(image_join(noise, zeros)));
  g_autoptr(GBytes) text = texts(4000), larger = image_noise(20000, 4), hole = image_join(zeros, larger),
                    more = texts(20000);
  g_assert_false(is_sealed_bytes(image_join(text, zeros)));
  g_assert_true(is_sealed_bytes(image_join(text, hole))); /* a hole between what can be read and what cannot */
  g_assert_true(is_sealed_bytes(image_join(zeros, larger)));
  g_assert_false(is_sealed_bytes(image_join(zeros, more)));
  g_assert_false(ak_content_is_sealed(erased, sizeof erased));
}

/* As a cipher's constants stand in a program: each byte as often as any other, which no cipher writes. */
static void test_sealed_no_table(void) {
  g_autofree guint8 *table = g_malloc(8192);
  for (guint i = 0; i < 8192; i++)
    table[i] = (guint8)(i * 167 + i / 256 * 13);
  g_autoptr(GBytes) text = texts(8192), constants = g_bytes_new_static(table, 8192), noise = image_noise(8192, 3);
  g_assert_false(is_sealed_bytes(image_join(text, constants)));
  g_assert_true(is_sealed_bytes(image_join(text, noise)));
}

/* Sound of 24 frames of 417 bytes; an icon of one picture. */
static void test_sealed_known_kinds(void) {
  g_autoptr(GBytes) noise = image_noise(413, 3), more = image_noise(2000, 3), picture = image_png(NULL, NULL);
  gsize size = g_bytes_get_size(picture);
  g_autoptr(AkWriter) sound = ak_writer_new(65536), icon = ak_writer_new(65536);
  for (guint i = 0; i < 24; i++) {
    ak_writer_bytes(sound, "\xff\xfb\x90\0", 4);
    ak_writer_bytes(sound, g_bytes_get_data(noise, NULL), 413);
  }
  ak_writer_bytes(icon, "\0\0\1\0\1\0\x20\x20\0\0\1\0\x20\0", 14);
  ak_writer_u32le(icon, (guint32)size);
  ak_writer_u32le(icon, 22);
  ak_writer_bytes(icon, g_bytes_get_data(picture, NULL), size);
  g_autoptr(GBytes) frames = ak_writer_end(sound, NULL), whole = ak_writer_end(icon, NULL);
  g_assert_false(ak_content_is_sealed(g_bytes_get_data(frames, NULL), 24 * 417));
  g_assert_false(ak_content_is_sealed(g_bytes_get_data(whole, NULL), size + 22));
  g_assert_true(is_sealed_bytes(image_join(frames, more))); /* something behind it */
  g_assert_true(is_sealed_bytes(image_join(whole, more)));
}

/* A font of 5000 bytes whose last three are zeros; padding behind it is none of it, and hides nothing. */
static void test_sealed_known_kind_ends_in_zeros(void) {
  g_autoptr(GBytes) noise = image_noise(4949, 3), more = image_noise(2000, 3), padding = g_bytes_new_take(g_malloc0(3000), 3000);
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  ak_writer_bytes(w, "wOF2\0\1\0\0\0\0\x13\x88\0\5\0\0\0\0\x20\0\0\0\x13\x28\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 48);
  ak_writer_bytes(w, g_bytes_get_data(noise, NULL), 4949);
  ak_writer_bytes(w, "\0\0\0", 3);
  g_autoptr(GBytes) font = ak_writer_end(w, NULL), padded = image_join(font, padding);
  g_assert_false(ak_content_is_sealed(g_bytes_get_data(font, NULL), 5000));
  g_assert_false(ak_content_is_sealed(g_bytes_get_data(padded, NULL), 8000));
  g_assert_true(ak_content_is_sealed(g_bytes_get_data(font, NULL), 4999)); /* shorter than it says */
  g_assert_true(is_sealed_bytes(image_join(font, more)));
  g_assert_true(is_sealed_bytes(image_join(padded, more)));
}

/* Programs hold constants; those of a packer are packed. */
static void test_sealed_programs(void) {
  static const char *const paths[] = {"/bin/sh", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                                      "/usr/lib/x86_64-linux-gnu/libhogweed.so.6"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    if (g_file_test(paths[i], G_FILE_TEST_EXISTS))
      g_assert_false(is_sealed_bytes(image_load(paths[i])));
  g_autoptr(GBytes) program = image_load("/bin/sh"), head = g_bytes_new_from_bytes(program, 0, 8192),
                    noise = image_noise(60000, 3);
  g_assert_true(is_sealed_bytes(image_join(head, noise)));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/content/programs", test_programs);
  g_test_add_func("/content/tables", test_tables);
  g_test_add_func("/content/texts-and-padding", test_texts_and_padding);
  g_test_add_func("/content/random", test_random);
  g_test_add_func("/content/unchained-cipher", test_unchained_cipher);
  g_test_add_func("/content/deflate", test_deflate);
  g_test_add_func("/content/parts", test_parts);
  g_test_add_func("/content/sealed", test_sealed);
  g_test_add_func("/content/sealed-dress", test_sealed_in_a_dress);
  g_test_add_func("/content/sealed-part", test_sealed_in_part);
  g_test_add_func("/content/sealed-padding", test_sealed_before_padding);
  g_test_add_func("/content/sealed-table", test_sealed_no_table);
  g_test_add_func("/content/sealed-known-kinds", test_sealed_known_kinds);
  g_test_add_func("/content/sealed-known-kind-zeros", test_sealed_known_kind_ends_in_zeros);
  g_test_add_func("/content/sealed-programs", test_sealed_programs);
  return g_test_run();
}
