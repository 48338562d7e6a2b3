/* UEFI volumes made here, and those of Debian's ovmf against what 7-Zip unpacks. */
#include <lzma.h>
#include <zlib.h>

#include "firmware/format/uefi-tiano.h"
#include "firmware/unpack/test-image.h"

static const char secret[] = "a module's bytes, which must come back";

static const guint8 ffs2[16] = {0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f,
                                0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3};
static const guint8 lzma_guid[16] = {0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
                                     0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf};
static const guint8 crc_guid[16] = {0xb0, 0xcd, 0x1b, 0xfc, 0x31, 0x7d, 0xaa, 0x49,
                                    0x93, 0x6a, 0xa4, 0x60, 0x0d, 0x9d, 0xd0, 0x83};
static const guint8 variables_guid[16] = {0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
                                          0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50};

static void pad_to(GByteArray *bytes, gsize multiple, guint8 with) {
  while (bytes->len % multiple != 0)
    g_byte_array_append(bytes, &with, 1);
}

/* A section: size in 24 bits, type, content; then zeros up to a multiple of four. */
static void add_section(GByteArray *out, guint8 type, const void *content, gsize size) {
  pad_to(out, 4, 0);
  gsize whole = size + 4;
  guint8 header[4] = {(guint8)whole, (guint8)(whole >> 8), (guint8)(whole >> 16), type};
  g_byte_array_append(out, header, 4);
  g_byte_array_append(out, content, (guint)size);
}

/* A GUID-defined section: GUID, where data begins, attributes; with a CRC-32 where it is asked for.
 */
static void add_guided(GByteArray *out, const guint8 *guid, bool has_crc,
                       const GByteArray *content) {
  g_autoptr(GByteArray) body = g_byte_array_new();
  guint8 more[4] = {has_crc ? 28 : 24, 0, has_crc ? 2 : 1, 0};
  guint32 crc = GUINT32_TO_LE((guint32)crc32(0, content->data, content->len));
  g_byte_array_append(body, guid, 16);
  g_byte_array_append(body, more, 4);
  if (has_crc)
    g_byte_array_append(body, (const guint8 *)&crc, 4);
  g_byte_array_append(body, content->data, content->len);
  add_section(out, 0x02, body->data, body->len);
}

static void add_file(GByteArray *volume, guint8 name, guint8 type, const GByteArray *content) {
  guint8 header[24] = {name, 0xaa, [18] = type, [19] = 0x40};
  gsize size = 24 + content->len;
  guint8 sum = 0;
  header[20] = (guint8)size;
  header[21] = (guint8)(size >> 8);
  header[22] = (guint8)(size >> 16);
  for (guint i = 0; i < 24; i++)
    sum = (guint8)(sum + header[i]);
  header[16] = (guint8)-sum;
  sum = 0;
  for (guint i = 0; i < content->len; i++)
    sum = (guint8)(sum + content->data[i]);
  header[17] = (guint8)-sum;
  header[23] = (guint8)~0x07; /* valid data, in a volume that erases to one */
  pad_to(volume, 8, 0xff);
  g_byte_array_append(volume, header, 24);
  g_byte_array_append(volume, content->data, content->len);
}

/* The header: zeros, GUID, length, "_FVH", attributes, its size, checksum, no further header, a
 * block map. */
static GBytes *close_volume(const guint8 *guid, const GByteArray *files, gsize free_bytes) {
  g_autoptr(GByteArray) all = g_byte_array_new();
  guint64 length = (72 + files->len + free_bytes + 7) & ~7ull;
  guint8 header[72] = {0};
  guint16 sum = 0;
  memcpy(header + 16, guid, 16);
  for (guint i = 0; i < 4; i++)
    header[32 + i] = (guint8)(length >> 8 * i);
  memcpy(header + 40, "_FVH", 4);
  header[45] = 0x08;
  header[48] = 72;
  header[55] = 2;
  header[56] = 1;
  header[60] = (guint8)length;
  header[61] = (guint8)(length >> 8);
  for (guint i = 0; i < 72; i += 2)
    sum = (guint16)(sum + (header[i] | header[i + 1] << 8));
  header[50] = (guint8)-sum;
  header[51] = (guint8)((guint16)-sum >> 8);
  g_byte_array_append(all, header, 72);
  g_byte_array_append(all, files->data, files->len);
  guint8 empty = 0xff;
  while (all->len < length)
    g_byte_array_append(all, &empty, 1);
  return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static GByteArray *module_sections(void) {
  GByteArray *sections = g_byte_array_new();
  add_section(sections, 0x13, "\6\3\10", 3);
  add_section(sections, 0x10, secret, sizeof secret - 1);
  add_section(sections, 0x15, "M\0o\0d\0\0\0", 8);
  return sections;
}

static GByteArray *pack_lzma(const GByteArray *plain) {
  lzma_options_lzma options;
  lzma_stream stream = LZMA_STREAM_INIT;
  guint8 *out = g_malloc(plain->len + 4096);
  g_assert_false(lzma_lzma_preset(&options, 6));
  g_assert_cmpint(lzma_alone_encoder(&stream, &options), ==, LZMA_OK);
  stream.next_in = plain->data;
  stream.avail_in = plain->len;
  stream.next_out = out;
  stream.avail_out = plain->len + 4096;
  g_assert_cmpint(lzma_code(&stream, LZMA_FINISH), ==, LZMA_STREAM_END);
  gsize size = stream.total_out;
  lzma_end(&stream);
  return g_byte_array_new_take(out, size);
}

/* One module as it stands, one behind a CRC-32, and one in a volume that is packed. */
static GBytes *make_volume(void) {
  g_autoptr(GByteArray) plain = module_sections(), files = g_byte_array_new(),
                        guarded = g_byte_array_new(), inner_files = g_byte_array_new(),
                        stream = g_byte_array_new(), outer = g_byte_array_new();
  add_file(files, 1, 0x07, plain);
  add_guided(guarded, crc_guid, true, plain);
  add_file(files, 2, 0x07, guarded);
  add_file(inner_files, 3, 0x05, plain);
  g_autoptr(GBytes) inner = close_volume(ffs2, inner_files, 40);
  gsize size = 0;
  const void *data = g_bytes_get_data(inner, &size);
  add_section(stream, 0x17, data, size);
  g_autoptr(GByteArray) packed = pack_lzma(stream);
  add_guided(outer, lzma_guid, false, packed);
  add_file(files, 4, 0x0b, outer);
  return close_volume(ffs2, files, 100);
}

static guint count_secrets(const AkFirmwareTree *tree) {
  guint count = 0;
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    gsize size = 0;
    const void *data = node->bytes != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
    count += *node->path == '/' && size == sizeof secret - 1 && memcmp(data, secret, size) == 0;
  }
  return count;
}

static void test_volume(void) {
  g_autoptr(GBytes) image = make_volume();
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_true(ak_firmware_tree_is_complete(tree));
  g_assert_cmpuint(count_secrets(tree), ==, 3);
  const AkNode *named = image_find(tree, "/Mod.0000aa01-0000-0000-0000-000000000000/01-pe32.efi");
  g_assert_nonnull(named);
  g_assert_true(named->no_mode);
  const AkNode *inner = image_find(tree, "#volume@4");
  g_assert_nonnull(inner);
  g_assert_cmpuint(ak_firmware_tree_node(tree, 0)->modules, ==, 3); /* padding is none */
  g_assert_cmpuint(inner->modules, ==, 1);
  guint programs = 0, raws = 0;
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    programs += ak_firmware_tree_node(tree, i)->programs;
    raws += ak_firmware_tree_node(tree, i)->raws;
  }
  g_assert_cmpuint(programs, ==, 3); /* one in each module */
  g_assert_cmpuint(raws, ==, 0);
}

/* Arm: a jump to the volume, and nothing before it. To anywhere else it is none. */
static void test_start(void) {
  static const struct {
    guint32 instruction;
    gsize distance, other; /* a byte that stands before the volume; 0: none */
    bool is_start;
  } rows[] = {{0x14000400, 0x1000, 0, true}, {0xea0003fe, 0x1000, 0, true}, {0x14000400, 0x1000, 9, false},
              {0x14000401, 0x1000, 0, false}, {0x94000400, 0x1000, 0, false}, {0x14000000, 0x1000, 0, false}};
  g_autoptr(GBytes) volume = make_volume();
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint8 start[0x1000] = {(guint8)rows[i].instruction, (guint8)(rows[i].instruction >> 8), (guint8)(rows[i].instruction >> 16),
                            (guint8)(rows[i].instruction >> 24)};
    start[rows[i].other] = rows[i].other > 0 ? 1 : start[0];
    g_autoptr(GBytes) front = g_bytes_new(start, rows[i].distance), image = image_join(front, volume);
    g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
    g_assert_cmpint(g_strcmp0(ak_firmware_tree_node(tree, 0)->format, "uefi-start") == 0, ==, rows[i].is_start);
    g_assert_cmpint(ak_firmware_tree_is_complete(tree), ==, rows[i].is_start);
    g_assert_cmpuint(count_secrets(tree), ==, 3);
  }
}

/* Cut off anywhere it is not complete; whatever happens to a byte, all is there or something is
 * cut. */
static void test_damage(void) {
  g_autoptr(GBytes) image = make_volume();
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(image, &size);
  for (gsize cut = 1; cut < size - 120; cut++) {
    g_autoptr(GBytes) shorter = g_bytes_new(data, cut);
    g_autoptr(AkFirmwareTree) tree = image_open(shorter, NULL);
    g_assert_false(ak_firmware_tree_is_complete(tree));
  }
  for (gsize at = 0; at < size; at++) {
    guint8 *copy = g_memdup2(data, size);
    copy[at] ^= 0x21;
    g_autoptr(GBytes) bad = g_bytes_new_take(copy, size);
    g_autoptr(AkFirmwareTree) tree = image_open(bad, NULL);
    if (ak_firmware_tree_is_complete(tree) && count_secrets(tree) != 3)
      g_error("byte %" G_GSIZE_FORMAT ": complete with %u", at, count_secrets(tree));
  }
}

static void test_variables(void) {
  g_autoptr(GByteArray) content = g_byte_array_new();
  g_byte_array_append(content, (const guint8 *)"some variables", 14);
  g_autoptr(GBytes) image = close_volume(variables_guid, content, 10);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  const AkNode *variables = image_find(tree, "/variables.bin");
  g_assert_nonnull(variables);
  g_assert_true(memcmp(g_bytes_get_data(variables->bytes, NULL), "some variables", 14) == 0);
  g_assert_true(ak_firmware_tree_is_complete(tree));
}

/* --- the standard compression -------------------------------------------------------------------
 */

typedef struct {
  GByteArray *bytes;
  guint bits;
} Bits;

static void put_bits(Bits *self, guint value, guint count) {
  for (guint i = count; i-- > 0; self->bits++) {
    guint8 zero = 0;
    if (self->bits % 8 == 0)
      g_byte_array_append(self->bytes, &zero, 1);
    self->bytes->data[self->bytes->len - 1] |= (guint8)((value >> i & 1u) << (7 - self->bits % 8));
  }
}

/* One block: literals and match lengths all in nine bits, positions by two codes of one bit: 0, and
 * 1 for 2 with one bit more (2 or 3). `symbols` and, behind matches, what the position is written
 * as. */
static GBytes *pack_tiano(const guint *symbols, guint count, guint units, gsize plain,
                          guint position_bits) {
  Bits out = {.bytes = g_byte_array_new()};
  guint8 header[8] = {0};
  put_bits(&out, units, 16);
  put_bits(&out, 0, 5);  /* the lengths' own code has one symbol: */
  put_bits(&out, 11, 5); /* nine bits */
  put_bits(&out, 510, 9);
  put_bits(&out, 3, position_bits); /* lengths of positions' codes: 1, 0, 1 */
  put_bits(&out, 1, 3);
  put_bits(&out, 0, 3);
  put_bits(&out, 1, 3);
  for (guint i = 0; i < count; i++) {
    put_bits(&out, symbols[i], 9);
    if (symbols[i] >= 256) {
      put_bits(&out, symbols[i + 1] >= 2, 1);
      put_bits(&out, symbols[i + 1] >= 2 ? symbols[i + 1] - 2 : 0, symbols[i + 1] >= 2 ? 1 : 0);
      i++;
    }
  }
  header[0] = (guint8)out.bytes->len;
  header[4] = (guint8)plain;
  g_byte_array_prepend(out.bytes, header, 8);
  return g_byte_array_free_to_bytes(out.bytes);
}

static void test_tiano(void) {
  /* abcd, then four bytes from four back, then six of the last one */
  static const guint symbols[] = {'a', 'b', 'c', 'd', 256 + 1, 3, 256 + 3, 0};
  static const char expected[] = "abcdabcddddddd";
  for (guint bits = 4; bits <= 5; bits++) {
    g_autoptr(GBytes) packed = pack_tiano(symbols, G_N_ELEMENTS(symbols), 6, 14, bits);
    gsize size = 0, length = 0;
    const guint8 *data = g_bytes_get_data(packed, &size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) plain = ak_uefi_tiano_decode(data, size, bits, 1000, &error);
    g_assert_no_error(error);
    const void *text = g_bytes_get_data(plain, &length);
    g_assert_cmpmem(text, length, expected, 14);
    g_assert_null(ak_uefi_tiano_decode(data, size, bits, 13, NULL)); /* over the limit */
    for (gsize cut = 0; cut < size; cut++)
      g_assert_null(ak_uefi_tiano_decode(data, cut, bits, 1000, NULL));
  }
}

/* Pseudorandom numbers, the same everywhere: those of C's example of rand, ISO C 7.22.2.1. */
static guint next_number(guint32 *state) {
  *state = *state * 1103515245u + 12345u;
  return *state >> 16;
}

/* What was given to another encoder: tests/firmware/tiano/README.md. */
static GByteArray *made_input(const char *name) {
  static const char *const words[] = {"open ", "the ",    "gateway ",   "to ",
                                      "its ",  "owner\n", "0123456789", "\xe8\xa8\xbc "};
  GByteArray *out = g_byte_array_new();
  guint32 state = strcmp(name, "words") == 0 ? 1 : strcmp(name, "far") == 0 ? 2 : 3;
  if (strcmp(name, "one") == 0 || strcmp(name, "same") == 0) {
    g_byte_array_set_size(out, *name == 'o' ? 1 : 1000);
    memset(out->data, *name == 'o' ? 'x' : 'a', out->len);
  } else if (strcmp(name, "words") == 0) { /* matches of all lengths */
    while (out->len < 9000) {
      const char *word = words[next_number(&state) % 8];
      g_byte_array_append(out, (const guint8 *)word, (guint)strlen(word));
    }
    g_byte_array_set_size(out, 9000);
  } else if (strcmp(name, "far") ==
             0) { /* a match over 300,000 bytes: beyond the window of EFI 1.1 */
    g_byte_array_set_size(out, 300800);
    memset(out->data, 0, out->len);
    for (guint i = 0; i < 400; i++)
      out->data[i] = out->data[300400 + i] = (guint8)next_number(&state);
  } else { /* frequencies that change: blocks with other codes */
    g_byte_array_set_size(out, 8000);
    for (guint i = 0; i < 8000; i++) {
      guint number = next_number(&state) & 0xff;
      out->data[i] = (guint8)((number & number >> 4 & 15) + i / 2000 * 60);
    }
  }
  return out;
}

/* Cut off anywhere a stream gives nothing; with a changed bit it gives as many bytes, or nothing.
 */
static void damage_stream(const guint8 *data, gsize size, guint bits, gsize plain_size) {
  for (gsize cut = 0; cut < size; cut += 1 + size / 200)
    g_assert_null(ak_uefi_tiano_decode(data, cut, bits, 1 << 20, NULL));
  for (gsize bit = 64; bit < size * 8; bit += 1 + size * 8 / 500) {
    g_autofree guint8 *copy = g_memdup2(data, size);
    copy[bit / 8] ^= (guint8)(1u << bit % 8);
    g_autoptr(GBytes) plain = ak_uefi_tiano_decode(copy, size, bits, 1 << 20, NULL);
    g_assert_true(plain == NULL || g_bytes_get_size(plain) == plain_size);
  }
}

static void test_other_encoder(gconstpointer data) {
  const char *name = data;
  g_autoptr(GByteArray) input = made_input(name);
  for (guint bits = 4; bits <= 5; bits++) {
    g_autofree char *path =
        g_strdup_printf("%s/tests/firmware/tiano/%s.%s", g_getenv("AKASHI_SOURCE_ROOT"), name,
                        bits == 4 ? "efi" : "tiano");
    g_autoptr(GBytes) packed = image_load(path);
    g_autoptr(GError) error = NULL;
    gsize size = 0, length = 0;
    const guint8 *stream = g_bytes_get_data(packed, &size);
    g_autoptr(GBytes) plain = ak_uefi_tiano_decode(stream, size, bits, 1 << 20, &error);
    g_assert_no_error(error);
    const void *bytes = g_bytes_get_data(plain, &length);
    g_assert_cmpmem(bytes, length, input->data, input->len);
    damage_stream(stream, size, bits, length);
  }
}

/* --- real images --------------------------------------------------------------------------------
 */

static void collect(const char *folder, GHashTable *digests) {
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
      collect(path, digests);
      continue;
    }
    g_autoptr(GBytes) bytes = image_load(path);
    if (g_str_has_suffix(name, ".efi") || g_str_has_suffix(name, ".raw"))
      g_hash_table_add(digests, g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes));
  }
}

/* Every module and raw section that 7-Zip finds is here, byte for byte. */
static void test_real(void) {
  static const char path[] = "/usr/share/OVMF/OVMF_CODE_4M.fd";
  g_autofree char *folder = g_dir_make_tmp("akashi-uefi-XXXXXX", NULL);
  if (!g_file_test(path, G_FILE_TEST_EXISTS) || !image_run(folder, "7zz x -aou -oout %s", path)) {
    image_remove_tree(folder);
    return g_test_skip("ovmf or 7zip is not installed");
  }
  g_autoptr(GHashTable) theirs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  collect(folder, theirs);
  image_remove_tree(folder);
  g_autoptr(GBytes) image = image_load(path);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_true(ak_firmware_tree_is_complete(tree));
  g_assert_cmpuint(g_hash_table_size(theirs), >, 100);
  guint efi = 0, modules = 0, programs = 0, raws = 0;
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    modules += node->modules;
    programs += node->programs;
    raws += node->raws;
    if (node->type != AK_NODE_FILE || *node->path != '/')
      continue;
    g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, node->bytes);
    g_hash_table_remove(theirs, digest);
    efi += g_str_has_suffix(node->path, ".efi");
  }
  g_assert_cmpuint(g_hash_table_size(theirs), ==, 0);
  g_assert_cmpuint(programs, ==, efi);
  g_assert_cmpuint(programs + raws, >=, 150); /* what other programs count */
  g_assert_cmpuint(modules, >=, programs);    /* also those that are no program */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/uefi/volume", test_volume);
  g_test_add_func("/uefi/start", test_start);
  g_test_add_func("/uefi/damage", test_damage);
  g_test_add_func("/uefi/variables", test_variables);
  g_test_add_func("/uefi/tiano", test_tiano);
  static const char *const inputs[] = {"one", "same", "words", "far", "uneven"};
  for (gsize i = 0; i < G_N_ELEMENTS(inputs); i++) {
    g_autofree char *path = g_strconcat("/uefi/tiano/other-encoder/", inputs[i], NULL);
    g_test_add_data_func(path, inputs[i], test_other_encoder);
  }
  g_test_add_func("/uefi/real", test_real);
  return g_test_run();
}
