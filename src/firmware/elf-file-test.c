#include "firmware/elf-file.h"

#include <string.h>

#include "util/writer.h"

/* A 64-bit little-endian file with the given program headers and, where `names` is given, a dynamic
 * section whose string table holds them. */
typedef struct {
  guint16 type;
  bool stack, stack_executable, relro, interp;
  const char *names; /* NUL-separated, ends with two NULs */
  gsize names_size;
} Recipe;

#define HEADERS 64 /* sizeof(Elf64_Ehdr) */
#define SEGMENT 56 /* sizeof(Elf64_Phdr) */

static void add_segment(AkWriter *w, guint32 type, guint32 flags, guint64 offset, guint64 size) {
  ak_writer_u32le(w, type);
  ak_writer_u32le(w, flags);
  ak_writer_u64le(w, offset);
  ak_writer_u64le(w, offset); /* address = offset */
  ak_writer_u64le(w, offset);
  ak_writer_u64le(w, size);
  ak_writer_u64le(w, size);
  ak_writer_u64le(w, 1);
}

static GBytes *build(const Recipe *recipe) {
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  guint16 count =
      (guint16)(1 + recipe->stack + recipe->relro + recipe->interp + (recipe->names != NULL));
  guint64 dynamic = HEADERS + (guint64)count * SEGMENT, strings = dynamic + 48;
  ak_writer_bytes(w,
                  "\x7f"
                  "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
                  16);
  ak_writer_u16le(w, recipe->type);
  ak_writer_u16le(w, 62);
  ak_writer_u32le(w, 1);
  ak_writer_u64le(w, 0);
  ak_writer_u64le(w, HEADERS);
  ak_writer_u64le(w, 0);
  ak_writer_u32le(w, 0);
  ak_writer_u16le(w, HEADERS);
  ak_writer_u16le(w, SEGMENT);
  ak_writer_u16le(w, count);
  ak_writer_bytes(w, "\0\0\0\0\0\0", 6);
  add_segment(w, 1, 5, 0, strings + recipe->names_size);
  if (recipe->stack)
    add_segment(w, 0x6474e551, recipe->stack_executable ? 7 : 6, 0, 0);
  if (recipe->relro)
    add_segment(w, 0x6474e552, 4, 0, 0);
  if (recipe->interp)
    add_segment(w, 3, 4, 0, 0);
  if (recipe->names != NULL) {
    add_segment(w, 2, 6, dynamic, 48);
    ak_writer_u64le(w, 5);
    ak_writer_u64le(w, strings);
    ak_writer_u64le(w, 10);
    ak_writer_u64le(w, recipe->names_size);
    ak_writer_u64le(w, 0);
    ak_writer_u64le(w, 0);
    ak_writer_bytes(w, recipe->names, recipe->names_size);
  }
  return ak_writer_end(w, NULL);
}

static const char sound_names[] = "\0__stack_chk_fail\0__printf_chk\0printf\0";
static const char weak_names[] = "\0printf\0strcpy\0";

static AkElfFile read_recipe(const Recipe *recipe) {
  g_autoptr(GBytes) bytes = build(recipe);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  AkElfFile file;
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_elf_is_program(data, size));
  g_assert_true(ak_elf_file_read(data, size, &file, &error));
  g_assert_no_error(error);
  return file;
}

static void test_sound(void) {
  Recipe recipe = {3, true, false, true, true, sound_names, sizeof sound_names};
  AkElfFile file = read_recipe(&recipe);
  g_assert_cmpint(file.nx, ==, AK_ELF_YES);
  g_assert_cmpint(file.pie, ==, AK_ELF_YES);
  g_assert_cmpint(file.relro, ==, AK_ELF_YES);
  g_assert_cmpint(file.canary, ==, AK_ELF_YES);
  g_assert_cmpint(file.fortify, ==, AK_ELF_YES);
  g_assert_false(file.is_shared);
}

static void test_weak(void) {
  Recipe recipe = {2, true, true, false, true, weak_names, sizeof weak_names};
  AkElfFile file = read_recipe(&recipe);
  g_assert_cmpint(file.nx, ==, AK_ELF_NO);
  g_assert_cmpint(file.pie, ==, AK_ELF_NO);
  g_assert_cmpint(file.relro, ==, AK_ELF_NO);
  g_assert_cmpint(file.canary, ==, AK_ELF_NO);
  g_assert_cmpint(file.fortify, ==, AK_ELF_NO);
}

static void test_static_leaves_imports_open(void) {
  Recipe recipe = {2, true, false, true, false, NULL, 0};
  AkElfFile file = read_recipe(&recipe);
  g_assert_true(file.is_static);
  g_assert_cmpint(file.canary, ==, AK_ELF_UNKNOWN);
  g_assert_cmpint(file.fortify, ==, AK_ELF_UNKNOWN);
}

static void test_missing_stack_header_is_no_nx(void) {
  Recipe recipe = {3, false, false, true, false, sound_names, sizeof sound_names};
  AkElfFile file = read_recipe(&recipe);
  g_assert_cmpint(file.nx, ==, AK_ELF_NO);
  g_assert_true(file.is_shared);
}

static void test_truncated_at_every_byte(void) {
  Recipe recipe = {3, true, false, true, true, sound_names, sizeof sound_names};
  g_autoptr(GBytes) bytes = build(&recipe);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  for (gsize cut = 0; cut < size; cut++) {
    g_autofree guint8 *copy = g_memdup2(data, cut);
    g_autoptr(GError) error = NULL;
    AkElfFile file;
    g_assert_false(ak_elf_file_read(copy, cut, &file, &error));
    g_assert_nonnull(error);
  }
}

/* The program itself: built by Debian's compiler with PIE, and with the stack protector by us. */
static void test_a_real_program(void) {
  const char *path = g_getenv("AKASHI_PROGRAM");
  g_autofree char *data = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &data, &size, NULL));
  AkElfFile file;
  g_assert_true(ak_elf_file_read((const guint8 *)data, size, &file, NULL));
  g_assert_cmpint(file.nx, ==, AK_ELF_YES);
  g_assert_cmpint(file.pie, ==, AK_ELF_YES);
  g_assert_cmpint(file.relro, ==, AK_ELF_YES);
  g_assert_cmpint(file.canary, ==, AK_ELF_YES);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/elf/sound", test_sound);
  g_test_add_func("/elf/weak", test_weak);
  g_test_add_func("/elf/static", test_static_leaves_imports_open);
  g_test_add_func("/elf/no-stack-header", test_missing_stack_header_is_no_nx);
  g_test_add_func("/elf/truncated", test_truncated_at_every_byte);
  g_test_add_func("/elf/real", test_a_real_program);
  return g_test_run();
}
