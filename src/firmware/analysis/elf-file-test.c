#include "firmware/analysis/elf-file.h"

#include <string.h>

#include "firmware/unpack/test-image.h"
#include "util/writer.h"

/* A file with the given program headers and, where `names` is given, a dynamic section whose string
 * table holds them, each an import. Source of the order of members: gABI. */
typedef struct {
  guint16 type;
  bool stack, stack_executable, relro, interp;
  const char *names; /* NUL-separated, ends with two NULs */
  gsize names_size;
  bool is_narrow, is_big; /* 32-bit; big-endian */
} Recipe;

typedef struct {
  AkWriter *w;
  const Recipe *recipe;
} Builder;

static void put16(const Builder *self, guint16 value) {
  (self->recipe->is_big ? ak_writer_u16be : ak_writer_u16le)(self->w, value);
}

static void put32(const Builder *self, guint32 value) {
  (self->recipe->is_big ? ak_writer_u32be : ak_writer_u32le)(self->w, value);
}

static void put_word(const Builder *self, guint64 value) {
  if (self->recipe->is_narrow)
    put32(self, (guint32)value);
  else
    (self->recipe->is_big ? ak_writer_u64be : ak_writer_u64le)(self->w, value);
}

static void add_segment(const Builder *self, guint32 type, guint32 flags, guint64 offset,
                        guint64 size) {
  put32(self, type);
  if (!self->recipe->is_narrow)
    put32(self, flags);
  put_word(self, offset);
  put_word(self, offset); /* address = offset */
  put_word(self, offset);
  put_word(self, size);
  put_word(self, size);
  if (self->recipe->is_narrow)
    put32(self, flags);
  put_word(self, 1);
}

static void add_symbol(const Builder *self, guint32 name) {
  put32(self, name);
  if (self->recipe->is_narrow)
    ak_writer_bytes(self->w, "\0\0\0\0\0\0\0\0", 8);
  ak_writer_u8(self->w, name > 0 ? 0x12 : 0); /* global function */
  ak_writer_u8(self->w, 0);
  put16(self, 0); /* undefined: an import */
  if (!self->recipe->is_narrow)
    ak_writer_bytes(self->w, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static guint count_names(const Recipe *recipe) {
  guint count = 0;
  for (gsize i = 1; i < recipe->names_size; i++)
    count += recipe->names[i - 1] == '\0' && recipe->names[i] != '\0';
  return count;
}

static void add_dynamic(const Builder *self, guint64 dynamic, gsize word) {
  const Recipe *recipe = self->recipe;
  guint64 symbols = dynamic + 8 * word;
  guint64 strings = symbols + (count_names(recipe) + 1) * (guint64)(recipe->is_narrow ? 16 : 24);
  guint64 tags[] = {6, symbols, 5, strings, 10, recipe->names_size, 0, 0};
  for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
    put_word(self, tags[i]);
  add_symbol(self, 0);
  for (gsize i = 1; i < recipe->names_size; i++)
    if (recipe->names[i - 1] == '\0' && recipe->names[i] != '\0')
      add_symbol(self, (guint32)i);
  ak_writer_bytes(self->w, recipe->names, recipe->names_size);
}

static GBytes *build(const Recipe *recipe) {
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  const Builder self = {w, recipe};
  bool is_narrow = recipe->is_narrow;
  gsize header = is_narrow ? 52 : 64, segment = is_narrow ? 32 : 56, word = is_narrow ? 4 : 8;
  guint16 count =
      (guint16)(1 + recipe->stack + recipe->relro + recipe->interp + (recipe->names != NULL));
  guint64 dynamic = header + (guint64)count * segment;
  ak_writer_bytes(w,
                  "\x7f"
                  "ELF",
                  4);
  ak_writer_u8(w, is_narrow ? 1 : 2);
  ak_writer_u8(w, recipe->is_big ? 2 : 1);
  ak_writer_bytes(w, "\1\0\0\0\0\0\0\0\0\0", 10);
  put16(&self, recipe->type);
  put16(&self, recipe->is_big ? 8 : 62);
  put32(&self, 1);
  put_word(&self, 0);
  put_word(&self, header);
  put_word(&self, 0);
  put32(&self, 0);
  put16(&self, (guint16)header);
  put16(&self, (guint16)segment);
  put16(&self, count);
  ak_writer_bytes(w, "\0\0\0\0\0\0", 6);
  add_segment(&self, 1, 5, 0, 4096);
  if (recipe->stack)
    add_segment(&self, 0x6474e551, recipe->stack_executable ? 7 : 6, 0, 0);
  if (recipe->relro)
    add_segment(&self, 0x6474e552, 4, 0, 0);
  if (recipe->interp)
    add_segment(&self, 3, 4, 0, 0);
  if (recipe->names != NULL) {
    add_segment(&self, 2, 6, dynamic, 8 * word);
    add_dynamic(&self, dynamic, word);
  }
  return ak_writer_end(w, NULL);
}

static const char sound_names[] = "\0__stack_chk_fail\0__printf_chk\0printf\0";
static const char weak_names[] = "\0printf\0strcpy\0GLIBC_2.2.5\0";

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
  for (guint i = 0; i < 4; i++) {
    Recipe recipe = {3, true, false, true, true, sound_names, sizeof sound_names, i & 1, i & 2};
    AkElfFile file = read_recipe(&recipe);
    g_assert_cmpint(file.machine, ==, i & 2 ? 8 : 62);
    g_assert_cmpint(file.nx, ==, AK_ELF_YES);
    g_assert_cmpint(file.pie, ==, AK_ELF_YES);
    g_assert_cmpint(file.relro, ==, AK_ELF_YES);
    g_assert_cmpint(file.canary, ==, AK_ELF_YES);
    g_assert_cmpint(file.fortify, ==, AK_ELF_YES);
    g_assert_false(file.is_shared);
  }
}

static void test_weak(void) {
  for (guint i = 0; i < 4; i++) {
    Recipe recipe = {2, true, true, false, true, weak_names, sizeof weak_names, i & 1, i & 2};
    AkElfFile file = read_recipe(&recipe);
    g_assert_cmpint(file.nx, ==, AK_ELF_NO);
    g_assert_cmpint(file.pie, ==, AK_ELF_NO);
    g_assert_cmpint(file.relro, ==, AK_ELF_NO);
    g_assert_cmpint(file.canary, ==, AK_ELF_NO);
    g_assert_cmpint(file.fortify, ==, AK_ELF_NO);
  }
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

/* Breaks off behind the type: still a program, and a damaged one. */
static void test_a_short_one_is_a_program(void) {
  Recipe recipe = {2, true, false, true, true, sound_names, sizeof sound_names};
  g_autoptr(GBytes) bytes = build(&recipe);
  g_assert_true(ak_elf_is_program(g_bytes_get_data(bytes, NULL), 18));
  g_assert_false(ak_elf_is_program(g_bytes_get_data(bytes, NULL), 17));
}

/* --- programs by the compiler
 * ------------------------------------------------------------------------- Each expectation was
 * checked with readelf -W -l -d --dyn-syms. */

#define N AK_ELF_NO
#define Y AK_ELF_YES
#define U AK_ELF_UNKNOWN

static const struct {
  const char *flags;
  bool is_stripped_of_sections;
  AkElfAnswer nx, pie, relro, canary, fortify;
  bool is_static, is_shared;
} builds[] = {
    {"-O2 -fPIE -pie -Wl,-z,relro -fstack-protector-all -D_FORTIFY_SOURCE=2", false, Y, Y, Y, Y, Y,
     false, false},
    {"-O2 -fPIE -pie -Wl,-z,relro -fstack-protector-all -D_FORTIFY_SOURCE=2", true, Y, Y, Y, Y, Y,
     false, false},
    {"-O2 -fno-pie -no-pie -fstack-protector-all -D_FORTIFY_SOURCE=2", false, Y, N, Y, Y, Y, false,
     false},
    {"-O2 -fPIE -pie -z execstack -fstack-protector-all -D_FORTIFY_SOURCE=2", false, N, Y, Y, Y, Y,
     false, false},
    {"-O2 -fPIE -pie -Wl,-z,norelro -fstack-protector-all -D_FORTIFY_SOURCE=2", false, Y, Y, N, Y,
     Y, false, false},
    {"-O2 -fPIE -pie -fno-stack-protector -D_FORTIFY_SOURCE=2", false, Y, Y, Y, N, Y, false, false},
    {"-O2 -fPIE -pie -fstack-protector-all -U_FORTIFY_SOURCE", false, Y, Y, Y, Y, N, false, false},
    {"-O2 -fPIE -pie -fstack-protector-all -U_FORTIFY_SOURCE -Wl,--hash-style=sysv", false, Y, Y, Y,
     Y, N, false, false},
    {"-O0 -fno-pie -no-pie -fno-stack-protector -U_FORTIFY_SOURCE -z execstack -Wl,-z,norelro",
     true, N, N, N, N, N, false, false},
    {"-O2 -fPIC -shared -fstack-protector-all -D_FORTIFY_SOURCE=2", false, Y, Y, Y, Y, Y, false,
     true},
    {"-O2 -static -no-pie -fstack-protector-all -D_FORTIFY_SOURCE=2", false, Y, N, Y, U, U, true,
     false},
    {"-O2 -static-pie -fPIE -fstack-protector-all -D_FORTIFY_SOURCE=2", false, Y, Y, Y, U, U, true,
     false},
    {"-O2 -fPIE -pie -fstack-protector-all -U_FORTIFY_SOURCE -DONLY_COPIES", false, Y, Y, Y, Y, U,
     false, false},
    {"-O2 -fPIE -pie -fstack-protector-all -DNO_CALLS", false, Y, Y, Y, Y, Y, false, false},
};

static const char program[] =
    "#include <stdio.h>\n#include <string.h>\n"
    "int main(int argc, char **argv) { char name[32] = \"\"; (void)argc;\n"
    "#if defined ONLY_COPIES\n"
    "  memcpy(argv[0], argv[1], strlen(argv[2])); return name[argc];\n"
    "#elif defined NO_CALLS\n"
    "  return puts(argv[0]) + name[argc];\n"
    "#else\n"
    "  strcpy(name, argv[1]); return printf(\"%s %d\\n\", name, argc);\n"
    "#endif\n}\n";

static void test_compiled(void) {
  g_autofree char *top = g_dir_make_tmp("akashi-elf-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "program", NULL);
  image_put_text(top, "program.c", program);
  for (gsize i = 0; i < G_N_ELEMENTS(builds); i++) {
    g_test_message("%s", builds[i].flags);
    if (!image_run(top, "gcc -w -s -o program %s program.c", builds[i].flags))
      return g_test_skip("gcc is not installed");
    g_autoptr(GBytes) bytes = image_load(path);
    gsize size = 0;
    guint8 *data = (guint8 *)g_bytes_get_data(bytes, &size);
    if (builds[i].is_stripped_of_sections)
      memset(data + 0x28, 0, 8), memset(data + 0x3a, 0, 6); /* e_shoff; e_shentsize … e_shstrndx */
    AkElfFile file;
    g_autoptr(GError) error = NULL;
    g_assert_true(ak_elf_file_read(data, size, &file, &error));
    g_assert_no_error(error);
    g_assert_cmpint(file.nx, ==, builds[i].nx);
    g_assert_cmpint(file.pie, ==, builds[i].pie);
    g_assert_cmpint(file.relro, ==, builds[i].relro);
    g_assert_cmpint(file.canary, ==, builds[i].canary);
    g_assert_cmpint(file.fortify, ==, builds[i].fortify);
    g_assert_cmpint(file.is_static, ==, builds[i].is_static);
    g_assert_cmpint(file.is_shared, ==, builds[i].is_shared);
  }
  image_remove_tree(top);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/elf/sound", test_sound);
  g_test_add_func("/elf/weak", test_weak);
  g_test_add_func("/elf/static", test_static_leaves_imports_open);
  g_test_add_func("/elf/no-stack-header", test_missing_stack_header_is_no_nx);
  g_test_add_func("/elf/truncated", test_truncated_at_every_byte);
  g_test_add_func("/elf/short", test_a_short_one_is_a_program);
  g_test_add_func("/elf/compiled", test_compiled);
  return g_test_run();
}
