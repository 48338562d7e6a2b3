#include "firmware/analysis/elf-file.h"

#include <string.h>

#include "firmware/analysis/elf-recipe.h"

static const char sound_names[] = "\0__stack_chk_fail\0__printf_chk\0printf\0";
static const char weak_names[] = "\0printf\0strcpy\0GLIBC_2.2.5\0";

static AkElfFile read_recipe(const Recipe *recipe) {
  g_autoptr(GBytes) bytes = recipe_build(recipe);
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
  Recipe recipe = {.type = 3,
                   .stack = true,
                   .relro = true,
                   .interp = true,
                   .names = sound_names,
                   .names_size = sizeof sound_names,
                   .property = 0xc0000002,
                   .bits = 3};
  g_autoptr(GBytes) bytes = recipe_build(&recipe);
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

/* --- one file a machine, in both byte orders and widths -----------------------------------------
 */

#define NAMES "\0__stack_chk_fail\0__printf_chk\0strcpy\0/opt/lib\0"
#define RUNPATH 38 /* where "/opt/lib" begins in it */

/* Written by hand from the psABIs. */
static const struct {
  const char *name;
  guint16 machine;
  bool is_narrow, is_big;
  guint32 property, bits;
  guint marks;
} machines[] = {
    {"x86", 3, true, false, 0xc0000002, 1, AK_ELF_IBT},
    {"x86-64", 62, false, false, 0xc0000002, 3, AK_ELF_IBT | AK_ELF_SHSTK},
    {"x86-64", 62, false, false, 0xc0000000, 3, 0}, /* another property */
    {"ARM", 40, true, false, 0, 0, 0},
    {"ARM", 40, true, true, 0, 0, 0},
    {"AArch64", 183, false, false, 0xc0000000, 3, AK_ELF_BTI | AK_ELF_PAC},
    {"AArch64", 183, false, true, 0xc0000000, 6, AK_ELF_PAC | AK_ELF_GCS},
    {"MIPS", 8, true, true, 0, 0, 0},
    {"MIPS", 8, true, false, 0, 0, 0},
    {"MIPS", 8, false, true, 0, 0, 0},
    {"PowerPC", 20, true, true, 0, 0, 0},
    {"PowerPC64", 21, false, true, 0, 0, 0},
    {"PowerPC64", 21, false, false, 0, 0, 0},
    {"RISC-V", 243, true, false, 0xc0000000, 2, AK_ELF_ZICFISS},
    {"RISC-V", 243, false, false, 0xc0000000, 3, AK_ELF_ZICFILP | AK_ELF_ZICFISS},
    {"s390", 22, false, true, 0, 0, 0},
};

static void test_machines(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(machines); i++) {
    Recipe recipe = {.type = 3,
                     .stack = true,
                     .relro = true,
                     .interp = true,
                     .names = NAMES,
                     .names_size = sizeof NAMES,
                     .is_narrow = machines[i].is_narrow,
                     .is_big = machines[i].is_big,
                     .machine = machines[i].machine,
                     .bind_now = true,
                     .lazy = true,
                     .runpath = RUNPATH,
                     .property = machines[i].property,
                     .bits = machines[i].bits};
    g_auto(AkElfFile) file = read_recipe(&recipe);
    g_autofree char *name = ak_elf_machine_name(file.machine);
    g_assert_cmpstr(name, ==, machines[i].name);
    g_assert_cmpuint(file.is_64bit, ==, !machines[i].is_narrow);
    g_assert_cmpuint(file.is_little_endian, ==, !machines[i].is_big);
    g_assert_cmpuint(file.marks, ==, machines[i].marks);
    g_assert_cmpint(file.relro_level, ==, AK_ELF_RELRO_FULL);
    g_assert_cmpuint(file.fortified, ==, 1);
    g_assert_cmpuint(file.fortifiable, ==, 2);
    g_assert_cmpstr(file.runpath, ==, "/opt/lib");
    g_assert_null(file.rpath);
    g_assert_cmpint(file.stripped, ==, AK_ELF_YES);
  }
}

static void test_relro_levels(void) {
  Recipe recipe = {.type = 3,
                   .stack = true,
                   .relro = true,
                   .interp = true,
                   .names = NAMES,
                   .names_size = sizeof NAMES,
                   .lazy = true};
  g_assert_cmpint(read_recipe(&recipe).relro_level, ==, AK_ELF_RELRO_PARTIAL);
  recipe.lazy = false; /* nothing waits */
  g_assert_cmpint(read_recipe(&recipe).relro_level, ==, AK_ELF_RELRO_FULL);
  recipe.relro = false;
  recipe.bind_now = true;
  g_assert_cmpint(read_recipe(&recipe).relro_level, ==, AK_ELF_RELRO_NONE);
}

/* Without the header it is the kernel's choice on some machines. */
static void test_stack_without_header(void) {
  static const struct {
    guint16 machine;
    AkElfAnswer nx;
  } rows[] = {{3, AK_ELF_NO},        {40, AK_ELF_NO},      {8, AK_ELF_NO},       {62, AK_ELF_NO},
              {183, AK_ELF_UNKNOWN}, {21, AK_ELF_UNKNOWN}, {243, AK_ELF_UNKNOWN}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    Recipe recipe = {.type = 2,
                     .relro = true,
                     .names = sound_names,
                     .names_size = sizeof sound_names,
                     .machine = rows[i].machine};
    g_assert_cmpint(read_recipe(&recipe).nx, ==, rows[i].nx);
  }
}

static void test_risky_paths(void) {
  static const char *const risky[] = {"",
                                      ".",
                                      "lib",
                                      "../lib",
                                      "/tmp",
                                      "/tmp/x",
                                      "/var/tmp/build",
                                      "/home/dev/sdk/lib",
                                      "/root/lib",
                                      "/build/out"};
  static const char *const fine[] = {"/usr/lib",   "/opt/vendor/lib", "$ORIGIN/../lib",
                                     "/tmpfs/lib", "${ORIGIN}",       "/homes/lib"};
  for (gsize i = 0; i < G_N_ELEMENTS(risky); i++)
    g_assert_nonnull(ak_elf_path_risk(risky[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(fine); i++)
    g_assert_null(ak_elf_path_risk(fine[i]));
}

/* Marks by names, and the long double of PowerPC. */
static void test_names(void) {
  static const char cfi[] = "\0__cfi_slowpath\0puts\0";
  static const char wide[] = "\0__printf_chkieee128\0__sprintfieee128\0";
  Recipe recipe = {.type = 3, .stack = true, .names = cfi, .names_size = sizeof cfi};
  g_assert_cmpuint(read_recipe(&recipe).marks, ==, AK_ELF_CLANG_CFI);
  recipe.names = wide;
  recipe.names_size = sizeof wide;
  g_auto(AkElfFile) file = read_recipe(&recipe);
  g_assert_cmpuint(file.fortified, ==, 1);
  g_assert_cmpuint(file.fortifiable, ==, 2);
}

/* Breaks off behind the type: still a program, and a damaged one. */
static void test_a_short_one_is_a_program(void) {
  Recipe recipe = {2, true, false, true, true, sound_names, sizeof sound_names};
  g_autoptr(GBytes) bytes = recipe_build(&recipe);
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
  g_test_add_func("/elf/machines", test_machines);
  g_test_add_func("/elf/relro-levels", test_relro_levels);
  g_test_add_func("/elf/stack-without-header", test_stack_without_header);
  g_test_add_func("/elf/risky-paths", test_risky_paths);
  g_test_add_func("/elf/names", test_names);
  g_test_add_func("/elf/truncated", test_truncated_at_every_byte);
  g_test_add_func("/elf/short", test_a_short_one_is_a_program);
  g_test_add_func("/elf/compiled", test_compiled);
  return g_test_run();
}
